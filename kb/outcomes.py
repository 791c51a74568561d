"""Outcomes of a site's studies as values and as RDF: pseudonymous patients, local evidence, and decisions on it.

No value here holds a patient's id, a calendar date of the patient's course or an exact age. Local evidence is proposed
until a curator accepts or rejects it, and no decision is ever removed: the last one holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pyoxigraph as ox

from kb import terms as t
from kb.errors import UnreadableOutcomes
from kb.indication import Regimen
from kb.rdf import Triple, iri, text, trig, typed

PROPOSED, ACCEPTED, REJECTED = "proposed", "accepted", "rejected"
"""What local evidence can be: nobody decided on it yet, or the last decision."""

PLACES = 4
"""Decimal places of rates and months, so that what is written is what is read."""


class Study(NamedTuple):
    """A study whose outcomes were counted: its name, the digest of its file, and how it defines its endpoints.

    `looked_at` groups were counted, of which `left_out` were too small or would have told of too few patients by a
    difference. The id is of all that was exported, so a later count of the same study is another one.
    """

    id: str
    name: str
    title: str
    digest: str
    smallest_group: int
    looked_at: int
    left_out: int
    response: str | None = None
    progression_free: str | None = None


class PatientOutcome(NamedTuple):
    """The outcome of one patient under one regimen; `days` run from the study's time origin, `event` ended them."""

    id: str
    study: str
    pseudonym: str
    arm: str | None
    age_band: str | None
    tumor_type: str
    biomarkers: tuple[str, ...]
    regimen: str
    response: str | None = None
    days: int | None = None
    event: bool | None = None


class LocalEvidence(NamedTuple):
    """What a study shows of `n` patients with one biomarker under one regimen in one tumor type and arm.

    `rate` is `responders` of `assessed` with its 95% interval; the median of progression-free survival is in months,
    None where it is not reached. `counts` are the ids of the patients' outcomes.
    """

    id: str
    study: str
    biomarker: str
    regimen: str
    tumor_type: str
    arm: str | None
    n: int
    first_year: str
    last_year: str
    proposed_on: str
    proposed_by: str | None = None
    responders: int | None = None
    assessed: int | None = None
    rate: float | None = None
    rate_low: float | None = None
    rate_high: float | None = None
    followed: int | None = None
    events: int | None = None
    median: float | None = None
    median_low: float | None = None
    median_high: float | None = None
    counts: tuple[str, ...] = ()

    @property
    def drugs(self) -> Regimen:
        """The drugs of the regimen, sorted."""
        return tuple(sorted(self.regimen.split("+")))


class Curation(NamedTuple):
    """A curator's decision on one item: the `number`-th on it, accepted or rejected, by whom, when and why."""

    id: str
    item: str
    number: int
    status: str
    curator: str
    orcid: str
    on: str
    reason: str | None = None


class Local(NamedTuple):
    """What a file of outcomes holds: studies, their patients' outcomes, local evidence, and every decision on it."""

    studies: tuple[Study, ...] = ()
    outcomes: tuple[PatientOutcome, ...] = ()
    items: tuple[LocalEvidence, ...] = ()
    curations: tuple[Curation, ...] = ()

    def decision(self, item: str) -> Curation | None:
        """The last decision on an item (its id); None while it is proposed."""
        found = [each for each in self.curations if each.item == item]
        return max(found, key=lambda each: each.number, default=None)

    def status(self, item: str) -> str:
        """`proposed`, `accepted` or `rejected`."""
        decided = self.decision(item)
        return PROPOSED if decided is None else decided.status


class Accepted(NamedTuple):
    """Local evidence with the decision that accepted it, and the study that it comes from."""

    item: LocalEvidence
    curation: Curation
    study: Study


# --- what is who -----------------------------------------------------------------------------------------------------


def pseudonym(secret: bytes, study: str, patient: str) -> str:
    """The patient's pseudonym in a study: 32 digits of HMAC-SHA256 under the site's secret.

    >>> pseudonym(b"0123456789abcdef", "TRIAL", "P-001")
    '2e0845165f004fab7bbc637659944b66'
    """
    from hashlib import sha256
    from hmac import new

    return new(secret, f"{study}\n{patient}".encode(), sha256).hexdigest()[:32]


