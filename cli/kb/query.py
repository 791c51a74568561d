"""`mtb-match kb query`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.curated import CountedOn, CurationFile, Include, curated
from cli.kb.options import Kb, Out


def query(
    text: Annotated[str, typer.Argument(metavar="FILE|TEXT", help="A SPARQL query, a file with one, or - for input.")],
    kb: Kb = None,
    form: Annotated[str, typer.Option("--format", help="table, json, csv or ttl.")] = "table",
    out: Out = None,
    curation: CurationFile = None,
    include: Include = None,
    as_of: CountedOn = None,
) -> None:
    """Ask the graph in SPARQL 1.1 (read-only); the graph's prefixes are declared."""
    from cli.output import write
    from kb.sparql import FORMS, render, run

    if form not in FORMS:
        raise typer.BadParameter(f"{form!r} is not one of {', '.join(FORMS)}", param_hint="--format")
    asked = _text(text)
    write(render(run(curated(curation, include, as_of).knowledge(kb).store, asked), form), out)


def _text(text: str) -> str:
    """The query itself: the argument has spaces or braces, or is the name of a file."""
    from kb.errors import BadQuery

    if text == "-":
        return sys.stdin.read()
    if any(mark in text for mark in "{}\n"):
        return text
    try:
        return Path(text).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadQuery(f"{text!r} is no file that can be read", "name a file, or write the query itself") from error
