"""Measured markers (IHC, ISH, expression, isoforms, signatures) judged against the biomarkers' scales."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from kb.biomarker import Biomarker
from matcher.marker_reading import Bounds, Measure, Stained, measure, measures

__all__ = ["Measure", "measure", "measures"]

_YES = re.compile(
    r"^(low[ -]pos\w*|pos\w*|\+|present|detected|amplified|high|msi-h\w*|yes|true|3\+)(?!\w)",
    re.I,
)
_NO = re.compile(
    r"^(neg\w*|-|absent|not detected|undetected|not amplified|non-amplified|low|loss|lost|mss"
    r"|msi-l\w*|stable|no|none|false|0(?=$| ?%))(?!\w)",
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


def is_score_only(value: Measure) -> bool:
    """Whether the value is a number that adds nothing to a result stated beside it (an MSI score beside MSI-H)."""
    return value.marker == "MSI" and value.doubt is not None and "score" in value.doubt


def polarity(value: Measure) -> bool | None:
    """True for a positive word, False for a negative one, None for neither.

    >>> from kb.alteration import MarkerValue, Place
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
        """Whether the IHC score passes; None without a score, unless HER2-low, stated, leaves it no choice.

        HER2-low is IHC 1+, or IHC 2+ without amplification.
        """
        if self.ihc is not None:
            return test(self.ihc)
        passed = {test(score) for score in (1, 2)} if self.word == "low" else set()
        return next(iter(passed)) if len(passed) == 1 else None


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
        elif value.scores:
            scores.update(value.scores)
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
    if value.is_of_sequence and biomarker.kind != "measured":
        return None
    if biomarker.operator in _OPERATORS and threshold is not None:
        return _judge_number(biomarker, value, threshold)
    if biomarker.id in {"ER:NEG", "PR:NEG"}:
        found = _judge_cells(biomarker, value, ">=", 1)  # 1 % of nuclei, ASCO/CAP 2020, 10.1200/JCO.19.02309
    else:
        found = _judge_word(biomarker, value)
    if found is None:
        return None
    return found if biomarker.state == "present" else not found


def _judge_number(biomarker: Biomarker, value: Measure, threshold: float) -> bool | None:
    if biomarker.operator == ">" and threshold == 0:
        return _is_seen(value)
    if biomarker.marker == "PD-L1" and (value.scale is None or value.scale != pd_l1_scale(biomarker)):
        return None
    found = _judge_cells(biomarker, value, ">=", threshold)
    if biomarker.operator != ">=" and value.bounds is not None and not value.stained:
        return _within(value.bounds, biomarker.operator or ">=", threshold)
    return found if biomarker.operator in {">=", ">"} or found is None else not found


def _judge_cells(biomarker: Biomarker, value: Measure, operator: str, threshold: float) -> bool | None:
    """Whether the number, or the percentage of cells stained enough, passes; a word where there is neither."""
    bounds = _at_least(value.stained, _intensity(biomarker)) if value.stained else value.bounds
    found = _within(bounds, operator, threshold) if bounds is not None else None
    is_worded = not re.match(r"[\d<>=(]|ps ?\d|at least", value.word)
    if found is not None or not is_worded or (bounds is not None and not value.stained):
        return found
    return polarity(value) if biomarker.marker in _WORDS_SUFFICE else None


def _intensity(biomarker: Biomarker) -> int:
    """The least intensity at which the biomarker counts cells (`% tumour cells 2+/3+` is 2); 1 where it names none."""
    return min(map(int, re.findall(r"([0-3])\+", biomarker.unit or "")), default=1)


def _at_least(stained: Sequence[Stained], intensity: int) -> Bounds:
    """The bounds of the percentage of cells at this intensity or above.

    >>> _at_least([Stained((60, 60), frozenset({3}))], 2)
    (60, 100)
    """
    least = sum(percent[0] for percent, found in stained if min(found) >= intensity)
    below = sum(percent[0] for percent, found in stained if max(found) < intensity)
    greatest = max(least, 100 - below)
    if len(stained) == 1:
        (percent, found), *_ = stained
        # The cells at 2+ may be those at 2+ alone, or at 2+ and more.
        if min(found) <= intensity and 3 in found:
            greatest = min(percent[1], 100)
            least = percent[0] if min(found) >= intensity else 0
        elif min(found) < intensity:
            greatest = max(100 - percent[0], percent[1])
    return least, min(greatest, 100)


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
    "none": (
        "loss",
        "lost",
        "deletion",
        "absent",
        "neg",
        "not detected",
        "undetected",
        "no expression",
        "deficient",
        "dmmr",
    ),
    "low": ("low", "reduced", "decreased", "underexpress"),
    "normal": ("no loss", "not lost", "all retained", "retained", "intact", "normal", "proficient", "pmmr"),
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
    if biomarker.marker is None or (value.is_of_sequence and biomarker.kind != "measured"):
        return False
    if value.marker != biomarker.marker and value.marker.upper() != biomarker.marker.upper():
        return False
    named = pd_l1_scale(biomarker) if biomarker.marker == "PD-L1" else None
    return named is None or value.scale in {named, None}


def pd_l1_scale(biomarker: Biomarker) -> str | None:
    """The PD-L1 score that a biomarker is of: its assay, or the one that its label names; None where neither does.

    A label without a score (`PD-L1 >=1 (label does not name the score)`) is met by no number.
    """
    named = re.search(r"\((TPS|CPS|TC|IC|TAP)\b", biomarker.label)
    return biomarker.assay or (named[1] if named else None)


_OF_PARTS = {"MMR proteins": frozenset({"MLH1", "PMS2", "MSH2", "MSH6"})}
"""The proteins that a marker stands for: one of them lost decides, retained must be all."""

STATED: dict[str, dict[str, bool]] = {
    "HR": {"HR:POS": True, "HR:NEG": False, "TNBC": False},
    "RAS": {"RAS:WT": False},
}
"""Composite biomarkers that a positive (or mutated) result decides of a marker that is several."""


def stated(biomarker: Biomarker, value: Measure) -> bool | None:
    """What a word says of a composite of markers (`HR status: positive`); None for a negative one, which has parts."""
    decided = STATED.get(value.marker, {}).get(biomarker.id)
    return decided if polarity(value) or value.word == "mutated" else None


def verdicts(biomarker: Biomarker, about: Iterable[Measure]) -> set[bool | None]:
    """What the measures say of the biomarker, each on its own; those of single proteins are taken together."""
    given = list(about)
    decided = [value for value in given if not is_score_only(value)] or given
    found = {judge(biomarker, value) for value in decided if value.part is None}
    parts = [value for value in decided if value.part is not None]
    if parts:
        lost = [value for value in parts if value.word == "loss"]
        all_given = _OF_PARTS.get(biomarker.marker or "", frozenset()) <= {value.part for value in parts}
        found.add(judge(biomarker, (lost or parts)[0]) if lost or all_given else None)
    return found
