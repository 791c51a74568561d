"""From what a file says to what is meant: approved gene symbols, known drugs, tumor type, assays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kb.alteration import Alteration, CopyNumberChange, Fusion, MarkerValue, Place, SmallVariant
from matcher import cut_offs
from matcher.assay import BUILT_IN, Assay
from matcher.notes import Note, Severity, UnusableInput

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase
    from kb.tumor_codes import TumorCode
    from kb.tumor_types import TumorType
    from matcher.markers import Measure
    from matcher.patient import Patient, PriorTherapy, Sample

MOST_NAMED = 10
"""From this many unknown genes on they are told in one note: a whole exome has thousands."""

MOST_COMPARED = 3
"""Up to this many unknown genes are compared with all known ones: a typing error, not an annotator's output."""


def normalized_alterations(
    alterations: Iterable[Alteration], knowledge: KnowledgeBase, unknown: Severity = Severity.WARNING
) -> tuple[tuple[Alteration, ...], tuple[Note, ...]]:
    """The alterations with approved gene symbols, and notes on renamed and on unknown genes. None is dropped.

    `unknown` is the severity of an unknown gene: no more than INFO where an annotator named it.
    """
    symbols: dict[str, str | None] = {}
    first: dict[str, Place] = {}
    given = tuple(alterations)
    found: dict[int, Alteration] = {}
    for number, alteration in enumerate(given):
        name = alteration.gene if isinstance(alteration, (SmallVariant, CopyNumberChange)) else ""
        gene = knowledge.gene(name) if name else None
        if gene is None or gene.symbol != name:
            found[number] = with_approved_genes(alteration, symbols, first, knowledge)
    if not found:
        return given, ()
    named = tuple(found.get(number, alteration) for number, alteration in enumerate(given))
    return named, tuple(_gene_notes(symbols, first, knowledge, unknown))


def with_approved_genes(
    alteration: Alteration, symbols: dict[str, str | None], first: dict[str, Place], knowledge: KnowledgeBase
) -> Alteration:
    """The alteration with approved symbols.

    `symbols` gets the approved symbol (None for an unknown gene) and `first` the place of each symbol not yet in it.
    """

    def approved(symbol: str) -> str:
        if symbol not in symbols:
            gene = knowledge.gene(symbol)
            symbols[symbol] = gene.symbol if gene else None
            first[symbol] = alteration.place
        return symbols[symbol] or symbol

    if isinstance(alteration, MarkerValue):
        return alteration
    if isinstance(alteration, Fusion):
        five, three = (approved(gene) if gene else None for gene in (alteration.five_prime, alteration.three_prime))
        if (five, three) == (alteration.five_prime, alteration.three_prime):
            return alteration
        return replace(alteration, five_prime=five, three_prime=three)
    if not alteration.gene:
        return alteration  # a call that no annotator placed
    symbol = approved(alteration.gene)
    return alteration if symbol == alteration.gene else replace(alteration, gene=symbol)


def without_open_exons(
    alterations: tuple[Alteration, ...], knowledge: KnowledgeBase
) -> tuple[tuple[Alteration, ...], tuple[Note, ...]]:
    """The alterations, where an exon that two numberings count differently is left open; and notes that say so.

    It concerns variants that are described by their exon alone (`PIK3CA exon 9 mutation`). An annotator's exon comes
    with a transcript, and a protein change tells the place by itself.
    """
    found: list[Alteration] = list(alterations)
    notes: list[Note] = []
    for number, one in enumerate(alterations):
        if not isinstance(one, SmallVariant) or one.protein or not one.exon:
            continue
        is_placed = one.coding or one.codon or one.transcript
        note = None if is_placed else _two_numberings(one, knowledge)
        if note is not None:
            found[number] = replace(one, exon=None)
            notes.append(note)
    return tuple(found) if notes else alterations, tuple(notes)


def _two_numberings(variant: SmallVariant, knowledge: KnowledgeBase) -> Note | None:
    exons = knowledge.exons(variant.gene)
    now = next((exon for exon in exons if exon.number == variant.exon), None)
    legacy = next((exon for exon in exons if exon.legacy == variant.exon), None)
    if legacy is None or legacy.number == variant.exon:
        return None
    by_mane = f"codons {now.codon_first}-{now.codon_last}" if now else "no coding exon"
    message = (
        f"exon {variant.exon} of {variant.gene} may be {by_mane} (MANE Select) or, in its legacy numbering, exon "
        f"{legacy.number} (codons {legacy.codon_first}-{legacy.codon_last}): left open"
    )
    return Note(Severity.WARNING, variant.place, message, "give the protein change or the codon")


