"""The options of curated evidence on the command line, and the commands of a reviewer."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from subprocess import CompletedProcess
from typing import Any

import pytest

from kb.curation.journal import submission
from tests.command import ROOT, process
from tests.command import command as here
from tests.curated import CARBERRY, SECOND
from tests.journals import item, journal

PATIENT = """id: P-1
tumor_type: THPA
jurisdiction: US
samples:
  - {id: t, kind: tissue, variants: t.tsv, assay: WES}
"""
ME = ("--curator", SECOND.name, "--orcid", SECOND.orcid)
ID, OTHER = item().id, item(level="C").id


def ran(
    folder: Path, *words: str, code: int = 0, by: Callable[..., CompletedProcess[str]] = here, **environment: str
) -> str:
    """What a command prints, on the terminal or as error, where it ends with this code."""
    own = {"XDG_CONFIG_HOME": str(folder / "config"), "COLUMNS": "200"}
    done = by(*words, folder=folder, **own, **environment)
    assert done.returncode == code, done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A journal with two items that wait, and a patient whom they are about."""
    first = journal(tmp_path, "2026-01-01")
    first.record(submission(item(), CARBERRY, "options"), submission(item(level="C"), CARBERRY, "table"))
    (tmp_path / "patient.yaml").write_text(PATIENT, encoding="utf-8")
    (tmp_path / "t.tsv").write_text("gene\talteration\nBRAF\tV600E\n", encoding="utf-8")
    return tmp_path


def test_a_reviewer_lists_reads_decides_and_takes_back(folder: Path) -> None:
    where = {"MTB_MATCH_CURATION": str(folder / "curation.sqlite")}
    listed = ran(folder, "kb", "review", **where)
    assert [line.split()[:2] for line in listed.splitlines()] == [[id, "submitted"] for id in sorted((ID, OTHER))]
    assert "entered as options" in ran(folder, "kb", "review", ID, **where)
    assert f"{ID}: accepted on" in ran(folder, "kb", "review", ID, "--accept", *ME, by=process, **where)
    refused = ran(folder, "kb", "review", OTHER, "--reject", *ME, code=1, **where)
    assert "cannot be rejected without a reason" in refused
    ran(folder, "kb", "review", OTHER, "--reject", "--because", "no patient of this kind in it", *ME, **where)
    assert ran(folder, "kb", "review", **where) == "no item is submitted or disputed\n"
    ran(folder, "kb", "retract", "EID12", "--because", "the paper was retracted", *ME, by=process, **where)
    told = json.loads(ran(folder, "kb", "review", "--state", "any", "--format", "json", **where))
    assert {each["id"]: each["state"] for each in told["items"]} == {
        ID: "accepted", OTHER: "rejected", "EID12": "retracted"
    }  # fmt: skip
    first = ("--curator", CARBERRY.name, "--orcid", CARBERRY.orcid)
    ran(folder, "kb", "reinstate", "EID12", "--because", "it was another paper", *first, by=process, **where)
    assert "reinstated" in ran(folder, "kb", "review", "EID12", **where)


def test_the_second_person_reads_what_the_gate_says(folder: Path) -> None:
    where = {"MTB_MATCH_CURATION": str(folder / "curation.sqlite")}
    (folder / "papers.txt").write_text("PMID:22169769\n", encoding="utf-8")
    shown = ran(folder, "kb", "review", ID, **where)
    assert "the gate: passes" in shown
    assert "mtbsh:NotVerified" in shown
    assert "no list is named" in shown
    assert "this very item is in the journal" not in shown
    shown = ran(folder, "kb", "review", ID, "--retracted", "papers.txt", **where)
    assert "the gate: does not pass" in shown
    assert "no list is named" not in shown
    (gate,) = (each["gate"] for each in _items(folder, ID, "--retracted", "papers.txt", **where))
    assert "retracted paper" in {each["check"] for each in gate}
    assert "the gate" not in ran(folder, "kb", "review", ID, "--as-of", "2026-01-01", **where)
    ran(folder, "kb", "review", ID, "--accept", *ME, **where)
    assert "the gate" not in ran(folder, "kb", "review", ID, **where)


