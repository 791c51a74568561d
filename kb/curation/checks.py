"""What is true of a curated item beside the graph, the journal and a list of retracted papers: facts for the gate.

The shapes of `kb/shapes/gate` say what follows from each fact, how grave it is, and in which words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import NamedTuple

import pyoxigraph as ox

from kb import profile as profiles
from kb import terms as t
from kb.content import kind_of, literal, plain
from kb.curation.acts import REJECTED, RETRACTED, SUBMITTED, Act, Book
from kb.curation.item import Item, is_curated
from kb.curation.retractions import RetractedPapers
from kb.curation.sources import papers, source_kind
from kb.errors import UnknownItem
from kb.graph import KnowledgeBase
from kb.indication import Indication, IndicationStatus
from kb.merge import Statement
from kb.rdf import iri, text
from kb.therapies import UnknownTherapy
from kb.tumor_types import AmbiguousTumorCode, TumorType, UnknownTumorType
from kb.validate import short

Logic = str | tuple[str, frozenset["Logic"]]
"""A profile whatever the order of its parts."""

_SHOWN = 4
"""How many of many items a message names."""

_OWN_NODES = ("evidence", "design")
_BROUGHT = frozenset({"regimen", "profile", "biomarker", "therapy", "source", None})
"""Kinds of nodes that an item can bring with it; None for a source that is named by its address."""
_ROOTS = frozenset({"SOLID", "LYMPH", "MYELOID"})


class Fact(NamedTuple):
    """One thing found: the name of the shapes' property for it, its value (a term), and what messages say of it."""

    name: str
    value: str
    about: Mapping[str, str]


class Known(NamedTuple):
    """An evidence item that counts or waits: what it says, its level, its sources, and who submitted it if anyone."""

    says: Statement
    level: str
    sources: tuple[tuple[str, str | None], ...]
    act: Act | None = None

    @property
    def id(self) -> str:
        """The item's id."""
        return self.says.evidence[0]

    @property
    def papers(self) -> frozenset[str]:
        """The papers and addresses that it rests on."""
        return frozenset(
            each for label, address in self.sources for each in (*papers(label, address), address or label)
        )

    def __str__(self) -> str:
        labels = ", ".join(sorted(label for label, _ in self.sources))
        who = f", {_act(self.act)}" if self.act else ""
        return f"{self.id} (level {self.level}, {labels}{who})"


class World:
    """What an item is checked against: the graph, the accepted items of the journal, and those that wait."""

    def __init__(self, item: Item, knowledge: KnowledgeBase, book: Book, superseded: str | None) -> None:
        self.item, self.knowledge, self.book = item, knowledge, book
        self._gone = {item.id, *book.retracted(), *({superseded} if superseded else ())}
        self._accepted: dict[str, set[tuple[str, str]]] = {}
        for other in book.counting():
            if other.id != item.id:
                for subject, predicate, value in other.statements:
                    self._accepted.setdefault(plain(subject), set()).add((plain(predicate), _value(value)))

    def said(self, node: str) -> frozenset[tuple[str, str]]:
        """What the graph and the accepted items say of a node: property and value."""
        quads = self.knowledge.store.quads_for_pattern(ox.NamedNode(node), None, None, None)
        return frozenset((each.predicate.value, _value(str(each.object))) for each in quads) | frozenset(
            self._accepted.get(node, ())
        )

    def types(self, node: str) -> tuple[str, ...]:
        """The classes of a node that the graph or an accepted item has."""
        return tuple(sorted(value for predicate, value in self.said(node) if predicate == t.TYPE))

    @cached_property
    def of_regimen(self) -> tuple[Known, ...]:
        """The evidence items of the item's regimen that count or wait, without the item, and what it supersedes."""
        found = {each.id: each for each in self._in_graph()}
        for other in self.book.counting(submitted=True):
            if other.regimen == self.item.regimen:
                found[other.id] = _known(other, next(iter(reversed(self.book.history(other.id))), None))
        return tuple(each for id, each in sorted(found.items()) if id not in self._gone)

    def _in_graph(self) -> Iterator[Known]:
        regimen = tuple(self.item.regimen.split("+"))
        for each in self.knowledge.evidence_of_regimens([regimen]) if self.item.regimen else ():
            if is_curated(each.id) and self.book.status(each.id) is not None:
                continue  # the journal knows what became of it
            says = Statement(
                each.profile, self.item.regimen, each.tumor_types, each.direction, each.significance, (each.id,)
            )
            yield Known(says, each.level, tuple((source.label, source.url) for source in each.sources))

    def tumor(self, code: str) -> TumorType | None:
        """The tumor type of a code; None where the graph has none of this very code."""
        try:
            found = self.knowledge.tumor_type(code)
        except (UnknownTumorType, AmbiguousTumorCode):
            return None
        return found if found.code == code else None

    def overlap(self, one: Iterable[str], others: Iterable[str]) -> bool:
        """Whether one of these tumor types is one of the others, or lies below or above it."""
        theirs = set(others)
        above = {each.code: {each.code, *each.ancestors} for code in {*one} if (each := self.tumor(code))}
        if any(lineage & theirs for lineage in above.values()):
            return True
        return any(set(above) & set(found.ancestors) for code in theirs if (found := self.tumor(code)))


