"""Rules and cohorts on Spark, with executors that are processes apart: what DuckDB and one patient alone come to."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kb.curation.acts import ACCEPTED
from kb.curation.journal import decision, submission
from matcher.cohort.spark import OtherGround, Place, SparkMatching, _opened
from matcher.cohort.subject import Unreadable
from rules import spark_engine
from rules.check import strata
from rules.cohort_engine import Cohort
from rules.errors import EngineFailure, EngineUnavailable
from rules.facts import Fact
from rules.language import Atom, Predicate, Rule, RuleSet, canonical_text
from rules.load import load
from rules.spark_engine import SparkCohort, open_session
from tests.command import command as in_process
from tests.curated import CARBERRY, SECOND, evidence
from tests.journals import journal as journal_in
from tests.rules.test_cohort_engine import DRUGS, RULES, received
from tests.rules.test_engines_agree import naive, programs
from tests.rules.test_sql_text import EVERYTHING, of_everything
from tests.test_docs_cohort import assert_shown
from tests.test_docs_curation import commands

pytestmark = pytest.mark.xdist_group("spark")
ROOT = Path(__file__).parents[1]
CLUSTER = "local-cluster[2,1,1024]"
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""How driver and executors run here: to compile for a long run costs more than the hundreds of small plans."""


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """Spark with two executors, each a process of its own."""
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("JDK_JAVA_OPTIONS", JAVA)
        try:
            session = open_session(CLUSTER)
        except EngineUnavailable as error:
            if "no Java" in str(error):
                pytest.skip(str(error))
            raise
    yield session
    session.stop()


@pytest.fixture
def ruleset(tmp_path: Path) -> Callable[[str], RuleSet]:
    def from_text(text: str) -> RuleSet:
        path = tmp_path / "rules.yaml"
        path.write_text(text, encoding="utf-8")
        return load([path])

    return from_text


def executor_pids(session: Any) -> set[int]:
    """The processes that the Python workers of Spark belong to: a worker's parent is a daemon of its executor."""

    def executor(_: object) -> int:
        stat = Path(f"/proc/{os.getppid()}/stat").read_text()
        return int(stat.rpartition(")")[2].split()[1])

    return set(session.sparkContext.parallelize(range(8), 8).map(executor).collect())


def rows_of(cohort: Cohort | SparkCohort, rules: RuleSet) -> dict[str, list[tuple[object, ...]]]:
    return {name: sorted(cohort.rows(name)) for name in rules.predicates}


def concluded(cohort: Cohort | SparkCohort, patients: dict[str, list[Fact]], rules: RuleSet) -> object:
    for name, facts in patients.items():
        cohort.add(name, facts)
    cohort.evaluate()
    return rows_of(cohort, rules)


def test_executors_are_processes_apart(session: Any) -> None:
    pids = executor_pids(session)
    assert len(pids) == 2
    assert os.getpid() not in pids
    assert all("CoarseGrainedExecutorBackend" in Path(f"/proc/{pid}/cmdline").read_text() for pid in pids)


def test_every_construct(session: Any, ruleset: Callable[[str], RuleSet]) -> None:
    rules = ruleset(EVERYTHING)
    patients = {str(number): facts for number, facts in of_everything().items()}
    with SparkCohort(rules, session=session) as cohort:
        found = concluded(cohort, patients, rules)
    for predicate in rules.predicates:
        expected = [
            (name, *(value for _, value in each.fields))
            for name, facts in patients.items()
            for each in naive(rules, facts).facts(predicate)
        ]
        assert expected
        assert found[predicate] == sorted(set(expected))


def renamed(atom: Atom, number: int) -> Atom:
    return atom._replace(predicate=f"{atom.predicate}_{number}")


def together(drawn: list[tuple[RuleSet, list[Fact]]]) -> tuple[RuleSet, list[Fact]]:
    """Programs that have nothing in common, as one: Spark then starts its jobs once for all of them."""
    rules: list[Rule] = []
    predicates: dict[str, Predicate] = {}
    facts: list[Fact] = []
    for number, (each, given_facts) in enumerate(drawn):
        for name, predicate in each.predicates.items():
            predicates[f"{name}_{number}"] = predicate._replace(name=f"{name}_{number}")
        for rule in each.rules:
            body = tuple(
                renamed(part, number)
                if isinstance(part, Atom)
                else part._replace(atom=renamed(part.atom, number))
                if hasattr(part, "atom")
                else part
                for part in rule.body
            )
            rules.append(rule._replace(name=f"{rule.name}_{number}", body=body, head=renamed(rule.head, number)))
        facts += [each._replace(predicate=f"{each.predicate}_{number}") for each in given_facts]
    digest = canonical_text(tuple(rules), predicates)
    return RuleSet(tuple(rules), predicates, strata(rules), digest), facts


