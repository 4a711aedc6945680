"""Long short-term memory without layer normalization, with it, and with it at the cell only (supplement)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ectype_layernorm.layer_norm import EPSILON, LayerNorm
from ectype_layernorm.recurrent import check_sizes


class LSTMCell(nn.Module):
    r"""One step of the LSTM that the paper begins with; its variants exchange the three places for a norm.

    $$(f_t, i_t, o_t, g_t) = W_h h_{t-1} + W_x x_t + b$$
    $$c_t = \sigma(f_t) \odot c_{t-1} + \sigma(i_t) \odot \tanh(g_t), \qquad h_t = \sigma(o_t) \odot \tanh(c_t)$$

    The paper leaves the initialisation open: torch's default for the matrices, zero for $b$ as in the authors' code.

    Args:
        inputs: size of an input.
        hidden: number of cells.

    Raises:
        ValueError: inputs or hidden is below 1.

    Source: supplement, Eqs. 17 to 19.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        check_sizes(inputs, hidden)
        self.recurrent = nn.Linear(hidden, 4 * hidden, bias=False)
        self.input = nn.Linear(inputs, 4 * hidden, bias=False)
        self.bias = nn.Parameter(torch.zeros(4 * hidden))
        self.recurrent_norm: nn.Module = nn.Identity()
        self.input_norm: nn.Module = nn.Identity()
        self.cell_norm: nn.Module = nn.Identity()

    def forward(
        self, x: Float[Tensor, "batch inputs"], h: Float[Tensor, "batch hidden"], c: Float[Tensor, "batch hidden"]
    ) -> tuple[Float[Tensor, "batch hidden"], Float[Tensor, "batch hidden"]]:
        """Return the next output and the next cell state."""
        # Eq. 17, Eq. 20, Eq. 29: summed inputs of the gates, normalized or not, before the bias
        gates = self.recurrent_norm(self.recurrent(h)) + self.input_norm(self.input(x)) + self.bias
        forget, into, out, candidate = gates.chunk(4, dim=-1)
        # Eq. 18, Eq. 21, Eq. 30: the cell state is never normalized on its way to the next step
        c = forget.sigmoid() * c + into.sigmoid() * candidate.tanh()
        # Eq. 19, Eq. 22, Eq. 31: what is read out of it may be
        return out.sigmoid() * self.cell_norm(c).tanh(), c


class LayerNormLSTMCell(LSTMCell):
    r"""One step of the LSTM with a norm for each of the two matrices and for the cell state that is read out.

    $$(f_t, i_t, o_t, g_t) = \mathrm{LN}(W_h h_{t-1}; \alpha_1, \beta_1) + \mathrm{LN}(W_x x_t; \alpha_2, \beta_2) + b$$
    $$h_t = \sigma(o_t) \odot \tanh(\mathrm{LN}(c_t; \alpha_3, \beta_3))$$

    A norm runs over the summed inputs of all four gates together.

    Args:
        inputs: size of an input.
        hidden: number of cells.
        eps: added to the variances.

    Raises:
        ValueError: inputs or hidden is below 1, or eps is negative.

    Source: supplement, Eqs. 20 to 22.
    """

    def __init__(self, inputs: int, hidden: int, eps: float = EPSILON) -> None:
        super().__init__(inputs, hidden)
        # Eq. 20: alpha_1, beta_1 and alpha_2, beta_2
        self.recurrent_norm = LayerNorm(4 * hidden, eps)
        self.input_norm = LayerNorm(4 * hidden, eps)
        # Eq. 22: alpha_3, beta_3
        self.cell_norm = LayerNorm(hidden, eps)


class CellNormLSTMCell(LSTMCell):
    r"""One step of the LSTM of the DRAW model, with a norm for the cell state that is read out and nowhere else.

    $$h_t = \sigma(o_t) \odot \tanh(\mathrm{LN}(c_t; \alpha, \beta))$$

    Args:
        inputs: size of an input.
        hidden: number of cells.
        eps: added to the variance.

    Raises:
        ValueError: inputs or hidden is below 1, or eps is negative.

    Source: supplement, Eqs. 29 to 31.
    """

    def __init__(self, inputs: int, hidden: int, eps: float = EPSILON) -> None:
        super().__init__(inputs, hidden)
        # Eq. 31: alpha, beta
        self.cell_norm = LayerNorm(hidden, eps)
