"""Sinusoidal positions as other code bases write them: the same idea with other frequencies or another layout.

| dialect | frequency i of n | layout |
| --- | --- | --- |
| paper, section 3.5 | 10000^(-i / n) | sin, cos, sin, cos ... |
| tensor2tensor, fairseq, DDPM | 10000^(-i / (n - 1)) | all sines, then all cosines |
| improved-diffusion | 10000^(-i / n) | all cosines, then all sines |
| diffusers | 10000^(-i / (n - downscale_freq_shift)) | halves, in either order |

All take real-valued positions of shape "length" and work in their type. An odd width ends with a column of zeros.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from ectype_transformer.positions import geometric_frequencies


def tensor2tensor_positions(positions: Float[Tensor, "length"], d_model: int) -> Float[Tensor, "length {d_model}"]:
    r"""All sines, then all cosines, of frequencies $10000^{-i / (n - 1)}$ with $n = \lfloor d / 2 \rfloor$.

    The wavelengths run exactly from $2 \pi$ to $10000 \cdot 2 \pi$. With a single frequency it is 1.

    Args:
        positions: real-valued positions.
        d_model: width, at least 2.

    Returns:
        One row for each position.

    Raises:
        ValueError: d_model is below 2.

    Source: tensorflow/tensor2tensor at bafdc1b, `layers/common_attention.py`, `get_timing_signal_1d`; its comment says
    that it "slightly differs from the published paper".
    """
    shift = 0.0 if d_model // 2 == 1 else 1.0
    sines, cosines = _sines_and_cosines(positions, d_model, shift)
    return _halves(sines, cosines, d_model)


def fairseq_positions(positions: Float[Tensor, "length"], d_model: int) -> Float[Tensor, "length {d_model}"]:
    r"""All sines, then all cosines, of frequencies $10000^{-i / (n - 1)}$ with $n = \lfloor d / 2 \rfloor$.

    fairseq numbers the tokens of a sentence from padding id + 1, not from 0, and gives padding a row of zeros; the
    positions here are taken as they are.

    Args:
        positions: real-valued positions.
        d_model: width, at least 4.

    Returns:
        One row for each position.

    Raises:
        ValueError: d_model is below 4, where the formula divides by zero.

    Source: facebookresearch/fairseq at 0491f26, `fairseq/modules/sinusoidal_positional_embedding.py`, `get_embedding`.
    """
    sines, cosines = _sines_and_cosines(positions, d_model, 1.0)
    return _halves(sines, cosines, d_model)


def ddpm_positions(positions: Float[Tensor, "length"], d_model: int) -> Float[Tensor, "length {d_model}"]:
    r"""All sines, then all cosines, of frequencies $10000^{-i / (n - 1)}$ with $n = \lfloor d / 2 \rfloor$.

    Positions are the time steps of the diffusion. The code says that it comes from fairseq.

    Args:
        positions: real-valued positions.
        d_model: width, at least 4.

    Returns:
        One row for each position.

    Raises:
        ValueError: d_model is below 4, where the formula divides by zero.

    Source: hojonathanho/diffusion at c461299, `diffusion_tf/nn.py`, `get_timestep_embedding`.
    """
    sines, cosines = _sines_and_cosines(positions, d_model, 1.0)
    return _halves(sines, cosines, d_model)


def improved_diffusion_positions(positions: Float[Tensor, "length"], d_model: int) -> Float[Tensor, "length {d_model}"]:
    r"""All cosines, then all sines, of the paper's frequencies $10000^{-i / n}$ with $n = \lfloor d / 2 \rfloor$.

    Args:
        positions: real-valued positions.
        d_model: width, at least 2.

    Returns:
        One row for each position.

    Raises:
        ValueError: d_model is below 2.

    Source: openai/improved-diffusion at e593c92, `improved_diffusion/nn.py`, `timestep_embedding`.
    """
    sines, cosines = _sines_and_cosines(positions, d_model, 0.0)
    return _halves(cosines, sines, d_model)


def diffusers_positions(
    positions: Float[Tensor, "length"],
    d_model: int,
    *,
    flip_sin_to_cos: bool = False,
    downscale_freq_shift: float = 1.0,
) -> Float[Tensor, "length {d_model}"]:
    r"""Two halves of frequencies $10000^{-i / (n - s)}$ with $n = \lfloor d / 2 \rfloor$, under diffusers' two settings.

    The defaults are DDPM's dialect; flipped and with shift 0 it is improved-diffusion's.

    Args:
        positions: real-valued positions.
        d_model: width.
        flip_sin_to_cos: True puts the cosines first.
        downscale_freq_shift: $s$.

    Returns:
        One row for each position.

    Raises:
        ValueError: half of d_model is not greater than the shift.

    Source: huggingface/diffusers 0.42.1, `src/diffusers/models/embeddings.py`, `get_timestep_embedding`.
    """
    sines, cosines = _sines_and_cosines(positions, d_model, downscale_freq_shift)
    halves = (cosines, sines) if flip_sin_to_cos else (sines, cosines)
    return _halves(*halves, d_model)


def _sines_and_cosines(positions: Tensor, d_model: int, shift: float) -> tuple[Tensor, Tensor]:
    frequencies = geometric_frequencies(d_model // 2, shift=shift, dtype=positions.dtype, device=positions.device)
    angles = torch.outer(positions, frequencies)  # length frequency
    return angles.sin(), angles.cos()


def _halves(first: Tensor, second: Tensor, d_model: int) -> Tensor:
    return F.pad(torch.cat((first, second), dim=-1), (0, d_model % 2))
