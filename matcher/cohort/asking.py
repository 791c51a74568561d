"""What an answer of a cohort asks of the rules, as rules of its own: no more is read of what they conclude.

`told_PREDICATE` are the conclusions that recommendations are made from; `blocked` is what keeps an option from being
recommended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256

from matcher.tier_rules import unsettling
from rules.language import Atom, Condition, Negation, Predicate, Rule, RuleSet, Term, Variable
from rules.prune import resting

ANSWERING = {
    "option": ("id", "basis"),
    "recommendation": ("option", "tier"),
    "finding": ("about", "criterion", "option", "recoverable", "verdict"),
    "flag": ("mark", "option"),
    "lowered": ("by", "option"),
    "functional_place": ("option", "place"),
    "reimbursed": ("answer", "regimen"),
    "graded": ("effect", "item"),
    "level": ("framework", "grade", "option"),
    "use_level": ("framework", "grade", "use"),
    "avoid": ("because", "evidence", "regimen"),
    "contraindicated": ("caution", "regimen"),
}
"""The conclusions that an answer is made from, and those of their fields that it takes."""

OF_RECOMMENDED = {"option": "id", "finding": "option", "flag": "option", "lowered": "option"}
"""Conclusions that are asked for of recommended options alone, and the field that names the option."""

BLOCKED = ("option", "criterion", "verdict", "about", "regimen")
"""The fields of what keeps an option from being recommended."""
BLOCKS = "blocked"
"""Its predicate."""

Terms = dict[str, Term]


def told(predicate: str) -> str:
    """The predicate of what is asked for of another one."""
    return f"told_{predicate}"


def answering(rules: RuleSet) -> RuleSet:
    """The rules that an answer rests on, and those that ask for it; found once for a rule set."""
    found = rules.kept.get("answering")
    if not isinstance(found, RuleSet):
        found = rules.kept["answering"] = _answering(rules)
    return found


ASKED = (*(told(predicate) for predicate in ANSWERING), BLOCKS)
"""All predicates that are asked for."""


def _answering(rules: RuleSet) -> RuleSet:
    base = resting(rules, tuple(ANSWERING))
    asked = (*_told(), *_blocked(unsettling(rules)))
    predicates = {told(name): _part(rules, name, told(name), fields) for name, fields in ANSWERING.items()}
    predicates[BLOCKS] = _part(rules, "finding", BLOCKS, BLOCKED)
    last = tuple(range(len(base.rules), len(base.rules) + len(asked)))
    return replace(
        base,
        rules=(*base.rules, *asked),
        predicates={**base.predicates, **predicates},
        strata=(*base.strata, last),
        digest="sha256:" + sha256(f"answering: {base.digest}".encode()).hexdigest(),
    )


def _part(rules: RuleSet, name: str, new: str, fields: Iterable[str]) -> Predicate:
    """A predicate with some fields of one that is declared; with the regimen of an option where that is asked for."""
    kinds = {each.name: each for declared in (name, "option") for each in rules.predicates[declared].fields}
    kinds |= {each.name: each for each in rules.predicates[name].fields}
    return Predicate(new, tuple(kinds[field] for field in fields))


def _told() -> Iterator[Rule]:
    for name, fields in ANSWERING.items():
        terms: Terms = {field: Variable(field.capitalize()) for field in fields}
        body: list[Condition] = [_atom(name, terms)]
        if name in OF_RECOMMENDED:
            body.append(_atom("recommendation", {"option": terms[OF_RECOMMENDED[name]]}))
        yield Rule(told(name), tuple(body), _atom(told(name), terms))


def _blocked(opening: Iterable[str]) -> Iterator[Rule]:
    """What failed, and what is undetermined of the criteria that keep an option out as long as it is."""
    terms: Terms = {field: Variable(field.capitalize()) for field in BLOCKED}
    option, regimen = terms["option"], terms["regimen"]
    for verdict, criterion in (("fail", None), *(("undetermined", each) for each in sorted(opening))):
        here: Terms = {**terms, "verdict": verdict} | ({"criterion": criterion} if criterion is not None else {})
        finding = _atom("finding", {name: term for name, term in here.items() if name != "regimen"})
        of_option = _atom("option", {"id": option, "regimen": regimen})
        denied = Negation(_atom("recommendation", {"option": option}))
        yield Rule(f"{BLOCKS}-{verdict}-{criterion}", (finding, of_option, denied), _atom(BLOCKS, here))


def _atom(predicate: str, terms: Terms) -> Atom:
    return Atom(predicate, tuple(sorted(terms.items())))
