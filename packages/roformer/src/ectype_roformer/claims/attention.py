"""Attention with rotated queries and keys (sections 3.2 and 3.3)."""

from functools import partial

import torch
from ectype.traits import Cost, PermutationEquivariant
from ectype_transformer import sinusoidal_positions
from torch import nn

from ectype_roformer.attention import RotarySelfAttention, encode_position, rotary_scores
from ectype_roformer.claims import oracles
from ectype_roformer.claims.shared import angles_of, at_random, normal, paper, refusal, whole
from ectype_roformer.linear_attention import linear_attention, rotary_linear_attention
from ectype_roformer.rotation import rotary_matrix, rotate_halves, rotate_neighbours

# Queries, keys and their products


@paper.component("layer", of=encode_position)
def embeddings_and_weight(rng, batch=2, length=3, planes=2, inputs=3):
    angles = angles_of(whole(rng, -9, 9, batch, length), 2 * planes)
    return normal(rng, batch, length, inputs), normal(rng, 2 * planes, inputs), angles


@embeddings_and_weight.limit("two dimensions")
def _(rng):
    return normal(rng, 2, 4, 2), normal(rng, 2, 2), angles_of(torch.arange(4), 2)


paper.equation("Eq. 12", of=encode_position)(oracles.encode_complex)
paper.equation("Eq. 13", of=encode_position)(oracles.encode_plane)
paper.equation("Eq. 14", of=encode_position)(oracles.encode_position)


@paper.component("layer", of=rotary_scores)
def queries_and_keys(rng, batch=2, length=3, planes=2):
    width = 2 * planes
    return normal(rng, batch, length, width), normal(rng, batch, length, width), angles_of(torch.arange(length), width)


@queries_and_keys.limit("positions of each item")
def _(rng):
    return normal(rng, 2, 3, 4), normal(rng, 2, 3, 4), angles_of(whole(rng, 0, 99, 2, 3), 4)


paper.equation("Eq. 16", of=rotary_scores)(oracles.scores)
paper.equation("Eq. 35", of=rotary_scores)(oracles.complex_scores)


def shifted_scores(rng, rotate):
    """Products of all queries with all keys, before and after all positions move by one number."""
    query, key, _ = queries_and_keys.draw(rng, 1, 5, 3)
    positions, shift = whole(rng, 0, 100, 5), whole(rng, 1, 1000)
    found = []
    for angles in (angles_of(positions, 6), angles_of(positions + shift, 6)):
        found.append(rotate(query, angles) @ rotate(key, angles).mT)
    return tuple(found)


@paper.property("Eq. 11", "the inner product depends on positions only through their offset")
def offset_only(rng):
    return shifted_scores(rng, rotate_neighbours)


@paper.property("Eq. 11", "the same holds with the other pairing")
def offset_only_halves(rng):
    return shifted_scores(rng, rotate_halves)


@paper.property("Sec. 2.2", "with sinusoidal positions that are added it depends on the offset only", holds=False)
def sinusoidal_is_absolute(rng):
    inputs, shift = normal(rng, 5, 6), int(whole(rng, 1, 1000))
    query, key = normal(rng, 6, 6), normal(rng, 6, 6)
    found = []
    for offset in (0, shift):
        placed = inputs + sinusoidal_positions(5, 6, offset=offset, dtype=torch.float64)
        found.append(placed @ query @ key @ placed.mT)
    return tuple(found)


# Self-attention

SETTINGS = [
    {"d_model": 4, "heads": 1},
    {"d_model": 12, "heads": 2, "bias": False},
    {"d_model": 12, "heads": 3, "base": 50.0, "rotate": rotate_halves, "bias": False},
    {"d_model": 4, "heads": 2, "rotate": rotate_halves},
]


@paper.component("layer", of=RotarySelfAttention, settings=SETTINGS)
def self_attention(rng, d_model, batch=2, length=4):
    return normal(rng, batch, length, d_model)


@self_attention.limit("causal")
def _(rng, d_model):
    return normal(rng, 2, 4, d_model), torch.ones(4, 4).bool().tril()


@self_attention.limit("a mask for each item, positions of our own")
def _(rng, d_model):
    mask = torch.rand(2, 4, 4, generator=rng) < 0.7
    return normal(rng, 2, 4, d_model), mask | torch.eye(4).bool(), torch.tensor([3, 1, 7, 7])


@self_attention.limit("without a batch")
def _(rng, d_model):
    return normal(rng, 3, d_model)


paper.equation("Eq. 2", of=RotarySelfAttention)(oracles.self_attention)


