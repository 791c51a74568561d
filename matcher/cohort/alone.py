"""The tables of a cohort, patient by patient: what one patient's answer says, as rows.

A cohort's answers are held against these.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from matcher.case import match_patient
from matcher.cohort.subject import Subject, Unreadable
from matcher.cohort.tables import COLUMNS, TIERS, Tables
from matcher.names import alteration_name
from matcher.notes import Note, UnusableInput
from matcher.recommend import Option, answer, options_of
from matcher.tier_rules import unsettling
from rules.engine import engine

if TYPE_CHECKING:
    from kb.alteration import Alteration
    from kb.graph import KnowledgeBase
    from matcher.facts import Query
    from matcher.recommend import Avoided, Recommendation
    from rules.language import RuleSet

Row = tuple[object, ...]
Rows = dict[str, list[Row]]

EVALUATOR = "sql"
"""The evaluator that a patient alone is matched with."""


def empty() -> Rows:
    """No row of any table."""
    return {name: [] for name in COLUMNS}


def tables(rows: Mapping[str, Iterable[Row]]) -> Tables:
    """Rows as data frames; a column without values keeps its type where it is written."""
    import pandas

    return {
        name: pandas.DataFrame(list(rows.get(name, ())), columns=list(columns), dtype=object)
        for name, columns in COLUMNS.items()
    }


def alone(subjects: Iterable[Subject | Unreadable], knowledge: KnowledgeBase, rules: RuleSet) -> Rows:
    """The rows of these subjects, each matched alone; `alike` counts them."""
    found, opening = empty(), unsettling(rules)
    for number, subject in enumerate(subjects):
        if isinstance(subject, Unreadable):
            found["patients"].append(unreadable_row(subject, number))
            continue
        try:
            matched = match_patient(subject.request, subject.read, knowledge, rules, engine(EVALUATOR).run)
        except UnusableInput as error:
            refused = Unreadable(subject.name, subject.source, f"{error.where}: {error.reason}", error.remedy)
            found["patients"].append(unreadable_row(refused, number))
            continue
        answered = answer(matched)
        ranked = answered.recommendations
        found["recommendations"] += recommendation_rows(subject.name, ranked)
        found["avoided"] += avoided_rows(subject.name, answered.avoided)
        tier = min((each.option.tier for each in ranked if each.option.tier), default=None, key=TIERS.index)
        found["patients"].append(matched_row(subject, matched.query, tier, len(ranked), number))
        found["blocks"] += (row for option in options_of(matched) for row in block_rows(number, option, opening))
        found["notes"] += note_rows(subject.name, matched.notes)
    return found


def unreadable_row(subject: Unreadable, number: int) -> Row:
    """The row of a patient who could not be read."""
    return (
        *(subject.name, subject.source, "unreadable", subject.reason, subject.remedy or None),
        *(None, None, None, None, number),
    )


def matched_row(subject: Subject, query: Query, tier: str | None, count: int, number: int) -> Row:
    """The row of a patient who was matched, with the best tier reached and the number of recommendations."""
    return (
        *(subject.name, subject.source, "matched", None, None, query.tumor.code, query.jurisdiction),
        *(tier, count, number),
    )


def note_rows(name: str | None, notes: Iterable[Note]) -> list[Row]:
    """The notes on a patient, or on a file."""
    return [
        (name, each.severity.value, each.where.file, each.where.row, each.message, each.remedy or None)
        for each in notes
    ]


def recommendation_rows(
    name: str, ranked: Iterable[Recommendation], named: Callable[[Alteration], str] = alteration_name
) -> list[Row]:
    """The rows of a patient's recommendations, by rank; `named` gives the names of alterations."""
    return [(name, each.rank, *_of_option(each.option, named), *_of_group(each)) for each in ranked]


def _of_option(option: Option, named: Callable[[Alteration], str]) -> Row:
    status, levels = option.item.status, option.levels
    seen = dict.fromkeys(map(named, status.alterations)) if status is not None else ()
    return (
        "+".join(option.regimen),
        option.tier,
        option.id,
        option.basis,
        status.id if status is not None else None,
        status.label if status is not None else None,
        list(seen),
        option.item.relation,
        *(levels[framework] for framework in ("amp", "escat", "oncokb", "civic", "nct")),
        list(option.flags),
        sorted(option.lowered),
        findings_of(option),
    )


def findings_of(option: Option) -> list[dict[str, str]]:
    """The findings of an option, sorted by criterion, verdict and what they are about."""
    told = sorted({(each.criterion, each.verdict, each.about) for each in option.findings})
    return [dict(zip(("criterion", "verdict", "about"), each, strict=True)) for each in told]


def _of_group(each: Recommendation) -> Row:
    return [cited.id for cited in each.evidence], list(each.access.authorized), each.access.reimbursed


def avoided_rows(name: str, avoided: Iterable[Avoided]) -> list[Row]:
    """The rows of what a patient should not be given."""
    return [
        (name, "+".join(each.regimen), each.because, list(each.biomarkers), [cited.id for cited in each.evidence])
        for each in avoided
    ]


def block_rows(alike: int, option: Option, opening: Collection[str]) -> list[Row]:
    """What keeps an option from being recommended: what fails, and what is open of the criteria that then keep it out.

    `opening` are these criteria (`matcher.flips.unsettling`): an open question of another kind leaves an option in.
    """
    if option.tier is not None:
        return []
    against = (each for each in option.blocking if each.verdict == "fail" or each.criterion in opening)
    blocking = sorted({(each.criterion, each.verdict, each.about) for each in against})
    regimen, sole = "+".join(option.regimen), len(blocking) == 1
    return [(alike, regimen, option.id, *each, _label(option, each[0], each[2]), sole) for each in blocking]


def _label(option: Option, criterion: str, about: str) -> str:
    """What a finding is about as a reader knows it: the label of a biomarker profile, else as it is."""
    status = option.item.status
    return status.label if criterion == "biomarker" and status is not None else about
