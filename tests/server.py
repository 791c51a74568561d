"""A real HTTP server on loopback whose answers a test writes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler, int], None]
"""Called with the request and its number, from 1."""

TREE = json.dumps({"TISSUE": {"code": "TISSUE", "children": {}, "name": "x" * 300_000}}).encode()
TAG = f'"{sha256(TREE).hexdigest()[:8]}"'


class Server:
    """It keeps the requests that it got, and counts them."""

    def __init__(self) -> None:
        self.answer: Answer = whole
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.released = threading.Event()
        """Answers that stall wait for it, so that none outlives its test."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append((self.path, dict(self.headers)))
                outer.answer(self, len(outer.requests))

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def sent(self, header: str) -> list[str | None]:
        """What each request so far had in a header."""
        return [headers.get(header) for _, headers in self.requests]


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    try:
        yield server
    finally:
        server.stop()


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    """An answer with its length and a type of JSON unless other headers are given; one of "" is left out."""
    handler.send_response(status)
    stated = {"Content-Length": str(len(body)), "Content-Type": "application/json"}
    for name, value in (stated | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        if value:
            handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def whole(handler: BaseHTTPRequestHandler, _: int) -> None:
    """The file, in parts where asked, and not at all where it is unchanged."""
    if handler.headers.get("If-None-Match") == TAG:
        send(handler, 304, ETag=TAG)
        return
    asked = handler.headers.get("Range")
    if asked and handler.headers.get("If-Range") == TAG:
        start = int(asked.removeprefix("bytes=").rstrip("-"))
        send(handler, 206, TREE[start:], ETag=TAG, Content_Range=f"bytes {start}-{len(TREE) - 1}/{len(TREE)}")
        return
    send(handler, 200, TREE, ETag=TAG)


def cut_at(length: int, tag: str = TAG, body: bytes = TREE) -> Answer:
    """A file's beginning under the length of the whole, and then the connection closes."""

    def answer(handler: BaseHTTPRequestHandler, _: int) -> None:
        send(handler, 200, body[:length], Content_Length=str(len(body)), ETag=tag)
        handler.wfile.flush()
        handler.connection.shutdown(2)

    return answer


def first(odd: Answer, then: Answer = whole, times: int = 1) -> Answer:
    """One answer at first, and then another."""
    return lambda handler, number: (odd if number <= times else then)(handler, number)


def refuses(handler: BaseHTTPRequestHandler, _: int) -> None:
    """No answer at all."""
    handler.connection.shutdown(2)


def writing(raw: bytes) -> Answer:
    """These bytes and nothing else, whether they are HTTP or not."""

    def answer(handler: BaseHTTPRequestHandler, _: int) -> None:
        handler.wfile.write(raw)

    return answer
