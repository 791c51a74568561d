"""Match trees of CTML as groups of criteria: clinical criteria beside one boolean profile.

    {and: [{clinical: {oncotree_primary_diagnosis: "!Melanoma", age_numerical: ">=18"}},
           {or: [{genomic: {hugo_symbol: BRAF, protein_change: p.V600E}}, {genomic: {hugo_symbol: NRAS, ...}}]}]}

is one group: any type but MEL, 18 years, `BRAF:V600E OR NRAS:MUT`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from kb.errors import UnknownTerm
from kb.loaders.trial_terms import Conditions, short
from kb.normalizer import Normalizer, VariantName
from kb.profile import All, AnyOf, Not, One, Profile, parse
from kb.statements import Row

MOST_GROUPS = 200
MOST_NODES = 5_000
SOURCE = "defined by a criterion of a CTML trial"


class Group(NamedTuple):
    """Criteria that hold together.

    `wanted` are tumor types of which one suffices, None for any; `excluded` those that none may be of. `conditions`
    are texts that stay open. `profile` is None when no biomarker is asked for.
    """

    wanted: frozenset[str] | None = None
    excluded: frozenset[str] = frozenset()
    minimum_age: float = 0
    conditions: tuple[str, ...] = ()
    profile: Profile | None = None


Groups = tuple[Group, ...]
"""Groups of which one suffices; none at all is what nobody can meet."""

ALWAYS = Group()


# Joining groups


def both(parts: Iterable[Groups], names: Normalizer) -> Groups:
    """All parts together: each group of one with each of the others; what no diagnosis can meet falls away."""
    joined: Groups = (ALWAYS,)
    for part in parts:
        pairs = [_met(left, right, names) for left in joined for right in part]
        joined = either([tuple(pair for pair in pairs if pair is not None)])
    return joined


def either(parts: Iterable[Groups]) -> Groups:
    """One part suffices; groups that differ only in profile, or only in tumor types, become one."""
    alike: dict[Group, list[Profile | None]] = {}
    for part in parts:
        for group in part:
            alike.setdefault(group._replace(profile=None), []).append(group.profile)
    merged = [group._replace(profile=any_profile(profiles)) for group, profiles in alike.items()]
    by_rest: dict[Group, list[frozenset[str] | None]] = {}
    for group in merged:
        by_rest.setdefault(group._replace(wanted=None), []).append(group.wanted)
    if len(by_rest) > MOST_GROUPS:
        raise UnknownTerm("match tree", "match", f"it falls into more than {MOST_GROUPS} groups of clinical criteria")
    return tuple(group._replace(wanted=_any_tumor(wanted)) for group, wanted in by_rest.items())


def _any_tumor(wanted: list[frozenset[str] | None]) -> frozenset[str] | None:
    codes: set[str] = set()
    for each in wanted:
        if each is None:
            return None
        codes |= each
    return frozenset(codes)


def _met(left: Group, right: Group, names: Normalizer) -> Group | None:
    """Both groups in one, None when no tumor type can be in both."""
    excluded = left.excluded | right.excluded
    wanted = _in_both(left.wanted, right.wanted, names)
    if wanted is not None:
        wanted = frozenset(code for code in wanted if not _lineage(code, names) & excluded)
        if not wanted:
            return None
    conditions = tuple(sorted({*left.conditions, *right.conditions}))
    profiles = [profile for profile in (left.profile, right.profile) if profile is not None]
    profile = all_profile(profiles) if profiles else None
    return Group(wanted, excluded, max(left.minimum_age, right.minimum_age), conditions, profile)


def _in_both(left: frozenset[str] | None, right: frozenset[str] | None, names: Normalizer) -> frozenset[str] | None:
    if left is None or right is None:
        return right if left is None else left
    return frozenset(
        {code for code in left if _lineage(code, names) & right}
        | {code for code in right if _lineage(code, names) & left}
    )


def _lineage(code: str, names: Normalizer) -> set[str]:
    """The tumor type and all above it."""
    found: set[str] = set()
    waiting = [code]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting.extend(names.broader_tumors(each) if names.is_tumor_type(each) else ())
    return found


# Joining profiles


def any_profile(profiles: Iterable[Profile | None]) -> Profile | None:
    """One suffices; a part that asks for nothing makes the whole ask for nothing."""
    parts: dict[Profile, None] = {}
    for profile in profiles:
        if profile is None:
            return None
        parts.update(dict.fromkeys(profile.parts if isinstance(profile, AnyOf) else (profile,)))
    return next(iter(parts)) if len(parts) == 1 else AnyOf(tuple(parts))


def all_profile(profiles: Iterable[Profile]) -> Profile:
    """All are needed."""
    parts: dict[Profile, None] = {}
    for profile in profiles:
        parts.update(dict.fromkeys(profile.parts if isinstance(profile, All) else (profile,)))
    return next(iter(parts)) if len(parts) == 1 else All(tuple(parts))


def written(profile: Profile) -> str:
    """The profile as an expression that `kb.profile.parse` reads back.

    >>> written(parse("NOT (A OR B) AND (C OR D AND E)"))
    'NOT (A OR B) AND (C OR (D AND E))'
    """
    if isinstance(profile, One):
        return profile.biomarker
    if isinstance(profile, Not):
        inner = written(profile.part)
        return f"NOT {inner}" if isinstance(profile.part, One) else f"NOT ({inner})"
    word = " AND " if isinstance(profile, All) else " OR "
    return word.join(f"({written(part)})" if isinstance(part, All | AnyOf) else written(part) for part in profile.parts)


# Reading nodes


class Reader:
    """Reads the trees of one arm; `understood` has one entry for each criterion, `notes` what was not."""

    def __init__(self, names: Normalizer, record: str) -> None:
        self._names, self._record = names, record
        self._conditions = Conditions(names)
        self._nodes = 0
        self.understood: list[bool] = []
        self.notes: list[str] = []

    def groups(self, match: Any) -> Groups:
        """The groups of a match list; its items hold together."""
        try:
            return self._all(match if isinstance(match, list) else [match])
        except RecursionError as error:
            raise UnknownTerm("match tree", "match", "it nests too deep to be a match tree") from error

    def _all(self, nodes: Any) -> Groups:
        return both([self._node(node) for node in self._listed(nodes, "and")], self._names)

    def _any(self, nodes: Any) -> Groups:
        return either([self._node(node) for node in self._listed(nodes, "or")])

    def _listed(self, nodes: Any, word: str) -> list[Any]:
        if not isinstance(nodes, list) or not nodes:
            raise UnknownTerm("match tree", short(repr(nodes)), f"`{word}` has no list of criteria")
        return nodes

    def _node(self, node: Any) -> Groups:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise UnknownTerm("match tree", "match", f"it has more than {MOST_NODES} nodes")
        if not isinstance(node, dict) or len(node) != 1:
            raise UnknownTerm(
                "match tree", short(repr(node)), "a node must be one of and, or, clinical, genomic, prior_treatments"
            )
        ((word, value),) = ((str(word), value) for word, value in node.items())
        if word == "and":
            return self._all(value)
        if word == "or":
            return self._any(value)
        if not isinstance(value, dict) or not value:
            raise UnknownTerm("match tree", short(repr(node)), f"a {word} node has no keys")
        keys = {str(key): each for key, each in value.items()}
        if word == "genomic":
            return (Group(profile=self._genomic(keys)),)
        if word == "clinical":
            return self._clinical(keys)
        return (self._text(f"{word.replace('_', ' ')}: {_shown(keys)}"),)

    def _text(self, text: str) -> Group:
        """A criterion kept as text."""
        self.understood.append(False)
        return Group(conditions=(short(text),))

    # Clinical nodes

    def _clinical(self, values: dict[str, Any]) -> Groups:
        """Each key by itself; a negated diagnosis together with others leaves open what is negated."""
        parts = {key: self._key(key, value) for key, value in values.items()}
        each = both(parts.values(), self._names)
        others = [key for key in values if key not in ("age_numerical", "oncotree_primary_diagnosis")]
        diagnosis = values.get("oncotree_primary_diagnosis")
        if not others or not is_negated(diagnosis) or any(is_negated(values[key]) for key in others):
            return each
        doubt = Group(conditions=(short(f"read by hand whether `{diagnosis}` goes with {', '.join(others)}"),))
        together = [(_opposite(parts[key]),) for key in others]
        aged = [parts["age_numerical"]] if "age_numerical" in parts else []
        apart = either([parts["oncotree_primary_diagnosis"], *together])
        self.notes.append(f"`{diagnosis}` with {', '.join(others)} can be read in two ways")
        return either([each, both([*aged, apart, (doubt,)], self._names)])

    def _key(self, key: str, value: Any) -> Groups:
        if key == "oncotree_primary_diagnosis":
            return self._diagnosis(value)
        if key == "age_numerical":
            return (self._age(value),)
        plain, negated = unsigned(value)
        profile = self._marker(key.lower(), str(plain).strip().lower())
        if profile is None:
            return (self._text(f"{key.replace('_', ' ')}: {_shown(value)}"),)
        self.understood.append(True)
        return (Group(profile=Not(profile) if negated else profile),)

    def _age(self, value: Any) -> Group:
        """A least age; `>` counts as `>=`, because ages are given in completed years."""
        found = re.fullmatch(r"\s*>=?\s*(\d*\.?\d+)\s*", str(value))
        if found is None:
            return self._text(f"age in years: {_shown(value)}")
        self.understood.append(True)
        return Group(minimum_age=float(found[1]))

    def _diagnosis(self, value: Any) -> Groups:
        """The tumor types of a name, or of a list of names; a wider type that stands in leaves the name to confirm."""
        stated = value if isinstance(value, list) else [value]
        if any(map(is_negated, stated)) and len(stated) > 1:
            return both([self._diagnosis(each) for each in stated], self._names)
        codes: set[str] = set()
        wider: list[str] = []
        for each in stated:
            name, _ = unsigned(each)
            try:
                placement = self._conditions.placed(str(name))
            except UnknownTerm as error:
                if is_negated(each):
                    return (self._text(f"the diagnosis is not {_shown(name)}"),)
                raise UnknownTerm("diagnosis", str(name), error.reason) from error
            codes.update(placement.codes)
            wider += [] if placement.exact and placement.profile is None else [f"the diagnosis is {_shown(name)}"]
        self.understood.append(not wider)
        if not is_negated(stated[0]):
            return (Group(wanted=frozenset(codes), conditions=tuple(wider)),)
        if wider:  # leaving out the wider type would leave out patients whom the trial takes
            return (Group(conditions=tuple(text.replace(" is ", " is not ", 1) for text in wider)),)
        return (Group(excluded=frozenset(codes)),)

    def _marker(self, key: str, value: str) -> Profile | None:
        """The profile of a marker's value; None for what no biomarker says."""
        named = _MARKERS.get(key, {}).get(value)
        if named is not None:
            return parse(named)
        return _tmb(value, self._names) if key in {"tmb", "tmb_numerical"} else None

    # Genomic nodes

    def _genomic(self, stated: dict[str, Any]) -> Profile:
        """The profile of one node: all its keys speak of the same alteration; a `!` anywhere negates it whole."""
        values = {key: unsigned(value)[0] for key, value in stated.items() if key not in _FOR_PEOPLE}
        text = {key: " ".join(str(value).split()) for key, value in values.items()}
        text = self._names.corrected("ctml", self._record, text)
        try:
            profile = _alteration(text, self._names)
            self.understood.append(True)
        except UnknownTerm as error:
            profile = One(_unnamed(text, self._names))
            self.understood.append(False)
            self.notes.append(f"only a report can state {_shown(values)} ({error.reason})")
        return Not(profile) if any(map(is_negated, stated.values())) else profile


