"""`mtb-match kb pull`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


def pull(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCE...", help="Such as civic; none lists them.")
    ] = None,
    into: Annotated[
        Path | None, typer.Option("--into", help="The folder for releases; the user's data folder else.")
    ] = None,
    release: Annotated[
        str | None, typer.Option("--release", help="A dated release instead of the current one.")
    ] = None,
    query: Annotated[str | None, typer.Option("--query", help="What to search ClinicalTrials.gov for.")] = None,
    mirror: Annotated[str | None, typer.Option("--mirror", help="Fetch the files by name from this address.")] = None,
    sha256: Annotated[list[str] | None, typer.Option("--sha256", help="FILE=DIGEST that a file must have.")] = None,
) -> None:
    """Fetch the files of sources from their official addresses, for `kb build`."""
    from kb.download import data_folder, known_addresses, pull

    known = sorted({address.source for address in known_addresses()})
    if not sources:
        for address in known_addresses():
            unsure = "" if address.confirmed == "yes" else f" (address {address.confirmed})"
            print(f"{address.source:10} {address.address}{unsure}; {address.licence}")
        return
    for source in sources:
        if source not in known:
            raise typer.BadParameter(f"no source {source!r}; known are {', '.join(known)}")
    folder = into or data_folder() / "sources"
    with _shown() as bar:
        for source in sources:
            for address in known_addresses():
                if address.source == source and address.confirmed != "yes" and not mirror:
                    print(f"note: {address.address} is {address.confirmed}, not confirmed", file=sys.stderr)
            done = pull(source, folder, release, mirror, _digests(sha256), query, bar.step)
            said = "fetched" if done.changed else "unchanged"
            print(f"{source} {done.description.release}: {said}, {done.folder}")


def _digests(given: list[str] | None) -> dict[str, str]:
    digests = {}
    for argument in given or ():
        name, equals, digest = argument.partition("=")
        if not equals:
            raise typer.BadParameter(f"{argument!r} is not FILE=DIGEST", param_hint="--sha256")
        digests[name] = digest
    return digests


class _shown:  # noqa: N801 (used like a function)
    """A progress bar on a terminal's standard error, and nothing elsewhere."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "_shown":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

            columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def step(self, name: str, done: int, total: int | None) -> None:
        """Show how far a file is."""
        if self._bar is None:
            return
        if name not in self._tasks:
            self._tasks[name] = self._bar.add_task(name, total=total)
        self._bar.update(self._tasks[name], completed=done, total=total)
