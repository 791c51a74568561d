"""Evidence as GA4GH VA-Spec statements: plain JSON values that the standard's own models accept.

The standard: https://va-ga4gh.readthedocs.io, with https://cat-vrs.readthedocs.io for the variant. An evidence item is
a `Statement` with a `VariantTherapeuticResponseProposition`. What the standard cannot state is kept in extensions and
counted; an item that it would turn into something else is not written, and listed with the reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyoxigraph as ox

from kb import profile as profiles
from kb import terms as t
from kb.biomarker import Biomarker
from kb.evidence import Design, Evidence
from kb.graph import KnowledgeBase
from kb.source import Source

SCHEMA = "mtb-match-va-spec/1"
STANDARD = "1.0.1"
"""The version of VA-Spec that the statements follow."""

Json = dict[str, Any]

_PREDICATES = {"sensitivity": "predictsSensitivityTo", "resistance": "predictsResistanceTo"}
_DIRECTIONS = {"supports": "supports", "does not support": "disputes"}
_LEVELS = {
    "A": "Validated association",
    "B": "Clinical evidence",
    "C": "Case study",
    "D": "Preclinical evidence",
    "E": "Inferential association",
}
_LEVEL_SYSTEM = "https://civic.readthedocs.io/en/latest/model/evidence/level.html"
_CIVIC_METHOD = {
    "type": "Method",
    "name": "CIViC Curation SOP (2019)",
    "methodType": "curation",
    "reportedIn": {
        "type": "Document",
        "name": "Danos et al., 2019, Genome Med.",
        "doi": "10.1186/s13073-019-0687-x",
        "pmid": "31779674",
    },
}
_AMP = "AMP/ASCO/CAP (AAC) Guidelines, 2017"
_AMP_METHOD = {
    "type": "Method",
    "name": _AMP,
    "methodType": "guideline",
    "reportedIn": {
        "type": "Document",
        "name": "Li et al., 2017, J Mol Diagn.",
        "doi": "10.1016/j.jmoldx.2016.10.002",
        "pmid": "27993330",
    },
}
_AMP_LEVEL_SOURCE = re.compile(r"CIViC assertion, (Tier (?:I|II|III|IV)) - (Level [A-D])")

# Where a code comes from, and how its IRI begins where it has one.
_SYSTEMS = {
    t.NCIT_ID: ("http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl", "http://purl.obolibrary.org/obo/NCIT_"),
    t.DOID: ("http://purl.obolibrary.org/obo/doid.owl", "http://purl.obolibrary.org/obo/"),
    t.MONDO_ID: ("http://purl.obolibrary.org/obo/mondo.owl", "http://purl.obolibrary.org/obo/"),
    t.UMLS_ID: ("http://www.nlm.nih.gov/research/umls", None),
    t.RXNORM_ID: ("http://www.nlm.nih.gov/research/umls/rxnorm", None),
    t.SNOMED_ID: ("http://snomed.info/sct", "http://snomed.info/id/"),
    t.OMOP_ID: ("https://athena.ohdsi.org", None),
    t.HGNC_ID: ("http://www.genenames.org/geneId", None),
}
_ONCOTREE = "https://oncotree.mskcc.org"
_OWN_TUMOR_TYPES = frozenset({"SOLID"})
"""Tumor types of this graph that OncoTree does not have."""

_THERAPY_TYPES = {"drug": "Drug", "class": "DrugClass", "scheme": "DrugScheme"}
_COPY_CHANGES = {"amplification": "high-level gain", "homozygous deletion": "complete genomic loss"}
_NOT_A_VARIANT = frozenset({"expression", "signature", "isoform", "measured"})

# What a reader must know of a statement, as counted in the notes.
_KEPT = "; the definition is in an extension"
COMBINED = f"speak of a combination of biomarkers (AND, OR, NOT), which Cat-VRS cannot state{_KEPT}"
ABSENT = f"speak of the absence of a biomarker, which Cat-VRS cannot state{_KEPT}"
MEASURED = f"speak of an expression, a signature or an isoform, which is no variant{_KEPT}"
NAMED_ONLY = f"name a variant without constraints, which need reference sequences that this graph does not hold{_KEPT}"
SEQUENTIAL = "speak of therapies given one after the other, stated as given together; an extension says `sequential`"


class NotExpressible(Exception):
    """An item that VA-Spec would turn into something else; the text is the reason."""


@dataclass(frozen=True, slots=True)
class VaSpec:
    """The statements, the items that are none with the reason, and how many statements each note holds for."""

    about: Mapping[str, str]
    statements: tuple[Json, ...]
    not_expressed: tuple[tuple[str, str], ...]
    notes: Mapping[str, int]

    @property
    def summary(self) -> tuple[str, ...]:
        """What a reader must know, in one line each."""
        total = len(self.statements) + len(self.not_expressed)
        lines = [f"{len(self.statements)} of {total} evidence items are VA-Spec statements"]
        lines += [f"{number} {note}" for note, number in self.notes.items()]
        reasons: dict[str, list[str]] = {}
        for id, reason in self.not_expressed:
            reasons.setdefault(reason, []).append(id)
        return (*lines, *(f"not expressed, {reason}: {', '.join(ids)}" for reason, ids in reasons.items()))

    def as_json(self) -> Json:
        """One document: the release, the notes, what is not in it and why, and the list of statements."""
        return {
            "schema": SCHEMA,
            "va_spec": STANDARD,
            "kb": dict(self.about),
            "notes": [{"statements": number, "note": note} for note, number in self.notes.items()],
            "not_expressed": [{"id": id, "reason": reason} for id, reason in self.not_expressed],
            "statements": list(self.statements),
        }


def va_spec(knowledge: KnowledgeBase) -> VaSpec:
    """All evidence of a knowledge base as VA-Spec statements, by id."""
    writer = StatementWriter(knowledge)
    statements, left, notes = [], [], Counter[str]()
    for id in _evidence_ids(knowledge):
        item = knowledge.evidence_item(id)
        try:
            statements.append(writer.statement(item))
        except NotExpressible as reason:
            left.append((id, str(reason)))
            continue
        notes.update(writer.notes(item))
    about = {"release": knowledge.release, "digest": knowledge.digest, "released_on": knowledge.released_on}
    return VaSpec(about, tuple(statements), tuple(left), {note: notes[note] for note in sorted(notes)})


def _evidence_ids(knowledge: KnowledgeBase) -> list[str]:
    found = knowledge.store.quads_for_pattern(None, ox.NamedNode(t.TYPE), ox.NamedNode(t.EVIDENCE_ITEM), None)
    return sorted({t.item_id(quad.subject.value) for quad in found})  # type: ignore[union-attr]


class StatementWriter:
    """Writes evidence items as statements, with the names and codes that one knowledge base has for their terms."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._knowledge = knowledge

    def statement(self, item: Evidence) -> Json:
        """One evidence item as a Statement; NotExpressible when VA-Spec has no word for what it says."""
        amp = _AMP_LEVEL_SOURCE.fullmatch(item.level_source)
        statement: Json = {
            "id": item.iri,
            "type": "Statement",
            "specifiedBy": _method(item.level_source),
            "reportedIn": [_document(source) for source in item.sources],
            "proposition": self._proposition(item),
            "direction": _known(_DIRECTIONS, item.direction, "direction"),
            "strength": _coded(_AMP, amp[2], amp[2]) if amp else _level(item.level),
            "extensions": _extensions(item) + self._design(item),
        }
        if item.note:
            statement["description"] = item.note
        if amp:
            statement["classification"] = _coded(_AMP, amp[1], amp[1])
        return {key: value for key, value in statement.items() if value != []}

    def notes(self, item: Evidence) -> tuple[str, ...]:
        """What VA-Spec does not state of this item but in an extension."""
        found = [self._variant_note(item.profile)]
        found += [SEQUENTIAL] if item.combination == "sequential" else []
        return tuple(note for note in found if note)

    def _proposition(self, item: Evidence) -> Json:
        proposition: Json = {
            "type": "VariantTherapeuticResponseProposition",
            "subjectVariant": self.variant(item.profile),
            "predicate": _known(_PREDICATES, item.significance, "significance"),
            "objectTherapeutic": self._therapeutic(item),
            "conditionQualifier": self._condition(item.tumor_types),
        }
        genes = {gene for biomarker in self._biomarkers(item.profile) for gene in biomarker.genes}
        if len(genes) == 1:
            proposition["geneContextQualifier"] = self._gene(genes.pop())
        if item.origin in {"somatic", "germline"}:
            proposition["alleleOriginQualifier"] = {"conceptType": "AlleleOrigin", "name": item.origin}
        return proposition

    def _design(self, item: Evidence) -> list[Json]:
        """What is known of the study; VA-Spec's StudyResult has data of an assay or a cohort, and no design."""
        design = self._knowledge.designs([item.id]).get(item.id)
        return [] if design is None else [{"name": "study design", "value": _facts(design)}]

    # The variant

    def variant(self, expression: str) -> Json:
        """A profile as a Cat-VRS CategoricalVariant: constraints where they say all of it, else the definition."""
        biomarkers = self._biomarkers(expression)
        if any(biomarker.kind == "none" for biomarker in biomarkers):
            raise NotExpressible("the item speaks of no biomarker")
        profile = profiles.parse(expression)
        alone = isinstance(profile, profiles.One)
        variant: Json = {
            "id": biomarkers[0].iri if alone else t.item("profile", expression),
            "type": "CategoricalVariant",
            "name": self._in_words(profile),
            "extensions": [
                {"name": "biomarker expression", "value": expression},
                {"name": "biomarker definitions", "value": [_definition(biomarker) for biomarker in biomarkers]},
            ],
        }
        if alone and _is_copy_change(biomarkers[0]):
            gene = self._gene(biomarkers[0].genes[0])
            variant["constraints"] = [
                {"type": "FeatureContextConstraint", "featureContext": gene},
                {"type": "CopyChangeConstraint", "copyChange": _COPY_CHANGES[biomarkers[0].kind]},
            ]
        return variant

    def _variant_note(self, expression: str) -> str | None:
        biomarkers = self._biomarkers(expression)
        first = biomarkers[0]
        if not isinstance(profiles.parse(expression), profiles.One) or first.members:
            return COMBINED
        if first.state == "absent":
            return ABSENT
        if first.kind in _NOT_A_VARIANT:
            return MEASURED
        return None if _is_copy_change(first) else NAMED_ONLY

    def _biomarkers(self, expression: str) -> list[Biomarker]:
        """The biomarkers that the expression names, each once, then those inside composites."""
        waiting = list(profiles.mentions(profiles.parse(expression)))
        found: dict[str, Biomarker] = {}
        while waiting:
            id = waiting.pop(0)
            if id not in found:
                found[id] = self._knowledge.biomarker(id)
                members = found[id].members
                waiting += profiles.mentions(profiles.parse(members)) if members else ()
        return list(found.values())

    def _in_words(self, profile: profiles.Profile, inside: bool = False) -> str:
        if isinstance(profile, profiles.One):
            return self._knowledge.biomarker(profile.biomarker).label
        if isinstance(profile, profiles.Not):
            return f"NOT {self._in_words(profile.part, True)}"
        operator = " AND " if isinstance(profile, profiles.All) else " OR "
        words = operator.join(self._in_words(part, True) for part in profile.parts)
        return f"({words})" if inside else words

    # Therapies, tumor types and genes

    def _therapeutic(self, item: Evidence) -> Json:
        therapies = [self._therapy(name) for name in item.regimen]
        if len(therapies) == 1:
            return therapies[0]
        group: Json = {"therapies": therapies, "membershipOperator": "AND"}
        if item.combination == "sequential":
            group["extensions"] = [{"name": "therapy interaction", "value": "sequential"}]
        return group

    def _therapy(self, name: str) -> Json:
        therapy = self._knowledge.therapy(name)
        codes = (t.NCIT_ID, t.RXNORM_ID, t.SNOMED_ID, t.OMOP_ID)
        return {
            "id": therapy.iri,
            "conceptType": _THERAPY_TYPES[therapy.kind],
            "name": therapy.id,
            "primaryCoding": _coding(t.ITEMS + "therapy/", therapy.id, therapy.iri),
            **self._mappings(therapy.iri, codes),
        }

    def _condition(self, codes: Iterable[str]) -> Json:
        conditions = [self._tumor_type(code) for code in codes]
        if not conditions:
            raise NotExpressible("the item names no tumor type, which VA-Spec asks for")
        return conditions[0] if len(conditions) == 1 else {"conditions": conditions, "membershipOperator": "OR"}

    def _tumor_type(self, code: str) -> Json:
        tumor = self._knowledge.tumor_type(code)
        system = t.ITEMS + "tumor/" if code in _OWN_TUMOR_TYPES else _ONCOTREE
        return {
            "id": tumor.iri,
            "conceptType": "Disease",
            "name": tumor.name,
            "primaryCoding": _coding(system, code),
            **self._mappings(tumor.iri, (t.NCIT_ID, t.DOID, t.MONDO_ID, t.UMLS_ID)),
        }

    def _gene(self, symbol: str) -> Json:
        iri = t.item("gene", symbol)
        codes = self._codes[t.HGNC_ID].get(iri, ())
        gene: Json = {"id": iri, "conceptType": "Gene", "name": symbol}
        if codes:
            gene["primaryCoding"] = _coding(_SYSTEMS[t.HGNC_ID][0], codes[0])
        return gene

    def _mappings(self, iri: str, properties: Iterable[str]) -> Json:
        """Codes of other vocabularies: exact where one code stands for one item, else close."""
        found = []
        for name in properties:
            system, start = _SYSTEMS[name]
            codes = self._codes[name].get(iri, ())
            for code in codes:
                is_exact = len(codes) == 1 and self._uses[name][code] == 1
                address = f"{start}{code.replace(':', '_')}" if start else None
                relation = "exactMatch" if is_exact else "closeMatch"
                found.append({"coding": _coding(system, code, address), "relation": relation})
        return {"mappings": found} if found else {}

    @cached_property
    def _codes(self) -> dict[str, dict[str, list[str]]]:
        """For each property of `_SYSTEMS`, the codes of every item; a cell with several is split."""
        found: dict[str, dict[str, list[str]]] = {}
        for name in _SYSTEMS:
            codes: dict[str, set[str]] = {}
            for quad in self._knowledge.store.quads_for_pattern(None, ox.NamedNode(name), None, None):
                subject, value = quad.subject.value, quad.object.value  # type: ignore[union-attr]
                codes.setdefault(subject, set()).update(value.split("|"))
            found[name] = {iri: sorted(values) for iri, values in codes.items()}
        return found

    @cached_property
    def _uses(self) -> dict[str, Counter[str]]:
        """How many items of one kind share a code."""
        return {
            name: Counter(code for codes in items.values() for code in codes) for name, items in self._codes.items()
        }


