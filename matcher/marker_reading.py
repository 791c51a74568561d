"""Measured markers as reports write them, read: which marker, on which scale, which numbers, scores and words.

One stated value may hold several results (`HER2: 2+/FISH+`, `PD-L1: TPS 50%, CPS 60`, `RAS: wild type`). What may mean
two things keeps both (an interval of numbers, several scores) and says so in `doubt`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from kb.alteration import MarkerValue

Bounds = tuple[float, float]


class Stained(NamedTuple):
    """The percentage of cells (within bounds) that stain with one of these intensities, 0 to 3."""

    percent: Bounds
    intensities: frozenset[int]


@dataclass(frozen=True, slots=True)
class Measure:
    """A marker value understood: canonical `marker`, `scale` (`TPS`, `IHC`, ...), a lower-case word.

    `bounds` are the least and the greatest number that the value allows, None without a number: a report that says
    `>=1%` or `1-49%` leaves open what lies between. `scores` are the IHC scores that it allows (0.5 is ultralow),
    `stained` the cells by their intensity. `part` is the one protein that the value is of, where the marker is several.
    `doubt` says why the value may mean two things, `remedy` how to write it. `is_of_sequence` holds for a gene's
    sequence, which says nothing of its protein.
    """

    marker: str
    scale: str | None
    bounds: Bounds | None
    word: str
    source: MarkerValue
    scores: tuple[float, ...] = ()
    stained: tuple[Stained, ...] = ()
    part: str | None = None
    doubt: str | None = None
    remedy: str = ""
    is_of_sequence: bool = False

    @property
    def number(self) -> float | None:
        """The number, where the value gives a single one."""
        return self.bounds[0] if self.bounds is not None and self.bounds[0] == self.bounds[1] else None


NAMES = {
    "HER2": ("her2", "erbb2", "her2neu", "neu", "cerbb2", "cerb2", "her2cep17", "her2cen17"),
    "ER": ("er", "esr1", "estrogenreceptor", "oestrogenreceptor"),
    "PR": ("pr", "pgr", "progesteronereceptor"),
    "HR": ("hr", "hormonereceptor", "hormonereceptors"),
    "PD-L1": ("pdl1", "cd274"),
    "MSI": ("msi", "microsatellite", "microsatelliteinstability", "mss", "msimss"),
    "MMR proteins": ("mmr", "mmrproteins", "mmrprotein", "mismatchrepair", "mismatchrepairproteins"),
    "TMB": ("tmb", "tumormutationalburden", "tumourmutationalburden", "tumormutationburden", "tumourmutationburden"),
    "HRD": ("hrd", "homologousrecombinationdeficiency"),
    "GIS": ("gis", "genomicinstability", "hrdgis", "gisscore", "genomicinstabilityscore"),
    "AR-V7": ("arv7",),
    "EGFRvIII": ("egfrviii",),
    "CLDN18.2": ("cldn182", "claudin182"),
    "FRalpha": ("folr1", "fralpha", "frα", "folatereceptoralpha", "folatereceptorα"),
    "PSMA": ("psma",),
    "PTEN": ("pten",),
    "c-Met": ("cmet", "met"),
    "INI1": ("ini1", "smarcb1", "ini1smarcb1"),
    "CD117": ("cd117", "kit", "ckit"),
    "EBV": ("ebv", "eber", "epsteinbarrvirus"),
    "HPV": ("hpv", "humanpapillomavirus", "highriskhpv", "hrhpv"),
}
"""Markers with their names as reports write them, without scale, blanks, hyphens, dots and slashes, in lower case."""

_CANONICAL = {name: marker for marker, names in NAMES.items() for name in names}
_SCALES = ("IHC", "ISH", "FISH", "CISH", "DISH", "TPS", "CPS", "IC", "TC", "TAP", "PET", "GIS", "RNA", "expression")
_WORDED_SCALES = (("tumou?r proportion score", "TPS"), ("combined positive score", "CPS"))
_IN_SITU = frozenset({"FISH", "CISH", "DISH", "SISH"})
_CLONES = r"(?<![a-z0-9])(?:22c3|28-8|sp142|sp263|73-10|e1l3n|43-14a|folr1-2\.1|ventana|dako|pharmdx)(?![a-z0-9])"
_REPAIR = ("MLH1", "PMS2", "MSH2", "MSH6")

PERCENT = frozenset({"ER", "PR", "CLDN18.2", "FRalpha", "c-Met"})
"""Markers of IHC whose cut-offs are percentages of cells; PD-L1 has scales of its own."""

OF_SEQUENCE = frozenset({"wild type", "wild-type", "wildtype", "wt", "mutated", "mutant", "mutation"})
"""Values of a gene's sequence, which are none of its protein."""

