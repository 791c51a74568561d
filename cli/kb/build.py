"""`mtb-match kb build`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.curated import NONE, CountedOn, Curated, CurationFile, Include, curated

if TYPE_CHECKING:
    from kb.releases import Built
    from kb.store import Metadata


def build(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE=PATH...", help="Such as civic=DIR oncotree=FILE.")],
    out: Annotated[Path, typer.Option("--out", help="The folder for the new store; one that is there is replaced.")],
    validated: Annotated[bool, typer.Option("--validate/--no-validate", help="Check the release's shapes.")] = True,
    curation: CurationFile = None,
    include: Include = None,
    as_of: CountedOn = None,
) -> None:
    """Build a release from source files on top of the starter graph; `--kb STORE` then uses it.

    With --curation the items of a journal are in it, to hand it on; such a release takes no journal any more.
    """
    if curation is None and (include or as_of):
        raise typer.BadParameter("name the journal whose items count", param_hint="--curation")
    asked = curated(curation or NONE, include, as_of)
    built, about = _built(out, _named(sources), validated, asked)
    print(f"release {about.release}\ndigest {about.digest}")
    for report in built.reports:
        print(f"{report.source} {report.release}: {_summary(report.as_json())}")
        for note in report.notes:
            print(f"  {note}")
        if report.unread:
            print(f"  {len(report.unread)} records could not be read: mtb-match kb status --kb {out} --unread")
    for source, number in built.superseded.items():
        if number:
            print(f"{number} items of the starter gave way to {source}")
    for patch in built.stale_patches:
        print(f"patch no longer needed: {patch}")
    print(
        f"{built.statements} statements, {built.shared} of them from several sources, "
        f"{built.conflicts} conflicts between them"
    )


def _built(out: Path, sources: dict[str, Path], validated: bool, asked: Curated) -> "tuple[Built, Metadata]":
    """The release as built, and what stands at the folder: the same, or with curated items in it."""
    from kb.releases import build

    journal = asked.journal
    if journal is None:
        built = build(out, sources, _progress, validated)
        return built, built.about
    import tempfile

    from kb.curation.journal import Journal
    from kb.curation.opening import built_with, head_of
    from kb.store import check_replaceable

    check_replaceable(out)
    head_of(Journal(journal))
    with tempfile.TemporaryDirectory() as workshop:
        plain = Path(workshop) / "plain"
        built = build(plain, sources, _progress, validated)
        return built, built_with(plain, out, Journal(journal), asked.day, asked.include is not None)


def _summary(report: dict[str, object]) -> str:
    from cli.kb.status import taken_and_left

    return taken_and_left(report)


def _named(sources: list[str]) -> dict[str, Path]:
    """Loader names and paths of the arguments."""
    from kb.loaders import LOADERS, loader

    named: dict[str, Path] = {}
    for argument in sources:
        name, equals, path = argument.partition("=")
        known = ", ".join(each.name for each in LOADERS)
        if not equals or not path:
            raise typer.BadParameter(f"{argument!r} is not SOURCE=PATH; SOURCE is one of {known}")
        if loader(name) is None:
            raise typer.BadParameter(f"no source {name!r}; known are {known}")
        if name in named:
            raise typer.BadParameter(f"{name} is named twice; one release of a source makes a graph")
        named[name] = Path(path)
    return named


def _progress(step: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{step} ...", end="\r" if step != "writing" else "\r\033[K", file=sys.stderr, flush=True)
