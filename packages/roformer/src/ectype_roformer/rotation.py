"""Rotation of queries and keys by their angles, in the paper's pairing and in the other one (sections 3.2 and 3.4.2)."""

import torch
from jaxtyping import Float
from torch import Tensor


def rotate_neighbours(
    vectors: Float[Tensor, "*batch length width"], angles: Float[Tensor, "*#batch #length planes"]
) -> Float[Tensor, "*batch length width"]:
    r"""Rotate the planes of neighbouring coordinates, (1, 2), (3, 4), ...: the pairing of the paper.

    $$R^d_{\Theta,m} x = (x_1, x_2, x_3, x_4, \dots) \otimes \cos m\theta + (-x_2, x_1, -x_4, x_3, \dots) \otimes \sin m\theta$$

    Args:
        vectors: queries or keys, $x$.
        angles: $m \theta_i$ of `rotary_angles`, broadcast over the batch.

    Returns:
        The rotated vectors, in their own type.

    Raises:
        ValueError: there are not half as many angles as coordinates.

    Source: section 3.4.2, Eq. 34; the matrix is Eq. 15.
    """
    first, second = vectors.unflatten(-1, (_planes(vectors, angles), 2)).unbind(-1)
    # Eq. 34: x (*) cos(m theta) + (-x_2, x_1, -x_4, x_3, ...) (*) sin(m theta)
    return torch.stack(_turned(first, second, angles), dim=-1).flatten(-2)


def rotate_halves(
    vectors: Float[Tensor, "*batch length width"], angles: Float[Tensor, "*#batch #length planes"]
) -> Float[Tensor, "*batch length width"]:
    r"""Rotate planes that pair the two halves, (1, d/2 + 1), (2, d/2 + 2), ...: the pairing of GPT-NeoX and Llama.

    The same as `rotate_neighbours` in another order of coordinates. Weights that were trained with one need their
    rows reordered for the other: `neighbours_to_halves`.

    Args:
        vectors: queries or keys.
        angles: $m \theta_i$ of `rotary_angles`, broadcast over the batch.

    Returns:
        The rotated vectors, in their own type.

    Raises:
        ValueError: there are not half as many angles as coordinates.

    Source: not in the paper; section 3.2.2 with other subspaces.
    """
    first, second = vectors.unflatten(-1, (2, _planes(vectors, angles))).unbind(-2)
    # Sec. 3.2.2: the space is divided into d/2 subspaces, here of the coordinates i and i + d/2
    return torch.cat(_turned(first, second, angles), dim=-1)


def rotary_matrix(angles: Float[Tensor, "*batch planes"]) -> Float[Tensor, "*batch width width"]:
    r"""The rotation as a matrix, $R^d_{\Theta,m}$: to look at and to compare with, since it is mostly zeros.

    Args:
        angles: $m \theta_i$.

    Returns:
        Block-diagonal matrices, one for each position.

    Source: section 3.2.2, Eq. 15.
    """
    cos, sin = angles.cos(), angles.sin()
    # Eq. 13: ((cos m theta, -sin m theta), (sin m theta, cos m theta))
    blocks = torch.stack([torch.stack([cos, -sin], dim=-1), torch.stack([sin, cos], dim=-1)], dim=-2)
    # Eq. 15: one block after the other on the diagonal
    diagonal = torch.eye(angles.shape[-1], dtype=angles.dtype, device=angles.device)[:, None, :, None]
    return (diagonal * blocks.unsqueeze(-2)).flatten(-4, -3).flatten(-2)  # *batch (planes 2) (planes 2)


def _planes(vectors: Tensor, angles: Tensor) -> int:
    planes = angles.shape[-1]
    if vectors.shape[-1] != 2 * planes:
        raise ValueError(
            f"vectors must have two coordinates for each angle; received {vectors.shape[-1]} coordinates and {planes} angles"
        )
    return planes


def _turned(first: Tensor, second: Tensor, angles: Tensor) -> tuple[Tensor, Tensor]:
    cos, sin = angles.cos().to(first.dtype), angles.sin().to(first.dtype)
    # Eq. 13: (x_1 cos - x_2 sin, x_1 sin + x_2 cos)
    return first * cos - second * sin, first * sin + second * cos
