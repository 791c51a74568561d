"""The proof of a recommendation as a file that can be checked without its maker (`docs/proofs.md`)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.facts import regimen_id
from matcher.levels import NOTHING, Levels, levels_in
from matcher.recommend import words
from rules.facts import Absence, Derivation, Fact, Premise, Value, in_order
from rules.facts import fact as stated
from rules.language import LANGUAGES
from rules.origin import site
from rules.proof import foundations
from rules.wording import Label, Wording, plain

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from kb.source import Source
    from matcher.case import Matched, Request
    from matcher.facts import Origin
    from matcher.recommend import Option
    from rules.facts import Derivations
    from rules.language import Rule, RuleSet

SCHEMA = "mtb-match-proof/1"
GIVEN, ABSENCE, DERIVED = "given", "absence", "derived"
TIER, CRITERION, FLAG, LEVEL, USE, OPEN = "tier", "criterion", "flag", "level", "use", "open"
"""What a claimed step says of the option; `use` is the use that labels give a level to, `open` a better level."""

TABLES = {"decides": "conflicts.json", "organoid_cut_offs": "organoids.json"}
"""The data table behind each predicate whose facts are its lines."""


def proof_of(matched: Matched, option: Option) -> dict[str, Any]:
    """The proof of a recommended option, ready for JSON: what is claimed, every step, and all that was given.

    It holds the facts that `matcher.explain.explanation` explains, each once, premises before what rests on them.
    """
    claims = tuple(
        dict.fromkeys(claimed(matched.derivations, matched.rules, option.id, option.tier or "", option.graded))
    )
    steps = _Steps(matched, [fact for _, fact in claims])
    steps.name_claim(matched, option)
    names = sorted(steps.files | _own_file(matched))
    rules = {rule.name: rule for rule in matched.rules.rules}
    content: dict[str, Any] = {
        "schema": SCHEMA,
        "claim": _claim(matched, option),
        "program": program(),
        "kb": {"release": matched.knowledge.release, "digest": matched.knowledge.digest},
        "rules": {"digest": matched.rules.digest, "used": {name: _used(rules[name]) for name in steps.rules}},
        "tables": {TABLES[name]: table_digest(TABLES[name]) for name in TABLES if name in steps.predicates},
        "asked": _asked(_request(matched)),
        "files": file_digests(matched, names),
        "statements": {iri: steps.statements[iri] for iri in sorted(steps.statements)},
        "labels": steps.labels,
        "claims": [{"of": role, "step": steps.number(fact)} for role, fact in claims],
        "steps": steps.found,
        "given": table_of(matched.derivations.given),
    }
    return {**content, "digest": content_digest(content)}


def claimed(
    derivations: Derivations, rules: RuleSet, option: str, tier: str, levels: Levels | None = None
) -> Iterator[tuple[str, Fact]]:
    """What the proof of an option has to show, each with its part: tier, criteria, flags, levels, and better ones.

    `levels` are the option's where they are known already.
    """
    yield TIER, stated("recommendation", option=option, tier=tier)
    for predicate, role in (("finding", CRITERION), ("flag", FLAG)):
        for fact in derivations.concluded(predicate):
            if fact.get("option") == option:
                yield role, fact
    levels = levels or levels_in(derivations, Wording(rules)).get(option, NOTHING)
    for fact in levels.facts:
        use = fact.get("use")
        if use is not None:
            yield USE, stated("use_of", item=option, use=use)
        yield LEVEL, fact
    for fact in levels.open_facts:
        yield OPEN, fact


class _Steps:
    """The steps below some facts, in an order in which every premise comes before what rests on it."""

    def __init__(self, matched: Matched, roots: list[Fact]) -> None:
        self.matched, self.knowledge = matched, matched.knowledge
        self.chosen = foundations(matched.derivations, roots)
        self.labels: dict[str, dict[str, dict[str, str]]] = {lang: {} for lang in LANGUAGES}
        self.wordings = {lang: Wording(matched.rules, lang, self._label(lang)) for lang in LANGUAGES}
        self.found: list[dict[str, Any]] = []
        self.numbers: dict[tuple[bool, Premise], int] = {}
        self.statements: dict[str, dict[str, Any]] = {}
        self.files: set[str] = set()
        self.predicates: set[str] = set()
        self.rules: dict[str, None] = {}
        for root in roots:
            self._add_all(root)
        self.rules = dict.fromkeys(sorted(self.rules))

    def number(self, statement: Premise) -> int:
        """The number of the step of a statement."""
        return self.numbers[_key(statement)]

    def _add_all(self, root: Premise) -> None:
        """Adds the step of a statement, and before it those of everything that it rests on."""
        waiting: list[tuple[Premise, bool]] = [(root, False)]
        while waiting:
            current, is_ready = waiting.pop()
            if _key(current) in self.numbers:
                continue
            derivation = self.chosen.get(current) if isinstance(current, Fact) else None
            if derivation is not None and not is_ready:
                waiting.append((current, True))
                waiting += [(premise, False) for premise in reversed(derivation.premises)]
                continue
            self._add(current, derivation)

    def _add(self, statement: Premise, derivation: Derivation | None) -> None:
        number = self.numbers[_key(statement)] = len(self.numbers) + 1
        kind = DERIVED if derivation is not None else GIVEN if isinstance(statement, Fact) else ABSENCE
        self.predicates.add(statement.predicate)
        step = {"id": number, "kind": kind, "predicate": statement.predicate, "fields": dict(statement.fields)}
        if derivation is not None:
            self.rules[derivation.rule] = None
            step["rule"] = derivation.rule
            step["bindings"] = dict(derivation.bindings)
            step["premises"] = [self.number(premise) for premise in derivation.premises]
        step["says"] = {lang: said(self.wordings[lang], statement, derivation) for lang in LANGUAGES}
        if kind == GIVEN and isinstance(statement, Fact):
            origin = self.matched.case.origins.get(statement)
            step["origin"] = self._origin(origin) if origin is not None else {"kind": "computed"}
        self.found.append(step)

    def _label(self, lang: str) -> Label:
        """The names of this case; those that are used are kept, so that a reader can make the sentences again."""
        named, kept = words(self.matched.case, lang), self.labels[lang]

        def label(name: str, value: Value) -> str:
            text, bare = named(name, value), plain(name, value)
            if text != bare:
                kept.setdefault(name, {})[bare] = text
            return text

        return label

    def name_claim(self, matched: Matched, option: Option) -> None:
        """Keeps what the parts of the claim are called."""
        query, regimen = matched.query, regimen_id(option.regimen)
        for lang, wording in self.wordings.items():
            claim = (option.id, option.tier or "", regimen, query.tumor.code, query.jurisdiction)
            for name, value, text in claim_names(wording, *claim):
                if text != value:
                    self.labels[lang].setdefault(name, {})[value] = text

    def _origin(self, origin: Origin) -> dict[str, Any]:
        """Where a given fact comes from: statements of the graph, places in the patient's files, or a computation."""
        sources, verified, iri = origin.sources, origin.verified, origin.iri
        if origin.indication is not None:
            record = self.knowledge.indication(origin.indication)
            sources, verified, iri = record.sources, record.verified, record.iri
        found: dict[str, Any] = {"kind": "computed"}
        parts = [self._origin(part) for part in origin.parts]
        if origin.places or any(part["kind"] == "patient" for part in parts):
            found["kind"] = "patient"
        if iri is not None:
            found |= {"kind": "graph", "statements": [iri]}
            self.statements[iri] = _statement(iri, sources, verified.value if verified else None, self.knowledge)
        if origin.text:
            found["text"] = origin.text
        if origin.places:
            self.files.update(place.file for place in origin.places)
            found["places"] = [[place.file, place.row] for place in origin.places]
        return found | ({"from": parts} if parts else {})


