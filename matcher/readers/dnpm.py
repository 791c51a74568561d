"""MTB files of the German network DNPM (mv64e-mtb, "MTBFile"): a patient with diagnoses, therapies and findings.

Model and code lists: https://github.com/dnpm-dip/mtb-model ; JSON: https://github.com/dnpm-dip/mv64e-mtb-dto-java .
"""

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
)
from kb.nomenclature.genomic import BUILD_NAMES
from matcher.notes import Severity, UnusableInput
from matcher.patient import Patient, PriorTherapy, Sample
from matcher.readers import columns
from matcher.readers import document_names as names
from matcher.readers.document import Document, Part, age_between
from matcher.readers.named_change import Named, names_in, protein_of, tell_unannotated
from matcher.readers.reading import PatientFile
from matcher.specimens import kind_of

USED = ("diagnoses", "guidelineTherapies", "performanceStatus", "specimens", "histologyReports", "ihcReports",
        "msiFindings", "ngsReports", "systemicTherapies", "responses")  # fmt: skip

STATES = {
    "low-level-gain": CopyNumberState.GAIN,
    "high-level-gain": CopyNumberState.AMPLIFICATION,
    "loss": CopyNumberState.LOSS,
}
"""dnpm-dip/mtb/ngs-report/cnv/type; a loss with no copy left is a homozygous deletion."""

_TECHNICAL = frozenset({"id", "patient", "system", "version", "type", "display", "reason", "recordedOn", "issuedOn",
                        "specimen", "basedOn", "unit", "method"})  # fmt: skip
_CLINVAR = {"1": "benign", "2": "likely benign", "3": "uncertain", "4": "likely pathogenic", "5": "pathogenic"}
_PROTEINS = {"ERBB2": "HER2", "CD274": "PD-L1", "ESR1": "ER", "PGR": "PR"}
_EXPRESSION = {"exp": "expressed", "not-exp": "no expression"}
_IC = {"0": "<1%", "1": ">=1%", "2": ">=5%", "3": ">=10%"}
_TC = {**_IC, "4": ">=25%", "5": ">=50%", "6": ">=75%"}
_MSI = {
    "stable": ("MSI", "MSS"),
    "msi-low": ("MSI", "MSI-L"),
    "msi-high": ("MSI", "MSI-H"),
    "mmr-proficient": ("MMR", "proficient"),
    "mmr-deficient": ("MMR", "deficient"),
}
_GIVEN = frozenset({"on-going", "stopped", "completed"})
_SETTINGS = {"A": "adjuvant", "N": "neoadjuvant", "I": "perioperative"}
_BEST = ("CR", "PR", "SD", "PD")


@dataclass(frozen=True, slots=True)
class _Found:
    """What the findings give: alterations, and what belongs to a specimen."""

    alterations: list[Alteration] = field(default_factory=list)
    reported: dict[str, set[str]] = field(default_factory=dict)
    purity: dict[str, float] = field(default_factory=dict)


def read(path: Path, sample: str | None = None) -> PatientFile:
    """The patient of an MTB file. All specimens are read.

    UnusableInput for a fragment without anything that describes a patient or a finding.
    """
    document = Document(path)
    top = document.read()
    if not top.has("patient", *USED):
        raise UnusableInput(
            str(path), "the MTB file has neither a patient nor findings", f"give it one of patient, {', '.join(USED)}"
        )
    found = _Found()
    _ngs_reports(top, found)
    _ihc_reports(top, found)
    _msi(top, found)
    diagnosis, diagnoses = _main_diagnosis(top)
    codes = _codes(top, diagnosis, found)
    patient = replace(
        _person(top),
        tumor_type=next(iter(codes), None),
        tumor_codes=codes[1:],
        stage=_stage(diagnosis),
        ecog=_ecog(top),
        prior_therapies=_history(top, diagnosis),
        samples=_samples(top, found),
        alterations=tuple(found.alterations),
    )
    for other in diagnoses:
        message = f"another diagnosis, {_coding(other.get('code'))[1] or 'without a name'}"
        other.note(f"{message}: only the main one is matched", "give its code with --tumor-type if that one is meant")
    _leave_the_rest(top)
    return PatientFile(patient, (*document.notes, *document.unread_notes()))


def _coding(part: Part | None) -> tuple[str | None, str | None]:
    """Code and display; the display is the code where there is none."""
    if part is None:
        return None, None
    code, display = part.text("code"), part.text("display")
    return code, display or code