def _opposite(groups: Groups) -> Group:
    """The negation of one marker's group, or of one text, which stays open."""
    (group,) = groups
    if group.profile is not None:
        return Group(profile=Not(group.profile))
    return Group(conditions=tuple(f"not: {text}" for text in group.conditions))


def is_negated(value: Any) -> bool:
    """Whether a value begins with the sign of negation."""
    return isinstance(value, str) and value.startswith("!")


def unsigned(value: Any) -> tuple[Any, bool]:
    """The value without its `!`, and whether it had one."""
    return (value[1:], True) if is_negated(value) else (value, False)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_shown(each)}" for key, each in value.items())
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)


_SIGNS = {"positive": "POS", "true": "POS", "negative": "NEG", "false": "NEG"}
_MARKERS: dict[str, dict[str, str]] = {
    f"{marker}_status": {word: f"{marker.upper()}:{sign}" for word, sign in _SIGNS.items()}
    for marker in ("her2", "er", "pr")
}
_MARKERS["mmr_status"] = _MARKERS["ms_status"] = {
    "mmr-deficient": "MMR:D OR MSI:H",
    "msi-h": "MMR:D OR MSI:H",
    "mmr-proficient": "MMR:P OR MSI:NOT_H",
    "msi-l": "MMR:P OR MSI:NOT_H",
    "mss": "MMR:P OR MSI:NOT_H",
}
"""MatchMiner takes the two tests for one, and so does a trial that is curated with them."""


