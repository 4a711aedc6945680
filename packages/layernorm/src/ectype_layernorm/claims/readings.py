"""Where paper, official code, mathematics and libraries say different things."""

import torch

from ectype_layernorm import fisher, gain_metric
from ectype_layernorm.batch_norm import batch_norm
from ectype_layernorm.claims import geometry
from ectype_layernorm.claims.shared import REPOSITORY, at_random, normal, paper
from ectype_layernorm.layer_norm import LayerNorm, layer_norm, layer_statistics
from ectype_layernorm.lstm import LayerNormLSTMCell
from ectype_layernorm.weight_norm import weight_norm

TENSORFLOW = "tensorflow/tensorflow@9aca4c62 tensorflow/contrib/rnn/python/ops/rnn_cell.py, LayerNormBasicLSTMCell"


def seed():
    return torch.Generator().manual_seed(0)


def apart(left, right):
    """The largest difference, relative to the largest value of the first."""
    return float((left - right).abs().max() / left.abs().max())


def standardized(deviation):
    """Summed inputs of 1,000 units with mean 0 and a deviation."""
    summed = normal(seed(), 1000)
    mean, found = layer_statistics(summed, 0.0)
    return (summed - mean) / found * deviation


# D1: the constant that keeps the quotient finite

constants = paper.disagreement(
    "constant in the denominator",
    "The paper divides by the standard deviation as it is. The authors' Theano code adds 1e-5 to the variance, as torch does; "
    "their Lua code adds 1e-5 to the deviation.",
    at="Eq. 3",
    follow="official Theano code",
    departure="D1",
    id="epsilon",
)


@constants.reading("paper", source="Sec. 3, Eq. 3")
def _(summed):
    return layer_statistics(summed, 0.0)[1]


@constants.reading("official Theano code", source=f"{REPOSITORY} layers.py l. 10-14; torch.nn.LayerNorm")
def _(summed):
    return layer_statistics(summed)[1]


@constants.reading("official Lua code", source=f"{REPOSITORY} torch_modules/LayerNormalization.lua")
def _(summed):
    return layer_statistics(summed, 0.0)[1] + 1e-5


@constants.measure("deviation of the normalized summed inputs where theirs is 1")
def _(reading):
    return float((standardized(1.0) / reading(standardized(1.0))).std(correction=0))


@constants.measure("deviation of the normalized summed inputs where theirs is 0.001")
def _(reading):
    return float((standardized(1e-3) / reading(standardized(1e-3))).std(correction=0))


# What is divided by

divisors = paper.disagreement(
    "what is divided by",
    "The paper divides by the standard deviation. The authors' Lua code divided by the variance until 25 July 2016, when a "
    'commit said "fixed std computation the torch code".',
    at="Eq. 3",
    follow="paper",
    id="divisor",
)


@divisors.reading("paper", source="Sec. 3, Eq. 3")
def _(summed):
    return summed / layer_statistics(summed, 0.0)[1]


@divisors.reading(
    "first official Lua code", source="ryankiros/layer-norm@7c7f567b torch_modules/LayerNormalization.lua"
)
def _(summed):
    return summed / layer_statistics(summed, 0.0)[1].square()


@divisors.measure("deviation of the normalized summed inputs where theirs is 2")
def _(reading):
    return float(reading(standardized(2.0)).std(correction=0))


# The variance of small batches

corrections = paper.disagreement(
    "variance of small batches under batch normalization",
    "Equation 2 has the mean of squared deviations. For the smaller batch size of Figure 6, the paper says, the unbiased "
    "estimator was used.",
    at="Eq. 2, Sec. 6.6",
    follow="Eq. 2",
    id="unbiased-variance",
)


@corrections.reading("Eq. 2", source="Sec. 2, Eq. 2")
def _(summed):
    return batch_norm(summed, torch.ones(1).double(), torch.zeros(1).double(), 0.0)


@corrections.reading("Sec. 6.6", source="Sec. 6.6: computed using the unbiased estimator")
def _(summed):
    return (summed - summed.mean(dim=0)) / summed.std(dim=0)


@corrections.measure("mean square of the normalized summed inputs of a batch of 4")
def _(reading):
    return float(reading(normal(seed(), 4, 1)).square().mean())


@corrections.measure("mean square of the normalized summed inputs of a batch of 128")
def _(reading):
    return float(reading(normal(seed(), 128, 1)).square().mean())


