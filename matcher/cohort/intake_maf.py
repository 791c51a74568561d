"""The lines of a MAF with many samples that tell of genes that a biomarker speaks of, found without reading the rest.

A million rows are looked through in a second or two: of most lines the gene, the sample and the number of columns are
looked at, and nothing else. What is unusual about a line has it read in full by matcher.readers.maf.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
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


class Sieve:
    """A MAF with many samples: `lines` gives those to read, `row` reads one.

    After the last line `samples` are all that any row names, read or passed over, and `note` tells of the latter.
    UnusableInput from `lines` when the file cannot be read, or its columns are not a MAF's or name no sample.
    """

    def __init__(self, path: Path, notes: list[Note]) -> None:
        self.path, self._notes = path, notes
        self.samples: dict[str, None] = {}
        self.rows = 0
        self._counted: Counter[str] = Counter()
        self._names: dict[str, str] = {}
        self._table: maf.Table | None = None
        self._split: Callable[[str], list[str]] = str.split
        self._gene_at = self._sample_at = self._tabs = -1

    def row(self, number: int, text: str) -> Row:
        """What a line says."""
        assert self._table is not None, "the header is read with the first line"
        found = self._table.row(number, self._split(text))
        assert found is not None, "no sample is left out"
        return found

    def last_notes(self) -> list[Note]:
        """What is known of the file when the lines have been read."""
        return [] if self._table is None else self._table.last_notes()

    def lines(self, spoken: Mapping[str, bool]) -> Iterator[Line]:
        """The lines of genes that are spoken of, and all that are unusual."""
        for first, text in blocks(self.path, self._notes):
            texts, at = text.split("\n"), 0
            if self._table is None:
                at = self._header(texts)
                first, texts = first + at, texts[at:]
            if self._table is None:
                continue
            yield from self._sieved(first, text if not at else "\n".join(texts), texts, spoken)
        if self._table is None:
            raise UnusableInput(str(self.path), "no header and no rows", "the first line must name the columns")

    def _header(self, texts: list[str]) -> int:
        """How many lines there are up to the header and with it; as `columns.header_and_records` finds it."""
        for at, line in enumerate(texts):
            if not line.strip() or line.startswith("##") or (line.startswith("#") and not columns.is_header(line)):
                continue
            self._split = columns.splitter(line)
            header = [name.strip().strip('"') for name in self._split(line.removeprefix("#"))]
            self._table = table = maf.Table(self.path, header, self._notes)
            if "sample" not in table.at:
                raise UnusableInput(str(self.path), "no column tumor_sample_barcode", "add it: it tells whose a row is")
            self._gene_at, self._sample_at = table.at["gene"], table.at["sample"]
            self._tabs = table.width - 1 if "\t" in line else -1
            return at + 1
        return len(texts)

    def _sieved(self, first: int, text: str, texts: list[str], spoken: Mapping[str, bool]) -> Iterator[Line]:
        """The lines to read of a block.

        Where all have the same number of columns, and none is a comment or may be a fusion (whose other partner the
        gene's column does not name), the columns are taken out of all lines at once.
        """
        is_plain = "Fusion" not in text and "\n#" not in text and not text.startswith("#")
        if not is_plain or set(map(str.count, texts, repeat("\t"))) != {self._tabs}:
            yield from self._one_by_one(first, texts, spoken)
            return
        reach = max(self._gene_at, self._sample_at) + 1
        fields = [line.split("\t", reach) for line in texts]
        genes = list(map(itemgetter(self._gene_at), fields))
        samples = list(map(itemgetter(self._sample_at), fields))
        self.rows += len(texts)
        self._counted.update(genes)
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
                if name:
                    self.samples[name] = None

    def note(self, spoken: Mapping[str, bool]) -> Note | None:
        """How many rows of which genes were passed over."""
        passed = Counter({gene: times for gene, times in self._counted.items() if not spoken[gene]})
        if not passed:
            return None
        most = (f"{gene} {times}" for gene, times in passed.most_common(_SHOWN))
        more = f" and {len(passed) - _SHOWN} more" if len(passed) > _SHOWN else ""
        message = (
            f"passed over: {passed.total():,} of {counted(self.rows, 'row')}, of {counted(len(passed), 'gene')} that "
            f"no biomarker speaks of: {', '.join(most)}{more}"
        )
        return Note(Severity.INFO, Place(self.path.name), message, "none needed: they decide nothing")
