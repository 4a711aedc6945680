"""Changed papers: those whose files differ from a git revision, and those that build on them."""

from __future__ import annotations

import importlib.metadata
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ectype.errors import UsageError
from ectype.plugins import Entry

EVERY = ("pyproject.toml",)
"""Files at the root of the repository on which every paper depends."""


def changed_papers(revision: str, entries: Sequence[Entry]) -> list[Entry]:
    """Return the papers of which a file changed, or of this package, or of a paper that they build on.

    Args:
        revision: of git; compared is the working tree, files that git does not know yet included, with the commit at which
            it and the revision parted.
        entries: the papers to choose from.

    Raises:
        UsageError: if this is not a git repository, or there is no such revision.
    """
    files = changed_files(revision)
    source, everywhere = Path(__file__).resolve().parents[1], _everywhere()
    if any(source in file.parents or file in everywhere for file in files):
        return list(entries)
    chosen = {entry.slug for entry in entries if any(_folder(entry) in file.parents for file in files)}
    needs = _needs(entries)
    while more := {slug for slug, others in needs.items() if others & chosen} - chosen:
        chosen |= more
    return [entry for entry in entries if entry.slug in chosen]


def changed_files(revision: str) -> list[Path]:
    """Return the files that differ from where the working tree and a revision parted, also those that are gone.

    Raises:
        UsageError: if this is not a git repository, or there is no such revision.
    """
    if revision.startswith("-"):
        raise UsageError(f"--changed must be a revision of git, such as main or HEAD~3; received {revision!r}")
    top = _top()
    names = _git("diff", "--name-only", "-z", "--merge-base", revision, "--", cwd=top)
    names += _git("ls-files", "--others", "--exclude-standard", "-z", cwd=top)
    return [top / name for name in sorted({*names.split("\0")} - {""})]


def _everywhere() -> set[Path]:
    return {_top() / name for name in EVERY}


def _top() -> Path:
    return Path(_git("rev-parse", "--show-toplevel", cwd=Path.cwd()).rstrip("\n")).resolve()


def _git(*arguments: str, cwd: Path) -> str:
    try:
        done = subprocess.run(
            ["git", "-c", "core.quotePath=false", *arguments], cwd=cwd, capture_output=True, check=True
        )
    except FileNotFoundError as error:
        raise UsageError("--changed needs git; install it") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise UsageError(
            f"--changed needs a revision of the git repository around this folder; git says: {said}"
        ) from error
    return done.stdout.decode("utf-8", "surrogateescape")


def _folder(entry: Entry) -> Path:
    return (entry.root or entry.package or Path("/")).resolve()


def _needs(entries: Iterable[Entry]) -> dict[str, set[str]]:
    """Return for each paper the papers that its distribution requires."""
    slugs: dict[str, str] = {canonicalize_name(entry.distribution): entry.slug for entry in entries}
    needs = {}
    for entry in entries:
        required = (Requirement(text).name for text in importlib.metadata.requires(entry.distribution) or ())
        needs[entry.slug] = {slugs[name] for name in map(canonicalize_name, required) if name in slugs}
    return needs
