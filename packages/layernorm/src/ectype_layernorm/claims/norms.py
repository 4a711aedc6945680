"""The norms, and layers with them (sections 2, 3 and 5.1)."""

import torch
from ectype.traits import Initial, PermutationEquivariant
from torch import nn
from torch.nn import functional as F

from ectype_layernorm.batch_norm import batch_norm, batch_statistics
from ectype_layernorm.claims import oracles
from ectype_layernorm.claims.shared import normal, paper, positive, refusal, seeded
from ectype_layernorm.feed_forward import normalized_layer, normalized_output, plain_layer
from ectype_layernorm.layer_norm import EPSILON, LayerNorm, layer_norm, layer_statistics
from ectype_layernorm.weight_norm import weight_norm

EPSILONS = [{}, {"eps": 0.03}]

# Layer normalization (section 3)


@paper.component("layer", of=layer_statistics, settings=EPSILONS)
def summed_inputs(rng, batch=3, units=5):
    return 2 * normal(rng, batch, units) + 1


@summed_inputs.limit("one unit")
def _(rng):
    return normal(rng, 3, 1)


@summed_inputs.limit("no batch")
def _(rng):
    return normal(rng, 5)


@summed_inputs.limit("two batch axes, far from zero")
def _(rng):
    return 1000 + normal(rng, 2, 3, 5)


paper.equation("Eq. 3", of=layer_statistics)(oracles.layer_statistics)


@paper.component("layer", of=layer_norm, settings=EPSILONS)
def to_normalize(rng, batch=3, units=5):
    return 2 * normal(rng, batch, units) + 1, normal(rng, units), normal(rng, units)


@to_normalize.limit("two batch axes")
def _(rng):
    return normal(rng, 2, 3, 5), normal(rng, 5), normal(rng, 5)


paper.equation("Eq. 15", of=layer_norm)(oracles.layer_norm)


@paper.reference(of=layer_norm, id="torch")
def _(summed, gain, bias, eps):
    return F.layer_norm(summed, gain.shape, gain, bias, eps)


@paper.component(
    "layer",
    of=LayerNorm,
    id="layer-norm-module",
    settings=[{"units": 5}, {"units": 3, "eps": 0.03}],
    traits=[Initial("gain", std=0.0, mean=1.0), Initial("bias", std=0.0)],
)
def cases(rng, units, batch=3):
    return 2 * normal(rng, batch, units) + 1


paper.equation("Eq. 16", of=LayerNorm)(oracles.layer_norm_module)


@paper.reference(of=LayerNorm)
def torch_layer_norm(units, eps):
    return nn.LayerNorm(units, eps)


@torch_layer_norm.weights
def _(ours):
    return {"weight": ours["gain"], "bias": ours["bias"]}


@paper.property("Sec. 3", "the normalized summed inputs of a case have mean 0 and standard deviation 1")
def standardized(rng):
    normalized = layer_norm(3 + 5 * normal(rng, 4, 7), torch.ones(7).double(), torch.zeros(7).double(), 0.0)
    mean, deviation = layer_statistics(normalized, 0.0)
    return (mean.abs() < 1e-12) & ((deviation - 1).abs() < 1e-12)


@paper.property("Sec. 3", "a layer whose summed inputs are all alike gives the bias", draws=5)
def all_alike(rng):
    gain, bias = normal(rng, 5), normal(rng, 5)
    return layer_norm(torch.full((2, 5), 3.0, dtype=torch.float64), gain, bias), bias.expand(2, -1)


@paper.property("Sec. 3", "a case does not see the others: it works with batch size 1")
def one_case(rng):
    summed, gain, bias = to_normalize.draw(rng)
    alone = torch.cat([layer_norm(case.unsqueeze(0), gain, bias) for case in summed])
    return layer_norm(summed, gain, bias), alone


@paper.property("Sec. 3", "batch normalization does: with batch size 1 it gives the bias, whatever the case", draws=5)
def one_case_of_a_batch(rng):
    summed, gain, bias = normal(rng, 1, 5), normal(rng, 5), normal(rng, 5)
    return batch_norm(summed, gain, bias), bias.unsqueeze(0)


@paper.property("Sec. 1", "it is exactly the same computation at training and test times")
def training_and_test(rng):
    norm, summed = seeded(rng, lambda: LayerNorm(5)), normal(rng, 3, 5)
    return norm.train()(summed), norm.eval()(summed)


@paper.property("Sec. 3", "no other constant than the authors' 1e-5 is added unless another is given", draws=1)
def constants(rng):
    summed, gain, bias = (normal(rng, *shape) / 1000 for shape in ((3, 5), (5,), (5,)))
    weight = normal(rng, 5, 4)
    inputs = normal(rng, 3, 4)
    pairs = [
        (layer_norm(summed, gain, bias), F.layer_norm(summed, (5,), gain, bias, 1e-5)),
        (batch_norm(summed, gain, bias), F.batch_norm(summed, None, None, gain, bias, True, eps=1e-5)),
        (LayerNorm(5)(summed.float()), F.layer_norm(summed.float(), (5,), eps=1e-5)),
        (normalized_layer(inputs, weight, gain, bias), normalized_layer(inputs, weight, gain, bias, eps=EPSILON)),
    ]
    return EPSILON == 1e-5 and all(torch.allclose(ours, theirs, rtol=1e-6, atol=0) for ours, theirs in pairs)


