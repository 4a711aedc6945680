"""Checks of gradients, numbers, purity and settings: each refuses a broken component and lets a correct one pass."""

import random
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest
import torch
from beartype import beartype
from conformance import component, fires, normal, passes, rows, specimens, tanh, uncovered
from ectype.checks import exercise, gradients, numerics, purity, settings
from ectype.checks.surroundings import random_state
from ectype.checks.surroundings import settings as process
from ectype.declarations import KINDS
from ectype.errors import CheckFailedError, NotApplicableError
from jaxtyping import jaxtyped
from torch import nn


class Linear(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        if width < 1:
            raise ValueError(f"width must be at least 1; received {width}")
        self.map = nn.Linear(4, width)

    def forward(self, x):
        return self.map(x)


class Unused(Linear):
    def __init__(self):
        super().__init__()
        self.idle = nn.Parameter(torch.zeros(3))


class Detached(Linear):
    def forward(self, x):
        return x + self.map(x).detach()


class Multiplied(Linear):
    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(()))

    def forward(self, x):
        return self.map(x) + 0 * self.gain


class Infinite(Linear):
    def forward(self, x):
        return (self.map(x) * 0).abs().sqrt()


class WrongBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.sin()

    @staticmethod
    def backward(ctx, gradient):
        return gradient


class Residual(Linear):
    def forward(self, x):
        y = self.map(x)
        y += x
        return y


class Checked(nn.Module):
    """A linear map that checks its width twice: when built, and by a setting that only the call uses."""

    def __init__(self, width, scale=1.0):
        super().__init__()
        if width < 1:
            raise ValueError(f"width must be at least 1; received {width}")
        self.map, self.scale = nn.Linear(4, width), scale

    def forward(self, x):
        return self.map(x) * self.scale


@dataclass(frozen=True)
class Sizes:
    width: int = 3
    dropout: float = 0.1

    def __post_init__(self):
        if self.width < 1 or not 0 <= self.dropout < 1:
            raise ValueError(f"width must be at least 1, dropout in [0, 1); received {self.width}, {self.dropout}")


