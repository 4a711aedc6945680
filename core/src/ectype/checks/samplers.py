"""Samplers and generative processes: randomness comes from the seed alone, moments and volumes are the stated ones.

Randomness is given by name as ``generator`` (a ``torch.Generator``) or ``seed``, to the function, to the constructor of a
class or to its call; or it is a generator that the draw returns.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ectype.cases import Case, arrays
from ectype.checks import check
from ectype.checks.calls import fresh, must_run, resolve, same
from ectype.checks.surroundings import preserved, random_state
from ectype.errors import CheckFailedError, NotApplicableError
from ectype.traits import Moments


def _parameters(function: Callable[..., Any]) -> set[str]:
    return set(inspect.signature(function).parameters)


def seeded(case: Case, seed: int, of: Callable[..., Any] | None = None) -> dict[str, Any]:
    """Return the argument through which a component takes its randomness, or nothing if it takes none."""
    names = _parameters(of or case.component.of)
    if "generator" in names:
        return {"generator": torch.Generator().manual_seed(seed)}
    return {"seed": seed} if "seed" in names else {}


def is_seeded(case: Case) -> bool:
    """Return whether a sampler takes its randomness through ``generator``, ``seed`` or a generator in its draw."""
    of = case.component.of
    taken = seeded(case, 0)
    if inspect.isclass(of) and not taken:
        called = of.forward if issubclass(of, nn.Module) else vars(of).get("__call__")
        taken = seeded(case, 0, called) if called is not None else {}
    return bool(taken) or any(isinstance(value, torch.Generator) for value in case.inputs("seeded"))


def sample(case: Case, seed: int, inputs: tuple[Any, ...] | None = None) -> Any:
    """Return what a sampler or data generator gives from a seed."""
    drawn = fresh(case.inputs("sample")) if inputs is None else inputs
    given = tuple(v.manual_seed(seed) if isinstance(v, torch.Generator) else v for v in drawn)
    if not inspect.isclass(case.component.of):
        return case.call(*given, **seeded(case, seed))
    built = case.call(**seeded(case, seed))
    if isinstance(built, nn.Module):
        built.to(torch.float64)
    called = built.forward if isinstance(built, nn.Module) else built
    if not callable(called):
        return vars(built)  # a data set that is made by its constructor
    return built(*given, **seeded(case, seed, called))


def values(case: Case, value: Any) -> list[Tensor]:
    """Return what was sampled as tensors, arrays and numbers too.

    Raises:
        CheckFailedError: if there is no number in it.
    """
    found = [torch.as_tensor(array) for _, array in arrays(value)]
    if not found:
        raise CheckFailedError(f"{case}: it must give numbers; received {type(value).__name__}")
    return found


@check("sampler", "data")
def seed_decides(case: Case) -> None:
    """The same generator or seed gives the same bits, and the global random generators are neither used nor changed.

    Randomness from elsewhere cannot be repeated, and drawing from a global generator moves everybody else's stream.
    """
    found = []
    for seed in (1, 2):
        with preserved(seed=seed), must_run(case):
            before = random_state()
            found.append(values(case, sample(case, 0)))
            after = random_state()
        if before != after:
            raise CheckFailedError(f"{case}: it must leave the global random generators alone; it does not")
    if not same(*found):
        raise CheckFailedError(f"{case}: the same seed must give the same numbers; they differ")


@check("sampler", "data")
def seeds_differ(case: Case) -> None:
    """Different seeds give different numbers.

    A seed that is not passed on makes all runs of a study one run.
    """
    if not is_seeded(case):
        raise NotApplicableError(f"{case.component.id} takes neither generator nor seed: it is deterministic")
    with must_run(case):
        found = [values(case, sample(case, seed)) for seed in range(4)]
    if all(same(found[0], other) for other in found[1:]):
        raise CheckFailedError(f"{case}: different seeds must give different numbers; seeds 0 to 3 give the same")


_SAMPLES, _SIGMAS = 4096, 6.0


@check("sampler", "data", trait=Moments)
def moments(case: Case, trait: Moments) -> dict[str, Any]:
    """Mean and variance of what is sampled are the declared ones, within six standard errors.

    A standard deviation in the place of a variance, a factor or a term that is missing looks like noise in every single
    sample.
    """
    inputs = case.inputs("moments", sizes={trait.axis: _SAMPLES})
    with must_run(case):
        drawn = values(case, sample(case, 0, fresh(inputs)))[0].double()
    if _SAMPLES not in drawn.shape:
        raise CheckFailedError(
            f"{case}: the first output must have the axis {trait.axis}; received {list(drawn.shape)}"
        )
    dim = drawn.shape.index(_SAMPLES)
    mean, variance = (resolve(value, case, inputs) for value in (trait.mean, trait.variance))
    centred = drawn - mean
    spread = centred.var(dim) if variance is None else torch.as_tensor(variance).double().expand_as(drawn).mean(dim)
    worst = _sigmas(case, "mean", centred.mean(dim), (spread / _SAMPLES).sqrt())
    if variance is not None:
        squares = centred.square() - variance
        worst = max(worst, _sigmas(case, "variance", squares.mean(dim), (squares.var(dim) / _SAMPLES).sqrt()))
    return {"standard errors": worst}


def _sigmas(case: Case, what: str, apart: Tensor, error: Tensor) -> float:
    """Return the largest distance in standard errors; below rounding it is none."""
    distance = torch.where(apart.abs() < 1e-12, 0.0, apart.abs() / error)
    worst = float(distance.max())
    if not worst < _SIGMAS:
        at = int(distance.argmax())
        received = f"{apart.flatten()[at]:.4g} away, {worst:.3g} standard errors"
        raise CheckFailedError(f"{case}: the {what} must be the declared one; received {received}")
    return worst
