"""Statements as text: building terms, and writing sorted Turtle and canonical N-Quads that two runs give alike.

A term here is a string in N-Triples form (`<iri>`, `"text"`, `"3"^^<...integer>`); a statement is a tuple of three.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from hashlib import sha256
from itertools import groupby

from kb.terms import PREFIXES, TYPE, XSD

Triple = tuple[str, str, str]

_NAMED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_UNSEEN = {chr(code): f"\\u{code:04X}" for code in (*range(0x20), 0x7F, 0xFFFE, 0xFFFF)}
_ESCAPES = str.maketrans(_UNSEEN | _NAMED)
"""As canonical N-Triples writes them: what is read back and written again is the same text."""
_LOCAL = re.compile(r"(?:[A-Za-z0-9_]|%[0-9A-F]{2})(?:(?:[A-Za-z0-9_.-]|%[0-9A-F]{2})*(?:[A-Za-z0-9_-]|%[0-9A-F]{2}))?")
_BARE = {f"^^<{XSD}integer>": re.compile(r"[+-]?[0-9]+"), f"^^<{XSD}boolean>": re.compile("true|false")}
"""Datatypes whose literals Turtle writes without marks, and the texts of which that is so."""
_BY_NAMESPACE = sorted(((namespace, prefix) for prefix, namespace in PREFIXES.items()), reverse=True)


def iri(value: str) -> str:
    """An IRI as a term.

    >>> iri("https://doi.org/10.1056/NEJMoa0900212")
    '<https://doi.org/10.1056/NEJMoa0900212>'
    """
    return f"<{value}>"


def text(value: str, language: str | None = None) -> str:
    """A plain literal, or one with a language tag.

    >>> text("阿贝西利", "zh")
    '"阿贝西利"@zh'
    """
    quoted = f'"{value.translate(_ESCAPES)}"'
    return f"{quoted}@{language}" if language else quoted


def typed(value: str | int, datatype: str) -> str:
    """A literal of an XML Schema datatype, named without its namespace.

    >>> typed(3, "integer")
    '"3"^^<http://www.w3.org/2001/XMLSchema#integer>'
    """
    return f'"{value}"^^<{XSD}{datatype}>'


def date(value: str) -> str:
    """An ISO date, whole or partial, as the datatype of its precision.

    >>> date("2018-08")
    '"2018-08"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>'
    """
    return typed(value, {4: "gYear", 7: "gYearMonth"}.get(len(value), "date"))


def turtle(triples: Iterable[Triple]) -> str:
    """The statements as Turtle: prefixes in use first, subjects and predicates sorted, one predicate a line."""
    ordered = sorted(set(triples), key=_order)
    body: list[str] = []
    used: set[str] = set()
    for subject, statements in groupby(ordered, key=lambda triple: triple[0]):
        lines = [
            f"    {_verb(predicate, used)} {', '.join(_short(o, used) for _, _, o in objects)}"
            for predicate, objects in groupby(statements, key=lambda triple: triple[1])
        ]
        body.append(f"{_short(subject, used)}\n" + " ;\n".join(lines) + " .\n")
    head = "".join(f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n" for prefix in sorted(used))
    return "\n".join([head, *body])


def sentence(triple: Triple, prefixes: Collection[str]) -> str:
    """One whole statement on one line, with these prefixes.

    >>> sentence(("<a:it>", "<http://purl.org/dc/terms/identifier>", '"EID12"'), ["dcterms"])
    '<a:it> dcterms:identifier "EID12" .'
    """
    subject, predicate, value = triple
    used: set[str] = set()
    short = f"{_short(subject, used)} {_verb(predicate, used)} {_short(value, used)} ."
    return short if used <= set(prefixes) else f"{subject} {predicate} {value} ."


def trig(graphs: Iterable[tuple[str | None, Iterable[Triple]]]) -> str:
    """Named graphs (None: the default graph) one after the other as TriG, each as `turtle` writes it."""
    prefixes: set[str] = set()
    blocks = []
    for name, triples in graphs:
        lines = turtle(triples).splitlines(keepends=True)
        prefixes.update(line for line in lines if line.startswith("@prefix "))
        body = "".join(line for line in lines if not line.startswith("@prefix ")).removeprefix("\n")
        blocks.append(body if name is None else f"<{name}> {{\n{body}}}\n")
    return "\n".join(["".join(sorted(prefixes)), *blocks])


def quads(triples: Iterable[Triple], graph: str) -> list[str]:
    """The statements as sorted canonical N-Quads lines of one named graph."""
    return sorted({f"{s} {p} {o} <{graph}> ." for s, p, o in triples})


def digest(lines: Iterable[str]) -> str:
    """The content digest of N-Quads lines: SHA-256 over the sorted lines, so their order does not matter.

    >>> digest(["<a:b> <a:c> <a:d> ."]) == digest(iter(["<a:b> <a:c> <a:d> ."]))
    True
    """
    return "sha256:" + sha256("".join(f"{line}\n" for line in sorted(lines)).encode()).hexdigest()


def _order(triple: Triple) -> tuple[str, bool, str, str]:
    # rdf:type comes first, as people expect to read it.
    return triple[0], triple[1] != f"<{TYPE}>", triple[1], triple[2]


def _verb(predicate: str, used: set[str]) -> str:
    return "a" if predicate == f"<{TYPE}>" else _short(predicate, used)


def _short(term: str, used: set[str]) -> str:
    if term.startswith("<"):
        return _short_iri(term, used)
    value, mark, datatype = term.rpartition("^^")
    if not mark or not datatype.startswith("<") or not datatype.endswith(">"):
        return term
    plain = _BARE.get(mark + datatype)
    return (
        value[1:-1] if plain is not None and plain.fullmatch(value[1:-1]) else f"{value}^^{_short_iri(datatype, used)}"
    )


def _short_iri(term: str, used: set[str]) -> str:
    for namespace, prefix in _BY_NAMESPACE:
        if term.startswith(namespace, 1):
            local = term[1 + len(namespace) : -1]
            if _LOCAL.fullmatch(local):
                used.add(prefix)
                return f"{prefix}:{local}"
            return term
    return term