_FACTS: dict[str, tuple[str, str, str | None]] = {
    "msih": ("MSI", "msi-h", "not msi-h"),
    "msihigh": ("MSI", "msi-h", "not msi-h"),
    "microsatelliteinstabilityhigh": ("MSI", "msi-h", "not msi-h"),
    "mss": ("MSI", "mss", None),
    "microsatellitestable": ("MSI", "mss", None),
    "dmmr": ("MMR proteins", "dmmr", "pmmr"),
    "mmrd": ("MMR proteins", "dmmr", "pmmr"),
    "mmrdeficient": ("MMR proteins", "dmmr", "pmmr"),
    "mmrdeficiency": ("MMR proteins", "dmmr", "pmmr"),
    "pmmr": ("MMR proteins", "pmmr", "dmmr"),
    "mmrp": ("MMR proteins", "pmmr", "dmmr"),
    "mmrproficient": ("MMR proteins", "pmmr", "dmmr"),
    "tmbh": ("TMB", "high", "not high"),
    "tmbhigh": ("TMB", "high", "not high"),
    "her2low": ("HER2", "low", None),
    "her2positive": ("HER2", "positive", "negative"),
    "her2negative": ("HER2", "negative", "positive"),
    "hrpositive": ("HR", "positive", "negative"),
    "hrnegative": ("HR", "negative", "positive"),
}
"""Names that state a result, answered by yes or no: marker, its value for yes, and for no (None leaves it open)."""

_AFFIRMED = re.compile(r"(?:yes|y|true|pos|positive|present|detected|\+|1)", re.I)
_DENIED = re.compile(r"(?:no|n|false|neg|negative|absent|not detected|undetected|-)", re.I)
_NO_MUTATION = re.compile(
    r"(?:negative|neg|none|no|absent|not (?:detected|found|identified|present)|undetected|no mutations?(?: detected)?)"
)


def measure(value: MarkerValue) -> Measure:
    """The first of what the value holds; see `measures`.

    >>> from kb.alteration import Place
    >>> measure(MarkerValue("PD-L1 CPS", ">= 10", Place("p.yaml", 3))).bounds
    (10.0, inf)
    """
    return measures(value)[0]


@lru_cache(maxsize=1024)
def measures(value: MarkerValue) -> tuple[Measure, ...]:
    """What the value holds, with marker, scale, numbers and word told apart; one at least.

    >>> from kb.alteration import Place
    >>> [(each.scale, each.word) for each in measures(MarkerValue("HER2", "2+/FISH+", Place("p.yaml", 3)))]
    [(None, '2+'), ('ISH', 'positive')]
    """
    from unicodedata import normalize

    name, text = _english(normalize("NFKC", value.marker)), _english(normalize("NFKC", value.value))
    return tuple(_read(value, name, _tidy(text.lower())))


def _english(text: str) -> str:
    if text.isascii():
        return text.strip()
    from kb.nomenclature.chinese import in_english

    return in_english(text.replace("缺失", " loss ")).replace("≥", ">=").replace("≤", "<=").strip()


def _tidy(text: str) -> str:
    """The text with single blanks, plain hyphens and decimal points, crosses counted (`++` is `2+`), a sign bare."""
    text = " ".join(re.sub("[–—−‐‑]", "-", text).split())
    text = re.sub(r"\(?(?<!\+)(\+{2,3})(?!\+)\)?", lambda found: f"{len(found[1])}+", text)
    text = re.sub(r"^[(\[] ?([+-]) ?[)\]]$", r"\1", text)
    return re.sub(r"(?<![\d,.])(0|\d{1,3}(?=,(?:\d{1,2}|\d{4,})(?![\d,])))(?:,)(?=\d)", r"\1.", text)


def _read(value: MarkerValue, name: str, text: str) -> Iterator[Measure]:
    marker, scale, clone = _named(name)
    plain = Measure(marker, scale, None, text, value)
    fact = _FACTS.get(_key(_without_status(name)))
    if fact is not None and (_AFFIRMED.fullmatch(text) or _DENIED.fullmatch(text)):
        yield from _stated(plain, fact, _AFFIRMED.fullmatch(text) is not None)
        return
    sequence = _of_sequence(name, text)
    if sequence is not None:
        genes = ("KRAS", "NRAS") if sequence[0].upper() == "RAS" and sequence[1] != "mutated" else (sequence[0],)
        for gene in genes:
            yield replace(plain, marker=gene, scale=None, word=sequence[1], is_of_sequence=True)
        return
    proteins = _repair_proteins(name)
    if proteins:
        yield from _of_repair(plain, proteins, name, text)
    elif scale == "RNA":
        yield replace(plain, bounds=None)
    elif marker in _READERS:
        yield from _READERS[marker](plain, clone)
    else:
        yield _counted(plain)


def _key(name: str) -> str:
    return re.sub(r"[\s\-_./()]+", "", name.lower())


def _without_status(name: str) -> str:
    return re.sub(r"(?i)(?:[ _-]+(?:status|results?|test(?:ing)?|scores?|levels?|ratio|staining|protein))+$", "", name)


