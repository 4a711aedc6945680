"""What is verified of "Root Mean Square Layer Normalization": one module for each part, all on one `paper`."""

from ectype_rmsnorm.claims import invariance, norms, readings, results
from ectype_rmsnorm.claims.shared import paper

__all__ = ["invariance", "norms", "paper", "readings", "results"]
