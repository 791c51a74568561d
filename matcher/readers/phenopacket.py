"""GA4GH phenopackets, version 2, in JSON or YAML (https://phenopacket-schema.readthedocs.io/en/latest/)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from kb.alteration import (
    Alteration,
    CopyNumberChange,
    CopyNumberState,
    Fusion,
    GenomicChange,
    MarkerValue,
    SmallVariant,
    of_normal_tissue,
)
from kb.nomenclature import alteration_text, significance
from kb.nomenclature.errors import UnreadableAlteration
from kb.nomenclature.genomic import BUILD_NAMES
from matcher import readers
from matcher.cut_offs import by_copies
from matcher.notes import Severity, UnusableInput
from matcher.patient import Patient, PriorTherapy, Sample
from matcher.readers import columns
from matcher.readers import document_names as names
from matcher.readers.document import Document, Part, age_between, years
from matcher.readers.named_change import chromosome, names_in, protein_of, tell_unannotated
from matcher.readers.reading import PatientFile
from matcher.readers.tree import Value
from matcher.specimens import Specimen, named_specimen, specimen

FAMILY_KEYS = ("proband", "relatives", "pedigree", "members")
V1_KEYS = ("genes", "variants", "htsFiles")

STRUCTURAL_STATES = {
    "SO:0001742": CopyNumberState.GAIN,
    "SO:0001743": CopyNumberState.LOSS,
    "EFO:0030067": CopyNumberState.LOSS,
    "EFO:0030068": CopyNumberState.LOSS,
    "EFO:0020073": CopyNumberState.LOSS,
    "EFO:0030069": CopyNumberState.HOMOZYGOUS_DELETION,
    "EFO:0030070": CopyNumberState.GAIN,
    "EFO:0030071": CopyNumberState.GAIN,
    "EFO:0030072": CopyNumberState.AMPLIFICATION,
    "EFO:0030073": CopyNumberState.AMPLIFICATION,
}
"""States by the codes of `structuralType` and of VRS's copy-number change (https://vrs.ga4gh.org, CopyNumberChange).
EFO's "high-level loss" is not said to be homozygous, so it is a loss here."""

_FUSIONS = frozenset({"SO:0001565", "SO:0001886"})
_TECHNICAL = frozenset({"metaData", "id", "individualId"})
_SPECIMENS = {
    "UBERON:0001969": "plasma",
    "UBERON:0000178": "blood",
    "UBERON:0013755": "blood",
    "UBERON:0013756": "blood",
    "UBERON:0001977": "serum",
    "UBERON:0001359": "cerebrospinal fluid",
    "UBERON:0000175": "pleural effusion",
    "UBERON:0001087": "pleural fluid",
    "UBERON:0001088": "urine",
    "UBERON:0002371": "bone marrow",
    "UBERON:0001836": "saliva",
    "UBERON:0006956": "buccal mucosa",
    "CL:0000738": "leukocytes",
    "CL:2000001": "PBMC",
}
"""What is sampled where it is no organ with a tumor: arterial and venous blood, fluids, and what is taken as normal."""
_REFERENCE = "EFO:0009654"


@dataclass(frozen=True, slots=True)
class _Found:
    """What is gathered while the packet is read."""

    samples: list[Sample] = field(default_factory=list)
    alterations: list[Alteration] = field(default_factory=list)
    normal: set[str] = field(default_factory=set)


def read(path: Path, sample: str | None = None) -> PatientFile:
    """The patient of the phenopacket; VCF or MAF files that it names by a relative path are read beside it.

    UnusableInput for a family or a cohort, for version 1, and for what is no phenopacket. All samples are read.
    """
    document = Document(path)
    top = document.read()
    packet = Part(_camel(top.value), "phenopacket", document)
    packet = packet.get("phenopacket") or packet
    _refuse_other(packet)
    subject = packet.get("subject") or Part(Value(packet.value.row, {}), "subject", document)
    found = _Found()
    codes, stage = _diagnosis(packet)
    for part in packet.items("biosamples"):
        _biosample(part, len(found.samples) + 1, found)
    person = _person(subject, packet)
    _interpretations(packet, person.id, found)
    found.alterations.extend(_measurements(packet, None))
    _files(packet, Sample(person.id, kind="not stated"), found)
    therapies, medications = _treatments(packet, codes)
    _leave_the_rest(packet)
    codes = codes or _biosample_codes(packet)
    patient = replace(
        person,
        tumor_type=next(iter(codes), None),
        tumor_codes=codes[1:],
        stage=stage,
        prior_therapies=therapies,
        medications=medications,
        incomplete=frozenset({"medications"}),
        samples=tuple(found.samples),
        alterations=tuple(found.alterations),
    )
    return PatientFile(patient, (*document.notes, *document.unread_notes()))


