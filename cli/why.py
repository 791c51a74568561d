"""`mtb-match why`."""

from typing import Annotated

import typer

from cli.asking import LANGUAGES, Asked, Lang, Out, about_a_patient, one_of
from cli.shown import Form, checked, show

Regimen = Annotated[str, typer.Argument(metavar="REGIMEN", help="Drugs joined by +, such as pyrotinib+capecitabine.")]


@about_a_patient
def why(asked: Asked, regimen: Regimen, form: Form = "text", lang: Lang = "en", out: Out = None) -> None:
    """Show why a regimen is recommended: scores, proof, levels, conflicts, and what it rests on."""
    from matcher.report.why_document import why_document
    from matcher.report.why_json import why_structure
    from matcher.why import why as why_of

    form, lang = checked(form), one_of(lang, LANGUAGES, "--lang")
    at_once = asked._replace(engine=asked.engine or "sql")  # the same proof, without durable's start
    found = why_of(at_once.matched(), regimen, lang)
    show(lambda: why_document(found), lambda: why_structure(found), form, out)
