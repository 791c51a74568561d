"""What could have carried a recommendation and did not, the nearest miss first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from kb.evidence import Evidence
from kb.indication import Indication
from kb.trial import Trial
from matcher.conflicts import FOR
from matcher.facts import ELSEWHERE
from matcher.unweighed import InTheWay, Unweighed, in_the_way

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matcher.facts import Item
    from matcher.recommend import Option
    from matcher.remedies import Blocker
    from matcher.scope import Record


class Miss(NamedTuple):
    """A statement that could have carried a recommendation, and what kept it from doing so, most blocking first."""

    item: Item
    blockers: tuple[Blocker, ...]
    considered: bool


class _Near(NamedTuple):
    """Statements that are equally near."""

    considered: list[Miss]
    unweighed: list[Unweighed]


class Misses:
    """The statements that could have carried a recommendation, the nearest first (docs/decisions.md); of equals by id.

    A class misses thousands, of which an answer names a few: they are made one degree of nearness after the other.
    """

    def __init__(
        self,
        considered: Iterable[Option],
        blockers: Mapping[str, tuple[Blocker, ...]],
        unweighed: Iterable[Unweighed],
        here: str,
    ) -> None:
        """`blockers` of what was considered, by id; `here` is the patient's jurisdiction."""
        near: dict[tuple[object, ...], _Near] = {}
        for option in considered:
            way = in_the_way(blockers.get(option.id, ()))
            found = near.setdefault(_of_item(option.item, way, here), _Near([], []))
            found.considered.append(Miss(option.item, way.blockers, True))
        degrees: dict[tuple[object, ...], _Near] = {}
        for each in unweighed:
            if each.says == FOR:
                kind, own = each.asks.kind, each.asks.own
                key = id(each.why.way), each.relation in ELSEWHERE, kind, own, each.level
                if key not in degrees:
                    degree = nearness(kind, own, each.level, each.relation, each.why.way, False, here)
                    degrees[key] = near.setdefault(degree, _Near([], []))
                degrees[key].unweighed.append(each)
        self._near = [near[degree] for degree in sorted(near)]
        self._made: list[list[Miss]] = []

    def __len__(self) -> int:
        return sum(len(near.considered) + sum(len(each.said) for each in near.unweighed) for near in self._near)

    def __iter__(self) -> Iterator[Miss]:
        for number, near in enumerate(self._near):
            if number == len(self._made):
                self._made.append(_misses(near.considered, near.unweighed))
            yield from self._made[number]

    @property
    def first(self) -> Miss | None:
        """The nearest."""
        return next(iter(self), None)

    def considered(self) -> Iterator[Miss]:
        """Those that were considered, in their order."""
        for near in self._near:
            yield from _misses(near.considered, [])

    def indications(self) -> Iterator[Miss]:
        """Those that are indications, in their order."""
        for near in self._near:
            considered = [miss for miss in near.considered if isinstance(miss.item.record, Indication)]
            yield from _misses(considered, [each for each in near.unweighed if each.asks.kind is Indication])


def _misses(considered: list[Miss], unweighed: list[Unweighed]) -> list[Miss]:
    found = [Miss(each.item(said), each.why.way.blockers, False) for each in unweighed for said in each.said]
    return sorted((*considered, *found), key=lambda miss: miss.item.id)


def _of_item(item: Item, way: InTheWay, here: str) -> tuple[object, ...]:
    """The nearness of what was considered."""
    record = item.record
    if isinstance(record, Evidence):
        return nearness(Evidence, None, record.level, item.relation, way, True, here)
    own = record.jurisdiction if isinstance(record, Indication) else record.recruiting
    return nearness(type(record), own, "", item.relation, way, True, here)


def nearness(
    kind: type[Record],
    own: str | bool | None,
    level: str,
    relation: str,
    way: InTheWay,
    is_considered: bool,
    here: str,
) -> tuple[object, ...]:
    """The order of misses: first what could still change, then by how much is in the way.

    1. No trial of unknown status. 2. No failed criterion that stays so. 3. A label of the patient's jurisdiction and
    tumor type: a board asks first what the label here wants. 4. The fewest failed criteria. 5. The patient's tumor
    type. 6. The patient's jurisdiction. 7. What was considered. 8. The fewest open criteria. 9. Labels, then evidence
    by level, then trials.

    `own` is an indication's jurisdiction, or whether a trial recruits; `level` that of evidence.
    """
    is_off_tumor, elsewhere = relation in ELSEWHERE, kind is Indication and own != here
    is_label = kind is Indication and not elsewhere and not is_off_tumor
    strength = {Indication: "", Evidence: level, Trial: "Z"}[kind]
    return (
        *(kind is Trial and own is None, way.is_lasting, not is_label, way.failed, is_off_tumor, elsewhere),
        *(not is_considered, way.open, strength),
    )
