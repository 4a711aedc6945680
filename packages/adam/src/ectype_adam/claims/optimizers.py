"""Adam in both orders of computation, and AdaMax (sections 2 and 7.1)."""

import inspect

import torch
from ectype.traits import GradientScaleInvariant
from torch import nn
from torch.optim.adam import adam as torch_adam
from torch.optim.adamax import adamax as torch_adamax

from ectype_adam.adam import Adam, adam_update
from ectype_adam.adamax import AdaMax, adamax_update
from ectype_adam.claims import oracles
from ectype_adam.claims.shared import normal, paper, path, positive, refusal, whole
from ectype_adam.efficient_adam import EfficientAdam, corrected_stepsize, efficient_adam_update
from ectype_adam.elementwise_optimizer import ElementwiseOptimizer

# The update rules, as functions

OTHER = {"step": 7, "lr": 0.1, "betas": (0.8, 0.95)}


def before(rng, n=5):
    """Parameters, gradients and averages in the middle of a run."""
    return normal(rng, n), normal(rng, n), normal(rng, n), positive(rng, n)


paper.component("layer", of=adam_update, settings=[{"step": 1}, {**OTHER, "eps": 1e-3}])(before)
paper.equation("Alg. 1", of=adam_update)(oracles.adam)

paper.component("layer", of=efficient_adam_update, settings=[{"step": 1}, {**OTHER, "eps_hat": 1e-3}])(before)
paper.equation("Sec. 2", of=efficient_adam_update)(oracles.efficient_adam)

paper.component("layer", of=adamax_update, settings=[{"step": 1}, OTHER])(before)
paper.equation("Alg. 2", of=adamax_update)(oracles.adamax)

paper.component("schedule", of=corrected_stepsize, settings=[{}, {"lr": 0.1, "betas": (0.8, 0.95)}])(
    lambda rng: whole(rng, 1, 100)
)
paper.equation("Sec. 2", of=corrected_stepsize)(oracles.corrected_stepsize)


def stepped(function, theta, gradient, *averages, step, **settings):
    """A step of torch's functional interface, which changes its arguments in place."""
    theta, *averages = (value.clone() for value in (theta, *averages))
    steps = [torch.tensor(float(step - 1), dtype=torch.float64)]
    function([theta], [gradient], *([average] for average in averages), *settings.pop("more", ()), steps, **settings)
    return theta, *averages


@paper.reference(of=adam_update, id="torch")
def _(theta, gradient, m, v, step, lr, betas, eps):
    options = {"beta1": betas[0], "beta2": betas[1], "weight_decay": 0.0, "maximize": False, "more": ([],)}
    run = {"foreach": False, "differentiable": True, "amsgrad": False, "lr": lr, "eps": eps}
    return stepped(torch_adam, theta, gradient, m, v, step=step, **options, **run)


@paper.reference(of=adamax_update, id="torch")
def _(theta, gradient, m, u, step, lr, betas):
    options = {"beta1": betas[0], "beta2": betas[1], "weight_decay": 0.0, "maximize": False}
    run = {"foreach": False, "differentiable": True, "lr": lr, "eps": 0.0}
    return stepped(torch_adamax, theta, gradient, m, u, step=step, **options, **run)


# The optimizers


def starts(rng):
    return normal(rng, 3, 2), normal(rng, 4)


paper.component(
    "optimizer",
    of=Adam,
    settings=[{"lr": 0.01}, {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6}],
    traits=[GradientScaleInvariant(1e-4)],
)(starts)
paper.component(
    "optimizer",
    of=EfficientAdam,
    settings=[{"lr": 0.01}, {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6}],
    traits=[GradientScaleInvariant(1e-3)],
)(starts)
paper.component(
    "optimizer",
    of=AdaMax,
    settings=[{"lr": 0.01}, {"lr": 0.05, "betas": (0.8, 0.95)}],
    traits=[GradientScaleInvariant()],
)(starts)


def settings(rng):
    """A random stepsize and decay rates."""
    draws = torch.rand(3, generator=rng, dtype=torch.float64).tolist()
    return {"lr": 0.001 + 0.01 * draws[0], "betas": (0.7 + 0.25 * draws[1], 0.9 + 0.099 * draws[2])}


