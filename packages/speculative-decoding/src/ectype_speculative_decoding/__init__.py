"""Implementation of: Fast Inference from Transformers via Speculative Decoding
Authors: Yaniv Leviathan, Matan Kalman, Yossi Matias
Paper: https://arxiv.org/abs/2211.17192v2
Official code: Not available

This implementation covers:
- [x] Argmax, top-k, nucleus and temperature as standard sampling (Section 2.2)
- [x] Speculative sampling (Section 2.3)
- [x] Speculative decoding step (Algorithm 1)
- [x] Generation of many tokens, with a key-value cache (Section 2.1, Section 3.4)
- [x] Expected number of tokens (Section 3.1, Equation 1)
- [x] Divergence and acceptance rate (Section 3.2)
- [x] Walltime improvement and number of operations (Section 3.3, Table 1)
- [x] Number of guesses, and an oracle for it (Section 3.5)
- [x] N-gram approximation models (Section 3.6)
- [x] Rejection sampling, for comparison (Appendix A.2)
- [x] Predicted improvements (Appendix A.3, Table 4)
- [x] Lenience (Appendix A.5)
- [ ] Walltimes and acceptance rates of T5, LaMDA and GPT-like models (Table 2, Table 3, Table 5): need their checkpoints and a TPU
- [ ] Beam search (Appendix A.4): the paper leaves its analysis for future work

Known differences from paper:
- D1 A rejection where p is nowhere above q draws from p (Section 2.3): the adjusted distribution is not defined there, and rounding can lead to it [moves: none]
- D2 With argmax sampling a lenient test keeps what is at least l times as probable as the best token (Appendix A.5): as printed, at most, it would keep everything with l = 1 [moves: none]

Reproduction status:
- Dataset: EnDe (walltime improvement, EnDe, T5-small, argmax) - not attempted vs 3.4 [not attempted]
- Dataset: EnDe (walltime improvement, EnDe, T5-small, sampling) - not attempted vs 2.6 [not attempted]
- Dataset: CNNDM (walltime improvement, CNNDM, T5-small, argmax) - not attempted vs 3.1 [not attempted]
- Dataset: CNNDM (walltime improvement, CNNDM, T5-small, sampling) - not attempted vs 2.3 [not attempted]
"""

from ectype_speculative_decoding.acceptance import acceptance_rate, divergence
from ectype_speculative_decoding.analysis import (
    best_gamma,
    expected_tokens,
    operations_increase,
    oracle_improvement,
    walltime_improvement,
)
from ectype_speculative_decoding.cached_model import CachedModel
from ectype_speculative_decoding.decoding import Decoded, autoregressive_decode, speculative_decode
from ectype_speculative_decoding.decoding_step import Step, accepted_guesses, speculative_step
from ectype_speculative_decoding.model import Model
from ectype_speculative_decoding.ngram_model import NgramModel, fit_ngram
from ectype_speculative_decoding.speculative_sampling import (
    acceptance_probability,
    adjusted_distribution,
    lenient_argmax,
    rejection_acceptance,
    speculative_sample,
)
from ectype_speculative_decoding.standardized import sample, standardize

__all__ = [
    "CachedModel",
    "Decoded",
    "Model",
    "NgramModel",
    "Step",
    "acceptance_probability",
    "acceptance_rate",
    "accepted_guesses",
    "adjusted_distribution",
    "autoregressive_decode",
    "best_gamma",
    "divergence",
    "expected_tokens",
    "fit_ngram",
    "lenient_argmax",
    "operations_increase",
    "oracle_improvement",
    "rejection_acceptance",
    "sample",
    "speculative_decode",
    "speculative_sample",
    "speculative_step",
    "standardize",
    "walltime_improvement",
]
