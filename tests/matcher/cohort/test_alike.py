"""Patients who seem alike by what biomarkers say of their alterations, and are not."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from kb.alteration import Alteration, SmallVariant
from matcher.cohort.alone import alone, tables
from matcher.cohort.matching import Matching
from matcher.cohort.subject import Subject
from matcher.patient import Patient, Sample
from rules.language import RuleSet
from rules.library import LIBRARY
from rules.load import load
from tests.matcher.cohort.patients import LIVER, NOWHERE, PANEL, Asked, marker, small
from tests.matcher.cohort.told import assert_same
from tests.shared import knowledge, library


def patient(name: str, tumor: str, *alterations: Alteration, sample: Sample = LIVER) -> Subject:
    """A patient who was not treated yet, whose only sample was sequenced."""
    asked = Patient(
        name,
        tumor,
        jurisdiction="US",
        stage="metastatic",
        prior_therapies=(),
        samples=(sample,),
        alterations=alterations,
    )
    return Asked(asked).subject(name)


def silent(gene: str) -> Alteration:
    """A variant that no biomarker of its gene covers."""
    return SmallVariant(gene, NOWHERE, coding="c.3G>A", consequences=("synonymous_variant",), sample="liver")


def assert_as_alone(patients: Sequence[Subject], rules: RuleSet | None = None) -> None:
    own = rules or library()
    with closing(Matching(knowledge(), own)) as matching:
        assert_same(matching.matched(patients), tables(alone(patients, knowledge(), own)))


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


def test_a_substitution_at_a_codon_of_ras_is_not_one_beside_it() -> None:
    """At codon 12, 13 or another one that the wild type is defined by, whatever substitution rules it out."""
    beside, at_codon = (small("NRAS", change, consequences=("missense_variant",)) for change in ("p.R164H", "p.A146S"))
    for order in ((beside, at_codon), (at_codon, beside)):
        assert_as_alone([patient(f"{number}", "COAD", each) for number, each in enumerate(order)])


WORDS = """rules:
  - rule: told-in-words
    says: {en: "{Because}", zh: "{Because}"}
    cites: [a test]
    if:
      - option(id: Option)
      - biomarker_of(item: Option, because: Because)
    then: finding(option: Option, criterion: words, verdict: fail, about: Because, recoverable: false)
"""


def test_a_rule_that_repeats_sentences_is_told_each_patients_own(tmp_path: Path) -> None:
    """Sentences name the sample, the caller's filter and the allele fraction, by which nothing else is decided."""
    (tmp_path / "words.yaml").write_text(WORDS, encoding="utf-8")
    rules = load([LIBRARY, tmp_path / "words.yaml"])
    on_a_panel = replace(LIVER, assay=PANEL)
    called: list[tuple[Sample, dict[str, Any]]] = [
        (on_a_panel, {"vaf": 0.01}),
        (on_a_panel, {"vaf": 0.02}),
        (on_a_panel, {"vaf": 0.3, "filtered": "weak_evidence"}),
        (on_a_panel, {"vaf": 0.3, "filtered": "strand_bias"}),
        (LIVER, {}),
        (replace(LIVER, id="skin"), {}),
    ]
    patients = [
        patient(f"P{number}", "LUAD", small("EGFR", "L858R", sample.id, **fields), sample=sample)
        for number, (sample, fields) in enumerate(called)
    ]
    assert_as_alone(patients, rules)


def test_a_second_cohort_in_one_process_is_told_what_the_first_was() -> None:
    """What was read of a marker is kept for the process, and tells of the alteration that it was read from first."""
    one = patient("P", "IDC", marker("HER2 IHC", "3+", "liver"), marker("ER", "90 %"))
    found = []
    for _ in range(2):
        with closing(Matching(knowledge(), library())) as matching:
            found.append(matching.matched([one]))
    assert_same(found[0], found[1], "again")
