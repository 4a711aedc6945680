"""Losses: one number, bounded where it should be, and no target that is silently taken for another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from ectype.cases import Case, as_tuple, map_tensors, tensors
from ectype.checks import check
from ectype.checks.axes import along, carriers
from ectype.checks.calls import TOLERANCE, agree, call, fresh, resolve
from ectype.declarations import bind
from ectype.errors import CheckFailedError, NotApplicableError
from ectype.traits import LowerBound, Reduced


@check("loss")
def reduction(case: Case) -> None:
    """It gives one number, or one an item of its first input; with a setting ``reduction``, those are consistent.

    A shape that nobody expects is the trace of broadcasting, and a mean over it is a plausible wrong number.
    """
    inputs = case.inputs("reduction")
    found = call(case, case.perturbed(), inputs)
    first = next(value for _, value in tensors(inputs))
    for value in found:
        if value.ndim > first.ndim or value.shape != first.shape[: value.ndim]:
            received = f"{list(value.shape)} for an input of {list(first.shape)}"
            raise CheckFailedError(f"{case}: it must give one number, or one an item; received {received}")
    if isinstance(case.named.get("reduction"), str):
        _consistent(case, inputs)


def _consistent(case: Case, inputs: tuple[Any, ...]) -> None:
    """Compare ``"mean"`` and ``"sum"`` with ``"none"``."""
    of = case.component.of
    given: dict[str, Tensor] = {}
    for choice in ("none", "mean", "sum"):
        try:
            made = case.call(*([] if isinstance(of, type) else fresh(inputs)), reduction=choice)
            value = made(*fresh(inputs)) if isinstance(of, type) else made
        except ValueError:
            continue  # a choice that it does not offer
        given[choice] = next(tensor for _, tensor in tensors(value))
    for choice, reduce in (("mean", torch.mean), ("sum", torch.sum)):
        if choice in given and "none" in given:
            what = f"reduction {choice!r} must be the {choice} of reduction 'none'"
            agree(case, what, [given[choice]], [reduce(given["none"])])


@check("loss", trait=Reduced)
def repeated_items(case: Case, trait: Reduced) -> None:
    """Repeating every item along an axis leaves a mean as it is and doubles a sum.

    Whether a loss is a mean or a sum decides what a learning rate means for another size of batch.
    """
    factor = 1.0 if trait.by == "mean" else 2.0
    inputs = case.inputs("repeated", sizes={trait.axis: case.component.axes[trait.axis] + 1})
    built = case.perturbed()
    twice = along(lambda x, dim: torch.cat((x, x), dim), inputs, carriers(case, trait.axis, "repeated"))
    found = call(case, built, twice, f"{trait.axis} repeated")
    expected = [factor * value for value in call(case, built, inputs)]
    agree(case, f"repeating {trait.axis} must multiply a {trait.by} by {factor:g}", found, expected)


@check("loss", trait=LowerBound)
def lower_bound(case: Case, trait: LowerBound) -> dict[str, float]:
    """It is never below its bound, and at the bound where the paper says that this is attained.

    A loss below its bound is a different loss; one that cannot come down to it has a term too many.
    """
    smallest = float("inf")
    built = case.perturbed()
    for name, inputs in case.draws("bound", 6):
        bound = torch.as_tensor(resolve(trait.bound, case, inputs), dtype=torch.float64)
        for value in call(case, built, inputs, name):
            above = float((value.double() - bound).min())
            if not above >= -TOLERANCE * (1 + float(bound.abs().max())):
                received = f"{-above:.6g} less"
                raise CheckFailedError(f"{case}, {name}: it must be at least {bound.tolist()}; received {received}")
            smallest = min(smallest, above)
    if trait.attained is not None:
        inputs = case.inputs("bound")
        best = as_tuple(bind(trait.attained, inputs, case.named, what=f"a trait of {case.component.id}"))
        bound = torch.as_tensor(resolve(trait.bound, case, best), dtype=torch.float64)
        for value in call(case, built, best, "where the bound is attained"):
            apart = float((value.double() - bound).abs().max())
            if not apart <= 1e-8 * (1 + float(bound.abs().max())):
                raise CheckFailedError(f"{case}: it must attain {bound.tolist()}; received {apart:.6g} more")
    return {"smallest distance": smallest}


@check("loss")
def wrong_targets(case: Case) -> dict[str, int]:
    """A target of another length or rank, or with a class that does not exist, raises; one of another type too, or is equal.

    Broadcasting [n] against [n, 1] gives a loss that falls and means nothing. The target is the last tensor of the draw.
    """
    tried = 0
    inputs = case.inputs("targets", sizes={axis: max(size, 3) for axis, size in case.component.axes.items()})
    places = [path for path, _ in tensors(inputs)]
    if len(places) < 2:
        raise NotApplicableError(f"{case.component.id} takes one tensor: it has no target")
    built = case.perturbed()
    expected = call(case, built, inputs)
    for what, wrong, may_equal in _wrong(case, inputs, places[-1]):
        tried += 1
        try:
            found = [value for _, value in tensors(built(*wrong))]
        except Exception as error:
            if not str(error).strip():
                raise CheckFailedError(
                    f"{case}, {what}: the error must say what is wrong; received {error!r}"
                ) from error
            continue
        if not may_equal:
            raise CheckFailedError(
                f"{case}: {what} must raise; received a loss of shape {[list(v.shape) for v in found]}"
            )
        agree(case, f"{what} must raise or give the same", found, expected, 1e-6)
    if not tried:
        raise NotApplicableError(f"the target of {case.component.id} shares no axis with another input")
    return {"attempts": tried}


def _wrong(case: Case, inputs: tuple[Any, ...], place: str) -> Iterator[tuple[str, tuple[Any, ...], bool]]:
    """Yield what is wrong, inputs with it, and whether giving the same as without it is fine."""
    target = dict(tensors(inputs))[place]

    def having(value: Tensor) -> tuple[Any, ...]:
        changed: tuple[Any, ...] = map_tensors(lambda path, x: value if path == place else x, fresh(inputs))
        return changed

    shared = False
    for axis in case.component.axes:
        dims = carriers(case, axis)
        others = any(found for path, found in dims.items() if path != place)
        for dim in dims.get(place, ()) if others else ():
            shared = True
            yield f"a target with one item along {axis}", having(target.narrow(dim, 0, 1)), False
            yield (
                f"a target with one item less along {axis}",
                having(target.narrow(dim, 1, target.shape[dim] - 1)),
                False,
            )
    if shared:
        yield "a target with an axis more", having(target.unsqueeze(-1)), False
    if target.dtype in (torch.int32, torch.int64):
        yield "a target of float64", having(target.double()), True
        yield "a target with class 1000000", having(target.clone().fill_(1_000_000)), False
    elif target.is_floating_point() and bool((target == target.round()).all()):
        yield "a target of int64", having(target.long()), True
