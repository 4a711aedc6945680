"""Properties: theorems, identities and invariances of a paper, tested on random inputs in both directions."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from ectype.cases import deviation, generator
from ectype.declarations import Property, Sample
from ectype.errors import CheckFailedError

DIFFERS = 1e-2
"""What does not hold must fail by more than this, relative, in every draw."""

STANDARD_ERRORS = 4.0
"""A sample mean may be this far from its expectation."""


def check(declared: Property) -> dict[str, Any]:
    """Test a property.

    Returns:
        ``deviation`` (largest of all draws; smallest where it must not hold) and ``draws``.

    Raises:
        CheckFailedError: naming the draw and the deviation.
    """
    found = []
    for index in range(declared.draws):
        result = declared.function(generator("property", declared.id, index))
        held, figure, text = _judge(result, declared)
        if held != declared.holds:
            verb = "must hold" if declared.holds else "must not hold"
            raise CheckFailedError(f"draw {index}: {declared.text!r} {verb} ({declared.locator}); {text}")
        found.append(figure)
    return {"deviation": max(found) if declared.holds else min(found), "draws": len(found)}


def _judge(result: Any, declared: Property) -> tuple[bool, float, str]:
    """Return whether one draw holds, how far it is off, and the sentence for a person."""
    if isinstance(result, Sample):
        return _judge_sample(result)
    if isinstance(result, Tensor) and result.dtype == torch.bool:
        if not result.numel():
            raise CheckFailedError(f"{declared.id} must compare at least one value; received an empty tensor")
        return bool(result.all()), float((~result).float().mean()), f"true for {int(result.sum())} of {result.numel()}"
    if isinstance(result, bool):
        return result, 0.0 if result else 1.0, f"received {result}"
    if isinstance(result, tuple) and len(result) == 2:
        try:
            apart, where = deviation(*result)
        except ValueError as error:
            raise CheckFailedError(f"{declared.id}: {error}") from error
        if declared.holds:
            return apart <= declared.tolerance, apart, f"{where}; deviation {apart:.3g}, allowed {declared.tolerance:g}"
        return apart <= DIFFERS, apart, f"{where}; deviation {apart:.3g}, which must be more than {DIFFERS:g}"
    raise CheckFailedError(
        f"{declared.id} must return (left, right), a truth value or a Sample; received {type(result).__name__}"
    )


def _judge_sample(sample: Sample) -> tuple[bool, float, str]:
    values = torch.as_tensor(sample.values, dtype=torch.float64).flatten()
    if values.numel() < 1000:
        raise CheckFailedError(f"a Sample must have at least 1,000 values; received {values.numel()}")
    mean, error = float(values.mean()), float(values.std()) / math.sqrt(values.numel())
    off = abs(mean - sample.expected)
    text = (
        f"mean {mean:.6g} against {sample.expected:.6g}, {off / error if error else math.inf:.2f} standard errors apart"
    )
    return off <= STANDARD_ERRORS * error or off <= 1e-12 * abs(sample.expected), off, text
