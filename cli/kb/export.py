"""`mtb-match kb export`."""

import sys
from typing import Annotated

import typer

from cli.curated import CountedOn, CurationFile, Include, curated
from cli.kb.export_curated import export_curated
from cli.kb.options import Kb, Out, checked_kinds, working

FORMATS = ("turtle", "trig", "nquads", "jsonld", "va-spec")
CURATED = "curated"


def export(
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join((*FORMATS, CURATED))}.")],
    kb: Kb = None,
    out: Out = None,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="Only items of this kind; may be repeated.")] = None,
    curation: CurationFile = None,
    include: Include = None,
    as_of: CountedOn = None,
) -> None:
    """Write the graph for others: RDF, the evidence as GA4GH VA-Spec statements, or the journal of curation.

    `curated` writes the journal's items and acts into the folder of --out as text for git, and adds to what is there.
    """
    from cli.output import write
    from kb.export import EXPORTS
    from kb.terms import KINDS
    from matcher.curated import curation_line

    if form == CURATED:
        export_curated(curation, out, {"--kb": kb, "--kind": kind, "--include": include, "--as-of": as_of})
        return
    if form not in FORMATS:
        raise typer.BadParameter(f"{form!r} is not one of {', '.join((*FORMATS, CURATED))}", param_hint="--format")
    if str(kb).startswith("sparql+"):
        raise typer.BadParameter("an endpoint is not exported: name a store folder", param_hint="--kb")
    kinds = checked_kinds(kind, ("evidence",) if form == "va-spec" else KINDS)
    knowledge = curated(curation, include, as_of).knowledge(kb)
    with working("writing"):
        exported = EXPORTS[form](knowledge.embedded, kinds)
    write(exported.text, out)
    told = curation_line(knowledge, "en")
    for note in (*exported.notes, *([told] if told else [])):
        print(f"note: {note}", file=sys.stderr)