def _items(folder: Path, *words: str, **where: str) -> list[dict[str, Any]]:
    """The items that `kb review` gives as JSON."""
    told = ran(folder, "kb", "review", *words, "--format", "json", **where)
    found: list[dict[str, Any]] = json.loads(told[: told.rindex("}") + 1])["items"]
    return found


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("kb", "review", ID, "--accept", "--reject"), 2, "not both"),
        (("kb", "review", "--accept"), 2, "name the item"),
        (("kb", "review", "--state", "lost"), 2, "is not one of"),
        (("kb", "review", ID, "--state", "any"), 2, "is for the list"),
        (("kb", "review", ID, "--accept"), 2, "say who you are"),
        (("kb", "review", ID, "--accept", "--as-of", "2026-01-01"), 2, "a decision is of now"),
        (("kb", "review", ID, "--because", "x"), 2, "is the reason of a decision: add --accept or --reject"),
        (("kb", "review", "--because", "x"), 2, "is the reason of a decision"),
        (("kb", "review", "--as-of", "soon"), 2, "is not a date"),
        (("kb", "review", "nothing"), 1, "no item of this journal"),
        (("kb", "review", ID, "--accept", "--curator", "J", "--orcid", CARBERRY.orcid), 1, "a second person decides"),
        (("kb", "review", ID, "--accept", "--curator", "J", "--orcid", "0000-0000-0000-0000"), 1, "check digit"),
        (("kb", "retract", "EID12x", "--because", "x", *ME), 1, "did you mean EID12"),
        (("kb", "reinstate", "EID12", "--because", "x", *ME), 1, "cannot be reinstated"),
        (("kb", "status", "--include", "rejected"), 2, "is not one of submitted"),
        (("kb", "diff", "starter", "starter", "--since", "2026-01-01"), 2, "name the journal"),
        (("match", "patient.yaml", "--curation", "missing.sqlite"), 1, "nothing was recorded there"),
        (("match", "patient.yaml", "--curation", "t.tsv"), 1, "journal of curation"),
        (("match", "patient.yaml", "--curation", "none", "--include", "submitted"), 2, "no journal of curation"),
        (("match", "patient.yaml", "--kb", "sparql+http://localhost:1/q"), 1, "is an endpoint"),
    ],
)
def test_what_cannot_be_done_is_told(folder: Path, words: tuple[str, ...], code: int, says: str) -> None:
    before = (folder / "curation.sqlite").read_bytes()
    told = ran(folder, *words, code=code, MTB_MATCH_CURATION=str(folder / "curation.sqlite"))
    assert says in " ".join(told.split())
    assert (folder / "curation.sqlite").read_bytes() == before


ABOUT_A_PATIENT = (
    ("match", "patient.yaml"),
    ("why", "patient.yaml", "trametinib"),
    ("why-not", "patient.yaml", "selumetinib"),
    ("what-if", "patient.yaml", "--set", "jurisdiction=EU"),
    ("timeline", "patient.yaml"),
    ("lesions", "patient.yaml"),
)


@pytest.mark.parametrize("command", ABOUT_A_PATIENT, ids=lambda words: words[0])
def test_every_command_about_a_patient_counts_them_and_says_so(folder: Path, command: tuple[str, ...]) -> None:
    curation = ("--curation", "curation.sqlite")
    told = json.loads(ran(folder, *command, *curation, "--include", "submitted", "--format", "json", by=process))
    assert told["curation"]["submitted"] == sorted((ID, OTHER))
    text = " ".join(ran(folder, *command, *curation).split())
    assert "no accepted item counts; 2 items wait for a second person" in text
    assert "Curated evidence at the end of 2025-01-01" in " ".join(
        ran(folder, *command, *curation, "--as-of", "2025-01-01").split()
    )


@pytest.mark.parametrize("form", ["json", "text"])
def test_the_commands_that_show_a_change_ask_the_same_graph(folder: Path, form: str) -> None:
    """Run as they are printed, they end in what was named; without the journal one of them could not."""
    patient = "id: P-2\ntumor_type: THPA\njurisdiction: US\nalterations: [TP53 R175H]\n"
    (folder / "untested.yaml").write_text(patient, encoding="utf-8")
    copytree(Path(__file__).parents[2] / "examples" / "site-rules", folder / "site rules")
    ground = ("--rules", "site rules", "--curation", "curation.sqlite", "--include", "submitted")
    only_here = item(regimen="cobimetinib")
    journal(folder, "2026-01-02").record(submission(only_here, CARBERRY, "options"))
    asked = ("why-not", "untested.yaml", "cobimetinib", "--as-of", "2026-02-01", "--strict", *ground)
    flips = json.loads(ran(folder, *asked, "--format", "json"))["changes"]["flips"]
    commands = [flip["command"] for flip in flips]
    if form == "text":
        told = " ".join(ran(folder, *asked).split())
        assert all(command in told for command in commands)
        return
    assert only_here.id in [flip["option"] for flip in flips]
    for flip, told in zip(flips, commands, strict=True):
        program, *words = shlex.split(told)
        assert program == "mtb-match"
        assert " | ".join(words).count(" | ".join(ground)) == 1
        assert "--strict" in words
        after = json.loads(ran(folder, *words, "--format", "json"))
        assert (flip["regimen"], flip["tier"]) in [
            (each["regimen"], each["tier"][1]) for each in after["recommendations"]
        ]


