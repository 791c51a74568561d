"""The proof as a graph: each statement once, lines from a conclusion to what it rests on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from matcher.explain import ASKED, Step
from matcher.levels import GRADES, NAMES
from matcher.phrases import say
from matcher.recommend import VERDICTS
from matcher.report.boxes import Boxes
from rules.facts import Absence, Fact

MARK, CONCLUDED, PATIENT, GRAPH = "mark", "concluded", "patient", "graph"
ABSENCE, FILE, SOURCE = "absence", "file", "source"
KINDS = (*VERDICTS, MARK, CONCLUDED, PATIENT, GRAPH, ABSENCE, FILE, SOURCE)
"""What a box stands for: a criterion with its verdict, a mark of the recommendation (such as authorized elsewhere), a
conclusion, a given statement or its absence, an origin."""

DECIDES = ("biomarker", "tumor-type", "approval", "line", "prior-therapy", "evidence", "trial-status")
"""Criteria that keep a box of their own when they pass; the others that pass are told together."""

TOGETHER = 2
"""From so many alike criteria on, they share a box."""

MOST = 4
"""At most so many statements are shown below one box of the readable picture."""

BEHIND_LEVELS = frozenset({"evidence", "study", "amp_asserted", "guideline_of"})
"""Predicates of the statements that levels of evidence stand on."""

BOILERPLATE = frozenset({"option", "core_of", "regimen_drug", "use_of", "requirement", "accepts", "therapy"})
"""Predicates of statements that only lead from one step to the next."""


class Origin(NamedTuple):
    """A source of the graph with its address, or a place in the patient's files, which has none."""

    text: str
    url: str | None = None
    of_patient: bool = False


class Box(NamedTuple):
    """What one box shows: its text, what stands small below (rule), where it comes from, and badges."""

    kind: str
    text: str
    small: str = ""
    title: str = ""
    origins: tuple[Origin, ...] = ()
    badges: tuple[str, ...] = ()


Graph = Boxes[Box]


def steps(top: Step) -> Iterator[Step]:
    """Every step of an explanation, from the top, each before its parts."""
    waiting = [top]
    while waiting:
        step = waiting.pop()
        yield step
        waiting.extend(reversed(step.parts))


def key_of(step: Step) -> str:
    """What tells a step from others: its statement, else its text."""
    return repr(step.statement) if step.statement is not None else f"={step.text}"


def kind_of(step: Step) -> str:
    """What a step's box stands for."""
    if step.verdict in VERDICTS:
        return step.verdict
    if isinstance(step.statement, Absence):
        return ABSENCE
    if step.rule is not None:
        return CONCLUDED
    if step.places and not step.sources:
        return PATIENT
    return GRAPH if step.sources or step.iri or step.statement is not None else CONCLUDED


def box_of(step: Step) -> Box:
    """The box of one step."""
    places = tuple(Origin(place, of_patient=True) for place in step.places)
    sources = tuple(Origin(source.label, source.url) for source in step.sources)
    small = "" if step.rule is None else step.rule + (f" [{step.origin}]" if step.origin else "")
    told = (step.text, *(text for text in (step.named() if step.rule else "", *step.cites) if text))
    return Box(kind_of(step), step.text, small, "\n".join(told), (*places, *sources))


def whole(top: Step) -> Graph:
    """Every statement of the explanation, then the files and sources; lines that another way repeats are left out."""
    graph = Graph()
    parts: dict[str, dict[str, None]] = {}
    for step in steps(top):
        key = key_of(step)
        if key not in graph or (step.verdict and graph.boxes[key].kind not in VERDICTS):
            graph.put(key, box_of(step))
        parts.setdefault(key, {}).update(dict.fromkeys(key_of(part) for part in step.parts))
    graph.join_all(_downward(key_of(top), parts))
    graph = graph.reduced()
    for key in list(graph):
        _with_origins(graph, key)
    return graph


def _downward(top: str, parts: dict[str, dict[str, None]]) -> Iterator[tuple[str, str]]:
    """The lines from the top down, without those that lead back to where they come from."""
    done: set[str] = set()
    open_: set[str] = {top}
    path = [(top, iter(parts[top]))]
    while path:
        key, rest = path[-1]
        part = next(rest, None)
        if part is None:
            path.pop()
            open_.discard(key)
            done.add(key)
        elif part not in open_:
            yield key, part
            if part not in done:
                open_.add(part)
                path.append((part, iter(parts[part])))


def _with_origins(graph: Graph, key: str) -> None:
    """Below a statement, a box for each of its files and sources."""
    box = graph.boxes[key]
    for origin in box.origins:
        name = f"{FILE if origin.of_patient else SOURCE}={origin.text}={origin.url}"
        if name not in graph:
            shown = Box(FILE if origin.of_patient else SOURCE, "", title=origin.url or origin.text, origins=(origin,))
            graph.put(name, shown)
        graph.join(key, name)
    graph.put(key, box._replace(origins=()))


