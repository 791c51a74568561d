"""Downloads against a real server that stalls, truncates, redirects, refuses and changes its mind."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kb.download import Policy, current, known_addresses, pull, safe_redirect
from kb.errors import DownloadFailed
from kb.source_description import read_source_description

TREE = json.dumps({"TISSUE": {"code": "TISSUE", "children": {}, "name": "x" * 300_000}}).encode()
Answer = Callable[[BaseHTTPRequestHandler, int], None]


class Server:
    """A server on loopback whose answers a test writes; it keeps the requests that it got."""

    def __init__(self) -> None:
        self.answer: Answer = whole
        self.requests: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append((self.path, dict(self.headers)))
                outer.answer(self, len(outer.requests))

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.stop()


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    stated = {"Content-Length": str(len(body)), "Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    for name, value in stated.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def whole(handler: BaseHTTPRequestHandler, _: int) -> None:
    """The file, in parts where asked, and not at all where it is unchanged."""
    tag = f'"{sha256(TREE).hexdigest()[:8]}"'
    if handler.headers.get("If-None-Match") == tag:
        send(handler, 304, ETag=tag)
        return
    asked = handler.headers.get("Range")
    if asked and handler.headers.get("If-Range") == tag:
        start = int(asked.removeprefix("bytes=").rstrip("-"))
        rest = TREE[start:]
        send(handler, 206, rest, ETag=tag, Content_Range=f"bytes {start}-{len(TREE) - 1}/{len(TREE)}")
        return
    send(handler, 200, TREE, ETag=tag)


def cut_at(length: int) -> Answer:
    """The file's beginning, with the length of the whole, and then the connection closes."""

    def answer(handler: BaseHTTPRequestHandler, _: int) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(TREE)))
        handler.send_header("Content-Type", "application/json")
        handler.send_header("ETag", f'"{sha256(TREE).hexdigest()[:8]}"')
        handler.end_headers()
        handler.wfile.write(TREE[:length])
        handler.wfile.flush()
        handler.close_connection = True
        handler.connection.shutdown(2)

    return answer


def first(odd: Answer, times: int = 1, then: Answer = whole) -> Answer:
    return lambda handler, number: (odd if number <= times else then)(handler, number)


