"""The curated table of diseases: every disease of the sources is placed or listed, and none is placed too narrowly."""

import csv
import gzip
import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb import profile as profiles
from kb import terms as t
from kb.errors import UnknownTerm
from kb.loaders import doid
from kb.loaders.base import Report
from kb.normalizer import NAMES, Normalizer, Placement, read
from kb.starter import DATA, read_tables
from kb.statements import cells
from matcher.facts import relation_of
from tests.shared import knowledge

SHARED = Path(__file__).parents[4] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared data beside the project")
STARTER = read_tables(DATA / "source")
TABLE = read(NAMES / "diseases.tsv")
ANY = ("LYMPH", "MYELOID", "SOLID")


@cache
def names() -> Normalizer:
    return Normalizer(STARTER)


# The table itself


def test_the_table_is_well_formed():
    assert len(TABLE) == 494
    assert list(TABLE[0]) == ["name", "doid", "codes", "relation", "profile", "how", "note", "sources"]
    assert [row["name"] for row in TABLE] == sorted((row["name"] for row in TABLE), key=str.casefold)
    assert len({t.search_key(row["name"]) for row in TABLE}) == len(TABLE)


def test_codes_profiles_and_reasons_are_of_this_graph():
    biomarkers = {row["id"] for row in STARTER["biomarkers"]}
    for row in TABLE:
        codes = cells(row, "codes")
        assert codes == sorted(set(codes)), row
        assert all(names().is_tumor_type(code) for code in codes), row
        assert row["relation"] == "" if not codes else row["relation"] in {"exact", "broader"}, row
        assert codes or (row["note"] and row["how"] == "listed"), row
        assert all((row["sources"], row["how"])), row
        if row["profile"]:
            assert set(profiles.mentions(profiles.parse(row["profile"]))) <= biomarkers, row


def test_one_disease_has_one_placement():
    placed: dict[str, set[tuple[str, str, str]]] = {}
    for row in TABLE:
        if row["doid"]:
            placed.setdefault(row["doid"], set()).add((row["codes"], row["relation"], row["profile"]))
    assert {disease for disease, placements in placed.items() if len(placements) > 1} == set()


def test_no_code_is_named_beside_one_that_holds_it():
    for row in TABLE:
        codes = cells(row, "codes")
        assert not [(a, b) for a in codes for b in codes if a != b and names().is_below(a, b)], row


# Placements that a clinician checked

