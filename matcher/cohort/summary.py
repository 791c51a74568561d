"""What a finished cohort comes to: who is recommended what and in which tier, what keeps regimens out, what would help.

Patients are counted, not rows, unless a name says otherwise. Counting is done by DuckDB, out of core.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

from matcher.cohort.output import TRIED_TABLE, Output, opened
from matcher.cohort.tables import TIERS
from matcher.facts import SERVED
from matcher.levels import GRADES
from matcher.notes import UnusableInput

if TYPE_CHECKING:
    from pathlib import Path

NONE = "none"
"""Stands for no recommendation at all."""

TOP = 25
"""So many biomarkers, regimens, obstacles and items are named: the most frequent."""

FIRST = 5
"""So many regimens are named of each change."""

SHOWN = 200
"""So many patients who could not be read are listed."""

SMALL = 10
"""A group of fewer patients is marked: its shares say little."""

SCHEMA = "mtb-match-cohort-summary/1"
"""The version of the numbers as JSON: fields may be added."""

Z = 1.959963984540054
"""The normal quantile of a two-sided interval of 95 %."""


class Share(NamedTuple):
    """So many of so many patients."""

    number: int
    of: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None of nobody."""
        return self.number / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval (10.1080/01621459.1927.10502953); None of nobody.

        >>> low, high = Share(3, 10).interval
        >>> round(low, 4), round(high, 4)
        (0.1078, 0.6032)
        """
        if not self.of:
            return None
        share, spread = self.number / self.of, Z * Z / self.of
        middle = share + spread / 2
        width = Z * sqrt(share * (1 - share) / self.of + spread / (4 * self.of))
        low, high = (middle - width) / (1 + spread), (middle + width) / (1 + spread)
        return (0.0 if self.number == 0 else low, 1.0 if self.number == self.of else high)


class Counted(NamedTuple):
    """Patients who have something, by the best tier in which they have it (or NONE)."""

    name: str
    tiers: Mapping[str, int]

    @property
    def patients(self) -> int:
        """All of them."""
        return sum(self.tiers.values())


class Graded(NamedTuple):
    """A grade of a framework: patients with a recommendation of it, and recommendations."""

    framework: str
    grade: str
    patients: int
    recommendations: int


class Avoided(NamedTuple):
    """A regimen that should not be given, why, and to how many patients."""

    regimen: str
    because: str
    patients: int


class Block(NamedTuple):
    """What keeps options out, for how many options and patients; `label` is what it is about, empty for all of it.

    `alone_regimens` counts regimens of a patient that are not recommended on any basis, and of an option of which
    nothing else that was looked at keeps out; `alone_patients` have one. Both are 0 of an absent biomarker, and of one
    that is open on another jurisdiction's label: of such an option nothing else is looked at.
    """

    criterion: str
    verdict: str
    label: str
    options: int
    patients: int
    alone_regimens: int
    alone_patients: int


class Opened(NamedTuple):
    """A regimen that a change brings, its tier then, and for how many patients."""

    regimen: str
    tier: str
    patients: int


class Tried(NamedTuple):
    """A change, and what became of the patients who were matched again after it.

    `edits` is what was stated most often. For some of the `patients` a regimen is newly recommended (`opened`, by its
    best tier), for some one is recommended no longer (`closed`), for some one has another tier. `better` and `worse`
    are those whose best tier is.
    """

    kind: str
    change: str
    label: str
    edits: str
    patients: int
    opened: Mapping[str, int]
    raised: int
    lowered: int
    closed: int
    better: int
    worse: int
    regimens: tuple[Opened, ...]


class Paid(NamedTuple):
    """A recommended regimen of insured patients, by what the plan says of it for them."""

    regimen: str
    listed: int
    not_listed: int
    for_other_use: int
    not_known: int

    @property
    def patients(self) -> int:
        """All of them."""
        return self.listed + self.not_listed + self.for_other_use + self.not_known


class Used(NamedTuple):
    """An item of the graph, and the patients and recommendations that rest on it."""

    item: str
    patients: int
    recommendations: int


class Told(NamedTuple):
    """A kind of note: its sentence without names and numbers, how many there are and of how many patients."""

    severity: str
    kind: str
    notes: int
    patients: int


class Unread(NamedTuple):
    """A patient who could not be read."""

    patient: str
    source: str
    reason: str
    remedy: str


class Coverage(NamedTuple):
    """Insured patients; those with a recommendation on-label, and those of whom the plan pays for none of these."""

    insured: int
    on_label: int
    unpaid: int
    regimens: tuple[Paid, ...]


@dataclass(frozen=True)
class Summary:
    """The numbers of a cohort. `unread` has the first of `unreadable` patients; `tried` is empty where nothing was.

    `tiers` and `tumors` count by the best tier of all recommendations, `by_biomarker` (each tumor type, first all) by
    that of those which rest on a biomarker.
    """

    name: str
    manifest: Mapping[str, Any]
    matched: int
    unreadable: int
    unread: tuple[Unread, ...]
    reasons: tuple[tuple[str, int], ...]
    jurisdictions: tuple[tuple[str, int], ...]
    tiers: Counted
    tumors: tuple[Counted, ...]
    by_biomarker: tuple[Counted, ...]
    biomarkers: tuple[Counted, ...]
    regimens: tuple[Counted, ...]
    grades: tuple[Graded, ...]
    avoided: tuple[Avoided, ...]
    with_avoided: int
    with_blocks: int
    criteria: tuple[Block, ...]
    obstacles: tuple[Block, ...]
    tests: tuple[Block, ...]
    tried: tuple[Tried, ...]
    coverage: Coverage
    items: tuple[Used, ...]
    notes: tuple[Told, ...]

    @property
    def patients(self) -> int:
        """All patients, matched or not."""
        return self.matched + self.unreadable


def summary(output: Path) -> Summary:
    """The numbers of the finished cohort whose recommendations are in this file, its tables and manifest beside it.

    UnusableInput where a table is missing or broken.
    """
    with opened(output, threads=None) as cohort:
        cohort.run("CREATE MACRO place(tier) AS list_position(['on-label', 'off-label', 'trial'], tier)")
        cohort.run(_CLASSES)
        cohort.run(_HELD)
        unread = cohort.run(_UNREAD, {"most": SHOWN})
        return Summary(
            output.name,
            cohort.manifest,
            cohort.number("SELECT count(*) FROM patients WHERE outcome = 'matched'"),
            cohort.number("SELECT count(*) FROM patients WHERE outcome = 'unreadable'"),
            tuple(Unread(*row) for row in unread),
            tuple((str(reason), int(count)) for reason, count in cohort.run(_REASONS, {"most": TOP})),
            tuple((str(place), int(count)) for place, count in cohort.run(_JURISDICTIONS)),
            next(iter(_counted(cohort.run(_TIERS))), Counted("", {})),
            _counted(cohort.run(_TUMORS)),
            (*_counted(cohort.run(_by_biomarker("'all'"))), *_counted(cohort.run(_by_biomarker("tumor_type")))),
            _counted(cohort.run(_of_recommendations("biomarker"), {"most": TOP})),
            _counted(cohort.run(_of_recommendations("regimen"), {"most": TOP})),
            tuple(_grades(cohort)),
            tuple(Avoided(*row) for row in cohort.run(_AVOIDED, {"most": TOP})),
            cohort.number("SELECT count(DISTINCT patient) FROM avoided"),
            cohort.number("SELECT sum(weight) FROM classes WHERE alike IN (SELECT alike FROM held)"),
            _blocks(cohort, "''"),
            _blocks(cohort, "label"),
            _blocks(cohort, "label", "criterion = 'biomarker' AND verdict = 'undetermined'", by_alone=True),
            _tried(cohort),
            _coverage(cohort),
            tuple(Used(*row) for row in cohort.run(_ITEMS, {"most": TOP})),
            tuple(Told(*row) for row in cohort.run(_NOTES, {"most": TOP})),
        )


# --- who, and who not ------------------------------------------------------------------------------------------------

_UNREAD = """
SELECT patient, source, coalesce(reason, ''), coalesce(remedy, '') FROM patients WHERE outcome = 'unreadable'
ORDER BY source, patient LIMIT $most
"""

_REASONS = r"""
SELECT regexp_replace(reason, '''[^'']*''|\d+', '…', 'g') AS kind, count(*) FROM patients WHERE outcome = 'unreadable'
GROUP BY kind ORDER BY count(*) DESC, kind LIMIT $most
"""

_JURISDICTIONS = """
SELECT jurisdiction, count(*) FROM patients WHERE outcome = 'matched' GROUP BY jurisdiction
ORDER BY count(*) DESC, jurisdiction
"""

_TIERS = """
SELECT '', coalesce(tier, 'none') AS best, count(*) FROM patients WHERE outcome = 'matched' GROUP BY best
"""

_TUMORS = """
WITH counted AS (
    SELECT tumor_type, coalesce(tier, 'none') AS best, count(*) AS number FROM patients WHERE outcome = 'matched'
    GROUP BY ALL
)
SELECT * FROM counted ORDER BY sum(number) OVER (PARTITION BY tumor_type) DESC, tumor_type
"""


def _by_biomarker(group: str) -> str:
    """Matched patients by the best tier of what rests on a biomarker; those who have no such thing have none."""
    return f"""
    WITH best AS (
        SELECT patient, min(place(tier)) AS best FROM recommendations WHERE biomarker IS NOT NULL GROUP BY ALL
    ), counted AS (
        SELECT {group} AS name, coalesce(['on-label', 'off-label', 'trial'][best], 'none') AS best, count(*) AS number
        FROM patients LEFT JOIN best USING (patient) WHERE outcome = 'matched' GROUP BY ALL
    )
    SELECT * FROM counted ORDER BY sum(number) OVER (PARTITION BY name) DESC, name
    """


def _counted(rows: Iterable[tuple[Any, ...]]) -> tuple[Counted, ...]:
    """Rows of name, tier and number, those of a name together."""
    found: dict[str, dict[str, int]] = {}
    for name, tier, number in rows:
        found.setdefault(str(name), {})[str(tier)] = int(number)
    order = (*TIERS, NONE)
    return tuple(Counted(name, {tier: tiers[tier] for tier in order if tier in tiers}) for name, tiers in found.items())


def _of_recommendations(column: str) -> str:
    """The patients with each value of a column among their recommendations, by the best tier with it."""
    return f"""
    WITH best AS (
        SELECT {column} AS name, patient, min(place(tier)) AS tier FROM recommendations
        WHERE {column} IS NOT NULL GROUP BY ALL
    ), counted AS (SELECT name, tier, count(*) AS number FROM best GROUP BY ALL),
    every AS (SELECT *, sum(number) OVER (PARTITION BY name) AS every FROM counted),
    ranked AS (SELECT *, dense_rank() OVER (ORDER BY every DESC, name) AS place FROM every)
    SELECT name, ['on-label', 'off-label', 'trial'][tier], number FROM ranked WHERE place <= $most ORDER BY place, tier
    """


def _grades(cohort: Output) -> Iterable[Graded]:
    for framework, grades in GRADES.items():
        rows = cohort.run(
            f"SELECT {framework}, count(DISTINCT patient), count(*) FROM recommendations"
            f" WHERE {framework} IS NOT NULL GROUP BY {framework}"
        )
        found = {str(row[0]): row for row in rows}
        known = [each for each in grades if each in found]
        for grade in (*known, *sorted(found.keys() - set(known))):
            yield Graded(framework, grade, int(found[grade][1]), int(found[grade][2]))


_AVOIDED = """
SELECT regimen, because, count(DISTINCT patient) FROM avoided
GROUP BY regimen, because ORDER BY 3 DESC, 1, 2 LIMIT $most
"""

_ITEMS = """
SELECT item, count(DISTINCT patient), count(*) FROM (SELECT patient, unnest(evidence) AS item FROM recommendations)
GROUP BY item ORDER BY 2 DESC, 1 LIMIT $most
"""

_NOTES = r"""
SELECT severity, regexp_replace(message, '''[^'']*''|“[^”]*”|\d+([.,]\d+)*', '…', 'g') AS kind,
    count(*), count(DISTINCT patient)
FROM notes GROUP BY severity, kind ORDER BY 3 DESC, 1, 2 LIMIT $most
"""

# --- what keeps regimens out -----------------------------------------------------------------------------------------

_CLASSES = """
CREATE TABLE classes AS
SELECT alike, count(*) AS weight, min(patient) AS patient, any_value(jurisdiction) AS place
FROM patients WHERE outcome = 'matched' GROUP BY alike
"""

_FOREIGN = f"regexp_matches(blocks.option, '^({'|'.join(SERVED)}):') AND NOT starts_with(blocks.option, place || ':')"
"""Whether an option is the label of another jurisdiction: the id of a label begins with its own."""

_HELD = f"""
CREATE TABLE held AS
SELECT blocks.*, weight, blocks.sole AND recommendations.regimen IS NULL
    AND NOT (criterion = 'biomarker' AND (verdict = 'fail' OR {_FOREIGN})) AS alone
FROM blocks JOIN classes USING (alike)
LEFT JOIN recommendations ON recommendations.patient = classes.patient AND recommendations.regimen = blocks.regimen
"""


def _blocks(cohort: Output, label: str, which: str = "true", by_alone: bool = False) -> tuple[Block, ...]:
    """What keeps options out, by criterion, verdict and label, the most frequent first."""
    grouped = "criterion, verdict, label"
    alone = "alone DESC, " if by_alone else ""
    rows = cohort.run(
        f"""
        WITH rows AS (
            SELECT criterion, verdict, {label} AS label, alike, weight, regimen, option, bool_or(alone) AS alone
            FROM held WHERE {which} GROUP BY ALL
        ), by_option AS (SELECT {grouped}, sum(weight) AS options FROM rows GROUP BY {grouped}),
        by_patient AS (
            SELECT {grouped}, sum(weight) AS patients, sum(weight) FILTER (WHERE alone) AS alone
            FROM (SELECT {grouped}, alike, weight, bool_or(alone) AS alone FROM rows GROUP BY ALL) GROUP BY {grouped}
        ), by_regimen AS (
            SELECT {grouped}, sum(weight) FILTER (WHERE alone) AS regimens
            FROM (SELECT {grouped}, alike, weight, regimen, bool_or(alone) AS alone FROM rows GROUP BY ALL)
            GROUP BY {grouped}
        )
        SELECT {grouped}, options, patients, coalesce(regimens, 0), coalesce(alone, 0) AS alone
        FROM by_option JOIN by_patient USING ({grouped}) JOIN by_regimen USING ({grouped})
        ORDER BY {alone}patients DESC, options DESC, {grouped} LIMIT $most
        """,
        {"most": TOP},
    )
    return tuple(Block(*row[:3], *map(int, row[3:])) for row in rows)


# --- what would change it --------------------------------------------------------------------------------------------


def _tried(cohort: Output) -> tuple[Tried, ...]:
    """What was tried, jurisdictions first, then the tests that bring something to most patients."""
    if TRIED_TABLE not in cohort.tables:
        return ()
    rows = cohort.run(_TRIED)
    regimens: dict[tuple[str, ...], list[Opened]] = {}
    for *key, regimen, tier, patients in cohort.run(_OPENED, {"most": FIRST}):
        regimens.setdefault(tuple(key), []).append(Opened(regimen, tier, patients))
    found = [Tried._make((*row[:5], _by_tier(row[5:8]), *row[8:], tuple(regimens.get(row[:2], ())))) for row in rows]
    return tuple(sorted(found, key=lambda each: (each.kind, -sum(each.opened.values()), each.change)))


def _by_tier(numbers: Sequence[int]) -> dict[str, int]:
    return {tier: number for tier, number in zip(TIERS, numbers, strict=True) if number}


_TRIED = """
WITH again AS (SELECT kind, change, label, edits, patient FROM tried WHERE regimen IS NULL),
moved AS (SELECT * FROM tried WHERE regimen IS NOT NULL),
is_now AS (
    SELECT kind, change, patient, place(tier) AS place FROM again JOIN recommendations USING (patient)
    ANTI JOIN moved USING (kind, change, patient, regimen)
    UNION ALL SELECT kind, change, patient, place(after) FROM moved WHERE after IS NOT NULL
),
best AS (SELECT kind, change, patient, min(place) AS best_now FROM is_now GROUP BY ALL),
each AS (
    SELECT kind, change, patient,
        min(place(after)) FILTER (WHERE before IS NULL) AS opened,
        bool_or(before IS NOT NULL AND after IS NOT NULL AND place(after) < place(before)) AS raised,
        bool_or(before IS NOT NULL AND after IS NOT NULL AND place(after) > place(before)) AS lowered,
        bool_or(after IS NULL) AS closed
    FROM moved GROUP BY ALL
)
SELECT kind, change, any_value(label), mode(edits), count(*),
    count(*) FILTER (WHERE opened = 1), count(*) FILTER (WHERE opened = 2), count(*) FILTER (WHERE opened = 3),
    count(*) FILTER (WHERE raised), count(*) FILTER (WHERE lowered), count(*) FILTER (WHERE closed),
    count(*) FILTER (WHERE coalesce(best_now, 4) < coalesce(place(patients.tier), 4)),
    count(*) FILTER (WHERE coalesce(best_now, 4) > coalesce(place(patients.tier), 4))
FROM again JOIN patients USING (patient)
LEFT JOIN each USING (kind, change, patient) LEFT JOIN best USING (kind, change, patient)
GROUP BY kind, change ORDER BY kind, change
"""

_OPENED = """
WITH counted AS (
    SELECT kind, change, regimen, after, count(*) AS patients FROM tried
    WHERE regimen IS NOT NULL AND before IS NULL GROUP BY ALL
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY kind, change ORDER BY patients DESC, place(after), regimen) AS place
    FROM counted
)
SELECT kind, change, regimen, after, patients FROM ranked WHERE place <= $most ORDER BY kind, change, place
"""


def _coverage(cohort: Output) -> Coverage:
    """What the plan says of what is recommended to the patients whom it insures: those of whom a finding tells."""
    cohort.run(_PAID)
    rows = cohort.run(_PAID_REGIMENS, {"most": TOP})
    insured, on_label, unpaid = cohort.run(_PAID_PATIENTS)[0]
    return Coverage(insured, on_label, unpaid, tuple(Paid(*row) for row in rows))


_PAID = """
CREATE TABLE paid AS
SELECT patient, regimen, tier, CASE
    WHEN reimbursed THEN 'listed' WHEN NOT reimbursed THEN 'not listed'
    WHEN len(list_filter(findings, lambda each: each.criterion = 'reimbursement' AND each.verdict = 'warn')) > 0
    THEN 'for other use' ELSE 'not known' END AS answer