def facts(
    item: Item,
    knowledge: KnowledgeBase,
    book: Book,
    retracted: Collection[str] = (),
    supersedes: str | None = None,
) -> tuple[Fact, ...]:
    """Everything found about the item; `supersedes` is the item that it is meant to replace, if it is."""
    replaced = supersedes or _meant_to_replace(item, book)
    world = World(item, knowledge, book, replaced)
    return (
        *_same_and_opposed(world),
        *_approvals(world),
        *_therapies(world),
        *_retracted(item, retracted),
        *_vague(world),
        *_of_others(world),
        *_properties(item),
        *_names(item),
        *_before(world),
        *_superseded(world, replaced),
    )


def _meant_to_replace(item: Item, book: Book) -> str | None:
    submissions = [act for act in book.history(item.id) if act.kind == SUBMITTED]
    return submissions[-1].other if submissions else None


# The same statement, and opposed ones


def _same_and_opposed(world: World) -> Iterator[Fact]:
    mine = _known(world.item)
    same = [each for each in world.of_regimen if _same(mine.says, each.says)]
    others = [each for each in same if not mine.papers & each.papers]
    if others:
        yield Fact("sameStatement", _evidence(others[0].id), {"known": _some(map(str, others))})
    for each in same:
        shared = mine.papers & each.papers
        if shared:
            named = [label for label, address in each.sources if shared & {*papers(label, address), address or label}]
            about = {"known": str(each), "id": each.id, "papers": ", ".join(named)}
            yield Fact("samePaper", _evidence(each.id), about)
    yield from _opposed(mine, world)


def _opposed(mine: Known, world: World) -> Iterator[Fact]:
    """One fact for each opposed statement, with its evidence items; none for one that speaks neither way."""
    if mine.says.speaks_for is None:
        return
    groups: dict[str, list[Known]] = {}
    for each in world.of_regimen:
        opposed = each.says.speaks_for is (not mine.says.speaks_for) and _alike(mine.says.profile, each.says.profile)
        if opposed and world.overlap(mine.says.tumor_types, each.says.tumor_types):
            groups.setdefault(each.says.label, []).append(each)
    for label, group in sorted(groups.items()):
        about = {
            "statement": label,
            "where": _where(mine.says.tumor_types, group[0].says.tumor_types),
            "known": _some(map(str, group)),
            "id": group[0].id,
        }
        yield Fact("contradicts", _evidence(group[0].id), about)


def _same(one: Statement, other: Statement) -> bool:
    return (
        set(one.tumor_types) == set(other.tumor_types)
        and (one.direction, one.significance) == (other.direction, other.significance)
        and _alike(one.profile, other.profile)
    )


def _alike(one: str, other: str) -> bool:
    return one == other or _logic(one) == _logic(other)