@paper.property("Sec. 3", "less than one unit and negative constants are refused by value", draws=1)
def sizes_are_refused(rng):
    x, one = normal(rng, 3, 5), torch.ones(5).double()
    calls = [lambda: layer_statistics(x, -1.5), lambda: layer_norm(x, one, one, -1.5), lambda: LayerNorm(1, -1.5)]
    calls += [lambda: batch_statistics(x, -1.5), lambda: batch_norm(x, one, one, -1.5)]
    taken = [lambda: LayerNorm(1, 0.0), lambda: layer_statistics(x, 0.0), lambda: batch_statistics(x, 0.0)]
    return (
        all("-1.5" in refusal(call) for call in calls)
        and "units=0" in refusal(lambda: LayerNorm(0))
        and not any(refusal(call) for call in taken)
    )


# Batch normalization (section 2) and weight normalization (section 5.1)


@paper.component("layer", of=batch_statistics, settings=EPSILONS)
def summed_inputs_of_cases(rng, cases=4, units=5):
    return 2 * normal(rng, cases, units) + 1


paper.equation("Eq. 2", of=batch_statistics)(oracles.batch_statistics)


@paper.component("layer", of=batch_norm, settings=EPSILONS, traits=[PermutationEquivariant("cases")])
def cases_to_normalize(rng, cases=4, units=5):
    return 2 * normal(rng, cases, units) + 1, normal(rng, units), normal(rng, units)


paper.equation("Eq. 2", of=batch_norm)(oracles.batch_norm)


@paper.reference(of=batch_norm, id="torch")
def _(summed, gain, bias, eps):
    return F.batch_norm(summed, None, None, gain, bias, training=True, eps=eps)


@paper.component(
    "layer",
    of=weight_norm,
    expected_failures={"zero-inputs": "a weight vector of length zero has no direction"},
)
def weights_to_normalize(rng, batch=3, inputs=4, units=5):
    return normal(rng, batch, inputs), normal(rng, units, inputs), normal(rng, units), normal(rng, units)


paper.equation("Sec. 5.1", of=weight_norm)(oracles.weight_norm)


@paper.reference(of=weight_norm, id="torch")
def _(inputs, weight, gain, bias):
    return F.linear(inputs, torch._weight_norm(weight, gain.unsqueeze(-1), 0), bias)


# Layers (sections 2 and 5.1)


@paper.component("layer", of=plain_layer)
def to_layer(rng, batch=3, inputs=4, units=5):
    return normal(rng, batch, inputs), normal(rng, units, inputs), normal(rng, units)


paper.equation("Eq. 1", of=plain_layer)(oracles.plain_layer)


@paper.reference(of=plain_layer, id="torch")
def _(inputs, weight, bias):
    return F.relu(F.linear(inputs, weight, bias))


@paper.component("layer", of=normalized_output)
def scalars_of_units(rng, batch=3, units=5):
    summed, mean, gain, bias = normal(rng, batch, units), *(normal(rng, units) for _ in range(3))
    return summed, mean, positive(rng, units), gain, bias


@scalars_of_units.limit("scalars of a case")
def scalars_of_cases(rng):
    return normal(rng, 3, 5), normal(rng, 3, 1), positive(rng, 3, 1), normal(rng, 5), normal(rng, 5)


paper.equation("Eq. 5", of=normalized_output)(oracles.normalized_output)


@paper.component("layer", of=normalized_layer, settings=EPSILONS)
def to_normalized_layer(rng, batch=3, inputs=4, units=5):
    return normal(rng, batch, inputs), normal(rng, units, inputs), normal(rng, units), normal(rng, units)


paper.equation("Eq. 5", of=normalized_layer)(oracles.normalized_layer)
paper.equation("Eq. 6", of=normalized_layer)(oracles.other_weights)
paper.equation("Eq. 7", of=normalized_layer)(oracles.other_scale)


@paper.reference(of=normalized_layer, id="torch")
def _(inputs, weight, gain, bias, eps):
    return F.relu(F.layer_norm(F.linear(inputs, weight), gain.shape, gain, bias, eps))


@paper.property("Sec. 5.1", "all three methods are Eq. 5 with scalars of their own", draws=5)
def one_formula(rng):
    inputs, weight, gain, bias = to_normalized_layer.draw(rng)
    summed, zero = inputs @ weight.T, torch.zeros(1).double()
    scalars = [layer_statistics(summed), batch_statistics(summed), (zero, weight.norm(dim=1))]
    outputs = [normalized_output(summed, *pair, gain, bias, torch.tanh) for pair in scalars]
    methods = [layer_norm(summed, gain, bias), batch_norm(summed, gain, bias), weight_norm(inputs, weight, gain, bias)]
    return torch.stack(outputs), torch.stack(methods).tanh()


@paper.property("Sec. 2", "the non-linearity is any function of one number; it is the last thing that is done", draws=5)
def non_linearity(rng):
    inputs, weight, gain, bias = to_normalized_layer.draw(rng)
    outputs = [plain_layer(inputs, weight, bias, torch.exp), normalized_layer(inputs, weight, gain, bias, torch.exp)]
    identity = [layer(*given, torch.clone) for layer, *given in ((plain_layer, inputs, weight, bias),)]
    identity += [normalized_layer(inputs, weight, gain, bias, torch.clone)]
    return torch.stack(outputs), torch.stack(identity).exp()
