"""CIViC: evidence, assertions, molecular profiles, variants and features, from a release's TSV files.

Both layouts are read: that with GeneSummaries (until 2024) and that with FeatureSummaries. A folder holds one release.
CIViC's model: https://civic.readthedocs.io; data under CC0 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from kb.errors import UnknownTerm
from kb.loaders.base import Loader, Report
from kb.loaders.coordinates import of_civic
from kb.loaders.files import no_duplicates, one_file, read_table
from kb.loaders.study_text import read_study
from kb.normalizer import Normalizer, Placement, VariantName
from kb.statements import Row, Tables

_EVIDENCE = (
    "molecular_profile", "disease", "doid", "therapies", "therapy_interaction_type", "evidence_type",
    "evidence_direction", "evidence_level", "significance", "citation_id", "source_type", "nct_ids", "rating",
    "evidence_status", "evidence_id", "variant_origin", "evidence_civic_url", "is_flagged",
)  # fmt: skip
_ASSERTIONS = (
    "molecular_profile", "disease", "doid", "therapies", "assertion_type", "assertion_direction", "significance",
    "amp_category", "assertion_id", "evidence_item_ids", "assertion_civic_url", "is_flagged",
)  # fmt: skip

_DIRECTIONS = {"supports": "supports", "does not support": "does not support"}
_SIGNIFICANCE = {
    "sensitivity/response": "sensitivity",
    "resistance": "resistance",
    "reduced sensitivity": "reduced sensitivity",
    "adverse response": "adverse response",
}
_INTERACTION = {"": "single", "combination": "combination", "sequential": "sequential", "substitutes": "single"}
_ORIGIN = {
    "somatic": "somatic",
    "rare germline": "germline",
    "common germline": "germline",
    "combined": "combined",
    "unknown": "unknown",
    "n/a": "",
    "": "",
}
_AMP = re.compile(r"Tier (I|II|III|IV)(?: - Level ([A-D]))?")
_LEVEL_OF_AMP = {"A": "A", "B": "B", "C": "C", "D": "D"}
"""AMP/ASCO/CAP levels (10.1016/j.jmoldx.2016.10.002) on CIViC's scale, which ranks the same kinds of evidence."""


class Leaf(NamedTuple):
    """One variant of a molecular profile."""

    name: str


def load(path: Path, names: Normalizer, report: Report) -> Tables:
    """The predictive evidence and assertions of one release as rows."""
    evidence_file = one_file(path, "*ClinicalEvidenceSummaries.tsv")
    folder = evidence_file.parent
    _date(evidence_file, report)
    profiles = _Profiles(_variants(folder, names), names)
    evidence = read_table(evidence_file, _EVIDENCE)
    no_duplicates(evidence_file, ((line, row["evidence_id"]) for line, row in evidence))
    assertions_file = one_file(folder, "*AssertionSummaries.tsv")
    assertions = read_table(assertions_file, _ASSERTIONS)
    no_duplicates(assertions_file, ((line, row["assertion_id"]) for line, row in assertions))
    amp = _amp_of_evidence(row for _, row in assertions)
    interactions = {row["evidence_id"]: (_key(row), row["therapy_interaction_type"]) for _, row in evidence}
    rows: list[Row] = []
    designs: list[Row] = []
    for line, row in evidence:
        items = _evidence(row, f"{evidence_file.name}:{line}", profiles, names, report, amp)
        rows += items
        designs += _designs(row, items)
    for line, row in assertions:
        rows += _assertion(row, f"{assertions_file.name}:{line}", profiles, names, report, interactions)
    links = tuple(_oncogenic(evidence, profiles))
    variants = (row for _, row in read_table(one_file(folder, "*VariantSummaries.tsv"), ("variant",)))
    positions = tuple(of_civic(variants, report.release, names))
    tables = {"evidence": tuple(rows), "designs": tuple(designs), "links": links, "positions": positions}
    return Tables(tables)


def _date(file: Path, report: Report) -> None:
    """The release that the file's name tells: `01-Jul-2025-...` or `nightly-...`."""
    found = re.match(r"(\d{2}-[A-Z][a-z]{2}-\d{4})-", file.name)
    if found is None:
        report.release = report.release or "nightly"
        return
    day = datetime.strptime(found[1], "%d-%b-%Y").date()
    report.release, report.released_on = found[1], day.isoformat()


