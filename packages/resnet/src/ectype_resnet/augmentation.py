"""Augmentation of small images (section 4.2)."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

PADDING = 4
"""Pixels that are padded on each side (section 4.2)."""


def random_crop_and_flip(
    images: Float[Tensor, "batch channels height width"], padding: int = PADDING, *, generator: torch.Generator
) -> Float[Tensor, "batch channels height width"]:
    """Pad each image with zeros, cut out a crop of its size at random, and mirror every second one.

    Args:
        images: a batch.
        padding: pixels on each side.
        generator: of places and flips.

    Returns:
        As many images of the same size.

    Raises:
        ValueError: the padding is negative.

    Source: section 4.2.
    """
    if padding < 0:
        raise ValueError(f"padding must be at least 0; received {padding}")
    batch, _, height, width = images.shape
    # Sec. 4.2: 4 pixels are padded on each side, and a crop is randomly sampled from it or its horizontal flip
    padded = F.pad(images, [padding] * 4)
    top, left = torch.randint(2 * padding + 1, (2, batch, 1), generator=generator)
    rows, columns = top + torch.arange(height), left + torch.arange(width)
    mirrored = torch.rand(batch, 1, generator=generator) < 0.5
    columns = torch.where(mirrored, columns.flip(-1), columns)
    item = torch.arange(batch)[:, None, None]
    crops = padded[item, :, rows[:, :, None], columns[:, None, :]]  # batch height width channels
    return crops.permute(0, 3, 1, 2).contiguous()
