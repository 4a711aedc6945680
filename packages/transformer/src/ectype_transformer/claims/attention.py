"""Attention (section 3.2)."""

import math
from functools import partial

import torch
from ectype import Sample
from ectype.traits import Cost
from torch import nn
from torch.nn import functional as F

from ectype_transformer.attention import (
    MultiHeadAttention,
    causal_mask,
    head_width,
    padding_mask,
    scaled_dot_product_attention,
)
from ectype_transformer.claims import oracles, torch_names
from ectype_transformer.claims.shared import (
    at_random,
    ends,
    fresh,
    multiply_adds,
    normal,
    paper,
    refusal,
    seeded,
    some_of,
    until,
)


@paper.component("layer", of=scaled_dot_product_attention, traits=[Cost("queries", 1), Cost("keys", 1), Cost("d_k", 1)])
def queries_keys_values(rng, batch=2, queries=3, keys=4, d_k=5, d_v=6):
    shapes = (batch, queries, d_k), (batch, keys, d_k), (batch, keys, d_v)
    return *(normal(rng, *shape) for shape in shapes), some_of(rng, batch, queries, keys)


def unmasked(rng, *sizes):
    return queries_keys_values.draw(rng, *sizes)[:3]


@queries_keys_values.limit("no mask")
def _(rng):
    return unmasked(rng)


@queries_keys_values.limit("one query, one key, one coordinate")
def _(rng):
    return unmasked(rng, 1, 1, 1, 1, 1)


@queries_keys_values.limit("without a batch, causal")
def _(rng):
    return normal(rng, 4, 5), normal(rng, 4, 5), normal(rng, 4, 6), until(4)


@queries_keys_values.limit("two batch axes, causal")
def _(rng):
    return normal(rng, 2, 3, 4, 5), normal(rng, 2, 3, 4, 5), normal(rng, 2, 3, 4, 6), until(4)


@queries_keys_values.limit("padding of the keys")
def _(rng):
    return *unmasked(rng, 3), ends(rng, 3, 4)


@queries_keys_values.limit("exactly one key for each query")
def _(rng):
    return *unmasked(rng, 1, 4, 4), torch.eye(4).bool().flip(0).unsqueeze(0)


@queries_keys_values.limit("a query that may attend to no key")
def _(rng):
    mask = some_of(rng, 2, 3, 4)
    mask[1, 1] = False
    return *unmasked(rng), mask


@queries_keys_values.limit("scores beyond the range of exp")
def _(rng):
    query, key, value, mask = queries_keys_values.draw(rng)
    query[..., 0], key[..., 0] = 30.0, 60.0
    return query, key, value, mask


paper.equation("Eq. 1", of=scaled_dot_product_attention)(oracles.attention)


@paper.reference(of=scaled_dot_product_attention, id="torch")
def _(query, key, value, mask=None):
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask)


@paper.property("Eq. 1", "the weights of a query are positive and sum to one")
def weights_are_probabilities(rng):
    query, key, _ = unmasked(rng)
    weights = scaled_dot_product_attention(query, key, torch.eye(4).double().expand(2, 4, 4))
    return (weights > 0) & ((weights.sum(dim=-1, keepdim=True) - 1).abs() < 1e-12)


@paper.property("Sec. 3.2.1", "keys that are all alike give the mean of the values")
def equal_keys_average(rng):
    query, key, value = unmasked(rng)
    return scaled_dot_product_attention(query, key[:, :1].expand_as(key), value)[:, 0], value.mean(dim=1)


def dot_product_attention(query, key, value):
    return (query @ key.mT).softmax(dim=-1) @ value


@paper.property("Sec. 3.2.1", "dot-product attention is identical except for the scaling factor of 1 / sqrt(d_k)")
def scaled_queries_undo_the_scale(rng):
    query, key, value = unmasked(rng)
    return scaled_dot_product_attention(query * math.sqrt(5), key, value), dot_product_attention(query, key, value)


@paper.property("Sec. 3.2.1", "dot-product attention is identical without the scaling factor", holds=False)
def unscaled_is_another(rng):
    query, key, value = unmasked(rng)
    return scaled_dot_product_attention(query, key, value), dot_product_attention(query, key, value)


@paper.property("Fn. 4", "q . k has mean 0 for independent components of mean 0 and variance 1", draws=2)
def mean_of_products(rng):
    return Sample((normal(rng, 5_000, 64) * normal(rng, 5_000, 64)).sum(dim=-1), 0.0)


