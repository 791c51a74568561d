"""What may be carried to another tumor type: solid or not, and each part of a combination; the facts for the rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from kb.evidence import Evidence
from kb.indication import Indication
from matcher.biomarker_status import Status
from matcher.conflicts import is_option

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from kb.indication import Regimen
    from matcher.facts import Case, Item, Query
    from matcher.roles import Roles


def transfer_facts(
    case: Case, roles: Roles, cores: Mapping[Regimen, Regimen], query: Query, knowledge: KnowledgeBase
) -> None:
    """What comes from another tumor type: the parts of combinations, and what could carry them."""
    moved = {item.regimen for item in roles.moved if item.regimen in cores}
    _exclusion_facts(case, roles.excluding, moved, cores, knowledge)
    combined = sorted(regimen for regimen in moved if len(cores[regimen]) > 1)
    parts = {part for regimen in combined for part in cores[regimen]}
    if not parts:
        return
    for regimen in combined:
        for part in cores[regimen]:
            case.state("moved_part", regimen="+".join(regimen), drug=part)
    known = case.therapies
    lineage = (query.tumor.code, *query.tumor.ancestors)
    used = {drug for drug, _ in knowledge.first_approvals(parts & known, query.as_of, lineage)}
    for drug in sorted(used):
        case.state("used_here", drug=drug)
    _alone_facts(case, roles.strong, parts - used, known, cores, knowledge)


def _exclusion_facts(
    case: Case,
    excluding: Collection[Item],
    moved: Collection[Regimen],
    cores: Mapping[Regimen, Regimen],
    knowledge: KnowledgeBase,
) -> None:
    """Regimens from other tumor types with the targets of a regimen whose label excludes the patient's."""
    if not excluding or not moved:
        return
    known = case.therapies
    parts = {part for regimen in (*moved, *(item.regimen for item in excluding)) for part in regimen}
    targets = {name: set(found.targets) for name, found in knowledge.therapies(parts & known).items()}
    for item in excluding:
        hit = {target for part in item.regimen for target in targets.get(part, ())}
        for regimen in sorted(moved):
            if regimen != item.regimen and all(targets.get(part, set()) & hit for part in cores[regimen]):
                case.state("like_excluded", regimen="+".join(regimen), indication=item.id)


def _alone_facts(
    case: Case,
    strong: Iterable[tuple[str, Item]],
    parts: set[str],
    known: set[str],
    cores: Mapping[Regimen, Regimen],
    knowledge: KnowledgeBase,
) -> None:
    """For each part the best item that supports it alone, or a drug with a target in common with it: one is enough."""
    best: dict[str, tuple[str, str]] = {}
    for how, item in strong:
        core = cores.get(item.regimen, ())
        if len(core) == 1:
            best[core[0]] = min(best.get(core[0], (how, item.id)), (how, item.id))
    targets = {
        name: set(found.targets) for name, found in knowledge.therapies((set(best) | set(parts)) & known).items()
    }
    for part in sorted(parts):
        like = [each for each in best if each == part or targets.get(part, set()) & targets.get(each, set())]
        if like:
            other = min(like, key=best.__getitem__)
            case.state("acts_like", drug=part, other=other, item=best[other][1])


def strength(item: Item) -> str:
    """How well an item supports its regimen, smallest first: a label, then evidence by level; empty when it does not.

    The rules say what carries a part; this only picks one of the items that can.
    """
    if item.status is None or item.status.status is not Status.PRESENT:
        return ""
    if isinstance(item.record, Indication):
        return "0" if item.record.status.value == "approved" else ""
    if isinstance(item.record, Evidence) and item.record.level <= "C" and is_option(item.record):
        return item.record.level
    return ""


def state_forms_apart(case: Case, moved: Iterable[Item], query: Query, knowledge: KnowledgeBase) -> None:
    """State of which items for another tumor type it differs in form: solid tumors against hematologic neoplasms."""
    moved = [item for item in moved if item.regimen != ()]
    if not moved:
        return
    solid = knowledge.types_below(SOLID) | {SOLID}
    for item in moved:
        if all((code in solid) is not (query.tumor.code in solid) for code in item.record.tumor_types):
            case.state("other_form", item=item.id)


SOLID = "SOLID"
"""The tumor type above every solid one."""
