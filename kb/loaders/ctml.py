"""CTML: trials whose eligibility is a match tree, as MatchMiner and CTIMS write them in JSON or YAML.

Match lists on the way from the trial over step and arm to the dose hold together. A tree becomes rows: each row is one
group of clinical criteria with one boolean profile, and the arm is for a patient when one of its rows is. Kleene's
logic is distributive, so the rows mean what the tree means, its unknowns included.

A `!` in a genomic node negates the whole node, and holds only where a test looked: what MatchMiner takes from missing
documents is unknown here. In a clinical node it negates its own key, as MatchMiner's engine reads it; where that
reading and the other one (not the diagnosis together with the rest) differ, the criterion stays open.
What cannot be read as structure is a biomarker that only a report can state, or a condition kept as text.
The format: https://matchminer.gitbook.io/matchminer/trials/trial-curation; the engine: github.com/dfci/matchengine-V2.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from kb.errors import UnknownTerm, UnreadableSource
from kb.loaders.base import Loader, Report
from kb.loaders.files import AGAIN, read_json, read_text
from kb.loaders.match_tree import ALWAYS, Reader, both, written
from kb.loaders.trial_terms import (
    EVERY_TUMOR,
    REGISTRY,
    at,
    dicts_at,
    is_choice,
    parsed,
    regimen_of,
    short,
    source_files,
    text_at,
    texts_at,
)
from kb.normalizer import Normalizer
from kb.statements import Row, Tables

_OPEN = frozenset({"open to accrual", "recruiting", "enrolling by invitation"})
_UNKNOWN = frozenset({"", "unknown status", "active"})
"""`Active` alone is open to accrual for one registry and closed for another."""
_OPEN_SITE = _OPEN | {"active"}
_SHOWN = 3
_TOGETHER = re.compile(r"\s+plus\s+|\s+and\s+|\s*\+\s*|\s*/\s*", re.IGNORECASE)


class Branch(NamedTuple):
    """One arm, or one dose of it that has a tree of its own: the trees on its way, its words, whether it is open."""

    code: str
    trees: tuple[Any, ...]
    words: str
    told: str
    suspended: bool


def load(path: Path, names: Normalizer, report: Report) -> Tables:
    """The arms of the trials in one file or folder as rows."""
    rows: list[Row] = []
    seen: dict[str, str] = {}
    for place, trial in _trials(path, report):
        id = _id(trial)
        if not id:
            report.refuse("?", place, "", "the trial has neither nct_id nor protocol_no")
            continue
        if id in seen:
            problem = f"has the trial {id} a second time (first in {seen[id]})"
            raise UnreadableSource(place, problem, "keep one version of each trial")
        seen[id] = place
        rows += _rows(trial, id, place, names, report)
    return Tables({"trials": tuple(rows)})


def _id(trial: Any) -> str:
    number = text_at(trial, "nct_id")
    if re.fullmatch(r"NCT\d{8}", number):
        return number
    return f"protocol:{_slug(text_at(trial, 'protocol_no'))}" if text_at(trial, "protocol_no") else ""


# Files


def _trials(path: Path, report: Report) -> Iterator[tuple[str, Any]]:
    """Every trial with its place; a schema that lies beside them is left."""
    found = False
    for file in source_files(path, (".json", ".yaml", ".yml", ".json.gz")):
        document = parsed(file, _read)
        for trial in document if isinstance(document, list) else [document]:
            if isinstance(at(trial, "properties"), dict) and "type" in trial:
                report.leave("a JSON schema: it is not a trial", file.name)
                continue
            if not isinstance(at(trial, "treatment_list"), dict):
                problem = "is not a CTML trial: it has no treatment_list"
                raise UnreadableSource(str(file), problem, "name CTML in JSON or YAML, one trial or a list of them")
            found = True
            day = _day(trial)
            if day > (report.released_on or ""):
                report.release = report.released_on = day
            yield f"{file.name}#{_id(trial) or '?'}", trial
    if not found:
        raise UnreadableSource(str(path), "holds no CTML trial", "name the folder with the trials")


def _read(file: Path) -> Any:
    return read_json(file) if file.name.endswith((".json", ".json.gz")) else _read_yaml(file)


def _read_yaml(file: Path) -> Any:
    import yaml

    try:
        return yaml.load(read_text(file), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + 1}" if mark is not None else str(file)
        problem = getattr(error, "problem", None) or "it does not parse"
        raise UnreadableSource(place, f"is not YAML or is truncated ({problem})", AGAIN) from error
    except ValueError as error:  # a date that no calendar has
        raise UnreadableSource(str(file), f"holds a value that cannot be read ({error})", "mend the value") from error


def _day(trial: Any) -> str:
    """The ISO day of the curation: `last_updated` (September 2, 2021) or `curated_on`; empty when neither tells."""
    for name in ("last_updated", "curated_on"):
        value = at(trial, name)
        if isinstance(value, datetime.date):
            return value.isoformat()[:10]
        text = text_at(trial, name)
        if re.match(r"\d{4}-\d{2}-\d{2}", text):
            return text[:10]
        for pattern in ("%B %d, %Y", "%b %d, %Y"):
            try:
                return datetime.datetime.strptime(text, pattern).date().isoformat()
            except ValueError:
                continue
    return ""


# Trials, arms and doses


def _rows(trial: Any, id: str, place: str, names: Normalizer, report: Report) -> list[Row]:
    """The rows of one trial; the report says of every arm what became of it."""
    branches = list(_branches(trial, id))
    if not any(branch.trees for branch in branches):
        report.leave("trial without a match tree: it does not say who is eligible", id)
        return []
    rows: list[Row] = []
    for branch in branches:
        rows += _branch_rows(trial, id, branch, place, names, report)
    if rows:
        report.take("trial")
    else:
        report.refuse(id, place, "match", "no arm has a match tree that could be read")
    return rows


def _branches(trial: Any, id: str) -> Iterator[Branch]:
    """Every arm; one that has doses with trees of their own gives one branch for each of these."""
    above = [*_tree(trial), *_tree(at(trial, "treatment_list"))]
    codes: dict[str, int] = {}
    for step in dicts_at(trial, "treatment_list", "step"):
        for arm in dicts_at(step, "arm"):
            trees = (*above, *_tree(step), *_tree(arm))
            doses = dicts_at(arm, "dose_level")
            own = [dose for dose in doses if _tree(dose)]
            rest = [dose for dose in doses if not _tree(dose)]
            code = f"{id}:arm-{_slug(text_at(arm, 'arm_code') or text_at(arm, 'arm_internal_id'))}"
            told = text_at(arm, "arm_description") or text_at(arm, "arm_code")
            words = " ".join([text_at(arm, "arm_code"), text_at(arm, "arm_description"), *map(_words_of_dose, rest)])
            suspended = _is_set(arm, "arm_suspended")
            if rest or not own:
                closed = bool(rest) and all(_is_set(dose, "level_suspended") for dose in rest)
                yield Branch(_numbered(code, codes), trees, words, told, suspended or closed)
            for dose in own:
                level = _numbered(f"{code}:dose-{_slug(text_at(dose, 'level_code'))}", codes)
                closed = suspended or _is_set(dose, "level_suspended")
                said = f"{told}: {text_at(dose, 'level_description') or text_at(dose, 'level_code')}"
                yield Branch(level, (*trees, *_tree(dose)), f"{words} {_words_of_dose(dose)}", said, closed)


def _tree(node: Any) -> list[Any]:
    """The match of a trial, step, arm or dose, when it has one."""
    match = at(node, "match")
    return [match] if match else []


def _words_of_dose(dose: Any) -> str:
    return f"{text_at(dose, 'level_code')} {text_at(dose, 'level_description')}"


def _is_set(node: Any, key: str) -> bool:
    value = at(node, key)
    return value is True or str(value).strip().lower() in {"y", "yes", "true"}


def _numbered(code: str, codes: dict[str, int]) -> str:
    """The code, with a number when an earlier arm has it too."""
    codes[code] = codes.get(code, 0) + 1
    return code if codes[code] == 1 else f"{code}-{codes[code]}"


def _slug(text: str) -> str:
    """A code as it stands in an id.

    >>> _slug("Treatment (sapanisertib, osimertinib)")
    'Treatment-sapanisertib-osimertinib'
    """
    return re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-") or "unnamed"


def _branch_rows(trial: Any, id: str, branch: Branch, place: str, names: Normalizer, report: Report) -> list[Row]:
    """The rows of one arm or dose, one for each group of clinical criteria."""
    if not branch.trees:
        report.leave("arm without a match tree, in a trial where others have one", branch.code)
        return []
    reader = Reader(names, branch.code)
    try:
        groups = both([(ALWAYS,), *(reader.groups(tree) for tree in branch.trees)], names)
    except UnknownTerm as error:
        report.refuse(branch.code, place, error.name, error.reason)
        return []
    for understood in reader.understood:
        report.meet("criterion", understood)
    if not groups:
        report.refuse(branch.code, place, "match", "no diagnosis can meet all of its criteria together")
        return []
    report.take("arm")
    common = _common(trial, id, branch, names)
    common["note"] = "; ".join(filter(None, [common["note"], *reader.notes]))
    asked = _requirements(trial)
    rows: list[Row] = []
    for number, group in enumerate(groups, start=1):
        rows.append(
            Row(
                common,
                id=branch.code if len(groups) == 1 else f"{branch.code}.{number}",
                tumor_types=" | ".join(sorted(EVERY_TUMOR if group.wanted is None else group.wanted)),
                excluded_tumor_types=" | ".join(sorted(group.excluded)),
                minimum_age=f"{group.minimum_age:.4g}" if group.minimum_age else "",
                profiles=written(group.profile) if group.profile is not None else "",
                conditions=" | ".join((*group.conditions, *asked)),
            )
        )
    return rows


def _common(trial: Any, id: str, branch: Branch, names: Normalizer) -> Row:
    """What all rows of an arm share."""
    given = _given(trial, branch)
    regimen, doubt = _regimen(given, branch, names)
    number = id if id.startswith("NCT") else ""
    status = text_at(trial, "status")
    shown = _status(trial)
    source = f"CTML {id} | ClinicalTrials.gov {id} {REGISTRY}{id}" if number else f"CTML {id}"
    return Row(
        nct_id=number,
        title=text_at(trial, "short_title") or text_at(trial, "long_title"),
        phase=text_at(trial, "phase").replace("_", "/"),
        status=status if shown == status else f"{status} (summary: {shown})",
        status_as_of=_day(trial),
        recruiting="no" if branch.suspended else _recruiting(trial),
        regimens=regimen,
        intervention=short(f"{branch.told or branch.code} ({' + '.join(given) or 'the arm does not name its drugs'})"),
        countries=" | ".join(_countries(trial)),
        sources=source,
        verified="yes",
        note="; ".join(
            filter(None, ["criteria by the CTML file", "the arm is suspended" if branch.suspended else "", doubt])
        ),
    )


# Status and drugs


def _status(trial: Any) -> str:
    """The status that the curating center gives in its summary, as MatchMiner reads it, else the trial's own."""
    summary = dicts_at(trial, "_summary", "status")
    return (text_at(summary[0], "value") if summary else "") or text_at(trial, "status")


