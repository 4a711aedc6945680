"""Self-normalizing network: linear layers, SELU, alpha dropout (section 2)."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ectype_snn.alpha_dropout import AlphaDropout
from ectype_snn.selu import SELU


def initial_weights(
    units: int, inputs: int, generator: torch.Generator | None = None
) -> Float[Tensor, "{units} {inputs}"]:
    r"""Weights with which $\omega = 0$ and $\tau = 1$ in expectation.

    $$w_i \sim \mathcal{N}(0, 1 / n)$$

    Args:
        units: number of weight vectors.
        inputs: $n$, their length.
        generator: torch's global one if None.

    Returns:
        A weight vector in each row.

    Raises:
        ValueError: units or inputs is below 1.

    Source: section 2, "Initialization".
    """
    if min(units, inputs) < 1:
        raise ValueError(f"units and inputs must be at least 1; received units={units}, inputs={inputs}")
    # Sec. 2: E(w) = 0 and Var(w) = 1 / n
    return torch.randn(units, inputs, generator=generator) / math.sqrt(inputs)


class SelfNormalizingNetwork(nn.Module):
    """Feed-forward network whose activations come near mean 0 and variance 1 by themselves.

    Biases begin at zero, which the paper does not say.

    Args:
        inputs: size of an input; inputs should have mean 0 and variance 1.
        width: units of each hidden layer.
        depth: number of hidden layers.
        outputs: size of the output.
        drop_rate: rate of alpha dropout behind each hidden layer, from 0 to below 1.

    Raises:
        ValueError: a size is below 1, or drop_rate is not from 0 to below 1.

    Source: section 2.
    """

    def __init__(self, inputs: int, width: int, depth: int, outputs: int, drop_rate: float = 0.05) -> None:
        super().__init__()
        if min(inputs, width, depth, outputs) < 1:
            raise ValueError(f"sizes must be at least 1; received {inputs=}, {width=}, {depth=}, {outputs=}")
        layers: list[nn.Module] = []
        for size in [inputs] + [width] * (depth - 1):
            layers += [nn.Linear(size, width), SELU(), AlphaDropout(drop_rate)]
        self.layers = nn.Sequential(*layers, nn.Linear(width, outputs))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights from torch's global generator."""
        for layer in self.layers:
            if isinstance(layer, nn.Linear):
                layer.weight.data.copy_(initial_weights(layer.out_features, layer.in_features))
                layer.bias.data.zero_()

    def forward(self, x: Float[Tensor, "batch inputs"]) -> Float[Tensor, "batch outputs"]:
        """Return the outputs, without activation."""
        return self.layers(x)
