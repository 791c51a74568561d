"""Study groups: every eligible patient is in exactly one, by the declared order, whatever is known of them."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.alteration import CopyNumberChange, CopyNumberState, MarkerValue, Place, SmallVariant
from kb.nomenclature.protein import parse
from matcher.assay import COPY_NUMBER, SMALL_VARIANT
from matcher.case import Matched, Request, Source, prepared
from matcher.explain import tree_lines
from matcher.facts import Case
from matcher.notes import UnusableInput
from matcher.outcomes.group_rules import OPEN, THE_STUDY, Plan, Way, plan_of
from matcher.outcomes.groups import Assignment, assign, state_plan
from matcher.outcomes.study import Study, find_study, read_study, shipped
from matcher.patient import Patient, PriorTherapy, Sample
from rules.engine import engine
from rules.errors import RuleProblems
from rules.facts import Derivations, Fact, fact
from tests.shared import evaluators, knowledge, library

HER2 = "her2-breast-precise"
PLACE = Place("patient.yaml")
TODAY = "2026-11-20"


def study(name: str = HER2) -> Study:
    return read_study(find_study(name), None, ())


def test_every_study_that_comes_with_the_program_has_groups_that_can_be_used() -> None:
    assert {HER2, "mcrpc-wes", "mtb-ngs-real-world", "recurrent-gynecological-mtb", "refractory-solid-registry"} <= {
        *shipped()
    }
    for name in shipped():
        assert plan_of(study(name)).eligible, name
        patient = Patient("P", "LUAD", jurisdiction="CN", place=PLACE, alterations=(MarkerValue("MSI", "MSS", PLACE),))
        assert placed(patient, study(name), "sql").eligible in {"no", "undetermined"}


def test_the_her2_study_has_six_groups_and_says_that_they_are_a_reading() -> None:
    plan = plan_of(study())
    assert len(plan.groups) == 6
    assert [group.otherwise for group in plan.groups] == [False] * 5 + [True]
    assert all(group.scheme and group.doc for group in plan.groups)
    assert "this project's reading" in study().reading
    for regimen in (regimen for group in plan.groups for regimen in group.scheme):
        for part in regimen:
            assert knowledge().therapy(part).id == part


# --- the rules: over every status of every criterion ------------------------------------------------------------------


def statuses(plan: Plan) -> dict[tuple[str, tuple[tuple[str, object], ...]], tuple[str, ...]]:
    """Each criterion of a plan, as its predicate and what it asks, with the statuses that it can have."""
    found = {}
    for atom, _ in plan.criteria():
        asked = tuple(field for field in atom.fields if field[0] != "status")
        declared = {field.name: field for field in plan.rules.predicates[atom.predicate].fields}
        found[atom.predicate, asked] = declared["status"].values
    return found


def facts_of(plan: Plan, known: dict[tuple[str, tuple[tuple[str, object], ...]], str]) -> list[Fact]:
    case = Case()
    state_plan(case, plan)
    told = [fact(name, **dict(asked), status=status, because="it is so") for (name, asked), status in known.items()]
    return [*case.facts, *told]


def value(way: Way, known: dict[tuple[str, tuple[tuple[str, object], ...]], str]) -> bool | None:
    """Whether a way is met, by Kleene's logic over its criteria."""
    found = []
    for atom in way.criteria:
        status = known[atom.predicate, tuple(field for field in atom.fields if field[0] != "status")]
        found.append(None if status in OPEN else status == dict(atom.fields)["status"])
    return False if False in found else None if None in found else True


def one_of(ways: tuple[Way, ...], known: dict[tuple[str, tuple[tuple[str, object], ...]], str]) -> bool | None:
    found = [value(way, known) for way in ways]
    return True if True in found else None if None in found else False


PLAN = plan_of(study())
CRITERIA = statuses(PLAN)
KNOWN = st.fixed_dictionaries({key: st.sampled_from(values) for key, values in CRITERIA.items()})


