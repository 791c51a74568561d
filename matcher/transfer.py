"""Whether a combination may be carried to another tumor type: the facts on each of its parts that the rules need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from kb.indication import Regimen
    from matcher.facts import Case, Query


def transfer_facts(case: Case, cores: Mapping[Regimen, Regimen], query: Query, knowledge: KnowledgeBase) -> None:
    """The parts of combinations that come from another tumor type, and what could carry each of them."""
    moved = {item.regimen for item in case.items.values() if item.relation == "other" and item.regimen in cores}
    combined = sorted(regimen for regimen in moved if len(cores[regimen]) > 1)
    parts = {part for regimen in combined for part in cores[regimen]}
    if not parts:
        return
    for regimen in combined:
        for part in cores[regimen]:
            case.state("moved_part", regimen="+".join(regimen), drug=part)
    alone = {core[0] for core in cores.values() if len(core) == 1}
    known = {str(stated.get("name")) for stated in case.facts if stated.predicate == "therapy"}
    targets = {name: set(found.targets) for name, found in knowledge.therapies((alone | parts) & known).items()}
    for part in sorted(parts):
        for other in sorted(alone):
            if part == other or targets.get(part, set()) & targets.get(other, set()):
                case.state("acts_like", drug=part, other=other)
    lineage = (query.tumor.code, *query.tumor.ancestors)
    for drug in sorted({drug for drug, _ in knowledge.first_approvals(parts & known, query.as_of, lineage)}):
        case.state("used_here", drug=drug)
