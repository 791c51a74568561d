"""Alterations as clinicians write them, the gene inside: `EGFR ex19del`, `KRAS wt`, `EML4-ALK (E13;A20)`, `MSI-H`.

    text      := markers | phase | part {separator part}
    part      := negative | positive                           one or more alterations of one gene
    negative  := GENES "wild type" | "no" positive | positive "not detected"
    positive  := GENE what {detail} | FUSION {detail}
    what      := protein change | coding change | exon and class | class | copy-number state

A text is read whole or refused whole: what is left over after the details and the change is an error, and so is a word
that means different things on different reports (a bare "loss", "ALK-positive", a family of genes).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kb.alteration import (
    Alteration,
    CopyNumberChange,
    CopyNumberState,
    Fusion,
    MarkerValue,
    Origin,
    Place,
    SmallVariant,
)
from kb.consequence import CLASS_OF_TERM, is_deletion, is_insertion
from kb.nomenclature import alteration_text, details, fusion, marker_text, protein
from kb.nomenclature.details import Details
from kb.nomenclature.errors import UnreadableAlteration, UnreadableFusion, UnreadableProteinChange, shown
from kb.nomenclature.families import FAMILIES

MOST_CHARACTERS = 500
"""A longer text is a report, not the name of an alteration."""


def parse_all(text: str, place: Place, is_gene: fusion.IsGene | None = None) -> tuple[Alteration, ...]:
    """Every alteration and marker that the text states; UnreadableAlteration, with a remedy, unless all is understood.

    Stated negatives are marker values (`KRAS` is `wild type`, `ALK fusion` is `not detected`), never alterations.
    `is_gene` says whether a text is a gene symbol; without it a symbol is told by its looks.

    >>> [found.label for found in parse_all("EGFR L858R + T790M, MSS, KRAS wt", Place("list.txt", 1))]
    ['EGFR L858R', 'EGFR T790M', 'MSI MSS', 'KRAS wild type']
    """
    if len(text) > MOST_CHARACTERS:
        raise UnreadableAlteration(text, f"write one alteration in at most {MOST_CHARACTERS} characters")
    cleaned = clean(text)
    if not cleaned:
        raise UnreadableAlteration(text)
    return _Reader(text, place, is_gene).read(cleaned)


_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def clean(text: str) -> str:
    """The text with plain hyphens, blanks and full-width signs, without a bullet before it and a full stop after it.

    >>> clean(" • EGFR ex19\u2011del. "), clean("c.35G→A")
    ('EGFR ex19-del', 'c.35G>A')
    """
    from unicodedata import normalize

    text = normalize("NFKC", text).translate(_DASHES).translate(_INVISIBLE)
    if not text.isascii():
        from kb.nomenclature.chinese import in_english  # most texts have no Chinese words

        text = in_english(text)
    text = " ".join(text.replace("、", ",").replace("->", "→").split())
    text = re.sub(r"(?<=\d[ACGTacgt]) ?→ ?(?=[ACGTacgt]\b)", ">", text)
    text = re.sub(r"^(?:[-*•·] |\d{1,2}[.)] ){1,3}", "", text)
    return text.strip(" .;,")


_WILD_RAS = ("KRAS", "NRAS")
"""What `RAS wild type` means in labels: both, as in the graph's `RAS:WT`."""

_TERT_PROMOTER = {"C228T": "c.-124C>T", "C250T": "c.-146C>T"}
"""TERT's promoter hotspots by the last digits of their position in GRCh37, and by HGVS (10.1126/science.1229259)."""

_HISTONE = frozenset({"K27M", "K27I", "G34R", "G34V", "G34W", "K36M"})
_SHORT_INDELS = frozenset({"EGFR", "ERBB2", "HER2", "KIT", "PDGFRA"})
"""Genes in which an exon's "deletion" or "insertion" is a short one in frame, as the graph's biomarkers of exon and
class have it; elsewhere it may be the whole exon (BRCA1) or shift the frame (NPM1)."""

