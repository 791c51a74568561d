"""A piece of a cohort is the same behind the pickle, whatever its patients have."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from kb.alteration import (
    Alteration,
    CopyNumberChange,
    CopyNumberState,
    Fusion,
    GenomicChange,
    MarkerValue,
    Place,
    SmallVariant,
)
from kb.nomenclature.protein import parse
from matcher.case import Request
from matcher.cohort.handed import Handed
from matcher.cohort.subject import Subject, Unreadable
from matcher.notes import Note, Severity
from matcher.patient import Patient, Sample

PLACE = Place("calls.maf", 7)
CALLED = SmallVariant("BRAF", PLACE, parse("p.V600E"), genomic=GenomicChange("7", 140453136, "A", "T"), vaf=0.25)
UNPLACED = SmallVariant("TP53", Place("calls.maf", 8), coding="c.743G>A", sample="S1")
AMPLIFIED = CopyNumberChange("ERBB2", CopyNumberState.AMPLIFICATION, PLACE)
FUSED = Fusion("EML4", "ALK", PLACE)
MARKER = MarkerValue("MSI", "MSI-H", PLACE)
NOT_READ = Unreadable("lost", "calls.maf", "no clinical row")


def subject(name: str, *alterations: Alteration) -> Subject:
    patient = Patient(name, "LUAD", samples=(Sample("S1", place=PLACE),), alterations=alterations, place=PLACE)
    note = Note(Severity.INFO, PLACE, "a message", "a remedy")
    return Subject(name, "calls.maf", Request(Path("calls.maf"), "2026-01-01"), "MAF", patient, (note,))


@pytest.mark.parametrize(
    "piece",
    [
        [],
        [NOT_READ],
        [subject("nothing found")],
        [subject("one", CALLED), subject("two", UNPLACED, CALLED)],
        [subject("one", UNPLACED), NOT_READ, subject("two", UNPLACED)],
        [subject("one", FUSED, CALLED, MARKER), subject("none"), subject("two", UNPLACED, AMPLIFIED), NOT_READ],
        [subject("one", MARKER), subject("two", FUSED)],
    ],
)
def test_a_piece_is_the_same_behind_the_pickle(piece: list[Subject | Unreadable]) -> None:
    again = pickle.loads(pickle.dumps(Handed(piece), pickle.HIGHEST_PROTOCOL))
    assert type(again) is Handed
    assert again == piece
    assert repr(again) == repr(piece)


def test_a_piece_is_as_it_was_where_it_was_handed_on() -> None:
    first = subject("one", CALLED, FUSED)
    piece = Handed([first, subject("two", replace(CALLED, gene="KRAS"))])
    pickle.dumps(piece)
    assert piece[0] is first
    assert isinstance(piece[0], Subject)
    assert piece[0].patient.alterations == (CALLED, FUSED)
