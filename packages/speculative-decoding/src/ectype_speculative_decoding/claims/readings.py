"""Where the paper, mathematics and transformers differ."""

import numpy as np
import torch

from ectype_speculative_decoding.acceptance import acceptance_rate
from ectype_speculative_decoding.analysis import expected_tokens, walltime_improvement
from ectype_speculative_decoding.claims.shared import TRANSFORMERS, paper
from ectype_speculative_decoding.measurement import matching_step
from ectype_speculative_decoding.ngram_model import NgramModel
from ectype_speculative_decoding.speculative_sampling import (
    acceptance_probability,
    adjusted_distribution,
    lenient_argmax,
)

inputs = paper.disagreement(
    "inputs of Table 4",
    "Three of the twelve expected improvements do not come out of the printed alpha and c. They do from inputs that round to "
    "the printed ones.",
    at="Tab. 4",
    follow="paper",
    id="inputs",
)


@inputs.reading("paper", source="Tab. 4: as printed")
def _(alpha, gamma, c):
    return alpha, gamma, c


@inputs.reading("fastest", source="Tab. 4: the largest alpha and the smallest c that round to the printed ones")
def _(alpha, gamma, c):
    return alpha + 0.005, gamma, c - 0.005


iid = paper.disagreement(
    "independent acceptances",
    "Eq. 1 takes acceptances as independent and alike. Where easy and hard tokens come in stretches, the mean acceptance rate "
    "on the target's own tokens, which the paper measures, does not give the number of tokens of a run.",
    at="Sec. 3.1, Sec. 4.2, App. A.3",
    follow="paper",
    id="iid",
)

STAY = 0.95
TARGET = torch.tensor(
    [[STAY, 0.0, 0.05, 0.0], [STAY, 0.0, 0.05, 0.0], [0.05, 0.0, STAY / 2, STAY / 2], [0.05, 0.0, STAY / 2, STAY / 2]]
).double()
DRAFT = torch.tensor(
    [[0.95, 0.05, 0.0, 0.0], [0.95, 0.05, 0.0, 0.0], [0.0, 0.9, 0.05, 0.05], [0.0, 0.9, 0.05, 0.05]]
).double()
"""An easy mood, token 0, and a hard one, tokens 2 and 3; the target stays in each for 20 tokens on average."""


def stationary(transitions):
    values, vectors = np.linalg.eig(transitions.T)
    law = np.real(vectors[:, np.argmax(np.real(values))])
    return law / law.sum()


@iid.reading("paper", source="Eq. 1 with alpha of corollary 3.6 on tokens of the target")
def _(gamma):
    rates = acceptance_rate(TARGET, DRAFT).numpy()
    return expected_tokens(float(stationary(TARGET.numpy()) @ rates), gamma)


@iid.reading("exact", source="Algorithm 1, all outcomes of a run, from where runs begin")
def _(gamma):
    states = len(TARGET)
    ends, lengths = np.zeros((states, states)), np.zeros(states)
    keep = (DRAFT * acceptance_probability(TARGET, DRAFT)).numpy()  # guess drawn and accepted, by its predecessor
    adjusted = adjusted_distribution(TARGET, DRAFT).numpy()
    for start in range(states):
        alive = np.eye(states)[start]
        for _ in range(gamma):
            rejected = alive * (1 - keep.sum(axis=1))
            ends[start] += rejected @ adjusted
            lengths[start] += alive.sum()
            alive = alive @ keep
        ends[start] += alive @ TARGET.numpy()
        lengths[start] += alive.sum()
    return float(stationary(ends) @ lengths)


for guesses in (3, 7):

    @iid.measure(f"tokens of a run with {guesses} guesses, two moods of four tokens")
    def _(reading, guesses=guesses):
        return reading(guesses)


cost = paper.disagreement(
    "cost of the approximation models",
    "Section 3.3 says that c was always less than 0.05; Table 4 has 0.11 for T5-large.",
    at="Sec. 3.3, Tab. 4",
    follow="paper",
    id="cost",
)


@cost.reading("paper", source="Tab. 4: 0.11")
def _():
    return 0.11


@cost.reading("section 3.3", source="Sec. 3.3: at most 0.05")
def _():
    return 0.05


@cost.measure("expected improvement with T5-large for translation, argmax, where Table 4 has 2.5")
def _(reading):
    return walltime_improvement(0.82, 7, reading())


zero = paper.disagreement(
    "random numbers of zero",
    "A guess is kept unless r > p / q. Generators of random numbers give zero now and then, and transformers then keep a guess "
    "that the target cannot give.",
    at="Alg. 1",
    follow="paper",
    id="zero",
)


@zero.reading("paper", source="Alg. 1: r from the open interval (0, 1); here 1 less a random number below 1")
def _(uniforms):
    return 1 - uniforms


@zero.reading("transformers", source=f"{TRANSFORMERS}._speculative_sampling: torch.rand_like")
def _(uniforms):
    return uniforms


@zero.measure("of 2^24 numbers that torch.rand gives in single precision, those that keep a guess of probability 0")
def _(reading):
    uniforms = torch.arange(2**24, dtype=torch.float64) / 2**24
    keep = acceptance_probability(torch.zeros(1).double(), torch.ones(1).double())
    return int((reading(uniforms) <= keep).sum())


