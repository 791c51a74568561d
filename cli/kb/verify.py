"""`mtb-match kb verify`."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.kb.options import CurationFile, Out, journal, working

if TYPE_CHECKING:
    from kb.curation.chain import Head
    from kb.curation.verify import Verification

FORMATS = ("text", "json")
SCHEMA = "mtb-match-journal-verification/1"

HeadOption = Annotated[
    list[str] | None,
    typer.Option("--head", metavar="NUMBER:HASH", help="A head noted elsewhere before; may be repeated."),
]
HeadsFile = Annotated[
    Path | None, typer.Option("--heads", metavar="FILE", help="A file of noted heads, the last word of each line.")
]
KeysFile = Annotated[
    Path | None,
    typer.Option("--keys", metavar="FILE", help="Known public keys of signers: `ORCID KEY` a line; else any key is."),
]
Note = Annotated[bool, typer.Option("--note", help="When the journal holds, add its head to the file of --heads.")]


def verify(
    curation: CurationFile = None,
    head: HeadOption = None,
    heads: HeadsFile = None,
    note: Note = False,
    keys: KeysFile = None,
    form: Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")] = "text",
    out: Out = None,
) -> None:
    """Check the journal of curation: chain, items, acts, and noted heads. Exit code 1 when it is not as recorded."""
    from cli.asking import one_of
    from cli.output import write
    from kb.curation.chain import read_head
    from kb.curation.signing import entry_check, read_known_keys
    from kb.curation.verify import verify as verified

    one_of(form, FORMATS, "--format")
    if note and heads is None:
        raise typer.BadParameter("name the file of heads, kept elsewhere, with --heads", param_hint="--note")
    noted = [*(read_head(each) for each in head or ()), *_noted(heads, note)]
    with working("verifying"):
        known = None if keys is None else read_known_keys(keys)
        found = verified(journal(curation).path, noted, signature=entry_check(known))
    if note and heads is not None and found.holds:
        _note(found, heads)
    write(_json(found, noted) if form == "json" else _text(found, noted), out)
    if not found.holds:
        raise typer.Exit(1)


def _noted(heads: Path | None, may_be_new: bool) -> "list[Head]":
    """The heads of a file: the last word of each line that has one and does not begin with #."""
    from kb.curation.chain import read_head
    from kb.errors import CurationProblem

    if heads is None or (may_be_new and not heads.exists()):
        return []
    found = []
    try:
        lines = heads.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CurationProblem(str(heads), f"cannot be read ({error})", "name the file of noted heads") from error
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if words and not words[0].startswith("#"):
            try:
                found.append(read_head(words[-1]))
            except CurationProblem as problem:
                raise CurationProblem(f"{heads}:{number}", problem.problem, problem.remedy) from problem
    return found


def _note(found: "Verification", heads: Path) -> None:
    """Add the journal's head with the time of now to a file, down to the disk."""
    from kb.curation.acts import now

    with heads.open("a", encoding="utf-8") as file:
        file.write(f"{now()} {found.head}\n")
        file.flush()
        os.fsync(file.fileno())


def _text(found: "Verification", noted: "list[Head]") -> str:
    from matcher.report.hidden import visible

    items = ", ".join(f"{number} {state}" for state, number in found.states.items()) or "none"
    lines = [
        f"{found.path}: {'holds' if found.holds else 'IS NOT AS IT WAS RECORDED'}",
        f"entries: {found.entries}",
        f"items: {items}",
        f"digest: {found.digest}",
        f"head: {found.head}",
        *(f"{flaw.severity}: {flaw.place}: {flaw.message}" for flaw in found.flaws),
        *(f"to do: {remedy}" for remedy in dict.fromkeys(flaw.remedy for flaw in found.flaws)),
    ]
    if noted and found.holds:
        lines.append(f"it continues what it was when the {len(noted)} noted heads were noted")
    elif found.holds:
        lines.append("note this head elsewhere: with --head it shows later what was cut off or rewritten since")
    return "".join(f"{visible(each)}\n" for each in lines)


def _json(found: "Verification", noted: "list[Head]") -> str:
    told = {
        "schema": SCHEMA,
        "journal": str(found.path),
        "holds": found.holds,
        "entries": found.entries,
        "head": str(found.head),
        "digest": found.digest,
        "items": dict(found.states),
        "heads_compared": [str(each) for each in noted],
        "flaws": [flaw._asdict() for flaw in found.flaws],
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"
