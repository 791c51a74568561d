"""Running a SPARQL query on a store, read-only, and writing its answer as a table, JSON, CSV or Turtle."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pyoxigraph as ox

from kb import terms as t
from kb.errors import BadQuery

if TYPE_CHECKING:
    from kb.remote import RemoteStore

FORMS = ("table", "json", "csv", "ttl")
PREFIXES = {**t.PREFIXES, "sh": t.SHACL}
"""Declared for every query; a query may declare them otherwise."""

_UPDATE = re.compile(
    r"^\s*(?:(?:PREFIX\s+\S*:\s*<[^>]*>|BASE\s+<[^>]*>|#[^\n]*)\s*)*"
    r"(INSERT|DELETE|LOAD|CLEAR|DROP|CREATE|ADD|MOVE|COPY|WITH)\b",
    re.IGNORECASE,
)
_BY_NAMESPACE = sorted(((namespace, prefix) for prefix, namespace in PREFIXES.items()), reverse=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave: rows under their variables, a truth value, or triples as sorted N-Triples terms."""

    variables: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    truth: bool | None = None
    triples: tuple[tuple[str, str, str], ...] | None = None


def run(store: ox.Store | RemoteStore, text: str) -> Answer:
    """The answer of a query over the union of all named graphs; BadQuery when it cannot be run.

    >>> run(ox.Store(), "ASK { ?s a mtb:Gene }").truth
    False
    """
    update = _UPDATE.match(text)
    if update is not None:
        raise BadQuery(f"{update[1].upper()} is an update", "the graph is read-only here; build a release to change it")
    try:
        found = store.query(text, use_default_graph_as_union=True, prefixes=PREFIXES)
    except SyntaxError as error:
        raise BadQuery(" ".join(str(error).split()), "mend the query") from error
    except (ValueError, RuntimeError, OSError) as error:
        raise BadQuery(" ".join(str(error).split()), "mend the query") from error
    if isinstance(found, ox.QueryBoolean):
        return Answer(truth=bool(found))
    if isinstance(found, ox.QueryTriples):
        lines = {(str(triple.subject), str(triple.predicate), str(triple.object)) for triple in found}
        return Answer(triples=tuple(sorted(lines)))
    solutions = cast(ox.QuerySolutions, found)
    variables = tuple(variable.value for variable in solutions.variables)
    rows = tuple(tuple(row[name] for name in variables) for row in solutions)
    if variables == ("__ASK_RETVAL",):  # how Virtuoso answers ASK in XML
        return Answer(truth=rows[0][0].value == "1" if rows else False)
    return Answer(variables, rows)


def render(answer: Answer, form: str) -> str:
    """The answer in one of FORMS; BadQuery when the form does not fit the kind of query."""
    if answer.triples is not None:
        return _graph(answer, form)
    if form == "ttl":
        raise BadQuery("a SELECT or ASK query gives no graph", "use --format table, json or csv, or CONSTRUCT")
    if answer.truth is not None:
        word = "true" if answer.truth else "false"
        return f'{{"head": {{}}, "boolean": {word}}}\n' if form == "json" else f"{word}\n"
    return {"table": _table, "json": _json, "csv": _csv}[form](answer)


def short(term: Any) -> str:
    """A term as people read it: a prefixed name for an IRI, the text of a literal, nothing for an unbound variable."""
    if term is None:
        return ""
    value = str(term.value)
    if not isinstance(term, ox.NamedNode):
        return value
    for namespace, prefix in _BY_NAMESPACE:
        if value.startswith(namespace):
            local = t.item_id(value) if namespace.startswith(t.ITEMS) else value[len(namespace) :]
            return f"{prefix}:{local}"
    return value


def _graph(answer: Answer, form: str) -> str:
    from kb.rdf import turtle

    if form not in {"ttl", "table"}:
        raise BadQuery("a CONSTRUCT or DESCRIBE query gives a graph", "use --format ttl")
    return turtle(answer.triples or ())


def _table(answer: Answer) -> str:
    """Columns under their names, as wide as their widest cell, and the number of rows."""
    rows = [[short(term).replace("\n", " ") for term in row] for row in answer.rows]
    widths = [max([len(name), *(len(row[at]) for row in rows)]) for at, name in enumerate(answer.variables)]
    lines = [list(answer.variables), ["-" * width for width in widths], *rows]
    body = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([*body, f"({len(rows)} row{'' if len(rows) == 1 else 's'})"]) + "\n"


def _json(answer: Answer) -> str:
    """SPARQL 1.1 Query Results JSON (https://www.w3.org/TR/sparql11-results-json/)."""
    import json

    rows = [
        {name: _json_term(term) for name, term in zip(answer.variables, row, strict=True) if term is not None}
        for row in answer.rows
    ]
    document = {"head": {"vars": list(answer.variables)}, "results": {"bindings": rows}}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _json_term(term: Any) -> dict[str, str]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    stated = {"type": "literal", "value": str(term.value)}
    if term.language:
        return stated | {"xml:lang": term.language}
    return stated if term.datatype.value == t.XSD + "string" else stated | {"datatype": term.datatype.value}


def _csv(answer: Answer) -> str:
    """SPARQL 1.1 Query Results CSV (https://www.w3.org/TR/sparql11-results-csv-tsv/)."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(answer.variables)
    writer.writerows([["" if term is None else str(term.value) for term in row] for row in answer.rows])
    return out.getvalue()
