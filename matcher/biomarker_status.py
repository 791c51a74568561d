"""The status of every biomarker in one patient: present, absent, not tested or equivocal, and what says so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple, Protocol

from kb.alteration import Alteration, CopyNumberChange, CopyNumberState, MarkerValue, Origin, Place, SmallVariant
from kb.biomarker import Biomarker, Closeness, Vocabulary, covers, names
from kb.consequence import consequence_class, may_change_protein
from kb.handing import by_fields
from kb.profile import All, Not, One, Profile, mentions, parse
from matcher.assay import COPY_NUMBER, FUSION, ISOFORM, PROMOTER, SMALL_VARIANT, WHOLE_GENE, Coverage, Spot, Tested
from matcher.markers import (
    HER2_CRITERIA,
    has_result,
    her2,
    her2_verdict,
    is_about,
    measures,
    polarity,
    stated,
    verdicts,
)
from matcher.names import alteration_name, biomarker_name, doubt_name, listed, marker_name
from matcher.phrases import joined, text

if TYPE_CHECKING:
    from kb.genes import Exon
    from matcher.assay import Assay
    from matcher.markers import Measure


class Status(StrEnum):
    """Not tested is not absent; equivocal means that a result exists and does not decide."""

    PRESENT = "present"
    ABSENT = "absent"
    NOT_TESTED = "not tested"
    EQUIVOCAL = "equivocal"


@by_fields
@dataclass(frozen=True, slots=True)
class BiomarkerStatus:
    """A biomarker (or a profile of several) in this patient.

    `because` is one sentence. `caution` is set when the status rests on a stand-in for what the label names (HER2 by
    sequencing instead of IHC or ISH). `parts` are the statuses that a composite was concluded from.
    """

    id: str
    label: str
    status: Status
    because: str
    closeness: Closeness | None = None
    alterations: tuple[Alteration, ...] = ()
    assays: tuple[str, ...] = ()
    caution: str | None = None
    parts: tuple[BiomarkerStatus, ...] = ()
    genomic: bool = False
    """True when an observed genomic alteration or signature, not a protein level or a negative, makes it present."""


class Definitions(Vocabulary, Protocol):
    """Where biomarkers are defined: the knowledge base."""

    def biomarker(self, biomarker_id: str) -> Biomarker:
        """The biomarker of this id."""
        ...

    def exons(self, gene: str) -> tuple[Exon, ...]:
        """The coding exons of the gene, by number."""
        ...


class Told(NamedTuple):
    """A measure, and for biomarkers by id whether it may be looked at for them, as far as that was asked."""

    value: Measure
    answers: dict[str, bool]

    def bears_on(self, biomarker: Biomarker) -> bool:
        """Whether it may be looked at for a biomarker: by name, by marker, by gene."""
        found = self.answers.get(biomarker.id)
        if found is None:
            found = self.answers[biomarker.id] = _bears_on(biomarker, self.value)
        return found


class News(NamedTuple):
    """In what two patients' results differ: the genes with other alterations, and the measures of one of them alone.

    `measures` is None where the same measures stand in another order.
    """

    genes: frozenset[str] = frozenset()
    measures: tuple[Told, ...] | None = ()

    def concern(self, biomarker: Biomarker) -> bool:
        """Whether the difference has a part in what is told of the biomarker itself."""
        if self.measures is None or not self.genes.isdisjoint(biomarker.genes):
            return True
        if biomarker.id in HER2_CRITERIA and "ERBB2" in self.genes:
            return True
        return bool(self.measures) and any(each.bears_on(biomarker) for each in self.measures)


class Bearing:
    """What biomarkers are worked out from, and which measures bear on them: found once for the boards that follow one.

    Patients who were edited alike differ in the same measures.
    """

    def __init__(self) -> None:
        self._reached: dict[str, tuple[Biomarker, ...]] = {}
        self._told: dict[Measure, Told] = {}

    def reached(self, biomarker_id: str, definitions: Definitions) -> tuple[Biomarker, ...]:
        """A biomarker, and all others whose statuses its own is worked out from."""
        found = self._reached.get(biomarker_id)
        if found is None:
            seen: dict[str, Biomarker] = {}
            waiting = [biomarker_id]
            while waiting:
                name = waiting.pop()
                if name not in seen:
                    seen[name] = definitions.biomarker(name)
                    waiting.extend(_worked_out_from(seen[name]))
            found = self._reached[biomarker_id] = tuple(seen.values())
        return found

    def of(self, value: Measure) -> Told:
        """What is known of a measure, wherever it was told."""
        somewhere = replace(value, source=replace(value.source, place=Place("")))
        return self._told.setdefault(somewhere, Told(somewhere, {}))


@lru_cache(maxsize=8192)
def _mentioned(expression: str) -> tuple[str, ...]:
    """The biomarkers that a profile mentions: boards of edited patients ask the same of each."""
    return tuple(mentions(parse(expression)))


class Common:
    """What boards of many patients have in common, worked out once for all of whom it rests on the same.

    The patients' alterations must be of few, the same objects (`matcher.cohort.alike`), and are kept.
    """

    def __init__(self) -> None:
        self.bearing = Bearing()
        self.statuses: dict[Rests, BiomarkerStatus] = {}
        self.profiles: dict[Rests, BiomarkerStatus] = {}
        self._numbers: dict[object, int] = {}
        self._assays: list[Assay] = []
        self._reached: dict[str, tuple[tuple[Biomarker, ...], tuple[str, ...]]] = {}
        self._mentioned: dict[str, tuple[tuple[Biomarker, ...], tuple[str, ...]]] = {}
        self._by_covered: dict[str, bool] = {}
        self._covering: dict[int, frozenset[str]] = {}

    def number(self, value: object) -> int:
        """A number from 1 that stands for a value."""
        return self._numbers.setdefault(value, len(self._numbers) + 1)

    def looked(self, coverage: Coverage) -> int:
        """The number of all that was looked at in the same way."""
        return self.number(("looked", *((sample, self._assay(assay)) for sample, assay in coverage.looked)))

    def _assay(self, assay: Assay) -> int:
        """The place of an assay among those that are not the same; an assay cannot be hashed."""
        place = next((place for place, known in enumerate(self._assays) if known is assay or known == assay), None)
        if place is None:
            place = len(self._assays)
            self._assays.append(assay)
        return place

    def rests_on_covered(self, biomarker: Biomarker) -> bool:
        """Whether no alterations but those that a biomarker covers have a part in its status."""
        found = self._by_covered.get(biomarker.id)
        if found is None:
            found = self._by_covered[biomarker.id] = _rests_on_covered(biomarker)
        return found

    def covering(self, alteration: Alteration, definitions: Definitions) -> frozenset[str]:
        """The biomarkers that cover an alteration, by id, however closely and whatever the doubts."""
        found = self._covering.get(id(alteration))
        if found is None:
            named = (each for gene in genes_of(alteration) for each in definitions.biomarkers_of_gene(gene))
            covered = (each.id for each in named if covers(each, alteration, definitions) is not None)
            found = self._covering[id(alteration)] = frozenset(covered)
        return found

    def reached(self, biomarker_id: str, definitions: Definitions) -> tuple[tuple[Biomarker, ...], tuple[str, ...]]:
        """What a biomarker's status is worked out from: biomarkers, and the genes whose alterations count."""
        found = self._reached.get(biomarker_id)
        if found is None:
            found = self._reached[biomarker_id] = _asked_of(self.bearing.reached(biomarker_id, definitions))
        return found

    def mentioned(self, expression: str, definitions: Definitions) -> tuple[tuple[Biomarker, ...], tuple[str, ...]]:
        """The same of a profile."""
        found = self._mentioned.get(expression)
        if found is None:
            every = (self.bearing.reached(name, definitions) for name in _mentioned(expression))
            found = self._mentioned[expression] = _asked_of(each for reached in every for each in reached)
        return found


