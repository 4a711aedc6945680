"""The networks of the robot tasks (section 6.2.1)."""

from itertools import pairwise

from torch import nn


def robot_network(observation: int, outputs: int) -> nn.Sequential:
    """Build the network that policy and value function share in form.

    Args:
        observation: number of state dimensions.
        outputs: number of actuators for a policy, 1 for a value function.

    Returns:
        Three hidden layers of 100, 50 and 25 tanh units and a linear layer.

    Raises:
        ValueError: observation or outputs is below 1.

    Source: section 6.2.1.
    """
    if min(observation, outputs) < 1:
        raise ValueError(
            f"observation and outputs must be at least 1; received observation={observation}, outputs={outputs}"
        )
    # Sec. 6.2.1: three hidden layers, with 100, 50 and 25 tanh units; a final layer with linear activation
    sizes = (observation, 100, 50, 25)
    hidden = [layer for m, n in pairwise(sizes) for layer in (nn.Linear(m, n), nn.Tanh())]
    return nn.Sequential(*hidden, nn.Linear(25, outputs))