def _person(top: Part) -> Patient:
    part = top.get("patient")
    if part is None:
        parts = (one for section in USED for one in top.items(section))
        name = next((text for one in parts if (text := one.text("patient", "id"))), None) or top.document.path.stem
        top.note(f"no patient in the file: {name!r} is the id", "add the section patient")
        return Patient(name, place=top.place)
    stated = part.text("id")
    name = stated or top.document.path.stem
    if stated is None:
        part.note(f"the patient has no id: {name!r} is used", "write patient: {id: ...}")
    age, unit = part.whole("age", "value"), (part.text("age", "unit") or "Years").lower()
    if age is not None and not (unit.startswith("year") and 0 <= age <= 130):
        part.note(f"an age of {age} {unit}: not used", "write it in years")
        age = None
    born = part.date("birthDate")
    episodes = [day for one in top.items("episodesOfCare") if (day := one.date("period", "start"))]
    if age is None and born and episodes:
        age = age_between(born, max(episodes))
        part.note(f"age {age} on {max(episodes)}, the start of the episode", "write patient.age", Severity.INFO)
    return Patient(name, age=age, sex=names.SEXES.get((part.text("gender", "code") or "").lower()), place=part.place)


def _main_diagnosis(top: Part) -> tuple[Part | None, list[Part]]:
    """The main diagnosis, or else the first, and the others."""
    listed = list(top.items("diagnoses"))
    kinds = [{one.text("value", "code") for one in part.items("type", "history")} for part in listed]
    mains = [part for part, kind in zip(listed, kinds, strict=True) if "main" in kind]
    chosen = next(iter(mains or listed), None)
    return chosen, [part for part in listed if part is not chosen]


def _codes(top: Part, diagnosis: Part | None, found: _Found) -> tuple[str, ...]:
    """The codes of the tumor: morphology and topography in ICD-O-3, ICD-10-GM, and the names."""
    if diagnosis is None:
        return ()
    code, name = _coding(diagnosis.get("code"))
    topography, _ = _coding(diagnosis.get("topography"))
    histologies = {one.text("id") for one in diagnosis.items("histology")}
    specimens = {
        one.text("id") for one in top.items("specimens") if one.text("diagnosis", "id") in (diagnosis.text("id"), None)
    }
    listed: list[str] = []
    labels: list[str] = []
    for report in top.items("histologyReports"):
        _cell_content(report.get("results", "tumorCellContent"), report.text("specimen", "id"), found)
        morphology, label = _coding(report.get("results", "tumorMorphology", "value"))
        own = report.text("id") in histologies or report.text("specimen", "id") in specimens
        if morphology and own:
            listed.append(f"ICD-O-3:{morphology}")
            labels += [label] if label else []
    if topography and re.fullmatch(r"C\d\d(\.\d+)?", topography.upper()):
        listed.append(f"ICD-O-3:{topography}")
    listed += [f"ICD-10:{code}"] if code else []
    return tuple(dict.fromkeys((*listed, *labels, *([name] if name and name != code else []))))


def _stage(diagnosis: Part | None) -> str | None:
    """The latest TNM with the spread in words: `T2 N0 M1, metastasized`."""
    entries = list(diagnosis.items("staging", "history")) if diagnosis is not None else []
    if not entries:
        return None
    latest = max(entries, key=lambda one: one.date("date") or "")
    tnm = latest.get("tnmClassification")
    found = [text for key in ("tumor", "nodes", "metastasis") if tnm and (text := tnm.text(key, "code"))]
    others = [text for one in latest.items("otherClassifications") if (text := one.text("code"))]
    return ", ".join(filter(None, [" ".join(found), *others])) or None


def _ecog(top: Part) -> int | None:
    """The latest ECOG grade."""
    grades: dict[str, int] = {}
    for part in top.items("performanceStatus"):
        code = part.text("value", "code")
        if code in ("0", "1", "2", "3", "4", "5"):
            grades[part.date("effectiveDate") or ""] = int(code)
        else:
            part.note(f"the ECOG grade {code!r} is not used", "write a code from 0 to 5", Severity.ERROR)
    return grades[max(grades)] if grades else None


def _samples(top: Part, found: _Found) -> tuple[Sample, ...]:
    """The specimens with their assay, tumor cell content and kinds of result."""
    samples: dict[str, Sample] = {}
    for number, part in enumerate(top.items("specimens"), start=1):
        name = part.text("id") or f"specimen-{number}"
        kind = kind_of(part.text("type", "code") or "")
        site, _ = _coding(part.get("collection", "localization"))
        day = part.date("collection", "date")
        samples[name] = Sample(name, kind, None if site == "unknown" else site, day, place=part.place)
    for name in (*found.reported, *found.purity):
        samples.setdefault(name, Sample(name))
    return tuple(
        replace(
            one,
            purity=found.purity.get(name),
            reported=frozenset(found.reported.get(name, ())),
        )
        for name, one in samples.items()
    )


