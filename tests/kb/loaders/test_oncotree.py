"""OncoTree: the tree and the list, what this graph adds, former codes, older releases, bad input."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import UnreadableSource
from kb.graph import open_knowledge_base
from kb.loaders import oncotree
from kb.loaders.base import Report
from kb.normalizer import Normalizer
from kb.releases import build
from kb.starter import DATA, read_tables
from kb.statements import Row, Tables, cells

SHARED = Path(__file__).parents[4] / "shared" / "data" / "oncotree"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared OncoTree files beside the project")
STARTER = read_tables(DATA / "source")

SMALL = {
    "TISSUE": None,
    "LUNG": "TISSUE",
    "NSCLC": "LUNG",
    "LUAD": "NSCLC",
    "SARCL": "LUNG",
    "MYELOID": "TISSUE",
    "AML": "MYELOID",
}


def record(code, parent, **more):
    """One tumor type as the API gives it."""
    return {
        "code": code,
        "name": f"name of {code}",
        "mainType": "Lung Cancer",
        "tissue": "Lung",
        "externalReferences": {"NCI": [f"C{len(code)}"], "UMLS": []},
        "parent": parent,
        "history": [],
        "precursors": [],
        "revocations": [],
    } | more


def flat(parents=SMALL, **more):
    """The list form; `more` are other fields by code."""
    return [record(code, parent, **more.get(code, {})) for code, parent in parents.items()]


def tree(records):
    """The tree form of the same records."""
    nodes = {each["code"]: {**each, "children": {}} for each in records}
    top = {}
    for each in nodes.values():
        (nodes[each["parent"]]["children"] if each["parent"] else top)[each["code"]] = each
    return top


def loaded(tmp_path, document, name="oncotree_2026_01_15.json", names=None):
    file = tmp_path / name
    file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    report = Report("oncotree")
    tables = oncotree.load(file, names or Normalizer(STARTER), report)
    return {row["code"]: row for row in tables["tumor_types"]}, report


def test_a_type_becomes_a_row(tmp_path):
    rows, report = loaded(tmp_path, tree(flat()))
    assert rows["LUAD"] == Row(
        code="LUAD",
        name="name of LUAD",
        broader="NSCLC",
        main_type="Lung Cancer",
        tissue="Lung",
        ncit="C4",
        umls="",
        doid="DOID:3910",
        mondo="MONDO:0005061",
        synonyms=rows["LUAD"]["synonyms"],
        sources="OncoTree 2026-01-15 https://oncotree.info/api/tumorTypes/tree?version=oncotree_2026_01_15",
    )
    assert report.taken == {"tumor type": 7}
    assert (report.release, report.released_on) == ("2026-01-15", "2026-01-15")


def test_the_list_gives_the_same_rows_as_the_tree(tmp_path):
    assert loaded(tmp_path, flat())[0] == loaded(tmp_path, tree(flat()))[0]


def test_solid_stands_above_solid_tissues_and_a_kind_of_another_type_below_it(tmp_path):
    rows, _ = loaded(tmp_path, tree(flat()))
    above = {code: cells(row, "broader") for code, row in rows.items()}
    assert above["LUNG"] == ["SOLID"]
    assert above["MYELOID"] == above["TISSUE"] == []
    assert above["SARCL"] == ["LUNG", "NSCLC"]
    without = {code: parent for code, parent in SMALL.items() if code not in {"NSCLC", "LUAD"}}
    assert cells(loaded(tmp_path, flat(without))[0]["SARCL"], "broader") == ["LUNG"]


def test_what_the_graph_knows_of_a_code_stays(tmp_path):
    starter = {row["code"]: row for row in STARTER["tumor_types"]}
    rows, _ = loaded(tmp_path, flat())
    for code, row in rows.items():
        assert (row["doid"], row["mondo"], row["synonyms"]) == tuple(
            starter[code][column] for column in ("doid", "mondo", "synonyms")
        )


@pytest.mark.parametrize(
    ("fields", "synonyms"),
    [
        ({"AML": {"history": ["OLDAML"]}}, {"AML": {"OLDAML"}}),
        ({"AML": {"precursors": ["A1", "A2"]}}, {"AML": {"A1", "A2"}}),
        ({"AML": {"revocations": ["GONE"]}, "LUAD": {"revocations": ["GONE"]}}, {"AML": {"GONE"}, "LUAD": {"GONE"}}),
        ({"AML": {"history": ["aml"]}}, {"AML": set()}),
        ({"AML": {"history": ["LUAD"]}}, {"AML": set()}),
        ({"AML": {"precursors": ["LEUK"]}}, {"AML": set()}),
    ],
    ids=["renamed", "merged", "shared", "its own", "in use", "wider than the type"],
)
def test_former_codes_find_the_type_of_today(tmp_path, fields, synonyms):
    rows, _ = loaded(tmp_path, flat(**fields))
    known = {row["code"]: set(cells(row, "synonyms")) for row in STARTER["tumor_types"]}
    assert {code: set(cells(rows[code], "synonyms")) - known[code] for code in synonyms} == synonyms


def test_the_report_names_former_codes_and_types_that_stay(tmp_path):
    _, report = loaded(tmp_path, flat(AML={"history": ["OLDAML"], "precursors": ["LEUK"]}))
    renamed, wider, stay = report.notes
    assert renamed == "1 former codes find the types of this release: OLDAML is AML"
    assert wider == "former codes that stand for more, as the table of diseases says: LEUK"
    assert stay.startswith(f"{899 - 1 - 7} types of OncoTree 2025-10-03 that this release lacks stay: AA, ABC, ")


OLD = {"TISSUE": None, "BLOOD": "TISSUE", "LEUK": "BLOOD", "CML": "LEUK", "MM": "BLOOD", "ALL": "LEUK"}


def test_an_older_release_finds_the_way_to_the_types_of_today(tmp_path):
    rows, _ = loaded(tmp_path, flat(OLD), name="oncotree_2018_03_01.json")
    above = {code: cells(row, "broader") for code, row in rows.items()}
    assert above["CML"] == ["LEUK", "MPN"]  # which the starter has above it, under MYELOID
    assert above["MM"] == ["BLOOD", "PCM"]  # today's code for it
    assert above["ALL"] == ["LEUK"]  # two types of today: neither is above it
    assert above["BLOOD"] == []


@pytest.mark.parametrize("name", ["oncotree_2027_01_01.json", "tree.json"])
def test_a_newer_or_undated_release_is_as_it_is(tmp_path, name):
    rows, report = loaded(tmp_path, flat(OLD), name=name)
    assert cells(rows["CML"], "broader") == ["LEUK"]
    assert report.released_on == (None if name == "tree.json" else "2027-01-01")


def test_the_way_to_today_is_never_a_cycle(tmp_path):
    """The starter has AMOL under AMLNOS; here it is the other way round."""
    turned = {"TISSUE": None, "BLOOD": "TISSUE", "AMOL": "BLOOD", "AMLNOS": "AMOL"}
    rows, _ = loaded(tmp_path, flat(turned), name="oncotree_2018_03_01.json")
    assert cells(rows["AMLNOS"], "broader") == ["AMOL", "AML"]
    assert cells(rows["AMOL"], "broader") == ["BLOOD"]


def test_an_older_form_of_the_main_type_is_read(tmp_path):
    rows, _ = loaded(tmp_path, flat(LUAD={"mainType": {"id": 3, "name": "Lung Cancer"}}, AML={"mainType": None}))
    assert (rows["LUAD"]["main_type"], rows["AML"]["main_type"]) == ("Lung Cancer", "")


CYCLE = [record("TISSUE", None), record("A", "C"), record("B", "A"), record("C", "B")]


@pytest.mark.parametrize(
    ("document", "place", "problem"),
    [
        (CYCLE, "#A", "its parents form a cycle: A > C > B > A"),
        ([record("A", "A")], "#A", "its parents form a cycle: A > A"),
        ([record("A", "NOSUCH")], "#A", "its parent NOSUCH is not in the file"),
        ([record("A", None)], "#A", "it has no parent"),
        ([*flat(), record("AML", "MYELOID")], "#AML", "the code stands a second time"),
        ([record("", "TISSUE")], "#", "a tumor type without code or name"),
        ([{"code": "A"}], "#", "a tumor type without code or name"),
        ([["A"]], "#", "something that is no tumor type"),
        ({"X": record("Y", None)}, "#X", "holds the code Y"),
        ({"TISSUE": {**record("TISSUE", None), "children": {"A": record("A", "B")}}}, "#A", "stands under TISSUE"),
        ({"TISSUE": {**record("TISSUE", None), "children": [1]}}, "#TISSUE", "its children are not an object"),
        ('{"TISSUE": {"code": "TISSUE", "code": "T"}}', "#code", "stands a second time in one object"),
        ([], "", "is neither OncoTree's tree nor its list"),
        ({"error": "not found"}, "", "is neither OncoTree's tree nor its list"),
        ("[" * 100_000, "", "nested too deeply"),
        (json.dumps(flat())[:-40], ":1", "is not JSON or is truncated"),
        ("<!DOCTYPE html><html></html>", "", "is a web page"),
        ("", "", "is empty"),
    ],
)
def test_what_is_not_oncotree_is_one_clear_error(tmp_path, document, place, problem):
    with pytest.raises(UnreadableSource) as caught:
        loaded(tmp_path, document)
    assert caught.value.place == f"{tmp_path / 'oncotree_2026_01_15.json'}{place}"
    assert problem in caught.value.problem
    assert "\n" not in str(caught.value)


def test_another_encoding_is_told_with_its_line(tmp_path):
    file = tmp_path / "oncotree.json"
    file.write_bytes('[{"code": "A",\n "name": "Waldenström"}]'.encode("latin-1"))
    with pytest.raises(UnreadableSource, match=r"oncotree.json:2: is not UTF-8"):
        oncotree.load(file, Normalizer(STARTER), Report("oncotree"))


PARENTS = st.lists(st.integers(0, 30), min_size=1, max_size=30).map(
    lambda numbers: {"TISSUE": None, **{f"T{at}": f"T{up % at}" if at else "TISSUE" for at, up in enumerate(numbers)}}
)


@settings(max_examples=40)
@given(PARENTS, st.sampled_from(["oncotree_2018_01_01.json", "oncotree_2030_01_01.json"]))
def test_every_type_of_any_tree_has_a_way_to_a_tissue(tmp_path_factory, parents, name):
    tmp_path = tmp_path_factory.mktemp("tree")
    rows, report = loaded(tmp_path, tree(flat(parents)), name)
    assert rows == loaded(tmp_path, flat(parents), name)[0]
    assert report.taken["tumor type"] == len(parents) == len(rows)
    names = Normalizer(STARTER)
    names.learn(Tables({"tumor_types": tuple(rows.values())}))
    assert all(names.is_below(code, "SOLID") for code in parents if code != "TISSUE")
    for code, parent in parents.items():
        assert parent in {None, "TISSUE"} or names.is_below(code, parent)


# Real releases


def real(version):
    report = Report("oncotree")
    names = Normalizer(STARTER)
    tables = oncotree.load(SHARED / f"oncotree_{version}.json", names, report)
    names.learn(tables)
    return {row["code"]: row for row in tables["tumor_types"]}, report, names


@needs_shared
@pytest.mark.parametrize(
    ("version", "types", "stay", "former"),
    [("2018_03_01", 660, 268, 2), ("2021_11_02", 885, 19, 22), ("2025_10_03", 898, 0, 26)],
)
def test_real_releases_load(version, types, stay, former):
    rows, report, names = real(version)
    assert report.taken == {"tumor type": types} == {"tumor type": len(rows)}
    assert report.release == version.replace("_", "-")
    assert sum(f"{former} former codes find" in note for note in report.notes) == 1
    assert sum(f"{stay} types of OncoTree 2025-10-03 that" in note for note in report.notes) == bool(stay)
    roots = {"SOLID", "LYMPH", "MYELOID", "BLOOD"}
    assert all(any(names.is_below(code, root) for root in roots) for code in rows if code != "TISSUE")


@needs_shared
def test_the_release_of_the_starter_changes_nothing():
    rows, _, _ = real("2025_10_03")
    starter = {row["code"]: row for row in STARTER["tumor_types"] if row["code"] != "SOLID"}
    assert {code: {**row, "sources": ""} for code, row in rows.items()} == {
        code: {**row, "sources": ""} for code, row in starter.items()
    }


@needs_shared
@pytest.mark.parametrize(
    ("version", "code", "above"),
    [
        ("2018_03_01", "AML", "MYELOID"),
        ("2018_03_01", "CML", "MPN"),
        ("2018_03_01", "CLL", "CLLSLL"),
        ("2018_03_01", "MM", "PCM"),
        ("2018_03_01", "GBM", "ADIFG"),
        ("2021_11_02", "GBM", "GB"),
        ("2021_11_02", "IBC", "BRCA"),
        ("2021_11_02", "DIPG", "DMG"),
        ("2025_10_03", "VMM", "MEL"),
        ("2025_10_03", "CMC", "COADREAD"),
    ],
)
def test_evidence_of_today_reaches_types_of_older_releases(version, code, above):
    assert real(version)[2].is_below(code, above)


def test_a_built_store_finds_types_by_new_and_former_names(tmp_path):
    file = tmp_path / "oncotree_2018_03_01.json"
    file.write_text(json.dumps(tree(flat(OLD, CML={"history": ["OLDCML"]}))), encoding="utf-8")
    build(tmp_path / "store", {"oncotree": file})
    kb = open_knowledge_base(tmp_path / "store")
    assert kb.tumor_type("oldcml").code == kb.tumor_type("chronic myeloid leukemia").code == "CML"
    assert kb.tumor_reading("OLDCML")[1] == ("OLDCML is a former code of OncoTree: it is read as CML (name of CML)",)
    assert set(kb.tumor_ancestors("CML")) == {"LEUK", "BLOOD", "MPN", "MNM", "MYELOID"}
    assert kb.tumor_type("LUAD").ancestors == ("NSCLC", "LUNG", "SOLID")  # of the starter, as the release lacks it


def test_a_former_code_stands_for_all_that_it_held(tmp_path):
    records = flat(AML={"history": ["OLDAML"], "precursors": ["LEUK"]})
    file = tmp_path / "oncotree_2026_01_15.json"
    file.write_text(json.dumps(tree(records)), encoding="utf-8")
    tables = oncotree.load(file, Normalizer(STARTER), Report("oncotree"))
    codes = {row["code"]: row["tumor_types"] for row in tables["tumor_codes"]}
    assert codes["ONCOTREE:OLDAML"] == "AML"
    assert {"AML", "CML", "BLL"} < set(codes["ONCOTREE:LEUK"].split(" | "))
