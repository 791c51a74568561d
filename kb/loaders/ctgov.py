"""ClinicalTrials.gov: studies of its API v2 as trials, one row each.

What the registry has as structure is read: status, places, conditions, arms with their drugs, age. The criteria of
eligibility are text, so they never count as met: what they say of molecules and of earlier treatment is kept as
conditions to confirm. A trial asks for a biomarker only where title, conditions or keywords name exactly one.
The data are public; https://clinicaltrials.gov/data-api/api.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from kb.errors import UnknownTerm, UnreadableSource
from kb.loaders.base import Loader, Report
from kb.loaders.files import read_json
from kb.loaders.trial_terms import (
    REGISTRY,
    Conditions,
    at,
    dicts_at,
    is_choice,
    is_placebo,
    parsed,
    regimen_of,
    short,
    source_files,
    text_at,
    texts_at,
)
from kb.normalizer import Normalizer, VariantName
from kb.statements import Row, Tables

RECRUITING = frozenset({"RECRUITING", "ENROLLING_BY_INVITATION"})
"""Statuses under which a patient can still be enrolled; an invitation is for the registry's site to give."""
_CLOSED = frozenset(
    {
        "NOT_YET_RECRUITING", "ACTIVE_NOT_RECRUITING", "COMPLETED", "SUSPENDED", "TERMINATED", "WITHDRAWN",
        "NO_LONGER_AVAILABLE", "TEMPORARILY_NOT_AVAILABLE",
    }
)  # fmt: skip
_DRUGS = frozenset({"DRUG", "BIOLOGICAL", "COMBINATION_PRODUCT"})
_COMPARATORS = frozenset({"PLACEBO_COMPARATOR", "SHAM_COMPARATOR", "NO_INTERVENTION"})
_SHOWN = 3
"""How many lines of the criteria are quoted for each subject; the registry's page has the rest."""


class Arm(NamedTuple):
    """One arm: its label, its kind in the registry's word, what is said of it, and its drugs by all their names."""

    label: str
    kind: str
    words: str
    drugs: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> frozenset[str]:
        """The drugs by their first names."""
        return frozenset(known_as[0] for known_as in self.drugs)


class Treatment(NamedTuple):
    """The regimens that a study tries, its interventions in its own words, and what is said of the arms left out."""

    regimens: tuple[str, ...]
    intervention: str
    notes: tuple[str, ...]


def load(path: Path, names: Normalizer, report: Report) -> Tables:
    """The interventional drug studies of one file or folder as rows."""
    rows: list[Row] = []
    conditions = Conditions(names)
    for place, study in _studies(path, report):
        rows += _trial(study, place, names, conditions, report)
    return Tables({"trials": tuple(rows)})


def _studies(path: Path, report: Report) -> Iterator[tuple[str, Any]]:
    """Every study with its place, in the order of the files; the newest data version is the release."""
    seen: dict[str, str] = {}
    for file in source_files(path, (".json", ".json.gz")):
        for number, study in enumerate(_in_file(file), start=1):
            if not isinstance(at(study, "protocolSection"), dict):
                problem = "is not a study of the ClinicalTrials.gov API v2: it has no protocolSection"
                raise UnreadableSource(f"{file}#{number}", problem, "name its JSON, one study or {studies: [...]}")
            id = text_at(study, "protocolSection", "identificationModule", "nctId")
            place = f"{file.name}#{id or number}"
            if id and id in seen:
                problem = f"has the study {id} a second time (first in {seen[id]})"
                raise UnreadableSource(str(file), problem, "keep one version of each study")
            seen[id] = file.name
            version = text_at(study, "derivedSection", "miscInfoModule", "versionHolder")
            if version > (report.released_on or "") and re.fullmatch(r"\d{4}-\d{2}-\d{2}", version):
                report.release = report.released_on = version
            yield place, study["protocolSection"]


def _in_file(file: Path) -> list[Any]:
    found = parsed(file, read_json)
    if isinstance(found, dict) and isinstance(found.get("studies"), list):
        return list(found["studies"])
    return found if isinstance(found, list) else [found]


