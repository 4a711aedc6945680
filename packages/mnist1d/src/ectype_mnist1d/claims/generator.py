"""The generator: templates, transformations, data set (section 3, Table 2)."""

import math
from functools import cache
from types import SimpleNamespace

import numpy as np
import torch
from ectype import Sample
from ectype.traits import Disjoint, Homogeneous, TranslationEquivariant
from torch.nn import functional as F

from ectype_mnist1d.claims import oracles
from ectype_mnist1d.claims.shared import (
    FROZEN,
    digest,
    frozen,
    generators_preserved,
    normal,
    paper,
    refusal,
    whole,
)
from ectype_mnist1d.dataset import GeneratorSettings, draw_distortions, make_dataset, shuffle_features
from ectype_mnist1d.templates import HAND_CRAFTED, digit_templates, template_time
from ectype_mnist1d.transforms import add_noise, pad_and_dilate, resample, shear, smooth, translate

# Templates

paper.component("data", of=digit_templates)(lambda rng: ())
paper.component("data", of=template_time)(lambda rng: ())

paper.equation("Sec. 3", of=digit_templates)(oracles.templates)


@paper.equation("Fig. 1", of=template_time)
def _():
    return np.array([(10 * i / 11 - 5) / 6 for i in range(12)])


@paper.reference(of=digit_templates, needs="mnist1d")
def mnist1d_templates():
    from mnist1d.data import get_templates

    return torch.from_numpy(get_templates()["x"])


@paper.reference(of=template_time, needs="mnist1d")
def mnist1d_time():
    from mnist1d.data import get_templates

    return torch.from_numpy(get_templates()["t"])


@paper.property("Sec. 3", "a template starts and ends at zero, which is where the padding goes on", draws=1)
def templates_meet_the_padding(rng):
    return digit_templates()[:, [0, -1]] == 0


# Transformations


@paper.component("layer", of=resample, settings=[{"length": 7}, {"length": 40}, {"length": 2}], traits=[Homogeneous(1)])
def signals(rng, batch=3, points=11):
    return normal(rng, batch, points)


signals.limit("two points")(lambda rng: normal(rng, 2, 2))
signals.limit("as many points as before")(lambda rng, length: normal(rng, 2, length))
signals.limit("one signal")(lambda rng: normal(rng, 9))
paper.equation("Sec. 3", of=resample)(oracles.resample)


def interpolated(x, length):
    rows = x.reshape(-1, 1, x.shape[-1])
    return F.interpolate(rows, length, mode="linear", align_corners=True).reshape(*x.shape[:-1], length)


paper.reference(of=resample, id="torch")(interpolated)


@paper.component("layer", of=pad_and_dilate, settings=[{"length": 9}, {"length": 72}])
def signals_and_zeros(rng, batch=4, points=6):
    return normal(rng, batch, points), whole(rng, 0, 9, batch)


signals_and_zeros.limit("no padding")(lambda rng: (normal(rng, 2, 5), torch.zeros(2, dtype=torch.long)))
signals_and_zeros.limit("one signal")(lambda rng: (normal(rng, 5), torch.tensor(3)))
signals_and_zeros.limit("a digit")(lambda rng: (digit_templates(), whole(rng, 36, 60, 10)))
paper.equation("Sec. 3", of=pad_and_dilate)(oracles.pad_and_dilate)


@paper.reference(of=pad_and_dilate, id="torch")
def _(x, zeros, length):
    if x.ndim == 1:
        return interpolated(F.pad(x, (0, int(zeros))), length)
    padded = [F.pad(row, (0, int(count))) for row, count in zip(x, zeros, strict=True)]
    return torch.stack([interpolated(row, length) for row in padded])


@paper.component("layer", of=translate, traits=[TranslationEquivariant("points"), Homogeneous(1)])
def signals_and_shifts(rng, batch=4, points=6):
    return normal(rng, batch, points), whole(rng, 0, 12, batch)


signals_and_shifts.limit("no shift")(lambda rng: (normal(rng, 2, 5), torch.zeros(2, dtype=torch.long)))
signals_and_shifts.limit("one signal")(lambda rng: (normal(rng, 5), torch.tensor(3)))
paper.equation("Sec. 3", of=translate)(oracles.translate)


