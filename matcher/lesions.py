"""Alterations across foci, blood and dates: where each was found, where it was looked for, and what that makes of it.

Definitions, of an alteration or of a biomarker (`Spread`). A focus is the site of a tissue sample; samples of one site at
different dates are one focus over time. Blood (ctDNA) is no focus: what it shows is somewhere in the body, and what it
does not show is not ruled out. A sample decides where the alteration is present or absent in it; one that did not test
it, or whose result is equivocal, never counts. A sample that the same focus contradicts later is outdated.

- `shared`: present in at least two foci, and in every one whose newest deciding sample is known.
- `private`: present in a focus or in blood, and absent in another focus that tested it.
- `emerging`: every sample without it is earlier than every sample that has it now.
- `cleared`: every focus that had it has a newer sample without it.
- `unclear`: tested in fewer than two foci, or not decided, or the order in time is not known.
- `germline`: known to be of the germline, so in every cell.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kb.alteration import CopyNumberChange, CopyNumberState, Fusion, Origin, SmallVariant
from kb.consequence import may_change_protein
from kb.dates import span
from kb.profile import All, parse
from matcher.assay import COPY_NUMBER, FUSION, SMALL_VARIANT, is_normal, is_plasma
from matcher.biomarker_status import Status, is_filtered
from matcher.names import alteration_name
from matcher.phrases import joined, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kb.alteration import Alteration
    from matcher.biomarker_status import BiomarkerStatus, StatusBoard
    from matcher.case import Matched
    from matcher.facts import Case
    from matcher.patient import Patient, Sample

THRESHOLDS = Path(__file__).with_name("lesions.json")

BLOOD = "blood"
"""The focus of every sample of circulating DNA."""


class Spread(StrEnum):
    """What the samples make of an alteration; the module defines each."""

    SHARED = "shared"
    PRIVATE = "private"
    EMERGING = "emerging"
    CLEARED = "cleared"
    UNCLEAR = "unclear"
    GERMLINE = "germline"


class Looked(NamedTuple):
    """A sample of the tumor or of blood, as the reconciliation sees it.

    `focus` is the site in lower case, the sample's own name where no site is given, or BLOOD.
    """

    id: str
    focus: str
    date: str | None = None
    site: str | None = None
    purity: float | None = None
    depth: float | None = None
    assay: str | None = None

    @property
    def is_blood(self) -> bool:
        """Whether it is circulating DNA."""
        return self.focus == BLOOD


class Classified(NamedTuple):
    """The class of an alteration: the samples that have it now (or had it, where it is cleared), those that lack it.

    `same_focus` says that the change was seen within one focus over time.
    """

    where: Spread
    found: tuple[Looked, ...] = ()
    lacking: tuple[Looked, ...] = ()
    same_focus: bool = False


class Cell(NamedTuple):
    """An alteration in one sample.

    `fraction` estimates the share of tumor cells with it; `subclonal` is None where that is not known. `share` is its
    allele fraction relative to the highest of the sample.
    """

    status: Status
    because: str
    vaf: float | None = None
    depth: float | None = None
    state: str | None = None
    copies: float | None = None
    fraction: float | None = None
    subclonal: bool | None = None
    share: float | None = None


class Row(NamedTuple):
    """An alteration with its cells, in the order of the samples.

    `against` are the evidence items by which it speaks against a regimen of this patient, `decides` the options that
    rest on it.
    """

    label: str
    kind: str
    gene: str
    cells: tuple[Cell, ...]
    classified: Classified
    subclonal: bool | None
    against: tuple[str, ...] = ()
    decides: tuple[str, ...] = ()


class Focal(NamedTuple):
    """A biomarker that options rest on, or that speaks against some, as each sample alone shows it."""

    id: str
    label: str
    statuses: tuple[BiomarkerStatus, ...]
    classified: Classified

    @property
    def differs(self) -> bool:
        """Whether one sample has it and another was tested and has not."""
        return {Status.PRESENT, Status.ABSENT} <= {each.status for each in self.statuses}


class Her2Focus(NamedTuple):
    """HER2 in one sample: `positive`, `negative`, `equivocal` or `not tested`, and what says so."""

    sample: Looked
    status: str
    because: str


@dataclass(frozen=True, slots=True)
class Lesions:
    """Alterations by samples; `left_out` counts alterations in genes of which no biomarker speaks."""

    samples: tuple[Looked, ...]
    rows: tuple[Row, ...]
    biomarkers: tuple[Focal, ...]
    her2: tuple[Her2Focus, ...]
    left_out: int = 0


# Samples


def samples_of(patient: Patient) -> tuple[Looked, ...]:
    """The patient's samples of tumor and blood by date, those without one last; normal tissue is none of them."""
    found = (_looked(sample) for sample in patient.samples if not is_normal(sample))
    return tuple(sorted(found, key=lambda each: (each.date is None, each.date or "", each.id)))


