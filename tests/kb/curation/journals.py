"""What the tests of the journal's safety share: small items, people, and a journal changed behind its back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from kb import terms as t
from kb.curation.acts import ACCEPTED, REJECTED, RETRACTED
from kb.curation.chain import START, hashed
from kb.curation.item import NEW, Item, item_of
from kb.curation.journal import Draft, Journal, decision, submission
from kb.rdf import iri, text
from tests.curated import CARBERRY, SECOND


def small_item(number: int, long: int = 0) -> Item:
    """An item that says next to nothing: what a journal holds is not its business; `long` letters make it a big one."""
    node = iri(t.item("evidence", NEW))
    return item_of([(node, iri(t.NOTE), text(f"test item {number}{'x' * long}"))])


def submitted(number: int, long: int = 0) -> Draft:
    return submission(small_item(number, long), CARBERRY, "options")


def filled(path: Path) -> Journal:
    """A journal of eight entries: accepted, superseded, and rejected items, and a retracted one of the graph."""
    journal, first, second, third = Journal(path), small_item(1), small_item(2), small_item(3)
    journal.record(submission(first, CARBERRY, "options"))
    journal.record(decision(first.id, ACCEPTED, SECOND, "read the paper"))
    journal.record(submission(second, CARBERRY, "table", supersedes=first.id))
    journal.record(decision(second.id, ACCEPTED, SECOND))
    journal.record(decision("EID12", RETRACTED, SECOND, "the paper was retracted"))
    journal.record(submission(third, SECOND, "options"))
    journal.record(decision(third.id, REJECTED, CARBERRY, "the level is not backed"))
    assert len(journal.entries()) == 8
    return journal


def behind_its_back(path: Path, *statements: str) -> None:
    """Run SQL on the file with its triggers out of the way, and put them back as they were."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)


def rewritten(path: Path, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """Change what the entries say, and renew numbers and hashes, as somebody would who knows how the chain is made."""
    with closing(sqlite3.connect(path)) as connection:
        told = [json.loads(content) for (content,) in connection.execute("SELECT content FROM entry ORDER BY number")]
    change(told)
    rows, previous = [], START
    for number, each in enumerate(told, start=1):
        each |= {"number": number, "previous": previous}
        content = json.dumps(each, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        previous = hashed(content)
        rows.append((number, content.replace("'", "''"), previous))
    behind_its_back(path, "DELETE FROM entry", *(f"INSERT INTO entry VALUES ({n}, '{c}', '{h}')" for n, c, h in rows))
