"""The joint decisions of a study's patients: how many followed the recommendation, and why the others did not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from matcher.decisions import FOLLOWED, NONE, NOT_RECORDED, Joint, decisions
from matcher.events import REASONS
from matcher.outcomes.study import Measure, one_of
from matcher.outcomes.values import Excluded, Proportion, Result, Table, proportion

if TYPE_CHECKING:
    from matcher.outcomes.study import Endpoint
    from matcher.outcomes.subject import Subject

NO_REASON = "no reason given"


def joint_decision(endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result:
    """The proportion whose recommended therapy was chosen, then of each reason why it was not, with exact intervals.

    One decision of each patient counts: the first, or the last. Patients without a decision, or of whom no
    recommendation is recorded, are left out and named. Drugs are compared by the names of the starter graph.
    """
    from kb.graph import open_knowledge_base

    knowledge = open_knowledge_base()
    counted: list[tuple[Subject, Joint]] = []
    excluded: list[Excluded] = []
    for subject in subjects:
        every = decisions(subject.events, subject.patient, knowledge)
        known = [each for each in every if each.outcome != NOT_RECORDED]
        if known:
            counted.append((subject, known[-1 if endpoint.options.get("which") == "last" else 0]))
        else:
            missing = "no recommendation is recorded" if every else "no joint decision is recorded"
            excluded.append(Excluded(subject.id, missing, str((every[0] if every else subject.patient).place)))
    followed = [joint for _, joint in counted if joint.outcome == FOLLOWED]
    return Result(
        endpoint,
        None,
        None,
        len(counted),
        proportion(len(followed), len(counted)),
        tuple(_shares(joint for _, joint in counted)),
        tables=(("decisions", _table(counted)),),
        excluded=tuple(excluded),
        notes=tuple(_notes(counted)),
    )


def _shares(found: Iterable[Joint]) -> Iterable[tuple[str, Proportion]]:
    """Of all decisions, those not followed by reason, in the order of REASONS, then those for no therapy at all."""
    every = tuple(found)
    reasons = Counter(_reason(each) for each in every if each.outcome != FOLLOWED)
    for reason in (*REASONS, NO_REASON):
        if reasons[reason]:
            yield f"not followed: {reason}", proportion(reasons[reason], len(every))
    none = sum(each.outcome == NONE for each in every)
    if none:
        yield "no therapy chosen", proportion(none, len(every))


def _reason(joint: Joint) -> str:
    """Why the recommendation was not followed; a text without one of the reasons is `other`."""
    return joint.reason or ("other" if joint.detail else NO_REASON)


def _table(counted: list[tuple[Subject, Joint]]) -> Table:
    rows = tuple(
        (
            subject.id,
            joint.date,
            "; ".join(map(" + ".join, joint.recommended)),
            " + ".join(joint.chosen) or "no therapy",
            joint.outcome,
            "" if joint.outcome == FOLLOWED else _reason(joint),
            joint.detail,
        )
        for subject, joint in counted
    )
    return Table(("patient", "date", "recommended", "chosen", "decision", "reason", "detail"), rows)


def _notes(counted: list[tuple[Subject, Joint]]) -> Iterable[str]:
    missing = [subject.id for subject, joint in counted if joint.lacks_reason]
    if missing:
        yield f"no reason is given for {', '.join(missing)}: write it in the patient's file"


MEASURES = {
    "joint decision": Measure(
        "Whether the recommended therapy was chosen, and the reason where it was not",
        {"which": one_of("first", "last", default="first", doc="which decision of a patient with several counts")},
        joint_decision,
    ),
}
"""The measures of joint decisions, by name."""