def _camel(value: Value) -> Value:
    """The tree with keys in lowerCamelCase: protobuf's JSON may be written with either form of the field names."""
    if isinstance(value.content, tuple):
        return Value(value.row, tuple(_camel(item) for item in value.content))
    if not isinstance(value.content, dict):
        return value
    return Value(value.row, {_camel_key(key): _camel(item) for key, item in value.content.items()})


def _camel_key(key: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), key)


def _refuse_other(packet: Part) -> None:
    path, version = str(packet.document.path), packet.text("metaData", "phenopacketSchemaVersion") or ""
    if packet.has(*FAMILY_KEYS):
        kind = "cohort" if packet.has("members") else "family"
        raise UnusableInput(path, f"it is a {kind} of phenopackets", "give the phenopacket of one patient")
    if version.startswith("1") or (not version and packet.has(*V1_KEYS)):
        raise UnusableInput(
            path, "it is a phenopacket of schema version 1", "convert it to version 2 (phenopacket-tools convert)"
        )
    known = ("subject", "biosamples", "interpretations", "diseases", "medicalActions", "measurements")
    if not packet.has(*known):
        raise UnusableInput(path, "the phenopacket describes no patient", f"give it one of {', '.join(known)}")


def _person(subject: Part, packet: Part) -> Patient:
    """Name, sex and age of the subject."""
    name = subject.text("id")
    if name is None:
        name = packet.text("id") or packet.document.path.stem
        subject.note(f"the subject has no id: {name!r} is used", "write subject: {id: ...}")
    stated = (subject.text("sex") or "").lower()
    return Patient(name, age=_age(subject, packet), sex=names.SEXES.get(stated), place=packet.place)


def _age(subject: Part, packet: Part) -> int | None:
    """The age at the last encounter, or else on the day when the document was made."""
    encounter = subject.get("timeAtLastEncounter")
    duration = encounter.text("age", "iso8601duration") if encounter else None
    if duration is not None and subject is not None:
        found = years(duration)
        if found is None:
            subject.note(f"the age {duration!r} is no ISO 8601 duration: not used", "write P52Y2M")
        return found
    born = subject.date("dateOfBirth")
    if born is None:
        return None
    stated = encounter.date("timestamp") if encounter else None
    day = stated or packet.date("metaData", "created")
    age = age_between(born, day) if day else None
    if age is None:
        subject.note("no age: the day of the last encounter is not stated", "write timeAtLastEncounter", Severity.INFO)
    elif stated is None:
        subject.note(f"age {age} on {day}, when the document was made", "write timeAtLastEncounter", Severity.INFO)
    return age


def _term(part: Part | None) -> tuple[str | None, str | None]:
    """Id and label of an ontology term."""
    return (part.text("id"), part.text("label")) if part is not None else (None, None)


