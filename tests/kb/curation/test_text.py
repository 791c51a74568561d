"""The text form: what is written is read back, lines of two sides together are both, and nothing else is taken."""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.curation.acts import ACCEPTED, DISPUTED, REJECTED, RETRACTED, SUPERSEDED, Book, book
from kb.curation.journal import Journal
from kb.curation.text import ATTRIBUTES, MERGED_BY_LINE, Held, file_text, files, path_of, save, together
from kb.curation.text_reader import Told, read, read_folder, told_by
from kb.errors import CurationProblem
from tests.curated import CARBERRY, SECOND
from tests.kb.curation.books import PEOPLE, THIRD, books, decided, item, submitted

BOOK = book(
    [item(), item("erlotinib")],
    [
        submitted(item(), CARBERRY, 1, "a trial"),
        decided(item().id, ACCEPTED, SECOND, 2, "read the paper"),
        submitted(item("erlotinib"), SECOND, 3, other="EID12"),
        decided("EID12", RETRACTED, THIRD, 4, "the paper was retracted"),
    ],
)
ITEM = path_of(item().id)
TEXT = files(Held(BOOK))[ITEM]
PLACE = "items/x.trig"


def written(folder: Path, texts: dict[str, str]) -> Path:
    for name, content in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())
    return folder


# --- there and back --------------------------------------------------------------------------------------------------


@given(books())
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_written_is_read_back(known: Book) -> None:
    with TemporaryDirectory() as folder:
        save(Path(folder), Held(known))
        found = read(Path(folder))
        assert found == Held(known)
        assert found.book.digest == known.digest
        assert save(Path(folder), found) == ()


