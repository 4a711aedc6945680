"""Where paper, its submitted version, and libraries say different things."""

from itertools import pairwise

import torch

from ectype_amsgrad.amsgrad import amsgrad_update
from ectype_amsgrad.claims.regret import played
from ectype_amsgrad.claims.shared import adam, amsgrad, paper
from ectype_amsgrad.inverse_rate import inverse_rate_change
from ectype_amsgrad.online_problem import periodic_slopes, play
from ectype_amsgrad.regret_bound import amsgrad_regret_bound
from ectype_amsgrad.synthetic import BETAS, STEPSIZE

KERAS = "keras-team/keras@13de96aef1a4 keras/src/optimizers/adam.py"
OPTAX = "google-deepmind/optax@006cebd2addd optax/_src/transform.py, scale_by_amsgrad"
SHORT = 30 * 101

# The correction of bias

correction = paper.disagreement(
    "correction of bias",
    "Algorithm 2 corrects no bias. torch and Keras take the maximum of second moments that are not corrected, and correct "
    "this maximum and the first moment; optax takes the maximum of corrected ones. With a constant stepsize torch's "
    "denominator falls while the maximum stays: Gamma is negative, which AMSGrad is meant to exclude.",
    at="Alg. 2, Eq. 2",
    follow="paper",
    id="correction",
)


def ams(first, second, after):
    """AMSGrad with factors on the first moment, on the second before the maximum, and on the maximum."""

    def update(x, gradient, m, v, largest, step, step_size, betas, bounds=None):
        m = betas[0] * m + (1 - betas[0]) * gradient
        v = betas[1] * v + (1 - betas[1]) * gradient**2
        ones = (1 - betas[0] ** step, 1 - betas[1] ** step)
        largest = torch.maximum(largest, v / ones[1] if second else v)
        divisor = largest / ones[1] if after else largest
        x = x - step_size * (m / ones[0] if first else m) / divisor.sqrt()
        return x if bounds is None else x.clamp(*bounds), m, v, largest, divisor

    return update


@correction.reading("paper", source="Alg. 2")
def _(x, gradient, m, v, largest, step, step_size, betas, bounds=None):
    x, m, v, largest = amsgrad_update(x, gradient, m, v, largest, step_size, betas, bounds=bounds)
    return x, m, v, largest, largest


correction.reading("torch and Keras", source=f"torch.optim.Adam(amsgrad=True); {KERAS}")(ams(True, False, True))
correction.reading("optax", source=OPTAX)(ams(True, True, False))


def numbered(update):
    """An update that counts its steps, for `play`; the divisor is dropped."""
    steps = iter(range(1, 10**9))
    return lambda x, g, m, v, u, rate, betas, bounds: update(x, g, m, v, u, next(steps), rate, betas, bounds)[:-1]


@correction.measure("first step / alpha, beta_1 = 0.9 and beta_2 = 0.999")
def _(reading):
    zero, one = torch.zeros((), dtype=torch.float64), torch.ones((), dtype=torch.float64)
    return float(-reading(zero, one, zero, zero, zero, 1, 1.0, (0.9, 0.999))[0])


@correction.measure("of 99 changes of sqrt(V) / alpha, how many are negative: gradients 1, then 0.1, constant stepsize")
def _(reading):
    zero = torch.zeros((), dtype=torch.float64)
    x, averages, divisors = zero, (zero,) * 3, []
    for step in range(1, 101):
        gradient = torch.tensor(1.0 if step == 1 else 0.1, dtype=torch.float64)
        x, *averages, divisor = reading(x, gradient, *averages, step, 1.0, (0.9, 0.999))
        divisors.append(divisor)
    changes = [inverse_rate_change(b, a, 1.0, 1.0) for a, b in pairwise(divisors)]
    return int(sum(change < -1e-12 for change in changes))


@correction.measure(f"point after {SHORT} functions of section 5")
def _(reading):
    return float(play(numbered(reading), periodic_slopes(SHORT), STEPSIZE, BETAS, averages=3)[-1])


# The place of epsilon

epsilon = paper.disagreement(
    "place of epsilon",
    "Algorithm 2 has no epsilon. Eq. 3 adds it under the root and says that Kingma and Ba do so; they add it to the root, "
    "and so do torch, Keras and optax.",
    at="Eq. 3, Alg. 2",
    follow="paper",
    id="epsilon",
)


