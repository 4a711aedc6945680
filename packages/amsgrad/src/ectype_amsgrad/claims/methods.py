"""Algorithms 1 to 3 as updates and as optimizers (sections 2, 4 and 5.1)."""

import inspect

import torch
from ectype.traits import GradientScaleInvariant, Homogeneous
from ectype_adam import ElementwiseOptimizer
from torch.optim.adam import adam as torch_adam

from ectype_amsgrad.adamnc import AdamNC, fading_beta1, rising_beta2
from ectype_amsgrad.adaptive_step import adagrad_averages, adam_averages, adaptive_step, project, sgd_averages
from ectype_amsgrad.amsgrad import AMSGrad, amsgrad_update
from ectype_amsgrad.claims import oracles
from ectype_amsgrad.claims.shared import normal, paper, path, positive, refusal, whole
from ectype_amsgrad.inverse_rate import inverse_rate_change
from ectype_amsgrad.uncorrected_adam import uncorrected_adam_update

BOX = {"bounds": (-0.5, 0.7)}
NO_ROOT = {"zero-inputs": "the root of the second moment has no derivative at zero; nobody goes back through a step"}

# What the methods share (section 2)

paper.component("layer", of=project, settings=[{}, BOX, {"bounds": (0.2, 0.2)}])(lambda rng, n=7: normal(rng, n))
paper.equation("Sec. 2", of=project, elementwise=True)(oracles.nearest)


@paper.reference(of=project, id="torch")
def _(point, bounds):
    return point if bounds is None else torch.nn.functional.hardtanh(point, *bounds)


@paper.property("Sec. 2", "in no diagonal norm is another feasible point nearer than the projection")
def projection_is_nearest(rng):
    point, weights = 2 * normal(rng, 4), positive(rng, 4)
    others = torch.rand(1000, 4, generator=rng, dtype=torch.float64) * 1.2 - 0.5
    distance = (weights.sqrt() * (project(point, (-0.5, 0.7)) - point)).norm()
    return distance <= (weights.sqrt() * (others - point)).norm(dim=-1)


paper.component(
    "layer",
    of=adaptive_step,
    settings=[{"step_size": 0.1}, {"step_size": 0.3, "eps": 0.1, **BOX}],
)(lambda rng, n=5: (normal(rng, n), normal(rng, n), positive(rng, n)))
paper.equation("Alg. 1", of=adaptive_step)(oracles.adaptive_step)
paper.equation("Eq. 3", of=adaptive_step)(oracles.adaptive_step)

for function in (sgd_averages, adagrad_averages):
    paper.component("layer", of=function)(lambda rng, t=6, n=3: normal(rng, t, n))
    paper.equation("Sec. 2", of=function)(getattr(oracles, function.__name__))
paper.component("layer", of=adam_averages, settings=[{}, {"betas": (0.0, 0.5)}])(
    lambda rng, t=6, n=3: normal(rng, t, n)
)
paper.equation("Sec. 2", of=adam_averages)(oracles.adam_averages)

paper.component(
    "layer",
    of=uncorrected_adam_update,
    settings=[{"step_size": 0.1}, {"step_size": 0.3, "betas": (0.5, 0.8), "eps": 0.1, **BOX}],
)(lambda rng, n=5: (normal(rng, n), normal(rng, n), normal(rng, n), positive(rng, n)))
paper.equation("Eq. 1", of=uncorrected_adam_update)(oracles.adam_update)

paper.component(
    "layer",
    of=inverse_rate_change,
    settings=[{"step_size_next": 0.1, "step_size": 0.2}, {"step_size_next": 1.0, "step_size": 1.0}],
    traits=[Homogeneous(0.5, inputs=(0, 1))],
    expected_failures=NO_ROOT,
)(lambda rng, n=5: (positive(rng, n), positive(rng, n)))
paper.equation("Eq. 2", of=inverse_rate_change, elementwise=True)(oracles.inverse_rate_change)

# AMSGrad (section 4)

paper.component(
    "layer",
    of=amsgrad_update,
    settings=[{"step_size": 0.1}, {"step_size": 0.3, "betas": (0.5, 0.8), **BOX}],
)(lambda rng, n=5: (normal(rng, n), normal(rng, n), normal(rng, n), positive(rng, n), positive(rng, n)))
paper.equation("Alg. 2", of=amsgrad_update)(oracles.amsgrad_update)


