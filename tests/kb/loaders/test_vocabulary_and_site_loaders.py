"""HGNC, cancer hotspots, the Cancer Genome Interpreter and a site's own table."""

from functools import cache
from pathlib import Path

import pytest

from kb.errors import UnreadableSource
from kb.loaders import Loader, loader
from kb.loaders.base import Report
from kb.normalizer import Normalizer
from kb.starter import DATA, read_tables
from kb.statements import Row, Tables

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not on this machine")


@cache
def starter() -> Tables:
    return read_tables(DATA / "source")


def loaded(name: str, path: Path) -> tuple[Tables, Report, Normalizer]:
    found = loader(name)
    assert isinstance(found, Loader)
    names, report = Normalizer(starter()), Report(name)
    return found.load(path, names, report), report, names


def written(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(row.replace("|", "\t") for row in rows) + "\n", encoding="utf-8")
    return path


# HGNC

OWN = "hgnc_id|symbol|status|location|alias_symbol|prev_symbol|entrez_id|ensembl_gene_id"


def test_hgnc_gives_genes_with_their_earlier_symbols(tmp_path):
    file = tmp_path / "hgnc_complete_set_2026-10-01.txt"
    rows = (
        ["HGNC:1", "AAA1", "Approved", "1p1", '"AA!AAA2"', "OLD1", "11", "ENSG1"],
        ["HGNC:2", "AAA2", "Approved"] + [""] * 5,
    )
    body = [OWN.replace("|", "\t"), *("\t".join(row).replace("!", "|") for row in rows)]
    body.append("\t".join(["HGNC:3", "GONE", "Entry Withdrawn", "", "", "", "", ""]))
    file.write_text("\n".join(body) + "\n")
    tables, report, names = loaded("hgnc", file)
    assert [row["symbol"] for row in tables["genes"]] == ["AAA1", "AAA2"]
    assert tables["genes"][0]["synonyms"] == "OLD1 | AA"  # AAA2 is the symbol of another gene
    assert report.left == {"an entry whose status is Entry Withdrawn": ["HGNC:3"]}
    assert report.release == "2026-10-01"
    names.learn(tables)
    assert names.gene("OLD1") == "AAA1"
    assert names.gene("AAA2") == "AAA2"


def test_a_renamed_gene_keeps_the_name_that_the_graph_uses(tmp_path):
    egfr = next(row for row in starter()["genes"] if row["symbol"] == "EGFR")
    file = written(tmp_path / "hgnc.txt", OWN, f"{egfr['hgnc_id']}|NEWNAME|Approved|7p11.2||EGFR||")
    tables, report, _ = loaded("hgnc", file)
    assert (tables["genes"][0]["symbol"], tables["genes"][0]["synonyms"]) == ("EGFR", "NEWNAME")
    assert report.notes == ["EGFR is now called NEWNAME; it keeps its name here, and answers to both"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([OWN, "HGNC:1|A|Approved|||||", "HGNC:2|A|Approved|||||"], "has the id A a second time"),
        ([OWN, "HGNC:1|A|Approved|||||", "HGNC:1|B|Approved|||||"], "has the id HGNC:1 a second time"),
        (["a|b", "1|2"], "has no column"),
        ([OWN, "HGNC:1|A|Appr"], "it is truncated"),
        (["<html>moved</html>"], "is a web page"),
    ],
)
def test_hgnc_refuses_what_it_is_not(tmp_path, rows, message):
    with pytest.raises(UnreadableSource, match=message):
        loaded("hgnc", written(tmp_path / "hgnc.txt", *rows))


@needs_shared
def test_the_whole_of_hgnc_is_read():
    tables, report, names = loaded("hgnc", SHARED / "hgnc/gene_info_cbioportal_v7_HGNC_2025-10-07.tsv.gz")
    assert report.taken == {"gene": len(tables["genes"])} == {"gene": 44852}
    names.learn(tables)
    assert names.gene("KDELC2") == "POGLUT3"
    symbols = {row["symbol"] for row in starter()["genes"]}
    assert symbols <= {row["symbol"] for row in tables["genes"]}


# Hotspots

HOT = "Hugo_Symbol|Amino_Acid_Position|Reference_Amino_Acid|Variant_Amino_Acid|judgement"


