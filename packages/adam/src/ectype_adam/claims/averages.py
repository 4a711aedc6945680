"""Moving averages, their bias and their correction (section 3); averages over time (section 7.2)."""

import torch
from ectype.declarations import Sample
from ectype.traits import Homogeneous
from torch import nn

from ectype_adam.adam import Adam
from ectype_adam.claims import oracles
from ectype_adam.claims.shared import normal, paper, path, refusal, whole
from ectype_adam.moving_average import bias_corrected, expected_average, moving_average, weighted_average
from ectype_adam.temporal_average import TemporalAverage, polyak_average

DECAYS = [{"decay": 0.9}, {"decay": 0.999}, {"decay": 0.0}]

paper.component("layer", of=moving_average, settings=DECAYS, traits=[Homogeneous(1, inputs=(0, 1))])(
    lambda rng, n=5: (normal(rng, n), normal(rng, n))
)
paper.equation("Alg. 1", of=moving_average, elementwise=True)(oracles.moving_average)

paper.component(
    "layer",
    of=bias_corrected,
    settings=[{"decay": 0.9, "step": 1}, {"decay": 0.999, "step": 30}, {"decay": 0.0, "step": 2}],
    traits=[Homogeneous(1)],
)(lambda rng, n=5: normal(rng, n))
paper.equation("Sec. 3", of=bias_corrected, elementwise=True)(oracles.bias_corrected)

paper.component("layer", of=weighted_average, settings=DECAYS, traits=[Homogeneous(1)])(
    lambda rng, t=6, n=3: normal(rng, t, n)
)
paper.equation("Eq. 1", of=weighted_average)(oracles.weighted_average)

paper.component("layer", of=expected_average, settings=DECAYS, traits=[Homogeneous(1)])(
    lambda rng, t=6, n=3: normal(rng, t, n)
)
paper.equation("Eq. 2", of=expected_average)(oracles.expectation_eq2)
paper.equation("Eq. 3", of=expected_average)(oracles.expectation_eq3)
paper.equation("Eq. 4", of=expected_average)(oracles.expectation_eq4)


@paper.property("Eq. 1", "the recursion of Algorithm 1 from zero is the weighted sum of Eq. 1")
def recursion_is_the_sum(rng):
    values, decay = normal(rng, whole(rng, 1, 30), 4), float(torch.rand((), generator=rng))
    average = torch.zeros(4, dtype=torch.float64)
    for value in values:
        average = moving_average(average, value, decay)
    return average, weighted_average(values, decay)


@paper.property("Eq. 1", "sums are on the device of their values", draws=1)
def sums_stay_on_the_device(rng):
    values = torch.empty(5, 2, device="meta")
    return weighted_average(values, 0.9).is_meta and expected_average(values, 0.9).is_meta


@paper.property("Sec. 3", "of a constant, the corrected average is that constant at every step")
def constant_is_recovered(rng):
    value, decay, steps = normal(rng, 4), float(torch.rand((), generator=rng)), whole(rng, 1, 30)
    return bias_corrected(weighted_average(value.expand(steps, 4), decay), decay, steps), value


def corrected_squares(rng, steps, beta2, scale):
    """20,000 corrected second moment estimates from independent normal gradients of given deviations."""
    gradients = normal(rng, steps, 20_000) * torch.as_tensor(scale, dtype=torch.float64).reshape(-1, 1)
    return bias_corrected(weighted_average(gradients**2, beta2), beta2, steps)


@paper.property(
    "Eq. 4", "with independent gradients of one distribution the corrected second moment is unbiased", draws=5
)
def second_moment_is_unbiased(rng):
    return Sample(corrected_squares(rng, whole(rng, 1, 20), 0.99, [1.5]), expected=1.5**2)


@paper.property("Eq. 4", "the derivation for the first moment is analogous: it is unbiased after correction", draws=5)
def first_moment_is_unbiased(rng):
    steps = whole(rng, 1, 20)
    gradients = 0.3 + normal(rng, steps, 20_000)
    return Sample(bias_corrected(weighted_average(gradients, 0.9), 0.9, steps), expected=0.3)


@paper.property("Eq. 4", "without the correction the second moment has the bias 1 - beta_2^t", draws=5)
def uncorrected_is_biased(rng):
    steps, beta2 = whole(rng, 1, 20), 0.99
    values = weighted_average(normal(rng, steps, 20_000) ** 2, beta2)
    return Sample(values, expected=1 - beta2**steps)


@paper.property("Eq. 3", "with gradients that are not stationary what is left is zeta", draws=5)
def zeta_is_what_is_left(rng):
    steps, beta2 = whole(rng, 2, 20), 0.9
    deviations = torch.linspace(3, 1, steps, dtype=torch.float64)
    values = weighted_average((normal(rng, steps, 20_000) * deviations[:, None]) ** 2, beta2)
    return Sample(values, expected=float(expected_average(deviations**2, beta2)))


