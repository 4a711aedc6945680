"""For pytest: papers by name (``pytest lora``), and those that changed (``pytest --changed main``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from ectype.changed import changed_files, changed_papers
from ectype.errors import UsageError
from ectype.plugins import discover


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    help = "only the tests of packages that changed since this revision of git, and of those that build on them"
    parser.addoption("--changed", metavar="REVISION", help=help)


def pytest_configure(config: pytest.Config) -> None:
    """Choose the folders in which tests are collected."""
    if hasattr(config, "workerinput"):  # its controller has chosen
        return
    try:
        roots = {entry.slug: entry.root for entry in discover() if entry.root is not None}
        config.args[:] = [
            str(roots[name]) if name in roots and not Path(name).exists() else name for name in config.args
        ]
        if (revision := config.getoption("--changed")) is not None:
            config.args[:] = _changed(revision)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    if not config.args:
        pytest.exit(f"no package changed since {config.getoption('--changed')}", returncode=0)


def _changed(revision: str) -> list[str]:
    core = Path(__file__).resolve().parents[2] / "tests"
    papers = [entry.root for entry in changed_papers(revision, discover()) if entry.root is not None]
    tests = [core] if core.is_dir() and any(core.parent in file.parents for file in changed_files(revision)) else []
    return [str(folder) for folder in (*tests, *papers)]
