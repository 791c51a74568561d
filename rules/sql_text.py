"""The rules as one plain SQL text: the same statements on SQLite (one patient), DuckDB (cohorts) and Spark.

Each predicate is a table `p_NAME`: the patient, then a column `f_FIELD` for each field. A rule is one INSERT, which
concludes, and one SELECT, whose rows are its matches: for each condition the number (`rowid`) of the row that it
matched. SQLite and DuckDB number rows themselves; on Spark the SELECTs want a column of that name. The text keeps to
what all three read: no vendor function, no quoted name, no parameter, comparisons of like types only. One thing is not
the same everywhere: a backslash in a constant stands twice on Spark, which takes one for the start of an escape
(`rules.spark_engine` doubles it).

The INSERTs stand in blocks, each of rules whose conclusions depend on each other. Run the blocks in order, a block that
`repeats` until none of its statements adds a row. The SELECTs may then be run whenever somebody asks why: what they
read is complete. `mtb-match rules sql` prints it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rules.language import (
    BOOLEAN,
    COUNT,
    GREATEST,
    INTEGER,
    LEAST,
    NUMBER,
    Aggregate,
    Atom,
    Field,
    Predicate,
    Rule,
    RuleSet,
    Term,
    Variable,
)

TYPES = {INTEGER: "BIGINT", NUMBER: "DOUBLE", BOOLEAN: "BOOLEAN"}
TEXT_TYPE = "VARCHAR(1000000)"  # Spark wants a length, and keeps to it
TABLE = "p_"
"""How the name of a predicate's table begins."""
PATIENTS = "patients"
"""The table of all patients, which a rule without any pattern starts from."""


class RuleText(NamedTuple):
    """One rule in SQL: `place` is its index in the rule set, `reads` the predicates that its matches join, in order.

    A `shared` rule reads nothing about patients: it concludes once, for all of them.
    """

    place: int
    name: str
    conclude: str
    matches: str
    reads: tuple[str, ...]
    concludes: str
    shared: bool
    guarded: bool


class Block(NamedTuple):
    """Rules to be run one after the other, and again until nothing is added where it `repeats`."""

    stratum: int
    rules: tuple[RuleText, ...]
    repeats: bool


class SqlText(NamedTuple):
    """A rule set in SQL: what makes its tables and indexes, by predicate, and its blocks in order."""

    tables: dict[str, str]
    blocks: tuple[Block, ...]
    shared: frozenset[str]

    def rules(self) -> Iterator[RuleText]:
        """The rules in the order in which they run."""
        return (rule for block in self.blocks for rule in block.rules)

    def __str__(self) -> str:
        lines = [f"CREATE TABLE {PATIENTS} (patient BIGINT, name {TEXT_TYPE});"]
        lines += [f"{text};" for text in self.tables.values()]
        for number, block in enumerate(self.blocks, start=1):
            again = ", repeated until it adds nothing" if block.repeats else ""
            lines.append(f"\n-- block {number}, of stratum {block.stratum}{again}")
            for rule in block.rules:
                lines.append(f"\n-- rule {rule.name}\n{rule.conclude};")
        lines.append("\n-- the matches of each rule")
        lines += [f"\n-- rule {rule.name}\n{rule.matches};" for rule in self.rules()]
        return "\n".join(lines) + "\n"


def sql_text(rules: RuleSet, shared: Iterable[str] = ()) -> SqlText:
    """The SQL of a rule set; facts of `shared` given predicates are the same for every patient and stored once.

    What rules conclude from shared facts alone is shared too.
    """
    once = _scope(rules, frozenset(shared))
    blocks = []
    for number, indices in enumerate(rules.strata, start=1):
        for group, repeats in groups(rules.rules, indices):
            blocks.append(Block(number, tuple(_texts(rules, group, repeats, once)), repeats))
    tables = {name: create_table(predicate) for name, predicate in sorted(rules.predicates.items())}
    return SqlText(tables, tuple(blocks), once)


def conclude(text: SqlText, execute: Callable[[str], int], known: Iterable[str]) -> list[RuleText]:
    """Runs the blocks of a text; the rules that may have matches, in the order of the text.

    `execute` runs one INSERT and says how many rows it added. `known` are the predicates that have rows: a rule of
    which some pattern has none is not asked.
    """
    filled = set(known)
    fired: dict[RuleText, None] = {}
    for block in text.blocks:
        added = 1
        while added:
            added = 0
            for rule in block.rules:
                if not filled.issuperset(rule.reads):
                    continue
                new = execute(rule.conclude)
                if new:
                    filled.add(rule.concludes)
                added += new
                if new or rule.guarded:
                    fired[rule] = None
            if not block.repeats:
                break
    return list(fired)


def create_table(predicate: Predicate, text: str = TEXT_TYPE) -> str:
    """The statement that makes a predicate's table; `text` is the type of its texts."""
    columns = "".join(f", f_{field.name} {TYPES.get(field.kind, text)}" for field in predicate.fields)
    return f"CREATE TABLE p_{predicate.name} (patient BIGINT{columns})"


