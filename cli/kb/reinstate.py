"""`mtb-match kb reinstate`."""

from typing import Annotated

import typer

from cli.kb.options import CurationFile, Curator, Kb, Orcid
from cli.kb.review import Because, Form, take_back


def reinstate(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="A curated item, or an evidence item of the graph.")],
    because: Because = None,
    curator: Curator = None,
    orcid: Orcid = None,
    kb: Kb = None,
    form: Form = "text",
    curation: CurationFile = None,
) -> None:
    """Undo a retraction, with a reason: another person does. The item counts again."""
    take_back("reinstated", item, (curator, orcid, because), (curation, kb), form)