# Parts that need no vocabulary


def _known(words: Mapping[str, str], word: str, what: str) -> str:
    if word not in words:
        raise NotExpressible(f"VA-Spec has no word for the {what} {word!r}")
    return words[word]


def _coding(system: str, code: str, iri: str | None = None) -> Json:
    coding: Json = {"system": system, "code": code}
    return coding | {"iris": [iri]} if iri else coding


def _coded(system: str, code: str, name: str) -> Json:
    return {"name": name, "primaryCoding": _coding(system, code)}


def _level(level: str) -> Json:
    return _coded(_LEVEL_SYSTEM, level, _known(_LEVELS, level, "level"))


def _method(level_source: str) -> Json:
    """How the level was assigned."""
    if level_source == "CIViC":
        return _CIVIC_METHOD
    if _AMP_LEVEL_SOURCE.fullmatch(level_source):
        return _AMP_METHOD
    return {"type": "Method", "name": f"evidence level: {level_source}", "methodType": "curation"}


_DOI = re.compile(r"https?://(?:dx\.)?doi\.org/(10\.\d+(?:\.\d+)*/[\w.-].*)")
_PMID = re.compile(r"PMID:(\d+)")


def _document(source: Source) -> Json:
    """A source as a Document, with its PubMed id, DOI and address where it has them."""
    document: Json = {"type": "Document", "name": source.label}
    if source.url is not None:
        document |= {"id": source.url, "urls": [source.url]}
        if doi := _DOI.fullmatch(source.url):
            document["doi"] = doi[1]
    if pmid := _PMID.fullmatch(source.label):
        document["pmid"] = pmid[1]
    return document


