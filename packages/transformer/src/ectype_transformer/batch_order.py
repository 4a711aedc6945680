"""Which sentence pairs make up the batch of a training step (section 5.1)."""

import math
from collections.abc import Collection

import torch
from ectype.experiments.seeds import stream
from jaxtyping import Int
from torch import Tensor

# Not from the paper: up to how many tokens pairs count as equally long, and how much longer each further class may be.
SHORT, GROWTH = 16, 1.1


def batches(lengths: Int[Tensor, "pairs"], tokens: int, *, seed: int, epoch: int) -> Collection[Int[Tensor, "rows"]]:
    """Divide pairs into batches of about the same length, each pair once.

    Pairs are sorted into classes by their longer side: one class has all up to 16 tokens, in each other one lengths differ
    by at most a tenth. All batches of a class but the last have as many pairs as fit when all are filled up to the longest
    of the class. Pairs are shuffled within classes, and then the batches.

    Args:
        lengths: tokens of the longer side of each pair.
        tokens: limit on the source tokens of a batch, and on its target tokens, padding included.
        seed: seed of the order.
        epoch: number of the epoch, each of which has an order of its own.

    Returns:
        The pairs of each batch.

    Raises:
        ValueError: there is no pair, or tokens are too few for one.

    Source: section 5.1; the classes are ours, the paper says "by approximate sequence length" only.
    """
    longest = lengths.max() if len(lengths) else 0
    if not 1 <= longest <= tokens:
        raise ValueError(
            f"there must be pairs, and each must fit into a batch of {tokens} tokens; received {len(lengths)} pairs, "
            f"the longest of {longest} tokens. Allow more tokens or leave out long pairs"
        )
    # Sec. 5.1: sentence pairs were batched together by approximate sequence length
    classes = ((lengths.clamp(min=SHORT) / SHORT).log() / math.log(GROWTH)).ceil()
    generator = stream(seed, purpose="order", number=epoch)
    shuffled = torch.randperm(len(lengths), generator=generator)
    made: list[Tensor] = []
    for number in classes.unique():
        pairs = shuffled[classes[shuffled] == number]
        # Sec. 5.1: approximately 25000 source tokens and 25000 target tokens in each batch
        made.extend(pairs.split(tokens // lengths[pairs].max()))
    return [made[index] for index in torch.randperm(len(made), generator=generator)]


class BatchOrder:
    """Batches of one epoch after the other, as a function of the seed and the step alone.

    There is no state to store: a run that is resumed at some step asks for that step.

    Args:
        lengths: tokens of the longer side of each pair.
        tokens: limit on the source tokens of a batch, and on its target tokens, padding included.
        seed: seed of the order.

    Raises:
        ValueError: see `batches`.

    Source: section 5.1.
    """

    def __init__(self, lengths: Int[Tensor, "pairs"], tokens: int, *, seed: int = 0) -> None:
        self._lengths, self._tokens, self._seed = lengths, tokens, seed
        self._begin(0)

    def __len__(self) -> int:
        """Batches in an epoch."""
        return len(self._batches)

    def batch(self, step: int) -> Int[Tensor, "rows"]:
        """Pick the pairs of a step.

        Args:
            step: number of the step, from 1.

        Returns:
            Their indices.

        Raises:
            ValueError: step is below 1.
        """
        if step < 1:
            raise ValueError(f"steps count from 1; received {step}")
        epoch, index = divmod(step - 1, len(self))
        if epoch != self._epoch:
            self._begin(epoch)
        return self._batches[index]

    def _begin(self, epoch: int) -> None:
        self._epoch = epoch
        self._batches = [*batches(self._lengths, self._tokens, seed=self._seed, epoch=epoch)]
