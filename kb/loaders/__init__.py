"""The sources that `mtb-match kb build` can read: one loader each, vocabularies first.

The order is that of the table, whatever the order on the command line, so that the graph does not depend on it.
"""

from __future__ import annotations

from kb.loaders import civic, ctgov, ctml, doid, moalmanac, mondo, oncotree
from kb.loaders.base import Loader, Report, Unread

__all__ = ["LOADERS", "Loader", "Report", "Unread", "loader"]

LOADERS: tuple[Loader, ...] = (
    oncotree.LOADER,
    mondo.LOADER,
    doid.LOADER,
    civic.LOADER,
    moalmanac.LOADER,
    ctgov.LOADER,
    ctml.LOADER,
)


def loader(name: str) -> Loader | None:
    """The loader of this name, or None."""
    return next((each for each in LOADERS if each.name == name), None)