_PLURAL_STATES = frozenset({CopyNumberState.AMPLIFICATION, CopyNumberState.HOMOZYGOUS_DELETION, CopyNumberState.GAIN})
_GENE = r"[A-Za-z][A-Za-z0-9]{0,14}(?:-[A-Za-z0-9]{1,6})?"
_FUSED = r"(?:fusions?|rearrange(?:ment|d)s?|translocat(?:ion|ed)s?|fused)"
_ABSENT = r"(?:not (?:detected|found|identified|present)|undetected|negative|absent|none detected)"
_PRESENT = r"(?:detected|positive|present|identified|found)"


@dataclass(frozen=True, slots=True)
class _Reader:
    """One text on its way: `text` is as given, for the error that names it."""

    text: str
    place: Place
    is_gene: fusion.IsGene | None

    def refused(self, remedy: str | None = None) -> UnreadableAlteration:
        return UnreadableAlteration(self.text, remedy)

    def read(self, cleaned: str) -> tuple[Alteration, ...]:
        markers = marker_text.parse(cleaned, self.place)
        if markers is not None:
            return markers
        each = [marker_text.parse(part.strip(), self.place) for part in cleaned.split("/")]
        if None not in each:
            return tuple(value for some in each for value in some or ())  # ER+/PR-/HER2-
        phased = _phased(cleaned)
        return self._with_phase(*phased) if phased else self._parts(cleaned)

    def _with_phase(self, body: str, phase: str) -> tuple[Alteration, ...]:
        """Two small variants of one gene, each telling the phase to the other."""
        both = self._parts(body)
        variants = [one for one in both if isinstance(one, SmallVariant) and one.protein is not None]
        if len(both) != 2 or len(variants) != 2 or variants[0].gene != variants[1].gene:
            raise self.refused(f"{phase} is said of two protein changes of one gene, as in EGFR T790M and C797S in cis")
        names = [one.label.removeprefix(one.gene).strip() for one in variants]
        return tuple(
            replace(one, haplotype=f"{phase} with {other}") for one, other in zip(variants, names[::-1], strict=True)
        )

    def _parts(self, cleaned: str) -> tuple[Alteration, ...]:
        found: list[Alteration] = []
        gene = ""
        for part in self._merged(cleaned):
            markers = marker_text.parse(part, self.place)
            if markers is not None:
                found.extend(markers)
                continue
            some, gene = self._part(part, gene)
            found.extend(some)
        return tuple(found)

    def _merged(self, cleaned: str) -> list[str]:
        """The parts between separators; one that only adds to the part before it is joined to that."""
        merged: list[str] = []
        for part in _split(cleaned):
            if merged and self._adds_to(part, merged[-1]):
                merged[-1] = f"{merged[-1]} {part}"
            else:
                merged.append(part)
        return merged

    def _adds_to(self, part: str, before: str) -> bool:
        """Whether a part is no alteration of its own: details, or the other name (c. or p.) of the same change."""
        for one, other in (("p.", "c."), ("c.", "p.")):
            if part.startswith(one):
                return other in before and one not in before
        if re.fullmatch(rf"(?i){_ABSENT}|{_PRESENT}|wild[ -]?type|wt", part):
            return True
        return not self._taken(part)[0].strip(" ()")

    def _taken(self, text: str) -> tuple[str, Details]:
        try:
            return details.taken(text)
        except details.Contradiction as contradiction:
            raise self.refused(str(contradiction)) from contradiction

    def _part(self, part: str, inherited: str) -> tuple[tuple[Alteration, ...], str]:
        """What one part states, and the gene that the next part may leave out."""
        spread = _spread(part)
        wild = self._wild(spread)
        if wild is not None:
            return wild, ""
        negated = _negated(spread)
        if negated is not None:
            self._only(self._taken(negated)[1], frozenset(), "what was not found")
            denied: list[MarkerValue] = []
            gene = ""
            for each in _each_gene(negated):
                found, gene = self._positives(each, inherited)
                denied.extend(self._negative(one, each) for one in found)
            return tuple(denied), gene
        return self._positives(spread, inherited)

    def _wild(self, part: str) -> tuple[Alteration, ...] | None:
        """`KRAS wild type`, `KRAS/NRAS wt`, `BRAF unmutated`: one value for each gene."""
        found = re.fullmatch(
            rf"(?i)({_GENE}(?:/[A-Za-z0-9]{{1,15}}){{0,5}})[: ]+"
            r"(?:wild type|wt|not mutated|unmutated|non-mutated|no mutations?(?: detected| found)?)",
            re.sub(r"(?i)^(?:pan|all)[- ]", "", part),
        )
        if found is None:
            return None
        genes: list[str] = []
        for gene in _members(found[1]):
            genes.extend(_WILD_RAS if gene.upper() == "RAS" else [self._gene(gene)])
        return tuple(MarkerValue(gene, "wild type", self.place) for gene in genes)

    def _negative(self, one: Alteration, words: str) -> MarkerValue:
        """The value that denies an alteration: a gene without mutation is `wild type`, anything else `not detected`."""
        if isinstance(one, MarkerValue):
            raise self.refused("write the marker with its value, such as AR-V7 not detected")
        if isinstance(one, SmallVariant) and one == SmallVariant(one.gene, one.place):
            return MarkerValue(one.gene, "wild type", self.place)
        if isinstance(one, Fusion):
            name = "::".join(one.genes) + " fusion"
        elif isinstance(one, SmallVariant) and one.protein is None and one.coding is None:
            name = words if words.upper().startswith(one.gene.upper()) else f"{one.gene} {words}"
        else:
            name = one.label
        return MarkerValue(name, "not detected", self.place)

    def _positives(self, part: str, inherited: str) -> tuple[tuple[Alteration, ...], str]:
        """The alteration that a part states, or the same state of several genes (`CDKN2A/B homozygous deletion`)."""
        bare, stated = self._taken(part)
        body = _tidy(re.sub(rf"(?i)[ :-]+{_PRESENT}$", "", _tidy(bare)))
        bare_gene = re.fullmatch(rf"({_GENE}?)[+-]?", body)
        if bare_gene is not None and (_tidy(bare) != body or body.endswith(("+", "-"))):
            self._ambiguous(bare_gene[1], "negative" if body.endswith("-") else "positive")
        fused = self._fusion(body, stated)
        if fused is not None:
            return (fused,), ""
        gene, what = self._gene_and_what(
            re.sub(rf"-({'|'.join(sorted(fusion.DUPLICATIONS))})$", r" \1", body), inherited
        )
        if "/" not in gene:
            return (self._one(self._gene(gene), what, stated),), gene
        several = tuple(self._one(self._gene(each), what, stated) for each in _members(gene))
        if not all(isinstance(one, CopyNumberChange) and one.state in _PLURAL_STATES for one in several):
            raise self.refused("name each gene with what was found in it")
        return several, ""

    def _fusion(self, body: str, stated: Details) -> Fusion | None:
        """The fusion that the body names with its details, None when it names none."""
        name = re.sub(r"(?i)[ -]+(?:by )?(?:break-?apart|split(?:-signal)?) FISH$", " rearrangement", body)
        worded = re.search(rf"(?i)\b{_FUSED}\b|::|--|→", name) is not None
        if not worded and not re.fullmatch(r"[A-Z][A-Z0-9]+(?:orf\d+)?-[A-Z][A-Z0-9]+(?:orf\d+)?", name):
            return None
        if self.is_gene is not None and not worded and self.is_gene(name):
            return None
        try:
            parsed = fusion.parse(re.sub(r"(?i)\bfused$", "fusion", name), self.is_gene)
        except UnreadableFusion as unreadable:
            if worded:
                raise self.refused(unreadable.remedy) from unreadable
            return None
        five, three = (self._gene(gene) if gene else None for gene in (parsed.five_prime, parsed.three_prime))
        self._only(stated, details.OF_FUSION, "a fusion")
        first, second = self._junction(stated.exons, five, three)
        return Fusion(
            five, three, self.place, stated.in_frame, None, parsed.oriented, first, second, stated.reads
        )  # fmt: skip

    def _junction(
        self, exons: tuple[str, str] | None, five: str | None, three: str | None
    ) -> tuple[int | None, int | None]:
        """The exons joined. Their letters must be those of the partners (`E13;A20` of EML4::ALK), or stand for exon."""
        if exons is None:
            return None, None
        letters = exons[0][0] + exons[1][0]
        if five is None or three is None or letters not in ("EE", (five[0] + three[0]).upper()):
            raise self.refused("name both partners, 5' first, and their exons in the same order: EML4::ALK (E13;A20)")
        return int(exons[0][1:]), int(exons[1][1:])

    def _only(self, stated: Details, allowed: frozenset[str], what: str) -> None:
        other = sorted(stated.stated - allowed)
        if other:
            raise self.refused(f"{other[0].replace('_', ' ')} is not said of {what}: write it apart, or take it out")

    def _gene(self, name: str) -> str:
        """The gene as written, in capitals where it was written small; a family, or no gene at all, is refused."""
        if name.upper() in FAMILIES:
            raise self.refused(f"{name} is a family: name {FAMILIES[name.upper()]}")
        if "-" in name and not (self.is_gene and self.is_gene(name)) and _looks_fused(name):
            raise self.refused("write the fusion and what else was found apart, each with its gene")
        if self.is_gene is None and _is_plain_word(name):
            raise self.refused(f"{name!r} is no gene: begin with the gene's symbol, such as BRAF V600E")
        if self.is_gene is not None and not self.is_gene(name):
            if not self.is_gene(name.upper()):
                raise self.refused(f"{name!r} is no known gene: begin with the gene's symbol, such as BRAF V600E")
            return name.upper()
        return name.upper() if name.islower() or name.istitle() else name

    def _gene_and_what(self, body: str, inherited: str) -> tuple[str, str]:
        """The gene and what is said of it; a part that begins with a change is of the gene named before."""
        if inherited and (_is_change(body.split(" ")[0]) or alteration_text.is_described(body)):
            return inherited, body
        for pattern in (
            rf"({_GENE}(?:/[A-Za-z0-9]{{1,10}}){{0,5}})[ :_]+(.+)",
            rf"({_GENE})(ex(?:on)? ?\d.*)",
            r"([A-Z][A-Z0-9]{1,9}?)([ACDEFGHIKLMNPQRSTVWY]\d{1,4}[ACDEFGHIKLMNPQRSTVWY*])",
        ):
            found = re.fullmatch(pattern, body, re.IGNORECASE if "ex(" in pattern else 0)
            if found is not None and not _is_change(found[1]):
                return found[1], found[2].strip()
        if re.fullmatch(_GENE, body) and not _is_change(body):
            raise self.refused(f"say what was found in {body}")
        raise self.refused("begin with the gene's symbol, such as BRAF V600E")

    def _one(self, gene: str, what: str, stated: Details) -> Alteration:
        self._ambiguous(gene, what)
        words = what.lower()
        if words in alteration_text.STATES:
            self._only(stated, details.OF_COPY_NUMBER, "a copy-number change")
            return self._copies(CopyNumberChange(gene, alteration_text.STATES[words], self.place, stated.copies))
        self._only(stated, details.OF_SMALL_VARIANT, "a small variant")
        variant = self._variant(gene, what)
        return replace(
            variant,
            vaf=stated.vaf,
            depth=stated.depth,
            origin=stated.origin or Origin.UNKNOWN,
            zygosity=stated.zygosity,
            transcript=stated.transcript,
            significance=stated.significance or variant.significance,
            significance_source="alteration" if stated.significance else variant.significance_source,
        )

    def _ambiguous(self, gene: str, what: str) -> None:
        """Refuse what reports use for different findings; the remedy names them."""
        words = what.lower()
        if words in ("loss", "lost", "biallelic loss", "deletion", "del", "deleted"):
            raise self.refused(
                "write homozygous deletion, heterozygous loss, or loss by IHC: reports use the word for each"
            )
        if words in ("positive", "negative", "+", "-", "pos", "neg", "high", "low"):
            raise self.refused(
                f"say what was found: {gene} mutation, {gene} fusion, {gene} amplification or {gene} IHC {what}"
            )
        if words.upper() in fusion.DUPLICATIONS:
            raise self.refused("write the insertion by its protein change, such as p.D600_L601ins and the residues")
        if words.startswith("non-"):
            raise self.refused(f"name the change that was found, such as {gene} p.K601E")
        if gene.upper() == "MET" and re.fullmatch(r"(?:exon|ex) ?14 ?del(?:etion)?", words):
            raise self.refused("write MET exon 14 skipping, or the change itself")
        if gene.upper() not in _SHORT_INDELS and re.fullmatch(
            r"(?:exon|ex|e)[ -]?\d+[ -]?(?:del|ins|dup)[a-z]*", words
        ):
            raise self.refused(
                "write exon N loss for a whole exon, in-frame exon N deletion (or insertion), or the change"
            )
        if gene.upper() == "TERT" and what.upper() in _TERT_PROMOTER:
            raise self.refused(f"write TERT promoter {what}, or {_TERT_PROMOTER[what.upper()]}")
        if gene.upper().startswith(("H3", "HIST1H3", "HIST2H3")) and what.upper().removeprefix("P.") in _HISTONE:
            raise self.refused("histone numbering leaves out the first methionine: write HGVS, such as H3-3A p.K28M")

    def _copies(self, change: CopyNumberChange) -> CopyNumberChange:
        copies = change.copies
        gained = change.state in (CopyNumberState.AMPLIFICATION, CopyNumberState.GAIN)
        if copies is not None and ((gained and copies <= 2) or (not gained and copies > 2)):
            raise self.refused(f"{copies:g} copies and {change.state.value} contradict each other: correct one")
        return change

    def _variant(self, gene: str, what: str) -> SmallVariant:
        """A change by its names (p., c.) and by its description, of which at least one is there."""
        promoter = re.fullmatch(r"(?i)promoter (?:region )?(?:(C228T|C250T)|(c\.-\d+\S+)|mutat\w+|variant)", what)
        if promoter is not None:
            return self._of_promoter(gene, promoter[1], promoter[2])
        coding, change, described = self._named(what)
        variant = SmallVariant(gene, self.place)
        if described:
            variant = self._described(described, gene, bool(change or coding))
        if change is not None:
            self._agree(replace(variant, protein=change))
        return replace(variant, protein=change, coding=coding)

    def _described(self, words: str, gene: str, named: bool) -> SmallVariant:
        """The variant that the words describe; beside a named change, the exon alone will do."""
        exon = re.fullmatch(r"(?i)(?:in )?(?:exon|ex) ?(\d{1,3})(?: mutation| variant)?", words) if named else None
        if exon is not None:
            return SmallVariant(gene, self.place, exon=int(exon[1]))
        found = alteration_text.described(words, gene, self.place)
        if found is None:
            raise self.refused(f"{shown(words)} is not understood: {UnreadableAlteration.default_remedy}")
        return found

    def _of_promoter(self, gene: str, hotspot: str | None, coding: str | None) -> SmallVariant:
        if hotspot is not None and gene.upper() != "TERT":
            raise self.refused("write the change by its coding name, such as c.-124C>T")
        named = _TERT_PROMOTER[hotspot.upper()] if hotspot else coding
        return SmallVariant(
            gene, self.place, coding=named, consequences=() if named else ("upstream_gene_variant",)
        )  # fmt: skip

    def _named(self, what: str) -> tuple[str | None, protein.ProteinChange | None, str]:
        """The coding name, the protein change, and the words that are left."""
        coding: list[str] = []
        changes: list[protein.ProteinChange] = []
        words: list[str] = []
        for token in re.findall(r"[pP]\.\([^()\s]+\)|\S+", what):
            if token[:2] in ("c.", "n."):
                coding.append(token)
            elif _is_change(token):
                alteration_text.refuse_ambiguous(token, self.text)
                changes.append(protein.parse(token))
            else:
                words.append(token)
        if len(coding) > 1 or len(changes) > 1:
            raise self.refused("join changes that are all present by +, and write one name of each kind for one change")
        left = " ".join(words)
        if (coding or changes) and left.lower() in ("mutation", "variant", "mutated", "mutant", "in", "alteration"):
            left = ""
        return (coding[0] if coding else None), (changes[0] if changes else None), left

    def _agree(self, variant: SmallVariant) -> None:
        """Refuse a protein change that contradicts the class stated beside it (`exon 19 deletion, L858R`)."""
        if variant.protein is None:
            return
        found = variant.protein.consequence_class
        for term in variant.consequences:
            wanted = CLASS_OF_TERM.get(term)
            agrees = {
                "inframe_deletion": is_deletion(variant, found),
                "inframe_insertion": is_insertion(variant, found),
                "truncation": variant.protein.is_truncating,
            }.get(wanted or "", wanted in (None, found, "splice", "exon_loss", "inframe_delins", "loss_of_function"))
            if not agrees:
                raise self.refused(f"{variant.protein} is no {term.replace('_', ' ')}: correct one of the two")


