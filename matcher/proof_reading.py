"""A proof file read back: every part in its place and of its kind, or one clear error."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from matcher.notes import UnusableInput
from matcher.proof_file import ABSENCE, DERIVED, GIVEN, SCHEMA, content_digest
from rules.facts import Absence, Fact, Premise, Value
from rules.language import LARGEST_INTEGER

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes beyond which a file is no proof: the largest ones have a hundredth of it."""

_AGAIN = "make it again: mtb-match why PATIENT REGIMEN --format json"


class Claim(NamedTuple):
    """What a proof is of: that this regimen is recommended in this tier, for whom, where and when."""

    option: str
    regimen: tuple[str, ...]
    tier: str
    basis: str
    patient: str
    tumor_type: str
    jurisdiction: str
    as_of: str


class Used(NamedTuple):
    """A rule that some step was concluded by: the digest of its text, its sources, and whose it is."""

    digest: str
    cites: tuple[str, ...]
    site: str


class FileStep(NamedTuple):
    """One step of a proof file. `premises` are numbers of earlier steps, in the order of the rule's conditions.

    `statements` are the IRIs of the graph's statements that a given fact comes from.
    """

    id: int
    kind: str
    statement: Premise
    says: Mapping[str, str]
    rule: str = ""
    bindings: tuple[tuple[str, Value], ...] = ()
    premises: tuple[int, ...] = ()
    statements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProofFile:
    """A proof as its file tells it; nothing of it has been replayed yet.

    `files` are the patient's files with their digests, None where the file was not found; `statements` are digests of
    the graph's statements likewise, `sources` the label and address of each of their sources; `labels` the
    names of this case, by language, variable and value.
    """

    where: str
    claim: Claim
    program: str
    kb_release: str
    kb_digest: str
    rules_digest: str
    used: Mapping[str, Used]
    tables: Mapping[str, str]
    asked: Mapping[str, str]
    files: Mapping[str, str | None]
    statements: Mapping[str, str | None]
    sources: Mapping[str, tuple[tuple[str, str | None], ...]]
    labels: Mapping[str, Mapping[str, Mapping[str, str]]]
    claims: tuple[tuple[str, int], ...]
    steps: tuple[FileStep, ...]
    given: tuple[Fact, ...]


def read_proof(data: bytes, where: str) -> ProofFile:
    """The proof in a file's bytes: a proof file, or an answer of `why` as JSON, which holds one.

    Raises UnusableInput, which names the place, for anything that is not a whole and undamaged proof.
    """
    try:
        return _proof(_At(_loaded(data, where), where, ""))
    except RecursionError as error:
        raise UnusableInput(where, "is nested too deeply to be a proof", _AGAIN) from error


def read_proof_file(path: Path, where: str) -> ProofFile:
    """The proof in a file, named `where` in errors; those of `read_proof`, and OSError."""
    with path.open("rb") as file:
        return read_proof(file.read(LARGEST_FILE + 1), where)


def _loaded(data: bytes, where: str) -> Any:
    if len(data) > LARGEST_FILE:
        raise UnusableInput(where, f"is larger than any proof (over {LARGEST_FILE >> 20} MB)", _AGAIN)
    try:
        return json.loads(
            data.decode("utf-8-sig"), parse_constant=_refused_constant, object_pairs_hook=_without_repetition
        )
    except UnicodeDecodeError as error:
        raise UnusableInput(where, "is no UTF-8 text", _AGAIN) from error
    except ValueError as error:
        raise UnusableInput(where, f"is no JSON ({str(error)[:200]})", _AGAIN) from error


def _refused_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is written twice in one object")
    return found


class _At:
    """A value of the file, and where it stands there."""

    def __init__(self, value: Any, where: str, path: str) -> None:
        self.value, self.where, self.path = value, where, path

    def fail(self, reason: str) -> UnusableInput:
        return UnusableInput(f"{self.where}: {self.path}" if self.path else self.where, reason, _AGAIN)

    def has(self, name: str) -> bool:
        return isinstance(self.value, dict) and name in self.value

    def part(self, name: str) -> _At:
        if not isinstance(self.value, dict):
            raise self.fail("is no object")
        if name not in self.value:
            raise self.fail(f"has no `{name}`")
        return _At(self.value[name], self.where, f"{self.path}.{name}" if self.path else name)

    def entries(self) -> Iterator[tuple[str, _At]]:
        if not isinstance(self.value, dict):
            raise self.fail("is no object")
        for name in self.value:
            yield _At(name, self.where, self.path).text(), self.part(name)

    def items(self) -> Iterator[_At]:
        if not isinstance(self.value, list):
            raise self.fail("is no list")
        for number, each in enumerate(self.value):
            yield _At(each, self.where, f"{self.path}[{number}]")

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.fail("is no text")
        try:
            self.value.encode()
        except UnicodeEncodeError as error:
            raise self.fail("holds broken text") from error
        return self.value

    def text_or_none(self) -> str | None:
        return None if self.value is None else self.text()

    def texts(self) -> tuple[str, ...]:
        return tuple(each.text() for each in self.items())

    def table(self) -> dict[str, str]:
        return {name: each.text() for name, each in self.entries()}

    def number(self) -> int:
        if type(self.value) is not int or not 0 < self.value <= LARGEST_INTEGER:
            raise self.fail("is no number of a step")
        return self.value

    def scalar(self) -> Value:
        value = self.value
        if isinstance(value, str):
            return self.text()
        if isinstance(value, bool):
            return value
        if isinstance(value, int) and abs(value) <= LARGEST_INTEGER:
            return value
        if isinstance(value, float) and math.isfinite(value):
            return value
        raise self.fail("is neither text, a number that can be compared, true nor false")

    def fields(self) -> tuple[tuple[str, Value], ...]:
        return tuple(sorted(((name, each.scalar()) for name, each in self.entries()), key=lambda pair: pair[0]))


