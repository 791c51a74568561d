"""The 58 patients of the I-PREDICT study end to end: which therapies given as matched are listed, and why not.

DIR holds the study's patients as the authors of the Molecular Oncology Almanac annotated them
(vanallenlab/moalmanac-paper, 10.1038/s43018-021-00243-3; the study: Sicklick 2019, 10.1038/s41591-019-0407-5).
STORE is a built graph, or `starter`.

1. One patient file each, in a temporary folder: age, sex, tumor type (`ontology.txt`: the code, else a type chosen here
   for five diagnoses without one), and one line for each row of `merged-features.annotated.txt`, in the words of the
   report. Nothing else is told: no treatment history, no stage, no assay, no origin of a variant.
2. `matcher.case.match` and `matcher.recommend.answer` for each, jurisdiction US, on the date asked for.
3. Each row with `study-gave-as-matched-therapy` 1 in `therapies.annotated.txt` is looked for in the answer: as a
   regimen of its own, as part of one, as a class that the drug belongs to (for the unnamed drugs "in clinical
   development": as any drug of their class); else in what is to be avoided; else in what was considered and not
   recommended although its biomarker is there. What the answer has against a listed therapy is kept beside it.
4. For each one that is in none of these, what the graph states of the therapy and the features that the study aimed at.

A listing is counted as for the study's reason when its biomarker is present by a feature that the study aimed at with
one of the patient's therapies: the file does not say with which. The graph is today's whatever the date: only
approvals are as of the day, evidence is not.

    python -m benchmarks.ipredict DIR STORE [DATE]
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import NamedTuple

from kb.alteration import CopyNumberChange, Fusion, MarkerValue, Place, SmallVariant
from kb.evidence import Evidence
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.indication import Indication
from kb.store import cache_folder
from kb.therapies import UnknownTherapy
from matcher.biomarker_status import BiomarkerStatus
from matcher.case import Request, match
from matcher.notes import Note
from matcher.recommend import Answer, Option, answer
from rules.engine import default_engine_name
from rules.language import RuleSet
from rules.library import LIBRARY
from rules.load import load

STUDY, TODAY = "2018-12-31", "2026-11-20"
"""The end of the study's enrolment (2015 to 2018), and the starter's release."""

TUMORS = {
    "Salivary gland cancer": "SACA",
    "Skin squamous cell carcinoma": "CSCC",
    "Pancreatic squamous cell carcinoma": "PANCREAS",
    "Undifferentiated sarcoma": "SARCNOS",
    "Peritoneal carcinoma (likely ovarian primary)": "PSEC",
}
"""OncoTree types of diagnoses that the file leaves without one: the diagnosis, or the nearest type that holds it."""

MARKERS = {"PD-L1 +": ("PD-L1 IHC", "positive"), "ER+": ("ER", "positive"), "AR+": ("AR", "positive")}
BURDENS = {"TMB-High": "high", "TMB-Int": "intermediate"}
COPY_NUMBERS = {"Amplification": "amplification", "Deletion": "homozygous deletion"}
"""The study's test reports losses of both copies only (Frampton 2013, 10.1038/nbt.2696)."""

TIERS = ("on-label", "off-label", "trial")
OPEN_NAME = " in clinical development"
"""How the file ends the name of a drug that it does not name."""


class Feature(NamedTuple):
    """One row of the features: its number in the file, what it says, and whether the study aimed at it."""

    row: int
    gene: str
    kind: str
    change: str
    text: str
    targeted: bool


class Given(NamedTuple):
    """A therapy that the study gave as matched."""

    patient: str
    name: str
    strategy: str

    @property
    def is_class(self) -> bool:
        """Whether the file tells the class of the drug only."""
        return self.name.endswith(OPEN_NAME)


@dataclass(frozen=True, slots=True)
class StudyPatient:
    """One patient of the study."""

    id: str
    diagnosis: str
    tumor: str
    age: str
    sex: str
    features: tuple[Feature, ...]
    given: tuple[Given, ...]


class Row(NamedTuple):
    """What became of a row of the features: what was understood, and the notes on it."""

    feature: Feature
    understood: tuple[str, ...]
    notes: tuple[Note, ...]


