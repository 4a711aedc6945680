"""The norms, a layer with them and its gradients (sections 4 and 5)."""

from functools import partial

import torch
from ectype import Sample
from ectype.traits import Initial
from ectype_layernorm import layer_norm
from torch import nn
from torch.nn import functional as F

from ectype_rmsnorm.claims import oracles
from ectype_rmsnorm.claims.shared import normal, paper, positive, refusal
from ectype_rmsnorm.gradients import gain_and_bias_gradients, normalization_jacobian, weight_gradient
from ectype_rmsnorm.partial_rms_norm import PART, PartialRMSNorm, partial_count, partial_rms_norm
from ectype_rmsnorm.rms_norm import EPSILON, RMSNorm, rms_norm, rms_norm_layer, root_mean_square

EPSILONS = [{}, {"eps": 0.03}]

# Root mean square layer normalization (section 4)


@paper.component("layer", of=root_mean_square, settings=EPSILONS)
def summed_inputs(rng, batch=3, units=5):
    return 2 * normal(rng, batch, units) + 1


@summed_inputs.limit("one unit, no batch")
def _(rng):
    return normal(rng, 1)


@summed_inputs.limit("two batch axes")
def _(rng):
    return normal(rng, 2, 3, 5)


paper.equation("Eq. 4", of=root_mean_square)(oracles.root_mean_square)
paper.equation("Eq. 6", of=root_mean_square)(oracles.scaled)


@paper.component("layer", of=rms_norm, settings=EPSILONS)
def to_normalize(rng, batch=3, units=5):
    return 2 * normal(rng, batch, units) + 1, normal(rng, units)


@to_normalize.limit("two batch axes")
def _(rng):
    return normal(rng, 2, 3, 5), normal(rng, 5)


paper.equation("Eq. 4", of=rms_norm)(oracles.rms_norm)


@paper.reference(of=rms_norm, id="torch")
def _(summed, gain, eps):
    return F.rms_norm(summed, gain.shape, gain, eps)


@paper.component(
    "layer",
    of=RMSNorm,
    id="rms-norm-module",
    settings=[{"units": 5}, {"units": 3, "eps": 0.03}],
    traits=[Initial("gain", std=0.0, mean=1.0)],
)
def cases(rng, units, batch=3):
    return 2 * normal(rng, batch, units) + 1


paper.equation("Sec. 4", of=RMSNorm)(oracles.rms_norm_module)


@paper.reference(of=RMSNorm)
def torch_rms_norm(units, eps):
    return nn.RMSNorm(units, eps)


SINGLE = "it computes in single precision whatever it is given"


@paper.reference(of=RMSNorm, needs="transformers", tolerance=1e-6, because=SINGLE)
def llama(units, eps):
    from transformers.models.llama.modeling_llama import LlamaRMSNorm

    return LlamaRMSNorm(units, eps)


@paper.reference(of=RMSNorm, needs="transformers", tolerance=1e-6, because=SINGLE)
def t5(units, eps):
    from transformers.models.t5.modeling_t5 import T5LayerNorm

    return T5LayerNorm(units, eps)


for reference in (torch_rms_norm, llama, t5):
    reference.weights(lambda ours: {"weight": ours["gain"]})


@paper.property("Sec. 4", "when the mean of summed inputs is zero, it is exactly equal to layer normalization")
def mean_of_zero(rng):
    summed, gain = to_normalize.draw(rng)
    summed = summed - summed.mean(dim=-1, keepdim=True)
    return rms_norm(summed, gain, 0.0), layer_norm(summed, gain, torch.zeros_like(gain), 0.0)


@paper.property("Sec. 4", "otherwise it is not", holds=False)
def another_mean(rng):
    summed, gain = to_normalize.draw(rng)
    return rms_norm(summed + 3, gain, 0.0), layer_norm(summed + 3, gain, torch.zeros_like(gain), 0.0)


@paper.property("Sec. 4", "it forces the summed inputs into a sphere of radius sqrt(n)")
def sphere(rng):
    summed = 5 * normal(rng, 4, 7) + 3
    radii = rms_norm(summed, torch.ones(7).double(), 0.0).norm(dim=-1)
    return radii, torch.full_like(radii, 7**0.5)


