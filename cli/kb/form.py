"""The form of `kb add`: it asks for one field after the other, checks each at once, and suggests what is near.

Tab completes names where the terminal can; a number takes a suggestion; an empty answer leaves a field out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from kb.curation.acts import Person
from kb.curation.adding import Candidate, lines_of
from kb.curation.entry import check_field
from kb.curation.field_table import DESIGN, FIELDS, STATEMENT, Field
from kb.curation.fields import BadField, written
from kb.curation.vocabulary import Vocabulary
from kb.errors import CurationProblem
from kb.outcomes import is_orcid
from kb.statements import Row


class Left(Exception):
    """The curator left the form (Ctrl-C, Ctrl-D, or no at its end)."""


class Filled(NamedTuple):
    """A form that was filled in and confirmed: the items, and who submits them."""

    found: tuple[Candidate, ...]
    person: Person


class Form:
    """One form: what it knows to suggest, and how the items of its answers are judged."""

    def __init__(self, words: Vocabulary, judged: Callable[[Row], tuple[Candidate, ...]]) -> None:
        self._words, self._judged = words, judged
        self._completion = Completion()

    def filled(self, given: Row, curator: str | None, orcid: str | None) -> Filled:
        """The items that were confirmed; Left when the curator left."""
        row = Row(given)
        try:
            with completing() as self._completion:
                by = _person(curator, orcid)
                print("What the evidence says. Tab completes; an empty answer leaves out what is not needed.")
                self._ask_biomarker(row)
                for field in STATEMENT[3:]:
                    self._ask(field, row)
                if _confirmed("Tell of the study's design?"):
                    for field in DESIGN:
                        self._ask(field, row)
                self._ask(FIELDS["because"], row)
                return Filled(self._agreed(row), by)
        except (EOFError, KeyboardInterrupt) as left:
            print()
            raise Left from left

    def _ask_biomarker(self, row: Row) -> None:
        """The gene and what is found in it; where no gene is given, the whole profile."""
        if row["profile"]:
            self._ask(FIELDS["profile"], row)
            return
        self._ask(FIELDS["gene"], row)
        self._ask(FIELDS["alteration" if row["gene"] else "profile"], row)

    def _agreed(self, row: Row) -> tuple[Candidate, ...]:
        """The items of the answers, once they pass and the curator says yes; until then fields are changed."""
        while True:
            found = self._shown(row)
            ready = bool(found) and all(each.left is None and each.passes for each in found)
            if ready and _confirmed("Submit?"):
                return found
            name = _field_to_change()
            row.pop(name, None)
            self._ask(FIELDS[name], row)

    def _shown(self, row: Row) -> tuple[Candidate, ...]:
        from matcher.report.hidden import visible_lines

        try:
            found = self._judged(row)
        except CurationProblem as error:
            print(f"{error.place} {error.problem}")
            return ()
        for each in found:
            print(visible_lines([*lines_of(each)]), end="")
        return found

    # One field

    def _ask(self, field: Field, row: Row) -> None:
        """Ask until the answer can be taken; one that was given already is checked first."""
        self._completion.words = self._choices(field)
        asked = not row[field.name]
        problem = None if asked else self._problem(field, row)
        if asked or problem is not None:
            print(_question(field))
        while asked or problem is not None:
            if problem is not None:
                _tell(problem)
            row[field.name] = _taken(_answer("> "), row, field, problem)
            asked, problem = False, self._problem(field, row)

    def _problem(self, field: Field, row: Row) -> BadField | None:
        if field.name == "profile" and not row["profile"] and not row["gene"]:
            return BadField("profile", "no gene was given: say what is found, as a profile")
        try:
            check_field(field.name, row, self._words)
        except BadField as error:
            return error if error.field == field.name else None
        return None

    def _choices(self, field: Field) -> tuple[str, ...]:
        """What Tab completes a field with."""
        if field.choices:
            return field.choices
        if field.name == "gene":
            return tuple(sorted(self._words.gene_names()))
        if field.name in ("therapy", "new_therapy"):
            return tuple(sorted(self._words.therapy_names()))
        return tuple(sorted(self._words.tumor_names())) if field.name == "tumor_type" else ()


# Answers


def _person(curator: str | None, orcid: str | None) -> Person:
    """Who fills in the form; an ORCID iD is asked for until its check digit fits."""
    name = curator or ""
    while not name:
        name = _answer("Your name: ")
    id = orcid or ""
    while not is_orcid(id):
        if id:
            print(f"  {id!r} is no ORCID iD: its check digit does not fit")
        id = _answer("Your ORCID iD (0000-0000-0000-0000): ").removeprefix("https://orcid.org/")
    return Person(name, id)


def _question(field: Field) -> str:
    mark = "" if field.needed or field.name in ("gene", "alteration", "profile") else " (may be empty)"
    if not field.choices:
        return f"{field.name}: {field.help}{mark}"
    numbered = field.choices if _is_numeric(field) else [f"{n} {each}" for n, each in enumerate(field.choices, start=1)]
    return f"{field.name}: {field.help}{mark}\n  {', '.join(numbered)}"


def _is_numeric(field: Field) -> bool:
    """Whether some of a field's choices are numbers, so that a number cannot stand for the place of a choice."""
    return any(each.isdigit() for each in field.choices)


