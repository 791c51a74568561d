"""A cohort on a cluster: facts and answers are made on the executors, piece by piece, and the rules run between them.

Each executor opens the graph and the rules for itself. Twice it gives a piece of the cohort to
`matcher.cohort.matching`: the first time the facts of those who are alike are taken from it, the second time it gets
what the rules concluded from them on Spark (`rules.spark_engine`), and makes the tables.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from matcher.cohort.alone import empty, tables
from matcher.cohort.asking import ASKED, answering
from matcher.cohort.matching import Matching
from matcher.cohort.subject import Subject, Unreadable
from matcher.cohort.tables import Tables
from rules.cohort_engine import Waiting
from rules.held import Held, held
from rules.spark_engine import Layout, SparkCohort, arrow_table, failures, open_session, rows_text

if TYPE_CHECKING:
    import pandas
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession

    from kb.graph import KnowledgeBase
    from rules.facts import Fact
    from rules.language import RuleSet

PIECE = 200
"""So many subjects an executor takes at once."""
PIECES = "piece BIGINT, subjects BINARY"
MADE = "made BINARY"
Batches = Iterator["pyarrow.RecordBatch"]


class Curation(NamedTuple):
    """A journal of curation whose items count: its file, a day (ISO; None for now), and whether submitted items do."""

    journal: str
    day: str | None = None
    submitted: bool = False


class Place(NamedTuple):
    """Where every node finds the graph (None: the starter graph), the rule files (none: the library) and the journal.

    `piece` is how many subjects an executor takes at once: questions to the rules are numbered by it. `made_of` are the
    digests of the driver's graph and rules, which a node's must have.
    """

    store: str | None
    rules: tuple[str, ...] = ()
    piece: int = PIECE
    curation: Curation | None = None
    made_of: tuple[str, str] | None = None


class OtherGround(Exception):
    """A node finds another graph or other rules than the driver: its answers would be to another question."""


class SparkMatching:
    """Answers piece after piece of a cohort on Spark; `close` frees what it holds there.

    `store`, `rules` and the journal of `curation` are paths that every node knows: the folder of a graph, rule files or
    folders, a file. What a node finds there must be what the driver finds (by digest). A `session` stays open; without
    one Spark is started at `master` and stopped again. EngineUnavailable where it cannot be; KnowledgeError and
    CurationProblem as the graph is opened.
    """

    def __init__(
        self,
        store: Path | None = None,
        rules: Sequence[Path] = (),
        session: SparkSession | None = None,
        master: str | None = None,
        piece: int = PIECE,
        curation: Curation | None = None,
    ) -> None:
        place = Place(None if store is None else str(store), tuple(map(str, rules)), piece, curation)
        self.knowledge, self.rules = knowledge_of(place), rules_of(place)
        self._place = place._replace(made_of=(self.knowledge.digest, self.rules.digest))
        self._started = open_session(master) if session is None else None
        found = session or self._started
        assert found is not None
        self._session = found

    def close(self) -> None:
        """Stops Spark where it was started for this."""
        if self._started is not None:
            self._started.stop()

    def matched(self, subjects: Sequence[Subject | Unreadable]) -> Tables:
        """The tables of a part of a cohort, which is worth the while from thousands of patients on.

        `alike` is unique within the part: patients of different pieces never share one.
        """
        if not subjects:
            return tables(empty())
        with SparkCohort(answering(self.rules), session=self._session) as cohort, failures():
            pieces = _pieces(subjects, self._place.piece, cohort.session).persist()
            stated = pieces.mapInArrow(partial(_facts, place=self._place), cohort.layout.facts).persist()
            try:
                cohort.load(stated, _people(stated))
                cohort.evaluate()
                made = cohort.lasting(lambda: self._made(cohort, pieces))
            finally:
                stated.unpersist()
                pieces.unpersist()
        return _together(made, self._place.piece)

    def stream(self, pieces: Iterable[Sequence[Subject | Unreadable]]) -> Generator[Tables, None, None]:
        """The tables of each part, one after the other."""
        yield from map(self.matched, pieces)

    def _made(self, cohort: SparkCohort, pieces: DataFrame) -> list[Tables]:
        """The tables of each piece, in order."""
        from pyspark.sql.functions import collect_list

        predicates = answering(self.rules).predicates
        texts = (_told(n, rows_text(predicates[name]), self._place.piece) for n, name in enumerate(ASKED))
        told = cohort.table("\nUNION ALL\n".join(texts))
        grouped = told.groupBy("piece").agg(collect_list("told").alias("told"))
        rows = pieces.join(grouped, "piece", "left").select("piece", "subjects", "told")
        found = rows.mapInArrow(partial(_answers, place=self._place), f"piece BIGINT, {MADE}").collect()
        return [pickle.loads(bytes(made)) for _, made in sorted((row[0], row[1]) for row in found)]


def _pieces(subjects: Sequence[Subject | Unreadable], size: int, session: SparkSession) -> DataFrame:
    parts = [subjects[start : start + size] for start in range(0, len(subjects), size)]
    rows = [(number, bytearray(pickle.dumps(part))) for number, part in enumerate(parts)]
    return session.createDataFrame(rows, PIECES).repartition(max(len(parts), 1))


def spark_engine(session: SparkSession | None = None, master: str | None = None) -> Callable[[RuleSet], SparkCohort]:
    """What makes a `matcher.cohort.matching.Many` of Spark for a rule set: the rules on a cluster, all else here."""
    return lambda rules: SparkCohort(rules, session=session, master=master)


def _told(number: int, text: str, size: int) -> str:
    """A text's rows as JSON, each with the piece that it belongs to."""
    row = "to_json(struct(q.*), map('ignoreNullFields', 'false'))"
    piece = f"CAST(floor(q.patient / {size}) AS BIGINT)"
    return f"SELECT {piece} AS piece, concat('{number} ', {row}) AS told FROM ({text}) q"


