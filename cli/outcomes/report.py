"""`mtb-match outcomes report`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.asking import AsOf, EngineOption, Jurisdiction, KbOption, day, default_jurisdiction, rule_set
from cli.curated import CurationFile, Include, curated
from cli.outcomes.groups import Patients, StudyArgument
from cli.rule_files import RulesOption
from cli.shown import checked

if TYPE_CHECKING:
    from matcher.outcomes.computed import Outcomes
    from matcher.outcomes.study import Study
    from matcher.report.document import Document

OutFolder = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Write the report, results.json, results.tsv and figures here."),
]
ReportForm = Annotated[
    str | None,
    typer.Option("--format", help="text, json, markdown or html; text on the terminal, html in a folder."),
]

ENDINGS = {"text": "txt", "json": "json", "markdown": "md", "html": "html"}
"""The ending of the report's file by its form."""


def report(
    study: StudyArgument,
    patients: Patients = None,
    form: ReportForm = None,
    out: OutFolder = None,
    jurisdiction: Jurisdiction = None,
    as_of: AsOf = None,
    kb: KbOption = None,
    rules: RulesOption = None,
    engine: EngineOption = None,
    curation: CurationFile = None,
    include: Include = None,
) -> None:
    """Compute a study's endpoints in each arm and group: a table, or a folder with a page, numbers and figures.

    Exit code 0 when every patient could be used; 1 when a file cannot be used (the others are computed) or nobody
    counts; 2 for wrong usage.
    """
    from matcher.outcomes.computed import Ground, outcomes_of
    from matcher.report.hidden import visible

    form = checked(form or ("text" if out is None else "html"))
    on = day(as_of)
    wanted = _study(study, patients)
    default = default_jurisdiction() if jurisdiction is None else None
    ground = Ground(
        curated(curation, include, as_of).knowledge(kb), rule_set(rules), on, engine or "sql", jurisdiction, default, on
    )
    found = outcomes_of(wanted, ground)
    if wanted.table is not None and as_of is not None:
        print(f"note: --as-of {on} cuts nothing off: the times of a table are durations, without days", file=sys.stderr)
    if out is None:
        _print(found, form)
    else:
        _write(found, form, out)
    for each in found.unusable:
        print(visible(f"mtb-match: {each.where}: {each.reason}"), file=sys.stderr)
    if not found.counted:
        print(f"mtb-match: {study}: no patient counts; the report says why for each", file=sys.stderr)
    if found.unusable or not found.counted:
        raise typer.Exit(1)


def _study(named: str, patients: list[Path] | None) -> "Study":
    from matcher.notes import UnusableInput
    from matcher.outcomes.measures import MEASURES
    from matcher.outcomes.study import find_study, read_study

    found = read_study(find_study(named), MEASURES, patients or None)
    if not found.patients and found.table is None:
        raise UnusableInput(named, "no patient is given", "name patient files after the study")
    return found


def _print(found: "Outcomes", form: str) -> None:
    from cli.shown import show
    from matcher.report.outcomes_document import brief_document, outcomes_document
    from matcher.report.outcomes_json import outcomes_structure

    def document() -> "Document":
        if form == "html":
            from matcher.report.outcomes_folder import page

            return page(found)
        return brief_document(found) if form == "text" else outcomes_document(found)

    show(document, lambda: outcomes_structure(found), form, None)


def _write(found: "Outcomes", form: str, out: Path) -> None:
    """Write every file of the folder; each holds all of its content or what it held before.

    Figures of an earlier report that this one does not have are removed: they would be taken for this one's.
    """
    from cli.output import write_bytes
    from matcher.report.outcomes_folder import folder, stale

    if out.exists() and not out.is_dir():
        raise typer.BadParameter(f"{out} is a file", param_hint="--out")
    written = set()
    for name, content in folder(found, form, f"report.{ENDINGS[form]}"):
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(content, path)
        written.add(path)
    for path in stale(out, written):
        path.unlink()
    print(f"written to {out}")
