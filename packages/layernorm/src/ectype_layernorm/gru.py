"""Gated recurrent units without and with layer normalization (supplement)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ectype_layernorm.layer_norm import EPSILON, LayerNorm
from ectype_layernorm.recurrent import check_sizes


class GRUCell(nn.Module):
    r"""One step of the gated recurrent units that the paper begins with; the variant exchanges the four places for a norm.

    $$(z_t, r_t) = W_h h_{t-1} + W_x x_t$$
    $$\hat h_t = \tanh(W x_t + \sigma(r_t) \odot (U h_{t-1})), \qquad
    h_t = (1 - \sigma(z_t)) h_{t-1} + \sigma(z_t) \hat h_t$$

    The gate $z$ lets the new state in; in torch, and in the authors' code, it keeps the old one. There are no biases.
    The paper leaves the initialisation open: torch's default.

    Args:
        inputs: size of an input.
        hidden: number of units.

    Raises:
        ValueError: inputs or hidden is below 1.

    Source: supplement, Eqs. 23 to 25.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        check_sizes(inputs, hidden)
        self.gates_recurrent = nn.Linear(hidden, 2 * hidden, bias=False)
        self.gates_input = nn.Linear(inputs, 2 * hidden, bias=False)
        self.recurrent = nn.Linear(hidden, hidden, bias=False)
        self.input = nn.Linear(inputs, hidden, bias=False)
        self.gates_recurrent_norm: nn.Module = nn.Identity()
        self.gates_input_norm: nn.Module = nn.Identity()
        self.recurrent_norm: nn.Module = nn.Identity()
        self.input_norm: nn.Module = nn.Identity()

    def forward(
        self, x: Float[Tensor, "batch inputs"], h: Float[Tensor, "batch hidden"]
    ) -> Float[Tensor, "batch hidden"]:
        """Return the state after one more input."""
        # Eq. 23, Eq. 26: summed inputs of both gates, normalized together or not
        gates = self.gates_recurrent_norm(self.gates_recurrent(h)) + self.gates_input_norm(self.gates_input(x))
        update, reset = gates.sigmoid().chunk(2, dim=-1)
        # Eq. 24, Eq. 27: the reset gate acts behind the matrix, and behind its norm
        candidate = torch.tanh(self.input_norm(self.input(x)) + reset * self.recurrent_norm(self.recurrent(h)))
        # Eq. 25, Eq. 28: (1 - z) h + z h'
        return (1 - update) * h + update * candidate


class LayerNormGRUCell(GRUCell):
    r"""One step of gated recurrent units with a norm for each of the four matrices.

    $$(z_t, r_t) = \mathrm{LN}(W_h h_{t-1}; \alpha_1, \beta_1) + \mathrm{LN}(W_x x_t; \alpha_2, \beta_2)$$
    $$\hat h_t = \tanh(\mathrm{LN}(W x_t; \alpha_3, \beta_3) + \sigma(r_t) \odot \mathrm{LN}(U h_{t-1}; \alpha_4, \beta_4))$$

    Args:
        inputs: size of an input.
        hidden: number of units.
        eps: added to the variances.

    Raises:
        ValueError: inputs or hidden is below 1, or eps is negative.

    Source: supplement, Eqs. 26 to 28.
    """

    def __init__(self, inputs: int, hidden: int, eps: float = EPSILON) -> None:
        super().__init__(inputs, hidden)
        # Eq. 26: alpha_1, beta_1 and alpha_2, beta_2
        self.gates_recurrent_norm = LayerNorm(2 * hidden, eps)
        self.gates_input_norm = LayerNorm(2 * hidden, eps)
        # Eq. 27: alpha_3, beta_3 and alpha_4, beta_4
        self.input_norm = LayerNorm(hidden, eps)
        self.recurrent_norm = LayerNorm(hidden, eps)
