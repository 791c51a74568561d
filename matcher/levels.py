"""The levels of the evidence frameworks that the rules derived, and what keeps a higher one open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from rules.proof import sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.case import Matched
    from rules.facts import Value

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

    `addenda` are those of a framework that has them (NCT/DKTK: `Z`, `Z(FDA)`, `iv`, `R`).
    """

    grades: dict[str, str | None]
    open: dict[str, tuple[str, ...]]
    addenda: dict[str, tuple[str, ...]]

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


def levels_of(matched: Matched, label: Callable[[str, Value], str]) -> dict[str, Levels]:
    """The levels of every graded option and of the evidence behind what is to be avoided, by id."""
    reached: dict[str, dict[str, str]] = {}
    for fact in matched.derivations.facts("level"):
        item, framework, grade = str(fact.get("option")), str(fact.get("framework")), str(fact.get("grade"))
        kept = reached.setdefault(item, {})
        if framework not in kept or _place(framework, grade) < _place(framework, kept[framework]):
            kept[framework] = grade
    open_ = _open(matched, reached, label)
    addenda: dict[str, dict[str, list[str]]] = {}
    for fact in matched.derivations.facts("addendum"):
        marks = addenda.setdefault(str(fact.get("option")), {}).setdefault(str(fact.get("framework")), [])
        marks.append(str(fact.get("mark")))
    return {
        item: Levels(
            {framework: reached.get(item, {}).get(framework) for framework in GRADES},
            {framework: tuple(texts) for framework, texts in sorted(open_.get(item, {}).items())},
            {framework: tuple(sorted(marks)) for framework, marks in addenda.get(item, {}).items()},
        )
        for item in {*reached, *open_}
    }


NOTHING = Levels(dict.fromkeys(GRADES), {}, {})
"""The levels of an option that is not graded, because it is not recommended."""


def _open(
    matched: Matched, reached: dict[str, dict[str, str]], label: Callable[[str, Value], str]
) -> dict[str, dict[str, list[str]]]:
    """Sentences on the grades that are better than the reached one, best first."""
    says = {rule.name: rule.sentence() for rule in matched.rules.rules}
    found: dict[str, dict[str, list[tuple[int, str]]]] = {}
    for fact in matched.derivations.facts("level_open"):
        item, framework = str(fact.get("option")), str(fact.get("framework"))
        wanted = _place(framework, str(fact.get("grade")))
        if framework in reached.get(item, {}) and _place(framework, reached[item][framework]) <= wanted:
            continue
        way = matched.derivations.derived[fact][0]
        text = sentence(says[way.rule], dict(way.bindings), label)
        found.setdefault(item, {}).setdefault(framework, []).append((wanted, text))
    return {
        item: {framework: list(dict.fromkeys(text for _, text in sorted(texts))) for framework, texts in each.items()}
        for item, each in found.items()
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
