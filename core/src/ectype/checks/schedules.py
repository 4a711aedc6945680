"""Schedules: rates that are numbers one can train with, the same by formula, by stepping and after a restart.

A schedule is a function of the step, ``of(step, ...)``, or makes a scheduler of torch, ``of(optimizer, ...)``.
"""

from __future__ import annotations

import inspect
import math

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

from ectype.cases import Case
from ectype.checks import check
from ectype.checks.calls import must_run
from ectype.checks.surroundings import preserved, random_state
from ectype.errors import CheckFailedError, NotApplicableError

_STEPS = 12


def rates(case: Case, count: int) -> list[float]:
    """Return the first rates of a schedule, by its formula if it is a function of the step, else by stepping."""
    if takes_optimizer(case):
        optimizer, scheduler = stepping(case)
        return [_advance(optimizer, scheduler) for _ in range(count)]
    first = first_step(case)
    return [rate(case, first + index) for index in range(count)]


def takes_optimizer(case: Case) -> bool:
    """Return whether a schedule is made for an optimizer and not a function of the step."""
    return next(iter(inspect.signature(case.component.of).parameters), "") == "optimizer"


def rate(case: Case, step: int) -> float:
    """Return the rate at a step, which is given in the type that the draw has."""
    drawn, *others = case.inputs("step")
    given = torch.full_like(drawn, step) if isinstance(drawn, Tensor) else type(drawn)(step)
    value = case.build()(given, *others)
    return float(value.flatten()[0] if isinstance(value, Tensor) and value.ndim else value)


def first_step(case: Case) -> int:
    """Return the first step that a schedule accepts: 0, or 1 where it raises ValueError for 0."""
    try:
        rate(case, 0)
    except ValueError:
        return 1
    return 0


def stepping(case: Case) -> tuple[torch.optim.Optimizer, LRScheduler]:
    """Return an optimizer with learning rate 1 and the schedule as a scheduler of torch on it."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(()))], lr=1.0)
    if not takes_optimizer(case):
        first = first_step(case)
        return optimizer, LambdaLR(optimizer, lambda done: rate(case, first + done))
    made = case.call(optimizer)
    if not isinstance(made, LRScheduler):
        raise CheckFailedError(f"{case}: it must give a scheduler of torch; received {type(made).__name__}")
    return optimizer, made


def _advance(optimizer: torch.optim.Optimizer, scheduler: LRScheduler) -> float:
    """Return the rate of the next step and do it."""
    now = float(optimizer.param_groups[0]["lr"])
    optimizer.step()
    scheduler.step()
    return now


@check("schedule")
def rates_finite(case: Case) -> dict[str, float]:
    """Every rate is a finite number that is not negative, at the first steps and at those that are drawn.

    A negative rate climbs, and 0 ** -0.5 at the first step is infinite.
    """
    with must_run(case):
        found = dict(enumerate(rates(case, _STEPS), start=0 if takes_optimizer(case) else first_step(case)))
        if not takes_optimizer(case):
            drawn = [case.inputs("rates", index)[0] for index in range(8)]
            steps = [int(s.flatten()[0] if isinstance(s, Tensor) else s) for s in drawn]
            found |= {step: rate(case, step) for step in steps}
    for step, value in found.items():
        if not math.isfinite(value) or value < 0:
            raise CheckFailedError(f"{case}: the rate must be finite and not negative; received {value} at step {step}")
    largest = max(found.values())
    if not largest:
        raise CheckFailedError(f"{case}: some rate must be positive; received 0 at every step")
    return {"largest": largest}


@check("schedule")
def rates_repeatable(case: Case) -> None:
    """A rate depends on the step alone: not on the order of calls, nor on a random generator.

    A schedule that counts its own calls is wrong as soon as somebody plots it.
    """
    before = random_state()
    with must_run(case):
        first, again = rates(case, _STEPS), rates(case, _STEPS)
        if not takes_optimizer(case):
            begin = first_step(case)
            again = [rate(case, begin + index) for index in reversed(range(_STEPS))][::-1]
    if first != again:
        raise CheckFailedError(f"{case}: the rates of the same steps must be the same; received {first}, then {again}")
    if random_state() != before:
        raise CheckFailedError(f"{case}: it must not draw from a global random generator; it does")


@check("schedule")
def stepping_equals_formula(case: Case) -> None:
    """Stepping a scheduler gives the rates of the formula.

    Off by one between the two is the usual way in which a schedule is wrong.
    """
    with must_run(case):
        optimizer, scheduler = stepping(case)
        formula = closed_form(case, scheduler)
        found = [_advance(optimizer, scheduler) for _ in range(_STEPS)]
    if any(not math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-300) for a, b in zip(found, formula, strict=True)):
        raise CheckFailedError(f"{case}: stepping must give the rates of the formula {formula}; received {found}")


def closed_form(case: Case, scheduler: LRScheduler) -> list[float]:
    """Return the first rates by formula: that of the component, or the closed form of a scheduler's class.

    Raises:
        NotApplicableError: if there is none.
    """
    if not takes_optimizer(case):
        return rates(case, _STEPS)
    if isinstance(scheduler, LambdaLR):
        return [float(scheduler.lr_lambdas[0](step)) for step in range(_STEPS)]
    if not hasattr(scheduler, "_get_closed_form_lr"):
        raise NotApplicableError(f"{case.component.id} has no closed form: it is a {type(scheduler).__name__}")
    kept, found = scheduler.last_epoch, []
    for step in range(_STEPS):
        scheduler.last_epoch = step
        found.append(float(scheduler._get_closed_form_lr()[0]))
    scheduler.last_epoch = kept
    return found


@check("schedule")
def schedule_resumes(case: Case) -> None:
    """A scheduler that was saved and loaded goes on with the rates of one that was not stopped.

    A warm-up that starts again after a restart ruins the run.
    """
    with preserved(seed=0), must_run(case):
        whole = rates(case, _STEPS)
        optimizer, scheduler = stepping(case)
        half = [_advance(optimizer, scheduler) for _ in range(_STEPS // 2)]
        saved = scheduler.state_dict(), optimizer.state_dict()
        optimizer, scheduler = stepping(case)
        scheduler.load_state_dict(saved[0])
        optimizer.load_state_dict(saved[1])
        resumed = half + [_advance(optimizer, scheduler) for _ in range(_STEPS - len(half))]
    if resumed != whole:
        raise CheckFailedError(f"{case}: after a restart the rates must be {whole}; received {resumed}")