def _looked(sample: Sample) -> Looked:
    focus = BLOOD if is_plasma(sample) else (sample.site or "").strip().lower() or f"sample {sample.id}"
    return Looked(sample.id, focus, sample.date, sample.site, sample.purity, sample.depth, sample.assay)


def is_later(one: Looked, other: Looked) -> bool:
    """Whether a sample is known to have been taken after another.

    >>> is_later(Looked("b", "liver", "2024-03"), Looked("a", "liver", "2024"))
    False
    """
    if one.date is None or other.date is None:
        return False
    return span(one.date).earliest > span(other.date).latest


# Classes


def classified(seen: Iterable[tuple[Looked, Status]]) -> Classified:
    """The class of something that samples have, lack or leave open; never `germline`.

    >>> liver, skin = Looked("l", "liver", "2024-01-01"), Looked("s", "skin", "2024-01-01")
    >>> classified([(liver, Status.PRESENT), (skin, Status.ABSENT)]).where.value
    'private'
    >>> classified([(liver, Status.PRESENT), (skin, Status.NOT_TESTED)]).where.value
    'unclear'
    """
    pairs = tuple(seen)
    present = tuple(sample for sample, status in pairs if status is Status.PRESENT)
    absent = tuple(sample for sample, status in pairs if status is Status.ABSENT)
    has, lacks = _current(present, absent), _not_outdated(absent, present)
    if not present:
        return Classified(Spread.UNCLEAR, (), absent)
    if not absent:
        return Classified(Spread.SHARED if _foci(present) >= 2 else Spread.UNCLEAR, present)
    if not has:
        return Classified(Spread.CLEARED, present, lacks, True)
    if all(is_later(one, other) for one in has for other in absent):
        same = {each.focus for each in has} <= {each.focus for each in absent}
        return Classified(Spread.EMERGING, has, absent, same)
    if lacks:
        return Classified(Spread.PRIVATE, has, lacks)
    return Classified(Spread.SHARED if _foci(has) >= 2 else Spread.UNCLEAR, has)


def _not_outdated(samples: Sequence[Looked], others: Sequence[Looked]) -> tuple[Looked, ...]:
    """The samples that no later one of the same focus contradicts."""
    return tuple(
        one for one in samples if not any(each.focus == one.focus and is_later(each, one) for each in others)
    )


def _current(present: Sequence[Looked], absent: Sequence[Looked]) -> tuple[Looked, ...]:
    """The samples that still show it.

    Blood that showed it goes with the foci: where none of those that had it has it any more, older blood does not count.
    """
    tissue = tuple(each for each in present if not each.is_blood)
    has = _not_outdated(tissue, absent)
    blood = tuple(each for each in present if each.is_blood)
    if tissue and not has:
        blood = tuple(each for each in blood if not any(is_later(other, each) for other in absent))
    return tuple(each for each in present if each in has or each in blood)


def _foci(samples: Iterable[Looked]) -> int:
    return len({each.focus for each in samples if not each.is_blood})


# Subclonality


class Thresholds(NamedTuple):
    """When an alteration is subclonal (`lesions.json`)."""

    below: float
    z: float
    source: str


@cache
def thresholds() -> Thresholds:
    """The declared thresholds."""
    written = json.loads(THRESHOLDS.read_text(encoding="utf-8"))
    return Thresholds(float(written["subclonal_below"]), float(written["z"]), str(written["source"]))


def cell_fraction(vaf: float, purity: float) -> float:
    """The share of tumor cells with a heterozygous variant of a gene in two copies, at most 1.

    >>> cell_fraction(0.1, 0.8)
    0.25
    """
    return min(1.0, 2 * vaf / purity)


