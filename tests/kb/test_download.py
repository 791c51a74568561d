"""Downloads against a real server that stalls, truncates, redirects, refuses and changes its mind."""

from __future__ import annotations

import datetime
import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from hashlib import md5, sha256
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kb.addresses import RELEASES, data_folder, files_of, known_addresses, release_name
from kb.download import Client, Policy, retry_after, safe_redirect, stated_digests
from kb.errors import DownloadFailed, FileNotThere
from kb.file_check import problem_with
from kb.pull import Order, Pulled, current, pull
from kb.source_description import SourceDescription, SourceFile, read_source_description, write_source_description
from tests.server import TAG, TREE, Answer, Server, cut_at, first, refuses, send, serving, whole, writing

ROOT = Path(__file__).parents[2]
TABLE = b"a\tb\tc\n1\t2\t3\n4\t5\t6\n"
LATEST = "oncotree_latest_stable"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


class Patience:
    """Waits that take no time and are remembered."""

    def __init__(self, **changed: float) -> None:
        self.waits: list[float] = []
        self.told: list[str] = []
        settings = {"attempts": 3, "connect": 2, "stall": 0.3, "between": 0} | changed
        self.policy = Policy(wait=self.waits.append, **settings)  # type: ignore[arg-type]

    def step(self, name: str, done: int, total: int | None) -> None:
        self.told.append(f"{name} {done}/{total}")

    def wait(self, name: str, seconds: float, reason: str) -> None:
        self.told.append(f"{name} waits {seconds:g}: {reason}")

    def client(self) -> Client:
        return Client(self.policy, self)


def fetch(server: Server, into: Path, patience: Patience | None = None, source: str = "oncotree", **order) -> Pulled:
    return pull(Order(source, mirror=server.address, **order), into, (patience or Patience()).client())


def tree_of(pulled: Pulled) -> bytes:
    return (pulled.folder / "oncotree.json").read_bytes()


def left_over(into: Path) -> list[str]:
    """Files of the source's folder outside its releases, but for the lock and the pointer."""
    hidden = [path for path in into.rglob("*") if any(part.startswith(".") for part in path.relative_to(into).parts)]
    return sorted(str(path.relative_to(into)) for path in hidden if path.name != ".lock")


# What is fetched and where it goes


def test_a_release_is_fetched_and_described(server, tmp_path):
    done = fetch(server, tmp_path)
    assert done.is_new
    assert tree_of(done) == TREE
    assert done.folder == tmp_path / "oncotree" / f"{LATEST}-{datetime.date.today()}"
    assert current("oncotree", tmp_path) == done.folder
    assert read_source_description(done.folder) == done.description
    (file,) = done.description.files
    address = f"{server.address}/oncotree.json"
    assert file == SourceFile("oncotree.json", address, len(TREE), sha256(TREE).hexdigest(), TAG)
    assert done.description.licence == "CC BY 4.0"
    assert done.description.retrieved_on == str(datetime.date.today())
    assert sorted(path.name for path in done.folder.iterdir()) == ["oncotree.json", "source.json"]
    assert left_over(tmp_path) == []


def test_a_request_names_the_program_and_asks_for_plain_bytes(server, tmp_path):
    fetch(server, tmp_path)
    ((_, headers),) = server.requests
    assert headers["User-Agent"].startswith("mtb-match/0")
    assert headers["Accept-Encoding"] == "identity"


def test_progress_is_told(server, tmp_path):
    patience = Patience()
    fetch(server, tmp_path, patience)
    assert patience.told[-1] == f"oncotree.json {len(TREE)}/{len(TREE)}"
    assert len(patience.told) > 10


def test_the_current_release_moves_only_forward(server, tmp_path):
    old = fetch(server, tmp_path, release="oncotree_2021_11_02")
    assert old.folder.name == "oncotree_2021_11_02"
    new = fetch(server, tmp_path, release="oncotree_2025_10_03")
    assert current("oncotree", tmp_path) == new.folder
    assert tree_of(old) == TREE


def test_a_server_that_compresses_nevertheless(server, tmp_path):
    packed = gzip.compress(TREE)
    server.answer = lambda handler, _: send(handler, 200, packed, Content_Encoding="gzip", ETag='"z"')
    assert tree_of(fetch(server, tmp_path)) == TREE


def test_a_server_that_states_no_length(server, tmp_path):
    server.answer = lambda handler, _: send(handler, 200, TREE, Content_Length="")
    assert tree_of(fetch(server, tmp_path)) == TREE


def test_a_length_that_is_no_number_is_no_length(server, tmp_path):
    server.answer = lambda handler, _: send(handler, 200, TREE, Content_Length="many")
    assert tree_of(fetch(server, tmp_path)) == TREE


def test_redirects_are_followed(server, tmp_path):
    def redirect(handler: BaseHTTPRequestHandler, number: int) -> None:
        whole(handler, number) if handler.path == "/there" else send(handler, 302, Location="/there")

    server.answer = redirect
    assert tree_of(fetch(server, tmp_path)) == TREE


def test_five_redirects_are_followed_and_six_are_not(server, tmp_path):
    def down(handler: BaseHTTPRequestHandler, _: int) -> None:
        step = int(handler.path.strip("/") or 0) if handler.path != "/oncotree.json" else start
        whole(handler, 1) if step == 0 else send(handler, 302, Location=f"/{step - 1}")

    server.answer, start = down, 5
    assert tree_of(fetch(server, tmp_path)) == TREE
    start = 6
    with pytest.raises(DownloadFailed, match="redirects more than 5 times"):
        fetch(server, tmp_path / "other")


# A broken download is gone on with