def _gene_notes(
    symbols: dict[str, str | None], first: dict[str, Place], knowledge: KnowledgeBase, severity: Severity
) -> Iterable[Note]:
    unknown = sorted(symbol for symbol, approved in symbols.items() if approved is None)
    if len(unknown) < MOST_NAMED:
        for symbol in unknown:
            remedy = _gene_remedy(symbol, knowledge, len(unknown) <= MOST_COMPARED)
            yield Note(severity, first[symbol], f"unknown gene {symbol!r}: no biomarker speaks of it", remedy)
    else:
        shown = ", ".join(unknown[:MOST_NAMED])
        message = f"{len(unknown)} genes are not in the knowledge base, so no biomarker speaks of them: {shown}, ..."
        yield Note(Severity.INFO, Place(first[unknown[0]].file), message, "check the symbols if you expected a match")
    renamed = sorted((symbol, approved) for symbol, approved in symbols.items() if approved not in {None, symbol})
    if len(renamed) < MOST_NAMED:
        for symbol, approved in renamed:
            yield Note(Severity.INFO, first[symbol], f"{symbol} is read as {approved}", "none needed (HGNC alias)")
    else:
        shown = ", ".join(f"{symbol} as {approved}" for symbol, approved in renamed)
        place = Place(first[renamed[0][0]].file)
        yield Note(Severity.INFO, place, f"{len(renamed)} symbols are aliases: {shown}", "none needed (HGNC)")


def _gene_remedy(symbol: str, knowledge: KnowledgeBase, is_compared: bool) -> str:
    """What to write instead of an unknown symbol: the gene that it begins with, or those spelled nearest."""
    if re.fullmatch(r"\d{1,2}[-./ ][A-Za-z]{3,4}|[A-Za-z]{3,4}[-./ ]\d{1,2}", symbol) and _MONTH.search(symbol):
        return "a spreadsheet made a date of it: take the symbol (SEPTIN2, MARCHF1) from the original file"
    start = re.match(r"[A-Za-z0-9-]+", symbol)
    gene = knowledge.gene(start[0]) if start and start[0] != symbol else None
    if gene is not None:
        return f"write {gene.symbol} alone"
    near = knowledge.nearest_genes(symbol) if is_compared else ()
    return f"nearest known: {', '.join(near)}" if near else "check the symbol"


_MONTH = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec", re.IGNORECASE)


def marker_notes(alterations: Iterable[Alteration], knowledge: KnowledgeBase) -> tuple[Note, ...]:
    """A note for each measured marker that is not used, or whose scale is open: a new, misspelt or unfinished name."""
    values = [value for value in alterations if isinstance(value, MarkerValue)]
    if not values:
        return ()
    from matcher.markers import measures

    held = [measures(value) for value in values]
    decided = {one.marker for each in held for one in each if one.doubt is None}
    notes: list[Note] = []
    for value, found in zip(values, held, strict=True):
        told = _marker_note(value, found, decided, knowledge)
        notes.extend(Note(severity, value.place, message, remedy) for severity, message, remedy in told)
    return (*notes, *_repair_notes(values, held, knowledge))


_OF_REPAIR = {"MSI": "MSI:H", "MMR proteins": "MMR:D"}
"""By marker, the biomarker of deficient mismatch repair: in the instability that it leaves, and in the proteins."""


def _repair_notes(
    values: Sequence[MarkerValue], held: Sequence[tuple[Measure, ...]], knowledge: KnowledgeBase
) -> Iterator[Note]:
    """What is to be said where microsatellites and repair proteins of a sample tell of repair in opposite ways."""
    from matcher.markers import verdicts

    names = {one.marker for found in held for one in found}
    if not names.issuperset(_OF_REPAIR):
        return
    if any(id not in {each.id for each in knowledge.biomarkers_of_marker(name)} for name, id in _OF_REPAIR.items()):
        return
    for sample in dict.fromkeys(value.sample for value in values):
        said: dict[str, tuple[set[bool | None], MarkerValue]] = {}
        for marker, biomarker in _OF_REPAIR.items():
            given = [
                (one, value)
                for value, found in zip(values, held, strict=True)
                for one in found
                if one.marker == marker and value.sample == sample
            ]
            if given:
                said[marker] = verdicts(knowledge.biomarker(biomarker), [one for one, _ in given]), given[0][1]
        if len(said) == len(_OF_REPAIR):
            (of_msi, msi), (of_proteins, proteins) = said.values()
            if (of_msi, of_proteins) in (({True}, {False}), ({False}, {True})):
                message = f"{msi.label} and {proteins.label} disagree: each decides its own biomarkers"
                remedy = (
                    "confirm both with the laboratory: drugs for deficient and for intact repair are told apart by them"
                )
                yield Note(Severity.WARNING, proteins.place, message, remedy)