@paper.property("Alg. 1", "100 steps are those of the algorithm written with the sums of Eq. 1", draws=4)
def adam_is_the_algorithm(rng):
    start, gradients, given = normal(rng, 3), normal(rng, 100, 3), settings(rng)
    expected = oracles.adam_path(start.numpy(), gradients.numpy(), **given, eps=1e-3)
    return path(Adam, start, gradients, **given, eps=1e-3), expected


@paper.property("Alg. 2", "100 steps are those of the algorithm written with Eq. 1 and Eq. 11", draws=4)
def adamax_is_the_algorithm(rng):
    start, gradients, given = normal(rng, 3), normal(rng, 100, 3), settings(rng)
    return path(AdaMax, start, gradients, **given), oracles.adamax_path(start.numpy(), gradients.numpy(), **given)


@paper.property("Sec. 2", "without epsilon both orders of computation give the same 100 steps", draws=4)
def both_orders_agree(rng):
    start, gradients, given = normal(rng, 3), normal(rng, 100, 3), settings(rng)
    ours, other = (path(kind, start, gradients, **given, eps=0.0) for kind in (Adam, EfficientAdam))
    return ours, other


@paper.property("Sec. 2", "with the same epsilon in both places they differ", holds=False)
def epsilon_hat_is_another(rng):
    start, gradients = torch.zeros(3, dtype=torch.float64), 1e-8 * normal(rng, 10, 3)
    return path(EfficientAdam, start, gradients, eps=1e-8), path(Adam, start, gradients, eps=1e-8)


@paper.property("Sec. 2", "a step with epsilon hat = epsilon sqrt(1 - beta_2^t) is that of Algorithm 1")
def epsilon_hat_as_it_should_be(rng):
    values, step, eps = before(rng), whole(rng, 1, 50), 0.1
    other = efficient_adam_update(*values, step=step, eps_hat=eps * (1 - 0.999**step) ** 0.5)
    return other, adam_update(*values, step=step, eps=eps)


def objectives(rng):
    """A quadratic and the loss of a network with one hidden layer, each with a start."""
    shape, inputs, targets = normal(rng, 6, 6), normal(rng, 20, 3), normal(rng, 20)

    def quadratic(theta):
        return 0.5 * (shape @ theta).square().sum()

    def network(theta):
        first, last = theta[:32].view(8, 4), theta[32:]
        hidden = torch.tanh(inputs @ first[:, :3].T + first[:, 3])
        return (hidden @ last[:8] + last[8] - targets).square().mean()

    return [(quadratic, normal(rng, 6)), (network, normal(rng, 41))]


def descend(kind, problems, penalty=0.0, **settings):
    """Where 100 steps lead on each problem, with an L2 penalty on the parameters."""
    ends = []
    for objective, start in problems:
        theta = nn.Parameter(start.clone())
        optimizer = kind([theta], **settings)
        for _ in range(100):
            optimizer.zero_grad()
            (objective(theta) + penalty / 2 * theta.square().sum()).backward()
            optimizer.step()
        ends.append(theta.detach())
    return ends


@paper.property("Alg. 1", "100 steps on a quadratic and on a network are those of torch.optim.Adam", draws=5)
def adam_is_torchs(rng):
    problems, given = objectives(rng), settings(rng) | {"eps": 1e-3}
    return descend(Adam, problems, **given), descend(torch.optim.Adam, problems, **given)


@paper.property("Alg. 1", "with the settings of the paper, too", draws=3)
def adam_is_torchs_by_default(rng):
    problems = objectives(rng)
    return descend(Adam, problems), descend(torch.optim.Adam, problems)


@paper.property(
    "Alg. 2", "100 steps on a quadratic and on a network are those of torch.optim.Adamax with eps 0", draws=5
)
def adamax_is_torchs(rng):
    problems, given = objectives(rng), settings(rng)
    return descend(AdaMax, problems, **given), descend(torch.optim.Adamax, problems, **given, eps=0.0)


@paper.property("Alg. 2", "with the settings of the paper, too", draws=3)
def adamax_is_torchs_by_default(rng):
    problems = objectives(rng)
    return descend(AdaMax, problems), descend(torch.optim.Adamax, problems, eps=0.0)


@paper.property("Sec. 6.2", "an L2 penalty in the objective is torch's weight_decay of Adam and of Adamax", draws=5)
def penalty_is_weight_decay(rng):
    problems, given = objectives(rng), settings(rng)
    ours = [descend(kind, problems, penalty=0.3, **given) for kind in (Adam, AdaMax)]
    decay = {**given, "weight_decay": 0.3}
    theirs = descend(torch.optim.Adam, problems, **decay), descend(torch.optim.Adamax, problems, **decay, eps=0.0)
    return ours, list(theirs)


