"""Study files: which patients, arms and groups a study has, and its endpoints as its protocol defines them.

A study file is data that a site can replace: YAML with `study`, `title`, `patients` or `table`, `arms`, `eligible` and
`groups` (read by `matcher.outcomes.groups`) and `endpoints`. Files that it names are looked for beside it. Further:
`planned` (how many patients, for the study or by arm), `since` (the first day of an arm), `follow_up` (at least how
long), `treatment_groups` (the groups are what patients got: `kind`, targeted therapy or another, or `regimen`) and
`biomarkers` (whose status an endpoint is told apart by).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kb.alteration import Place
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers import tree
from matcher.readers.tree import Value

if TYPE_CHECKING:
    from matcher.outcomes.subject import Subject
    from matcher.outcomes.values import Result

SHIPPED = Path(__file__).with_name("studies")
"""The studies that come with the program, one file each."""

KEYS = (
    "study", "title", "protocol", "reading", "patients", "table", "arms", "eligible", "groups", "endpoints",
    "smallest_group", "planned", "since", "follow_up", "treatment_groups", "biomarkers",
)  # fmt: skip
"""Every key of a study file."""

ENDPOINT_KEYS = ("name", "measure", "says")
"""The keys of every endpoint; the others are options of its measure."""

SMALLEST_GROUP = 5
"""Groups with fewer patients are not exported, unless the study file asks for more (`smallest_group`)."""


class Option(NamedTuple):
    """An option of a measure: how its text is read, what is taken where a study file is silent, and its meaning.

    `read` gives None for a text that it does not take; `takes` says in words what it takes. A `default` of None is "not
    asked for".
    """

    read: Callable[[tuple[str, ...]], object | None]
    takes: str
    default: object | None = None
    doc: str = ""


class Measure(NamedTuple):
    """A way to compute an endpoint: its options, and the function from subjects to one result.

    The function is given the subjects of one arm and group; it counts, and says whom it could not count.
    """

    doc: str
    options: Mapping[str, Option]
    compute: Callable[[Endpoint, tuple[Subject, ...]], Result]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint: its name in the study, its measure with options, and the sentence of the protocol.

    `by` is how it is told apart: `arm`, `group` or both; `biomarker` adds the status of each biomarker of the study, in
    each arm; `all` adds a result of all arms together.
    """

    name: str
    measure: str
    options: Mapping[str, object | None]
    says: str
    place: Place
    by: tuple[str, ...] = ("arm", "group")


class Arm(NamedTuple):
    """A part of the study that is kept apart, with what the study file says of it."""

    name: str
    doc: str


class Split(NamedTuple):
    """A biomarker by whose status an endpoint is told apart: its profile, and under which drugs or classes (or any)."""

    name: str
    profile: str
    under: tuple[str, ...]
    says: str
    place: Place


class TableSource(NamedTuple):
    """A table with one row a patient: its file, and which column holds what (`id`, `arm`, `response`, ...)."""

    path: Path
    columns: Mapping[str, str]
    place: Place


@dataclass(frozen=True, slots=True)
class Study:
    """A study as its file describes it.

    `reading` says what in the file is the project's reading of the protocol and not its text. `eligible` and `groups`
    stay as written, for `matcher.outcomes.groups`. `patients` are the patient files that exist. `planned` is by arm,
    the whole study's under the empty name; `since` is by arm; `follow_up` is in days.
    """

    name: str
    title: str
    path: Path
    protocol: str = ""
    reading: str = ""
    patients: tuple[Path, ...] = ()
    table: TableSource | None = None
    arms: tuple[Arm, ...] = ()
    eligible: Value | None = None
    groups: Value | None = None
    endpoints: tuple[Endpoint, ...] = ()
    smallest_group: int = SMALLEST_GROUP
    notes: tuple[Note, ...] = ()
    digest: str = ""
    planned: tuple[tuple[str, int], ...] = ()
    since: tuple[tuple[str, str], ...] = ()
    follow_up: float | None = None
    treatment_groups: str | None = None
    biomarkers: tuple[Split, ...] = ()