def _logic(expression: str) -> Logic:
    try:
        return _canonical(profiles.parse(expression))
    except profiles.UnreadableProfile:
        return expression


def _canonical(profile: profiles.Profile) -> Logic:
    if isinstance(profile, profiles.One):
        return profile.biomarker
    if isinstance(profile, profiles.Not):
        return "NOT", frozenset({_canonical(profile.part)})
    name = "AND" if isinstance(profile, profiles.All) else "OR"
    parts: set[Logic] = set()
    for part in map(_canonical, profile.parts):
        nested = not isinstance(part, str) and part[0] == name
        parts |= part[1] if nested and not isinstance(part, str) else {part}
    return (name, frozenset(parts)) if len(parts) > 1 else parts.pop()


def _where(mine: Collection[str], theirs: Collection[str]) -> str:
    return "" if set(mine) == set(theirs) else f" (there in {', '.join(theirs)}, here in {', '.join(mine)})"


# Approvals


def _approvals(world: World) -> Iterator[Fact]:
    """The approvals that back the item, and those that it speaks against."""
    mine = _known(world.item).says
    if mine.speaks_for is None or not mine.regimen:
        return
    found = world.knowledge.indications_of_regimens([tuple(mine.regimen.split("+"))])
    approved = [each for each in found if each.status == IndicationStatus.APPROVED and each.profile]
    if mine.speaks_for:
        for each in approved:
            if _backs(each, mine, world):
                yield Fact("approvedFor", iri(each.iri), {"id": each.id})
        return
    against = [each for each in approved if _is_for(each.profile, {mine.profile}) and _touches(each, mine, world)]
    if against:
        where = _where(mine.tumor_types, sorted({code for each in against for code in each.tumor_types}))
        known = _some(f"{each.id} ({each.jurisdiction}, {_labels(each)})" for each in against)
        yield Fact("contradictsApproval", iri(against[0].iri), {"known": known, "where": where})


def _is_for(profile: str | None, wanted: Collection[str]) -> bool:
    """Whether an approval's profile is one of these, or is an alternative of several with one of them."""
    logic = _logic(profile or "")
    parts = logic[1] if not isinstance(logic, str) and logic[0] == "OR" else {logic}
    return any(each == logic or each in parts for each in map(_logic, wanted))


def _backs(each: Indication, mine: Statement, world: World) -> bool:
    """An approval for this profile or a broader biomarker, in tumor types that hold all of the item's."""
    lineages = [{code, *found.ancestors} for code in mine.tumor_types if (found := world.tumor(code))]
    covered = all(lineage & set(each.tumor_types) for lineage in lineages)
    return bool(lineages) and covered and _is_for(each.profile, {mine.profile, *_broader(mine.profile, world)})


def _broader(profile: str, world: World) -> set[str]:
    """The biomarkers above the one of a profile, at any depth; none for a profile of several."""
    found: set[str] = set()
    waiting = [profile]
    while waiting:
        above = {
            t.item_id(value)
            for predicate, value in world.said(t.item("biomarker", waiting.pop()))
            if predicate == t.BROADER
        }
        waiting += sorted(above - found)
        found |= above
    return found


def _touches(each: Indication, mine: Statement, world: World) -> bool:
    return world.overlap(mine.tumor_types, set(each.tumor_types) - set(each.excluded_tumor_types))


def _labels(each: Indication) -> str:
    return ", ".join(source.label for source in each.sources)


# Drugs


def _therapies(world: World) -> Iterator[Fact]:
    """The therapies that the item brings: new ones, and those that are names of known ones."""
    kinds = {t.DRUG, t.DRUG_CLASS, t.SCHEME}
    stated = {s for s, p, o in world.item.statements if plain(p) == t.TYPE and plain(o) in kinds}
    for node in sorted(stated):
        if world.types(plain(node)):
            continue
        name = t.item_id(plain(node))
        keys = {plain(o) for s, p, o in world.item.statements if s == node and plain(p) == t.SEARCH_KEY}
        other = next((known for key in sorted({name, *keys}) if (known := _therapy_called(key, world))), None)
        if other is not None:
            yield Fact("takenName", node, {"name": name, "other": other})
        else:
            yield Fact("newTherapy", node, {"name": name, "near": nearest(world.knowledge, plain(node))})


