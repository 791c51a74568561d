"""Options that several `kb` commands share."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

Kb = Annotated[
    str | None,
    typer.Option("--kb", help="A store folder, or sparql+http://..., to use instead of the starter graph."),
]
Out = Annotated[Path | None, typer.Option("--out", help="Write to this file instead of the terminal.")]


def checked_kinds(kinds: Sequence[str] | None, known: Sequence[str]) -> tuple[str, ...]:
    """The kinds of items that were asked for; wrong usage when there is no such kind."""
    for kind in kinds or ():
        if kind not in known:
            raise typer.BadParameter(f"{kind!r} is not one of {', '.join(known)}", param_hint="--kind")
    return tuple(kinds or ())


@contextmanager
def working(step: str) -> Iterator[None]:
    """Say what takes its time, on a terminal, until it is done."""
    shown = sys.stderr.isatty()
    if shown:
        print(f"{step} ...", end="\r", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        if shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
