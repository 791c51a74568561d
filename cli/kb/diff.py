"""`mtb-match kb diff`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.curated import NONE, CountedOn, Curated, CurationFile, Include, curated
from cli.kb.options import Out, checked_kinds, working

if TYPE_CHECKING:
    from kb.diff import Diff
    from kb.graph import KnowledgeBase

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
    curation: CurationFile = None,
    include: Include = None,
    as_of: CountedOn = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Count curated items of this day (UTC) in the first release too.")
    ] = None,
) -> None:
    """Compare two releases item by item: added, removed and changed, with old and new values.

    With --curation the items of a journal count in the second one: `kb diff starter starter --curation FILE` shows what
    curators changed, with --since what they changed since a day.
    """
    from cli.output import write
    from kb.diff import KINDS
    from kb.diff import diff as compare

    if form not in FORMATS:
        raise typer.BadParameter(f"{form!r} is not one of {', '.join(FORMATS)}", param_hint="--format")
    kinds = checked_kinds(kind, KINDS)
    before, after = _counting(curation, include, as_of, since)
    with working("comparing"):
        found = compare(_release(old, before).embedded, _release(new, after).embedded)
    write(_rendered(found.of_kinds(kinds) if kinds else found, form, limit), out)


def _counting(
    curation: Path | None, include: str | None, as_of: str | None, since: str | None
) -> tuple[Curated, Curated]:
    """What of a journal counts in either release: a journal is named here, none is taken from the configuration."""
    if curation is None and (include or as_of or since):
        raise typer.BadParameter("name the journal whose items count", param_hint="--curation")
    asked = curated(curation or NONE, include, as_of)
    from cli.asking import day

    return asked._replace(day=day(since, "--since")) if since else Curated(NONE), asked


def _release(name: str, asked: Curated) -> "KnowledgeBase":
    """A release, with the curated items that count in it; NoStore for what is no folder."""
    from kb.store import open_store

    if name != STARTER:
        open_store(Path(name))
    return asked.knowledge(None if name == STARTER else name)


def _rendered(found: "Diff", form: str, limit: int | None) -> str:
    if form == "json":
        import json

        return json.dumps(found.as_json(limit), indent=1, ensure_ascii=False) + "\n"
    from kb.diff_views import VIEWS
    from matcher.report.hidden import written_out

    return written_out(VIEWS[form](found, limit))
