"""Adding curated items: which of a curator's statements are new, what the gate says of them, and their submission."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple

from kb import terms as t
from kb.curation.acts import ACCEPTED, REINSTATED, SUBMITTED, Book, Person
from kb.curation.entry import Entry, slips
from kb.curation.gate import Finding, gate, passes
from kb.curation.item import Item
from kb.curation.journal import Draft, Journal, submission
from kb.curation.journal import Entry as Recorded
from kb.curation.reading import sources
from kb.curation.vocabulary import Vocabulary
from kb.errors import CurationProblem

AGAIN = "say why it is submitted again with --because"


class Candidate(NamedTuple):
    """A statement on its way in: where it stood, its item, and what there is to say of it.

    `left` says why it is left out, if it is: it is in the journal already, or twice in what was given. `slips` are
    what speaks for a slip of the pen; `findings` are the gate's.
    """

    place: str
    item: Item
    supersedes: str | None
    reason: str | None
    slips: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    left: str | None = None

    @property
    def passes(self) -> bool:
        """Whether the gate lets it in."""
        return passes(self.findings)

    def draft(self, person: Person, method: str) -> Draft:
        """Its submission, to be recorded."""
        return submission(self.item, person, method, supersedes=self.supersedes, reason=self.reason)


def candidates(
    entries: Iterable[Entry], words: Vocabulary, known: Book, retracted: Collection[str] = ()
) -> tuple[Candidate, ...]:
    """The items of entries, each with what the gate says of it beside the graph and the journal.

    The graph is that of `words`, without curated items: an item must stand by itself when others are taken back.
    """
    found: list[Candidate] = []
    seen: dict[str, str] = {}
    for entry in entries:
        for row, item in zip(entry.evidence, entry.items(words), strict=True):
            candidate = Candidate(entry.place, item, entry.supersedes, entry.reason, slips(row, words))
            left = _left(candidate, known, seen)
            seen.setdefault(item.id, entry.place)
            if left is not None:
                found.append(candidate._replace(left=left))
                continue
            findings = gate(item, words.knowledge, known, retracted, entry.supersedes)
            found.append(candidate._replace(findings=findings))
    return tuple(found)


def _left(candidate: Candidate, known: Book, seen: dict[str, str]) -> str | None:
    """Why a candidate is left out; None where it is new, or is submitted again for a reason."""
    id = candidate.item.id
    if id in seen:
        return f"says the same as {seen[id]}" if seen[id] else "is given twice"
    status = known.status(id)
    if status is None:
        return None
    if status not in (ACCEPTED, SUBMITTED, REINSTATED) and candidate.reason:
        return None
    last = known.history(id)[-1]
    why = f": {last.reason}" if last.reason else ""
    told = f"is in the journal already, {status} by {last.person.name} on {last.day}{why}"
    return told if status in (ACCEPTED, SUBMITTED, REINSTATED) else f"{told}; {AGAIN}"


def refused(found: Iterable[Candidate]) -> CurationProblem | None:
    """The error that tells what the gate refuses and what of it is to be mended; None where all pass."""
    wrong = [each for each in found if not each.passes]
    if not wrong:
        return None
    lines = [line for each in wrong for line in (f"{_at(each)}{each.item.label}", *_told(each))]
    shown = "\n  ".join(["does not pass the gate:", *lines])
    return CurationProblem("the evidence", shown, "nothing was recorded")


def _at(candidate: Candidate) -> str:
    return f"{candidate.place}: " if candidate.place else ""


def _told(candidate: Candidate) -> list[str]:
    return [f"  {finding}" for finding in candidate.findings]


def add(
    journal: Journal,
    found: Iterable[Candidate],
    person: Person,
    method: str,
    sign: Callable[[Draft], str] | None = None,
) -> tuple[Recorded, ...]:
    """Submit all candidates that are not left out, or none of them; CurationProblem where the gate refuses one.

    `sign` gives the signed form of a submission.
    """
    kept = tuple(each for each in found if each.left is None)
    problem = refused(kept)
    if problem is not None:
        raise problem
    drafts = [each.draft(person, method) for each in kept]
    if sign is not None:
        drafts = [draft._replace(signed=sign(draft)) for draft in drafts]
    return journal.record(*drafts) if drafts else ()


# What is said of a candidate


def lines_of(candidate: Candidate) -> tuple[str, ...]:
    """What became of a candidate, for a terminal."""
    item = candidate.item
    place = f" ({candidate.place})" if candidate.place else ""
    head = f"{item.id}{place}: {item.label}"
    if candidate.left is not None:
        return head, f"  left out: {candidate.left}"
    told = [f"  level {item.one(t.LEVEL)}; {'; '.join(sources(item))}"]
    told += [f"  is to supersede {candidate.supersedes}"] if candidate.supersedes else []
    told += [f"  look again: {each}" for each in candidate.slips]
    told += [f"  {each}" for each in candidate.findings]
    return head, *told


def as_json(candidate: Candidate) -> dict[str, Any]:
    """A candidate for machines."""
    item = candidate.item
    return {
        "id": item.id,
        "digest": item.digest,
        "place": candidate.place or None,
        "label": item.label,
        "profile": item.profile,
        "regimen": item.regimen.split("+"),
        "tumor_types": list(item.tumor_types),
        "direction": item.one(t.DIRECTION),
        "significance": item.one(t.SIGNIFICANCE),
        "level": item.one(t.LEVEL),
        "sources": list(sources(item)),
        "supersedes": candidate.supersedes,
        "left": candidate.left,
        "slips": list(candidate.slips),
        "findings": [each.as_json() for each in candidate.findings],
    }
