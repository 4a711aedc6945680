"""Positions: the future is not seen, and padding is as good as absent."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor

from ectype.cases import Case, map_tensors, tensors
from ectype.checks import check
from ectype.checks.axes import Along, sized
from ectype.checks.calls import agree, fresh, must_run, objective
from ectype.errors import CheckFailedError, NotApplicableError
from ectype.traits import Causal, IgnoresPadding


@check("layer", "model", "loss", trait=Causal)
def causality(case: Case, trait: Causal) -> dict[str, Any]:
    """The Jacobian of the output at a position by the inputs after it is exactly zero.

    A model that sees what it must predict has the best training loss of all and predicts nothing. Inputs that are not
    real numbers (tokens) are exchanged after the position instead; masks are left as they are.
    """
    run = Along.of(case, trait.axis, "causality")
    if not any(len(dims) == 1 for dims in run.output_dims):
        shapes = [list(value.shape) for value in run.outputs]
        raise CheckFailedError(f"{case}: an output must have the axis {trait.axis} once; received {shapes}")
    drawn = dict(tensors(run.inputs))
    once = {path: dims[0] for path, dims in run.dims.items() if len(dims) == 1}
    real = {path: dim for path, dim in once.items() if drawn[path].is_floating_point()}
    tokens = {p for p in once if not drawn[p].is_floating_point() and drawn[p].dtype != torch.bool}
    if not real and not tokens:
        raise NotApplicableError(f"no input of {case.component.id} has the axis {trait.axis} once")
    if real:
        _jacobian(run, trait, real)
    if tokens:
        _exchange(run, trait, tokens)
    return {"inputs": len(real) + len(tokens)}


def _at(run: Along, outputs: list[Tensor], begin: int, length: int) -> list[Tensor]:
    """Return a part of the outputs along the axis."""
    pairs = zip(outputs, run.output_dims, strict=True)
    return [value.narrow(dims[0], begin, length) for value, dims in pairs if len(dims) == 1]


def _jacobian(run: Along, trait: Causal, dims: dict[str, int]) -> None:
    """Look at the blocks of the Jacobian above the diagonal, and ask for something below."""
    inputs = map_tensors(lambda path, x: x.requires_grad_(True) if path in dims else x, fresh(run.inputs))
    with must_run(f"{run.case}, inputs that require gradients"):
        outputs = [value for _, value in tensors(run.built(*inputs))]
    leaves = {path: value for path, value in tensors(inputs) if path in dims}
    seen = False
    for position in range(run.size):
        here = objective(run.case, _at(run, outputs, position, 1))
        if not here.requires_grad:
            continue
        found = torch.autograd.grad(here, list(leaves.values()), retain_graph=True, allow_unused=True)
        for path, gradient in zip(leaves, found, strict=True):
            if gradient is None:
                continue
            first = position if trait.strict else position + 1
            future = gradient.narrow(dims[path], first, run.size - first)
            if future.any():
                raise CheckFailedError(
                    f"{run.case}: the output at position {position} of {trait.axis} must not depend on later inputs; "
                    f"received a derivative of {float(future.abs().max()):.3g} by input{path}"
                )
            seen = seen or bool(gradient.narrow(dims[path], 0, first).any())
    if not seen:
        raise CheckFailedError(
            f"{run.case}: an output must depend on the inputs before it; received derivatives of zero"
        )


def _exchange(run: Along, trait: Causal, places: set[str]) -> None:
    """Exchange what stands after a position and compare the outputs up to it."""
    others = dict(tensors(sized(run.case, trait.axis, run.size, "exchanged")))
    for position in range(run.size - 1):
        first = position if trait.strict else position + 1

        def exchange(path: str, x: Tensor, first: int = first) -> Tensor:
            if path not in places:
                return x
            (dim,) = run.dims[path]
            later = others[path].narrow(dim, first, run.size - first)
            return torch.cat((x.narrow(dim, 0, first), later), dim)

        found = run.run(map_tensors(exchange, run.inputs), f"other inputs after position {position}")
        what = f"outputs up to position {position} of {trait.axis} must not depend on later inputs"
        agree(run.case, what, _at(run, found, 0, position + 1), _at(run, run.outputs, 0, position + 1))


@check("layer", "model", "loss", trait=IgnoresPadding)
def padding_ignored(case: Case, trait: IgnoresPadding) -> None:
    """With a last position that is marked as padding, whatever stands there, it gives what it gives without it.

    Batches are filled up; a mask that is inverted, missing or on the wrong axis makes results depend on the filling.
    """
    run = Along.of(case, trait.axis, "padding")
    if not run.dims.get(f"[{trait.input}]"):
        raise CheckFailedError(f"{case}: input {trait.input} must have the axis {trait.axis}; it does not")
    last = run.size - 1
    padded = run.run(_padded(run, trait), "padding at the end")
    absent = run.run(run.changed(partial(_first, length=last)), "without padding")
    kept = [_narrowed(x, dims, last) for x, dims in zip(padded, run.output_dims, strict=True)]
    agree(case, f"padding at the end of {trait.axis} must be as good as absent", kept, absent)


def _padded(run: Along, trait: IgnoresPadding) -> tuple[Any, ...]:
    """Return the inputs with the last position marked as padding and other content there."""
    value = run.case.named[trait.value] if isinstance(trait.value, str) else trait.value
    others = dict(tensors(sized(run.case, trait.axis, run.size, "padding content")))

    def fill(path: str, x: Tensor) -> Tensor:
        x = x.clone()
        for dim in run.dims.get(path, ())[-1:]:
            part = x.narrow(dim, run.size - 1, 1)
            if path == f"[{trait.input}]":
                part.fill_(value)
            elif x.dtype != torch.bool:
                part.copy_(others[path].narrow(dim, run.size - 1, 1))
        return x

    filled: tuple[Any, ...] = map_tensors(fill, run.inputs)
    return filled


def _first(value: Tensor, dim: int, length: int) -> Tensor:
    return value.narrow(dim, 0, length)


def _narrowed(value: Tensor, dims: tuple[int, ...], length: int) -> Tensor:
    for dim in dims:
        value = value.narrow(dim, 0, length)
    return value
