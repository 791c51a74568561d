"""Names of therapies: one id per substance, classes as classes, schemes with their drugs, nothing guessed."""

import csv
import json
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kb.errors import UnknownTerm
from kb.loaders.civic import therapy_names
from kb.loaders.files import read_text
from kb.normalizer import NAMES, Normalizer
from kb.starter import DATA, read_tables
from kb.statements import Row, Tables, cells, therapies
from kb.therapy_names import SALTS, spellings

SHARED = Path(__file__).parents[4] / "shared" / "data"


@cache
def starter() -> Tables:
    return read_tables(DATA / "source")


def names() -> Normalizer:
    return Normalizer(starter())


def table() -> list[Row]:
    with (NAMES / "therapies.tsv").open(encoding="utf-8", newline="") as lines:
        return [Row(row) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]


SAME = {
    "osimertinib": ["Osimertinib", "AZD9291", "azd-9291", "AZD 9291", "Tagrisso", "osimertinib mesylate"],
    "trastuzumab emtansine": ["Trastuzumab Emtansine", "T-DM1", "ado-trastuzumab emtansine", "Kadcyla"],
    "trastuzumab deruxtecan": ["fam-trastuzumab deruxtecan-nxki", "DS-8201a", "Enhertu"],
    "imatinib": ["Imatinib Mesylate", "STI571", "imatinib", "IMATINIB"],
    "pictilisib": ["Pictilisib", "Pictilisib Bismesylate", "GDC-0941"],
    "paclitaxel": ["Taxol", "Paclitaxel"],
    "fluorouracil": ["Flourouracil", "5-FU", "Fluorouracil"],
    "fulvestrant": ["Fluvestrant", "Fulvestrant"],
    "abiraterone acetate": ["Abiraterone", "Abiraterone acetate"],
    "mitomycin": ["Mitomycin C", "Mytomycin C", "Mitomycin"],
    "jq1": ["JQ-1", "JQ1", "JQ1 Compound"],
    "pd173074": ["PD173074", "FGF/VEGF Receptor Tyrosine Kinase Inhibitor, PD173074"],
    "akt inhibitor mk2206": ["MK2206", "MK-2206", "Akt Inhibitor MK2206"],
    "alk inhibitor tae684": ["TAE684", "ALK Inhibitor TAE684", "NVP-TAE684"],
    "tioguanine": ["Thioguanine", "Tioguanine"],
    "zenocutuzumab": ["Zenocutuzumab-zbco", "Zenocutuzumab"],
    "pertuzumab/trastuzumab sc": ["Pertuzumab/trastuzumab/hyaluronidase-zzxf", "Phesgo"],
    "kinase inhibitor": ["Tyrosine Kinase Inhibitor", "TKI"],
    "pi3k inhibitor": ["PI3K Inhibitor", "Phosphatidylinositide 3-Kinase Inhibitor"],
    "parp inhibitor": ["PARP inhibitors", "PARP inhibition", "PARP Inhibitor"],
    "pd-1 inhibitor": ["PD1 Inhibitor", "Anti-PD1 Monoclonal Antibody"],
    "chemotherapy": ["Chemotherapy", "Adjuvant Chemotherapy"],
    "radiotherapy": ["Radiation Therapy", "Ionizing Radiotherapy", "Radiation Ionizing Radiotherapy"],
    "folfiri": ["FOLFIRI Regimen", "FOLFIRI"],
}


@pytest.mark.parametrize(("id", "name"), [(id, name) for id, several in SAME.items() for name in several])
def test_one_substance_has_one_id(id, name):
    assert names().therapy(name) == (id,)


APART = [
    ("Leucovorin", "Levoleucovorin"),
    ("Doxorubicin", "Liposomal Doxorubicin"),
    ("Paclitaxel", "Nab-paclitaxel"),
    ("Peginterferon Alfa-2a", "Peginterferon Alfa-2b"),
    ("KU0058684", "KU0058948"),
    ("Trastuzumab", "Trastuzumab Deruxtecan"),
    ("DS-6501b", "DS-6051b"),
]


@pytest.mark.parametrize(("one", "other"), APART)
def test_different_substances_stay_apart(one, other):
    known = names()
    assert known.therapy(one) != known.therapy(other)


def test_a_salt_is_its_drug_only_where_the_graph_knows_the_drug():
    known = names()
    assert known.therapy("Crizotinib Hydrochloride") == ("crizotinib",)
    assert known.therapy("Cyproterone Acetate") == ("cyproterone acetate",)
    assert known.therapy("Newdrugib Tosylate") == ("newdrugib tosylate",)


@given(some.sampled_from(["crizotinib", "erlotinib", "neratinib"]), some.sampled_from(SALTS.split("|")))
def test_a_salt_is_always_among_the_spellings(drug, salt):
    assert drug in list(spellings(f"{drug} {salt}"))


def test_a_new_drug_is_added_once_and_without_a_class():
    known = names()
    assert known.therapy("Newdrugib", ncit="C1234567") == known.therapy("newdrugib") == ("newdrugib",)
    (row,) = known.additions["therapies"]
    assert (row["id"], row["kind"], row["ncit"], row["verified"]) == ("newdrugib", "drug", "C1234567", "yes")
    assert not known.additions["memberships"]
    assert known.therapy("An Odd Name", ncit="C1234567") == ("newdrugib",)


def test_a_name_of_a_class_is_a_class():
    known = names()
    assert known.therapy("XYZ1 inhibitor") == ("xyz1 inhibitor",)
    assert known.additions["therapies"][0]["kind"] == "class"