Rests = tuple[object, ...]
"""What a status rests on: its name, then numbers of what is common."""


def _rests_on_covered(biomarker: Biomarker) -> bool:
    """Whether no alterations but those that the biomarker covers have a part in its status."""
    if biomarker.kind == "wild type" or biomarker.id in HER2_CRITERIA or "biallelic" in biomarker.classes:
        return False
    return not _worked_out_from(biomarker)


def _asked_of(reached: Iterable[Biomarker]) -> tuple[tuple[Biomarker, ...], tuple[str, ...]]:
    found = tuple({each.id: each for each in reached}.values())
    return found, tuple(sorted(genes_counting(found)))


def genes_counting(biomarkers: Iterable[Biomarker]) -> set[str]:
    """The genes whose alterations count for some of these biomarkers."""
    found: set[str] = set()
    for each in biomarkers:
        found.update(each.genes)
        if each.id in HER2_CRITERIA:
            found.add("ERBB2")
    return found


def _changed(before: list[Measure], after: list[Measure]) -> tuple[Measure, ...] | None:
    kept = [value for value in after if value in before]
    if kept != [value for value in before if value in after]:
        return None
    return tuple(value for value in (*before, *after) if value not in kept)


def _bears_on(biomarker: Biomarker, value: Measure) -> bool:
    """Whether a measure may be looked at for a biomarker: by name, by marker, by gene."""
    marker = value.marker.upper()
    if is_named(biomarker, value) or is_about(biomarker, value) or stated(biomarker, value) is not None:
        return True
    if biomarker.id in HER2_CRITERIA:
        return marker == "HER2"
    if marker == FAMILY and biomarker.kind == "wild type":
        return not OF_FAMILY.isdisjoint(biomarker.genes)
    return any(marker == gene or _has_word(value.source.marker, gene) for gene in biomarker.genes)


FAMILY, OF_FAMILY = "RAS", frozenset({"KRAS", "NRAS"})
"""Genes that are reported as one: where the family is mutated, either of them may be the one."""


def _has_word(name: str, gene: str) -> bool:
    """Whether a marker's name has the gene's symbol as a word of it: what it denies may be a call in this gene.

    >>> _has_word("EGFR L858R", "EGFR"), _has_word("EML4-ALK fusion", "ALK"), _has_word("KRASX", "KRAS")
    (True, True, False)
    """
    written, symbol = name.upper(), gene.upper()
    start = written.find(symbol)
    while start >= 0:
        before, after = written[start - 1 : start], written[start + len(symbol) : start + len(symbol) + 1]
        if not (before.isalnum() or after.isalnum()):
            return True
        start = written.find(symbol, start + 1)
    return False


def _worked_out_from(biomarker: Biomarker) -> tuple[str, ...]:
    """The other biomarkers whose statuses a biomarker's own is worked out from."""
    members = mentions(parse(biomarker.members)) if biomarker.members is not None else ()
    beside = (biomarker.phase_with,) if biomarker.phase_with is not None else ()
    denied = (f"{biomarker.genes[0]}:ACTMUT",) if biomarker.id.endswith(":NOSENS") else ()
    return (*members, *beside, *denied)


