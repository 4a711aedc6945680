"""Generated pictures to try the training on: not of the paper, and no substitute for ImageNet."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

CLASSES = ("rows", "columns", "checks", "rings")
"""What is drawn, in two random colours; none of it changes with a flip or a colour distortion."""


class Pictures(NamedTuple):
    """Pictures and their classes."""

    images: Float[Tensor, "count 3 size size"]
    labels: Int[Tensor, "count"]


def pictures(count: int, size: int, *, seed: int) -> Pictures:
    """Draw pictures of four patterns with random period, phase and colours.

    Args:
        count: of pictures; the classes take turns.
        size: height and width, in pixels.
        seed: of random numbers.

    Returns:
        The pictures, with intensities from 0 to 1.

    Raises:
        ValueError: count or size is below 1.

    Source: none; to make the training script runnable.
    """
    if min(count, size) < 1:
        raise ValueError(f"count and size must be at least 1; received {count} and {size}")
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % len(CLASSES)
    periods = (size * (0.2 + 0.3 * torch.rand(count, 1, 1, generator=generator))).clamp(min=2)
    phases = 2 * math.pi * torch.rand(2, count, 1, 1, generator=generator)
    across = torch.arange(size).expand(count, size, size)
    down = across.transpose(-1, -2)
    middle = (size - 1) / 2
    waves_down = (2 * math.pi * down / periods + phases[0]).sin()
    waves_across = (2 * math.pi * across / periods + phases[1]).sin()
    rings = (2 * math.pi * torch.hypot(down - middle, across - middle) / periods + phases[0]).sin()
    patterns = torch.stack([waves_down, waves_across, waves_down * waves_across, rings])
    shade = (1 + patterns[labels, torch.arange(count)].unsqueeze(1)) / 2  # count 1 size size
    dark, bright = torch.rand(2, count, 3, 1, 1, generator=generator)
    return Pictures(shade * bright + (1 - shade) * dark, labels)
