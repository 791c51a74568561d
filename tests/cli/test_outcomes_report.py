"""`outcomes report` as a user runs it: the table, the folder, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

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
