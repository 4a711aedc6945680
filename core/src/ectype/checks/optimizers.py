"""Optimizers: the protocol of ``torch.optim``, and steps that depend on nothing but what they should.

Every check runs the optimizer on a convex quadratic whose minimum is at zero, from the tensors that the draw returns.
"""

from __future__ import annotations

import io

import torch
from torch import nn

from ectype.cases import Case, generator, tensors
from ectype.checks import check
from ectype.checks.calls import agree, must_run, same
from ectype.checks.descent import Descent
from ectype.checks.surroundings import random_state
from ectype.errors import CheckFailedError, NotApplicableError
from ectype.traits import GradientScaleInvariant, RotationEquivariant


def _rate(case: Case) -> float:
    """Return the learning rate of the setting, ``lr``.

    Raises:
        NotApplicableError: if the optimizer has none.
    """
    if "lr" not in case.named:
        raise NotApplicableError(f"{case.component.id} has no setting called lr")
    return float(case.named["lr"])


@check("optimizer")
def optimizer_protocol(case: Case) -> None:
    """It is a ``torch.optim.Optimizer``: groups with their settings, state by parameter, ``zero_grad``, groups added later.

    Schedulers, gradient clipping, checkpoints and launchers rely on it.
    """
    with must_run(case):
        problem = Descent(case, case.inputs("protocol"))
        optimizer = problem.optimizer
        if not isinstance(optimizer, torch.optim.Optimizer):
            raise CheckFailedError(f"{case}: it must be a torch.optim.Optimizer; received {type(optimizer).__name__}")
        added = nn.Parameter(torch.ones(2, dtype=torch.float64))
        optimizer.add_param_group({"params": [added]})
        problem.run(1)
        added.grad = torch.ones_like(added)
        optimizer.step()
        if not (added != 1).any():
            raise CheckFailedError(f"{case}: a parameter of a group that was added must move; it stays")
        unknown = [p for p in optimizer.state if not any(p is known for known in [*problem.parameters, added])]
        if unknown:
            raise CheckFailedError(f"{case}: state must be kept by parameter; received keys {unknown}")
        if "lr" in case.named and any("lr" not in group for group in optimizer.param_groups):
            raise CheckFailedError(f"{case}: every group must hold lr; received {list(optimizer.param_groups[0])}")
        optimizer.zero_grad()
        if any(p.grad is not None and p.grad.any() for p in problem.parameters):
            raise CheckFailedError(f"{case}: zero_grad must clear gradients; it does not")


@check("optimizer")
def closure(case: Case) -> None:
    """``step(closure)`` evaluates the closure with gradients, returns its loss, and steps as ``step()`` does.

    Training loops pass a closure under ``no_grad``; one that is ignored trains on gradients of the step before.
    """
    inputs = case.inputs("closure")
    with must_run(case):
        problem = Descent(case, inputs)
        first = Descent(case, inputs).loss()
        with torch.no_grad():
            returned = problem.optimizer.step(problem.loss)
        if returned is None or not torch.equal(torch.as_tensor(returned), first):
            raise CheckFailedError(
                f"{case}: step(closure) must return the loss {float(first):.6g}; received {returned}"
            )
        expected = Descent(case, inputs).run(1)
    agree(case, "step(closure) must step as step() does", [p.detach() for p in problem.parameters], expected, 0.0)


@check("optimizer")
def missing_gradients(case: Case) -> None:
    """A parameter without a gradient stays as it is, and the others move as without it.

    Frozen parameters and those of parts that were not used in a step have none.
    """
    inputs = case.inputs("missing")
    with must_run(case):
        problem = Descent(case, inputs)
        idle = nn.Parameter(torch.ones(2, dtype=torch.float64))
        problem.optimizer.add_param_group({"params": [idle]})
        moved = problem.run(3)
        expected = Descent(case, inputs).run(3)
    if not torch.equal(idle.detach(), torch.ones_like(idle)):
        raise CheckFailedError(f"{case}: a parameter without a gradient must stay; received {idle.tolist()}")
    agree(case, "a parameter without a gradient must not change the steps of others", moved, expected)


@check("optimizer")
def zero_learning_rate(case: Case) -> None:
    """With a learning rate of zero the weights stay, bit by bit.

    Weight decay or noise that is not multiplied by the rate moves them, in a warm-up for one.
    """
    _rate(case)
    inputs = case.inputs("zero rate")
    with must_run(f"{case}, lr=0"):
        problem = Descent(case, inputs, lr=0.0)
        before = [p.detach().clone() for p in problem.parameters]
        after = problem.run(3)
    if not same(before, after):
        raise CheckFailedError(f"{case}: with lr=0 the weights must stay; they move")


