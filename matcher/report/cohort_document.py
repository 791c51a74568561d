"""The summary of a cohort as a document: who is recommended what, what keeps regimens out, what would change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from matcher.cohort.changes import JURISDICTION, TEST
from matcher.cohort.summary import (
    NONE,
    SHOWN,
    SMALL,
    TOP,
    Block,
    Counted,
    Opened,
    Share,
    Summary,
    Tried,
)
from matcher.cohort.tables import TIERS
from matcher.levels import NAMES
from matcher.readers.reading import counted
from matcher.report.cohort_figures import number_bars, share_bars
from matcher.report.document import Cell, Document, Section, Table
from matcher.report.forms_html import file_text, render
from matcher.report.rows import SHORT_DIGEST

TIER_NAMES = {**{tier: tier for tier in TIERS}, NONE: "nothing recommended"}
"""What a figure and a table call the tiers."""

MOST_BARS = 20
"""Bars of one figure; the table has more."""

CLOSING = (
    "Research use only: a molecular tumor board decides. Counts are of patients unless a heading says otherwise; what "
    "a file does not tell is not filled in."
)

FEW = 4
"""Up to so many inputs are listed open."""

MARK = "†"
"""Stands beside a group so small that its shares say little."""


def cohort_page(found: Summary) -> str:
    """The summary as one HTML page with its figures; it needs no network and no scripts."""
    return render(cohort_document(found)).replace("</style>", f"{file_text('cohort.css')}</style>", 1)


def cohort_document(found: Summary) -> Document:
    """The whole summary; a form that cannot draw leaves the figures out and has their tables."""
    sections = (
        _made_from(found),
        _tumors(found),
        _matched_tumors(found),
        _leading(
            found,
            "Biomarkers",
            found.biomarkers,
            "biomarker",
            "A patient counts once for each biomarker that one of their recommendations rests on, in the best of the "
            "tiers that it has there. Recommendations without a biomarker are not in it.",
        ),
        _leading(
            found,
            "Regimens",
            found.regimens,
            "regimen",
            "A patient counts once for each regimen that is recommended to them, in its tier.",
        ),
        _levels(found),
        _avoided(found),
        _blocks(found),
        _changes(found),
        _coverage(found),
        _items(found),
        _notes(found),
    )
    return Document(f"Cohort {found.name}", tuple(_summary(found)), tuple(_known(found.manifest)), sections, CLOSING)


# --- words -----------------------------------------------------------------------------------------------------------


def share_cells(number: int, of: int) -> tuple[str, str]:
    """A share in percent and its interval, for two columns.

    >>> share_cells(3, 10), share_cells(0, 0)
    (('30.0%', '10.8–60.3%'), ('–', '–'))
    """
    share = Share(number, of)
    if share.share is None or share.interval is None:
        return "–", "–"
    low, high = map(_hundredths, share.interval)
    return f"{_hundredths(share.share)}%", f"{low}–{high}%"


def _hundredths(share: float) -> str:
    """A share in percent, without its sign.

    >>> _hundredths(0.5), _hundredths(1.0), _hundredths(0.9999)
    ('50.0', '100', '100.0')
    """
    return "100" if share == 1 else f"{100 * share:.1f}"


def percent(share: Share) -> str:
    """A share in percent with its interval.

    >>> percent(Share(3, 10)), percent(Share(0, 0))
    ('30.0% (10.8–60.3)', '–')
    """
    if share.share is None or share.interval is None:
        return "–"
    low, high = map(_hundredths, share.interval)
    return f"{_hundredths(share.share)}% ({low}–{high})"


def _with_share(number: int, of: int) -> str:
    return f"{number:,}: {percent(Share(number, of))}" if number else "0"


def _marked(number: int) -> str:
    return f"{number:,} {MARK}" if number < SMALL else f"{number:,}"


def _small(numbers: Iterable[int]) -> tuple[str, ...]:
    """What the mark means, where it stands."""
    few = any(number < SMALL for number in numbers)
    return (f"{MARK} fewer than {SMALL} patients: their shares say little.",) if few else ()


def _first(rows: Sequence[object], what: str) -> tuple[str, ...]:
    return (f"The {TOP} most frequent {what}.",) if len(rows) == TOP else ()


# --- head ------------------------------------------------------------------------------------------------------------


def _summary(found: Summary) -> Iterator[str]:
    if not found.matched:
        yield f"No patient could be matched, of {found.patients:,}."
        return
    tiers, of = found.tiers.tiers, found.matched
    some = of - tiers.get(NONE, 0)
    yield f"{counted(of, 'patient')} matched; something is recommended to {some:,} ({100 * some / of:.1f}%)."
    told = (f"{tier} {tiers.get(tier, 0):,} ({100 * tiers.get(tier, 0) / of:.1f}%)" for tier in TIERS)
    yield f"Best tier reached: {', '.join(told)}; none {tiers.get(NONE, 0):,}."
    matched = of - (found.by_biomarker[0].tiers.get(NONE, 0) if found.by_biomarker else 0)
    yield f"A biomarker carries a recommendation for {matched:,} ({100 * matched / of:.1f}%)."
    yield from _leads(found)
    if found.unreadable:
        yield f"{counted(found.unreadable, 'patient')} could not be read: see below."


def _leads(found: Summary) -> Iterator[str]:
    """What alone keeps most patients' regimens out, and what brought something to most of those it was tried on."""
    if found.tests and found.tests[0].alone_patients:
        first = found.tests[0]
        yield (
            f"Not known, and alone in the way of a regimen, most often: {first.label}, for "
            f"{counted(first.alone_patients, 'patient')}."
        )
    places = [each for each in found.tried if each.kind == JURISDICTION]
    if places:
        told = (
            f"{each.label}: better for {each.better:,}, worse for {each.worse:,} of {each.patients:,}"
            for each in places
        )
        yield f"The best tier in another jurisdiction: {'; '.join(told)}."


