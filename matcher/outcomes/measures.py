"""Every way to compute an endpoint, by the name that study files use."""

from __future__ import annotations

from matcher.outcomes import (
    adverse_events,
    decisions,
    guided,
    organoid,
    performance,
    psa,
    quality,
    response,
    survival,
)
from matcher.outcomes.study import Measure

MEASURES: dict[str, Measure] = {
    **response.MEASURES,
    **survival.MEASURES,
    **psa.MEASURES,
    **adverse_events.MEASURES,
    **quality.MEASURES,
    **performance.MEASURES,
    **guided.MEASURES,
    **decisions.MEASURES,
    **organoid.MEASURES,
}
"""The measures; a new one is one module with its own MEASURES and one line here."""
