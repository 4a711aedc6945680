"""Oracles: the formulas of the paper in plain floats, written from its text."""

import math
from fractions import Fraction

import numpy as np


def by_cases(function, array, *more):
    """Apply a function of a list of numbers to the last axis of an array."""
    flat = array.reshape(-1, array.shape[-1])
    return np.array([function(list(row), *more) for row in flat]).reshape(*array.shape[:-1], -1)


def rms(values, eps):
    """Eq. 4, with eps under the root."""
    return math.sqrt(sum(value**2 for value in values) / len(values) + eps)


def normalized(values, gain, eps, count=None):
    """Eq. 4 for one vector, with the statistic of the first so many."""
    scale = rms(values[:count], eps)
    return [value / scale * g for value, g in zip(values, gain, strict=True)]


def root_mean_square(summed, eps):
    return by_cases(lambda values: [rms(values, eps)], summed)


def scaled(summed, eps):
    """Eq. 6, right side to left: the root mean square of seven times the values, by seven."""
    return by_cases(lambda values: [rms([7 * value for value in values], 49 * eps) / 7], summed)


def rms_norm(summed, gain, eps):
    return by_cases(normalized, summed, gain, eps)


def rms_norm_module(summed, eps, weights):
    return by_cases(normalized, summed, weights["gain"], eps)


def partial_count(units, part):
    """The least whole number that is not below n p, found by counting."""
    count = 0
    while count < Fraction(str(part)) * round(units):
        count += 1
    return count


def partial_rms_norm(summed, gain, count, eps):
    return by_cases(normalized, summed, gain, eps, count)


def partial_module(summed, units, part, eps, weights):
    return by_cases(normalized, summed, weights["gain"], eps, partial_count(units, part))


def times(matrix, vector):
    return [sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix]


def layer(inputs, weight, gain, bias, eps, delta=1.0):
    """Eq. 5 with all weights times delta; what is added under the root grows alike."""

    def forward(x):
        summed = [delta * value for value in times(weight, x)]
        return [max(value + b, 0.0) for value, b in zip(normalized(summed, gain, delta**2 * eps), bias, strict=True)]

    return by_cases(forward, inputs)


def scaled_layer(inputs, weight, gain, bias, eps):
    """The left side of Eq. 7."""
    return layer(inputs, weight, gain, bias, eps, 2.5)


def gain_and_bias_gradients(inputs, weight, upstream, eps):
    summed = times(weight, inputs)
    scale = rms(summed, eps)
    return np.array([u * a / scale for u, a in zip(upstream, summed, strict=True)]), np.array(list(upstream))


def jacobian(summed, eps):
    n, scale = len(summed), rms(list(summed), eps)
    return np.array(
        [
            [((i == j) - summed[i] * summed[j] / (n * scale**2)) / scale for j in range(n)]  # one row
            for i in range(n)
        ]
    )


def scaled_jacobian(summed, eps):
    """Eq. 10: R of summed inputs times delta, times delta."""
    return 2.5 * jacobian(2.5 * summed, 2.5**2 * eps)


def weight_gradient(inputs, weight, gain, upstream, eps):
    """Eq. 9 with NumPy's Kronecker product: the sum over its rows is the gradient, input by input."""
    matrix = np.diag(gain * upstream) @ jacobian(weight @ inputs, eps)
    product = np.kron(inputs[None, :], matrix)
    return product.sum(axis=0).reshape(len(inputs), len(gain)).T
