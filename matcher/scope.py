"""What of the graph bears on some regimens: enough to find about them what the whole graph finds, and little more."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from kb.biomarker import ANY_MUTATION
from kb.evidence import Evidence
from kb.indication import Indication
from kb.profile import mentions, parse
from kb.trial import Trial
from matcher import tier_rules
from matcher.biomarker_status import Bearing, genes_counting

if TYPE_CHECKING:
    from kb.biomarker import Biomarker
    from kb.graph import KnowledgeBase
    from kb.indication import Regimen
    from matcher.biomarker_status import News, Told
    from matcher.facts import Query, Wanted
    from matcher.markers import Measure
    from matcher.tier_rules import Form
    from rules.language import RuleSet

Record = Indication | Evidence | Trial
Naming = Callable[[str], Iterable["Regimen"]]


class Selection(NamedTuple):
    """What statements select patients by: profiles, each of which suffices, or tumor types where they ask for none.

    `genomic` says that only what was found in the genome counts.
    """

    profiles: tuple[str, ...]
    tumor_types: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    genomic: bool = False


@dataclass(frozen=True)
class Selecting:
    """Regimens by what statements about them select patients by."""

    regimens: Mapping[Selection, Collection[Regimen]]

    @cached_property
    def by_profile(self) -> dict[str, tuple[Selection, ...]]:
        """The selections with a profile."""
        found: dict[str, list[Selection]] = {}
        for selection in self.regimens:
            for profile in selection.profiles:
                found.setdefault(profile, []).append(selection)
        return {profile: tuple(selections) for profile, selections in found.items()}


class Asks(NamedTuple):
    """What of a statement decides how a patient stands to it; `own` is its jurisdiction, or whether it recruits."""

    kind: type[Record]
    profile: str | None
    tumor_types: tuple[str, ...]
    excluded: tuple[str, ...]
    own: str | bool | None


class Said(NamedTuple):
    """What a record says of one of its regimens: its place among statements by kind and id, and its name."""

    place: int
    name: str
    regimen: Regimen
    record: Record


class Alike(NamedTuple):
    """Statements, by name, that ask for the same, say the same of their regimens (`matcher.conflicts.speaks`), and, of
    evidence, have the same level.
    """

    says: str
    level: str
    said: tuple[Said, ...]


@dataclass(frozen=True)
class Scope:
    """The statements about some regimens (`regimens`), and all others that bear on these.

    What bears on a regimen: statements about it, about a part of it or about a class of its parts (they may speak
    against it), about one drug alone with a target of a part of a combination (it may carry that to another tumor
    type), and indications with such a drug that exclude tumor types. `profiles` are what these statements select by,
    each with the biomarkers that it mentions.
    """

    regimens: frozenset[Regimen]
    indications: tuple[Indication, ...]
    evidence: tuple[Evidence, ...]
    trials: tuple[Trial, ...]
    profiles: dict[str, frozenset[str]]
    near: frozenset[Regimen]
    """The regimens whose parts are parts of these or classes of such parts: what speaks against one may reach these."""
    cores: dict[Regimen, Regimen] = field(default_factory=dict, compare=False, repr=False)
    """The regimens without supportive drugs, as far as they were asked for."""
    carrying: dict[tuple[frozenset[str], str, str], frozenset[Regimen]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """The single drugs that may carry parts of combinations, by parts, tumor type and day, as far as asked for."""
    parts: dict[frozenset[Regimen], Scope] = field(default_factory=dict, compare=False, repr=False)
    """The scopes of some of the regimens, as far as they were asked for."""
    reached: list[Wanted] = field(default_factory=list, compare=False, repr=False)
    """Its biomarkers as results may put them in reach, once that was asked for."""
    touching: list[Touching] = field(default_factory=list, compare=False, repr=False)
    """Which of its profiles results may touch, once that was asked for."""
    selected: dict[tuple[tuple[Form, ...] | None, str, str], Selecting] = field(
        default_factory=dict, compare=False, repr=False
    )
    """What statements of some forms select by, by forms, tumor type and jurisdiction, as far as asked for."""

    @cached_property
    def biomarkers(self) -> frozenset[str]:
        """Every biomarker that some statement mentions."""
        return frozenset().union(*self.profiles.values())

    @cached_property
    def mentioning(self) -> dict[str, tuple[str, ...]]:
        """For each biomarker the profiles that mention it."""
        found: dict[str, list[str]] = {}
        for profile, named in self.profiles.items():
            for name in named:
                found.setdefault(name, []).append(profile)
        return {name: tuple(profiles) for name, profiles in found.items()}

    @cached_property
    def statements(self) -> dict[Asks, tuple[Alike, ...]]:
        """What is said of its own regimens, by what decides how a patient stands to it."""
        from matcher.conflicts import speaks  # it builds on the module that builds on this one

        found: dict[Asks, dict[tuple[str, str], list[Said]]] = {}
        place = 0
        records: tuple[Record, ...] = (*self.indications, *self.evidence, *self.trials)
        for record in records:
            alike = speaks(record), record.level if isinstance(record, Evidence) else ""
            for number, regimen in enumerate(regimens_of(record)):
                if regimen in self.regimens:
                    name = record.id if number == 0 else f"{record.id}/{number + 1}"
                    said = found.setdefault(_asks(record), {}).setdefault(alike, [])
                    said.append(Said(place, name, regimen, record))
                    place += 1
        return {
            asks: tuple(Alike(*alike, tuple(sorted(said, key=_name))) for alike, said in each.items())
            for asks, each in found.items()
        }

    @cached_property
    def named(self) -> dict[str, tuple[int, Asks]]:
        """The place of each statement about its own regimens, and what it asks for, by name."""
        return {
            said.name: (said.place, asks)
            for asks, each in self.statements.items()
            for alike in each
            for said in alike.said
        }

    def selecting(self, query: Query, forms: tuple[Form, ...] | None, knowledge: KnowledgeBase) -> Selecting:
        """Its regimens by what statements of these forms about them select patients by; of all where None is given."""
        key = forms, query.tumor.code, query.jurisdiction
        found = self.selected.get(key)
        if found is None:
            if len(self.selected) >= QUERIES:
                self.selected.clear()
            found = self.selected[key] = self._selecting(query, forms, knowledge)
        return found

    def _selecting(self, query: Query, forms: tuple[Form, ...] | None, knowledge: KnowledgeBase) -> Selecting:
        found: dict[Selection, set[Regimen]] = {}
        records: tuple[Record, ...] = (*self.indications, *self.evidence, *self.trials)
        for record in records:
            regimens = self.regimens.intersection(regimens_of(record))
            fitting = _fitting(record, forms, query, knowledge) if forms is not None and regimens else ()
            if regimens and (forms is None or fitting):
                only_genomic = bool(fitting) and all(form.genomic for form in fitting)
                found.setdefault(_selection(record, only_genomic), set()).update(regimens)
        return Selecting(found)

    def wanted(self, knowledge: KnowledgeBase) -> Wanted:
        """Its biomarkers, as results may put them in reach."""
        if not self.reached:
            from matcher.facts import Wanted

            self.reached.append(Wanted(knowledge, self.biomarkers))
        return self.reached[0]

    def touched(self, news: News, knowledge: KnowledgeBase) -> frozenset[str] | None:
        """Its profiles whose statuses a difference in results may change; None where that may be all."""
        if not self.touching:
            self.touching.append(Touching(self.mentioning, knowledge))
        return self.touching[0].by(news)

    @cached_property
    def naming(self) -> dict[str, set[Regimen]]:
        """For each therapy the regimens with it that statements are about."""
        found: dict[str, set[Regimen]] = {}
        of_indications = (regimen for each in self.indications for regimen in each.regimens)
        of_trials = (regimen for each in self.trials for regimen in each.regimens)
        of_evidence = (each.regimen for each in self.evidence)
        for regimen in (*self.regimens, *of_indications, *of_evidence, *of_trials):
            for name in regimen:
                found.setdefault(name, set()).add(regimen)
        return found

    def core(self, regimen: Regimen, knowledge: KnowledgeBase) -> Regimen:
        """The regimen without supportive drugs."""
        found = self.cores.get(regimen)
        if found is None:
            from matcher.facts import core_of

            found = self.cores[regimen] = core_of(regimen, knowledge.therapies(regimen))
        return found

    def bearing(
        self, records: tuple[Record, ...], query: Query, in_foci: bool, knowledge: KnowledgeBase
    ) -> tuple[Record, ...]:
        """Those of the records that bear on the scope's regimens in a patient of whom this is asked.

        1. Statements about these regimens, but for supportive drugs. 2. Where something speaks against a regimen that
        concerns them, or may tell for which part of a conjunction it does (`in_foci`, for several samples), all about
        that one: what speaks for it may outweigh that. 3. Where something about these regimens is for another tumor
        type: statements about one drug that may carry a combination, and labels that exclude the patient's tumor type.
        """
        lineage = frozenset((query.tumor.code, *query.tumor.ancestors))
        cores = {self.core(each, knowledge) for each in self.regimens}
        moved: set[Regimen] = set()
        for record in records:
            regimens, is_here = regimens_of(record), not lineage.isdisjoint(record.tumor_types)
            if not is_here:
                moved.update(self.regimens.intersection(regimens))
            elif isinstance(record, Evidence) and self._may_reach(record, in_foci):
                cores.add(self.core(record.regimen, knowledge))
        carrying = self._carrying(frozenset(moved), query, knowledge)

        def bears(record: Record) -> bool:
            named = [self.core(each, knowledge) for each in regimens_of(record)]
            if not cores.isdisjoint(named) or not carrying.isdisjoint(named):
                return True
            return bool(moved) and not lineage.isdisjoint(_excluded(record))

        return tuple(filter(bears, records))

    def _may_reach(self, evidence: Evidence, in_foci: bool) -> bool:
        """Whether evidence speaks against a regimen in a way that may concern those of the scope."""
        from matcher.conflicts import is_against

        return is_against(evidence) and (evidence.regimen in self.near or (in_foci and " " in evidence.profile))

    def _carrying(self, moved: frozenset[Regimen], query: Query, knowledge: KnowledgeBase) -> frozenset[Regimen]:
        """Single drugs that may carry a part, not in use for the tumor type, of combinations from another one."""
        parts = {part for core in (self.core(each, knowledge) for each in moved) if len(core) > 1 for part in core}
        key = frozenset(parts), query.tumor.code, query.as_of
        found = self.carrying.get(key)
        if found is None:
            lineage = query.tumor.code, *query.tumor.ancestors
            left = parts.difference(drug for drug, _ in knowledge.first_approvals(sorted(parts), query.as_of, lineage))
            alike = _alike([tuple(sorted(left))], knowledge) if left else ()
            found = self.carrying[key] = frozenset((drug,) for drug in alike)
        return found

    def mention(self, profile: str | None, biomarkers: Collection[str]) -> bool:
        """Whether a statement's profile mentions one of these biomarkers."""
        return profile is not None and not self.profiles[profile].isdisjoint(biomarkers)