@paper.property("Sec. 4", "Euclidean norm only differs from RMS by a factor of sqrt(n)")
def euclidean_norm(rng):
    summed, _ = to_normalize.draw(rng)
    return summed.norm(dim=-1, keepdim=True), root_mean_square(summed, 0.0) * 5**0.5


@paper.property("Eq. 6", "RMS is linear in a scale value that is positive")
def positive_scale(rng):
    summed, alpha = normal(rng, 3, 5), 3 * positive(rng)
    return root_mean_square(alpha * summed, 0.0), alpha * root_mean_square(summed, 0.0)


@paper.property("Eq. 6", "it is not in one that is negative: then both sides have opposite signs", holds=False)
def negative_scale(rng):
    summed, alpha = normal(rng, 3, 5), -3 * positive(rng)
    return root_mean_square(alpha * summed, 0.0), alpha * root_mean_square(summed, 0.0)


@paper.property("Eq. 7", "weights of the other sign turn what is inside of f: the output is not the same", holds=False)
def negative_weights(rng):
    inputs, weight, gain, bias = to_layer.draw(rng)
    outputs = [rms_norm_layer(inputs, sign * weight, gain, bias, torch.tanh, 0.0) for sign in (1, -1)]
    return tuple(outputs)


# A layer with it and its gradients (sections 4.1 and 4.2)


@paper.component("layer", of=rms_norm_layer, settings=EPSILONS)
def to_layer(rng, batch=3, inputs=4, units=5):
    return normal(rng, batch, inputs), normal(rng, units, inputs), normal(rng, units), normal(rng, units)


paper.equation("Eq. 5", of=rms_norm_layer)(oracles.layer)
paper.equation("Eq. 7", of=rms_norm_layer)(oracles.scaled_layer)


@paper.reference(of=rms_norm_layer, id="torch")
def _(inputs, weight, gain, bias, eps):
    return F.relu(F.rms_norm(F.linear(inputs, weight), gain.shape, gain, eps) + bias)


@paper.property("Sec. 3", "the non-linearity is any function of one number, the last thing that is done", draws=5)
def non_linearity(rng):
    given = to_layer.draw(rng)
    return rms_norm_layer(*given, torch.exp), rms_norm_layer(*given, torch.clone).exp()


@paper.component("layer", of=gain_and_bias_gradients, settings=EPSILONS)
def one_case(rng, inputs=4, units=5):
    return normal(rng, inputs), normal(rng, units, inputs), normal(rng, units)


@paper.component("layer", of=normalization_jacobian, settings=EPSILONS)
def one_layer(rng, units=5):
    return normal(rng, units)


@paper.component("layer", of=weight_gradient, settings=EPSILONS)
def one_case_with_gain(rng, inputs=4, units=5):
    return normal(rng, inputs), normal(rng, units, inputs), normal(rng, units), normal(rng, units)


paper.equation("Eq. 8", of=gain_and_bias_gradients)(oracles.gain_and_bias_gradients)
paper.equation("Eq. 9", of=normalization_jacobian)(oracles.jacobian)
paper.equation("Eq. 9", of=weight_gradient)(oracles.weight_gradient)
paper.equation("Eq. 10", of=normalization_jacobian)(oracles.scaled_jacobian)


def inside(inputs, weight, gain, bias, eps):
    """v, what is inside of f in Eq. 5, by torch."""
    return F.rms_norm(weight @ inputs, gain.shape, gain, eps) + bias


@paper.reference(of=gain_and_bias_gradients, id="torch")
def _(inputs, weight, upstream, eps):
    def loss(gain, bias):
        return inside(inputs, weight, gain, bias, eps) @ upstream

    return torch.func.grad(loss, argnums=(0, 1))(torch.ones_like(upstream), torch.zeros_like(upstream))


@paper.reference(of=normalization_jacobian, id="torch")
def _(summed, eps):
    return torch.func.jacrev(lambda a: F.rms_norm(a, a.shape, None, eps))(summed)


