"""What is verified of "Self-Normalizing Neural Networks": one module for each part, all on one `paper`."""

from ectype_snn.claims import moments, networks, readings, results
from ectype_snn.claims.shared import paper

__all__ = ["moments", "networks", "paper", "readings", "results"]