class Touching:
    """Which profiles a difference in results may touch: those with a biomarker that it concerns, by gene and measure.

    Where "any mutation" of a gene is asked for, it counts which mutations they are.
    """

    def __init__(self, mentioning: Mapping[str, Iterable[str]], knowledge: KnowledgeBase) -> None:
        """`mentioning` are the profiles by the biomarkers that they mention."""
        self._asked: list[tuple[tuple[Biomarker, ...], frozenset[str]]] = []
        self._by_gene: dict[str, set[str]] = {}
        self._by_measure: dict[Measure, frozenset[str]] = {}
        bearing = Bearing()
        for name, profiles in mentioning.items():
            reached = bearing.reached(name, knowledge)
            if name.endswith(ANY_MUTATION):
                reached = (*reached, *knowledge.narrower_biomarkers(knowledge.biomarker(name)))
            self._asked.append((reached, frozenset(profiles)))
            for gene in genes_counting(reached):
                self._by_gene.setdefault(gene, set()).update(profiles)

    def by(self, news: News) -> frozenset[str] | None:
        """The profiles that the difference may touch; None where that may be all."""
        if news.measures is None:
            return None
        of_genes = (self._by_gene[gene] for gene in news.genes if gene in self._by_gene)
        return frozenset[str]().union(*of_genes, *map(self._by, news.measures))

    def _by(self, measure: Told) -> frozenset[str]:
        found = self._by_measure.get(measure.value)
        if found is None:
            if len(self._by_measure) >= MEASURES:
                self._by_measure.clear()
            borne_on = (profiles for reached, profiles in self._asked if any(map(measure.bears_on, reached)))
            found = self._by_measure[measure.value] = frozenset[str]().union(*borne_on)
        return found


