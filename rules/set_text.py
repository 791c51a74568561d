"""The rules as SQL over sets of patients: a fact stands once, with the set of all who have it.

Each predicate is a table `p_NAME`: a column `f_FIELD` for each field, and `who`, a bit for each patient. Several rows
may tell of one fact: it holds for the patients of any of them. A rule is one SELECT: it joins facts as the text of
`rules.sql_text` does, and what it concludes holds for those who have all of them and none that it denies. So a join is
done once for however many patients. Rules that differ in constants alone are one SELECT, which joins a table of them:
few facts make the time that of planning.

A rule that counts asks what one patient has: its SELECT is that of `rules.sql_text` over views `e_NAME` with a row for
each patient, and puts the patients together again.

The text is for DuckDB, whose type BIT it uses.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from rules.facts import Value
from rules.language import Aggregate, Atom, Comparison, Condition, Negation, Predicate, Rule, RuleSet, Term, Variable
from rules.sql_text import (
    PATIENTS,
    TABLE,
    TEXT_TYPE,
    TYPES,
    body_of,
    compared,
    demands_of,
    groups,
    head_value,
    literal,
)

EVERYBODY = "everybody"
"""The table of one row whose `who` are all patients: a rule without any pattern starts from it."""
APART = "e_"
"""How the name of a view begins that has a row for each patient."""

Pattern = tuple[str, tuple[tuple[str, Value], ...]]
"""What is asked of the facts of a predicate: these values in these fields."""


class SetRule(NamedTuple):
    """One rule, and its place in the rule set. It gives nothing where a pattern of `reads` has no fact.

    `denies` are the patterns of its negations, in order. `apart` are the predicates whose views it reads.
    """

    place: int
    rule: Rule
    reads: tuple[Pattern, ...]
    denies: tuple[Pattern, ...]
    apart: frozenset[str]

    def without(self, denied: Container[Pattern]) -> Rule:
        """The rule without these of its negations."""
        patterns = iter(self.denies)
        kept = (each for each in self.rule.body if not isinstance(each, Negation) or next(patterns) not in denied)
        return self.rule._replace(body=tuple(kept))


class SetBlock(NamedTuple):
    """Rules by what they conclude, to be run one predicate after the other; until nothing is new where it `repeats`."""

    heads: Mapping[str, Sequence[SetRule]]
    repeats: bool


KEPT = "set_blocks"


def set_blocks(rules: RuleSet) -> tuple[SetBlock, ...]:
    """The rules in the order in which they run; found once for a rule set."""
    found: tuple[SetBlock, ...] | None = rules.kept.get(KEPT)
    if found is None:
        found = rules.kept[KEPT] = _set_blocks(rules)
    return found


def _set_blocks(rules: RuleSet) -> tuple[SetBlock, ...]:
    blocks = []
    for indices in rules.strata:
        for group, repeats in groups(rules.rules, indices):
            heads: dict[str, list[SetRule]] = {}
            for index in group:
                rule = rules.rules[index]
                heads.setdefault(rule.head.predicate, []).append(set_rule(rule, index))
            blocks.append(SetBlock(heads, repeats))
    return tuple(blocks)


def set_rule(rule: Rule, place: int) -> SetRule:
    """A rule at a place in the rule set."""
    atoms = rule.positives()
    apart = frozenset(atom.predicate for atom in (*atoms, *rule.settled())) if rule.aggregates() else frozenset[str]()
    return SetRule(place, rule, tuple(map(_pattern, atoms)), tuple(map(_pattern, rule.negations())), apart)


def _pattern(atom: Atom) -> Pattern:
    return atom.predicate, tuple((name, term) for name, term in atom.fields if not isinstance(term, Variable))


def _without_constants(rule: Rule) -> tuple[Rule, tuple[str, ...]]:
    """A rule with variables `c0`, `c1` ... for its constants, and these; other variables are named by their order."""
    constants: list[str] = []
    names = {"_": "_"}

    def renamed(term: Term) -> Variable:
        if isinstance(term, Variable):
            return Variable(names.setdefault(term.name, f"v{len(names)}"))
        constants.append(literal(term))
        return Variable(f"c{len(constants) - 1}")

    def of(atom: Atom) -> Atom:
        return Atom(atom.predicate, tuple((name, renamed(term)) for name, term in atom.fields))

    body: list[Condition] = []
    for condition in rule.body:
        match condition:
            case Atom():
                body.append(of(condition))
            case Negation(atom):
                body.append(Negation(of(atom)))
            case Comparison(left, operator, right):
                body.append(Comparison(renamed(left), operator, renamed(right)))
            case Aggregate():
                raise ValueError(rule.name)
    return Rule("", tuple(body), of(rule.head)), tuple(constants)


def selects(rules: Iterable[Rule], predicate: Predicate, width: int) -> list[str]:
    """The SELECTs of what rules conclude of a predicate, over sets of `width` bits: its fields, then `who`.

    >>> from rules.language import Field, parse_atom, parse_condition
    >>> conditions = tuple(map(parse_condition, ("drug(name: D, in_class: C)", "no denied(name: D)", "C != other")))
    >>> usable = Predicate("usable", (Field("name", "string"),))
    >>> one = Rule("r", conditions, parse_atom("usable(name: D)"))
    >>> print(*selects([one], usable, 8))
    SELECT t0.f_name, t0.who & coalesce(~d0.who, t0.who)
    FROM p_drug t0
    LEFT JOIN (SELECT n.f_name AS k0, bit_or(n.who) AS who FROM p_denied n GROUP BY ALL) d0 ON d0.k0 = t0.f_name
    WHERE t0.f_in_class <> 'other'
    >>> two = one._replace(body=(*conditions[:2], parse_condition("C != none")))
    >>> print(*selects([one, two], usable, 8))
    SELECT t0.f_name, t0.who & coalesce(~d0.who, t0.who)
    FROM p_drug t0 CROSS JOIN (VALUES ('other'), ('none')) c(c0)
    LEFT JOIN (SELECT n.f_name AS k0, bit_or(n.who) AS who FROM p_denied n GROUP BY ALL) d0 ON d0.k0 = t0.f_name
    WHERE t0.f_in_class <> c.c0
    """
    found = []
    alike: dict[Rule, list[tuple[str, ...]]] = {}
    for rule in rules:
        if rule.aggregates():
            found.append(_counting(rule, predicate, width))
        else:
            shape, constants = _without_constants(rule)
            alike.setdefault(shape, []).append(constants)
    return found + [_joining(shape, constants, predicate) for shape, constants in alike.items()]


def _joining(rule: Rule, constants: Sequence[tuple[str, ...]], predicate: Predicate) -> str:
    atoms = rule.positives()
    tables = [f"{TABLE}{atom.predicate} t{number}" for number, atom in enumerate(atoms)] or [f"{EVERYBODY} t0"]
    who = [f"t{number}.who" for number in range(len(tables))]
    columns = {f"c{number}": column for number, column in enumerate(zip(*constants, strict=True))}
    same = {name: column[0] for name, column in columns.items() if len(set(column)) == 1}
    bound = {name: same.get(name, f"c.{name}") for name in columns}
    if len(same) < len(columns):
        rows = zip(*(column for name, column in columns.items() if name not in same), strict=True)
        listed = ", ".join(f"({', '.join(row)})" for row in dict.fromkeys(rows))
        tables.append(f"(VALUES {listed}) c({', '.join(name for name in columns if name not in same)})")
    tests = [test for number, atom in enumerate(atoms) for test in demands_of(atom, f"t{number}", bound)]
    source = " CROSS JOIN ".join(tables)
    for number, atom in enumerate(rule.negations()):
        source += f"\nLEFT JOIN {_denied(atom, f'd{number}', bound, same)}"
        who.append(f"coalesce(~d{number}.who, t0.who)")
    tests += compared(rule, bound)
    terms = dict(rule.head.fields)
    values = (head_value(each, terms[each.name], bound) for each in predicate.fields)
    wanted = ", ".join((*values, " & ".join(who)))
    where = f"\nWHERE {' AND '.join(tests)}" if tests else ""
    return f"SELECT {wanted}\nFROM {source}{where}"


def _denied(atom: Atom, alias: str, bound: Mapping[str, str], same: Mapping[str, str]) -> str:
    """Who has a fact that fits an atom, joined with each match; NULL for nobody."""
    held = dict(same)
    tests = demands_of(atom, "n", held)
    keys = {f"k{number}": name for number, name in enumerate(name for name in held if name in bound.keys() - same)}
    wanted = ", ".join((*(f"{held[name]} AS {key}" for key, name in keys.items()), "bit_or(n.who) AS who"))
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    joined = " AND ".join(f"{alias}.{key} = {bound[name]}" for key, name in keys.items()) or "TRUE"
    return f"(SELECT {wanted} FROM {TABLE}{atom.predicate} n{where} GROUP BY ALL) {alias} ON {joined}"


def _counting(rule: Rule, predicate: Predicate, width: int) -> str:
    terms = dict(rule.head.fields)
    variables = dict.fromkeys(term.name for term in terms.values() if isinstance(term, Variable))
    names = {name: f"n.v{number}" for number, name in enumerate(variables)}
    values = [head_value(each, terms[each.name], names) for each in predicate.fields]
    body = body_of(rule, table=APART)
    found = (f"{body.bound[name]} AS v{number}" for number, name in enumerate(variables))
    together = f"bitstring_agg({width} - n.patient, 0, {width - 1})"
    wanted = ", ".join((f"{body.patient} AS patient", *found))
    return f"SELECT {', '.join((*values, together))}\nFROM (SELECT {wanted}\n{body.source}) n GROUP BY ALL"


def create_table(predicate: Predicate) -> str:
    """The statement that makes a predicate's table."""
    fields = (f"f_{field.name} {TYPES.get(field.kind, TEXT_TYPE)}" for field in predicate.fields)
    return f"CREATE TABLE {TABLE}{predicate.name} ({', '.join((*fields, 'who BIT'))})"


