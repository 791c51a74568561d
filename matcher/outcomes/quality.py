"""Quality of life: PROMIS-29 Profile v2.1 scores at each visit and their change from baseline.

The seven domains have four items each, answered from 1 to 5 as printed on the form, and pain intensity has one from 0
to 10. A raw sum needs all four items: no answer is filled in. A T-score is one that the file gives, or the one that the
user's own scoring table has for the raw sum; tables of scores are not part of this program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import NamedTuple, cast

from kb.alteration import Place
from matcher.events import Events, Questionnaire
from matcher.notes import Note, Severity, UnusableInput
from matcher.outcomes.arms import stratum
from matcher.outcomes.study import Endpoint, Measure, a_file, numbers, one_of
from matcher.outcomes.subject import Subject, day
from matcher.outcomes.values import CONFIDENCE, Estimate, Excluded, Proportion, Result, Table, proportion
from matcher.outcomes.visits import OPTIONS, Dated, Series, origin_of, series, undated_note, visit_names

BETTER_IF_HIGHER = ("physical_function", "social_roles")
"""A higher score is better function; in the other domains a higher score is more of the symptom."""

DOMAINS = (
    "physical_function", "anxiety", "depression", "fatigue", "sleep_disturbance", "social_roles", "pain_interference",
)  # fmt: skip
"""The seven domains of four items each; `social_roles` is the ability to participate in social roles and activities."""

INTENSITY = "pain_intensity"

ITEMS = 4
LEAST, MOST = 1, 5
HIGHEST = {INTENSITY: 10.0}

T_SCORE, RAW, RATING = "T-score", "raw sum", "0-10"
"""The scales of a score. Scores of different scales are never put together."""

_ALIASES = {
    "ability_to_participate": "social_roles", "social": "social_roles", "sleep": "sleep_disturbance",
    "ability_to_participate_in_social_roles_and_activities": "social_roles",
    "social_roles_and_activities": "social_roles",
}  # fmt: skip

Scoring = Mapping[tuple[str, int], float]
"""T-scores by domain and raw sum, from the user's table."""

Scores = Mapping[tuple[str, str], float]
"""Scores by domain and scale."""


def domain_of(text: str) -> str | None:
    """The domain that a text names; None for none.

    >>> domain_of("Physical Function"), domain_of("ability to participate"), domain_of("appetite")
    ('physical_function', 'social_roles', None)
    """
    low = "_".join(text.lower().replace("-", " ").replace("_", " ").split())
    return low if low in (*DOMAINS, INTENSITY) else _ALIASES.get(low)


# --- the user's scoring table ----------------------------------------------------------------------------------------


def read_scoring(path: Path) -> Scoring:
    """The T-scores of a table with the columns domain, raw and t_score; UnusableInput names the line that is wrong."""
    from matcher.readers.columns import decimal, header_and_records

    notes: list[Note] = []
    header, records = header_and_records(path, notes)
    names = [name.strip().lower() for name in header]
    if not {"domain", "raw", "t_score"} <= set(names):
        raise UnusableInput(str(path), "it is no scoring table", "name the columns domain, raw, t_score and se")
    found: dict[tuple[str, int], float] = {}
    for number, fields in records:
        row = dict(zip(names, (field.strip() for field in fields), strict=False))
        domain, raw, score = domain_of(row["domain"]), decimal(row.get("raw", "")), decimal(row.get("t_score", ""))
        place = Place(path.name, number)
        if domain not in DOMAINS:
            raise UnusableInput(place, f"unknown domain {row['domain']!r}", f"use one of {', '.join(DOMAINS)}")
        if raw is None or raw != int(raw) or not ITEMS * LEAST <= raw <= ITEMS * MOST or score is None:
            raise UnusableInput(place, "raw sum or T-score is not one", "write a raw sum from 4 to 20 and its T-score")
        if found.get((domain, int(raw)), score) != score:
            raise UnusableInput(place, f"{domain} {int(raw)} has two T-scores", "keep one of the two lines")
        found[domain, int(raw)] = score
    return found


# --- the scores of one questionnaire ---------------------------------------------------------------------------------


def scores_of(told: Questionnaire, scoring: Scoring | None = None) -> tuple[Scores, tuple[Note, ...]]:
    """The scores that the answers give, and notes on answers that are impossible or cannot be used.

    Keys: `fatigue` is a T-score, `fatigue_raw` a raw sum, `fatigue_1` to `fatigue_4` the items, `pain_intensity` the
    rating from 0 to 10.
    """
    notes: list[Note] = []
    items: dict[str, dict[int, float]] = {}
    found: dict[tuple[str, str], float] = {}
    for key, value in told.answers:
        name, _, part = key.rpartition("_")
        number = int(part) if part.isdecimal() and domain_of(name) in DOMAINS else None
        domain = domain_of(name if number is not None or part == "raw" else key)
        scale = _scale(domain, part, number)
        if domain is None or not _is_possible(scale, value, number):
            notes.append(_impossible(told, key, value, domain, scale))
        elif number is not None:
            items.setdefault(domain, {})[number] = value
        else:
            found[domain, scale] = value
    for domain, answers in items.items():
        notes.extend(_summed(told, domain, answers, found))
    _scored(found, scoring)
    return found, tuple(notes)


