"""The state of the process around a component: random generators, modes, defaults; and whether it stays as it was."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

_SETTINGS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "grad mode": (torch.is_grad_enabled, torch.set_grad_enabled),
    "default dtype": (torch.get_default_dtype, torch.set_default_dtype),
    "number of threads": (torch.get_num_threads, torch.set_num_threads),
    "deterministic algorithms": (torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms),
    "anomaly detection": (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    "autocast": (lambda: torch.is_autocast_enabled("cpu"), lambda on: torch.set_autocast_enabled("cpu", on)),
    "matmul precision": (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    "NumPy error handling": (np.geterr, lambda value: np.seterr(**value)),
    "device": (torch.get_default_device, lambda device: _set_device(device)),
}


def _set_device(device: torch.device) -> None:
    torch.set_default_device(None if device.type == "cpu" else device)


def settings() -> dict[str, Any]:
    """Return the settings of the process that a component must leave alone."""
    return {name: read() for name, (read, _) in _SETTINGS.items()}


def random_state() -> tuple[str, str, str]:
    """Return digests of the global generators of torch, NumPy and Python."""
    numpy: Any = np.random.get_state()
    parts = (
        torch.get_rng_state().numpy().tobytes(),
        np.asarray(numpy[1]).tobytes() + repr(numpy[2:]).encode(),
        repr(random.getstate()).encode(),
    )
    first, second, third = (hashlib.blake2b(part, digest_size=16).hexdigest() for part in parts)
    return first, second, third


@contextmanager
def preserved(seed: int | None = None) -> Iterator[None]:
    """Put settings and global generators back afterwards; seed the generators first if a seed is given."""
    before = settings()
    states = torch.get_rng_state(), np.random.get_state(), random.getstate()
    if seed is not None:
        torch.default_generator.manual_seed(seed)
        np.random.seed(seed)
        random.seed(seed)
    try:
        yield
    finally:
        for name, (read, write) in _SETTINGS.items():
            if read() != before[name]:
                write(before[name])
        torch.set_rng_state(states[0])
        np.random.set_state(states[1])
        random.setstate(states[2])
