"""Bad input: one clear line with place and remedy, exit code 1, no traceback, nothing written."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.command import command

ROOT = Path(__file__).parents[2]
GOOD = ("--tumor-type", "LUAD", "--jurisdiction", "CN")
TABLE = "gene\talteration\nEGFR\tL858R\n"
MAF = "Hugo_Symbol\tVariant_Classification\tHGVSp_Short\nEGFR\tMissense_Mutation\tp.L858R\n"
VCF = (
    "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1\tP2\n"
    "7\t55259515\t.\tT\tG\t.\tPASS\t.\tGT\t0/1\t0/0\n"
)


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=120,
    )


def refused(*arguments: str | Path, **environment: str) -> str:
    """The one line on standard error, after checking that it is one and that nothing else was printed."""
    done = run(*arguments, **environment)
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("mtb-match: ")
    assert done.stderr.count("\n") == 1, done.stderr
    assert ";" in done.stderr, "no remedy"
    return done.stderr


def saved(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


FILES = [
    ("empty", "empty.maf", "", "empty"),
    ("binary", "picture.maf", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\xff" * 40, "binary"),
    ("truncated gzip", "variants.maf.gz", gzip.compress(MAF.encode() * 500)[:-40], "gzip"),
    ("VCF of two patients", "variants.vcf", VCF, "2 samples, and none is chosen"),
    ("unknown gene", "variants.tsv", "gene\talteration\nNOTAGENE\tV600E\n", "unknown gene 'NOTAGENE'"),
    ("unreadable protein change", "variants.tsv", "gene\talteration\nEGFR\tp.L858!!\n", "p.L858!!"),
    ("no known columns", "variants.tsv", "a\tb\n1\t2\n", "format"),
    ("HTML page", "variants.tsv", "<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", "web page"),
    ("MAF without its columns", "variants.maf", "Hugo_Symbol\tTumor_Sample_Barcode\nEGFR\tA\n", "columns"),
    ("an assay", "panel.yaml", "assay: panel\ngenes: [EGFR]\nkinds: [fusion]\n", "--assay"),
    ("broken YAML", "patient.yaml", "id: P\ntumor_type: [BRCA\n", "patient.yaml"),
]


@pytest.mark.parametrize(("name", "content", "expected"), [row[1:] for row in FILES], ids=[row[0] for row in FILES])
def test_file_that_cannot_be_used(tmp_path: Path, name: str, content: str | bytes, expected: str) -> None:
    out = tmp_path / "answer.json"
    path = saved(tmp_path, name, content)
    said = refused(path, *GOOD, "--format", "json", "--out", out)
    assert expected in said
    assert not out.exists()
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_directory(tmp_path: Path) -> None:
    assert "directory" in refused(tmp_path, *GOOD)


def test_missing_file(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "nothing.maf", *GOOD)


@pytest.mark.skipif(os.getuid() == 0, reason="root may read every file")
def test_no_permission(tmp_path: Path) -> None:
    path = saved(tmp_path, "variants.tsv", TABLE)
    path.chmod(0)
    assert "permission" in refused(path, *GOOD).lower()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_no_permission_as_another_user() -> None:
    """Root drops its rights in the child, so that the operating system refuses."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = saved(Path(folder), "variants.tsv", TABLE)
        path.chmod(0)
        code = f"""
import os
from pathlib import Path
from matcher.notes import UnusableInput
from matcher.readers import detect
os.setuid(65534)
try:
    detect(Path({str(path)!r}))
except UnusableInput as error:
    print(error)
"""
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
        assert "permission" in done.stdout.lower(), done.stderr


def test_maf_without_tumor_type(tmp_path: Path) -> None:
    path = saved(tmp_path, "variants.maf", MAF)
    assert "--tumor-type" in refused(path, "--jurisdiction", "CN")


def test_unknown_tumor_type_names_the_nearest(tmp_path: Path) -> None:
    path = saved(tmp_path, "variants.maf", MAF)
    said = refused(path, "--tumor-type", "Lung Adenocarcinom", "--jurisdiction", "CN")
    assert "LUAD" in said


def test_no_jurisdiction(tmp_path: Path) -> None:
    path = saved(tmp_path, "variants.maf", MAF)
    assert "--jurisdiction" in refused(path, "--tumor-type", "LUAD")


def test_unknown_jurisdiction(tmp_path: Path) -> None:
    path = saved(tmp_path, "variants.maf", MAF)
    assert "CN, EU, US" in refused(path, "--tumor-type", "LUAD", "--jurisdiction", "Mars")


