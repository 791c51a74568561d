"""Values handed to another process are the same there, with the fields that do not count for equality."""

import copy
import pickle
from dataclasses import astuple, replace

import pytest

from kb.alteration import (
    CopyNumberChange,
    CopyNumberState,
    Fusion,
    GenomicChange,
    MarkerValue,
    Origin,
    Place,
    SmallVariant,
)
from kb.nomenclature.protein import parse
from matcher.notes import Note, Severity
from matcher.patient import Patient, Sample

PLACE = Place("calls.maf", 7)
VARIANT = SmallVariant(
    "BRAF",
    PLACE,
    parse("p.(Val600Glu)"),
    "c.1799T>A",
    ("missense_variant",),
    genomic=GenomicChange("7", 140453136, "A", "T", "GRCh37"),
    origin=Origin.GERMLINE,
    vaf=0.25,
    sample="S1",
)
VALUES = (
    PLACE,
    VARIANT,
    CopyNumberChange("ERBB2", CopyNumberState.AMPLIFICATION, PLACE, 8.5),
    Fusion("EML4", "ALK", PLACE, oriented=False),
    MarkerValue("MSI", "MSI-H", PLACE, "S1"),
    Sample("S1", purity=0.4, reported=frozenset({"small variant"}), place=PLACE),
    Patient("P1", "LUAD", conditions=(), samples=(Sample("S1"),), alterations=(VARIANT,), place=PLACE),
    Note(Severity.ERROR, PLACE, "a message", "a remedy"),
)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_is_the_same_behind_the_pickle(value):
    for again in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value), replace(value)):
        assert type(again) is type(value)
        assert again == value
        assert astuple(again) == astuple(value)
