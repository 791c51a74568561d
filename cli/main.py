"""`mtb-match`: the commands, each imported when it is asked for: a patient's run does not pay for the others."""

import atexit
import codecs
import errno
import gc
import io
import os
import sys
from importlib import import_module
from typing import Annotated, NoReturn

import typer

from cli.rule_files import problems_text
from kb.errors import KnowledgeError
from matcher.notes import UnusableInput
from rules.errors import RuleProblems, RulesError

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

COMMANDS = {
    "match": "cli.match",
    "why": "cli.why",
    "why-not": "cli.why_not",
    "what-if": "cli.what_if",
    "lesions": "cli.lesions",
    "timeline": "cli.timeline",
    "cohort": "cli.cohort",
    "verify": "cli.verify",
    "inspect": "cli.inspect",
    "outcomes": "cli.outcomes",
    "rules": "cli.rules",
    "kb": "cli.kb",
}
"""The module of each command: it has a function of the command's name (`-` as `_`), or a group named so with `_app`."""


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


def _add(name: str) -> None:
    """Import a command or a group of commands, and make it one of the app's."""
    module, own = import_module(COMMANDS[name]), name.replace("-", "_")
    group = getattr(module, f"{own}_app", None)
    if group is not None:
        app.add_typer(group, name=name)
    else:
        app.command(name=name)(getattr(module, own))


def run() -> None:
    """The entry point: one clear line and exit code 1 for whatever the user can mend, never a traceback."""
    atexit.register(gc.freeze)  # a short process does not look for cycles among its values as it ends: 10 % of its time
    arguments = sys.argv[1:]
    if arguments and arguments[0] not in {*COMMANDS, "--help", "--version"}:
        arguments = ["match", *arguments]
    _write_every_letter()
    app.registered_commands, app.registered_groups = [], []  # of a run before it in this process
    try:
        for name in COMMANDS if not arguments or arguments[0].startswith("--") else arguments[:1]:
            _add(name)
        app(args=arguments, prog_name="mtb-match")
    except RuleProblems as error:
        _fail(problems_text(error))
    except (UnusableInput, KnowledgeError, RulesError) as error:
        _fail(str(error))
    except KeyboardInterrupt:
        _abort()
    except SystemExit as ended:
        if ended.__context__ is not None and isinstance(ended.__context__.__cause__, KeyboardInterrupt):
            _abort()  # Typer makes an exit of it that says nothing
        raise
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _fail(_os_problem(error))
    except Exception as error:
        if isinstance(error.__cause__, KeyboardInterrupt):  # Python 3.11 wraps one that comes as a class is made
            _abort()
        if "MTB_MATCH_DEBUG" in os.environ:
            raise
        unread = _unread(arguments) if isinstance(error, UnicodeEncodeError) else None
        if unread is not None:
            _fail(f"{unread}: it holds letters that are not in the locale's encoding; set LC_ALL=C.UTF-8")
        _fail(f"internal error ({type(error).__name__}: {error}); set MTB_MATCH_DEBUG=1 and report what it prints")


def _os_problem(error: OSError) -> str:
    """What the system refused, where, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        where = error.filename or "standard output, or a temporary file"
        return f"{where}: {error.strerror}; make room, or name a file on another disk with --out"
    return f"{error.filename or 'input'}: {error.strerror or error}; check the file and the folder's permissions"


def _unread(arguments: list[str]) -> str | None:
    """The first argument of which Python could not read every byte as a letter; None when it could."""
    from matcher.file_names import is_utf_8, shown

    return next((shown(each) for each in arguments if not is_utf_8(each)), None)


def _write_every_letter() -> None:
    """Letters that the terminal's encoding lacks are written as escapes, where they would end the command.

    Where it is ASCII alone by the locale, as in C, UTF-8 is written: most of a table would be escapes.
    """
    is_asked_for = "PYTHONIOENCODING" in os.environ
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if codecs.lookup(stream.encoding).name == "ascii" and not is_asked_for:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        elif stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _abort() -> NoReturn:
    print("Aborted.", file=sys.stderr)
    sys.exit(130)


def _fail(message: str) -> None:
    from cli.piped import as_given
    from matcher.report.hidden import written_out

    print(f"mtb-match: {written_out(as_given(message))}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    run()