class StatusBoard:
    """The statuses of one patient's biomarkers, each worked out once."""

    def __init__(self, alterations: Iterable[Alteration], coverage: Coverage, definitions: Definitions) -> None:
        self._by_gene: dict[str, list[Alteration]] = {}
        self._measures: list[Measure] = []
        self._coverage, self._definitions = coverage, definitions
        self._alterations = alterations = tuple(alterations)
        self._alone: dict[str, StatusBoard] = {}
        self._restricted = coverage.restricted
        self._known: dict[str, BiomarkerStatus] = {}
        self._combined: dict[str, BiomarkerStatus] = {}
        self._before: StatusBoard | None = None
        self._news = News()
        self._bearing = Bearing()
        self._common: Common | None = None
        self._beside: frozenset[str] = frozenset()
        self._looked = 0
        self._numbers: dict[str, int] = {}
        self._values: tuple[tuple[Told, int], ...] = ()
        self._unmoved: dict[str, bool] = {}
        for alteration in alterations:
            if isinstance(alteration, MarkerValue):
                self._measures.extend(value for value in measures(alteration) if has_result(value))
            elif isinstance(alteration, (SmallVariant, CopyNumberChange)):
                self._by_gene.setdefault(alteration.gene, []).append(alteration)
            else:
                for gene in genes_of(alteration):
                    self._by_gene.setdefault(gene, []).append(alteration)

    def share(self, common: Common, beside: Iterable[str] = ()) -> None:
        """Ask what many patients have in common: a status is worked out once for all whose results for it are alike.

        `beside` are genes with an alteration that no status rests on, and that this board was not given.
        """
        self._common, self._looked = common, common.looked(self._coverage)
        self._beside = frozenset(beside)
        self._numbers = {gene: common.number((gene, *map(id, found))) for gene, found in self._by_gene.items()}
        self._values = tuple((common.bearing.of(value), common.number(value)) for value in self._measures)

    @property
    def numbered(self) -> tuple[int, Mapping[str, int]]:
        """In numbers that many patients have in common: what was looked at, and by gene what was found."""
        return self._looked, self._numbers

    def genes_for(self, biomarker_id: str) -> tuple[str, ...]:
        """The genes whose alterations a biomarker's status is worked out from, on a board that shares."""
        assert self._common is not None
        return self._common.reached(biomarker_id, self._definitions)[1]

    def may_be_found(self, gene: str) -> frozenset[str]:
        """The biomarkers that cover what is found in a gene, by id; on a board that shares."""
        assert self._common is not None
        every = (self._common.covering(each, self._definitions) for each in self._by_gene.get(gene, ()))
        return frozenset[str]().union(*every)

    def rests_on_covered(self, biomarker_id: str) -> bool:
        """Whether a biomarker is found only by what it covers, and absent or unknown otherwise; on a board that shares.

        Measures apart: a report may state it by name.
        """
        assert self._common is not None
        return self._common.rests_on_covered(self._definitions.biomarker(biomarker_id))

    def genes_of_profile(self, expression: str) -> tuple[str, ...]:
        """The same for a profile."""
        assert self._common is not None
        return self._common.mentioned(expression, self._definitions)[1]

    def reached_by_profile(self, expression: str) -> tuple[Biomarker, ...]:
        """The biomarkers that a profile's status is worked out from, on a board that shares."""
        assert self._common is not None
        return self._common.mentioned(expression, self._definitions)[0]

    def rests_on(self, asked: tuple[tuple[Biomarker, ...], tuple[str, ...]]) -> Rests:
        """What a status rests on in this patient, by the biomarkers and the genes that it is worked out from."""
        reached, genes = asked
        return self._looked, *(self._numbers.get(gene, 0) for gene in genes), *self._bearing_on(reached)

    def _bearing_on(self, reached: Iterable[Biomarker]) -> Iterable[int]:
        """The measures that bear on some of these biomarkers, in numbers."""
        return [number for value, number in self._values if any(map(value.bears_on, reached))] if self._values else ()

    def _shared(self, common: Common, biomarker_id: str) -> BiomarkerStatus:
        asked = common.reached(biomarker_id, self._definitions)
        biomarker = asked[0][0]
        if common.rests_on_covered(biomarker):
            found_in = (each for gene in biomarker.genes for each in self._by_gene.get(gene, ()))
            covered = tuple([id(each) for each in found_in if biomarker_id in common.covering(each, self._definitions)])
            key: Rests = (biomarker_id, self._looked, covered, *self._bearing_on(asked[0]))
        else:
            key = (biomarker_id, *self.rests_on(asked))
        found = common.statuses.get(key)
        if found is None:
            found = common.statuses[key] = self._fresh(biomarker_id)
        return found

    def _shared_profile(self, common: Common, expression: str) -> BiomarkerStatus:
        named = _mentioned(expression)
        if named == (expression,):
            return self.status(expression)
        key = (expression, *[id(self.status(name)) for name in named])
        found = common.profiles.get(key)
        if found is None:
            found = common.profiles[key] = self._combine(parse(expression))
        return found

    def follow(self, before: StatusBoard) -> None:
        """Take over from the board of another patient what the difference in results has no part in.

        The samples must have been looked at alike; else nothing is taken over.
        """
        if self._definitions is before._definitions and self._coverage.is_like(before._coverage):
            genes = {*self._by_gene, *before._by_gene}
            moved = frozenset(gene for gene in genes if self._by_gene.get(gene) != before._by_gene.get(gene))
            changed, bearing = _changed(before._measures, self._measures), before._bearing
            self._before, self._news = before, News(moved, None if changed is None else tuple(map(bearing.of, changed)))

    def _is_unmoved(self, biomarker_id: str) -> bool:
        """Whether nothing that a biomarker's status is worked out from differs from the board before."""
        found = self._unmoved.get(biomarker_id)
        if found is None:
            assert self._before is not None
            reached = self._before._bearing.reached(biomarker_id, self._definitions)
            found = self._unmoved[biomarker_id] = not any(map(self._news.concern, reached))
        return found

    def news_since(self, before: StatusBoard) -> News | None:
        """In what the results differ from those of the board that this one follows; None where it follows another."""
        if self is before:
            return News()
        return self._news if self._before is before else None

    def of_sample(self, name: str) -> StatusBoard:
        """The statuses by the results of one sample alone, made when it is first asked for.

        What the patient file states of no sample is not among them.
        """
        found = self._alone.get(name)
        if found is None:
            mine = (each for each in self._alterations if each.sample == name)
            found = self._alone[name] = StatusBoard(mine, self._coverage.of_sample(name), self._definitions)
            if self._before is not None:
                found.follow(self._before.of_sample(name))
        return found

    @property
    def coverage(self) -> Coverage:
        """What was looked at."""
        return self._coverage

    @property
    def genes(self) -> tuple[str, ...]:
        """The genes with an alteration, sorted."""
        return tuple(sorted(self._beside.union(self._by_gene)))

    @property
    def measured_markers(self) -> tuple[str, ...]:
        """The markers with a value, sorted."""
        return tuple(sorted({value.marker for value in self._measures}))

    @property
    def known(self) -> tuple[BiomarkerStatus, ...]:
        """All single biomarkers whose status was asked for so far, sorted by id."""
        return tuple(self._known[key] for key in sorted(self._known))

    def status(self, biomarker_id: str) -> BiomarkerStatus:
        """The status of one biomarker."""
        found = self._known.get(biomarker_id)
        if found is None:
            if self._common is not None:
                found = self._shared(self._common, biomarker_id)
            elif self._before is not None and self._is_unmoved(biomarker_id):
                found = self._before.status(biomarker_id)
            else:
                found = self._fresh(biomarker_id)
            self._known[biomarker_id] = found
        return found

    def _fresh(self, biomarker_id: str) -> BiomarkerStatus:
        """The status, worked out."""
        biomarker = self._definitions.biomarker(biomarker_id)
        found = self._decide(biomarker)
        return self._by_focus(biomarker, found) if found.status is Status.EQUIVOCAL else found

    def _by_focus(self, biomarker: Biomarker, together: BiomarkerStatus) -> BiomarkerStatus:
        """The status where results of several samples, taken together, decide nothing.

        What one focus has the patient has; a negative one, such as HER2-negative, has to hold in every focus.
        """
        samples = sorted({each.sample for each in together.alterations if each.sample is not None})
        if len(samples) < 2:
            return together
        decides = Status.ABSENT if biomarker.state == "absent" else Status.PRESENT
        alone = {name: self.of_sample(name).status(biomarker.id) for name in samples}
        deciding = [each for each in alone.values() if each.status is decides]
        if not deciding:
            return together
        told = (text("status", "in sample", sample=name, because=each.because) for name, each in alone.items())
        alterations = tuple(dict.fromkeys(found for each in alone.values() for found in each.alterations))
        return replace(deciding[0], because=joined(tuple(told), "sentences"), alterations=alterations)

    def profile(self, expression: str) -> BiomarkerStatus:
        """The status of a boolean profile, by Kleene's logic: an unknown part decides only when it must."""
        found = self._combined.get(expression)
        if found is None:
            if self._common is not None:
                found = self._shared_profile(self._common, expression)
            elif self._before is not None and all(map(self._is_unmoved, _mentioned(expression))):
                found = self._before.profile(expression)
            else:
                found = self._combine(parse(expression))
            self._combined[expression] = found
        return found

    def _combine(self, profile: Profile) -> BiomarkerStatus:
        if isinstance(profile, One):
            return self.status(profile.biomarker)
        if isinstance(profile, Not):
            return _negate(self._combine(profile.part))
        parts = tuple(map(self._combine, profile.parts))
        return _all_of(parts) if isinstance(profile, All) else _any_of(parts)

    def _decide(self, biomarker: Biomarker) -> BiomarkerStatus:
        if biomarker.kind == "none":
            return _told(biomarker, Status.PRESENT, text("status", "nothing required"))
        if biomarker.id in HER2_CRITERIA:
            return self._her2(biomarker)
        if biomarker.members is not None:
            return self._composite(biomarker)
        if biomarker.kind == "wild type":
            return self._wild_type(biomarker)
        measured = self._measured(biomarker)
        if measured is not None:
            return self._beside_the_calls(biomarker, measured)
        if biomarker.kind in {"expression", "signature", "measured"}:
            marker = marker_name(biomarker.marker) if biomarker.marker else biomarker_name(biomarker)
            return _told(biomarker, Status.NOT_TESTED, text("status", "no result", marker=marker))
        return self._observed(biomarker)

    def _beside_the_calls(self, biomarker: Biomarker, measured: BiomarkerStatus) -> BiomarkerStatus:
        """What a report states by name, unless it denies an alteration that was called: then the two disagree."""
        if measured.status is not Status.ABSENT:
            return measured
        called = self._observed(biomarker, is_heeded=False)
        if called.status is not Status.PRESENT:
            return measured
        because = text("status", "and, disagree", one=measured.because, other=called.because)
        return _told(biomarker, Status.EQUIVOCAL, because, None, (*measured.alterations, *called.alterations))

    def _composite(self, biomarker: Biomarker) -> BiomarkerStatus:
        """What a report states of a composite, unless its parts say the opposite; else what its parts say."""
        measured = self._measured(biomarker)
        whole = self.profile(biomarker.members or "")
        if measured is None or measured.status is Status.EQUIVOCAL:
            return replace(whole, id=biomarker.id, label=biomarker_name(biomarker), parts=whole.parts or (whole,))
        if {measured.status, whole.status} != {Status.PRESENT, Status.ABSENT}:
            return measured
        because = text("status", "and, disagree", one=measured.because, other=whole.because)
        return _told(biomarker, Status.EQUIVOCAL, because, None, (*measured.alterations, *whole.alterations))

    def _measured(self, biomarker: Biomarker) -> BiomarkerStatus | None:
        """The status by a measured marker, or None when no measure is of this biomarker."""
        named = [value for value in self._measures if is_named(biomarker, value)]
        said = {polarity(value) for value in named} if biomarker.marker is None else set()
        about = [value for value in self._measures if is_about(biomarker, value)]
        about += [value for value in named if value not in about]
        if biomarker.marker is not None:
            said |= verdicts(biomarker, about)
        decided = [value for value in self._measures if stated(biomarker, value) is not None]
        said |= {stated(biomarker, value) for value in decided}
        about += decided
        if not about:
            return None
        values = tuple(dict.fromkeys(value.source for value in about))
        reported = _seen("reported", values)
        if said == {True}:
            genomic = biomarker.kind in {"signature", "isoform"} and biomarker.state == "present"
            return _told(biomarker, Status.PRESENT, reported, Closeness.EXACT, values, genomic)
        if said == {False}:
            return _told(biomarker, Status.ABSENT, reported, None, values)
        if {True, False} <= said:
            reason: str = text("status", "results disagree")
        else:
            reason = text("status", "this does not decide", label=biomarker_name(biomarker))
        because = text("status", "reported, open", what=listed(values), reason=reason)
        return _told(biomarker, Status.EQUIVOCAL, because, None, values)

    def _her2(self, biomarker: Biomarker) -> BiomarkerStatus:
        given = [value for value in self._measures if value.marker == "HER2"]
        readings = her2(given)
        amplified = tuple(
            change
            for change in self._by_gene.get("ERBB2", ())
            if isinstance(change, CopyNumberChange) and change.state is CopyNumberState.AMPLIFICATION
        )
        values: tuple[Alteration, ...] = tuple(dict.fromkeys(value.source for value in given))
        verdict = her2_verdict(HER2_CRITERIA[biomarker.id], readings)
        if amplified and biomarker.id in {"HER2:POS", "HER2:NEG", "HER2:POS_GASTRIC"}:
            return _her2_by_sequencing(biomarker, verdict, amplified, values)
        if not readings:
            return _told(biomarker, Status.NOT_TESTED, text("status", "no HER2 result"))
        if verdict is None:
            because = text("status", "does not decide", what=listed(values), label=biomarker_name(biomarker))
            return _told(biomarker, Status.EQUIVOCAL, because, None, values)
        status = Status.PRESENT if verdict else Status.ABSENT
        reported = _seen("reported", values)
        return _told(biomarker, status, reported, Closeness.EXACT if verdict else None, values)

    def _observed(self, biomarker: Biomarker, is_heeded: bool = True) -> BiomarkerStatus:
        """The status by the alterations that were called, and by what was looked at when none fits.

        Where a report denies every call that it rests on, the two disagree, unless denials are not to be heeded.
        """
        certain: list[Alteration] = []
        doubtful: list[tuple[Alteration, str]] = []
        closest: Closeness | None = None
        for gene in biomarker.genes:
            for alteration in self._by_gene.get(gene, ()):
                match = covers(biomarker, alteration, self._definitions)
                if match is None or (match.doubt is not None and is_filtered(alteration)):
                    continue
                doubt = doubt_name(match.doubt) if match.doubt else self._coverage.doubt(alteration)
                if doubt is None:
                    certain.append(alteration)
                    closest = match.closeness if closest is None else min(closest, match.closeness)
                else:
                    doubtful.append((alteration, doubt))
        if not certain and "biallelic" in biomarker.classes:
            certain = self._both_alleles(biomarker)
            closest = Closeness.FUNCTION
        denials = {each: self._denials(biomarker, each) for each in certain} if is_heeded and self._measures else {}
        if certain and denials and all(denials.values()):
            values = tuple(dict.fromkeys(value.source for each in denials.values() for value in each))
            because = text("status", "found, disagree", stated=_seen("reported", values), what=listed(certain))
            return _told(biomarker, Status.EQUIVOCAL, because, None, (*values, *certain))
        if certain:
            certain = [each for each in certain if not denials.get(each)]
            because, seen_by = _seen("found", certain), self._coverage.seen_by(certain)
            found = _told(biomarker, Status.PRESENT, because, closest, tuple(certain), True, seen_by)
            return self._with_phase(biomarker, found)
        if doubtful:
            because = joined(sorted({doubt for _, doubt in doubtful}), "sentences")
            open_ones = tuple(alteration for alteration, _ in doubtful)
            seen_by = self._coverage.seen_by(open_ones)
            return _told(biomarker, Status.EQUIVOCAL, because, None, open_ones, assays=seen_by)
        return self._not_found(biomarker)

    def _denials(self, biomarker: Biomarker, called: Alteration) -> list[Measure]:
        """What a report states against a call, of the same sample or of none: the gene's wild type, or a named denial.

        A denial that names a biomarker is of every call that this biomarker covers.
        """
        return [
            value
            for value in self._measures
            if None in {value.source.sample, called.sample} or value.source.sample == called.sample
            if _bears_on(biomarker, value) and self._denies(value, called)
        ]

    def _denies(self, value: Measure, called: Alteration) -> bool:
        genes = genes_of(called)
        if value.is_of_sequence:
            return isinstance(called, SmallVariant) and value.word == "wild type" and value.marker.upper() in genes
        if polarity(value) is not False:
            return False
        if value.source.marker.strip().lower() == called.label.lower():
            return True
        of_genes = (each for gene in genes for each in self._definitions.biomarkers_of_gene(gene))
        return any(
            match is not None and match.doubt is None
            for each in of_genes
            if each.marker is None and is_named(each, value)
            for match in (covers(each, called, self._definitions),)
        )

    def _both_alleles(self, biomarker: Biomarker) -> list[Alteration]:
        """The alterations that show both alleles of a gene lost, where the input tells so; empty otherwise.

        One of: a homozygous variant; a variant with the loss of the other copy; two variants in trans. Each variant
        must itself be known to lose function.
        """
        one_hit = biomarker._replace(classes=tuple(name for name in biomarker.classes if name != "biallelic"))
        for gene in biomarker.genes:
            alterations = self._by_gene.get(gene, ())
            hits = [each for each in alterations if isinstance(each, SmallVariant) and self._is_certain(one_hit, each)]
            losses = [
                each
                for each in alterations
                if isinstance(each, CopyNumberChange) and each.state is CopyNumberState.LOSS
            ]
            homozygous = [each for each in hits if is_homozygous(each)]
            if homozygous:
                return [homozygous[0]]
            if hits and losses:
                return [hits[0], losses[0]]
            for first, second in combinations(hits, 2):
                if phase(first, second) == "trans":
                    return [first, second]
        return []

    def _is_certain(self, biomarker: Biomarker, alteration: Alteration) -> bool:
        match = covers(biomarker, alteration, self._definitions)
        return match is not None and match.doubt is None and self._coverage.doubt(alteration) is None

    def _with_phase(self, biomarker: Biomarker, found: BiomarkerStatus) -> BiomarkerStatus:
        """The status with a caution that tells the phase, where it matters and the other biomarker is there too."""
        if biomarker.phase_with is None:
            return found
        other = self.status(biomarker.phase_with)
        if other.status is not Status.PRESENT:
            return found
        phases = {
            phase(mine, its)
            for mine in found.alterations
            for its in other.alterations
            if isinstance(mine, SmallVariant) and isinstance(its, SmallVariant)
        }
        told = next(iter(phases)) if len(phases) == 1 else None
        what = listed(found.alterations)
        if told:
            return replace(
                found, caution=text("status", "in phase", what=what, phase=text("status", told), label=other.label)
            )
        return replace(found, caution=text("status", "phase unknown", what=what, label=other.label))

    def _not_found(self, biomarker: Biomarker) -> BiomarkerStatus:
        """Absent only where an assay looked at every gene for every kind of alteration that could make it present."""
        if biomarker.kind == "reversion":
            return _told(biomarker, Status.NOT_TESTED, text("status", "reversion"))
        kinds = kinds_needed(biomarker)
        looked: list[Tested] = []
        missing: list[str] = []
        for gene in biomarker.genes:
            for kind in kinds:
                tested = self._coverage.tested(gene, kind, self._spot(biomarker, gene))
                if biomarker.origin == "germline" and not tested.germline:
                    missing.append(text("status", "in the germline", gene=gene))
                elif tested.names:
                    looked.append(tested)
                else:
                    missing.append(_looked_for(gene, kind))
        if not looked:
            if kinds == (ISOFORM,):
                because = text("status", "needs RNA", label=biomarker_name(biomarker))
                return _told(biomarker, Status.NOT_TESTED, because)
            return _told(biomarker, Status.NOT_TESTED, text("status", "no assay", what=joined(missing, "both")))
        assays = tuple(sorted({name for tested in looked for name in tested.names}))
        by = joined(assays, "list")
        if missing:
            because = text("status", "partly looked", assays=by, what=joined(missing, "both"))
            return _told(biomarker, Status.EQUIVOCAL, because, assays=assays)
        reasons = _reasons(looked)
        if reasons:
            because = text("status", "not found, unsure", assays=by, reasons=joined(reasons, "sentences"))
            return _told(biomarker, Status.EQUIVOCAL, because, assays=assays)
        return _told(biomarker, Status.ABSENT, text("status", "not found", assays=by), assays=assays)

    def _spot(self, biomarker: Biomarker, gene: str) -> Spot:
        """The part of the gene that the biomarker is about; worked out only where an assay looks at a part of it."""
        if gene not in self._restricted or biomarker.kind not in _OF_A_SPOT:
            return WHOLE_GENE
        first, last = biomarker.codon_first, biomarker.codon_last
        codons = frozenset(biomarker.codons)
        if not codons and first is not None and last is not None:
            codons = frozenset(range(first, last + 1))
        exons = biomarker.exons
        if codons and not exons:
            exons = tuple(
                exon.number
                for exon in self._definitions.exons(gene)
                if exon.codon_first <= max(codons) and min(codons) <= exon.codon_last
            )
        return Spot(codons, exons)

    def _wild_type(self, biomarker: Biomarker) -> BiomarkerStatus:
        """Wild type holds only where the gene was tested and no alteration was found that could defeat it."""
        if biomarker.id.endswith(":NOSENS"):
            sensitizing = f"{biomarker.genes[0]}:ACTMUT"
            return _inverse(biomarker, self.status(sensitizing))
        stated = self._stated_gene_status(biomarker)
        if stated is not None and stated.status is Status.ABSENT:
            return stated
        kind = FUSION if "FISH" in (biomarker.wild_type_rule or "") or biomarker.id in _FUSION_DRIVEN else SMALL_VARIANT
        against = [
            alteration
            for gene in biomarker.genes
            for alteration in self._by_gene.get(gene, ())
            if defeats_wild_type(alteration)
        ]
        doubtful = [each for each in against if self._is_uncertain(each) and not is_at_named_codon(biomarker, each)]
        against = [each for each in against if not (is_filtered(each) and each in doubtful)]
        certain = [each for each in against if not is_filtered(each) and each not in doubtful]
        if stated is not None and not certain:
            return stated
        if stated is not None:
            because = text("status", "found, disagree", stated=stated.because, what=listed(certain))
            return _told(biomarker, Status.EQUIVOCAL, because, None, (*stated.alterations, *certain))
        if certain:
            return _told(biomarker, Status.ABSENT, _seen("found", certain), None, tuple(certain))
        if against:
            doubts = {self._coverage.doubt(each) or _of_unknown_significance(each) for each in against}
            because = joined(sorted(doubts), "sentences")
            return _told(biomarker, Status.EQUIVOCAL, because, None, tuple(against))
        kinds = (kind,) if kind == SMALL_VARIANT else (SMALL_VARIANT, FUSION)
        tested = [
            (gene, kind, self._coverage.tested(gene, kind, self._spot(biomarker, gene)))
            for gene in biomarker.genes
            for kind in kinds
        ]
        missing = sorted({_looked_for(gene, kind) for gene, kind, found in tested if not found.names})
        assays = tuple(sorted({name for _, _, found in tested for name in found.names}))
        if missing:
            return _told(biomarker, Status.NOT_TESTED, text("status", "no assay", what=joined(missing, "both")))
        by, reasons = joined(assays, "list"), _reasons(found for _, _, found in tested)
        if reasons:
            because = text("status", "nothing found, unsure", assays=by, reasons=joined(reasons, "sentences"))
            return _told(biomarker, Status.EQUIVOCAL, because, assays=assays)
        return _told(biomarker, Status.PRESENT, text("status", "no alteration found", assays=by), assays=assays)

    def _stated_gene_status(self, biomarker: Biomarker) -> BiomarkerStatus | None:
        """What the patient file says of the genes outright (`KRAS: wild type`), where it speaks of all of them."""
        about = [value for value in self._measures if value.is_of_sequence]
        if biomarker.id in _FUSION_DRIVEN:
            about = [value for value in about if not _of_small_variants(value)]
        said = {gene: [v for v in about if v.marker.upper() == gene] for gene in biomarker.genes}
        found = [value for each in said.values() for value in each]
        values = tuple(dict.fromkeys(value.source for value in found))
        if any(value.word == "mutated" for value in found):
            return _told(biomarker, Status.ABSENT, _seen("reported", values), None, values)
        if found and all(said.values()):
            reported = _seen("reported", values)
            return _told(biomarker, Status.PRESENT, reported, Closeness.GENE, values)
        either = tuple(value.source for value in about if value.marker.upper() == FAMILY)
        if either and OF_FAMILY.issuperset(biomarker.genes):
            because = text("status", "does not decide", what=listed(either), label=biomarker_name(biomarker))
            return _told(biomarker, Status.EQUIVOCAL, because, None, either)
        return self._denied_fusion(biomarker) if biomarker.id in _FUSION_DRIVEN else None

    def _denied_fusion(self, biomarker: Biomarker) -> BiomarkerStatus | None:
        """What the patient file says of a gene's rearrangement (`ALK fusion: not detected`)."""
        names = {f"{gene} FUSION" for gene in biomarker.genes}
        about = [value for value in self._measures if value.marker.upper() in names]
        verdicts = {polarity(value) for value in about}
        if len(verdicts) != 1 or None in verdicts:
            return None
        values = tuple(value.source for value in about)
        status = Status.ABSENT if True in verdicts else Status.PRESENT
        return _told(biomarker, status, _seen("reported", values), Closeness.GENE, values)

    def _is_uncertain(self, alteration: Alteration) -> bool:
        """Whether no biomarker of the gene covers the alteration for certain, and the input does not classify it."""
        if not isinstance(alteration, SmallVariant):
            return False
        if alteration.significance in {"pathogenic", "likely pathogenic", "oncogenic", "likely oncogenic"}:
            return False
        for biomarker in self._definitions.biomarkers_of_gene(alteration.gene):
            match = covers(biomarker, alteration, self._definitions) if biomarker.kind != "wild type" else None
            if match is not None and match.doubt is None:
                return False
        return True


