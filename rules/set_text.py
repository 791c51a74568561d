"""The rules as SQL over sets of patients: a fact stands once, with the set of all who have it.

Each predicate is a table `p_NAME`: a column `f_FIELD` for each field, and `who`, a bit for each patient. Several rows
may tell of one fact: it holds for the patients of any of them. A rule is one SELECT: it joins facts as the text of
`rules.sql_text` does, and what it concludes holds for those who have all of them and none that it denies. So a join is
done once for however many patients.

A rule that counts asks what one patient has: its SELECT is that of `rules.sql_text` over views `e_NAME` with a row for
each patient, and puts the patients together again.

The text is for DuckDB, whose type BIT it uses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rules.language import Atom, Predicate, Rule, RuleSet, Variable
from rules.sql_text import PATIENTS, TABLE, TEXT_TYPE, TYPES, body_of, compared, demands_of, groups, head_value

EVERYBODY = "everybody"
"""The table of one row whose `who` are all patients: a rule without any pattern starts from it."""
APART = "e_"
"""How the name of a view begins that has a row for each patient."""


class SetRule(NamedTuple):
    """One rule: its SELECT gives the fields of what it concludes, and `who`.

    It gives nothing where a predicate of `reads` has no fact. `apart` are the predicates whose views it reads.
    """

    select: str
    reads: frozenset[str]
    apart: frozenset[str]


class SetBlock(NamedTuple):
    """Rules by what they conclude, to be run one predicate after the other; until nothing is new where it `repeats`."""

    heads: Mapping[str, Sequence[SetRule]]
    repeats: bool


def set_blocks(rules: RuleSet, width: int) -> tuple[SetBlock, ...]:
    """The rules in the order in which they run, over sets of `width` bits."""
    blocks = []
    for indices in rules.strata:
        for group, repeats in groups(rules.rules, indices):
            heads: dict[str, list[SetRule]] = {}
            for index in group:
                rule = rules.rules[index]
                predicate = rules.predicates[rule.head.predicate]
                heads.setdefault(predicate.name, []).append(set_rule(rule, predicate, width))
            blocks.append(SetBlock(heads, repeats))
    return tuple(blocks)


def set_rule(rule: Rule, predicate: Predicate, width: int) -> SetRule:
    """A rule that concludes facts of a predicate.

    >>> from rules.language import Field, parse_atom, parse_condition
    >>> conditions = tuple(map(parse_condition, ("drug(name: D, in_class: C)", "no denied(name: D)", "C != other")))
    >>> usable = Predicate("usable", (Field("name", "string"),))
    >>> print(set_rule(Rule("r", conditions, parse_atom("usable(name: D)")), usable, 8).select)
    SELECT n.v0 AS f_name, n.w & coalesce(~n.d0, n.w) AS who
    FROM (SELECT t0.f_name AS v0, t0.who AS w, (SELECT bit_or(n.who) FROM p_denied n WHERE n.f_name = t0.f_name) AS d0
    FROM p_drug t0
    WHERE t0.f_in_class <> 'other') n
    """
    terms = dict(rule.head.fields)
    variables = list(dict.fromkeys(term.name for term in terms.values() if isinstance(term, Variable)))
    names = {name: f"v{number}" for number, name in enumerate(variables)}
    values = [f"{head_value(each, terms[each.name], names)} AS f_{each.name}" for each in predicate.fields]
    reads = frozenset(atom.predicate for atom in rule.positives())
    if rule.aggregates():
        apart = reads | {atom.predicate for atom in rule.settled()}
        return SetRule(_counting(rule, names, values, width), reads, apart)
    return SetRule(_joining(rule, names, values), reads, frozenset())


def _joining(rule: Rule, names: Mapping[str, str], values: Sequence[str]) -> str:
    atoms = rule.positives()
    tables = [f"{TABLE}{atom.predicate} t{number}" for number, atom in enumerate(atoms)] or [f"{EVERYBODY} t0"]
    bound: dict[str, str] = {}
    tests = [test for number, atom in enumerate(atoms) for test in demands_of(atom, f"t{number}", bound)]
    denied = [f"({_denied(atom, bound)}) AS d{number}" for number, atom in enumerate(rule.negations())]
    tests += compared(rule, bound)
    every = " & ".join(f"t{number}.who" for number in range(len(tables)))
    wanted = ", ".join((*(f"{bound[name]} AS {short}" for name, short in names.items()), f"{every} AS w", *denied))
    where = f"\nWHERE {' AND '.join(tests)}" if tests else ""
    who = " & ".join(("n.w", *(f"coalesce(~n.d{number}, n.w)" for number in range(len(denied)))))
    listed = ", ".join((*values, f"{who} AS who"))
    return f"SELECT {listed}\nFROM (SELECT {wanted}\nFROM {', '.join(tables)}{where}) n"


def _denied(atom: Atom, bound: Mapping[str, str]) -> str:
    """Who has a fact that fits an atom in one match; NULL for nobody."""
    tests = demands_of(atom, "n", dict(bound))
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    return f"SELECT bit_or(n.who) FROM {TABLE}{atom.predicate} n{where}"


def _counting(rule: Rule, names: Mapping[str, str], values: Sequence[str], width: int) -> str:
    body = body_of(rule, table=APART)
    wanted = ", ".join((f"{body.patient} AS patient", *(f"{body.bound[name]} AS {names[name]}" for name in names)))
    together = f"bitstring_agg({width} - n.patient, 0, {width - 1}) AS who"
    return f"SELECT {', '.join((*values, together))}\nFROM (SELECT {wanted}\n{body.source}) n GROUP BY ALL"


def create_table(predicate: Predicate) -> str:
    """The statement that makes a predicate's table."""
    fields = (f"f_{field.name} {TYPES.get(field.kind, TEXT_TYPE)}" for field in predicate.fields)
    return f"CREATE TABLE {TABLE}{predicate.name} ({', '.join((*fields, 'who BIT'))})"


