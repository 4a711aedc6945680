"""What is verified of generalized advantage estimation: a module for each part, all on one `paper`."""

from ectype_gae.claims import disagreements, estimators, processes, results, value_function
from ectype_gae.claims.shared import paper

__all__ = ["disagreements", "estimators", "paper", "processes", "results", "value_function"]