def _variants(folder: Path, names: Normalizer) -> dict[str, VariantName]:
    """Every variant by its full name, as profiles name it (`EGFR L858R`, `EML4::ALK Fusion`)."""
    file = one_file(folder, "*VariantSummaries.tsv")
    found: dict[str, VariantName] = {}
    for _, row in read_table(file, ("variant", "variant_types")):
        feature = row["feature_name"] or row["gene"]
        types = tuple(
            kind.strip() for kind in row["variant_types"].lower().split(",") if kind.strip() not in {"", "n/a"}
        )
        gene = _approved(feature, row["entrez_id"], names)
        partners: tuple[str | None, ...] = ()
        if "::" not in feature and re.fullmatch(r"[^\s():]+::[^\s():]+", row["variant"]):
            left, _, right = row["variant"].partition("::")
            partners = (left, right)
        found[f"{feature} {row['variant']}"] = VariantName(gene, row["variant"], types, partners)
        if partners:
            found[f"{row['variant']} Fusion"] = found[f"{feature} {row['variant']}"]
    return found


def _approved(feature: str, entrez: str, names: Normalizer) -> str:
    try:
        return names.gene(feature, entrez=entrez or None)
    except UnknownTerm:
        return feature  # a fusion or a factor (TMB); an unknown gene is refused where it is used


class _Profiles:
    """Molecular profiles as expressions over biomarker ids; each worked out once."""

    def __init__(self, variants: Mapping[str, VariantName], names: Normalizer) -> None:
        self._variants, self._names = variants, names
        self._known: dict[str, str | UnknownTerm] = {}

    def __getitem__(self, profile: str) -> str:
        if profile not in self._known:
            try:
                self._known[profile] = self._read(profile)
            except UnknownTerm as error:
                self._known[profile] = error
        found = self._known[profile]
        if isinstance(found, UnknownTerm):
            raise found
        return found

    def _read(self, profile: str) -> str:
        parts = [self.single(part.name) if isinstance(part, Leaf) else part for part in split(profile)]
        joined = " ".join(parts).replace("( ", "(").replace(" )", ")")
        return joined[1:-1] if len(parts) == 1 and joined.startswith("(") else joined

    def single(self, name: str) -> str:
        """The biomarker of one variant."""
        variant = self._variants.get(name)
        if variant is None:
            gene, _, text = name.partition(" ")
            variant = VariantName(gene, text)
        return self._names.biomarker(variant)


def split(profile: str) -> Iterator[Leaf | str]:
    """A profile's variants and operators; a bracket that stands alone groups, any other belongs to a name.

    >>> list(split("BRAF Amplification AND ( BRAF V600E OR BRAF V600K )"))[1:4]
    ['AND', '(', Leaf(name='BRAF V600E')]
    """
    words: list[str] = []
    for word in profile.split():
        if word in {"AND", "OR", "NOT", "(", ")"}:
            if words:
                yield Leaf(" ".join(words))
                words = []
            yield word
        else:
            words.append(word)
    if words:
        yield Leaf(" ".join(words))


def _evidence(
    row: Row, place: str, profiles: _Profiles, names: Normalizer, report: Report, amp: Mapping[tuple[str, ...], str]
) -> list[Row]:
    """The rows of one evidence item: one, or one for each of several substitutes."""
    id = f"EID{row['evidence_id']}"
    if row["evidence_type"] != "Predictive":
        report.leave(f"{row['evidence_type'].lower()} evidence: it is not about a therapy", id)
        return []
    if row["evidence_status"] not in {"accepted", "Accepted", "ACCEPTED"}:
        report.leave(f"evidence whose status is {row['evidence_status']}", id)
        return []
    fields = Row(names.corrected("civic", id, row))
    sources = " | ".join([*_publication(fields), f"CIViC {id} {fields['evidence_civic_url']}"])
    flagged = "; FLAGGED in CIViC" if fields["is_flagged"].lower() == "true" else ""
    common = Row(
        id=id,
        direction=fields["evidence_direction"],
        level=fields["evidence_level"],
        level_source="CIViC",
        origin=_ORIGIN.get(fields["variant_origin"].lower(), ""),
        rating=fields["rating"],
        amp_assertion=amp.get((row["evidence_id"], *_key(row)), ""),
        sources=sources,
        trials=" | ".join(re.findall(r"NCT\d{8}", fields["nct_ids"])),
        verified="yes",
        note=f"profile: {fields['molecular_profile']}{flagged}",
    )
    return _taken("evidence", fields, common, fields["therapy_interaction_type"], place, profiles, names, report)


