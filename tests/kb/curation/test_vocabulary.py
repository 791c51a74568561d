"""A normalizer over a store says what one over the tables says, of every word of the starter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kb import starter
from kb.curation.vocabulary import Vocabulary
from kb.errors import UnknownTerm
from kb.graph import open_knowledge_base
from kb.normalizer import Normalizer, VariantName
from kb.statements import Row, Tables, cells

TABLES: Tables = starter.read_tables(starter.DATA / "source")


@pytest.fixture(scope="module")
def both() -> tuple[Normalizer, Vocabulary]:
    return Normalizer(TABLES), Vocabulary(open_knowledge_base())


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    return Vocabulary(open_knowledge_base())


def told(asked: Callable[[], Any]) -> Any:
    try:
        return asked()
    except UnknownTerm as error:
        return str(error)


def differing(
    both: tuple[Normalizer, Vocabulary], names: list[Any], ask: Callable[[Normalizer, Any], Any]
) -> list[Any]:
    assert names
    tables, store = both
    return [name for name in names if told(lambda n=name: ask(tables, n)) != told(lambda n=name: ask(store, n))]  # type: ignore[misc]


def test_every_name_of_a_therapy_is_read_alike(both: tuple[Normalizer, Vocabulary]) -> None:
    names = [
        name for row in TABLES["therapies"] for name in (row["id"], row["chinese"], *cells(row, "synonyms")) if name
    ]
    assert not differing(both, names, lambda words, name: (words.knows_therapy(name), words.therapy(name)))


def test_every_name_of_a_tumor_type_is_read_alike(both: tuple[Normalizer, Vocabulary]) -> None:
    names = [
        name
        for row in TABLES["tumor_types"]
        for name in (row["code"], row["name"], *cells(row, "synonyms"), *cells(row, "doid"))
    ]
    assert not differing(both, names, lambda words, name: words.tumor(name=name, oncotree=name))


def test_every_name_of_a_gene_is_read_alike(both: tuple[Normalizer, Vocabulary]) -> None:
    names = [name for row in TABLES["genes"] for name in (row["symbol"], *cells(row, "synonyms"))]
    assert not differing(both, names, lambda words, name: (words.is_gene(name), words.gene(name)))


def test_every_biomarker_is_the_same_row(both: tuple[Normalizer, Vocabulary]) -> None:
    def row(words: Normalizer, id: str) -> dict[str, list[str]]:
        filled = {column: value for column, value in words.biomarkers[id].items() if value and column != "sources"}
        return {column: sorted(value.split(" | ")) for column, value in filled.items()}

    assert not differing(both, [row["id"] for row in TABLES["biomarkers"]], row)


def test_a_change_names_its_own_biomarker_before_one_of_several_changes(both: tuple[Normalizer, Vocabulary]) -> None:
    """The tables give the first that they come to: eleven changes of PIK3CA stand before some of their own."""
    asked = [
        (genes[0], change)
        for row in TABLES["biomarkers"]
        for genes in [cells(row, "genes")]
        for change in cells(row, "protein_changes")
    ]
    other = differing(both, asked, lambda words, name: words.biomarker(VariantName(*name)))
    assert {both[0].biomarker(VariantName(*name)) for name in other} <= {"PIK3CA:CDX11"}
    assert all(both[1].biomarker(VariantName(*name)) == f"PIK3CA:{name[1].removeprefix('p.')}" for name in other)


@pytest.mark.parametrize(
    ("text", "codes"),
    [("luad", ("LUAD",)), ("C34", ("LUNG",)), ("DOID:3910", ("LUAD",)), ("Lung Adenocarcinoma", ("LUAD",))],
)
def test_tumor_types_are_also_read_from_codes_of_others(words: Vocabulary, text: str, codes: tuple[str, ...]) -> None:
    assert words.tumor(name=text, oncotree=text).codes == codes


def test_a_code_of_several_tumor_types_is_not_guessed(words: Vocabulary) -> None:
    with pytest.raises(UnknownTerm, match="C57 stands for CERVIX, OVARY, UTERUS or VULVA"):
        words.tumor(name="C57", oncotree="C57")


def test_a_gene_is_read_when_it_is_named_and_no_other() -> None:
    fresh = Vocabulary(open_knowledge_base())
    assert not dict(fresh.biomarkers)
    assert fresh.gene("HER2") == "ERBB2"
    assert {gene for row in fresh.biomarkers.values() for gene in cells(row, "genes")} >= {"ERBB2"}
    assert "EGFR:L858R" not in dict(fresh.biomarkers)
    assert fresh.biomarkers["EGFR:L858R"]["kind"] == "protein change"
    assert "EGFR:X" not in fresh.biomarkers
    assert fresh.biomarkers.get("EGFR:X") is None
    with pytest.raises(KeyError):
        fresh.biomarkers["EGFR:X"]


def test_documents_and_statements_of_the_graph_are_found(words: Vocabulary) -> None:
    assert words.document("https://pubmed.ncbi.nlm.nih.gov/19915144/") == "PMID:19915144"
    assert words.document("https://pubmed.ncbi.nlm.nih.gov/0/") is None


def test_a_new_therapy_is_in_all_that_its_classes_are_in() -> None:
    fresh = Vocabulary(open_knowledge_base())
    above = fresh.classes_of(["cdk4/6 inhibitor"])
    assert ("cdk4/6 inhibitor", "kinase inhibitor") in above
    assert fresh.add_therapy(Row(id="zzzciclib", kind="drug", sources="PMID:1 https://x/1")) == "zzzciclib"
    assert fresh.knows_therapy("ZZZciclib")
