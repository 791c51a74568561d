"""What another jurisdiction or the result of a test would change: patients are edited as `what-if` does, and matched.

What is told was seen: findings alone cannot tell it. Of another jurisdiction's labels those without a biomarker are not
considered, evidence is only once its biomarker is present, and a result can rule a regimen out as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from kb.profile import mentions, parse
from matcher.biomarker_status import Status
from matcher.case import prepared
from matcher.cohort.output import Output, opened
from matcher.cohort.subject import Subject, Unreadable
from matcher.edits import SET, Edit, edited
from matcher.facts import SERVED
from matcher.notes import UnusableInput
from matcher.observations import Edits, ways

if TYPE_CHECKING:
    from pathlib import Path

    from kb.graph import KnowledgeBase
    from matcher.case import Prepared
    from matcher.cohort.matching import Matching
    from matcher.cohort.tables import Tables

JURISDICTION, TEST = "jurisdiction", "test"

PIECE = 500
"""So many patients are read before they are matched again."""

MOST_TESTS = 8
"""So many tests are tried where none are named: those that alone keep most patients' regimens back."""

Watch = Callable[[int], None]
"""Is told how many patients are done."""


class Change(NamedTuple):
    """What is tried on a cohort: a jurisdiction, or the result of a test that would make a profile present."""

    kind: str
    what: str
    label: str


class Changed(NamedTuple):
    """A patient after a change, and the edits that made it."""

    subject: Subject
    edits: Edits


def jurisdictions() -> tuple[Change, ...]:
    """Each jurisdiction whose approvals count."""
    return tuple(Change(JURISDICTION, each, each) for each in SERVED)


def untested(output: Path, most: int = MOST_TESTS) -> tuple[Change, ...]:
    """The biomarker profiles that alone keep the regimens of most patients of a finished cohort back, unsettled.

    UnusableInput where the cohort cannot be read.
    """
    with opened(output, threads=None) as cohort:
        return tuple(Change(TEST, profile, label) for profile, label in cohort.run(_TESTS, {"most": most}))


_TESTS = """
SELECT blocks.about, min(blocks.label)
FROM blocks JOIN patients USING (alike)
WHERE blocks.sole AND blocks.criterion = 'biomarker' AND blocks.verdict = 'undetermined'
GROUP BY blocks.about ORDER BY count(DISTINCT patients.patient) DESC, blocks.about LIMIT $most
"""


