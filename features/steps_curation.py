"""Steps on curated evidence: the real command line and journals on disk, with curators of whom each is one person."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from pytest_bdd import given, parsers, then, when

from kb import starter
from kb import terms as t
from kb.curation.acts import ACCEPTED, RETRACTED, Book, Person
from kb.curation.entry import stated
from kb.curation.graph import counted
from kb.curation.item import Item
from kb.curation.journal import Journal, decision, submission
from kb.normalizer import Normalizer
from kb.statements import Row
from tests.command import command as in_process

ROOT = Path(__file__).parents[1]
PEOPLE = {
    "Josiah Carberry": Person("Josiah Carberry", "0000-0002-1825-0097"),
    "Second Reader": Person("Second Reader", "0000-0002-1694-233X"),
}
"""Curators with valid ORCID iDs: ORCID's own fictitious person, and a made-up one."""

WHO = "|".join(PEOPLE)
COLUMNS = {"drug": "therapy", "tumor-type": "tumor_type"}
"""Fields whose column in a table is called otherwise."""


@dataclass
class Desk:
    """A curator's desk: a journal, the evidence at hand, what the last command said, and the board's last answer."""

    folder: Path
    evidence: dict[str, str] = field(default_factory=dict)
    code: int = 0
    said: str = ""
    printed: str = ""
    id: str = ""
    older: str = ""
    listed: tuple[str, ...] = ()
    answer: dict[str, Any] = field(default_factory=dict)
    moved: Any = None
    verified: int = 0

    @property
    def file(self) -> Path:
        return self.folder / "curation.sqlite"

    @property
    def journal(self) -> Journal:
        return Journal(self.file)

    @property
    def book(self) -> Book:
        return self.journal.book()

    def run(self, *words: str, journal: Path | None = None) -> None:
        """Run a command in this process, as the terminal would."""
        named = {"MTB_MATCH_CURATION": str(journal or self.file), "MTB_MATCH_CONFIG": os.devnull}
        done = in_process(*words, folder=Path.cwd(), **named)
        self.code, self.printed = done.returncode, done.stdout
        self.said = " ".join((done.stdout + done.stderr).split())
        assert "Traceback" not in self.said
        assert "internal error" not in self.said

    def submit(self, who: str, *more: str, **changed: str) -> None:
        """`kb add`, with the evidence as options."""
        told = {**self.evidence, **{name.replace("_", "-"): value for name, value in changed.items()}}
        options = [word for name, value in told.items() for word in (f"--{name}", value)]
        self.add(who, *options, *more)

    def add(self, who: str, *words: str) -> None:
        """`kb add` by a person; the newest item is then the one at hand."""
        before = set(self.book.items)
        self.run("kb", "add", *words, *self.listed, *signed(PEOPLE[who]))
        new = set(self.book.items) - before
        if new:
            self.older, (self.id,) = self.id, new

    def decide(self, who: str, *words: str) -> None:
        self.run(*words, *signed(PEOPLE[who]))

    @property
    def item(self) -> Item:
        """The item that the fields make, without the command line."""
        return made(self.evidence)

    def evidence_for(self, drug: str) -> set[str]:
        """The evidence items under the recommendation of a drug."""
        (found,) = [each for each in self.answer["recommendations"] if each["regimen"] == [drug]]
        return {each["id"] for each in found["evidence"]}


def signed(person: Person) -> tuple[str, ...]:
    return ("--curator", person.name, "--orcid", person.orcid)


def made(evidence: dict[str, str]) -> Item:
    """The item of these fields, in the starter's words."""
    pmid = evidence["source"].removeprefix("PMID:")
    source = f"PMID:{pmid} https://pubmed.ncbi.nlm.nih.gov/{pmid}/"
    row = Row(
        profile=f"{evidence['gene']}:{evidence['alteration']}",
        regimen=evidence["drug"],
        combination="single",
        tumor_types=evidence["tumor-type"],
        direction=evidence["direction"],
        significance=evidence["significance"],
        level=evidence["level"],
        level_source="the curator",
        sources=source,
        verified=evidence["verified"],
    )
    design = Row(kind=evidence["study"], sources=source, verified=evidence["verified"])
    return stated(row, Normalizer(starter.read_tables(starter.DATA / "source")), design)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# --- what is at hand ----------------------------------------------------------------------------------------------


