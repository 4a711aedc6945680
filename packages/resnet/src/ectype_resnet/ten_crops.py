"""Ten crops of an image (section 3.4)."""

import torch
from jaxtyping import Float
from torch import Tensor


def ten_crops(
    images: Float[Tensor, "batch channels height width"], size: int = 224
) -> Float[Tensor, "batch 10 channels size size"]:
    """Cut out the four corners and the middle of images and of their mirror images.

    The paper averages the scores of a network over them.

    Args:
        images: at least as large as a crop.
        size: of a crop.

    Returns:
        The crops: upper left, upper right, lower left, lower right, middle; then the same of the mirror image.

    Raises:
        ValueError: the size is not positive, or an image is smaller.

    Source: section 3.4, the standard 10-crop testing.
    """
    height, width = images.shape[-2:]
    if not 1 <= size <= min(height, width):
        raise ValueError(
            f"size must be at least 1 and at most that of the images; received size={size} for {height} x {width}"
        )
    down, right = height - size, width - size
    corners = [(0, 0), (0, right), (down, 0), (down, right), (round(down / 2), round(right / 2))]
    both = (images, images.flip(-1))
    crops = [side[..., top : top + size, left : left + size] for side in both for top, left in corners]
    return torch.stack(crops, dim=1)
