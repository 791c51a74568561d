"""The referenced model of the Molecular Oncology Almanac (`referenced/*.json`): regulators' indications.

A statement joins a proposition (biomarkers that must all hold, a disease, therapies given together) to an indication of
a regulator. The statements of one indication are alternatives. What the indication's words ask beyond that (line, prior
therapy, stage, age) is not encoded there, so it stays as text, which is never met in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from kb.errors import UnknownTerm, UnreadableSource
from kb.loaders.base import Report
from kb.loaders.files import read_json
from kb.loaders.moalmanac_flat import SOURCE, burden, document_label, exon_variant, placed
from kb.normalizer import NAMES, Normalizer, Placement, VariantName
from kb.normalizer import read as read_names
from kb.statements import Row, cells

Record = dict[str, Any]

REIMBURSEMENT = "reimbursement decision (HSE)"
"""What a record of Ireland's health service is: no approval, but that a payer covers a drug."""

JURISDICTIONS = {"fda": "US", "ema": "EU", "hse": "IE", "hpra": "IE", "hc": "CA"}
"""Where each agency's word holds; the HSE decides what Ireland reimburses, the HPRA what may be sold there."""

_FILES = (
    "biomarkers", "diseases", "documents", "genes", "indications", "propositions", "statements", "therapies",
    "therapy_groups", "urls",
)  # fmt: skip
_STATUS = {"": "approved", "Approved": "approved", "Accelerated": "approved", "Withdrawn": "withdrawn"}
_DOCUMENT_STATUS = {"Active": "approved", "": "approved", "Withdrawn": "withdrawn", "Deprecated": "withdrawn"}


@dataclass(frozen=True, slots=True)
class Model:
    """The files of the model by name, each record by its id, and the day of the release."""

    tables: Mapping[str, Mapping[Any, Record]]
    places: Mapping[str, Path]
    updated: str

    def __getitem__(self, table: str) -> Mapping[Any, Record]:
        return self.tables[table]


class Claim(NamedTuple):
    """A statement in this graph's terms: biomarkers that must all hold, alternative regimens, tumor types.

    `stated_for` is the disease as the source names it, where it is narrower than the tumor types that stand for it.
    """

    biomarkers: frozenset[str]
    regimens: tuple[str, ...]
    tumors: tuple[str, ...]
    stated_for: str = ""


def read(folder: Path) -> Model:
    """The model of a folder; UnreadableSource when a file is missing, is no list of records, or refers to nothing."""
    tables: dict[str, dict[Any, Record]] = {}
    places: dict[str, Path] = {}
    for name in _FILES:
        places[name] = _file(folder, name)
        tables[name] = _records(places[name])
    about = next((file for file in (folder / "about.json", folder / "about.json.gz") if file.is_file()), None)
    said = read_json(about) if about is not None else {}
    updated = str(said.get("last_updated", "")) if isinstance(said, dict) else ""
    model = Model(tables, places, updated)
    for name, column, target in _REFERENCES:
        _check_references(model, name, column, target)
    return model


_REFERENCES = (
    ("statements", "proposition_id", "propositions"),
    ("statements", "indication_id", "indications"),
    ("propositions", "biomarkers", "biomarkers"),
    ("propositions", "conditionQualifier_id", "diseases"),
    ("propositions", "therapy_id", "therapies"),
    ("propositions", "therapy_group_id", "therapy_groups"),
    ("therapy_groups", "therapies", "therapies"),
    ("biomarkers", "genes", "genes"),
    ("indications", "document_id", "documents"),
)


def _file(folder: Path, name: str) -> Path:
    for file in (folder / f"{name}.json", folder / f"{name}.json.gz"):
        if file.is_file():
            return file
    raise UnreadableSource(str(folder), f"holds no {name}.json", "name the folder that the release was unpacked to")