def test_unknown_assay_and_sample(tmp_path: Path) -> None:
    path = saved(tmp_path, "variants.maf", MAF)
    assert "WES" in refused(path, *GOOD, "--assay", "no-such-panel")
    two = MAF.replace("HGVSp_Short", "HGVSp_Short\tTumor_Sample_Barcode").replace("p.L858R", "p.L858R\tA")
    path = saved(tmp_path, "two.maf", two + "EGFR\tMissense_Mutation\tp.T790M\tB\n")
    assert "A, B" in refused(path, *GOOD)
    assert "'C'" in refused(path, *GOOD, "--sample", "C")
    assert run(path, *GOOD, "--sample", "B").returncode == 0


def test_a_bad_row_is_a_note_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = saved(tmp_path, "variants.tsv", TABLE + "NOTAGENE\tV600E\nEGFR\tp.??!\n")
    done = run(path, *GOOD)
    assert done.returncode == 0
    assert "variants.tsv:3" in done.stdout
    assert "variants.tsv:4" in done.stdout


@pytest.mark.parametrize("bad", ["NOTAGENE\tV600E", "EGFR\tp.??!"])
def test_strict_makes_a_note_an_error(tmp_path: Path, bad: str) -> None:
    path = saved(tmp_path, "variants.tsv", f"{TABLE}{bad}\n")
    out = tmp_path / "answer.json"
    assert "variants.tsv:3" in refused(path, *GOOD, "--strict", "--out", out)
    assert not out.exists()


def test_strict_accepts_a_clean_file(tmp_path: Path) -> None:
    assert run(saved(tmp_path, "variants.tsv", TABLE), *GOOD, "--strict").returncode == 0


def test_out_is_not_touched_when_the_input_fails(tmp_path: Path) -> None:
    out = saved(tmp_path, "answer.json", "the last answer")
    refused(saved(tmp_path, "empty.maf", ""), *GOOD, "--out", out)
    assert out.read_text() == "the last answer"


def test_out_in_a_missing_folder(tmp_path: Path) -> None:
    path = saved(tmp_path, "variants.tsv", TABLE)
    assert "--out" in refused(path, *GOOD, "--out", tmp_path / "no" / "answer.json")


@pytest.mark.parametrize("option", [("--as-of", "2026-13-01"), ("--format", "pdf"), ("--no-such-option", "1")])
def test_wrong_usage_exits_with_two(tmp_path: Path, option: tuple[str, str]) -> None:
    done = run(saved(tmp_path, "variants.tsv", TABLE), *GOOD, *option)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_unknown_engine(tmp_path: Path) -> None:
    assert "durable, sql" in refused(saved(tmp_path, "variants.tsv", TABLE), *GOOD, "--engine", "magic")


def test_a_broken_rule_file_lists_every_problem(tmp_path: Path) -> None:
    rules = saved(
        tmp_path,
        "own.yaml",
        "rules:\n  - rule: bad\n    says: x\n    cites: [x]\n    if:\n      - no_such(x: Y)\n    then: option(id: Z)\n",
    )
    done = run(saved(tmp_path, "variants.tsv", TABLE), *GOOD, "--rules", rules)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "own.yaml:6" in done.stderr
    assert "no_such" in done.stderr
    assert run("rules", "check", rules).returncode == 1


def test_every_problem_of_the_rules_is_told_at_once(tmp_path: Path) -> None:
    bad = "  - rule: {}\n    says: x\n    cites: [x]\n    if:\n      - {}(x: Y)\n    then: option(id: Z)\n"
    rules = saved(tmp_path, "own.yaml", "rules:\n" + bad.format("one", "no_such") + bad.format("two", "nor_this"))
    done = run("rules", "check", rules)
    assert (done.returncode, done.stdout) == (1, "")
    assert all(name in done.stderr for name in ("no_such", "nor_this"))
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("content", ["rules: 5\n", "rules: [\n", "\x00\x01", "- just\n- a list\n"])
def test_an_unreadable_rule_file(tmp_path: Path, content: str) -> None:
    done = run("rules", "check", saved(tmp_path, "own.yaml", content))
    assert (done.returncode, done.stdout) == (1, "")
    assert "own.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_rules_and_graphs_that_are_not_there(tmp_path: Path) -> None:
    path = saved(tmp_path, "variants.tsv", TABLE)
    for option in ("--rules", "--kb"):
        done = run(path, *GOOD, option, tmp_path / "no-such-thing")
        assert (done.returncode, done.stdout) == (1, ""), option
        assert "no-such-thing" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    file = saved(tmp_path, "not-a-folder", "x")
    said = run(saved(tmp_path, "variants.tsv", TABLE), *GOOD, MTB_MATCH_CACHE=str(file)).stderr
    assert "MTB_MATCH_CACHE" in said
    assert "Traceback" not in said
    assert said.count("\n") == 1


