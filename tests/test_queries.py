"""The worked questions of docs/queries.md give the answers that stand below them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kb.sparql import render, run
from tests.shared import knowledge

PAGE = Path(__file__).parents[1] / "docs" / "queries.md"
QUESTIONS = re.findall(r"^## (.*?)\n.*?```sparql\n(.*?)```\n+```text\n(.*?)```", PAGE.read_text("utf-8"), re.S | re.M)


def test_there_are_ten() -> None:
    assert len(QUESTIONS) == 10


@pytest.mark.parametrize(("title", "query", "shown"), QUESTIONS, ids=[title for title, _, _ in QUESTIONS])
def test_a_question_has_the_answer_that_the_page_shows(title: str, query: str, shown: str) -> None:
    printed = [line[:140].rstrip() for line in render(run(knowledge().store, query), "table").splitlines()]
    lines = [line.rstrip() for line in shown.splitlines()]
    if "..." in lines:
        cut = lines.index("...")
        assert printed[:cut] == lines[:cut]
        assert printed[-1] == lines[-1]
        assert len(printed) > len(lines)
    else:
        assert printed == lines
