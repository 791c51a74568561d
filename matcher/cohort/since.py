"""A cohort matched again after a release: only who can change is matched, and what changed is told with its cause.

`rematched` gives what `run` takes in place of a `Matching`: its tables have rows in `changes` beside all others.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

    from matcher.case import Request
    from matcher.cohort.matching import Matching
    from matcher.cohort.subject import Intake, Subject, Unreadable
    from matcher.cohort.tables import Tables


def rematched(since: str, matching: Matching, intake: Intake, template: Request) -> Rematching:
    """What matches a cohort again, in place of `matching`, and tells what changed since an older release.

    `since` names a store folder, `starter`, or a finished output of an earlier run (`X.parquet`). Close it at the end,
    and the matching with it. UnusableInput where `since` is none of these.
    """
    raise NotImplementedError


class Rematching:
    """As a Matching, with what changed in the table `changes`."""

    def matched(self, subjects: Sequence[Subject | Unreadable]) -> Tables:
        """The tables of a piece of the cohort, as of a Matching, and its changes."""
        raise NotImplementedError

    def gone(self, patients: Collection[str]) -> pandas.DataFrame:
        """Rows of `changes`: who is in the earlier output and not among these patients. Asked once, at the end."""
        raise NotImplementedError

    def close(self) -> None:
        """Frees the memory, that of the matching too."""
        raise NotImplementedError
