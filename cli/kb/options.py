"""Options that several `kb` commands share."""

from pathlib import Path
from typing import Annotated

import typer

Kb = Annotated[Path | None, typer.Option("--kb", help="A store folder to use instead of the starter graph.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write to this file instead of the terminal.")]
