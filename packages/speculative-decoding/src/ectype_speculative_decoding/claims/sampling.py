"""Standardized and speculative sampling (sections 2.2, 2.3 and 3.2, appendices A.1, A.2 and A.5)."""

from unittest.mock import patch

import numpy as np
import torch
from ectype import Sample
from ectype.traits import ShiftInvariant, Symmetric
from scipy.stats import chisquare
from torch.nn import functional as F

from ectype_speculative_decoding.acceptance import acceptance_rate, divergence
from ectype_speculative_decoding.claims import oracles
from ectype_speculative_decoding.claims.shared import (
    distributions,
    normal,
    paper,
    refusal,
    sparse,
    uniform,
)
from ectype_speculative_decoding.speculative_sampling import (
    acceptance_probability,
    adjusted_distribution,
    lenient_argmax,
    rejection_acceptance,
    speculative_sample,
)
from ectype_speculative_decoding.standardized import sample, standardize

# Standardized sampling (section 2.2)

WAYS = [{}, {"temperature": 0.7}, {"top_k": 3}, {"top_p": 0.6}, {"temperature": 1.5, "top_k": 4, "top_p": 0.8}]
WAYS.append({"top_k": 1})


@paper.component("layer", of=standardize, settings=WAYS, traits=[ShiftInvariant()])
def logits(rng, batch=3, vocabulary=7):
    return 2 * normal(rng, batch, vocabulary)


logits.limit("one row")(lambda rng: normal(rng, 5))
paper.equation("Sec. 2.2", of=standardize)(oracles.standardize)


@paper.reference(of=standardize, needs="transformers", id="transformers")
def _(logits, temperature, top_k, top_p):
    from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    shape = logits.shape
    logits = TemperatureLogitsWarper(temperature)(None, logits.reshape(-1, shape[-1]))
    logits = logits if top_k is None else TopKLogitsWarper(top_k)(None, logits)
    logits = logits if top_p is None else TopPLogitsWarper(top_p)(None, logits)
    return logits.softmax(dim=-1).reshape(shape)


@paper.property("Sec. 2.2", "argmax sampling is zeroing out non-max elements of the distribution and normalizing")
def argmax_sampling(rng):
    x = normal(rng, 3, 7)
    return standardize(x, 0.0), F.one_hot(x.argmax(dim=-1), 7).double()


@paper.property("Sec. 2.2", "argmax is the limit of low temperature, and one token of the most probable ones", draws=5)
def limits_of_sampling(rng):
    x = normal(rng, 3, 7)
    greedy = standardize(x, 0.0)
    return [standardize(x, 1e-4), standardize(x, top_k=1), standardize(x, top_p=1e-9)], [greedy] * 3


@paper.property("Sec. 2.2", "of several largest logits the first is the one", draws=1)
def ties(rng):
    return standardize(torch.tensor([[1.0, 3.0, 3.0]]), 0.0), torch.tensor([[0.0, 1.0, 0.0]])


@paper.property("Sec. 2.2", "keeping all tokens, in number or in probability, changes nothing")
def nothing_left_out(rng):
    x = normal(rng, 3, 7)
    return [standardize(x, top_k=7), standardize(x, top_k=9), standardize(x, top_p=1.0)], [x.softmax(-1)] * 3


@paper.property("Sec. 2.2", "ways to sample that are none are refused by value", draws=1)
def ways_are_refused(rng):
    x, wrong = normal(rng, 2, 3), {"temperature=-0.1": {"temperature": -0.1}, "top_k=0": {"top_k": 0}}
    wrong |= {f"top_p={value}": {"top_p": value} for value in (0.0, -0.5, 1.1)}
    found = [text in refusal(lambda way=way: standardize(x, **way)) for text, way in wrong.items()]
    return all(found) and not refusal(lambda: standardize(x, 0.0, 1, 1.0))


@paper.property("Sec. 2.2", "tokens are drawn with their probabilities, row by row", draws=2)
def frequency_of_tokens(rng):
    p = distributions(rng, 1, 4)
    drawn, weights = sample(p.expand(20_000, 4), rng), normal(rng, 4)
    return Sample(weights[drawn], float((p @ weights).item()))


