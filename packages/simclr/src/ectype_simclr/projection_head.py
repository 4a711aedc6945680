"""The projection head (sections 2.1 and 4.2)."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class ProjectionHead(nn.Module):
    r"""Two linear maps without bias and a ReLU between them; thrown away after training.

    $$z = g(h) = W^{(2)} \sigma(W^{(1)} h)$$

    Args:
        features: entries of $h$; 2048 of a ResNet-50.
        hidden: entries of the layer between; as many as of $h$ if None.
        latent: entries of $z$.

    Raises:
        ValueError: a number is below 1.

    Source: sections 2.1 and 2.3.
    """

    def __init__(self, features: int, hidden: int | None = None, latent: int = 128) -> None:
        super().__init__()
        hidden = features if hidden is None else hidden
        if min(features, hidden, latent) < 1:
            raise ValueError(
                f"features, hidden and latent must be at least 1; received {features}, {hidden} and {latent}"
            )
        self.inner = nn.Linear(features, hidden, bias=False)
        # Sec. 2.3: to a 128-dimensional latent space
        self.outer = nn.Linear(hidden, latent, bias=False)

    def forward(self, representation: Float[Tensor, "*n features"]) -> Float[Tensor, "*n latent"]:
        """Project representations to the space of the contrastive loss."""
        # Sec. 2.1: z = W2 relu(W1 h)
        return self.outer(F.relu(self.inner(representation)))