# What gains and biases begin with

beginnings = paper.disagreement(
    "first values of gains and biases",
    "Section 6 begins with gains of 1 and biases of 0, as the authors' code does. The supplement begins with zeros for alpha "
    'and ones for beta, and calls them "the additive and multiplicative parameters"; in its own Eq. 15 alpha is the gain. A '
    "norm with gain 0 lets nothing through.",
    at="Sec. 6, Eq. 15",
    follow="paper",
    id="first-values",
)


@beginnings.reading("paper", source=f"Sec. 6; {REPOSITORY} layers.py l. 397-398")
def _():
    return 1.0, 0.0


@beginnings.reading("supplement", source="supplement, below Eqs. 22, 28 and 31")
def _():
    return 0.0, 1.0


@beginnings.measure("largest slope of the output of an LSTM cell by its input")
def _(reading):
    gain, bias = reading()
    cell = at_random(seed(), lambda: LayerNormLSTMCell(3, 4))
    for norm in cell.modules():
        if isinstance(norm, LayerNorm):
            norm.gain.data.fill_(gain)
            norm.bias.data.fill_(bias)
    x, h, c = (normal(seed(), 1, size) for size in (3, 4, 4))
    return float(torch.autograd.functional.jacobian(lambda x: cell(x, h, c)[0], x).abs().max())


# The cell state of the LSTM

cells = paper.disagreement(
    "cell state that goes on to the next step",
    "The paper and the authors' code normalize the cell state on its way to the output only. TensorFlow's "
    "LayerNormBasicLSTMCell hands the normalized one on; it also normalizes each gate by itself and both matrices together.",
    at="Eq. 21, Eq. 22",
    follow="paper",
    id="cell-state",
)


@cells.reading("paper", source=f"supplement, Eqs. 21 and 22; {REPOSITORY} layers.py, lnlstm_layer")
def _(norm, c):
    return c


@cells.reading("TensorFlow", source=TENSORFLOW)
def _(norm, c):
    return norm(c)


@cells.measure("largest cell state after 100 steps in which all gates are open and 1 is added to one of 4 cells")
def _(reading):
    norm, c = LayerNorm(4).double(), torch.zeros(1, 4).double()
    for _ in range(100):
        c = reading(norm, c + torch.tensor([[1.0, 0.0, 0.0, 0.0]]).double())
    return float(c.detach().max())


gates = paper.disagreement(
    "what the norm of the gates runs over",
    "In the paper one norm runs over the summed inputs of all four gates together, so that they compete; in TensorFlow's "
    "LayerNormBasicLSTMCell each gate has its own.",
    at="Eq. 20",
    follow="paper",
    id="norm-of-gates",
)


@gates.reading("paper", source=f"supplement, Eq. 20; {REPOSITORY} layers.py, lnlstm_layer")
def _(summed):
    return layer_norm(summed, *ones_and_zeros(len(summed)), 0.0)


@gates.reading("TensorFlow", source=TENSORFLOW)
def _(summed):
    return torch.cat([layer_norm(gate, *ones_and_zeros(len(gate)), 0.0) for gate in summed.chunk(4)])


def ones_and_zeros(size):
    return torch.ones(size).double(), torch.zeros(size).double()


@gates.measure(
    "mean of the normalized summed inputs of the first gate, where all of its own are 2 above the other gates'"
)
def _(reading):
    summed = normal(seed(), 400)
    summed[:100] += 2 - summed[:100].mean() + summed[100:].mean()
    return round(float(reading(summed)[:100].mean()), 12)


biases = paper.disagreement(
    "bias of the LSTM",
    "Equation 20 adds the bias once, behind the norms. The authors' code adds the same parameter twice: to W x before its "
    "norm, and behind.",
    at="Eq. 20",
    follow="paper",
    id="bias-of-lstm",
)


@biases.reading("paper", source="supplement, Eq. 20")
def _(bias, gain):
    return layer_norm(torch.zeros_like(bias), gain, torch.zeros_like(gain)) + bias


@biases.reading("official code", source=f"{REPOSITORY} layers.py l. 461 and 477")
def _(bias, gain):
    return layer_norm(bias, gain, torch.zeros_like(gain)) + bias


