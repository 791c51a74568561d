"""Dates, tumor types, history, assays, normalization: the parts that a case is stated from."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.alteration import Fusion, MarkerValue, Place, SmallVariant
from kb.dates import span
from matcher.assay import BUILT_IN, SMALL_VARIANT, Coverage
from matcher.assay_files import assay
from matcher.case import Request, match
from matcher.facts import relation_of
from matcher.history import course_of, ending, history_facts, lines_of_therapy, names_of
from matcher.normalize import (
    marker_notes,
    normalized_alterations,
    normalized_history,
    resolved_tumor_type,
    without_open_exons,
)
from matcher.notes import Severity, UnusableInput
from matcher.patient import Patient, PriorTherapy, Sample
from rules.facts import Fact
from tests.shared import knowledge, library

PLACE = Place("p.yaml", 7)


@given(st.dates())
def test_span_of_a_day_is_the_day_and_lies_in_its_month_and_year(day) -> None:
    text = day.isoformat()
    assert span(text) == (text, text)
    for partial in (text[:7], text[:4]):
        assert span(partial).earliest <= text <= span(partial).latest


def relations() -> list[dict[str, str]]:
    with (Path(__file__).parents[1] / "tables" / "tumor_relation.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.mark.parametrize("row", relations(), ids=lambda row: "-".join(row.values()))
def test_relation_of_tumor_types(row: dict[str, str]) -> None:
    wanted, excluded = (tuple(filter(None, row[name].split("|"))) for name in ("wanted", "excluded"))
    assert relation_of(knowledge().tumor_type(row["patient"]), wanted, excluded, knowledge()) == row["relation"]
    assert relation_of(knowledge().tumor_type(row["patient"]), wanted[::-1], excluded, knowledge()) == row["relation"]


def test_every_relation_has_a_row() -> None:
    assert {row["relation"] for row in relations()} == {"exact", "covered", "agnostic", "general", "other", "excluded"}


def therapy(
    *drugs: str, line: int | None = None, response: str | None = None, stopped: str | None = None, **more: str
) -> PriorTherapy:
    return PriorTherapy(drugs, PLACE, line, best_response=response, stopped_for=stopped, **more)  # type: ignore[arg-type]


def stated(patient: Patient) -> Iterator[Fact]:
    return history_facts(patient, course_of(patient, knowledge()), ())


def facts(*therapies: PriorTherapy) -> set[str]:
    return {repr(each) for each in stated(Patient("P", prior_therapies=therapies))}


def test_an_unknown_history_is_not_an_empty_one() -> None:
    unknown = [repr(each) for each in stated(Patient("P"))]
    assert unknown == ["history(status: unknown)"]
    assert {"history(status: known)", "prior_lines(count: 0, next: 1)", "last_therapy(ended: none)"} <= facts()


def test_history_speaks_of_drugs_and_their_classes() -> None:
    found = facts(therapy("trastuzumab", "docetaxel", response="PR", stopped="progression"))
    for name in ("trastuzumab", "docetaxel", "taxane", "chemotherapy", "anti-her2 therapy", "systemic therapy"):
        assert f"received(therapy: {name}, times: 1)" in found
        assert f"progressed_on(therapy: {name})" in found
        assert f"responded_to(therapy: {name})" in found
    assert not any(each.startswith("outcome_unknown") for each in found)


def test_an_unrecorded_outcome_is_said() -> None:
    found = facts(therapy("gefitinib"))
    assert "outcome_unknown(therapy: gefitinib)" in found
    assert "progressed_on(therapy: gefitinib)" not in found


def test_schemes_count_for_their_parts() -> None:
    assert {"oxaliplatin", "fluorouracil", "platinum"} <= names_of(therapy("FOLFOX"), knowledge())


@pytest.mark.parametrize(
    ("therapies", "expected"),
    [
        ((), 0),
        ((therapy("docetaxel", line=1),), 1),
        ((therapy("docetaxel", line=1), therapy("capecitabine", line=3)), 3),
        ((therapy("docetaxel"), therapy("capecitabine")), 2),
        ((therapy("docetaxel", setting="adjuvant"), therapy("capecitabine")), 1),
        ((therapy("docetaxel", setting="neoadjuvant"),), 0),
        # Maintenance belongs to the line that it follows.
        ((therapy("FOLFOX", line=1), therapy("capecitabine", setting="maintenance")), 1),
        ((therapy("FOLFOX"), therapy("capecitabine", setting="Maintenance")), 1),
        ((therapy("FOLFOX"), therapy("FOLFIRI", line=2), therapy("capecitabine", setting="maintenance")), 2),
        ((therapy("carboplatin", setting="adjuvant"), therapy("olaparib", setting="maintenance")), 0),
        ((therapy("olaparib", setting="maintenance"),), 1),
        ((therapy("capecitabine", setting="维持治疗"), therapy("FOLFIRI")), 2),
        (
            (
                therapy("capecitabine", setting="maintenance", start="2024-06"),
                therapy("FOLFIRI", start="2025-01"),
                therapy("FOLFOX", start="2024-01"),
            ),
            2,
        ),
        # A stated number counts beside a regimen without one.
        ((therapy("regorafenib", line=3), therapy("imatinib")), 3),
        ((therapy("docetaxel", line=1), therapy("capecitabine"), therapy("vinorelbine")), 3),
        ((therapy("docetaxel", line=1), therapy("paclitaxel", line=1), therapy("capecitabine")), 2),
        ((therapy("docetaxel", line=3, start="2024-01-01"), therapy("capecitabine", start="2025-01-01")), 4),
        ((therapy("docetaxel", line=3, start="2024"), therapy("capecitabine", start="2024-05")), 3),
    ],
)
def test_lines_of_therapy(therapies: tuple[PriorTherapy, ...], expected: int) -> None:
    assert lines_of_therapy(therapies) == expected


def test_maintenance_is_no_further_regimen_of_its_class() -> None:
    found = facts(
        therapy("FOLFOX", line=1, stopped="completed"),
        therapy("capecitabine", setting="maintenance", stopped="progression"),
        therapy("FOLFIRI", line=2, stopped="progression"),
    )
    assert "received(therapy: chemotherapy, times: 2)" in found
    assert "received(therapy: capecitabine, times: 1)" in found
    assert "progressed_on(therapy: capecitabine)" in found
    assert "prior_lines(count: 2, next: 3)" in found


def test_ending_is_that_of_the_latest_regimen() -> None:
    early = therapy("carboplatin", response="PR", stopped="completed", start="2022-01-01")
    late = therapy("carboplatin", response="PD", stopped="progression", start="2023-01-01")
    assert ending((late, early)) == "progressed"
    assert ending((early,)) == "controlled"
    assert ending((therapy("carboplatin"),)) == "not recorded"


def test_aliases_become_symbols_with_a_note() -> None:
    found, notes = normalized_alterations([SmallVariant("MLL2", PLACE), Fusion("EML4", "ALK", PLACE)], knowledge())
    assert [each.label for each in found] == ["KMT2D variant", "EML4::ALK fusion"]
    assert [(note.severity, str(note.where)) for note in notes] == [(Severity.INFO, "p.yaml:7")]


def test_unknown_genes_are_kept_and_told() -> None:
    found, notes = normalized_alterations([SmallVariant("EGFRR", PLACE)], knowledge())
    assert found[0].label == "EGFRR variant"
    assert notes[0].severity is Severity.WARNING
    assert "EGFR" in notes[0].remedy


def test_many_unknown_genes_are_one_note() -> None:
    many = [SmallVariant(f"NOGENE{number}", Place("wes.maf", number)) for number in range(50)]
    found, notes = normalized_alterations(many, knowledge())
    assert len(found) == 50
    assert len(notes) == 1
    assert "50 genes" in notes[0].message


def test_markers_that_nothing_speaks_of_are_told() -> None:
    named = ("HER2 IHC", "PD-L1 CPS", "MSI", "TMB", "AR-V7", "ER", "HRE2 IHC", "wonder score")
    notes = marker_notes([MarkerValue(name, "3+", PLACE) for name in named], knowledge())
    unknown = [note for note in notes if "no biomarker speaks of" in note.message]
    assert [note.message.split(" marker ")[1] for note in unknown] == ["'HRE2 IHC'", "'wonder score'"]
    assert {(note.severity, str(note.where)) for note in notes} == {(Severity.WARNING, "p.yaml:7")}
    assert "HER2" in unknown[0].remedy


def test_unknown_drugs_are_kept_and_told() -> None:
    found, notes = normalized_history((therapy("Herceptin", "wonderdrug"),), knowledge())
    assert found is not None
    assert found[0].regimen == ("trastuzumab", "wonderdrug")
    assert "wonderdrug" in notes[0].message


@pytest.mark.parametrize("text", ["LUAD", "luad", "Lung Adenocarcinoma", "DOID:3910", "C3512"])
def test_tumor_types_by_code_name_and_mapping(text: str) -> None:
    tumor, notes = resolved_tumor_type(text, PLACE, knowledge())
    assert (tumor.code, notes) == ("LUAD", ())


@pytest.mark.parametrize("text", [None, "", "Lung Adenocarcinoma, probably"])
def test_no_tumor_type_is_ever_guessed(text: str | None) -> None:
    with pytest.raises(UnusableInput):
        resolved_tumor_type(text, PLACE, knowledge())


@pytest.mark.parametrize(
    ("text", "codes", "code", "told"),
    [
        ("LUAD", ("ICD-10-GM:C34.1",), "LUAD", []),
        (None, ("ICD-10-GM:C34.1", "NCIT:C3512"), "LUAD", []),
        (None, ("ICD-10:C25.9", "ICD-O-3:8140/3", "ICD-O-3:C25.0"), "PAAD", [Severity.INFO]),
        (None, ("ICD-10:C16.9", "8936/3"), "GIST", []),
        (None, ("ICD-10:C25.9", "8140/3"), "PAAD", []),
        ("LUAD", ("8140/3",), "LUAD", [Severity.INFO]),
        ("LUAD", ("SNOMED:254637007", "ICD-10:C34.1"), "LUAD", [Severity.INFO]),
        ("Bronchialkarzinom", ("ICD-10:C34.1",), "LUNG", [Severity.WARNING]),
        ("MM", (), "PCM", [Severity.INFO]),
        ("ICD-10:C50.4", ("8520/3",), "ILC", [Severity.INFO]),
    ],
)
def test_the_narrowest_of_several_codes_counts(
    text: str | None, codes: tuple[str, ...], code: str, told: list[Severity]
) -> None:
    for order in (codes, codes[::-1]):
        tumor, notes = resolved_tumor_type(text, PLACE, knowledge(), order)
        assert (tumor.code, [note.severity for note in notes]) == (code, told)
        assert all(note.where == PLACE and note.remedy for note in notes)


@pytest.mark.parametrize(
    ("text", "codes", "words"),
    [
        ("LUAD", ("ICD-10:C50.9",), ("LUAD", "BRCA", "--tumor-type")),
        (None, ("ICD-10:C34.1", "ICD-10:C61"), ("LUNG", "PROSTATE", "--tumor-type")),
        (None, ("LUAD", "LUSC"), ("LUAD", "LUSC", "--tumor-type")),
        (None, ("8140/3",), ("8140/3 stands for", "give its site too", "--tumor-type")),
        (None, ("ICD-10:C57.8",), ("CERVIX, OVARY, UTERUS or VULVA", "--tumor-type")),
        (None, ("SNOMED:1", "SNOMED:2"), ("SNOMED:1",)),
        ("lung adenocarcinom", (), ("LUAD (Lung Adenocarcinoma)",)),
    ],
)
def test_unrelated_and_unclear_codes_are_one_error(text: str | None, codes: tuple[str, ...], words: tuple[str]) -> None:
    with pytest.raises(UnusableInput) as raised:
        resolved_tumor_type(text, PLACE, knowledge(), codes)
    assert all(word in str(raised.value) for word in words)


def test_a_sites_own_assay(tmp_path: Path) -> None:
    file = tmp_path / "panel.yaml"
    file.write_text("assay: panel-2\ngenes: [EGFR, KRAS]\nkinds: [small variant]\n")
    panel = assay("panel.yaml", tmp_path)
    assert (panel.looks_at("EGFR", SMALL_VARIANT), panel.looks_at("ALK", SMALL_VARIANT)) == (True, False)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "genes: all\n", "genes: EGFR\nkinds: [small variant]\n", "genes: all\nkinds: [magic]\n", "{", "\x00"],
)
def test_an_unreadable_assay_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "panel.yaml"
    file.write_text(content)
    with pytest.raises(UnusableInput):
        assay("panel.yaml", tmp_path)


def test_results_must_be_handed_in() -> None:
    sample = Sample("s", assay="WES", reported=frozenset())
    assert Coverage((sample,), BUILT_IN).tested("EGFR", SMALL_VARIANT).names == ()


@pytest.mark.parametrize(
    ("response", "stopped", "progressed", "responded", "unknown"),
    [
        ("PR", "progression", True, True, False),
        ("CR", None, False, True, False),
        ("SD", "toxicity", False, False, False),
        ("PD", None, True, False, False),
        (None, "progressive disease", True, False, False),
        (None, "PD", True, False, False),
        (None, "toxicity", False, False, False),
        (None, "unknown", False, False, True),
        (None, None, False, False, True),
    ],
)
def test_what_a_regimen_did(
    response: str | None, stopped: str | None, progressed: bool, responded: bool, unknown: bool
) -> None:
    found = facts(therapy("gefitinib", response=response, stopped=stopped))
    assert ("progressed_on(therapy: gefitinib)" in found) is progressed
    assert ("progressed_on(therapy: egfr tki)" in found) is progressed
    assert ("responded_to(therapy: gefitinib)" in found) is responded
    assert ("outcome_unknown(therapy: gefitinib)" in found) is unknown


def test_a_later_regimen_settles_an_unrecorded_one() -> None:
    found = facts(therapy("gefitinib"), therapy("gefitinib", stopped="progression"))
    assert "received(therapy: gefitinib, times: 2)" in found
    assert "progressed_on(therapy: gefitinib)" in found
    assert "outcome_unknown(therapy: gefitinib)" not in found


@pytest.mark.parametrize(
    ("earlier", "later", "answered", "unknown"),
    [
        ("CR", "PD", False, False),
        ("PD", "PR", True, False),
        ("CR", "SD", False, False),
        ("CR", None, False, True),
        (None, "CR", True, False),
        ("PD", None, False, False),
    ],
)
def test_of_several_regimens_the_latest_tells_the_response(
    earlier: str | None, later: str | None, answered: bool, unknown: bool
) -> None:
    """By start where all are told, else as the file has them; another regimen in between changes nothing of it."""
    one, other = therapy("carboplatin", response=earlier), therapy("cisplatin", response=later)
    between = therapy("doxorubicin", response="CR", stopped="completed")
    dated = [replace(each, start=f"202{year}-01") for year, each in enumerate((one, between, other))]
    for history in ((one, between, other), tuple(reversed(dated)), (dated[1], dated[2], dated[0])):
        found = facts(*history)
        assert ("responded_to(therapy: platinum)" in found) is answered
        assert ("outcome_unknown(therapy: platinum)" in found) is unknown
        assert "responded_to(therapy: anthracycline)" in found


def test_maintenance_goes_on_with_the_regimen_before_it() -> None:
    first, kept = therapy("carboplatin", "paclitaxel"), therapy("bevacizumab", setting="Maintenance")
    found = facts(first, kept)
    assert {"last_was(therapy: carboplatin)", "last_was(therapy: platinum)"} <= found
    assert "last_was(therapy: bevacizumab)" not in found
    assert "last_was(therapy: bevacizumab)" in facts(first, replace(kept, setting=None))
    assert not any(each.startswith("last_was") for each in facts())
    incomplete = Patient("P", prior_therapies=(first,), incomplete=frozenset({"prior_therapies"}))
    assert not [each for each in stated(incomplete) if each.predicate == "last_was"]


PLATINUM = "{regimen: [carboplatin, paclitaxel], line: 1, start: 2022-01-01, best_response: CR, stopped_for: completed}"
FAILED = "{regimen: [carboplatin, gemcitabine], line: 2, start: 2023-06-01, stopped_for: progression}"
SILENT = "{regimen: [carboplatin, gemcitabine], line: 2, start: 2023-06-01}"
OTHER = "{regimen: [doxorubicin], line: 3, start: 2024-06-01, best_response: PR, stopped_for: completed}"
KEPT = "{regimen: [bevacizumab], setting: maintenance, start: 2024-07-01, best_response: SD}"


@pytest.mark.parametrize(
    ("history", "verdicts"),
    [
        ([PLATINUM], {"setting": "pass", "prior-therapy": "pass"}),
        ([PLATINUM, KEPT], {"setting": "pass", "prior-therapy": "pass"}),
        ([PLATINUM, OTHER], {"setting": "fail", "prior-therapy": "pass"}),
        ([PLATINUM, FAILED, OTHER], {"setting": "fail", "prior-therapy": "fail"}),
        ([PLATINUM, FAILED], {"setting": "fail", "prior-therapy": "fail"}),
        ([PLATINUM, SILENT], {"setting": "undetermined", "prior-therapy": "undetermined"}),
        ([OTHER], {"setting": "fail", "prior-therapy": "fail"}),
    ],
)
def test_maintenance_follows_the_response_that_it_asks_for(
    history: list[str], verdicts: dict[str, str], tmp_path: Path
) -> None:
    """Niraparib after a response to platinum (CN:X049): the last regimen must be platinum, and have answered."""
    lines = ["id: P", "tumor_type: HGSOC", "jurisdiction: CN", "stage: IV", "prior_therapies:"]
    path = tmp_path / "p.yaml"
    path.write_text("\n".join([*lines, *(f"  - {each}" for each in history)]) + "\n", encoding="utf-8")
    matched = match(Request(path, "2026-11-20"), knowledge(), library(), "sql")
    found: dict[str, set[str]] = {}
    for each in matched.derivations.facts("finding"):
        if each.get("option") == "CN:X049":
            found.setdefault(str(each.get("criterion")), set()).add(str(each.get("verdict")))
    worst = {name: next(v for v in ("fail", "undetermined", "pass") if v in found[name]) for name in verdicts}
    assert worst == verdicts


HER2 = ("tumor_type: IDC", "jurisdiction: US", "biomarkers: {HER2 IHC: 3+}")
LUMINAL = (
    *("tumor_type: IDC", "jurisdiction: US", "menopausal_status: postmenopausal", "alterations: [PIK3CA E545K]"),
    "biomarkers: {ER: 95%, HER2 IHC: 0}",
)
BEFORE = "{regimen: [trastuzumab, pertuzumab, docetaxel], setting: neoadjuvant, start: 2024-01-01, stop: 2024-06-01}"
AFTER = "{regimen: [trastuzumab], setting: adjuvant, start: 2024-07-01, stop: 2025-06-01, stopped_for: completed}"
LETROZOLE = "{regimen: [letrozole], setting: adjuvant, start: 2020-02-01, stop: 2025-07-01, stopped_for: %s}"


@pytest.mark.parametrize(
    ("patient", "history", "recurrence", "option", "verdict"),
    [
        (HER2, [BEFORE, AFTER], "2025-08-01", "US:enhertu:0", "pass"),
        (HER2, [BEFORE, AFTER], "2026-08-01", "US:enhertu:0", "fail"),
        (HER2, [BEFORE, AFTER], "2025-08-01", "US:kadcyla:0", "pass"),
        (HER2, [BEFORE, AFTER], "2026-08-01", "US:kadcyla:0", "fail"),
        (LUMINAL, [LETROZOLE % "progression"], "2025-07-01", "US:truqap:0", "pass"),
        (LUMINAL, [LETROZOLE % "progression"], "2025-07-01", "US:piqray:0", "undetermined"),
        (LUMINAL, [LETROZOLE % "completed"], "2026-10-01", "US:truqap:0", "fail"),
        (LUMINAL, [LETROZOLE % "completed"], "2026-10-01", "US:piqray:0", "fail"),
        (
            LUMINAL,
            [LETROZOLE % "progression", "{regimen: [fulvestrant], line: 1}"],
            "2025-07-01",
            "US:piqray:0",
            "pass",
        ),
    ],
)
def test_an_early_recurrence_stands_for_a_line_where_the_label_takes_it(
    patient: tuple[str, ...], history: list[str], recurrence: str, option: str, verdict: str, tmp_path: Path
) -> None:
    """What is stated of (neo)adjuvant therapy is no line; a label that also takes its failure does not ask for one."""
    path = tmp_path / "p.yaml"
    events = f"events: [{{date: {recurrence}, kind: recurrence}}]"
    given = ["prior_therapies:", *(f"  - {each}" for each in history)]
    path.write_text("\n".join(["id: P", "stage: IV", *patient, events, *given]) + "\n", encoding="utf-8")
    matched = match(Request(path, "2026-11-20"), knowledge(), library(), "sql")
    lines = [
        each.get("verdict")
        for each in matched.derivations.facts("finding")
        if (each.get("option"), each.get("criterion")) == (option, "line")
    ]
    assert lines == [verdict]


def test_an_unknown_drug_stands_for_itself() -> None:
    assert "received(therapy: wonderdrug, times: 1)" in facts(therapy("Wonderdrug"))


def test_partial_dates_of_a_leap_year() -> None:
    assert span("2024-02") == ("2024-02-01", "2024-02-29")
    assert span("2023-02") == ("2023-02-01", "2023-02-28")


@pytest.mark.parametrize("name", ["WES", "wes", "WGS"])
def test_built_in_assays(name: str) -> None:
    assert assay(name) is BUILT_IN[name.upper()]


def test_an_unknown_assay_names_the_known_ones() -> None:
    with pytest.raises(UnusableInput, match="WES, WGS"):
        assay("no-such-panel")


@pytest.mark.parametrize(
    ("kind", "tissue"),
    [("tissue", True), ("organoid", True), ("ctDNA", False), ("cfDNA", False), ("plasma", False), ("Liquid", False)],
)
def test_plasma_is_told_from_tissue(kind: str, tissue: bool) -> None:
    sample = Sample("s", kind=kind, assay="WES", reported=frozenset({SMALL_VARIANT}))
    found = Coverage((sample,), BUILT_IN).tested("EGFR", SMALL_VARIANT)
    assert (bool(found.by), bool(found.unsure)) == (tissue, not tissue)


@pytest.mark.parametrize(
    ("gene", "exon", "words"),
    [
        ("PIK3CA", 9, "in its legacy numbering, exon 10 (codons 514-"),
        ("PIK3CA", 20, "exon 21"),
        ("BRCA1", 11, "exon 10"),
        ("KRAS", 2, None),
        ("EGFR", 19, None),
        ("MET", 14, None),
    ],
)
def test_an_exon_that_two_numberings_count_differently_is_left_open(gene: str, exon: int, words: str | None) -> None:
    variant = SmallVariant(gene, PLACE, exon=exon, consequences=("missense_variant",))
    (found,), notes = without_open_exons((variant,), knowledge())
    assert isinstance(found, SmallVariant)
    assert (found.exon, len(notes)) == ((exon, 0) if words is None else (None, 1))
    assert words is None or words in notes[0].message
    annotated = replace(variant, transcript="NM_006218.4")
    assert without_open_exons((annotated,), knowledge()) == ((annotated,), ())