# Speculative sampling (section 2.3)

LENIENCE = [{}, {"lenience": 0.5}, {"lenience": 0.1}]


@paper.component("layer", of=acceptance_probability, settings=LENIENCE)
def probabilities(rng, batch=5):
    return uniform(rng, batch), uniform(rng, batch)


probabilities.limit("p is 0")(lambda rng: (torch.zeros(3).double(), uniform(rng, 3)))
probabilities.limit("q is 0")(lambda rng: (uniform(rng, 3), torch.zeros(3).double()))
probabilities.limit("both are 0")(lambda rng: (torch.zeros(2).double(), torch.zeros(2).double()))
probabilities.limit("both are equal")(lambda rng: (torch.full((2,), 0.3).double(), torch.full((2,), 0.3).double()))
paper.equation("Sec. 2.3", of=acceptance_probability, elementwise=True)(oracles.acceptance_probability)


def two_distributions(rng, batch=3, vocabulary=5):
    return distributions(rng, batch, vocabulary), distributions(rng, batch, vocabulary)


def with_zeros(rng):
    return sparse(rng, 4, 6), sparse(rng, 4, 6)


def disjoint(rng):
    first = torch.tensor([[1.0, 1.0, 0.0, 0.0]]).double()
    return tuple(
        part / part.sum() for part in (distributions(rng, 1, 4) * first, distributions(rng, 1, 4) * (1 - first))
    )


def equal(rng):
    p = distributions(rng, 2, 4)
    return p, p.clone()


adjusting = paper.component("layer", of=adjusted_distribution)(two_distributions)
paper.equation("Sec. 2.3", of=adjusted_distribution)(oracles.adjusted_distribution)
apart = paper.component("layer", of=divergence, traits=[Symmetric()])(two_distributions)
paper.equation("Sec. 3.2", of=divergence)(oracles.divergence)
overlapping = paper.component("layer", of=acceptance_rate, settings=LENIENCE)(two_distributions)
paper.equation("Sec. 3.2", of=acceptance_rate)(oracles.acceptance_rate)
rejecting = paper.component("layer", of=rejection_acceptance)(two_distributions)
paper.equation("App. A.2", of=rejection_acceptance)(oracles.rejection_acceptance)

for component in (adjusting, apart, overlapping):
    component.limit("some probabilities are 0")(with_zeros)
    component.limit("nothing in common")(disjoint)
    component.limit("equal")(equal)
rejecting.limit("tokens that the target cannot give")(lambda rng: (sparse(rng, 3, 5), distributions(rng, 3, 5)))
rejecting.limit("equal")(equal)


@paper.reference(of=divergence, id="torch")
def _(p, q):
    return F.pairwise_distance(p, q, p=1, eps=0) / 2


@paper.property("Sec. 2.3", "rejected guesses are replaced from what transformers draws from", needs="transformers")
def adjusted_by_transformers(rng):
    from transformers.generation.utils import _speculative_sampling

    p, q = two_distributions(rng)
    drawn = []
    with (
        patch("torch.rand_like", torch.ones_like),  # rejects what is not certain to be kept
        patch("torch.multinomial", lambda x, **_: drawn.append(x) or torch.zeros(1, 1, dtype=torch.long)),
    ):
        for target, draft in zip(p, q, strict=True):
            guess, both = (draft - target).argmax(), torch.stack([target, target])
            _speculative_sampling(guess.view(1, 1), draft.log()[None, None], 1, both.log()[None])
    return adjusted_distribution(p, q), torch.cat(drawn)


@paper.property("App. A.1", "accepted and rejected guesses together are distributed as the target, exactly")
def correctness(rng):
    sides = []
    for p, q in (two_distributions(rng), with_zeros(rng), disjoint(rng), equal(rng)):
        kept = q * acceptance_probability(p, q)
        sides.append((kept + (1 - kept.sum(-1, keepdim=True)) * adjusted_distribution(p, q), p))
    return [left for left, _ in sides], [right for _, right in sides]