def is_orcid(text: str) -> bool:
    """Whether a text is an ORCID iD with the right check digit (ISO 7064 mod 11-2).

    >>> is_orcid("0000-0002-1825-0097"), is_orcid("0000-0002-1825-0098"), is_orcid("0000-0002-1694-233X")
    (True, False, True)
    """
    if not re.fullmatch(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", text, re.ASCII):
        return False
    digits = text.replace("-", "")
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return digits[-1] == ("X" if check == 10 else str(check))


def identified(study: Study, outcomes: Iterable[PatientOutcome], items: Iterable[LocalEvidence]) -> Local:
    """The study with its outcomes and items under ids that are made from all that they say.

    Items count outcomes by their pseudonyms here; afterwards by the ids. A changed number is another id.
    """
    patients = sorted(outcomes, key=lambda each: each.pseudonym)
    evidence = sorted(items, key=lambda each: (each.biomarker, each.regimen, each.tumor_type, each.arm or ""))
    content = (*(each._replace(id="", study="") for each in patients), *(_content(each, "") for each in evidence))
    of = _hash((study._replace(id=""), content))
    named = tuple(each._replace(id=f"{of}:{each.pseudonym}", study=of) for each in patients)
    told = (
        each._replace(study=of, counts=tuple(sorted(f"{of}:{counted}" for counted in each.counts))) for each in evidence
    )
    ready = sorted((each._replace(id=item_id(each)) for each in told), key=lambda each: each.id)
    return Local((study._replace(id=of),), named, tuple(ready))


def item_id(item: LocalEvidence) -> str:
    """The id that an item has by what it says: an item that was changed by hand has another one."""
    return f"LOCAL:{_hash(_content(item, item.study))}"


def _content(item: LocalEvidence, study: str) -> LocalEvidence:
    """The item without its id, and without who proposed it and when: the same count proposed again is the same item."""
    return item._replace(id="", study=study, proposed_on="", proposed_by=None)


def _hash(content: object) -> str:
    from hashlib import sha256

    return sha256(repr(content).encode()).hexdigest()[:12]


# --- as RDF ----------------------------------------------------------------------------------------------------------


class Column(NamedTuple):
    """A field of a value, its property, and its form: a datatype, or the kind of item that it links to."""

    name: str
    predicate: str
    form: str


class Form(NamedTuple):
    """How a value is an item: its class, its kind, and its fields."""

    of: type[Any]
    type: str
    kind: str
    columns: tuple[Column, ...]


def _columns(*rows: tuple[str, str, str]) -> tuple[Column, ...]:
    return tuple(Column(*row) for row in rows)


_TEXT, _WHOLE, _DECIMAL, _YEAR, _DATE, _YES = "text", "integer", "decimal", "gYear", "date", "boolean"

FORMS = (
    Form(Study, t.STUDY, "study", _columns(
        ("name", t.LABEL, _TEXT), ("title", t.TITLE, _TEXT), ("digest", t.STUDY_DIGEST, _TEXT),
        ("smallest_group", t.SMALLEST_GROUP, _WHOLE), ("looked_at", t.GROUPS_LOOKED_AT, _WHOLE),
        ("left_out", t.GROUPS_LEFT_OUT, _WHOLE), ("response", t.RESPONSE_DEFINITION, _TEXT),
        ("progression_free", t.PFS_DEFINITION, _TEXT),
    )),
    Form(PatientOutcome, t.PATIENT_OUTCOME, "outcome", _columns(
        ("study", t.OF_STUDY, "study"), ("pseudonym", t.PSEUDONYM, _TEXT), ("arm", t.ARM, _TEXT),
        ("age_band", t.AGE_BAND, _TEXT), ("tumor_type", t.HAS_TUMOR_TYPE, "tumor"),
        ("biomarkers", t.OF_BIOMARKER, "biomarker"), ("regimen", t.HAS_REGIMEN, "regimen"),
        ("response", t.BEST_RESPONSE, _TEXT), ("days", t.PFS_DAYS, _WHOLE), ("event", t.PFS_EVENT, _YES),
    )),
    Form(LocalEvidence, t.LOCAL_EVIDENCE, "local", _columns(
        ("study", t.OF_STUDY, "study"), ("biomarker", t.OF_BIOMARKER, "biomarker"),
        ("regimen", t.HAS_REGIMEN, "regimen"), ("tumor_type", t.HAS_TUMOR_TYPE, "tumor"), ("arm", t.ARM, _TEXT),
        ("n", t.PATIENTS, _WHOLE), ("first_year", t.FIRST_YEAR, _YEAR), ("last_year", t.LAST_YEAR, _YEAR),
        ("proposed_on", t.PROPOSED_ON, _DATE), ("proposed_by", t.PROPOSED_BY, _TEXT),
        ("responders", t.RESPONDERS, _WHOLE), ("assessed", t.ASSESSED, _WHOLE), ("rate", t.RESPONSE_RATE, _DECIMAL),
        ("rate_low", t.RESPONSE_RATE_LOW, _DECIMAL), ("rate_high", t.RESPONSE_RATE_HIGH, _DECIMAL),
        ("followed", t.PFS_PATIENTS, _WHOLE), ("events", t.PFS_EVENTS, _WHOLE), ("median", t.PFS_MEDIAN, _DECIMAL),
        ("median_low", t.PFS_LOW, _DECIMAL), ("median_high", t.PFS_HIGH, _DECIMAL), ("counts", t.COUNTS, "outcome"),
    )),
    Form(Curation, t.CURATION, "curation", _columns(
        ("item", t.DECIDES_ON, "local"), ("number", t.CURATION_NUMBER, _WHOLE),
        ("status", t.CURATION_STATUS, _TEXT), ("curator", t.CURATOR, _TEXT), ("orcid", t.ORCID, _TEXT),
        ("on", t.CURATED_ON, _DATE), ("reason", t.REASON, _TEXT),
    )),
)  # fmt: skip
"""How each value is written and read."""

_DATATYPES = frozenset({_TEXT, _WHOLE, _DECIMAL, _YEAR, _DATE, _YES})
_SEVERAL = frozenset({"biomarkers", "counts"})
_BY_CLASS = {form.of: form for form in FORMS}
Outcome = Study | PatientOutcome | LocalEvidence | Curation
Value = TypeVar("Value", Study, PatientOutcome, LocalEvidence, Curation)


def triples(value: Outcome) -> Iterator[Triple]:
    """The statements that say a value."""
    form = _BY_CLASS[type(value)]
    node = iri(t.item(form.kind, value.id))
    yield node, iri(t.TYPE), iri(form.type)
    yield node, iri(t.IDENTIFIER), text(value.id)
    for name, predicate, kind in form.columns:
        content = getattr(value, name)
        for each in content if name in _SEVERAL else () if content is None else (content,):
            yield node, iri(predicate), _term(each, kind)


def _term(value: object, form: str) -> str:
    if form not in _DATATYPES:
        return iri(t.item(form, str(value)))
    if form == _TEXT:
        return text(str(value))
    if form == _DECIMAL:
        return typed(f"{value:.{PLACES}f}", form)
    return typed(str(value).lower() if form == _YES else str(value), form)


def read_value(of: type[Value], id: str, fields: Mapping[str, list[str]]) -> Value:
    """The value that these properties of a node say; UnreadableOutcomes for one that lacks something."""
    found: dict[str, Any] = {}
    for name, predicate, form in _BY_CLASS[of].columns:
        told = fields.get(predicate, [])
        if name in _SEVERAL:
            found[name] = tuple(sorted(_value(each, form) for each in told))
        elif len(told) == 1:
            found[name] = _value(told[0], form)
        elif len(told) > 1 or name in _needed(of):
            raise UnreadableOutcomes(id, f"{name} is {'told more than once' if told else 'missing'}", _MENDED)
        else:
            found[name] = None
    return of(id=id, **found)


_MENDED = "propose it again, and decide with `mtb-match outcomes accept` or `reject` alone"


def _needed(of: type[Any]) -> frozenset[str]:
    return frozenset(name for name, hint in of.__annotations__.items() if "None" not in str(hint))


def _value(value: str, form: str) -> Any:
    if form not in _DATATYPES:
        return t.item_id(value)
    if form == _WHOLE:
        return int(value)
    return float(value) if form == _DECIMAL else value == "true" if form == _YES else value


def named_graphs(local: Local) -> tuple[tuple[str, tuple[Triple, ...]], ...]:
    """The statements by named graph: each study with its patients in one, its local evidence with decisions in another.

    A graph is named by its id (the end of its IRI): `study-...`, `local-...`.
    """
    found: list[tuple[str, tuple[Triple, ...]]] = []
    for study in local.studies:
        items = [each for each in local.items if each.study == study.id]
        mine = {each.id for each in items}
        patients = (each for each in local.outcomes if each.study == study.id)
        decisions = (each for each in local.curations if each.item in mine)
        found.append((f"study-{study.id}", _stated((study, *patients))))
        found.append((f"local-{study.id}", _stated((*items, *decisions))))
    return tuple((name, stated) for name, stated in found if stated)


def _stated(values: Iterable[Outcome]) -> tuple[Triple, ...]:
    return tuple(triple for value in values for triple in triples(value))


def as_trig(local: Local) -> str:
    """The file of these outcomes, the same bytes for the same content."""
    return trig((t.item("release", name), stated) for name, stated in named_graphs(local))


def read_local(path: Path) -> Local:
    """What a file that `as_trig` wrote holds; UnreadableOutcomes for any other, or one that was changed by hand."""
    found: dict[type[Any], list[Any]] = {form.of: [] for form in FORMS}
    for node, fields in sorted(_nodes(path).items()):
        form = next((each for each in FORMS if each.type in fields.get(t.TYPE, ())), None)
        if form is None:
            raise UnreadableOutcomes(str(path), f"{node} is no part of a study's outcomes", _MENDED)
        try:
            found[form.of].append(read_value(form.of, t.item_id(node), fields))
        except ValueError as error:
            raise UnreadableOutcomes(f"{path}: {t.item_id(node)}", f"cannot be read ({error})", _MENDED) from error
    found[Curation].sort(key=_in_order)
    local = Local(*(tuple(found[form.of]) for form in FORMS))
    _check(local, path)
    return local


def _nodes(path: Path) -> dict[str, dict[str, list[str]]]:
    nodes: dict[str, dict[str, list[str]]] = {}
    try:
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TRIG):
            fields = nodes.setdefault(quad.subject.value, {})
            fields.setdefault(quad.predicate.value, []).append(quad.object.value)
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        problem = f"cannot be read ({getattr(error, 'strerror', None) or error})"
        raise UnreadableOutcomes(str(path), problem, "name a file of `mtb-match outcomes propose`") from error
    return nodes


