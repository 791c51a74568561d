"""`mtb-match why-not`."""

import json
import os
import shutil
import sys
from typing import Annotated

import typer

from cli.asking import Asked, Lang, Out, about_a_patient, one_of
from rules.language import LANGUAGES

Wanted = Annotated[
    str,
    typer.Argument(
        metavar="REGIMEN", help="A drug, drugs joined by +, or a class: osimertinib, a+b, 'PARP inhibitor'."
    ),
]


@about_a_patient
def why_not(
    asked: Asked,
    wanted: Wanted,
    form: Annotated[str, typer.Option("--format", help="One of text, json, markdown, html.")] = "text",
    lang: Lang = "en",
    out: Out = None,
) -> None:
    """Show why a drug, a regimen or a class is not recommended, and the smallest changes that would have it so."""
    from cli.output import write
    from matcher.report.forms import FORMS, render
    from matcher.report.why_not import why_not_document, why_not_structure
    from matcher.why_not import ask_why_not
    from matcher.why_not import why_not as asked_why_not

    one_of(form, FORMS, "--format")
    one_of(lang, LANGUAGES, "--lang")
    if asked.engine is None:
        found = ask_why_not(asked.request, wanted, asked.knowledge(), asked.rule_set())
    else:  # who names an evaluator has it derive everything
        found = asked_why_not(asked.matched(), wanted)
    if form == "json":
        write(json.dumps(why_not_structure(found, lang, asked.ground), ensure_ascii=False, indent=1) + "\n", out)
        return
    terminal = form == "text" and out is None and sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else None
    document = why_not_document(found, lang, asked.ground)
    write(render(document, form, width, terminal and "NO_COLOR" not in os.environ), out)
