"""The rules for many patients at once: the text of `rules.sql_text` on DuckDB.

Texts are kept as numbers that stand in the order of the texts (DuckDB's ENUM): most of the time goes into joins, which
compare numbers faster. What rules conclude has no text that neither a fact nor a rule had, so all are known beforehand.

Conclusions are worked out for everybody; derivations, with their premises, for the patients that somebody asks about.
Both are those of the one-patient evaluators, patient by patient.

    with Cohort(rules) as cohort:
        for name, facts in patients:
            cohort.add(name, facts)
        cohort.evaluate()
        cohort.rows("recommendation")  # (patient, option, tier) of everybody
        cohort.derivations(["P-001"])
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from rules.aggregate import Settled
from rules.duck import Duck
from rules.errors import InvalidFact, RepeatedPatient, UnknownPatient
from rules.facts import Derivations, Derived, Fact, Value
from rules.firing import TYPES, checked_facts, plan
from rules.language import BOOLEAN, INTEGER, NUMBER, Predicate, RuleSet, Variable
from rules.matches import Matches, Table
from rules.sql_text import PATIENTS, TEXT_TYPE, RuleText, SqlText, columns, conclude, create_table, literal, sql_text
from rules.sql_text import TYPES as COLUMN_TYPES

if TYPE_CHECKING:
    import pandas

ROWS_AT_ONCE = 4_000_000
"""So many facts of patients wait as pairs of numbers before they become rows."""
EVERYBODY = 0
"""Stands in the patient's column of facts that all patients share; patients count from 1."""
DTYPES = {INTEGER: "int64", NUMBER: "float64", BOOLEAN: "bool"}

WORD = "word"
"""The type of texts in the tables that rules are run on."""

Row = tuple[Value, ...]