def _check(local: Local, path: Path) -> None:
    """Everything in the file belongs together, is large enough, and says what its id was made of."""

    def wrong(what: str, problem: str) -> UnreadableOutcomes:
        return UnreadableOutcomes(f"{path}: {what}", problem, _MENDED)

    if not local.studies:
        raise UnreadableOutcomes(str(path), "holds no study", "name a file of `mtb-match outcomes propose`")
    studies, outcomes = {each.id: each for each in local.studies}, {each.id for each in local.outcomes}
    items = {each.id for each in local.items}
    for item in local.items:
        study = studies.get(item.study)
        if study is None or not outcomes.issuperset(item.counts):
            raise wrong(item.id, "its study or a patient's outcome is not in the file")
        if item.id != item_id(item):
            raise wrong(item.id, "was changed after it was proposed")
        if len(item.counts) != item.n or item.n < study.smallest_group:
            raise wrong(item.id, f"counts fewer than {study.smallest_group} patients, or others than it says")
    for each in local.curations:
        if each.item not in items or not is_orcid(each.orcid) or each.status not in {ACCEPTED, REJECTED}:
            raise wrong(each.id, "is no decision of a curator on an item of the file")


# --- decisions -------------------------------------------------------------------------------------------------------


def decided(local: Local, items: Iterable[str], decision: Curation) -> Local:
    """The outcomes with a decision (status, curator, ORCID iD, day, reason) on each of these items (ids) added.

    UnreadableOutcomes for an unknown item, an ORCID iD that cannot be one, or a rejection without a reason.
    """
    if not is_orcid(decision.orcid):
        raise UnreadableOutcomes(decision.orcid, "is no ORCID iD: its check digit does not fit", "copy it from ORCID")
    if not decision.curator.strip():
        raise UnreadableOutcomes("the curator", "has no name", "say who decides with --curator")
    if decision.status == REJECTED and not decision.reason:
        raise UnreadableOutcomes("the rejection", "has no reason", "say why with --because")
    added = []
    for item in dict.fromkeys(items):
        if item not in {each.id for each in local.items}:
            known = ", ".join(each.id for each in local.items) or "none"
            raise UnreadableOutcomes(item, "is no item of the file", f"its items are {known}")
        last = local.decision(item)
        number = 1 if last is None else last.number + 1
        added.append(decision._replace(id=f"{item}:{number}", item=item, number=number))
    return local._replace(curations=tuple(sorted((*local.curations, *added), key=_in_order)))


def _in_order(curation: Curation) -> tuple[str, int]:
    return curation.item, curation.number


def accepted_part(local: Local) -> Local:
    """The accepted items with every decision on them, the outcomes that they count, and their studies.

    Of a patient's biomarkers those are left by which an accepted item counts the patient.
    """
    items = tuple(each for each in local.items if local.status(each.id) == ACCEPTED)
    ids = {each.id for each in items}
    counted: dict[str, set[str]] = {}
    for item in items:
        for outcome in item.counts:
            counted.setdefault(outcome, set()).add(item.biomarker)
    return Local(
        tuple(each for each in local.studies if each.id in {item.study for item in items}),
        tuple(
            each._replace(biomarkers=tuple(sorted(counted[each.id]))) for each in local.outcomes if each.id in counted
        ),
        items,
        tuple(each for each in local.curations if each.item in ids),
    )