_KINDS_NEEDED: dict[str, tuple[str, ...]] = {
    "amplification": (COPY_NUMBER,),
    "gain": (COPY_NUMBER,),
    "loss": (COPY_NUMBER,),
    "homozygous deletion": (COPY_NUMBER,),
    "loss of function": (SMALL_VARIANT, COPY_NUMBER),
    "fusion": (FUSION,),
    "promoter": (PROMOTER,),
}

_OF_A_SPOT = frozenset({"protein change", "codon", "exon and class", "isoform", "wild type"})
"""Kinds of biomarker that may be about a part of their gene."""


def kinds_needed(biomarker: Biomarker) -> tuple[str, ...]:
    """The kinds of result that must have been looked at before a biomarker is absent.

    Exon skipping (MET exon 14) is sought in DNA by its splice sites; an isoform without exons (AR-V7) needs RNA.
    """
    if biomarker.kind == "isoform" and not (biomarker.exons and "splice" in biomarker.classes):
        return (ISOFORM,)
    return _KINDS_NEEDED.get(biomarker.kind, (SMALL_VARIANT,))


def _reasons(tested: Iterable[Tested]) -> list[str]:
    """Why the assays cannot rule something out; none when for each gene and kind one of them can."""
    return sorted({reason for found in tested if not found.by for _, reason in found.unsure})


