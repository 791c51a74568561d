"""OncoTree: tumor types from the JSON of its API, as a tree (`/api/tumorTypes/tree`) or as a list (`/api/tumorTypes`).

OncoTree (https://oncotree.info) is under CC BY 4.0. Former codes become codes that stand for the types of today. What
this graph adds to it: `SOLID` above the solid tissues, and the links of `ADDED`. What the graph knows of a code besides
(DOIDs, MONDO, synonyms) is kept.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kb.errors import UnreadableSource
from kb.loaders.base import Loader, Report
from kb.loaders.files import AGAIN, read_text
from kb.normalizer import Normalizer
from kb.statements import ONCOTREE, Row, Tables, cells

ROOT = "TISSUE"
BLOOD = frozenset({"LYMPH", "MYELOID", "BLOOD"})
"""The tissues that are not solid; `BLOOD` is what OncoTree called both until 2018."""

ADDED = {
    "ARMM": "MEL", "CM": "MEL", "ESMM": "MEL", "HNMUCM": "MEL", "PCNSM": "MEL", "URMM": "MEL", "VMM": "MEL",
    "CMC": "COADREAD", "IBC": "BRCA", "JSCB": "BRCA", "MBC": "BRCA", "SARCL": "NSCLC",
}  # fmt: skip
"""Types that are a kind of another one, which OncoTree has beside it: what holds for any melanoma, invasive breast
carcinoma, colorectal adenocarcinoma or non-small cell lung cancer holds for them."""


class Node(NamedTuple):
    """One tumor type as the file has it."""

    code: str
    name: str
    parent: str | None
    main_type: str
    tissue: str
    ncit: tuple[str, ...]
    umls: tuple[str, ...]
    former: tuple[str, ...]


def load(path: Path, names: Normalizer, report: Report) -> Tables:
    """The tumor types of one release as rows; what the graph knows of their codes besides stays."""
    _date(path, report)
    nodes = _nodes(path)
    _no_cycle(path, nodes)
    broader = _Broader(nodes, names, _is_older(report))
    former = _Former(nodes, names)
    source = _source(report)
    rows = [_row(node, broader.of(node), former.of(node), names, source) for node in nodes.values()]
    report.take("tumor type", len(rows))
    report.notes += [*former.notes(), *_stay(nodes, names)]
    return Tables({"tumor_types": tuple(rows), "tumor_codes": tuple(former.codes(source))})


def _date(path: Path, report: Report) -> None:
    """The release that the file's name tells: `oncotree_2025_10_03.json`."""
    found = re.search(r"(\d{4})[-_](\d\d)[-_](\d\d)", path.name)
    if found is not None:
        report.release = report.released_on = "-".join(found.groups())


def _source(report: Report) -> str:
    if report.released_on is None:
        return "OncoTree, undated https://oncotree.info/api/tumorTypes/tree"
    version = f"oncotree_{report.released_on.replace('-', '_')}"
    return f"OncoTree {report.release} https://oncotree.info/api/tumorTypes/tree?version={version}"


def _is_older(report: Report) -> bool:
    """Whether the release is known to be older than the starter's."""
    starter = re.search(r"\d{4}-\d\d-\d\d", ONCOTREE)
    return report.released_on is not None and starter is not None and report.released_on < starter[0]


# The file


def _nodes(path: Path) -> dict[str, Node]:
    document = _document(path)
    if isinstance(document, list):
        found = [_node(record, None, path) for record in document]
    elif isinstance(document, dict) and all(isinstance(value, dict) for value in document.values()):
        found = list(_of_tree(document, path))
    else:
        found = []
    if not found:
        remedy = "save the answer of https://oncotree.info/api/tumorTypes/tree"
        raise UnreadableSource(str(path), "is neither OncoTree's tree nor its list of tumor types", remedy)
    nodes: dict[str, Node] = {}
    for node in found:
        if node.code in nodes:
            raise UnreadableSource(f"{path}#{node.code}", "the code stands a second time", AGAIN)
        nodes[node.code] = node
    for node in found:
        if node.parent is None and node.code != ROOT:
            raise UnreadableSource(f"{path}#{node.code}", f"it has no parent, as only {ROOT} has none", AGAIN)
        if node.parent is not None and node.parent not in nodes and node.parent != ROOT:
            raise UnreadableSource(f"{path}#{node.code}", f"its parent {node.parent} is not in the file", AGAIN)
    return nodes


