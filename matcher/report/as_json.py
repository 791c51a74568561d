"""The answer as JSON, version `mtb-match/1`: fields may be added, never renamed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kb.alteration import Alteration, Origin, SmallVariant
from matcher.advice import Advice
from matcher.biomarker_status import BiomarkerStatus
from matcher.curated import considered, curation_structure, state_of, submitted_behind
from matcher.explain import Proofs, tree_lines
from matcher.functional import Read, functional_only, results_of, said_of
from matcher.levels import Levels, stated
from matcher.names import alteration_name, result_name
from matcher.phrases import in_language, joined, say
from matcher.recommend import Access, Answer, Avoided, Cited, Conflict, Finding, Option, Recommendation, Side

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.case import Matched
    from matcher.decisions import Placed, Weighed

SCHEMA = "mtb-match/1"


def render(answer: Answer) -> str:
    """The answer as indented JSON with a final line break; equal answers give equal bytes."""
    return json.dumps(structure(answer), ensure_ascii=False, indent=1) + "\n"


def structure(answer: Answer) -> dict[str, Any]:
    """The answer as plain structures in the order of the contract."""
    matched, proofs = answer.matched, Proofs(answer.matched, answer.lang)
    return {
        **opening(SCHEMA, matched),
        "biomarkers": [_status(status, answer.lang) for status in answer.biomarkers],
        "recommendations": [_recommendation(each, proofs) for each in answer.recommendations],
        "avoid": [_avoided(each, answer.lang, matched.knowledge) for each in answer.avoided],
        "not_recommended": [_rejected(option, answer.lang) for option in answer.not_recommended],
        "advice": [advice_structure(each, proofs) for each in answer.advice],
        "notes": [note.as_texts() for note in answer.notes],
        "frameworks": stated(answer.lang),
        "decisions": _decisions(answer),
        **_lesions(answer),
        **_functional(answer, proofs),
    }


def _decisions(answer: Answer) -> list[dict[str, Any]]:
    """The patient's joint decisions beside the recommendations; empty where the file tells of none."""
    if not answer.matched.patient.events:
        return []
    from matcher.decisions import weighed

    return [_decision(each) for each in weighed(answer)]


def _decision(each: Weighed) -> dict[str, Any]:
    joint = each.joint
    return {
        "date": joint.date,
        "recommended": [_placed(one) for one in each.recommended],
        "chosen": list(joint.chosen),
        "chosen_place": None if each.chosen is None else _placed(each.chosen),
        "outcome": joint.outcome,
        "reason": joint.reason,
        "detail": joint.detail,
        "started": joint.started,
        "where": str(joint.place),
    }


def _placed(placed: Placed) -> dict[str, Any]:
    return {"regimen": list(placed.regimen), "tier": placed.tier, "rank": placed.rank}


def _lesions(answer: Answer) -> dict[str, Any]:
    """The alterations by sample, for a patient with several samples."""
    if len(answer.matched.patient.samples) < 2:
        return {}
    from matcher.lesions import reconciled
    from matcher.report.lesions import lesions_part

    found = reconciled(answer.matched)
    return {"lesions": lesions_part(found, answer.lang)} if len(found.samples) > 1 else {}


def _functional(answer: Answer, proofs: Proofs) -> dict[str, Any]:
    """The patient's organoids and what they alone support; nothing where the patient has none."""
    if not answer.matched.patient.organoids:
        return {}
    results = results_of(answer.matched)
    alone = [
        {
            "regimen": list(each.regimen),
            "message": proofs.step(each.fact).text,
            "avoid": each.regimen in {row.regimen for row in answer.avoided},
            "organoids": [read.tested.id for read in each.results],
        }
        for each in functional_only(answer.matched)
    ]
    return {"organoids": [_organoid(each) for each in results], "functional_only": alone}


