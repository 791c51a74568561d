"""`mtb-match PATIENT`, the main job."""

import os
import shutil
import sys
from typing import Annotated

import typer

from cli.asking import LANGUAGES, Asked, Lang, Out, about_a_patient, one_of

FORMATS = ("table", "json", "tsv", "markdown", "html")


@about_a_patient
def match(
    asked: Asked,
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "table",
    out: Out = None,
    lang: Lang = "en",
) -> None:
    """Recommend for one patient (the same as `mtb-match PATIENT`)."""
    from cli.output import write
    from matcher.recommend import answer
    from matcher.report import render

    one_of(form, FORMATS, "--format")
    found = answer(asked.matched(), one_of(lang, LANGUAGES, "--lang"))
    if form == "table" and out is None and sys.stdout.isatty():
        from matcher.report import as_table

        text = as_table.render(found, shutil.get_terminal_size().columns, "NO_COLOR" not in os.environ)
    else:
        text = render(found, form)
    write(text, out)