def _cell_content(part: Part | None, specimen: str | None, found: _Found) -> None:
    """The share of tumor cells; the histological one is kept before the computed one."""
    share = part.number("value") if part is not None else None
    if part is None or share is None:
        return
    if not 0 <= share <= 1:
        part.note(f"tumor cell content {share:g} is no share: not used", "write a fraction from 0 to 1", Severity.ERROR)
    elif specimen is not None:
        if part.text("method", "code") == "histologic":
            found.purity[specimen] = share
        else:
            found.purity.setdefault(specimen, share)


def _ngs_reports(top: Part, found: _Found) -> None:
    for report in top.items("ngsReports"):
        specimen = report.text("specimen", "id")
        kind, _ = _coding(report.get("type"))
        builds = {text for one in report.items("metadata") if (text := one.text("referenceGenome"))}
        build = next(iter(builds)) if len(builds) == 1 else None
        results = report.get("results")
        if results is None:
            continue
        before = len(found.alterations)
        found.alterations.extend(_small_variants(results, specimen, BUILD_NAMES.get((build or "").lower(), build)))
        found.alterations.extend(_copy_numbers(results, specimen))
        found.alterations.extend(_fusions(results, specimen))
        if specimen is not None:
            kinds = {_kind(one) for one in found.alterations[before:]}
            found.reported.setdefault(specimen, set()).update(kinds)
            if kind and kinds:
                message = (
                    f"the sequencing of {specimen} is a {kind}: what the report does not list counts as not tested"
                )
                remedy = "where it lists all that was found, name what was looked at with --assay (WES, WGS, a file)"
                report.note(message, remedy, Severity.INFO)
        found.alterations.extend(_scores(results, specimen))
        _cell_content(results.get("tumorCellContent"), specimen, found)


def _kind(one: Alteration) -> str:
    if isinstance(one, CopyNumberChange):
        return "copy number"
    return "fusion" if isinstance(one, Fusion) else "small variant"


def _gene(part: Part | None) -> str:
    """The symbol of a gene, or its HGNC id where no symbol is given."""
    code, display = _coding(part)
    return display or code or ""


def _small_variants(results: Part, specimen: str | None, build: str | None) -> Iterator[SmallVariant]:
    for part in results.items("simpleVariants"):
        gene = _gene(part.get("gene"))
        texts = [text for key in ("proteinChange", "dnaChange") if (text := _name(part, key))]
        named = names_in(texts)
        named = replace(named, protein=named.protein or (_name(part, "proteinChange")))
        genomic = _genomic(part, build)
        if not gene and genomic is None:
            part.note("a variant without gene and position: no alteration", "name its gene", Severity.ERROR)
            part.take()
            continue
        told = named if named != Named() else Named(genomic_text=str(genomic) if genomic else None)
        tell_unannotated(gene, told, part)
        word = _CLINVAR.get(part.text("interpretation", "code") or "")
        frequency = part.text("allelicFrequency")
        yield SmallVariant(
            gene,
            part.place,
            protein_of(named.protein, gene, part),
            named.coding,
            exon=columns.whole((part.text("exonId") or "").lower().removeprefix("exon").strip()),
            transcript=part.text("transcriptId", "value") or named.transcript,
            genomic=genomic,
            vaf=columns.fraction(frequency) if frequency else None,
            depth=part.whole("readDepth"),
            significance=word,
            significance_source="interpretation" if word else None,
            sample=specimen,
        )


def _name(part: Part, key: str) -> str | None:
    """A name that is given as text, or as a coding in older files."""
    found = part.get(key)
    if found is None:
        return None
    if isinstance(found.value.content, str):
        return found.text()
    return found.text("code") or found.text("display")


def _genomic(part: Part, build: str | None) -> GenomicChange | None:
    chromosome = _name(part, "chromosome")
    position, reference, alternate = part.whole("position", "start"), part.text("refAllele"), part.text("altAllele")
    if not chromosome or position is None or not reference or not alternate:
        return None
    return GenomicChange(chromosome.removeprefix("chr"), position, reference, alternate, build)