def _tell(problem: BadField) -> None:
    print(f"  {problem.problem}")
    for number, each in enumerate(problem.nearest, start=1):
        print(f"    {number} {each}")
    if problem.field == "therapy" and problem.word:
        print(f"    new {problem.word} is a drug that the graph does not have")


def _taken(answer: str, row: Row, field: Field, problem: BadField | None) -> str:
    """The value that an answer means: a number takes a suggestion or a choice, a beginning the one choice it fits."""
    if field.choices:
        return "; ".join(_choice(each.strip(), field) for each in answer.split(";") if each.strip())
    if problem is None or not problem.word:
        return answer
    if answer == "new" and field.name == "therapy":
        row["new_therapy"] = "; ".join(filter(None, (row["new_therapy"], problem.word)))
        return row[field.name]
    if answer.isdigit() and 1 <= int(answer) <= len(problem.nearest):
        return row[field.name].replace(problem.word, written(problem.nearest[int(answer) - 1]))
    return answer


def _choice(answer: str, field: Field) -> str:
    if answer.isdigit() and not _is_numeric(field) and 1 <= int(answer) <= len(field.choices):
        return field.choices[int(answer) - 1]
    if answer in field.choices:
        return answer
    begun = [each for each in field.choices if each.casefold().startswith(answer.casefold())]
    return begun[0] if len(begun) == 1 else answer


def _field_to_change() -> str:
    """The name of a field; Left when none is named."""
    name = _answer("Change which field (empty: leave the form)? ")
    while name not in FIELDS:
        if not name:
            raise Left
        print(f"  the fields are {', '.join(FIELDS)}")
        name = _answer("Change which field (empty: leave the form)? ")
    return name


def _confirmed(question: str) -> bool:
    return _answer(f"{question} [y/N] ").casefold() in ("y", "yes")


def _answer(prompt: str) -> str:
    return input(prompt).strip()


# Completion


class Completion:
    """What Tab completes at the moment."""

    def __init__(self) -> None:
        self.words: tuple[str, ...] = ()

    def __call__(self, text: str, state: int) -> str | None:
        """The `state`-th word that begins with the text, whatever the case; None where there are no more."""
        found = [each for each in self.words if each.casefold().startswith(text.casefold())] if text else ()
        return found[state] if state < len(found) else None


@contextmanager
def completing() -> Iterator[Completion]:
    """Completion on Tab while the form asks, where this Python has readline."""
    completion = Completion()
    try:
        import readline
    except ImportError:
        yield completion
        return
    before, ends = readline.get_completer(), readline.get_completer_delims()
    readline.set_completer(completion)
    readline.set_completer_delims("+;")
    readline.parse_and_bind("tab: complete")
    readline.set_auto_history(False)
    try:
        yield completion
    finally:
        readline.set_completer(before)
        readline.set_completer_delims(ends)
