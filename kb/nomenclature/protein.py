"""Protein changes: HGVS in one- or three-letter code, and the older forms that mutation files still carry.

The grammar, once three-letter codes are one-letter codes (https://hgvs-nomenclature.org/stable/recommendations/protein):

    change   := "=" | "?" | "0" | "0?" | "e" EXON OFFSET | location edit
    location := [REF] CODON ["_" [REF] CODON]
    edit     := "=" | "?" | RESIDUES                  synonymous, unknown, substitution
              | [RESIDUE] "fs" ["*" [N | "?"]]         frameshift
              | "del" [RESIDUES] | "dup" [RESIDUES]    deletion, duplication
              | "ins" RESIDUES | "delins" RESIDUES     insertion, deletion-insertion
              | [RESIDUES] ">" RESIDUES                older form of delins
              | [RESIDUE] "ext" ["*" [N | "?"]]        extension
              | "ext" "-" N                            extension at the start
              | "_splice"                              cBioPortal's splice form
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import NamedTuple

from kb.handing import by_fields
from kb.nomenclature.errors import UnreadableProteinChange

THREE_TO_ONE = {
    "Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E", "Gly": "G", "His": "H",
    "Ile": "I", "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F", "Pro": "P", "Ser": "S", "Thr": "T", "Trp": "W",
    "Tyr": "Y", "Val": "V", "Sec": "U", "Pyl": "O", "Asx": "B", "Glx": "Z", "Xle": "J", "Xaa": "X", "Ter": "*",
}  # fmt: skip
"""Three-letter residue codes (IUPAC-IUB 1983) and HGVS's `Ter` for a stop."""

ONE_TO_THREE = {one: three for three, one in THREE_TO_ONE.items()}

RESIDUES = "".join(sorted(ONE_TO_THREE))

KINDS = (
    "substitution", "nonsense", "synonymous", "frameshift", "deletion", "duplication", "insertion", "delins",
    "extension", "stop-lost", "start-lost", "splice", "no-protein", "unknown",
)  # fmt: skip
"""Every value of `ProteinChange.kind`."""

_CLASS_OF_KIND = {
    "substitution": "missense",
    "nonsense": "nonsense",
    "synonymous": "synonymous",
    "frameshift": "frameshift",
    "deletion": "inframe_deletion",
    "duplication": "inframe_insertion",
    "insertion": "inframe_insertion",
    "delins": "inframe_delins",
    "extension": "stop_lost",
    "stop-lost": "stop_lost",
    "start-lost": "start_lost",
    "splice": "splice",
    # HGVS's p.0: no protein is made, seen with a lost start.
    "no-protein": "start_lost",
    "unknown": "unknown",
}


