"""Gradients of a loss by the parameters of a layer with the norm, by hand (section 4.2)."""

import torch
from jaxtyping import Float
from torch import Tensor

from ectype_rmsnorm.rms_norm import EPSILON, root_mean_square


def gain_and_bias_gradients(
    inputs: Float[Tensor, "inputs"],
    weight: Float[Tensor, "units inputs"],
    upstream: Float[Tensor, "units"],
    eps: float = EPSILON,
) -> tuple[Float[Tensor, "units"], Float[Tensor, "units"]]:
    r"""Gradients by gain and bias for one case; no scale of input or weights changes them.

    $$\frac{\partial L}{\partial b} = \frac{\partial L}{\partial v}, \qquad
    \frac{\partial L}{\partial g} = \frac{\partial L}{\partial v} \odot \frac{W x}{\mathrm{RMS}(a)}$$

    Args:
        inputs: $x$.
        weight: $W$, with a weight vector in each row.
        upstream: $\partial L / \partial v$, where $v = W x / \mathrm{RMS}(a) \odot g + b$.
        eps: added to the mean square; 0 is the paper's formula.

    Returns:
        Gradients by gain and by bias.

    Raises:
        ValueError: eps is negative.

    Source: section 4.2, Eq. 8.
    """
    summed = weight @ inputs
    # Eq. 8, Sec. 4.2: proportional to the normalized summed inputs
    return upstream * summed / root_mean_square(summed, eps), upstream


def normalization_jacobian(summed: Float[Tensor, "units"], eps: float = EPSILON) -> Float[Tensor, "units units"]:
    r"""Slopes of the normalized summed inputs of a case by its summed inputs, without the gain.

    $$R = \frac{1}{\mathrm{RMS}(a)} \left(I - \frac{a a^\top}{n\, \mathrm{RMS}(a)^2}\right), \qquad
    R(\delta a) = \frac{1}{\delta} R(a)$$

    Args:
        summed: $a = W x$.
        eps: added to the mean square; 0 is the paper's formula.

    Returns:
        $R$, which is symmetric.

    Raises:
        ValueError: eps is negative.

    Source: section 4.2, Eqs. 9 and 10.
    """
    units = len(summed)
    scale = root_mean_square(summed, eps)
    # Eq. 9, Eq. 10: the second term is what the shared statistic takes away
    return (torch.eye(units).to(summed) - torch.outer(summed, summed) / (units * scale**2)) / scale


def weight_gradient(
    inputs: Float[Tensor, "inputs"],
    weight: Float[Tensor, "units inputs"],
    gain: Float[Tensor, "units"],
    upstream: Float[Tensor, "units"],
    eps: float = EPSILON,
) -> Float[Tensor, "units inputs"]:
    r"""Gradient by the weight matrix for one case; weights times $\delta$ divide it by $\delta$.

    $$\frac{\partial L}{\partial W} = \sum_{i=1}^n \left[x^\top \otimes
    \left(\mathrm{diag}\left(g \odot \frac{\partial L}{\partial v}\right) R\right)\right]_i$$

    Args:
        inputs: $x$.
        weight: $W$, with a weight vector in each row.
        gain: $g$.
        upstream: $\partial L / \partial v$, where $v = W x / \mathrm{RMS}(a) \odot g + b$.
        eps: added to the mean square; 0 is the paper's formula.

    Returns:
        The gradient.

    Raises:
        ValueError: eps is negative.

    Source: section 4.2, Eq. 9.
    """
    # Eq. 9: the sum over rows of diag(...) R is a product with R; the Kronecker product with x is an outer one
    return torch.outer((gain * upstream) @ normalization_jacobian(weight @ inputs, eps), inputs)
