"""Where paper, official code and repository say different things."""

import random
from functools import cache

import numpy as np
import torch
from torch.nn import functional as F

from ectype_mnist1d.claims.generator import drawn
from ectype_mnist1d.claims.shared import FROZEN, REPOSITORY, digest, frozen, generators_preserved, paper
from ectype_mnist1d.dataset import NOT_PADDING, GeneratorSettings, draw_distortions
from ectype_mnist1d.logistic import LogisticRegression
from ectype_mnist1d.presets import CLASSIFICATION, SHUFFLING_SEED
from ectype_mnist1d.templates import digit_templates
from ectype_mnist1d.training import batch_rows, evaluate
from ectype_mnist1d.transforms import add_noise, pad_and_dilate, resample, shear, smooth, translate

POINTS, SCALE = 72, GeneratorSettings().correlated_noise


def samples(numbers=None, *, noise=add_noise, correlated=smooth):
    """The 5,000 default samples before they are mixed, with one step of the generator exchanged."""
    numbers = numbers or drawn()
    digits = digit_templates().repeat_interleave(500, dim=0)
    x = pad_and_dilate(digits + NOT_PADDING, numbers.zeros, POINTS) * numbers.factor.unsqueeze(-1)
    x = noise(translate(x, numbers.shift), correlated(numbers.correlated), numbers.white)
    return resample(shear(x, numbers.slope), 40)


def mixed(x):
    """Standardise samples and mix them as the default data set is."""
    generator = np.random.RandomState(42)
    draw_distortions(generator, 5000, POINTS, GeneratorSettings())
    x = x[torch.from_numpy(generator.permutation(5000))]
    return (x - x.mean()) / x.std(correction=0)


def is_frozen(x):
    return "yes" if digest(mixed(x)[:4000]) == FROZEN["x"] else "no"


# D1: the correlated noise

noisy = paper.disagreement(
    "where the correlated noise goes",
    "The paper adds Gaussian noise to the sequences. The official code puts the correlated part where the sequence is "
    "exactly zero, into the padding; the template gets white noise only.",
    at="Sec. 3",
    follow="official code",
    departure="D1",
    id="correlated-noise",
)


@noisy.reading("paper", source="Sec. 3: added Gaussian noise")
@cache
def _():
    return samples(noise=lambda x, correlated, white: x + correlated + white)


@noisy.reading("official code", source=f"{REPOSITORY} mnist1d/transform.py, transform")
@cache
def _():
    return samples()


@noisy.measure("it is the authors' frozen data set")
def _(reading):
    return is_frozen(reading())


# D2: the largest shift

shifts = paper.disagreement(
    "largest shift",
    "The paper shifts by up to 48 indices. The official code draws one of 48 shifts, the largest of which is 47.",
    at="Sec. 3, Tab. 2",
    follow="official code",
    departure="D2",
    id="largest-shift",
)


@shifts.reading("paper", source="Sec. 3: a random circular shift by up to 48 indices")
@cache
def _():
    return draw_distortions(np.random.RandomState(42), 5000, POINTS, GeneratorSettings(translations=49))


@shifts.reading("official code", source=f"{REPOSITORY} mnist1d/transform.py, translate")
@cache
def _():
    return drawn()


@shifts.measure("largest shift of the 5,000 samples")
def _(reading):
    return int(reading().shift.max())


@shifts.measure("it is the authors' frozen data set")
def _(reading):
    return is_frozen(samples(reading()))


# The scale of the noise

scales = paper.disagreement(
    "what the scale of the Gaussian noise means",
    "Table 2 gives a Gaussian noise scale of 0.25. In the official code it is the deviation before the filter, which "
    "leaves about three eighths of it in the data.",
    at="Tab. 2",
    follow="before the filter",
    id="noise-scale",
)


@scales.reading("before the filter", source=f"{REPOSITORY} mnist1d/transform.py, corr_noise_like")
def _(noise):
    return smooth(noise)


