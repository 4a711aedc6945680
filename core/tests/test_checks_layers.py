"""Checks of layers and models, and of their state: each refuses a broken component and lets a correct one pass."""

import pytest
import torch
from conformance import component, fires, normal, passes, rows, specimens, tanh, uncovered
from ectype.checks import layers, states
from ectype.errors import CheckFailedError, NotApplicableError
from ectype.traits import TrainingDiffers
from torch import nn
from torch.nn import functional as F


class Linear(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.map = nn.Linear(4, width)

    def forward(self, x):
        return self.map(x)


def layer(of, *settings, draw=rows, traits=()):
    return component("layer", of, draw, *settings, traits=traits)


class Dropped(Linear):
    def __init__(self, dropout=0.5):
        super().__init__()
        self.dropout = dropout

    def forward(self, x):
        return F.dropout(self.map(x), self.dropout, training=self.training)


class DroppedAlways(Dropped):
    def forward(self, x):
        return F.dropout(self.map(x), self.dropout, training=True)


class DroppedNever(Dropped):
    def forward(self, x):
        return F.dropout(self.map(x), self.dropout, training=False)


class LouderInTraining(Linear):
    def forward(self, x):
        return self.map(x) * (1.5 if self.training else 1.0)


class Normalised(Linear):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(4)

    def forward(self, x):
        return self.norm(self.map(x).transpose(1, 2)).transpose(1, 2)


class Counting(Linear):
    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        self.calls += 1
        return self.map(x)


class FromList(Linear):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(float(torch.ones(()).item()), device="cpu"))


class OwnNoise(Linear):
    """Draws what it does not save."""

    def __init__(self):
        super().__init__()
        self.noise = torch.randn(4).tolist()

    def forward(self, x):
        return self.map(x) + torch.tensor(self.noise, dtype=x.dtype)


class Lenient(Linear):
    def load_state_dict(self, state_dict, strict=True, assign=False):
        return super().load_state_dict(state_dict, strict=False)


class WithLambda(Linear):
    def __init__(self):
        super().__init__()
        self.activation = lambda x: x.relu()

    def forward(self, x):
        return self.activation(self.map(x))


class SharedWhenCopied(Linear):
    def __deepcopy__(self, memo):
        other = type(self)()
        other.map = self.map
        return other.eval()


def noisy(x):
    return x + torch.randn_like(x)


def no_one(rng, batch=2, length=3):
    if length < 2:
        raise RuntimeError("too short to draw")
    return normal(rng, batch, length, 4)


def differences(x):
    if x.shape[1] < 2:
        raise ValueError(f"length must be at least 2; received {x.shape[1]}")
    return x.diff(dim=1)


FUNCTION = layer(tanh)
MODULE = layer(Linear)

