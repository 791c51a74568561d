"""Endpoints of safety, quality of life, PSA and guidance as a study file asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.notes import UnusableInput
from matcher.outcomes import adverse_events, guided, performance, psa, quality
from matcher.outcomes.study import Endpoint, read_study

MEASURES = {
    **adverse_events.MEASURES, **guided.MEASURES, **performance.MEASURES, **psa.MEASURES, **quality.MEASURES,
}  # fmt: skip

STUDY = """study: S
endpoints:
  - {measure: adverse events, ctcae: 4.03, until_after_last_dose: 30 days, counts: serious}
  - {measure: PROMIS-29, visits: [6 weeks, 12 weeks], scoring: scores.tsv, domain: fatigue, important_difference: 3}
  - {measure: ECOG change, visits: [1 month], visit_window: 10 days, counts: worse}
  - {measure: PSA response, decline: 30}
  - {measure: PSA or imaging progression, components: [PSA, imaging, clinical], death: yes, until: 2 years}
  - {measure: guided treatment, targeted: no}
  - {measure: actionable alterations}
"""


def asked(folder: Path, text: str = STUDY) -> tuple[Endpoint, ...]:
    (folder / "scores.tsv").write_text("domain\traw\tt_score\nfatigue\t8\t48\n", encoding="utf-8")
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return read_study(path, MEASURES).endpoints


def test_options_are_read_as_the_measures_take_them(tmp_path: Path) -> None:
    adverse, promis, ecog, response, progression, guidance, _ = asked(tmp_path)
    assert (adverse.options["ctcae"], adverse.options["until_after_last_dose"]) == ("4.03", 30.0)
    assert promis.options["visits"] == (42.0, 84.0)
    assert promis.options["scoring"] == tmp_path / "scores.tsv"
    assert ecog.options["visit_window"] == 10.0
    assert response.options["decline"] == (30.0,)
    assert progression.options["components"] == ("PSA", "imaging", "clinical")
    assert guidance.options["targeted"] is False


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_every_measure_computes_an_endpoint_of_nobody(tmp_path: Path, measure: str) -> None:
    (endpoint,) = asked(tmp_path, f"study: S\nendpoints:\n  - {{measure: {measure}}}\n")
    found = MEASURES[measure].compute(endpoint, ())
    assert (found.n, found.excluded, found.arm) == (0, (), None)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("measure: adverse events, ctcae: 3.0", "ctcae: '3.0' is not understood"),
        ("measure: PROMIS-29, scoring: lost.tsv", "no file 'lost.tsv'"),
        ("measure: ECOG change, visits: soon", "visits: 'soon' is not understood"),
        ("measure: PSA progression, confirmed: 3 weeks", "has no option 'confirmed'"),
    ],
)
def test_an_option_that_is_wrong_is_told_with_its_line(tmp_path: Path, options: str, told: str) -> None:
    with pytest.raises(UnusableInput, match=told) as caught:
        asked(tmp_path, f"study: S\nendpoints:\n  - {{{options}}}\n")
    assert str(caught.value.where) == "study.yaml:3"
