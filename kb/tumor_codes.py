"""Codes of other classifications for a diagnosis: ICD-10 with its national editions, and ICD-O-3.

The graph says which tumor types each code stands for (`mtb:TumorCode`), with the source of the mapping. A code often
stands for several types: then the patient's is the narrowest type that holds them all, and nothing is guessed.
ICD-10: https://icd.who.int/browse10; ICD-O-3: https://codes.iarc.who.int; both number the sites C00 to C80 alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from kb.tumor_types import AmbiguousTumorCode, UnknownTumorType, some_of

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase

_ICD = re.compile(
    r"(?:\S*icd[-_ ]?(?P<edition>10|o)(?:[-_ ]?(?:gm|cm|who|am|ca|3(?:\.\d)?))*[^:|\s]*\s*[:| ]\s*)?(?P<rest>.+)",
    re.I | re.A,
)
_SITE = re.compile(r"[CD]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?", re.I | re.A)
_BARE = re.compile(r"[CD]\d\d(?:\.[0-9A]\d{0,2})?", re.I | re.A)
_MORPHOLOGY = re.compile(r"M?[-: ]?(\d{4}/\d)(?!\d)", re.I | re.A)
_MARKS = re.compile(r"[+*!†#]|(?<=\d)\.?-")
"""Marks of ICD-10's editions: dagger and asterisk, and the dash of a code that is cut off (`C50.-`)."""

_WITHOUT_A_SITE = frozenset({"LYMPH", "MYELOID", "SOFT_TISSUE"})
"""Tissues whose tumors lie in any organ, so that their site says nothing against their morphology."""
_BLOOD = "C42"
"""The site of blood and marrow, which tells nothing apart."""
_TOO_WIDE = frozenset({"SOLID", "TISSUE"})
_SECONDARY = ("C77", "C78", "C79")
"""ICD-10's categories of secondary tumors, which name no primary."""


