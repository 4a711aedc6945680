"""The training procedure as a whole (sections 5.1 to 5.4) and the average of checkpoints (section 6.1)."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from ectype.traits import Overfits
from torch.nn import functional as F

from ectype_transformer.batch_order import BatchOrder
from ectype_transformer.checkpoints import average_checkpoints, write_tensors
from ectype_transformer.claims import oracles
from ectype_transformer.claims.shared import TINY, fresh, normal, paper
from ectype_transformer.presets import TrainingSettings
from ectype_transformer.token_pairs import PADDING, START, TokenPairs
from ectype_transformer.training import Training
from ectype_transformer.transformer import Transformer

FEW = TrainingSettings(warmup=20, smoothing=0.0, source_tokens=40, target_tokens=40)


def some_pairs(rng, count):
    """Pairs of sequences of one to six tokens."""
    lengths = torch.randint(1, 7, (count, 2), generator=rng).tolist()
    draw = lambda length: torch.randint(3, 11, (length,), generator=rng).tolist()  # noqa: E731
    return TokenPairs.of((draw(source), draw(target)) for source, target in lengths)


@paper.component("procedure", of=Training, traits=[Overfits(steps=200)], needs="accelerate")
def model_settings_and_pairs(rng):
    model = fresh(rng, lambda: Transformer(replace(TINY, d_model=16))).float()
    return model, FEW, some_pairs(rng, 8)


@paper.property(
    "Sec. 5.3", "a step of training is Adam's, at the rate of Eq. 3, on the smoothed loss of its batch", draws=2
)
def steps_are_adams(rng):
    settings = TrainingSettings(warmup=3, source_tokens=40, target_tokens=40)
    pairs, model = some_pairs(rng, 12), fresh(rng, lambda: Transformer(replace(TINY, dropout=0.0)))
    other = Transformer(model.settings).double()
    other.load_state_dict(model.state_dict())
    training = Training(model, settings, pairs)
    adam = torch.optim.Adam(other.parameters(), betas=(0.9, 0.98), eps=1e-9)
    for number in range(1, 6):
        adam.param_groups[0]["lr"] = oracles.learning_rate(number, 8, 3)
        batch = pairs.batch(training.order.batch(number))
        logits = other(batch.source, batch.previous).flatten(0, 1)
        adam.zero_grad()
        F.cross_entropy(logits, batch.target.flatten(), label_smoothing=0.1, ignore_index=PADDING).backward()
        adam.step()
        training.step()
    return [*model.state_dict().values()], [*other.state_dict().values()]


@paper.property(
    "Sec. 5.1", "every epoch has every pair once, in batches of at most so many source and target tokens", draws=5
)
def epochs_of_batches(rng):
    pairs = some_pairs(rng, 40)
    source, target = pairs.source.lengths, pairs.target.lengths
    order = BatchOrder(source, target, source_tokens=30, target_tokens=50)
    batches = [[order.batch(1 + i + epoch * len(order)) for i in range(len(order))] for epoch in (0, 1)]
    complete = all(torch.cat(epoch).sort().values.equal(torch.arange(40)) for epoch in batches)
    fits = [len(rows) * max(source[rows].max(), target[rows].max()) <= 30 for epoch in batches for rows in epoch]
    return complete and all(fits) and len(order) < 40 and not torch.cat(batches[0]).equal(torch.cat(batches[1]))


@paper.property("Sec. 3.1", "the target that goes in is the one to predict, offset by one position", draws=5)
def shifted_targets(rng):
    batch = some_pairs(rng, 5).batch(torch.arange(5))
    return (batch.previous[:, 1:] == batch.target[:, :-1]).all() & (batch.previous[:, 0] == START).all()


@paper.property("Sec. 6.1", "the average of checkpoints is the mean of their weights", draws=3)
def average_of_checkpoints(rng):
    weights = [normal(rng, 2, 3) for _ in range(3)]
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{i}.safetensors" for i in range(3)]
        for path, weight in zip(paths, weights, strict=True):
            write_tensors(path, {"weight": weight})
        return average_checkpoints(paths)["weight"], sum(weights) / 3
