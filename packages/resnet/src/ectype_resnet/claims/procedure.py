"""Training on small images (section 4.2)."""

import inspect
from bisect import bisect
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import torch
from ectype import Sample
from ectype.traits import Overfits
from torch import nn
from torch.nn import functional as F

from ectype_resnet import presets
from ectype_resnet.augmentation import random_crop_and_flip
from ectype_resnet.cifar_10 import TEST, TRAINING, read_cifar_10
from ectype_resnet.cifar_network import CifarNetwork
from ectype_resnet.claims import oracles
from ectype_resnet.claims.shared import at_random, normal, paper, refusal, seeded, whole
from ectype_resnet.generated_images import generated_images
from ectype_resnet.presets import CifarTraining
from ectype_resnet.schedule import learning_rate
from ectype_resnet.training import Training

# Learning rate

rates = paper.component("schedule", of=learning_rate, settings=[{}, {"rate": 0.5, "drops": [3, 5]}])(
    lambda rng: whole(rng, 1, 64_000)
)
rates.limit("first step")(lambda rng: 1)
rates.limit("last step at the first rate")(lambda rng: 32_000)
rates.limit("next step")(lambda rng: 32_001)
rates.limit("last step before the second drop")(lambda rng: 48_000)
paper.equation("Sec. 4.2", of=learning_rate, elementwise=True)(oracles.learning_rate)


@paper.reference(of=learning_rate, id="torch")
def _(step, rate, drops):
    optimizer = torch.optim.SGD([{"params": [torch.zeros(1)], "initial_lr": rate}], lr=rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: 0.1 ** bisect(drops, done), step - 2)
    return schedule.get_last_lr()[0]


RATES = {"1": "0.1", "32000": "0.1", "32001": "0.01", "48000": "0.01", "48001": "0.001", "64000": "0.001"}


@paper.property("Sec. 4.2", "the rate is 0.1, and a tenth and a hundredth of it after 32k and 48k steps", draws=1)
def rates_of_the_paper(rng):
    return [learning_rate(int(step)) for step in RATES], [float(rate) for rate in RATES.values()]


@paper.property("Sec. 4.2", "steps count from 1; a rate that is not positive is refused by value", draws=1)
def rates_are_refused(rng):
    wrong = {"step=0": (0,), "rate=0.0": (1, 0.0)}
    return all(text in refusal(lambda given=given: learning_rate(*given)) for text, given in wrong.items())


# Augmentation


@paper.component("sampler", of=random_crop_and_flip, settings=[{}, {"padding": 1}, {"padding": 0}])
def to_augment(rng, batch=3, channels=2, rows=5, columns=6):
    return normal(rng, batch, channels, rows, columns)


def windows(image, padding):
    """Every crop of a padded image, and its mirror image."""
    height, width = image.shape[1:]
    padded = np.pad(np.asarray(image), [(0, 0), (padding, padding), (padding, padding)])
    for top in range(2 * padding + 1):
        for left in range(2 * padding + 1):
            crop = padded[:, top : top + height, left : left + width]
            yield top, left, False, crop
            yield top, left, True, crop[:, :, ::-1]


def found(image, crop, padding):
    """Where a crop is: upper edge, left edge and whether it is mirrored."""
    places = [place for *place, window in windows(image, padding) if np.array_equal(window, crop.numpy())]
    assert len(places) == 1
    return places[0]


@paper.property(
    "Sec. 4.2", "each crop is one of the padded image or of its mirror image, chosen for each image", draws=3
)
def crops_of_the_padded_image(rng):
    padding = whole(rng, 1, 4)
    images = normal(rng, 8, 3, 7, 6)
    crops = random_crop_and_flip(images, padding, generator=rng)
    places = {tuple(found(image, crop, padding)) for image, crop in zip(images, crops, strict=True)}
    return len(places) > 2 and crops.is_contiguous()


