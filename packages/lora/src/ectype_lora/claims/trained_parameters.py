"""How many parameters each method trains: the second column of Tables 2, 3, 4, 5, 13 and 15."""

from functools import partial

import torch
from ectype.declarations import Target
from torch import nn

from ectype_lora.claims.model_sizes import deberta, roberta
from ectype_lora.claims.shared import OFFICIAL, on_meta, paper, trained
from ectype_lora.decoder import Decoder
from ectype_lora.injection import adapt
from ectype_lora.low_rank_linear import LowRankLinear
from ectype_lora.low_rank_projections import LowRankProjections
from ectype_lora.presets import GPT2_LARGE, GPT2_MEDIUM, GPT3
from ectype_lora.trainable_parameters import (
    adapter_layer_parameters,
    lora_parameters,
    prefix_embedding_parameters,
    prefix_layer_parameters,
)

# The formulas of section 5.1


@paper.component("layer", of=lora_parameters)
def sizes_of_lora(rng, d_model=8, matrices=4, r=2):
    return d_model, matrices, r


@paper.equation("Sec. 5.1", of=lora_parameters)
def _(d_model, matrices, r):
    shapes = [(d_model, r), (r, d_model)] * matrices
    return sum(rows * columns for rows, columns in shapes)


@paper.component("layer", of=adapter_layer_parameters, settings=[{"layer_norms": 0}, {"layer_norms": 3}])
def sizes_of_adapters(rng, d_model=8, adapters=4, r=2):
    return d_model, adapters, r


@paper.equation("Sec. 5.1", of=adapter_layer_parameters)
def _(d_model, adapters, r, layer_norms):
    down, up = d_model * r + r, r * d_model + d_model
    return sum(down + up for _ in range(adapters)) + sum(d_model + d_model for _ in range(layer_norms))


@paper.component("layer", of=prefix_embedding_parameters)
def sizes_of_embeddings(rng, d_model=8, prefix=4, infix=2):
    return d_model, prefix, infix


@paper.equation("Sec. 5.1", of=prefix_embedding_parameters)
def _(d_model, prefix, infix):
    return sum(d_model for _ in range(prefix)) + sum(d_model for _ in range(infix))


@paper.component("layer", of=prefix_layer_parameters)
def sizes_of_prefixes(rng, d_model=8, prefix=4, infix=2, layers=3):
    return d_model, prefix, infix, layers


@paper.equation("Sec. 5.1", of=prefix_layer_parameters)
def _(d_model, prefix, infix, layers):
    return sum(d_model * prefix + d_model * infix for _ in range(layers))


class AdapterLayer(nn.Sequential):
    """Two dense layers with biases and a nonlinearity in between, as section 5.1 describes them."""

    def __init__(self, d_model, r):
        super().__init__(nn.Linear(d_model, r), nn.ReLU(), nn.Linear(r, d_model))


@paper.property("Sec. 5.1", "modules with these parameters have as many as the formulas say", draws=5)
def counted_modules(rng):
    d, n, r, norms = (int(size) for size in torch.randint(1, 6, (4,), generator=rng))
    adapter_layers = nn.ModuleList([*(AdapterLayer(d, r) for _ in range(n)), *(nn.LayerNorm(d) for _ in range(norms))])
    model = nn.Sequential(*(nn.Linear(d, d) for _ in range(n)))
    adapt(model, [str(index) for index in range(n)], partial(LowRankLinear.around, r=r, alpha=1.0))
    prefix = nn.Embedding(n + r, d)
    return (
        [trained(adapter_layers), trained(model), trained(prefix)],
        [adapter_layer_parameters(d, n, r, norms), lora_parameters(d, n, r), prefix_embedding_parameters(d, n, r)],
    )


# LoRA: adapters around the layers of a model

LETTERS = {"q": "query", "k": "key", "v": "value", "o": "output"}


def with_adapters(make, targets, r):
    """Parameters that are trained once some layers of a model have factors of rank r."""
    model = make()
    adapt(model, targets, partial(LowRankLinear.around, r=r, alpha=1.0))
    return trained(model)


def decoder(settings, weights, r):
    return with_adapters(lambda: on_meta(lambda: Decoder(settings)), [LETTERS[letter] for letter in weights], r)


def formula(settings, weights, r):
    return 2 * (settings.layers * len(weights)) * settings.d_model * r


def parse(row):
    """Letters and rank of a row such as "qv r=4"."""
    weights, r = row.split(" r=")
    return weights, int(r)


