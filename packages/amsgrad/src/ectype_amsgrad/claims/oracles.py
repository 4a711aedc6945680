"""The formulas of the paper in plain floats."""

import math

import numpy as np


def each(formula, *arrays):
    """Apply a formula of plain floats to each element; several results give several arrays."""
    found = [formula(*map(float, values)) for values in zip(*(np.ravel(a) for a in arrays), strict=True)]
    shape = np.shape(arrays[0])
    if isinstance(found[0], tuple):
        return tuple(np.array(column).reshape(shape) for column in zip(*found, strict=True))
    return np.array(found).reshape(shape)


def nearest(point, bounds):
    """The feasible number at the smallest distance, by its definition."""
    if bounds is None:
        return point
    low, high = bounds
    return point if low <= point <= high else min((low, high), key=lambda x: abs(x - point))


def step(x, m, v, step_size, eps, bounds):
    """Algorithm 1 with Eq. 3."""
    return nearest(x - step_size * m / math.sqrt(v + eps), bounds)


def adaptive_step(x, m, v, step_size, eps, bounds):
    return each(lambda x, m, v: step(x, m, v, step_size, eps, bounds), x, m, v)


def adam_update(x, gradient, m, v, step_size, betas, eps, bounds):
    """Eq. 1 and Algorithm 1."""

    def one(x, g, m, v):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        return step(x, m, v, step_size, eps, bounds), m, v

    return each(one, x, gradient, m, v)


def amsgrad_update(x, gradient, m, v, v_hat, step_size, betas, eps, bounds):
    """Algorithm 2, the body of the loop."""

    def one(x, g, m, v, v_hat):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        v_hat = max(v_hat, v)
        return step(x, m, v_hat, step_size, eps, bounds), m, v, v_hat

    return each(one, x, gradient, m, v, v_hat)


def sgd_averages(gradients):
    return gradients[-1], np.ones(gradients.shape[1:])


def adagrad_averages(gradients):
    return gradients[-1], sum(g**2 for g in gradients) / len(gradients)


def adam_averages(gradients, betas):
    def faded(values, beta):
        return (1 - beta) * sum(beta ** (len(values) - i) * value for i, value in enumerate(values, start=1))

    return faded(gradients, betas[0]), faded(gradients**2, betas[1])


def amsgrad_path(start, gradients, lr, betas, eps, bounds):
    """Algorithm 2 from zero averages, each step from the sums in section 2 over all gradients so far."""
    x, largest, places = start, np.zeros(start.shape), []
    for t in range(1, len(gradients) + 1):
        m, v = adam_averages(gradients[:t], betas)
        largest = np.maximum(largest, v)
        x = adaptive_step(x, m, largest, lr, eps, bounds)
        places.append(x)
    return np.array(places)


def adamnc_path(start, gradients, lr, beta1, decay, bounds):
    """Adam with the decay rates of Corollary 2; v_t is the mean of all squares."""
    x, m, places = start, np.zeros(start.shape), []
    for t in range(1, len(gradients) + 1):
        rate = beta1 * decay ** (t - 1)
        m = rate * m + (1 - rate) * gradients[t - 1]
        x = adaptive_step(x, m, sum(gradients[:t] ** 2) / t, lr, 0.0, bounds)
        places.append(x)
    return np.array(places)


def fading_beta1(step, beta1, decay):
    return beta1 * math.prod([decay] * (step - 1))


def rising_beta2(step):
    return (step - 1) / step


def inverse_rate_change(v_next, v, step_size_next, step_size):
    """Eq. 2."""
    return math.sqrt(v_next) / step_size_next - math.sqrt(v) / step_size


def regret_bound(gradients, v_hat, beta1, beta2, lr, diameter):
    """Theorem 4."""
    rounds, d = gradients.shape
    gamma = beta1[0] / math.sqrt(beta2)
    total = 0.0
    for i in range(d):
        total += diameter**2 * math.sqrt(rounds) / (lr * (1 - beta1[0])) * math.sqrt(v_hat[-1, i])
        for t in range(1, rounds + 1):
            rate = lr / math.sqrt(t)
            total += diameter**2 / (2 * (1 - beta1[0])) * beta1[t - 1] * math.sqrt(v_hat[t - 1, i]) / rate
        norm = math.sqrt(sum(g * g for g in gradients[:, i]))
        factor = (1 - beta1[0]) ** 2 * (1 - gamma) * math.sqrt(1 - beta2)
        total += lr * math.sqrt(1 + math.log(rounds)) / factor * norm
    return total


def periodic(rounds, large, small, period):
    return [large if t % period == 1 else -small for t in range(1, rounds + 1)]


def average_regret(points, slopes, best):
    """Section 2, round by round."""
    lost, found = 0.0, []
    for t, (x, slope) in enumerate(zip(points.tolist(), slopes.tolist(), strict=True), start=1):
        lost += slope * x - slope * best
        found.append(lost / t)
    return np.array(found)
