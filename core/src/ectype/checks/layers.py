"""Layers and models: they run, have the shapes they should, and do in each mode what the mode is for."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any

import torch
from torch import nn

from ectype.cases import Case
from ectype.checks import check
from ectype.checks.axes import Along, sized
from ectype.checks.calls import agree, call, module, must_run, same, state
from ectype.checks.surroundings import preserved, random_state
from ectype.errors import CheckFailedError, NotApplicableError
from ectype.traits import TrainingDiffers


@check("layer", "model", "loss")
def runs(case: Case) -> dict[str, Any]:
    """It can be built and called in every declared setting, with every limiting case, and gives no NaN.

    What cannot be called has no other property. NaN is the trace of 0/0, of infinity minus infinity, or of memory that
    was never written.
    """
    built = case.build()
    calls = 0
    if isinstance(built, nn.Module):
        built.eval()
    for name, inputs in case.draws("runs", 2):
        for value in call(case, built, inputs, name):
            if value.isnan().any():
                raise CheckFailedError(
                    f"{case}, {name}: outputs must not be NaN; received {value.isnan().sum()} of them"
                )
        calls += 1
    return {"calls": calls}


@check("layer", "model")
def builds_on_meta(case: Case) -> None:
    """It can be built on the device ``meta``, with the same parameters and buffers and no memory behind them.

    Large models are counted and planned without being allocated. What reads a value while it builds, or names a device,
    cannot be.
    """
    real = module(case, case.build())
    with must_run(f"{case} on meta"), torch.device("meta"):
        built = module(case, case.build())
    held = dict([*built.named_parameters(), *built.named_buffers()])
    for name, value in held.items():
        if not value.is_meta:
            raise CheckFailedError(f"{case}: {name} must be on the device meta; received {value.device}")
    shapes = {name: value.shape for name, value in held.items()}
    expected = {name: value.shape for name, value in state(real).items()}
    if shapes != expected:
        raise CheckFailedError(f"{case}: on meta it must hold {expected}; received {shapes}")


@check("layer", "model", "loss")
def outputs_follow_axes(case: Case) -> dict[str, Any]:
    """At other sizes of the free axes it has as many outputs of the same rank, and those sizes where it had the first ones.

    A size that was written down, a reshape that mixes two axes or a squeeze that takes one away too many works at the
    size at which it was written. (What the axes of the outputs are called is checked by the signature.)
    """
    axes = case.component.axes
    if not axes:
        raise NotApplicableError(f"the draw of {case.component.id} has no free axis")
    taken = {value for value in case.named.values() if isinstance(value, int)}
    built = case.perturbed()
    if isinstance(built, nn.Module):
        taken |= {size for value in built.parameters() for size in value.shape}
    first = _distinct(axes, taken)
    second = _distinct({axis: size + 1 for axis, size in first.items()}, taken | set(first.values()))
    before, after = (call(case, built, case.inputs("axes", sizes=s), f"sizes {s}") for s in (first, second))
    shapes = f"{[list(v.shape) for v in before]} for {first}, {[list(v.shape) for v in after]} for {second}"
    if [v.ndim for v in before] != [v.ndim for v in after]:
        raise CheckFailedError(f"{case}: number and rank of outputs must not depend on sizes; received {shapes}")
    for old, new in zip(before, after, strict=True):
        for was, now in zip(old.shape, new.shape, strict=True):
            for axis, size in first.items():
                if was == size and now != second[axis]:
                    raise CheckFailedError(f"{case}: a dimension as long as {axis} must follow it; received {shapes}")
    return {"axes": len(case.component.axes)}


def _distinct(axes: dict[str, int], taken: set[int]) -> dict[str, int]:
    """Return sizes from the given ones upwards that differ from each other and from those that are taken."""
    sizes: dict[str, int] = {}
    for axis, size in axes.items():
        while size < 2 or size in taken or size in sizes.values():
            size += 1
        sizes[axis] = size
    return sizes


@check("layer", "model", "loss")
def length_one(case: Case) -> dict[str, Any]:
    """Every free axis may have length one, unless a ValueError says that it may not.

    A squeeze takes away the wrong axis, a variance over one item is 0/0, a difference of neighbours is empty. An axis
    that cannot be drawn with length one is left out, and listed.
    """
    left_out: dict[str, str] = {}
    built = case.perturbed()
    for axis in case.component.axes:
        try:
            inputs = sized(case, axis, 1, "length one")
        except Exception as error:  # the draw is the author's: what it cannot draw is not asked for
            left_out[axis] = f"cannot be drawn: {error}"
            continue
        try:
            found = call(case, built, inputs, f"{axis}=1")
        except CheckFailedError as error:
            if isinstance(error.__cause__, ValueError) and "1" in str(error.__cause__):
                left_out[axis] = f"refused: {error.__cause__}"
                continue
            raise
        if any(value.isnan().any() for value in found):
            raise CheckFailedError(f"{case}, {axis}=1: outputs must not be NaN; received {found}")
    if len(left_out) == len(case.component.axes):
        reasons = "; ".join(f"{axis} {reason}" for axis, reason in left_out.items())
        raise NotApplicableError(f"no free axis of {case.component.id} can have length one: {reasons or 'it has none'}")
    return {"axes": len(case.component.axes) - len(left_out), "left out": left_out}


def _along_batch(case: Case, label: str) -> Along:
    """Run along the axis ``batch``.

    Raises:
        NotApplicableError: if there is none, or an input holds it that is no tensor.
    """
    if "batch" not in case.component.axes:
        raise NotApplicableError(f"the draw of {case.component.id} has no free axis called batch")
    for position, value in enumerate(case.inputs(label)):
        if callable(value) and not isinstance(value, nn.Module) and not is_dataclass(value):
            what = f"input {position} is a {type(value).__name__}, which cannot be cut along batch"
            raise NotApplicableError(f"{what}; make it a dataclass of tensors if it holds the batch")
    return Along.of(case, "batch", label)


@check("layer", "model")
def empty_batch(case: Case) -> None:
    """An empty batch gives empty outputs.

    The last shard of a data set, a filter that keeps nothing and a process without work pass one on.
    """
    run = _along_batch(case, "empty")
    found = run.run(run.changed(lambda x, dim: x.narrow(dim, 0, 0)), "batch=0")
    for value, full, dims in zip(found, run.outputs, run.output_dims, strict=True):
        if value.ndim != full.ndim or any(value.shape[dim] for dim in dims):
            received = f"{list(value.shape)} against {list(full.shape)} of a batch of {run.size}"
            raise CheckFailedError(f"{case}: an empty batch must give empty outputs; received {received}")
        if not dims and value.isnan().any():
            raise CheckFailedError(f"{case}: an empty batch must not give NaN; received {value.tolist()}")


@check("layer", "model")
def batch_independence(case: Case) -> None:
    """In evaluation mode an item of the batch gives the same alone, and at another place of the batch.

    What leaks between the items of a batch (a wrong axis of a softmax or a mean, statistics, a reshape) makes results
    depend on what happened to be in the batch.
    """
    run = _along_batch(case, "batch")
    if not any(run.output_dims):
        raise NotApplicableError(f"no output of {case.component.id} has the axis batch")
    alone = run.run(run.changed(lambda x, dim: x.narrow(dim, 1, 1)), "one item")
    agree(
        case,
        "an item alone must give what it gives in a batch",
        alone,
        run.expected(lambda x, d: x.narrow(d, 1, 1)),
    )
    turned = run.run(run.changed(lambda x, dim: x.flip(dim)), "turned batch")
    agree(case, "the order of the batch must not matter", turned, run.expected(lambda x, dim: x.flip(dim)))


@check("layer", "model", "loss")
def evaluation_is_pure(case: Case) -> None:
    """In evaluation mode two calls give the same bits, no parameter or buffer changes, and no global generator is used.

    Otherwise a result depends on what was evaluated before, and evaluation changes the training that goes on after it.
    """
    built = case.perturbed()
    inputs = case.inputs("evaluation")
    held = state(built) if isinstance(built, nn.Module) else {}
    before = random_state()
    first, second = (call(case, built, inputs) for _ in range(2))
    if random_state() != before:
        raise CheckFailedError(f"{case}: evaluation must not draw from a global random generator; it does")
    if not same(first, second):
        raise CheckFailedError(f"{case}: two evaluations must give the same bits; they differ")
    if isinstance(built, nn.Module):
        now = state(built)
        changed = [
            n for n in held.keys() | now.keys() if n not in held or n not in now or not same([held[n]], [now[n]])
        ]
        if changed:
            raise CheckFailedError(
                f"{case}: evaluation must not change parameters or buffers; changed: {sorted(changed)}"
            )


@check("layer", "model", "loss")
def training_mode(case: Case) -> None:
    """Training mode differs from evaluation mode if there is dropout or batch statistics, and only then.

    A flag that is not passed on leaves dropout off in training, or on afterwards. Settings called ``drop...`` count;
    for other differences declare the trait ``TrainingDiffers``.
    """
    built = module(case, case.perturbed())
    inputs = case.inputs("training")
    expected = _differs(case, built)
    evaluated = call(case, built, inputs)
    built.train()
    for seed in range(8):
        with preserved(seed):
            trained = call(case, built, inputs, "training mode")
        try:
            agree(case, "without dropout or batch statistics training mode must compute the same", trained, evaluated)
        except CheckFailedError:
            if not expected:
                raise
            break
        if not expected:
            break
    else:
        raise CheckFailedError(f"{case}: training mode must differ, because of {expected}; received the same outputs")


def _differs(case: Case, built: nn.Module) -> str:
    """Return why training mode should compute something else than evaluation mode, or an empty text."""
    if any(isinstance(trait, TrainingDiffers) for trait in case.component.traits):
        return "the trait TrainingDiffers"
    for name, part in built.named_modules():
        dropout = isinstance(part, nn.modules.dropout._DropoutNd) and part.p > 0
        if dropout or isinstance(part, nn.modules.batchnorm._BatchNorm):
            return f"{name or 'itself'}, a {type(part).__name__}"
    for name, value in case.named.items():
        if name.startswith("drop") and isinstance(value, float) and value > 0:
            return f"{name}={value}"
    return ""
