"""What is verified of "Attention Is All You Need", in the order of the paper; the oracles are in `oracles`."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial

import numpy as np
import torch
from ectype import Paper, Sample
from ectype.traits import Causal, Cost, IgnoresPadding, Initial, LowerBound, PermutationEquivariant, Reduced
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from ectype_transformer import oracles, presets
from ectype_transformer.attention import (
    MultiHeadAttention,
    causal_mask,
    head_width,
    padding_mask,
    scaled_dot_product_attention,
)
from ectype_transformer.beam_search import beam_search, length_penalty, translate
from ectype_transformer.complexity import (
    SUSTAINED_RATES,
    convolutional_cost,
    recurrent_cost,
    restricted_self_attention_cost,
    self_attention_cost,
    training_cost,
)
from ectype_transformer.decoder import Decoder, DecoderLayer
from ectype_transformer.embedding import Embedding
from ectype_transformer.encoder import Encoder, EncoderLayer
from ectype_transformer.feed_forward import PositionWiseFeedForward
from ectype_transformer.label_smoothing import (
    label_smoothing_loss,
    label_smoothing_loss_over_others,
    least_attainable_loss,
    least_attainable_loss_over_others,
)
from ectype_transformer.position_dialects import (
    ddpm_positions,
    diffusers_positions,
    fairseq_positions,
    improved_diffusion_positions,
    tensor2tensor_positions,
)
from ectype_transformer.positions import LearnedPositions, geometric_frequencies, sinusoidal_positions
from ectype_transformer.schedule import warmup_rate, warmup_schedule
from ectype_transformer.transformer import Transformer, TransformerSettings

paper = Paper(__package__, equations=3, tables=4)


def normal(rng, *shape):
    return torch.randn(*shape, generator=rng, dtype=torch.float64)


def some_of(rng, *shape):
    """A random mask in which every query has a key."""
    mask = torch.rand(*shape, generator=rng) < 0.6
    mask[..., 0] |= ~mask.any(dim=-1)
    return mask


def until(length):
    """The causal mask."""
    return torch.ones(length, length, dtype=torch.bool).tril()


def ends(rng, batch, length):
    """A mask that hides the ends of sequences of random lengths."""
    lengths = torch.randint(1, length + 1, (batch, 1), generator=rng)
    return (torch.arange(length) < lengths).unsqueeze(-2)


def seeded(rng, make):
    """What a function makes that draws from torch's global generator."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (), generator=rng)))
        return make()


def fresh(rng, make):
    """A module as it is initialised, in double precision and evaluation mode."""
    return seeded(rng, make).double().eval()


def at_random(rng, make):
    """The same with noise on all parameters, so that none is zero or one."""
    module = fresh(rng, make)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.2 * normal(rng, *parameter.shape)
    return module


def multiply_adds(run):
    """Multiply-adds that torch counts while something runs."""
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops() // 2


# Section 3.1: the encoder and the decoder as a whole follow section 3.3, which they are made of.
# Section 3.2.1: scaled dot-product attention


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


@paper.property("Fn. 4", "q . k has mean 0 for independent components of mean 0 and variance 1", draws=3)
def mean_of_products(rng):
    return Sample((normal(rng, 20_000, 64) * normal(rng, 20_000, 64)).sum(dim=-1), 0.0)


@paper.property("Fn. 4", "q . k has variance d_k for independent components of mean 0 and variance 1", draws=3)
def variance_of_products(rng):
    return Sample((normal(rng, 20_000, 64) * normal(rng, 20_000, 64)).sum(dim=-1) ** 2, 64.0)


@paper.property("Sec. 3.2.1", "scaling counteracts it: the arguments of the softmax have variance 1", draws=3)
def variance_of_scaled_products(rng):
    two_keys = torch.eye(2).double().expand(20_000, 2, 2)
    weights = scaled_dot_product_attention(normal(rng, 20_000, 1, 64), normal(rng, 20_000, 2, 64), two_keys)
    difference = weights[..., 0].log() - weights[..., 1].log()
    return Sample(difference**2 / 2, 1.0)


@paper.property("Sec. 3.2.1", "for large d_k the unscaled softmax has smaller gradients", draws=5)
def scaling_keeps_gradients(rng):
    query, key, value = unmasked(rng, 64, 4, 16, 512)
    sizes = []
    for attend in (scaled_dot_product_attention, dot_product_attention):
        scores = (query @ key.mT).requires_grad_()
        identity = torch.eye(16).double().expand(64, 16, 16)
        widened = math.sqrt(16 / 512) * scores if attend is scaled_dot_product_attention else scores
        attend(widened, identity, value).sum(dim=-1).square().sum().backward()
        sizes.append(scores.grad.norm() * (math.sqrt(512) if attend is scaled_dot_product_attention else 1))
    return bool(sizes[0] > 10 * sizes[1])


# Section 3.2.2: multi-head attention


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


