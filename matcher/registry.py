"""The patients of a registry: a folder of patient files and variant files, with those files that are none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from matcher import readers
from matcher.notes import UnusableInput

if TYPE_CHECKING:
    from matcher.case import Request


class Member(NamedTuple):
    """One patient of a registry: the request to match them by, and a name of their own in the folder."""

    request: Request
    name: str


class LeftOut(NamedTuple):
    """A file of the folder that gives no patient, why, and what to do."""

    name: str
    reason: str
    remedy: str = ""


class Registry(NamedTuple):
    """What a folder holds: files that describe patients, variant files, and files that are neither.

    A variant file is a patient of its own where no patient file reads it (`alone`).
    """

    folder: Path
    members: tuple[Member, ...]
    variants: tuple[Path, ...]
    left_out: tuple[LeftOut, ...]

    def name(self, path: Path) -> str:
        """A path as it is told: relative to the folder."""
        return str(path.relative_to(self.folder)) if path.is_relative_to(self.folder) else str(path)

    def described(self) -> Iterator[Member | LeftOut]:
        """The patients of the files that describe some: one for each file, and for each patient of a study."""
        for member in self.members:
            yield from self._each(member.request) if member.request.path.is_dir() else (member,)

    def alone(self, read: Iterable[Path], template: Request) -> Iterator[Member | LeftOut]:
        """The patients of the variant files that are not among the files read, one for each sample."""
        known = {each.absolute() for each in read}
        for path in self.variants:
            if path.absolute() not in known:
                yield from self._each(template._replace(path=path))

    def unexplained(self, read: Iterable[Path]) -> tuple[LeftOut, ...]:
        """The files that are neither, and that no patient's reading asked for."""
        known = {self.name(each) for each in read}
        return tuple(each for each in self.left_out if each.name not in known)

    def _each(self, request: Request) -> Iterator[Member | LeftOut]:
        """A patient for each sample of a variant file, or each patient of a study; those of normal tissue are none."""
        name = self.name(request.path)
        try:
            form = readers.detect(request.path)
            chosen = readers.choices(request.path, form)
        except UnusableInput as error:
            yield LeftOut(name, error.reason, error.remedy)
            return
        if len(chosen) < 2:
            yield Member(request, name)
            return
        normals = _normals(chosen) if form == "VCF" else ()
        for sample in chosen:
            called = f"{name}#{sample}"
            if sample in normals:
                yield LeftOut(called, "it is normal tissue by its name", f"if it is not, match --sample {sample}")
            else:
                yield Member(request._replace(sample=sample), called)


def registry(folder: Path, template: Request) -> Registry:
    """What a folder and those below it hold, by name; UnusableInput where there is no such folder.

    `template` has the options that count for every patient. Hidden files are left aside.
    """
    if not folder.is_dir():
        raise UnusableInput(str(folder), "there is no such folder", "name the folder of the patients' files")
    members: list[Member] = []
    variants: list[Path] = []
    left: list[LeftOut] = []
    for path in _candidates(folder):
        name = str(path.relative_to(folder))
        try:
            _check_kind(path)
            form = readers.detect(path)
        except UnusableInput as error:
            left.append(LeftOut(name, error.reason, error.remedy))
            continue
        if form in readers.PATIENTS:
            members.append(Member(template._replace(path=path), name))
        else:
            variants.append(path)
    return Registry(folder, tuple(members), tuple(variants), tuple(left))


def _check_kind(path: Path) -> None:
    """UnusableInput for what is there by name and cannot be read as a file: it might have been a patient."""
    if not path.exists():
        raise UnusableInput(str(path), "it is a link to a file that is not there", "mend the link, or leave it out")
    if not path.is_file() and not path.is_dir():
        raise UnusableInput(str(path), "it is no file but a pipe or a device", "give a file, or leave it out")


def _candidates(folder: Path) -> Iterator[Path]:
    """The files of a folder and those below, and in place of a study's files its folder."""
    from matcher.readers import study_folder

    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir() and path.resolve() in (folder.resolve(), *folder.resolve().parents):
            continue  # a link back to where it lies: all in it is met already
        if path.is_dir():
            if study_folder.is_study(path):
                yield path
            else:
                yield from _candidates(path)
        else:
            yield path


def _normals(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a VCF that are of normal tissue, by their names."""
    from matcher.readers.vcf_text import normals_by_name  # only a VCF pays for its imports

    return normals_by_name(columns)
