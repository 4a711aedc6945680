"""Using a component once, in the way of its kind; for checks of what any use must leave alone."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import nn

from ectype.cases import Case, tensors
from ectype.checks.calls import fresh, objective
from ectype.checks.descent import Descent
from ectype.checks.environments import episode
from ectype.checks.procedures import loss_of
from ectype.checks.samplers import sample, seeded
from ectype.checks.schedules import rates


def exercise(case: Case, inputs: tuple[Any, ...] | None = None) -> Any:
    """Use a component in the way of its kind once; its constructor may draw from the global generators."""
    given = fresh(case.inputs("exercise")) if inputs is None else inputs
    match case.component.kind:
        case "optimizer":
            return Descent(case, given).run(2)
        case "schedule":
            return rates(case, 3)
        case "sampler" | "data":
            return sample(case, 0, given)
        case "procedure":
            return loss_of(case.call(*given, **seeded(case, 0)).step())
        case "environment":
            return episode(case, 0, given)
        case "agent":
            return case.call(**seeded(case, 0)).act(*given)
    return _call(case, given)


def _call(case: Case, inputs: tuple[Any, ...]) -> Any:
    """Build and call a function of tensors, in training mode, and go back through it."""
    if not inspect.isclass(case.component.of):
        return case.call(*inputs)
    built = case.call()
    if isinstance(built, nn.Module):
        built.to(torch.float64)
    value = built(*inputs)
    total = objective(case, [item for _, item in tensors(value)])
    if total.requires_grad:
        torch.autograd.backward(total)
    return value
