"""Initialization, alpha dropout and whole networks (section 2)."""

import math
from functools import partial

import torch
from ectype import Sample
from ectype.traits import Initial
from torch import nn
from torch.nn import functional as F

from ectype_snn.alpha_dropout import SATURATION, AlphaDropout, affine_parameters, alpha_dropout
from ectype_snn.claims import oracles
from ectype_snn.claims.shared import normal, paper, refusal, seeded
from ectype_snn.network import SelfNormalizingNetwork, initial_weights
from ectype_snn.selu import selu

# Alpha dropout


@paper.component(
    "layer",
    of=affine_parameters,
    settings=[
        {"drop_rate": 0.05},
        {"drop_rate": 0.5, "mean": 0.3, "variance": 1.5},
        {"drop_rate": 0.0, "mean": -0.2, "variance": 0.5},
    ],
)
def nothing(rng):
    return ()


paper.equation("Sec. 2", of=affine_parameters)(oracles.affine_parameters)


@paper.property("Sec. 2", "for mean 0 and variance 1 factor and shift have the printed form")
def printed_form(rng):
    drop_rate = 0.9 * float(torch.rand((), generator=rng, dtype=torch.float64))
    q = 1 - drop_rate
    a = (q + SATURATION**2 * q * (1 - q)) ** (-1 / 2)
    return affine_parameters(drop_rate), (a, -a * ((1 - q) * SATURATION))


@paper.property("Sec. 2", "what is dropped is the limit of selu at minus infinity", draws=1)
def saturation(rng):
    return float(selu(torch.tensor(-800.0, dtype=torch.float64))), SATURATION


@paper.component("sampler", of=alpha_dropout, settings=[{"drop_rate": 0.1}, {"drop_rate": 0.5}])
def activations(rng, batch=4, units=50):
    return selu(normal(rng, batch, units))


@paper.component("layer", of=AlphaDropout, id="alpha-dropout-module", settings=[{"drop_rate": 0.2}])
def activations_of_module(rng, batch=4, units=50):
    return selu(normal(rng, batch, units))


def dropped(rng, drop_rate, count=200_000):
    """Activations with mean 0 and variance 1 after alpha dropout."""
    return alpha_dropout(selu(normal(rng, count)), drop_rate, rng)


@paper.property("Sec. 2", "alpha dropout keeps mean 0", draws=3)
def keeps_the_mean(rng):
    return Sample(dropped(rng, 0.1), 0.0)


@paper.property("Sec. 2", "alpha dropout keeps variance 1", draws=3)
def keeps_the_variance(rng):
    return Sample(dropped(rng, 0.3).square(), 1.0)


@paper.property("Sec. 2", "standard dropout keeps the mean but not the variance", draws=3)
def standard_dropout(rng):
    x = selu(normal(rng, 200_000))
    kept = (torch.rand(x.shape, generator=rng, dtype=torch.float64) < 0.7) * x / 0.7
    return bool(kept.mean().abs() < 0.02) and bool(kept.var() > 1.3)


@paper.property("Sec. 2", "with the same random numbers it is torch's", draws=5)
def torch_dropout(rng):
    x, seed = selu(normal(rng, 4, 50)), int(torch.randint(2**31, (), generator=rng))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        theirs = F.alpha_dropout(x, 0.3, training=True)
        torch.manual_seed(seed)
        module = AlphaDropout(0.3).train()(x)
    return [alpha_dropout(x, 0.3, torch.Generator().manual_seed(seed)), module], [theirs, theirs]


@paper.property(
    "Sec. 2", "the gradient is that of the affine map where activations are kept, and zero elsewhere", draws=3
)
def gradient_of_dropout(rng):
    x = selu(normal(rng, 4, 50)).requires_grad_()
    y = alpha_dropout(x, 0.3, rng)
    factor, shift = affine_parameters(0.3)
    lost = (y - factor * SATURATION - shift).abs() < 1e-12
    return torch.autograd.grad(y.sum(), x)[0], factor * (~lost).double()


@paper.property("Sec. 2", "in evaluation mode nothing is dropped; the rate is 0.05 unless given", draws=3)
def evaluation(rng):
    x = selu(normal(rng, 4, 50))
    rates = AlphaDropout().drop_rate, *(m.drop_rate for m in SelfNormalizingNetwork(2, 3, 1, 1).layers[2:3])
    return torch.equal(AlphaDropout(0.9).eval()(x), x) and rates == (0.05, 0.05)


# Initialization and networks


@paper.component("sampler", of=initial_weights, settings=[{"units": 3, "inputs": 4}])
def nothing_else(rng):
    return ()


@paper.property("Sec. 2", "weights have omega 0 in expectation", draws=2)
def sums_of_weights(rng):
    return Sample(initial_weights(2000, 50, rng).sum(dim=1), 0.0)


