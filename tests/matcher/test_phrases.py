"""What the product says has the same values in every language, and reads as Chinese where Chinese is asked for."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.biomarker import Biomarker
from kb.doubt import DOUBTS
from matcher.names import (
    biomarker_label,
    biomarker_name,
    drug_name,
    known_therapy,
    regimen_name,
    requirement_name,
    result_name,
    tumor_codes,
    tumor_name,
)
from matcher.phrases import FOLDER, Text, in_language, joined, phrases, say, text
from rules.wording import closed_up
from tests.chinese import banned
from tests.shared import knowledge

TOPICS = sorted(path.stem for path in FOLDER.glob("*.json"))

NAMES = ("Hippel", "Lindau", "mut", "von")
"""Latin words that are names and stay."""


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("topic", TOPICS)
def test_every_phrase_has_both_languages_with_the_same_values(topic: str) -> None:
    assert phrases(topic)
    for key, said in phrases(topic).items():
        assert said.keys() == {"en", "zh"}, key
        assert _fields(said["en"]) == _fields(said["zh"]), key
        assert said["en"] == said["en"].rstrip(" ") or topic == "joining" or said["en"][-2] in ",;:", key


@pytest.mark.parametrize("topic", TOPICS)
def test_chinese_phrases_use_one_word_for_one_thing_and_are_set_as_chinese(topic: str) -> None:
    for key, said in phrases(topic).items():
        written = said["zh"] if topic not in {"doubts", "consequences", "verify"} else said["zh"].replace("改变", "")
        assert not banned(written), (key, banned(written))
        plain = re.sub(r"\{\w+\}", "", said["zh"])
        assert not re.search("[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]", plain), key


def test_what_is_filled_in_stands_together_with_chinese() -> None:
    assert say("forms", "rule", "zh", rule="on-label") == "规则on-label"
    assert (
        in_language(text("status", "found", what="BRAF V600E"), "zh")
        == closed_up("检出 BRAF V600E")
        == "检出BRAF V600E"
    )


def test_a_text_is_its_english_and_can_be_said_in_chinese() -> None:
    found = text("status", "found", what=text("alterations", "amplification", gene="ERBB2"))
    assert (found, hash(found)) == ("ERBB2 amplification was found", hash("ERBB2 amplification was found"))
    assert isinstance(found, Text)
    assert type(str(found)) is str
    assert in_language(found, "zh") == "检出ERBB2扩增"
    assert in_language("written by a source", "zh") == "written by a source"


@given(parts=st.lists(st.sampled_from(("KRAS", "NRAS", "BRAF")), max_size=4))
def test_texts_put_together_are_what_their_parts_are(parts: list[str]) -> None:
    assert joined(parts, "and") == " and ".join(parts)
    assert in_language(joined(parts, "and"), "zh") == "且".join(parts)


def _starter_biomarkers() -> tuple[Biomarker, ...]:
    folder = Path(__file__).parents[2] / "kb" / "data" / "source" / "biomarkers.tsv"
    ids = [line.split("\t")[0] for line in folder.read_text(encoding="utf-8").splitlines()[1:]]
    return tuple(map(knowledge().biomarker, ids))


def test_every_biomarker_of_the_starter_graph_has_a_chinese_name() -> None:
    """A protein change is written alike; in every other name no English word is left but names."""
    found = _starter_biomarkers()
    assert len(found) > 500
    for biomarker in found:
        said = in_language(biomarker_name(biomarker), "zh")
        left = [word for word in re.findall(r"[A-Za-z]*[a-z]{3,}", said) if word not in NAMES]
        assert not left or biomarker.kind == "protein change", said
        scores = re.fullmatch(r"(HER2 IHC [23]\+|PD-L1 .*%?)", said)
        assert said != biomarker.label or biomarker.kind == "protein change" or scores, said


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("ERBB2 amplification", "ERBB2扩增"),
        ("EGFR L858R", "EGFR L858R"),
        ("EML4::ALK fusion", "EML4::ALK融合"),
        ("ALK fusion (any partner)", "ALK融合（任意伴侣）"),
        ("microsatellite instability high", "微卫星高度不稳定（MSI-H）"),
        ("HER2 positive (IHC 3+ or ISH+) - breast criteria", "HER2阳性（IHC 3+或ISH+，乳腺癌标准）"),
        ("KRAS wild type", "KRAS野生型"),
        ("RAS wild type (KRAS and NRAS)", "RAS野生型（KRAS和NRAS）"),
        ("BRAF class III (kinase-impaired) mutation", "BRAF III类（激酶受损）突变"),
        ("EGFR exon 20 insertion", "EGFR外显子20插入"),
        ("PD-L1 CPS >=10", "PD-L1 CPS ≥10"),
        ("TMB high (>=10 mut/Mb)", "TMB高（≥10 mut/Mb）"),
        ("LIMK2 G684fs (germline)", "LIMK2 G684fs（胚系）"),
        ("BRCA1 germline deleterious or suspected deleterious", "BRCA1胚系有害或疑似有害突变"),
        ("a label that no phrase has the form of", "a label that no phrase has the form of"),
    ],
)
def test_a_biomarker_is_named_by_the_form_of_its_label(label: str, said: str) -> None:
    assert biomarker_label(label, "zh") == said


def test_each_form_of_a_label_is_recognized_as_itself() -> None:
    for key, form in phrases("biomarkers").items():
        values = {name: "9" if name in {"exon", "number", "limit"} else "KRAS" for name in _fields(form["en"])}
        label = say("biomarkers", key, **values)
        assert biomarker_label(label, "en") == label
        assert biomarker_label(label, "zh") != label or form["en"] == form["zh"], key


def test_drugs_have_the_graphs_chinese_names() -> None:
    graph = knowledge()
    assert in_language(drug_name("pyrotinib", graph), "zh") == "吡咯替尼"
    assert regimen_name(("capecitabine", "pyrotinib"), graph) == "capecitabine + pyrotinib"
    assert in_language(regimen_name(("capecitabine", "pyrotinib"), graph), "zh") == "卡培他滨 + 吡咯替尼"
    assert in_language(drug_name("tgx 221", graph), "zh") == "tgx 221"
    assert known_therapy("trastuzumab (adjuvant)", graph, "zh") == "曲妥珠单抗（辅助）"
    assert known_therapy("no such drug", graph, "zh") is None


def test_no_phrase_stands_for_a_name_that_the_graph_has() -> None:
    for name in phrases("therapies"):
        therapy = knowledge().therapy_of_id(name)
        assert therapy is not None, name
        assert therapy.chinese_name is None, name


def test_tumor_types_are_codes_in_english_and_names_in_chinese() -> None:
    graph = knowledge()
    assert tumor_codes(("LUAD", "BRCA"), graph) == "LUAD, BRCA"
    assert in_language(tumor_codes(("LUAD", "BRCA"), graph), "zh") == "肺腺癌、浸润性乳腺癌"
    assert tumor_name("ACRM", "zh", graph) == graph.tumor_type("ACRM").name
    for code, said in phrases("tumors").items():
        assert graph.tumor_type(code).name == said["en"]


def test_the_requirements_of_the_starter_graph_are_said_from_their_structure() -> None:
    graph = knowledge()
    found = {each.text: each for item in graph.indications((), (), {"CN", "EU", "US"}) for each in item.requirements}
    found |= {each.text: each for item in graph.indications_in("CN", {"BRCA", "NSCLC"}) for each in item.requirements}
    assert found
    for requirement in found.values():
        called = requirement_name(requirement, graph)
        assert called == requirement.text
        assert re.search(r"[\u4e00-\u9fff]", in_language(called, "zh")), requirement


def test_what_a_file_writes_stays_unless_it_is_a_known_result() -> None:
    assert [result_name(value, "zh") for value in ("Not detected", "3+", "80 %", "borderline-ish")] == [
        "未检出",
        "3+",
        "80 %",
        "borderline-ish",
    ]


def test_doubts_are_said_by_phrases_of_their_keys() -> None:
    assert {key: said["en"] for key, said in phrases("doubts").items()} == DOUBTS
