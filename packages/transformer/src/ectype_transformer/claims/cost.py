"""What the paper prints about cost and size: Tables 1, 2 and 3."""

import inspect
import math
from dataclasses import replace
from functools import cache, partial

import torch
from torch import nn

from ectype_transformer import presets
from ectype_transformer.attention import MultiHeadAttention, scaled_dot_product_attention
from ectype_transformer.beam_search import beam_search, translate
from ectype_transformer.claims import oracles
from ectype_transformer.claims.shared import multiply_adds, paper, refusal
from ectype_transformer.complexity import (
    SUSTAINED_RATES,
    convolutional_cost,
    recurrent_cost,
    restricted_self_attention_cost,
    self_attention_cost,
    training_cost,
)
from ectype_transformer.decoder import DecoderLayer
from ectype_transformer.embedding import Embedding
from ectype_transformer.encoder import EncoderLayer
from ectype_transformer.label_smoothing import (
    label_smoothing_loss,
    label_smoothing_loss_over_others,
    least_attainable_loss,
    least_attainable_loss_over_others,
)
from ectype_transformer.position_dialects import diffusers_positions
from ectype_transformer.positions import geometric_frequencies, sinusoidal_positions
from ectype_transformer.schedule import warmup_rate, warmup_schedule
from ectype_transformer.transformer import Transformer

# A layer (Table 1)


paper.component("layer", of=self_attention_cost)(lambda rng, length=5, width=3: (length, width))
paper.component("layer", of=recurrent_cost)(lambda rng, length=5, width=3: (length, width))
convolution = paper.component("layer", of=convolutional_cost, settings=[{"kernel": 3}, {"kernel": 5}])
restriction = paper.component(
    "layer", of=restricted_self_attention_cost, settings=[{"neighbourhood": 3}, {"neighbourhood": 5}]
)
for windowed in (convolution, restriction):
    windowed(lambda rng, length=13, width=2: (length, width))
    windowed.limit("one position")(lambda rng: (1, 1))
    windowed.limit("two positions")(lambda rng: (2, 1))

paper.equation("Tab. 1", of=self_attention_cost)(oracles.self_attention_cost)
paper.equation("Tab. 1", of=recurrent_cost)(oracles.recurrent_cost)
paper.equation("Tab. 1", of=convolutional_cost)(oracles.convolutional_cost)
paper.equation("Tab. 1", of=restricted_self_attention_cost)(oracles.restricted_self_attention_cost)


def run_self_attention(n, d, _):
    x = torch.zeros(1, n, d, device="meta")
    scaled_dot_product_attention(x, x, x)


def run_recurrence(n, d, _):
    cell, state = nn.RNNCell(d, d, device="meta"), torch.zeros(1, d, device="meta")
    for x in torch.zeros(n, 1, d, device="meta"):
        state = cell(x, state)


def run_convolution(n, d, k):
    nn.Conv1d(d, d, k, padding="same", device="meta")(torch.zeros(1, d, n, device="meta"))


def run_restricted_attention(n, d, r):
    window = torch.zeros(1, n, r, d, device="meta")
    scaled_dot_product_attention(window[:, :, :1], window, window)


LAYERS = {
    "self-attention": (run_self_attention, lambda n, d, _: self_attention_cost(n, d)),
    "recurrent": (run_recurrence, lambda n, d, _: recurrent_cost(n, d)),
    "convolutional": (run_convolution, convolutional_cost),
    "restricted self-attention": (run_restricted_attention, restricted_self_attention_cost),
}


@paper.property("Tab. 1", "sizes below one, and windows without a middle, are refused by value", draws=1)
def sizes_are_refused(rng):
    costs = [cost for _, cost in LAYERS.values()]
    texts = [(refusal(partial(cost, *sizes)), text) for cost in costs for sizes, text in SIZES.items()]
    windows = [(refusal(partial(cost, 4, 4, size)), f"received {size}") for cost in costs[2:] for size in (-3, 1, 4)]
    windows += [(refusal(partial(cost, 0, 4, 4)), text) for cost in costs[2:] for text in ("length=0", "received 4")]
    return all(text in found for found, text in texts + windows) and not any(
        refusal(partial(cost, 1, 1, 3)) for cost in costs
    )


SIZES = {(0, 4, 3): "length=0", (4, 0, 3): "width=0", (-1, 4, 3): "length=-1"}