@paper.property(
    "Eq. 4", "with gradients that are not stationary the corrected second moment is biased", holds=False, draws=5
)
def not_stationary_is_biased(rng):
    return Sample(corrected_squares(rng, 20, 0.9, torch.linspace(3, 1, 20)), expected=1.0)


@paper.property("Sec. 3", "decay rates outside [0, 1) and steps below 1 are refused by value", draws=1)
def impossible_averages_are_refused(rng):
    one = torch.ones(1, dtype=torch.float64)
    calls = [
        (lambda: bias_corrected(one, 1.0, 3), "decay=1.0"),
        (lambda: bias_corrected(one, -0.1, 3), "decay=-0.1"),
        (lambda: bias_corrected(one, 0.5, 0), "step=0"),
        (lambda: polyak_average(one, one, 0), "received 0"),
        (lambda: TemporalAverage([one], decay=1.0), "decay=1.0"),
        (lambda: TemporalAverage([one], decay=-0.5), "decay=-0.5"),
        (lambda: TemporalAverage([one]).corrected(), "step=0"),
    ]
    accepted = [lambda: bias_corrected(one, 0.0, 1), lambda: TemporalAverage([one], decay=0.0)]
    return all(text in refusal(call) for call, text in calls) and not any(map(refusal, accepted))


# Averages of the parameters over time (section 7.2)

paper.component("layer", of=polyak_average, settings=[{"step": 1}, {"step": 7}])(
    lambda rng, n=5: (normal(rng, n), normal(rng, n))
)
paper.equation("Sec. 7.2", of=polyak_average, elementwise=True)(
    lambda average, theta, step: ((step - 1) * average + theta) / step
)


def wandering(rng, steps):
    """The iterates of Adam on random gradients."""
    return path(Adam, normal(rng, 3), normal(rng, steps, 3), lr=0.1)


@paper.property("Sec. 7.2", "taken one by one the mean of the iterates is their mean")
def mean_of_iterates(rng):
    iterates = wandering(rng, whole(rng, 1, 20))
    average = torch.full((3,), 7.0, dtype=torch.float64)
    for step, theta in enumerate(iterates, start=1):
        average = polyak_average(average, theta, step)
    return average, oracles.polyak_average(iterates.numpy())


@paper.property("Sec. 7.2", "the mean of the iterates is that of torch.optim.swa_utils.AveragedModel")
def mean_is_torchs(rng):
    iterates = wandering(rng, whole(rng, 1, 20))
    module = nn.Linear(3, 1, bias=False, dtype=torch.float64)
    averaged = torch.optim.swa_utils.AveragedModel(module)
    average = torch.zeros(3, dtype=torch.float64)
    for step, theta in enumerate(iterates, start=1):
        with torch.no_grad():
            module.weight.copy_(theta)
        averaged.update_parameters(module)
        average = polyak_average(average, theta, step)
    return average, averaged.module.weight.detach()[0]


def averaged(iterates, decay):
    """A temporal average after the last of the iterates; half way it is saved and loaded into a new one."""
    theta = nn.Parameter(torch.zeros(3, dtype=torch.float64))
    average = TemporalAverage([theta], decay)
    for step, iterate in enumerate(iterates):
        if step == len(iterates) // 2:
            average, former = TemporalAverage([theta], decay), average
            average.load_state_dict(former.state_dict())
        theta.data.copy_(iterate)
        average.update()
    return average


@paper.property(
    "Sec. 7.2", "the exponential average is the weighted sum of the iterates, and goes on from what was saved"
)
def average_is_the_weighted_sum(rng):
    iterates, decay = wandering(rng, whole(rng, 1, 20)), 0.5 + 0.5 * float(torch.rand((), generator=rng))
    average = averaged(iterates, decay)
    expected = oracles.weighted_average(iterates.numpy(), decay)
    ours = [average.averages[0], average.corrected()[0]]
    return ours, [expected, expected / (1 - decay ** len(iterates))]


@paper.property("Sec. 7.2", "by default it decays by 0.999 and its average needs no gradient", draws=1)
def average_by_default(rng):
    theta = nn.Parameter(normal(rng, 3))
    average = TemporalAverage([theta])
    average.update()
    return average.decay == 0.999 and not average.averages[0].requires_grad and average.step == 1


@paper.property(
    "Sec. 7.2", "of parameters that stay, the corrected average is them at every step; the other one is not", draws=5
)
def average_of_what_stays(rng):
    theta = normal(rng, 3)
    average = averaged(theta.expand(whole(rng, 1, 20), 3), 0.999)
    return torch.allclose(average.corrected()[0], theta) and not torch.allclose(average.averages[0], theta, rtol=0.1)
