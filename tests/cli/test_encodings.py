"""Letters that a terminal, a locale or a file's name does not have: told or written, never an error of Python's."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from matcher.assay_files import assay
from matcher.file_names import NOT_UTF_8
from matcher.notes import UnusableInput
from tests.command import command

BROKEN = os.fsdecode(b"l\xff.txt")
PATIENT = "id: P\ntumor_type: LUAD\njurisdiction: US\nalterations: [EGFR L858R]\nprior_therapies: []\n"
GOOD = ("--tumor-type", "LUAD", "--jurisdiction", "US")


@pytest.mark.parametrize(
    "words",
    [
        ("match", BROKEN, *GOOD),
        ("match", BROKEN, *GOOD, "--format", "json", "--out", "x.json"),
        ("why", BROKEN, "osimertinib", *GOOD),
        ("why-not", BROKEN, "olaparib", *GOOD),
        ("inspect", BROKEN),
        ("inspect", BROKEN, "--format", "json"),
    ],
    ids=lambda words: " ".join(words[::2]).encode("ascii", "replace").decode(),
)
def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / BROKEN).write_text("EGFR L858R\n", encoding="utf-8")
    done = command(*words, folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"mtb-match: l\\udcff.txt: {NOT_UTF_8}; rename it\n"
    assert os.listdir(tmp_path) == [BROKEN]


def test_outcomes_tell_of_such_a_name_and_write_the_report(tmp_path: Path) -> None:
    (tmp_path / BROKEN).write_text(PATIENT, encoding="utf-8")
    text = "study: S\npatients: ['l*']\nendpoints: [{measure: objective response rate}]\n"
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    done = command("outcomes", "report", "s.yaml", "--format", "json", folder=tmp_path)
    assert done.returncode == 1
    (left,) = json.loads(done.stdout)["unusable"]
    assert left["id"] == "l\\udcff.txt"
    assert NOT_UTF_8 in left["reason"]


@pytest.mark.parametrize("form", ["table", "json", "html", "markdown"])
def test_a_locale_of_ascii_alone_gets_utf_8(tmp_path: Path, form: str) -> None:
    (tmp_path / "p.yaml").write_text(PATIENT, encoding="utf-8")
    words = ("match", "p.yaml", "--format", form, "--lang", "zh", "--as-of", "2026-11-20")
    whole, ascii_alone = (command(*words, folder=tmp_path, encoding=one) for one in ("utf-8", "ascii"))
    assert ascii_alone.returncode == 0, ascii_alone.stderr
    assert ascii_alone.stdout == whole.stdout
    assert not whole.stdout.isascii()


def test_an_argument_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "l.txt").write_text("EGFR L858R\n", encoding="utf-8")
    done = command("match", "l.txt", "--jurisdiction", "US", "--tumor-type", os.fsdecode(b"L\xff"), folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("mtb-match: L\\udcff: it holds letters that are not in the locale's encoding")


def test_an_assay_file_in_another_encoding_names_the_row(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("genes: [KRAS]\nassay: Müller\n".encode("latin-1"))
    with pytest.raises(UnusableInput, match=r"a\.yaml:2: the assay file is not UTF-8; save it as UTF-8"):
        assay(str(path))