def _marker_note(
    written: MarkerValue, held: tuple[Measure, ...], decided: set[str], knowledge: KnowledgeBase
) -> Iterator[tuple[Severity, str, str]]:
    """Severity, message and remedy of what is to be said of one marker, if anything is.

    `decided` are the markers with a value that leaves nothing open: an open one beside it is no warning.
    """
    from matcher.markers import STATED, has_result

    if not any(map(has_result, held)):
        return
    known = [one for one in held if one.marker in STATED or knowledge.biomarkers_of_marker(one.marker)]
    for one in known:
        if one.doubt is not None:
            severity = Severity.INFO if one.marker in decided else Severity.WARNING
            yield severity, f"{written.label} {one.doubt}", one.remedy
        elif one.marker == "PD-L1" and one.scale is None and one.bounds is not None:
            message = f"{written.label} names no scale: it decides no biomarker of a TPS, CPS, TC, IC or TAP"
            yield Severity.WARNING, message, "write the scale with the name, such as PD-L1 TPS: 50%"
    mutated = knowledge.gene(held[0].marker) if held[0].is_of_sequence and held[0].word == "mutated" else None
    if mutated is not None and not any(
        each.kind == "wild type" for each in knowledge.biomarkers_of_gene(mutated.symbol)
    ):
        yield Severity.WARNING, f"{written.label} is not used: {_UNTOLD}", _change_remedy(mutated.symbol)
        return
    if mutated is not None:
        message = f"{written.label} decides that the gene is not wild type, and nothing else: {_UNTOLD}"
        yield Severity.WARNING, message, _change_remedy(mutated.symbol)
        return
    if known:
        told = tuple(_of_bare_name(written, known, knowledge))
        if told and not knowledge.biomarkers_named(written.marker):  # which looks through all labels of the graph
            yield from told
        return
    if knowledge.biomarkers_named(written.marker):
        return
    gene = next((gene for one in held if (gene := knowledge.gene(one.marker))), None)
    if gene is None and not held[0].is_of_sequence:
        from matcher.marker_reading import NAMES

        severity = Severity.INFO if held[0].marker in NAMES else Severity.WARNING
        message = f"no biomarker speaks of the marker {written.marker!r}"
        yield severity, message, _marker_remedy(held[0].marker, knowledge)
    elif gene is None:
        message = f"{written.label} is not used: {held[0].marker!r} is no gene"
        yield Severity.WARNING, message, _sequence_remedy(held[0].marker, knowledge)
    elif not held[0].is_of_sequence:
        message = (
            f"{written.label} is not used: {written.marker!r} is no known marker, but names the gene {gene.symbol}"
        )
        remedy = f"write a mutation, fusion or copy number under alterations ({gene.symbol} ...), "
        yield Severity.WARNING, message, remedy + "and a marker by a known name, such as HER2 IHC"


_UNTOLD = "it does not tell which change was found"


def _change_remedy(symbol: str) -> str:
    return f"write the change under alterations, such as {symbol} with its p. name"


def _of_bare_name(
    written: MarkerValue, known: Sequence[Measure], knowledge: KnowledgeBase
) -> Iterator[tuple[Severity, str, str]]:
    """What is to be said of a word beside a gene's bare name (`EGFR: negative`): of what it is a result."""
    from matcher.marker_reading import NAMES
    from matcher.markers import judge, polarity

    gene = knowledge.gene(written.marker.strip())
    if gene is None or not any(polarity(one) is not None for one in known):
        return
    is_decided = any(
        judge(each, one) is not None for one in known for each in knowledge.biomarkers_of_marker(one.marker)
    )
    if is_decided and known[0].marker not in NAMES:
        if any(each.marker is None for each in knowledge.biomarkers_of_gene(gene.symbol)):
            message = f"{written.label} is read as a result of the protein: it says nothing of the gene's mutations"
            yield Severity.WARNING, message, f"write what is meant: {gene.symbol} IHC, or {gene.symbol}: wild type"
    elif not is_decided:
        message = f"{written.label} is not used: it does not tell what of {gene.symbol} was looked at"
        remedy = f"write {gene.symbol} IHC, or a mutation, fusion or copy number under alterations"
        yield Severity.WARNING, message, remedy


