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

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rules.cohort_engine import DTYPES, Gathering, Numbering, Row
from rules.duck import Duck
from rules.facts import Fact
from rules.held import Held
from rules.language import RuleSet
from rules.set_text import EVERYBODY, SetRule, conclude, create_table, create_view, select_held, set_blocks
from rules.sql_text import PATIENTS, TABLE

AT_ONCE = 16
"""So many rules run as one statement: DuckDB holds memory for all joins of a statement at once."""
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
        self._numbering = Numbering(rules)
        self._parts: dict[int, tuple[int, Sequence[Fact]]] = {}
        self._facts: list[list[int]] = []
        self._who: list[int] = []
        self._width = 0

    def close(self) -> None:
        """Frees the memory."""
        self._duck.close()

    def _take(self, number: int, parts: Iterable[Sequence[Fact]]) -> None:
        """Notes who has which parts: a part that many have is one object, whose facts are looked at once."""
        bit = 1 << (number - 1)
        for place in [self._place(part) for part in parts]:  # all are checked before one is the patient's
            self._who[place] |= bit

    def _place(self, part: Sequence[Fact]) -> int:
        known = self._parts.get(id(part))
        if known is None:
            numbers = self._numbering.numbers(part)
            known = self._parts[id(part)] = len(self._who), part  # what is kept keeps its identity
            self._facts.append(numbers)
            self._who.append(0)
        return known[0]

    def evaluate(self) -> None:
        """Works out what the rules conclude, for every patient. Once; facts that come later are not seen."""
        self._width = -(-max(len(self._names), 1) // 8) * 8
        filled = self._store()
        for block in set_blocks(self._rules, self._width):
            added = True
            while added:
                added = False
                for name, rules in block.heads.items():
                    asked = [rule for rule in rules if filled.issuperset(rule.reads)]
                    for rule in asked:
                        self._see(rule.apart)
                    if asked and self._conclude(name, asked, block.repeats):
                        filled.add(name)
                        added = block.repeats

    def held(self, predicate: str) -> Held:
        """The facts of a predicate, given and concluded, and who has them."""
        import numpy

        rows = self._duck.run(select_held(self._rules.predicates[predicate]))
        some = max(CELLS // max(self._width, 1), 1)
        patients, places = [numpy.empty(0, "int64")], [numpy.empty(0, "int64")]
        for first in range(0, len(rows), some):
            sets = b"".join(row[-1] for row in rows[first : first + some])
            bits = numpy.unpackbits(numpy.frombuffer(sets, "uint8").reshape(-1, self._width // 8), axis=1)
            place, patient = numpy.nonzero(bits[:, ::-1])
            patients.append(patient)
            places.append(place + first)
        who, what = numpy.concatenate(patients), numpy.concatenate(places)
        order = numpy.argsort(who, kind="stable")
        return Held([row[:-1] for row in rows], who[order], what[order])

    def rows(self, predicate: str) -> list[Row]:
        """The facts of a predicate of everybody: the patient's name, then the fields' values. Sorted."""
        found, names = self.held(predicate), self.patients
        return sorted((names[who], *found.facts[what]) for who, what in zip(found.patients, found.places, strict=True))

    def _conclude(self, name: str, rules: Sequence[SetRule], repeats: bool) -> bool:
        """Whether these rules conclude anything of the predicate that is new."""
        new = 0
        for first in range(0, len(rules), AT_ONCE):
            some = rules[first : first + AT_ONCE]
            new += self._duck.run(conclude(self._rules.predicates[name], some, repeats))[0][0]
        return new > 0

    def _see(self, predicates: Iterable[str]) -> None:
        """Makes the views of predicates with a row for each patient."""
        for name in predicates:
            self._duck.run(create_view(self._rules.predicates[name], self._width))

    def _store(self) -> set[str]:
        """Makes the tables with the given facts; the predicates that have any."""
        import pandas

        who = self._by_fact()
        for predicate in self._rules.predicates.values():
            self._duck.run(create_table(predicate))
        for name, rows in self._numbering.new.items():
            fields = self._rules.predicates[name].fields
            columns: dict[str, Any] = {
                f"f_{field.name}": pandas.Series([row[place] for row in rows], dtype=DTYPES.get(field.kind, "object"))
                for place, field in enumerate(fields, start=1)
            }
            columns["who"] = [self._bits(who.get(int(row[0]), 0)) for row in rows]
            self._duck.register(pandas.DataFrame(columns), "stage")
            listed = "".join(f"f_{field.name}, " for field in fields)
            self._duck.run(f"INSERT INTO {TABLE}{name} SELECT {listed}CAST(who AS BIT) FROM stage")
        everybody = pandas.DataFrame({"who": [self._bits((1 << len(self._names)) - 1)]})
        self._duck.register(everybody, "stage")
        self._duck.run(f"CREATE TABLE {EVERYBODY} AS SELECT CAST(who AS BIT) AS who FROM stage")
        count = len(self._names)
        self._duck.run(f"CREATE TABLE {PATIENTS} AS SELECT unnest(generate_series(1, {count})) AS patient")
        return set(self._numbering.new)

    def _by_fact(self) -> dict[int, int]:
        """Who has each fact, by its number."""
        found: dict[int, int] = {}
        for facts, who in zip(self._facts, self._who, strict=True):
            for number in facts:
                found[number] = found.get(number, 0) | who
        return found

    def _bits(self, who: int) -> bytes:
        return who.to_bytes(self._width // 8, "big")
