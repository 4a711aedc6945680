"""What is verified of SimCLR: one module for each part of the paper, all on one `paper`."""

from ectype_simclr.claims import augmentation, disagreements, losses, networks, results, training
from ectype_simclr.claims.shared import paper

__all__ = ["augmentation", "disagreements", "losses", "networks", "paper", "results", "training"]