def _diagnosis(packet: Part) -> tuple[tuple[str, ...], str | None]:
    """The tumor's codes, the most useful first and its label last, and the stage.

    The first disease that is not excluded counts; another one becomes a note.
    """
    terms: list[tuple[str | None, str | None, Part]] = []
    stages: list[str] = []
    for disease in packet.items("diseases"):
        code, label = _term(disease.get("term"))
        if disease.text("excluded") == "true":
            disease.note(f"the disease {label or code} is excluded: not used", "none needed", Severity.INFO)
            continue
        if not terms or terms[0][0] == code:
            stages += [text for stage in disease.items("diseaseStage") if (text := _term(stage)[1] or _term(stage)[0])]
        terms.append((code, label, disease))
    for interpretation in packet.items("interpretations"):
        disease_part = interpretation.get("diagnosis", "disease")
        if disease_part is not None:
            terms.append((*_term(disease_part), disease_part))
    if not terms:
        return (), None
    first = terms[0]
    for code, label, part in terms[1:]:
        if (code or label) != (first[0] or first[1]):
            part.note(
                f"another disease, {label or code}: only {first[1] or first[0]} is matched",
                "give its code with --tumor-type if that one is meant",
            )
    return tuple(text for text in first[:2] if text), "; ".join(dict.fromkeys(stages)) or None


def _biosample_codes(packet: Part) -> tuple[str, ...]:
    """The histological diagnosis of the only tumor sample, for a packet that names no disease."""
    found = {_term(part.get("histologicalDiagnosis")) for part in packet.items("biosamples")} - {(None, None)}
    return tuple(text for text in next(iter(found)) if text) if len(found) == 1 else ()


def _biosample(part: Part, number: int, found: _Found) -> None:
    """A biosample, its measurements and its files."""
    name = part.text("id") or f"sample-{number}"
    tissue, site = _term(part.get("sampledTissue"))
    material, _ = _term(part.get("materialSample"))
    kind = "normal" if material == _REFERENCE else _SPECIMENS.get(tissue or "") or _named(site)
    if specimen(kind) is Specimen.NORMAL:
        found.normal.add(name)
    collected = part.get("timeOfCollection")
    day = collected.date("timestamp") if collected is not None else None
    found.samples.append(Sample(name, kind, site or tissue, day, place=part.place))
    found.alterations.extend(_measurements(part, name))
    _files(part, found.samples[-1], found)


def _named(label: str | None) -> str:
    """The kind of sample of this label: blood, fluids and normal tissue by name, anything else is the tumor's site."""
    return label if label and named_specimen(label) not in {None, Specimen.TUMOR} else "tissue"


def _files(part: Part, sample: Sample, found: _Found) -> None:
    """The variants of the files of the packet or of a biosample; files elsewhere, or of reads, are notes."""
    reported: set[str] = set()
    for file in part.items("files"):
        uri = file.text("uri")
        form = (file.text("fileAttributes", "fileFormat") or "").lower()
        if uri is None:
            file.note("a file without uri: not read", "write uri: variants.vcf", Severity.ERROR)
            continue
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|/", uri):
            file.take()
            file.note(f"the file {uri} is not beside the document: not read", "name it by a relative path")
            continue
        if form and form not in ("vcf", "maf", "tsv", "txt"):
            file.take()
            file.note(f"the file {uri} is a {form}, no list of variants: not read", "name the VCF or MAF made from it")
            continue
        reading = _reading(file, uri, sample.id)
        part.document.notes.extend(reading.notes)
        reported |= reading.reported
        for one in reading.alterations:
            placed = replace(one, sample=sample.id)
            found.alterations.append(of_normal_tissue(placed) if sample.id in found.normal else placed)
    if not reported:
        return
    if sample in found.samples:
        found.samples[found.samples.index(sample)] = replace(sample, reported=frozenset(reported))
    else:
        found.samples.append(replace(sample, reported=frozenset(reported)))


def _reading(file: Part, uri: str, sample: str) -> readers.Reading:
    """The file's variants, under the name that the packet gives the sample inside it, or the only one."""
    identifiers = file.get("individualToFileIdentifiers")
    inside = None
    if identifiers is not None:
        keys = identifiers.keys()
        inside = identifiers.text(sample if sample in keys else keys[0]) if keys else None
        identifiers.take()
    try:
        try:
            return readers.read(file.document.path.parent / uri, inside)
        except UnusableInput:
            if inside is None:
                raise
            return readers.read(file.document.path.parent / uri, None)
    except UnusableInput as error:
        raise UnusableInput(file.place, f"the file {uri}: {error.reason}", error.remedy) from error


