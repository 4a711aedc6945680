"""Layers and stacks (sections 3.1 and 3.3), and the whole model (section 3)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from ectype.traits import Causal, Cost, IgnoresPadding, PermutationEquivariant
from torch import nn
from torch.nn import functional as F

from ectype_transformer.attention import MultiHeadAttention, padding_mask
from ectype_transformer.claims import oracles, torch_names
from ectype_transformer.claims.positions import TorchEmbedding
from ectype_transformer.claims.shared import TINY, at_random, ends, fresh, normal, paper, refusal, some_of, until
from ectype_transformer.decoder import Decoder, DecoderLayer
from ectype_transformer.encoder import Encoder, EncoderLayer
from ectype_transformer.feed_forward import PositionWiseFeedForward
from ectype_transformer.positions import LearnedPositions
from ectype_transformer.transformer import Transformer

# The feed-forward network (section 3.3)


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
    return torch_names.renamed(ours, {"inner": "0", "outer": "2"})


@paper.property("Sec. 3.3", "it is two convolutions with kernel size 1")
def two_convolutions(rng):
    network, x = at_random(rng, lambda: PositionWiseFeedForward(4, 7)), normal(rng, 2, 4, 5)
    hidden = F.conv1d(x, network.inner.weight[..., None], network.inner.bias).relu()
    return network(x.mT).mT, F.conv1d(hidden, network.outer.weight[..., None], network.outer.bias)


# Layers and stacks (section 3.1)


NARROW = {"d_model": 8, "heads": 2, "d_ff": 12}
WIDTHS = [
    NARROW,
    NARROW | {"heads": 4, "bias": True, "dropout": 0.0},
    {"d_model": 6, "heads": 4, "d_ff": 5, "d_k": 3, "d_v": 2},
]


@paper.component("layer", of=EncoderLayer, settings=WIDTHS, traits=[IgnoresPadding("length", 1)])
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
    if not torch_names.expressible(d_model, heads, d_k, d_v):
        return None
    return torch_names.without_biases(nn.TransformerEncoderLayer(d_model, heads, d_ff, batch_first=True), bias)


torch_encoder_layer.weights(torch_names.encoder_layer)
torch_encoder_layer.call(torch_names.call_encoder)


@paper.component("layer", of=DecoderLayer, settings=WIDTHS, traits=[Causal("length")])
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
    if not torch_names.expressible(d_model, heads, d_k, d_v):
        return None
    return torch_names.without_biases(nn.TransformerDecoderLayer(d_model, heads, d_ff, batch_first=True), bias)


torch_decoder_layer.weights(torch_names.decoder_layer)
torch_decoder_layer.call(torch_names.call_decoder)


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
    settings=[{"layers": Layers(EncoderLayer, 2)}, {"layers": Layers(EncoderLayer, 1, heads=4, bias=True)}],
    traits=[PermutationEquivariant("length"), IgnoresPadding("length", 1)],
)
def encoder_inputs(rng, d_model, batch=2, length=4):
    return sequences.draw(rng, d_model, batch, length)


paper.equation("Sec. 3.1", of=Encoder)(oracles.encoder)


@paper.reference(of=Encoder, id="torch")
def torch_encoder(count, d_model, heads, d_ff, bias):
    layer = nn.TransformerEncoderLayer(d_model, heads, d_ff, batch_first=True)
    return torch_names.without_biases(nn.TransformerEncoder(layer, count, enable_nested_tensor=False), bias)


torch_encoder.weights(lambda ours: torch_names.stack(ours, torch_names.encoder_layer))
torch_encoder.call(torch_names.call_encoder)


@paper.component(
    "model",
    of=Decoder,
    settings=[{"layers": Layers(DecoderLayer, 2)}, {"layers": Layers(DecoderLayer, 1, heads=4, bias=True)}],
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
    return torch_names.without_biases(nn.TransformerDecoder(layer, count), bias)


torch_decoder.weights(lambda ours: torch_names.stack(ours, torch_names.decoder_layer))
torch_decoder.call(torch_names.call_decoder)


@paper.property("Sec. 3.2.3", "the Jacobian of the decoder is exactly zero above the diagonal of positions", draws=5)
def causal_jacobian(rng):
    decoder = at_random(rng, lambda: Decoder(Layers(DecoderLayer, 2)))
    memory = normal(rng, 3, 8)
    jacobian = torch.func.jacrev(lambda x: decoder(x, memory, until(5)))(normal(rng, 5, 8)).abs().amax(dim=(1, 3))
    return (jacobian.triu(1) == 0) & ((jacobian > 0) | ~until(5))


@paper.property("Sec. 3.5", "without positions the encoder is equivariant to permutations of the tokens", draws=5)
def equivariant_without_positions(rng):
    encoder, x = at_random(rng, lambda: Encoder(Layers(EncoderLayer, 2))), normal(rng, 5, 8)
    order = torch.randperm(5, generator=rng)
    return encoder(x[order]), encoder(x)[order]


@paper.property(
    "Sec. 3.5", "with positions the encoder is equivariant to permutations of the tokens", holds=False, draws=5
)
def equivariant_with_positions(rng):
    model, order = at_random(rng, lambda: Transformer(TINY)), torch.tensor([1, 2, 3, 4, 0])
    tokens = torch.randint(3, 11, (1, 5), generator=rng)
    return model.encode(tokens[:, order]), model.encode(tokens)[:, order]


@paper.property("Sec. 3.2.3", "the decoder may attend over the encoder's output in any order", draws=5)
def memory_in_any_order(rng):
    decoder = at_random(rng, lambda: Decoder(Layers(DecoderLayer, 2)))
    x, memory, order = normal(rng, 4, 8), normal(rng, 6, 8), torch.randperm(6, generator=rng)
    return decoder(x, memory[order]), decoder(x, memory)


@paper.property(
    "Sec. 3.1",
    "at the start every position that leaves a stack has mean 0 and variance 1, as a normalization comes last",
    tolerance=1e-4,
    because="layer normalization adds 1e-5 to the variance",
    draws=5,
)
def normalized_at_the_end(rng):
    stack, x = fresh(rng, lambda: Encoder(Layers(EncoderLayer, 2))), normal(rng, 5, 8)
    y = stack(x)
    moments = torch.stack((y.mean(dim=-1), y.var(dim=-1, correction=0)))
    return moments, torch.tensor([[0.0], [1.0]]).expand(2, 5)


# The whole model (section 3)


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
        self.encoder = torch_encoder.build(layers, d_model, heads, d_ff, False)
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
    if not torch_names.expressible(d_model, heads, d_k, d_v):
        return None
    return TorchTransformer(vocabulary, d_model, heads, layers, d_ff, padding, learned_positions)


@torch_transformer.weights
def _(ours):
    tables = [name for name in ("source_positions", "target_positions") if f"{name}.table" in ours]
    return {
        "embedding.weight": ours["embedding.weight"],
        **torch_names.stack(ours, torch_names.encoder_layer, "encoder.", "encoder."),
        **torch_names.stack(ours, torch_names.decoder_layer, "decoder.", "decoder."),
        **{f"{name}.weight": ours[f"{name}.table"] for name in tables},
    }


@paper.property("Sec. 3.1", "the predictions for a position depend only on the known outputs before it", draws=5)
def predictions_look_back(rng):
    model = at_random(rng, lambda: Transformer(TINY))
    source, target = source_and_target.draw(rng, 11, 0)
    place = int(torch.randint(1, 4, (), generator=rng))
    changed = target.clone()
    changed[:, place:] = torch.randint(11, changed[:, place:].shape, generator=rng)
    return model(source, changed)[:, :place], model(source, target)[:, :place]


@paper.property(
    "Sec. 3.2.3", "padding at the end of the source changes nothing, also where masks are left to the model", draws=5
)
def padding_is_absent(rng):
    model = at_random(rng, lambda: Transformer(replace(TINY, padding=2)))
    source, target = source_and_target.draw(rng, 11, 2)
    longer = F.pad(source, (0, 3), value=2)
    halves = model.decode(target, model.encode(longer), padding_mask(longer, 2))
    return torch.stack((model(longer, target), halves)), model(source, target).expand(2, -1, -1, -1)


@paper.property("Sec. 3.2.3", "what a given mask hides from the encoder is absent, padding or not", draws=5)
def given_mask_is_used(rng):
    model, tokens = at_random(rng, lambda: Transformer(TINY)), torch.randint(1, 11, (2, 6), generator=rng)
    return model.encode(tokens, (torch.arange(6) < 4).expand(2, 1, 6))[:, :4], model.encode(tokens[:, :4])


@paper.property("Sec. 3", "settings that cannot be meant are refused, every one of them by name and value", draws=1)
def settings_are_refused(rng):
    least = ("vocabulary", "d_model", "heads", "layers", "d_ff", "d_k", "d_v", "learned_positions")
    texts = {f"{name} must be at least 1; received {value}": {name: value} for name in least for value in (0, -2)}
    texts |= {
        "d_model must be even; received 9": {"d_model": 9},
        "received d_model=8, heads=3": {"heads": 3},
        "dropout must be in [0, 1); received 1": {"dropout": 1.0},
        "dropout must be in [0, 1); received -0.5": {"dropout": -0.5},
        "padding must be a token id below vocabulary=11; received 11": {"padding": 11},
        "padding must be a token id below vocabulary=11; received -1": {"padding": -1},
    }
    refused = [text in refusal(lambda change=change: replace(TINY, **change)) for text, change in texts.items()]
    several = refusal(lambda: replace(TINY, heads=3, d_k=2, layers=0))
    allowed = [{"heads": 3, "d_k": 2, "d_v": 1}, {"padding": 10}, {"dropout": 0.0}, dict.fromkeys(least[2:], 1)]
    accepted = [refusal(lambda change=change: replace(TINY, **change)) == "" for change in allowed]
    both = "heads=3" in several and "layers" in several
    given = replace(TINY, d_k=3, d_v=5)
    widths = (given.key_width, given.value_width, TINY.key_width, TINY.value_width) == (3, 5, 4, 4)
    return all([*refused, *accepted, both, widths])


@paper.property("Sec. 3.2.3", "without padding the decoder needs no mask of the encoder's output", draws=5)
def memory_mask_may_be_left_out(rng):
    model = at_random(rng, lambda: Transformer(TINY))
    source, target = torch.randint(1, 11, (2, 2, 5), generator=rng)
    return model.decode(target, model.encode(source)), model(source, target)


@paper.property(
    "Sec. 3", "at the start matrices are Glorot uniform and biases zero (tensor2tensor; the paper is silent)", draws=2
)
def initial_weights(rng):
    makers = [
        lambda: MultiHeadAttention(64, 2, 20, 40, bias=True),
        lambda: PositionWiseFeedForward(64, 100),
        lambda: LearnedPositions(60, 80),
    ]
    parameters = [parameter for make in makers for parameter in fresh(rng, make).parameters()]
    zero = [not parameter.any() for parameter in parameters if parameter.dim() == 1]
    scaled = [parameter / math.sqrt(6 / sum(parameter.shape)) for parameter in parameters if parameter.dim() == 2]
    return all(zero) and all(0.98 < w.abs().max() <= 1 and 0.3 < w.square().mean() < 0.37 for w in scaled)


# Where paper, code and libraries differ

norm_order = paper.disagreement(
    "place of the normalization",
    "The paper normalizes after each addition. Four months later the authors' default became to normalize the input of each "
    "sub-layer instead, with a longer warm-up: then the variance of the sum grows with depth.",
    at="Sec. 3.1",
    follow="paper",
)


@norm_order.reading("paper", source="Sec. 3.1")
def _(layer, x):
    return layer(x)


@norm_order.reading("transformer_base_v2", source="tensor2tensor bafdc1b6, common_hparams.py l. 127-131, d5bdfcc8")
def _(layer, x):
    normed = layer.attention_norm(x)
    x = x + layer.attention(normed, normed, normed)
    return x + layer.feed_forward(layer.feed_forward_norm(x))


def six_layers(reading):
    """Six layers at the start, in the order of a reading; their output for unit inputs."""
    rng = torch.Generator().manual_seed(0)
    layers = [fresh(rng, lambda: EncoderLayer(64, 4, 256)) for _ in range(6)]
    x = normal(rng, 16, 10, 64)
    for layer in layers:
        x = reading(layer, x)
    return layers, x, normal(rng, 16, 10, 64)


@norm_order.measure("variance of the output of six layers at the start")
def _(reading):
    return round(float(six_layers(reading)[1].var()), 2)


@norm_order.measure("gradient of the last layer's W_2 over the first layer's at the start")
def _(reading):
    layers, output, direction = six_layers(reading)
    (output * direction).sum().backward()
    first, last = (layers[i].feed_forward.outer.weight.grad.norm() for i in (0, -1))
    return round(float(last / first), 2)


constant = paper.disagreement(
    "constant of the normalization",
    "The paper names no constant that keeps the variance from zero; we use torch's.",
    at="Sec. 3.1",
    follow="torch",
)


@constant.reading("tensor2tensor", source="tensor2tensor 3d9c62f2, common_layers.py l. 359")
def _():
    return nn.LayerNorm(2, eps=1e-6)


@constant.reading("torch", source="torch, nn.LayerNorm")
def _():
    return EncoderLayer(2, 1, 1).attention_norm


@constant.measure("what normalization makes of -0.001 and 0.001")
def _(reading):
    normalized = reading()(torch.tensor([-0.001, 0.001])).tolist()
    return " and ".join(f"{value:.3f}" for value in normalized)