class Trying:
    """Changes made to patients; patients of whom the same is known of a profile get the same result of a test."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._knowledge = knowledge
        self._results: dict[tuple[str, tuple[Status, ...]], Edits | None] = {}

    def changed(self, subject: Subject, changes: Iterable[Change]) -> Iterator[tuple[Change, Changed]]:
        """The patient after each of the changes that concern them.

        None does that is so already: the patient's own jurisdiction, a biomarker that is present or was sought and not
        found. Nor does a test without a result that could make the profile present.
        """
        wanted = tuple(changes)
        if not wanted:
            return
        try:
            ready = prepared(subject.request, subject.read, self._knowledge)
        except UnusableInput:
            return
        for change in wanted:
            edits = self._edits(change, subject, ready)
            after = _edited(subject, edits, self._knowledge) if edits else None
            if edits and after is not None:
                yield change, Changed(after, edits)

    def _edits(self, change: Change, subject: Subject, ready: Prepared) -> Edits | None:
        if change.kind == JURISDICTION:
            own = ready.query.jurisdiction == change.what
            return None if own else (Edit(SET, "jurisdiction", change.what),)
        board = ready.board
        if board.profile(change.what).status in {Status.PRESENT, Status.ABSENT}:
            return None
        named = sorted(mentions(parse(change.what)))
        key = change.what, tuple(board.status(each).status for each in named)
        known = self._results.get(key)
        if known and self._holds(subject, known, change.what):
            return known
        found = ways(change.what, board, self._knowledge, lambda edits, name: self._holds(subject, edits, name))
        self._results[key] = next(
            (edits for edits in found if edits and self._holds(subject, edits, change.what)), None
        )
        return self._results[key]

    def _holds(self, subject: Subject, edits: Edits, profile: str) -> bool:
        """Whether a profile is present after these edits."""
        after = _edited(subject, edits, self._knowledge)
        if after is None:
            return False
        try:
            ready = prepared(after.request, after.read, self._knowledge)
        except UnusableInput:
            return False
        return ready.board.profile(profile).status is Status.PRESENT


def _edited(subject: Subject, edits: Edits, knowledge: KnowledgeBase) -> Subject | None:
    """The patient after edits; None where they cannot be made."""
    try:
        request, (form, patient, notes) = edited(subject.request, subject.read, edits, knowledge)
    except UnusableInput:
        return None
    return Subject(subject.name, subject.source, request, form, patient, notes)


def add_changes(
    output: Path,
    subjects: Iterable[Subject | Unreadable],
    matching: Matching,
    changes: Sequence[Change],
    watch: Watch = lambda done: None,
) -> Path:
    """Try the changes on the patients of a finished cohort, and write its table `tried` beside it.

    A jurisdiction is tried on everybody who has another, a test on those of whom it alone keeps an option back.
    `subjects` are those of the cohort, matched by `matching` over its graph and rules; `watch` is told how many are
    done. Memory does not grow with their number. The result is the table's file, which appears whole or not at all.
    """
    trying = Trying(matching.knowledge)
    with opened(output, threads=None) as cohort:
        cohort.run("CREATE TABLE changed (kind TEXT, change TEXT, label TEXT, edits TEXT, patient TEXT)")
        cohort.run("CREATE TABLE again (kind TEXT, change TEXT, patient TEXT, regimen TEXT, option TEXT, tier TEXT)")
        cohort.run(_ASKED, {"profiles": [each.what for each in changes if each.kind == TEST]})
        done = 0
        readable = (each for each in subjects if isinstance(each, Subject))
        while piece := tuple(islice(readable, PIECE)):
            _try(cohort, piece, trying, matching, changes)
            done += len(piece)
            watch(done)
        return cohort.write_tried(_DIFFERENCES)


def _try(
    cohort: Output, piece: Sequence[Subject], trying: Trying, matching: Matching, changes: Sequence[Change]
) -> None:
    """Match a piece of the cohort again, after each change, all together: each under a number of its own."""
    names = {"names": [each.name for each in piece]}
    asked = set(cohort.run("SELECT * FROM asked WHERE list_contains($names, patient)", names))
    made: list[tuple[Change, Changed]] = []
    for subject in piece:
        own = [each for each in changes if each.kind != TEST or (subject.name, each.what) in asked]
        made += trying.changed(subject, own)
    if made:
        numbered = [after.subject._replace(name=str(number)) for number, (_, after) in enumerate(made)]
        _note(cohort, made, matching.matched(numbered))


def _note(cohort: Output, made: Sequence[tuple[Change, Changed]], tables: Tables) -> None:
    """Keep who was matched after which change, and what is recommended to them then."""
    patients, recommended = tables["patients"], tables["recommendations"]
    matched = sorted(int(name) for name in patients.loc[patients["outcome"] == "matched", "patient"])
    rows: list[tuple[object, ...]] = []
    for change, after in map(made.__getitem__, matched):
        rows.append((*change, " ".join(map(str, after.edits)), after.subject.name))
    cohort.database.put("changed", rows)
    again: list[tuple[object, ...]] = []
    for number, *told in recommended[["patient", "regimen", "option", "tier"]].itertuples(index=False, name=None):
        change, after = made[int(number)]
        again.append((change.kind, change.what, after.subject.name, *told))
    cohort.database.put("again", again)


_ASKED = """
CREATE TABLE asked AS
SELECT DISTINCT patients.patient, blocks.about FROM blocks JOIN patients USING (alike)
WHERE blocks.sole AND blocks.criterion = 'biomarker' AND blocks.verdict = 'undetermined'
AND list_contains($profiles, blocks.about)
"""

_DIFFERENCES = """
WITH was AS (
    SELECT changed.*, recommendations.regimen, recommendations.tier
    FROM changed JOIN recommendations USING (patient)
), is_now AS (
    SELECT changed.*, again.regimen, again.option, again.tier
    FROM changed JOIN again USING (kind, change, patient)
), moved AS (
    SELECT kind, change, label, edits, patient, regimen, option, was.tier AS before, is_now.tier AS after
    FROM was FULL JOIN is_now USING (kind, change, label, edits, patient, regimen)
    WHERE was.tier IS DISTINCT FROM is_now.tier
)
SELECT * FROM (
    SELECT kind, change, label, edits, patient, NULL AS regimen, NULL AS option, NULL AS before, NULL AS after
    FROM changed
    UNION ALL SELECT * FROM moved
) ORDER BY kind, change, patient, regimen NULLS FIRST
"""
