"""`outcomes report` as a user runs it: the table, the folder, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.command import command, process

PILOT = "examples/studies/board-pilot.yaml"
AS_OF = ("--as-of", "2026-11-20")


def run(*arguments: str) -> CompletedProcess[str]:
    return command("outcomes", "report", *arguments)


def small(folder: Path, *ids: str, **more: object) -> Path:
    for id in ids:
        events = [{"date": "2024-01-01", "kind": "enrolment"}, {"date": "2024-06-01", "kind": "last contact"}]
        about = {"id": id, "tumor_type": "BRCA", "jurisdiction": "CN", "events": events}
        (folder / f"{id}.json").write_text(json.dumps(about), encoding="utf-8")
    told = {"study": "small", "endpoints": [{"measure": "overall survival", "from": "enrolment"}], **more}
    if ids:
        told["patients"] = "[P]*.json"
    path = folder / "small.yaml"
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def test_table_on_the_terminal() -> None:
    done = run(PILOT, *AS_OF)
    assert (done.returncode, done.stderr) == (0, "")
    assert "16 patients count (8 retrospective, 8 prospective)." in done.stdout
    assert "<svg" not in done.stdout


def test_a_folder_with_page_numbers_and_figures(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "report"
    done = process("outcomes", "report", PILOT, *AS_OF, "--out", out)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"written to {out}\n", "")
    assert sorted(path.name for path in out.iterdir()) == ["figures", "report.html", "results.json", "results.tsv"]
    names = {path.stem for path in (out / "figures").iterdir()}
    assert all((out / "figures" / f"{name}{end}").stat().st_size > 1000 for name in names for end in (".svg", ".png"))
    assert json.loads((out / "results.json").read_text(encoding="utf-8"))["counted"] == 16


def test_figures_of_an_earlier_report_are_removed_and_nothing_else(tmp_path: Path) -> None:
    study, figures = small(tmp_path, "P1"), tmp_path / "out" / "figures"
    figures.mkdir(parents=True)
    for name in ("07-os-km.svg", "notes.txt", "photo.png"):
        (figures / name).write_text("x", encoding="utf-8")
    assert run(str(study), *AS_OF, "--out", str(tmp_path / "out")).returncode == 0
    names = {path.name for path in figures.iterdir()}
    assert "07-os-km.svg" not in names
    assert {"notes.txt", "photo.png", "01-overall-survival-km.svg"} <= names


@pytest.mark.parametrize("form", ["json", "markdown", "text"])
def test_other_forms_of_the_report_in_a_folder(tmp_path: Path, form: str) -> None:
    study = small(tmp_path, "P1")
    done = run(str(study), *AS_OF, "--format", form, "--out", str(tmp_path / "out"))
    assert done.returncode == 0
    assert (tmp_path / "out" / f"report.{ {'json': 'json', 'markdown': 'md', 'text': 'txt'}[form] }").exists()


def test_patients_given_take_the_place_of_those_of_the_file(tmp_path: Path) -> None:
    study = small(tmp_path, "P1", "P2")
    done = run(str(study), str(tmp_path / "P2.json"), *AS_OF, "--format", "json")
    assert [each["id"] for each in json.loads(done.stdout)["subjects"]] == ["P2"]


def test_a_file_that_cannot_be_used_is_told_and_the_others_are_computed(tmp_path: Path) -> None:
    study = small(tmp_path, "P1")
    (tmp_path / "P-broken.json").write_text("{", encoding="utf-8")
    done = run(str(study), *AS_OF, "--format", "json")
    assert done.returncode == 1
    assert "P-broken.json" in done.stderr
    assert json.loads(done.stdout)["counted"] == 1


def test_nobody_counts(tmp_path: Path) -> None:
    eligible = {"says": {"en": "lung", "zh": "肺"}, "if": ["tumor(type: 'LUNG', status: yes)"]}
    done = run(str(small(tmp_path, "P1", "P2", eligible=eligible)), *AS_OF)
    assert done.returncode == 1
    assert "no patient counts" in done.stderr
    assert done.stdout.count("not eligible: ") == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("no-such-study",), 1, "no such study; give a study file, or one of her2-breast-precise"),
        (("mcrpc-wes",), 1, "no patient is given; name patient files after the study"),
        ((PILOT, "--format", "pdf"), 2, "'pdf' is not one of text, json, markdown, html"),
        ((PILOT, "--out", "README.md"), 2, "README.md is a file"),
        ((PILOT, "no-such-patient.yaml"), 1, "no-such-patient.yaml"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(arguments: tuple[str, ...], code: int, said: str) -> None:
    done = run(*arguments)
    assert done.returncode == code
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


def test_a_study_without_endpoints_is_refused(tmp_path: Path) -> None:
    done = run(str(small(tmp_path, "P1", endpoints=[])), *AS_OF)
    assert (done.returncode, "no endpoints" in done.stderr) == (1, True)


CUT = """id: P-1
tumor_type: LUAD
jurisdiction: US
events:
  - {date: 2022-01-10, kind: enrolment, study: cut, arm: a}
  - {date: 2022-01-20, kind: therapy start, regimen: osimertinib}
  - {date: 2022-04-01, kind: assessment, response: SD}
  - {date: 2022-08-01, kind: assessment, response: PD}
  - {date: 2022-08-01, kind: therapy stop, regimen: osimertinib, reason: progression}
  - {date: 2022-08-10, kind: therapy start, regimen: docetaxel}
  - {date: DIED, kind: death}