@dataclass(frozen=True, slots=True)
class TumorCode:
    """A diagnosis in codes: ICD-10 or ICD-O-3 site (`C34.1`), and ICD-O-3 morphology (`8140/3`); one may be missing."""

    site: str | None = None
    morphology: str | None = None

    def __str__(self) -> str:
        return " ".join(filter(None, (self.morphology, self.site)))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a code was read as: an OncoTree code, and what a reader of the answer should know of it."""

    code: str
    notes: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def parse_code(text: str) -> TumorCode | None:
    """The ICD code in a text, None for one that holds something else.

    >>> parse_code("ICD-10-GM:C34.1"), parse_code("8140/3 C34.1")
    (TumorCode(site='C34.1', morphology=None), TumorCode(site='C34.1', morphology='8140/3'))
    >>> parse_code("C3512") is None  # a code of the NCI Thesaurus
    True
    """
    words = [word for word in re.split(r"\s*[,;]\s*|\s+\+?\s*|\s*\+\s*(?=[CM\d])", text.strip()) if word]
    site = morphology = None
    for word in _joined(words):
        found = _ICD.fullmatch(word)
        rest = _MARKS.sub("", found["rest"]) if found else ""
        named = found is not None and found["edition"] is not None
        histology = _MORPHOLOGY.fullmatch(rest)
        if histology and morphology is None:
            morphology = histology[1]
        elif (_SITE if named else _BARE).fullmatch(rest) and site is None:
            site = rest.upper()
        else:
            return None
    return TumorCode(site, morphology) if site or morphology else None


def _joined(words: list[str]) -> list[str]:
    """The words, the name of a classification together with the code that it stands before."""
    joined: list[str] = []
    for word in words:
        if joined and re.fullmatch(r"\S*icd[-_]?(10|o)([-_]?(gm|cm|who|3))*[:|]?", joined[-1], re.I | re.A):
            joined[-1] = f"{joined[-1].rstrip(':|')}:{word}"
        else:
            joined.append(word)
    return joined


def read(code: TumorCode, text: str, knowledge: KnowledgeBase) -> Reading:
    """The tumor type that holds everything the code stands for.

    UnknownTumorType when no source maps it, AmbiguousTumorCode when no type below "any solid tumor" holds it all.
    """
    return _Reader(text, knowledge).read(code)


class _Reader:
    def __init__(self, text: str, knowledge: KnowledgeBase) -> None:
        self._text, self._knowledge = text, knowledge

    def read(self, code: TumorCode) -> Reading:
        if code.morphology is None:
            return self._of_site(code.site or "")
        if code.site is None:
            types = self._of_morphology(code.morphology)
            if not types:
                raise UnknownTumorType(self._text, (), f"no source maps the morphology {code.morphology}")
            return self._settled(types, code.morphology, "give its site too (8140/3 C34.1)")
        return self._of_both(code.site, code.morphology)

    # ICD-10

    def _of_site(self, site: str) -> Reading:
        """The type of a site code, by the code itself, else by the nearest broader one that is mapped."""
        for level in _levels(site):
            types, why = self._at(level)
            if not types:
                continue
            reading = self._settled(types, level)
            notes = () if level == site else (f"{site} itself is not mapped: it is read as {level}",)
            return Reading(reading.code, (*notes, *why, *reading.notes))
        if site.startswith(_SECONDARY):
            raise UnknownTumorType(self._text, (), "it is a secondary tumor: give the code of the primary")
        category = f"ICD10:{site[:3]}"
        beside = [code for code in self._knowledge.tumor_codes_below(category) if self._types(code)]
        near = tuple(f"{code.partition(':')[2]} ({', '.join(self._types(code))})" for code in beside)
        raise UnknownTumorType(self._text, near, f"no source maps {site} to a tumor type")

    def _at(self, level: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The types at one level of ICD-10, and a note where they come from its sub-codes or its site alone.

        A malignant neoplasm, not otherwise specified (8000/3), of a site says no more than ICD-10's code of the site.
        """
        types = self._types(*(f"ICD10:{same}" for same in _same(level)))
        types = types or self._types(*(f"ICDO:8000/3 {same}" for same in _same(level)))
        if types:
            return types, ()
        below = self._knowledge.tumor_codes_below(f"ICD10:{level}")
        each = {self._types(code) for code in below} - {()}
        if len(each) == 1 and len(below) > 1:
            names = ", ".join(code.partition(":")[2] for code in below)
            return each.pop(), (f"{level} is read by its sub-codes {names}, which stand for the same",)
        tissues = {self._tissue(code) for same in _same(level) for code in self._knowledge.tumors_at_site(same)}
        if len(tissues) == 1 and (only := tissues.pop()) is not None:
            return (only,), (f"{level} is known as a site only: it is read as its tissue",)
        return (), ()

    # ICD-O-3

    def _of_both(self, site: str, morphology: str) -> Reading:
        """The type of a morphology at a site: as mapped for the site, else the morphology's types that lie there."""
        category = site[:3]
        if category == _BLOOD:
            return self.read(TumorCode(morphology=morphology))
        for places in ((site,), (f"{category}.9",), self._places(morphology, category)):
            types = self._types(*(f"ICDO:{morphology} {place}" for place in places))
            if types:
                near = places[0][:3] == category and site not in places
                note = (f"{morphology} {site} is read as {morphology} {places[0]}",) if near else ()
                reading = self._settled(types, f"{morphology} {site}")
                return Reading(reading.code, (*note, *reading.notes))
        known = self._of_morphology(morphology)
        organ = self._organ(site)
        there = tuple(code for code in known if organ is not None and self._knowledge.is_a(code, organ))
        if there:
            return self._settled(there, f"{morphology} {site}")
        anywhere = self._types(f"ICDO:{morphology}")
        if known and (organ is None or all(self._tissue(code) in _WITHOUT_A_SITE for code in known)):
            return self._settled(known, morphology)
        if not anywhere or organ is None:
            return self._by_site_alone(site, morphology)
        reason = f"its morphology {morphology} stands for {some_of(anywhere)}, its site {site} for {organ}"
        raise AmbiguousTumorCode(self._text, (*anywhere, organ), reason)

    def _by_site_alone(self, site: str, morphology: str) -> Reading:
        if not morphology.endswith("/3"):
            reason = f"no source maps the morphology {morphology}, which is not malignant and primary"
            raise UnknownTumorType(self._text, (), reason)
        reading = self._of_site(site)
        note = f"no source maps the morphology {morphology} at {site}: it is read by its site alone"
        return Reading(reading.code, (note, *reading.notes))

    def _organ(self, site: str) -> str | None:
        """The type that a site stands for, None where no source says."""
        try:
            return self._of_site(site).code
        except (UnknownTumorType, AmbiguousTumorCode):
            return None

    def _places(self, morphology: str, category: str) -> tuple[str, ...]:
        below = self._knowledge.tumor_codes_below(f"ICDO:{morphology}")
        places = (code.rpartition(" ")[2] for code in below)
        return tuple(place for place in places if place.startswith(category))

    def _of_morphology(self, morphology: str) -> tuple[str, ...]:
        """All types of a morphology, at whatever site."""
        code = f"ICDO:{morphology}"
        return self._types(code, *self._knowledge.tumor_codes_below(code))

    # What several types have in common

    def _settled(self, types: tuple[str, ...], code: str, remedy: str = "") -> Reading:
        common = self._common(types)
        if common is None:
            hint = f"; {remedy}" if remedy else ""
            raise AmbiguousTumorCode(self._text, types, f"{code} stands for {some_of(types)}{hint}")
        if len(types) == 1:
            return Reading(common)
        return Reading(common, (f"{code} stands for {some_of(types)}: it is read as {common}, which holds them",))

    def _common(self, types: Iterable[str]) -> str | None:
        """The narrowest type that holds all of these, None when only "any solid tumor" does.

        Of two types that hold them all and neither of which holds the other (MEL lies in SKIN, and UM does not), none
        is narrowest: that is None too.
        """
        lines = [(code, *self._knowledge.tumor_ancestors(code)) for code in types]
        shared = set(lines[0]).intersection(*lines[1:]) - _TOO_WIDE
        narrowest = [
            code for code in shared if not any(code != other and self._knowledge.is_a(other, code) for other in shared)
        ]
        return narrowest[0] if len(narrowest) == 1 else None

    def _tissue(self, code: str) -> str | None:
        """The tissue that a type belongs to, None where it is of several."""
        line = [each for each in (code, *self._knowledge.tumor_ancestors(code)) if each not in _TOO_WIDE]
        tops = [each for each in line if not set(self._knowledge.tumor_ancestors(each)) - _TOO_WIDE]
        return tops[0] if len(tops) == 1 else None

    def _types(self, *codes: str) -> tuple[str, ...]:
        found = (code for each in codes for code in self._knowledge.types_of_code(each))
        return tuple(dict.fromkeys(found))