class Gathering(ABC):
    """Patients who are added one by one, each with a name of their own. Use it in a `with`."""

    def __init__(self) -> None:
        self._names: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Frees the memory."""

    @abstractmethod
    def _take(self, number: int, parts: Iterable[Sequence[Fact]]) -> None:
        """Takes the facts of the patient of this number, all or none of them (InvalidFact)."""

    @property
    def patients(self) -> tuple[str, ...]:
        """The names of the patients that were added, in the order in which they came."""
        return tuple(self._names)

    def add(self, patient: str, facts: Iterable[Fact]) -> None:
        """Adds a patient with their facts.

        Raises InvalidFact for a fact that does not fit its predicate, RepeatedPatient for a name that is there already.
        """
        self.add_parts(patient, [tuple(facts)])

    def add_parts(self, patient: str, parts: Iterable[Sequence[Fact]]) -> None:
        """The same for facts in parts, which are best the same objects for all patients who have them."""
        if patient in self._names:
            raise RepeatedPatient(patient)
        number = len(self._names) + 1
        self._take(number, parts)
        self._names[patient] = number


class GatheringRows(Gathering):
    """Patients whose facts wait, until there are many or all are there, to be stored as rows."""

    def __init__(self, rules: RuleSet, shared: Iterable[Fact]) -> None:
        super().__init__()
        self._rules = rules
        self._shared = checked_facts(rules, shared)
        self._waiting = Waiting(rules)

    @abstractmethod
    def _hand_over(self) -> None:
        """Stores the facts that wait."""

    def _take(self, number: int, parts: Iterable[Sequence[Fact]]) -> None:
        self._waiting.add(number, chain.from_iterable(parts))
        if len(self._waiting.patients) >= ROWS_AT_ONCE:
            self._hand_over()


class Cohort(GatheringRows):
    """Facts of many patients, and what rules conclude from them; `close` frees its memory, as the end of a `with` does.

    `shared` facts hold for every patient. They are stored once where no patient has other facts of their predicate.
    The limits are those of `rules.duck`.
    """

    def __init__(
        self,
        rules: RuleSet,
        shared: Iterable[Fact] = (),
        threads: int | None = None,
        memory: str | None = None,
        spill: Path | None = None,
    ) -> None:
        super().__init__(rules, shared)
        self._duck = Duck(threads, memory, spill)
        self._run = self._duck.run
        self._own: set[str] = set()
        self._distinct: set[str] = set()
        self._loaded: set[str] = set()
        self._text = SqlText({}, (), frozenset())
        self._given: dict[str, int] = {}
        self._fired: tuple[RuleText, ...] = ()
        # The numbers that rows get must follow their insertion only between statements, not within one.
        self._run("SET preserve_insertion_order = false")
        self._run(f"CREATE TABLE {PATIENTS} (patient BIGINT, name {TEXT_TYPE})")
        self._run("CREATE TABLE has (patient BIGINT, fact BIGINT)")

    def close(self) -> None:
        """Frees the memory."""
        self._duck.close()

    def load(self, predicate: str, table: object) -> None:
        """Adds facts of one predicate in bulk: a column `patient` with names, and one for each field.

        The table is a Parquet or CSV file's Path, or what DuckDB reads: a pandas DataFrame, an Arrow table. Patients
        that are not there yet are added. Raises InvalidFact for a row that is no fact of the predicate.
        """
        self._hand_over()
        declared = self._rules.predicates.get(predicate)
        if declared is None or not declared.given:
            checked_facts(self._rules, [Fact(predicate, ())])  # says what is wrong with the predicate
        stage = self._staged(self._rules.predicates[predicate], table)
        fields = [field.name for field in self._rules.predicates[predicate].fields]
        given = [name for name, *_ in self._run(f"DESCRIBE {stage}")]
        missing = next((name for name in ("patient", *fields) if name not in given), None)
        if missing is not None:
            raise InvalidFact(Fact(predicate, ()), f"the table has no column `{missing}`", "give every declared field")
        listed = ", ".join(f's."{name}"' for name in fields)
        # What does not fit is told by the same check as for single facts; most patients share theirs with others.
        distinct = self._run(f"SELECT DISTINCT {listed or '1'} FROM {stage} s")
        checked_facts(self._rules, (Fact(predicate, tuple(zip(fields, row, strict=False))) for row in distinct))
        names = [name for (name,) in self._run(f"SELECT DISTINCT CAST(patient AS VARCHAR) FROM {stage} ORDER BY 1")]
        if None in names:
            raise InvalidFact(Fact(predicate, ()), "a row names no patient", "fill the column `patient`")
        for name in names:
            self._names.setdefault(name, len(self._names) + 1)
        self._store_names()
        source = f"{stage} s JOIN {PATIENTS} p ON p.name = CAST(s.patient AS VARCHAR)"
        values = ", ".join(("p.patient", *(f's."{name}"' for name in fields)))
        if predicate not in self._loaded:
            self._run(create_table(self._rules.predicates[predicate]))
            self._loaded.add(predicate)
        self._insert_new(self._rules.predicates[predicate], f"SELECT DISTINCT {values} FROM {source}")
        self._own.add(predicate)

    def evaluate(self) -> None:
        """Works out what the rules conclude, for every patient. Once; facts that come later are not seen."""
        self._hand_over()
        self._make_tables()
        common = frozenset(name for name in self._shared if name not in self._own)
        self._text = sql_text(self._rules, common)
        for name, facts in self._shared.items():
            self._store_shared(self._rules.predicates[name], list(facts))
        self._given = {name: self._count(name) for name in self._rules.predicates}
        known = [name for name, count in self._given.items() if count]
        self._fired = tuple(conclude(self._text, lambda text: int(self._run(text)[0][0]), known))

    def query(self, text: str) -> list[tuple[Any, ...]]:
        """The rows of a SELECT over the tables `p_<predicate>` (patient, f_<field> ...) and `patients` (patient, name).

        The patient is a number, counted from 1 in the order in which they came.
        """
        return self._run(text)

    def frame(self, text: str) -> pandas.DataFrame:
        """The same as a data frame."""
        found: pandas.DataFrame = self._duck.frame(text)
        return found

    def rows(self, predicate: str) -> list[Row]:
        """The facts of a predicate, given and concluded, of everybody: the patient's name, then the fields' values.

        Sorted. A fact that all patients share is there for each.
        """
        fields = ", ".join(("p.name", *(f"x.f_{field.name}" for field in self._predicate(predicate).fields)))
        mine = "" if predicate in self._text.shared else " ON p.patient = x.patient"
        join = "JOIN" if mine else "CROSS JOIN"
        return self._run(f"SELECT {fields} FROM p_{predicate} x {join} {PATIENTS} p{mine} ORDER BY ALL")

    def counts(self, predicate: str) -> dict[str, int]:
        """How many facts of a predicate each patient has; patients without any are left out."""
        self._predicate(predicate)
        if predicate in self._text.shared:
            count = self._count(predicate)
            return dict.fromkeys(self._names, count) if count else {}
        query = f"SELECT p.name, COUNT(*) FROM p_{predicate} x JOIN {PATIENTS} p ON p.patient = x.patient GROUP BY 1"
        return dict(self._run(query))

    def save(self, predicate: str, path: Path) -> None:
        """Writes the facts of a predicate, with `patient` as the first column, as a Parquet file."""
        fields = self._predicate(predicate).fields
        listed = ", ".join(("p.name AS patient", *(f'x.f_{field.name} AS "{field.name}"' for field in fields)))
        condition = "TRUE" if predicate in self._text.shared else "p.patient = x.patient"
        query = f"SELECT {listed} FROM p_{predicate} x JOIN {PATIENTS} p ON {condition} ORDER BY ALL"
        self._run(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet)")

    def derivations(self, patients: Iterable[str]) -> dict[str, Derivations]:
        """Everything derived for these patients, with all premises; UnknownPatient for a name that is not there."""
        numbers = {name: self._number(name) for name in patients}
        self._run("CREATE OR REPLACE TEMP TABLE asked (patient BIGINT)")
        if numbers:
            self._run(f"INSERT INTO asked VALUES {', '.join(f'({number})' for number in numbers.values())}")
        known = {name: self._facts(predicate) for name, predicate in self._rules.predicates.items()}
        tables = {number: self._tables(known, number) for number in numbers.values()}
        settled = {number: Settled(_rows_of(each)) for number, each in tables.items()}
        for rule in self._fired:
            rule_plan = plan(self._rules.rules[rule.place], self._rules.predicates)
            joined = [known[name] for name in rule.reads]
            for number, rows in self._matches(rule, tables).items():
                matched = [
                    [facts[row][1] for row in column]
                    for facts, column in zip(joined, zip(*rows, strict=True), strict=True)
                ]
                tables[number][rule.concludes].conclude(Matches(rule_plan, matched, len(rows), settled[number]))
        return {
            name: Derivations(frozenset(self._given_to(known, number)), Derived(tables[number]))
            for name, number in numbers.items()
        }

    def _tables(self, known: Mapping[str, Mapping[int, tuple[int, Fact]]], number: int) -> dict[str, Table]:
        """All facts of one patient, by predicate."""
        return {
            name: Table(fact for patient, fact in facts.values() if patient in (EVERYBODY, number))
            for name, facts in known.items()
        }

    def _matches(self, rule: RuleText, asked: Iterable[int]) -> Mapping[int, list[tuple[int, ...]]]:
        """The matches of a rule as numbers of rows, by patient asked about."""
        if rule.shared:
            rows = [tuple(numbers) for _, *numbers in self._run(rule.matches)]
            return dict.fromkeys(asked, rows) if rows else {}
        query = f"SELECT m.* FROM ({rule.matches}) m WHERE m.patient IN (SELECT patient FROM asked)"
        found: dict[int, list[tuple[int, ...]]] = {}
        for number, *numbers in self._run(query):
            found.setdefault(number, []).append(tuple(numbers))
        return found

    def _facts(self, predicate: Predicate) -> dict[int, tuple[int, Fact]]:
        """The facts of a predicate that the patients asked about have, by the number of their row, each with whose."""
        names = [field.name for field in predicate.fields]
        query = (
            f"SELECT x.rowid, {', '.join(f'x.{name}' for name in columns(predicate).split(', '))} "
            f"FROM p_{predicate.name} x "
            f"WHERE x.patient = {EVERYBODY} OR x.patient IN (SELECT patient FROM asked) ORDER BY x.rowid"
        )
        return {
            row: (patient, Fact(predicate.name, tuple(zip(names, values, strict=True))))
            for row, patient, *values in self._run(query)
        }

    def _given_to(self, known: Mapping[str, Mapping[int, tuple[int, Fact]]], number: int) -> Iterator[Fact]:
        """The given facts of a patient: those whose rows were there before any rule ran."""
        for name, facts in known.items():
            first = self._given[name]
            for row, (patient, fact) in facts.items():
                if row < first and patient in (EVERYBODY, number):
                    yield fact

    def _predicate(self, name: str) -> Predicate:
        return self._rules.predicates[name]

    def _number(self, patient: str) -> int:
        if patient not in self._names:
            raise UnknownPatient(patient)
        return self._names[patient]

    def _count(self, predicate: str) -> int:
        return int(self._run(f"SELECT COUNT(*) FROM p_{predicate}")[0][0])

    def _hand_over(self) -> None:
        """Turns the facts that wait into rows: each distinct one once, then a row for each patient who has it."""
        import numpy

        waiting = self._waiting
        for name, rows in waiting.new.items():
            self._own.add(name)
            self._frame(self._rules.predicates[name], rows)
            made = "INSERT INTO" if name in self._distinct else "CREATE TABLE"
            self._run(f"{made} d_{name} {'' if name in self._distinct else 'AS '}SELECT * FROM stage")
            self._distinct.add(name)
        if waiting.patients:
            has = {"patient": waiting.patients, "fact": waiting.facts}
            self._register({name: numpy.frombuffer(column, dtype="int64") for name, column in has.items()})
            self._run("INSERT INTO has SELECT * FROM stage")
        waiting.clear()
        self._store_names()

    def _make_tables(self) -> None:
        """The tables of all predicates, with texts as numbers, and in them the facts that patients have."""
        self._make_words()
        self._run("CREATE TABLE sorted AS SELECT * FROM has ORDER BY fact")
        self._run("DROP TABLE has")
        for name, predicate in self._rules.predicates.items():
            texts = [field.name for field in predicate.fields if field.kind not in COLUMN_TYPES]
            if name in self._loaded:
                for each in texts:
                    self._run(f"ALTER TABLE p_{name} ALTER f_{each} TYPE {WORD}")
            else:
                self._run(create_table(predicate, WORD))
            if name in self._distinct:
                kept = ", ".join(f"CAST(f_{each} AS {WORD}) AS f_{each}" for each in texts)
                self._run(f"CREATE TEMP TABLE known AS SELECT * {f'REPLACE ({kept})' if kept else ''} FROM d_{name}")
                fields = ", ".join(("h.patient", *(f"d.f_{field.name}" for field in predicate.fields)))
                first, end = self._waiting.numbers_of(name)
                within = f"h.fact >= {first} AND h.fact < {end}"
                query = f"SELECT {fields} FROM sorted h JOIN known d ON d.patient = h.fact WHERE {within}"
                if name in self._loaded:
                    self._insert_new(predicate, query)
                else:
                    self._run(f"INSERT INTO p_{name} ({columns(predicate)}) {query}")
                self._run("DROP TABLE known")
        self._run("DROP TABLE sorted")

    def _make_words(self) -> None:
        """The type of all texts, in their order: those of facts, and those that rules name."""
        known = set(_constants(self._rules))
        known.update(value for facts in self._shared.values() for fact in facts for _, value in fact.fields)
        tables = [*(f"d_{name}" for name in self._distinct), *(f"p_{name}" for name in self._loaded)]
        for table in tables:
            for field in self._rules.predicates[table[2:]].fields:
                if field.kind not in COLUMN_TYPES:
                    known.update(text for (text,) in self._run(f"SELECT DISTINCT f_{field.name} FROM {table}"))
        import pandas

        words = sorted({"", *(each for each in known if isinstance(each, str))})
        self._register(pandas.DataFrame({"place": range(len(words)), "word": words}))
        self._run(f"CREATE TYPE {WORD} AS ENUM (SELECT word FROM stage ORDER BY place)")

    def _store_names(self) -> None:
        have = self._count_patients()
        new = list(self._names.items())[have:]
        if new:
            import pandas

            self._register(pandas.DataFrame(new, columns=["name", "patient"]), "people")
            self._run(f"INSERT INTO {PATIENTS} (patient, name) SELECT patient, name FROM people")

    def _count_patients(self) -> int:
        return int(self._run(f"SELECT COUNT(*) FROM {PATIENTS}")[0][0])

    def _store_shared(self, predicate: Predicate, facts: Sequence[Fact]) -> None:
        """Facts that all patients share: once, or for each patient where facts of this predicate are a patient's."""
        self._frame(predicate, [(EVERYBODY, *[value for _, value in fact.fields]) for fact in facts])
        if predicate.name in self._text.shared:
            self._insert_new(predicate, "SELECT * FROM stage")
        else:
            fields = ", ".join(("p.patient", *(f"s.f_{field.name}" for field in predicate.fields)))
            self._insert_new(predicate, f"SELECT {fields} FROM stage s CROSS JOIN {PATIENTS} p")

    def _insert_new(self, predicate: Predicate, query: str) -> None:
        """Inserts those rows of a query that are not there yet."""
        names = columns(predicate).split(", ")
        same = " AND ".join(f"x.{name} = n.{name}" for name in names)
        self._run(
            f"INSERT INTO p_{predicate.name} ({', '.join(names)}) SELECT * FROM ({query}) n({', '.join(names)}) "
            f"WHERE NOT EXISTS (SELECT 1 FROM p_{predicate.name} x WHERE {same})"
        )

    def _frame(self, predicate: Predicate, rows: Sequence[Row]) -> None:
        """Makes rows of a predicate's table known to the database as `stage`."""
        import pandas

        kinds = ["int64", *(DTYPES.get(field.kind, "object") for field in predicate.fields)]
        values = zip(columns(predicate).split(", "), zip(*rows, strict=True), kinds, strict=True)
        self._register(pandas.DataFrame({name: pandas.Series(column, dtype=kind) for name, column, kind in values}))

    def _staged(self, predicate: Predicate, table: object) -> str:
        """The name under which the database knows a table from now on."""
        if not isinstance(table, Path):
            self._register(table)
            return "stage"
        path = literal(str(table))
        if table.suffix.lower() in {".csv", ".tsv"}:
            kinds = {"patient": TEXT_TYPE, **{f.name: COLUMN_TYPES.get(f.kind, TEXT_TYPE) for f in predicate.fields}}
            held = self._run(f"DESCRIBE SELECT * FROM read_csv({path}, all_varchar = true)")
            known = [name for name, *_ in held if name in kinds]
            types = ", ".join(f"'{name}': '{kinds[name]}'" for name in known)
            source = f"read_csv({path}, types = {{{types}}})"
        else:
            source = f"read_parquet({path})"
        self._run(f"CREATE OR REPLACE TEMP VIEW file AS SELECT * FROM {source}")
        return "file"

    def _register(self, table: object, name: str = "stage") -> None:
        self._duck.register(table, name)


