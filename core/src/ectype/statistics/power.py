"""Power: how many seeds make it likely that a number that is right comes out as reproduced."""

from __future__ import annotations

import math

import numpy as np
from scipy import integrate, stats  # type: ignore[import-untyped, unused-ignore]

from ectype.statistics.intervals import COVERAGE, Array, Values

_TAIL, _NODES = 1e-12, 100


def power(n: int, sd: float, margin: float, *, difference: float = 0.0, coverage: float = COVERAGE) -> float:
    r"""Return the probability that the t interval of n normal values lies inside target plus-minus margin.

    Two one-sided tests (Schuirmann 1987) with this interval. Given the sample deviation $s$, the mean must lie within
    $w = m - t s / \sqrt n$ of the target; the mean is normal and $(n - 1) s^2 / \sigma^2$ is chi-squared, hence

    $$\int_0^{s^*} \Big[ \Phi\Big(\frac{w - \delta}{\sigma / \sqrt n}\Big) - \Phi\Big(\frac{-w - \delta}{\sigma / \sqrt n}\Big) \Big] p(s) \, ds,
      \qquad s^* = m \sqrt n / t$$

    Args:
        n: number of seeds.
        sd: true standard deviation over seeds (sigma), in the unit of the margin.
        margin: how far from the target still counts as the same (m).
        difference: true mean less target (delta).
        coverage: of the interval.

    Raises:
        ValueError: if sd or margin are not positive numbers.
    """
    _must_be_positive(sd=sd, margin=margin)
    if n < 2:
        return 0.0
    freedom, root = n - 1, math.sqrt(n)
    t = float(stats.t.ppf((1 + coverage) / 2, freedom))

    def integrand(chi: Array) -> Array:
        w = margin - t * sd * chi / math.sqrt(freedom) / root
        upper, lower = (w - difference) * root / sd, (-w - difference) * root / sd
        return np.asarray((stats.norm.cdf(upper) - stats.norm.cdf(lower)) * stats.chi.pdf(chi, freedom))

    start, end = (float(stats.chi.ppf(q, freedom)) for q in (_TAIL, 1 - _TAIL))
    end = min(end, margin * root * math.sqrt(freedom) / (t * sd))
    return float(integrate.fixed_quad(integrand, start, end, n=_NODES)[0]) if end > start else 0.0


def runs_needed(sd: float, margin: float, *, wanted: float = 0.8, difference: float = 0.0) -> int:
    """Return the smallest number of seeds with the power that is wanted.

    Args:
        sd: standard deviation over seeds, from the paper or from a pilot (``pilot_sd``).
        margin: how far from the target still counts as the same.
        wanted: probability that a right number comes out as reproduced, 0.5 or more.
        difference: true mean less target that the number of seeds should still cope with.

    Raises:
        ValueError: if sd or margin are not positive, or no number of seeds gives that power.
    """
    _must_be_positive(sd=sd, margin=margin)
    if not (0.5 <= wanted < 1 and abs(difference) < margin):  # below 0.05 power is not monotone in n
        raise ValueError(
            f"a power must lie from 0.5 to below 1 and the difference inside the margin; received power {wanted}, "
            f"difference {difference}, margin {margin}"
        )
    high = 2
    while power(high, sd, margin, difference=difference) < wanted:
        high *= 2
    low = high // 2  # not enough, or 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(middle, sd, margin, difference=difference) >= wanted else (middle, high)
    return high


def pilot_sd(values: Values, *, confidence: float = 0.8) -> float:
    """Return a standard deviation that the true one stays below with this confidence, ``s sqrt((n - 1) / chi2)``.

    The plain deviation of a short pilot is too small more often than not, and with it the number of seeds.

    Args:
        values: at least two values that differ, from seeds that the claim does not use.
        confidence: probability of not being too small, for normal values.

    Raises:
        ValueError: if the values show no spread.
    """
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or found.size < 2 or not np.isfinite(found).all() or np.ptp(found) == 0:
        raise ValueError(f"a pilot must have two finite values that differ, or more; received {found.tolist()}")
    freedom = found.size - 1
    return float(found.std(ddof=1)) * math.sqrt(freedom / float(stats.chi2.ppf(1 - confidence, freedom)))


def _must_be_positive(*, sd: float, margin: float) -> None:
    if not (math.isfinite(sd) and sd > 0 and math.isfinite(margin) and margin > 0):
        raise ValueError(f"deviation and margin must be positive numbers; received sd {sd}, margin {margin}")
