"""The four classifiers (section 4)."""

from functools import partial

import torch
from ectype.declarations import Target
from torch import nn

from ectype_mnist1d.claims import oracles
from ectype_mnist1d.claims.shared import REPOSITORY, at_random, normal, paper, refusal, whole
from ectype_mnist1d.convolutional import ConvolutionalNetwork
from ectype_mnist1d.logistic import LogisticRegression
from ectype_mnist1d.multilayer_perceptron import MultilayerPerceptron
from ectype_mnist1d.presets import MODELS
from ectype_mnist1d.recurrent import RecurrentNetwork


@paper.component("model", of=LogisticRegression, settings=[{}, {"features": 3, "classes": 2}])
def to_regress(rng, features, batch=3):
    return normal(rng, batch, features)


@paper.component("model", of=MultilayerPerceptron, settings=[{}, {"features": 3, "classes": 2, "hidden": 5}])
def to_perceive(rng, features, batch=3):
    return normal(rng, batch, features)


@paper.component(
    "model",
    of=ConvolutionalNetwork,
    settings=[{}, {"length": 17, "classes": 3, "channels": 4}, {"length": 3}, {"length": 18}],
)
def to_convolve(rng, length, batch=3):
    return normal(rng, batch, length)


@paper.component(
    "model",
    of=RecurrentNetwork,
    settings=[{}, {"length": 5, "classes": 3, "hidden": 4}],
    expected_failures={"compiles": "torch.compile does not trace nn.GRU"},
)
def to_read(rng, length, batch=3):
    return normal(rng, batch, length)


paper.equation("Sec. 4", of=LogisticRegression)(oracles.logistic_regression)
paper.equation("Sec. 4", of=MultilayerPerceptron)(oracles.multilayer_perceptron)
paper.equation("Sec. 4", of=ConvolutionalNetwork)(oracles.convolutional_network)
paper.equation("Sec. 4", of=RecurrentNetwork)(oracles.recurrent_network)


@paper.reference(of=LogisticRegression)
def torch_linear(features, classes):
    return nn.Linear(features, classes)


@torch_linear.weights
def _(ours):
    return {"weight": ours["linear.weight"], "bias": ours["linear.bias"]}


class Images(nn.Module):
    """The convolutional network as one of images of one line."""

    def __init__(self, length, classes, channels):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, channels, (1, 5), stride=(1, 2), padding=(0, 1)),
            nn.ReLU(),
            nn.Conv2d(channels, channels, (1, 3), stride=(1, 2), padding=(0, 1)),
            nn.ReLU(),
            nn.Conv2d(channels, channels, (1, 3), stride=(1, 2), padding=(0, 1)),
            nn.ReLU(),
            nn.Flatten(),
            nn.LazyLinear(classes),
        )
        self.layers(torch.zeros(1, 1, 1, length))

    def forward(self, x):
        return self.layers(x[:, None, None])


@paper.reference(of=ConvolutionalNetwork)
def torch_images(length, classes, channels):
    return Images(length, classes, channels)


@torch_images.weights
def _(ours):
    convolutions = {
        f"layers.{place}.{kind}": ours[f"{name}.{kind}"].unsqueeze(2) if kind == "weight" else ours[f"{name}.{kind}"]
        for name, place in {"first": 0, "second": 2, "third": 4}.items()
        for kind in ("weight", "bias")
    }
    return {**convolutions, "layers.7.weight": ours["linear.weight"], "layers.7.bias": ours["linear.bias"]}


class Cells(nn.Module):
    """The recurrent network step by step, with torch's cells."""

    def __init__(self, length, classes, hidden):
        super().__init__()
        self.forward_cell, self.backward_cell = nn.GRUCell(1, hidden), nn.GRUCell(1, hidden)
        self.linear = nn.Linear(2 * hidden * length, classes)

    def read(self, cell, points):
        states = []
        for point in points:
            states.append(cell(point[:, None], states[-1] if states else None))
        return states

    def forward(self, x):
        points = x.unbind(1)
        there, back = self.read(self.forward_cell, points), self.read(self.backward_cell, points[::-1])[::-1]
        both = [torch.cat(pair, dim=1) for pair in zip(there, back, strict=True)]
        return self.linear(torch.cat(both, dim=1))


@paper.reference(of=RecurrentNetwork)
def torch_cells(length, classes, hidden):
    return Cells(length, classes, hidden)