MEASURES = 256
"""For so many measures it is kept which profiles they may touch."""


def regimens_of(record: Record) -> tuple[Regimen, ...]:
    """The regimens that a record is about, in its order."""
    return (record.regimen,) if isinstance(record, Evidence) else record.regimens


def _name(said: Said) -> str:
    return said.name


def _asks(record: Record) -> Asks:
    from matcher.facts import any_profile

    if isinstance(record, Evidence):
        return Asks(Evidence, record.profile, record.tumor_types, (), None)
    if isinstance(record, Indication):
        return Asks(Indication, record.profile, record.tumor_types, record.excluded_tumor_types, record.jurisdiction)
    return Asks(Trial, any_profile(record), record.tumor_types, record.excluded_tumor_types, record.recruiting)


def _selection(record: Record, only_genomic: bool) -> Selection:
    profiles = record.profiles if isinstance(record, Trial) else (record.profile,) if record.profile else ()
    if not profiles:
        return Selection((), record.tumor_types, _excluded(record))
    return Selection(profiles, genomic=only_genomic and len(profiles) == 1)


def _excluded(record: Record) -> tuple[str, ...]:
    return record.excluded_tumor_types if isinstance(record, Indication) else ()


def _fitting(record: Record, forms: Iterable[Form], query: Query, knowledge: KnowledgeBase) -> tuple[Form, ...]:
    """Those of some forms that a statement has for whoever this is asked of; none where it is not considered."""
    from matcher.facts import relation_to, speaks_for

    fitting = _formed(record, forms)
    if isinstance(record, Indication):
        is_here = record.jurisdiction == query.jurisdiction
        fitting = [form for form in fitting if form.place in {None, is_here}]
    if not fitting:
        return ()
    relation = relation_to(record, query.tumor, knowledge)
    if not speaks_for(record, relation, query):
        return ()
    return tuple(form for form in fitting if form.relations is None or relation in form.relations)


