"""Whom the changes of a graph can reach: decided from the changes, without matching anybody.

Each changed item is followed backwards to the patients who could ask for it: through its profile to the biomarkers, by
tumor type and place, through its drugs to all that is recommended with them. What comes out are conditions on patients
(`Condition`): a patient who meets none, and whose own words both graphs read alike, has the same answer in both.

Who is reached need not change. That nobody else does is held by tests/matcher/cohort/test_reach.py: against the answers
of random patients under random changes, and against every question that stating a patient's facts asks of the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from kb import terms as t
from kb.alteration import CopyNumberChange, CopyNumberState, Fusion, MarkerValue, Place, SmallVariant
from kb.biomarker import covers
from kb.content import kind_of
from kb.curation.nanopub import ORCID
from kb.errors import KnowledgeError, UnknownItem
from kb.layered import Stored
from kb.profile import All, Not, One, asks_only_for_absence, mentions, parse
from kb.therapies import UnknownTherapy
from matcher.assay import BUILT_IN
from matcher.biomarker_status import Bearing, Told, genes_of
from matcher.marker_reading import NAMES
from matcher.markers import HER2_CRITERIA, STATED, has_result, is_about, judge, measures, stated
from matcher.normalize import MOST_NAMED, resolved_tumor_type, with_approved_genes
from matcher.notes import UnusableInput
from matcher.stated_alterations import stated_alterations

Found = TypeVar("Found")

if TYPE_CHECKING:
    from kb.alteration import Alteration
    from kb.biomarker import Biomarker
    from kb.diff import Diff, ItemChange
    from kb.evidence import Evidence
    from kb.graph import KnowledgeBase
    from kb.indication import Indication
    from kb.profile import Profile
    from kb.trial import Trial
    from matcher.cohort.subject import Subject
    from matcher.markers import Measure


class Condition(NamedTuple):
    """Patients who may carry one of these, whose tumor type, or one above or below it, is one of these, and who are
    treated in this place; None is whatever it is. Carried are biomarkers by their ids, those that a result leaves open
    (`open:TMB:HIGH`), and any alteration of a gene (`gene:KRAS`).
    """

    carriers: frozenset[str] | None = None
    tumors: frozenset[str] | None = None
    place: str | None = None


Who = frozenset[Condition]

NOBODY: Who = frozenset()
EVERYONE: Who = frozenset({Condition()})

UNREAD = {
    "biomarker": frozenset({t.NOTE, t.SOURCE}),
    "evidence": frozenset({t.NOTE}),
    "indication": frozenset({t.NOTE}),
    "trial": frozenset({t.NOTE}),
    "design": frozenset({t.NOTE}),
}
"""Properties of items that no answer rests on."""

UNASKED = frozenset({"code", "membership", "nanopub", "release", "retracted", "statement"})
"""Kinds of items that no patient's facts are stated from. A code is read with the patient's own words alone."""

LOCAL = frozenset({"curation", "local", "outcome", "study"})
"""Kinds of items that a site's own evidence is made of: an answer rests on them, and on who decided, where a graph has
any.
"""

SUPERSTRUCTURE = frozenset({"loss of function"})
"""Kinds of biomarkers whose being there tells how other alterations of the gene are read."""


class Reach:
    """Decides whom the changes from one graph to another can reach.

    A patient costs little: tumor types, alterations and words that patients share are looked at once.
    """

    def __init__(self, old: KnowledgeBase, new: KnowledgeBase, changes: Diff) -> None:
        self._graphs = _Graphs(old, new)
        self._kinds = {item.kind for item in changes.items if _is_read(item)}
        self._released = old.released_on, new.released_on
        found = _Followed(self._graphs)
        read = [item for item in changes.items if _is_read(item)]
        silent = _silenced(self._graphs, read)
        self.items: dict[ItemChange, Who] = {item: _unseen(found.who(item), silent) for item in read}
        self._beside = found.negated() | (found.undated() if old.released_on != new.released_on else NOBODY)
        self._where: dict[str | None, set[tuple[str, str]]] = {}
        for condition in (*self._beside, *(each for who in self.items.values() for each in who)):
            self._index(condition)
        self._readers = _Readers(self._graphs, self._kinds, self._where.keys())
        self._spots: dict[tuple[object, ...], tuple[frozenset[tuple[str, str]] | None, bool]] = {}

    def _index(self, condition: Condition) -> None:
        carriers: Iterable[str | None] = (None,) if condition.carriers is None else condition.carriers
        where = {(code, condition.place or "") for code in condition.tumors or ("",)}
        if condition.tumors is not None and not condition.tumors:
            return
        for carrier in carriers:
            self._where.setdefault(carrier, set()).update(where)

    def reaches(self, subject: Subject) -> bool:
        """Whether the answer for a patient can differ between the graphs."""
        spot, at_once = self._spot(subject)
        if spot is None or at_once or self._falls_between(subject.request.as_of):
            return True
        carried = self._readers.carried(subject)
        return carried is None or any(not spot.isdisjoint(self._where[each]) for each in carried)

    def behind(self, subject: Subject) -> tuple[ItemChange, ...]:
        """The changed items that can reach a patient, in the order of the changes; all where their own words are read
        otherwise.
        """
        spot, _ = self._spot(subject)
        carried = self._readers.carried(subject)
        if spot is None or carried is None:
            return tuple(self.items)
        return tuple(item for item, who in self.items.items() if any(_fits(each, carried, spot) for each in who))

    def _falls_between(self, day: str) -> bool:
        """Whether the day asked for lies after the one release and not after the other: undated items count by it."""
        return min(self._released) <= day < max(self._released)

    def _spot(self, subject: Subject) -> tuple[frozenset[tuple[str, str]] | None, bool]:
        """The tumor types and places that a patient fits, None where they are read otherwise; and whether what asks
        for no biomarker reaches them there.
        """
        request, patient = subject.request, subject.patient
        place = (request.jurisdiction or patient.jurisdiction or request.default_jurisdiction or "").upper()
        codes = () if request.tumor_type else patient.tumor_codes
        key = request.tumor_type or patient.tumor_type, codes, place
        found = self._spots.get(key)
        if found is None:
            family = self._graphs.family(*key[:2])
            spot = None
            if family is not None:
                spot = frozenset((code, where) for code in ("", *family) for where in ("", place))
            at_once = spot is not None and not spot.isdisjoint(self._where.get(None, ()))
            found = self._spots[key] = spot, at_once
        return found


def _is_read(item: ItemChange) -> bool:
    """Whether anything changed that an answer could rest on."""
    unread = UNREAD.get(item.kind, frozenset())
    return item.change != "changed" or any(each.predicate not in unread for each in item.fields)


def _silenced(graphs: _Graphs, changes: Iterable[ItemChange]) -> frozenset[str]:
    """The carriers that a cohort's reading may pass over: of genes that the newer graph names otherwise, or of which
    none of its biomarkers speaks any more.
    """
    old, new = graphs.both
    named = {t.item_id(item.iri) for item in changes if item.kind == "gene" and item.change != "added"}
    lost = {t.item_id(item.iri) for item in changes if item.kind == "biomarker" and item.change != "added"}
    genes = {gene for id in lost for each in graphs.biomarkers(id) for gene in each.genes} | named
    silent = {gene for gene in genes if gene in named or not new.biomarkers_of_gene(gene)}
    biomarkers = (each.id for gene in silent for known in (old, new) for each in known.biomarkers_of_gene(gene))
    return frozenset((*(f"{GENE}{gene}" for gene in silent), *biomarkers))


def _unseen(who: Who, silent: frozenset[str]) -> Who:
    """Conditions that anybody may meet by what was passed over ask for no carrier."""
    if not silent:
        return who
    return frozenset(each._replace(carriers=None) if each.carriers and each.carriers & silent else each for each in who)


def _fits(condition: Condition, carried: Collection[str], spot: frozenset[tuple[str, str]]) -> bool:
    if condition.carriers is not None and condition.carriers.isdisjoint(carried):
        return False
    codes = ("",) if condition.tumors is None else condition.tumors
    return any((code, condition.place or "") in spot for code in codes)


class _Graphs:
    """Both graphs: what either of them says."""

    def __init__(self, old: KnowledgeBase, new: KnowledgeBase) -> None:
        self.both = old, new
        self._stored = Stored(old), Stored(new)

    def stating(self, predicate: str) -> tuple[str, ...]:
        """The items that have this property in either graph."""
        return tuple(dict.fromkeys(each for one in self._stored for each in one.stating(predicate)))

    def subjects(self, predicate: str, iri: str) -> tuple[str, ...]:
        """The items that have this property with this node as value in either graph."""
        return tuple(dict.fromkeys(each for one in self._stored for each in one.subjects(predicate, iri)))

    def values(self, iri: str, *predicates: str) -> tuple[str, ...]:
        """The values of these properties of a node in either graph."""
        told = (one.fields(iri).get(predicate, ()) for one in self._stored for predicate in predicates)
        return tuple(dict.fromkeys(value for each in told for value in each))

    def lacking(self, iri: str, predicate: str) -> bool:
        """Whether a graph says something of a node, and not this."""
        return any(fields and predicate not in fields for fields in (one.fields(iri) for one in self._stored))

    def biomarkers(self, id: str) -> tuple[Biomarker, ...]:
        """A biomarker as each graph defines it."""
        return tuple(found for each in self.both if (found := _or_none(each.biomarker, id)) is not None)

    def family(self, text: str | None, codes: tuple[str, ...]) -> frozenset[str] | None:
        """A patient's tumor type with all above and below it; None where the graphs read or place it otherwise."""
        one, other = (_read_tumor(text, codes, each) for each in self.both)
        return one[1] if one == other else None


