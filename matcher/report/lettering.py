"""How wide text is, about, and how it is broken into lines; for pictures, which have no fonts to measure with."""

from __future__ import annotations

import re
from unicodedata import east_asian_width

EM = 13.0
"""Pixels of the letters that are measured."""

SLACK = 1.04
"""How much broader letters are taken than they are, for fonts that stand in."""

_WIDTHS = {
    0.23: "ijl'|",
    0.29: " !,./:;I[\\]ft",
    0.35: '()-`r{}"',
    0.41: "*",
    0.48: "^",
    0.52: "Jcksvxyz",
    0.57: "#$0123456789?L_abdeghnopqu",
    0.6: "+<=>~",
    0.62: "FTZ",
    0.68: "&ABEKPSVXY",
    0.74: "CDHNRUw",
    0.8: "GOQ",
    0.85: "Mm",
    0.96: "%W",
    1.04: "@—…✓✗◂",
}
"""Letters by their width in Arial, in parts of their height, rounded up; the fonts that stand in for it are as wide."""

_WIDTH_OF = {letter: width for width, letters in _WIDTHS.items() for letter in letters}

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def width_of(text: str) -> float:
    """Pixels that a line takes at most, in the fonts that pictures ask for; Chinese letters are as wide as high.

    >>> width_of("HER2") < width_of("HER2 IHC 3+") < width_of("人表皮生长因子受体")
    True
    """
    return sum(map(_letter, text))


def _letter(letter: str) -> float:
    if letter in _WIDTH_OF:
        return SLACK * _WIDTH_OF[letter] * EM
    return (1.02 if east_asian_width(letter) in "WF" else 0.8) * EM


def wrapped(text: str, room: float, most: int) -> list[str]:
    """The text in lines no wider than `room`, at most so many; the last ends with … where more would follow."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text, room):
        if not line or width_of(line + piece.rstrip()) <= room:
            line = (line + piece) if line else piece.lstrip()
            continue
        lines.append(line.rstrip())
        line = piece.lstrip()
        if len(lines) == most:
            return [*lines[:-1], _shortened(lines[-1], room)]
    return [*lines, line.rstrip()] if line.strip() else lines


def fitted(text: str, room: float, keeps_end: bool = False) -> str:
    """The text in one line; where it is too long, … stands for its end, or for its middle (`keeps_end`)."""
    line = " ".join(text.split())
    if width_of(line) <= room:
        return line
    if not keeps_end:
        return _shortened(line, room)
    end = ""
    for letter in reversed(line):
        if width_of(letter + end) > room * 0.6:
            break
        end = letter + end
    return _shortened(line, room - width_of(end)) + end


def _shortened(line: str, room: float) -> str:
    while line and width_of(line + "…") > room:
        line = line[:-1]
    return line.rstrip() + "…"


def _pieces(text: str, room: float) -> list[str]:
    """What a line may be broken between: words, Chinese letters, and parts of words that are too long for a line."""
    found: list[str] = []
    for word in re.findall(r"\S+\s*", " ".join(text.split())):
        found.extend(_broken(word, room))
    return found


def _broken(word: str, room: float) -> list[str]:
    """A word at its Chinese letters and after its joints; by letters where a part is wider than the line."""
    parts = re.findall(r"(?:[⺀-鿿豈-﫿！-｠]|[^⺀-鿿豈-﫿！-｠]+)[，。；：、）”]*\s*", word)
    found: list[str] = []
    for part in parts or [word]:
        if width_of(part.rstrip()) <= room:
            found.append(part)
            continue
        for piece in re.findall(r"[^/_.\-:;,]*[/_.\-:;,]+\s*|[^/_.\-:;,]+", part):
            while width_of(piece.rstrip()) > room and len(piece) > 1:
                cut = next(n for n in range(len(piece) - 1, 0, -1) if n == 1 or width_of(piece[:n]) <= room)
                found.append(piece[:cut])
                piece = piece[cut:]
            found.append(piece)
    return found