def create_filled(predicate: Predicate, source: str, place: int) -> str:
    """The statement that makes a predicate's table of the rows of this place in a table of values `v0` ... as texts."""
    kinds = [TYPES.get(field.kind) for field in predicate.fields]
    values = [f"v{number}" if kind is None else f"CAST(v{number} AS {kind})" for number, kind in enumerate(kinds)]
    named = (f"{value} AS f_{field.name}" for value, field in zip(values, predicate.fields, strict=True))
    listed = ", ".join((*named, "who"))
    return f"CREATE TABLE {TABLE}{predicate.name} AS SELECT {listed} FROM {source} WHERE place = {place}"


def create_view(predicate: Predicate, width: int) -> str:
    """The statement that makes a predicate's view of a row for each patient; patients count from 1."""
    listed = ", ".join(("p.patient", *(f"x.f_{field.name}" for field in predicate.fields)))
    source = (
        f"FROM {TABLE}{predicate.name} x, {PATIENTS} p WHERE get_bit(x.who, CAST({width} - p.patient AS INTEGER)) = 1"
    )
    return f"CREATE VIEW IF NOT EXISTS {APART}{predicate.name} AS SELECT DISTINCT {listed} {source}"


def conclude(predicate: Predicate, found: Sequence[str], repeats: bool, told: Sequence[str]) -> str:
    """The INSERT of all that these SELECTs give of a predicate; of what is not there yet where it `repeats`.

    It gives the fields `told` of each row that is new; how many are new where none is told.
    """
    fields = [f"f_{field.name}" for field in predicate.fields]
    listed = ", ".join((*fields, "bit_or(who) AS who"))
    every = "\nUNION ALL\n".join(f"({select})" for select in found)
    source = f"(\n{every}\n) n({', '.join((*fields, 'who'))})"
    text = f"SELECT {listed} FROM {source} WHERE bit_count(who) > 0 GROUP BY ALL HAVING bit_or(who) IS NOT NULL"
    if repeats:
        same = " AND ".join(f"x.{name} = n.{name}" for name in fields)
        there = f"SELECT bit_or(x.who) FROM {TABLE}{predicate.name} x{f' WHERE {same}' if same else ''}"
        new = ", ".join((*(f"n.{name}" for name in fields), f"n.who & coalesce(~({there}), n.who) AS who"))
        text = f"SELECT * FROM (SELECT {new} FROM ({text}) n) WHERE bit_count(who) > 0"
    returning = f"\nRETURNING {', '.join(f'f_{name}' for name in told)}" if told else ""
    return f"INSERT INTO {TABLE}{predicate.name}\n{text}{returning}"


def select_held(predicate: Predicate) -> str:
    """The SELECT of all facts of a predicate, each once and in order, with who has it as bytes."""
    fields = [f"f_{field.name}" for field in predicate.fields]
    query = f"SELECT {', '.join((*fields, 'CAST(bit_or(who) AS BLOB) AS who'))} FROM {TABLE}{predicate.name}"
    grouped = f"{query} GROUP BY ALL HAVING bit_or(who) IS NOT NULL"
    return f"{grouped} ORDER BY {', '.join(fields)}" if fields else grouped
