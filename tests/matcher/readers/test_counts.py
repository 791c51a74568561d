"""No row of the public files is lost: each is an alteration or a note, and the table states how many."""

import csv
import gzip
from pathlib import Path

import pytest

from matcher.notes import UnusableInput
from matcher.readers import ROWS, detect, maf
from matcher.readers.reading import Row
from matcher.readers.vcf import rows as vcf_rows

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"
TABLE = ROOT / "tests" / "tables" / "read_counts.tsv"

TCGA_ROWS = 1_243_538

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not beside the checkout")


def counts() -> list[dict[str, str]]:
    with TABLE.open() as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def data_lines(path: Path) -> int:
    """Data rows counted without any reader: lines that are not blank, below the header."""
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    lines = [line for line in raw.split(b"\n") if line.strip() and not line.startswith(b"#")]
    return len(lines) - (0 if ".vcf" in path.name else 1)


def every_row(path: Path) -> list[tuple[bool, bool, bool]]:
    """For each row whether it has alterations, notes, and an unreadable protein change."""
    form = detect(path)
    rows = ROWS[form](path) if form != "VCF" else vcf_of_first_sample(path)
    return [
        (bool(row.alterations), bool(row.notes), any("unreadable protein" in note.message for note in row.notes))
        for row in rows
    ]


def vcf_of_first_sample(path: Path) -> list[Row]:
    """The VCF's rows; where several samples stand side by side and none is a tumor, those of the first."""
    try:
        return list(vcf_rows(path))
    except UnusableInput as error:
        if "samples, and none is chosen" not in error.reason:
            raise
        return list(vcf_rows(path, None, error.remedy.rpartition(": ")[2].split(", ")[0]))


@pytest.mark.parametrize("row", counts(), ids=lambda row: row["file"])
def test_no_row_is_lost(row: dict[str, str]) -> None:
    path = DATA / row["file"]
    assert data_lines(path) == int(row["rows"])
    if row["error"]:
        with pytest.raises(UnusableInput, match=row["error"]):
            every_row(path)
        return
    found = every_row(path)
    with_alteration = sum(has for has, _, _ in found)
    note_only = sum(noted for has, noted, _ in found if not has)
    assert (len(found), with_alteration, note_only) == tuple(int(row[key]) for key in ("rows", "alterations", "notes"))
    assert with_alteration + note_only == len(found)
    assert sum(unreadable for _, _, unreadable in found) == int(row["unreadable"])


def test_the_table_has_every_file_of_the_sets_and_the_known_total() -> None:
    listed = {row["file"] for row in counts()}
    folders = ("cohorts/tcga", "cohorts/brca_smc_2018", "cohorts/maftools_small")
    mafs = {path for folder in folders for path in (DATA / folder).iterdir() if ".maf" in path.name}
    mafs.add(DATA / "cohorts/brca_smc_2018/data_mutations.txt.gz")
    vcfs = {
        path
        for folder in ("pvactools_vep_somatic", "snpeff_examples", "vatools_tests")
        for path in (DATA / "vcfs" / folder).iterdir()
        if path.name.endswith((".vcf", ".vcf.gz"))
    }
    assert listed == {str(path.relative_to(DATA)) for path in mafs | vcfs}
    assert sum(int(row["rows"]) for row in counts() if "/tcga/" in row["file"]) == TCGA_ROWS


def test_protein_changes_of_tcga_are_read_but_for_one_in_a_thousand() -> None:
    unreadable = sum(int(row["unreadable"]) for row in counts() if "/tcga/" in row["file"] and not row["error"])
    assert unreadable / TCGA_ROWS <= 0.001


def test_a_maf_of_each_flavor_is_told_as_one() -> None:
    for name in ("tcga/ACC.mc3.maf.tsv.gz", "tcga/BRCA.firehose.maf.tsv.gz", "brca_smc_2018/data_mutations.txt.gz"):
        assert detect(DATA / "cohorts" / name) == "MAF"
        assert next(maf.rows(DATA / "cohorts" / name)).alterations
