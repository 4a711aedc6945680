"""What speculative decoding gains and costs (sections 3.1, 3.3, 3.4 and 3.5)."""

from itertools import count


def expected_tokens(alpha: float, gamma: int) -> float:
    r"""Expected number of tokens of one run of Algorithm 1, if acceptances are independent and alike.

    $$\frac{1 - \alpha^{\gamma + 1}}{1 - \alpha}$$

    Args:
        alpha: mean acceptance rate.
        gamma: guesses in a run.

    Returns:
        The number; gamma + 1 where alpha is 1.

    Raises:
        ValueError: alpha is not in [0, 1], or gamma is negative.

    Source: section 3.1, Eq. 1.
    """
    _check(alpha, gamma)
    # Eq. 1: (1 - alpha^(gamma + 1)) / (1 - alpha)
    return gamma + 1.0 if alpha == 1 else (1 - alpha ** (gamma + 1)) / (1 - alpha)


def walltime_improvement(alpha: float, gamma: int, c: float = 0.0) -> float:
    r"""Expected factor by which generation becomes faster.

    $$\frac{1 - \alpha^{\gamma + 1}}{(1 - \alpha)(\gamma c + 1)}$$

    Args:
        alpha: mean acceptance rate.
        gamma: guesses in a run.
        c: time of a run of the approximation model, in runs of the target model.

    Returns:
        The factor.

    Raises:
        ValueError: alpha is not in [0, 1], or gamma or c is negative.

    Source: section 3.3, theorem 3.8.
    """
    _check(alpha, gamma, c)
    # Sec. 3.3: a run takes gamma c + 1 times as long as one of the target model
    return expected_tokens(alpha, gamma) / (gamma * c + 1)


def operations_increase(alpha: float, gamma: int, c: float = 0.0) -> float:
    r"""Expected factor by which the number of arithmetic operations grows.

    $$\frac{(1 - \alpha)(\gamma \hat c + \gamma + 1)}{1 - \alpha^{\gamma + 1}}$$

    Args:
        alpha: mean acceptance rate.
        gamma: guesses in a run.
        c: operations of the approximation model for a token, in those of the target model.

    Returns:
        The factor.

    Raises:
        ValueError: alpha is not in [0, 1], or gamma or c is negative.

    Source: section 3.4, theorem 3.11.
    """
    _check(alpha, gamma, c)
    # Sec. 3.4: gamma runs of the approximation model and gamma + 1 of the target model
    return (gamma * c + gamma + 1) / expected_tokens(alpha, gamma)


def best_gamma(alpha: float, c: float) -> int:
    """Number of guesses with which generation is fastest.

    Args:
        alpha: mean acceptance rate, below 1.
        c: time of a run of the approximation model, in runs of the target model; positive.

    Returns:
        The smallest number that maximizes `walltime_improvement`; 0 where no guesses are best.

    Raises:
        ValueError: alpha is not in [0, 1), or c is not positive: then more guesses are always better.

    Source: section 3.5.
    """
    if not 0 <= alpha < 1 or c <= 0:
        raise ValueError(f"alpha must be in [0, 1) and c positive; received alpha={alpha}, c={c}")
    # Sec. 3.5: found numerically; it rises to one maximum and falls after it
    return next(
        gamma for gamma in count() if walltime_improvement(alpha, gamma + 1, c) <= walltime_improvement(alpha, gamma, c)
    )


def oracle_improvement(alpha: float, c: float) -> float:
    r"""Expected factor of speed if each run made as many guesses as are going to be accepted.

    $$\frac{1}{1 - \alpha + \alpha c}$$

    With $1 / (1 - \alpha)$ tokens in a run, $\alpha / (1 - \alpha)$ of them are guesses.

    Args:
        alpha: mean acceptance rate, below 1.
        c: time of a run of the approximation model, in runs of the target model.

    Returns:
        The factor.

    Raises:
        ValueError: alpha is not in [0, 1), or c is negative.

    Source: section 3.5.
    """
    if not 0 <= alpha < 1 or c < 0:
        raise ValueError(f"alpha must be in [0, 1) and c at least 0; received alpha={alpha}, c={c}")
    # Sec. 3.5: with an oracle for gamma a run has 1 / (1 - alpha) tokens
    return 1 / (1 - alpha + alpha * c)


def _check(alpha: float, gamma: int, c: float = 0.0) -> None:
    if not 0 <= alpha <= 1 or gamma < 0 or c < 0:
        raise ValueError(
            f"alpha must be in [0, 1], gamma and c at least 0; received alpha={alpha}, gamma={gamma}, c={c}"
        )