def _recruiting(trial: Any) -> str:
    """Whether patients can enter: `yes`, `no`, or empty where the words do not tell.

    A trial that is open while every listed site is closed takes nobody.
    """
    status = _status(trial).lower()
    if status in _UNKNOWN:
        return ""
    sites = [text for text in map(_site_status, dicts_at(trial, "site_list", "site")) if text]
    closed = bool(sites) and not any(text in _OPEN_SITE for text in sites)
    return "yes" if status in _OPEN and not closed else "no"


def _site_status(site: Any) -> str:
    return (text_at(site, "recruitment_status") or text_at(site, "site_status")).lower().replace("_", " ")


def _countries(trial: Any) -> list[str]:
    """The countries of the open sites, of all where none is; a site without a country tells nothing."""
    sites = dicts_at(trial, "site_list", "site")
    still = [site for site in sites if _site_status(site) in _OPEN_SITE]
    return sorted({text_at(site, "org_country") for site in still or sites} - {""})


def _drugs(trial: Any) -> list[str]:
    """The drugs of the trial's list, those joined in one entry taken apart."""
    listed = [text_at(each, "drug_name") for each in dicts_at(trial, "drug_list", "drug")]
    return list(dict.fromkeys(name for entry in listed for name in _TOGETHER.split(entry) if name))


