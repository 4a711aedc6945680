"""Finding and loading plugins: every one isolated, a bad one is a row with a reason, never the end of the run.

Finding reads entry-point metadata and source text only; it imports no plugin. Loading imports one.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pluggy

from ectype.errors import Problem, UsageError
from ectype.hookspecs import API_VERSION, Hooks

PAPERS = "ectype.papers"
PLUGINS = "ectype.plugins"

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class PluginError(UsageError):
    """A plugin that cannot be used, with the reason."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A registered plugin that has not been imported.

    Args:
        slug: the name of the entry point; for a paper its slug.
        value: what the entry point names, ``module:attribute``.
        distribution: the distribution that registered it.
        version: the version of that distribution.
        package: the folder of the import package, or None where its source cannot be found.
        problem: why it cannot be loaded, or an empty text.
    """

    slug: str
    value: str
    distribution: str
    version: str
    package: Path | None
    problem: str = ""

    @property
    def module(self) -> str:
        """The top-level import package."""
        return self.value.partition(":")[0].partition(".")[0]

    @property
    def root(self) -> Path | None:
        """The folder of the distribution (``packages/<slug>``) with its analysis and ledger; None for a wheel."""
        if self.package is None:
            return None
        source = self.package.parent
        return source.parent if source.name == "src" and (source.parent / "pyproject.toml").is_file() else None

    def plain(self) -> dict[str, Any]:
        """Return the fields as JSON, for a worker."""
        return {**asdict(self), "package": None if self.package is None else str(self.package)}

    @classmethod
    def of_plain(cls, fields: Mapping[str, Any]) -> Entry:
        """Return the entry that ``plain`` took apart."""
        package = fields["package"]
        return cls(**{**fields, "package": None if package is None else Path(package)})


def discover(group: str = PAPERS) -> list[Entry]:
    """Return every registered plugin of a group, sorted by name, without importing any."""
    registered = []
    for distribution in importlib.metadata.distributions():
        points = [point for point in distribution.entry_points if point.group == group]
        if points:
            name = distribution.metadata["Name"] or "unknown"
            registered += [(point, name, distribution.version) for point in points]
    folders = _source_folders({point.value.partition(":")[0].partition(".")[0] for point, _, _ in registered})
    entries = {}
    for point, name, version in registered:
        package = folders.get(point.value.partition(":")[0].partition(".")[0])
        problem = ""
        if not _SLUG.fullmatch(point.name):
            problem = f"the entry point {point.name!r} must be lower-case words joined by hyphens"
        elif package is None:
            problem = f"{point.value.partition(':')[0]!r} is registered and its source is not there: install it again"
        entries[point.name, point.value, name] = Entry(point.name, point.value, name, version, package, problem)
    return _without_duplicates(sorted(entries.values(), key=lambda e: (e.slug, e.distribution)))


def load(entry: Entry) -> Any:
    """Import a plugin and return it.

    Raises:
        PluginError: with the reason, for whatever is wrong with it; what its own code raises is the cause.
    """
    if entry.problem:
        raise PluginError(f"{entry.slug}: {entry.problem}")
    point = importlib.metadata.EntryPoint(entry.slug, entry.value, PAPERS)
    try:
        plugin = point.load()
    except (Exception, SystemExit) as error:
        raise PluginError(f"{entry.slug}: importing {entry.value!r} raised {type(error).__name__}: {error}") from error
    api = getattr(plugin, "api", 1)
    if api != API_VERSION:
        raise PluginError(
            f"{entry.slug}: written for version {api!r} of the plugin interface; this ectype has version {API_VERSION}. "
            f"Install a version of {entry.distribution} for it"
        )
    return plugin


class Manager:
    """The hooks of all plugins that could be loaded, in order of their names; the others are ``problems``.

    Args:
        strict: raise the first problem instead of keeping it.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self.problems: list[Problem] = []
        self._names: list[str] = []
        self._manager = self._new()

    @staticmethod
    def _new() -> pluggy.PluginManager:
        manager = pluggy.PluginManager("ectype")
        manager.add_hookspecs(Hooks)
        return manager

    @property
    def hook(self) -> Any:
        """The hooks, to be called."""
        return self._manager.hook

    def register(self, plugin: Any, name: str) -> None:
        """Add a plugin, after trying it alone so that a wrong hook harms no other."""
        try:
            alone = self._new()
            alone.register(plugin, name)
            alone.check_pending()
            hooks = alone.get_hookcallers(plugin) or []
            if not hooks:
                raise PluginError(f"{name}: implements none of the hooks {', '.join(_hook_names())}")
            self._manager.register(plugin, name)
            self._names.append(name)
        except (pluggy.PluginValidationError, ValueError, PluginError) as error:
            known = ", ".join(_hook_names())
            self._fail(Problem(name, None, f"a plugin with the hooks {known}", str(error)), error)

    def load(self, entries: Iterable[Entry]) -> None:
        """Import and add plugins."""
        for entry in entries:
            try:
                plugin = load(entry)
            except PluginError as error:
                self._fail(Problem(entry.distribution, None, "a plugin that can be loaded", str(error)), error)
            else:
                self.register(plugin, entry.slug)

    def _fail(self, problem: Problem, error: Exception) -> None:
        if self.strict:
            raise PluginError(str(problem)) from error
        self.problems.append(problem)


def manager(*, strict: bool = False) -> Manager:
    """Return the hooks of this package and of all installed plugins that are not papers."""
    from ectype.checks import BuiltIn
    from ectype.report import Formats

    made = Manager(strict=strict)
    made.register(BuiltIn(), "ectype.checks")
    made.register(Formats(), "ectype.report")
    made.load(discover(PLUGINS))
    return made


def _hook_names() -> list[str]:
    return sorted(name for name in vars(Hooks) if name.startswith("ectype_"))


def _without_duplicates(entries: list[Entry]) -> list[Entry]:
    """Return entries with one row for each name; a name that several register is a problem naming all of them."""
    from dataclasses import replace

    rows: dict[str, Entry] = {}
    for entry in entries:
        first = rows.setdefault(entry.slug, entry)
        if first is not entry:
            owners = sorted({first.distribution, entry.distribution})
            text = f"registered more than once, by {' and '.join(owners)}: keep one of them installed"
            rows[entry.slug] = replace(first, problem=text)
    return list(rows.values())


def _source_folders(names: set[str]) -> dict[str, Path]:
    """Return the folders of import packages, found by listing ``sys.path`` once, without importing anything."""
    found: dict[str, Path] = {}
    for folder in sys.path:
        try:
            listed = {item.name for item in Path(folder or ".").iterdir()}
        except OSError:
            continue
        for name in (names & listed) - found.keys():
            candidate = Path(folder or ".") / name
            if (candidate / "__init__.py").is_file():
                found[name] = candidate
    for name in names - found.keys():
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError, AttributeError):
            continue
        if spec is not None and spec.submodule_search_locations:
            found[name] = Path(next(iter(spec.submodule_search_locations)))
    return found