def _trial(study: Any, place: str, names: Normalizer, conditions: Conditions, report: Report) -> list[Row]:
    """The row of one study; none, and a word in the report, when it tries no drug or its conditions have no place."""
    id = text_at(study, "identificationModule", "nctId")
    if not re.fullmatch(r"NCT\d{8}", id):
        report.refuse(id or "?", place, id, "the study has no NCT number")
        return []
    purpose = text_at(study, "designModule", "designInfo", "primaryPurpose")
    if text_at(study, "designModule", "studyType") not in {"INTERVENTIONAL", ""}:
        report.leave("study that observes and gives no treatment", id)
        return []
    if purpose not in {"TREATMENT", "OTHER", ""}:
        report.leave(f"study whose purpose is not treatment ({purpose.lower().replace('_', ' ')})", id)
        return []
    arms = _arms(study)
    if not any(arm.drugs for arm in arms):
        report.leave("study without a drug", id)
        return []
    tumors = _tumors(study, names, conditions, report)
    if not tumors.codes:
        stated = "; ".join(texts_at(study, "conditionsModule", "conditions"))
        report.refuse(id, place, stated, "none of its conditions is a tumor type of OncoTree or of the curated table")
        return []
    report.take("trial")
    return [_row(study, id, arms, tumors, names, report)]


class Tumors(NamedTuple):
    """The tumor types of a study's conditions, what their names say of biomarkers, and what has no place."""

    codes: tuple[str, ...]
    profiles: tuple[str, ...]
    notes: tuple[str, ...]
    conditions: tuple[str, ...]


def _tumors(study: Any, names: Normalizer, conditions: Conditions, report: Report) -> Tumors:
    codes: set[str] = set()
    profiles: list[str] = []
    unplaced: list[str] = []
    wider: list[str] = []
    for name in texts_at(study, "conditionsModule", "conditions"):
        try:
            placement = conditions.placed(name)
        except UnknownTerm:
            if not _mentions(name, names).found:
                unplaced.append(name)
                report.meet("condition", False)
            continue
        report.meet("condition", True)
        codes.update(placement.codes)
        profiles += [placement.profile] if placement.profile else []
        if not placement.exact:
            wider.append(f"the disease is {short(name)}")
    notes = (f"conditions without a tumor type: {short('; '.join(unplaced))}",) if unplaced else ()
    return Tumors(tuple(sorted(codes)), tuple(dict.fromkeys(profiles)), notes, tuple(wider))


def _row(study: Any, id: str, arms: list[Arm], tumors: Tumors, names: Normalizer, report: Report) -> Row:
    status = text_at(study, "statusModule", "overallStatus")
    treatment = _treatment(arms, names)
    profile = _profile(study, tumors, names)
    criteria = Criteria.of(study)
    report.meet("biomarker", profile is not None or not criteria.molecular)
    unread = "; ".join(criteria.molecular) if profile is None else ""
    conditions = [*_of_the_person(study), *tumors.conditions, *criteria.clinical]
    conditions += criteria.molecular if profile is not None else ()
    conditions.append(f"the criteria of eligibility in the registry ({REGISTRY}{id})")
    return Row(
        id=id,
        nct_id=id,
        title=text_at(study, "identificationModule", "briefTitle"),
        phase="/".join(texts_at(study, "designModule", "phases")),
        status=status,
        status_as_of=text_at(study, "statusModule", "statusVerifiedDate")
        or text_at(study, "statusModule", "lastUpdatePostDateStruct", "date"),
        recruiting="yes" if status in RECRUITING else "no" if status in _CLOSED else "",
        regimens=" | ".join(treatment.regimens),
        intervention=treatment.intervention,
        profiles=profile or "",
        unread_profile=unread,
        tumor_types=" | ".join(tumors.codes),
        countries=" | ".join(_countries(study)),
        minimum_age=_years(text_at(study, "eligibilityModule", "minimumAge")),
        conditions=" | ".join(dict.fromkeys(conditions)),
        sources=f"ClinicalTrials.gov {id} {REGISTRY}{id}",
        verified="yes",
        note="; ".join([*treatment.notes, *tumors.notes]),
    )


# Status, places and persons


def _countries(study: Any) -> list[str]:
    """The countries of the places that recruit; of all places where none is said to."""
    places = dicts_at(study, "contactsLocationsModule", "locations")
    still = [each for each in places if text_at(each, "status") in RECRUITING]
    return sorted({text_at(each, "country") for each in still or places} - {""})