def _named(name: str) -> tuple[str, str | None, str | None]:
    """Marker, scale and antibody clone in a name; a name that is not known stays as it is, without its scale."""
    clone = re.search(_CLONES, name.lower())
    bare = " ".join(re.sub(r"\(\s*\)", "", re.sub(f"(?i){_CLONES}", "", name)).split())
    for words, short in _WORDED_SCALES:
        bare = re.sub(words, short, bare, flags=re.IGNORECASE)
    bare, scale = _without_status(bare), None
    found = re.search(rf"(?i)(?:^|[ _-]|\()({'|'.join(_SCALES)})\)?$", bare)
    if found is not None:
        scale = found[1].upper()
        bare = bare[: found.start()].strip(" _-(") or bare
    if scale == "RNA":
        return bare, scale, None
    if re.search(r"(?i)(?:cep|cen)-?17", bare):
        scale = "ISH"
    bare = _without_status(bare)
    marker = _CANONICAL.get(_key(bare)) or re.sub(r"(?i)^hpv[ -]?(?:16|18)(?:[/ ]+18)?$", "HPV", bare)
    return marker, "ISH" if scale in _IN_SITU else scale, clone[0] if clone else None


def _stated(plain: Measure, fact: tuple[str, str, str | None], is_so: bool) -> Iterator[Measure]:
    marker, yes, no = fact
    word = yes if is_so else no
    plain = replace(plain, marker=marker, scale=None)
    if word is None:
        yield _doubtful(plain, "says only what it is not", f"write the {marker} result itself")
    else:
        yield from _READERS.get(marker, lambda given, _: iter((given,)))(replace(plain, word=word), None)


def _doubtful(plain: Measure, doubt: str, remedy: str) -> Measure:
    """The measure without any result that could decide: it stays an unclear one."""
    return replace(plain, word="unclear", bounds=None, scores=(), stained=(), doubt=doubt, remedy=remedy)


# Sequences


def _of_sequence(name: str, text: str) -> tuple[str, str] | None:
    """Gene and `wild type` or `mutated` where the value is of a gene's sequence: `KRAS: wild type`, `RAS: mutated`."""
    about = re.fullmatch(r"(?i)([A-Z][A-Z0-9-]{1,14}) (?:alterations?|mutations?|variants?)", name.strip())
    gene = about[1] if about else _without_status(name)
    if text in OF_SEQUENCE:
        return gene, "wild type" if text.startswith("w") else "mutated"
    if about and _NO_MUTATION.fullmatch(text):
        return gene, "wild type"
    return None


# Mismatch repair


def _repair_proteins(name: str) -> tuple[str, ...]:
    """The mismatch-repair proteins that a name lists: `MLH1/PMS2 loss`, `MSH6 IHC`; none when it says more."""
    bare = re.sub(r"(?i)[ _-]+(?:ihc|loss|expression|protein|staining|status)\b|^loss of\b", "", name)
    listed = tuple(part.upper() for part in re.split(r"\s*(?:/|,|\+|&|\band\b)\s*", bare.strip()))
    return listed if set(listed) <= set(_REPAIR) else ()


def _of_repair(plain: Measure, proteins: tuple[str, ...], name: str, text: str) -> Iterator[Measure]:
    """A lost protein is a deficient mismatch repair; whether a proficient one is, needs all four."""
    word = text
    if re.search(r"(?i)\bloss\b", name):
        word = "loss" if _AFFIRMED.fullmatch(text) else "retained" if _DENIED.fullmatch(text) else text
    level = _REPAIR_LEVEL.match(re.sub(r"^(?:(?:nuclear|protein|expression|staining)[ :]+)+", "", word))
    for protein in proteins:
        yield replace(plain, marker=protein, word=word)
        if level:
            yield replace(plain, marker="MMR proteins", word="loss" if level[1] else "retained", part=protein)


_REPAIR_LEVEL = re.compile(
    r"(loss|lost|neg|absent|not detected|-(?:$| ?\())|(retained|intact|normal|pos|present|no loss|\+(?:$| ?\())"
)


def _repair(plain: Measure, _: str | None) -> Iterator[Measure]:
    """The verdict of all proteins, or what is said of each: `MSH6 lost`, `MLH1(-), PMS2(-), MSH2(+), MSH6(+)`."""
    listed = _listed_proteins(plain.word)
    for protein, word in listed:
        yield replace(plain, marker="MMR proteins", word=word, part=protein)
    if not listed:
        text = re.sub(r"^(?:mismatch[- ]repair|mmr)[ :-]*", "", plain.word)
        yield replace(plain, word={"d": "deficient", "p": "proficient"}.get(text, text))


