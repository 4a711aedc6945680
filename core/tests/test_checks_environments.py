"""Checks of environments and agents: each refuses a broken component and lets a correct one pass."""

import sys
import warnings
from types import ModuleType

import numpy as np
import pytest
import torch
from conformance import component, fires, normal, passes, specimens, uncovered
from ectype.checks import environments
from ectype.errors import CheckFailedError, NotRunError


class Walk:
    """A random walk, in which the subclasses break one thing each."""

    def reset(self, *, seed=None, options=None):
        self.rng = np.random.default_rng(seed)
        self.place = np.zeros(2)
        return self.place.copy(), {}

    def noise(self):
        return self.rng.normal(size=2)

    def step(self, action):
        self.place += (1 if action else -1) + self.noise()
        return self.place.copy(), float(self.place.sum()), False, False, {}


class Still(Walk):
    def noise(self):
        return np.zeros(2)


class GlobalWalk(Walk):
    def noise(self):
        return np.random.normal(size=2)


class Unseeded(Walk):
    def reset(self, *, seed=None, options=None):
        return super().reset(seed=None)


class Named(Walk):
    def step(self, action):
        return super().step(action)[0], "reward", False, False, {}


def actions(rng):
    return torch.randint(0, 2, (5,), generator=rng)


class Sampling:
    def __init__(self, seed=0):
        self.rng = np.random.default_rng(seed)

    def act(self, observation):
        return int(self.rng.random() < 1 / (1 + np.exp(-float(observation.sum()))))


class Restless(Sampling):
    def __init__(self, seed=0):
        super().__init__(None)

    def act(self, observation):
        return self.rng.random()


def environment(of):
    return component("environment", of, actions)


def agent(of):
    return component("agent", of, lambda rng: normal(rng, 3))


def with_checker(monkeypatch, check_env):
    checker = ModuleType("gymnasium.utils.env_checker")
    checker.check_env = check_env
    monkeypatch.setitem(sys.modules, "gymnasium", ModuleType("gymnasium"))
    monkeypatch.setitem(sys.modules, "gymnasium.utils", ModuleType("gymnasium.utils"))
    monkeypatch.setitem(sys.modules, "gymnasium.utils.env_checker", checker)


TABLE = [
    specimens(
        environments.episodes_repeat,
        broken={
            "global": (environment(GlobalWalk), "must leave the global random generators alone"),
            "no seed": (environment(Unseeded), "must give the same episode"),
            "no numbers": (environment(Named), "must not raise; received TypeError"),
        },
        correct={"walk": environment(Walk), "still": environment(Still)},
    ),
    specimens(
        environments.episodes_differ,
        broken={"still": (environment(Still), "different seeds must give different episodes")},
        correct={"walk": environment(Walk)},
    ),
    specimens(
        environments.actions_repeat,
        broken={"restless": (agent(Restless), "must give the same actions")},
        correct={"sampling": agent(Sampling)},
    ),
]


@fires(TABLE)
def test_fires(check, made, text):
    with pytest.raises(CheckFailedError, match=text):
        check.function(made)


@passes(TABLE)
def test_passes(check, made):
    check.function(made)


def test_every_check_is_tested():
    assert uncovered(TABLE, environments) == {"follows-gymnasium"}  # below


def test_gymnasium_is_asked(monkeypatch):
    asked = []
    with_checker(monkeypatch, lambda env, skip_render_check: asked.append(env))
    environments.follows_gymnasium.function(environment(Walk))
    assert [type(env) for env in asked] == [Walk]


def test_what_gymnasium_finds_is_a_failure(monkeypatch):
    def check_env(env, skip_render_check):
        raise AssertionError("the observation is not in the space")

    with_checker(monkeypatch, check_env)
    with pytest.raises(CheckFailedError, match="the observation is not in the space"):
        environments.follows_gymnasium.function(environment(Walk))


def test_what_gymnasium_warns_of_is_a_failure_and_its_advice_is_not(monkeypatch):
    texts = ["\x1b[33mWARN: A Box space minimum is -infinity. This is probably too low.\x1b[0m"]

    def check_env(env, skip_render_check):
        for text in texts:
            warnings.warn(text, stacklevel=1)

    with_checker(monkeypatch, check_env)
    found = environments.follows_gymnasium.function(environment(Walk))
    assert found == {"advice": ["WARN: A Box space minimum is -infinity. This is probably too low."]}
    texts.append("WARN: The obs returned is not within the observation space.")
    with pytest.raises(CheckFailedError, match="nothing wrong; received WARN: The obs returned is not within"):
        environments.follows_gymnasium.function(environment(Walk))


def test_without_gymnasium_it_is_not_run(monkeypatch):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(NotRunError, match="pip install gymnasium"):
        environments.follows_gymnasium.function(environment(Walk))
