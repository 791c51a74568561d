"""Text lines of a file that a user gives: gzip by content, UTF-8, GB18030 or Latin-1, any line end; clear errors."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from kb.alteration import Place
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers.opened_files import note_file

HEAD_BYTES = 65536

_WHOLE_FILES = {
    b"\x50\x4b\x03\x04": ("a ZIP or Excel file", "unpack it, or export the sheet as tab-separated text"),
    b"\xd0\xcf\x11\xe0": ("an old Excel file", "export the sheet as tab-separated text"),
    b"%PDF": ("a PDF", "give the variant file that the report was made from"),
    b"BCF\x02": ("a BCF file", "convert it with: bcftools view -O v -o variants.vcf FILE"),
    b"BAM\x01": ("a BAM file of reads", "give the variant file that was called from it"),
    b"\xff\xfe": ("UTF-16 text", "save it as UTF-8"),
    b"\xfe\xff": ("UTF-16 text", "save it as UTF-8"),
    b"BZh": ("bzip2-compressed", "unpack it, or compress it with gzip"),
    b"\xfd7zXZ": ("xz-compressed", "unpack it, or compress it with gzip"),
    b"\x28\xb5\x2f\xfd": ("zstd-compressed", "unpack it, or compress it with gzip"),
}
"""First bytes of files that are often given by mistake: what they are and what to do."""


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked when gzip's magic bytes say so; UnusableInput for all that can go wrong on the way."""
    note_file(path)
    try:
        with path.open("rb") as raw:
            # A pipe cannot be wound back.
            is_gzip = raw.peek(2)[:2] == b"\x1f\x8b"
            if is_gzip:
                with _unpacking(raw) as unpacked:
                    yield unpacked
            else:
                yield raw
    except FileNotFoundError as error:
        raise UnusableInput(str(path), "no such file", "check the path") from error
    except IsADirectoryError as error:
        raise UnusableInput(str(path), "it is a directory", "give one file of it") from error
    except PermissionError as error:
        raise UnusableInput(str(path), "no permission to read it", "ask for read access (chmod u+r)") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnusableInput(
            str(path), "the gzip data is cut short or damaged", "copy or download the file again"
        ) from error
    except (OSError, ValueError) as error:
        if isinstance(error, UnicodeError):
            raise
        raise UnusableInput(str(path), f"it cannot be read ({error})", "check the path and the disk") from error


@contextmanager
def _unpacking(raw: IO[bytes]) -> Iterator[IO[bytes]]:
    """What gzip packed, in a third of the time where ISA-L is there; EOFError, BadGzipFile, zlib.error."""
    try:
        from isal import igzip, igzip_lib
    except ImportError:
        with gzip.open(raw) as unpacked:
            yield cast(IO[bytes], unpacked)
        return
    unpack: Any = igzip.open
    damaged = cast("type[Exception]", igzip_lib.IsalError)
    try:
        with unpack(raw) as found:
            yield found
    except damaged as error:
        raise zlib.error(str(error)) from error


def head(path: Path) -> bytes:
    """The first bytes of the unpacked text (at most 64 KiB); UnusableInput when the file is empty or not text."""
    with opened(path) as stream:
        start = stream.read(HEAD_BYTES)
    if not start.strip():
        raise UnusableInput(str(path), "the file is empty", "export it again, or leave it out")
    refuse_binary(path, start)
    return start


