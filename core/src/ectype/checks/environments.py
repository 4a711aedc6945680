"""Environments and agents: the interface of gymnasium, and episodes that repeat.

``of(...)`` of an environment has ``reset(seed=...)`` and ``step(action)``; the draw returns the actions of an episode.
``of(...)`` of an agent has ``act(observation)``; the draw returns what it observes.
"""

from __future__ import annotations

import importlib
import re
import warnings
from types import ModuleType
from typing import Any

from torch import Tensor

from ectype.cases import Case, deviation, map_tensors
from ectype.checks import check
from ectype.checks.calls import must_run
from ectype.checks.samplers import seeded
from ectype.checks.surroundings import preserved, random_state
from ectype.errors import CheckFailedError, NotRunError


def episode(case: Case, seed: int, inputs: tuple[Any, ...] | None = None, environment: Any = None) -> list[Any]:
    """Return observations, rewards and ends of one episode with the drawn actions."""
    actions = case.inputs("actions") if inputs is None else inputs
    if len(actions) == 1 and isinstance(actions[0], (Tensor, list)):
        actions = tuple(actions[0])
    environment = case.call() if environment is None else environment
    observed: list[Any] = [environment.reset(seed=seed)[0]]
    for action in actions:
        plain = map_tensors(lambda _, x: x.item() if not x.ndim else x.numpy(), action)
        observation, reward, terminated, truncated, _ = environment.step(plain)
        observed += [observation, reward, terminated, truncated]
        if terminated or truncated:
            break
    return observed


def gymnasium() -> ModuleType:
    """Return gymnasium's checker.

    Raises:
        NotRunError: if gymnasium is not installed.
    """
    try:
        return importlib.import_module("gymnasium.utils.env_checker")
    except ImportError as error:
        raise NotRunError("needs gymnasium, which cannot be imported: pip install gymnasium") from error


_ADVICE = re.compile("recommend|probably")


@check("environment")
def follows_gymnasium(case: Case) -> dict[str, Any]:
    """The checker of gymnasium finds nothing wrong.

    Agents of other libraries rely on the interface: spaces, types, what reset and step return. Most of what it finds it
    only warns of: that fails too, but for advice on the bounds of spaces, which is listed.
    """
    checker = gymnasium()
    advice: set[str] = set()
    with preserved(seed=0), must_run(case), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        checker.check_env(case.call(), skip_render_check=True)
    for text in (re.sub(r"\x1b\[\d+m", "", str(warning.message)) for warning in warned):
        if not _ADVICE.search(text):
            raise CheckFailedError(f"{case}: gymnasium must find nothing wrong; received {text}")
        advice.add(text)
    return {"advice": sorted(advice)}


@check("environment")
def episodes_repeat(case: Case) -> None:
    """The same seed and actions give the same episode, and the global random generators are left alone.

    Without that no two agents have met the same problem.
    """
    found = []
    for seed in (1, 2):
        with preserved(seed=seed), must_run(case):
            made = case.call()
            before = random_state()
            found.append(episode(case, 0, environment=made))
            if random_state() != before:
                raise CheckFailedError(f"{case}: it must leave the global random generators alone; it does not")
    if _apart(case, *found):
        raise CheckFailedError(f"{case}: the same seed and actions must give the same episode; received another one")


@check("environment")
def episodes_differ(case: Case) -> None:
    """Different seeds give different episodes.

    A seed that is not used turns an average over episodes into one episode. Where nothing is random this is an
    expected failure, with that reason.
    """
    with preserved(seed=0), must_run(case):
        found = [episode(case, seed) for seed in range(4)]
    if not any(_apart(case, found[0], other) for other in found[1:]):
        raise CheckFailedError(f"{case}: different seeds must give different episodes; seeds 0 to 3 give the same")


def _apart(case: Case, left: list[Any], right: list[Any]) -> bool:
    """Return whether two lists of observations, rewards and ends, or of actions, differ."""
    with must_run(case):
        return len(left) != len(right) or deviation(left, right)[0] > 0


@check("agent")
def actions_repeat(case: Case) -> None:
    """An agent built from the same seed acts alike on the same observations.

    What it does can otherwise be neither repeated nor compared.
    """
    found = []
    for _ in range(2):
        with preserved(seed=0), must_run(case):
            agent = case.call(**seeded(case, 0))
            found.append([agent.act(*case.inputs("observation", index)) for index in range(8)])
    if _apart(case, *found):
        raise CheckFailedError(f"{case}: the same seed and observations must give the same actions; received others")
