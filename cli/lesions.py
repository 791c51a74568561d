"""`mtb-match lesions`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.asking import LANGUAGES, Asked, Lang, Out, about_a_patient, one_of
from cli.shown import Form, checked, show

Figure = Annotated[
    Path | None, typer.Option("--figure", help="Also draw the alterations by sample into this file, .svg or .png.")
]


@about_a_patient
def lesions(asked: Asked, form: Form = "text", lang: Lang = "en", out: Out = None, figure: Figure = None) -> None:
    """Show alterations across foci, blood and dates: shared, private, emerging, cleared."""
    from matcher.lesions import reconciled
    from matcher.report.lesions import lesions_document, lesions_structure

    form, lang = checked(form), one_of(lang, LANGUAGES, "--lang")
    if figure is not None:
        from matcher.report.drawing import checked_figure

        checked_figure(figure)
    matched = asked._replace(engine=asked.engine or "sql").matched()
    found = reconciled(matched)
    if figure is not None:
        from cli.output import write_bytes
        from matcher.report.heat_map import heat_map

        write_bytes(heat_map(found, matched.patient.id, figure.suffix, lang), figure, "--figure")
    show(lambda: lesions_document(found, matched, lang), lambda: lesions_structure(found, matched, lang), form, out)
