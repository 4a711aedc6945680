"""Table 1: what each method of normalization is invariant to, and what it is not (section 5.1)."""

import torch

from ectype_layernorm.batch_norm import batch_norm
from ectype_layernorm.claims.shared import normal, paper, positive
from ectype_layernorm.layer_norm import layer_norm
from ectype_layernorm.weight_norm import weight_norm

CASES, INPUTS, UNITS = 6, 4, 5


def batch(inputs, weight, gain, bias):
    return batch_norm(inputs @ weight.T, gain, bias, 0.0)


def layer(inputs, weight, gain, bias):
    return layer_norm(inputs @ weight.T, gain, bias, 0.0)


def rescale_weights(rng, inputs, weight):
    return inputs, 3 * positive(rng) * weight


def recentre_weights(rng, inputs, weight):
    return inputs, weight + 1 + positive(rng, INPUTS)


def rescale_weight_vector(rng, inputs, weight):
    factors = torch.ones(UNITS, 1, dtype=torch.float64)
    factors[int(torch.randint(UNITS, (), generator=rng))] = 3 * positive(rng)
    return inputs, factors * weight


def rescale_data(rng, inputs, weight):
    return 3 * positive(rng) * inputs, weight


def recentre_data(rng, inputs, weight):
    return inputs + 1 + positive(rng, INPUTS), weight


def rescale_case(rng, inputs, weight):
    factors = torch.ones(CASES, 1, dtype=torch.float64)
    factors[int(torch.randint(CASES, (), generator=rng))] = 3 * positive(rng)
    return factors * inputs, weight


COLUMNS = {
    "re-scaling the weight matrix": rescale_weights,
    "re-centring the weight matrix": recentre_weights,
    "re-scaling a single weight vector": rescale_weight_vector,
    "re-scaling the data set": rescale_data,
    "re-centring the data set": recentre_data,
    "re-scaling a single training case": rescale_case,
}

ROWS = {
    "batch norm": (batch, "yes no yes yes yes no"),
    "weight norm": (weight_norm, "yes no yes no no no"),
    "layer norm": (layer, "yes yes no yes no yes"),
}


def drawn(rng):
    return normal(rng, CASES, INPUTS), normal(rng, UNITS, INPUTS), positive(rng, UNITS), normal(rng, UNITS)


def cell(method, change):
    """A test of one cell of the table."""

    def test(rng):
        inputs, weight, gain, bias = drawn(rng)
        changed = change(rng, inputs, weight)
        return method(inputs, weight, gain, bias), method(*changed, gain, bias)

    return test


for row, (method, cells) in ROWS.items():
    for (column, change), printed in zip(COLUMNS.items(), cells.split(), strict=True):
        name = f"{row} {column}".replace(" ", "-")
        text = f"{row} {'is' if printed == 'yes' else 'is not'} invariant to {column}"
        paper.property("Tab. 1", text, holds=printed == "yes", id=name)(cell(method, change))


@paper.property(
    "Sec. 5.1", "normalization of the input before the weights is not invariant to re-scaling them", holds=False
)
def input_before_rescaled_weights(rng):
    return before_the_weights(rng, rescale_weights)


@paper.property("Sec. 5.1", "nor to re-centring them", holds=False)
def input_before_recentred_weights(rng):
    return before_the_weights(rng, recentre_weights)


def before_the_weights(rng, change):
    inputs, weight, _, _ = drawn(rng)
    ones, zeros = torch.ones(INPUTS).double(), torch.zeros(INPUTS).double()
    normalized = layer_norm(inputs, ones, zeros, 0.0)
    return normalized @ weight.T, normalized @ change(rng, inputs, weight)[1].T
