"""A Chinese answer: it reads as Chinese where the words are ours, and differs from the English one in words alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from kb.caution import Caution
from matcher.case import Matched, Request, match
from matcher.facts import Case
from matcher.phrases import Text
from matcher.recommend import Answer, answer
from matcher.report import FORMATS, render
from matcher.report.rows import Rows
from rules.engine import default_engine_name
from tests.shared import knowledge, library

EXAMPLES = Path(__file__).parents[2] / "examples"
PATIENTS = (
    "her2-breast-precise/her2-amplified-after-trastuzumab.yaml",
    "her2-breast-precise/cautions-and-wishes.yaml",
    "mcrpc-wes/ar-v7-positive.yaml",
    "recurrent-gynecological-mtb/brca1-ovarian.yaml",
    "recurrent-gynecological-mtb/msi-high-endometrial.yaml",
    "refractory-solid-registry/fusion-thyroid.yaml",
    "refractory-solid-registry/unknown-significance.yaml",
    "timeline/colorectal-emerging-kras.yaml",
)

NAMES = ("Onco", "min", "mut", "ctDNA", "cis", "trans", "log2", "Karnofsky", "mCRPC", "nmCRPC", "mHSPC")


@cache
def matched(patient: str) -> Matched:
    return match(
        Request(EXAMPLES / patient, "2026-11-20", default_jurisdiction="CN"),
        knowledge(),
        library(),
        default_engine_name(),
    )


@cache
def said(patient: str, lang: str) -> Answer:
    return answer(matched(patient), lang)


def _written_elsewhere(found: Answer) -> list[str]:
    """What sources and the patient's file say in their own words, and drugs without a Chinese name; longest first."""
    case = found.matched.case
    records = [item.record for item in case.items.values()]
    texts = {text for record in records for text in getattr(record, "conditions", ())}
    texts |= {source.label for record in records for source in record.sources}
    texts |= {caution.text.rstrip(".") for caution in _cautions(case)}
    texts |= {drug for item in case.items.values() for drug in item.regimen}
    texts |= {sample.id for sample in found.matched.patient.samples}
    texts |= {Path(str(sample.assay)).stem for sample in found.matched.patient.samples}
    texts |= {str(value) for fact in case.facts for name, value in fact.fields if name in SOURCED[fact.predicate]}
    return sorted(filter(None, texts), key=len, reverse=True)


class _Sourced(dict[str, frozenset[str]]):
    def __missing__(self, predicate: str) -> frozenset[str]:
        return frozenset()


SOURCED = _Sourced(
    coverage=frozenset({"doubt"}),
    study=frozenset({"study", "comparator", "mcbs"}),
    trial=frozenset({"as_of"}),
    publication=frozenset({"source"}),
    stated_for=frozenset({"disease"}),
)
"""Fields of facts that hold a source's words."""


def _cautions(case: Case) -> Iterator[Caution]:
    yield from case.cautions.values()


def _english(text: str, elsewhere: list[str]) -> list[str]:
    """The English words of a text that is ours: without ids, addresses, and what is written elsewhere."""
    for written in elsewhere:
        text = text.replace(written, "")
    text = re.sub(
        r"\b(US|EU|CN|study|MOAlmanac ind):[\w.:/-]+|\b\w+\.(yaml|tsv|maf|vcf|json)(:\d+)?", "", text, flags=re.ASCII
    )
    return [word for word in re.findall(r"[A-Za-z]*[a-z]{3,}", text) if word not in NAMES]


def _texts(found: Answer) -> Iterator[str]:
    rows = Rows(found)
    for each in found.recommendations:
        row = rows.recommendation(each)
        yield from (row.tier, row.regimen, row.biomarker, row.tumor, row.to_note, row.open_levels)
    options = [each.option for each in found.recommendations] + list(found.not_recommended)
    yield from (finding.message for option in options for finding in option.findings)
    for avoided in found.avoided:
        yield avoided.message
        yield from rows.avoided(avoided)[:3]
    conflicts = rows.conflicts()
    yield from (cell for conflict in (conflicts.rows if conflicts is not None else ()) for cell in conflict[3:])
    yield from (
        status.because.in_language("zh") for status in found.biomarkers if hasattr(status.because, "in_language")
    )
    yield rows.title


@pytest.mark.parametrize("patient", PATIENTS)
def test_no_english_is_left_where_the_words_are_ours(patient: str) -> None:
    found = said(patient, "zh")
    elsewhere = _written_elsewhere(found)
    left = {text: words for text in _texts(found) if (words := _english(text, elsewhere))}
    assert not left


@pytest.mark.parametrize("patient", PATIENTS)
def test_the_language_changes_nothing_but_words(patient: str) -> None:
    english, chinese = said(patient, "en"), said(patient, "zh")
    assert (english.lang, chinese.lang) == ("en", "zh")
    assert _decisions(english) == _decisions(chinese)
    values = [value for fact in english.matched.case.facts for _, value in fact.fields]
    assert not [value for value in values if isinstance(value, Text)]
    assert english.matched.case.said


def _decisions(found: Answer) -> list[object]:
    """Everything but the words: what is recommended in which order, on which findings and levels."""
    ranked = [(each.rank, each.option.id, each.option.tier, each.access.reimbursed) for each in found.recommendations]
    options = [each.option for each in found.recommendations] + list(found.not_recommended)
    findings = [
        (each.id, finding.criterion, finding.verdict, finding.about) for each in options for finding in each.findings
    ]
    levels = [(each.id, each.levels, each.graded.addenda, each.graded.least) for each in options]
    avoided = [(each.regimen, each.because, [cited.id for cited in each.evidence]) for each in found.avoided]
    return [ranked, findings, levels, avoided, [str(each) for each in found.notes]]


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_form_is_in_the_language_of_the_answer(form: str) -> None:
    english, chinese = (render(said(PATIENTS[0], lang), form) for lang in ("en", "zh"))
    assert "卡培他滨" in chinese
    assert "卡培他滨" not in english
    assert chinese == render(answer(matched(PATIENTS[0]), "zh"), form)


def test_json_keeps_its_keys_and_ids_in_english() -> None:
    english, chinese = (json.loads(render(said(PATIENTS[0], lang), "json")) for lang in ("en", "zh"))
    assert english.keys() == chinese.keys()
    for one, other in zip(english["recommendations"], chinese["recommendations"], strict=True):
        assert one.keys() == other.keys()
        assert [one[key] for key in ("rank", "tier", "regimen", "levels", "flags", "tumor_closeness")] == [
            other[key] for key in ("rank", "tier", "regimen", "levels", "flags", "tumor_closeness")
        ]
    assert chinese["biomarkers"][0]["label"] != english["biomarkers"][0]["label"]
