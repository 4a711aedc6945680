"""Where the package of a new paper may stand: in the workspace or elsewhere, under a name that nothing else has."""

from __future__ import annotations

import fnmatch
import importlib.metadata
import importlib.util
import os
import re
import tomllib
from pathlib import Path

from ectype import workspace
from ectype.errors import UsageError
from ectype.plugins import discover


def place(slug: str, to: Path | None = None) -> Path:
    """Return the folder for the package of a paper; it is not there yet.

    Args:
        slug: the name of the paper.
        to: a folder that is no workspace, for a package of its own; by default the package joins the workspace.

    Raises:
        UsageError: if the slug is not valid or taken, or the place would not take the package.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug) or len(slug) > 60:
        raise UsageError(
            f"a slug must be lower-case words joined by hyphens, with a letter first, 60 characters at most; received {slug!r}"
        )
    folder = _in_workspace(slug) if to is None else _alone(slug, to)
    if problem := _taken(slug, folder):
        raise UsageError(f"a new paper must have a slug of its own; {problem}")
    return folder


def _alone(slug: str, to: Path) -> Path:
    if not to.is_dir():
        raise UsageError(f"--to must name a folder that is there; received {str(to)!r}")
    if _members(root := workspace.root(to.resolve())):
        raise UsageError(
            f"--to must name a folder outside a uv workspace; {to} is in that of {root}: leave --to out to add the paper to it"
        )
    return to.resolve() / slug


def _in_workspace(slug: str) -> Path:
    root = workspace.root()
    folder = root / "packages" / slug
    members = _members(root)
    if not any(fnmatch.fnmatch(f"packages/{slug}", member) for member in members):
        raise UsageError(
            f"there must be a uv workspace around this folder with 'packages/*' among its members; {root} has {members}. "
            "For a package of its own, say where: --to FOLDER"
        )
    if not (root / "packages").resolve().is_relative_to(root.resolve()):
        raise UsageError(f"packages must be a folder of the workspace; it is a link to {(root / 'packages').resolve()}")
    return folder


def _members(root: Path) -> list[str]:
    try:
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return []
    members = project.get("tool", {}).get("uv", {}).get("workspace", {}).get("members", [])
    return [member for member in members if isinstance(member, str)]


def _taken(slug: str, folder: Path) -> str:
    module, distribution = f"ectype_{slug.replace('-', '_')}", f"ectype-{slug}"
    if os.path.lexists(folder):
        return f"{folder} is there already"
    if folder.parent.is_dir():
        for other in sorted(folder.parent.iterdir()):
            if os.path.lexists(other / "src" / module):
                return f"{other} has a package {module} already"
    if any(entry.slug == slug for entry in discover()):
        return f"a paper {slug!r} is installed already"
    try:
        found = importlib.util.find_spec(module)
    except (ImportError, ValueError, AttributeError):
        found = None
    if found is not None:
        return f"a module {module} is installed already, at {found.origin or 'an unknown place'}"
    try:
        importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""
    return f"a distribution {distribution} is installed already"
