"""The model and its pre-training (section 4.2)."""

from dataclasses import replace
from inspect import signature

import torch
from ectype import Sample
from ectype.traits import Initial, Overfits

from ectype_roformer.claims import oracles
from ectype_roformer.claims.attention import minus_infinity
from ectype_roformer.claims.shared import angles_of, at_random, normal, paper, refusal, whole
from ectype_roformer.language_model import RoFormer, RoFormerLayer
from ectype_roformer.masking import mask_tokens
from ectype_roformer.presets import BASE, PRETRAINING, PretrainingSettings, RoFormerSettings
from ectype_roformer.pretraining import Pretraining

SMALL = [
    {"settings": RoFormerSettings(vocabulary=7, d_model=4, layers=2, heads=2, d_ff=6, dropout=0.0)},
    {"settings": RoFormerSettings(vocabulary=5, d_model=6, layers=1, heads=1, d_ff=3)},
]

# Model


@paper.component("layer", of=RoFormerLayer, settings=SMALL)
def hidden_states(rng, settings, batch=2, length=3):
    return normal(rng, batch, length, settings.d_model)


@hidden_states.limit("causal")
def _(rng, settings):
    return normal(rng, 2, 4, settings.d_model), torch.ones(4, 4).bool().tril()


paper.equation("Sec. 4.2.2", of=RoFormerLayer)(oracles.layer)


@paper.reference(of=RoFormerLayer, needs="transformers")
def transformers_roformer(settings):
    from transformers import RoFormerConfig
    from transformers.models.roformer.modeling_roformer import RoFormerLayer as Theirs

    sizes = {
        "hidden_size": settings.d_model,
        "num_attention_heads": settings.heads,
        "intermediate_size": settings.d_ff,
        "attention_probs_dropout_prob": 0.0,
        "hidden_dropout_prob": 0.0,
    }
    return Theirs(RoFormerConfig(**sizes))


@transformers_roformer.weights
def _(ours):
    names = {
        "attention.query": "attention.self.query",
        "attention.key": "attention.self.key",
        "attention.value": "attention.self.value",
        "attention.output": "attention.output.dense",
        "norms.0": "attention.output.LayerNorm",
        "inner": "intermediate.dense",
        "outer": "output.dense",
        "norms.1": "output.LayerNorm",
    }
    return {f"{names[name]}.{part}": ours[f"{name}.{part}"] for name in names for part in ("weight", "bias")}


@transformers_roformer.call
def _(reference, inputs, mask=None):
    width = reference.attention.self.attention_head_size
    angles = angles_of(torch.arange(inputs.shape[-2]), width).to(inputs)
    both = torch.cat([angles.sin(), angles.cos()], dim=-1)
    return reference(inputs, minus_infinity(mask, inputs), both)[0]


@paper.component(
    "model",
    of=RoFormer,
    settings=SMALL,
    traits=[Initial("*head.weight", 0.02), Initial("layers.*.inner.weight", 0.02), Initial("embedding.weight", 0.02)],
)
def tokens(rng, settings, batch=2, length=3):
    return whole(rng, 0, settings.vocabulary, batch, length)


@tokens.limit("causal")
def _(rng, settings):
    return whole(rng, 0, settings.vocabulary, 2, 4), torch.ones(4, 4).bool().tril()


paper.equation("Sec. 4.2", of=RoFormer)(oracles.language_model)


@paper.property("Sec. 4.2", "positions are all that tells a sequence from its reverse", draws=3)
def reversed_sequence(rng):
    torch.manual_seed(int(whole(rng, 0, 2**31)))
    model, sequence = RoFormer(SMALL[0]["settings"]).double().eval(), whole(rng, 0, 7, 1, 5)
    for layer in model.layers:
        layer.attention.rotate = lambda vectors, angles: vectors
    return model(sequence.flip(1)).flip(1), model(sequence)


