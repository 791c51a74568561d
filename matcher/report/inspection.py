"""An inspection of an input file as JSON (`mtb-match-inspect/1`), TSV and terminal table.

Each renderer walks once through the rows, keeps them in a temporary file (the table: those that it shows), and begins
to write when all were read: the head counts them, and a file that turns out to be unusable gives no output at all.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kb.alteration import Alteration, CopyNumberChange, Fusion, MarkerValue, Origin, SmallVariant
from kb.consequence import consequence_class
from matcher.curated import curation_structure
from matcher.inspection import GeneName, InspectedRow, Inspection, Met, Tally, Understood
from matcher.notes import Note
from matcher.readers.reading import named

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase

SCHEMA = "mtb-match-inspect/1"

HEADINGS = (
    "row", "sample", "kind", "alteration", "class", "exon", "coding", "origin", "vaf", "depth", "copies", "log_ratio",
    "gene", "biomarkers", "ruled_out", "why_not", "notes",
)  # fmt: skip
"""The columns of the TSV: one line for each alteration, and one for each row (or the file) that has notes only."""

TABLE_ROWS = 200
"""The rows of a table when no limit is given."""

MOST_BIOMARKERS = 6
"""The biomarkers of one alteration that the table names; JSON and TSV have all."""

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows are shown: those that `chosen` accepts, at most `limit` of them (None: all)."""

    chosen: Callable[[InspectedRow], bool] | None = None
    limit: int | None = None


def as_json(found: Inspection, asked: Asked, knowledge: KnowledgeBase) -> Iterator[str]:
    """JSON with one row a line."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as spool:
        shown = 0
        for row in _chosen(found.rows, asked):
            spool.write((",\n  " if shown else "\n  ") + _dumped(_row(row)))
            shown += 1
        head = {
            "schema": SCHEMA,
            "kb": {"release": knowledge.release, "digest": knowledge.digest},
            **curation_structure(knowledge),
            "file": _file(found),
            "summary": _summary(found.tally),
            "shown": shown,
        }
        yield "{\n" + "".join(f" {_dumped(key)}: {_dumped(value)},\n" for key, value in head.items()) + ' "rows": ['
        yield from _read_back(spool)
        yield "\n ]\n}\n" if shown else "]\n}\n"


def as_tsv(found: Inspection, asked: Asked) -> Iterator[str]:
    """The columns of HEADINGS; the notes on the file as a whole come last."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as spool:
        for row in _chosen(found.rows, asked):
            spool.writelines(_tsv_line(cells) for cells in _tsv_rows(row))
        yield "\t".join(HEADINGS) + "\n"
        yield from _read_back(spool)
        for note in found.notes:
            yield _tsv_line((str(note.where), "", "file", *([""] * (len(HEADINGS) - 4)), _note_text(note)))


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _read_back(spool: Any) -> Iterator[str]:
    spool.seek(0)
    while chunk := spool.read(_CHUNK):
        yield chunk


def _chosen(rows: Iterable[InspectedRow], asked: Asked) -> Iterator[InspectedRow]:
    """The rows to show; all are walked through, because all are counted."""
    shown = 0
    for row in rows:
        if (asked.chosen is None or asked.chosen(row)) and (asked.limit is None or shown < asked.limit):
            shown += 1
            yield row


def _file(found: Inspection) -> dict[str, Any]:
    tally = found.tally
    return {
        "name": found.file,
        "format": found.form,
        "told_by": found.told_by,
        "builds": sorted(tally.builds),
        "samples": list(tally.samples),
        "rows": tally.rows,
        "kinds": _counts(tally.kinds),
        "notes": [note.as_texts() for note in found.notes],
    }


def _summary(tally: Tally) -> dict[str, Any]:
    return {
        "understood": tally.understood,
        "without_alteration": tally.without_alteration,
        "with_notes": tally.noted,
        "matched": tally.matched,
        "in_doubt": tally.doubtful,
        "unmatched": tally.unmatched,
        "unknown_genes": _counts(tally.unknown_genes),
    }


def _counts(counted: Any) -> dict[str, int]:
    return {name: counted[name] for name in sorted(counted)}


def _row(row: InspectedRow) -> dict[str, Any]:
    return {
        "place": str(row.place),
        "file": row.place.file,
        "row": row.place.row,
        "sample": row.sample,
        "alterations": [_understood(each) for each in row.understood],
        "notes": [note.as_texts() for note in row.notes],
    }


def _understood(each: Understood) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "label": each.alteration.label,
        **_details(each.alteration),
        "genes": [{"written": gene.written, "approved": gene.approved} for gene in each.genes],
        "biomarkers": [
            {
                "id": met.id,
                "label": met.label,
                "closeness": met.closeness.label if met.closeness else None,
                "doubt": met.doubt,
                "caution": met.caution,
            }
            for met in each.met
        ],
        "ruled_out": list(each.ruled_out),
        "why_not": each.why_not,
    }


