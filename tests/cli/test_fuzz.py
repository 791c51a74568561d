"""Whatever bytes a patient file holds: an answer or one clear line, never a traceback and never an internal error."""

from __future__ import annotations

import gzip
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.command import command

ASKED = ("--tumor-type", "LUAD", "--jurisdiction", "CN", "--as-of", "2026-11-20")
OPTIONS = (*ASKED, "--assay", "WES", "--format", "json")
GENES = ("EGFR", "KRAS", "MET", "BRCA1", "NOPE", "", "HLA-A")
NAMES = ("p.maf", "p.vcf", "p.tsv", "p.csv", "p.yaml", "p.json", "p.maf.gz", "p.vcf.gz", "p", "p.bin")
HEADS = (
    b"",
    b"gene\talteration\n",
    b"Hugo_Symbol\tVariant_Classification\tHGVSp_Short\n",
    b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n",
    b"id: P\ntumor_type: LUAD\n",
    b'{"id": "P", "tumor_type": "LUAD", ',
    b"gene,copies\n",
    b"fusion\n",
)
WORDS = (
    "EGFR", "L858R", "p.", "c.", "::", "\t", "\n", ",", ": ", "[", "]", "{", "}", "-", "&a", "*a", "!!", "99999999999",
    "prior_therapies", "samples", "biomarkers", "variants", "del", "ins", "fs*", "amp", "3+", ">=", "chr7",
    "é", "\u202e",
)  # fmt: skip


def contents() -> st.SearchStrategy[bytes]:
    tail = st.binary(max_size=80) | st.lists(st.sampled_from(WORDS), max_size=25).map(
        lambda words: "".join(words).encode()
    )
    plain = st.tuples(st.sampled_from(HEADS), tail).map(b"".join)
    return plain | plain.map(gzip.compress) | plain.map(lambda data: gzip.compress(data)[:-6])


def outcome(path: Path) -> tuple[int, str, str]:
    """The exit code for a patient's file, and what is printed on either stream."""
    done = command(path, *OPTIONS)
    return done.returncode, done.stdout, done.stderr


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(name=st.sampled_from(NAMES), content=contents())
@example(name="p.json", content=b"[" * 5000)
@example(name="p.yaml", content=b"a: &a [*a, *a]\n")
@example(name="p.json", content=b'{"id": 1e999, "tumor_type": {}}')
@example(name="p.tsv", content=b"gene\talteration\n\xff\xfe\t\x00\n")
def test_any_bytes(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    code, out, err = outcome(path)
    assert code in {0, 1}
    assert "Traceback" not in out + err
    assert "internal error" not in err, err
    if code == 1:
        assert out == ""
        assert err.startswith("mtb-match: ")
        assert err.count("\n") == 1, err
    else:
        assert '"schema": "mtb-match/1"' in out


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(genes=st.lists(st.sampled_from(GENES), min_size=1, max_size=3), data=st.data())
def test_any_alteration_text_is_an_answer_a_note_or_one_line(
    genes: list[str], data: st.DataObject, tmp_path: Path
) -> None:
    text = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
    rows = [f"{gene}\t{data.draw(text)}" for gene in genes]
    path = tmp_path / "p.tsv"
    path.write_text("gene\talteration\n" + "\n".join(rows) + "\n", encoding="utf-8")
    code, _, err = outcome(path)
    assert code in {0, 1}
    assert "internal error" not in err, err
    assert err.count("\n") == code
