"""Pairs of token sequences, and the batches that are made of them (section 5.1)."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from ectype.experiments.tensors import read_tensors, write_tensors
from jaxtyping import Int
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

# The paper names no special tokens; tensor2tensor, too, begins its vocabularies with padding.
PADDING, START, END = range(3)
SPECIAL_TOKENS = ("<padding>", "<start>", "<end>")


class Batch(NamedTuple):
    """What one forward pass takes, filled up with padding."""

    source: Int[Tensor, "batch source"]
    """Source sequences."""
    previous: Int[Tensor, "batch target"]
    """Target sequences shifted right: the first token is the start token."""
    target: Int[Tensor, "batch target"]
    """Target sequences, the tokens to predict."""

    def to(self, device: torch.device | str) -> "Batch":
        """Copy to a device."""
        return Batch(*(tokens.to(device) for tokens in self))


@dataclass(frozen=True, slots=True)
class Sequences:
    """Many sequences of different lengths, one after the other in one tensor.

    Args:
        tokens: all tokens.
        ends: where each sequence ends, and the next begins.
    """

    tokens: Int[Tensor, "tokens"]
    ends: Int[Tensor, "sequences"]

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, index: int) -> Int[Tensor, "length"]:
        begin = self.ends[index - 1] if index else 0
        return self.tokens[begin : self.ends[index]].long()

    @property
    def lengths(self) -> Int[Tensor, "sequences"]:
        """Number of tokens of each sequence, with its end token."""
        return self.ends.diff(prepend=self.ends.new_zeros(1))


@dataclass(frozen=True, slots=True)
class TokenPairs:
    """Source and target sequences, each with an end token.

    Args:
        source: source sequences.
        target: target sequences, as many.

    Raises:
        ValueError: their numbers differ.
    """

    source: Sequences
    target: Sequences

    def __post_init__(self) -> None:
        if len(self.source) != len(self.target):
            raise ValueError(
                f"there must be as many targets as sources; received {len(self.source)} and {len(self.target)}"
            )

    @classmethod
    def of(cls, pairs: Iterable[tuple[Sequence[int], Sequence[int]]]) -> "TokenPairs":
        """Store pairs of sequences that have no end tokens yet, read one after the other."""
        tokens, ends = (array("i"), array("i")), (array("q"), array("q"))
        for pair in pairs:
            for sequence, all_tokens, all_ends in zip(pair, tokens, ends, strict=True):
                all_tokens.extend((*sequence, END))
                all_ends.append(len(all_tokens))
        source, target = (
            Sequences(_tensor(numbers), _tensor(stops)) for numbers, stops in zip(tokens, ends, strict=True)
        )
        return cls(source, target)

    def __len__(self) -> int:
        return len(self.source)

    @property
    def lengths(self) -> Int[Tensor, "pairs"]:
        """Number of tokens of the longer side of each pair, with its end token."""
        return torch.maximum(self.source.lengths, self.target.lengths)

    def batch(self, rows: Int[Tensor, "rows"]) -> Batch:
        """Collect pairs.

        Args:
            rows: which ones; none gives a batch of one row of padding, which counts for nothing in the loss.
        """
        if not len(rows):
            padding = torch.full((1, 1), PADDING)
            return Batch(padding, torch.full_like(padding, START), padding)
        target = _fill([self.target[row] for row in rows.tolist()])
        start = target.new_full((len(target), 1), START)
        # Sec. 3.1: the output embeddings are offset by one position
        previous = torch.cat((start, target[:, :-1]), dim=-1)
        return Batch(_fill([self.source[row] for row in rows.tolist()]), previous, target)

    def save(self, path: Path) -> None:
        """Write to a safetensors file."""
        sides = {"source": self.source, "target": self.target}
        write_tensors(
            path, {f"{side}.{part}": getattr(of, part) for side, of in sides.items() for part in ("tokens", "ends")}
        )

    @classmethod
    def load(cls, path: Path) -> "TokenPairs":
        """Read what `save` wrote."""
        tensors, _ = read_tensors(path)
        return cls(*(Sequences(tensors[f"{side}.tokens"], tensors[f"{side}.ends"]) for side in ("source", "target")))


def _fill(sequences: list[Tensor]) -> Tensor:
    return pad_sequence(sequences, batch_first=True, padding_value=PADDING)


def _tensor(numbers: array) -> Tensor:
    return torch.from_numpy(np.asarray(numbers))
