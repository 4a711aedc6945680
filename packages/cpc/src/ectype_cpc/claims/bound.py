"""The bound on mutual information and its proof (section 2.3, appendix A.1): expectations here are exact sums."""

import math
from functools import partial

import torch
from ectype import Sample
from ectype.traits import Moments

from ectype_cpc.appendix import loss_of_the_bound, loss_with_expected_negatives
from ectype_cpc.claims import oracles
from ectype_cpc.claims.shared import expected, log_ratio, normal, paper, refusal, sets, table
from ectype_cpc.info_nce import mine_estimate, mutual_information_bound, positive_probability
from ectype_cpc.information import (
    correlated_gaussians,
    correlation_of,
    gaussian_information,
    gaussian_log_ratios,
    mutual_information,
)

# Information


@paper.component(
    "layer",
    of=mutual_information,
    expected_failures={"zero-inputs": "a table of zeros is no distribution"},
)
def tables(rng, batch=2, samples=3, contexts=4):
    return (
        torch.stack([table(rng, samples, contexts) for _ in range(batch)]) if batch else torch.zeros(0, 3, 4).double()
    )


@tables.limit("independent")
def _(rng):
    return (normal(rng, 3, 1).softmax(0) * normal(rng, 1, 4).softmax(1)).unsqueeze(0)


paper.equation("Eq. 1", of=mutual_information)(oracles.mutual_information)


@paper.property("Eq. 1", "impossible pairs count nothing: equal variables have the entropy", draws=5)
def equal_variables(rng):
    chances = normal(rng, 4).softmax(0)
    return mutual_information(chances.diag()), -(chances * chances.log()).sum()


@paper.property("Sec. 2.1", "the information of encoded variables is bounded by that of the signals", draws=5)
def encoded_variables(rng):
    joint = table(rng, 4, 3)
    return bool(mutual_information(joint.unflatten(0, (2, 2)).sum(dim=1)) <= mutual_information(joint))


@paper.claim("Sec. 2.1", "information of a class label of 1,024 categories", printed="10", unit="bits")
def class_label():
    return float(mutual_information(torch.eye(1024).double() / 1024)) / math.log(2)


RATIOS = [{"correlation": 0.5}, {"correlation": -0.9}, {"correlation": 0.0}]


@paper.component("layer", of=gaussian_log_ratios, settings=RATIOS)
def samples_and_contexts(rng, samples=3, contexts=2, dimensions=4):
    return normal(rng, samples, dimensions), normal(rng, contexts, dimensions)


paper.equation("Eq. 2", of=gaussian_log_ratios)(oracles.gaussian_log_ratios)


@paper.component(
    "sampler",
    of=correlated_gaussians,
    settings=RATIOS,
    traits=[Moments(0.0, 1.0, axis="pairs")],
)
def sizes(rng, pairs=2, dimensions=3):
    return pairs, dimensions


paper.component("layer", of=gaussian_information, settings=[{"correlation": 0.3}, {"correlation": 0.0}])(
    lambda rng, dimensions=2: dimensions
)
paper.component("layer", of=correlation_of, settings=[{"information": 2.0}, {"information": 0.0}])(
    lambda rng, dimensions=2: dimensions
)


@paper.property("Eq. 2", "the mean of the log-ratio of positive samples is the mutual information", draws=3)
def mean_log_ratio(rng):
    correlation = correlation_of(5, 3.0)
    x, c = correlated_gaussians(4000, 5, correlation, generator=rng)
    positives = [
        gaussian_log_ratios(a.unsqueeze(0), b.unsqueeze(0), correlation).squeeze() for a, b in zip(x, c, strict=True)
    ]
    return Sample(torch.stack(positives), gaussian_information(5, correlation))


@paper.property("Eq. 2", "samples and contexts have the correlation that was asked for", draws=3)
def correlation_of_pairs(rng):
    x, c = correlated_gaussians(3000, 2, -0.7, generator=rng)
    return Sample((x * c).flatten(), -0.7)


@paper.property("Eq. 1", "information of Gaussians: -d/2 log(1 - rho^2), and back", draws=10)
def information_and_back(rng):
    information, dimensions = float(normal(rng, 1).exp()), int(torch.randint(1, 30, (), generator=rng))
    correlation = correlation_of(dimensions, information)
    return [gaussian_information(dimensions, correlation), 0.0 + correlation], [
        information,
        math.sqrt(1 - math.exp(-2 * information / dimensions)),
    ]


