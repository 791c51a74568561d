"""The answer to "why not?" as a document, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nsmallest
from shlex import quote
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from kb.evidence import Evidence
from kb.indication import Indication
from kb.trial import Trial
from matcher.conflicts import FOR
from matcher.criteria import grouped
from matcher.explain import Proofs, Step
from matcher.facts import ELSEWHERE
from matcher.flips import adds_alteration
from matcher.functional import functional_only
from matcher.misses import Miss
from matcher.names import tumor_codes
from matcher.phrases import in_language, say
from matcher.recommend import finding_fact
from matcher.report.as_json import opening
from matcher.report.document import Document, Section, Table
from matcher.report.edit_words import change_text
from matcher.report.rows import known_line, patient_line
from matcher.scope import KINDS
from matcher.unweighed import Reason, Reasons, Unweighed
from matcher.why_not import WhyNot
from rules.facts import Derivation, Fact

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from matcher.facts import Item
    from matcher.flips import Flip
    from matcher.recommend import Avoided, Finding, Option
    from matcher.scope import Said

Made = TypeVar("Made")

SCHEMA = "mtb-match-why-not/1"
TOPIC = "why_not"

FEW = 6
"""So many changes that are not enough are told; JSON tells all."""

NAMED = 3
"""So many regimens, reasons or biomarkers are named in one sentence."""

ROWS = 12
"""So many rows a table has, the nearest first; JSON has all."""

PROVED = 6
"""So many options are proved, the nearest first; JSON names the rule behind each."""

SHOWN = 6
"""So many ids are named of statements with one reason; JSON names all."""


def why_not_document(found: WhyNot, lang: str = "en", options: Sequence[str] = ()) -> Document:
    """The answer for a board, the summary first; `options` name the graph, rules and journal in commands to try."""
    return _Answer(found, lang, options).document()


MOST_SENTENCES = 20_000
"""So many sentences of statements, and of reasons why they were not weighed, are kept for a graph."""

_SENTENCES: WeakKeyDictionary[KnowledgeBase, dict[tuple[object, ...], str]] = WeakKeyDictionary()
_STATEMENTS: WeakKeyDictionary[KnowledgeBase, dict[tuple[object, ...], dict[str, Any]]] = WeakKeyDictionary()


def _kept_of(
    kept: WeakKeyDictionary[KnowledgeBase, dict[tuple[object, ...], Made]], knowledge: KnowledgeBase
) -> dict[tuple[object, ...], Made]:
    """What is kept for a graph; nothing any more where it became too much."""
    found = kept.setdefault(knowledge, {})
    if len(found) > MOST_SENTENCES:
        found.clear()
    return found


class _Answer:
    def __init__(self, found: WhyNot, lang: str, options: Sequence[str] = ()) -> None:
        self.found, self.lang, self._given = found, lang, options
        self._proofs = Proofs(found.matched, lang)
        self.wording, self.label = self._proofs.wording, self._proofs.wording.label
        self._regimens: dict[tuple[str, ...], str] = {}
        self._words: dict[str, str] = {}
        self._tumors: dict[tuple[str, ...], str] = {}
        self._told_reasons: dict[int, str] = found.told.setdefault(("sentence", lang), {})
        self._values: dict[int, dict[str, Any]] = found.told.setdefault(("value", lang), {})
        self._structures: dict[int, list[dict[str, Any]]] = found.told.setdefault(("values", lang), {})
        self._sentences = _kept_of(_SENTENCES, found.matched.knowledge)
        self._said_by = _kept_of(_STATEMENTS, found.matched.knowledge)

    def say(self, key: str, **values: str | int) -> str:
        return say(TOPIC, key, self.lang, **values)

    def word(self, key: str) -> str:
        """A phrase without values, looked up once."""
        found = self._words.get(key)
        if found is None:
            found = self._words[key] = self.say(key)
        return found

    def tumors(self, codes: tuple[str, ...]) -> str:
        """Tumor types as a board reads them."""
        found = self._tumors.get(codes)
        if found is None:
            told = tumor_codes(codes, self.found.matched.knowledge)
            found = self._tumors[codes] = in_language(told, self.lang)
        return found

    def document(self) -> Document:
        matched = self.found.matched
        sections = (self._changes(), self._considered(), *self._speaking_against(), self._never(), self._settled())
        return Document(
            self.say("title", target=self._name()),
            tuple(self._summary()),
            (patient_line(matched, self.wording), known_line(matched, self.lang)),
            tuple(section for section in sections if section is not None),
            say("report", "disclaimer", self.lang),
            self.lang,
        )

    def _name(self) -> str:
        return " + ".join(self.label("regimen", therapy.id) for therapy in self.found.target.asked)

    def regimen(self, regimen: tuple[str, ...]) -> str:
        """A regimen as a board reads it."""
        known = self._regimens.get(regimen)
        if known is None:
            known = self._regimens[regimen] = " + ".join(self.label("drug", drug) for drug in regimen)
        return known

    # --- summary ---

    def _summary(self) -> Iterator[str]:
        found, target = self.found, self.found.target
        if target.is_supportive:
            yield self.say("supportive", target=self._name())
        if not found.is_known:
            yield self.say("nothing-known", target=self._name())
            if target.wider:
                yield self.say("wider", regimens=", ".join(self.regimen(each) for each in target.wider[:SHOWN]))
            yield from self._only_organoids()
            return
        if found.recommended:
            yield from self._recommended()
        else:
            yield self.say("not-recommended", target=self._name())
        if found.avoided:
            yield self.say(
                "avoid", what=self._few(say("joining", "sentences", self.lang), map(self._avoid, found.avoided))
            )
        if not found.has_indication:
            yield self.say("no-indication", target=self._name())
        if found.label is not None and found.label != found.nearest:
            yield self._nearest("label", found.label)
        if found.nearest is not None:
            if found.recommended:
                yield self.say("not-better")
            yield self._nearest("nearest", found.nearest)
        yield self._smallest()
        yield from self._only_organoids()

    def _only_organoids(self) -> Iterator[str]:
        """That organoids alone speak for the target, where they do."""
        asked = {therapy.id for therapy in self.found.target.asked}
        for each in functional_only(self.found.matched):
            if asked <= set(each.regimen):
                yield self._proofs.step(each.fact).text

    def _recommended(self) -> Iterator[str]:
        """Where the target stands among the recommendations, what stands before it and why, and what is to be noted."""
        recommended = self.found.recommended
        for each in recommended[:NAMED]:
            tier = self.tier(each.option.tier or "")
            regimen, option = self.regimen(each.option.regimen), each.option.id
            yield self.say("recommended", regimen=regimen, tier=tier, rank=each.rank, option=option)
        if len(recommended) > NAMED:
            more = recommended[NAMED:]
            ranks = say("joining", "list", self.lang).join(str(each.rank) for each in more)
            yield self.say("more-recommended", ranks=ranks)
        yield self._ahead()
        noted = [each for each in recommended[0].option.findings if each.verdict == "warn"]
        texts = dict.fromkeys(step.text for step in self.heads(recommended[0].option, noted))
        if texts:
            yield self.say("noted", what=self._few(say("joining", "sentences", self.lang), texts))

    def _ahead(self) -> str:
        """What is ranked before the target's best recommendation, and by which criterion of the order."""
        told = [
            self.say(
                "ahead-one",
                rank=each.recommendation.rank,
                regimen=self.regimen(each.recommendation.option.regimen),
                decided=self.say(f"ahead-by-{each.decided_by}"),
            )
            for each in self.found.ahead
        ]
        return (
            self.say("ahead", regimens=self._few(say("joining", "list", self.lang), told))
            if told
            else self.say("first")
        )

    def _few(self, by: str, texts: Iterable[str]) -> str:
        """The first of some texts, and how many more there are."""
        every = list(dict.fromkeys(texts))
        more = [self.say("ahead-more", count=len(every) - NAMED)] if len(every) > NAMED else []
        return by.join((*every[:NAMED], *more))

    def _avoid(self, row: Avoided) -> str:
        """The strongest statement for which a regimen is to be avoided, in the sentence of the rule that says so."""
        matched, name = self.found.matched, "+".join(row.regimen)
        predicates = ("contraindicated",) if row.because == "contraindication" else ("avoid",)
        told = (each for predicate in predicates for each in matched.derivations.concluded(predicate))
        texts = [self._step(each).text for each in told if each.get("regimen") == name]
        return min(texts, key=lambda text: text.partition("level")[2], default=self._against(row.evidence))

    def _step(self, concluded: Fact) -> Step:
        return self._proofs.step(concluded)

    def _nearest(self, key: str, miss: Miss) -> str:
        reasons = say("joining", "sentences", self.lang).join(self._gist(self.obstacles(miss)))
        return self.say(key, says=self.statement(miss.item), statement=miss.item.id, reasons=reasons)

    def _gist(self, texts: list[str]) -> list[str]:
        """Sentences for a first look: many that say the like of each other are told by the first."""
        return [*texts[:NAMED], *([self.say("ahead-more", count=len(texts) - NAMED)] if len(texts) > NAMED else [])]

    def _smallest(self) -> str:
        changes = self.found.changes
        if changes is None:
            return self.say("not-searched")
        if not changes.flips:
            return self.say("no-better-change" if self.found.recommended else "no-change")
        flip = changes.flips[0]
        return self.say("smallest", change=self._told(flip), then=self._then(flip))

    def tier(self, tier: str) -> str:
        return self.say("trial-tier" if tier == "trial" else tier)

    def change(self, flip: Flip) -> str:
        return say("joining", "and", self.lang).join(change_text(edit, self.lang, self.label) for edit in flip.edits)

    def _told(self, flip: Flip) -> str:
        """The change, with the alterations beside which a further one would have to be found."""
        change, found = self.change(flip), self.found.matched.patient.alterations
        if not adds_alteration(flip.edits) or not found:
            return change
        labels = list(dict.fromkeys(in_language(each.label, self.lang) for each in found))
        if len(labels) > NAMED:
            return change
        return self.say("beside", change=change, found=say("joining", "list", self.lang).join(labels))

    def obstacles(self, miss: Miss) -> list[str]:
        """What keeps a statement out, in sentences."""
        if miss.considered:
            option = next(each for each in self.found.considered if each.id == miss.item.id)
            return [step.text for step in self.heads(option, self.found.obstacles(option))]
        name = miss.item.id
        of_it = (each for each in self.found.unweighed if any(said.name == name for said in each.said))
        return [self.reason(each) for each in next(of_it).why.reasons]

    # --- changes ---

    def _changes(self) -> Section | None:
        changes = self.found.changes
        if changes is None or not (changes.flips or changes.attempts):
            return None
        headings = (self.say("column-change"), self.say("column-then"))
        rows = tuple((self.change(flip), self._then(flip)) for flip in changes.flips)
        lines = [self.say("changes-told")] if rows else []
        counts = {"tried": changes.tried, "asked": changes.asked, "all": changes.known}
        lines.append(self.say("cut", **counts) if changes.cut else self.say("complete", tried=changes.tried))
        commands = Section(self.say("column-try"), tuple(map(self.command, changes.flips)))
        missed = Section(self.say("too-little"), tuple(self._not_enough())[:FEW])
        inner = tuple(each for each in (commands, missed) if each.lines)
        return Section(self.say("changes"), tuple(lines), Table(headings, rows) if rows else None, sections=inner)

    def _not_enough(self) -> Iterator[str]:
        changes = self.found.changes
        flipped = {flip.option for flip in changes.flips} if changes is not None else set()
        for each in changes.attempts if changes is not None else ():
            if each.option in flipped or len(each.edits) > 2:
                continue
            change = say("joining", "and", self.lang).join(
                change_text(edit, self.lang, self.label) for edit in each.edits
            )
            if each.left:
                left = Proofs(each.matched, self.lang).head(finding_fact(each.option, each.left[0])).text
                more = f" (+{len(each.left) - 1})" if len(each.left) > 1 else ""
                yield self.say("not-enough", change=change, statement=each.option, left=left) + more

    def _then(self, flip: Flip) -> str:
        values = {"regimen": self.regimen(flip.regimen), "tier": self.tier(flip.tier), "option": flip.option}
        if not flip.flags:
            return self.say("then", **values)
        flags = say("joining", "list", self.lang).join(self.say(f"flag-{flag}") for flag in flip.flags)
        return self.say("then-flagged", **values, flags=flags)

    def command(self, flip: Flip) -> str:
        """The command that shows the change: the options of the question, then the edits."""
        return f"mtb-match what-if {self._options()} {' '.join(map(str, flip.edits))}"

    def _options(self) -> str:
        source = self.found.matched.source
        if source is None:
            return "PATIENT"
        request = source.request
        given = (
            ("--tumor-type", request.tumor_type),
            ("--jurisdiction", request.jurisdiction),
            ("--assay", request.assay),
            ("--sample", request.sample),
            ("--build", request.build),
            ("--as-of", request.as_of),
        )
        told = (f"{name} {quote(value)}" for name, value in given if value)
        strict = ("--strict",) if request.strict else ()
        return " ".join((quote(str(request.path)), *told, *strict, *map(quote, self._given)))

    # --- considered ---

    def _considered(self) -> Section | None:
        options = self.found.considered
        if not options:
            return None
        headings = tuple(self.say(key) for key in ("statement", "says", "in-the-way", "may-change"))
        rows, parts = [], []
        for number, option in enumerate(options[:ROWS]):
            obstacles = self.found.obstacles(option)
            texts = [step.text for step in self.heads(option, obstacles)]
            blocked = say("joining", "sentences", self.lang).join(self._gist(texts))
            may_change = all(each.recoverable for each in obstacles if each.verdict == "fail")
            rows.append((option.id, self.statement(option.item), blocked, self._yes(may_change)))
            if number < PROVED:
                heading, steps = f"{self.regimen(option.regimen)}: {option.id}", self.steps(option, obstacles[:NAMED])
                parts.append(Section(heading, tuple(self._open(option)), steps=steps, folded=number > 0))
        lines = (self.say("considered-more", shown=ROWS, count=len(options)),) if len(options) > ROWS else ()
        heading, table = self.say("considered", count=len(options)), Table(headings, tuple(rows))
        picture, caption = self.picture(), self.say("picture")
        return Section(heading, lines, table, picture=picture, caption=caption, sections=tuple(parts))

    def picture(self) -> Step | None:
        """The nearest miss with every criterion of it that was checked; None where it never came to criteria."""
        miss = self.found.misses.first
        option = next((each for each in self.found.considered if miss and each.id == miss.item.id), None)
        if miss is None or option is None:
            return None
        return Step(self._nearest("nearest", miss), parts=grouped(self._proofs.criteria(option), self.wording))

    def _open(self, option: Option) -> Iterator[str]:
        """What is open besides, and would not keep the option out."""
        others = [each for each in option.blocking if each not in self.found.obstacles(option)]
        if others:
            texts = (step.text for step in self.heads(option, others))
            yield self.say("also-open", what=say("joining", "sentences", self.lang).join(texts))

    def steps(self, option: Option, findings: Iterable[Finding]) -> tuple[Step, ...]:
        """The proof of each of these findings."""
        proofs = ((each, self._proofs.step(finding_fact(option.id, each))) for each in findings)
        return tuple(step._replace(verdict=each.verdict) for each, step in proofs)

    def heads(self, option: Option, findings: Iterable[Finding]) -> list[Step]:
        """What each of these findings says, without what it rests on."""
        return [self._proofs.head(finding_fact(option.id, each)) for each in findings]

    def _yes(self, value: bool) -> str:
        return self.say("yes" if value else "no")

    def statement(self, item: Item) -> str:
        """What a statement of the graph says, in a sentence."""
        biomarker = "" if item.status is None else in_language(item.status.label, self.lang)
        key = self.lang, type(item.record), item.id, biomarker
        found = self._sentences.get(key)
        if found is None:
            found = self._sentences[key] = self._said(item, biomarker or self.word("no-biomarker"))
        return found

    def said(self, said: Said, of: Unweighed) -> dict[str, Any]:
        """What a statement that was not considered says, as values for JSON: the same for every patient."""
        key = self.lang, of.asks.kind, said.name, None if of.status is None else of.status.label
        found = self._said_by.get(key)
        if found is None:
            found = self._said_by[key] = self.stated(of.item(said), of.says)
        return found

    def stated(self, item: Item, speaks: str) -> dict[str, Any]:
        """What a statement of the graph says, as values for JSON."""
        return {
            "id": item.id,
            "kind": _KINDS[type(item.record)],
            "regimen": list(item.regimen),
            "speaks": speaks,
            "says": self.statement(item),
        }

    def _said(self, item: Item, biomarker: str) -> str:
        record = item.record
        tumors = self.tumors(record.tumor_types)
        values = {"regimen": self.regimen(item.regimen), "biomarker": biomarker, "tumors": tumors}
        if isinstance(record, Indication):
            state = record.status.value
            told = self.word("withdrawn-status" if state == "withdrawn" else state)
            place = self.label("jurisdiction", record.jurisdiction)
            return self.say("indication", jurisdiction=place, status=told, **values)
        if isinstance(record, Evidence):
            speaks = {"direction": self.word(record.direction), "significance": self.word(record.significance)}
            return self.say("evidence", level=record.level, **speaks, **values)
        return self.say("trial", status=record.status or self.word("unknown-status"), **values)

    # --- against ---

    def _speaking_against(self) -> Iterator[Section]:
        found = self.found
        if found.avoided:
            lines = tuple(f"{self.regimen(row.regimen)}: {self._against(row.evidence)}" for row in found.avoided)
            yield Section(self.say("avoided"), lines)
        conflicts = {
            self.say("conflict", option=one.speaks_for.item.id, against=one.against.item.id, decided=one.decided)
            for option in found.considered
            for one in option.conflicts
        }
        if conflicts:
            yield Section(self.say("conflicts"), tuple(sorted(conflicts)))
        if found.against:
            rows = tuple((each.item.id, self.statement(each.item)) for each in found.against)
            table = Table((self.say("statement"), self.say("says")), rows)
            yield Section(self.say("against", count=len(rows)), table=table, folded=True)

    def _against(self, cited: tuple[Any, ...]) -> str:
        items = self.found.matched.case.items
        told = (self.statement(items[each.id]) if each.id in items else each.id for each in cited)
        return say("joining", "sentences", self.lang).join(dict.fromkeys(told))

    # --- never considered ---

    def reason(self, reason: Reason) -> str:
        """Why a statement was not considered, in the sentence of a rule where one says so."""
        found = self._told_reasons.get(id(reason))
        if found is None:
            found = self._told_reasons[id(reason)] = self._reason(reason)
        return found

    def _reason(self, reason: Reason) -> str:
        said_by, values = reason.said_by, reason.values
        if self.lang != "en":
            values = tuple((name, in_language(value, self.lang)) for name, value in values)
        key = self.found.matched.rules.digest, self.lang, said_by, values
        known = self._sentences.get(key)
        if known is None:
            known = self._sentences[key] = self._sentence(said_by, values)
        return known

    def reasons(self, reasons: Reasons) -> list[dict[str, Any]]:
        """Why statements were not considered, as values for JSON; the same object for all that share the reasons."""
        return once(self._structures, reasons, self._structure)

    def _structure(self, reasons: Reasons) -> list[dict[str, Any]]:
        return [self._values.get(id(reason)) or self._value(reason) for reason in reasons]

    def _value(self, reason: Reason) -> dict[str, Any]:
        found = self._values[id(reason)] = {
            "criterion": reason.criterion,
            "verdict": reason.verdict,
            "message": self.reason(reason),
            "recoverable": reason.recoverable,
        }
        return found

    def _sentence(self, said_by: str, values: tuple[tuple[str, str], ...]) -> str:
        if said_by in RULES:
            return self.wording.derivation(Derivation(said_by, NOTHING, tuple(sorted(values)), ()))
        return self.say(said_by, **dict(values))

    def _never(self) -> Section | None:
        never = self.found.unweighed
        if not never:
            return None
        near = [each for each in never if each.relation not in ELSEWHERE]
        far = [each for each in never if each.relation in ELSEWHERE]
        groups = [*self._groups(near, self._alike), *self._groups(far, kinds)]
        shown, rest = groups[:ROWS], groups[ROWS:]
        headings = (self.say("count"), self.say("why"), self.say("which"))
        rows = tuple((str(_count(each)), self._why(each), self._which(each)) for each in shown)
        lines = [self.say("never-told")]
        if rest:
            lines.append(self.say("never-more", groups=len(rest), count=sum(map(_count, rest))))
        heading = self.say("never", count=_count(never))
        return Section(heading, tuple(lines), Table(headings, rows), folded=True)

    def _groups(self, never: list[Unweighed], alike: Callable[[Reasons], tuple[str, ...]]) -> list[list[Unweighed]]:
        """Statements that share their reasons, what is closest to the patient first."""
        known: dict[int, tuple[str, ...]] = self.found.told.setdefault((alike.__name__, self.lang), {})
        found: dict[tuple[str, ...], list[Unweighed]] = {}
        for each in sorted(never, key=lambda each: (*self._distance(each), each.said[0].name)):
            found.setdefault(once(known, each.why.reasons, alike), []).append(each)
        return list(found.values())

    def _distance(self, of: Unweighed) -> tuple[int, int, bool, str]:
        """The fewest reasons first, then labels of this place, other labels, evidence by level, trials."""
        kind = of.asks.kind
        is_elsewhere = kind is Indication and of.asks.own != self.found.matched.query.jurisdiction
        return len(of.why.reasons), KINDS[kind], is_elsewhere, of.level

    def _why(self, never: list[Unweighed]) -> str:
        """The reasons that statements share; the biomarkers where they differ in them."""
        every = distinct(never)
        first = self._alike(every[0])
        if all(self._alike(each) == first for each in every):
            return say("joining", "sentences", self.lang).join(first)
        return say("joining", "sentences", self.lang).join(self._of_kind(each, every) for each in kinds(every[0]))

    def _alike(self, reasons: Reasons) -> tuple[str, ...]:
        return tuple(map(self.reason, reasons))

    def _of_kind(self, said_by: str, every: list[Reasons]) -> str:
        reasons = [reason for each in every for reason in each if reason.said_by == said_by]
        if said_by not in BY_BIOMARKER:
            return "/".join(dict.fromkeys(map(self.reason, reasons)))
        names = dict.fromkeys(in_language(dict(reason.values)["Profile"], self.lang) for reason in reasons)
        return self.say(f"shared-{said_by}", what=self._few(say("joining", "list", self.lang), names))

    def _which(self, never: list[Unweighed]) -> str:
        """The first ids: what is closest to the patient first, then by id."""
        placed = nsmallest(SHOWN, ((self._distance(each), said.name) for each in never for said in each.said))
        more = f", +{_count(never) - SHOWN}" if _count(never) > SHOWN else ""
        return ", ".join(name for _, name in placed) + more

    # --- settled ---

    def _settled(self) -> Section | None:
        counted: Counter[str] = Counter()
        for option in self.found.considered:
            counted.update(set(self._lasting(option)))
        lasting: dict[int, frozenset[str]] = self.found.told.setdefault(("lasting", self.lang), {})
        for each in self.found.unweighed:
            if each.says == FOR:
                for what in once(lasting, each.why.reasons, self._never_lasting):
                    counted[what] += len(each.said)
        if not counted:
            return None
        ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
        lines = [self.say("settled-line", what=what, count=count) for what, count in ordered[:FEW]]
        if len(ordered) > FEW:
            lines.append(self.say("settled-more", count=len(ordered) - FEW))
        withdrawn = [
            self.say("withdrawn", statement=miss.item.id)
            for miss in self.found.misses.indications()
            if isinstance(miss.item.record, Indication) and miss.item.record.status.value == "withdrawn"
        ]
        return Section(self.say("settled"), (self.say("settled-told"), *lines, *withdrawn), folded=True)

    def _lasting(self, option: Option) -> list[str]:
        """The failed criteria of a considered option that do not change, in words."""
        lasting = [each for each in option.blocking if each.verdict == "fail" and not each.recoverable]
        return [step.text for step in self.heads(option, [one for one in lasting if one.criterion not in MOVABLE])]

    def _never_lasting(self, reasons: Reasons) -> frozenset[str]:
        """Those of a statement that was never considered."""
        lasting = (each for each in reasons if each.verdict == "fail" and not each.recoverable)
        return frozenset(self.reason(each) for each in lasting if each.criterion not in MOVABLE)


