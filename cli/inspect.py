"""`mtb-match inspect`."""

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.curated import CountedOn, CurationFile, Include, curated

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.inspection import Inspection
    from matcher.report.inspection import Asked

FORMATS = ("table", "json", "tsv")
ONLY = ("matched", "unmatched", "notes")


def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Whatever `mtb-match` reads.")],
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "table",
    out: Annotated[Path | None, typer.Option("--out", help="Write to this file instead of the terminal.")] = None,
    sample: Annotated[str | None, typer.Option("--sample", help="Only this sample's rows.")] = None,
    kb: Annotated[
        str | None,
        typer.Option("--kb", help="A store folder, or sparql+http://..., to use instead of the starter graph."),
    ] = None,
    only: Annotated[str | None, typer.Option("--only", help=f"Only rows that are one of: {', '.join(ONLY)}.")] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=0, help="Show the first N rows; a table shows 200 when not given.")
    ] = None,
    curation: CurationFile = None,
    include: Include = None,
    as_of: CountedOn = None,
) -> None:
    """Show what was understood of a file, row by row, and which biomarkers each alteration meets."""
    from cli.output import write_all
    from cli.piped import readable
    from matcher.inspection import SELECTIONS
    from matcher.inspection import inspect as inspected
    from matcher.report.inspection import Asked

    if form not in FORMATS:
        raise typer.BadParameter(f"{form!r} is not one of {', '.join(FORMATS)}", param_hint="--format")
    if only is not None and only not in ONLY:
        raise typer.BadParameter(f"{only!r} is not one of {', '.join(ONLY)}", param_hint="--only")
    knowledge = curated(curation, include, as_of).knowledge(kb)
    asked = Asked(SELECTIONS[only] if only else None, limit)
    found = inspected(readable(file), knowledge, sample)
    write_all(_rendered(found, asked, form, knowledge, is_shown=out is None and sys.stdout.isatty()), out)


def _rendered(
    found: "Inspection", asked: "Asked", form: str, knowledge: "KnowledgeBase", is_shown: bool
) -> Iterable[str]:
    if form == "table":
        from matcher.curated import curation_line
        from matcher.report.inspection_table import render

        width = shutil.get_terminal_size().columns if is_shown else None
        curated = curation_line(knowledge, "en")
        table = render(found, asked, width, is_shown and "NO_COLOR" not in os.environ)
        return (table, f"{curated}\n") if curated else (table,)
    from matcher.report.inspection import as_json, as_tsv

    return as_json(found, asked, knowledge) if form == "json" else as_tsv(found, asked)
