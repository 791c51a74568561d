"""The answer to "why this regimen?"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.therapies import UnknownTherapy
from matcher.explain import blocking_text, proof_text
from matcher.facts import regimen_label
from matcher.notes import UnusableInput
from matcher.recommend import Answer, Recommendation, answer
from matcher.report.rows import Rows

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.case import Matched


def why_text(matched: Matched, regimen: str) -> str:
    """The proof that the regimen is recommended, as a tree with its sources.

    Raises UnusableInput when a drug is not known or the regimen is not recommended; it then says what blocks it.
    """
    wanted = regimen_of(regimen, matched.knowledge)
    found = answer(matched)
    recommendation = next((each for each in found.recommendations if each.option.regimen == wanted), None)
    if recommendation is None:
        raise _not_recommended(found, wanted)
    return _text(found, recommendation)


def regimen_of(text: str, knowledge: KnowledgeBase) -> tuple[str, ...]:
    """The regimen that a user names, `a+b` in any order, brands and synonyms allowed."""
    names: set[str] = set()
    for part in text.split("+"):
        try:
            names.add(knowledge.therapy(part.strip()).id)
        except UnknownTherapy as error:
            near = ", ".join(error.nearest) or "none; use the INN"
            raise UnusableInput(part.strip(), "unknown drug", f"nearest known: {near}") from error
    return tuple(sorted(names))


def _text(found: Answer, recommendation: Recommendation) -> str:
    option = recommendation.option
    lines = [f"{regimen_label(option.regimen)}: recommendation {recommendation.rank}, {option.tier}", ""]
    lines.append(proof_text(found.matched, option))
    if recommendation.conflicts:
        lines += ["", "Conflicts:", *map(_conflict_line, Rows(found).grouped(recommendation.conflicts))]
    if recommendation.also:
        others = ", ".join(f"{other.id} ({other.tier})" for other in recommendation.also)
        lines += ["", f"The same regimen is also supported by {others}."]
    return "\n".join(lines) + "\n"


def _conflict_line(cells: tuple[str, str, str, str]) -> str:
    """One decision on a line, with both sides, what decided and the outcome."""
    speaks_for, against, decided, outcome = cells
    return f"  for: {speaks_for}. Against: {against}. Decided: {decided}: {outcome}"


def _not_recommended(found: Answer, wanted: tuple[str, ...]) -> UnusableInput:
    """What keeps the regimen from being recommended, as far as this patient's options tell."""
    name = regimen_label(wanted)
    considered = [option for option in found.not_recommended if option.regimen == wanted]
    against = [each.message for each in found.avoided if each.regimen == wanted]
    if considered:
        nearest = considered[0]
        reason = f"is not recommended ({nearest.id})\n{blocking_text(nearest.blocking)}"
        return UnusableInput(name, reason, "see `--format json`, not_recommended, for every option with it")
    if against:
        return UnusableInput(name, f"is to be avoided: {against[0]}", "see the list of what to avoid")
    return UnusableInput(
        name, "was not considered for this patient", "no indication, evidence or open trial with it is in reach"
    )
