"""The contrastive losses (sections 2.1 and 5.1)."""

import math
from inspect import unwrap

import torch
import torch.nn.functional as F
from ectype.traits import Homogeneous, LowerBound, PermutationEquivariant, PermutationInvariant, Symmetric

from ectype_simclr.claims import oracles
from ectype_simclr.claims.shared import integer, normal, paper, refusal, uniform
from ectype_simclr.contrastive_prediction import contrastive_accuracy, contrastive_entropy
from ectype_simclr.margin_triplet_loss import margin_triplet_loss
from ectype_simclr.nt_logistic_loss import nt_logistic_loss
from ectype_simclr.nt_xent_loss import nt_xent_loss, nt_xent_losses

TEMPERATURES = [{"temperature": 0.1}, {"temperature": 0.5}]


def two_views(rng, pairs, dim):
    return normal(rng, pairs, dim), normal(rng, pairs, dim)


# NT-Xent (Eq. 1, Algorithm 1)


def opposite(first, second):
    """Two images whose views agree, and are as far as can be from those of the other."""
    direction = first[:1]
    both = torch.cat([direction, -direction])
    return both, both


def least(first, second, temperature):
    """Every positive at similarity 1, every negative at -1."""
    return math.log1p((2 * len(first) - 2) * math.exp(-2 / temperature))


BOUND = LowerBound(least, attained=opposite)


@paper.component(
    "loss",
    of=nt_xent_losses,
    settings=TEMPERATURES,
    traits=[PermutationEquivariant("pairs"), Homogeneous(0, inputs=(0, 1)), BOUND],
)
def views(rng, pairs=4, dim=3):
    return two_views(rng, pairs, dim)


@views.limit("one pair, no negative")
def _(rng):
    return two_views(rng, 1, 3)


@views.limit("embeddings of very different lengths")
def _(rng):
    lengths = torch.tensor([[1e-3], [1.0], [1e3]], dtype=torch.float64)
    return tuple(lengths * view for view in two_views(rng, 3, 2))


paper.equation("Eq. 1", of=nt_xent_losses)(oracles.nt_xent_losses)


@paper.component(
    "loss",
    of=nt_xent_loss,
    settings=TEMPERATURES,
    traits=[PermutationInvariant("pairs"), Symmetric(0, 1), Homogeneous(0, inputs=(0, 1)), BOUND],
)
def both_views(rng, pairs=4, dim=3):
    return two_views(rng, pairs, dim)


@both_views.limit("one pair, no negative")
def _(rng):
    return two_views(rng, 1, 3)


paper.equation("Alg. 1", of=nt_xent_loss)(oracles.nt_xent_loss)


def labels(pairs):
    return torch.arange(pairs).repeat(2)


@paper.reference(of=nt_xent_loss, needs="pytorch_metric_learning")
def pytorch_metric_learning(first, second, temperature):
    from pytorch_metric_learning.losses import NTXentLoss

    return NTXentLoss(temperature)(torch.cat([first, second]), labels(len(first)))


@paper.reference(of=nt_xent_losses, needs="pytorch_metric_learning", id="pytorch-metric-learning")
def _(first, second, temperature):
    from pytorch_metric_learning.losses import NTXentLoss
    from pytorch_metric_learning.reducers import DoNothingReducer

    loss = NTXentLoss(temperature, reducer=DoNothingReducer())(torch.cat([first, second]), labels(len(first)))
    return loss["loss"]["losses"][: len(first)] if len(first) > 1 else 0 * (first * second).sum(-1)


@paper.reference(of=nt_xent_losses)
def cross_entropy_of_candidates(first, second, temperature):
    """One row of candidates for each anchor: its positive, then the 2N - 2 negatives."""
    everything = torch.cat([first, second])
    rows = []
    for i in range(len(first)):
        j = len(first) + i
        negatives = [k for k in range(len(everything)) if k not in (i, j)]
        rows.append(F.cosine_similarity(first[i], everything[[j, *negatives]], dim=-1) / temperature)
    return F.cross_entropy(torch.stack(rows), torch.zeros(len(first), dtype=torch.long), reduction="none")


@paper.property("Eq. 1", "where all similarities are equal it is log(2N - 1), at any temperature")
def equal_similarities(rng):
    pairs = integer(rng, 1, 20)
    same = normal(rng, 1, 5).expand(pairs, 5) * uniform(rng, pairs, 1).add(0.1)
    temperature = 0.05 + uniform(rng, 1).item()
    both, each = nt_xent_loss(same, same, temperature), nt_xent_losses(same, same, temperature)
    return torch.cat([both.view(1), each]), [math.log(2 * pairs - 1)] * (pairs + 1)