class Verdict(NamedTuple):
    """What the answer says of a therapy.

    `how` is own, part, class (listed), avoid, class only (evidence of a class of drugs, which is no recommendation),
    blocked (considered, and not recommended although the biomarker is there) or absent. `reason` is `targeted` (a
    feature that the study aimed at), `other` (another biomarker) or `none` (a label without a biomarker). `against` is
    what the answer says against a regimen of it.
    """

    given: Given
    how: str
    tier: str | None
    regimen: tuple[str, ...]
    reason: str
    text: str
    against: str = ""

    @property
    def is_listed(self) -> bool:
        """Whether the therapy is listed at any tier."""
        return self.tier is not None


@dataclass(frozen=True, slots=True)
class Result:
    """One patient, run."""

    patient: StudyPatient
    answer: Answer
    rows: tuple[Row, ...]
    verdicts: tuple[Verdict, ...]


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def patients(folder: Path) -> tuple[StudyPatient, ...]:
    """The patients of the study, in the order of the file."""
    features: dict[str, list[Feature]] = {}
    for number, row in enumerate(_read(folder / "merged-features.annotated.txt"), start=2):
        gene, kind, change, text = (row[name].strip() for name in _COLUMNS)
        feature = Feature(number, gene, kind, change, text, row["ipredict_targeted"] == "1")
        features.setdefault(row["patient_id"], []).append(feature)
    given: dict[str, list[Given]] = {}
    for row in _read(folder / "therapies.annotated.txt"):
        if row["study-gave-as-matched-therapy"] == "1":
            therapy = Given(row["patient_id"], row["therapy"].strip(), row["strategy"].strip())
            given.setdefault(row["patient_id"], []).append(therapy)
    return tuple(_patient(row, features, given) for row in _read(folder / "ontology.txt"))


_COLUMNS = ("feature", "feature_type", "alteration_type", "alteration")


def _patient(row: dict[str, str], features: dict[str, list[Feature]], given: dict[str, list[Given]]) -> StudyPatient:
    """The patient of a row of `ontology.txt`."""
    name, (age, sex) = row["Study ID"], row["Age/Sex"].split("/")
    tumor, own = row["code"] or TUMORS[row["Diagnosis"]], tuple(features.get(name, ()))
    word = {"F": "female", "M": "male"}[sex]
    return StudyPatient(name, row["Diagnosis"], tumor, age, word, own, tuple(given.get(name, ())))


def entry(feature: Feature) -> dict[str, str]:
    """The feature as an entry of the patient file: `{gene: ..., alteration: ...}`, or a marker with its value.

    The study's table drops signs of the report, which are put back: `124C>T` of a promoter is `c.-124C>T`, and
    `p.692-1G>A` of a splice site is `c.692-1G>A`. What else it writes is left as it is.
    """
    if feature.kind == "Copy Number":
        return {"gene": feature.gene, "alteration": COPY_NUMBERS[feature.change]}
    if feature.kind == "Rearrangement":
        return {"gene": feature.gene, "alteration": f"{feature.text} fusion".strip()}
    if feature.change == "Promoter":
        return {"gene": feature.gene, "alteration": f"c.-{feature.text}"}
    if feature.change == "Splice Site":
        return {"gene": feature.gene, "alteration": feature.text.replace("p.", "c.")}
    if feature.gene == "EGFRvIII":
        return {"gene": "EGFR", "alteration": "EGFRvIII"}
    return {"gene": feature.gene, "alteration": feature.text or feature.change.lower()}


def _marker(feature: Feature) -> tuple[str, str] | None:
    if feature.kind == "Mutational Burden":
        return "TMB", BURDENS[feature.gene]
    return MARKERS[feature.gene] if feature.kind == "IHC" else None


def patient_file(patient: StudyPatient) -> tuple[str, dict[int, Feature]]:
    """The patient file's text, and the feature that stands on each of its rows."""
    lines = [f'id: "{patient.id}"', f"tumor_type: {patient.tumor}", f"age: {patient.age}", f"sex: {patient.sex}"]
    at: dict[int, Feature] = {}
    measured = [feature for feature in patient.features if _marker(feature)]
    lines += ["biomarkers:"] * bool(measured)
    for feature in measured:
        name, value = _marker(feature) or ("", "")
        lines.append(f"  {json.dumps(name)}: {json.dumps(value)}")
        at[len(lines)] = feature
    listed = [feature for feature in patient.features if not _marker(feature)]
    lines += ["alterations:"] * bool(listed)
    for feature in listed:
        lines.append(f"  - {json.dumps(entry(feature))}")
        at[len(lines)] = feature
    return "\n".join(lines) + "\n", at


