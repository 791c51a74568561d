"""`mtb-match timeline`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.asking import LANGUAGES, Asked, Lang, Out, about_a_patient, one_of
from cli.shown import Form, checked, show

FigureFile = Annotated[
    Path | None,
    typer.Option("--figure", help="Also draw therapies, responses and events to this file: .svg or .png."),
]


@about_a_patient
def timeline(
    asked: Asked,
    form: Form = "text",
    lang: Lang = "en",
    out: Out = None,
    figure: FigureFile = None,
) -> None:
    """Replay the patient's file date by date: what was recommended then, what changed, and why."""
    from matcher.replay import replay
    from matcher.report.timeline_document import timeline_document
    from matcher.report.timeline_json import timeline_structure

    form, lang = checked(form), one_of(lang, LANGUAGES, "--lang")
    if figure is not None:
        from matcher.report.drawing import checked_figure

        checked_figure(figure)
    found = replay(asked.request, asked.knowledge(), asked.rule_set(), asked.evaluator(), lang)
    drawn = ""
    if figure is not None or form == "html":
        from cli.output import write_bytes
        from matcher.report.drawing import figure_bytes, svg_text
        from matcher.report.timeline_figure import figure_of, title_of

        picture, title = figure_of(found), title_of(found)
        drawn = svg_text(picture, title) if form == "html" else ""
        if figure is not None:
            write_bytes(figure_bytes(picture, title, figure.suffix), figure, "--figure")
    show(lambda: timeline_document(found, drawn), lambda: timeline_structure(found), form, out)
