"""What is verified of "Attention Is All You Need": one module for each part of the paper, all on one `paper`."""

from ectype_transformer.claims import (
    attention,
    batches,
    cost,
    decoding,
    positions,
    procedure,
    results,
    stacks,
    training,
)
from ectype_transformer.claims.shared import paper

__all__ = [
    "attention",
    "batches",
    "cost",
    "decoding",
    "paper",
    "positions",
    "procedure",
    "results",
    "stacks",
    "training",
]