CHECKED = [
    ("DOID:1612", "Breast Cancer", "BRCA", True, None),
    ("DOID:0060079", "Her2-receptor Positive Breast Cancer", "BRCA", True, "HER2:POS"),
    ("DOID:0060080", "Her2-receptor Negative Breast Cancer", "BRCA", True, "HER2:NEG"),
    ("DOID:0060075", "Estrogen-receptor Positive Breast Cancer", "BRCA", True, "ER:POS"),
    ("DOID:0060081", "Triple-receptor Negative Breast Cancer", "BRCA", True, "TNBC"),
    ("DOID:0070780", "", "BRCA", True, "HR:POS AND HER2:NEG"),
    ("DOID:4922", "Breast Secretory Carcinoma", "JSCB", True, None),
    ("DOID:9256", "Colorectal Cancer", "COADREAD", True, None),
    ("DOID:219", "Colon Cancer", "CMC COAD MACR SRCCR", False, None),
    ("DOID:3908", "Lung Non-small Cell Carcinoma", "NSCLC", True, None),
    ("DOID:6482", "Lung Acinar Adenocarcinoma", "LUAD", False, None),
    ("DOID:1324", "Lung Cancer", "LUNG", True, None),
    ("DOID:162", "Cancer", "LYMPH MYELOID SOLID", True, None),
    ("", "Any cancer type", "LYMPH MYELOID SOLID", True, None),
    ("", "Solid Tumor", "SOLID", True, None),
    ("", "Any solid tumor", "SOLID", True, None),
    ("DOID:8552", "Chronic Myeloid Leukemia", "CML", True, None),
    ("DOID:9952", "Acute Lymphoblastic Leukemia", "BLL TLL", True, None),
    ("DOID:0080650", "B-lymphoblastic Leukemia/lymphoma, BCR-ABL1–like", "BLLBCRABL1L", True, None),
    ("DOID:0060318", "Acute Promyelocytic Leukemia", "AMLRARA APLPMLRARA", True, None),
    ("DOID:0081094", "Acute Myeloid Leukemia With MLL Rearrangement", "AML", False, None),
    ("DOID:9538", "Multiple Myeloma", "PCM", True, None),
    ("DOID:0060901", "Lymphoplasmacytic Lymphoma", "LPL", True, None),
    ("DOID:2671", "Transitional Cell Carcinoma", "BLCA UCU UTUC", True, None),
    ("DOID:0080808", "Mammary Analogue Secretory Carcinoma", "HNMASC", True, None),
    ("DOID:1909", "Melanoma", "MEL", True, None),
    ("DOID:6039", "Uveal Melanoma", "UM", True, None),
    ("DOID:0050929", "Mucosal Melanoma", "ARMM ESMM HNMUCM URMM VMM", True, None),
    ("DOID:3068", "Glioblastoma", "ASTR4 GB", True, None),
    ("DOID:0080684", "Diffuse Midline Glioma, H3 K27M-mutant", "DMG", False, "H3:K27M"),
    ("DOID:0080909", "Castration-resistant Prostate Carcinoma", "PROSTATE", False, None),
    ("DOID:0050905", "Inflammatory Myofibroblastic Tumor", "IMT IMTB IMTL", True, None),
    ("DOID:5151", "Plexiform Neurofibroma", "NFIB", False, None),
    ("DOID:3672", "Rhabdoid Cancer", "ATRT MRT MRTL", True, None),
    ("DOID:4971", "Myelofibrosis", "ETMF PMF PVMF", True, None),
    ("DOID:0060463", "NUT Midline Carcinoma", "NMCHN NUTCL", True, None),
    ("DOID:1790", "Malignant Mesothelioma", "PEMESO PLMESO TMESO", True, None),
    ("DOID:5093", "thoracic cancer", "BREAST LUNG PLEURA SOFT_TISSUE THYMUS", False, None),
    ("", "Testicular Germ Cell Tumors", "NSGCT SEM", True, None),
    ("", "Peritoneal Carcinoma", "PSEC", True, None),
    ("", "Gastric Cancer", "GRC STAD STAS STSC USTAD", True, None),
    ("", "Metastatic Breast Cancer", "BRCA", True, None),
    ("", "Head an neck squamous", "HNSC", True, None),
    ("", "Thymic", "THYMUS", True, None),
    ("", "Lymphangioleiomyomatosis", "LAM", True, None),
]


@pytest.mark.parametrize(("disease", "name", "codes", "exact", "profile"), CHECKED)
def test_checked_placements(disease, name, codes, exact, profile):
    for placement in ([names().tumor(doid=disease)] if disease else []) + ([names().tumor(name=name)] if name else []):
        assert placement[:3] == (tuple(codes.split()), exact, profile)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Von Hippel-Lindau Disease", "not a tumor: an inherited syndrome; its tumors are named by their own types"),
        ("Lynch Syndrome", "not a tumor: an inherited syndrome"),
        ("Chuvash Polycythemia", "not a tumor: an inherited polycythemia from VHL R200W"),
        ("Hyper eosinophilic advanced snydrome", "no type of OncoTree: a syndrome that may be reactive"),
        ("Mucinous Adenocarcinoma", "an adenocarcinoma of any site"),
    ],
)
def test_what_has_no_type_is_refused_with_the_reason(name, reason):
    with pytest.raises(UnknownTerm, match=reason):
        names().tumor(name=name)


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({"oncotree": "LUAD"}, ("LUAD",)),
        ({"oncotree": "MM"}, ("PCM",)),
        ({"oncotree": "ALL"}, ("BLL", "TLL")),
        ({"oncotree": "GBM"}, ("ASTR4", "GB")),
        ({"doid": "162", "oncotree": "LUAD"}, ANY),
        ({"name": "no such disease", "oncotree": "LUAD"}, ("LUAD",)),
        ({"ncit": "C9168"}, ("SRCCR",)),
        ({"ncit": "C7967"}, ("SRCCR",)),
        ({"doid": "DOID:660"}, ("ACC",)),
        ({"name": "lung  Adenocarcinoma"}, ("LUAD",)),
    ],
)
def test_the_order_of_what_is_asked(asked, codes):
    assert names().tumor(**asked).codes == codes


@pytest.mark.parametrize("asked", [{"name": "no such disease"}, {"doid": "1"}, {"oncotree": "NOSUCH"}, {}])
def test_an_unknown_disease_is_refused(asked):
    with pytest.raises(UnknownTerm, match="neither OncoTree nor the table of diseases has it"):
        names().tumor(**asked)


# Any cancer in the matcher