@paper.claim("Tab. 4", "trained parameters of GPT-3", printed={"qv r=1": "4.7", "qv r=8": "37.7"}, unit="million")
def gpt3(row):
    return decoder(GPT3, *parse(row)) / 1e6


@gpt3.derivation
def _(row):
    return formula(GPT3, *parse(row)) / 1e6


@paper.claim(
    "Tab. 5",
    "trained parameters of GPT-3 for a budget of 18M",
    printed=dict.fromkeys(("q r=8", "k r=8", "v r=8", "o r=8", "qk r=4", "qv r=4", "qkvo r=2"), "18"),
    unit="million",
)
def budget(row):
    return decoder(GPT3, *parse(row)) / 1e6


@budget.derivation
def _(row):
    return formula(GPT3, *parse(row)) / 1e6


TABLE_15 = {
    "v r=2": "4.7",
    "qv r=1": "4.7",
    "qv r=2": "9.4",
    "qkvo r=1": "9.4",
    "qv r=4": "18.8",
    "qkvo r=2": "18.8",
    "qv r=8": "37.7",
    "qkvo r=4": "37.7",
    "qv r=64": "301.9",
    "qkvo r=64": "603.8",
}


@paper.claim("Tab. 15", "trained parameters of GPT-3 with LoRA", printed=TABLE_15, unit="million")
def all_ranks(row):
    return decoder(GPT3, *parse(row)) / 1e6


@all_ranks.derivation
def _(row):
    return formula(GPT3, *parse(row)) / 1e6


def combined(row, prefix_parameters):
    return decoder(GPT3, "qv", int(row.removeprefix("r="))) + prefix_parameters


PLUS_EMBEDDING = {"r=8": "37.8", "r=32": "151.1", "r=64": "302.1"}


@paper.claim(
    "Tab. 15", "trained parameters of LoRA with prefix embeddings, 8 + 4", printed=PLUS_EMBEDDING, unit="million"
)
def lora_and_embeddings(row):
    return combined(row, prefix_embedding_parameters(GPT3.d_model, 8, 4)) / 1e6


@lora_and_embeddings.derivation
def _(row):
    return (2 * 192 * 12_288 * int(row.removeprefix("r=")) + 12 * 12_288) / 1e6


@paper.claim("Tab. 15", "trained parameters of LoRA with prefix layers, 8 + 4", printed={"r=8": "52.8"}, unit="million")
def lora_and_layers(row):
    return combined(row, prefix_layer_parameters(GPT3.d_model, 8, 4, GPT3.layers)) / 1e6


@lora_and_layers.derivation
def _(row):
    return (2 * 192 * 12_288 * int(row.removeprefix("r=")) + 96 * 12 * 12_288) / 1e6


# Prefixes

EMBEDDINGS = {"32+8": "0.4", "64+8": "0.9", "128+8": "1.7", "256+8": "3.2", "512+8": "6.4"}


def both(row):
    return (int(number) for number in row.split("+"))


@paper.claim("Tab. 15", "trained prefix embeddings of GPT-3, l_p + l_i", printed=EMBEDDINGS, unit="million")
def prefix_embeddings(row):
    return prefix_embedding_parameters(GPT3.d_model, *both(row)) / 1e6


@prefix_embeddings.derivation
def _(row):
    return nn.Embedding(sum(both(row)), 12_288, device="meta").weight.numel() / 1e6


LAYERS = {"2+2": "5.1", "8+0": "10.1", "8+8": "20.2", "32+4": "44.1", "64+0": "76.1"}


@paper.claim("Tab. 15", "trained prefix layers of GPT-3, l_p + l_i", printed=LAYERS, unit="million")
def prefix_layers(row):
    return prefix_layer_parameters(GPT3.d_model, *both(row), GPT3.layers) / 1e6


@prefix_layers.derivation
def _(row):
    return 96 * nn.Embedding(sum(both(row)), 12_288, device="meta").weight.numel() / 1e6


@paper.claim("Tab. 4", "trained prefixes of GPT-3", printed={"embeddings": "3.2", "layers": "20.2"}, unit="million")
def best_prefixes(row):
    # App. D.4: l_p = 256 and l_i = 8 for embeddings, 8 and 8 for layers
    if row == "embeddings":
        return prefix_embedding_parameters(GPT3.d_model, 256, 8) / 1e6
    return prefix_layer_parameters(GPT3.d_model, 8, 8, GPT3.layers) / 1e6