PLACES = {
    "crops are as often above as below the middle": lambda top, left, side: top - 4,
    "crops are as often left as right of the middle": lambda top, left, side: left - 4,
    "every second crop is mirrored": lambda top, left, side: side,
    "all nine rows are equally frequent": lambda top, left, side: (top - 4) ** 2 - 20 / 3,
    "all nine columns are equally frequent": lambda top, left, side: (left - 4) ** 2 - 20 / 3,
    "rows and columns are independent": lambda top, left, side: (top - 4) * (left - 4),
    "rows and mirroring are independent": lambda top, left, side: (top - 4) * side,
    "columns and mirroring are independent": lambda top, left, side: (left - 4) * side,
}

for text, statistic in PLACES.items():

    @paper.property("Sec. 4.2", text, id=text.replace(" ", "-"), draws=2)
    def _(rng, statistic=statistic):
        image = torch.arange(100.0).view(1, 1, 10, 10)  # the value of a pixel says where it is
        crops = random_crop_and_flip(image.expand(2000, 1, 10, 10), generator=rng)
        middle, before = crops[:, 0, 5, 5], crops[:, 0, 5, 4]
        top, left = middle // 10 - 1, torch.minimum(middle, before) % 10
        return Sample(statistic(top, left, middle - before).double(), 0.0)


@paper.property("Sec. 4.2", "a negative padding is refused by value", draws=1)
def padding_is_refused(rng):
    crop = lambda padding: random_crop_and_flip(normal(rng, 1, 1, 2, 2), padding, generator=rng)  # noqa: E731
    return "received -1" in refusal(lambda: crop(-1)) and not refusal(lambda: crop(0))


# Images that are generated


@paper.component("data", of=generated_images, settings=[{"count": 40}, {"count": 10, "noise": 0.0}])
def nothing(rng):
    return ()


@paper.property(
    "Sec. 4.2", "images of a class are its pattern, the same for all seeds, with contrast and noise", draws=2
)
def patterns_of_classes(rng):
    seed = whole(rng, 1, 10**6)
    images, labels = generated_images(600, 0.0, seed=seed)
    other, classes = generated_images(600, 0.0, seed=seed + 1)
    first = {int(label): image for image, label in zip(other, classes, strict=True)}
    same, contrasts = [], []
    for image, label in zip(images, labels, strict=True):
        pattern = first[int(label)]
        contrasts.append(float((image * pattern).sum() / pattern.square().sum()))
        same.append(torch.allclose(image, contrasts[-1] * pattern, rtol=1e-4, atol=1e-5))
    strengths = images.flatten(1).norm(dim=1)[labels == 0]
    spread = float(strengths.max() / strengths.min())
    return all(same) and set(labels.tolist()) == set(range(10)) and 2.0 < spread <= 3.001 and min(contrasts) > 0.3


@paper.property("Sec. 4.2", "the noise has the deviation that is asked for, 0.5 unless told otherwise", draws=2)
def noise_of_images(rng):
    seed = whole(rng, 0, 10**6)
    (clean, _), (half, _), (more, _) = (generated_images(20, *noise, seed=seed) for noise in ((0.0,), (), (2.0,)))
    return Sample((torch.stack([(half - clean) / 0.5, (more - clean) / 2.0]).double() ** 2).flatten(), 1.0)


@paper.property(
    "Sec. 4.2", "patterns are smooth and of a contrast about one; ten classes are equally frequent", draws=1
)
def form_of_patterns(rng):
    images, labels = generated_images(3000, 0.0, seed=whole(rng, 0, 10**6))
    steps = (images[..., 1:] - images[..., :-1]).square().mean() / images.square().mean()
    counts = torch.bincount(labels, minlength=10)
    means = images.flatten(1).norm(dim=1).mean() / (3 * 32 * 32) ** 0.5
    return bool(steps < 0.1 and counts.min() > 200 and counts.max() < 400 and 0.6 < means < 1.4)