def test_configured_jurisdiction(tmp_path: Path) -> None:
    path = saved(tmp_path, "variants.tsv", TABLE)
    folder = tmp_path / "config" / "mtb-match"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('jurisdiction = "EU"\n')
    done = run(path, "--tumor-type", "LUAD", XDG_CONFIG_HOME=str(tmp_path / "config"))
    assert done.returncode == 0
    assert ", EU, as of" in done.stdout
    told = run(path, *GOOD, XDG_CONFIG_HOME=str(tmp_path / "config")).stdout
    assert ", CN, as of" in told, "the option must win over the configuration"


@pytest.mark.parametrize("content", ["jurisdiction = \n", "jurisdiction = 5\n", 'jurisdiction = "Mars"\n', b"\xff\xfe"])
def test_a_broken_configuration(tmp_path: Path, content: str | bytes) -> None:
    path = saved(tmp_path, "variants.tsv", TABLE)
    (tmp_path / "config" / "mtb-match").mkdir(parents=True)
    saved(tmp_path / "config" / "mtb-match", "config.toml", content)
    said = refused(path, "--tumor-type", "LUAD", XDG_CONFIG_HOME=str(tmp_path / "config"))
    assert "config.toml" in said or "jurisdiction 'Mars'" in said


def test_out_writes_into_a_pipe_and_never_replaces_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    path = saved(tmp_path, "variants.tsv", TABLE)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # opened first, so that no side waits for the other
    try:
        assert run(path, *GOOD, "--format", "tsv", "--out", pipe).returncode == 0
        assert os.read(reader, 1 << 16).startswith(b"rank\t")
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_tables_are_not_written_in_place_of_a_device(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.tsv"
    os.mkfifo(pipe)
    saved(tmp_path, "p.yaml", "id: P\ntumor_type: LUAD\n")
    done = command("cohort", tmp_path / "p.yaml", "--jurisdiction", "CN", "--out", pipe)
    assert done.returncode == 2
    assert "it is a device or a pipe, and several tables are written; name a file" in " ".join(done.stderr.split())
    assert pipe.is_fifo()


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no device that is always full")
def test_a_full_disk_names_what_could_not_be_written(tmp_path: Path) -> None:
    path = saved(tmp_path, "variants.tsv", TABLE)
    told = command(path, *GOOD, "--out", "/dev/full").stderr
    assert told == "mtb-match: /dev/full: cannot be written (No space left on device); choose another --out\n"
    with open("/dev/full", "w") as full:
        words = [sys.executable, "-m", "cli.main", "rules", "list"]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert done.returncode == 1
    assert done.stderr.startswith("mtb-match: standard output, or a temporary file: No space left on device; make room")


def test_a_pipe_that_cannot_be_read_goes_by_its_name() -> None:
    done = command("match", "-", *GOOD)
    assert (done.returncode, done.stderr) == (
        1, "mtb-match: stdin: the file is empty; export it again, or leave it out\n"
    )  # fmt: skip


def test_out_follows_a_link(tmp_path: Path) -> None:
    path, target = saved(tmp_path, "variants.tsv", TABLE), saved(tmp_path, "target.json", "old")
    link = tmp_path / "link.json"
    link.symlink_to(target)
    assert run(path, *GOOD, "--format", "json", "--out", link).returncode == 0
    assert link.is_symlink()
    assert json.loads(target.read_text(encoding="utf-8"))["schema"] == "mtb-match/1"


def test_out_on_a_folder(tmp_path: Path) -> None:
    path = saved(tmp_path, "variants.tsv", TABLE)
    (tmp_path / "folder").mkdir()
    assert "--out" in refused(path, *GOOD, "--out", tmp_path / "folder")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder", "variants.tsv"]


def test_why_a_regimen_that_is_not_recommended(tmp_path: Path) -> None:
    path = saved(tmp_path, "variants.tsv", TABLE)
    assert "pyrotinib" in refused("why", path, "pyrotinibb", *GOOD)
    done = run("why", path, "entrectinib", *GOOD)
    assert done.returncode == 1
    assert "ROS1" in done.stderr
    assert "not considered" in refused("why", path, "lutetium (177Lu) vipivotide tetraxetan", *GOOD)
