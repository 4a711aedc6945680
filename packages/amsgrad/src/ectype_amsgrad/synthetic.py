"""The stochastic synthetic experiment (section 5, Figure 1)."""

import torch
from ectype.experiments import Run

from ectype_amsgrad.amsgrad import amsgrad_update
from ectype_amsgrad.online_problem import average_regret, play, random_slopes
from ectype_amsgrad.uncorrected_adam import uncorrected_adam_update

STEPSIZE = 0.5
"""Alpha; a guess, as the paper gives none: of 0.1 to 3, AMSGrad moves fastest with 0.5 in the deterministic problem."""

ROUNDS = 50_000
"""How long it is played; a guess."""

BETAS = (0.9, 0.99)
"""Decay rates (section 5)."""

METHODS = {"adam": (uncorrected_adam_update, 2), "amsgrad": (amsgrad_update, 3)}
"""Rules, with the number of averages that they keep."""


def train_synthetic(run: Run, method: str, rounds: int = ROUNDS) -> dict[str, float]:
    """Play the stochastic problem once.

    Args:
        run: gives the seed; runs of one seed meet the same functions.
        method: one of `METHODS`.
        rounds: how many functions.

    Returns:
        The last point, and the average regret against -1.

    Raises:
        ValueError: there is no such method.

    Source: section 5.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}; received {method}")
    # Sec. 5: 1010 x with probability 0.01
    slopes = random_slopes(rounds, generator=torch.Generator().manual_seed(run.seed))
    run.uses(slopes=slopes)
    update, averages = METHODS[method]
    points = play(update, slopes, STEPSIZE, BETAS, averages=averages)
    regret = average_regret(points, slopes)
    for step in range(0, rounds, max(1, rounds // 100)):
        run.log(step, point=float(points[step]), regret=float(regret[step]))
    return {"last point": float(points[-1]), "average regret": float(regret[-1])}
