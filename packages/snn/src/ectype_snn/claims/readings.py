"""Where the paper says two things, and where libraries differ from it."""

import torch
from torch import nn

from ectype_snn.alpha_dropout import SATURATION, affine_parameters
from ectype_snn.claims.networks import deep
from ectype_snn.claims.results import FIXED, LARGER, slope
from ectype_snn.claims.shared import LOW, OMEGA, inside, paper
from ectype_snn.jacobian import largest_singular_value, moment_jacobian, second_moment_jacobian
from ectype_snn.moment_map import moment_map
from ectype_snn.selu import ALPHA, SCALE, selu


def seed():
    return torch.Generator().manual_seed(0)


constants = paper.disagreement(
    "digits of the two constants",
    "The text prints five digits, the appendix a closed form; torch has the digits of double precision. With the printed ones "
    "(0, 1) is a fixed point nearly.",
    at="Sec. 2, Eq. 14",
    follow="closed form",
    id="constants",
)


@constants.reading("closed form", source="App. A1, Eq. 14")
def _():
    return ALPHA, SCALE


@constants.reading("printed digits", source="Sec. 2: 1.6733 and 1.0507")
def _():
    return 1.6733, 1.0507


@constants.reading("torch", source="torch.nn.functional.selu")
def _():
    ends = torch.nn.functional.selu(torch.tensor([1.0, -800.0], dtype=torch.float64))
    return float(-ends[1] / ends[0]), float(ends[0])


@constants.measure("variance after one layer from (0, 1), less one")
def _(reading):
    zero, one = torch.zeros(1).double(), torch.ones(1).double()
    return round(float(moment_map(zero, one, zero, one, *reading())[1]) - 1, 12)


gains = paper.disagreement(
    "gain of the initialization",
    "The paper draws weights with variance 1 / n. torch's gain for selu, in nn.init.calculate_gain, is 3/4, with which variances "
    "shrink; its documentation says to use the linear gain, 1, for this paper.",
    at="Sec. 2",
    follow="paper",
    id="gain",
)


@gains.reading("paper", source='Sec. 2, "Initialization"')
def _():
    return 1.0


@gains.reading("torch", source="torch.nn.init.calculate_gain('selu')")
def _():
    return float(nn.init.calculate_gain("selu"))


@gains.measure("variance after 32 layers of a random network, from (0, 1)")
def _(reading):
    return deep(seed(), selu, reading())[1]


@gains.measure("fixed point of the variance, weights of sum 0")
def _(reading):
    zero, one = torch.zeros(1).double(), torch.ones(1).double()
    state = zero, one
    for _ in range(500):
        state = moment_map(*state, zero, reading() ** 2 * one)
    return float(state[1])


domains = paper.disagreement(
    "least variance of Theorem 3",
    "The main text has the theorem for variances from 0.02, the appendix, which proves it, for variances from 0.05.",
    at="Thm. 3, App. A2.3",
    follow="main text",
    id="least-variance",
)


@domains.reading("main text", source="Thm. 3: 0.02")
def _():
    return 0.02


@domains.reading("appendix", source="App. A2.3: 0.05")
def _():
    return 0.05


@domains.measure("least growth of the variance in one layer, on both domains")
def _(reading):
    growths = []
    for mean, (_, high), *weights in LOW:
        points = inside(seed(), (mean, (reading(), high), *weights), 2000)
        growths.append(moment_map(*points)[1] / points[1])
    return float(torch.cat(growths).min())


bounds = paper.disagreement(
    "largest slope of the last entry of the Jacobian by the variance",
    "Of the bounds that were determined numerically, Eq. 335 has the slope between -0.276862 and -0.084813. Eq. 336 prints "
    "0.562302 for its size, which in Eq. 335 is the lower bound of the next slope.",
    at="Eq. 335, Eq. 336",
    follow="Eq. 335",
    id="numerical-bound",
)


@bounds.reading("Eq. 335", source="App. A6, Eq. 335")
def _():
    return 0.276862


@bounds.reading("Eq. 336", source="App. A6, Eq. 336")
def _():
    return 0.562302


@bounds.measure("how many times the largest size found at 10,000 points and all corners")
def _(reading):
    points = inside(seed(), LARGER, 10_000)
    return reading() / float(slope("22", "nu", points).abs().max())


jacobians = paper.disagreement(
    "what the Jacobian is of",
    "In Eq. 6 the letter J is the Jacobian of mean and variance. In the appendix it is that of mean and second moment, and the "
    "other one is H; the bounds of Eq. 335 are on the former.",
    at="Eq. 6, Eq. 56, Eq. 61",
    follow="Eq. 6",
    id="two-jacobians",
)


@jacobians.reading("Eq. 6", source="Sec. 2, Eq. 6; App. A3.4.1, Eq. 61, there H")
def _(points):
    return moment_jacobian(*points)


@jacobians.reading("Eq. 56", source="App. A3.4.1, Eq. 56")
def _(points):
    return second_moment_jacobian(*points)


@jacobians.measure("largest spectral norm at 10,000 points of the domain of Theorem 1, and its corners")
def _(reading):
    return float(largest_singular_value(reading(inside(seed(), OMEGA, 10_000))).max())


halves = paper.disagreement(
    "factor of the largest singular value",
    "Equation 69 and the second line of Eq. 71 have half the sum of two roots, the first line of Eq. 71 has their sum.",
    at="Eq. 69, Eq. 71",
    follow="Eq. 69",
    id="half-of-the-sum",
)


@halves.reading("Eq. 69", source="App. A3.4.1, Eq. 69, and Eq. 71 in its second line")
def _(matrix):
    return largest_singular_value(matrix)


@halves.reading("Eq. 71", source="App. A3.4.1, Eq. 71, first line")
def _(matrix):
    return 2 * largest_singular_value(matrix)


@halves.measure("spectral norm of the Jacobian at (0, 1)")
def _(reading):
    return float(reading(moment_jacobian(*FIXED)))


drops = paper.disagreement(
    "moments for which alpha dropout is made",
    "Factor and shift depend on the moments of the activations. The paper, and torch, take those of (0, 1), because networks "
    "come near it.",
    at="Sec. 2",
    follow="paper",
    id="dropout-moments",
)


@drops.reading("paper", source="Sec. 2: with mean 0 and variance 1 we obtain; torch.nn.AlphaDropout")
def _(mean, variance):
    return affine_parameters(0.1)


@drops.reading("moments of the activations", source="Sec. 2: a and b will depend on mean and variance")
def _(mean, variance):
    return affine_parameters(0.1, mean, variance)


@drops.measure("variance after dropping a tenth, where it was 1.5 and the mean 0.1")
def _(reading):
    factor, _ = reading(0.1, 1.5)
    return factor**2 * 0.9 * (0.1 * (SATURATION - 0.1) ** 2 + 1.5)


@drops.measure("mean after dropping a tenth, where it was 0.1 and the variance 1.5")
def _(reading):
    factor, shift = reading(0.1, 1.5)
    return factor * (0.9 * 0.1 + 0.1 * SATURATION) + shift
