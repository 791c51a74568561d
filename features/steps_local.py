"""Steps on local evidence: a registry of patients, the evidence proposed of it, and a board that asks with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytest_bdd import given, parsers, then, when

from kb.graph import open_knowledge_base
from kb.outcomes import ACCEPTED, Curation, Local, as_trig, decided
from kb.releases import build
from matcher.case import Request, match
from matcher.recommend import Answer, Recommendation, answer
from tests.matcher.outcomes.registry import ORCID, TODAY, Registered, proposal, write_study
from tests.matcher.test_local_evidence import without_local
from tests.shared import evaluators, knowledge, library


@dataclass
class Registry:
    """A site's registry: its patients, and the outcomes that were proposed of them and decided on."""

    folder: Path
    patients: list[Registered] = field(default_factory=list)
    local: Local = field(default_factory=Local)
    asked: Request | None = None
    found: Answer | None = None

    @property
    def file(self) -> str:
        """The file that the site would give away."""
        return as_trig(self.local)

    def recommended(self, regimen: str) -> Recommendation:
        """The recommendation of a regimen."""
        assert self.found is not None
        wanted = tuple(regimen.split(" + "))
        return next(each for each in self.found.recommendations if each.option.regimen == wanted)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    folder = tmp_path / "registry"
    folder.mkdir()
    return Registry(folder)


@given(
    parsers.parse(
        'a registry of {n:d} patients with "{tumor}" and the gain of "{gene}" under "{regimen}", '
        "of whom {responders:d} responded"
    )
)
def registered(registry: Registry, n: int, tumor: str, gene: str, regimen: str, responders: int) -> None:
    for number in range(n):
        responses = ("PR", "PD") if number < responders else ("SD", "PD")
        registry.patients.append(
            Registered(f"SITE-{number:04}", responses=responses, tumor_type=tumor, gene=gene, regimen=regimen)
        )


@given("its local evidence is proposed")
@when("its local evidence is proposed")
def proposed(registry: Registry) -> None:
    registry.local = proposal(write_study(registry.folder, registry.patients)).local


@given(parsers.parse('its local evidence is accepted by "{curator}"'))
def accepted(registry: Registry, curator: str) -> None:
    proposed(registry)
    decision = Curation("", "", 0, ACCEPTED, curator, ORCID, TODAY)
    registry.local = decided(registry.local, [each.id for each in registry.local.items], decision)


@when("the board asks with the site's graph")
def ask(registry: Registry, board: object) -> None:
    file = registry.folder / "outcomes.trig"
    file.write_text(registry.file, encoding="utf-8")
    build(registry.folder / "store", {"local": file}, validated=False)
    site = open_knowledge_base(registry.folder / "store")
    registry.asked = Request(board.write(), TODAY, **board.options)  # type: ignore[attr-defined]
    matched, *others = (match(registry.asked, site, library(), evaluator) for evaluator in evaluators())
    assert all(other.derivations == matched.derivations for other in others)
    registry.found = answer(matched)


@then(parsers.parse('"{regimen}" is recommended without local evidence'))
def shown_alone(registry: Registry, regimen: str) -> None:
    assert registry.recommended(regimen).local == ()


@then(
    parsers.parse(
        '"{regimen}" is recommended with local evidence of {responders:d} responders of {n:d}, accepted by "{curator}"'
    )
)
def shown_with(registry: Registry, regimen: str, responders: int, n: int, curator: str) -> None:
    told = registry.recommended(regimen)
    assert told.evidence, "the public evidence is there too"
    (item, curation, _study), _name, same = told.local[0]
    assert (item.responders, item.n, curation.curator, same) == (responders, n, curator, True)


@then("tiers, levels, findings and evidence are those without local evidence")
def unmixed(registry: Registry) -> None:
    assert registry.found is not None
    assert registry.asked is not None
    plain = answer(match(registry.asked, knowledge(), library(), "sql"))
    assert any(each.local for each in registry.found.recommendations)
    assert without_local(registry.found) == without_local(plain)


@then(parsers.parse('the file names neither "{one}" nor "{other}"'))
def unnamed(registry: Registry, one: str, other: str) -> None:
    assert one not in registry.file
    assert other not in registry.file


@then("the file says that groups were left out, and not how many patients they had")
def left_out(registry: Registry) -> None:
    (study,) = registry.local.studies
    assert study.left_out > 0
    assert registry.local.items == registry.local.outcomes == ()
