"""The formulas again, in plain floats and loops, from the paper and the official code's description of itself."""

import math

import numpy as np


def rows_of(function):
    """Make a function of one signal, and one number for each further argument, a function of batches of them."""

    def batched(x, *numbers):
        if x.ndim == 1:
            return np.array(function(x.tolist(), *(value.tolist() for value in numbers)))
        return np.stack([batched(x[i], *(value[i] for value in numbers)) for i in range(len(x))])

    return batched


def interpolated(signal, length):
    """Linear interpolation at evenly spaced places from the first to the last point."""
    result = []
    for j in range(length):
        place = j * (len(signal) - 1) / (length - 1)
        i = min(int(place), len(signal) - 2)
        result.append(signal[i] + (place - i) * (signal[i + 1] - signal[i]))
    return result


def resample(x, length):
    return rows_of(lambda signal: interpolated(signal, length))(x)


def pad_and_dilate(x, zeros, length):
    return rows_of(lambda signal, count: interpolated(signal + [0.0] * count, length))(x, zeros)


def translate(x, shift):
    def shifted(signal, k):
        for _ in range(k % len(signal)):
            signal = [signal[-1], *signal[:-1]]
        return signal

    return rows_of(shifted)(x, shift)


def smooth(noise, width):
    def filtered(signal):
        points, reach = len(signal), int(4 * width + 0.5)
        weights = {d: math.exp(-d * d / (2 * width * width)) for d in range(-reach, reach + 1)}
        result = []
        for i in range(points):
            total = 0.0
            for d, weight in weights.items():
                place = i + d
                while not 0 <= place < points:  # the end is a mirror between two points
                    place = -1 - place if place < 0 else 2 * points - 1 - place
                total += weight * signal[place]
            result.append(total / sum(weights.values()))
        return result

    return rows_of(filtered)(noise)


def shear(x, slope):
    def sheared(signal, c):
        return [value - c * (i / (len(signal) - 1) - 0.5) for i, value in enumerate(signal)]

    return rows_of(sheared)(x, slope)


COORDINATES = [
    "5 6 6.5 6.75 7 7 7 7 6.75 6.5 6 5",
    "5 3 3 3.4 3.8 4.2 4.6 5 5.4 5.8 5 5",
    "5 6 6.5 6.5 6 5.25 4.75 4 3.5 3.5 4 5",
    "5 6 6.5 6.5 6 5 5 6 6.5 6.5 6 5",
    "5 4.4 3.8 3.2 2.6 2.6 5 5 5 5 5 5",
    "5 3 3 3 3 5 6 6.5 6.5 6 4.5 5",
    "5 4 3.5 3.25 3 3 3 3 3.25 3.5 4 5",
    "5 7 7 6.6 6.2 5.8 5.4 5 4.6 4.2 5 5",
    "5 4 3.5 3.5 4 5 5 4 3.5 3.5 4 5",
    "5 4 3.5 3.5 4 5 5 5 5 4.7 4.3 5",
]


def templates():
    result = []
    for line in COORDINATES:
        digit = [float(c) for c in line.split()]
        mean = sum(digit) / len(digit)
        deviation = math.sqrt(sum((c - mean) ** 2 for c in digit) / len(digit))
        standard = [(c - mean) / deviation for c in digit]
        result.append([(value - standard[0]) / 6 for value in standard])
    return np.array(result)


def logistic_regression(x, weights):
    return np.array([affine(row, weights, "linear") for row in x])


def multilayer_perceptron(x, weights):
    result = []
    for row in x:
        hidden = relu(affine(row, weights, "first"))
        summed = [a + b for a, b in zip(hidden, relu(affine(hidden, weights, "second")), strict=True)]
        result.append(affine(summed, weights, "last"))
    return np.array(result)


def convolutional_network(x, weights):
    result = []
    for row in x:
        channels = [row.tolist()]
        for layer in ("first", "second", "third"):
            channels = convolved(channels, weights[f"{layer}.weight"], weights[f"{layer}.bias"])
        result.append(affine([value for channel in channels for value in channel], weights, "linear"))
    return np.array(result)


def recurrent_network(x, weights):
    result = []
    for row in x:
        forward = states(row.tolist(), weights, "")
        backward = states(row.tolist()[::-1], weights, "_reverse")[::-1]
        flat = [value for both in zip(forward, backward, strict=True) for state in both for value in state]
        result.append(affine(flat, weights, "linear"))
    return np.array(result)


def affine(x, weights, name):
    """W x + b, one sum an output."""
    matrix, offset = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return [sum(w * v for w, v in zip(line, x, strict=True)) + b for line, b in zip(matrix, offset, strict=True)]


def relu(values):
    return [max(value, 0.0) for value in values]


def convolved(channels, kernels, offsets):
    """ReLU of a cross-correlation at every second place, with one zero at both ends."""
    padded = [[0.0, *channel, 0.0] for channel in channels]
    width, points = kernels.shape[2], len(padded[0])
    return [
        [
            max(0.0, b + sum(k[c][d] * padded[c][at + d] for c in range(len(padded)) for d in range(width)))
            for at in range(0, points - width + 1, 2)
        ]
        for k, b in zip(kernels, offsets, strict=True)
    ]


def states(signal, weights, direction):
    """The states of gated recurrent units, from a state of zeros."""
    w, u = weights[f"gru.weight_ih_l0{direction}"], weights[f"gru.weight_hh_l0{direction}"]
    b, c = weights[f"gru.bias_ih_l0{direction}"], weights[f"gru.bias_hh_l0{direction}"]
    units = u.shape[1]
    state, result = [0.0] * units, []
    for value in signal:
        given = [w[i][0] * value + b[i] for i in range(3 * units)]
        kept = [sum(u[i][j] * state[j] for j in range(units)) + c[i] for i in range(3 * units)]
        reset = [sigmoid(given[i] + kept[i]) for i in range(units)]
        update = [sigmoid(given[units + i] + kept[units + i]) for i in range(units)]
        new = [math.tanh(given[2 * units + i] + reset[i] * kept[2 * units + i]) for i in range(units)]
        state = [(1 - update[i]) * new[i] + update[i] * state[i] for i in range(units)]
        result.append(state)
    return result


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def cross_entropy(logits, labels):
    """Mean cross entropy of softmax(logits), in nats."""
    total = 0.0
    for row, label in zip(logits, labels, strict=True):
        largest = max(row)
        total += largest + math.log(sum(math.exp(value - largest) for value in row)) - row[label]
    return total / len(labels)
