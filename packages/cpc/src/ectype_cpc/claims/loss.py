"""The loss, the critic, and what MINE makes of the same scores (sections 2.2, 2.3, appendix A.1)."""

from functools import partial
from inspect import unwrap

import torch
import torch.nn.functional as F
from ectype.traits import Homogeneous, LowerBound, Reduced, ShiftInvariant

from ectype_cpc.claims import oracles
from ectype_cpc.claims.shared import normal, paper, refusal
from ectype_cpc.critic import LogBilinearCritic
from ectype_cpc.info_nce import info_nce_loss, mine_estimate, mutual_information_bound, positive_probability


def scores_and_positives(rng, batch=4, samples=5):
    return 2 * normal(rng, batch, samples), torch.randint(samples, (batch,), generator=rng)


def two_or_more(rng, batch=4, negatives=3):
    return scores_and_positives(rng, batch, negatives + 1)


info_nce = paper.component(
    "loss",
    of=info_nce_loss,
    traits=[LowerBound(0.0), Reduced("batch"), ShiftInvariant(0, per=("batch",))],
)(scores_and_positives)
mine = paper.component("loss", of=mine_estimate, traits=[Reduced("batch"), ShiftInvariant(0, per=("batch",))])(
    two_or_more
)
for each in (info_nce, mine):

    @each.limit("contexts of several waveforms, the diagonal positive")
    def _(rng):
        return normal(rng, 2, 4, 4), torch.arange(4).expand(2, 4)

    @each.limit("two samples")
    def _(rng):
        return scores_and_positives(rng, 3, 2)

    @each.limit("one context")
    def _(rng):
        return normal(rng, 6), torch.tensor(2)


for locator, oracle in {
    "Eq. 4": oracles.eq_4,
    "Eq. 6": oracles.eq_6,
    "Eq. 7": oracles.eq_7,
    "Eq. 12": oracles.eq_12,
    "Eq. 13": oracles.eq_13,
}.items():
    paper.equation(locator, of=info_nce_loss)(oracle)
paper.equation("Eq. 14", of=mine_estimate)(oracles.eq_14)
paper.equation("Eq. 15", of=mine_estimate)(oracles.eq_15)


@paper.reference(of=info_nce_loss, id="torch")
def _(scores, positives):
    return F.cross_entropy(scores.reshape(-1, scores.shape[-1]), positives.reshape(-1))


@paper.reference(of=info_nce_loss, needs="pytorch_metric_learning")
def pytorch_metric_learning(scores, positives):
    from pytorch_metric_learning.distances import DotProductSimilarity
    from pytorch_metric_learning.losses import NTXentLoss

    rows, samples = scores.reshape(-1, scores.shape[-1]), scores.shape[-1]
    loss = NTXentLoss(temperature=1.0, distance=DotProductSimilarity(normalize_embeddings=False))
    every = torch.arange(samples)
    return loss(rows, positives.reshape(-1), ref_emb=torch.eye(samples).to(scores), ref_labels=every)


paper.component("layer", of=mutual_information_bound, settings=[{"samples": 1}, {"samples": 64}])(
    lambda rng, samples, batch=3: normal(rng, batch).exp()
)
paper.equation("Sec. 2.3", of=mutual_information_bound, elementwise=True)(oracles.bound)
paper.equation("Eq. 11", of=mutual_information_bound, elementwise=True)(oracles.eq_11)
paper.component("layer", of=positive_probability, traits=[ShiftInvariant(0, per=("batch",))])(
    lambda rng, batch=3, samples=4: 2 * normal(rng, batch, samples)
)
paper.equation("Eq. 5", of=positive_probability)(oracles.positive_probability)


@paper.component(
    "layer",
    of=LogBilinearCritic,
    settings=[{"latent_width": 3, "context_width": 2}, {"latent_width": 1, "context_width": 4}],
    traits=[Homogeneous(1, (0,)), Homogeneous(1, (1,))],
)
def latents_and_contexts(rng, latent_width, context_width, batch=2, samples=4, contexts=3):
    return normal(rng, batch, samples, latent_width), normal(rng, batch, contexts, context_width)


paper.equation("Eq. 3", of=LogBilinearCritic)(oracles.log_bilinear)


@paper.reference(of=LogBilinearCritic, id="torch")
def torch_bilinear(latent_width, context_width):
    return torch.nn.Bilinear(latent_width, context_width, 1, bias=False)


@torch_bilinear.weights
def _(ours):
    return {"weight": ours["prediction.weight"].unsqueeze(0)}


