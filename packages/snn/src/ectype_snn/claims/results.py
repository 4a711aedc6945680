"""What the paper prints: constants, Jacobians and bounds, and what is not measured here."""

import itertools
import math

import torch
from ectype.declarations import Target

from ectype_snn.claims import oracles
from ectype_snn.claims.shared import OMEGA, paper
from ectype_snn.jacobian import largest_singular_value, moment_jacobian, second_moment_jacobian
from ectype_snn.moment_map import moment_map
from ectype_snn.selu import ALPHA, SCALE, fixed_point_parameters


def point(mean, omega, variance, tau):
    return tuple(torch.tensor([value], dtype=torch.float64) for value in (mean, variance, omega, tau))


FIXED = point(0.0, 0.0, 1.0, 1.0)

# Constants


@paper.claim("Sec. 2", "constants of the fixed point (0, 1)", printed={"alpha": "1.6733", "lambda": "1.0507"})
def constants(row):
    return {"alpha": ALPHA, "lambda": SCALE}[row]


@paper.claim("Eq. 14", "constants of the fixed point (0, 1)", printed={"alpha": "1.67326", "lambda": "1.0507"})
def closed_forms(row):
    return {"alpha": ALPHA, "lambda": SCALE}[row]


@paper.claim("App. A5", "constants of the fixed point (0, 2)", printed={"alpha": "1.97126", "lambda": "1.06071"})
def other_fixed_point(row):
    alpha, scale = fixed_point_parameters(2.0)
    return {"alpha": alpha, "lambda": scale}[row]


for claims in (constants, closed_forms, other_fixed_point):
    claims.derivation(
        lambda row, variance=2.0 if claims is other_fixed_point else 1.0: dict(
            zip(("alpha", "lambda"), oracles.fixed_point_parameters(variance), strict=True)
        )[row]
    )

# The Jacobian at the fixed point


@paper.claim(
    "Eq. 6",
    "Jacobian at (0, 1)",
    printed={
        "mean by mean": "0.0",
        "mean by variance": "0.088834",
        "variance by mean": "0.0",
        "variance by variance": "0.782648",
    },
)
def jacobian(row):
    places = {"mean by mean": (0, 0), "mean by variance": (0, 1), "variance by mean": (1, 0)}
    return round(float(moment_jacobian(*FIXED)[0][places.get(row, (1, 1))]), 12)


@paper.claim("Sec. 2", "spectral norm of the Jacobian at (0, 1)", printed="0.7877")
def spectral_norm():
    return float(largest_singular_value(moment_jacobian(*FIXED)))


@spectral_norm.derivation
def _():
    return math.hypot(*oracles.jacobian([0.0], [1.0], [0.0], [1.0])[0][:, 1])


# The interval of Theorem 1


def extremes():
    """The map at the corners of the domain of Theorem 1, where the mean is monotone in each variable."""
    corners = torch.cartesian_prod(*(torch.tensor(interval, dtype=torch.float64) for interval in OMEGA))
    return moment_map(*corners.unbind(dim=1))[0]


@paper.claim("Thm. 1", "mean of the next layer in the domain", printed={"smallest": "-0.03106", "largest": "0.06773"})
def next_means(row):
    return float({"smallest": torch.min, "largest": torch.max}[row](extremes()))


@next_means.derivation
def _(row):
    worst = {"smallest": (-0.1, 0.8, 0.1, 0.95), "largest": (0.1, 1.5, 0.1, 1.1)}[row]
    return oracles.main_text(*worst, *oracles.constants())[0]


# Bounds that were determined numerically (appendix A6): an entry of the Jacobian, the variable by which it is derived, then
# value and point (mean, omega, variance, tau) below and above

BOUNDS = """
11 mu     0          0.06   0     1.35     1.12      .00182415   -0.1   0.1   1.47845  0.883374
11 omega  0.905413   0.1   -0.1   1.5      1.25      1.04143      0.1   0.1   0.8      0.8
11 nu    -0.0151177 -0.1    0.1   0.8      1.25      0.0151177    0.1  -0.1   0.8      1.25
11 tau   -0.015194  -0.1    0.1   0.8      1.25      0.015194     0.1  -0.1   0.8      1.25
12 mu    -0.0151177 -0.1    0.1   0.8      1.25      0.0151177    0.1  -0.1   0.8      1.25
12 omega -0.0151177  0.1   -0.1   0.8      1.25      0.0151177    0.1  -0.1   0.8      1.25
12 nu    -0.00785613 0.1   -0.1   1.5      1.25      0.0315805    0.1   0.1   0.8      0.8
12 tau    0.0799824  0.1   -0.1   1.5      1.25      0.110267    -0.1   0.1   0.8      0.8
21 mu     0          0.06   0     1.35     1.12      0.0174802    0.1   0.1   0.8      0.8
21 omega  0.0849308  0.1   -0.1   0.8      0.8       0.695766     0.1   0.1   1.5      1.25
21 nu    -0.0600823  0.1   -0.1   0.8      1.25      0.0600823   -0.1   0.1   0.8      1.25
21 tau   -0.0673083  0.1   -0.1   1.5      0.8       0.0673083   -0.1   0.1   1.5      0.8
22 mu    -0.0600823  0.1   -0.1   0.8      1.25      0.0600823   -0.1   0.1   0.8      1.25
22 omega -0.0600823  0.1   -0.1   0.8      1.25      0.0600823   -0.1   0.1   0.8      1.25
22 nu    -0.276862  -0.01  -0.01  0.8      1.25     -0.084813    -0.1   0.1   1.5      0.8
22 tau    0.562302   0.1   -0.1   1.5      1.25      0.664051     0.1   0.1   0.8      0.8
"""