def refuse_binary(path: Path, start: bytes) -> None:
    """UnusableInput for bytes that are no text table, with what they look like."""
    for magic, (what, remedy) in _WHOLE_FILES.items():
        if start.startswith(magic):
            raise UnusableInput(str(path), f"it is {what}", remedy)
    if b"\0" in start:
        raise UnusableInput(str(path), "it is a binary file, not text", "give the VCF, MAF or table as text or gzip")
    lower = start[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lower.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise UnusableInput(
            str(path), "it is a web page or XML, not a variant file", "download the file itself, not the page about it"
        )
    if b"\r" in start and b"\n" not in start:
        raise UnusableInput(str(path), "its lines end in the old Mac way", "save it with Unix line ends")


def text_of(start: bytes) -> str:
    """The first bytes of a file as text, in the encoding that `lines` would read it in."""
    try:
        return start.decode()
    except UnicodeDecodeError as error:
        if error.start > len(start) - 4 and len(start) >= HEAD_BYTES:  # a character cut in two at the end
            return start.decode("utf-8", "replace")
    is_whole = len(start) < HEAD_BYTES
    return start.decode("gb18030" if _is_chinese((start,), is_whole) else "latin-1", "replace")


def lines(path: Path, notes: list[Note]) -> Iterator[tuple[int, str]]:
    """Row number (from 1) and text of each line that is not blank, without its line end.

    A line that is not UTF-8 is read as GB18030 where the whole file is Chinese text in it, else as Latin-1; the first
    such line adds a note to `notes`. A null byte further down raises UnusableInput.
    """
    with opened(path) as stream:
        text_at = _Decoding(path, notes).text
        for number, raw in enumerate(stream, start=1):
            text = text_at(number, raw).rstrip("\r\n")
            if text.strip():
                yield number, text


class Block(NamedTuple):
    """Whole lines of a file: the row number of the first, the text of all, and each by itself without its line end."""

    first: int
    text: str
    lines: list[str]


def blocks(path: Path, notes: list[Note], size: int = 1 << 15) -> Iterator[Block]:
    """The text of whole lines, about `size` bytes of them at a time.

    Lines are read as `lines` reads them and end in a line feed but for the last; blank ones are among them. A table of
    a million rows is looked through in a third of the time; larger blocks do not stay in the processor's cache.
    """
    with opened(path) as stream:
        decoding, number, parts = _Decoding(path, notes), 1, list[bytes]()
        while chunk := stream.read(size):
            whole, end, rest = chunk.rpartition(b"\n")
            if not end:
                parts.append(chunk)
                continue
            found = _block(number, decoding.block(number, b"".join((*parts, whole))))
            yield found
            number, parts = number + len(found.lines), [rest]
        if any(parts):
            yield _block(number, decoding.block(number, b"".join(parts)))


def _block(first: int, text: str) -> Block:
    return Block(first, text, text.split("\n"))


class _Decoding:
    """The text of a file's lines; the first that is not UTF-8 settles what the others like it are read as."""

    def __init__(self, path: Path, notes: list[Note]) -> None:
        self._path, self._notes = path, notes
        self._encoding: str | None = None

    def text(self, number: int, raw: bytes) -> str:
        """The line of this number."""
        if b"\0" in raw:
            place = Place(str(self._path), number)
            raise UnusableInput(place, "a null byte: the file is damaged", "export it again")
        if number == 1 and raw.startswith(codecs.BOM_UTF8):
            raw = raw[3:]
        try:
            return raw.decode("gb18030" if self._encoding == "gb18030" else "utf-8")
        except UnicodeDecodeError:
            if self._encoding is None:
                self._encoding = _encoding(self._path)
                message = _READ_AS.format({"latin-1": "Latin-1"}.get(self._encoding, "GB18030 (Chinese)"))
                place = Place(self._path.name, number)
                self._notes.append(Note(Severity.WARNING, place, message, "save the file as UTF-8"))
            return raw.decode(self._encoding)

    def block(self, first: int, raw: bytes) -> str:
        """The text of lines, the first of which has this number."""
        if self._encoding is None and b"\0" not in raw:
            try:
                text = (raw.removeprefix(codecs.BOM_UTF8) if first == 1 else raw).decode()
            except UnicodeDecodeError:
                pass
            else:
                return "\n".join(line.rstrip("\r") for line in text.split("\n")) if "\r" in text else text
        return "\n".join(self.text(n, line).rstrip("\r") for n, line in enumerate(raw.split(b"\n"), start=first))


_READ_AS = "the text is not UTF-8; it was read as {}"


def _encoding(path: Path) -> str:
    """The encoding of a file that is not UTF-8: a pipe cannot be read twice, and is Latin-1."""
    if not path.is_file():
        return "latin-1"
    with opened(path) as stream:
        return "gb18030" if _is_chinese(stream) else "latin-1"


def _is_chinese(chunks: Iterable[bytes], is_whole: bool = True) -> bool:
    """Whether the bytes are GB18030 with Chinese letters, and mostly those that reports use.

    Accented letters of Latin-1 decode as rare letters, for they stand alone between ASCII ones: most letters must be of
    GB 2312, two high bytes each, and one at least of its first level, the 3,755 common ones (lead bytes B0 to D7).
    """
    decoder = codecs.getincrementaldecoder("gb18030")()
    usual = common = others = 0
    for chunk in chunks:
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError:
            return False
        if text.isascii():
            continue
        for letter in text:
            if letter > "\x7f":
                code = letter.encode("gb18030")
                is_usual = len(code) == 2 and code[0] <= 0xF7 and code[1] >= 0xA1
                usual, others = usual + is_usual, others + (not is_usual)
                common += is_usual and 0xB0 <= code[0] <= 0xD7
    if is_whole and decoder.getstate()[0]:
        return False  # the last letter is cut in two
    return common > 0 and usual > 4 * others
