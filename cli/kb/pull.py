"""`mtb-match kb pull`."""

import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from kb.pull import Order, Pulled


def pull(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCE...", help="Such as civic; none lists them.")
    ] = None,
    into: Annotated[
        Path | None, typer.Option("--into", help="The folder for SOURCE/RELEASE; the user's data folder else.")
    ] = None,
    release: Annotated[
        str | None, typer.Option("--release", help="An older release, by its name or its date, such as 2025-07-01.")
    ] = None,
    query: Annotated[
        str | None, typer.Option("--query", help="For ctgov: what to search the registry for, or NCT numbers.")
    ] = None,
    mirror: Annotated[str | None, typer.Option("--mirror", help="Fetch the files by name from this address.")] = None,
    sha256: Annotated[list[str] | None, typer.Option("--sha256", help="FILE=DIGEST that a file must have.")] = None,
) -> None:
    """Fetch the files of sources from their official addresses, for `kb build`."""
    if not sources:
        _list()
        return
    from kb.addresses import data_folder
    from kb.download import Client
    from kb.errors import DownloadFailed
    from kb.pull import Order, pull

    _check(sources, release, query, mirror, sha256)
    folder = into or data_folder() / "sources"
    failed = False
    for source in dict.fromkeys(sources):
        order = Order(source, release, mirror, _digests(sha256), query)
        _warn(order)
        try:
            with _Bar() as bar:
                done = pull(order, folder, Client(watcher=bar))
        except DownloadFailed as error:  # the other sources are still wanted
            print(f"mtb-match: {error}", file=sys.stderr)
            failed = True
        else:
            _report(done)
    if failed:
        raise typer.Exit(1)


def _list() -> None:
    from kb.addresses import RELEASES, UNDATED, known_addresses

    for address in known_addresses():
        releases = RELEASES.get(address.source, UNDATED)
        at = address.address.replace("{release}", releases.current)
        seen = {"yes": "", "repository": " (seen in the source's repository)"}
        note = f"; {address.note}" if address.note else ""
        print(f"{address.source:10} {at}{seen.get(address.confirmed, ' (unverified)')}; {address.licence}{note}")


def _check(
    sources: list[str], release: str | None, query: str | None, mirror: str | None, sha256: list[str] | None
) -> None:
    """Wrong usage is told before anything is fetched."""
    from kb.addresses import STUDIES, known_addresses

    known = sorted({address.source for address in known_addresses()})
    for source in sources:
        if source not in known:
            raise typer.BadParameter(f"no source {source!r}; known are {', '.join(known)}")
    for option, given in (("--release", release), ("--sha256", sha256), ("--query", query)):
        if given and len(set(sources)) > 1:
            raise typer.BadParameter("is for one source; pull the others by another command", param_hint=option)
    if query and sources[0] != STUDIES:
        raise typer.BadParameter(f"is for {STUDIES} only", param_hint="--query")
    if mirror and not mirror.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{mirror!r} does not begin with http:// or https://", param_hint="--mirror")


def _digests(given: list[str] | None) -> tuple[tuple[str, str], ...]:
    digests = []
    for argument in given or ():
        name, _, digest = argument.partition("=")
        digest = digest.lower().removeprefix("sha256:")
        if not name or not re.fullmatch("[0-9a-f]{64}", digest):
            raise typer.BadParameter(f"{argument!r} is not FILE=DIGEST with 64 digits", param_hint="--sha256")
        digests.append((name, digest))
    return tuple(digests)


def _warn(order: "Order") -> None:
    from kb.addresses import files_of

    unsure = [address.file for address in files_of(order.source) if address.confirmed == "unverified"]
    if unsure and not order.mirror:
        print(f"note: {order.source}: the address of {', '.join(unsure)} is unverified", file=sys.stderr)
    for note in sorted({address.note for address in files_of(order.source) if address.note}):
        print(f"note: {order.source}: {note}", file=sys.stderr)


def _report(done: "Pulled") -> None:
    """The line names the PATH for `kb build`: the folder, or the file where there is one only."""
    described = done.description
    for name in done.absent:
        print(f"note: {described.source} has no {name}; kb build does without it", file=sys.stderr)
    files = described.files
    path = done.folder / files[0].name if len(files) == 1 and described.source != "ctgov" else done.folder
    how = "fetched" if done.is_new else f"unchanged since {described.retrieved_on}"
    print(f"{described.source} {described.release}: {how}, {described.licence}, {path}")


class _Bar:
    """A progress bar on a terminal's standard error, and nothing elsewhere."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._stack = ExitStack()

    def __enter__(self) -> "_Bar":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                DownloadColumn(),
                TransferSpeedColumn(),
            )
            # Standard output stays as it is: it may go to a file.
            self._bar = Progress(
                *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
            )
            self._stack.enter_context(self._bar)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def step(self, name: str, done: int, total: int | None) -> None:
        """Show how far a file is."""
        if self._bar is not None:
            self._bar.update(self._task(name), completed=done, total=total, description=name)

    def wait(self, name: str, seconds: float, reason: str) -> None:
        """Show why nothing moves."""
        if self._bar is not None:
            self._bar.update(self._task(name), description=f"{name}: {reason}; again in {seconds:.0f} s")

    def _task(self, name: str) -> "TaskID":
        assert self._bar is not None
        if name not in self._tasks:
            self._tasks[name] = self._bar.add_task(name, total=None)
        return self._tasks[name]
