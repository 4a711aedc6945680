"""What is verified of "Scaling Down Deep Learning with MNIST-1D": one module for each part, all on one `paper`."""

from ectype_mnist1d.claims import classification, generator, models, readings, results
from ectype_mnist1d.claims.shared import paper

__all__ = ["classification", "generator", "models", "paper", "readings", "results"]