def _copy_numbers(results: Part, specimen: str | None) -> Iterator[CopyNumberChange]:
    """One change for each gene that the report calls affected."""
    for part in results.items("copyNumberVariants"):
        code, _ = _coding(part.get("type"))
        state, copies = STATES.get(code or ""), part.number("totalCopyNumber")
        affected = [_gene(gene) for gene in part.items("reportedAffectedGenes")]
        if state is None or not affected:
            what = "names no affected gene" if state else f"has the unknown type {code!r}"
            part.note(f"a copy-number variant {what}: no alteration", "complete it", Severity.ERROR)
            part.take()
            continue
        if state is CopyNumberState.LOSS and copies == 0:
            state = CopyNumberState.HOMOZYGOUS_DELETION
        yield from (CopyNumberChange(gene, state, part.place, copies, None, specimen) for gene in affected if gene)


def _fusions(results: Part, specimen: str | None) -> Iterator[Fusion]:
    for key in ("dnaFusions", "rnaFusions"):
        for part in results.items(key):
            five, three = (part.get(f"fusionPartner{end}prime") for end in "53")
            genes = [_gene(side.get("gene")) if side is not None else "" for side in (five, three)]
            exons = [columns.whole(side.text("exonId") or "") if side is not None else None for side in (five, three)]
            if not any(genes):
                part.note("a fusion that names no partner: no alteration", "name its genes", Severity.ERROR)
                part.take()
                continue
            reads = part.whole("reportedNumReads")
            yield Fusion(
                genes[0] or None, genes[1] or None, part.place, sample=specimen, five_prime_exon=exons[0],
                three_prime_exon=exons[1], reads=reads,
            )  # fmt: skip


def _scores(results: Part, specimen: str | None) -> Iterator[MarkerValue]:
    """TMB, HRD score with its class, BRCAness and expression by RNA sequencing."""
    tmb = results.get("tmb")
    if tmb is not None and (value := tmb.text("value", "value")):
        name, shown = names.measured("TMB", None, value, tmb.text("value", "unit"))
        yield MarkerValue(name, shown, tmb.place, specimen)
    hrd = results.get("hrdScore")
    if hrd is not None:
        if value := hrd.text("value"):
            yield MarkerValue("HRD score", value, hrd.place, specimen)
        if word := hrd.text("interpretation", "code"):
            yield MarkerValue("HRD", word, hrd.place, specimen)
    brcaness = results.get("brcaness")
    if brcaness is not None and (value := brcaness.text("value")):
        yield MarkerValue("BRCAness", value, brcaness.place, specimen)
    for part in results.items("rnaSeqs"):
        gene, value = _gene(part.get("gene")), part.text("transcriptsPerMillion")
        if gene and value:
            yield MarkerValue(f"{gene} RNA", f"{value} TPM", part.place, specimen)
        else:
            part.note("an RNA measurement without gene or transcriptsPerMillion: not used", "complete it")


def _ihc_reports(top: Part, found: _Found) -> None:
    for report in top.items("ihcReports"):
        specimen = report.text("specimen", "id")
        for key in ("proteinExpression", "msiMmr"):
            for part in report.items("results", key):
                found.alterations.extend(_protein_expression(part, specimen))


def _protein_expression(part: Part, specimen: str | None) -> Iterator[MarkerValue]:
    """The staining of one protein: its grade, and the scores, each on its own scale."""
    gene = _gene(part.get("protein"))
    if not gene:
        part.note("a staining that names no protein: not used", "name it", Severity.ERROR)
        part.take()
        return
    name = _PROTEINS.get(gene, gene)
    grade = part.text("value", "code")
    if grade == "unknown":
        part.note(f"no result of {name} IHC: not used", "test it, if it is needed", Severity.INFO)
    elif grade:
        yield MarkerValue(f"{name} IHC", _EXPRESSION.get(grade, grade), part.place, specimen)
    for key, scale in (("tpsScore", "TPS"), ("cpsScore", "CPS")):
        if value := part.text(key):
            yield MarkerValue(f"{name} {scale}", value, part.place, specimen)
    for key, scale, classes in (("icScore", "IC", _IC), ("tcScore", "TC", _TC)):
        code, display = _coding(part.get(key))
        if code or display:
            yield MarkerValue(f"{name} {scale}", classes.get(code or "", display or ""), part.place, specimen)


def _msi(top: Part, found: _Found) -> None:
    """Microsatellite status by its class; the score has no cut-off of its own, dMMR is another assay than MSI-H."""
    for part in top.items("msiFindings"):
        specimen = part.text("specimen", "id")
        code, display = _coding(part.get("interpretation"))
        known = _MSI.get(code or "")
        if known is not None:
            found.alterations.append(MarkerValue(*known, part.place, specimen))
        elif display:
            found.alterations.append(MarkerValue("MSI", names.msi_word(display) or display, part.place, specimen))
        if value := part.text("value"):
            found.alterations.append(MarkerValue("MSI score", value, part.place, specimen))


