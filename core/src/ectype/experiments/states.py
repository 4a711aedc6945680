"""States of modules, optimizers and generators as tensors and JSON, and back, so that no pickle is written or read."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import torch
from torch import Tensor

JSON: TypeAlias = Any


@runtime_checkable
class Stateful(Protocol):
    """What has a state: modules, optimizers, schedules, scalers."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state: tensors, arrays and plain values in dictionaries, lists and tuples."""

    def load_state_dict(self, state: dict[str, Any]) -> Any:
        """Go on from a state."""


def flatten(tree: Any, prefix: str, tensors: dict[str, Tensor]) -> JSON:
    """Return a state as JSON; tensors and arrays move to ``tensors``, under names that begin with the prefix.

    Raises:
        TypeError: if it holds something that is neither a tensor, an array, a plain value nor a container of these.
    """
    if isinstance(tree, Tensor):
        tensors[prefix] = tree
        return {"tensor": prefix}
    if isinstance(tree, np.ndarray):
        tensors[prefix] = torch.from_numpy(tree.copy())
        return {"array": prefix}
    if isinstance(tree, Mapping):
        items = [(key, flatten(value, f"{prefix}.{key}", tensors)) for key, value in tree.items()]
        return {"mapping": [[flatten(key, prefix, tensors), value] for key, value in items]}
    if isinstance(tree, (list, tuple)):
        found = [flatten(value, f"{prefix}.{i}", tensors) for i, value in enumerate(tree)]
        return {"tuple" if isinstance(tree, tuple) else "list": found}
    if tree is None or isinstance(tree, (bool, int, float, str)):
        return tree
    raise TypeError(f"a state must be of tensors, arrays and plain values; received {type(tree).__name__} at {prefix}")


def unflatten(tree: JSON, tensors: Mapping[str, Tensor]) -> Any:
    """Return the state that ``flatten`` took apart."""
    if not isinstance(tree, dict):
        return tree
    [(kind, value)] = tree.items()
    match kind:
        case "tensor":
            return tensors[value]
        case "array":
            return tensors[value].numpy()
        case "mapping":
            return {unflatten(key, tensors): unflatten(item, tensors) for key, item in value}
        case "tuple":
            return tuple(unflatten(item, tensors) for item in value)
        case _:
            return [unflatten(item, tensors) for item in value]


def state_of(thing: Any) -> Any:
    """Return the state of a module, optimizer, schedule or generator.

    Raises:
        TypeError: if it is none of these.
    """
    if isinstance(thing, torch.Generator):
        return thing.get_state()
    if isinstance(thing, np.random.Generator):
        return thing.bit_generator.state
    if isinstance(thing, random.Random):
        return thing.getstate()
    if isinstance(thing, Stateful):
        return thing.state_dict()
    raise TypeError(f"what is resumed must have state_dict and load_state_dict; received {type(thing).__name__}")


def restore(thing: Any, state: Any) -> None:
    """Set a module, optimizer, schedule or generator to a state."""
    if isinstance(thing, torch.Generator):
        thing.set_state(state)
    elif isinstance(thing, np.random.Generator):
        thing.bit_generator.state = state
    elif isinstance(thing, random.Random):
        thing.setstate(state)
    else:
        thing.load_state_dict(state)


class GlobalGenerators:
    """The states of the global generators of Python, NumPy and torch, as something that has a state."""

    def state_dict(self) -> dict[str, Any]:
        """Return the states; of every GPU too where there are any."""
        state = {
            "python": random.getstate(),
            "numpy": np.random.get_state(legacy=False),
            "torch": torch.get_rng_state(),
        }
        return state | ({"cuda": torch.cuda.get_rng_state_all()} if torch.cuda.is_available() else {})

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Set the generators."""
        random.setstate(state["python"])
        np.random.set_state(state["numpy"])
        torch.set_rng_state(state["torch"])
        if "cuda" in state:
            torch.cuda.set_rng_state_all(state["cuda"])