def shipped() -> tuple[str, ...]:
    """The names of the studies that come with the program."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


def find_study(named: str) -> Path:
    """The study file that a user names: a path, or a study that comes with the program; UnusableInput."""
    path = Path(named)
    if path.is_file():
        return path
    if (SHIPPED / f"{named}.yaml").is_file():
        return SHIPPED / f"{named}.yaml"
    raise UnusableInput(named, "no such study", f"give a study file, or one of {', '.join(shipped())}")


def read_study(path: Path, measures: Mapping[str, Measure] | None, patients: Iterable[Path] | None = None) -> Study:
    """The study; `patients`, where given, take the place of those that the file names.

    Without `measures` its endpoints are left unread.

    UnusableInput names the line of a study file that is wrong: a study is computed as its file says, or not at all.
    """
    from hashlib import sha256

    notes: list[Note] = []
    top = tree.read(path, notes, with_quoted_atoms)
    keys = Keys(path, top, KEYS)
    for note in notes:
        if note.severity is not Severity.INFO:
            raise UnusableInput(note.where, note.message, note.remedy)
    name = keys.text("study")
    if name is None:
        raise UnusableInput(str(path), "it is no study file", "write study: NAME")
    smallest = keys.whole("smallest_group", 2, 1000)
    found = Study(
        name,
        keys.text("title") or name,
        path,
        keys.text("protocol") or "",
        keys.text("reading") or "",
        tuple(patients) if patients is not None else _patients(keys),
        _table(keys) if patients is None else None,
        tuple(Arm(arm, text) for arm, text in keys.texts_by_name("arms")),
        keys.value("eligible"),
        keys.value("groups"),
        () if measures is None else tuple(_endpoint(each, path, measures) for each in keys.items("endpoints")),
        SMALLEST_GROUP if smallest is None else smallest,
        tuple(notes),
        f"sha256:{sha256(path.read_bytes()).hexdigest()}",
        _planned(keys),
        _since(keys),
        _follow_up(keys),
        _by_treatment(keys),
        _splits(keys),
    )
    _refuse_same_names(found.endpoints)
    for endpoint in found.endpoints:
        if "biomarker" in endpoint.by and (found.table is not None or not found.biomarkers):
            reason = "the study is a table" if found.table is not None else "the study names no biomarkers"
            remedy = "leave it out, or write biomarkers: [{name: AR-V7, profile: 'AR:V7'}] and patient files"
            raise UnusableInput(endpoint.place, f"by: biomarker, but {reason}", remedy)
    return found


def _refuse_same_names(endpoints: Iterable[Endpoint]) -> None:
    """UnusableInput for an endpoint with the name of one before it: their results could not be told apart."""
    rows: dict[str, Endpoint] = {}
    for each in endpoints:
        if each.name in rows:
            reason = f"the endpoint of row {rows[each.name].place.row} has the name {each.name!r} too"
            raise UnusableInput(each.place, reason, "write another name: ...")
        rows[each.name] = each


def with_quoted_atoms(text: str) -> str:
    """The YAML text with its list items that are atoms of the rule language in quotes; no line moves.

    >>> print(with_quoted_atoms("if:\\n  - tumor(type: 'UCEC', status: yes)"))
    if:
      - 'tumor(type: ''UCEC'', status: yes)'
    """
    from rules.source import quote_atoms

    rows = text.split("\n")
    at = 0
    while at < len(rows):
        if not _ATOM_ITEM.match(rows[at]):
            at += 1
            continue
        indent = len(rows[at]) - len(rows[at].lstrip())
        end = at + 1
        while end < len(rows) and rows[end].strip() and len(rows[end]) - len(rows[end].lstrip()) > indent:
            end += 1
        rows[at:end] = quote_atoms("\n".join(rows[at:end])).split("\n")
        at = end
    return "\n".join(rows)


_ATOM_ITEM = re.compile(r"\s*- +(?:no +)?[a-z][a-z_0-9]* ?\(")


@dataclass(frozen=True, slots=True)
class Keys:
    """A mapping of a study file; anything that is not as expected is an error with its line."""

    path: Path
    top: Value
    known: tuple[str, ...]
    mapping: dict[str, Value] = field(init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.top.content, dict):
            raise self.wrong(
                self.top,
                "a mapping is expected here",
                f"write {self.known[0]}: ..." if self.known else "write {measure: NAME}",
            )
        for key, value in self.top.content.items():
            if self.known and key not in self.known:
                from matcher.readers.patient_file import nearest_key

                raise self.wrong(value, f"unknown key {key!r}", nearest_key(key, self.known))
        object.__setattr__(self, "mapping", self.top.content)

    def wrong(self, value: Value, message: str, remedy: str) -> UnusableInput:
        """The error of a value, with its line."""
        return UnusableInput(Place(self.path.name, value.row), message, remedy)

    def value(self, key: str) -> Value | None:
        """The value of a key; None where there is none, or nothing behind it."""
        found = self.mapping.get(key)
        return None if found is None or found.content is None else found

    def text(self, key: str) -> str | None:
        """The single text of a key; UnusableInput for anything else."""
        found = self.value(key)
        if found is None:
            return None
        if not isinstance(found.content, str):
            raise self.wrong(found, f"{key} is not a single text", f"write {key}: ...")
        return " ".join(found.content.split())

    def whole(self, key: str, least: int, most: int) -> int | None:
        """The whole number of a key, within limits; UnusableInput for anything else."""
        text = self.text(key)
        if text is None:
            return None
        if not text.isdecimal() or not least <= int(text) <= most:
            raise self.wrong(self.mapping[key], f"{key} {text!r}", f"write a whole number from {least} to {most}")
        return int(text)

    def items(self, key: str) -> tuple[Value, ...]:
        """The values of a key: of its list, or the one that stands there."""
        found = self.value(key)
        if found is None:
            return ()
        return found.content if isinstance(found.content, tuple) else (found,)

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts of a key: of its list, or the one that stands there; UnusableInput for anything else."""
        for item in self.items(key):
            if not isinstance(item.content, str):
                raise self.wrong(item, f"{key} holds something that is no text", f"write {key}: [a, b]")
        return tuple(str(item.content).strip() for item in self.items(key))

    def texts_by_name(self, key: str) -> tuple[tuple[str, str], ...]:
        """The texts of a mapping with their names; UnusableInput for anything else."""
        found = self.value(key)
        if found is None:
            return ()
        if not isinstance(found.content, dict):
            raise self.wrong(found, f"{key} is not a mapping", f"write {key}: {{name: what it is}}")
        for value in found.content.values():
            if not isinstance(value.content, str):
                raise self.wrong(value, f"{key} holds something that is no text", "write name: what it is")
        return tuple((name, str(value.content)) for name, value in found.content.items())


