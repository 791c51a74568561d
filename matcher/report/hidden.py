"""Texts that show what is in them: characters that steer a terminal or turn the reading are written out."""

from __future__ import annotations

import re

_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
_SPACE = re.compile(r"[ \t\n]+")
_BREAK = re.compile(r"\s*\n\s*|\t")


def written_out(text: str) -> str:
    """The text, its lines as they are, with characters that steer a terminal or turn the reading written out.

    >>> written_out("P-1\\x1b[31m\\nred")
    'P-1\\\\x1b[31m\\nred'
    """
    return _HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text.replace("\r\n", "\n"))


def visible(text: str) -> str:
    """The text on one line, with characters that steer a terminal or turn the direction of reading written out.

    >>> visible("olaparib\\n 300 mg \\x1b[2J")
    'olaparib 300 mg \\\\x1b[2J'
    """
    return written_out(_SPACE.sub(" ", text.replace("\r\n", "\n")))


def visible_lines(lines: list[str]) -> str:
    """Lines as one text: each stays on its own line, whatever somebody wrote into it, and is indented as it was.

    >>> visible_lines(["EID12", "  note: one\\ntwo"])
    'EID12\\n  note: one two\\n'
    """
    return "".join(f"{written_out(_BREAK.sub(' ', line))}\n" for line in lines)
