"""What the rules say of tiers: read off them once for a rule set, so that a search need not try what they rule out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from matcher.ranking import ranking
from rules.language import Atom, Variable, may_match

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import TypeGuard

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


class Form(NamedTuple):
    """What a statement must be that a rule recommends: what its fact says, and how the tumor type stands to it.

    `predicate` is that of its fact, `fields` what that must say. `place` says whether its jurisdiction must be the
    patient's own (False: another one; None: any), `relations` how the patient's tumor type must stand to it (None: in
    any way), `genomic` whether its biomarker must be present by what was found in the genome.
    """

    predicate: str
    fields: tuple[tuple[str, Term], ...]
    place: bool | None
    relations: frozenset[str] | None
    genomic: bool


STATEMENTS = ("indication", "evidence", "trial")
"""What says of a fact which statement of the graph it is."""


def forms(tier: str, rules: RuleSet) -> tuple[Form, ...] | None:
    """The forms of statements that may be recommended in this tier or a better one; None where that may be any."""
    key = f"forms: {tier}"
    if key not in rules.kept:
        better = tiers()[: tiers().index(tier) + 1]
        wanted = [Atom("recommendation", (("tier", each),)) for each in better]
        giving = [rule for rule in rules.rules if any(may_match(rule.head, each) for each in wanted)]
        found = [_form(rule, rules) for rule in giving]
        told = tuple(dict.fromkeys(form for form in found if form is not None))
        rules.kept[key] = None if None in found else told
    kept: tuple[Form, ...] | None = rules.kept[key]
    return kept


def _form(rule: Rule, rules: RuleSet) -> Form | None:
    """What the option that a rule recommends must be; None where that may be any statement."""
    option = dict(rule.head.fields).get("option")
    if not _must_agree(option):
        return None
    told = next((each for each in rule.positives() if _is_about(each, "id", option, STATEMENTS)), None)
    if told is None:
        return None
    fields = tuple((name, term) for name, term in told.fields if not isinstance(term, Variable))
    related = [found for atom in rule.positives() if (found := _relations(atom, option, rules)) is not None]
    relations = frozenset.intersection(*related) if related else None
    asked = [dict(each.fields) for each in rule.positives() if _is_about(each, "item", option, ("biomarker_of",))]
    genomic = any((each.get("status"), each.get("genomic")) == ("present", True) for each in asked)
    return Form(told.predicate, fields, _place(dict(told.fields).get("jurisdiction"), rule), relations, genomic)


def _place(named: Term | None, rule: Rule) -> bool | None:
    """Whether what is named in a rule is the patient's jurisdiction, or must be another one."""
    here = [dict(atom.fields).get("jurisdiction") for atom in rule.positives() if atom.predicate == "patient"]
    here = [term for term in here if _must_agree(term)]
    if not _must_agree(named):
        return None
    if named in here:
        return True
    apart = [{each.left, each.right} for each in rule.comparisons() if each.operator == "!="]
    return False if any({named, term} in apart for term in here) else None


def _relations(atom: Atom, option: Term | None, rules: RuleSet) -> frozenset[str] | None:
    """The relations of the tumor type to an option without which a condition does not hold; None where it may."""
    if _is_about(atom, "item", option, ("tumor_of",)):
        relation = dict(atom.fields).get("relation")
        return frozenset((relation,)) if isinstance(relation, str) else None
    names = [name for name, term in atom.fields if term == option]
    if not names or rules.predicates[atom.predicate].given:
        return None
    found: set[str] = set()
    for rule in rules.rules:
        if may_match(rule.head, atom):
            item = dict(rule.head.fields)[names[0]]
            asked = (each for each in rule.positives() if _is_about(each, "item", item, ("tumor_of",)))
            relations = [dict(each.fields).get("relation") for each in asked]
            told = [each for each in relations if isinstance(each, str)]
            if not _must_agree(item) or not told:
                return None
            found.add(told[0])
    return frozenset(found)


def _is_about(atom: Atom, field: str, term: Term | None, predicates: Collection[str]) -> bool:
    """Whether a condition is of one of these predicates, and about what a term stands for."""
    return atom.predicate in predicates and term is not None and dict(atom.fields).get(field) == term


def _must_agree(term: Term | None) -> TypeGuard[Variable]:
    """Whether a term is a variable that must be the same in several places."""
    return isinstance(term, Variable) and not term.is_anonymous
