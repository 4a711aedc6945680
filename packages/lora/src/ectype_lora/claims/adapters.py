"""Adapters (sections 4.1 and 4.2)."""

from functools import partial

import torch
from ectype import Sample
from ectype.traits import Initial
from torch import nn

from ectype_lora.claims import oracles
from ectype_lora.claims.shared import at_random, fresh, normal, paper, refusal, seeded, shaken
from ectype_lora.low_rank_adapter import gaussian_, low_rank_update
from ectype_lora.low_rank_embedding import LowRankEmbedding
from ectype_lora.low_rank_linear import LowRankLinear
from ectype_lora.low_rank_projections import LowRankProjections

# The update


@paper.component("layer", of=low_rank_update, settings=[{"alpha": 1.0}, {"alpha": 16.0}])
def factors(rng, r=2, d=4, k=3):
    return normal(rng, r, k), normal(rng, d, r)


@factors.limit("several pairs of factors")
def _(rng):
    return normal(rng, 2, 3, 4), normal(rng, 2, 5, 3)


paper.equation("Eq. 3", of=low_rank_update)(oracles.update)


@paper.property("Sec. 4.1", "the rank of the update is at most r")
def rank_of_the_update(rng):
    d, k, r = (int(size) for size in torch.randint(1, 9, (3,), generator=rng))
    return int(torch.linalg.matrix_rank(low_rank_update(normal(rng, r, k), normal(rng, d, r), 4.0))) <= min(d, k, r)


@paper.property("Sec. 4.1", "with r the smaller side of the weight every update can be reached: any matrix is one")
def any_update(rng):
    d, k = (int(size) for size in torch.randint(1, 9, (2,), generator=rng))
    r, wanted, alpha = min(d, k), normal(rng, d, k), 5.0
    U, S, Vh = torch.linalg.svd(wanted, full_matrices=False)
    return low_rank_update(Vh, U * S * (r / alpha), alpha), wanted


@paper.property("Sec. 4.1", "with a smaller r not every update can be reached: the best one misses", holds=False)
def not_any_update(rng):
    wanted, r = normal(rng, 5, 6), 2
    U, S, Vh = torch.linalg.svd(wanted, full_matrices=False)
    return low_rank_update(Vh[:r], U[:, :r] * S[:r], float(r)), wanted


@paper.property("Sec. 4.1", "the scale is alpha / r: at a fixed alpha the same factors twice give the same update")
def scale_of_the_update(rng):
    A, B = normal(rng, 2, 4), normal(rng, 3, 2)
    twice = low_rank_update(torch.cat([A, A]), torch.cat([B, B], dim=1), 3.0)
    return [twice, low_rank_update(A, B, 6.0)], [low_rank_update(A, B, 3.0), 3 * (B @ A)]


# Dense layers

DENSE = [
    {"in_features": 6, "out_features": 4, "r": 2, "alpha": 16.0},
    {"in_features": 3, "out_features": 5, "r": 3, "alpha": 1.0, "bias": False},
    {"in_features": 5, "out_features": 5, "r": 1, "alpha": 2.0, "dropout": 0.25},
    {"in_features": 2, "out_features": 3, "r": 4, "alpha": 4.0},
]


def inputs(rng, in_features, batch=3, length=2):
    return normal(rng, batch, length, in_features)


dense = paper.component(
    "layer",
    of=LowRankLinear,
    settings=DENSE,
    traits=[Initial("A", lambda in_features: (3 * in_features) ** -0.5), Initial("B", 0.0)],
)(inputs)
dense.limit("one vector")(lambda rng, in_features: normal(rng, in_features))
paper.equation("Eq. 3", of=LowRankLinear)(oracles.linear)


@paper.reference(of=LowRankLinear, needs="peft")
def peft(in_features, out_features, r, alpha, dropout, bias):
    from peft import LoraConfig
    from peft.tuners.lora import Linear

    config = LoraConfig(r=r, lora_alpha=alpha, lora_dropout=dropout)
    layer = nn.Linear(in_features, out_features, bias).requires_grad_(False)
    return Linear(layer, "task", config, r=r, lora_alpha=alpha)


