"""A preview as a document: what changes in a few sentences, then each patient, then the rules, then the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from matcher.facts import regimen_label
from matcher.report.document import Cell, Document, Section, Table
from matcher.timeline import MARKS, RANK

if TYPE_CHECKING:
    from matcher.preview import PatientChange, Preview, RuleTurn
    from matcher.timeline import Move, Turned

MOST_FINDINGS = 2
MOST_NAMED = 4
MOST_ROWS = 40
"""How many rows a table of what moves little has; JSON has them all."""

CLOSING = "A preview changes nothing: what counts is decided in `mtb-match kb review`. Research use only."


def preview_document(found: Preview, parts: Sequence[Section] = ()) -> Document:
    """The preview as a document; `parts` are further sections, such as the scenarios that move."""
    sections = (
        _acts(found),
        _patients(found),
        *parts,
        _rules(found),
        _shifted(found),
        _unrecommended(found),
        _unmatched(found),
    )
    return Document(
        _title(found),
        tuple(_summary(found)),
        (
            f"Patients: {found.folder}, as of {found.as_of}",
            f"Base graph: {found.release} ({found.digest})",
            f"Rules: {found.rules_digest}",
        ),
        tuple(section for section in sections if section is not None),
        CLOSING,
    )


def _title(found: Preview) -> str:
    asked = [each for each in found.proposal.acts if each.because_of is None]
    if len(asked) == 1:
        return f"Preview: {asked[0].id} {asked[0].kind}"
    return f"Preview: {len(asked)} decisions"


def _summary(found: Preview) -> Iterator[str]:
    moved, shifted = len(found.moved), len(found.shifted)
    if not found.patients:
        yield "No patient of the folder could be matched."
    elif not found.changed:
        yield f"No answer changes, of {_counted(found.patients, 'patient')}."
    elif not moved:
        yield f"No recommendation changes, of {_counted(found.patients, 'patient')}."
    else:
        verb = "changes" if moved == 1 else "change"
        yield f"{moved} of {_counted(found.patients, 'patient')} {verb} recommendation: {_named(found.moved)}."
    if shifted:
        yield f"For {shifted} {'more ' if moved else ''}the same is recommended, with other findings, levels or ranks."
    if found.unchanged:
        yield f"{_counted(len(found.unchanged), 'patient')} looked at again: the same answer."
    if found.untouched:
        yield f"{_counted(len(found.untouched), 'patient')} cannot be affected: their answers rest on nothing that differs."
    yield from _rule_summary(found.rules)
    if found.problems:
        yield f"{_counted(len(found.problems), 'file')} could not be matched: see below."


def _rule_summary(rules: Sequence[RuleTurn]) -> Iterator[str]:
    for verb, turned in (("start", [each for each in rules if each.starts]), ("stop", [r for r in rules if r.stops])):
        if turned:
            names = _some([each.rule for each in turned])
            yield f"{_counted(len(turned), 'rule')} {verb}{'s' if len(turned) == 1 else ''} to fire for some: {names}."
    only = sum(not each.starts and not each.stops for each in rules)
    if only:
        yield f"{_counted(only, 'rule')} that fired before fire{'s' if only == 1 else ''} more or less often."


def _acts(found: Preview) -> Section:
    return Section("What would be decided", tuple(each.label for each in found.proposal.acts))


def _patients(found: Preview) -> Section | None:
    if not found.moved:
        return None
    return Section("Patients whose recommendation changes", sections=tuple(map(_patient, found.moved)))


def _patient(change: PatientChange) -> Section:
    lines: list[str] = []
    if change.first[0] != change.first[1]:
        was, now = (regimen_label(each) or "nothing" for each in change.first)
        lines.append(f"First is now {now}; before, {was}.")
    for told, moves in (("To avoid now", change.avoid), ("No longer to avoid", change.no_longer_avoid)):
        lines += [f"{told}: {regimen_label(each.regimen)}{_because(change, each)}" for each in moves]
    if change.ranks:
        names = _some([f"{regimen_label(each.regimen)} {_rank(each)}" for each in change.ranks])
        lines.append(f"Only the rank changes: {names}.")
    rows = tuple(_row(change, each) for each in (*change.severe, *change.other))
    table = Table(("Regimen", "Before", "After", "Rank", "What changed", "Because of"), rows) if rows else None
    return Section(f"{change.name}: {_who(change)}", tuple(lines), table)


def _who(change: PatientChange) -> str:
    return f"{change.patient}, {change.tumor}, {change.jurisdiction}"


def _row(change: PatientChange, move: Move) -> tuple[Cell, ...]:
    was, now = (each or "not recommended" for each in move.tiers)
    return (
        regimen_label(move.regimen),
        was,
        "same" if was == now else now,
        _rank(move),
        _findings(move),
        _because(change, move).removeprefix(" because of "),
    )


def _because(change: PatientChange, move: Move) -> str:
    """The items that moved a regimen, with the rules on the way."""
    items = ", ".join(change.causes(move)) or "all of it together"
    rules = change.rules_of(move)
    return f" because of {items}" + (f" (rules {' → '.join(rules)})" if rules else "")


def _rank(move: Move) -> str:
    was, now = (str(each) if each is not None else "–" for each in move.ranks)
    return was if was == now else f"{was} → {now}"


def _findings(move: Move) -> str:
    """What came to the findings of a regimen and what left them; that its marks changed, where nothing else did."""
    told = list(dict.fromkeys(map(_turned, sorted(move.findings, key=_weight))))
    if not told:
        return {MARKS: "levels or marks", RANK: ""}.get(move.what, "")
    more = [f"and {len(told) - MOST_FINDINGS} more"] if len(told) > MOST_FINDINGS else []
    return "; ".join((*told[:MOST_FINDINGS], *more))


def _turned(each: Turned) -> str:
    return f"{'' if each.came else 'no longer '}{each.criterion}: {each.verdict}: {each.message}"


def _weight(each: Turned) -> tuple[object, ...]:
    order = ("fail", "undetermined", "warn", "pass")
    return not each.came, order.index(each.verdict), each.criterion


def _rules(found: Preview) -> Section | None:
    if not found.rules:
        return None
    turned = [each for each in found.rules if each.starts or each.stops]
    rows = tuple(
        (each.rule, each.sentence, _some(each.starts) or "–", _some(each.stops) or "–", each.example) for each in turned
    )
    others = [each for each in found.rules if not each.starts and not each.stops]
    table = Table(("Rule", "It says", "Starts for", "Stops for", "For instance"), rows) if rows else None
    lines = () if rows else ("No rule starts or stops firing for a patient.",)
    return Section("Rules that start or stop", lines, table, sections=(_often(others),) if others else ())


def _often(rules: Sequence[RuleTurn]) -> Section:
    rows = tuple(
        (each.rule, f"+{each.more}" if each.more else "–", f"-{each.less}" if each.less else "–",
         str(len(each.patients)), each.example)
        for each in rules
    )  # fmt: skip
    table = Table(("Rule", "More", "Less", "Patients", "For instance"), rows)
    return Section("Rules that fire more or less often", (), table, folded=True)


def _shifted(found: Preview) -> Section | None:
    """What changes little: of patients without a changed recommendation."""
    rows: list[tuple[Cell, ...]] = []
    for change in found.shifted:
        for move in (*change.other, *change.ranks):
            items = ", ".join(change.causes(move))
            rows.append((change.name, _who(change), regimen_label(move.regimen), _rank(move), _findings(move), items))
    if not rows:
        return None
    headings = ("File", "Patient", "Regimen", "Rank", "What changed", "Because of")
    return _table("The same is recommended, otherwise", headings, rows)


def _unrecommended(found: Preview) -> Section | None:
    rows: list[tuple[Cell, ...]] = [
        (change.name, regimen_label(move.regimen), _findings(move), ", ".join(change.causes(move)))
        for change in found.changed
        for move in change.unrecommended
    ]
    if not rows:
        return None
    heading = "Not recommended before or after, with other findings"
    return _table(heading, ("File", "Regimen", "What changed", "Because of"), rows)


def _table(heading: str, headings: tuple[str, ...], rows: Sequence[tuple[Cell, ...]]) -> Section:
    more = len(rows) - MOST_ROWS
    lines = (f"The first {MOST_ROWS} rows; JSON has the other {more} too.",) if more > 0 else ()
    return Section(heading, lines, Table(headings, tuple(rows[:MOST_ROWS])), folded=True)


def _unmatched(found: Preview) -> Section | None:
    lines = tuple(f"{each.name}: {each.reason}" for each in found.problems)
    others = tuple(f"{each.name}: {each.reason}" for each in found.left_out)
    if not lines and not others:
        return None
    below = (Section("Files that give no patient", others, folded=True),) if others else ()
    return Section("Files that could not be matched", lines or ("None.",), sections=below, folded=not lines)


def _named(changed: Iterable[PatientChange]) -> str:
    return _some([each.patient or each.name for each in changed])


def _some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join((*names[:MOST_NAMED], *([f"and {more} more"] if more > 0 else [])))


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