@paper.property("Sec. 6.2", "it is not the decoupled weight decay of AdamW", holds=False, draws=5)
def penalty_is_not_decoupled(rng):
    problems, given = objectives(rng)[:1], {"lr": 0.1}
    other = descend(torch.optim.AdamW, problems, **given, weight_decay=0.3)
    return descend(Adam, problems, penalty=0.3, **given), other


@paper.property("Sec. 2.1", "the first step is the stepsize times the sign of the gradient")
def first_step_is_the_sign(rng):
    start, gradient = torch.zeros(5, dtype=torch.float64), normal(rng, 1, 5)
    given = settings(rng)
    ours = [path(kind, start, gradient, **given, eps=0.0)[0] for kind in (Adam, EfficientAdam)]
    ours.append(path(AdaMax, start, gradient, **given)[0])
    return ours, [-given["lr"] * gradient[0].sign()] * 3


@paper.property("Sec. 2.1", "rescaling all gradients, each coordinate by its own factor, changes no step")
def rescaling_changes_nothing(rng):
    start, gradients, given = normal(rng, 4), normal(rng, 20, 4), settings(rng)
    factors = 10.0 ** (4 * torch.rand(4, generator=rng, dtype=torch.float64) - 2)
    kinds = (lambda p, **s: Adam(p, **s, eps=0.0), lambda p, **s: EfficientAdam(p, **s, eps=0.0), AdaMax)
    ours, other = ([path(kind, start, g, **given) for kind in kinds] for g in (gradients * factors, gradients))
    return ours, other


@paper.property("Sec. 2.1", "a mean gradient of zero gives steps near zero: automatic annealing", draws=3)
def noise_gives_short_steps(rng):
    start = torch.zeros(2000, dtype=torch.float64)
    signal, noise = torch.ones(50, 2000, dtype=torch.float64), normal(rng, 50, 2000)
    longer, shorter = (path(Adam, start, 10 * g, lr=1.0).diff(dim=0)[-1].abs().mean() for g in (signal, noise))
    return bool(shorter < 0.5 * longer)


@paper.property("Sec. 5", "with beta_2 near 1, beta_1 = 0 and a stepsize of alpha / sqrt(t), Adam is AdaGrad")
def limit_is_adagrad(rng):
    start, gradients = normal(rng, 4), normal(rng, 30, 4)
    theta, m, v = start, torch.zeros(4, dtype=torch.float64), torch.zeros(4, dtype=torch.float64)
    for step, gradient in enumerate(gradients, start=1):
        rate = 0.1 / step**0.5
        theta, m, v = adam_update(theta, gradient, m, v, step, lr=rate, betas=(0.0, 1 - 1e-13), eps=0.0)
    other = path(torch.optim.Adagrad, start, gradients, lr=0.1, eps=0.0)[-1]
    return bool(((theta - other).abs() < 0.01 * (theta - start).abs().max()).all())


@paper.property("Sec. 5", "without correction that limit is not AdaGrad: steps become infinitely large", draws=5)
def limit_without_correction(rng):
    gradient = normal(rng, 1, 4)
    uncorrected = [0.1 * gradient / ((1 - beta2) * gradient**2).sqrt() for beta2 in (1 - 2.0**-20, 1 - 2.0**-34)]
    return uncorrected[1], 128 * uncorrected[0]


@paper.property(
    "Alg. 2", "a coordinate whose gradient has always been zero stays; torch's with eps 0 is not a number", draws=3
)
def silent_coordinates_stay(rng):
    gradients = normal(rng, 5, 2)
    gradients[:, 0] = 0
    ours, theirs = (
        path(kind, normal(rng, 2), gradients, **more)
        for kind, more in ((AdaMax, {}), (torch.optim.Adamax, {"eps": 0.0}))
    )
    return bool((ours[:, 0] == ours[0, 0]).all() and ours.isfinite().all() and theirs[:, 0].isnan().all())


