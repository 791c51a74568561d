"""The files of a run: their names, and the same rows from each form."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.cohort.alone import empty, tables
from matcher.cohort.output import FORMS, Form, Target, opened, source, target, writes
from matcher.cohort.run import run
from matcher.cohort.tables import COLUMNS, FINDINGS, TEXT, TEXTS, TRUTH, WHOLE
from matcher.notes import UnusableInput
from tests.cohorts import Named, Told


@pytest.mark.parametrize(
    ("out", "named", "form", "patients", "manifest"),
    [
        ("x.parquet", None, Form("parquet"), "x.patients.parquet", "x.json"),
        ("x.tsv", None, Form("tsv"), "x.patients.tsv", "x.json"),
        ("x.tsv.gz", None, Form("tsv", True), "x.patients.tsv.gz", "x.json"),
        ("x.y.jsonl.gz", None, Form("jsonl", True), "x.y.patients.jsonl.gz", "x.y.json"),
        ("x.txt", "tsv", Form("tsv"), "x.patients.txt", "x.json"),
        ("x", "parquet", Form("parquet"), "x.patients", "x.json"),
        ("x.gz", "jsonl", Form("jsonl", True), "x.patients.gz", "x.json"),
        ("x.parquet", "parquet", Form("parquet"), "x.patients.parquet", "x.json"),
    ],
)
def test_names_and_forms(out: str, named: str | None, form: Form, patients: str, manifest: str) -> None:
    found = target(Path("in") / out, named)
    assert found == Target(Path("in") / out, form)
    assert found.file("recommendations") == Path("in") / out
    assert found.file("patients") == Path("in") / patients
    assert found.manifest == Path("in") / manifest


@pytest.mark.parametrize(
    ("out", "named", "reason"),
    [
        ("x.csv", None, "says no form"),
        ("x", None, "says no form"),
        ("x.tsv", "jsonl", "says tsv, --format says jsonl"),
        ("x.parquet.gz", None, "packed in itself"),
        ("x.json", "jsonl", "description of the run"),
    ],
)
def test_names_that_are_refused(out: str, named: str | None, reason: str) -> None:
    with pytest.raises(UnusableInput, match=reason):
        target(Path(out), named)


COLUMNS_OF_ALL_TYPES = {"patient": TEXT, "rank": WHOLE, "evidence": TEXTS, "findings": FINDINGS, "reimbursed": TRUTH}
TEXT_VALUES = st.text(st.sampled_from("\\;=()\t\n\r\"'#e,t \x00\x01é中\u2028"), max_size=4) | st.text(max_size=3)
FINDING_VALUES = st.tuples(TEXT_VALUES, TEXT_VALUES, TEXT_VALUES).map(
    lambda told: dict(zip(("criterion", "verdict", "about"), told, strict=True))
)
ROWS = st.lists(
    st.tuples(
        st.none() | TEXT_VALUES,
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.lists(TEXT_VALUES, max_size=3),
        st.lists(FINDING_VALUES, max_size=2),
        st.none() | st.booleans(),
    ),
    max_size=6,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, form=st.sampled_from([Form("parquet"), Form("tsv"), Form("jsonl"), Form("tsv", True)]))
def test_every_row_reads_as_it_was_written(tmp_path: Path, rows: list[tuple[Any, ...]], form: Form) -> None:
    import pandas

    from matcher.cohort.database import Database

    file = tmp_path / f"x.{form.name}"
    cells = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in COLUMNS_OF_ALL_TYPES.items())
    with Database() as database:
        database.register("stage", pandas.DataFrame(rows, columns=list(COLUMNS_OF_ALL_TYPES), dtype=object))
        database.run(writes(f"SELECT {cells} FROM stage", COLUMNS_OF_ALL_TYPES, file, form))
        assert list(database.each(source(file, COLUMNS_OF_ALL_TYPES, form))) == rows


def test_lines_of_text_read_as_they_are_told_in_the_manual(tmp_path: Path) -> None:
    run(Named(1), Told(1), tmp_path / "x.tsv", Form("tsv"), about={})
    header, line = (tmp_path / "x.tsv").read_text(encoding="utf-8").splitlines()
    cells = dict(zip(header.split("\t"), line.split("\t"), strict=True))
    assert cells["flags"] == r"x\;y;z"
    assert cells["findings"].split(";age")[0] == r"age=pass(P-00000\; (18 a=b))"
    assert cells["evidence"] == "EID2;EID1"
    assert cells["lowered"] == ""
    assert cells["reimbursed"] == "true"


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same run in every form."""
    folder = tmp_path_factory.mktemp("outputs")
    found = {}
    for suffix in (*FORMS, "tsv.gz", "jsonl.gz"):
        out = found[suffix] = folder / f"{suffix.replace('.', '-')}.{suffix}"
        run(Named(9, 4), Told(), out, target(out).form, piece=4, about={"as_of": "2026-11-20"})
    return found