def create_view(predicate: Predicate, width: int) -> str:
    """The statement that makes a predicate's view of a row for each patient; patients count from 1."""
    listed = ", ".join(("p.patient", *(f"x.f_{field.name}" for field in predicate.fields)))
    source = (
        f"FROM {TABLE}{predicate.name} x, {PATIENTS} p WHERE get_bit(x.who, CAST({width} - p.patient AS INTEGER)) = 1"
    )
    return f"CREATE VIEW IF NOT EXISTS {APART}{predicate.name} AS SELECT DISTINCT {listed} {source}"


def conclude(predicate: Predicate, rules: Sequence[SetRule], repeats: bool) -> str:
    """The INSERT of all that these rules conclude of a predicate; of what is not there yet where it `repeats`."""
    fields = [f"f_{field.name}" for field in predicate.fields]
    listed = ", ".join((*fields, "bit_or(who) AS who"))
    every = "\nUNION ALL\n".join(f"({rule.select})" for rule in rules)
    grouped = f"SELECT {listed} FROM (\n{every}\n) WHERE bit_count(who) > 0 GROUP BY ALL HAVING bit_or(who) IS NOT NULL"
    into = f"INSERT INTO {TABLE}{predicate.name} ({', '.join((*fields, 'who'))})\n"
    if not repeats:
        return into + grouped
    same = " AND ".join(f"x.{name} = n.{name}" for name in fields)
    there = f"SELECT bit_or(x.who) FROM {TABLE}{predicate.name} x{f' WHERE {same}' if same else ''}"
    new = ", ".join((*(f"n.{name}" for name in fields), f"n.who & coalesce(~({there}), n.who) AS who"))
    return f"{into}SELECT * FROM (SELECT {new} FROM ({grouped}) n) WHERE bit_count(who) > 0"


def select_held(predicate: Predicate) -> str:
    """The SELECT of all facts of a predicate, each once and in order, with who has it as bytes."""
    fields = [f"f_{field.name}" for field in predicate.fields]
    query = f"SELECT {', '.join((*fields, 'CAST(bit_or(who) AS BLOB) AS who'))} FROM {TABLE}{predicate.name}"
    grouped = f"{query} GROUP BY ALL HAVING bit_or(who) IS NOT NULL"
    return f"{grouped} ORDER BY {', '.join(fields)}" if fields else grouped