@given(books(), books(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_the_lines_of_both_in_any_order_are_the_book_of_both(one: Book, other: Book, dice: random.Random) -> None:
    ours, theirs = files(Held(one)), files(Held(other))
    both = files(together(Held(one), Held(other)))
    assert set(both) == {*ours, *theirs}
    merged = {}
    for name, content in both.items():
        lines = [*ours.get(name, "").splitlines(), *theirs.get(name, "").splitlines()]
        assert {*lines} == {*content.splitlines()}, "a line is added, never changed"
        dice.shuffle(lines)
        merged[name] = "\n".join(lines)
    with TemporaryDirectory() as folder:
        assert read_folder(written(Path(folder), merged)) == together(Held(one), Held(other))


@given(books())
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_into_a_journal_and_out_again(known: Book) -> None:
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "there.sqlite")
        journal.take_in(known)
        assert journal.book() == known
        assert files(Held(journal.book())) == files(Held(known))


def test_a_file_is_sorted_and_every_line_says_one_thing() -> None:
    lines = [line for line in TEXT.splitlines() if not line.startswith(("#", "@"))]
    assert lines == sorted(lines)
    assert all(re.fullmatch(r"<\w+> \{ .* \. \}", line) for line in lines)
    assert TEXT.splitlines()[1] == f"# {item().id} EGFR:L858R: sensitivity to afatinib in LUAD"
    assert "# 2026-03-01T00:02:00.000000Z accepted by Second Reader (0000-0002-1694-233X): read the paper" in TEXT


def test_the_prefixes_are_the_same_in_every_file() -> None:
    heads = {
        tuple(line for line in content.splitlines() if line.startswith("@prefix"))
        for name, content in files(Held(BOOK)).items()
        if name != ATTRIBUTES
    }
    assert len(heads) == 1


@pytest.mark.parametrize(
    "changed",
    [
        TEXT.replace("\n", "\r\n"),
        f"\ufeff{TEXT}",
        TEXT + TEXT,
        "\n\n".join(reversed(TEXT.splitlines())),
        "\n".join(line for line in TEXT.splitlines() if not line.startswith("#")),
        TEXT.replace(" { ", "{\n  ").replace(" . }", "\n}"),
    ],
    ids=["line ends of Windows", "a mark in front", "twice", "backwards", "without remarks", "set otherwise"],
)
def test_what_says_the_same_is_read_the_same(changed: str, tmp_path: Path) -> None:
    found = read(written(tmp_path, {**files(Held(BOOK)), ITEM: changed}))
    assert found.book == BOOK


def test_a_reason_cannot_pose_as_a_line() -> None:
    told = "well\n<<<<<<< HEAD\n# accepted by all\u2028\u202e"
    content = file_text(item().id, item(), (submitted(item(), CARBERRY, 1, told),), {})
    assert not re.search("[\u2028\u202e]|^(<<<|# accepted)", content, re.MULTILINE)
    assert told_by(content, PLACE).acts[0].reason == told


# --- what is refused -------------------------------------------------------------------------------------------------

REMARK = "# 2026-03-02T00:00:00.000000Z accepted by the whole board (0000-0002-1694-233X)"
ACT = next(line for line in TEXT.splitlines() if line.endswith('"a trial" . }'))
LEVEL = next(line for line in TEXT.splitlines() if "mtb:level " in line)

MIDDLE = f":{TEXT.splitlines().index(LEVEL) + 1}"
LAST = f":{len(TEXT.splitlines()) + 1}"


def changed_act(kind: str) -> str:
    """The file with an act of another kind, under the id that this act would have."""
    own = submitted(item(), CARBERRY, 1, "a trial")
    return file_text(item().id, item(), (own, own._replace(kind=kind, person=SECOND)), {})


def alone(**changed: str) -> str:
    """The file with its submission alone, changed, under the id that the changed act would have."""
    return file_text(item().id, item(), (submitted(item(), CARBERRY, 1)._replace(**changed),), {})


@pytest.mark.parametrize(
    ("changed", "place", "says"),
    [
        (TEXT.replace(LEVEL, f"<<<<<<< HEAD\n{LEVEL}\n=======\n>>>>>>> other"), MIDDLE, "conflict that git left"),
        (TEXT.replace('mtb:level "B"', 'mtb:level "A"'), "", "something else than when it got its id"),
        (TEXT.replace(f"{LEVEL}\n", ""), "", "something else than when it got its id"),
        (TEXT.replace("a trial", "two trials"), "", "act .* something else than when it was recorded"),
        (TEXT.replace(f"{ACT}\n", ""), "", "act .* something else than when it was recorded"),
        (TEXT.replace(ACT, f"{ACT}\n{ACT.replace('a trial', 'b')}"), "", 'says reason twice: "a trial" and "b"'),
        ("\n".join(line for line in TEXT.splitlines() if "orcid" not in line), "", "lacks its orcid"),
        ("\n".join(line for line in TEXT.splitlines() if "np:hasAssertion" not in line), "", "lacks a line: <head>"),
        (f"{TEXT}<publication> {{ nanopub:x mtb:status mtb:y . }}\n", LAST, "is not what its item and acts say"),
        (f"{TEXT}{REMARK}\n", LAST, "is a remark that its item and acts do not make"),
        (f"{TEXT}<assertion> {{ evidence:y mtb:level \n", LAST, "cannot be read"),
        (f"{TEXT}<a:g> {{ <a:s> <a:p> <a:o> . }}\n", "", "says something in the graph a:g"),
        (f"{TEXT}<a:s> <a:p> <a:o> .\n", "", "says something outside of all graphs"),
        (TEXT + files(Held(BOOK))[path_of(item("erlotinib").id)], "", "a file holds one item"),
        ("", "", "holds nothing"),
        (changed_act("approved"), "", "cannot be 'approved'"),
        (file_text(item().id, item(), BOOK.history(item().id)[1:], {}), "", "never submitted"),
        (
            file_text(item().id, item(), (submitted(item(), CARBERRY, 1)._replace(digest="x"),), {}),
            "",
            "another digest",
        ),
        (file_text(item().id, item(), (submitted(item(), CARBERRY, 1)._replace(at="2026-03-01"),), {}), "", "no time"),
    ],
)
def test_a_changed_file_is_refused_with_place_and_remedy(changed: str, place: str, says: str) -> None:
    with pytest.raises(CurationProblem, match=says) as caught:
        told_by(changed, PLACE)
    assert caught.value.place == PLACE + place
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("acts", "says"),
    [
        ((decided(item().id, ACCEPTED, CARBERRY, 2),), "who alone had submitted it; a second person decides"),
        ((decided(item().id, REJECTED, SECOND, 2),), "rejected without a reason"),
        ((decided(item().id, ACCEPTED, SECOND._replace(orcid="0000-0002-1694-2330"), 2),), "no ORCID"),
        ((decided(item().id, ACCEPTED, SECOND._replace(name=" "), 2),), "has no name"),
        ((decided(item().id, "reinstated", SECOND, 2, "x"),), "before anybody had retracted it"),
    ],
)
def test_acts_that_no_journal_would_record_are_refused(acts: tuple, says: str) -> None:  # type: ignore[type-arg]
    content = file_text(item().id, item(), (submitted(item(), CARBERRY, 1), *acts), {})
    with pytest.raises(CurationProblem, match=says):
        told_by(content, PLACE)


