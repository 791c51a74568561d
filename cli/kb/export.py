"""`mtb-match kb export`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.kb.options import Kb, Out, checked_kinds, working

FORMATS = ("turtle", "trig", "nquads", "jsonld", "va-spec")


def export(
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")],
    kb: Kb = None,
    out: Out = None,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="Only items of this kind; may be repeated.")] = None,
) -> None:
    """Write the graph for others: RDF, or the evidence as GA4GH VA-Spec statements."""
    from cli.output import write
    from kb.export import EXPORTS
    from kb.store import open_starter, open_store
    from kb.terms import KINDS

    if form not in FORMATS:
        raise typer.BadParameter(f"{form!r} is not one of {', '.join(FORMATS)}", param_hint="--format")
    if str(kb).startswith("sparql+"):
        raise typer.BadParameter("an endpoint is not exported: name a store folder", param_hint="--kb")
    kinds = checked_kinds(kind, ("evidence",) if form == "va-spec" else KINDS)
    with working("writing"):
        exported = EXPORTS[form](open_starter() if kb is None else open_store(Path(kb)), kinds)
    write(exported.text, out)
    for note in exported.notes:
        print(f"note: {note}", file=sys.stderr)
