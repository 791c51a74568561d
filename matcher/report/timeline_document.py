"""A replayed course as a document: where the patient stands, then each date with its answer and what moved, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from matcher.advice import DUE
from matcher.explain import Proofs
from matcher.happenings import profile_name
from matcher.names import regimen_name
from matcher.phrases import in_language, say
from matcher.recommend import wording_of
from matcher.report.document import Cell, Document, Section, Table
from matcher.report.rows import known_line, patient_line
from matcher.timeline import Move, Reason

if TYPE_CHECKING:
    from matcher.happenings import Happening
    from matcher.recommend import Answer
    from matcher.replay import Day, Replay

MOST_RECOMMENDED = 5
"""So many recommendations of a date are shown; JSON has all."""

MOST_MOVED = 8
MOST_NAMED = 6


def timeline_document(found: Replay, figure: str = "") -> Document:
    """The replay as a document in its language; `figure` is the swimmer figure as <svg>, which HTML shows."""
    told = _Telling(found)
    return Document(
        told.say("title", patient=found.patient.id),
        tuple(told.summary()),
        tuple(told.known()),
        tuple(told.sections(figure)),
        say("report", "disclaimer", found.lang),
        found.lang,
    )


class _Telling:
    """One replay in its language."""

    def __init__(self, found: Replay) -> None:
        self.found, self.lang = found, found.lang
        self.knowledge = found.last.matched.knowledge

    def say(self, key: str, **values: str | int) -> str:
        """A phrase of the timeline."""
        return say("timeline", key, self.lang, **values)

    def named(self, texts: Iterable[str]) -> str:
        """Some texts in a row, those beyond the first counted."""
        every = list(texts)
        shown = every[:MOST_NAMED]
        shown += [self.say("and more", count=len(every) - MOST_NAMED)] if len(every) > MOST_NAMED else []
        return say("joining", "list", self.lang).join(shown)

    def regimen(self, drugs: tuple[str, ...]) -> str:
        """A regimen by the names of its drugs."""
        return in_language(regimen_name(drugs, self.knowledge), self.lang)

    def tier(self, answer: Answer, tier: str | None) -> str:
        """A tier's name; that it is not recommended for none."""
        if tier is None:
            return self.say("not recommended")
        return wording_of(answer).value("recommendation", "tier", tier)

    # What is told first

    def summary(self) -> Iterator[Cell]:
        """How many dates and profiles, what is advised since when, what guided the therapies, what leads now."""
        found = self.found
        if not found.is_dated:
            yield self.say("no dates", as_of=found.as_of)
        else:
            changed = sum(not day.is_quiet for day in found.days)
            profiles = len([each for each in found.profiles if each.number])
            yield self.say("counts", days=len(found.days), changed=changed, profiles=profiles)
        for day in found.days:
            for each in day.advised:
                if each.state == DUE:
                    yield self.say("advised", day=day.date, text=each.message)
        if found.guidance:
            numbers = [number for _, number in found.guidance]
            yield self.say("guided summary", number=sum(number is not None for number in numbers), of=len(numbers),
                           second=sum((number or 0) >= 2 for number in numbers))  # fmt: skip
        yield self.now()

    def now(self) -> str:
        """What leads on the last date."""
        last = self.found.days[-1]
        if last.died:
            return self.say("dead")
        if not last.answer.recommendations:
            return self.say("now nothing")
        option = last.answer.recommendations[0].option
        return self.say("now", regimen=self.regimen(option.regimen), tier=self.tier(last.answer, option.tier))

    def known(self) -> Iterator[str]:
        """Who was asked about, how the dates were answered, and what was known."""
        last = self.found.last
        yield patient_line(last.matched, wording_of(last))
        if self.found.is_dated:
            yield f"{self.say('asked', as_of=self.found.as_of)} {self.say('undated')}"
        yield known_line(last.matched, self.lang)

    # The dates

    def sections(self, figure: str) -> Iterator[Section]:
        """The figure, then the dates: those on which nothing moves together, a line each; then the notes."""
        if figure:
            caption = self.say("figure caption")
            yield Section(self.say("figure heading"), figure=figure, caption=caption)
        quiet: list[Day] = []
        for day in self.found.days:
            if day.is_quiet and day.happened:
                quiet.append(day)
                continue
            if quiet:
                yield self.quiet(quiet)
                quiet = []
            yield self.day(day)
        if quiet:
            yield self.quiet(quiet)
        if self.found.notes:
            yield Section(self.say("section notes"), tuple(note.told(self.lang) for note in self.found.notes))

    def quiet(self, days: list[Day]) -> Section:
        """Dates on which nothing moves, a line each."""
        lines = tuple(self.say("heading", day=day.date, what=self.told(day)) for day in days)
        first, last = days[0].date, days[-1].date
        key = {"first": first, "last": last}
        heading = self.say("quiet heading of", **key) if first != last else self.say(
            "heading", day=first, what=self.say("quiet heading"))  # fmt: skip
        return Section(heading, lines)

    def told(self, day: Day) -> str:
        """What happened on a day, in one line."""
        return say("joining", "sentences", self.lang).join(map(self.happened, day.happened))

    def happened(self, each: Happening) -> str:
        """What happened, with its place."""
        return self.say("happened", text=in_language(each.text, self.lang), place=str(each.place))

    def day(self, day: Day) -> Section:
        """One date: what happened, what was recommended, and in parts what changed and what is to be considered."""
        lines: list[Cell] = [self.happened(each) for each in day.happened]
        if day.died:
            return Section(self.heading(day), (*lines, self.say("dead")))
        count = len(day.answer.recommendations)
        is_told = bool(day.difference is None or day.moves or day.profile)
        if not count:
            lines.append(self.say("recommended nothing"))
        elif not is_told:
            lines.append(self.say("recommended as before"))
        elif day.profile is not None:
            name = in_language(profile_name(day.profile.number), self.lang)
            lines.append(self.say("recommended by", profile=name, count=count))
        else:
            lines.append(self.say("recommended", count=count))
        table = self.recommended(day.answer) if count and is_told else None
        if table is not None and count > MOST_RECOMMENDED:
            lines.append(self.say("recommended first", count=MOST_RECOMMENDED))
        parts = [part for part in (*self.advice(day), self.changes(day)) if part is not None]
        return Section(self.heading(day), tuple(lines), table, sections=tuple(parts))

    def heading(self, day: Day) -> str:
        """The date, with the profile that it brought or that the answer is another one."""
        what = []
        if day.profile is not None:
            what.append(in_language(profile_name(day.profile.number), self.lang))
        if day.difference is None:
            what.append(self.say("first answer"))
        elif day.moves:
            what.append(self.say("other answer"))
        joined = say("joining", "told", self.lang).join(what)
        return self.say("heading", day=day.date, what=joined) if joined else day.date

    def recommended(self, answer: Answer) -> Table:
        """The first recommendations of a date."""
        headings = tuple(self.say(f"heading {each}") for each in ("rank", "tier", "regimen"))
        rows = tuple(
            (str(each.rank), self.tier(answer, each.option.tier), self.regimen(each.option.regimen))
            for each in answer.recommendations[:MOST_RECOMMENDED]
        )
        return Table(headings, rows)

    def advice(self, day: Day) -> Iterator[Section]:
        """What is to be considered from this date on, with its proof, and what no longer is."""
        proofs = Proofs(day.answer.matched, self.lang)
        for each in day.advised:
            yield Section(self.say(f"{each.topic} {each.state}"), steps=(proofs.step(each.fact),))
        now = {each.topic for each in day.answer.advice}
        for topic in dict.fromkeys(each.topic for each in day.unadvised if each.topic not in now):
            yield Section(self.say(f"{topic} over"))

    def changes(self, day: Day) -> Section | None:
        """The regimens that came, went or changed their tier, with their nearest causes; the others counted."""
        moved = day.difference
        if moved is None or day.is_quiet:
            return None
        lines: list[Cell] = []
        for key, moves in (("now avoid", moved.avoid), ("no longer avoid", moved.no_longer_avoid)):
            lines += [self.say(key, regimens=self.named(self.regimen(each.regimen) for each in moves))] if moves else []
        others = len(day.other_moves)
        lines += [self.say("other move" if others == 1 else "other moves", count=others)] if others else []
        groups: dict[str, list[Move]] = {}
        for each in day.moves:
            groups.setdefault(self.cause(day, each), []).append(each)
        parts = tuple(self.group(day, causes, moves) for causes, moves in groups.items())
        return Section(self.say("changed by"), tuple(lines), sections=parts) if lines or parts else None

    def cause(self, day: Day, move: Move) -> str:
        """The nearest cause of a move; the date where nothing else came or went."""
        found = causes_of(move)
        if not found:
            return self.say("without cause")
        if found[0].fact.predicate == "patient":
            return self.say("because of the date", day=day.date)
        return self.say("because", causes=found[0].text(self.lang))

    def group(self, day: Day, heading: str, moves: list[Move]) -> Section:
        """The regimens that the same cause moved, with their tiers before and now."""
        headings = tuple(self.say(f"heading {each}") for each in ("regimen", "was", "became"))
        rows = tuple(
            (self.regimen(move.regimen), *(self.tier(day.answer, tier) for tier in move.tiers))
            for move in moves[:MOST_MOVED]
        )
        more = len(moves) - len(rows)
        lines = (self.say("and more", count=more),) if more > 0 else ()
        return Section(heading, lines, Table(headings, rows))


def causes_of(move: Move) -> tuple[Reason, ...]:
    """The nearest causes of a move, each sentence once: facts that came, or else those that went.

    The date of the question is named only where nothing else came or went. What came with an absent biomarker stands
    behind the rest where the regimen is recommended now.
    """
    firsts: dict[str, Reason] = {}
    for each in move.because:
        if each.fact.predicate != "patient":
            firsts.setdefault(str(each), each)
    found = tuple(firsts.values()) or move.because[:1]
    came = tuple(each for each in found if each.came) or found
    if move.tiers[1] is None:
        return came
    return tuple(sorted(came, key=lambda each: each.fact.get("status") == "absent"))
