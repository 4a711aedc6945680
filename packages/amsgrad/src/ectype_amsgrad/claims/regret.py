"""The regret bound of AMSGrad (Theorem 4)."""

import torch

from ectype_amsgrad.amsgrad import amsgrad_update
from ectype_amsgrad.claims import oracles
from ectype_amsgrad.claims.shared import normal, paper, positive, refusal, whole
from ectype_amsgrad.inverse_rate import inverse_rate_change
from ectype_amsgrad.regret_bound import amsgrad_regret_bound

paper.component(
    "layer",
    of=amsgrad_regret_bound,
    settings=[{"beta2": 0.9, "lr": 0.1, "diameter": 2.0}, {"beta2": 0.999, "lr": 0.5, "diameter": 1.0}],
)(lambda rng, t=6, d=3: (normal(rng, t, d), positive(rng, t, d), 0.8 * positive(rng, t)))
paper.equation("Thm. 4", of=amsgrad_regret_bound)(oracles.regret_bound)


def played(slopes, lr, beta1, beta2, start):
    """Regret of AMSGrad on linear functions over [-1, 1]^d, and all v_hat."""
    x = torch.full(slopes.shape[1:], start, dtype=torch.float64)
    averages, points, found = (torch.zeros_like(x),) * 3, [], []
    for t, slope in enumerate(slopes, start=1):
        points.append(x)
        x, *averages = amsgrad_update(
            x, slope, *averages, lr / t**0.5, (float(beta1[t - 1]), beta2), bounds=(-1.0, 1.0)
        )
        found.append(averages[2])
    best = -slopes.sum(0).sign()
    return (slopes * (torch.stack(points) - best)).sum(), torch.stack(found)


def fading(rng, rounds):
    """beta_1 lambda^(t-1)."""
    beta1, decay = torch.rand(2, generator=rng, dtype=torch.float64).tolist()
    return 0.9 * beta1 * decay ** torch.arange(rounds, dtype=torch.float64)


@paper.property("Thm. 4", "the regret of AMSGrad on random linear functions stays below the bound", draws=10)
def bound_holds(rng):
    rounds = whole(rng, 5, 60)
    slopes = normal(rng, rounds, 3) + normal(rng, 3)
    beta1, lr = fading(rng, rounds), 10.0 ** (2 * float(torch.rand((), generator=rng)) - 1.5)
    ours, v_hat = played(slopes, lr, beta1, 0.9, start=1.0)
    return bool(ours <= amsgrad_regret_bound(slopes, v_hat, beta1, 0.9, lr, 2.0))


@paper.property(
    "Cor. 1",
    "the proof also needs Gamma over 1 - beta_1t nowhere negative, with beta_1t = beta_1 lambda^(t-1)",
    holds=False,
    draws=3,
)
def step_of_the_proof(rng):
    beta1 = 0.9 * 0.001 ** torch.arange(2, dtype=torch.float64)
    slopes = torch.tensor([[1010.0], [-10.0]], dtype=torch.float64)
    _, v_hat = played(slopes, 0.001, beta1, 0.999, start=1.0)
    rates = [0.001 / t**0.5 * (1 - float(beta1[t - 1])) for t in (1, 2)]
    return inverse_rate_change(v_hat[1], v_hat[0], rates[1], rates[0]) >= 0


@paper.property("Thm. 4", "what cannot be bounded is refused by value", draws=1)
def impossible_bounds_are_refused(rng):
    one = torch.ones(2, 1, dtype=torch.float64)

    def bound(beta1=0.5, beta2=0.9, lr=0.1):
        return lambda: amsgrad_regret_bound(one, one, torch.full((2,), beta1, dtype=torch.float64), beta2, lr, 2.0)

    calls = [
        (bound(lr=0.0), "lr=0.0"),
        (bound(beta2=1.0), "beta2=1.0"),
        (bound(beta2=0.0), "beta2=0.0"),
        (bound(beta1=0.5, beta2=0.25), "beta_1=0.5"),
    ]
    return all(text in refusal(call) for call, text in calls) and not refusal(bound())