_MET = 200_000
"""So many facts are known by identity, and kept for it."""
_NUMBERS = 1 << 40
"""So many numbers are kept for the facts of one predicate: those of a predicate stand together in a sorted table."""


class Numbering:
    """Facts that are checked. Patients share most facts, so each distinct one has a number.

    `new` holds those that were not there before, by predicate: the number, then the values.
    """

    def __init__(self, rules: RuleSet) -> None:
        self.new: dict[str, list[Row]] = {}
        self._rules = rules
        self._numbers: dict[Fact, int] = {}
        self._counts: dict[str, int] = {}
        # Patients share the very objects too, which are found faster; what is kept keeps its identity.
        self._met: dict[int, tuple[int, Fact]] = {}
        self._places = {name: place for place, name in enumerate(rules.predicates)}
        kinds = {name: tuple(TYPES.get(f.kind, str) for f in each.fields) for name, each in rules.predicates.items()}
        self._kinds = {name: each for name, each in kinds.items() if set(each) - {str}}

    def numbers(self, facts: Iterable[Fact]) -> list[int]:
        """The numbers of these facts, each once; InvalidFact for one that does not fit its predicate."""
        numbers, kinds, met = self._numbers, self._kinds, self._met
        found: list[int] = []
        for fact in facts:
            known = met.get(id(fact))
            if known is not None:
                found.append(known[0])
                continue
            number = numbers.get(fact)
            # 1 equals True and is no boolean: a fact equal to one that was checked may still be wrong.
            wanted = kinds.get(fact.predicate)
            if number is None or (wanted is not None and tuple([type(value) for _, value in fact.fields]) != wanted):
                number = self._checked(fact)
            if len(met) < _MET:
                met[id(fact)] = number, fact
            found.append(number)
        return list(dict.fromkeys(found))

    def of_parts(self, parts: Sequence[Sequence[Fact]]) -> list[list[int]]:
        """The numbers of the facts of each part. All are checked together: for facts that hardly come as one object."""
        get, kinds = self._numbers.get, self._kinds
        found = [list(map(get, part)) for part in parts]
        unsure = [
            fact
            for part, numbers in zip(parts, found, strict=True)
            if None in numbers
            for fact, number in zip(part, numbers, strict=True)
            if number is None
        ]
        # 1 equals True and is no boolean: a fact equal to one that was checked may still be wrong.
        typed = ((fact, kinds[fact.predicate]) for part in parts for fact in part if fact.predicate in kinds)
        unsure += [fact for fact, wanted in typed if tuple([type(value) for _, value in fact.fields]) != wanted]
        for kept in checked_facts(self._rules, unsure).values():
            for fact in kept:
                self._number(fact)
        known = (
            [number for number in (map(get, part) if None in numbers else numbers) if number is not None]
            for part, numbers in zip(parts, found, strict=True)
        )
        return [
            numbers if len(numbers) == len(part) else self.numbers(part)  # fields in another order
            for part, numbers in zip(parts, known, strict=True)
        ]

    def _checked(self, fact: Fact) -> int:
        """The number of a fact in the form that it is kept in."""
        (group,) = checked_facts(self._rules, [fact]).values()
        (kept,) = group
        return self._number(kept)

    def _number(self, kept: Fact) -> int:
        number = self._numbers.get(kept)
        if number is None:
            number = self._numbers[kept] = self._next(kept.predicate)
            self.new.setdefault(kept.predicate, []).append((number, *[value for _, value in kept.fields]))
        return number

    def _next(self, predicate: str) -> int:
        """The number of a fact of this predicate that was not there before."""
        first, _ = self.numbers_of(predicate)
        count = self._counts[predicate] = self._counts.get(predicate, 0) + 1
        return first + count - 1

    def numbers_of(self, predicate: str) -> tuple[int, int]:
        """The first number of the facts of a predicate, and the first of the next one's."""
        place = self._places[predicate]
        return place * _NUMBERS, (place + 1) * _NUMBERS


