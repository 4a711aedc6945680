"""Layer normalized recurrent network (section 3.1), and any cell over time."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ectype_layernorm.layer_norm import EPSILON, LayerNorm


def check_sizes(inputs: int, hidden: int) -> None:
    """Refuse sizes of a cell that cannot be meant.

    Args:
        inputs: size of an input.
        hidden: number of units.

    Raises:
        ValueError: inputs or hidden is below 1.
    """
    if min(inputs, hidden) < 1:
        raise ValueError(f"inputs and hidden must be at least 1; received inputs={inputs}, hidden={hidden}")


class LayerNormRNNCell(nn.Module):
    r"""One step of a recurrent network whose summed inputs are normalized over its units.

    $$a^t = W_{hh} h^{t-1} + W_{xh} x^t, \qquad
    h^t = \tanh\left[\frac{g}{\sigma^t} \odot (a^t - \mu^t) + b\right]$$

    Gain and bias are the same at all steps. The paper leaves $f$ and the initialisation of the weights open: tanh as in
    its other cells, and torch's default for linear maps.

    Args:
        inputs: size of an input.
        hidden: $H$, number of units.
        eps: added to the variance.

    Raises:
        ValueError: inputs or hidden is below 1, or eps is negative.

    Source: section 3.1, Eq. 4.
    """

    def __init__(self, inputs: int, hidden: int, eps: float = EPSILON) -> None:
        super().__init__()
        check_sizes(inputs, hidden)
        self.recurrent = nn.Linear(hidden, hidden, bias=False)
        self.input = nn.Linear(inputs, hidden, bias=False)
        self.norm = LayerNorm(hidden, eps)

    def forward(
        self, x: Float[Tensor, "batch inputs"], h: Float[Tensor, "batch hidden"]
    ) -> Float[Tensor, "batch hidden"]:
        """Return the state after one more input."""
        # Sec. 3.1: a = W_hh h + W_xh x
        summed = self.recurrent(h) + self.input(x)
        # Eq. 4: statistics of the current step only
        return torch.tanh(self.norm(summed))


def unroll(
    sequence: Float[Tensor, "batch length inputs"],
    state: Float[Tensor, "batch hidden"],
    cell: Callable[[Tensor, Tensor], Tensor],
) -> Float[Tensor, "batch length hidden"]:
    """Run a cell over a sequence of any length; nothing is stored for a step, so that no length is too long.

    Args:
        sequence: one input a step.
        state: the state before the first one.
        cell: takes an input and a state and returns the next state.

    Returns:
        The state after each step.

    Source: section 3.1.
    """
    states = []
    for x in sequence.unbind(dim=1):
        state = cell(x, state)
        states.append(state)
    return torch.stack(states, dim=1)