@paper.property("Sec. 2.1", "the length of each embedding by itself does not matter")
def lengths_do_not_matter(rng):
    first, second = two_views(rng, 6, 4)
    lengths = [0.1 + 10 * uniform(rng, 6, 1) for _ in range(2)]
    return nt_xent_loss(first * lengths[0], second * lengths[1]), nt_xent_loss(first, second)


@paper.property("Sec. 2.1", "only angles matter: rotating all embeddings alike leaves the loss as it is")
def rotations(rng):
    first, second = two_views(rng, 6, 4)
    rotation, _ = torch.linalg.qr(normal(rng, 4, 4))
    return nt_xent_loss(first @ rotation, second @ rotation), nt_xent_loss(first, second)


@paper.property("Alg. 1", "which of the two views of an image comes first does not matter, image by image")
def views_change_places(rng):
    first, second = two_views(rng, 6, 4)
    swap = (uniform(rng, 6, 1) < 0.5).expand(6, 4)
    left = nt_xent_loss(torch.where(swap, second, first), torch.where(swap, first, second))
    return left, nt_xent_loss(first, second)


@paper.property("Alg. 1", "the order of one view alone does not matter", holds=False)
def one_view_in_another_order(rng):
    first, second = two_views(rng, 6, 4)
    return nt_xent_loss(first, second.roll(1, 0)), nt_xent_loss(first, second)


@paper.property("Sec. 2.1", "negatives of the own view count: it is more than InfoNCE with those of the other view")
def more_than_info_nce(rng):
    first, second = two_views(rng, 5, 4)
    similarities = F.cosine_similarity(first[:, None], second[None], dim=-1) / 0.3
    info_nce = F.cross_entropy(similarities, torch.arange(5), reduction="none")
    return nt_xent_losses(first, second, 0.3) > info_nce


@paper.property("Sec. 2.1", "it is InfoNCE with all others of the batch: the probability is that of N pairs, rescaled")
def info_nce_rescaled(rng):
    first, second = two_views(rng, 5, 4)
    across = (F.cosine_similarity(first[:, None], second[None], dim=-1) / 0.3).exp().sum(-1)
    within = (F.cosine_similarity(first[:, None], first[None], dim=-1) / 0.3).exp().sum(-1) - math.exp(1 / 0.3)
    similarities = F.cosine_similarity(first[:, None], second[None], dim=-1) / 0.3
    info_nce = F.cross_entropy(similarities, torch.arange(5), reduction="none")
    return nt_xent_losses(first, second, 0.3), info_nce + torch.log1p(within / across)


@paper.property("Eq. 1", "no loss is above log(1 + (2N - 2) exp(2 / tau))")
def upper_bound(rng):
    first = normal(rng, 4, 3)
    worst = nt_xent_losses(first, -first, 0.2)
    return worst <= math.log1p(6 * math.exp(2 / 0.2))


@paper.property(
    "Sec. 5.1",
    "hot, tau (loss - log(2N - 1)) is the mean similarity less that of the positive",
    tolerance=1e-3,
    because="the limit of tau to infinity, at tau = 1e4",
)
def hot_limit(rng):
    first, second = two_views(rng, 4, 3)
    everything = torch.cat([first, second])
    similarities = F.cosine_similarity(first[:, None], everything[None], dim=-1)
    mean = (similarities.sum(-1) - 1) / 7
    left = 1e4 * (nt_xent_losses(first, second, 1e4) - math.log(7))
    return 1 + left, 1 + mean - F.cosine_similarity(first, second, dim=-1)


@paper.property(
    "Sec. 5.1",
    "cold, tau times the loss is how much closer the hardest negative is than the positive, or nothing",
    tolerance=1e-3,
    because="the limit of tau to 0, at tau = 1e-4",
)
def cold_limit(rng):
    first, second = two_views(rng, 4, 3)
    everything = torch.cat([first, second])
    similarities = F.cosine_similarity(first[:, None], everything[None], dim=-1)
    similarities = similarities.masked_fill(torch.eye(4, 8, dtype=torch.bool), -1)
    positive = F.cosine_similarity(first, second, dim=-1)
    return 1 + 1e-4 * nt_xent_losses(first, second, 1e-4), 1 + similarities.amax(-1) - positive


# Gradients (Table 2)


def units(rng, count, dim=5):
    return F.normalize(normal(rng, count, dim), dim=-1)


def rising(loss, u):
    """Minus the gradient of a loss by an anchor of length 1, and the anchor's own direction taken out of a vector."""
    u = u.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(u), u)
    return -gradient, lambda vector: vector - (vector @ u.detach()) * u.detach()


@paper.property("Tab. 2", "the gradient of one anchor of NT-Xent, which normalization keeps across the anchor")
def gradient_of_nt_xent(rng):
    first, second = units(rng, 4), units(rng, 4)
    temperature = 0.1 + uniform(rng, 1).item()
    ours, across = rising(lambda u: nt_xent_losses(torch.cat([u[None], first[1:]]), second, temperature)[0], first[0])
    printed = oracles.nt_xent_gradient(first[0], second[0], [*second[1:], *first[1:]], temperature)
    return ours, across(printed)