@by_fields
@dataclass(frozen=True, slots=True)
class ProteinChange:
    """A protein change as a value: two notations of one change are equal, and `str()` gives back what was written.

    `first` and `last` are codons (None where no position is given). `reference` and `last_reference` are the
    residues at those codons, `inserted` the new residues up to a first stop, all in one-letter code and empty
    where not stated. `stop_offset` counts codons to the new stop of a frameshift or extension; it is negative for an
    extension at the start (`M1ext-5`). `exon` is set by the older splice form `e12+1` only. `predicted` says that the
    text was in parentheses.

    >>> parse("p.Val600Glu") == parse("V600E")
    True
    >>> str(parse("p.(Val600Glu)"))
    'p.(Val600Glu)'
    """

    kind: str
    first: int | None = None
    last: int | None = None
    reference: str = ""
    last_reference: str = ""
    inserted: str = ""
    stop_offset: int | None = None
    exon: int | None = None
    predicted: bool = field(default=False, compare=False)
    text: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.text or f"p.{self.short}"

    @property
    def codons(self) -> range:
        """The codons that the change touches, empty when it names none.

        >>> list(parse("p.E746_A750del").codons)
        [746, 747, 748, 749, 750]
        """
        return range(0) if self.first is None or self.last is None else range(self.first, self.last + 1)

    @property
    def consequence_class(self) -> str:
        """The class that biomarkers speak of: `missense`, `nonsense`, `frameshift`, `splice`, `synonymous`, `unknown`,
        `inframe_deletion`, `inframe_insertion`, `inframe_delins`, `start_lost` or `stop_lost`.

        >>> parse("p.M1V").consequence_class, parse("p.G1121_R1124delins*").consequence_class
        ('start_lost', 'nonsense')
        """
        if self.kind == "extension" and self.first == 1:
            return "unknown"
        if self.kind in _LOSES_ITS_START and self.first == 1 and self.reference in ("M", ""):
            return "start_lost"
        if self.kind in _LOSES_ITS_STOP and "*" in (self.reference, self.last_reference) and self.inserted[-1:] != "*":
            return "stop_lost"
        if self.kind in ("delins", "insertion") and self.inserted.endswith("*"):
            return "nonsense"
        return _CLASS_OF_KIND[self.kind]

    @property
    def is_truncating(self) -> bool:
        """Whether the protein ends early: nonsense and frameshift (a splice change may also stay in frame).

        >>> parse("p.W557Gfs*12").is_truncating, parse("p.X963_splice").is_truncating
        (True, False)
        """
        return self.consequence_class in ("nonsense", "frameshift")

    @property
    def short(self) -> str:
        """The change in one-letter HGVS without `p.`, the same text for every notation of the change.

        >>> parse("p.Trp557GlyfsTer12").short, parse("p.268_269LL>L").short
        ('W557Gfs*12', 'L269del')
        """
        if self.first is None:
            return _body(self.text)[0] if self.exon is not None else _BARE[self.kind]
        return _location(self) + _edit(self)

    @property
    def long(self) -> str:
        """The change in three-letter HGVS with `p.`; the two splice forms, which HGVS does not have, stay as they are.

        >>> parse("W557Gfs*12").long, parse("p.X963_splice").long
        ('p.Trp557GlyfsTer12', 'p.X963_splice')
        """
        return f"p.{self.short}" if self.kind == "splice" else f"p.{_in_three_letters(self.short)}"


def _in_three_letters(short: str) -> str:
    return "".join(ONE_TO_THREE.get(letter, letter) for letter in short)


_BARE = {"synonymous": "=", "no-protein": "0", "unknown": "?"}
_LOSES_ITS_START = frozenset({"frameshift", "deletion", "delins", "start-lost"})
_LOSES_ITS_STOP = frozenset({"frameshift", "deletion", "delins"})


def _location(change: ProteinChange) -> str:
    if change.kind == "splice":
        return f"{change.reference or 'X'}{change.first}"
    start = f"{change.reference}{change.first}"
    return start if change.last == change.first else f"{start}_{change.last_reference}{change.last}"


def _edit(change: ProteinChange) -> str:
    if change.kind == "splice":
        return "_splice"
    if change.kind in ("deletion", "duplication"):
        return change.kind[:3]
    if change.kind in ("insertion", "delins"):
        return f"{'ins' if change.kind == 'insertion' else 'delins'}{change.inserted}"
    if change.kind == "frameshift":
        return f"{change.inserted}fs" + (f"*{change.stop_offset}" if change.stop_offset else "")
    if change.kind == "extension":
        at_start = change.stop_offset is not None and change.stop_offset < 0
        return f"{change.inserted}ext" + (str(change.stop_offset) if at_start else f"*{change.stop_offset or '?'}")
    if change.kind == "synonymous":
        return "="
    return change.inserted or "?"


@lru_cache(maxsize=1 << 17)
def parse(text: str) -> ProteinChange:
    """The protein change that the text names; UnreadableProteinChange when it names none.

    Results are kept for the last 131,072 different texts: mutation files repeat theirs.

    >>> change = parse("p.Leu747_Pro753delinsSer")
    >>> change.kind, change.first, change.last, change.inserted, change.short
    ('delins', 747, 753, 'S', 'L747_P753delinsS')
    """
    usual = _usual().fullmatch(text)
    if usual is not None:
        return _substitution(usual[1], int(usual[2]), usual[3], text)
    body, predicted = _body(text)
    return replace(_parsed(text, body), predicted=predicted, text=text)