def _scale(domain: str | None, part: str, number: int | None) -> str:
    if domain == INTENSITY:
        return RATING
    return RAW if part == "raw" else "item" if number is not None else T_SCORE


def _is_possible(scale: str, value: float, number: int | None) -> bool:
    """Whether a value can be on a scale. A whole number up to 20 for a T-score is taken for a raw sum, and refused."""
    if scale == "item":
        return number is not None and 1 <= number <= ITEMS and LEAST <= value <= MOST and value == int(value)
    if scale == RAW:
        return ITEMS * LEAST <= value <= ITEMS * MOST and value == int(value)
    return 0 <= value <= HIGHEST[INTENSITY] if scale == RATING else ITEMS * MOST < value < 100


def _impossible(told: Questionnaire, key: str, value: float, domain: str | None, scale: str) -> Note:
    if domain is None:
        text, remedy = f"unknown key {key!r}", f"use {', '.join(DOMAINS)} or {INTENSITY}"
    else:
        text = f"{key} {value:g} is impossible"
        remedy = {
            "item": f"an item is {domain}_1 to {domain}_4, and its answer a whole number from 1 to 5",
            RAW: "the sum of four items is a whole number from 4 to 20",
            RATING: "write a number from 0 to 10",
            T_SCORE: f"a T-score lies between 20 and 100; write a sum of items as {domain}_raw",
        }[scale]
    return Note(Severity.ERROR, told.place, f"PROMIS-29: {text}: not used", remedy)


def _summed(
    told: Questionnaire, domain: str, answers: Mapping[int, float], found: dict[tuple[str, str], float]
) -> Iterable[Note]:
    """Put the sum of four items among the scores, or tell why there is none."""
    if len(answers) < ITEMS:
        missing = [f"{domain}_{number}" for number in range(1, ITEMS + 1) if number not in answers]
        text = f"PROMIS-29: {domain} has {len(answers)} of {ITEMS} items: no raw sum"
        yield Note(Severity.WARNING, told.place, text, f"tell {', '.join(missing)}; no answer is filled in")
        return
    total = sum(answers.values())
    if found.setdefault((domain, RAW), total) != total:
        text = f"PROMIS-29: {domain}_raw {found[domain, RAW]:g} is not the sum of its items, {total:g}: the items count"
        yield Note(Severity.WARNING, told.place, text, "correct the sum or the items")
        found[domain, RAW] = total


def _scored(found: dict[tuple[str, str], float], scoring: Scoring | None) -> None:
    """Add the T-scores that the user's table has for raw sums; one that the file gives stays."""
    for domain in DOMAINS:
        raw = found.get((domain, RAW))
        score = None if raw is None or scoring is None else scoring.get((domain, int(raw)))
        if score is not None:
            found.setdefault((domain, T_SCORE), score)


def questionnaire_notes(events: Events) -> tuple[Note, ...]:
    """Notes on a patient's questionnaires: answers that are impossible, incomplete domains, unknown keys."""
    return tuple(note for told in events.of(Questionnaire) for note in scores_of(told)[1])


# --- the measure -----------------------------------------------------------------------------------------------------


class Followed(NamedTuple):
    """One subject's scores at baseline and at visits."""

    id: str
    baseline: Scores
    scores: Series[Scores]


def promis_change(endpoint: Endpoint, subjects: tuple[Subject, ...]) -> Result:
    """Scores and changes by domain, scale and visit; the headline is the mean change of `domain` at the last visit."""
    arm, group, pooled = stratum(subjects)
    path = cast("Path | None", endpoint.options["scoring"])
    scoring, notes = None if path is None else read_scoring(path), list(pooled)
    found = [_followed(subject, endpoint, scoring, notes) for subject in subjects]
    followed = [each for each in found if not isinstance(each, Excluded)]
    names = visit_names((each.scores for each in followed), endpoint)
    if scoring is None and any(scale == RAW for _, scale in _scales(followed)):
        notes.append("raw sums are no T-scores: name the scoring table with scoring: FILE (domain, raw, t_score, se)")
    return Result(
        endpoint, arm, group, len(followed), _headline(followed, names, endpoint),
        tables=(("PROMIS-29 by visit", _table(followed, names, endpoint)),),
        excluded=tuple(each for each in found if isinstance(each, Excluded)), notes=tuple(notes),
    )  # fmt: skip


def _followed(subject: Subject, endpoint: Endpoint, scoring: Scoring | None, notes: list[str]) -> Followed | Excluded:
    """The subject's series of scores; remarks on its answers are added to the notes."""
    placed: list[Dated[Scores]] = []
    for told in subject.events.of(Questionnaire):
        scores, remarks = scores_of(told, scoring)
        notes.extend(f"{subject.id}: {note}" for note in remarks)
        on = day(told.date)
        if on is None:
            notes.append(undated_note(subject, "PROMIS-29", told.date))
        elif scores:
            placed.append(Dated(on, scores))
    origin = origin_of(subject)
    if isinstance(origin, Excluded):
        return origin
    found = series(placed, origin, endpoint)
    if found.baseline is None:
        return Excluded(subject.id, f"no PROMIS-29 on or before {origin}", str(subject.patient.place))
    return Followed(subject.id, found.baseline.value, found)