def _records(file: Path) -> dict[Any, Record]:
    found = read_json(file)
    if not isinstance(found, list) or not all(isinstance(each, dict) and "id" in each for each in found):
        raise UnreadableSource(str(file), "is not a list of records with ids", "download the release again")
    records: dict[Any, Record] = {}
    for each in found:
        if each["id"] in records:
            place = f"{file}#{each['id']}"
            raise UnreadableSource(place, f"has the id {each['id']} a second time", "download the release again")
        records[each["id"]] = each
    return records


def _check_references(model: Model, name: str, column: str, target: str) -> None:
    known = model[target]
    for id, record in model[name].items():
        value = record.get(column)
        for reference in value if isinstance(value, list) else [value]:
            if reference is not None and reference not in known:
                problem = f"refers to {column} {reference!r}, which {model.places[target].name} does not have"
                raise UnreadableSource(f"{model.places[name]}#{id}", problem, "download the whole release again")


def rows(model: Model, names: Normalizer, report: Report) -> tuple[list[Row], list[Row]]:
    """The indications that the starter does not have, and their requirements; the report says what became of all."""
    reader = _Reader(model, names)
    statements: dict[str, list[Record]] = {}
    for statement in model["statements"].values():
        of = reader.corrected(f"statement:{statement['id']}", statement, ("indication_id",))
        statements.setdefault(of["indication_id"], []).append(statement)
    indications: list[Row] = []
    requirements: list[Row] = []
    for id, record in model["indications"].items():
        found = _indication(id, record, statements.get(id, []), reader, report)
        indications += found
        if found:
            requirements.append(Row(id=f"moalmanac:{id}", kind="text", text=_wording(record)))
    return indications, requirements


def _indication(id: str, record: Record, statements: list[Record], reader: _Reader, report: Report) -> list[Row]:
    """The rows of one indication: one, or one for each set of tumor types and regimens with biomarkers of its own."""
    fields = reader.corrected(f"indication:{id}", record, ("initial_approval_date", "status"))
    document = reader.model["documents"][record["document_id"]]
    about = reader.corrected(f"document:{record['document_id']}", document, ("status",))
    claims = list(_claims(statements, reader, report))
    if reader.names.has_indication(own_id(id)):
        report.take("statement of an indication that the starter has", len(claims))
        report.take("indication merged with the starter")
        return []
    reason = _not_taken(fields, statements)
    if reason is not None:
        report.leave(reason, id)
        for claim_id, _ in claims:
            report.leave(f"statement of a {reason}", claim_id)
        return []
    place = f"{reader.model.places['indications'].name}#{id}"
    try:
        status = _status(fields["status"], about["status"])
        if not claims:
            raise UnknownTerm("indication", id, "none of its statements is understood")
    except UnknownTerm as error:
        report.refuse(id, place, f"{error.kind} {error.name!r}", error.reason)
        return []
    report.take("indication")
    report.take("statement", len(claims))
    common = _common(id, record, fields, document, status, reader)
    common["note"] = "; ".join([common["note"], *reader.corrections(id, record["document_id"], statements)])
    return list(_rows(common, [claim for _, claim in claims]))


def own_id(id: str) -> str:
    """The id of an indication in this graph: its jurisdiction, then the source's id without the agency.

    >>> own_id("ind:fda.verzenio:0"), own_id("ind:hse.00221:a")
    ('US:verzenio:0', 'IE:00221:a')
    """
    agency, _, rest = id.removeprefix("ind:").partition(".")
    return f"{JURISDICTIONS.get(agency, agency)}:{rest}"


def _not_taken(fields: Mapping[str, str], statements: list[Record]) -> str | None:
    if fields["status"] == "Superseded":
        return "superseded indication"
    return None if statements else "indication whose biomarkers the source does not encode"


def _status(stated: str, of_document: str) -> str:
    """Approved or withdrawn: the indication's own word, unless its document as a whole is withdrawn."""
    for word, known in ((stated, _STATUS), (of_document, _DOCUMENT_STATUS)):
        if word not in known:
            raise UnknownTerm("status", word, f"not one of {', '.join(filter(None, known))}")
    return "withdrawn" if _DOCUMENT_STATUS[of_document] == "withdrawn" else _STATUS[stated]


