"""The problems on which Adam goes to the worst point (sections 3 and 5)."""

from functools import cache

import torch
from ectype.declarations import Sample
from torch.optim.adam import adam as torch_adam

from ectype_amsgrad.adaptive_step import adagrad_averages, adaptive_step, sgd_averages
from ectype_amsgrad.claims import oracles
from ectype_amsgrad.claims.shared import adam, amsgrad, normal, paper, refusal, whole
from ectype_amsgrad.online_problem import BOX, average_regret, periodic_slopes, play, random_slopes
from ectype_amsgrad.synthetic import BETAS, STEPSIZE
from ectype_amsgrad.uncorrected_adam import uncorrected_adam_update

paper.component(
    "data",
    of=periodic_slopes,
    settings=[{"rounds": 303}, {"rounds": 10, "large": 3.0, "small": 1.0, "period": 3}],
)(lambda rng: ())
paper.component(
    "data",
    of=random_slopes,
    settings=[{"rounds": 3000}, {"rounds": 30, "large": 3.0, "small": 1.0, "probability": 0.4}],
)(lambda rng: ())
paper.component("layer", of=average_regret, settings=[{}, {"best": 0.5}])(
    lambda rng, t=6: (normal(rng, t), normal(rng, t))
)
paper.equation("Sec. 2", of=average_regret)(oracles.average_regret)


@paper.property("Sec. 5", "slopes are 1010 for t mod 101 = 1 and -10 otherwise; in section 3 C, -1, -1", draws=3)
def slopes_of_the_period(rng):
    rounds, large = whole(rng, 1, 300), 2 + float(torch.rand((), generator=rng))
    ours = [periodic_slopes(rounds), periodic_slopes(rounds, large, 1.0, 3)]
    return ours, [oracles.periodic(rounds, 1010.0, 10.0, 101), oracles.periodic(rounds, large, 1.0, 3)]


@paper.property("Sec. 5", "slopes are 1010 with probability 0.01 and -10 otherwise", draws=3)
def slopes_by_chance(rng):
    slopes = random_slopes(200_000, generator=rng)
    return Sample((slopes == 1010).double(), expected=0.01) if slopes.unique().tolist() == [-10, 1010] else False


@paper.property("Sec. 5", "problems that cannot be played are refused by value", draws=1)
def impossible_problems_are_refused(rng):
    calls = [
        (lambda: periodic_slopes(0), "rounds=0"),
        (lambda: periodic_slopes(5, period=1), "period=1"),
        (lambda: random_slopes(0, generator=rng), "rounds=0"),
        (lambda: random_slopes(5, probability=1.5, generator=rng), "probability=1.5"),
        (lambda: random_slopes(5, probability=-0.5, generator=rng), "probability=-0.5"),
    ]
    accepted = [
        lambda: periodic_slopes(1, period=2),
        lambda: random_slopes(1, probability=0.0, generator=rng),
        lambda: random_slopes(1, probability=1.0, generator=rng),
    ]
    return all(text in refusal(call) for call, text in calls) and not any(map(refusal, accepted))


# Slopes C, -1, -1 (section 3)

C = 3.0


def cycles(large, count):
    """Slopes C, -1, -1, again and again."""
    return periodic_slopes(3 * count, large, 1.0, 3)


def settings_of_the_example(rng, low=2.1):
    """C above 2, beta_1 = 0 and beta_2 = 1 / (1 + C^2), and a small stepsize."""
    large = low + 3 * float(torch.rand((), generator=rng))
    return large, {"lr": 0.1 + 0.8 * float(torch.rand((), generator=rng)), "betas": (0.0, 1 / (1 + large**2))}


@paper.property("Sec. 3", "from the worst point, Adam is back at it after every three functions", draws=5)
def adam_returns(rng):
    large, given = settings_of_the_example(rng)
    points = adam(cycles(large, 60), **given, start=1.0)
    return points[::3], torch.ones(60, dtype=torch.float64)


@paper.property("Sec. 3", "from anywhere Adam comes to the worst point, with a constant stepsize, too", draws=3)
def adam_comes_to_the_worst(rng):
    large, given = settings_of_the_example(rng, low=2.5)
    start = 2 * float(torch.rand((), generator=rng)) - 1
    ends = [adam(cycles(large, 150), **given, start=start, constant=constant)[-3] for constant in (False, True)]
    return torch.stack(ends) == 1


@paper.property("Fn. 1", "that goes for Adam with the correction of bias, too", draws=3)
def corrected_adam_comes_to_the_worst(rng):
    large, given = settings_of_the_example(rng, low=2.5)
    x = [torch.zeros((), dtype=torch.float64)]
    averages = [[torch.zeros((), dtype=torch.float64)] for _ in range(2)]
    steps = [torch.zeros(())]
    for t, slope in enumerate(cycles(large, 150), start=1):
        settings = {
            "beta1": 0.0,
            "beta2": given["betas"][1],
            "lr": given["lr"] / t**0.5,
            "eps": 0.0,
            "weight_decay": 0.0,
        }
        torch_adam(x, [slope], *averages, [], steps, **settings, amsgrad=False, maximize=False, foreach=False)
        x[0].clamp_(*BOX)
    return float(x[0]) == 1