@paper.reference(of=amsgrad_update, id="torch")
def _(x, gradient, m, v, v_hat, step_size, betas, bounds):
    """Torch's, whose correction of bias is taken out by a late step: at step 10^9 it is none."""
    x, m, v, v_hat = (value.clone() for value in (x, m, v, v_hat))
    steps, largest = [torch.tensor(1e9, dtype=torch.float64)], [v_hat]
    settings = {"lr": step_size, "beta1": betas[0], "beta2": betas[1], "eps": 0.0, "weight_decay": 0.0}
    run = {"foreach": False, "differentiable": True, "amsgrad": True, "maximize": False}
    torch_adam([x], [gradient], [m], [v], largest, steps, **settings, **run)
    return x if bounds is None else x.clamp(*bounds), m, v, largest[0]


def starts(rng):
    return normal(rng, 3, 2), normal(rng, 4)


paper.component(
    "optimizer",
    of=AMSGrad,
    settings=[{"lr": 0.01}, {"lr": 0.05, "betas": (0.8, 0.95)}],
    traits=[GradientScaleInvariant()],
)(starts)
paper.component(
    "optimizer",
    of=AdamNC,
    settings=[{"lr": 0.01}, {"lr": 0.05, "beta1": 0.5, "decay": 0.9}],
    traits=[GradientScaleInvariant()],
)(starts)
for function, settings_of_it in ((fading_beta1, [{}, {"beta1": 0.5, "decay": 0.9}]), (rising_beta2, [{}])):
    paper.component("schedule", of=function, settings=settings_of_it)(lambda rng: whole(rng, 1, 100))
    paper.equation("Cor. 2", of=function)(getattr(oracles, function.__name__))


def settings(rng):
    """A random stepsize and decay rates."""
    draws = torch.rand(3, generator=rng, dtype=torch.float64).tolist()
    return {"lr": 0.01 + 0.1 * draws[0], "betas": (0.5 + 0.49 * draws[1], 0.5 + 0.49 * draws[2])}


@paper.property("Alg. 2", "100 steps are those of the algorithm written with the sums of section 2", draws=4)
def amsgrad_is_the_algorithm(rng):
    start, gradients, given = normal(rng, 3), normal(rng, 100, 3), settings(rng) | {"eps": 0.01, "bounds": (-1.0, 0.5)}
    expected = oracles.amsgrad_path(start.numpy(), gradients.numpy(), **given)
    return path(AMSGrad, start, gradients, **given), expected


@paper.property(
    "Alg. 2", "its steps are torch's with amsgrad=True where the correction of bias is undone by the rate", draws=5
)
def amsgrad_is_torchs(rng):
    start, gradients, given = normal(rng, 3), normal(rng, 100, 3), settings(rng)
    beta1, beta2 = given["betas"]
    theta = start.clone()
    optimizer = torch.optim.Adam([theta], lr=1.0, betas=given["betas"], eps=0.0, amsgrad=True)
    places = []
    for step, gradient in enumerate(gradients, start=1):
        theta.grad = gradient.clone()
        optimizer.param_groups[0]["lr"] = given["lr"] * (1 - beta1**step) / (1 - beta2**step) ** 0.5
        optimizer.step()
        places.append(theta.clone())
    return path(AMSGrad, start, gradients, **given), torch.stack(places)


@paper.property("Alg. 2", "without that they are not torch's", holds=False, draws=5)
def amsgrad_is_not_torchs(rng):
    start, gradients = torch.zeros(3, dtype=torch.float64), normal(rng, 5, 3)
    other = path(lambda p, **s: torch.optim.Adam(p, **s, amsgrad=True), start, gradients)
    return path(AMSGrad, start, gradients), other


@paper.property("Sec. 5.1", "100 steps of AdamNC are Adam's with the mean of all squares as second moment", draws=4)
def adamnc_is_the_algorithm(rng):
    start, gradients = normal(rng, 3), normal(rng, 100, 3)
    given = {"lr": 0.05, "beta1": 0.7, "decay": 0.9, "bounds": (-1.0, 0.5)}
    return path(AdamNC, start, gradients, **given), oracles.adamnc_path(start.numpy(), gradients.numpy(), **given)


