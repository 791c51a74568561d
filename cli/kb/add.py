"""`mtb-match kb add`."""

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from cli.kb.options import (
    CurationFile,
    Curator,
    Kb,
    Orcid,
    Out,
    RetractedFile,
    counted,
    journal_to_begin,
    papers_for_gate,
    person,
    working,
)
from kb.curation.field_table import FIELDS, Field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kb.curation.acts import Person
    from kb.curation.adding import Candidate
    from kb.curation.entry import Entry
    from kb.curation.journal import Draft, Journal
    from kb.curation.journal import Entry as Recorded
    from kb.curation.vocabulary import Vocabulary

FORMATS = ("text", "json", "trig")
SCHEMA = "mtb-match-add/1"

_BESIDE_A_FILE = ("supersedes", "because")
"""Fields that may be given for what a file holds."""

FileArgument = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", help="A table (.tsv, .csv), Turtle or TriG (.ttl, .trig, .nt, .nq) instead."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check all and show the items, but record nothing.")]
Asking = Annotated[bool, typer.Option("--form", help="Ask field by field; options are answers already given.")]
Sign = Annotated[
    Path | None, typer.Option("--sign", help="Sign with a profile of the nanopub library: profile.yml or its folder.")
]
Form = Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")]


class Asked(NamedTuple):
    """What the command was asked to do, apart from the statement."""

    kb: str | None
    curation: Path | None
    curator: str | None
    orcid: str | None
    retracted: Path | None
    dry_run: bool
    sign: Path | None
    form: str
    out: Path | None


def _asked(
    kb: Kb = None,
    curation: CurationFile = None,
    curator: Curator = None,
    orcid: Orcid = None,
    retracted: RetractedFile = None,
    dry_run: DryRun = False,
    sign: Sign = None,
    form: Form = "text",
    out: Out = None,
) -> Asked:
    from cli.asking import one_of

    return Asked(
        kb, curation, curator, orcid, retracted, dry_run, sign, one_of(form, FORMATS, "--format"), out
    )  # fmt: skip


def _add(asked: Asked, file: Path | None, asking: bool, given: dict[str, str]) -> None:
    """Submit evidence as options, a table, Turtle or TriG, or in a form; it counts once a second person accepted it.

    Without FILE and options, a form asks in the terminal. Every field is checked, then the gate looks at the items.
    Exit code 0 when they were submitted, 1 when something is to be mended (nothing is recorded), 2 for wrong usage.
    """
    if file is not None:
        _check_beside_a_file(given, asking)
        _from_file(asked, file, given)
    elif asking or (not given and sys.stdin.isatty()):
        _from_form(asked, given)
    elif not given:
        raise typer.BadParameter(
            "name a FILE, give the statement as options (--gene, --alteration, --drug ...), or --form in a terminal"
        )
    else:
        _from_options(asked, given)


def _check_beside_a_file(given: dict[str, str], asking: bool) -> None:
    beside = next((name for name in given if name not in _BESIDE_A_FILE), None)
    if beside is not None or asking:
        option = FIELDS[beside].option if beside else "--form"
        raise typer.BadParameter("FILE holds the statements; give one or the other", param_hint=option)


# The three ways in, and the form


def _from_options(asked: Asked, given: dict[str, str]) -> None:
    from kb.curation.entry import read_entries
    from kb.statements import Row

    words = _words(asked)
    called = {name: field.option for name, field in FIELDS.items()}
    _submit(asked, words, read_entries([("", Row(given))], words, called), "options")


