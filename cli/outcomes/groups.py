"""`mtb-match outcomes groups`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.asking import (
    LANGUAGES,
    AsOf,
    EngineOption,
    Jurisdiction,
    KbOption,
    Lang,
    Out,
    Strict,
    day,
    default_jurisdiction,
    one_of,
    rule_set,
)
from cli.curated import CurationFile, Include, curated
from cli.rule_files import RulesOption
from cli.shown import Form, checked, show

if TYPE_CHECKING:
    from matcher.outcomes.study import Study

StudyArgument = Annotated[str, typer.Argument(metavar="STUDY", help="A study file, or a study that comes with it.")]
Patients = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[PATIENT]...", help="Patient files; those that the study file names when none is given."),
]


def groups(
    study: StudyArgument,
    patients: Patients = None,
    form: Form = "text",
    lang: Lang = "en",
    out: Out = None,
    jurisdiction: Jurisdiction = None,
    as_of: AsOf = None,
    kb: KbOption = None,
    rules: RulesOption = None,
    engine: EngineOption = None,
    strict: Strict = False,
    curation: CurationFile = None,
    include: Include = None,
) -> None:
    """Show the study group of each patient with its scheme, why, what is to be confirmed, and what is recommended.

    Exit code 0 when every patient could be read, eligible or not; 1 when a file cannot be used; 2 for wrong usage.
    """
    from matcher.case import Request, match
    from matcher.outcomes.groups import assign
    from matcher.outcomes.schemes import Grouped, places_of
    from matcher.recommend import answer
    from matcher.report.groups import groups_document, groups_structure

    form, lang, on = checked(form), one_of(lang, LANGUAGES, "--lang"), day(as_of)
    wanted = _study(study, patients)
    knowledge, library, evaluator = curated(curation, include, as_of).knowledge(kb), rule_set(rules), engine or "sql"
    default = default_jurisdiction() if jurisdiction is None else None
    found = []
    for path in wanted.patients:
        request = Request(path, on, None, jurisdiction, default, strict=strict)
        matched = match(request, knowledge, library, evaluator)
        assigned = assign(matched, wanted, lang, evaluator)
        told = answer(matched, lang)
        found.append(Grouped(assigned, places_of(assigned.scheme, told), told))
    show(lambda: groups_document(wanted, found, lang), lambda: groups_structure(wanted, found), form, out)


def _study(named: str, patients: list[Path] | None) -> "Study":
    from matcher.notes import UnusableInput
    from matcher.outcomes.study import find_study, read_study

    found = read_study(find_study(named), None, patients or None)
    if not found.patients:
        raise UnusableInput(named, "no patient is given", "name patient files after the study")
    if found.groups is None and found.eligible is None:
        raise UnusableInput(named, "the study has neither `eligible` nor `groups`", "write them in its file")
    return found
