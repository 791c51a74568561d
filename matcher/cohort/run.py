"""A cohort from intake to files: piece by piece, so that an interrupted run goes on, and files that appear whole.

One piece is read ahead while another is matched. A piece is kept when it is whole; the same run asked again skips
those patients. At the end the pieces are joined, out of core, and the work folder goes.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from hashlib import sha256
from itertools import accumulate, chain, count, islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from matcher.cohort.ahead import ahead
from matcher.cohort.alone import note_rows
from matcher.cohort.arranged import arranged
from matcher.cohort.output import CHANGES, SCHEMA, Form, Target, manifest_of, writes
from matcher.cohort.subject import ALTERATIONS, Intake, Subject, Unreadable
from matcher.cohort.tables import COLUMNS, TIERS
from matcher.cohort.work import (
    JOINED,
    MORE,
    Saved,
    Saver,
    Work,
    emptied,
    save,
    save_rows,
    to_disk,
    work_folder,
    writing,
)
from matcher.notes import Note, Severity, UnusableInput
from matcher.proof_file import program
from rules.sql_text import literal

if TYPE_CHECKING:
    import pandas

    from matcher.case import Request
    from matcher.cohort.tables import Tables

PIECE = 4000
"""So many patients make a piece."""
FIRST = (500, 1000)
"""So many make the first pieces of a cohort of many: the second process has work as soon as it is there."""
ENOUGH = 0.8
"""So much of its size, and a piece ends where a file does: patients of one file have the same tumor type, and are most
alike, which is of use to one process alone."""
TOLD = 20
"""So many patients who could not be read are told of in what a run comes to; the table has all."""


class Matcher(Protocol):
    """What answers the pieces of a cohort, as `matcher.cohort.matching.Matching` does."""

    def stream(self, pieces: Iterable[Sequence[Subject | Unreadable]]) -> Generator[Tables, None, None]:
        """The tables of each piece, in their order; `alike` is unique within a piece."""
        ...


class Watcher:
    """What is told of a run as it goes; this one says nothing."""

    def goes_on(self, patients: int) -> None:
        """Pieces of an earlier run hold so many patients, who are not matched again."""

    def matched(self, patients: int, total: int | None) -> None:
        """So many patients are kept, of so many if that is known."""

    def reached(self, patients: int) -> None:
        """So many more are being matched, and are kept soon."""

    def has_read(self) -> None:
        """All are read; the last of them are being matched."""

    def joins(self) -> None:
        """All are matched, and the pieces become files."""


class Finished(NamedTuple):
    """What a run came to: its manifest, the files (none where nobody could be matched), some who could not be read."""

    manifest: Mapping[str, Any]
    files: tuple[Path, ...]
    unreadable: tuple[Unreadable, ...]

    @property
    def counts(self) -> Mapping[str, Any]:
        """How many patients were matched, reached which tier, could not be read; recommendations; notes by severity."""
        counts: Mapping[str, Any] = self.manifest["counts"]
        return counts


def run(
    intake: Intake,
    matching: Matcher,
    out: Path,
    form: Form,
    *,
    piece: int = PIECE,
    first: Sequence[int] = (),
    progress: Watcher | None = None,
    fresh: bool = False,
    about: Mapping[str, Any],
    gone: Callable[[Collection[str]], pandas.DataFrame] | None = None,
) -> Finished:
    """Matches everybody of the intake, and writes the tables and the manifest; the same input gives the same bytes.

    Pieces are of `piece` patients, the first ones of as many as `first` says: small ones have all processes begin soon.
    `about` is what answers are made from (graph, rules, day, options), as JSON values: pieces that an earlier run left
    are taken over where it is the same, unless `fresh`. With `gone` the table `changes` is written too, and its rows on
    patients who are no more come from there, asked with the names of all.

    UnusableInput where pieces of something else are there, another run writes there, or nothing can be written;
    whatever the intake and the matching raise. The pieces stay.
    """
    watcher = progress or Watcher()
    aim = Target(out, form)
    _check_free(aim)
    inputs = {**about.get("inputs", {}), "digest": intake.digest}
    sizes = [*first, piece]
    made_of = {"program": program(), **about, "inputs": inputs, "piece": sizes if first else piece}
    with work_folder(out) as work:
        work.begin(made_of, fresh)
        if work.pieces:
            watcher.goes_on(work.patients)
        _match(intake, matching, work, sizes, watcher)
        if not work.pieces:
            raise UnusableInput("the input", "holds no patient", "name files or folders that do")
        watcher.joins()
        finished = _join(aim, work, intake, made_of, gone)
        work.remove()
    return finished


def options(asked: Request) -> dict[str, object]:
    """The options that answers follow from, as `about` has them: an assay's file with the digest of what it says."""
    assay = asked.assay
    if assay is not None and Path(assay).is_file():
        assay = f"{assay} sha256:{sha256(Path(assay).read_bytes()).hexdigest()}"
    return {
        "tumor_type": asked.tumor_type,
        "jurisdiction": asked.jurisdiction or asked.default_jurisdiction,
        "assay": assay,
        "build": asked.build,
        "strict": asked.strict,
    }