@paper.reference(of=weight_gradient, id="torch")
def _(inputs, weight, gain, upstream, eps):
    return torch.func.grad(lambda w: inside(inputs, w, gain, 0.0, eps) @ upstream)(weight)


def scaled_gradients(rng, of_inputs, of_weights):
    """The gradient by the weights before and after inputs and weights are scaled."""
    inputs, weight, gain, upstream = one_case_with_gain.draw(rng)
    before = weight_gradient(inputs, weight, gain, upstream, 0.0)
    return before, weight_gradient(of_inputs * inputs, of_weights * weight, gain, upstream, 0.0)


@paper.property("Sec. 4.2", "the gradient by the weights is invariant to input scaling")
def scaled_inputs(rng):
    return scaled_gradients(rng, float(3 * positive(rng)), 1.0)


@paper.property("Sec. 4.2", "but negatively correlated with weight scaling: it is divided by the scale")
def scaled_weights(rng):
    delta = float(3 * positive(rng))
    before, after = scaled_gradients(rng, 1.0, delta)
    return before / delta, after


@paper.property("Sec. 4.2", "the gradients by gain and bias are invariant to the scaling of inputs and weights")
def scaled_gains(rng):
    inputs, weight, upstream = one_case.draw(rng)
    before = gain_and_bias_gradients(inputs, weight, upstream, 0.0)
    return before, gain_and_bias_gradients(2 * inputs, 3 * weight, upstream, 0.0)


@paper.property("Sec. 4.2", "it avoids large-norm weight matrices: no step of gradient descent can shorten all weights")
def orthogonal_gradient(rng):
    inputs, weight, gain, upstream = one_case_with_gain.draw(rng)
    gradient = weight_gradient(inputs, weight, gain, upstream, 0.0)
    return (weight - gradient).square().sum(), weight.square().sum() + gradient.square().sum()


# Partial root mean square layer normalization (section 5)


@paper.component("layer", of=partial_count, settings=[{}, {"part": 0.1}, {"part": 1.0}])
def number_of_units(rng):
    return int(torch.randint(1, 200, (), generator=rng))


number_of_units.limit("one unit")(lambda rng: 1)
number_of_units.limit("a product that is a whole number, but not in binary")(lambda rng: 70)
number_of_units.limit("a power of two")(lambda rng: 512)

paper.equation("Sec. 5", of=partial_count, elementwise=True)(oracles.partial_count)


@paper.component("layer", of=partial_rms_norm, settings=[{"count": 2}, {"count": 1, "eps": 0.03}])
def to_normalize_in_part(rng, batch=3, units=5):
    return 2 * normal(rng, batch, units) + 1, normal(rng, units)


paper.equation("Sec. 5", of=partial_rms_norm)(oracles.partial_rms_norm)


@paper.component(
    "layer",
    of=PartialRMSNorm,
    id="partial-rms-norm-module",
    settings=[{"units": 20}, {"units": 10, "part": 0.25, "eps": 0.03}],
    traits=[Initial("gain", std=0.0, mean=1.0)],
)
def cases_in_part(rng, units, batch=3):
    return 2 * normal(rng, batch, units) + 1


paper.equation("Sec. 6.1", of=PartialRMSNorm)(oracles.partial_module)


@paper.property("Sec. 5", "with all summed inputs it is the norm that is not partial")
def the_whole(rng):
    summed, gain = to_normalize.draw(rng)
    norms = RMSNorm(5).double(), PartialRMSNorm(5, 1.0).double()
    return [rms_norm(summed, gain), norms[0](summed)], [partial_rms_norm(summed, gain, 5), norms[1](summed)]


@paper.property(
    "Sec. 5", "the mean square of the first p% estimates that of all without bias, if they are alike", draws=2
)
def mean_squares(rng):
    summed = 1 + 2 * normal(rng, 5000, 64)
    estimates = root_mean_square(summed[:, : partial_count(64)], 0.0).square()
    return Sample(estimates, 5.0)


