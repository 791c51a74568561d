"""What a release changed for a cohort, as a document: a few sentences, the regimens that moved, the items behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.cohort.account import lines
from matcher.report.document import Cell, Document, Section, Table

if TYPE_CHECKING:
    from matcher.cohort.account import Account

CLOSING = "Each change with its cause is in the table of changes. Research use only."


def since_document(found: Account) -> Document:
    """The account of a run since an earlier release as a document, for every form of a report."""
    sections = (_kinds(found), _turns(found), _causes(found))
    return Document(
        f"What changed for {found.patients} patients",
        lines(found),
        (f"Before: {found.since}", f"Now: {found.release}", f"Between them: {found.compared}"),
        tuple(section for section in sections if section is not None),
        CLOSING,
    )


def _kinds(found: Account) -> Section | None:
    if not found.kinds:
        return None
    rows = tuple((kind, str(patients)) for kind, patients in found.kinds)
    return Section("What happened to regimens", table=Table(("Change", "Patients"), rows))


def _turns(found: Account) -> Section | None:
    if not found.turns:
        return None
    rows = tuple((each.regimen.replace("+", " + "), each.kind, str(each.patients)) for each in found.turns)
    return Section("Regimens that moved most patients", table=Table(("Regimen", "Change", "Patients"), rows))


def _causes(found: Account) -> Section | None:
    if not found.causes:
        return None
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (each.words, ", ".join(each.sources), str(each.patients), each.how) for each in found.causes
    )
    line = "The item that is nearest to each change: the answer cites it, or it is about the same drugs or biomarker."
    return Section("What moved them", (line,), Table(("Item of the release", "Source", "Patients", "Tie"), rows))