def _check_free(aim: Target) -> None:
    """UnusableInput where the manifest would replace a file that is something else's."""
    if not aim.manifest.exists():
        return
    told = manifest_of(aim.manifest)
    if told is None:
        reason = f"{aim.manifest.name} would describe the run, and is something else"
        raise UnusableInput(str(aim.out), reason, "choose another --out")
    if told["files"]["recommendations"]["file"] != aim.out.name:
        reason = f"{aim.manifest.name} describes a run into {told['files']['recommendations']['file']}"
        raise UnusableInput(str(aim.out), reason, "choose another --out, or remove that run's files")


def _match(intake: Intake, matching: Matcher, work: Work, sizes: Sequence[int], watcher: Watcher) -> None:
    """Matches and keeps what no piece holds yet."""
    done = work.patients
    left = sizes[min(len(work.pieces), len(sizes) - 1) :]

    def read() -> Iterator[list[Subject | Unreadable]]:
        subjects = iter(intake.subjects())
        _skip(subjects, work)
        return pieces(subjects, left)

    watcher.matched(done, intake.total)
    under_way: deque[list[Subject | Unreadable]] = deque()

    def noted(found: Iterable[list[Subject | Unreadable]]) -> Iterator[list[Subject | Unreadable]]:
        for subjects in found:
            under_way.append(subjects)
            yield subjects
        watcher.has_read()
        work.database.begin()  # while the last pieces are answered

    with closing(ahead(read)) as read_ahead, closing(_answered(matching, noted(read_ahead), work, watcher)) as answered:
        for found in answered:
            subjects = under_way.popleft()
            if isinstance(found, Saved):
                work.keep_saved(found, subjects)
            else:
                work.keep(arranged(found, subjects), subjects)
            done += len(subjects)
            watcher.matched(done, intake.total)


def _answered(
    matching: Matcher, pieces: Iterable[list[Subject | Unreadable]], work: Work, watcher: Watcher
) -> Generator[Saved | Tables, None, None]:
    """What is answered to each piece, saved by whoever can."""
    if not isinstance(matching, Saver):
        return matching.stream(pieces)
    numbers = count(len(work.pieces))
    return matching.save(((subjects, work.begun(next(numbers))) for subjects in pieces), work.out, watcher.reached)


def _skip(subjects: Iterator[Subject | Unreadable], work: Work) -> None:
    """Passes over the patients of the pieces that are whole; UnusableInput where they are others now."""
    for kept in work.pieces:
        last = next(islice(subjects, kept.patients - 1, None), None)
        if last is None or (last.name, last.source) != kept.last:
            reason = f"its patients are others than those of {kept.folder.name}, though the files look the same"
            raise UnusableInput(str(work.folder), reason, "begin anew with --fresh")


def pieces(
    subjects: Iterator[Subject | Unreadable], sizes: Sequence[int], alterations: int = ALTERATIONS
) -> Iterator[list[Subject | Unreadable]]:
    """Subjects by `sizes`, the last of which is that of all further pieces.

    A piece ends sooner once its patients have so many alterations, and where a file of many patients ends if it has
    nearly its size.
    """
    piece: list[Subject | Unreadable] = []
    weight = 0
    sized = chain(sizes, repeat(sizes[-1]))
    size = next(sized)
    for subject in subjects:
        piece.append(subject)
        is_last = isinstance(subject, Subject) and subject.is_last
        weight += subject.size if isinstance(subject, Subject) else 0
        if len(piece) == size or weight >= alterations or (is_last and len(piece) >= ENOUGH * size):
            yield piece
            piece, weight, size = [], 0, next(sized)
    if piece:
        yield piece


def _join(
    aim: Target,
    work: Work,
    intake: Intake,
    made_of: Mapping[str, Any],
    gone: Callable[[Collection[str]], pandas.DataFrame] | None,
) -> Finished:
    """The files of the whole run, in place; none where nobody was matched."""
    names = [table for table in COLUMNS if table != CHANGES or gone is not None]
    _save_more(aim, work, intake.notes, gone)
    with writing(aim.out):
        manifest = _manifest(aim, work, made_of, names)
        unreadable = _unreadable(work)
        if not manifest["counts"]["matched"]:
            return Finished(manifest, (), unreadable)
        joined = emptied(work.folder / JOINED)
        work.database.run_all(
            writes(_query(table, work), COLUMNS[table], joined / aim.file(table).name, aim.form) for table in names
        )
        _publish(aim, joined, names, manifest)
    return Finished(manifest, (*map(aim.file, names), aim.manifest), unreadable)