def is_subclonal(vaf: float, purity: float, depth: float | None) -> bool | None:
    """Whether fewer tumor cells have it than the threshold asks; None where the depth leaves that open."""
    limit = thresholds().below
    if cell_fraction(vaf, purity) >= limit:
        return False
    if depth is None or cell_fraction(_upper(vaf, depth, thresholds().z), purity) < limit:
        return True
    return None


def _upper(share: float, depth: float, z: float) -> float:
    """The upper bound of Wilson's interval of a share of `depth` reads."""
    if depth <= 0:
        return 1.0
    center = share + z * z / (2 * depth)
    spread = z * math.sqrt(share * (1 - share) / depth + z * z / (4 * depth * depth))
    return min(1.0, (center + spread) / (1 + z * z / depth))


def _together(cells: Iterable[bool | None]) -> bool | None:
    """Subclonal wherever it is; not subclonal if it is clonal somewhere; None where that is not known."""
    known = set(cells)
    return False if False in known else True if known == {True} else None


# Alterations by samples


def reconciled(matched: Matched) -> Lesions:
    """The patient's alterations by their samples, and the biomarkers that decide something for them, each classified.

    The order of the samples in the file does not matter.
    """
    patient, board = matched.patient, matched.board
    samples = samples_of(patient)
    marks = _marks(matched.case)
    rows, left_out = _rows(patient, samples, board, matched, marks)
    return Lesions(samples, rows, tuple(_focals(matched.case, samples, board)), her2_by_focus(patient, board), left_out)


def _marks(case: Case) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """By the label of an alteration: the evidence by which it speaks against a regimen, the options that rest on it."""
    from kb.evidence import Evidence
    from matcher.conflicts import is_against

    against: dict[str, set[str]] = {}
    decides: dict[str, set[str]] = {}
    for item in case.items.values():
        if item.status is None or item.status.status is not Status.PRESENT or item.relation in {"general", "excluded"}:
            continue
        speaks_against = isinstance(item.record, Evidence) and is_against(item.record)
        if speaks_against and item.relation == "other":
            continue
        for alteration in item.status.alterations:
            (against if speaks_against else decides).setdefault(alteration.label, set()).add(item.id)
    return against, decides


ORDER = tuple(Spread)
"""Rows stand by class in this order, then by label."""


def _rows(
    patient: Patient,
    samples: tuple[Looked, ...],
    board: StatusBoard,
    matched: Matched,
    marks: tuple[dict[str, set[str]], dict[str, set[str]]],
) -> tuple[tuple[Row, ...], int]:
    found: dict[tuple[str, str], list[Alteration]] = {}
    for each in patient.alterations:
        key = _row_key(each)
        if key is not None:
            found.setdefault(key, []).append(each)
    spoken = {key: alike for key, alike in found.items() if _is_spoken_of(alike, matched)}
    germline = {each.label for each in patient.alterations if getattr(each, "origin", None) is Origin.GERMLINE}
    rows = [_row(alike, samples, patient, board, germline, marks) for alike in spoken.values()]
    rows = [row for row in rows if any(cell.status is Status.PRESENT for cell in row.cells)]
    highest = [max((row.cells[n].vaf or 0.0 for row in rows), default=0.0) for n in range(len(samples))]
    rows = [_with_shares(row, highest) for row in rows]
    rows.sort(key=lambda row: (ORDER.index(row.classified.where), row.label))
    return tuple(rows), len(found) - len(spoken)


def _row_key(each: Alteration) -> tuple[str, str] | None:
    """What makes two calls the same alteration: its label; None for what is no alteration of the tumor."""
    if isinstance(each, SmallVariant):
        harmless = each.significance in {"benign", "likely benign"} or not may_change_protein(each)
        return None if not each.gene or harmless else (SMALL_VARIANT, each.label)
    if isinstance(each, CopyNumberChange):
        return None if each.state in _NO_CHANGE else (COPY_NUMBER, each.label)
    return (FUSION, each.label) if isinstance(each, Fusion) else None


_NO_CHANGE = frozenset({CopyNumberState.NEUTRAL, CopyNumberState.UNCLEAR})