@biases.measure("summed inputs of the forget gate of one cell without input, where only its bias is 1")
def _(reading):
    bias = torch.tensor([1.0, 0.0, 0.0, 0.0], dtype=torch.float64)
    return float(reading(bias, torch.ones_like(bias))[0])


# The gate of the GRU

updates = paper.disagreement(
    "what the update gate of the GRU does",
    "In the paper the gate lets the new state in; in the authors' code, and in torch, it keeps the old one. Without biases the "
    "two are the same model with weights of the other sign.",
    at="Eq. 25, Eq. 28",
    follow="paper",
    id="update-gate",
)


@updates.reading("paper", source="supplement, Eqs. 25 and 28")
def _(z):
    return 1 - torch.sigmoid(z)


@updates.reading("official code", source=f"{REPOSITORY} layers.py, lngru_layer; torch.nn.GRUCell")
def _(z):
    return torch.sigmoid(z)


@updates.measure("share of the old state that is kept where the summed input of the gate is 2")
def _(reading):
    return float(reading(torch.tensor(2.0, dtype=torch.float64)))


# What the text says beside the table

tables = paper.disagreement(
    "re-scaling the data set under weight normalization",
    'Table 1 says that weight normalization is not invariant to it. The text says that "all the normalization methods are '
    'invariant to re-scaling the dataset".',
    at="Tab. 1, Sec. 5.1",
    follow="Tab. 1",
    id="data-set-re-scaling",
)


@tables.reading("Tab. 1", source="Tab. 1: weight norm, data set re-scaling: No")
def _(change):
    return "yes" if change > 1e-2 else "no"


@tables.reading("Sec. 5.1", source="Sec. 5.1, data re-scaling and re-centring")
def _(change):
    return "yes" if change < 1e-10 else "no"


@tables.measure("it agrees with what comes out where all inputs are multiplied by 3")
def _(reading):
    inputs, weight, gain, bias = (
        normal(seed(), 6, 4),
        normal(seed(), 5, 4),
        normal(seed(), 5),
        normal(seed(), 5),
    )
    return reading(apart(weight_norm(inputs, weight, gain, bias), weight_norm(3 * inputs, weight, gain, bias)))


shifts = paper.disagreement(
    "shifting the features of a case",
    'The conclusion says that layer normalization is "invariant to per training-case feature shifting and scaling". That holds '
    "for the summed inputs; for the inputs, Table 1 says no to re-centring.",
    at="Sec. 7, Tab. 1",
    follow="summed inputs",
    id="feature-shifting",
)


@shifts.reading("summed inputs", source="Sec. 5.1, where the summed inputs are what is normalized")
def _(inputs, weight, shift):
    return inputs @ weight.T + shift


@shifts.reading("inputs", source="Sec. 7, per training-case feature shifting")
def _(inputs, weight, shift):
    return (inputs + shift) @ weight.T


@shifts.measure("relative change of the normalized summed inputs where 1 is added")
def _(reading):
    generator = seed()
    inputs, weight = normal(generator, 6, 4), normal(generator, 5, 4)
    outputs = [layer_norm(reading(inputs, weight, shift), *ones_and_zeros(5), 0.0) for shift in (0.0, 1.0)]
    return round(apart(*outputs), 12)


# The geometry

matrices = paper.disagreement(
    "Fisher information matrix of layer normalized models",
    "Equation 13 takes for granted that a weight vector moves the summed input of its own unit only. Under layer normalization "
    "all units share a mean and a deviation, so that it moves every one: between the weights of two units the definition, Eq. 9, "
    "has something where Eq. 13 has zeros. For batch and weight normalization the two agree.",
    at="Eq. 9, Eq. 13",
    follow="Eq. 13",
    id="shared-statistics",
)


@matrices.reading("Eq. 13", source="Sec. 5.2.2, Eqs. 13 and 14")
def _():
    return geometry.both_matrices(seed(), geometry.layer)[1]


@matrices.reading("Eq. 9", source="Sec. 5.2.1, Eq. 9, all outcomes counted")
def _():
    return geometry.both_matrices(seed(), geometry.layer)[0]


@matrices.measure("largest entry between weights of two units, as a part of the largest entry between weights")
def _(reading):
    size = geometry.INPUTS + 2
    blocks = (
        reading().abs().unflatten(0, (-1, size)).unflatten(2, (-1, size))[:, : geometry.INPUTS, :, : geometry.INPUTS]
    )
    own = torch.eye(geometry.UNITS, dtype=torch.bool)
    return float(blocks.transpose(1, 2)[~own].max() / blocks.max())