def _given(trial: Any, branch: Branch) -> list[str]:
    """The listed drugs that the arm's own words name, else the only one of the list."""
    drugs = _drugs(trial)
    named = [drug for drug in drugs if re.search(rf"(?<!\w){re.escape(drug)}(?!\w)", branch.words, re.IGNORECASE)]
    return named or (drugs if len(drugs) == 1 else [])


def _regimen(given: list[str], branch: Branch, names: Normalizer) -> tuple[str, str]:
    """The regimen of drugs given together, or none and what stands against it."""
    if not given:
        return "", "the arm does not name its drugs"
    if len(given) > 1 and is_choice(branch.words, given):
        return "", "the arm's drugs are alternatives"
    try:
        return regimen_of([(drug,) for drug in given], names), ""
    except UnknownTerm as error:
        return "", str(error)


def _requirements(trial: Any) -> list[str]:
    """What the file asks in words beside the tree: its first lines, and that there are more."""
    found = texts_at(trial, "prior_treatment_requirements")
    listed = dicts_at(trial, "prior_treatment_requirements", "prior_treatment_requirement")
    found += [text_at(each, "prior_treatment_requirement_name") for each in listed]
    found = [short(text) for text in found if text and not text.endswith(":")]
    shown = found[:_SHOWN]
    more = len(found) - len(shown)
    return [*shown, *([f"{more} more requirements in the CTML file"] if more > 0 else [])]


LOADER = Loader(
    name="ctml",
    title="CTML match trees",
    reads="a file or folder of CTML trials in JSON or YAML",
    licence="as the center that curated them states",
    address="https://matchminer.org",
    load=load,
)
