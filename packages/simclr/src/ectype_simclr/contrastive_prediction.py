"""How well a view is told from those of other images: the two columns beside the accuracy in Table 5."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from ectype_simclr.embeddings import require_same_shape


def contrastive_entropy(
    first: Float[Tensor, "pairs dim"], second: Float[Tensor, "pairs dim"], temperature: float = 0.1
) -> Float[Tensor, ""]:
    r"""Mean entropy, in nats, of the predicted distribution over the $N$ images of the other view; at most $\log N$.

    $$-\frac{1}{N} \sum_{i=1}^{N} \sum_{k=1}^{N} p_{ik} \log p_{ik}, \qquad
    p_{ik} \propto \exp(\mathrm{sim}(z_i, z'_k) / \tau)$$

    Args:
        first: $z$, one view of each image.
        second: $z'$, the other view of the same images.
        temperature: $\tau$.

    Returns:
        The entropy.

    Raises:
        ValueError: temperature is not positive, or the views differ in shape.

    Source: section 5.1, Table 5.
    """
    if temperature <= 0:
        raise ValueError(f"temperature must be positive; received {temperature}")
    # Tab. 5: the contrastive distribution is over as many examples as there are images in a batch
    log_p = (_similarities(first, second) / temperature).log_softmax(dim=-1)
    return -(log_p.exp() * log_p).sum(-1).mean()


@torch.no_grad()
def contrastive_accuracy(first: Float[Tensor, "pairs dim"], second: Float[Tensor, "pairs dim"]) -> Float[Tensor, ""]:
    """Share of images whose first view is more similar to their own second view than to any other's.

    Args:
        first: one view of each image.
        second: the other view of the same images.

    Returns:
        The share, from 0 to 1.

    Raises:
        ValueError: the views differ in shape.

    Source: section 5.1, Table 5.
    """
    similarities = _similarities(first, second)
    # Tab. 5: contrastive accuracy
    found = similarities.argmax(dim=-1) == torch.arange(len(first), device=first.device)
    return found.to(first.dtype).mean()


def _similarities(first: Tensor, second: Tensor) -> Tensor:
    require_same_shape(first=first, second=second)
    return F.normalize(first) @ F.normalize(second).T
