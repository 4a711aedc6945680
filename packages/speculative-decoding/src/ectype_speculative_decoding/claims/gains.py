"""What is gained, and what it costs (sections 3.1 and 3.3 to 3.6, appendices A.3 and A.5)."""

import math

import numpy as np

from ectype_speculative_decoding.analysis import (
    best_gamma,
    expected_tokens,
    operations_increase,
    oracle_improvement,
    walltime_improvement,
)
from ectype_speculative_decoding.claims import oracles
from ectype_speculative_decoding.claims.readings import inputs
from ectype_speculative_decoding.claims.shared import paper, refusal, uniform, whole


def rate_and_guesses(rng):
    return float(uniform(rng)), whole(rng, 1, 12)


def rate_and_cost(rng):
    return 0.98 * float(uniform(rng)), 0.01 + 0.3 * float(uniform(rng))


ENDS = {"nothing is accepted": (0.0, 5), "all is accepted": (1.0, 5), "one guess": (0.5, 1), "no guess": (0.5, 0)}

for of, oracle, place in (
    (expected_tokens, oracles.expected_tokens, "Eq. 1"),
    (walltime_improvement, oracles.walltime_improvement, "Sec. 3.3"),
    (operations_increase, oracles.operations_increase, "Sec. 3.4"),
):
    costs = [{}] if of is expected_tokens else [{}, {"c": 0.1}, {"c": 1.5}]
    component = paper.component("layer", of=of, settings=costs)(rate_and_guesses)
    for text, case in ENDS.items():
        component.limit(text)(lambda rng, case=case: case)
    paper.equation(place, of=of, elementwise=True)(oracle)

best = paper.component("layer", of=best_gamma)(rate_and_cost)
best.limit("not worth it")(lambda rng: (0.1, 0.3))
best.limit("nothing is accepted")(lambda rng: (0.0, 0.1))
best.limit("nearly all is accepted")(lambda rng: (0.99, 0.01))
paper.equation("Sec. 3.5", of=best_gamma, elementwise=True)(oracles.best_gamma)

foreseen = paper.component("layer", of=oracle_improvement)(rate_and_cost)
foreseen.limit("free guesses")(lambda rng: (0.7, 0.0))
paper.equation("Sec. 3.5", of=oracle_improvement, elementwise=True)(oracles.oracle_improvement)


@paper.property("Sec. 3.1", "the number of tokens is a capped geometric variable", draws=5)
def capped_geometric(rng):
    alpha, gamma = rate_and_guesses(rng)
    chances = [alpha ** (n - 1) * (1 - alpha) for n in range(1, gamma + 1)] + [alpha**gamma]
    mean = sum(n * chance for n, chance in enumerate(chances, 1))
    return [expected_tokens(alpha, gamma), sum(chances)], [mean, 1.0]


@paper.property(
    "Sec. 3.6", "with free guesses the improvement is below 1 / (1 - alpha), and comes near with many", draws=5
)
def bound_of_free_guesses(rng):
    alpha = 0.05 + 0.9 * float(uniform(rng))
    values = [walltime_improvement(alpha, gamma) for gamma in (1, 5, 20, 3000)]
    return values == sorted(values) and values[1] < 1 / (1 - alpha) and math.isclose(values[3], 1 / (1 - alpha))


@paper.property(
    "Sec. 3.3", "corollary 3.9: if alpha > c the best number of guesses improves by (1 + alpha) / (1 + c) or more"
)
def improvement_if_alpha_exceeds_c(rng):
    alpha = 0.02 + 0.96 * float(uniform(rng))
    c = alpha * (0.02 + 0.97 * float(uniform(rng)))
    gamma = best_gamma(alpha, c)
    least = (1 + alpha) / (1 + c)
    return gamma >= 1 and walltime_improvement(alpha, gamma, c) >= least - 1e-12 and least > 1


@paper.property(
    "Sec. 3.3", "corollary 3.9, the proof: an improvement for gamma is one for any smaller number of guesses"
)
def improvement_for_fewer(rng):
    alpha, c = float(uniform(rng)), 0.5 * float(uniform(rng))
    improved = [walltime_improvement(alpha, gamma, c) > 1 + 1e-12 for gamma in range(1, 60)]
    return improved == sorted(improved, reverse=True)


@paper.property("Sec. 3.3", "corollary 3.9, the other way: if alpha <= c no number of guesses improves")
def no_improvement_otherwise(rng):
    c = 0.01 + 0.9 * float(uniform(rng))
    alpha = c * float(uniform(rng))
    slower = all(walltime_improvement(alpha, gamma, c) <= 1 + 1e-12 for gamma in range(1, 60))
    return slower and best_gamma(alpha, c) == 0


