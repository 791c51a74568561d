"""`mtb-match kb preview`: items and files, what the commands print, and clear errors."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from kb.curation.acts import ACCEPTED
from kb.curation.journal import Journal, decision, submission
from tests.command import ROOT, command, process
from tests.curated import CARBERRY, SECOND, evidence

REGISTRY = "examples/her2-breast-precise"
ITEM = evidence("PIK3CA:MUT", "neratinib", "BRCA", "resistance")
HEADER = "gene\talteration\ttherapy\ttumor_type\tdirection\tsignificance\tlevel\tsource\n"


def run(*arguments: str, **environment: str) -> CompletedProcess[str]:
    return command("kb", "preview", *arguments, **environment)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "curation.sqlite"
    Journal(path).record(submission(ITEM, CARBERRY, "options"))
    return path


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of one patient whom the item is about."""
    folder = tmp_path_factory.mktemp("registry")
    shutil.copy(ROOT / REGISTRY / "cautions-and-wishes.yaml", folder)
    return str(folder)


def test_an_item_that_waits_is_previewed_and_stays_as_it_is(journal: Path) -> None:
    before = journal.read_bytes()
    asked = ("--curation", str(journal), "--registry", REGISTRY, "--jurisdiction", "CN")
    done = process("kb", "preview", ITEM.id, *asked)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Preview: {ITEM.id} accepted\n")
    digits = ITEM.id.removeprefix("CURATED:")[:6]
    again = run(digits, *asked)
    assert again.stdout == done.stdout
    assert "change recommendation" in done.stdout
    assert "resistance-applies" in done.stdout
    assert journal.read_bytes() == before


def test_without_a_name_all_that_wait_are_previewed(journal: Path, few: str) -> None:
    named, told = (
        run(*names, "--registry", few, "--jurisdiction", "CN", "--format", "json", MTB_MATCH_CURATION=str(journal))
        for names in ((ITEM.id,), ())
    )
    assert named.returncode == 0
    assert named.stdout == told.stdout
    assert [each["item"] for each in json.loads(told.stdout)["acts"]] == [ITEM.id]
    Journal(journal).record(decision(ITEM.id, ACCEPTED, SECOND))
    none = run("--registry", few, "--curation", str(journal), "--jurisdiction", "CN")
    assert none.returncode == 1
    assert "has no item that waits for a decision" in none.stderr


def test_a_table_is_previewed_without_a_journal(few: str, tmp_path: Path) -> None:
    table = tmp_path / "new.tsv"
    table.write_text(
        HEADER + "PIK3CA\tMutation\tneratinib\tBreast Cancer\tsupports\tresistance\tB\tPMID:27083334\n"
        "PIK3CA\tMutation\teverolimus\tBRCA\tsupports\tsensitivity\tB\tPMID:27083334\n"
    )
    done = run(str(table), "--registry", few, "--jurisdiction", "CN", "--format", "json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [each["kind"] for each in told["acts"]] == ["accepted", "accepted"]
    assert told["counts"]["recommendation_changes"] > 0


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_a_page_is_written(journal: Path, few: str, tmp_path: Path, form: str) -> None:
    out = tmp_path / "page"
    told = ("--curation", str(journal), "--registry", few, "--jurisdiction", "CN")
    assert run(ITEM.id, *told, "--format", form, "--out", str(out)).returncode == 0
    assert ITEM.id in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("EID0", "--registry", REGISTRY), 1, "is no item of the journal, no evidence item of the graph, and no file"),
        (("CURATED:0123456789ab", "--registry", REGISTRY), 2, "name the journal of curation"),
        (("EID12", "--registry", "nowhere"), 1, "there is no such folder"),
        (("EID12", "--registry", REGISTRY, "--kb", "sparql+http://localhost"), 2, "not of an endpoint"),
        (("EID12", "--registry", REGISTRY, "--as-of", "soon"), 2, "is not a date"),
        (("EID12", "--registry", REGISTRY, "--format", "pdf"), 2, "is not one of text, json, markdown, html"),
        (("EID12",), 2, "--registry"),
        (("README.md", "--registry", REGISTRY), 1, "README.md"),
    ],
)
def test_what_cannot_be_previewed_is_told(arguments: tuple[str, ...], code: int, says: str) -> None:
    done = run(*arguments)
    assert done.returncode == code
    assert says in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_a_terminal_that_lacks_letters_shows_them_as_escapes(journal: Path, few: str) -> None:
    asked = (ITEM.id, "--curation", str(journal), "--registry", few, "--jurisdiction", "CN")
    done = process("kb", "preview", *asked, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "\\u2500" in done.stdout


def test_a_patient_who_cannot_be_matched_ends_with_one_and_the_others_are_told(tmp_path: Path) -> None:
    told = ("EID12", "--registry", str(tmp_path), "--jurisdiction", "CN")
    assert "The folder holds no patient." in run(*told).stdout
    (tmp_path / "p1.yaml").write_text("id: P1\ntumor_type: MEL\n")
    assert run(*told).returncode == 0
    (tmp_path / "p2.yaml").write_text("id: P2\ntumor_type: banana\n")
    done = run(*told)
    assert done.returncode == 1
    assert "banana" in done.stdout
    assert "No answer changes, of 1 patient." in done.stdout