def test_who_submitted_it_too_may_accept_what_another_submitted() -> None:
    acts = (
        submitted(item(), SECOND, 1),
        submitted(item(), CARBERRY, 2),
        decided(item().id, ACCEPTED, CARBERRY, 3),
    )
    assert told_by(file_text(item().id, item(), acts, {}), PLACE).acts == acts


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (ITEM.replace("items/", "base/"), TEXT, "move it there"),
        ("copy.trig", TEXT, "move it there"),
        (ITEM, "\udcff", "is not UTF-8"),
        ("signed/RA.trig", TEXT, "is no signed item"),
    ],
)
def test_a_file_in_the_wrong_place_or_of_other_bytes_is_refused(
    name: str, content: str, says: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(CurationProblem, match=says):
        read(tmp_path)


def test_every_file_that_cannot_be_taken_is_named(tmp_path: Path) -> None:
    texts = {name: content.replace("2026", "2027") for name, content in files(Held(BOOK)).items()}
    with pytest.raises(CurationProblem, match="3 files cannot be taken") as caught:
        read(written(tmp_path, texts))
    assert all(name in str(caught.value) for name in texts if name != ATTRIBUTES)


def test_a_folder_without_curated_evidence_is_no_empty_book(tmp_path: Path) -> None:
    with pytest.raises(CurationProblem, match="holds no curated evidence"):
        read(tmp_path)
    with pytest.raises(CurationProblem, match="is no folder"):
        read(tmp_path / "none")
    save(tmp_path, Held(book((), ())))
    assert read(tmp_path).book == book((), ())


PIECES = st.sampled_from(['"', "<", ">", "{", "}", ".", "#", "\n", "@", "\\", "\x00", "submitted", "0", "B", " "])


@given(st.integers(0, len(TEXT)), st.integers(0, 200), PIECES | st.text(max_size=3), st.integers(1, 2))
@settings(deadline=None, max_examples=300)
def test_a_damaged_file_is_refused_or_says_the_same(start: int, length: int, put: str, times: int) -> None:
    damaged = TEXT[:start] + put * times + TEXT[start + length % 40 :]
    _refused_or_the_same(damaged.encode("utf-8", "replace").decode())


@given(st.sets(st.integers(0, len(TEXT.splitlines()) - 1), max_size=12))
@settings(deadline=None, max_examples=150)
def test_a_file_without_some_lines_is_refused_or_lacks_whole_acts(gone: set[int]) -> None:
    kept = [line for number, line in enumerate(TEXT.splitlines()) if number not in gone]
    _refused_or_the_same("\n".join(kept))


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(deadline=None)
def test_any_bytes_are_refused(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        (Path(folder) / "items").mkdir()
        (Path(folder) / ITEM).write_bytes(content)
        with pytest.raises(CurationProblem):
            read(Path(folder))


def _refused_or_the_same(content: str) -> None:
    found = _outcome(content)
    if isinstance(found, CurationProblem):
        assert found.place.startswith(PLACE)
        assert found.remedy
    else:
        assert found.item == item()
        assert set(found.acts) <= set(BOOK.history(item().id))


def _outcome(content: str) -> Told | CurationProblem:
    try:
        return told_by(content, PLACE)
    except CurationProblem as problem:
        return problem


# --- the folder ------------------------------------------------------------------------------------------------------


def test_an_export_adds_to_what_the_folder_has(tmp_path: Path) -> None:
    other = book([item("gefitinib")], [submitted(item("gefitinib"), THIRD, 9)])
    save(tmp_path, Held(BOOK))
    assert save(tmp_path, Held(other)) == (tmp_path / path_of(item("gefitinib").id),)
    assert read(tmp_path) == together(Held(BOOK), Held(other))


def test_an_export_changes_nothing_in_a_folder_that_it_cannot_read(tmp_path: Path) -> None:
    written(tmp_path, {ITEM: TEXT.replace("a trial", "two trials")})
    with pytest.raises(CurationProblem, match="something else"):
        save(tmp_path, Held(BOOK))
    assert [path.name for path in tmp_path.iterdir()] == ["items"]


def test_attributes_of_others_stay(tmp_path: Path) -> None:
    (tmp_path / ATTRIBUTES).write_text("*.sqlite binary", encoding="utf-8")
    save(tmp_path, Held(BOOK))
    assert (tmp_path / ATTRIBUTES).read_text(encoding="utf-8") == f"*.sqlite binary\n{MERGED_BY_LINE}\n"
    assert save(tmp_path, Held(BOOK)) == ()


def test_a_full_disk_leaves_every_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, Held(BOOK))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    more = book(BOOK.items.values(), [*BOOK.acts, decided(item().id, RETRACTED, THIRD, 9, "withdrawn")])

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(CurationProblem, match="No space left"):
            save(tmp_path, Held(more))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    save(tmp_path, Held(more))
    assert read(tmp_path).book == more


def _export(folder: str, number: int) -> None:
    person = PEOPLE[number % 3]
    for minute in range(5):
        own = submitted(item(), person, 1000 * number + minute)
        save(Path(folder), Held(book([item()], [own])))


def test_exports_of_several_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_export, args=(str(tmp_path), number)) for number in range(4)]
    for each in processes:
        each.start()
    for each in processes:
        each.join()
    assert len(read(tmp_path).book.acts) == 20


