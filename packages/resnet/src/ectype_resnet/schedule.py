"""Learning rate (section 4.2)."""

from collections.abc import Sequence


def learning_rate(step: int, rate: float = 0.1, drops: Sequence[int] = (32_000, 48_000)) -> float:
    """Give the rate of a step: a first one, a tenth of it, a hundredth of it.

    Args:
        step: number of the step, counted from 1.
        rate: of the first steps.
        drops: steps after which it is divided by ten.

    Returns:
        The learning rate.

    Raises:
        ValueError: the step is below 1 or the rate is not positive.

    Source: section 4.2.
    """
    if step < 1 or rate <= 0:
        raise ValueError(f"step must be at least 1 and rate positive; received step={step}, rate={rate}")
    # Sec. 4.2: start with 0.1, divide it by 10 at 32k and 48k iterations
    return rate / 10 ** sum(step > drop for drop in drops)