def run(patient: StudyPatient, folder: Path, knowledge: KnowledgeBase, library: RuleSet, as_of: str) -> Result:
    """One patient from a file in the folder to the answer, with every feature and every therapy accounted for."""
    text, at = patient_file(patient)
    path = folder / f"ipredict-{patient.id}.yaml"
    path.write_text(text, encoding="utf-8")
    found = answer(match(Request(path, as_of, jurisdiction="US"), knowledge, library, default_engine_name()))
    rows = tuple(_row(number, feature, found) for number, feature in at.items())
    verdicts = tuple(verdict(given, patient, found, knowledge) for given in patient.given)
    return Result(patient, found, rows, verdicts)


def _row(number: int, feature: Feature, found: Answer) -> Row:
    read = tuple(each for each in found.matched.patient.alterations if each.place.row == number)
    notes = tuple(note for note in found.notes if isinstance(note.where, Place) and note.where.row == number)
    return Row(feature, tuple(_plain(each) for each in read), notes)


def _plain(alteration: object) -> str:
    if isinstance(alteration, SmallVariant):
        change = alteration.protein or alteration.coding or ", ".join(alteration.consequences)
        return f"{alteration.gene} {change}"
    if isinstance(alteration, CopyNumberChange):
        return f"{alteration.gene} {alteration.state}"
    if isinstance(alteration, Fusion):
        return "::".join(alteration.genes)
    assert isinstance(alteration, MarkerValue)
    return f"{alteration.marker}: {alteration.value}"


def names_of(given: Given, knowledge: KnowledgeBase) -> tuple[str, frozenset[str]]:
    """The therapy's id in the graph, and the classes above it; of one that the graph lacks, its name and none."""
    try:
        therapy = knowledge.therapy(given.name.removesuffix(OPEN_NAME))
    except UnknownTherapy:
        return given.name, frozenset()
    return therapy.id, frozenset(therapy.classes)


def verdict(given: Given, patient: StudyPatient, found: Answer, knowledge: KnowledgeBase) -> Verdict:
    """The best that the answer says of the therapy: the highest tier, then the closest way of naming it."""
    name, classes = names_of(given, knowledge)
    below = _drugs_of(name, found, knowledge) if given.is_class else frozenset()
    targeted = _aims(patient)

    def way(regimen: tuple[str, ...]) -> str | None:
        if regimen == (name,):
            return "own"
        if name in regimen:
            return "part"
        return "class" if classes.intersection(regimen) or below.intersection(regimen) else None

    against = [each for each in found.avoided if way(each.regimen) is not None]
    warned = next((each.message for each in against), "")
    listed = [
        Verdict(given, how, option.tier, option.regimen, _reason(option, targeted), _because(option), warned)
        for each in found.recommendations
        for option in (each.option, *each.also)
        if (how := way(option.regimen)) is not None
    ]
    if listed:
        return min(listed, key=_nearest)
    considered = [option for option in found.not_recommended if way(option.regimen) is not None and _is_present(option)]
    option = min(considered, key=lambda each: (_reason(each, targeted) != "targeted", each.id), default=None)
    said = "" if option is None else _blocked(option)
    if against:
        return Verdict(given, "avoid", None, against[0].regimen, against[0].because, said, warned)
    if option is None:
        return Verdict(given, "absent", None, (), "", "")
    how = "class only" if way(option.regimen) == "class" and not given.is_class else "blocked"
    return Verdict(given, how, None, option.regimen, _reason(option, targeted), said)


def _is_present(option: Option) -> bool:
    return option.item.status is not None and option.item.status.status.value == "present"


def _blocked(option: Option) -> str:
    finding = next((each for each in option.blocking if each.criterion == "regimen"), option.blocking[0])
    return f"{_because(option)}: {finding.message}"


def _nearest(found: Verdict) -> tuple[int, int, int]:
    reasons, ways = ("targeted", "other", "none"), ("own", "part", "class")
    return reasons.index(found.reason), TIERS.index(found.tier or ""), ways.index(found.how)


def _drugs_of(name: str, found: Answer, knowledge: KnowledgeBase) -> frozenset[str]:
    """The drugs of the answer that belong to a class."""
    options = (*(each.option for each in found.recommendations), *found.not_recommended)
    drugs = {drug for option in options for drug in option.regimen}
    return frozenset(drug for drug in drugs if name in (drug, *_classes(drug, knowledge)))