def test_a_broken_connection_is_taken_up_where_it_broke(server, tmp_path):
    server.answer = first(cut_at(100_000))
    patience = Patience()
    assert tree_of(fetch(server, tmp_path, patience)) == TREE
    (_, resumed) = server.sent("Range")
    assert resumed is not None
    assert 0 < int(resumed.removeprefix("bytes=").rstrip("-")) <= 100_000
    assert server.sent("If-Range") == [None, TAG]
    assert len(patience.waits) == 1


@given(cuts=st.lists(st.integers(0, len(TREE) - 1), max_size=4))
def test_wherever_it_breaks_the_file_is_the_same(cuts: list[int], tmp_path_factory: pytest.TempPathFactory):
    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        if number > len(cuts):
            whole(handler, number)
            return
        asked = handler.headers.get("Range")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        body, span = TREE[start : max(start, cuts[number - 1])], f"bytes {start}-{len(TREE) - 1}/{len(TREE)}"
        rest = str(len(TREE) - start)
        send(handler, 206 if asked else 200, body, Content_Length=rest, ETag=TAG, Content_Range=span if asked else "")
        handler.wfile.flush()
        handler.connection.shutdown(2)

    with serving() as running:
        running.answer = answer
        folder = tmp_path_factory.mktemp("cut")
        assert tree_of(fetch(running, folder, Patience(attempts=6))) == TREE
        assert left_over(folder) == []


def test_a_later_command_goes_on_from_what_there_is(server, tmp_path):
    server.answer = first(cut_at(70_000), refuses)
    with pytest.raises(DownloadFailed, match="run the same command again to go on from there"):
        fetch(server, tmp_path)
    assert current("oncotree", tmp_path) is None
    assert left_over(tmp_path) == [
        "oncotree/.partial",
        f"oncotree/.partial/{LATEST}",
        f"oncotree/.partial/{LATEST}/oncotree.json.part",
        f"oncotree/.partial/{LATEST}/oncotree.json.part.json",
    ]
    seen = len(server.requests)
    server.answer = whole
    assert tree_of(fetch(server, tmp_path)) == TREE
    assert (server.sent("Range")[seen] or "").startswith("bytes=6")
    assert left_over(tmp_path) == []


def test_a_part_from_another_address_is_not_gone_on_with(server, tmp_path):
    server.answer = first(cut_at(70_000, body=b"[" + TREE), refuses)
    with pytest.raises(DownloadFailed):
        fetch(server, tmp_path)
    with serving() as mirror:
        assert tree_of(fetch(mirror, tmp_path)) == TREE
        assert mirror.sent("Range") == [None]


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"null", b'{"mark": 7}', b'{"address": "x", "mark": "y"}', b"\xff\xfe"],
)
def test_damaged_notes_start_over(server, tmp_path, damage):
    server.answer = first(cut_at(70_000), refuses)
    with pytest.raises(DownloadFailed):
        fetch(server, tmp_path)
    (notes,) = tmp_path.rglob("*.part.json")
    notes.write_bytes(damage)
    server.answer = whole
    assert tree_of(fetch(server, tmp_path)) == TREE
    assert server.sent("Range")[-1] is None


def test_a_file_that_changed_in_between_is_fetched_anew(server, tmp_path):
    old = b"[" + b"0," * 200_000 + b"0]"
    server.answer = first(cut_at(150_000, '"old"', old))
    assert tree_of(fetch(server, tmp_path)) == TREE
    assert server.sent("If-Range") == [None, '"old"']


def test_a_part_of_a_changed_file_is_never_mixed_even_when_the_server_ignores_if_range(server, tmp_path):
    def careless(handler: BaseHTTPRequestHandler, _: int) -> None:
        asked = handler.headers.get("Range")
        if not asked:
            send(handler, 200, TREE, ETag=TAG)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-"))
        send(handler, 206, TREE[start:], ETag=TAG, Content_Range=f"bytes {start}-{len(TREE) - 1}/{len(TREE)}")

    old = b"[" + b"0," * 200_000 + b"0]"
    server.answer = first(cut_at(150_000, '"old"', old), careless)
    assert tree_of(fetch(server, tmp_path)) == TREE
    assert server.sent("Range")[-1] is None


def test_a_server_without_ranges_starts_over(server, tmp_path):
    server.answer = first(cut_at(50_000), lambda handler, _: send(handler, 200, TREE, ETag=TAG))
    assert tree_of(fetch(server, tmp_path)) == TREE


def test_a_server_without_marks_is_not_asked_for_ranges(server, tmp_path):
    server.answer = first(cut_at(50_000, ""), lambda handler, _: send(handler, 200, TREE))
    assert tree_of(fetch(server, tmp_path)) == TREE
    assert server.sent("Range") == [None, None]


def test_a_part_that_cannot_be_gone_on_with_is_not_kept(server, tmp_path):
    server.answer = cut_at(50_000, "")
    with pytest.raises(DownloadFailed, match=r"of \d+ bytes came|broke off.*tried 3 times; try again later"):
        fetch(server, tmp_path)
    assert left_over(tmp_path) == []


