"""What is gathered gene by gene is what is found by looking through all records for each patient."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb import terms as t
from kb.alteration import Alteration, MarkerValue, SmallVariant
from kb.nomenclature import protein
from kb.nomenclature.errors import UnreadableProteinChange
from matcher.biomarker_status import StatusBoard
from matcher.case import Request, prepared
from matcher.clinical import Person
from matcher.cohort import classes
from matcher.cohort.classes import Classes
from matcher.cohort.ground import Ground
from matcher.cohort.parts import Personal, Stood
from matcher.cohort.subject import Subject
from matcher.patient import Patient, Sample
from tests.matcher.cohort.patients import ALTERATIONS, EVERYTHING, LIVER, NOWHERE, PANEL, TODAY, Asked, copies
from tests.matcher.cohort.reading import subjects
from tests.shared import knowledge

COHORTS = Path(__file__).parents[3].parent / "shared" / "data" / "cohorts"
TUMORS = ("LUAD", "IDC", "PRAD", "COAD", "MEL", "HGSOC", "CHOL", "GIST", "AML", "BREAST", "THPA")
SAMPLES = (LIVER, Sample("liver", assay=PANEL, reported=EVERYTHING), Sample("liver"))


class Again(dict[tuple[object, ...], Any]):
    """Where patients stand by what was found in the genes that count: worked out for each, and compared."""

    met = 0
    """How many stood where another one did."""

    def get(self, key: tuple[object, ...], default: object = None) -> object:
        return default

    def __setitem__(self, key: tuple[object, ...], found: Any) -> None:
        known = super().get(key)
        if known is not None:
            assert found.alike is known.alike
            assert found.places == known.places
            self.met += 1
        super().__setitem__(key, found)


class Compared(Classes):
    """Compares both for every patient whom it can tell from the ground."""

    patients = 0
    said = 0
    """How many records said anything."""

    def _forget(self) -> None:
        super()._forget()
        self._seen = self.again = Again()

    def _stood(self, person: Person, board: StatusBoard, ground: Ground | None) -> list[Stood]:
        found = super()._stood(person, board, ground)
        if not board.measured_markers:
            told = (self._parts.stood(each, person, board) for each in self._records.of(person.query, board))
            wanted = (
                self._parts.to_person(each, person, board) if isinstance(each, Personal) else each for each in told
            )
            assert [_told(each) for each in found] == [_told(each) for each in wanted if each is not None]
            self.patients += 1
            self.said += len(found)
        return found


def _told(stood: Stood) -> tuple[object, ...]:
    return stood.order, stood.part.number, stood.items, stood.alterations


@cache
def compared() -> Compared:
    """One for all patients: what it learned of one must not show in the next."""
    return Compared(knowledge())


@pytest.fixture(autouse=True)
def from_the_first_patient_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classes, "WORTH_A_GROUND", 1)


@cache
def of_the_graph() -> tuple[Alteration, ...]:
    """What makes biomarkers of the graph present, and what is of their genes and makes none."""
    found = [each for each in ALTERATIONS if not isinstance(each, MarkerValue)]
    for iri in sorted(knowledge()._all(t.BIOMARKER)):
        biomarker = knowledge().biomarker(t.item_id(iri))
        for gene in biomarker.genes:
            for change in (*biomarker.protein_changes[:2], "p.A2T", "p.Q30*"):
                with suppress(UnreadableProteinChange):  # a codon, without what became of it
                    found.append(SmallVariant(gene, NOWHERE, protein.parse(change), sample="liver"))
            found += [copies(gene, state) for state in ("amplification", "loss")]
    return tuple(dict.fromkeys(found))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.deferred(lambda: st.sampled_from(of_the_graph())), max_size=8),
    st.sampled_from(TUMORS),
    st.sampled_from(["US", "CN", "EU"]),
    st.sampled_from(SAMPLES),
    st.sampled_from(["metastatic", "II", None]),
    st.sampled_from(["female", "male", None]),
)
def test_random_findings(
    found: list[Alteration], tumor: str, place: str, sample: Sample, stage: str | None, sex: str | None
) -> None:
    patient = Patient("P", tumor, jurisdiction=place, stage=stage, sex=sex, samples=(sample,), alterations=tuple(found))
    subject = Asked(patient, TODAY).subject("P")
    before = compared().patients
    compared().of(prepared(subject.request, subject.read, knowledge()))
    assert compared().patients == before + 1


@pytest.mark.parametrize("tumor", TUMORS)
def test_records_say_something_to_who_has_the_alterations_of_their_biomarkers(tumor: str) -> None:
    patient = Patient("P", tumor, jurisdiction="US", samples=(LIVER,), alterations=of_the_graph()[::7])
    subject, own = Asked(patient, TODAY).subject("P"), Compared(knowledge())
    own.of(prepared(subject.request, subject.read, knowledge()))
    assert own.said > 20


@pytest.mark.skipif(not COHORTS.is_dir(), reason="the shared data are not on this machine")
def test_patients_of_real_studies(tmp_path: Path) -> None:
    """Endometrial carcinomas have the most findings, bile duct carcinomas fusions and few others."""
    for study in ("UCEC", "CHOL"):
        for file in (COHORTS / "tcga").glob(f"{study}.*"):
            (tmp_path / file.name).symlink_to(file.resolve())
    own = Compared(knowledge())
    for each in subjects(tmp_path, Request(tmp_path, TODAY, jurisdiction="US"))[:200]:
        assert isinstance(each, Subject)
        own.of(prepared(each.request, each.read, knowledge()))
    assert own.patients > 190
    assert own.said > 20 * own.patients
    assert own.again.met > 10