@given("the evidence")
def evidence(desk: Desk, datatable: Sequence[Sequence[str]]) -> None:
    desk.evidence = {row[0]: row[1] for row in datatable[1:]}


@given(parsers.parse('a patient with lung adenocarcinoma and EGFR L858R in "{place}"'))
def patient(desk: Desk, place: str) -> None:
    folder = desk.folder / "registry"
    folder.mkdir()
    (folder / "L858R.tsv").write_text("gene\talteration\nEGFR\tL858R\n", encoding="utf-8")
    told = {
        "id": "P-1",
        "tumor_type": "LUAD",
        "jurisdiction": place,
        "stage": "metastatic",
        "prior_therapies": [],
        "samples": [{"id": "tumor", "kind": "tissue", "variants": "L858R.tsv", "assay": "WES"}],
    }
    (folder / "P-1.json").write_text(json.dumps(told), encoding="utf-8")


def at(day: str) -> Any:
    return lambda: f"{day}T10:00:00.000000Z"


@given(parsers.re(rf'(?P<who>{WHO}) submitted it on "(?P<day>[^"]+)"$'))
def submitted_on(desk: Desk, who: str, day: str) -> None:
    Journal(desk.file, at(day)).record(submission(desk.item, PEOPLE[who], "options"))
    desk.id = desk.item.id


@given(
    parsers.re(
        rf'(?P<who>{WHO}) submitted it on "(?P<day>[^"]+)" and (?P<other>{WHO}) accepted it on "(?P<later>[^"]+)"$'
    )
)
def accepted_on(desk: Desk, who: str, day: str, other: str, later: str) -> None:
    submitted_on(desk, who, day)
    Journal(desk.file, at(later)).record(decision(desk.id, ACCEPTED, PEOPLE[other]))


@given(parsers.re(rf'(?P<who>{WHO}) retracted it on "(?P<day>[^"]+)" because "(?P<why>[^"]+)"$'))
def retracted_on(desk: Desk, who: str, day: str, why: str) -> None:
    Journal(desk.file, at(day)).record(decision(desk.id, RETRACTED, PEOPLE[who], why))


@given(parsers.parse('the paper "{paper}" is on the list of retracted papers'))
def retracted_paper(desk: Desk, paper: str) -> None:
    (desk.folder / "retracted.txt").write_text(paper + "\n", encoding="utf-8")
    desk.listed = ("--retracted", str(desk.folder / "retracted.txt"))


@given("these scenarios")
def some_scenarios(desk: Desk, docstring: str) -> None:
    (desk.folder / "expected").mkdir()
    (desk.folder / "expected" / "board.feature").write_text(docstring + "\n", encoding="utf-8")


# --- submitting ---------------------------------------------------------------------------------------------------


@when(parsers.re(rf"(?P<who>{WHO}) submits it$"))
def submits(desk: Desk, who: str) -> None:
    desk.submit(who)


@when(parsers.re(rf'(?P<who>{WHO}) submits it with "(?P<name>[^"]+)" "(?P<value>[^"]+)"$'))
def submits_with(desk: Desk, who: str, name: str, value: str) -> None:
    desk.submit(who, **{name: value})


@when(
    parsers.re(
        rf'(?P<who>{WHO}) submits it with "(?P<name>[^"]+)" "(?P<value>[^"]+)" and "(?P<two>[^"]+)" "(?P<also>[^"]+)"$'
    )
)
def submits_with_two(desk: Desk, who: str, name: str, value: str, two: str, also: str) -> None:
    desk.submit(who, **{name: value, two: also})


@when(parsers.re(rf'(?P<who>{WHO}) submits it with "(?P<name>[^"]+)" "(?P<value>[^"]+)" to supersede it$'))
def submits_to_supersede(desk: Desk, who: str, name: str, value: str) -> None:
    desk.submit(who, "--supersedes", desk.id, **{name: value})


@when(parsers.re(rf"(?P<who>{WHO}) submits it as a table$"))
def submits_table(desk: Desk, who: str) -> None:
    file = desk.folder / "evidence.tsv"
    names = [COLUMNS.get(name, name) for name in desk.evidence]
    file.write_text("\t".join(names) + "\n" + "\t".join(desk.evidence.values()) + "\n", encoding="utf-8")
    desk.add(who, str(file))