def _manifest(aim: Target, work: Work, made_of: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """What is told of the run beside its tables."""
    rows = {table: work.database.run(f"SELECT count(*) FROM ({_query(table, work)})")[0][0] for table in names}
    files = {table: {"file": aim.file(table).name, "rows": count} for table, count in rows.items()}
    counts = _counts(work)
    return {"schema": SCHEMA, **made_of, "form": aim.form._asdict(), "files": files, "counts": counts}


def _query(table: str, work: Work) -> str:
    """The rows of a table in all pieces, in their order; notes on files come first, patients who are gone last."""
    files = [piece.folder / f"{table}.parquet" for piece in work.pieces]
    more = work.folder / MORE / f"{table}.parquet"
    if more.exists():
        files = [*files, more] if table == CHANGES else [more, *files]
    listed = f"[{', '.join(literal(str(file)) for file in files)}]"
    if "alike" not in COLUMNS[table]:
        return f"SELECT {', '.join(COLUMNS[table])} FROM read_parquet({listed})"
    firsts = [0, *accumulate(piece.alike for piece in work.pieces)]
    number = "CAST(regexp_extract(filename, '([0-9]+)/[^/]*$', 1) AS INTEGER)"
    cells = {**dict.fromkeys(COLUMNS[table], ""), "alike": f"alike + {firsts}[1 + {number}] AS "}
    told = ", ".join(f"{made}{name}" for name, made in cells.items())
    return f"SELECT {told} FROM read_parquet({listed}, filename = true)"


def _save_more(
    aim: Target,
    work: Work,
    notes: Iterable[Note],
    gone: Callable[[Collection[str]], pandas.DataFrame] | None,
) -> None:
    """Saves the rows that belong to no piece: notes on files, and on names that patients share; patients who are gone.

    UnusableInput where they cannot be written.
    """
    named = f"SELECT patient, list(DISTINCT source ORDER BY source) FROM ({_query('patients', work)}) GROUP BY 1"
    with writing(aim.out):
        shared = work.database.run(f"{named} HAVING count(*) > 1 ORDER BY 1")
        everybody = {name for name, _ in work.database.run(named)} if gone is not None else set()
    told = [*note_rows(None, notes), *(_of_one_name(name, sources) for name, sources in shared)]
    changes = {} if gone is None else {CHANGES: gone(everybody)}
    with writing(aim.out):
        folder = emptied(work.folder / MORE)
        save_rows(work.database, "notes", told, folder)
        save(work.database, changes, folder)


def _of_one_name(name: str, sources: Sequence[str]) -> tuple[object, ...]:
    """The note that patients share a name."""
    message = f"several patients are named {name!r} ({', '.join(sources)}): their rows cannot be told apart"
    return (name, Severity.ERROR.value, sources[0], None, message, "give each patient a name of their own")


def _counts(work: Work) -> dict[str, Any]:
    """What the run comes to, as the manifest has it."""

    def by(column: str, table: str, which: str = "TRUE") -> dict[str, int]:
        query = f"SELECT coalesce({column}, 'none'), count(*) FROM ({_query(table, work)}) WHERE {which} GROUP BY 1"
        return dict(work.database.run(query))

    outcomes = by("outcome", "patients")
    tiers = by("tier", "patients", "outcome = 'matched'")
    notes = by("severity", "notes")
    return {
        "patients": sum(outcomes.values()),
        "matched": outcomes.get("matched", 0),
        "unreadable": outcomes.get("unreadable", 0),
        "tiers": {tier: tiers.get(tier, 0) for tier in (*TIERS, "none")},
        "notes": {severity.value: notes.get(severity.value, 0) for severity in Severity},
    }


def _unreadable(work: Work) -> tuple[Unreadable, ...]:
    """The first of those who could not be read."""
    columns = "patient, source, reason, coalesce(remedy, '')"
    query = f"SELECT {columns} FROM ({_query('patients', work)}) WHERE outcome = 'unreadable' LIMIT {TOLD}"
    return tuple(Unreadable(*row) for row in work.database.run(query))


def _publish(aim: Target, joined: Path, names: Sequence[str], manifest: Mapping[str, Any]) -> None:
    """Moves the files to their place. The manifest goes first and comes last: with it there, all are of one run."""
    told = joined / aim.manifest.name
    told.write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    to_disk(*joined.iterdir())
    aim.manifest.unlink(missing_ok=True)
    for file in (*(aim.file(table) for table in names), aim.manifest):
        (joined / file.name).replace(file)
    if CHANGES not in names:
        aim.file(CHANGES).unlink(missing_ok=True)
    to_disk(aim.out.parent)