class Patience:
    """Waits that take no time and are remembered."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.policy = Policy(attempts=3, connect=2, stall=0.5, between=0, wait=self.waits.append)


def fetch(server: Server, into: Path, **options) -> Path:
    patience = options.pop("patience", Patience())
    done = pull("oncotree", into, mirror=server.address, policy=patience.policy, **options)
    return done.folder / "oncotree.json"


def left_over(into: Path) -> list[str]:
    return sorted(
        str(path.relative_to(into))
        for path in into.rglob("*")
        if path.is_file() and path.name not in {".lock", "current"}
    )


def test_a_release_is_fetched_and_described(server, tmp_path):
    file = fetch(server, tmp_path)
    assert file.read_bytes() == TREE
    assert current("oncotree", tmp_path) == file.parent
    described = read_source_description(file.parent)
    assert described is not None
    assert described.source == "oncotree"
    assert described.files["oncotree.json"]["sha256"] == sha256(TREE).hexdigest()
    assert described.files["oncotree.json"]["size"] == len(TREE)
    assert server.requests[0][1]["User-Agent"].startswith("mtb-match/")
    assert len(left_over(tmp_path)) == 2


def test_a_broken_connection_is_taken_up_where_it_broke(server, tmp_path):
    server.answer = first(cut_at(100_000))
    patience = Patience()
    assert fetch(server, tmp_path, patience=patience).read_bytes() == TREE
    assert server.requests[1][1]["Range"] == "bytes=65536-"  # whole blocks are kept
    assert len(patience.waits) == 1


def test_a_later_command_goes_on_from_what_there_is(server, tmp_path):
    def dead(handler: BaseHTTPRequestHandler, _: int) -> None:
        handler.connection.shutdown(2)

    server.answer = first(cut_at(70_000), 1, dead)
    with pytest.raises(DownloadFailed, match="run the same command again to go on from there"):
        fetch(server, tmp_path)
    assert current("oncotree", tmp_path) is None
    seen = len(server.requests)
    server.answer = whole
    assert fetch(server, tmp_path).read_bytes() == TREE
    assert server.requests[seen][1]["Range"] == "bytes=65536-"


def test_a_file_that_changed_in_between_is_fetched_anew(server, tmp_path):
    def changed(handler: BaseHTTPRequestHandler, number: int) -> None:
        send(handler, 200, TREE, ETag='"another"')

    old = cut_at(50_000)
    server.answer = first(old, 1, changed)
    assert fetch(server, tmp_path).read_bytes() == TREE


def test_a_server_without_ranges_starts_over(server, tmp_path):
    server.answer = first(cut_at(50_000), 1, lambda handler, _: send(handler, 200, TREE))
    assert fetch(server, tmp_path).read_bytes() == TREE


def test_a_range_that_no_longer_fits_starts_over(server, tmp_path):
    def refuse(handler: BaseHTTPRequestHandler, number: int) -> None:
        send(handler, 416) if number == 2 else whole(handler, number)

    server.answer = first(cut_at(50_000), 1, refuse)
    assert fetch(server, tmp_path).read_bytes() == TREE


def test_a_stall_is_given_up_and_resumed(server, tmp_path):
    released = threading.Event()

    def stall(handler: BaseHTTPRequestHandler, _: int) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(TREE)))
        handler.send_header("ETag", f'"{sha256(TREE).hexdigest()[:8]}"')
        handler.end_headers()
        handler.wfile.write(TREE[:65536])
        handler.wfile.flush()
        released.wait(5)

    server.answer = first(stall)
    assert fetch(server, tmp_path).read_bytes() == TREE
    released.set()


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_busy_server_is_tried_again_when_it_says(server, tmp_path, status):
    server.answer = first(lambda handler, _: send(handler, status, Retry_After="7"))
    patience = Patience()
    assert fetch(server, tmp_path, patience=patience).read_bytes() == TREE
    assert patience.waits == [7.0]


def test_waits_grow_and_end(server, tmp_path):
    server.answer = lambda handler, _: send(handler, 500)
    patience = Patience()
    with pytest.raises(DownloadFailed, match=r"answers 500 .*\(3 attempts\); try again later"):
        fetch(server, tmp_path, patience=patience)
    assert len(patience.waits) == 2
    assert 0.5 <= patience.waits[0] <= 1 <= patience.waits[1] <= 2


FAILURES: dict[str, tuple[Answer, str]] = {
    "not found": (lambda handler, _: send(handler, 404), "answers 404 Not Found; check the address"),
    "forbidden": (lambda handler, _: send(handler, 403), "answers 403"),
    "a web page": (
        lambda handler, _: send(handler, 200, b"<!DOCTYPE html><p>moved", Content_Type="text/html"),
        "web page",
    ),
    "nothing": (lambda handler, _: send(handler, 200), "is empty"),
    "half a document": (lambda handler, _: send(handler, 200, TREE[:-10]), "is not whole JSON"),
    "a loop": (lambda handler, _: send(handler, 302, Location=handler.path), "redirects more than 5 times"),
    "another scheme": (lambda handler, _: send(handler, 302, Location="file:///etc/passwd"), "is not safe"),
    "a longer length": (cut_at(10_000), r"attempts\)"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_failure_leaves_the_old_release_in_use(server, tmp_path, case):
    old = fetch(server, tmp_path, release="oncotree_2021_11_02")
    answer, message = FAILURES[case]
    server.answer = (lambda odd: lambda handler, _: odd(handler, 1))(answer)
    with pytest.raises(DownloadFailed, match=message) as failure:
        fetch(server, tmp_path)
    assert "\n" not in str(failure.value)
    assert current("oncotree", tmp_path) == old.parent
    assert old.read_bytes() == TREE


def test_a_wrong_digest_is_refused(server, tmp_path):
    with pytest.raises(DownloadFailed, match="has the SHA-256"):
        fetch(server, tmp_path, digests={"oncotree.json": "0" * 64})
    assert current("oncotree", tmp_path) is None
    assert fetch(server, tmp_path, digests={"oncotree.json": sha256(TREE).hexdigest()}).read_bytes() == TREE


def test_an_unchanged_file_is_not_fetched_again(server, tmp_path):
    fetch(server, tmp_path)
    again = pull("oncotree", tmp_path, mirror=server.address, policy=Patience().policy)
    assert not again.changed
    assert (again.folder / "oncotree.json").read_bytes() == TREE
    assert server.requests[-1][1]["If-None-Match"]
    assert len(server.requests) == 2


def test_redirects_are_followed(server, tmp_path):
    def redirect(handler: BaseHTTPRequestHandler, number: int) -> None:
        whole(handler, number) if handler.path == "/there" else send(handler, 302, Location="/there")

    server.answer = redirect
    assert fetch(server, tmp_path).read_bytes() == TREE


def test_a_redirect_never_leaves_encryption():
    with pytest.raises(DownloadFailed, match="not safe"):
        safe_redirect("https://a.org/x", "http://a.org/x")
    assert safe_redirect("http://a.org/x", "https://a.org/x") == "https://a.org/x"


def test_many_files_are_whole_together_or_not_in_use(server, tmp_path):
    table = b"a\tb\n1\t2\n"

    def civic(handler: BaseHTTPRequestHandler, _: int) -> None:
        missing = "FeatureSummaries" in handler.path and broken
        send(handler, 404 if missing else 200, table, Content_Type="text/tab-separated-values", ETag='"1"')

    server.answer, broken = civic, True
    policy = Patience().policy
    with pytest.raises(DownloadFailed, match=r"FeatureSummaries\.tsv: answers 404"):
        pull("civic", tmp_path, "01-Jul-2025", mirror=server.address, policy=policy)
    assert current("civic", tmp_path) is None
    broken = False
    done = pull("civic", tmp_path, "01-Jul-2025", mirror=server.address, policy=policy)
    assert len(list(done.folder.glob("01-Jul-2025-*.tsv"))) == 6
    assert done.description.release == "01-Jul-2025"


def test_a_table_that_ends_in_a_row_is_refused(server, tmp_path):
    server.answer = lambda handler, _: send(handler, 200, b"a\tb\tc\n1\t2\t3\n4\t5", Content_Type="text/plain")
    with pytest.raises(DownloadFailed, match="ends in the middle of a row"):
        pull("hgnc", tmp_path, mirror=server.address, policy=Patience().policy)


def test_the_pages_of_a_search_are_all_fetched(server, tmp_path):
    def studies(handler: BaseHTTPRequestHandler, _: int) -> None:
        last = "pageToken=two" in handler.path
        page = {"studies": [{"n": 2 if last else 1}]} | ({} if last else {"nextPageToken": "two"})
        send(handler, 200, json.dumps(page).encode())

    server.answer = studies
    done = pull("ctgov", tmp_path, mirror=server.address, query="KRAS G12C", policy=Patience().policy)
    assert sorted(path.name for path in done.folder.glob("studies-*")) == ["studies-0001.json", "studies-0002.json"]
    assert "query.term=KRAS+G12C" in server.requests[0][0]


def test_a_second_pull_at_the_same_time_is_told(server, tmp_path):
    started, go_on = threading.Event(), threading.Event()

    def slow(handler: BaseHTTPRequestHandler, number: int) -> None:
        started.set()
        go_on.wait(5)
        whole(handler, number)

    server.answer = slow
    policy = Policy(attempts=1, between=0)
    first_one = threading.Thread(target=pull, args=("oncotree", tmp_path), kwargs={"mirror": server.address})
    first_one.start()
    assert started.wait(5)
    with pytest.raises(DownloadFailed, match="is being pulled by another process"):
        pull("oncotree", tmp_path, mirror=server.address, policy=policy)
    go_on.set()
    first_one.join()
    assert current("oncotree", tmp_path) is not None


def test_every_address_is_official_and_has_a_licence():
    for address in known_addresses():
        assert address.address.startswith("https://")
        assert address.licence
        assert address.confirmed in {"yes", "by analogy"}


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "kb", "pull", *map(str, arguments)], capture_output=True, text=True, cwd=root
    )


def test_the_command_says_what_it_did(server, tmp_path):
    done = command("oncotree", "--into", tmp_path, "--mirror", server.address)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("oncotree oncotree_latest_stable-")
    assert done.stderr == ""
    listed = command()
    assert "https://civicdb.org/downloads/" in listed.stdout


def test_the_command_fails_in_one_line(server, tmp_path):
    server.answer = lambda handler, _: send(handler, 404)
    failed = command("oncotree", "--into", tmp_path, "--mirror", server.address)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert len(failed.stderr.splitlines()) == 1
    assert "answers 404 Not Found" in failed.stderr
    unknown = command("nosuch", "--into", tmp_path)
    assert unknown.returncode == 2
    assert "no source 'nosuch'" in unknown.stderr