@pytest.mark.parametrize("suffix", ["tsv", "jsonl", "tsv.gz", "jsonl.gz"])
def test_every_form_holds_the_same(outputs: dict[str, Path], suffix: str) -> None:
    with opened(outputs["parquet"]) as one, opened(outputs[suffix]) as other:
        assert other.tables == one.tables
        for table in one.tables:
            rows = list(one.rows(table))
            assert rows, table
            assert list(other.rows(table)) == rows
        assert other.manifest["counts"] == one.manifest["counts"]
        query = "SELECT count(DISTINCT patient) FROM recommendations WHERE len(findings) > ?"
        assert other.run(query, [1]) == one.run(query, [1]) == [(7,)]
        assert other.relation("patients").count("*").fetchall() == [(9,)]


def test_packed_texts_are_gzip(outputs: dict[str, Path]) -> None:
    told = gzip.decompress(outputs["jsonl.gz"].read_bytes()).decode().splitlines()
    first = json.loads(told[0])
    assert list(first) == list(COLUMNS["recommendations"])
    assert first["findings"][0] == {"criterion": "age", "verdict": "pass", "about": "P-00000; (18 a=b)"}


def test_a_run_is_opened_by_its_manifest_too(outputs: dict[str, Path]) -> None:
    with opened(outputs["parquet"].with_name("parquet.json")) as output:
        assert output.files["recommendations"] == outputs["parquet"]


def test_what_is_asked_of_a_run_may_go_on_disk_which_is_freed(outputs: dict[str, Path]) -> None:
    with opened(outputs["parquet"]) as output:
        output.database.run("SET memory_limit = '40MB'")
        text = "SELECT count(*) FROM (SELECT DISTINCT range, md5(range::VARCHAR) FROM range(700000))"
        assert output.number(text) == 700_000
        ((folder,),) = output.run("SELECT current_setting('temp_directory')")
        assert Path(folder).is_dir()
    assert not Path(folder).exists()


def test_rows_are_read_while_others_are_asked_for(outputs: dict[str, Path]) -> None:
    with opened(outputs["parquet"]) as output:
        each = output.rows("recommendations")
        first = next(each)
        assert output.run("SELECT count(*) FROM patients") == [(9,)]
        assert len([first, *each]) == 21


@pytest.mark.parametrize("content", [None, "{", "[]", '{"schema": "mtb-match/1"}', "\udcff"])
def test_what_is_no_output_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "x.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(UnusableInput, match="no output of a finished run"):
        opened(tmp_path / "x.parquet")


def test_an_output_with_files_missing_or_broken_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    run(Named(3), Told(), out, Form("parquet"), about={})
    with pytest.raises(UnusableInput, match=r"tells of a run into x\.parquet"):
        opened(tmp_path / "x.tsv")
    out.write_bytes(b"PAR1 and no more")
    with pytest.raises(UnusableInput, match="cannot be read"):
        opened(out)
    out.unlink()
    with pytest.raises(UnusableInput, match="is not there"):
        opened(out)


def test_empty_tables_are_files_with_their_columns(tmp_path: Path) -> None:
    class Nothing(Told):
        def matched(self, subjects: Any) -> Any:
            return {**tables(empty()), "patients": super().matched(subjects)["patients"]}

    for form in FORMS:
        out = tmp_path / f"{form}.{form}"
        run(Named(2), Nothing(), out, Form(form), about={})
        with opened(out) as output:
            assert list(output.rows("recommendations")) == []
            assert output.run("SELECT count(patient) FROM recommendations") == [(0,)]
