"""The reader of the text form of a book of curation: files that people and git may have changed.

What the lines say is read, in whatever order, and written again: a file says exactly what its item and its acts make
of it, or it is refused with the place and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from kb import terms as t
from kb.content import plain
from kb.curation.acts import KINDS, SUBMITTED, Act, Person, book, check_told
from kb.curation.graph import RETRACTIONS
from kb.curation.item import Item, checked, is_curated
from kb.curation.signing import Signed, read_signed
from kb.curation.text import (
    ATTRIBUTES,
    FIELDS,
    FORM,
    MERGED_BY_LINE,
    SUFFIX,
    Held,
    Quad,
    line,
    own_names,
    path_of,
    quads,
    remarks,
    signed_iri,
    signed_path,
    statements_in,
)
from kb.errors import CurationProblem

_CONFLICT = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?: |\r?$)")
_DIRECTIVE = re.compile(r"\s*(?:@?prefix|@?base)\s", re.IGNORECASE)
_OWNED = re.compile(rf"{re.escape(t.ITEMS)}nanopub/([^/]+)/(?:head|assertion|provenance|publication)")

_AS_IT_WAS = "take the file as it was; a change is a new item or a new act, made with `kb add` or `kb review`"


class Told(NamedTuple):
    """What one file says: an item (None: one of the graph), the acts on it, and the signed forms by the act's id."""

    id: str
    item: Item | None
    acts: tuple[Act, ...]
    links: Mapping[str, str]


def read(folder: Path) -> Held:
    """What a folder of the text form holds.

    CurationProblem names every file that cannot be taken as it is, with the place and what to do.
    """
    if not folder.is_dir():
        raise CurationProblem(str(folder), "is no folder", "name the one that `kb export --format curated` wrote")
    held = read_folder(folder)
    if not held.book.acts and not _is_ours(folder):
        raise CurationProblem(
            str(folder), "holds no curated evidence", "name the one that `kb export --format curated` wrote"
        )
    return held


def read_folder(folder: Path) -> Held:
    """What a folder holds, which may be empty or hold other things; CurationProblem as `read`."""
    told: list[Told] = []
    signed: dict[str, tuple[Signed, str]] = {}
    problems: list[CurationProblem] = []
    for path in _files(folder):
        try:
            content = _content(path)
            if path.parent.name == "signed":
                form = _signed(path, content)
                signed[form.uri] = form, content
            else:
                told.append(_told(folder, path, content))
        except CurationProblem as problem:
            problems.append(problem)
    problems = problems or list(_unsigned(folder, told, {uri: form for uri, (form, _) in signed.items()}))
    if len(problems) == 1:
        raise problems[0]
    if problems:
        each = "".join(f"\n  {problem}" for problem in problems)
        raise CurationProblem(str(folder), f"{len(problems)} files cannot be taken", f"mend each:{each}")
    found = book((each.item for each in told if each.item), (act for each in told for act in each.acts))
    return Held(found, {act: signed[uri][1] for each in told for act, uri in each.links.items()})


def _files(folder: Path) -> list[Path]:
    """The files of the form in the folder and in those right below it, by path, without those that begin with a dot."""
    found = (path for pattern in (f"*{SUFFIX}", f"*/*{SUFFIX}") for path in folder.glob(pattern) if path.is_file())
    return sorted(each for each in found if not any(p.startswith(".") for p in each.relative_to(folder).parts))


def _is_ours(folder: Path) -> bool:
    path = folder / ATTRIBUTES
    return path.is_file() and MERGED_BY_LINE in path.read_text(encoding="utf-8", errors="replace").splitlines()