def test_a_frequent_change_is_known_as_oncogenic(tmp_path):
    file = written(
        tmp_path / "hotspots.txt",
        HOT,
        "NRAS|61|Q:300|R:204|RETAIN",
        "NRAS|61|Q:300|P:9|RETAIN",
        "TP53|X187_splice|splice:100|splice:100|RETAIN",
        "NRAS|99|Q:30|R:30|REMOVE",
        "NOSUCH|61|Q:300|R:204|RETAIN",
        "KRAS|60|G:20|G:20|RETAIN",
    )
    tables, report, names = loaded("hotspots", file)
    assert tables["links"] == (Row(biomarker="NRAS:Q61R", broader="NRAS:MUT"),)
    assert names.biomarkers["NRAS:Q61R"]["kind"] == "protein change"
    assert report.left == {
        "a splice site: judged by its consequence": ["TP53 X187_splice splice:100"],
        "a row judged REMOVE": ["NRAS 99 R:30"],
        "a change seen in fewer than 10 samples": ["NRAS Q61P"],
    }
    assert [(each.record, each.place) for each in report.unread] == [
        ("KRAS G60G", "hotspots.txt:7"),
        ("NOSUCH Q61R", "hotspots.txt:6"),
    ]


def test_hotspots_in_an_old_format_of_lines(tmp_path):
    file = tmp_path / "hotspots.txt"
    file.write_bytes(f"{HOT}\rNRAS|61|Q:300|R:204|RETAIN\r".replace("|", "\t").encode())
    assert len(loaded("hotspots", file)[0]["links"]) == 1


@needs_shared
def test_the_hotspots_of_version_2():
    _, report, _ = loaded("hotspots", SHARED / "hotspots/hotspots_v2.txt.gz")
    assert report.taken == {"change": 466}
    assert (report.understood["change"], report.met["change"]) == (476, 479)


# Cancer Genome Interpreter

CGI = (
    "Alteration|Alteration type|Association|Biomarker|Drug|Drug family|Drug full name|Evidence level|"
    "Primary Tumor type|Source"
)


def cgi(tmp_path: Path, row: str) -> tuple[tuple[Row, ...], Report]:
    tables, report, _ = loaded("cgi", written(tmp_path / "cgi.tsv", CGI, row))
    return tables["evidence"], report


@pytest.mark.parametrize(
    ("alteration", "kind", "profile"),
    [
        ("BRAF:V600E", "MUT", "BRAF:V600E"),
        ("BRAF:V600.", "MUT", "BRAF:V600"),
        ("BRAF:.", "MUT", "BRAF:MUT"),
        ("KIT:788-828", "MUT", "KIT:ANY788_828"),
        ("RET:.618.", "MUT", "RET:MIS618"),
        ("EGFR:L858R,T790M", "MUT", "EGFR:L858R OR EGFR:T790M"),
        ("ERBB2:amp", "CNA", "ERBB2:AMP"),
        ("CDKN2A:del", "CNA", "CDKN2A:HOMDEL"),
        ("ALK__.", "FUS", "ALK:FUSION"),
        ("FGFR3__TACC3", "FUS", "FGFR3:TACC3FUS"),
        ("CCND1:over", "EXPR", "CCND1:OVEREXPR"),
        ("TP53::wildtype:.", "MUT", "TP53:WT"),
        ("EGFR::consequence::inframe_deletion:729-761", "MUT", "EGFR:DEL729_761"),
        ("NF1:.;BRAF:.", "MUT;MUT", "NF1:MUT AND BRAF:MUT"),
        ("KRAS:G12D,G12V;ERBB2:amp", "MUT;CNA", "(KRAS:G12D OR KRAS:G12V) AND ERBB2:AMP"),
    ],
)
def test_cgi_alterations(tmp_path, alteration, kind, profile):
    drug = "Vemurafenib|BRAF inhibitor|Vemurafenib"
    rows, report = cgi(tmp_path, f"{alteration}|{kind}|Responsive|x|{drug}|Early trials|Cutaneous melanoma|PMID:1")
    assert not report.unread, report.unread
    assert rows[0]["profile"] == profile
    assert (rows[0]["level"], rows[0]["level_source"]) == ("B", "mapped from CGI Early trials")


@pytest.mark.parametrize(
    ("drug", "family", "regimens"),
    [
        ("Vemurafenib", "BRAF inhibitor", ["vemurafenib"]),
        ("[Gefitinib,Erlotinib]", "", ["erlotinib", "gefitinib"]),
        ("Dabrafenib;Trametinib", "", ["dabrafenib+trametinib"]),
        ("[]", "[MEK inhibitor]", ["mek inhibitor"]),
    ],
)
def test_cgi_drugs(tmp_path, drug, family, regimens):
    rows, _ = cgi(tmp_path, f"BRAF:V600E|MUT|Resistant|x|{drug}|{family}|full|Pre-clinical|Cutaneous melanoma|PMID:1")
    assert [row["regimen"] for row in rows] == regimens
    assert {(row["direction"], row["significance"], row["level"]) for row in rows} == {("supports", "resistance", "D")}


