"""Which sentence pairs make up the batch of a training step (section 5.1)."""

import torch
from jaxtyping import Int
from torch import Tensor

from ectype_transformer.streams import stream


class BatchOrder:
    """Batches of pairs of about the same length, as a function of the seed and the step alone.

    Pairs are sorted into classes by their longer side; one class has all up to 16 tokens, the
    others span lengths that differ by at most a tenth. All batches
    of a class but the last have as many pairs as fit both limits when all are filled up to the length of the
    class. Each epoch shuffles the pairs within classes, and then the batches. There is no state to store: a run that is
    resumed at some step asks for that step.

    Args:
        source_lengths: tokens of each source sequence.
        target_lengths: tokens of each target sequence.
        source_tokens: limit on the source tokens of a batch, padding included.
        target_tokens: the same for target tokens.
        seed: seed of the order.

    Raises:
        ValueError: there is no pair, or one does not fit into a batch.

    Source: section 5.1; the classes are ours, the paper says "by approximate sequence length" only.
    """

    def __init__(
        self,
        source_lengths: Int[Tensor, "pairs"],
        target_lengths: Int[Tensor, "pairs"],
        *,
        source_tokens: int = 25_000,
        target_tokens: int = 25_000,
        seed: int = 0,
    ) -> None:
        # Sec. 5.1: approximately 25000 source tokens and 25000 target tokens in each batch
        limit = min(source_tokens, target_tokens)
        lengths = torch.maximum(source_lengths, target_lengths)
        longest = int(lengths.max()) if len(lengths) else 0
        if not 1 <= longest <= limit:
            raise ValueError(
                f"there must be pairs, and each must fit into a batch of {limit} tokens; received {len(lengths)} pairs, "
                f"the longest of {longest} tokens. Allow more tokens or leave out long pairs"
            )
        # Sec. 5.1: sentence pairs were batched together by approximate sequence length
        bounds = _class_bounds(longest)
        self._class = torch.bucketize(lengths, bounds)
        sizes = torch.bincount(self._class, minlength=len(bounds))
        stops = sizes.cumsum(0)
        self._batches = [
            (begin, min(begin + limit // bound, stop))
            for bound, size, stop in zip(bounds.tolist(), sizes.tolist(), stops.tolist(), strict=True)
            for begin in range(stop - size, stop, max(1, limit // bound))
        ]
        self._seed = seed
        self._epoch = -1

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
            self._shuffle(epoch)
        begin, end = self._batches[self._turns[index]]
        return self._pairs[begin:end]

    def _shuffle(self, epoch: int) -> None:
        generator = stream(self._seed, "order", epoch)
        shuffled = torch.randperm(len(self._class), generator=generator)
        self._pairs = shuffled[self._class[shuffled].argsort(stable=True)]
        self._turns = torch.randperm(len(self), generator=generator).tolist()
        self._epoch = epoch


def _class_bounds(longest: int) -> Int[Tensor, "classes"]:
    """Greatest length of each class: 16, then in steps of a tenth."""
    bounds = [min(16, longest)]
    while bounds[-1] < longest:
        bounds.append(min(longest, max(bounds[-1] + 1, bounds[-1] * 11 // 10)))
    return torch.tensor(bounds)