def exponent(operations, variable):
    """The exponent of n, d or the size of a window in the operations of a layer, by tripling it."""
    small = {"n": 12, "d": 8, "window": 5}
    large = small | {variable: 3 * small[variable]}
    return math.log2(operations(*large.values()) / operations(*small.values())) / math.log2(3)


@paper.claim(
    "Tab. 1",
    "exponent in the operations that torch runs for a layer",
    printed={
        "self-attention in n": "2",
        "self-attention in d": "1",
        "recurrent in n": "1",
        "recurrent in d": "2",
        "convolutional in window": "1",
        "convolutional in n": "1",
        "convolutional in d": "2",
        "restricted self-attention in window": "1",
        "restricted self-attention in n": "1",
        "restricted self-attention in d": "1",
    },
)
def operations(row):
    layer, variable = row.split(" in ")
    return exponent(lambda *sizes: multiply_adds(lambda: LAYERS[layer][0](*sizes)), variable)


@operations.derivation
def _(row):
    layer, variable = row.split(" in ")
    return exponent(lambda *sizes: LAYERS[layer][1](*sizes).operations, variable)


products = paper.disagreement(
    "cost of self-attention",
    "Table 1 counts the two products of Eq. 1; the layer of Sec. 3.2.2 has four projections besides, 4 n d^2 more.",
    at="Tab. 1, Sec. 4",
    follow="paper",
)


@products.reading("paper", source="Tab. 1")
def _(n, d):
    return multiply_adds(lambda: run_self_attention(n, d, None))


@products.reading("whole layer", source="Sec. 3.2.2")
def _(n, d):
    x, attention = torch.zeros(1, n, d, device="meta"), MultiHeadAttention(d, 8).to("meta")
    return multiply_adds(lambda: attention(x, x, x))


@products.measure("exponent of n between 64 and 128 positions, d = 512")
def _(reading):
    return math.log2(reading(128, 512) / reading(64, 512))


@products.measure("operations over those of a recurrent layer, n = 64, d = 512")
def _(reading):
    return reading(64, 512) / recurrent_cost(64, 512).operations


path = paper.disagreement(
    "path through convolutions",
    "Table 1 gives O(log_k(n)) for every convolution; Sec. 4 restricts that to dilated ones and gives O(n / k) otherwise.",
    at="Tab. 1, Sec. 4",
    follow="paper",
)


@path.reading("paper", source="Tab. 1")
def _(n):
    return convolutional_cost(n, 1, 3).path


@path.reading("contiguous kernels", source="Sec. 4")
def _(n):
    return oracles.layers_until_connected(n, 3, dilated=False)


@path.measure("layers of kernels of width 3 that connect all pairs of 512 positions")
def _(reading):
    return reading(512)


# Training (Table 2)


@paper.component("layer", of=training_cost, settings=[{}, {"rate": 2e12}])
def time_and_devices(rng):
    return float(torch.rand((), generator=rng)), int(torch.randint(1, 9, (), generator=rng))


@paper.equation("Sec. 6.1", of=training_cost, elementwise=True)
def _(seconds, devices, rate):
    return seconds * devices * rate


@paper.property("Fn. 5", "sustained rates of 2.8, 3.7, 6.0 and 9.5 TFLOPS for K80, K40, M40 and P100", draws=1)
def sustained_rates(rng):
    return SUSTAINED_RATES == {"K80": 2.8e12, "K40": 3.7e12, "M40": 6.0e12, "P100": 9.5e12}


training = paper.disagreement(
    "operations of a training",
    "Table 2 multiplies training time, devices and their sustained rate; Sec. 5.2 gives the time as hours, and as steps "
    "times step time, which is less for base; the operations that the model needs are several times fewer.",
    at="Tab. 2, Sec. 5.2",
    follow="paper",
)


@training.reading("paper", source="Sec. 5.2: base 12 hours, big 3.5 days, on 8 P100")
def _(row):
    return training_cost({"base": 12 * 3600, "big": 3.5 * 24 * 3600}[row], devices=8)


@training.reading("steps times step time", source="Sec. 5.2: base 100,000 of 0.4 s, big 300,000 of 1.0 s")
def _(row):
    return training_cost({"base": 100_000 * 0.4, "big": 300_000 * 1.0}[row], devices=8)