@paper.property(
    "Eq. 1",
    "one pair of coordinates: the closed form is the integral of Eq. 1",
    draws=3,
    tolerance=1e-4,
    because="a sum over a grid",
)
def integral(rng):
    correlation = float(torch.rand((), generator=rng)) * 1.6 - 0.8
    grid = torch.linspace(-7, 7, 281, dtype=torch.float64)
    x, c = grid.unsqueeze(1), grid.unsqueeze(0)
    exponent = -(x**2 - 2 * correlation * x * c + c**2) / (2 * (1 - correlation**2))
    density = exponent.exp()
    return 1 + mutual_information(density / density.sum()), 1 + gaussian_information(1, correlation)


@paper.property("Eq. 2", "correlations, informations and dimensions that cannot be are refused, all by value", draws=1)
def gaussians_are_refused(rng):
    one = torch.zeros(1, 2)
    calls = {
        "correlation=1.0": partial(gaussian_information, 2, 1.0),
        "correlation=-1.0": partial(gaussian_log_ratios, one, one, -1.0),
        "dimensions=0": partial(gaussian_information, 0, 0.5),
        "correlation=1.5": partial(correlated_gaussians, 1, 2, 1.5, generator=rng),
        "information=-0.1": partial(correlation_of, 2, -0.1),
        "information=1.0, dimensions=0": partial(correlation_of, 0, 1.0),
    }
    return all(text in refusal(call) for text, call in calls.items())


# The optimal critic


@paper.property("Eq. 5", "the ratio of products of densities, written out, is the softmax of the log-ratios")
def posterior(rng):
    joint, rows = table(rng, 5, 2), torch.randint(5, (4,), generator=rng)
    marginal, conditional = joint.sum(dim=1), joint[:, 0] / joint[:, 0].sum()
    terms = [conditional[rows[i]] * marginal[rows].prod() / marginal[rows[i]] for i in range(4)]
    return positive_probability(log_ratio(joint)[rows, 0]), torch.stack(terms) / sum(terms)


@paper.property("Sec. 2.3", "the density ratio has the least loss, for each number of samples", draws=5)
def ratio_is_optimal(rng):
    joint = table(rng)
    slopes = []
    for samples in (2, 3, 4):
        scores = log_ratio(joint).requires_grad_()
        slopes += torch.autograd.grad(expected(joint, scores, samples), scores)
    other = normal(rng, 3, 2)
    worse = bool(expected(joint, log_ratio(joint) + other, 3) > expected(joint, log_ratio(joint), 3))
    return [1 + torch.stack(slopes), float(worse)], [torch.ones(3, 3, 2), 1.0]


@paper.property("Eq. 2", "it is so up to a factor that depends on the context", draws=5)
def ratio_times_function_of_the_context(rng):
    joint = table(rng)
    scores = log_ratio(joint)
    return expected(joint, scores + normal(rng, 1, 2), 3), expected(joint, scores, 3)


@paper.property("Eq. 2", "and up to a factor that depends on the sample", holds=False, draws=5)
def ratio_times_function_of_the_sample(rng):
    joint = table(rng)
    scores = log_ratio(joint)
    return expected(joint, scores + 2 * normal(rng, 3, 1), 3), expected(joint, scores, 3)


# The bound


@paper.property("Sec. 2.3", "I >= log N - L_N, for any critic", draws=10)
def bound_holds(rng):
    joint, scores = table(rng), 2 * normal(rng, 3, 2)
    information = mutual_information(joint)
    return all(
        mutual_information_bound(expected(joint, each, samples), samples) <= information + 1e-12
        for samples in (2, 3)
        for each in (scores, log_ratio(joint))
    )


@paper.property("Sec. 2.3", "it becomes tighter as N becomes larger, for the optimal critic", draws=5)
def bound_tightens(rng):
    joint = table(rng)
    bounds = [mutual_information_bound(expected(joint, log_ratio(joint), n), n) for n in (1, 2, 3, 4)]
    return bool((torch.stack(bounds).diff() > 0).all()) and abs(float(bounds[0])) < 1e-12