@paper.property("Sec. 3", "a small constant under the root does not help", draws=3)
def epsilon_does_not_help(rng):
    large, given = settings_of_the_example(rng, low=2.5)

    def with_epsilon(x, gradient, m, v, step_size, betas, bounds):
        return uncorrected_adam_update(x, gradient, m, v, step_size, betas, 1e-3, bounds)

    points = play(with_epsilon, cycles(large, 150), **given, averages=2)
    return float(points[-3]) == 1


@paper.property("Sec. 3", "a large beta_2 helps: with 0.999 Adam comes near the best point", draws=1)
def large_beta2_helps(rng):
    return float(adam(cycles(C, 700), 0.5, (0.0, 0.999))[-1]) < -0.9


@paper.property("Sec. 3", "the average regret of Adam does not tend to zero: it stays 2 (C - 2) / 3", draws=1)
def regret_of_adam(rng):
    slopes = cycles(C, 150)
    regret = average_regret(adam(slopes, 0.5, (0.0, 0.1), start=1.0, constant=True), slopes)
    # back at 1 before each C; the two small steps between are taken from just below it
    return bool(regret[-1] > 0.3) and bool((regret[-1] - regret[149]).abs() < 0.02)


def classical(averages, slopes, lr=1.0):
    """The points of a method whose averages are functions of all gradients."""
    x, points = torch.zeros((), dtype=torch.float64), []
    for t in range(1, len(slopes) + 1):
        points.append(x)
        x = adaptive_step(x, *averages(slopes[:t]), lr / t**0.5, bounds=BOX)
    return torch.stack(points)


@paper.property("Sec. 3", "SGD and AdaGrad do not suffer from it: they come near the best point", draws=1)
def classical_methods(rng):
    slopes = cycles(C, 200)
    return torch.stack([classical(averages, slopes)[-1] for averages in (sgd_averages, adagrad_averages)]) < -0.85


@paper.property("Sec. 4", "nor does AMSGrad: its average regret falls", draws=1)
def regret_of_amsgrad(rng):
    slopes = cycles(C, 700)
    regret = average_regret(amsgrad(slopes, 0.5, (0.0, 0.1)), slopes)
    return bool(regret[-1] < 0.5 * regret[len(slopes) // 8]) and bool(regret[-1] > 0)


@paper.claim("Sec. 3", "where Adam converges to for C = 3, beta_1 = 0 and beta_2 = 1 / (1 + C^2)", printed="1")
def worst_point():
    return float(adam(cycles(C, 150), 0.5, (0.0, 1 / (1 + C**2)))[-3])


@paper.claim(
    "Sec. 3", "the point with minimum regret", printed={"section 3, C = 3": "-1", "section 5": "-1"}, id="best-point"
)
def best_point(row):
    slopes = cycles(C, 1) if "C = 3" in row else periodic_slopes(101)
    grid = torch.linspace(-1, 1, 201, dtype=torch.float64)
    return float(grid[(slopes[:, None] * grid).sum(0).argmin()])


# Slopes 1010 once in 101 functions, -10 otherwise (section 5)

ROUNDS = 100 * 101


@cache
def online(method):
    """The points that a method chooses in the problem of section 5; not to be changed."""
    return method(periodic_slopes(ROUNDS), STEPSIZE, BETAS)


@paper.claim(
    "Sec. 5",
    "the iterate in the online problem, beta_1 = 0.9 and beta_2 = 0.99",
    printed={"Adam": "1", "AMSGrad": "-1"},
    missing="stepsize, start and number of functions",
    id="online",
)
def online_iterates(row):
    return float(online({"Adam": adam, "AMSGrad": amsgrad}[row])[-1])


@paper.property("Sec. 5", "the average regret of Adam tends to that of the worst point, 20 / 101", draws=1)
def average_regret_of_adam(rng):
    slopes = periodic_slopes(ROUNDS)
    regret = average_regret(online(adam), slopes)
    last = regret[-1] * ROUNDS - regret[ROUNDS // 2 - 1] * (ROUNDS // 2)
    return bool(last / (ROUNDS // 2) > 0.9 * 20 / 101)


@paper.property("Sec. 5", "the average regret of AMSGrad tends to zero", draws=1)
def average_regret_of_amsgrad(rng):
    regret = average_regret(online(amsgrad), periodic_slopes(ROUNDS))
    quarters = regret[[ROUNDS // 16 - 1, ROUNDS // 4 - 1, ROUNDS - 1]]
    # an order of sqrt(T) / T would give 1/2 each time
    return bool((quarters[1:] < 0.75 * quarters[:-1]).all()) and bool((quarters > 0).all())
