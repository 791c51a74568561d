"""The answer to "why" as plain structures for JSON, version `mtb-match-why/1`: fields may be added, never renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matcher.levels import stated
from matcher.phrases import in_language
from matcher.proof_file import proof_of
from matcher.report.as_json import alteration_text, conflict_structure, functional_structure, local_structure, opening

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kb.provenance import Provenance
    from kb.source import Source
    from matcher.biomarker_status import BiomarkerStatus
    from matcher.criteria import Criterion
    from matcher.explain import Step
    from matcher.recommend import Option
    from matcher.scores import AccessScore, FrameworkLevel, Scores
    from matcher.why import Statement, Why

SCHEMA = "mtb-match-why/1"


def why_structure(why: Why) -> dict[str, Any]:
    """The answer as plain structures; `proof` is what `mtb-match verify` checks, `explanation` the tree in words."""
    matched, option = why.matched, why.option
    return {
        **opening(SCHEMA, matched),
        "lang": why.lang,
        "recommendation": {
            "rank": why.recommendation.rank,
            "of": why.recommended,
            "tier": option.tier,
            "regimen": list(option.regimen),
            "basis": option.basis,
            "id": option.id,
            "flags": list(option.flags),
            "because": why.proof.text,
        },
        "scores": _scores(why.scores, why.lang),
        **_functional(why),
        "criteria": [_criterion(each) for each in why.criteria],
        "warnings": [each.step.text for each in why.warnings],
        "to_confirm": [each.step.text for each in why.to_confirm],
        "to_rule_out": [each.finding.about for each in why.to_rule_out],
        "conflicts": [conflict_structure(each, why.lang) for each in why.conflicts],
        "also": [_also(each) for each in why.also],
        "local_evidence": local_structure(why.recommendation),
        "statements": [_statement(each) for each in why.statements],
        "releases": [each._asdict() for each in _releases(why)],
        "rules_fired": [{**each._asdict(), "cites": list(each.cites)} for each in why.rules],
        "places": [{"place": each.place, "says": list(each.says)} for each in why.places],
        "explanation": step_structure(why.proof),
        "proof": proof_of(why.matched, why.option),
    }


def _functional(why: Why) -> dict[str, Any]:
    """What organoids say of it, with its proof; empty for a patient without organoids."""
    found = functional_structure(why.matched, why.option)
    if not found:
        return {}
    return {"functional": {**found["functional"], "proofs": [step_structure(each) for each in why.functional]}}


def _scores(scores: Scores, lang: str) -> dict[str, Any]:
    variant, tumor = scores.variant, scores.tumor
    status = variant.status
    return {
        "variant_closeness": {
            "rung": variant.closeness,
            "biomarker": None if status is None else _biomarker(status, lang),
            "alterations": [
                {"alteration": alteration_text(each, lang), "place": str(each.place)} for each in variant.alterations
            ],
        },
        "tumor_closeness": {
            "relation": tumor.relation,
            "tumor_types": [each._asdict() for each in tumor.items],
            "patient": tumor.patients._asdict(),
        },
        "evidence_strength": {each.framework: _level(each, lang) for each in scores.levels},
        "access": _access(scores.access),
    }


def _biomarker(status: BiomarkerStatus, lang: str) -> dict[str, str]:
    label, because = in_language(status.label, lang), in_language(status.because, lang)
    return {"id": status.id, "label": label, "because": because}


def _level(level: FrameworkLevel, lang: str) -> dict[str, Any]:
    return {
        "grade": level.grade,
        "or_higher": level.least,
        "addenda": list(level.addenda),
        "computed": stated(lang)[level.framework],
        "sub_criteria": [
            {
                "verdict": each.verdict,
                "grade": each.grade,
                "says": each.text,
                "rule": each.step.rule,
                "sources": _sources(each.step.sources),
            }
            for each in level.criteria
        ],
    }


def _access(access: AccessScore) -> dict[str, Any]:
    return {
        "authorized": [{**each._asdict(), "sources": _sources(each.sources)} for each in access.authorized],
        "elsewhere": access.elsewhere,
        "reimbursed": access.reimbursed,
        "note": access.note,
        "trials": [{**each._asdict(), "countries": list(each.countries)} for each in access.trials],
        "drugs": [each._asdict() for each in access.drugs],
    }


def _criterion(each: Criterion) -> dict[str, Any]:
    found = each.finding
    return {
        "criterion": found.criterion,
        "verdict": found.verdict,
        "about": found.about,
        "recoverable": found.recoverable,
        "message": each.step.text,
        "rule": each.step.rule,
    }


def _also(option: Option) -> dict[str, Any]:
    return {
        "id": option.id,
        "basis": option.basis,
        "tier": option.tier,
        "levels": option.levels,
        "sources": _sources(option.item.record.sources),
    }


def _statement(each: Statement) -> dict[str, Any]:
    origin = each.provenance
    told: dict[str, Any] = {"iri": each.iri, "id": each.id, "says": list(each.says), "sources": _sources(each.sources)}
    if origin is None:
        return told
    return {
        **told,
        "kind": origin.kind,
        "dates": dict(origin.dates),
        "curator": origin.curator,
        "releases": [release.graph for release in origin.releases],
        **_curation(origin),
        "verified": origin.verified,
        "note": origin.note,
        "digest": origin.digest,
    }


def _curation(origin: Provenance) -> dict[str, Any]:
    """The decisions on a curated item, and the items that say a statement; empty for one of a release alone."""
    told: dict[str, Any] = {"stated_by": list(origin.stated_by)} if origin.stated_by else {}
    if origin.state is not None:
        decisions = [
            {name: value for name, value in each._asdict().items() if value is not None} for each in origin.decisions
        ]
        told["curation"] = {"state": origin.state, "decisions": decisions}
    return told


def _releases(why: Why) -> Iterable[Any]:
    """The releases that the statements are in, each once."""
    known = [each.provenance.releases for each in why.statements if each.provenance is not None]
    return dict.fromkeys(release for releases in known for release in releases)


def _sources(sources: Iterable[Source]) -> list[dict[str, str | None]]:
    return [{"label": each.label, "url": each.url} for each in sources]


def step_structure(step: Step) -> dict[str, Any]:
    """A step of an explanation and all below it; what a step does not have is left out."""
    told: dict[str, Any] = {"text": step.text}
    optional = {
        "verdict": step.verdict,
        "rule": step.rule,
        "cites": list(step.cites),
        "origin": step.origin,
        "sources": _sources(step.sources),
        "statement": step.iri,
        "places": list(step.places),
        "verified": step.verified,
        "parts": [step_structure(part) for part in step.parts],
    }
    return told | {name: value for name, value in optional.items() if value}
