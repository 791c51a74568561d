"""What an item says of others, and whether its names say what it is: facts for the gate.

An item states one evidence item with what it needs. It must not change what the graph says of anything else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from kb import profile as profiles
from kb import terms as t
from kb.content import kind_of, plain
from kb.curation.item import Item
from kb.curation.world import Fact, World, plain_value, value_of
from kb.rdf import iri, text
from kb.validate import short

_OWN_NODES = ("evidence", "design")
_BROUGHT = frozenset({"regimen", "profile", "biomarker", "therapy", "membership", "source", None})
"""Kinds of nodes that an item can bring with it; None for a source that is named by its address."""


def own_facts(world: World) -> Iterator[Fact]:
    """What the item says that it cannot say, and names that are not those of what they name."""
    yield from _of_others(world)
    yield from _properties(world.item)
    yield from _names(world.item)


# Statements about others


def _of_others(world: World) -> Iterator[Fact]:
    """Statements about what is not the item's, and those that would change what the graph says."""
    item, allowed = world.item, _own_nodes(world.item)
    own = {t.item(kind, item.id) for kind in _OWN_NODES}
    by_node: dict[str, set[tuple[str, str]]] = {}
    for subject, predicate, value in item.statements:
        by_node.setdefault(plain(subject), set()).add((plain(predicate), value_of(value)))
    for node, said in sorted(by_node.items()):
        if node in own:
            continue
        before = world.said(node)
        change = sorted(said - before)
        if before and change:
            yield _of_another(node, change, "the graph has without it", before)
        elif not before and node not in allowed:
            yield _of_another(node, change, "it has nothing to do with", before)
        elif not before and not _can_be_brought(node, said):
            yield _of_another(node, change, "an item of evidence cannot bring", before)
    yield from _designs_of_others(item)


def _can_be_brought(node: str, said: Collection[tuple[str, str]]) -> bool:
    kind = kind_of(node)
    types = {value for predicate, value in said if predicate == t.TYPE}
    return kind in _BROUGHT and (kind not in ("source", None) or types <= {t.DOCUMENT})


def _designs_of_others(item: Item) -> Iterator[Fact]:
    for other in item.told("design").get(t.DESIGN_OF, ()):
        if other != item.iri:
            about = {"node": short(other), "why": "is not its own", "said": "that its study is the item's"}
            yield Fact("saysOfAnother", iri(other), {**about, "remedy": "let the design be of the item itself"})


def _own_nodes(item: Item) -> set[str]:
    """What an item can bring: whatever its evidence and design lead to, and the classes that are read from names."""
    values: dict[str, set[str]] = {}
    for subject, _, value in item.statements:
        if value.startswith("<"):
            values.setdefault(plain(subject), set()).add(plain(value))
    waiting = [t.item(kind, item.id) for kind in _OWN_NODES]
    found: set[str] = set()
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += sorted(values.get(node, ()))
    members = {plain(s): plain(o) for s, p, o in item.statements if plain(p) == t.MEMBER}
    return found | {node for node, member in members.items() if member in found and member in values}


def _of_another(node: str, change: list[tuple[str, str]], why: str, before: frozenset[tuple[str, str]]) -> Fact:
    predicate, value = change[0]
    more = f" and {len(change) - 1} more" if len(change) > 1 else ""
    known = sorted(plain_value(each) for name, each in before if name == predicate)
    remedy = f"write {short(predicate)} {known[0]!r}, as the graph has it" if known else "leave these statements out"
    about = {
        "node": short(node),
        "why": f"the graph has as {short(predicate)} {', '.join(known)}" if known else why,
        "said": f"{short(predicate)} {plain_value(value)}{more}",
        "remedy": remedy,
    }
    return Fact("saysOfAnother", iri(node), about)


def _properties(item: Item) -> Iterator[Fact]:
    known = {value for name, value in vars(t).items() if name.isupper() and isinstance(value, str) and "://" in value}
    names = {short(each): each for each in known}
    for node, predicate in sorted({(plain(s), plain(p)) for s, p, _ in item.statements}):
        if predicate not in known:
            near = get_close_matches(short(predicate), names, n=2)
            ending = f"; the nearest are {', '.join(near)}" if near else ""
            about = {"node": short(node), "name": short(predicate), "near": ending}
            yield Fact("unknownProperty", iri(node), about)


# Names that say what a thing is


def _names(item: Item) -> Iterator[Fact]:
    values: dict[tuple[str, str], set[str]] = {}
    for subject, predicate, value in item.statements:
        values.setdefault((plain(subject), plain(predicate)), set()).add(plain(value))
    regimen, profile = t.item("regimen", item.regimen), t.item("profile", item.profile)
    drugs = "+".join(sorted(t.item_id(each) for each in values.get((regimen, t.INCLUDES), ())))
    if drugs and drugs != item.regimen:
        yield Fact("misnamed", iri(regimen), {"what": "regimen", "name": item.regimen, "content": drugs})
    for expression in sorted(values.get((profile, t.EXPRESSION), ())):
        if expression != item.profile:
            yield Fact("misnamed", iri(profile), {"what": "profile", "name": item.profile, "content": expression})
    yield from _mentions(item, profile, values.get((profile, t.MENTIONS), set()))
    yield from _combination(item)


def _mentions(item: Item, profile: str, mentioned: set[str]) -> Iterator[Fact]:
    """A profile that does not mention each biomarker of its expression would never be asked for."""
    try:
        named = set(profiles.mentions(profiles.parse(item.profile))) if item.profile else set()
    except profiles.UnreadableProfile as error:
        yield Fact(
            "misnamed", iri(profile), {"what": "profile", "name": item.profile, "content": f"no profile: {error}"}
        )
        return
    missing = sorted(named - {t.item_id(each) for each in mentioned})
    if mentioned and missing:
        content = f"said to mention {', '.join(sorted(map(t.item_id, mentioned)))}, without {', '.join(missing)}"
        yield Fact("misnamed", iri(profile), {"what": "profile", "name": item.profile, "content": content})


def _combination(item: Item) -> Iterator[Fact]:
    said, drugs = item.one(t.COMBINATION), len(item.regimen.split("+"))
    if item.regimen and said in ("single", "combination", "sequential") and (said == "single") != (drugs == 1):
        count = "one drug" if drugs == 1 else f"{drugs} drugs"
        about = {"regimen": item.regimen.replace("+", " + "), "drugs": count, "combination": said or ""}
        yield Fact("miscounted", text(said or ""), about)
