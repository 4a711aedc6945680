"""What the paper computes from the times in its tables (section 6)."""


def speedup(reference: float, time: float) -> float:
    r"""Part of the time of a reference that is saved.

    $$100 \left(1 - \frac{t}{t_\mathrm{reference}}\right)$$

    Args:
        reference: time of the reference, above 0.
        time: the other time, in the same unit.

    Returns:
        Saved time, in per cent; below 0 where the other is slower.

    Raises:
        ValueError: reference is not above 0.

    Source: section 6, the brackets in Tables 2, 3, 4, 6, 8 and 10.
    """
    if not reference > 0:
        raise ValueError(f"reference must be above 0; received {reference}")
    # Tab. 2: "the speedup of RMSNorm against LayerNorm in bracket"
    return 100 * (1 - time / reference)
