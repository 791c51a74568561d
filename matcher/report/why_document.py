"""The answer to "why" as a document, in the order in which a board reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from matcher.criteria import about_name, grouped
from matcher.curated import rests_on_submitted
from matcher.explain import Step
from matcher.functional import said_of
from matcher.levels import NAMES
from matcher.names import tumor_codes
from matcher.phrases import in_language, joined, phrases, say
from matcher.recommend import wording_of
from matcher.report.as_json import alteration_text
from matcher.report.document import Cell, Document, Link, Section, Table
from matcher.report.rows import Rows
from matcher.why import tier_parts
from rules.facts import Absence, Fact

if TYPE_CHECKING:
    from kb.provenance import Decision, Provenance, Release
    from kb.source import Source
    from matcher.functional import Read, Said
    from matcher.recommend import Option
    from matcher.scores import Authorization, FrameworkLevel, Tumor
    from matcher.why import FiredRule, Statement, Why


def why_document(why: Why) -> Document:
    """The answer as a document in its language: a summary, scores, proof, levels, conflicts, and what it rests on."""
    told, lang = _Telling(why), why.lang
    sections = (
        told.scores(),
        told.functional(),
        told.proof(),
        told.levels(),
        told.to_note(),
        told.conflicts(),
        told.local(),
        told.also(),
        told.statements(),
        told.rules(),
        told.places(),
    )
    return Document(
        told.say("title", regimen=told.regimen, patient=why.matched.patient.id),
        tuple(told.summary()),
        (told.rows.title, told.rows.known),
        tuple(section for section in sections if section is not None),
        say("report", "disclaimer", lang),
        lang,
    )


class _Telling:
    """One answer in one language: each method makes one section, None where there is nothing to tell."""

    def __init__(self, why: Why) -> None:
        self.why, self.lang = why, why.lang
        self.rows, self.wording = Rows(why.answer), wording_of(why.answer)
        self.regimen = self.rows.regimen(why.option.regimen)

    def say(self, key: str, **values: str | int | float) -> str:
        """A phrase of this answer."""
        return say("why", key, self.lang, **values)

    def listed(self, texts: Iterable[str]) -> str:
        """Texts one after the other, each once."""
        return self.in_words(joined(dict.fromkeys(texts), "list"))

    def then(self, texts: Iterable[str]) -> str:
        """Whole clauses one after the other, each once."""
        return self.in_words(joined(dict.fromkeys(texts), "sentences"))

    def in_words(self, text: str) -> str:
        """A text in this language."""
        return in_language(text, self.lang)

    def place_name(self, jurisdiction: str) -> str:
        """A jurisdiction by its name."""
        return self.wording.value("patient", "jurisdiction", jurisdiction)

    def table(self, headings: Iterable[str], rows: Iterable[tuple[Cell, ...]]) -> Table:
        """A table with these headings."""
        return Table(tuple(self.say(f"heading {each}") for each in headings), tuple(rows))

    # The summary

    def summary(self) -> Iterator[Cell]:
        """What is recommended, why, on which alteration; what to confirm, and what speaks against it."""
        why, option = self.why, self.why.option
        marks = [
            self.wording.value("flag", "mark", flag) for flag in option.flags if flag not in {"to confirm", "rule out"}
        ]
        tier = " / ".join([self.rows.tier(option.tier or ""), *marks])
        yield self.say(
            "summary", regimen=self.regimen, rank=why.recommendation.rank, count=why.recommended, tier=tier
        )  # fmt: skip
        yield self.say("because", text=why.proof.text)
        biomarker = next((each.step for each in why.criteria if each.finding.criterion == "biomarker"), None)
        if biomarker is not None:
            places = self.listed(why.scores.variant.places) or self.listed(_places_below(biomarker))
            key = "alteration" if places else "alteration without place"
            yield self.say(key, text=biomarker.text, places=places)
        yield self.say("strength", levels=self.listed(self.graded()) or self.say("no grade"))
        yield from self.functional_lines()
        yield from self.open_lines()
        yield from self.against_lines()

    def graded(self) -> Iterator[str]:
        """Each framework with its grade and addenda."""
        for each in self.why.scores.levels:
            if each.grade is not None:
                yield " ".join((NAMES[each.framework], self.grade(each), *each.addenda))

    def grade(self, level: FrameworkLevel) -> str:
        """A grade; one that may be better says so."""
        if level.grade is None:
            return say("levels", "open", self.lang) if level.criteria else self.say("no grade")
        return say("levels", "least", self.lang, grade=level.grade) if level.least else level.grade

    def functional_lines(self) -> Iterator[str]:
        """That organoids put it before its equals, where they do; what speaks against it is among the cautions."""
        if self.why.option.functional in {"sensitive", "sensitive part"}:
            yield self.say("functional line", text=self.then(self.rows.functional(self.why.option)))

    def open_lines(self) -> Iterator[str]:
        """What is to be confirmed and ruled out, or that nothing is."""
        if self.why.to_confirm:
            yield self.say("to confirm", text=self.then(each.step.text for each in self.why.to_confirm))
        if self.why.to_rule_out:
            named = [about_name(each.finding, self.wording) for each in self.why.to_rule_out]
            yield self.say("to rule out", about=self.listed(named))
        if not self.why.to_confirm and not self.why.to_rule_out:
            yield self.say("nothing to confirm")

    def against_lines(self) -> Iterator[str]:
        """What speaks against it, or that nothing of the graph does."""
        sides = [self.rows.side(each.against) for each in self.why.conflicts]
        named = list(dict.fromkeys(sides))
        if named:
            more = self.say("and more", count=len(named) - _NAMED) if len(named) > _NAMED else ""
            yield self.say("against", text=self.then(named[:_NAMED]) + more)
        cautions = [each for each in self.why.warnings if each.finding.criterion not in {"resistance", "partner"}]
        if cautions:
            yield self.say("warnings", text=self.then(each.step.text for each in cautions))
        unaccepted = rests_on_submitted(self.why.matched, self.why.option, self.lang)
        if unaccepted:
            yield self.say("warnings", text=unaccepted)
        if not named and not cautions and not unaccepted:
            yield self.say("nothing against")

    # Scores

    def scores(self) -> Section:
        """The four scores, each with what made it."""
        rows = (
            (self.say("variant closeness"), *self.variant()),
            (self.say("tumor closeness"), *self.tumor()),
            (self.say("evidence strength"), self.listed(self.graded()) or self.say("no grade"), self.say("see levels")),
            (self.say("access"), *self.access()),
        )
        table = self.table(("score", "value", "made by"), rows)
        return Section(self.say("scores"), (self.say("scores apart"),), table)

    def variant(self) -> tuple[Cell, Cell]:
        """The rung of the ladder, and the alterations with their places."""
        score = self.why.scores.variant
        if score.status is None:
            return self.say("none required"), self.say("no biomarker")
        made = [alteration_text(each, self.lang) for each in score.alterations]
        value = self.rows.say(score.closeness) if score.closeness else self.say("no rung")
        biomarker, because = self.in_words(score.status.label), self.in_words(score.status.because)
        return value, self.say("biomarker by", biomarker=biomarker, text=self.then(made or [because]))

    def tumor(self) -> tuple[Cell, Cell]:
        """How the tumor types stand to each other."""
        score = self.why.scores.tumor
        items = self.listed(self.tumor_name(each) for each in score.items)
        patients = self.tumor_name(score.patients)
        return self.rows.say(score.relation), self.say("tumor by", items=items, patients=patients)

    def tumor_name(self, tumor: Tumor) -> str:
        """A tumor type by name and code."""
        knowledge = self.why.matched.knowledge
        name = tumor.name if self.lang == "en" else self.in_words(tumor_codes([tumor.code], knowledge))
        return self.say("tumor named", name=name, code=tumor.code)

    def access(self) -> tuple[Cell, Cell]:
        """Labels, reimbursement, trials and approvals of the drugs."""
        score, here = self.why.scores.access, self.place_name(self.why.matched.query.jurisdiction)
        if any(each.here for each in score.authorized):
            value = self.say("authorized here", place=here)
        elif score.elsewhere:
            value = self.say("authorized elsewhere", place=here)
        elif score.trials:
            value = self.say("in a trial", place=here)
        else:
            value = self.say("approved for something else", place=here)
        return value, self.parted(self.access_parts())

    def parted(self, parts: Iterable[Cell]) -> Cell:
        """Several cells as one."""
        put: list[str | Link] = []
        between = phrases("joining")["sentences"][self.lang]
        for part in parts:
            put += [between] if put else []
            put += part if isinstance(part, tuple) and not isinstance(part, Link) else [part]
        return tuple(put)

    def access_parts(self) -> Iterator[Cell]:
        """What access rests on, each part with its sources."""
        score = self.why.scores.access
        yield from (self.authorized(each) for each in score.authorized)
        for trial in score.trials:
            yield self.say(
                "trial", id=trial.id, status=trial.status or self.say("unknown"),
                as_of=trial.as_of or self.say("date unknown"), countries=self.listed(trial.countries),
            )  # fmt: skip
        for drug in score.drugs:
            name, place = self.rows.regimen((drug.drug,)), self.place_name(drug.jurisdiction)
            since = self.since(drug.since)
            yield self.say("drug approved", drug=name, place=place, indication=drug.indication, since=since)
        paid = {True: "reimbursed", False: "not reimbursed", None: "reimbursement unknown"}[score.reimbursed]
        yield self.say(paid) + (self.say("in doubt", text=score.note) if score.note else "")

    def since(self, date: str | None) -> str:
        """Since when, or that no source dates it."""
        return self.say("since", date=date) if date is not None else self.say("date unknown")

    def authorized(self, each: Authorization) -> Cell:
        """A label of the regimen, since when, with its sources."""
        since = self.since(each.since)
        told = self.say("authorized", place=self.place_name(each.jurisdiction), indication=each.indication, since=since)
        return (told, phrases("joining")["told"][self.lang], *_linked(each.sources)) if each.sources else told

    # Organoids

    def functional(self) -> Section | None:
        """What organoids say of it, apart from the scores; None for a patient without organoids."""
        said = said_of(self.why.matched, self.why.option)
        if not self.why.matched.patient.organoids:
            return None
        lines = (self.say("functional apart"), self.say(f"functional {self.why.option.functional}"))
        if not said:
            return Section(self.say("functional"), (self.say("functional apart"), self.say("no organoid")))
        rows = [self.organoid_row(each, read) for each in said for read in each.results]
        table = self.table(("tested", "reach", "lesion", "result date", "inhibition", "verdict", "place"), rows)
        return Section(self.say("functional"), lines, table, tuple(map(for_reading, self.why.functional)))

    def organoid_row(self, said: Said, read: Read) -> tuple[Cell, ...]:
        """One organoid result that counts for it."""
        organoid = read.tested.organoid
        return (
            self.rows.regimen(tuple(said.scheme.split("+"))),
            self.wording.value("functional", "reach", said.reach),
            organoid.sample or say("organoids", "lesion not named", self.lang),
            organoid.date or say("organoids", "undated", self.lang),
            f"{organoid.inhibition_percent:g}%",
            self.wording.value("organoid_reads", "verdict", read.verdict or ""),
            str(organoid.place),
        )

    # Proof, criteria, levels

    def proof(self) -> Section:
        """The proof of the tier with every criterion that was checked; its picture, with marks and levels."""
        criteria = grouped(self.why.criteria, self.wording)
        whole = proof_tree(self.why.proof, criteria)
        lines = (self.say("read the proof"), self.counted())
        return Section(self.say("proof"), lines, steps=(whole,), picture=self.picture())

    def picture(self) -> Step:
        """The whole explanation for the picture: headed by the regimen, each mark by its name."""
        proof = self.why.proof
        if self.regimen not in proof.text:
            proof = proof._replace(text=self.headed(self.regimen, proof.text))
        return proof._replace(parts=tuple(map(self.with_marks, proof.parts)))

    def with_marks(self, step: Step) -> Step:
        """A part of the explanation in which each mark below it is headed by its name."""
        return step._replace(parts=tuple(self.mark_named(part) for part in step.parts))

    def mark_named(self, step: Step) -> Step:
        """A mark with its name; any other step as it is."""
        if not isinstance(step.statement, Fact) or step.statement.predicate != "flag":
            return step
        name = self.wording.value("flag", "mark", str(step.statement.get("mark")))
        return step._replace(text=self.headed(name, step.text))

    def headed(self, name: str, text: str) -> str:
        """A sentence with what it is about before it."""
        return say("picture", "headed", self.lang, name=name, text=text)

    def counted(self) -> str:
        """How many criteria were checked, by verdict."""
        found = Counter(each.finding.verdict for each in self.why.criteria)
        return self.say(
            "criteria counted",
            count=len(self.why.criteria),
            passed=found["pass"],
            warned=found["warn"],
            undetermined=found["undetermined"],
        )

    def levels(self) -> Section:
        """The grade in each framework, with the sub-criteria that made it and those that keep a better one open."""
        rows = tuple(
            (
                NAMES[each.framework],
                " ".join((self.grade(each), *each.addenda)),
                say("levels", each.framework, self.lang),
            )
            for each in self.why.scores.levels
        )
        table = self.table(("framework", "grade", "computed from"), rows)
        inner = tuple(self.level(each) for each in self.why.scores.levels if each.criteria)
        return Section(self.say("levels"), (self.say("levels computed"),), table, sections=inner)

    def level(self, level: FrameworkLevel) -> Section:
        """One framework: its sub-criteria, and the proofs of what was reached."""
        rows = ((self.say(each.verdict), each.grade, each.text, _behind(each.step)) for each in level.criteria)
        table = self.table(("sub-criterion met", "grade", "sub-criterion", "source"), rows)
        heading = f"{NAMES[level.framework]} {self.grade(level)}"
        return Section(heading, (), table, tuple(map(for_reading, level.proofs)), folded=True)

    def to_note(self) -> Section | None:
        """What asks for caution, what is to be confirmed and what is to be ruled out."""
        why = self.why
        found = (("note warn", why.warnings), ("note confirm", why.to_confirm), ("note rule out", why.to_rule_out))
        rows = [
            (self.say(key), self.wording.value("finding", "criterion", each.finding.criterion), each.step.text)
            for key, criteria in found
            for each in criteria
        ]
        if not rows:
            return None
        return Section(self.say("to note"), (), self.table(("to do", "criterion", "finding"), rows))

    # Conflicts, and what else supports it

    def conflicts(self) -> Section:
        """Both sides of every conflict, and what decided."""
        if not self.why.conflicts:
            return Section(self.say("conflicts"), (self.say("no conflict"),))
        told = tuple(self.rows.grouped(self.why.conflicts))
        return Section(self.say("conflicts"), (), self.table(("for", "against", "decided", "outcome"), told))

    def local(self) -> Section | None:
        """The site's local evidence for the regimen, beside the public evidence."""
        shown = self.why.recommendation.local
        if not shown:
            return None
        from matcher.report.local import headings, row

        knowledge = self.why.matched.knowledge
        rows = tuple(row(self.why.option.regimen, each, knowledge, self.lang) for each in shown)
        lines = (self.rows.say_local("note"),)
        return Section(self.rows.say_local("title"), lines, Table(headings(self.lang), rows))

    def also(self) -> Section | None:
        """The other options that support the same regimen."""
        if not self.why.also:
            return None
        rows = [self.option_row(each) for each in self.why.also]
        return Section(
            self.say("also"), (), self.table(("option", "basis", "tier", "grades", "source"), rows), folded=True
        )

    def option_row(self, each: Option) -> tuple[Cell, ...]:
        """One option in a row."""
        basis, tier = self.wording.value("option", "basis", each.basis), self.rows.tier(each.tier or "")
        return each.id, basis, tier, self.listed(each.graded.texts), tuple(_linked(each.item.record.sources))

    # What it rests on

    def statements(self) -> Section:
        """The statements of the graph, each with its sources, dates, curator and release."""
        rows = [self.statement(each) for each in self.why.statements]
        table = self.table(("statement", "says", "source", "provenance"), rows)
        line = self.say("statements counted", count=len(rows))
        inner = self.releases()
        return Section(self.say("statements"), (line,), table, sections=(inner,) if inner else (), folded=True)

    def statement(self, each: Statement) -> tuple[Cell, ...]:
        """One statement in a row."""
        origin, says, sources = each.provenance, self.then(each.says), tuple(_linked(each.sources))
        if origin is None:
            return each.id, says, sources, self.say("not in the graph")
        name = self.say("design of", id=each.id) if origin.kind == "design" else each.id
        if origin.note:
            says = self.say("with note", text=says, note=origin.note) if says else origin.note
        return name, says, sources, self.then(self.provenance(origin))

    def provenance(self, origin: Provenance) -> Iterator[str]:
        """Where a statement comes from, part by part."""
        yield from (self.say("in release", release=release.graph) for release in origin.releases)
        yield from (self.say(f"date {name}", date=date) for name, date in origin.dates if origin.state is None)
        if origin.stated_by:
            yield self.say("stated by", items=self.listed(origin.stated_by))
        if origin.state is not None:
            yield self.say(f"state {origin.state}")
            yield from map(self.decision, origin.decisions)
        else:
            yield self.say("curator", curator=self.curator(origin))
        if origin.verified is not None:
            yield self.say(f"verified {origin.verified}")

    def decision(self, each: Decision) -> str:
        """Who did what with a curated item, when, how and why."""
        by = f"{each.by} (https://orcid.org/{each.orcid})" if each.orcid else each.by
        told = [self.say(f"act {each.kind}", by=by, day=each.day)]
        told += [self.say("act entered", method=each.method)] if each.method else []
        told += [self.say(f"act {each.kind} other", item=each.other)] if each.other else []
        told += [self.say("act reason", reason=each.reason)] if each.reason else []
        return self.listed(told)

    def curator(self, origin: Provenance | None) -> str:
        """Who curated a statement; never a guess."""
        return origin.curator if origin is not None and origin.curator else self.say("not named")

    def releases(self) -> Section | None:
        """The releases that the statements are in."""
        found: dict[str, Release] = {
            release.graph: release
            for each in self.why.statements
            if each.provenance is not None
            for release in each.provenance.releases
        }
        if not found:
            return None
        unknown = self.say("not stated")
        every = found.values()
        told = [(each.graph, each.source, each.issued, each.retrieved, each.loaded, each.licence) for each in every]
        rows = [tuple(cell or unknown for cell in row) for row in told]
        headings = ("release", "of", "issued", "retrieved", "loaded", "licence")
        return Section(self.say("releases"), (), self.table(headings, rows))

    def rules(self) -> Section:
        """The rules that fired, each with its sentence and citations."""
        rows = [self.rule(each) for each in self.why.rules]
        table = self.table(("rule", "says", "cites"), rows)
        return Section(self.say("rules"), (self.say("rules counted", count=len(rows)),), table, folded=True)

    def rule(self, each: FiredRule) -> tuple[Cell, ...]:
        """One rule in a row."""
        says = self.say("several times", text=each.says, times=each.times) if each.times > 1 else each.says
        name = self.say("rule at", rule=each.name, place=each.site or each.place)
        return name, says, _cites(each.cites)

    def places(self) -> Section:
        """The places in the patient's files, and what was read there."""
        rows = [(each.place, self.then(each.says)) for each in self.why.places]
        return Section(self.say("places"), (), self.table(("place", "read there"), rows), folded=True)


