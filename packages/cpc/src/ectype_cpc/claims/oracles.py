"""The formulas of the paper once more, written as plainly as possible: what the components are checked against.

NumPy in float64 and plain floats. No code of the components is used here, and they use nothing of this.
"""

import math

import numpy as np

# InfoNCE (section 2.3 and appendix A.1); scores are logarithms of f, or of density ratios


def rows_of(scores, positives):
    """The scores of each context as a list, with the place of its positive."""
    flat = scores.reshape(-1, scores.shape[-1]).tolist()
    return list(zip(flat, np.asarray(positives).reshape(-1).astype(int).tolist(), strict=True))


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def eq_4(scores, positives):
    """-E log f(positive) / sum f."""
    return -mean(math.log(math.exp(row[i]) / sum(map(math.exp, row))) for row, i in rows_of(scores, positives))


def eq_6(scores, positives):
    """-E log ratio / (ratio + sum over negatives)."""

    def one(row, i):
        ratio, negatives = math.exp(row[i]), [math.exp(s) for j, s in enumerate(row) if j != i]
        return math.log(ratio / (ratio + sum(negatives)))

    return -mean(one(row, i) for row, i in rows_of(scores, positives))


def eq_7(scores, positives):
    """E log(1 + sum over negatives / ratio)."""

    def one(row, i):
        return math.log(1 + math.exp(-row[i]) * sum(math.exp(s) for j, s in enumerate(row) if j != i))

    return mean(one(row, i) for row, i in rows_of(scores, positives))


def eq_12(scores, positives):
    """-(E F - E log sum e^F)."""
    rows = rows_of(scores, positives)
    return mean(math.log(sum(map(math.exp, row))) for row, _ in rows) - mean(row[i] for row, i in rows)


def eq_13(scores, positives):
    """The same with the positive sample split off the sum."""
    rows = rows_of(scores, positives)
    sums = [math.exp(row[i]) + sum(math.exp(s) for j, s in enumerate(row) if j != i) for row, i in rows]
    return mean(map(math.log, sums)) - mean(row[i] for row, i in rows)


def eq_14(scores, positives):
    """E F - E log sum over negatives, plus log(N - 1)."""
    rows = rows_of(scores, positives)
    sums = [sum(math.exp(s) for j, s in enumerate(row) if j != i) for row, i in rows]
    return mean(row[i] for row, i in rows) - mean(map(math.log, sums)) + math.log(scores.shape[-1] - 1)


def eq_15(scores, positives):
    """E F - E log mean over negatives."""
    rows = rows_of(scores, positives)
    means = [mean(math.exp(s) for j, s in enumerate(row) if j != i) for row, i in rows]
    return mean(row[i] for row, i in rows) - mean(map(math.log, means))


def bound(loss, samples):
    """log N - L."""
    return math.log(samples) - loss


def positive_probability(log_ratios):
    """Eq. 5: each ratio over the sum of all."""
    result = np.zeros_like(log_ratios)
    for at in np.ndindex(log_ratios.shape):
        result[at] = math.exp(log_ratios[at]) / sum(math.exp(other) for other in log_ratios[at[:-1]])
    return result


def eq_9(ratio, samples):
    """log[1 + (N - 1) p(x) / p(x | c)]."""
    return math.log(1 + math.exp(-ratio) * (samples - 1))


def eq_10(ratio, samples):
    """log[N p(x) / p(x | c)]."""
    return math.log(math.exp(-ratio) * samples)


def eq_11(information, samples):
    """-I + log N, the least loss; solved for I it is the bound."""
    return -information + math.log(samples)


# Critic (section 2.2)


def log_bilinear(latents, contexts, weights):
    """Eq. 3: z^T W c, one product at a time."""
    matrix = weights["prediction.weight"]
    result = np.zeros((*contexts.shape[:-1], latents.shape[-2]))
    for at in np.ndindex(result.shape):
        z, c = latents[at[:-2]][at[-1]], contexts[at[:-1]]
        result[at] = sum(z[i] * matrix[i, j] * c[j] for i in range(len(z)) for j in range(len(c)))
    return result