# Statements


def _claims(statements: Iterable[Record], reader: _Reader, report: Report) -> Iterator[tuple[str, Claim]]:
    """Each statement in this graph's terms with its record id; one that is not understood is refused.

    A withdrawn indication is said by the indication itself; only what the curators of the source or of this graph
    call wrong is left.
    """
    for statement in statements:
        record = f"statement:{statement['id']}"
        if reader.corrected(record, statement, ("status",))["status"] == "Deprecated":
            report.meet("statement", True)
            report.leave("deprecated statement", record)
            continue
        try:
            claim = reader.claim(statement)
        except UnknownTerm as error:
            report.meet("statement", False)
            place = f"{reader.model.places['statements'].name}#{statement['id']}"
            report.refuse(record, place, f"{error.kind} {error.name!r}", error.reason)
            continue
        report.meet("statement", True)
        yield record, claim


class _Reader:
    """Propositions and their parts in this graph's terms, each worked out once."""

    def __init__(self, model: Model, names: Normalizer) -> None:
        self.model, self.names = model, names
        self.markers = _markers()
        self._claims: dict[Any, Claim | UnknownTerm] = {}
        for kind, table in (("therapy", "therapies"), ("biomarker", "biomarkers")):
            for id, record in model[table].items():
                self.corrected(f"{kind}:{id}", _flat(record), _PATCHED[kind])

    def corrected(self, record: str, of: Record, columns: Iterable[str]) -> dict[str, str]:
        """The named fields of a record as text, after the curated patches."""
        return self.names.corrected(SOURCE, record, {column: _text(of.get(column)) for column in columns})

    def corrections(self, indication: str, document: str, statements: Iterable[Record]) -> list[str]:
        """What was corrected in an indication and in what is said of it, each once, for its note."""
        records = [f"indication:{indication}", f"document:{document}"]
        for statement in statements:
            records += [f"statement:{statement['id']}", f"proposition:{statement['proposition_id']}"]
        patches = (patch for record in records for patch in self.names.patches.get((SOURCE, record), ()))
        return list(dict.fromkeys(f"corrected: {each.reason}" for each in patches if each in self.names.applied))

    def claim(self, statement: Record) -> Claim:
        """The claim of a statement; UnknownTerm when one of its parts is not understood.

        A curated patch may give a statement a profile, therapies or a disease of its own, where its proposition is
        right for other statements.
        """
        own = self.corrected(f"statement:{statement['id']}", statement, ("direction", *_OWN))
        if own["direction"] != "supports":
            raise UnknownTerm("direction", own["direction"], "an approval that does not support its proposition")
        key = (statement["proposition_id"], *(own[column] for column in _OWN))
        if key not in self._claims:
            try:
                self._claims[key] = self._proposition(statement["proposition_id"], own)
            except UnknownTerm as error:
                self._claims[key] = error
        claim = self._claims[key]
        if isinstance(claim, UnknownTerm):
            raise claim
        return claim

    def _proposition(self, id: Any, own: Mapping[str, str]) -> Claim:
        record = self.model["propositions"][id]
        stated = {
            "profile": "",
            "predicate": _text(record["predicate"]),
            "biomarkers": " | ".join(map(str, record["biomarkers"])),
            "disease": self.model["diseases"][record["conditionQualifier_id"]]["name"],
            "therapies": " + ".join(self.model["therapies"][each]["name"] for each in self._therapies(record)),
        }
        fields = self.names.corrected(SOURCE, f"proposition:{id}", stated)
        fields = {**fields, **{column: own[column] for column in _OWN if own[column]}}
        if fields["predicate"] != "predictSensitivityTo":
            raise UnknownTerm("predicate", fields["predicate"], "not what an approval says")
        tumor = self._tumor(fields["disease"])
        biomarkers = self._biomarkers(fields, tumor)
        return Claim(
            biomarkers,
            tuple(self._regimen(each) for each in fields["therapies"].split(" OR ")),
            tumor.codes,
            "" if tumor.exact else fields["disease"],
        )

    def _biomarkers(self, fields: Mapping[str, str], tumor: Placement) -> frozenset[str]:
        """What must hold: the profile of a patch (`NONE` for no biomarker), else every biomarker that is listed."""
        if fields["profile"]:
            found = {fields["profile"]} - {"NONE"}
        else:
            found = {self._biomarker(each, tumor.codes) for each in fields["biomarkers"].split(" | ")}
        return frozenset(found | ({tumor.profile} if tumor.profile else set()))

    def _regimen(self, therapies: str) -> str:
        return self.names.regimen([self._therapy(name) for name in therapies.split(" + ")])

    def _therapies(self, proposition: Record) -> list[Any]:
        if proposition["therapy_id"] is not None:
            return [proposition["therapy_id"]]
        group = self.model["therapy_groups"].get(proposition["therapy_group_id"])
        if group is None or group["membershipOperator"] != "AND":
            operator = group["membershipOperator"] if group else ""
            raise UnknownTerm("therapy group", str(operator), "not therapies that are given together")
        return list(group["therapies"])

    def _therapy(self, name: str) -> tuple[str, ...]:
        """The therapy of a name; one that is new to the graph carries what the source says of its class."""
        known = {row["id"] for row in self.names.additions["therapies"]}
        record = next((each for each in self.model["therapies"].values() if each["name"] == name), None)
        coding = _text(record["primary_coding_id"]) if record else ""
        ids = self.names.therapy(name, ncit=coding.removeprefix("ncit:") if coding.startswith("ncit:") else None)
        for row in self.names.additions["therapies"] if record else ():
            if row["id"] in ids and row["id"] not in known and record is not None:
                said = self.corrected(f"therapy:{record['id']}", _flat(record), _PATCHED["therapy"])
                row["stated_class"], row["modality"] = said["therapy_strategy"], said["therapy_type"]
        return ids

    def _tumor(self, name: str) -> Placement:
        record = next((each for each in self.model["diseases"].values() if each["name"] == name), None)
        system, _, code = _text(record["primary_coding_id"] if record else "").partition(":")
        coded = {system: code}
        return placed(name, coded.get("oncotree", ""), coded.get("ncit", ""), self.names)

    def _biomarker(self, id: str, tumors: tuple[str, ...]) -> str:
        record = next(each for key, each in self.model["biomarkers"].items() if str(key) == id)
        fields = self.corrected(f"biomarker:{id}", _flat(record), _PATCHED["biomarker"])
        genes = [str(self.model["genes"][int(each)]["name"]) for each in cells(Row(fields), "genes")]
        profile = fields["profile"] or self._marker(fields["name"], tumors) or self._named(fields, genes)
        return f"NOT {profile}" if fields["_present"] == "False" else profile

    def _marker(self, name: str, tumors: tuple[str, ...]) -> str | None:
        """The biomarker of a marker by the curated table, which may tell one kind of tumor from the others."""
        rows = self.markers.get(name, ())
        for row in sorted(rows, key=lambda row: not row["tumor_types"]):
            wanted = cells(row, "tumor_types")
            if wanted and not set(tumors) <= set(wanted):
                continue
            if row["profile"] not in self.names.biomarkers and row["marker"]:
                self.names.add_biomarker(_defined(row))
            return row["profile"]
        return None

    def _named(self, fields: Mapping[str, str], genes: list[str]) -> str:
        kind = fields["biomarker_type"]
        if kind == "Tumor mutational burden":
            return burden(fields["minimum_mutations_per_megabase"], self.names)
        if not genes:
            raise UnknownTerm("biomarker", fields["name"], "the table of markers does not have it")
        if kind in {"Somatic Variant", "Germline Variant"}:
            return self.names.biomarker(_variant(fields, genes[0]))
        if kind == "Rearrangement":
            text = fields["rearrangement_type"] or "Rearrangement"
            partners = tuple(genes) if len(genes) == 2 else ()
            return self.names.biomarker(VariantName(genes[0], text, (text.lower(),), partners, origin="somatic"))
        text = {"Copy Number": fields["direction"], "Wild type": "Wildtype"}.get(kind, "")
        if not text:
            raise UnknownTerm("biomarker", fields["name"], f"of a type that this loader does not read: {kind}")
        return self.names.biomarker(VariantName(genes[0], text, (text.lower(),), origin="somatic"))


