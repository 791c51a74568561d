"""What a registry folder holds: every name in it is a patient, or is told as what it is."""

import os
from pathlib import Path

from matcher.case import Request
from matcher.registry import registry

PATIENT = "id: P-1\ntumor_type: LUAD\n"


def test_what_is_no_file_is_told_and_a_link_back_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.yaml").write_text(PATIENT, encoding="utf-8")
    (tmp_path / "below" / "again").symlink_to(tmp_path)
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nothing.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    found = registry(tmp_path, Request(tmp_path, "2026-01-01", None))
    assert [each.name for each in found.members] == ["below/a.yaml"]
    told = {each.name: each.reason for each in found.left_out}
    assert told == {
        "gone.yaml": "it is a link to a file that is not there",
        "pipe.yaml": "it is no file but a pipe or a device",
    }