def is_filtered(alteration: Alteration) -> bool:
    """Whether the caller took the call out: it counts only where it would settle a biomarker, and then as a doubt."""
    return isinstance(alteration, SmallVariant) and alteration.filtered is not None


def is_homozygous(variant: SmallVariant) -> bool:
    """Whether the input states that both alleles carry the variant (`homozygous`, `hom`, `LOH`, `hemizygous`)."""
    words = (variant.zygosity or "").lower()
    return words.startswith(("hom", "hemi")) or "loh" in words


def phase(one: SmallVariant, other: SmallVariant) -> str | None:
    """`cis` or `trans` where a caller phased both variants in the same set or a report states it, else None.

    >>> from kb.alteration import Place
    >>> first, second = (SmallVariant("EGFR", Place("v"), haplotype=f"55241707|{n}") for n in (0, 1))
    >>> phase(first, second)
    'trans'
    """
    for mine, its in ((one, other), (other, one)):
        word, _, named = (mine.haplotype or "").partition(" with ")
        if word in {"cis", "trans"} and named and named.lower().endswith(its.label.partition(" ")[2].lower()):
            return word
    if one.sample != other.sample or not one.haplotype or not other.haplotype:
        return None
    (mine_set, mine_bar, mine_number), (its_set, its_bar, its_number) = (
        each.haplotype.rpartition("|") if each.haplotype else ("", "", "") for each in (one, other)
    )
    if not mine_bar or not its_bar or mine_set != its_set:
        return None
    return "cis" if mine_number == its_number else "trans"