def _scales(followed: Iterable[Followed]) -> tuple[tuple[str, str], ...]:
    """Every domain and scale that someone has at baseline, in the order of the questionnaire."""
    told = {key for each in followed for key in each.baseline}
    every = ((domain, scale) for domain in (*DOMAINS, INTENSITY) for scale in (T_SCORE, RAW, RATING))
    return tuple(key for key in every if key in told)


def _scores_at(followed: Iterable[Followed], key: tuple[str, str], visit: str) -> list[tuple[float, float]]:
    """The scores at baseline and at a visit of those who have both."""
    both = ((each.baseline.get(key), each.scores.visits.get(visit)) for each in followed)
    return [
        (first, then.value[key]) for first, then in both if first is not None and then is not None and key in then.value
    ]


def _table(followed: Sequence[Followed], names: Sequence[str], endpoint: Endpoint) -> Table:
    columns: tuple[str, ...] = (
        "domain", "scale", "better", "visit", "n", "mean", "SD", "mean change", "SD of change", "missing",
    )  # fmt: skip
    difference = cast("tuple[float, ...]", endpoint.options["important_difference"])
    if difference:
        columns = (*columns, "improved", "improved share", "worse", "worse share")
    rows = [row for key in _scales(followed) for row in _rows(followed, key, names, difference)]
    return Table(columns, tuple(rows))


def _rows(
    followed: Sequence[Followed], key: tuple[str, str], names: Sequence[str], difference: tuple[float, ...]
) -> Iterable[tuple[str | int | float | None, ...]]:
    """The rows of one domain on one scale: the baseline, then each visit with those who have both."""
    better = "higher" if key[0] in BETTER_IF_HIGHER else "lower"
    first = [each.baseline[key] for each in followed if key in each.baseline]
    blank = (None,) * (4 if difference else 0)
    yield (*key, better, "baseline", len(first), *_spread(first), None, None, len(followed) - len(first), *blank)
    for visit in names:
        both = _scores_at(followed, key, visit)
        changes = [then - before for before, then in both]
        spread = (*_spread([then for _, then in both]), *_spread(changes))
        yield (
            *key,
            better,
            visit,
            len(both),
            *spread,
            len(first) - len(both),
            *_important(changes, better, difference),
        )


def _spread(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Mean and standard deviation, as far as there are enough values."""
    return (fmean(values) if values else None, stdev(values) if len(values) > 1 else None)


def _important(changes: Sequence[float], better: str, difference: tuple[float, ...]) -> tuple[int | float | None, ...]:
    """How many changed by the study's important difference or more, for better and for worse."""
    if not difference:
        return ()
    gains = [change if better == "higher" else -change for change in changes]
    improved = proportion(sum(gain >= difference[0] for gain in gains), len(gains))
    worse = proportion(sum(gain <= -difference[0] for gain in gains), len(gains))
    return (improved.number, improved.share, worse.number, worse.share)


def _headline(followed: Sequence[Followed], names: Sequence[str], endpoint: Endpoint) -> Proportion | Estimate | None:
    """The mean change of the endpoint's domain at the last visit that anyone has, with its interval (Student's t)."""
    domain = cast("str | None", endpoint.options["domain"])
    if domain is None:
        return None
    key = (domain, RATING if domain == INTENSITY else T_SCORE)
    for visit in reversed(names):
        changes = [then - before for before, then in _scores_at(followed, key, visit)]
        if changes:
            return _mean_change(changes, f"{'points' if domain == INTENSITY else 'T-score points'} at {visit}")
    return Estimate(None, None, None, "T-score points")


def _mean_change(changes: Sequence[float], unit: str) -> Estimate:
    average = fmean(changes)
    if len(changes) < 2:
        return Estimate(average, None, None, unit)
    from scipy.stats import t

    half = float(t.ppf((1 + CONFIDENCE) / 2, len(changes) - 1)) * stdev(changes) / sqrt(len(changes))
    return Estimate(average, average - half, average + half, unit)


MEASURES: dict[str, Measure] = {
    "PROMIS-29": Measure(
        "PROMIS-29 Profile v2.1 at each visit: T-scores and raw sums of seven domains, pain intensity, and their "
        "change from the last questionnaire on or before the first dose (or the enrolment, where no treatment began).",
        {
            **OPTIONS,
            "scoring": a_file("the site's table from raw sums to T-scores: domain, raw, t_score, se"),
            "domain": one_of(*DOMAINS, INTENSITY, doc="the domain of the headline"),
            "important_difference": numbers(0.1, 50, doc="a change that matters to patients, in points; by the study"),
        },
        promis_change,
    ),
}
