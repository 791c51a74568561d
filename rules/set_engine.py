"""The rules for many patients who share most of their facts: the text of `rules.set_text` on DuckDB.

What is concluded is what `rules.cohort_engine` concludes, patient by patient. There the work grows with the facts of
each patient, here with the facts that are not the same: thousands of patients whose facts are from one graph have a
hundredth of them. No derivations: who asks why asks an evaluator of one patient.

    with SetCohort(rules) as cohort:
        for name, facts in patients:
            cohort.add(name, facts)
        cohort.evaluate()
        cohort.held("recommendation")  # every recommendation once, and who has it
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count, repeat, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from rules.cohort_engine import Gathering, Numbering, Row
from rules.duck import Duck
from rules.facts import Fact
from rules.held import Held
from rules.known_values import KnownValues
from rules.language import Field, RuleSet
from rules.set_text import (
    EVERYBODY,
    SetRule,
    conclude,
    create_filled,
    create_table,
    create_view,
    select_held,
    selects,
    set_blocks,
)
from rules.sql_text import PATIENTS

if TYPE_CHECKING:
    from numpy import uint64
    from numpy.typing import NDArray

STAGE = "stage"
"""The table of all given facts: `place` is that of the predicate among those that have any."""
WITHOUT = "statistics_propagation,join_filter_pushdown"
"""What DuckDB's planner leaves out: it gains nothing on tables of few rows, and costs a sixth of the time."""
AT_ONCE = 16
"""So many SELECTs run as one statement: DuckDB holds memory for all joins of a statement at once."""
WORD = 64
"""Sets are as wide as so many bits, or a multiple of it: numbers that are put together at once."""
CELLS = 1 << 24
"""So many bits are told apart at once."""