def _formed(record: Record, forms: Iterable[Form]) -> list[Form]:
    """Those of some forms that a statement has by what its fact says, whoever the patient is."""
    from matcher.facts import said_of

    predicate, said = _PREDICATES[type(record)], said_of(record)
    return [form for form in forms if form.predicate == predicate and said.items() >= {*form.fields}]


def best_tier(record: Record, rules: RuleSet) -> int:
    """The place of the best tier that the rules may recommend a statement in, whoever the patient is."""
    places = (
        place
        for place, tier in enumerate(tier_rules.tiers())
        if (forms := tier_rules.forms(tier, rules)) is None or _formed(record, forms)
    )
    return next(places, len(tier_rules.tiers()))


KINDS: Mapping[type[Record], int] = {Indication: 0, Evidence: 1, Trial: 2}
"""The order of records of several kinds."""

_PREDICATES: Mapping[type[Record], str] = {Indication: "indication", Evidence: "evidence", Trial: "trial"}
"""What the facts of statements are of."""


SCOPES = 1024
"""So many scopes are kept for a graph, those asked for last: a board asks about one drug in several patients."""

QUERIES = 64
"""For so many questions (tumor type, jurisdiction, forms) a scope keeps what its statements select by."""

PARTS = 256
"""So many parts of a scope are kept with it."""

_KEPT: WeakKeyDictionary[KnowledgeBase, OrderedDict[frozenset[Regimen], Scope]] = WeakKeyDictionary()


def scope_of(regimens: Iterable[Regimen], knowledge: KnowledgeBase) -> Scope:
    """Everything of the graph that can bear on whether one of these regimens is recommended; the last ones are kept."""
    wanted, kept = frozenset(regimens), _KEPT.setdefault(knowledge, OrderedDict())
    if wanted not in kept:
        kept[wanted] = _scope(wanted, knowledge)
        while len(kept) > SCOPES:
            kept.popitem(last=False)
    kept.move_to_end(wanted)
    return kept[wanted]


