"""What a paper needs and may not be installed: without it a comparison is "not run", with what to install."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import re
from collections.abc import Sequence

from ectype.errors import NotRunError


def listed(needs: str | Sequence[str]) -> tuple[str, ...]:
    """Return what was declared with ``needs=``, one module or several, as a tuple."""
    return (needs,) if isinstance(needs, str) else tuple(needs)


def require(name: str, distribution: str) -> str:
    """Import a module that something optional needs and return its version.

    Args:
        name: the module.
        distribution: the distribution of the paper, whose extras may install it.

    Raises:
        NotRunError: if it cannot be imported, naming what to install.
    """
    package = name.partition(".")[0]
    install = f"`{_install(package, distribution)}`"
    if importlib.util.find_spec(package) is None:
        raise NotRunError(f"needs {name}, which is not installed: {install}")
    try:
        importlib.import_module(name)
    except Exception as error:  # whatever another library raises on import is a reason, not our failure
        raise NotRunError(f"needs {name}, which cannot be imported: {type(error).__name__}: {error}") from error
    try:
        return importlib.metadata.version(package.replace("_", "-"))
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _install(package: str, distribution: str) -> str:
    """Return the command that installs a package: through the paper's extra that names it, where one does."""
    try:
        requirements = importlib.metadata.requires(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        requirements = []
    wanted = package.replace("_", "-").lower()
    for requirement in requirements:
        named = re.match(r"[A-Za-z0-9._-]+", requirement)
        extra = re.search(r"extra == ['\"]([^'\"]+)['\"]", requirement)
        if named and extra and named.group().lower().replace("_", "-") == wanted:
            return f"pip install '{distribution}[{extra.group(1)}]'"
    return f"pip install {wanted}"
