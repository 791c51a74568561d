"""What the rules say of tiers: read off them once for a rule set, so that a search need not try what they rule out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.ranking import ranking
from rules.language import Atom, Variable, may_match

if TYPE_CHECKING:
    from collections.abc import Collection

    from rules.language import Rule, RuleSet, Term


def tiers() -> tuple[str, ...]:
    """The tiers, best first, as the declared order of recommendations has them."""
    return next(each.order for each in ranking().criteria if each.by == "tier")


def unsettling(rules: RuleSet) -> frozenset[str]:
    """The criteria that keep an option out where they are undetermined, as the rules say."""
    found = rules.kept.get("unsettling")
    if not isinstance(found, frozenset):
        found = rules.kept["unsettling"] = frozenset(
            str(dict(atom.fields).get("criterion"))
            for rule in rules.rules
            if rule.head.predicate == "unsettled"
            for atom in rule.positives()
            if atom.predicate == "finding"
        )
    return found


def is_for_labels(tier: str, rules: RuleSet) -> bool:
    """Whether the rules give a tier to nothing else than indications of the patient's own jurisdiction."""
    key = f"is for labels: {tier}"
    found = rules.kept.get(key)
    if not isinstance(found, bool):
        wanted = Atom("recommendation", (("tier", tier),))
        giving = (rule for rule in rules.rules if may_match(rule.head, wanted))
        found = rules.kept[key] = all(map(_asks_for_a_label, giving))
    return found


def _asks_for_a_label(rule: Rule) -> bool:
    """Whether the option that a rule recommends must be an indication of the jurisdiction that is asked about."""
    option = dict(rule.head.fields).get("option")
    here = {dict(atom.fields).get("jurisdiction") for atom in rule.positives() if atom.predicate == "patient"}
    return isinstance(option, Variable) and any(
        atom.predicate == "indication" and fields.get("id") == option and _is_one_of(fields.get("jurisdiction"), here)
        for atom in rule.positives()
        for fields in [dict(atom.fields)]
    )


def _is_one_of(term: Term | None, terms: Collection[Term | None]) -> bool:
    """Whether a term is a variable that must be the same in several places, and is one of these."""
    return isinstance(term, Variable) and not term.is_anonymous and term in terms