@paper.property("Sec. 4.2", "biases begin at zero, and settings not given are those of BERT base", draws=1)
def beginnings(rng):
    model = RoFormer(SMALL[0]["settings"])
    zero = all(not p.any() for name, p in model.named_parameters() if name.endswith("bias"))
    defaults = [signature(of).parameters[name].default for of, name in ((RoFormer, "settings"), (Pretraining, "model"))]
    return zero and defaults == [BASE, BASE] and signature(RoFormerLayer).parameters["settings"].default == BASE


@paper.property("Sec. 4.2.1", "the defaults are those of bert-base-uncased", needs="transformers", draws=1)
def bert_base(rng):
    from transformers import BertConfig

    theirs = BertConfig()
    names = [
        "vocab_size",
        "hidden_size",
        "num_hidden_layers",
        "num_attention_heads",
        "intermediate_size",
        "hidden_dropout_prob",
    ]
    ours = [BASE.vocabulary, BASE.d_model, BASE.layers, BASE.heads, BASE.d_ff, BASE.dropout]
    model = RoFormer(SMALL[0]["settings"])
    epsilons = {module.eps for module in model.modules() if isinstance(module, torch.nn.LayerNorm)}
    return ours == [getattr(theirs, name) for name in names] and epsilons == {theirs.layer_norm_eps}


class Dropped(torch.nn.Module):
    """Dropout that drops everything."""

    def forward(self, x):
        return 0 * x


@paper.property("Sec. 4.2", "dropout is that of the outputs of both sub-layers, and of normalised embeddings", draws=3)
def places_of_dropout(rng):
    model = at_random(rng, lambda: RoFormer(SMALL[0]["settings"]))
    layer, inputs, seen = model.layers[0], normal(rng, 2, 3, 4), []
    model.dropout = layer.dropout = Dropped()
    layer.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    model(whole(rng, 0, 7, 2, 3))
    return [layer(inputs), seen[0] + 1], [layer.norms[1](layer.norms[0](inputs)), torch.ones(2, 3, 4)]


# Masks


@paper.component(
    "sampler",
    of=mask_tokens,
    settings=[{"vocabulary": 50, "mask_token": 49}, {"vocabulary": 9, "mask_token": 0, "masked": 0.9}],
)
def sequences(rng, vocabulary, batch=3, length=40):
    return whole(rng, 0, vocabulary, batch, length)


@paper.property(
    "Sec. 4.2", "15 in a hundred are chosen: of them 80 % hidden, 10 % as they were, 10 % drawn anew", draws=2
)
def shares(rng):
    text = whole(rng, 0, 1000, 20_000)
    seen, chosen = mask_tokens(text, 1001, 1000, generator=rng)
    hidden, same = (seen == 1000).double(), (seen == text).double()
    left = bool((same[~chosen] == 1).all())
    # one of the three each time: chosen, hidden given chosen, as it was given chosen; in standard errors
    found = [(chosen.double(), 0.15), (hidden[chosen], 0.8 + 0.1 / 1001), (same[chosen], 0.1 + 0.1 / 1001)]
    return left and all(abs(x.mean() - p) < 5 * (p * (1 - p) / len(x)) ** 0.5 for x, p in found)


@paper.property("Sec. 4.2", "those that are drawn anew are any token, also the mask", draws=2)
def drawn_anew(rng):
    text = torch.full((60_000,), 2)
    seen, chosen = mask_tokens(text, 4, 3, 1.0, generator=rng)
    rest = seen[seen < 2].double()
    return Sample(
        torch.cat([rest, chosen.double() - 0.5]),
        float((0.5 * len(rest) + 0.5 * len(chosen)) / (len(rest) + len(chosen))),
    )


@paper.property("Sec. 4.2", "all or none can be chosen, and what cannot be is refused by value", draws=1)
def masks_are_refused(rng):
    text = whole(rng, 0, 5, 30)
    none, every = (mask_tokens(text, 5, 4, part, generator=rng) for part in (0.0, 1.0))
    wrong = {
        (-0.1, 4): ["masked must be between 0 and 1; received -0.1"],
        (1.5, 5): ["received 1.5", "mask_token must be one of 5 tokens; received 5"],
        (0.5, -1): ["received -1"],
    }
    refused = [
        all(t in refusal(lambda p=part, m=mask: mask_tokens(text, 5, m, p, generator=rng)) for t in texts)
        for (part, mask), texts in wrong.items()
    ]
    return none[0].equal(text) and not none[1].any() and every[1].all() and all(refused)


