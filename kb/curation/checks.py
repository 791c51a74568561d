"""What is true of a curated item beside the graph, the journal and a list of retracted papers: facts for the gate.

The shapes of `kb/shapes/gate` say what follows from each fact, how grave it is, and in which words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from kb import terms as t
from kb.content import kind_of, plain
from kb.curation.acts import REJECTED, RETRACTED
from kb.curation.item import Item, is_curated
from kb.curation.own import own_facts
from kb.curation.retractions import RetractedPapers
from kb.curation.sources import papers
from kb.curation.world import Fact, Known, World, alike, all_sources, evidence, known_of, logic, told
from kb.errors import UnknownItem
from kb.graph import KnowledgeBase
from kb.indication import Indication, IndicationStatus
from kb.merge import Statement
from kb.rdf import iri, text
from kb.therapies import UnknownTherapy
from kb.tumor_types import AmbiguousTumorCode, UnknownTumorType

_SHOWN = 4
"""How many of many items a message names."""

_ROOTS = frozenset({"SOLID", "LYMPH", "MYELOID"})


def facts(world: World, retracted: Collection[str] = ()) -> tuple[Fact, ...]:
    """Everything found about the item of a world."""
    return (
        *_same_and_opposed(world),
        *_approvals(world),
        *_therapies(world),
        *_retracted(world.item, retracted),
        *_vague(world),
        *own_facts(world),
        *_before(world),
        *_superseded(world),
    )


# The same statement, and opposed ones


def _same_and_opposed(world: World) -> Iterator[Fact]:
    mine = known_of(world.item)
    same = [each for each in world.of_regimen if _same(mine.says, each.says)]
    others = [each for each in same if not mine.papers & each.papers]
    if others:
        yield Fact("sameStatement", evidence(others[0].id), {"known": _some(map(str, others))})
    for each in same:
        shared = mine.papers & each.papers
        if shared:
            named = [label for label, address in each.sources if shared & {*papers(label, address), address or label}]
            about = {"known": str(each), "id": each.id, "papers": ", ".join(named)}
            yield Fact("samePaper", evidence(each.id), about)
    yield from _opposed(mine, world)


def _opposed(mine: Known, world: World) -> Iterator[Fact]:
    """One fact for each opposed statement, with its evidence items; none for one that speaks neither way."""
    if mine.says.speaks_for is None:
        return
    groups: dict[str, list[Known]] = {}
    for each in world.of_regimen:
        opposed = each.says.speaks_for is (not mine.says.speaks_for) and alike(mine.says.profile, each.says.profile)
        if opposed and world.overlap(mine.says.tumor_types, each.says.tumor_types):
            groups.setdefault(each.says.label, []).append(each)
    for label, group in sorted(groups.items()):
        about = {
            "statement": label,
            "where": _where(mine.says.tumor_types, group[0].says.tumor_types),
            "known": _some(map(str, group)),
            "id": group[0].id,
        }
        yield Fact("contradicts", evidence(group[0].id), about)


def _same(one: Statement, other: Statement) -> bool:
    return (
        set(one.tumor_types) == set(other.tumor_types)
        and (one.direction, one.significance) == (other.direction, other.significance)
        and alike(one.profile, other.profile)
    )


def _where(mine: Collection[str], theirs: Collection[str]) -> str:
    return "" if set(mine) == set(theirs) else f" (there in {', '.join(theirs)}, here in {', '.join(mine)})"


# Approvals


def _approvals(world: World) -> Iterator[Fact]:
    """The approvals that back the item, and those that it speaks against."""
    mine = known_of(world.item).says
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
    whole = logic(profile or "")
    parts = whole[1] if not isinstance(whole, str) and whole[0] == "OR" else {whole}
    return any(each == whole or each in parts for each in map(logic, wanted))


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


def _retracted(item: Item, retracted: Collection[str]) -> Iterator[Fact]:
    known = retracted if isinstance(retracted, RetractedPapers) else RetractedPapers({})
    cited = {each for label, address in all_sources(item) for each in papers(label, address)}
    for paper in sorted(cited):
        if paper in retracted:
            told = known[paper].told if paper in known else ""
            yield Fact("retractedPaper", text(paper), {"paper": paper, "told": told})
        elif paper in known.concerns:
            yield Fact("paperOfConcern", text(paper), {"paper": paper, "told": known.concerns[paper].told})


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


# What was done before


def _before(world: World) -> Iterator[Fact]:
    item, book = world.item, world.book
    history = book.history(item.id)
    if history:
        refused = book.status(item.id) in (REJECTED, RETRACTED)
        name = "refusedBefore" if refused else "submittedBefore"
        yield Fact(name, text(item.id), {"act": told(history[-1]), "id": item.id})
    mine = known_of(item)
    for other in book.in_state((REJECTED, RETRACTED)):
        theirs = known_of(other)
        again = other.id != item.id and other.regimen == item.regimen and _same(mine.says, theirs.says)
        if again and mine.papers & theirs.papers:
            act = told(book.history(other.id)[-1])
            yield Fact("sameStatementRefused", evidence(other.id), {"other": other.id, "act": act})


def _superseded(world: World) -> Iterator[Fact]:
    replaced = world.replaced
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


def _some(known: Iterable[str]) -> str:
    named = list(known)
    more = f"; and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    return "; ".join(named[:_SHOWN]) + more