_OWN = ("profile", "therapies", "disease")
"""What a patch can give a statement of its own; the source has none of these fields in a statement."""

_PATCHED = {
    "therapy": ("therapy_strategy", "therapy_type"),
    "biomarker": (
        "name", "genes", "biomarker_type", "profile", "protein_change", "cdna_change", "exon", "variant_annotation",
        "requires_oncogenic", "rearrangement_type", "direction", "minimum_mutations_per_megabase", "_present",
    ),
}  # fmt: skip
"""The fields that are read, and can be corrected, of each kind of record."""


def _variant(fields: Mapping[str, str], gene: str) -> VariantName:
    """A variant of one gene: its protein change, else its exon and kind, else its kind, else any that counts."""
    germline = fields["biomarker_type"] == "Germline Variant"
    origin = "germline" if germline else "somatic"
    annotation, exon = fields["variant_annotation"], re.sub(r"/.*", "", fields["exon"])
    change = fields["protein_change"]
    if change:
        text = change.removeprefix("p.")
        return VariantName(gene, text, (annotation.lower(),), protein=change, origin=origin)
    if annotation.startswith("Internal Tandem Duplication"):
        return VariantName(gene, "ITD", (annotation.lower(),), origin=origin)
    if exon and annotation:
        return exon_variant(gene, exon, annotation, origin)
    if annotation:
        return VariantName(gene, annotation, (annotation.lower(),), origin=origin)
    text = "Activating Mutation" if fields["name"].endswith(" activating variants") else "Mutation"
    return VariantName(gene, "Pathogenic" if germline else text, origin=origin)


