"""How good a model is on held-out pairs."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ectype_transformer.batch_order import BatchOrder
from ectype_transformer.beam_search import translate
from ectype_transformer.label_smoothing import label_smoothing_loss
from ectype_transformer.presets import SEARCH, SearchSettings
from ectype_transformer.token_pairs import END, PADDING, START, Batch, TokenPairs
from ectype_transformer.transformer import Transformer


@torch.no_grad()
def cross_entropy(model: Transformer, pairs: TokenPairs, *, tokens: int = 5000) -> float:
    """Cross-entropy of the targets given their sources, without label smoothing; its exponential is the perplexity.

    Args:
        model: the model.
        pairs: what to predict.
        tokens: limit on the tokens of a side in a batch.

    Returns:
        Nats per target token, end tokens included.

    Raises:
        ValueError: see `BatchOrder`.

    Source: section 6.2 (perplexities are per word piece).
    """
    total, count = 0.0, 0
    with _evaluating(model):
        for batch in _batches(model, pairs, tokens):
            here = int((batch.target != PADDING).sum())
            logits = model(batch.source, batch.previous)
            # Tab. 3: perplexities are per word piece, those of the model and not of the smoothed targets
            total += here * float(label_smoothing_loss(logits, batch.target, smoothing=0.0, padding=PADDING))
            count += here
    return total / count


def exact_match(model: Transformer, pairs: TokenPairs, *, search: SearchSettings = SEARCH, tokens: int = 5000) -> float:
    """Share of the sources whose translation is the target, token by token.

    Args:
        model: the model.
        pairs: what to translate.
        search: how to search; beam 1 is greedy decoding.
        tokens: limit on the tokens of a side in a batch.

    Returns:
        A number from 0 to 1.

    Raises:
        ValueError: see `BatchOrder` and `beam_search`.

    Source: section 6.1 for the search.
    """
    matches = 0
    with _evaluating(model):
        for batch in _batches(model, pairs, tokens):
            output, _ = translate(
                model,
                batch.source,
                start=START,
                end=END,
                beam=search.beam,
                penalty=search.penalty,
                extra_length=search.extra_length,
            )
            for found, target in zip(output.tolist(), batch.target.tolist(), strict=True):
                matches += END in found and found[: found.index(END)] == target[: target.index(END)]
    return matches / len(pairs)


@contextmanager
def _evaluating(model: Transformer) -> Iterator[None]:
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)


def _batches(model: Transformer, pairs: TokenPairs, tokens: int) -> Iterator[Batch]:
    order = BatchOrder(pairs.lengths, tokens)
    device = next(model.parameters()).device
    for step in range(1, len(order) + 1):
        yield pairs.batch(order.batch(step)).to(device)
