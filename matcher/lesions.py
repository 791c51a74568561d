"""Alterations across foci, blood and dates: where each was found, where it was looked for, and what that makes of it.

Definitions, of an alteration or of a biomarker (`Spread`). A focus is the site of a tissue sample; samples of one site
at different dates are one focus over time. Samples of different foci are of one time unless they lie further apart
than `lesions.json` says. Blood (ctDNA) is no focus: what it shows is somewhere in the body, and what it does not show
is not ruled out. A sample decides where the alteration is present or absent in it; one that did not test it, or whose
result is equivocal, never counts. A sample that the same focus contradicts later is outdated.

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
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kb.alteration import CopyNumberChange, CopyNumberState, Fusion, Origin, SmallVariant
from kb.consequence import may_change_protein
from kb.dates import span
from kb.profile import All, parse
from matcher.assay import COPY_NUMBER, FUSION, SMALL_VARIANT, is_normal, is_plasma, is_tumor
from matcher.biomarker_status import Status, is_filtered
from matcher.names import alteration_name
from matcher.phrases import joined, text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from kb.alteration import Alteration
    from kb.indication import Regimen
    from matcher.biomarker_status import BiomarkerStatus, StatusBoard
    from matcher.case import Matched
    from matcher.facts import Case, Item
    from matcher.facts import Origin as Source
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

    `focus` is the site in lower case, the sample's own name where no site is given, or BLOOD. `is_known`
    says that the kind of specimen is: no focus is counted, and no share of tumor cells estimated, in another.
    """

    id: str
    focus: str
    date: str | None = None
    site: str | None = None
    purity: float | None = None
    depth: float | None = None
    assay: str | None = None
    is_known: bool = True

    @property
    def is_blood(self) -> bool:
        """Whether it is circulating DNA, in blood or in another fluid."""
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
    """A biomarker that options rest on, or that speaks against some, as each sample alone shows it.

    `shown` is the status by the alterations that make it present: absent in a sample that was tested for these.
    """

    id: str
    label: str
    statuses: tuple[BiomarkerStatus, ...]
    shown: tuple[Status, ...]
    classified: Classified

    @property
    def differs(self) -> bool:
        """Whether one sample has it and another was tested and has not."""
        return {Status.PRESENT, Status.ABSENT} <= set(self.shown)


class Her2Focus(NamedTuple):
    """HER2 in one sample: `positive`, `negative`, `equivocal` or `not tested`, and what says so."""

    sample: Looked
    status: str
    because: str


@dataclass(frozen=True, slots=True)
class Lesions:
    """Alterations by samples; `left_out` counts alterations in genes of which no biomarker speaks.

    `of_no_sample` are the labels of alterations that the patient's file states of no sample.
    """

    samples: tuple[Looked, ...]
    rows: tuple[Row, ...]
    biomarkers: tuple[Focal, ...]
    her2: tuple[Her2Focus, ...]
    left_out: int = 0
    of_no_sample: tuple[str, ...] = ()

    def foremost(self, most: int) -> tuple[Row, ...]:
        """At most so many rows, those that bear on an option before others; in the order of the table."""
        chosen = sorted(self.rows, key=lambda row: not (row.against or row.decides))[:most]
        return tuple(row for row in self.rows if row in chosen)


# Samples


def samples_of(patient: Patient) -> tuple[Looked, ...]:
    """The patient's samples of tumor and blood by date, those without one last; normal tissue is none of them."""
    found = (_looked(sample) for sample in patient.samples if not is_normal(sample))
    return tuple(sorted(found, key=lambda each: (each.date is None, each.date or "", each.id)))


def _looked(sample: Sample) -> Looked:
    focus = BLOOD if is_plasma(sample) else (sample.site or "").strip().lower() or f"sample {sample.id}"
    is_known = focus == BLOOD or is_tumor(sample)
    purity = sample.purity if is_known else None
    return Looked(sample.id, focus, sample.date, sample.site, purity, sample.depth, sample.assay, is_known)


def is_later(one: Looked, other: Looked) -> bool:
    """Whether a sample is known to have been taken after another; of another focus, at another time.

    >>> is_later(Looked("b", "liver", "2024-03"), Looked("a", "liver", "2024"))
    False
    >>> is_later(Looked("b", "skin", "2024-03-02"), Looked("a", "liver", "2024-03-01"))
    False
    """
    first, last = _days(one.date), _days(other.date)
    if first is None or last is None:
        return False
    return (first[0] - last[1]).days > (0 if one.focus == other.focus else thresholds().one_time_days)