def _proof(at: _At) -> ProofFile:
    if at.has("proof") and not (at.has("schema") and at.value["schema"] == SCHEMA):
        at = at.part("proof")
    if not at.has("schema") or at.value["schema"] != SCHEMA:
        raise at.fail(f"is no proof of this program: it does not name the schema {SCHEMA}")
    _refuse_damage(at)
    steps = tuple(_steps(at.part("steps")))
    return ProofFile(
        where=at.where,
        claim=_claim(at.part("claim")),
        program=at.part("program").text(),
        kb_release=at.part("kb").part("release").text(),
        kb_digest=at.part("kb").part("digest").text(),
        rules_digest=at.part("rules").part("digest").text(),
        used={name: _used(each) for name, each in at.part("rules").part("used").entries()},
        tables=at.part("tables").table(),
        asked=at.part("asked").table(),
        files={name: each.text_or_none() for name, each in at.part("files").entries()},
        statements={iri: _statement(each) for iri, each in at.part("statements").entries()},
        sources={iri: tuple(_sources(each)) for iri, each in at.part("statements").entries()},
        labels={
            lang: {name: each.table() for name, each in held.entries()} for lang, held in at.part("labels").entries()
        },
        claims=tuple((each.part("of").text(), each.part("step").number()) for each in at.part("claims").items()),
        steps=steps,
        given=tuple(_given(at.part("given"))),
    )


def _refuse_damage(at: _At) -> None:
    """The digest tells damage; whether what the file says is so, only the replay tells."""
    told = at.part("digest").text()
    try:
        found = content_digest(at.value)
    except (ValueError, UnicodeEncodeError) as error:
        raise at.fail("holds broken text, or a number that cannot be compared") from error
    if found != told:
        raise at.fail(f"was changed or damaged: its digest is {told}, and its content gives {found}")


def _claim(at: _At) -> Claim:
    def text(name: str) -> str:
        return at.part(name).text()

    try:
        datetime.date.fromisoformat(text("as_of"))
    except ValueError as error:
        raise at.part("as_of").fail("is no date YYYY-MM-DD") from error
    return Claim(
        text("option"),
        at.part("regimen").texts(),
        text("tier"),
        text("basis"),
        text("patient"),
        text("tumor_type"),
        text("jurisdiction"),
        text("as_of"),
    )


def _used(at: _At) -> Used:
    return Used(at.part("digest").text(), at.part("cites").texts(), at.part("site").text())


def _statement(at: _At) -> str | None:
    """The digest of a statement of the graph."""
    at.part("verified").text_or_none()
    return at.part("digest").text_or_none()


def _sources(at: _At) -> Iterator[tuple[str, str | None]]:
    for source in at.part("sources").items():
        yield source.part("label").text(), source.part("url").text_or_none()


def _steps(at: _At) -> Iterator[FileStep]:
    """The steps in their order. A premise that comes later, or is the step itself, would be a proof in a circle."""
    every = [each.part("id").number() for each in at.items()]
    places = {number: place for place, number in enumerate(every)}
    if len(places) != len(every):
        raise at.fail("two steps have one number")
    for place, each in enumerate(at.items()):
        step = _step(each)
        for premise in step.premises:
            if places.get(premise, -1) >= place:
                raise each.fail(f"rests on step {premise}, which does not come before it: a proof in a circle")
        yield step


def _step(at: _At) -> FileStep:
    number, kind = at.part("id").number(), at.part("kind").text()
    predicate, fields = at.part("predicate").text(), at.part("fields").fields()
    says = at.part("says").table()
    if kind == ABSENCE:
        return FileStep(number, kind, Absence(predicate, fields), says)
    statement = Fact(predicate, fields)
    if kind == GIVEN:
        return FileStep(number, kind, statement, says, statements=tuple(_origin(at.part("origin"))))
    if kind != DERIVED:
        raise at.fail(f"is of no known kind: {kind[:40]!r}")
    premises = tuple(each.number() for each in at.part("premises").items())
    rule, bindings = at.part("rule").text(), at.part("bindings").fields()
    return FileStep(number, kind, statement, says, rule, bindings, premises)


def _origin(at: _At) -> Iterator[str]:
    """The statements of the graph that an origin names, its parts' too; its places are only looked at."""
    at.part("kind").text()
    if at.has("text"):
        at.part("text").text()
    if at.has("statements"):
        yield from at.part("statements").texts()
    for place in at.part("places").items() if at.has("places") else ():
        pair = list(place.items())
        if len(pair) != 2 or not (pair[1].value is None or type(pair[1].value) is int):
            raise place.fail("is no file and row")
        pair[0].text()
    for part in at.part("from").items() if at.has("from") else ():
        yield from _origin(part)


def _given(at: _At) -> Iterator[Fact]:
    for predicate, table in at.entries():
        names = table.part("fields").texts()
        if len(set(names)) != len(names):
            raise table.fail("names a field twice")
        for row in table.part("rows").items():
            values = [each.scalar() for each in row.items()]
            if len(values) != len(names):
                raise row.fail(f"has {len(values)} values for {len(names)} fields")
            yield Fact(predicate, tuple(sorted(zip(names, values, strict=True), key=lambda pair: pair[0])))
