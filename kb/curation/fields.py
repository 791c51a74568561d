"""The fields of a statement as a curator writes them: what each may hold, and what it says in the graph's terms.

Every reader gives the graph's words or raises BadField, which says what is wrong, and names the nearest words that
are known. A site's table (`kb.loaders.table`) and `kb add` read with the same readers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from kb.errors import UnknownTerm
from kb.normalizer import Normalizer, Placement, VariantName
from kb.profile import UnreadableProfile, parse
from kb.statements import Row
from kb.therapy_names import spellings


class BadField(Exception):
    """One thing wrong with one field: the field's name, what is wrong, and the nearest known words.

    `word` is the part of the value that they are near to, where that is told.
    """

    def __init__(self, field: str, problem: str, nearest: Iterable[str] = (), word: str = "") -> None:
        super().__init__(field, problem)
        self.field, self.problem, self.nearest, self.word = field, problem, tuple(nearest), word

    def __str__(self) -> str:
        near = f"; the nearest are {', '.join(self.nearest)}" if self.nearest else ""
        return f"{self.field}: {self.problem}{near}"


SHOWN = 20
"""How many problems of one file are told at once."""


def mend(wrong: Sequence[str], more: str = "") -> str:
    """The problems of a file one below the other: the first ones, and how many others there are.

    >>> print(mend(["--gene: is empty"]))
    cannot be taken, mend:
      --gene: is empty
    """
    rest = [f"and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
    return "\n  ".join(["cannot be taken, mend:", *wrong[:SHOWN], *rest, *filter(None, (more,))])


def nearest(text: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """What the known names closest to a text stand for, at most three.

    Those with two neighboring letters swapped come first, then those that begin with it, then similar ones.

    Each is what to write, then what it is: `written` gives the first.

    >>> nearest("melanomma", {"Melanoma": "MEL (Melanoma)", "Lung": "LUNG (Lung)"})
    ('MEL (Melanoma)',)
    >>> nearest("EGRF", {"EGF": "EGF", "EGFR": "EGFR"})[0]
    'EGFR'
    """
    from difflib import get_close_matches

    asked = text.casefold()
    folded = {name.casefold(): shown for name, shown in sorted(known.items(), reverse=True)}
    swaps = (f"{asked[:i]}{asked[i + 1]}{asked[i]}{asked[i + 2 :]}" for i in range(len(asked) - 1))
    found = [name for name in swaps if name in folded]
    found += sorted(name for name in folded if len(asked) > 2 and name.startswith(asked))
    found += get_close_matches(asked, folded, n=6, cutoff=0.6)
    return tuple(dict.fromkeys(folded[name] for name in found))[:3]


def written(suggestion: str) -> str:
    """What to write to follow a suggestion.

    >>> written("MEL (Melanoma)")
    'MEL'
    """
    return suggestion.partition(" (")[0]


# Fields with a list of values


def chosen(field: str, value: str, choices: Iterable[str]) -> str:
    """The value, if it is one of the choices; BadField otherwise."""
    known = tuple(choices)
    if value not in known:
        near = nearest(value, {each: each for each in known}) if len(known) > 5 else ()
        raise BadField(field, f"{value!r} is not one of {', '.join(known)}", near)
    return value


def several(cell: str) -> list[str]:
    """The values of a cell that are separated by `;`."""
    return [each.strip() for each in cell.split(";") if each.strip()]


def patients(text: str) -> str:
    """A number of patients."""
    if not re.fullmatch(r"[1-9]\d{0,6}", text):
        raise BadField("patients", f"{text!r} is not a whole number of 1 or more")
    return text


# Tumor types


def tumor(text: str, names: Normalizer) -> Placement:
    """Where the tumor type of a code, a name or a DOID stands."""
    try:
        doid = text if re.fullmatch(r"DOID:\d+", text) else ""
        return names.tumor(name="" if doid else text, doid=doid, oncotree=text)
    except UnknownTerm as error:
        raise BadField("tumor_type", str(error), nearest(text, _tumor_names(names)), text) from error


def _tumor_names(names: Normalizer) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in names.tumor_rows():
        shown = f"{row['code']} ({row['name']})"
        for name in (row["code"], row["name"], *row["synonyms"].split(" | ")):
            found.setdefault(name, shown)
    return found


# Therapies


def regimens(text: str, names: Normalizer, new: Iterable[str] = ()) -> list[str]:
    """The alternative regimens of a text: `a + b` is one of two drugs, `a or b` are two.

    `new` are names of drugs that the graph does not have and that are meant so: without it, a name that is not known
    is never a new drug, but a misspelling.
    """
    return [_regimen(each, names, frozenset(map(str.casefold, new))) for each in re.split(r"\s+or\s+", text)]


def _regimen(text: str, names: Normalizer, new: frozenset[str]) -> str:
    found = []
    for name in text.split("+"):
        clean = " ".join(name.split())
        if not clean:
            raise BadField("therapy", f"{text!r} has a + with no drug beside it")
        known = any(names.knows_therapy(each) for each in (clean, *spellings(clean)))
        if not known and clean.casefold() not in new:
            near = nearest(clean, _therapy_names(names))
            raise BadField("therapy", f"no therapy is called {clean!r}", near, clean)
        try:
            found.append(names.therapy(clean))
        except UnknownTerm as error:
            raise BadField("therapy", str(error)) from error
    return names.regimen(found)


def _therapy_names(names: Normalizer) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in names.therapy_rows():
        found[row["id"]] = row["id"]
        for name in row["synonyms"].split(" | "):
            found.setdefault(name, f"{row['id']} ({name})")
    return found


# Biomarkers


def profile(row: Row, names: Normalizer) -> str:
    """The expression that `gene` and `alteration`, or `profile`, say."""
    if row["profile"] and (row["gene"] or row["alteration"]):
        raise BadField("profile", "stands beside gene and alteration; give one or the other")
    if not row["profile"]:
        if not row["gene"]:
            raise BadField("gene", "is empty, and so is profile")
        return _biomarker(row["gene"], row["alteration"], row["origin"], "alteration", names)
    expression = _expression(row["profile"], row["origin"], names)
    try:
        parse(expression)
    except UnreadableProfile as error:
        raise BadField("profile", str(error)) from error
    return expression


def _expression(text: str, origin: str, names: Normalizer) -> str:
    words: list[str] = []
    found: list[str] = []
    for word in [*re.sub(r"([()])", r" \1 ", text).split(), "AND"]:
        if word not in {"AND", "OR", "NOT", "(", ")"}:
            words.append(word)
            continue
        if words:
            found.append(_biomarker(words[0], " ".join(words[1:]), origin, "profile", names))
            words = []
        found.append(word)
    return " ".join(found[:-1]).replace("( ", "(").replace(" )", ")")


def _biomarker(gene: str, alteration: str, origin: str, column: str, names: Normalizer) -> str:
    """A biomarker by its id, as a gene and what is found in it, or by its label."""
    id = alteration or gene
    if ":" in id and id in names.biomarkers and (not alteration or id in _of_gene(gene, names)):
        return id
    try:
        return _altered(gene, alteration, origin, column, names)
    except BadField:
        named = names.biomarkers_named(f"{gene} {alteration}".strip())
        if len(named) != 1:
            raise
        return named[0]


def _altered(gene: str, alteration: str, origin: str, column: str, names: Normalizer) -> str:
    if "::" not in gene and not names.is_gene(gene) and gene.upper() not in {"TMB", "MSI", "MMR", "HRD"}:
        known = {symbol: symbol for symbol in names.gene_names()}
        near = (*nearest(f"{gene} {alteration}", _labels(gene, names)), *nearest(gene, known))
        named = gene if column == "alteration" else f"{gene} {alteration}".strip()
        raise BadField("gene" if column == "alteration" else column, f"no gene {gene!r}", near[:3], named)
    try:
        return names.biomarker(VariantName(gene, alteration, origin=origin or None))
    except UnknownTerm as error:
        near = nearest(f"{gene} {alteration}", _labels(gene, names))
        named = alteration if column == "alteration" else f"{gene} {alteration}".strip()
        raise BadField(column, str(error), near, named) from error


def _of_gene(gene: str, names: Normalizer) -> dict[str, Row]:
    """The known biomarkers of a gene, and those that are measured as a marker of this name, by id."""
    symbol = names.gene(gene) if names.is_gene(gene) else gene
    measured = {*names.biomarkers_of_marker(gene), *names.biomarkers_of_marker(symbol)}
    return {row["id"]: row for row in _known(names) if symbol in row["genes"].split(" | ") or row["id"] in measured}


def _labels(gene: str, names: Normalizer) -> dict[str, str]:
    """What the known biomarkers of a gene or a marker go by, and how to write each."""
    found: dict[str, str] = {}
    for id, row in _of_gene(gene, names).items():
        shown = id if row["label"] == id.replace(":", " ") else f"{id} ({row['label']})"
        for name in (row["label"], re.split(r" \(| - ", row["label"])[0]):
            found.setdefault(name, shown)
    return found


def _known(names: Normalizer) -> list[Row]:
    """The biomarkers that the graph has: none that this run added."""
    added = {row["id"] for row in names.additions["biomarkers"]}
    return [row for id, row in sorted(names.biomarkers.items()) if id not in added]


def doubts(id: str, names: Normalizer) -> tuple[str, ...]:
    """What speaks for a slip of the pen in a biomarker that the graph did not have: its neighbors, its residue."""
    row = names.biomarkers[id]
    gene = row["genes"].split(" | ")[0]
    others = [each for each in _known(names) if gene in each["genes"].split(" | ")]
    near = nearest(row["label"], {each["label"]: each["label"] for each in others}) if gene else ()
    said = [f"the graph has no {row['label']} ({id}); the item defines it" + _beside(near)]
    residue, known = _residue(row), {_residue(each) for each in others if _codon(each) == _codon(row)}
    if residue and known - {"", residue}:
        letters = ", ".join(sorted(known - {"", residue}))
        said.append(f"codon {row['codon_first']} of {gene} is {letters} in the known changes, not {residue}")
    return tuple(said)


def _beside(near: tuple[str, ...]) -> str:
    return f"; it has {', '.join(near)}" if near else ""


def _codon(row: Row) -> str:
    return row["codon_first"] if row["kind"] in {"protein change", "codon"} else ""


def _residue(row: Row) -> str:
    """The amino acid that a change of one codon replaces; empty where it is no such change."""
    found = re.match(r"[^:]+:([A-Z])(\d+)", row["id"])
    return found[1] if found is not None and found[2] == _codon(row) else ""


# Sources

_ADDRESSES = (
    (r"https?://(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/(\d+)/?", "PMID:{}"),
    (r"https?://(?:dx\.)?doi\.org/(10\.\S+)", "{}"),
    (r"https?://(?:www\.)?clinicaltrials\.gov/(?:ct2/show|study)/(NCT\d{8})/?", "{}"),
    (r"(?:PMID|pmid|Pmid):?\s*(\d+)", "PMID:{}"),
    (r"(?:doi|DOI):?\s*(10\.\S+)", "{}"),
)
"""Other ways in which the same documents are written."""

_FORMS = (
    (r"PMID:([1-9]\d{0,7})", "PMID:{}", "https://pubmed.ncbi.nlm.nih.gov/{}/"),
    (r"(NCT\d{8})", "{}", "https://clinicaltrials.gov/study/{}"),
    (r"(10\.\d{4,9}/\S+)", "doi:{}", "https://doi.org/{}"),
    (r"(https://[^\s<>\"{}|\\^`]+)", "{}", "{}"),
)
"""Each form of a source: the pattern, its label and its address."""


def source(text: str, names: Normalizer) -> str:
    """A source in a form that can be checked: its label, as the graph has it where it cites it, and its address.

    >>> from kb.statements import Tables
    >>> source("https://pubmed.ncbi.nlm.nih.gov/27083334", Normalizer(Tables({})))
    'PMID:27083334 https://pubmed.ncbi.nlm.nih.gov/27083334/'
    """
    plain = text
    for pattern, written in _ADDRESSES:
        found = re.fullmatch(pattern, text)
        plain = written.format(found[1]) if found is not None else plain
    for pattern, label, address in _FORMS:
        found = re.fullmatch(pattern, plain)
        if found is not None:
            there = address.format(found[1])
            return f"{names.document(there) or label.format(found[1])} {there}"
    raise BadField("source", f"{text!r} is not {SOURCE_FORMS}{_meant(text)}")


SOURCE_FORMS = "PMID:123, a DOI (10.1000/xyz), an NCT number or an https address"


def _meant(text: str) -> str:
    """What a source of a wrong form may have been meant as."""
    if re.fullmatch(r"[1-9]\d{5,7}", text):
        return f"; write PMID:{text} if it is a number of PubMed"
    if re.fullmatch(r"(?i)PMC\d+", text):
        return f"; write https://pmc.ncbi.nlm.nih.gov/articles/{text.upper()}/"
    if text.upper().startswith("NCT"):
        return "; a trial number is NCT and eight digits"
    if text.upper().startswith("PMID"):
        return "; a number of PubMed has at most eight digits"
    if text.startswith("http://"):
        return f"; write https://{text[7:]} if that address answers too"
    return ""


def trials(cell: str) -> list[str]:
    """Trial numbers, separated by `;` or a comma."""
    found = [each.strip() for each in re.split(r"[;,]", cell) if each.strip()]
    for each in found:
        if not re.fullmatch(r"NCT\d{8}", each):
            raise BadField("nct", f"{each!r} is not NCT and eight digits")
    return found


# The whole statement


def evidence_row(row: Row, names: Normalizer) -> Row:
    """What a row of STATEMENT's fields says, in the columns of evidence; all but its regimens and who gave the level.

    BadField is raised for the first field that cannot be taken; `bad_fields` finds all.
    """
    placed = tumor(row["tumor_type"], names)
    said = profile(row, names)
    if placed.profile:
        said = f"({said}) AND {placed.profile}" if " OR " in said else f"{said} AND {placed.profile}"
    return Row(
        profile=said,
        tumor_types=" | ".join(placed.codes),
        tumor_as_stated=row["tumor_type"],
        tumor_placement="" if placed.exact else "broader",
        direction=row["direction"],
        significance=row["significance"],
        level=row["level"],
        origin=row["origin"],
        rating=row["rating"],
        sources=" | ".join(source(each, names) for each in several(row["source"])),
        trials=" | ".join(trials(row["nct"])),
        note=row["note"],
    )
