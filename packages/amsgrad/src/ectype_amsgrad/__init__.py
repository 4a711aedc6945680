"""Implementation of: On the Convergence of Adam and Beyond
Authors: Sashank J. Reddi, Satyen Kale, Sanjiv Kumar
Paper: https://arxiv.org/abs/1904.09237v1
Official code: Not available

This implementation covers:
- [x] The step that adaptive methods share, with averages of SGD, AdaGrad and Adam (Section 2, Algorithm 1)
- [x] Adam without correction of bias (Equation 1)
- [x] The change of the inverse learning rate (Equation 2)
- [x] A constant under the root (Equation 3)
- [x] AMSGrad (Algorithm 2)
- [x] Regret bound of AMSGrad (Theorem 4)
- [x] Problems on which Adam goes to the worst point, deterministic and stochastic (Section 5)
- [x] AdamNC with beta_2t = 1 - 1/t (Section 5.1, Corollary 2)
- [ ] Regret bound of AdamNC (Theorem 5): only the submitted text could be read, whose bounds lack the stepsize
- [ ] Proofs, and the examples for any decay rates (Theorem 2, Theorem 3): appendices that could not be read
- [ ] Logistic regression and networks on MNIST, CIFARNET on CIFAR-10 (Figure 2): curves without printed numbers, stepsizes from a grid that is not given

Known differences from paper:
- D1 A coordinate whose gradient has always been zero stays where it is (Algorithm 1): the paper divides zero by zero there [moves: none]

Reproduction status:
- None
"""

from ectype_amsgrad.adamnc import AdamNC, fading_beta1, rising_beta2
from ectype_amsgrad.adaptive_step import adagrad_averages, adam_averages, adaptive_step, project, sgd_averages
from ectype_amsgrad.amsgrad import AMSGrad, amsgrad_update
from ectype_amsgrad.inverse_rate import inverse_rate_change
from ectype_amsgrad.online_problem import average_regret, periodic_slopes, play, random_slopes
from ectype_amsgrad.regret_bound import amsgrad_regret_bound
from ectype_amsgrad.uncorrected_adam import uncorrected_adam_update

__all__ = [
    "AMSGrad",
    "AdamNC",
    "adagrad_averages",
    "adam_averages",
    "adaptive_step",
    "amsgrad_regret_bound",
    "amsgrad_update",
    "average_regret",
    "fading_beta1",
    "inverse_rate_change",
    "periodic_slopes",
    "play",
    "project",
    "random_slopes",
    "rising_beta2",
    "sgd_averages",
    "uncorrected_adam_update",
]
