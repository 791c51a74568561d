"""The ontology defines every term that the data and the code use."""

from pathlib import Path

import pyoxigraph as ox

import kb
from kb import terms as t

HERE = Path(kb.__file__).parent
ONTOLOGY = HERE / "ontology" / "mtb.ttl"


def defined(predicate: str) -> set[str]:
    return {triple.subject.value for triple in ox.parse(path=str(ONTOLOGY)) if triple.predicate.value == predicate}


def used() -> set[str]:
    found: set[str] = set()
    for path in sorted((HERE / "data").glob("*.ttl")):
        for triple in ox.parse(path=str(path)):
            found.add(triple.predicate.value)
            if triple.predicate.value == t.TYPE:
                found.add(triple.object.value)
    return {term for term in found if term.startswith(t.ONTOLOGY)}


def test_every_used_term_is_defined_with_label_and_comment():
    terms = used()
    assert len(terms) > 80
    assert terms - defined(t.LABEL) == set()
    assert terms - defined(t.RDFS + "comment") == set()


def test_every_defined_term_is_a_constant_and_the_other_way_round():
    constants = {value for value in vars(t).values() if isinstance(value, str) and value.startswith(t.ONTOLOGY)}
    abstract = {t.ONTOLOGY + "Therapy"}
    names = {term for term in defined(t.LABEL) if term.startswith(t.ONTOLOGY)}
    assert names - abstract == constants - {t.ONTOLOGY}


def test_it_is_aligned_with_the_vocabularies_it_follows():
    aligned = [
        triple.object.value
        for triple in ox.parse(path=str(ONTOLOGY))
        if triple.predicate.value in {t.RDFS + "subClassOf", t.RDFS + "subPropertyOf", t.SKOS + "closeMatch"}
    ]
    for vocabulary in (t.PROV, t.SKOS, t.DCTERMS, "https://w3id.org/ga4gh/schema/va-spec"):
        assert any(target.startswith(vocabulary) for target in aligned), vocabulary
