"""NT-Xent, the normalized temperature-scaled cross entropy (section 2.1)."""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from ectype_simclr.embeddings import require_same_shape


def nt_xent_losses(
    first: Float[Tensor, "pairs dim"], second: Float[Tensor, "pairs dim"], temperature: float = 0.1
) -> Float[Tensor, "pairs"]:
    r"""Losses of the anchors in the first view, whose positives are in the second.

    $$\ell_{i,j} = -\log \frac{\exp(\mathrm{sim}(z_i, z_j) / \tau)}{\sum_{k=1}^{2N} 1_{[k \neq i]} \exp(\mathrm{sim}(z_i, z_k) / \tau)},
    \qquad \mathrm{sim}(u, v) = \frac{u^\top v}{\|u\| \|v\|}$$

    The sum runs over the other $2N - 1$ embeddings: the positive, and $2(N - 1)$ negatives of both views.

    Args:
        first: $z_i$, one view of each image.
        second: $z_j$, the other view of the same images, in the same order.
        temperature: $\tau$.

    Returns:
        $\ell_{i,j}$ of each pair.

    Raises:
        ValueError: temperature is not positive, or the views differ in shape.

    Source: section 2.1, Eq. 1.
    """
    if temperature <= 0:
        raise ValueError(f"temperature must be positive; received {temperature}")
    require_same_shape(first=first, second=second)
    # Sec. 2.1: sim is the cosine similarity, the dot product of normalized vectors
    u, v = F.normalize(first), F.normalize(second)
    other_view = u @ v.T / temperature  # pairs pairs
    # Eq. 1: the indicator of k != i leaves the anchor itself out
    itself = torch.eye(len(u), dtype=torch.bool, device=u.device)
    own_view = (u @ u.T / temperature).masked_fill(itself, -math.inf)  # pairs pairs
    # Eq. 1: minus the log-probability of the positive among all others
    return F.cross_entropy(
        torch.cat([other_view, own_view], dim=1), torch.arange(len(u), device=u.device), reduction="none"
    )


def nt_xent_loss(
    first: Float[Tensor, "pairs dim"], second: Float[Tensor, "pairs dim"], temperature: float = 0.1
) -> Float[Tensor, ""]:
    r"""Mean of Eq. 1 over all positive pairs in both directions: what a step of training lowers.

    $$\mathcal{L} = \frac{1}{2N} \sum_{k=1}^{N} [\ell(2k - 1, 2k) + \ell(2k, 2k - 1)]$$

    Args:
        first: $z_{2k-1}$, one view of each image.
        second: $z_{2k}$, the other view of the same images, in the same order.
        temperature: $\tau$.

    Returns:
        $\mathcal{L}$; $\log(2N - 1)$ where all similarities are equal.

    Raises:
        ValueError: temperature is not positive, or the views differ in shape.

    Source: Algorithm 1.
    """
    # Alg. 1: L is the mean of l(2k - 1, 2k) and l(2k, 2k - 1) over the minibatch
    losses = nt_xent_losses(first, second, temperature) + nt_xent_losses(second, first, temperature)
    return losses.mean() / 2