def _levels(site: str) -> list[str]:
    """A code and the broader ones above it, nearest first.

    >>> _levels("C50.411")
    ['C50.411', 'C50.41', 'C50.4', 'C50']
    """
    return [site[:length] for length in range(len(site), 2, -1) if length != 4]


def _same(level: str) -> tuple[str, ...]:
    """The codes that mean the same: a category and its `.9` (site not specified), and a leukemia's remission aside."""
    if len(level) == 3:
        return level, f"{level}.9"
    if level.endswith(".9") and level < "C81":
        return level, level[:3]
    return (level, f"{level}0") if re.fullmatch(r"C9[0-5]\.\d", level) else (level,)


def rows_above(code: str) -> Iterable[tuple[str, str]]:
    """Each code with the broader one right above it, for building the graph.

    >>> list(rows_above("ICD10:C91.00"))
    [('ICD10:C91.00', 'ICD10:C91.0'), ('ICD10:C91.0', 'ICD10:C91')]
    >>> list(rows_above("ICDO:8140/3 C34.9"))
    [('ICDO:8140/3 C34.9', 'ICDO:8140/3')]
    """
    system, _, value = code.partition(":")
    if system == "ICD10":
        levels = _levels(value)
        return [(f"ICD10:{one}", f"ICD10:{other}") for one, other in pairwise(levels)]
    return [(code, code.rpartition(" ")[0])] if " " in code else []