@paper.property("Tab. 2", "the gradient of the logistic loss, which normalization keeps across the anchor")
def gradient_of_logistic(rng):
    u, positive, negative = units(rng, 3)
    temperature = 0.1 + uniform(rng, 1).item()
    ours, across = rising(lambda u: nt_logistic_loss(u, positive, negative, temperature), u)
    return ours, across(oracles.nt_logistic_gradient(u, positive, negative, temperature))


@paper.property("Tab. 2", "the gradient of the margin triplet loss, which normalization keeps across the anchor")
def gradient_of_margin(rng):
    u, positive, negative = units(rng, 3)
    margin = 1.6 * uniform(rng, 1).item()
    ours, across = rising(lambda u: margin_triplet_loss(u, positive, negative, margin), u)
    return 1 + ours, 1 + across(oracles.margin_triplet_gradient(u, positive, negative, margin))


@paper.property("Sec. 5.1", "a gradient is orthogonal to its embedding, so that lengths never shrink in a small step")
def gradients_are_orthogonal(rng):
    first, second = (view.requires_grad_() for view in two_views(rng, 5, 4))
    gradients = torch.autograd.grad(nt_xent_loss(first, second), (first, second))
    return [1 + (g * view).sum(-1) for g, view in zip(gradients, (first, second), strict=True)], [torch.ones(5)] * 2


def pushes(loss, negatives):
    """How strongly the loss would move the similarity of each negative to the anchor (1, 0), given as numbers."""
    similarities = torch.tensor(negatives, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(loss(torch.stack([similarities, (1 - similarities**2).sqrt()], dim=-1)), similarities)[0]


ANCHOR, POSITIVE = torch.tensor([[1.0, 0.0], [0.6, 0.8]], dtype=torch.float64)
HARD, EASY = 0.5, 0.1


@paper.property("Sec. 5.1", "NT-Xent weighs negatives by their relative hardness: exp of the difference over tau")
def negatives_of_nt_xent(rng):
    temperature = 0.2 + uniform(rng, 1).item()

    def loss(negatives):
        """Both negatives in the view of the positive; the own view gives two others."""
        own = torch.cat([ANCHOR[None], F.normalize(normal(rng, 2, 2), dim=-1)])
        return nt_xent_losses(own, torch.cat([POSITIVE[None], negatives]), temperature)[0]

    push = pushes(loss, [HARD, EASY])
    return push[0] / push[1], math.exp((HARD - EASY) / temperature)


@paper.property("Sec. 5.1", "the margin loss does so too", holds=False, draws=3)
def negatives_of_the_margin_loss(rng):
    push = pushes(
        lambda negatives: margin_triplet_loss(ANCHOR.expand(2, 2), POSITIVE.expand(2, 2), negatives, 0.8).sum(),
        [HARD, EASY],
    )
    return push[0] / push[1], math.exp((HARD - EASY) / 0.5)


@paper.property("Sec. 5.1", "the logistic loss does so too", holds=False, draws=3)
def negatives_of_the_logistic_loss(rng):
    push = pushes(
        lambda negatives: nt_logistic_loss(ANCHOR.expand(2, 2), POSITIVE.expand(2, 2), negatives, 0.5).sum(),
        [HARD, EASY],
    )
    return push[0] / push[1], math.exp((HARD - EASY) / 0.5)


# The alternatives (Table 2)


@paper.component(
    "loss",
    of=nt_logistic_loss,
    settings=[{"temperature": 0.2}, {"temperature": 1.0}],
    traits=[Homogeneous(0, inputs=(0, 1, 2)), PermutationEquivariant("triplets"), LowerBound(0.0)],
)
def triplets(rng, triplets=4, dim=3):
    return tuple(normal(rng, triplets, dim) for _ in range(3))


@paper.property("Tab. 2", "one triplet, or triplets of several axes, are as good as a list of them", draws=5)
def axes_of_triplets(rng):
    many = [normal(rng, 2, 3, 5) for _ in range(3)]
    flat = [value.flatten(0, 1) for value in many]
    found, expected = [], []
    for loss, setting in ((nt_logistic_loss, 0.4), (margin_triplet_loss, 1.1)):
        found += [loss(*many, setting).flatten(), loss(*(value[0] for value in flat), setting)]
        expected += [loss(*flat, setting), loss(*(value[:1] for value in flat), setting).squeeze()]
    return found, expected


@paper.property("Eq. 1", "what is made inside is made where the embeddings are", draws=1)
def made_where_the_embeddings_are(rng):
    first, second = two_views(rng, 4, 3)
    functions = (nt_xent_loss, contrastive_accuracy, contrastive_entropy)
    with torch.device("meta"):
        found = [f(first, second) for f in functions]
    return found, [f(first, second) for f in functions]


paper.equation("Tab. 2", of=nt_logistic_loss)(oracles.nt_logistic_loss)


@paper.component(
    "loss",
    of=margin_triplet_loss,
    settings=[{"margin": 0.4}, {"margin": 1.6}],
    traits=[
        Homogeneous(0, inputs=(0, 1, 2)),
        PermutationEquivariant("triplets"),
        LowerBound(0.0, attained=lambda u, positive, negative: (u, u, -u)),
    ],
)
def triplets_and_margins(rng, triplets=4, dim=3):
    return tuple(normal(rng, triplets, dim) for _ in range(3))


paper.equation("Tab. 2", of=margin_triplet_loss)(oracles.margin_triplet_loss)


@paper.reference(of=nt_logistic_loss)
def binary_cross_entropy(anchor, positive, negative, temperature):
    logits = torch.stack([F.cosine_similarity(anchor, other, dim=-1) / temperature for other in (positive, negative)])
    targets = torch.tensor([[1.0], [0.0]]).to(logits).expand_as(logits)
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="none").sum(0)