def _content(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise CurationProblem(str(path), f"is not UTF-8 ({error.reason})", _AS_IT_WAS) from error
    except OSError as error:
        raise CurationProblem(str(path), f"cannot be read ({error.strerror})", "see to the file") from error


def _told(folder: Path, path: Path, content: str) -> Told:
    told = told_by(content, str(path))
    wanted = folder / path_of(told.id)
    if path != wanted:
        raise CurationProblem(str(path), f"holds {told.id}, which belongs into {wanted}", "move it there")
    return told


def told_by(content: str, place: str) -> Told:
    """What the text of an item's file says; `place` names it in a CurationProblem."""
    found = frozenset(parsed(content, place))
    try:
        told = _extracted(found, place)
        check_told(told.acts, told.item)
    except CurationProblem as problem:
        if problem.place.startswith(place):
            raise
        raise CurationProblem(place, f"{problem.place} {problem.problem}", problem.remedy) from problem
    _compare(told.id, found, frozenset(quads(*told)), content, place)
    _check_remarks({FORM, *remarks(told.id, told.item, told.acts)}, content, place)
    return told


# --- statements ------------------------------------------------------------------------------------------------------


def parsed(content: str, place: str) -> tuple[Quad, ...]:
    """The statements of a text in TriG, whose prefixes may stand anywhere; CurationProblem with the line otherwise."""
    lines = content.split("\n")
    for number, each in enumerate(lines, start=1):
        if _CONFLICT.match(each):
            raise CurationProblem(
                f"{place}:{number}",
                "holds a conflict that git left",
                "keep the lines of both sides and remove the marks; `git merge` does so where .gitattributes says "
                f"`{MERGED_BY_LINE}`",
            )
    first = [each for each in lines if _DIRECTIVE.match(each)]
    try:
        return statements_in(content)
    except SyntaxError as error:
        try:
            return statements_in("\n".join([*first, *(each for each in lines if not _DIRECTIVE.match(each))]))
        except SyntaxError:
            number, reason = _broken(first, lines) or (error.lineno or 1, _reason(error))
    raise CurationProblem(f"{place}:{number}", f"cannot be read ({reason})", "mend the line or take the file as it was")


def _broken(first: list[str], lines: list[str]) -> tuple[int, str] | None:
    """The first line that is no whole statement, and why; None for a text that is not of one statement a line."""
    if any(each.strip() == "}" for each in lines):
        return None
    for number, each in enumerate(lines, start=1):
        if not _DIRECTIVE.match(each):
            try:
                statements_in("\n".join([*first, each]))
            except SyntaxError as error:
                return number, _reason(error)
    return None


def _reason(error: SyntaxError) -> str:
    """What the parser says, without its own line and column."""
    return re.sub(r"^Parser error at [^:]*: ", "", error.msg)


def _extracted(found: Iterable[Quad], place: str) -> Told:
    by_graph: dict[str, list[Quad]] = {}
    for graph, said in found:
        by_graph.setdefault(graph, []).append((graph, said))
    owners = {_owner(graph, place) for graph in by_graph}
    if len(owners) != 1:
        several = " and ".join(sorted(filter(None, owners))) or "nothing"
        raise CurationProblem(place, f"holds {several}; a file holds one item", _AS_IT_WAS)
    acts, links = _acts(found, place)
    id = next(iter(owners)) or next(iter({act.item for act in acts}), "")
    if {act.item for act in acts} != {id}:
        raise CurationProblem(place, f"has no act on {id}, or acts on another item", _AS_IT_WAS)
    if not is_curated(id):
        return Told(id, None, acts, links)
    if not any(act.kind == SUBMITTED for act in acts):
        raise CurationProblem(place, f"{id} was never submitted", "submit the item with `kb add`")
    assertion = t.item("nanopub", id) + "/assertion"
    return Told(id, checked(Item(id, tuple(sorted(said for _, said in by_graph.get(assertion, ()))))), acts, links)


def _owner(graph: str, place: str) -> str:
    """The item whose graph this is; nothing for that of acts on items of the base."""
    if graph == RETRACTIONS:
        return ""
    match = _OWNED.fullmatch(graph)
    id = t.item_id(f"{t.ITEMS}nanopub/{match[1]}") if match else ""
    if not is_curated(id):
        where = f"in the graph {graph}" if graph else "outside of all graphs"
        raise CurationProblem(place, f"says something {where}", "remove it; evidence is added with `kb add`")
    return id


# --- acts ------------------------------------------------------------------------------------------------------------


def _acts(found: Iterable[Quad], place: str) -> tuple[tuple[Act, ...], dict[str, str]]:
    """The acts, oldest first, and what those that were signed link to."""
    nodes: dict[str, dict[str, set[str]]] = {}
    for _, (subject, predicate, value) in found:
        if subject.startswith(f"<{t.ITEMS}curation/"):
            nodes.setdefault(subject, {}).setdefault(predicate[1:-1], set()).add(value)
    acts = tuple(_act(node, said, place) for node, said in sorted(nodes.items()))
    said = {t.item_id(node[1:-1]): values for node, values in nodes.items()}
    links = {id: plain(_one(said[id], t.GENERATED, id, place)) for id in said if t.GENERATED in said[id]}
    return book((), acts).acts, links


def _act(node: str, said: Mapping[str, set[str]], place: str) -> Act:
    """The act that these statements say, if its id is made from them."""
    id = t.item_id(node[1:-1])

    def one(predicate: str) -> str:
        return plain(_one(said, predicate, id, place))

    texts = {field: one(predicate) for field, predicate in FIELDS if predicate in said}
    other = next((t.item_id(one(each)) for each in (t.SUPERSEDES, t.SUPERSEDED_BY) if each in said), None)
    act = Act(
        item=t.item_id(one(t.DECIDES_ON)),
        kind=texts.pop("kind", ""),
        person=Person(one(t.CURATOR), one(t.ORCID)),
        at=texts.pop("at", ""),
        other=other,
        **texts,
    )
    if act.id != id:
        raise CurationProblem(place, f"the act {id} says something else than when it was recorded", _AS_IT_WAS)
    if act.kind not in KINDS:
        raise CurationProblem(place, f"{act.item} cannot be {act.kind!r}", f"acts are {', '.join(KINDS)}")
    return act


def _one(said: Mapping[str, set[str]], predicate: str, id: str, place: str) -> str:
    values = sorted(said.get(predicate, ()))
    if len(values) != 1:
        name = predicate.rpartition("#")[2].rpartition("/")[2]
        told = f"says {name} twice: {' and '.join(values)}" if values else f"lacks its {name}"
        raise CurationProblem(place, f"the act {id} {told}", _AS_IT_WAS)
    return values[0]


# --- the same again --------------------------------------------------------------------------------------------------


def _compare(id: str, found: frozenset[Quad], made: frozenset[Quad], content: str, place: str) -> None:
    """CurationProblem for a statement that the item and its acts do not make, and for one that is missing."""
    for said in sorted(found - made):
        shown = line(*said, own_names(id))
        raise CurationProblem(
            _at(shown, content, place), f"is not what its item and acts say: {shown}", "remove the line"
        )
    for said in sorted(made - found):
        raise CurationProblem(place, f"lacks a line: {line(*said, own_names(id))}", _AS_IT_WAS)


def _check_remarks(known: set[str], content: str, place: str) -> None:
    """CurationProblem for a remark that says what the statements do not: who reads it would be misled."""
    for number, each in enumerate(content.split("\n"), start=1):
        if each.lstrip().startswith("#") and each.strip() not in known:
            raise CurationProblem(
                f"{place}:{number}",
                f"is a remark that its item and acts do not make: {each.strip()}",
                "remove the line; what is to be said belongs into the reason of an act",
            )


def _at(shown: str, content: str, place: str) -> str:
    numbers = [number for number, each in enumerate(content.split("\n"), start=1) if shown in each]
    return f"{place}:{numbers[0]}" if numbers else place


# --- signed forms ----------------------------------------------------------------------------------------------------


def _signed(path: Path, content: str) -> Signed:
    """A signed form, which lies under the code of its trusty URI."""
    form = read_signed(content, str(path))
    if form.uri != signed_iri(content) or path.name != Path(signed_path(form.uri)).name:
        raise CurationProblem(str(path), f"holds {form.uri}, not what it is named after", _AS_IT_WAS)
    return form


def _unsigned(folder: Path, told: Iterable[Told], signed: Mapping[str, Signed]) -> Iterator[CurationProblem]:
    """Acts whose signed form is missing or says another item, and signed forms of no act."""
    used = set()
    for each in told:
        for act, uri in each.links.items():
            used.add(uri)
            place, item = str(folder / signed_path(uri)), each.item
            if uri not in signed:
                yield CurationProblem(place, f"is missing: the act {act} was signed", "take the file as it was")
            elif item is None or (signed[uri].item, signed[uri].statements) != (item.id, frozenset(item.statements)):
                yield CurationProblem(place, f"does not say what {each.id} says", "take the file as it was")
    for uri in sorted(set(signed) - used):
        yield CurationProblem(
            str(folder / signed_path(uri)), "is of no act that was recorded", "remove it, or take both as they were"
        )
