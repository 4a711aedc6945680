"""What is verified of "RoFormer": one module for each part of the paper, all on one `paper`."""

from ectype_roformer.claims import attention, decay, derivation, language_model, pairing, readings, results, rotation
from ectype_roformer.claims.shared import paper

__all__ = ["attention", "decay", "derivation", "language_model", "pairing", "paper", "readings", "results", "rotation"]