def _therapy_called(name: str, world: World) -> str | None:
    try:
        return world.knowledge.therapy(name).id
    except UnknownTherapy:
        return None


def nearest(knowledge: KnowledgeBase, node: str) -> str:
    """The known items nearest to one that is not known, as they end a sentence; empty where none is near."""
    kind, id = kind_of(node), t.item_id(node)
    near: tuple[str, ...] = ()
    try:
        if kind == "therapy":
            knowledge.therapy(id)
        elif kind == "tumor":
            knowledge.tumor_type(id)
    except (UnknownTherapy, UnknownTumorType) as error:
        near = error.nearest
    except AmbiguousTumorCode as error:
        near = error.candidates
    if kind == "gene":
        near = knowledge.nearest_genes(id)
    elif kind == "biomarker":
        known = [each.id for each in knowledge.biomarkers_of_gene(id.partition(":")[0])]
        near = tuple(get_close_matches(id, known, n=3, cutoff=0.4))
    return f"; the nearest are {', '.join(near)}" if near else ""


# Sources


def sources_of(item: Item) -> tuple[tuple[str, str | None], ...]:
    """The label and the address of each source of the item's evidence; no address for one that has none."""
    labels = {plain(s): plain(o) for s, p, o in item.statements if plain(p) == t.LABEL}
    return tuple(
        (labels.get(node, t.item_id(node) if node.startswith(t.ITEMS) else node), _address(node))
        for node in item.told().get(t.SOURCE, ())
    )


def kinds_of_sources(item: Item) -> Iterator[tuple[str, str]]:
    """Each source of the item's evidence, by IRI, and what it is."""
    for node, (label, address) in zip(item.told().get(t.SOURCE, ()), sources_of(item), strict=True):
        yield node, source_kind(label, address)


def _address(node: str) -> str | None:
    return None if node.startswith(t.ITEMS) else node


def _retracted(item: Item, retracted: Collection[str]) -> Iterator[Fact]:
    known = retracted if isinstance(retracted, RetractedPapers) else RetractedPapers({})
    cited = {each for label, address in _all_sources(item) for each in papers(label, address)}
    for paper in sorted(cited):
        if paper in retracted:
            told = known[paper].told if paper in known else ""
            yield Fact("retractedPaper", text(paper), {"paper": paper, "told": told})
        elif paper in known.concerns:
            yield Fact("paperOfConcern", text(paper), {"paper": paper, "told": known.concerns[paper].told})


def _all_sources(item: Item) -> Iterator[tuple[str, str | None]]:
    """The sources of everything that the item states."""
    labels = {plain(s): plain(o) for s, p, o in item.statements if plain(p) == t.LABEL}
    for node in sorted({plain(o) for _, p, o in item.statements if plain(p) == t.SOURCE}):
        yield labels.get(node, node), _address(node)


# Tumor types


def _vague(world: World) -> Iterator[Fact]:
    for code in world.item.tumor_types:
        found = world.tumor(code)
        if found is None:
            continue
        node = iri(found.iri)
        below = world.knowledge.types_below(code)
        about = {"code": code, "name": found.name, "below": str(len(below)), "some": _examples(world, code)}
        if code == "SOLID":
            yield Fact("everySolidTumor", node, about)
        elif not found.ancestors and code not in _ROOTS:
            yield Fact("anyTumor", node, about)
        elif len(below) > 1 and set(found.ancestors) <= {"SOLID"}:
            yield Fact("wholeTissue", node, about)


def _examples(world: World, code: str) -> str:
    """Some of the types right below one, the largest first."""
    knowledge = world.knowledge
    right_below = [each for each in knowledge.types_below(code) if knowledge.tumor_ancestors(each)[:1] == (code,)]
    ordered = sorted(right_below, key=lambda each: (-len(knowledge.types_below(each)), each))
    return ", ".join(f"{each} ({knowledge.tumor_type(each).name})" for each in ordered[:3])