def _markers() -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in read_names(NAMES / "markers.tsv"):
        found.setdefault(row["name"], []).append(row)
    return found


def _defined(row: Row) -> Row:
    """The biomarker that a row of the table of markers defines."""
    kind = "expression" if row["marker"] not in {"5q deletion", "17p deletion"} else "measured"
    new = Row(
        {column: row[column] for column in ("label", "marker", "operator", "threshold", "unit", "state", "assay")}
    )
    new["id"], new["kind"] = row["profile"], kind
    new["sources"], new["verified"] = "defined by the name of a variant in a loaded source", "yes"
    return new


def _flat(record: Record) -> Record:
    """A record with its extensions as fields of its own, and its genes as one text."""
    extensions = {each["name"]: each["value"] for each in record.get("extensions", ())}
    genes = {"genes": " | ".join(map(str, record["genes"]))} if record.get("genes") else {}
    return {**record, **extensions, **genes}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " | ".join(map(str, value))
    return "" if value is None else str(value).strip()


# Rows


def _common(id: str, record: Record, fields: Mapping[str, str], document: Record, status: str, reader: _Reader) -> Row:
    """The columns that all rows of an indication have."""
    agency = id.removeprefix("ind:").partition(".")[0]
    if agency not in JURISDICTIONS:
        raise UnreadableSource(id, f"is of an agency that is not known: {agency}", "report it")
    return Row(
        id=own_id(id),
        jurisdiction=JURISDICTIONS[agency],
        requirements=f"moalmanac:{id}",
        status=status,
        approval_type=_approval_type(record, fields["status"]),
        approved_on=fields["initial_approval_date"],
        sources=" | ".join([*_addresses(record, document, reader.model), f"MOAlmanac {id}"]),
        source_kind=REIMBURSEMENT if agency == "hse" else "regulator-derived database",
        verified="yes",
        note="; ".join(_notes(record, agency, document)),
    )