@paper.property("Sec. 5", "its root is a biased estimate of the RMS: too small on average", draws=2)
def biased_estimate(rng):
    summed = 1 + 2 * normal(rng, 5000, 64)
    short = root_mean_square(summed, 0.0) - root_mean_square(summed[:, : partial_count(64)], 0.0)
    return bool(short.mean() > 6 * short.std() / 5000**0.5)


@paper.property("Sec. 5", "often inaccurate: few elements may be near zero, and outputs then are large", draws=5)
def inaccurate_estimate(rng):
    summed = normal(rng, 5000, 64)
    ones = torch.ones(64).double()
    largest = [partial_rms_norm(summed, ones, count, 0.0).abs().max() for count in (1, 4, 64)]
    return bool(largest[0] > 10 * largest[1]) and bool(largest[1] > largest[2])


@paper.property("Sec. 4", "no other constant than the authors' 1e-8 is added, and p is 6.25%, unless given", draws=1)
def constants(rng):
    summed, gain = normal(rng, 3, 32) / 1e5, normal(rng, 32)
    expected = F.rms_norm(summed, (32,), gain, 1e-8)
    found = [rms_norm(summed, gain), RMSNorm(32).double()(summed) * gain]
    found.append(rms_norm_layer(summed, torch.eye(32).double(), gain, 0 * gain, torch.clone))
    partly = [partial_rms_norm(summed, gain, 2), PartialRMSNorm(32).double()(summed) * gain]
    first = summed / (summed[:, :2].square().mean(dim=1, keepdim=True) + 1e-8).sqrt() * gain
    by_hand = [gain_and_bias_gradients(summed[0], torch.eye(32).double(), gain)[0], rms_norm(summed[0], gain)]
    slopes = [normalization_jacobian(summed[0]), normalization_jacobian(summed[0], 1e-8)]
    weights = [weight_gradient(summed[0], torch.eye(32).double(), gain, gain, *eps) for eps in ((), (1e-8,))]
    same = [torch.allclose(value, expected, rtol=1e-9, atol=0) for value in found]
    same += [torch.allclose(value, first, rtol=1e-9, atol=0) for value in partly]
    same += [torch.allclose(*pair, rtol=1e-9, atol=0) for pair in (by_hand, slopes, weights)]
    return EPSILON == 1e-8 and PART == 0.0625 and all(same)


@paper.property("Sec. 5", "sizes, parts and constants that cannot be meant are refused by value", draws=1)
def settings_are_refused(rng):
    x, one, matrix = normal(rng, 5), torch.ones(5).double(), normal(rng, 5, 5)
    wrong = {
        "units=0": [partial(RMSNorm, 0), partial(PartialRMSNorm, 0, 1.0), partial(partial_count, 0, 1.0)],
        "-1.5": [
            partial(root_mean_square, x, -1.5),
            partial(rms_norm, x, one, -1.5),
            partial(RMSNorm, 1, -1.5),
            partial(PartialRMSNorm, 1, 1.0, -1.5),
            partial(partial_rms_norm, x, one, 2, -1.5),
            partial(rms_norm_layer, x, matrix, one, one, eps=-1.5),
            partial(gain_and_bias_gradients, x, matrix, one, -1.5),
            partial(normalization_jacobian, x, -1.5),
            partial(weight_gradient, x, matrix, one, one, -1.5),
        ],
        "part=0.0": [partial(PartialRMSNorm, 3, 0.0), partial(partial_count, 3, 0.0)],
        "part=1.5": [partial(PartialRMSNorm, 3, 1.5), partial(partial_count, 3, 1.5)],
        "received 0": [partial(partial_rms_norm, x, one, 0)],
        "received 6": [partial(partial_rms_norm, x, one, 6)],
    }
    taken = [partial(RMSNorm, 1, 0.0), partial(PartialRMSNorm, 1, 1.0, 0.0), partial(partial_rms_norm, x, one, 1)]
    taken += [partial(partial_rms_norm, x, one, 5, 0.0)]
    refused = [text in refusal(call) for text, calls in wrong.items() for call in calls]
    return all(refused) and not any(refusal(call) for call in taken)