ROWS = {}
for line in BOUNDS.split("\n")[1:-1]:
    entry, variable, *numbers = line.split()
    for side, first in (("below", 0), ("above", 5)):
        ROWS[f"J{entry} by {variable}, {side}"] = (entry, variable, numbers[first], numbers[first + 1 : first + 5])

VARIABLES = {"mu": 0, "nu": 1, "omega": 2, "tau": 3}


def slope(entry, variable, points):
    """Derivative of an entry of the appendix's Jacobian by one of the four variables."""
    row, column = (int(number) - 1 for number in entry)
    points = [value.detach().clone().requires_grad_() for value in points]
    values = second_moment_jacobian(*points)[:, row, column]
    return torch.autograd.grad(values.sum(), points[VARIABLES[variable]])[0]


@paper.claim(
    "Eq. 335",
    "bound on a derivative of the Jacobian, at the point that is printed with it",
    printed={row: digits for row, (_, _, digits, _) in ROWS.items()},
)
def bounds(row):
    entry, variable, _, at = ROWS[row]
    return round(float(slope(entry, variable, point(*map(float, at)))), 12)


@bounds.derivation
def _(row):
    entry, variable, _, at = ROWS[row]
    return round(oracles.slope_of_jacobian(entry, variable, *map(float, at)), 12)


# Six of these points are misprinted; with the values as printed, at other corners of the same domain

LARGER = ((-0.1, 0.1), (0.8, 1.5), (-0.1, 0.1), (0.8, 1.25))
"""The domain of appendix A3.4.1: mean, variance, sum of weights, sum of their squares."""

ELSEWHERE = ("J11 by tau", "J12 by omega", "J22 by omega", "J22 by nu")


@paper.claim(
    "Eq. 335",
    "bound on a derivative of the Jacobian, over the corners of the domain",
    printed={row: digits for row, (_, _, digits, _) in ROWS.items() if row.startswith(ELSEWHERE)},
)
def corners(row):
    entry, variable, *_ = ROWS[row]
    places = torch.cartesian_prod(*(torch.tensor(interval, dtype=torch.float64) for interval in LARGER))
    found = slope(entry, variable, places.unbind(dim=1))
    return float(found.min() if row.endswith("below") else found.max())


@corners.derivation
def _(row):
    entry, variable, *_ = ROWS[row]
    places = itertools.product(*LARGER)
    found = [oracles.slope_of_jacobian(entry, variable, mu, omega, nu, tau) for mu, nu, omega, tau in places]
    return float(min(found) if row.endswith("below") else max(found))


# What needs data and a search over hyperparameters

for method, digits in (
    ("SNN", "-0.756"),
    ("MSRAinit", "-0.240"),
    ("LayerNorm", "-0.198"),
    ("Highway", "0.021"),
    ("ResNet", "0.273"),
    ("WeightNorm", "0.397"),
    ("BatchNorm", "0.504"),
):
    paper.not_attempted(
        "Tab. 1",
        f"{method}, mean difference of its rank",
        printed=digits,
        because="needs 121 data sets and a search over hyperparameters for seven methods",
        data="UCI",
        headline=method == "SNN",
    )

TOX21 = {
    "SNN": "83.7 0.3 84.4 0.5 84.2 0.4 83.9 0.5 84.5 0.2 83.5 0.5 82.5 0.7",
    "Batchnorm": "80.0 0.5 79.8 1.6 77.2 1.1 77.0 1.7 75.0 0.9 73.7 2.0 76.0 1.1",
    "WeightNorm": "83.7 0.8 82.9 0.8 82.2 0.9 82.5 0.6 81.9 1.2 78.1 1.3 56.6 2.6",
    "LayerNorm": "84.3 0.3 84.3 0.5 84.0 0.2 82.5 0.8 80.9 1.8 78.7 2.3 78.8 0.8",
    "Highway": "83.3 0.9 83.0 0.5 82.6 0.9 82.4 0.8 80.3 1.4 80.3 2.4 79.6 0.8",
    "MSRAinit": "82.7 0.4 81.6 0.9 81.1 1.7 80.6 0.6 80.9 1.1 80.2 1.1 80.4 1.9",
    "ResNet": "82.2 1.1 80.0 2.0 80.5 1.2 81.2 0.7 81.8 0.6 81.2 0.6",
}

for method, row in TOX21.items():
    numbers = row.split()
    for depth, digits, spread in zip((2, 3, 4, 6, 8, 16, 32), numbers[::2], numbers[1::2], strict=False):
        paper.not_attempted(
            "Tab. 2",
            f"{method}, {depth} layers or blocks, AUC",
            printed=Target(digits, plus_minus=spread, spans="seeds", runs=5),
            unit="%",
            because="needs the challenge's data and a search over hyperparameters",
            data="Tox21",
            headline=method == "SNN" and depth == 8,
        )

for method, digits, spread in (
    ("SNN", "0.9803", "0.010"),
    ("MSRAinit", "0.9791", "0.010"),
    ("WeightNorm", "0.9786", "0.010"),
    ("Highway", "0.9766", "0.009"),
    ("LayerNorm", "0.9762", "0.011"),
    ("BatchNorm", "0.9760", "0.013"),
    ("ResNet", "0.9753", "0.010"),
):
    paper.not_attempted(
        "Tab. 3",
        f"{method}, AUC",
        printed=Target(digits, plus_minus=spread, spans="samples", runs=10),
        because="needs the survey's data and nested cross-validation",
        data="HTRU2",
        headline=method == "SNN",
    )
