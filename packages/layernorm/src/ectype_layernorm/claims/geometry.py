"""The geometry of parameter space (section 5.2 and the supplement)."""

import itertools

import torch
from torch.distributions import Bernoulli, Normal
from torch.func import grad, jacrev, vmap
from torch.nn import functional as F

from ectype_layernorm import directions, fisher, gain_metric, linear_models
from ectype_layernorm.batch_norm import batch_norm, batch_statistics
from ectype_layernorm.claims import oracles
from ectype_layernorm.claims.shared import normal, paper, positive, refusal
from ectype_layernorm.layer_norm import EPSILON, layer_norm, layer_statistics
from ectype_layernorm.weight_norm import weight_norm

DISPERSIONS = [{}, {"dispersion": 2.5}]
NO_DIRECTION = {"zero-inputs": "a weight vector of length zero has no direction"}


def covariances(rng, cases, units):
    """A covariance matrix for each case."""
    root = normal(rng, cases, units, units)
    return root @ root.mT


# Generalized linear models (Eqs. 10 and 11)


@paper.component("layer", of=linear_models.gaussian_log_likelihood, settings=DISPERSIONS)
def real_outcomes(rng, batch=3, units=4):
    return normal(rng, batch, units), normal(rng, units), normal(rng, batch, units)


@paper.component("layer", of=linear_models.bernoulli_log_likelihood)
def binary_outcomes(rng, batch=3, units=4):
    return normal(rng, batch, units), normal(rng, units), (torch.rand(batch, units, generator=rng) < 0.5).double()


@paper.component("layer", of=linear_models.gaussian_moments, settings=DISPERSIONS)
def real_models(rng, batch=3, units=4):
    return normal(rng, batch, units), normal(rng, units)


@paper.component("layer", of=linear_models.bernoulli_moments)
def binary_models(rng, batch=3, units=4):
    return normal(rng, batch, units), normal(rng, units)


likelihoods = (linear_models.gaussian_log_likelihood, linear_models.bernoulli_log_likelihood)
paper.equation("Eq. 10", of=likelihoods[0], elementwise=True)(oracles.gaussian_log_likelihood)
paper.equation("Eq. 10", of=likelihoods[1], elementwise=True)(oracles.bernoulli_log_likelihood)
paper.equation("Eq. 11", of=linear_models.gaussian_moments)(oracles.gaussian_moments)
paper.equation("Eq. 11", of=linear_models.bernoulli_moments)(oracles.bernoulli_moments)


@paper.reference(of=linear_models.gaussian_log_likelihood, id="torch")
def _(summed, bias, outcome, dispersion):
    return Normal(summed + bias, dispersion**0.5).log_prob(outcome)


@paper.reference(of=linear_models.bernoulli_log_likelihood, id="torch")
def _(summed, bias, outcome):
    return -F.binary_cross_entropy_with_logits(summed + bias, outcome, reduction="none")


@paper.reference(of=linear_models.gaussian_moments, id="torch")
def _(summed, bias, dispersion):
    model = Normal(summed + bias, dispersion**0.5)
    return model.mean, model.variance


@paper.reference(of=linear_models.bernoulli_moments, id="torch")
def _(summed, bias):
    model = Bernoulli(logits=summed + bias)
    return model.mean, model.variance


@paper.property("Eq. 10", "real outcomes have variance one unless another is given", draws=5)
def variance_of_one(rng):
    a, bias, outcome = real_outcomes.draw(rng)
    _, variance = linear_models.gaussian_moments(a, bias)
    found = linear_models.gaussian_log_likelihood(a, bias, outcome), variance
    return found, (Normal(a + bias, 1.0).log_prob(outcome), torch.ones_like(a))


# Riemannian metric (Eqs. 8, 9 and 12 to 14)


@paper.component("layer", of=fisher.squared_length)
def metric_and_step(rng, parameters=4):
    return covariances(rng, 1, parameters)[0], normal(rng, parameters)


@paper.component("layer", of=fisher.fisher_information)
def scores_of_outcomes(rng, outcomes=3, parameters=4):
    return normal(rng, outcomes, parameters), normal(rng, outcomes).softmax(dim=0)