class SetCohort(Gathering):
    """Patients with their facts, and what rules conclude; `close` frees its memory, as the end of a `with` does.

    The limits are those of `rules.duck`.
    """

    def __init__(
        self, rules: RuleSet, threads: int | None = None, memory: str | None = None, spill: Path | None = None
    ) -> None:
        super().__init__()
        self._rules = rules
        self._duck = Duck(threads, memory, spill)
        self._duck.run(f"SET disabled_optimizers = '{WITHOUT}'")
        self._numbering = _InOrder(rules)
        self._parts: dict[int, int] = {}
        self._kept: list[Sequence[Fact]] = []
        self._facts: list[list[int]] = []
        self._has: list[int | None] = []
        self._counts: list[int] = []
        self._width = 0
        self._made: set[str] = set()

    def close(self) -> None:
        """Frees the memory."""
        self._duck.close()

    def _take(self, number: int, parts: Iterable[Sequence[Fact]]) -> None:
        """Notes who has which parts: a part that many have is one object, whose facts are looked at once."""
        parts = tuple(parts)
        ids = list(map(id, parts))
        places = list(map(self._parts.get, ids))
        if None in places:
            new = {key: part for key, part, place in zip(ids, parts, places, strict=True) if place is None}
            self._facts += self._numbering.of_parts(tuple(new.values()))
            self._parts.update(zip(new, count(len(self._kept))))
            self._kept += new.values()  # what is kept keeps its identity
            places = list(map(self._parts.__getitem__, ids))
        self._has += places
        self._counts.append(len(places))

    def evaluate(self) -> None:
        """Works out what the rules conclude, for every patient. Once; facts that come later are not seen."""
        self._width = -(-max(len(self._names), 1) // WORD) * WORD
        blocks = set_blocks(self._rules)
        rules = [rule for block in blocks for each in block.heads.values() for rule in each]
        known = KnownValues(pattern for rule in rules for pattern in (*rule.reads, *rule.denies))
        self._store(known)
        asked: dict[int, int] = {}
        moment = 0
        for block in blocks:
            before = None
            while before != moment:
                before = moment
                for name, every in block.heads.items():
                    fresh = [rule for rule in every if _says_more(rule, known, asked.get(rule.place))]
                    if fresh:
                        moment += 1
                        asked.update((rule.place, moment) for rule in fresh)
                        known.add(name, self._conclude(name, fresh, block.repeats, known), moment)

    def held(self, predicate: str) -> Held:
        """The facts of a predicate, given and concluded, and who has them."""
        import numpy

        rows = self._duck.run(select_held(self._rules.predicates[predicate])) if predicate in self._made else []
        some = max(CELLS // max(self._width, 1), 1)
        patients, places = [numpy.empty(0, "int64")], [numpy.empty(0, "int64")]
        for first in range(0, len(rows), some):
            sets = b"".join(row[-1] for row in rows[first : first + some])
            bits = numpy.unpackbits(numpy.frombuffer(sets, "uint8")).view("bool")  # truths are searched faster
            place, bit = numpy.divmod(numpy.flatnonzero(bits), self._width)
            patients.append(self._width - 1 - bit)
            places.append(place + first)
        who, what = numpy.concatenate(patients), numpy.concatenate(places)
        order = numpy.argsort(who.astype(numpy.min_scalar_type(self._width)), kind="stable")
        return Held([row[:-1] for row in rows], who[order], what[order])

    def rows(self, predicate: str) -> list[Row]:
        """The facts of a predicate of everybody: the patient's name, then the fields' values. Sorted."""
        found, names = self.held(predicate), self.patients
        return sorted((names[who], *found.facts[what]) for who, what in zip(found.patients, found.places, strict=True))

    def _conclude(self, name: str, rules: Sequence[SetRule], repeats: bool, known: KnownValues) -> Iterator[Row]:
        """What these rules conclude of the predicate that is new: the fields of it that are told."""
        predicate, told = self._rules.predicates[name], known.told(name)
        self._make(name)
        self._see(frozenset[str]().union(*(rule.apart for rule in rules)))
        absent = {pattern for rule in rules for pattern in rule.denies if known.latest(pattern) is None}
        found = selects((rule.without(absent) for rule in rules), predicate, self._width)
        for first in range(0, len(found), AT_ONCE):
            rows = self._duck.run(conclude(predicate, found[first : first + AT_ONCE], repeats, told))
            yield from rows if told else [()] * rows[0][0]

    def _see(self, predicates: Iterable[str]) -> None:
        """Makes the views of predicates with a row for each patient."""
        for name in predicates:
            self._make(name)
            self._duck.run(create_view(self._rules.predicates[name], self._width))

    def _make(self, name: str) -> None:
        """Makes the table of a predicate, unless it is there."""
        if name not in self._made:
            self._made.add(name)
            self._duck.run(create_table(self._rules.predicates[name]))

    def _store(self, known: KnownValues) -> None:
        """Makes the tables of the given facts: all facts are one table first, whose values are texts."""
        import numpy

        who, made = self._by_fact(), []
        places, sets = [-1], [self._everybody()]
        columns: list[list[str | None]] = [[None] for _ in range(max(map(len, self._fields_of_new()), default=0))]
        for place, (name, facts) in enumerate(self._numbering.new.items()):
            predicate, count = self._rules.predicates[name], len(facts)
            numbers, *values = zip(*facts, strict=True)
            told = [values[at] for at, field in enumerate(predicate.fields) if field.name in known.told(name)]
            known.add(name, zip(*told, strict=True) if told else [()], 0)
            places += repeat(place, count)
            sets += map(who.__getitem__, numbers)
            for column, cells in zip_longest(columns, values):
                column.extend(repeat(None, count) if cells is None else map(str, cells))
            made.append(create_filled(predicate, STAGE, place))
        self._made.update(self._numbering.new)
        given = {"place": numpy.array(places, dtype="int64"), "who": numpy.array(sets, dtype=object)}
        given |= {f"v{number}": numpy.array(column, dtype=object) for number, column in enumerate(columns)}
        self._duck.register(given, "given")
        made.append(f"CREATE TABLE {EVERYBODY} AS SELECT who FROM {STAGE} WHERE place = -1")
        patients = f"generate_series(1, {len(self._names)})"
        made.append(f"CREATE TABLE {PATIENTS} AS SELECT unnest({patients}) AS patient")
        staged = f"CREATE TABLE {STAGE} AS SELECT * REPLACE (CAST(who AS BIT) AS who) FROM given"
        self._duck.run(";\n".join((staged, *made, f"DROP TABLE {STAGE}")))

    def _fields_of_new(self) -> Iterator[tuple[Field, ...]]:
        return (self._rules.predicates[name].fields for name in self._numbering.new)

    def _everybody(self) -> bytes:
        return ((1 << len(self._names)) - 1).to_bytes(self._width // 8, "big")

    def _by_fact(self) -> list[bytes]:
        """Who has each fact, by its number: whoever has any of its parts."""
        import numpy

        counts = numpy.fromiter(map(len, self._facts), dtype="int64", count=len(self._facts))
        facts = numpy.fromiter(chain.from_iterable(self._facts), dtype="int64", count=counts.sum())
        count = self._numbering.count
        order = numpy.argsort(facts.astype(numpy.min_scalar_type(count)), kind="stable")
        parts = numpy.repeat(numpy.arange(len(counts)), counts)[order]
        first = numpy.searchsorted(facts[order], numpy.arange(count))
        words = self._by_part()
        found = numpy.empty((count, len(words)), dtype=words.dtype)
        for place, word in enumerate(words if count else ()):
            found[:, place] = numpy.bitwise_or.reduceat(word[parts], first)
        width, whole = self._width // 8, found.tobytes()
        return [whole[at : at + width] for at in range(0, len(whole), width)]

    def _by_part(self) -> NDArray[uint64]:
        """Who has each part: a row for each word of the sets."""
        import numpy

        parts = numpy.array(self._has, dtype="int64")
        owners = numpy.repeat(numpy.arange(len(self._counts)), self._counts)
        found = numpy.empty((self._width // WORD, len(self._facts)), dtype="uint64")
        some = max(CELLS // max(len(self._facts), 1), WORD) // WORD * WORD
        for end in range(self._width, 0, -some):  # the first patient is the last bit
            here = slice(*numpy.searchsorted(owners, (self._width - end, self._width - end + some)))
            bits = numpy.zeros((len(self._facts), min(some, end)), dtype="bool")
            bits[parts[here], self._width - end - 1 - owners[here]] = True
            found[max(end - some, 0) // WORD : end // WORD] = numpy.packbits(bits, axis=1).view("uint64").T
        return found


class _InOrder(Numbering):
    """Facts that are numbered as they come, from 0 on."""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._numbers)

    def _next(self, predicate: str) -> int:
        return len(self._numbers)


def _says_more(rule: SetRule, known: KnownValues, asked: int | None) -> bool:
    """Whether a rule, last asked at this moment, may conclude what it did not then."""
    moments = [known.latest(pattern) for pattern in rule.reads]
    if None in moments:
        return False
    return asked is None or any(moment is not None and moment >= asked for moment in moments)