def _of_small_variants(value: Measure) -> bool:
    """Whether a value of a gene's sequence is of its small variants alone (`ALK mutation: not detected`)."""
    return value.source.marker.lower().rstrip("s").endswith((" mutation", " variant"))


_FUSION_DRIVEN = frozenset({"ALK:NOALT", "ROS1:NOALT"})


def genes_of(alteration: Alteration) -> tuple[str, ...]:
    """The genes that an alteration is in; none for a measured marker."""
    if isinstance(alteration, MarkerValue):
        return ()
    if isinstance(alteration, (SmallVariant, CopyNumberChange)):
        return (alteration.gene,)
    return tuple(dict.fromkeys(alteration.genes))


def is_named(biomarker: Biomarker, value: Measure) -> bool:
    """Whether the patient file states this very biomarker by its label or id (`AR-V7: detected`).

    A result of a whole protein (`AR IHC: positive`) says nothing of one of its isoforms.
    """
    known = names(biomarker.id, biomarker.label)
    return value.source.marker.strip().lower() in known or (
        biomarker.kind == "isoform" and value.marker.lower() in {*known, _short_name(biomarker.label)}
    )


def _short_name(label: str) -> str:
    """What a report calls an isoform, in lower case: its label without what may go unsaid.

    >>> [_short_name(label) for label in ("AR-V7 splice variant", "EGFRvIII (exon 2-7 deletion)")]
    ['ar-v7', 'egfrviii']
    >>> _short_name("MET exon 14 skipping")
    'met exon 14'
    """
    return re.sub(r"(?: splice variant| skipping| \([^()]*\))+$", "", label.lower())


