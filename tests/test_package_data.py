"""Every data file beside the code is part of the package that is installed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("kb", "rules", "matcher", "cli")


def shipped(package: str) -> set[Path]:
    """The files that pyproject.toml names for a package beside its code."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"].get(package, [])
    return {path for pattern in patterns for path in (ROOT / package).glob(pattern)}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_data_file_is_shipped(package: str) -> None:
    every = {path for path in (ROOT / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    data = {path for path in every if path.suffix not in {".py", ".pyc"}}
    assert data == shipped(package)


def test_there_is_data_of_every_kind() -> None:
    kinds = {path.suffix for package in PACKAGES for path in shipped(package)}
    assert kinds >= {".json", ".tsv", ".ttl", ".yaml", ".css", ".html"}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_with_code_is_a_package(package: str) -> None:
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []
