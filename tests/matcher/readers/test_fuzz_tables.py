"""Tables built from valid ones with cells, names and delimiters exchanged: read, or refused as unusable."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.notes import UnusableInput
from matcher.readers import READERS, PatientFile, Reading, detect, read
from matcher.readers.study_folder import read_study
from tests.matcher.readers.study import STUDY, written
from tests.matcher.readers.test_annovar import table
from tests.matcher.readers.test_copy_number import TABLES
from tests.matcher.readers.test_fusion import ARRIBA, CATCHER, STAR, SV
from tests.matcher.readers.test_reading import MAF

VALID = {
    "MAF": [MAF, STUDY["calls.maf"]],
    "copy number": [text for text, _ in TABLES.values()],
    "fusions": [
        STAR + "EML4--ALK\t9\t4\t.\tEML4^E\t2:1:+\tALK^E\t2:2:-\tINFRAME\n",
        ARRIBA + "EML4\tA(1),B(2)\t+/+\t-/.\t2:1\t2:2\tCDS\tCDS\tinversion\t4\t3\t9\tlow\tin-frame\n",
        CATCHER + "BCR\tABL1\t40\t12\tin-frame\n",
        SV + "S1\tSOMATIC\tALK\tIntron of ALK(-): 4bp before exon 20\tEML4\tExon 13 of EML4(+)\t3to3\t(EML4-ALK)\t9\n",
    ],
    "ANNOVAR": [table("\t"), table(",")],
    "table": [
        "gene\talteration\tvaf\torigin\nEGFR\tL858R\t0.3\tsomatic\nERBB2\tamp\t\t\nKRAS\twild type\t\t\n",
        "gene;alteration;exon\nMET;exon 14 skipping;14\nALK;EML4-ALK fusion;\n",
    ],
    "list": ["# report\nEGFR ex19del  # NGS\nKRAS wt, MSS\nEML4::ALK fusion (E13;A20)\nHER2 IHC 2+/ISH-\nTMB 14\n"],
}
CELLS = st.one_of(
    st.text(max_size=12).filter(lambda text: not set(text) & set("\r\n")),
    st.sampled_from(
        ["", ".", "NA", "-", "nan", "inf", "-1e400", "²", "1e9", "9999999999999999999", "0|1", "a|b|c", '"', "p.", "c.",
         ":", "::", "--", "^", "(1)", "Exon 0 of X(+)", "3to5", "-2", "exon99999", "\u2028", "\x0b", "1/2"]
    ),
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """The table with some cells, columns, rows or delimiters changed."""
    grid = [line.split("\t") for line in text.splitlines()]
    for _ in range(draw(st.integers(1, 6))):
        row = draw(st.integers(0, len(grid) - 1))
        column = draw(st.integers(0, max(0, len(grid[row]) - 1)))
        action = draw(st.sampled_from(["cell", "drop", "add", "swap", "repeat"]))
        if action == "cell" and grid[row]:
            grid[row][column] = draw(CELLS)
        elif action == "drop" and grid[row]:
            del grid[row][column]
        elif action == "add":
            grid[row].insert(column, draw(CELLS))
        elif action == "swap" and grid[row]:
            other = draw(st.integers(0, len(grid[row]) - 1))
            grid[row][column], grid[row][other] = grid[row][other], grid[row][column]
        elif action == "repeat":
            grid.append(list(grid[row]))
    delimiter = draw(st.sampled_from(["\t", "\t", "\t", ",", ";"]))
    return draw(st.sampled_from(["", "\ufeff", "# note\n"])) + "\n".join(delimiter.join(row) for row in grid) + "\n"


@pytest.mark.parametrize("form", VALID)
def test_the_tables_that_are_damaged_are_valid(form: str, tmp_path: Path) -> None:
    for text in VALID[form]:
        path = tmp_path / "t"
        path.write_text(text)
        assert detect(path) == form


@pytest.mark.parametrize("form", VALID)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_damaged_table_is_read_or_refused(form: str, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(VALID[form]).flatmap(damaged))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t"
        path.write_text(text)
        for chosen in (None, form):
            for sample in (None, "S1"):
                with suppress(UnusableInput):
                    assert isinstance(read(path, sample, chosen), Reading)
    assert form in READERS


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_damaged_study_is_read_or_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(STUDY)))
    files = STUDY | {name: data.draw(damaged(STUDY[name]))}
    with TemporaryDirectory() as folder:
        path = written(Path(folder), files)
        with suppress(UnusableInput):
            assert detect(path)
        for sample in (None, "P1", "P2-T1"):
            with suppress(UnusableInput):
                assert isinstance(read_study(path, sample), PatientFile)
