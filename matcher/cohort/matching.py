"""Subjects to tables: the same matching and the same rules as for one patient, for many at once.

Patients who are alike are answered once (`matcher.cohort.classes`), and the rules run on all of them together
(`rules.set_engine`). What comes out is what `matcher.cohort.alone` says of each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import accumulate, chain, pairwise
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple, Protocol

from matcher.case import prepared
from matcher.cohort.answers import Answers
from matcher.cohort.arranged import arranged
from matcher.cohort.asking import ANSWERING, BLOCKED, BLOCKS, answering, told
from matcher.cohort.classes import Alike, Classes
from matcher.cohort.database import Database
from matcher.cohort.found import Blocks, Found
from matcher.cohort.subject import ALTERATIONS, Subject, Unreadable
from matcher.cohort.what_counts import ages_count, place_of, texts_count
from matcher.cohort.work import SPILL, Saved, Watch, save, unwatched, writing
from matcher.notes import UnusableInput
from rules.facts import Fact, fact

if TYPE_CHECKING:
    from numpy import bool_
    from numpy.typing import NDArray

    from kb.alteration import Alteration
    from kb.graph import KnowledgeBase
    from matcher.case import Prepared
    from matcher.cohort.tables import Tables
    from rules.held import Held
    from rules.language import RuleSet


TOGETHER = 4500
"""Where tables are saved the rules run for so many patients at least: to plan what they ask takes a third of a second,
for two patients as for thousands."""


TOLD_OF = 100
"""Of so many patients at once who watches is told."""


class Many(Protocol):
    """What runs the rules for many patients: DuckDB (`rules.set_engine`) or Spark."""

    def add_parts(self, patient: str, parts: Iterable[Sequence[Fact]]) -> None:
        """Adds a patient with their facts, in parts that are the same objects for others who have them."""
        ...

    def evaluate(self) -> None:
        """Works out what the rules conclude."""
        ...

    def held(self, predicate: str) -> Held:
        """The facts of a predicate, and who has them, counted from 0 in the order in which they came."""
        ...

    def close(self) -> None:
        """Frees the memory."""
        ...


class Asked(NamedTuple):
    """One question to the rules: patients who are alike, at an age that stands for theirs."""

    alike: Alike
    age: int | None

    @property
    def parts(self) -> tuple[Sequence[Fact], ...]:
        """The facts of the question."""
        return self.alike.parts if self.age is None else (*self.alike.parts, (fact("age", years=self.age),))


class _Member(NamedTuple):
    subject: Subject
    ready: Prepared
    question: int
    own: Mapping[Alteration, Alteration]


class _Piece(NamedTuple):
    """Some subjects of a cohort, and the questions that are theirs."""

    subjects: Sequence[Subject | Unreadable]
    members: list[_Member | Unreadable]
    asked: list[Asked]


class _Concluded(NamedTuple):
    """By question of a piece, conclusions by predicate; and what keeps options from being recommended."""

    conclusions: list[dict[str, list[Fact]]]
    blocks: Held


class Matching:
    """Answers piece after piece of a cohort over one graph and one rule set; `close` frees what it holds.

    `seconds` counts where the time went.
    """

    def __init__(
        self,
        knowledge: KnowledgeBase,
        rules: RuleSet,
        many: Callable[[RuleSet], Many] | None = None,
        side_by_side: bool = True,
    ) -> None:
        """With `side_by_side` the rules run for some pieces while the facts of the next are made: for idle cores."""
        self.knowledge, self.rules = knowledge, rules
        self._side_by_side = side_by_side
        self.seconds: dict[str, float] = {}
        self._rules = answering(rules)
        self._ages = ages_count(self._rules)
        self._classes = Classes(knowledge, texts_count(self._rules))
        self._answers = Answers(knowledge, rules)
        self._database: Database | None = None
        self._limits: dict[int, frozenset[float]] = {}
        self._many = many or duckdb_engine()

    def ready(self) -> None:
        """Begins what the first patients would wait for."""
        self._many(self._rules).close()

    def read_ahead(self) -> None:
        """Reads from the graph what many patients ask for, while none is there."""
        self._classes.read_ahead()

    def close(self) -> None:
        """Frees the memory."""
        self._classes = Classes(self.knowledge)
        self._answers = Answers(self.knowledge, self.rules)
        if self._database is not None:
            self._database.close()
            self._database = None

    def matched(self, subjects: Sequence[Subject | Unreadable]) -> Tables:
        """The tables of a piece of a cohort; `alike` is unique within the piece."""
        (found,) = self.stream([subjects])
        return found

    def stream(self, pieces: Iterable[Sequence[Subject | Unreadable]]) -> Generator[Tables, None, None]:
        """The tables of each piece."""
        for _, found in self._answered(pieces, 0):  # who compares waits for each
            with self._timed("answers"):
                tables = found.tables()
            yield tables

    def save(
        self,
        pieces: Iterable[tuple[Sequence[Subject | Unreadable], Path]],
        out: Path,
        watch: Watch = unwatched,
    ) -> Generator[Saved, None, None]:
        """As `stream`, with the tables of each piece in files: see `matcher.cohort.work.Saver`."""
        folders: deque[Path] = deque()

        def asked() -> Iterator[Sequence[Subject | Unreadable]]:
            for subjects, folder in pieces:
                folders.append(folder)
                yield subjects

        for piece, found in self._answered(asked(), TOGETHER, watch):
            folder = folders.popleft()
            with self._timed("answers"), writing(out):
                if self._database is None:
                    self._database = Database(folder.with_name(f"{folder.name}.{SPILL}"))
                if len({each.name for each in piece.subjects}) < len(piece.subjects):
                    # Rows of patients who share a name stand together, by rank.
                    save(self._database, arranged(found.tables(), piece.subjects).tables, folder)
                else:
                    found.save(self._database, folder)
            yield Saved(folder, found.alike)

    def _answered(
        self, pieces: Iterable[Sequence[Subject | Unreadable]], least: int, watch: Watch = unwatched
    ) -> Generator[tuple[_Piece, Found], None, None]:
        """Each piece with its answers; the rules run for so many patients, at least."""
        behind = 1 if self._side_by_side else 0
        under_way: deque[tuple[list[_Piece], Future[list[_Concluded]]]] = deque()
        with ThreadPoolExecutor(1) as pool:
            for together in self._together(pieces, least, watch):
                under_way.append((together, pool.submit(self._concluded, [piece.asked for piece in together])))
                if len(under_way) > behind:
                    yield from self._finished(*under_way.popleft())
            while under_way:
                yield from self._finished(*under_way.popleft())

    def _together(
        self, pieces: Iterable[Sequence[Subject | Unreadable]], least: int, watch: Watch
    ) -> Iterator[list[_Piece]]:
        """Pieces with their facts, as many together as have so many patients, or `ALTERATIONS`."""
        together: list[_Piece] = []
        patients = alterations = 0
        for subjects in pieces:
            together.append(self._piece(subjects, watch))
            patients += len(subjects)
            alterations += sum(each.size for each in subjects if isinstance(each, Subject))
            if patients >= least or alterations >= ALTERATIONS:
                yield together
                together, patients, alterations = [], 0, 0
        if together:
            yield together

    def _piece(self, subjects: Sequence[Subject | Unreadable], watch: Watch) -> _Piece:
        """The facts of a piece."""
        questions: dict[tuple[int, object], int] = {}
        piece = _Piece(subjects, [], [])
        self._classes.trim()
        with self._timed("facts"):
            for first in range(0, len(subjects), TOLD_OF):
                some = subjects[first : first + TOLD_OF]
                piece.members.extend(self._placed(subject, questions, piece.asked) for subject in some)
                watch(len(some))
        return piece

    def _finished(self, together: list[_Piece], running: Future[list[_Concluded]]) -> Iterator[tuple[_Piece, Found]]:
        for piece, concluded in zip(together, running.result(), strict=True):
            with self._timed("answers"):
                found = self._found(piece, concluded)
            yield piece, found

    def _placed(
        self, subject: Subject | Unreadable, questions: dict[tuple[int, object], int], asked: list[Asked]
    ) -> _Member | Unreadable:
        """The subject with the number of the question that is theirs, which is added if nobody had it."""
        if isinstance(subject, Unreadable):
            return subject
        try:
            ready = prepared(subject.request, subject.read, self.knowledge)
        except UnusableInput as error:
            return Unreadable(subject.name, subject.source, f"{error.where}: {error.reason}", error.remedy)
        placed = self._classes.of(ready)
        key = placed.alike.number, self._age(placed.alike, placed.age)
        number = questions.get(key)
        if number is None:
            number = questions[key] = len(asked)
            asked.append(Asked(placed.alike, placed.age))
        return _Member(subject, ready, number, placed.own)

    def _age(self, alike: Alike, age: int | None) -> object:
        """What counts of an age for those who are alike."""
        if age is None or self._ages is None:
            return age
        limits = self._limits.get(alike.number)
        if limits is None:
            limits = self._limits[alike.number] = alike.limits | self._ages
        return place_of(age, limits)

    def _concluded(self, asked: Sequence[Sequence[Asked]]) -> list[_Concluded]:
        """By piece, what the rules conclude for each question, and what keeps its options from being recommended."""
        with self._timed("rules"):
            many = self._many(self._rules)
            try:
                for number, each in enumerate(chain.from_iterable(asked)):
                    many.add_parts(str(number), each.parts)
                many.evaluate()
                bounds = list(pairwise(accumulate(map(len, asked), initial=0)))
                conclusions, blocks = _conclusions(many, bounds[-1][1]), many.held(BLOCKS)
                return [_Concluded(conclusions[first:end], blocks.of(first, end)) for first, end in bounds]
            finally:
                many.close()

    def _found(self, piece: _Piece, concluded: _Concluded) -> Found:
        self._answers.trim()
        told = zip(piece.asked, concluded.conclusions, strict=True)
        found = Found([self._answers.of(asked.alike, conclusions) for asked, conclusions in told])
        for member in piece.members:
            if isinstance(member, Unreadable):
                found.add_unreadable(member)
            else:
                found.add(member.subject, member.ready, member.question, member.own)
        blocks = concluded.blocks
        found.add_blocks(Blocks(blocks, _labels(blocks, piece.asked), sole(blocks)))
        return found

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start = perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + perf_counter() - start


def _conclusions(many: Many, count: int) -> list[dict[str, list[Fact]]]:
    """By question, the conclusions that an answer is made from."""
    found: list[dict[str, list[Fact]]] = [{} for _ in range(count)]
    for predicate, fields in ANSWERING.items():
        held = many.held(told(predicate))
        facts = (Fact(predicate, tuple(zip(fields, values, strict=True))) for values in held.facts)
        for question, concluded in held.each(facts):
            found[question][predicate] = concluded
    return found


def sole(blocks: Held) -> NDArray[bool_]:
    """Whether each of these, by patient and place, is the only one of its option.

    >>> from rules.held import held
    >>> rows = [("a", "stage"), ("a", "tumor"), ("b", "stage")]
    >>> sole(held([(0, (option, criterion, "fail", "", "")) for option, criterion in rows])).tolist()
    [False, False, True]
    """
    import numpy

    option = BLOCKED.index("option")
    assert option == 0, "those of an option stand together"
    numbers: dict[object, int] = {}
    options = numpy.array([numbers.setdefault(values[option], len(numbers)) for values in blocks.facts], dtype="int64")
    one = numpy.diff(blocks.patients, prepend=-1) | numpy.diff(options[blocks.places], prepend=-1)
    counts = numpy.diff(numpy.flatnonzero(one), append=len(one))
    return numpy.repeat(counts == 1, counts)


def _labels(blocks: Held, asked: Sequence[Asked]) -> list[str]:
    """What each finding is about as a reader knows it: a biomarker profile by its label."""
    criterion, about = map(BLOCKED.index, ("criterion", "about"))
    told = ((str(values[about]), values[criterion] == "biomarker") for values in blocks.facts)
    labels: list[str] = []
    for question, findings in blocks.each(told):
        label = asked[question].alike.case.labels.get
        labels += [label(name, name) if labelled else name for name, labelled in findings]
    return labels


def duckdb_engine(
    threads: int | None = None, memory: str | None = None, spill: Path | None = None
) -> Callable[[RuleSet], Many]:
    """What makes a `Many` of DuckDB for a rule set."""

    def made(rules: RuleSet) -> Many:
        from rules.set_engine import SetCohort

        return SetCohort(rules, threads=threads, memory=memory, spill=spill)

    return made
