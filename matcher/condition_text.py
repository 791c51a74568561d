"""Conditions that an indication or a trial states as text, read as structure where the words leave no doubt.

A text that is not listed or does not fit a pattern as a whole stays text, to confirm: half a sentence is never read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from matcher.eligibility import AllOf, AnyOf, Criterion, Not, Tree

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase


def read(text: str, knowledge: KnowledgeBase) -> Tree | None:
    """The condition as a tree of criteria; None when it cannot be read.

    A single criterion is a tree of one leaf: `at most ECOG`, `at most age`, `sex`, ... The therapies that a text names
    must be known to the graph.
    """
    plain = " ".join(text.lower().rstrip(".").split())
    stated = _STATED.get(plain)
    if stated is not None:
        return stated
    for word, pattern, build in _PATTERNS:
        if word in plain and (found := re.fullmatch(pattern, plain)) is not None:
            return build(found, knowledge)
    return None


def _any_state(*states: str) -> Tree:
    return AnyOf(tuple(Criterion("state", state) for state in states))


def _after(kind: str, *therapies: str) -> Tree:
    return AllOf(tuple(Criterion(kind, therapy) for therapy in therapies))


_POSTMENOPAUSAL = Criterion("menopause", "postmenopausal")
_COLORECTAL = Criterion("tumor", "COADREAD")

_STATED: dict[str, Tree] = {
    "postmenopausal": _POSTMENOPAUSAL,
    "postmenopausal women": _POSTMENOPAUSAL,
    "postmenopausal women or men": AnyOf((_POSTMENOPAUSAL, Criterion("sex", "male"))),
    "lhrh agonist if pre/perimenopausal": AnyOf((_POSTMENOPAUSAL, Criterion("receives", "gnrh agonist"))),
    "men": Criterion("sex", "male"),
    "women": Criterion("sex", "female"),
    "male patients only": Criterion("sex", "male"),
    "female patients only": Criterion("sex", "female"),
    "paediatric": Criterion("paediatric", "yes"),
    "non-squamous": Criterion("histology", "non-squamous"),
    "high-grade serous": Criterion("tumor", "HGSOC"),
    "recurrent or metastatic": _any_state("recurrent", "metastatic"),
    "persistent/recurrent/metastatic": _any_state("persistent", "recurrent", "metastatic"),
    "persistent, recurrent or metastatic": _any_state("persistent", "recurrent", "metastatic"),
    "crc: after fluoropyrimidine, oxaliplatin and irinotecan": AnyOf(
        (Not(_COLORECTAL), _after("received", "fluoropyrimidine", "oxaliplatin", "irinotecan"))
    ),
    "progression on or intolerance to imatinib": AnyOf(
        (Criterion("progressed on", "imatinib"), Criterion("intolerant of", "imatinib"))
    ),
    "irinotecan intolerant": Criterion("intolerant of", "irinotecan"),
    "failure of one prior systemic therapy": Criterion("progressed on", "systemic therapy"),
    "prior metastatic therapy or recurrence <=6 months of adjuvant": AnyOf(
        (
            Criterion("received", "systemic therapy (metastatic)"),
            Criterion("recurred within", "systemic therapy (adjuvant)|183"),
        )
    ),
    "prior anti-angiogenic therapy": Criterion("received", "vegf/vegfr inhibitor"),
}
"""Texts of the starter's indications and of the trial loaders, in lower case."""

_DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}


def days(number: str, unit: str) -> int:
    """A span in whole days.

    >>> days("4", "weeks"), days("12", "months"), days("6", "month")
    (28, 365, 183)
    """
    return round(int(number) * _DAYS[unit.rstrip("s")])


def _ecog(found: re.Match[str], knowledge: KnowledgeBase) -> Tree:
    return Criterion("at most ECOG", found["most"])


def _karnofsky(found: re.Match[str], knowledge: KnowledgeBase) -> Tree:
    return Criterion("at least Karnofsky", found["least"])


def _age(found: re.Match[str], knowledge: KnowledgeBase) -> Tree:
    most = int(found["most"]) - (found.groupdict().get("sign") == "<")
    return Criterion("at most age", str(most))


def _interval(found: re.Match[str], knowledge: KnowledgeBase) -> Tree | None:
    name = _therapy(found["therapy"], knowledge)
    return None if name is None else Criterion("washout", f"{name}|{days(found['number'], found['unit'])}")


def _not_received(found: re.Match[str], knowledge: KnowledgeBase) -> Tree | None:
    name = _therapy(found["therapy"], knowledge)
    return None if name is None else Not(Criterion("received", name))


