"""What is recommended to patients who are alike, as rows: a regimen of which the same is concluded is weighed once.

Of two questions that differ in one gene most options are the same, and so are their ranks among each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from matcher.case import Matched
from matcher.cohort.alone import avoided_rows, recommendation_rows
from matcher.cohort.tables import COLUMNS, TIERS
from matcher.facts import regimen_id
from matcher.patient import Patient
from matcher.recommend import avoided_silently, rank_key, ranked_silently
from rules.facts import Derivations, Fact

if TYPE_CHECKING:
    from kb.alteration import Alteration
    from kb.graph import KnowledgeBase
    from kb.indication import Regimen
    from matcher.cohort.classes import Alike
    from matcher.facts import Item
    from rules.language import RuleSet

Row = tuple[object, ...]
Conclusions = Mapping[str, Sequence[Fact]]

OF_OPTION = {
    "option": "id",
    "recommendation": "option",
    "finding": "option",
    "flag": "option",
    "lowered": "option",
    "functional_place": "option",
    "level": "option",
}
"""Conclusions about one option, and the field that names it."""
OTHERS = {"reimbursed": "regimen", "use_level": "use", "graded": "item", "avoid": "evidence", "contraindicated": ""}
"""The other conclusions of an answer, and the field that names what each is about, if one counts."""
_SUBJECTS = {**OF_OPTION, **OTHERS}

AT = list(COLUMNS["recommendations"]).index("alterations")
"""The column of a recommendation that differs among patients who are alike, beside `patient` and `rank`."""
BEFORE = 2
"""So many columns, `patient` and `rank`, come before what is the same for all who are alike."""
MOST_KEPT = 200_000
"""So many conclusions and regimens are kept; the next piece then begins anew."""


class Recommended(NamedTuple):
    """A recommended regimen: its place among others, the option that leads, its tier, and its row.

    The row is without the cells of `patient`, `rank` and `alterations`.
    """

    place: tuple[object, ...]
    lead: str
    tier: str | None
    row: Row


class Answered(NamedTuple):
    """What is recommended to patients who are alike by rank, with the alterations behind it, and what is to be avoided.

    `avoided` are rows without the patient. `tier` is the best one reached.
    """

    recommended: list[tuple[Recommended, tuple[Alteration, ...]]]
    avoided: tuple[Row, ...]
    tier: str | None


class _Known(NamedTuple):
    """A conclusion that was met: what it is about, its number, and itself, so that no other has its address."""

    about: str
    number: int
    fact: Fact


class Answers:
    """What conclusions about patients come to, over one graph; `trim` bounds what is kept."""

    def __init__(self, knowledge: KnowledgeBase, rules: RuleSet) -> None:
        self._knowledge, self._rules = knowledge, rules
        self._forget()

    def _forget(self) -> None:
        self._numbers: dict[Fact, int] = {}
        self._facts: list[Fact] = []
        self._recommended: dict[tuple[object, ...], Recommended] = {}
        self._avoided: dict[tuple[object, ...], tuple[Row, ...]] = {}
        self._met: dict[int, _Known] = {}

    def trim(self) -> None:
        """Forgets what was met in pieces before, and everything where too much is kept."""
        self._met.clear()
        if len(self._facts) + len(self._recommended) + len(self._avoided) > MOST_KEPT:
            self._forget()

    def of(self, alike: Alike, conclusions: Conclusions) -> Answered:
        """The answer to those who are alike, of whom this is concluded."""
        ranked = self._ranked(alike, conclusions) if "recommendation" in conclusions else []
        tier = min((each.tier for each in ranked if each.tier), default=None, key=TIERS.index)
        items = alike.case.items
        named = [(each, status.alterations if (status := items[each.lead].status) else ()) for each in ranked]
        return Answered(named, self._to_avoid(alike, conclusions), tier)

    def _ranked(self, alike: Alike, conclusions: Conclusions) -> list[Recommended]:
        items, told = alike.case.items, self._by_option(alike, conclusions)
        paid = self._about("reimbursed", conclusions)
        regimens: dict[Regimen, list[str]] = {}
        for name in told:
            regimens.setdefault(items[name].regimen, []).append(name)
        own = alike.number if self._knowledge.local_evidence() else None  # what a site adds is for some patients
        found = []
        for regimen, names in regimens.items():
            pays = paid.get(regimen_id(regimen), ()) if paid else ()
            key = (own, regimen, *pays, *[(*told[name], *_standing(items[name])) for name in names])
            known = self._recommended.get(key)
            if known is None:
                facts = self._told([*pays, *(number for name in names for number in told[name])])
                known = self._recommended[key] = self._weighed(alike, facts, names)
            found.append(known)
        return sorted(found)

    def _by_option(self, alike: Alike, conclusions: Conclusions) -> dict[str, list[int]]:
        """The numbers of what is concluded of each recommended option, in one order."""
        told: dict[str, list[int]] = {str(each.get("option")): [] for each in conclusions["recommendation"]}
        met, mine = self._met, told.get
        for predicate in OF_OPTION:
            for each in conclusions.get(predicate, ()):
                about, number, _ = met.get(id(each)) or self._meet(each)
                numbers = mine(about)
                if numbers is not None:
                    numbers.append(number)
        if "use_level" in conclusions:
            graded, uses = self._about("graded", conclusions), self._about("use_level", conclusions)
            for item, use in sorted(_uses(alike, told)):
                told[item] += [*graded.get(item, ()), *uses.get(use, ())]
        return told

    def _weighed(self, alike: Alike, facts: Iterable[Fact], names: Sequence[str]) -> Recommended:
        """The regimen of these options, of which these facts are all that is concluded."""
        given = frozenset(each for each in alike.case.facts if each.predicate == "use_of" and each.get("item") in names)
        (each,) = ranked_silently(self._matched(alike, facts, given))
        ((_, _, *cells),) = recommendation_rows("", [each], lambda _: "")
        at = AT - BEFORE
        return Recommended(rank_key(each.option), each.option.id, each.option.tier, (*cells[:at], *cells[at + 1 :]))

    def _to_avoid(self, alike: Alike, conclusions: Conclusions) -> tuple[Row, ...]:
        against = [self._known(each) for name in ("avoid", "contraindicated") for each in conclusions.get(name, ())]
        if not against:
            return ()
        items = alike.case.items
        labels = [status.label for each in against if each.about and (status := items[each.about].status) is not None]
        key = (*(each.number for each in against), *labels)
        known = self._avoided.get(key)
        if known is None:
            found = avoided_silently(self._matched(alike, [each.fact for each in against]))
            known = self._avoided[key] = tuple(row[1:] for row in avoided_rows("", found))
        return known

    def _matched(self, alike: Alike, facts: Iterable[Fact], given: frozenset[Fact] = frozenset()) -> Matched:
        """Somebody of those who are alike, of whom no more than these facts is concluded."""
        derivations = Derivations(given, dict.fromkeys(facts, ()))
        return Matched(
            *(Patient(""), alike.query, alike.board, alike.case, derivations), self._rules, self._knowledge, ()
        )

    def _about(self, predicate: str, conclusions: Conclusions) -> dict[str, list[int]]:
        """The numbers of the conclusions of a predicate, by what they are about."""
        found: dict[str, list[int]] = {}
        for each in map(self._known, conclusions.get(predicate, ())):
            found.setdefault(each.about, []).append(each.number)
        return found

    def _told(self, numbers: Iterable[int]) -> list[Fact]:
        return [self._facts[number] for number in numbers]

    def _known(self, fact: Fact) -> _Known:
        return self._met.get(id(fact)) or self._meet(fact)

    def _meet(self, fact: Fact) -> _Known:
        number = self._numbers.setdefault(fact, len(self._facts))
        if number == len(self._facts):
            self._facts.append(fact)
        met = self._met[id(fact)] = _Known(str(fact.get(_SUBJECTS[fact.predicate]) or ""), number, fact)
        return met


def _standing(item: Item) -> tuple[object, ...]:
    """How patients stand to an item, as far as its recommendation tells it beside the alterations."""
    status = item.status
    return (item.relation,) if status is None else (item.relation, status.id, status.label, status.closeness)


def _uses(alike: Alike, items: Collection[str]) -> Iterator[tuple[str, str]]:
    """Which of the items are of which uses."""
    for each in alike.case.facts:
        if each.predicate == "use_of" and (item := str(each.get("item"))) in items:
            yield item, str(each.get("use"))
