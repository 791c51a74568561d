"""Other sources' words in the terms of this graph: genes, therapies, tumor types and biomarkers.

A term that the graph does not have yet and that can be defined (a drug, a biomarker of a known gene) is added, and
`additions` gives its row; one that cannot be understood raises UnknownTerm, which says why. Nothing is guessed: a
name that stands for several things is refused.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from kb import terms as t
from kb.errors import UnknownTerm
from kb.nomenclature.protein import ProteinChange, parse
from kb.statements import Row, Tables, cells
from kb.therapy_names import TherapyNames, ids_of, names_a_class, search_keys, spellings

NAMES = Path(__file__).with_name("data") / "names"
"""Curated tables of names: `therapies.tsv`, `diseases.tsv`, `variants.tsv`, `patches.tsv`."""


NAMED_BY_SOURCE = "named by a loaded source"
"""The source of a therapy of which nothing but its name is known."""

_ANY_CANCER = (frozenset({"SOLID"}), frozenset({"LYMPH", "MYELOID"}))
"""Types that together are any solid tumor, or any blood cancer."""


class Placement(NamedTuple):
    """Where a disease stands in OncoTree.

    `codes` are the types that together stand for it, never fewer. `exact` is False where they hold more than the
    disease: OncoTree has nothing as narrow, and the nearest broader type stands in. `profile` is what the disease's
    name says of biomarkers (`HER2:POS` for HER2-positive breast cancer), else None. A disease without codes is known
    to have no type, and `note` says why.
    """

    codes: tuple[str, ...]
    exact: bool = True
    profile: str | None = None
    note: str | None = None


class VariantName(NamedTuple):
    """A variant as a source names it: the gene, the text, and what the source says apart from the name.

    `types` are Sequence Ontology terms or the source's own words for the kind of variant, in lower case; `partners`
    are the genes of a fusion, 5' first, None where any; `protein` is HGVS where given apart; `origin` is `somatic`,
    `germline` or None.
    """

    gene: str
    text: str
    types: tuple[str, ...] = ()
    partners: tuple[str | None, ...] = ()
    protein: str | None = None
    origin: str | None = None


class Patch(NamedTuple):
    """One correction of a source's record: the field's value as the source has it, and as it should read."""

    source: str
    record: str
    field: str
    stated: str
    corrected: str
    reason: str
    cites: str


class Normalizer:
    """The vocabularies of the starter and of the loaded sources, by every name that they have."""

    def __init__(self, starter: Tables, names: Path = NAMES) -> None:
        self._genes: dict[str, set[str]] = {}
        self._symbols: set[str] = set()
        self._gene_ids: dict[str, str] = {}
        self._therapies: dict[str, set[str]] = {}
        self._therapy_rows: dict[str, Row] = {}
        self._tumors: dict[str, set[str]] = {}
        self._tumor_rows: dict[str, Row] = {}
        self.biomarkers: dict[str, Row] = {}
        self._changes: dict[tuple[str, ProteinChange], str] = {}
        self._codons: dict[tuple[str, int], str] = {}
        self._pairs: dict[frozenset[str], str] = {}
        self._exons: dict[tuple[str, int], tuple[int, int]] = {}
        self._indications: set[str] = set()
        self.additions: dict[str, list[Row]] = {"therapies": [], "memberships": [], "biomarkers": []}
        self._placements: dict[str, Placement] = {}
        self._broader_diseases: dict[str, tuple[str, ...]] = {}
        self.patches: dict[tuple[str, str], list[Patch]] = {}
        self.applied: set[Patch] = set()
        self.learn(starter)
        self._curated = TherapyNames(read(names / "therapies.tsv"))
        for row in read(names / "diseases.tsv"):
            placement = Placement(
                tuple(cells(row, "codes")), row["relation"] == "exact", row["profile"] or None, row["note"] or None
            )
            for key in filter(None, (row["doid"], t.search_key(row["name"]))):
                self._placements[key] = placement
        self._variants = {
            (row["gene"], row["text"].casefold(), row["origin"]): row["profile"] for row in read(names / "variants.tsv")
        }
        for row in read(names / "patches.tsv"):
            patch = Patch(*(row[column] for column in Patch._fields))
            self.patches.setdefault((patch.source, patch.record), []).append(patch)

    def learn(self, tables: Tables) -> None:
        """Take in the genes, therapies, tumor types and biomarkers of these tables."""
        self._indications.update(row["id"] for row in tables["indications"])
        for row in tables["genes"]:
            self._learn_gene(row)
        for row in tables["therapies"]:
            self._therapy_rows[row["id"]] = row
            for name in (row["id"], row["chinese"], *cells(row, "synonyms")):
                for key in search_keys(name):
                    self._therapies.setdefault(key, set()).add(row["id"])
            for code in (f"ncit:{row['ncit']}", f"rxnorm:{row['rxnorm']}"):
                if not code.endswith(":"):
                    self._therapies.setdefault(code, set()).add(row["id"])
        for row in tables["tumor_types"]:
            self._tumor_rows[row["code"]] = row
            keys = [row["name"], *cells(row, "doid"), *(f"NCIT:{code}" for code in cells(row, "ncit"))]
            for key in [*keys, *cells(row, "synonyms")]:
                self._tumors.setdefault(t.search_key(key), set()).add(row["code"])
        for row in tables["exons"]:
            self._exons[row["gene"], int(row["exon"])] = int(row["codon_first"]), int(row["codon_last"])
        for row in tables["biomarkers"]:
            self._learn_biomarker(row)

    def _learn_gene(self, row: Row) -> None:
        self._symbols.add(row["symbol"])
        for name in cells(row, "synonyms"):
            self._genes.setdefault(name.upper(), set()).add(row["symbol"])
        for kind, value in (("entrez", row["entrez_id"]), ("hgnc", row["hgnc_id"])):
            if value:
                self._gene_ids[f"{kind}:{value}"] = row["symbol"]

    def _learn_biomarker(self, row: Row) -> None:
        self.biomarkers[row["id"]] = row
        genes = cells(row, "genes")
        if row["kind"] == "protein change" and row["origin"] != "germline":
            for change in cells(row, "protein_changes"):
                self._changes.setdefault((genes[0], parse(change)), row["id"])
        one_codon = row["codon_first"] != "" and row["codon_first"] == row["codon_last"]
        if row["kind"] == "codon" and one_codon and len(genes) == 1:
            self._codons.setdefault((genes[0], int(row["codon_first"])), row["id"])
        partner = row["fusion_partner"]
        named = partner != "" and not partner.startswith("any")
        if row["kind"] == "fusion" and named and "breakpoint" not in row["fusion_role"]:
            self._pairs.setdefault(frozenset({*genes, partner}), row["id"])

    def learn_hierarchy(self, broader: Mapping[str, Iterable[str]]) -> None:
        """Take in broader diseases (DOID to DOIDs), so that a disease without a type of its own finds the nearest."""
        for disease, above in broader.items():
            self._broader_diseases[disease] = tuple(above)

    def learn_placements(self, placements: Mapping[str, Placement]) -> None:
        """Take in where diseases stand, by DOID or by name; a curated placement stays as it is."""
        for key, placement in placements.items():
            self._placements.setdefault(key if key.startswith("DOID:") else t.search_key(key), placement)

    # Corrections

    def corrected(self, source: str, record: str, fields: dict[str, str]) -> dict[str, str]:
        """The record's fields after the curated patches for it; a patch whose stated value is gone does nothing."""
        for patch in self.patches.get((source, record), ()):
            if fields.get(patch.field) == patch.stated:
                fields = {**fields, patch.field: patch.corrected}
                self.applied.add(patch)
        return fields

    def has_indication(self, id: str) -> bool:
        """Whether the starter has an indication of this id."""
        return id in self._indications

    # Genes

    def is_gene(self, symbol: str) -> bool:
        """Whether the text is a symbol, alias or previous symbol of one gene."""
        return symbol in self._symbols or len(self._genes.get(symbol.upper(), ())) == 1

    def gene_names(self) -> frozenset[str]:
        """All approved symbols."""
        return frozenset(self._symbols)

    def therapy_names(self) -> frozenset[str]:
        """The ids of all therapies."""
        return frozenset(self._therapy_rows)

    def therapy_rows(self) -> tuple[Row, ...]:
        """All therapies that the graph has."""
        return tuple(self._therapy_rows.values())

    def tumor_names(self) -> frozenset[str]:
        """All codes of OncoTree and names of its types."""
        return frozenset({*self._tumor_rows, *(row["name"] for row in self._tumor_rows.values())})

    def gene_of_hgnc(self, hgnc: str) -> str | None:
        """The symbol under which the graph has the gene of an HGNC id, or None."""
        return self._gene_ids.get(f"hgnc:{hgnc}") if hgnc else None

    def gene(self, symbol: str, entrez: str | None = None, hgnc: str | None = None) -> str:
        """The approved symbol of a gene, by id where given, else by symbol, else by an alias that names one gene."""
        for key in (f"hgnc:{hgnc}", f"entrez:{entrez}"):
            if key in self._gene_ids:
                return self._gene_ids[key]
        for name in (symbol, symbol.upper()):
            if name in self._symbols:
                return name
        named = self._genes.get(symbol.upper(), set())
        if len(named) == 1:
            return next(iter(named))
        if named:
            raise UnknownTerm("gene", symbol, f"the alias of several genes: {', '.join(sorted(named))}")
        raise UnknownTerm("gene", symbol, "no gene of the loaded HGNC has this symbol or alias")

    # Therapies

    def therapy(self, name: str, ncit: str | None = None, rxnorm: str | None = None) -> tuple[str, ...]:
        """The therapy of a name or code: one id, or several where the name is of drugs that are given together.

        The curated table of names comes first, then codes and the graph's own names, then the name without its salt
        or form. A name that none knows becomes a new drug or class under its own name, in no class, marked as taken
        from its source.
        """
        clean = " ".join(name.split())
        found = self._named_therapy(clean) or self._coded_therapy(ncit, rxnorm)
        for shorter in spellings(clean):
            found = found or self._named_therapy(shorter)
        if found:
            return found
        if not re.search(r"[A-Za-z]", clean) or len(clean) > 80:
            raise UnknownTerm("therapy", name, "not the name of a drug")
        kind = "class" if names_a_class(clean) else "drug"
        row = Row(id=_therapy_id(clean), kind=kind, synonyms=clean, ncit=ncit or "", rxnorm=rxnorm or "")
        return (self._add_therapy(row),)

    def knows_therapy(self, name: str) -> bool:
        """Whether the curated table or the graph has a therapy of exactly this name."""
        return self._curated.find(name) is not None or t.search_key(name) in self._therapies

    def classes_of(self, therapies: Iterable[str]) -> frozenset[tuple[str, str]]:
        """Each of these therapies and of all their classes, with each class right above it by the rows."""
        found: set[tuple[str, str]] = set()
        waiting = list(therapies)
        while waiting:
            id = waiting.pop()
            above = {(id, name) for name in cells(self._therapy_rows.get(id, Row()), "broader")} - found
            found |= above
            waiting += [name for _, name in above]
        return frozenset(found)

    def _named_therapy(self, name: str) -> tuple[str, ...]:
        """The therapies of a name as it stands; none when it is not known."""
        row = self._curated.find(name)
        if row is not None:
            return tuple(self._defined(id) for id in ids_of(row))
        found: tuple[str, ...] = ()
        for key in search_keys(name):
            found = found or self._single(key, name)
        return found

    def _coded_therapy(self, ncit: str | None, rxnorm: str | None) -> tuple[str, ...]:
        ncit, rxnorm = f"ncit:{ncit}", f"rxnorm:{rxnorm}"
        return self._single(ncit, ncit) or self._single(rxnorm, rxnorm)

    def _single(self, key: str, name: str) -> tuple[str, ...]:
        found = self._therapies.get(key, set())
        if len(found) > 1:
            raise UnknownTerm("therapy", name, f"stands for several: {', '.join(sorted(found))}")
        return tuple(found)

    def _defined(self, id: str) -> str:
        """The id of a therapy of the curated table, which is added, with its classes, when the graph has it not."""
        if id in self._therapy_rows:
            return id
        row = self._curated.defining(id)
        if row is None:
            return self._add_therapy(Row(id=id, kind="drug"))
        classes = [self._defined(name) for name in cells(row, "classes")]
        components = [self._defined(name) for name in cells(row, "components")]
        new = Row(id=id, kind=row["kind"], ncit=row["ncit"], note=row["note"], components=" | ".join(components))
        new["synonyms"] = " | ".join(self._curated.names(id))
        if row["kind"] == "class":
            new["broader"] = " | ".join(classes)
            new["verified"] = row["verified"]
            return self._add_therapy(new)
        memberships = [Row({"therapy": id, "class": name}) for name in classes]
        for membership in memberships:
            membership["source"], membership["verified"] = row["sources"], row["verified"]
        return self._add_therapy(new, memberships)

    def _add_therapy(self, row: Row, memberships: Iterable[Row] = ()) -> str:
        row["synonyms"] = "" if row["synonyms"].casefold() == row["id"] else row["synonyms"]
        row["sources"] = row["sources"] or NAMED_BY_SOURCE
        row["verified"] = row["verified"] or "yes"
        self.additions["therapies"].append(row)
        self.additions["memberships"].extend(memberships)
        self.learn(Tables({"therapies": (row,)}))
        return row["id"]

    def regimen(self, names: Iterable[tuple[str, ...]]) -> str:
        """The regimen of therapies given together, each as `therapy` gives it: ids joined by `+`, sorted."""
        return "+".join(sorted(self._curated.with_products({id for ids in names for id in ids})))

    # Tumor types

    def tumor(self, name: str = "", doid: str = "", oncotree: str = "", ncit: str = "") -> Placement:
        """Where a disease stands: by DOID, name, OncoTree code or NCIt code, curated placements before all others.

        A disease that OncoTree does not have takes the nearest broader one of the loaded disease ontology. UnknownTerm
        says why a disease has no type.
        """
        doid = f"DOID:{doid.removeprefix('DOID:')}" if doid else ""
        found = self._direct_placement(name, doid, oncotree, ncit) or self._nearest_placed(doid)
        if found is None:
            raise UnknownTerm(
                "tumor type", name or doid or oncotree, "neither OncoTree nor the table of diseases has it"
            )
        if not found.codes:
            raise UnknownTerm("tumor type", name or doid, found.note or "the table of diseases lists it without a type")
        return found

    def _direct_placement(self, name: str, doid: str, oncotree: str, ncit: str) -> Placement | None:
        for key in filter(None, (doid, t.search_key(name))):
            if key in self._placements:
                return self._placements[key]
        if oncotree in self._tumor_rows:
            return Placement((oncotree,))
        former = self._placements.get(t.search_key(oncotree)) if oncotree else None
        if former is not None:
            return former
        coded = f"NCIT:{ncit}" if ncit else ""
        for key in filter(None, (doid, coded, name, oncotree)):
            named = self._tumors.get(t.search_key(key), set())
            if named:
                return Placement(tuple(sorted(named)))
        return self._placements.get(t.search_key(coded)) if coded else None

    def curated_tumor(self, name: str) -> Placement | None:
        """The placement that the curated table or a loaded crosswalk gives for a disease's name or DOID, or None."""
        return self._placements.get(name if name.startswith("DOID:") else t.search_key(name))

    def tumor_row(self, code: str) -> Row | None:
        """The tumor type of a code as the graph has it, or None."""
        return self._tumor_rows.get(code)

    def tumor_rows(self) -> tuple[Row, ...]:
        """All tumor types that the graph has."""
        return tuple(self._tumor_rows.values())

    def tumors_named(self, name: str) -> tuple[str, ...]:
        """The codes of the tumor types with this name, synonym, DOID or NCIt code, sorted."""
        return tuple(sorted(self._tumors.get(t.search_key(name), ())))

    def is_below(self, code: str, other: str) -> bool:
        """Whether a tumor type is the other one or lies below it."""
        waiting, seen = [code], set()
        while waiting:
            at = waiting.pop()
            if at == other:
                return True
            if at not in seen and at in self._tumor_rows:
                seen.add(at)
                waiting += self.broader_tumors(at)
        return False

    def is_tumor_type(self, code: str) -> bool:
        """Whether OncoTree has this code."""
        return code in self._tumor_rows

    def broader_tumors(self, code: str) -> tuple[str, ...]:
        """The codes right above a tumor type."""
        return tuple(cells(self._tumor_rows[code], "broader"))

    def _nearest_placed(self, doid: str) -> Placement | None:
        """The placement of the nearest broader diseases, breadth first; None when there is none.

        A disease that is listed without a type says nothing, so the way goes on above it. Evidence for one disease is
        never taken for evidence for any cancer only because nothing nearer is known: that is UnknownTerm.
        """
        level, seen = set(self._broader_diseases.get(doid, ())), {doid}
        while level:
            placed = [self._placement(disease) for disease in sorted(level)]
            found = self._narrowest([placement for placement in placed if placement is not None and placement.codes])
            if found:
                codes = tuple(sorted({code for placement in found for code in placement.codes}))
                if any(wide <= set(codes) for wide in _ANY_CANCER):
                    reason = "its nearest broader disease with a type is any cancer; add it to the table of diseases"
                    raise UnknownTerm("tumor type", doid, reason)
                profiles = {placement.profile for placement in found}
                profile = profiles.pop() if len(profiles) == 1 else None
                return Placement(codes, False, profile, f"the nearest broader disease of {doid}")
            seen |= level
            level = {above for disease in level for above in self._broader_diseases.get(disease, ())} - seen
        return None

    def _narrowest(self, placements: list[Placement]) -> list[Placement]:
        """The placements without those that hold another one whole: the disease lies in the narrower one."""
        return [
            one
            for one in placements
            if not any(self._holds(one, other) and not self._holds(other, one) for other in placements)
        ]

    def _holds(self, wide: Placement, narrow: Placement) -> bool:
        below = all(any(self.is_below(code, above) for above in wide.codes) for code in narrow.codes)
        return below and wide.profile in {None, narrow.profile}

    def _placement(self, doid: str) -> Placement | None:
        if doid in self._placements:
            return self._placements[doid]
        found = self._tumors.get(t.search_key(doid))
        return Placement(tuple(sorted(found))) if found else None

    # Documents

    def document(self, address: str) -> str | None:
        """The label that the graph has for a document at an address; None, since tables of terms cite none."""
        return None

    # Biomarkers

    def biomarkers_named(self, name: str) -> tuple[str, ...]:
        """The ids of the biomarkers whose label is the name, sorted, whatever the case (`HER2 positive`)."""
        key = name.casefold()
        return tuple(sorted(id for id, row in self.biomarkers.items() if row["label"].casefold() == key))

    def biomarkers_of_marker(self, marker: str) -> tuple[str, ...]:
        """The ids of the biomarkers that are measured as a marker (`HER2`), sorted, whatever the case."""
        key = marker.casefold()
        return tuple(sorted(id for id, row in self.biomarkers.items() if row["marker"].casefold() == key))

    def biomarker(self, name: VariantName) -> str:
        """The profile of a variant name: a biomarker id, or an expression of several (`G12/G13`)."""
        from kb.variant_names import biomarker_of

        return biomarker_of(name, self)

    def add_biomarker(self, row: Row) -> str:
        """The id of the biomarker that the row defines, which is added unless the graph has one of that id."""
        if row["id"] not in self.biomarkers:
            self._learn_biomarker(row)
            self.additions["biomarkers"].append(row)
        return row["id"]

    def variant(self, gene: str, text: str, origin: str | None) -> str | None:
        """The profile that the curated table of variant names gives, or None."""
        return self._variants.get((gene, text.casefold(), origin or "")) or self._variants.get(
            (gene, text.casefold(), "")
        )

    def protein_change(self, gene: str, change: ProteinChange) -> str | None:
        """The biomarker of a protein change, in whatever notation it was defined, or None."""
        return self._changes.get((gene, change))

    def codon(self, gene: str, number: int) -> str | None:
        """The biomarker of any substitution at a codon, or None."""
        return self._codons.get((gene, number))

    def fusion_of(self, gene: str, partner: str) -> str | None:
        """The biomarker of a pair of fusion partners, or None."""
        return self._pairs.get(frozenset({gene, partner}))

    def exon_codons(self, gene: str, number: int) -> tuple[int, int] | None:
        """The first and last codon of an exon of the gene's MANE Select transcript, or None when it is not known."""
        return self._exons.get((gene, number))


def _therapy_id(name: str) -> str:
    """The id of a drug: its name in lower case, without the sign that joins regimens."""
    return name.lower().replace("+", " and ").replace("|", "/").strip()


def read(file: Path) -> tuple[Row, ...]:
    """The rows of a curated table; none when it is not there."""
    if not file.is_file():
        return ()
    with file.open(encoding="utf-8", newline="") as lines:
        return tuple(Row(row) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