def defeats_wild_type(alteration: Alteration) -> bool:
    """Whether a gene with the alteration may not be wild type."""
    if isinstance(alteration, SmallVariant):
        if alteration.significance in {"benign", "likely benign"} or alteration.origin is Origin.GERMLINE:
            return False
        return may_change_protein(alteration)
    return not isinstance(alteration, CopyNumberChange)


def is_at_named_codon(biomarker: Biomarker, alteration: Alteration) -> bool:
    """Whether the alteration is a substitution, of no stated significance, at a codon that the wild type is defined by.

    RAS is mutated by a substitution at one of its codons, whether or not anybody has classified that very one.
    """
    if not isinstance(alteration, SmallVariant) or alteration.protein is None or alteration.significance is not None:
        return False
    return alteration.protein.first in biomarker.codons and consequence_class(alteration) == "missense"


def _her2_by_sequencing(
    biomarker: Biomarker, verdict: bool | None, amplified: tuple[Alteration, ...], values: tuple[Alteration, ...]
) -> BiomarkerStatus:
    """HER2 status where sequencing shows an ERBB2 amplification: it supports breast criteria, overrules no test."""
    shown = listed((*values, *amplified))
    found = _seen("found", (*values, *amplified))
    wanted = biomarker.id != "HER2:NEG"
    if verdict is not None and verdict == wanted:
        status = Status.PRESENT if verdict else Status.ABSENT
        closeness = Closeness.EXACT if verdict else None
        return _told(
            biomarker,
            status,
            _seen("reported", (*values, *amplified)),
            closeness,
            (*values, *amplified),
            verdict,
        )
    if values:
        because = text("status", "sequencing disagrees", what=shown)
        return _told(biomarker, Status.EQUIVOCAL, because, None, (*values, *amplified))
    if biomarker.id == "HER2:NEG":
        return _told(biomarker, Status.ABSENT, found, None, amplified)
    if biomarker.id == "HER2:POS_GASTRIC":
        return _told(biomarker, Status.EQUIVOCAL, text("status", "gastric criteria", what=shown), None, amplified)
    caution = text("status", "called by sequencing", what=shown)
    return BiomarkerStatus(
        biomarker.id,
        biomarker_name(biomarker),
        Status.PRESENT,
        found,
        Closeness.EXACT,
        amplified,
        caution=caution,
        genomic=True,
    )