def claim_names(
    wording: Wording, option: str, tier: str, regimen: str, tumor: str, jurisdiction: str
) -> Iterator[tuple[str, str, str]]:
    """What the parts of a claim are called: each part, its value, and the name of that."""
    for name, predicate, field, value in (
        ("Option", "recommendation", "option", option),
        ("Tier", "recommendation", "tier", tier),
        ("Regimen", "option", "regimen", regimen),
        ("Tumor", "patient", "tumor", tumor),
        ("Jurisdiction", "patient", "jurisdiction", jurisdiction),
    ):
        yield name, value, wording.value(predicate, field, value)


def _key(statement: Premise) -> tuple[bool, Premise]:
    """A fact and its absence are equal as tuples; with this they are two."""
    return isinstance(statement, Absence), statement


def said(wording: Wording, statement: Premise, derivation: Derivation | None = None) -> str:
    """What a step says: a derived one by its rule's sentence, any other by what its predicate says."""
    if derivation is not None:
        return wording.derivation(derivation)
    return wording.absence(statement) if isinstance(statement, Absence) else wording.fact(statement)


def _claim(matched: Matched, option: Option) -> dict[str, Any]:
    query = matched.query
    return {
        "regimen": list(option.regimen),
        "tier": option.tier,
        "option": option.id,
        "basis": option.basis,
        "patient": matched.patient.id,
        "tumor_type": query.tumor.code,
        "jurisdiction": query.jurisdiction,
        "as_of": query.as_of,
    }