@paper.component("layer", of=fisher.linear_model_fisher, settings=DISPERSIONS)
def linear_models_of_cases(rng, cases=3, inputs=2, units=4):
    return normal(rng, cases, inputs), covariances(rng, cases, units)


@paper.component("layer", of=fisher.normalized_fisher, settings=DISPERSIONS)
def normalized_models(rng, cases=3, inputs=2, units=4):
    normalized, deviation = normal(rng, cases, units), positive(rng, cases, units)
    return normalized, deviation, normal(rng, cases, units, inputs), normal(rng, units), covariances(rng, cases, units)


@normalized_models.limit("a deviation for each case")
def _(rng):
    normalized, _, chi, gain, covariance = normalized_models.draw(rng)
    return normalized, positive(rng, 3, 1), chi, gain, covariance


EPSILONS = [{"eps": 0.03}, {"eps": 1e-5}]


def data_and_weights(rng, cases=4, inputs=3, units=5):
    return normal(rng, cases, inputs), normal(rng, units, inputs)


paper.component("layer", of=directions.batch_directions, settings=EPSILONS)(data_and_weights)
paper.component("layer", of=directions.layer_directions, settings=EPSILONS)(data_and_weights)
paper.component("layer", of=directions.weight_directions, expected_failures=NO_DIRECTION)(data_and_weights)

paper.equation("Eq. 8", of=fisher.squared_length)(oracles.squared_length)
paper.equation("Eq. 9", of=fisher.fisher_information)(oracles.fisher_information)
paper.equation("Eq. 12", of=fisher.linear_model_fisher)(oracles.linear_model_fisher)
paper.equation("Eq. 13", of=fisher.normalized_fisher)(oracles.normalized_fisher)
paper.equation("Eq. 14", of=directions.batch_directions)(oracles.directions(oracles.of_batch))
paper.equation("Eq. 14", of=directions.layer_directions)(oracles.directions(oracles.of_layer))

paper.equation("Eq. 14", of=directions.weight_directions)(oracles.directions(oracles.of_weights))


# The magnitude of incoming weights (Eqs. 32 to 35)


@paper.component("layer", of=gain_metric.batch_gain_length, settings=DISPERSIONS)
def step_and_covariances(rng, cases=3, units=4):
    return normal(rng, units), covariances(rng, cases, units)


@paper.component("layer", of=gain_metric.layer_gain_length, settings=[*DISPERSIONS, {"eps": 0.03}])
def step_of_layer(rng, cases=3, units=4):
    return normal(rng, units), normal(rng, cases, units), covariances(rng, cases, units)


def step_of_weights(rng, cases=3, inputs=2, units=4):
    weight = normal(rng, units, inputs)
    return normal(rng, units), normal(rng, cases, inputs) @ weight.T, weight, covariances(rng, cases, units)


for of in (gain_metric.weight_gain_length, gain_metric.magnitude_lengths):
    paper.component("layer", of=of, settings=DISPERSIONS, expected_failures=NO_DIRECTION)(step_of_weights)
paper.equation("Eq. 32", of=gain_metric.batch_gain_length)(oracles.batch_gain_length)
paper.equation("Eq. 33", of=gain_metric.layer_gain_length)(oracles.layer_gain_length)
paper.equation("Eq. 34", of=gain_metric.weight_gain_length)(oracles.weight_gain_length)
paper.equation("Eq. 35", of=gain_metric.magnitude_lengths)(oracles.magnitude_lengths)

# Models with three units, two inputs and five cases, whose outcomes are counted one by one

CASES, INPUTS, UNITS = 5, 2, 3
OUTCOMES = torch.tensor(list(itertools.product((0.0, 1.0), repeat=UNITS)), dtype=torch.float64)


def none(inputs, weight, gain):
    return inputs @ weight.T


def batch(inputs, weight, gain):
    return batch_norm(inputs @ weight.T, gain, torch.zeros_like(gain), 0.0)


def layer(inputs, weight, gain):
    return layer_norm(inputs @ weight.T, gain, torch.zeros_like(gain), 0.0)


