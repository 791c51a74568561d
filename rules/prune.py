"""The part of a rule set that some conclusions rest on: what need not be concluded need not be run."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import replace

from rules.language import OF_EACH, Atom, RuleSet, Variable, may_match, parse_atom


def resting(rules: RuleSet, wanted: Collection[str]) -> RuleSet:
    """The rules that these conclusions can rest on, however far down, with every predicate kept.

    A conclusion is a predicate, or a pattern: `finding`, `level(framework: amp)`. From the same facts the rules
    conclude the same facts that fit, by the same derivations. Their digest is their own. They are found once for a rule
    set.
    """
    key = f"resting: {' '.join(sorted(wanted))}"
    found = rules.kept.get(key)
    if not isinstance(found, RuleSet):
        found = rules.kept[key] = _resting(rules, wanted, key)
    return found


def _resting(rules: RuleSet, wanted: Collection[str], key: str) -> RuleSet:
    kept = _concluding(rules, [parse_atom(each) if "(" in each else Atom(each, ()) for each in wanted])
    places = {old: new for new, old in enumerate(kept)}
    strata = (tuple(places[index] for index in stratum if index in places) for stratum in rules.strata)
    digest = hashlib.sha256(f"{rules.digest} {key}".encode()).hexdigest()
    found = replace(
        rules,
        rules=tuple(rules.rules[index] for index in kept),
        strata=tuple(each for each in strata if each),
        digest=f"sha256:{digest}",
    )
    found.kept[OF_EACH] = rules.kept.setdefault(OF_EACH, {})
    return found


def _concluding(rules: RuleSet, wanted: Iterable[Atom]) -> list[int]:
    """The places of the rules that conclude what fits one of these patterns, or what such a rule asks for."""
    by_head: dict[str, list[int]] = {}
    for index, rule in enumerate(rules.rules):
        by_head.setdefault(rule.head.predicate, []).append(index)
    found: set[int] = set()
    waiting, known = list(wanted), {_asked(each) for each in wanted}
    while waiting:
        pattern = waiting.pop()
        for index in by_head.get(pattern.predicate, ()):
            rule = rules.rules[index]
            if index in found or not may_match(rule.head, pattern):
                continue
            found.add(index)
            for atom in (*rule.positives(), *rule.settled()):
                asked = _asked(atom)
                if asked not in known and (atom.predicate,) not in known:
                    known.add(asked)
                    waiting.append(atom)
    return sorted(found)


def _asked(pattern: Atom) -> tuple[object, ...]:
    """What of a predicate is asked for: all of it, or what has certain values."""
    return (pattern.predicate, *((name, term) for name, term in pattern.fields if not isinstance(term, Variable)))