_IMPLIED = {
    CopyNumberState.AMPLIFICATION: frozenset({CopyNumberState.AMPLIFICATION}),
    CopyNumberState.GAIN: frozenset({CopyNumberState.GAIN, CopyNumberState.AMPLIFICATION}),
    CopyNumberState.LOSS: frozenset({CopyNumberState.LOSS, CopyNumberState.HOMOZYGOUS_DELETION}),
    CopyNumberState.HOMOZYGOUS_DELETION: frozenset({CopyNumberState.HOMOZYGOUS_DELETION}),
}
"""The states by which a sample has a copy-number change: an amplified gene is gained too."""


def _genes(each: Alteration) -> tuple[str, ...]:
    if isinstance(each, Fusion):
        return each.genes
    return (each.gene,) if isinstance(each, (SmallVariant, CopyNumberChange)) else ()


def _is_spoken_of(alike: Sequence[Alteration], matched: Matched) -> bool:
    return any(matched.knowledge.biomarkers_of_gene(gene) for gene in _genes(alike[0]))


def _row(
    alike: Sequence[Alteration],
    samples: tuple[Looked, ...],
    patient: Patient,
    board: StatusBoard,
    germline: set[str],
    marks: tuple[dict[str, set[str]], dict[str, set[str]]],
) -> Row:
    first = alike[0]
    kind = (_row_key(first) or ("", ""))[0]
    cells = tuple(_cell(first, alike, kind, sample, patient, board) for sample in samples)
    if first.label in germline:
        place = Classified(Spread.GERMLINE, tuple(samples))
    else:
        place = classified((sample, cell.status) for sample, cell in zip(samples, cells, strict=True))
    now = {each.id for each in place.found}
    subclonal = _together(cell.subclonal for sample, cell in zip(samples, cells, strict=True) if sample.id in now)
    against, decides = (tuple(sorted(each.get(first.label, ()))) for each in marks)
    return Row(alteration_name(first), kind, _genes(first)[0], cells, place, subclonal, against, decides)


def _cell(
    first: Alteration,
    alike: Sequence[Alteration],
    kind: str,
    sample: Looked,
    patient: Patient,
    board: StatusBoard,
) -> Cell:
    """The alteration in one sample: called, called with a doubt, looked for and not found, or not tested."""
    here = [each for each in patient.alterations if each.sample == sample.id]
    mine = [each for each in alike if each.sample == sample.id]
    if isinstance(first, CopyNumberChange):
        mine = [
            each
            for each in here
            if isinstance(each, CopyNumberChange) and each.gene == first.gene and each.state in _IMPLIED[first.state]
        ]
    if not mine:
        return _not_called(first, kind, sample, here, board)
    best = next((each for each in mine if board.coverage.doubt(each) is None), mine[0])
    doubt = board.coverage.doubt(best)
    status = Status.PRESENT if doubt is None else Status.EQUIVOCAL
    because = doubt or text("status", "found", what=alteration_name(best))
    if isinstance(best, SmallVariant):
        return _measured(best, sample, here, status, because)
    if isinstance(best, CopyNumberChange):
        return Cell(status, because, state=best.state.value, copies=best.copies)
    return Cell(status, because)


def _measured(variant: SmallVariant, sample: Looked, here: Sequence[Alteration], status: Status, because: str) -> Cell:
    depth = variant.depth if variant.depth is not None else sample.depth
    cell = Cell(status, because, vaf=variant.vaf, depth=depth)
    if variant.vaf is None or not _is_estimable(variant, sample, here) or not sample.purity:
        return cell
    share, open_or_not = cell_fraction(variant.vaf, sample.purity), is_subclonal(variant.vaf, sample.purity, depth)
    return cell._replace(fraction=share, subclonal=open_or_not)


def _is_estimable(variant: SmallVariant, sample: Looked, here: Iterable[Alteration]) -> bool:
    """Whether the gene is not known to have another copy number than two, and the variant is one of a tumor's cells."""
    if sample.is_blood or variant.origin is Origin.GERMLINE or is_filtered(variant):
        return False
    changed = (each for each in here if isinstance(each, CopyNumberChange) and each.gene == variant.gene)
    return all(each.state is CopyNumberState.NEUTRAL for each in changed)


