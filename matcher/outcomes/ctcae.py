"""Terms of the Common Terminology Criteria for Adverse Events, versions 4.03 and 5.0, with their system organ classes.

The table beside this module holds names and classes alone. A term that is not in it is told and counted as written:
nothing is dropped, and no term is put in the place of another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from kb.alteration import Place
from matcher.events import AdverseEvent, Events
from matcher.notes import Note, Severity, UnusableInput

TABLE = Path(__file__).with_name("ctcae_terms.tsv")

VERSIONS = ("4.03", "5.0")
"""The versions whose terms are known: of June 14, 2010, and of November 27, 2017."""

UNCLASSIFIED = "not a CTCAE term"
"""The class under which a term that no table has is counted."""

HINTS = 3
"""So many near terms are named for an unknown one."""

LIKE, SHARED = 0.7, 0.3
"""How alike the spelling is of a likely term, and which part of the words a possible one shares."""


class Term(NamedTuple):
    """A term: its name as the criteria write it, its system organ class, and other names that serve as hints.

    `highest` is the highest grade that the version defines for it, None where that is not known.
    """

    name: str
    soc: str
    called: tuple[str, ...] = ()
    highest: int | None = None


Terms = Mapping[str, Term]
"""Terms of one version by the key of their names."""


def key_of(text: str) -> str:
    """What names of one term have in common: letter case, hyphens, spaces and British spelling make no difference.

    >>> key_of("Diarrhoea") == key_of("diarrhea"), key_of("Rash maculopapular") == key_of("Rash maculo-papular")
    (True, True)
    """
    low = re.sub(r"[\s,;–-]+", "", text.lower())
    for british, american in (("ae", "e"), ("oe", "e"), ("our", "or")):
        low = low.replace(british, american)
    return low


def terms(version: str, more: Terms | None = None) -> Terms:
    """The terms of a version; a site's own words (`more`) go before. KeyError for a version that is not known.

    A word of the site without a class of its own stands for the term that it names, where the version has this one.
    """
    found = _tables()[version]
    if not more:
        return found
    own = {key: word if word.soc else found.get(key_of(word.name)) for key, word in more.items()}
    return {**found, **{key: term for key, term in own.items() if term is not None}}


def find(term: str, version: str, more: Terms | None = None) -> Term | None:
    """The term of a version that a text names; None for none.

    >>> find("diarrhoea", "5.0").soc
    'Gastrointestinal disorders'
    >>> find("Spleen disorder", "4.03").name, find("Spleen disorder", "5.0")
    ('Spleen disorder', None)
    """
    key = key_of(term)
    known = terms(version, more)
    if key not in known and "other" in key:
        return next((each for name, each in known.items() if _is_other(name, key)), None)
    return known.get(key)


def _is_other(name: str, key: str) -> bool:
    """Whether a text is a class's `Other, specify`, with or without what was specified."""
    return name.endswith("otherspecify") and key.startswith(name.removesuffix("specify"))


@cache
def _tables() -> Mapping[str, Terms]:
    """The terms of each version, read once."""
    found: dict[str, dict[str, Term]] = {version: {} for version in VERSIONS}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith(("#", "term\t")):
            continue
        name, older, newer, highest, called = line.split("\t")
        other_names = tuple(filter(None, called.split("|")))
        if older:
            found["4.03"][key_of(name)] = Term(name, older, other_names)
        if newer:
            found["5.0"][key_of(name)] = Term(name, newer, other_names, int(highest))
    return found


def read_terms(path: Path) -> Terms:
    """Terms that a site adds, from a table with the columns `term` and `soc`, and `counts_as` for a CTCAE term's name.

    `counts_as` lets a site say that its own word (`Pneumonia`, `腹泻`) stands for a term. UnusableInput names the line.
    """
    from matcher.readers.columns import header_and_records

    notes: list[Note] = []
    header, records = header_and_records(path, notes)
    names = [name.strip().lower() for name in header]
    if "term" not in names or not {"soc", "counts_as"} & set(names):
        raise UnusableInput(str(path), "it is no list of terms", "name the columns term and soc, or term and counts_as")
    found: dict[str, Term] = {}
    for number, fields in records:
        row = dict(zip(names, (field.strip() for field in fields), strict=False))
        if row.get("term"):
            found[key_of(row["term"])] = _added(row, Place(path.name, number))
    return found


def _added(row: Mapping[str, str], place: Place) -> Term:
    counts_as = row.get("counts_as")
    if not counts_as:
        return Term(row["term"], row.get("soc") or UNCLASSIFIED)
    if all(find(counts_as, version) is None for version in VERSIONS):
        raise UnusableInput(place, f"counts_as {counts_as!r} is no term of CTCAE", _remedy(counts_as, VERSIONS))
    return Term(counts_as, "")