_NO_GENES = frozenset(
    {"no", "not", "none", "with", "without", "the", "exon", "gene", "fusion", "loss", "gain", "other", "type", "wild"}
    | {
        "likely",
        "stage",
        "tumor",
        "tumour",
        "chr",
        "sample",
        "high",
        "low",
        "status",
        "result",
        "test",
        "unknown",
        "and",
    }
)


def _is_plain_word(name: str) -> bool:
    """Whether a name, written small, is a word and no symbol: a symbol so written is short or has a digit."""
    small = name.islower() or name.istitle()
    return name.lower() in _NO_GENES or (small and len(name) > 5 and not re.search(r"\d", name))


def _looks_fused(name: str) -> bool:
    """Whether a hyphen in the name joins two symbols, and does not belong to one (NKX2-1, HLA-A)."""
    try:
        fusion.parse(name)
    except UnreadableFusion:
        return False
    return True


def _is_change(token: str) -> bool:
    """Whether the token is a protein or coding change by itself; one without a residue (`19del`) only with `p.`."""
    if token[:2] in ("c.", "n."):
        return True
    if token.lower()[:2] != "p." and not re.match(r"\(?[A-Za-z*]+-?\d", token):
        return False
    try:
        protein.parse(token)
    except UnreadableProteinChange:
        return False
    return True