def _or_none(ask: Callable[[str], Found], id: str) -> Found | None:
    try:
        return ask(id)
    except (UnknownItem, KeyError):
        return None


def _read_tumor(text: str | None, codes: tuple[str, ...], known: KnowledgeBase) -> tuple[object, frozenset[str]]:
    """All that is read of a tumor type, and its code with those above and below it."""
    try:
        tumor, notes = resolved_tumor_type(text, Place(""), known, codes)
    except (UnusableInput, KnowledgeError) as error:
        return str(error), frozenset()
    family = frozenset({tumor.code, *tumor.ancestors, *known.types_below(tumor.code)})
    return (tumor, notes, known.tumor_form(tumor.code)), family


# --- from changed items back to patients ----------------------------------------------------------------------------


class _Followed:
    """Follows items back to whoever could ask for them, each once."""

    def __init__(self, graphs: _Graphs) -> None:
        self._graphs = graphs
        self._has_local = any(each.local_evidence() for each in graphs.both)
        self._records: dict[str, Who] = {}
        self._drugs: dict[str, Who] = {}
        self._worked_out: dict[str, set[str]] | None = None
        self._texts: dict[str, str] | None = None
        self._by_kind: dict[str, Callable[[str], Who]] = {
            "evidence": self.record,
            "trial": self.record,
            "indication": self._indication,
            "design": self._design,
            "coverage": self._coverage,
            "caution": self._caution,
            "administration": lambda iri: self._union(self.drug, self._graphs.values(iri, t.OF_DRUG)),
            "biomarker": self._biomarker,
            "profile": self._profile,
            "regimen": self._regimen,
            "therapy": self._therapy,
            "requirement": self._requirement,
            "tumor": self._tumor,
            "gene": lambda iri: _of_genes([t.item_id(iri)]),
            "exon": lambda iri: _of_genes(map(t.item_id, self._graphs.values(iri, t.ABOUT_GENE))),
            "source": self._source,
        }

    def who(self, item: ItemChange) -> Who:
        """Whom a change can reach."""
        if item.kind in UNASKED:
            return NOBODY
        if item.kind in LOCAL or item.iri.startswith(ORCID):
            return EVERYONE if self._has_local else NOBODY
        follow = self._by_kind.get(item.kind)
        if follow is None:
            return EVERYONE
        found = follow(item.iri)
        if item.kind == "biomarker" and _is_structural(self._graphs, t.item_id(item.iri)):
            found |= _of_genes(gene for each in self._graphs.biomarkers(t.item_id(item.iri)) for gene in each.genes)
        return _plain(found)

    def undated(self) -> Who:
        """Whom labels are considered for whose date no source gives: a finding tells the day of the release."""
        labels = [iri for iri in self._graphs.stating(t.STATUS) if kind_of(iri) == "indication"]
        days = (t.APPROVED_ON, t.WITHDRAWN_ON)
        found = (iri for iri in labels if any(self._graphs.lacking(iri, day) for day in days))
        return _plain(self._union(self.record, found))

    def negated(self) -> Who:
        """Whom items are considered for that mention a biomarker which only one graph's profiles mention under NOT."""
        one, other = ({each.iri for each in known.negated_biomarkers()} for known in self._graphs.both)
        profiles = (each for iri in one ^ other for each in self._graphs.subjects(t.MENTIONS, iri))
        return _plain(self._union(self._profile, profiles))

    def _union(self, follow: Callable[[str], Who], iris: Iterable[str]) -> Who:
        return frozenset(condition for iri in iris for condition in follow(iri))

    # Records

    def record(self, iri: str) -> Who:
        """Whom an indication, an evidence item or a trial is considered for."""
        found = self._records.get(iri)
        if found is None:
            found = self._records[iri] = self._record(iri)
        return found

    def _record(self, iri: str) -> Who:
        kind, id = kind_of(iri), t.item_id(iri)
        found: set[Condition] = set()
        for known in self._graphs.both:
            if kind == "evidence" and (evidence := _or_none(known.evidence_item, id)) is not None:
                found.update(self._of_evidence(evidence, known))
            elif kind == "indication" and (indication := _or_none(known.indication, id)) is not None:
                found.update(self._of_indication(indication))
            elif kind == "trial" and (trial := _or_none(known.trial, id)) is not None:
                found.update(self._of_trial(trial))
        return frozenset(found)

    def _of_evidence(self, evidence: Evidence, known: KnowledgeBase) -> Iterator[Condition]:
        """Its profile must be present; but for what may carry to another tumor type, the tumor type must be the one."""
        yield Condition(self._carriers(parse(evidence.profile)), self._tumors_of(evidence, known))

    def _tumors_of(self, evidence: Evidence, known: KnowledgeBase) -> frozenset[str] | None:
        if evidence.direction == "supports" and evidence.significance in {"sensitivity", "resistance"}:
            only = evidence.significance == "sensitivity" and asks_only_for_absence(
                parse(evidence.profile), lambda name: known.biomarker(name).state == "absent"
            )
            if evidence.level <= "C" and not only:
                return None
        return frozenset(evidence.tumor_types)

    def _of_indication(self, indication: Indication) -> Iterator[Condition]:
        tumors = frozenset((*indication.tumor_types, *indication.excluded_tumor_types))
        place = None if indication.jurisdiction == "US" else indication.jurisdiction
        yield Condition(None, tumors, place)
        if indication.profile is not None:
            profile = parse(indication.profile)
            yield Condition(self._carriers(profile))
            mentioned = self._any_of(map(self._carriers, map(One, mentions(profile))))
            yield Condition(None if mentioned is None else mentioned | {f"{OPEN}{id}" for id in mentioned}, tumors)

    def _of_trial(self, trial: Trial) -> Iterator[Condition]:
        yield Condition(None, frozenset((*trial.tumor_types, *trial.excluded_tumor_types)))
        if trial.profiles:
            yield Condition(self._any_of(self._carriers(parse(each)) for each in trial.profiles))

    # Profiles and biomarkers

    def _carriers(self, profile: Profile) -> frozenset[str] | None:
        """What a patient must carry for a profile to be present: one of these; None where nothing need be carried."""
        if isinstance(profile, One):
            return self._carriers_of(profile.biomarker, frozenset())
        if isinstance(profile, Not):
            return None
        parts = [self._carriers(each) for each in profile.parts]
        if not isinstance(profile, All):
            return self._any_of(parts)
        return min((each for each in parts if each is not None), key=len, default=None)

    def _any_of(self, parts: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
        found: set[str] = set()
        for each in parts:
            if each is None:
                return None
            found |= each
        return frozenset(found)

    def _carriers_of(self, id: str, above: frozenset[str]) -> frozenset[str] | None:
        defined = self._graphs.biomarkers(id)
        if not defined or id in above or any(_is_negative(each) for each in defined):
            return None
        found: set[str] = {id}
        for each in defined:
            if each.members is not None:
                parts = self._any_of(self._carriers_of(name, above | {id}) for name in mentions(parse(each.members)))
                if parts is None:
                    return None
                found |= parts
        return frozenset(found)

    def _biomarker(self, iri: str) -> Who:
        """Whoever may carry it, and whoever an item is considered for that mentions it or what rests on it."""
        id = t.item_id(iri)
        found: set[Condition] = {Condition(frozenset({id}))}
        for name in (id, *self._dependents(id)):
            node = t.item("biomarker", name)
            found |= self._union(self._profile, self._graphs.subjects(t.MENTIONS, node))
            found.add(Condition(frozenset({name})))
        return frozenset(found)

    def _dependents(self, id: str) -> tuple[str, ...]:
        """The biomarkers whose statuses are worked out from one's."""
        if self._worked_out is None:
            self._worked_out = self._all_dependents()
        found: dict[str, None] = {}
        waiting = [id]
        while waiting:
            new = [each for each in self._worked_out.get(waiting.pop(), ()) if each not in found and each != id]
            found.update(dict.fromkeys(new))
            waiting += new
        return tuple(found)

    def _all_dependents(self) -> dict[str, set[str]]:
        composed = {iri for predicate in (t.MEMBERS, t.PHASE_WITH) for iri in self._graphs.stating(predicate)}
        denied = {iri for iri in self._graphs.stating(t.STATE) if iri.endswith("NOSENS")}
        found: dict[str, set[str]] = {}
        for iri in sorted(composed | denied):
            for known in self._graphs.both:
                if (own := _or_none(known.biomarker, t.item_id(iri))) is not None:
                    for each in Bearing().reached(own.id, known):
                        found.setdefault(each.id, set()).add(own.id)
        return found

    def _profile(self, iri: str) -> Who:
        found = self._graphs.subjects(t.HAS_PROFILE, iri)
        records = self._union(self.record, (each for each in found if kind_of(each) != "coverage"))
        return records | self._union(self._coverage, (each for each in found if kind_of(each) == "coverage"))

    # Drugs and what is said of them

    def drug(self, iri: str) -> Who:
        """Whom a regimen with a drug is considered for."""
        found = self._drugs.get(iri)
        if found is None:
            found = self._drugs[iri] = self._union(self._regimen, self._graphs.subjects(t.INCLUDES, iri))
        return found

    def _regimen(self, iri: str) -> Who:
        records = self._graphs.subjects(t.HAS_REGIMEN, iri)
        return self._union(self.record, (each for each in records if kind_of(each) in _RECORDS))

    def _indication(self, iri: str) -> Who:
        """Whom it is considered for, and whoever else its drugs are: an approval elsewhere gives access to them."""
        regimens = self._graphs.values(iri, t.HAS_REGIMEN)
        drugs = (drug for regimen in regimens for drug in self._graphs.values(regimen, t.INCLUDES))
        return self.record(iri) | self._union(self.drug, drugs)

    def _design(self, iri: str) -> Who:
        """Whom the item of the same id is considered for, and the labels that the study is behind."""
        id = t.item_id(iri)
        items = *(t.item(kind, id) for kind in _RECORDS), *self._graphs.values(iri, t.PIVOTAL_FOR)
        return self._union(self.record, items)

    def _coverage(self, iri: str) -> Who:
        """Whoever is treated with the drug where the plan pays."""
        found = self._union(self.drug, self._graphs.values(iri, t.OF_DRUG))
        return frozenset(each._replace(place="CN") for each in found if each.place in {None, "CN"})

    def _caution(self, iri: str) -> Who:
        return self._union(self._of_family, self._graphs.values(iri, t.CAUTION_FOR))

    def _of_family(self, iri: str) -> Who:
        """Whom a drug, the members of a class, and the schemes with one of these are considered for."""
        members = dict.fromkeys((iri, *self._graphs.subjects(t.IN_CLASS, iri)))
        schemes = (scheme for each in members for scheme in self._graphs.subjects(t.COMPONENT, each))
        return self._union(self.drug, dict.fromkeys((*members, *schemes)))

    def _therapy(self, iri: str) -> Who:
        """Also whom items are considered for whose texts name it."""
        found = self._of_family(iri) | self._union(self._requirement, self._graphs.subjects(t.ANY_OF, iri))
        names = {_folded(name) for name in (t.item_id(iri), *self._graphs.values(iri, t.SEARCH_KEY, t.LABEL))}
        texts = (each for each, text in self._conditions().items() if any(name in text for name in names if name))
        return found | self._union(self.record, texts)

    def _conditions(self) -> dict[str, str]:
        """What records ask for in words, without anything but letters and digits."""
        if self._texts is None:
            records = (*self._graphs.stating(t.CONDITION), *self._graphs.stating(t.REQUIRES))
            self._texts = {iri: self._words(iri) for iri in dict.fromkeys(records)}
        return self._texts

    def _words(self, iri: str) -> str:
        asked = self._graphs.values(iri, t.REQUIRES)
        asked = (*asked, *(each for one in asked for each in self._graphs.values(one, t.SATISFIED_BY)))
        texts = (text for one in asked for text in self._graphs.values(one, t.LABEL))
        return " ".join(map(_folded, (*self._graphs.values(iri, t.CONDITION), *texts)))

    def _requirement(self, iri: str) -> Who:
        wholes = (iri, *self._graphs.subjects(t.SATISFIED_BY, iri))
        return self._union(self.record, (label for each in wholes for label in self._graphs.subjects(t.REQUIRES, each)))

    # Tumor types and sources

    def _tumor(self, iri: str) -> Who:
        naming = (*self._graphs.subjects(t.HAS_TUMOR_TYPE, iri), *self._graphs.subjects(t.EXCLUDES_TUMOR_TYPE, iri))
        return self._union(self._of_item, naming)

    def _source(self, iri: str) -> Who:
        return self._union(self._of_item, self._graphs.subjects(t.SOURCE, iri))

    def _of_item(self, iri: str) -> Who:
        follow = {"coverage": self._coverage, "caution": self._caution, "design": self._design}
        kind = kind_of(iri)
        return self.record(iri) if kind in _RECORDS else follow[kind](iri) if kind in follow else NOBODY


_RECORDS = ("evidence", "indication", "trial")


def _of_genes(symbols: Iterable[str]) -> Who:
    return frozenset({Condition(frozenset(f"{GENE}{symbol}" for symbol in symbols))})


GENE, OPEN = "gene:", "open:"
"""What a gene with any alteration is carried as, and a biomarker that a result leaves open."""


def _plain(who: Who) -> Who:
    return EVERYONE if Condition() in who else who


def _folded(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())


def _is_negative(biomarker: Biomarker) -> bool:
    """Whether it may be present in a patient without any alteration or measure."""
    return biomarker.kind in {"none", "wild type"} or biomarker.state == "absent" or biomarker.id.endswith(":NOSENS")


def _is_structural(graphs: _Graphs, id: str) -> bool:
    """Whether other alterations of the gene are read by it than those that it describes itself."""
    for known in graphs.both:
        found = _or_none(known.biomarker, id)
        if found is not None and (
            found.kind in SUPERSTRUCTURE or "activating" in found.classes or known.narrower_biomarkers(found)
        ):
            return True
    return False


# --- from patients to what they carry -------------------------------------------------------------------------------


class _Symbol(NamedTuple):
    """A gene's symbol as a file writes it: what it stands for in either graph, and what changes may be carried by it.

    `moved` is set where the graphs read it otherwise, `unknown` where one does not know it.
    """

    moved: bool
    unknown: bool
    carried: frozenset[str]
    biomarkers: tuple[str, ...]

    @property
    def is_dull(self) -> bool:
        """Whether no change is carried by the gene, and both graphs read it alike."""
        return not (self.moved or self.carried or self.biomarkers)


def _has_panel(subject: Subject) -> bool:
    """Whether a sample's assay is one of the user's own, which has genes and may have cut-offs of its own."""
    named = (subject.request.assay, *(sample.assay for sample in subject.patient.samples))
    return any(each is not None and each.upper() not in BUILT_IN for each in named)


class _Readers:
    """What patients carry of that by which changes reach anybody, worked out once for each alteration and each word."""

    def __init__(self, graphs: _Graphs, kinds: Collection[str], carriers: Collection[str | None]) -> None:
        self._graphs = graphs
        self._kinds = frozenset(kinds)
        self._counts_unknown = "gene" in self._kinds
        self._carriers = frozenset(each for each in carriers if each is not None)
        named = {id.removeprefix(OPEN) for id in self._carriers if not id.startswith(GENE)}
        self._defined = {id: graphs.biomarkers(id) for id in sorted(named)}
        self._of_gene: dict[str, list[str]] = {}
        for id, defined in self._defined.items():
            for gene in dict.fromkeys(gene for each in defined for gene in each.genes):
                self._of_gene.setdefault(gene, []).append(id)
        self._symbols: dict[str, _Symbol] = {}
        self._dull: set[str] = set()
        self._alterations: dict[tuple[object, ...], frozenset[str]] = {}
        self._values: dict[MarkerValue, frozenset[str] | None] = {}
        self._stated: dict[MarkerValue, list[tuple[Alteration, ...]]] = {}
        self._drugs: dict[str, bool] = {}
        self._markers: dict[tuple[str, str], bool] = {}
        self._borne: dict[tuple[object, ...], tuple[str, ...]] = {}

    def carried(self, subject: Subject) -> frozenset[str] | None:
        """The carriers that a patient may carry; None where the graphs read the patient's own words otherwise."""
        has_panel = _has_panel(subject)
        if self._is_read_otherwise(subject) or (has_panel and self._counts_unknown):
            return None
        found: set[str] = set()
        unknown: set[str] = set()
        for alteration in subject.patient.alterations:
            carried = self._carried(alteration, has_panel, unknown)
            if carried is None:
                return None
            found |= carried
        if self._counts_unknown and 0 < len(unknown) < MOST_NAMED:
            return None
        return frozenset(found)

    def _carried(self, alteration: Alteration, has_panel: bool, unknown: set[str]) -> frozenset[str] | None:
        if isinstance(alteration, MarkerValue):
            return self._of_marker(alteration, has_panel, unknown)
        if type(alteration) is SmallVariant and alteration.gene in self._dull:
            return frozenset()  # most of an exome
        found: set[str] = set()
        for gene in genes_of(alteration):
            symbol = self._symbols.get(gene)
            if symbol is None:
                symbol = self._symbols[gene] = self._symbol(gene)
                if gene and symbol.is_dull and not (symbol.unknown and self._counts_unknown):
                    self._dull.add(gene)
            if symbol.moved or (not gene and not self._kinds.isdisjoint(_PLACED_BY)):
                return None
            if symbol.unknown:
                unknown.add(gene)
            found |= symbol.carried
            if symbol.biomarkers:
                found |= self._of_alteration(alteration, symbol, has_panel)
        return frozenset(found)

    # The patient's own words

    def _is_read_otherwise(self, subject: Subject) -> bool:
        """Whether drugs of the history are read otherwise, or may be in what else a file tells of a person."""
        if "therapy" not in self._kinds:
            return False
        patient = subject.patient
        if patient.events or patient.organoids or patient.preferences or patient.medications:
            return True
        return any(self._is_other_drug(name) for each in patient.prior_therapies or () for name in each.regimen)

    def _is_other_drug(self, name: str) -> bool:
        found = self._drugs.get(name)
        if found is None:
            one, other = (_read_drug(name, each) for each in self._graphs.both)
            found = self._drugs[name] = one != other
        return found

    def _symbol(self, written: str) -> _Symbol:
        found = [each.gene(written) for each in self._graphs.both]
        approved = tuple(dict.fromkeys(each.symbol if each is not None else written for each in found))
        moved = (found[0] and found[0].symbol) != (found[1] and found[1].symbol)
        carried = self._carriers.intersection(f"{GENE}{symbol}" for symbol in approved)
        biomarkers = tuple(dict.fromkeys(id for symbol in approved for id in self._of_gene.get(symbol, ())))
        return _Symbol(moved, None in found, carried, biomarkers)

    # Measures

    def _of_marker(self, value: MarkerValue, has_panel: bool, unknown: set[str]) -> frozenset[str] | None:
        """What a marker may carry, and the alterations that it states; None where the graphs read it otherwise."""
        somewhere = replace(value, place=Place(""))
        readings = self._stated.get(somewhere)
        if readings is None:
            readings = self._stated[somewhere] = [stated_alterations(somewhere, each) for each in self._graphs.both]
        one, other = readings
        found = self._told(somewhere)
        if one != other or found is None:
            return None
        for each in one:
            carried = self._carried(each, has_panel, unknown)
            if carried is None:
                return None
            found |= carried
        return found

    def _told(self, value: MarkerValue) -> frozenset[str] | None:
        """The biomarkers that a measure bears on, wherever it was told; None where the graphs read it otherwise."""
        if value not in self._values:
            self._values[value] = self._read_value(value)
        return self._values[value]

    def _read_value(self, value: MarkerValue) -> frozenset[str] | None:
        held = [each for each in measures(value) if has_result(each)]
        if not self._kinds.isdisjoint(_PLACED_BY) and any(map(self._is_other_marker, held)):
            return None
        told = (each for one in held for id in self._borne_on(one) for each in self._by_measure(id, one))
        return self._carriers.intersection(told)

    def _is_other_marker(self, measure: Measure) -> bool:
        """Whether the graphs read the name of a measure otherwise."""
        key = measure.source.marker, measure.marker
        found = self._markers.get(key)
        if found is None:
            one, other = (_read_marker(measure, each) for each in self._graphs.both)
            found = self._markers[key] = one != other
        return found

    def _borne_on(self, measure: Measure) -> tuple[str, ...]:
        """The biomarkers that a measure may bear on, whatever its value."""
        key = measure.source.marker, measure.marker, measure.scale, measure.is_of_sequence
        found = self._borne.get(key)
        if found is None:
            named = STATED.get(measure.marker, {})
            found = self._borne[key] = tuple(
                id
                for id, defined in self._defined.items()
                if id in named or any(Told(measure, {}).bears_on(each) for each in defined)
            )
        return found

    def _by_measure(self, id: str, measure: Measure) -> set[str]:
        """As what a biomarker may be carried by a measure: as itself, as left open, or not at all."""
        said = {_said(each, measure) for each in self._defined[id]}
        return ({id} if True in said else set()) | ({f"{OPEN}{id}"} if None in said else set())

    # Alterations

    def _of_alteration(self, alteration: Alteration, symbol: _Symbol, any_copies: bool) -> frozenset[str]:
        key = *_mark(alteration), any_copies
        found = self._alterations.get(key)
        if found is None:
            told = self._by_alteration(alteration, symbol.biomarkers, any_copies)
            found = self._alterations[key] = self._carriers.intersection(told)
        return found

    def _by_alteration(self, alteration: Alteration, ids: Iterable[str], any_copies: bool) -> Iterator[str]:
        """As what biomarkers of the gene may be carried by an alteration: as themselves, or as left open."""
        for id in ids:
            found = [self._described(each, alteration, any_copies) for each in self._defined[id]]
            if any(each is True for each in found):
                yield id
            if any(each is None for each in found):
                yield f"{OPEN}{id}"

    def _described(self, biomarker: Biomarker, alteration: Alteration, any_copies: bool) -> bool | None:
        """Whether an alteration is what a biomarker describes, by either graph; None where it only may be."""
        if "biallelic" in biomarker.classes:
            return True
        if isinstance(alteration, CopyNumberChange) and (any_copies or biomarker.id in HER2_CRITERIA):
            return True
        readings = [(one, known) for known in self._graphs.both for one in _read_as(alteration, known)]
        if any(_has_place_of(biomarker, one) for one, _ in readings):
            return True
        found = [match for one, known in readings if (match := covers(biomarker, one, known)) is not None]
        return (True if any(each.doubt is None for each in found) else None) if found else False


def _mark(alteration: Alteration) -> tuple[object, ...]:
    """All of an alteration by which biomarkers describe it."""
    one = alteration
    if isinstance(one, SmallVariant):
        told = one.gene, one.protein, one.coding, one.consequences, one.exon, one.codon
        return *told, one.transcript, one.origin, one.significance
    if isinstance(one, CopyNumberChange):
        return one.gene, one.state, one.log_ratio if one.state is CopyNumberState.UNCLEAR else None
    assert isinstance(one, Fusion)
    return one.five_prime, one.three_prime, one.in_frame, one.oriented, one.five_prime_exon, one.three_prime_exon


def _read_as(alteration: Alteration, known: KnowledgeBase) -> Iterator[Alteration]:
    """An alteration with approved symbols, and with its exon left open where it tells no other place."""
    read = with_approved_genes(alteration, {}, {}, known)
    yield read
    if isinstance(read, SmallVariant) and read.exon is not None:
        yield replace(read, exon=None)


def _has_place_of(biomarker: Biomarker, alteration: Alteration) -> bool:
    """Whether a note may compare its position with the biomarker's: it has the same protein change."""
    from kb.nomenclature.protein import parse as parse_protein

    if not biomarker.genomic_changes or not isinstance(alteration, SmallVariant) or alteration.protein is None:
        return False
    return any(parse_protein(change) == alteration.protein for change in biomarker.protein_changes)


def _read_marker(measure: Measure, known: KnowledgeBase) -> object:
    """What is told of a measure's name: whether biomarkers have it, the gene that it names, the names nearest to it."""
    name = measure.marker
    has_biomarkers = bool(known.biomarkers_of_marker(name)), bool(known.biomarkers_named(measure.source.marker))
    return has_biomarkers, known.gene(name), () if any(has_biomarkers) else known.nearest_markers(name, NAMES)


def _said(biomarker: Biomarker, measure: Measure) -> bool | None:
    """Whether a measure says that a biomarker is there; None where it leaves it open.

    True where more than the measure of its own marker counts: its name, its parts, a criterion of several results.
    """
    is_plain = biomarker.marker is not None and biomarker.id not in HER2_CRITERIA and measure.part is None
    if not is_plain or not is_about(biomarker, measure) or stated(biomarker, measure) is not None:
        return True
    return judge(biomarker, measure)


def _read_drug(name: str, known: KnowledgeBase) -> object:
    """What is read of a drug's name: the drug with its parts, or why it is not known."""
    try:
        found = known.therapy(name)
    except UnknownTherapy as error:
        return str(error)
    return found, known.therapies(found.components)


_PLACED_BY = frozenset({"biomarker", "gene", "exon"})
"""Kinds of items by which calls without a gene are placed, and the names of markers are read."""