def _from_file(asked: Asked, file: Path, given: dict[str, str]) -> None:
    from cli.piped import readable
    from kb.curation.entry import COLUMNS, UNUSED, read_entries, read_table_rows
    from kb.curation.turtle import FORMATS as TURTLE
    from kb.curation.turtle import read_turtle
    from kb.errors import CurationProblem

    suffix = file.suffix.lower()
    if suffix not in TURTLE and suffix not in (".tsv", ".csv", ".txt"):
        known = ", ".join((".tsv", ".csv", *TURTLE))
        raise CurationProblem(str(file), f"has no ending that tells what it holds ({known})", "rename it")
    words, path = _words(asked), readable(file)
    entries: tuple[Entry, ...]
    if suffix in TURTLE:
        entries = read_turtle(path, words)
    else:
        rows = read_table_rows(path)
        left = [column for column in UNUSED if any(row[column] for _, row in rows)]
        if left:
            print(f"note: {', '.join(left)}: not taken; items have ids and people of their own", file=sys.stderr)
        if not rows:
            raise CurationProblem(str(file), "has no row", f"its columns are {', '.join(COLUMNS)}")
        entries = read_entries(rows, words)
    _submit(asked, words, _beside(entries, given), f"{'Turtle' if suffix in TURTLE else 'table'} {file.name}")


def _beside(entries: "tuple[Entry, ...]", given: dict[str, str]) -> "tuple[Entry, ...]":
    """The entries with what was said of them beside the file."""
    if "supersedes" in given and len(entries) > 1:
        raise typer.BadParameter("FILE holds several items; name what each supersedes in it", param_hint="--supersedes")
    return tuple(
        each._replace(
            supersedes=given.get("supersedes", each.supersedes), reason=given.get("because", each.reason)
        )
        for each in entries
    )  # fmt: skip


def _from_form(asked: Asked, given: dict[str, str]) -> None:
    from cli.kb.form import Form, Left
    from kb.errors import CurationProblem
    from kb.statements import Row

    to = journal_to_begin(asked.curation)
    words = _words(asked)
    known, retracted = to.book(), papers_for_gate(asked.retracted)

    def judged(row: Row) -> "tuple[Candidate, ...]":
        from kb.curation.adding import candidates
        from kb.curation.entry import read_entries

        return candidates(read_entries([("", row)], words), words, known, retracted)

    try:
        filled = Form(words, judged).filled(Row(given), asked.curator, asked.orcid)
    except Left as left:
        raise CurationProblem("the form", "was left", "nothing was recorded") from left
    by = asked._replace(curator=filled.person.name, orcid=filled.person.orcid)
    _record(by, to, filled.found, "form")


# From entries to the journal


def _words(asked: Asked) -> "Vocabulary":
    from kb.curation.vocabulary import Vocabulary
    from kb.graph import open_knowledge_base

    with working("reading the graph's words"):
        return Vocabulary(open_knowledge_base(asked.kb))


def _submit(asked: Asked, words: "Vocabulary", entries: "tuple[Entry, ...]", method: str) -> None:
    from kb.curation.adding import candidates

    to = journal_to_begin(asked.curation)
    if not asked.dry_run:
        _by(asked)
    with working("checking"):
        papers = papers_for_gate(asked.retracted)
        found = candidates(counted("checking", entries), words, to.book(), papers)
    _record(asked, to, found, method)


def _record(asked: Asked, to: "Journal", found: "tuple[Candidate, ...]", method: str) -> None:
    """Record the candidates, all or none, and say what became of each."""
    from cli.output import write
    from kb.curation.adding import add, refused
    from kb.errors import CurationProblem

    problem = refused(found)
    if problem is not None:
        raise problem
    if all(each.left is not None for each in found):
        told = "\n  ".join(["nothing is new:", *(f"{each.item.id} {each.left}" for each in found)])
        raise CurationProblem(str(to.path), told, "nothing was recorded")
    if asked.dry_run:
        write(_shown(asked, found, ()), asked.out)
        return
    by = _by(asked)
    write(_shown(asked, found, add(to, found, by, method, _signer(asked, by))), asked.out)


def _by(asked: Asked) -> "Person":
    """Who submits; told to be wrong before anything is read or written."""
    from kb.errors import CurationProblem
    from kb.outcomes import is_orcid

    found = person(asked.curator, asked.orcid)
    if not is_orcid(found.orcid):
        raise CurationProblem(found.orcid, "is no ORCID iD: its check digit does not fit", "copy it from ORCID")
    return found


