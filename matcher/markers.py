"""Measured markers (IHC, ISH, expression, isoforms, signatures) read against the biomarkers' scales."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product

from kb.alteration import MarkerValue
from kb.biomarker import Biomarker


@dataclass(frozen=True, slots=True)
class Measure:
    """A marker value understood: canonical `marker`, `scale` (`TPS`, `IHC`, ...), a lower-case word.

    `bounds` are the least and the greatest number that the value allows, None without a number: a report that says
    `>=1%` or `1-49%` leaves open what lies between.
    """

    marker: str
    scale: str | None
    bounds: tuple[float, float] | None
    word: str
    source: MarkerValue

    @property
    def number(self) -> float | None:
        """The number, where the value gives a single one."""
        return self.bounds[0] if self.bounds is not None and self.bounds[0] == self.bounds[1] else None


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
    >>> measure(MarkerValue("PD-L1 CPS", ">= 10", Place("p.yaml", 3))).bounds
    (10.0, inf)
    """
    name, scale = value.marker.strip(), None
    for candidate in _SCALES:
        if re.search(rf"(^|[ _-]){candidate}$", name, re.IGNORECASE):
            trimmed = re.sub(rf"[ _-]*{candidate}$", "", name, flags=re.IGNORECASE)
            name, scale = trimmed or name, candidate.upper()
            break
    if scale in {"FISH", "CISH"}:
        scale = "ISH"
    text = value.value.strip()
    # `ESR1: wild type` is a result of sequencing and says nothing of the receptor.
    marker = name if text.lower() in OF_SEQUENCE else _NAMES.get(name.lower(), name)
    return Measure(marker, scale, _bounds(text.lower()), text.lower(), value)


OF_SEQUENCE = frozenset({"wild type", "wild-type", "wildtype", "wt", "mutated", "mutant", "mutation"})
"""Values of a gene's sequence, which are none of its protein."""

_NUMBER = r"(?<![a-z\d])\d+(?:\.\d+)?(?!\d|[a-z]\d)"
"""A number that is not part of a name, as the antibody clones 22C3 and SP142 are."""

_COMPARISONS = {
    "<=": ("<=", "≤", "at most", "up to"),
    ">=": (">=", "≥", "at least"),
    "<": ("<", "less than", "below", "under"),
    ">": (">", "more than", "greater than", "above", "over"),
}


def _bounds(text: str) -> tuple[float, float] | None:
    """The least and the greatest number that the text allows; None without one, and for a score out of another (`5/8`).

    >>> _bounds("1-49%"), _bounds("90 % (strong)")
    ((1.0, 49.0), (90.0, 90.0))
    """
    found = re.search(_NUMBER, text)
    if found is None or re.search(r"\d\s*/\s*\d", text):
        return None
    number = float(found.group())
    ranged = re.match(rf"\s*({_NUMBER})\s*%?\s*(?:-|–|to)\s*({_NUMBER})", text)
    if ranged:
        return float(ranged.group(1)), float(ranged.group(2))
    before = text[: found.start()]
    sign = next((sign for sign, words in _COMPARISONS.items() if any(word in before for word in words)), "=")
    return {
        "=": (number, number),
        "<=": (0.0, number),
        ">=": (number, math.inf),
        "<": (0.0, math.nextafter(number, 0.0)),
        ">": (math.nextafter(number, math.inf), math.inf),
    }[sign]


_YES = re.compile(
    r"^(low[ -]pos\w*|pos\w*|\+|present|detected|amplified|high|msi-h\w*|yes|true|3\+)(?!\w)",
    re.I,
)
_NO = re.compile(
    r"^(neg\w*|-|absent|not detected|undetected|not amplified|non-amplified|low|loss|lost|mss"
    r"|msi-l\w*|stable|no|none|false|0)(?!\w)",
    re.I,
)
_NO_RESULT = re.compile(
    r"^(unknown|not (tested|done|performed|assessed|evaluable|available)|nt|nd|n/?a|pending|failed)?$", re.I
)
_UNCLEAR = re.compile(r"^(indeterminate|equivocal|unclear|borderline|inconclusive)$", re.I)