@paper.property("Sec. 2.3", "a rejected guess may be replaced by a draw from the target itself", holds=False)
def correctness_without_adjustment(rng):
    p, q = two_distributions(rng)
    kept = q * acceptance_probability(p, q)
    return kept + (1 - kept.sum(-1, keepdim=True)) * p, p


@paper.property("App. A.1", "the normalizing constant of the adjusted distribution is 1 - beta")
def normalizing_constant(rng):
    p, q = two_distributions(rng)
    return (1 - acceptance_rate(p, q))[:, None] * adjusted_distribution(p, q), p - torch.minimum(p, q)


@paper.component("sampler", of=speculative_sample)
def rows(rng, batch=3, vocabulary=4):
    return distributions(rng, batch, vocabulary), distributions(rng, batch, vocabulary)


def drawn(rng, p, q, count=20_000):
    return speculative_sample(p.expand(count, -1), q.expand(count, -1), generator=rng)


@paper.property("Sec. 2.3", "for any p and q, tokens sampled in this way are distributed as p: chi-square", draws=5)
def distribution_of_tokens(rng):
    p, q = distributions(rng, 1, 5), distributions(rng, 1, 5)
    counts = drawn(rng, p, q).bincount(minlength=5).numpy()
    return bool(chisquare(counts, 20_000 * p[0].numpy()).pvalue > 1e-4)


@paper.property("Sec. 2.3", "tokens sampled in this way have the means of p", draws=3)
def means_of_tokens(rng):
    p, q, weights = sparse(rng, 1, 5), sparse(rng, 1, 5), normal(rng, 5)
    return Sample(weights[drawn(rng, p, q)], float((p @ weights).item()))


@paper.property(
    "Sec. 2.3", "guesses of the target's own distribution are all kept, and nothing of another support is", draws=2
)
def extremes(rng):
    p, q = disjoint(rng)
    outside = drawn(rng, p, q, 2000)
    with patch("ectype_speculative_decoding.speculative_sampling.adjusted_distribution", lambda p, q: p.flip(-1)):
        kept = drawn(rng, p, p, 2000)
    return bool((outside < 2).all() and (kept < 2).all())


# Acceptance rate (section 3.2)


@paper.property("Sec. 3.2", "lemma 3.3: D_LK is 1 less the sum of min(p, q), from either of the two")
def lemma(rng):
    p, q = two_distributions(rng)
    middle = (p + q) / 2
    return [divergence(p, q)] * 2, [1 - torch.minimum(p, q).sum(-1), (q - middle).abs().sum(-1)]


@paper.property(
    "Sec. 3.2", "corollary 3.4: symmetric, in [0, 1], 0 for equal distributions only, 1 for disjoint ones only"
)
def corollary(rng):
    p, q = two_distributions(rng)
    some = divergence(p, q)
    ends = torch.cat([divergence(*equal(rng)), 1 - divergence(*disjoint(rng))]).abs()
    return bool((some > 1e-6).all() and (some < 1 - 1e-6).all() and (ends < 1e-12).all())


@paper.property("Sec. 3.2", "theorem 3.5: beta is 1 - D_LK(p, q)")
def theorem_3_5(rng):
    p, q = two_distributions(rng)
    return acceptance_rate(p, q), 1 - divergence(p, q)


@paper.property("Sec. 3.2", "definition 3.1: beta is how often a guess is accepted", draws=2)
def share_of_accepted(rng):
    p, q = distributions(rng, 1, 5), distributions(rng, 1, 5)
    guesses = sample(q.expand(20_000, 5), rng)
    keep = acceptance_probability(p[0, guesses], q[0, guesses])
    return Sample((uniform(rng, 20_000) <= keep).double(), float(acceptance_rate(p, q)))


@paper.property("App. A.2", "rejection sampling keeps a guess at most as often as speculative sampling does")
def less_by_rejection(rng):
    p, q = two_distributions(rng)
    return (rejection_acceptance(p, q) <= acceptance_rate(p, q)) & (rejection_acceptance(p, q) > 0)


