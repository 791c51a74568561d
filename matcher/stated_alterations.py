"""Alterations that a report states as markers (`EGFR L858R: detected`): read as the alterations that they name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kb.alteration import Alteration, MarkerValue
from kb.biomarker import covers
from kb.nomenclature.errors import UnreadableAlteration
from matcher.biomarker_status import is_named
from matcher.markers import STATED, measures, polarity
from matcher.names import alteration_name
from matcher.normalize import with_approved_genes
from matcher.notes import Note, Severity
from matcher.specimens import with_germline

if TYPE_CHECKING:
    from kb.biomarker import Biomarker
    from kb.graph import KnowledgeBase
    from matcher.patient import Sample

REMEDY = "none needed"


def with_stated_alterations(
    alterations: tuple[Alteration, ...], knowledge: KnowledgeBase, samples: Sequence[Sample] = ()
) -> tuple[tuple[Alteration, ...], tuple[Note, ...]]:
    """The alterations, with those among them that markers name and say were found; and notes that tell so.

    What follows from an alteration follows from it under either key of a patient file: broader biomarkers
    (`EGFR mutation`), other names of the same (a rearrangement is a fusion). The marker goes where every biomarker that
    it names is of such an alteration, and stays beside it where one is not, or only in doubt. What was not found
    stays a marker, and so does a name that is not understood as a whole. What is known already of the sample, or of any
    sample where the marker names none, is not there twice. Small variants in normal tissue, as `samples` tell, are of
    the germline.
    """
    markers = [each for each in alterations if isinstance(each, MarkerValue)]
    stated = {each: named for each in markers if (named := stated_alterations(each, knowledge))}
    if not stated:
        return alterations, ()
    found: list[Alteration] = []
    notes: list[Note] = []
    observed = [each for each in alterations if not isinstance(each, MarkerValue)]
    known = {(each.label, sample) for each in observed for sample in (each.sample, None)}
    for each in alterations:
        if not isinstance(each, MarkerValue) or each not in stated:
            found.append(each)
            continue
        new = [one for one in stated[each] if (one.label, one.sample) not in known]
        found += [] if _tell_all(stated[each], each, knowledge) else [each]
        found += with_germline(new, samples)
        if new:
            told = ", ".join(map(alteration_name, new))
            notes.append(Note(Severity.INFO, each.place, f"{each.label} is read as the alteration {told}", REMEDY))
    return tuple(found), tuple(notes)


def stated_alterations(value: MarkerValue, knowledge: KnowledgeBase) -> tuple[Alteration, ...]:
    """The alterations that a marker names, where it says that they were found; none for any other marker."""
    from kb.nomenclature.free_text import parse_all

    held = measures(value)
    if len(held) != 1 or not polarity(held[0]) or _is_of_a_scale(value, knowledge):
        return ()
    for text in _names(value, knowledge):
        try:
            read = parse_all(text, value.place, lambda symbol: knowledge.gene(symbol) is not None)
        except UnreadableAlteration:
            continue
        if not any(isinstance(one, MarkerValue) for one in read):
            approved = (with_approved_genes(one, {}, {}, knowledge) for one in read)
            return tuple(replace(one, sample=value.sample) for one in approved)
    return ()


def _is_of_a_scale(value: MarkerValue, knowledge: KnowledgeBase) -> bool:
    """Whether it is the value of a marker that is measured, or a star allele, which is no change of a protein."""
    from matcher.marker_reading import NAMES

    marker = measures(value)[0].marker
    return "*" in value.marker or marker in NAMES or marker in STATED or bool(knowledge.biomarkers_of_marker(marker))


def _names(value: MarkerValue, knowledge: KnowledgeBase) -> Iterator[str]:
    """What the marker is called, and what the biomarkers that have its name are called in full."""
    yield value.marker
    yield from (each.label for each in _named(value, knowledge))


def _named(value: MarkerValue, knowledge: KnowledgeBase) -> Iterator[Biomarker]:
    """The biomarkers that have the marker's name, in full or, where they are isoforms, in part (`MET exon 14`)."""
    yield from knowledge.biomarkers_named(value.marker)
    gene = knowledge.gene(value.marker.split()[0]) if value.marker.strip() else None
    of_gene = knowledge.biomarkers_of_gene(gene.symbol) if gene is not None else ()
    (measure,) = measures(value)
    yield from (each for each in of_gene if each.kind == "isoform" and is_named(each, measure))


def _tell_all(named: tuple[Alteration, ...], value: MarkerValue, knowledge: KnowledgeBase) -> bool:
    """Whether every biomarker that the marker names is of the alterations, beyond doubt."""
    matches = ([covers(each, one, knowledge) for one in named] for each in _named(value, knowledge))
    return all(any(match is not None and match.doubt is None for match in found) for found in matches)
