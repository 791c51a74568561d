"""What facts, absences and firings say: the library's templates in both languages, and how values find their words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.check_words import template_variables
from rules.engine import engine
from rules.errors import RuleProblems
from rules.facts import Absence, Fact, Value, fact
from rules.language import (
    BOOLEAN,
    ENUMERATION,
    LANGUAGES,
    NUMBER_KINDS,
    Field,
    Predicate,
    RuleSet,
    Said,
    Variable,
)
from rules.library import LIBRARY
from rules.load import load
from rules.problems import atoms
from rules.proof import Derived, proofs, prove
from rules.wording import WHATEVER, Wording, closed_up, origins, placeholders, plain
from tests.chinese import BANNED, banned

ROOT = Path(__file__).parents[2]
NAMES = frozenset({
    "AMP", "ESCAT", "OncoKB", "CIViC", "NCT", "DKTK", "FDA", "EMA", "NRDL", "ECOG", "ESMO-MCBS",
    "mCRPC", "CRPC", "mHSPC", "mCSPC", "m1", "m1A", "m1B", "m1C", "m2", "m2A", "m2B", "m2C", "m3", "m4", "iv", "Z", "R",
    "HER2",
})  # fmt: skip
"""Latin writing that Chinese sentences keep: frameworks, regulators, scales, grades."""
CODES = frozenset({"amp", "escat", "oncokb", "civic", "nct", "iv"})
"""Listed values that are names and stay as they are."""


@pytest.fixture(scope="module")
def library() -> RuleSet:
    return load([LIBRARY])


def texts(library: RuleSet) -> Iterator[tuple[str, Said]]:
    """Every template and word of the library, with where it stands."""
    yield from ((rule.name, rule.says) for rule in library.rules)
    for predicate in library.predicates.values():
        yield from ((predicate.name, said) for said in (predicate.says, predicate.absent) if said)
    for field, values in library.words.items():
        yield from ((f"{field} {value}", said) for value, said in values.items())


def names(text: str) -> set[str]:
    found, fault = template_variables(text)
    assert not fault
    return set(found)


def test_every_sentence_of_the_library_has_both_languages_with_the_same_values(library: RuleSet) -> None:
    for name, said in texts(library):
        if name.split()[0] in library.words:
            assert dict(said).keys() >= {"zh"}, name
        else:
            assert dict(said).keys() == set(LANGUAGES), name
            assert len({frozenset(names(text)) for _, text in said}) == 1, name


def test_every_given_fact_of_the_library_says_something(library: RuleSet) -> None:
    assert [p.name for p in library.predicates.values() if p.given and not p.says] == []


def test_every_absence_that_a_rule_rests_on_says_something(library: RuleSet) -> None:
    denied = {name for name, _ in denials(library)}
    assert len(denied) > 40
    assert [name for name in sorted(denied) if not library.predicates[name].absent] == []
    idle = [p.name for p in library.predicates.values() if p.absent and p.name not in denied]
    assert idle == [], "no rule denies or counts these"


def test_an_absence_can_always_be_said(library: RuleSet) -> None:
    for lang in LANGUAGES:
        wording = Wording(library, lang)
        for name, fields in denials(library):
            absence = Absence(name, tuple((field, "it") for field in sorted(fields)))
            text = wording.absence(absence)
            assert text != repr(absence), absence
            assert "{" not in text


def denials(library: RuleSet) -> set[tuple[str, frozenset[str]]]:
    """Each predicate that some rule denies or counts, with the fields that it gives a value."""
    found = set()
    for rule in library.rules:
        bound = {name for atom in rule.positives() for name in atom.variables()}
        for atom in rule.settled():
            told = [n for n, term in atom.fields if not isinstance(term, Variable) or term.name in bound]
            found.add((atom.predicate, frozenset(told)))
    return found


def test_no_chinese_sentence_holds_english(library: RuleSet) -> None:
    for name, said in texts(library):
        text = re.sub(r"\{\w+\}", " ", dict(said)["zh"])
        for word in re.findall(r"[A-Za-z][A-Za-z0-9-]*", text):
            is_grade = re.fullmatch(r"[IV]+(-[A-C])?|[A-E]|R[12]", word)
            assert word in NAMES or is_grade, f"{name}: {word}"


def test_chinese_sentences_use_one_word_for_one_thing(library: RuleSet) -> None:
    for name, said in texts(library):
        found = banned(dict(said)["zh"])
        assert not found, f"{name}: {found}, write {[BANNED.get(word) for word in found]}"


def test_chinese_sentences_are_set_as_chinese(library: RuleSet) -> None:
    for name, said in texts(library):
        text = dict(said)["zh"]
        assert not re.search(r"[\u4e00-\u9fff}] ?[,;:?!](?= |$)", text), f"{name}: Latin marks in {text}"
        assert not re.search(r"[\u4e00-\u9fff] [A-Za-z{]|[A-Za-z}] [\u4e00-\u9fff]", text), f"{name}: spaces in {text}"
        assert not text.endswith("。"), name


def test_values_in_words_of_both_languages_stand_apart(library: RuleSet) -> None:
    """Latin values never run into each other: some Chinese or a mark is between two placeholders."""
    for name, said in texts(library):
        for first, second in re.findall(r"\{(\w+)\}\{(\w+)\}", dict(said)["zh"]):
            assert worded(library, name, first) or worded(library, name, second), f"{name}: {first}, {second}"


def worded(library: RuleSet, name: str, placeholder: str) -> bool:
    """Whether all values of a placeholder in a rule's or predicate's sentence have words."""
    if name in library.predicates:
        return bool(Wording(library, "zh").phrasing.words(name, placeholder))
    return any(Wording(library, "zh").phrasing.words(*place) for place in origins(library.rule(name))[placeholder])


def listed(library: RuleSet) -> Iterator[tuple[Predicate, Field, str]]:
    for predicate in library.predicates.values():
        for field in predicate.fields:
            yield from ((predicate, field, value) for value in field.values)


def test_every_listed_value_that_is_a_word_has_a_chinese_one(library: RuleSet) -> None:
    wording = Wording(library, "zh")
    for predicate, field, value in listed(library):
        if re.search("[a-z]{2}", value) and value not in CODES:
            text = wording.value(predicate.name, field.name, value)
            assert re.search("[\u4e00-\u9fff]", text), f"{predicate.name}.{field.name}: {value}"


def test_every_text_that_rules_conclude_of_a_finding_has_a_chinese_word(library: RuleSet) -> None:
    wording = Wording(library, "zh")
    told = [
        (name, term) for rule in library.rules for name, term in rule.head.fields if rule.head.predicate == "finding"
    ]
    fixed = {(name, term) for name, term in told if isinstance(term, str)}
    assert len(fixed) > 40
    for name, term in fixed:
        assert re.search("[\u4e00-\u9fff]", wording.value("finding", name, term)), (name, term)


def test_every_line_of_the_table_of_conflicts_has_chinese_words(library: RuleSet) -> None:
    table = json.loads((ROOT / "matcher" / "conflicts.json").read_text(encoding="utf-8"))
    wording = Wording(library, "zh")
    rows = table["table"]
    assert len(rows) > 20
    held = [("decided", row["decided"]) for row in rows] + [("outcome", row["outcome"]) for row in rows]
    held += [(field, value) for field in ("reach", "relation", "against") for value in table[field]]
    held += [("speaks", value) for value in table["for"]]
    for field, value in held:
        assert wording.value("decides", field, value) != value, value


def test_no_word_is_of_a_value_that_is_gone(library: RuleSet) -> None:
    """What `decided` and `criterion` have words for is what the table and the rules say."""
    table = json.loads((ROOT / "matcher" / "conflicts.json").read_text(encoding="utf-8"))
    assert set(library.words["decided"]) == {row["decided"] for row in table["table"]}
    used = {
        term
        for rule in library.rules
        for _, atom in atoms(rule)
        for name, term in atom.fields
        if name == "criterion" and isinstance(term, str)
    }
    assert set(library.words["criterion"]) - {WHATEVER} >= used


def values_of(field: Field) -> st.SearchStrategy[Value]:
    if field.kind == ENUMERATION:
        return st.sampled_from(field.values)
    if field.kind == BOOLEAN:
        return st.booleans()
    if field.kind in NUMBER_KINDS:
        return st.integers(0, 99)
    return st.text("abcXYZ 0-9", min_size=1, max_size=8)


@given(st.data())
def test_any_given_fact_can_be_said_with_all_its_values(library: RuleSet, data: st.DataObject) -> None:
    predicates = [predicate for predicate in library.predicates.values() if predicate.given]
    predicate = data.draw(st.sampled_from(predicates))
    stated = fact(predicate.name, **{field.name: data.draw(values_of(field)) for field in predicate.fields})
    for lang in LANGUAGES:
        wording = Wording(library, lang)
        text = wording.fact(stated)
        assert "{" not in text
        template = dict(predicate.says)[lang]
        for name in placeholders(template):
            value = stated.get(name)
            assert value is not None
            said = wording.value(predicate.name, name, value)
            assert (said.strip() if lang == "zh" else said) in text


SMALL = """
predicates:
  drug:
    given: true
    says: {en: "{name} is {status}", zh: "{name}为{status}"}
    absent: {en: "no drug is {status}", zh: "没有{status}的药物"}
    fields: {name: string, status: [approved, filed], oral: boolean, strength: number}
  trial:
    given: true
    says: "{drug} is studied ({oral})"
    fields: {drug: string, status: [open, filed], oral: boolean}
  silent: {given: true, fields: {name: string}, absent: {zh: "没有{name}"}}
  usable: {fields: {name: string, status: string}}
  kept: {given: true, fields: {name: string, status: string}, absent: {en: "{name} is not kept"}}
  best: {fields: {status: string}}