def _years(text: str) -> str:
    """An age in years as the registry writes it.

    >>> _years("18 Years"), _years("6 Months"), _years("N/A")
    ('18', '0.5', '')
    """
    found = re.fullmatch(r"(\d+) (Year|Month|Week|Day)s?", text)
    return "" if found is None else f"{int(found[1]) / _PARTS_OF_A_YEAR[found[2]]:.4g}"


_PARTS_OF_A_YEAR = {"Year": 1, "Month": 12, "Week": 52.18, "Day": 365.25}


def _of_the_person(study: Any) -> list[str]:
    """What the registry states of sex and of the greatest age."""
    sex = text_at(study, "eligibilityModule", "sex")
    oldest = text_at(study, "eligibilityModule", "maximumAge")
    found = [f"{sex.lower()} patients only"] if sex in {"FEMALE", "MALE"} else []
    return [*found, f"at most {oldest.lower()} old"] if oldest else found


# Arms


def _arms(study: Any) -> list[Arm]:
    """The arms with their drugs; placebos are no drugs."""
    listed = dicts_at(study, "armsInterventionsModule", "interventions")
    drugs = [each for each in listed if text_at(each, "type") in _DRUGS and not is_placebo(text_at(each, "name"))]
    arms: list[Arm] = []
    for group in dicts_at(study, "armsInterventionsModule", "armGroups"):
        label = text_at(group, "label")
        named = {name.partition(": ")[2] for name in texts_at(group, "interventionNames")}
        own = [
            (text_at(each, "name"), *texts_at(each, "otherNames"))
            for each in drugs
            if label in texts_at(each, "armGroupLabels") or text_at(each, "name") in named
        ]
        words = f"{label} {text_at(group, 'description')}"
        arms.append(Arm(label, text_at(group, "type"), words, tuple(dict.fromkeys(own))))
    return arms


def _treatment(arms: list[Arm], names: Normalizer) -> Treatment:
    """What the tried arms give.

    An arm whose words make its drugs alternatives names no regimen; one whose drugs no name fits neither. Both are
    told in the note, and the interventions are always there in the registry's words.
    """
    tried = _tried(arms)
    regimens: list[str] = []
    notes = [f"comparator: {short(arm.label)}" for arm in arms if arm not in tried and arm.drugs]
    for arm in tried:
        if len(arm.drugs) > 1 and is_choice(arm.words, sorted(arm.names)):
            notes.append(f"its drugs are alternatives: {short(arm.label)}")
            continue
        try:
            regimens.append(regimen_of(arm.drugs, names))
        except UnknownTerm as error:
            notes.append(f"no regimen for {short(arm.label)}: {error}")
    stated = [" + ".join(known_as[0] for known_as in arm.drugs) for arm in tried or arms]
    return Treatment(
        tuple(dict.fromkeys(regimens)),
        short(" || ".join(dict.fromkeys(filter(None, stated))).replace("||", "&&"), 2000).replace("&&", "||"),
        tuple(dict.fromkeys(notes)),
    )


def _tried(arms: list[Arm]) -> list[Arm]:
    """The arms that a study is about: not placebo, and an active comparator only with the drugs that are studied.

    Those are what all experimental arms share. Where no arm is called experimental, the arms of no stated kind are;
    where all are comparators of one another, none can be told to be the one that is tried.
    """
    given = [arm for arm in arms if arm.drugs and arm.kind not in _COMPARATORS]
    experimental = [arm for arm in given if arm.kind == "EXPERIMENTAL"]
    experimental = experimental or [arm for arm in given if arm.kind != "ACTIVE_COMPARATOR"]
    if not experimental:
        return []
    studied = frozenset.intersection(*(arm.names for arm in experimental))
    return [arm for arm in given if arm in experimental or (studied and arm.names >= studied)]


# Biomarkers


class Mentions(NamedTuple):
    """The biomarkers that a text asks for, and whether it speaks of one in a way that is not plain."""

    found: frozenset[str]
    doubtful: bool


