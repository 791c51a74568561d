"""`mtb-match kb diff`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.kb.options import Out, checked_kinds, working

if TYPE_CHECKING:
    from kb.diff import Diff

FORMATS = ("text", "json", "tsv", "markdown")
STARTER = "starter"


def diff(
    old: Annotated[str, typer.Argument(metavar="RELEASE", help="A store folder, or the word starter.")],
    new: Annotated[str, typer.Argument(metavar="RELEASE", help="The release to compare it with, likewise.")],
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "text",
    out: Out = None,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="Only items of this kind; may be repeated.")] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=0, help="Show the first N changes, and how many more.")
    ] = None,
) -> None:
    """Compare two releases item by item: added, removed and changed, with old and new values."""
    from cli.output import write
    from kb.diff import KINDS
    from kb.diff import diff as compare
    from kb.store import open_starter, open_store

    if form not in FORMATS:
        raise typer.BadParameter(f"{form!r} is not one of {', '.join(FORMATS)}", param_hint="--format")
    kinds = checked_kinds(kind, KINDS)
    with working("comparing"):
        stores = [open_starter() if name == STARTER else open_store(Path(name)) for name in (old, new)]
        found = compare(*stores)
    write(_rendered(found.of_kinds(kinds) if kinds else found, form, limit), out)


def _rendered(found: "Diff", form: str, limit: int | None) -> str:
    if form == "json":
        import json

        return json.dumps(found.as_json(limit), indent=1, ensure_ascii=False) + "\n"
    from kb.diff_views import VIEWS

    return VIEWS[form](found, limit)
