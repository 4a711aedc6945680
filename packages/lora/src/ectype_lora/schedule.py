"""The learning rate (appendix D.3)."""


def linear_rate(step: int, highest: float, warmup: int, steps: int) -> float:
    r"""Compute the learning rate of a step: a linear rise, then a linear fall to zero.

    $$\eta(s) = \eta_{max} \min\left(\frac{s}{w}, \frac{\max(0, S - s)}{S - w}\right)$$

    Args:
        step: s, from 0; the first step of the official code has the rate zero.
        highest: the rate at the end of the rise.
        warmup: w, steps over which it rises.
        steps: S, all steps.

    Returns:
        The rate.

    Raises:
        ValueError: the rise is longer than the whole, or a number is negative.

    Source: appendix D.3, Tab. 11; microsoft/LoRA@c4593f0, examples/NLG/src/optimizer.py l. 205-219.
    """
    if step < 0 or not 0 <= warmup < steps or highest < 0:
        raise ValueError(
            "step and rate must not be negative, and the rise must be shorter than the whole, 0 <= warmup < steps; "
            f"received step={step}, highest={highest}, warmup={warmup}, steps={steps}"
        )
    # Tab. 11: warm-up steps, then linear
    return highest * (step / warmup if step < warmup else max(0, steps - step) / (steps - warmup))
