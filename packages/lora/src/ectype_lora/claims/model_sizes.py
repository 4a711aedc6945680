"""Sizes of the models that are adapted: the rows of full fine-tuning (Tables 2, 3, 4, 11 and 13 to 15)."""

import torch

from ectype_lora.claims import oracles
from ectype_lora.claims.shared import count, decoder_on_meta, on_meta, paper
from ectype_lora.presets import GPT2_LARGE, GPT2_MEDIUM, GPT3


def size(settings):
    """Parameters of a decoder; the output matrix is that of the tokens."""
    return count(decoder_on_meta(settings).parameters())


def by_formula(settings):
    return oracles.decoder_size(settings.d_model, settings.layers, settings.vocabulary, settings.context)


@paper.property("Tab. 3", "the decoder has the parameters that its formula says", draws=1)
def sizes_of_decoders(rng):
    all_three = GPT2_MEDIUM, GPT2_LARGE, GPT3
    return [size(settings) for settings in all_three], [by_formula(settings) for settings in all_three]


GPT2 = {"GPT-2 M": GPT2_MEDIUM, "GPT-2 L": GPT2_LARGE}


@paper.claim("Tab. 3", "parameters", printed={"GPT-2 M": "354.92", "GPT-2 L": "774.03"}, unit="million")
def full_fine_tuning(row):
    return size(GPT2[row]) / 1e6


@full_fine_tuning.derivation
def _(row):
    return by_formula(GPT2[row]) / 1e6


@paper.claim("Tab. 13", "parameters in full fine-tuning", printed={"GPT-2 M": "354", "GPT-2 L": "774"}, unit="million")
def full_fine_tuning_again(row):
    return size(GPT2[row]) / 1e6


@full_fine_tuning_again.derivation
def _(row):
    return by_formula(GPT2[row]) / 1e6


def last_layers():
    layers = decoder_on_meta(GPT2_MEDIUM).layers[-2:]
    return count(layers.parameters())


def last_layers_by_formula():
    return 2 * (12 * 1024**2 + 13 * 1024)


@paper.claim("Tab. 3", "trained parameters of the last two layers of GPT-2 M", printed="25.19", unit="million")
def top_two():
    return last_layers() / 1e6


@top_two.derivation
def _():
    return last_layers_by_formula() / 1e6


@paper.claim("Tab. 13", "trained parameters of the last two layers of GPT-2 M", printed="24", unit="million")
def top_two_again():
    return last_layers() / 1e6


@top_two_again.derivation
def _():
    return last_layers_by_formula() / 1e6


@paper.claim(
    "Tab. 4",
    "parameters of GPT-3",
    printed="175255.8",
    unit="million",
    missing="what GPT-3 has beyond the layers, widths and tokens of its paper; its code is not public",
)
def all_of_gpt3():
    return size(GPT3) / 1e6


@paper.claim("Tab. 15", "parameters of GPT-3", printed="175", unit="billion")
def all_of_gpt3_again():
    return size(GPT3) / 1e9


@paper.claim(
    "Tab. 4",
    "trained biases of GPT-3",
    printed="14.2",
    unit="million",
    missing="which biases GPT-3 has; its code is not public. With those of GPT-2, eleven d_model a layer, it is less",
)
def biases_of_gpt3():
    return sum(value.numel() for name, value in decoder_on_meta(GPT3).named_parameters() if name.endswith("bias")) / 1e6


# Encoders

ROBERTA = {
    "base": {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072},
    "large": {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096},
}


def roberta(which, of="RobertaModel", **more):
    """RoBERTa (Liu et al. 2019, appendix B) without memory for its weights."""
    import transformers

    sizes = {"vocab_size": 50_265, "max_position_embeddings": 514, "type_vocab_size": 1}
    config = transformers.RobertaConfig(**sizes, **ROBERTA[which], **more)
    return on_meta(lambda: getattr(transformers, of)(config))


def deberta():
    """DeBERTa v2 XXL as its public configuration has it, without memory for its weights."""
    import transformers

    config = transformers.DebertaV2Config(
        vocab_size=128_100,
        hidden_size=1536,
        num_hidden_layers=48,
        num_attention_heads=24,
        intermediate_size=6144,
        relative_attention=True,
        position_buckets=256,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        pos_att_type=["p2c", "c2p"],
        conv_kernel_size=3,
        conv_act="gelu",
        position_biased_input=False,
        type_vocab_size=0,
    )
    return on_meta(lambda: transformers.DebertaV2Model(config))


ENCODERS = {
    "RoBERTa base": lambda: roberta("base"),
    "RoBERTa large": lambda: roberta("large"),
    "DeBERTa XXL": deberta,
}


@paper.claim(
    "Tab. 2",
    "parameters in full fine-tuning",
    printed={"RoBERTa base": "125.0", "RoBERTa large": "355.0", "DeBERTa XXL": "1500.0"},
    unit="million",
    needs="transformers",
)
def encoders(row):
    return count(ENCODERS[row]().parameters()) / 1e6


@encoders.derivation
def _(row):
    if row == "DeBERTa XXL":
        d = 1536
        positions, convolution, norms = 512 * d, 3 * d * d + d, 2 * (2 * d)
        return oracles.encoder_size(d, 48, 128_100, positions + convolution + norms) / 1e6
    d, layers = {"RoBERTa base": (768, 12), "RoBERTa large": (1024, 24)}[row]
    return oracles.encoder_size(d, layers, 50_265 + 514 + 1, d * d + d) / 1e6


@paper.claim(
    "Sec. 5.2",
    "parameters, in the text",
    printed={"RoBERTa base": "125", "RoBERTa large": "355"},
    unit="million",
    needs="transformers",
)
def encoders_in_the_text(row):
    return count(ENCODERS[row]().parameters()) / 1e6


@paper.claim("Sec. 5.3", "parameters of DeBERTa XXL, in the text", printed="1.5", unit="billion", needs="transformers")
def deberta_in_the_text():
    return count(deberta().parameters()) / 1e9


@paper.claim("Tab. 2", "trained biases of RoBERTa base", printed="0.1", unit="million", needs="transformers")
def biases_of_roberta():
    named = roberta("base", add_cross_attention=False).named_parameters()
    return sum(value.numel() for name, value in named if name.endswith("bias")) / 1e6


@paper.property("Tab. 3", "GPT-2 of transformers has the same number of parameters", draws=1, needs="transformers")
def sizes_of_transformers(rng):
    from transformers import GPT2Config, GPT2Model

    theirs = [
        on_meta(lambda s=s: GPT2Model(GPT2Config(n_embd=s.d_model, n_layer=s.layers, n_head=s.heads)))
        for s in (GPT2_MEDIUM, GPT2_LARGE)
    ]
    return torch.tensor([count(model.parameters()) for model in theirs]), torch.tensor(
        [size(GPT2_MEDIUM), size(GPT2_LARGE)]
    )
