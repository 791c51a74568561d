"""What is wrong between rules: how a folder overrides another's, copies, words that no other rule uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rules.errors import WARNING, Problem
from rules.language import Aggregate, Atom, Comparison, Condition, Negation, Predicate, Rule, Term, Variable, term_text
from rules.problems import atoms, nearest, problem


def override_problems(rules: Sequence[Rule], earlier: Mapping[str, Rule]) -> tuple[Problem, ...]:
    """What is wrong with how the rules of one folder replace those of earlier ones, by name."""
    return tuple(found for rule in rules for found in _override_problems(rule, earlier))


def _override_problems(rule: Rule, earlier: Mapping[str, Rule]) -> Iterator[Problem]:
    other = earlier.get(rule.name)
    if other is None:
        if rule.overrides:
            message = f"no earlier folder has a rule `{rule.name}` to override"
            yield problem(rule, None, message, f"{nearest(rule.name, earlier)}; a new rule needs no `overrides`")
        yield from _new_words(rule, earlier.values())
        return
    if not rule.overrides:
        return
    where = f"{other.file}:{other.line}"
    if rule.head.predicate != other.head.predicate:
        message = f"it concludes `{rule.head.predicate}`; the rule it overrides ({where}), `{other.head.predicate}`"
        remedy = f"conclude `{other.head.predicate}`, on which other rules count, or give the rule a name of its own"
        yield problem(rule, -1, message, remedy)
    elif (rule.body, rule.head, rule.says, rule.cites) == (other.body, other.head, other.says, other.cites):
        message = f"it overrides the rule at {where} and changes nothing"
        yield problem(rule, None, message, "change it, or remove it", WARNING)
    yield from _new_words(rule, earlier.values())


def _new_words(rule: Rule, earlier: Iterable[Rule]) -> Iterator[Problem]:
    """Texts of a conclusion that no earlier rule of its predicate concludes, where most of those use fixed ones.

    A site may mean a new one; more often it is a slip, such as a criterion that is misspelt.
    """
    heads = [dict(other.head.fields) for other in earlier if other.head.predicate == rule.head.predicate]
    for name, term in rule.head.fields:
        fixed = [str(head[name]) for head in heads if isinstance(head.get(name), str)]
        used = set(fixed)
        if isinstance(term, str) and 2 * len(fixed) > len(heads) and len(used) >= FEW_WORDS and term not in used:
            message = f"no earlier rule concludes {term_text(term)} in field `{name}` of `{rule.head.predicate}`"
            remedy = f"{nearest(term, used)}; keep it if a new one is meant"
            yield problem(rule, -1, message, remedy, WARNING)


FEW_WORDS = 3
"""Where earlier rules conclude so many different texts in a field, a new one there is worth a warning."""


def same_rules(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Rules with the conditions and the conclusion of another, whatever their variables are named."""
    first: dict[tuple[str, ...], Rule] = {}
    for rule in rules:
        names: dict[str, str] = {}
        conditions = {_renamed(condition, names) for condition in rule.body}
        key = (*sorted(conditions), _renamed(rule.head, names))
        other = first.setdefault(key, rule)
        if other is not rule:
            message = f"it has the conditions and the conclusion of `{other.name}` at {other.file}:{other.line}"
            yield problem(rule, None, message, "remove one of the two", WARNING)


def _renamed(condition: Condition, names: dict[str, str]) -> str:
    """A condition with its variables numbered in the order of their first place in the rule, and its fields sorted."""

    def name(old: str) -> str:
        return old if old in ("", "_") else names.setdefault(old, f"V{len(names)}")

    def term(old: Term) -> Term:
        return Variable(name(old.name)) if isinstance(old, Variable) else old

    def pattern(old: Atom) -> Atom:
        return Atom(old.predicate, tuple((field, term(held)) for field, held in sorted(old.fields, key=lambda f: f[0])))

    if isinstance(condition, Atom):
        return str(pattern(condition))
    if isinstance(condition, Negation):
        return str(Negation(pattern(condition.atom)))
    if isinstance(condition, Aggregate):
        inner = pattern(condition.atom)
        return str(Aggregate(name(condition.result), condition.kind, name(condition.of), inner))
    return str(Comparison(term(condition.left), condition.operator, term(condition.right)))


def idle_predicates(rules: Sequence[Rule], predicates: Mapping[str, Predicate]) -> Iterator[Problem]:
    """Declared predicates that no rule asks for; one that a rule concludes is an answer."""
    used = {atom.predicate for rule in rules for _, atom in atoms(rule)}
    for predicate in predicates.values():
        if predicate.name not in used:
            message = f"no rule speaks of predicate `{predicate.name}`"
            remedy = "write a rule that asks for it, or remove it"
            yield Problem(predicate.file, predicate.name, predicate.line, message, remedy, WARNING)