@best_prefixes.derivation
def _(row):
    return (264 if row == "embeddings" else 96 * 16) * 12_288 / 1e6


# Adapter layers

GPT3_ADAPTERS = {"r=1": "7.1", "r=4": "21.2", "r=8": "40.1", "r=16": "77.9", "r=64": "304.4"}


@paper.claim("Tab. 15", "trained adapters of GPT-3, two a layer", printed=GPT3_ADAPTERS, unit="million")
def adapters_of_gpt3(row):
    return adapter_layer_parameters(GPT3.d_model, 2 * GPT3.layers, int(row.removeprefix("r="))) / 1e6


@adapters_of_gpt3.derivation
def _(row):
    return 192 * trained(on_meta(lambda: AdapterLayer(12_288, int(row.removeprefix("r="))))) / 1e6


@paper.claim("Tab. 4", "trained adapters of GPT-3, two a layer", printed={"r=1": "7.1", "r=8": "40.1"}, unit="million")
def adapters_of_gpt3_again(row):
    return adapter_layer_parameters(GPT3.d_model, 2 * GPT3.layers, int(row.removeprefix("r="))) / 1e6


# Tab. 9: bottlenecks of 64 and 16 with one adapter a layer, of 64 and 8 with two
ROBERTA_ADAPTERS = {"P r=64": "3.0", "P r=16": "0.8", "H r=64": "6.0", "H r=8": "0.8"}


@paper.claim("Tab. 2", "trained adapters of RoBERTa large", printed=ROBERTA_ADAPTERS, unit="million")
def adapters_of_roberta(row):
    design, r = row.split(" r=")
    return adapter_layer_parameters(1024, {"P": 24, "H": 48}[design], int(r)) / 1e6


@adapters_of_roberta.derivation
def _(row):
    design, r = row.split(" r=")
    return {"P": 24, "H": 48}[design] * trained(on_meta(lambda: AdapterLayer(1024, int(r)))) / 1e6


# Adapters of GPT-2: the bottleneck is not printed; it is the one that comes nearest to the printed number

GPT2 = {"M": GPT2_MEDIUM, "L": GPT2_LARGE}
NEAREST = {
    "L of GPT-2 M, small": "0.37",
    "L of GPT-2 M": "11.09",
    "L of GPT-2 L, small": "0.88",
    "L of GPT-2 L": "23.00",
}
H_OF_GPT2 = {"H of GPT-2 M": "11.09"}


def nearest_adapters(row, printed):
    """Trained parameters, in millions, with the bottleneck that brings them nearest to the printed number."""
    settings = GPT2[row.split(",")[0][-1]]
    a_layer, norms = (1, settings.layers) if row[0] == "L" else (2, 0)
    counts = (
        adapter_layer_parameters(settings.d_model, a_layer * settings.layers, r, norms) / 1e6 for r in range(1, 1000)
    )
    return min(counts, key=lambda number: abs(number - float(printed)))


for row, printed in NEAREST.items():
    paper.not_attempted(
        "Tab. 3",
        f"trained parameters, adapter {row}",
        printed=printed,
        unit="million",
        because="the bottleneck is not printed; a whole number gives these digits, see the property bottlenecks",
    )


@paper.claim(
    "Tab. 3",
    "trained parameters with two adapters a layer, for the bottleneck that comes nearest",
    printed=H_OF_GPT2,
    unit="million",
    missing="the bottleneck; no whole number gives the printed digits",
)
def adapters_h_of_gpt2(row):
    return nearest_adapters(row, H_OF_GPT2[row])


# Encoders


@paper.claim(
    "Tab. 2", "trained parameters of RoBERTa large, r 8 on q, v", printed="0.8", unit="million", needs="transformers"
)
def roberta_large():
    return with_adapters(lambda: roberta("large"), ["self.query", "self.value"], 8) / 1e6


@roberta_large.derivation
def _():
    return lora_parameters(1024, 2 * 24, 8) / 1e6


head = paper.disagreement(
    "the head of RoBERTa",
    "Table 2 counts the factors alone. The README of the official code prints 0.8M for the same model, and its checkpoints "
    "hold the classification head, which is trained, too, and has twice as many parameters.",
    at="Tab. 2",
    follow="paper",
    id="head-of-roberta",
)


def roberta_base():
    return with_adapters(lambda: roberta("base"), ["self.query", "self.value"], 8)


@head.reading("paper", source="Sec. 5.1: 2 L_LoRA d_model r")
def _():
    return roberta_base()