def test_a_class_comes_with_what_it_rests_on():
    known = names()
    assert known.therapy("AZD6738") == known.therapy("Ceralasertib") == ("ceralasertib",)
    added = {row["id"]: row for row in known.additions["therapies"]}
    assert (added["ceralasertib"]["kind"], added["atr inhibitor"]["kind"]) == ("drug", "class")
    assert added["atr inhibitor"]["broader"] == "kinase inhibitor"
    assert "AZD6738" in cells(added["ceralasertib"], "synonyms")
    (membership,) = known.additions["memberships"]
    assert (membership["class"], membership["source"], membership["verified"]) == (
        "atr inhibitor",
        "CGI drug family",
        "yes",
    )


def test_a_scheme_has_its_drugs():
    known = names()
    assert known.therapy("PCV Regimen") == ("pcv",)
    added = {row["id"]: row for row in known.additions["therapies"]}
    assert added["pcv"]["kind"] == "scheme"
    assert cells(added["pcv"], "components") == ["procarbazine", "lomustine", "vincristine"]
    assert {"procarbazine", "lomustine"} <= set(added)


def test_drugs_given_together_are_several():
    known = names()
    assert known.therapy("Nivolumab/relatlimab") == ("nivolumab", "relatlimab")
    parts = [known.therapy(name) for name in ("Docetaxel", "Hyaluronidase-zzxf", "Pertuzumab", "Trastuzumab")]
    assert known.regimen(parts) == "docetaxel+pertuzumab/trastuzumab sc"
    assert known.regimen(parts[2:]) == "pertuzumab+trastuzumab"


@pytest.mark.parametrize("name", ["Not Applicable", "FAS inhibitor", "", "123", "x" * 81])
def test_what_names_no_therapy_is_refused_with_a_reason(name):
    with pytest.raises(UnknownTerm) as error:
        names().therapy(name)
    assert error.value.reason


def test_the_table_is_sorted_and_every_row_leads_somewhere():
    rows = table()
    assert [row["name"].casefold() for row in rows] == sorted(row["name"].casefold() for row in rows)
    kinds = {row["id"]: row["kind"] for row in starter()["therapies"]}
    kinds |= {id: row["kind"] for row in rows for id in cells(row, "ids") if id not in kinds}
    for row in rows:
        assert row["kind"] in {"drug", "class", "scheme", "unreadable"}, row
        assert (row["kind"] == "unreadable") == (not row["ids"]), row
        assert all(kinds[id] == row["kind"] for id in cells(row, "ids")), row
        assert all(kinds[name] == "class" for name in cells(row, "classes")), row
        assert set(cells(row, "components")) <= set(kinds), row
        assert row["sources"], row
        assert row["verified"] in {"yes", "no"}, row
        assert row["verified"] == "no" or "unverified" not in row["sources"], row
        assert row["verified"] == "no" or "INN stem" not in row["sources"] or " | " in row["sources"], row


def test_every_row_can_be_asked_for_and_the_classes_have_no_cycle():
    known = names()
    for row in table():
        if row["kind"] != "unreadable":
            assert known.therapy(row["name"]) == tuple(cells(row, "ids")), row
    both = {kind: (*starter()[kind], *map(Row, known.additions[kind])) for kind in ("therapies", "memberships")}
    assert list(therapies(Tables(both)))


def _civic() -> set[str]:
    known = names()
    found: set[str] = set()
    for file in (SHARED / "civic").glob("*/*ClinicalEvidenceSummaries.tsv"):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                found |= set(therapy_names(row["therapies"], known))
    return found


def _moalmanac() -> set[str]:
    flat = json.loads(read_text(SHARED / "moalmanac" / "molecular-oncology-almanac.json.gz"))
    found = {name for each in flat for name in each["therapy_name"].split(" + ") if name}
    return found | {each["name"] for each in json.loads(read_text(SHARED / "moalmanac" / "referenced/therapies.json"))}


def _cgi() -> set[str]:
    with (SHARED / "kb_extra" / "cgi_biomarkers_per_variant.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    drugs = {name.strip() for row in rows for name in re.split("[;,]", row["Drug"].strip("[]"))}
    families = {name.strip() for row in rows if row["Drug"] == "[]" for name in row["Drug family"][1:-1].split(";")}
    return (drugs | families) - {""}


@pytest.mark.parametrize(
    ("source", "number", "refused"), [(_civic, 402, {"Not Applicable"}), (_moalmanac, 219, set()), (_cgi, 249, {"FAS"})]
)
def test_every_name_of_the_real_sources_is_known(source, number, refused):
    if not SHARED.is_dir():
        pytest.skip("the shared data are not here")
    found = source()
    assert len(found) == number
    known = names()
    unread: set[str] = set()
    for name in found:
        try:
            ids = known.therapy(name)
        except UnknownTerm:
            unread.add(name.removesuffix(" inhibitor"))
            continue
        assert all(id in {row["id"] for row in starter()["therapies"]} or known._curated.find(name) for id in ids), name
    assert unread == refused


def test_no_two_therapies_are_one_name_written_twice():
    known = names()
    for row in table():
        if row["kind"] != "unreadable":
            known.therapy(row["name"])
    every = [row["id"] for row in (*starter()["therapies"], *known.additions["therapies"])]
    tight = [re.sub(r"[^a-z0-9]", "", id) for id in every]
    assert len(set(tight)) == len(every)
