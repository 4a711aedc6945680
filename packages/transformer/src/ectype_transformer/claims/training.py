"""Learning rate and regularization (sections 5.3 and 5.4)."""

import itertools
import math
from dataclasses import replace

import numpy as np
import torch
from ectype import Sample
from ectype.traits import LowerBound, Reduced
from torch import nn
from torch.nn import functional as F

from ectype_transformer import presets
from ectype_transformer.claims import oracles
from ectype_transformer.claims.shared import TINY, at_random, fresh, normal, paper, refusal, seeded
from ectype_transformer.decoder import DecoderLayer
from ectype_transformer.embedding import Embedding
from ectype_transformer.encoder import EncoderLayer
from ectype_transformer.feed_forward import PositionWiseFeedForward
from ectype_transformer.label_smoothing import (
    label_smoothing_loss,
    label_smoothing_loss_over_others,
    least_attainable_loss,
    least_attainable_loss_over_others,
)
from ectype_transformer.schedule import warmup_rate, warmup_schedule
from ectype_transformer.transformer import Transformer

# The learning rate (section 5.3)


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


@paper.property("Eq. 3", "the peak is at step warmup_steps and is 1 / sqrt(d_model warmup_steps)", draws=5)
def peak(rng):
    warmup, d_model = (int(value) for value in torch.randint(1, 100, (2,), generator=rng))
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


@paper.property("Sec. 5.3", "steps count from 1, and an optimizer with a rate of its own is refused", draws=1)
def rates_are_refused(rng):
    own = torch.optim.SGD([torch.zeros(1)], lr=0.1)
    mixed = torch.optim.SGD([{"params": [torch.zeros(1)], "lr": rate} for rate in (1.0, 0.1)])
    wrong = {"step=0": (0, 512, 4), "d_model=0": (1, 0, 4), "warmup=0": (1, 512, 0)}
    refused = [text in refusal(lambda given=given: warmup_rate(*given)) for text, given in wrong.items()]
    rates = [("[0.1]", own), ("[1.0, 0.1]", mixed)]
    refused += [
        f"received lr={text}" in refusal(lambda o=optimizer: warmup_schedule(o, 512)) for text, optimizer in rates
    ]
    return all(refused)


# Regularization (section 5.4)


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


@paper.property(
    "Sec. 5.4", "dropout is applied before the output is added: at rate 1 the input alone is normalized", draws=5
)
def dropout_spares_the_input(rng):
    sides = []
    for of, inputs in ((EncoderLayer, 1), (DecoderLayer, 2)):
        layer, x = at_random(rng, lambda of=of: of(8, 2, 12, 1.0)).train(), normal(rng, 2, 4, 8)
        norms = [module for module in layer.children() if isinstance(module, nn.LayerNorm)]
        sides.append((layer(*[x] * inputs), nn.Sequential(*norms)(x)))
    return [left for left, _ in sides], [right for _, right in sides]


@paper.property(
    "Sec. 5.4", "dropout on the sums of embeddings and positions, in both stacks, at the rate P_drop", draws=2
)
def dropout_of_embeddings(rng):
    model = fresh(rng, lambda: Transformer(replace(TINY, d_model=64, dropout=0.3))).train()
    model.encoder, model.decoder = Bypass(), Bypass()
    model.embedding.logits = lambda x: x
    tokens = torch.randint(1, 11, (4, 50), generator=rng)
    with torch.no_grad():
        sums = [
            seeded(rng, lambda: model.encode(tokens)),
            seeded(rng, lambda: model.decode(tokens, torch.zeros(4, 1, 64).double())),
        ]
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
    return 2 * normal(rng, batch, vocabulary), torch.randint(
        min(1, vocabulary - 1), vocabulary, (batch,), generator=rng
    )


def some_padding(rng):
    targets = torch.randint(6, (2, 5), generator=rng)
    targets[0, 0], targets[0, 1] = 0, 1
    return 2 * normal(rng, 2, 5, 6), targets


SMOOTHINGS = [{}, {"smoothing": 0.0}, {"smoothing": 0.4, "padding": 0}]


def logits_of(smoothed):
    """Inputs at which a loss is least: the logarithms of the smoothed targets."""

    def attained(logits, targets, smoothing):
        rows = [smoothed(int(target), logits.shape[-1], smoothing) for target in targets.flatten()]
        return torch.tensor(rows, dtype=torch.float64).clamp(min=1e-300).log().view_as(logits), targets

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
smoothed_loss.limit("one target that counts")(lambda rng: (normal(rng, 2, 6), torch.tensor([0, 3])))
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
)(lambda rng, batch=4: logits_and_targets(rng, batch))
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
    logits, nothing = normal(rng, 3, 4), torch.zeros(3, dtype=torch.long)
    losses = [loss(logits, nothing, padding=0) for loss in (label_smoothing_loss, label_smoothing_loss_over_others)]
    return torch.stack(losses) == 0


SMOOTHED = [{}, {"smoothing": 0.0}, {"smoothing": 1.0}]
least = paper.component("layer", of=least_attainable_loss, settings=SMOOTHED)(lambda rng, classes=5: classes)
least.limit("one class")(lambda rng: 1)
paper.equation("Sec. 5.4", of=least_attainable_loss, elementwise=True)(oracles.least_loss)
paper.component("layer", of=least_attainable_loss_over_others, settings=SMOOTHED[:2])(
    lambda rng: int(torch.randint(2, 9, (), generator=rng))
)


