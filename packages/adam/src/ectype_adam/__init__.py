"""Implementation of: Adam: A Method for Stochastic Optimization
Authors: Diederik P. Kingma, Jimmy Ba
Paper: https://arxiv.org/abs/1412.6980v9
Official code: Not available

This implementation covers:
- [x] Adam (Algorithm 1)
- [x] The other order of computation, with epsilon hat (Section 2)
- [x] Bounds of the step (Section 2.1)
- [x] Initialization bias and its correction (Section 3, Equation 1, Equation 2, Equation 3, Equation 4)
- [x] Regret and the bound that is claimed for it (Section 4, Equation 5, Theorem 4.1)
- [x] AdaMax (Section 7.1, Algorithm 2, Equation 12)
- [x] From the L2 to the infinity norm (Equation 6, Equation 7, Equation 8, Equation 9, Equation 10, Equation 11)
- [x] Temporal averaging (Section 7.2)
- [ ] Proof of the regret bound (Section 10.1): it is wrong; two of its steps are measured as findings
- [ ] Experiments on MNIST, IMDB reviews and CIFAR-10 (Section 6.1, Section 6.2, Section 6.3): figures with curves and no printed result, learning rates from a grid that is not given
- [ ] Variational autoencoders with and without bias correction (Section 6.4): a figure without printed numbers, and the data set is not named

Known differences from paper:
- D1 A coordinate whose gradient has always been zero stays where it is (Algorithm 2): the paper divides zero by zero there [moves: none]

Reproduction status:
- None
"""

from ectype_adam.adam import Adam, adam_update
from ectype_adam.adamax import AdaMax, adamax_update
from ectype_adam.discounted_norm import discounted_maximum, discounted_norm, infinity_norm, power_average, power_norm
from ectype_adam.efficient_adam import EfficientAdam, corrected_stepsize, efficient_adam_update
from ectype_adam.elementwise_optimizer import ElementwiseOptimizer
from ectype_adam.moving_average import bias_corrected, expected_average, moving_average, weighted_average
from ectype_adam.regret import regret, regret_bound
from ectype_adam.step_bound import sharp_adamax_bound, sharp_step_bound, stated_step_bound, worst_gradients
from ectype_adam.temporal_average import TemporalAverage, polyak_average

__all__ = [
    "AdaMax",
    "Adam",
    "EfficientAdam",
    "ElementwiseOptimizer",
    "TemporalAverage",
    "adam_update",
    "adamax_update",
    "bias_corrected",
    "corrected_stepsize",
    "discounted_maximum",
    "discounted_norm",
    "efficient_adam_update",
    "expected_average",
    "infinity_norm",
    "moving_average",
    "polyak_average",
    "power_average",
    "power_norm",
    "regret",
    "regret_bound",
    "sharp_adamax_bound",
    "sharp_step_bound",
    "stated_step_bound",
    "weighted_average",
    "worst_gradients",
]