def _classes(name: str, knowledge: KnowledgeBase) -> tuple[str, ...]:
    """The classes above a therapy; none for what the graph does not know, such as a trial's intervention in words."""
    try:
        return knowledge.therapy(name).classes
    except UnknownTherapy:
        return ()


def _reason(option: Option, targeted: set[str]) -> str:
    status = option.item.status
    if status is None:
        return "none"
    return "targeted" if _genes_of(status) & targeted else "other"


def _genes(alteration: object) -> tuple[str, ...]:
    """The genes of an alteration, in upper case; for a marker, the features that give it."""
    if isinstance(alteration, Fusion):
        return tuple(gene.upper() for gene in alteration.genes)
    if isinstance(alteration, MarkerValue):
        given = {value: name for name, value in MARKERS.items()}
        burdens = {("TMB", value): name for name, value in BURDENS.items()}
        return ((given | burdens).get((alteration.marker, alteration.value), alteration.marker).upper(),)
    assert isinstance(alteration, SmallVariant | CopyNumberChange)
    return (alteration.gene.upper(),)


def _because(option: Option) -> str:
    status = option.item.status
    record = option.item.record
    tumors = ", ".join(record.tumor_types)
    level = f", level {record.level}" if isinstance(record, Evidence) else ""
    return f"{status.label if status else 'no biomarker'} in {tumors} ({option.id}{level})"


def why_missed(result: Result, found: Verdict, knowledge: KnowledgeBase) -> tuple[str, str]:
    """The kind of reason for which a therapy is not listed, and the reason.

    `avoid`, `class only` and `blocked` are the answer's own words. Of one that the answer does not name: `unnamed` (the
    file tells no drug, and no known class), `undetermined` (a statement's biomarker is equivocal), `other tumor type`
    (evidence that does not transfer, because it is preclinical) or `no statement` of sensitivity in the graph.
    """
    if found.how != "absent":
        return found.how, "; ".join(part for part in (found.against, found.text) if part)
    if found.given.is_class and not _is_known(found.given.name.removesuffix(OPEN_NAME), knowledge):
        return "unnamed", f"the study names no drug, and {found.given.name.removesuffix(OPEN_NAME)!r} is no known class"
    said = statements_of(found.given, result, knowledge)
    for kind, status in (("undetermined", "equivocal"), ("other tumor type", "present")):
        items = [line for state, line in said if state == status]
        if items:
            return kind, "; ".join(items[:2]) + (f"; and {len(items) - 2} more" if len(items) > 2 else "")
    return "no statement", "no source of the graph states sensitivity to it for what the study aimed at"


def _is_known(name: str, knowledge: KnowledgeBase) -> bool:
    try:
        knowledge.therapy(name)
    except UnknownTherapy:
        return False
    return True


def statements_of(given: Given, result: Result, knowledge: KnowledgeBase) -> tuple[tuple[str, str], ...]:
    """Statements of sensitivity to the therapy, or its class, by a feature that the study aimed at: status and text."""
    name, classes = names_of(given, knowledge)
    wanted, board = {name, *classes}, result.answer.matched.board
    biomarkers = {each.id for gene in board.genes for each in knowledge.biomarkers_of_gene(gene)}
    biomarkers |= {each.id for marker in board.measured_markers for each in knowledge.biomarkers_of_marker(marker)}
    labels = knowledge.indications(biomarkers, (), {"US"})
    evidence = (each for each in knowledge.evidence(biomarkers) if _speaks_for(each))
    items: list[tuple[Evidence | Indication, tuple[str, ...]]] = [(each, each.regimen) for each in evidence]
    items += [(label, regimen) for label in labels for regimen in label.regimens]
    found = set()
    for item, regimen in items:
        if (
            item.profile
            and wanted.intersection(regimen)
            and _genes_of(board.profile(item.profile)) & _aims(result.patient)
        ):
            status = board.profile(item.profile)
            level = f", level {item.level}" if isinstance(item, Evidence) else ""
            tumors = ", ".join(item.tumor_types)
            text = f"{status.label} ({status.status.value}), {' + '.join(regimen)}, {tumors} ({item.id}{level})"
            found.add((status.status.value, text))
    return tuple(sorted(found))


def _speaks_for(evidence: Evidence) -> bool:
    return evidence.direction == "supports" and evidence.significance == "sensitivity"