@paper.property("Sec. 5.1", "without momentum and with alpha / sqrt(t) AdamNC is AdaGrad", draws=5)
def adamnc_is_adagrad(rng):
    start, gradients = normal(rng, 3), normal(rng, 30, 3)
    theta = start.clone()
    optimizer = AdamNC([theta], lr=0.1, beta1=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: (done + 1) ** -0.5)
    for gradient in gradients:
        theta.grad = gradient.clone()
        optimizer.step()
        schedule.step()
    return theta, path(torch.optim.Adagrad, start, gradients, lr=0.1, eps=0.0)[-1]


@paper.property("Sec. 2", "Adam of section 2 is Adam of Kingma and Ba with the corrections taken out", draws=5)
def adam_is_torchs(rng):
    start, gradients, (beta1, beta2) = normal(rng, 3), normal(rng, 50, 3), (0.9, 0.99)
    theta, other = start.clone(), start
    optimizer = torch.optim.Adam([theta], lr=1.0, betas=(beta1, beta2), eps=0.0)
    m, v = torch.zeros(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)
    for step, gradient in enumerate(gradients, start=1):
        theta.grad = gradient.clone()
        optimizer.param_groups[0]["lr"] = 0.1 * (1 - beta1**step) / (1 - beta2**step) ** 0.5
        optimizer.step()
        other, m, v = uncorrected_adam_update(other, gradient, m, v, 0.1, (beta1, beta2))
    return other, theta


@paper.property("Sec. 2", "the recursions of Eq. 1 are the sums of Adam's averaging functions")
def recursion_is_the_sum(rng):
    gradients, betas = normal(rng, whole(rng, 1, 20), 4), settings(rng)["betas"]
    x = m = v = torch.zeros(4, dtype=torch.float64)
    for gradient in gradients:
        x, m, v = uncorrected_adam_update(x, gradient, m, v, 0.1, betas)
    return [m, v], list(adam_averages(gradients, betas))


# The sign of Gamma (sections 3 and 4)


def gammas(rng, second_moments, constant=False):
    """Gamma_2 ... Gamma_40 for stepsizes 1 / sqrt(t), given v_1 ... v_t from gradients of very different size."""
    gradients = normal(rng, 40, 4) * torch.exp(3 * normal(rng, 40, 1))
    moments = [second_moments(gradients[: t + 1]) for t in range(40)]
    rates = [1.0 if constant else (t + 1) ** -0.5 for t in range(40)]
    steps = range(1, 40)
    return torch.stack([inverse_rate_change(moments[t], moments[t - 1], rates[t], rates[t - 1]) for t in steps])


def largest_second_moment(gradients):
    """v_hat of AMSGrad after some gradients."""
    x = torch.zeros(gradients.shape[1], dtype=torch.float64)
    averages = (x,) * 3
    for gradient in gradients:
        x, *averages = amsgrad_update(x, gradient, *averages, 0.1, (0.9, 0.9))
    return averages[2]


@paper.property("Sec. 3", "for SGD and AdaGrad Gamma is nowhere negative", draws=2)
def gamma_of_sgd_and_adagrad(rng):
    found = [gammas(rng, lambda g, a=averages: a(g)[1]) for averages in (sgd_averages, adagrad_averages)]
    return torch.stack(found) >= -1e-9


@paper.property("Sec. 3", "for Adam and RMSProp Gamma is nowhere negative", holds=False, draws=2)
def gamma_of_adam(rng):
    return gammas(rng, lambda g: adam_averages(g, (0.9, 0.9))[1]) >= -1e-9


@paper.property(
    "Sec. 4", "for AMSGrad Gamma is nowhere negative, with alpha / sqrt(t) and with a constant stepsize", draws=2
)
def gamma_of_amsgrad(rng):
    return torch.stack([gammas(rng, largest_second_moment, constant) for constant in (False, True)]) >= 0


@paper.property("Sec. 5.1", "for AdamNC with beta_2t = 1 - 1/t Gamma is nowhere negative", draws=2)
def gamma_of_adamnc(rng):
    def second_moment(gradients):
        x = torch.zeros(4, dtype=torch.float64)
        m = v = x
        for step, gradient in enumerate(gradients, start=1):
            x, m, v = uncorrected_adam_update(x, gradient, m, v, 0.1, (fading_beta1(step), rising_beta2(step)))
        return v

    return gammas(rng, second_moment) >= -1e-9