_NAMED = 3
"""At most this many items against a regimen are named in the summary."""

UNSEEN = frozenset({"option", "core_of", "regimen_drug"})
"""What a reader of a criterion knows already: which option is considered, and of which drugs it is."""


def for_reading(step: Step) -> Step:
    """The explanation without premises that only repeat what is considered, and without a sentence told twice."""
    kept: dict[str, Step] = {}
    for part in step.parts:
        if part.statement is None or part.statement.predicate not in UNSEEN:
            kept.setdefault(part.text, for_reading(part))
    return step._replace(parts=tuple(kept.values()))


def proof_tree(proof: Step, criteria: tuple[Step, ...]) -> Step:
    """The proof of the tier, with the criteria below the premise that none of them fails."""
    parts = tier_parts(proof)
    if not any(_is_about_findings(part) for part in parts):
        return for_reading(proof._replace(parts=(*parts, *criteria)))
    return for_reading(
        proof._replace(
            parts=tuple(part._replace(parts=criteria) if _is_about_findings(part) else part for part in parts)
        )
    )


def _is_about_findings(step: Step) -> bool:
    """Whether it is the premise that no finding of the option fails."""
    return isinstance(step.statement, Absence) and step.statement.predicate == "finding"


def _places_below(step: Step) -> Iterator[str]:
    yield from step.places
    for part in step.parts:
        yield from _places_below(part)


def _linked(sources: Iterable[Source]) -> Iterator[str | Link]:
    """Sources as links, with what stands between them."""
    return _joined(Link(each.label, each.url) if each.url else each.label for each in sources)


def _behind(step: Step) -> Cell:
    """What a sub-criterion rests on: its own sources, those of its premises, else the citations of its rule."""
    sources = step.sources or tuple(dict.fromkeys(source for part in step.parts for source in part.sources))
    return tuple(_linked(sources)) or _cites(step.cites)


def _cites(cites: Iterable[str]) -> Cell:
    """The citations of a rule; addresses as links."""
    return tuple(_joined(Link(each, each) if "://" in each else each for each in cites))


def _joined(parts: Iterable[str | Link]) -> Iterator[str | Link]:
    for number, part in enumerate(parts):
        if number:
            yield ", "
        yield part
