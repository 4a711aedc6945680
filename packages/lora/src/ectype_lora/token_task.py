"""Contexts with answers as token sequences: read from a file, or generated."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Int
from torch import Tensor

from ectype_lora.objective import CONTEXT


@dataclass(frozen=True, slots=True)
class TokenTask:
    """Sequences of contexts and answers, of one length.

    Args:
        tokens: the sequences less their last token.
        targets: for each position the next token if it belongs to the answer, otherwise `CONTEXT`.
    """

    tokens: Int[Tensor, "examples length"]
    targets: Int[Tensor, "examples length"]

    def __len__(self) -> int:
        return len(self.tokens)


def token_task(pairs: list[tuple[list[int], list[int]]]) -> TokenTask:
    """Put pairs of a context and an answer into one shape, filled up at the end.

    Args:
        pairs: contexts and answers as tokens, neither of them empty.

    Returns:
        The task.

    Raises:
        ValueError: there are no pairs, or one of them is empty on a side.

    Source: section 2.
    """
    if not pairs or not all(context and answer for context, answer in pairs):
        raise ValueError(
            f"pairs of a context and an answer are needed, none of them empty; received {len(pairs)} pairs"
        )
    length = max(len(context) + len(answer) for context, answer in pairs) - 1
    tokens = torch.zeros(len(pairs), length, dtype=torch.long)
    targets = torch.full((len(pairs), length), CONTEXT)
    for row, (context, answer) in enumerate(pairs):
        sequence = torch.tensor([*context, *answer])
        start, end = len(context) - 1, len(sequence) - 1
        tokens[row, :end] = sequence[:-1]
        # Eq. 1: y_t is predicted from x and y_<t
        targets[row, start:end] = sequence[start + 1 :]
    return TokenTask(tokens, targets)


def read_task(path: Path) -> TokenTask:
    """Read a task that the official code has encoded: JSON lines with `context` and `completion`.

    Args:
        path: the file.

    Returns:
        The task.

    Raises:
        ValueError: see `token_task`.
    """
    lines = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    return token_task([(line["context"], line["completion"]) for line in lines])


def generated_task(examples: int, shift: int, *, vocabulary: int = 16, length: int = 4, seed: int = 0) -> TokenTask:
    """Generate a task: the answer is the context, every token moved on by some places.

    Args:
        examples: number of examples.
        shift: by how many places; another number is another task.
        vocabulary: number of tokens; token 0 stands between context and answer.
        length: tokens of a context.
        seed: seed of the contexts.

    Returns:
        The task.
    """
    rng = torch.Generator().manual_seed(seed)
    contexts = torch.randint(1, vocabulary, (examples, length), generator=rng)
    answers = 1 + (contexts - 1 + shift) % (vocabulary - 1)
    return token_task(
        [([*context, 0], answer) for context, answer in zip(contexts.tolist(), answers.tolist(), strict=True)]
    )
