"""Implementation of: Self-Normalizing Neural Networks
Authors: Günter Klambauer, Thomas Unterthiner, Andreas Mayr, Sepp Hochreiter
Paper: https://arxiv.org/abs/1706.02515v5
Official code: https://github.com/bioinf-jku/SNNs

This implementation covers:
- [x] Scaled exponential linear units and their constants (Equation 2, Equation 7, Equation 14, Appendix A5)
- [x] Map of mean and variance from layer to layer (Equation 3, Equation 4, Equation 5)
- [x] The same as the appendix has it (Equation 9, Equation 10, Equation 11, Equation 12, Equation 13)
- [x] Its Jacobian, and that of mean and second moment (Equation 6, Equation 56, Equation 61, Equation 69)
- [x] Initialization, alpha dropout, and the network (Section 2)
- [ ] UCI data sets (Table 1): needs 121 data sets and a search over hyperparameters for seven methods
- [ ] Tox21 (Table 2): needs the challenge's data and a search over hyperparameters
- [ ] HTRU2 (Table 3): needs the survey's data and nested cross-validation
- [ ] Computer-assisted proof of the theorems (Appendix A3): the theorems are tested at points, not proved

Known differences from paper:
- None

Reproduction status:
- Dataset: UCI (SNN, mean difference of its rank) - not attempted vs -0.756 [not attempted]
- Dataset: Tox21 (SNN, 8 layers or blocks, AUC) - not attempted vs 84.5 % [not attempted]
- Dataset: HTRU2 (SNN, AUC) - not attempted vs 0.9803 [not attempted]
"""

from ectype_snn.alpha_dropout import AlphaDropout, affine_parameters, alpha_dropout
from ectype_snn.jacobian import largest_singular_value, moment_jacobian, second_moment_jacobian
from ectype_snn.moment_map import moment_map
from ectype_snn.network import SelfNormalizingNetwork, initial_weights
from ectype_snn.selu import ALPHA, SCALE, SELU, fixed_point_parameters, selu

__all__ = [
    "ALPHA",
    "SCALE",
    "SELU",
    "AlphaDropout",
    "SelfNormalizingNetwork",
    "affine_parameters",
    "alpha_dropout",
    "fixed_point_parameters",
    "initial_weights",
    "largest_singular_value",
    "moment_jacobian",
    "moment_map",
    "second_moment_jacobian",
    "selu",
]
