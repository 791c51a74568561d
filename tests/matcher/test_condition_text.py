"""Which conditions are read as structure, and which stay text."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import kb
from matcher.condition_text import read, timed_part
from matcher.eligibility import AllOf, AnyOf, Criterion, Not, Tree
from tests.shared import knowledge

SOURCE = Path(kb.__file__).parent / "data" / "source"
POSTMENOPAUSAL = Criterion("menopause", "postmenopausal")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("ECOG 0-1", Criterion("at most ECOG", "1")),
        ("ECOG performance status of 0 or 1", Criterion("at most ECOG", "1")),
        ("Eastern Cooperative Oncology Group (ECOG) performance status 0 to 2", Criterion("at most ECOG", "2")),
        ("ECOG <= 2", Criterion("at most ECOG", "2")),
        ("Karnofsky performance status >= 60", Criterion("at least Karnofsky", "60")),
        ("at most 75 years old", Criterion("at most age", "75")),
        ("age up to 17", Criterion("at most age", "17")),
        ("age in years: <18", Criterion("at most age", "17")),
        ("age in years: <=18", Criterion("at most age", "18")),
        ("female patients only", Criterion("sex", "female")),
        ("postmenopausal women or men", AnyOf((POSTMENOPAUSAL, Criterion("sex", "male")))),
        ("CDK4/6i-free interval >=12 months", Criterion("washout", "cdk4/6 inhibitor|365")),
        ("not: Prior systemic anti-cancer treatment within 21 days", Criterion("washout", "systemic therapy|21")),
        ("no prior chemotherapy within 4 weeks before the first dose", Criterion("washout", "chemotherapy|28")),
        ("not: Previously received a KRAS G12C inhibitor.", Not(Criterion("received", "kras g12c inhibitor"))),
        (
            "CRC: after fluoropyrimidine, oxaliplatin and irinotecan",
            AnyOf(
                (
                    Not(Criterion("tumor", "COADREAD")),
                    AllOf(tuple(Criterion("received", x) for x in ("fluoropyrimidine", "oxaliplatin", "irinotecan"))),
                )
            ),
        ),
    ],
)
def test_a_text_that_is_read(text: str, tree: Tree) -> None:
    assert read(text, knowledge()) == tree


@pytest.mark.parametrize(
    "text",
    [
        "ECOG 0-1, or 2 if due to the disease",
        "not: Prior systemic anti-cancer treatment within 21 days or 5 half-lives",
        "not: Have received prior treatment with any KRAS G12C inhibitor, except in certain scenarios",
        "no prior unobtainium within 4 weeks",
        "not: Previously received an unobtainium inhibitor",
        "node-positive",
        "stage II-IIIA",
        "adequate organ function",
        "",
    ],
)
def test_half_a_sentence_is_never_read(text: str) -> None:
    assert read(text, knowledge()) is None


def test_therapies_of_the_readable_texts_are_known() -> None:
    """A class that the graph does not have would never be found in a history: the condition would always fail."""
    with (SOURCE / "indications.tsv").open(encoding="utf-8") as file:
        texts = {
            text for row in csv.DictReader(file, delimiter="\t") for text in row["conditions"].split(" | ") if text
        }
    trees = {text: tree for text in texts if (tree := read(text, knowledge())) is not None}
    assert len(trees) >= 15
    for tree in trees.values():
        for leaf in leaves(tree):
            if leaf.kind in {"received", "progressed on", "intolerant of", "receives"}:
                assert knowledge().therapy(leaf.value).id == leaf.value
            if leaf.kind == "tumor":
                assert knowledge().tumor_type(leaf.value).code == leaf.value


def leaves(tree: Tree) -> list[Criterion]:
    if isinstance(tree, Criterion):
        return [tree]
    parts = tree.parts if isinstance(tree, AllOf | AnyOf) else (tree.part,) if isinstance(tree, Not) else ()
    return [leaf for part in parts for leaf in leaves(part)]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (
            "adjuvant trastuzumab completed less than one year ago",
            Criterion("completed within", "trastuzumab (adjuvant)|365"),
        ),
        (
            "received chemotherapy in the metastatic setting, or recurred within 6 months of adjuvant chemotherapy",
            Criterion("recurred within", "chemotherapy (adjuvant)|183"),
        ),
        (
            "received an anti-HER2 regimen in the metastatic setting, "
            "or recurred within 6 months of (neo)adjuvant therapy",
            Criterion("recurred within", "systemic therapy ((neo)adjuvant)|183"),
        ),
        (
            "recurred on adjuvant endocrine therapy or within 12 months of its end",
            Criterion("recurred within", "endocrine therapy (adjuvant)|365"),
        ),
        ("progressed on platinum, or intolerant of it", Criterion("intolerant of", "platinum")),
        ("received chemotherapy in the metastatic setting, or recurred within 6 months", None),
        ("no alternative treatment", None),
        ("residual disease after neoadjuvant therapy", None),
    ],
)
def test_the_dated_part_of_a_requirement(text: str, part: Criterion | None) -> None:
    assert timed_part(text, knowledge()) == part