@paper.reference(of=translate)
def torch_roll(x, shift):
    if x.ndim == 1:
        return x.roll(int(shift))
    return torch.stack([row.roll(int(by)) for row, by in zip(x, shift, strict=True)])


@paper.component("layer", of=smooth, settings=[{}, {"width": 0.6}, {"width": 3.2}], traits=[Homogeneous(1)])
def noise(rng, batch=2, points=12):
    return normal(rng, batch, points)


noise.limit("shorter than the filter")(lambda rng: normal(rng, 2, 3))
noise.limit("one point")(lambda rng: normal(rng, 2, 1))
noise.limit("one signal")(lambda rng: normal(rng, 20))
paper.equation("Sec. 3", of=smooth)(oracles.smooth)


@paper.reference(of=smooth, needs="scipy")
def scipy_filter(noise, width):
    from scipy.ndimage import gaussian_filter1d

    return noise @ torch.from_numpy(gaussian_filter1d(np.eye(noise.shape[-1]), width, axis=1)).to(noise)


@paper.component(
    "layer",
    of=add_noise,
    expected_failures={
        "gradients-match-differences": "where the signal is exactly zero the function jumps: that is how padding is told apart"
    },
)
def signals_and_noise(rng, batch=3, points=8):
    x = normal(rng, batch, points) * (torch.rand(batch, points, generator=rng) < 0.5)
    return x, normal(rng, batch, points), normal(rng, batch, points)


paper.equation("Sec. 3", of=add_noise, elementwise=True)(lambda x, correlated, white: (x or correlated) + white)


@paper.component("layer", of=shear)
def signals_and_slopes(rng, batch=3, points=7):
    return normal(rng, batch, points), normal(rng, batch)


signals_and_slopes.limit("two points")(lambda rng: (normal(rng, 2, 2), normal(rng, 2)))
signals_and_slopes.limit("one signal")(lambda rng: (normal(rng, 5), normal(rng)))
paper.equation("Sec. 3", of=shear)(oracles.shear)


@paper.reference(of=shear, needs="mnist1d")
def mnist1d_line(x, slope):
    from unittest import mock

    from mnist1d.transform import shear as official_shear

    with mock.patch("numpy.random.rand", return_value=1.5):  # of which it subtracts a half
        line = torch.from_numpy(official_shear(np.zeros(x.shape[-1]), scale=1.0))
    return x + slope.unsqueeze(-1) * line


@paper.property(
    "Sec. 3", "noise is added: slopes are one in the white noise, and in the signal or, at zero, in the other"
)
def slopes_of_noise(rng):
    x, correlated, white = (value.requires_grad_() for value in signals_and_noise.draw(rng))
    found = torch.autograd.grad(add_noise(x, correlated, white).sum(), (x, correlated, white))
    signal = (x != 0).double().detach()
    return found, (signal, 1 - signal, torch.ones_like(signal))


@paper.property("Sec. 3", "transformations compute where their input is", draws=1)
def other_devices(rng):
    x, counts, slopes = (value.to("meta") for value in (normal(rng, 2, 9), whole(rng, 1, 5, 2), normal(rng, 2)))
    results = resample(x, 5), pad_and_dilate(x, counts, 5), translate(x, counts), smooth(x), shear(x, slopes)
    return all(result.device.type == "meta" for result in results)


@paper.property("Sec. 3", "the shift is circular: shifts add up, and a whole turn changes nothing")
def shifts_add_up(rng):
    x, first, second = normal(rng, 4, 7), whole(rng, 0, 20, 4), whole(rng, 0, 20, 4)
    once = translate(x, first + second)
    return (translate(translate(x, first), second), translate(x, torch.full((4,), 7))), (once, x)


ROOT = math.sqrt(16 * math.pi)


@paper.property("Sec. 3", "smoothing correlates white noise over space: neighbours by exp(-1/16)", draws=2)
def neighbours_correlate(rng):
    smoothed = smooth(normal(rng, 20_000, 18))[:, 8:10]  # whose filters do not reach the ends
    return Sample(smoothed[:, 0] * smoothed[:, 1] * ROOT, math.exp(-1 / 16))


