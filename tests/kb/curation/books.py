"""Books of curation for tests: items, people, and histories as separate sites could have them."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from hypothesis import strategies as st

from kb.curation.acts import ACCEPTED, FORM, REINSTATED, REJECTED, RETRACTED, SUBMITTED, Act, Book, Person, book
from kb.curation.item import Item
from tests.curated import CARBERRY, SECOND, made

THIRD = Person("Third Reader", "0000-0001-5109-3700")
PEOPLE = (CARBERRY, SECOND, THIRD)

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    [
        "",
        '"',
        "\\",
        "a\nb",
        "\x00\x07\x85",
        "\u202eneiuqs",
        "# not a remark",
        "x } <g> { <a:b> <a:c> <a:d> .",
        "<<<<<<< HEAD",
    ]
)
REASONS = TEXTS.filter(lambda text: bool(text.strip()))


@cache
def item(regimen: str = "afatinib", level: str = "B", said: str = "the curator") -> Item:
    """EGFR L858R in lung adenocarcinoma responds to a regimen, by one trial."""
    return made(regimen=regimen, level=level, level_source=said)


def at(minutes: int) -> str:
    return (datetime(2026, 3, 1) + timedelta(minutes=minutes)).strftime(FORM)


def submitted(of: Item, by: Person, minute: int, reason: str | None = None, other: str | None = None) -> Act:
    return Act(of.id, SUBMITTED, by, at(minute), reason, of.digest, "options", other)


def decided(id: str, kind: str, by: Person, minute: int, reason: str | None = None) -> Act:
    return Act(id, kind, by, at(minute), reason)


@st.composite
def histories(draw: st.DrawFn, of: Item) -> tuple[Act, ...]:
    """A submission and what others did then, in any order that separate books could make."""
    first, second = draw(st.permutations(PEOPLE))[:2]
    minutes = sorted(draw(st.lists(st.integers(0, 500_000), min_size=5, max_size=5, unique=True)))
    acts = [
        Act(of.id, SUBMITTED, first, at(minutes[0]), draw(st.none() | TEXTS), of.digest, draw(st.none() | TEXTS)),
        decided(of.id, ACCEPTED, second, minutes[1], draw(st.none() | TEXTS)),
        decided(of.id, REJECTED, draw(st.sampled_from(PEOPLE)), minutes[2], draw(REASONS)),
        decided(of.id, RETRACTED, first, minutes[3], draw(REASONS)),
        decided(of.id, REINSTATED, second, minutes[4], draw(REASONS)),
    ]
    kept = [each for each in acts[1:4] if draw(st.booleans())]
    reinstated = [acts[4]] if acts[3] in kept and draw(st.booleans()) else []
    return (acts[0], *kept, *reinstated)


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Items of several texts with a history each, and items of the graph that were retracted."""
    items = [item(each) for each in draw(st.sets(st.sampled_from(["afatinib", "erlotinib", "gefitinib"])))]
    items += [item(said=draw(REASONS)) for _ in range(draw(st.integers(0, 1)))]
    acts = [act for each in items for act in draw(histories(each))]
    for id in sorted(draw(st.sets(st.sampled_from(["EID12", "MOA:7", "SITE:a b/c"])))):
        acts.append(decided(id, RETRACTED, draw(st.sampled_from(PEOPLE)), draw(st.integers(0, 9)), draw(REASONS)))
    return book(items, acts)
