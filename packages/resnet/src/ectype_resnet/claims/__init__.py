"""What is verified of "Deep Residual Learning for Image Recognition": a module for each part, all on one `paper`."""

from ectype_resnet.claims import blocks, networks, procedure, readings, results, sizes
from ectype_resnet.claims.shared import paper

__all__ = ["blocks", "networks", "paper", "procedure", "readings", "results", "sizes"]