@when(
    parsers.re(
        rf'(?P<who>{WHO}) submits it as Turtle with "(?P<name>[^"]+)" changed from "(?P<old>.)" to "(?P<new>.)"$'
    )
)
def submits_turtle(desk: Desk, who: str, name: str, old: str, new: str) -> None:
    desk.submit(who, "--dry-run", "--format", "trig")
    assert f'mtb:{name} "{old}"' in desk.printed
    file = desk.folder / "evidence.trig"
    file.write_text(desk.printed.replace(f'mtb:{name} "{old}"', f'mtb:{name} "{new}"'), encoding="utf-8")
    desk.add(who, str(file))


@when(parsers.re(rf"(?P<who>{WHO}) tries to submit it without recording$"))
def submits_dry(desk: Desk, who: str) -> None:
    desk.submit(who, "--dry-run")


@when(parsers.parse('somebody with the ORCID iD "{orcid}" submits it'))
def submits_as_nobody(desk: Desk, orcid: str) -> None:
    options = [word for name, value in desk.evidence.items() for word in (f"--{name}", value)]
    desk.run("kb", "add", *options, "--curator", "Somebody", "--orcid", orcid)


@when(
    parsers.re(rf'(?P<who>{WHO}) fills in the form in a terminal, and writes "(?P<slip>[^"]+)" for the drug at first$')
)
def fills_in(desk: Desk, who: str, slip: str) -> None:
    """Through a pseudo-terminal: what was told as an option is not asked for."""
    from tests.cli.test_kb_add_form import Terminal

    given = [word for name, value in desk.evidence.items() if name != "drug" for word in (f"--{name}", value)]
    terminal = Terminal(desk.folder, "--form", "--curation", str(desk.file), *given, *signed(PEOPLE[who]))
    terminal.until("therapy: ")
    terminal.answer("> ", slip)
    terminal.answer("> ", desk.evidence["drug"])
    answered = len(terminal.shown)
    while terminal._read(60):
        asked = terminal.shown[answered:].rstrip()
        if asked.endswith(("[y/N]", "[y/N]:", ">")):  # what is optional is left empty
            terminal.type("y\n" if "Submit?" in asked else "\n")
            answered = len(terminal.shown)
    assert terminal.end() == 0, terminal.shown
    (desk.id,), desk.said = desk.book.items, " ".join(terminal.shown.split())


@then("it says what the fields say")
def says_the_fields(desk: Desk) -> None:
    assert desk.book.items[desk.id].label == desk.item.label


@when("what has aged is asked for, for the patients of the registry")
def aged(desk: Desk) -> None:
    registry = str(desk.folder / "registry")
    desk.run("kb", "stale", "--registry", registry, *desk.listed, "--as-of", "2026-11-20", "--format", "json")
    assert desk.code == 0, desk.said


@when("the gate looks at it and explains")
def explained(desk: Desk) -> None:
    desk.run("kb", "check", desk.id, "--explain")


@then(parsers.parse('it is "{state}"'))
def is_in_state(desk: Desk, state: str) -> None:
    assert desk.book.status(desk.id) == state, desk.said


@then(parsers.parse('the older item is "{state}"'))
def older_is_in_state(desk: Desk, state: str) -> None:
    assert desk.older
    assert desk.book.status(desk.older) == state


@then("it is the item that the fields make")
def is_the_same(desk: Desk) -> None:
    assert desk.id == desk.item.id


@then("it is another item than the fields make")
def is_another(desk: Desk) -> None:
    assert desk.id != desk.item.id


@then("it is refused, and nothing is recorded")
def is_refused(desk: Desk) -> None:
    assert desk.code == 1, desk.said
    assert not desk.book.acts


@then("nothing is recorded")
def nothing_recorded(desk: Desk) -> None:
    assert not desk.book.acts


@then(parsers.re(r'the answer says "(?P<text>.+)"$'))
def answer_says(desk: Desk, text: str) -> None:
    assert text in desk.said, desk.said


@then("the answer names the item")
def answer_names(desk: Desk) -> None:
    assert desk.id in desk.said


# --- deciding -----------------------------------------------------------------------------------------------------


