"""`kb add` as a curator runs it: options, table, Turtle; what is refused leaves no journal behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from kb.curation.acts import SUBMITTED
from kb.curation.field_table import FIELDS
from kb.curation.journal import Journal
from tests.command import ROOT, command, process

WHO = ("--curator", "Josiah Carberry", "--orcid", "0000-0002-1825-0097")
JOURNAL = ("--curation", "curation.sqlite")
STATEMENT = {
    "--gene": "EGFR",
    "--alteration": "L858R",
    "--drug": "afatinib",
    "--tumor-type": "LUAD",
    "--direction": "supports",
    "--significance": "sensitivity",
    "--level": "B",
    "--source": "PMID:27083334",
}


def options(**changed: str) -> list[str]:
    told = {**STATEMENT, **{f"--{name.replace('_', '-')}": value for name, value in changed.items()}}
    return [word for option, value in told.items() if value for word in (option, value)]


@pytest.fixture(autouse=True)
def no_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that names no journal and no list of retracted papers."""
    for name in ("MTB_MATCH_CURATION", "MTB_MATCH_RETRACTED"):
        monkeypatch.delenv(name, raising=False)


def ran(
    folder: Path,
    *words: str,
    by: Callable[..., CompletedProcess[str]] = command,
    **environment: str,
) -> CompletedProcess[str]:
    own = {"XDG_CONFIG_HOME": str(folder / "config"), "COLUMNS": "300"}
    return by("kb", "add", *words, folder=folder, **own, **environment)


def test_options_a_table_and_turtle_make_one_item(tmp_path: Path) -> None:
    first = ran(tmp_path, *options(), *WHO, *JOURNAL, "--format", "json", by=process)
    assert first.returncode == 0, first.stderr
    told = json.loads(first.stdout)
    (item,) = told["items"]
    assert (told["schema"], item["profile"], item["submitted_at"][:2]) == ("mtb-match-add/1", "EGFR:L858R", "20")
    columns = {field.option: field.name for field in FIELDS.values()}
    table = "\t".join(columns[option] for option in STATEMENT) + "\n" + "\t".join(STATEMENT.values()) + "\n"
    (tmp_path / "own.tsv").write_text(table, encoding="utf-8")
    shown = ran(tmp_path, *options(), "--dry-run", "--format", "trig", "--curation", "other.sqlite")
    assert shown.returncode == 0, shown.stderr
    (tmp_path / "own.trig").write_text(shown.stdout, encoding="utf-8")
    for file in ("own.tsv", "own.trig"):
        again = ran(tmp_path, file, *WHO, *JOURNAL)
        assert again.returncode == 1
        assert f"{item['id']} is in the journal already, submitted by Josiah Carberry" in again.stderr
    assert len(Journal(tmp_path / "curation.sqlite").book().acts) == 1
    assert not (tmp_path / "other.sqlite").exists()


def test_a_table_is_taken_whole_and_can_grow(tmp_path: Path) -> None:
    done = ran(tmp_path, str(ROOT / "examples/own-evidence.tsv"), *WHO, *JOURNAL)
    assert done.returncode == 0, done.stderr
    assert "4 items submitted by Josiah Carberry (0000-0002-1825-0097) at 20" in done.stdout
    assert "note: id, curator, date: not taken" in done.stderr
    grown = (ROOT / "examples/own-evidence.tsv").read_text(encoding="utf-8")
    line = grown.splitlines()[2].replace("T790M", "L858R").replace("SITE:2", "")
    (tmp_path / "grown.tsv").write_text(f"{grown}{line}\n", encoding="utf-8")
    again = ran(tmp_path, "grown.tsv", *WHO, *JOURNAL)
    assert again.returncode == 0, again.stderr
    assert "1 item submitted" in again.stdout
    assert again.stdout.count("left out: is in the journal already") == 4
    book = Journal(tmp_path / "curation.sqlite").book()
    assert len(book.in_state((SUBMITTED,))) == len(book.acts) == 5
    assert {act.method for act in book.acts} == {"table own-evidence.tsv", "table grown.tsv"}


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ([*options(gene="EGFRR", level="F"), *WHO, *JOURNAL], 1, "--gene: no gene 'EGFRR'; the nearest are EGFR"),
        ([*options(source="a talk"), *WHO, *JOURNAL], 1, "--source: 'a talk' is not PMID:123"),
        ([*options(drug="zzzmab"), *WHO, *JOURNAL], 1, "--drug: no therapy is called 'zzzmab'"),
        ([*options(), *JOURNAL], 2, "say who you are"),
        ([*options(), "--curator", "A", "--orcid", "0000-0002-1825-0098", *JOURNAL], 1, "its check digit does not fit"),
        ([*options(), *WHO], 2, "name the journal of curation"),
        ([*WHO, *JOURNAL], 2, "name a FILE, give the statement as options"),
        (["own.xlsx", *WHO, *JOURNAL], 1, "has no ending that tells what it holds"),
        (["nothing.tsv", *WHO, *JOURNAL], 1, "nothing.tsv: cannot be read"),
        (["nothing.ttl", *WHO, *JOURNAL], 1, "nothing.ttl: cannot be read"),
        (["own.tsv", "--gene", "EGFR", *WHO, *JOURNAL], 2, "FILE holds the statements"),
        (["own.tsv", "--form", *WHO, *JOURNAL], 2, "FILE holds the statements"),
        ([*options(), *WHO, *JOURNAL, "--format", "xml"], 2, "is not one of text, json, trig"),
        ([*options(supersedes="EID0"), *WHO, *JOURNAL], 1, "supersede EID0, which no graph and no journal here has"),
        ([*options(), *WHO, *JOURNAL, "--retracted", "no.csv"], 1, "no.csv"),
        (["--form", *WHO, *JOURNAL], 1, "the form: was left; nothing was recorded"),
    ],
)
def test_what_cannot_be_submitted_is_one_clear_error_and_leaves_nothing(
    tmp_path: Path, words: list[str], code: int, message: str
) -> None:
    done = ran(tmp_path, *words)
    assert done.returncode == code, done.stderr
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "curation.sqlite").exists()


def test_a_retracted_paper_of_the_users_own_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "retracted.txt").write_text("PMID:27083334 as the journal said\n")
    settings = tmp_path / "config" / "mtb-match" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'retracted = "{tmp_path}/retracted.txt"\n')
    done = ran(tmp_path, *options(), *WHO, *JOURNAL, by=process)
    assert done.returncode == 1
    assert "its source PMID:27083334 was retracted (as the journal said)" in done.stderr
    assert not (tmp_path / "curation.sqlite").exists()


def test_the_page_lists_every_field_with_its_option_and_choices() -> None:
    page = (ROOT / "docs/entering-evidence.md").read_text(encoding="utf-8")
    listed = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(listed) == len(FIELDS)
    for line, field in zip(listed, FIELDS.values(), strict=True):
        choices = f": {', '.join(field.choices)}" if field.choices else ""
        assert line == f"| `{field.name}` | `{field.option}` | {field.help}{choices} |"


def test_the_usual_list_of_retracted_papers_is_asked(tmp_path: Path) -> None:
    (tmp_path / "papers.txt").write_text("PMID:27083334\n", encoding="utf-8")
    done = ran(tmp_path, *options(), *WHO, *JOURNAL, MTB_MATCH_RETRACTED="papers.txt")
    assert done.returncode == 1
    assert "was retracted" in done.stderr
    assert not (tmp_path / "curation.sqlite").exists()
    done = ran(tmp_path, *options(), *WHO, *JOURNAL)
    assert done.returncode == 0
    assert "note: whether a source was retracted was not looked at" in done.stderr
