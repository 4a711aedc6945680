"""The code that an experiment consists of: the module that defines it and all that this imports, directly or not.

Found in the source, without importing anything. A package whose ``__init__`` only re-exports brings in what is asked of
it: after ``from package import name`` the module that defines the name and, of the package itself, that it re-exports
the name from there.
"""

from __future__ import annotations

from collections.abc import Iterable

from ectype import imports
from ectype.errors import UsageError
from ectype.imports import Import
from ectype.modules import RECORDING, Modules, packages

RE_EXPORTS = "re-exports"


def modules_of(root: str) -> dict[str, str]:
    """Return all modules of papers, plugins and this package that a module consists of, each with its digest.

    Call it before the experiment starts, so that an edit while it runs counts as a change, and keep those of the
    modules that the experiment really imported. What only words errors, writes files or logs is left out.

    Args:
        root: the module that defines the experiment's function, ``"ectype_x.training"``.

    Returns:
        Name to digest; for a package that only re-exports, what was asked of it and from where that comes.

    Raises:
        UsageError: if there is no such module among the packages of the project.
    """
    modules = Modules(packages())
    if modules.file(root) is None:
        raise UsageError(f"a module of a registered paper or of ectype must be given; received {root!r}")
    return {name: digest for name, digest in _Closure(modules).of(root).items() if name not in RECORDING}


def recorded_now(modules: Modules, name: str, recorded: str) -> str | None:
    """Return what would be recorded of a module now: its digest, or where what it re-exported comes from.

    Args:
        modules: the tree as it is now.
        name: the module.
        recorded: what was recorded, which says what was asked of the module.

    Returns:
        The text, or None where the module, or what was asked of it, is gone.
    """
    if not recorded.startswith(RE_EXPORTS):
        return modules.digest(name)
    pairs = recorded.removeprefix(RE_EXPORTS).split()
    return _re_exports(_exports(modules, name), [pair.partition("=")[0] for pair in pairs])


class _Closure:
    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self.opened: set[str] = set()
        self.asked: dict[str, set[str]] = {}  # of packages that only re-export
        self.queue: list[Import] = []

    def of(self, root: str) -> dict[str, str]:
        self.queue, seen = [Import(root)], set[Import]()
        while self.queue:
            item = self.queue.pop()
            if item not in seen and item.module.partition(".")[0] in self.modules.packages:
                seen.add(item)
                self._follow(item)
        found = {name: _re_exports(_exports(self.modules, name), names) for name, names in self.asked.items()}
        found |= {name: self.modules.digest(name) for name in self.opened}
        return {name: text for name, text in sorted(found.items()) if text is not None}

    def _follow(self, item: Import) -> None:
        """Count the modules that run when something is imported, and go on with what they import in turn."""
        parts = item.module.split(".")
        for length in range(1, len(parts) + 1):
            self._run(".".join(parts[:length]))
        exports = _exports(self.modules, item.module)
        below = Import(f"{item.module}.{item.name}")
        if item.name is None or item.name == "*":
            wanted = list(exports or ())
        elif exports is not None and item.name not in exports and self.modules.file(below.module) is None:
            self._open(item.module)  # it has the name from somewhere else
            wanted = []
        else:
            wanted = [item.name]
        for name in wanted:
            if exports is not None and name in exports:
                self.asked[item.module].add(name)
                self.queue.append(exports[name])
            elif self.modules.file(below.module) is not None:
                self.queue.append(below)

    def _run(self, name: str) -> None:
        if _exports(self.modules, name) is None:
            self._open(name)
        else:
            self.asked.setdefault(name, set())

    def _open(self, name: str) -> None:
        source, file = self.modules.source(name), self.modules.file(name)
        if source is None or file is None or name in self.opened:
            return
        self.opened.add(name)
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        self.queue += imports.imported(source, package)


def _exports(modules: Modules, name: str) -> dict[str, Import] | None:
    source, file = modules.source(name), modules.file(name)
    return imports.exported(source, name) if source is not None and file and file.name == "__init__.py" else None


def _re_exports(exports: dict[str, Import] | None, names: Iterable[str]) -> str | None:
    if exports is None or not exports.keys() >= set(names):
        return None
    return " ".join([RE_EXPORTS, *(f"{name}={exports[name]}" for name in sorted(names))])
