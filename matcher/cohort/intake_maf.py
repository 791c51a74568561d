"""The lines of a MAF with many samples that tell of genes that a biomarker speaks of, found without reading the rest.

A million rows are looked through in a second or two: of most lines the gene, the sample and the number of columns are
looked at, and nothing else. What is unusual about a line has it read in full by matcher.readers.maf.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import compress, count, repeat
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from kb.alteration import Place
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers import columns, maf
from matcher.readers.reading import Row, counted
from matcher.readers.source_text import blocks

_SHOWN = 5


class Line(NamedTuple):
    """One line of the file that is to be read: its row number and text, and the sample as it stands there."""

    number: int
    text: str
    sample: str


class Head(NamedTuple):
    """The line of a MAF that names its columns: all that it takes to read another line, in whatever process."""

    path: Path
    text: str

    def table(self, notes: list[Note]) -> tuple[maf.Table, Callable[[str], list[str]]]:
        """What reads rows, and what splits lines into them; UnusableInput where the columns are not a MAF's."""
        split = columns.splitter(self.text)
        header = [name.strip().strip('"') for name in split(self.text.removeprefix("#"))]
        return maf.Table(self.path, header, notes), split


@lru_cache(maxsize=256)
def _table(head: Head) -> tuple[maf.Table, Callable[[str], list[str]]]:
    return head.table([])


def rows_of(head: Head, lines: Iterable[tuple[int, str]]) -> Iterator[Row]:
    """The rows of these lines of a MAF, by number and text; what they tell of the file is not kept."""
    table, split = _table(head)
    for number, text in lines:
        row = table.row(number, split(text))
        assert row is not None, "no sample is left out"
        yield row


class _Columns:
    """Two columns of a table with tabs, taken out of many lines at once."""

    def __init__(self, one: int, other: int, width: int) -> None:
        self._both, self._tabs = (one, other), width - 1
        fields = [r"[^\t]*+"] * (width - 1) + [r"[^\t\n]*+$"]
        for at in self._both:
            fields[at] = f"({fields[at]})"
        self._search = re.compile("^" + r"\t".join(fields), re.MULTILINE) if width < _WIDE else None

    def of(self, text: str, lines: Sequence[str]) -> list[tuple[str, ...]] | None:
        """Each column of these lines, and `text` is all of them; None where one has more fields or fewer.

        A match begins where a line does: one that runs on behind a short line leaves fewer matches than lines.
        """
        if self._search is not None:
            found = self._search.findall(text)
            if len(found) != len(lines):
                return None
            one, other = self._both
            return list(zip(*found, strict=True))[:: 1 if one < other else -1]
        if set(map(str.count, lines, repeat("\t"))) != {self._tabs}:
            return None
        fields = [line.split("\t", max(self._both) + 1) for line in lines]
        return [tuple(map(itemgetter(at), fields)) for at in self._both]


_WIDE = 64
"""From so many columns on a line is split up to the last that is looked for: one search for all takes longer."""