@paper.property("Fn. 4", "q . k has variance d_k for independent components of mean 0 and variance 1", draws=2)
def variance_of_products(rng):
    return Sample((normal(rng, 5_000, 64) * normal(rng, 5_000, 64)).sum(dim=-1) ** 2, 64.0)


@paper.property("Sec. 3.2.1", "scaling counteracts it: the arguments of the softmax have variance 1", draws=2)
def variance_of_scaled_products(rng):
    two_keys = torch.eye(2).double().expand(5_000, 2, 2)
    weights = scaled_dot_product_attention(normal(rng, 5_000, 1, 64), normal(rng, 5_000, 2, 64), two_keys)
    difference = weights[..., 0].log() - weights[..., 1].log()
    return Sample(difference**2 / 2, 1.0)


@paper.property("Sec. 3.2.1", "for large d_k the softmax has far smaller gradients without the scale", draws=5)
def scaling_keeps_gradients(rng):
    query, key, _ = unmasked(rng, 10, 5, 16, 512)
    identity = torch.eye(16).double().expand(10, 16, 16)
    slopes = [p * (1 - p) for p in (attend(query, key, identity) for attend in BOTH)]
    return bool(slopes[0].mean() > 5 * slopes[1].mean())


BOTH = (scaled_dot_product_attention, dot_product_attention)


# Multi-head attention (section 3.2.2)


@paper.component(
    "layer",
    of=MultiHeadAttention,
    settings=[
        {"d_model": 8, "heads": 2},
        {"d_model": 6, "heads": 1, "bias": True},
        {"d_model": 6, "heads": 3, "d_k": 5, "bias": True},
        {"d_model": 6, "heads": 4, "d_k": 1, "d_v": 3},
        {"d_model": 1, "heads": 1, "d_v": 2},
    ],
    traits=[Cost("queries", 1), Cost("keys", 1)],
)
def multi_head(rng, d_model, batch=2, queries=3, keys=4):
    lengths = (queries, keys, keys)
    return *(normal(rng, batch, length, d_model) for length in lengths), some_of(rng, batch, queries, keys)


@multi_head.limit("no mask")
def _(rng, d_model):
    return multi_head.draw(rng, d_model)[:3]


@multi_head.limit("self-attention, causal")
def _(rng, d_model):
    x = normal(rng, 2, 4, d_model)
    return x, x, x, until(4)


@multi_head.limit("padding of the keys")
def _(rng, d_model):
    return *multi_head.draw(rng, d_model, 3)[:3], ends(rng, 3, 4)


@multi_head.limit("one key")
def _(rng, d_model):
    return multi_head.draw(rng, d_model, 2, 3, 1)


paper.equation("Sec. 3.2.2", of=MultiHeadAttention)(oracles.multi_head_attention)


@paper.reference(of=MultiHeadAttention, id="torch")
def torch_multi_head(d_model, heads, d_k, d_v, bias):
    if not torch_names.expressible(d_model, heads, d_k, d_v):
        return None
    return torch_names.without_biases(nn.MultiheadAttention(d_model, heads, batch_first=True), bias)


torch_multi_head.weights(torch_names.attention)


@torch_multi_head.call
def _(reference, query, key, value, mask=None):
    pairs, padding = torch_names.masks(mask, reference.num_heads)
    return reference(query, key, value, attn_mask=pairs, key_padding_mask=padding, need_weights=False)[0]


@paper.property(
    "Sec. 3.2.2", "concatenation and W^O are a sum over the heads, each through its own slice of W^O", draws=5
)
def sum_over_heads(rng):
    whole, x = at_random(rng, lambda: MultiHeadAttention(6, 3, d_v=4)), normal(rng, 2, 5, 6)
    total = 0
    for i in range(3):
        head = MultiHeadAttention(6, 1, d_k=2, d_v=4).double()
        rows = {"query": slice(2 * i, 2 * i + 2), "key": slice(2 * i, 2 * i + 2), "value": slice(4 * i, 4 * i + 4)}
        state = {f"{name}.weight": whole.state_dict()[f"{name}.weight"][rows[name]] for name in rows}
        head.load_state_dict({**state, "output.weight": whole.output.weight[:, rows["value"]]})
        total = total + head(x, x, x)
    return whole(x, x, x), total


@paper.property("Sec. 3.2.2", "the total cost is that of single-head attention with full dimensionality", draws=1)
def heads_cost_nothing(rng):
    x = torch.zeros(1, 10, 64, device="meta")
    costs = [multiply_adds(partial(MultiHeadAttention(64, heads).to("meta"), x, x, x)) for heads in (1, 8)]
    return costs[1], costs[0]