def _measurements(part: Part, sample: str | None) -> Iterator[MarkerValue]:
    """The measurements as marker values: known markers under their names, others under the assay's label."""
    for one in part.items("measurements"):
        code, label = _term(one.get("assay"))
        loinc = code.rpartition(":")[2] if code and code.upper().startswith("LOINC") else None
        quantities = [(label, one.get("value", "quantity"))]
        for typed in one.items("complexValue", "typedQuantities"):
            kind = _term(typed.get("type"))
            quantities.append((kind[1] or kind[0], typed.get("quantity")))
        word = _term(one.get("value", "ontologyClass"))
        told = 0
        for name, quantity in quantities:
            value = quantity.text("value") if quantity else None
            if quantity is None or value is None:
                continue
            unit_code, unit_label = _term(quantity.get("unit"))
            unit = "%" if (unit_code or "").endswith("%") else unit_label or unit_code
            told += 1
            yield _marker_value(one, name or label or code or "measurement", loinc, value, unit, sample)
        if word[1] or word[0]:
            told += 1
            yield _marker_value(one, label or code or "measurement", loinc, word[1] or word[0] or "", None, sample)
        if not told:
            one.note(f"the measurement {label or code or ''} has no value: not used".replace("  ", " "), "add it")


def _marker_value(
    part: Part, label: str, loinc: str | None, value: str, unit: str | None, sample: str | None
) -> MarkerValue:
    name, text = names.measured(label, loinc, value, unit)
    return MarkerValue(name, text, part.place, sample)


def _interpretations(packet: Part, subject: str, found: _Found) -> None:
    """The alterations of all genomic interpretations that are not rejected."""
    samples = {sample.id for sample in found.samples}
    for interpretation in packet.items("interpretations"):
        for one in interpretation.items("diagnosis", "genomicInterpretations"):
            stated = one.text("subjectOrBiosampleId")
            sample = stated if stated in samples else None
            if stated is not None and sample is None and stated != subject:
                one.note(f"no subject or biosample {stated!r} in the document", "correct subjectOrBiosampleId")
            status = (one.text("interpretationStatus") or "").upper()
            described = one.get("variantInterpretation")
            if status == "REJECTED":
                one.take()
                one.note(f"the interpretation of {_label(one)} is REJECTED: no alteration", "none", Severity.INFO)
            elif described is not None:
                _variant(described, sample, sample in found.normal, found)
            else:
                gene = one.get("gene") or one.get("geneDescriptor")
                symbol = (gene.text("symbol") or gene.text("valueId")) if gene is not None else None
                what = f"the interpretation names the gene {symbol} only" if symbol else "an empty interpretation"
                one.note(f"{what}: no alteration", "give a variantInterpretation")


def _label(one: Part) -> str:
    described = one.get("variantInterpretation", "variationDescriptor") or one.get("gene")
    if described is None:
        return "a variant"
    gene = described.text("geneContext", "symbol") or described.text("symbol")
    return described.text("label") or gene or described.text("id") or "a variant"


def _variant(part: Part, sample: str | None, is_normal: bool, found: _Found) -> None:
    """The alteration that one variant interpretation describes."""
    descriptor = part.get("variationDescriptor")
    if descriptor is None:
        part.note("a variant interpretation without variationDescriptor: no alteration", "add it", Severity.ERROR)
        return
    gene = descriptor.text("geneContext", "symbol") or descriptor.text("geneContext", "valueId") or ""
    copies = _copies(descriptor)
    change: Alteration | None
    if copies is not None:
        change = _copy_number(descriptor, *copies, gene, sample)
    else:
        change = _fusion(descriptor, gene, sample) or _small_variant(descriptor, part, gene, sample)
    if change is None:
        part.take()
    else:
        found.alterations.append(of_normal_tissue(change) if is_normal else change)


def _structure(descriptor: Part) -> tuple[str, str]:
    code, label = _term(descriptor.get("structuralType"))
    return (code or "").upper().replace("_", ":"), (label or "").lower().replace("_", " ")