# What the item says of others


def _of_others(world: World) -> Iterator[Fact]:
    """Statements about what is not the item's, and those that would change what the graph says."""
    item, allowed = world.item, _own_nodes(world.item)
    own = {t.item(kind, item.id) for kind in _OWN_NODES}
    by_node: dict[str, set[tuple[str, str]]] = {}
    for subject, predicate, value in item.statements:
        by_node.setdefault(plain(subject), set()).add((plain(predicate), _value(value)))
    for node, said in sorted(by_node.items()):
        if node in own:
            continue
        before = world.said(node)
        change = sorted(said - before)
        if before and change:
            yield _of_another(node, change, "the graph has without it", before)
        elif not before and node not in allowed:
            yield _of_another(node, change, "it has nothing to do with", before)
        elif not before and not _can_be_brought(node, said):
            yield _of_another(node, change, "an item of evidence cannot bring", before)
    yield from _designs_of_others(item)


def _can_be_brought(node: str, said: Collection[tuple[str, str]]) -> bool:
    kind = kind_of(node)
    types = {value for predicate, value in said if predicate == t.TYPE}
    return kind in _BROUGHT and (kind not in ("source", None) or types <= {t.DOCUMENT})


def _designs_of_others(item: Item) -> Iterator[Fact]:
    for other in item.told("design").get(t.DESIGN_OF, ()):
        if other != item.iri:
            about = {"node": short(other), "why": "is not its own", "said": "that its study is the item's"}
            yield Fact("saysOfAnother", iri(other), {**about, "remedy": "let the design be of the item itself"})


def _own_nodes(item: Item) -> set[str]:
    """What an item can bring: whatever its evidence and design lead to, and the classes that are read from names."""
    values: dict[str, set[str]] = {}
    for subject, _, value in item.statements:
        if value.startswith("<"):
            values.setdefault(plain(subject), set()).add(plain(value))
    waiting = [t.item(kind, item.id) for kind in _OWN_NODES]
    found: set[str] = set()
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += sorted(values.get(node, ()))
    return found


def _of_another(node: str, change: list[tuple[str, str]], why: str, before: frozenset[tuple[str, str]]) -> Fact:
    predicate, value = change[0]
    more = f" and {len(change) - 1} more" if len(change) > 1 else ""
    known = sorted(plain_value(each) for name, each in before if name == predicate)
    remedy = f"write {short(predicate)} {known[0]!r}, as the graph has it" if known else "leave these statements out"
    about = {
        "node": short(node),
        "why": f"the graph has as {short(predicate)} {', '.join(known)}" if known else why,
        "said": f"{short(predicate)} {plain_value(value)}{more}",
        "remedy": remedy,
    }
    return Fact("saysOfAnother", iri(node), about)


def _properties(item: Item) -> Iterator[Fact]:
    known = {value for name, value in vars(t).items() if name.isupper() and isinstance(value, str) and "://" in value}
    names = {short(each): each for each in known}
    for node, predicate in sorted({(plain(s), plain(p)) for s, p, _ in item.statements}):
        if predicate not in known:
            near = get_close_matches(short(predicate), names, n=2)
            ending = f"; the nearest are {', '.join(near)}" if near else ""
            about = {"node": short(node), "name": short(predicate), "near": ending}
            yield Fact("unknownProperty", iri(node), about)


# Names that say what a thing is


def _names(item: Item) -> Iterator[Fact]:
    values: dict[tuple[str, str], set[str]] = {}
    for subject, predicate, value in item.statements:
        values.setdefault((plain(subject), plain(predicate)), set()).add(plain(value))
    regimen, profile = t.item("regimen", item.regimen), t.item("profile", item.profile)
    drugs = "+".join(sorted(t.item_id(each) for each in values.get((regimen, t.INCLUDES), ())))
    if drugs and drugs != item.regimen:
        yield Fact("misnamed", iri(regimen), {"what": "regimen", "name": item.regimen, "content": drugs})
    for expression in sorted(values.get((profile, t.EXPRESSION), ())):
        if expression != item.profile:
            yield Fact("misnamed", iri(profile), {"what": "profile", "name": item.profile, "content": expression})
    yield from _mentions(item, profile, values.get((profile, t.MENTIONS), set()))
    yield from _combination(item)