_KNOWN = {
    "release": "Graph",
    "kb": "Graph",
    "graph": "Graph",
    "rules": "Rules",
    "as_of": "As of",
    "engine": "Engine",
    "program": "mtb-match",
}
"""What the foot of each page tells of the manifest."""


UNTOLD = ("inputs", "schema", "counts", "files", "form", "piece")
"""What a manifest tells of its files rather than of its answers; inputs and counts are told elsewhere."""


def _known(manifest: Mapping[str, Any]) -> Iterator[str]:
    told = [f"{name}: {said(_short(manifest[key]))}" for key, name in _KNOWN.items() if manifest.get(key)]
    if told:
        yield "; ".join(told)


def _short(value: object) -> object:
    """A value with the first letters of its digest, which the table below has whole."""
    if isinstance(value, Mapping) and "digest" in value:
        return {**value, "digest": str(value["digest"])[:SHORT_DIGEST]}
    return value


def said(value: object) -> str:
    """A value of a manifest as text.

    >>> said({"release": "2026.11", "digest": "sha256:12"}), said(["a.maf", "b.maf"]), said(None)
    ('release 2026.11, digest sha256:12', 'a.maf, b.maf', '–')
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{str(key).replace('_', ' ')} {said(each)}" for key, each in value.items() if each)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(said, value))
    return "–" if value in (None, "") else str(value)


def _made_from(found: Summary) -> Section:
    rows: list[tuple[Cell, ...]] = [("patients matched", f"{found.matched:,}")]
    rows.append(("patients who could not be read", f"{found.unreadable:,}"))
    places = ", ".join(f"{place}: {number:,}" for place, number in found.jurisdictions)
    rows.append(("jurisdiction, and patients of it", places or "–"))
    told = {key: value for key, value in found.manifest.items() if key not in UNTOLD and value}
    rows += [(_KNOWN.get(key, key.replace("_", " ")), said(value)) for key, value in told.items()]
    inner = [_inputs(found.manifest["inputs"])] if found.manifest.get("inputs") else []
    if found.unreadable:
        inner.append(_unread(found))
    return Section("What was matched", (), Table(("what", "value"), tuple(rows)), sections=tuple(inner))


def _inputs(inputs: object) -> Section:
    told = inputs if isinstance(inputs, Mapping) else {"paths": inputs}
    paths = told.get("paths") or ()
    every = paths if isinstance(paths, (list, tuple)) else [paths]
    others = [f"{key}: {said(value)}" for key, value in told.items() if key != "paths" and value]
    return Section(f"Inputs ({len(every):,})", (*map(said, every[:SHOWN]), *others), folded=len(every) > FEW)


def _unread(found: Summary) -> Section:
    lines = [f"{counted(number, 'patient')}: {reason}" for reason, number in found.reasons]
    if found.unreadable > len(found.unread):
        lines.append(
            f"The first {len(found.unread)} of {found.unreadable:,}; the table patients beside the output has them all."
        )
    rows = tuple((each.patient, each.source, each.reason, each.remedy) for each in found.unread)
    table = Table(("patient", "file", "why", "what to do"), rows)
    return Section("Could not be read", tuple(lines), table, folded=len(rows) > TOP)


# --- who is recommended what -----------------------------------------------------------------------------------------


def _tumors(found: Summary) -> Section:
    told = (
        "The best tier that a patient reaches with any recommendation, with or without a biomarker, by OncoTree type."
    )
    return _by_tumor("Tiers by tumor type", told, (Counted("all", found.tiers.tiers), *found.tumors), TIER_NAMES[NONE])


def _matched_tumors(found: Summary) -> Section:
    told = "The best tier that a patient reaches with a recommendation that rests on a biomarker, by tumor type."
    return _by_tumor("Matched by a biomarker", told, found.by_biomarker, "nothing by a biomarker")


def _by_tumor(heading: str, told: str, shown: Sequence[Counted], without: str) -> Section:
    """A section of patients by tier, the first row for all of them."""
    kinds = {**{tier: TIER_NAMES[tier] for tier in TIERS}, NONE: without}
    bars = [(f"{each.name} {MARK}" if each.patients < SMALL else each.name, each.tiers) for each in shown]
    more = len(shown) - 1 - MOST_BARS
    caption = "Share of patients by best tier." + (
        f" The {MOST_BARS} most frequent tumor types; the table has {more} more." if more > 0 else ""
    )
    rows = tuple(_tumor_row(each) for each in shown)
    table = Table(("tumor type", "patients", *kinds.values()), rows)
    inner = Section("In numbers", ("Share of the patients of the row, with Wilson's 95% interval.",), table)
    lines = (told, *_small(each.patients for each in shown))
    figure = share_bars(heading, bars[: MOST_BARS + 1], kinds, "patients") if rows and shown[0].patients else ""
    return Section(heading, lines, figure=figure, caption=caption, sections=(inner,))


def _tumor_row(each: Counted) -> tuple[Cell, ...]:
    of = each.patients
    return (each.name, _marked(of), *(_with_share(each.tiers.get(tier, 0), of) for tier in (*TIERS, NONE)))


def _leading(found: Summary, heading: str, rows: Sequence[Counted], what: str, told: str) -> Section:
    kinds = {tier: TIER_NAMES[tier] for tier in TIERS}
    lines = (told, *_first(rows, f"{what}s"))
    if not rows:
        return Section(heading, ("No recommendation has one.",))
    bars = [(each.name, each.tiers) for each in rows[:MOST_BARS]]
    figure = number_bars(f"{heading} by tier", bars, kinds, "patients", found.matched)
    cells = tuple(
        (
            each.name,
            f"{each.patients:,}",
            *share_cells(each.patients, found.matched),
            *(f"{each.tiers.get(tier, 0):,}" for tier in TIERS),
        )
        for each in rows
    )
    table = Table((what, "patients", "of all matched", "95% interval", *TIERS), cells)
    caption = f"Patients with the {what} among their recommendations; beside each bar the share of all matched."
    return Section(
        heading, lines, figure=figure, caption=caption, sections=(Section("In numbers", (), table, folded=True),)
    )


def _levels(found: Summary) -> Section:
    inner = []
    for framework, name in NAMES.items():
        grades = [each for each in found.grades if each.framework == framework]
        if not grades:
            continue
        rows = tuple(
            (each.grade, f"{each.patients:,}", *share_cells(each.patients, found.matched), f"{each.recommendations:,}")
            for each in grades
        )
        bars = [(each.grade, {"one": each.patients}) for each in grades]
        figure = number_bars(f"Patients by {name} grade", bars, {"one": ""}, "patients", found.matched)
        table = Table(("grade", "patients", "of all matched", "95% interval", "recommendations"), rows)
        caption = f"Patients with a recommendation of each {name} grade; a patient may have several."
        inner.append(
            Section(name, figure=figure, caption=caption, sections=(Section("In numbers", (), table, folded=True),))
        )
    lines = (
        "How well recommendations are backed, in each framework. A patient counts once for each grade that one of "
        "their recommendations has, so shares do not add up to 100%.",
    )
    return Section("Evidence levels", lines if inner else ("No recommendation has a level.",), sections=tuple(inner))


def _avoided(found: Summary) -> Section:
    if not found.avoided:
        return Section("To be avoided", ("Nothing speaks against a regimen of a patient here.",))
    rows = tuple(
        (each.regimen, each.because, f"{each.patients:,}", *share_cells(each.patients, found.matched))
        for each in found.avoided
    )
    lines = (
        f"{counted(found.with_avoided, 'patient')} ({_plain_percent(found.with_avoided, found.matched)}) should not be "
        "given at least one regimen that the graph knows: evidence against it, or a contraindication.",
        *_first(found.avoided, "regimens"),
    )
    return Section(
        "To be avoided", lines, Table(("regimen", "because of", "patients", "of all matched", "95% interval"), rows)
    )


def _plain_percent(number: int, of: int) -> str:
    return f"{100 * number / of:.1f}%" if of else "–"


# --- what keeps regimens out -----------------------------------------------------------------------------------------

OBSTACLES = {
    "biomarker: undetermined": "biomarker not known",
    "biomarker: fail": "biomarker absent",
    "mutation-class: undetermined": "mutation of a class of its own",
    "tumor-type: undetermined": "diagnosis too general",
    "tumor-type: fail": "tumor type excluded",
    "label-exclusion: fail": "a label excludes the tumor type",
    "transfer: fail": "nothing carries it to this tumor type",
    "approval: fail": "approval not in force",
    "approval: undetermined": "day of the approval not known",
    "jurisdiction: fail": "label of another jurisdiction",
    "access: fail": "approved nowhere",
    "trial-status: fail": "trial does not recruit",
    "trial-status: undetermined": "whether the trial recruits is not known",
    "country: fail": "trial recruits elsewhere",
    "regimen: fail": "a class of drugs, none is named",
    "eligibility: fail": "the trial's criteria are not met",
    "setting: fail": "for another disease state",
    "line: fail": "for another line of therapy",
    "prior-therapy: fail": "asks for another treatment history",
    "washout: fail": "too soon after a therapy",
    "condition: fail": "a condition is not met",
    "resistance: fail": "evidence against it",
    "partner: fail": "evidence against a part of it",
    "prior-toxicity: fail": "earlier toxicity",
    "contraindication: fail": "contraindicated",
    "co-medication: fail": "co-medication",
    "organ-function: fail": "organ function",
    "performance-status: fail": "performance status",
    "age: fail": "age",
    "sex: fail": "sex",
}
"""What keeps an option out, by criterion and verdict; those of a site's own rules are told by their names."""

