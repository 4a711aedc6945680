"""What is verified of "Fast Inference from Transformers via Speculative Decoding", all on one `paper`."""

from ectype_speculative_decoding.claims import decoding, gains, models, readings, results, sampling
from ectype_speculative_decoding.claims.shared import paper

__all__ = ["decoding", "gains", "models", "paper", "readings", "results", "sampling"]