def readable(top: Step, lang: str = "en") -> Graph:
    """What a board reads at once: the recommendation, the criteria that decide, their statements and levels.

    Each statement names its files, rows and sources. Criteria that are alike share a box; steps between a criterion and
    what was given are left out. An explanation without criteria or levels is shown whole.
    """
    criteria = _criteria(top)
    levels = _levels(top)
    marks = [(key_of(step), box_of(step)._replace(kind=MARK), ()) for step in _marks(top)]
    if not criteria and not levels:
        return whole(top)
    graph = Graph()
    root = key_of(top)
    graph.put(root, box_of(top))
    shown: list[Shown] = [*marks, *_boxes(criteria, _told_together(top), lang), *_level_box(levels, lang)]
    for key, box, _ in shown:
        graph.put(key, box)
        graph.join(root, key)
    concluded = frozenset(graph)
    _add_given(graph, root, _direct(top), concluded, lang)
    for key, _, below in shown:
        _add_given(graph, key, below, concluded, lang)
    return graph


def _direct(top: Step) -> list[Step]:
    """What the graph states and the recommendation itself rests on: its indication, evidence or trial."""
    return [part for part in top.parts if kind_of(part) == GRAPH and part.statement is not None]


def _criteria(top: Step) -> list[Step]:
    """The steps with a verdict that are about this option, each once; a line over several alike is not one of them.

    A top without a statement, as that of an option that is not recommended, holds the criteria of one option only.
    """
    option = top.statement.get("option") if isinstance(top.statement, Fact) else None
    found: dict[str, Step] = {}
    for step in steps(top):
        of = step.statement.get("option") if isinstance(step.statement, Fact) else option
        about_it = top.statement is None or of == option
        told_together = step.statement is None and any(part.verdict for part in step.parts)
        if step.verdict in VERDICTS and about_it and not told_together and key_of(step) != key_of(top):
            found.setdefault(key_of(step), step)
    return list(found.values())


def _marks(top: Step) -> list[Step]:
    """The marks of the recommendation, each once, without those that only repeat what criteria ask for."""
    found = (
        step
        for step in steps(top)
        if isinstance(step.statement, Fact)
        and step.statement.predicate == "flag"
        and step.statement.get("mark") not in ASKED
        and key_of(step) != key_of(top)
    )
    return list({key_of(step): step for step in found}.values())


def _levels(top: Step) -> list[Step]:
    """The proofs of the option's grades, one for each framework, as a board names the frameworks."""
    found: dict[str, Step] = {}
    for step in steps(top):
        if isinstance(step.statement, Fact) and step.statement.predicate in {"level", "use_level"}:
            framework = str(step.statement.get("framework"))
            if framework in NAMES and step.text.startswith(NAMES[framework]):
                found.setdefault(framework, step)
    return [found[framework] for framework in GRADES if framework in found]


Shown = tuple[str, Box, tuple[Step, ...]]
"""A box with its name and the steps that it stands for."""


def _told_together(top: Step) -> dict[frozenset[str], str]:
    """What the explanation itself says of several criteria in one line, by these criteria."""
    return {
        frozenset(key_of(part) for part in step.parts): step.text
        for step in steps(top)
        if step.statement is None and step.verdict
    }


def _boxes(criteria: Iterable[Step], told: Mapping[frozenset[str], str], lang: str) -> Iterator[Shown]:
    """Criteria that decide have a box each, those that fail first; those that are alike share one."""
    alike: dict[tuple[str, str], list[Step]] = {}
    for step in criteria:
        alike.setdefault(_group(step), []).append(step)
    later = ("undetermined", "warn")
    order = sorted(alike, key=lambda group: (group[0] != "fail", group[1] == "also", *(group[0] == x for x in later)))
    for group in order:
        members = alike[group]
        if len(members) < (TOGETHER if group[1] == "also" else TOGETHER + 1):
            yield from ((key_of(step), box_of(step), (step,)) for step in members)
            continue
        kind, name = group
        title = "\n".join(f"{step.text} ({step.named()})" if step.origin else step.text for step in members)
        yield f"{kind}+{name}", Box(kind, _together(members, name, told, lang), "", title), tuple(members)


def _together(members: list[Step], name: str, told: Mapping[frozenset[str], str], lang: str) -> str:
    """What several criteria say at once: the words that all share with those that differ, or what each is about."""
    known = told.get(frozenset(map(key_of, members)))
    if known and name == "rule out":
        return known
    said = [headed(step.text) for step in members]
    if name in {"also", "rule out"}:
        head = say("picture", name, lang, count=len(members))
    else:
        head = say("picture", "alike", lang, name=said[0][0] or name, count=len(members))
        shared = _shared([text for _, text in said], lang)
        if shared:
            return f"{head} {shared}"
        if known:
            return known
    return f"{head} {_listed(dict.fromkeys(_subject(step, name) for step in members), lang)}"


