r"""What is left of an input after normalization, along the weight vector of a unit (section 5.2.2)."""

from jaxtyping import Float
from torch import Tensor

from ectype_layernorm.batch_norm import batch_statistics
from ectype_layernorm.layer_norm import EPSILON, layer_statistics


def batch_directions(
    inputs: Float[Tensor, "cases inputs"], weight: Float[Tensor, "units inputs"], eps: float = EPSILON
) -> Float[Tensor, "cases units inputs"]:
    r"""$\chi$ under batch normalization, where mean and deviation are those of the data.

    $$\chi_i = x - \frac{\partial \mu_i}{\partial w_i} - \frac{a_i - \mu_i}{\sigma_i} \frac{\partial \sigma_i}{\partial w_i},
    \qquad \frac{\partial \mu_i}{\partial w_i} = \mathbb{E}[x], \quad
    \frac{\partial \sigma_i}{\partial w_i} = \mathbb{E}\left[\frac{a_i - \mu_i}{\sigma_i} x\right]$$

    Args:
        inputs: $x$, one case a row.
        weight: $W$, with a weight vector in each row.
        eps: added to the variance; 0 is the paper's formula.

    Returns:
        $\chi$ of each case and unit.

    Raises:
        ValueError: eps is negative.

    Source: section 5.2.2, Eq. 14.
    """
    summed = inputs @ weight.T
    mean, deviation = batch_statistics(summed, eps)
    normalized = (summed - mean) / deviation
    # Eq. 14: derivatives of the mean and of the deviation over the cases
    mean_slope = inputs.mean(dim=0)
    deviation_slope = normalized.T @ inputs / len(inputs)  # units inputs
    return (inputs - mean_slope).unsqueeze(1) - normalized.unsqueeze(-1) * deviation_slope


def layer_directions(
    inputs: Float[Tensor, "cases inputs"], weight: Float[Tensor, "units inputs"], eps: float = EPSILON
) -> Float[Tensor, "cases units inputs"]:
    r"""$\chi$ under layer normalization, where mean and deviation are those of the layer.

    $$\chi_i = x - \frac{\partial \mu}{\partial w_i} - \frac{a_i - \mu}{\sigma} \frac{\partial \sigma}{\partial w_i},
    \qquad \frac{\partial \mu}{\partial w_i} = \frac{x}{H}, \quad
    \frac{\partial \sigma}{\partial w_i} = \frac{a_i - \mu}{\sigma} \frac{x}{H}$$

    Args:
        inputs: $x$, one case a row.
        weight: $W$, with a weight vector in each row.
        eps: added to the variance; 0 is the paper's formula.

    Returns:
        $\chi$ of each case and unit.

    Raises:
        ValueError: eps is negative.

    Source: section 5.2.2, Eq. 14.
    """
    summed = inputs @ weight.T
    mean, deviation = layer_statistics(summed, eps)
    normalized = (summed - mean) / deviation
    # Eq. 14: both derivatives are multiples of x
    kept = 1 - (1 + normalized.square()) / len(weight)  # cases units
    return kept.unsqueeze(-1) * inputs.unsqueeze(1)


def weight_directions(
    inputs: Float[Tensor, "cases inputs"], weight: Float[Tensor, "units inputs"]
) -> Float[Tensor, "cases units inputs"]:
    r"""$\chi$ under weight normalization, the part of the input that is orthogonal to the weight vector.

    $$\chi_i = x - \frac{w_i^\top x}{\lVert w_i \rVert} \frac{w_i}{\lVert w_i \rVert}, \qquad
    \mu_i = 0, \quad \frac{\partial \sigma_i}{\partial w_i} = \frac{w_i}{\lVert w_i \rVert}$$

    Args:
        inputs: $x$, one case a row.
        weight: $W$, with a weight vector in each row; none may be zero.

    Returns:
        $\chi$ of each case and unit.

    Source: section 5.2.2, Eq. 14.
    """
    deviation_slope = weight / weight.norm(dim=-1, keepdim=True)
    normalized = inputs @ deviation_slope.T
    # Eq. 14: the mean is 0
    return inputs.unsqueeze(1) - normalized.unsqueeze(-1) * deviation_slope