def _phased(cleaned: str) -> tuple[str, str] | None:
    """The two variants and the phase of `T790M and C797S in trans`, or `C797S in trans with T790M`."""
    between = re.fullmatch(r"(?i)([^()]+?),? \(?(?:in[ -])?(cis|trans) (?:with|to) ([^()]+)\)?", cleaned)
    if between is not None:
        return f"{between[1]} + {between[3]}", between[2].lower()
    after = re.fullmatch(r"(?i)(.+?),? \(?(?:in[ -])?(cis|trans)(?: configuration)?\)?", cleaned)
    return (after[1], after[2].lower()) if after is not None else None


def _split(cleaned: str) -> Iterator[str]:
    """The parts between commas, semicolons, plus signs, `&` and `and`, outside parentheses."""
    depth, start = 0, 0
    for found in re.finditer(r"[()]|[,;]| [+&] | and (?=\S)|(?<=[A-Za-z*])\+(?=[A-Z])", cleaned):
        if found[0] in "()":
            depth += 1 if found[0] == "(" else -1
        elif depth == 0:
            yield cleaned[start : found.start()].strip(" ,;")
            start = found.end()
    yield cleaned[start:].strip(" ,;")


_AFTER_A_GENE = (
    r"mutant|mutated|mut\b|mutation|wild|wt\b|amplified|amp\b|amplification|rearrange|fused|fusion|translocat"
    r"|positive|negative|unmutated|skipping"
)
_SUBSTITUTION = r"[ACDEFGHIKLMNPQRSTVWY]\d{1,4}[A-Z*](?![A-Za-z0-9])"