@peft.weights
def _(ours):
    theirs = {"base_layer.weight": ours["weight"], "lora_A.task.weight": ours["A"], "lora_B.task.weight": ours["B"]}
    return theirs | ({"base_layer.bias": ours["bias"]} if "bias" in ours else {})


@paper.reference(of=LowRankLinear, needs="loralib")
def loralib(in_features, out_features, r, alpha, dropout, bias):
    import loralib

    return frozen(loralib.Linear(in_features, out_features, r, alpha, dropout, merge_weights=False, bias=bias))


def frozen(layer):
    """A layer of loralib with all but its factors frozen; in a container, because its `eval` returns nothing."""
    for name, parameter in layer.named_parameters():
        parameter.requires_grad_("lora_" in name)
    return nn.Sequential(layer)


def loralib_names(ours):
    theirs = {"A": "lora_A", "B": "lora_B"}
    return {f"0.{theirs.get(name, name)}": ours[name] for name in ours}


loralib.weights(loralib_names)


# Embeddings

TABLES = [
    {"num_embeddings": 7, "embedding_dim": 4, "r": 2, "alpha": 8.0},
    {"num_embeddings": 3, "embedding_dim": 5, "r": 1, "alpha": 1.0},
]


@paper.component("layer", of=LowRankEmbedding, settings=TABLES, traits=[Initial("A", 0.0), Initial("B", 1.0)])
def tokens(rng, num_embeddings, batch=3, length=2):
    return torch.randint(num_embeddings, (batch, length), generator=rng)


paper.equation("Sec. 4.1", of=LowRankEmbedding)(oracles.embedding)


@paper.reference(of=LowRankEmbedding, needs="loralib", id="loralib")
def loralib_embedding(num_embeddings, embedding_dim, r, alpha):
    import loralib

    return frozen(loralib.Embedding(num_embeddings, embedding_dim, r, alpha, merge_weights=False))


loralib_embedding.weights(loralib_names)


# Projections that share a weight

STACKED = [
    {"in_features": 4, "out_features": 9, "adapted": (True, False, True), "r": 2, "alpha": 16.0},
    {"in_features": 3, "out_features": 4, "adapted": (False, True), "r": 1, "alpha": 1.0, "bias": False},
    {"in_features": 2, "out_features": 3, "adapted": (True,), "r": 2, "alpha": 4.0, "dropout": 0.25},
]

stacked = paper.component(
    "layer",
    of=LowRankProjections,
    settings=STACKED,
    traits=[Initial("A", lambda in_features: (3 * in_features) ** -0.5), Initial("B", 0.0)],
)(inputs)
stacked.limit("one vector")(lambda rng, in_features: normal(rng, in_features))
paper.equation("Sec. 4.2", of=LowRankProjections)(oracles.projections)


@paper.reference(of=LowRankProjections, needs="loralib", id="loralib")
def loralib_projections(in_features, out_features, adapted, r, alpha, dropout, bias):
    import loralib

    which = list(adapted)
    return frozen(
        loralib.MergedLinear(in_features, out_features, r, alpha, dropout, which, merge_weights=False, bias=bias)
    )


@loralib_projections.weights
def _(ours):
    return loralib_names({name: ours[name].flatten(0, 1) if name in "AB" else ours[name] for name in ours})


# What holds for all of them

KINDS = {
    LowRankLinear: (lambda: nn.Linear(5, 6), lambda rng: normal(rng, 3, 5), {}),
    LowRankEmbedding: (lambda: nn.Embedding(5, 6), lambda rng: torch.randint(5, (4,), generator=rng), {}),
    LowRankProjections: (
        lambda: nn.Linear(5, 6, bias=False),
        lambda rng: normal(rng, 3, 5),
        {"adapted": (True, False)},
    ),
}


