"""Assays: which genes and which kinds of alteration were looked at. They give `absent` its meaning."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.notes import UnusableInput

if TYPE_CHECKING:
    from matcher.patient import Sample

SMALL_VARIANT = "small variant"
COPY_NUMBER = "copy number"
FUSION = "fusion"
KINDS = (SMALL_VARIANT, COPY_NUMBER, FUSION)


@dataclass(frozen=True, slots=True)
class Assay:
    """What an assay looks at.

    `genes` None means every protein-coding gene; `germline` says that normal tissue was sequenced beside the tumor.
    """

    name: str
    kinds: frozenset[str]
    genes: frozenset[str] | None = None
    germline: bool = False

    def looks_at(self, gene: str, kind: str) -> bool:
        """Whether this assay would have seen an alteration of this kind in this gene."""
        return kind in self.kinds and (self.genes is None or gene in self.genes)


BUILT_IN = {
    "WES": Assay("WES", frozenset({SMALL_VARIANT, COPY_NUMBER})),
    "WGS": Assay("WGS", frozenset({SMALL_VARIANT, COPY_NUMBER, FUSION})),
}
"""Whole-exome and whole-genome sequencing of the tumor. Neither sees RNA: fusions need WGS or an RNA assay,
isoforms such as AR-V7 need RNA or protein. A panel is a file of the site's own (docs/assays.md)."""


def assay(name: str, folder: Path | None = None) -> Assay:
    """The assay of this name (`WES`, `WGS`) or in this YAML file (relative to `folder`).

    Raises UnusableInput when there is neither.
    """
    if name.upper() in BUILT_IN:
        return BUILT_IN[name.upper()]
    path = (folder or Path()) / name
    if not path.is_file():
        raise UnusableInput(
            name,
            "no such assay",
            f"name one of {', '.join(sorted(BUILT_IN))}, or a YAML file with assay, genes and kinds",
        )
    return read(path)


def read(path: Path) -> Assay:
    """The assay that a site describes in a YAML file: `assay`, `genes` (a list, or `all`), `kinds`, `germline`."""
    import yaml  # only a site's own assay file needs it

    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise UnusableInput(str(path), f"the assay file cannot be read ({reason})", "mend the YAML") from error
    if not isinstance(content, dict):
        raise UnusableInput(str(path), "the assay file is not a mapping", "give it assay, genes and kinds")
    kinds = content.get("kinds")
    genes = content.get("genes")
    unknown = [kind for kind in kinds if kind not in KINDS] if isinstance(kinds, list) else ["(no list)"]
    if unknown or not isinstance(kinds, list):
        remedy = f"give a list of {', '.join(KINDS)}"
        raise UnusableInput(str(path), f"unknown kinds: {', '.join(map(str, unknown))}", remedy)
    if genes != "all" and not (isinstance(genes, list) and all(isinstance(gene, str) for gene in genes)):
        raise UnusableInput(str(path), "genes is neither `all` nor a list of symbols", "list the genes that it covers")
    return Assay(
        str(content.get("assay", path.stem)),
        frozenset(kinds),
        None if genes == "all" else frozenset(genes),
        content.get("germline") is True,
    )


@dataclass(frozen=True, slots=True)
class Tested:
    """Which samples' assays looked at a gene for a kind of alteration."""

    tissue: tuple[str, ...] = ()
    plasma: tuple[str, ...] = ()
    germline: bool = False


class Coverage:
    """All that was looked at for one patient: the samples with their assays."""

    def __init__(self, samples: tuple[Sample, ...], assays: dict[str, Assay]) -> None:
        self._samples = [(sample, assays[sample.assay]) for sample in samples if sample.assay in assays]

    def tested(self, gene: str, kind: str) -> Tested:
        """The assays that looked: an assay counts only when the sample's results of that kind were handed in."""
        looked = [
            (sample, assay) for sample, assay in self._samples if kind in sample.reported and assay.looks_at(gene, kind)
        ]
        names = {True: [], False: []}  # type: dict[bool, list[str]]
        for sample, found in looked:
            names[_is_plasma(sample)].append(f"{found.name} of {sample.id}")
        return Tested(tuple(names[False]), tuple(names[True]), any(found.germline for _, found in looked))


def _is_plasma(sample: Sample) -> bool:
    return sample.kind.lower() in {"ctdna", "cfdna", "plasma", "liquid", "blood"}
