"""Colour distortion: jittering, then dropping (appendix A)."""

import torch
from jaxtyping import Float
from torch import Tensor

from ectype_simclr.color_adjustments import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    grayscale,
)

JITTER_PROBABILITY = 0.8
"""Probability of jittering (appendix A)."""

DROP_PROBABILITY = 0.2
"""Probability of dropping the colour (appendix A)."""


def color_jitter(
    image: Float[Tensor, "3 height width"], strength: float = 1.0, *, generator: torch.Generator
) -> Float[Tensor, "3 height width"]:
    """Adjust brightness, contrast, saturation and hue by random amounts, in random order.

    Args:
        image: intensities from 0 to 1.
        strength: factors are uniform in 1 plus-minus 0.8 of it, but not below 0; turns of hue in plus-minus 0.2 of it.
        generator: of random numbers.

    Returns:
        The image in other colours.

    Raises:
        ValueError: strength is not in [0, 2.5], where the hue has gone all the way round.

    Source: appendix A, the PyTorch pseudo-code.
    """
    if not 0 <= strength <= 2.5:
        raise ValueError(f"strength must be in [0, 2.5]; received {strength}")
    # App. A: ColorJitter(0.8*s, 0.8*s, 0.8*s, 0.2*s)
    spread = 0.8 * strength
    low, high = max(0.0, 1 - spread), 1 + spread
    *draws, last = torch.rand(4, generator=generator).tolist()
    amounts = [*(low + (high - low) * draw for draw in draws), 0.2 * strength * (2 * last - 1)]
    adjustments = (adjust_brightness, adjust_contrast, adjust_saturation, adjust_hue)
    # App. A: one can also shuffle the order of the adjustments each time they are applied
    for which in torch.randperm(4, generator=generator).tolist():
        image = adjustments[which](image, amounts[which])
    return image


def color_distortion(
    image: Float[Tensor, "3 height width"], strength: float = 1.0, *, generator: torch.Generator
) -> Float[Tensor, "3 height width"]:
    """Jitter the colours of four images in five, then drop the colour of one in five.

    Args:
        image: intensities from 0 to 1.
        strength: of the jittering.
        generator: of random numbers.

    Returns:
        The image in other colours, or in none.

    Raises:
        ValueError: strength is not in [0, 2.5].

    Source: appendix A.
    """
    jitters, drops = torch.rand(2, generator=generator).tolist()
    jittered = color_jitter(image, strength, generator=generator)
    # App. A: random_apply(color_jitter, p=0.8), then random_apply(color_drop, p=0.2)
    image = jittered if jitters < JITTER_PROBABILITY else image
    return grayscale(image) if drops < DROP_PROBABILITY else image
