"""Tables that are written by who answers: the files of a cohort are the same, and a piece counts only when whole."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from matcher.cohort import matching as matching_of
from matcher.cohort.matching import Many, Matching, duckdb_engine
from matcher.cohort.output import target
from matcher.cohort.processes import Processes
from matcher.cohort.run import Finished, Watcher, run
from matcher.cohort.subject import Subject, Unreadable
from matcher.cohort.tables import COLUMNS, Tables
from matcher.cohort.work import Saved, Watch, unwatched
from matcher.cohort.workers import Workers
from matcher.notes import UnusableInput
from rules.language import RuleSet
from rules.set_engine import SetCohort
from tests.cohorts import Files
from tests.matcher.cohort.test_properties import everyone
from tests.shared import knowledge, library

PATIENTS = (
    "tumor_type: LUAD\nalterations: [EGFR L858R, EGFR T790M]\n",
    "tumor_type: COADREAD\nalterations: [KRAS G12C, NOSUCHGENE A1B]\n",
    "tumor_type: no such tumor\nalterations: [KRAS G12C]\n",
    "tumor_type: LUAD\nalterations: [EGFR L858R, EGFR T790M]\nage: 61\n",
    "tumor_type: MEL\nalterations: [BRAF V600E]\n",
    "tumor_type: MEL\nalterations: [BRAF V600E, TP53 R175H]\n",
    "tumor_type: BRCA\n",
)


def matching() -> Matching:
    """What each process opens."""
    return Matching(knowledge(), library(), duckdb_engine(threads=1))


class Streaming:
    """What gives the tables, and writes none."""

    def __init__(self) -> None:
        self.stream = matching().stream


class Stopped:
    """Ends before the piece of this number."""

    def __init__(self, at: int) -> None:
        self._at, self._matching = at, matching()

    def stream(self, pieces: Iterable[Sequence[Subject | Unreadable]]) -> Generator[Tables, None, None]:
        raise NotImplementedError

    def save(
        self, pieces: Iterable[tuple[Sequence[Subject | Unreadable], Path]], out: Path, watch: Watch = unwatched
    ) -> Generator[Saved, None, None]:
        for number, saved in enumerate(self._matching.save(pieces, out, watch)):
            if number == self._at:
                raise KeyboardInterrupt
            yield saved


class Twins(Files):
    """Everybody twice, under one name."""

    def subjects(self) -> Any:
        for each in super().subjects():
            yield from (each, each._replace(source=f"{each.source} again"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("patients")
    for number, told in enumerate(PATIENTS):
        (folder / f"P-{number}.yaml").write_text(told, encoding="utf-8")
    return sorted(folder.iterdir())


def ran(folder: Path, intake: Files, by: Any, piece: int = 2) -> dict[str, bytes]:
    """The files of a cohort, answered by this."""
    folder.mkdir(exist_ok=True)
    out = folder / "x.parquet"
    finished: Finished = run(intake, by, out, target(out).form, piece=piece, about={"as_of": "2026-11-20"})
    assert finished.counts["matched"] >= 6
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in finished.files)
    return {path.name: path.read_bytes() for path in finished.files}


@pytest.mark.parametrize("of", [Files, Twins])
@pytest.mark.parametrize("piece", [2, 3, 100])
def test_who_writes_the_tables_makes_no_difference(
    tmp_path: Path, files: list[Path], of: type[Files], piece: int
) -> None:
    wanted = ran(tmp_path / "streamed", of(files), Streaming(), piece)
    assert ran(tmp_path / "saved", of(files), matching(), piece) == wanted


class Everyone(Files):
    """Patients who differ in one thing from others."""

    def subjects(self) -> Any:
        yield from everyone()


@pytest.mark.parametrize(
    ("of", "size", "patients", "alterations", "side_by_side"),
    [
        (Files, 2, 5, 400_000, True),
        (Files, 2, 4500, 400_000, False),
        (Twins, 3, 4500, 400_000, True),
        (Everyone, 25, 60, 400_000, False),
        (Everyone, 25, 4500, 400_000, True),
    ],
)
def test_pieces_that_are_answered_together_have_the_files_that_they_have_alone(
    tmp_path: Path,
    files: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    of: type[Files],
    size: int,
    patients: int,
    alterations: int,
    side_by_side: bool,
) -> None:
    monkeypatch.setattr(matching_of, "TOGETHER", patients)
    monkeypatch.setattr(matching_of, "ALTERATIONS", alterations)
    by = Matching(knowledge(), library(), duckdb_engine(threads=1), side_by_side)
    assert ran(tmp_path, of(files), by, size) == alone(of, size, tuple(files))


@cache
def alone(of: type[Files], size: int, files: tuple[Path, ...]) -> dict[str, bytes]:
    """The files of a cohort that is answered piece by piece."""
    with TemporaryDirectory() as folder:
        return ran(Path(folder), of(files), Streaming(), size)


@pytest.mark.parametrize(
    ("patients", "alterations", "asked"),
    [
        *((0, 400_000, [2, 1, 2, 0, 1]), (3, 400_000, [3, 3]), (5, 400_000, [5, 1]), (4500, 400_000, [6])),
        *((4500, 1, [2, 1, 2, 1]), (4500, 5, [3, 3]), (3, 5, [3, 3])),
    ],
)
def test_the_rules_run_for_as_many_patients_as_are_worth_it_and_no_more_alterations_than_are_held(
    files: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    patients: int,
    alterations: int,
    asked: list[int],
) -> None:
    monkeypatch.setattr(matching_of, "TOGETHER", patients)
    monkeypatch.setattr(matching_of, "ALTERATIONS", alterations)
    found: list[int] = []

    def counted(rules: RuleSet) -> Many:
        many = SetCohort(rules)
        evaluate = many.evaluate

        def noted() -> None:
            found.append(len(many.patients))
            evaluate()

        monkeypatch.setattr(many, "evaluate", noted)
        return many

    subjects = list(Files(files).subjects())
    pieces = [(subjects[first:end], tmp_path / f"{first}-{end}") for first, end in pairwise((0, 2, 4, 6, 6, 7))]
    for _, folder in pieces:
        folder.mkdir()
    saved = list(Matching(knowledge(), library(), counted).save(pieces, tmp_path))
    assert [each.folder for each in saved] == [folder for _, folder in pieces]
    assert found == asked


def test_who_asks_for_tables_has_those_of_a_piece_before_many_more_are_read(files: list[Path]) -> None:
    """A cohort that is matched again since a release asks few of each piece, and holds every piece until then."""
    read = []

    def pieces() -> Iterator[list[Subject | Unreadable]]:
        for each in Files(files).subjects():
            read.append(each.name)
            yield [each] if each.name == "P-3" else []

    told = matching().stream(pieces())
    assert [len(read) for _ in told] == [2, 3, 4, 5, 6, 7, 7]


class Counting(Watcher):
    """Notes in which order who is on the way and who is kept is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def reached(self, patients: int) -> None:
        self.told.append(("reached", patients))

    def matched(self, patients: int, total: int | None) -> None:
        self.told.append(("kept", patients))