@training.reading(
    "counted", source="torch's FlopCounterMode on this package: 25,000 and 25,000 tokens in sentences of 25"
)
@cache
def _(row):
    preset = presets.TABLE_3[row]
    model, tokens = on_meta(preset.model), torch.ones(1000, 25, dtype=torch.long, device="meta")
    forward = 2 * multiply_adds(lambda: model(tokens, tokens))
    return 3 * forward * preset.training.steps


@training.measure("operations of the base model's training")
def _(reading):
    return reading("base")


@training.measure("operations of the big model's training")
def _(reading):
    return reading("big")


@paper.claim("Tab. 2", "training cost", printed={"base": "3.3e18", "big": "2.3e19"}, unit="FLOPs", under=training)
def cost(row, reading):
    return reading(row)


# Parameters (Table 3)


def on_meta(settings):
    """A model without memory for its weights."""
    with torch.device("meta"):
        return Transformer(settings)


@cache
def count(settings):
    return sum(parameter.numel() for parameter in on_meta(settings).parameters())


vocabulary = paper.disagreement(
    "vocabulary and biases behind Table 3",
    "With the vocabulary of about 37,000 and the projections without biases that the paper states, no row of the parameter "
    "column comes out. The first public code embeds 40,960 tokens and has biases: then all rows come out but big.",
    at="Tab. 3, Sec. 5.1, Sec. 3.2.2",
    follow="paper",
    id="vocabulary",
)

T0 = "tensor2tensor 3d9c62f2"


@vocabulary.reading("paper", source="Sec. 5.1 and 3.2.2: about 37,000 tokens, projections are matrices")
def _():
    return {"vocabulary": presets.VOCABULARY, "bias": False}


@vocabulary.reading("first code", source=f"{T0}, problem_hparams.py l. 383-400, common_attention.py l. 319-343")
def _():
    return {"vocabulary": 40_960, "bias": True}


@vocabulary.reading("first code's vocabulary alone", source=f"{T0}, problem_hparams.py l. 383-400")
def _():
    return {"vocabulary": 40_960, "bias": False}


@vocabulary.reading(
    "first code's biases alone", source=f"{T0}, common_attention.py l. 319-343, common_layers.py l. 288"
)
def _():
    return {"vocabulary": presets.VOCABULARY, "bias": True}


PRINTED = {
    "base": "65",
    "B-key-16": "58",
    "B-key-32": "60",
    "C-layers-2": "36",
    "C-layers-4": "50",
    "C-layers-8": "80",
    "C-width-256": "28",
    "C-width-1024": "168",
    "C-inner-1024": "53",
    "C-inner-4096": "90",
    "big": "213",
}


@paper.claim("Tab. 3", "parameters", printed=PRINTED, unit="million", under=vocabulary)
def parameters(row, reading):
    return count(replace(presets.TABLE_3[row].model, **reading())) / 1e6


@parameters.derivation
def _(row, reading):
    return oracles.parameters(row, **reading()) / 1e6


@vocabulary.measure("rows of 11 whose digits come out by rounding")
def _(reading):
    return sum(round(oracles.parameters(row, **reading()) / 1e6) == int(digits) for row, digits in PRINTED.items())


@vocabulary.measure("vocabularies with which all rows but big come out by rounding")
def _(reading):
    lowest, highest = 0, 10**6
    for row, digits in PRINTED.items():
        if row != "big":
            rest = oracles.parameters(row, 0, reading()["bias"])
            width = oracles.TABLE_3[row][1]
            lowest = max(lowest, math.ceil((1e6 * (int(digits) - 0.5) - rest) / width))
            highest = min(highest, math.floor((1e6 * (int(digits) + 0.5) - rest) / width))
    return f"{lowest} to {highest}"


@vocabulary.measure("millions of parameters of the base model")
def _(reading):
    return count(replace(presets.BASE.model, **reading())) / 1e6


@paper.property(
    "Tab. 3", "whatever the vocabulary: 213 for big fits the 168 of row (C) with d_model 1024", holds=False, draws=2
)
def big_against_width_1024(rng):
    sizes = {"vocabulary": int(torch.randint(1, 10**6, (), generator=rng))}
    sizes |= {"bias": bool(torch.randint(2, (), generator=rng))}
    big, wide = (count(replace(presets.TABLE_3[row].model, **sizes)) for row in ("big", "C-width-1024"))
    most = 1e6 * (214 - 167.5)  # 213 may be truncated and 168 rounded
    return min(float(big - wide), most), float(big - wide)


