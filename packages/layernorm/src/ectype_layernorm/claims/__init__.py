"""What is verified of "Layer Normalization": one module for each part of the paper, all on one `paper`."""

from ectype_layernorm.claims import cells, geometry, invariance, norms, procedure, readings, results
from ectype_layernorm.claims.shared import paper

__all__ = ["cells", "geometry", "invariance", "norms", "paper", "procedure", "readings", "results"]
