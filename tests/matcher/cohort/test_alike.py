"""Patients who seem alike by what biomarkers say of their alterations, and are not."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from kb.alteration import Alteration, SmallVariant
from matcher.cohort.alone import alone, tables
from matcher.cohort.matching import Matching
from matcher.cohort.subject import Subject
from matcher.patient import Patient
from tests.matcher.cohort.patients import LIVER, NOWHERE, Asked, marker
from tests.matcher.cohort.told import assert_same
from tests.shared import knowledge, library


def patient(name: str, tumor: str, *alterations: Alteration) -> Subject:
    """A patient who was not treated yet, whose only sample was sequenced."""
    asked = Patient(
        name,
        tumor,
        jurisdiction="US",
        stage="metastatic",
        prior_therapies=(),
        samples=(LIVER,),
        alterations=alterations,
    )
    return Asked(asked).subject(name)


def silent(gene: str) -> Alteration:
    """A variant that no biomarker of its gene covers."""
    return SmallVariant(gene, NOWHERE, coding="c.3G>A", consequences=("synonymous_variant",), sample="liver")


def assert_as_alone(patients: Sequence[Subject]) -> None:
    with closing(Matching(knowledge(), library())) as matching:
        assert_same(matching.matched(patients), tables(alone(patients, knowledge(), library())))


def test_a_gene_with_a_silent_variant_brings_in_reach_what_a_marker_states() -> None:
    """A marker that is part of a biomarker's name counts for those alone of whose gene something is told."""
    told = marker("MET exon 14", "detected")
    assert_as_alone(
        [
            patient("stated", "LUAD", told),
            patient("stated beside", "LUAD", told, silent("MET")),
            patient("silent", "LUAD", silent("MET")),
        ]
    )
