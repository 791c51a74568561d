"""`mtb-match what-if`."""

from typing import Annotated

import typer

from cli.asking import LANGUAGES, Asked, Lang, Out, about_a_patient, one_of
from cli.shown import Form, checked, show

Add = Annotated[
    list[str] | None,
    typer.Option(
        "--add",
        help="What comes to be known: 'EGFR T790M', progression=DRUG, medications=warfarin. Repeatable.",
    ),
]
Remove = Annotated[
    list[str] | None,
    typer.Option("--remove", help="What is not so, or not known: 'KRAS G12C', medications=warfarin, age. Repeatable."),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="What is so instead: jurisdiction=US, MSI=MSI-H, as_of=2027-01-01. Repeatable."),
]


@about_a_patient
def what_if(
    asked: Asked,
    add: Add = None,
    remove: Remove = None,
    set_: Set = None,
    form: Form = "text",
    lang: Lang = "en",
    out: Out = None,
) -> None:
    """Show what changes in the answer, and why, if other things were known of the patient."""
    from matcher.edits import ADD, REMOVE, SET, parse_edit
    from matcher.report.what_if_document import what_if_document
    from matcher.report.what_if_json import what_if_structure
    from matcher.what_if import what_if as what_if_of

    form, lang = checked(form), one_of(lang, LANGUAGES, "--lang")
    given = ((REMOVE, remove), (SET, set_), (ADD, add))
    edits = [parse_edit(action, text) for action, texts in given for text in texts or ()]
    if not edits:
        raise typer.BadParameter("give at least one of --add, --remove and --set", param_hint="what-if")
    evaluator = asked.engine or "sql"  # durable opens its memory for many events, and here there is one
    found = what_if_of(asked.request, edits, asked.knowledge(), asked.rule_set(), evaluator, lang)
    show(lambda: what_if_document(found), lambda: what_if_structure(found), form, out)