def _sequence_remedy(name: str, knowledge: KnowledgeBase) -> str:
    """What to write instead of a sequence result of something that is no gene, such as one exon."""
    gene = knowledge.gene(name.split()[0]) if name.strip() else None
    if gene is None:
        return "name the gene alone, such as KRAS: wild type"
    whole = f"write {gene.symbol}: wild type where the whole gene was tested"
    return f"{whole}; for a part of it name a file of results with an assay that states its exons"


def _marker_remedy(name: str, knowledge: KnowledgeBase) -> str:
    """What to write instead of a marker that is not known."""
    from kb.nomenclature.families import FAMILIES
    from matcher.marker_reading import NAMES

    if name.lower().startswith("p16"):
        return "p16 is no stand-in for HPV: give the HPV result; the gene CDKN2A has its alterations"
    if name in NAMES:
        return "none needed unless you expected a match: no evidence loaded asks for it"
    if name.upper() in FAMILIES:
        return f"it is a family: name {FAMILIES[name.upper()]}, and what was found in each"
    near = knowledge.nearest_markers(name, NAMES)
    return f"nearest known: {', '.join(near)}" if near else "check its name if you expected a match"


def is_unknown_gene(alteration: Alteration, knowledge: KnowledgeBase) -> bool:
    """Whether none of the alteration's genes is known."""
    if isinstance(alteration, MarkerValue):
        return False
    genes = alteration.genes if isinstance(alteration, Fusion) else (alteration.gene,)
    return all(knowledge.gene(gene) is None for gene in genes)


def resolved_tumor_type(
    text: str | None, place: Place, knowledge: KnowledgeBase, codes: tuple[str, ...] = ()
) -> tuple[TumorType, tuple[Note, ...]]:
    """The tumor type of the option or the patient file, with notes on how it was read.

    `codes` are further codes and names of the same diagnosis: the narrowest type counts, if the others lie above it.
    UnusableInput without any, when none is known or clear, and when two of them name unrelated types.
    """
    names = list(dict.fromkeys(name for name in (text, *codes) if name))
    if not names:
        raise UnusableInput(
            place, "no tumor type is given", "give --tumor-type with an OncoTree code or name (such as LUAD or BRCA)"
        )
    read: dict[str, TumorType] = {}
    failed: dict[str, UnusableInput] = {}
    notes: list[Note] = []
    for name in _joined_codes(names):
        try:
            read[name], said = _read_tumor(name, place, knowledge)
            notes += [Note(Severity.INFO, place, message, "check it, or give --tumor-type") for message in said]
        except UnusableInput as error:
            failed[name] = error
    if not read:
        raise next(iter(failed.values()))
    for name, unread in failed.items():
        severity = Severity.WARNING if name == text else Severity.INFO
        notes.append(Note(severity, place, f"{unread.reason}: the other codes of the diagnosis decide", unread.remedy))
    return _narrowest(read, place), tuple(notes)


def _read_tumor(name: str, place: Place, knowledge: KnowledgeBase) -> tuple[TumorType, tuple[str, ...]]:
    from kb.tumor_types import AmbiguousTumorCode, UnknownTumorType

    try:
        return knowledge.tumor_reading(name)
    except AmbiguousTumorCode as error:
        raise UnusableInput(place, str(error), "give --tumor-type with the one that it is") from error
    except UnknownTumorType as error:
        near = ", ".join(error.nearest) if error.nearest else "none; use an OncoTree code or name"
        reason = f"unknown tumor type {name!r}" + (f": {error.reason}" if error.reason else "")
        raise UnusableInput(place, reason, f"nearest known: {near}") from error


def _joined_codes(names: list[str]) -> list[str]:
    """The names, with a morphology of ICD-O-3 and the site of the same diagnosis as one code."""
    if len(names) == 1:
        return names
    from kb.tumor_codes import parse_code

    codes = {name: code for name in names if (code := parse_code(name)) is not None}
    morphologies = {code.morphology for code in codes.values() if code.site is None}
    sites = [code.site for name, code in codes.items() if code.site and code.morphology is None]
    if len(morphologies) != 1 or len({site[:3] for site in sites}) != 1:
        return names
    site = next((site for site in sites if len(site) > 3 and not site.endswith(".9")), sites[0])
    return [f"{morphologies.pop()} {site}", *(name for name in names if name not in codes or _is_whole(codes[name]))]


def _is_whole(code: TumorCode) -> bool:
    return code.site is not None and code.morphology is not None


