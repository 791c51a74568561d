"""The lines of a MAF with many samples that tell of genes that a biomarker speaks of, found without reading the rest.

A million rows are looked through in a second or two: of most lines the gene, the sample and the number of columns are
looked at, and nothing else. What is unusual about a line has it read in full by matcher.readers.maf.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from kb.alteration import Place
from matcher.notes import Note, Severity, UnusableInput
from matcher.readers import columns, maf
from matcher.readers.reading import Row, named
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
        self._passed: Counter[str] = Counter()
        self._table: maf.Table | None = None
        self._split: Callable[[str], list[str]] = str.split
        self._is_tabbed = False

    def row(self, number: int, text: str) -> Row:
        """What a line says."""
        assert self._table is not None, "the header is read with the first line"
        found = self._table.row(number, self._split(text))
        assert found is not None, "no sample is left out"
        return found

    def lines(self, spoken: Mapping[str, bool]) -> Iterator[Line]:
        """The lines of genes that are spoken of, and all that are unusual."""
        source = blocks(self.path, self._notes)
        for first, texts in source:
            if self._table is not None:
                yield from self._read(first, texts, spoken)
                continue
            at = self._header(texts)
            if at is not None:
                yield from self._read(first + at + 1, texts[at + 1 :], spoken)
        if self._table is None:
            raise UnusableInput(str(self.path), "no header and no rows", "the first line must name the columns")

    def _header(self, texts: list[str]) -> int | None:
        """Which of these lines is the header, if any is; as `columns.header_and_records` finds it."""
        for at, line in enumerate(texts):
            if not line.strip() or line.startswith("##") or (line.startswith("#") and not columns.is_header(line)):
                continue
            self._split = columns.splitter(line)
            header = [name.strip().strip('"') for name in self._split(line.removeprefix("#"))]
            self._table = maf.Table(self.path, header, self._notes)
            if "sample" not in self._table.at:
                raise no_samples(self.path)
            self._is_tabbed = "\t" in line
            return at
        return None

    def _read(self, first: int, texts: list[str], spoken: Mapping[str, bool]) -> Iterator[Line]:
        """The lines to read of a block."""
        assert self._table is not None
        gene_at, sample_at = self._table.at["gene"], self._table.at["sample"]
        tabs, reach = self._table.width - 1 if self._is_tabbed else -1, max(gene_at, sample_at) + 1
        passed: list[str] = []
        samples: dict[str, None] = {}
        new: list[Line] = []
        for number, line in enumerate(texts, start=first):
            if line.count("\t") == tabs and "Fusion" not in line:
                fields = line.split("\t", reach)
                gene, sample = fields[gene_at], fields[sample_at]
                if not spoken[gene] and line[0] != "#":
                    passed.append(gene)
                    samples[sample] = None
                    continue
            elif not line.strip():
                continue
            if line[0] != "#":
                new.append(Line(number, line, self._sample(line, sample_at)))
        self.rows += len(passed) + len(new)
        self._passed.update(passed)
        self._add(samples)
        yield from new

    def _add(self, samples: Iterable[str]) -> None:
        """More samples, as they stand in the rows that are passed over."""
        for raw in samples:
            name = columns.value(self._split(raw)[0] if raw else "")
            if name is not None:
                self.samples[name] = None

    def _sample(self, line: str, at: int) -> str:
        """The sample that a line names; empty when it names none."""
        fields = self._split(line)
        name = columns.value(fields[at]) if at < len(fields) else None
        if name is None:
            return ""
        self.samples[name] = None
        return name

    def note(self) -> Note | None:
        """How many rows of which genes were passed over."""
        count = self._passed.total()
        if not count:
            return None
        most = (f"{gene} {times}" for gene, times in sorted(self._passed.items(), key=lambda item: (-item[1], item[0])))
        message = (
            f"{count} of {self.rows} rows are of {len(self._passed)} genes that no biomarker speaks of, and are passed "
            f"over: {named(most, _SHOWN)}"
        )
        return Note(Severity.INFO, Place(self.path.name), message, "none needed: they decide nothing")


def no_samples(path: Path) -> UnusableInput:
    """The error on a table of many patients that does not name them."""
    return UnusableInput(str(path), "no column tumor_sample_barcode", "add it: it tells whose each row is")