words:
  status:
    approved: {zh: 获批}
    filed: {en: under review, zh: 审评中}
    _: {en: of any status, zh: 任何状态}
  trial.status:
    filed: {en: not yet open, zh: 尚未开放}
  oral:
    'true': {en: by mouth, zh: 口服}
rules:
  - rule: usable
    says: {en: "{Name}: {Status}, {Oral}, {Strength}", zh: "{Name}：{Status}，{Oral}，{Strength}"}
    cites: [an example]
    if:
      - drug(name: Name, status: Status, oral: Oral, strength: Strength)
      - no silent(name: Name)
      - no kept(name: Name)
    then: usable(name: Name, status: Status)
  - rule: studied
    says: {en: "{Drug} is studied: {How}", zh: "{Drug}在研：{How}"}
    cites: [an example]
    if:
      - trial(drug: Drug, status: How)
    then: usable(name: Drug, status: How)
  - rule: best
    says: {en: "the least is {Best}", zh: "最小为{Best}"}
    cites: [an example]
    if:
      - silent(name: _)
      - Best = least Each in usable(status: Each)
    then: best(status: Best)
"""

DRUG = fact("drug", name="T-DM1", status="filed", oral=True, strength=3.0)
TRIAL = fact("trial", drug="T-DM1", status="filed", oral=False)


@pytest.fixture
def small(ruleset: Callable[[str], RuleSet]) -> RuleSet:
    return ruleset(SMALL)


@pytest.mark.parametrize(
    ("lang", "stated", "said"),
    [
        ("en", DRUG, "T-DM1 is under review"),
        ("zh", DRUG, "T-DM1为审评中"),
        ("en", fact("drug", name="T-DM1", status="approved", oral=True, strength=1), "T-DM1 is approved"),
        ("zh", fact("drug", name="T-DM1", status="approved", oral=True, strength=1), "T-DM1为获批"),
        ("en", TRIAL, "T-DM1 is studied (false)"),
        ("zh", TRIAL, "T-DM1 is studied (false)"),
        ("fr", DRUG, "T-DM1 is under review"),
        ("en", fact("silent", name="T-DM1"), "silent(name: T-DM1)"),
        ("en", fact("usable", name="T-DM1", status="filed"), "usable(name: T-DM1, status: filed)"),
    ],
)
def test_a_fact_says_what_its_predicate_says(small: RuleSet, lang: str, stated: Fact, said: str) -> None:
    assert Wording(small, lang).fact(stated) == said


@pytest.mark.parametrize(
    ("lang", "absence", "said"),
    [
        ("en", Absence("drug", (("status", "filed"),)), "no drug is under review"),
        ("zh", Absence("drug", (("status", "filed"),)), "没有审评中的药物"),
        ("en", Absence("drug", (("name", "T-DM1"),)), "no drug is of any status"),
        ("zh", Absence("drug", ()), "没有任何状态的药物"),
        ("en", Absence("kept", (("name", "T-DM1"),)), "T-DM1 is not kept"),
        ("en", Absence("kept", (("status", "filed"),)), "no kept(status: filed)"),
        ("en", Absence("silent", (("name", "T-DM1"),)), "没有T-DM1"),
        ("zh", Absence("silent", (("name", "T-DM1"),)), "没有T-DM1"),
        ("en", Absence("trial", ()), "no trial()"),
    ],
)
def test_an_absence_says_what_its_predicate_says(small: RuleSet, lang: str, absence: Absence, said: str) -> None:
    assert Wording(small, lang).absence(absence) == said


def test_the_labels_of_a_case_stand_where_there_is_no_word(small: RuleSet) -> None:
    def label(name: str, value: Value) -> str:
        return "曲妥珠单抗" if value == "T-DM1" else f"<{plain(name, value)}>"

    wording = Wording(small, "zh", label)
    assert wording.fact(DRUG) == "曲妥珠单抗为审评中"
    assert wording.value("drug", "status", "approved") == "获批"
    assert wording.value("drug", "strength", 3.0) == "<3>"
    assert wording.value("drug", "oral", False) == "<false>"


@pytest.mark.parametrize(
    ("lang", "usable", "studied", "best"),
    [
        ("en", "T-DM1: under review, by mouth, 3", "T-DM1 is studied: not yet open", "the least is under review"),
        ("zh", "T-DM1：审评中，口服，3", "T-DM1在研：尚未开放", "最小为审评中"),
    ],
)
def test_a_variable_is_said_by_the_field_that_binds_it(
    small: RuleSet, lang: str, usable: str, studied: str, best: str
) -> None:
    facts = [DRUG, fact("trial", drug="T-DM1", status="filed", oral=True), fact("silent", name="x")]
    derivations = engine("sql").run(small, facts)
    found = proofs(derivations, small, fact("usable", name="T-DM1", status="filed"), lang)
    assert sorted(p.sentence for p in found if isinstance(p, Derived)) == sorted([usable, studied])
    proof = prove(derivations, small, fact("best", status="filed"), lang)
    assert isinstance(proof, Derived)
    assert proof.sentence == best


def test_what_is_said_in_one_language_costs_nothing_for_another(library: RuleSet) -> None:
    fresh = load([LIBRARY])
    Wording(fresh).fact(fact("stage", state="advanced"))
    first = fresh.kept["en"]
    Wording(fresh).fact(fact("age", years=50))
    assert fresh.kept == {"en": first}
    assert fresh == library


def test_words_are_kept_with_the_rules(small: RuleSet, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "own.yaml").write_text(SMALL, encoding="utf-8")
    first, second = load([tmp_path / "own"], tmp_path / "cache"), load([tmp_path / "own"], tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir())
    assert first == second
    assert second.words == small.words
    assert second.predicates["drug"].says == small.predicates["drug"].says != ()
    assert second.digest == small.digest


@pytest.mark.parametrize(
    ("old", "new"), [("为{status}", "是{status}"), ("没有{status}的", "无{status}"), ("审评中", "待审")]
)
def test_another_word_is_another_rule_set(ruleset: Callable[[str], RuleSet], old: str, new: str) -> None:
    assert SMALL.count(old) == 1
    before = ruleset(SMALL).digest
    assert ruleset(SMALL.replace(old, new)).digest != before


def test_a_site_has_words_of_its_own(tmp_path: Path) -> None:
    for name, text in {
        "base": SMALL,
        "site": "words: {status: {approved: {zh: 已上市}}, usable.name: {T-DM1: {zh: 恩美曲妥珠单抗}}}\n",
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "own.yaml").write_text(text, encoding="utf-8")
    found = load([tmp_path / "base", tmp_path / "site"])
    wording = Wording(found, "zh")
    assert wording.value("drug", "status", "approved") == "已上市"
    assert wording.value("drug", "status", "filed") == "审评中"
    assert wording.value("usable", "name", "T-DM1") == "恩美曲妥珠单抗"
    assert found.warnings == ()
    (tmp_path / "site" / "more.yaml").write_text("words: {status: {approved: {zh: 已批}}}\n", encoding="utf-8")
    with pytest.raises(RuleProblems, match=r"`approved` has a word at .*more\.yaml:1 already"):
        load([tmp_path / "base", tmp_path / "site"])


@pytest.mark.parametrize(
    ("text", "set_"),
    [
        ("自 2018-08-12 起在中国获批", "自2018-08-12起在中国获批"),
        ("（A 级）", "（A级）"),
        ("LVEF 低于 50% 时", "LVEF低于50%时"),
        ("HER2 阳性（IHC 3+ 或 ISH+）", "HER2阳性（IHC 3+或ISH+）"),
        ("trastuzumab + 吡咯替尼", "trastuzumab + 吡咯替尼"),
        ("肌酐清除率 < 30 mL/min", "肌酐清除率 < 30 mL/min"),
        ("PD-L1 CPS ≥10", "PD-L1 CPS ≥10"),
        ("approved in CN", "approved in CN"),
        ("", ""),
    ],
)
def test_chinese_and_latin_writing_stand_together(text: str, set_: str) -> None:
    assert closed_up(text) == set_
    assert closed_up(set_) == set_


def test_a_sites_rule_says_whose_it_is(small: RuleSet) -> None:
    derivations = engine("sql").run(small, [TRIAL])
    (way,) = derivations.derived[fact("usable", name="T-DM1", status="filed")]
    wording = Wording(small, "zh")
    line = small.rule("studied").line
    assert wording.origin("studied") == f"本机构规则，{small.rule('studied').file}:{line}"
    assert wording.signed(way) == f"T-DM1在研：尚未开放 [{wording.origin('studied')}]"
    assert Wording(small).signed(way).endswith(f"[site rule, {small.rule('studied').file}:{line}]")


def test_a_rule_of_the_library_needs_no_signature(library: RuleSet) -> None:
    derivations = engine("sql").run(library, [fact("stage", state="metastatic")])
    (way,) = derivations.derived[fact("disease_state", state="advanced")]
    assert Wording(library, "zh").signed(way) == Wording(library, "zh").derivation(way) == "转移性疾病属于晚期疾病"
    (given_way, *_) = derivations.derived[fact("disease_state", state="metastatic")]
    assert Wording(library, "zh").signed(given_way) == "患者资料记录的疾病状态：转移性"