def columns(predicate: Predicate) -> str:
    """The columns of a predicate's table, as a list of names."""
    return ", ".join(("patient", *(f"f_{field.name}" for field in predicate.fields)))


def literal(value: str | int | float | bool) -> str:
    """A constant as SQL writes it; a number with a fraction as a double in every dialect.

    >>> literal("5'-UTR"), literal(0.5), literal(1e-12), literal(True)
    ("'5''-UTR'", '0.5e0', '1e-12', 'TRUE')
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value) if isinstance(value, int) or "e" in repr(value) else f"{value!r}e0"


class Body(NamedTuple):
    """What follows SELECT for a rule: its tables and tests, and for each variable the expression that holds it."""

    source: str
    bound: dict[str, str]
    patient: str


def body_of(rule: Rule, shared: frozenset[str] = frozenset(), table: str = TABLE) -> Body:
    """The FROM and WHERE of a rule; names of tables begin with `table`.

    >>> from rules.language import parse_atom, parse_condition
    >>> conditions = tuple(map(parse_condition, ("drug(name: D, in_class: C)", "no denied(name: D)", "C != other")))
    >>> print(body_of(Rule("r", conditions, parse_atom("usable(name: D)"))).source)
    FROM p_drug t0
    WHERE NOT EXISTS (SELECT 1 FROM p_denied n WHERE n.patient = t0.patient AND n.f_name = t0.f_name)
    AND t0.f_in_class <> 'other'
    """
    atoms = rule.positives()
    tables = [f"{table}{atom.predicate} t{number}" for number, atom in enumerate(atoms)]
    of_patient = [f"t{number}" for number, atom in enumerate(atoms) if atom.predicate not in shared]
    if not of_patient and not is_shared(rule, shared):
        tables.append(f"{PATIENTS} t")
        of_patient = ["t"]
    patient = f"{of_patient[0]}.patient" if of_patient else ""
    tests = [f"{alias}.patient = {patient}" for alias in of_patient[1:]]
    bound: dict[str, str] = {}
    for number, atom in enumerate(atoms):
        tests += demands_of(atom, f"t{number}", bound)
    for atom in rule.negations():
        tests.append(f"NOT EXISTS (SELECT 1 {_from(atom, 'n', dict(bound), patient, shared, table)})")
    results = {each.result: _aggregate(each, bound, patient, shared, table) for each in rule.aggregates()}
    tests += [f"{results[each.result]} IS NOT NULL" for each in rule.aggregates() if each.kind != COUNT]
    bound |= results
    tests += compared(rule, bound)
    source = f"FROM {', '.join(tables)}" if tables else ""
    if tests:
        source += ("\n" if source else "") + "WHERE " + "\nAND ".join(tests)
    return Body(source, bound, patient)


def _from(atom: Atom, alias: str, bound: dict[str, str], patient: str, shared: frozenset[str], table: str) -> str:
    """The FROM and WHERE of what fits an atom in one match; variables that it names first are added to `bound`."""
    tests = [] if atom.predicate in shared else [f"{alias}.patient = {patient}"]
    tests += demands_of(atom, alias, bound)
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    return f"FROM {table}{atom.predicate} {alias}{where}"


def _aggregate(aggregate: Aggregate, bound: Mapping[str, str], patient: str, shared: frozenset[str], table: str) -> str:
    """The scalar that an aggregate comes to in one match; NULL for the least or greatest of nothing."""
    inner = dict(bound)
    source = _from(aggregate.atom, "a", inner, patient, shared, table)
    function = {COUNT: "COUNT", LEAST: "MIN", GREATEST: "MAX"}[aggregate.kind]
    return f"(SELECT {function}({inner[aggregate.of] if aggregate.of else '*'}) {source})"


def demands_of(atom: Atom, alias: str, bound: dict[str, str]) -> list[str]:
    """What an atom demands of its row; columns of variables that it is the first to name are added to `bound`."""
    tests = []
    for name, term in atom.fields:
        column = f"{alias}.f_{name}"
        if not isinstance(term, Variable):
            tests.append(f"{column} = {literal(term)}")
        elif term.name in bound:
            tests.append(f"{column} = {bound[term.name]}")
        elif not term.is_anonymous:
            bound[term.name] = column
    return tests


def compared(rule: Rule, bound: Mapping[str, str]) -> list[str]:
    """The comparisons of a rule, given the expressions that hold its variables."""
    signs = (("<>" if operator == "!=" else operator, left, right) for left, operator, right in rule.comparisons())
    return [f"{_operand(left, bound)} {sign} {_operand(right, bound)}" for sign, left, right in signs]


def _operand(term: Term, bound: Mapping[str, str]) -> str:
    return bound[term.name] if isinstance(term, Variable) else literal(term)


def _texts(rules: RuleSet, group: Sequence[int], repeats: bool, shared: frozenset[str]) -> Iterator[RuleText]:
    """The rules of a block; one is guarded against what is there already where something may be."""
    for place, index in enumerate(group):
        rule = rules.rules[index]
        earlier = (rules.rules[i].head for i in group[:place])
        predicate = rules.predicates[rule.head.predicate]
        guarded = repeats or predicate.given or any(_may_be_equal(rule.head, head) for head in earlier)
        body = body_of(rule, shared)
        yield RuleText(
            index,
            rule.name,
            _conclude(rule, predicate, body, guarded, shared),
            select_matches(rule, body),
            tuple(atom.predicate for atom in rule.positives()),
            predicate.name,
            not body.patient,
            guarded,
        )


def _may_be_equal(one: Atom, other: Atom) -> bool:
    """Whether two conclusions can be the same fact: no constant differs."""
    if one.predicate != other.predicate:
        return False
    terms = dict(other.fields)
    return not any(
        not isinstance(term, Variable) and not isinstance(terms[name], Variable) and term != terms[name]
        for name, term in one.fields
    )


def _conclude(rule: Rule, predicate: Predicate, body: Body, guarded: bool, shared: frozenset[str]) -> str:
    """The INSERT of a rule. Constants stay outside of the DISTINCT, which is then over as little as can be."""
    terms = dict(rule.head.fields)
    variables = list(dict.fromkeys(t.name for t in terms.values() if isinstance(t, Variable)))
    names = {name: f"v{number}" for number, name in enumerate(variables)}
    about_patient = predicate.name not in shared
    patient = "0" if not about_patient else "n.patient"
    wanted = [f"{body.patient or '0'} AS patient", *(f"{body.bound[name]} AS {names[name]}" for name in variables)]
    held = {name: f"n.{short}" for name, short in names.items()}
    values = [head_value(field, terms[field.name], held) for field in predicate.fields]
    inner = "\n".join(filter(None, (f"SELECT DISTINCT {', '.join(wanted)}", body.source)))
    source = f"({inner}) n"
    if about_patient and not body.patient:
        source += f", {PATIENTS} t"
        patient = "t.patient"
    text = (
        f"INSERT INTO p_{predicate.name} ({columns(predicate)})\nSELECT {', '.join((patient, *values))}\nFROM {source}"
    )
    if guarded:
        same = [f"x.patient = {patient}"] if about_patient else []
        same += [f"x.f_{field.name} = {value}" for field, value in zip(predicate.fields, values, strict=True)]
        where = f" WHERE {' AND '.join(same)}" if same else ""
        text += f"\nWHERE NOT EXISTS (SELECT 1 FROM p_{predicate.name} x{where})"
    return text


def head_value(field: Field, term: Term, bound: Mapping[str, str]) -> str:
    """A value of a conclusion, in the type of its field: an integer may become a number, and 3.0 an integer again."""
    value = _operand(term, bound)
    return f"CAST({value} AS {TYPES[field.kind]})" if field.kind in (INTEGER, NUMBER) else value


def select_matches(rule: Rule, body: Body) -> str:
    """The SELECT of a rule's matches."""
    rows = [f"t{number}.rowid AS m{number}" for number in range(len(rule.positives()))]
    wanted = ", ".join((f"{body.patient or '0'} AS patient", *rows))
    return "\n".join(filter(None, (f"SELECT {wanted}", body.source)))


