"""The commands of docs/local-evidence.md, from the study to the answer, and what they refuse."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from kb import starter
from tests import parts
from tests.command import ROOT, command, process

PAGE = ROOT / "docs/local-evidence.md"
STUDY = str(ROOT / "examples/studies/local-pilot.yaml")
CURATOR = ("--curator", "A. Curator", "--orcid", "0000-0002-1825-0097")


def ran(
    folder: Path, *words: str, by: Callable[..., CompletedProcess[str]] = command, **environment: str
) -> CompletedProcess[str]:
    return by(*words, folder=folder, XDG_CONFIG_HOME=str(folder / "config"), **environment)


def test_the_commands_of_the_page_lead_from_the_study_to_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = re.findall(r"^    mtb-match (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) == 5
    item = "none yet"
    for line in commands:
        words = [word.replace("examples/", f"{ROOT}/examples/").replace("ITEM", item) for word in shlex.split(line)]
        done = ran(tmp_path, *words, by=process)
        assert done.returncode == 0, done.stderr
        found = re.search(r"LOCAL:\w{12}", done.stdout)
        item = found.group() if found else item
        if "--kb" in words:
            assert "5 of 7" in done.stdout
    assert f"{item}: rejected" in done.stdout
    monkeypatch.setattr(starter, "DATA", parts.source(tmp_path / "small"))
    built = ran(tmp_path, "kb", "build", "--out", "LATER", "local=rejected.trig")
    assert f"1 rejected, not in the graph: {item}" in built.stdout


@pytest.fixture(scope="module")
def proposed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("proposed")
    done = ran(folder, "outcomes", "propose", STUDY, "--out", "proposed.trig", "--by", "The board")
    assert done.returncode == 0, done.stderr
    assert "a new secret for pseudonyms is in" in done.stderr
    assert (folder / "config/mtb-match/study-secret").exists()
    return folder / "proposed.trig"


def test_the_secret_is_kept_and_in_no_file(proposed: Path) -> None:
    text = proposed.read_text(encoding="utf-8")
    secret = (proposed.parent / "config/mtb-match/study-secret").read_text(encoding="utf-8").strip()
    assert secret not in text
    assert "LOCAL-PATIENT" not in text
    told = re.sub(r"/release/local-[0-9a-f]{12}\b", "", text)  # named after its digest
    assert told != text
    assert "local-0" not in told
    assert "local-10" not in told
    again = ran(proposed.parent, "outcomes", "propose", STUDY, "--out", "again.trig", "--by", "The board")
    assert "new secret" not in again.stderr
    assert (proposed.parent / "again.trig").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("accept", "--item", "LOCAL:nothing", *CURATOR), 1, "is no item of the file; its items are LOCAL:"),
        (("accept", "--all", "--curator", "A", "--orcid", "0000-0002-1825-0098"), 1, "its check digit does not fit"),
        (("accept", *CURATOR), 2, "name items with --item, or give --all"),
        (("accept", "--all", "--item", "LOCAL:nothing", *CURATOR), 2, "name items with --item, or give --all"),
        (("reject", "--all", *CURATOR), 2, "--because"),
        (("accept", "--all", *CURATOR, "--on", "tomorrow"), 2, "is not a date"),
    ],
)
def test_a_decision_that_cannot_be_is_one_clear_error(
    proposed: Path, words: tuple[str, ...], code: int, message: str
) -> None:
    act, *rest = words
    done = ran(proposed.parent, "outcomes", act, str(proposed), *rest, "--out", "refused.trig")
    assert done.returncode == code
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr
    assert not (proposed.parent / "refused.trig").exists()


def test_a_file_without_an_open_item_has_nothing_to_decide(proposed: Path) -> None:
    done = ran(proposed.parent, "outcomes", "accept", str(proposed), "--all", *CURATOR, "--out", "accepted.trig")
    assert done.returncode == 0, done.stderr
    again = ran(proposed.parent, "outcomes", "accept", "accepted.trig", "--all", *CURATOR, "--out", "again.trig")
    assert again.returncode == 1
    assert "no item is left that nobody decided on" in again.stderr


@pytest.mark.parametrize(
    ("words", "environment", "message"),
    [
        ((STUDY, "--secret", "nowhere"), {}, "nowhere: cannot be read"),
        ((STUDY,), {"MTB_MATCH_SECRET": "short"}, "MTB_MATCH_SECRET: the secret has 5 bytes"),
        (("nothing",), {}, "no such study"),
        (("her2-breast-precise",), {}, "no patient file is given"),
    ],
)
def test_a_proposal_that_cannot_be_is_one_clear_error(
    tmp_path: Path, words: tuple[str, ...], environment: dict[str, str], message: str
) -> None:
    done = ran(tmp_path, "outcomes", "propose", *words, "--out", "proposed.trig", **environment)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "proposed.trig").exists()


def test_json_of_an_answer_without_local_evidence_has_an_empty_list(tmp_path: Path) -> None:
    patient = str(ROOT / "examples/refractory-solid-registry/fusion-thyroid.yaml")
    told = json.loads(ran(tmp_path, patient, "--format", "json").stdout)
    assert all(row["local_evidence"] == [] for row in told["recommendations"])