def _details(alteration: Alteration) -> dict[str, Any]:
    """What was read of an alteration, by its kind; None for what the file does not give."""
    if isinstance(alteration, SmallVariant):
        return {
            "protein": str(alteration.protein) if alteration.protein else None,
            "class": consequence_class(alteration),
            "consequences": list(alteration.consequences),
            "exon": alteration.exon,
            "coding": alteration.coding,
            "transcript": alteration.transcript,
            "genomic": str(alteration.genomic) if alteration.genomic else None,
            "build": alteration.genomic.build if alteration.genomic else None,
            "origin": alteration.origin.value,
            "vaf": alteration.vaf,
            "depth": alteration.depth,
            "zygosity": alteration.zygosity,
            "haplotype": alteration.haplotype,
            "significance": alteration.significance,
            "significance_source": alteration.significance_source,
        }
    if isinstance(alteration, CopyNumberChange):
        return {"state": alteration.state.value, "copies": alteration.copies, "log_ratio": alteration.log_ratio}
    if isinstance(alteration, Fusion):
        return {
            "five_prime": alteration.five_prime,
            "three_prime": alteration.three_prime,
            "oriented": alteration.oriented,
            "in_frame": alteration.in_frame,
            "five_prime_exon": alteration.five_prime_exon,
            "three_prime_exon": alteration.three_prime_exon,
            "reads": alteration.reads,
        }
    return {"marker": alteration.marker, "value": alteration.value}


def _tsv_rows(row: InspectedRow) -> Iterator[tuple[str, ...]]:
    start = (str(row.place), row.sample or "")
    notes = "; ".join(map(_note_text, row.notes))
    if not row.understood:
        yield (*start, "none", *([""] * (len(HEADINGS) - 4)), notes)
    for each in row.understood:
        one = _details(each.alteration)
        yield (
            *start,
            each.kind,
            each.alteration.label,
            *(
                "" if one.get(name) is None else str(one[name])
                for name in ("class", "exon", "coding", "origin", "vaf", "depth", "copies", "log_ratio")
            ),
            ", ".join(map(gene_text, each.genes)),
            "; ".join(map(met_text, each.met)),
            "; ".join(each.ruled_out),
            each.why_not or "",
            notes,
        )


def _tsv_line(cells: Iterable[str]) -> str:
    return "\t".join(" ".join(cell.split()) for cell in cells) + "\n"


def _note_text(note: Note) -> str:
    return f"{note.severity.value}: {note.message}; {note.remedy}"


def gene_text(gene: GeneName) -> str:
    """`KMT2D (written MLL2)`, or `NOPE (unknown)`.

    >>> gene_text(GeneName("MLL2", "KMT2D")), gene_text(GeneName("KRAS", "KRAS")), gene_text(GeneName("NOPE", None))
    ('KMT2D (written MLL2)', 'KRAS', 'NOPE (unknown)')
    """
    if gene.approved is None:
        return f"{gene.written} (unknown)"
    return gene.approved if gene.approved == gene.written else f"{gene.approved} (written {gene.written})"


def met_text(met: Met) -> str:
    """`BRAF V600E (exact)`, with the doubt or the caution after a colon."""
    closeness = met.closeness.label if met.closeness else ""
    if met.doubt is not None:
        return f"{met.label} ({', '.join(filter(None, (closeness, 'in doubt')))}: {met.doubt})"
    return f"{met.label} ({closeness or 'met'}{f': {met.caution}' if met.caution else ''})"


def read_text(each: Understood) -> str:
    """What was read beside the label, as a reader of the table wants it: class, exon, coding change, origin, reads."""
    return ", ".join(_parts(each.alteration))


def _parts(alteration: Alteration) -> Iterator[str]:
    if isinstance(alteration, SmallVariant):
        yield from _variant_parts(alteration)
    elif isinstance(alteration, CopyNumberChange):
        if alteration.copies is not None:
            yield f"{alteration.copies:g} copies"
        if alteration.log_ratio is not None:
            yield f"log2 ratio {alteration.log_ratio:g}"
    elif isinstance(alteration, Fusion):
        if not alteration.oriented:
            yield "5' partner not told"
        if alteration.in_frame is not None:
            yield "in frame" if alteration.in_frame else "out of frame"
        if alteration.reads is not None:
            yield f"{alteration.reads} reads"
    elif isinstance(alteration, MarkerValue):
        yield "marker"


def _variant_parts(variant: SmallVariant) -> Iterator[str]:
    yield consequence_class(variant) or "class not told"
    if variant.exon is not None:
        yield f"exon {variant.exon}"
    if variant.coding and variant.protein is not None:
        yield variant.coding
    if variant.origin is not Origin.UNKNOWN:
        yield variant.origin.value
    if variant.zygosity:
        yield variant.zygosity
    if variant.vaf is not None:
        yield f"VAF {variant.vaf:.3g}"
    if variant.depth is not None:
        yield f"depth {variant.depth}"
    if variant.significance:
        yield f"{variant.significance} ({variant.significance_source})"


def head_lines(found: Inspection) -> Iterator[str]:
    """The head of the table: format, build, samples, rows, kinds and the notes on the file as a whole."""
    tally = found.tally
    yield f"{found.file}: {found.form}, told by {found.told_by}"
    yield f"  genome build   {', '.join(sorted(tally.builds)) or 'not stated'}"
    samples = f"{len(tally.samples)}: {named(tally.samples)}" if tally.samples else "none named"
    yield f"  samples        {samples}"
    yield f"  rows           {tally.rows}"
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(tally.kinds.items()))
    yield f"  alterations    {kinds or 'none'}"
    for note in found.notes:
        yield f"  {note.severity.value}: {note}"


def summary_lines(tally: Tally) -> Iterator[str]:
    """The summary below the table."""
    yield (
        f"{tally.rows} rows: {tally.understood} understood, {tally.without_alteration} without an alteration; "
        f"{tally.noted} with notes"
    )
    yield (
        f"{tally.understood} understood: {tally.matched} match a biomarker, {tally.doubtful} in doubt only, "
        f"{tally.unmatched} match none"
    )
    if tally.unknown_genes:
        most = [name for name, _ in sorted(tally.unknown_genes.items(), key=lambda one: (-one[1], one[0]))]
        yield f"{len(most)} genes are not in the knowledge base: {named(most, 10)}"
