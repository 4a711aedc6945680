"""Oracles: the formulas of the paper in plain floats, written from its text."""

import itertools
import math

import numpy as np


def by_cases(function, array, *more):
    """Apply a function of a list of numbers to the last axis of an array."""
    flat = array.reshape(-1, array.shape[-1])
    return np.array([function(list(row), *more) for row in flat]).reshape(*array.shape[:-1], -1)


def mean_and_deviation(values, eps):
    """Eq. 16, with eps under the root."""
    mean = sum(values) / len(values)
    return mean, math.sqrt(sum((value - mean) ** 2 for value in values) / len(values) + eps)


def ln(z, alpha, beta, eps):
    """Eq. 15 for one vector."""
    mean, deviation = mean_and_deviation(z, eps)
    return [(value - mean) / deviation * a + b for value, a, b in zip(z, alpha, beta, strict=True)]


def times(matrix, vector):
    return [sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix]


def plus(*vectors):
    return [sum(values) for values in zip(*vectors, strict=True)]


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


def relu(value):
    return max(value, 0.0)


def layer_statistics(summed, eps):
    pairs = by_cases(mean_and_deviation, summed, eps)
    return pairs[..., :1], pairs[..., 1:]


def layer_norm(summed, gain, bias, eps):
    return by_cases(ln, summed, gain, bias, eps)


def layer_norm_module(summed, eps, weights):
    return by_cases(ln, summed, weights["gain"], weights["bias"], eps)


def batch_statistics(summed, eps):
    pairs = [mean_and_deviation(list(column), eps) for column in summed.T]
    return np.array([mean for mean, _ in pairs]), np.array([deviation for _, deviation in pairs])


def batch_norm(summed, gain, bias, eps):
    columns = []
    for column, g, b in zip(summed.T, gain, bias, strict=True):
        mean, deviation = mean_and_deviation(list(column), eps)
        columns.append([g / deviation * (value - mean) + b for value in column])
    return np.array(columns).T


def weight_norm(inputs, weight, gain, bias):
    lengths = [math.sqrt(sum(w**2 for w in row)) for row in weight]
    return by_cases(
        lambda x: [g / s * a + b for g, s, a, b in zip(gain, lengths, times(weight, x), bias, strict=True)], inputs
    )


def plain_layer(inputs, weight, bias):
    return by_cases(lambda x: [relu(value) for value in plus(times(weight, x), bias)], inputs)


def normalized_output(summed, mean, deviation, gain, bias):
    summed, mean, deviation, gain, bias = np.broadcast_arrays(summed, mean, deviation, gain, bias)
    values = zip(*(array.flat for array in (summed, mean, deviation, gain, bias)), strict=True)
    return np.array([relu(g / s * (a - m) + b) for a, m, s, g, b in values]).reshape(summed.shape)


def normalized_layer(inputs, weight, gain, bias, eps):
    return by_cases(lambda x: [relu(value) for value in ln(times(weight, x), gain, bias, eps)], inputs)


def other_weights(inputs, weight, gain, bias, eps):
    """The left side of Eq. 6: the weights times delta and shifted by gamma; what is added under the root grows alike."""
    delta, gamma = 2.5, [math.cos(place) for place in range(weight.shape[1])]
    moved = [[delta * w + shift for w, shift in zip(row, gamma, strict=True)] for row in weight]
    return by_cases(lambda x: [relu(value) for value in ln(times(moved, x), gain, bias, delta**2 * eps)], inputs)


def other_scale(inputs, weight, gain, bias, eps):
    """The left side of Eq. 7: each case times a delta of its own."""
    flat, found = inputs.reshape(-1, inputs.shape[-1]), []
    for place, x in enumerate(flat):
        delta = 0.5 + place
        summed = times(weight, [delta * value for value in x])
        found.append([relu(value) for value in ln(summed, gain, bias, delta**2 * eps)])
    return np.array(found).reshape(*inputs.shape[:-1], -1)


def rnn_cell(x, h, eps, weights):
    def step(x, h):
        summed = plus(times(weights["recurrent.weight"], h), times(weights["input.weight"], x))
        return [math.tanh(value) for value in ln(summed, weights["norm.gain"], weights["norm.bias"], eps)]

    return np.array([step(*pair) for pair in zip(x, h, strict=True)])