def _used(rule: Rule) -> dict[str, Any]:
    return {"digest": rule.digest, "cites": list(rule.cites), "site": site(rule)}


def _asked(request: Request | None) -> dict[str, str]:
    """The options that were asked with, where the file does not settle them."""
    if request is None:
        return {}
    given = {
        "file": request.path.name,
        "tumor_type": request.tumor_type,
        "jurisdiction": request.jurisdiction,
        "assay": request.assay,
        "sample": request.sample,
        "build": request.build,
    }
    return {name: value for name, value in given.items() if value is not None}


def _statement(iri: str, sources: Iterable[Source], verified: str | None, knowledge: KnowledgeBase) -> dict[str, Any]:
    return {
        "digest": knowledge.statement_digest(iri),
        "verified": verified,
        "sources": [{"label": source.label, "url": source.url} for source in sources],
    }


def _request(matched: Matched) -> Request | None:
    return matched.source.request if matched.source is not None else None


def _own_file(matched: Matched) -> set[str]:
    return {matched.patient.place.file} if matched.source is not None else set()


def _file_digest(name: str, request: Request | None) -> str | None:
    """The content digest of one of the patient's files; None where it is not found again."""
    path = _found_file(name, request.path) if request is not None else None
    if path is None:
        return None
    found = hashlib.sha256()
    try:
        with path.open("rb") as content:
            while block := content.read(1 << 20):
                found.update(block)
    except OSError:
        return None
    return "sha256:" + found.hexdigest()


def _found_file(name: str, asked: Path) -> Path | None:
    """The file of this name: the one that was asked about, or one beside it or in a folder there."""
    if asked.is_file() and name in (asked.name, str(asked)):
        return asked
    folder = asked if asked.is_dir() else asked.parent
    if (folder / name).is_file():
        return folder / name
    below = [path for path in folder.glob(f"*/{Path(name).name}") if path.is_file()]
    return below[0] if len(below) == 1 else None


def file_digests(matched: Matched, names: Iterable[str]) -> dict[str, str | None]:
    """The content digests of the patient's files of these names, None for one that is not there."""
    request = _request(matched)
    return {name: _file_digest(name, request) for name in names}


def table_digest(name: str) -> str:
    """The content digest of a data table of this program."""
    return "sha256:" + hashlib.sha256(Path(__file__).with_name(name).read_bytes()).hexdigest()


def table_of(facts: Iterable[Fact]) -> dict[str, Any]:
    """Facts as one table for each predicate: the names of its fields once, and a row of values for each fact."""
    grouped: dict[str, list[Fact]] = {}
    for fact in facts:
        grouped.setdefault(fact.predicate, []).append(fact)
    return {
        name: {
            "fields": [field for field, _ in grouped[name][0].fields],
            "rows": [[value for _, value in fact.fields] for fact in in_order(grouped[name])],
        }
        for name in sorted(grouped)
    }


def content_digest(content: Mapping[str, Any]) -> str:
    """`sha256:...` of everything in a proof but its own `digest`, as JSON with sorted keys and no spaces."""
    told = {name: value for name, value in content.items() if name != "digest"}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def program() -> str:
    """The version of this program, as a proof names it."""
    from importlib.metadata import version

    return version("mtb-match")