def _copies(descriptor: Part) -> tuple[CopyNumberState, float | None] | None:
    """State and number of a copy-number change, None when the descriptor is another kind of variant."""
    variation = descriptor.get("variation", "copyNumber")
    code, label = _structure(descriptor)
    change = descriptor.text("variation", "copyNumberChange", "copyChange") or ""
    number = variation.number("number", "value") if variation is not None else None
    stated = STRUCTURAL_STATES.get(code) or alteration_text.STATES.get(label) or STRUCTURAL_STATES.get(change.upper())
    if stated is None and number is not None and number >= 0:
        stated = by_copies(number)
    return (stated, number) if stated is not None else None


def _copy_number(
    descriptor: Part, state: CopyNumberState, number: float | None, gene: str, sample: str | None
) -> CopyNumberChange | None:
    """The copy-number change of the gene; a note when it names none."""
    if gene:
        return CopyNumberChange(gene, state, descriptor.place, number, None, sample)
    name = descriptor.text("label") or descriptor.text("id") or "a region"
    message = f"the copy-number change {name} ({state.value}) names no gene: no alteration"
    descriptor.note(message, "give it a geneContext", Severity.ERROR)
    return None


def _fusion(descriptor: Part, gene: str, sample: str | None) -> Fusion | None:
    """The fusion that the structural type or the label names."""
    code, kind = _structure(descriptor)
    label = descriptor.text("label") or ""
    if code not in _FUSIONS and "fusion" not in kind and not re.search(r"::|\bfusion\b|rearrangement", label, re.I):
        return None
    try:
        change = alteration_text.parse(label or "fusion", gene, descriptor.place, sample)
    except UnreadableAlteration:
        change = None
    if isinstance(change, Fusion):
        return change
    if not gene:
        return None
    descriptor.note(f"a fusion of {gene} whose partner is not named", "write the label as EML4::ALK")
    return Fusion(None, gene, descriptor.place, sample=sample, oriented=False)


def _small_variant(descriptor: Part, part: Part, gene: str, sample: str | None) -> SmallVariant | None:
    """The small variant of the descriptor's expressions, its VCF record and its label."""
    texts = [text for one in descriptor.items("expressions") if one.text("syntax") and (text := one.text("value"))]
    label = descriptor.text("label")
    texts += [text for text in (label, descriptor.text("description")) if text]
    named = names_in(texts)
    genomic = _vcf_record(descriptor) or named.genomic
    if not gene and label and (leading := re.match(r"([A-Z][A-Z0-9-]{1,14})[ :]", label)) and named != names_in([]):
        gene = leading[1]
    if not gene and genomic is None:
        name = label or descriptor.text("id") or "a variant"
        descriptor.note(f"{name} names neither a gene nor a genomic change: no alteration", "add it", Severity.ERROR)
        return None
    tell_unannotated(gene, replace(named, genomic_text=named.genomic_text or (str(genomic) if genomic else None)), part)
    stated = part.text("acmgPathogenicityClassification")
    word = significance.parse(stated) if stated and stated.upper() not in ("NOT_PROVIDED", "UNRECOGNIZED") else None
    transcript = next((t for t in texts if re.fullmatch(r"(NM|NR|ENST)_?\d+(\.\d+)?", t)), None)
    return SmallVariant(
        gene,
        descriptor.place,
        protein_of(named.protein, gene, descriptor),
        named.coding,
        transcript=named.transcript or transcript,
        genomic=genomic,
        vaf=_fraction(descriptor),
        zygosity=names.zygosity(*_term(descriptor.get("allelicState"))),
        significance=word,
        significance_source="acmgPathogenicityClassification" if word else None,
        sample=sample,
    )


def _vcf_record(descriptor: Part) -> GenomicChange | None:
    record = descriptor.get("vcfRecord")
    if record is None:
        return None
    position, reference, alternate = record.whole("pos"), record.text("ref"), record.text("alt")
    name, build = chromosome(record.text("chrom") or "")
    stated = record.text("genomeAssembly")
    if not name or position is None or not reference or not alternate:
        record.note("the VCF record is incomplete: not used", "give chrom, pos, ref and alt", Severity.ERROR)
        return None
    return GenomicChange(name, position, reference, alternate, BUILD_NAMES.get((stated or "").lower(), stated) or build)


