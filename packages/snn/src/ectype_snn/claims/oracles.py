"""Oracles: the formulas of the paper in plain floats, written from its text."""

import math

import numpy as np

NODES, WEIGHTS = np.polynomial.legendre.leggauss(120)


def selu(x, alpha, scale):
    return scale * (x if x > 0 else alpha * math.exp(x) - alpha)


def activations(z, alpha, scale):
    """Eq. 2 for an array."""
    return scale * np.where(z > 0, z, alpha * np.exp(np.minimum(z, 0)) - alpha)


def constants():
    """Eq. 14, as printed."""
    tail = math.erfc(1 / math.sqrt(2))
    alpha = -math.sqrt(2 / math.pi) / (tail * math.exp(0.5) - 1)
    bracket = (
        2 * math.erfc(math.sqrt(2)) * math.e**2
        + math.pi * tail**2 * math.e
        - 2 * (2 + math.pi) * tail * math.sqrt(math.e)
        + math.pi
        + 2
    )
    return alpha, (1 - tail * math.sqrt(math.e)) * math.sqrt(2 * math.pi) * bracket ** (-1 / 2)


def fixed_point_parameters(variance):
    """The two constants as solutions of Eq. 3: alpha is linear in the mean, and the second moment in scale squared."""
    deviation = math.sqrt(variance)
    positive = expectation(lambda z: np.maximum(z, 0), 0.0, deviation)
    negative = expectation(lambda z: np.exp(np.minimum(z, 0)) - 1, 0.0, deviation)
    alpha = -positive / negative
    second = expectation(lambda z: activations(z, alpha, 1.0) ** 2, 0.0, deviation)
    return alpha, math.sqrt(variance / second)


def expectation(function, mean, deviation):
    """The expectation of a function of a normal variable, by quadrature on both sides of zero."""

    def side(low, high):
        middle, half = (low + high) / 2, (high - low) / 2
        points = middle + half * NODES
        density = np.exp(-((points - mean) ** 2) / (2 * deviation**2)) / (deviation * math.sqrt(2 * math.pi))
        return half * float(WEIGHTS @ (density * function(points)))

    low, high = mean - 14 * deviation, mean + 14 * deviation
    return side(low, min(high, 0.0)) + side(max(low, 0.0), high)


def each(formula):
    """Apply a formula of one point to arrays of points."""

    def oracle(mean, variance, weight_sum, weight_square_sum, alpha, scale):
        points = zip(*(a.ravel() for a in (mean, variance, weight_sum, weight_square_sum)), strict=True)
        pairs = np.array([formula(*point, alpha, scale) for point in points])
        return pairs[:, 0].reshape(mean.shape), pairs[:, 1].reshape(mean.shape)

    return oracle


def by_integral(mu, nu, omega, tau, alpha, scale):
    """Eq. 3."""
    at = mu * omega, math.sqrt(nu * tau)
    mean = expectation(lambda z: activations(z, alpha, scale), *at)
    return mean, expectation(lambda z: activations(z, alpha, scale) ** 2, *at) - mean**2


def by_two_integrals(mu, nu, omega, tau, alpha, scale):
    """Eqs. 9 and 10: the two sides of zero apart."""
    at = mu * omega, math.sqrt(nu * tau)
    below = lambda z: np.exp(np.minimum(z, 0)) - 1  # noqa: E731
    mean = expectation(lambda z: scale * alpha * below(z), *at) + expectation(lambda z: scale * np.maximum(z, 0), *at)
    second = expectation(lambda z: scale**2 * alpha**2 * below(z) ** 2, *at)
    second += expectation(lambda z: scale**2 * np.maximum(z, 0) ** 2, *at)
    return mean, second - mean**2


def main_text(mu, nu, omega, tau, alpha, scale):
    """Eqs. 4 and 5."""
    m, v = mu * omega, nu * tau
    root = math.sqrt(2) * math.sqrt(v)
    bell = math.sqrt(2 / math.pi) * math.sqrt(v) * math.exp(-(m**2) / (2 * v))
    mean = m * math.erf(m / root) + alpha * math.exp(m + v / 2) * math.erfc((m + v) / root)
    mean = scale / 2 * (mean - alpha * math.erfc(m / root) + bell + m)
    inner = -2 * math.exp(m + v / 2) * math.erfc((m + v) / root)
    inner += math.exp(2 * (m + v)) * math.erfc((m + 2 * v) / root) + math.erfc(m / root)
    second = scale**2 / 2 * ((m**2 + v) * (2 - math.erfc(m / root)) + alpha**2 * inner + bell * m)
    return mean, second - mean**2


