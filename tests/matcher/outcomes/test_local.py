"""Local evidence of a study: who is counted for what, and that nothing in the file tells of a person or of too few."""

from __future__ import annotations

import re
import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.outcomes import as_trig, read_local
from matcher.notes import UnusableInput
from matcher.outcomes.local import (
    endpoints_of,
    made_secret,
    named_biomarkers,
    parts_of,
    safe_groups,
    secret_in,
)
from matcher.outcomes.measures import MEASURES
from matcher.outcomes.study import read_study
from matcher.outcomes.values import proportion
from tests.matcher.outcomes.registry import Registered, proposal, seven, write_study
from tests.shared import knowledge

DAYS = st.dates(date(1990, 1, 1), date(2019, 12, 31))
IDS = st.from_regex(r"[A-Z]{3}-[a-z]{4}[0-9]{4}", fullmatch=True).filter(str.isascii)


def test_a_group_is_counted_as_the_study_defines_it(tmp_path: Path) -> None:
    found = proposal(write_study(tmp_path, seven()))
    (item,) = found.local.items
    assert (item.biomarker, item.regimen, item.tumor_type, item.arm) == (
        "HER2:POS", "capecitabine+pyrotinib", "BRCA", "prospective",
    )  # fmt: skip
    assert (item.n, item.responders, item.assessed) == (7, 5, 7)
    exact = proportion(5, 7)
    assert (item.rate, item.rate_low, item.rate_high) == tuple(round(each or 0, 4) for each in exact[2:])
    assert (item.first_year, item.last_year) == ("2023", "2023")
    assert item.followed == 7
    assert item.events == 5
    assert found.looked_at == 1
    assert found.local.studies[0].response == "objective response rate; after_cr: PD, confirmed_after: 28, " + (
        "cycle_days: 21 28, minimum_sd: 42, of: treated, therapy: all, within: 182.625"
    )


def test_a_patient_who_cannot_be_counted_is_named_to_the_site_alone(tmp_path: Path) -> None:
    others = [Registered("NO-SUCH-TUMOR", tumor_type="XYZZY"), Registered("NO-SUCH-DRUG", regimen="unobtainium")]
    found = proposal(write_study(tmp_path, [*seven(), *others]))
    assert {each.subject: each.reason.partition(";")[0] for each in found.excluded} == {
        "NO-SUCH-TUMOR": "unknown tumor type 'XYZZY'",
        "NO-SUCH-DRUG": "a drug of unobtainium is not in the graph",
    }
    text = as_trig(found.local)
    assert not any(told in text for told in ("NO-SUCH", "XYZZY", "unobtainium"))
    assert found.local.items[0].n == 7


def test_arms_are_never_pooled(tmp_path: Path) -> None:
    patients = [*seven(), *(each._replace(id=f"{each.id}-R", arm="retrospective") for each in seven())]
    found = proposal(write_study(tmp_path, patients))
    assert sorted((each.arm, each.n) for each in found.local.items) == [("prospective", 7), ("retrospective", 7)]


def test_a_group_below_the_minimum_is_nowhere_in_the_file(tmp_path: Path) -> None:
    few = [Registered(f"FEW-{n}", regimen="trastuzumab + capecitabine", tumor_type="STAD") for n in range(4)]
    found = proposal(write_study(tmp_path, [*seven(), *few]))
    text = as_trig(found.local)
    assert "STAD" not in text
    assert "trastuzumab" not in text
    assert len(found.local.outcomes) == 7
    assert (found.looked_at, found.alike, found.left_out) == (3, 1, 1)


def test_results_do_not_depend_on_the_order_of_files(tmp_path: Path) -> None:
    made = []
    for name, patients in (("a", seven()), ("b", seven()[::-1])):
        (tmp_path / name).mkdir()
        made.append(as_trig(proposal(write_study(tmp_path / name, patients)).local))
    assert made[0] == made[1]


def test_another_secret_gives_other_pseudonyms(tmp_path: Path) -> None:
    path = write_study(tmp_path, seven())
    one, other = proposal(path).local, proposal(path, b"another secret of the site").local
    assert not {each.pseudonym for each in one.outcomes} & {each.pseudonym for each in other.outcomes}


@given(st.lists(st.tuples(IDS, DAYS, st.integers(18, 95)), min_size=5, max_size=8, unique_by=lambda each: each[0]))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_id_date_or_age_of_a_patient_is_in_the_file(told: list[tuple[str, date, int]]) -> None:
    patients = [Registered(id, str(start), ("PR", "SD", "PD"), age) for id, start, age in told]
    with tempfile.TemporaryDirectory() as folder:
        path = write_study(Path(folder), patients)
        local = proposal(path).local
        text = as_trig(local)
        (Path(folder) / "out.trig").write_text(text, encoding="utf-8")
        assert read_local(Path(folder) / "out.trig") == local
        names = [file.name for file in Path(folder).glob("file-*")]
    assert len(local.outcomes) == len(patients)
    for id, start, _ in told:
        assert id not in text
        assert all(str(start + timedelta(days)) not in text for days in (-9, -2, 0, 56, 112, 168))
    assert set(re.findall(r"\d{4}-\d{2}-\d{2}", text)) == {"2026-11-20"}
    assert not any(name in text for name in names)
    for each in local.outcomes:
        if each.age_band is not None:
            alike = [other for other in local.outcomes if other.age_band == each.age_band]
            assert len(alike) >= 5


GROUPS = st.dictionaries(st.sampled_from("ABCDEF"), st.frozensets(st.integers(1, 12).map(str), min_size=1), max_size=6)


@given(GROUPS, st.integers(2, 6))
def test_whatever_is_made_of_the_groups_has_enough_patients(groups: dict[str, frozenset[str]], smallest: int) -> None:
    told = safe_groups(groups, smallest)
    assert all(told[name] == groups[name] for name in told)
    assert all(len(part) >= smallest for part in parts_of(tuple(told.values())))
    for one in told.values():
        for other in told.values():
            for made in (one - other, one & other, one | other):
                assert len(made) == 0 or len(made) >= smallest
    large = [name for name, ids in groups.items() if len(ids) >= smallest]
    assert bool(told) == bool(large)


def test_biomarkers_are_those_that_support_the_regimen_or_a_part_of_it() -> None:
    asked = named_biomarkers(("capecitabine", "pyrotinib"), knowledge())
    assert "HER2:POS" in asked
    assert "EGFR:T790M" not in named_biomarkers(("gefitinib",), knowledge())  # its evidence is of resistance


def test_what_was_sampled_after_the_treatment_guided_nothing(tmp_path: Path) -> None:
    path = write_study(tmp_path, seven())
    for file in tmp_path.glob("file-*"):
        text = file.read_text(encoding="utf-8").replace(', "guided_by": "liver"', "")
        file.write_text(re.sub(r'("id": "liver", "date": ")[\d-]+', r"\g<1>2024-12-01", text), encoding="utf-8")
    assert proposal(path).looked_at == 0


def test_a_study_without_an_endpoint_that_counts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text("study: S\nendpoints: [{measure: overall survival}]\n", encoding="utf-8")
    with pytest.raises(UnusableInput, match="neither response nor progression-free survival"):
        endpoints_of(read_study(path, MEASURES))


def test_a_made_secret_is_long_and_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "config" / "study-secret"
    made = made_secret(path)
    assert secret_in(path) == made
    assert len(made) == 64
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(UnusableInput, match="cannot be written"):
        made_secret(path)


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("short\n", encoding="utf-8")
    with pytest.raises(UnusableInput, match="can be guessed"):
        secret_in(path)
