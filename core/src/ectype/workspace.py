"""Where results are kept: ``.ectype`` at the root of the uv workspace around the current folder, or ``$ECTYPE_RESULTS``."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

FOLDER = ".ectype"
VARIABLE = "ECTYPE_RESULTS"


def root(start: Path | None = None) -> Path:
    """Return the root of the uv workspace around a folder, or the folder itself where there is none."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        try:
            project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
            continue
        if "workspace" in project.get("tool", {}).get("uv", {}):
            return folder
    return start


def results_folder() -> Path:
    """Return the folder that ``verify`` writes into and ``status`` reads from."""
    return Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else root() / FOLDER
