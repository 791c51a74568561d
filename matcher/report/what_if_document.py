"""The answer to "what if" as a document: what changes in a few sentences, then each change under its cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from matcher.facts import regimen_id
from matcher.phrases import in_language, say
from matcher.recommend import VERDICTS, wording_of, words
from matcher.report.document import Cell, Document, Section, Table
from matcher.report.rows import known_line, patient_line
from matcher.timeline import APPEARED, DISAPPEARED, FINDINGS, MARKS, RANK, TIER, Move, Reason, Turned
from rules.wording import Wording

if TYPE_CHECKING:
    from matcher.recommend import Answer
    from matcher.what_if import Group, WhatIf

MOST_ROWS = 25
"""How many regimens that stay out a table names; JSON has them all."""
MOST_FINDINGS = 2
MOST_NAMED = 4
MOST_IN_HEADING = 2


def what_if_document(found: WhatIf) -> Document:
    """The answer as a document in its language: summary, edits, changes by cause, biomarkers, what only moved."""
    told = _Telling(found)
    sections = (
        told.edits(),
        *(told.group(number, each) for number, each in enumerate(found.groups, start=1)),
        told.biomarkers(),
        told.ranks(),
        told.elsewhere(),
        told.notes(),
    )
    return Document(
        told.say("title", patient=found.before.matched.patient.id),
        tuple(told.summary()),
        tuple(told.known()),
        tuple(section for section in sections if section is not None),
        say("report", "disclaimer", found.lang),
        found.lang,
    )


class _Telling:
    """One answer in its language: each method makes one section, None where there is nothing to tell."""

    def __init__(self, found: WhatIf) -> None:
        self.found, self.lang = found, found.lang
        self.label = words(found.after.matched.case, self.lang)
        self.label_before = words(found.before.matched.case, self.lang)
        self.wording = Wording(found.after.matched.rules, self.lang, self.label)
        self.old, self.new = _considered(found.before), _considered(found.after)
        self.leading = _leading(found.before) | _leading(found.after)

    def say(self, key: str, **values: str | int | float) -> str:
        """A phrase of this answer."""
        return say("what_if", key, self.lang, **values)

    def table(self, headings: Iterable[str], rows: Iterable[tuple[Cell, ...]]) -> Table:
        """A table with these headings."""
        return Table(tuple(self.say(f"heading {each}") for each in headings), tuple(rows))

    def regimen(self, drugs: tuple[str, ...]) -> str:
        """A regimen as a board reads it, by the names of either answer."""
        name = regimen_id(drugs)
        labels = (self.label("Regimen", name), self.label_before("Regimen", name))
        return next((label for label in labels if label not in (name, " + ".join(drugs))), " + ".join(drugs))

    def tier(self, tier: str | None) -> str:
        """A tier's name; that it is not recommended for none."""
        return self.say("not recommended") if tier is None else self.wording.value("recommendation", "tier", tier)

    def counted(self, key: str, count: int) -> str:
        """A phrase with a number, in its own form for one."""
        return self.say(f"{key} one" if count == 1 else key, count=count)

    def joined(self, texts: Iterable[str]) -> str:
        """Parts of one sentence."""
        return say("joining", "told", self.lang).join(texts)

    # What is told first

    def summary(self) -> Iterator[Cell]:
        """How many regimens moved in which way, and which come and go."""
        found = self.found
        if not found:
            yield self.say("nothing", count=len(found.after.recommendations))
            return
        counts = [(kind, len(found.of_kind(kind))) for kind in (APPEARED, DISAPPEARED, TIER, FINDINGS, MARKS)]
        great = [self.counted(f"count {kind}", count) for kind, count in counts if count]
        only = len(found.of_kind(RANK))
        parts = [say("joining", "told", self.lang).join(great)] if great else []
        parts += [self.counted("count rank", only)] if only else []
        moved = self.say("semicolon").join(parts)
        yield self.say("sentence", text=moved) if moved else self.say("no recommendation moves")
        yield from self.named(APPEARED)
        yield from self.named(DISAPPEARED)
        yield from self.first()
        yield from self.avoided()
        if found.unchanged:
            yield self.counted("unchanged", found.unchanged)

    def named(self, kind: str) -> Iterator[Cell]:
        """The first regimens that come, or go, with their tiers."""
        moves = self.found.of_kind(kind)
        shown = [
            self.say("with tier", regimen=self.regimen(move.regimen), tier=self.tier(move.tiers[kind == APPEARED]))
            for move in moves[:MOST_NAMED]
        ]
        if len(moves) > MOST_NAMED:
            shown.append(self.say("and more", count=len(moves) - MOST_NAMED))
        if shown:
            yield self.say(f"named {kind}", regimens=self.joined(shown))

    def first(self) -> Iterator[Cell]:
        """The recommendation that now leads, where another one did."""
        was, now = (self.first_of(each) for each in (self.found.before, self.found.after))
        if was != now:
            yield self.say("first", was=was or self.say("nothing leads"), now=now or self.say("nothing leads"))

    def first_of(self, found: Answer) -> str:
        """The first recommendation; empty for none."""
        return self.regimen(found.recommendations[0].option.regimen) if found.recommendations else ""

    def avoided(self) -> Iterator[Cell]:
        """The regimens that are to be avoided now, and no longer."""
        moved = self.found.difference
        for key, moves in (("now avoid", moved.avoid), ("no longer avoid", moved.no_longer_avoid)):
            if moves:
                shown = [self.regimen(move.regimen) for move in moves[:MOST_NAMED]]
                more = len(moves) - len(shown)
                shown += [self.say("and more", count=more)] if more else []
                yield self.say(key, regimens=self.joined(shown))

    def known(self) -> Iterator[str]:
        """Who was asked about, where and when, before the edits and after them, and what was known."""
        lines = [patient_line(answer.matched, wording_of(answer)) for answer in (self.found.before, self.found.after)]
        yield lines[0]
        if lines[1] != lines[0]:
            yield self.say("edited patient", patient=lines[1])
        yield known_line(self.found.after.matched, self.lang)

    # The sections

    def edits(self) -> Section:
        """Each edit with the place that its facts have."""
        lines = tuple(self.say("edit", place=each.place, text=each.edit.text) for each in self.found.edits)
        return Section(self.say("section edits"), lines)

    def group(self, number: int, group: Group) -> Section:
        """The regimens that the same facts moved, under their names; then those facts, the shortest first."""
        causes = sorted(map(self.cause, group.causes), key=len)
        lines: list[Cell] = [*causes[:MOST_NAMED]]
        if len(causes) > MOST_NAMED:
            lines.append(self.say("and more causes", count=len(causes) - MOST_NAMED))
        if group.rules:
            lines.append(self.say("by rules", rules=self.joined(group.rules)))
        for key, moves in (("now avoid", group.avoid), ("no longer avoid", group.no_longer_avoid)):
            if moves:
                lines.append(self.say(key, regimens=self.joined(self.regimen(move.regimen) for move in moves)))
        rows = tuple(self.row(move) for move in group.moves)
        table = self.table(("regimen", "before", "after", "rank", "findings"), rows) if rows else None
        return Section(self.heading(number, group), tuple(lines), table)

    def heading(self, number: int, group: Group) -> str:
        """The number of a group and the regimens that it moved."""
        moved = (*group.moves, *group.avoid, *group.no_longer_avoid)
        names = list(dict.fromkeys(self.regimen(move.regimen) for move in moved))
        shown = names[:MOST_IN_HEADING]
        if len(names) > len(shown):
            shown.append(self.say("and more", count=len(names) - len(shown)))
        if not group.causes:
            return self.say("without cause")
        return self.say("section change", number=number, regimens=self.joined(shown))

    def cause(self, cause: Reason) -> str:
        """What came or went, with its places."""
        said = self.say("now" if cause.came else "no longer", text=cause.step.text)
        return self.say("placed", text=said, places=self.joined(cause.step.places)) if cause.step.places else said

    def row(self, move: Move) -> tuple[Cell, ...]:
        """One regimen: its tiers, its ranks, and what changed in its findings."""
        was, now = (self.tier(tier) for tier in move.tiers)
        same = self.say("same tier")
        findings = self.say("semicolon").join(self.findings(move))
        if move.what == MARKS and not findings:
            findings = self.say("other marks")
        return self.regimen(move.regimen), was, same if was == now else now, self.rank(move), findings

    def rank(self, move: Move) -> str:
        """The rank before and after."""
        was, now = (self.say("no rank") if rank is None else str(rank) for rank in move.ranks)
        return was if was == now else self.say("ranks", was=was, now=now)

    def findings(self, move: Move) -> Iterator[str]:
        """What changed in the findings of options considered before and after, of those that lead if it is in them.

        Of options that are only considered before or after it is told that they are.
        """
        both = [each for each in move.findings if each.option in self.old and each.option in self.new]
        both = [each for each in both if each.option in self.leading] or both
        told = list(dict.fromkeys(self.turned(both)))
        yield from told[:MOST_FINDINGS]
        if len(told) > MOST_FINDINGS:
            yield self.say("and more", count=len(told) - MOST_FINDINGS)
        elsewhere = {
            each.option: each.came for each in move.findings if (each.option in self.old) != (each.option in self.new)
        }
        for came, key in ((True, "newly considered"), (False, "no longer considered")):
            ids = sorted(option for option, is_new in elsewhere.items() if is_new is came)
            if ids and not told:
                shown = ids[:2] + ([self.say("and more", count=len(ids) - 2)] if len(ids) > 2 else [])
                yield self.say(key, options=self.joined(shown))

    def turned(self, findings: list[Turned]) -> list[str]:
        """Findings that turned, from one verdict to another where both are of the same criterion; what blocks first."""
        went = [each for each in findings if not each.came]
        told: list[tuple[int, str]] = []
        for each in (each for each in findings if each.came):
            before = next((old for old in went if _is_same(old, each)), None)
            if before is not None:
                went.remove(before)
            told.append((_weight(each, before), self.came(each, before)))
        told += [(_weight_gone(each), self.finding("finding gone", each)) for each in went]
        return [text for _, text in sorted(told, key=lambda weighed: weighed[0])]

    def came(self, now: Turned, before: Turned | None) -> str:
        """A finding that came, with the verdict that it had before."""
        if before is None or before.verdict == now.verdict:
            return self.finding("finding", now)
        return self.finding("turned", now, was=say("forms", before.verdict, self.lang))

    def finding(self, key: str, each: Turned, **more: str) -> str:
        """A finding in the words of a phrase."""
        criterion = self.wording.value("finding", "criterion", each.criterion)
        verdict = say("forms", each.verdict, self.lang)
        return self.say(key, criterion=criterion, verdict=verdict, message=each.message, **more)

    def biomarkers(self) -> Section | None:
        """The biomarkers whose status changed."""
        if not self.found.biomarkers:
            return None
        rows = tuple(
            (
                in_language(turn.now.label, self.lang),
                self.wording.value("biomarker_of", "status", turn.was.status.value),
                self.wording.value("biomarker_of", "status", turn.now.status.value),
                in_language(turn.now.because, self.lang),
            )
            for turn in self.found.biomarkers
        )
        return Section(
            self.say("section biomarkers"), (), self.table(("biomarker", "before", "after", "because"), rows)
        )

    def ranks(self) -> Section | None:
        """The recommendations that only changed places with others."""
        moves = self.found.of_kind(RANK)
        if not moves:
            return None
        rows = tuple((self.regimen(move.regimen), self.tier(move.tiers[1]), self.rank(move)) for move in moves)
        table = self.table(("regimen", "tier", "rank"), rows)
        return Section(self.say("section ranks"), (), table, folded=True)

    def elsewhere(self) -> Section | None:
        """Regimens that are recommended neither before nor after, with other findings."""
        moves = self.found.elsewhere
        if not moves:
            return None
        rows = tuple(
            (self.regimen(move.regimen), self.say("semicolon").join(self.findings(move))) for move in moves[:MOST_ROWS]
        )
        more = len(moves) - MOST_ROWS
        lines = (self.say("and more regimens", count=more),) if more > 0 else ()
        table = self.table(("regimen", "findings"), rows)
        return Section(self.say("section elsewhere", count=len(moves)), lines, table, folded=True)

    def notes(self) -> Section | None:
        """The notes that the edits brought."""
        lines = tuple(note.told(self.lang) for note in self.found.notes)
        return Section(self.say("section notes"), lines) if lines else None


def _considered(found: Answer) -> set[str]:
    """The ids of every option of an answer."""
    every = [option for each in found.recommendations for option in (each.option, *each.also)]
    return {option.id for option in (*every, *found.not_recommended)}


def _leading(found: Answer) -> set[str]:
    """The ids of the options that lead a recommendation."""
    return {each.option.id for each in found.recommendations}


def _weight(one: Turned, other: Turned | None) -> int:
    """How much a finding that turned matters: by the most blocking of its verdicts."""
    return min(VERDICTS.index(each.verdict) for each in (one, other) if each is not None)


def _weight_gone(one: Turned) -> int:
    """What blocked and is gone matters; anything else that is gone comes last."""
    return 0 if one.verdict == "fail" else len(VERDICTS)


def _is_same(one: Turned, other: Turned) -> bool:
    return (one.option, one.criterion) == (other.option, other.criterion)