def weights(inputs, weight, gain):
    return weight_norm(inputs, weight, gain, torch.zeros_like(gain))


def drawn(rng):
    inputs, weight = normal(rng, CASES, INPUTS), normal(rng, UNITS, INPUTS)
    return inputs, weight, normal(rng, UNITS), positive(rng, UNITS)


def packed(weight, bias, gain=None):
    """The parameters of all units one behind the other."""
    return torch.cat([weight, bias[:, None], *([] if gain is None else [gain[:, None]])], dim=1).flatten()


def summed(method, inputs, parameters):
    """Summed inputs, normalized by a method, and biases as functions of packed parameters."""
    rows = parameters.unflatten(0, (UNITS, -1))
    gain = rows[:, INPUTS + 1] if rows.shape[1] > INPUTS + 1 else None
    return method(inputs, rows[:, :INPUTS], gain), rows[:, INPUTS]


def by_definition(method, inputs, parameters):
    """Eq. 9 for binary outcomes, all of which are counted, with the scores from automatic differentiation."""

    def log_likelihood(parameters, case, outcome):
        a, bias = summed(method, inputs, parameters)
        return linear_models.bernoulli_log_likelihood(a[case], bias, outcome).sum()

    total = 0.0
    for case in range(CASES):
        scores = vmap(lambda y, case=case: grad(log_likelihood)(parameters, case, y))(OUTCOMES)
        logs = torch.stack([log_likelihood(parameters, case, y) for y in OUTCOMES])
        total = total + fisher.fisher_information(scores, logs.exp()) / CASES
    return total


def gaussian_fisher(method, inputs, parameters):
    """The same for real outcomes with variance one, where it is the product of the slopes of the means."""
    slopes = jacrev(lambda p: sum(summed(method, inputs, p)))(parameters)  # cases units parameters
    return torch.einsum("cup,cuq->pq", slopes, slopes) / CASES


def spread(variance):
    return torch.diag_embed(variance)


def binary_covariance(method, inputs, parameters):
    return spread(linear_models.bernoulli_moments(*summed(method, inputs, parameters))[1])


METHODS = {
    batch: (batch_statistics, directions.batch_directions),
    layer: (layer_statistics, directions.layer_directions),
    weights: (None, directions.weight_directions),
}


def as_printed(method, inputs, weight, gain, covariance):
    """Eq. 13 for a method of normalization, with eps 0."""
    statistics, chi = METHODS[method]
    a = inputs @ weight.T
    if statistics is None:
        mean, deviation = 0.0, weight.norm(dim=1)[None]
        found = chi(inputs, weight)
    else:
        mean, deviation = statistics(a, 0.0)
        deviation = deviation.expand(len(a) if deviation.shape[-1] == 1 else 1, -1)
        found = chi(inputs, weight, 0.0)
    return fisher.normalized_fisher((a - mean) / deviation, deviation, found, gain, covariance)


@paper.property("Eq. 12", "it is the Fisher information matrix of its definition, Eq. 9, for binary outcomes", draws=3)
def fisher_of_binary_models(rng):
    inputs, weight, bias, _ = drawn(rng)
    parameters = packed(weight, bias)
    covariance = binary_covariance(none, inputs, parameters)
    return by_definition(none, inputs, parameters), fisher.linear_model_fisher(inputs, covariance)


@paper.property("Eq. 12", "and for real outcomes", draws=3)
def fisher_of_real_models(rng):
    inputs, weight, bias, _ = drawn(rng)
    covariance = spread(torch.ones(CASES, UNITS).double())
    return gaussian_fisher(none, inputs, packed(weight, bias)), fisher.linear_model_fisher(inputs, covariance)


def both_matrices(rng, method):
    inputs, weight, bias, gain = drawn(rng)
    parameters = packed(weight, bias, gain)
    covariance = binary_covariance(method, inputs, parameters)
    return by_definition(method, inputs, parameters), as_printed(method, inputs, weight, gain, covariance)


@paper.property("Eq. 13", "it is the Fisher information matrix of batch normalized models", draws=3)
def fisher_of_batch_norm(rng):
    return both_matrices(rng, batch)