@epsilon.reading("paper", source="Eq. 3")
def _(v, eps):
    return (v + eps) ** 0.5


@epsilon.reading("Kingma and Ba", source="arXiv 1412.6980v9, Alg. 1; torch, Keras, optax")
def _(v, eps):
    return v**0.5 + eps


for size in ("1", "1e-3", "1e-6"):

    @epsilon.measure(f"step / alpha, m = {size}, v = m^2, epsilon 1e-8")
    def _(reading, size=float(size)):
        return size / reading(size**2, 1e-8)


# The stepsize of Figure 1

stepsize = paper.disagreement(
    "stepsize of the synthetic experiment",
    "Section 5 does not give the stepsize of Figure 1, nor the start. The theory needs alpha / sqrt(t); section 3 says that its "
    "example also holds for a constant one, with which AMSGrad keeps moving by several alpha within each period.",
    at="Sec. 5, Fig. 1",
    follow="alpha / sqrt(t)",
    id="stepsize",
)


@stepsize.reading("alpha / sqrt(t)", source="Theorem 4; section 5 for logistic regression")
def _(method, alpha):
    return method(periodic_slopes(SHORT), alpha, BETAS)


@stepsize.reading("constant", source="Sec. 3; section 5 for neural networks")
def _(method, alpha):
    return method(periodic_slopes(SHORT), alpha / SHORT**0.5, BETAS, constant=True)


for name, method in {"Adam": adam, "AMSGrad": amsgrad}.items():

    @stepsize.measure(f"{name}, point after {SHORT} functions, the last stepsize the same, alpha 1")
    def _(reading, method=method):
        return float(reading(method, 1.0)[-1])


# The first term of Theorem 4

first_term = paper.disagreement(
    "first term of the regret bound",
    "In the submitted version the first term of Theorem 4 lacks the stepsize in its denominator, and small stepsizes break the "
    "bound. The published theorem has it, as quoted by Phuong and Phong, who find another flaw in its proof.",
    at="Thm. 4",
    follow="paper",
    id="first-term",
)


def slow(rounds=100, lr=1e-3):
    """AMSGrad with a tiny stepsize from the worst point of x, x, ...: what the bound needs, and the regret."""
    slopes, beta1 = torch.ones(rounds, 1, dtype=torch.float64), torch.zeros(rounds, dtype=torch.float64)
    ours, v_hat = played(slopes, lr, beta1, 0.9, start=1.0)
    return (slopes, v_hat, beta1, 0.9, lr, 2.0), float(ours)


@first_term.reading("paper", source="IEEE Access 7, 61706 (2019), Theorem A")
def _(slopes, v_hat, beta1, beta2, lr, diameter):
    return float(amsgrad_regret_bound(slopes, v_hat, beta1, beta2, lr, diameter))


@first_term.reading("submitted version", source="OpenReview, November 2017, Theorem 4")
def _(slopes, v_hat, beta1, beta2, lr, diameter):
    whole = float(amsgrad_regret_bound(slopes, v_hat, beta1, beta2, lr, diameter))
    first = diameter**2 * len(slopes) ** 0.5 * float(v_hat[-1].sqrt().sum())
    return whole - first / lr + first


@first_term.measure("bound / regret, 100 functions x from 1, alpha 0.001 (must not be below 1)")
def _(reading):
    given, ours = slow()
    return reading(*given) / ours


# Division by zero

division = paper.disagreement(
    "coordinates without a gradient",
    "Algorithms 1 and 2 divide zero by zero in a coordinate whose gradients were all zero. It stays here.",
    at="Alg. 1, Alg. 2",
    follow="zero over zero is zero",
    departure="D1",
    id="division",
)


@division.reading("paper", source="Alg. 2, literally")
def _(x, m, v):
    return x - 0.1 * m / v.sqrt()


@division.reading("zero over zero is zero", source="this package")
def _(x, m, v):
    return amsgrad_update(x, m, m, v, v, 0.1)[0]


@division.measure("point 1 after a step with gradient zero")
def _(reading):
    zero = torch.zeros((), dtype=torch.float64)
    point = reading(zero + 1, zero, zero)
    return "not a number" if point.isnan() else float(point)
