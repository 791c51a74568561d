"""The baseline of a study's patients: what is told is counted, and what is not told is said so."""

from __future__ import annotations

from pathlib import Path

from matcher.outcomes.baseline import baseline, genes_of
from matcher.outcomes.values import Table
from tests.matcher.courses import event, start, subject


def counts(table: Table, characteristic: str) -> dict[str, tuple[object, ...]]:
    return {str(row[1]): row[2:] for row in table.rows if row[0] == characteristic}


def test_each_arm_has_its_own_column(tmp_path: Path) -> None:
    before = [{"regimen": "docetaxel", "start": "2020-01-01"}, {"regimen": "trastuzumab", "start": "2021-01-01"}]
    altered = [{"gene": "EGFR", "alteration": "L858R"}, {"gene": "TP53", "alteration": "R175H"}]
    people = (
        subject(
            tmp_path, "A", event("2024-01-01", "enrolment", arm="one"), start("2024-01-08"), age=60, sex="female",
            stage="metastatic", prior_therapies=before, alterations=altered,
        ),
        subject(tmp_path, "B", event("2024-01-01", "enrolment", arm="one"), age=41, alterations=altered[:1]),
        subject(tmp_path, "C", event("2024-01-01", "enrolment", arm="two"), prior_therapies=[], sex="male"),
    )  # fmt: skip
    table = baseline(people, ("one", "two"))
    assert table.columns == ("characteristic", "value", "one", "two")
    assert counts(table, "patients") == {"": (2, 1)}
    assert counts(table, "age") == {"median (range)": ("50.5 (41 to 60)", None), "not told": (0, 1)}
    assert counts(table, "sex") == {"female": (1, 0), "male": (0, 1), "not told": (1, 0)}
    assert counts(table, "lines before the study") == {"2": (1, 0), "0": (0, 1), "not told": (1, 0)}
    assert counts(table, "altered gene") == {"EGFR": (2, 0), "TP53": (1, 0)}


def test_a_history_known_in_part_is_a_least_number(tmp_path: Path) -> None:
    early = {"date": "2023-01-01", "kind": "therapy start", "regimen": "docetaxel"}
    one = subject(tmp_path, "A", early, event("2024-01-01", "enrolment"), start("2024-01-08"))
    assert counts(baseline([one], (None,)), "lines before the study") == {"at least 1": (1,)}


def test_a_gene_whose_copies_are_as_ever_is_not_altered(tmp_path: Path) -> None:
    (tmp_path / "cna.tsv").write_text("gene\tstate\nERBB2\tamplification\nMYC\tneutral\n", encoding="utf-8")
    sample = {"id": "liver", "kind": "tissue", "copy_number": "cna.tsv", "assay": "WES"}
    one = subject(tmp_path, "A", samples=[sample])
    assert genes_of(one) == {"ERBB2"}