def is_shared(rule: Rule, shared: frozenset[str]) -> bool:
    """Whether a rule asks for nothing about a patient."""
    return all(atom.predicate in shared for atom in (*rule.positives(), *rule.settled()))


def _scope(rules: RuleSet, given: frozenset[str]) -> frozenset[str]:
    """The predicates whose facts are the same for every patient: these given ones, and what they alone lead to."""
    shared = given.union(name for name, predicate in rules.predicates.items() if not predicate.given)
    while True:
        about_patients = {rule.head.predicate for rule in rules.rules if not is_shared(rule, shared)}
        if not about_patients & shared:
            return shared
        shared -= about_patients


def groups(rules: Sequence[Rule], indices: Sequence[int]) -> Iterator[tuple[list[int], bool]]:
    """The rules of a stratum in groups of those that depend on each other, each after those that it waits for."""
    by_head: dict[str, list[int]] = {}
    for index in indices:
        by_head.setdefault(rules[index].head.predicate, []).append(index)
    waits = {
        name: sorted({atom.predicate for i in own for atom in rules[i].positives()}.intersection(by_head))
        for name, own in sorted(by_head.items())
    }
    for group in strongly_connected(waits):
        members = [index for name in group for index in by_head[name]]
        yield members, len(group) > 1 or group[0] in waits[group[0]]


def strongly_connected(waits: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Groups of names that wait for each other, each group after those that its members wait for (Tarjan 1972).

    >>> strongly_connected({"a": ["b"], "b": ["c", "b"], "c": ["b"], "d": ["a"]})
    [['b', 'c'], ['a'], ['d']]
    """
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(name: str) -> None:
        number[name] = lowest[name] = len(number)
        stack.append(name)
        for other in waits[name]:
            if other not in number:
                visit(other)
                lowest[name] = min(lowest[name], lowest[other])
            elif other in stack:
                lowest[name] = min(lowest[name], number[other])
        if lowest[name] == number[name]:
            place = stack.index(name)
            groups.append(sorted(stack[place:]))
            del stack[place:]

    for name in waits:
        if name not in number:
            visit(name)
    return groups
