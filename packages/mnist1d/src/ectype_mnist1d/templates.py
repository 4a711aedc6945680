"""Ten one-dimensional digits, by hand (section 3)."""

import torch
from jaxtyping import Float
from torch import Tensor

# Sec. 3: each of these templates consists of 12 hand-crafted x coordinates (numbers of the official code)
HAND_CRAFTED = (
    (5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5),
    (5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5),
    (5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5),
    (5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5),
    (5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5),
    (5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5),
    (5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5),
    (5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5),
    (5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5),
    (5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5),
)

HEIGHT = 6.0
"""What standardised coordinates are divided by (official code)."""


def digit_templates() -> Float[Tensor, "digit=10 point=12"]:
    r"""Standardise the hand-crafted coordinates $c$ of every digit and move its first point to zero.

    $$x_i = \frac{1}{6} \cdot \frac{c_i - c_1}{\mathrm{std}(c)}$$

    Returns:
        The digits 0 to 9, double precision; each starts and ends at 0.

    Source: section 3; the standardisation is the official code's.
    """
    coordinates = torch.tensor(HAND_CRAFTED, dtype=torch.float64)
    # Sec. 3: ten one-dimensional template patterns which resemble the digits 0 to 9
    return (coordinates - coordinates[:, :1]) / coordinates.std(dim=1, correction=0, keepdim=True) / HEIGHT


def template_time() -> Float[Tensor, "point=12"]:
    """Give the other coordinate of the points of a template, evenly from -5/6 to 5/6.

    Returns:
        One coordinate a point, double precision.

    Source: Figure 1, in which templates are drawn against it; the range is the official code's.
    """
    # Fig. 1: templates are drawn from top to bottom
    return torch.linspace(-5.0, 5.0, len(HAND_CRAFTED[0]), dtype=torch.float64) / HEIGHT
