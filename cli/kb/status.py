"""`mtb-match kb status`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.curated import CountedOn, CurationFile, Include, curated
from cli.kb.options import Kb

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase


def status(
    kb: Kb = None,
    unread: Annotated[bool, typer.Option("--unread", help="List every record that could not be read.")] = False,
    left: Annotated[bool, typer.Option("--left", help="List every record that was left out, by reason.")] = False,
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    curation: CurationFile = None,
    include: Include = None,
    as_of: CountedOn = None,
) -> None:
    """Say which knowledge graph is in use: release, digest, sources, what it holds and what was not understood."""
    if form not in {"text", "json"}:
        raise typer.BadParameter(f"{form!r} is not one of text, json", param_hint="--format")
    from matcher.curated import curation_line, curation_structure

    knowledge = curated(curation, include, as_of).knowledge(kb)
    found = {**_status(knowledge, kb), **curation_structure(knowledge)}
    if form == "json":
        import json

        print(json.dumps(found, indent=1, ensure_ascii=False))
        return
    _print(found, unread, left)
    told = curation_line(knowledge, "en")
    if told:
        print(told)


def _status(knowledge: "KnowledgeBase", kb: Any) -> dict[str, Any]:
    from pathlib import Path

    from kb.store import counts, graphs

    report: dict[str, Any] = {}
    if kb is not None and "://" not in str(kb):
        from kb.reports import read_report

        report = read_report(Path(kb))
    return {
        "release": knowledge.release,
        "released_on": knowledge.released_on,
        "digest": knowledge.digest,
        "items": counts(knowledge.store),
        "graphs": graphs(knowledge.store),
        "merged": report.get("merged", {}),
        "sources": report.get("sources", []),
    }


def _print(found: dict[str, Any], unread: bool, left: bool) -> None:
    print(f"release {found['release']}, of {found['released_on']}\ndigest {found['digest']}")
    for kind, number in found["items"].items():
        print(f"{number:>7} {kind}")
    for graph in found["graphs"]:
        said = "; ".join(f"{name} {value}" for name, value in graph.items() if name != "graph")
        print(f"graph {graph['graph']}: {said}")
    if found["merged"]:
        print("merged: " + ", ".join(f"{number} {name}" for name, number in found["merged"].items()))
    for report in found["sources"]:
        print(f"{report['source']} {report['release']}: {taken_and_left(report)}")
        for kind, (understood, met) in report["understood"].items():
            print(f"  understood: {understood} of {met} {kind} records ({understood / met:.1%})")
        for record, place, what, reason in report["unread"] if unread else ():
            print(f"  {place}: {record}: {what!r}: {reason}")
        for reason, records in report["left"].items() if left else ():
            print(f"  left, {reason}: {', '.join(records)}")


def taken_and_left(report: dict[str, Any]) -> str:
    """One line on what a loader did: counts of what was taken, left and not read."""
    taken = ", ".join(f"{number} {kind}" for kind, number in report["taken"].items()) or "nothing"
    left = sum(len(records) for records in report["left"].values())
    return f"took {taken}; left {left}; could not read {len(report['unread'])}"