def appendix(mu, nu, omega, tau, alpha, scale):
    """Eqs. 11 to 13."""
    m, v = mu * omega, nu * tau
    root = math.sqrt(2 * v)
    bell = math.sqrt(2 / math.pi) * math.sqrt(v) * math.exp(-(mu**2) * omega**2 / (2 * v))
    mean = -(alpha + m) * math.erfc(m / root) + alpha * math.exp(m + v / 2) * math.erfc((m + v) / root)
    mean = scale / 2 * (mean + bell + 2 * m)
    second = (m**2 + v) * (math.erf(m / root) + 1) + bell * m
    second += alpha**2 * (
        -2 * math.exp(m + v / 2) * math.erfc((m + v) / root)
        + math.exp(2 * (m + v)) * math.erfc((m + 2 * v) / root)
        + math.erfc(m / root)
    )
    return mean, scale**2 / 2 * second - mean**2


def slopes(function, mu, nu, omega, tau):
    """Gradient and matrix of second derivatives of an expectation by mu, nu, omega and tau, in this order.

    A derivative of an expectation by the mean of a normal variable is one with a Hermite polynomial; one by its variance is
    half of the second by its mean.
    """
    m, v = mu * omega, nu * tau
    s = math.sqrt(v)
    polynomials = (
        lambda t: t,
        lambda t: t**2 - 1,
        lambda t: t**3 - 3 * t,
        lambda t: t**4 - 6 * t**2 + 3,
    )
    f1, f2, f3, f4 = (
        expectation(lambda z, h=h: function(z) * h((z - m) / s), m, s) / s**order
        for order, h in enumerate(polynomials, 1)
    )
    by_m, by_v = np.array([omega, 0, mu, 0.0]), np.array([0, tau, 0, nu])
    gradient = f1 * by_m + f2 / 2 * by_v
    curvature = f2 * np.outer(by_m, by_m) + f4 / 4 * np.outer(by_v, by_v)
    curvature += f3 / 2 * (np.outer(by_m, by_v) + np.outer(by_v, by_m))
    curvature[0, 2] += f1
    curvature[2, 0] += f1
    curvature[1, 3] += f2 / 2
    curvature[3, 1] += f2 / 2
    return gradient, curvature


def first_and_second(alpha, scale):
    return lambda z: activations(z, alpha, scale), lambda z: activations(z, alpha, scale) ** 2


def second_moment_jacobian(mean, variance, weight_sum, weight_square_sum):
    """Eq. 56, with the derivatives of the integrals of Eqs. 9 and 10."""
    points = zip(mean, variance, weight_sum, weight_square_sum, strict=True)
    functions = first_and_second(*constants())
    return np.array([[slopes(function, *point)[0][:2] for function in functions] for point in points])


def jacobian(mean, variance, weight_sum, weight_square_sum):
    """Eq. 6, with the derivatives of the integrals of Eq. 3."""
    found = second_moment_jacobian(mean, variance, weight_sum, weight_square_sum)
    for matrix, *point in zip(found, mean, variance, weight_sum, weight_square_sum, strict=True):
        matrix[1] -= 2 * by_integral(*point, *constants())[0] * matrix[0]
    return found


def slope_of_jacobian(entry, variable, mu, omega, nu, tau):
    """Derivative of an entry of the appendix's Jacobian by one of mu, nu, omega and tau."""
    row, column = (int(number) - 1 for number in entry)
    function = first_and_second(*constants())[row]
    return slopes(function, mu, nu, omega, tau)[1][column, ("mu", "nu", "omega", "tau").index(variable)]


def largest_singular_value(matrix):
    return np.sqrt([np.linalg.eigvalsh(a.T @ a).max() for a in matrix])


def affine_parameters(drop_rate, mean, variance):
    """Section 2: the map from the moments of an enumerated distribution, two points that are dropped or not."""
    keep, (alpha, scale) = 1 - drop_rate, constants()
    points = [(mean + sign * math.sqrt(variance), keep / 2) for sign in (-1, 1)] + [(-scale * alpha, drop_rate)]
    after = sum(value * weight for value, weight in points)
    spread = sum((value - after) ** 2 * weight for value, weight in points)
    factor = math.sqrt(variance / spread)
    return factor, mean - factor * after


def network(x, depth, weights):
    alpha, scale = constants()
    rows = []
    for row in x:
        for layer in range(depth + 1):
            matrix, bias = (weights[f"layers.{3 * layer}.{kind}"] for kind in ("weight", "bias"))
            row = [sum(w * v for w, v in zip(line, row, strict=True)) + b for line, b in zip(matrix, bias, strict=True)]
            if layer < depth:
                row = [selu(z, alpha, scale) for z in row]
        rows.append(row)
    return np.array(rows)
