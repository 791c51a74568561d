"""The sources that `mtb-match kb build` can read: one loader each, vocabularies first.

The order is that of the table, whatever the order on the command line, so that the graph does not depend on it.
"""

from __future__ import annotations

from kb.loaders import cgi, civic, ctgov, ctml, doid, hgnc, hotspots, local, moalmanac, mondo, oncotree, table
from kb.loaders.base import Loader, Report, Unread

__all__ = ["LOADERS", "Loader", "Report", "Unread", "loader"]

LOADERS: tuple[Loader, ...] = (
    hgnc.LOADER,
    oncotree.LOADER,
    mondo.LOADER,
    doid.LOADER,
    hotspots.LOADER,
    civic.LOADER,
    moalmanac.LOADER,
    cgi.LOADER,
    table.LOADER,
    ctgov.LOADER,
    ctml.LOADER,
    local.LOADER,
)


def loader(name: str) -> Loader | None:
    """The loader of this name, or None."""
    return next((each for each in LOADERS if each.name == name), None)