def test_none_leaves_the_journal_of_the_configuration_out(folder: Path) -> None:
    (folder / "config" / "mtb-match").mkdir(parents=True)
    (folder / "config" / "mtb-match" / "config.toml").write_text(f'curation = "{folder}/curation.sqlite"\n')
    assert "Curated evidence" in ran(folder, "match", "patient.yaml")
    assert "Curated evidence" not in ran(folder, "match", "patient.yaml", "--curation", "none")


def test_the_graph_that_is_looked_into_has_them(folder: Path) -> None:
    both = ("--curation", "curation.sqlite", "--include", "submitted")
    assert "2 items count as asked" in ran(folder, "kb", "status", *both, by=process)
    query = "SELECT ?i { ?e dcterms:identifier ?i . FILTER(STRSTARTS(?i, 'CURATED:')) ?e a mtb:EvidenceItem }"
    found = json.loads(ran(folder, "kb", "query", query, "--format", "json", *both, by=process))
    assert sorted(row["i"]["value"] for row in found["results"]["bindings"]) == sorted((ID, OTHER))
    told = json.loads(ran(folder, "kb", "diff", "starter", "starter", "--kind", "evidence", "--format", "json", *both))
    assert sorted(each["id"] for each in told["changes"]) == sorted((ID, OTHER))
    assert f"/{ID.replace(':', '%3A')}>" in ran(
        folder, "kb", "export", "--format", "nquads", "--kind", "evidence", *both
    )
    assert "biomarkers" in ran(folder, "inspect", "t.tsv", "--format", "json", *both, by=process)


def test_a_proof_is_verified_in_the_graph_of_its_day(folder: Path) -> None:
    both = ("--curation", "curation.sqlite", "--include", "submitted")
    ran(folder, "why", "patient.yaml", "trametinib", "--format", "json", "--out", "why.json", *both)
    assert "The proof holds: every one" in ran(folder, "verify", "why.json", *both)
    elsewhere = ran(folder, "verify", "why.json", by=process)
    assert "made with curated items: name the journal" in " ".join(elsewhere.split())
    assert "The proof holds: every one" in ran(folder, "verify", "why.json", "--patient", "patient.yaml", *both)


@pytest.mark.parametrize(
    "words",
    [
        ("review",),
        ("review", ID),
        ("review", ID, "--accept", *ME),
        ("review", ID, "--reject", "--because", "x", *ME),
        ("history",),
        ("history", ID),
        ("export", "--format", "curated", "--out", "X"),
        ("preview", ID, "--registry", "."),
        ("preview", "EID12", "--registry", "."),
        ("check", ID),
        ("retract", ID, "--because", "x", *ME),
        ("reinstate", "EID12", "--because", "x", *ME),
    ],
)
def test_a_named_journal_that_is_not_there_is_not_an_empty_one(folder: Path, words: tuple[str, ...]) -> None:
    told = ran(folder, "kb", *words, "--curation", "typo.sqlite", code=1)
    assert "mtb-match: typo.sqlite: is no journal of curation: nothing was recorded there; name the one" in told
    assert not (folder / "typo.sqlite").exists()
    assert not (folder / "X").exists()


def test_a_retraction_of_the_graph_may_begin_a_journal_in_a_folder_that_is_there(folder: Path) -> None:
    words = ("kb", "retract", "EID12", "--because", "x", *ME, "--curation")
    told = ran(folder, *words, "slip/a.sqlite", code=1)
    assert f"slip/a.sqlite: its folder is not there; make {folder}/slip, or name another file" in told
    assert not (folder / "slip").exists()
    assert "EID12: retracted on" in ran(folder, *words, "a.sqlite")


def test_a_retraction_that_is_refused_begins_no_journal(folder: Path) -> None:
    told = ran(folder, "kb", "retract", "EID12", *ME, "--curation", "a.sqlite", code=1)
    assert "EID12: cannot be retracted without a reason; say why with --because" in told
    assert not (folder / "a.sqlite").exists()


def test_evidence_in_a_file_is_checked_without_a_journal_where_none_is_asked_for(folder: Path) -> None:
    words, where = ("kb", "check", ROOT / "examples/curated-evidence.tsv"), {"MTB_MATCH_CURATION": "typo.sqlite"}
    assert "typo.sqlite: is no journal" in ran(folder, *map(str, words), code=1, **where)
    assert "passes" in ran(folder, *map(str, words), "--curation", "none", **where)


def test_a_patient_id_does_not_steer_the_terminal(folder: Path) -> None:
    (folder / "patient.yaml").write_text(PATIENT.replace("P-1", '"P\\e[31m\\n-1"'), encoding="utf-8")
    told = ran(folder, "patient.yaml", "--as-of", "2026-11-20")
    assert "P\\x1b[31m -1" in told
    assert "\x1b" not in told
