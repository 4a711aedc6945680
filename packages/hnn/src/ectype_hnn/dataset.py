"""What models are trained and tested on: states with their time derivatives."""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

LONGEST = 100.0
"""Time over which trajectories are observed at most; the experiments need up to 25, and a longer one takes minutes."""


class Observations(NamedTuple):
    """States $(q, p)$ and the time derivatives observed at them."""

    states: Float[Tensor, "rows coordinates"]
    derivatives: Float[Tensor, "rows coordinates"]


class Dataset(NamedTuple):
    """Observations of disjoint sets of trajectories, trajectory after trajectory."""

    train: Observations
    test: Observations
