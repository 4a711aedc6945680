"""The loss of the whole model: InfoNCE for each step ahead (sections 2.2, 2.3 and 3.1)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ectype_cpc.critic import LogBilinearCritic
from ectype_cpc.info_nce import info_nce_loss


class FuturePrediction(nn.Module):
    """Mean over steps ahead of the InfoNCE loss, each with a critic of its own.

    The samples of a context are the latents so many steps ahead of all contexts of the batch: those of other waveforms,
    and others of the same one. The paper compares such choices in Table 2 and does not say how many samples it has.

    Args:
        latent_width: size of the latents.
        context_width: size of the contexts.
        steps_ahead: how many steps are predicted.

    Raises:
        ValueError: a number is below 1.

    Source: sections 2.2, 2.3 and 3.1.
    """

    def __init__(self, latent_width: int, context_width: int, steps_ahead: int = 12) -> None:
        super().__init__()
        if steps_ahead < 1:
            raise ValueError(f"steps_ahead must be at least 1; received {steps_ahead}")
        # Sec. 2.2: a different W_k for every step k
        self.critics = nn.ModuleList(LogBilinearCritic(latent_width, context_width) for _ in range(steps_ahead))

    def forward(
        self, latents: Float[Tensor, "batch steps latent_width"], contexts: Float[Tensor, "batch steps context_width"]
    ) -> Float[Tensor, ""]:
        """Return the loss in nats; refuse sequences that are not longer than the steps ahead."""
        return torch.stack(self.losses(latents, contexts)).mean()

    def losses(
        self, latents: Float[Tensor, "batch steps latent_width"], contexts: Float[Tensor, "batch steps context_width"]
    ) -> list[Float[Tensor, ""]]:
        """Give the loss of each step ahead.

        Args:
            latents: of all steps.
            contexts: of all steps.

        Returns:
            Nats, for 1, 2, ... steps ahead.

        Raises:
            ValueError: there are not as many latents as contexts, or not more than steps ahead.
        """
        if latents.shape[:2] != contexts.shape[:2] or latents.shape[1] <= len(self.critics):
            raise ValueError(
                f"latents and contexts must be as many, and more than {len(self.critics)} steps; "
                f"received {tuple(latents.shape)} and {tuple(contexts.shape)}"
            )
        found = []
        for ahead, critic in enumerate(self.critics, start=1):
            # Sec. 2.3: one positive sample for each context, z_(t+k), and the others of the batch as negative ones
            futures, presents = latents[:, ahead:].flatten(0, 1), contexts[:, :-ahead].flatten(0, 1)
            # Eq. 4: the InfoNCE loss
            found.append(info_nce_loss(critic(futures, presents), torch.arange(len(futures), device=futures.device)))
        return found
