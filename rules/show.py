"""One rule as a reader wants it: what it says, when, by whose word, and which rules stand before and after it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rules.errors import UnknownRule
from rules.language import (
    Aggregate,
    Atom,
    Comparison,
    Condition,
    Negation,
    Predicate,
    Rule,
    RuleSet,
    Variable,
    in_language,
)
from rules.origin import folder, is_of_library, place

SCHEMA = "mtb-match-rules/1"
WIDTH = 100


def find(rules: RuleSet, name: str) -> Rule:
    """The rule of this name; UnknownRule, with the nearest names, when there is none."""
    import difflib

    try:
        return rules.rule(name)
    except KeyError:
        close = difflib.get_close_matches(name, [rule.name for rule in rules.rules], n=3, cutoff=0.5)
        raise UnknownRule(name, tuple(close)) from None


def stratum(rules: RuleSet, rule: Rule) -> int:
    """The stratum that a rule of the set is in, counted from 1, the one that runs first."""
    place = rules.rules.index(rule)
    return next(number for number, members in enumerate(rules.strata, 1) if place in members)


def pattern(condition: Condition) -> Atom | None:
    """What a condition asks for, denies or counts; None for a comparison."""
    return None if isinstance(condition, Comparison) else condition if isinstance(condition, Atom) else condition.atom


def may_fit(conclusion: Atom, wanted: Atom) -> bool:
    """Whether a conclusion can give a fact that fits a pattern: the same predicate, and no constant that differs.

    >>> from rules.language import parse_atom
    >>> failed = parse_atom("finding(option: O, verdict: fail)")
    >>> may_fit(failed, parse_atom("finding(verdict: fail)")), may_fit(failed, parse_atom("finding(verdict: pass)"))
    (True, False)
    """
    given = dict(conclusion.fields)
    return conclusion.predicate == wanted.predicate and not any(
        _differ(given[name], term) for name, term in wanted.fields if name in given
    )


def _differ(one: object, other: object) -> bool:
    if isinstance(one, Variable) or isinstance(other, Variable):
        return False
    return one != other or isinstance(one, bool) != isinstance(other, bool)


def giving(rules: RuleSet, wanted: Atom) -> tuple[str, ...]:
    """The names of the rules whose conclusion may fit a pattern, sorted."""
    return tuple(rule.name for rule in rules.rules if may_fit(rule.head, wanted))


def using(rules: RuleSet, conclusion: Atom) -> tuple[str, ...]:
    """The names of the rules with a pattern, asked for, denied or counted, that this conclusion may fit, sorted."""
    return tuple(
        rule.name
        for rule in rules.rules
        if any(may_fit(conclusion, wanted) for wanted in map(pattern, rule.body) if wanted)
    )


def as_line(rules: RuleSet, rule: Rule) -> str:
    """Name, English sentence, place and stratum in one line."""
    return f"{rule.name}: {rule.sentence()} ({place(rule)}, stratum {stratum(rules, rule)})"


def as_value(rules: RuleSet, rule: Rule) -> dict[str, Any]:
    """The rule as JSON says it; conditions and conclusion are as written."""
    return {
        "name": rule.name,
        "says": dict(rule.says),
        "if": [str(condition) for condition in rule.body],
        "then": str(rule.head),
        "cites": list(rule.cites),
        "folder": folder(rule),
        "file": rule.file,
        "line": rule.line,
        "overrides": rule.overrides,
        "stratum": stratum(rules, rule),
    }


def listed(rules: RuleSet) -> dict[str, Any]:
    """The whole set as JSON says it, rules by name."""
    return {
        "schema": SCHEMA,
        "digest": rules.digest,
        "strata": len(rules.strata),
        "rules": [as_value(rules, rule) for rule in rules.rules],
    }


def shown(rules: RuleSet, rule: Rule) -> dict[str, Any]:
    """One rule as JSON says it, with the rules that may give each premise and those that may use its conclusion."""
    premises = [
        {
            "condition": str(condition),
            "predicate": atom.predicate,
            "doc": rules.predicates[atom.predicate].doc,
            "says": dict(rules.predicates[atom.predicate].says),
            "absent": dict(rules.predicates[atom.predicate].absent),
            "given": rules.predicates[atom.predicate].given,
            "negated": isinstance(condition, Negation),
            "counted": isinstance(condition, Aggregate),
            "concluded_by": list(giving(rules, atom)),
        }
        for condition in rule.body
        if (atom := pattern(condition))
    ]
    return {
        "schema": SCHEMA,
        "digest": rules.digest,
        "strata": len(rules.strata),
        "rule": {**as_value(rules, rule), "premises": premises, "used_by": list(using(rules, rule.head))},
    }


def as_text(rules: RuleSet, rule: Rule) -> str:
    """The rule for the terminal."""
    lines = [rule.name]
    for language, sentence in rule.says:
        lines += _wrapped(sentence if language == "en" else f"{language}: {sentence}", "  ")
    lines += ["", "if", *(f"  {condition}" for condition in rule.body), "then", f"  {rule.head}", ""]
    lines += [f"{'cites' if number == 0 else '':9}{source}" for number, source in enumerate(rule.cites)]
    lines += [f"from     {_origin(rule)}", f"file     {rule.file}:{rule.line}"]
    lines += [f"stratum  {stratum(rules, rule)} of {len(rules.strata)}", "", "premises"]
    lines += _premises(rules, rule)
    users = using(rules, rule.head)
    lines += ["", f"its conclusion is used by {counted(users)}", *_wrapped(", ".join(users), "  ")]
    return "\n".join(lines) + "\n"


def _origin(rule: Rule) -> str:
    replaces = ", in place of the rule of this name in an earlier folder" if rule.overrides else ""
    return f"{'the library' if is_of_library(rule.file) else folder(rule)}{replaces}"


def _premises(rules: RuleSet, rule: Rule) -> Iterator[str]:
    """Each predicate that the rule asks for or denies, once: what it is, what it says, and who may conclude it."""
    for name, atoms in _by_predicate(rule.body).items():
        predicate = rules.predicates[name]
        names = sorted({found for atom in atoms for found in giving(rules, atom)})
        yield from _wrapped(f"{name}: {predicate.doc}" if predicate.doc else name, "  ")
        for part, said in (("says", predicate.says), ("absent", predicate.absent)):
            if said:
                yield from _wrapped(f"{part}: {in_language(said, 'en')}", "    ")
        yield from _wrapped(_source(predicate, names), "    ")


def _by_predicate(body: Sequence[Condition]) -> Mapping[str, list[Atom]]:
    found: dict[str, list[Atom]] = {}
    for atom in filter(None, map(pattern, body)):
        found.setdefault(atom.predicate, []).append(atom)
    return found


def _source(predicate: Predicate, names: Sequence[str]) -> str:
    concluded = f"concluded by {counted(names)}: {', '.join(names)}" if names else ""
    return "; ".join(part for part in ("given" if predicate.given else "", concluded) if part) or "never concluded"


def counted(names: Sequence[str]) -> str:
    """How many rules these are, in words.

    >>> counted([]), counted(["a"]), counted(["a", "b"])
    ('no rule', 'one rule', '2 rules')
    """
    return "no rule" if not names else "one rule" if len(names) == 1 else f"{len(names)} rules"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
