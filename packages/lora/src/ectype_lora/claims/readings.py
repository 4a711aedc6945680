"""Where paper, official code and libraries differ about the method itself."""

import math

import torch
from torch import nn

from ectype_lora.claims.shared import OFFICIAL, paper
from ectype_lora.low_rank_adapter import gaussian_
from ectype_lora.low_rank_embedding import LowRankEmbedding

# The first factor

beginning = paper.disagreement(
    "initialization of A",
    "The paper says Gaussian and does not print the variance. The official code draws from a uniform distribution, as torch does "
    "for dense layers, and says so; peft follows it, and offers a Gaussian whose variance depends on the rank alone.",
    at="Sec. 4.1",
    follow="paper",
)


@beginning.reading("paper", source="Sec. 4.1, with the variance of the official code")
def _(A, r):
    gaussian_(A)


@beginning.reading("official code", source=f"{OFFICIAL}, loralib/layers.py l. 119-125")
def _(A, r):
    nn.init.kaiming_uniform_(A, a=math.sqrt(5))


@beginning.reading("peft, gaussian", source="peft, init_lora_weights='gaussian'")
def _(A, r):
    nn.init.normal_(A, std=1 / r)


def first_factor(reading, r=8, k=768):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        A = torch.empty(r, k)
        reading(A, r)
    return A.double()


@beginning.measure("standard deviation, r = 8, k = 768")
def _(reading):
    return float(first_factor(reading).std())


@beginning.measure("largest entry over standard deviation")
def _(reading):
    A = first_factor(reading)
    return float(A.abs().max() / A.std())


# Embeddings

embeddings = paper.disagreement(
    "initialization of an adapted embedding",
    "The paper adapts no embedding. The rule of its dense layers, A Gaussian and B zero, moves the rows of all tokens in the first "
    "step; the official code sets A to zero and draws B, so that tokens which do not occur keep their rows.",
    at="Sec. 4.1",
    follow="official code",
    id="initialization-of-embeddings",
)


@embeddings.reading("official code", source=f"{OFFICIAL}, loralib/layers.py l. 57-62")
def _(adapter):
    adapter.reset_factors()


@embeddings.reading("rule of dense layers", source="Sec. 4.1")
def _(adapter):
    gaussian_(adapter.A)
    nn.init.zeros_(adapter.B)


@embeddings.measure("rows of 90 tokens that do not occur which a first step changes")
def _(reading):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        adapter = LowRankEmbedding(100, 8, 2, 4.0)
        reading(adapter)
    adapter(torch.arange(10)).square().sum().backward()
    with torch.no_grad():
        for factor in (adapter.A, adapter.B):
            factor -= 0.1 * factor.grad
    return int(adapter.update()[10:].any(dim=1).sum())


# The scale

scale = paper.disagreement(
    "scale of the update",
    "The paper scales by alpha / r; peft offers alpha / sqrt(r) (Kalajdzievski 2023, rank-stabilized), with which the size of what "
    "is added does not fall as the rank grows.",
    at="Sec. 4.1",
    follow="paper",
)


@scale.reading("paper", source="Sec. 4.1")
def _(alpha, r):
    return alpha / r


@scale.reading("peft, rank-stabilized", source="peft, use_rslora=True")
def _(alpha, r):
    return alpha / math.sqrt(r)


@scale.measure("scale with alpha 16, r = 4")
def _(reading):
    return reading(16.0, 4)


@scale.measure("root mean square of what random factors add at r = 64, over that at r = 4")
def _(reading):
    rng = torch.Generator().manual_seed(0)

    def added(r):
        A, B = (torch.randn(*shape, generator=rng, dtype=torch.float64) for shape in ((r, 256), (256, r)))
        return float((reading(16.0, r) * B @ A).square().mean().sqrt())

    return added(64) / added(4)


# Settings of the runs

alpha = paper.disagreement(
    "alpha for RoBERTa base",
    "Table 9 says r = 8 and alpha = 8. Every script of the official code for RoBERTa base has alpha = 16, and a weight decay of "
    "0.1 that the paper does not mention.",
    at="Tab. 9",
    follow="paper",
    id="alpha-of-roberta-base",
)


@alpha.reading("paper", source="Tab. 9")
def _():
    return 8.0


@alpha.reading("official code", source=f"{OFFICIAL}, examples/NLU/roberta_base_mnli.sh")
def _():
    return 16.0


@alpha.measure("scale alpha / r")
def _(reading):
    return reading() / 8


penalty = paper.disagreement(
    "length penalty on E2E",
    "Table 11 says 0.9; the command of the official README for the same run says 0.8.",
    at="Tab. 11",
    follow="paper",
    id="length-penalty",
)


@penalty.reading("paper", source="Tab. 11")
def _():
    return 0.9


@penalty.reading("official code", source=f"{OFFICIAL}, examples/NLG/README.md, step 2 of E2E")
def _():
    return 0.8


@penalty.measure("divisor of the score of a text of 40 tokens over that of one of 20")
def _(reading):
    return 2 ** reading()