@torch_bilinear.call
def _(reference, latents, contexts):
    every = torch.broadcast_tensors(latents.unsqueeze(-3)[..., :1], contexts.unsqueeze(-2)[..., :1])[0].shape[:-1]
    pairs = latents.unsqueeze(-3).expand(*every, -1), contexts.unsqueeze(-2).expand(*every, -1)
    return reference(*(part.contiguous() for part in pairs)).squeeze(-1)


@paper.property("Eq. 4", "where all scores are equal the loss is log N: that of chance", draws=5)
def loss_of_chance(rng):
    _, positives = scores_and_positives(rng, 4, 7)
    scores = normal(rng, 4, 1).expand(4, 7)
    return info_nce_loss(scores, positives), torch.tensor(7.0).double().log()


@paper.property("Sec. 2.3", "the bound is never above log N, and comes close where positives stand out", draws=5)
def ceiling(rng):
    scores, positives = scores_and_positives(rng, 20, 8)
    found = [scores, scores + 100 * F.one_hot(positives, 8)]
    bounds = torch.stack([mutual_information_bound(info_nce_loss(each, positives), 8) for each in found])
    most = torch.tensor(8.0).double().log()
    return bool((bounds <= most).all() and bounds[1] > most - 1e-9)


@paper.property("Eq. 4", "a function of the context that is added to the scores changes nothing", draws=5)
def function_of_the_context(rng):
    scores, positives = scores_and_positives(rng)
    return info_nce_loss(scores + normal(rng, 4, 1), positives), info_nce_loss(scores, positives)


@paper.property("Eq. 4", "a function of the sample that is added to the scores changes nothing", holds=False, draws=5)
def function_of_the_sample(rng):
    scores, positives = scores_and_positives(rng)
    return info_nce_loss(scores + 3 * normal(rng, 1, 5), positives), info_nce_loss(scores, positives)


@paper.property("Eq. 4", "the order of the samples does not matter", draws=5)
def order_of_samples(rng):
    scores, positives = scores_and_positives(rng)
    order = torch.randperm(5, generator=rng)
    return info_nce_loss(scores[:, order], order.argsort()[positives]), info_nce_loss(scores, positives)


@paper.property("Eq. 4", "it is the cross entropy: the gradient is the predicted less the true probability", draws=5)
def gradient(rng):
    scores, positives = scores_and_positives(rng)
    scores.requires_grad_()
    (slope,) = torch.autograd.grad(info_nce_loss(scores, positives), scores)
    return 4 * slope, positive_probability(scores.detach()) - F.one_hot(positives, 5)


@paper.property("Eq. 14", "without the positive in the sum it is larger, by more than log(N - 1) covers", draws=5)
def mine_is_larger(rng):
    scores, positives = two_or_more(rng)
    negatives = torch.tensor(scores.shape[-1] - 1.0).double()
    return bool(-info_nce_loss(scores, positives) < mine_estimate(scores, positives) - negatives.log())


@paper.property("Eq. 15", "it can exceed log N, which the bound cannot", draws=1)
def mine_has_no_ceiling(rng):
    scores, positives = two_or_more(rng)
    certain = scores + 100 * F.one_hot(positives, scores.shape[-1])
    return bool(mine_estimate(certain, positives) > 50)


@paper.property("Eq. 4", "positives that do not fit the scores are refused, also where nobody checks", draws=1)
def positives_are_refused(rng):
    scores, _ = scores_and_positives(rng)
    wrong = [torch.zeros(shape, dtype=torch.long) for shape in ((3,), (4, 1), ())]
    texts = [
        refusal(partial(unwrap(measure), scores, each)) for measure in (info_nce_loss, mine_estimate) for each in wrong
    ]
    return all(
        f"received positives {tuple(e.shape)} for scores (4, 5)" in t for e, t in zip(wrong * 2, texts, strict=True)
    )


@paper.property("Eq. 4", "numbers that cannot be meant are refused by value", draws=1)
def numbers_are_refused(rng):
    one = torch.zeros(2, 1), torch.zeros(2, dtype=torch.long)
    return (
        "received 0" in refusal(lambda: mutual_information_bound(torch.zeros(1), 0))
        and "received 1" in refusal(lambda: mine_estimate(*one))
        and "received 0 and 2" in refusal(lambda: LogBilinearCritic(0, 2))
        and "received 3 and -1" in refusal(lambda: LogBilinearCritic(3, -1))
        and float(info_nce_loss(*one)) == 0
    )
