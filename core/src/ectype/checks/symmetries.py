"""Symmetries that a paper states, and what a position may depend on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ectype.cases import Case, generator, map_tensors
from ectype.checks import check
from ectype.checks.axes import Along, carriers
from ectype.checks.calls import agree, call
from ectype.errors import CheckFailedError
from ectype.traits import (
    Homogeneous,
    PermutationEquivariant,
    PermutationInvariant,
    ShiftInvariant,
    Symmetric,
    TranslationEquivariant,
)


def _permuted(run: Along) -> Callable[[Tensor, int], Tensor]:
    """Return a permutation of an axis that leaves no item where it was."""
    order = torch.randperm(run.size, generator=generator("permutation", run.size))
    cycle = torch.empty_like(order)
    cycle[order] = order.roll(1)
    return lambda x, dim: x.index_select(dim, cycle)


def _equivariant(case: Case, axis: str, make: Callable[[Along], Callable[[Tensor, int], Tensor]], what: str) -> None:
    run = Along.of(case, axis, what)
    if not any(run.output_dims):
        raise CheckFailedError(
            f"{case}: an output must have the axis {axis}; received {[list(o.shape) for o in run.outputs]}"
        )
    change = make(run)
    found = run.run(run.changed(change), f"{axis} after a {what}")
    agree(case, f"a {what} of {axis} must have the same effect on the outputs", found, run.expected(change))


@check("layer", "model", "loss", "sampler", trait=PermutationEquivariant)
def permutation_equivariance(case: Case, trait: PermutationEquivariant) -> None:
    """Permuting the inputs along an axis permutes the outputs alike.

    Sets have no order; a position that slipped in, or a wrong axis, gives them one.
    """
    _equivariant(case, trait.axis, _permuted, "permutation")


@check("layer", "model", "loss", trait=PermutationInvariant)
def permutation_invariance(case: Case, trait: PermutationInvariant) -> None:
    """Permuting the inputs along an axis leaves the outputs as they are.

    What is said of a set may not depend on how it was written down.
    """
    run = Along.of(case, trait.axis, "permutation")
    found = run.run(run.changed(_permuted(run)), f"{trait.axis} permuted")
    agree(case, f"a permutation of {trait.axis} must not change the outputs", found, run.outputs)


@check("layer", "model", "loss", trait=TranslationEquivariant)
def translation_equivariance(case: Case, trait: TranslationEquivariant) -> None:
    """Shifting the inputs along an axis, what leaves at the end coming back at the start, shifts the outputs alike.

    Absolute positions and padding at the border break it.
    """
    _equivariant(case, trait.axis, lambda _: lambda x, dim: x.roll(1, dim), "shift")


def _place(case: Case, inputs: tuple[Any, ...], position: int) -> str:
    """Return the place of an input.

    Raises:
        CheckFailedError: if there is no such input or it is not a tensor of real numbers.
    """
    value = inputs[position] if position < len(inputs) else None
    if not isinstance(value, Tensor) or not value.is_floating_point():
        raise CheckFailedError(f"{case}: input {position} must be a tensor of real numbers; received {value!r}")
    return f"[{position}]"


@check("layer", "model", "loss", trait=ShiftInvariant)
def shift_invariance(case: Case, trait: ShiftInvariant) -> None:
    """Adding a constant to an input leaves the outputs as they are.

    Logits are known up to a constant, and centring takes a mean away; a wrong axis or place of the centring does not.
    """
    _shifted(case, trait)


def _shifted(case: Case, trait: ShiftInvariant) -> None:
    inputs = case.inputs("shift")
    place = _place(case, inputs, trait.input)
    free = {dim for axis in trait.per for dim in carriers(case, axis).get(place, ())}

    def shift(path: str, x: Tensor) -> Tensor:
        sizes = [size if dim in free else 1 for dim, size in enumerate(x.shape)]
        constant = 3 * torch.randn(sizes, generator=generator("shift", *sizes), dtype=torch.float64)
        return x + constant if path == place else x

    built = case.perturbed()
    found = call(case, built, map_tensors(shift, inputs), "a shifted input")
    what = f"a constant added to input {trait.input} must not change the outputs"
    agree(case, what, found, call(case, built, inputs))


@check("layer", "model", "loss", trait=Homogeneous)
def homogeneity(case: Case, trait: Homogeneous) -> None:
    """Multiplying inputs by a multiplies the outputs by a ** degree.

    Scale invariance is degree 0, linearity in size degree 1; a stray epsilon, bias or square breaks it.
    """
    built, inputs = case.perturbed(), case.inputs("scale")
    plain = call(case, built, inputs)
    for factor in (0.5, 3.0):
        found = call(case, built, _multiplied(case, inputs, trait.inputs, factor), f"inputs times {factor}")
        expected = [factor**trait.degree * value for value in plain]
        what = f"inputs times {factor} must give outputs times {factor}^{trait.degree:g}"
        agree(case, what, found, expected, trait.tolerance)


def _multiplied(case: Case, inputs: tuple[Any, ...], positions: tuple[int, ...], factor: float) -> tuple[Any, ...]:
    places = [_place(case, inputs, position) for position in positions]
    scaled: tuple[Any, ...] = map_tensors(lambda path, x: factor * x if path in places else x, inputs)
    return scaled


@check("layer", "model", "loss", trait=Symmetric)
def exchange_symmetry(case: Case, trait: Symmetric) -> None:
    """Exchanging two inputs leaves the outputs as they are.

    Distances and kernels are symmetric; one side that is detached, normalised or averaged differently makes them not so.
    """
    inputs = case.inputs("exchange")
    first, second = trait.first, trait.second
    if max(first, second) >= len(inputs):
        raise CheckFailedError(f"{case}: inputs {first} and {second} must exist; received {len(inputs)} inputs")
    swapped = list(inputs)
    swapped[first], swapped[second] = swapped[second], swapped[first]
    built = case.perturbed()
    found = call(case, built, tuple(swapped), "inputs exchanged")
    agree(case, "exchanging the inputs must not change the outputs", found, call(case, built, inputs))
