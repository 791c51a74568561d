"""`mtb-match kb check` as a curator runs it."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from kb.curation.acts import Person
from kb.curation.journal import Journal, submission
from tests.command import command, process
from tests.kb.curation.test_gate import made

COLUMNS = ("gene", "alteration", "therapy", "tumor_type", "direction", "significance", "level", "source", "study")
GOOD = ("EGFR", "L861Q", "afatinib", "LUAD", "supports", "sensitivity", "B", "PMID:27083334", "prospective trial")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder without settings."""
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def no_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that names no journal and no list of retracted papers."""
    for name in ("MTB_MATCH_CURATION", "MTB_MATCH_RETRACTED"):
        monkeypatch.delenv(name, raising=False)


def run(home: Path, *arguments: str, **environment: str) -> CompletedProcess[str]:
    return command("kb", "check", *arguments, XDG_CONFIG_HOME=str(home), **environment)


def table(path: Path, *changes: dict[str, str]) -> str:
    rows = [[change.get(name, value) for name, value in zip(COLUMNS, GOOD, strict=True)] for change in changes]
    path.write_text("\n".join("\t".join(row) for row in (COLUMNS, *rows)) + "\n", encoding="utf-8")
    return str(path)


def test_what_passes_ends_well(home: Path, tmp_path: Path) -> None:
    done = process("kb", "check", table(tmp_path / "evidence.tsv", {}), XDG_CONFIG_HOME=str(home))
    assert done.returncode == 0
    assert "EGFR:L861Q: sensitivity to afatinib in LUAD" in done.stdout
    assert done.stdout.endswith("passes: nothing to say of it\n") or "\n  passes: " in done.stdout
    assert done.stderr == "note: whether a source was retracted was not looked at: no list is named (--retracted)\n"


def test_what_must_be_mended_ends_with_1_and_every_row_is_told(home: Path, tmp_path: Path) -> None:
    evidence = table(tmp_path / "evidence.tsv", {"study": "in vitro"}, {}, {"tumor_type": "LUNG"})
    done = process("kb", "check", evidence, XDG_CONFIG_HOME=str(home))
    assert done.returncode == 1
    assert "evidence.tsv:2: CURATED:" in done.stdout
    assert "  error: level B is for evidence in patients, and the study is in vitro\n" in done.stdout
    assert "      give level D for work in animals or cells, E for a prediction (level and source, " in done.stdout
    assert "  does not pass: 1 error\n" in done.stdout
    assert "  warning: LUNG (Lung) is a whole tissue" in done.stdout


def test_explain_shows_each_shape_once(home: Path, tmp_path: Path) -> None:
    path = table(tmp_path / "evidence.tsv", {"study": "in vitro"}, {"study": "in vivo"})
    assert "sh:NodeShape" not in run(home, path).stdout
    shown = run(home, path, "--explain").stdout
    assert shown.count("\nmtbsh:LevelOfModels\n    a sh:NodeShape ;") == 1
    assert "# See https://civic.readthedocs.io/en/latest/model/evidence/level.html" in shown


def test_a_program_reads_the_same(home: Path, tmp_path: Path) -> None:
    done = run(home, table(tmp_path / "evidence.tsv", {"study": "in vitro"}, {}), "--format", "json", "--explain")
    told = json.loads(done.stdout)
    assert (told["schema"], done.returncode) == ("mtb-match-check/1", 1)
    assert [item["passes"] for item in told["items"]] == [False, True]
    finding = told["items"][0]["findings"][0]
    assert (finding["severity"], finding["shape"]) == ("error", "https://w3id.org/mtb-match/shapes#LevelOfModels")
    assert finding["explained"].startswith("# mtbsh:LevelOfModels")


@pytest.mark.parametrize("how", ["option", "environment", "settings"])
def test_a_list_of_retracted_papers(home: Path, tmp_path: Path, how: str) -> None:
    papers = tmp_path / "retracted.txt"
    papers.write_text("PMID:27083334 as the journal said\n")
    path = table(tmp_path / "evidence.tsv", {})
    options: tuple[str, ...] = ("--retracted", str(papers)) if how == "option" else ()
    environment = {"MTB_MATCH_RETRACTED": str(papers)} if how == "environment" else {}
    if how == "settings":
        (home / "mtb-match").mkdir(parents=True)
        (home / "mtb-match" / "config.toml").write_text(f'retracted = "{papers}"\n')
    done = run(home, path, *options, **environment)
    assert (done.returncode, done.stderr) == (1, "")
    assert "error: its source PMID:27083334 was retracted (as the journal said)" in done.stdout


def test_a_paper_of_concern_is_told_though_the_list_has_no_retraction(home: Path, tmp_path: Path) -> None:
    papers = tmp_path / "watch.csv"
    papers.write_text(
        "OriginalPaperPubMedID,RetractionNature,RetractionDate\n27083334,Expression of concern,1/5/2026\n"
    )
    done = run(home, table(tmp_path / "evidence.tsv", {}), "--retracted", str(papers))
    assert (done.returncode, done.stderr) == (0, "")
    assert "warning: the publisher has an expression of concern about its source PMID:27083334" in done.stdout


def test_an_item_of_the_journal_and_turtle(home: Path, tmp_path: Path) -> None:
    journal, item = Journal(tmp_path / "curation.sqlite"), made(direction="does not support")
    journal.record(submission(item, Person("Josiah Carberry", "0000-0002-1825-0097"), "options"))
    done = run(home, item.id, "--curation", str(journal.path))
    assert done.returncode == 0
    assert 'warning: contradicts "EGFR:L858R: sensitivity to afatinib in LUAD"' in done.stdout
    assert "note: this very item is in the journal: submitted by Josiah Carberry" in done.stdout
    digits = item.id.removeprefix("CURATED:")[:6]
    assert run(home, digits, "--curation", str(journal.path)).stdout == done.stdout
    other = run(home, "CURATED:0", "--curation", str(tmp_path / "curation.sqlite"))
    assert other.returncode == 1
    assert "CURATED:0: is not in this journal" in other.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("CURATED:0123456789ab",), 2, "name the journal of curation"),
        (("CURATED:0123456789ab", "--curation", "JOURNAL"), 1, "is not in this journal"),
        (("nothing.tsv",), 1, "nothing.tsv"),
        (("nothing.ttl",), 1, "nothing.ttl"),
        (("EVIDENCE", "--format", "xml"), 2, "is not one of text, json"),
        (("EVIDENCE", "--retracted", "nothing.csv"), 1, "nothing.csv: cannot be read"),
    ],
)
def test_wrong_use_is_one_clear_line(
    home: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    journal = Journal(tmp_path / "curation.sqlite")
    journal.record(submission(made(), Person("Josiah Carberry", "0000-0002-1825-0097"), "options"))
    named = {"JOURNAL": str(journal.path), "EVIDENCE": table(tmp_path / "evidence.tsv", {})}
    done = run(home, *(named.get(each, each) for each in arguments))
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
