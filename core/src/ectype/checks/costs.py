"""Costs and initial values that a paper states."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from ectype.cases import Case
from ectype.checks import check
from ectype.checks.axes import sized
from ectype.checks.calls import call, module, resolve
from ectype.errors import CheckFailedError
from ectype.traits import Cost, Initial


@check("layer", "model", "loss", trait=Cost)
def cost_order(case: Case, trait: Cost) -> dict[str, Any]:
    """The counted operations are a polynomial of the declared order in an axis: its differences say so exactly.

    What makes a method worth a paper is often its cost; an implementation that materialises what it should not gives
    the right numbers and another order.
    """
    counts = [_operations(case, trait.axis, step) for step in range(trait.order + 2)]
    if not any(counts):
        raise CheckFailedError(f"{case}: some operation must be counted; received none")
    differences = counts
    for _ in range(trait.order):
        differences = [b - a for a, b in pairwise(differences)]
    if differences[0] != differences[1] or (trait.order and differences[0] <= 0):
        received = f"{counts} at sizes from {case.component.axes[trait.axis] + 1} on"
        raise CheckFailedError(
            f"{case}: operations must be of order {trait.order} in {trait.axis}; received {received}"
        )
    return {trait.axis: counts}


def _operations(case: Case, axis: str, step: int) -> int:
    built = case.perturbed()
    inputs = sized(case, axis, case.component.axes[axis] + 1 + step, "cost")
    with FlopCounterMode(display=False) as counter:
        call(case, built, inputs, f"{axis} larger by {step + 1}")
    return int(counter.get_total_flops())


_ENTRIES, _SIGMAS = 20_000, 6.0


@check("layer", "model", "loss", trait=Initial)
def initial_statistics(case: Case, trait: Initial) -> dict[str, Any]:
    """Parameters are initialised with the declared mean and standard deviation, within six standard errors.

    An initialisation that is off by a factor trains, and worse.
    """
    mean, std = float(resolve(trait.mean, case)), float(resolve(trait.std, case))
    values = _initial(case, trait.parameter)
    if std == 0:
        if (values != mean).any():
            raise CheckFailedError(
                f"{case}: {trait.parameter} must start at {mean:g}; received {values[values != mean][:5].tolist()}"
            )
        return {}
    worst = 0.0
    squares = (values - mean).square()
    for what, samples, expected in (("mean", values, mean), ("variance", squares, std**2)):
        error = float(samples.std()) / len(samples) ** 0.5
        apart = abs(float(samples.mean()) - expected)
        if not apart <= _SIGMAS * error:
            received = f"{float(samples.mean()):.5g} over {len(samples)} values"
            raise CheckFailedError(
                f"{case}: the {what} of {trait.parameter} must be {expected:.5g}; received {received}"
            )
        worst = max(worst, apart / error)
    return {"standard errors": worst}


def _initial(case: Case, pattern: str) -> torch.Tensor:
    """Return at least so many initial values of the parameters of that name, from several seeds."""
    found: list[torch.Tensor] = []
    count = 0
    for seed in range(64):
        built = module(case, case.build(seed=seed))
        chosen = [p.detach().flatten() for name, p in built.named_parameters() if fnmatchcase(name, pattern)]
        if not chosen:
            known = ", ".join(name for name, _ in built.named_parameters())
            raise CheckFailedError(f"{case}: a parameter must be called {pattern}; received {known}")
        found += chosen
        count += sum(len(values) for values in chosen)
        if count >= _ENTRIES:
            break
    return torch.cat(found)