@scales.reading("after the filter", source="Tab. 2, read as the noise that is added")
def _(noise):
    return smooth(noise) / smooth(noise).std() * SCALE


@scales.measure("deviation of the noise that is added")
def _(reading):
    return float(reading(drawn().correlated).std())


@scales.measure("it is the authors' frozen data set")
def _(reading):
    return is_frozen(samples(correlated=reading))


# The permutation of the features

permutations = paper.disagreement(
    "permutation of the shuffled features",
    "The paper does not say which permutation it is. The official code has two: the notebook of Table 1 permutes the frozen "
    "data set by NumPy's generator seeded with 42; the generator's own option goes on with the numbers of the data set.",
    at="Sec. 4",
    follow="notebook",
    id="permutation",
)


@permutations.reading("notebook", source=f"{REPOSITORY} notebooks/mnist1d-classification.ipynb")
def _():
    return torch.from_numpy(np.random.RandomState(SHUFFLING_SEED).permutation(40))


@permutations.reading(
    "generator", source=f"{REPOSITORY} mnist1d/data.py, shuffle_seq; notebooks/building-mnist1d.ipynb"
)
def _():
    return frozen().order


@permutations.measure("of 39 pairs of neighbours, how many are within the 5 points of the first kernel afterwards")
def _(reading):
    place = reading().argsort()
    return int((place.diff().abs() < 5).sum())


# The seed of the published runs

seeding = paper.disagreement(
    "what the notebooks seed",
    "Before every training the notebooks call set_seed(42). In 2020 it seeded torch, too, and two notebooks print the same "
    "numbers; since January 2024 (abaddd93) it seeds Python and NumPy only, and three notebooks print different ones.",
    at="Sec. 4",
    follow="official code of 2020",
    id="seeding",
)


@seeding.reading("official code of 2020", source="greydanus/mnist1d@9f13bb4a utils.py")
def _():
    random.seed(42)
    np.random.seed(42)
    torch.manual_seed(42)


@seeding.reading("official code since 2024", source=f"{REPOSITORY} mnist1d/utils.py")
def _():
    random.seed(42)
    np.random.seed(42)


@seeding.measure("two networks that are made after it begin with the same weights")
def _(reading):
    made = []
    with generators_preserved():
        torch.manual_seed(0)
        for _ in range(2):
            reading()
            made.append(LogisticRegression().linear.weight)
    return "yes" if made[0].equal(made[1]) else "no"


PRINTED_IN_2020 = """
1.537e+00 1.663e+00 37.0 32.4
1.533e+00 1.667e+00 37.1 32.0
1.534e+00 1.670e+00 37.1 31.6
"""
"""Losses and accuracies of logistic regression, training and test, at steps 1000 to 3000: quickstart.ipynb and
building_mnist1d.ipynb of greydanus/mnist1d@d18aed1d, the same in both."""


@seeding.measure("of the first 12 losses and accuracies of logistic regression printed in 2020, how many come out")
def _(reading):
    with generators_preserved():
        torch.manual_seed(0)
        reading()
        lines = "\n".join(first_steps_of_logistic_regression())
    return sum(ours == theirs for ours, theirs in zip(lines.split(), PRINTED_IN_2020.split(), strict=True))


def first_steps_of_logistic_regression():
    """Train as the notebook does and give the first lines that it prints."""
    x, y, x_test, y_test = frozen().x.float(), frozen().y, frozen().x_test.float(), frozen().y_test
    network = LogisticRegression()
    optimizer = torch.optim.Adam(network.parameters(), lr=CLASSIFICATION.learning_rate)
    for step in range(3001):
        rows = batch_rows(step, len(x), CLASSIFICATION.batch)
        loss = F.cross_entropy(network(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step and step % 1000 == 0:
            (test, test_loss), (train, _) = evaluate(network, x_test, y_test), evaluate(network, x, y)
            yield f"{float(loss.detach()):.3e} {test_loss:.3e} {train:.1f} {test:.1f}"
