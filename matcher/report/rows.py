"""The answer as rows of short texts in its language: what the table, TSV, Markdown and HTML forms share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from matcher.advice import foremost
from matcher.criteria import RULED_OUT
from matcher.curated import considered, curation_line, item_name, rests_on_submitted
from matcher.explain import ASKED, Step
from matcher.functional import Only, Read, functional_only, results_of, said_of
from matcher.names import regimen_name, tumor_codes, tumor_label
from matcher.phrases import in_language, joined, say
from matcher.recommend import Answer, Avoided, Conflict, Finding, Option, Recommendation, Side, finding_fact, wording_of

if TYPE_CHECKING:
    from matcher.case import Matched
    from matcher.decisions import Placed, Weighed
    from rules.wording import Wording

HEADINGS = ("rank", "tier", "regimen", "biomarker", "tumor", "levels", "source", "to note", "open in levels")
AVOIDED = ("regimen", "because", "biomarker", "evidence", "levels")
CONFLICTS = ("regimen", "for", "against", "what decided", "outcome")
NEAR = ("regimen", "statement", "in the way")
DECISIONS = ("date", "was recommended", "was chosen", "decision", "reason")
ORGANOIDS = ("tested", "lesion", "result date", "inhibition", "organoid verdict", "what became of it")
"""The columns of the tables, by their phrases."""

SHOWN_NEAR = 8
"""So many regimens that something would still bring in are named; the others are counted."""


class RecommendationRow(NamedTuple):
    """One recommendation as texts, in the order of HEADINGS."""

    rank: str
    tier: str
    regimen: str
    biomarker: str
    tumor: str
    levels: str
    source: str
    to_note: str
    open_levels: str


SHORT_DIGEST = 19
"""How much of a digest a reader is shown: `sha256:` and twelve digits."""

NAMED_AGAINST = 3
"""At most this many items against a regimen are named beside it; the list of conflicts has all."""

_NAMED = 2
"""So many contraindications to rule out are named in a row, and so many items of local evidence; tables have all."""

UNSOURCED = "general knowledge, unverified"
"""What the graph names as source where it has none."""

_TOLD = frozenset({"biomarker-test", "source", "trial-status", "evidence"})
"""Criteria whose warnings are told in the rule's own words."""

_OF_FOCI = ("heterogeneity", "clonality")
"""Criteria whose warnings name the biomarkers that differ between samples, or within one."""

_RESISTANCE_OF_FOCI = frozenset({"resistance-in-some-foci", "resistance-of-a-part-in-some-foci"})
"""The rules whose warning is of resistance in part of the disease."""

_OF_UNREAD = frozenset({"re-exposure", "prior-toxicity"})
"""Criteria that are open only where a drug of the history could not be read, which a finding is about."""

_WEIGHED = (
    "label-biomarker", "re-exposure", "resistance-history", "prior-toxicity", "contraindication", "organ-function",
    "co-medication", "preference",
)  # fmt: skip
"""Criteria whose warnings are told by what they are about, in this order."""


def patient_line(matched: Matched, wording: Wording) -> str:
    """Who was asked about, where and when, in the language of the wording."""
    query = matched.query
    return say(
        "report",
        "patient",
        wording.lang,
        id=matched.patient.id,
        tumor=in_language(tumor_label(query.tumor), wording.lang),
        code=query.tumor.code,
        jurisdiction=wording.value("patient", "jurisdiction", query.jurisdiction),
        as_of=query.as_of,
    )


def known_line(matched: Matched, lang: str) -> str:
    """What was known: the release and the rules, by the first letters of their digests, and what curators added."""
    knowledge = matched.knowledge
    kb, rules = knowledge.digest[:SHORT_DIGEST], matched.rules.digest[:SHORT_DIGEST]
    known = say("report", "known", lang, release=knowledge.release, kb=kb, rules=rules)
    curated = curation_line(knowledge, lang, considered(matched))
    return say("curation", "beside", lang, known=known, curated=curated) if curated else known


