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


def moving_average(average, value, decay):
    return decay * average + (1 - decay) * value


def bias_corrected(average, decay, step):
    return average / (1 - math.prod([decay] * step))


def weighted_average(values, decay):
    """Eq. 1."""
    total = np.zeros(values.shape[1:])
    for i, value in enumerate(values, start=1):
        total = total + (1 - decay) * decay ** (len(values) - i) * value
    return total


def zeta(expectations, decay):
    return weighted_average(np.array([e - expectations[-1] for e in expectations]), decay)


def expectation_eq2(expectations, decay):
    return weighted_average(expectations, decay)


def expectation_eq3(expectations, decay):
    total = sum(decay ** (len(expectations) - i) for i in range(1, len(expectations) + 1))
    return expectations[-1] * (1 - decay) * total + zeta(expectations, decay)


def expectation_eq4(expectations, decay):
    return expectations[-1] * (1 - decay ** len(expectations)) + zeta(expectations, decay)


def adam(theta, gradient, m, v, step, lr, betas, eps):
    """Algorithm 1, the body of the loop."""

    def one(theta, g, m, v):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        m_hat, v_hat = m / (1 - betas[0] ** step), v / (1 - betas[1] ** step)
        return theta - lr * m_hat / (math.sqrt(v_hat) + eps), m, v

    return each(one, theta, gradient, m, v)


def corrected_stepsize(step, lr, betas):
    return lr * math.sqrt(1 - betas[1] ** step) / (1 - betas[0] ** step)


def efficient_adam(theta, gradient, m, v, step, lr, betas, eps_hat):
    """The last lines of Algorithm 1 replaced as at the end of section 2."""

    def one(theta, g, m, v):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        return theta - corrected_stepsize(step, lr, betas) * m / (math.sqrt(v) + eps_hat), m, v

    return each(one, theta, gradient, m, v)


def adamax(theta, gradient, m, u, step, lr, betas):
    """Algorithm 2, the body of the loop."""

    def one(theta, g, m, u):
        m = betas[0] * m + (1 - betas[0]) * g
        u = max(betas[1] * u, abs(g))
        return theta - (lr / (1 - betas[0] ** step)) * m / u, m, u

    return each(one, theta, gradient, m, u)


def adam_path(start, gradients, lr, betas, eps):
    """Algorithm 1 from zero averages, each step from the sums of Eq. 1 over all gradients so far."""
    theta, places = start, []
    for t in range(1, len(gradients) + 1):
        m = weighted_average(gradients[:t], betas[0]) / (1 - betas[0] ** t)
        v = weighted_average(gradients[:t] ** 2, betas[1]) / (1 - betas[1] ** t)
        theta = theta - lr * m / (np.sqrt(v) + eps)
        places.append(theta)
    return np.array(places)


def adamax_path(start, gradients, lr, betas):
    """Algorithm 2 from zero averages, each step from Eq. 1 and Eq. 11."""
    theta, places = start, []
    for t in range(1, len(gradients) + 1):
        m = weighted_average(gradients[:t], betas[0]) / (1 - betas[0] ** t)
        theta = theta - lr * m / faded_maximum(gradients[:t], betas[1])
        places.append(theta)
    return np.array(places)


def power_average(average, gradient, decay, p):
    """Eq. 6."""
    return decay**p * average + (1 - decay**p) * abs(gradient) ** p


def faded_power_sum(gradients, decay, p):
    rows = enumerate(gradients, start=1)
    return sum(decay ** (p * (len(gradients) - i)) * np.abs(g) ** p for i, g in rows)


def power_norm_eq7(gradients, decay, p):
    return np.array((1 - decay**p) * faded_power_sum(gradients, decay, p)) ** (1 / p)


def power_norm_eq8(gradients, decay, p):
    """The average of Eq. 6 gradient by gradient, and its root."""
    average = np.zeros(gradients.shape[1:])
    for gradient in gradients:
        average = decay**p * average + (1 - decay**p) * np.abs(gradient) ** p
    return average ** (1 / p)


def power_norm_eq9(gradients, decay, p):
    return (1 - decay**p) ** (1 / p) * np.array(faded_power_sum(gradients, decay, p)) ** (1 / p)


def faded_norm(gradients, decay, p):
    """Eq. 10 before the limit, Eq. 11 in it."""
    if math.isinf(p):
        return faded_maximum(gradients, decay)
    rows = enumerate(gradients, start=1)
    return np.array(sum((decay ** (len(gradients) - i) * np.abs(g)) ** p for i, g in rows)) ** (1 / p)


def faded_maximum(gradients, decay):
    """Eq. 11."""
    largest = np.zeros(gradients.shape[1:])
    for i, gradient in enumerate(gradients, start=1):
        largest = np.maximum(largest, decay ** (len(gradients) - i) * np.abs(gradient))
    return largest


def infinity_norm(norm, gradient, decay):
    """Eq. 12."""
    return max(decay * norm, abs(gradient))


def regret(losses, best):
    return math.fsum(a - b for a, b in zip(losses.tolist(), best.tolist(), strict=True))


def regret_bound(gradients, v_hat, diameter, side, largest, lr, betas, decay):
    """Theorem 4.1."""
    rounds, d = gradients.shape
    beta1, beta2 = betas
    gamma = beta1**2 / math.sqrt(beta2)
    total = 0.0
    for i in range(d):
        norm = math.sqrt(sum(g * g for g in gradients[:, i]))
        total += diameter**2 / (2 * lr * (1 - beta1)) * math.sqrt(rounds * v_hat[i])
        total += lr * (1 + beta1) * largest / ((1 - beta1) * math.sqrt(1 - beta2) * (1 - gamma) ** 2) * norm
        total += side**2 * largest * math.sqrt(1 - beta2) / (2 * lr * (1 - beta1) * (1 - decay) ** 2)
    return total


def polyak_average(iterates):
    """The mean in section 7.2."""
    return sum(iterates) / len(iterates)


def longest_step(step, beta1, beta2):
    """The sum in `sharp_step_bound` as the geometric series that it is."""
    ratio = beta1**2 / beta2
    series = step if ratio == 1 else (1 - ratio**step) / (1 - ratio)
    first = (1 - beta1) / (1 - beta1**step)
    return first * math.sqrt((1 - beta2**step) / (1 - beta2) * series)


def longest_adamax_step(step, beta1, beta2):
    ratio = beta1 / beta2
    series = step if ratio == 1 else (1 - ratio**step) / (1 - ratio)
    return (1 - beta1) / (1 - beta1**step) * series
