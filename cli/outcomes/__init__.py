"""`mtb-match outcomes`: the commands about the patients of a study, one file each."""

import typer

from cli.outcomes.accept import accept, reject
from cli.outcomes.groups import groups
from cli.outcomes.propose import propose
from cli.outcomes.report import report

outcomes_app = typer.Typer(
    help="Studies: their groups, endpoints and outcomes.", no_args_is_help=True, rich_markup_mode=None
)


@outcomes_app.callback()
def about() -> None:
    """The patients of a study."""


outcomes_app.command(name="groups")(groups)
outcomes_app.command(name="report")(report)
outcomes_app.command(name="propose")(propose)
outcomes_app.command(name="accept")(accept)
outcomes_app.command(name="reject")(reject)