@pytest.mark.parametrize(
    ("patient", "relation"),
    [("LUAD", "agnostic"), ("VMM", "agnostic"), ("CUPNOS", "agnostic"), ("CLLSLL", "covered"), ("AML", "covered")],
)
def test_any_cancer_reaches_solid_and_blood_cancers(patient, relation):
    kb = knowledge()
    assert relation_of(kb.tumor_type(patient), ANY, (), kb) == relation


def test_any_cancer_reaches_every_type():
    kb = knowledge()
    unreached = [
        row["code"]
        for row in STARTER["tumor_types"]
        if relation_of(kb.tumor_type(row["code"]), ANY, (), kb) in {"other", "general"}
    ]
    assert unreached == ["TISSUE"]  # the root, which is no tumor


# The way up


def hierarchy(broader: dict[str, list[str]]) -> Normalizer:
    found = Normalizer(STARTER)
    found.learn_hierarchy(broader)
    return found


def test_of_two_broader_diseases_the_narrower_one_counts():
    found = hierarchy({"DOID:99": ["DOID:3910", "DOID:1324"]})
    assert found.tumor(doid="99").codes == ("LUAD",)
    found = hierarchy({"DOID:99": ["DOID:1612", "DOID:0060079"]})
    assert found.tumor(doid="99")[:3] == (("BRCA",), False, "HER2:POS")


def test_two_broader_diseases_side_by_side_both_count():
    found = hierarchy({"DOID:99": ["DOID:3910", "DOID:9119"]})
    assert found.tumor(doid="99")[:2] == (("AML", "LUAD"), False)


def test_the_way_goes_on_above_a_disease_without_a_type():
    found = hierarchy({"DOID:99": ["DOID:299"], "DOID:299": ["DOID:3910"]})
    assert found.tumor(doid="99").codes == ("LUAD",)


@pytest.mark.parametrize("above", ["DOID:162", "DOID:2531", "DOID:0050687"])
def test_the_way_never_ends_in_any_cancer(above):
    with pytest.raises(UnknownTerm, match="its nearest broader disease with a type is any cancer"):
        hierarchy({"DOID:99": [above]}).tumor(doid="99")


def test_a_cycle_ends():
    with pytest.raises(UnknownTerm):
        hierarchy({"DOID:98": ["DOID:99"], "DOID:99": ["DOID:98"]}).tumor(doid="99")


def covers(found: Normalizer, wide: Placement, narrow: Placement) -> bool:
    """Whether a patient of the narrow placement is one of the wide one."""
    below = all(any(found.is_below(code, above) for above in wide.codes) for code in narrow.codes)
    return below and wide.profile in {None, narrow.profile}


GRAPHS = st.lists(st.lists(st.integers(0, 40), max_size=3), min_size=1, max_size=12)
PLACED = st.sampled_from(sorted({row["doid"] for row in TABLE if row["doid"] and row["codes"]}))


@settings(max_examples=200)
@given(GRAPHS, st.lists(PLACED, min_size=1, max_size=6))
def test_a_placement_through_is_a_is_never_narrower(graph, placed):
    """Whatever the hierarchy: a placement found on the way up holds that of a nearest placed broader disease whole."""
    broader: dict[str, list[str]] = {}
    for at, above in enumerate(graph):  # each disease under later ones or under placed ones, so no cycle
        later = [f"DOID:X{at + 1 + step % (len(graph) - at)}" for step in above]
        broader[f"DOID:X{at}"] = [name if name[6:] < str(len(graph)) else placed[0] for name in later]
        broader[f"DOID:X{at}"] += placed[at % len(placed) : at % len(placed) + 1] if len(above) == 2 else []
    found = hierarchy(broader)
    for at in range(len(graph)):
        try:
            placement = found.tumor(doid=f"X{at}")
        except UnknownTerm:
            continue
        assert not placement.exact
        above = [found.tumor(doid=each) for each in nearest(broader, f"DOID:X{at}", set(placed))]
        assert any(covers(found, placement, each) for each in above)
        assert set(placement.codes) <= {code for each in above for code in each.codes}


def nearest(broader: dict[str, list[str]], disease: str, placed: set[str]) -> set[str]:
    level = set(broader[disease])
    while level and not level & placed:
        level = {above for each in level for above in broader.get(each, ())}
    return level & placed