@head.reading("official code", source=f"{OFFICIAL}, README.md and examples/NLU/roberta_base_lora_mnli.bin")
def _():
    model = roberta("base", "RobertaForSequenceClassification", num_labels=3)
    return roberta_base() + sum(parameter.numel() for parameter in model.classifier.parameters())


@paper.claim(
    "Tab. 2",
    "trained parameters of RoBERTa base, r 8 on q, v, by",
    printed={"paper": "0.3", "README": Target("0.8", source=f"{OFFICIAL} README.md")},
    unit="million",
    under=head,
    needs="transformers",
)
def roberta_base_lora(row, reading):
    return reading() / 1e6


rank = paper.disagreement(
    "rank for DeBERTa XXL",
    "Table 10 says r = 8 and alpha = 8, which is half of the parameters that Table 2 prints. The scripts of the official code "
    "have r = 16 and alpha = 32, with which they come out.",
    at="Tab. 10, Tab. 2",
    follow="paper",
    id="rank-of-deberta-xxl",
)


@rank.reading("paper", source="Tab. 10")
def _():
    return 8, 8.0


@rank.reading("official code", source=f"{OFFICIAL}, examples/NLU/deberta_v2_xxlarge_mnli.sh")
def _():
    return 16, 32.0


@paper.claim(
    "Tab. 2", "trained parameters of DeBERTa XXL", printed="4.7", unit="million", under=rank, needs="transformers"
)
def deberta_lora(reading):
    return with_adapters(deberta, ["query_proj", "value_proj"], reading()[0]) / 1e6


@deberta_lora.derivation
def _(reading):
    return lora_parameters(1536, 2 * 48, reading()[0]) / 1e6


@rank.measure("scale alpha / r")
def _(reading):
    r, alpha = reading()
    return alpha / r


# GPT-2

row_of_gpt2 = paper.disagreement(
    "trained parameters of GPT-2",
    "Rank 4 on queries and values (Table 11) gives neither number that Tables 3 and 13 print for LoRA, and no rank does. The "
    "rows of prefix tuning print the same numbers, which no number of tokens gives. Both are 0.1 % of the whole model, the "
    "share by which Li and Liang 2021 name prefix tuning.",
    at="Tab. 3, Tab. 11, Tab. 13",
    follow="paper",
)

PRINTED_FULL = {"M": 354.92, "L": 774.03}


@row_of_gpt2.reading("paper", source="Tab. 11: r_q = r_v = 4; Sec. 5.1")
def _(which):
    return decoder(GPT2[which], "qv", 4)


@row_of_gpt2.reading(
    "0.1 % of the model", source="Li and Liang 2021, Table 1: prefix tuning (0.1%); Tab. 3: 354.92M, 774.03M"
)
def _(which):
    return PRINTED_FULL[which] * 1e6 / 1000


@paper.claim(
    "Tab. 3",
    "trained parameters of GPT-2 with LoRA",
    printed={"M": "0.35", "L": "0.77"},
    unit="million",
    under=row_of_gpt2,
)
def gpt2(row, reading):
    return reading(row) / 1e6


@gpt2.derivation
def _(row, reading):
    return (formula(GPT2[row], "qv", 4) if reading.name == "paper" else 0.001e6 * PRINTED_FULL[row]) / 1e6


def comes_out(value, printed):
    """Whether digits come out of a value, rounded or cut off."""
    unit = 10 ** -len(printed.partition(".")[2])
    return -unit / 2 <= value - float(printed) < unit


@paper.property("Tab. 3", "no total of ranks in a layer gives the printed numbers of GPT-2 with LoRA", draws=1)
def no_rank(rng):
    totals = range(1, 5000)
    found = [
        comes_out(lora_parameters(GPT2[which].d_model, GPT2[which].layers, total) / 1e6, printed)
        for which, printed in (("M", "0.35"), ("L", "0.77"))
        for total in totals
    ]
    return not any(found)


TOKENS = {"M": "0.35", "L": "0.77"}


@paper.claim(
    "Tab. 3",
    "trained prefix layers of GPT-2, for the number of tokens that comes nearest",
    printed=TOKENS,
    unit="million",
    missing="the number of tokens; no whole number gives the printed digits",
)
def prefixes_of_gpt2(row):
    settings = GPT2[row]
    counts = (prefix_layer_parameters(settings.d_model, n, 0, settings.layers) / 1e6 for n in range(1, 100))
    return min(counts, key=lambda number: abs(number - float(TOKENS[row])))