def _parsed(text: str, body: str) -> ProteinChange:
    """The value of a body in one-letter code, without its text."""
    simple = _simple().fullmatch(body)
    if simple is not None:
        return _substitution(simple[1], int(simple[2]), simple[3], text)
    if body in _WHOLE:
        return ProteinChange(_WHOLE[body])
    exon = re.fullmatch(r"e([0-9]{1,3})[+-][0-9]{1,3}", body)
    if exon is not None:
        return ProteinChange("splice", exon=int(exon[1]))
    place = _place().fullmatch(body)
    if place is None or not (place[5] or place[3] == "?"):
        raise UnreadableProteinChange(text)
    return _edited(place, text)


_WHOLE = {"=": "synonymous", "?": "unknown", "0": "no-protein", "0?": "no-protein"}


@cache
def _usual() -> re.Pattern[str]:
    """What mutation files write nearly always: `p.` and one residue replaced by one, in one-letter code."""
    return re.compile(rf"p\.{_simple().pattern}")


@cache
def _simple() -> re.Pattern[str]:
    """One residue replaced by one residue: nine names in ten."""
    return re.compile(r"([A-Z*])([1-9][0-9]{0,5})([A-Z*=?])")


@cache
def _place() -> re.Pattern[str]:
    return re.compile(r"([A-Z*]*)-?([0-9]{1,6})(?:_([A-Z*]*|\?)([0-9]{1,6}))?(.*)")


@cache
def _codes() -> re.Pattern[str]:
    return re.compile("|".join(THREE_TO_ONE))


@cache
def _codes_of_any_case() -> re.Pattern[str]:
    return re.compile("|".join(THREE_TO_ONE), re.IGNORECASE)


def _body(text: str) -> tuple[str, bool]:
    """The change without accession, `p.` and parentheses, in one-letter code; and whether it was predicted."""
    body = text.strip()
    if body.startswith("p."):
        body = body[2:]
    elif ":" in body:
        body = body.rpartition(":")[2].strip()
        body = body[2:] if body.startswith("p.") else body
    elif body.startswith("P."):
        body = body[2:]
    if "%" in body:
        body = body.replace("%3D", "=").replace("%3d", "=")
    predicted = "(" in body
    if predicted and body.count("(") == body.count(")") == 1:
        body = body.replace("(", "").replace(")", "")
    if body.islower():
        body = _codes_of_any_case().sub(lambda code: code[0].title(), body)
    if _has_lower(body):
        body = _codes().sub(lambda code: THREE_TO_ONE[code[0]], body)
        if _has_lower(body) and re.fullmatch(r"[a-z][0-9]+[a-z*]", body):
            body = body.upper()
    return body.strip(), predicted


def _has_lower(text: str) -> bool:
    return text.upper() != text


def _residues(letters: str, text: str) -> str:
    """The letters, when each is a residue code."""
    if letters.strip(RESIDUES):
        raise UnreadableProteinChange(text)
    return letters


def _to_stop(letters: str) -> str:
    """The residues that are translated: up to the first stop and with it."""
    head, stop, _ = letters.partition("*")
    return head + stop


def _substitution(reference: str, codon: int, new: str, text: str) -> ProteinChange:
    """One residue replaced. `X` is the older sign for a stop, and for any residue where it stands for a reference."""
    reference, new = _residues(reference, text), new if new in "=?" else _residues(new, text)
    if new == "X" and reference != "X":
        new = "*"
    if reference == "X" and new not in "X=?":
        reference = "*"
    if new in ("=", reference):
        return ProteinChange("synonymous", codon, codon, reference, reference, text=text)
    kind = _kind_of_substitution(reference, codon, new)
    return ProteinChange(kind, codon, codon, reference, reference, "" if new == "?" else new, text=text)


