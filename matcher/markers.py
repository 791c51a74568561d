"""Measured markers (IHC, ISH, expression, isoforms, signatures) read against the biomarkers' scales."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kb.alteration import MarkerValue
from kb.biomarker import Biomarker


@dataclass(frozen=True, slots=True)
class Measure:
    """A marker value understood: canonical `marker`, `scale` (`TPS`, `IHC`, ...), a number or a lower-case word."""

    marker: str
    scale: str | None
    number: float | None
    word: str
    source: MarkerValue


_NAMES = {
    "her2": "HER2",
    "erbb2": "HER2",
    "er": "ER",
    "esr1": "ER",
    "estrogen receptor": "ER",
    "pr": "PR",
    "pgr": "PR",
    "progesterone receptor": "PR",
    "pd-l1": "PD-L1",
    "pdl1": "PD-L1",
    "cd274": "PD-L1",
    "msi": "MSI",
    "microsatellite": "MSI",
    "mmr": "MMR proteins",
    "mmr proteins": "MMR proteins",
    "tmb": "TMB",
    "hrd": "HRD",
    "gis": "GIS",
    "ar-v7": "AR-V7",
    "arv7": "AR-V7",
    "egfrviii": "EGFRvIII",
    "cldn18.2": "CLDN18.2",
    "claudin 18.2": "CLDN18.2",
    "folr1": "FRalpha",
    "fralpha": "FRalpha",
    "psma": "PSMA",
    "pten": "PTEN",
    "c-met": "c-Met",
    "met": "c-Met",
    "ini1": "INI1",
    "smarcb1": "INI1",
    "cd117": "CD117",
    "kit": "CD117",
}
"""Names of markers as reports write them, without the scale, in lower case."""

_SCALES = ("IHC", "ISH", "FISH", "CISH", "TPS", "CPS", "IC", "TC", "TAP", "PET", "GIS", "RNA", "expression")


def measure(value: MarkerValue) -> Measure:
    """The marker value with its marker, scale, number and word told apart.

    >>> from kb.alteration import Place
    >>> measure(MarkerValue("PD-L1 CPS", ">= 10", Place("p.yaml", 3))).number
    10.0
    """
    name, scale = value.marker.strip(), None
    for candidate in _SCALES:
        if re.search(rf"(^|[ _-]){candidate}$", name, re.IGNORECASE):
            trimmed = re.sub(rf"[ _-]*{candidate}$", "", name, flags=re.IGNORECASE)
            name, scale = trimmed or name, candidate.upper()
            break
    if scale in {"FISH", "CISH"}:
        scale = "ISH"
    marker = _NAMES.get(name.lower(), name)
    text = value.value.strip()
    found = re.search(r"\d+(?:\.\d+)?", text)
    below = text.startswith("<")
    number = float(found.group()) if found else None
    if number is not None and below:
        number = number - 0.5 if number >= 1 else number / 2  # "<1" is below every threshold that it is compared with
    return Measure(marker, scale, number, text.lower(), value)


_YES = re.compile(
    r"^(pos\w*|\+|present|detected|amplified|high|loss|lost|deficient|dmmr|msi-h\w*|yes|true|3\+)(?!\w)", re.I
)
_NO = re.compile(
    r"^(neg\w*|-|absent|not detected|undetected|not amplified|non-amplified|low|retained|intact|proficient|pmmr|mss"
    r"|msi-l\w*|stable|no|none|false|0)(?!\w)",
    re.I,
)
_UNCLEAR = re.compile(r"^(unknown|not tested|nt|n/?a|indeterminate|equivocal|pending|failed|unclear)?$", re.I)


def is_unclear(value: Measure) -> bool:
    """Whether the value says that there is no result (`unknown`, `equivocal`, `failed`, empty)."""
    return bool(_UNCLEAR.match(value.word))


def polarity(value: Measure) -> bool | None:
    """True for a positive word, False for a negative one, None for neither.

    >>> from kb.alteration import Place
    >>> [polarity(measure(MarkerValue("AR-V7", word, Place("p")))) for word in ("detected", "not detected", "?")]
    [True, False, None]
    """
    if is_unclear(value):
        return None
    if _NO.match(value.word):
        return False
    return True if _YES.match(value.word) else None


@dataclass(frozen=True, slots=True)
class Her2:
    """HER2 as measured: the IHC score (0, 0.5 for ultralow, 1, 2, 3), the ISH result, and a stated word."""

    ihc: float | None = None
    ish: bool | None = None
    word: str | None = None

    @property
    def is_positive(self) -> bool | None:
        """Breast criteria: IHC 3+ or ISH amplified; IHC 2+ waits for ISH (ASCO/CAP 2018, 10.1200/JCO.2018.77.8738)."""
        if self.ihc == 3 or self.ish is True:
            return True
        if self.ihc == 2 and self.ish is None:
            return None
        if self.ihc is not None or self.ish is False:
            return False
        return {"positive": True, "negative": False, "low": False, "ultralow": False}.get(self.word or "")

    @property
    def is_positive_gastric(self) -> bool | None:
        """Gastric criteria: IHC 3+, or IHC 2+ with ISH amplified (ASCO/CAP/CAP 2016, 10.1200/JCO.2016.69.4836)."""
        if self.ihc is None:
            return True if self.word == "positive" else None
        if self.ihc == 2:
            return self.ish
        return self.ihc == 3

    @property
    def is_low(self) -> bool | None:
        """IHC 1+, or IHC 2+ without amplification."""
        if self.ihc == 2:
            return None if self.ish is None else not self.ish
        if self.ihc is not None:
            return self.ihc == 1 and self.ish is not True
        return {"low": True, "positive": False, "ultralow": False}.get(self.word or "")

    def has_score(self, test: Callable[[float], bool]) -> bool | None:
        """Whether the IHC score passes; None without a score."""
        return None if self.ihc is None else test(self.ihc)


def her2(measures: Iterable[Measure]) -> Her2 | None:
    """The HER2 results among the measures, or None when there is none."""
    ihc: float | None = None
    ish: bool | None = None
    word: str | None = None
    seen = False
    for value in measures:
        if value.marker != "HER2" or is_unclear(value):
            continue
        seen = True
        if value.scale == "ISH":
            ish = polarity(value)
        elif "ultralow" in value.word or "ultra-low" in value.word:
            ihc, word = 0.5, "ultralow"
        elif value.number is not None and value.number <= 3:
            ihc = value.number
        else:
            word = "low" if value.word.startswith("low") else {True: "positive", False: "negative"}.get(_word(value))
    return Her2(ihc, ish, word) if seen else None


def _word(value: Measure) -> bool:
    return polarity(value) is True


HER2_CRITERIA: dict[str, Callable[[Her2], bool | None]] = {
    "HER2:POS": lambda found: found.is_positive,
    "HER2:NEG": lambda found: None if found.is_positive is None else not found.is_positive,
    "HER2:POS_GASTRIC": lambda found: found.is_positive_gastric,
    "HER2:OVEREXPR": lambda found: found.has_score(lambda score: score >= 2),
    "HER2:IHC3": lambda found: found.has_score(lambda score: score == 3),
    "HER2:IHC2": lambda found: found.has_score(lambda score: score == 2),
    "HER2:ISHPOS": lambda found: found.ish,
    "HER2:LOW": lambda found: found.is_low,
    "HER2:ULTRALOW": lambda found: found.has_score(lambda score: score == 0.5),
}
"""HER2 is several biomarkers, each with its own criteria over the same two measurements."""


_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda value, threshold: value >= threshold,
    ">": lambda value, threshold: value > threshold,
    "<": lambda value, threshold: value < threshold,
    "<=": lambda value, threshold: value <= threshold,
}

_WORDS_SUFFICE = frozenset({"ER", "PR", "CLDN18.2", "FRalpha", "GIS", "HRD"})
"""Markers whose report says "positive" by the cut-off that the label uses; a PD-L1 or TMB word says no number."""


def judge(biomarker: Biomarker, value: Measure) -> bool | None:
    """Whether one measure satisfies the biomarker: True, False, or None when it does not decide.

    Scores of different scales never stand for one another (a TPS says nothing of a CPS).
    """
    if is_unclear(value):
        return None
    if biomarker.marker == "MSI":
        high = polarity(value)
        return high if biomarker.state == "present" or high is None else not high
    threshold = _number(biomarker.threshold)
    if biomarker.operator in _OPERATORS and threshold is not None:
        return _judge_number(biomarker, value, threshold)
    found = polarity(value)
    if found is None and value.number is not None and biomarker.id in {"ER:NEG", "PR:NEG"}:
        found = value.number >= 1  # 1 % of nuclei, ASCO/CAP 2020, 10.1200/JCO.19.02309
    if found is None:
        return None
    return found if biomarker.state == "present" else not found


def _judge_number(biomarker: Biomarker, value: Measure, threshold: float) -> bool | None:
    if biomarker.marker == "PD-L1" and value.scale != biomarker.assay:
        return None
    if value.number is not None:
        return _OPERATORS[biomarker.operator or ">="](value.number, threshold)
    found = polarity(value)
    if found is None or biomarker.marker not in _WORDS_SUFFICE:
        return None
    return found if biomarker.operator in {">=", ">"} else not found


def _number(text: str | None) -> float | None:
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*", text or "")
    return float(found.group(1)) if found else None


def is_about(biomarker: Biomarker, value: Measure) -> bool:
    """Whether the measure is of the biomarker's marker, on a scale that could decide it."""
    if biomarker.marker is None:
        return False
    if value.marker != biomarker.marker and value.marker.upper() != biomarker.marker.upper():
        return False
    named = biomarker.assay if biomarker.marker == "PD-L1" else None
    return named is None or value.scale in {named, None}