# Information (section 2.1 and Eq. 2)


def mutual_information(joint):
    """Eq. 1: a sum over all x and c."""
    result = np.zeros(joint.shape[:-2])
    for at in np.ndindex(result.shape):
        p = joint[at]
        result[at] = sum(
            p[x, c] * math.log(p[x, c] / sum(p[:, c]) / sum(p[x]))
            for x in range(p.shape[0])
            for c in range(p.shape[1])
            if p[x, c] > 0
        )
    return result


def normal_density(x, mean, variance):
    """Density of a normal distribution, coordinate by coordinate."""
    densities = [
        math.exp(-((a - b) ** 2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)
        for a, b in zip(x, mean, strict=True)
    ]
    return math.prod(densities)


def gaussian_log_ratios(x, c, correlation):
    """Eq. 2: p(x | c) / p(x), both densities written out."""
    result = np.zeros((len(c), len(x)))
    for i, context in enumerate(c):
        for j, sample in enumerate(x):
            conditional = normal_density(sample, correlation * context, 1 - correlation**2)
            result[i, j] = math.log(conditional / normal_density(sample, 0 * context, 1.0))
    return result


# The model for speech (sections 2.2 and 3.1)


def convolution(x, weight, bias, stride, padding):
    """One strided convolution and a ReLU: x is channels by time."""
    x = np.pad(x, ((0, 0), (padding, padding)))
    size = weight.shape[-1]
    steps = (x.shape[1] - size) // stride + 1
    windows = [x[:, stride * t : stride * t + size] for t in range(steps)]
    columns = [[float((weight[o] * w).sum()) + bias[o] for w in windows] for o in range(len(weight))]
    return np.maximum(np.array(columns), 0)


def encoder(waveform, weights, settings, prefix="layers"):
    """Five convolutions; zeros at both ends so that nothing is lost."""
    found = []
    for one in waveform:
        x = one[None]
        for i, (stride, kernel) in enumerate(zip(settings.strides, settings.kernels, strict=True)):
            parts = (weights[f"{prefix}.{2 * i}.{name}"] for name in ("weight", "bias"))
            x = convolution(x, *parts, stride, max(0, math.ceil((kernel - stride) / 2)))
        found.append(x.T)
    return np.stack(found)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gated_recurrence(latents, weights):
    """A gated recurrent unit as torch writes it: reset gate, update gate, candidate."""
    into, back = weights["recurrent.weight_ih_l0"], weights["recurrent.weight_hh_l0"]
    hidden = back.shape[1]
    result = np.zeros((*latents.shape[:2], hidden))
    for item, sequence in enumerate(latents):
        h = np.zeros(hidden)
        for t, z in enumerate(sequence):
            a = (into @ z + weights["recurrent.bias_ih_l0"]).reshape(3, hidden)
            b = (back @ h + weights["recurrent.bias_hh_l0"]).reshape(3, hidden)
            reset, update = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
            h = (1 - update) * np.tanh(a[2] + reset * b[2]) + update * h
            result[item, t] = h
    return result


def speech_network(waveform, weights, settings):
    """z = g_enc(x), c = g_ar(z)."""
    latents = encoder(waveform, weights, settings, "encoder.layers")
    return latents, gated_recurrence(latents, weights)


def future_prediction(latents, contexts, weights, steps_ahead):
    """The mean over steps ahead of Eq. 4 with Eq. 3."""
    losses = []
    for ahead in range(1, steps_ahead + 1):
        matrix = {"prediction.weight": weights[f"critics.{ahead - 1}.prediction.weight"]}
        futures = np.concatenate([sequence[ahead:] for sequence in latents])
        presents = np.concatenate([sequence[:-ahead] for sequence in contexts])
        losses.append(eq_4(log_bilinear(futures, presents, matrix), range(len(futures))))
    return mean(losses)
