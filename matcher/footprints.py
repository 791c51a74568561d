"""What each patient's answer rests on in the graph, kept in the cache: what an item does not touch, it cannot change.

An answer is worked out from the patient's files, the rules and what the graph was asked (`kb.layered`). A patient for
whom no question is answered differently by two graphs has the same answer in both. Footprints are of one folder, day,
base and set of options; each tells with which curated items it was taken, and holds with others too where it is not
touched.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b, sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kb.layered import Key, Layer, differing, lines_of, read_changes

if TYPE_CHECKING:
    from matcher.case import Request

VERSION = "footprints/1"
KEPT = 12
"""How many files of footprints stay in the cache, the newest."""

_PACKAGES = ("kb", "matcher")
"""The packages whose code decides what the graph is asked."""


class Footprint(NamedTuple):
    """What one patient's answer rests on: files by path with their digest, and the questions asked of the graph.

    `asked` is a set of bits, one for each question. `problem` says why the patient cannot be matched, and the remedy.
    """

    files: tuple[tuple[str, str], ...]
    asked: int
    patient: str
    tumor: str
    problem: tuple[str, str] | None = None


class Footprints:
    """The footprints of one folder, day, base and set of options, read from the cache and written back by `save`.

    `request` has the folder as its path, and the options.
    """

    def __init__(self, layer: Layer, request: Request, cache: Path | None) -> None:
        self._layer = layer
        self._path = cache / f"{_name(layer, request)}.json" if cache is not None else None
        self._places: dict[str, int] = {}
        self._known: dict[str, Footprint] = {}
        self._digests: dict[str, str] = {}
        self._is_new = False
        if self._path is not None:
            self._read(self._path)

    def of(self, name: str) -> Footprint | None:
        """The footprint of a patient (a path, with the sample where it is one of several); None where none holds."""
        found = self._known.get(name)
        if found is None or any(self._digest(path) != digest for path, digest in found.files):
            return None
        return found

    def take(
        self,
        name: str,
        files: Iterable[Path],
        asked: Iterable[Key],
        patient: str,
        tumor: str,
        problem: tuple[str, str] | None,
    ) -> Footprint:
        """Keep what a patient's answer rests on."""
        told = tuple(sorted((path, self._digest(path)) for path in {str(each.absolute()) for each in files}))
        self._known[name] = found = Footprint(told, self._bits(asked), patient, tumor, problem)
        self._is_new = True
        return found

    def touched(self, other: Layer) -> int:
        """The bits of those questions that another layer may answer differently than the one they were asked of."""
        return self._differing(self._layer, other)

    def _differing(self, one: Layer, other: Layer) -> int:
        keys = differing(one, other, lambda asked: _short(asked) in self._places)
        places = {self._places[short] for short in map(_short, keys) if short in self._places}
        return sum(1 << place for place in places)

    def _bits(self, keys: Iterable[Key]) -> int:
        bits = bytearray((len(self._places) >> 3) + 1)
        for key in keys:
            place = self._places.setdefault(_short(key), len(self._places))
            if place >> 3 >= len(bits):
                bits.extend(bytes((place >> 3) + 1024 - len(bits)))
            bits[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(bits, "little")

    def _digest(self, path: str) -> str:
        found = self._digests.get(path)
        if found is None:
            found = self._digests[path] = _file_digest(Path(path))
        return found

    # The file in the cache

    def _read(self, path: Path) -> None:
        """Take what the file holds, but for footprints that the items which count now touch."""
        try:
            checksum, _, payload = path.read_bytes().partition(b"\n")
            if checksum.decode() != sha256(payload).hexdigest():
                return
            told = json.loads(payload)
            self._places = {key: place for place, key in enumerate(told["keys"])}
            taken_with = Layer(self._layer.base, read_changes(told["changes"]))
            known = {
                name: Footprint(
                    tuple(map(tuple, files)), int(bits, 16), patient, tumor, tuple(problem) if problem else None
                )
                for name, (files, bits, patient, tumor, problem) in told["patients"].items()
            }
        except (OSError, ValueError, KeyError, TypeError, SyntaxError):
            self._places = {}
            return
        touched = self._differing(taken_with, self._layer)
        self._known = {name: each for name, each in known.items() if not each.asked & touched}
        self._is_new = len(self._known) != len(known) or taken_with.changes != self._layer.changes

    def save(self) -> None:
        """Write the footprints to the cache, whole or not at all; a cache that cannot be written costs only time."""
        if self._path is None or not self._is_new:
            return
        payload = json.dumps(
            {
                "changes": lines_of(self._layer.changes),
                "keys": list(self._places),
                "patients": {
                    name: [each.files, f"{each.asked:x}", each.patient, each.tumor, each.problem]
                    for name, each in sorted(self._known.items())
                },
            },
            separators=(",", ":"),
        ).encode()
        try:
            _write(self._path, sha256(payload).hexdigest().encode() + b"\n" + payload)
            _prune(self._path.parent)
        except OSError:
            return


def _name(layer: Layer, request: Request) -> str:
    """The name of the file that holds footprints of this folder, base, day and options, taken by this program.

    Patients are known by their names in the folder, which another folder may have too.
    """
    options = request._replace(path=request.path.absolute(), sample=None)
    about = VERSION, layer.base.about, tuple(options), _code()
    return f"footprints-{sha256(repr(about).encode()).hexdigest()[:32]}"


@cache
def _code() -> str:
    """A mark of the program's own files, by size and time: another version of them may ask other questions."""
    root = Path(__file__).parents[1]
    files = sorted(each for name in _PACKAGES for each in (root / name).rglob("*") if each.suffix in (".py", ".json"))
    marks = (f"{each.relative_to(root)} {(found := each.stat()).st_size} {found.st_mtime_ns}" for each in files)
    return sha256("\n".join(marks).encode()).hexdigest()


def _short(key: Key) -> str:
    """A question in a few letters. Two that share them would only make more patients be looked at again."""
    return blake2b("\0".join(key).encode(), digest_size=9).hexdigest()


def _file_digest(path: Path) -> str:
    """The digest of a file's content, or of the names and sizes of a folder's files; what is not there has one too."""
    try:
        if path.is_dir():
            listed = sorted((each.name, each.stat().st_size) for each in path.iterdir())
            return sha256(repr(listed).encode()).hexdigest()[:32]
        return sha256(path.read_bytes()).hexdigest()[:32]
    except OSError as error:
        return f"none ({error.errno})"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".footprints-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(beside, path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise


def _prune(folder: Path) -> None:
    """Remove all but the newest files of footprints."""
    found = sorted(folder.glob("footprints-*.json"), key=lambda each: each.stat().st_mtime_ns, reverse=True)
    for old in found[KEPT:]:
        old.unlink(missing_ok=True)
