"""What a curator's description tells of a study: its kind, phase, comparator, endpoints and size.

A description is free text, so only what is said in words that leave no doubt is read; everything else stays unknown.
How often that is right is measured on descriptions that were read by hand (docs/kb-model.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kb.loaders import study_words as words
from kb.statements import Row

READ_BY_PROGRAM = "read by program from CIViC's description"


@dataclass(frozen=True, slots=True)
class StudyText:
    """The facts read from one description; None and empty where it does not tell. See `kb.evidence.Design`."""

    kind: str | None = None
    phase: str | None = None
    stratified: bool | None = None
    comparator: str | None = None
    endpoints: tuple[str, ...] = ()
    reported: tuple[str, ...] = ()
    size: int | None = None

    @property
    def tells_something(self) -> bool:
        """Whether any fact was read."""
        return self != StudyText()

    def row(self, item: str, sources: str, verified: str = "partly", note: str = READ_BY_PROGRAM) -> Row:
        """The same as a row of the table of designs."""
        flag = {None: "", True: "yes", False: "no"}[self.stratified]
        return Row(
            item=item,
            kind=self.kind or "",
            phase=self.phase or "",
            stratified=flag,
            comparator=self.comparator or "",
            endpoints=" | ".join(self.endpoints),
            reported=" | ".join(self.reported),
            size="" if self.size is None else str(self.size),
            mcbs="",
            pivotal_for="",
            sources=sources,
            verified=verified,
            note=note,
        )


_TRIALS = frozenset({"randomized trial", "basket trial", "prospective trial"})
_PRECLINICAL_LEVEL = "D"


def read_study(text: str, level: str, for_sensitivity: bool) -> StudyText:
    """What the description of an item of this CIViC level tells; endpoints improve only where it is for sensitivity.

    >>> study = read_study("In a phase II single-arm trial, 42 patients with BRAF V600E melanoma ...", "B", True)
    >>> study.kind, study.phase, study.comparator, study.size
    ('prospective trial', '2', 'none', 42)
    """
    if level == _PRECLINICAL_LEVEL:
        return StudyText(kind=_preclinical(text))
    phase = _phase(text)
    kind = _kind(text, phase, level)
    if kind is None and not words.PATIENTS.search(text):
        return StudyText(kind=_preclinical(text))
    if kind in {"case report", "case series"}:
        return StudyText(kind=kind, size=1 if kind == "case report" else _size(text))
    reported = _reported(text)
    negative = any(words.NEGATIVE.search(part) and words.AGAINST.search(part) for part in _sentences(text))
    is_study = kind is not None or bool(reported) or bool(words.COHORT.search(text))
    comparator = _comparator(text, kind, negative and is_study)
    associated = bool(words.ASSOCIATED.search(text))
    compared = comparator not in {None, "none"} or kind == "randomized trial" or associated
    improved = _improved(text) if for_sensitivity and compared else set()
    return StudyText(
        kind=kind,
        phase=phase,
        stratified=_stratified(text, negative) if is_study else None,
        comparator=comparator,
        endpoints=tuple(sorted(improved)),
        reported=tuple(sorted(reported)),
        # Where carriers are compared with others, the one number that is told is not theirs.
        size=None if comparator == "alteration-negative" or kind == "meta-analysis" or associated else _size(text),
    )


def _preclinical(text: str) -> str | None:
    """What weighs more where a text has several: an animal, then cells, then a computation."""
    kinds = (("in vivo", words.VIVO), ("in vitro", words.VITRO), ("in silico", words.SILICO))
    return next((kind for kind, pattern in kinds if pattern.search(text)), None)


def _kind(text: str, phase: str | None, level: str) -> str | None:
    randomized = _is_randomized(text, phase)
    if level == "C" and _is_case(text):
        return _case_kind(text)
    if words.META.search(text):
        return _trial_kind(text) if words.POOLED_TRIALS.search(text) and not randomized else "meta-analysis"
    if words.RETROSPECTIVE.search(text):
        return "retrospective cohort"
    if randomized:
        return "randomized trial"
    if words.CASE_CONTROL.search(text):
        return "case-control"
    if phase != "3" and (phase is not None or (words.TRIAL.search(text) and not words.TRIAL_OF_OTHERS.search(text))):
        return _trial_kind(text)
    if words.PROSPECTIVE.search(text):
        return "prospective cohort"
    return _case_kind(text) if level == "C" else None


def _is_randomized(text: str, phase: str | None) -> bool:
    """Said to be, or a phase 3 trial of groups that are compared."""
    stated = any(words.RANDOMIZED.search(part) and not words.VIVO.search(part) for part in _sentences(text))
    if words.NOT_RANDOMIZED.search(text):
        return False
    return stated or (phase == "3" and bool(words.COMPARED.search(text)))


def _trial_kind(text: str) -> str:
    """A trial that is not randomized, in one tumor type or across several."""
    across = words.BASKET.search(text) or words.SOLID_TUMORS.search(text)
    return "basket trial" if across else "prospective trial"


def _is_case(text: str) -> bool:
    """Whether a text of single cases tells of one patient, though of a larger study."""
    return bool(words.ONE_OF_MANY.search(text)) or not words.COHORT.search(text)


def _case_kind(text: str) -> str | None:
    sizes = {_count(found[1]) for found in words.PEOPLE.finditer(text)} - {1}
    if words.CASE_SERIES.search(text) or (sizes and max(sizes) <= 12 and not words.ONE_OF_MANY.search(text)):
        return "case series"
    return "case report" if words.CASE_REPORT.search(text) or words.ONE_OF_MANY.search(text) else None


def _phase(text: str) -> str | None:
    """The one phase that is told (`1/2` when two are told together); None when several studies have different ones."""
    found = set()
    for one, _, other in (match.groups() for match in words.PHASE.finditer(text)):
        phases = sorted({words.NUMBER[each.upper()] for each in (one, other) if each})
        found.add("/".join(phases))
    phase = found.pop() if len(found) == 1 else None
    return phase if phase in {"1", "1/2", "2", "2/3", "3", "4"} else None


def _stratified(text: str, negative: bool) -> bool | None:
    if negative or words.SELECTED.search(text) or words.ASSOCIATED.search(text):
        return True
    return False if words.UNSELECTED.search(text) else None


def _comparator(text: str, kind: str | None, negative: bool) -> str | None:
    if kind == "randomized trial" or (kind == "retrospective cohort" and _is_randomized(text, _phase(text))):
        return next((name for name, pattern in words.CONTROLS if pattern.search(text)), None)
    if words.HISTORICAL.search(text):
        return "historical"
    if negative:
        return "alteration-negative"
    if kind not in _TRIALS:
        return None
    if words.OTHER_DOSE.search(text):
        return "other dose"
    is_alone = words.SINGLE_ARM.search(text) or not (words.CONTROLLED.search(text) or words.ASSOCIATED.search(text))
    return "none" if is_alone else None


def _sentences(text: str) -> Iterator[str]:
    """The sentences and what semicolons divide; those in brackets divide nothing."""
    whole = words.IN_BRACKETS.sub(lambda found: found[0].replace(";", ","), text)
    yield from words.SENTENCE.split(whole)


def _reported(text: str) -> set[str]:
    return {name for name, pattern in words.ENDPOINTS.items() if pattern.search(text)}


def _improved(text: str) -> set[str]:
    """The endpoints that a clause tells to be better, with no word against it and no ratio that refutes it."""
    found: dict[str, list[bool]] = {}
    for sentence in _sentences(text):
        for clause in words.CLAUSE.split(sentence):
            for name, part in _parts(clause):
                ratio = _by_ratio(part)
                if ratio is False and words.NEGATIVE.search(clause):
                    continue  # no benefit without the biomarker is what a predictive one looks like
                better = _is_better(clause) if ratio is None else ratio
                if better or ratio is not None:
                    found.setdefault(name, []).append(better)
    return {name for name, said in found.items() if all(said)}


def _is_better(clause: str) -> bool:
    for_it = words.BETTER.search(clause) or words.SIGNIFICANT.search(clause)
    return bool(for_it) and not (words.WORSE.search(clause) or words.INSIGNIFICANT.search(clause))


def _parts(clause: str) -> Iterator[tuple[str, str]]:
    """Each endpoint with the words from it to the next other one."""
    endpoints = words.ENDPOINTS.items()
    starts = sorted((match.start(), name) for name, pattern in endpoints for match in pattern.finditer(clause))
    for place, (start, name) in enumerate(starts):
        end = next((other for other, named in starts[place + 1 :] if named != name), len(clause))
        yield name, clause[start:end]


def _by_ratio(part: str) -> bool | None:
    """Whether the ratios that are told speak of an improvement; None when none is told with its interval or p-value."""
    said = []
    for ratio in words.RATIO.finditer(part):
        if ratio[3]:
            said.append(float(ratio[3].replace("·", ".")) < 1)
        elif float(ratio[1].replace("·", ".")) < 1 and words.SIGNIFICANT.search(part):
            said.append(True)
    return all(said) if said else None


def _size(text: str) -> int | None:
    """The number of patients where the text tells one number alone, whole or as the sum of its groups."""
    sizes = {_count(match[1]) for match in words.PEOPLE.finditer(text)}
    if len(sizes) != 1:
        return None
    (size,) = sizes
    parts = [int(number) for match in words.PART.finditer(text) for number in match.groups() if number]
    return size if all(part == size for part in parts) or sum(parts) == size else None


def _count(word: str) -> int:
    return words.HOW_MANY.get(word.lower()) or int(word.replace(",", ""))