@check("optimizer")
def groups_apart(case: Case) -> None:
    """Two groups with rates of their own step as two optimizers do.

    A setting that is read from the constructor, and not from the group, ignores what a scheduler or a recipe sets.
    """
    inputs = case.inputs("groups")
    rate = _rate(case)
    with must_run(case):
        single = [Descent(case, inputs, lr=lr).run(3) for lr in (rate, 0.5 * rate)]
        problem, twin = Descent(case, inputs), Descent(case, inputs)
        problem.optimizer.add_param_group({"params": twin.parameters, "lr": 0.5 * rate})
        for _ in range(3):
            problem.loss()
            twin.loss()
            problem.optimizer.step()
        found = [[p.detach() for p in side.parameters] for side in (problem, twin)]
    for ours, theirs in zip(found, single, strict=True):
        agree(case, "a group must step as an optimizer of its own with the settings of the group", ours, theirs)


@check("optimizer")
def optimizer_resumes(case: Case) -> None:
    """Saved after a few steps and loaded into a new one, it goes on as one that was not stopped, bit by bit.

    State that is kept outside ``state`` and ``param_groups`` is lost in a checkpoint.
    """
    inputs = case.inputs("resume")
    with must_run(case):
        whole = Descent(case, inputs).run(6)
        first = Descent(case, inputs)
        first.run(3)
        saved = io.BytesIO()
        torch.save(first.optimizer.state_dict(), saved)
        saved.seek(0)
        second = Descent(case, inputs)
        with torch.no_grad():
            for new, old in zip(second.parameters, first.parameters, strict=True):
                new.copy_(old)
        second.optimizer.load_state_dict(torch.load(saved, weights_only=True))
        resumed = second.run(3)
    agree(case, "after a restart it must go on as one that was not stopped", resumed, whole, 0.0)


@check("optimizer")
def optimizer_repeatable(case: Case) -> None:
    """The same start gives the same steps, without a global random generator, in float32 as in float64.

    Types of parameters are kept; what depends on hashes, or draws unseen, cannot be repeated.
    """
    inputs = case.inputs("repeat")
    before = random_state()
    with must_run(case):
        for dtype in (torch.float64, torch.float32):
            first, second = (Descent(case, inputs, dtype=dtype).run(3) for _ in range(2))
            if not same(first, second):
                raise CheckFailedError(f"{case}: the same start must give the same steps; they differ in {dtype}")
            if any(value.dtype != dtype for value in first):
                raise CheckFailedError(f"{case}: parameters must stay {dtype}; received {first[0].dtype}")
    if random_state() != before:
        raise CheckFailedError(f"{case}: it must not draw from a global random generator; it does")


_BUDGET, _SOLVED = 300, 1e-2


@check("optimizer")
def solves_quadratic(case: Case) -> dict[str, float]:
    """A convex quadratic comes below 1 % of its first value within 300 steps, at its rate or one 10 or 100 times as large.

    An optimizer that cannot do this one, with a sign or a scale wrong, can do nothing.
    """
    inputs = case.inputs("quadratic")
    best = 1.0
    for factor in (10.0, 100.0, 1.0):
        lr = factor * _rate(case) if "lr" in case.named else None
        with must_run(case):
            problem = Descent(case, inputs, lr=lr)
            first = float(problem.loss())
            for _ in range(_BUDGET):
                problem.optimizer.step()
                now = float(problem.loss())
                best = min(best, now / first)
                if best < _SOLVED or not now < 1e6 * first:
                    break
        if best < _SOLVED or lr is None:
            break
    if not best < _SOLVED:
        raise CheckFailedError(
            f"{case}: a convex quadratic must come below 1 % of its first value; received {best:.2%}"
        )
    return {"reached": best}


@check("optimizer", trait=GradientScaleInvariant)
def gradient_scale_invariance(case: Case, trait: GradientScaleInvariant) -> None:
    """Multiplying the objective by 100 leaves the steps as they are.

    It is what makes the learning rate of such an optimizer a length in the space of weights.
    """
    inputs = case.inputs("scale")
    with must_run(case):
        first, second = (Descent(case, inputs, scale=scale).run(5) for scale in (1.0, 100.0))
    agree(case, "the scale of the objective must not matter", second, first, trait.tolerance)


@check("optimizer", trait=RotationEquivariant)
def rotation_equivariance(case: Case, trait: RotationEquivariant) -> None:
    """In rotated coordinates the steps are the rotated ones.

    Steps that follow from inner products of gradients have no preferred axes; those by coordinate have.
    """
    inputs = case.inputs("rotation")
    size = sum(value.numel() for _, value in tensors(inputs) if value.is_floating_point())
    noise = torch.randn(size, size, generator=generator("rotation"), dtype=torch.float64)
    rotation = torch.linalg.qr(noise).Q
    with must_run(case):
        plain = torch.cat([value.flatten() for value in Descent(case, inputs).run(5)])
        turned = Descent(case, inputs, rotation=rotation).run(5)
    agree(case, "in rotated coordinates the steps must be the rotated ones", turned, [rotation @ plain])
