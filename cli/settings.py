"""The user's own settings and folders."""

from __future__ import annotations

import os
from pathlib import Path

from matcher.notes import UnusableInput


def config_file() -> Path:
    """`$XDG_CONFIG_HOME/mtb-match/config.toml`, else `~/.config/mtb-match/config.toml`."""
    folder = os.environ.get("XDG_CONFIG_HOME")
    return (Path(folder) if folder else Path.home() / ".config") / "mtb-match" / "config.toml"


CURATION = "MTB_MATCH_CURATION"
"""The environment variable that may name the journal of curation."""

RETRACTED = "MTB_MATCH_RETRACTED"
"""The environment variable that may name the list of retracted papers."""


def default_jurisdiction() -> str | None:
    """`jurisdiction` of the user's configuration file, or None when there is none."""
    return _configured("jurisdiction", 'write jurisdiction = "CN"')


def curation_file() -> Path | None:
    """The journal of curation that the environment (MTB_MATCH_CURATION) or `curation` of the configuration names."""
    named = os.environ.get(CURATION) or _configured("curation", 'write curation = "/path/to/curation.sqlite"')
    return Path(named).expanduser() if named else None


def retracted_file() -> Path | None:
    """The list of retracted papers that the environment (MTB_MATCH_RETRACTED) or the configuration names."""
    named = os.environ.get(RETRACTED) or _configured("retracted", 'write retracted = "/path/to/retraction_watch.csv"')
    return Path(named).expanduser() if named else None


def _configured(name: str, remedy: str) -> str | None:
    """A text of the configuration file; None where it has none."""
    path = config_file()
    if not path.is_file():
        return None
    import tomllib  # only where there is a configuration file

    try:
        found = tomllib.loads(path.read_text(encoding="utf-8")).get(name)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnusableInput(str(path), f"cannot be read ({error})", "mend it or remove it") from error
    if found is not None and not isinstance(found, str):
        raise UnusableInput(str(path), f"{name} is not a text", remedy)
    return found