@paper.property("Sec. 2", "weights have tau 1 in expectation", draws=2)
def sums_of_squares(rng):
    return Sample(initial_weights(2000, 50, rng).square().sum(dim=1), 1.0)


@paper.component(
    "model",
    of=SelfNormalizingNetwork,
    settings=[
        {"inputs": 4, "width": 6, "depth": 3, "outputs": 2, "drop_rate": 0.0},
        {"inputs": 3, "width": 5, "depth": 1, "outputs": 2, "drop_rate": 0.3},
    ],
    traits=[
        Initial("layers.0.weight", std=lambda inputs: 1 / math.sqrt(inputs)),
        Initial("layers.*.bias", std=0.0),
    ],
)
def normalized_inputs(rng, inputs, batch=3):
    return normal(rng, batch, inputs)


paper.equation("Sec. 2", of=SelfNormalizingNetwork)(oracles.network)


@paper.reference(of=SelfNormalizingNetwork)
def torch_network(inputs, width, depth, outputs, drop_rate):
    layers = []
    for size in [inputs] + [width] * (depth - 1):
        layers += [nn.Linear(size, width), nn.SELU(), nn.AlphaDropout(drop_rate)]
    return nn.Sequential(*layers, nn.Linear(width, outputs))


@torch_network.weights
def _(ours):
    return {name.removeprefix("layers."): ours[name] for name in ours}


@paper.property("Sec. 2", "hidden layers are drawn as the first one is: variance one over their own inputs", draws=2)
def variances_of_weights(rng):
    network = seeded(rng, lambda: SelfNormalizingNetwork(50, 100, 3, 400))
    found = [layer.weight for layer in network.layers if isinstance(layer, nn.Linear)]
    scaled = torch.cat([(weight.double().square() * weight.shape[1]).flatten() for weight in found])
    return Sample(scaled, 1.0)


def deep(rng, activation, factor=1.0, width=200, layers=32, start=(0.0, 1.0)):
    """Mean and variance of the activations of a random network of 32 layers."""
    x = start[0] + start[1] ** 0.5 * normal(rng, 100, width)
    for _ in range(layers):
        x = activation(x @ initial_weights(width, width, rng).double().T * factor)
    return float(x.mean()), float(x.var())


@paper.property("Def. 1", "a random network of 32 layers keeps mean and variance near (0, 1)", draws=3)
def keeps_moments(rng):
    mean, variance = deep(rng, selu)
    return abs(mean) < 0.1 and 0.8 < variance < 1.5


@paper.property("Def. 1", "and comes near (0, 1) from elsewhere", draws=3)
def attracts_moments(rng):
    found = [deep(rng, selu, start=start) for start in ((0.5, 3.0), (-0.5, 0.2))]
    return all(abs(mean) < 0.1 and 0.8 < variance < 1.5 for mean, variance in found)


@paper.property("Sec. 2", "the same with rectified linear units loses its variance", draws=3)
def rectified_network(rng):
    return deep(rng, torch.relu)[1] < 1e-6


@paper.property(
    "Sec. 2", "with the factor 2 of the MSRA initialization it keeps its size, but its mean is not 0", draws=3
)
def msra_network(rng):
    mean, variance = deep(rng, torch.relu, math.sqrt(2))
    return mean > 0.3 * variance**0.5 and variance > 1e-4


@paper.property("Sec. 2", "sizes below one, and rates that are none, are refused by value", draws=1)
def sizes_are_refused(rng):
    x = torch.ones(3)
    wrong = {
        "inputs=0": partial(SelfNormalizingNetwork, 0, 1, 1, 1),
        "width=0": partial(SelfNormalizingNetwork, 1, 0, 1, 1),
        "depth=0": partial(SelfNormalizingNetwork, 1, 1, 0, 1),
        "outputs=0": partial(SelfNormalizingNetwork, 1, 1, 1, 0),
        "drop_rate=1.0": partial(AlphaDropout, 1.0),
        "drop_rate=-0.1": partial(alpha_dropout, x, -0.1),
        "drop_rate=1.5": partial(SelfNormalizingNetwork, 1, 1, 1, 1, 1.5),
        "variance=0.0": partial(affine_parameters, 0.1, 0.0, 0.0),
        "units=0": partial(initial_weights, 0, 1),
        "received units=1, inputs=0": partial(initial_weights, 1, 0),
    }
    taken = partial(SelfNormalizingNetwork, 1, 1, 1, 1, 0.0), partial(affine_parameters, 0.0)
    taken += (partial(initial_weights, 1, 1),)
    return all(text in refusal(call) for text, call in wrong.items()) and not any(refusal(call) for call in taken)
