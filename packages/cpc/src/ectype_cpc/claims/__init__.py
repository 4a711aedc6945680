"""What is verified of "Representation Learning with Contrastive Predictive Coding", all on one `paper`."""

from ectype_cpc.claims import bound, estimates, loss, readings, results, speech
from ectype_cpc.claims.shared import paper

__all__ = ["bound", "estimates", "loss", "paper", "readings", "results", "speech"]
