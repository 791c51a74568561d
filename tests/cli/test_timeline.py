"""`mtb-match timeline` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.command import command, process, together

PATIENT = "examples/timeline/registry-second-profile.yaml"
SHORT = "examples/timeline/colorectal-under-antibody.yaml"


def run(*arguments: str) -> CompletedProcess[str]:
    return command("timeline", *arguments)


def test_json_has_every_day_with_its_whole_answer_and_both_engines_agree() -> None:
    found = process("timeline", PATIENT, "--as-of", "2026-11-20", "--format", "json")
    assert found.returncode == 0
    assert found.stdout == run(PATIENT, "--as-of", "2026-11-20", "--format", "json", "--engine", "sql").stdout
    answer = json.loads(found.stdout)
    assert answer["schema"] == "mtb-match-timeline/1"
    assert [each["number"] for each in answer["profiles"]] == [1, 2]
    assert [each["guided_by_profile"] for each in answer["therapies"]] == [1, 2]
    raised = [day for day in answer["days"] if day.get("advised")]
    assert [day["date"] for day in raised] == ["2023-07-20", "2024-03-01"]
    assert "newest molecular profile: lung" in raised[0]["advice"][0]["proof"]


def test_the_figure_is_written_twice_alike_as_svg_and_png(tmp_path: Path) -> None:
    begins = {"svg": b"<?xml", "png": b"\x89PNG"}
    for seed in ("1", "2"):
        figures = [tmp_path / f"{seed}.{ending}" for ending in begins]
        runs = [("timeline", SHORT, "--figure", path, "--out", tmp_path / "page.txt") for path in figures]
        for done in together(runs, PYTHONHASHSEED=seed):
            assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for ending, begin in begins.items():
        first, second = ((tmp_path / f"{seed}.{ending}").read_bytes() for seed in ("1", "2"))
        assert first == second
        assert first.startswith(begin)


def test_the_page_holds_its_figure_and_needs_nothing_else() -> None:
    page = run(PATIENT, "--format", "html", "--lang", "zh").stdout
    assert page.count("<svg") == 1
    assert "<script" not in page
    assert "第二次分子检测" in page


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((PATIENT, "--figure", "lane.pdf"), 1, "end the name with .svg or .png"),
        ((SHORT, "--figure", "no/such/folder/lane.svg"), 1, "cannot be written"),
        ((PATIENT, "--format", "tsv"), 2, "'tsv' is not one of"),
        (("no-such-file.yaml",), 1, "no-such-file.yaml"),
    ],
)
def test_what_cannot_be_done_is_one_clear_error(arguments: tuple[str, ...], code: int, told: str) -> None:
    done = run(*arguments)
    assert done.returncode == code
    assert told in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


BAD = """id: P
tumor_type: LUAD
jurisdiction: CN
samples: [{id: s, assay: WES}]
events:
  - {date: 2024-13-01, kind: progression}
  - {date: 2024-05-01}
  - progression
  - {date: 2024-05-01, kind: assessment, response: better}
  - {date: 2024-05-01, kind: therapy stop, regimen: osimertinib}
  - {date: 2024-05-02, kind: birthday}
  - {date: 2024-05-03, kind: adverse event, grade: 9}
  - {date: 2024-05-04, kind: decision}
"""


def test_events_that_cannot_be_read_are_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(BAD, encoding="utf-8")
    done = run(str(path), "--format", "json")
    assert done.returncode == 0
    notes = json.loads(done.stdout)["notes"]
    rows = {int(note["where"].rpartition(":")[2]) for note in notes if ":" in note["where"]}
    assert rows >= {6, 7, 8, 9, 10, 11, 12, 13}
    assert all(note["remedy"] for note in notes)
    assert run(str(path), "--strict").returncode == 1