_REPAIR_TOKEN = re.compile(
    r"\s*(?:(?P<protein>mlh1|pms2|msh2|msh6)"
    r"|(?P<retained>no loss|not lost|retained|intact|present|preserved|normal|pos(?:itive)?\b|\(\+\)|\+(?![a-z0-9]))"
    r"|(?P<loss>loss|lost|absent|neg(?:ative)?\b|\(-\)|-(?![a-z0-9]))"
    r"|[,;:/&+=]|(?:and|of|is|are|isolated|nuclear|protein|expression|staining|ihc)\b)"
)
"""What a list of repair proteins is made of: a protein, its state, or what may stand between."""


def _listed_proteins(text: str) -> tuple[tuple[str, str], ...]:
    """Each protein with `loss` or `retained`, where the whole text is a list of them; empty where it is not.

    The states stand all behind their proteins or all before them.

    >>> _listed_proteins("mlh1/pms2 loss, msh6 retained")
    (('MLH1', 'loss'), ('PMS2', 'loss'), ('MSH6', 'retained'))
    >>> _listed_proteins("loss of msh6"), _listed_proteins("msh6 loss not confirmed")
    ((('MSH6', 'loss'),), ())
    """
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text.rstrip()):
        token = _REPAIR_TOKEN.match(text, at)
        if token is None:
            return ()
        at = token.end()
        found += [(str(token.lastgroup), token[0].strip())] if token.lastgroup else []
    kinds = [kind for kind, _ in found]
    if not kinds or "protein" not in (kinds[0], kinds[-1]) or kinds[0] == kinds[-1] == "protein":
        return ()
    stated, state = [], ""
    for kind, word in reversed(found) if kinds[0] == "protein" else found:
        if kind == "protein":
            stated.append((word.upper(), state))
        else:
            state = kind
    return tuple(reversed(stated)) if kinds[0] == "protein" else tuple(stated)


# Microsatellites

_DEGREE = r"(?:microsatellites?|msi)?[ :,-]*(?:status)?[ :,-]*(?:instab\w*)?[ :,-]*"


def _microsatellites(plain: Measure, _: str | None) -> Iterator[Measure]:
    """High, not high, or open: a score without the assay's cut-off, and an instability without its degree."""
    text = plain.word
    if re.match(rf"not (?:msi-?h|high)|mss\b|{_DEGREE}(?:stable|low|l)\b", text):
        yield replace(plain, word="stable")
    elif re.match(rf"{_DEGREE}(?:high|highly|h)\b|high(?:ly)? (?:microsatellite )?(?:instab|unstab)", text):
        yield replace(plain, word="high")
    elif re.fullmatch(r"[<>=~ ]*\d[\d.,]*\s*(?:%|points?|score)?.*", text):
        doubt = "is a score: it says nothing without the assay's cut-off"
        yield _doubtful(plain, doubt, "write the result: MSI: MSI-H, MSI-L or MSS")
    elif re.match(r"(?:microsatellites? |msi[ :-]*)?(?:unstable|instab|instable)|msi$", text):
        yield _doubtful(plain, "may be MSI-high or MSI-low", "write MSI-H or MSI-L")
    else:
        yield plain


# Numbers

_NUMBER = r"(?<![a-z\d.])(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d{1,2})?(?!\d|\.\d|[a-z][+-]?\d)"
"""A number, `1.2e1` too, that is not part of a name, as the antibody clones 22C3 and SP142 are."""

_COMPARISONS = {
    "<=": ("<=", "≤", "at most", "up to"),
    ">=": (">=", "≥", "at least"),
    "<": ("<", "less than", "below", "under"),
    ">": (">", "more than", "greater than", "above", "over"),
}


_RANGE = re.compile(rf"({_NUMBER})\s*%?\s*(?:-|–|to|and)\s*({_NUMBER})")


def bounds_of(text: str) -> Bounds | None:
    """The least and the greatest number that the text allows; None without one, and for a score out of another (`5/8`).

    >>> bounds_of("1-49%"), bounds_of("90 % (strong)")
    ((1.0, 49.0), (90.0, 90.0))
    """
    found = re.search(_NUMBER, text)
    if found is None or re.search(r"\d\s*/\s*\d", text):
        return None
    number = float(found.group())
    ranged = _RANGE.match(text, found.start())
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


def _counted(plain: Measure) -> Measure:
    """The measure with its number; a comma that may part thousands or decimals leaves it without one.

    So does what no measurement gives: less than nothing, and more than all of the cells.
    """
    impossible = _impossible(plain)
    if impossible is not None:
        return impossible
    if re.search(r"\d,\d", plain.word):
        return _doubtful(plain, "has a comma that may part decimals or thousands", "write a decimal point")
    if re.search(_POWER, plain.word):
        return _doubtful(plain, "is written with a power of ten", "write the number itself")
    units, expected = _OTHER_UNITS.get(plain.marker, (None, ""))
    if units is not None and re.search(units, plain.word):
        return _doubtful(plain, f"is not {expected}", f"write {expected} alone")
    return replace(plain, bounds=bounds_of(plain.word))