TABLE = [
    specimens(
        layers.runs,
        broken={
            "raises": (layer(lambda x: x @ x), "must not raise"),
            "NaN": (layer(lambda x: (x - x) / (x - x)), r"draw 0: outputs must not be NaN; received"),
            "NaN in one setting": (layer(lambda x, p: x.abs() ** p / 0**p * 0, {"p": 0.0}, {"p": 1.0}), "p=1.0"),
        },
        correct={"function": FUNCTION, "module": MODULE, "model": component("model", Linear, rows, {"width": 2})},
    ),
    specimens(
        layers.builds_on_meta,
        broken={"reads a value": (layer(FromList), "meta")},
        correct={"module": MODULE, "buffers": layer(Normalised)},
    ),
    specimens(
        layers.outputs_follow_axes,
        broken={
            "a size written down": (layer(lambda x: x[:, :3]), "a dimension as long as length must follow it"),
            "a squeeze": (layer(lambda x: x.reshape(2, -1, 4) if len(x) == 2 else x.flatten()), "rank of outputs"),
        },
        correct={"function": FUNCTION, "module": MODULE, "shorter": layer(lambda x: x.diff(dim=1))},
    ),
    specimens(
        layers.length_one,
        broken={
            "a squeeze": (layer(lambda x: x.squeeze().transpose(0, 2)), "batch=1: must not raise"),
            "a mean of nothing": (layer(lambda x: x.diff(dim=1).mean(dim=1)), "length=1: outputs must not be NaN"),
        },
        correct={"module": MODULE, "refused": layer(differences), "not drawn": layer(tanh, draw=no_one)},
    ),
    specimens(
        layers.empty_batch,
        broken={
            "raises": (layer(lambda x: x - x.amax()), "batch=0: must not raise"),
            "not empty": (layer(lambda x: x if len(x) else x.new_zeros(1, 3, 4)), "must give empty outputs"),
        },
        correct={"function": FUNCTION, "module": MODULE},
    ),
    specimens(
        layers.batch_independence,
        broken={
            "softmax over the batch": (layer(lambda x: x.softmax(0)), "an item alone"),
            "depends on the place": (layer(lambda x: x * torch.arange(len(x)).view(-1, 1, 1)), "an item alone"),
            "neighbours": (layer(lambda x: x + x.roll(1, 0)), "an item alone"),
        },
        correct={"function": FUNCTION, "module": MODULE, "batch statistics": layer(Normalised)},
    ),
    specimens(
        layers.evaluation_is_pure,
        broken={
            "noise": (layer(noisy), "global random generator"),
            "dropout": (layer(DroppedAlways), "global random generator"),
            "a counter": (layer(Counting), r"must not change parameters or buffers; changed: \['calls'\]"),
        },
        correct={"function": FUNCTION, "dropout": layer(Dropped), "batch statistics": layer(Normalised)},
    ),
    specimens(
        layers.training_mode,
        broken={
            "dropout never": (layer(DroppedNever, {"dropout": 0.5}), "must differ, because of dropout=0.5"),
            "more than said": (layer(LouderInTraining), "training mode must compute the same"),
        },
        correct={
            "dropout": layer(Dropped, {"dropout": 0.5}),
            "no dropout": layer(Dropped, {"dropout": 0.0}),
            "batch statistics": layer(Normalised),
            "said": layer(LouderInTraining, traits=[TrainingDiffers()]),
            "module": MODULE,
        },
    ),
    specimens(
        states.state_through_safetensors,
        broken={"draws what it does not save": (layer(OwnNoise), "its saved state must give the same")},
        correct={"module": MODULE, "buffers": layer(Normalised)},
    ),
    specimens(
        states.strict_loading,
        broken={"lenient": (layer(Lenient), "a state without map.weight must be refused")},
        correct={"module": MODULE},
    ),
    specimens(
        states.copies,
        broken={
            "a lambda": (layer(WithLambda), "a copy: must not raise"),
            "shared": (layer(SharedWhenCopied), "must share no memory"),
        },
        correct={"module": MODULE, "buffers": layer(Normalised)},
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
    assert not uncovered(TABLE, layers, states)


@pytest.mark.parametrize(
    ("check", "made", "reason"),
    [
        (layers.builds_on_meta, FUNCTION, "is a function"),
        (layers.training_mode, FUNCTION, "is a function"),
        (states.copies, FUNCTION, "is a function"),
        (states.strict_loading, layer(nn.Tanh), "neither parameters nor buffers"),
        (
            layers.batch_independence,
            layer(tanh, draw=lambda rng, length=3: normal(rng, length)),
            "no free axis called batch",
        ),
        (layers.batch_independence, layer(lambda x: x.sum()), "no output"),
        (
            layers.batch_independence,
            layer(lambda f, x: f(x), draw=lambda rng, batch=2: (tanh, normal(rng, batch))),
            "cannot be cut",
        ),
        (layers.outputs_follow_axes, layer(tanh, draw=lambda rng: normal(rng, 3)), "no free axis"),
        (
            layers.length_one,
            layer(differences, draw=lambda rng, length=3: normal(rng, 1, length)),
            "length refused: length must be",
        ),
        (layers.runs, layer(lambda x: float(x.sum())), "returns no tensor"),
    ],
)
def test_says_why_it_does_not_apply(check, made, reason):
    with pytest.raises(NotApplicableError, match=reason):
        check.function(made)
