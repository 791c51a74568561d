"""The store in the cache: built once, whole or not at all, and rebuilt when broken or changed."""

import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from kb import store as stores
from kb.errors import CacheNotWritable, DamagedData, NoStore

NODE = "<https://w3id.org/mtb-match/kb/gene/EGFR> <http://www.w3.org/2000/01/rdf-schema#label> "


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder of one file."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "genes.ttl").write_text(f'{NODE}"EGFR" .\n')
    graph = "https://w3id.org/mtb-match/kb/release/toy"
    manifest = {
        "release": "toy",
        "released_on": "2026-01-01",
        "graph": graph,
        "digest": stores.content_digest([stores.Part(folder / "genes.ttl", graph)]),
        "files": {"genes.ttl": "sha256:" + sha256((folder / "genes.ttl").read_bytes()).hexdigest()},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def built(cache: Path) -> list[Path]:
    return sorted(path for path in (cache / "kb").iterdir() if path.is_dir())


def test_it_is_built_once_and_read_only(data, tmp_path):
    cache = tmp_path / "cache"
    first = stores.open_starter(cache, data)
    (folder,) = built(cache)
    stamp = folder.stat().st_mtime_ns
    second = stores.open_starter(cache, data)
    assert folder.stat().st_mtime_ns == stamp
    assert len(first) == len(second) == 4
    assert stores.metadata(second).release == "toy"
    with pytest.raises((OSError, RuntimeError), match="read-write"):
        second.add(next(iter(first)))


def test_changed_content_gets_its_own_store(data, tmp_path):
    cache = tmp_path / "cache"
    before = stores.metadata(stores.open_starter(cache, data))
    (data / "genes.ttl").write_text(f'{NODE}"EGFR", "ERBB1" .\n')
    after = stores.metadata(stores.open_starter(cache, data))
    assert before.digest != after.digest
    assert len(built(cache)) == 2


def test_a_change_of_layout_only_keeps_the_digest(data, tmp_path):
    cache = tmp_path / "cache"
    before = stores.metadata(stores.open_starter(cache, data))
    (data / "genes.ttl").write_text(f'# a comment\n{NODE}  "EGFR"  .\n')
    assert stores.metadata(stores.open_starter(cache, data)) == before


@pytest.mark.parametrize("harm", ["emptied", "truncated"])
def test_a_broken_store_is_rebuilt(data, tmp_path, harm):
    cache = tmp_path / "cache"
    stores.open_starter(cache, data)
    (folder,) = built(cache)
    for file in folder.iterdir():
        file.unlink() if harm == "emptied" else file.write_bytes(b"")
    assert len(stores.open_starter(cache, data)) == 4


def test_a_half_built_store_is_never_opened(data, tmp_path):
    cache = tmp_path / "cache"
    stores.open_starter(cache, data)
    (folder,) = built(cache)
    shutil.rmtree(folder)
    stores.ox.Store(str(folder)).flush()  # a store without its mark, as a killed build would leave it
    assert len(stores.open_starter(cache, data)) == 4


def test_nothing_is_left_of_the_workshop(data, tmp_path):
    stores.open_starter(tmp_path / "cache", data)
    assert not [path for path in (tmp_path / "cache" / "kb").iterdir() if path.name.startswith(".")]


def test_processes_that_race_all_succeed(data, tmp_path):
    code = "import sys; from pathlib import Path; from kb.store import *; "
    code += "print(len(open_starter(*map(Path, sys.argv[1:]))))"
    argv = [sys.executable, "-c", code, str(tmp_path / "cache"), str(data)]
    running = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate()[0].strip() for process in running] == ["4"] * 3
    assert len(built(tmp_path / "cache")) == 1


def test_a_cache_that_cannot_be_written_is_one_clear_error(data, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(CacheNotWritable, match="MTB_MATCH_CACHE"):
        stores.open_starter(tmp_path / "file" / "cache", data)


def test_missing_data_is_named(data, tmp_path):
    (data / "genes.ttl").unlink()
    with pytest.raises(DamagedData, match=r"genes\.ttl"):
        stores.open_starter(tmp_path / "cache", data)


def test_a_folder_without_a_store_is_an_error(tmp_path):
    with pytest.raises(NoStore, match="kb build"):
        stores.open_store(tmp_path)


def test_where_the_cache_is(monkeypatch):
    monkeypatch.setenv("MTB_MATCH_CACHE", os.sep + "one")
    assert stores.cache_folder() == Path(os.sep + "one")
    monkeypatch.delenv("MTB_MATCH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", os.sep + "two")
    assert stores.cache_folder() == Path(os.sep, "two", "mtb-match")
