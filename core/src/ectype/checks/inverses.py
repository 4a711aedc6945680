"""Maps that can be inverted: the inverse is one, and the log-determinant is that of the Jacobian."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor

from ectype.cases import Case, as_tuple, tensors
from ectype.checks import check
from ectype.checks.axes import along, carriers
from ectype.checks.calls import agree, fresh, must_run
from ectype.checks.samplers import sample
from ectype.declarations import bind
from ectype.errors import CheckFailedError
from ectype.traits import Invertible, LogDeterminant


def _forward(case: Case, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the outputs; of a sampler those from seed 0."""
    with must_run(case):
        if case.component.kind == "sampler":
            return as_tuple(sample(case, 0, inputs))
        return as_tuple(case.perturbed()(*fresh(inputs)))


@check("layer", "model", "loss", "sampler", trait=Invertible)
def invertibility(case: Case, trait: Invertible) -> None:
    """The inverse gives back the first input, to 1e-8.

    Densities, exact sampling and recomputed activations all rely on it.
    """
    inputs = case.inputs("inverse")
    outputs = _forward(case, inputs)
    with must_run(f"{case}, its inverse"):
        if callable(trait.inverse):
            back = bind(trait.inverse, outputs, case.named, what=f"the inverse of {case.component.id}")
        else:
            back = getattr(case.perturbed(), trait.inverse)(outputs[0], *fresh(inputs)[1:])
    pairs = [[value for _, value in tensors(as_tuple(side)[0])] for side in (back, inputs)]
    agree(case, "the inverse must give back the input", pairs[0], pairs[1], 1e-8)


@check("layer", "model", "loss", "sampler", trait=LogDeterminant)
def log_determinant(case: Case, trait: LogDeterminant) -> None:
    """The log-determinant that is returned is that of the Jacobian by autograd, item by item, to 1e-8.

    A sign or a term that is missing gives a density that does not integrate to one, and trains.
    """
    inputs = case.inputs("determinant")
    outputs = _forward(case, inputs)
    stated = outputs[trait.output] if trait.output < len(outputs) else None
    if not isinstance(stated, Tensor):
        raise CheckFailedError(f"{case}: output {trait.output} must be the log-determinants; received {stated!r}")
    expected = _by_autograd(case, inputs, trait.axis)
    received = stated.flatten() if stated.ndim else stated.expand_as(expected)
    agree(case, "the log-determinant must be that of the Jacobian", [received], [expected], 1e-8)


def _by_autograd(case: Case, inputs: tuple[Any, ...], axis: str) -> Tensor:
    """Return the log-determinants of the Jacobians of the first output by the first input, one an item."""
    built, dims, found = case.perturbed(), carriers(case, axis), []
    for item in range(case.component.axes[axis]):
        first, *others = along(partial(_item, item=item), inputs, dims)
        x = first.detach().requires_grad_(True)
        given = (x, *others)
        made = as_tuple(sample(case, 0, given) if case.component.kind == "sampler" else built(*given))[0].flatten()
        if made.numel() != x.numel():
            raise CheckFailedError(f"{case}: the Jacobian must be square; received {made.numel()} by {x.numel()}")
        rows = [torch.autograd.grad(value, x, retain_graph=True)[0].flatten() for value in made]
        found.append(torch.linalg.slogdet(torch.stack(rows)).logabsdet)
    return torch.stack(found)


def _item(value: Tensor, dim: int, item: int) -> Tensor:
    return value.narrow(dim, item, 1)