def _therapy(text: str, knowledge: KnowledgeBase) -> str | None:
    """The therapy or class of a name; None when the graph has none, so that the text stays text."""
    from kb.therapies import UnknownTherapy

    name = text.strip()
    if re.fullmatch(_EVERY_THERAPY, name):
        return "systemic therapy"
    for each in (name, name.removesuffix("s"), re.sub(r"(?<=\d)i$", " inhibitor", name)):
        try:
            return knowledge.therapy(each).id
        except UnknownTherapy:
            continue
    return None


_EVERY_THERAPY = r"(?:systemic )?(?:anti-?cancer|antineoplastic) (?:therapy|treatment)|systemic treatment"

_SPAN = r"(?P<number>\d+)[ -]?(?P<unit>day|week|month|year)s?"
_PATTERNS: tuple[tuple[str, str, Callable[[re.Match[str], KnowledgeBase], Tree | None]], ...] = (
    (
        "ecog",
        r"(?:eastern cooperative oncology group(?: \(ecog\))?|ecog)(?: performance status| ps| score)*"
        r"(?: of| is|:)?(?: 0(?:-|–| to | or |, 1 or |/)| ?(?:<=|≤) ?| at most )(?P<most>[0-3])",
        _ecog,
    ),
    ("karnofsky", r"karnofsky(?: performance status| score|:)* ?(?:>=|≥|of at least) ?(?P<least>\d+) ?%?", _karnofsky),
    ("age up to", r"age up to (?P<most>\d+)(?: years)?", _age),
    ("old", r"at most (?P<most>\d+) years? old", _age),
    ("age in years", r"age in years: ?(?P<sign><=?) ?(?P<most>\d+)", _age),
    ("free", rf"(?P<therapy>[a-z0-9/ -]+?)(?:-| )free interval (?:>=|≥|of at least) ?{_SPAN}", _interval),
    (
        "within",
        rf"(?:not: |no )?(?:prior |previous )?(?P<therapy>[a-z0-9/ -]+?) within {_SPAN}(?: prior to| before)?"
        r"(?: (?:the )?(?:first dose|start|study|enrollment)[a-z ]*)?",
        _interval,
    ),
    (
        "no",
        r"(?:not: |no )(?:have )?(?:previously received|received prior treatment with|prior treatment with|prior)"
        r"(?: an?| any)? (?P<therapy>[a-z0-9/ -]+)",
        _not_received,
    ),
)
"""Forms that a whole text may have, each with a word that it cannot lack: most texts are never compared."""


_WITHIN = rf".*\brecurred within {_SPAN} of (?P<setting>adjuvant|\(neo\)adjuvant|neoadjuvant) (?P<therapy>[a-z0-9/ -]+)"
_ON_ADJUVANT = rf"recurred on adjuvant (?P<therapy>[a-z0-9/ -]+?) or within {_SPAN} of its end"
_COMPLETED = rf"(?P<setting>adjuvant|neoadjuvant) (?P<therapy>[a-z0-9/ -]+?) completed less than {_SPAN} ago"
_DATED = (
    ("completed", _COMPLETED, "completed within"),
    ("recurred", _ON_ADJUVANT, "recurred within"),
    ("recurred", _WITHIN, "recurred within"),
)
_INTOLERANT = r".*\b(?:on|received) (?P<therapy>[a-z0-9/ -]+), or intolerant of it"
_NUMBERS = {"one": "1", "two": "2", "three": "3", "six": "6", "twelve": "12"}


def timed_part(text: str, knowledge: KnowledgeBase) -> Criterion | None:
    """The part of a requirement that dates (or a recorded intolerance) can answer, where its text has one.

    `recurred within` and `completed within` carry the therapy, its setting and the days; each suffices for the
    requirement. A text that restricts further is not read.

    >>> from kb.graph import open_knowledge_base
    >>> timed_part("adjuvant trastuzumab completed less than one year ago", open_knowledge_base())
    Criterion(kind='completed within', value='trastuzumab (adjuvant)|365')
    """
    plain = " ".join(_NUMBERS.get(word, word) for word in text.lower().split())
    for word, pattern, kind in _DATED:
        found = re.fullmatch(pattern, plain) if word in plain else None
        if found is None:
            continue
        parts = found.groupdict()
        stated = "systemic therapy" if parts.get("therapy") in (None, "therapy") else parts["therapy"]
        name = _therapy(stated or "", knowledge)
        setting = "adjuvant" if kind == "recurred within" and parts.get("setting") is None else parts.get("setting")
        if name is None:
            return None
        return Criterion(kind, f"{name} ({setting})|{days(found['number'], found['unit'])}")
    found = re.fullmatch(_INTOLERANT, plain) if "intolerant" in plain else None
    name = None if found is None else _therapy(found["therapy"], knowledge)
    return None if name is None else Criterion("intolerant of", name)
