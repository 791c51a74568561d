"""Measured markers in free text: `MSI-H`, `PD-L1 TPS 80%`, `HER2 IHC 2+/ISH-`, `HPV16+`, `PTEN loss (IHC)`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from kb.alteration import MarkerValue, Place

Stated = tuple[str, str]
"""Name and value of a marker, as MarkerValue has them."""

_POLARITY = r"positive|negative|pos|neg|detected|not detected|present|absent|\+|-"
_NUMBER = r"(?:[<>]=?|[≥≤])? ?\d{1,5}(?:\.\d{1,3})?"
_RANGE = rf"{_NUMBER} ?%?(?: ?- ?\d{{1,3}} ?%)?"
_IHC = (
    r"loss|lost|absent|retained|intact|normal|positive|negative|pos|neg|low|high|weak|strong|overexpressed|"
    r"overexpression|0|1\+|2\+|3\+|[<>]?=? ?\d{1,3} ?%|\+|-"
)
_WORDS = {"+": "positive", "pos": "positive", "-": "negative", "neg": "negative"}
_HER2 = r"(?:HER-?2(?:/neu)?|ERBB2|c-?erbB-?2)"
_SCORE = r"0|1\+|2\+|3\+|[0-3]"
_ISH = r"positive|negative|pos|neg|amplified|not amplified|non-amplified|equivocal|\+|-"


def parse(text: str, place: Place) -> tuple[MarkerValue, ...] | None:
    """The markers that the whole text states, or None when it states something else or more.

    >>> [value.label for value in parse("HER2 IHC 2+/ISH-", Place("report.txt", 1))]
    ['HER2 IHC 2+', 'HER2 ISH negative']
    """
    for pattern, state in _PATTERNS:
        found = re.fullmatch(pattern, text, re.IGNORECASE)
        if found is not None:
            return tuple(MarkerValue(name, value, place) for name, value in state(found)) or None
    return None


def _word(text: str) -> str:
    """The value as a report would write it out: `+` is `positive`."""
    return _WORDS.get(text.strip().lower(), text.strip())


def _fixed(*stated: Stated) -> Callable[[re.Match[str]], tuple[Stated, ...]]:
    return lambda _: stated


def _burden(found: re.Match[str]) -> Iterator[Stated]:
    """The mutational burden with its word and number as far as they are given."""
    word = {"h": "high", "l": "low"}.get((found["word"] or "").lower(), (found["word"] or "").lower())
    number = " ".join((found["number"] or "").split())
    name = "bTMB" if found["name"].lower().startswith(("btmb", "blood")) else "TMB"
    if word or number:
        yield name, f"{word} ({number})" if word and number else word or number


def _pd_l1(found: re.Match[str]) -> Iterator[Stated]:
    """Each score with its value; the antibody's clone stays beside the value."""
    clone = found["clone"] or found["clone2"]
    for pair in re.finditer(rf"(TPS|CPS|TAP|TC|IC) ?[:=]? ?({_RANGE})", found["scores"], re.IGNORECASE):
        yield f"PD-L1 {pair[1].upper()}", pair[2].strip() + (f" ({clone})" if clone else "")


def _pd_l1_word(found: re.Match[str]) -> Iterator[Stated]:
    scale = f" {found['scale'].upper()}" if found["scale"] else ""
    yield f"PD-L1{scale}", _word(found["value"])


def _her2(found: re.Match[str]) -> Iterator[Stated]:
    """The score, and the result of the in-situ hybridization where it is given."""
    if found["score"]:
        yield ("HER2 IHC" if found["ihc"] else "HER2"), found["score"]
    if found["ish"]:
        yield f"HER2 {found['assay'].upper()}", _word(found["ish"])


def _named(found: re.Match[str]) -> Iterator[Stated]:
    yield found["name"], _word(found["value"])


def _receptor(found: re.Match[str]) -> Iterator[Stated]:
    name = found["name"].lower()
    yield ("ER" if name.startswith(("er", "estr", "oestr")) else "PR"), _word(found["value"])