def _tmb(value: str, names: Normalizer) -> Profile | None:
    found = re.fullmatch(r"(>=|>|<=|<)\s*(\d+(?:\.\d+)?)", value)
    if found is None:
        return None
    if found[1] == ">=" and float(found[2]) == 10:
        return One("TMB:H10")
    code = {">=": "GE", ">": "GT", "<=": "LE", "<": "LT"}[found[1]]
    id = f"TMB:{code}{found[2]}"
    row = _defined(id, f"TMB {found[1]}{found[2]} mut/Mb", "signature", marker="TMB")
    row |= {"operator": found[1], "threshold": found[2], "unit": "mutations/Mb"}
    return One(names.add_biomarker(Row(row)))


_FOR_PEOPLE = frozenset({"display_name", "comment"})
"""Keys that say nothing of a patient."""

_SIGNATURES = frozenset(
    {
        "uva_status",
        "uv_status",
        "tabacco_status",
        "tobacco_status",
        "pole_status",
        "temozolomide_status",
        "apobec_status",
    }
)
_AMPLIFIED = frozenset({"high amplification", "high level amplification"})
_CLASSES = {
    "missense_mutation": "missense",
    "missense": "missense",
    "nonsense_mutation": "nonsense",
    "nonsense": "nonsense",
    "frameshift": "frameshift",
    "in_frame_del": "in-frame deletion",
    "in_frame_ins": "in-frame insertion",
    "splice_site": "splice site",
}
_PART_OF_CLASS = {"frame_shift_del": "frameshift", "frame_shift_ins": "frameshift"}
"""Classes that only a part of a biomarker's alterations has: absent when it is, otherwise open."""