def _impossible(plain: Measure) -> Measure | None:
    """The measure without a number, where what is written cannot be; None where it can."""
    again = "write the value as the report has it"
    if re.match(r"[-−–]\s*\.?\d", plain.word):
        return _doubtful(plain, "is less than zero", again)
    bounds = bounds_of(plain.word) if plain.marker in {*PERCENT, "PD-L1"} else None
    if bounds is not None and bounds[0] > 100:
        return _doubtful(plain, "is more than 100", again)
    return None


_POWER = rf"{_NUMBER}\s*[x×*·]\s*10|\d\s*\^"

_FOREIGN = (
    r"(?<=\d)\s*(?:(?:[fpnuμm]?g|[fpnuμm]?mol|i?u|cells|copies)\s*/|(?:tpm|f?rpkm|fpkm|cpm|reads|copies|counts?)\b"
    r"|(?:[x×]|-?fold)(?![a-z])|mut|/\s*[km]b)|percentile|[hz][- ]?score|allred|\birs\b|log ?2"
)
"""Units of other measurements than the share of cells stained: concentrations, expression, percentiles, scores."""

_OTHER_UNITS = {
    **dict.fromkeys(PERCENT, (_FOREIGN, "a percentage of cells")),
    "PD-L1": (_FOREIGN, "a percentage or a score"),
    "number of mutations": (r"/|\bper\b|percent|%", "a number of mutations"),
}
"""By marker, what shows that its number is of another measurement than its cut-offs, and what these are of."""


def _with_unit(plain: Measure, unit: str, words: str, doubt: str, remedy: str) -> Measure:
    """The measure with the number that has the unit, else with a bare one, beside which only the words may stand.

    A number in any other unit decides nothing; a word before it still speaks.
    """
    impossible = _impossible(plain)
    if impossible is not None:
        return impossible
    text = re.sub(rf"(?:cut-?off|threshold|reference)[^\d,;]{{0,16}}{_NUMBER}\s*(?:{unit})?", " ", plain.word)
    if re.search(_NUMBER, text) is None or re.search(r"\d,\d", text):
        return replace(plain, bounds=None) if text != plain.word else _counted(plain)
    if re.search(_POWER, text):
        return _counted(plain)
    ends = [0, *(each.end() for each in re.finditer(_NUMBER, text))]
    own = re.search(rf"(?:{_NUMBER}\s*%?\s*(?:-|to|and)\s*)?{_NUMBER}\s*(?:{unit})", text)
    if own is not None:
        before = max(end for end in ends if end <= own.start())
        return replace(plain, bounds=bounds_of(re.sub(rf"(?:{unit})$", "", text[before : own.end()])))
    rest = re.sub(_NUMBER, " ", text)
    if re.fullmatch(rf"(?:[\s:;,()\[\]~≈=<>≤≥-]|\b(?:{words}|{_BOUND_WORDS})\b)*", rest):
        return replace(plain, bounds=bounds_of(text))
    if re.match(r"(?:tmb-?)?(?:high|low|intermediate)|pos|neg", text):
        return replace(plain, bounds=None, doubt=doubt, remedy=remedy)
    return _doubtful(plain, doubt, remedy)


_BOUND_WORDS = "|".join(word for words in _COMPARISONS.values() for word in words if word[0].isalpha())

_PER_MEGABASE = (
    r"(?:(?:(?:non-?synonymous|somatic|coding|total|个) ?)*"
    r"(?:mut[a-z]*\.?|mts?|m|variants?|snvs?|counts?|个)? ?(?:(?:non-?synonymous|somatic|coding) )?)?"
    r"(?:/|per|每) ?(?:mbp?s?|mega-?bases?|million (?:bases|base pairs|bp)|兆碱基|百万碱基|兆)(?![a-z\d])"
    r"|mut[a-z]* ?[·*]? ?mb ?\^?-1(?!\d)"
)
"""Mutations per megabase, as reports write it."""

_BURDEN_WORDS = (
    "(?:b|t|tissue |blood )?tmb|tmb-[hl]|(?:very |ultra-?)?high|low|intermediate|h|l|i|about|approx(?:imately)?|ca|"
    "between|and|to|or|positive|negative|score|value|result|status|tumou?r|mutation(?:al)? burden|"
    "by|from|wes|wgs|ngs|panel|tissue|blood|tumou?r|foundationone|f1cdx|cdx|f1|msk-?impact ?\\d*|tso ?\\d*"
)


def _burden(plain: Measure, _: str | None) -> Iterator[Measure]:
    """The mutations per megabase; a count of a panel or an exome, and a percentile, are none."""
    doubt = "is not in mutations per megabase"
    yield _with_unit(plain, _PER_MEGABASE, _BURDEN_WORDS, doubt, "write mutations per megabase, such as TMB: 12 mut/Mb")