@paper.property("Sec. 2.3", "and for any other critic", holds=False, draws=5)
def bound_of_a_bad_critic(rng):
    joint = table(rng)
    wrong = -20 * log_ratio(joint)
    bounds = [mutual_information_bound(expected(joint, wrong, n), n) for n in (2, 4)]
    return [*bounds], sorted(bounds)


# The proof, line by line


BEYOND = [{"samples": 2}, {"samples": 64}]
for component, oracle, locator in (
    (loss_with_expected_negatives, oracles.eq_9, "Eq. 9"),
    (loss_of_the_bound, oracles.eq_10, "Eq. 10"),
):
    paper.component("layer", of=component, settings=BEYOND)(lambda rng, samples, batch=4: 2 * normal(rng, batch))
    paper.equation(locator, of=component, elementwise=True)(oracle)


def expected_over_positives(joint, measure, samples):
    """Exact expectation of a number for each positive sample."""
    return (joint * measure(log_ratio(joint), samples)).sum()


@paper.property("Eq. 8", "the expectation of the ratio over samples is 1", draws=5)
def expectation_of_the_ratio(rng):
    joint = table(rng)
    return (joint.sum(dim=1, keepdim=True) * log_ratio(joint).exp()).sum(dim=0), torch.ones(2)


@paper.property(
    "Eq. 8", "with the expected sum the loss is larger: the approximation goes the wrong way for the proof", draws=5
)
def approximation_is_above(rng):
    joint = table(rng)
    gaps = [
        expected_over_positives(joint, loss_with_expected_negatives, n) - expected(joint, log_ratio(joint), n)
        for n in (2, 3, 4)
    ]
    return bool((torch.stack(gaps) > 0).all())


@paper.property("Eq. 8", "it becomes more accurate as N increases", draws=5)
def approximation_becomes_accurate(rng):
    joint = table(rng)
    gaps = [
        expected_over_positives(joint, loss_with_expected_negatives, n) - expected(joint, log_ratio(joint), n)
        for n in (2, 3, 4, 5)
    ]
    return bool((torch.stack(gaps).diff() < 0).all())


@paper.property("Eq. 10", "in expectation Eq. 9 is at least Eq. 10", draws=20)
def in_expectation(rng):
    joint = table(rng, 4, 3)
    lines = (loss_with_expected_negatives, loss_of_the_bound)
    return all(
        expected_over_positives(joint, lines[0], n) >= expected_over_positives(joint, lines[1], n) for n in (2, 9)
    )


@paper.property("Eq. 10", "for each positive sample Eq. 9 is at least Eq. 10", holds=False, draws=20)
def for_each_sample(rng):
    ratios = log_ratio(table(rng, 6, 3))
    above, below = loss_with_expected_negatives(ratios, 3), loss_of_the_bound(ratios, 3)
    return torch.minimum(above - below, torch.zeros(())), torch.zeros(6, 3).double() + 0.0 * above


@paper.property("Eq. 11", "the expectation of Eq. 10 is log N - I", draws=5)
def last_line(rng):
    joint = table(rng)
    return expected_over_positives(joint, loss_of_the_bound, 7), math.log(7) - mutual_information(joint)


@paper.property("Eq. 11", "what the proof wants to show holds: the optimal loss is at least log N - I", draws=5)
def what_the_proof_shows(rng):
    joint = table(rng)
    return bool(expected(joint, log_ratio(joint), 3) >= math.log(3) - mutual_information(joint))


@paper.property("Eq. 15", "with the density ratio MINE's estimate is above the mutual information on average", draws=5)
def mine_is_above(rng):
    joint = table(rng)
    return bool(expected(joint, log_ratio(joint), 3, mine_estimate) > mutual_information(joint))


@paper.property("Eq. 4", "probabilities of all sets sum to one", draws=2)
def all_sets(rng):
    return sum(chance for chance, _, _ in sets(table(rng), 3)), torch.ones(())


@paper.property("Eq. 9", "less than two samples are refused by value", draws=1)
def samples_are_refused(rng):
    return all(
        "received 1" in refusal(partial(line, torch.zeros(1), 1))
        for line in (loss_with_expected_negatives, loss_of_the_bound)
    )
