"""What is verified of "Hamiltonian Neural Networks": one module for each part of the paper, all on one `paper`."""

from ectype_hnn.claims import disagreements, models, procedure, results, systems
from ectype_hnn.claims.shared import paper

__all__ = ["disagreements", "models", "paper", "procedure", "results", "systems"]
