"""Queries: every form, read-only, one clear line for what cannot be run."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from kb.errors import BadQuery
from kb.sparql import render, run
from tests.shared import knowledge

ROOT = Path(__file__).parents[2]
GENES = """SELECT ?gene ?label WHERE { ?gene a mtb:Gene ; rdfs:label ?label FILTER(?label IN ('EGFR', 'KRAS')) }
ORDER BY ?gene"""


def test_a_table_has_readable_names():
    shown = render(run(knowledge().store, GENES), "table").splitlines()
    assert shown == ["gene       label", "---------  -----", "gene:EGFR  EGFR", "gene:KRAS  KRAS", "(2 rows)"]


def test_json_is_that_of_the_standard():
    body = render(run(knowledge().store, GENES), "json")
    assert json.loads(body)["head"]["vars"] == ["gene", "label"]
    read = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
    assert [row["label"].value for row in read] == ["EGFR", "KRAS"]
    typed = render(run(knowledge().store, "SELECT (1 AS ?n) ('x'@zh AS ?z) ?unbound {}"), "json")
    (row,) = json.loads(typed)["results"]["bindings"]
    assert row["n"]["datatype"].endswith("integer")
    assert row["z"]["xml:lang"] == "zh"
    assert "unbound" not in row


def test_csv_has_plain_values():
    lines = render(run(knowledge().store, GENES), "csv").splitlines()
    assert lines == [
        "gene,label",
        "https://w3id.org/mtb-match/kb/gene/EGFR,EGFR",
        "https://w3id.org/mtb-match/kb/gene/KRAS,KRAS",
    ]


def test_a_graph_is_sorted_turtle():
    query = "CONSTRUCT { ?g rdfs:label ?l } WHERE { ?g a mtb:Gene ; rdfs:label ?l FILTER(?l IN ('KRAS', 'EGFR')) }"
    body = render(run(knowledge().store, query), "ttl")
    assert body.index("gene:EGFR") < body.index("gene:KRAS")
    assert len(list(ox.parse(body, format=ox.RdfFormat.TURTLE))) == 2


@pytest.mark.parametrize(("form", "shown"), [("table", "true\n"), ("json", '{"head": {}, "boolean": true}\n')])
def test_a_truth_value(form, shown):
    assert render(run(knowledge().store, "ASK { gene:EGFR a mtb:Gene }"), form) == shown


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <a:b> <a:c> 1 }",
        "PREFIX a: <a:>\nDELETE WHERE { ?s ?p ?o }",
        "# a comment\nDROP ALL",
        "LOAD <http://example.org/x>",
    ],
)
def test_an_update_is_refused(update):
    with pytest.raises(BadQuery, match="is an update; the graph is read-only here"):
        run(ox.Store(), update)


@pytest.mark.parametrize(
    ("query", "form", "message"),
    [
        ("SELECT ?s { ?s a }", "table", r"error at 1:\d+"),
        ("SELECT ?s { ?s nosuch:a ?o }", "table", "refix"),
        ("", "table", "error at"),
        ("SELECT ?s { ?s ?p ?o } LIMIT 1", "ttl", "gives no graph"),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 1", "csv", "gives a graph; use --format ttl"),
    ],
)
def test_what_cannot_be_run_or_shown_is_one_line(query, form, message):
    with pytest.raises(BadQuery, match=message) as failure:
        render(run(knowledge().store, query), form)
    assert "\n" not in str(failure.value)


def command(*arguments: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "cli.main", "kb", *arguments]
    return subprocess.run(words, capture_output=True, text=True, cwd=ROOT, env=os.environ, input=input)


def test_the_command_takes_a_file_a_text_and_input(tmp_path):
    file = tmp_path / "genes.rq"
    file.write_text(GENES)
    shown = [command("query", str(file)), command("query", GENES), command("query", "-", input=GENES)]
    assert len({done.stdout for done in shown}) == 1
    assert "gene:EGFR" in shown[0].stdout
    out = tmp_path / "out.csv"
    command("query", GENES, "--format", "csv", "--out", str(out))
    assert out.read_text().startswith("gene,label")


def test_the_command_fails_in_one_line(tmp_path):
    for arguments, message in (
        (["query", "nosuch.rq"], "is no file that can be read"),
        (["query", "SELECT {"], "error at 1:"),
        (["query", "ASK {}", "--kb", str(tmp_path)], "no knowledge graph in"),
    ):
        done = command(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert len(done.stderr.splitlines()) == 1
        assert message in done.stderr


def test_a_port_in_use_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = command("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "cannot listen on 127.0.0.1:" in done.stderr
    assert len(done.stderr.splitlines()) == 1