def test_cgi_sources_are_told_apart(tmp_path):
    sources = "PMID: 12,PMID:34;ASCO 2016 (abstr 9500);NCT00000001;FDA"
    rows, _ = cgi(tmp_path, f"BRAF:V600E|MUT|Resistant|x|Vemurafenib||full|Case report|Cutaneous melanoma|{sources}")
    labels = [source.split(" https")[0] for source in rows[0]["sources"].split(" | ")][:5]
    assert labels == ["PMID:12", "PMID:34", "ASCO 2016 (abstr 9500)", "NCT00000001", "FDA"]


@needs_shared
def test_the_catalog_of_cgi_is_understood():
    _, report, _ = loaded("cgi", SHARED / "kb_extra/cgi_biomarkers_per_variant.tsv")
    assert report.met["statement"] == 1067
    assert report.understood["statement"] == 1035 == report.taken["statement"]
    assert len(report.unread) == 32


# A site's own table


def own(tmp_path: Path, **fields: str) -> Path:
    row = {
        "gene": "BRAF",
        "alteration": "V600E",
        "therapy": "dabrafenib + trametinib",
        "tumor_type": "MEL",
        "direction": "supports",
        "significance": "sensitivity",
        "level": "A",
        "source": "PMID:1",
    } | fields
    return written(tmp_path / "own.tsv", "|".join(row), "|".join(row.values()))


def test_the_example_table_is_taken_whole():
    tables, report, _ = loaded("table", ROOT / "examples" / "own-evidence.tsv")
    assert [row["profile"] for row in tables["evidence"]] == [
        "BRAF:V600E OR BRAF:V600K",
        "EGFR:T790M",
        "EGFR:C797S",
        "NTRK1:FUSION OR NTRK2:FUSION OR NTRK3:FUSION",
    ]
    assert tables["evidence"][3]["sources"].startswith("PMID:29466156 https://pubmed")
    assert report.taken == {"evidence": 4}


def test_alternatives_are_an_item_each_and_an_id_is_made(tmp_path):
    tables, _, _ = loaded("table", own(tmp_path, therapy="vemurafenib or dabrafenib"))
    first, second = tables["evidence"]
    assert (first["regimen"], second["regimen"]) == ("dabrafenib", "vemurafenib")
    assert first["id"].startswith("SITE:")
    assert first["id"].endswith(".1")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"gene": "BRAFF"}, r"line 2, gene: no gene 'BRAFF'; the nearest are BRAF"),
        ({"alteration": "strange thing"}, r"alteration: .*no kind of biomarker goes by this name"),
        ({"therapy": "dabrafenip"}, r"therapy: no therapy is called 'dabrafenip'; the nearest are dabrafenib"),
        ({"tumor_type": "Melanomma"}, r"tumor_type: .*the nearest are MEL \(Melanoma\)"),
        ({"direction": "Supports"}, r"direction: 'Supports' is not one of supports, does not support"),
        ({"level": "1"}, r"level: '1' is not one of A, B, C, D, E"),
        ({"source": "a talk"}, r"source: 'a talk' is not PMID:123"),
        ({"source": ""}, r"source: is empty"),
        ({"profile": "BRAF V600E"}, r"profile: stands beside gene and alteration"),
        ({"gene": "", "alteration": "", "profile": "BRAF V600E AND ("}, r"profile: cannot read the biomarker profile"),
        ({"nct": "NCT1"}, r"nct: 'NCT1' is not NCT and eight digits"),
        ({"id": "EID5"}, r"id: 'EID5' is taken by another source"),
        ({"wrong": "x"}, r"has a column that is not known: wrong"),
    ],
)
def test_a_bad_row_is_named_with_its_column_and_the_nearest_names(tmp_path, fields, message):
    with pytest.raises(UnreadableSource, match=message):
        loaded("table", own(tmp_path, **fields))


def test_all_bad_rows_are_listed_at_once(tmp_path):
    header = "id|gene|alteration|therapy|tumor_type|direction|significance|level|source"
    good = "{id}|BRAF|V600E|{drug}|MEL|supports|sensitivity|A|PMID:1"
    rows = [good.format(id=f"SITE:{n}", drug=drug) for n, drug in enumerate(["dabrafenib", "nosuchdrug", "alsono"], 1)]
    with pytest.raises(UnreadableSource) as failure:
        loaded("table", written(tmp_path / "own.tsv", header, *rows, rows[0]))
    text = str(failure.value)
    assert "3 of 4 rows cannot be taken" in text
    assert "line 3, therapy" in text
    assert "line 4, therapy" in text
    assert "line 5, id: SITE:1 is that of line 2 too" in text


def test_a_csv_table_is_read_with_its_quotation_marks(tmp_path):
    file = tmp_path / "own.csv"
    file.write_text(
        "gene,alteration,therapy,tumor_type,direction,significance,level,source,note\n"
        'BRAF,V600E,dabrafenib,MEL,supports,sensitivity,A,PMID:1,"one, two"\n'
    )
    assert loaded("table", file)[0]["evidence"][0]["note"] == "one, two"
