"""Coordinates of biomarkers from CIViC's and the Cancer Genome Interpreter's variants."""

from pathlib import Path

import pytest

from kb.loaders.coordinates import of_cgi, of_civic
from kb.loaders.files import read_table
from kb.normalizer import Normalizer
from kb.starter import DATA, read_tables
from kb.statements import Row, cells

NAMES = Normalizer(read_tables(DATA / "source"))
SHARED = Path(__file__).parents[4] / "shared" / "data" / "civic"


def variant(gene: str, name: str, place: str = "", hgvs: str = "", build: str = "GRCh37", feature: str = "") -> Row:
    """A row of VariantSummaries; `place` is `chromosome start stop reference variant`, with `-` for no bases."""
    chromosome, start, stop, old, new = (place or "- - - - -").replace("-", " - ").split()
    row = Row(variant_id="7", gene=gene, feature_name=feature or gene, variant=name, reference_build=build)
    row.update(chromosome=chromosome, start=start, stop=stop, hgvs_descriptions=hgvs)
    row.update(reference_bases=old.strip("-"), variant_bases=new.strip("-"))
    return row


@pytest.mark.parametrize(
    ("row", "changes"),
    [
        (variant("BRAF", "V600E", "7 140453136 140453136 A T"), ["GRCh37:7:140453136:A>T"]),
        (
            variant(
                "BRAF", "V600E", "7 140453136 140453136 A T", "NC_000007.14:g.140753336A>T, NP_004324.2:p.Val600Glu"
            ),
            ["GRCh37:7:140453136:A>T", "GRCh38:7:140753336:A>T"],
        ),
        (variant("BRAF", "V600E", hgvs="NC_000007.13:g.140453136A>T"), ["GRCh37:7:140453136:A>T"]),
        (
            variant(
                "EGFR", "E746_A750del", "7 55242465 55242479 GGAATTAAGAGAAGC -", "NC_000007.14:g.55174772_55174786del"
            ),
            ["GRCh37:7:55242465:GGAATTAAGAGAAGC>-", "GRCh38:7:55174772:GGAATTAAGAGAAGC>-"],
        ),
        (variant("EGFR", "D770_N771insG", "7 55249012 55249013 - GGT"), ["GRCh37:7:55249013:->GGT"]),
        (variant("", "V600E", "7 140453136 140453136 A T", feature="BRAF"), ["GRCh37:7:140453136:A>T"]),
        (variant("EGFR", "Exon 19 Deletion", "7 55242465 55242479 GGAATTAAGAGAAGC -"), None),
        (variant("BRAF", "Mutation", "7 140453136 140453136 A T"), None),
        (variant("BRAF", "V600E", "7 140453136 140453136 A T", build="GRCh36"), None),
        (variant("BRAF", "V600E", "7 140453136 140453140 A T"), None),
        (variant("BRAF", "V600E"), None),
        (variant("NOSUCHGENE", "V600E", "7 140453136 140453136 A T"), None),
        (variant("BRAF", "V601Q", "7 140453136 140453136 A T"), None),
    ],
)
def test_what_civic_says_of_a_variant(row, changes):
    found = list(of_civic([row], "01-Jul-2025", NAMES))
    assert [cells(each, "changes") for each in found] == ([] if changes is None else [changes])
    for each in found:
        assert each["sources"] == "CIViC VID7 https://civicdb.org/links/variants/7"
        assert each["note"] == "CIViC 01-Jul-2025"


def test_a_set_of_changes_gets_no_coordinates():
    """PIK3CA's companion diagnostic names eleven changes: a position of one is no position of the set."""
    row = variant("PIK3CA", "E545K", "3 178936091 178936091 G A")
    assert [each["biomarker"] for each in of_civic([row], "", NAMES)] == ["PIK3CA:E545K"]


def test_what_the_catalog_says_of_a_variant():
    rows = [
        Row(individual_mutation="BRAF:V600E", gDNA="chr7:g.140453136A>T"),
        Row(individual_mutation="BRAF:V600E", gDNA="chr7:g.140453136A>T"),
        Row(individual_mutation="BRAF:V600E", gDNA="chr7:g.140453136_140453137delinsTT"),
        Row(individual_mutation="BRAF:.", gDNA="chr7:g.140453136A>T"),
        Row(individual_mutation="", gDNA=""),
    ]
    (row,) = of_cgi(rows, "2017-12", NAMES)
    assert (row["biomarker"], row["changes"]) == ("BRAF:V600E", "GRCh37:7:140453136:A>T")
    assert "2017-12" in row["sources"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared CIViC release beside the project")
@pytest.mark.parametrize(("release", "least"), [("2025-07-01", 190), ("2024-08-01", 190)])
def test_the_real_releases_give_coordinates(release, least):
    (file,) = (SHARED / release).glob("*VariantSummaries.tsv")
    rows = list(of_civic((row for _, row in read_table(file, ("variant",))), release, NAMES))
    assert len(rows) > least
    starter = {(row["biomarker"], row["changes"]) for row in read_tables(DATA / "source")["positions"]}
    if release == "2025-07-01":
        assert starter <= {(row["biomarker"], row["changes"]) for row in rows}
