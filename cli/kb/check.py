"""`mtb-match kb check`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.kb.options import CurationFile, Kb, RetractedFile, papers_for_gate, working
from cli.kb.stated import book_of, items_stated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kb.curation.acts import Book
    from kb.curation.gate import Finding
    from kb.curation.item import Item
    from kb.graph import KnowledgeBase

FORMATS = ("text", "json")

Checked = tuple[str, "Item", "tuple[Finding, ...]"]
"""Where an item stands in its file (empty for one of the journal), the item, and what the gate says of it."""


def check(
    what: Annotated[
        str, typer.Argument(metavar="FILE|ITEM", help="A table, Turtle or TriG; or an item's id, or its first digits.")
    ],
    kb: Kb = None,
    curation: CurationFile = None,
    retracted: RetractedFile = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show the shape behind each finding.")] = False,
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "text",
) -> None:
    """Say what the gate finds in evidence, without recording it; exit code 1 where something must be mended."""
    from kb.curation.gate import passes
    from kb.curation.item import is_curated
    from kb.graph import open_knowledge_base

    if form not in FORMATS:
        raise typer.BadParameter(f"{form!r} is not one of {', '.join(FORMATS)}", param_hint="--format")
    papers = papers_for_gate(retracted)
    with working("checking"):
        found = _checked(what, open_knowledge_base(kb), book_of(curation, is_curated(what)), papers)
    print(_json(found, explain) if form == "json" else _text(found, explain))
    if not all(passes(findings) for _, _, findings in found):
        raise typer.Exit(1)


def _checked(what: str, knowledge: "KnowledgeBase", book: "Book", papers: Any) -> list[Checked]:
    from kb.curation.gate import gate
    from kb.curation.item import is_curated
    from kb.curation.reading import named
    from kb.errors import CurationProblem

    what = what if Path(what).exists() else named(book, what)
    if not is_curated(what):
        stated = items_stated(Path(what), knowledge)
        return [(place, item, gate(item, knowledge, book, papers, old)) for place, item, old in stated]
    if what not in book.items:
        raise CurationProblem(what, "is not in this journal", "see `kb review`, or name a file")
    item = book.items[what]
    return [("", item, gate(item, knowledge, book, papers))]


# Showing what was found


def _text(found: "Iterable[Checked]", explain: bool) -> str:
    from matcher.report.hidden import visible_lines, written_out

    lines: list[str] = []
    for place, item, findings in found:
        lines.append(f"{f'{place}: ' if place else ''}{item.id}: {item.label}")
        lines += [line for finding in findings for line in finding_lines(finding)]
        lines.append(f"  {verdict(findings)}")
    shapes = [f"\n{written_out(shape)}\n" for shape in _shapes(found)] if explain else ()
    return (visible_lines(lines) + "".join(shapes)).rstrip()


def finding_lines(finding: "Finding") -> list[str]:
    """A finding in two lines: what was found, and what to do."""
    name = finding.shape.rpartition("#")[2]
    return [f"  {finding.severity}: {finding.message}", f"      {finding.remedy} ({finding.check}, mtbsh:{name})"]


def verdict(findings: "Iterable[Finding]") -> str:
    """Whether it passes, and how many findings of each severity there are."""
    from kb.curation.gate import SEVERITIES, passes

    found = list(findings)
    counts = [(sum(each.severity == name for each in found), name) for name in SEVERITIES]
    told = ", ".join(f"{number} {name}{'' if number == 1 else 's'}" for number, name in counts if number)
    verdict = "passes" if passes(found) else "does not pass"
    return f"{verdict}: {told}" if told else f"{verdict}: nothing to say of it"


def _shapes(found: "Iterable[Checked]") -> list[str]:
    """Each shape behind the findings once, the gravest first."""
    from kb.curation.gate import explain

    shapes = {finding.shape: explain(finding) for _, _, findings in found for finding in findings}
    return list(shapes.values())


def _json(found: "Iterable[Checked]", explain: bool) -> str:
    import json

    from kb.curation.gate import explain as shape_of
    from kb.curation.gate import passes

    items = [
        {
            "place": place or None,
            "item": item.id,
            "label": item.label,
            "passes": passes(findings),
            "findings": [{**each.as_json(), **({"explained": shape_of(each)} if explain else {})} for each in findings],
        }
        for place, item, findings in found
    ]
    return json.dumps({"schema": "mtb-match-check/1", "items": items}, indent=1, ensure_ascii=False)