class Waiting(Numbering):
    """Facts that are checked and not stored yet; `patients` and `facts` are who has what, by number."""

    def __init__(self, rules: RuleSet) -> None:
        super().__init__(rules)
        self.patients, self.facts = array("q"), array("q")

    def add(self, patient: int, facts: Iterable[Fact]) -> None:
        """Adds a patient's facts, all of them or, where one does not fit its predicate (InvalidFact), none."""
        own = self.numbers(facts)
        self.facts.extend(own)
        self.patients.extend(repeat(patient, len(own)))

    def clear(self) -> None:
        """Forgets who has what, and which facts are new; their numbers stay."""
        self.patients, self.facts = array("q"), array("q")
        self.new.clear()


def _constants(rules: RuleSet) -> Iterator[Value]:
    """The values that rules name."""
    for rule in rules.rules:
        for atom in (rule.head, *rule.positives(), *rule.settled()):
            yield from (term for _, term in atom.fields if not isinstance(term, Variable))
        for left, _, right in rule.comparisons():
            yield from (term for term in (left, right) if not isinstance(term, Variable))


def _rows_of(tables: Mapping[str, Table]) -> Callable[[str], Sequence[Fact]]:
    """What gives all facts of a predicate that one patient has."""
    return lambda predicate: tables[predicate].rows