ITEMS_AGAINST = ("resistance", "partner")
"""The criteria that are about an evidence item."""


def obstacle(block: Block) -> str:
    """What keeps an option out in a reader's words.

    >>> obstacle(Block("access", "fail", "", 1, 1, 0, 0)), obstacle(Block("frailty", "fail", "", 1, 1, 0, 0))
    ('approved nowhere', 'frailty not met')
    """
    word = {"fail": "not met", "undetermined": "not known"}.get(block.verdict, block.verdict)
    return OBSTACLES.get(f"{block.criterion}: {block.verdict}", f"{block.criterion.replace('-', ' ')} {word}")


def _blocks(found: Summary) -> Section:
    if not found.criteria:
        return Section("What keeps regimens out", ("Nothing that was considered was kept out.",))
    lines = (
        f"For {counted(found.with_blocks, 'patient')} an option was considered that is not recommended. An option is "
        "a regimen on the ground of one label, evidence item or trial; where one does not hold, another may.",
        "“Only this” counts regimens that are not recommended on any ground, and that nothing else keeps out which was "
        "looked at. It does not say that they would be recommended. Of an absent biomarker, and of an open one on "
        "another jurisdiction's label, it says nothing: the rest is not looked at then. What was proved by matching "
        "again stands under What would change it.",
    )
    bars = [(obstacle(each), _alone_parts(each)) for each in found.criteria[:MOST_BARS]]
    kinds = {"alone": "patients with a regimen that only this keeps out", "other": "other patients"}
    figure = number_bars("What keeps options out", bars, kinds, "patients", found.matched)
    headings = ("options", "patients", "of all matched", "95% interval", "regimens: only this", "patients: only this")
    totals = tuple((obstacle(each), *_block_row(each, found.matched)) for each in found.criteria)
    abouts = tuple((obstacle(each), _about(each), *_block_row(each, found.matched)) for each in found.obstacles)
    inner = (
        Section("In numbers", (), Table(("what keeps it out", *headings), totals), folded=True),
        Section(
            "By what it is about",
            _first(found.obstacles, "obstacles"),
            Table(("what keeps it out", "about", *headings), abouts),
        ),
    )
    caption = "Patients with an option that this keeps out; beside each bar the share of all matched."
    return Section("What keeps regimens out", lines, figure=figure, caption=caption, sections=inner)