# --- git -------------------------------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> str:
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "HOME": str(folder)}
    who = {f"GIT_{role}_{part}": "t@example.org" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", "-c", "commit.gpgsign=false", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, **own, **who},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def commit(folder: Path, known: Book, branch: str) -> None:
    git(folder, "switch", "-q", "-C", branch)
    save(folder, Held(known))
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", branch)


def merged(folder: Path, base: Book, ours: Book, theirs: Book) -> Book:
    """What is read after two branches of a base were merged by git, without a conflict."""
    git(folder, "init", "-q", "-b", "main")
    commit(folder, base, "main")
    commit(folder, ours, "ours")
    git(folder, "switch", "-q", "main")
    commit(folder, theirs, "theirs")
    git(folder, "merge", "-q", "--no-edit", "ours")
    return read(folder).book


def more(of: Book, items: tuple = (), acts: tuple = ()) -> Book:  # type: ignore[type-arg]
    return book((*of.items.values(), *items), (*of.acts, *acts))


def test_two_branches_that_add_and_decide_merge_to_both(tmp_path: Path) -> None:
    waiting = item("erlotinib").id
    ours = more(BOOK, (item("gefitinib"),), (submitted(item("gefitinib"), CARBERRY, 10),))
    theirs = more(BOOK, (item("afatinib", "C"),), (submitted(item("afatinib", "C"), THIRD, 11),))
    ours = more(ours, (), (decided(waiting, ACCEPTED, CARBERRY, 12, "read"),))
    theirs = more(theirs, (), (decided(waiting, ACCEPTED, THIRD, 13, "read too"),))
    found = merged(tmp_path, BOOK, ours, theirs)
    assert found == more(ours, tuple(theirs.items.values()), theirs.acts)
    assert found.status(waiting) == ACCEPTED
    save(tmp_path, Held(found))
    assert "erlotinib" in git(tmp_path, "grep", "-h", "sensitivity to erlotinib")


def test_decisions_that_differ_come_out_as_disputed(tmp_path: Path) -> None:
    waiting = item("erlotinib").id
    ours = more(BOOK, (), (decided(waiting, ACCEPTED, CARBERRY, 12),))
    theirs = more(BOOK, (), (decided(waiting, REJECTED, THIRD, 13, "one arm only"),))
    found = merged(tmp_path, BOOK, ours, theirs)
    assert found.status(waiting) == DISPUTED
    assert item("erlotinib") not in found.counting(submitted=True)


def test_without_the_attributes_git_leaves_a_conflict_and_the_reader_names_its_line(tmp_path: Path) -> None:
    ours = more(BOOK, (), (decided(item().id, RETRACTED, CARBERRY, 12, "withdrawn"),))
    theirs = more(BOOK, (), (decided(item().id, RETRACTED, THIRD, 13, "retracted"),))
    git(tmp_path, "init", "-q", "-b", "main")
    for branch, known in (("main", BOOK), ("ours", ours)):
        commit(tmp_path, known, branch)
    git(tmp_path, "switch", "-q", "main")
    (tmp_path / ATTRIBUTES).unlink()
    (tmp_path / ITEM).write_text(files(Held(theirs))[ITEM], encoding="utf-8")
    git(tmp_path, "commit", "-q", "-a", "-m", "theirs")
    with pytest.raises(AssertionError, match="CONFLICT"):
        git(tmp_path, "merge", "-q", "--no-edit", "ours")
    with pytest.raises(CurationProblem, match="conflict that git left; keep the lines of both sides") as caught:
        read(tmp_path)
    path, _, number = caught.value.place.rpartition(":")
    assert Path(path).read_text(encoding="utf-8").splitlines()[int(number) - 1].startswith("<<<<<<<")


def test_the_same_item_from_two_branches_is_one_item(tmp_path: Path) -> None:
    ours = more(BOOK, (item("gefitinib"),), (submitted(item("gefitinib"), CARBERRY, 10, "from a congress"),))
    theirs = more(BOOK, (item("gefitinib"),), (submitted(item("gefitinib"), THIRD, 11),))
    found = merged(tmp_path, BOOK, ours, theirs)
    assert len(found.items) == 3
    assert [act.person for act in found.history(item("gefitinib").id)] == [CARBERRY, THIRD]


def test_what_one_branch_superseded_and_the_other_retracted_is_disputed(tmp_path: Path) -> None:
    ours = more(BOOK, (), (decided(item().id, SUPERSEDED, THIRD, 12)._replace(other=item("erlotinib").id),))
    theirs = more(BOOK, (), (decided(item().id, RETRACTED, CARBERRY, 13, "a wrong table"),))
    assert merged(tmp_path, BOOK, ours, theirs).status(item().id) == DISPUTED


@given(st.data())
@settings(deadline=None, max_examples=5, suppress_health_check=[HealthCheck.too_slow])
def test_any_two_branches_merge_to_both(data: st.DataObject) -> None:
    base, one, other = (data.draw(books()) for _ in range(3))
    ours, theirs = (more(base, tuple(each.items.values()), each.acts) for each in (one, other))
    if base in (ours, theirs) or not base.acts:
        return
    with TemporaryDirectory() as folder:
        assert merged(Path(folder), base, ours, theirs) == more(ours, tuple(theirs.items.values()), theirs.acts)
