"""The stochastic data augmentation module (section 2.1, appendix A)."""

import torch
from jaxtyping import Float
from torch import Tensor

from ectype_simclr.color_distortion import color_distortion
from ectype_simclr.gaussian_blur import BLUR_PROBABILITY, random_blur
from ectype_simclr.random_crop import random_crop

FLIP_PROBABILITY = 0.5
"""Probability of a flip from left to right (appendix A)."""


def crop_and_flip(
    image: Float[Tensor, "channels height width"], size: int, *, generator: torch.Generator
) -> Float[Tensor, "channels {size} {size}"]:
    """Crop at random, resize, and flip one image in two: all that evaluation uses.

    Args:
        image: intensities.
        size: height and width of the result, in pixels.
        generator: of random numbers.

    Returns:
        The crop.

    Raises:
        ValueError: size is below 1.

    Source: appendices A and B.5.
    """
    crop = random_crop(image, size, generator=generator)
    # App. A: the crop is always followed by a random left-to-right flip with 50% probability
    return crop.flip(-1) if torch.rand((), generator=generator) < FLIP_PROBABILITY else crop


def augment(
    image: Float[Tensor, "3 height width"],
    size: int,
    strength: float = 1.0,
    blur: float = BLUR_PROBABILITY,
    *,
    generator: torch.Generator,
) -> Float[Tensor, "3 {size} {size}"]:
    """Give one view: crop, resize, flip, distort the colours, blur.

    Args:
        image: intensities from 0 to 1.
        size: height and width of the view, in pixels.
        strength: of the colour distortion; 0.5 on CIFAR-10.
        blur: probability of blurring; 0 on CIFAR-10.
        generator: of random numbers.

    Returns:
        The view.

    Raises:
        ValueError: size is below 1, strength is not in [0, 2.5], or blur outside [0, 1].

    Source: section 2.1, appendix A.
    """
    # Sec. 2.1: sequentially random cropping and resizing, random colour distortions, random Gaussian blur
    view = crop_and_flip(image, size, generator=generator)
    view = color_distortion(view, strength, generator=generator)
    return random_blur(view, blur, generator=generator)