def _history(top: Part, diagnosis: Part | None) -> tuple[PriorTherapy, ...] | None:
    """The therapies given for the main diagnosis, guideline therapies first; None when the file names none."""
    own = diagnosis.text("id") if diagnosis is not None else None
    responses = _responses(top)
    therapies: list[PriorTherapy] = []
    documented = list(top.items("guidelineTherapies"))
    documented += [part for each in top.items("systemicTherapies") if (part := _latest(each)) is not None]
    for part in documented:
        therapy = _therapy(part, own, responses)
        if therapy is not None:
            therapies.append(therapy)
    if len(therapies) > 1 and any(therapy.line is None for therapy in therapies):
        place = next(therapy.place for therapy in therapies if therapy.line is None)
        message = "not every therapy has a line: each counts as one"
        top.document.note(place, message, "check the number of prior lines")
    return tuple(therapies) or None


def _latest(documentation: Part) -> Part | None:
    """The last state of a therapy that was documented several times."""
    states = list(documentation.items("history"))
    if not states:
        return documentation if documentation.has("medication", "status") else None
    latest = max(enumerate(states), key=lambda each: (each[1].date("recordedOn") or "", each[0]))[1]
    for state in states:
        if state is not latest:
            state.take()
            state.document.leave("systemicTherapies", "an earlier state of a therapy", state.value.row)
    return latest


def _responses(top: Part) -> dict[str, list[str]]:
    """RECIST's codes of each therapy in the order of their days."""
    dated: list[tuple[str, str, str]] = []
    for part in top.items("responses"):
        therapy, code = part.text("therapy", "id"), part.text("value", "code")
        if therapy and code in _BEST:
            dated.append((part.date("effectiveDate") or "", therapy, code))
        else:
            part.take()
            part.note(f"a response {code!r}: not used", "write CR, PR, SD or PD", Severity.INFO)
    found: dict[str, list[str]] = {}
    for _, therapy, code in sorted(dated, key=lambda one: one[0]):
        found.setdefault(therapy, []).append(code)
    return found


def _therapy(part: Part, own: str | None, responses: dict[str, list[str]]) -> PriorTherapy | None:
    """One therapy that was given; a note for one not given, of another diagnosis, or without a drug."""
    status, _ = _coding(part.get("status"))
    reason = part.text("reason", "id")
    drugs = tuple(name for drug in part.items("medication") if (name := _drug(drug)))
    told = " + ".join(drugs) or "a therapy"
    if status is not None and status not in _GIVEN:
        part.take()
        part.note(f"{told}: status {status}, no therapy given", "correct the status if it was", Severity.INFO)
        return None
    if reason is not None and own is not None and reason != own:
        part.take()
        part.note(f"{told} was given for another diagnosis: not used", "correct its reason if it was not")
        return None
    if not drugs:
        part.note("a therapy without a medication: not used", "name the drugs", Severity.ERROR)
        return None
    seen = responses.get(part.text("id") or "", [])
    start, stop = part.date("period", "start"), part.date("period", "end")
    return PriorTherapy(
        drugs,
        part.place,
        part.whole("therapyLine"),
        start,
        stop,
        next((code for code in _BEST if code in seen), None),
        _ending(part, status, seen),
        _SETTINGS.get(part.text("category", "code") or "") or _palliative(part),
    )


def _palliative(part: Part) -> str | None:
    return "palliative" if part.text("intent", "code") == "P" else None


def _ending(part: Part, status: str | None, seen: list[str]) -> str | None:
    """What ended the therapy: the stated reason, or a last response of progressive disease, or its completion."""
    reason = part.text("statusReason", "code")
    if reason not in (None, "unknown", "other"):
        return reason
    if seen and seen[-1] == "PD":
        return "progression"
    return "completed" if status == "completed" else None


def _drug(part: Part) -> str | None:
    code, display = _coding(part)
    return names.drug(display) if display else code


def _leave_the_rest(top: Part) -> None:
    """Count what no function above has asked for."""
    content = top.value.content
    for key, value in content.items() if isinstance(content, dict) else ():
        if key == "metadata":
            continue  # consent and transfer, nothing clinical
        top.document.leave_unread(key, Part(value, key, top.document), _TECHNICAL)
