"""Whom aged items concern: the patients whose answer rests on one, and how it reads without it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from kb.curation.acts import Book
from kb.curation.graph import Counted, counted, open_with
from kb.curation.item import is_curated
from kb.curation.stale import SUPERSEDED_BY, WITHDRAWN, Stale
from kb.dates import span
from kb.errors import KnowledgeError
from kb.graph import KnowledgeBase
from matcher.case import Request
from matcher.notes import UnusableInput
from matcher.readers.opened_files import opened_files
from matcher.recommend import Answer, Option
from matcher.registry import LeftOut, Member, registry
from matcher.timeline import Difference, Timeline
from rules.language import RuleSet

LEADS, SUPPORTS, AVOIDS, BLOCKED = "leads", "supports", "avoids", "blocked"
"""What an item does in an answer: it leads a recommendation, supports one, speaks for avoiding, or no longer holds."""


OTHER = "other"
"""The relation of a tumor type that is another one than the patient's: the approval was none of the patient's."""

APPROVAL = "approval"
"""The criterion of a finding that an approval was withdrawn."""

SETTLED = frozenset({"biomarker", "mutation-class", "tumor-type"})
"""Criteria without which no approval gives a recommendation: while one is undetermined, the withdrawal took nothing."""


class Rest(NamedTuple):
    """What one aged item does in a patient's answer for one regimen (drugs, sorted)."""

    item: str
    does: str
    regimen: tuple[str, ...]


class Affected(NamedTuple):
    """A patient whom aged items concern: what each does, and how the answer changes without them.

    `until` are withdrawn approvals that made a recommendation on the day before they were withdrawn. `problem` is set
    where the patient could not be matched; nothing else is known then.
    """

    patient: str
    path: str
    rests: tuple[Rest, ...] = ()
    difference: Difference | None = None
    until: tuple[str, ...] = ()
    problem: str | None = None

    def __bool__(self) -> bool:
        return bool(self.rests or self.until or self.problem)


def affected(
    template: Request,
    found: Collection[Stale],
    graphs: tuple[KnowledgeBase, KnowledgeBase],
    rules: RuleSet,
    evaluator: str,
    step: Callable[[], None] = lambda: None,
) -> tuple[Affected, ...]:
    """The patients of a registry whom these items concern, by their files; those whom none concerns are left out.

    `template` names the registry's folder as its path, and has the options that count for every patient. `graphs` are
    the one in which all of the items count that ever did, and the one without them. `step` is called after each
    patient. UnusableInput for no such folder.
    """
    ground = _Ground(found, graphs, rules, evaluator)
    listed = registry(template.path, template)
    told = []

    def look(members: Iterable[Member]) -> None:
        for member in members:
            told.append(_affected(member, ground))
            step()

    with opened_files() as read:
        described = tuple(listed.described())
        look(each for each in described if isinstance(each, Member))
    alone = tuple(listed.alone(read, template))
    look(each for each in alone if isinstance(each, Member))
    left = (each for each in (*described, *alone) if isinstance(each, LeftOut))
    told += [Affected(each.name, each.name, problem=each.reason) for each in left]
    told += [Affected(each.name, each.name, problem=each.reason) for each in listed.unexplained(read)]
    return tuple(each for each in told if each)


class _Ground(NamedTuple):
    """What every patient is looked at with."""

    found: Collection[Stale]
    graphs: tuple[KnowledgeBase, KnowledgeBase]
    rules: RuleSet
    evaluator: str

    def timeline(self) -> Timeline:
        """A timeline on the graph in which every aged item counts."""
        return Timeline(self.graphs[0], self.rules, self.evaluator)


def _affected(member: Member, ground: _Ground) -> Affected:
    ids = {each.id for each in ground.found}
    try:
        with ground.timeline() as timeline:
            answer, _ = timeline.advance(member.request)
            rests = tuple(_rests(answer, ids))
            difference = None
            if any(rest.does != BLOCKED for rest in rests):
                timeline.knowledge = ground.graphs[1]
                _, difference = timeline.advance(member.request)
        until = tuple(_until(member.request, rests, ground))
    except (UnusableInput, KnowledgeError) as error:
        return Affected(member.name, member.name, problem=str(error))
    return Affected(answer.matched.patient.id or member.name, member.name, rests, difference, until)


def _rests(answer: Answer, ids: Collection[str]) -> Iterator[Rest]:
    """What each of these items does in an answer, each once."""
    for recommendation in answer.recommendations:
        option = recommendation.option
        if option.id in ids:
            yield Rest(option.id, LEADS, option.regimen)
        named = {each.id for each in recommendation.also} | {each.id for each in recommendation.evidence}
        for id in sorted((named & set(ids)) - {option.id}):
            yield Rest(id, SUPPORTS, option.regimen)
    for avoided in answer.avoided:
        for each in avoided.evidence:
            if each.id in ids:
                yield Rest(each.id, AVOIDS, avoided.regimen)
    for option in answer.not_recommended:
        if option.id in ids and option.item.relation != OTHER and _is_withdrawal_alone(option):
            yield Rest(option.id, BLOCKED, option.regimen)


def _is_withdrawal_alone(option: Option) -> bool:
    """Whether the approval would give a recommendation, were it not withdrawn."""
    failed = {finding.criterion for finding in option.blocking if finding.verdict == "fail"}
    return failed == {APPROVAL} and SETTLED.isdisjoint(finding.criterion for finding in option.blocking)


def _until(request: Request, rests: Iterable[Rest], ground: _Ground) -> Iterator[str]:
    """The withdrawn approvals by which the patient had a recommendation on the day before."""
    blocked = {rest.item for rest in rests if rest.does == BLOCKED}
    for each in ground.found:
        if each.kind == WITHDRAWN and each.id in blocked and each.since is not None:
            eve = datetime.date.fromisoformat(span(each.since).earliest) - datetime.timedelta(days=1)
            with ground.timeline() as timeline:
                answer, _ = timeline.advance(request._replace(as_of=eve.isoformat()))
            if any(rest.does in (LEADS, SUPPORTS) for rest in _rests(answer, {each.id})):
                yield each.id


def graphs_of(base: str | None, known: Book, day: str, found: Iterable[Stale]) -> tuple[KnowledgeBase, KnowledgeBase]:
    """The graph of a day in which every aged item counts that ever did, and the one in which none does.

    What superseded an item is not in the first: the two would stand against each other there.
    """
    listed = list(found)
    once = {each.id for each in listed if each.kind == SUPERSEDED_BY}
    aged = {each.id for each in listed if each.kind != WITHDRAWN}
    now = counted(known, day)
    held = {item.id for item, _ in now.items}
    back = tuple((known.items[id], known.history(id, day)) for id in sorted(once - held) if id in known.items)
    followers = {act.other for id in once for act in known.history(id, day)}
    kept = tuple(each for each in now.items if each[0].id not in followers)
    with_all = Counted(kept + back, tuple(each for each in now.retracted if each[0] not in once))
    gone = tuple((id, known.history(id, day)) for id in sorted(aged) if not is_curated(id))
    without = Counted(tuple(each for each in now.items if each[0].id not in aged), gone)
    return open_with(base, with_all), open_with(base, without)