def _about(block: Block) -> str:
    """What an obstacle is about, in a reader's words."""
    if block.criterion == "line":
        return f"line {block.label}"
    return f"evidence item {block.label}" if block.criterion in ITEMS_AGAINST else block.label


def _alone_parts(block: Block) -> dict[str, int]:
    return {"alone": block.alone_patients, "other": block.patients - block.alone_patients}


def _block_row(block: Block, of: int) -> tuple[Cell, ...]:
    shown = (f"{block.options:,}", f"{block.patients:,}", *share_cells(block.patients, of))
    is_absent = (block.criterion, block.verdict) == ("biomarker", "fail")
    alone = ("–", "–") if is_absent else (f"{block.alone_regimens:,}", f"{block.alone_patients:,}")
    return (*shown, *alone)


# --- what would change it --------------------------------------------------------------------------------------------

NOT_TRIED = (
    "No other jurisdiction and no result of a test was tried in this run, so nothing is said of what they would open."
)


def _changes(found: Summary) -> Section:
    inner = [
        *_of_kind(found, TEST, "Results of tests", _OF_TESTS),
        *_of_kind(found, JURISDICTION, "Other jurisdictions", _OF_PLACES),
        _untested(found),
    ]
    return Section("What would change it", () if found.tried else (NOT_TRIED,), sections=tuple(inner))


