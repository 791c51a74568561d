"""`mtb-match why`."""

from typing import Annotated

import typer

from cli.asking import Asked, Out, about_a_patient

Regimen = Annotated[str, typer.Argument(metavar="REGIMEN", help="Drugs joined by +, such as pyrotinib+capecitabine.")]


@about_a_patient
def why(asked: Asked, regimen: Regimen, out: Out = None) -> None:
    """Show why a regimen is recommended: the proof with its sources."""
    from cli.output import write
    from matcher.why import why_text

    write(why_text(asked.matched(), regimen), out)
