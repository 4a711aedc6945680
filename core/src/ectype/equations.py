"""Equations: a component against the oracle of its formula, in float64, on random draws and limiting cases."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ectype.cases import Case, cases, deviation, to_numpy
from ectype.declarations import Component, Equation, bind
from ectype.errors import CheckFailedError

DRAWS = 12
"""Random draws for each setting."""


def check(equation: Equation, component: Component) -> dict[str, Any]:
    """Compare a component with the oracle of its equation.

    Returns:
        ``deviation`` (largest, relative), ``draws`` (comparisons made), ``settings``.

    Raises:
        CheckFailedError: if one draw deviates by more than the tolerance, naming the setting, the draw and the value.
    """
    worst, made = 0.0, 0
    for case in cases(component):
        for name, inputs in case.draws(str(equation.locator), DRAWS):
            built = case.perturbed(seed=made)
            with torch.no_grad():
                ours = built(*inputs)
            theirs = _oracle(equation, case, built, inputs)
            apart, where = deviation(ours, theirs)
            if not apart <= equation.tolerance:
                raise CheckFailedError(
                    f"{case}, {name}: {where} (relative deviation {apart:.3g}, allowed {equation.tolerance:g}; "
                    f"ours against the oracle of {equation.locator})"
                )
            worst, made = max(worst, apart), made + 1
    return {"deviation": worst, "draws": made, "settings": len(component.settings)}


def _oracle(equation: Equation, case: Case, built: Callable[..., Any], inputs: tuple[Any, ...]) -> Any:
    assert equation.oracle is not None
    weights = to_numpy(dict(built.state_dict())) if isinstance(built, nn.Module) else {}
    named: Mapping[str, Any] = {"weights": weights, **case.named}
    what = f"the oracle of {equation.locator}"
    if equation.elementwise:
        return _elementwise(equation.oracle, inputs, named, what)
    return bind(equation.oracle, to_numpy(inputs), named, what=what)


def _elementwise(oracle: Callable[..., Any], inputs: tuple[Any, ...], named: Mapping[str, Any], what: str) -> Any:
    """Call an oracle on plain numbers, one element at a time, over inputs broadcast to one shape."""
    plain = [to_numpy(value) if isinstance(value, Tensor) else value for value in inputs]
    shape = np.broadcast_shapes(*(np.shape(value) for value in plain))
    spread = [np.broadcast_to(value, shape) for value in plain]
    result = np.empty(shape, dtype=np.float64)
    for index in itertools.product(*map(range, shape)):
        result[index] = bind(oracle, [value[index].item() for value in spread], named, what=what)
    return result