def _instability(plain: Measure) -> Measure:
    """The genomic instability score; a share of the genome with loss of heterozygosity is another number."""
    words = "gis|hrd|hrd-?[pn]|score|points?|myriad|mychoice|cdx|genomic instability|high|low|positive|negative|pos|neg"
    doubt = "is not a genomic instability score"
    remedy = "write the score alone, such as GIS: 42, or HRD: positive"
    found = _with_unit(plain, r"points?\b", words, doubt, remedy)
    stated = map(float, re.findall(_NUMBER, plain.word)) if found.bounds is not None else ()
    if not all(number.is_integer() for number in stated):
        return _doubtful(plain, f"{doubt}, which is a whole number", remedy)
    return found


_INTENSITY = re.compile(
    r"(?<![\d.])(?P<ps>ps ?)?(?P<least>(?:>=|at least) ?)?(?P<first>[0-3])\+?"
    r"(?: ?(?:/|-|to|and|or|,) ?(?P<last>[0-3]))?\+(?!\d)"
)
"""An IHC intensity or several: `3+`, `2+/3+`, `1+ to 2+`, `0-1+`, `PS2+` (2+ and stronger), `>=2+`."""


def _intensities(found: re.Match[str]) -> frozenset[int]:
    first = int(found["first"])
    last = 3 if found["ps"] or found["least"] else int(found["last"] or first)
    return frozenset(range(min(first, last), max(first, last) + 1))


def _stained(plain: Measure, _: str | None) -> Iterator[Measure]:
    """Percent of cells, an intensity, or both; an intensity never becomes a percentage."""
    text = plain.word
    if re.search(r"h[- ]?score|allred|irs\b|immunoreactive score", f"{plain.source.marker.lower()} {text}"):
        yield _doubtful(plain, "is a score of another scale than percent of cells", "write the percentage of cells")
        return
    intensities = list(_INTENSITY.finditer(text))
    if not intensities:
        yield _percent(plain)
        return
    found = [_intensities(each) for each in intensities]
    rest = _INTENSITY.sub(" ", text)
    percents = re.findall(rf"(?:[<>]=? ?)?{_NUMBER}(?: ?%? ?(?:-|to) ?{_NUMBER})?(?: ?%)", rest)
    if not percents:
        doubt = "is an intensity without the percentage of cells"
        scores = tuple(sorted({float(score) for some in found for score in some}))
        yield replace(plain, scores=scores, doubt=doubt, remedy="write both, such as 2+/3+ in 80%")
    elif len(percents) == 1:
        percent = bounds_of(percents[0].strip()) or (0.0, 100.0)
        yield replace(plain, stained=(Stained(percent, frozenset().union(*found)),))
    elif len(percents) == len(found) and all(len(some) == 1 for some in found):
        numbers = [bounds_of(each.strip()) or (0.0, 100.0) for each in percents]
        yield replace(plain, stained=tuple(map(Stained, numbers, found)))
    else:
        yield _doubtful(plain, "has several percentages", "write one, such as 2+/3+ in 80%")


def _percent(plain: Measure) -> Measure:
    """A percentage; a bare number that may be a fraction or an intensity keeps both readings."""
    text = plain.word
    counted = _counted(plain)
    if re.fullmatch(r"(?:0?\.\d+|1\.0+)", text) and float(text) > 0:
        return _fraction(counted)
    if plain.marker in PERCENT and re.fullmatch("[1-3]", text):
        doubt = "may be an intensity or a percentage"
        return replace(counted, bounds=(float(text), 100.0), doubt=doubt, remedy=f"write {text}+ or {text}%")
    return counted


def _fraction(counted: Measure) -> Measure:
    number = float(counted.word)
    return replace(
        counted,
        bounds=(number, round(100 * number, 6)),
        doubt="may be a fraction or a percentage",
        remedy=f"write {100 * number:g}% or {number:g}%",
    )


# PD-L1

_PD_L1_SCALE = re.compile(r"(?<![a-z])(tps|cps|tap|tc|ic)(?![a-z])")
_CLASSES: dict[str, tuple[Bounds, ...]] = {
    "IC": ((0, math.nextafter(1, 0)), (1, math.nextafter(5, 0)), (5, math.nextafter(10, 0)), (10, 100)),
    "TC": ((0, math.nextafter(1, 0)), (1, math.nextafter(5, 0)), (5, math.nextafter(50, 0)), (50, 100)),
}
"""Percentages of the classes IC0 to IC3 and TC0 to TC3 of the SP142 assay (POPLAR, 10.1016/S0140-6736(16)00587-0)."""