def _organoid(each: Read) -> dict[str, Any]:
    organoid, cut_offs = each.tested.organoid, each.tested.cut_offs
    return {
        "id": each.tested.id,
        "regimen": list(each.tested.regimen),
        "lesion": organoid.sample,
        "date": organoid.date,
        "inhibition_percent": organoid.inhibition_percent,
        "sensitive_from": cut_offs.sensitive,
        "resistant_below": cut_offs.resistant,
        "cut_offs_of": "laboratory" if each.tested.own_cut_offs else "project, unverified",
        "verdict": each.verdict,
        "state": each.state,
        "method": organoid.method,
        "dose": organoid.dose,
        "passage": organoid.passage,
        "place": str(organoid.place),
    }


def functional_structure(matched: Matched, option: Option) -> dict[str, Any]:
    """What organoids say of an option and where they put it among its equals; empty for a patient without organoids."""
    if not matched.patient.organoids:
        return {}
    said = [
        {
            "regimen": each.scheme.split("+"),
            "reach": each.reach,
            "verdict": each.verdict,
            "organoids": [read.tested.id for read in each.results],
        }
        for each in said_of(matched, option)
    ]
    return {"functional": {"place": option.functional, "said": said}}


def opening(schema: str, matched: Matched) -> dict[str, Any]:
    """How every answer about a patient begins: its schema, the date, what it was made from, and whom it is about."""
    return {
        "schema": schema,
        "as_of": matched.query.as_of,
        "kb": {"release": matched.knowledge.release, "digest": matched.knowledge.digest},
        **curation_structure(matched.knowledge, considered(matched)),
        "rules": {"digest": matched.rules.digest},
        "patient": {
            "id": matched.patient.id,
            "tumor_type": matched.query.tumor.code,
            "jurisdiction": matched.query.jurisdiction,
        },
    }


def _status(status: BiomarkerStatus, lang: str) -> dict[str, Any]:
    return {
        "id": status.id,
        "label": in_language(status.label, lang),
        "status": status.status.value,
        "alterations": [alteration_text(alteration, lang) for alteration in status.alterations],
        "because": in_language(status.because, lang),
        "closeness": status.closeness.label if status.closeness is not None else None,
        "assays": [in_language(name, lang) for name in status.assays],
    }


def alteration_text(alteration: Alteration, lang: str = "en") -> str:
    """An alteration with what its file says of it: `BRCA1 E23Vfs*17, germline, allele fraction 48% (t.tsv:2)`."""
    told = joined((alteration_name(alteration), *told_of(alteration, lang)), "told")
    return say("alterations", "placed", lang, label=told, place=str(alteration.place))


def told_of(alteration: Alteration, lang: str = "en") -> list[str]:
    """Origin, zygosity, allele fraction, classification, phase and filter of a small variant, where they are given.

    The file is the source of each of them; a classification names its column.
    """
    if not isinstance(alteration, SmallVariant):
        return []

    def told(key: str, **values: str) -> str:
        return say("alterations", key, lang, **values)

    found = [] if alteration.origin is Origin.UNKNOWN else [told(alteration.origin.value)]
    found += [result_name(alteration.zygosity, lang)] if alteration.zygosity else []
    found += [told("allele fraction", percent=f"{alteration.vaf:.0%}")] if alteration.vaf is not None else []
    if alteration.significance:
        stated, by = result_name(alteration.significance, lang), alteration.significance_source
        found.append(told("stated by", significance=stated, column=by) if by else stated)
    found += [told("phase", haplotype=alteration.haplotype)] if alteration.haplotype else []
    return found + ([told("filtered", filters=alteration.filtered)] if alteration.filtered else [])


def _recommendation(each: Recommendation, proofs: Proofs) -> dict[str, Any]:
    option = each.option
    return {
        "rank": each.rank,
        "tier": option.tier,
        "regimen": list(option.regimen),
        "basis": option.basis,
        "biomarkers": biomarkers_of(option, proofs.lang),
        "tumor_closeness": option.item.relation,
        "variant_closeness": option.variant_closeness,
        **_levels(option.graded),
        "flags": list(option.flags),
        "access": _access(each.access),
        "findings": [_finding(finding) for finding in option.findings],
        "evidence": [_cited(cited, proofs.matched.knowledge) for cited in each.evidence],
        "conflicts": [conflict_structure(conflict, proofs.lang) for conflict in each.conflicts],
        "also": [{"basis": other.basis, "id": other.id, "tier": other.tier} for other in each.also],
        "local_evidence": local_structure(each),
        **_unaccepted(proofs.matched, option),
        **functional_structure(proofs.matched, option),
        "proof": proofs.text(option),
    }


