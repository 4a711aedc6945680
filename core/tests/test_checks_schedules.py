"""Checks of schedules: each refuses a broken component and lets a correct one pass."""

import random

import pytest
import torch
from conformance import component, fires, passes, specimens, uncovered
from ectype.checks import schedules
from ectype.errors import CheckFailedError, NotApplicableError
from torch.optim.lr_scheduler import ExponentialLR, LambdaLR


def a_step(rng):
    return int(torch.randint(1, 1000, (), generator=rng))


def schedule(of, *settings, draw=a_step):
    return component("schedule", of, draw, *settings)


def inverse_root(step):
    if step < 1:
        raise ValueError(f"step must be at least 1; received {step}")
    return step**-0.5


def from_zero(step, warmup=4):
    return min(1.0, step / warmup)


def by_lambda(optimizer):
    return LambdaLR(optimizer, from_zero)


def exponential(optimizer, gamma=0.9):
    return ExponentialLR(optimizer, gamma)


class Counts:
    calls = 0


def counts_calls(step):
    Counts.calls += 1
    return 1 / Counts.calls


def jitters(step):
    return 1.0 + 0 * random.random()


class OneAhead(ExponentialLR):
    """Its formula is one step ahead of its steps."""

    def _get_closed_form_lr(self):
        return [base * self.gamma ** (self.last_epoch + 1) for base in self.base_lrs]


class Forgets(LambdaLR):
    """Warms up again after a restart."""

    def load_state_dict(self, state_dict):
        pass


class FromTheLast(ExponentialLR):
    """Keeps what is to come in a list that is not saved."""

    def __init__(self, optimizer):
        self.waiting = list(range(99))
        super().__init__(optimizer, 0.9)

    def get_lr(self):
        return [0.9 ** self.waiting.pop(0)]

    def state_dict(self):
        return {key: value for key, value in super().state_dict().items() if key != "waiting"}


class Chained(torch.optim.lr_scheduler.LRScheduler):
    def get_lr(self):
        return [group["lr"] * 0.5 for group in self.optimizer.param_groups]


TABLE = [
    specimens(
        schedules.rates_finite,
        broken={
            "negative": (schedule(lambda step: 3.0 - step), "must be finite and not negative; received"),
            "infinite": (schedule(lambda step: float("inf") if step == 0 else 1.0), "received inf at step 0"),
            "raises": (schedule(lambda step: step**-0.5), "must not raise"),
            "zero": (schedule(lambda step: 0.0), "some rate must be positive"),
        },
        correct={
            "from one": schedule(inverse_root),
            "from zero": schedule(from_zero, {"warmup": 3}),
            "of tensors": schedule(lambda steps: steps.double().add(1).rsqrt(), draw=lambda rng: torch.arange(4)),
            "scheduler": schedule(exponential),
        },
    ),
    specimens(
        schedules.rates_repeatable,
        broken={
            "counts": (schedule(counts_calls), "the rates of the same steps must be the same"),
            "draws": (schedule(jitters), "must not draw from a global random generator"),
        },
        correct={"from one": schedule(inverse_root), "scheduler": schedule(by_lambda)},
    ),
    specimens(
        schedules.stepping_equals_formula,
        broken={
            "one ahead": (schedule(lambda optimizer: OneAhead(optimizer, 0.9)), "must give the rates of the formula"),
            "no scheduler": (schedule(lambda optimizer: 0.1), "it must give a scheduler of torch; received float"),
        },
        correct={
            "formula": schedule(inverse_root),
            "closed form": schedule(exponential),
            "lambda": schedule(by_lambda),
        },
    ),
    specimens(
        schedules.schedule_resumes,
        broken={
            "forgets": (schedule(lambda optimizer: Forgets(optimizer, from_zero)), "after a restart the rates must be"),
            "a list": (schedule(FromTheLast), "after a restart the rates must be"),
        },
        correct={"formula": schedule(inverse_root), "scheduler": schedule(exponential)},
    ),
]


@fires(TABLE)
def test_fires(check, made, text):
    with pytest.raises(CheckFailedError, match=text):
        check.function(made)


@passes(TABLE)
def test_passes(check, made):
    check.function(made)


def test_every_check_is_tested():
    assert not uncovered(TABLE, schedules)


def test_a_schedule_without_closed_form_says_so():
    with pytest.raises(NotApplicableError, match="no closed form: it is a Chained"):
        schedules.stepping_equals_formula.function(schedule(lambda optimizer: Chained(optimizer)))