# Training


LITTLE = RoFormerSettings(vocabulary=6, d_model=8, layers=1, heads=2, d_ff=8, dropout=0.0)
QUICK = PretrainingSettings(steps=10, batch=2, length=6, rate=1e-2, masked=0.4)


@paper.component(
    "procedure", of=Pretraining, settings=[{"model": LITTLE, "settings": QUICK}], traits=[Overfits(steps=300)]
)
def some_text(rng):
    return torch.tensor([0, 1, 2, 3, 4, 0])


@paper.property(
    "Sec. 4.2.2", "a step is AdamW's on the cross entropy of the hidden tokens, weights decay, others not", draws=2
)
def steps_are_adams(rng):
    text, decayed = whole(rng, 0, 5, 30), replace(QUICK, weight_decay=0.3)
    one, other = (Pretraining(text, LITTLE, decayed, seed=4) for _ in range(2))
    for each in (one, other):
        each.model.double()
    moments = [(torch.zeros_like(p), torch.zeros_like(p)) for p in other.model.parameters()]
    losses = []
    for number in range(1, 4):
        batch = other.batch()
        seen, hidden = mask_tokens(batch, 6, 5, 0.4, generator=other.generator)
        chances = other.model(seen).log_softmax(dim=-1)
        loss = -sum(chances[at][batch[at]] for at in map(tuple, hidden.nonzero().tolist())) / hidden.sum()
        slopes = torch.autograd.grad(loss, list(other.model.parameters()))
        with torch.no_grad():
            for weight, slope, (first, second) in zip(other.model.parameters(), slopes, moments, strict=True):
                first.lerp_(slope, 0.1)
                second.lerp_(slope**2, 0.001)
                weight -= (0.01 * 0.3 * weight) if weight.ndim > 1 else 0
                weight -= 0.01 * (first / (1 - 0.9**number)) / ((second / (1 - 0.999**number)).sqrt() + 1e-8)
        found = one.step()
        losses.append([found - loss.detach() + 1, float(found.requires_grad)])
    return [*one.model.parameters(), *(part for pair in losses for part in pair)], [
        *other.model.parameters(),
        *(value for _ in losses for value in (1.0, 0.0)),
    ]


@paper.property("Sec. 4.2.2", "sequences are pieces of the text, from any place, of the seed's choice", draws=2)
def pieces(rng):
    many = replace(QUICK, batch=300)
    seen = [Pretraining(torch.arange(10), LITTLE, many, seed=seed).batch() for seed in (1, 1, 2)]
    whole_pieces = seen[0].shape == (300, 6) and bool((seen[0].diff(dim=1) == 1).all())
    return (
        whole_pieces
        and {*seen[0][:, 0].tolist()} == {*range(5)}
        and seen[0].equal(seen[1])
        and not seen[0].equal(seen[2])
    )


@paper.property("Sec. 4.2.2", "where no token is hidden the loss is zero, and weights stay finite", draws=1)
def nothing_hidden(rng):
    pretraining = Pretraining(torch.tensor([1, 2, 3]), LITTLE, replace(QUICK, length=1, batch=1, masked=1e-9))
    loss = pretraining.step()
    return float(loss) == 0 and all(p.isfinite().all() for p in pretraining.model.parameters())


@paper.property("Sec. 4.2.2", "the loss is a mean over the hidden tokens, also where it is one", draws=2)
def one_hidden_token(rng):
    pretraining = Pretraining(torch.tensor([2]), LITTLE, replace(QUICK, length=1, batch=1, masked=1.0), seed=2)
    logits = torch.stack([pretraining.model(torch.tensor([token])) for token in range(6)])
    losses = -logits.log_softmax(dim=-1)[:, 0, 2]
    found = pretraining.step()
    return bool(((losses - found).abs() < 1e-6).any())