@paper.property("Tab. 3", "rows (A) and (D) have as many parameters as base, row (E) two tables more", draws=1)
def equal_parameters(rng):
    counts = {row: count(preset.model) - count(presets.BASE.model) for row, preset in presets.TABLE_3.items()}
    more = {"E-learned-positions": 2 * 256 * 512}
    return all(counts[row] == more.get(row, 0) for row in presets.TABLE_3 if row[0] in "ADE")


@paper.property("Tab. 3", "the presets are the rows of the table", draws=1)
def rows_of_the_table(rng):
    ours = {
        row: (
            *(preset.model.layers, preset.model.d_model, preset.model.d_ff, preset.model.heads),
            *(preset.model.key_width, preset.model.value_width, preset.model.dropout),
            *(preset.training.smoothing, preset.training.steps // 1000),
        )
        for row, preset in presets.TABLE_3.items()
    }
    learned = {row: preset.model.learned_positions for row, preset in presets.TABLE_3.items()}
    return ours == oracles.TABLE_3 and learned == {row: 256 if row[0] == "E" else None for row in ours}


@paper.property("Sec. 5.3", "Adam with beta1 0.9, beta2 0.98, epsilon 1e-9; warm-up 4000; all presets alike", draws=1)
def training_settings(rng):
    rows = [preset.training for preset in (*presets.TABLE_3.values(), presets.BIG_FRENCH)]
    found = {(t.beta1, t.beta2, t.epsilon, t.warmup, t.source_tokens, t.target_tokens) for t in rows}
    return found == {(0.9, 0.98, 1e-9, 4000, 25_000, 25_000)}


WIDTHS, SMOOTHING = {"d_k": None, "d_v": None, "bias": False}, {"smoothing": 0.1}
DEFAULTS = {
    MultiHeadAttention: WIDTHS,
    EncoderLayer: {"dropout": 0.1} | WIDTHS,
    DecoderLayer: {"dropout": 0.1} | WIDTHS,
    Embedding: {"dropout": 0.1},
    sinusoidal_positions: {"offset": 0, "dtype": None, "device": None},
    geometric_frequencies: {"shift": 0.0, "dtype": torch.float64, "device": None},
    diffusers_positions: {"flip_sin_to_cos": False, "downscale_freq_shift": 1.0},
    warmup_rate: {"warmup": 4000},
    warmup_schedule: {"warmup": 4000},
    label_smoothing_loss: SMOOTHING | {"padding": None},
    label_smoothing_loss_over_others: SMOOTHING | {"padding": None},
    least_attainable_loss: SMOOTHING,
    least_attainable_loss_over_others: SMOOTHING,
    beam_search: {"beam": 4, "penalty": 0.6},
    translate: {"beam": 4, "penalty": 0.6, "extra_length": 50},
    training_cost: {"rate": 9.5e12},
}


@paper.property("Tab. 3", "settings that are not given are those of the paper, base model", draws=1)
def default_settings(rng):
    parameters = {of: inspect.signature(of).parameters.values() for of in DEFAULTS}
    found = {of: {p.name: p.default for p in every if p.default is not p.empty} for of, every in parameters.items()}
    return found == DEFAULTS


@paper.property(
    "Sec. 6.1", "averaged: the last 5 checkpoints for base, 20 for big, 10 minutes apart; beam 4, alpha 0.6", draws=1
)
def search_settings(rng):
    averaged = {row: preset.training.averaged_checkpoints for row, preset in presets.TABLE_3.items()}
    intervals = {preset.training.checkpoint_minutes for preset in presets.TABLE_3.values()}
    search = presets.SEARCH.beam, presets.SEARCH.penalty, presets.SEARCH.extra_length
    return averaged == {row: 20 if row == "big" else 5 for row in averaged} and (intervals, search) == (
        {10.0},
        (4, 0.6, 50),
    )


@paper.property("Sec. 6.1", "the big model for English-French has dropout 0.1 and 32,000 word pieces", draws=1)
def french_settings(rng):
    ours, big = presets.BIG_FRENCH, presets.TABLE_3["big"]
    model = replace(big.model, dropout=0.1, vocabulary=32_000)
    vocabularies = {preset.model.vocabulary for preset in presets.TABLE_3.values()}
    return (ours.model, ours.training, vocabularies) == (model, big.training, {37_000})