def lstm(x, h, c, weights, eps=0.0):
    """Eqs. 17 to 22 and 29 to 31: each of the three norms is there if its weights are."""

    def norm(name, z):
        gain, bias = (weights.get(f"{name}.{kind}") for kind in ("gain", "bias"))
        return z if gain is None else ln(z, gain, bias, eps)

    outputs, cells = [], []
    for x_t, h_before, c_before in zip(x, h, c, strict=True):
        recurrent = norm("recurrent_norm", times(weights["recurrent.weight"], h_before))
        gates = plus(recurrent, norm("input_norm", times(weights["input.weight"], x_t)), weights["bias"])
        size = len(c_before)
        f, i, o, g = (gates[start : start + size] for start in range(0, 4 * size, size))
        cell = [sigmoid(f[j]) * c_before[j] + sigmoid(i[j]) * math.tanh(g[j]) for j in range(size)]
        read = norm("cell_norm", cell)
        cells.append(cell)
        outputs.append([sigmoid(o[j]) * math.tanh(read[j]) for j in range(size)])
    return np.array(outputs), np.array(cells)


def gru(x, h, weights, eps=0.0):
    """Eqs. 23 to 28: each of the four norms is there if its weights are."""

    def norm(name, z):
        gain, bias = (weights.get(f"{name}_norm.{kind}") for kind in ("gain", "bias"))
        return z if gain is None else ln(z, gain, bias, eps)

    states = []
    for x_t, before in zip(x, h, strict=True):
        part = {
            name: norm(name, times(weights[f"{name}.weight"], x_t if name.endswith("input") else before))
            for name in ("gates_recurrent", "gates_input", "recurrent", "input")
        }
        gates, size = plus(part["gates_recurrent"], part["gates_input"]), len(before)
        state = []
        for j in range(size):
            z, r = gates[j], gates[size + j]
            candidate = math.tanh(part["input"][j] + sigmoid(r) * part["recurrent"][j])
            state.append((1 - sigmoid(z)) * before[j] + sigmoid(z) * candidate)
        states.append(state)
    return np.array(states)


def gaussian_log_likelihood(summed, bias, outcome, dispersion):
    density = math.exp(-((outcome - summed - bias) ** 2) / (2 * dispersion)) / math.sqrt(2 * math.pi * dispersion)
    return math.log(density)


def bernoulli_log_likelihood(summed, bias, outcome):
    p = sigmoid(summed + bias)
    return math.log(p if outcome == 1 else 1 - p)


def gaussian_moments(summed, bias, dispersion):
    mean = np.array([[a + b for a, b in zip(row, bias, strict=True)] for row in summed])
    return mean, np.array([[dispersion for _ in row] for row in summed])


def bernoulli_moments(summed, bias):
    p = np.array([[sigmoid(a + b) for a, b in zip(row, bias, strict=True)] for row in summed])
    return p, np.array([[(1 - q) * (0 - q) ** 2 + q * (1 - q) ** 2 for q in row] for row in p])


def squared_length(fisher, step):
    size = range(len(step))
    return sum(step[p] * fisher[p][q] * step[q] for p in size for q in size) / 2


def fisher_information(scores, probabilities):
    size = range(scores.shape[1])
    return np.array(
        [
            [sum(p * s[a] * s[b] for p, s in zip(probabilities, scores, strict=True)) for b in size]  # one entry
            for a in size
        ]
    )


def linear_model_fisher(inputs, covariance, dispersion):
    """Eq. 12 with NumPy's Kronecker product."""
    total = 0.0
    for x, cov in zip(inputs, covariance, strict=True):
        bracket = np.block([[np.outer(x, x), x[:, None]], [x[None, :], np.ones((1, 1))]])
        total = total + np.kron(cov / dispersion**2, bracket)
    return total / len(inputs)