def _extensions(item: Evidence) -> list[Json]:
    """What VA-Spec has no field for; a value that is not there has no extension."""
    values: Json = {
        "evidence id": item.id,
        "verified": item.verified.value,
        "level source": item.level_source,
        "rating": item.rating,
        "AMP/ASCO/CAP assertion": item.amp_assertion,
        "clinical trials": list(item.trials),
        "allele origin": item.origin if item.origin not in {"somatic", "germline"} else None,
    }
    return [{"name": name, "value": value} for name, value in values.items() if value not in (None, [])]


def _facts(design: Design) -> Json:
    """A design's facts, without what is not known; its sources as labels."""
    facts = {name: list(value) if isinstance(value, tuple) else value for name, value in design._asdict().items()}
    facts |= {"sources": [source.label for source in design.sources], "verified": design.verified.value}
    return {name: value for name, value in facts.items() if value not in (None, [])}


def _is_copy_change(biomarker: Biomarker) -> bool:
    """Whether a gene and a copy change say all of the biomarker."""
    is_plain = not (biomarker.operator or biomarker.classes or biomarker.exons or biomarker.members or biomarker.assay)
    return biomarker.kind in _COPY_CHANGES and len(biomarker.genes) == 1 and biomarker.state == "present" and is_plain


def _definition(biomarker: Biomarker) -> Json:
    """A biomarker's fields, without the empty ones."""
    fields = biomarker._asdict()
    return {name: list(v) if isinstance(v, tuple) else v for name, v in fields.items() if v not in (None, (), "")}
