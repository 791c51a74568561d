"""Variant names of other sources as biomarkers of this graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.errors import UnknownTerm

if TYPE_CHECKING:
    from kb.normalizer import Normalizer, VariantName


def biomarker_of(name: VariantName, names: Normalizer) -> str:
    """The profile of a variant name: the id of a biomarker, or an expression of several."""
    raise UnknownTerm("biomarker", f"{name.gene} {name.text}", "no kind of biomarker is known by this name")
