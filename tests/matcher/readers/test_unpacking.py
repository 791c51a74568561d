"""Gzip is unpacked by ISA-L, and by Python's own module where that is not there: both say the same of every file."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.notes import UnusableInput
from matcher.readers.source_text import opened

TEXT = b"".join(b"%d\tEGFR\tp.L858R\n" % number for number in range(2_000))


@pytest.fixture(params=["isal", "gzip"])
def unpacker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What unpacks; ISA-L's module has to be there on this machine, or it is not tested."""
    name: str = request.param
    if name == "isal":
        pytest.importorskip("isal")
    else:
        monkeypatch.setitem(sys.modules, "isal", None)
    return name


def read(path: Path) -> bytes:
    """All bytes, unpacked, in portions as the readers take them."""
    with opened(path) as stream:
        return b"".join(iter(lambda: stream.read(1 << 15), b""))


def read_or_told(path: Path) -> bytes | str:
    """All bytes, or why there are none. A changed bit may mean nothing, as padding does."""
    try:
        return read(path)
    except UnusableInput as error:
        return error.reason


@pytest.mark.parametrize("members", [1, 3])
def test_what_was_packed_comes_out(members: int, unpacker: str, tmp_path: Path) -> None:
    path = tmp_path / "x.maf"
    path.write_bytes(gzip.compress(TEXT) * members)
    assert read(path) == TEXT * members, unpacker


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(min_value=10, max_value=len(gzip.compress(TEXT)) - 1), change=st.integers(1, 255))
def test_a_changed_byte_is_told_and_no_other_text_is_read(at: int, change: int, unpacker: str, tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[at] ^= change
    path = tmp_path / "x.maf"
    path.write_bytes(packed)
    assert read_or_told(path) in (TEXT, "the gzip data is cut short or damaged"), unpacker


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(length=st.integers(min_value=2, max_value=len(gzip.compress(TEXT)) - 1))
def test_a_file_that_was_cut_short_is_told(length: int, unpacker: str, tmp_path: Path) -> None:
    path = tmp_path / "x.maf"
    path.write_bytes(gzip.compress(TEXT)[:length])
    with pytest.raises(UnusableInput, match="cut short or damaged"):
        read(path)
