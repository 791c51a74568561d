"""Alterations across foci, blood and dates as a document, and as plain structures for JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from matcher.biomarker_status import Status
from matcher.lesions import Spread, name_of, reconciled, thresholds
from matcher.names import alteration_name
from matcher.phrases import in_language, joined, say
from matcher.report.as_json import opening
from matcher.report.document import Document, Section, Table
from matcher.report.rows import known_line, patient_line
from matcher.wording import words
from rules.wording import Wording

if TYPE_CHECKING:
    from matcher.case import Matched
    from matcher.lesions import Cell, Classified, Focal, Lesions, Looked, Row

SCHEMA = "mtb-match-lesions/1"

LETTERS = {"amplification": "AMP", "gain": "GAIN", "loss": "LOSS", "homozygous deletion": "DEL"}
"""Copy-number changes as a cell names them."""

SIGNS = {Status.PRESENT: "+", Status.ABSENT: "-", Status.EQUIVOCAL: "?", Status.NOT_TESTED: "·"}
"""What stands in a cell without a number."""

MOST_ROWS = 25
"""So many alterations the main answer shows; JSON and `mtb-match lesions` have all."""

AGAINST, SUBCLONAL = "(R)", "↓"
"""Behind an alteration that speaks against a regimen, and behind an allele fraction that is subclonal."""


def lesions_document(found: Lesions, matched: Matched, lang: str = "en") -> Document:
    """The samples, the alterations by sample, the biomarkers that differ, HER2 by focus, and what the words mean."""
    told = _Telling(found, matched, lang)
    sections = (told.samples(), told.alterations(), told.biomarkers(), told.her2(), told.definitions(), told.notes())
    return Document(
        told.say("title", patient=matched.patient.id),
        tuple(told.summary()),
        (patient_line(matched, told.wording), known_line(matched, lang)),
        tuple(section for section in sections if section is not None),
        say("report", "disclaimer", lang),
        lang,
    )


def lesions_section(matched: Matched, lang: str = "en") -> Section | None:
    """The alterations by sample as a part of a patient's main answer; None with fewer than two samples of the tumor.

    Its lines say what differs; of many alterations, those that bear on an option come first and the others are counted.
    """
    found = reconciled(matched)
    if len(found.samples) < 2 or not found.rows:
        return None
    shown = replace(found, rows=found.foremost(MOST_ROWS))
    told = _Telling(shown, matched, lang)
    section = told.alterations()
    if section is None:
        return None
    hidden = len(found.rows) - len(shown.rows)
    more = (told.say("key hidden", count=hidden),) if hidden else ()
    return section._replace(lines=(*told.conflicts(), *section.lines, *more))


class _Telling:
    """One reconciliation in its language."""

    def __init__(self, found: Lesions, matched: Matched, lang: str) -> None:
        self.found, self.matched, self.lang = found, matched, lang
        self.wording = Wording(matched.rules, lang, words(matched.case, lang))

    def notes(self) -> Section | None:
        """What of the input was not used or is in doubt: a purity that is no number decides what is subclonal."""
        told = tuple(note.told(self.lang) for note in self.matched.notes)
        return Section(say("report", "Notes", self.lang), told) if told else None

    def say(self, key: str, **values: str | int | float) -> str:
        return say("lesions", key, self.lang, **values)

    def listed(self, texts: list[str]) -> str:
        return in_language(joined(texts, "list"), self.lang) if texts else "-"

    def summary(self) -> Iterator[str]:
        """How many alterations are of which class, and what differs between the foci."""
        rows = self.found.rows
        if not self.found.samples:
            yield self.say("no sample")
            return
        if not rows:
            yield self.say("no alteration", samples=len(self.found.samples))
        for where in Spread:
            labels = [in_language(row.label, self.lang) for row in rows if row.classified.where is where]
            if labels:
                yield self.say("of class", where=self.say(where.value), labels=self.listed(labels))
        yield from self.conflicts()
        if self.found.of_no_sample:
            labels = [in_language(each, self.lang) for each in self.found.of_no_sample]
            yield self.say("of no sample", labels=self.listed(labels))
        if self.found.left_out:
            key = "left out one" if self.found.left_out == 1 else "left out"
            yield self.say(key, count=self.found.left_out)

    def conflicts(self) -> Iterator[str]:
        """HER2 that differs, and resistance that only some foci have."""
        held = {status: [each.sample.id for each in self.found.her2 if each.status == status] for status in _HELD}
        if all(held.values()):
            yield self.say(
                "HER2 differs", positive=self.listed(held["positive"]), negative=self.listed(held["negative"])
            )
        for row in self.found.rows:
            key = _IN_PART.get(row.classified.where)
            if row.against and key is not None:
                yield self.say(key, label=in_language(row.label, self.lang), **self.places(row.classified))

    def places(self, place: Classified) -> dict[str, str]:
        """The samples that have it and those that lack it, with their dates."""
        found, lacking = ([name_of(each) for each in side] for side in (place.found, place.lacking))
        return {"found": self.listed(found), "lacking": self.listed(lacking)}

    def samples(self) -> Section | None:
        """The samples in the order of their dates."""
        if not self.found.samples:
            return None
        rows = tuple(
            (
                each.id,
                self.say(_kind(each)),
                each.site or "-",
                each.date or self.say("no date"),
                "-" if each.purity is None else f"{each.purity:.0%}",
                each.assay or self.say("no assay"),
            )
            for each in self.found.samples
        )
        headings = tuple(self.say(f"heading {key}") for key in ("sample", "kind", "site", "date", "purity", "assay"))
        return Section(self.say("samples"), table=Table(headings, rows))

    def alterations(self) -> Section | None:
        """The matrix: what each sample shows of each alteration."""
        if not self.found.rows:
            return None
        headings = (
            self.say("heading alteration"),
            *(name_of(each) for each in self.found.samples),
            self.say("heading class"),
        )
        rows = tuple(
            (self.named(row), *(self.cell(cell) for cell in row.cells), self.classed(row)) for row in self.found.rows
        )
        return Section(self.say("alterations"), (self.say("legend"),), Table(headings, rows))

    def named(self, row: Row) -> str:
        return in_language(row.label, self.lang) + (f" {AGAINST}" if row.against else "")

    def classed(self, row: Row) -> str:
        where = self.say(row.classified.where.value)
        return self.say("and subclonal", where=where) if row.subclonal else where

    def cell(self, cell: Cell) -> str:
        """One cell in a few signs: allele fraction, copies, or whether it was found."""
        return cell_text(cell)

    def biomarkers(self) -> Section | None:
        """The biomarkers that decide something and differ between samples."""
        rows = [
            (
                in_language(each.label, self.lang),
                *(SIGNS[status] for status in each.shown),
                self.say(each.classified.where.value),
            )
            for each in self.found.biomarkers
            if each.differs
        ]
        if not rows:
            return None
        headings = (
            self.say("heading biomarker"),
            *(name_of(each) for each in self.found.samples),
            self.say("heading class"),
        )
        return Section(self.say("biomarkers"), (self.say("biomarkers differ"),), Table(headings, tuple(rows)))

    def her2(self) -> Section | None:
        """HER2 by sample, where any sample tells of it."""
        if all(each.status == "not tested" for each in self.found.her2):
            return None
        rows = tuple(
            (
                name_of(each.sample),
                self.wording.value("her2_focus", "status", each.status),
                in_language(each.because, self.lang),
            )
            for each in self.found.her2
        )
        headings = tuple(self.say(f"heading {key}") for key in ("sample", "HER2", "because"))
        return Section(self.say("HER2 by focus"), table=Table(headings, rows))

    def definitions(self) -> Section:
        """What the classes mean, and when an alteration counts as subclonal."""
        limits = thresholds()
        lines = [self.say(f"means {each.value}") for each in Spread]
        lines.append(self.say("means blood"))
        lines.append(self.say("means one time", days=limits.one_time_days))
        lines.append(self.say("means subclonal", below=f"{limits.below:.0%}"))
        return Section(self.say("definitions"), tuple(lines), folded=True)


_HELD = ("positive", "negative")
_IN_PART = {Spread.PRIVATE: "resistance in part", Spread.CLEARED: "resistance no more"}


def cell_text(cell: Cell) -> str:
    """One cell in a few signs.

    >>> from matcher.lesions import Cell
    >>> cell_text(Cell(Status.PRESENT, "", vaf=0.05, subclonal=True)), cell_text(Cell(Status.ABSENT, ""))
    ('5%↓', '-')
    """
    sign = SIGNS[cell.status]
    if cell.vaf is not None:
        shown = f"{cell.vaf:.1%}" if cell.vaf < 0.01 else f"{cell.vaf:.0%}"
        shown += SUBCLONAL if cell.subclonal else ""
    elif cell.state is not None:
        shown = LETTERS.get(cell.state, cell.state) + (f" {cell.copies:g}" if cell.copies is not None else "")
    else:
        return sign
    return shown if cell.status is Status.PRESENT else f"{shown} {sign}"


def lesions_structure(found: Lesions, matched: Matched, lang: str = "en") -> dict[str, Any]:
    """The whole answer as plain structures, version `mtb-match-lesions/1`: fields may be added, never renamed."""
    return {**opening(SCHEMA, matched), "lang": lang, **lesions_part(found, lang), "thresholds": thresholds()._asdict(),
            "notes": [note.as_texts() for note in matched.notes]}  # fmt: skip


def lesions_part(found: Lesions, lang: str = "en") -> dict[str, Any]:
    """Samples, alterations by sample, biomarkers that decide something, and HER2 by focus."""
    return {
        "samples": [_sample(each) for each in found.samples],
        "alterations": [_row(each, found.samples, lang) for each in found.rows],
        "biomarkers": [_focal(each, found.samples, lang) for each in found.biomarkers],
        "her2": [
            {"sample": each.sample.id, "status": each.status, "because": in_language(each.because, lang)}
            for each in found.her2
        ],
        "of_no_sample": [in_language(each, lang) for each in found.of_no_sample],
        "left_out": found.left_out,
    }


def _sample(sample: Looked) -> dict[str, Any]:
    told = sample._asdict()
    told.pop("is_known")
    told["kind"] = "ctDNA" if sample.is_blood else _kind(sample)
    return told


def _kind(sample: Looked) -> str:
    return "unknown" if not sample.is_known else "blood" if sample.is_blood else "tissue"


def _place(place: Classified) -> dict[str, Any]:
    return {
        "class": place.where.value,
        "found": [each.id for each in place.found],
        "lacking": [each.id for each in place.lacking],
        "same_focus": place.same_focus,
    }


def _row(row: Row, samples: tuple[Looked, ...], lang: str) -> dict[str, Any]:
    return {
        "label": in_language(row.label, lang),
        "kind": row.kind,
        "gene": row.gene,
        **_place(row.classified),
        "subclonal": row.subclonal,
        "against": list(row.against),
        "decides": list(row.decides),
        "cells": [{"sample": sample.id, **_cell(cell, lang)} for sample, cell in zip(samples, row.cells, strict=True)],
    }


def _cell(cell: Cell, lang: str) -> dict[str, Any]:
    told = cell._asdict()
    rounded = {key: round(told[key], 4) for key in ("fraction", "share") if told[key] is not None}
    return {**told, **rounded, "status": cell.status.value, "because": in_language(cell.because, lang)}


def _focal(focal: Focal, samples: tuple[Looked, ...], lang: str) -> dict[str, Any]:
    seen = zip(samples, focal.statuses, focal.shown, strict=True)
    return {
        "id": focal.id,
        "label": in_language(focal.label, lang),
        **_place(focal.classified),
        "differs": focal.differs,
        "samples": [
            {
                "sample": sample.id,
                "status": alone.status.value,
                "shown": shown.value,
                "alterations": [in_language(alteration_name(each), lang) for each in alone.alterations],
            }
            for sample, alone, shown in seen
        ],
    }
