"""The Disease Ontology: OBO and tables, withdrawn and merged diseases, cycles, and the way up to a tumor type."""

import gzip
from pathlib import Path

import pytest

from kb.errors import UnknownTerm, UnreadableSource
from kb.loaders import doid
from kb.loaders.base import Report
from kb.normalizer import Normalizer
from kb.starter import DATA, read_tables

SHARED = Path(__file__).parents[4] / "shared" / "data" / "oncotree"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared Disease Ontology beside the project")
STARTER = read_tables(DATA / "source")

OBO = """format-version: 1.2
data-version: doid/releases/2026-07-31/subsets/DO_cancer_slim.obo

[Term]
id: DOID:3910
name: lung adenocarcinoma
xref: NCI:C3512

[Term]
id: DOID:90001
name: invented lung tumor
alt_id: DOID:90002
xref: NCI:C99901
is_a: DOID:3910 ! lung adenocarcinoma

[Term]
id: DOID:90003
name: obsolete tumor
is_obsolete: true

[Typedef]
id: RO:1
name: part of
"""
ISA = """id\tlabel\tsubClassOf
"DOID:3910"\t"lung adenocarcinoma"\t"disease"
"DOID:90001"\t"invented lung tumor"\t"lung adenocarcinoma"
"DOID:90004"\t"obsolete thing"\t"disease"
"""


def loaded(path: Path):
    report, names = Report("doid"), Normalizer(STARTER)
    assert set(doid.load(path, names, report).rows) <= {"tumor_codes"}
    return names, report


CODED = OBO.replace("xref: NCI:C3512", "xref: ICDO:8888/3\nxref: ICD10CM:C34.0\nxref: MESH:D1").replace(
    "xref: NCI:C99901", "xref: ICDO:8888/3\nxref: ICD10CM:C99.1\nxref: ICD10CM:not a code"
)


def code_rows(path: Path):
    report = Report("doid")
    return {row["code"]: row for row in doid.load(path, Normalizer(STARTER), report)["tumor_codes"]}, report


def test_the_codes_of_a_disease_stand_for_its_types(tmp_path):
    rows, report = code_rows(written(tmp_path, "slim.obo", CODED))
    assert {code: row["tumor_types"] for code, row in rows.items()} == {
        "ICD10:C34.0": "LUAD",
        "ICD10:C99.1": "LUAD",  # the disease has no type of its own, and the nearest broader one has
        "ICDO:8888/3": "LUAD",
    }
    assert rows["ICDO:8888/3"]["sources"].count("http://purl.obolibrary.org/obo/DOID_") == 2
    assert "lung adenocarcinoma" in rows["ICD10:C34.0"]["note"]
    assert "2026-07-31" in rows["ICD10:C34.0"]["note"]
    assert report.taken["code of ICD"] == 3


def test_a_code_that_does_not_mean_its_disease_is_left_by_name(tmp_path):
    text = OBO.replace("id: DOID:90001\n", "id: DOID:0080684\n").replace("xref: NCI:C99901", "xref: ICD10CM:C71.9")
    rows, report = code_rows(written(tmp_path, "slim.obo", text))
    assert rows == {}
    assert report.left["codes that do not mean the disease that carries them"] == ["ICD10:C71.9 DOID:0080684"]


@needs_shared
def test_the_real_slim_gives_more_codes_than_the_starter_has():
    rows, _ = code_rows(SHARED)
    starter = {row["code"]: row for row in STARTER["tumor_codes"] if "DOID" in row["sources"]}
    assert len(rows) > len(starter) > 200
    for code, row in starter.items():
        assert set(row["tumor_types"].split(" | ")) <= set(rows[code]["tumor_types"].split(" | ")), code
    assert not any("LYMPH" in row["tumor_types"] and "MYELOID" in row["tumor_types"] for row in rows.values())


def written(tmp_path: Path, name: str, text: str) -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(("name", "text"), [("slim.obo", OBO), ("HumanDO_isa.tsv", ISA)])
def test_a_disease_without_a_type_finds_the_nearest_broader_one(tmp_path, name, text):
    names, report = loaded(written(tmp_path, name, text))
    placement = names.tumor(doid="90001")
    assert (placement.codes, placement.exact) == (("LUAD",), False)
    assert report.taken == {"disease": 2}
    assert [len(ids) for ids in report.left.values()] == [1]
    with pytest.raises(UnknownTerm):
        names.tumor(doid="90003")


def test_a_merged_id_finds_the_disease_that_it_was_merged_into(tmp_path):
    names, report = loaded(written(tmp_path, "slim.obo", OBO))
    assert names.tumor(doid="90002").codes == ("LUAD",)
    assert (report.release, report.released_on) == ("2026-07-31", "2026-07-31")


def test_a_folder_is_read_whole_and_compressed_files_too(tmp_path):
    (tmp_path / "slim.obo.gz").write_bytes(gzip.compress(OBO.encode()))
    written(tmp_path, "HumanDO_isa.tsv", ISA + '"DOID:90009"\t"other"\t"invented lung tumor"\n')
    written(tmp_path, "NCIinDO.tsv", 'id\tlabel\txrefs\n"DOID:1909"\t"melanoma"\t"NCI:C3224"\n')
    written(tmp_path, "README", "not read")
    names, report = loaded(tmp_path)
    assert names.tumor(doid="90009").codes == ("LUAD",)
    assert report.left["NCI Thesaurus codes of diseases that the hierarchy does not have"] == ["DOID:1909"]