_OF_EXON = {
    "": "any coding", "missense": "missense", "nonsense": "nonsense", "frameshift": "frameshift",
    "in-frame deletion": "deletion", "in-frame insertion": "insertion", "splice site": "splice site",
}  # fmt: skip


def _alteration(values: dict[str, str], names: Normalizer) -> Profile:
    """The profile of a genomic node without its signs; UnknownTerm when a key or value has no biomarker."""
    for key in ("mmr_status", "ms_status"):
        if key in values:
            known = _MARKERS[key].get(values[key].lower())
            if known is None:
                raise UnknownTerm("biomarker", values[key], "not a value of this marker")
            return parse(known)
    if _SIGNATURES.intersection(values):
        raise UnknownTerm("biomarker", _shown(values), "a mutational signature by its name alone")
    unknown = set(values) - _READ
    if unknown:
        raise UnknownTerm("biomarker", _shown(values), f"the key {', '.join(sorted(unknown))} is not read")
    gene = names.gene(values.get("hugo_symbol", ""))
    if "wildtype" in values:
        if values["wildtype"].lower() != "true":
            raise UnknownTerm("biomarker", _shown(values), "wildtype is read only where it is true")
        return _named(gene, "wild type", names)
    return _of_category(values.get("variant_category", "").lower(), gene, values, names)


_READ = frozenset(
    {
        "hugo_symbol", "variant_category", "protein_change", "wildcard_protein_change", "variant_classification",
        "exon", "cnv_call", "wildtype", "molecular_function", "fusion_partner_hugo_symbol", "mmr_status", "ms_status",
    }
)  # fmt: skip


def _named(gene: str, text: str, names: Normalizer, partners: tuple[str | None, ...] = ()) -> Profile:
    return parse(names.biomarker(VariantName(gene, text, (), partners)))


_OF_MUTATION = frozenset({"protein_change", "wildcard_protein_change", "exon", "variant_classification"})
_OF_COPIES = frozenset({"cnv_call"})
_OF_FUSION = frozenset({"fusion_partner_hugo_symbol"})


def _mutation(gene: str, values: dict[str, str], names: Normalizer) -> Profile:
    """A small variant: each key that is given narrows it, and a protein change needs no class beside it."""
    parts: list[Profile] = []
    change = values.get("protein_change") or values.get("wildcard_protein_change")
    if change:
        parts.append(_named(gene, _change(change), names))
    elif _OF_MUTATION.intersection(values):
        parts.append(_of_class(gene, values, names))
    function = values.get("molecular_function", "").lower()
    if function == "activating":
        parts.append(_named(gene, "activating mutation", names))
    elif function == "inactivating":
        parts += [_named(gene, "loss-of-function", names), _named(gene, "mutation", names)]
    elif function:
        raise UnknownTerm("biomarker", function, "not a molecular function that is read")
    return all_profile(parts) if parts else _named(gene, "mutation", names)


def _change(text: str) -> str:
    """A protein change as variants are named; `p.729_761del` is any deletion within these codons."""
    within = re.fullmatch(r"(?:p\.)?(\d+)_(\d+)del", text)
    return f"del {within[1]}-{within[2]}" if within else text