def _not_called(
    first: Alteration, kind: str, sample: Looked, here: Iterable[Alteration], board: StatusBoard
) -> Cell:
    """What was looked at in the sample, as for any biomarker; a fusion may be seen by either partner."""
    unclear = any(
        isinstance(each, CopyNumberChange) and each.gene == _genes(first)[0] and each.state is CopyNumberState.UNCLEAR
        for each in here
    )
    if kind == COPY_NUMBER and unclear:
        return Cell(Status.EQUIVOCAL, text("lesions", "copy number unclear"))
    tested = [board.coverage.of_sample(sample.id).tested(gene, kind) for gene in _genes(first)]
    by = next((each.by for each in tested if each.by), ())
    if by:
        return Cell(Status.ABSENT, text("status", "not found", assays=joined(by, "list")))
    unsure = next((each.unsure for each in tested if each.unsure), ())
    if unsure:
        return Cell(Status.EQUIVOCAL, joined((reason for _, reason in unsure), "sentences"))
    return Cell(Status.NOT_TESTED, text("lesions", "not looked for"))


def _with_shares(row: Row, highest: Sequence[float]) -> Row:
    """The row with each allele fraction relative to the highest of its sample."""
    cells = (
        cell._replace(share=cell.vaf / most) if cell.vaf is not None and most > 0 else cell
        for cell, most in zip(row.cells, highest, strict=True)
    )
    return row._replace(cells=tuple(cells))


# Biomarkers by samples


def _alone(name: str, samples: Iterable[Looked], board: StatusBoard) -> tuple[BiomarkerStatus, ...]:
    return tuple(board.of_sample(sample.id).profile(name) for sample in samples)


def _focal(status: BiomarkerStatus, samples: tuple[Looked, ...], board: StatusBoard) -> Focal:
    statuses = _alone(status.id, samples, board)
    place = classified((sample, each.status) for sample, each in zip(samples, statuses, strict=True))
    return Focal(status.id, status.label, statuses, place)


def _leaves(status: BiomarkerStatus) -> Iterator[BiomarkerStatus]:
    """The biomarkers by whose presence a profile is present; a composite with a name is one of them."""
    if status.status is not Status.PRESENT:
        return
    if " " not in status.id:
        yield status
        return
    for part in status.parts:
        yield from _leaves(part)


def _is_of_samples(status: BiomarkerStatus) -> bool:
    """Whether something that a sample showed, and that is not of the germline, makes it present."""
    return any(
        each.sample is not None and getattr(each, "origin", None) is not Origin.GERMLINE for each in status.alterations
    )


def _focals(case: Case, samples: tuple[Looked, ...], board: StatusBoard) -> Iterator[Focal]:
    """The biomarkers that an option rests on or that speak against one, by label."""
    leaves = {
        leaf.id: leaf
        for item in case.items.values()
        if item.status is not None
        for leaf in _leaves(item.status)
        if _is_of_samples(leaf)
    }
    for name in sorted(leaves, key=lambda each: (leaves[each].label, each)):
        yield _focal(leaves[name], samples, board)


def her2_by_focus(patient: Patient, board: StatusBoard) -> tuple[Her2Focus, ...]:
    """HER2 in each sample: by IHC and ISH of that sample where it has them, else by its ERBB2 copy number.

    A result that the patient file states of no sample is of no focus. HER2-low is negative. Where IHC or ISH and the
    copy number disagree, it is `equivocal`; ctDNA without an amplification is so too.
    """
    found: list[Her2Focus] = []
    for sample in samples_of(patient):
        alone = board.of_sample(sample.id)
        status = alone.status("HER2:POS")
        if status.status is Status.NOT_TESTED:
            status = alone.status("ERBB2:AMP")
        found.append(Her2Focus(sample, _HER2[status.status], status.because))
    return tuple(found)


_HER2 = {
    Status.PRESENT: "positive",
    Status.ABSENT: "negative",
    Status.EQUIVOCAL: "equivocal",
    Status.NOT_TESTED: "not tested",
}


# Facts