def _narrowest(read: dict[str, TumorType], place: Place) -> TumorType:
    """The type that lies below all others; UnusableInput when two of them are unrelated."""
    narrowest = max(read.items(), key=lambda item: len(item[1].ancestors))
    for name, tumor in read.items():
        if tumor.code not in (narrowest[1].code, *narrowest[1].ancestors):
            message = f"{narrowest[0]} is {narrowest[1].code} ({narrowest[1].name}), and {name} is {tumor.code}"
            remedy = "say which one it is with --tumor-type"
            raise UnusableInput(place, f"the diagnosis has unrelated codes: {message} ({tumor.name})", remedy)
    return narrowest[1]


def normalized_history(
    therapies: tuple[PriorTherapy, ...] | None, knowledge: KnowledgeBase
) -> tuple[tuple[PriorTherapy, ...] | None, tuple[Note, ...]]:
    """The prior therapies with INNs, and a note for each drug that is not known (it is kept as written)."""
    if therapies is None:
        return None, ()
    from kb.therapies import UnknownTherapy
    from matcher.history import is_known_ending, is_known_setting

    notes: list[Note] = []
    found: list[PriorTherapy] = []
    for therapy in therapies:
        names: list[str] = []
        for name in therapy.regimen:
            try:
                names.append(knowledge.therapy(name).id)
            except UnknownTherapy as error:
                names.append(name.lower())
                near = f"nearest known: {', '.join(error.nearest)}" if error.nearest else "use the INN"
                unsettled = "conditions on prior therapy that it may decide stay undetermined"
                message = f"unknown drug {name!r}: {unsettled}{_to_weigh(therapy)}"
                notes.append(Note(Severity.WARNING, therapy.place, message, near))
        ended = therapy.stopped_for
        if ended is not None and not is_known_ending(ended):
            message = f"stopped for {ended!r} is not understood: how the therapy ended counts as not recorded"
            remedy = "write progression, toxicity, completed, patient choice, or other"
            notes.append(Note(Severity.WARNING, therapy.place, message, remedy))
            ended = None
        if not is_known_setting(therapy):
            message = f"the setting {therapy.setting!r} is not understood: it counts as not told"
            remedy = "write neoadjuvant, adjuvant, perioperative, metastatic or maintenance"
            notes.append(Note(Severity.WARNING, therapy.place, message, remedy))
        found.append(replace(therapy, regimen=tuple(names), stopped_for=ended))
    return tuple(found), tuple(notes)


def _to_weigh(therapy: PriorTherapy) -> str:
    """What to look out for with a drug that is not known and that failed, was not tolerated, or ended somehow."""
    from matcher.unread import endings_to_weigh

    ended = " and ".join(_ENDED[each] for each in endings_to_weigh(therapy))
    if not ended:
        return ", and nothing warns where a recommended drug is it or resembles it"
    return f"; {ended}: compare every recommended drug with it"


_ENDED = {
    "progressed": "the disease progressed on it",
    "not tolerated": "it was not tolerated",
    "not recorded": "why it was stopped is not told",
}


def assays_of(patient: Patient, folder: Path, knowledge: KnowledgeBase) -> tuple[dict[str, Assay], tuple[Note, ...]]:
    """The assays that the samples name, with approved gene symbols.

    One that cannot be read leaves its sample without coverage, and says so.
    """

    def approved(symbol: str) -> str:
        gene = knowledge.gene(symbol)
        return gene.symbol if gene is not None else symbol

    found: dict[str, Assay] = {}
    notes: list[Note] = []
    for sample in patient.samples:
        name = sample.assay
        if name is None or name in found:
            continue
        if name.upper() in BUILT_IN:
            found[name] = BUILT_IN[name.upper()]
            continue
        from matcher.assay_files import assay

        try:
            panel = assay(name, folder)
        except UnusableInput as error:
            message = f"assay {name!r} of sample {sample.id}: {error.reason}, so what it did not find counts as"
            notes.append(Note(Severity.WARNING, patient.place, f"{message} not tested", error.remedy))
            continue
        found[name] = panel.renamed(approved)
    return found, tuple(notes)


def called_again(
    alterations: tuple[Alteration, ...], samples: tuple[Sample, ...], assays: dict[str, Assay]
) -> tuple[Alteration, ...]:
    """The copy-number changes by the cut-offs of their sample's assay, where that states its own."""
    own = {
        sample.id: assays[sample.assay].thresholds
        for sample in samples
        if sample.assay in assays and assays[sample.assay].thresholds != cut_offs.DEFAULT
    }
    if not own:
        return alterations
    return tuple(
        cut_offs.called_again(change, own[change.sample])
        if isinstance(change, CopyNumberChange) and change.sample in own
        else change
        for change in alterations
    )