@paper.property("Sec. 4", "where the last v is above the squared gradient Adam's denominator falls, AMSGrad's stays")
def adam_forgets(rng):
    v, m, x = positive(rng, 5), normal(rng, 5), normal(rng, 5)
    gradient = 0.9 * v.sqrt()
    adams = uncorrected_adam_update(x, gradient, m, v, 0.1)[2]
    ours = amsgrad_update(x, gradient, m, v, v, 0.1)[3]
    return bool((adams < v).all()) and ours.equal(v)


# What is refused; defaults


@paper.property("Sec. 2", "what cannot be meant is refused by value", draws=1)
def impossible_settings_are_refused(rng):
    one, theta = torch.ones(1, dtype=torch.float64), normal(rng, 2)
    calls = [
        (lambda: project(one, (1.0, 0.5)), "bounds=(1.0, 0.5)"),
        (lambda: adaptive_step(one, one, one, 0.1, eps=-0.1), "eps=-0.1"),
        (lambda: AMSGrad([theta], bounds=(1.0, 0.5)), "bounds=(1.0, 0.5)"),
        (lambda: AMSGrad([theta], eps=-0.1), "received -0.1"),
        (lambda: AMSGrad([theta], lr=-0.1), "received -0.1"),
        (lambda: AMSGrad([theta], betas=(0.9, 1.0)), "received (0.9, 1.0)"),
        (lambda: AdamNC([theta], bounds=(1.0, 0.5)), "bounds=(1.0, 0.5)"),
        (lambda: AdamNC([theta], lr=-0.1), "received -0.1"),
        (lambda: AdamNC([theta], beta1=1.0), "beta1=1.0"),
        (lambda: AdamNC([theta], decay=0.0), "decay=0.0"),
        (lambda: fading_beta1(0), "step=0"),
        (lambda: fading_beta1(3, -0.1), "beta1=-0.1"),
        (lambda: fading_beta1(3, 0.9, 1.5), "decay=1.5"),
        (lambda: rising_beta2(0), "received 0"),
        (lambda: inverse_rate_change(one, one, 0.0, 0.1), "step_size_next=0.0"),
        (lambda: inverse_rate_change(one, one, 0.1, 0.0), "step_size=0.0"),
    ]
    accepted = [
        lambda: rising_beta2(1),
        lambda: AMSGrad([theta], lr=0.0, betas=(0.0, 0.0), bounds=(1.0, 1.0)),
        lambda: AdamNC([theta], lr=0.0, beta1=0.0, decay=1.0, bounds=(1.0, 1.0)),
    ]
    return all(text in refusal(call) for call, text in calls) and not any(map(refusal, accepted))


@paper.property("Alg. 1", "a coordinate whose gradient has always been zero stays", draws=3)
def silent_coordinates_stay(rng):
    gradients = normal(rng, 5, 2)
    gradients[:, 0] = 0
    places = torch.stack([path(kind, normal(rng, 2), gradients) for kind in (AMSGrad, AdamNC)])
    return bool((places[:, :, 0] == places[:, :1, 0]).all() and places.isfinite().all())


def defaults(function):
    """Defaults of a function by name."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


@paper.property("Sec. 2", "updates and classes have the same defaults", draws=1)
def one_set_of_defaults(rng):
    update = {"betas": (0.9, 0.999), "eps": 0.0, "bounds": None}
    return (
        defaults(amsgrad_update) == update == defaults(uncorrected_adam_update)
        and defaults(AMSGrad) == {"lr": 1e-3, **update}
        and defaults(adaptive_step) == {"eps": 0.0, "bounds": None}
        and defaults(AdamNC) == {"lr": 1e-3, "beta1": 0.9, "decay": 0.999, "bounds": None}
        and defaults(fading_beta1) == {"beta1": 0.9, "decay": 0.999}
        and issubclass(AMSGrad, ElementwiseOptimizer)
    )


@paper.claim("Sec. 2", "decay rates that are typically recommended", printed={"beta_1": "0.9", "beta_2": "0.999"})
def recommended(row):
    return AMSGrad([torch.zeros(1)]).param_groups[0]["betas"][("beta_1", "beta_2").index(row)]