@paper.property("Tab. 3", "no number of tokens gives the printed numbers of prefix-layer tuning of GPT-2", draws=1)
def no_tokens(rng):
    found = [
        comes_out(prefix_layer_parameters(GPT2[which].d_model, tokens, 0, GPT2[which].layers) / 1e6, printed)
        for which, printed in (("M", "0.35"), ("L", "0.77"))
        for tokens in range(1, 5000)
    ]
    return not any(found)


@paper.property(
    "Tab. 3", "a bottleneck gives the digits of each adapter of one a layer, and none those of two", draws=1
)
def bottlenecks(rng):
    found = [comes_out(nearest_adapters(row, printed), printed) for row, printed in (NEAREST | H_OF_GPT2).items()]
    return found == [True] * 4 + [False]


second = paper.disagreement(
    "second setting of 37.7M",
    "Appendix D.4 gives r_q = r_k = r_v = r_o = 2 as the second setting with 37.7M parameters; Table 15 has 4 there, and 18.8M "
    "for 2.",
    at="App. D.4, Tab. 15",
    follow="Table 15",
    id="second-setting",
)


@second.reading("appendix D.4", source="App. D.4")
def _():
    return 2


@second.reading("Table 15", source="Tab. 15")
def _():
    return 4


@paper.claim("App. D.4", "trained parameters of GPT-3, all four matrices", printed="37.7", unit="million", under=second)
def second_setting(reading):
    return decoder(GPT3, "qkvo", reading()) / 1e6


@second_setting.derivation
def _(reading):
    return formula(GPT3, "qkvo", reading()) / 1e6


digits = paper.disagreement(
    "rounded or cut off",
    "Table 15 does both: 18.87 is printed as 18.8 and 301.99 as 301.9, but 7.08 as 7.1 and 77.86 as 77.9. The last row of LoRA, "
    "603.8, is neither: it is twice the 301.9 of the row before.",
    at="Tab. 15",
    follow="rounded",
)


@digits.reading("rounded", source="the convention of Tables 2 to 4")
def _(value, unit):
    return round(value / unit) * unit


@digits.reading("cut off", source="rows of LoRA in Tab. 15")
def _(value, unit):
    return int(value / unit + 1e-9) * unit


ROWS_OF_TABLE_15 = [
    *((formula(GPT3, *parse(row)), printed) for row, printed in TABLE_15.items()),
    *((2 * 192 * 12_288 * int(row[2:]) + 12 * 12_288, printed) for row, printed in PLUS_EMBEDDING.items()),
    *((12_288 * sum(both(row)), printed) for row, printed in EMBEDDINGS.items()),
    *((adapter_layer_parameters(12_288, 192, int(row[2:])), printed) for row, printed in GPT3_ADAPTERS.items()),
]


@digits.measure("rows of 23 whose digits come out")
def _(reading):
    return sum(abs(reading(number / 1e6, 0.1) - float(printed)) < 1e-6 for number, printed in ROWS_OF_TABLE_15)


fused = paper.disagreement(
    "adapting queries and values that share a matrix",
    "GPT-2 keeps queries, keys and values in one matrix. The paper adapts each projection by itself, and so does the official "
    "code; peft puts one pair of factors around the whole matrix, of as many parameters, which changes the keys, too, and "
    "shares its rank among the three.",
    at="Sec. 4.2",
    follow="paper",
    id="shared-matrix",
)


@fused.reading("paper", source="Sec. 4.2: W_q and W_v each; MergedLinear in loralib/layers.py")
def _(d, r):
    return LowRankProjections(d, 3 * d, (True, False, True), r, 1.0)


@fused.reading("peft", source="peft, default target c_attn of gpt2")
def _(d, r):
    return LowRankLinear(d, 3 * d, r, 1.0)


def random_update(adapter):
    rng = torch.Generator().manual_seed(0)
    for factor in (adapter.A, adapter.B):
        nn.init.normal_(factor, generator=rng)
    return adapter.update().detach().double()


@fused.measure("trained parameters of GPT-2 M, r = 4")
def _(reading):
    return 24 * trained(reading(1024, 4))


@fused.measure("rank of the update of the whole matrix, r = 4")
def _(reading):
    return int(torch.linalg.matrix_rank(random_update(reading(32, 4)), rtol=1e-6))


@fused.measure("rank of the update of the keys, r = 4")
def _(reading):
    return int(torch.linalg.matrix_rank(random_update(reading(32, 4)).chunk(3)[1], rtol=1e-6))