def each(rng):
    """Each kind of adapter around a layer with weights of its own, and an input."""
    for of, (make, draw, more) in KINDS.items():
        layer = at_random(rng, make)
        yield layer, seeded(rng, partial(of.around, layer, r=2, alpha=3.0, **more)), draw(rng)


@paper.property("Sec. 4.1", "at the start the update is zero, and the adapter gives bit for bit what the layer gives")
def nothing_at_the_start(rng):
    return all(
        bool((adapter.update() == 0).all()) and torch.equal(adapter(x), layer(x)) for layer, adapter, x in each(rng)
    )


@paper.property("Sec. 4.1", "at the start the gradient of the weight below is that of the layer alone")
def gradient_below(rng):
    base, x = at_random(rng, lambda: nn.Linear(4, 5)), normal(rng, 3, 4)
    top = at_random(rng, lambda: nn.Linear(5, 6))
    adapter = seeded(rng, lambda: LowRankLinear.around(top, 2, 3.0))
    gradients = [torch.autograd.grad(of(base(x)).square().sum(), [*base.parameters()]) for of in (top, adapter)]
    return gradients[1], gradients[0]


@paper.property("Sec. 4.1", "at the start the gradient of one factor is zero, and that of the other is not")
def gradients_of_factors(rng):
    zero, other = [], []
    for _, adapter, x in each(rng):
        adapter(x).square().sum().backward()
        moved, still = (adapter.A, adapter.B) if isinstance(adapter, LowRankEmbedding) else (adapter.B, adapter.A)
        zero.append(not still.grad.any())
        other.append(bool(moved.grad.any()))
    return all(zero) and all(other)


@paper.property("Sec. 4.1", "the pre-trained parameters are frozen and get no gradient; the factors are trained")
def frozen_weights(rng):
    found = []
    for _, adapter, x in each(rng):
        shaken(rng, adapter)(x).square().sum().backward()
        got = {name for name, parameter in adapter.named_parameters() if parameter.grad is not None}
        found.append(got == {"A", "B"} == {name for name, p in adapter.named_parameters() if p.requires_grad})
    return all(found)


@paper.property("Sec. 4.1", "merged, W = W_0 + BA, it computes the same, and the adapter is left as it is")
def merged_is_the_same(rng):
    left, right = [], []
    for layer, adapter, x in each(rng):
        shaken(rng, adapter)
        expected, before = adapter(x), adapter.weight.clone()
        merged = adapter.merged()
        assert type(merged) is type(layer)
        assert torch.equal(adapter.weight, before)
        left += [merged(x), merged.weight - before]
        right += [expected, adapter.update()]
    return left, right


@paper.property(
    "Sec. 4.1", "what is merged is frozen, in the mode, of the type and with the bias of the adapter", draws=1
)
def merged_alike(rng):
    found = []
    for _, adapter, _ in each(rng):
        for mode in (True, False):
            merged = adapter.train(mode).merged()
            found += [merged.training is mode, merged.weight.dtype == torch.float64, not merged.weight.requires_grad]
            found.append(getattr(merged, "bias", None) is getattr(adapter, "bias", None))
    return all(found)


@paper.property(
    "Sec. 4.1", "an adapter around a layer shares its parameters, its type, its mode and its device", draws=1
)
def shared_parameters(rng):
    found = []
    for layer, adapter, _ in each(rng):
        shared = all(getattr(adapter, name) is parameter for name, parameter in layer.named_parameters())
        found += [shared, adapter.A.dtype == adapter.B.dtype == torch.float64, adapter.training is layer.training]
    for of, (make, _, more) in KINDS.items():
        with torch.device("meta"):
            layer = make().train()
        adapter = of.around(layer, r=2, alpha=1.0, **more)
        found += [parameter.is_meta for parameter in adapter.parameters()] + [adapter.training]
    return all(found)