def once(known: dict[int, Made], reasons: Reasons, make: Callable[[Reasons], Made]) -> Made:
    """What is made of reasons, which many statements share, made once."""
    found = known.get(id(reasons))
    if found is None:
        found = known[id(reasons)] = make(reasons)
    return found


def distinct(never: Iterable[Unweighed]) -> list[Reasons]:
    """The reasons that statements have, each once."""
    return list({id(each.why.reasons): each.why.reasons for each in never}.values())


def _count(never: Iterable[Unweighed]) -> int:
    """How many statements these are."""
    return sum([len(each.said) for each in never])


def kinds(reasons: Reasons) -> tuple[str, ...]:
    """Of what is for another tumor type only the kind of each reason counts, whichever biomarker it is."""
    return tuple(dict.fromkeys(reason.said_by for reason in reasons))


MOVABLE = frozenset({"jurisdiction", "country", "approval", "access"})
"""Criteria that another place or a later date changes, though nothing done to the patient does."""

BY_BIOMARKER = ("biomarker-absent", "biomarker-not-tested", "biomarker-equivocal")

RULES = frozenset(
    {
        "biomarker-absent", "biomarker-not-tested", "biomarker-equivocal", "trial-status-unknown",
    }
)  # fmt: skip
"""The reasons that are told in a rule's own sentence."""

