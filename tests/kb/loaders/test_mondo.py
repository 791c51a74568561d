"""MONDO's mappings: exact placements through a shared disease, codes of other releases, bad input."""

import gzip
from pathlib import Path

import pytest

from kb.errors import UnknownTerm, UnreadableSource
from kb.loaders import mondo
from kb.loaders.base import Report
from kb.normalizer import Normalizer
from kb.starter import DATA, read_tables

SHARED = Path(__file__).parents[4] / "shared" / "data" / "oncotree"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared MONDO mappings beside the project")
STARTER = read_tables(DATA / "source")

HEAD = (
    "# curie_map:\n"
    "# mapping_set_version: http://purl.obolibrary.org/obo/mondo/releases/2026-08-04/mappings/mondo.sssom.tsv\n"
    "subject_id\tsubject_label\tpredicate_id\tobject_id\n"
)
ONCOTREE = ["MONDO:1\tlung tumor\toboInOwl:hasDbXref\tONCOTREE:LUAD"]
DISEASES = [
    "MONDO:1\tlung tumor\tskos:exactMatch\tDOID:90001",
    "MONDO:1\tlung tumor\tskos:exactMatch\tNCIT:C99901",
    "MONDO:2\tsomething else\tskos:exactMatch\tDOID:90002",
    "MONDO:1\tlung tumor\tskos:narrowMatch\tDOID:90003",
    "MONDO:1\tlung tumor\tskos:exactMatch\tORDO:7",
]


def sssom(*lines: str) -> str:
    return HEAD + "".join(f"{line}\n" for line in lines)


def loaded(path: Path):
    report, names = Report("mondo"), Normalizer(STARTER)
    assert mondo.load(path, names, report).rows == {}
    return names, report


def of_text(tmp_path: Path, text: str):
    file = tmp_path / "mondo.sssom.tsv"
    file.write_text(text, encoding="utf-8")
    return loaded(file)


def test_a_disease_takes_the_type_of_its_mondo_disease(tmp_path):
    names, report = of_text(tmp_path, sssom(*ONCOTREE, *DISEASES))
    assert names.tumor(doid="DOID:90001")[:2] == (("LUAD",), True)
    assert names.tumor(ncit="C99901").codes == ("LUAD",)
    for missing in ("90002", "90003"):
        with pytest.raises(UnknownTerm):
            names.tumor(doid=missing)
    assert report.taken == {"mapping to OncoTree": 1, "exact placement": 2}
    assert report.left == {
        "diseases that MONDO does not map to OncoTree": ["MONDO:2 DOID:90002"],
        "mappings that are not exact": ["MONDO:1 DOID:90003"],
        "mappings to ORDO, which no source uses": ["MONDO:1 ORDO:7"],
    }
    assert (report.release, report.released_on) == ("2026-08-04", "2026-08-04")


def test_a_folder_holds_the_files_by_vocabulary(tmp_path):
    (tmp_path / "mondo_hasdbxref_oncotree.sssom.tsv").write_text(sssom(*ONCOTREE), encoding="utf-8")
    (tmp_path / "mondo_exactmatch_doid.sssom.tsv.gz").write_bytes(gzip.compress(sssom(DISEASES[0]).encode()))
    assert loaded(tmp_path)[0].tumor(doid="90001").codes == ("LUAD",)


@pytest.mark.parametrize(
    ("code", "codes"),
    [("MM", ("PCM",)), ("ALL", ("BLL", "TLL")), ("MDS%2FMPN", ("MDS/MPN",)), ("GBM", ("ASTR4", "GB"))],
)
def test_former_and_encoded_codes_are_understood(tmp_path, code, codes):
    line = f"MONDO:1\tx\tskos:exactMatch\tONCOTREE:{code}"
    assert of_text(tmp_path, sssom(line, DISEASES[0]))[0].tumor(doid="90001").codes == codes


def test_an_unknown_code_is_refused_with_its_place(tmp_path):
    _, report = of_text(tmp_path, sssom(*ONCOTREE, "MONDO:3\tx\toboInOwl:hasDbXref\tONCOTREE:NOSUCH"))
    assert [str(each) for each in report.unread] == [
        "mondo.sssom.tsv:5: MONDO:3 ONCOTREE:NOSUCH: 'NOSUCH': the loaded OncoTree has no such code"
    ]


def test_the_curated_table_stays(tmp_path):
    names, report = of_text(tmp_path, sssom(*ONCOTREE, "MONDO:1\tx\tskos:exactMatch\tDOID:1612"))
    assert names.tumor(doid="1612").codes == ("BRCA",)
    assert report.notes == ["the table of diseases says otherwise, and stays: DOID:1612"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("subject_id\tobject_id\nMONDO:1\tDOID:1\n", r"tsv:1: has no column predicate_id: it is no SSSOM file"),
        ("# only\n# comments\n", r"tsv:3: has no column"),
        (sssom(*ONCOTREE, "MONDO:1\tx"), r"tsv:5: has 2 cells where the header has 4"),
        (sssom(*ONCOTREE, *ONCOTREE), r"tsv:5: maps MONDO:1 to ONCOTREE:LUAD as line 4 does"),
        (sssom("DOID:1\tx\tskos:exactMatch\tNCIT:C1"), r"tsv:4: maps 'DOID:1' to 'NCIT:C1', which is not MONDO's"),
        (sssom("MONDO:1\tx\tskos:exactMatch\tNCIT:C1"), r"maps nothing to OncoTree"),
        (sssom(), r"maps nothing to OncoTree"),
        ("<html></html>", r"is a web page"),
    ],
)
def test_what_is_not_a_mapping_is_one_clear_error(tmp_path, text, problem):
    with pytest.raises(UnreadableSource, match=problem) as caught:
        of_text(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_folder_without_mappings_and_a_path_that_is_not_there(tmp_path):
    with pytest.raises(UnreadableSource, match=r"holds no mondo\*.sssom.tsv"):
        loaded(tmp_path)
    with pytest.raises(UnreadableSource, match="is not there"):
        loaded(tmp_path / "nowhere")


@needs_shared
def test_the_real_mappings_load():
    names, report = loaded(SHARED)
    assert report.taken == {"mapping to OncoTree": 556, "exact placement": 996}
    assert sum(map(len, report.left.values())) == 18274
    assert [each.what for each in report.unread] == ["HEADNECK", "PCT"]
    assert report.release == "2026-08-04"
    assert names.tumor(doid="3910") == names.tumor(oncotree="LUAD")._replace(note=names.tumor(doid="3910").note)
