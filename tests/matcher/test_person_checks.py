"""Values of a patient that are none of the known ones: each stays open and is told."""

from __future__ import annotations

from typing import Any

import pytest

from kb.alteration import Place, SmallVariant
from matcher.clinical import menopause_of, sex_of
from matcher.normalize import normalized_history
from matcher.notes import Severity
from matcher.patient import Organoid, Patient, PriorTherapy, Sample
from matcher.person_checks import person_notes
from matcher.preferences import preference_notes
from tests.shared import knowledge

HERE = Place("p.yaml", 9)
TISSUE = (Sample("liver"),)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"sex": "X"}, "the sex 'X' is neither female nor male"),
        ({"sex": "fluid"}, "the sex 'fluid' is neither female nor male"),
        *(({"sex": word}, None) for word in ("F", "Male", "weiblich", "女性", "unknown", None)),
        ({"menopausal_status": "foo"}, "the menopausal status 'foo' is not known"),
        ({"menopausal_status": "premature"}, "the menopausal status 'premature' is not known"),
        *(({"menopausal_status": word}, None) for word in ("post", "Pre-menopausal", "peri (6-12 months)", "绝经后")),
        ({"coverage": "foo"}, "the graph has no entries of the plan 'foo'"),
        *(({"coverage": word}, None) for word in ("nrdl", "none", "自费")),
        ({"stage": "IVX"}, "the stage 'IVX' names no known disease state"),
        ({"alterations": (SmallVariant("EGFR", HERE, sample="lung"),), "samples": TISSUE}, "the sample 'lung' is not"),
        ({"organoids": (Organoid("lvier", "gefitinib", 72.0),), "samples": TISSUE}, "the sample 'lvier' is not"),
        ({"alterations": (SmallVariant("EGFR", HERE, sample="liver"),), "samples": TISSUE}, None),
    ],
)
def test_a_value_that_is_not_known_is_told(told: dict[str, Any], said: str | None) -> None:
    notes = person_notes(Patient("P", **told))
    assert [note.message[: len(said or "")] for note in notes] == ([] if said is None else [said])
    assert all(note.severity is Severity.WARNING and note.remedy for note in notes)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("F", "female"), ("fluid", None), ("X", None), ("男性", "male"), ("Man", "male"), ("other", None)],
)
def test_a_sex_is_read_by_whole_words(stated: str, expected: str | None) -> None:
    assert sex_of(Patient("P", sex=stated)) == expected


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("post", "postmenopausal"),
        ("Pre (<6 months since LMP)", "premenopausal"),
        ("peri-menopausal", "perimenopausal"),
        ("绝经前", "premenopausal"),
        ("premature", None),
        ("Indeterminate (neither Pre or Postmenopausal)", None),
    ],
)
def test_a_menopausal_status_is_read_by_whole_words(stated: str, expected: str | None) -> None:
    assert menopause_of(Patient("P", menopausal_status=stated)) == expected


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (("avoid oral", "prefer tablets"), "oral is both to avoid and to prefer: neither is weighed"),
        (("avoid gefitinib", "prefer Iressa"), "gefitinib is both to avoid and to prefer: neither is weighed"),
        (("avoid intravenous", "prefer oral"), None),
        (("avoid foo",), "the preference 'avoid foo' names no route, drug or class: it is not weighed"),
    ],
)
def test_wishes_that_contradict_each_other_are_told(wishes: tuple[str, ...], said: str | None) -> None:
    notes = preference_notes(Patient("P", preferences=wishes), knowledge())
    assert [note.message for note in notes] == ([] if said is None else [said])


@pytest.mark.parametrize(
    ("setting", "is_told"), [("foo", True), ("locally advanced", True), ("Adjuvant", False), ("维持治疗", False)]
)
def test_a_setting_that_is_not_understood_is_told(setting: str, is_told: bool) -> None:
    _, notes = normalized_history((PriorTherapy(("docetaxel",), HERE, setting=setting),), knowledge())
    assert [note.where for note in notes if "setting" in note.message] == [HERE] * is_told
