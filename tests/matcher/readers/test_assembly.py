"""The table of chromosome lengths agrees with the headers of public files."""

import gzip
import re
from collections import Counter
from pathlib import Path

import pytest

from matcher.readers import assembly

VCFS = Path(__file__).parents[3].parent / "shared" / "data" / "vcfs"


def test_no_length_is_in_both_assemblies_or_twice_in_one() -> None:
    lengths = [length for known in assembly.LENGTHS.values() for length in known.values()]
    assert len(lengths) == len(set(lengths)) == 48


@pytest.mark.skipif(not VCFS.is_dir(), reason="the public data sets are not beside the checkout")
def test_lengths_are_those_of_public_headers() -> None:
    seen: Counter[tuple[str, int]] = Counter()
    for path in VCFS.rglob("*.vcf*"):
        if path.name.endswith((".vcf", ".vcf.gz")):
            raw = path.read_bytes()
            text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("latin-1")
            for name, length in re.findall(r"^##contig=<ID=(\w+),(?:[^\n]*,)?length=(\d+)", text, re.MULTILINE):
                seen[assembly.plain(name), int(length)] += 1
    for build, known in assembly.LENGTHS.items():
        for name, length in known.items():
            assert seen[name, length] >= 3, (build, name)