@torch_cells.weights
def _(ours):
    cells = {
        f"{cell}.{kind}": ours[f"gru.{kind}_l0{direction}"]
        for cell, direction in {"forward_cell": "", "backward_cell": "_reverse"}.items()
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    }
    return {**cells, "linear.weight": ours["linear.weight"], "linear.bias": ours["linear.bias"]}


@paper.property("Sec. 4", "logistic regression and MLP have no spatial prior: features can change places with weights")
def no_spatial_prior(rng):
    x, order = normal(rng, 3, 40), torch.randperm(40, generator=rng)
    found = []
    for make, first in ((LogisticRegression, "linear"), (MultilayerPerceptron, "first")):
        network, other = at_random(rng, make), make().double()
        weights = network.state_dict()
        other.load_state_dict({**weights, f"{first}.weight": weights[f"{first}.weight"][:, order]})
        found.append((network(x), other(x[:, order])))
    return tuple(zip(*found, strict=True))


@paper.property(
    "Fig. 2", "the convolutions are translation invariant: 8 points in are one place out, away from the ends"
)
def convolutions_shift(rng):
    network, x = at_random(rng, lambda: ConvolutionalNetwork(length=80)), normal(rng, 2, 80)
    shifted = network.features(x.roll(8, dims=1))
    return network.features(x)[:, :, 2:-3], shifted[:, :, 3:-2]


@paper.property("Fig. 2", "the convolutions are local: each place sees 17 points")
def convolutions_are_local(rng):
    network = at_random(rng, ConvolutionalNetwork)
    for name, parameter in network.named_parameters():
        if name.endswith("weight"):
            parameter.data.abs_()  # nothing is cut off by a ReLU
        else:
            parameter.data.fill_(1.0)
    slopes = torch.func.jacrev(lambda x: network.features(x[None])[0].sum(dim=0))(normal(rng, 40).abs())
    seen = [row.nonzero().flatten().tolist() for row in slopes]
    return all(places == [p for p in range(8 * i - 7, 8 * i + 10) if 0 <= p < 40] for i, places in enumerate(seen))


@paper.property("Fig. 2", "the recurrent network reads both ways: a state depends on what was read before it only")
def reading_directions(rng):
    network, place = at_random(rng, RecurrentNetwork), int(whole(rng, 1, 38))
    x = normal(rng, 2, 40)
    other = x.clone()
    other[:, place] += 1
    changed = (network.states(other) != network.states(x)).any(dim=0)
    there, back = changed[:, :6].any(dim=1), changed[:, 6:].any(dim=1)
    return not there[:place].any() and not back[place + 1 :].any() and bool(there[place]) and bool(back[place])


@paper.property("Sec. 4", "sizes below one, and samples shorter than the first kernel, are refused by value", draws=1)
def sizes_are_refused(rng):
    sizes = {
        LogisticRegression: {"features": 1, "classes": 1},
        MultilayerPerceptron: {"features": 1, "classes": 1, "hidden": 1},
        ConvolutionalNetwork: {"length": 3, "classes": 1, "channels": 1},
        RecurrentNetwork: {"length": 1, "classes": 1, "hidden": 1},
    }
    return not any(refusal(partial(make, **least)) for make, least in sizes.items()) and all(
        f"{name}={value - 1}" in refusal(partial(make, **{**least, name: value - 1}))
        for make, least in sizes.items()
        for name, value in least.items()
    )


@paper.claim(
    "Sec. 4",
    "parameters",
    printed={
        name: Target(count, source=f"{REPOSITORY} notebooks/mnist1d-classification.ipynb")
        for name, count in {"logistic": "410", "mlp": "15210", "cnn": "5210", "gru": "5134"}.items()
    },
)
def parameters(row):
    return sum(parameter.numel() for parameter in MODELS[row]().parameters())


@parameters.derivation
def _(row):
    linear = lambda inputs, outputs: (inputs + 1) * outputs  # noqa: E731
    return {
        "logistic": linear(40, 10),
        "mlp": linear(40, 100) + linear(100, 100) + linear(100, 10),
        "cnn": linear(5, 25) + 2 * linear(3 * 25, 25) + linear(5 * 25, 10),
        "gru": 2 * 3 * (linear(1, 6) + linear(6, 6)) + linear(40 * 2 * 6, 10),
    }[row]
