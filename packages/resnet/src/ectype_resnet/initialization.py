"""Weights before training (section 3.4)."""

import math

from torch import nn

from ectype_resnet.residual_block import ResidualBlock


def initialize(network: nn.Module) -> None:
    r"""Draw all weights anew: $w \sim \mathcal{N}(0, 2 / n)$ with $n$ inputs of each unit, and biases of zero.

    Batch normalization is left as torch makes it, with scale one and shift zero.

    Args:
        network: whose convolutions and linear maps are drawn, from torch's global generator.

    Source: section 3.4, which adopts He et al. 2015, Eq. 10 there.
    """
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            # Sec. 3.4: we initialize the weights as in [13]
            nn.init.normal_(module.weight, std=math.sqrt(2 / module.weight[0].numel()))
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def zero_residuals(network: nn.Module) -> None:
    """Make every residual branch zero, so that each block begins as the ReLU of its shortcut.

    The last batch normalization of each branch gets a scale of zero. This is not in the paper, but in what follows it
    for large batches (Goyal et al. 2017).

    Args:
        network: whose blocks are changed.

    Source: section 3.1: solvers may drive the weights toward zero to approach identity mappings.
    """
    for module in network.modules():
        if isinstance(module, ResidualBlock):
            nn.init.zeros_(module.residual[-1].weight)
