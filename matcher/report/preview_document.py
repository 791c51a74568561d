"""A preview as a document: what changes in a few sentences, then each patient, then the rules, then the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from matcher.facts import regimen_label
from matcher.report.document import Cell, Document, Section, Table
from matcher.timeline import MARKS, RANK

if TYPE_CHECKING:
    from matcher.preview import PatientChange, Preview, RuleTurn
    from matcher.registry import LeftOut
    from matcher.timeline import Move, Turned

MOST_FINDINGS = 2
MOST_NAMED = 4
MOST_ALIKE = 12
ALL = "all of it together"
MOST_ROWS = 40
"""How many rows a table of what moves little has; JSON has them all."""

CLOSING = "A preview changes nothing: what counts is decided by mtb-match kb review. Research use only."


def preview_document(found: Preview, lines: Sequence[str] = (), parts: Sequence[Section] = ()) -> Document:
    """The preview as a document; `lines` and `parts` tell more in its summary and its sections: scenarios that move."""
    sections = (
        _acts(found),
        _regimens(found),
        _patients(found),
        *parts,
        _rules(found),
        _shifted(found),
        _unrecommended(found),
        _unmatched(found),
    )
    return Document(
        _title(found),
        (*(_summary(found) if found.folder is not None else ()), *lines),
        (
            *((f"Patients: {found.folder}, as of {found.as_of}",) if found.folder is not None else ()),
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
        yield "No patient of the folder could be matched." if found.problems else "The folder holds no patient."
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
        skipped = _counted(len(found.untouched), "patient")
        yield f"{skipped} cannot be affected: their answers rest on nothing that differs."
    yield from _rule_summary(found.rules)
    if found.problems:
        yield f"{_counted(len(found.problems), 'file')} could not be matched: see below."


def _rule_summary(rules: Sequence[RuleTurn]) -> Iterator[str]:
    for verb, turned in (("start", [each for each in rules if each.starts]), ("stop", [r for r in rules if r.stops])):
        if turned:
            names = _some([each.rule for each in turned])
            yield f"{_counted(len(turned), 'rule')} {verb}{'s' if len(turned) == 1 else ''} firing for some: {names}."
    only = sum(not each.starts and not each.stops for each in rules)
    if only:
        yield f"{_counted(only, 'rule')} that fired before fire{'s' if only == 1 else ''} more or less often."


def _acts(found: Preview) -> Section:
    return Section("What would be decided", found.told)


def _regimens(found: Preview) -> Section | None:
    """Every regimen that appears, disappears or changes tier for somebody, or is to be avoided, with how many."""
    counts: dict[tuple[str, str, str], list[str]] = {}
    for change in found.moved:
        for move in change.severe:
            key = regimen_label(move.regimen), _tiers(move), ", ".join(change.causes(move))
            counts.setdefault(key, []).append(change.patient or change.name)
        for told, moves in (("to avoid now", change.avoid), ("no longer to avoid", change.no_longer_avoid)):
            for move in moves:
                key = regimen_label(move.regimen), told, ", ".join(change.causes(move))
                counts.setdefault(key, []).append(change.patient or change.name)
    if not counts:
        return None
    ordered = sorted(counts.items(), key=lambda each: (-len(each[1]), each[0]))
    rows = tuple((*key[:2], str(len(names)), _some(names), key[2] or ALL) for key, names in ordered)
    return Section("What moves", table=Table(("Regimen", "Change", "Patients", "Who", "Because of"), rows))


def _patients(found: Preview) -> Section | None:
    """The patients whose recommendation changes, those with the same change together."""
    if not found.moved:
        return None
    groups: dict[object, list[PatientChange]] = {}
    for change in found.moved:
        groups.setdefault(_alike(change), []).append(change)
    several = len({id for each in found.changed for id in each.ids}) > 1
    ordered = sorted(groups.values(), key=len, reverse=True)
    return Section("Patients whose recommendation changes", sections=tuple(_group(each, several) for each in ordered))


def _alike(change: PatientChange) -> object:
    """What patients who are told of together have in common: who leads, and all moves but for the ranks."""
    moves = tuple((each.regimen, each.tiers, _findings(change, each)) for each in (*change.severe, *change.other))
    warned = tuple(tuple(each.regimen for each in moves) for moves in (change.avoid, change.no_longer_avoid))
    return moves, warned, change.first


def _group(changes: Sequence[PatientChange], several: bool) -> Section:
    change = changes[0]
    lines: list[str] = []
    if len(changes) > 1:
        lines.append(f"Also: {_some([_who(each) for each in changes[1:]], MOST_ALIKE)}.")
    if change.first[0] != change.first[1]:
        was, now = (regimen_label(each) or "nothing" for each in change.first)
        lines.append(f"First is now {now}; before, {was}.")
    for told, moves in (("To avoid now", change.avoid), ("No longer to avoid", change.no_longer_avoid)):
        lines += [f"{told}: {regimen_label(each.regimen)}, because of {_because(change, each, True)}" for each in moves]
    rows = tuple(_row(change, each, several) for each in (*change.severe, *change.other))
    rank = "Rank" if len(changes) == 1 else "Rank in the first"
    table = Table(("Regimen", "Tier", rank, "What changed", "By"), rows) if rows else None
    if change.ranks:
        lines.append(
            f"{_counted(len(change.ranks), 'other regimen')} only change{'s' * (len(change.ranks) == 1)} rank."
        )
    more = f" and {_counted(len(changes) - 1, 'more patient')}" if len(changes) > 1 else ""
    return Section(f"{_who(change)}{more}", tuple(lines), table)


def _who(change: PatientChange) -> str:
    return f"{change.patient} ({change.tumor}, {change.jurisdiction}; {change.name})"


def _row(change: PatientChange, move: Move, several: bool) -> tuple[Cell, ...]:
    told = _findings(change, move)
    return regimen_label(move.regimen), _tiers(move), _rank(move), told, _because(change, move, several)


def _tiers(move: Move) -> str:
    was, now = (each or "not recommended" for each in move.tiers)
    return was if was == now else f"{was} → {now}"


def _because(change: PatientChange, move: Move, with_items: bool) -> str:
    """The rules on the way to a change, from the items that moved it."""
    items = ", ".join(change.causes(move)) or ALL
    way = " → ".join(change.rules_of(move))
    if with_items or not way:
        return f"{items} ({way})" if way else items
    return way


def _rank(move: Move) -> str:
    was, now = (str(each) if each is not None else "–" for each in move.ranks)
    return was if was == now else f"{was} → {now}"


def _findings(change: PatientChange, move: Move) -> str:
    """What changed in a regimen's findings, what blocks first, one of each criterion.

    Of an option that is only considered before or after it is told that it is: an item of the preview.
    """
    own = {each.option: each.came for each in move.findings if each.option in change.ids}
    told = [
        f"{option} now speaks for it" if came else f"{option} no longer speaks for it" for option, came in own.items()
    ]
    found: dict[tuple[bool, str], str] = {}
    for each in sorted(move.findings, key=_weight):
        if each.option not in own or each.verdict == "fail":
            found.setdefault((each.came, each.criterion), _turned(each))
    told += list(found.values())
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
            told = _findings(change, move)
            rows.append((_who(change), regimen_label(move.regimen), _rank(move), told, _because(change, move, True)))
    if not rows:
        return None
    headings = ("Patient", "Regimen", "Rank", "What changed", "Because of")
    return _table("The same is recommended, otherwise", headings, rows)


def _unrecommended(found: Preview) -> Section | None:
    rows: list[tuple[Cell, ...]] = [
        (_who(change), regimen_label(move.regimen), _findings(change, move), ", ".join(change.causes(move)) or ALL)
        for change in found.changed
        for move in change.unrecommended
    ]
    if not rows:
        return None
    heading = "Not recommended before or after, with other findings"
    return _table(heading, ("Patient", "Regimen", "What changed", "Because of"), rows)


def _table(heading: str, headings: tuple[str, ...], rows: Sequence[tuple[Cell, ...]]) -> Section:
    more = len(rows) - MOST_ROWS
    lines = (f"The first {MOST_ROWS} rows; JSON has the other {more} too.",) if more > 0 else ()
    return Section(heading, lines, Table(headings, tuple(rows[:MOST_ROWS])), folded=True)


def _unmatched(found: Preview) -> Section | None:
    if not found.problems and not found.left_out:
        return None
    others = Section("Files that give no patient", tuple(_by_reason(found.left_out)), folded=True)
    below = (others,) if found.left_out else ()
    lines = tuple(_by_reason(found.problems)) or ("None.",)
    return Section("Files that could not be matched", lines, sections=below, folded=not found.problems)


def _by_reason(files: Iterable[LeftOut]) -> Iterator[str]:
    """The files that have the same problem together, with the remedy."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in files:
        found.setdefault((each.reason.partition(" (")[0], each.remedy), []).append(each.name)
    for (reason, remedy), names in found.items():
        yield f"{_some(names, MOST_ALIKE)}: {reason}" + (f"; {remedy}" if remedy else "")


def _named(changed: Iterable[PatientChange]) -> str:
    return _some([each.patient or each.name for each in changed])


def _some(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first names, and how many more there are."""
    more = len(names) - most
    return ", ".join((*names[:most], *([f"and {more} more"] if more > 0 else [])))


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