@cache
def real_ontology() -> tuple[Normalizer, dict[str, list[str]]]:
    """The normalizer that has read the whole Disease Ontology, and the diseases under cancer with their parents."""
    found, ontology = Normalizer(STARTER), doid.Ontology()
    doid.load(SHARED / "oncotree", found, Report("doid"))
    doid._read_obo(SHARED / "oncotree" / "DO_cancer_slim.obo.gz", ontology, Report("doid"))
    return found, {disease: ontology.broader.get(disease, []) for disease in ontology.labels}


@needs_shared
def test_the_way_up_the_real_ontology():
    """Exact: in the table or a type's own DOID. The rest found a broader type, or nothing nearer than any cancer."""
    found, diseases = real_ontology()
    exact = broader = 0
    for disease in diseases:
        try:
            placement = found.tumor(doid=disease)
        except UnknownTerm:
            continue
        direct = found.curated_tumor(disease) is not None or bool(found.tumors_named(disease))
        exact += placement.exact
        broader += not placement.exact
        assert direct or not placement.exact
        assert direct or not any(wide <= set(placement.codes) for wide in ({"SOLID"}, {"LYMPH", "MYELOID"}))
    assert (len(diseases), exact, broader) == (729, 330, 305)


GROUPED_OTHERWISE = {
    "DOID:0050771",  # pheochromocytoma
    "DOID:0060080",  # HER2 negative breast cancer
    "DOID:0070004",  # myeloid neoplasm
    "DOID:0080829",  # low grade glioma
    "DOID:1037",  # lymphoid leukemia
    "DOID:1040",  # chronic lymphocytic leukemia
    "DOID:120",  # female reproductive organ cancer
    "DOID:1380",  # endometrial cancer
    "DOID:1612",  # breast cancer
    "DOID:1664",  # pineoblastoma
    "DOID:2226",  # myeloproliferative neoplasm
    "DOID:255",  # hemangioma
    "DOID:3069",  # malignant astrocytoma
    "DOID:3070",  # high grade glioma
    "DOID:3355",  # fibrosarcoma
    "DOID:3594",  # choriocarcinoma
    "DOID:3910",  # lung adenocarcinoma
    "DOID:3962",  # follicular thyroid carcinoma
    "DOID:4074",  # pancreatic adenocarcinoma
    "DOID:4851",  # pilocytic astrocytoma
    "DOID:5015",  # fibrolamellar carcinoma
    "DOID:5074",  # high grade ependymoma
    "DOID:5078",  # ganglioglioma
    "DOID:5603",  # T-cell acute lymphoblastic leukemia
    "DOID:684",  # hepatocellular carcinoma
    "DOID:769",  # neuroblastoma
    "DOID:8761",  # acute megakaryocytic leukemia
}
"""Diseases under which the Disease Ontology has one that this table, with OncoTree, has elsewhere."""


@needs_shared
def test_a_disease_is_hardly_ever_placed_outside_its_broader_disease():
    found, diseases = real_ontology()
    outside = set()
    for disease in diseases:
        for above in diseases[disease]:
            wide, narrow = found._placement(above), found._placement(disease)
            if wide and narrow and wide.codes and narrow.codes and not covers(found, wide, narrow):
                outside.add(above)
    assert outside == GROUPED_OTHERWISE


# The sources


def civic(release: str) -> set[tuple[str, str]]:
    found = set()
    for file in (SHARED / "civic" / release).glob("*Summaries.tsv"):
        if "Evidence" in file.name or "Assertion" in file.name:
            with file.open(encoding="utf-8", newline="") as lines:
                rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
                found |= {(row["doid"], row["disease"]) for row in rows if row["disease"]}
    return found


def outcomes(asked) -> tuple[int, int, int]:
    """How many are placed exactly, placed in something broader, and listed without a type; unknown ones fail."""
    found = [outcome(**each) for each in asked]
    assert "unknown" not in found, found
    return found.count("exact"), found.count("broader"), found.count("listed")


def outcome(**asked: str) -> str:
    try:
        return "exact" if names().tumor(**asked).exact else "broader"
    except UnknownTerm as error:
        return "unknown" if "neither OncoTree nor" in error.reason else "listed"


@needs_shared
@pytest.mark.parametrize(
    ("release", "diseases", "ids", "expected"),
    [("2025-07-01", 305, 280, (205, 89, 11)), ("2024-08-01", 282, 267, (198, 73, 11))],
)
def test_every_disease_of_civic_is_placed_or_listed(release, diseases, ids, expected):
    found = civic(release)
    assert len(found) == diseases
    assert len({disease for disease, _ in found if disease}) == ids
    assert outcomes({"doid": disease, "name": name} for disease, name in sorted(found)) == expected
    curated = {row["doid"] for row in TABLE} | {t.search_key(row["name"]) for row in TABLE}
    for disease, name in found:
        assert (f"DOID:{disease}" if disease else t.search_key(name)) in curated
        by_name = names().curated_tumor(name)
        assert by_name is not None, name