def has_result(value: Measure) -> bool:
    """Whether the value is a result at all, an unclear one included (`unknown`, `not tested`, `failed` are none)."""
    return not _NO_RESULT.match(value.word)


def is_unclear(value: Measure) -> bool:
    """Whether the value decides nothing (`unknown`, `equivocal`, `failed`, empty)."""
    return not has_result(value) or bool(_UNCLEAR.match(value.word))


def polarity(value: Measure) -> bool | None:
    """True for a positive word, False for a negative one, None for neither.

    >>> from kb.alteration import Place
    >>> [polarity(measure(MarkerValue("AR-V7", word, Place("p")))) for word in ("detected", "not detected", "?")]
    [True, False, None]
    """
    if is_unclear(value):
        return None
    if _YES.match(value.word):
        return True
    return False if _NO.match(value.word) else None


@dataclass(frozen=True, slots=True)
class Her2:
    """HER2 as measured: the IHC score (0, 0.5 for ultralow, 1, 2, 3), the ISH result, and a stated word."""

    ihc: float | None = None
    ish: bool | None = None
    word: str | None = None

    @property
    def is_scored(self) -> bool:
        """Whether a test's own result is known, not only a word."""
        return self.ihc is not None or self.ish is not None

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
            return {"positive": True, "negative": False, "low": False, "ultralow": False}.get(self.word or "")
        if self.ihc == 2:
            return self.ish
        return self.ihc == 3

    @property
    def is_low(self) -> bool | None:
        """IHC 1+, or IHC 2+ without amplification."""
        if self.ish is True:
            return False
        if self.ihc == 2:
            return None if self.ish is None else True
        if self.ihc is not None:
            return self.ihc == 1
        return {"low": True, "positive": False, "ultralow": False}.get(self.word or "")

    def has_score(self, test: Callable[[float], bool]) -> bool | None:
        """Whether the IHC score passes; None without a score."""
        return None if self.ihc is None else test(self.ihc)


def her2(measures: Iterable[Measure]) -> tuple[Her2, ...]:
    """HER2 as reported: a reading for each pair of the IHC scores and ISH results given, and one for each word.

    Empty when nothing was reported; more than one where the results of several specimens differ.
    """
    scores: set[float] = set()
    signals: set[bool] = set()
    words: set[str | None] = set()
    for value in measures:
        if value.scale == "ISH":
            signal = polarity(value)
            words.update({None} if signal is None else ())
            signals.update(() if signal is None else {signal})
        elif "ultralow" in value.word or "ultra-low" in value.word:
            scores.add(0.5)
        elif value.number in {0, 1, 2, 3}:
            scores.add(value.number)
        else:
            words.add(_word(value))
    scored = tuple(Her2(*pair) for pair in product(sorted(scores) or (None,), sorted(signals) or (None,)))
    stated = tuple(Her2(word=word) for word in sorted(words, key=str))
    return (*scored, *stated) if scores or signals else stated


def _word(value: Measure) -> str | None:
    if value.word.startswith("low"):
        return "low"
    found = polarity(value)
    return None if found is None else "positive" if found else "negative"


def her2_verdict(criterion: Callable[[Her2], bool | None], readings: Iterable[Her2]) -> bool | None:
    """Whether HER2 as reported meets the criterion: None where the readings leave it open or disagree.

    A stated word speaks where there is no score, and against one that contradicts it.
    """
    scored = {criterion(each) for each in readings if each.is_scored}
    stated = {criterion(each) for each in readings if not each.is_scored} - {None}
    verdicts = scored | stated
    return next(iter(verdicts)) if len(verdicts) == 1 else None


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
    if biomarker.id in {"ER:NEG", "PR:NEG"} and value.bounds is not None:
        found = _within(value.bounds, ">=", 1)  # 1 % of nuclei, ASCO/CAP 2020, 10.1200/JCO.19.02309
    else:
        found = _judge_word(biomarker, value)
    if found is None:
        return None
    return found if biomarker.state == "present" else not found


