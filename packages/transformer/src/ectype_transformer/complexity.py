"""Cost of a layer (Table 1) and of training (Table 2)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# Fn. 5: sustained single-precision floating-point operations per second of a K80, K40, M40 and P100
SUSTAINED_RATES: Mapping[str, float] = MappingProxyType({"K80": 2.8e12, "K40": 3.7e12, "M40": 6.0e12, "P100": 9.5e12})


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerCost:
    """What a layer costs that maps a sequence of n vectors of width d to another one.

    Source: section 4, Table 1.
    """

    operations: int
    """Multiply-adds of the products that Table 1 counts."""
    sequential: int
    """Operations that must follow one another, however many run in parallel."""
    path: int
    """Layers on the longest of the shortest paths between an input and an output position, ends of the sequence aside."""


def self_attention_cost(length: int, width: int) -> LayerCost:
    """Cost of attention of all positions to all: Q K^T and the weighted sum, without projections and softmax.

    Args:
        length: n, number of positions.
        width: d, width of a position.

    Returns:
        2 n^2 d multiply-adds.

    Raises:
        ValueError: an argument is below 1.

    Source: Table 1.
    """
    _check(length, width)
    # Tab. 1: self-attention, O(n^2 d), O(1), O(1)
    return LayerCost(operations=2 * length**2 * width, sequential=1, path=1)


def recurrent_cost(length: int, width: int) -> LayerCost:
    """Cost of a recurrent layer: one matrix for the input and one for the state, at each position.

    Args:
        length: n, number of positions.
        width: d, width of a position.

    Returns:
        2 n d^2 multiply-adds.

    Raises:
        ValueError: an argument is below 1.

    Source: Table 1.
    """
    _check(length, width)
    # Tab. 1: recurrent, O(n d^2), O(n), O(n)
    return LayerCost(operations=2 * length * width**2, sequential=length, path=length)


def convolutional_cost(length: int, width: int, kernel: int) -> LayerCost:
    """Cost of a centred convolution that keeps the length; the path is that of a stack of dilated ones.

    Args:
        length: n, number of positions.
        width: d, width of a position.
        kernel: k, positions under the kernel, odd and at least 3.

    Returns:
        k n d^2 multiply-adds; the layer in which the dilation is k^l is number l + 1.

    Raises:
        ValueError: length or width is below 1, or kernel is even or below 3.

    Source: Table 1 and section 4.
    """
    _check(length, width, kernel)
    # Layers with dilations 1, k, k^2 ... together reach (k^layers - 1) / 2 positions to either side; k is odd.
    path = 1
    while kernel**path // 2 < length - 1:
        path += 1
    # Tab. 1: convolutional, O(k n d^2), O(1), O(log_k(n))
    return LayerCost(operations=kernel * length * width**2, sequential=1, path=path)


def restricted_self_attention_cost(length: int, width: int, neighbourhood: int) -> LayerCost:
    """Cost of attention of each position to the r positions around it.

    Args:
        length: n, number of positions.
        width: d, width of a position.
        neighbourhood: r, number of positions that a position attends to, odd and at least 3.

    Returns:
        2 r n d multiply-adds, positions near the ends not exempted.

    Raises:
        ValueError: length or width is below 1, or neighbourhood is even or below 3.

    Source: Table 1 and section 4.
    """
    _check(length, width, neighbourhood)
    # A layer reaches (r - 1) / 2 positions to either side.
    path = max(1, math.ceil((length - 1) / (neighbourhood // 2)))
    # Tab. 1: self-attention (restricted), O(r n d), O(1), O(n / r)
    return LayerCost(operations=2 * neighbourhood * length * width, sequential=1, path=path)


def training_cost(seconds: float | int, devices: int, rate: float = SUSTAINED_RATES["P100"]) -> float:
    """Estimate of the floating-point operations of a training.

    Args:
        seconds: duration of the training.
        devices: number of devices.
        rate: sustained floating-point operations per second of one device.

    Returns:
        The product of the three.

    Source: section 6.1 and Table 2.
    """
    # Sec. 6.1: training time x number of GPUs x sustained single-precision capacity of each GPU
    return seconds * devices * rate


def _check(length: int, width: int, window: int = 3) -> None:
    reasons = []
    if min(length, width) < 1:
        reasons.append(f"length and width must be at least 1; received length={length}, width={width}")
    if window < 3 or window % 2 == 0:
        reasons.append(f"a window must be odd and at least 3, to reach both sides alike; received {window}")
    if reasons:
        raise ValueError("; ".join(reasons))