def nearest(term: str, version: str) -> tuple[str, ...]:
    """The terms of a version that a text may mean, the likeliest first: by other names, common words and spelling.

    >>> nearest("Pneumonia", "5.0")[0], nearest("Diarea", "4.03")
    ('Lung infection', ('Diarrhea',))
    """
    from difflib import SequenceMatcher

    known, key, words = terms(version), key_of(term), _words(term)

    def closeness(each: tuple[str, Term]) -> float:
        if any(key == key_of(other) or key_of(other) in words for other in each[1].called):
            return 2.0
        other = _words(each[1].name)
        shared = len(words & other) / len(words | other) if words & other else 0.0
        same = SequenceMatcher(None, key, each[0], autojunk=False)
        return max(shared, same.ratio() if same.quick_ratio() > LIKE else 0.0)

    ranked = sorted(((closeness(each), each[1].name) for each in known.items()), key=lambda each: (-each[0], each[1]))
    likely = [(near, name) for near, name in ranked if near >= (LIKE if ranked[0][0] > LIKE else SHARED)]
    return tuple(name for near, name in likely[:HINTS] if near == 2.0 or ranked[0][0] < 2.0)


_VAGUE = frozenset({
    "abnormal", "decreased", "disease", "disorder", "disorders", "elevated", "increased", "other", "prolonged",
    "syndrome",
})  # fmt: skip
"""Words that do not tell terms apart."""


def _words(text: str) -> frozenset[str]:
    """The words of a text that tell terms apart."""
    return frozenset(key_of(word) for word in re.findall(r"[^\W\d_]{3,}", text.lower()) if word not in _VAGUE)


def term_notes(events: Events, protocol: str | None = None, more: Terms | None = None) -> tuple[Note, ...]:
    """Notes on a patient's adverse events: terms and grades that their version does not have, or another version's.

    `protocol` is the version that the study asks for. An event without a version is looked for in the protocol's, or
    else in both.
    """
    found: list[Note] = []
    for event in events.of(AdverseEvent):
        found.extend(_term_note(event, protocol, more))
        found.extend(_grade_note(event, protocol, more))
        if protocol is not None and event.ctcae is not None and event.ctcae != protocol:
            found.append(_version_note(event, protocol))
        if event.grade == 5 and event.serious is False:
            found.append(_note(event, f"{event.term} of grade 5 is death, and is not told to be serious", _DEATH))
    return tuple(found)


_DEATH = "correct grade or serious; it is counted as serious"


def _term_note(event: AdverseEvent, protocol: str | None, more: Terms | None) -> Iterable[Note]:
    version = event.ctcae or protocol
    asked = VERSIONS if version is None else (version,)
    if any(find(event.term, each, more) is not None for each in asked):
        return
    other = next((each for each in VERSIONS if each not in asked and find(event.term, each) is not None), None)
    which = " or ".join(asked)
    if other is not None:
        yield _note(
            event, f"{event.term!r} is a term of CTCAE {other} and not of {which}: counted as written",
            f"check the version (ctcae: {other}), or use a term of {which}",
        )  # fmt: skip
    else:
        text = f"{event.term!r} is not a term of CTCAE {which}: counted as written"
        yield _note(event, text, _remedy(event.term, asked))


def _grade_note(event: AdverseEvent, protocol: str | None, more: Terms | None) -> Iterable[Note]:
    """That the version has no such grade for the term: a fatigue of grade 4 does not exist in 5.0."""
    version = event.ctcae or protocol
    term = None if version is None else find(event.term, version, more)
    if term is not None and term.highest is not None and event.grade is not None and event.grade > term.highest:
        text = f"CTCAE {version} has no grade {event.grade} of {term.name}, {term.highest} is its highest: counted so"
        yield _note(event, text, "check the grade, or use the term that describes what was graded so high")


def _remedy(term: str, versions: Iterable[str]) -> str:
    near = list(dict.fromkeys(name for version in reversed(tuple(versions)) for name in nearest(term, version)))
    return f"nearest terms: {', '.join(near[:HINTS])}" if near else "use a term of CTCAE"


def _version_note(event: AdverseEvent, protocol: str) -> Note:
    text = f"{event.term} was graded by CTCAE {event.ctcae}, and the protocol asks for {protocol}: counted as graded"
    return _note(event, text, f"grade it by {protocol}: grades of one term may differ between versions")


def _note(event: AdverseEvent, message: str, remedy: str) -> Note:
    return Note(Severity.WARNING, event.place, message, remedy)
