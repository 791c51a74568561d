"""One cache folder for the whole run, shared by its workers and subprocesses, so that no test touches the user's own.

It is made anew for each run, when this module is imported: what an earlier version of the code left behind cannot make
a test pass.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "MTB_MATCH_CACHE" not in os.environ:  # workers start later and inherit it
    os.environ["MTB_MATCH_CACHE"] = tempfile.mkdtemp(prefix="mtb-match-tests-")
    atexit.register(shutil.rmtree, os.environ["MTB_MATCH_CACHE"], ignore_errors=True)

FOLDER = Path(os.environ["MTB_MATCH_CACHE"])
os.environ["XDG_CONFIG_HOME"] = str(FOLDER / "no-config")