@paper.property("Sec. 3", "smoothing shrinks the variance of white noise to 1 / sqrt(16 pi) of it", draws=2)
def smoothing_shrinks(rng):
    return Sample(smooth(normal(rng, 20_000, 17))[:, 8] ** 2 * ROOT, 1.0)


@paper.property("Sec. 3", "the linear signal is constant: it does not depend on the sequence, and its mean is zero")
def linear_signal(rng):
    x, slope = normal(rng, 2, 9), normal(rng, 2)
    line = shear(x, slope) - x
    return (line, line.sum(dim=1)), (shear(0 * x, slope), 0 * slope)


@paper.property(
    "Sec. 3", "signals that cannot be interpolated and filters without a width are refused by value", draws=1
)
def transformations_are_refused(rng):
    return all(
        (
            "received 1 and 40" in refusal(lambda: resample(normal(rng, 2, 1), 40)),
            "received 5 and 1" in refusal(lambda: resample(normal(rng, 2, 5), 1)),
            "received 5 and 1" in refusal(lambda: pad_and_dilate(normal(rng, 2, 5), whole(rng, 1, 3, 2), 1)),
            "received 0.0" in refusal(lambda: smooth(normal(rng, 2, 5), 0.0)),
        )
    )


# The data set

OTHERS = GeneratorSettings(
    train=60,
    test=30,
    padding=(3, 9),
    translations=5,
    scaling=1.3,
    filter_width=1.1,
    correlated_noise=0.8,
    white_noise=0.3,
    shear=2.0,
    length=25,
)


@paper.component(
    "data",
    of=make_dataset,
    settings=[{"settings": GeneratorSettings(train=70, test=30)}, {"settings": OTHERS}],
    traits=[Disjoint(("x", "x_test"))],
)
def nothing(rng):
    return ()


def arguments(settings, *, seed=42, shuffled=False):
    """The official code's arguments for our settings."""
    return SimpleNamespace(
        num_samples=settings.train + settings.test,
        train_split=settings.train / (settings.train + settings.test),
        template_len=12,
        padding=list(settings.padding),
        scale_coeff=settings.scaling,
        max_translation=settings.translations,
        corr_noise_scale=settings.correlated_noise,
        iid_noise_scale=settings.white_noise,
        shear_scale=settings.shear,
        shuffle_seq=shuffled,
        final_seq_length=settings.length,
        seed=seed,
    )


def official(settings, **more):
    """What the authors' package generates, with its filter of width 2 replaced where another one is asked for."""
    from importlib import import_module
    from unittest import mock

    from mnist1d import data
    from scipy.ndimage import gaussian_filter

    other = mock.patch.object(
        import_module("mnist1d.transform"), "gaussian_filter", lambda x, _: gaussian_filter(x, settings.filter_width)
    )
    with generators_preserved(), other:
        return data.make_dataset(arguments(settings, **more))


@paper.reference(of=make_dataset, needs="mnist1d")
def mnist1d(settings):
    found = official(settings)
    with generators_preserved():
        shuffled = official(settings, shuffled=True)
    order = [int(np.abs(found["x"].T - column[:, None].T).sum(axis=1).argmin()) for column in shuffled["x"].T]
    parts = {name: torch.from_numpy(found[name]) for name in ("x", "y", "x_test", "y_test", "t")}
    return {**parts, "order": torch.tensor(order)}


@paper.property("Tab. 2", "with the default parameters and seed 42 it is the authors' frozen data set", draws=1)
def frozen_data_set(rng):
    return all(digest(getattr(frozen(), name)) == known for name, known in FROZEN.items())


@paper.property("Sec. 3", "the authors' package generates the frozen data set, too", draws=1, needs="mnist1d")
def official_data_set(rng):
    found = official(GeneratorSettings())
    return all(digest(found[name]) == known for name, known in FROZEN.items())


@paper.property("Tab. 2", "with another seed it is another data set", draws=3)
def other_seeds(rng):
    seed = int(whole(rng, 43, 10**6))
    return digest(make_dataset(GeneratorSettings(train=90, test=10), seed=seed).x) != digest(
        make_dataset(GeneratorSettings(train=90, test=10)).x
    )


