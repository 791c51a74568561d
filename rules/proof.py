"""Why a fact holds: whole proof trees, down to what was given, with the sentence and sources of every rule used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from rules.errors import NotDerived
from rules.facts import Absence, Derivation, Derivations, Fact
from rules.language import RuleSet
from rules.wording import Label, Wording, plain


class Given(NamedTuple):
    """A fact that was given: the end of a proof."""

    fact: Fact


class Derived(NamedTuple):
    """A fact that a rule concluded, with the rule's sentence for this case and the proofs of its premises.

    `origin` names the file and line of a site's rule; it is empty for one of the library.
    """

    fact: Fact
    rule: str
    sentence: str
    cites: tuple[str, ...]
    premises: tuple[Proof, ...]
    origin: str = ""


Proof = Given | Absence | Derived
"""An Absence, the pattern that no fact fitted, is an end like Given."""


def prove(derivations: Derivations, rules: RuleSet, fact: Fact, lang: str = "en", label: Label = plain) -> Proof:
    """The proof of a fact: Given if it was given, else by its first derivation that needs nothing it is needed for.

    Derivations are tried in their sorted order. Raises NotDerived when the fact holds neither way.
    """
    if fact in derivations.given:
        return Given(fact)
    if fact not in derivations.derived:
        raise NotDerived(fact)
    ranks = _ranks(derivations, fact)
    chosen = next(d for d in derivations.derived[fact] if _is_founded(d, ranks, derivations))
    return _tree(chosen, derivations, Wording(rules, lang, label), ranks, {})


def last_step(derivations: Derivations, fact: Fact) -> Derivation:
    """The derivation of a derived fact that its proof ends with, as `prove` chooses it; NotDerived for any other."""
    ways = derivations.derived.get(fact, ())
    if not ways:
        raise NotDerived(fact)
    if len(ways) == 1:
        return ways[0]
    ranks = _ranks(derivations, fact)
    return next(each for each in ways if _is_founded(each, ranks, derivations))


def proofs(
    derivations: Derivations, rules: RuleSet, fact: Fact, lang: str = "en", label: Label = plain
) -> Iterator[Proof]:
    """One proof for each way in which the fact came about, the one of `prove` first.

    Ways that rest on the fact itself are left out. Premises are proved by their own first derivation.
    """
    if fact in derivations.given:
        yield Given(fact)
    elif fact not in derivations.derived:
        raise NotDerived(fact)
    wording = Wording(rules, lang, label)
    ranks = _ranks(derivations, fact) if fact in derivations.derived else {}
    made: dict[Fact, Proof] = {}
    founded = derivations.derived.get(fact, ())
    for strict in (True, False):
        for derivation in founded:
            if _is_founded(derivation, ranks, derivations) == strict and not _rests_on(
                derivation, fact, derivations, ranks
            ):
                yield _tree(derivation, derivations, wording, ranks, made)


def _derived(derivation: Derivation, premises: tuple[Proof, ...], wording: Wording) -> Derived:
    rule = wording.phrasing.rules[derivation.rule]
    text = wording.derivation(derivation)
    return Derived(derivation.conclusion, rule.name, text, rule.cites, premises, wording.origin(rule.name))


def foundations(derivations: Derivations, facts: Iterable[Fact]) -> dict[Fact, Derivation]:
    """For each derived fact among these and below them, the derivation that its proof is made of, as `prove` chooses.

    Raises NotDerived for a fact that holds neither way.
    """
    waiting = [fact for fact in facts if fact not in derivations.given]
    for fact in waiting:
        if fact not in derivations.derived:
            raise NotDerived(fact)
    ranks = _ranks(derivations, *waiting)
    found: dict[Fact, Derivation] = {}
    while waiting:
        current = waiting.pop()
        if current not in found:
            chosen = next(d for d in derivations.derived[current] if _is_founded(d, ranks, derivations))
            found[current] = chosen
            waiting += [p for p in chosen.premises if isinstance(p, Fact) and p not in derivations.given]
    return found


def _ranks(derivations: Derivations, *facts: Fact) -> dict[Fact, int]:
    """For the facts and all they may rest on, the least height of a proof: given facts have 0.

    1. Collect every derived fact that they can reach through premises.
    2. Round by round, rank those with a derivation whose premises are all ranked: a fact's rank exceeds that of the
       premises of at least one derivation, so going down in rank always ends.
    """
    reached: dict[Fact, None] = {}
    waiting = [*facts]
    while waiting:
        current = waiting.pop()
        if current not in reached and current not in derivations.given:
            reached[current] = None
            waiting += [p for d in derivations.derived[current] for p in d.premises if isinstance(p, Fact)]
    ranks: dict[Fact, int] = {}
    height = 0
    left = list(reached)
    while left:
        height += 1
        able = [f for f in left if any(_is_ready(d, ranks, derivations) for d in derivations.derived[f])]
        if not able:
            break
        ranks.update(dict.fromkeys(able, height))
        left = [f for f in left if f not in ranks]
    return ranks


def _is_ready(derivation: Derivation, ranks: Mapping[Fact, int], derivations: Derivations) -> bool:
    return all(isinstance(p, Absence) or p in derivations.given or p in ranks for p in derivation.premises)


def _is_founded(derivation: Derivation, ranks: Mapping[Fact, int], derivations: Derivations) -> bool:
    """Whether every premise has a lower rank than the conclusion, so that no proof of it can need the conclusion."""
    top = ranks[derivation.conclusion]
    return all(isinstance(p, Absence) or p in derivations.given or ranks[p] < top for p in derivation.premises)


def _rests_on(derivation: Derivation, fact: Fact, derivations: Derivations, ranks: Mapping[Fact, int]) -> bool:
    """Whether the proof chosen for some premise uses the fact itself."""
    waiting = [p for p in derivation.premises if isinstance(p, Fact)]
    seen = set()
    while waiting:
        current = waiting.pop()
        if current == fact:
            return True
        if current not in seen and current not in derivations.given:
            seen.add(current)
            chosen = next(d for d in derivations.derived[current] if _is_founded(d, ranks, derivations))
            waiting += [p for p in chosen.premises if isinstance(p, Fact)]
    return False


def _tree(
    derivation: Derivation,
    derivations: Derivations,
    wording: Wording,
    ranks: Mapping[Fact, int],
    made: dict[Fact, Proof],
) -> Derived:
    """The tree of one derivation. Facts are proved lowest rank first, so that long chains need no deep recursion."""
    needed: dict[Fact, Derivation] = {}
    waiting = [p for p in derivation.premises if isinstance(p, Fact)]
    while waiting:
        current = waiting.pop()
        if current in needed or current in made:
            continue
        if current in derivations.given:
            made[current] = Given(current)
            continue
        chosen = next(d for d in derivations.derived[current] if _is_founded(d, ranks, derivations))
        needed[current] = chosen
        waiting += [p for p in chosen.premises if isinstance(p, Fact)]
    for current in sorted(needed, key=lambda f: ranks[f]):
        made[current] = _derived(needed[current], _parts(needed[current], made), wording)
    return _derived(derivation, _parts(derivation, made), wording)


def _parts(derivation: Derivation, made: Mapping[Fact, Proof]) -> tuple[Proof, ...]:
    return tuple(p if isinstance(p, Absence) else made[p] for p in derivation.premises)


def to_json(proof: Proof) -> dict[str, Any]:
    """A proof as plain structures. `kind` is `given`, `absence` or `derived`."""
    if isinstance(proof, Given):
        return {"kind": "given", **_statement_to_json(proof.fact)}
    if isinstance(proof, Absence):
        return {"kind": "absence", **_statement_to_json(proof)}
    return {
        "kind": "derived",
        **_statement_to_json(proof.fact),
        "rule": proof.rule,
        "sentence": proof.sentence,
        "cites": list(proof.cites),
        "origin": proof.origin,
        "premises": [to_json(premise) for premise in proof.premises],
    }


def from_json(data: Mapping[str, Any]) -> Proof:
    """The proof that `to_json` wrote; KeyError or ValueError for anything else."""
    predicate, fields = data["predicate"], tuple(sorted(data["fields"].items()))
    if data["kind"] == "given":
        return Given(Fact(predicate, fields))
    if data["kind"] == "absence":
        return Absence(predicate, fields)
    if data["kind"] != "derived":
        raise ValueError(data["kind"])
    premises = tuple(from_json(premise) for premise in data["premises"])
    return Derived(
        Fact(predicate, fields), data["rule"], data["sentence"], tuple(data["cites"]), premises, data["origin"]
    )


def _statement_to_json(statement: Fact | Absence) -> dict[str, Any]:
    return {"predicate": statement.predicate, "fields": dict(statement.fields)}