@paper.property("Sec. 3.3", "the improvement at one guess is (1 + alpha) / (1 + c)")
def one_guess(rng):
    alpha, c = rate_and_cost(rng)
    return walltime_improvement(alpha, 1, c), (1 + alpha) / (1 + c)


@paper.property("Sec. 3.4", "with guesses that are all accepted, and free, the number of operations is not increased")
def free_concurrency(rng):
    return operations_increase(1.0, whole(rng, 1, 20)), 1.0


@paper.property(
    "Sec. 3.4", "if alpha is low, the increase in the number of operations is high, and vice versa", draws=5
)
def increase_falls_with_alpha(rng):
    gamma, c = whole(rng, 1, 12), float(uniform(rng))
    increases = [operations_increase(alpha, gamma, c) for alpha in np.linspace(0, 1, 11)]
    return bool((np.diff(increases) < 0).all())


@paper.property(
    "Sec. 3.5", "rates and costs for which there is no best number, or none at all, are refused by value", draws=1
)
def rates_are_refused(rng):
    calls = {
        "alpha=-0.1, gamma=1": [
            lambda f=f: f(-0.1, 1) for f in (expected_tokens, walltime_improvement, operations_increase)
        ],
        "alpha=1.1, gamma=1": [
            lambda f=f: f(1.1, 1) for f in (expected_tokens, walltime_improvement, operations_increase)
        ],
        "gamma=-1": [lambda f=f: f(0.5, -1) for f in (expected_tokens, walltime_improvement, operations_increase)],
        "c=-0.1": [lambda f=f: f(0.5, 1, -0.1) for f in (walltime_improvement, operations_increase)],
        "alpha=1.0, c=0.1": [lambda: best_gamma(1.0, 0.1), lambda: oracle_improvement(1.0, 0.1)],
        "alpha=-1.0, c=0.1": [lambda: best_gamma(-1.0, 0.1), lambda: oracle_improvement(-1.0, 0.1)],
        "alpha=0.5, c=0.0": [lambda: best_gamma(0.5, 0.0)],
        "alpha=0.5, c=-1.0": [lambda: best_gamma(0.5, -1.0), lambda: oracle_improvement(0.5, -1.0)],
    }
    return all(text in refusal(call) for text, several in calls.items() for call in several)


# What Table 1 prints

# Tab. 1: operations and speed for alpha and gamma
TABLE_1 = {"0.6, 2": ("1.53", "1.96"), "0.7, 3": ("1.58", "2.53"), "0.8, 2": ("1.23", "2.44")}
TABLE_1 |= {"0.8, 5": ("1.63", "3.69"), "0.9, 2": ("1.11", "2.71"), "0.9, 10": ("1.60", "6.86")}


def alpha_and_gamma(row):
    alpha, gamma = row.split(", ")
    return float(alpha), int(gamma)


@paper.claim(
    "Tab. 1", "operations, alpha and gamma", printed={row: cells[0] for row, cells in TABLE_1.items()}, headline=True
)
def operations(row):
    return operations_increase(*alpha_and_gamma(row))


@operations.derivation
def _(row):
    return oracles.operations_increase(*alpha_and_gamma(row), 0.0)


@paper.claim(
    "Tab. 1", "speed, alpha and gamma", printed={row: cells[1] for row, cells in TABLE_1.items()}, headline=True
)
def speed(row):
    return walltime_improvement(*alpha_and_gamma(row))


@speed.derivation
def _(row):
    return oracles.walltime_improvement(*alpha_and_gamma(row), 0.0)


# Other numbers


@paper.claim("Sec. 3.6", "improvement with a bigram model for translation, alpha 0.2 and gamma 3", printed="1.25")
def bigram_for_translation():
    return walltime_improvement(0.2, 3)


@bigram_for_translation.derivation
def _():
    return oracles.walltime_improvement(0.2, 3, 0.0)


@paper.claim(
    "Sec. 3.5",
    "how much an oracle for gamma gains over a fixed gamma at most; about 60, as one digit",
    printed="6e1",
    unit="%",
)
def gain_of_an_oracle():
    """The largest value where guesses cost little and most are accepted, in a certain ratio."""
    c = 1e-3
    rates = 1 - c * np.linspace(0.6, 0.8, 9)
    return 100 * max(oracle_improvement(a, c) / walltime_improvement(a, best_gamma(a, c), c) - 1 for a in rates)