@paper.property("Sec. 3", "there are as many samples of each digit, in random order", draws=1)
def digits_are_balanced(rng):
    labels = torch.cat([frozen().y, frozen().y_test])
    runs = (labels[1:] == labels[:-1]).double().mean()
    return bool((labels.bincount() == 500).all()) and 0.08 < float(runs) < 0.12


@paper.property("Sec. 4", "shuffling permutes features alike in all samples and leaves labels as they are")
def shuffling_is_undone(rng):
    order, data = torch.randperm(40, generator=rng), frozen()
    shuffled = shuffle_features(data, order)
    back = shuffle_features(shuffled, order.argsort())
    kept = shuffled.y is data.y and shuffled.y_test is data.y_test
    moved = shuffled.x[:, 0].equal(data.x[:, order[0]]) and shuffled.x_test[:, 1].equal(data.x_test[:, order[1]])
    return kept and moved and back.x.equal(data.x) and back.x_test.equal(data.x_test)


@paper.property("Tab. 2", "numbers of samples and ranges that cannot be are refused by value", draws=1)
def generator_settings_are_refused(rng):
    wrong = {
        "train=0, test=10": {"train": 0, "test": 10},
        "train=10, test=0": {"train": 10, "test": 0},
        "train=11, test=10": {"train": 11, "test": 10},
        "padding=(-1, 3)": {"padding": (-1, 3)},
        "padding=(5, 4)": {"padding": (5, 4)},
        "translations=0": {"translations": 0},
    }
    refused = [text in refusal(lambda given=given: GeneratorSettings(**given)) for text, given in wrong.items()]
    least = GeneratorSettings(train=1, test=9, padding=(0, 0), translations=1)
    return all(refused) and make_dataset(least).x.shape == (1, 40)


@cache
def drawn():
    """The random numbers of the default data set."""
    return draw_distortions(np.random.RandomState(42), 5000, 72, GeneratorSettings())


@paper.claim(
    "Tab. 2",
    "default parameter, measured on the 5,000 samples",
    printed={
        "training samples": "4000",
        "test samples": "1000",
        "template length": "12",
        "least padding": "36",
        "greatest padding": "60",
        "number of translations": "48",
        "Gaussian filter width": "2",
        "Gaussian noise scale": "0.25",
        "white noise scale": "0.02",
        "shear scale": "0.75",
        "final sequence length": "40",
    },
    id="default",
)
def defaults(row):
    data, numbers = frozen(), drawn()
    return {
        "training samples": lambda: len(data.x),
        "test samples": lambda: len(data.x_test),
        "template length": lambda: len(HAND_CRAFTED[0]),
        "least padding": lambda: int(numbers.zeros.min()),
        "greatest padding": lambda: int(numbers.zeros.max()),
        "number of translations": lambda: len(numbers.shift.unique()),
        "Gaussian filter width": lambda: spread_of_an_impulse(),
        "Gaussian noise scale": lambda: float(numbers.correlated.std()),
        "white noise scale": lambda: float(numbers.white.std()),
        "shear scale": lambda: float(numbers.slope.max() - numbers.slope.min()),
        "final sequence length": lambda: data.x.shape[1],
    }[row]()


def spread_of_an_impulse():
    """The standard deviation, in points, of what the default filter makes of one point."""
    response = smooth(torch.eye(41, dtype=torch.float64))[20]
    place = torch.arange(41) - 20
    return float((response * place**2).sum().sqrt())


@paper.property(
    "Sec. 3", "factors are uniform from 0.8 to 1.2, slopes from -0.375 to 0.375, shifts from 0 to 47", draws=1
)
def random_numbers(rng):
    numbers = drawn()
    extremes = [(v.min(), v.max()) for v in (numbers.factor, numbers.slope, numbers.shift.double())]
    wanted = [(0.8, 1.2), (-0.375, 0.375), (0.0, 47.0)]
    return all(
        abs(low - a) < 0.001 and abs(high - b) < 0.001 for (low, high), (a, b) in zip(extremes, wanted, strict=True)
    )


@paper.claim("Sec. 3", "training samples of the example with 10,000 samples", printed="8000")
def example():
    return len(make_dataset(GeneratorSettings(train=8000, test=2000)).y)
