"""Names of gene fusions: HGNC's `EML4::ALK`, and the hyphens and slashes that reports still use."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from kb.nomenclature.errors import UnreadableFusion


@dataclass(frozen=True, slots=True)
class FusionName:
    """The partners of a fusion, 5' first; one that is not named is None.

    `oriented` is False when the text does not say which partner is 5' (`ALK fusion`): then the one named gene is
    in `three_prime` by convention only.
    """

    five_prime: str | None
    three_prime: str | None
    oriented: bool = True
    text: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.text or f"{self.five_prime or '?'}::{self.three_prime or '?'}"


_WORDS = r"(?:gene )?(?:fusions?|rearrange(?:ment|d)s?|translocat(?:ion|ed)s?)(?: positive)?"

DUPLICATIONS = frozenset({"ITD", "PTD", "KDD", "TKD"})
"""Internal and partial tandem duplications and the like: `FLT3-ITD` is no fusion of two genes."""

MOST_PIECES = 8
"""No two symbols have more hyphens between them."""

IsGene = Callable[[str], bool]


def parse(text: str, is_gene: IsGene | None = None) -> FusionName:
    """The partners that the text names; UnreadableFusion when they cannot be told.

    `is_gene` says whether a text is a gene symbol; it settles hyphens, which also occur in symbols.

    >>> parse("EML4-ALK fusion").five_prime, parse("NKX2-1-ALK").five_prime
    ('EML4', 'NKX2-1')
    >>> parse("ALK fusion")
    FusionName(five_prime=None, three_prime='ALK', oriented=False, text='ALK fusion')
    """
    body, said_so = _without_words(" ".join(text.split()))
    for separator in ("::", "--", "/", " - ", "–", "→"):
        if separator in body:
            return _pair(body.split(separator), text)
    if "-" not in body:
        return _single(body, said_so, text)
    if is_gene is not None and is_gene(body):
        return _single(body, said_so, text)
    return _hyphenated(body, said_so, text, is_gene)


def _without_words(text: str) -> tuple[str, bool]:
    """The text without the word for a fusion, and whether it had one."""
    body = re.sub(rf"(?i)[\s_]{_WORDS}$|^{_WORDS}\s+(?:of\s+)?", "", text.strip()).strip(" _")
    return body, body != text.strip()


def _pair(parts: list[str], text: str) -> FusionName:
    names = [_partner(part) for part in parts]
    if len(names) != 2 or not any(names) or any(name and not _is_symbol(name) for name in names):
        raise UnreadableFusion(text)
    return FusionName(names[0], names[1], True, text)


def _partner(part: str) -> str | None:
    """A partner's symbol; `?`, `v` and words for "unknown" are none."""
    name = part.strip()
    return None if name.lower() in ("", "?", "v", "unknown", "intergenic", "na", ".") else name


def _is_symbol(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9._@-]{0,29}", name) is not None


def _single(body: str, said_so: bool, text: str) -> FusionName:
    if not said_so or not _is_symbol(body):
        raise UnreadableFusion(text)
    return FusionName(None, body, False, text)


def _hyphenated(body: str, said_so: bool, text: str, is_gene: IsGene | None) -> FusionName:
    """The one split at a hyphen that leaves two genes; without a list of genes, two parts that look like symbols."""
    pieces = body.split("-")
    if len(pieces) > MOST_PIECES or pieces[-1].upper() in DUPLICATIONS:
        raise UnreadableFusion(text)
    splits = [("-".join(pieces[:at]), "-".join(pieces[at:])) for at in range(1, len(pieces))]
    if is_gene is not None:
        known = [pair for pair in splits if is_gene(pair[0]) and is_gene(pair[1])]
        # A partner that the list does not know leaves the split to its looks.
        splits = known or splits
    likely = splits if len(splits) == 1 and is_gene is not None else [pair for pair in splits if _two_symbols(*pair)]
    if len(likely) == 1:
        return _pair(list(likely[0]), text)
    if not likely and len(pieces) == 2 and said_so:
        return _single(body, said_so, text)
    raise UnreadableFusion(text, "the hyphens can be read in several ways; join the partners by two colons")


def _two_symbols(left: str, right: str) -> bool:
    """Whether a hyphen between these separates two genes, and does not belong to one symbol (HLA-A, NKX2-1, MT-ND1)."""
    last = left.rpartition("-")[2]
    first = right.partition("-")[0]
    belongs = last in ("HLA", "MT") or not first[:1].isalpha() or re.fullmatch(r"(AS|IT|OT|DT|V)\d*", first)
    return bool(last) and not belongs and _is_symbol(left) and _is_symbol(right)
