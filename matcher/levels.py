"""The levels of the evidence frameworks that the rules derived, and what keeps a higher one open."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from matcher.phrases import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from matcher.case import Matched
    from rules.facts import Derivations, Fact, Value
    from rules.wording import Wording

GRADES: dict[str, tuple[str, ...]] = {
    "amp": ("I-A", "I-B", "II-C", "II-D"),
    "escat": ("I-A", "I", "I-B", "I-C", "II-A", "II-B", "III-A", "III-B", "IV-A", "IV-B", "V", "X"),
    "oncokb": ("R1", "1", "2", "3A", "3B", "4", "R2"),
    "civic": ("A", "B", "C", "D", "E"),
    "nct": ("m1A", "m1B", "m1", "m1C", "m2A", "m2B", "m2", "m2C", "m3", "m4"),
}
"""The grades of each framework, best first. `I`, `m1`, `m2`: what would tell their letters apart is not known.

OncoKB's are computed from this graph by the rules of `6-frameworks.yaml`; they are not OncoKB's curation.
"""


NAMES = {"amp": "AMP", "escat": "ESCAT", "oncokb": "OncoKB", "civic": "CIViC", "nct": "NCT"}
"""The frameworks as a board names them."""


def stated(lang: str = "en") -> dict[str, str]:
    """Whose each level is, by framework: an answer says so."""
    return {framework: say("levels", framework, lang) for framework in GRADES}


STATED = stated()
"""The same in English."""


class Levels(NamedTuple):
    """What was reached in each framework; `open` are sentences on what is unmet or unknown for a higher grade.

    `addenda` are those of a framework that has them (NCT/DKTK: `Z`, `Z(FDA)`, `iv`, `R`). `facts` are what the rules
    concluded: one for each grade that was reached, then for each addendum. `least` are the frameworks of which a better
    tier stays open because a study's design is not known. Texts are in `lang`. `open_facts` are the conclusions behind
    `open`, framework by framework, the best grade first.
    """

    grades: dict[str, str | None]
    open: dict[str, tuple[str, ...]]
    addenda: dict[str, tuple[str, ...]]
    facts: tuple[Fact, ...] = ()
    least: frozenset[str] = frozenset()
    lang: str = "en"
    open_facts: tuple[Fact, ...] = ()

    def is_least(self, framework: str) -> bool:
        """Whether a better grade may hold that what is known does not show: ESCAT's tiers I and II behind a label."""
        grade = self.grades[framework]
        return grade is not None and self._is_least(framework, grade)

    @property
    def texts(self) -> tuple[str, ...]:
        """Each framework with its grade and addenda, `open` where only an unknown or unmet sub-criterion is told.

        A grade below tiers I and II of ESCAT says that it is the least where the study behind a label is not known.
        """
        told: list[str] = []
        for framework, grade in self.grades.items():
            if grade is not None or framework in self.open:
                shown = grade or say("levels", "open", self.lang)
                if grade and self._is_least(framework, grade):
                    shown = say("levels", "least", self.lang, grade=grade)
                told.append(" ".join((NAMES[framework], shown, *self.addenda.get(framework, ()))))
        return tuple(told)

    def _is_least(self, framework: str, grade: str) -> bool:
        """Whether ESCAT's grade comes from other evidence, while tiers I and II are open."""
        return framework == "escat" and framework in self.least and grade.split("-")[0] not in {"I", "II"}

    @property
    def open_texts(self) -> tuple[str, ...]:
        """What keeps a better grade open, framework by framework."""
        return tuple(f"{NAMES[framework]} {text}" for framework, texts in self.open.items() for text in texts)


class _Gained(NamedTuple):
    """What the rules of the frameworks concluded of one item: facts of levels, of what is open, and of addenda.

    A recommendation has those of its uses too.
    """

    levels: list[Fact]
    open: list[Fact]
    addenda: list[Fact]


def _gained(derivations: Derivations) -> dict[str, _Gained]:
    """What every graded item gained, by id."""
    found: dict[str, _Gained] = {}
    of_uses: dict[str, _Gained] = {}
    recommended: set[Value | None] = set()
    for fact in derivations.derived:
        place = PLACES.get(fact.predicate)
        if place is not None:
            kept = of_uses if fact.predicate in OF_USES else found
            kept.setdefault(str(fact.get("use") or fact.get("option")), _Gained([], [], []))[place].append(fact)
        elif fact.predicate == "graded" and fact.get("effect") == "benefit":
            recommended.add(fact.get("item"))
    for fact in derivations.given if of_uses else ():
        if fact.predicate == "use_of" and fact.get("item") in recommended:
            shared = of_uses.get(str(fact.get("use")))
            if shared is not None:
                mine = found.setdefault(str(fact.get("item")), _Gained([], [], []))
                mine.levels.extend(shared.levels)
                mine.addenda.extend(shared.addenda)
    return found


PLACES = {"level": 0, "use_level": 0, "level_open": 1, "addendum": 2, "use_addendum": 2}
"""Where `_Gained` keeps the facts of a predicate."""

OF_USES = frozenset({"use_level", "use_addendum"})
"""Predicates that labels give to all recommendations of a use."""


