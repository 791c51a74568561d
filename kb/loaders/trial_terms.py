"""What the loaders of trials share: where a condition stands, the drugs of an arm, reading documents of any depth."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from kb import terms as t
from kb.errors import UnknownTerm, UnreadableSource
from kb.loaders.files import AGAIN
from kb.normalizer import NAMES, Normalizer, Placement, read
from kb.statements import cells

REGISTRY = "https://clinicaltrials.gov/study/"
EVERY_TUMOR = ("LYMPH", "MYELOID", "SOLID")
"""Together all of OncoTree, for a trial that leaves types out and asks for none."""

_QUALIFIER = re.compile(
    r"^(?:(?:locally |far )?advanced|metastatic|recurrent|relapsed|refractory|unresectable|resectable|malignant|adult"
    r"|stage [iv]+[abc]?(?:[-/ ]+[iv]+[abc]?)*|previously treated|untreated)\b[ ,/]*(?:(?:or|and|/)\s+)?",
    re.IGNORECASE,
)
_STRENGTH = re.compile(r"\s+\d[\d.,]*\s*(?:mg|mcg|µg|μg|g|ml|iu|%)\b.*$", re.IGNORECASE)
_PLACEBO = re.compile(r"\b(?:placebo|sham|vehicle|saline|no (?:treatment|intervention)|observation)\b", re.IGNORECASE)


class Conditions:
    """Conditions of registries as tumor types: the curated table of their words first, then the graph's own names."""

    def __init__(self, names: Normalizer) -> None:
        self._names = names
        self._curated = {
            t.search_key(row["name"]): Placement(
                tuple(cells(row, "codes")), row["relation"] == "exact", None, row["note"] or None
            )
            for row in read(NAMES / "conditions.tsv")
        }

    def placed(self, name: str) -> Placement:
        """Where a condition stands; words that speak of its state (`metastatic`) do not count. UnknownTerm else."""
        try:
            return self._exactly(name)
        except UnknownTerm:
            shorter = _QUALIFIER.sub("", name)
            if not shorter or shorter == name:
                raise
        try:
            return self.placed(shorter)
        except UnknownTerm as error:
            raise UnknownTerm("tumor type", name, error.reason) from error

    def _exactly(self, name: str) -> Placement:
        curated = self._curated.get(t.search_key(name))
        if curated is not None:
            return curated
        if self._names.is_tumor_type(name):
            return Placement((name,))
        return self._names.tumor(name=name)


def regimen_of(drugs: Iterable[tuple[str, ...]], names: Normalizer) -> str:
    """The regimen of drugs given together, each with all its names in the source; UnknownTerm when one is no drug."""
    return names.regimen([_therapy(known_as, names) for known_as in drugs])


def _therapy(known_as: tuple[str, ...], names: Normalizer) -> tuple[str, ...]:
    """The therapy that one of the names stands for, the first that is known, else a new one of the first name."""
    plain = [_STRENGTH.sub("", " ".join(name.replace("®", "").split())) for name in known_as]
    return names.therapy(next((name for name in plain if names.knows_therapy(name)), plain[0]))


def is_placebo(name: str) -> bool:
    """Whether an intervention is given for comparison only.

    >>> is_placebo("Placebo to olaparib"), is_placebo("Olaparib")
    (True, False)
    """
    return _PLACEBO.search(name) is not None


def is_choice(text: str, drugs: Iterable[str]) -> bool:
    """Whether the words of an arm make its drugs alternatives, so that they are not one regimen.

    >>> is_choice("given with panitumumab or cetuximab", ["Cetuximab", "Panitumumab"])
    True
    >>> is_choice("olaparib until progression or death", ["Olaparib"])
    False
    """
    if re.search(r"\beither\b|\bone of\b|\bwith or without\b|\balone or\b|\bplus/minus\b|±", text, re.IGNORECASE):
        return True
    found = [re.escape(word) for drug in drugs for word in drug.split()[:1]]
    if not found:
        return False
    name = rf"(?:{'|'.join(found)})"
    joined = r"(?:or|and/or|versus|vs\.?)"
    return re.search(rf"\b{name}\W+{joined}\b|\b{joined}\W+(?:with\s+)?{name}", text, re.IGNORECASE) is not None


def short(text: str, limit: int = 300) -> str:
    """The text in one line without the sign that joins cells, and with its end left out when it is long.

    >>> short("KRAS  G12C | tested", 12)
    'KRAS G12C / ...'
    """
    line = " ".join(text.replace("|", "/").replace("\\", "").split())
    return line if len(line) <= limit else line[:limit].rstrip() + " ..."


def at(value: Any, *keys: str) -> Any:
    """The value at a path of keys, None where there is none or something else stands on the way.

    >>> at({"a": {"b": 1}}, "a", "b"), at({"a": 1}, "a", "b")
    (1, None)
    """
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text_at(value: Any, *keys: str) -> str:
    """The text at a path, in one line; empty when there is none."""
    found = at(value, *keys)
    return " ".join(str(found).split()) if isinstance(found, str | int | float) and found is not True else ""


def dicts_at(value: Any, *keys: str) -> list[dict[str, Any]]:
    """The mappings of a list at a path."""
    found = at(value, *keys)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def texts_at(value: Any, *keys: str) -> list[str]:
    """The texts of a list at a path, each in one line."""
    found = at(value, *keys)
    return [" ".join(each.split()) for each in found if isinstance(each, str)] if isinstance(found, list) else []


def source_files(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """The file, or the folder's files with these endings, by name; UnreadableSource when there is none."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UnreadableSource(str(path), "is not there", "name a file or folder that exists")
    found = sorted(file for file in path.iterdir() if file.name.endswith(suffixes) and file.name != "source.json")
    if not found:
        raise UnreadableSource(str(path), f"holds no {' or '.join(suffixes)} file", "name the folder with the trials")
    return found


def parsed(file: Path, reader: Callable[[Path], Any]) -> Any:
    """What the reader makes of the file; UnreadableSource when its brackets nest too deep to be data."""
    try:
        return reader(file)
    except RecursionError as error:
        raise UnreadableSource(str(file), "nests too deep to be data", AGAIN) from error
