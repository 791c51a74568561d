"""Results of tests that would make a biomarker present, as edits of a patient: what a board could ask a laboratory for.

What is absent was tested: it is settled, and nothing is offered for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import TYPE_CHECKING

from kb.alteration import SmallVariant
from kb.profile import All, AnyOf, Not, One, Profile, parse
from matcher.biomarker_status import Status
from matcher.edits import ADD, SET, Edit
from matcher.markers import HER2_CRITERIA, pd_l1_scale

if TYPE_CHECKING:
    from kb.biomarker import Biomarker
    from kb.graph import KnowledgeBase
    from matcher.biomarker_status import StatusBoard

Edits = tuple[Edit, ...]

ALTERNATIVES = 4
"""At most so many ways are offered to make one profile present: tests of the first of many genes stand for the rest."""

HER2_RESULTS: dict[str, tuple[str, str]] = {
    "HER2:POS": ("HER2 IHC", "3+"),
    "HER2:NEG": ("HER2 IHC", "0"),
    "HER2:POS_GASTRIC": ("HER2 IHC", "3+"),
    "HER2:OVEREXPR": ("HER2 IHC", "3+"),
    "HER2:IHC3": ("HER2 IHC", "3+"),
    "HER2:IHC2": ("HER2 IHC", "2+"),
    "HER2:ISHPOS": ("HER2 ISH", "amplified"),
    "HER2:LOW": ("HER2 IHC", "1+"),
    "HER2:ULTRALOW": ("HER2 IHC", "0-1+"),
}
"""A result for each of the criteria of HER2."""

Holds = Callable[[Edits, str], bool]
"""Whether a biomarker (by id) is present after these edits of the patient."""


def ways(profile: str, board: StatusBoard, knowledge: KnowledgeBase, holds: Holds) -> tuple[Edits, ...]:
    """The sets of results each of which makes the profile present; none where a result in hand rules it out.

    The smallest come first, at most ALTERNATIVES of them.
    """
    return _ways(parse(profile), board, knowledge, holds)


def _ways(profile: Profile, board: StatusBoard, knowledge: KnowledgeBase, holds: Holds) -> tuple[Edits, ...]:
    if isinstance(profile, One):
        return _ways_of_one(profile.biomarker, board, knowledge, holds)
    if isinstance(profile, Not):
        return _ways_of_absence(profile.part, board, knowledge, holds)
    each = [_ways(part, board, knowledge, holds) for part in profile.parts]
    if isinstance(profile, AnyOf):
        return _first(dict.fromkeys(way for found in each for way in found))
    assert isinstance(profile, All)
    return _first(dict.fromkeys(tuple(dict.fromkeys(sum(chosen, ()))) for chosen in product(*each)))


def _first(found: dict[Edits, None]) -> tuple[Edits, ...]:
    return tuple(sorted(found, key=len)[:ALTERNATIVES])


def _ways_of_one(name: str, board: StatusBoard, knowledge: KnowledgeBase, holds: Holds) -> tuple[Edits, ...]:
    status = board.status(name).status
    if status is Status.PRESENT:
        return ((),)
    if status is Status.ABSENT:
        return ()
    biomarker = knowledge.biomarker(name)
    if biomarker.members is not None and name not in HER2_RESULTS:
        within = _ways(parse(biomarker.members), board, knowledge, holds)
        if within:
            return within
    found = next((edits for edits in results(biomarker, board, knowledge) if holds(edits, name)), None)
    return (found,) if found is not None else ()


def _ways_of_absence(part: Profile, board: StatusBoard, knowledge: KnowledgeBase, holds: Holds) -> tuple[Edits, ...]:
    """Results that deny a part that is not there as far as is known."""
    names = [part.biomarker] if isinstance(part, One) else []
    for name in names:
        status = board.status(name).status
        if status is Status.ABSENT:
            return ((),)
        if status is Status.PRESENT:
            return ()
        biomarker = knowledge.biomarker(name)
        denied = (Edit(ADD, f"biomarkers.{biomarker.label}", "not detected"),)
        genes = tuple(Edit(ADD, f"biomarkers.{gene}", "wild type") for gene in biomarker.genes)
        return tuple(edits for edits in (genes, denied) if edits and holds(edits, f"NOT {name}"))[:1]
    return ()


def results(biomarker: Biomarker, board: StatusBoard, knowledge: KnowledgeBase) -> Iterator[Edits]:
    """Results that may make a biomarker present, the most telling first; the last names it as a report would."""
    if biomarker.id in HER2_CRITERIA:
        marker, value = HER2_RESULTS[biomarker.id]
        yield (Edit(SET, f"biomarkers.{marker}", value),)
    if biomarker.kind == "wild type":
        yield from _wild_type(biomarker, knowledge)
    elif biomarker.marker is not None:
        yield from _measured(biomarker)
    elif biomarker.kind not in {"expression", "signature", "measured", "none"}:
        for text in _altered(biomarker, board, knowledge):
            yield (Edit(ADD, "alterations", text),)
    yield (Edit(ADD, f"biomarkers.{biomarker.label}", "detected" if biomarker.state == "present" else "negative"),)


def _wild_type(biomarker: Biomarker, knowledge: KnowledgeBase) -> Iterator[Edits]:
    if biomarker.id.endswith(":NOSENS"):
        sensitizing = knowledge.biomarker(f"{biomarker.genes[0]}:ACTMUT")
        yield (Edit(ADD, f"biomarkers.{sensitizing.label}", "not detected"),)
    yield tuple(Edit(ADD, f"biomarkers.{gene}", "wild type") for gene in biomarker.genes)
    yield tuple(Edit(ADD, f"biomarkers.{gene} fusion", "not detected") for gene in biomarker.genes)


def _measured(biomarker: Biomarker) -> Iterator[Edits]:
    """A value of a marker: at its threshold where it has one, else the words of reports."""
    positive = biomarker.state == "present"
    if biomarker.marker == "MSI":
        yield (Edit(SET, "biomarkers.MSI", "MSI-H" if positive else "MSS"),)
    if biomarker.marker == "MMR proteins":
        yield (Edit(SET, "biomarkers.MMR", "dMMR" if positive else "pMMR"),)
    scale = pd_l1_scale(biomarker) if biomarker.marker == "PD-L1" else biomarker.assay
    names = [" ".join(filter(None, (biomarker.marker, scale))), str(biomarker.marker)]
    for name in dict.fromkeys(names):
        for value in _values(biomarker, positive):
            yield (Edit(SET, f"biomarkers.{name}", value),)


def _values(biomarker: Biomarker, positive: bool) -> Iterator[str]:
    number = (biomarker.threshold or "").strip("+%")
    if number.replace(".", "", 1).isdigit():
        beyond = float(number) + {">": 1, "<": -1}.get(biomarker.operator or "", 0)
        yield f"{max(beyond, 0):g}{'%' if '%' in (biomarker.unit or '') else ''}"
    if biomarker.threshold:
        yield biomarker.threshold
    yield from ("positive", "high", "low", "detected") if positive else ("negative", "low", "loss", "not detected")


_SHORT = {
    "amplification": ("amplification",),
    "gain": ("gain",),
    "loss": ("heterozygous loss",),
    "homozygous deletion": ("homozygous deletion",),
    "fusion": ("fusion",),
    "promoter": ("promoter mutation",),
    "oncogenic mutation": ("pathogenic mutation",),
    "loss of function": ("pathogenic mutation", "truncating mutation", "loss of function"),
}
"""What a report would write after the gene for a biomarker of each kind."""


def _altered(biomarker: Biomarker, board: StatusBoard, knowledge: KnowledgeBase) -> Iterator[str]:
    """An alteration that a biomarker covers, as a report writes it."""
    genes = biomarker.genes
    if biomarker.origin == "germline" or biomarker.kind == "germline":
        yield from (_in_the_germline(gene) for gene in genes)
        return
    partner = biomarker.fusion_partner or ""
    if biomarker.kind == "fusion" and len(genes) == 2 and not partner.startswith("any"):
        first, second = (genes[1], genes[0]) if partner == genes[0] else (genes[0], genes[1])
        yield from (f"{first}::{second} fusion", f"{second}::{first} fusion")
    for gene in genes:
        for change in biomarker.protein_changes[:1]:
            yield f"{gene} {change.removeprefix('p.')}"
        for change in biomarker.coding_changes[:1]:
            yield f"{gene} {change}"
        yield from (f"{gene} {words}" for words in _SHORT.get(biomarker.kind, ()))
    if biomarker.kind != "codon":
        yield biomarker.label.removesuffix(" (any partner)").partition(" (")[0]
    yield from list(_specific(biomarker, knowledge))[:3]


def _specific(biomarker: Biomarker, knowledge: KnowledgeBase) -> Iterator[str]:
    """Known changes of the protein under a broader biomarker, or at its codon."""
    below = {each.id for each in knowledge.narrower_biomarkers(biomarker)}
    for gene in biomarker.genes:
        for each in knowledge.biomarkers_of_gene(gene):
            at_codon = biomarker.codon_first is not None and each.codon_first == biomarker.codon_first
            if each.protein_changes and (each.id in below or (biomarker.kind == "codon" and at_codon)):
                yield f"{gene} {each.protein_changes[0].removeprefix('p.')}"


def _in_the_germline(gene: str) -> str:
    return f"{{gene: {gene}, alteration: mutation, origin: germline, significance: pathogenic}}"


def confirmations(name: str, board: StatusBoard, knowledge: KnowledgeBase) -> Iterator[Edits]:
    """What could settle a biomarker that observed variants leave open: their origin, their significance."""
    for variant in board.status(name).alterations:
        if not isinstance(variant, SmallVariant) or variant.protein is None:
            continue
        biomarker = knowledge.biomarker(name)
        origin = "origin: germline, " if biomarker.origin == "germline" else ""
        text = f"{{gene: {variant.gene}, alteration: {variant.protein}, {origin}significance: pathogenic}}"
        remove = Edit("remove", f"alterations.{variant.label.replace(' ', '.', 1)}")
        yield (remove, Edit(ADD, "alterations", text))