def _approval_type(record: Record, status: str) -> str:
    accelerated = record.get("date_accelerated_approval") or status == "Accelerated"
    regular = record.get("date_regular_approval")
    if accelerated and regular:
        return "accelerated then regular"
    return "accelerated" if accelerated else "regular" if regular else ""


def _addresses(record: Record, document: Record, model: Model) -> Iterator[str]:
    """The label of the first approval, else the document's own."""
    first = _text(record["initial_approval_url"]).replace(" ", "")
    listed = [_text(model["urls"].get(each, {}).get("url")).replace(" ", "") for each in document.get("urls") or ()]
    for address in [first] if first else listed[:1]:
        if address:
            yield f"{document_label(address)} {address}"


def _notes(record: Record, agency: str, document: Record) -> Iterator[str]:
    yield f"status in source: {_text(document['status']).lower()} (label version {_text(document['publication_date'])})"
    if agency == "hse":
        scheme = [_text(record.get(column)) for column in ("reimbursement_scheme", "reimbursement_comment")]
        yield f"what the public health system of Ireland reimburses, scheme: {', '.join(filter(None, scheme))}"
    yield "line, prior therapy and stage are in the words of the indication only"


def _wording(record: Record) -> str:
    return " ".join(_text(record["indication"]).split())


def _rows(common: Row, claims: list[Claim]) -> Iterator[Row]:
    """One row for each set of tumor types and regimens that share their biomarkers, so that none says too much."""
    found = sorted(_grouped(claims))
    for number, (tumors, stated_for, regimens, profile) in enumerate(found, start=1):
        row = Row(common)
        row["id"] = common["id"] if len(found) == 1 else f"{common['id']}.{number}"
        row["tumor_types"], row["regimens"], row["profile"] = " | ".join(tumors), " | ".join(regimens), profile
        row["conditions"] = f"tumor type as stated: {stated_for}" if stated_for else ""
        yield row


Scope = tuple[tuple[str, ...], str]
"""Tumor types, and the disease as stated where it is narrower."""


def _grouped(claims: list[Claim]) -> Iterator[tuple[tuple[str, ...], str, tuple[str, ...], str]]:
    """Tumor types, regimens and the one expression that holds for each pair of them.

    Two claims that differ in the tumor type alone share a row, and so do two that differ in the regimen alone.
    """
    by_scope: dict[Scope, dict[str, set[frozenset[str]]]] = {}
    for claim in claims:
        regimens = by_scope.setdefault((claim.tumors, claim.stated_for), {})
        for regimen in claim.regimens:
            regimens.setdefault(regimen, set()).add(claim.biomarkers)
    tumors_of: dict[tuple[str, tuple[tuple[str, str], ...]], set[str]] = {}
    for (tumors, stated_for), regimens in by_scope.items():
        said = tuple(sorted((regimen, _expression(sets)) for regimen, sets in regimens.items()))
        tumors_of.setdefault((stated_for, said), set()).update(tumors)
    for (stated_for, said), codes in tumors_of.items():
        regimens_of: dict[str, list[str]] = {}
        for regimen, profile in said:
            regimens_of.setdefault(profile, []).append(regimen)
        for profile, shared in regimens_of.items():
            yield tuple(sorted(codes)), stated_for, tuple(shared), profile


def _expression(sets: Iterable[frozenset[str]]) -> str:
    """Alternatives of biomarkers that must all hold; an alternative that asks more than another one is left out.

    >>> _expression([frozenset({"ER:POS", "HER2:NEG"}), frozenset({"ER:POS", "PR:POS", "HER2:NEG"})])
    'ER:POS AND HER2:NEG'
    """
    alternatives = set(sets)
    least = [each for each in alternatives if not any(other < each for other in alternatives)]
    return " OR ".join(sorted(" AND ".join(sorted(_bracketed(part) for part in each)) for each in least))


def _bracketed(part: str) -> str:
    return f"({part})" if " OR " in part and not re.fullmatch(r"(?:NOT )?\([^()]*\)", part) else part