@when(parsers.re(rf'(?P<who>{WHO}) (?P<does>accepts|rejects) it(?: because "(?P<why>[^"]+)")?$'))
def reviews(desk: Desk, who: str, does: str, why: str | None) -> None:
    reason = ("--because", why) if why else ()
    desk.decide(who, "kb", "review", desk.id, f"--{does.removesuffix('s')}", *reason)


@when(parsers.re(rf'(?P<who>{WHO}) (?P<does>retracts|reinstates) "(?P<id>[^"]+)" because "(?P<why>[^"]+)"$'))
def takes_back(desk: Desk, who: str, does: str, id: str, why: str) -> None:
    desk.decide(who, "kb", does.removesuffix("s"), id, "--because", why)
    assert desk.code == 0, desk.said


@when(parsers.re(rf'(?P<who>{WHO}) retracts it because "(?P<why>[^"]+)"$'))
def takes_it_back(desk: Desk, who: str, why: str) -> None:
    takes_back(desk, who, "retracts", desk.id, why)


@when("the history of the item is asked for")
def history(desk: Desk) -> None:
    desk.run("kb", "history", desk.id)


# --- what counts --------------------------------------------------------------------------------------------------


def ask(desk: Desk, *more: str) -> None:
    desk.run("match", str(desk.folder / "registry" / "P-1.json"), "--format", "json", *more)
    assert desk.code == 0, desk.said
    desk.answer = json.loads(desk.printed)


def today() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")


@when("the board asks for the patient")
def board_asks(desk: Desk) -> None:
    ask(desk, "--as-of", today())


@when("the board asks for the patient, submitted items included")
def board_asks_with_submitted(desk: Desk) -> None:
    ask(desk, "--as-of", today(), "--include", "submitted")


@when(parsers.parse('the board asks for the patient as of "{day}"'))
def board_asks_on(desk: Desk, day: str) -> None:
    ask(desk, "--as-of", day)


@then(parsers.re(r'it is (?P<how>among|not among) the evidence for "(?P<drug>[^"]+)"$'))
def is_evidence(desk: Desk, how: str, drug: str) -> None:
    assert (desk.id in desk.evidence_for(drug)) == (how == "among"), desk.evidence_for(drug)


@then(parsers.parse('it is the first evidence for "{drug}"'))
def is_first_evidence(desk: Desk, drug: str) -> None:
    assert recommended(desk, drug)["evidence"][0]["id"] == desk.id


@then(parsers.parse('the "{framework}" level of "{drug}" in the answer is "{grade}"'))
def level_in_the_answer(desk: Desk, framework: str, drug: str, grade: str) -> None:
    assert recommended(desk, drug)["levels"][framework] == grade


def recommended(desk: Desk, drug: str) -> dict[str, Any]:
    """The recommendation of a drug in the board's last answer."""
    (found,) = [each for each in desk.answer["recommendations"] if each["regimen"] == [drug]]
    return dict(found)


@then(parsers.re(r'"(?P<id>[^"]+)" is (?P<how>among|not among) the evidence for "(?P<drug>[^"]+)"$'))
def other_is_evidence(desk: Desk, id: str, how: str, drug: str) -> None:
    assert (id in desk.evidence_for(drug)) == (how == "among"), desk.evidence_for(drug)


@when("the journal is exported as text")
def exported(desk: Desk) -> None:
    export(desk, desk.file, desk.folder / "text")


def said_by(desk: Desk) -> list[Any]:
    """The statements of the item's file, each with the name of its graph."""
    (file,) = (desk.folder / "text").rglob("*.trig")
    return list(ox.parse(file.read_bytes(), format=ox.RdfFormat.TRIG))


@then(parsers.parse('the item has the graphs "{parts}"'))
def has_graphs(desk: Desk, parts: str) -> None:
    names = {quad.graph_name.value for quad in said_by(desk)}
    assert {name.rpartition("/")[2] for name in names} == set(parts.split(", "))


@then(parsers.parse('its assertion was attributed to "{orcid}"'))
def attributed(desk: Desk, orcid: str) -> None:
    found = {quad.object.value for quad in said_by(desk) if quad.predicate.value == t.ATTRIBUTED_TO}
    assert found == {orcid}


@then("its publication info has its digest")
def has_digest(desk: Desk) -> None:
    found = {quad.object.value for quad in said_by(desk) if quad.predicate.value == t.CONTENT_DIGEST}
    assert found == {desk.book.items[desk.id].digest}