class RoFormerAttention(nn.Module):
    """The attention of transformers' RoFormer without its residual connection, which is no part of it."""

    def __init__(self, d_model, heads):
        from transformers import RoFormerConfig
        from transformers.models.roformer.modeling_roformer import RoFormerSelfAttention

        super().__init__()
        sizes = {"hidden_size": d_model, "num_attention_heads": heads, "attention_probs_dropout_prob": 0.0}
        self.inner = RoFormerSelfAttention(RoFormerConfig(**sizes))
        self.dense = nn.Linear(d_model, d_model)

    def forward(self, inputs, mask, angles):
        both = torch.cat([angles.sin(), angles.cos()], dim=-1)
        return self.dense(self.inner(inputs, mask, both)[0])


@paper.reference(of=RotarySelfAttention, needs="transformers")
def transformers_roformer(d_model, heads, base, bias, rotate):
    if (base, bias, rotate) != (10_000.0, True, rotate_neighbours):
        return None
    return RoFormerAttention(d_model, heads)


@transformers_roformer.weights
def _(ours):
    places = {name: f"inner.{name}" for name in ("query", "key", "value")} | {"output": "dense"}
    return {f"{places[name]}.{part}": ours[f"{name}.{part}"] for name in places for part in ("weight", "bias")}


def minus_infinity(mask, inputs):
    """A mask as numbers that are added, for each item and head."""
    length = inputs.shape[-2]
    mask = torch.ones(length, length).bool() if mask is None else mask
    added = torch.zeros(mask.shape, dtype=inputs.dtype).masked_fill(~mask, -torch.inf)
    return added.expand(len(inputs), length, length).unsqueeze(1)


@transformers_roformer.call
def _(reference, inputs, mask=None, positions=None):
    batch = inputs if inputs.ndim == 3 else inputs.unsqueeze(0)
    positions = torch.arange(inputs.shape[-2]) if positions is None else positions
    angles = angles_of(positions, reference.inner.attention_head_size).to(inputs)
    return reference(batch, minus_infinity(mask, batch), angles).reshape(inputs.shape)


@paper.reference(of=RotarySelfAttention, needs="transformers")
def transformers_llama(d_model, heads, base, bias, rotate):
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaAttention

    if rotate is not rotate_halves:
        return None
    config = LlamaConfig(hidden_size=d_model, num_attention_heads=heads, attention_bias=bias)
    config._attn_implementation = "sdpa"  # the other one computes the softmax in float32
    attention = LlamaAttention(config, 0)
    attention.base = base
    return attention


@transformers_llama.weights
def _(ours):
    names = {"query": "q_proj", "key": "k_proj", "value": "v_proj", "output": "o_proj"}
    parts = [part for part in ("weight", "bias") if f"query.{part}" in ours]
    return {f"{names[name]}.{part}": ours[f"{name}.{part}"] for name in names for part in parts}


@transformers_llama.call
def _(reference, inputs, mask=None, positions=None):
    batch = inputs if inputs.ndim == 3 else inputs.unsqueeze(0)
    positions = torch.arange(inputs.shape[-2]) if positions is None else positions
    angles = angles_of(positions, reference.head_dim, reference.base).to(inputs).repeat(1, 2).unsqueeze(0)
    return reference(batch, (angles.cos(), angles.sin()), minus_infinity(mask, batch))[0].reshape(inputs.shape)


def rotary_attention(rng):
    return at_random(rng, lambda: RotarySelfAttention(8, 2))


@paper.property("Eq. 16", "moving all positions by one number changes nothing", draws=5)
def attention_is_relative(rng):
    attention, inputs = rotary_attention(rng), normal(rng, 2, 5, 8)
    positions = torch.arange(5)
    shifts = (0, int(whole(rng, 1, 999)))
    first, second = (attention(inputs, None, positions + shift) for shift in shifts)
    return [first, second], [attention(inputs), attention(inputs)]


@paper.property("Sec. 1", "the order of the inputs matters", draws=5)
def order_matters(rng):
    attention, inputs = rotary_attention(rng), normal(rng, 2, 5, 8)
    moved = attention(inputs.flip(1)).flip(1)
    return bool(((moved - attention(inputs)).abs().amax(dim=-1) > 1e-6).sum() >= 8)


@paper.property("Sec. 1", "permuted together with their positions, the inputs give permuted outputs", draws=5)
def inputs_and_positions(rng):
    attention, inputs, order = rotary_attention(rng), normal(rng, 5, 8), torch.randperm(5, generator=rng)
    return attention(inputs[order], None, order), attention(inputs)[order]


@paper.property("Eq. 1", "values do not know their position: with equal keys the output is their mean", draws=5)
def values_are_not_rotated(rng):
    attention = rotary_attention(rng)
    with torch.no_grad():
        attention.key.weight.zero_()
        attention.key.bias.zero_()
    inputs = normal(rng, 5, 8)
    return attention(inputs), attention.output(attention.value(inputs).mean(dim=0)).expand(5, 8)


