"""What is verified of "On the Convergence of Adam and Beyond": a module for each part, all on one `paper`."""

from ectype_amsgrad.claims import disagreements, methods, problems, regret, results
from ectype_amsgrad.claims.shared import paper

__all__ = ["disagreements", "methods", "paper", "problems", "regret", "results"]