def _scope(wanted: frozenset[Regimen], knowledge: KnowledgeBase) -> Scope:
    near, about = _about(wanted, knowledge, cache(lambda name: knowledge.regimens_with([name])))
    excluding = knowledge.indications_with_exclusions(knowledge.regimens_with(_alike(wanted, knowledge)))
    own = {each.id: each for each in knowledge.indications_of_regimens(about)}
    indications = own | {each.id: each for each in excluding}
    evidence, trials = knowledge.evidence_of_regimens(about), knowledge.trials_of_regimens(about)
    asked = _profiles(indications.values(), evidence, trials)
    return Scope(
        wanted,
        tuple(indications[name] for name in sorted(indications)),
        evidence,
        trials,
        {profile: _mentioned(profile, knowledge) for profile in asked},
        near,
    )


def narrowed(scope: Scope, regimens: Iterable[Regimen], knowledge: KnowledgeBase) -> Scope:
    """The scope of some of a scope's regimens: as `scope_of` finds it, without asking the graph for statements."""
    wanted = frozenset(regimens)
    if wanted == scope.regimens:
        return scope
    found = scope.parts.get(wanted)
    if found is None:
        if len(scope.parts) >= PARTS:
            scope.parts.clear()
        found = scope.parts[wanted] = _narrowed(scope, wanted, knowledge)
    return found


def _narrowed(scope: Scope, wanted: frozenset[Regimen], knowledge: KnowledgeBase) -> Scope:
    near, about = _about(wanted, knowledge, lambda name: scope.naming.get(name, ()))
    alike = frozenset(_alike(wanted, knowledge))
    indications = tuple(each for each in scope.indications if _bears(each, about, alike))
    evidence = tuple(each for each in scope.evidence if each.regimen in about)
    trials = tuple(each for each in scope.trials if not about.isdisjoint(each.regimens))
    asked = _profiles(indications, evidence, trials)
    profiles = {profile: scope.profiles[profile] for profile in asked}
    return Scope(wanted, indications, evidence, trials, profiles, near, scope.cores, scope.carrying)


def _bears(indication: Indication, about: frozenset[Regimen], alike: frozenset[str]) -> bool:
    """Whether an indication is about one of these regimens, or leaves tumor types out and names one of the drugs."""
    if not about.isdisjoint(indication.regimens):
        return True
    return bool(indication.excluded_tumor_types) and any(not alike.isdisjoint(each) for each in indication.regimens)


def _profiles(
    indications: Iterable[Indication], evidence: Iterable[Evidence], trials: Iterable[Trial]
) -> dict[str, None]:
    """The profiles that statements select by, each once."""
    of_indications = [each.profile for each in indications if each.profile is not None]
    of_trials = [profile for trial in trials for profile in trial.profiles]
    return dict.fromkeys((*of_indications, *(each.profile for each in evidence), *of_trials))


def _about(
    wanted: frozenset[Regimen], knowledge: KnowledgeBase, naming: Naming
) -> tuple[frozenset[Regimen], frozenset[Regimen]]:
    """The regimens that are near the wanted ones, and with them those that may carry them to another tumor type.

    `naming` gives the regimens with a therapy.
    """
    near = wanted | _parts_and_classes(wanted, knowledge, naming)
    combined = [regimen for regimen in wanted if len(regimen) > 1]
    return near, near.union((drug,) for drug in _alike(combined, knowledge))


def _mentioned(profile: str, knowledge: KnowledgeBase) -> frozenset[str]:
    return frozenset((*knowledge.profile_members(profile), *mentions(parse(profile))))


def _parts_and_classes(regimens: Collection[Regimen], knowledge: KnowledgeBase, naming: Naming) -> set[Regimen]:
    """The regimens each of whose parts is a part of one of these, a class of such a part, or supportive."""
    from matcher.facts import SUPPORTIVE

    therapies = knowledge.therapies({part for regimen in regimens for part in regimen})
    supportive = {name for group in SUPPORTIVE for name in knowledge.therapies_of(knowledge.therapy(group))}
    found: set[Regimen] = set()
    for regimen in regimens:
        names = {*regimen, *(above for part in regimen if part in therapies for above in therapies[part].classes)}
        fitting = names | supportive
        found.update(each for name in names for each in naming(name) if fitting.issuperset(each))
    return found


def _alike(regimens: Collection[Regimen], knowledge: KnowledgeBase) -> tuple[str, ...]:
    """The drugs with a molecular target of a part of these regimens, and the parts."""
    parts = {part for regimen in regimens for part in regimen}
    targets = {target for each in knowledge.therapies(parts).values() for target in each.targets}
    return tuple(sorted(parts | knowledge.therapies_with_target(sorted(targets))))
