"""Tiny components for the tests of the conformance suite: for each check one that it must refuse, one that it must not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
import torch
from ectype.checks import Check
from ectype.declarations import Component
from ectype.paper import Paper


def component(
    kind: str, of: Callable[..., Any], draw: Callable[..., Any], *settings: Any, traits: Iterable[Any] = ()
) -> Component:
    """Declare a component as a paper does."""
    paper = Paper("ectype", equations=0, tables=0)
    made = paper.component(kind, of=of, settings=settings or ({},), id="specimen", traits=list(traits))
    made(draw)
    paper.validate()
    return made


def normal(rng: torch.Generator, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=rng, dtype=torch.float64)


def rows(rng, batch=2, length=3):
    """The draw of most specimens: a batch of sequences of four numbers."""
    return normal(rng, batch, length, 4)


@dataclass(frozen=True)
class Specimens:
    """What a check must refuse, with a part of what it then says, and what it must not."""

    check: Check
    broken: dict[str, tuple[Component, str]]
    correct: dict[str, Component]


def specimens(check: Check, *, broken: dict[str, tuple[Component, str]], correct: dict[str, Component]) -> Specimens:
    for made in (*(item for item, _ in broken.values()), *correct.values()):
        assert check.owed_by(made), f"{check.name} is not owed by a {made.kind} with the traits {made.traits}"
    return Specimens(check, broken, correct)


def fires(table: list[Specimens]) -> pytest.MarkDecorator:
    cases = [
        pytest.param(row.check, made, text, id=f"{row.check.name}: {name}")
        for row in table
        for name, (made, text) in row.broken.items()
    ]
    return pytest.mark.parametrize(("check", "made", "text"), cases)


def passes(table: list[Specimens]) -> pytest.MarkDecorator:
    cases = [
        pytest.param(row.check, made, id=f"{row.check.name}: {name}")
        for row in table
        for name, made in row.correct.items()
    ]
    return pytest.mark.parametrize(("check", "made"), cases)


def uncovered(table: list[Specimens], *modules: ModuleType) -> set[str]:
    """Return the names of checks in modules without a specimen that they refuse and one that they do not."""
    covered = {row.check.name for row in table if row.broken and row.correct}
    return {v.name for module in modules for v in vars(module).values() if isinstance(v, Check)} - covered


def tanh(x):
    """A component that every check of functions of tensors lets pass."""
    return x.tanh()