_OF_TESTS = (
    "Each result was stated for every patient of whom the biomarker alone keeps an option back, and the patient "
    "matched again by the same rules: this is what would be recommended if the result were so. How many would have it "
    "is not known. A result can also close what is recommended now."
)

_OF_PLACES = (
    "Every patient of another jurisdiction was matched again as a patient of this one, with its approvals and the "
    "trials in its reach."
)


def _untested(found: Summary) -> Section:
    tests = [each for each in found.tests if each.alone_patients]
    heading = "Biomarkers that are not known and alone keep a regimen back"
    if not tests:
        return Section(heading, ("There is none.",))
    rows = tuple(
        (each.label, f"{each.alone_patients:,}", *share_cells(each.alone_patients, found.matched),
         f"{each.alone_regimens:,}")
        for each in tests
    )  # fmt: skip
    lines = (
        "Not tested, or with a result that does not settle it; nothing else that was looked at keeps the regimen out, "
        "and it is not recommended on another ground.",
        "Each patient counts with each such regimen in the last column.",
        *_first(found.tests, "biomarkers"),
    )
    table = Table(("biomarker", "patients", "of all matched", "95% interval", "regimens, summed"), rows)
    return Section(heading, lines, table)


def _of_kind(found: Summary, kind: str, heading: str, told: str) -> Iterator[Section]:
    tried = [each for each in found.tried if each.kind == kind]
    if not tried:
        return
    kinds = {tier: f"newly {TIER_NAMES[tier]}" for tier in TIERS}
    bars = [(each.label, each.opened) for each in tried]
    figure = number_bars(heading, bars, kinds, "patients with a regimen that is newly recommended")
    what = "jurisdiction" if kind == JURISDICTION else "biomarker"
    headings = (
        *(what, "patients tried", "something newly recommended", "better best tier", "worse best tier"),
        *("some regimen in a better tier", "in a worse one", "some regimen no longer recommended"),
        *("most often newly recommended", "stated"),
    )
    caption = "Patients with a newly recommended regimen, by the best tier in which one is."
    table = Table(headings, tuple(_tried_row(each) for each in tried))
    inner = Section("In numbers", _small(each.patients for each in tried), table)
    yield Section(heading, (told,), figure=figure, caption=caption, sections=(inner,))