def _pd_l1(plain: Measure, clone: str | None) -> Iterator[Measure]:
    """Each score with its scale, which stands in the name, before the value or after it."""
    inside = re.search(_CLONES, plain.word)
    clone = clone or (inside[0] if inside else None)
    text = re.sub(r"\(\s*\)", "", re.sub(_CLONES, "", plain.word))
    for words, short in _WORDED_SCALES:
        text = re.sub(words, short.lower(), text)
    text = text.strip(" ,;:")
    found = list(_PD_L1_SCALE.finditer(text))
    if not found:
        yield _pd_l1_score(plain, text, clone)
        return
    before = bool(text[: found[0].start()].strip(" (:="))
    edges = [0, *(each.end() for each in found)] if before else [*(each.start() for each in found), len(text)]
    for number, each in enumerate(found):
        scale = each[1].upper()
        part = text[edges[number] : edges[number + 1]]
        bare = _PD_L1_SCALE.sub("", part).strip(" ()[]:=,;/.")
        one = replace(plain, scale=scale)
        if plain.scale not in {None, scale, "IHC"}:
            yield _doubtful(
                replace(plain, scale=None), f"names two scales, {plain.scale} and {scale}", "write one of them"
            )
        else:
            glued = re.search(r"(?:ic|tc)\d", part) is not None
            yield _pd_l1_score(one, bare, "sp142" if glued else clone)


def _pd_l1_score(plain: Measure, text: str, clone: str | None) -> Measure:
    scale = plain.scale
    plain = replace(plain, word=text)
    classes = re.fullmatch(r"[0-3](?:/[1-3]){0,2}\+?", text) if scale in _CLASSES else None
    if scale is not None and classes is not None:
        ranges = [_CLASSES[scale][int(digit)] for digit in re.findall("[0-3]", text)]
        least, greatest = min(low for low, _ in ranges), max(high for _, high in ranges)
        if clone == "sp142" or not text.isdigit():
            return replace(plain, bounds=(least, greatest))
        number = float(text)
        doubt = None if number == 0 else f"may be the class {scale}{text} or {text}%"
        remedy = f"write {scale}{text} or {text}%"
        return replace(plain, bounds=(min(least, number), max(greatest, number)), doubt=doubt, remedy=remedy)
    if scale in {"TPS", "TC", "IC", "TAP"} and re.fullmatch(r"(?:0?\.\d+|1\.0+)", text) and float(text) > 0:
        return _fraction(plain)
    if _INTENSITY.search(text):
        return next(_stained(plain, None))
    return _counted(plain)


# HER2

_PIECES = re.compile(
    r"[,;/](?=\s*(?:her2\s+)?(?:by\s+)?(?:ihc|[dcsf]?-?ish)(?![a-z]))|[,;]\s+(?=[^,;]*\bby (?:ihc|f?ish))"
)
_ASSAY = re.compile(r"(?<![a-z])(ihc|d-?ish|fish|cish|sish|ish)(?![a-z])")


def _her2(plain: Measure, _: str | None) -> Iterator[Measure]:
    """The IHC score or word and the result of the in-situ hybridization, each on its own."""
    for scale, text in _her2_parts(plain.word, plain.scale):
        one = replace(plain, scale=scale, word=text)
        yield _in_situ(one) if scale == "ISH" else _her2_score(one)


def _her2_parts(text: str, scale: str | None) -> list[tuple[str | None, str]]:
    """The results in the text with their assays: `2+ (FISH negative)`, `IHC 2+, ISH amplified`, `negative by FISH`."""
    found: list[tuple[str | None, str]] = []
    for piece in _PIECES.split(text):
        assays = list(_ASSAY.finditer(piece))
        starts = [each.start() for each in assays]
        before = _bare(piece[: starts[0]] if starts else piece)
        ends = [*starts[1:], len(piece)][: len(assays)]
        after = [_bare(piece[each.end() : end]) for each, end in zip(assays, ends, strict=True)]
        if len(assays) == 1 and before and not after[0]:
            before, after = "", [before]
        if before:
            found.append((scale, before))
        scales = ["IHC" if each[1] == "ihc" else "ISH" for each in assays]
        found += [(each, rest) for each, rest in zip(scales, after, strict=True) if rest]
    return found or [(scale, text)]


def _bare(text: str) -> str:
    stripped = re.sub(r"(?:\bby\b|\bher2\b|[\s:=,;/])+$|^(?:[\s:=,;/]|\bher2\b)+", "", text.strip(" ()[]"))
    return stripped.strip(" ()[]:=") if stripped not in {"+", "-"} else stripped


