"""An answer that is a document, in the form that was asked for."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.asking import one_of

if TYPE_CHECKING:
    from matcher.report.document import Document

FORMS = ("text", "json", "markdown", "html")

Form = Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMS)}.")]


def checked(form: str) -> str:
    """The form, if it is one of FORMS; wrong usage otherwise."""
    return one_of(form, FORMS, "--format")


def show(
    document: "Callable[[], Document]", structure: Callable[[], dict[str, Any]], form: str, out: Path | None
) -> None:
    """Write the answer to a file or the terminal: `structure` makes its JSON, `document` everything else."""
    from cli.output import write

    if form == "json":
        import json

        write(json.dumps(structure(), indent=1, ensure_ascii=False) + "\n", out)
        return
    from matcher.report.forms import render

    if form == "text" and out is None and sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
        write(render(document(), form, width, "NO_COLOR" not in os.environ), out)
        return
    write(render(document(), form), out)