@pytest.mark.parametrize(
    ("xrefs", "found"),
    [
        ({"DOID:1612": "NCI:C99910"}, True),
        ({"DOID:1612": "NCI:C99910, NCI:C99911"}, False),
        ({"DOID:1612": "NCI:C99910", "DOID:3910": "NCI:C99910"}, False),
        ({"DOID:90001": "NCI:C99910"}, False),
    ],
    ids=["each other's only one", "two codes", "two diseases", "not in the table of diseases"],
)
def test_an_nci_code_finds_the_placement_of_its_one_disease(tmp_path, xrefs, found):
    written(tmp_path, "HumanDO_isa.tsv", ISA + '"DOID:1612"\t"breast cancer"\t"disease"\n')
    lines = [f'"{disease}"\t"x"\t"{codes}"' for disease, codes in xrefs.items()]
    written(tmp_path, "NCIinDO.tsv", "\n".join(["id\tlabel\txrefs", *lines]) + "\n")
    names, _ = loaded(tmp_path)
    if found:
        assert names.tumor(ncit="C99910").codes == ("BRCA",)
    else:
        with pytest.raises(UnknownTerm):
            names.tumor(ncit="C99910")


def test_a_broader_disease_that_is_not_there_is_refused_with_its_place(tmp_path):
    _, report = loaded(written(tmp_path, "HumanDO_isa.tsv", ISA + '"DOID:5"\t"five"\t"nowhere"\n'))
    assert [str(each) for each in report.unread] == [
        "HumanDO_isa.tsv:5: DOID:5: 'nowhere': no disease of the file has this label"
    ]
    text = OBO.replace("is_a: DOID:3910 ! lung adenocarcinoma", "is_a: DOID:77")
    _, report = loaded(written(tmp_path, "slim.obo", text))
    assert [str(each) for each in report.unread] == [
        "slim.obo:9: DOID:90001: 'DOID:77': its broader disease is not in the file"
    ]


TWICE = OBO + "\n[Term]\nid: DOID:3910\nname: again\n"
ROUND = OBO.replace("xref: NCI:C3512", "is_a: DOID:90001")


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.obo", ROUND, r"diseases form a cycle: DOID:3910 > DOID:90001 > DOID:3910"),
        ("a.obo", OBO.replace("is_a: DOID:3910", "is_a: DOID:90001"), r"cycle: DOID:90001 > DOID:90001"),
        ("a.obo", TWICE, r"a.obo:25: has the id DOID:3910 a second time \(first in line 4\)"),
        ("a.obo", OBO.replace("name: lung adenocarcinoma\n", ""), r"a.obo:4: is a term without one id and a name"),
        ("a.obo", "id: DOID:1\n", r"a.obo:1: does not begin as an OBO file does"),
        ("a.obo", "format-version: 1.2\n", r"holds no disease"),
        ("a.obo", "<html><body>404</body></html>", r"is a web page"),
        ("HumanDO_isa.tsv", ISA.replace("subClassOf", "parent"), r":1: has no column subClassOf"),
        ("HumanDO_isa.tsv", ISA + '"DOID:8"\t"eight"\n', r":5: has 2 cells where the header has 3"),
        ("HumanDO_isa.tsv", ISA + '"8"\t"eight"\t"disease"\n', r":5: has '8' and 'eight' where an id"),
        ("HumanDO_isa.tsv", ISA + '"DOID:8"\t"lung adenocarcinoma"\t"disease"\n', r":5: has the label 'lung adeno"),
        ("HumanDO_isa.tsv", ISA + ISA.splitlines()[2] + "\n", r":5: says the same of DOID:90001 as line 3"),
        ("HumanDO_isa.tsv", "id\tlabel\tsubClassOf\n", r"holds no disease"),
        ("diseases.csv", "a,b\n1,2\n", r":1: has no column id, label, subClassOf"),
        ("NCIinDO.tsv", "id\tlabel\txrefs\n", r"holds no hierarchy of the Disease Ontology"),
    ],
)
def test_what_is_not_the_disease_ontology_is_one_clear_error(tmp_path, name, text, problem):
    with pytest.raises(UnreadableSource, match=problem) as caught:
        loaded(written(tmp_path, name, text))
    assert "\n" not in str(caught.value)


def test_a_folder_without_it_and_a_path_that_is_not_there(tmp_path):
    with pytest.raises(UnreadableSource, match="holds no hierarchy"):
        loaded(tmp_path)
    with pytest.raises(UnreadableSource, match="is not there"):
        loaded(tmp_path / "nowhere")


def test_a_long_chain_needs_no_recursion(tmp_path):
    chain = "".join(
        f"[Term]\nid: DOID:{100000 + at}\nname: n{at}\nis_a: DOID:{99999 + at}\n\n" for at in range(1, 5000)
    )
    head = "format-version: 1.2\n\n[Term]\nid: DOID:100000\nname: n0\nis_a: DOID:3910\n\n"
    names, _ = loaded(written(tmp_path, "deep.obo", head + "[Term]\nid: DOID:3910\nname: lung\n\n" + chain))
    assert names.tumor(doid="104999").codes == ("LUAD",)


@needs_shared
@pytest.mark.parametrize(
    ("name", "diseases", "left"),
    [("DO_cancer_slim.obo.gz", 729, 1), ("HumanDO_isa.tsv.gz", 12246, 0), ("", 12246, 16)],
    ids=["slim", "table", "folder"],
)
def test_the_real_files_load(name, diseases, left):
    names, report = loaded(SHARED / name)
    assert report.taken["disease"] == diseases
    assert sum(len(ids) for reason, ids in report.left.items() if not reason.startswith("codes ")) == left
    assert report.unread == []
    # ureter, then urinary system: neither is in CIViC, and the second is in the table of diseases
    assert names.tumor(doid="0050903").codes == ("EPMT",)
    assert names.tumor(doid="4001").codes == ("OVT",)