def _by_ihc(found: re.Match[str]) -> Iterator[Stated]:
    yield f"{found['name']} IHC", _word(found["value"])


def _lost_protein(found: re.Match[str]) -> Iterator[Stated]:
    yield f"{found['name']} IHC", "loss"


def _isoform(found: re.Match[str]) -> Iterator[Stated]:
    name = "AR-V7" if found["name"].upper().startswith("AR") else "EGFRvIII"
    yield name, _word(found["value"] or "detected")


def _virus(found: re.Match[str]) -> Iterator[Stated]:
    yield found["name"].upper().replace("P16", "p16"), _word(found["value"])


def _codeletion(found: re.Match[str]) -> Iterator[Stated]:
    yield "1p/19q codeletion", "not detected" if found["no"] else "detected"


def _chromosomes(found: re.Match[str]) -> Iterator[Stated]:
    for each in re.finditer(r"(\d{1,2}|X|Y) ?([pq]?) (gain|loss)", found[0], re.IGNORECASE):
        yield f"chromosome {each[1].upper()}{each[2].lower()} {each[3].lower()}", "detected"


def _seven_and_ten(found: re.Match[str]) -> Iterator[Stated]:
    yield f"chromosome {found[1]} gain", "detected"
    yield f"chromosome {found[2]} loss", "detected"


def _methylation(found: re.Match[str]) -> Iterator[Stated]:
    yield "MGMT promoter", "unmethylated" if found["no"] else "methylated"


_NAME = r"(?P<name>[A-Za-z][A-Za-z0-9.-]{0,14})"
_CHROMOSOME = r"(?:chromosomes? |chr\.? ?)?(?:\d{1,2}|X|Y) ?[pq]? (?:gain|loss)"
_SEPARATED = r" ?(?:/|,|;|\(|and)? ?"