def _fraction(descriptor: Part) -> float | None:
    """The allele fraction that an extension gives."""
    for extension in descriptor.items("extensions"):
        name = (extension.text("name") or "").lower().replace("_", "-")
        if name in ("allele-frequency", "allele-fraction", "vaf", "variant-allele-frequency"):
            return columns.fraction(extension.text("value") or "")
    return None


def _treatments(packet: Part, codes: tuple[str, ...]) -> tuple[tuple[PriorTherapy, ...] | None, tuple[str, ...]]:
    """The therapies against the tumor, None without any; treatments of another target are medications."""
    therapies: list[PriorTherapy] = []
    medications: list[str] = []
    for action in packet.items("medicalActions"):
        treatment, regimen = action.get("treatment"), action.get("therapeuticRegimen")
        if treatment is None and regimen is None:
            continue
        target_code, target = _term(action.get("treatmentTarget"))
        found = _treatment(treatment) if treatment is not None else _regimen(regimen)
        if found is None:
            action.note("a treatment without an agent: not used", "name the drug", Severity.ERROR)
        elif target_code and codes and not {target_code, target} & {*codes}:
            medications += found.regimen
            message = f"{' + '.join(found.regimen)} is for {target or target_code}: no therapy of the tumor"
            action.note(message, "correct treatmentTarget if it is one", Severity.INFO)
        else:
            therapies.append(_ended(action, found))
    if len(therapies) > 1:
        message = f"the document does not say how its {len(therapies)} treatments form lines of therapy"
        packet.document.note(therapies[0].place, f"{message}: each counts as one", "check the number of prior lines")
    return tuple(therapies) or None, tuple(medications)


def _ended(action: Part, therapy: PriorTherapy) -> PriorTherapy:
    """The therapy with its response, its setting and what ended it."""
    reason = _term(action.get("treatmentTerminationReason"))
    told = _term(action.get("responseToTreatment"))
    intent = _term(action.get("treatmentIntent"))
    best = names.response(told[1] or "")
    if told[1] and best is None:
        action.note(f"the response {told[1]!r} is not used", "write a RECIST response", Severity.INFO)
    ended = reason[1] or reason[0]
    if ended and re.search(r"progress", ended, re.I):
        ended = "progression"
    return replace(
        therapy, best_response=best, stopped_for=ended or therapy.stopped_for, setting=names.setting(intent[1] or "")
    )


def _treatment(treatment: Part) -> PriorTherapy | None:
    """One agent with the first and the last day of its doses."""
    code, label = _term(treatment.get("agent"))
    agent = label or code
    starts, stops = [], []
    for dose in treatment.items("doseIntervals"):
        start, stop = dose.date("interval", "start"), dose.date("interval", "end")
        starts += [start] if start else []
        stops += [stop] if stop else []
    if agent is None:
        return None
    return PriorTherapy(
        names.drugs(names.drug(agent)), treatment.place, None, min(starts, default=None), max(stops, default=None)
    )


def _regimen(regimen: Part | None) -> PriorTherapy | None:
    """A named regimen with its days, where these are given as days."""
    if regimen is None:
        return None
    code, label = _term(regimen.get("ontologyClass"))
    outside = regimen.get("externalReference")
    name = label or (outside.text("description") if outside else None) or code or regimen.text("identifier")
    status = (regimen.text("regimenStatus") or "").upper()
    start, stop = [time.date("timestamp") if (time := regimen.get(key)) else None for key in ("startTime", "endTime")]
    if name is None:
        return None
    ended = {"COMPLETED": "completed", "DISCONTINUED": "discontinued"}.get(status)
    return PriorTherapy(names.drugs(name), regimen.place, None, start, stop, stopped_for=ended)


def _leave_the_rest(packet: Part) -> None:
    """Count what no function above has asked for."""
    document = packet.document
    content = packet.value.content
    for key, value in content.items() if isinstance(content, dict) else ():
        if key not in _TECHNICAL:
            document.leave_unread(key, Part(value, key, document), _TECHNICAL)
