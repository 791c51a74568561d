"""A knowledge base behind SPARQL endpoints: the same answers, byte for byte, from three engines; clear errors."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import pyoxigraph as ox
import pytest

from kb import terms as t
from kb.errors import RemoteProblem
from kb.graph import open_knowledge_base
from kb.sparql import run
from kb.store import open_starter

ROOT = Path(__file__).parents[2]
OXIGRAPH = Path(sys.executable).with_name("oxigraph")
PATIENTS = (
    "her2-breast-precise/her2-amplified-after-trastuzumab.yaml",
    "mcrpc-wes/ar-v7-positive.yaml",
    "refractory-solid-registry/fusion-thyroid.yaml",
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """A server process that accepts connections, stopped at the end."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, env=os.environ)
        try:
            for _ in range(300):
                assert process.poll() is None, log.read_text()
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            else:
                raise AssertionError(log.read_text())
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


@pytest.fixture(scope="module")
def quads(tmp_path_factory) -> Path:
    """The whole starter store as N-Quads, its own metadata included."""
    file = tmp_path_factory.mktemp("quads") / "starter.nq"
    open_starter().dump(str(file), format=ox.RdfFormat.N_QUADS)
    return file


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Iterator[str]:
    """`mtb-match kb serve`."""
    port = free_port()
    command = [sys.executable, "-m", "cli.main", "kb", "serve", "--port", str(port)]
    with running(command, port, tmp_path_factory.mktemp("own") / "log"):
        yield f"sparql+http://127.0.0.1:{port}/query"


@pytest.fixture(scope="module")
def oxigraph(tmp_path_factory, quads) -> Iterator[str]:
    """The Oxigraph server itself, into which the exported release was loaded."""
    folder, port = tmp_path_factory.mktemp("oxigraph"), free_port()
    load = [str(OXIGRAPH), "load", "--location", str(folder / "db"), "--file", str(quads)]
    subprocess.run(load, check=True, capture_output=True)
    command = [str(OXIGRAPH), "serve", "--location", str(folder / "db"), "--bind", f"127.0.0.1:{port}"]
    with running(command, port, folder / "log"):
        yield f"sparql+http://127.0.0.1:{port}/query"


VIRTUOSO = """[Database]
DatabaseFile = {folder}/v.db
ErrorLogFile = {folder}/v.log
LockFile = {folder}/v.lck
TransactionFile = {folder}/v.trx
xa_persistent_file = {folder}/v.pxa
[TempDatabase]
DatabaseFile = {folder}/v.tdb
TransactionFile = {folder}/v.ttr
[Parameters]
ServerPort = 127.0.0.1:{sql}
DirsAllowed = {folder}
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
[SPARQL]
ResultSetMaxRows = 1000000
"""


@pytest.fixture(scope="module")
def virtuoso(tmp_path_factory, quads) -> Iterator[str]:
    """Debian's Virtuoso, an engine with no part in common with Oxigraph."""
    if shutil.which("virtuoso-t") is None or shutil.which("isql-vt") is None:
        pytest.skip("Virtuoso is not on this machine (Debian: apt-get install virtuoso-opensource-7)")
    folder, sql, http = tmp_path_factory.mktemp("virtuoso"), free_port(), free_port()
    (folder / "v.ini").write_text(VIRTUOSO.format(folder=folder, sql=sql, http=http))
    shutil.copy(quads, folder / "starter.nq")
    text = f"file_to_string_output('{folder}/starter.nq')"
    (folder / "load.sql").write_text(f"log_enable(2, 1);\nDB.DBA.TTLP({text},'','urn:default',512);\ncheckpoint;\n")
    command = ["virtuoso-t", "+configfile", str(folder / "v.ini"), "+foreground"]
    with running(command, sql, folder / "out"):
        load = ["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", str(folder / "load.sql")]
        done = subprocess.run(load, check=True, capture_output=True, text=True)
        assert "Error" not in done.stdout + done.stderr
        yield f"sparql+http://127.0.0.1:{http}/sparql"


