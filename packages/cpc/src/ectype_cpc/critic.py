"""The log-bilinear critic (section 2.2)."""

from jaxtyping import Float
from torch import Tensor, nn


class LogBilinearCritic(nn.Module):
    r"""Score of a latent against a context: how well the context predicts it.

    $$\log f_k(x_{t+k}, c_t) = z_{t+k}^\top W_k c_t$$

    Args:
        latent_width: size of $z$.
        context_width: size of $c$.

    Raises:
        ValueError: a width is below 1.

    Source: section 2.2, Eq. 3.
    """

    def __init__(self, latent_width: int, context_width: int) -> None:
        super().__init__()
        if min(latent_width, context_width) < 1:
            raise ValueError(f"widths must be at least 1; received {latent_width} and {context_width}")
        self.prediction = nn.Linear(context_width, latent_width, bias=False)

    def forward(
        self,
        latents: Float[Tensor, "*batch samples latent_width"],
        contexts: Float[Tensor, "*batch contexts context_width"],
    ) -> Float[Tensor, "*batch contexts samples"]:
        """Return the score of each latent for each context."""
        # Sec. 2.2: a linear transformation of c_t is used for the prediction
        # Eq. 3: log f_k = z^T W_k c
        return self.prediction(contexts) @ latents.mT