def _unaccepted(matched: Matched, option: Option) -> dict[str, Any]:
    """The submitted items on which the tier or a level rests; nothing where there are none."""
    ids = submitted_behind(matched, option)
    return {"rests_on_submitted": list(ids)} if ids else {}


def local_structure(each: Recommendation) -> list[dict[str, Any]]:
    """The site's local evidence for a recommended regimen; empty where the graph has none."""
    if not each.local:
        return []
    from matcher.report.local import structure

    return [structure(shown) for shown in each.local]


def biomarkers_of(option: Option, lang: str = "en") -> list[str]:
    """The labels of the biomarkers that the option rests on: those present, when the profile is a composite."""
    status = option.item.status
    return [in_language(status.label, lang)] if status is not None else []


def _access(access: Access) -> dict[str, Any]:
    return {"authorized": list(access.authorized), "reimbursed": access.reimbursed, "note": access.note}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "criterion": finding.criterion,
        "verdict": finding.verdict,
        "message": finding.message,
        "recoverable": finding.recoverable,
    }


def _cited(cited: Cited, knowledge: KnowledgeBase) -> dict[str, Any]:
    state = state_of(cited.id, knowledge)
    first = cited.sources[0].label if cited.sources else None
    return {
        "id": cited.id,
        "source": first,
        "sources": [{"label": source.label, "url": source.url} for source in cited.sources],
        "verified": cited.verified,
        **({} if state is None else {"curation": state}),
    }


def _avoided(each: Avoided, lang: str, knowledge: KnowledgeBase) -> dict[str, Any]:
    return {
        "regimen": list(each.regimen),
        "because": each.because,
        "biomarkers": [in_language(label, lang) for label in each.biomarkers],
        "message": each.message,
        "evidence": [_cited(cited, knowledge) for cited in each.evidence],
        **_levels(each.graded),
        "conflicts": [conflict_structure(conflict, lang) for conflict in each.conflicts],
    }


def _levels(graded: Levels) -> dict[str, Any]:
    """Grades by framework, the sub-criteria that keep a better one open, in words, and addenda."""
    return {
        "levels": graded.grades,
        "levels_open": {framework: list(texts) for framework, texts in graded.open.items()},
        "levels_addenda": {framework: list(marks) for framework, marks in graded.addenda.items()},
    }


def conflict_structure(conflict: Conflict, lang: str = "en") -> dict[str, Any]:
    """A conflict with both sides, how much of the regimen it is about, what decided, and the outcome."""
    return {
        "for": _side(conflict.speaks_for, lang),
        "against": _side(conflict.against, lang),
        "reach": conflict.reach,
        "decided": conflict.decided,
        "outcome": conflict.outcome,
    }


def _side(side: Side, lang: str) -> dict[str, Any]:
    record, status = side.item.record, side.item.status
    return {
        "id": side.item.id,
        "kind": side.kind,
        "says": in_language(side.says, lang),
        "level": side.level,
        "regimen": list(side.item.regimen),
        "biomarkers": [in_language(status.label, lang)] if status is not None else [],
        "tumor_closeness": side.item.relation,
        "source": record.sources[0].label if record.sources else None,
    }


def advice_structure(each: Advice, proofs: Proofs) -> dict[str, Any]:
    """What the course asks for beside therapies, with its proof."""
    proof = "\n".join(tree_lines(proofs.step(each.fact), proofs.lang))
    told = {name: value for name, value in each._asdict().items() if name != "fact"}
    return {**told, "proof": proof}


def _rejected(option: Option, lang: str) -> dict[str, Any]:
    return {
        "regimen": list(option.regimen),
        "basis": option.basis,
        "id": option.id,
        "recoverable": option.recoverable,
        "blocking": [_finding(finding) for finding in option.blocking],
        "conflicts": [conflict_structure(conflict, lang) for conflict in option.conflicts],
    }