@paper.property(
    "Sec. 4.2", "a pattern is 4 x 4 random numbers in each colour, of seed 0, between which it is smooth", draws=1
)
def numbers_behind_patterns(rng):
    coarse = torch.randn(10, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    images, labels = generated_images(40, 0.0, seed=whole(rng, 0, 10**6))
    ranks = {int(torch.linalg.matrix_rank(colour.double(), rtol=1e-5)) for image in images for colour in image}
    pairs = [(F.adaptive_avg_pool2d(image, 4), coarse[label]) for image, label in zip(images, labels, strict=True)]
    likeness = [float(torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1]) for a, b in pairs]
    return ranks == {4} and min(likeness) > 0.95


@paper.property("Sec. 4.2", "counts and noise below zero are refused by value", draws=1)
def images_are_refused(rng):
    found = ["count=-1" in refusal(lambda: generated_images(-1, seed=0))]
    found.append("noise=-0.5" in refusal(lambda: generated_images(1, -0.5, seed=0)))
    return all(found) and len(generated_images(0, seed=0)[1]) == 0


# CIFAR-10


@paper.property(
    "Sec. 4.2", "files of CIFAR-10 are read as they are: a class, then rows of red, green and blue", draws=1
)
def files_of_cifar(rng):
    with TemporaryDirectory() as name:
        folder, images, labels = Path(name), [], []
        for number, file in enumerate((*TRAINING, *TEST)):
            pixels = torch.randint(256, (2, 3, 32, 32), generator=rng, dtype=torch.uint8)
            rows = [bytes([number + row]) + pixels[row].numpy().tobytes() for row in range(2)]
            (folder / file).write_bytes(b"".join(rows))
            images.append(pixels)
            labels += [number, number + 1]
        read, test = read_cifar_10(folder), read_cifar_10(folder, TEST)
        (folder / "short").write_bytes(b"12345")
        refused = ["received 5" in refusal(lambda: read_cifar_10(folder, ("short",)))]
        refused.append("received 0" in refusal(lambda: read_cifar_10(folder, ("none",))))
    same = torch.equal(read[0], torch.cat(images[:5]) / 255) and torch.equal(test[0], images[5] / 255)
    names = ("data_batch_1.bin", "data_batch_5.bin", "test_batch.bin")
    kept = all([*refused, names == (TRAINING[0], TRAINING[4], *TEST), len(TRAINING) == 5])
    return kept and same and read[1].tolist() == labels[:10] and test[1].tolist() == labels[10:]


# Training

FEW = CifarTraining(batch=16, rate=0.1, drops=(30, 60), steps=100)


def model_and_images(rng, settings=FEW, count=16, n=1):
    images, labels = generated_images(count, seed=whole(rng, 0, 10**6))
    return seeded(rng, lambda: CifarNetwork(n, width=4)), images, labels, settings


@paper.component("procedure", of=Training, traits=[Overfits(steps=60)])
def some_images(rng):
    return model_and_images(rng)