def usual(d_model, heads, d_k, d_v):
    """Whether torch can express the widths of the heads."""
    return all(width in (None, d_model // heads) for width in (d_k, d_v))


def torch_mask(mask, heads):
    """A mask of ours as arguments of torch's attention, where True is what is hidden."""
    if mask is None:
        return None, None
    if mask.dim() == 3 and mask.shape[1] == 1:
        return None, ~mask[:, 0]
    return (~mask if mask.dim() == 2 else ~mask.repeat_interleave(heads, dim=0)), None


def torch_attention(ours, at="", to=""):
    """Weights of our attention under the names of nn.MultiheadAttention, zeros for biases that ours lacks."""
    joint = {}
    for kind in ("weight", "bias"):
        given = [ours[f"{at}{name}.{kind}"] for name in ("query", "key", "value", "output") if kind in kinds(ours, at)]
        if not given:
            width = len(ours[f"{at}output.weight"])
            given = [torch.zeros(width).to(ours[f"{at}output.weight"])] * 4
        joint |= {f"{to}in_proj_{kind}": torch.cat(given[:3]), f"{to}out_proj.{kind}": given[3]}
    return joint


def kinds(ours, at=""):
    return ("weight", "bias") if f"{at}query.bias" in ours else ("weight",)


@paper.reference(of=MultiHeadAttention, id="torch")
def torch_multi_head(d_model, heads, d_k, d_v, bias):
    if not usual(d_model, heads, d_k, d_v):
        return None
    return frozen(nn.MultiheadAttention(d_model, heads, batch_first=True), bias)


def frozen(module, bias):
    """A torch module whose attention has no trained biases unless ours has."""
    for name, parameter in module.named_parameters():
        if not bias and (name.endswith("in_proj_bias") or name.endswith("out_proj.bias")):
            parameter.requires_grad_(False)
    return module


torch_multi_head.weights(torch_attention)


@torch_multi_head.call
def _(reference, query, key, value, mask=None):
    hidden, padding = torch_mask(mask, reference.num_heads)
    return reference(query, key, value, attn_mask=hidden, key_padding_mask=padding, need_weights=False)[0]


@paper.property("Sec. 3.2.2", "concatenation and W^O are a sum over the heads, each through its own slice of W^O")
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


# Section 3.2.3: masks


paper.component("layer", of=causal_mask)(lambda rng, length=4: length)
paper.equation("Sec. 3.2.3", of=causal_mask)(oracles.causal_mask)


@paper.reference(of=causal_mask, id="torch")
def _(length):
    return nn.Transformer.generate_square_subsequent_mask(length) == 0


@paper.component("layer", of=padding_mask, settings=[{"padding": 0}, {"padding": 3}])
def some_tokens(rng, batch=3, length=5):
    return torch.randint(5, (batch, length), generator=rng)


paper.component("layer", of=head_width, settings=[{"heads": 1}, {"heads": 4}])(lambda rng, heads, width=3: heads * width)
paper.equation("Sec. 3.2.2", of=head_width)(oracles.head_width)


# Section 3.3: the feed-forward network


@paper.component(
    "layer",
    of=PositionWiseFeedForward,
    settings=[{"d_model": 4, "d_ff": 7}, {"d_model": 1, "d_ff": 5}, {"d_model": 3, "d_ff": 1}],
    traits=[PermutationEquivariant("length"), Cost("length", 1)],
)
def vectors(rng, d_model, batch=2, length=5):
    return normal(rng, batch, length, d_model)


paper.equation("Eq. 2", of=PositionWiseFeedForward)(oracles.feed_forward)


@paper.reference(of=PositionWiseFeedForward, id="torch")
def torch_feed_forward(d_model, d_ff):
    return nn.Sequential(nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model))


@torch_feed_forward.weights
def _(ours):
    return renamed(ours, {"inner": "0", "outer": "2"})


def renamed(ours, names):
    return {f"{new}.{kind}": ours[f"{old}.{kind}"] for old, new in names.items() for kind in ("weight", "bias")}


@paper.property("Sec. 3.3", "it is two convolutions with kernel size 1")
def two_convolutions(rng):
    network, x = at_random(rng, lambda: PositionWiseFeedForward(4, 7)), normal(rng, 2, 4, 5)
    hidden = F.conv1d(x, network.inner.weight[..., None], network.inner.bias).relu()
    return network(x.mT).mT, F.conv1d(hidden, network.outer.weight[..., None], network.outer.bias)


# Section 3.1: layers and stacks


NARROW = {"d_model": 8, "heads": 2, "d_ff": 12}
WIDTHS = [NARROW, NARROW | {"heads": 4, "bias": True}, {"d_model": 6, "heads": 4, "d_ff": 5, "d_k": 3, "d_v": 2}]


@paper.component(
    "layer", of=EncoderLayer, settings=[*WIDTHS, NARROW | {"dropout": 0.0}], traits=[IgnoresPadding("length", 1)]
)
def sequences(rng, d_model, batch=2, length=4):
    return normal(rng, batch, length, d_model), ends(rng, batch, length)


@sequences.limit("no mask")
def _(rng, d_model):
    return normal(rng, 2, 4, d_model)


@sequences.limit("any mask")
def _(rng, d_model):
    return normal(rng, 2, 4, d_model), some_of(rng, 2, 4, 4)


@sequences.limit("causal, without a batch")
def _(rng, d_model):
    return normal(rng, 4, d_model), until(4)


paper.equation("Sec. 3.1", of=EncoderLayer)(oracles.encoder_layer)


@paper.reference(of=EncoderLayer, id="torch")
def torch_encoder_layer(d_model, heads, d_ff, d_k, d_v, bias):
    if not usual(d_model, heads, d_k, d_v):
        return None
    return frozen(nn.TransformerEncoderLayer(d_model, heads, d_ff, batch_first=True), bias)


@torch_encoder_layer.weights
def encoder_layer_weights(ours, at="", to=""):
    names = {"feed_forward.inner": "linear1", "feed_forward.outer": "linear2"}
    names |= {"attention_norm": "norm1", "feed_forward_norm": "norm2"}
    attention = torch_attention(ours, f"{at}attention.", f"{to}self_attn.")
    return attention | renamed(ours, {at + old: to + new for old, new in names.items()})


@torch_encoder_layer.call
def _(reference, x, mask=None):
    hidden, padding = torch_mask(mask, reference.self_attn.num_heads)
    return reference(x, src_mask=hidden, src_key_padding_mask=padding)


@paper.component("layer", of=DecoderLayer, settings=[*WIDTHS, NARROW | {"dropout": 0.0}], traits=[Causal("length")])
def two_sequences(rng, d_model, batch=2, length=4, memory=3):
    x, found = normal(rng, batch, length, d_model), normal(rng, batch, memory, d_model)
    return x, found, until(length), ends(rng, batch, memory)


@two_sequences.limit("no masks")
def _(rng, d_model):
    return two_sequences.draw(rng, d_model)[:2]


@two_sequences.limit("any masks")
def _(rng, d_model):
    return *two_sequences.draw(rng, d_model)[:2], some_of(rng, 2, 4, 4), some_of(rng, 2, 4, 3)


paper.equation("Sec. 3.1", of=DecoderLayer)(oracles.decoder_layer)


@paper.reference(of=DecoderLayer, id="torch")
def torch_decoder_layer(d_model, heads, d_ff, d_k, d_v, bias):
    if not usual(d_model, heads, d_k, d_v):
        return None
    return frozen(nn.TransformerDecoderLayer(d_model, heads, d_ff, batch_first=True), bias)


@torch_decoder_layer.weights
def decoder_layer_weights(ours, at="", to=""):
    names = {"feed_forward.inner": "linear1", "feed_forward.outer": "linear2"}
    names |= {"self_attention_norm": "norm1", "cross_attention_norm": "norm2", "feed_forward_norm": "norm3"}
    attentions = torch_attention(ours, f"{at}self_attention.", f"{to}self_attn.")
    attentions |= torch_attention(ours, f"{at}cross_attention.", f"{to}multihead_attn.")
    return attentions | renamed(ours, {at + old: to + new for old, new in names.items()})


def call_torch_decoder(heads, reference, x, memory, mask=None, memory_mask=None):
    hidden, padding = torch_mask(mask, heads)
    hidden_memory, memory_padding = torch_mask(memory_mask, heads)
    masks = {"tgt_mask": hidden, "tgt_key_padding_mask": padding}
    masks |= {"memory_mask": hidden_memory, "memory_key_padding_mask": memory_padding}
    return reference(x, memory, **masks)


@torch_decoder_layer.call
def _(reference, *inputs):
    return call_torch_decoder(reference.self_attn.num_heads, reference, *inputs)


@dataclass(frozen=True)
class Layers:
    """Layers for a stack, new ones each time they are asked for."""

    of: type
    count: int
    d_model: int = 8
    heads: int = 2
    d_ff: int = 12
    d_k: int | None = None
    d_v: int | None = None
    bias: bool = False

    def __iter__(self) -> Iterator[nn.Module]:
        for _ in range(self.count):
            yield self.of(self.d_model, self.heads, self.d_ff, 0.1, self.d_k, self.d_v, self.bias)


@paper.component(
    "model",
    of=Encoder,
    settings=[{"layers": Layers(EncoderLayer, 2)}, {"layers": Layers(EncoderLayer, 3, heads=4, bias=True)}],
    traits=[PermutationEquivariant("length"), IgnoresPadding("length", 1)],
)
def encoder_inputs(rng, d_model, batch=2, length=4):
    return sequences.draw(rng, d_model, batch, length)


paper.equation("Sec. 3.1", of=Encoder)(oracles.encoder)


@paper.reference(of=Encoder, id="torch")
def torch_encoder(count, d_model, heads, d_ff, bias):
    layer = nn.TransformerEncoderLayer(d_model, heads, d_ff, batch_first=True)
    return frozen(nn.TransformerEncoder(layer, count, enable_nested_tensor=False), bias)


@torch_encoder.weights
def encoder_weights(ours, at="", to=""):
    return stacked(ours, encoder_layer_weights, at, to)


def stacked(ours, layer_weights, at, to):
    layers = {name.removeprefix(f"{at}layers.").split(".")[0] for name in ours if name.startswith(f"{at}layers.")}
    maps = [layer_weights(ours, f"{at}layers.{i}.", f"{to}layers.{i}.") for i in layers]
    return {name: tensor for found in maps for name, tensor in found.items()}


@torch_encoder.call
def _(reference, x, mask):
    return reference(x, src_key_padding_mask=torch_mask(mask, 0)[1])


@paper.component(
    "model",
    of=Decoder,
    settings=[{"layers": Layers(DecoderLayer, 2)}, {"layers": Layers(DecoderLayer, 3, heads=4, bias=True)}],
    traits=[Causal("length")],
)
def decoder_inputs(rng, d_model, batch=2, length=4, memory=3):
    return two_sequences.draw(rng, d_model, batch, length, memory)


@decoder_inputs.limit("without causal mask")
def _(rng, d_model):
    return two_sequences.draw(rng, d_model)[:2]


paper.equation("Sec. 3.1", of=Decoder)(oracles.decoder)


@paper.reference(of=Decoder, id="torch")
def torch_decoder(count, d_model, heads, d_ff, bias):
    layer = nn.TransformerDecoderLayer(d_model, heads, d_ff, batch_first=True)
    return frozen(nn.TransformerDecoder(layer, count), bias)


@torch_decoder.weights
def decoder_weights(ours, at="", to=""):
    return stacked(ours, decoder_layer_weights, at, to)


@torch_decoder.call
def _(reference, *inputs):
    return call_torch_decoder(reference.layers[0].self_attn.num_heads, reference, *inputs)


@paper.property("Sec. 3.2.3", "the Jacobian of the decoder is exactly zero above the diagonal of positions")
def causal_jacobian(rng):
    decoder = at_random(rng, lambda: Decoder(Layers(DecoderLayer, 2)))
    memory = normal(rng, 3, 8)
    jacobian = torch.func.jacrev(lambda x: decoder(x, memory, until(5)))(normal(rng, 5, 8)).abs().amax(dim=(1, 3))
    return (jacobian.triu(1) == 0) & ((jacobian > 0) | ~until(5))


@paper.property("Sec. 3.5", "without positions the encoder is equivariant to permutations of the tokens")
def equivariant_without_positions(rng):
    encoder, x = at_random(rng, lambda: Encoder(Layers(EncoderLayer, 2))), normal(rng, 5, 8)
    order = torch.randperm(5, generator=rng)
    return encoder(x[order]), encoder(x)[order]


@paper.property("Sec. 3.5", "with positions the encoder is equivariant to permutations of the tokens", holds=False)
def equivariant_with_positions(rng):
    model, order = at_random(rng, lambda: Transformer(TINY)), torch.tensor([1, 2, 3, 4, 0])
    tokens = torch.randint(3, 11, (1, 5), generator=rng)
    return model.encode(tokens[:, order]), model.encode(tokens)[:, order]


@paper.property("Sec. 3.2.3", "the decoder may attend over the encoder's output in any order")
def memory_in_any_order(rng):
    decoder = at_random(rng, lambda: Decoder(Layers(DecoderLayer, 2)))
    x, memory, order = normal(rng, 4, 8), normal(rng, 6, 8), torch.randperm(6, generator=rng)
    return decoder(x, memory[order]), decoder(x, memory)


@paper.property(
    "Sec. 3.1",
    "at the start every position that leaves a stack has mean 0 and variance 1, as a normalization comes last",
    tolerance=1e-4,
    because="layer normalization adds 1e-5 to the variance",
)
def normalized_at_the_end(rng):
    stack, x = fresh(rng, lambda: Encoder(Layers(EncoderLayer, 2))), normal(rng, 5, 8)
    y = stack(x)
    moments = torch.stack((y.mean(dim=-1), y.var(dim=-1, correction=0)))
    return moments, torch.tensor([[0.0], [1.0]]).expand(2, 5)


# Sections 3.4 and 3.5: embedding and positions


@paper.component(
    "layer",
    of=Embedding,
    settings=[{"vocabulary": 7, "d_model": 6}, {"vocabulary": 1, "d_model": 2, "dropout": 0.0}],
    traits=[Initial("weight", std=lambda d_model: d_model**-0.5)],
)
def tokens_to_embed(rng, vocabulary, batch=2, length=5):
    return torch.randint(vocabulary, (batch, length), generator=rng)


@tokens_to_embed.limit("positions that are given")
def _(rng, vocabulary, d_model):
    return torch.randint(vocabulary, (2, 3), generator=rng), normal(rng, 3, d_model)


@tokens_to_embed.limit("one sequence")
def _(rng, vocabulary):
    return torch.randint(vocabulary, (4,), generator=rng)


paper.equation("Sec. 3.4", of=Embedding)(oracles.embedding)


class TorchEmbedding(nn.Embedding):
    """torch's embedding, scaled, with positions written as the real and imaginary parts of rotations."""

    def forward(self, tokens, positions=None):
        length, width = tokens.shape[-1], self.embedding_dim
        if positions is None:
            angles = torch.arange(length).double()[:, None] * 10_000 ** (-torch.arange(0, width, 2).double() / width)
            positions = torch.view_as_real(torch.polar(torch.ones_like(angles), angles)).flip(-1).flatten(-2)
        return super().forward(tokens) * width**0.5 + positions.to(self.weight)


@paper.reference(of=Embedding, id="torch")
def _(vocabulary, d_model):
    return TorchEmbedding(vocabulary, d_model)


@paper.property("Sec. 3.4", "the logits are the products of a vector with the rows of the embedding, without the factor")
def logits_share_the_matrix(rng):
    embedding, x = at_random(rng, lambda: Embedding(7, 6)), normal(rng, 2, 3, 6)
    products = [[[float(row @ vector) for row in embedding.weight] for vector in item] for item in x]
    return embedding.logits(x), torch.tensor(products)


@paper.property("Sec. 3.4", "one matrix is source embedding, target embedding and pre-softmax projection", draws=1)
def tied_weights(rng):
    model = at_random(rng, lambda: Transformer(TINY))
    of_vocabulary = [name for name, parameter in model.named_parameters() if TINY.vocabulary in parameter.shape]
    return of_vocabulary == ["embedding.weight"]


@paper.property("Sec. 3.4", "at the start embedded tokens have variance 1 (tensor2tensor; the paper does not say)", draws=3)
def unit_embeddings_at_the_start(rng):
    embedding = fresh(rng, lambda: Embedding(200, 32))
    embedded = embedding(torch.arange(200), torch.zeros(200, 32, dtype=torch.float64))
    return Sample(embedded.square(), 1.0)


DOUBLE = {"dtype": torch.float64}


@paper.component("layer", of=sinusoidal_positions, settings=[DOUBLE, DOUBLE | {"offset": 7}])
def length_and_width(rng, length=4, pairs=3):
    return length, 2 * pairs


@length_and_width.limit("one position, two dimensions")
def _(rng):
    return 1, 2


@length_and_width.limit("the base model, 1,000 positions")
def _(rng):
    return 1000, 512


paper.equation("Sec. 3.5", of=sinusoidal_positions)(oracles.sinusoids)

paper.component("layer", of=geometric_frequencies, settings=[{}, {"shift": 0.5}])(lambda rng, count=3: count)


@paper.component("layer", of=LearnedPositions, settings=[{"length": 9, "d_model": 4}, {"length": 1, "d_model": 1}])
def a_length(rng, length):
    return int(torch.randint(1, length + 1, (), generator=rng))


@paper.reference(of=LearnedPositions, id="torch")
def torch_learned_positions(length, d_model):
    return nn.Embedding(length, d_model)


torch_learned_positions.weights(lambda ours: {"weight": ours["table"]})
torch_learned_positions.call(lambda reference, length: reference(torch.arange(length)))


@paper.property("Sec. 3.5", "PE(pos + k) is a linear function of PE(pos) that does not depend on pos")
def linear_in_the_offset(rng):
    offset = int(torch.randint(1, 100, (), generator=rng))
    here, there = (sinusoidal_positions(50, 8, offset=at, dtype=torch.float64) for at in (0, offset))
    rotations = [torch.tensor([[a.cos(), -a.sin()], [a.sin(), a.cos()]]) for a in offset * geometric_frequencies(4)]
    return here @ torch.block_diag(*rotations).double(), there


@paper.property("Sec. 3.5", "the dot product of two positions depends on their offset only")
def products_depend_on_the_offset(rng):
    table = sinusoidal_positions(60, 8, dtype=torch.float64)
    offset = int(torch.randint(30, (), generator=rng))
    return (table[:30] * table[offset : offset + 30]).sum(dim=-1), (table[0] @ table[offset]).expand(30)


def wavelengths(d_model):
    """In units of 2 pi, from the slowest rotation that the table shows between two neighbouring positions."""
    near, far = sinusoidal_positions(2, d_model, dtype=torch.float64)
    return 1 / torch.atan2(far[0::2], far[1::2])


@paper.property("Sec. 3.5", "the wavelengths form a geometric progression from 2 pi", draws=1)
def geometric_wavelengths(rng):
    return wavelengths(512), 10_000 ** (torch.arange(256).double() / 256)


@paper.property("Sec. 3.5", "the wavelengths of the formula end at 10000 . 2 pi", holds=False, draws=1)
def longest_wavelength(rng):
    return wavelengths(512)[-1], 10_000.0


@paper.property("Sec. 3.5", "the wavelengths end at 10000 . 2 pi if the exponent is i / (d / 2 - 1)", draws=1)
def longest_wavelength_of_the_code(rng):
    return 1 / geometric_frequencies(256, shift=1.0)[-1], 10_000.0


@paper.component("layer", of=tensor2tensor_positions, settings=[{"d_model": 8}, {"d_model": 7}, {"d_model": 2}])
def real_positions(rng, length=4):
    return 4 * torch.rand(length, generator=rng, dtype=torch.float64)


for dialect in (fairseq_positions, ddpm_positions, improved_diffusion_positions):
    paper.component("layer", of=dialect, settings=[{"d_model": 8}, {"d_model": 7}])(real_positions.draw)

FLAGS = [{"flip_sin_to_cos": True}, {"downscale_freq_shift": 0.0}, {"flip_sin_to_cos": True, "downscale_freq_shift": 0.5}]
paper.component("layer", of=diffusers_positions, settings=[{"d_model": 8}, *({"d_model": 7} | flags for flags in FLAGS)])(
    real_positions.draw
)


def diffusers_of(of, **flags):
    """Declare diffusers' function as the reference of a dialect that it can express with these flags."""

    @paper.reference(
        of=of,
        id="diffusers",
        needs="diffusers",
        tolerance=1e-5,
        because="diffusers computes angles in single precision",
    )
    def _(positions, d_model, flip_sin_to_cos=False, downscale_freq_shift=1.0):
        from diffusers.models.embeddings import get_timestep_embedding

        given = {"flip_sin_to_cos": flip_sin_to_cos, "downscale_freq_shift": downscale_freq_shift}
        return get_timestep_embedding(positions, d_model, **given | flags)


for dialect in (fairseq_positions, ddpm_positions, diffusers_positions):
    diffusers_of(dialect)
diffusers_of(improved_diffusion_positions, flip_sin_to_cos=True, downscale_freq_shift=0.0)


@paper.property("Sec. 3.5", "other code bases: halves instead of pairs, other exponents, a zero for an odd width", draws=5)
def dialects_are_their_formulas(rng):
    positions = 100 * torch.rand(4, generator=rng, dtype=torch.float64)
    ours, formulas = [], []
    for d_model, shift in itertools.product((7, 8), (0, 0.5, 1)):
        for flip in (False, True):
            flags = {"flip_sin_to_cos": flip, "downscale_freq_shift": float(shift)}
            ours.append(diffusers_positions(positions, d_model, **flags))
            formulas.append(halves(positions, d_model, shift, flip))
    for d_model in (7, 8):
        for dialect in (tensor2tensor_positions, fairseq_positions, ddpm_positions, diffusers_positions):
            ours.append(dialect(positions, d_model))
            formulas.append(halves(positions, d_model, 1, False))
        ours.append(improved_diffusion_positions(positions, d_model))
        formulas.append(halves(positions, d_model, 0, True))
    ours += [tensor2tensor_positions(positions, 2), tensor2tensor_positions(positions, 3)]
    formulas += [halves(positions, 2, 0, False), halves(positions, 3, 0, False)]
    return ours, formulas


def halves(positions, d_model, shift, cosines_first):
    return oracles.halves(positions.tolist(), d_model, lambda i, n: i / (n - shift), cosines_first=cosines_first)


# Section 3: the whole model

TINY = TransformerSettings(vocabulary=11, d_model=8, heads=2, layers=2, d_ff=12)


@paper.component(
    "model",
    of=Transformer,
    settings=[
        TINY,
        replace(TINY, heads=4, layers=1, d_k=3, d_v=1, bias=True, padding=2),
        replace(TINY, learned_positions=12, dropout=0.0),
    ],
    traits=[Causal("target"), IgnoresPadding("source", 0, "padding")],
)
def source_and_target(rng, vocabulary, padding, batch=2, source=5, target=4):
    tokens = torch.randint(vocabulary - 1, (batch, source + target), generator=rng)
    tokens += tokens >= padding  # any token but padding
    hidden = ~ends(rng, batch, source)[:, 0]
    return tokens[:, :source].masked_fill(hidden, padding), tokens[:, source:]


paper.equation("Sec. 3", of=Transformer)(oracles.transformer)


class TorchTransformer(nn.Module):
    """torch's stacks, without the normalizations that it adds after the last layers, between its own embeddings."""

    def __init__(self, vocabulary, d_model, heads, layers, d_ff, padding, learned):
        super().__init__()
        self.embedding, self.padding = TorchEmbedding(vocabulary, d_model), padding
        self.encoder, self.decoder = torch_encoder.build(layers, d_model, heads, d_ff, False), None
        self.decoder = torch_decoder.build(layers, d_model, heads, d_ff, False)
        self.source_positions = nn.Embedding(learned, d_model) if learned else None
        self.target_positions = nn.Embedding(learned, d_model) if learned else None

    def forward(self, source, target):
        hidden = source == self.padding
        memory = self.encoder(self.embed(source, self.source_positions), src_key_padding_mask=hidden)
        later = ~until(target.shape[1])
        x = self.embed(target, self.target_positions)
        return F.linear(self.decoder(x, memory, later, memory_key_padding_mask=hidden), self.embedding.weight)

    def embed(self, tokens, table):
        return self.embedding(tokens, None if table is None else table(torch.arange(tokens.shape[1])))


@paper.reference(of=Transformer, id="torch")
def torch_transformer(vocabulary, d_model, heads, layers, d_ff, d_k, d_v, padding, learned_positions):
    if not usual(d_model, heads, d_k, d_v):
        return None
    return TorchTransformer(vocabulary, d_model, heads, layers, d_ff, padding, learned_positions)


@torch_transformer.weights
def _(ours):
    tables = [name for name in ("source_positions", "target_positions") if f"{name}.table" in ours]
    return {
        "embedding.weight": ours["embedding.weight"],
        **encoder_weights(ours, "encoder.", "encoder."),
        **decoder_weights(ours, "decoder.", "decoder."),
        **{f"{name}.weight": ours[f"{name}.table"] for name in tables},
    }


@paper.property("Sec. 3.1", "the predictions for a position depend only on the known outputs before it")
def predictions_look_back(rng):
    model = at_random(rng, lambda: Transformer(TINY))
    source, target = source_and_target.draw(rng, 11, 0)
    place = int(torch.randint(1, 4, (), generator=rng))
    changed = target.clone()
    changed[:, place:] = torch.randint(11, changed[:, place:].shape, generator=rng)
    return model(source, changed)[:, :place], model(source, target)[:, :place]


@paper.property("Sec. 3.2.3", "padding at the end of the source changes nothing, also where masks are left to the model")
def padding_is_absent(rng):
    model = at_random(rng, lambda: Transformer(replace(TINY, padding=2)))
    source, target = source_and_target.draw(rng, 11, 2)
    longer = F.pad(source, (0, 3), value=2)
    halves = model.decode(target, model.encode(longer), padding_mask(longer, 2))
    return torch.stack((model(longer, target), halves)), model(source, target).expand(2, -1, -1, -1)


@paper.property("Sec. 3.2.3", "without padding the decoder needs no mask of the encoder's output")
def memory_mask_may_be_left_out(rng):
    model = at_random(rng, lambda: Transformer(TINY))
    source, target = torch.randint(1, 11, (2, 2, 5), generator=rng)
    return model.decode(target, model.encode(source)), model(source, target)


# Section 5.3: the learning rate


@paper.component(
    "schedule",
    of=warmup_rate,
    settings=[{"d_model": 512}, {"d_model": 8, "warmup": 10}, {"d_model": 1, "warmup": 1}],
)
def a_step(rng, warmup):
    return int(torch.randint(1, 3 * warmup + 1, (), generator=rng))


a_step.limit("the first step")(lambda rng: 1)
a_step.limit("the peak")(lambda rng, warmup: warmup)
a_step.limit("long after")(lambda rng, warmup: 100 * warmup)

paper.equation("Eq. 3", of=warmup_rate, elementwise=True)(oracles.learning_rate)


@paper.property("Sec. 5.3", "the rate rises linearly for the first warmup_steps steps")
def linear_rise(rng):
    step = int(torch.randint(1, 4001, (), generator=rng))
    return warmup_rate(step, 512), step * warmup_rate(1, 512)


@paper.property("Sec. 5.3", "thereafter it falls proportionally to the inverse square root of the step number")
def fall_as_the_inverse_root(rng):
    step = int(torch.randint(4000, 400_000, (), generator=rng))
    return warmup_rate(step, 512) * math.sqrt(step), (512**-0.5)


@paper.property("Eq. 3", "the peak is at step warmup_steps and is 1 / sqrt(d_model warmup_steps)")
def peak(rng):
    warmup, d_model = (int(value) for value in torch.randint(1, 2000, (2,), generator=rng))
    rates = [warmup_rate(step, d_model, warmup) for step in range(1, 2 * warmup + 2)]
    return [float(np.argmax(rates)) + 1, max(rates)], [float(warmup), (d_model * warmup) ** -0.5]


@paper.property("Sec. 5.3", "the optimizer takes step n at the rate of step n", draws=1)
def rates_of_the_optimizer(rng):
    used = []
    for warmup in ({}, {"warmup": 3}):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        schedule = warmup_schedule(optimizer, 512, **warmup)
        for _ in range(6):
            used.append(schedule.get_last_lr()[0])
            optimizer.step()
            schedule.step()
    return used, [oracles.learning_rate(step, 512, warmup) for warmup in (4000, 3) for step in range(1, 7)]


# Section 5.4: regularization


def share_of_zeros(module, layer, name):
    """Which outputs of one sub-layer, made constant, dropout takes away; the norms and the other sub-layers are idle."""
    for child, part in module.named_children():
        if isinstance(part, nn.LayerNorm):
            setattr(module, child, nn.Identity())
        for parameter in part.parameters():
            nn.init.zeros_(parameter)
    nn.init.ones_(layer(getattr(module, name)).bias)
    return module


def dropped(rng, module, sublayer, *inputs):
    """Zero and one for what a layer in training mode adds to its input by one sub-layer whose output is one everywhere."""
    with torch.no_grad():
        for name, part in list(module.named_children()):
            for parameter in part.parameters():
                parameter.zero_()
            if isinstance(part, nn.LayerNorm):
                setattr(module, name, nn.Identity())
        part = getattr(module, sublayer)
        (part.outer if isinstance(part, PositionWiseFeedForward) else part.output).bias.fill_(1.0)
        added = seeded(rng, lambda: module.train()(*inputs)) - inputs[0]
    return (added.abs() < 1e-9).double().flatten()


SUBLAYERS = [(EncoderLayer, "attention"), (EncoderLayer, "feed_forward")] + [
    (DecoderLayer, name) for name in ("self_attention", "cross_attention", "feed_forward")
]


@paper.property("Sec. 5.4", "dropout on the output of each sub-layer, at the rate P_drop", draws=2)
def dropout_of_sublayers(rng):
    zeros = []
    for of, sublayer in SUBLAYERS:
        layer = fresh(rng, lambda of=of: of(64, 1, 4, 0.3, bias=True))
        inputs = [normal(rng, 1, 100, 64)] * (1 + (of is DecoderLayer))
        zeros.append(dropped(rng, layer, sublayer, *inputs))
    return Sample(torch.cat(zeros), 0.3)


@paper.property("Sec. 5.4", "dropout is applied before the output is added: at rate 1 the input alone is normalized")
def dropout_spares_the_input(rng):
    sides = []
    for of, inputs in ((EncoderLayer, 1), (DecoderLayer, 2)):
        layer, x = at_random(rng, lambda of=of: of(8, 2, 12, 1.0)).train(), normal(rng, 2, 4, 8)
        norms = [module for module in layer.children() if isinstance(module, nn.LayerNorm)]
        sides.append((layer(*[x] * inputs), nn.Sequential(*norms)(x)))
    return [left for left, _ in sides], [right for _, right in sides]


@paper.property("Sec. 5.4", "dropout on the sums of embeddings and positions, in both stacks, at the rate P_drop", draws=2)
def dropout_of_embeddings(rng):
    model = fresh(rng, lambda: Transformer(replace(TINY, d_model=64, dropout=0.3))).train()
    model.encoder, model.decoder = Bypass(), Bypass()
    model.embedding.logits = nn.Identity()
    tokens = torch.randint(1, 11, (4, 50), generator=rng)
    with torch.no_grad():
        sums = [seeded(rng, lambda: model.encode(tokens)), seeded(rng, lambda: model.decode(tokens, None))]
    return Sample(torch.stack(sums) == 0, 0.3)


class Bypass(nn.Module):
    """In place of a stack: gives back its first input."""

    def forward(self, x, *_):
        return x


@paper.property("Sec. 5.4", "what dropout keeps is scaled up, and in evaluation mode it does nothing")
def dropout_keeps_the_mean(rng):
    embedding, tokens = fresh(rng, lambda: Embedding(11, 8, 0.3)), torch.arange(11)
    kept = seeded(rng, lambda: embedding.train()(tokens))
    plain = embedding.eval()(tokens)
    return kept, torch.where(kept == 0, 0.0, plain / 0.7)


@paper.property("Tab. 3", "the rate of dropout is the base model's 0.1 unless another one is given", draws=1)
def default_dropout(rng):
    made = [Embedding(3, 4), EncoderLayer(4, 1, 4), DecoderLayer(4, 1, 4), Transformer(TINY)]
    made += [Transformer(replace(TINY, dropout=0.3))]
    rates = [{part.p for part in module.modules() if isinstance(part, nn.Dropout)} for module in made]
    return rates == [{0.1}] * 4 + [{0.3}]


def logits_and_targets(rng, batch=4, vocabulary=6):
    return 2 * normal(rng, batch, vocabulary), torch.randint(1, vocabulary, (batch,), generator=rng)


def some_padding(rng):
    targets = torch.randint(6, (2, 5), generator=rng)
    targets[0, 0], targets[0, 1] = 0, 1
    return 2 * normal(rng, 2, 5, 6), targets


SMOOTHINGS = [{}, {"smoothing": 0.0}, {"smoothing": 0.4, "padding": 0}]


def logits_of(smoothed):
    """Inputs at which a loss is least: the logarithms of the smoothed targets."""

    def attained(logits, targets, smoothing):
        rows = [smoothed(int(target), logits.shape[-1], smoothing) for target in targets]
        return torch.tensor(rows, dtype=torch.float64).clamp(min=1e-300).log(), targets

    return attained


smoothed_loss = paper.component(
    "loss",
    of=label_smoothing_loss,
    settings=[*SMOOTHINGS, {"smoothing": 1.0}],
    traits=[
        LowerBound(
            lambda logits, targets, smoothing: oracles.least_loss(logits.shape[-1], smoothing),
            logits_of(oracles.smoothed_targets),
        ),
        Reduced("batch"),
    ],
)(logits_and_targets)
smoothed_loss.limit("a batch of sequences, some of it padding")(some_padding)
paper.equation("Sec. 5.4", of=label_smoothing_loss)(oracles.label_smoothing)


@paper.reference(of=label_smoothing_loss, id="torch")
def _(logits, targets, smoothing, padding):
    ignored = -100 if padding is None else padding
    return F.cross_entropy(logits.flatten(0, -2), targets.flatten(), label_smoothing=smoothing, ignore_index=ignored)


others_loss = paper.component(
    "loss",
    of=label_smoothing_loss_over_others,
    settings=[*SMOOTHINGS, {"smoothing": 0.7}],
    traits=[
        LowerBound(
            lambda logits, targets, smoothing: oracles.least_loss_over_others(logits.shape[-1], smoothing),
            logits_of(oracles.smoothed_targets_over_others),
        ),
        Reduced("batch"),
    ],
)(logits_and_targets)
others_loss.limit("a batch of sequences, some of it padding")(some_padding)


@paper.reference(of=label_smoothing_loss_over_others, id="torch")
def _(logits, targets, smoothing, padding):
    vocabulary = logits.shape[-1]
    spread = torch.full_like(logits, smoothing / (vocabulary - 1)).scatter(-1, targets.unsqueeze(-1), 1 - smoothing)
    counted = torch.ones_like(targets, dtype=torch.bool) if padding is None else targets != padding
    return F.cross_entropy(logits[counted], spread.detach()[counted])


@paper.property("Sec. 5.4", "smoothing over the wrong classes by e is smoothing over all K by e K / (K - 1)")
def two_ways_to_smooth(rng):
    logits, targets = logits_and_targets(rng)
    over_others = label_smoothing_loss_over_others(logits, targets, 0.3)
    values = [over_others, oracles.label_smoothing_over_others(logits.numpy(), targets.numpy(), 0.3, None)]
    return values, [label_smoothing_loss(logits, targets, 0.3 * 6 / 5)] * 2


@paper.property("Sec. 5.4", "a batch of nothing but padding has loss zero", draws=1)
def nothing_but_padding(rng):
    nothing = torch.zeros(3, dtype=torch.long)
    losses = [loss(normal(rng, 3, 4), nothing, padding=0) for loss in (label_smoothing_loss, label_smoothing_loss_over_others)]
    return losses, [0.0, 0.0]


SMOOTHED = [{}, {"smoothing": 0.0}, {"smoothing": 1.0}]
paper.component("layer", of=least_attainable_loss, settings=SMOOTHED)(lambda rng, classes=5: classes)
paper.equation("Sec. 5.4", of=least_attainable_loss, elementwise=True)(oracles.least_loss)
paper.component("layer", of=least_attainable_loss_over_others, settings=SMOOTHED[:2])(lambda rng, classes=5: classes)


@paper.property("Sec. 5.4", "the least loss over the wrong classes is the entropy of that target", draws=1)
def least_loss_over_others(rng):
    sizes = [(2, 0.5), (7, 0.0), (7, 0.3), (37_000, 0.1)]
    return (
        [*itertools.starmap(least_attainable_loss_over_others, sizes), least_attainable_loss_over_others(9)],
        [*itertools.starmap(oracles.least_loss_over_others, sizes), oracles.least_loss_over_others(9, 0.1)],
    )


@paper.property("Tab. 3", "the perplexity of row (D) with smoothing 0.2 is not e to the smoothed loss, which is above it", draws=1)
def perplexity_is_not_of_the_smoothed_loss(rng):
    return math.exp(least_attainable_loss(presets.VOCABULARY, 0.2)) > 5.47


# Section 6.1: decoding


class PrefixModel:
    """A next-token model: its logits are a sum of rows of random tables, one for each item, place and token."""

    def __init__(self, tables):
        self.tables = tables  # batch place token vocabulary

    def __call__(self, tokens):
        items = torch.arange(len(tokens)) // (len(tokens) // len(self.tables))
        rows = self.tables[items.unsqueeze(-1), torch.arange(tokens.shape[1]), tokens]
        return rows.sum(dim=1).log_softmax(dim=-1)

    def log_p(self, item, prefix):
        logits = sum(self.tables[item, place, token] for place, token in enumerate(prefix)).tolist()
        log_sum = math.log(sum(math.exp(logit) for logit in logits))
        return [logit - log_sum for logit in logits]


paper.component("layer", of=length_penalty, settings=[{"penalty": 0.6}, {"penalty": 0.0}, {"penalty": 2.0}])(
    lambda rng, length=1: length
)
paper.equation("Sec. 6.1", of=length_penalty, elementwise=True)(oracles.length_penalty)


@paper.component(
    "layer",
    of=beam_search,
    settings=[
        {"max_length": 5},
        {"max_length": 4, "beam": 1, "penalty": 0.0},
        {"max_length": 6, "beam": 2, "penalty": 3.0},
        {"max_length": 1, "beam": 3},
    ],
)
def next_tokens(rng, max_length, batch=2, vocabulary=4):
    tables = 1.5 * normal(rng, batch, max_length, vocabulary, vocabulary)
    return PrefixModel(tables), torch.randint(vocabulary, (batch,), generator=rng), vocabulary - 1


@next_tokens.limit("an end that is never likely")
def _(rng, max_length):
    step, start, end = next_tokens.draw(rng, max_length)
    step.tables[..., end] -= 50
    return step, start, end


@next_tokens.limit("an end that is always likely")
def _(rng, max_length):
    step, start, end = next_tokens.draw(rng, max_length)
    step.tables[..., end] += 5
    return step, start, end


paper.equation("Sec. 6.1", of=beam_search)(oracles.beam_search)


@paper.property("Sec. 6.1", "a beam as wide as the tree finds the best of all sequences")
def wide_beam_is_exhaustive(rng):
    step, start, end = next_tokens.draw(rng, 3, 1, 3)
    tokens, score = beam_search(step, start, end, beam=27, penalty=0.6, max_length=3)
    inner = range(end)
    ended = [[*body, end] for n in range(3) for body in itertools.product(inner, repeat=n)]
    scores = []
    for sequence in ended:
        log_p = sum(step.log_p(0, [int(start), *sequence[:i]])[token] for i, token in enumerate(sequence))
        scores.append(log_p / oracles.length_penalty(len(sequence), 0.6))
    return score[0], max(scores)


SEARCHED = TransformerSettings(vocabulary=5, d_model=4, heads=2, layers=1, d_ff=6)


@paper.component(
    "layer", of=translate, settings=[{"start": 1, "end": 2, "beam": 2, "penalty": 1.5, "extra_length": length} for length in (0, 2)]
)
def model_and_source(rng, batch=2, source=2):
    model = at_random(rng, lambda: Transformer(SEARCHED))
    return model, source_and_target.draw(rng, 5, 0, batch, source)[0]


class NaiveSteps:
    """The oracle of the whole model, asked for the next token of one sentence."""

    def __init__(self, model, source):
        self.weights = {name: tensor.double().numpy() for name, tensor in model.state_dict().items()}
        unused = ("vocabulary", "d_ff", "dropout")
        self.settings = {name: value for name, value in asdict(model.settings).items() if name not in unused}
        self.source = source

    def log_p(self, item, prefix):
        target = np.array([prefix])
        logits = oracles.transformer(self.source[item : item + 1], target, weights=self.weights, **self.settings)[0, -1]
        return logits - np.log(np.exp(logits).sum())


@paper.equation("Sec. 6.1", of=translate)
def translation(model, source, start, end, beam, penalty, extra_length):
    length = source.shape[1] + extra_length
    steps = NaiveSteps(model, source)
    starts = [start] * len(source)
    return oracles.beam_search(steps, starts, end, beam=beam, penalty=penalty, max_length=length)


@paper.property("Sec. 6.1", "beam size 4, length penalty 0.6, at most 50 tokens more than the input", draws=1)
def default_search(rng):
    model, source = model_and_source.draw(rng)
    never = model.embedding.weight.detach()[2].fill_(0)
    model.decoder = Constant(-never + torch.tensor([1.0, -1.0, 1.0, -1.0]))
    explicit = translate(model, source, start=1, end=2, beam=4, penalty=0.6, extra_length=50)
    return translate(model, source, start=1, end=2), explicit


class Constant(nn.Module):
    """In place of a stack: gives one vector everywhere."""

    def __init__(self, vector):
        super().__init__()
        self.vector = vector

    def forward(self, x, *_):
        return self.vector.expand_as(x)


# Table 1: cost of a layer

paper.component("layer", of=self_attention_cost)(lambda rng, length=5, width=3: (length, width))
paper.component("layer", of=recurrent_cost)(lambda rng, length=5, width=3: (length, width))
paper.component("layer", of=convolutional_cost, settings=[{"kernel": 3}, {"kernel": 5}])(
    lambda rng, length=13, width=2: (length, width)
)
paper.component("layer", of=restricted_self_attention_cost, settings=[{"neighbourhood": 3}, {"neighbourhood": 5}])(
    lambda rng, length=13, width=2: (length, width)
)