@paper.property("Eq. 13", "it is the Fisher information matrix of weight normalized models", draws=3)
def fisher_of_weight_norm(rng):
    return both_matrices(rng, weights)


@paper.property("Eq. 13", "its part in biases and gains is that of layer normalized models", draws=3)
def fisher_of_layer_norm_beyond_weights(rng):
    places = [unit * (INPUTS + 2) + place for unit in range(UNITS) for place in (INPUTS, INPUTS + 1)]
    return tuple(matrix[places][:, places] for matrix in both_matrices(rng, layer))


@paper.property("Eq. 8", "the divergence of a small step approaches it: the rest falls with the third power", draws=3)
def small_steps(rng):
    inputs, weight, bias, _ = drawn(rng)
    parameters, direction = packed(weight, bias), normal(rng, UNITS * (INPUTS + 1))
    metric = by_definition(none, inputs, parameters)

    def divergence(step):
        p, q = (linear_models.bernoulli_moments(*summed(none, inputs, there))[0] for there in (parameters, step))
        terms = p * (p.log() - q.log()) + (1 - p) * ((1 - p).log() - (1 - q).log())
        return terms.sum() / CASES

    rests = []
    for size in (2e-2, 1e-2):
        length = fisher.squared_length(metric, size * direction)
        rests.append((divergence(parameters + size * direction) - length).abs() / size**3)
    return bool(rests[1] < 1.5 * rests[0] + 1e-3) and bool(rests[0] < 10 * metric.abs().sum() * direction.norm() ** 3)


@paper.property("Eq. 11", "mean and variance are those of Eq. 10: the slope of eta and, times phi, its curvature")
def moments_of_the_likelihood(rng):
    a, bias, _ = real_outcomes.draw(rng)
    zero = torch.zeros_like(a)
    likelihoods = (
        lambda t: -linear_models.bernoulli_log_likelihood(t, 0 * bias, zero).sum(),
        lambda t: -2.5 * linear_models.gaussian_log_likelihood(t, 0 * bias, zero, 2.5).sum(),
    )
    slopes = [grad(of)(a + bias) for of in likelihoods]
    curvatures = [grad(lambda t, of=of: grad(of)(t).sum())(a + bias) for of in likelihoods]
    moments = linear_models.bernoulli_moments(a, bias), linear_models.gaussian_moments(a, bias, 2.5)
    return (slopes, [curvatures[0], 2.5 * curvatures[1]]), ([m for m, _ in moments], [v for _, v in moments])


# What the paper concludes from Eqs. 32 to 35


def gain_part(matrix, step):
    """Eq. 8 for a step of the gains only."""
    whole = packed(torch.zeros(UNITS, INPUTS).double(), torch.zeros(UNITS).double(), step)
    return fisher.squared_length(matrix, whole)


def lengths(rng, method, covariance):
    """Eq. 13 along the gains, and what is needed for Eqs. 32 to 34."""
    inputs, weight, _, gain = drawn(rng)
    step = normal(rng, UNITS)
    return gain_part(as_printed(method, inputs, weight, gain, covariance), step), step, inputs, weight


@paper.property("Eq. 33", "it is Eq. 13 along the gains")
def layer_gains(rng):
    covariance = covariances(rng, CASES, UNITS)
    found, step, inputs, weight = lengths(rng, layer, covariance)
    return found, gain_metric.layer_gain_length(step, inputs @ weight.T, covariance, eps=0.0)


@paper.property("Eq. 34", "it is Eq. 13 along the gains")
def weight_gains(rng):
    covariance = covariances(rng, CASES, UNITS)
    found, step, inputs, weight = lengths(rng, weights, covariance)
    return found, gain_metric.weight_gain_length(step, inputs @ weight.T, weight, covariance)


@paper.property(
    "Eq. 32", "it is Eq. 13 along the gains where outcomes are independent and equally certain for all cases"
)
def batch_gains(rng):
    covariance = spread(positive(rng, UNITS).expand(CASES, -1))
    found, step, *_ = lengths(rng, batch, covariance)
    return found, gain_metric.batch_gain_length(step, covariance)