@paper.property("App. A.2", "it keeps it as often where p and q are equal, and never where q lacks what p has", draws=5)
def ends_of_rejection(rng):
    ends = torch.cat([rejection_acceptance(*equal(rng)), rejection_acceptance(*disjoint(rng))])
    return ends, torch.tensor([1.0, 1.0, 0.0])


# Lenience (appendix A.5)


@paper.property("App. A.5", "with lenience l no token is sampled with a probability above p(x) / l")
def bound_of_lenience(rng):
    p, q = two_distributions(rng)
    lenience = float(uniform(rng)) * 0.9 + 0.05
    kept = q * acceptance_probability(p, q, lenience)
    law = kept + (1 - kept.sum(-1, keepdim=True)) * adjusted_distribution(p, q)
    return (law <= p / lenience + 1e-12) & ((law.sum(-1, keepdim=True) - 1).abs() < 1e-12)


@paper.property("App. A.5", "with lenience the output is distributed as the target", holds=False)
def lenience_changes_the_distribution(rng):
    p, q = two_distributions(rng)
    kept = q * acceptance_probability(p, q, 0.2)
    return kept + (1 - kept.sum(-1, keepdim=True)) * adjusted_distribution(p, q), p


@paper.property("App. A.5", "there is no guarantee on the minimum probability: a token can become as rare as in q")
def no_minimum(rng):
    p, q = torch.tensor([0.5, 0.5]).double(), torch.tensor([1.0, 0.0]).double()
    kept = q * acceptance_probability(p, q, 0.1)
    return kept + (1 - kept.sum()) * adjusted_distribution(p, q), q


@paper.property("App. A.5", "of distributions that are standardized by argmax, lenience changes nothing", draws=5)
def lenience_of_argmax(rng):
    p, q = (standardize(part, 0.0) for part in (normal(rng, 4, 3), normal(rng, 4, 3)))
    return acceptance_rate(p, q, 0.1), acceptance_rate(p, q)


@paper.component("layer", of=lenient_argmax, settings=[{"lenience": 1.0}, {"lenience": 0.3}])
def guesses(rng, batch=4, vocabulary=3):
    return distributions(rng, batch, vocabulary), torch.randint(vocabulary, (batch,), generator=rng)


paper.equation("App. A.5", of=lenient_argmax)(oracles.lenient_argmax)


@paper.property("App. A.5", "with l = 1 only the most probable token is kept, with less never fewer", draws=5)
def kept_by_argmax(rng):
    p = distributions(rng, 50, 4)
    guess = torch.randint(4, (50,), generator=rng)
    strict, lenient = lenient_argmax(p, guess, 1.0), lenient_argmax(p, guess, 0.4)
    return bool(strict.equal(guess == p.argmax(-1)) and (lenient | ~strict).all() and (lenient & ~strict).any())


@paper.property("App. A.5", "leniences that are not in (0, 1] are refused by value", draws=1)
def leniences_are_refused(rng):
    p, q = distributions(rng, 2, 3), distributions(rng, 2, 3)
    calls = [
        lambda value: acceptance_probability(p, q, value),
        lambda value: acceptance_rate(p, q, value),
        lambda value: lenient_argmax(p, torch.zeros(2, dtype=torch.long), value),
    ]
    found = [f"received {value}" in refusal(lambda c=c, v=value: c(v)) for value in (0.0, -0.5, 1.5) for c in calls]
    return all(found) and not any(refusal(lambda c=c: c(1.0)) for c in calls)


@paper.property(
    "Sec. 4.2", "the sharper the adjusted distributions, the higher the acceptance rate", holds=False, draws=1
)
def sharper_is_better(rng):
    p, q = torch.tensor([[0.6, 0.4]]).double().log(), torch.tensor([[0.4, 0.6]]).double().log()
    rates = [float(acceptance_rate(standardize(p, t), standardize(q, t))) for t in (1.0, 0.1)]
    return np.array(rates), np.sort(rates)
