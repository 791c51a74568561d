"""The sources are registered in a table that one can read, and the documentation shows the same table."""

from pathlib import Path

import pytest

from kb.loaders import LOADERS, loader

PAGE = Path(__file__).parents[3] / "docs" / "sources.md"


@pytest.mark.parametrize("each", LOADERS, ids=lambda each: each.name)
def test_the_page_of_sources_has_a_row_for_each(each):
    row = f"| `{each.name}` | {each.title} | {each.reads} | {each.licence} |"
    assert row in PAGE.read_text(encoding="utf-8").splitlines()
    assert loader(each.name) is each


def test_vocabularies_come_before_what_is_said_in_their_terms():
    names = [each.name for each in LOADERS]
    assert len(set(names)) == len(names)
    assert max(map(names.index, ("hgnc", "oncotree", "mondo", "doid"))) < min(map(names.index, ("civic", "table")))
