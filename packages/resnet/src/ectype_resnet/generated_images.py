"""Small images that are generated, to exercise the training procedure without CIFAR-10."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

CLASSES = 10
SIZE = 32


def generated_images(
    count: int, noise: float = 0.5, *, seed: int
) -> tuple[Float[Tensor, "count 3 32 32"], Int[Tensor, "count"]]:
    """Draw images of ten classes: a smooth pattern of the class, of a random contrast, and white noise.

    The patterns are the same for every seed. They have the form of CIFAR-10 and nothing else of it.

    Args:
        count: how many.
        noise: standard deviation of the noise; that of a pattern is about one.
        seed: of classes, contrasts and noise.

    Returns:
        The images and their classes.

    Raises:
        ValueError: the count or the noise is negative.

    Source: section 4.2 for the form: 32 x 32 pixels, ten classes.
    """
    if count < 0 or noise < 0:
        raise ValueError(f"count and noise must be at least 0; received count={count}, noise={noise}")
    coarse = torch.randn(CLASSES, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    patterns = F.interpolate(coarse, size=(SIZE, SIZE), mode="bicubic")
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(CLASSES, (count,), generator=generator)
    contrast = 0.5 + torch.rand(count, 1, 1, 1, generator=generator)
    return contrast * patterns[labels] + noise * torch.randn(count, 3, SIZE, SIZE, generator=generator), labels