def _days(written: str | None) -> tuple[date, date] | None:
    """The first and last day that a date can mean; None for what is no date."""
    if written is None:
        return None
    try:
        earliest, latest = span(written[:10])
        return date.fromisoformat(earliest), date.fromisoformat(latest)
    except ValueError:
        return None


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
        return Classified(Spread.CLEARED, present, _outdating(absent, present), True)
    if all(is_later(one, other) for one in has for other in absent):
        same = {each.focus for each in has} <= {each.focus for each in absent}
        return Classified(Spread.EMERGING, has, absent, same)
    if lacks:
        return Classified(Spread.PRIVATE, has, lacks)
    return Classified(Spread.SHARED if _foci(has) >= 2 else Spread.UNCLEAR, has)


def _not_outdated(samples: Sequence[Looked], others: Sequence[Looked]) -> tuple[Looked, ...]:
    """The samples that no later one of the same focus contradicts."""
    return tuple(one for one in samples if not any(each.focus == one.focus and is_later(each, one) for each in others))


def _outdating(absent: Sequence[Looked], present: Sequence[Looked]) -> tuple[Looked, ...]:
    """The newer samples, of the foci that had it, that have it no more."""
    return tuple(each for each in absent if any(each.focus == one.focus and is_later(each, one) for one in present))


def _current(present: Sequence[Looked], absent: Sequence[Looked]) -> tuple[Looked, ...]:
    """The samples that still show it.

    Blood goes with the foci: where none of those that had it has it any more, older blood does not count.
    """
    tissue = tuple(each for each in present if not each.is_blood)
    has = _not_outdated(tissue, absent)
    blood = tuple(each for each in present if each.is_blood)
    if tissue and not has:
        blood = tuple(each for each in blood if not any(is_later(other, each) for other in absent))
    return tuple(each for each in present if each in has or each in blood)


def _foci(samples: Iterable[Looked]) -> int:
    return len({each.focus for each in samples if each.is_known and not each.is_blood})


# Subclonality


class Thresholds(NamedTuple):
    """When an alteration is subclonal (`lesions.json`)."""

    below: float
    z: float
    one_time_days: int


@cache
def thresholds() -> Thresholds:
    """The declared thresholds."""
    written = json.loads(THRESHOLDS.read_text(encoding="utf-8"))
    return Thresholds(written["subclonal_below"], written["z"], written["one_time_days"])


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


class Papers:
    """A patient's results by sample, looked at once."""

    def __init__(self, patient: Patient, board: StatusBoard) -> None:
        self.patient, self.board = patient, board
        self.samples = samples_of(patient)
        self._alone = {sample.id: board.of_sample(sample.id) for sample in self.samples}
        self._called: dict[tuple[str, str], list[Alteration]] = defaultdict(list)
        for each in patient.alterations:
            for gene in _genes(each):
                self._called[each.sample or "", gene].append(each)

    def called(self, sample: Looked, gene: str) -> Sequence[Alteration]:
        """What was called in the gene in this sample."""
        return self._called.get((sample.id, gene), ())

    def statuses(self, profile: str) -> tuple[BiomarkerStatus, ...]:
        """The status of a profile by the results of each sample alone, in the order of the samples."""
        return tuple(self._alone[sample.id].profile(profile) for sample in self.samples)

    def cell(self, first: Alteration, sample: Looked) -> Cell:
        """An alteration in one sample: called, called with a doubt, looked for and not found, or not tested."""
        mine = [each for each in self.called(sample, _genes(first)[0]) if _is_of(each, first)]
        if not mine:
            return self._not_called(first, sample)
        coverage = self.board.coverage
        best = next((each for each in mine if coverage.doubt(each) is None), mine[0])
        doubt = coverage.doubt(best)
        status = Status.PRESENT if doubt is None else Status.EQUIVOCAL
        because = doubt or text("status", "found", what=alteration_name(best))
        if isinstance(best, SmallVariant):
            return self.measured(best, sample)._replace(status=status, because=because)
        if isinstance(best, CopyNumberChange):
            return Cell(status, because, state=best.state.value, copies=best.copies)
        return Cell(status, because)

    def measured(self, variant: SmallVariant, sample: Looked) -> Cell:
        """A call with its allele fraction and depth, and what these tell of the share of tumor cells."""
        depth = variant.depth if variant.depth is not None else sample.depth
        cell = Cell(Status.PRESENT, "", vaf=variant.vaf, depth=depth)
        if variant.vaf is None or not sample.purity or not self._is_estimable(variant, sample):
            return cell
        share, minor = cell_fraction(variant.vaf, sample.purity), is_subclonal(variant.vaf, sample.purity, depth)
        return cell._replace(fraction=share, subclonal=minor)

    def _is_estimable(self, variant: SmallVariant, sample: Looked) -> bool:
        """Whether the gene is not known to have another copy number than two, and the call is one of tumor cells."""
        if sample.is_blood or variant.origin is Origin.GERMLINE or is_filtered(variant):
            return False
        here = self.called(sample, variant.gene)
        return all(each.state is CopyNumberState.NEUTRAL for each in here if isinstance(each, CopyNumberChange))

    def _not_called(self, first: Alteration, sample: Looked) -> Cell:
        """What was looked at in the sample, as for any biomarker; a fusion may be seen by either partner."""
        genes, kind = _genes(first), _kind(first)
        here = self.called(sample, genes[0])
        if kind == COPY_NUMBER and any(getattr(each, "state", None) is CopyNumberState.UNCLEAR for each in here):
            return Cell(Status.EQUIVOCAL, text("lesions", "copy number unclear"))
        coverage = self._alone[sample.id].coverage
        tested = [coverage.tested(gene, kind) for gene in genes]
        by = next((each.by for each in tested if each.by), ())
        if by:
            return Cell(Status.ABSENT, text("status", "not found", assays=joined(by, "list")))
        unsure = next((each.unsure for each in tested if each.unsure), ())
        if unsure:
            return Cell(Status.EQUIVOCAL, joined((reason for _, reason in unsure), "sentences"))
        return Cell(Status.NOT_TESTED, text("lesions", "not looked for"))


