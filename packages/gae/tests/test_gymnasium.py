"""Advantages of a rollout in environments of gymnasium that start anew by themselves."""

import pytest
import torch
from ectype_gae import following_values, generalized_advantages

gymnasium = pytest.importorskip("gymnasium")


class Countdown(gymnasium.Env):
    """Observes 0, 1, 2, ...; a reward of 1 a step; ends by itself after some steps, or never."""

    observation_space = gymnasium.spaces.Box(0, 100, (1,), "float64")
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, end):
        self.end = end

    def observe(self):
        return self.observation_space.dtype.type([self.count])

    def reset(self, *, seed=None, options=None):
        self.count = 0
        return self.observe(), {}

    def step(self, action):
        self.count += 1
        return self.observe(), 1.0, self.count == self.end, False, {}


def value(observations):
    return torch.as_tensor(observations, dtype=torch.float64)[..., 0] ** 2


def test_truncated_episodes_continue_in_their_own_final_observation():
    modes = gymnasium.vector.AutoresetMode
    environments = gymnasium.vector.SyncVectorEnv(
        [lambda: Countdown(3), lambda: gymnasium.wrappers.TimeLimit(Countdown(100), 4)],
        autoreset_mode=modes.SAME_STEP,
    )
    observations, _ = environments.reset(seed=0)
    columns = []
    for _ in range(6):
        met = observations
        observations, rewards, terminated, truncated, info = environments.step([0, 0])
        final = info.get("final_obs", [None, None])
        finals = [0.0 if o is None else float(value(o)) for o in final]
        columns.append([value(met), *map(torch.as_tensor, (rewards, terminated, truncated)), torch.tensor(finals)])
    values, rewards, terminated, truncated, finals = (torch.stack(c) for c in zip(*columns, strict=True))
    assert terminated[:, 0].tolist() == [False, False, True] * 2
    assert truncated[:, 1].tolist() == [False, False, False, True, False, False]
    following = following_values(values, value(observations), finals.double(), truncated)
    ours = generalized_advantages(rewards, values, following, terminated, truncated, gamma=0.5, lam=0.0)
    # Oracle: 1 + V(s') / 2 - V(s) with V = s^2; the first environment ends at 3, the second is cut off at 4.
    assert ours[:3, 0].tolist() == [1.5, 2.0, -3.0]
    assert ours[:4, 1].tolist() == [1.5, 2.0, 1.5, 0.0]
    environments.close()