@paper.property("Fn. 4", "at the start q and k have variance 1, as the footnote assumes, for unit inputs", draws=3)
def unit_queries_at_the_start(rng):
    attention = fresh(rng, lambda: MultiHeadAttention(128, 4))
    projection = (attention.query, attention.key)[int(torch.randint(2, (), generator=rng))]
    return Sample(projection(normal(rng, 400, 128)).square().mean(dim=-1).repeat(3), 1.0)


# Masks (section 3.2.3)


paper.component("layer", of=causal_mask)(lambda rng, length=4: length)
paper.equation("Sec. 3.2.3", of=causal_mask)(oracles.causal_mask)


@paper.reference(of=causal_mask, id="torch")
def _(length):
    return nn.Transformer.generate_square_subsequent_mask(length) == 0


@paper.component("layer", of=padding_mask, settings=[{"padding": 0}, {"padding": 3}])
def some_tokens(rng, batch=3, length=5):
    return torch.randint(5, (batch, length), generator=rng)


paper.component("layer", of=head_width, settings=[{"heads": 1}, {"heads": 4}])(
    lambda rng, heads, width=3: heads * width
)
paper.equation("Sec. 3.2.2", of=head_width)(oracles.head_width)


@paper.property("Sec. 3.2.2", "heads that do not divide the model are refused, unless their widths are given", draws=1)
def heads_divide_the_model(rng):
    wrong = [(8, 3), (8, 0), (8, -2), (1, 2)]
    refused = [f"d_model={d_model}, heads={h}" in refusal(partial(head_width, d_model, h)) for d_model, h in wrong]
    return all(refused) and refusal(lambda: MultiHeadAttention(8, 3, 2, 2)) == ""


# Where paper, code and libraries differ

nothing_to_attend = paper.disagreement(
    "a query without keys",
    "With minus infinity everywhere the softmax is 0 / 0; the first code adds -1e9 instead, which in single precision gives "
    "equal weights. We give no weight at all, as torch does.",
    at="Sec. 3.2.3",
    follow="no weight",
    departure="D1",
)
HIDDEN = torch.zeros(1, 4, dtype=torch.bool)


@nothing_to_attend.reading("paper", source="Sec. 3.2.3")
def _(scores):
    return scores.masked_fill(~HIDDEN, -math.inf).softmax(dim=-1)


@nothing_to_attend.reading("first code", source="tensor2tensor 3d9c62f2, common_attention.py l. 144-168")
def _(scores):
    return (scores - 1e9).softmax(dim=-1)


@nothing_to_attend.reading("no weight", source="torch, scaled_dot_product_attention with a mask of False")
def _(scores):
    one = torch.ones(1, 1)
    return scaled_dot_product_attention(one, scores.mT, torch.eye(4), HIDDEN) * one


@nothing_to_attend.measure("weights of four keys that are all hidden, for scores 1, 2, 3, 4")
def _(reading):
    weights = {f"{weight:.3g}" for weight in reading(torch.tensor([[1.0, 2.0, 3.0, 4.0]])).flatten().tolist()}
    return " or ".join(sorted(weights))


start = paper.disagreement(
    "initial projections",
    "The paper does not say how weights are drawn. Both codes are Glorot uniform, but the first draws queries, keys and "
    "values as one matrix, whose larger fan makes them smaller than footnote 4 assumes.",
    at="Sec. 3.2.2, Fn. 4",
    follow="later code",
)


@start.reading("first code", source="tensor2tensor 3d9c62f2, common_attention.py l. 319-343")
def _(attention):
    joint = nn.init.xavier_uniform_(torch.empty(3 * 512, 512))
    return joint[:512], joint[512:1024]


@start.reading("later code", source="tensor2tensor bafdc1b6, common_attention.py l. 4416 and 4817")
def _(attention):
    return attention.query.weight, attention.key.weight


@start.measure("variance of q . k over d_k at the start, d_model 512, 8 heads, unit inputs")
def _(reading):
    rng = torch.Generator().manual_seed(0)
    query, key = seeded(rng, lambda: reading(MultiHeadAttention(512, 8)))
    x, y = torch.randn(2, 2000, 512, generator=rng)
    products = ((x @ query.T) * (y @ key.T)).unflatten(-1, (8, 64)).sum(dim=-1)
    return round(float(products.var()) / 64, 2)