@paper.property(
    "Sec. 4.2.2", "building it leaves the global generator alone, and the seed decides the weights", draws=1
)
def seeds(rng):
    torch.manual_seed(3)
    before, text = torch.get_rng_state(), torch.arange(6) % 5
    made = [Pretraining(text, LITTLE, QUICK, seed=seed) for seed in (0, 1)]
    weights = [each.model.embedding.weight for each in made]
    default = Pretraining(text, LITTLE, QUICK).model.embedding.weight
    return before.equal(torch.get_rng_state()) and default.equal(weights[0]) and not weights[0].equal(weights[1])


@paper.property("Sec. 4.2.2", "settings that cannot be meant are refused by value, all reasons at once", draws=1)
def settings_are_refused(rng):
    wrong = [
        (
            RoFormerSettings,
            {"vocabulary": 0, "d_ff": -1},
            "vocabulary must be at least 1; received 0; d_ff must be at least 1; received -1",
        ),
        (RoFormerSettings, {"layers": 0}, "layers must be at least 1; received 0"),
        (RoFormerSettings, {"heads": 0}, "heads must divide d_model into even widths; received d_model=768, heads=0"),
        (RoFormerSettings, {"d_model": 8, "heads": 3}, "received d_model=8, heads=3"),
        (RoFormerSettings, {"d_model": 9, "heads": 3}, "received d_model=9, heads=3"),
        (RoFormerSettings, {"d_model": 0, "heads": 1}, "received d_model=0, heads=1"),
        (RoFormerSettings, {"dropout": 1.0}, "dropout must be at least 0 and below 1; received 1.0"),
        (RoFormerSettings, {"dropout": -0.1}, "received -0.1"),
        (
            PretrainingSettings,
            {"steps": -1, "batch": 0},
            "steps must be at least 0; received -1; batch must be at least 1; received 0",
        ),
        (PretrainingSettings, {"length": 0}, "length must be at least 1; received 0"),
        (PretrainingSettings, {"weight_decay": -0.1}, "weight_decay must be at least 0; received -0.1"),
        (
            PretrainingSettings,
            {"rate": 0.0, "masked": 0.0},
            "rate must be positive; received 0.0; masked must be above 0 and at most 1; received 0.0",
        ),
        (PretrainingSettings, {"masked": 1.1}, "received 1.1"),
    ]
    refused = [text in refusal(lambda of=of, given=given: of(**given)) for of, given, text in wrong]
    least = RoFormerSettings(vocabulary=1, d_model=2, layers=1, heads=1, d_ff=1, dropout=0.0)
    edge = PretrainingSettings(steps=0, batch=1, length=1, weight_decay=0.0, masked=1.0)
    short = refusal(lambda: Pretraining(torch.arange(5), LITTLE, QUICK))
    exact = refusal(lambda: Pretraining(torch.arange(6), LITTLE, QUICK))
    return all(refused) and least.d_ff == edge.batch == 1 and "at least 6 tokens; received 5" in short and exact == ""


@paper.claim(
    "Sec. 4.2.2",
    "pre-training",
    printed={"batch size": "64", "sequence length": "512", "steps": "100000", "learning rate": "1e-5"},
)
def pretraining_settings(row):
    return {
        "batch size": PRETRAINING.batch,
        "sequence length": PRETRAINING.length,
        "steps": PRETRAINING.steps,
        "learning rate": PRETRAINING.rate,
    }[row]


@paper.property("Sec. 4.2", "weight decay 0.01 and 15 % of the tokens, as the official code", draws=1)
def official_settings(rng):
    masked = signature(mask_tokens).parameters["masked"].default
    used = signature(Pretraining).parameters["settings"].default
    return (PRETRAINING.weight_decay, PRETRAINING.masked, masked, used) == (0.01, 0.15, 0.15, PRETRAINING)
