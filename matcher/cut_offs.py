"""Cut-offs that turn numbers of copies and log ratios into copy-number states."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kb.alteration import CopyNumberChange, CopyNumberState


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The cut-offs that turn numbers into states; an assay may give its own.

    Absolute copies: from `amplified_copies` a gene is amplified, from `gained_copies` gained; below `lost_copies` it
    is lost, below `deleted_copies` deleted from both chromosomes. Fractions are so rounded to the nearest whole number.
    The 6 copies are a convention, not a standard: laboratories and trials use cut-offs from 5 to 10, and some relate
    it to the ploidy. A `state` column is taken as it stands.

    Log2 ratios: no cut-off is certain, because the ratio depends on tumor purity. The defaults call what stays true at
    any purity (a ratio of 2 means at least 8 copies); everything between them is unclear.
    """

    amplified_copies: float = 6.0
    gained_copies: float = 2.5
    lost_copies: float = 1.5
    deleted_copies: float = 0.5
    amplified_log2: float = 2.0
    deleted_log2: float = -2.0


DEFAULT = Thresholds()


def by_copies(copies: float, thresholds: Thresholds = DEFAULT) -> CopyNumberState:
    """The state of an absolute, whole-tumor copy number.

    >>> [by_copies(n).value for n in (0, 1, 2, 3, 5, 6)]
    ['homozygous deletion', 'loss', 'neutral', 'gain', 'gain', 'amplification']
    """
    if copies >= thresholds.amplified_copies:
        return CopyNumberState.AMPLIFICATION
    if copies < thresholds.deleted_copies:
        return CopyNumberState.HOMOZYGOUS_DELETION
    if copies < thresholds.lost_copies:
        return CopyNumberState.LOSS
    return CopyNumberState.NEUTRAL if copies < thresholds.gained_copies else CopyNumberState.GAIN


def by_log_ratio(ratio: float, thresholds: Thresholds = DEFAULT) -> CopyNumberState:
    """The state of a log2 ratio to normal; unclear between the cut-offs."""
    if ratio >= thresholds.amplified_log2:
        return CopyNumberState.AMPLIFICATION
    return CopyNumberState.HOMOZYGOUS_DELETION if ratio <= thresholds.deleted_log2 else CopyNumberState.UNCLEAR


def called_again(change: CopyNumberChange, thresholds: Thresholds) -> CopyNumberChange:
    """The change under a laboratory's own cut-offs.

    A state that the number alone does not give under the usual ones was stated in words, and stays.
    """
    if change.copies is not None:
        usual, own = by_copies(change.copies), by_copies(change.copies, thresholds)
    elif change.log_ratio is not None:
        usual, own = by_log_ratio(change.log_ratio), by_log_ratio(change.log_ratio, thresholds)
    else:
        return change
    return replace(change, state=own) if change.state is usual and own is not usual else change