@matrices.measure("trace of the part in the weights, relative to that of Eq. 9")
def _(reading):
    truth, found = geometry.both_matrices(seed(), geometry.layer)[0], reading()
    rows = [unit * (geometry.INPUTS + 2) + place for unit in range(geometry.UNITS) for place in range(geometry.INPUTS)]
    return float(found[rows][:, rows].trace() / truth[rows][:, rows].trace())


curvatures = paper.disagreement(
    "curvature along a weight vector that doubles",
    "The paper says that the curvature changes by a factor of 1/2, because the deviation doubles. In Eq. 13 the deviation stands "
    "twice below the line, so that the curvature changes by 1/4; it is the length ds that changes by 1/2.",
    at="Sec. 5.2.2, Eq. 13",
    follow="paper",
    id="curvature",
)


@curvatures.reading("paper", source="Sec. 5.2.2: the curvature, a quadratic form in Eq. 8")
def _(squared_length):
    return squared_length


@curvatures.reading("length", source="Eq. 8, with its root taken")
def _(squared_length):
    return squared_length**0.5


def along_weights(grown):
    """Eq. 8 for a step of the first weight vector, which is multiplied by a number."""
    generator = seed()
    inputs, weight, _, gain = geometry.drawn(generator)
    step = torch.zeros(geometry.UNITS * (geometry.INPUTS + 2)).double()
    step[: geometry.INPUTS] = normal(generator, geometry.INPUTS)
    weight[0] *= grown
    covariance = geometry.spread(torch.ones(geometry.CASES, geometry.UNITS).double())
    return float(fisher.squared_length(geometry.as_printed(geometry.batch, inputs, weight, gain, covariance), step))


gains = paper.disagreement(
    "metric of the gains under batch normalization",
    "Equation 32 leaves the normalized summed inputs of Eq. 13 out of the expectation. Their mean square is 1, but not where the "
    "covariance of an outcome depends on the case, as it does for binary outcomes.",
    at="Eq. 13, Eq. 32",
    follow="Eq. 32",
    id="gains-of-batch-norm",
)


@gains.reading("Eq. 32", source="supplement, Eq. 32")
def _(step, inputs, weight, gain, covariance):
    return gain_metric.batch_gain_length(step, covariance)


@gains.reading("Eq. 13", source="Sec. 5.2.2, Eq. 13, along the gains")
def _(step, inputs, weight, gain, covariance):
    return geometry.gain_part(geometry.as_printed(geometry.batch, inputs, weight, gain, covariance), step)


def gain_step(variances):
    generator = seed()
    inputs, weight, bias, gain = geometry.drawn(generator)
    step = normal(generator, geometry.UNITS)
    return step, inputs, weight, gain, geometry.spread(variances(inputs, geometry.packed(weight, bias, gain)))


@gains.measure("squared length of a step, real outcomes of variance 1, in nats")
def _(reading):
    return float(reading(*gain_step(lambda *_: torch.ones(geometry.CASES, geometry.UNITS).double())))


@gains.measure("squared length of the same step, binary outcomes, in nats")
def _(reading):
    def variances(inputs, parameters):
        return geometry.binary_covariance(geometry.batch, inputs, parameters).diagonal(dim1=1, dim2=2)

    return float(reading(*gain_step(variances)))


pairs = paper.disagreement(
    "right side of Eq. 35",
    "The left side is the squared length of a step along two weight vectors, which has four terms. The right side has one of "
    "them, the one between the two, which is zero for the independent models the section is about.",
    at="Eq. 35",
    follow="Eq. 35",
    id="one-term-of-four",
)


@pairs.reading("Eq. 35", source="supplement, Eq. 35, right side")
def _(lengths):
    return lengths[0, 1]


@pairs.reading("sum", source="supplement, Eq. 35, left side")
def _(lengths):
    return lengths.sum()


@pairs.measure("squared length of a step of two independent models, in nats")
def _(reading):
    generator = seed()
    inputs, weight = normal(generator, 5, 2), normal(generator, 2, 2)
    covariance = geometry.spread(torch.ones(5, 2).double())
    return float(reading(gain_metric.magnitude_lengths(normal(generator, 2), inputs @ weight.T, weight, covariance)))
