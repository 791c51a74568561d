"""The rules for patients on a cluster: the text of `rules.sql_text` on Spark.

Conclusions are worked out, no derivations: who asks why asks one of the evaluators of one patient.

    with SparkCohort(rules, master="local[2]") as cohort:
        for name, facts in patients:
            cohort.add(name, facts)
        cohort.evaluate()
        cohort.rows("recommendation")  # (patient, option, tier) of everybody

All facts of one patient lie in one partition, and every join asks for the same patient: what rules join, deny or count
never travels. Blocks of rules that do not wait for each other run as one statement. What a statement adds to a
predicate is read by later ones as rows, without the way that led there, or plans would grow out of hand. What is lost
with an executor is worked out again.
"""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count, takewhile
from os import environ, pathsep, sysconf
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from rules.cohort_engine import EVERYBODY, GatheringRows, Waiting
from rules.errors import EngineFailure, EngineUnavailable
from rules.facts import Fact, Value
from rules.held import Held, held
from rules.language import BOOLEAN, INTEGER, NUMBER, Predicate, RuleSet
from rules.sql_text import PATIENTS, Block, RuleText, SqlText, columns, sql_text

if TYPE_CHECKING:
    import pandas
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession

NAME = "spark"
Row = tuple[Value, ...]
Made = TypeVar("Made")
LOSSES = 3
"""So many times what an executor took with it is worked out again."""
LOST = "Checkpoint block"
"""How Spark begins to say that rows were lost with an executor."""
MASTER = "local[*]"
"""Where Spark runs when nobody says: on all cores of this machine."""
ANSWER_SECONDS = 5.0
"""So long a master of a cluster may take to answer."""
PATIENTS_OF_A_ROW = 1000
"""So many patients at most stand in one row of facts handed to Spark."""
LETTERS = {INTEGER: "i", NUMBER: "d", BOOLEAN: "b"}
TYPES = {"s": "STRING", "i": "BIGINT", "d": "DOUBLE", "b": "BOOLEAN"}