def _her2_score(plain: Measure) -> Measure:
    text = plain.word
    if "ultralow" in text or "ultra-low" in text:
        return replace(plain, scores=(0.5,))
    if re.match(r"0(?![.\d%+-])[\s(,;]+\S", text):
        return _unstained(plain)
    if text == "+" and plain.scale == "IHC":
        return _doubtful(plain, "may be 1+ or positive", "write 1+, 2+ or 3+")
    ranged = _INTENSITY.search(text)
    named = re.fullmatch(r"(?:score )?([0-3])(?: ?(?:-|to|/) ?([0-3]))?", text) or re.search(r"\(([0-3])()\)", text)
    scores = _intensities(ranged) if ranged else frozenset[int]()
    if named and not scores:
        scores = frozenset(range(int(named[1]), int(named[2] or named[1]) + 1))
    if not scores:
        return plain
    percent = re.search(rf"({_NUMBER}) ?%", text)
    if percent and float(percent[1]) <= 10 and max(scores) > 1:
        # Breast and gastric resections ask for more than 10 % of the cells (10.1200/JCO.2018.77.8738).
        return _doubtful(plain, "is of no more than 10% of the cells", "write the score of the whole specimen")
    doubt = "is a range of scores" if len(scores) > 1 else None
    return replace(plain, scores=tuple(map(float, sorted(scores))), doubt=doubt, remedy="write the one score")


def _unstained(plain: Measure) -> Measure:
    """A score of 0 with words behind it, which may tell of the faint staining that makes it ultralow."""
    if re.search(r"no (?:membrane )?staining|negative|without staining|absent", plain.word):
        return replace(plain, scores=(0.0,))
    doubt = "may be 0 without staining or ultralow"
    return replace(plain, scores=(0.0, 0.5), doubt=doubt, remedy="write 0 or ultralow")


def _in_situ(plain: Measure) -> Measure:
    """A stated result, or ratio and copy number by the groups 1 and 5 of ASCO/CAP 2018 (10.1200/JCO.2018.77.8738).

    The groups between need IHC beside them, and a ratio alone does not tell the group.
    """
    text = plain.word
    if re.search(r"(?:not|non|un|no)[ -]?amplif", text) or re.match(r"neg|-$|absent|not detected", text):
        return replace(plain, word="negative")
    if "amplif" in text or re.match(r"pos|\+$|detected|present", text):
        return replace(plain, word="positive")
    ratio = re.search(rf"(?:ratio|cep ?17|cen ?17)\D{{0,12}}?({_NUMBER})", text) or re.fullmatch(rf"({_NUMBER})", text)
    ratio = ratio or re.match(rf"({_NUMBER})(?=[ ,;(])(?! ?(?:copies|signals))", text)
    copies = re.search(rf"(?:cop(?:y|ies)(?: number)?|signals?|\bcn)\D{{0,12}}?({_NUMBER})", text)
    copies = re.search(rf"({_NUMBER}) ?(?:her2 )?(?:copies|signals)", text) or copies
    if ratio is None:
        return plain
    if copies is not None:
        high, many = float(ratio[1]) >= 2, float(copies[1]) >= 4
        if high and many:
            return replace(plain, word="positive")
        if not high and not many:
            return replace(plain, word="negative")
        doubt = "is of a group (2, 3 or 4 of ASCO/CAP 2018) that needs IHC beside it"
        return _doubtful(plain, doubt, "write the final ISH result: amplified or not amplified")
    doubt = "is a ratio without the copy number: it does not tell the ASCO/CAP group"
    return _doubtful(plain, doubt, "add the copies per cell (2.4, copies 6.1), or write amplified or not amplified")


# Scores and words of other markers


def _deficiency(plain: Measure, _: str | None) -> Iterator[Measure]:
    """A number is the genomic instability score, a word is the laboratory's verdict."""
    counted = _instability(plain)
    is_number = counted.bounds is not None or counted.word == "unclear"
    yield replace(counted, marker="GIS") if is_number else counted


def _score(plain: Measure, _: str | None) -> Iterator[Measure]:
    yield _instability(plain)


def _receptors(plain: Measure, _: str | None) -> Iterator[Measure]:
    """`HR negative` is both receptors negative; `HR positive` says not which one is positive."""
    yield plain
    if re.fullmatch(r"neg\w*|-|no", plain.word):
        yield replace(plain, marker="ER", word="negative")
        yield replace(plain, marker="PR", word="negative")


def _virus(plain: Measure, _: str | None) -> Iterator[Measure]:
    """A viral result; one that is negative for a single type of HPV leaves the others open."""
    typed = re.search(r"(?i)hpv[ -]?(?:16|18)", plain.source.marker)
    if typed and re.match(r"neg|-$|not detected|absent|no\b", plain.word):
        yield _doubtful(plain, "is of one type of the virus only", "write the result for all high-risk types")
    else:
        yield replace(plain, scale=None)


_READERS = {
    "MSI": _microsatellites,
    "MMR proteins": _repair,
    "PD-L1": _pd_l1,
    "HER2": _her2,
    "HRD": _deficiency,
    "GIS": _score,
    "TMB": _burden,
    "HR": _receptors,
    "EBV": _virus,
    "HPV": _virus,
    **dict.fromkeys(PERCENT, _stained),
}
"""How the values of each marker are read; those of all others are a number or a word."""
