"""The part of a rule set that some conclusions rest on: what need not be concluded need not be run."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace

from rules.language import RuleSet, canonical_text


def resting(rules: RuleSet, predicates: Collection[str]) -> RuleSet:
    """The rules that conclusions of these predicates can rest on, however far down, with every predicate kept.

    From the same facts it concludes the same facts of these predicates, by the same derivations. Its digest is its own.
    """
    wanted, concluding = set(predicates), set[int]()
    grown = True
    while grown:
        new = {
            index for index, rule in enumerate(rules.rules) if index not in concluding and rule.head.predicate in wanted
        }
        grown = bool(new)
        concluding |= new
        for index in new:
            rule = rules.rules[index]
            wanted.update(atom.predicate for atom in (*rule.positives(), *rule.settled()))
    places = {old: new for new, old in enumerate(sorted(concluding))}
    kept = tuple(rules.rules[index] for index in places)
    strata = (tuple(places[index] for index in stratum if index in places) for stratum in rules.strata)
    digest = hashlib.sha256(canonical_text(kept, rules.predicates).encode()).hexdigest()
    return replace(rules, rules=kept, strata=tuple(each for each in strata if each), digest=f"sha256:{digest}")