_PATTERNS: tuple[tuple[str, Callable[[re.Match[str]], Iterable[Stated]]], ...] = (
    (r"(?:MSI[: ]*)?MSI[- ]?(?:H|high)|microsatellite instability[- ]high|MSI ?[:=] ?high", _fixed(("MSI", "MSI-H"))),
    (r"(?:MSI[: ]*)?MSI[- ]?(?:L|low)|microsatellite instability[- ]low", _fixed(("MSI", "MSI-L"))),
    (r"(?:MSI ?[:=]? ?)?(?:MSS|microsatellite[- ]stable|stable)(?<!^stable)", _fixed(("MSI", "MSS"))),
    (r"dMMR|(?:MMR|mismatch[- ]repair)[- ](?:deficient|deficiency)|(?:MMR[- ]?D)|deficient MMR|MMR ?[:=] ?dMMR",
     _fixed(("MMR", "dMMR"))),
    (r"pMMR|(?:MMR|mismatch[- ]repair)[- ]proficien(?:t|cy)|(?:MMR[- ]?P)|proficient MMR|MMR ?[:=] ?pMMR",
     _fixed(("MMR", "pMMR"))),
    (r"dMMR ?/ ?MSI-?H|MSI-?H ?/ ?dMMR", _fixed(("MMR", "dMMR"), ("MSI", "MSI-H"))),
    (r"pMMR ?/ ?MSS|MSS ?/ ?pMMR", _fixed(("MMR", "pMMR"), ("MSI", "MSS"))),
    (r"(?P<name>b?TMB|(?:blood )?tumou?r mutation(?:al)? burden)[-: =]*(?P<word>high|low|intermediate|H|L)?[-: ]*\(?"
     rf"(?P<number>{_NUMBER}(?: ?(?:mut(?:ation)?s?|variants)? ?(?:/|per) ?(?:Mb|megabase))?)?\)?", _burden),
    (rf"PD-?L1 ?(?:\(?(?P<clone>22C3|28-8|SP142|SP263|73-10)\)? ?)?:? ?"
     rf"(?P<scores>(?:(?:(?:TPS|TAP) ?[:=]? ?{_RANGE}|CPS ?[:=]? ?{_NUMBER}|(?:TC|IC) ?[:=]? {_RANGE}(?<=%))"
     rf"[ ,;/]{{0,3}}){{1,4}})(?:\(?(?P<clone2>22C3|28-8|SP142|SP263|73-10)\)?)?", _pd_l1),
    (rf"PD-?L1 ?(?:(?P<scale>TPS|CPS|TAP|TC|IC) ?)?[:=]? ?(?P<value>{_POLARITY}|high|low|{_RANGE}(?<=%))", _pd_l1_word),
    (rf"PD-?L1 ?[:=]? ?(?P<value>{_RANGE}(?<=%)) ?\(?(?P<scale>TPS|TAP|TC|IC)\)?", _pd_l1_word),
    (rf"{_HER2}[ :-]*(?P<ihc>IHC)?[ :]*(?:score )?(?P<score>{_SCORE})(?:{_SEPARATED}"
     rf"(?:HER2 )?(?P<assay>D?ISH|FISH|CISH) ?:? ?(?P<ish>{_ISH})\)?)?", _her2),
    (rf"{_HER2}[ :-]*(?P<assay>ISH|FISH|CISH) ?:? ?(?P<ish>{_ISH})(?P<score>(?!))?(?P<ihc>(?!))?", _her2),
    (rf"(?:{_HER2})[ :-]*(?P<ihc>IHC )?(?P<value>positive|negative|pos|neg|ultra-?low|low|equivocal|\+|-)",
     lambda found: (("HER2 IHC" if found["ihc"] else "HER2", _word(found["value"])),)),
    (rf"(?P<name>ER|PR|PgR|(?:o?estrogen|progesterone) receptor)[ :-]*(?P<value>{_POLARITY}|{_RANGE}(?<=%)|0)",
     _receptor),
    (rf"(?P<name>AR-?V7|EGFR ?v ?III)[ :]*(?P<value>{_POLARITY})?", _isoform),
    (rf"(?P<name>EBV|EBER|HPV-?(?:16|18)?|p16|HBV|MCPyV)[ :-]*(?P<value>{_POLARITY})", _virus),
    (rf"(?P<name>HRD|CLDN18\.2|PSMA PET)[ :-]*(?P<value>{_POLARITY})", _named),
    (rf"claudin ?18\.2[ :-]*(?P<value>{_POLARITY})", lambda found: (("CLDN18.2", _word(found["value"])),)),
    (rf"FR(?:α|alpha|-α)[ :-]*(?P<value>{_POLARITY})", lambda found: (("FRalpha", _word(found["value"])),)),
    (rf"(?P<name>GIS|HRD score)[ :=]*(?P<value>{_NUMBER})", _named),
    (r"1p ?/? ?19q[- ](?P<no>(?:non-?|not )(?=co))?co-?delet(?:ion|ed)", _codeletion),
    (r"1p ?/? ?19q (?P<no>intact)", _codeletion),
    (rf"(?:chromosomes? |chr\.? ?){_CHROMOSOME}(?: ?(?:/|,|and|\+) ?{_CHROMOSOME}){{0,10}}", _chromosomes),
    (r"(?:chromosomes? )?\+ ?(7) ?/ ?- ?(10)", _seven_and_ten),
    (r"MGMT(?: promoter)?[ :-]*(?P<no>un|not |non-)?(?:hyper)?methylat(?:ed|ion)", _methylation),
    (rf"{_NAME} IHC[ :]*(?P<value>{_IHC})", _by_ihc),
    (rf"{_NAME}[ :-](?P<value>{_IHC}) ?(?:\(IHC\)|by IHC|,? IHC)", _by_ihc),
    (rf"{_NAME} (?:protein|expression) (?P<value>loss|lost|absent|retained)(?: \(IHC\)| by IHC)?", _by_ihc),
    (rf"loss of {_NAME} (?:protein )?(?:expression|protein|staining)(?: \(IHC\)| by IHC)?", _lost_protein),
)  # fmt: skip
"""How reports word a measured marker, asked in this order; each pattern must match the whole text."""
