"""A cohort runs piece by piece: the same bytes however often it was interrupted, and files that appear whole."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from matcher.cohort.output import Form, opened, target
from matcher.cohort.run import Finished, Watcher, pieces, run
from matcher.cohort.subject import Subject
from matcher.cohort.tables import COLUMNS, TEXT
from matcher.notes import Note, Place, Severity, UnusableInput
from tests.cohorts import Files, Named, Told
from tests.shared import knowledge, library

ROOT = Path(__file__).parents[3]
ABOUT = {"kb": {"release": "starter", "digest": "sha256:1"}, "as_of": "2026-11-20", "options": {"jurisdiction": "CN"}}
PARQUET = Form("parquet")


def ran(out: Path, number: int = 25, bad: int = 7, **given: Any) -> Finished:
    intake = given.pop("intake", None) or Named(number, bad)
    matching = given.pop("matching", None) or Told()
    return run(intake, matching, out, target(out).form, **{"piece": 4, "about": ABOUT, **given})


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def rows(out: Path, table: str) -> list[tuple[Any, ...]]:
    with opened(out) as output:
        return list(output.rows(table))


class Interrupted(Told):
    """Fails as the piece of this number is matched."""

    def __init__(self, at: int, error: BaseException) -> None:
        super().__init__()
        self.at, self.error = at, error

    def matched(self, subjects: Any) -> Any:
        if len(self.asked) == self.at:
            raise self.error
        return super().matched(subjects)


class Heard(Watcher):
    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def goes_on(self, patients: int) -> None:
        self.told.append(("goes on", patients))

    def matched(self, patients: int, total: int | None) -> None:
        self.told.append((patients, total))

    def joins(self) -> None:
        self.told.append(("joins",))


def test_rows_come_in_the_order_of_the_patients_and_by_rank(tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    ran(out, 9, 0)
    names = [f"P-{number:05d}" for number in range(9)]
    assert [row[:2] for row in rows(out, "recommendations")] == [(name, rank) for name in names for rank in (1, 2, 3)]
    assert [row[0] for row in rows(out, "patients")] == names
    assert [row[:2] for row in rows(out, "avoided")] == [(name, drug) for name in names for drug in ("b", "a")]
    assert [row[0] for row in rows(out, "notes")] == names


def test_alike_patients_have_a_number_that_no_other_piece_has(tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    ran(out, 9, 0)
    assert [row[-1] for row in rows(out, "patients")] == [0, 1, 2, 0, 3, 4, 5, 3, 6]
    told = [(row[0], row[5]) for row in rows(out, "blocks")]
    assert told[:6] == [(0, "0"), (0, "0"), (1, "-1"), (1, "-1"), (2, "-2"), (2, "-2")]
    assert [alike for alike, _ in told] == sorted(alike for alike, _ in told)


def test_the_manifest_tells_what_the_tables_were_made_from(tmp_path: Path) -> None:
    out = tmp_path / "x.tsv"
    finished = ran(out)
    told = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert told == finished.manifest
    assert told["schema"] == "mtb-match-cohort/1"
    assert told["kb"] == ABOUT["kb"]
    assert told["inputs"]["digest"] == "one"
    assert told["form"] == {"name": "tsv", "packed": False}
    assert told["files"]["patients"] == {"file": "x.patients.tsv", "rows": 25}
    assert told["files"]["recommendations"] == {"file": "x.tsv", "rows": 66}
    assert told["counts"] == {
        "patients": 25,
        "matched": 22,
        "unreadable": 3,
        "tiers": {"on-label": 22, "off-label": 0, "trial": 0, "none": 0},
        "notes": {"error": 0, "warning": 22, "info": 0},
    }
    assert [each.name for each in finished.unreadable] == ["P-00006", "P-00013", "P-00020"]
    assert set(finished.files) == set(tmp_path.iterdir()), "nothing else is left"


def test_notes_on_files_come_first(tmp_path: Path) -> None:
    out = tmp_path / "x.jsonl"
    note = Note(Severity.ERROR, Place("a.maf", 3), "is cut off", "fetch it again")
    ran(out, intake=Named(5, notes=(note,)))
    told = rows(out, "notes")
    assert told[0] == (None, "error", "a.maf", 3, "is cut off", "fetch it again")
    assert len(told) == 6


def test_a_name_that_patients_share_is_told(tmp_path: Path) -> None:
    class Twice(Named):
        def subjects(self) -> Any:
            yield from super().subjects()
            yield next(super().subjects())

    out = tmp_path / "x.parquet"
    ran(out, intake=Twice(5))
    assert ("P-00000", "error") in [row[:2] for row in rows(out, "notes")]


def test_nobody_who_could_be_matched_leaves_no_file(tmp_path: Path) -> None:
    finished = ran(tmp_path / "x.parquet", 5, 1)
    assert finished.files == ()
    assert len(finished.unreadable) == 5
    assert list(tmp_path.iterdir()) == []


def test_no_patient_at_all_is_no_input(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="holds no patient"):
        ran(tmp_path / "x.parquet", 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [RuntimeError("broken"), KeyboardInterrupt(), MemoryError()])
def test_an_interrupted_run_goes_on_after_the_last_whole_piece(tmp_path: Path, error: BaseException) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "stopped").mkdir()
    ran(tmp_path / "whole" / "x.parquet")
    out = tmp_path / "stopped" / "x.parquet"
    with pytest.raises(type(error)):
        ran(out, matching=Interrupted(3, error))
    assert [path.name for path in out.parent.iterdir()] == ["x.parquet.partial"]
    heard, second = Heard(), Told()
    ran(out, matching=second, progress=heard)
    assert second.asked[0][0] == "P-00012", "three pieces of four are not matched again"
    assert heard.told[:3] == [("goes on", 12), (12, 25), (16, 25)]
    assert heard.told[-2:] == [(25, 25), ("joins",)]
    assert files_of(out.parent) == files_of(tmp_path / "whole")


def test_pieces_that_are_worked_on_at_once_are_kept_in_their_order(tmp_path: Path) -> None:
    class Both(Told):
        """Takes a piece before it answers the one before."""

        def stream(self, pieces: Any) -> Any:
            waiting: list[Any] = []
            for subjects in pieces:
                waiting.append(subjects)
                if len(waiting) == 2:
                    yield self.matched(waiting.pop(0))
            yield from map(self.matched, waiting)

    (tmp_path / "one").mkdir()
    (tmp_path / "both").mkdir()
    ran(tmp_path / "one" / "x.parquet")
    ran(tmp_path / "both" / "x.parquet", matching=Both())
    assert files_of(tmp_path / "both") == files_of(tmp_path / "one")


def test_pieces_are_of_something_else(tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    with pytest.raises(RuntimeError):
        ran(out, matching=Interrupted(2, RuntimeError()))
    for given in (
        {"about": {**ABOUT, "as_of": "2026-11-21"}},
        {"intake": Named(25, 7, "other")},
        {"piece": 5},
    ):
        with pytest.raises(UnusableInput, match=r"something else .* was .* and is .*--fresh"):
            ran(out, **given)
    with pytest.raises(UnusableInput, match="as_of was 2026-11-20 and is 2026-11-21"):
        ran(out, about={**ABOUT, "as_of": "2026-11-21"})
    with pytest.raises(UnusableInput, match=r"patients are others than those of piece-000001.*--fresh"):
        ran(out, intake=Named(6))
    again = Told()
    ran(out, matching=again, fresh=True, about={**ABOUT, "as_of": "2026-11-21"})
    assert again.asked[0][0] == "P-00000"
    assert json.loads((tmp_path / "x.json").read_text())["as_of"] == "2026-11-21"


def test_a_run_that_kept_nothing_binds_nobody(tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    with pytest.raises(RuntimeError):
        ran(out, matching=Interrupted(0, RuntimeError()))
    assert list(tmp_path.iterdir()) == []
    ran(out, about={**ABOUT, "as_of": "2026-11-21"})
    assert out.exists()


def test_an_error_in_reading_reaches_the_caller_and_keeps_what_was_matched(tmp_path: Path) -> None:
    class Broken(Named):
        def subjects(self) -> Any:
            for number, each in enumerate(super().subjects()):
                if number == 10:
                    raise UnusableInput("a.maf:11", "is cut off", "fetch it again")
                yield each

    out = tmp_path / "x.parquet"
    with pytest.raises(UnusableInput, match=r"a\.maf:11: is cut off"):
        ran(out, intake=Broken(25))
    second = Told()
    ran(out, intake=Named(25), matching=second)
    assert second.asked[0][0] == "P-00008"


def test_what_keeps_options_out_for_nobody_is_an_error(tmp_path: Path) -> None:
    class Loose(Told):
        def matched(self, subjects: Any) -> Any:
            found = super().matched(subjects)
            return {**found, "blocks": found["blocks"].assign(alike=999)}

    with pytest.raises(ValueError, match="no patient of the piece"):
        ran(tmp_path / "x.parquet", matching=Loose())


def test_a_patient_who_does_not_come_back_is_an_error(tmp_path: Path) -> None:
    class Losing(Told):
        def matched(self, subjects: Any) -> Any:
            return super().matched(subjects[1:])

    with pytest.raises(ValueError, match="of 4 patients 3 came back"):
        ran(tmp_path / "x.parquet", matching=Losing())


class Changing(Told):
    """Everybody is the same as before."""

    def matched(self, subjects: Any) -> Any:
        found = super().matched(subjects)
        return {**found, "changes": found["patients"][["patient"]].assign(kind="same")}


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of the columns of that table."""
    monkeypatch.setitem(COLUMNS, "changes", {"patient": TEXT, "kind": TEXT})