# --- the preview --------------------------------------------------------------------------------------------------


@when("a decision on it is previewed for the patients of the registry")
def previewed(desk: Desk) -> None:
    registry = str(desk.folder / "registry")
    desk.run("kb", "preview", desk.id, "--registry", registry, "--as-of", "2026-11-20", "--format", "markdown")
    assert desk.code == 0, desk.said


@when("the scenarios that it would move are asked for")
def scenarios_moved(desk: Desk) -> None:
    scenarios_between(desk, desk.book, _with(desk.book, decision(desk.id, ACCEPTED, PEOPLE["Second Reader"])))


@when(parsers.parse('the scenarios that a retraction of "{id}" would move are asked for'))
def scenarios_moved_by_retraction(desk: Desk, id: str) -> None:
    draft = decision(id, RETRACTED, PEOPLE["Second Reader"], "the board doubts it")
    scenarios_between(desk, desk.book, _with(desk.book, draft))


def _with(book: Book, draft: Any) -> Book:
    return Book(book.items, (*book.acts, draft.act._replace(at="2026-11-20T10:00:00.000000Z")))


def scenarios_between(desk: Desk, before: Book, after: Book) -> None:
    from cli.kb.scenarios import scenario_part

    part = scenario_part(desk.folder / "expected", None, counted(before), counted(after))
    desk.moved, desk.said = part.structure, part.line


def _one_moved(desk: Desk, title: str) -> Any:
    (found,) = desk.moved["moved"]
    assert found["scenario"] == title
    return found


@then(parsers.parse('"{title}" moves, and the answer of "{drug}" differs by the item'))
def scenario_differs(desk: Desk, title: str, drug: str) -> None:
    found = _one_moved(desk, title)
    assert found["kind"] == "answer"
    (change,) = [each for each in found["changes"] if each["regimen"] == [drug]]
    assert desk.id in change["detail"], change


@then(parsers.parse("{again:d} of {every:d} scenarios was run again"))
def were_run_again(desk: Desk, again: int, every: int) -> None:
    assert (desk.moved["run_again"], desk.moved["scenarios"]) == (again, every)


@then(parsers.re(r'"(?P<title>[^"]+)" holds no longer, at "(?P<step>.+)"$'))
def scenario_breaks(desk: Desk, title: str, step: str) -> None:
    found = _one_moved(desk, title)
    assert found["kind"] == "breaks"
    assert found["before"]["outcome"] == "passed"
    assert step in found["after"]["failed_step"]


# --- safety -------------------------------------------------------------------------------------------------------


