"""Values handed to another process are the same there, with the fields that do not count for equality."""

import copy
import pickle
from dataclasses import FrozenInstanceError, astuple, dataclass, field, fields, make_dataclass, replace
from inspect import signature

import pytest

from kb.alteration import (
    CopyNumberChange,
    CopyNumberState,
    Fusion,
    GenomicChange,
    MarkerValue,
    Origin,
    Place,
    SmallVariant,
)
from kb.handing import by_fields
from kb.nomenclature.protein import parse
from matcher.notes import Note, Severity
from matcher.patient import Patient, Sample

PLACE = Place("calls.maf", 7)
VARIANT = SmallVariant(
    "BRAF",
    PLACE,
    parse("p.(Val600Glu)"),
    "c.1799T>A",
    ("missense_variant",),
    genomic=GenomicChange("7", 140453136, "A", "T", "GRCh37"),
    origin=Origin.GERMLINE,
    vaf=0.25,
    sample="S1",
)
VALUES = (
    PLACE,
    VARIANT,
    CopyNumberChange("ERBB2", CopyNumberState.AMPLIFICATION, PLACE, 8.5),
    Fusion("EML4", "ALK", PLACE, oriented=False),
    MarkerValue("MSI", "MSI-H", PLACE, "S1"),
    Sample("S1", purity=0.4, reported=frozenset({"small variant"}), place=PLACE),
    Patient("P1", "LUAD", conditions=(), samples=(Sample("S1"),), alterations=(VARIANT,), place=PLACE),
    Note(Severity.ERROR, PLACE, "a message", "a remedy"),
)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_is_the_same_behind_the_pickle(value):
    for again in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value), replace(value)):
        assert type(again) is type(value)
        assert again == value
        assert astuple(again) == astuple(value)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_is_made_as_a_dataclass_makes_it(value):
    made = type(value)
    specs = [
        (each.name, each.type, field(default=each.default, default_factory=each.default_factory))
        for each in fields(made)
    ]
    plain = make_dataclass(made.__name__, specs, frozen=True, slots=True)
    assert str(signature(made)) == str(signature(plain)).replace("plain", made.__name__)
    asked = [each.name for each in fields(made)]
    needed = [name for name, one in signature(plain).parameters.items() if one.default is one.empty]
    few = {name: getattr(value, name) for name in needed}
    assert astuple(made(**few)) == astuple(plain(**few))
    assert astuple(made(*(getattr(value, name) for name in asked))) == astuple(value)
    with pytest.raises(TypeError, match=needed[0]):
        made()
    with pytest.raises(TypeError, match="unexpected"):
        made(**few, no_such_field=1)
    with pytest.raises(FrozenInstanceError):
        setattr(value, asked[0], None)


def test_a_default_that_is_made_anew_is_nobody_elses():
    @by_fields
    @dataclass(frozen=True, slots=True)
    class Kept:
        name: str
        values: list[int] = field(default_factory=list)

    one, other = Kept("one"), Kept("other", values=[1])
    one.values.append(3)
    assert (one.values, other.values, Kept("third").values) == ([3], [1], [])


class _Checked:
    __slots__ = ()

    def __post_init__(self):
        raise AssertionError("nobody asks for it")


@pytest.mark.parametrize(
    "made",
    [
        make_dataclass("Checked", [("a", int)], bases=(_Checked,), frozen=True, slots=True),
        make_dataclass("Kept", [("a", int, field(init=False, default=1))], frozen=True, slots=True),
        make_dataclass("Named", [("a", int)], frozen=True, slots=True, kw_only=True),
    ],
    ids=lambda made: made.__name__,
)
def test_a_dataclass_that_does_more_than_to_set_its_fields_is_refused(made):
    with pytest.raises(TypeError, match=f"{made.__name__}: its __init__"):
        by_fields(made)
