"""`mtb-match rules`: check, list and show rules, the library's and a site's own, and print them as SQL."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.rule_files import RulesOption, from_site, loaded

if TYPE_CHECKING:
    from rules.language import RuleSet

rules_app = typer.Typer(
    help="The rules that derive recommendations: the library's, and a site's own on top of them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

FORMATS = ("text", "json")

FormatOption = Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")]


@rules_app.command(name="check")
def check_command(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FOLDER]...", help="Rule folders or files, checked on top of the library."),
    ] = None,
) -> None:
    """Check rule files: every mistake with file, rule, line and remedy.

    Exit code 0 when the rules can be used (warnings are shown), 1 when they cannot, 2 for wrong usage.
    """
    found = loaded(sources)
    warnings = from_site(found.warnings) if sources else found.warnings
    for warning in warnings:
        print(warning.block())
    print(f"{len(found.rules)} rules in {len(found.strata)} strata, {found.digest}")
    if sources:
        _print_own(found)
    if warnings:
        print(f"{len(warnings)} warning{'s' if len(warnings) > 1 else ''}: the rules can be used")


def _print_own(rules: "RuleSet") -> None:
    """Which rules the site adds and which of the library's it replaces."""
    from rules.origin import place

    for rule in from_site(rules.rules):
        print(f"  {'overrides' if rule.overrides else 'adds'} {rule.name} ({place(rule)})")


@rules_app.command(name="list")
def list_command(rules: RulesOption = None, form: FormatOption = "text") -> None:
    """List the rules with sentence, file and stratum of each."""
    from rules.show import as_line, listed

    wants_json = _is_json(form)
    found = loaded(rules)
    if wants_json:
        _print_json(listed(found))
    else:
        for rule in found.rules:
            print(as_line(found, rule))


@rules_app.command(name="show")
def show_command(
    rule: Annotated[
        str, typer.Argument(metavar="RULE", help="The name of a rule, as `rules list` and proofs give it.")
    ],
    rules: RulesOption = None,
    form: FormatOption = "text",
) -> None:
    """Show one rule: sentence, conditions, sources, where it is, and the rules before and after it."""
    from rules.show import as_text, find, shown

    wants_json = _is_json(form)
    found = loaded(rules)
    wanted = find(found, rule)
    if wants_json:
        _print_json(shown(found, wanted))
    else:
        print(as_text(found, wanted), end="")


@rules_app.command(name="sql")
def sql_command(rules: RulesOption = None) -> None:
    """Print the rules as one plain SQL text, for SQLite, DuckDB or Spark."""
    from rules.sql_text import sql_text

    print(sql_text(loaded(rules)), end="")


def _is_json(form: str) -> bool:
    if form not in FORMATS:
        raise typer.BadParameter(f"{form!r} is not one of {', '.join(FORMATS)}", param_hint="--format")
    return form == "json"


def _print_json(value: object) -> None:
    import json

    print(json.dumps(value, ensure_ascii=False, indent=2))