class Part(NamedTuple):
    """A part that only some answers have: a table under its title, and what is told with it.

    `listed` are the lines of a list, `remark` says how to read the table, and `said` are sentences of their own.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    listed: tuple[str, ...] = ()
    remark: str = ""
    said: tuple[str, ...] = ()


class Rows:
    """The rows of one answer, in its language."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.lang = answer, answer.lang
        self._wording = wording_of(answer)

    def say(self, key: str, **values: str | int) -> str:
        """A phrase of the report."""
        return say("report", key, self.lang, **values)

    def headings(self, keys: Iterable[str]) -> tuple[str, ...]:
        """The headings of a table."""
        return tuple(map(self.say, keys))

    def _part(
        self,
        title: str,
        columns: Iterable[str],
        rows: Iterable[tuple[str, ...]],
        remark: str = "",
        said: tuple[str, ...] = (),
    ) -> Part | None:
        """A part by the phrases of its title and columns; None without rows."""
        every = tuple(rows)
        return Part(self.say(title), self.headings(columns), every, remark=remark, said=said) if every else None

    @property
    def title(self) -> str:
        """Who was asked about, where and when."""
        return patient_line(self.answer.matched, self._wording)

    @property
    def known(self) -> str:
        """What was known: the releases by their digests."""
        return known_line(self.answer.matched, self.lang)

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes on the input, each with how much it matters."""
        return tuple(
            self.say("note", severity=self.say(each.severity.value), note=str(each)) for each in self.answer.notes
        )

    @property
    def advice(self) -> tuple[str, ...]:
        """What the course asks for beside therapies, the newest cause of each topic."""
        return tuple(each.message for each in foremost(self.answer.advice))

    # Recommendations

    def recommendation(self, each: Recommendation) -> RecommendationRow:
        """The cells of one recommendation."""
        option = each.option
        marks = [flag for flag in option.flags if flag not in ASKED]
        tiers = [self.tier(option.tier or ""), *(self._wording.value("flag", "mark", mark) for mark in marks)]
        return RecommendationRow(
            str(each.rank),
            " / ".join(tiers),
            self.regimen(option.regimen),
            self._biomarker(option),
            self._tumor(each),
            self._list(option.graded.texts) or "-",
            self.source_of(each),
            self.sentences(self._to_note(each)),
            self.sentences(option.graded.open_texts),
        )

    def tier(self, tier: str) -> str:
        """A tier as the answer calls it."""
        return self._wording.value("recommendation", "tier", tier)

    def verdict(self, verdict: str) -> str:
        """A verdict in one word."""
        return self._wording.phrasing.words("", "verdict").get(verdict, verdict)

    def rule(self, step: Step) -> str:
        """The rule behind a step, and whose it is when it is not the library's."""
        named = self.say("rule", rule=step.rule or "")
        return f"{named} [{step.origin}]" if step.origin else named

    def regimen(self, regimen: tuple[str, ...]) -> str:
        """A regimen by the names of its drugs."""
        return self._in(regimen_name(regimen, self.answer.matched.knowledge))

    def _biomarker(self, option: Option) -> str:
        status = option.item.status
        biomarker = self._in(status.label) if status is not None else self.say("none required")
        closeness = option.variant_closeness
        return (
            self.say("with closeness", biomarker=biomarker, closeness=self.say(closeness)) if closeness else biomarker
        )

    def _tumor(self, each: Recommendation) -> str:
        item = each.option.item
        tumors = self._in(tumor_codes(item.record.tumor_types, self.answer.matched.knowledge))
        return self.say("tumor of", relation=self.say(item.relation), tumors=tumors)

    def source_of(self, each: Recommendation) -> str:
        """The source that a board would open first, by the item's id and the source's short name."""
        record = each.option.item.record
        label = record.sources[0].label if record.sources else self.say("no source")
        if label == UNSOURCED:
            label = self.say("general knowledge")
        return f"{self.item_name(record.id)}: {label.split(' (')[0]}"

    def item_name(self, id: str) -> str:
        """An item's id, with its state where it counts although nobody accepted it."""
        return item_name(id, self.answer.matched.knowledge, self.lang)

    def _to_note(self, each: Recommendation) -> list[str]:
        """Warnings, what is to confirm, and reimbursement, each told once and shortly; the proof tells them in full."""
        findings = each.option.findings
        warned = [finding for finding in findings if finding.verdict == "warn"]
        resisting = {finding: self._resistance_of_foci(each.option, finding) for finding in warned}
        unaccepted = rests_on_submitted(self.answer.matched, each.option, self.lang)
        texts = [text for text in (unaccepted, *resisting.values()) if text]
        texts += [finding.message for finding in warned if finding.criterion in _TOLD]
        for criterion in _OF_FOCI:
            uneven = [each.about for each in warned if each.criterion == criterion and not resisting[each]]
            named = dict.fromkeys(self._wording.label("about", each) for each in uneven)
            texts += [self.say(criterion, about=self._list(named))] if named else []
        for criterion in _WEIGHED:
            about = self._about(finding for finding in warned if finding.criterion == criterion)
            texts += [self.say(criterion, about=self._list(about))] if about else []
        texts += self._conflicts_of(each.option)
        texts += self.functional(each.option)
        if any(finding.criterion == "approval" for finding in warned):
            texts.append(self.say("approval date"))
        return list(dict.fromkeys((*texts, *self._open(findings), *self._reimbursed(each), *self._local_beside(each))))

    def _resistance_of_foci(self, option: Option, finding: Finding) -> str:
        """Resistance that some foci have and others have not, with its foci; empty for any other warning.

        It may be all that keeps a board from an option, so it is told in full and first.
        """
        if finding.criterion != "heterogeneity":
            return ""
        ways = self.answer.matched.derivations.derived[finding_fact(option.id, finding)]
        against = next((way for way in ways if way.rule in _RESISTANCE_OF_FOCI), None)
        return self._wording.signed(against) if against is not None else ""

    def _local_beside(self, each: Recommendation) -> list[str]:
        """The site's local evidence for it, shortly."""
        if not each.local:
            return []
        from matcher.report.local import brief

        return [brief(shown, self.lang) for shown in each.local[:_NAMED]]

    def _open(self, findings: Iterable[Finding]) -> list[str]:
        """What is to be confirmed, what is to be ruled out, and the drugs of which no caution is known."""
        open_ones = [each for each in findings if each.verdict == "undetermined"]
        apart = {*RULED_OUT, "reimbursement", "caution-data"}
        texts: list[str] = []
        asked = list(dict.fromkeys(self._short(each) for each in open_ones if each.criterion not in apart))
        if asked:
            texts.append(self.say("confirm", about=self._list(asked)))
        ruled_out = self._about(each for each in open_ones if each.criterion in RULED_OUT)
        if ruled_out:
            texts.append(self.say("rule out", about=self._first(ruled_out, _NAMED)))
        unknown = self._about(each for each in open_ones if each.criterion == "caution-data")
        if unknown:
            texts.append(self.say("no cautions", about=self._list(unknown)))
        return texts

    def _reimbursed(self, each: Recommendation) -> list[str]:
        listed = each.access.reimbursed
        if listed is not None:
            told = self.say("listed" if listed else "not listed")
            return [self.say("unverified", text=told) if each.access.note else told]
        findings = (each for each in each.option.findings if each.verdict == "warn")
        elsewhere = [self._named(each) for each in findings if each.criterion == "reimbursement"]
        return [self.say("listed elsewhere", about=self._list(elsewhere))] if elsewhere else []

    def _short(self, finding: Finding) -> str:
        """What is to be confirmed, in a few words."""
        if finding.criterion == "line":
            return self.say("line", line=self._named(finding))
        if finding.criterion == "setting":
            state = finding.about if self.lang == "en" else self._wording.value("stage", "state", finding.about)
            return self.say("disease", state=state)
        if finding.criterion in _OF_UNREAD:
            return self.say("unread", drug=finding.about)
        return self._named(finding)

    def _about(self, findings: Iterable[Finding]) -> list[str]:
        return list(dict.fromkeys(map(self._named, findings)))

    def _named(self, finding: Finding) -> str:
        """What a finding is about; English has it as the rules do."""
        return finding.about if self.lang == "en" else self._wording.value("finding", "about", finding.about)

    # Conflicts and what to avoid

    def _conflicts_of(self, option: Option) -> list[str]:
        """What speaks against the option, shortly, one text for each decision."""
        by_decision: dict[str, list[str]] = {}
        for each in option.conflicts:
            named = f"{self.item_name(each.against.item.id)} ({each.against.level})"
            by_decision.setdefault(each.decided, []).append(named)
        return [
            self.say("conflict", items=self._first(items, NAMED_AGAINST), decided=decided)
            for decided, items in by_decision.items()
        ]

    # Organoids

    def functional(self, option: Option) -> list[str]:
        """What organoids say of an option, shortly, one text for each tested scheme; then which results are old."""
        texts = [
            self.say(
                f"functional {each.reach}",
                verdict=self._wording.value("functional", "verdict", each.verdict),
                scheme=self.regimen(tuple(each.scheme.split("+"))),
                results=self._list(self._rate(read) for read in each.results),
            )
            for each in said_of(self.answer.matched, option)
            if (each.reach, each.verdict) != ("part", "intermediate")
        ]
        old = self._about(each for each in option.findings if each.criterion == "functional-date")
        return [*texts, self.say("organoid before progression", about=self._list(old))] if old else texts

    def _rate(self, read: Read) -> str:
        organoid = read.tested.organoid
        lesion = organoid.sample or say("organoids", "lesion not named", self.lang)
        date = organoid.date or say("organoids", "undated", self.lang)
        return self.say("rate", lesion=lesion, date=date, percent=f"{organoid.inhibition_percent:g}")

    def organoids(self) -> Part | None:
        """Every organoid result in the order of the file, and what nothing but organoids supports; most often none."""
        rows = tuple(self._organoid(each) for each in results_of(self.answer.matched))
        if not rows:
            return None
        alone = tuple(self._only(each) for each in functional_only(self.answer.matched))
        return self._part("Organoids", ORGANOIDS, rows, remark=self.say("organoids apart"), said=alone)

    def _organoid(self, read: Read) -> tuple[str, ...]:
        organoid, verdict = read.tested.organoid, read.verdict
        told = [organoid.method, organoid.dose, organoid.passage and self.say("passage", passage=organoid.passage)]
        method = self._in(joined([each for each in told if each], "list")) if any(told) else ""
        percent = f"{organoid.inhibition_percent:g}%"
        return (
            self.regimen(read.tested.regimen),
            organoid.sample or say("organoids", "lesion not named", self.lang),
            organoid.date or say("organoids", "undated", self.lang),
            self.say("by method", percent=percent, method=method) if method else percent,
            self._wording.value("organoid_reads", "verdict", verdict) if verdict else "-",
            self.say(f"organoid {read.state}"),
        )

    def _only(self, each: Only) -> str:
        """What organoids are sensitive to and nothing else recommends."""
        text = self._wording.signed(self.answer.matched.derivations.derived[each.fact][0])
        avoided = [self.avoided(row)[1] for row in self.answer.avoided if row.regimen == each.regimen]
        return self.say("only and avoid", text=text, because=self._list(avoided)) if avoided else text

    def conflicts(self) -> Part | None:
        """Every conflict of a recommended or avoided regimen, in their order; equal decisions are one row."""
        told = [(each.option.regimen, each.conflicts) for each in self.answer.recommendations]
        told += [(each.regimen, each.conflicts) for each in self.answer.avoided]
        rows = [(self.regimen(regimen), *row) for regimen, conflicts in told for row in self.grouped(conflicts)]
        return self._part("Conflicts", CONFLICTS, rows)

    def grouped(self, conflicts: Iterable[Conflict]) -> list[tuple[str, str, str, str]]:
        """What speaks for the regimen, what against it, what decided, and the outcome; equal decisions are one row."""
        rows: dict[tuple[str, str, str], dict[str, None]] = {}
        for each in conflicts:
            outcome = self.say(each.outcome)
            rows.setdefault((self.side(each.speaks_for), each.decided, outcome), {})[self.side(each.against)] = None
        merged: dict[tuple[str, str, str], list[str]] = {}
        for (speaks_for, decided, outcome), items in rows.items():
            merged.setdefault((self.sentences(items), decided, outcome), []).append(speaks_for)
        return [(self.sentences(sides), *row) for row, sides in merged.items()]

    def side(self, side: Side) -> str:
        """`EID964 (B): resistance to osimertinib, EGFR C797S`, or `US:tagrisso:3: label, EGFR T790M`."""
        status = side.item.status
        about = self.say("about", label=self._in(status.label)) if status is not None else ""
        if side.level is None:
            kind = self._wording.value("decides", "speaks", side.kind)
            return self.say("side", id=self.item_name(side.item.id), kind=kind, about=about)
        regimen, says = self.regimen(side.item.regimen), self._in(side.says)
        id = self.item_name(side.item.id)
        return self.say("side of level", id=id, level=side.level, says=says, regimen=regimen, about=about)

    def avoided(self, each: Avoided) -> tuple[str, str, str, str, str]:
        """Regimen, reason, biomarkers, sources and levels of one regimen to avoid, in the order of AVOIDED."""
        sources = dict.fromkeys(source.label for cited in each.evidence for source in cited.sources[:1])
        ids = self._list(self.item_name(cited.id) for cited in each.evidence)
        field = ("finding", "criterion") if each.because == "contraindication" else ("avoid", "because")
        because = self._wording.value(*field, each.because)
        confined = self._confined(each)
        told = (text for label in each.biomarkers for text in confined.get(label, [self._in(label)]))
        biomarkers = self._list(told)
        cited = self.say("cited", ids=ids, sources=self._list(sources))
        return self.regimen(each.regimen), because, biomarkers, cited, self._list(each.graded.texts)

    def _confined(self, each: Avoided) -> dict[str, list[str]]:
        """Where the biomarkers were found and where not, by label, that only part of the disease has."""
        case = self.answer.matched.case
        items = (case.items.get(cited.id) for cited in each.evidence) if case.confined else ()
        statuses = [item.status for item in items if item is not None and item.status is not None]
        labels = {status.id: status.label for status in statuses if status.id in case.confined}
        told: dict[str, list[str]] = {}
        for stated in self.answer.matched.derivations.facts("spread") if labels else ():
            if label := labels.get(str(stated.get("profile"))):
                told.setdefault(label, []).append(self._wording.fact(stated))
        return told

    # Local evidence

    def local(self) -> Part | None:
        """The site's local evidence for each recommended regimen; most often none."""
        told = [(each.option.regimen, shown) for each in self.answer.recommendations for shown in each.local]
        if not told:
            return None
        from matcher.report.local import headings, row

        rows = tuple(row(regimen, shown, self.answer.matched.knowledge, self.lang) for regimen, shown in told)
        return Part(self.say_local("title"), headings(self.lang), rows, remark=self.say_local("note"))

    def say_local(self, key: str) -> str:
        """A phrase about local evidence."""
        return say("local", key, self.lang)

    # Joint decisions

    def decisions(self) -> Part | None:
        """What was chosen beside what was recommended; None where no decision is told."""
        if not self.answer.matched.patient.events:
            return None
        from matcher.decisions import weighed

        return self._part("Decisions", DECISIONS, [self._decision(each) for each in weighed(self.answer)])

    def _decision(self, each: Weighed) -> tuple[str, ...]:
        from matcher.decisions import UNDECIDED

        joint = each.joint
        recommended = self.sentences(map(self._placed, each.recommended)) if each.recommended else "-"
        chosen = self._placed(each.chosen) if each.chosen is not None else self.say("no therapy")
        if joint.outcome == UNDECIDED:
            chosen = "-"
        if joint.started is not None:
            chosen = self.say("started", regimen=chosen, date=joint.started)
        reason = self.say(f"reason {joint.reason}") if joint.reason is not None else ""
        if joint.lacks_reason:
            reason = self.say("reason missing")
        told = [each for each in (reason, joint.detail or "") if each]
        return (
            joint.date,
            recommended,
            chosen,
            self.say(f"decision {joint.outcome}"),
            self.sentences(told) if told else "-",
        )

    def _placed(self, placed: Placed) -> str:
        """A regimen with its tier and rank in this answer."""
        regimen = self.regimen(placed.regimen)
        if placed.tier is None:
            return self.say("not among them", regimen=regimen)
        return self.say("at rank", regimen=regimen, tier=self.tier(placed.tier), rank=placed.rank or 0)

    # Where alterations were found

    def lesions(self) -> Part | None:
        """The alterations by sample, with what differs between the foci; None for a patient with fewer than two."""
        if len(self.answer.matched.patient.samples) < 2:
            return None
        from matcher.report.lesions import lesions_section  # a patient with one sample does not pay for it

        section = lesions_section(self.answer.matched, self.lang)
        if section is None or section.table is None:
            return None
        rows = tuple(tuple(map(str, row)) for row in section.table.rows)
        return Part(section.heading, section.table.headings, rows, listed=tuple(map(str, section.lines)))

    # What could still come in

    def near(self) -> Part | None:
        """Regimens that are neither recommended nor to avoid and are out only for reasons that could still change.

        The nearest stand in rows; a sentence counts the others.
        """
        taken = {each.option.regimen for each in self.answer.recommendations}
        taken |= {each.regimen for each in self.answer.avoided}
        nearest: dict[tuple[str, ...], Option] = {}
        for option in self.answer.not_recommended:
            if option.recoverable and option.regimen not in taken:
                nearest.setdefault(option.regimen, option)
        shown = list(nearest.values())[:SHOWN_NEAR]
        left = len(nearest) - len(shown)
        rows = [(self.regimen(each.regimen), each.id, self._in_the_way(each)) for each in shown]
        return self._part("Near", NEAR, rows, said=(self.say("more near", count=left),) if left else ())

    def _in_the_way(self, option: Option) -> str:
        """The worst findings of an option, each once: those that failed, or those that are open where none failed."""
        worst = option.blocking[0].verdict
        return self.sentences(dict.fromkeys(each.message for each in option.blocking if each.verdict == worst))

    # Texts

    def _in(self, text: str) -> str:
        return in_language(text, self.lang)

    def _list(self, texts: Iterable[str]) -> str:
        return self._in(joined(texts, "list"))

    def sentences(self, texts: Iterable[str]) -> str:
        """Sentences one after another."""
        return self._in(joined(texts, "sentences"))

    def _first(self, texts: list[str], most: int) -> str:
        """The first texts, and how many more there are."""
        named = self._list(texts[:most])
        return self.say("and more", named=named, count=len(texts) - most) if len(texts) > most else named
