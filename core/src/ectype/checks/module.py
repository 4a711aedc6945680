"""Checks of layers and models."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from ectype.cases import cases, tensors, to_dtype
from ectype.checks import check
from ectype.declarations import Component
from ectype.errors import CheckFailedError


@check("layer", "model")
def parameter_gradients(component: Component) -> dict[str, Any]:
    """Every parameter gets a finite gradient that is not zero everywhere.

    A parameter without a gradient is not connected to the output, or was detached on the way.
    """
    counted = 0
    for case in cases(component):
        built = case.perturbed()
        if not isinstance(built, nn.Module):
            continue
        output = built(*to_dtype(case.inputs("gradients"), torch.float64, requires_grad=True))
        sum(value.square().sum() + value.sum() for _, value in tensors(output)).backward()
        for name, parameter in built.named_parameters():
            gradient = parameter.grad
            if gradient is None or not torch.isfinite(gradient).all() or not gradient.any():
                state = "none" if gradient is None else "zero or not finite"
                raise CheckFailedError(f"{case}: {name} must get a finite gradient that is not zero; received {state}")
            counted += 1
    return {"parameters": counted}
