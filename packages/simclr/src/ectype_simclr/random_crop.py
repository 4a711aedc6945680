"""Random crop with resize (appendix A)."""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

AREAS = (0.08, 1.0)
"""Share of the image that a crop covers (appendix A)."""

ASPECTS = (3 / 4, 4 / 3)
"""Width by height of a crop, relative to that of the image (appendix A)."""

ATTEMPTS = 10
"""Boxes that are tried before the whole image is taken (a guess: torchvision's number)."""


def random_box(height: int, width: int, *, generator: torch.Generator) -> tuple[int, int, int, int]:
    """Draw a box: its area uniformly, its shape uniformly on a logarithmic scale, its place uniformly where it fits.

    Args:
        height: of the image, in pixels.
        width: of the image, in pixels.
        generator: of random numbers.

    Returns:
        Top, left, height and width of the box, in pixels.

    Raises:
        ValueError: a side is below 1.

    Source: appendix A.
    """
    if min(height, width) < 1:
        raise ValueError(f"height and width must be at least 1; received {height} and {width}")

    def uniform(low: float, high: float) -> float:
        return low + (high - low) * torch.rand((), generator=generator).item()

    for _ in range(ATTEMPTS):
        # App. A: a random size, uniform from 0.08 to 1.0 in area
        area = uniform(*AREAS) * height * width
        # App. A: a random aspect ratio, 3/4 to 4/3 of the original aspect ratio
        aspect = math.exp(uniform(*map(math.log, ASPECTS))) * width / height
        high, wide = round(math.sqrt(area / aspect)), round(math.sqrt(area * aspect))
        if 1 <= high <= height and 1 <= wide <= width:
            top, left = (int(uniform(0.0, space + 1.0)) for space in (height - high, width - wide))
            return top, left, high, wide
    return 0, 0, height, width


def random_crop(
    image: Float[Tensor, "channels height width"], size: int, *, generator: torch.Generator
) -> Float[Tensor, "channels {size} {size}"]:
    """Crop an image at random and resize the crop.

    Args:
        image: intensities.
        size: height and width of the result, in pixels.
        generator: of random numbers.

    Returns:
        The crop, resized by antialiased bilinear interpolation.

    Raises:
        ValueError: size is below 1.

    Source: appendix A.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1; received {size}")
    top, left, high, wide = random_box(*image.shape[-2:], generator=generator)
    crop = image[:, top : top + high, left : left + wide]
    # App. A: the crop is finally resized
    return F.interpolate(crop[None], (size, size), mode="bilinear", antialias=True)[0]
