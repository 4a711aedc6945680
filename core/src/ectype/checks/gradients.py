"""Gradients: they reach every parameter and are those of the function that is computed."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from ectype.cases import Case, generator, map_tensors, tensors, to_dtype
from ectype.checks import check
from ectype.checks.calls import call, domains, module, must_run, objective
from ectype.errors import CheckFailedError, NotApplicableError


@check("layer", "model", "loss")
def parameter_gradients(case: Case) -> dict[str, Any]:
    """Every parameter that is trained gets a finite gradient that is not zero everywhere.

    A parameter without one is not connected to the output, or was detached on the way: it stays as it was initialised.
    """
    built = module(case, case.perturbed())
    missing = {name: "none" for name, parameter in built.named_parameters() if parameter.requires_grad}
    if not missing:
        raise NotApplicableError(f"{case.component.id} has no parameter that is trained")
    count = len(missing)
    for index in range(3):
        value = objective(case, call(case, built, case.inputs("parameter gradients", index)))
        if value.requires_grad:
            torch.autograd.backward(value)
        for name, parameter in built.named_parameters():
            if parameter.grad is not None and not parameter.grad.isfinite().all():
                raise CheckFailedError(
                    f"{case}: the gradient of {name} must be finite; received {parameter.grad.tolist()}"
                )
            if parameter.grad is not None and name in missing:
                missing[name] = "zero everywhere"
                if parameter.grad.any():
                    del missing[name]
        if not missing:
            break
    else:
        received = ", ".join(f"{name}: {what}" for name, what in missing.items())
        raise CheckFailedError(f"{case}: every parameter must get a gradient that is not zero; received {received}")
    return {"parameters": count}


@check("layer", "model", "loss")
def gradients_match_differences(case: Case) -> dict[str, Any]:
    """In float64 the derivative by autograd along random directions is the quotient of differences.

    A term that was detached, rounding to another type on the way, or a backward pass of one's own that is wrong leaves
    every value right and trains something else.
    """
    return {"deviation": max(_directional(case, index) for index in range(2))}


def _directional(case: Case, index: int) -> float:
    """Compare one directional derivative; return its relative deviation."""
    rng = generator(case.component.id, "direction", index)
    built = case.perturbed(seed=index)
    inputs = case.inputs("differences", index)
    leaves = to_dtype(inputs, torch.float64)
    steps: dict[str, Tensor] = {}
    for path, value in tensors(leaves):
        domain = domains(case).get(path)
        if domain is not None and domain.continuous and value.is_floating_point():
            value.requires_grad_(True)
            noise = torch.randn(value.shape, generator=rng, dtype=torch.float64)
            # An input of one sign keeps it: a variance stays positive and a probability within its bounds.
            steps[path] = noise if domain.signed else noise * value.detach() * (1 - value.detach()).abs().clamp(max=1)
    parameters = [p for p in built.parameters() if p.requires_grad] if isinstance(built, nn.Module) else []
    moves = [torch.randn(p.shape, generator=rng, dtype=torch.float64) for p in parameters]
    if not steps and not parameters:
        raise NotApplicableError(f"{case.component.id} has neither parameters nor inputs that are real numbers")

    points = [value for path, value in tensors(leaves) if path in steps] + parameters
    directions = [*steps.values(), *moves]
    # Not a copy: gradients are asked for at these very tensors.
    with must_run(f"{case}, inputs that require gradients"):
        outputs = [value for _, value in tensors(built(*leaves))]
    if not any(value.is_floating_point() for value in outputs):
        raise NotApplicableError(f"{case.component.id} returns no real numbers")
    here = objective(case, outputs)
    found = torch.autograd.grad(here, points, allow_unused=True) if here.requires_grad else ()
    slope = sum(float((g * v).sum()) for g, v in zip(found, directions, strict=False) if g is not None)

    def at(distance: float) -> float:
        moved = map_tensors(lambda path, x: x.detach() + distance * steps[path] if path in steps else x, leaves)
        with torch.no_grad():
            kept = [parameter.clone() for parameter in parameters]
            for parameter, move in zip(parameters, moves, strict=True):
                parameter.add_(distance * move)
        try:
            return float(objective(case, call(case, built, moved)).detach())
        finally:
            with torch.no_grad():
                for parameter, old in zip(parameters, kept, strict=True):
                    parameter.copy_(old)

    scale = max(abs(slope), 1e-3 * abs(float(here.detach())), 1e-6)
    apart = math.inf
    # A kink between two points disturbs one distance, a wrong derivative all of them.
    for distance in (1e-5, 1e-6, 1e-7):
        quotient = (at(distance) - at(-distance)) / (2 * distance)
        apart = min(apart, abs(quotient - slope) / max(scale, abs(quotient)))
        if apart < 1e-6:
            return apart
    raise CheckFailedError(
        f"{case}: autograd must give the quotient of differences {quotient:.8g}; received {slope:.8g}"
    )