@paper.property("Sec. 5.4", "the least loss over the wrong classes is the entropy of that target", draws=1)
def least_loss_over_others(rng):
    sizes = [(2, 0.5), (7, 0.0), (7, 0.3), (37_000, 0.1)]
    return (
        [*itertools.starmap(least_attainable_loss_over_others, sizes), least_attainable_loss_over_others(9)],
        [*itertools.starmap(oracles.least_loss_over_others, sizes), oracles.least_loss_over_others(9, 0.1)],
    )


@paper.property("Sec. 5.4", "all of the mass may go to the wrong classes, but not more than an even share", draws=1)
def even_shares(rng):
    sizes = range(2, 300)
    found = [least_attainable_loss_over_others(classes, 1 - 1 / classes) for classes in sizes]
    return found, [math.log(classes) for classes in sizes]


@paper.property(
    "Sec. 5.4", "a smoothing that is no part of the whole, and too few classes, are refused by value", draws=1
)
def parts_of_the_whole(rng):
    logits, targets = torch.zeros(1, 5), torch.zeros(1, dtype=torch.long)
    losses = (label_smoothing_loss, label_smoothing_loss_over_others)
    least = (least_attainable_loss, least_attainable_loss_over_others)
    refused = [f"{e}" in refusal(lambda of=of, e=e: of(logits, targets, e)) for of in losses for e in (-0.1, 1.1)]
    refused += [f"smoothing={e}" in refusal(lambda of=of, e=e: of(5, e)) for of in least for e in (-0.1, 1.1)]
    refused += [
        f"vocabulary={k}" in refusal(lambda of=of, k=k: of(k, 0.0)) for of, k in zip(least, (0, 1), strict=True)
    ]
    refused += [
        "0.81" in refusal(lambda: losses[1](logits, targets, 0.81)),
        "0.81" in refusal(lambda: least[1](5, 0.81)),
    ]
    return all(refused) and math.isclose(least_attainable_loss_over_others(5, 0.8), math.log(5))


@paper.property(
    "Tab. 3", "the perplexity of row (D) with smoothing 0.2 is not e to the smoothed loss, which is above it", draws=1
)
def perplexity_is_not_of_the_smoothed_loss(rng):
    return math.exp(least_attainable_loss(presets.VOCABULARY, 0.2)) > 5.47


# Where paper, code and libraries differ

optimizer = paper.disagreement(
    "optimizer and warm-up",
    "The authors' code kept the settings of the paper as transformer_base_v1 and changed its default twice: v2 doubles the "
    "warm-up and the rate, v3 also averages the second moment over 333 steps instead of 50.",
    at="Sec. 5.3",
    follow="paper",
)


@optimizer.reading("paper", source="Sec. 5.3")
def _():
    training = presets.BASE.training
    return 1, training.warmup, training.beta2


@optimizer.reading("transformer_base_v2", source="tensor2tensor bafdc1b6, transformer.py l. 1843-1853")
def _():
    return 2, 8000, 0.98


@optimizer.reading("transformer_base_v3", source="tensor2tensor bafdc1b6, transformer.py l. 1960-1978")
def _():
    return 2, 8000, 0.997


@optimizer.measure("step of the highest rate")
def _(reading):
    return max(range(100, 20_000, 100), key=lambda step: warmup_rate(step, 512, reading()[1]))


@optimizer.measure("highest rate, d_model 512")
def _(reading):
    factor, warmup, _ = reading()
    return factor * warmup_rate(warmup, 512, warmup)


@optimizer.measure("rate at the last step of base, 100,000")
def _(reading):
    factor, warmup, _ = reading()
    return factor * warmup_rate(100_000, 512, warmup)


@optimizer.measure("steps over which Adam averages squared gradients, 1 / (1 - beta2)")
def _(reading):
    return round(1 / (1 - reading()[2]))


spread = paper.disagreement(
    "label smoothing",
    "The source that the paper cites spreads epsilon over all classes; the authors' code spreads it over the wrong ones and "
    "subtracts the entropy of that target, so that its reported loss can reach zero.",
    at="Sec. 5.4",
    follow="paper",
)


@spread.reading("paper", source="Sec. 5.4, which cites Szegedy et al. 2015, section 7")
def _():
    return label_smoothing_loss, least_attainable_loss, 0.0


@spread.reading("tensor2tensor", source="tensor2tensor bafdc1b6, common_layers.py l. 2073-2119")
def _():
    entropy = least_attainable_loss_over_others(presets.VOCABULARY)
    return label_smoothing_loss_over_others, least_attainable_loss_over_others, entropy


@spread.measure("least loss before anything is subtracted, 37,000 classes")
def _(reading):
    return reading()[1](presets.VOCABULARY)


@spread.measure("least loss as reported")
def _(reading):
    _, least, subtracted = reading()
    return least(presets.VOCABULARY) - subtracted


@spread.measure("loss of a prediction of 0.9 for the true one of 5 classes, before anything is subtracted")
def _(reading):
    p = torch.tensor([[0.9, 0.025, 0.025, 0.025, 0.025]], dtype=torch.float64)
    return float(reading()[0](p.log(), torch.tensor([0])))