NOTHING = Fact("", ())


# --- JSON -------------------------------------------------------------------------------------------------------------


def why_not_structure(found: WhyNot, lang: str = "en", options: Sequence[str] = ()) -> dict[str, Any]:
    """The answer as values for JSON, every statement by its id and nothing cut; `options` as of the document."""
    answer, matched = _Answer(found, lang, options), found.matched
    return {
        **opening(SCHEMA, matched),
        "asked": {
            "kind": found.target.kind,
            "therapies": [each.id for each in found.target.asked],
            "regimens": [list(each) for each in sorted(found.target.regimens)],
            "supportive": found.target.is_supportive,
        },
        "recommended": [
            {
                "rank": each.rank,
                "tier": each.option.tier,
                "regimen": list(each.option.regimen),
                "option": each.option.id,
            }
            for each in found.recommended
        ],
        "ahead": [
            {
                "rank": each.recommendation.rank,
                "regimen": list(each.recommendation.option.regimen),
                "decided_by": each.decided_by,
            }
            for each in found.ahead
        ],
        "considered": [_option(answer, option) for option in found.considered],
        "avoid": [
            {"regimen": list(row.regimen), "because": row.because, "evidence": [each.id for each in row.evidence]}
            for row in found.avoided
        ],
        "against": [{**answer.stated(each.item, each.says), "reasons": []} for each in found.against],
        "never_considered": _never(answer, found.unweighed),
        "nearest_miss": _miss(answer, found.misses.first) if found.misses.first is not None else None,
        "changes": _changes(answer, found),
    }