def values_of(derived: Derivations, predicate: str, name: str) -> list[object]:
    return [each.get(name) for each in derived.facts(predicate)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(known=KNOWN, seed=st.integers(0, 10_000))
def test_every_eligible_patient_is_in_exactly_one_group(
    known: dict[tuple[str, tuple[tuple[str, object], ...]], str], seed: int
) -> None:
    facts = facts_of(PLAN, known)
    random.Random(seed).shuffle(facts)
    first, *others = (engine(name).run(PLAN.rules, facts) for name in evaluators())
    assert all(other == first for other in others)
    eligible = {True: "yes", False: "no", None: "undetermined"}[one_of(PLAN.eligible, known)]
    assert values_of(first, "eligible", "status") == [eligible]
    taken = next(group.name for group in PLAN.groups if group.otherwise or one_of(group.ways, known))
    assert values_of(first, "first_group", "group") == [taken]
    assert values_of(first, "assigned", "group") == ([taken] if eligible == "yes" else [])
    before = PLAN.groups[: [group.name for group in PLAN.groups].index(taken)]
    assert sorted(map(str, values_of(first, "to_confirm", "group"))) == sorted(
        group.name for group in before if one_of(group.ways, known) is None
    )


def test_each_group_takes_some_patient_of_whom_all_is_known() -> None:
    """Every combination of definite statuses of the criteria of groups: no group is out of reach."""
    of_groups = {
        (atom.predicate, tuple(field for field in atom.fields if field[0] != "status"))
        for group in PLAN.groups
        for way in group.ways
        for atom in way.criteria
    }
    definite = {key: [each for each in CRITERIA[key] if each not in OPEN] for key in sorted(of_groups, key=str)}
    taken = set()
    for chosen in product(*definite.values()):
        known = dict(zip(definite, chosen, strict=True))
        takes = [group.name for group in PLAN.groups if group.otherwise or one_of(group.ways, known)]
        assert takes
        taken.add(takes[0])
    assert taken == {group.name for group in PLAN.groups}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(known=KNOWN, seed=st.integers(0, 10_000))
def test_the_order_of_a_groups_criteria_does_not_matter(
    known: dict[tuple[str, tuple[tuple[str, object], ...]], str],
    seed: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("study") / "study.yaml"
    path.write_text(shuffled(find_study(HER2).read_text(encoding="utf-8"), random.Random(seed)), encoding="utf-8")
    other = plan_of(read_study(path, None, ()))
    for name in ("eligible", "first_group", "assigned", "to_confirm", "holds", "may_hold"):
        mine = engine("sql").run(PLAN.rules, facts_of(PLAN, known)).facts(name)
        assert set(engine("sql").run(other.rules, facts_of(other, known)).facts(name)) == set(mine)


def shuffled(text: str, chance: random.Random) -> str:
    """A study file with the criteria of each `if` in another order."""
    lines, at = text.split("\n"), 0
    while at < len(lines):
        if lines[at].strip() == "if:":
            end = at + 1
            while end < len(lines) and lines[end].strip().startswith("- ") and "(" in lines[end]:
                end += 1
            block = lines[at + 1 : end]
            chance.shuffle(block)
            lines[at + 1 : end] = block
            at = end
        else:
            at += 1
    return "\n".join(lines)


# --- patients ---------------------------------------------------------------------------------------------------------


def placed(found: Patient, named: Study, evaluator: str) -> Assignment:
    request = Request(Path("patient.yaml"), TODAY)
    read = ("patient file", found, ())
    ready = prepared(request, read, knowledge())
    nothing = engine(evaluator).run(plan_of(named).rules, [])
    source = Source(request, read)
    matched = Matched(
        ready.patient, ready.query, ready.board, Case(), nothing, library(), knowledge(), ready.notes, source
    )  # fmt: skip
    return assign(matched, named, evaluator=evaluator)


FINDINGS = {
    "ERBB2 amplification": lambda sample: CopyNumberChange(
        "ERBB2", CopyNumberState.AMPLIFICATION, PLACE, sample=sample
    ),
    "CCND1 amplification": lambda sample: CopyNumberChange(
        "CCND1", CopyNumberState.AMPLIFICATION, PLACE, sample=sample
    ),
    "RB1 deletion": lambda sample: CopyNumberChange("RB1", CopyNumberState.HOMOZYGOUS_DELETION, PLACE, sample=sample),
    "ERBB2 V777L": lambda sample: SmallVariant("ERBB2", PLACE, parse("p.V777L"), sample=sample),
    "PIK3CA H1047R": lambda sample: SmallVariant("PIK3CA", PLACE, parse("p.H1047R"), sample=sample),
}
MARKERS = {
    "HER2 IHC": ("3+", "2+", "1+", "0"),
    "ER": ("80 %", "negative"),
    "MSI": ("MSI-H", "MSS"),
    "TMB": ("22", "3"),
    "PD-L1 CPS": ("10", "0"),
}


@st.composite
def patients(draw: st.DrawFn) -> Patient:
    """Breast cancers with up to three foci, sequenced or not, markers given or not, and histories known or not."""
    samples, found = [], []
    for site in ("liver", "skin", "lung")[: draw(st.integers(0, 3))]:
        sequenced = draw(st.sampled_from(("WES", None)))
        reported = frozenset({SMALL_VARIANT, COPY_NUMBER}) if draw(st.booleans()) else frozenset({SMALL_VARIANT})
        samples.append(Sample(site, site=site, assay=sequenced, reported=reported))
        found += [FINDINGS[name](site) for name in sorted(draw(st.sets(st.sampled_from(sorted(FINDINGS)))))]
    for name, values in MARKERS.items():
        told = draw(st.sampled_from((None, *values)))
        found += [MarkerValue(name, told, PLACE)] if told is not None else []
    regimens = (("trastuzumab", "docetaxel"), ("trastuzumab", "pertuzumab", "docetaxel"), ("pyrotinib", "capecitabine"))
    history = draw(
        st.none()
        | st.lists(
            st.tuples(st.sampled_from(regimens), st.sampled_from(("progression", "completed", None))), max_size=3
        )
    )
    therapies = history and tuple(
        PriorTherapy(regimen, PLACE, line, stopped_for=ended) for line, (regimen, ended) in enumerate(history, start=1)
    )
    return Patient(
        "P",
        draw(st.sampled_from(("IDC", "BRCA", "BREAST", "LUAD"))),
        jurisdiction="CN",
        stage=draw(st.sampled_from(("metastatic", "early", None))),
        prior_therapies=tuple(therapies) if therapies is not None else None,
        samples=tuple(samples),
        alterations=tuple(found),
        place=PLACE,
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(found=patients())
def test_every_patient_file_comes_to_one_answer(found: Patient) -> None:
    named = study()
    first, *others = (placed(found, named, evaluator) for evaluator in evaluators())
    assert all(other == first for other in others)
    assert (first.group is not None) == (first.eligible == "yes")
    assert (first.would_be is not None) == (first.eligible == "undetermined")
    assert bool(first.criteria) == (first.eligible != "yes")
    assert bool(first.scheme) == (first.eligible != "no")
    names = [group.name for group in PLAN.groups]
    taken = first.group or first.would_be
    if taken is not None:
        told = [each.group for each in (*first.to_confirm, *first.passed_over)]
        assert sorted(told) == sorted(names[: names.index(taken)])
        assert all(each.because for each in (*first.to_confirm, *first.passed_over))


def test_the_order_of_foci_does_not_matter() -> None:
    """One focus amplified, the other tested and not: heterogeneous, however the file lists them."""
    liver, skin = (
        Sample(site, site=site, assay="WES", reported=frozenset({SMALL_VARIANT, COPY_NUMBER}))
        for site in ("liver", "skin")
    )
    history = (PriorTherapy(("trastuzumab",), PLACE, 1, stopped_for="progression"),)
    found = (FINDINGS["ERBB2 amplification"]("liver"), FINDINGS["PIK3CA H1047R"]("skin"))
    for samples in ((liver, skin), (skin, liver)):
        patient = Patient(
            "P", "IDC", jurisdiction="CN", stage="metastatic", prior_therapies=history, samples=samples,
            alterations=found, place=PLACE,
        )  # fmt: skip
        assigned = placed(patient, study(), "sql")
        assert (assigned.group, assigned.also) == ("HER2 heterogeneous", ("PI3K/AKT/mTOR/PTEN altered",))


def test_an_older_sample_of_the_same_focus_does_not_make_her2_heterogeneous() -> None:
    """HER2 that was lost in the liver over time is a change, and no difference between foci."""
    both = frozenset({SMALL_VARIANT, COPY_NUMBER})
    samples = (
        Sample("before", site="liver", date="2024-01-01", assay="WES", reported=both),
        Sample("after", site="Liver", date="2026-01-01", assay="WES", reported=both),
    )
    patient = Patient(
        "P", "IDC", jurisdiction="CN", stage="metastatic", samples=samples, place=PLACE,
        prior_therapies=(PriorTherapy(("trastuzumab",), PLACE, 1, stopped_for="progression"),),
        alterations=(FINDINGS["ERBB2 amplification"]("before"),),
    )  # fmt: skip
    assigned = placed(patient, study(), "sql")
    assert assigned.group != "HER2 heterogeneous"
    assert "HER2 heterogeneous" in {each.group for each in assigned.to_confirm}


# --- files that are wrong ---------------------------------------------------------------------------------------------


LAST = "\n    otherwise: true\n"


def written(tmp_path: Path, groups: str) -> Study:
    path = tmp_path / "own.yaml"
    path.write_text(f"study: own\n{groups}", encoding="utf-8")
    return read_study(path, None, ())


@pytest.mark.parametrize(
    ("criterion", "line", "message"),
    [
        ("biomarkr(profile: 'ERBB2:AMP', status: present)", 4, "unknown predicate `biomarkr`; did you mean"),
        ("biomarker(profil: 'ERBB2:AMP', status: present)", 4, "`biomarker` has no field `profil`; did you mean"),
        ("biomarker(profile: 'ERBB2:AMP')", 4, "`biomarker` asks for no `status`; write status"),
        ("biomarker(profile: ERBB2, status: present)", 4, "`profile` is the variable ERBB2; write a value, in quotes"),
        (
            "biomarker(profile: 'ERBB2:AMP', status: not tested)",
            4,
            "the status not tested decides nothing; write one of",
        ),
        ("biomarker(profile: 'ERBB2:AMP', status: there)", 4, "there is not one of the values"),
        ("no biomarker(profile: 'ERBB2:AMP', status: present)", 4, "not tested is not absent"),
        ("biomarker(profile: 'ERBB2:AMP', status: present", 4, "expected"),
        ("lines(at_least: many, status: yes)", 4, "many is no integer"),
    ],
)
def test_a_criterion_that_is_wrong_is_named_with_its_line(
    criterion: str, line: int, message: str, tmp_path: Path
) -> None:
    with pytest.raises(RuleProblems) as raised:
        plan_of(written(tmp_path, f"eligible:\n  if:\n    - {criterion}\n"))
    (problem,) = [each for each in raised.value.problems if each.severity == "error"]
    assert (Path(problem.file).name, problem.line) == ("own.yaml", line)
    assert message in f"{problem.message}; {problem.remedy}"


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ("groups:\n  - name: a\n", "own.yaml:3: no criteria are given for 'a'"),
        ("groups:\n  - scheme: [x]\n", "own.yaml:3: a group has no name, or None"),
        (f"groups:\n  - name: a{LAST}  - name: b{LAST}", "own.yaml:3: 'a' takes who is left"),
        (f"groups:\n  - name: a{LAST}  - name: a{LAST}", "two groups are named 'a'"),
        ("groups:\n  - name: a\n    otherwise: maybe\n", "own.yaml:4: otherwise 'maybe'"),
        ("groups:\n  - nam: a\n", "own.yaml:3: unknown key 'nam'"),
        ("groups:\n  - name: a\n    scheme: [x + ]\n    otherwise: true\n", "a regimen with an empty part"),
    ],
)  # fmt: skip
def test_a_group_that_is_wrong_is_one_error_with_its_line(groups: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match=r"own\.yaml") as raised:
        plan_of(written(tmp_path, groups))
    assert message in str(raised.value)


def test_a_name_that_the_graph_does_not_know_is_named_with_its_line(tmp_path: Path) -> None:
    patient = Patient("P", "IDC", jurisdiction="CN", place=PLACE, alterations=(MarkerValue("MSI", "MSS", PLACE),))
    for criterion, message in (
        ("biomarker(profile: 'ERBB2:NONE', status: present)", "own.yaml:4: no biomarker 'ERBB2:NONE'"),
        ("received(therapy: trastuzumap, status: yes)", "own.yaml:4: unknown therapy 'trastuzumap'; nearest known"),
        ("tumor(type: 'BRRCA', status: yes)", "own.yaml:4: unknown tumor type 'BRRCA'"),
        ("disease(state: refractory, status: yes)", "own.yaml:4: unknown disease state 'refractory'"),
    ):
        own = written(tmp_path, f"eligible:\n  if:\n    - {criterion}\n")
        with pytest.raises(UnusableInput, match=r"own\.yaml:4") as raised:
            placed(patient, own, "sql")
        assert message in str(raised.value)


def test_an_order_of_its_own_goes_before_the_order_of_the_list(tmp_path: Path) -> None:
    own = written(
        tmp_path,
        "groups:\n"
        "  - {name: late, order: 2, if: [\"biomarker(profile: 'MSI:H', status: absent)\"]}\n"
        "  - {name: early, order: 1, if: [\"biomarker(profile: 'MSI:H', status: absent)\"]}\n",
    )
    patient = Patient("P", "IDC", jurisdiction="CN", place=PLACE, alterations=(MarkerValue("MSI", "MSS", PLACE),))
    assigned = placed(patient, own, "sql")
    assert (assigned.eligible, assigned.group, assigned.also) == ("yes", "early", ("late",))
    assert any("states no criteria of eligibility" in line for line in tree_lines(assigned.why))


def test_a_study_whose_groups_do_not_take_everybody_says_so(tmp_path: Path) -> None:
    own = written(tmp_path, "groups:\n  - name: high\n    if:\n      - biomarker(profile: 'MSI:H', status: present)\n")
    patient = Patient("P", "IDC", jurisdiction="CN", place=PLACE, alterations=(MarkerValue("MSI", "MSS", PLACE),))
    assigned = placed(patient, own, "sql")
    assert (assigned.eligible, assigned.group, assigned.scheme) == ("yes", None, ())


def test_the_study_itself_is_no_group() -> None:
    assert THE_STUDY not in {group.name for group in PLAN.groups}
