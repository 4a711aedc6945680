"""What ``ectype doctor`` looks at: the environment, the plugins, the folders, without importing any paper."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import tempfile
from collections.abc import Iterator

from ectype import header, workspace
from ectype.errors import HeaderError, LedgerError
from ectype.plugins import PLUGINS, discover

Row = tuple[str, bool, str]


def examine() -> list[Row]:
    """Return what was looked at, whether it is in order, and what to know or do about it."""
    return [*_environment(), *_papers(), *_folders()]


def _environment() -> Iterator[Row]:
    yield "Python", True, f"{platform.python_version()} on {platform.platform(terse=True)}, {os.cpu_count()} cores"
    for name, least in {"torch": (2, 11), "ectype": (0, 1)}.items():
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield name, False, "not installed: run `uv sync --all-packages --all-extras`"
            continue
        numbers = tuple(int(part) for part in version.split("+")[0].split(".")[:2] if part.isdigit())
        yield (
            name,
            numbers >= least,
            version if numbers >= least else f"{version}; at least {least[0]}.{least[1]} is needed",
        )


def _papers() -> Iterator[Row]:
    from ectype import ledger

    entries = discover()
    yield "papers", bool(entries), f"{len(entries)} registered" if entries else "none registered"
    for entry in entries:
        problem = entry.problem
        try:
            if entry.package is not None:
                header.read(entry.package / "__init__.py")
            if entry.root is not None:
                ledger.read(entry.root)
        except (HeaderError, LedgerError) as error:
            problem = problem or str(error)
        yield entry.slug, not problem, problem or f"{entry.distribution} {entry.version}"
    for entry in discover(PLUGINS):
        yield f"plugin {entry.slug}", not entry.problem, entry.problem or f"{entry.distribution} {entry.version}"
    members = workspace.root() / "packages"
    if members.is_dir():
        folders = {folder.parent.name for folder in members.glob("*/pyproject.toml")}
        missing = sorted(folders - {entry.slug for entry in entries})
        says = f"not installed: {', '.join(missing)}: run `uv sync --all-packages`" if missing else "all registered"
        yield "folders in packages/", not missing, says


def _folders() -> Iterator[Row]:
    folder = workspace.results_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
        yield "results", True, f"written to {folder}"
    except OSError as error:
        yield "results", False, f"{folder} must be writable: {error}"