def command(desk: Desk, *words: str) -> subprocess.Popen[bytes]:
    """A command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "cli.main", *words],
        cwd=ROOT,
        env={**os.environ, "MTB_MATCH_CURATION": str(desk.file)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def adding(desk: Desk, number: int) -> subprocess.Popen[bytes]:
    options = [word for name, value in desk.evidence.items() for word in (f"--{name}", value)]
    who = list(PEOPLE.values())[number % 2]
    return command(desk, "kb", "add", *options, "--note", f"item {number}", *signed(who))


@when(parsers.parse("{number:d} curators submit an item each at the same time"))
def submitted_at_once(desk: Desk, number: int) -> None:
    for each in [adding(desk, each) for each in range(number)]:
        _, told = each.communicate(timeout=300)
        assert each.returncode == 0, told.decode()


@then(parsers.parse("{number:d} items wait, and the journal holds"))
def items_wait(desk: Desk, number: int) -> None:
    assert len(desk.book.in_state(["submitted"])) == number
    journal_holds(desk)


@when(parsers.parse("a submission is killed at {moments:d} moments"))
def killed(desk: Desk, moments: int) -> None:
    """The writer submits one item after another; it is killed while it does."""
    program = (
        "import sys; from pathlib import Path; from features.steps_curation import PEOPLE, made;"
        "from kb.curation.journal import Journal, submission; import json;"
        "journal, told = Journal(Path(sys.argv[1])), json.loads(sys.argv[2]); print('go', flush=True)\n"
        "for number in range(10**6):\n"
        "    source = f'PMID:{27083334 + int(sys.argv[3]) * 10**6 + number}'\n"
        "    item = made({**told, 'source': source})\n"
        "    journal.record(submission(item, PEOPLE['Josiah Carberry'], 'options'))\n"
        "    print(item.id, flush=True)\n"
    )
    acknowledged: list[str] = []
    for moment in range(moments):
        words = [sys.executable, "-c", program, str(desk.file), json.dumps(desk.evidence), str(moment)]
        writer = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "go\n"
        if moment % 2:
            acknowledged.append(writer.stdout.readline().strip())
        time.sleep(0.01 * moment)
        writer.kill()
        acknowledged += writer.stdout.read().split()
        writer.wait()
    assert acknowledged
    assert set(acknowledged) <= set(desk.book.items)


@then("every item of the journal is whole, and the journal holds")
def items_whole(desk: Desk) -> None:
    assert all(desk.book.status(id) == "submitted" for id in desk.book.items)
    journal_holds(desk)


@when("a decision meets a disk without room")
def full_disk(desk: Desk) -> None:
    """A limit on the size of files stands for the disk: the system refuses the write in the same way."""
    size = desk.file.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        desk.decide("Second Reader", "kb", "review", desk.id, "--accept", "--because", "x" * 20_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert desk.code == 1, desk.said


@when(parsers.parse('somebody changes the journal so that "{was}" is "{now}"'))
def tampered(desk: Desk, was: str, now: str) -> None:
    """Round the triggers that refuse changes, which are put back, as somebody would who can write to the file."""
    with contextlib.closing(sqlite3.connect(desk.file)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE entry SET content = replace(content, ?, ?) WHERE number = 2", (was, now))
        assert connection.total_changes
        for _, text in triggers:
            connection.execute(text)
        connection.commit()


@when("the journal is verified")
def verifies(desk: Desk) -> None:
    desk.run("kb", "verify")


@then("it is not as it was recorded")
def is_tampered(desk: Desk) -> None:
    assert desk.code == 1
    assert "entry 2" in desk.said


@then("the journal holds")
def journal_holds(desk: Desk) -> None:
    desk.run("kb", "verify")
    assert desk.code == 0, desk.said


# --- round trips --------------------------------------------------------------------------------------------------


def export(desk: Desk, journal: Path, folder: Path) -> None:
    desk.run("kb", "export", "--format", "curated", "--out", str(folder), journal=journal)
    assert desk.code == 0, desk.said


def take_in(desk: Desk, folder: Path, journal: Path) -> None:
    desk.run("kb", "import", str(folder), journal=journal)
    assert desk.code == 0, desk.said


@when("the journal is exported as text and taken into another journal")
def round_trip(desk: Desk) -> None:
    export(desk, desk.file, desk.folder / "text")
    take_in(desk, desk.folder / "text", desk.folder / "other.sqlite")


@then("both journals have the same digest")
def same_digest(desk: Desk) -> None:
    other = Journal(desk.folder / "other.sqlite").book()
    assert other.acts
    assert other.digest == desk.book.digest


@when("one site accepts it, another rejects it, and their texts are merged by line")
def merged(desk: Desk) -> None:
    texts = []
    for name, words in (("one", ("--accept",)), ("two", ("--reject", "--because", "the arm was another"))):
        journal = desk.folder / f"{name}.sqlite"
        shutil.copy(desk.file, journal)
        desk.run("kb", "review", desk.id, *words, *signed(PEOPLE["Second Reader"]), journal=journal)
        assert desk.code == 0, desk.said
        export(desk, journal, desk.folder / name)
        texts.append(desk.folder / name)
    union(*texts)
    take_in(desk, texts[0], desk.folder / "merged.sqlite")


def union(mine: Path, theirs: Path) -> None:
    """What git's `merge=union` makes of two versions without a common part: the lines of both."""
    for file in theirs.rglob("*.trig"):
        here = mine / file.relative_to(theirs)
        lines = here.read_text(encoding="utf-8").splitlines() if here.exists() else []
        more = [line for line in file.read_text(encoding="utf-8").splitlines() if line not in lines]
        here.write_text("\n".join([*lines, *more]) + "\n", encoding="utf-8")


@then(parsers.parse('it is "{state}" in the merged journal'))
def state_in_merged(desk: Desk, state: str) -> None:
    assert Journal(desk.folder / "merged.sqlite").book().status(desk.id) == state