def _document(path: Path) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise UnreadableSource(f"{path}#{key}", "the key stands a second time in one object", AGAIN)
            found[key] = value
        return found

    try:
        return json.loads(read_text(path), object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise UnreadableSource(f"{path}:{error.lineno}", f"is not JSON or is truncated ({error.msg})", AGAIN) from error
    except RecursionError as error:
        raise UnreadableSource(str(path), "is nested too deeply to be OncoTree", AGAIN) from error


def _of_tree(document: Mapping[str, Any], path: Path) -> Iterator[Node]:
    """Every node of the tree, parents first."""
    waiting: deque[tuple[str, Any, str | None]] = deque((key, value, None) for key, value in document.items())
    while waiting:
        key, record, above = waiting.popleft()
        node = _node(record, above, path)
        if node.code != key:
            raise UnreadableSource(f"{path}#{key}", f"holds the code {node.code}", AGAIN)
        if node.parent != above:
            raise UnreadableSource(f"{path}#{key}", f"stands under {above} and names {node.parent} as parent", AGAIN)
        yield node
        children = record.get("children") or {}
        if not isinstance(children, dict):
            raise UnreadableSource(f"{path}#{key}", "its children are not an object of tumor types", AGAIN)
        waiting.extend((code, child, node.code) for code, child in children.items())


def _node(record: Any, above: str | None, path: Path) -> Node:
    place = f"{path}#{above or ''}"
    if not isinstance(record, dict):
        raise UnreadableSource(place, "holds something that is no tumor type", AGAIN)
    code, name = record.get("code"), record.get("name")
    if not (isinstance(code, str) and code and isinstance(name, str) and name):
        raise UnreadableSource(place, f"holds a tumor type without code or name ({code!r}, {name!r})", AGAIN)
    references = record.get("externalReferences")
    references = references if isinstance(references, dict) else {}
    main_type = record.get("mainType")
    return Node(
        code,
        re.sub(r"[\t\r\n]+", " ", name),
        record.get("parent") or above,
        str((main_type.get("name") if isinstance(main_type, dict) else main_type) or ""),
        str(record.get("tissue") or ""),
        _texts(references.get("NCI")),
        _texts(references.get("UMLS")),
        tuple(dict.fromkeys(code for kind in _FORMER for code in _texts(record.get(kind)))),
    )


_FORMER = ("history", "precursors", "revocations")
"""Where OncoTree keeps a type's former codes: renamed, merged into it, or withdrawn in its favor."""


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def _no_cycle(path: Path, nodes: Mapping[str, Node]) -> None:
    done: set[str] = set()
    for start in nodes:
        way: dict[str, None] = {}
        code: str | None = start
        while code is not None and code in nodes and code not in done:
            if code in way:
                line = list(way)
                cycle = " > ".join([*line[line.index(code) :], code])
                raise UnreadableSource(f"{path}#{code}", f"its parents form a cycle: {cycle}", AGAIN)
            way[code] = None
            code = nodes[code].parent
        done.update(way)


# The rows


def _row(node: Node, broader: Iterable[str], former: Iterable[str], names: Normalizer, source: str) -> Row:
    known = names.tumor_row(node.code) or Row()
    return Row(
        code=node.code,
        name=node.name,
        broader=" | ".join(broader),
        main_type=node.main_type,
        tissue=node.tissue,
        ncit=" | ".join(node.ncit),
        umls=" | ".join(node.umls),
        doid=known["doid"],
        mondo=known["mondo"],
        synonyms=" | ".join(sorted(former, key=str.casefold)),
        sources=source,
    )


class _Broader:
    """The types above each one: OncoTree's parent, what this graph adds, and the way to today's types.

    An older release lacks types that evidence is about today, and has codes that are gone. What the starter knows to
    stand above a code then stays above it, and a former code stands below the type that took its place.
    """

    def __init__(self, nodes: Mapping[str, Node], names: Normalizer, older: bool) -> None:
        self._names = names
        self._above = {node.code: self._stated(node, nodes) for node in nodes.values()}
        for code in nodes if older else ():
            for today in self._today(code, nodes):
                if today not in self._above[code] and not self._reaches(today, code):
                    self._above[code].append(today)

    def of(self, node: Node) -> list[str]:
        """The codes right above a tumor type."""
        return self._above[node.code]

    def _stated(self, node: Node, nodes: Mapping[str, Node]) -> list[str]:
        if node.parent is None:
            return []
        if node.parent == ROOT:
            return [] if node.code in BLOOD else ["SOLID"]
        added = ADDED.get(node.code)
        return [node.parent] if added in {None, node.parent} or added not in nodes else [node.parent, added]

    def _today(self, code: str, nodes: Mapping[str, Node]) -> tuple[str, ...]:
        known = self._names.tumor_row(code)
        if known is not None:
            return tuple(cells(known, "broader"))
        took_over = self._names.tumors_named(code)
        curated = self._names.curated_tumor(code)
        if len(took_over) != 1 or (curated is not None and curated.codes != took_over):
            return ()
        return took_over

    def _reaches(self, code: str, other: str) -> bool:
        waiting, seen = [code], {code}
        while waiting:
            at = waiting.pop()
            if at == other:
                return True
            row = self._names.tumor_row(at)
            above = self._above.get(at) or (cells(row, "broader") if row is not None else [])
            waiting += [each for each in above if each not in seen]
            seen.update(above)
        return False


class _Former:
    """Names of each type besides its own: the synonyms that the graph has, and OncoTree's former codes.

    A former code that holds more than the types that OncoTree names for it today (`LEUK`) is no name of theirs; the
    curated table of diseases says what it stands for.
    """

    def __init__(self, nodes: Mapping[str, Node], names: Normalizer) -> None:
        self._names = names
        self._codes = frozenset(nodes)
        self._taken = {text.casefold() for node in nodes.values() for text in (node.code, node.name)}
        self._today: dict[str, list[str]] = {}
        for node in nodes.values():
            for code in node.former:
                if code.casefold() not in self._taken:
                    self._today.setdefault(code, []).append(node.code)

    def of(self, node: Node) -> list[str]:
        """The synonyms of one type."""
        known = cells(self._names.tumor_row(node.code) or Row(), "synonyms")
        found = {name.casefold(): name for name in known if name.casefold() not in self._taken}
        for code in node.former:
            if code in self._today and not self._is_wider(code):
                found.setdefault(code.casefold(), code)
        return list(found.values())

    def codes(self, source: str) -> Iterator[Row]:
        """A row for each former code with the types of this release that it is; one that held more has all it held."""
        for code, today in sorted(self._today.items()):
            curated = self._names.curated_tumor(code)
            types = sorted(set(today)) if curated is None else curated.codes
            if code.upper() == code and all(each in self._codes or self._names.is_tumor_type(each) for each in types):
                row = Row(code=f"ONCOTREE:{code}", tumor_types=" | ".join(types), sources=source, verified="yes")
                row["note"] = "a former code of OncoTree"
                yield row

    def _is_wider(self, code: str) -> bool:
        curated = self._names.curated_tumor(code)
        return curated is not None and set(curated.codes) != set(self._today[code])

    def notes(self) -> Iterator[str]:
        """What a reader of the report should know of former codes."""
        renamed = [f"{code} is {' or '.join(self._today[code])}" for code in self._today if not self._is_wider(code)]
        wider = [code for code in self._today if self._is_wider(code)]
        if renamed:
            yield f"{len(renamed)} former codes find the types of this release: {', '.join(sorted(renamed))}"
        if wider:
            yield f"former codes that stand for more, as the table of diseases says: {', '.join(sorted(wider))}"


def _stay(nodes: Mapping[str, Node], names: Normalizer) -> Iterator[str]:
    """The types of the starter's OncoTree that this release lacks, in one line."""
    lacking = sorted(row["code"] for row in names.tumor_rows() if row["code"] not in nodes and row["code"] != "SOLID")
    if lacking:
        label = ONCOTREE.rpartition(" ")[0]
        yield f"{len(lacking)} types of {label} that this release lacks stay: {', '.join(lacking)}"


LOADER = Loader(
    name="oncotree",
    title="OncoTree",
    reads="OncoTree's tree or list of tumor types in JSON",
    licence="CC BY 4.0",
    address="https://oncotree.info",
    load=load,
)