def _shared(texts: list[str], lang: str) -> str:
    """Texts that mostly say the same as one: `A is high`, `B is high` as `A, B is high`; nothing where they do not."""
    words = [text.split() for text in texts]
    least = min(map(len, words))
    first = next((n for n in range(least) if len({each[n] for each in words}) > 1), least)
    last = next((n for n in range(least - first) if len({each[-1 - n] for each in words}) > 1), least - first)
    if (first + last) * 2 < least:
        return ""
    differ = dict.fromkeys(" ".join(each[first : len(each) - last]) for each in words)
    return " ".join(filter(None, (*words[0][:first], _listed(differ, lang), *words[0][len(words[0]) - last :])))


RULED_OUT = frozenset({"contraindication", "organ-function", "co-medication"})


def _group(step: Step) -> tuple[str, str]:
    criterion = _criterion(step)
    if step.verdict == "pass" and criterion not in DECIDES:
        return "pass", "also"
    if step.verdict == "undetermined" and criterion in RULED_OUT:
        return "undetermined", "rule out"
    return str(step.verdict), criterion


def _criterion(step: Step) -> str:
    return str(step.statement.get("criterion")) if isinstance(step.statement, Fact) else step.text


def headed(text: str) -> tuple[str, str]:
    """What stands before the first colon of a sentence as its heading, and the rest; none where that is long."""
    found = re.match(r"([^:：]{1,40})(?::\s+|：\s*)(?=\S)", text)
    return (found[1], text[found.end() :]) if found else ("", text)


def _subject(step: Step, name: str) -> str:
    """What a criterion is told by among others that are alike: what it is about, or its own name."""
    if not isinstance(step.statement, Fact):
        return step.text
    if name == "also":
        return headed(step.text)[0] or step.text
    return str(step.statement.get("about"))


def _listed(names: Iterable[str], lang: str) -> str:
    return say("joining", "list", lang).join(names)


def _level_box(levels: list[Step], lang: str) -> Iterator[Shown]:
    """One box with a badge for each framework, over the evidence that the grades stand on."""
    if not levels:
        return
    badges = tuple(
        f"{NAMES[str(step.statement.get('framework'))]} {step.statement.get('grade')}"
        for step in levels
        if isinstance(step.statement, Fact)
    )
    title = "\n".join(step.text for step in levels)
    yield "levels", Box(CONCLUDED, say("picture", "levels", lang), "", title, badges=badges), tuple(levels)


def _add_given(graph: Graph, key: str, below: Sequence[Step], concluded: Container[str], lang: str) -> None:
    """Below a box, the statements that it rests on; many share one box, and what the box says itself needs none.

    A box that several criteria share names their origins instead. What has its box above is not drawn again.
    """
    own = graph.boxes[key]
    if own.kind in VERDICTS and len(below) > 1:
        graph.put(key, own._replace(origins=_origins(below)))
        return
    given = [step for step in _given(below, key == "levels") if key_of(step) not in concluded]
    said = [step for step in given if step.text in own.text]
    named = dict.fromkeys((*own.origins, *(origin for step in said for origin in box_of(step).origins)))
    graph.put(key, own._replace(origins=tuple(named)))
    given = [step for step in given if step.text not in own.text]
    shown = given if len(given) <= MOST else given[: MOST - 1]
    for step in shown:
        name = key_of(step)
        if name not in graph:
            graph.put(name, box_of(step))
        graph.join(key, name)
    rest = given[len(shown) :]
    if rest:
        text = say("picture", "more", lang, count=len(rest))
        origins = tuple(dict.fromkeys(origin for step in rest for origin in box_of(step).origins))
        graph.put(f"{key}+more", Box(GRAPH, text, "", "\n".join(step.text for step in rest), origins))
        graph.join(key, f"{key}+more")


def _origins(below: Iterable[Step]) -> tuple[Origin, ...]:
    """The sources and places of all that these steps rest on; those that most of them share first."""
    counted = Counter(origin for step in _below(below) for origin in box_of(step).origins)
    return tuple(sorted(counted, key=lambda origin: (-counted[origin], origin.text)))


def _given(below: Iterable[Step], of_levels: bool) -> list[Step]:
    """The given statements that these steps rest on, each once: of levels, the evidence and studies."""
    found: dict[str, Step] = {}
    absent: dict[str, Step] = {}
    for step in _below(below):
        if isinstance(step.statement, Absence):
            absent.setdefault(step.text, step)
        elif step.statement is not None and (not of_levels or step.statement.predicate in BEHIND_LEVELS):
            found.setdefault(step.text, step)
    return list(found.values()) or ([] if of_levels else list(absent.values()))


def _below(below: Iterable[Step]) -> Iterator[Step]:
    """The steps without a rule that these rest on, without what only leads from one to the next."""
    waiting = list(reversed([*below]))
    while waiting:
        step = waiting.pop()
        if step.statement is not None and step.statement.predicate in BOILERPLATE:
            continue
        if step.rule is None:
            yield step
        waiting.extend(reversed(step.parts))