def answer(patient: str, out: Path, *options: str) -> bytes:
    file = ROOT / "examples" / patient
    command = [sys.executable, "-m", "cli.main", str(file), "--as-of", "2026-11-20", "--format", "json"]
    done = subprocess.run([*command, "--out", str(out), *options], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out.read_bytes()


@pytest.mark.parametrize("engine", ["own", "oxigraph", "virtuoso"])
def test_the_answers_are_those_of_the_embedded_store(engine, request, tmp_path):
    address = request.getfixturevalue(engine)
    for patient in PATIENTS:
        assert answer(patient, tmp_path / "a", "--kb", address) == answer(patient, tmp_path / "b")


@pytest.mark.parametrize("engine", ["own", "oxigraph", "virtuoso"])
def test_queries_and_lookups_agree(engine, request):
    remote, local = open_knowledge_base(request.getfixturevalue(engine)), open_knowledge_base()
    assert (remote.release, remote.digest, remote.released_on) == (local.release, local.digest, local.released_on)
    assert remote.therapy("吡咯替尼") == local.therapy("吡咯替尼")
    assert remote.tumor_type("lung adenocarcinoma") == local.tumor_type("lung adenocarcinoma")
    assert remote.trials(["EGFR:L858R"]) == local.trials(["EGFR:L858R"])
    assert remote.first_approvals(["olaparib"], "2026-01-01") == local.first_approvals(["olaparib"], "2026-01-01")
    about = [t.item(*each) for each in (("indication", "CN:X001"), ("evidence", "CUR002"), ("trial", "NCT01933932"))]
    assert [remote.statement_digest(iri) for iri in about] == [local.statement_digest(iri) for iri in about]
    query = "SELECT ?c (COUNT(?s) AS ?n) WHERE { ?s a ?c } GROUP BY ?c ORDER BY ?c"
    assert run(remote.store, query).rows == run(local.store, query).rows
    assert run(remote.store, "ASK { ?s a mtb:Gene }").truth is True
    construct = "CONSTRUCT { ?s a mtb:Gene } WHERE { ?s a mtb:Gene ; rdfs:label 'EGFR' }"
    assert run(remote.store, construct).triples == run(local.store, construct).triples


def test_our_endpoint_speaks_the_protocol_and_takes_no_update(own):
    address = own.removeprefix("sparql+")
    gene = f"<{t.item('gene', 'EGFR')}>"
    with urllib.request.urlopen(f"{address}?query={quote(f'ASK {{ {gene} ?p ?o }}')}") as response:
        assert b"true" in response.read()  # a user need not name the graphs
    asked = urllib.request.Request(
        address, b"ASK { GRAPH ?g { ?s ?p ?o } }", {"Content-Type": "application/sparql-query"}
    )
    asked.add_header("Accept", "application/sparql-results+json")
    with urllib.request.urlopen(asked) as response:
        assert b"true" in response.read()
    update = address.replace("/query", "/update")
    refused = urllib.request.Request(update, b"DROP ALL", {"Content-Type": "application/sparql-update"})
    with pytest.raises(urllib.error.HTTPError) as failure:
        urllib.request.urlopen(refused)
    assert failure.value.code in {403, 404, 405}


@contextmanager
def odd_server(status: int, kind: str, body: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"sparql+http://127.0.0.1:{server.server_port}/query"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


EMPTY = b'<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="p"/></head><results/></sparql>'
ODD = {
    "not there": (404, "text/plain", b"no such path", "answers 404: no such path"),
    "broken": (500, "text/plain", b"oops", "answers 500: oops"),
    "a web page": (200, "text/html", b"<html></html>", "does not speak SPARQL"),
    "not XML": (200, "application/sparql-results+xml", b"{}", "does not speak SPARQL|holds no release"),
    "no release": (200, "application/sparql-results+xml", EMPTY, "holds no release of this program"),
    "no query language": (400, "text/plain", b"what?", "holds no release of this program"),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_endpoints_are_named(case):
    status, kind, body, message = ODD[case]
    with odd_server(status, kind, body) as address, pytest.raises(RemoteProblem, match=message):
        open_knowledge_base(address)


def test_nothing_there_and_no_address():
    with pytest.raises(RemoteProblem, match="cannot be reached"):
        open_knowledge_base(f"sparql+http://127.0.0.1:{free_port()}/query")
    with pytest.raises(RemoteProblem, match="is no store"):
        open_knowledge_base("https://example.org/query")
    with pytest.raises(RemoteProblem, match="is no address"):
        open_knowledge_base("sparql+http:///query")
