"""`mtb-match kb retract`."""

from typing import Annotated

import typer

from cli.kb.options import CurationFile, Curator, Kb, Orcid
from cli.kb.review import Because, Form, take_back


def retract(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="A curated item, or an evidence item of the graph.")],
    because: Because = None,
    curator: Curator = None,
    orcid: Orcid = None,
    kb: Kb = None,
    form: Form = "text",
    curation: CurationFile = None,
) -> None:
    """Take back an item, with a reason: a curated one, or an evidence item of the graph (EID12). It stops counting."""
    take_back("retracted", item, (curator, orcid, because), (curation, kb), form)
