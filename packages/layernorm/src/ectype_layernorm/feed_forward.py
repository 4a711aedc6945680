"""A layer of a feed-forward network without and with layer normalization (sections 2 and 5.1)."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from ectype_layernorm.layer_norm import EPSILON, layer_statistics

Activation = Callable[[Tensor], Tensor]


def plain_layer(
    inputs: Float[Tensor, "*batch inputs"],
    weight: Float[Tensor, "units inputs"],
    bias: Float[Tensor, "units"],
    activation: Activation = torch.relu,
) -> Float[Tensor, "*batch units"]:
    r"""A layer without normalization.

    $$a_i = w_i^\top h, \qquad h_i' = f(a_i + b_i)$$

    Args:
        inputs: $h$, the outputs of the layer below.
        weight: $W$, with a weight vector in each row.
        bias: $b$.
        activation: $f$.

    Returns:
        $h'$.

    Source: section 2, Eq. 1.
    """
    # Eq. 1: a = W h
    summed = inputs @ weight.T
    # Eq. 1: f(a + b)
    return activation(summed + bias)


def normalized_output(
    summed: Float[Tensor, "*batch units"],
    mean: Float[Tensor, "*#batch #units"],
    deviation: Float[Tensor, "*#batch #units"],
    gain: Float[Tensor, "units"],
    bias: Float[Tensor, "units"],
    activation: Activation = torch.relu,
) -> Float[Tensor, "*batch units"]:
    r"""Output of units whose summed inputs are normalized by two scalars, whatever these are taken of.

    $$h_i = f\left(\frac{g_i}{\sigma_i} (a_i - \mu_i) + b_i\right)$$

    Args:
        summed: $a$.
        mean: $\mu$; 0 for weight normalization.
        deviation: $\sigma$; the length of the weight vector for weight normalization.
        gain: $g$.
        bias: $b$.
        activation: $f$.

    Returns:
        $h$.

    Source: section 5.1, Eq. 5.
    """
    # Eq. 5: f(g / sigma (a - mu) + b)
    return activation(gain / deviation * (summed - mean) + bias)


def normalized_layer(
    inputs: Float[Tensor, "*batch inputs"],
    weight: Float[Tensor, "units inputs"],
    gain: Float[Tensor, "units"],
    bias: Float[Tensor, "units"],
    activation: Activation = torch.relu,
    eps: float = EPSILON,
) -> Float[Tensor, "*batch units"]:
    r"""A layer with layer normalization; scale of case and weights, and a shift of all weight vectors, do not matter.

    $$h' = f\left(\frac{g}{\sigma'} \left((\delta W + \mathbf{1} \gamma^\top) x - \mu'\right) + b\right)
    = f\left(\frac{g}{\sigma} (W x - \mu) + b\right) = h$$

    Args:
        inputs: $x$.
        weight: $W$, with a weight vector in each row.
        gain: $g$.
        bias: $b$.
        activation: $f$.
        eps: added to the variance; with another number than 0 the invariances hold nearly.

    Returns:
        $h$.

    Raises:
        ValueError: eps is negative.

    Source: section 5.1, Eqs. 6 and 7.
    """
    # Eq. 6, Eq. 7: f(g / sigma (W x - mu) + b)
    summed = inputs @ weight.T
    mean, deviation = layer_statistics(summed, eps)
    return normalized_output(summed, mean, deviation, gain, bias, activation)