def _tried_row(each: Tried) -> tuple[Cell, ...]:
    opened = sum(each.opened.values())
    return (
        *(each.label, _marked(each.patients), _with_share(opened, each.patients)),
        *(f"{number:,}" for number in (each.better, each.worse, each.raised, each.lowered, each.closed)),
        *("; ".join(map(_opened, each.regimens)) or "–", each.edits),
    )


def _opened(each: Opened) -> str:
    return f"{each.regimen} ({each.tier}, {each.patients:,})"


def _coverage(found: Summary) -> Section:
    paid, heading = found.coverage, "What the plan pays"
    if not paid.insured:
        return Section(heading, ("The graph knows no plan of these patients, so it does not say what is paid.",))
    lines = (
        "The plan is the NRDL, for the patients of China whose file names it or no other. Who pays decides no tier, "
        "only the order of equals: another coverage would open and close nothing here, it would change what is paid.",
        f"{counted(paid.insured, 'patient')} with recommendations are insured by it. For {paid.on_label:,} something "
        f"is on-label, and for {paid.unpaid:,} of these ({_plain_percent(paid.unpaid, paid.on_label)}) the plan is not "
        "known to pay for any of it.",
    )
    if not paid.regimens:
        return Section(heading, lines)
    parts = [
        (
            each.regimen,
            {"on-label": each.listed, "off-label": each.not_listed + each.for_other_use, NONE: each.not_known},
        )
        for each in paid.regimens
    ]
    kinds = {"on-label": "listed for this", "off-label": "not listed for this", NONE: "not known"}
    figure = number_bars("On-label regimens by what the plan lists", parts[:MOST_BARS], kinds, "insured patients")
    rows = tuple((each.regimen, *(f"{number:,}" for number in (each.patients, *each[1:]))) for each in paid.regimens)
    headings = (
        "regimen, on-label",
        "insured patients",
        "listed for this",
        "not listed",
        "for another use",
        "not known",
    )
    inner = Section("In numbers", _first(paid.regimens, "regimens"), Table(headings, rows), folded=True)
    caption = "Insured patients to whom a regimen is recommended on-label, by whether the plan lists all its drugs."
    return Section(heading, lines, figure=figure, caption=caption, sections=(inner,))


# --- the rest --------------------------------------------------------------------------------------------------------


def _items(found: Summary) -> Section:
    rows = tuple(
        (each.item, f"{each.patients:,}", *share_cells(each.patients, found.matched), f"{each.recommendations:,}")
        for each in found.items
    )
    lines = ("Labels, evidence items and trials that recommendations rest on.", *_first(found.items, "items"))
    table = Table(("item", "patients", "of all matched", "95% interval", "recommendations"), rows)
    return Section("Items most used", lines, table, folded=True)


def _notes(found: Summary) -> Section:
    rows = tuple((each.severity, each.kind, f"{each.notes:,}", f"{each.patients:,}") for each in found.notes)
    lines = ("What was said of patients and files; … stands for names and numbers.", *_first(found.notes, "kinds"))
    return Section("Notes", lines, Table(("kind", "note", "notes", "patients"), rows), folded=True)