_SIGN = r"(?P<sign>[- ]?positive|[- ]?negative|[- ]low|\+|-(?![A-Za-z0-9]))"
_RECEPTORS: tuple[tuple[re.Pattern[str], dict[str, str]], ...] = tuple(
    (re.compile(rf"\b(?:{name}){_SIGN}", re.IGNORECASE), meaning)
    for name, meaning in (
        ("HER-?2(?:/neu)?", {"positive": "HER2:POS", "negative": "HER2:NEG", "low": "HER2:LOW"}),
        ("HR|hormone[- ]receptor", {"positive": "HR:POS", "negative": "HR:NEG"}),
        ("ER|(?:o)?estrogen[- ]receptor", {"positive": "ER:POS", "negative": "ER:NEG"}),
        ("PR|progesterone[- ]receptor", {"positive": "PR:POS", "negative": "PR:NEG"}),
    )
)
_WHOLE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bTNBC\b|\btriple[- ]negative\b", re.IGNORECASE), "TNBC"),
    (re.compile(r"\bMSI[- ]?H(?:igh)?\b|\bmicrosatellite instability[- ]high\b", re.IGNORECASE), "MSI:H"),
    (re.compile(r"\bdMMR\b|\b(?:MMR|mismatch[- ]repair)[- ]deficien\w+", re.IGNORECASE), "MMR:D"),
)
_CHANGE = (
    r"(?:p\.)?[A-Z]\d{1,4}(?:[A-Z]|fs\*?\d*|(?:_[A-Z]\d{1,4})?(?:delins[A-Z]+|del|ins[A-Z]+|dup))?(?![A-Za-z0-9])"
    r"|exon ?\d+ (?:deletion|insertion|skipping|mutation)s?|amplifi(?:cation|ed)|fusions?|rearrange(?:ments?|d)"
    r"|translocations?|wild[- ]?type|mutations?|mutated|mutant"
)
_GENE = re.compile(rf"(?<![A-Za-z0-9-])(?P<gene>[A-Z][A-Z0-9]{{1,9}})[- ]+(?P<change>(?i:gene )?(?i:{_CHANGE}))")
_POSITIVE = re.compile(r"(?<![A-Za-z0-9-])(?P<gene>ALK|ROS1|RET|NTRK1|NTRK2|NTRK3)[- ](?i:positive)")
_AFTER = re.compile(
    r"\W*(?:(?:mutation|mutant|mutated|variant)s?\W+)?"
    r"(?:inhibit|antigen|target|vaccin|specific|tcr|t cell|peptide|antibod|degrader|resist|negative)",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:\bnon|\bnot|\bno|\bwithout|\black\w*|\bexclud\w+|\bresist\w+|\bregardless\W+of|\banti|\bprior|\bprevious\w*)"
    r"[\s-]+(?:\w+[\s-]+){0,2}$",
    re.IGNORECASE,
)
_WORDS = {"amplified": "amplification", "rearranged": "rearrangement", "mutated": "mutation", "mutant": "mutation"}


def _mentions(text: str, names: Normalizer) -> Mentions:
    """The biomarkers of one text: `KRAS G12C-Mutant`, `HER2-positive`, `EGFR Exon 20 insertion`."""
    found: set[str] = set()
    doubtful = False
    for start, end, biomarker in _named(text, names):
        if biomarker is None or _BEFORE.search(text[:start]) or _AFTER.match(text[end:]):
            doubtful = True
        else:
            found.add(biomarker)
    return Mentions(frozenset(found), doubtful)


def _named(text: str, names: Normalizer) -> Iterator[tuple[int, int, str | None]]:
    """Where the text names a biomarker, and which; None for one that no name fits."""
    for pattern, meaning in _RECEPTORS:
        for match in pattern.finditer(text):
            sign = match["sign"].strip("- ").lower()
            yield match.start(), match.end(), meaning.get({"+": "positive", "": "negative"}.get(sign, sign))
    for pattern, biomarker in _WHOLE:
        for match in pattern.finditer(text):
            yield match.start(), match.end(), biomarker
    for match in _POSITIVE.finditer(text):
        yield match.start(), match.end(), _biomarker(match["gene"], "fusion", names)
    for match in _GENE.finditer(text):
        if names.is_gene(match["gene"]):
            change = re.sub(r"^(?:gene |p\.)", "", match["change"], flags=re.IGNORECASE)
            change = re.sub(r"(\d (?:deletion|insertion|mutation))s$", r"\1", change, flags=re.IGNORECASE)
            yield match.start(), match.end(), _biomarker(match["gene"], _WORDS.get(change.lower(), change), names)