def levels_of(matched: Matched, wording: Wording) -> dict[str, Levels]:
    """The levels of every graded option and of the evidence behind what is to be avoided, by id."""
    return levels_in(matched.derivations, wording)


def levels_in(derivations: Derivations, wording: Wording) -> dict[str, Levels]:
    """As `levels_of`, of everything that was derived."""
    return {item: _levels(each, derivations, wording) for item, each in _gained(derivations).items()}


def grades_in(derivations: Derivations) -> dict[str, Levels]:
    """As `levels_in`, the grades alone."""
    return {
        item: Levels({framework: reached.get(framework) for framework in GRADES}, {}, {})
        for item, each in _gained(derivations).items()
        if (reached := _reached(each.levels))
    }


def _levels(each: _Gained, derivations: Derivations, wording: Wording) -> Levels:
    reached = _reached(each.levels)
    marks = {(str(fact.get("framework")), str(fact.get("mark"))) for fact in each.addenda}
    if ("nct", "Z") in marks:  # one of several alterations is approved by the EMA
        marks.discard(("nct", "Z(FDA)"))
    best = {
        fact.get("framework"): fact for fact in sorted(each.levels, key=repr, reverse=True) if _is_best(fact, reached)
    }
    marked = {fact.get("mark"): fact for fact in sorted(each.addenda, key=repr, reverse=True)}
    better = _better(each.open, reached)
    return Levels(
        {framework: reached.get(framework) for framework in GRADES},
        _open(better, derivations, wording),
        {name: tuple(sorted(mark for of, mark in marks if of == name)) for name in sorted({of for of, _ in marks})},
        (
            *(best[framework] for framework in GRADES if framework in best),
            *(fact for mark, fact in sorted(marked.items()) if (fact.get("framework"), mark) in marks),
        ),
        frozenset(str(fact.get("framework")) for fact in each.open if _is_of_both_tiers(fact, derivations, wording)),
        wording.lang,
        tuple(better),
    )


def _reached(levels: Iterable[Fact]) -> dict[str, str]:
    """The best grade of each framework."""
    reached: dict[str, str] = {}
    for fact in levels:
        framework, grade = str(fact.get("framework")), str(fact.get("grade"))
        if framework not in reached or _place(framework, grade) < _place(framework, reached[framework]):
            reached[framework] = grade
    return reached


def _is_of_both_tiers(fact: Fact, derivations: Derivations, wording: Wording) -> bool:
    """Whether the rule says that tiers I and II are open alike."""
    return wording.phrasing.rules[derivations.derived[fact][0].rule].sentence().startswith("I or II")


def _is_best(fact: Fact, reached: Mapping[str, str]) -> bool:
    return reached[str(fact.get("framework"))] == fact.get("grade")


NOTHING = Levels(dict.fromkeys(GRADES), {}, {})
"""The levels of an option that is not graded, because it is not recommended."""


def _better(facts: Iterable[Fact], reached: Mapping[str, str]) -> list[Fact]:
    """What is open for grades that are better than the reached one: by framework, the best grade first."""
    found: list[tuple[str, int, Fact]] = []
    for fact in facts:
        framework = str(fact.get("framework"))
        wanted = _place(framework, str(fact.get("grade")))
        if framework not in reached or wanted < _place(framework, reached[framework]):
            found.append((framework, wanted, fact))
    return [fact for *_, fact in sorted(found)]


def _open(facts: Iterable[Fact], derivations: Derivations, wording: Wording) -> dict[str, tuple[str, ...]]:
    """Sentences on the grades that are better than the reached one, best first, by framework."""
    found: dict[str, list[tuple[int, str]]] = {}
    for fact in facts:
        framework = str(fact.get("framework"))
        text = wording.derivation(derivations.derived[fact][0])
        found.setdefault(framework, []).append((_place(framework, str(fact.get("grade"))), text))
    return {
        framework: tuple(dict.fromkeys(text for _, text in sorted(found[framework]))) for framework in sorted(found)
    }


def _place(framework: str, grade: str) -> int:
    """Where a grade stands in its framework; one that a site's rules add stands last."""
    order = GRADES[framework]
    return order.index(grade) if grade in order else len(order)


def best(each: Iterable[Levels]) -> Levels:
    """The best grade of each framework over several items, with what is open and the addenda of those that reach it."""
    every = list(each)
    grades: dict[str, str | None] = {}
    open_: dict[str, tuple[str, ...]] = {}
    addenda: dict[str, tuple[str, ...]] = {}
    for framework in GRADES:
        told = [grade for levels in every if (grade := levels.grades[framework]) is not None]
        grades[framework] = min(told, key=lambda grade: _place(framework, grade), default=None)
        leading = [levels for levels in every if levels.grades[framework] == grades[framework]]
        texts = dict.fromkeys(text for levels in leading for text in levels.open.get(framework, ()))
        marks = {mark for levels in leading for mark in levels.addenda.get(framework, ())}
        if texts:
            open_[framework] = tuple(texts)
        if marks:
            addenda[framework] = tuple(sorted(marks))
    least = frozenset[str]().union(*(levels.least for levels in every))
    return Levels(grades, open_, addenda, (), least, every[0].lang if every else "en")
