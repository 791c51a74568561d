"""What a specimen is, by the words of a file: tumor tissue, blood, another fluid, normal tissue; else it is unknown."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from kb.alteration import of_normal_tissue
from matcher.notes import Note, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kb.alteration import Alteration
    from matcher.patient import Patient, Sample

WORDS = Path(__file__).with_name("specimens.json")

_MATERIAL = "material"
_HAN = re.compile(r"[\u4e00-\u9fff]")


class Specimen(StrEnum):
    """What is not found rules something out in `TUMOR` alone; what `NORMAL` has is of the germline."""

    TUMOR = "tumor"
    BLOOD = "blood"
    FLUID = "fluid"
    NORMAL = "normal"
    UNKNOWN = "unknown"


@lru_cache(maxsize=4096)
def specimen(kind: str) -> Specimen:
    """What these words say that the specimen is; unknown where no word is known, or the words contradict each other.

    >>> str(specimen("FFPE")), str(specimen("Liquid biopsy (plasma)")), str(specimen("matched normal"))
    ('tumor', 'blood', 'normal')
    >>> str(specimen("tisue")), str(specimen("tumor and normal"))
    ('unknown', 'unknown')
    """
    found: set[str] = set()
    rest = _plain(kind)
    for pattern, list_name in _patterns():
        rest, times = pattern.subn(" | ", rest)
        if times:
            found.add(list_name)
    if _MATERIAL in found and found != {_MATERIAL}:
        found.discard(_MATERIAL)
    if found in ({_MATERIAL}, {"tumor"}):
        return Specimen.TUMOR
    if "normal" in found:
        return Specimen.NORMAL if found == {"normal"} else Specimen.UNKNOWN
    return next((each for each in (Specimen.FLUID, Specimen.BLOOD) if each.value in found), Specimen.UNKNOWN)


def named_specimen(text: str) -> Specimen | None:
    """What a text is the very name of, None where it is none: a site such as `blood vessel` has a known word in it."""
    plain = _plain(text)
    return specimen(text) if plain in _words() else None


def kind_of(text: str) -> str:
    """The kind of sample that a document's words mean: `tissue` where it has none; words that are not known stay.

    >>> kind_of("Peripheral blood specimen"), kind_of("FFPE block"), kind_of(""), kind_of("Swab")
    ('plasma', 'tissue', 'tissue', 'Swab')
    """
    if not text.strip():
        return "tissue"
    return {Specimen.TUMOR: "tissue", Specimen.BLOOD: "plasma", Specimen.NORMAL: "normal"}.get(specimen(text), text)


def with_germline(alterations: Iterable[Alteration], samples: Iterable[Sample]) -> tuple[Alteration, ...]:
    """The alterations, those of a sample of normal tissue as of the germline unless something else is stated."""
    normal = {sample.id for sample in samples if specimen(sample.kind) is Specimen.NORMAL}
    return tuple(of_normal_tissue(one) if one.sample in normal else one for one in alterations)


def unknown_kinds(patient: Patient) -> tuple[Note, ...]:
    """A warning for each sample of which no known word tells what it is: what it does not show is not ruled out."""
    notes = []
    for sample in patient.samples:
        if specimen(sample.kind) is not Specimen.UNKNOWN:
            continue
        near = get_close_matches(_plain(sample.kind), _words(), 1, 0.75)
        hint = f"did you mean {near[0]!r}? " if near else ""
        message = f"the kind {sample.kind!r} of sample {sample.id} is not known: what it does not show is not ruled out"
        remedy = f"{hint}write tissue, ctDNA, another fluid such as CSF, or normal"
        notes.append(Note(Severity.WARNING, sample.place or patient.place, message, remedy))
    return tuple(notes)


def _plain(text: str) -> str:
    """The text in lower case, signs between words as single spaces."""
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())


@cache
def _words() -> dict[str, str]:
    """Every known word with the list that it stands in."""
    lists = json.loads(WORDS.read_text(encoding="utf-8"))
    names = (*(each.value for each in Specimen if each is not Specimen.UNKNOWN), _MATERIAL)
    return {word: name for name in names for word in lists[name]}


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The words as patterns, longest first; Chinese ones need no space around them."""
    ordered = sorted(_words().items(), key=lambda each: (-len(each[0]), each[0]))
    return tuple(
        (re.compile(re.escape(word) if _HAN.search(word) else rf"(?<!\w){re.escape(word)}(?!\w)"), name)
        for word, name in ordered
    )
