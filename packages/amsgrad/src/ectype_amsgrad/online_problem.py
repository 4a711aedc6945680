"""The one-dimensional problems on which Adam goes to the worst point (sections 3 and 5)."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Generator, Tensor

BOX = (-1.0, 1.0)
"""The feasible set of all of them (section 3, section 5)."""


def periodic_slopes(rounds: int, large: float = 1010.0, small: float = 10.0, period: int = 101) -> Float[Tensor, "t"]:
    r"""Slopes of linear functions, one in a period large and the others small and negative.

    $$f_t(x) = \begin{cases} 1010 x & t \bmod 101 = 1 \\ -10 x & \text{otherwise} \end{cases}$$

    Args:
        rounds: how many functions.
        large: slope of the first function of each period.
        small: the others have minus this slope.
        period: its length; 3 in section 3, where small is 1 and large is C.

    Returns:
        The slopes in float64, f_1 first.

    Raises:
        ValueError: rounds is below 1 or period below 2.

    Source: section 5; section 3.
    """
    if rounds < 1 or period < 2:
        raise ValueError(f"rounds must be at least 1 and period at least 2; received rounds={rounds}, period={period}")
    slopes = torch.full((rounds,), -small, dtype=torch.float64)
    # Sec. 5: 1010 x for t mod 101 = 1, -10 x otherwise
    slopes[::period] = large
    return slopes


def random_slopes(
    rounds: int, large: float = 1010.0, small: float = 10.0, probability: float = 0.01, *, generator: Generator
) -> Float[Tensor, "t"]:
    r"""Slopes of linear functions, each large with a small probability.

    $$f_t(x) = \begin{cases} 1010 x & \text{with probability } 0.01 \\ -10 x & \text{otherwise} \end{cases}$$

    Args:
        rounds: how many functions.
        large: the rare slope.
        small: the others have minus this slope.
        probability: of the rare slope.
        generator: the only source of randomness.

    Returns:
        The slopes in float64.

    Raises:
        ValueError: rounds is below 1, or probability outside [0, 1].

    Source: section 5.
    """
    if rounds < 1 or not 0 <= probability <= 1:
        raise ValueError(
            f"rounds must be at least 1 and probability in [0, 1]; received rounds={rounds}, probability={probability}"
        )
    rare = torch.rand(rounds, generator=generator, dtype=torch.float64) < probability
    # Sec. 5: 1010 x with probability 0.01, -10 x otherwise
    return torch.where(rare, large, -small).to(torch.float64)


def play(
    update: Callable[..., tuple[Tensor, ...]],
    slopes: Float[Tensor, "t"],
    lr: float,
    betas: tuple[float, float],
    *,
    averages: int,
    start: float = 0.0,
    constant: bool = False,
) -> Float[Tensor, "t"]:
    r"""Let a method choose a point for each function before it is known.

    Args:
        update: a rule such as `amsgrad_update`: point, slope, averages, then stepsize, decay rates and `bounds`.
        slopes: of f_1 ... f_T.
        lr: alpha.
        betas: decay rates.
        averages: how many averages the rule keeps.
        start: x_1.
        constant: whether every step has the stepsize alpha, not alpha / sqrt(t).

    Returns:
        x_1 ... x_T.

    Source: section 5.
    """
    x = torch.tensor(start, dtype=slopes.dtype)
    kept: tuple[Tensor, ...] = (torch.zeros((), dtype=slopes.dtype),) * averages
    points = []
    for step, slope in enumerate(slopes, start=1):
        points.append(x)
        # Thm. 4: alpha_t = alpha / sqrt(t)
        x, *rest = update(x, slope, *kept, lr if constant else lr / step**0.5, betas, bounds=BOX)
        kept = tuple(rest)
    return torch.stack(points)


def average_regret(points: Float[Tensor, "t"], slopes: Float[Tensor, "t"], best: float = -1.0) -> Float[Tensor, "t"]:
    r"""The average regret after each round.

    $$R_t / t, \qquad R_T = \sum_{t=1}^T f_t(x_t) - \min_{x \in \mathcal{F}} \sum_{t=1}^T f_t(x)$$

    Args:
        points: x_1 ... x_T.
        slopes: of f_1 ... f_T.
        best: the best fixed point, here -1.

    Returns:
        R_t / t against that point, for t = 1 ... T.

    Source: section 2.
    """
    # Sec. 2: R_T = sum_t f_t(x_t) - min_x sum_t f_t(x)
    losses = slopes * (points - best)
    return losses.cumsum(0) / torch.arange(1, len(points) + 1, dtype=points.dtype, device=points.device)