class BySizes(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.map = nn.Linear(4, sizes.width)

    def forward(self, x):
        return self.map(x)


def in_place(x):
    return x.mul_(2)


def in_place_and_back(x):
    x += 1
    y = x.tanh()
    x -= 1
    return y


def in_python_order(x):
    return torch.as_strided(x, x.shape, torch.empty(x.shape).stride()) * 1.0


class Clock:
    calls = 0


def unrepeatable(x):
    Clock.calls += 1
    return x * Clock.calls


def sets_default_type(x):
    torch.set_default_dtype(torch.float64)
    return x.tanh()


def switches_gradients_off(x):
    torch.set_grad_enabled(False)
    return x.tanh()


def sets_threads(x):
    torch.set_num_threads(torch.get_num_threads() + 1)
    return x.tanh()


def seeds_torch(x):
    torch.manual_seed(0)
    return x.tanh()


def seeds_numpy(x):
    np.random.seed(0)
    return x.tanh()


class SeedsWhenBuilt(Linear):
    def __init__(self):
        random.seed(0)
        super().__init__()


def root(x, power):
    """A root.

    Raises:
        ValueError: power is not positive.
    """
    return x.abs() ** (1 / max(power, 1e-9))


def checked_root(x, power):
    """A root.

    Raises:
        ValueError: power is not positive.
    """
    if power <= 0:
        raise ValueError(f"power must be positive; received {power}")
    return x.abs() ** (1 / power)


def below(x, bound, limit):
    """Raise for a bound that is not below a limit.

    Raises:
        ValueError: bound is not below the limit.
    """
    if not bound < limit:
        raise ValueError(f"bound must be below {limit}; received {bound}")
    return x.clamp(max=bound)


@jaxtyped(typechecker=beartype)
def activation(x: torch.Tensor, kind: Literal["tanh", "relu"]):
    return x.tanh() if kind == "tanh" else x.relu()


def dropped(x, dropout):
    return x * (1 - dropout)


def vague(x, width):
    if width < 1:
        raise ValueError("width is not valid")
    return x[..., :width]


def labels(rng, batch=3):
    return normal(rng, batch, 4), torch.randint(0, 2, (batch,), generator=rng).double()


def layer(of, *values, draw=rows, traits=()):
    return component("layer", of, draw, *values, traits=traits)


FUNCTION = layer(tanh)
MODULE = layer(Linear)

TABLE = [
    specimens(
        gradients.parameter_gradients,
        broken={
            "not connected": (layer(Unused), "received idle: none"),
            "detached": (layer(Detached), "received map.weight: none, map.bias: none"),
            "times zero": (layer(Multiplied), "received gain: zero everywhere"),
            "root of zero": (layer(Infinite), "must be finite"),
        },
        correct={"module": MODULE, "two settings": layer(Linear, {"width": 1}, {"width": 4})},
    ),
    specimens(
        gradients.gradients_match_differences,
        broken={
            "a detached term": (layer(lambda x: x.sin() + x.square().detach()), "the quotient of differences"),
            "everything detached": (layer(lambda x: x.sin().detach()), "received 0"),
            "a backward pass": (layer(lambda x: WrongBackward.apply(x)), "the quotient of differences"),
            "rounded on the way": (layer(lambda x: (x.sin() * 1e5).round() / 1e5), "the quotient of differences"),
            "a detached parameter": (layer(Detached), "the quotient of differences"),
        },
        correct={
            "function": FUNCTION,
            "module": MODULE,
            "a kink": layer(lambda x: x.relu()),
            "in place": layer(Residual),
            "labels are no numbers": layer(lambda x, y: x.sum(1) * y.detach(), draw=labels),
            "constant": layer(lambda x: (x > 0).to(x)),
        },
    ),
    specimens(
        numerics.types_kept,
        broken={
            "a constant of another type": (
                layer(lambda x: x + torch.zeros(4)),
                "torch.bfloat16 must give torch.bfloat16",
            ),
            "float32": (layer(lambda x: x.float()), "torch.float64 must give torch.float64; received torch.float32"),
            "NaN": (layer(lambda x: x * (1.0 if x.dtype != torch.bfloat16 else float("nan"))), "must not give NaN"),
        },
        correct={"function": FUNCTION, "module": MODULE, "a mask": layer(lambda x: (x, x > 0))},
    ),
    specimens(
        numerics.autocast,
        broken={
            "the type of something else": (layer(lambda x: (x @ x.mT).view(torch.int32).float()), "autocast"),
            "overflow": (layer(lambda x: ((x @ x.mT) * 0 + 256) + 1 - 256), "nearly the same"),
        },
        correct={"function": FUNCTION, "module": MODULE},
    ),
    specimens(
        numerics.large_inputs,
        broken={
            "exponential": (layer(lambda x: x.exp() / (1 + x.exp())), "outputs must stay finite"),
            "its gradient": (
                layer(lambda x: torch.where(x > 50, x, x.clamp(max=1e9).exp().log1p())),
                "the gradient of",
            ),
        },
        correct={"function": FUNCTION, "module": MODULE, "stable": layer(lambda x: nn.functional.softplus(x))},
    ),
    specimens(
        numerics.zero_inputs,
        broken={
            "a norm": (layer(lambda x: x / x.square().sum(-1, keepdim=True)), "outputs must stay finite; received nan"),
            "a root": (layer(lambda x: x.square().sum(-1).sqrt()), "the gradient of input"),
        },
        correct={
            "function": FUNCTION,
            "module": MODULE,
            "minus infinity as always": layer(lambda x: (x * 0 - 1).log().isnan()),
        },
    ),
    specimens(
        purity.inputs_not_modified,
        broken={
            "in place": (layer(in_place), r"input\[0\] must not be modified"),
            "and back": (layer(in_place_and_back), r"input\[0\] must not be modified"),
        },
        correct={"function": FUNCTION, "module": MODULE, "its own": layer(Residual)},
    ),
    specimens(
        purity.strided_inputs,
        broken={
            "view": (layer(lambda x: x.view(-1)), "inputs that are not contiguous: must not raise"),
            "memory order": (layer(in_python_order), "must give the same"),
        },
        correct={"function": FUNCTION, "module": MODULE, "flatten": layer(lambda x: x.flatten())},
    ),
    specimens(
        purity.repeatable,
        broken={"counts calls": (layer(unrepeatable), "the same seed must give the same bits")},
        correct={"function": FUNCTION, "module": MODULE, "dropout": layer(nn.Dropout)},
    ),
    specimens(
        purity.process_unchanged,
        broken={
            "default type": (layer(sets_default_type), "default dtype: torch.float32 to torch.float64"),
            "gradients": (layer(switches_gradients_off), "grad mode: True to False"),
            "threads": (layer(sets_threads), "number of threads"),
        },
        correct={"function": FUNCTION, "module": MODULE},
    ),
    specimens(
        purity.never_reseeds,
        broken={
            "torch": (layer(seeds_torch), "the global generator of torch must not be seeded"),
            "NumPy": (layer(seeds_numpy), "of NumPy"),
            "when built": (layer(SeedsWhenBuilt), "of Python"),
        },
        correct={"function": FUNCTION, "module": MODULE, "dropout": layer(nn.Dropout)},
    ),
    specimens(
        settings.invalid_settings,
        broken={
            "another error": (
                layer(nn.Linear, {"in_features": 4, "out_features": 2}),
                "received RuntimeError: .*-4|received",
            ),
            "accepted against the docstring": (
                layer(root, {"power": 2.0}),
                "the docstring says under Raises that power is",
            ),
            "NaN": (
                layer(lambda x, eps: (x.square() + eps).sqrt(), {"eps": 1.0}),
                "eps=-1.0: must raise ValueError or work",
            ),
            "a probability": (layer(dropped, {"dropout": 0.5}), "dropout=-0.5: must raise ValueError; it is accepted"),
            "without the value": (
                layer(vague, {"width": 2}),
                "must say the received value; received width is not valid",
            ),
            "any choice": (layer(lambda x, kind: x, {"kind": "tanh"}), "kind='no-such-choice': must raise ValueError"),
            "divides by zero": (layer(lambda x, parts: x.sum() / (4 // parts), {"parts": 2}), "ZeroDivisionError"),
        },
        correct={
            "module": layer(Linear, {"width": 3}),
            "by a settings object": layer(BySizes, Sizes()),
            "by one in a mapping": layer(BySizes, {"sizes": Sizes()}),
            "docstring": layer(checked_root, {"power": 2.0}),
            "an annotation": layer(activation, {"kind": "tanh"}),
            "refuses what is large": layer(below, {"bound": 2.0, "limit": 100}),
            "anything is fine": layer(lambda x, shift: x + shift, {"shift": 1.0}),
            "the draw asks for it": layer(
                lambda x, width: x.unflatten(-1, (-1, width)) if width > 0 else Linear(width),
                {"width": 2},
                draw=lambda rng, width, batch=2: normal(rng, batch, 2 * width),
            ),
        },
    ),
]


@fires(TABLE)
def test_fires(check, made, text):
    before = process()
    with pytest.raises(CheckFailedError, match=text):
        check.function(made)
    assert process() == before


@passes(TABLE)
def test_passes(check, made):
    before = random_state()
    check.function(made)
    assert random_state() == before


ACCELERATED = [
    specimens(
        numerics.device_parity,
        broken={"a tensor made on the CPU": (layer(lambda x: x + torch.ones(4, device="cpu")), "meta: must not raise")},
        correct={"function": FUNCTION, "module": MODULE},
    )
]


@fires(ACCELERATED)
def test_device_parity_fires(check, made, text, monkeypatch):
    monkeypatch.setattr(numerics, "accelerator", lambda: torch.device("meta"))
    with pytest.raises(CheckFailedError, match=text):
        check.function(made)


@passes(ACCELERATED)
def test_device_parity_passes(check, made, monkeypatch):
    monkeypatch.setattr(numerics, "accelerator", lambda: torch.device("cpu"))
    check.function(made)


def test_every_check_is_tested():
    assert not uncovered(TABLE + ACCELERATED, gradients, numerics, purity, settings)


@pytest.mark.parametrize(
    ("check", "made", "reason"),
    [
        (gradients.parameter_gradients, FUNCTION, "is a function"),
        (gradients.parameter_gradients, layer(nn.Tanh), "no parameter"),
        (
            gradients.gradients_match_differences,
            layer(lambda x: x + 1, draw=lambda rng: torch.arange(3)),
            "neither parameters nor",
        ),
        (gradients.gradients_match_differences, layer(lambda x: x > 0), "returns no real numbers"),
        (numerics.types_kept, layer(lambda x: x + 1, draw=lambda rng: torch.arange(3)), "neither parameters nor"),
        (
            numerics.large_inputs,
            layer(lambda x: x.sqrt(), draw=lambda rng: normal(rng, 9).abs()),
            "its domain is not known",
        ),
        (purity.strided_inputs, layer(lambda length: torch.arange(length), draw=lambda rng: 3), "takes no tensor"),
        (settings.invalid_settings, FUNCTION, "no declared setting"),
    ],
)
def test_says_why_it_does_not_apply(check, made, reason):
    with pytest.raises(NotApplicableError, match=reason):
        check.function(made)


def test_without_an_accelerator_parity_does_not_apply(monkeypatch):
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    with pytest.raises(NotApplicableError, match="no accelerator"):
        numerics.device_parity.function(FUNCTION)


def test_every_kind_can_be_exercised():
    assert set(KINDS) == purity.process_unchanged.kinds
    assert exercise.exercise.__doc__
