"""The learning rate (sections 2.3 and B.1)."""

import math


def linear_scaling(batch_size: int, base: float = 0.3) -> float:
    r"""Peak learning rate in proportion to the batch, $0.3 \cdot \mathrm{BatchSize} / 256$.

    Args:
        batch_size: images in a batch.
        base: rate of a batch of 256.

    Returns:
        The rate.

    Raises:
        ValueError: batch_size or base is not positive.

    Source: section 2.3.
    """
    _positive(batch_size, base)
    # Sec. 2.3: 0.3 * BatchSize / 256
    return base * batch_size / 256


def square_root_scaling(batch_size: int, base: float = 0.075) -> float:
    r"""Peak learning rate in proportion to the root of the batch, $0.075 \sqrt{\mathrm{BatchSize}}$.

    Args:
        batch_size: images in a batch.
        base: rate of a batch of 1.

    Returns:
        The rate; at a batch of 4096 that of `linear_scaling`.

    Raises:
        ValueError: batch_size or base is not positive.

    Source: appendix B.1.
    """
    _positive(batch_size, base)
    # App. B.1: 0.075 * sqrt(BatchSize)
    return base * math.sqrt(batch_size)


def learning_rate(step: int, steps: int, warmup: int, peak: float) -> float:
    r"""Rise linearly from 0 for `warmup` steps, then fall as half a cosine to 0, without restarts.

    $$\eta_t = \begin{cases} \eta\, t / w & t < w \\ \frac{\eta}{2} (1 + \cos \pi \frac{t - w}{T - w}) & w \le t \le T \end{cases}$$

    Args:
        step: $t$, from 0; beyond the last step the rate stays 0.
        steps: $T$, of the whole training.
        warmup: $w$, less than `steps`; 0 for none.
        peak: $\eta$.

    Returns:
        The rate.

    Raises:
        ValueError: step or warmup is negative, warmup is not below steps, or peak is negative.

    Source: section 2.3.
    """
    if step < 0 or not 0 <= warmup < steps or peak < 0:
        raise ValueError(
            "step must be at least 0, warmup at least 0 and below steps, peak at least 0; "
            f"received step={step}, warmup={warmup}, steps={steps}, peak={peak}"
        )
    # Sec. 2.3: linear warmup, then the cosine decay schedule without restarts
    if step < warmup:
        return peak * step / warmup
    return peak * (1 + math.cos(math.pi * min(1.0, (step - warmup) / (steps - warmup)))) / 2


def _positive(batch_size: int, base: float) -> None:
    if batch_size < 1 or base <= 0:
        raise ValueError(f"batch_size must be at least 1 and base positive; received {batch_size} and {base}")