def _biomarker(gene: str, change: str, names: Normalizer) -> str | None:
    try:
        return names.biomarker(VariantName(gene, change))
    except UnknownTerm:
        return None


def _profile(study: Any, tumors: Tumors, names: Normalizer) -> str | None:
    """The biomarker that title, conditions and keywords name, when it is one; receptors of one title go together.

    Several of one gene may be alternatives or cohorts, and a negation or an inhibitor's target is no criterion: then
    nothing is read, and the criteria's own words are kept.
    """
    texts = [text_at(study, "identificationModule", name) for name in ("briefTitle", "officialTitle")]
    texts += texts_at(study, "conditionsModule", "conditions") + texts_at(study, "conditionsModule", "keywords")
    mentions = [_mentions(text, names) for text in texts]
    found = frozenset(tumors.profiles).union(*(each.found for each in mentions))
    if not found or any(each.doubtful for each in mentions):
        return None
    if len(found) == 1:
        return next(iter(found))
    if found == {"MSI:H", "MMR:D"}:
        return "MMR:D OR MSI:H"
    markers = [each.partition(":")[0] for each in found]
    receptors = set(markers) <= {"HER2", "HR", "ER", "PR"} and len(set(markers)) == len(markers)
    return " AND ".join(sorted(found)) if receptors else None


# Criteria of eligibility

_MOLECULAR = re.compile(
    r"mutat|mutant|amplif|\bfusion|rearrange|wild[- ]?type|\bHLA\b|HLA-|\bMSI|\bd?MMR\b|mismatch|\bHER-?2|PD-?L1"
    r"|biomarker|genomic alteration|molecular alteration|overexpress|\b[KNH]RAS\b|\bBRAF\b|\bEGFR\b|\bALK\b",
    re.IGNORECASE,
)
_DISEASE = re.compile(r"\b(?:histolog|cytolog|patholog)\w+", re.IGNORECASE)
_EARLIER = re.compile(
    r"\b(?:prior|previous(?:ly)?)\s+(?:[\w,/-]+\s+){0,4}(?:therap|treat|regimen|line|chemo|receiv|inhibitor)"
    r"|\bprogress(?:ed|ion)\b|\brefractory|\bfail(?:ed|s)?\b|\bintoleran|\bna[iï]ve|\blines? of\b|\bfirst[- ]line"
    r"|\bdeclined\b|\bhave received\b|\buntreated\b",
    re.IGNORECASE,
)


class Criteria(NamedTuple):
    """The lines of the criteria that speak of molecules, of the disease and of earlier treatment.

    Each subject is quoted in its first lines; exclusions are marked as such.
    """

    molecular: tuple[str, ...]
    clinical: tuple[str, ...]

    @staticmethod
    def of(study: Any) -> Criteria:
        """Those of one study."""
        lines = list(_lines(str(at(study, "eligibilityModule", "eligibilityCriteria") or "")))
        molecular = _first(lines, _MOLECULAR)
        rest = [line for line in lines if not _MOLECULAR.search(line)]
        disease = _first(rest, _DISEASE)
        return Criteria(molecular, disease + _first([line for line in rest if line not in disease], _EARLIER))


def _first(lines: list[str], subject: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(short(line) for line in lines if subject.search(line)))[:_SHOWN]


def _lines(criteria: str) -> Iterator[str]:
    """The items of the criteria without their bullets and numbers; those under the exclusions begin with `not: `."""
    excluded = False
    for line in criteria.splitlines():
        text = re.sub(r"^(?:[-*•\s]|\d+(?:\\?[.)]|\s))+", "", line.strip())
        if re.match(r"(?:\w+ )?(?:exclusion|inclusion)\b.{0,30}$", text, re.IGNORECASE):
            excluded = "exclusion" in text.lower()
        elif text:
            yield f"not: {text}" if excluded else text


LOADER = Loader(
    name="ctgov",
    title="ClinicalTrials.gov",
    reads="a file or folder of studies as JSON of its API v2",
    licence="public domain, with attribution (https://clinicaltrials.gov/about-site/terms-conditions)",
    address="https://clinicaltrials.gov",
    load=load,
)