rounding = paper.disagreement(
    "adjusted distribution of equal distributions",
    "norm(max(0, p - q)) is not defined where p is nowhere above q. A rejection is impossible there but for rounding.",
    at="Sec. 2.3",
    follow="the target's own",
    departure="D1",
    id="rounding",
)


@rounding.reading("paper", source=f"Sec. 2.3; {TRANSFORMERS}._speculative_sampling")
def _(p, q):
    excess = (p - q).clamp(min=0)
    return excess / excess.sum()


@rounding.reading("the target's own", source="the limit of a draw that hardly ever happens")
def _(p, q):
    return adjusted_distribution(p, q)


@rounding.measure("probabilities of 4 that are not numbers, p and q equal")
def _(reading):
    p = torch.full((4,), 0.25)
    return int(reading(p, p).isnan().sum())


@rounding.measure("probabilities of 4 that are not numbers, q above p by rounding")
def _(reading):
    p = torch.full((4,), 0.25)
    return int(reading(p, torch.nextafter(p, torch.ones(4))).isnan().sum())


verification = paper.disagreement(
    "what a guess is compared with",
    "Algorithm 1 compares probabilities. Without probabilities of the guesses transformers draws tokens of the target and keeps "
    "guesses that are equal to them: the same distribution, with fewer guesses kept.",
    at="Alg. 1",
    follow="paper",
    id="verification",
)


@verification.reading("paper", source="Alg. 1, theorem 3.5")
def _(p, q):
    return float(acceptance_rate(p, q))


@verification.reading(
    "transformers", source=f"{TRANSFORMERS}.GenerationMixin._assisted_decoding, case 2; here matching_step"
)
def _(p, q):
    models, kept, generator = (
        (NgramModel(p.expand(10, 10)), NgramModel(q.expand(10, 10))),
        0,
        torch.Generator().manual_seed(0),
    )
    for _ in range(2000):
        kept += matching_step(*models, torch.zeros(1, dtype=torch.long), 1, generator=generator).accepted
    return kept / 2000


@verification.measure("acceptance rate of a model by itself, ten tokens equally probable")
def _(reading):
    p = torch.full((10,), 0.1).double()
    return reading(p, p)


lenience = paper.disagreement(
    "what is drawn where a lenient test rejects",
    "Appendix A.5 multiplies q by l before it is compared with p. Algorithm 1 compares them in the test and again in the adjusted "
    "distribution; the text does not say whether l is in both. Either way no token exceeds p / l.",
    at="App. A.5",
    follow="paper",
    id="lenience",
)


@lenience.reading("paper", source="App. A.5: l in the test alone, whose acceptance rate it gives")
def _(p, q, factor):
    return adjusted_distribution(p, q)


@lenience.reading("both", source="App. A.5: l wherever q is compared with p")
def _(p, q, factor):
    return adjusted_distribution(p, factor * q)


def lenient_law(reading, factor):
    p, q = torch.tensor([0.1, 0.6, 0.3]).double(), torch.tensor([0.5, 0.3, 0.2]).double()
    kept = q * acceptance_probability(p, q, factor)
    return p, kept + (1 - kept.sum()) * reading(p, q, factor)


@lenience.measure(
    "the least part of its probability that a token keeps, p = (0.1, 0.6, 0.3), q = (0.5, 0.3, 0.2), l = 0.5"
)
def _(reading):
    p, law = lenient_law(reading, 0.5)
    return float((law / p).min())


@lenience.measure("Kullback-Leibler divergence of the output from the target, the same p and q, l = 0.5")
def _(reading):
    p, law = lenient_law(reading, 0.5)
    return float((p * (p / law).log()).sum())


@lenience.measure("the most by which a token becomes more probable, the same p and q, l = 0.5")
def _(reading):
    p, law = lenient_law(reading, 0.5)
    return float((law / p).max())


greedy = paper.disagreement(
    "lenience of argmax sampling",
    "Appendix A.5 would keep a guess in case p(x) <= l max(p). With l = 1 that keeps everything, where the paper has an "
    "acceptance rate of 0.75; and fewer with a smaller l, where it has more.",
    at="App. A.5",
    follow="at least",
    departure="D2",
    id="greedy-lenience",
)


@greedy.reading("paper", source="App. A.5: p(x) <= l max(p)")
def _(p, guess, factor):
    return p.gather(-1, guess.unsqueeze(-1)).squeeze(-1) <= factor * p.amax(dim=-1)


@greedy.reading("at least", source="what l = 1 and l = 0.1 must give: p(x) >= l max(p)")
def _(p, guess, factor):
    return lenient_argmax(p, guess, factor)


for factor in (1.0, 0.1):

    @greedy.measure(f"guesses of 1,000 that are kept with l = {factor:g}, 10 tokens, random distributions and guesses")
    def _(reading, factor=factor):
        generator = torch.Generator().manual_seed(0)
        p = torch.randn(1000, 10, generator=generator).mul(1.5).softmax(dim=-1)
        return int(reading(p, torch.randint(10, (1000,), generator=generator), factor).sum())
