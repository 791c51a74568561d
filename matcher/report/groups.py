"""The groups of a study's patients as a document and as plain structures for JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from matcher.names import regimen_name
from matcher.phrases import in_language, say
from matcher.recommend import wording_of
from matcher.report.as_json import opening
from matcher.report.document import Document, Section, Table
from matcher.report.why_json import step_structure

if TYPE_CHECKING:
    from matcher.outcomes.groups import Assignment, Passed
    from matcher.outcomes.schemes import Grouped, SchemePlace
    from matcher.outcomes.study import Study

SCHEMA = "mtb-match-groups/1"


def groups_structure(study: Study, found: Sequence[Grouped]) -> dict[str, Any]:
    """The groups as plain structures, version `mtb-match-groups/1`: fields may be added, never renamed."""
    return {
        "schema": SCHEMA,
        "study": {"name": study.name, "title": study.title, "digest": study.digest, "reading": study.reading},
        "patients": [_patient(each) for each in found],
    }


def _patient(grouped: Grouped) -> dict[str, Any]:
    assigned = grouped.assignment
    return {
        **{key: value for key, value in opening(SCHEMA, grouped.answer.matched).items() if key != "schema"},
        "eligible": assigned.eligible,
        "group": assigned.group,
        "would_be": assigned.would_be,
        "scheme": [_scheme(each) for each in grouped.scheme],
        "criteria": list(assigned.criteria),
        "to_confirm": [_passed(each) for each in assigned.to_confirm],
        "passed_over": [_passed(each) for each in assigned.passed_over],
        "also": list(assigned.also),
        "explanation": step_structure(assigned.why),
        "notes": [note.as_texts() for note in grouped.answer.notes],
    }


def _passed(passed: Passed) -> dict[str, Any]:
    return {"group": passed.group, "because": list(passed.because)}


def _scheme(place: SchemePlace) -> dict[str, Any]:
    nearest = place.nearest
    return {
        "regimen": list(place.regimen),
        "recommended": [_place(each) for each in place.recommended],
        "avoided": list(place.avoided),
        "blocking": list(place.blocking),
        "nearest": None if nearest is None else _place(nearest),
        "progressed_on": list(place.progressed_on),
    }


def _place(place: Any) -> dict[str, Any]:
    return {"regimen": list(place.regimen), "tier": place.tier, "rank": place.rank}


def groups_document(study: Study, found: Sequence[Grouped], lang: str = "en") -> Document:
    """The groups as a document: a table of the patients, then each patient's group with its proof."""
    told = _Telling(lang, study.groups is not None)
    return Document(
        told.say("title", study=study.name),
        tuple(told.summary(found)),
        tuple(told.known(study)),
        (told.table(found), *(told.patient(each) for each in found)),
        say("report", "disclaimer", lang),
        lang,
    )


class _Telling:
    """The groups in one language; of a study without groups, who is eligible."""

    def __init__(self, lang: str, has_groups: bool) -> None:
        self.lang, self.has_groups = lang, has_groups

    def say(self, key: str, **values: str | int) -> str:
        return say("groups", key, self.lang, **values)

    def known(self, study: Study) -> Iterator[str]:
        yield study.title
        if study.reading:
            yield self.say("reading", reading=study.reading)

    def summary(self, found: Sequence[Grouped]) -> Iterator[str]:
        if self.has_groups:
            yield self.say("counted", patients=len(found), grouped=sum(bool(each.assignment.group) for each in found))
        else:
            eligible = sum(each.assignment.eligible == "yes" for each in found)
            yield self.say("counted eligible", patients=len(found), eligible=eligible)
        counts = Counter(self.outcome(each.assignment) for each in found)
        for outcome, count in counts.most_common():
            yield f"{outcome}: {count}" if len(found) > 1 else outcome

    def outcome(self, assigned: Assignment) -> str:
        """What became of a patient, in a few words."""
        if assigned.eligible == "no":
            return self.say("is not eligible")
        if assigned.eligible == "undetermined":
            return self.say("eligibility open")
        return assigned.group or self.say("no group" if self.has_groups else "is eligible")

    def table(self, found: Sequence[Grouped]) -> Section:
        shown = 5 if self.has_groups else 2
        keys = ("patient", "group", "scheme", "recommended", "to confirm")[:shown]
        rows = tuple(self.row(each)[:shown] for each in found)
        return Section(self.say("heading groups"), table=Table(tuple(self.say(f"column {key}") for key in keys), rows))

    def row(self, each: Grouped) -> tuple[str, ...]:
        assigned = each.assignment
        confirm = ", ".join(one.group for one in assigned.to_confirm)
        schemes = "; ".join(self.regimen(one.regimen, each) for one in each.scheme)
        return (
            assigned.patient,
            self.outcome(assigned),
            schemes,
            "; ".join(self.placed(one, each) for one in each.scheme),
            confirm,
        )

    def regimen(self, regimen: tuple[str, ...], each: Grouped) -> str:
        return in_language(regimen_name(regimen, each.answer.matched.knowledge), self.lang)

    def tier(self, tier: str, each: Grouped) -> str:
        return wording_of(each.answer).value("recommendation", "tier", tier)

    def placed(self, place: SchemePlace, each: Grouped) -> str:
        """Where a scheme stands among the recommendations."""
        if place.recommended:
            best = place.recommended[0]
            return self.say("recommended", tier=self.tier(best.tier, each), rank=best.rank)
        if place.avoided:
            return self.say("avoided")
        return self.say("blocked") if place.blocking else self.say("not considered")

    def patient(self, each: Grouped) -> Section:
        assigned = each.assignment
        lines = (*self.about(assigned), *(line for one in each.scheme for line in self.scheme(one, each)))
        confirm = Section(self.say("heading to confirm"), lines=tuple(self.open(assigned.to_confirm)))
        why = Section(self.say("heading why"), steps=(assigned.why,), picture=assigned.why)
        parts = (confirm, why) if assigned.to_confirm else (why,)
        return Section(f"{assigned.patient}: {self.outcome(assigned)}", lines=lines, sections=parts)

    def about(self, assigned: Assignment) -> Iterator[str]:
        for line in assigned.criteria:
            yield self.say("criterion not met" if assigned.eligible == "no" else "criterion open", criterion=line)
        if assigned.would_be is not None:
            yield self.say("first group", group=assigned.would_be)
        for name in assigned.also:
            yield self.say("also", group=name)

    def scheme(self, place: SchemePlace, each: Grouped) -> Iterator[str]:
        regimen = self.regimen(place.regimen, each)
        yield self.say("scheme is", scheme=regimen, placed=self.placed(place, each))
        for one in place.recommended:
            if one.regimen != place.regimen and sorted(one.regimen) != sorted(place.regimen):
                tier = self.tier(one.tier, each)
                yield self.say("as", regimen=self.regimen(one.regimen, each), tier=tier, rank=one.rank)
        yield from (f"{regimen}: {line}" for line in (*place.avoided, *place.blocking))
        if place.nearest is not None:
            tier = self.tier(place.nearest.tier, each)
            yield self.say(
                "nearest", regimen=self.regimen(place.nearest.regimen, each), tier=tier, rank=place.nearest.rank
            )
        if place.progressed_on:
            yield self.say("failed", drugs=self.regimen(place.progressed_on, each))

    def open(self, passed: Iterable[Passed]) -> Iterator[str]:
        for each in passed:
            yield from (f"{each.group}: {line}" for line in each.because)
