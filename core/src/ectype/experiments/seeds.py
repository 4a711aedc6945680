"""Randomness from one seed: independent streams, and the global generators of Python, NumPy and torch."""

from __future__ import annotations

import hashlib
import random

import numpy as np
import torch


def stream_seed(seed: int, purpose: str, number: int = 0) -> int:
    """Seed of one stream, so that what is drawn for one purpose does not depend on what was drawn for another.

    Args:
        seed: seed of the whole run.
        purpose: what the numbers are for.
        number: epoch, step or whatever counts the streams of that purpose.

    Returns:
        A number below 2^63.
    """
    digest = hashlib.sha256(f"{seed} {purpose} {number}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def stream(seed: int, purpose: str, number: int = 0) -> torch.Generator:
    """Make the generator of one stream, on the CPU; see ``stream_seed``."""
    return torch.Generator().manual_seed(stream_seed(seed, purpose, number))


def seed_everything(seed: int) -> None:
    """Seed the global generators of Python, NumPy and torch (all devices).

    Args:
        seed: 0 or more, below 2^32 (NumPy's limit).

    Raises:
        ValueError: the seed is out of range.
    """
    if not 0 <= seed < 2**32:
        raise ValueError(f"a seed must be at least 0 and below 2^32; received {seed}")
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
