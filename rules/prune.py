"""The part of a rule set that some conclusions rest on: what need not be concluded need not be run."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace

from rules.language import OF_EACH, RuleSet


def resting(rules: RuleSet, predicates: Collection[str]) -> RuleSet:
    """The rules that conclusions of these predicates can rest on, however far down, with every predicate kept.

    From the same facts it concludes the same facts of these predicates, by the same derivations. Its digest is its own.
    It is worked out once for a rule set.
    """
    key = f"resting: {' '.join(sorted(predicates))}"
    found = rules.kept.get(key)
    if not isinstance(found, RuleSet):
        found = rules.kept[key] = _resting(rules, predicates, key)
    return found


def _resting(rules: RuleSet, predicates: Collection[str], key: str) -> RuleSet:
    kept = _concluding(rules, predicates)
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


def _concluding(rules: RuleSet, predicates: Collection[str]) -> list[int]:
    """The places of the rules that conclude one of these predicates, or what such a rule asks for."""
    by_head: dict[str, list[int]] = {}
    for index, rule in enumerate(rules.rules):
        by_head.setdefault(rule.head.predicate, []).append(index)
    found: set[int] = set()
    waiting, known = list(predicates), set(predicates)
    while waiting:
        for index in by_head.get(waiting.pop(), ()):
            found.add(index)
            asked = {atom.predicate for atom in (*rules.rules[index].positives(), *rules.rules[index].settled())}
            waiting.extend(asked - known)
            known |= asked
    return sorted(found)