def _planned(keys: Keys) -> tuple[tuple[str, int], ...]:
    """How many patients are planned, by arm; under the empty name for a number that is the whole study's."""
    value = keys.value("planned")
    if value is None:
        return ()
    told = keys.texts_by_name("planned") if isinstance(value.content, dict) else (("", keys.text("planned") or ""),)
    _known_arms(keys, "planned", told)
    for _, text in told:
        if not text.isdecimal() or not int(text):
            raise keys.wrong(value, f"planned {text!r} is no number of patients", "write planned: 120")
    return tuple((arm, int(text)) for arm, text in told)


def _since(keys: Keys) -> tuple[tuple[str, str], ...]:
    """The first day (or month, or year) of each arm that has one."""
    from matcher.readers.patient_file import is_date

    told = keys.texts_by_name("since")
    _known_arms(keys, "since", told)
    for _, text in told:
        if not is_date(text):
            raise keys.wrong(keys.mapping["since"], f"since {text!r} is no date", "write since: {ARM: 2022-01}")
    return told


def _known_arms(keys: Keys, key: str, told: Iterable[tuple[str, str]]) -> None:
    arms = [arm for arm, _ in keys.texts_by_name("arms")]
    for arm, _ in told:
        if arm and arm not in arms:
            raise keys.wrong(keys.mapping[key], f"{key}: no arm {arm!r}", f"arms are {', '.join(arms) or 'not given'}")