def test_random_rules_conclude_what_duckdb_does(session: Any) -> None:
    @settings(
        max_examples=2,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(st.lists(programs(), min_size=8, max_size=8), st.booleans())
    def agrees(drawn: list[tuple[RuleSet, list[Fact]]], share: bool) -> None:
        rules, facts = together(drawn)
        shared = facts[::5] if share else []
        patients = {"it's me": facts, "P-002": facts[::2], "病人": []}
        with SparkCohort(rules, shared, session=session) as cohort:
            found = concluded(cohort, patients, rules)
        with Cohort(rules, shared, threads=1) as cohort:
            assert found == concluded(cohort, patients, rules)

    agrees()


def test_facts_that_all_share(session: Any, ruleset: Callable[[str], RuleSet]) -> None:
    with SparkCohort(ruleset(RULES), DRUGS, session=session) as cohort:
        cohort.add("B", [received()])
        cohort.add("A", [])
        cohort.evaluate()
        assert cohort.patients == ("B", "A")
        assert cohort.rows("naive") == [("A", "alk"), ("A", "egfr"), ("B", "alk")]
        assert cohort.counts("naive") == {"A": 2, "B": 1}
        assert cohort.counts("drug") == {"A": 2, "B": 2}
        assert cohort.frame("SELECT COUNT(*) AS many FROM p_grouped").many.tolist() == [2]


class Interrupted(SparkCohort):
    """Loses an executor after the first statement."""

    left = 1

    def _conclude(self, blocks: Any, filled: Any) -> None:
        super()._conclude(blocks, filled)
        if self.left:
            self.left = 0
            os.kill(min(executor_pids(self.session)), signal.SIGKILL)


def test_a_lost_executor_loses_no_patient(session: Any, ruleset: Callable[[str], RuleSet]) -> None:
    rules = ruleset(EVERYTHING)
    everything = of_everything()
    patients = {f"P{number}": everything[1 + number % 3] for number in range(30)}
    before = executor_pids(session)
    with Interrupted(rules, session=session, partitions=4) as cohort:
        found = concluded(cohort, patients, rules)
        assert cohort.left == 0
    assert executor_pids(session) != before
    with Cohort(rules, threads=1) as cohort:
        assert found == concluded(cohort, patients, rules)


def test_the_command_of_the_page_prints_what_it_shows_and_writes_what_the_sql_engine_writes(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve patients in two pieces, on executors apart."""
    (command,) = commands((ROOT / "docs" / "spark.md").read_text(encoding="utf-8"))
    assert command.words[-2:] == ("--engine", "spark")
    on_spark = partial(SparkMatching, session=session, piece=6)
    monkeypatch.setattr("matcher.cohort.spark.SparkMatching", on_spark)
    found, expected = tmp_path / "spark", tmp_path / "sql"
    assert_shown(command, written_by(command.words[1:], found))
    written_by((*command.words[1:-1], "sql"), expected)
    assert len(rows_in(expected, "registry")) > 100
    for asked in (
        *(("registry", "*"), ("registry.avoided", "*"), ("registry.notes", "*")),
        ("registry.patients", "* EXCLUDE alike"),  # who are alike are told apart piece by piece
        ("registry.patients JOIN registry.blocks b USING (alike)", "patient, b.* EXCLUDE alike"),
    ):
        assert rows_in(found, *asked) == rows_in(expected, *asked), asked


def written_by(words: Sequence[str], folder: Path) -> str:
    """What the command prints, run in this process with its files in a folder of their own."""
    folder.mkdir()
    (folder / "examples").symlink_to(ROOT / "examples")
    done = in_process(*words, folder=folder)
    printed = done.stdout + done.stderr
    assert done.returncode == 3, printed  # one of them cannot be read
    return printed


def rows_in(folder: Path, tables: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """The rows of tables in a folder, by name where they are joined."""
    named = re.sub(r"\b(registry[.\w]*)", lambda each: f"'{folder / each[0]}.parquet'", tables)
    return sorted(duckdb.sql(f"SELECT {columns} FROM {named}").fetchall(), key=repr)


def test_curated_evidence_counts_on_every_node_and_what_it_changed_is_told(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal is the site's own, which nobody named on the line; the older graph is the starter without it.

    Its item speaks for a drug in P06; in P09, whose tumor type it is, other evidence outweighs it.
    """
    journal, item = (
        journal_in(tmp_path, "2026-11-01"),
        evidence("KRAS:G12D", "trametinib", "PAAD"),
    )
    journal.record(submission(item, CARBERRY, "options"))
    journal.record(decision(item.id, ACCEPTED, SECOND))
    monkeypatch.setenv("MTB_MATCH_CURATION", str(journal.path))
    monkeypatch.setattr("matcher.cohort.spark.SparkMatching", partial(SparkMatching, session=session))
    asked = ("cohort", "examples/cohort", "--jurisdiction", "US", "--as-of", "2026-11-20", "--since", "starter")
    for engine in ("spark", "sql"):
        written_by((*asked, "--out", "registry.parquet", "--engine", engine), tmp_path / engine)
    for table in ("registry", "registry.changes"):
        assert rows_in(tmp_path / "spark", table) == rows_in(tmp_path / "sql", table), table
    changes = rows_in(tmp_path / "spark", "registry.changes", "patient, kind, regimen, cause_id")
    assert ("P06", "evidence", "trametinib", item.id) in changes


def test_a_node_where_something_else_lies_is_refused(session: Any) -> None:
    """Another release of the graph, or other rules, at the same path: no answer is made from them."""
    matching = SparkMatching(session=session)
    made_of = matching.knowledge.digest, matching.rules.digest
    assert _opened(Place(None, made_of=made_of))[0].knowledge.digest == made_of[0]
    with pytest.raises(OtherGround, match=r"other rules than the driver \(sha256:\w+, not sha256:0\)"):
        _opened(Place(None, made_of=(made_of[0], "sha256:0")))
    matching._place = matching._place._replace(made_of=("sha256:0", made_of[1]))
    with pytest.raises(EngineFailure, match="OtherGround: a node has other statements in its graph or journal than"):
        matching.matched([Unreadable("P1", "a.maf", "no tumor type", "give one")])


JAVA_ERROR = """An error occurred while calling o1217.collectToPython.
: org.apache.spark.SparkException: Job aborted due to stage failure: Task 1 in stage 51.0 failed 1 times
\tat org.apache.spark.scheduler.DAGScheduler.abortStage(DAGScheduler.scala:1)
Caused by: {cause}
\tat org.apache.spark.executor.Executor$TaskRunner.run(Executor.scala:906)
\t... 1 more"""


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            JAVA_ERROR.format(cause="org.apache.spark.memory.SparkOutOfMemoryError: [UNABLE_TO_ACQUIRE_MEMORY] No."),
            "org.apache.spark.memory.SparkOutOfMemoryError: [UNABLE_TO_ACQUIRE_MEMORY] No: give Spark more memory "
            "(spark-submit --driver-memory, --executor-memory), or fewer patients at once",
        ),
        (
            JAVA_ERROR.format(
                cause="org.apache.spark.api.python.PythonException: Traceback (most recent call last):\n"
                '  File "x.py", line 1, in f\nkb.errors.NoStore: /graph holds no release\n'
            ),
            "kb.errors.NoStore: /graph holds no release",
        ),
        (
            "An exception was thrown from the Python worker:\nTraceback:\nValueError: no such column",
            "ValueError: no such column",
        ),
        (
            "[TABLE_OR_VIEW_NOT_FOUND] The table is not there.\nmore",
            "[TABLE_OR_VIEW_NOT_FOUND] The table is not there.",
        ),
        ("", "Exception"),
    ],
)
def test_an_error_tells_its_first_cause(error: str, told: str) -> None:
    assert spark_engine._told(Exception(error)) == told