@paper.property("Sec. 4.1", "around a layer only the factors are drawn, and merging draws nothing", draws=2)
def few_draws(rng):
    layer = at_random(rng, lambda: nn.Linear(4, 5))
    seed = int(torch.randint(2**31, (), generator=rng))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        adapter = LowRankLinear.around(layer, 2, 1.0)
        state = torch.get_rng_state()
        adapter.merged()
        assert torch.equal(torch.get_rng_state(), state)
        torch.manual_seed(seed)
        gaussian_(A := torch.empty(2, 4, dtype=torch.float64))
    return adapter.A, A


@paper.property("Sec. 4.1", "A begins Gaussian: its entries have variance 1 / (3 k) and kurtosis 3", draws=2)
def gaussian_entries(rng):
    A = seeded(rng, lambda: LowRankLinear(300, 4, 50, 1.0)).A.detach().double().flatten() * 900**0.5
    return Sample(A**4, 3.0)


@paper.property("Sec. 4.1", "factors are drawn anew on demand, whatever they were", draws=1)
def new_factors(rng):
    found = []
    for _, adapter, _ in each(rng):
        shaken(rng, adapter)
        before = adapter.A.detach().clone(), adapter.B.detach().clone()
        seeded(rng, adapter.reset_factors)
        found.append(not torch.equal(adapter.A, before[0]) and not torch.equal(adapter.B, before[1]))
        found.append(not adapter.update().any())
    A = torch.zeros(2, 3)
    gaussian_(A)
    return all(found) and bool(A.all())


@paper.property("Sec. 4.1", "dropout acts on what the factors see, not on the frozen path, at its rate", draws=2)
def dropout_of_factors(rng):
    left, right = [], []
    for of, more in ((LowRankLinear, {}), (LowRankProjections, {"adapted": (True, True)})):
        adapter = fresh(rng, lambda of=of, more=more: of(1000, 2, r=1, alpha=1.0, dropout=0.3, **more)).train()
        with torch.no_grad():
            adapter.A.fill_(1.0)
            adapter.B.fill_(1.0)
            x = torch.ones(50, 1000, dtype=torch.float64)
            kept = seeded(rng, lambda adapter=adapter, x=x: adapter(x)) - nn.functional.linear(
                x, adapter.weight, adapter.bias
            )
        left += [kept[:, 0], ((kept * 0.7).round() - kept * 0.7).abs() < 1e-6, (kept / 1000 - 1).abs() < 0.1]
        right += [kept[:, 1], torch.ones(50, 2), torch.ones(50, 2)]
    return left, right


@paper.property("Sec. 4.2", "each projection has an update of its own: the others do not change", draws=5)
def projections_apart(rng):
    layer = at_random(rng, lambda: nn.Linear(4, 9))
    adapter = shaken(rng, LowRankProjections.around(layer, (True, False, True), 2, 3.0))
    query, key, value = adapter.update().chunk(3)
    alone = [low_rank_update(A, B, 3.0) for A, B in zip(adapter.A, adapter.B, strict=True)]
    return [query, value, key.abs().max() + 1], [*alone, 1.0]


@paper.property(
    "Sec. 4.1", "ranks and scales that no adapter can have, and layers of another kind, are refused by value", draws=1
)
def adapters_are_refused(rng):
    found = []
    for of, (make, _, more) in KINDS.items():
        for wrong in ({"r": 0}, {"r": -3}, {"alpha": 0.0}, {"alpha": -1.5}):
            given = {"r": 1, "alpha": 1.0} | wrong | more
            [(name, value)] = wrong.items()
            found.append(f"received {name}={value}" in refusal(partial(of.around, make(), **given)))
        found.append(refusal(partial(of.around, make(), r=1, alpha=0.01, **more)) == "")
        found.append(
            f"received {nn.Conv1d.__name__}" in refusal(partial(of.around, nn.Conv1d(1, 1, 1), r=1, alpha=1.0, **more))
        )
    for adapted, outputs in (((False, False), 6), ((), 6), ((True, True), 5)):
        text = refusal(partial(LowRankProjections, 4, outputs, adapted, 1, 1.0))
        found.append(f"received adapted={adapted}, out_features={outputs}" in text)
    return all(found)