"""


def of_cut(folder: Path, *more: str) -> dict[str, Any]:
    """What a study of three patients comes to: one enrolled in January 2022, one later, one who died in some month."""
    text = "study: cut\npatients: [p*.yaml]\narms: {a: all}\nendpoints:\n"
    text += "".join(f"  - {{measure: {each}, by: arm}}\n" for each in ("progression-free survival", "overall survival"))
    (folder / "cut.yaml").write_text(text, encoding="utf-8")
    (folder / "p1.yaml").write_text(CUT.replace("DIED", "2022-12-01"), encoding="utf-8")
    (folder / "p2.yaml").write_text(
        CUT.replace("P-1", "P-2").replace("DIED", "2022-12-01").replace("2022-01-10", "2022-06-10"), encoding="utf-8"
    )
    partial = CUT.replace("P-1", "P-3").replace("DIED", "2022-06")
    kept = [line for line in partial.splitlines() if "2022-08" not in line]
    (folder / "p3.yaml").write_text("\n".join(kept), encoding="utf-8")
    done = command("outcomes", "report", folder / "cut.yaml", "--format", "json", *more)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_what_comes_after_the_data_cut_off_does_not_count(tmp_path: Path) -> None:
    told = of_cut(tmp_path, "--as-of", "2022-06-05")
    free, survival = told["results"]
    assert [(each["subject"], each["days"], each["event"]) for each in free["times"]] == [("P-1", 71, False)]
    assert [(each["subject"], each["days"], each["event"]) for each in survival["times"]] == [("P-1", 71, False)]
    assert [each["subject"] for each in survival["excluded"]] == ["P-3"]  # died in June, before the cut-off or after
    assert [(each["id"], each["reason"]) for each in told["left_out"]] == [
        ("P-2", "enrolled on 2022-06-10, after the data cut-off 2022-06-05")
    ]
    assert "data are cut off at 2022-06-05: later events and treatments do not count, of P-1, P-2" in json.dumps(told)
    whole = of_cut(tmp_path, "--as-of", "2023-01-01")
    assert [each["event"] for each in whole["results"][1]["times"]] == [True, True]
    assert "cut off" not in json.dumps(whole)


def test_the_durations_of_a_table_cannot_be_cut_off_at_a_day(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("id\tpfs\tdied\nP1\t10\t1\n", encoding="utf-8")
    columns = {"id": "id", "pfs": "pfs", "pfs_event": "died", "unit": "days"}
    endpoints = [{"measure": "progression-free survival"}]
    study = small(tmp_path, table={"file": "t.tsv", "columns": columns}, endpoints=endpoints)
    assert "cuts nothing off" in run(str(study), *AS_OF).stderr
    assert run(str(study)).stderr == ""


def test_an_endpoint_that_is_a_text_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("study: s\nendpoints: [objective response rate]\n", encoding="utf-8")
    done = run(str(path))
    assert (done.returncode, done.stderr) == (
        1, "mtb-match: s.yaml:2: a mapping is expected here; write {measure: NAME}\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("outcomes", "propose", PILOT, "--out", "x.trig", "--on", "foo"), "--on"),
        (("kb", "diff", "starter", "starter", "--curation", "c.sqlite", "--since", "foo"), "--since"),
    ],
)
def test_a_wrong_date_names_the_option_that_holds_it(words: tuple[str, ...], option: str) -> None:
    done = command(*words)
    assert done.returncode == 2
    assert f"Invalid value for {option}" in done.stderr
