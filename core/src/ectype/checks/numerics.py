"""Numbers: types are kept, extremes stay finite, lower precision and other devices give nearly the same."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ectype.cases import Case, map_tensors, tensors, to_dtype
from ectype.checks import check
from ectype.checks.calls import agree, call, domains, must_run, objective
from ectype.errors import CheckFailedError, NotApplicableError

_TYPES = (torch.float64, torch.float32, torch.bfloat16)


def _has_type(case: Case, inputs: tuple[Any, ...]) -> bool:
    """Return whether inputs or parameters say which floating-point type to compute in."""
    built = case.build()
    held = list(built.parameters()) if isinstance(built, nn.Module) else []
    return any(value.is_floating_point() for value in [*held, *(v for _, v in tensors(inputs))])


@check("layer", "model", "loss")
def types_kept(case: Case) -> None:
    """Outputs have the floating-point type of inputs and parameters: float64, float32, bfloat16.

    A constant of another type silently changes precision and speed of everything after it.
    """
    inputs = case.inputs("types")
    if not _has_type(case, inputs):
        raise NotApplicableError(f"{case.component.id} has neither parameters nor inputs of a floating-point type")
    for dtype in _TYPES:
        for value in call(case, case.perturbed(dtype=dtype), to_dtype(inputs, dtype), str(dtype)):
            if value.is_floating_point() and value.dtype != dtype:
                raise CheckFailedError(f"{case}: {dtype} must give {dtype}; received {value.dtype}")
            if value.isnan().any():
                raise CheckFailedError(
                    f"{case}: {dtype} must not give NaN; received {int(value.isnan().sum())} of them"
                )


@check("layer", "model", "loss")
def autocast(case: Case) -> None:
    """Under autocast to bfloat16 the outputs are finite where they are in float32, and within 10 % of the largest.

    Mixed precision is how models are trained; a mask filled with a constant too large for the type, or a cast to the
    type of something else, breaks there only.
    """
    inputs = to_dtype(case.inputs("autocast"), torch.float32)
    built = case.perturbed(dtype=torch.float32)
    exact = call(case, built, inputs)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = call(case, built, inputs, "autocast")
    agree(case, "autocast must give nearly the same", _real(mixed), _real(exact), 0.1)


def _real(values: list[Tensor]) -> list[Tensor]:
    return [value.detach().float() for value in values if value.is_floating_point()]


def _stays_finite(case: Case, factor: float) -> None:
    """Multiply the inputs that can be any real number, and ask for finite outputs and gradients."""
    unrestricted = {path for path, domain in domains(case).items() if domain.signed and domain.continuous}
    if not unrestricted:
        what = f"no input of {case.component.id} is drawn from all real numbers"
        raise NotApplicableError(f"{what}: its domain is not known")

    def scaled(path: str, x: Tensor) -> Tensor:
        return (x * factor).requires_grad_(True) if path in unrestricted else x

    drawn = to_dtype(case.inputs("extremes"), torch.float32)
    inputs = map_tensors(scaled, drawn)
    built = case.perturbed(dtype=torch.float32)
    usual = call(case, built, drawn)
    what = f"{case}, inputs times {factor:g}"
    with must_run(what):
        found = [value for _, value in tensors(built(*inputs))]
    for value, before in zip(found, usual, strict=True):
        bad = ~value.isfinite() & before.isfinite()
        if bad.any():
            raise CheckFailedError(f"{what}: outputs must stay finite; received {value[bad].flatten()[0].item()}")
    total = objective(case, found)
    if total.requires_grad:
        torch.autograd.backward(total)
    for path, value in tensors(inputs):
        if value.grad is not None and not value.grad.isfinite().all():
            raise CheckFailedError(f"{what}: the gradient of input{path} must be finite; it is not")


@check("layer", "model", "loss")
def large_inputs(case: Case) -> None:
    """Inputs a thousand times as large give finite outputs and gradients in float32.

    An exponential or a square without its stable form overflows; training then ends in NaN after an outlier. Inputs
    that are drawn with one sign are left as they are: their domain is not known.
    """
    _stays_finite(case, 1e3)


@check("layer", "model", "loss")
def zero_inputs(case: Case) -> None:
    """Inputs that are zero give finite outputs and gradients.

    Padding and dead units are zero; a norm, a quotient or a root without its epsilon is not finite there.
    """
    _stays_finite(case, 0.0)


def accelerator() -> torch.device | None:
    """Return the accelerator of this machine, or None."""
    return torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None


@check("layer", "model", "loss")
def device_parity(case: Case) -> None:
    """On the accelerator it gives in float32 what it gives on the CPU.

    A tensor that is made on the CPU inside, or a kernel that differs, shows there only.
    """
    device = accelerator()
    if device is None:
        raise NotApplicableError("this machine has no accelerator", machine=True)
    inputs = to_dtype(case.inputs("devices"), torch.float32)
    built = case.perturbed(dtype=torch.float32)
    here = call(case, built, inputs)
    moved = built.to(device) if isinstance(built, nn.Module) else built
    there = call(case, moved, map_tensors(lambda _, x: x.to(device), inputs), str(device))
    if any(value.device.type != device.type for value in there):
        raise CheckFailedError(f"{case}: outputs must be on {device}; received {[str(v.device) for v in there]}")
    agree(case, f"{device} must give what the CPU gives", [v.cpu() for v in there], here, 1e-4)
