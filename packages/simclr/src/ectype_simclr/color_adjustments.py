"""The four adjustments of which colour jittering is composed, and colour dropping (appendix A)."""

import torch
from jaxtyping import Float
from torch import Tensor

Image = Float[Tensor, "3 height width"]


def grayscale(image: Image) -> Image:
    r"""Replace each colour by its luminance, $0.2989 R + 0.587 G + 0.114 B$, in all three channels.

    Args:
        image: intensities from 0 to 1.

    Returns:
        The image without colour.

    Source: appendix A; the weights are those of `rgb_to_grayscale` in TensorFlow and torchvision.
    """
    # App. A: color_drop, rgb_to_grayscale and tile
    red, green, blue = image
    return (0.2989 * red + 0.587 * green + 0.114 * blue).expand_as(image)


def adjust_brightness(image: Image, factor: float) -> Image:
    r"""Multiply all intensities: $\min(f x, 1)$.

    Args:
        image: intensities from 0 to 1.
        factor: 1 leaves the image as it is, 0 makes it black.

    Returns:
        The image, brighter or darker.

    Raises:
        ValueError: factor is negative.

    Source: appendix A, the PyTorch pseudo-code.
    """
    # App. A: brightness, as in torchvision's ColorJitter
    return _blend(image, torch.zeros_like(image), factor)


def adjust_contrast(image: Image, factor: float) -> Image:
    r"""Move all intensities away from, or towards, the mean luminance $m$: $f x + (1 - f) m$, cut to $[0, 1]$.

    Args:
        image: intensities from 0 to 1.
        factor: 1 leaves the image as it is, 0 makes it uniform.

    Returns:
        The image with more or less contrast.

    Raises:
        ValueError: factor is negative.

    Source: appendix A, the PyTorch pseudo-code.
    """
    # App. A: contrast, as in torchvision's ColorJitter
    return _blend(image, grayscale(image).mean(), factor)


def adjust_saturation(image: Image, factor: float) -> Image:
    r"""Move each colour away from, or towards, its luminance $g$: $f x + (1 - f) g$, cut to $[0, 1]$.

    Args:
        image: intensities from 0 to 1.
        factor: 1 leaves the image as it is, 0 drops the colour.

    Returns:
        The image, more or less colourful.

    Raises:
        ValueError: factor is negative.

    Source: appendix A, the PyTorch pseudo-code.
    """
    # App. A: saturation, as in torchvision's ColorJitter
    return _blend(image, grayscale(image), factor)


def adjust_hue(image: Image, turn: float) -> Image:
    """Turn each colour around the colour circle, with its value and saturation as they are.

    Args:
        image: intensities from 0 to 1.
        turn: in turns, from -0.5 to 0.5; a third sends red to green.

    Returns:
        The image in other colours.

    Raises:
        ValueError: turn is outside [-0.5, 0.5].

    Source: appendix A.
    """
    if not -0.5 <= turn <= 0.5:
        raise ValueError(f"turn must be in [-0.5, 0.5]; received {turn}")
    value, least = image.amax(0), image.amin(0)
    chroma = value - least
    red, green, blue = image
    centres = image.new_tensor([0.0, 2.0, 4.0]).view(3, 1, 1)  # hues of red, green and blue, in sixths
    # App. A: hue, the sixth of the circle that is counted from the channel with the largest intensity
    sixths = torch.stack([green - blue, blue - red, red - green]) / torch.where(chroma > 0, chroma, 1)
    hue = (sixths + centres).gather(0, image.argmax(0, keepdim=True))
    # A channel is at the value within a sixth of its own hue, at the least beyond two sixths, and falls between
    apart = (hue + 6 * turn - centres) % 6
    return value - chroma * (torch.minimum(apart, 6 - apart) - 1).clamp(0, 1)


def _blend(image: Image, other: Tensor, factor: float) -> Image:
    """Mix by `factor`, and cut to [0, 1]."""
    if factor < 0:
        raise ValueError(f"factor must be at least 0; received {factor}")
    return (factor * image + (1 - factor) * other).clamp(0, 1)
