"""Table 1: what each method of normalization is invariant to, and what it is not (section 4.1)."""

from functools import partial

import torch
from ectype_layernorm import batch_norm, layer_norm, weight_norm

from ectype_rmsnorm.claims.shared import normal, paper, positive
from ectype_rmsnorm.partial_rms_norm import partial_rms_norm
from ectype_rmsnorm.rms_norm import rms_norm

CASES, INPUTS, UNITS = 6, 4, 5


def batch(inputs, weight, gain, bias):
    return batch_norm(inputs @ weight.T, gain, bias, 0.0)


def layer(inputs, weight, gain, bias):
    return layer_norm(inputs @ weight.T, gain, bias, 0.0)


def root_mean_square(inputs, weight, gain, bias):
    return rms_norm(inputs @ weight.T, gain, 0.0) + bias


def part(inputs, weight, gain, bias):
    return partial_rms_norm(inputs @ weight.T, gain, 2, 0.0) + bias


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
    "RMS norm": (root_mean_square, "yes no no yes no yes"),
    "partial RMS norm": (part, "yes no no yes no yes"),
}


def cell(rng, method, change):
    """One cell of the table: outputs before and after a change."""
    inputs, weight = normal(rng, CASES, INPUTS), normal(rng, UNITS, INPUTS)
    gain, bias = positive(rng, UNITS), normal(rng, UNITS)
    changed = change(rng, inputs, weight)
    return method(inputs, weight, gain, bias), method(*changed, gain, bias)


for row, (method, cells) in ROWS.items():
    for (column, change), printed in zip(COLUMNS.items(), cells.split(), strict=True):
        name = f"{row} {column}".lower().replace(" ", "-")
        text = f"{row} {'is' if printed == 'yes' else 'is not'} invariant to {column}"
        holds = printed == "yes"
        paper.property("Tab. 1", text, holds=holds, id=name)(partial(cell, method=method, change=change))