def _genes(each: Alteration) -> tuple[str, ...]:
    if isinstance(each, Fusion):
        return tuple(dict.fromkeys(each.genes))
    return (each.gene,) if isinstance(each, (SmallVariant, CopyNumberChange)) else ()


def _kind(each: Alteration) -> str:
    if isinstance(each, Fusion):
        return FUSION
    return COPY_NUMBER if isinstance(each, CopyNumberChange) else SMALL_VARIANT


_NO_CHANGE = frozenset({CopyNumberState.NEUTRAL, CopyNumberState.UNCLEAR})

_IMPLIED = {
    CopyNumberState.GAIN: frozenset({CopyNumberState.GAIN, CopyNumberState.AMPLIFICATION}),
    CopyNumberState.LOSS: frozenset({CopyNumberState.LOSS, CopyNumberState.HOMOZYGOUS_DELETION}),
}
"""The states by which a sample has a copy-number change, where there are others than its own."""


def _is_of(called: Alteration, first: Alteration) -> bool:
    """Whether a call is the same alteration: it has the same label; an amplified gene is gained too."""
    if isinstance(first, CopyNumberChange) and isinstance(called, CopyNumberChange):
        return called.state in _IMPLIED.get(first.state, {first.state})
    return type(called) is type(first) and called.label == first.label


def _is_alteration(each: Alteration) -> bool:
    """Whether a call is an alteration that may matter: no measured marker, no unchanged gene, no harmless variant."""
    if isinstance(each, SmallVariant):
        harmless = each.significance in {"benign", "likely benign"} or not may_change_protein(each)
        return bool(each.gene) and not harmless
    if isinstance(each, CopyNumberChange):
        return each.state not in _NO_CHANGE
    return isinstance(each, Fusion) and bool(each.genes)


# What a report shows


def reconciled(matched: Matched) -> Lesions:
    """The patient's alterations by their samples, and the biomarkers that decide something for them, each classified.

    The order of the samples in the file does not matter.
    """
    papers = Papers(matched.patient, matched.board)
    first: dict[str, Alteration] = {}
    for each in matched.patient.alterations:
        if _is_alteration(each) and (each.label not in first or first[each.label].sample is None):
            first[each.label] = each
    spoken = [each for each in first.values() if any(map(matched.knowledge.biomarkers_of_gene, _genes(each)))]
    germline = {each.label for each in first.values() if getattr(each, "origin", None) is Origin.GERMLINE}
    marks = _marks(matched.case)
    rows = [row for each in spoken if (row := _row(each, papers, each.label in germline, marks)) is not None]
    return Lesions(
        papers.samples,
        _ordered(rows, papers.samples),
        tuple(_focals(matched.case, papers)),
        her2_by_focus(matched.patient, matched.board),
        len(first) - len(spoken),
        tuple(sorted(alteration_name(each) for each in spoken if each.sample is None)),
    )


