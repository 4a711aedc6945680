"""Where paper, official code and libraries say different things."""

import math

import torch
from torch.nn import functional as F

from ectype_rmsnorm.claims.shared import REPOSITORY, normal, paper
from ectype_rmsnorm.partial_rms_norm import partial_count
from ectype_rmsnorm.rms_norm import rms_norm, root_mean_square

TRANSFORMERS = "transformers 5.23.0"


def seed():
    return torch.Generator().manual_seed(0)


def with_root_mean_square(size, units=1000):
    """Summed inputs whose root mean square is a number."""
    summed = normal(seed(), units)
    return summed / root_mean_square(summed, 0.0) * size


# D1: the constant that keeps the quotient finite

constants = paper.disagreement(
    "constant in the denominator",
    "The paper divides by the root mean square as it is. The authors' three implementations add three things: 1e-8 to the mean "
    "square (TensorFlow), 1e-5 to the mean square (Theano), 1e-8 to its root (PyTorch). torch's default is the machine epsilon, "
    "that of transformers 1e-6, both under the root.",
    at="Eq. 4",
    follow="official TensorFlow code",
    departure="D1",
    id="epsilon",
)


@constants.reading("paper", source="Sec. 4, Eq. 4")
def _(summed):
    return root_mean_square(summed, 0.0)


@constants.reading("official TensorFlow code", source=f"{REPOSITORY} rmsnorm_tensorflow.py")
def _(summed):
    return root_mean_square(summed)


@constants.reading("official PyTorch code", source=f"{REPOSITORY} rmsnorm_torch.py")
def _(summed):
    return root_mean_square(summed, 0.0) + 1e-8


@constants.reading("official Theano code", source=f"{REPOSITORY} layers.py, rln")
def _(summed):
    return root_mean_square(summed, 1e-5)


@constants.reading("torch, single precision", source="torch.nn.RMSNorm, eps=None")
def _(summed):
    single = summed.float()
    return single[:1] / F.rms_norm(single, single.shape)[:1]


@constants.reading("transformers", source=f"{TRANSFORMERS}, LlamaRMSNorm and T5LayerNorm, eps=1e-6")
def _(summed):
    return root_mean_square(summed, 1e-6)


@constants.measure("root mean square of the normalized summed inputs where theirs is 0.01")
def _(reading):
    return float(0.01 / reading(with_root_mean_square(0.01)))


@constants.measure("root mean square of the normalized summed inputs where theirs is 0.0001")
def _(reading):
    return float(1e-4 / reading(with_root_mean_square(1e-4)))


# The number of summed inputs of the partial norm

counts = paper.disagreement(
    "rounding of the number of summed inputs",
    "The paper rounds n p up. The authors' TensorFlow and PyTorch codes round it down, so that a small layer has none, and its "
    "outputs are not numbers.",
    at="Sec. 5",
    follow="paper",
    id="partial-count",
)


@counts.reading("paper", source="Sec. 5: k = ceil(n p)")
def _(units):
    return partial_count(units)


@counts.reading("official code", source=f"{REPOSITORY} rmsnorm_torch.py, rmsnorm_tensorflow.py: int(d * p)")
def _(units):
    return math.floor(0.0625 * units)


@counts.measure("of 300 units, at 6.25%")
def _(reading):
    return reading(300)


@counts.measure("of 12 units, at 6.25%")
def _(reading):
    return reading(12)


# Where the gain is multiplied in half precision

products = paper.disagreement(
    "precision of the product with the gain",
    "The paper is silent on precision. transformers' Llama and Gemma both take the statistic in single precision; Llama rounds to "
    "the type of the input and then multiplies by the gain, Gemma multiplies in single precision and then rounds.",
    at="Eq. 4",
    follow="one type",
    id="precision",
)


@products.reading("one type", source="this package: everything in the type that is given")
def _(summed, gain):
    return rms_norm(summed, gain)


@products.reading("Llama", source=f"{TRANSFORMERS}, LlamaRMSNorm")
def _(summed, gain):
    wide = summed.float()
    return gain * (wide / root_mean_square(wide)).to(summed)


@products.reading("Gemma", source=f"{TRANSFORMERS}, GemmaRMSNorm")
def _(summed, gain):
    wide = summed.float()
    return (wide / root_mean_square(wide) * gain.float()).to(summed)


@products.measure("mean relative error in bfloat16, in parts of its machine epsilon")
def _(reading):
    generator = seed()
    summed, gain = (normal(generator, *shape).bfloat16() for shape in ((100, 512), (512,)))
    exact = rms_norm(summed.double(), gain.double())
    error = (reading(summed, gain).double() / exact - 1).abs().mean()
    return round(float(error) / torch.finfo(torch.bfloat16).eps, 3)


# What the headline speedup is of

headlines = paper.disagreement(
    "whose speedup is 64%",
    "The abstract says that RMSNorm reduces the running time by 7% to 64%. In the tables 63.9% is the partial norm's; without it "
    "the largest is 40.8%.",
    at="Abstract, Tab. 8",
    follow="paper",
    id="headline-speedup",
)


@headlines.reading("paper", source="Abstract: RMSNorm; Tab. 2, 3, 4, 6, 8 and 10, rows RMSNorm")
def _(times):
    return [row["RMSNorm"] for row in times]


@headlines.reading("partial norm too", source="the same tables, rows RMSNorm and pRMSNorm")
def _(times):
    return [row[name] for row in times for name in ("RMSNorm", "pRMSNorm")]
