"""Gaussian blur (appendix A)."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

SIGMAS = (0.1, 2.0)
"""Standard deviation of the kernel, in pixels (appendix A)."""

BLUR_PROBABILITY = 0.5
"""Probability of blurring (appendix A)."""


def kernel_radius(height: int) -> int:
    """Pixels on either side of the middle of the kernel, which is a tenth of the image high.

    Args:
        height: of the image, in pixels.

    Returns:
        The radius; the kernel has twice as many pixels and one.

    Source: appendix A; rounding as in the official code, `data_util.py`.
    """
    # App. A: the kernel size is set to be 10% of the image height
    return height // 10 // 2


def gaussian_blur(
    image: Float[Tensor, "channels height width"], sigma: float
) -> Float[Tensor, "channels height width"]:
    r"""Convolve with a Gaussian, down and across.

    $$w_k \propto \exp(-k^2 / 2 \sigma^2), \qquad |k| \le r, \qquad \sum_k w_k = 1$$

    Args:
        image: intensities; beyond its border there is 0.
        sigma: $\sigma$, in pixels.

    Returns:
        The image, blurred.

    Raises:
        ValueError: sigma is not positive.

    Source: appendix A.
    """
    if sigma <= 0:
        raise ValueError(f"sigma must be positive; received {sigma}")
    radius = kernel_radius(image.shape[-2])
    offsets = torch.arange(-radius, radius + 1, dtype=image.dtype, device=image.device)
    # App. A: a Gaussian kernel
    weights = (-(offsets**2) / (2 * sigma**2)).softmax(dim=0)
    rows = image[:, None]  # channels 1 height width
    down = F.conv2d(rows, weights.view(1, 1, -1, 1), padding=(radius, 0))
    return F.conv2d(down, weights.view(1, 1, 1, -1), padding=(0, radius))[:, 0]


def random_blur(
    image: Float[Tensor, "channels height width"],
    probability: float = BLUR_PROBABILITY,
    *,
    generator: torch.Generator,
) -> Float[Tensor, "channels height width"]:
    """Blur one image in two, by a random amount.

    Args:
        image: intensities.
        probability: of blurring it.
        generator: of random numbers.

    Returns:
        The image, blurred or as it is.

    Raises:
        ValueError: probability is outside [0, 1].

    Source: appendix A.
    """
    if not 0 <= probability <= 1:
        raise ValueError(f"probability must be in [0, 1]; received {probability}")
    low, high = SIGMAS
    chance, draw = torch.rand(2, generator=generator).tolist()
    # App. A: blur 50% of the time, sigma uniform in [0.1, 2.0]
    return gaussian_blur(image, low + (high - low) * draw) if chance < probability else image