def _spread(part: str) -> str:
    """The part with blanks where a hyphen or bracket ties a gene to what is said of it, and one word for wild type."""
    part = re.sub(r"(?i)\b(?:wild[ -]?type|wt)\b", "wild type", part)
    part = re.sub(rf"(?i)(?<=\w)-(?={_AFTER_A_GENE})", " ", part)
    part = re.sub(rf"(?<=[A-Za-z0-9])[-_](?={_SUBSTITUTION})", " ", part)
    part = re.sub(r"(?<=[A-Za-z0-9])\((?=p\.|[A-Z]\d)", " (", part)
    part = re.sub(r"(?i)\bc-(?=(?:MET|KIT|MYC)\b)|(?<=\bHER)-(?=2\b)", "", part)
    part = re.sub(r"(?i)\bTERTp\b", "TERT promoter", part)
    part = re.sub(r"(?i)\bMET ?(?:Δ|delta ?)(?:ex(?:on)? ?)?14\b", "MET exon 14 skipping", part)
    part = re.sub(r"(?i)\b(N[MR]_\d+(?:\.\d+)?)\(([A-Z0-9-]+)\):", r"\2 \1:", part)
    return " ".join(part.split())


def _negated(part: str) -> str | None:
    """The statement that the part denies, None when it denies nothing."""
    before = re.fullmatch(rf"(?i)(?:no|without|absence of) (?:evidence of )?(.+?)(?: {_PRESENT})?", part)
    if before is not None:
        return before[1]
    after = re.fullmatch(rf"(?i)(.+?)[: ]+{_ABSENT}", part)
    if after is not None and " " in after[1]:
        return after[1]
    within = re.fullmatch(r"(?i)(\S+) (?:is |was )?(?:not |non-|un)(amplified|rearranged)", part)
    return f"{within[1]} {within[2]}" if within is not None else None


def _each_gene(part: str) -> list[str]:
    """The part once for each of its genes: what is denied of `NTRK1/2/3` is denied of all three."""
    found = re.fullmatch(rf"({_GENE}(?:/[A-Za-z0-9]{{1,15}}){{1,5}}) (.+)", part)
    return [f"{gene} {found[2]}" for gene in _members(found[1])] if found is not None else [part]


def _tidy(text: str) -> str:
    """The text without the parentheses and commas that details leave behind; those of `p.(...)` stay."""
    kept = re.sub(r"(?<!p\.)\((?=[^()]*\))([^()]*)\)", r" \1 ", text)
    return " ".join(re.sub(r"[,;](?=\s|$)|(?<=\s)[,;]", " ", kept).split()).strip(" ,;:")


def _members(genes: str) -> list[str]:
    """The genes of `KRAS/NRAS` and of `CDKN2A/B`, where a short member stands for the end of the first one."""
    first, *others = genes.split("/")
    return [
        first,
        *(first[: -len(each)] + each if len(each) < 3 and len(each) < len(first) else each for each in others),
    ]