class Sieve:
    """A MAF with many samples: `lines` gives those to read, `row` reads one, or `rows_of` with `head` elsewhere.

    After the last line `samples` are all that any row names, read or passed over, and `note` tells of the latter.
    UnusableInput from `lines` when the file cannot be read, or its columns are not a MAF's or name no sample.
    """

    def __init__(self, path: Path, notes: list[Note]) -> None:
        self.path, self._notes = path, notes
        self.samples: dict[str, None] = {}
        self.rows = 0
        self._counted: Counter[str] = Counter()
        self._names: dict[str, str] = {}
        self._seen: set[str] = set()
        self.head: Head | None = None
        self._table: maf.Table | None = None
        self._split: Callable[[str], list[str]] = str.split
        self._columns: _Columns | None = None
        self._gene_at = self._sample_at = -1

    def row(self, number: int, text: str) -> Row:
        """What a line says."""
        assert self._table is not None, "the header is read with the first line"
        found = self._table.row(number, self._split(text))
        assert found is not None, "no sample is left out"
        return found

    def look(self, number: int, text: str) -> None:
        """Note what a line tells of the whole file, for one that `rows_of` reads."""
        assert self._table is not None, "the header is read with the first line"
        self._table.look(number, self._split(text))

    def last_notes(self) -> list[Note]:
        """What is known of the file when the lines have been read."""
        return [] if self._table is None else self._table.last_notes()

    def lines(self, spoken: Mapping[str, bool]) -> Iterator[Line]:
        """The lines of genes that are spoken of, and all that are unusual."""
        for first, text, texts in blocks(self.path, self._notes):
            if self._table is None:
                at = self._header(texts)
                first, texts = first + at, texts[at:]
                text = "\n".join(texts)
            if self._table is not None:
                yield from self._sieved(first, text, texts, spoken)
        if self._table is None:
            raise UnusableInput(str(self.path), "no header and no rows", "the first line must name the columns")

    def _header(self, texts: list[str]) -> int:
        """How many lines there are up to the header and with it; as `columns.header_and_records` finds it."""
        for at, line in enumerate(texts):
            if not line.strip() or line.startswith("##") or (line.startswith("#") and not columns.is_header(line)):
                continue
            self.head = Head(self.path, line)
            self._table, self._split = table, _ = self.head.table(self._notes)
            if "sample" not in table.at:
                raise UnusableInput(str(self.path), "no column tumor_sample_barcode", "add it: it tells whose a row is")
            self._gene_at, self._sample_at = table.at["gene"], table.at["sample"]
            if "\t" in line:
                self._columns = _Columns(self._gene_at, self._sample_at, table.width)
            return at + 1
        return len(texts)

    def _sieved(self, first: int, text: str, texts: list[str], spoken: Mapping[str, bool]) -> Iterator[Line]:
        """The lines to read of a block.

        Where all have the same number of columns, and none is a comment or may be a fusion (whose other partner the
        gene's column does not name), the columns are taken out of all lines at once.
        """
        is_plain = "Fusion" not in text and ("#" not in text or not ("\n#" in text or text.startswith("#")))
        found = self._columns.of(text, texts) if texts and is_plain and self._columns is not None else None
        if found is None:
            yield from self._one_by_one(first, texts, spoken)
            return
        genes, samples = found
        self.rows += len(texts)
        self._counted.update(genes)
        if not self._seen.issuperset(samples):
            self._add(dict.fromkeys(samples))
        for at in compress(count(), map(spoken.__getitem__, genes)):
            yield Line(first + at, texts[at], self._names[samples[at]])

    def _one_by_one(self, first: int, texts: list[str], spoken: Mapping[str, bool]) -> Iterator[Line]:
        """The same, line by line: those that fit, and tell of a gene that is not spoken of, are passed over.

        A line that does not fit the header names no sample: what stands in the column may be something else.
        """
        assert self._table is not None
        for number, line in enumerate(texts, start=first):
            if not line.strip() or line.startswith("#"):
                continue
            self.rows += 1
            fields = self._split(line)
            if columns.misfit(fields, self._table.width) is not None:
                yield Line(number, line, "")
                continue
            gene, sample = fields[self._gene_at], fields[self._sample_at]
            self._add((sample,))
            if "Fusion" in line or spoken[gene]:
                yield Line(number, line, self._names[sample])
            else:
                self._counted[gene] += 1

    def _add(self, samples: Iterable[str]) -> None:
        """More samples, as they stand in the rows: the names are without quotes and blanks, and empty for none."""
        for raw in samples:
            if raw not in self._names:
                name = columns.value(self._split(raw)[0] if raw.strip() else "") or ""
                self._names[raw] = name
                self._seen.add(raw)
                if name:
                    self.samples[name] = None

    def note(self, spoken: Mapping[str, bool]) -> Note | None:
        """How many rows of which genes were passed over."""
        passed = self._counted.copy()
        for gene in filter(spoken.__getitem__, self._counted):
            del passed[gene]
        if not passed:
            return None
        most = (f"{gene} {times}" for gene, times in passed.most_common(_SHOWN))
        more = f" and {len(passed) - _SHOWN} more" if len(passed) > _SHOWN else ""
        message = (
            f"passed over: {passed.total():,} of {counted(self.rows, 'row')}, of {counted(len(passed), 'gene')} that "
            f"no biomarker speaks of: {', '.join(most)}{more}"
        )
        return Note(Severity.INFO, Place(self.path.name), message, "none needed: they decide nothing")