@paper.property(
    "Sec. 3.5",
    "the gain of an oracle for gamma stays below e / (e - 1), which is its limit",
    draws=10,
)
def limit_of_an_oracle(rng):
    alpha, c = rate_and_cost(rng)
    gain = oracle_improvement(alpha, c) / walltime_improvement(alpha, best_gamma(alpha, c), c)
    near = 1 - 1e-3 * (math.e - 2)
    largest = oracle_improvement(near, 1e-3) / walltime_improvement(near, best_gamma(near, 1e-3), 1e-3)
    return 1 <= gain < math.e / (math.e - 1) and math.isclose(largest, math.e / (math.e - 1), rel_tol=2e-3)


# App. A.3: improvements expected from estimates of c
# Tab. 4: gamma, alpha, c and the expected improvement
TABLE_4 = {
    "EnDe, T5-small, argmax": (7, 0.75, 0.02, "3.2"),
    "EnDe, T5-base, argmax": (7, 0.80, 0.04, "3.3"),
    "EnDe, T5-large, argmax": (7, 0.82, 0.11, "2.5"),
    "EnDe, T5-small, sampling": (7, 0.62, 0.02, "2.3"),
    "EnDe, T5-base, sampling": (5, 0.68, 0.04, "2.4"),
    "EnDe, T5-large, sampling": (3, 0.71, 0.11, "2.0"),
    "CNNDM, T5-small, argmax": (5, 0.65, 0.02, "2.4"),
    "CNNDM, T5-base, argmax": (5, 0.73, 0.04, "2.6"),
    "CNNDM, T5-large, argmax": (3, 0.74, 0.11, "2.0"),
    "CNNDM, T5-small, sampling": (5, 0.53, 0.02, "1.9"),
    "CNNDM, T5-base, sampling": (3, 0.55, 0.04, "1.8"),
    "CNNDM, T5-large, sampling": (3, 0.56, 0.11, "1.6"),
}


@paper.claim("Tab. 4", "expected improvement", printed={row: cells[3] for row, cells in TABLE_4.items()}, under=inputs)
def expected_improvement(row, reading):
    gamma, alpha, c, _ = TABLE_4[row]
    return walltime_improvement(*reading(alpha, gamma, c))


@expected_improvement.derivation
def _(row, reading):
    gamma, alpha, c, _ = TABLE_4[row]
    return oracles.walltime_improvement(*reading(alpha, gamma, c))


@inputs.measure("rows of 12 of Table 4 that come out by rounding")
def _(reading):
    rows = [(reading(alpha, gamma, c), float(digits)) for gamma, alpha, c, digits in TABLE_4.values()]
    return sum(round(oracles.walltime_improvement(*given), 1) == printed for given, printed in rows)


LENIENT = {"1": (0.62, "2.5"), "0.5": (0.71, "3.1"), "0.3": (0.76, "3.6"), "0.1": (0.84, "5")}


@paper.claim(
    "App. A.5",
    "improvement with lenience, T5-small, c 0.015 and the best gamma, l",
    printed={row: digits for row, (_, digits) in LENIENT.items()},
)
def improvement_with_lenience(row):
    alpha, _ = LENIENT[row]
    return walltime_improvement(alpha, best_gamma(alpha, 0.015), 0.015)


@improvement_with_lenience.derivation
def _(row):
    alpha, _ = LENIENT[row]
    return max(oracles.walltime_improvement(alpha, gamma, 0.015) for gamma in range(1, 200))


@paper.property(
    "App. A.5",
    "the improvements with leniences of 1, 0.5 and 0.3 come from some gamma and inputs that round to those printed",
    holds=False,
    draws=1,
)
def improvements_out_of_reach(rng):
    most, least = [], []
    for alpha, digits in [*LENIENT.values()][:3]:
        most.append(max(oracles.walltime_improvement(alpha + 0.005, gamma, 0.0145) for gamma in range(1, 200)))
        least.append(float(digits) - 0.05)
    return [100.0 * (a >= b) for a, b in zip(most, least, strict=True)], [100.0] * 3


ARGMAX = {"1": (0.75, "3.3"), "0.5": (0.75, "3.3"), "0.3": (0.8, "3.9"), "0.1": (0.87, "4.9")}


@paper.claim(
    "App. A.5",
    "improvement with lenience and argmax, T5-small, c 0.015 and gamma 8, l",
    printed={row: digits for row, (_, digits) in ARGMAX.items()},
)
def improvement_with_argmax(row):
    return walltime_improvement(ARGMAX[row][0], 8, 0.015)


@improvement_with_argmax.derivation
def _(row):
    return oracles.walltime_improvement(ARGMAX[row][0], 8, 0.015)
