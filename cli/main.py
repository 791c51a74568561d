"""`mtb-match`: the commands.

Annotations are evaluated here, not kept as text: typer would compile each at every start.
"""

import atexit
import datetime
import gc
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.rule_files import RulesOption, loaded, problems_text, site_warnings_text
from kb.errors import KnowledgeError
from matcher.notes import UnusableInput
from rules.errors import RuleProblems, RulesError

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.case import Matched
    from rules.language import RuleSet

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Match a patient's alterations to approved drugs, evidence and trials, each with its proof. "
    "`mtb-match PATIENT` is the main job: PATIENT is a VCF, a MAF, a table, a list, a patient file (YAML or JSON), "
    "a Phenopacket, a FHIR or DNPM document, or the folder of a cBioPortal study. "
    "Research use only: a molecular tumor board decides.",
)

COMMANDS = ("match", "why", "inspect", "rules", "kb")
FORMATS = ("table", "json", "tsv", "markdown", "html")

PatientArgument = Annotated[
    Path,
    typer.Argument(
        metavar="PATIENT", help="Variant file, patient file, clinical document or study folder; - is stdin."
    ),
]
TumorType = Annotated[
    str | None,
    typer.Option(
        "--tumor-type", help="OncoTree code or name, DOID, NCIt, ICD-10 or ICD-O-3; overrides the patient file."
    ),
]
Jurisdiction = Annotated[
    str | None,
    typer.Option("--jurisdiction", help="CN, US or EU: whose approvals count. It has no default."),
]
AssayOption = Annotated[
    str | None,
    typer.Option("--assay", help="WES, WGS or a YAML file: what was looked at and can be absent."),
]
SampleOption = Annotated[str | None, typer.Option("--sample", help="The sample to read, in a file that has several.")]
BuildOption = Annotated[
    str | None, typer.Option("--build", help="GRCh37 or GRCh38, for files whose coordinates state none.")
]
AsOf = Annotated[str | None, typer.Option("--as-of", help="The date that counts, YYYY-MM-DD; today when not given.")]
KbOption = Annotated[
    str | None,
    typer.Option("--kb", help="A store folder, or sparql+http://..., to use instead of the starter graph."),
]
EngineOption = Annotated[str | None, typer.Option("--engine", help="durable or sql: the evaluator of the rules.")]
Strict = Annotated[bool, typer.Option("--strict", help="Make the first warning about the input an error.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write to this file instead of the terminal.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"mtb-match {version('mtb-match')}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """The options of the command itself; its help is the app's."""


@app.command(name="match")
def match_command(
    patient: PatientArgument,
    tumor_type: TumorType = None,
    jurisdiction: Jurisdiction = None,
    assay: AssayOption = None,
    sample: SampleOption = None,
    as_of: AsOf = None,
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "table",
    out: Out = None,
    kb: KbOption = None,
    rules: RulesOption = None,
    engine: EngineOption = None,
    strict: Strict = False,
    build: BuildOption = None,
) -> None:
    """Recommend for one patient (the same as `mtb-match PATIENT`)."""
    from cli.output import write
    from matcher.recommend import answer
    from matcher.report import render

    if form not in FORMATS:
        raise typer.BadParameter(f"{form!r} is not one of {', '.join(FORMATS)}", param_hint="--format")
    matched = _matched(patient, tumor_type, jurisdiction, assay, sample, as_of, kb, rules, engine, strict, build)
    found = answer(matched)
    if form == "table" and out is None and sys.stdout.isatty():
        from matcher.report import as_table

        text = as_table.render(found, shutil.get_terminal_size().columns, "NO_COLOR" not in os.environ)
    else:
        text = render(found, form)
    write(text, out)


@app.command(name="why")
def why_command(
    patient: PatientArgument,
    regimen: Annotated[
        str, typer.Argument(metavar="REGIMEN", help="Drugs joined by +, such as pyrotinib+capecitabine.")
    ],
    tumor_type: TumorType = None,
    jurisdiction: Jurisdiction = None,
    assay: AssayOption = None,
    sample: SampleOption = None,
    as_of: AsOf = None,
    out: Out = None,
    kb: KbOption = None,
    rules: RulesOption = None,
    engine: EngineOption = None,
    strict: Strict = False,
    build: BuildOption = None,
) -> None:
    """Show why a regimen is recommended: the proof with its sources."""
    from cli.output import write
    from matcher.why import why_text

    matched = _matched(patient, tumor_type, jurisdiction, assay, sample, as_of, kb, rules, engine, strict, build)
    write(why_text(matched, regimen), out)


def _matched(
    patient: Path,
    tumor_type: str | None,
    jurisdiction: str | None,
    assay: str | None,
    sample: str | None,
    as_of: str | None,
    kb: str | None,
    rules: list[Path] | None,
    engine: str | None,
    strict: bool,
    build: str | None,
) -> "Matched":
    from cli.piped import readable
    from matcher.case import Request, match
    from rules.engine import default_engine_name

    request = Request(
        readable(patient),
        _day(as_of),
        tumor_type,
        jurisdiction,
        _default_jurisdiction() if jurisdiction is None else None,
        assay,
        sample,
        strict,
        build,
    )
    return match(request, _knowledge(kb), _rules(rules), engine or default_engine_name())


def _default_jurisdiction() -> str | None:
    from cli.settings import default_jurisdiction

    return default_jurisdiction()


def _day(as_of: str | None) -> str:
    if as_of is None:
        return datetime.date.today().isoformat()
    try:
        return datetime.date.fromisoformat(as_of).isoformat()
    except ValueError as error:
        raise typer.BadParameter(f"{as_of!r} is not a date YYYY-MM-DD", param_hint="--as-of") from error


def _knowledge(kb: str | None) -> "KnowledgeBase":
    from kb.graph import open_knowledge_base

    return open_knowledge_base(kb)


def _rules(extra: list[Path] | None) -> "RuleSet":
    found = loaded(extra)
    if extra and found.warnings:
        print(site_warnings_text(found), file=sys.stderr)
    return found


def run() -> None:
    """The entry point: one clear line and exit code 1 for whatever the user can mend, never a traceback."""
    gc.set_threshold(200_000, 50, 50)  # a short process makes many values and hardly any cycle: 10 % of its time
    atexit.register(gc.freeze)  # nor does it look for cycles among them as it ends: another 10 %
    arguments = sys.argv[1:]
    if arguments and arguments[0] not in {*COMMANDS, "--help", "--version"}:
        arguments = ["match", *arguments]
    if not arguments or arguments[0] in {"inspect", "--help"}:
        from cli.inspect import inspect

        app.command(name="inspect")(inspect)
    if not arguments or arguments[0] in {"rules", "--help"}:
        from cli.rules import rules_app

        app.add_typer(rules_app, name="rules")
    if not arguments or arguments[0] in {"kb", "--help"}:
        from cli.kb import kb_app  # a patient's run does not pay for the curators' commands

        app.add_typer(kb_app, name="kb")
    try:
        app(args=arguments, prog_name="mtb-match")
    except RuleProblems as error:
        _fail(problems_text(error))
    except (UnusableInput, KnowledgeError, RulesError) as error:
        _fail(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _fail(f"{error.filename or 'input'}: {error.strerror or error}; check the file and the folder's permissions")
    except Exception as error:
        if "MTB_MATCH_DEBUG" in os.environ:
            raise
        _fail(f"internal error ({type(error).__name__}: {error}); set MTB_MATCH_DEBUG=1 and report what it prints")


def _fail(message: str) -> None:
    print(f"mtb-match: {message}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    run()
