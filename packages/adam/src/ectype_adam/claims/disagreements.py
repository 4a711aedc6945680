"""Where paper, mathematics and libraries say different things."""

import torch

from ectype_adam.adam import Adam
from ectype_adam.adamax import AdaMax
from ectype_adam.claims.bounds import STEPS, adam_without_epsilon, counterexample, longest
from ectype_adam.claims.shared import paper, path
from ectype_adam.efficient_adam import EfficientAdam
from ectype_adam.step_bound import sharp_adamax_bound, sharp_step_bound, stated_step_bound, worst_gradients
from ectype_adam.temporal_average import TemporalAverage

TENSORFLOW = "tensorflow/tensorflow@026004e05dc1 tensorflow/python/training/adam.py"
KERAS = "keras-team/keras@13de96aef1a4 keras/src/optimizers/adam.py"
KERAS_ADAMAX = "keras-team/keras@2e4420340816 keras/src/optimizers/adamax.py"
OPTAX = "google-deepmind/optax@006cebd2addd optax/_src/transform.py"

ZERO = torch.zeros(1, dtype=torch.float64)


def constant(kind, gradient, steps, **settings):
    """How far a constant gradient has moved a parameter, in units of the stepsize."""
    gradients = torch.full((steps, 1), gradient, dtype=torch.float64)
    return float(-path(kind, ZERO, gradients, lr=1.0, **settings)[-1])


# The place of epsilon

epsilon = paper.disagreement(
    "place of epsilon",
    "Algorithm 1 adds epsilon to the root of the corrected second moment, as torch and optax do. The efficient order of "
    "section 2 adds epsilon hat to the root of the one that is not corrected; TensorFlow and Keras take this order and call "
    "the constant epsilon. The paper's default is for Algorithm 1 only.",
    at="Alg. 1, Sec. 2",
    follow="paper",
    id="epsilon",
)


@epsilon.reading("paper", source="Alg. 1; torch.optim.Adam; " + OPTAX)
def _(gradient, steps, eps=1e-8):
    return constant(Adam, gradient, steps, eps=eps)


@epsilon.reading("efficient order", source=f"Sec. 2, with epsilon hat = 1e-8; {TENSORFLOW}")
def _(gradient, steps, eps=1e-8):
    return constant(EfficientAdam, gradient, steps, eps=eps)


@epsilon.reading("Keras", source=f"{KERAS}: epsilon hat, 1e-7 by default")
def _(gradient, steps, eps=1e-7):
    return constant(EfficientAdam, gradient, steps, eps=eps)


for size in ("1e-6", "1e-8"):
    for steps in (1, 1000):

        @epsilon.measure(f"way of {steps} steps / alpha, gradient {size}")
        def _(reading, gradient=float(size), steps=steps):
            return reading(gradient, steps)


# The bound of a step

bound = paper.disagreement(
    "bound of a step",
    "Section 2.1 bounds a step by (1 - beta_1) / sqrt(1 - beta_2) if that is above 1, a single gradient after zeros being the "
    "most severe case, and by 1 otherwise. By the inequality of Cauchy and Schwarz gradients that grow by beta_2 / beta_1 a "
    "step are more severe, in both cases, and the bound is 1 for equal decay rates only.",
    at="Sec. 2.1",
    follow="paper",
    id="step-bound",
)


@bound.reading("paper", source="Sec. 2.1")
def _(steps, beta1, beta2):
    return stated_step_bound(beta1, beta2)


@bound.reading("mathematics", source="Cauchy and Schwarz, attained by worst_gradients")
def _(steps, beta1, beta2):
    return sharp_step_bound(steps, beta1, beta2)


for beta1, beta2, steps in ((0.9, 0.999, 20_000), (0.9, 0.99, STEPS), (0.9, 0.9, STEPS)):

    @bound.measure(f"bound / alpha for beta_1 = {beta1}, beta_2 = {beta2}")
    def _(reading, beta1=beta1, beta2=beta2, steps=steps):
        return reading(steps, beta1, beta2)


@bound.measure("longest step of Adam / bound, beta_1 = 0.9, beta_2 = 0.99, gradients that grow by beta_2 / beta_1")
def _(reading):
    taken = longest(adam_without_epsilon, worst_gradients(STEPS, 0.9, 0.99), betas=(0.9, 0.99))
    return taken / reading(STEPS, 0.9, 0.99)


# The bound of a step of AdaMax

adamax_bound = paper.disagreement(
    "bound of a step of AdaMax",
    "Section 7.1 bounds a step of AdaMax by the stepsize. Gradients that shrink by beta_2 a step give a longer one, because "
    "the first moment remembers larger gradients than the faded norm.",
    at="Sec. 7.1",
    follow="paper",
    id="adamax-step-bound",
)


@adamax_bound.reading("paper", source="Sec. 7.1")
def _(steps, beta1, beta2):
    return 1.0


@adamax_bound.reading("mathematics", source="Eq. 11, attained by gradients beta_2^t")
def _(steps, beta1, beta2):
    return sharp_adamax_bound(steps, beta1, beta2)


for beta1, beta2 in ((0.9, 0.999), (0.9, 0.99)):

    @adamax_bound.measure(f"longest step / bound for beta_1 = {beta1}, beta_2 = {beta2}")
    def _(reading, beta1=beta1, beta2=beta2):
        taken = longest(AdaMax, beta2 ** torch.arange(STEPS, dtype=torch.float64), betas=(beta1, beta2))
        return taken / reading(STEPS, beta1, beta2)


