"""A cohort on several cores: pieces are answered in processes of their own, each with the graph and the rules opened.

What comes back is what one process answers. A cohort of one piece pays for no process.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.cohort.handed import Handed
from matcher.cohort.matching import Matching
from matcher.cohort.processes import Asked, Ended, Given, Made, Processes
from matcher.cohort.work import Saved, Saver, Watch, unwatched
from matcher.notes import UnusableInput

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.cohort.subject import Subject, Unreadable
    from matcher.cohort.tables import Tables
    from rules.language import RuleSet

Piece = Sequence["Subject | Unreadable"]


class Workers:
    """Answers pieces as `Matching` does, in processes, several at once; `close` ends these.

    Rows of subjects that are unread are read where they are answered. `here` answers what needs no process.
    """

    def __init__(self, here: Matching, processes: Processes) -> None:
        self._here, self._processes = here, processes

    def expect(self, several: bool) -> None:
        """Has the processes begin where several pieces are to come, and ends those that have where they are not."""
        if several:
            self._processes.begin()
        else:
            self._processes.close()

    @property
    def knowledge(self) -> KnowledgeBase:
        """The graph."""
        return self._here.knowledge

    @property
    def rules(self) -> RuleSet:
        """The rules."""
        return self._here.rules

    @property
    def _made_of(self) -> tuple[str, str]:
        return self.knowledge.digest, self.rules.digest

    def stream(self, pieces: Iterable[Piece]) -> Generator[Tables, None, None]:
        """The tables of each piece, in their order; UnusableInput where a process was ended from outside."""

        def here(given: Iterable[Handed]) -> Iterator[Tables]:
            return self._here.stream(map(Handed.whole, given))

        yield from self._each(map(Handed, pieces), _stream, here)

    def save(
        self, pieces: Iterable[tuple[Piece, Path]], out: Path, watch: Watch = unwatched
    ) -> Generator[Saved | Tables, None, None]:
        """As `stream`, with the tables of each piece written by the process that answers it: see `work.Saver`."""

        def here(given: Iterable[tuple[Handed, Path]]) -> Iterator[Saved | Tables]:
            read = ((piece.whole(), path) for piece, path in given)
            if isinstance(self._here, Saver):
                return self._here.save(read, out, watch)
            return self._here.stream(piece for piece, _ in read)

        yield from self._each(((Handed(piece), path) for piece, path in pieces), partial(_save, out), here, watch)

    def _each(
        self,
        given: Iterable[Given],
        asked: Asked[Given, Made],
        here: Callable[[Iterable[Given]], Iterator[Made]],
        watch: Watch = unwatched,
    ) -> Generator[Made, None, None]:
        """What is made of each piece that is given, in their order: `asked` in a process, or `here`."""
        waiting = iter(given)
        if not self._processes.have_begun:
            first = list(islice(waiting, 2))
            waiting = chain(first, waiting)
            if len(first) < 2 or self._processes.count < 2:
                yield from here(waiting)
                return
            self._processes.begin()
        try:
            yield from self._processes.each(asked, self._made_of, waiting, watch)
        except Ended as error:
            self._processes.close()
            remedy = "give the same command again to go on, with fewer --workers where memory is short (1 GB for each)"
            raise UnusableInput("the cohort", "a process that answered patients was ended", remedy) from error
        except BaseException:
            self._processes.close()  # nobody writes into a folder that goes
            raise

    def close(self) -> None:
        """Ends the processes and frees the memory."""
        self._processes.close()
        self._here.close()


def _stream(matching: Matching, given: Iterator[Handed], _watch: Watch) -> Iterator[Tables]:
    return matching.stream(piece.whole() for piece in given)


def _save(
    out: Path, matching: Matching, given: Iterator[tuple[Handed, Path]], watch: Watch
) -> Iterator[Saved | Tables]:
    return matching.save(((piece.whole(), path) for piece, path in given), out, watch)
