"""Units, constants, the map of moments and the theorems about it (Eqs. 2 to 14, appendix A2)."""

import torch
from torch.nn import functional as F

from ectype_snn.claims import oracles
from ectype_snn.claims.shared import HIGH, LOW, OMEGA, inside, normal, paper, refusal
from ectype_snn.jacobian import largest_singular_value, moment_jacobian, second_moment_jacobian
from ectype_snn.moment_map import moment_map
from ectype_snn.selu import ALPHA, SCALE, SELU, fixed_point_parameters, selu

DOUBLE = {"types-kept": "torch has no logarithm of the normal distribution function in bfloat16"}

# Units (Eq. 2) and constants (Eq. 14)


@paper.component("layer", of=selu, settings=[{}, {"alpha": 1.5, "scale": 0.7}])
def net_inputs(rng, batch=3, units=5):
    return 2 * normal(rng, batch, units)


@net_inputs.limit("zero, and far from it")
def _(rng):
    return torch.tensor([[0.0, -0.0, 700.0, -700.0, 1e-9, -1e-9]], dtype=torch.float64)


paper.equation("Eq. 2", of=selu, elementwise=True)(oracles.selu)
paper.equation("Eq. 7", of=selu, elementwise=True)(oracles.selu)


@paper.component("layer", of=SELU, id="selu-module")
def net_inputs_of_module(rng, batch=3, units=5):
    return 2 * normal(rng, batch, units)


@paper.reference(of=SELU)
def torch_selu():
    return torch.nn.SELU()


@paper.property("Eq. 2", "without constants given it is torch's, whose constants have all digits")
def torch_constants(rng):
    x = 2 * normal(rng, 3, 5)
    return [selu(x), SELU()(x)], [F.selu(x), F.selu(x)]


@paper.property("Sec. 2", "the four things that are required: both signs, saturation, a slope above one, continuity")
def requirements(rng):
    x = torch.tensor([-1.0, 1.0, -60.0, 1e-12, -1e-12], dtype=torch.float64, requires_grad=True)
    y = selu(x)
    slopes = torch.autograd.grad(y.sum(), x)[0]
    signs = bool(y[0] < 0) and bool(y[1] > 0)
    return signs and bool(slopes[2].abs() < 1e-12) and bool(slopes[1] > 1) and bool((y[3] - y[4]).abs() < 1e-11)


@paper.component("layer", of=fixed_point_parameters, settings=[{"variance": 1.0}, {"variance": 2.0}, {"variance": 0.3}])
def nothing(rng):
    return ()


paper.equation("App. A5", of=fixed_point_parameters)(oracles.fixed_point_parameters)


@paper.property("Eq. 14", "for mean 0 and variance 1 the constants have this closed form")
def closed_form(rng):
    return [fixed_point_parameters(), fixed_point_parameters(1.0), (ALPHA, SCALE)], [oracles.constants()] * 3


@paper.property("Eq. 14", "with them (0, 1) is a fixed point, and (0, v) with those for another variance v")
def fixed_points(rng):
    found, expected = [], []
    for v in (1.0, 0.1 + 3 * float(torch.rand((), generator=rng, dtype=torch.float64))):
        zero, one = torch.zeros(1).double(), torch.ones(1).double()
        found.append(torch.cat(moment_map(zero, v * one, zero, one, *fixed_point_parameters(v))))
        expected.append(torch.tensor([0.0, v], dtype=torch.float64))
    return torch.cat(found), torch.cat(expected)


@paper.property("Eq. 2", "scales and variances that are not above zero are refused by value", draws=1)
def constants_are_refused(rng):
    x = torch.ones(2).double()
    refused = [
        f"received {wrong}" in refusal(call)
        for wrong in (0.0, -1.5)
        for call in (
            lambda wrong=wrong: selu(x, 1.0, wrong),
            lambda wrong=wrong: fixed_point_parameters(wrong),
            lambda wrong=wrong: moment_map(x, x, x, x, 1.0, wrong),
        )
    ]
    return all(refused)


# The map of mean and variance (Eqs. 3 to 5 and 9 to 13)


@paper.component("layer", of=moment_map, settings=[{}, {"alpha": 1.5, "scale": 0.7}], expected_failures=DOUBLE)
def weights_and_moments(rng, points=4):
    shares = torch.rand(points, 4, generator=rng, dtype=torch.float64)
    low = torch.tensor([-1.0, 0.02, -0.5, 0.5], dtype=torch.float64)
    high = torch.tensor([1.0, 16.0, 0.5, 1.5], dtype=torch.float64)
    return (low + shares * (high - low)).unbind(dim=1)


@weights_and_moments.limit("the domain of Theorem 1")
def _(rng):
    return inside(rng, OMEGA, 8)


@weights_and_moments.limit("large means of either sign")
def _(rng):
    mean = torch.tensor([6.0, -6.0], dtype=torch.float64)
    return mean, torch.ones_like(mean), torch.ones_like(mean), torch.ones_like(mean)


for number in (3, 4, 5, 9, 10, 11, 12, 13):
    formula = {3: oracles.by_integral, 9: oracles.by_two_integrals, 10: oracles.by_two_integrals}.get(
        number, oracles.main_text if number < 9 else oracles.appendix
    )
    paper.equation(f"Eq. {number}", of=moment_map)(oracles.each(formula))


