"""What became of a proof, as a document and as JSON (`mtb-match-verification/1`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matcher.facts import regimen_label
from matcher.phrases import say
from matcher.proof_file import ABSENCE, GIVEN
from matcher.report.document import Cell, Document, Section, Table
from matcher.report.rows import SHORT_DIGEST
from matcher.verify import Anew, Changed, Fault, Result, Verdict, Verification
from rules.facts import Fact
from rules.language import LANGUAGES

SCHEMA = "mtb-match-verification/1"


def document(found: Verification, lang: str = "en") -> Document:
    """The verification as a document: what became of it, what fails, what is another now, then every step."""
    named = _claimed(found, lang)
    title = say("verify", "title", lang, regimen=named["regimen"], tier=named["tier"])
    sections = (_faults(found, lang), _others(found, lang), _anew(found, lang), _steps(found, lang))
    return Document(
        title,
        tuple(_summary(found, lang)),
        tuple(_known(found, lang)),
        tuple(section for section in sections if section is not None),
        say("verify", "closing", lang),
        lang,
    )


def _summary(found: Verification, lang: str) -> Iterator[Cell]:
    steps, first = len(found.results), found.first
    if found.verdict is Verdict.FAILS:
        yield say("verify", "fails", lang)
    else:
        others = "holds_others" if not (found.is_same_graph and found.are_same_rules) else "holds_patient"
        yield say("verify", "holds" if found.verdict is Verdict.HOLDS else others, lang, steps=steps)
    if first is not None:
        yield from _first(found, first, lang)
        yield say("verify", "follows" if found.follows else "follows_not", lang)
    if found.anew is not None:
        otherwise = "follows_anew_otherwise" if found.verdict is Verdict.FAILS else "follows_anew"
        yield say("verify", otherwise if found.anew.follows else "follows_anew_not", lang)
    if found.restated is not None:
        yield say("verify", "given_checked", lang, count=found.restated, total=len(found.proof.given))
    yield from (say("verify", key, lang, program=found.proof.program) for key in not_known(found))


def _first(found: Verification, first: Fault, lang: str) -> Iterator[Cell]:
    if first.step is not None:
        step = next(result.step for result in found.results if result.step.id == first.step)
        yield say("verify", "first_step", lang, step=first.step, says=_says(step.says, step.statement, lang))
        yield say("verify", "why", lang, reason=reason(first, lang))
    else:
        yield say("verify", "first_whole", lang, reason=reason(first, lang))


def not_known(found: Verification) -> tuple[str, ...]:
    """The phrases of what this verification could not look at; none where the patient was matched anew."""
    if found.anew is not None:
        return ()
    graph = () if found.is_same_graph else ("not_known_graph",)
    rules = () if found.are_same_rules else ("not_known_rules",)
    by_other = ("not_known_program",) if found.is_same_graph and found.proof.program != found.program else ()
    curated = ("not_known_curated",) if graph and "+ curated-" in found.proof.kb_release else ()
    return by_other + (curated + graph + rules or ("not_known_patient",))


def _says(says: Any, statement: object, lang: str) -> str:
    return says.get(lang) or says.get("en") or repr(statement)


def reason(fault: Fault, lang: str = "en") -> str:
    """Why it does not hold, in a sentence."""
    return say("verify", fault.key, lang, **dict(fault.values))


def _known(found: Verification, lang: str) -> Iterator[str]:
    proof = found.proof
    yield say("verify", "claim", lang, **_claimed(found, lang))
    then = (proof.program, proof.kb_release, proof.kb_digest, proof.rules_digest)
    now = (found.program, *found.kb, found.rules_digest)
    for key, (program, release, digest, rules) in (("made", then), ("checked", now)):
        kb_digest, rules = digest[:SHORT_DIGEST], rules[:SHORT_DIGEST]
        values = {"program": program, "kb": release, "kb_digest": kb_digest, "rules": rules}
        yield say("verify", key, lang, **values, evaluator=found.evaluator)


def _claimed(found: Verification, lang: str) -> dict[str, str]:
    """What is claimed, in the words that the proof carries."""
    claim, labels = found.proof.claim, found.proof.labels.get(lang, {})

    def named(name: str, value: str) -> str:
        return labels.get(name, {}).get(value, value)

    regimen = named("Regimen", "+".join(claim.regimen))
    return {
        "regimen": regimen if regimen != "+".join(claim.regimen) else regimen_label(claim.regimen),
        "tier": named("Tier", claim.tier),
        "option": named("Option", claim.option),
        "patient": claim.patient,
        "tumor": named("Tumor", claim.tumor_type),
        "jurisdiction": named("Jurisdiction", claim.jurisdiction),
        "as_of": claim.as_of,
    }


def _headings(lang: str, *keys: str) -> tuple[str, ...]:
    return tuple(say("verify", f"column_{key}", lang) for key in keys)


def _faults(found: Verification, lang: str) -> Section | None:
    """Everything that does not hold, in the order of the steps; what rests on a step that fails may hold by itself."""
    if not found.every_fault:
        return None
    says = {result.step.id: _says(result.step.says, result.step.statement, lang) for result in found.results}
    whole = say("verify", "whole", lang)
    rows = tuple(
        (str(fault.step or whole), says.get(fault.step or 0, ""), reason(fault, lang)) for fault in found.every_fault
    )
    return Section(say("verify", "faults", lang), table=Table(_headings(lang, "step", "says", "why"), rows))


def _others(found: Verification, lang: str) -> Section | None:
    """Which rules, statements and tables that the proof rests on are others now, and what other rules conclude."""
    changed = (("statement", found.statements), ("rule", found.rules), ("table", found.tables))
    rows = tuple(row for kind, each in changed for row in _changes(kind, each, lang))
    lines = [say("verify", "added", lang, fact=repr(fact)) for fact in found.added]
    if not found.is_same_graph and not found.statements:
        lines.append(say("verify", "other_graph", lang))
    if not found.are_same_rules and not found.rules:
        lines.append(say("verify", "other_rules", lang))
    if not rows and not lines:
        return None
    table = Table(_headings(lang, "what", "how"), rows) if rows else None
    return Section(say("verify", "others", lang), tuple(lines), table)


def _changes(kind: str, changed: tuple[Changed, ...], lang: str) -> Iterator[tuple[Cell, ...]]:
    for each in changed:
        yield say("verify", f"kind_{kind}", lang, name=each.name), say("verify", f"how_{each.how}", lang)


def _anew(found: Verification, lang: str) -> Section | None:
    """What the patient matched anew gives otherwise."""
    anew = found.anew
    if anew is None or not any(anew[:3]):
        return None
    moved = (("came", anew.came), ("went", anew.went))
    rows = tuple((repr(fact), say("verify", f"how_fact_{how}", lang)) for how, facts in moved for fact in facts)
    lines = tuple(say("verify", f"facts_{how}", lang, count=len(facts)) for how, facts in moved if facts)
    files = tuple(_changes("file", anew.files, lang))
    parts = (Section("", table=Table(_headings(lang, "fact", "how"), rows), folded=True),) if rows else ()
    table = Table(_headings(lang, "what", "how"), files) if files else None
    return Section(say("verify", "anew", lang), lines, table, sections=parts)


def _steps(found: Verification, lang: str) -> Section:
    rows = tuple(
        (
            str(result.step.id),
            _says(result.step.says, result.step.statement, lang),
            _by(result, lang),
            _how(result, lang),
        )
        for result in found.results
    )
    table = Table(_headings(lang, "step", "says", "by", "result"), rows)
    return Section(say("verify", "steps", lang), table=table, folded=True)


def _by(result: Result, lang: str) -> str:
    step = result.step
    if step.kind in (GIVEN, ABSENCE):
        return say("verify", f"by_{step.kind}", lang)
    if not step.premises:
        return say("verify", "by_rule", lang, rule=step.rule)
    return say("verify", "by_premises", lang, rule=step.rule, premises=", ".join(map(str, step.premises)))


def _how(result: Result, lang: str) -> str:
    key = "failed" if result.fault else "ok_other_rule" if result.is_of_changed_rule else "ok"
    return say("verify", key, lang)


def structure(found: Verification) -> dict[str, Any]:
    """The verification as plain structures; fields may be added, never renamed."""
    proof = found.proof
    return {
        "schema": SCHEMA,
        "verdict": found.verdict.value,
        "claim": proof.claim._asdict() | {"regimen": list(proof.claim.regimen)},
        "follows": found.follows,
        "first": _fault(found.first) if found.first is not None else None,
        "faults": [_fault(fault) for fault in found.every_fault],
        "kb": {
            "then": {"release": proof.kb_release, "digest": proof.kb_digest},
            "now": {"release": found.kb[0], "digest": found.kb[1]},
            "statements": [_changed(each) for each in found.statements],
        },
        "rules": {
            "then": proof.rules_digest,
            "now": found.rules_digest,
            "changed": [_changed(each) for each in found.rules],
            "added": [_fact(fact) for fact in found.added],
        },
        "tables": [_changed(each) for each in found.tables],
        "program": {"then": proof.program, "now": found.program},
        "evaluator": found.evaluator,
        "patient": _patient(found.anew) if found.anew is not None else None,
        "given": {"total": len(proof.given), "checked_against_graph": found.restated},
        "not_known": [_spoken(key, program=proof.program) for key in not_known(found)],
        "steps": [_result(result) for result in found.results],
    }


def _spoken(key: str, **values: str) -> dict[str, str]:
    return {lang: say("verify", key, lang, **values) for lang in LANGUAGES}


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "step": fault.step,
        "kind": fault.key,
        "values": dict(fault.values),
        "reason": {lang: reason(fault, lang) for lang in LANGUAGES},
    }


def _changed(each: Changed) -> dict[str, Any]:
    return {"name": each.name, "how": each.how, "then": each.then, "now": each.now}


def _fact(fact: Fact) -> dict[str, Any]:
    return {"predicate": fact.predicate, "fields": dict(fact.fields)}


def _patient(anew: Anew) -> dict[str, Any]:
    return {
        "follows": anew.follows,
        "came": [_fact(fact) for fact in anew.came],
        "went": [_fact(fact) for fact in anew.went],
        "files": [_changed(each) for each in anew.files],
    }


def _result(result: Result) -> dict[str, Any]:
    step = result.step
    return {
        "id": step.id,
        "kind": step.kind,
        "holds": result.fault is None,
        "rule_changed": result.is_of_changed_rule,
        "fault": result.fault.key if result.fault is not None else None,
    }