def _kind_of_substitution(reference: str, codon: int, new: str) -> str:
    if codon == 1 and reference == "M":
        return "start-lost"
    if new == "?":
        return "unknown"
    if new == "*":
        return "nonsense"
    return "stop-lost" if reference == "*" else "substitution"


def _edited(place: re.Match[str], text: str) -> ProteinChange:
    """The change of a location and an edit."""
    reference, last_reference = _residues(place[1], text), place[3]
    first = int(place[2])
    last = int(place[4]) if place[4] else first + max(len(reference), 1) - 1
    edit = place[5]
    if last_reference == "?":
        # `M1_?16`: a deletion from the start codon to a position that is not certain.
        return _start_lost(reference, first, text)
    if last_reference is None:
        last_reference = reference[-1:]
    elif len(reference) > 1 or len(last_reference) > 1:
        raise UnreadableProteinChange(text)
    if first < 1 or last < first:
        raise UnreadableProteinChange(text, "codons count from 1 and the lower one comes first, as in p.E746_A750del")
    _residues(last_reference, text)
    return _by_edit(_Spot(first, last, reference, last_reference, text), edit)


def _start_lost(reference: str, first: int, text: str) -> ProteinChange:
    if reference != "M" or first != 1:
        raise UnreadableProteinChange(text)
    return ProteinChange("start-lost", 1, 1, "M", "M")


class _Spot(NamedTuple):
    """Where an edit is: codons, and the residues as far as the text names them."""

    first: int
    last: int
    reference: str
    last_reference: str
    text: str

    def change(self, kind: str, inserted: str = "", stop_offset: int | None = None) -> ProteinChange:
        return ProteinChange(
            kind, self.first, self.last, self.reference[:1], self.last_reference[-1:], inserted, stop_offset
        )


def _by_edit(spot: _Spot, edit: str) -> ProteinChange:
    """Which edit it is; the longer keyword is asked first."""
    if edit in ("_splice", "splice"):
        return _splice(spot)
    if "fs" in edit:
        return _frameshift(spot, edit)
    if "ext" in edit:
        return _extension(spot, edit)
    if edit.startswith("delins"):
        return _replaced(spot, "", _inserted(edit[6:], spot.text))
    if ">" in edit:
        old, _, new = edit.partition(">")
        return _replaced(spot, _residues(old, spot.text), _inserted(new, spot.text))
    if edit.startswith("ins"):
        return _insertion(spot, edit[3:])
    if edit.startswith(("del", "dup")):
        _counted(spot, edit[3:])
        return spot.change("deletion" if edit.startswith("del") else "duplication")
    return _residues_replaced(spot, edit)


def _splice(spot: _Spot) -> ProteinChange:
    reference = spot.reference[:1].replace("X", "")
    return ProteinChange("splice", spot.first, spot.last, reference, spot.last_reference[-1:].replace("X", ""))


def _frameshift(spot: _Spot, edit: str) -> ProteinChange:
    found = re.fullmatch(r"([A-Z*]?)fs(?:[*X]([0-9]{1,6}|\?)?)?", edit)
    if found is None:
        raise UnreadableProteinChange(spot.text)
    new = _residues(found[1], spot.text)
    return spot.change("frameshift", new, int(found[2]) if found[2] and found[2] != "?" else None)


def _extension(spot: _Spot, edit: str) -> ProteinChange:
    found = re.fullmatch(r"(?:del|([A-Z]?))ext(?:[*X]([0-9]{1,6}|\?)?|(-[1-9][0-9]{0,5})|[0-9]{1,6})?", edit)
    if found is None or (found[3] and found[1]):
        raise UnreadableProteinChange(spot.text)
    new = _residues(found[1] or "", spot.text)
    stop = found[3] or found[2]
    return spot.change("extension", new, int(stop) if stop and stop != "?" else None)


def _inserted(letters: str, text: str) -> str:
    """Inserted residues up to a stop; a bare count, as in `ins5`, stands for so many unknown residues."""
    if letters.isascii() and letters.isdigit() and 0 < int(letters[:4]) <= 999:
        return "X" * int(letters)
    if not letters:
        raise UnreadableProteinChange(text, "say which residues are inserted, as in p.D770_N771insSVD")
    return _to_stop(_residues(letters, text))