Marks = tuple[dict[str, set[str]], dict[str, set[str]]]
"""By the label of an alteration: the evidence by which it speaks against a regimen, the options that rest on it."""


def _marks(case: Case) -> Marks:
    against: dict[str, set[str]] = {}
    decides: dict[str, set[str]] = {}
    basis = _bases(case)
    for item in _holding(case):
        assert item.status is not None
        speaks_against = _speaks_against(item)
        if speaks_against and item.relation == "other":
            continue
        told = against if speaks_against else decides
        for leaf in _leaves(item.status):
            if not speaks_against or leaf.id not in basis.get(item.status.id, ()):
                for alteration in leaf.alterations:
                    told.setdefault(alteration.label, set()).add(item.id)
    return against, decides


def _holding(case: Case) -> Iterator[Item]:
    """The items whose biomarker is present and whose tumor type may be the patient's."""
    for item in case.items.values():
        present = item.status is not None and item.status.status is Status.PRESENT
        if present and item.relation not in {"general", "excluded"}:
            yield item


def _speaks_against(item: Item) -> bool:
    from matcher.conflicts import AGAINST, speaks

    return speaks(item.record) == AGAINST


def _bases(case: Case) -> dict[str, set[str]]:
    """For each conjunction that speaks against a regimen, its parts by which alone that very regimen is given.

    Of "PIK3CA mutation and HER2 positive" against trastuzumab, HER2 is what trastuzumab is given for: the resistance is
    PIK3CA's. Where every part is such, none is.
    """
    given: dict[Regimen, set[str]] = defaultdict(set)
    conjunctions: list[tuple[Item, set[str]]] = []
    for item in _holding(case):
        assert item.status is not None
        leaves = {leaf.id for leaf in _leaves(item.status)}
        if _speaks_against(item):
            conjunctions.append((item, leaves))
        elif len(leaves) == 1:
            given[item.regimen] |= leaves
    found: dict[str, set[str]] = defaultdict(set)
    for item, leaves in conjunctions:
        assert item.status is not None
        basis = leaves & given[item.regimen]
        if basis != leaves:
            found[item.status.id] |= basis
    return found


def _row(first: Alteration, papers: Papers, germline: bool, marks: Marks) -> Row | None:
    """The row of an alteration; None where no sample has it for certain and it is not of the germline."""
    cells = tuple(papers.cell(first, sample) for sample in papers.samples)
    seen = tuple(zip(papers.samples, cells, strict=True))
    if not germline and not any(cell.status is Status.PRESENT for cell in cells):
        return None
    place = classified((sample, cell.status) for sample, cell in seen)
    if germline:
        place = Classified(Spread.GERMLINE, place.found)
    subclonal = _together(cell.subclonal for sample, cell in seen if sample in place.found)
    against, decides = (tuple(sorted(each.get(first.label, ()))) for each in marks)
    return Row(alteration_name(first), _kind(first), _genes(first)[0], cells, place, subclonal, against, decides)


ORDER = tuple(Spread)
"""Rows stand by class in this order, then by label."""


def _ordered(rows: Sequence[Row], samples: Sequence[Looked]) -> tuple[Row, ...]:
    """The rows by class and label, each allele fraction also relative to the highest of its sample."""
    highest = [max((row.cells[n].vaf or 0.0 for row in rows), default=0.0) for n in range(len(samples))]
    shown = (row._replace(cells=tuple(map(_with_share, row.cells, highest))) for row in rows)
    return tuple(sorted(shown, key=lambda row: (ORDER.index(row.classified.where), row.label)))


def _with_share(cell: Cell, highest: float) -> Cell:
    return cell._replace(share=cell.vaf / highest) if cell.vaf is not None and highest > 0 else cell


# Biomarkers by samples


def _focal(status: BiomarkerStatus, papers: Papers) -> Focal:
    """A biomarker by samples: a sample without its alterations lacks it, even where it was not tested for others.

    A loss of BRCA2 by a mutation is absent where that mutation is, although the copies were not counted there.
    """
    statuses = papers.statuses(status.id)
    own = [each for each in status.alterations if each.sample is not None]
    fine = own and all(map(_is_alteration, own))

    def seen(sample: Looked, alone: BiomarkerStatus) -> Status:
        if fine and alone.status in {Status.NOT_TESTED, Status.EQUIVOCAL}:
            found = {papers.cell(each, sample).status for each in own}
            return Status.ABSENT if found == {Status.ABSENT} else alone.status
        return alone.status

    shown = tuple(map(seen, papers.samples, statuses))
    return Focal(status.id, status.label, statuses, shown, classified(zip(papers.samples, shown, strict=True)))


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