@pytest.mark.parametrize("processes", [1, 2])
def test_who_is_on_the_way_is_told_before_all_are_kept(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    """Several pieces are kept together, and until then nothing else would show that the run goes on."""
    monkeypatch.setattr(matching_of, "TOLD_OF", 2)
    out, watcher = tmp_path / "x.parquet", Counting()
    workers = Workers(matching(), Processes(matching, processes))
    try:
        run(Files(files), workers, out, target(out).form, piece=3, about={}, progress=watcher)
    finally:
        workers.close()
    assert [patients for what, patients in watcher.told if what == "kept"] == [0, 3, 6, 7]
    reached = [patients for what, patients in watcher.told if what == "reached"]
    assert sum(reached) == 7
    if processes == 1:
        assert reached == [2, 1, 2, 1, 1]
        assert [what for what, _ in watcher.told] == ["kept", *["reached"] * 5, *["kept"] * 3]


def test_processes_write_what_one_does(tmp_path: Path, files: list[Path]) -> None:
    wanted = ran(tmp_path / "one", Files(files), Streaming())
    workers = Workers(matching(), Processes(matching, 2))
    workers.expect(several=True)
    try:
        assert ran(tmp_path / "two", Files(files), workers) == wanted
    finally:
        workers.close()


SAVED = """
import sys
from pathlib import Path
from tests.cohorts import Files
from tests.matcher.cohort.test_saving import matching
out, *files = map(Path, sys.argv[1:])
folder = out / "begun"
folder.mkdir()
list(matching().save([(list(Files(files).subjects()), folder)], out))
print(sorted({path.stem for path in folder.iterdir()}), "duckdb" in sys.modules, "pandas" in sys.modules)
"""


def test_a_process_that_writes_tables_does_without_pandas(tmp_path: Path, files: list[Path]) -> None:
    command = [sys.executable, "-c", SAVED, str(tmp_path), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == f"{sorted(COLUMNS.keys() - {'changes'})} True False"


@pytest.mark.parametrize("at", [0, 1, 3])
def test_an_interrupted_run_goes_on_whoever_writes(tmp_path: Path, files: list[Path], at: int) -> None:
    wanted = ran(tmp_path / "whole", Files(files), Streaming())
    with pytest.raises(KeyboardInterrupt):
        ran(tmp_path / "stopped", Files(files), Stopped(at))
    left = tmp_path / "stopped" / "x.parquet.partial"
    if at:
        assert len([path for path in left.iterdir() if path.name.startswith("piece-")]) == at
        (left / ".piece-000001.99999").mkdir()  # of a process that was killed
    assert ran(tmp_path / "stopped", Files(files), Streaming() if at == 1 else matching()) == wanted


def test_a_piece_of_an_older_program_is_made_again(tmp_path: Path, files: list[Path]) -> None:
    wanted = ran(tmp_path / "whole", Files(files), Streaming())
    with pytest.raises(KeyboardInterrupt):
        ran(tmp_path / "stopped", Files(files), Stopped(2))
    about = tmp_path / "stopped" / "x.parquet.partial" / "piece-000001" / "about.json"
    about.write_text(about.read_text(encoding="utf-8").replace('"alike"', '"next_alike"'), encoding="utf-8")
    assert ran(tmp_path / "stopped", Files(files), matching()) == wanted


def test_tables_that_cannot_be_written_are_told_of_the_output(tmp_path: Path, files: list[Path]) -> None:
    class Removed(Files):
        def subjects(self) -> Any:
            yield from super().subjects()
            for begun in (tmp_path / "x.parquet.partial").glob(f".piece-*.{os.getpid()}"):
                shutil.rmtree(begun)

    out = tmp_path / "x.parquet"
    with pytest.raises(UnusableInput, match=r"x\.parquet: cannot be written \(No such file or directory"):
        run(Removed(files), matching(), out, target(out).form, piece=4, about={})
