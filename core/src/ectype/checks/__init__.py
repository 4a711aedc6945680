"""The conformance suite: what every component owes because of what it is, one module per kind.

A check is a small function of a case, which is a declared component in one of its settings. It returns measured figures
or nothing, and raises ``CheckFailedError``, ``NotApplicableError`` or ``NotRunError`` with a reason. Its docstring says
in the first line what it asserts and in the rest why it exists; the documentation lists both. A check is owed by the
kinds that it names; one that is about a trait, by those components of them that declare it, and it gets the trait too.
It passes if it passes in every setting, and does not apply if it applies in none. All inputs come from the one draw.

Layers, models and losses are functions of tensors and share most checks: ``layers`` (running, shapes, modes),
``gradients``, ``numerics`` (types, extremes, devices), ``purity``, ``states``, ``settings``, ``symmetries``, ``costs``
and ``graphs`` (compile, export). The other kinds have a module each.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ectype.declarations import KINDS, Component
from ectype.errors import NotApplicableError, UsageError
from ectype.hookspecs import hookimpl
from ectype.traits import Trait

Figures = dict[str, Any]
"""What was measured, by name."""


@dataclass(frozen=True, slots=True)
class Check:
    """A conformance check.

    Args:
        name: lower-case words with hyphens, unique.
        kinds: the kinds of component that owe it.
        function: runs the check on a component, in all its settings.
        deep: whether it takes so long that only ``ectype verify --deep`` runs it.
        trait: what a component must declare to owe it, besides being of such a kind; None for nothing.
    """

    name: str
    kinds: frozenset[str]
    function: Callable[[Component], Figures]
    deep: bool = False
    trait: type[Trait] | None = None

    def owed_by(self, component: Component) -> bool:
        """Return whether a component must pass this check, by its kind and declared traits."""
        declared = self.trait is None or any(isinstance(trait, self.trait) for trait in component.traits)
        return component.kind in self.kinds and declared

    @property
    def asserts(self) -> str:
        """What the check asserts, in one line."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def why(self) -> str:
        """Why the check exists."""
        return " ".join((inspect.getdoc(self.function) or "").partition("\n")[2].split())


def check(
    *kinds: str, trait: type[Trait] | None = None, deep: bool = False
) -> Callable[[Callable[..., Figures | None]], Check]:
    """Make a check of a function of a case, or of a case and a trait; its name is the function's, with hyphens.

    Args:
        kinds: the kinds of component that owe it, at least one.
        trait: the trait that a component of these kinds must declare to owe it.
        deep: whether only ``ectype verify --deep`` runs it.

    Raises:
        ValueError: if a kind is not one, or the docstring does not say what is asserted and why.
    """
    if not kinds or (unknown := set(kinds) - set(KINDS)):
        raise ValueError(f"a check must name kinds of component ({', '.join(KINDS)}); received {sorted(unknown)}")

    def make(function: Callable[..., Figures | None]) -> Check:
        everywhere = _everywhere(function, trait)
        made = Check(function.__name__.replace("_", "-"), frozenset(kinds), everywhere, deep, trait)
        if not (made.asserts and made.why):
            raise ValueError(f"the docstring of {function.__name__} must say what is asserted, then why")
        return made

    return make


def _everywhere(function: Callable[..., Figures | None], trait: type[Trait] | None) -> Callable[[Component], Figures]:
    """Return a function that runs a check in every setting of a component, for every trait of the sort it is about."""

    @functools.wraps(function)
    def run(component: Component) -> Figures:
        from ectype.cases import cases

        about: list[tuple[Trait, ...]] = [
            (item,) for item in component.traits if trait is not None and isinstance(item, trait)
        ]
        if trait is not None and not about:
            raise NotApplicableError(f"{component.id} declares no trait {trait.__name__}")
        found: list[Figures] = []
        beside: list[NotApplicableError] = []
        for case in cases(component):
            for arguments in about or [()]:
                try:
                    found.append(function(case, *arguments) or {})
                except NotApplicableError as error:
                    beside.append(error)
        if not found:
            reasons = "; ".join(dict.fromkeys(map(str, beside)))
            raise NotApplicableError(reasons, machine=all(error.machine for error in beside))
        return _merged(found)

    return run


def _merged(found: list[Figures]) -> Figures:
    """Return the figures of several settings: the largest of numbers, the different ones of anything else."""
    merged: Figures = {}
    for name in dict.fromkeys(name for figures in found for name in figures):
        values = [figures[name] for figures in found if name in figures]
        if all(isinstance(value, (int, float)) for value in values):
            merged[name] = max(values)
        else:
            different = [value for index, value in enumerate(values) if value not in values[:index]]
            merged[name] = different[0] if len(different) == 1 else different
    return merged


class BuiltIn:
    """The plugin that adds the checks of this package."""

    @hookimpl
    def ectype_checks(self) -> Iterable[Check]:
        """Return every check defined in the modules beside this one."""
        found = []
        for module in pkgutil.iter_modules(__path__):
            loaded = importlib.import_module(f"{__name__}.{module.name}")
            found += [value for value in vars(loaded).values() if isinstance(value, Check)]
        return found


def unique(checks: Iterable[Check]) -> list[Check]:
    """Return checks sorted by name.

    Raises:
        UsageError: if two have one name; a plugin may add a check, not replace one.
    """
    by_name: dict[str, Check] = {}
    for item in checks:
        other = by_name.setdefault(item.name, item)
        if other is not item:
            places = ", ".join(sorted(c.function.__module__ for c in (other, item)))
            raise UsageError(f"a conformance check must have a name of its own; two are called {item.name!r}: {places}")
    return [by_name[name] for name in sorted(by_name)]
