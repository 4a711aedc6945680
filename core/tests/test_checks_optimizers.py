"""Checks of optimizers: each refuses a broken optimizer and lets those of torch pass."""

from collections import defaultdict

import pytest
import torch
from conformance import component, fires, normal, passes, specimens, uncovered
from ectype.checks import optimizers
from ectype.errors import CheckFailedError, NotApplicableError
from ectype.traits import GradientScaleInvariant, RotationEquivariant


def start(rng):
    return normal(rng, 3), normal(rng, 2, 2)


def optimizer(of, traits=(), **setting):
    return component("optimizer", of, start, setting, traits=traits)


class Descent(torch.optim.Optimizer):
    """Gradient descent with momentum, in which the subclasses break one thing each."""

    def __init__(self, params, lr=0.1, momentum=0.5):
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure=None):
        loss = self.evaluate(closure)
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.move(p, p.grad, group)
        return loss

    def evaluate(self, closure):
        if closure is None:
            return None
        with torch.enable_grad():
            return closure()

    def velocity(self, p):
        return self.state[p].setdefault("velocity", torch.zeros_like(p))

    def move(self, p, gradient, group):
        p.sub_(group["lr"] * self.velocity(p).mul_(group["momentum"]).add_(gradient))


class NotOne:
    def __init__(self, params, lr=0.1):
        self.params, self.lr, self.state, self.param_groups = list(params), lr, {}, []

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def add_param_group(self, group):
        self.params += group["params"]

    @torch.no_grad()
    def step(self):
        for p in self.params:
            if p.grad is not None:
                p.sub_(self.lr * p.grad)


class FirstGroupOnly(Descent):
    def step(self, closure=None):
        groups, self.param_groups = self.param_groups, self.param_groups[:1]
        try:
            return super().step(closure)
        finally:
            self.param_groups = groups


class StateByName(Descent):
    def velocity(self, p):
        return self.state["velocity"].setdefault(p, torch.zeros_like(p))


class KeepsGradients(Descent):
    def zero_grad(self, set_to_none=True):
        pass


class IgnoresClosure(Descent):
    def evaluate(self, closure):
        return None


class ClosureWithoutGradients(Descent):
    def evaluate(self, closure):
        return None if closure is None else closure().detach() * 2


class MovesIdle(Descent):
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = torch.ones_like(p) if p.grad is None else p.grad
        return super().step(closure)


class Decays(Descent):
    def move(self, p, gradient, group):
        super().move(p, gradient, group)
        p.mul_(0.999)


class RateOfConstructor(Descent):
    def __init__(self, params, lr=0.1):
        super().__init__(params, lr)
        self.lr = lr

    def move(self, p, gradient, group):
        super().move(p, gradient, {**group, "lr": self.lr})


class StateOutside(Descent):
    def __init__(self, params, lr=0.1):
        self.velocities = defaultdict(float)
        super().__init__(params, lr)

    def velocity(self, p):
        if p not in self.velocities:
            self.velocities[p] = torch.zeros_like(p)
        return self.velocities[p]


class Noisy(Descent):
    def move(self, p, gradient, group):
        super().move(p, gradient + 1e-3 * torch.randn_like(gradient), group)


class InFloat64(Descent):
    def move(self, p, gradient, group):
        super().move(p, gradient, group)
        p.data = p.data.double()


class Climbs(Descent):
    def move(self, p, gradient, group):
        super().move(p, -gradient, group)


class Tiny(Descent):
    def move(self, p, gradient, group):
        super().move(p, 1e-6 * gradient, group)


class WithoutRate(Descent):
    def __init__(self, params):
        super().__init__(params, 0.1)


class BySign(Descent):
    def move(self, p, gradient, group):
        super().move(p, gradient.sign(), group)


OWN = optimizer(Descent)
SGD = optimizer(torch.optim.SGD, lr=0.1, momentum=0.9)
ADAM = optimizer(torch.optim.AdamW, lr=1e-3, weight_decay=0.1)
ALL = {"own": OWN, "SGD": SGD, "AdamW": ADAM}
SCALE, ROTATION = [GradientScaleInvariant()], [RotationEquivariant()]

TABLE = [
    specimens(
        optimizers.optimizer_protocol,
        broken={
            "of its own": (optimizer(NotOne), "must be a torch.optim.Optimizer; received NotOne"),
            "later groups": (optimizer(FirstGroupOnly), "a parameter of a group that was added must move"),
            "state": (optimizer(StateByName), "state must be kept by parameter; received keys"),
            "zero_grad": (optimizer(KeepsGradients), "zero_grad must clear gradients"),
        },
        correct=ALL,
    ),
    specimens(
        optimizers.closure,
        broken={
            "ignored": (optimizer(IgnoresClosure), r"must return the loss .*; received None"),
            "another value": (optimizer(ClosureWithoutGradients), r"must return the loss"),
        },
        correct=ALL,
    ),
    specimens(
        optimizers.missing_gradients,
        broken={"moves": (optimizer(MovesIdle), "a parameter without a gradient must stay; received")},
        correct=ALL,
    ),
    specimens(
        optimizers.zero_learning_rate,
        broken={"decays": (optimizer(Decays), "with lr=0 the weights must stay")},
        correct=ALL,
    ),
    specimens(
        optimizers.groups_apart,
        broken={
            "rate of the constructor": (optimizer(RateOfConstructor), "with the settings of the group"),
            "first group only": (optimizer(FirstGroupOnly), "with the settings of the group"),
        },
        correct=ALL,
    ),
    specimens(
        optimizers.optimizer_resumes,
        broken={"state outside": (optimizer(StateOutside), "after a restart it must go on")},
        correct=ALL,
    ),
    specimens(
        optimizers.optimizer_repeatable,
        broken={
            "noise": (optimizer(Noisy), "the same start must give the same steps"),
            "float64": (optimizer(InFloat64), "parameters must stay torch.float32; received torch.float64"),
        },
        correct=ALL,
    ),
    specimens(
        optimizers.solves_quadratic,
        broken={
            "climbs": (optimizer(Climbs), "must come below 1 %"),
            "too small": (optimizer(Tiny), "must come below 1 %"),
        },
        correct={**ALL, "without a rate": optimizer(WithoutRate)},
    ),
    specimens(
        optimizers.gradient_scale_invariance,
        broken={"descent": (optimizer(Descent, SCALE), "the scale of the objective must not matter")},
        correct={"Adam": optimizer(torch.optim.Adam, SCALE, lr=1e-2, eps=1e-12), "sign": optimizer(BySign, SCALE)},
    ),
    specimens(
        optimizers.rotation_equivariance,
        broken={"Adam": (optimizer(torch.optim.Adam, ROTATION), "the steps must be the rotated ones")},
        correct={"descent": optimizer(Descent, ROTATION)},
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
    assert not uncovered(TABLE, optimizers)


@pytest.mark.parametrize("check", [optimizers.zero_learning_rate, optimizers.groups_apart], ids=lambda c: c.name)
def test_without_a_rate_it_does_not_apply(check):
    with pytest.raises(NotApplicableError, match="no setting called lr"):
        check.function(optimizer(WithoutRate))