@paper.property("Alg. 1", "settings that cannot be meant are refused by value, in every group", draws=1)
def impossible_settings_are_refused(rng):
    def group(kind, **wrong):
        return lambda: kind([{"params": [normal(rng, 2)]}, {"params": [normal(rng, 2)], **wrong}])

    calls = []
    for kind in (Adam, EfficientAdam, AdaMax):
        for wrong in ({"lr": -0.1}, {"betas": (1.0, 0.9)}, {"betas": (0.9, -0.1)}):
            text = f"received {next(iter(wrong.values()))}"
            calls += [(group(kind, **wrong), text), (lambda k=kind, w=wrong: k([normal(rng, 2)], **w), text)]
    for kind in (Adam, EfficientAdam):
        calls.append((lambda k=kind: k([normal(rng, 2)], eps=-1e-8), "eps must be at least 0; received -1e-08"))
    for wrong in ({"step": 0}, {"step": 3, "betas": (1.0, 0.9)}, {"step": 3, "betas": (0.9, 1.0)}):
        calls.append((lambda w=wrong: corrected_stepsize(**w), f"step={wrong['step']}"))
    both = refusal(lambda: Adam([normal(rng, 2)], lr=-1.0, betas=(1.0, 0.9)))
    accepted = [
        lambda: Adam([normal(rng, 2)], lr=0.0, betas=(0.0, 0.0), eps=0.0),
        lambda: corrected_stepsize(1),
        lambda: corrected_stepsize(1, betas=(0.0, 0.0)),
    ]
    return (
        all(text in refusal(call) for call, text in calls)
        and not any(map(refusal, accepted))
        and "lr must" in both
        and "betas must" in both
    )


@paper.property("Alg. 1", "sparse and complex gradients are refused", draws=1)
def impossible_gradients_are_refused(rng):
    def given(theta, gradient):
        theta.grad = gradient
        return lambda: Adam([theta]).step()

    sparse = given(normal(rng, 3), normal(rng, 3).to_sparse())
    imaginary = given(normal(rng, 3).to(torch.complex128), normal(rng, 3).to(torch.complex128))
    return "received torch.sparse_coo" in refusal(sparse) and "torch.complex128" in refusal(imaginary)


@paper.property(
    "Alg. 1", "a closure that needs gradients gets them, also where none are recorded around the step", draws=3
)
def closure_gets_gradients(rng):
    start, shape = normal(rng, 4), normal(rng, 4)
    theta, other = nn.Parameter(start.clone()), start.clone()
    optimizer = Adam([theta], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (shape * theta).square().sum()
        loss.backward()
        return loss

    with torch.no_grad():
        optimizer.step(closure)
    return theta.detach(), path(Adam, other, 2 * (shape**2 * start)[None], lr=0.1)[0]


@paper.property("Alg. 1", "an optimizer without an update rule cannot be made", draws=1)
def update_must_be_defined(rng):
    class Idle(ElementwiseOptimizer):
        averages = ()

    try:
        Idle([normal(rng, 2)], {"lr": 0.1, "betas": (0.0,)})
    except TypeError as error:
        return "abstract method" in str(error)
    return False


@paper.claim(
    "Alg. 1",
    "good default settings of Adam",
    printed={"stepsize": "0.001", "first decay rate": "0.9", "second decay rate": "0.999", "epsilon": "1e-8"},
)
def adam_defaults(row):
    group = Adam([torch.zeros(1)]).param_groups[0]
    return dict(
        zip(
            ("stepsize", "first decay rate", "second decay rate", "epsilon"),
            (group["lr"], *group["betas"], group["eps"]),
            strict=True,
        )
    )[row]


@paper.claim(
    "Alg. 2",
    "good default settings of AdaMax",
    printed={"stepsize": "0.002", "first decay rate": "0.9", "second decay rate": "0.999"},
)
def adamax_defaults(row):
    group = AdaMax([torch.zeros(1)]).param_groups[0]
    return dict(
        zip(("stepsize", "first decay rate", "second decay rate"), (group["lr"], *group["betas"]), strict=True)
    )[row]


def defaults(function):
    """Defaults of a function by name."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


@paper.property("Alg. 1", "functions and classes have the same defaults, and both orders of computation", draws=1)
def one_set_of_defaults(rng):
    adam, other = defaults(adam_update), defaults(efficient_adam_update)
    return (
        adam == {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8} == defaults(Adam) == defaults(EfficientAdam)
        and list(other.values()) == list(adam.values())
        and defaults(corrected_stepsize) == {"lr": 1e-3, "betas": (0.9, 0.999)}
        and defaults(adamax_update) == {"lr": 2e-3, "betas": (0.9, 0.999)} == defaults(AdaMax)
    )