def _follow_up(keys: Keys) -> float | None:
    text = keys.text("follow_up")
    found = None if text is None else _days(text)
    if text is not None and not found:
        raise keys.wrong(keys.mapping["follow_up"], f"follow_up {text!r} is not understood", DURATION)
    return found


def _by_treatment(keys: Keys) -> str | None:
    found = keys.text("treatment_groups")
    if found is None:
        return None
    if found not in ("kind", "regimen"):
        remedy = "write treatment_groups: kind or treatment_groups: regimen"
        raise keys.wrong(keys.mapping["treatment_groups"], f"treatment_groups {found!r} is not known", remedy)
    if keys.value("groups") is not None:
        raise keys.wrong(keys.mapping["treatment_groups"], "the study has `groups` too", "keep one of the two")
    return found


def _splits(keys: Keys) -> tuple[Split, ...]:
    """The biomarkers of the study, each with its own name."""
    found: list[Split] = []
    for value in keys.items("biomarkers"):
        each = Keys(keys.path, value, ("name", "profile", "under", "says"))
        name, profile = each.text("name"), each.text("profile")
        if name is None or profile is None or name in [one.name for one in found]:
            raise keys.wrong(value, f"a biomarker without its own name or without a profile ({name!r})", _SPLIT)
        place = Place(keys.path.name, value.row)
        found.append(Split(name, profile, each.texts("under"), each.text("says") or "", place))
    return tuple(found)


_SPLIT = "write {name: AR-V7, profile: 'AR:V7', under: [abiraterone, enzalutamide]}; `under` may be left out"


def _patients(keys: Keys) -> tuple[Path, ...]:
    """The files that the patterns name, each once, in the order of the patterns and of names."""
    found: dict[Path, None] = {}
    for item in keys.items("patients"):
        pattern = str(item.content).strip()
        paths = sorted(path for path in keys.path.parent.glob(pattern) if path.is_file())
        if not paths:
            raise keys.wrong(item, f"no file is named {pattern!r}", f"name files beside {keys.path.name}")
        found.update(dict.fromkeys(paths))
    return tuple(found)


def _table(keys: Keys) -> TableSource | None:
    value = keys.value("table")
    if value is None:
        return None
    if keys.value("patients") is not None:
        raise keys.wrong(value, "the study has `patients` too", "keep one of the two")
    table = Keys(keys.path, value, ("file", "columns"))
    name = table.text("file")
    if name is None or not (keys.path.parent / name).is_file():
        raise keys.wrong(value, f"the table's file {name!r} is not there", f"name a file beside {keys.path.name}")
    return TableSource(keys.path.parent / name, dict(table.texts_by_name("columns")), Place(keys.path.name, value.row))


def _endpoint(value: Value, path: Path, measures: Mapping[str, Measure]) -> Endpoint:
    keys = Keys(path, value, ())
    measure = keys.text("measure")
    if measure is None or measure not in measures:
        near = ", ".join(sorted(measures))
        raise keys.wrong(value, f"unknown measure {measure!r}", f"use one of {near}")
    options = measures[measure].options
    for key, each in keys.mapping.items():
        if key not in (*ENDPOINT_KEYS, "by", *options):
            known = ", ".join((*ENDPOINT_KEYS, "by", *options))
            raise keys.wrong(each, f"{measure} has no option {key!r}", f"it has {known}")
    by = keys.texts("by") or ("arm", "group")
    if not set(by) <= {"arm", "group", "all", "biomarker"}:
        remedy = "write by: arm, by: group or by: [arm, group, biomarker, all]"
        raise keys.wrong(keys.mapping["by"], f"by {', '.join(by)!r}", remedy)
    read = {name: _option(name, option, keys) for name, option in options.items()}
    name, says = keys.text("name") or measure, keys.text("says") or ""
    return Endpoint(name, measure, read, says, Place(path.name, value.row), by)


def _option(name: str, option: Option, keys: Keys) -> object | None:
    if keys.value(name) is None:
        return option.default
    found = option.read(keys.texts(name))
    if found is None:
        raise keys.wrong(keys.mapping[name], f"{name}: {', '.join(keys.texts(name))!r} is not understood", option.takes)
    if isinstance(found, Path):
        return _beside(found, keys, name)
    return found