FROM recommendations WHERE len(list_filter(findings, lambda each: each.criterion = 'reimbursement')) > 0
"""

_PAID_REGIMENS = """
SELECT regimen, count(*) FILTER (WHERE answer = 'listed'), count(*) FILTER (WHERE answer = 'not listed'),
    count(*) FILTER (WHERE answer = 'for other use'), count(*) FILTER (WHERE answer = 'not known')
FROM paid WHERE tier = 'on-label' GROUP BY regimen ORDER BY count(*) DESC, regimen LIMIT $most
"""

_PAID_PATIENTS = """
SELECT (SELECT count(DISTINCT patient) FROM paid), count(*), count(*) FILTER (WHERE NOT is_paid)
FROM (SELECT patient, bool_or(answer = 'listed') AS is_paid FROM paid WHERE tier = 'on-label' GROUP BY patient)
"""

# --- files -----------------------------------------------------------------------------------------------------------

FORMS = {".html": "html", ".md": "markdown", ".txt": "text", ".json": "json"}
"""The forms of a summary by the ending of its file; any other ending is a page."""


def write(output: Path, target: Path) -> None:
    """Write the summary of a finished cohort in the form that the target's ending names, whole or not at all.

    UnusableInput as `summary`, and where the target cannot be written.
    """
    text = shown(summary(output), FORMS.get(target.suffix, "html"))
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        try:
            beside.write_text(text, encoding="utf-8")
            os.replace(beside, target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        reason = f"cannot be written ({error.strerror or error})"
        raise UnusableInput(str(target), reason, "choose another place") from error


def shown(found: Summary, form: str) -> str:
    """The summary as `html`, `markdown`, `text` or `json`; KeyError for another form."""
    if form == "json":
        return json.dumps(structure(found), ensure_ascii=False, indent=2) + "\n"
    from matcher.report.cohort_document import cohort_document, cohort_page

    if form == "html":
        return cohort_page(found)
    from matcher.report.forms import render

    return render(cohort_document(found), form)


def structure(found: Summary) -> dict[str, Any]:
    """The numbers as plain structures for JSON."""
    values = {name: _plain(value) for name, value in vars(found).items()}
    return {"schema": SCHEMA, **values}


def _plain(value: object) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(each) for name, each in value._asdict().items()}
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    return value