def _designs(row: Row, items: Iterable[Row]) -> Iterator[Row]:
    """What the description tells of the study, for each item made of the record; nothing where it tells nothing."""
    if not row["evidence_statement"]:
        return
    for item in items:
        is_for = (item["direction"], item["significance"]) == ("supports", "sensitivity")
        study = read_study(row["evidence_statement"], item["level"], is_for)
        if study.tells_something:
            yield study.row(item["id"], item["sources"])


def _assertion(
    row: Row,
    place: str,
    profiles: _Profiles,
    names: Normalizer,
    report: Report,
    interactions: Mapping[str, tuple[tuple[str, ...], str]],
) -> list[Row]:
    """The rows of one assertion: an expert summary of evidence items, with an AMP level."""
    id = f"AID{row['assertion_id']}"
    if row["assertion_type"] != "Predictive":
        report.leave(f"{row['assertion_type'].lower()} assertion: it is not about a therapy", id)
        return []
    fields = Row(names.corrected("civic", id, row))
    tier = _AMP.fullmatch(fields["amp_category"])
    if tier is None or tier[2] is None:
        report.refuse(
            id, place, fields["amp_category"], "the assertion has no AMP level, so its strength is not stated"
        )
        return []
    items = sorted(re.findall(r"\d+", fields["evidence_item_ids"]), key=int)
    common = Row(
        id=id,
        direction=fields["assertion_direction"],
        level=_LEVEL_OF_AMP[tier[2]],
        level_source=f"CIViC assertion, {fields['amp_category']}",
        amp_assertion=f"{fields['amp_category']} (CIViC {id})",
        sources=f"CIViC {id} {fields['assertion_civic_url']}",
        verified="yes",
        note=f"profile: {fields['molecular_profile']}; rests on {', '.join(f'EID{item}' for item in items)}",
    )
    stated = {
        interactions[item][1] for item in items if item in interactions and interactions[item][0][2] == _key(row)[2]
    }
    interaction = stated.pop() if len(stated) == 1 else ""
    if not interaction and len(therapy_names(fields["therapies"], names)) > 1:
        reason = "its evidence does not say whether the therapies are given together or are alternatives"
        report.refuse(id, place, fields["therapies"], reason)
        return []
    return _taken("assertion", fields, common, interaction, place, profiles, names, report)


def _taken(
    kind: str,
    fields: Row,
    common: Row,
    interaction: str,
    place: str,
    profiles: _Profiles,
    names: Normalizer,
    report: Report,
) -> list[Row]:
    """The rows of a record whose every term is understood; none, and a word in the report, when one is not."""
    id = common["id"]
    try:
        profile = profiles[fields["molecular_profile"]]
    except UnknownTerm as error:
        report.meet(kind, False)
        report.refuse(id, place, fields["molecular_profile"], str(error))
        return []
    try:
        rows = _rows(common, profile, fields, interaction, names)
    except UnknownTerm as error:
        report.meet(kind, False)
        report.refuse(id, place, error.name, str(error))
        return []
    report.meet(kind, True)
    report.take(kind)
    return rows


def _rows(common: Row, profile: str, fields: Row, interaction: str, names: Normalizer) -> list[Row]:
    tumor = names.tumor(name=fields["disease"], doid=fields["doid"])
    word = interaction.lower()
    if word not in _INTERACTION:
        raise UnknownTerm("therapy interaction", interaction, "not one of combination, sequential and substitutes")
    therapies = [names.therapy(name) for name in therapy_names(fields["therapies"], names)]
    if not therapies:
        raise UnknownTerm("therapy", "", "the record names no therapy")
    regimens = [names.regimen([one]) for one in therapies] if word == "substitutes" else [names.regimen(therapies)]
    direction = _DIRECTIONS.get(common["direction"].lower())
    significance = _SIGNIFICANCE.get(fields["significance"].lower())
    if direction is None or significance is None:
        stated = f"{common['direction']} {fields['significance']}".strip()
        raise UnknownTerm("direction or significance", stated, "not stated in CIViC's words")
    whole = Row(common)
    whole.update(
        profile=_with(profile, tumor),
        combination=_INTERACTION[word],
        tumor_types=" | ".join(tumor.codes),
        tumor_as_stated=fields["disease"],
        tumor_placement="" if tumor.exact else "broader",
        direction=direction,
        significance=significance,
        note=_note(common["note"], fields),
    )
    if "+" in regimens[0] and whole["combination"] == "single":
        whole["combination"] = "combination"
    if len(regimens) == 1:
        return [Row(whole, regimen=regimens[0])]
    distinct = sorted(set(regimens))
    return [Row(whole, id=f"{common['id']}.{number}", regimen=one) for number, one in enumerate(distinct, start=1)]


