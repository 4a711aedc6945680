"""Calling a component and comparing what it returns; what the checks of functions of tensors share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from ectype.cases import Case, deviation, generator, map_tensors, tensors
from ectype.declarations import bind
from ectype.errors import CheckFailedError, EctypeError, NotApplicableError

TOLERANCE = 1e-10
"""Largest relative deviation in float64 of two ways to compute one thing."""


@contextmanager
def must_run(what: object) -> Iterator[None]:
    """Turn whatever is raised inside into a failed check that says what must not raise."""
    try:
        yield
    except EctypeError:
        raise
    except Exception as error:
        text = f"{type(error).__name__}: {str(error)[:500]}"
        raise CheckFailedError(f"{what}: must not raise; received {text}") from error


def call(case: Case, built: Callable[..., Any], inputs: tuple[Any, ...], what: str = "") -> list[Tensor]:
    """Call a component with a fresh copy of inputs and return the tensors in what it returns.

    Raises:
        CheckFailedError: if it raises.
        NotApplicableError: if it returns no tensor.
    """
    with must_run(f"{case}{what and f', {what}'}"):
        found = [value for _, value in tensors(built(*fresh(inputs)))]
    if not found:
        raise NotApplicableError(f"{case.component.id} returns no tensor")
    return found


def module(case: Case, built: Any) -> nn.Module:
    """Return a module as it is.

    Raises:
        NotApplicableError: if it is a function.
    """
    if not isinstance(built, nn.Module):
        raise NotApplicableError(f"{case.component.id} is a function: it has no parameters, buffers or modes")
    return built


def fresh(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return inputs with tensors copied, as they are laid out, and generators at the same place of their stream."""
    copied = map_tensors(lambda _, value: value.detach().clone().requires_grad_(value.requires_grad), inputs)
    return tuple(_generator(v) if isinstance(v, torch.Generator) else v for v in copied)


def _generator(value: torch.Generator) -> torch.Generator:
    other = torch.Generator(value.device)
    other.set_state(value.get_state())
    return other


def agree(case: Case, what: str, ours: list[Tensor], theirs: list[Tensor], tolerance: float = TOLERANCE) -> None:
    """Compare two lists of tensors.

    Raises:
        CheckFailedError: if they are further apart than the tolerance, relative to the largest number of each tensor.
    """
    if [value.shape for value in ours] != [value.shape for value in theirs]:
        shapes = [[list(value.shape) for value in side] for side in (ours, theirs)]
        raise CheckFailedError(f"{case}: {what}; received shapes {shapes[0]} against {shapes[1]}")
    kept = [(a, b) for a, b in zip(ours, theirs, strict=True) if a.numel()]
    if not kept:
        return
    apart, where = deviation([a for a, _ in kept], [b for _, b in kept])
    if not apart <= tolerance:
        raise CheckFailedError(f"{case}: {what}; received a relative deviation of {apart:.3g}: {where}")


def same(left: list[Tensor], right: list[Tensor]) -> bool:
    """Return whether two lists of tensors are equal bit by bit (a NaN equals a NaN)."""
    return len(left) == len(right) and all(
        a.shape == b.shape and a.dtype == b.dtype and bool(((a == b) | ((a != a) & (b != b))).all())
        for a, b in zip(left, right, strict=True)
    )


def state(built: nn.Module) -> dict[str, Tensor]:
    """Return copies of all parameters and buffers, those that are not saved too."""
    held = [*built.named_parameters(), *built.named_buffers()]
    return {name: value.detach().clone() for name, value in held}


def objective(case: Case, values: list[Tensor]) -> Tensor:
    """Return a number that depends on every element of floating-point tensors, with fixed random weights."""
    rng = generator(case.component.id, "objective")
    total = torch.zeros((), dtype=torch.float64)
    for value in values:
        if value.is_floating_point():
            weights = torch.randn(value.shape, generator=rng, dtype=torch.float64)
            total = total + torch.where(value.isfinite(), value.double() * weights, 0.0).sum()
    return total


@dataclass(frozen=True, slots=True)
class Domain:
    """What a floating-point input looks like over several draws."""

    signed: bool
    """It is drawn with both signs: taken as able to be any real number."""
    continuous: bool
    """It is drawn with fractions: a real number and not a label, a count or a mask."""


@lru_cache(maxsize=256)
def domains(case: Case) -> dict[str, Domain]:
    """Return what the floating-point inputs of a component look like, by their places."""
    found: dict[str, list[Tensor]] = {}
    for index in range(3):
        for path, value in tensors(case.inputs("domain", index)):
            if value.is_floating_point():
                found.setdefault(path, []).append(value.detach().double().flatten())
    made = {}
    for path, values in found.items():
        joined = torch.cat(values)
        joined = joined[joined.isfinite()]
        signed = bool((joined < 0).any() and (joined > 0).any())
        made[path] = Domain(signed, bool((joined != joined.round()).any()))
    return made


def resolve(value: Any, case: Case, inputs: tuple[Any, ...] = ()) -> Any:
    """Return a number as it is, and of a function what it gives for inputs and, by name, settings."""
    return bind(value, inputs, case.named, what=f"a trait of {case.component.id}") if callable(value) else value
