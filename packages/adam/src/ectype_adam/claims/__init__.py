"""What is verified of "Adam: A Method for Stochastic Optimization": a module for each part, all on one `paper`."""

from ectype_adam.claims import averages, bounds, disagreements, norms, optimizers, results
from ectype_adam.claims.shared import paper

__all__ = ["averages", "bounds", "disagreements", "norms", "optimizers", "paper", "results"]