def _mentions(item: Item, profile: str, mentioned: set[str]) -> Iterator[Fact]:
    """A profile that does not mention each biomarker of its expression would never be asked for."""
    try:
        named = set(profiles.mentions(profiles.parse(item.profile))) if item.profile else set()
    except profiles.UnreadableProfile as error:
        yield Fact(
            "misnamed", iri(profile), {"what": "profile", "name": item.profile, "content": f"no profile: {error}"}
        )
        return
    missing = sorted(named - {t.item_id(each) for each in mentioned})
    if mentioned and missing:
        content = f"said to mention {', '.join(sorted(map(t.item_id, mentioned)))}, without {', '.join(missing)}"
        yield Fact("misnamed", iri(profile), {"what": "profile", "name": item.profile, "content": content})


def _combination(item: Item) -> Iterator[Fact]:
    said, drugs = item.one(t.COMBINATION), len(item.regimen.split("+"))
    if item.regimen and said in ("single", "combination", "sequential") and (said == "single") != (drugs == 1):
        count = "one drug" if drugs == 1 else f"{drugs} drugs"
        about = {"regimen": item.regimen.replace("+", " + "), "drugs": count, "combination": said or ""}
        yield Fact("miscounted", text(said or ""), about)


# What was done before


def _before(world: World) -> Iterator[Fact]:
    item, book = world.item, world.book
    history = book.history(item.id)
    if history:
        refused = book.status(item.id) in (REJECTED, RETRACTED)
        name = "refusedBefore" if refused else "submittedBefore"
        yield Fact(name, text(item.id), {"act": _act(history[-1]), "id": item.id})
    mine = _known(item)
    for other in book.in_state((REJECTED, RETRACTED)):
        theirs = _known(other)
        if other.id != item.id and other.regimen == item.regimen and _same(mine.says, theirs.says):
            if mine.papers & theirs.papers:
                act = _act(book.history(other.id)[-1])
                yield Fact("sameStatementRefused", _evidence(other.id), {"other": other.id, "act": act})


def _superseded(world: World, replaced: str | None) -> Iterator[Fact]:
    if replaced is None:
        return
    if replaced == world.item.id:
        yield Fact("supersedesUnknown", text(replaced), {"other": replaced, "why": "which is itself"})
        return
    state = world.book.status(replaced)
    if is_curated(replaced) and state is not None:
        return
    try:
        world.knowledge.evidence_item(replaced)
    except UnknownItem:
        why = "which no graph and no journal here has"
        yield Fact("supersedesUnknown", text(replaced), {"other": replaced, "why": why})


# Parts


def _known(item: Item, act: Act | None = None) -> Known:
    says = Statement(
        item.profile,
        item.regimen,
        item.tumor_types,
        item.one(t.DIRECTION) or "",
        item.one(t.SIGNIFICANCE) or "",
        (item.id,),
    )
    return Known(says, item.one(t.LEVEL) or "?", sources_of(item), act)


def _act(act: Act) -> str:
    because = f": {act.reason}" if act.reason else ""
    return f"{act.kind} by {act.person.name} ({act.person.orcid}) on {act.day}{because}"


def _evidence(id: str) -> str:
    return iri(t.item("evidence", id))


def _some(known: Iterable[str]) -> str:
    named = list(known)
    more = f"; and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    return "; ".join(named[:_SHOWN]) + more


def _value(term: str) -> str:
    """A term in one form, however its text was escaped."""
    if not term.startswith('"'):
        return plain(term)
    said, language, datatype = literal(term)
    if datatype == f"{t.XSD}string":
        datatype = None
    return f'"{said}"{language or ""}{datatype or ""}'


def plain_value(value: str) -> str:
    """What `_value` gave, as a person reads it."""
    return value[1:].rpartition('"')[0] if value.startswith('"') else short(value)