@pytest.mark.parametrize(("limit", "megabytes"), [(64 << 30, 8192), (4 << 30, 2048), (1 << 30, 1024), (None, None)])
def test_spark_here_takes_half_of_the_memory(
    limit: int | None, megabytes: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYSPARK_SUBMIT_ARGS", raising=False)
    pages = {"SC_PAGE_SIZE": 1, "SC_PHYS_PAGES": limit or 64 << 30}
    monkeypatch.setattr(spark_engine, "sysconf", pages.__getitem__)
    monkeypatch.setattr(spark_engine, "CONTAINER", Path("none"))
    if limit is None:
        monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--driver-memory 3g pyspark-shell")
    assert spark_engine._memory() == ({} if megabytes is None else {"spark.driver.memory": f"{megabytes}m"})


def test_a_container_counts_with_what_it_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PYSPARK_SUBMIT_ARGS", raising=False)
    monkeypatch.setattr(spark_engine, "sysconf", {"SC_PAGE_SIZE": 1, "SC_PHYS_PAGES": 64 << 30}.__getitem__)
    monkeypatch.setattr(spark_engine, "CONTAINER", tmp_path / "memory.max")
    for limit, megabytes in ((str(6 << 30), 3072), ("max\n", 8192)):
        (tmp_path / "memory.max").write_text(limit, encoding="ascii")
        assert spark_engine._memory() == {"spark.driver.memory": f"{megabytes}m"}


def test_without_pyspark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    with pytest.raises(EngineUnavailable, match=r"pyspark cannot be imported .*install mtb-match\[spark\]"):
        open_session()


def test_without_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineUnavailable, match="no Java is found; install Java 17"):
        open_session()


def test_a_master_that_does_not_answer() -> None:
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    with pytest.raises(EngineUnavailable, match=r"no Spark master answers at spark://127\.0\.0\.1:1"):
        open_session("spark://127.0.0.1:1")