# Division by zero in AdaMax

division = paper.disagreement(
    "AdaMax without a gradient",
    "Algorithm 2 has no epsilon: where all gradients were zero it divides zero by zero. torch and optax add epsilon to "
    "|g_t| inside the maximum, Keras adds it to u_t (and has 0.001 as stepsize by default, where the paper has 0.002).",
    at="Alg. 2",
    follow="zero over zero is zero",
    departure="D1",
    id="adamax-division",
)


@division.reading("paper", source="Alg. 2, literally")
def _(gradients):
    return -path(torch.optim.Adamax, ZERO, gradients, lr=1.0, eps=0.0)[-1]


@division.reading("zero over zero is zero", source="this package")
def _(gradients):
    return -path(AdaMax, ZERO, gradients, lr=1.0)[-1]


@division.reading("torch and optax", source=f"torch.optim.Adamax; {OPTAX}")
def _(gradients):
    return -path(torch.optim.Adamax, ZERO, gradients, lr=1.0)[-1]


@division.reading("Keras", source=KERAS_ADAMAX)
def _(gradients):
    m, u, theta = ZERO, ZERO, ZERO
    for step, gradient in enumerate(gradients, start=1):
        m, u = 0.9 * m + 0.1 * gradient, torch.maximum(0.999 * u, gradient.abs())
        theta = theta - m / ((1 - 0.9**step) * (u + 1e-7))
    return -theta


@division.measure("way of 5 steps / alpha, gradients zero")
def _(reading):
    way = reading(torch.zeros(5, 1, dtype=torch.float64))
    return "not a number" if way.isnan() else abs(float(way))


@division.measure("way of 5 steps / alpha, gradients 1e-7")
def _(reading):
    return float(reading(torch.full((5, 1), 1e-7, dtype=torch.float64)))


# Which beta_2 needs the correction

slow = paper.disagreement(
    "which beta_2 needs the correction",
    "Section 3 says that sparse gradients need a small beta_2, and that without correction this makes the first steps much "
    "larger. Sections 5 and 6.4 say so of beta_2 close to 1. Without correction a first step is (1 - beta_1) / "
    "sqrt(1 - beta_2) stepsizes.",
    at="Sec. 3, Sec. 5, Sec. 6.4",
    follow="close to 1",
    id="which-beta2",
)


@slow.reading("small", source="Sec. 3: a small value of beta_2")
def _():
    return 0.001


@slow.reading("close to 1", source="Sec. 5: a value of beta_2 close to 1; Sec. 6.4")
def _():
    return 0.999


@slow.measure("first step without correction / alpha, beta_1 = 0.9")
def _(reading):
    beta1, beta2 = 0.9, reading()
    return (1 - beta1) / (1 - beta2) ** 0.5


@slow.measure("first step with correction / alpha, beta_1 = 0.9")
def _(reading):
    return constant(Adam, 1.0, 1, betas=(0.9, reading()), eps=0.0)


# The regret

theorem = paper.disagreement(
    "regret",
    "Theorem 4.1 bounds the regret of Adam by a multiple of sqrt(T). Reddi, Kale and Kumar (2018) found the proof wrong: it "
    "takes sqrt(v_hat_t) / alpha_t to grow. On their linear functions, with all conditions of the theorem met and iterates "
    "projected on [-1, 1], the regret grows like T and passes the bound.",
    at="Thm. 4.1, Cor. 4.2",
    follow="measured",
    id="regret",
)


@theorem.reading("bound of the theorem", source="Thm. 4.1")
def _(rounds):
    return counterexample(rounds)[1]


@theorem.reading("measured", source="Reddi, Kale and Kumar, section 3: C = 3, beta_1 = 0, beta_2 = 1/10")
def _(rounds):
    return counterexample(rounds)[0]


for rounds in (300, 3000):

    @theorem.measure(f"regret after {rounds} rounds")
    def _(reading, rounds=rounds):
        return reading(rounds)


# Temporal averaging

start = paper.disagreement(
    "start of the temporal average",
    "Section 7.2 starts the average of the parameters at zero and corrects its bias. torch.optim.swa_utils starts it at the "
    "first parameters, which keep a share of beta_2^(t-1).",
    at="Sec. 7.2",
    follow="paper",
    id="average-start",
)


@start.reading("paper", source="Sec. 7.2")
def _(iterates):
    theta = ZERO.clone()
    average = TemporalAverage([theta])
    for iterate in iterates:
        theta.copy_(iterate)
        average.update()
    return average.corrected()[0]


@start.reading("torch", source="torch.optim.swa_utils.AveragedModel with get_ema_avg_fn(0.999)")
def _(iterates):
    module = torch.nn.Linear(1, 1, bias=False, dtype=torch.float64)
    averaged = torch.optim.swa_utils.AveragedModel(module, avg_fn=torch.optim.swa_utils.get_ema_avg_fn(0.999))
    for iterate in iterates:
        with torch.no_grad():
            module.weight.copy_(iterate)
        averaged.update_parameters(module)
    return averaged.module.weight.detach()[0]


@start.measure("average of 1, 2, ..., 100")
def _(reading):
    return float(reading(torch.arange(1.0, 101.0, dtype=torch.float64)))
