"""A cohort matched again after a release: only who can change is matched, and what changed is told with its cause.

    matching = rematched("cohort-2024.parquet", matching, intake, template)
    finished = run(intake, matching, ..., gone=matching.gone)

Whom the release cannot reach is decided from its changes alone (`matcher/cohort/reach.py`). With an earlier output that
was made from the same files, rules, day and options, their answers are taken over from it; else they are matched
anew, once. Who can be reached is matched on the new graph, and compared with the earlier output or, where there is none
that can be compared, with the answer of the older graph.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from kb.diff import Diff
from kb.errors import KnowledgeError, NoStore
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.store import Metadata
from matcher.cohort.causes import Causes, Told
from matcher.cohort.matching import Matching
from matcher.cohort.moves import GONE, NEW, READABLE, RELEASE, SAME, UNREADABLE, Answered, answered, moves
from matcher.cohort.reach import Reach
from matcher.cohort.run import Matcher, options
from matcher.cohort.subject import Subject, Unreadable
from matcher.cohort.tables import COLUMNS
from matcher.notes import UnusableInput
from matcher.proof_file import program

if TYPE_CHECKING:
    import pandas

    from matcher.case import Request
    from matcher.cohort.output import Asked
    from matcher.cohort.subject import Intake
    from matcher.cohort.tables import Tables
    from rules.language import RuleSet

Row = tuple[object, ...]

STARTER = "starter"
"""What names the graph that comes with the program."""

OUTPUTS = (".parquet", ".tsv", ".jsonl", ".json", ".gz")
"""How the files of a finished run end."""


class Answering(Matcher, Protocol):
    """What answers on the graph of today: a Matching, or several processes that have one each."""

    @property
    def knowledge(self) -> KnowledgeBase:
        """The graph of today."""
        ...

    @property
    def rules(self) -> RuleSet:
        """The rules."""
        ...

    def close(self) -> None:
        """Frees the memory."""
        ...


def rematched(since: str, matching: Answering, intake: Intake, template: Request) -> Rematching:
    """What matches a cohort again, in place of `matching`, and tells what changed since an older release.

    `since` names a store folder, `starter`, or a finished output of an earlier run (`X.parquet`). Close it at the end,
    and the matching with it. UnusableInput where `since` is none of these.
    """
    if since.endswith(OUTPUTS) and not Path(since).is_dir():
        from matcher.cohort.output import opened

        earlier: Asked = opened(Path(since))
        others = grounds(earlier.manifest, intake.digest, matching.rules.digest, template)
        return Rematching(matching, _older_of(earlier, matching.knowledge), earlier, others)
    return Rematching(matching, _store(since))


def _store(since: str) -> KnowledgeBase:
    try:
        return open_knowledge_base(None if since == STARTER else since)
    except KnowledgeError as error:
        remedy = "name a store of `kb build`, `starter`, or the output of an earlier run (X.parquet)"
        reason = error.reason if isinstance(error, NoStore) else str(error)
        raise UnusableInput("--since", f"{since} holds no release: {reason}", remedy) from error


def _older_of(earlier: Asked, now: KnowledgeBase) -> KnowledgeBase | None:
    """The graph that an earlier run was made with: the one of today, the one that it names, the starter, or one beside
    that of today; None where none of them has its digest.
    """
    about = earlier.manifest.get("kb", {})
    if about.get("digest") == now.digest:
        return now
    beside = Path(now.named).absolute().parent.glob("*/CURRENT") if now.named and "://" not in now.named else ()
    named = [about["store"]] if about.get("store") else []
    for name in (*named, None, *(str(each.parent) for each in sorted(beside))):
        try:
            found = open_knowledge_base(name)
        except KnowledgeError:
            continue
        if found.digest == about.get("digest"):
            return found
    return None


def grounds(manifest: Mapping[str, Any], digest: str, rules: str, template: Request) -> tuple[str, ...]:
    """What else than the graph differs from an earlier run, in words: its files, rules, day, options or program.

    `digest` is of the patients' files, `rules` of the rules. Empty where the answers to whom nothing reaches hold.
    """
    told = manifest.get("options", {})
    same = {
        "the patients' files": manifest.get("inputs", {}).get("digest") == digest,
        "the rules": manifest.get("rules", {}).get("digest") == rules,
        "the day asked for": manifest.get("as_of") == template.as_of,
        "the options": all(_text(told.get(name)) == _text(value) for name, value in options(template).items()),
        "the program": manifest.get("program") in (None, program()),
    }
    return tuple(name for name, holds in same.items() if not holds)


def _text(value: object) -> str:
    return str(value or "")


TAKEN_OVER, MATCHED_ANEW = "taken over", "matched anew"
"""What became of those who could not change: answers of the earlier run, or matched on the graph of today alone."""


class Known(NamedTuple):
    """What is known of a comparison before anybody is matched.

    `grounds` is what else than the graph is different; `has_graph` is false where the older graph is not at hand.
    """

    old: str
    new: str
    items: int
    grounds: tuple[str, ...]
    has_graph: bool
    takes_over: bool


class _Piece(NamedTuple):
    """Some patients, what the earlier output has of them, whom the release can reach, and whose answer holds."""

    subjects: Sequence[Subject | Unreadable]
    told: Mapping[str, list[Row]]
    reached: Collection[str]
    taken: Collection[str]

    @property
    def asked(self) -> list[Subject | Unreadable]:
        """Who is matched on the graph of today."""
        return [each for each in self.subjects if each.name not in self.taken]


class Rematching:
    """As a Matching, with what changed in the table `changes`.

    Without `older`, the graph of the earlier run, everybody can change. `grounds` is what else differs from that run;
    `diff` what changed between the graphs, where that is known already.
    """

    def __init__(
        self,
        matching: Answering,
        older: KnowledgeBase | None,
        earlier: Asked | None = None,
        grounds: tuple[str, ...] = (),
        diff: Diff | None = None,
    ) -> None:
        self.knowledge, self.rules = matching.knowledge, matching.rules
        self._matching, self._older, self._earlier, self._grounds = matching, older, earlier, grounds
        self._before: Matching | None = None
        diff = _differences(older, self.knowledge) if diff is None else diff
        self._reach = None if older is None else Reach(older, self.knowledge, diff)
        self._causes = Causes(self._reach, diff, older, self.knowledge)
        self._takes_over = earlier is not None and not grounds
        release = older.release if older is not None else str((earlier.manifest if earlier else {})["kb"]["release"])
        has_graph = older is not None
        items = len(self._reach.items) if self._reach is not None else 0
        self.known = Known(release, self.knowledge.release, items, grounds, has_graph, self._takes_over)

    def matched(self, subjects: Sequence[Subject | Unreadable]) -> Tables:
        """The tables of a piece of the cohort, as of a Matching, and its changes."""
        (found,) = self.stream([subjects])
        return found

    def stream(self, pieces: Iterable[Sequence[Subject | Unreadable]]) -> Generator[Tables, None, None]:
        """The tables of each piece, one after the other."""
        under_way: deque[_Piece] = deque()

        def asked() -> Iterator[list[Subject | Unreadable]]:
            for subjects in pieces:
                under_way.append(self._piece(subjects))
                yield under_way[-1].asked

        for tables in self._matching.stream(asked()):
            yield self._compared_with_before(under_way.popleft(), tables)

    def _piece(self, subjects: Sequence[Subject | Unreadable]) -> _Piece:
        names = [each.name for each in subjects]
        told = _rows(self._earlier, names) if self._earlier is not None else {name: [] for name in COLUMNS}
        known = {name for name, count in Counter(str(row[0]) for row in told["patients"]).items() if count == 1}
        reached = {each.name for each in subjects if isinstance(each, Unreadable) or self._reaches(each)}
        return _Piece(subjects, told, reached, known - reached if self._takes_over else set())

    def _compared_with_before(self, piece: _Piece, tables: Tables) -> Tables:
        changes = self._changes(piece.asked, tables, piece.told, piece.reached)
        if piece.taken:
            tables = _joined(tables, _taken(piece.told, piece.taken))
        return {**tables, "changes": _frame("changes", changes)}

    def _reaches(self, subject: Subject) -> bool:
        return self._reach is None or self._reach.reaches(subject)

    def gone(self, patients: Collection[str]) -> pandas.DataFrame:
        """Rows of `changes`: the releases that were compared, and who is in the earlier output and not among these
        patients. Asked once, at the end.
        """
        rows: list[Row] = [self._compared()]
        if self._earlier is not None:
            known = [str(name) for (name,) in self._earlier.run("SELECT patient FROM patients")]
            rows += [_row(name, GONE, None, None, None, _INPUT) for name in known if name not in patients]
        return _frame("changes", rows)

    def _compared(self) -> Row:
        """The row that tells which releases were compared, and what became of those who could not change."""
        known = self.known
        words = (
            f"{known.items} items that answers may rest on differ"
            if known.has_graph
            else "the older graph is not at hand"
        )
        others = f"; other than in the earlier run: {', '.join(known.grounds)}" if known.grounds else ""
        told = Told(words + others, how=TAKEN_OVER if known.takes_over else MATCHED_ANEW)
        row = _row("", RELEASE, None, known.old, known.new, told)
        return (None, *row[1:])

    def close(self) -> None:
        """Frees the memory, that of the matching too."""
        self._matching.close()
        if self._before is not None:
            self._before.close()
        if self._earlier is not None:
            self._earlier.close()
            self._earlier = None

    # What changed

    def _changes(
        self,
        subjects: Sequence[Subject | Unreadable],
        tables: Tables,
        told: Mapping[str, list[Row]],
        reached: Collection[str],
    ) -> list[Row]:
        """The rows on these patients, who were matched on the new graph."""
        after = answered({name: _plain_rows(tables[name]) for name in ANSWERS})
        earlier = answered(told)
        before = self._before_of(subjects, after, earlier, reached)
        shared = Counter(each.name for each in subjects)
        rows: list[Row] = []
        for subject in subjects:
            found: list[Row] = []
            if shared[subject.name] > 1:
                continue  # the rows of patients who share a name cannot be told apart: a note says so
            if self._earlier is not None and subject.name not in earlier.patients:
                found.append(_row(subject.name, NEW, None, None, None, _INPUT))
            elif self._earlier is not None and self._grounds:
                found += self._told(subject, earlier, before, None)
            if subject.name in reached and subject.name in before.patients:
                found += self._told(subject, before, after, subject)
            if not found and subject.name in reached and isinstance(subject, Subject):
                found.append(_row(subject.name, SAME, None, None, None, Told()))
            rows += found
        return rows

    def _before_of(
        self, subjects: Sequence[Subject | Unreadable], after: Answered, earlier: Answered, reached: Collection[str]
    ) -> Answered:
        """The answers before the release to the question of today: of the earlier run, or by the older graph."""
        if self._takes_over:
            return earlier
        if self._older is None:
            return after
        asked = [each for each in subjects if each.name in reached and isinstance(each, Subject)]
        if not asked:
            return after
        if self._before is None:
            self._before = Matching(self._older, self.rules)
        tables = self._before.matched(asked)
        return after.with_those_of(answered({name: _plain_rows(tables[name]) for name in ANSWERS}))

    def _told(
        self, subject: Subject | Unreadable, before: Answered, after: Answered, by_graph: Subject | Unreadable | None
    ) -> list[Row]:
        """The rows on what differs between two answers to a patient, by the graph or by what else is different."""
        name = subject.name
        was, now = before.patients[name], after.patients[name]
        if was.outcome != now.outcome:
            kind = READABLE if now.outcome == "matched" else UNREADABLE
            cause = self._of_grounds() if by_graph is None else _READ
            return [_row(name, kind, None, was.reason, now.reason, cause)]
        found = list(moves(before.of(name), after.of(name)))
        if by_graph is None or not isinstance(by_graph, Subject):
            causes = [self._of_grounds() for _ in found]
        else:
            causes = self._causes.of(by_graph, found)
        return [
            _row(name, each.kind, "+".join(each.regimen), each.before, each.after, cause)
            for each, cause in zip(found, causes, strict=True)
        ]

    def _of_grounds(self) -> Told:
        others = self._grounds if self._older is not None else (*self._grounds, "the graph")
        return Told(f"other than in the earlier run: {', '.join(others)}", how="not the release")


ANSWERS = ("recommendations", "avoided", "patients")
"""The tables that answers are compared by."""

_INPUT = Told("the patients' files", how="not the release")

_READ = Told("the graphs read what the file says otherwise", how="reaches the patient")


def _differences(older: KnowledgeBase | None, newer: KnowledgeBase) -> Diff:
    """What changed between two graphs; nothing where it cannot be known or they are the same."""
    if older is None or older.digest == newer.digest:
        about = Metadata(newer.release, newer.digest, newer.released_on)
        return Diff(about, about, ())
    from kb.diff import diff

    return diff(older.embedded, newer.embedded)


# --- rows and data frames -------------------------------------------------------------------------------------------


def _row(patient: str, kind: str, regimen: str | None, before: str | None, after: str | None, cause: Told) -> Row:
    told = cause.cause, cause.id, cause.change, cause.how, list(cause.causes), list(cause.sources)
    return (patient, kind, regimen, before, after, *told)


def _rows(earlier: Asked, names: Sequence[str]) -> dict[str, list[Row]]:
    """The rows of an earlier run on some patients, by table."""
    found: dict[str, list[Row]] = {"changes": []}
    for table in ("patients", "recommendations", "avoided", "notes"):
        query = f"SELECT {', '.join(COLUMNS[table])} FROM {table} WHERE patient IN (SELECT unnest(?))"
        found[table] = earlier.run(query, [list(names)])
    numbers = sorted({int(str(row[-1])) for row in found["patients"]})
    query = f"SELECT {', '.join(COLUMNS['blocks'])} FROM blocks WHERE alike IN (SELECT unnest(?))"
    found["blocks"] = earlier.run(query, [numbers])
    return found


def _taken(told: Mapping[str, list[Row]], names: Collection[str]) -> dict[str, list[Row]]:
    """The rows on these patients alone."""
    found = {table: [row for row in told[table] if row[0] in names] for table in told if table != "blocks"}
    numbers = {row[-1] for row in found["patients"]}
    return {**found, "blocks": [row for row in told["blocks"] if row[0] in numbers]}


def _joined(tables: Tables, taken: Mapping[str, list[Row]]) -> Tables:
    """The tables with the rows that are taken over; numbers of alike patients follow those of the tables."""
    import pandas

    first = max((int(each) for each in tables["patients"]["alike"]), default=-1) + 1
    numbers = {row[-1]: first + place for place, row in enumerate(taken["patients"])}
    renumbered = {
        **taken,
        "patients": [(*row[:-1], numbers[row[-1]]) for row in taken["patients"]],
        "blocks": [(numbers[row[0]], *row[1:]) for row in taken["blocks"]],
    }
    found: Tables = {}
    for name, frame in tables.items():
        more = _frame(name, renumbered.get(name, []))
        parts = [each.astype(object) for each in (frame, more) if len(each)]
        found[name] = pandas.concat(parts, ignore_index=True) if parts else more
    return found


def _frame(table: str, rows: Sequence[Row]) -> pandas.DataFrame:
    import pandas

    return pandas.DataFrame(list(rows), columns=list(COLUMNS[table]), dtype=object)


def _plain_rows(frame: pandas.DataFrame) -> list[Row]:
    """The rows of a data frame with Python's own values; None where there is none."""
    return [tuple(map(_plain, row)) for row in frame.itertuples(index=False, name=None)]


def _plain(value: Any) -> object:
    if isinstance(value, (str, bool)) or value is None:
        return value
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return list(value)
    return None if value != value else value