def _judge_number(biomarker: Biomarker, value: Measure, threshold: float) -> bool | None:
    if biomarker.operator == ">" and threshold == 0:
        return _is_seen(value)
    if biomarker.marker == "PD-L1" and value.scale != biomarker.assay:
        return None
    if value.bounds is not None:
        return _within(value.bounds, biomarker.operator or ">=", threshold)
    found = polarity(value)
    if found is None or biomarker.marker not in _WORDS_SUFFICE:
        return None
    return found if biomarker.operator in {">=", ">"} else not found


def _is_seen(value: Measure) -> bool | None:
    """Whether there is any expression: a score above zero, or a positive result, says so on any scale and cut-off.

    What one scale or one cut-off does not show, another one may.
    """
    found = polarity(value) if value.bounds is None else _within(value.bounds, ">", 0)
    return found or None


def _within(bounds: tuple[float, float], operator: str, threshold: float) -> bool | None:
    """Whether every number within the bounds passes; None when some do and some do not."""
    least, greatest = (_OPERATORS[operator](bound, threshold) for bound in bounds)
    return least if least is greatest else None


_LEVELS: dict[str, tuple[str, ...]] = {
    "none": ("loss", "lost", "absent", "neg", "not detected", "undetected", "no expression", "deficient", "dmmr"),
    "low": ("low", "reduced", "decreased", "underexpress"),
    "normal": ("retained", "intact", "normal", "proficient", "pmmr"),
    "some": ("pos", "present", "detected", "expressed"),
    "high": ("high", "overexpress", "increased"),
}
"""How a report words an expression level, from least to most, by how the words begin."""

_AIMS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "loss": (frozenset({"none"}), frozenset({"normal", "some", "high"})),
    "low": (frozenset({"none", "low"}), frozenset({"normal", "high"})),
    "present": (frozenset({"normal", "some", "high"}), frozenset({"none"})),
    "high": (frozenset({"high"}), frozenset({"none", "low", "normal"})),
}
"""What a biomarker of expression asks for: the levels that meet it and those that do not; others leave it open."""


def _judge_word(biomarker: Biomarker, value: Measure) -> bool | None:
    """Whether a word meets a biomarker without a cut-off: "positive" speaks for expression and against its loss."""
    aim = _aim(biomarker)
    if biomarker.kind == "measured":
        return _judge_named(biomarker, value)
    if aim is None:
        return polarity(value)
    if biomarker.marker == "MMR proteins" and value.word.startswith(("pos", "neg")):
        return None  # of the proteins or of the deficiency: reports use both
    level = next((name for name, words in _LEVELS.items() if value.word.startswith(words)), None)
    meets, fails = _AIMS[aim]
    return True if level in meets else False if level in fails else None


_CARRIED = ("homozygous", "heterozygous", "carrier", "methylated", "hypermethylated", "phosphorylated", "mutated")
_NOT_CARRIED = ("unmethylated", "not methylated", "wild type", "wild-type", "wildtype", "normal", "reference")


def _judge_named(biomarker: Biomarker, value: Measure) -> bool | None:
    """Whether a result meets a biomarker that a report states by name: methylation, an allele with its zygosity."""
    carried = True if value.word.startswith(_CARRIED) else False if value.word.startswith(_NOT_CARRIED) else None
    found = polarity(value) if carried is None else carried
    if biomarker.threshold != "homozygous" or found is False:
        return found
    if value.word.startswith("homozygous"):
        return True
    return False if value.word.startswith("heterozygous") else None


def _aim(biomarker: Biomarker) -> str | None:
    if biomarker.marker == "MMR proteins" or (biomarker.threshold or "").startswith("loss"):
        return "loss"
    return biomarker.operator if biomarker.operator in _AIMS else None


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
