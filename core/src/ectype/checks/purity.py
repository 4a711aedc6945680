"""Purity: inputs, their layout and the state of the process around; what a call must leave alone."""

from __future__ import annotations

from torch import Tensor, nn

from ectype.cases import Case, map_tensors, tensors
from ectype.checks import check
from ectype.checks.calls import agree, call, fresh, must_run, same
from ectype.checks.exercise import exercise
from ectype.checks.surroundings import preserved, random_state, settings
from ectype.declarations import KINDS
from ectype.errors import CheckFailedError, NotApplicableError


@check("layer", "model", "loss", "sampler", "agent")
def inputs_not_modified(case: Case) -> None:
    """The inputs are after a call what they were before it.

    An operation in place on an argument corrupts what the caller still needs, the residual for one.
    """
    inputs = fresh(case.inputs("modified"))
    before = [(value.clone(), value._version) for _, value in tensors(inputs)]
    if not before:
        raise NotApplicableError(f"{case.component.id} takes no tensor")
    with preserved(seed=0), must_run(case):
        exercise(case, inputs)
    for (path, value), (old, version) in zip(tensors(inputs), before, strict=True):
        if not same([value], [old]) or value._version != version:
            raise CheckFailedError(f"{case}: input{path} must not be modified; it was")


@check("layer", "model", "loss")
def strided_inputs(case: Case) -> None:
    """Inputs that are not contiguous in memory give the same.

    A view, a transpose or a slice is what callers have; ``view`` and kernels that read memory in order fail on it.
    """
    inputs = case.inputs("strided")
    if not any(value.ndim and value.numel() > 1 for _, value in tensors(inputs)):
        raise NotApplicableError(f"{case.component.id} takes no tensor of more than one element")
    built = case.perturbed()
    strided = map_tensors(lambda _, x: _strided(x) if x.ndim else x, inputs)
    with must_run(f"{case}, inputs that are not contiguous"):
        found = [value for _, value in tensors(built(*strided))]
    agree(case, "inputs that are not contiguous must give the same", found, call(case, built, inputs))


def _strided(value: Tensor) -> Tensor:
    """Return a tensor with the same elements whose memory is in another order and has gaps."""
    wide = value.new_zeros((*reversed(value.shape), 2))
    spread = wide[..., 0].permute(*reversed(range(value.ndim)))
    return spread.copy_(value)


@check("layer", "model")
def repeatable(case: Case) -> None:
    """Built and called again from the same seed, in training mode too, it gives the same bits.

    Hashes, sets, addresses and clocks that find their way into a computation make runs that nobody can repeat.
    """
    found = []
    for _ in range(2):
        built = case.build(seed=1)
        if isinstance(built, nn.Module):
            built.train()
        with preserved(seed=2):
            found.append(call(case, built, case.inputs("repeatable"), "training mode"))
    if not same(*found):
        raise CheckFailedError(f"{case}: the same seed must give the same bits; the outputs differ")


@check(*KINDS)
def process_unchanged(case: Case) -> None:
    """Grad mode, default type, device, number of threads and modes of torch and NumPy stay as they are.

    Whoever imports a component has a process of their own, in which such a change moves results far away.
    """
    with preserved(seed=0):
        before = settings()
        with must_run(case):
            exercise(case)
        after = settings()
    changed = [f"{name}: {before[name]} to {after[name]}" for name in before if before[name] != after[name]]
    if changed:
        raise CheckFailedError(f"{case}: the settings of the process must stay; received {', '.join(changed)}")


@check("layer", "model", "loss", "optimizer", "schedule", "sampler", "data", "environment", "agent")
def never_reseeds(case: Case) -> None:
    """The global random generators of torch, NumPy and Python are never set to a fixed seed.

    Every seed of a study then gives the same numbers, and an interval over seeds has no width. (A procedure is given the
    seed of its run and may set it.)
    """
    ends = []
    for seed in (1, 2):
        with preserved(seed=seed), must_run(case):
            exercise(case)
            ends.append(random_state())
    for name, first, second in zip(("torch", "NumPy", "Python"), *ends, strict=True):
        if first == second:
            raise CheckFailedError(f"{case}: the global generator of {name} must not be seeded; it is")
