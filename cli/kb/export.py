"""`mtb-match kb export`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.kb.export_curated import export_curated
from cli.kb.options import CurationFile, Kb, Out, checked_kinds, working

FORMATS = ("turtle", "trig", "nquads", "jsonld", "va-spec")
CURATED = "curated"


def export(
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join((*FORMATS, CURATED))}.")],
    kb: Kb = None,
    out: Out = None,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="Only items of this kind; may be repeated.")] = None,
    curation: CurationFile = None,
) -> None:
    """Write the graph for others: RDF, the evidence as GA4GH VA-Spec statements, or the journal of curation.

    `curated` writes the journal's items and acts into the folder of --out as text for git, and adds to what is there.
    """
    from cli.output import write
    from kb.export import EXPORTS
    from kb.store import open_starter, open_store
    from kb.terms import KINDS

    if form == CURATED:
        export_curated(curation, out, {"--kb": kb, "--kind": kind})
        return
    if form not in FORMATS:
        raise typer.BadParameter(f"{form!r} is not one of {', '.join((*FORMATS, CURATED))}", param_hint="--format")
    if str(kb).startswith("sparql+"):
        raise typer.BadParameter("an endpoint is not exported: name a store folder", param_hint="--kb")
    kinds = checked_kinds(kind, ("evidence",) if form == "va-spec" else KINDS)
    with working("writing"):
        exported = EXPORTS[form](open_starter() if kb is None else open_store(Path(kb)), kinds)
    write(exported.text, out)
    for note in exported.notes:
        print(f"note: {note}", file=sys.stderr)
