"""Implementation of: Hamiltonian Neural Networks
Authors: Sam Greydanus, Misko Dzamba, Jason Yosinski
Paper: https://arxiv.org/abs/1906.01563v1
Official code: https://github.com/greydanus/hamiltonian-nn

This implementation covers:
- [x] Trajectories along a vector field (Equation 1)
- [x] Hamiltonian neural network, the symplectic gradient of a learned scalar (Section 2, Equation 2)
- [x] Loss on time derivatives (Equation 3)
- [x] Task 1, ideal mass-spring, and task 2, ideal pendulum, with their noisy data (Section 3, Equation 4, Equation 5)
- [x] Baseline, training and the three metrics (Section 3.1)
- [x] Weight decay of the tasks (Appendix A, Appendix B)
- [x] Two-body energy (Section 4, Equation 6)
- [x] Task 4, two-body problem, data and training (Section 4.1)
- [ ] Task 3, real pendulum (Table 1): needs the recordings of another publication (Schmidt and Lipson 2009)
- [ ] Three-body problem (Table 2): an appendix of which the paper says that neither model fits it
- [ ] Task 5, pixel pendulum, and its auxiliary loss (Section 5, Equation 7): needs the rendered frames of Gym's Pendulum-v0, a version that is no longer distributed
- [ ] Adding and removing energy (Section 6): shown for the pixel pendulum only

Known differences from paper:
- D1 The mean of squared differences of time derivatives, not the sum of their norms (Equation 3): the official code has it, and the published losses are means [moves: spring-test-loss-hnn, pendulum-test-loss-hnn, two-body-test-loss-hnn]
- D2 k = 2 and m = 1/2 in the place of 1 (Equation 4, Equation 5): the official code has them, and the published losses need them [moves: spring-test-loss-hnn, pendulum-test-loss-hnn, pendulum-energy-hnn]
- D3 The distance of starts from the origin is uniform, not the energy (Section 3): as the official code [moves: spring-energy-hnn, pendulum-energy-hnn]
- D4 Newton's potential, -g m1 m2 / r, and each kinetic energy over its own mass (Equation 6): as printed the bodies repel each other [moves: two-body-test-loss-hnn, two-body-energy-hnn]
- D5 Both coordinates of a body are uniform in [0.5, 1.5], not the distance of the bodies (Section 4.1): as the official code [moves: two-body-test-loss-hnn, two-body-energy-hnn]

Reproduction status:
- Dataset: spring (spring, train loss: hnn) - 0.03638 [0.03589, 0.03687] vs 3.6933e-2 [does not discriminate]
- Dataset: spring (spring, test loss: hnn) - 0.037367 [0.036584, 0.038149] vs 3.5928e-2 [inconclusive]
- Dataset: pendulum (pendulum, train loss: hnn) - 0.03261 [0.03211, 0.03311] vs 3.2787e-2 [reproduced]
- Dataset: pendulum (pendulum, test loss: hnn) - 0.035984 [0.034887, 0.037082] vs 3.5586e-2 [inconclusive]
- Dataset: two-body (two-body, train loss: hnn) - 6.1e-06 [2.2e-06, 1e-05] vs 2.9959e-6 [reproduced]
- Dataset: two-body (two-body, test loss: hnn) - 6.8e-06 [2.6e-06, 1.11e-05] vs 2.8218e-6 [reproduced]
- Dataset: spring (spring, energy: hnn) - 0.00022 [-5e-06, 0.000446] vs 3.8416e-4 [inconclusive]
- Dataset: pendulum (pendulum, energy: hnn) - 0.00083 [0.0006, 0.00106] vs 2.4852e-2 [reproduced only under notebook]
- Dataset: two-body (two-body, energy: hnn) - 3.76e-05 [6.4e-06, 6.87e-05] vs 3.8751e-5 [reproduced]
- Dataset: spring (spring, energy error: baseline > HNN) - baseline -2.413, hnn -4.04 vs baseline > hnn [holds]
- Dataset: pendulum (pendulum, energy error: baseline > HNN) - baseline -0.4361, hnn -3.091 vs baseline > hnn [holds]
- Dataset: two-body (two-body, energy error: baseline > HNN) - baseline -0.2082, hnn -4.702 vs baseline > hnn [holds]
- Dataset: two-body (two-body, train loss: linear > baseline > HNN) - linear 0.0002827, baseline 3.406e-05, hnn 6.071e-06 vs linear > baseline > hnn [holds]
- Dataset: two-body (two-body, test loss: linear > baseline > HNN) - linear 0.0003538, baseline 4.076e-05, hnn 6.84e-06 vs linear > baseline > hnn [holds]
- Dataset: real pendulum (real pendulum, train loss, hnn) - not attempted vs 9.2376e-3 [not attempted]
- Dataset: real pendulum (real pendulum, train loss, baseline) - not attempted vs 2.7455e-3 [not attempted]
- Dataset: real pendulum (real pendulum, test loss, hnn) - not attempted vs 5.9584e-3 [not attempted]
- Dataset: real pendulum (real pendulum, test loss, baseline) - not attempted vs 2.1864e-3 [not attempted]
- Dataset: real pendulum (real pendulum, energy, hnn) - not attempted vs 1.4477e-2 [not attempted]
- Dataset: real pendulum (real pendulum, energy, baseline) - not attempted vs 3.8564e-1 [not attempted]
- Dataset: pixel pendulum (pixel pendulum, train loss, hnn) - not attempted vs 1.8683e-4 [not attempted]
- Dataset: pixel pendulum (pixel pendulum, train loss, baseline) - not attempted vs 1.7731e-4 [not attempted]
- Dataset: pixel pendulum (pixel pendulum, test loss, hnn) - not attempted vs 1.8451e-4 [not attempted]
- Dataset: pixel pendulum (pixel pendulum, test loss, baseline) - not attempted vs 1.7306e-4 [not attempted]
- Dataset: pixel pendulum (pixel pendulum, energy, hnn) - not attempted vs 1.5315e-4 [not attempted]
- Dataset: pixel pendulum (pixel pendulum, energy, baseline) - not attempted vs 9.2748e-3 [not attempted]
"""

from ectype_hnn.baseline_network import BaselineNetwork
from ectype_hnn.dataset import Dataset, Observations
from ectype_hnn.derivative_loss import derivative_loss
from ectype_hnn.energy_error import energy_error
from ectype_hnn.fit import Fit
from ectype_hnn.hamiltonian_network import HamiltonianNetwork
from ectype_hnn.pendulum import pendulum_data, pendulum_energy
from ectype_hnn.presets import PENDULUM, SPRING, TWO_BODY, FitSettings
from ectype_hnn.rollout import rollout, runge_kutta_step
from ectype_hnn.spring import spring_data, spring_energy
from ectype_hnn.symplectic_gradient import symplectic_gradient, symplectic_matrix
from ectype_hnn.tanh_network import TanhNetwork
from ectype_hnn.two_body import nearly_circular_starts, two_body_data, two_body_energy

__all__ = [
    "PENDULUM",
    "SPRING",
    "TWO_BODY",
    "BaselineNetwork",
    "Dataset",
    "Fit",
    "FitSettings",
    "HamiltonianNetwork",
    "Observations",
    "TanhNetwork",
    "derivative_loss",
    "energy_error",
    "nearly_circular_starts",
    "pendulum_data",
    "pendulum_energy",
    "rollout",
    "runge_kutta_step",
    "spring_data",
    "spring_energy",
    "symplectic_gradient",
    "symplectic_matrix",
    "two_body_data",
    "two_body_energy",
]