@paper.reference(of=margin_triplet_loss)
def triplet_margin_with_distance(anchor, positive, negative, margin):
    def distance(a, b):
        return 1 - F.cosine_similarity(a, b, dim=-1)

    return F.triplet_margin_with_distance_loss(
        anchor, positive, negative, distance_function=distance, margin=margin, reduction="none"
    )


# The contrastive prediction (Table 5)


@paper.component("layer", of=contrastive_entropy, settings=TEMPERATURES, traits=[Homogeneous(0, inputs=(0, 1))])
def views_of_images(rng, pairs=4, dim=3):
    return two_views(rng, pairs, dim)


paper.equation("Tab. 5", of=contrastive_entropy)(oracles.contrastive_entropy)


@paper.component("layer", of=contrastive_accuracy, traits=[Homogeneous(0, inputs=(0, 1))])
def related_views(rng, pairs=6, dim=3):
    first = normal(rng, pairs, dim)
    return first, first + normal(rng, pairs, dim)


paper.equation("Tab. 5", of=contrastive_accuracy)(oracles.contrastive_accuracy)


@paper.property("Tab. 5", "the entropy is at most log N, where all similarities are equal")
def largest_entropy(rng):
    pairs = integer(rng, 2, 9)
    first, second = two_views(rng, pairs, 4)
    same = first[:1].expand(pairs, 4)
    less = contrastive_entropy(first, second).item() < math.log(pairs)
    return [contrastive_entropy(same, same).item(), float(less)], [math.log(pairs), 1.0]


@paper.property("Tab. 5", "views that are the same are all found, and views of the next image none")
def all_or_none(rng):
    first = normal(rng, 5, 4)
    found = [contrastive_accuracy(first, second).item() for second in (first, first.roll(1, 0))]
    return found, [1.0, 0.0]


@paper.property("Sec. 2.1", "what cannot be compared is refused by name and value", draws=1)
def refused(rng):
    a, b = normal(rng, 3, 2), normal(rng, 2, 2)
    texts = {
        "first and second must have the same shape; received first [3, 2], second [2, 2]": lambda: unwrap(
            nt_xent_losses
        )(a, b),
        "temperature must be positive; received 0.0": lambda: nt_xent_losses(a, a, 0.0),
        "temperature must be positive; received -1.0": lambda: contrastive_entropy(a, a, -1.0),
        "first [2, 2], second [3, 2]": lambda: unwrap(contrastive_accuracy)(b, a),
        "anchor [3, 2], positive [3, 2], negative [2, 2]": lambda: unwrap(nt_logistic_loss)(a, a, b, 1.0),
        "anchor [3, 2], positive [2, 2], negative [3, 2]": lambda: unwrap(margin_triplet_loss)(a, b, a, 1.0),
        "margin must be at least 0; received -0.1": lambda: margin_triplet_loss(a, a, a, -0.1),
        "temperature must be positive; received -0.5": lambda: nt_logistic_loss(a, a, a, -0.5),
    }
    allowed = refusal(lambda: margin_triplet_loss(a, a, a, 0.0))
    return all(text in refusal(make) for text, make in texts.items()) and not allowed


@paper.property("Tab. 5", "the temperature is 0.1 unless it is given: the best of Table 5", draws=3)
def default_temperature(rng):
    first, second = two_views(rng, 5, 3)
    functions = (nt_xent_losses, nt_xent_loss, contrastive_entropy)
    return [f(first, second) for f in functions], [f(first, second, 0.1) for f in functions]