def _people(stated: DataFrame) -> DataFrame:
    """Everybody of whom there are facts, by number."""
    numbers = stated.selectExpr("explode(patients) AS patient").distinct()
    return numbers.selectExpr("patient", "CAST(patient AS STRING) AS name")


@cache
def rules_of(place: Place) -> RuleSet:
    """The rules at a place, loaded once in a process."""
    from kb.store import cache_folder
    from rules.library import LIBRARY
    from rules.load import load

    return load([LIBRARY, *(Path(each) for each in place.rules)], cache_folder())


@cache
def knowledge_of(place: Place) -> KnowledgeBase:
    """The graph at a place, in which what counts of its journal counts; opened once in a process."""
    from kb.curation.journal import Journal
    from kb.curation.opening import open_at
    from kb.graph import open_knowledge_base

    if place.curation is None:
        return open_knowledge_base(place.store)
    journal, day, submitted = place.curation
    return open_at(place.store, Journal(Path(journal)), day, submitted)


@cache
def _opened(place: Place) -> tuple[Matching, list[Any]]:
    """What answers pieces in this process, and a list whose only member stands for the rules' engine.

    OtherGround where it is made of something else than the driver's.
    """
    knowledge, rules, engine = knowledge_of(place), rules_of(place), list[Any]()
    for what, digest, wanted in zip(_GROUND, (knowledge.digest, rules.digest), place.made_of or (), strict=False):
        if digest != wanted:
            raise OtherGround(f"a node has other {what} than the driver ({digest}, not {wanted}): {_SAME}")
    return Matching(knowledge, rules, many=lambda rules: engine[0]), engine


_GROUND = ("statements in its graph or journal", "rules")
_SAME = "put the same files and the same version of mtb-match on every node"


class _Stated(Exception):
    """The facts of a piece are known: its answers are for later."""


class _Facts:
    """Takes the place of an engine, and keeps the facts that it is given."""

    def __init__(self, rules: RuleSet, first: int) -> None:
        self.waiting, self._first = Waiting(rules), first

    def add_parts(self, patient: str, parts: Iterable[Sequence[Fact]]) -> None:
        self.waiting.add(self._first + int(patient), chain.from_iterable(parts))

    def evaluate(self) -> None:
        raise _Stated

    def close(self) -> None:
        """Nothing is held."""


class _Conclusions:
    """Takes the place of an engine, and says what was concluded on Spark; patients are counted from `first` on."""

    def __init__(self, told: Iterable[str], first: int) -> None:
        self._rows: dict[str, list[tuple[int, tuple[Any, ...]]]] = {name: [] for name in ASKED}
        for each in told:
            number, _, row = each.partition(" ")
            patient, *values = json.loads(row).values()
            self._rows[ASKED[int(number)]].append((patient - first, tuple(values)))

    def add_parts(self, patient: str, parts: Iterable[Sequence[Fact]]) -> None:
        """The facts were taken before."""

    def evaluate(self) -> None:
        """The rules have run."""

    def held(self, predicate: str) -> Held:
        return held(self._rows[predicate])

    def close(self) -> None:
        """Nothing is held."""


def _facts(batches: Batches, place: Place) -> Batches:
    """The facts of pieces, in the layout of the rules that an answer rests on."""
    matching, engine = _opened(place)
    rules = answering(matching.rules)
    layout = Layout.of(rules.predicates)
    for piece in _rows(batches):
        stated = _Facts(rules, piece["piece"] * place.piece + 1)
        engine[:] = [stated]
        with suppress(_Stated):
            matching.matched(pickle.loads(piece["subjects"]))
        yield from arrow_table(layout.rows(stated.waiting), layout.facts).to_batches()


def _answers(batches: Batches, place: Place) -> Batches:
    """The tables of pieces of which the conclusions are told."""
    import pyarrow

    matching, engine = _opened(place)
    for row in _rows(batches):
        engine[:] = [_Conclusions(row["told"] or (), row["piece"] * place.piece)]
        made = pickle.dumps(matching.matched(pickle.loads(row["subjects"])))
        yield pyarrow.RecordBatch.from_pylist([{"piece": row["piece"], "made": made}])


def _rows(batches: Batches) -> Iterator[dict[str, Any]]:
    return (row for batch in batches for row in batch.to_pylist())


def _together(pieces: Iterable[Tables], size: int) -> Tables:
    """The tables of all pieces; those who are alike keep numbers of their own."""
    found: dict[str, list[pandas.DataFrame]] = {name: [frame] for name, frame in tables(empty()).items()}
    first = 0
    for piece in pieces:
        for name in ("patients", "blocks"):
            piece[name]["alike"] += first
        first += 2 * size
        for name, frame in piece.items():
            found[name].append(frame)
    return {name: _joined(frames) for name, frames in found.items()}


def _joined(frames: Sequence[pandas.DataFrame]) -> pandas.DataFrame:
    import pandas

    filled = [frame for frame in frames if len(frame)]
    return pandas.concat(filled, ignore_index=True) if filled else frames[0]
