"""A synthetic task that a small Transformer solves in seconds: reverse a random sequence."""

import torch
from ectype.experiments.seeds import stream

from ectype_transformer.presets import Preset, TrainingSettings
from ectype_transformer.token_pairs import SPECIAL_TOKENS, TokenPairs
from ectype_transformer.transformer import TransformerSettings

SYMBOLS = 16

# Not from the paper: sizes with which the task is solved within a minute on one core.
REVERSAL = Preset(
    model=TransformerSettings(
        vocabulary=len(SPECIAL_TOKENS) + SYMBOLS, d_model=64, heads=4, layers=2, d_ff=128, dropout=0.0
    ),
    training=TrainingSettings(steps=800, warmup=2000, smoothing=0.0, source_tokens=512, target_tokens=512),
)


def reversal_pairs(count: int, *, held_out: int = 0, longest: int = 8, seed: int = 0) -> tuple[TokenPairs, TokenPairs]:
    """Draw different random sequences, each with itself backwards as its target.

    Position matters and nothing else: without positional encodings the encoder sees a bag of symbols.

    Args:
        count: number of pairs to train on.
        held_out: number of further pairs, none of which is among the first.
        longest: length of the longest sequence; all lengths from half of it on are equally frequent at first.
        seed: seed of the draw.

    Returns:
        The pairs to train on, and those held out.

    Raises:
        ValueError: count or longest is below 1, held_out below 0, or there are too few sequences to draw from.

    Source: none in the paper.
    """
    if min(count, longest) < 1 or held_out < 0 or 2 * (count + held_out) > SYMBOLS**longest:
        raise ValueError(
            f"count and longest must be at least 1, held_out at least 0, and together at most half of the "
            f"{SYMBOLS}^longest sequences; received count={count}, held_out={held_out}, longest={longest}"
        )
    generator = stream(seed, "reversal")
    drawn: dict[tuple[int, ...], None] = {}
    while len(drawn) < count + held_out:
        length = int(torch.randint((longest + 1) // 2, longest + 1, (), generator=generator))
        symbols = torch.randint(SYMBOLS, (length,), generator=generator) + len(SPECIAL_TOKENS)
        drawn[tuple(symbols.tolist())] = None
    pairs = [(sequence, sequence[::-1]) for sequence in drawn]
    return TokenPairs.of(pairs[:count]), TokenPairs.of(pairs[count:])
