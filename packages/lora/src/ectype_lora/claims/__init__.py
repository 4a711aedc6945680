"""What is verified of LoRA: one module for each part of the paper, all on one `paper`."""

from ectype_lora.claims import (
    adapters,
    checkpoints,
    model_sizes,
    objective,
    procedure,
    readings,
    results,
    subspaces,
    trained_parameters,
)
from ectype_lora.claims.shared import paper

__all__ = [
    "adapters",
    "checkpoints",
    "model_sizes",
    "objective",
    "paper",
    "procedure",
    "readings",
    "results",
    "subspaces",
    "trained_parameters",
]
