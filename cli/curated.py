"""The options by which curated evidence counts in an answer, and the knowledge base opened with them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase

INCLUDED = ("submitted",)
NONE = Path("none")
"""The journal's name by which a user leaves out the one of the environment or the configuration."""

CurationFile = Annotated[
    Path | None,
    typer.Option(
        "--curation",
        help="The journal of curation whose accepted items count; else MTB_MATCH_CURATION, else that of the "
        "configuration; none for no journal.",
    ),
]
Include = Annotated[
    str | None,
    typer.Option("--include", help="submitted: also count curated items that wait for a second person."),
]
CountedOn = Annotated[
    str | None,
    typer.Option("--as-of", help="Count curated items as they stood at the end of this day (UTC), YYYY-MM-DD."),
]


class Curated(NamedTuple):
    """What of curated evidence is asked for: a journal, submitted items or not, and a day (ISO, None for now)."""

    file: Path | None = None
    include: str | None = None
    day: str | None = None

    @property
    def journal(self) -> Path | None:
        """The journal that was named, or the user's own; None where there is none, or `none` was asked for."""
        if self.file is not None:
            return None if self.file == NONE else self.file
        from cli.settings import curation_file

        return curation_file()

    def knowledge(self, kb: str | None) -> "KnowledgeBase":
        """The knowledge base that was named, or the starter's, in which what counts of the journal counts.

        CurationProblem for a journal that is not there: nobody is answered without it unawares.
        """
        path = self.journal
        if path is None:
            if self.include is not None:
                raise typer.BadParameter("there is no journal of curation: name one", param_hint="--include")
            from kb.graph import open_knowledge_base

            return open_knowledge_base(kb)
        from kb.curation.journal import Journal
        from kb.curation.opening import open_at

        return open_at(kb, Journal(path), self.day, self.include is not None)


def curated(file: Path | None, include: str | None, as_of: str | None) -> Curated:
    """What these options ask for; wrong usage for anything but `submitted`, or what is no date."""
    from cli.asking import day, one_of

    if include is not None:
        one_of(include, INCLUDED, "--include")
    return Curated(file, include, None if as_of is None else day(as_of))