def _focals(case: Case, papers: Papers) -> Iterator[Focal]:
    """The biomarkers that an option rests on or that speak against one, by label."""
    leaves = {
        leaf.id: leaf
        for item in case.items.values()
        if item.status is not None
        for leaf in _leaves(item.status)
        if _is_of_samples(leaf)
    }
    for name in sorted(leaves, key=lambda each: (leaves[each].label, each)):
        yield _focal(leaves[name], papers)


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
    if len(samples_of(patient)) < 2:
        return
    papers, basis = Papers(patient, board), _bases(case)
    known: dict[str, Focal] = {}
    for profile, asked in case.profiles.items():
        leaves = [leaf for leaf in _leaves(asked.status) if _is_of_samples(leaf)]
        for leaf in leaves:
            if leaf.id not in known:
                known[leaf.id] = _focal(leaf, papers)
            _state_leaf(case, profile, leaf, known[leaf.id].classified, papers)
        if leaves and _is_confined(profile, leaves, basis.get(asked.status.id, set()), papers):
            case.confined.add(asked.status.id)
            case.state("in_some_foci", asked.origin, profile=profile)
    her2 = her2_by_focus(patient, board)
    for each in her2 if any(one.status != "not tested" for one in her2) else ():
        told = text("lesions", "HER2 in", sample=each.sample.id, because=each.because)
        case.state("her2_focus", _origin(told, patient), sample=each.sample.id, status=each.status)


CONFINED = frozenset({Spread.PRIVATE, Spread.CLEARED})
"""Classes of what part of the disease does not have, or has no more."""


def _is_confined(profile: str, leaves: Collection[BiomarkerStatus], basis: Collection[str], papers: Papers) -> bool:
    """Whether a profile holds in part of the disease only; the other part must have been tested for all of it.

    A conjunction does by the parts that its basis leaves; where no basis is known, by all of its parts.
    """
    own = [leaf.id for leaf in leaves if leaf.id not in basis]
    asked = own if isinstance(parse(profile), All) else [profile]
    seen = (zip(papers.samples, papers.statuses(name), strict=True) for name in asked)
    confined = [classified((sample, each.status) for sample, each in row).where in CONFINED for row in seen]
    return any(confined) if len(own) < len(leaves) else bool(confined) and all(confined)


def _state_leaf(case: Case, profile: str, leaf: BiomarkerStatus, place: Classified, papers: Papers) -> None:
    case.labels.setdefault(leaf.id, leaf.label)
    named = *place.found, *place.lacking
    origin = _origin(text("lesions", "spread", label=leaf.label), papers.patient, leaf)
    case.state(
        "spread",
        origin,
        profile=profile,
        biomarker=leaf.id,
        where=place.where.value,
        site="same" if place.same_focus else "other",
        found=names(place.found, named),
        lacking=names(place.lacking, named),
    )
    minor = _subclonal(leaf, place.found, papers)
    if minor:
        where = names([sample for sample, _ in minor], named)
        share = joined(dict.fromkeys(f"{cell.fraction:.0%}" for _, cell in minor), "list")
        case.state("subclonal", origin, profile=profile, biomarker=leaf.id, found=where, share=share)


def _subclonal(leaf: BiomarkerStatus, samples: Iterable[Looked], papers: Papers) -> list[tuple[Looked, Cell]]:
    """The samples in which what makes the biomarker present is subclonal, if it is so wherever it is; else none."""
    cells: list[tuple[Looked, Cell]] = []
    for sample in samples:
        for each in leaf.alterations:
            if each.sample == sample.id:
                cell = papers.measured(each, sample) if isinstance(each, SmallVariant) else Cell(Status.PRESENT, "")
                cells.append((sample, cell))
    return cells if _together(cell.subclonal for _, cell in cells) else []


def _origin(told: str, patient: Patient, status: BiomarkerStatus | None = None) -> Source:
    from matcher.facts import Origin as Of

    found = status.alterations if status is not None else ()
    return Of(told, places=tuple(dict.fromkeys(each.place for each in found)) or (patient.place,))


def names(samples: Sequence[Looked], among: Iterable[Looked]) -> str:
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
