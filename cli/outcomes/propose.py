"""`mtb-match outcomes propose`."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.asking import EngineOption, KbOption, day, rule_set
from cli.outcomes.groups import Patients, StudyArgument
from cli.rule_files import RulesOption

if TYPE_CHECKING:
    from matcher.outcomes.local import Proposal

VARIABLE = "MTB_MATCH_SECRET"
"""The environment variable that may hold the site's secret."""

OutFile = Annotated[Path, typer.Option("--out", help="The TriG file to write.")]
On = Annotated[str | None, typer.Option("--on", help="The day that is recorded, YYYY-MM-DD; today when not given.")]
SecretFile = Annotated[
    Path | None,
    typer.Option("--secret", help=f"A file with the site's secret for pseudonyms; else {VARIABLE}, else your own."),
]


def propose(
    study: StudyArgument,
    patients: Patients = None,
    *,
    out: OutFile,
    secret: SecretFile = None,
    by: Annotated[str | None, typer.Option("--by", help="Who proposes it.")] = None,
    on: On = None,
    kb: KbOption = None,
    rules: RulesOption = None,
    engine: EngineOption = None,
) -> None:
    """Propose local evidence of a study's patients, pseudonymous, for a curator to accept or reject.

    Exit code 0 when the file was written, with or without an item in it; 1 when a file cannot be used.
    """
    from cli.output import write
    from kb.graph import open_knowledge_base
    from kb.outcomes import as_trig
    from matcher.notes import UnusableInput
    from matcher.outcomes.computed import Ground, outcomes_of
    from matcher.outcomes.local import Proposed, endpoints_of, propose, reader
    from matcher.outcomes.measures import MEASURES
    from matcher.outcomes.study import find_study, read_study
    from matcher.report.hidden import visible_lines

    proposed = Proposed(day(on, "--on"), by)
    wanted = read_study(find_study(study), MEASURES, patients or None)
    if not wanted.patients:
        raise UnusableInput(study, "no patient file is given", "name patient files after the study")
    endpoints_of(wanted)
    knowledge, key = open_knowledge_base(kb), _secret(secret)
    computed = outcomes_of(wanted, Ground(knowledge, rule_set(rules), proposed.on, engine or "sql"))
    found = propose(wanted, computed.subjects, reader(wanted, proposed.on, knowledge), knowledge, key, proposed)
    write(as_trig(found.local), out)
    _tell(found, wanted.smallest_group, out)
    lines = [f"not counted: {left.id}: {left.reason}" for left in (*computed.unusable, *computed.left_out)]
    lines += [f"not counted: {excluded.subject}: {excluded.reason}" for excluded in found.excluded]
    print(visible_lines(lines), end="", file=sys.stderr)
    if computed.unusable:
        raise typer.Exit(1)


def _secret(named: Path | None) -> bytes:
    """The site's secret: of the file, the environment, the user's folder, or a new one there, which is then named."""
    from cli.settings import config_file
    from matcher.outcomes.local import checked_secret, made_secret, secret_in

    if named is not None:
        return secret_in(named)
    if os.environ.get(VARIABLE):
        return checked_secret(os.environ[VARIABLE].encode(), VARIABLE)
    path = config_file().with_name("study-secret")
    if path.exists():
        return secret_in(path)
    made = made_secret(path)
    print(f"note: a new secret for pseudonyms is in {path}: keep it, and give it to nobody", file=sys.stderr)
    return made


def _tell(found: "Proposal", smallest: int, out: Path) -> None:
    from matcher.report.local import proposed_line

    for item in found.local.items:
        print(proposed_line(item))
    print(f"groups looked at: {found.looked_at}; proposed: {len(found.local.items)}")
    if found.alike:
        print(f"groups with the same patients as that of a narrower biomarker, which is told: {found.alike}")
    if found.left_out:
        print(
            f"groups below the minimum of {smallest}, or telling of fewer by a difference, left out: {found.left_out}"
        )
    print(f"written to {out}; a curator decides: mtb-match outcomes accept {out} --help")