@needs_shared
def test_every_disease_of_moalmanac_is_placed_or_listed():
    with gzip.open(SHARED / "moalmanac" / "molecular-oncology-almanac.json.gz", "rt", encoding="utf-8") as file:
        flat = json.load(file)
    with (SHARED / "moalmanac" / "referenced" / "diseases.json").open(encoding="utf-8") as file:
        referenced = json.load(file)
    stated = {(row["disease"] or row["oncotree_term"], row["oncotree_code"]) for row in flat} - {("", "")}
    assert outcomes({"name": name, "oncotree": code} for name, code in sorted(stated)) == (89, 8, 1)
    terms = {row["oncotree_term"] for row in flat if row["oncotree_term"]}
    assert outcomes({"name": name} for name in sorted(terms)) == (71, 2, 0)
    assert outcomes({"name": row["name"]} for row in referenced) == (96, 3, 0)


@needs_shared
def test_every_disease_of_cgi_is_placed_or_listed():
    file = SHARED / "kb_extra" / "cgi_biomarkers_per_variant.tsv"
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        stated = {name.strip() for row in rows for name in row["Primary Tumor type"].split(";")} - {""}
    assert outcomes({"name": name} for name in sorted(stated)) == (75, 13, 1)


# Names that people write


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("breast cancer", "BRCA"),
        ("DOID:1612", "BRCA"),
        ("NSCLC", "NSCLC"),
        ("non-small cell lung carcinoma", "NSCLC"),
        ("small cell lung carcinoma", "SCLC"),
        ("lung adenocarcinoma", "LUAD"),
        ("lung cancer", "LUNG"),
        ("colon cancer", "COAD"),
        ("rectal cancer", "READ"),
        ("colorectal cancer", "COADREAD"),
        ("CRC", "COADREAD"),
        ("GIST", "GIST"),
        ("HCC", "HCC"),
        ("liver cancer", "LIVER"),
        ("pancreatic cancer", "PANCREAS"),
        ("PDAC", "PAAD"),
        ("gastric cancer", "STAD"),
        ("prostate cancer", "PROSTATE"),
        ("ovarian cancer", "OVARY"),
        ("endometrial cancer", "UCEC"),
        ("cervical cancer", "CERVIX"),
        ("head and neck cancer", "HEAD_NECK"),
        ("HNSCC", "HNSC"),
        ("thyroid cancer", "THYROID"),
        ("papillary thyroid carcinoma", "THPA"),
        ("kidney cancer", "KIDNEY"),
        ("clear cell renal cell carcinoma", "CCRCC"),
        ("bladder cancer", "BLADDER"),
        ("glioblastoma", "GB"),
        ("GBM", "GB"),
        ("glioma", "GNOS"),
        ("multiple myeloma", "PCM"),
        ("MM", "PCM"),
        ("CLL", "CLLSLL"),
        ("chronic myeloid leukemia", "CML"),
        ("diffuse large B-cell lymphoma", "DLBCLNOS"),
        ("Merkel cell carcinoma", "MCC"),
        ("any solid tumor", "SOLID"),
    ],
)
def test_tumor_types_are_found_by_common_names(text, code):
    assert knowledge().tumor_type(text).code == code


def test_a_synonym_names_one_type():
    """But `ALL`, which OncoTree had for both lineages: whoever writes it is told of both."""
    keys: dict[str, set[str]] = {}
    own = {t.search_key(row["name"]): row["code"] for row in STARTER["tumor_types"]}
    codes = {row["code"].casefold() for row in STARTER["tumor_types"]}
    for row in STARTER["tumor_types"]:
        for name in cells(row, "synonyms"):
            keys.setdefault(t.search_key(name), set()).add(row["code"])
            assert own.get(t.search_key(name), row["code"]) == row["code"], name
            assert name.casefold() not in codes - {row["code"].casefold()}, name
    assert {key: found for key, found in keys.items() if len(found) > 1} == {"all": {"BLL", "TLL"}}


def test_a_doid_of_a_type_agrees_with_the_table():
    """The table may say more than the one type, never something else."""
    for row in STARTER["tumor_types"]:
        for disease in cells(row, "doid"):
            curated = names().curated_tumor(disease)
            assert curated is None or row["code"] in curated.codes, (row["code"], disease)
