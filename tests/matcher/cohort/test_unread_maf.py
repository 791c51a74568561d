"""A MAF that cannot be read is an error, never a study without mutations."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from matcher.notes import UnusableInput
from matcher.readers.study_folder import read_study

EXAMPLE = Path(__file__).parents[3] / "examples" / "cohort"
MAF = (EXAMPLE / "registry.maf").read_bytes()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.maf", b""),
        ("a.maf", MAF.decode().encode("utf-16")),
        ("a.maf", bytes(range(256)) * 20),
        ("a.maf.gz", gzip.compress(MAF)[:-40]),
    ],
    ids=["empty", "utf-16", "binary", "cut short"],
)
def test_it_is_told_and_nobody_is_read_without_it(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "clinical.tsv").write_bytes((EXAMPLE / "registry.clinical.tsv").read_bytes())
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnusableInput) as caught:
        read_study(tmp_path, "P01")
    assert name in str(caught.value)