def _told(
    biomarker: Biomarker,
    status: Status,
    because: str,
    closeness: Closeness | None = None,
    alterations: tuple[Alteration, ...] = (),
    genomic: bool = False,
    assays: tuple[str, ...] = (),
) -> BiomarkerStatus:
    return BiomarkerStatus(
        biomarker.id, biomarker_name(biomarker), status, because, closeness, alterations, assays, genomic=genomic
    )


_OPPOSITE = {Status.PRESENT: Status.ABSENT, Status.ABSENT: Status.PRESENT}


def _inverse(biomarker: Biomarker, other: BiomarkerStatus) -> BiomarkerStatus:
    """A negative biomarker from the status of what it negates."""
    status = _OPPOSITE.get(other.status, other.status)
    return BiomarkerStatus(
        biomarker.id,
        biomarker_name(biomarker),
        status,
        other.because,
        None,
        other.alterations,
        other.assays,
        parts=(other,),
    )


def _negate(part: BiomarkerStatus) -> BiomarkerStatus:
    status = _OPPOSITE.get(part.status, part.status)
    return BiomarkerStatus(
        f"NOT {part.id}",
        text("status", "no", label=part.label),
        status,
        part.because,
        None,
        part.alterations,
        part.assays,
        parts=(part,),
    )


def _all_of(parts: tuple[BiomarkerStatus, ...]) -> BiomarkerStatus:
    """All must be present; one absent decides."""
    decisive = [part for part in parts if part.status is Status.ABSENT]
    if decisive:
        return _whole(parts, " AND ", Status.ABSENT, decisive)
    open_ones = [part for part in parts if part.status is not Status.PRESENT]
    if not open_ones:
        return _whole(parts, " AND ", Status.PRESENT, list(parts))
    return _whole(parts, " AND ", _open_status(open_ones), open_ones)


def _any_of(parts: tuple[BiomarkerStatus, ...]) -> BiomarkerStatus:
    """One present decides; absent only when all are."""
    decisive = [part for part in parts if part.status is Status.PRESENT]
    if decisive:
        return _whole(parts, " OR ", Status.PRESENT, decisive)
    open_ones = [part for part in parts if part.status is not Status.ABSENT]
    if not open_ones:
        return _whole(parts, " OR ", Status.ABSENT, list(parts))
    return _whole(parts, " OR ", _open_status(open_ones), open_ones)


def _open_status(parts: list[BiomarkerStatus]) -> Status:
    equivocal = any(part.status is Status.EQUIVOCAL for part in parts)
    return Status.EQUIVOCAL if equivocal else Status.NOT_TESTED


def _whole(
    parts: tuple[BiomarkerStatus, ...], word: str, status: Status, deciding: list[BiomarkerStatus]
) -> BiomarkerStatus:
    """The status of a composite, told by the parts that decided it."""
    grades = [part.closeness for part in deciding if part.closeness is not None]
    pick = max if word == " AND " else min
    shown = deciding if status is Status.PRESENT else parts
    alterations = tuple(dict.fromkeys(alteration for part in deciding for alteration in part.alterations))
    return BiomarkerStatus(
        word.join(_bracketed(part, word) for part in parts),
        _joined((part.label for part in shown), "and" if word == " AND " else "or"),
        status,
        _joined((part.because for part in deciding), "sentences"),
        pick(grades) if grades else None,
        alterations,
        tuple(dict.fromkeys(name for part in deciding for name in part.assays)),
        _joined((part.caution for part in deciding if part.caution), "sentences") or None,
        parts,
        status is Status.PRESENT and any(part.genomic for part in deciding),
    )


def _bracketed(part: BiomarkerStatus, word: str) -> str:
    return f"({part.id})" if " OR " in part.id and word == " AND " else part.id


def _joined(texts: Iterable[str], by: str) -> str:
    return joined(dict.fromkeys(texts), by)


def _seen(how: str, alterations: Iterable[Alteration]) -> str:
    """That alterations were found, or reported, in the number that they have."""
    every = {each.label: each for each in alterations}
    return text("status", how if len(every) == 1 else f"{how}, several", what=listed(every.values()))


def _looked_for(gene: str, kind: str) -> str:
    return text("status", "gene for", gene=gene, kind=text("status", kind))


def _of_unknown_significance(alteration: Alteration) -> str:
    return text("status", "unknown significance", label=alteration_name(alteration))