def _beside(named: Path, keys: Keys, name: str) -> Path:
    """The file of an option, which is looked for beside the study file."""
    if not (keys.path.parent / named).is_file():
        raise keys.wrong(keys.mapping[name], f"{name}: no file {str(named)!r}", f"name a file beside {keys.path.name}")
    return keys.path.parent / named


# --- readers of options ----------------------------------------------------------------------------------------------


def one_of(*values: str, default: str | None = None, doc: str = "") -> Option:
    """An option that is one of some texts."""
    known = {value.lower(): value for value in values}
    takes = f"write one of {', '.join(values)}"
    return Option(lambda texts: known.get(texts[0].lower()) if len(texts) == 1 else None, takes, default, doc)


def several_of(*values: str, default: tuple[str, ...] = (), doc: str = "") -> Option:
    """An option that is some of these texts."""
    known = {value.lower(): value for value in values}

    def read(texts: tuple[str, ...]) -> object | None:
        found = tuple(known[text.lower()] for text in texts if text.lower() in known)
        return found if len(found) == len(texts) else None

    return Option(read, f"write some of {', '.join(values)}", default, doc)


def yes_or_no(default: bool, doc: str = "") -> Option:
    """An option that is yes or no."""
    values = {"yes": True, "true": True, "no": False, "false": False}
    return Option(
        lambda texts: values.get(texts[0].lower()) if len(texts) == 1 else None, "write yes or no", default, doc
    )


_UNITS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}


def duration(default: float | None = None, doc: str = "") -> Option:
    """An option that is a duration: `42 days`, `6 weeks`, `3 months`, `2 years`; read as days."""
    return Option(lambda texts: _days(texts[0]) if len(texts) == 1 else None, DURATION, default, doc)


def end(doc: str = "") -> Option:
    """An option that is a duration after which nothing counts any more: of 0 days nothing would."""
    takes = f"{DURATION}; it is longer than 0"
    return Option(lambda texts: (_days(texts[0]) or None) if len(texts) == 1 else None, takes, None, doc)


def durations(default: tuple[float, ...] = (), doc: str = "") -> Option:
    """An option that is one or several durations; read as days."""

    def read(texts: tuple[str, ...]) -> object | None:
        found = tuple(days for days in map(_days, texts) if days is not None)
        return found if len(found) == len(texts) else None

    return Option(read, DURATION, default, doc)


DURATION = "write a duration such as 42 days, 6 weeks, 3 months or 2 years"
"""What an option of a duration takes."""


def duration_text(days: float) -> str:
    """A duration in the largest unit of which it is a whole number.

    >>> duration_text(42), duration_text(365.25 / 4), duration_text(730.5), duration_text(45)
    ('6 weeks', '3 months', '2 years', '45 days')
    """
    for unit in ("year", "month", "week"):
        number = days / _UNITS[unit]
        if abs(number - round(number)) < 1e-6 and round(number):
            return f"{round(number)} {unit}{'' if round(number) == 1 else 's'}"
    return f"{days:g} day{'' if days == 1 else 's'}"


def _days(text: str) -> float | None:
    number, _, unit = text.strip().partition(" ")
    days = _UNITS.get(unit.strip().lower().rstrip("s"))
    return float(number) * days if days is not None and number.replace(".", "", 1).isdecimal() else None


def numbers(least: float, most: float, default: tuple[float, ...] = (), doc: str = "") -> Option:
    """An option that is one or several numbers within limits."""

    def read(texts: tuple[str, ...]) -> object | None:
        try:
            found = tuple(float(text) for text in texts)
        except ValueError:
            return None
        return found if found and all(least <= each <= most for each in found) else None

    return Option(read, f"write numbers from {least:g} to {most:g}", default, doc)


def a_file(doc: str = "") -> Option:
    """An option that names a file beside the study file; read as its path."""
    return Option(lambda texts: Path(texts[0]) if len(texts) == 1 else None, "name one file", None, doc)
