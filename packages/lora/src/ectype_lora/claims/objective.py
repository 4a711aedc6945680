"""What is maximised (section 2), and the decoder whose likelihood it is (sections 5.4 and 5.5)."""

from functools import partial

import torch
from ectype.traits import Causal, Reduced
from torch import nn
from torch.nn import functional as F

from ectype_lora.claims import oracles
from ectype_lora.claims.shared import TINY, at_random, fresh, normal, paper, refusal
from ectype_lora.decoder import Decoder, DecoderLayer, DecoderSettings, SelfAttention
from ectype_lora.injection import adapt
from ectype_lora.low_rank_linear import LowRankLinear
from ectype_lora.objective import CONTEXT, adapted_log_likelihood, log_likelihood
from ectype_lora.presets import GPT2_LARGE, GPT2_MEDIUM, GPT3


def some_targets(rng, batch, length, vocabulary):
    targets = torch.randint(vocabulary, (batch, length), generator=rng)
    targets[:, : length // 2] = CONTEXT
    return targets


@paper.component("loss", of=log_likelihood, traits=[Reduced("batch", by="sum")])
def logits_and_targets(rng, batch=3, length=4):
    return 2 * normal(rng, batch, length, 5), some_targets(rng, batch, length, 5)


@logits_and_targets.limit("all of it context")
def _(rng):
    return normal(rng, 1, 3, 5), torch.full((1, 3), CONTEXT)


paper.equation("Eq. 1", of=log_likelihood)(oracles.log_likelihood)


@paper.reference(of=log_likelihood, id="torch")
def _(logits, targets):
    answers = targets != CONTEXT
    return -F.nll_loss(logits[answers].log_softmax(dim=-1), targets[answers], reduction="sum")


class OneHot(nn.Module):
    """A language model whose next token depends on the last one, through one adapted dense layer."""

    def __init__(self, rng, tokens):
        super().__init__()
        self.tokens, self.layer = tokens, at_random(rng, lambda: LowRankLinear(tokens, tokens, 2, 3.0))

    def forward(self, tokens):
        return self.layer(F.one_hot(tokens, self.tokens).to(self.layer.weight))


@paper.component("loss", of=adapted_log_likelihood, traits=[Reduced("batch", by="sum")])
def model_tokens_and_targets(rng, batch=3, length=4):
    tokens = torch.randint(5, (batch, length), generator=rng)
    return OneHot(rng, 5), tokens, some_targets(rng, batch, length, 5)


paper.equation("Eq. 2", of=adapted_log_likelihood)(oracles.adapted_log_likelihood)


@paper.property("Sec. 2", "only factors may be trained: a model that is not adapted is refused by name", draws=1)
def only_factors(rng):
    tokens = torch.zeros(1, 3, dtype=torch.long)
    model = fresh(rng, lambda: Decoder(TINY))
    text = refusal(lambda: adapted_log_likelihood(model, tokens, tokens))
    adapt(model, ["query"], partial(LowRankLinear.around, r=1, alpha=1.0))
    model.norm.bias.requires_grad_(True)
    one = refusal(lambda: adapted_log_likelihood(model, tokens, tokens))
    model.norm.bias.requires_grad_(False)
    return (
        "layers.0.attention.query.weight" in text
        and one.endswith("received norm.bias")
        and not refusal(lambda: adapted_log_likelihood(model, tokens, tokens))
    )


# The decoder

SIZES = [
    DecoderSettings(d_model=8, layers=2, heads=2, vocabulary=11, context=12),
    DecoderSettings(d_model=3, layers=1, heads=3, vocabulary=5, context=12),
]


def width(rng, d_model, batch=2, length=4):
    return normal(rng, batch, length, d_model)


HEADS = [{"d_model": 6, "heads": 2}, {"d_model": 4, "heads": 1}]
paper.component("layer", of=SelfAttention, settings=HEADS, traits=[Causal("length")])(width)
paper.component("layer", of=DecoderLayer, settings=HEADS, traits=[Causal("length")])(width)


@paper.component("model", of=Decoder, settings=SIZES, traits=[Causal("length")])
def sequences(rng, vocabulary, batch=2, length=4):
    return torch.randint(vocabulary, (batch, length), generator=rng)


def gpt2_names(ours):
    """Our tensors under the names of GPT-2 in transformers, which stores dense layers transposed and q, k, v stacked."""
    theirs = {"transformer.wte.weight": ours["tokens.weight"], "transformer.wpe.weight": ours["positions.weight"]}
    theirs["lm_head.weight"] = ours["tokens.weight"]
    names = {"attention_norm": "ln_1", "mlp_norm": "ln_2", "attention.output": "attn.c_proj"}
    names |= {"inner": "mlp.c_fc", "outer": "mlp.c_proj"}
    for part in ("weight", "bias"):
        theirs[f"transformer.ln_f.{part}"] = ours[f"norm.{part}"]
        for layer in range(sum(name.endswith("attention.query.bias") for name in ours)):
            mine, its = f"layers.{layer}", f"transformer.h.{layer}"
            stack = [ours[f"{mine}.attention.{name}.{part}"] for name in ("query", "key", "value")]
            theirs[f"{its}.attn.c_attn.{part}"] = torch.cat(stack).mT if part == "weight" else torch.cat(stack)
            for name, other in names.items():
                value = ours[f"{mine}.{name}.{part}"]
                theirs[f"{its}.{other}.{part}"] = value.mT if value.dim() == 2 else value
    return theirs


@paper.reference(of=Decoder, needs="transformers")
def transformers(d_model, layers, heads, vocabulary, context):
    from transformers import GPT2Config, GPT2LMHeadModel

    sizes = {"n_embd": d_model, "n_layer": layers, "n_head": heads, "n_positions": context, "vocab_size": vocabulary}
    return GPT2LMHeadModel(GPT2Config(**sizes, use_cache=False))


@transformers.weights
def _(ours):
    return gpt2_names(ours)


@transformers.call
def _(reference, tokens):
    return reference(tokens).logits


@paper.property("Sec. 5.4", "weights begin Gaussian with the deviation 0.02 of GPT-2", draws=1)
def deviation_of_weights(rng):
    model = fresh(rng, lambda: Decoder(DecoderSettings(d_model=64, layers=1, heads=1, vocabulary=500, context=100)))
    layers = [module for module in model.modules() if isinstance(module, nn.Linear | nn.Embedding)]
    return len(layers) == 8 and all(0.019 < float(layer.weight.std()) < 0.021 for layer in layers)


@paper.property("Sec. 5.4", "positions are where the tokens are, whatever the default device is", draws=1)
def device_of_positions(rng):
    model, tokens = at_random(rng, lambda: Decoder(TINY)), torch.arange(6).view(2, 3)
    with torch.device("meta"):
        elsewhere = model(tokens)
    return elsewhere, model(tokens)


@paper.property("Sec. 5.5", "GPT-2 medium and large and GPT-3 have the sizes of their papers", draws=1)
def published_sizes(rng):
    rows = [(s.d_model, s.layers, s.heads, s.vocabulary, s.context) for s in (GPT2_MEDIUM, GPT2_LARGE, GPT3)]
    gpt2 = [(1024, 24, 16, 50_257, 1024), (1280, 36, 20, 50_257, 1024)]
    return rows == [*gpt2, (12_288, 96, 96, 50_257, 2048)]


@paper.property("Sec. 5.4", "sizes that no decoder can have are refused by value", draws=1)
def sizes_are_refused(rng):
    right = {"d_model": 4, "layers": 1, "heads": 2, "vocabulary": 1, "context": 1}
    wrong = [{name: 0} for name in right] + [{"heads": 3}]
    texts = [refusal(lambda w=w: DecoderSettings(**right | w)) for w in wrong]
    found = [f"{next(iter(w))}={next(iter(w.values()))}" in text for w, text in zip(wrong, texts, strict=True)]
    return all(found) and DecoderSettings(**right).heads == 2
