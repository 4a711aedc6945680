"""Implementation of: High-Dimensional Continuous Control Using Generalized Advantage Estimation
Authors: John Schulman, Philipp Moritz, Sergey Levine, Michael I. Jordan, Pieter Abbeel
Paper: https://arxiv.org/abs/1506.02438v6
Official code: Not available

This implementation covers:
- [x] Values and advantages of a policy, exactly (Section 2, Equation 2, Equation 3, Equation 4, Equation 5)
- [x] Policy gradient with estimated advantages (Equation 9)
- [x] Residuals and k-step estimators (Section 3, Equation 11, Equation 14, Equation 15)
- [x] Generalized advantage estimator, for batches of environments with terminated and truncated episodes (Equation 16)
- [x] Reward shaping and response function (Equation 20, Equation 26)
- [x] Value function: regression, targets, trust region (Section 5, Equation 28, Equation 29, Equation 30, Footnote 2)
- [x] Networks of the robot tasks (Section 6.2.1)
- [ ] Policy update by TRPO (Section 6.1, Equation 31): the subject of another paper
- [ ] Cart-pole (Section 6.3.1, Figure 2): needs TRPO, and results are curves and a grey-scale map over 21 seeds
- [ ] Locomotion and standing up (Section 6.3.2, Section 6.3.3, Figure 3, Figure 4): robot models for MuJoCo that were not published, hours on 16 and 32 cores a run
- [ ] Compatible features (Appendix A, Equation 32): not used by the paper

Known differences from paper:
- None

Reproduction status:
- Dataset: cart-pole (cart-pole, lowest gamma of the best results) - not attempted vs 0.96 [not attempted]
- Dataset: cart-pole (cart-pole, highest gamma of the best results) - not attempted vs 0.99 [not attempted]
- Dataset: cart-pole (cart-pole, lowest lambda of the best results) - not attempted vs 0.92 [not attempted]
- Dataset: cart-pole (cart-pole, highest lambda of the best results) - not attempted vs 0.99 [not attempted]
- Dataset: 3D biped (3D biped, lowest gamma of the best results) - not attempted vs 0.99 [not attempted]
- Dataset: 3D biped (3D biped, highest gamma of the best results) - not attempted vs 0.995 [not attempted]
- Dataset: 3D biped (3D biped, lowest lambda of the best results) - not attempted vs 0.96 [not attempted]
- Dataset: 3D biped (3D biped, highest lambda of the best results) - not attempted vs 0.99 [not attempted]
- Dataset: 3D quadruped (quadruped, best of lambda 0 and 0.96 and no value function) - not attempted vs 0.96 [not attempted]
"""

from ectype_gae.advantages import (
    discounted_returns,
    discounted_sums,
    generalized_advantages,
    k_step_advantages,
    lambda_returns,
)
from ectype_gae.exact_values import action_values, advantages, response, state_values
from ectype_gae.policy_gradient import policy_gradient_loss
from ectype_gae.residuals import following_values, residuals
from ectype_gae.reward_shaping import shaped_rewards
from ectype_gae.robot_networks import robot_network
from ectype_gae.value_fit import conjugate_gradient, trust_region_step, value_divergence, value_loss

__all__ = [
    "action_values",
    "advantages",
    "conjugate_gradient",
    "discounted_returns",
    "discounted_sums",
    "following_values",
    "generalized_advantages",
    "k_step_advantages",
    "lambda_returns",
    "policy_gradient_loss",
    "residuals",
    "response",
    "robot_network",
    "shaped_rewards",
    "state_values",
    "trust_region_step",
    "value_divergence",
    "value_loss",
]