def _with(profile: str, tumor: Placement) -> str:
    """The profile together with what the disease's name says of biomarkers."""
    if tumor.profile is None:
        return profile
    left = f"({profile})" if " OR " in profile else profile
    right = f"({tumor.profile})" if " OR " in tumor.profile else tumor.profile
    return f"{left} AND {right}"


def _note(note: str, fields: Row) -> str:
    return f"{note}; phenotype: {fields['phenotypes']}" if fields["phenotypes"] else note


def therapy_names(cell: str, names: Normalizer) -> list[str]:
    """The therapies of a cell; a comma inside a name that the curated table knows does not divide it."""
    pieces = [piece.strip() for piece in cell.split(",") if piece.strip()]
    found: list[str] = []
    at = 0
    while at < len(pieces):
        for end in range(len(pieces), at, -1):
            joined = [separator.join(pieces[at:end]) for separator in (",", ", ")]
            known = next((name for name in joined if end - at > 1 and names.knows_therapy(name)), None)
            if known is not None or end - at == 1:
                found.append(known or pieces[at])
                at = end
                break
    return found


def _publication(row: Row) -> list[str]:
    """The source that the curator read: a publication, or a meeting abstract by its number there."""
    if row["source_type"] == "PubMed" and row["citation_id"].isdigit():
        return [f"PMID:{row['citation_id']} https://pubmed.ncbi.nlm.nih.gov/{row['citation_id']}/"]
    return [f"{row['source_type']} {row['citation_id']}"] if row["citation_id"] else []


def _key(row: Row) -> tuple[str, ...]:
    """What an assertion and an evidence item must share for the assertion's level to be the item's."""
    therapies = ",".join(sorted(piece.strip().casefold() for piece in row["therapies"].split(",")))
    return row["molecular_profile"], row["disease"], therapies, row["significance"]


def _amp_of_evidence(assertions: Iterable[Row]) -> dict[tuple[str, ...], str]:
    """The AMP category that an assertion gives to the evidence items that it rests on and that say the same."""
    found: dict[tuple[str, ...], str] = {}
    for row in assertions:
        if row["assertion_type"] == "Predictive" and row["amp_category"]:
            for item in re.findall(r"\d+", row["evidence_item_ids"]):
                found[item, *_key(row)] = f"{row['amp_category']} (CIViC AID{row['assertion_id']})"
    return found


def _oncogenic(evidence: Iterable[tuple[int, Row]], profiles: _Profiles) -> Iterator[Row]:
    """Links from variants that CIViC's oncogenic evidence supports to the gene's oncogenic mutation."""
    linked: set[str] = set()
    for _, row in evidence:
        supports = row["evidence_direction"] == "Supports" and row["significance"] in {
            "Oncogenicity",
            "Likely Oncogenic",
        }
        if row["evidence_type"] != "Oncogenic" or not supports:
            continue
        try:
            biomarker = profiles[row["molecular_profile"]]
        except UnknownTerm:
            continue  # reported with the evidence about therapies, where there is any
        gene, _, change = biomarker.partition(":")
        if " " in biomarker or biomarker in linked or change in {"MUT", "LOF", "AMP"}:
            continue
        linked.add(biomarker)
        yield Row(biomarker=biomarker, broader=profiles.single(f"{gene} Mutation"))


LOADER = Loader(
    name="civic",
    title="CIViC",
    reads="the folder of a release's TSV files",
    licence="CC0 1.0",
    address="https://civicdb.org",
    load=load,
    id_prefixes=("EID", "AID"),
)