def _option(answer: _Answer, option: Option) -> dict[str, Any]:
    obstacles = answer.found.obstacles(option)
    blocking = [
        {
            "criterion": finding.criterion,
            "verdict": finding.verdict,
            "message": step.text,
            "recoverable": finding.recoverable,
            "keeps_out": finding in obstacles,
            "rule": step.rule,
        }
        for finding, step in zip(option.blocking, answer.heads(option, option.blocking), strict=True)
    ]
    conflicts = [
        {"against": each.against.item.id, "reach": each.reach, "decided": each.decided, "outcome": each.outcome}
        for each in option.conflicts
    ]
    return {
        "id": option.id,
        "basis": option.basis,
        "regimen": list(option.regimen),
        "says": answer.statement(option.item),
        "sources": [{"label": each.label, "url": each.url} for each in option.item.record.sources],
        "recoverable": option.recoverable,
        "blocking": blocking,
        "conflicts": conflicts,
    }


def _never(answer: _Answer, unweighed: Iterable[Unweighed]) -> list[dict[str, Any]]:
    """Statements that were never considered, by kind and id."""
    placed: dict[int, dict[str, Any]] = {}
    for each in unweighed:
        reasons = answer.reasons(each.why.reasons)
        for said in each.said:
            placed[said.place] = {**answer.said(said, each), "reasons": reasons}
    return [placed[place] for place in sorted(placed)]


_KINDS: dict[type, str] = {Indication: "indication", Evidence: "evidence", Trial: "trial"}


def _miss(answer: _Answer, miss: Miss) -> dict[str, Any]:
    return {
        "id": miss.item.id,
        "regimen": list(miss.item.regimen),
        "considered": miss.considered,
        "in_the_way": answer.obstacles(miss),
    }


def _changes(answer: _Answer, found: WhyNot) -> dict[str, Any] | None:
    changes = found.changes
    if changes is None:
        return None
    return {
        "tried": changes.tried,
        "cut": changes.cut,
        "flips": [
            {
                "edits": [edit._asdict() for edit in flip.edits],
                "says": answer.change(flip),
                "command": answer.command(flip),
                "tier": flip.tier,
                "option": flip.option,
                "regimen": list(flip.regimen),
                "flags": list(flip.flags),
            }
            for flip in changes.flips
        ],
        "not_enough": [
            {
                "edits": [edit._asdict() for edit in each.edits],
                "option": each.option,
                "left": [blocker._asdict() for blocker in each.left],
            }
            for each in changes.attempts
        ],
    }