def _signer(asked: Asked, by: "Person") -> "Callable[[Draft], str] | None":
    if asked.sign is None:
        return None
    from kb.curation.signing import read_key, signed

    key = read_key(asked.sign)

    def sign(draft: "Draft") -> str:
        assert draft.item is not None  # a submission has its item
        return signed(draft.item, (draft.act,), key)

    return sign


# What is shown


def _shown(asked: Asked, found: "tuple[Candidate, ...]", recorded: "tuple[Recorded, ...]") -> str:
    if asked.form == "json":
        import json

        return json.dumps(_structure(asked, found, recorded), indent=1, ensure_ascii=False) + "\n"
    if asked.form == "trig":
        return _trig(found, recorded)
    from matcher.report.hidden import visible_lines

    return visible_lines([*_lines(asked, found, recorded)])


def _lines(asked: Asked, found: "tuple[Candidate, ...]", recorded: "tuple[Recorded, ...]") -> "Iterable[str]":
    from kb.curation.adding import lines_of

    for each in found:
        yield from lines_of(each)
    new = [each for each in found if each.left is None]
    if not recorded:
        yield f"nothing was recorded (--dry-run); {_number(new)} would be submitted"
        return
    act = recorded[0].act
    yield f"{_number(new)} submitted by {act.person.name} ({act.person.orcid}) at {act.at}"
    yield "a second person decides: mtb-match kb review ITEM --accept"


def _number(found: "list[Candidate]") -> str:
    return "1 item" if len(found) == 1 else f"{len(found)} items"


def _structure(asked: Asked, found: "tuple[Candidate, ...]", recorded: "tuple[Recorded, ...]") -> dict[str, Any]:
    from kb.curation.adding import as_json

    at = {entry.act.item: entry.act.at for entry in recorded}
    return {
        "schema": SCHEMA,
        "dry_run": asked.dry_run,
        "items": [{**as_json(each), "submitted_at": at.get(each.item.id)} for each in found],
    }


def _trig(found: "tuple[Candidate, ...]", recorded: "tuple[Recorded, ...]") -> str:
    """The items as they can be edited and given back as a FILE."""
    from kb.curation.nanopub import named_graphs
    from kb.rdf import trig

    acts = {entry.act.item: (entry.act,) for entry in recorded}
    new = [each.item for each in found if each.left is None]
    return trig(graph for item in new for graph in named_graphs(item, acts.get(item.id, ())))


# The command


def _option(field: Field) -> inspect.Parameter:
    """The option of a field, as typer reads it."""
    names = (field.option, "--therapy") if field.name == "therapy" else (field.option,)
    choices = f" ({', '.join(field.choices)})" if field.choices else ""
    told = typer.Option(*names, help=f"{field.help[:1].upper()}{field.help[1:]}{choices}.")
    kind = Annotated[list[str] | None if field.several else str | None, told]  # type: ignore[valid-type]
    return inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)


def add(**given: Any) -> None:
    """See `_add`."""
    own = inspect.signature(_asked).parameters
    asked = _asked(**{name: given[name] for name in own})
    values = {name: given[name] for name in FIELDS if given[name]}
    told = {name: "; ".join(value) if isinstance(value, list) else value for name, value in values.items()}
    _add(asked, given["file"], given["asking"], {name: value.strip() for name, value in told.items() if value.strip()})


_KEYWORD = inspect.Parameter.KEYWORD_ONLY
add.__doc__ = _add.__doc__
add.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
    [
        inspect.Parameter("file", _KEYWORD, default=None, annotation=FileArgument),
        *(_option(field) for field in FIELDS.values()),
        inspect.Parameter("asking", _KEYWORD, default=False, annotation=Asking),
        *(each.replace(kind=_KEYWORD) for each in inspect.signature(_asked).parameters.values()),
    ]
)
add.__annotations__ = {each.name: each.annotation for each in add.__signature__.parameters.values()}  # type: ignore[attr-defined]