def normalized_fisher(normalized, deviation, directions, gain, covariance, dispersion):
    """Eq. 13, block by block as printed."""
    cases, units, width = directions.shape
    deviation = np.broadcast_to(deviation, normalized.shape)
    size = width + 2
    total = np.zeros((units * size, units * size))
    for case, i, j in itertools.product(range(cases), range(units), range(units)):
        chi_i, chi_j = directions[case, i], directions[case, j]
        (n_i, n_j), (s_i, s_j) = normalized[case, [i, j]], deviation[case, [i, j]]
        block = np.zeros((size, size))
        block[:width, :width] = gain[i] * gain[j] / (s_i * s_j) * np.outer(chi_i, chi_j)
        block[:width, width] = chi_i * gain[i] / s_i
        block[:width, width + 1] = chi_i * gain[i] * n_j / s_i
        block[width, :width] = chi_j * gain[j] / s_j
        block[width, width:] = 1.0, n_j
        block[width + 1, :width] = chi_j * gain[j] * n_i / s_j
        block[width + 1, width:] = n_i, n_i * n_j
        place = slice(i * size, (i + 1) * size), slice(j * size, (j + 1) * size)
        total[place] += covariance[case, i, j] / dispersion**2 * block / cases
    return total


def directions(statistics):
    """Eq. 14, with the derivatives of mean and deviation as central differences in a complex step."""

    def oracle(inputs, weight, eps=0.0):
        units, width = weight.shape
        found = np.zeros((len(inputs), units, width))
        for i, d in itertools.product(range(units), range(width)):
            moved = weight.astype(complex)
            moved[i, d] += 1e-30j
            mean, deviation = statistics(inputs, moved, i, eps)
            a = inputs @ weight[i]
            slope = deviation.imag / 1e-30
            found[:, i, d] = inputs[:, d] - mean.imag / 1e-30 - (a - mean.real) / deviation.real * slope
        return found

    return oracle


def of_batch(inputs, weight, unit, eps):
    a = inputs @ weight[unit]
    mean = a.mean()
    return mean, np.sqrt(((a - mean) ** 2).mean() + eps)


def of_layer(inputs, weight, unit, eps):
    a = inputs @ weight.T
    mean = a.mean(axis=1)
    return mean, np.sqrt(((a - mean[:, None]) ** 2).mean(axis=1) + eps)


def of_weights(inputs, weight, unit, eps):
    return np.complex128(0), np.sqrt((weight[unit] ** 2).sum() + eps)


def batch_gain_length(step, covariance, dispersion):
    return squared_length(sum(covariance) / len(covariance) / dispersion**2, step)


def layer_gain_length(step, summed, covariance, dispersion, eps):
    cases, units = summed.shape
    total = 0.0
    for case in range(cases):
        mean, s = mean_and_deviation(list(summed[case]), eps)
        for i, j in itertools.product(range(units), range(units)):
            products = (summed[case, i] - mean) * (summed[case, j] - mean) / s**2
            total += step[i] * covariance[case, i, j] * products * step[j]
    return total / cases / (2 * dispersion**2)


def magnitude_lengths(step, summed, weight, covariance, dispersion):
    units = range(len(step))
    lengths = [math.sqrt(sum(w**2 for w in row)) for row in weight]

    def entry(i, j):
        terms = [cov[i, j] * a[i] * a[j] / (lengths[i] * lengths[j]) for cov, a in zip(covariance, summed, strict=True)]
        return step[i] * step[j] / (2 * dispersion**2) * sum(terms) / len(terms)

    return np.array([[entry(i, j) for j in units] for i in units])


def weight_gain_length(step, summed, weight, covariance, dispersion):
    units = range(len(step))
    norms = [math.sqrt(sum(w**2 for w in row)) for row in weight]
    matrix = [
        [
            sum(cov[i, j] * a[i] * a[j] for cov, a in zip(covariance, summed, strict=True))
            / (len(summed) * norms[i] * norms[j] * dispersion**2)
            for j in units
        ]
        for i in units
    ]
    return squared_length(np.array(matrix), step)


def classifier(images, weights):
    def forward(x):
        for linear, norm in (("layers.0", "layers.1"), ("layers.3", "layers.4")):
            summed = times(weights[f"{linear}.weight"], x)
            x = [relu(value) for value in ln(summed, weights[f"{norm}.gain"], weights[f"{norm}.bias"], 1e-5)]
        return plus(times(weights["layers.6.weight"], x), weights["layers.6.bias"])

    return by_cases(forward, images)
