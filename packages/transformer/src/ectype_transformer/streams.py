"""Independent streams of random numbers from one seed."""

import hashlib

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
    """Make the generator of one stream; see `stream_seed`."""
    return torch.Generator().manual_seed(stream_seed(seed, purpose, number))