def _aims(patient: StudyPatient) -> set[str]:
    """What the study aimed at: gene symbols, or the file's words for a marker, in upper case."""
    return {feature.gene.upper() for feature in patient.features if feature.targeted}


def _genes_of(status: BiomarkerStatus) -> set[str]:
    return {gene for alteration in status.alterations for gene in _genes(alteration)}


def rules() -> RuleSet:
    """The rules of the library."""
    return load([LIBRARY], cache_folder())


def run_all(folder: Path, knowledge: KnowledgeBase, as_of: str = TODAY) -> tuple[Result, ...]:
    """Every patient of the study, run."""
    library = rules()
    with tempfile.TemporaryDirectory() as scratch:
        return tuple(run(patient, Path(scratch), knowledge, library, as_of) for patient in patients(folder))


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927, 10.1080/01621459.1927.10502953).

    >>> [round(bound, 3) for bound in wilson(8, 10)]
    [0.49, 0.943]
    """
    z = 1.959964
    share, weight = part / whole, 1 + z * z / whole
    middle = (share + z * z / (2 * whole)) / weight
    half = z / weight * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    return middle - half, middle + half


def _share(part: int, whole: int) -> str:
    low, high = wilson(part, whole)
    return f"{part} of {whole} ({100 * part / whole:.0f} %, 95 % interval {100 * low:.0f} to {100 * high:.0f} %)"


def _counts(name: str, counts: Mapping[str, int]) -> str:
    return f"{name}: {', '.join(f'{key} {value}' for key, value in sorted(counts.items()))}"


def report(results: Iterable[Result], knowledge: KnowledgeBase) -> Iterator[str]:
    """The figures and the tables of docs/real-patients.md."""
    results = tuple(results)
    rows = [(result, row) for result in results for row in result.rows]
    verdicts = [(result, each) for result in results for each in result.verdicts]
    listed = [(result, each) for result, each in verdicts if each.is_listed]
    missed = [(result, each, *why_missed(result, each, knowledge)) for result, each in verdicts if not each.is_listed]
    understood = sum(bool(row.understood) for _, row in rows)
    yield f"patients: {len(results)}; rows of features: {len(rows)}; understood: {understood}"
    yield f"rows neither understood nor noted: {sum(not row.understood and not row.notes for _, row in rows)}"
    yield f"listed at any tier: {_share(len(listed), len(verdicts))}"
    clinical = sum("level D" not in each.text and "level E" not in each.text for _, each in listed)
    yield f"on a label or clinical evidence: {_share(clinical, len(verdicts))}"
    yield _counts("by tier", Counter(each.tier or "" for _, each in listed))
    yield _counts("by way", Counter(each.how for _, each in listed))
    yield _counts("by reason", Counter(each.reason for _, each in listed))
    yield f"listed, and something of it to be avoided: {sum(bool(each.against) for _, each in listed)}"
    yield _counts("not listed", Counter(kind for _, _, kind, _ in missed))
    yield "\n| row | patient | feature | note |\n|---|---|---|---|"
    for result, row in rows:
        for note in row.notes:
            what = f"{row.feature.gene} {row.feature.change} {row.feature.text}".strip()
            yield f"| {row.feature.row} | {result.patient.id} | {what} | {note.message} |"
    yield "\n| patient | tumor type | therapy | tier | listed as | because | against |\n|---|---|---|---|---|---|---|"
    for result, each in listed:
        cells = each.tier or "", " + ".join(each.regimen), each.text, each.against
        yield f"| {result.patient.id} | {result.patient.tumor} | {each.given.name} | {' | '.join(cells)} |"
    yield "\n| patient | tumor type | therapy | the study aimed at | reason | |\n|---|---|---|---|---|---|"
    for result, each, kind, why in missed:
        aims = ", ".join(dict.fromkeys(_aim(feature) for feature in result.patient.features if feature.targeted))
        yield f"| {result.patient.id} | {result.patient.tumor} | {each.given.name} | {aims} | {kind} | {why} |"


def _aim(feature: Feature) -> str:
    return f"{feature.gene} {feature.text or feature.change.lower()}".strip()


def main(folder: Path, store: str, as_of: str) -> None:
    knowledge = open_knowledge_base(None if store == "starter" else store)
    print("\n".join(report(run_all(folder, knowledge, as_of), knowledge)))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) == 4 else TODAY)