def _counted(spot: _Spot, stated: str) -> None:
    """Deleted or duplicated residues may be repeated, or counted, after the keyword; the codons already say it."""
    if not (stated.isascii() and stated.isdigit()):
        _residues(stated, spot.text)


def _insertion(spot: _Spot, letters: str) -> ProteinChange:
    if spot.last == spot.first and len(spot.reference) <= 1:
        # `p.D770insSVD` names one flank: the insertion follows it.
        spot = _Spot(spot.first, spot.first + 1, spot.reference, "", spot.text)
    return spot.change("insertion", _inserted(letters, spot.text))


_KEYWORDS = ("FS", "DEL", "DUP", "INS", "EXT")


def _residues_replaced(spot: _Spot, edit: str) -> ProteinChange:
    """`p.GG12VC`: several residues replaced, written without a keyword; or a bare `=` or `?` after a location."""
    if edit in ("=", "?"):
        kind = "synonymous" if edit == "=" else "unknown"
        lost = edit == "?" and spot.first == 1 and spot.reference[:1] in ("M", "")
        return spot.change("start-lost" if lost else kind)
    named = "p." in spot.text or len(edit) == len(spot.reference)
    if spot.reference == "" or "_" in spot.text.rpartition(":")[2] or not named:
        raise UnreadableProteinChange(spot.text)
    if edit.startswith(_KEYWORDS) and len(edit) != len(spot.reference):
        # In capitals a keyword looks like residues: `p.L747FS` is no insertion of phenylalanine and serine.
        raise UnreadableProteinChange(spot.text, "write fs, del, dup, ins and ext in small letters")
    upper = {code.upper(): letter for code, letter in THREE_TO_ONE.items()}
    if spot.reference in upper and edit in upper:
        return _substitution(upper[spot.reference], spot.first, upper[edit], spot.text)
    return _replaced(spot, spot.reference, _to_stop(_residues(edit, spot.text)))


def _replaced(spot: _Spot, old: str, new: str) -> ProteinChange:
    """Residues replaced by residues, reduced to the least change when the old ones are known.

    Common residues at the start are taken off first, so that what is left lies as far to the C-terminus as it
    can (HGVS's 3' rule): LL>L at 268 is a deletion of the second leucine. A one-residue deletion-insertion of one
    residue is a substitution.
    """
    old = old or (spot.reference if spot.first == spot.last else "")
    if len(old) != spot.last - spot.first + 1:
        if new[0] == "*":
            return ProteinChange("nonsense", spot.first, spot.first, spot.reference[:1], spot.reference[:1], "*")
        return spot.change("delins", new)
    start = _common(old, new)
    left_old, left_new = old[start:], new[start:]
    end = _common(left_old[::-1], left_new[::-1])
    left_old, left_new = left_old[: len(left_old) - end], left_new[: len(left_new) - end]
    return _least(spot.first + start, old, start, left_old, left_new, spot)


def _common(one: str, other: str) -> int:
    """How many letters both begin with."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _least(first: int, old: str, start: int, left: str, new: str, spot: _Spot) -> ProteinChange:
    """The change that is left: nothing, substitution, deletion, insertion between its neighbours, or delins."""
    last = first + len(left) - 1
    if not left and not new:
        return spot.change("synonymous")
    if not left:
        before, after = old[start - 1 : start], old[start : start + 1]
        if first == 1:
            return spot.change("delins", new)
        return ProteinChange("insertion", first - 1, first, before, after, new)
    if not new:
        return ProteinChange("deletion", first, last, left[0], left[-1])
    if len(left) == len(new) == 1:
        return _substitution(left, first, new, spot.text)
    if new[0] == "*":
        return ProteinChange("nonsense", first, first, left[0], left[0], "*")
    return ProteinChange("delins", first, last, left[0], left[-1], new)
