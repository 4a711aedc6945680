"""The paper's formulas in plain floats."""

import numpy as np


def acceptance_probability(p, q, lenience):
    if lenience * q <= p:
        return 1.0
    return p / (lenience * q)


def each(function, *arrays):
    """Apply a function of lists of probabilities to every row."""
    shape = arrays[0].shape[:-1]
    rows = [[function(*(array[place].tolist() for array in arrays))] for place in np.ndindex(shape)]
    return np.array([row for (row,) in rows]).reshape(*shape, *np.shape(rows[0][0]))


def adjusted(p, q):
    excess = [max(0.0, a - b) for a, b in zip(p, q, strict=True)]
    return [value / sum(excess) for value in excess] if sum(excess) > 0 else p


def adjusted_distribution(p, q):
    return each(adjusted, p, q)


def divergence(p, q):
    return each(lambda p, q: sum(abs(b - (a + b) / 2) for a, b in zip(p, q, strict=True)), p, q)


def acceptance_rate(p, q, lenience):
    """The expectation over guesses of the probability that they are kept."""
    return each(
        lambda p, q: sum(b * acceptance_probability(a, b, lenience) for a, b in zip(p, q, strict=True) if b > 0), p, q
    )


def rejection_acceptance(p, q):
    def kept(p, q):
        most = max(a / b for a, b in zip(p, q, strict=True) if a > 0)
        return sum(b * (a / (most * b)) for a, b in zip(p, q, strict=True))

    return each(kept, p, q)


def lenient_argmax(p, guess, lenience):
    return each(lambda p: [a >= lenience * max(p) for a in p], p)[(*np.indices(guess.shape), guess)]


def expected_tokens(alpha, gamma):
    return sum(alpha**i for i in range(gamma + 1))


def walltime_improvement(alpha, gamma, c):
    time_of_a_token = (gamma * c + 1) / expected_tokens(alpha, gamma)
    return 1 / time_of_a_token


def operations_increase(alpha, gamma, c):
    return gamma * c / expected_tokens(alpha, gamma) + (gamma + 1) / expected_tokens(alpha, gamma)


def best_gamma(alpha, c):
    """The best of 600, with tokens added up one by one."""
    best, most, tokens = 0, 0.0, 0.0
    for gamma in range(600):
        tokens += alpha**gamma
        if tokens / (1 + gamma * c) > most:
            best, most = gamma, tokens / (1 + gamma * c)
    return best


def oracle_improvement(alpha, c):
    """The mean over the number of guesses that would be accepted, as a quotient of means: tokens by time."""
    chances = [(1 - alpha) * alpha**n for n in range(4000)]
    tokens = sum(chance * (n + 1) for n, chance in enumerate(chances))
    return tokens / sum(chance * (1 + c * n) for n, chance in enumerate(chances))


def accepted_guesses(p, q, guesses, uniforms):
    for i, guess in enumerate(guesses):
        if uniforms[i] > p[i][guess] / q[i][guess]:
            return i
    return len(guesses)


def standardize(logits, temperature, top_k, top_p):
    def row(logits):
        order = sorted(range(len(logits)), key=lambda x: (-logits[x], x))
        if temperature == 0:
            return [float(x == order[0]) for x in range(len(logits))]
        weights = [np.exp((value - max(logits)) / temperature) for value in logits]
        kept = order if top_k is None else order[:top_k]
        if top_p is not None:
            total, nucleus = sum(weights[x] for x in kept), []
            while sum(weights[x] for x in nucleus) < top_p * total and len(nucleus) < len(kept):
                nucleus.append(kept[len(nucleus)])
            kept = nucleus
        return [weights[x] / sum(weights[y] for y in kept) if x in kept else 0.0 for x in range(len(logits))]

    return each(row, logits)
