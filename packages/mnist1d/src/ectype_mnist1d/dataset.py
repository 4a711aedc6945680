"""The MNIST-1D data set: random numbers, then transformations of the templates (section 3, Table 2)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from ectype_mnist1d.templates import digit_templates, template_time
from ectype_mnist1d.transforms import add_noise, pad_and_dilate, resample, shear, smooth, translate

NOT_PADDING = 1e-8
"""Added to templates, so that only padding is exactly zero (official code)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratorSettings:
    """What MNIST-1D is generated with; the defaults are the frozen data set's.

    Raises:
        ValueError: the number of samples cannot be split evenly over ten digits, or a range is empty.

    Source: Table 2.
    """

    # Tab. 2: train/test split 4000/1000
    train: int = 4000
    """Training samples."""
    test: int = 1000
    """Test samples."""
    # Tab. 2: padding points 36-60, max. translation 48
    padding: tuple[int, int] = (36, 60)
    """Least and greatest number of zeros behind a template."""
    translations: int = 48
    """How many circular shifts there are: 0 to one less than this (official code)."""
    scaling: float = 0.4
    """Width of the range of factors around 1 (official code; not in Table 2)."""
    # Tab. 2: Gaussian filter width 2, Gaussian noise scale 0.25, white noise scale 0.02
    filter_width: float = 2.0
    """Standard deviation of the Gaussian filter, in points."""
    correlated_noise: float = 0.25
    """Standard deviation of the noise before it is filtered (official code)."""
    white_noise: float = 0.02
    """Standard deviation of the noise that is not filtered."""
    # Tab. 2: shear scale 0.75, final seq. length 40
    shear: float = 0.75
    """Width of the range of slopes around 0."""
    length: int = 40
    """Points of a sample."""

    def __post_init__(self) -> None:
        if min(self.train, self.test) < 1 or (self.train + self.test) % 10:
            raise ValueError(
                "there must be training and test samples, together a multiple of 10 for as many of each digit; "
                f"received train={self.train}, test={self.test}"
            )
        low, high = self.padding
        if not 0 <= low <= high or self.translations < 1:
            raise ValueError(
                "padding must be a range of 0 or more and there must be at least one translation; "
                f"received padding={self.padding}, translations={self.translations}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Mnist1D:
    """A data set, standardised as a whole; double precision."""

    x: Float[Tensor, "train length"]
    """Training samples."""
    y: Int[Tensor, "train"]
    """Their digits."""
    x_test: Float[Tensor, "test length"]
    """Test samples."""
    y_test: Int[Tensor, "test"]
    """Their digits."""
    t: Float[Tensor, "length"]
    """The other coordinate of the points of a sample, for drawing."""
    order: Int[Tensor, "length"]
    """The generator's own permutation of features, for `shuffle_features`; not applied."""


@dataclass(frozen=True, slots=True, eq=False)
class Distortions:
    """The random numbers of samples, one row each."""

    zeros: Int[Tensor, "sample"]
    """Zeros behind the template."""
    factor: Float[Tensor, "sample"]
    """Factor on the signal."""
    shift: Int[Tensor, "sample"]
    """Circular shift."""
    correlated: Float[Tensor, "sample points"]
    """Noise that is still to be filtered."""
    white: Float[Tensor, "sample points"]
    """Noise that is not."""
    slope: Float[Tensor, "sample"]
    """Slope of the line."""


def make_dataset(settings: GeneratorSettings = GeneratorSettings(), *, seed: int = 42) -> Mnist1D:
    """Generate MNIST-1D. With the defaults this is the authors' frozen data set.

    Args:
        settings: sizes and scales.
        seed: of all random numbers, drawn in the order of the official code.

    Returns:
        Training and test samples.

    Raises:
        ValueError: from the settings.

    Source: section 3, Table 2.
    """
    # Tab. 2: random seed 42
    random = np.random.RandomState(seed)
    templates = digit_templates()
    count = settings.train + settings.test
    digits = torch.arange(len(templates)).repeat_interleave(count // len(templates))
    points = templates.shape[1] + settings.padding[1]
    x = distort(templates[digits], draw_distortions(random, count, points, settings), settings)
    mixed = random.permutation(count)
    x, y = x[mixed], digits[mixed]
    order = torch.from_numpy(random.permutation(settings.length))
    # The official code standardises with one mean and one deviation of all numbers, test samples included.
    deviation = x.std(correction=0)
    x, t = (x - x.mean()) / deviation, resample(template_time(), settings.length) / deviation
    split = settings.train
    return Mnist1D(x[:split], y[:split], x[split:], y[split:], t, order)


def draw_distortions(
    random: np.random.RandomState, samples: int, points: int, settings: GeneratorSettings
) -> Distortions:
    """Draw the random numbers of samples, one sample after the other.

    Args:
        random: NumPy's Mersenne twister with its legacy distributions, as in the official code.
        samples: number of samples.
        points: length of a padded sample.
        settings: ranges and scales.

    Returns:
        A row of numbers for each sample.

    Source: section 3; distributions and order are the official code's.
    """
    low, high = settings.padding
    rows = [
        (
            low + int(random.rand() * (high - low + 1)),
            1 + settings.scaling * (random.rand() - 0.5),
            random.choice(settings.translations),
            settings.correlated_noise * random.randn(points),
            settings.white_noise * random.randn(points),
            settings.shear * (random.rand() - 0.5),
        )
        for _ in range(samples)
    ]
    return Distortions(*(torch.from_numpy(np.asarray(column)) for column in zip(*rows, strict=True)))


def distort(
    templates: Float[Tensor, "sample point"], distortions: Distortions, settings: GeneratorSettings
) -> Float[Tensor, "sample length"]:
    """Turn templates into samples, given the random numbers.

    Args:
        templates: one for each sample.
        distortions: their random numbers.
        settings: the width of the filter and the final length.

    Returns:
        Samples that are not standardised yet.

    Source: section 3; scaling comes before the shift in the official code, which is the same.
    """
    points = distortions.white.shape[-1]
    # Sec. 3: padded, shifted, applied a random scaling, added Gaussian noise, and added a constant linear signal
    x = pad_and_dilate(templates + NOT_PADDING, distortions.zeros, points) * distortions.factor.unsqueeze(-1)
    x = translate(x, distortions.shift)
    x = add_noise(x, smooth(distortions.correlated, settings.filter_width), distortions.white)
    # Sec. 3: finally, we downsampled the sequences to 40 data points
    return resample(shear(x, distortions.slope), settings.length)


def shuffle_features(data: Mnist1D, order: Int[Tensor, "length"]) -> Mnist1D:
    """Permute the features of all samples alike, which destroys their spatial structure.

    Args:
        data: a data set.
        order: a permutation; feature `i` of the result is feature `order[i]`.

    Returns:
        The shuffled data set.

    Source: section 4, "Shuffling sanity check".
    """
    # Sec. 4: a version of the dataset which was permuted along the spatial dimension
    return replace(data, x=data.x[:, order], x_test=data.x_test[:, order])