def points_of_the_domain(rng, points=3):
    mean, variance, weight_sum, weight_square_sum = weights_and_moments.draw(rng, points)
    return mean, 0.5 + variance / 10, weight_sum, weight_square_sum


paper.component("layer", of=moment_jacobian, expected_failures=DOUBLE)(points_of_the_domain)
paper.component("layer", of=second_moment_jacobian, expected_failures=DOUBLE)(points_of_the_domain)
for number in (6, 61):
    paper.equation(f"Eq. {number}", of=moment_jacobian)(oracles.jacobian)
for number in (56, 62, 63, 64, 65):
    paper.equation(f"Eq. {number}", of=second_moment_jacobian)(oracles.second_moment_jacobian)


@paper.component(
    "layer",
    of=largest_singular_value,
    expected_failures={"zero-inputs": "the norm of a matrix of zeros has no gradient"},
)
def matrices(rng, points=3):
    return normal(rng, points, 2, 2)


paper.equation("Eq. 69", of=largest_singular_value)(oracles.largest_singular_value)


@paper.reference(of=largest_singular_value, id="torch")
def _(matrix):
    return torch.linalg.matrix_norm(matrix, 2)


@paper.property("Eq. 3", "it gives mean and variance of units whose net inputs are normal", draws=3)
def moments_of_normal_inputs(rng):
    mean, variance, weight_sum, weight_square_sum = (value[:1] for value in weights_and_moments.draw(rng))
    new_mean, new_variance = moment_map(mean, variance, weight_sum, weight_square_sum)
    net = mean * weight_sum + (variance * weight_square_sum).sqrt() * normal(rng, 400_000)
    y = selu(net)
    error = (new_variance / len(y)).sqrt()
    return bool((y.mean() - new_mean).abs() < 5 * error) and bool((y.var() / new_variance - 1).abs() < 0.03)


# The theorems (main text and appendix A2)


def norm(points):
    return largest_singular_value(moment_jacobian(*points))


@paper.property("Thm. 1", "in its domain the spectral norm of the Jacobian is below one: the map is a contraction")
def contraction(rng):
    return norm(inside(rng, OMEGA, 100)) < 1


@paper.property("App. A3.4.1", "it is one also where the sum of squared weights is from 0.8 to 1.25")
def contraction_in_a_larger_domain(rng):
    return norm(inside(rng, (*OMEGA[:3], (0.8, 1.25)), 100)) < 1


@paper.property("Thm. 1", "the map stays in the domain, within the intervals that are printed")
def stays_inside(rng):
    mean, variance = moment_map(*inside(rng, OMEGA, 200))
    return (mean > -0.03107) & (mean < 0.06774) & (variance >= 0.80009) & (variance <= 1.48617)


@paper.property("Thm. 1", "all points converge to one fixed point, which depends on the weights")
def convergence(rng):
    mean, variance, weight_sum, weight_square_sum = inside(rng, OMEGA, 20)
    starts = torch.stack((mean, variance))
    ends = []
    for _ in range(2):
        state = tuple(starts)
        for _ in range(120):
            state = moment_map(*state, weight_sum, weight_square_sum)
        ends.append(torch.stack(state))
        starts = starts.flip(dims=(1,))
    return ends[0], ends[1]


@paper.property("Thm. 1", "for normalized weights the fixed point is (0, 1)")
def normalized_weights(rng):
    state = inside(rng, OMEGA, 20)[:2]
    zero, one = torch.zeros_like(state[0]), torch.ones_like(state[0])
    for _ in range(120):
        state = moment_map(*state, zero, one)
    return torch.stack(state), torch.stack((zero, one))


@paper.property("Thm. 2", "a large variance decreases")
def decreasing_variance(rng):
    points = inside(rng, HIGH, 500)
    return moment_map(*points)[1] < points[1]


@paper.property("Thm. 3", "a small variance increases, in both domains of the main text")
def increasing_variance(rng):
    sides = [(moment_map(*points)[1], points[1]) for points in (inside(rng, domain, 500) for domain in LOW)]
    return torch.cat([after > before for after, before in sides])


@paper.property("Thm. 2", "variances of [3, 16] come below 3 across many layers")
def below_three(rng):
    mean, variance, weight_sum, weight_square_sum = inside(rng, HIGH, 100)
    for _ in range(60):
        mean, variance = moment_map(mean, variance, weight_sum, weight_square_sum)
    return variance < 3


def rectified(mean, variance, weight_sum, weight_square_sum):
    """The map of moments of rectified linear units, which are selu with alpha 0 and scale 1."""
    return moment_map(mean, variance, weight_sum, weight_square_sum, 0.0, 1.0)


@paper.property("Sec. 2", "with rectified linear units (0, 1) is no fixed point, and there is none: variances vanish")
def rectified_units(rng):
    zero, one = torch.zeros(1).double(), torch.ones(1).double()
    state = (zero, one)
    first = rectified(*state, zero, one)
    for _ in range(60):
        state = rectified(*state, zero, one)
    return bool(first[0] > 0.39) and bool(state[1] < 1e-12)


@paper.property("Thm. 1", "outside the domain the map need not be a contraction", draws=5)
def no_contraction(rng):
    mean, variance, weight_sum, weight_square_sum = inside(rng, ((-1, 1), (0.01, 0.02), (-0.1, 0.1), (1.2, 1.25)), 20)
    return norm((mean, variance, weight_sum, weight_square_sum)) > 1