@paper.property("Eq. 35", "the four terms of two units are Eq. 12 along their weight vectors")
def plain_magnitudes(rng):
    inputs, weight, _, _ = drawn(rng)
    step, covariance = normal(rng, UNITS), covariances(rng, CASES, UNITS)
    step[2] = 0.0
    along = packed(step[:, None] * weight / weight.norm(dim=1, keepdim=True), torch.zeros(UNITS).double())
    pairs = gain_metric.magnitude_lengths(step, inputs @ weight.T, weight, covariance)
    return pairs.sum(), fisher.squared_length(fisher.linear_model_fisher(inputs, covariance), along)


def of_scaled_inputs(rng, length):
    inputs, weight, _, _ = drawn(rng)
    step, covariance = normal(rng, UNITS), spread(positive(rng, CASES, UNITS))
    return tuple(length(step, scale * inputs @ weight.T, weight, covariance) for scale in (1, 3))


@paper.property("Sec. 5.2.2", "without normalization the metric of the magnitude is scaled by the norm of the input")
def plain_metric_is_scaled(rng):
    before, after = of_scaled_inputs(rng, lambda *given: gain_metric.magnitude_lengths(*given).sum())
    return 9 * before, after


@paper.property("Sec. 5.2.2", "under layer normalization the scale of the input does not matter")
def layer_metric_is_not_scaled(rng):
    return of_scaled_inputs(
        rng, lambda step, a, _, covariance: gain_metric.layer_gain_length(step, a, covariance, eps=0.0)
    )


@paper.property(
    "Eq. 34", "under weight normalization it is the metric without normalization, which depends on the input"
)
def weight_metric_is_the_plain_one(rng):
    given = step_of_weights(rng)
    return gain_metric.weight_gain_length(*given), gain_metric.magnitude_lengths(*given).sum()


@paper.property(
    "Sec. 5.2.2", "dispersions that are not above zero, and negative constants, are refused by value", draws=1
)
def dispersions_are_refused(rng):
    data, step = data_and_weights(rng), step_of_weights(rng)
    refused = []
    for wrong in (0.0, -1.5):
        calls = [
            lambda wrong=wrong: linear_models.gaussian_log_likelihood(*real_outcomes.draw(rng), wrong),
            lambda wrong=wrong: linear_models.gaussian_moments(*real_models.draw(rng), wrong),
            lambda wrong=wrong: fisher.linear_model_fisher(*linear_models_of_cases.draw(rng), wrong),
            lambda wrong=wrong: fisher.normalized_fisher(*normalized_models.draw(rng), wrong),
            lambda wrong=wrong: gain_metric.batch_gain_length(*step_and_covariances.draw(rng), wrong),
            lambda wrong=wrong: gain_metric.layer_gain_length(*step_of_layer.draw(rng), wrong),
            lambda wrong=wrong: gain_metric.weight_gain_length(*step, wrong),
            lambda wrong=wrong: gain_metric.magnitude_lengths(*step, wrong),
        ]
        refused += [str(wrong) in refusal(call) for call in calls]
    refused += ["-2.5" in refusal(lambda: directions.batch_directions(*data, -2.5))]
    refused += ["-2.5" in refusal(lambda: directions.layer_directions(*data, -2.5))]
    refused += ["-2.5" in refusal(lambda: gain_metric.layer_gain_length(*step_of_layer.draw(rng), eps=-2.5))]
    return all(refused)


@paper.property("Sec. 5.2.2", "the constant under the root is the authors' unless another is given", draws=1)
def constants_of_directions(rng):
    inputs, weight = (value / 100 for value in data_and_weights(rng))
    pairs = [
        (of(inputs, weight), of(inputs, weight, EPSILON)) for of in list(zip(*METHODS.values(), strict=True))[1][:2]
    ]
    step, a, covariance = step_of_layer.draw(rng)
    pairs.append([gain_metric.layer_gain_length(step, a / 100, covariance, **eps) for eps in ({}, {"eps": EPSILON})])
    return all(torch.equal(*pair) for pair in pairs)
