"""The `--features` part of a preview: asked twice, it is of the same graph."""

from __future__ import annotations

from cli.kb.scenarios import settled
from kb.curation.acts import ACCEPTED, RETRACTED, SUBMITTED, Act, Person
from kb.curation.graph import Counted
from kb.curation.item import Item

CARBERRY, NOBODY = Person("Josiah Carberry", "0000-0002-1825-0097"), Person("nobody yet", "")


def counted_at(time: str) -> Counted:
    """An item that somebody submitted and nobody accepted yet, and one of the graph that nobody retracted yet."""
    item = Item("CURATED:0123456789ab", ())
    done = Act(item.id, SUBMITTED, CARBERRY, "2026-11-02T08:00:00.000000Z")
    yet = Act(item.id, ACCEPTED, NOBODY, f"2026-11-20T{time}Z")
    return Counted(((item, (done, yet)),), (("EID12", (yet._replace(item="EID12", kind=RETRACTED),)),))


def test_acts_that_nobody_did_yet_have_the_time_of_their_day_alone() -> None:
    one, other = settled(counted_at("09:00:00.000000")), settled(counted_at("17:30:12.000001"))
    assert one == other
    assert one.digest == other.digest
    ((_, (done, yet)),) = one.items
    assert (done.at, yet.at) == ("2026-11-02T08:00:00.000000Z", "2026-11-20T00:00:00.000000Z")