def _of_class(gene: str, values: dict[str, str], names: Normalizer) -> Profile:
    stated = values.get("variant_classification", "").lower()
    kind = _CLASSES.get(stated) or _PART_OF_CLASS.get(stated) or ""
    if stated and not kind:
        raise UnknownTerm("biomarker", stated, "no class of consequences goes by this name")
    exon = values.get("exon", "")
    if exon and not exon.isdigit():
        raise UnknownTerm("biomarker", exon, "not the number of an exon")
    found = _named(gene, f"exon {exon} {_OF_EXON[kind]}" if exon else kind, names)
    return all_profile([found, One(_unnamed(values, names))]) if stated in _PART_OF_CLASS else found


def _copies(gene: str, values: dict[str, str], names: Normalizer) -> Profile:
    """A copy-number call; without one, any: those that no biomarker is for are open."""
    call = values.get("cnv_call", "").lower()
    function = values.get("molecular_function", "").lower()
    found = "amplification" if call in _AMPLIFIED else call
    if found in _COPIES_DO and function in {"", _COPIES_DO[found]}:
        return _named(gene, found, names)
    if call or function:
        raise UnknownTerm("biomarker", f"{gene} {call} {function}".strip(), "no biomarker is for this copy number")
    other = One(_unnamed({"hugo_symbol": gene, "cnv_call": "other copy-number change"}, names))
    return AnyOf((*(_named(gene, word, names) for word in _COPIES_DO), other))


_COPIES_DO = {"amplification": "activating", "homozygous deletion": "inactivating"}


def _structural(gene: str, values: dict[str, str], names: Normalizer) -> Profile:
    """A rearrangement with a partner on either side, or with any."""
    if values.get("molecular_function", "activating").lower() != "activating":
        raise UnknownTerm("biomarker", f"{gene} fusion", "no biomarker is for a fusion that inactivates")
    partner = values.get("fusion_partner_hugo_symbol", "any_gene")
    if partner.lower().replace(" ", "_") == "any_gene":
        return _named(gene, "fusion", names)
    if partner.lower() == "intergenic":
        raise UnknownTerm("biomarker", f"{gene} {partner}", "no biomarker is for a partner outside genes")
    return _named(gene, "fusion", names, (gene, partner))


_Meaning = Callable[[str, dict[str, str], Normalizer], Profile]
_KINDS: tuple[tuple[frozenset[str], _Meaning], ...] = (
    (_OF_MUTATION, _mutation),
    (_OF_COPIES, _copies),
    (_OF_FUSION, _structural),
)
_CATEGORIES: dict[str, tuple[_Meaning, ...]] = {
    "": (_mutation, _copies, _structural),
    "mutation": (_mutation,),
    "copy number variation": (_copies,),
    "cnv": (_copies,),
    "structural variation": (_structural,),
    "sv": (_structural,),
    "any variation": (_mutation, _copies),
}
"""What each category may be; a node without one may be anything that its keys allow."""


def _of_category(category: str, gene: str, values: dict[str, str], names: Normalizer) -> Profile:
    """The kinds of alteration of a category, of which the keys leave those that they are about."""
    allowed = _CATEGORIES.get(category)
    if allowed is None:
        raise UnknownTerm("biomarker", _shown(values), f"no variant category {category!r}")
    told = [meaning for keys, meaning in _KINDS if keys.intersection(values)]
    if len(told) > 1 or not set(told) <= set(allowed):
        raise UnknownTerm("biomarker", _shown(values), "its keys are of another category")
    found = [meaning(gene, values, names) for meaning in (told or allowed)]
    return found[0] if len(found) == 1 else any_profile(found) or found[0]


def _unnamed(values: dict[str, str], names: Normalizer) -> str:
    """A biomarker for what no kind of biomarker reads: known only where a report states it by this name."""
    shown = {key: value for key, value in values.items() if key not in {"hugo_symbol", "variant_category"}}
    symbol = values.get("hugo_symbol", "")
    label = " ".join([symbol, *(f"{key.replace('_', ' ')} {value}" for key, value in shown.items())]).strip()
    label = label if shown else f"{label} {values.get('variant_category', 'alteration')}"
    gene = names.gene(symbol) if names.is_gene(symbol) else ""
    code = re.sub(r"[^A-Za-z0-9.*-]+", "_", label.removeprefix(symbol).strip()).upper()
    row = _defined(f"{symbol or 'CTML'}:{code}", short(label), "measured", gene, marker=short(label))
    return names.add_biomarker(Row(row | {"operator": "=", "threshold": "positive"}))


def _defined(id: str, label: str, kind: str, gene: str = "", marker: str = "") -> dict[str, str]:
    return {
        "id": re.sub(r"[\s()|]+", "_", id),
        "label": label,
        "kind": kind,
        "genes": gene,
        "marker": marker,
        "origin": "somatic",
        "state": "present",
        "sources": SOURCE,
        "verified": "yes",
    }
