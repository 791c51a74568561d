"""What `kb check` and `kb preview` read: the items that a file states, and a journal where one is needed."""

from pathlib import Path
from typing import TYPE_CHECKING

from cli.curated import NONE
from cli.kb.options import standing_journal

if TYPE_CHECKING:
    from kb.curation.acts import Book
    from kb.curation.item import Item
    from kb.graph import KnowledgeBase


def items_stated(path: Path, knowledge: "KnowledgeBase") -> "list[tuple[str, Item, str | None]]":
    """The items that a table, Turtle or TriG states, each with its place and what it is meant to supersede."""
    from kb.curation.entry import read_entries, read_table_rows
    from kb.curation.turtle import FORMATS as STATEMENTS
    from kb.curation.turtle import read_turtle
    from kb.curation.vocabulary import Vocabulary

    words = Vocabulary(knowledge)
    is_rdf = path.suffix.lower() in STATEMENTS
    entries = read_turtle(path, words) if is_rdf else read_entries(read_table_rows(path), words)
    return [(entry.place, item, entry.supersedes) for entry in entries for item in entry.items(words)]


def book_of(curation: Path | None, is_needed: bool) -> "Book":
    """The journal's book; an empty one where no journal is named (or `none`) and none is needed.

    CurationProblem for one that is named and is not there.
    """
    from cli.settings import curation_file
    from kb.curation.acts import book

    if not is_needed and (curation == NONE or (curation is None and curation_file() is None)):
        return book((), ())
    return standing_journal(curation).book()