class Flat(nn.Module):
    """A linear classifier of mean colours, which keeps what it sees."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 10)
        self.seen = []

    def forward(self, x):
        self.seen.append(x.detach().clone())
        return self.linear(x.mean(dim=(2, 3)))


def grey(count):
    """Images of one value each, no two of which are alike, nor zero after their mean is subtracted."""
    values = torch.arange(count).double() ** 2 + torch.arange(count) / 7
    return values[:, None, None, None].expand(count, 3, 10, 10).contiguous()


def rows_of(crops, images):
    """Which of the grey images crops are of: the middle of a crop is never padding."""
    values = (images - images.mean(dim=0))[:, 0, 5, 5]
    return (crops[:, 0, 4:6, 4:6].flatten(1).mean(dim=1)[:, None] - values).abs().argmin(dim=1)


@paper.property(
    "Sec. 4.2", "a step is SGD with momentum and weight decay on the cross entropy of an augmented batch", draws=2
)
def steps_of_sgd(rng):
    settings = CifarTraining(batch=4, rate=0.03, drops=(2, 4), momentum=0.8, weight_decay=0.05)
    images, labels = grey(14) / 50, torch.randint(10, (14,), generator=rng)
    model = seeded(rng, Flat).double()
    weights = [parameter.detach().clone() for parameter in model.parameters()]
    training = Training(model, images, labels, settings, seed=whole(rng, 0, 10**6))
    velocity, done, expected = [torch.zeros_like(weight) for weight in weights], [], []
    for number in range(1, 7):
        step = training.step()
        true = labels[rows_of(model.seen[-1], images)]
        leaves = [weight.clone().requires_grad_() for weight in weights]
        logits = F.linear(model.seen[-1].mean(dim=(2, 3)), *leaves)
        loss = -logits.log_softmax(dim=1)[torch.arange(4), true].mean()
        gradients = torch.autograd.grad(loss, leaves)
        rate = oracles.learning_rate(number, 0.03, (2, 4))
        velocity = [0.8 * v + g + 0.05 * w for v, g, w in zip(velocity, gradients, weights, strict=True)]
        weights = [w - rate * v for w, v in zip(weights, velocity, strict=True)]
        error = sum(int(row.argmax()) != int(label) for row, label in zip(logits, true, strict=True)) / 4
        done.append([step.number, step.rate, step.error, step.loss, *(p.detach().clone() for p in model.parameters())])
        expected.append([number, rate, error, loss.detach(), *weights])
    return done, expected


@paper.property(
    "Sec. 4.2", "the per-pixel mean of the training images is subtracted, in training and in testing", draws=2
)
def mean_is_subtracted(rng):
    images, labels = generated_images(6, seed=whole(rng, 0, 10**6))
    model, mean = Flat(), images.mean(dim=0)
    training = Training(model, images, labels, replace(FEW, batch=2))
    training.error(images, labels)
    training.step()
    tested, trained = model.seen
    rest = [
        min(float(np.abs(window - crop.numpy()).max()) for image in images - mean for *_, window in windows(image, 4))
        for crop in trained
    ]
    return torch.equal(tested, images - mean) and torch.equal(training.mean, mean) and max(rest) == 0


@paper.property(
    "Sec. 4.2", "every epoch has each image once, in another order; what fills no batch is left out", draws=2
)
def epochs(rng):
    found = []
    for count, batch in ((7, 2), (6, 2), (3, 1)):
        images, model = grey(count), Flat().double()
        labels, seed = torch.zeros(count, dtype=torch.long), whole(rng, 0, 10**6)
        training = Training(model, images, labels, replace(FEW, batch=batch), seed=seed)
        steps = count // batch
        for _ in range(6 * steps):
            training.step()
        seen = rows_of(torch.cat(model.seen), images).view(6, steps * batch).tolist()
        found.append(all(len(set(some)) == steps * batch for some in seen) and len({tuple(some) for some in seen}) > 1)
    return all(found)


@paper.property("Sec. 4.2", "images are augmented in training, each time anew, and in testing they are not", draws=1)
def augmented_in_training(rng):
    images, model = generated_images(4, seed=0)[0], Flat()
    training = Training(model, images, torch.zeros(4, dtype=torch.long), replace(FEW, batch=4))
    for _ in range(3):
        training.step()
    training.error(images, torch.zeros(4, dtype=torch.long))
    centred = {image.numpy().tobytes() for image in images - training.mean}
    kinds = [{image.numpy().tobytes() for image in batch} for batch in model.seen]
    return all(kind != centred for kind in kinds[:3]) and kinds[0] != kinds[1] and kinds[3] == centred


class Elsewhere(nn.Module):
    """A model whose weights are on another device; what it gives keeps the devices of what it is compared with."""

    def __init__(self):
        super().__init__()
        self.weight, self.devices = nn.Parameter(torch.zeros(1, device="meta")), []

    def forward(self, x):
        self.devices.append(x.device.type)
        return self

    def argmax(self, dim):
        return self

    def __ne__(self, labels):
        self.devices.append(labels.device.type)
        return torch.zeros(1)

    __hash__ = nn.Module.__hash__


@paper.property("Sec. 4.2", "images and classes are brought to where the model is", draws=1)
def on_the_device(rng):
    images, labels = generated_images(4, seed=0)
    model = Elsewhere()
    training = Training(model, images, labels, replace(FEW, batch=4))
    training.error(images, labels)

    def compared(logits, labels):
        model.devices.append(labels.device.type)
        raise InterruptedError

    with patch("ectype_resnet.training.F.cross_entropy", compared), suppress(InterruptedError):
        training.step()
    return model.devices == ["meta"] * 4


@paper.property("Sec. 4.2", "0.01 warms up until the training error is below 80 %, and then the rate is 0.1", draws=1)
def warm_up(rng):
    class Wrong(nn.Module):
        """Wrong for as many images of a batch as it is told."""

        def __init__(self):
            super().__init__()
            self.weight, self.wrong = nn.Parameter(torch.ones(())), 10

        def forward(self, x):
            classes = (torch.arange(len(x)) < self.wrong).long()
            return self.weight * F.one_hot(classes, 10).float()

    settings = replace(presets.CIFAR_TRAINING_110, batch=10)
    model, images = Wrong(), torch.zeros(10, 3, 4, 4)
    training, rates = Training(model, images, torch.zeros(10, dtype=torch.long), settings), []
    for wrong in (10, 9, 8, 7, 9, 10):
        model.wrong = wrong
        step = training.step()
        rates.append((step.rate, step.error))
    expected = [(0.01, 1.0), (0.01, 0.9), (0.01, 0.8), (0.01, 0.7), (0.1, 0.9), (0.1, 1.0)]
    return [list(pair) for pair in rates], [list(pair) for pair in expected]


@paper.property("Sec. 4.2", "without a warm-up the first rate is 0.1 whatever the error", draws=1)
def no_warm_up(rng):
    training = Training(Flat(), *model_and_images(rng)[1:3], replace(presets.CIFAR_TRAINING, batch=16))
    return training.step().rate == 0.1 and not training.warming


@paper.property(
    "Sec. 4.2", "the error of a test counts each image once, in evaluation mode, whatever the batches", draws=2
)
def test_error(rng):
    model, images, labels, settings = model_and_images(rng, count=23)
    training = Training(at_random(rng, lambda: model).float(), images, labels, settings)
    model.eval()
    expected = float((model(images - images.mean(dim=0)).argmax(dim=1) != labels).double().mean())
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    errors = [training.error(images, labels, batch) for batch in (1, 5, 1000)]
    default = inspect.signature(training.error).parameters["batch"].default
    same = all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    refused = "received 0" in refusal(lambda: training.error(images[:0], labels[:0]))
    modes, trained = [], Training(Flat(), images, labels, settings)
    trained.model.register_forward_pre_hook(lambda module, _: modes.append((module.training, torch.is_grad_enabled())))
    trained.error(images, labels)
    trained.step()
    return errors == [expected] * 3 and same and refused and default == 1000 and modes == [(False, False), (True, True)]


@paper.property(
    "Sec. 4.2", "a training that is loaded goes on with order, momentum, step and warm-up of the saved one", draws=1
)
def states_come_back(rng):
    settings = replace(presets.CIFAR_TRAINING_110, batch=4)
    model, images, labels, _ = model_and_images(rng, count=10)
    training, other = (
        Training(net, images, labels, settings, seed=seed) for seed, net in enumerate((model, CifarNetwork(1, width=4)))
    )
    for _ in range(3):
        training.step()
    training.warming = False
    with TemporaryDirectory() as folder:
        path = Path(folder) / "state"
        training.save(path)
        other.load(path)
    steps = [(a.number, a.rate, a.error, a.loss.item()) for a in (training.step(), training.step())]
    again = [(a.number, a.rate, a.error, a.loss.item()) for a in (other.step(), other.step())]
    weights = zip(training.model.parameters(), other.model.parameters(), strict=True)
    return steps == again and steps[0][0] == 4 and all(torch.equal(a, b) for a, b in weights)


@paper.property("Sec. 4.2", "too few images, or another number of classes than images, are refused by value", draws=1)
def images_of_a_training_are_refused(rng):
    model, images, labels, settings = model_and_images(rng)
    fewer = "at least 16 images and as many classes; received 15 and 15" in refusal(
        lambda: Training(model, images[:15], labels[:15], settings)
    )
    return fewer and "received 16 and 15" in refusal(lambda: Training(model, images, labels[:15], settings))


@paper.property("Sec. 4.2", "a loss is detached, and a training begins with the seed 0", draws=1)
def plain_steps(rng):
    model, images, labels, settings = model_and_images(rng)
    states = []
    for seed in ({}, {"seed": 0}, {"seed": 1}):
        fresh = CifarNetwork(1, width=4)
        fresh.load_state_dict(model.state_dict())
        training = Training(fresh, images, labels, settings, **seed)
        step = training.step()
        states.append(step.loss.item())
        if step.loss.requires_grad:
            return False
    return states[0] == states[1] != states[2]


@paper.property(
    "Sec. 4.2",
    "the settings are the paper's: batch 128, momentum 0.9, decay 1e-4, 64k steps; 0.01 for 110 layers",
    draws=1,
)
def settings_of_the_paper(rng):
    ours = asdict(presets.CIFAR_TRAINING)
    expected = {"rate": 0.1, "drops": (32_000, 48_000), "steps": 64_000, "batch": 128, "momentum": 0.9}
    expected |= {"weight_decay": 1e-4, "warm_up_rate": None, "warm_up_error": 0.8}
    deep = asdict(presets.CIFAR_TRAINING_110) == expected | {"warm_up_rate": 0.01}
    return ours == expected and deep and presets.CIFAR == {20: 3, 32: 5, 44: 7, 56: 9, 110: 18, 1202: 200}


@paper.property("Sec. 4.2", "settings that no training can have are refused by value, all at once", draws=1)
def settings_of_a_training_are_refused(rng):
    wrong = {
        "rate must be positive; received 0.0": {"rate": 0.0},
        "warm_up_rate must be positive; received 0.0": {"warm_up_rate": 0.0},
        "received (5, 3)": {"drops": (5, 3)},
        "received (3, 3)": {"drops": (3, 3)},
        "received (0, 3)": {"drops": (0, 3)},
        "steps=-1, batch=128": {"steps": -1},
        "steps=64000, batch=0": {"batch": 0},
        "momentum must be in [0, 1); received 1.0": {"momentum": 1.0},
        "received -0.1": {"momentum": -0.1},
        "weight_decay must be at least 0; received -1.0": {"weight_decay": -1.0},
        "received 1.5": {"warm_up_error": 1.5},
        "received -0.5": {"warm_up_error": -0.5},
    }
    found = [text in refusal(lambda change=change: CifarTraining(**change)) for text, change in wrong.items()]
    several = refusal(lambda: CifarTraining(rate=-1.0, momentum=2.0)).count("; received") == 2
    least = [{"steps": 0, "batch": 1, "momentum": 0.0, "weight_decay": 0.0, "drops": (1, 2)}]
    least += [{"warm_up_error": 0.0}, {"warm_up_error": 1.0}, {"drops": ()}]
    return (
        all(found) and several and not any(refusal(lambda change=change: CifarTraining(**change)) for change in least)
    )