@pytest.mark.usefixtures("changes")
def test_a_new_run_replaces_the_files_of_an_old_one(tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    ran(out, 25, 0, matching=Changing(), gone=lambda names: gone_patients())
    assert (tmp_path / "x.changes.parquet").exists()
    ran(out, 3, 0)
    assert len(rows(out, "patients")) == 3
    assert not (tmp_path / "x.changes.parquet").exists(), "what an earlier run said of changes is gone"


@pytest.mark.parametrize("told", ['{"a": 1}', "patient: P-1", '{"schema": "mtb-match/1"}'])
def test_a_file_in_the_manifests_place_is_never_replaced(tmp_path: Path, told: str) -> None:
    (tmp_path / "x.json").write_text(told)
    with pytest.raises(UnusableInput, match="choose another --out"):
        ran(tmp_path / "x.parquet")
    assert files_of(tmp_path) == {"x.json": told.encode()}


def test_two_forms_do_not_share_a_manifest(tmp_path: Path) -> None:
    ran(tmp_path / "x.parquet")
    with pytest.raises(UnusableInput, match=r"describes a run into x\.parquet"):
        ran(tmp_path / "x.tsv")


def gone_patients(*names: str) -> Any:
    import pandas

    return pandas.DataFrame([(name, "gone") for name in names], columns=["patient", "kind"], dtype=object)


@pytest.mark.usefixtures("changes")
def test_patients_who_are_gone_end_the_changes(tmp_path: Path) -> None:
    asked: list[Collection[str]] = []

    def gone(patients: Collection[str]) -> Any:
        asked.append(patients)
        return gone_patients("P-99999")

    out = tmp_path / "x.parquet"
    ran(out, 6, 0, matching=Changing(), gone=gone)
    everybody = [f"P-{number:05d}" for number in range(6)]
    assert set(asked[0]) == set(everybody)
    assert rows(out, "changes") == [*((name, "same") for name in everybody), ("P-99999", "gone")]


def test_a_piece_ends_with_many_alterations() -> None:
    subjects = [each for each in Named(5).subjects() if isinstance(each, Subject)]
    heavy = [each._replace(patient=_with(each, 10)) for each in subjects]
    assert [len(piece) for piece in pieces(iter(heavy), [100], 20)] == [2, 2, 1]
    assert [len(piece) for piece in pieces(iter(heavy), [2], 1000)] == [2, 2, 1]
    assert [len(piece) for piece in pieces(iter(heavy), [1, 3], 1000)] == [1, 3, 1]


def test_a_piece_ends_where_a_file_does_if_it_has_nearly_its_size() -> None:
    """Patients of one file are alike: two processes would make the same of them."""
    subjects = [each for each in Named(10).subjects() if isinstance(each, Subject)]

    def sizes(size: int, last: set[int]) -> list[int]:
        of_files = (each._replace(is_last=number in last) for number, each in enumerate(subjects, start=1))
        return [len(piece) for piece in pieces(of_files, [size])]

    assert sizes(5, set()) == [5, 5]
    assert sizes(5, {3}) == [5, 5]
    assert sizes(5, {4}) == [4, 5, 1]
    assert sizes(5, {4, 8}) == [4, 4, 2]
    assert sizes(5, {5, 9}) == [5, 4, 1]


def _with(subject: Subject, alterations: int) -> Any:
    from dataclasses import replace

    from kb.alteration import SmallVariant

    return replace(subject.patient, alterations=(SmallVariant("KRAS", Place("a.maf")),) * alterations)


def test_real_patients_have_the_same_rows_in_pieces_and_at_once(tmp_path: Path) -> None:
    from matcher.cohort.matching import Matching

    files = []
    for number, alteration in enumerate(("EGFR L858R", "KRAS G12C", "EGFR L858R"), 1):
        files.append(tmp_path / f"P-{number}.yaml")
        files[-1].write_text(f"tumor_type: LUAD\nalterations: [{alteration}]\n", encoding="utf-8")
    matching = Matching(knowledge(), library())
    found = []
    for size in (2, 100):
        out = tmp_path / f"{size}.parquet"
        ran(out, intake=Files(files), matching=matching, piece=size)
        found.append([rows(out, table) for table in ("recommendations", "avoided", "notes")])
    assert found[0] == found[1]
    assert len(found[0][0]) > 20


# Processes that are killed


WORKER = """
import os, signal, sys
from pathlib import Path
import matcher.cohort.run as runs, matcher.cohort.work as work
from matcher.cohort.output import Form
from tests.cohorts import Named, Told
import duckdb, pandas

def ran(out, at):
    calls = iter(range(1, 1_000_000))
    true = work.to_disk
    def to_disk(*paths):
        # The first half of what is to be safe is, and then the process is killed.
        if next(calls) == at:
            true(*paths[: len(paths) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        true(*paths)
    work.to_disk = runs.to_disk = to_disk
    runs.run(Named(7, 7), Told(), out, Form("parquet"), piece=4, about={"as_of": "2026-11-20"})
    return next(calls) - 1

def child(out, at):
    pid = os.fork()
    if not pid:
        try:
            count = ran(out, at)
        except BaseException as error:
            print(error, file=sys.stderr)
            os._exit(99)
        os._exit(count)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

folder = Path(sys.argv[1])
"""


def script(folder: Path, body: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", WORKER + body, str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_killed_at_each_step_and_resumed_gives_the_same_bytes(tmp_path: Path) -> None:
    body = """
def made(name):
    (folder / name).mkdir()
    return folder / name / "x.parquet"

steps = child(made("whole"), 0)
for at in range(1, steps + 1):
    out = made(str(at))
    assert child(out, at) == -signal.SIGKILL, at
    assert child(out, 0) not in (99, -signal.SIGKILL), at
out = made("again")
killed = 0
while not (out.parent / "x.json").exists() and child(out, 3) == -signal.SIGKILL:
    killed += 1
assert child(out, 0) not in (99, -signal.SIGKILL)
print(steps, killed)
"""
    steps, killed = map(int, script(tmp_path, body).split())
    assert steps >= 7
    assert killed >= 2, "killed again and again it still comes to an end"
    whole = files_of(tmp_path / "whole")
    assert len(whole) == 6
    for name in (*map(str, range(1, steps + 1)), "again"):
        assert files_of(tmp_path / name) == whole, name
        assert not (tmp_path / name / "x.parquet.partial").exists()


def test_killed_at_any_moment_and_resumed_gives_the_same_bytes(tmp_path: Path) -> None:
    body = """
import random, time
(folder / "whole").mkdir(); (folder / "killed").mkdir()
began = time.monotonic()
assert child(folder / "whole" / "x.parquet", 0) != 99
took, out, killed = time.monotonic() - began, folder / "killed" / "x.parquet", 0
chance = random.Random(20261120)
for _ in range(5):
    pid = os.fork()
    if not pid:
        ran(out, 0)
        os._exit(0)
    time.sleep(chance.uniform(0, took))
    os.kill(pid, signal.SIGKILL)
    killed += os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
assert child(out, 0) != 99
print(killed)
"""
    assert int(script(tmp_path, body)) >= 1
    assert files_of(tmp_path / "killed") == files_of(tmp_path / "whole")


def test_a_second_run_into_the_same_output_is_refused(tmp_path: Path) -> None:
    class Meanwhile(Told):
        def matched(self, subjects: Any) -> Any:
            with pytest.raises(UnusableInput, match="another run is writing there"):
                ran(out)
            return super().matched(subjects)

    out = tmp_path / "x.parquet"
    ran(out, 5, 0, matching=Meanwhile())
    assert len(rows(out, "patients")) == 5


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    body = (
        'assert child(folder / "x.parquet", 2) == -signal.SIGKILL; assert (folder / "x.parquet.partial/.lock").exists()'
    )
    script(tmp_path, body)
    ran(tmp_path / "x.parquet", 7, 7, about={"as_of": "2026-11-20"})


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    body = """
import resource
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from matcher.notes import UnusableInput
def bounded(size, rows):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        runs.run(Named(10), Told(rows), out, Form("tsv"), piece=4, about={})
    except UnusableInput as error:
        print(error)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(sorted(path.name for path in folder.iterdir()))
out = folder / "x.tsv"
bounded(1000, 300)     # a piece does not fit
bounded(100_000, 300)  # pieces fit, the joined file does not
runs.run(Named(10), Told(300), out, Form("tsv"), piece=4, about={})
"""
    lines = script(tmp_path, body).splitlines()
    assert lines[0].startswith(f"{tmp_path / 'x.tsv'}: cannot be written (File too large")
    assert "run the same command again" in lines[0]
    assert lines[1] == "[]"
    assert "cannot be written (File too large" in lines[2]
    assert lines[3] == "['x.tsv.partial']"
    assert len(rows(tmp_path / "x.tsv", "recommendations")) == 3000


def test_a_folder_that_no_run_left_is_not_touched(tmp_path: Path) -> None:
    folder = tmp_path / "x.parquet.partial"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(UnusableInput, match=r"thesis\.txt, which no run of a cohort left"):
        ran(tmp_path / "x.parquet")
    assert (folder / "thesis.txt").read_text() == "years of work"


def test_an_output_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").mkdir()
    with pytest.raises(UnusableInput, match="is a folder"):
        ran(tmp_path / "x.parquet")
