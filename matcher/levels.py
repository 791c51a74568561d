"""The levels of the evidence frameworks that the rules derived, and what keeps a higher one open."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rules.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from matcher.case import Matched
    from rules.facts import Derivations, Fact, Value

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


STATED = {
    "amp": "AMP/ASCO/CAP 2017, computed by rules",
    "escat": "ESCAT 2018, computed by rules from the study designs of this graph",
    "oncokb": "OncoKB's definitions, computed by rules from this graph: not OncoKB's curation",
    "civic": "CIViC's scale: the level of the item, or of the best item behind an indication",
    "nct": "NCT/DKTK, computed by rules; Z, Z(FDA), iv and R are addenda",
}
"""Whose each level is: an answer says so."""


class Levels(NamedTuple):
    """What was reached in each framework; `open` are sentences on what is unmet or unknown for a higher grade.

    `addenda` are those of a framework that has them (NCT/DKTK: `Z`, `Z(FDA)`, `iv`, `R`). `facts` are what the rules
    concluded: one for each grade that was reached, then for each addendum.
    """

    grades: dict[str, str | None]
    open: dict[str, tuple[str, ...]]
    addenda: dict[str, tuple[str, ...]]
    facts: tuple[Fact, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Each framework with its grade and addenda, `open` where only an unknown or unmet sub-criterion is told.

        A grade below tiers I and II of ESCAT says that it is the least where the study behind a label is not known.
        """
        told: list[str] = []
        for framework, grade in self.grades.items():
            if grade is not None or framework in self.open:
                shown = f"{grade} or higher" if self._is_least(framework, grade) else grade or "open"
                told.append(" ".join((NAMES[framework], shown, *self.addenda.get(framework, ()))))
        return tuple(told)

    def _is_least(self, framework: str, grade: str | None) -> bool:
        """Whether ESCAT's grade comes from other evidence, while tiers I and II are open."""
        if framework != "escat" or grade is None or grade.split("-")[0] in {"I", "II"}:
            return False
        return any(text.startswith("I or II") for text in self.open.get(framework, ()))

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


def levels_of(matched: Matched, label: Callable[[str, Value], str]) -> dict[str, Levels]:
    """The levels of every graded option and of the evidence behind what is to be avoided, by id."""
    says = {rule.name: rule.sentence() for rule in matched.rules.rules}
    return {
        item: _levels(each, matched.derivations, says, label) for item, each in _gained(matched.derivations).items()
    }


def _levels(
    each: _Gained, derivations: Derivations, says: Mapping[str, str], label: Callable[[str, Value], str]
) -> Levels:
    reached: dict[str, str] = {}
    for fact in each.levels:
        framework, grade = str(fact.get("framework")), str(fact.get("grade"))
        if framework not in reached or _place(framework, grade) < _place(framework, reached[framework]):
            reached[framework] = grade
    marks = {(str(fact.get("framework")), str(fact.get("mark"))) for fact in each.addenda}
    if ("nct", "Z") in marks:  # one of several alterations is approved by the EMA
        marks.discard(("nct", "Z(FDA)"))
    best = {
        fact.get("framework"): fact for fact in sorted(each.levels, key=repr, reverse=True) if _is_best(fact, reached)
    }
    marked = {fact.get("mark"): fact for fact in sorted(each.addenda, key=repr, reverse=True)}
    return Levels(
        {framework: reached.get(framework) for framework in GRADES},
        _open(each.open, reached, derivations, says, label),
        {name: tuple(sorted(mark for of, mark in marks if of == name)) for name in sorted({of for of, _ in marks})},
        (
            *(best[framework] for framework in GRADES if framework in best),
            *(fact for mark, fact in sorted(marked.items()) if (fact.get("framework"), mark) in marks),
        ),
    )


def _is_best(fact: Fact, reached: Mapping[str, str]) -> bool:
    return reached[str(fact.get("framework"))] == fact.get("grade")


NOTHING = Levels(dict.fromkeys(GRADES), {}, {})
"""The levels of an option that is not graded, because it is not recommended."""


def _open(
    facts: Iterable[Fact],
    reached: Mapping[str, str],
    derivations: Derivations,
    says: Mapping[str, str],
    label: Callable[[str, Value], str],
) -> dict[str, tuple[str, ...]]:
    """Sentences on the grades that are better than the reached one, best first, by framework."""
    found: dict[str, list[tuple[int, str]]] = {}
    for fact in facts:
        framework = str(fact.get("framework"))
        wanted = _place(framework, str(fact.get("grade")))
        if framework in reached and _place(framework, reached[framework]) <= wanted:
            continue
        way = derivations.derived[fact][0]
        text = sentence(says[way.rule], dict(way.bindings), label)
        found.setdefault(framework, []).append((wanted, text))
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
    return Levels(grades, open_, addenda)