SETTINGS = {
    # A patient's rows are in one partition, and stay there: whatever else a join asks for.
    "spark.sql.requireAllClusterKeysForCoPartition": "false",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.inMemoryColumnarStorage.batchSize": "2000",
    # Hundreds of rules are hundreds of plans, each over few rows: to make them ready is what takes the time.
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    # The text is taken as it stands.
    "spark.sql.variable.substitute": "false",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
"""What the session that evaluates the rules is set to; the session that it is made from keeps its own settings."""


class Layout(NamedTuple):
    """One shape of row for the facts of every predicate: where each field stands, and the columns that there are.

    >>> from rules.language import Field
    >>> drug = Predicate("drug", (Field("dose", NUMBER), Field("name", "string")), given=True)
    >>> Layout.of({"drug": drug}).places
    {'drug': ('d0', 's0')}
    """

    places: dict[str, tuple[str, ...]]
    values: tuple[str, ...]

    @classmethod
    def of(cls, predicates: Mapping[str, Predicate]) -> Layout:
        """The layout of these predicates: fields of one kind take the columns of that kind in order."""
        places = {}
        for name, predicate in predicates.items():
            numbers = {letter: count() for letter in TYPES}
            letters = (LETTERS.get(field.kind, "s") for field in predicate.fields)
            places[name] = tuple(f"{letter}{next(numbers[letter])}" for letter in letters)
        return cls(places, tuple(sorted({each for names in places.values() for each in names})))

    @property
    def facts(self) -> str:
        """The schema of facts that are handed to Spark: each with the patients who have it."""
        values = "".join(f", {name} {TYPES[name[0]]}" for name in self.values)
        return f"predicate STRING, patients ARRAY<BIGINT>{values}"

    def wide(self, predicate: str, source: str, names: Sequence[str]) -> str:
        """The SELECT of a predicate's rows (`patient`, then `names`) in the common shape."""
        held = dict(zip(self.places[predicate], names, strict=True))
        values = "".join(
            f", q.{held[name]} AS {name}" if name in held else f", CAST(NULL AS {TYPES[name[0]]}) AS {name}"
            for name in self.values
        )
        listed = ", ".join(("patient", *names))
        return f"SELECT '{predicate}' AS predicate, q.patient{values} FROM ({source}) q({listed})"

    def narrow(self, predicate: Predicate, source: str) -> str:
        """The SELECT of a predicate's own table from rows in the common shape."""
        held = zip(self.places[predicate.name], predicate.fields, strict=True)
        values = "".join(f", {name} AS f_{field.name}" for name, field in held)
        return f"SELECT patient{values} FROM {source} WHERE predicate = '{predicate.name}'"

    def empty(self, predicate: Predicate) -> str:
        """The SELECT of a predicate's own table without any row."""
        held = zip(self.places[predicate.name], predicate.fields, strict=True)
        values = "".join(f", CAST(NULL AS {TYPES[name[0]]}) AS f_{field.name}" for name, field in held)
        return f"SELECT CAST(NULL AS BIGINT) AS patient{values} WHERE FALSE"

    def rows(self, waiting: Waiting) -> Iterator[dict[str, object]]:
        """Facts that wait, as rows to be handed to Spark."""
        having: dict[int, list[int]] = {}
        for patient, number in zip(waiting.patients, waiting.facts, strict=True):
            having.setdefault(number, []).append(patient)
        for predicate, facts in waiting.new.items():
            for place, *values in facts:
                told = dict(zip(self.places[predicate], values, strict=True))
                patients = having.get(int(place), [])
                for start in range(0, len(patients), PATIENTS_OF_A_ROW):
                    some = patients[start : start + PATIENTS_OF_A_ROW]
                    yield {"predicate": predicate, "patients": some, **told}


def arrow_table(rows: Iterable[Mapping[str, object]], schema: str) -> pyarrow.Table:
    """Rows as Arrow's table, with the columns of a schema."""
    import pyarrow

    kinds = {"BIGINT": pyarrow.int64(), "DOUBLE": pyarrow.float64(), "BOOLEAN": pyarrow.bool_()}
    kinds |= {"STRING": pyarrow.string(), "ARRAY<BIGINT>": pyarrow.list_(pyarrow.int64())}
    parts = [column.split(" ") for column in schema.split(", ")]
    return pyarrow.Table.from_pylist(list(rows), pyarrow.schema([(name, kinds[kind]) for name, kind in parts]))


def levels(rules: RuleSet, text: SqlText) -> list[list[Block]]:
    """The blocks of a text in as few steps as can be: each after all blocks that its rules join, deny or count."""
    place: dict[str, int] = {}
    found: list[list[Block]] = []
    for block in text.blocks:
        own = {rule.concludes for rule in block.rules}
        conditions = (rules.rules[rule.place] for rule in block.rules)
        asked = {atom.predicate for rule in conditions for atom in (*rule.positives(), *rule.settled())} - own
        level = max((place[name] + 1 for name in asked if name in place), default=0)
        place.update(dict.fromkeys(own, level))
        found.extend([] for _ in range(level + 1 - len(found)))
        found[level].append(block)
    return found


def rows_text(predicate: Predicate) -> str:
    """The SELECT of a predicate's facts, each after the patient who has it, counted from 0."""
    values = "".join(f", x.f_{field.name}" for field in predicate.fields)
    return f"SELECT x.patient - 1 AS patient{values} FROM p_{predicate.name} x"


def selected(rule: RuleText) -> str:
    """What a rule concludes, as Spark reads it: a backslash in a constant stands twice."""
    return rule.conclude.partition("\n")[2].replace("\\", "\\\\")


class SparkCohort(GatheringRows):
    """Facts of many patients, and what rules conclude from them, on Spark; `close` frees what it holds there.

    `shared` facts hold for every patient. A `session` stays open, and keeps its settings; without one, Spark is started
    at `master` and stopped again. `partitions` are the parts that patients are dealt out to, one for each core unless
    stated. Raises EngineUnavailable where Spark cannot be started.
    """

    def __init__(
        self,
        rules: RuleSet,
        shared: Iterable[Fact] = (),
        session: SparkSession | None = None,
        master: str | None = None,
        partitions: int | None = None,
    ) -> None:
        super().__init__(rules, shared)
        self.layout = Layout.of(rules.predicates)
        self._text = sql_text(rules)
        self._frames: list[DataFrame] = []
        self._cached: list[DataFrame] = []
        self._people: DataFrame | None = None
        self._parts: dict[str, list[DataFrame]] = {}
        self._started = None if session is not None else open_session(master)
        base = session or self._started
        assert base is not None
        with failures():
            self.partitions = partitions or base.sparkContext.defaultParallelism
            self.session: SparkSession = base.newSession()
            for name, value in {**SETTINGS, "spark.sql.shuffle.partitions": str(self.partitions)}.items():
                self.session.conf.set(name, value)

    def close(self) -> None:
        """Frees what Spark holds; stops Spark where it was started for this."""
        self._forget()
        if self._started is not None:
            self._started.stop()

    def load(self, facts: DataFrame, patients: DataFrame) -> None:
        """Adds what was made on the cluster itself: facts as `Layout.facts` says, and patients (patient, name).

        Both are frames of this cohort's `session`. The facts are taken as checked. Patients have numbers
        from 1 on, which no other patient has.
        """
        self._frames.append(facts)
        self._people = patients

    def evaluate(self) -> None:
        """Works out what the rules conclude, for every patient. Once; facts that come later are not seen."""
        with failures():
            self._hand_over()
            self.lasting(self._evaluate, again=lambda: None)

    def lasting(self, work: Callable[[], Made], again: Callable[[], None] | None = None) -> Made:
        """What `work` on the conclusions gives back; where some were lost with an executor, all are worked out again.

        EngineFailure where executors are lost time after time.
        """
        with failures():
            for _ in range(LOSSES):
                try:
                    return work()
                except Exception as error:  # told apart by its text, which is all that Spark gives
                    if LOST not in str(error):
                        raise
                (again or self._evaluate)()
            return work()

    def _evaluate(self) -> None:
        self._forget()
        self._people_table()
        filled = self._store_given()
        for blocks in levels(self._rules, self._text):
            self._conclude(blocks, filled)

    def _forget(self) -> None:
        """Frees what was stored and concluded."""
        for frame in self._cached:
            frame.unpersist()
        self._cached.clear()
        self._parts.clear()

    def rows(self, predicate: str) -> list[Row]:
        """The facts of a predicate, given and concluded, of everybody: the patient's name, then the fields' values.

        Sorted. A fact that all patients share is there for each.
        """
        fields = ", ".join(("p.name", *(f"x.f_{field.name}" for field in self._rules.predicates[predicate].fields)))
        return sorted(self.query(f"SELECT {fields} FROM {self._of_patients(predicate)}"))

    def counts(self, predicate: str) -> dict[str, int]:
        """How many facts of a predicate each patient has; patients without any are left out."""
        found = self.query(f"SELECT p.name, COUNT(*) FROM {self._of_patients(predicate)} GROUP BY p.name")
        return {str(name): int(number) for name, number in found}

    def held(self, predicate: str) -> Held:
        """The facts of a predicate, and who has them, by the places of their numbers."""
        rows = self.query(rows_text(self._rules.predicates[predicate]))
        return held((int(patient), tuple(values)) for patient, *values in rows)

    def query(self, text: str) -> list[Row]:
        """The rows of a SELECT over the tables `p_PREDICATE` (patient, f_FIELD, ...) and `patients` (patient, name)."""
        return self.lasting(lambda: [tuple(row) for row in self.table(text).collect()])

    def frame(self, text: str) -> pandas.DataFrame:
        """As `query`, as a data frame."""
        found: pandas.DataFrame = self.lasting(lambda: self.table(text).toPandas())
        return found

    def table(self, text: str) -> DataFrame:
        """As `query`, left on the cluster. A text type without a length, which Spark calls STRING, may be written."""
        with failures():
            found: DataFrame = self.session.sql(re.sub(r"\bVARCHAR\b", "STRING", text))
            return found

    def _of_patients(self, predicate: str) -> str:
        mine = "TRUE" if predicate in self._text.shared else "p.patient = x.patient"
        return f"p_{predicate} x JOIN {PATIENTS} p ON {mine}"

    def _conclude(self, blocks: Sequence[Block], filled: set[str]) -> None:
        """Runs blocks that do not wait for each other as one statement; those that repeat until nothing is new."""
        while blocks:
            ready = [rule for block in blocks for rule in block.rules if filled.issuperset(rule.reads)]
            new = self._store_concluded(ready) if ready else set()
            filled |= new
            blocks = [each for each in blocks if each.repeats and not new.isdisjoint(r.concludes for r in each.rules)]

    def _store_concluded(self, rules: Sequence[RuleText]) -> set[str]:
        """Stores what these rules conclude; the predicates that have new rows."""
        selects: dict[str, list[str]] = {}
        for rule in rules:
            selects.setdefault(rule.concludes, []).append(selected(rule))
        texts = []
        for name, mine in selects.items():
            fields = columns(self._rules.predicates[name]).split(", ")[1:]
            texts.append(self.layout.wide(name, "\nUNION ALL\n".join(mine), fields))
        new = self.session.sql("\nUNION ALL\n".join(texts)).repartition(self.partitions, "patient").distinct()
        return self._store(new.sortWithinPartitions("predicate"))

    def _store_given(self) -> set[str]:
        """Stores the given facts, each patient's in one partition; the predicates that have any."""
        given = _joined(self._frames).selectExpr("predicate", "explode(patients) AS patient", *self.layout.values)
        if self._shared:
            own = {name for (name,) in given.select("predicate").distinct().collect()}
            self._text = sql_text(self._rules, frozenset(self._shared) - own)
            given = given.unionByName(self._shared_facts()).distinct()
        for predicate in self._rules.predicates:
            self._view(predicate)
        return self._store(given.repartition(self.partitions, "patient").sortWithinPartitions("predicate"))

    def _shared_facts(self) -> DataFrame:
        """Facts that all patients share: once, or for each patient where facts of their predicate are a patient's."""
        waiting = Waiting(self._rules)
        waiting.add(EVERYBODY, (fact for facts in self._shared.values() for fact in facts))
        facts = self._handed(self.layout.rows(waiting), self.layout.facts)
        once = ", ".join(f"'{name}'" for name in sorted(self._text.shared)) or "''"
        facts.createOrReplaceTempView("shared")
        values = ", ".join(self.layout.values)
        return self.session.sql(
            f"SELECT predicate, CAST({EVERYBODY} AS BIGINT) AS patient, {values} FROM shared\n"
            f"WHERE predicate IN ({once})\n"
            f"UNION ALL SELECT predicate, patient, {values} FROM shared, {PATIENTS} WHERE predicate NOT IN ({once})"
        )

    def _store(self, rows: DataFrame) -> set[str]:
        """Keeps rows in the common shape as further rows of their predicates; which these are."""
        self._cached.append(rows.persist())
        name = f"stored{len(self._cached)}"
        rows.createOrReplaceTempView(name)
        found = {str(row[0]) for row in rows.groupBy("predicate").count().collect()}
        for predicate in found:
            part = self.session.sql(self.layout.narrow(self._rules.predicates[predicate], name))
            self._parts.setdefault(predicate, []).append(part.localCheckpoint(eager=False))
            self._view(predicate)
        return found

    def _view(self, name: str) -> None:
        """Makes the table of a predicate from its parts."""
        from pyspark.sql.functions import broadcast

        parts = self._parts.get(name, [])
        if len(parts) > 1:  # a union in a table would be planned anew in every rule that reads it
            parts[:] = [_joined(parts).localCheckpoint(eager=False)]
        table = parts[0] if parts else self.session.sql(self.layout.empty(self._rules.predicates[name]))
        if name in self._text.shared:
            table = broadcast(table)
        table.createOrReplaceTempView(f"p_{name}")

    def _people_table(self) -> None:
        people = self._people
        if people is None:
            rows = [{"patient": number, "name": name} for name, number in self._names.items()]
            people = self._handed(rows, "patient BIGINT, name STRING")
        people = people.repartition(self.partitions, "patient").persist()
        self._cached.append(people)
        people.createOrReplaceTempView(PATIENTS)

    def _hand_over(self) -> None:
        """Hands the facts that wait to Spark."""
        if self._waiting.patients or not self._frames:
            self._frames.append(self._handed(self.layout.rows(self._waiting), self.layout.facts))
            self._waiting = Waiting(self._rules)

    def _handed(self, rows: Iterable[Mapping[str, object]], schema: str) -> DataFrame:
        return self.session.createDataFrame(arrow_table(rows, schema))


def _joined(frames: Sequence[DataFrame]) -> DataFrame:
    first, *others = frames
    for each in others:
        first = first.unionAll(each)
    return first


def open_session(master: str | None = None) -> SparkSession:
    """A session of Spark at this master; without one where `spark-submit` says, or else on this machine.

    Raises EngineUnavailable, with what to install or to mend, where Spark cannot be started.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise EngineUnavailable(NAME, f"pyspark cannot be imported ({error})", "install mtb-match[spark]") from error
    if _java() is None:
        remedy = "install Java 17 or newer (Debian: openjdk-17-jre-headless), or set JAVA_HOME to where it is"
        raise EngineUnavailable(NAME, "no Java is found", remedy)
    submitted = "PYSPARK_GATEWAY_PORT" in environ
    where = master or (None if submitted else MASTER)
    builder = SparkSession.builder.appName("mtb-match")
    if where is not None:
        _reachable(where)
        builder = builder.master(where)
        for name, value in ({**_HERE, **_memory()} if where.startswith("local") else {}).items():
            builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:  # a master that Spark cannot use ends in errors of many kinds
        reason = f"no session at {where or 'the master of spark-submit'} ({_told(error)})"
        raise EngineUnavailable(NAME, reason, "give local[N], spark://host:port, yarn or k8s://...") from error
    session.sparkContext.setLogLevel("ERROR")
    return session


_HERE = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executorEnv.PYTHONPATH": pathsep.join(path for path in sys.path if path),
    "spark.pyspark.python": sys.executable,
}
"""What Spark on this machine is told: nobody else talks to it, and it runs the driver's Python with its packages."""


LEAST_MEMORY, MOST_MEMORY = 1 << 30, 8 << 30
"""What Spark on this machine takes at least and at most, in bytes, where nobody says how much."""

CONTAINER = Path("/sys/fs/cgroup/memory.max")
"""Where a container's limit is told, in bytes."""


def _memory() -> dict[str, str]:
    """Half of the machine's memory, or of the container's, for Spark on this machine; nothing where it was told.

    Spark itself would take 1 GB, which is too little for the rules of 1,500 patients.
    """
    if "driver-memory" in environ.get("PYSPARK_SUBMIT_ARGS", ""):
        return {}
    known = [sysconf("SC_PAGE_SIZE") * sysconf("SC_PHYS_PAGES")]
    with suppress(OSError, ValueError):  # no container, or one without a limit
        known.append(int(CONTAINER.read_text(encoding="ascii")))
    half = min(known) // 2
    return {"spark.driver.memory": f"{max(LEAST_MEMORY, min(half, MOST_MEMORY)) >> 20}m"}


def _java() -> str | None:
    home = environ.get("JAVA_HOME")
    return which("java", path=str(Path(home, "bin"))) if home else which("java")


def _reachable(master: str) -> None:
    """Raises EngineUnavailable where nobody answers at the address of a master; Spark itself would try for minutes."""
    if not master.startswith("spark://"):
        return
    for address in master.removeprefix("spark://").split(","):
        host, _, port = address.rpartition(":")
        with suppress(OSError, ValueError), socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS):
            return
    remedy = "start it there, or mend the address (spark://host:7077)"
    raise EngineUnavailable(NAME, f"no Spark master answers at {master}", remedy)


@contextmanager
def failures() -> Iterator[None]:
    """Turns errors of Spark into EngineFailure."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (Py4JError, PySparkException) as error:
        raise EngineFailure(NAME, _told(error)) from error


def _told(error: Exception) -> str:
    """What an error says, without the way that led there: its first cause, of a Python worker's error the last line."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    if lines[0].endswith("Python worker:"):
        return lines[-1]
    causes = [number for number, line in enumerate(lines) if line.startswith(("Caused by: ", ": "))]
    first = causes[-1] if causes else 0
    told = lines[first].removeprefix("Caused by: ").removeprefix(": ")
    if told.endswith("Traceback (most recent call last):"):
        below = list(takewhile(lambda line: line.strip() and not line.startswith("\tat "), lines[first + 1 :]))
        told = below[-1].strip() if below else told
    return f"{told.rstrip('.')}: {MORE_MEMORY}" if any(name in str(error) for name in SHORT_OF_MEMORY) else told


SHORT_OF_MEMORY = ("OutOfMemory", "UNABLE_TO_ACQUIRE_MEMORY")
MORE_MEMORY = "give Spark more memory (spark-submit --driver-memory, --executor-memory), or fewer patients at once"