def state_spread(case: Case, patient: Patient, board: StatusBoard) -> None:
    """State where the biomarkers were found that the case asks for; nothing for a patient with fewer than two samples.

    `case.confined` gets the profiles that are in some foci and not in others, or were found before and not since.
    """
    samples = samples_of(patient)
    if len(samples) < 2:
        return
    known: dict[str, Focal] = {}
    for profile, asked in case.profiles.items():
        leaves = [leaf for leaf in _leaves(asked.status) if _is_of_samples(leaf)]
        for leaf in leaves:
            if leaf.id not in known:
                known[leaf.id] = _focal(leaf, samples, board)
            _state_leaf(case, profile, leaf, known[leaf.id], samples, patient, board)
        if leaves and _is_confined(profile, leaves, known, samples, board):
            case.confined.add(asked.status.id)
            case.state("in_some_foci", asked.origin, profile=profile)
    for each in her2_by_focus(patient, board):
        told = text("lesions", "HER2 in", sample=each.sample.id, because=each.because)
        case.state("her2_focus", _origin(told, patient), sample=each.sample.id, status=each.status)


CONFINED = frozenset({Spread.PRIVATE, Spread.CLEARED})
"""Classes of what part of the disease does not have, or has no more."""


def _is_confined(
    profile: str,
    leaves: Sequence[BiomarkerStatus],
    known: dict[str, Focal],
    samples: tuple[Looked, ...],
    board: StatusBoard,
) -> bool:
    """Whether a profile holds in part of the disease only: as a whole, or for one of the parts that must all hold."""
    if profile in known:
        return known[profile].classified.where in CONFINED
    parsed = parse(profile)
    if isinstance(parsed, All) and any(known[leaf.id].classified.where in CONFINED for leaf in leaves):
        return True
    whole = zip(samples, _alone(profile, samples, board), strict=True)
    return classified((sample, each.status) for sample, each in whole).where in CONFINED


def _state_leaf(
    case: Case,
    profile: str,
    leaf: BiomarkerStatus,
    focal: Focal,
    samples: tuple[Looked, ...],
    patient: Patient,
    board: StatusBoard,
) -> None:
    place = focal.classified
    case.labels.setdefault(leaf.id, leaf.label)
    named = *place.found, *place.lacking
    found, lacking = names(place.found, named), names(place.lacking, named)
    origin = _origin(text("lesions", "spread", label=leaf.label, where=place.where.value), patient, leaf)
    site = "same" if place.same_focus else "other"
    case.state(
        "spread",
        origin,
        profile=profile,
        biomarker=leaf.id,
        where=place.where.value,
        site=site,
        found=found,
        lacking=lacking,
    )
    minor = _subclonal(leaf, place.found or samples, patient, board)
    if minor:
        share = joined(dict.fromkeys(f"{cell.fraction:.0%}" for _, cell in minor), "list")
        where = names([sample for sample, _ in minor], [sample for sample, _ in minor])
        case.state("subclonal", origin, profile=profile, biomarker=leaf.id, found=where, share=share)


def _subclonal(
    leaf: BiomarkerStatus, samples: Iterable[Looked], patient: Patient, board: StatusBoard
) -> list[tuple[Looked, Cell]]:
    """The samples in which what makes the biomarker present is subclonal, if it is so wherever it is; else none."""
    cells: list[tuple[Looked, Cell]] = []
    for sample in samples:
        here = [each for each in patient.alterations if each.sample == sample.id]
        mine = [each for each in leaf.alterations if each.sample == sample.id]
        if any(not isinstance(each, SmallVariant) for each in mine):
            return []
        variants = (each for each in mine if isinstance(each, SmallVariant))
        cells += [(sample, _measured(each, sample, here, Status.PRESENT, "")) for each in variants]
    return cells if _together(cell.subclonal for _, cell in cells) else []


def _origin(told: str, patient: Patient, status: BiomarkerStatus | None = None):  # type: ignore[no-untyped-def]
    from matcher.facts import Origin as Source

    found = status.alterations if status is not None else ()
    places = tuple(dict.fromkeys(each.place for each in found))
    return Source(told, places=places or (patient.place,))


def names(samples: Iterable[Looked], among: Iterable[Looked]) -> str:
    """The samples by name, with their dates where those of all that are named differ.

    >>> skin, liver = Looked("skin", "skin", "2024-01"), Looked("liver", "liver", "2025-02")
    >>> names([liver], [liver, skin])
    'liver (2025-02)'
    """
    dated = len({each.date for each in among}) > 1
    return joined([name_of(each, dated) for each in samples], "list") if samples else ""


def name_of(sample: Looked, dated: bool = True) -> str:
    """A sample by its name and, where it is asked for and known, its date."""
    return f"{sample.id} ({sample.date})" if dated and sample.date else sample.id
