"""Tokens that are hidden, to be predicted (section 4.2)."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor


def mask_tokens(
    tokens: Int[Tensor, "*batch length"],
    vocabulary: int,
    mask_token: int,
    masked: float = 0.15,
    *,
    generator: torch.Generator,
) -> tuple[Int[Tensor, "*batch length"], Bool[Tensor, "*batch length"]]:
    """Choose tokens to be predicted, and hide most of them.

    Of those that are chosen eight in ten become the mask, one in ten any token, and one in ten stays.

    Args:
        tokens: what is to be predicted.
        vocabulary: number of tokens.
        mask_token: the one that says that another is hidden.
        masked: part of the tokens that are chosen.
        generator: of the random numbers.

    Returns:
        The tokens that the model sees, and where it is to predict.

    Raises:
        ValueError: masked is not between 0 and 1, or the mask is not one of the vocabulary.

    Source: section 4.2, as the official `train.py`, l. 64-80.
    """
    reasons = []
    if not 0 <= masked <= 1:
        reasons.append(f"masked must be between 0 and 1; received {masked}")
    if not 0 <= mask_token < vocabulary:
        reasons.append(f"mask_token must be one of {vocabulary} tokens; received {mask_token}")
    if reasons:
        raise ValueError("; ".join(reasons))
    draw = torch.rand(tokens.shape, generator=generator)
    others = torch.randint(vocabulary, tokens.shape, generator=generator)
    # Sec. 4.2: 80 % of the chosen become the mask, the next 10 % stay, the last 10 % are drawn anew
    seen = torch.where(draw < 0.8 * masked, mask_token, tokens)
    chosen = draw < masked
    return torch.where(chosen & (draw >= 0.9 * masked), others, seen), chosen