def test_a_weak_mark_does_not_resume_but_the_date_does(server, tmp_path):
    date = "Fri, 20 Nov 2026 00:00:00 GMT"

    def dated(handler: BaseHTTPRequestHandler, _: int) -> None:
        start = int((handler.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        assert start == 0 or handler.headers.get("If-Range") == date
        span = f"bytes {start}-{len(TREE) - 1}/{len(TREE)}" if start else ""
        body = TREE[start:] if start else TREE[:90_000]
        length = str(len(TREE) - start)
        marks = {"ETag": 'W/"1"', "Last_Modified": date}
        send(handler, 206 if start else 200, body, Content_Length=length, Content_Range=span, **marks)

    server.answer = dated
    assert tree_of(fetch(server, tmp_path)) == TREE
    assert server.sent("If-Range")[-1] == date


@pytest.mark.parametrize(
    "wrong",
    [
        lambda handler: send(handler, 416),
        lambda handler: send(handler, 206, TREE[5:], ETag=TAG, Content_Range=f"bytes 5-{len(TREE) - 1}/{len(TREE)}"),
        lambda handler: send(handler, 206, TREE, ETag=TAG),
        lambda handler: send(handler, 206, TREE, ETag=TAG, Content_Range="nonsense"),
    ],
    ids=["no such range", "another start", "no range", "nonsense"],
)
def test_a_range_that_does_not_fit_starts_over(server, tmp_path, wrong):
    server.answer = first(
        cut_at(50_000), lambda handler, number: wrong(handler) if number == 2 else whole(handler, number)
    )
    assert tree_of(fetch(server, tmp_path)) == TREE
    assert server.sent("Range")[2] is None


def test_a_part_that_nobody_asked_for_is_refused_in_the_end(server, tmp_path):
    server.answer = lambda handler, _: send(handler, 206, TREE, Content_Range=f"bytes 0-9/{len(TREE)}")
    with pytest.raises(DownloadFailed, match="does not fit"):
        fetch(server, tmp_path)


def test_a_stall_is_given_up_and_resumed(server, tmp_path):
    def stall(handler: BaseHTTPRequestHandler, _: int) -> None:
        send(handler, 200, TREE[:65536], Content_Length=str(len(TREE)), ETag=TAG)
        handler.wfile.flush()
        server.released.wait(10)

    server.answer = first(stall)
    patience = Patience()
    assert tree_of(fetch(server, tmp_path, patience)) == TREE
    assert server.sent("Range")[1] is not None
    assert any("nothing came for 0.3 s" in line for line in patience.told)


def test_a_server_that_never_answers_is_given_up(server, tmp_path):
    server.answer = lambda *_: bool(server.released.wait(10)) or None
    with pytest.raises(DownloadFailed, match=r"cannot be reached \(nothing came for 0.3 s\), tried 3 times"):
        fetch(server, tmp_path)


def test_a_line_that_keeps_breaking_is_followed_to_the_end(server, tmp_path):
    """Tries are counted anew while the file grows, so many breaks do no harm."""

    def piece(handler: BaseHTTPRequestHandler, _: int) -> None:
        start = int((handler.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        span = f"bytes {start}-{len(TREE) - 1}/{len(TREE)}"
        body, rest = TREE[start : start + 33_000], str(len(TREE) - start)
        send(handler, 206 if start else 200, body, Content_Length=rest, ETag=TAG, Content_Range=span if start else "")

    server.answer = piece
    assert tree_of(fetch(server, tmp_path, Patience(attempts=2))) == TREE
    assert len(server.requests) > 8


def test_a_server_that_breaks_at_random_is_given_up(server, tmp_path):
    """Without ranges the part shrinks and grows; that is no progress."""
    lengths = [60_000, 50_000, 60_000, 50_000, 60_000, 50_000, 60_000, 50_000]
    server.answer = lambda handler, number: cut_at(lengths[number % 8], f'"{number}"')(handler, number)
    with pytest.raises(DownloadFailed, match="tried 3 times"):
        fetch(server, tmp_path)
    assert len(server.requests) < 8


def test_a_killed_process_leaves_a_part_that_the_next_one_goes_on_from(server, tmp_path):
    old = fetch(server, tmp_path, release="oncotree_2021_11_02")
    begun = threading.Event()

    def stall(handler: BaseHTTPRequestHandler, _: int) -> None:
        send(handler, 200, TREE[:200_000], Content_Length=str(len(TREE)), ETag=TAG)
        handler.wfile.flush()
        begun.set()
        server.released.wait(30)

    server.answer = stall
    words = [sys.executable, "-m", "cli.main", "kb", "pull", "oncotree", "--into", tmp_path, "--mirror", server.address]
    process = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert begun.wait(30)
    part = tmp_path / "oncotree" / ".partial" / LATEST / "oncotree.json.part"
    for _ in range(500):
        if part.exists() and part.stat().st_size:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    assert process.stderr is not None
    process.stderr.close()
    assert current("oncotree", tmp_path) == old.folder
    seen = len(server.requests)
    server.answer = whole
    assert tree_of(fetch(server, tmp_path)) == TREE
    assert server.sent("Range")[seen] is not None


# Patience and politeness


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_server_is_tried_again_when_it_says(server, tmp_path, status):
    server.answer = first(lambda handler, _: send(handler, status, Retry_After="7"))
    patience = Patience()
    assert tree_of(fetch(server, tmp_path, patience)) == TREE
    assert patience.waits == [7.0]
    assert patience.told[0].startswith(f"oncotree.json waits 7: answers {status} ")


@pytest.mark.parametrize("stated", ["0", "soon", "-1", "9" * 400, "²", ""])
def test_a_strange_wish_does_no_harm(server, tmp_path, stated):
    server.answer = first(lambda handler, _: send(handler, 503, Retry_After=stated.encode().decode("latin-1")))
    patience = Patience()
    assert tree_of(fetch(server, tmp_path, patience)) == TREE
    assert all(0 <= wait <= 1 for wait in patience.waits)


def test_a_long_wait_is_left_to_the_user(server, tmp_path):
    server.answer = lambda handler, _: send(handler, 429, Retry_After="3600")
    patience = Patience()
    with pytest.raises(DownloadFailed, match="asks to wait 3600 seconds; try again after that"):
        fetch(server, tmp_path, patience)
    assert patience.waits == []
    assert len(server.requests) == 1


def test_waits_grow_and_end(server, tmp_path):
    server.answer = lambda handler, _: send(handler, 500)
    patience = Patience(attempts=5)
    with pytest.raises(DownloadFailed, match="answers 500 Internal Server Error, tried 5 times; try again later"):
        fetch(server, tmp_path, patience)
    for wait, longest in zip(patience.waits, (1, 2, 4, 8), strict=True):
        assert longest / 2 <= wait <= longest


def test_requests_to_a_host_keep_their_distance(server, tmp_path):
    server.answer = lambda handler, _: send(handler, 200, TABLE, Content_Type="text/plain")
    patience = Patience(between=30)
    fetch(server, tmp_path, patience, "civic", release="01-Jul-2025")
    assert len(patience.waits) == 5
    assert all(25 < wait <= 30 for wait in patience.waits)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451])
def test_a_refusal_is_not_asked_again(server, tmp_path, status):
    server.answer = lambda handler, _: send(handler, status)
    with pytest.raises(DownloadFailed, match=f"answers {status}.*check the address and the release"):
        fetch(server, tmp_path)
    assert len(server.requests) == 1


def test_a_server_that_is_not_there(tmp_path):
    with serving() as gone:
        address = gone.address
    order = Order("oncotree", mirror=address)
    with pytest.raises(DownloadFailed, match=r"cannot be reached \(Connection refused\), tried 3 times"):
        pull(order, tmp_path, Patience().client())


@pytest.mark.parametrize("mirror", ["nothing", "ftp://127.0.0.1", "http://", "http://[", "file:///etc"])
def test_an_address_that_is_none_is_told_at_once(tmp_path, mirror):
    patience = Patience()
    with pytest.raises(DownloadFailed, match="no address of the web"):
        pull(Order("oncotree", mirror=mirror), tmp_path, patience.client())
    assert patience.waits == []


# What is refused


FAILURES: dict[str, tuple[Answer, str]] = {
    "not found": (lambda handler, _: send(handler, 404), "answers 404 Not Found; check the address"),
    "a page by its type": (lambda handler, _: send(handler, 200, TREE, Content_Type="text/html"), "is a web page"),
    "a page by its bytes": (
        lambda handler, _: send(handler, 200, b"\xef\xbb\xbf \n<!DOCTYPE html><p>moved", Content_Type="text/plain"),
        "is a web page",
    ),
    "an error in XML": (lambda handler, _: send(handler, 200, b"<?xml?><Error/>"), "is a web page"),
    "nothing": (lambda handler, _: send(handler, 200), "is empty"),
    "blanks": (lambda handler, _: send(handler, 200, b" \r\n\t "), "is empty"),
    "half a document": (lambda handler, _: send(handler, 200, TREE[:-10]), "is not whole JSON"),
    "half without a length": (lambda handler, _: send(handler, 200, TREE[:-10], Content_Length=""), "not whole JSON"),
    "a shorter length": (lambda handler, _: send(handler, 200, TREE, Content_Length="1000"), "is not whole JSON"),
    "a longer length": (cut_at(10_000), "tried 3 times"),
    "a number": (lambda handler, _: send(handler, 200, b"7"), "is JSON without any record"),
    "brackets": (lambda handler, _: send(handler, 200, b"[" * 200_000 + b"]" * 200_000), "nests too deep"),
    "zeros": (lambda handler, _: send(handler, 200, b"\0" * 5000), "is not a text file"),
    "a broken packing": (
        lambda handler, _: send(handler, 200, b"not gzip", Content_Encoding="gzip"),
        "broke off .ContentDecodingError., tried 3 times",
    ),
    "a cut packing": (
        lambda handler, _: send(handler, 200, gzip.compress(TREE)[:100], Content_Encoding="gzip", Content_Length=""),
        "is not whole JSON|is empty",
    ),
    "a loop": (lambda handler, _: send(handler, 302, Location=handler.path), "redirects more than 5 times"),
    "another scheme": (lambda handler, _: send(handler, 302, Location="file:///etc/passwd"), "is not safe"),
    "a redirect to nonsense": (lambda handler, _: send(handler, 302, Location="http://[x"), "no address"),
    "a redirect to nowhere": (lambda handler, _: send(handler, 302), "answers 302 Found"),
    "an empty answer": (refuses, r"cannot be reached .*tried 3 times"),
    "no HTTP": (writing(b"\x00\x01hello\r\n"), "cannot be reached"),
    "a chunk that is cut": (
        writing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40000\r\n" + TREE[:1000]),
        "broke off .*tried 3 times",
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_failure_leaves_the_old_release_in_use(server, tmp_path, case):
    old = fetch(server, tmp_path, release="oncotree_2021_11_02")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    server.answer, message = FAILURES[case]
    with pytest.raises(DownloadFailed, match=message) as failure:
        fetch(server, tmp_path)
    assert len(str(failure.value).splitlines()) == 1
    assert str(failure.value).endswith("the release in use is as it was")
    assert server.address in str(failure.value)
    assert current("oncotree", tmp_path) == old.folder
    assert {path: path.read_bytes() for path in before} == before
    parts = [name for name in left_over(tmp_path) if not name.endswith((".part", ".part.json"))]
    assert all((tmp_path / name).is_dir() for name in parts)
    if case != "a longer length":
        assert parts == []
    server.answer = whole
    assert tree_of(fetch(server, tmp_path)) == TREE


def test_what_a_server_calls_its_refusal_is_not_repeated(server, tmp_path):
    def shout(handler: BaseHTTPRequestHandler, _: int) -> None:
        handler.wfile.write(b"HTTP/1.1 404 \x1b[31mgotcha\r\nContent-Length: 0\r\n\r\n")

    server.answer = shout
    with pytest.raises(DownloadFailed) as failure:
        fetch(server, tmp_path)
    assert "answers 404 Not Found;" in str(failure.value)
    assert str(failure.value).isprintable()


def test_a_wrong_digest_is_refused(server, tmp_path):
    with pytest.raises(DownloadFailed, match=f"has the SHA-256 {sha256(TREE).hexdigest()}, not 000"):
        fetch(server, tmp_path, digests=(("oncotree.json", "0" * 64),))
    assert current("oncotree", tmp_path) is None
    assert left_over(tmp_path) == []
    assert tree_of(fetch(server, tmp_path, digests=(("oncotree.json", sha256(TREE).hexdigest()),))) == TREE


def test_a_digest_of_a_file_that_is_not_fetched_is_refused(server, tmp_path):
    with pytest.raises(DownloadFailed, match=r"has no file oncotre\.json; its files are oncotree\.json"):
        fetch(server, tmp_path, digests=(("oncotre.json", "0" * 64),))
    assert server.requests == []


@pytest.mark.parametrize(
    "header",
    [
        {"x_goog_hash": f"crc32c=AAAAAA==,md5={b64encode(md5(TREE).digest()).decode()}"},
        {"Repr_Digest": f"sha-256=:{b64encode(sha256(TREE).digest()).decode()}:"},
        {"Digest": f"sha-256={b64encode(sha256(TREE).digest()).decode()}"},
    ],
    ids=["google", "repr-digest", "digest"],
)
def test_a_checksum_that_the_server_publishes_is_compared(server, tmp_path, header):
    wrong = TREE.replace(b"x", b"y", 1)
    server.answer = first(
        lambda handler, _: send(handler, 200, wrong, **header), lambda handler, _: send(handler, 200, TREE, **header)
    )
    assert tree_of(fetch(server, tmp_path)) == TREE
    assert len(server.requests) == 2
    server.answer = lambda handler, _: send(handler, 200, wrong, **header)
    with pytest.raises(DownloadFailed, match=r"do not have the (md5|sha256) checksum that the server states"):
        fetch(server, tmp_path / "other")


def test_a_checksum_of_something_else_is_not_compared():
    packed = {"x-goog-hash": "md5=1B2M2Y8AsgTpgAmY7PhCfg==", "x-goog-stored-content-encoding": "gzip"}
    assert stated_digests(packed) == {}
    assert stated_digests({"Digest": "md5=1B2M2Y8AsgTpgAmY7PhCfg", "x-goog-hash": "crc32c=AAAAAA=="}) == {}


def test_a_redirect_never_leaves_encryption():
    with pytest.raises(DownloadFailed, match="not safe"):
        safe_redirect("https://a.org/x", "http://a.org/x")
    assert safe_redirect("http://a.org/x", "https://a.org/x") == "https://a.org/x"
    assert safe_redirect("https://a.org/x", "//b.org/y") == "https://b.org/y"


@given(st.text(max_size=60))
def test_a_redirect_to_any_text_is_an_address_or_refused(location: str):
    target = "https://"
    with suppress(DownloadFailed):
        target = safe_redirect("https://a.org/x", location)
    assert target.startswith("https://")


@given(st.text(max_size=40))
@example("0\x1f")
@example("\u0661")
def test_any_retry_after_is_a_wait_or_none(stated: str):
    wait = retry_after(stated, datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC))
    assert wait is None or wait >= 0


CONTENTS = [
    ("a.tsv", TABLE, True, None),
    ("a.tsv", TABLE, False, None),
    ("a.tsv", TABLE[:-1], False, "ends in the middle of a line"),
    ("a.tsv", TABLE[:-1], True, None),
    ("a.tsv", TABLE[:-4], True, "ends in the middle of a row"),
    ("a.tsv", b"# said\n" + TABLE, True, None),
    ("a.tsv", TABLE + b"7\t8\t9\t10\n", True, None),
    ("a.tsv", b"a,b\n1,2\n", True, "is not a tab-separated table"),
    ("a.txt", TABLE.replace(b"\n", b"\r\n"), False, None),
    ("a.txt", TABLE + b"7\t8\n", True, "ends in the middle of a row"),
    ("a.obo", b"format-version: 1.2\n", False, None),
    ("a.obo", b"format-version: 1.2", False, "ends in the middle of a line"),
    ("a.obo", b"hello\n", True, "is not an OBO file"),
    ("a.json", b"[]", False, None),
    ("a.json", b"[", True, "is not whole JSON (Expecting value: line 1 column 2 (char 1))"),
    ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", True, None),
    ("a.xls", b"<html>", True, "is not an Excel workbook"),
]


@pytest.mark.parametrize(("name", "body", "length_known", "problem"), CONTENTS)
def test_contents(tmp_path, name, body, length_known, problem):
    file = tmp_path / "part"
    file.write_bytes(body)
    assert problem_with(file, name, "application/octet-stream", length_known) == problem


def test_every_kind_of_file_that_is_pulled_has_a_row_of_contents():
    assert {Path(address.file).suffix for address in known_addresses()} <= {Path(name).suffix for name, *_ in CONTENTS}


# What is there already


def test_an_unchanged_file_is_not_fetched_again(server, tmp_path):
    once = fetch(server, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in once.folder.iterdir()}
    again = fetch(server, tmp_path)
    assert not again.is_new
    assert again.folder == once.folder
    assert again.description == once.description
    assert server.sent("If-None-Match") == [None, TAG]
    assert {path: path.stat().st_mtime_ns for path in once.folder.iterdir()} == before
    assert left_over(tmp_path) == []


def test_a_server_without_marks_gives_the_same_release_too(server, tmp_path):
    server.answer = lambda handler, _: send(handler, 200, TREE)
    once = fetch(server, tmp_path)
    again = fetch(server, tmp_path)
    assert (again.is_new, again.folder) == (False, once.folder)
    assert left_over(tmp_path) == []


def test_a_changed_file_under_the_same_release_stands_beside_the_old_one(server, tmp_path):
    once = fetch(server, tmp_path)
    server.answer = lambda handler, _: send(handler, 200, b"{}")
    again = fetch(server, tmp_path)
    assert again.is_new
    assert again.folder.name == once.folder.name + ".2"
    assert again.description.release == once.description.release
    assert current("oncotree", tmp_path) == again.folder
    assert tree_of(once) == TREE
    server.answer = whole
    back = fetch(server, tmp_path)
    assert (back.is_new, back.folder) == (False, once.folder)


def test_a_damaged_file_is_not_taken_for_unchanged(server, tmp_path):
    once = fetch(server, tmp_path)
    (once.folder / "oncotree.json").write_bytes(TREE.replace(b"x", b"y"))
    again = fetch(server, tmp_path)
    assert server.sent("If-None-Match") == [None, None]
    assert tree_of(again) == TREE
    assert again.folder != once.folder


def test_another_address_is_not_asked_about_this_ones_marks(server, tmp_path):
    fetch(server, tmp_path)
    with serving() as mirror:
        fetch(mirror, tmp_path)
        assert mirror.sent("If-None-Match") == [None]


def test_the_same_bytes_under_the_name_that_was_asked_for(server, tmp_path):
    fetch(server, tmp_path)
    named = fetch(server, tmp_path, release="oncotree_2025_10_03")
    assert named.is_new
    assert named.description.release == "oncotree_2025_10_03"


def test_yesterdays_release_is_unchanged_today(server, tmp_path):
    once = fetch(server, tmp_path)
    yesterday = once.folder.with_name(f"{LATEST}-2026-01-01")
    once.folder.rename(yesterday)
    described = once.description
    moved = SourceDescription(
        described.source, yesterday.name, described.licence, described.licence_address, "2026-01-01", described.files
    )
    write_source_description(yesterday, moved)
    (tmp_path / "oncotree" / "current").write_text(yesterday.name)
    again = fetch(server, tmp_path)
    assert (again.is_new, again.folder, again.description.retrieved_on) == (False, yesterday, "2026-01-01")


@pytest.mark.parametrize("pointer", [b"", b"\n", b"../..", b".partial", b"/etc", b"gone", b"\xff"])
def test_a_damaged_pointer_names_no_release(server, tmp_path, pointer):
    once = fetch(server, tmp_path)
    (tmp_path / "oncotree" / "current").write_bytes(pointer)
    assert current("oncotree", tmp_path) is None
    again = fetch(server, tmp_path)
    assert current("oncotree", tmp_path) == again.folder == once.folder


DESCRIPTIONS = [
    b"",
    b"[]",
    b"7",
    b"{}",
    b'{"files": {}}',
    b'{"files": [{"name": 7}]}',
    b'{"source": 1, "release": 2, "licence": 3, "licence_address": 4, "retrieved_on": 5, "files": []}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("body", DESCRIPTIONS)
def test_a_damaged_description_is_none(tmp_path, body):
    (tmp_path / "source.json").write_bytes(body)
    assert read_source_description(tmp_path) is None


def test_no_description_is_none(tmp_path):
    assert read_source_description(tmp_path) is None
    assert read_source_description(tmp_path / "nowhere") is None


@given(st.text(max_size=20), st.text(max_size=20), st.integers(0, 1 << 40), st.none() | st.text(max_size=9))
def test_a_description_reads_back(tmp_path_factory, release: str, name: str, size: int, etag: str | None):
    folder = tmp_path_factory.mktemp("described")
    files = (SourceFile(name, "https://a.org", size, "0" * 64, etag),)
    described = SourceDescription("civic", release, "CC0 1.0", "https://b.org", "2026-11-20", files)
    write_source_description(folder, described)
    assert read_source_description(folder) == described


# Many files


def civic(handler: BaseHTTPRequestHandler, _: int) -> None:
    tag = f'"{handler.path}"'
    unchanged = handler.headers.get("If-None-Match") == tag
    send(handler, 304 if unchanged else 200, b"" if unchanged else TABLE, Content_Type="text/plain", ETag=tag)


def lacking(*names: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        send(handler, 404) if any(name in handler.path for name in names) else civic(handler, number)

    return answer


def test_many_files_are_whole_together_or_not_in_use(server, tmp_path):
    server.answer = lacking("VariantSummaries")
    with pytest.raises(FileNotThere, match=r"01-Jul-2025-VariantSummaries\.tsv: answers 404"):
        fetch(server, tmp_path, source="civic", release="01-Jul-2025")
    assert current("civic", tmp_path) is None
    assert not (tmp_path / "civic" / "01-Jul-2025").exists()
    server.answer = civic
    done = fetch(server, tmp_path, source="civic", release="01-Jul-2025")
    assert len(list(done.folder.glob("01-Jul-2025-*.tsv"))) == 6
    assert done.description.release == "01-Jul-2025"
    assert server.sent("If-None-Match").count(None) == 3 + 4  # two files of the first pull were still right
    assert left_over(tmp_path) == []


def test_an_interrupted_pull_forgets_nothing_of_an_earlier_one(server, tmp_path):
    server.answer = lacking("VariantSummaries")
    with pytest.raises(DownloadFailed):
        fetch(server, tmp_path, source="civic")
    server.answer = lambda handler, number: civic(handler, number) if "Clinical" in handler.path else send(handler, 403)
    with pytest.raises(DownloadFailed):
        fetch(server, tmp_path, source="civic")
    begun = read_source_description(tmp_path / "civic" / ".partial" / "nightly")
    assert begun is not None
    assert [file.name for file in begun.files] == [
        "nightly-ClinicalEvidenceSummaries.tsv",
        "nightly-AssertionSummaries.tsv",
    ]
    server.answer = civic
    assert len(fetch(server, tmp_path, source="civic").description.files) == 6


def test_a_file_that_the_build_can_do_without_may_be_absent(server, tmp_path):
    server.answer = lacking("FeatureSummaries")
    done = fetch(server, tmp_path, source="civic", release="2024-08-01")
    assert done.absent == ("01-Aug-2024-FeatureSummaries.tsv",)
    assert len(done.description.files) == 5
    assert sorted(file.name for file in done.description.files) == sorted(
        path.name for path in done.folder.iterdir() if path.suffix == ".tsv"
    )


def test_files_in_folders(server, tmp_path):
    server.answer = lambda handler, _: send(handler, 200, b"[]")
    done = fetch(server, tmp_path, source="moalmanac", release="2026-05-07")
    assert (done.folder / "referenced" / "statements.json").read_bytes() == b"[]"
    assert done.folder.name == "v.2026-05-07"
    assert done.description.file("referenced/statements.json") is not None
    assert {path for path, _ in server.requests} == {f"/{file.name}" for file in done.description.files}
    assert left_over(tmp_path) == []


def test_a_pull_that_fails_at_once_leaves_no_folder(server, tmp_path):
    server.answer = lambda handler, _: send(handler, 404)
    with pytest.raises(DownloadFailed):
        fetch(server, tmp_path, source="moalmanac")
    assert left_over(tmp_path) == []


def test_another_release_does_not_touch_what_there_is_of_this_one(server, tmp_path):
    server.answer = first(cut_at(70_000), refuses)
    with pytest.raises(DownloadFailed):
        fetch(server, tmp_path)
    server.answer = whole
    fetch(server, tmp_path, release="oncotree_2021_11_02")
    fetch(server, tmp_path)
    assert (server.sent("Range")[-1] or "").startswith("bytes=6")


def test_a_second_pull_at_the_same_time_is_told(server, tmp_path):
    started = threading.Event()

    def slow(handler: BaseHTTPRequestHandler, number: int) -> None:
        started.set()
        server.released.wait(10)
        whole(handler, number)

    server.answer = slow
    first_one = threading.Thread(target=fetch, args=(server, tmp_path, Patience(stall=20)))
    first_one.start()
    assert started.wait(5)
    with pytest.raises(DownloadFailed, match="is being pulled by another process; wait for it to end"):
        fetch(server, tmp_path)
    server.released.set()
    first_one.join()
    assert current("oncotree", tmp_path) is not None
    assert left_over(tmp_path) == []


def test_pulls_at_the_same_time_leave_a_whole_release(server, tmp_path):
    words = [sys.executable, "-m", "cli.main", "kb", "pull", "civic", "--into", tmp_path, "--mirror", server.address]
    server.answer = civic
    running = [subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    for process in running:
        process.communicate(timeout=60)
    codes = [process.returncode for process in running]
    assert 0 in codes
    assert set(codes) <= {0, 1}
    folder = current("civic", tmp_path)
    assert folder is not None
    described = read_source_description(folder)
    assert described is not None
    assert len(described.files) == 6
    assert all(file.is_in(folder) for file in described.files)
    assert left_over(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_told(server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DownloadFailed, match=r"file.*: Not a directory; check the folder") as failure:
        fetch(server, tmp_path / "file")
    assert len(str(failure.value).splitlines()) == 1
    assert server.requests == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_is_told(server, tmp_path):
    staging = tmp_path / "oncotree" / ".partial" / LATEST
    staging.mkdir(parents=True)
    (staging / "oncotree.json.part").symlink_to("/dev/full")
    server.answer = first(cut_at(1))
    (staging / "oncotree.json.part.json").write_text(
        json.dumps({"address": f"{server.address}/oncotree.json", "mark": TAG})
    )
    server.answer = lambda handler, _: send(handler, 206, TREE, ETag=TAG, Content_Range=f"bytes 0-9/{len(TREE)}")
    os.symlink("/dev/full", staging / ".source.json.full")
    with pytest.raises(DownloadFailed):
        fetch(server, tmp_path)
    assert current("oncotree", tmp_path) is None


# The registry of trials


def registry(*pages: list[str], total: int | None = None) -> Answer:
    """Pages of studies by number; each but the last names the next by a token."""

    def answer(handler: BaseHTTPRequestHandler, _: int) -> None:
        at = int(handler.path.partition("pageToken=t")[2] or 0)
        studies = [{"protocolSection": {"identificationModule": {"nctId": number}}} for number in pages[at]]
        page: dict[str, object] = {"studies": studies}
        if at == 0:
            page["totalCount"] = sum(map(len, pages)) if total is None else total
        if at + 1 < len(pages):
            page["nextPageToken"] = f"t{at + 1}"
        send(handler, 200, json.dumps(page).encode())

    return answer


def studies(server: Server, into: Path, query: str | None = "KRAS G12C") -> Pulled:
    return fetch(server, into, source="ctgov", query=query)


def test_the_pages_of_a_search_are_all_fetched(server, tmp_path):
    server.answer = registry(["NCT1", "NCT2"], [], ["NCT3"])
    done = studies(server, tmp_path)
    pages = ["studies-0001.json", "studies-0002.json", "studies-0003.json", "source.json"]
    assert sorted(path.name for path in done.folder.iterdir()) == sorted(pages)
    assert "query.term=KRAS+G12C" in server.requests[0][0]
    assert all("countTotal=true" in path and "pageSize=100" in path for path, _ in server.requests)
    assert done.description.release == f"search-{datetime.date.today()}"
    assert "query.term=KRAS+G12C" in done.description.files[0].address


def test_two_searches_of_a_day_stand_beside_each_other(server, tmp_path):
    server.answer = registry(["NCT1"])
    one = studies(server, tmp_path)
    server.answer = registry(["NCT2"])
    other = studies(server, tmp_path, "BRAF V600E")
    assert other.folder != one.folder
    assert one.folder.is_dir()
    assert current("ctgov", tmp_path) == other.folder


SEARCHES: dict[str, tuple[Answer, str, str]] = {
    "nothing is found": (registry([]), "KRAS", "finds no study for 'KRAS'"),
    "a number is unknown": (
        registry(["NCT00000001"]),
        "NCT00000001, nct00000002",
        "has no study NCT00000002; check the numbers",
    ),
    "studies are missing": (registry(["NCT1"], total=2), "KRAS", "counts 2 studies but gives 1"),
    "a study comes twice": (registry(["NCT1"], ["NCT1"]), "KRAS", "NCT1 a second time"),
    "the pages never end": (
        lambda handler, _: send(handler, 200, b'{"studies": [], "nextPageToken": "t"}'),
        "KRAS",
        "the same page again and again",
    ),
    "a list": (lambda handler, _: send(handler, 200, b"[]"), "KRAS", "is no page of studies"),
    "another document": (lambda handler, _: send(handler, 200, b'{"studies": 7}'), "KRAS", "is no page of studies"),
    "a strange token": (
        lambda handler, _: send(handler, 200, b'{"studies": [], "nextPageToken": [1]}'),
        "KRAS",
        "the same page",
    ),
    "the second page fails": (
        first(registry(["NCT1"], ["NCT2"]), lambda handler, _: send(handler, 400)),
        "KRAS",
        "answers 400",
    ),
}


@pytest.mark.parametrize("case", SEARCHES)
def test_a_search_that_fails_leaves_the_old_one(server, tmp_path, case):
    server.answer = registry(["NCT9"])
    old = studies(server, tmp_path)
    server.requests.clear()
    server.answer, query, message = SEARCHES[case]
    with pytest.raises(DownloadFailed, match=message) as failure:
        studies(server, tmp_path, query)
    assert len(str(failure.value).splitlines()) == 1
    assert current("ctgov", tmp_path) == old.folder
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("query", [None, "", "  "])
def test_a_search_needs_words(server, tmp_path, query):
    with pytest.raises(DownloadFailed, match="needs a search; name one with --query"):
        studies(server, tmp_path, query)
    assert server.requests == []


def test_a_page_that_breaks_is_resumed(server, tmp_path):
    body = json.dumps(
        {"studies": [{"protocolSection": {"identificationModule": {"nctId": "NCT1"}}, "x": "y" * 99_999}]}
    )
    server.answer = first(
        cut_at(50_000, '"p"', body.encode()), lambda handler, _: send(handler, 200, body.encode(), ETag='"p"')
    )
    assert (studies(server, tmp_path).folder / "studies-0001.json").read_text() == body


# Addresses and releases


def test_every_address_is_official_and_has_a_licence():
    addresses = known_addresses()
    assert len(addresses) > 30
    for address in addresses:
        assert address.address.startswith("https://")
        assert address.licence
        assert address.licence_address.startswith("https://")
        assert address.confirmed in {"yes", "repository", "unverified"}
        assert address.required in {"yes", "no"}
    assert len({(address.source, address.file) for address in addresses}) == len(addresses)


def test_a_source_with_releases_has_them_in_its_addresses_and_no_other_has():
    for address in known_addresses():
        assert ("{release}" in address.address) == (address.source in RELEASES)


RELEASE_NAMES = [
    ("civic", None, "nightly"),
    ("civic", "01-Jul-2025", "01-Jul-2025"),
    ("civic", "2025-07-01", "01-Jul-2025"),
    ("civic", "nightly", "nightly"),
    ("moalmanac", None, "main"),
    ("moalmanac", "2026-05-07", "v.2026-05-07"),
    ("moalmanac", "v.2026-05-07", "v.2026-05-07"),
    ("mondo", "2026-08-04", "v2026-08-04"),
    ("oncotree", "2025-10-03", "oncotree_2025_10_03"),
    ("hgnc", None, "current"),
]


@pytest.mark.parametrize(("source", "asked", "name"), RELEASE_NAMES)
def test_release_names(source, asked, name):
    assert release_name(source, asked) == name


def test_every_source_with_releases_has_a_row_of_names():
    assert {source for source, asked, _ in RELEASE_NAMES if asked} == set(RELEASES)


@pytest.mark.parametrize("asked", ["..", ".", "", "../x", "a/b", ".hidden", "a b", "a\nb", "{release}", "-x", "é"])
def test_a_release_name_stays_in_its_folder(server, tmp_path, asked):
    with pytest.raises(DownloadFailed, match="has no release"):
        fetch(server, tmp_path, release=asked)
    assert list(tmp_path.iterdir()) == []


def test_a_release_that_the_source_cannot_have_is_refused():
    with pytest.raises(DownloadFailed, match="hgnc: keeps no old releases"):
        release_name("hgnc", "2025-07-01")
    with pytest.raises(DownloadFailed, match="name the first of a month, such as 2025-07-01"):
        release_name("civic", "2025-07-15")
    with pytest.raises(DownloadFailed, match="is no source that can be pulled"):
        files_of("nosuch")


def test_the_data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("MTB_MATCH_DATA", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert data_folder() == tmp_path / ".local" / "share" / "mtb-match"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert data_folder() == tmp_path / "xdg" / "mtb-match"
    monkeypatch.setenv("MTB_MATCH_DATA", str(tmp_path / "own"))
    assert data_folder() == tmp_path / "own"
