"""`mtb-match kb history`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.kb.options import CurationFile, Out, standing_journal

if TYPE_CHECKING:
    from kb.curation.history import History

FORMATS = ("text", "json", "tsv")
COLUMNS = ("entry", "at", "kind", "item", "says", "name", "orcid", "because", "other", "method", "imported", "hash")

ItemArgument = Annotated[
    str | None, typer.Argument(metavar="[ITEM]", help="An item's id, or its beginning; without one, all that was done.")
]
AsOfDay = Annotated[str | None, typer.Option("--as-of", help="As it stood at the end of this day (UTC), YYYY-MM-DD.")]


def history(
    item: ItemArgument = None,
    curation: CurationFile = None,
    as_of: AsOfDay = None,
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "text",
    out: Out = None,
) -> None:
    """Tell who did what with curated evidence, when and why: of one item, or everything in its order."""
    from cli.asking import day, one_of
    from cli.output import write
    from kb.curation.history import histories
    from kb.curation.history import history as history_of

    one_of(form, FORMATS, "--format")
    until = None if as_of is None else day(as_of)
    named = standing_journal(curation)
    entries = named.entries()
    found = histories(entries, until) if item is None else (history_of(entries, item, until),)
    if form == "json":
        text = _json(found, named.path, until)
    elif form == "tsv":
        text = _tsv(found)
    else:
        text = _log(found) if item is None else _of_one(found[0])
    write(text, out)


def _of_one(told: "History") -> str:
    from kb.curation.history import line
    from matcher.report.hidden import visible

    lines = [visible(told.id), visible(told.label or "an item of the graph"), f"now {told.state}"]
    lines += [f"{entry.number:>4}  {visible(line(entry))}" for entry in told.entries]
    return "".join(f"{each}\n" for each in lines)


def _log(found: "tuple[History, ...]") -> str:
    """Every act, oldest first, as it was recorded."""
    from kb.curation.history import line
    from matcher.report.hidden import visible

    acts = sorted((entry.number, told, entry) for told in found for entry in told.entries)
    width = max((len(told.id) for told in found), default=0)
    lines = [f"{number:>4}  {visible(told.id):<{width}}  {visible(line(entry))}" for number, told, entry in acts]
    return "".join(f"{each}\n" for each in lines) or "nothing was done yet\n"


def _json(found: "tuple[History, ...]", path: Path, until: str | None) -> str:
    from kb.curation.history import SCHEMA, structure

    told = {"schema": SCHEMA, "journal": str(path), "as_of": until, "items": [structure(each) for each in found]}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _tsv(found: "tuple[History, ...]") -> str:
    from matcher.report.hidden import visible

    lines = ["\t".join(COLUMNS)]
    acts = sorted((entry.number, told, entry) for told in found for entry in told.entries)
    for number, told, entry in acts:
        act = entry.act
        first = (number, act.at, act.kind, act.item, told.label, *act.person)
        cells = (*first, act.reason, act.other, act.method, "yes" if entry.imported else "no", entry.hash)
        lines.append("\t".join("" if each is None else visible(str(each)).replace("\t", " ") for each in cells))
    return "\n".join(lines) + "\n"
