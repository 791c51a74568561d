"""Names that cannot be read: one family, each error with the text and what the user can do."""

from __future__ import annotations

from kb.errors import KnowledgeError


class UnreadableName(KnowledgeError, ValueError):
    """A name that follows no notation known here; `text` is the name and `remedy` says what would be read."""

    what = "name"
    default_remedy = "write it in a notation that the field uses"

    def __init__(self, text: str, remedy: str | None = None) -> None:
        super().__init__(text)
        self.text, self.remedy = text, remedy or self.default_remedy

    def __str__(self) -> str:
        return f"unreadable {self.what} {shown(self.text)}; {self.remedy}"


class UnreadableProteinChange(UnreadableName):
    """A protein change that is not HGVS and no known older form."""

    what = "protein change"
    default_remedy = "write it as HGVS, such as p.V600E or p.Glu746_Ala750del"


class UnreadableFusion(UnreadableName):
    """A fusion whose partners cannot be told."""

    what = "fusion"
    default_remedy = "write the partners 5' first, joined by two colons, such as EML4::ALK"


class UnreadableAlteration(UnreadableName):
    """An alteration of a plain table that cannot be read."""

    what = "alteration"
    default_remedy = "write a protein change (V600E), amplification, homozygous deletion, EML4::ALK or exon 14 skipping"


def shown(text: str) -> str:
    """The text quoted for an error line: control characters escaped, long texts cut to 60 characters.

    >>> shown("p.V600?E")
    "'p.V600?E'"
    """
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
