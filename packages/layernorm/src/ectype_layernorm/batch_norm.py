"""Batch normalization, as this paper writes it to compare with (section 2)."""

from jaxtyping import Float
from torch import Tensor

from ectype_layernorm.layer_norm import EPSILON, check_constant


def batch_statistics(
    summed: Float[Tensor, "cases units"], eps: float = EPSILON
) -> tuple[Float[Tensor, "units"], Float[Tensor, "units"]]:
    r"""Mean and standard deviation of the summed input of each unit, over the cases.

    $$\mu_i = \mathbb{E}_x[a_i], \qquad \sigma_i = \sqrt{\mathbb{E}_x\left[(a_i - \mu_i)^2\right]}$$

    Args:
        summed: $a$, the summed inputs of all cases.
        eps: added to the variance; 0 is the paper's formula.

    Returns:
        $\mu$ and $\sigma$, which all cases share.

    Raises:
        ValueError: eps is negative.

    Source: section 2, Eq. 2, with the cases that are given for the distribution of the data.
    """
    check_constant(eps)
    # Eq. 2: expectations under the distribution of the data
    mean = summed.mean(dim=0)
    return mean, ((summed - mean).square().mean(dim=0) + eps).sqrt()


def batch_norm(
    summed: Float[Tensor, "cases units"],
    gain: Float[Tensor, "units"],
    bias: Float[Tensor, "units"],
    eps: float = EPSILON,
) -> Float[Tensor, "cases units"]:
    r"""Summed inputs re-centred and re-scaled over the cases, each unit by itself.

    $$\bar a_i = \frac{g_i}{\sigma_i} (a_i - \mu_i) + b_i$$

    Args:
        summed: $a$, the summed inputs of all cases.
        gain: $g$, one number a unit.
        bias: $b$, one number a unit.
        eps: added to the variance; 0 is the paper's formula.

    Returns:
        The normalized summed inputs, with the statistics of the cases that are given; nothing is averaged for later.

    Raises:
        ValueError: eps is negative.

    Source: section 2, Eq. 2; the bias: section 5.1, Eq. 5.
    """
    mean, deviation = batch_statistics(summed, eps)
    # Eq. 2: g / sigma (a - mu)
    return gain / deviation * (summed - mean) + bias