@paper.property("Sec. 1", "positions cost no parameter, and no length is the longest", draws=1)
def no_parameters(rng):
    attention = RotarySelfAttention(8, 2)
    rows = attention(normal(rng, 3000, 8).float())
    return sum(p.numel() for p in attention.parameters()) == 4 * (8 * 8 + 8) and rows.shape == (3000, 8)


@paper.property("Sec. 3.2.2", "heads of an odd width, or that do not divide the model, are refused by value", draws=1)
def heads_are_refused(rng):
    wrong = [(6, 2), (8, 3), (8, 0), (8, -1), (0, 1), (1, 1), (3, 1)]
    texts = [refusal(partial(RotarySelfAttention, *sizes)) for sizes in wrong]
    refused = [f"d_model={sizes[0]}, heads={sizes[1]}" in text for sizes, text in zip(wrong, texts, strict=True)]
    smallest = refusal(partial(RotarySelfAttention, 2, 1)) == ""
    return all(refused) and smallest and "received -2.0" in refusal(lambda: RotarySelfAttention(4, 1, base=-2.0))


@paper.property("Sec. 3.2.2", "in bfloat16 positions beyond 256 are told apart", draws=1)
def positions_in_half_precision(rng):
    attention = rotary_attention(rng).bfloat16()
    inputs = normal(rng, 2, 8).bfloat16()
    near, far = (attention(inputs, None, torch.tensor([300, 300 + step])) for step in (0, 1))
    return not torch.equal(near, far)


# Linear attention


@paper.component(
    "layer",
    of=linear_attention,
    traits=[Cost("queries", 1), Cost("keys", 1), PermutationEquivariant("queries")],
)
def queries_keys_values(rng, batch=2, queries=3, keys=4, width=5, outputs=2):
    return normal(rng, batch, queries, width), normal(rng, batch, keys, width), normal(rng, batch, keys, outputs)


paper.equation("Eq. 17", of=linear_attention)(oracles.general_attention)
paper.equation("Eq. 18", of=linear_attention)(oracles.linear_attention)


@paper.component("layer", of=rotary_linear_attention, traits=[Cost("length", 1)])
def queries_keys_values_angles(rng, batch=2, length=3, planes=2, outputs=3):
    angles = angles_of(torch.arange(length), 2 * planes)
    sizes = (2 * planes, 2 * planes, outputs)
    return *(normal(rng, batch, length, size) for size in sizes), angles


@queries_keys_values_angles.limit("positions of each item")
def _(rng):
    return *(normal(rng, 2, 3, 4) for _ in range(3)), angles_of(whole(rng, 0, 99, 2, 3), 4)


paper.equation("Eq. 19", of=rotary_linear_attention)(oracles.rotary_linear_attention)


@paper.property("Eq. 19", "moving all positions by one number changes nothing: it is compatible with linear attention")
def linear_attention_is_relative(rng):
    query, key, value, _ = queries_keys_values_angles.draw(rng)
    positions, shift = whole(rng, 0, 100, 3), whole(rng, 1, 999)
    found = [rotary_linear_attention(query, key, value, angles_of(p, 4)) for p in (positions, positions + shift)]
    return found[0], found[1]


@paper.property("Eq. 19", "where all positions are the same it is linear attention")
def same_positions(rng):
    query, key, value, _ = queries_keys_values_angles.draw(rng)
    angles = angles_of(whole(rng, 0, 99).expand(3), 4)
    return rotary_linear_attention(query, key, value, angles), linear_attention(query, key, value)


def weights_of(rng):
    """The weights of the values: with the identity matrix for the values."""
    query, key, _, angles = queries_keys_values_angles.draw(rng, 1, 12, 4)
    return rotary_linear_attention(query, key, torch.eye(12).double().unsqueeze(0), 40 * angles)


@paper.property("Eq. 19", "the weights of the values sum to one", holds=False, draws=5)
def weights_sum_to_one(rng):
    return weights_of(rng).sum(dim=-1), torch.ones(1, 12).double()


@paper.property("Eq. 19", "weights of values can be negative", draws=5)
def weights_can_be_negative(rng):
    return bool((weights_of(rng) < 0).any())


@paper.property(
    "Sec. 3.3", "products of features with rotated features cost what a matrix would, in another order", draws=5
)
def quadratic_form(rng):
    query, key, value, angles = queries_keys_values_angles.draw(rng)
    phi = [torch.where(x > 0, x + 1, x.exp()) for x in (query, key)]
    turned = [(rotary_matrix(angles) @ x.unsqueeze(-1)).squeeze(-1) for x in phi]
    below = (phi[0] @ phi[1].mT).sum(dim=-1, keepdim=True)
    return rotary_linear_attention(query, key, value, angles), turned[0] @ turned[1].mT @ value / below
