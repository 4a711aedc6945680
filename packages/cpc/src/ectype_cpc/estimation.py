"""The experiment: what the bound gives for Gaussians whose mutual information is known (section 2.3)."""

import math
from collections.abc import Callable

import torch
from ectype.experiments import Run
from torch import Tensor, nn

from ectype_cpc.critic import LogBilinearCritic
from ectype_cpc.info_nce import info_nce_loss, mine_estimate, mutual_information_bound
from ectype_cpc.information import correlated_gaussians, correlation_of, gaussian_log_ratios

DIMENSIONS = 20
"""Coordinates of samples and contexts, as in Poole et al. 2019."""

CRITICS = ("closed form", "optimal", "trained", "bilinear", "untrained")
"""No estimate; the density ratio; encoders with a log-bilinear critic; that critic alone; encoders before training."""


class Encoded(nn.Module):
    """Encoders of samples and contexts below a log-bilinear critic: the separable critic of Poole et al. 2019."""

    def __init__(self, width: int = 256, latent: int = 32) -> None:
        super().__init__()
        self.samples, self.contexts = (
            nn.Sequential(
                nn.Linear(DIMENSIONS, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, latent)
            )
            for _ in range(2)
        )
        self.critic = LogBilinearCritic(latent, latent)

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        """Return the score of each sample for each context."""
        return self.critic(self.samples(x), self.contexts(c))


def estimate_information(
    run: Run, information: float, samples: int = 64, critic: str = "optimal", updates: int = 4000
) -> dict[str, float]:
    r"""Estimate the mutual information of correlated Gaussians.

    Args:
        run: seeds the weights and all pairs.
        information: the mutual information, in nats.
        samples: $N$: as many pairs are drawn at a time, each sample is the positive one of its own context.
        critic: one of `CRITICS`.
        updates: steps of Adam, of the critics that are trained.

    Returns:
        In nats, over 65,536 pairs: `estimate`, the bound; `slack`, what it is below the mutual information; `room`, what it
        is below $\log N$; `mine`, the estimate of Eq. 15.

    Raises:
        ValueError: the critic is not one of them.

    Source: section 2.3; the pairs and the trained critic are those of Poole et al. 2019.
    """
    if critic not in CRITICS:
        raise ValueError(f"critic must be one of {', '.join(CRITICS)}; received {critic!r}")
    generator = torch.Generator().manual_seed(run.seed)
    correlation, positives = correlation_of(DIMENSIONS, information), torch.arange(samples)

    def pairs() -> tuple[Tensor, Tensor]:
        return correlated_gaussians(samples, DIMENSIONS, correlation, generator=generator)

    if critic == "closed form":
        return {"estimate": information, "slack": 0.0, "room": math.log(samples) - information, "mine": information}
    scores: Callable[[Tensor, Tensor], Tensor]
    if critic == "optimal":
        scores = lambda x, c: gaussian_log_ratios(x, c, correlation)  # noqa: E731
    else:
        model = (LogBilinearCritic(DIMENSIONS, DIMENSIONS) if critic == "bilinear" else Encoded()).to(run.device)
        adam = torch.optim.Adam(model.parameters(), lr=5e-4)
        for step in run.steps(0 if critic == "untrained" else updates, model=model, adam=adam, pairs=generator):
            loss = info_nce_loss(model(*(part.float() for part in pairs())), positives)
            adam.zero_grad()
            loss.backward()
            adam.step()
            if step % 100 == 0:
                run.log(step, estimate=math.log(samples) - loss.item())
        scores = lambda x, c: model(x.float(), c.float()).double()  # noqa: E731

    bounds, mines = [], []
    with torch.no_grad():
        for _ in range(max(1, 65_536 // samples)):
            found = scores(*pairs())
            bounds.append(mutual_information_bound(info_nce_loss(found, positives), samples))
            mines.append(mine_estimate(found, positives))
    bound = float(torch.stack(bounds).mean())
    return {
        "estimate": bound,
        "slack": information - bound,
        "room": math.log(samples) - bound,
        "mine": float(torch.stack(mines).mean()),
    }
