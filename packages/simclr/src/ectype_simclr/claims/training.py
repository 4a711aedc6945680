"""Training: rates, LARS, Algorithm 1 and the linear evaluation (sections 2.2, 2.3 and B.1 to B.6)."""

import math
from dataclasses import replace
from unittest.mock import patch

import torch
import torch.nn.functional as F
from ectype.traits import GradientScaleInvariant, Overfits
from torch import nn

from ectype_simclr import presets
from ectype_simclr.claims import oracles
from ectype_simclr.claims.shared import at_random, integer, module, normal, paper, refusal, seeded, uniform
from ectype_simclr.lars import Lars, lars_groups
from ectype_simclr.learning_rate import learning_rate, linear_scaling, square_root_scaling
from ectype_simclr.linear_evaluation import LinearEvaluation, represent
from ectype_simclr.nt_xent_loss import nt_xent_loss
from ectype_simclr.pictures import pictures
from ectype_simclr.presets import ClassifierSettings, PretrainingSettings
from ectype_simclr.pretraining import Pretraining
from ectype_simclr.projection_head import ProjectionHead
from ectype_simclr.residual_encoder import ResidualEncoder

# The learning rate (sections 2.3 and B.1)


@paper.component(
    "schedule",
    of=learning_rate,
    settings=[{"steps": 30, "warmup": 10, "peak": 4.8}, {"steps": 9, "warmup": 0, "peak": 1.6}],
)
def a_step(rng, steps):
    return integer(rng, 0, steps + 3)


a_step.limit("the first step")(lambda rng: 0)
a_step.limit("the end of the warm-up")(lambda rng, warmup: warmup)
a_step.limit("the last step")(lambda rng, steps: steps)
a_step.limit("long after")(lambda rng, steps: 10 * steps)

paper.equation("Sec. 2.3", of=learning_rate)(oracles.rate)

paper.component("schedule", of=linear_scaling)(lambda rng: integer(rng, 1, 8192))
paper.component("schedule", of=square_root_scaling)(lambda rng: integer(rng, 1, 8192))
paper.equation("Sec. 2.3", of=linear_scaling)(oracles.linear_scaling)
paper.equation("App. B.1", of=square_root_scaling)(oracles.square_root_scaling)


@paper.property("Sec. 2.3", "the rate rises linearly from 0, is highest after the warm-up, and ends at 0", draws=5)
def course_of_the_rate(rng):
    warmup = integer(rng, 1, 20)
    steps = warmup + 2 * integer(rng, 1, 20)
    rates = [learning_rate(step, steps, warmup, 4.8) for step in range(steps + 1)]
    middle = (steps + warmup) // 2
    found = [rates[0], rates[1], rates[warmup], rates[middle], 1 + rates[steps], max(rates)]
    return found, [0.0, 4.8 / warmup, 4.8, 2.4, 1.0, 4.8]


@paper.property("App. B.1", "both scalings give the same rate at a batch of 4096, and at no other", draws=5)
def scalings_meet(rng):
    other = integer(rng, 1, 4000)
    return [square_root_scaling(4096), float(square_root_scaling(other) > linear_scaling(other))], [
        linear_scaling(4096),
        1.0,
    ]


@paper.property("Sec. 2.3", "settings that cannot be meant are refused by value, all reasons at once", draws=1)
def settings_are_refused(rng):
    texts = {
        "received step=-1, warmup=2, steps=3, peak=1.0": lambda: learning_rate(-1, 3, 2, 1.0),
        "received step=0, warmup=3, steps=3, peak=1.0": lambda: learning_rate(0, 3, 3, 1.0),
        "received step=0, warmup=-1, steps=3, peak=1.0": lambda: learning_rate(0, 3, -1, 1.0),
        "received step=0, warmup=0, steps=3, peak=-2.0": lambda: learning_rate(0, 3, 0, -2.0),
        "received 0 and 0.3": lambda: linear_scaling(0),
        "received 1 and 0.0": lambda: square_root_scaling(1, 0.0),
        "lr=-1.0,": lambda: Lars([torch.zeros(1)], -1.0),
        "momentum=1.0,": lambda: Lars([torch.zeros(1)], 1.0, momentum=1.0),
        "momentum=-0.1,": lambda: Lars([torch.zeros(1)], 1.0, momentum=-0.1),
        "weight_decay=-0.2,": lambda: Lars([torch.zeros(1)], 1.0, weight_decay=-0.2),
        "trust=0.0": lambda: Lars([torch.zeros(1)], 1.0, trust=0.0),
        "batch_size must be at least 1; received 0": lambda: PretrainingSettings(batch_size=0),
        "epochs must be at least 1; received 0; warmup_epochs must be at least 0 and below epochs; received 10": (
            lambda: PretrainingSettings(epochs=0)
        ),
        "below epochs; received 100": lambda: PretrainingSettings(warmup_epochs=100),
        "below epochs; received -1": lambda: PretrainingSettings(warmup_epochs=-1),
        "base_rate must be positive; received 0.0": lambda: PretrainingSettings(base_rate=0.0),
        "weight_decay must be at least 0; received -1.0": lambda: PretrainingSettings(weight_decay=-1.0),
        "batch_size must be at least 1; received -1; epochs must be at least 1; received 0": (
            lambda: ClassifierSettings(batch_size=-1, epochs=0)
        ),
        "base_rate must be positive; received -0.1": lambda: ClassifierSettings(base_rate=-0.1),
        "momentum must be in (0, 1); received 1.0": lambda: ClassifierSettings(momentum=1.0),
        "momentum must be in (0, 1); received 0.0": lambda: ClassifierSettings(momentum=0.0),
        "images must be at least batch_size=4096; received 4095": lambda: presets.IMAGENET.steps(4095),
        "count and size must be at least 1; received 0 and 8": lambda: pictures(0, 8, seed=0),
        "received 8 and 0": lambda: pictures(8, 0, seed=0),
    }
    allowed = (
        lambda: learning_rate(0, 1, 0, 0.0),
        lambda: linear_scaling(1),
        lambda: Lars([torch.zeros(1)], 0.0, momentum=0.0),
        lambda: PretrainingSettings(batch_size=1, epochs=1, warmup_epochs=0, weight_decay=0.0),
        lambda: ClassifierSettings(batch_size=1, epochs=1),
        lambda: presets.IMAGENET.steps(4096),
        lambda: pictures(1, 1, seed=0),
    )
    return all(text in refusal(make) for text, make in texts.items()) and not any(map(refusal, allowed))


# LARS (section 2.2)


@paper.component(
    "optimizer",
    of=Lars,
    settings=[{"lr": 2.0}],
    traits=[GradientScaleInvariant()],
)
def starts(rng):
    return normal(rng, 3, 2), normal(rng, 4)


@paper.property("Sec. 2.2", "steps on one layer are those of You et al.: rate, momentum, decay and trust", draws=10)
def steps_of_lars(rng):
    weights, rates = normal(rng, 5), uniform(rng, 4).tolist()
    gradients = normal(rng, 4, 5)
    parameter = nn.Parameter(weights.clone())
    optimizer = Lars([parameter], lr=0.0, momentum=0.7, weight_decay=0.3, trust=0.02)
    for gradient, rate in zip(gradients, rates, strict=True):
        parameter.grad = gradient.clone()
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
    expected = oracles.lars(weights.tolist(), gradients.tolist(), rates, 0.7, 0.3, 0.02)
    return parameter.detach(), torch.tensor(expected, dtype=torch.float64)


@paper.property("Sec. 2.2", "momentum is 0.9 and trust 0.001, without decay, unless they are given", draws=3)
def defaults_of_lars(rng):
    weights, gradients = normal(rng, 5), normal(rng, 3, 5)
    parameter = nn.Parameter(weights.clone())
    optimizer = Lars([parameter], lr=0.5)
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimizer.step()
    moved = oracles.lars(weights.tolist(), gradients.tolist(), [0.5] * 3, 0.9, 0.0, 0.001)
    return parameter.detach() - weights, torch.tensor(moved, dtype=torch.float64) - weights


@paper.property("Sec. 2.2", "in rotated coordinates of a layer the steps are the rotated ones", draws=5)
def rotated_steps(rng):
    rotation, _ = torch.linalg.qr(normal(rng, 5, 5))
    weights, gradients, found = normal(rng, 5), normal(rng, 3, 5), []
    for turn in (torch.eye(5).double(), rotation):
        parameter = nn.Parameter(weights @ turn)
        optimizer = Lars([parameter], lr=5.0, weight_decay=0.1)
        for gradient in gradients:
            parameter.grad = gradient @ turn
            optimizer.step()
        found.append(parameter.detach())
    return found[0] @ rotation, found[1]


@paper.property("Sec. 2.2", "where the weights or the gradient are zero, the ratio is 1", draws=3)
def zero_norms(rng):
    gradient, weights = normal(rng, 5), normal(rng, 5)
    found = []
    for start, slope in ((torch.zeros(5).double(), gradient), (weights, torch.zeros(5).double())):
        parameter = nn.Parameter(start.clone())
        parameter.grad = slope.clone()
        Lars([parameter], lr=0.5).step()
        found.append(parameter.detach())
    return found, [-0.5 * gradient, weights]


@paper.property("Sec. 2.2", "without trust, at a constant rate, it is torch's SGD with momentum and decay", draws=5)
def without_trust(rng):
    weights, gradients, found = normal(rng, 5), normal(rng, 4, 5), []
    for make in (
        lambda p: Lars([p], lr=0.2, momentum=0.8, weight_decay=0.1, trust=None),
        lambda p: torch.optim.SGD([p], lr=0.2, momentum=0.8, weight_decay=0.1),
    ):
        parameter = nn.Parameter(weights.clone())
        optimizer = make(parameter)
        for gradient in gradients:
            parameter.grad = gradient.clone()
            optimizer.step()
        found.append(parameter.detach())
    return found[0], found[1]


@paper.property("Sec. 2.2", "kernels and matrices decay and are trusted; biases and normalisations are not", draws=1)
def groups_of_lars(rng):
    model = nn.Sequential(ResidualEncoder(2, (1, 1)), nn.Linear(8, 3))
    layers, others = lars_groups(model)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    norms = [
        f"{name}.{kind}"
        for name, m in model.named_modules()
        if isinstance(m, nn.BatchNorm2d)
        for kind in ("weight", "bias")
    ]
    left_out = sorted(names[id(p)] for p in others.pop("params"))
    rest = sorted(names[id(p)] for p in layers.pop("params"))
    return (
        left_out == sorted([*norms, "1.bias"])
        and rest == sorted(set(names.values()) - set(left_out))
        and layers == {}
        and others == {"weight_decay": 0.0, "trust": None}
    )


# Pretraining (Algorithm 1)

FEW = PretrainingSettings(batch_size=4, epochs=400, warmup_epochs=4, base_rate=40.0, size=8, strength=0.25, blur=0.0)


def encoder(rng):
    return at_random(rng, lambda: ResidualEncoder(4, (1,), "small")).float()


@paper.component("procedure", of=Pretraining, settings=[{"settings": FEW}], traits=[Overfits(steps=300)])
def networks_and_images(rng, rows=4):
    f = encoder(rng)
    return f, seeded(rng, lambda: ProjectionHead(f.features, latent=16)), pictures(rows, 8, seed=1).images


BRISK = PretrainingSettings(
    batch_size=3,
    epochs=4,
    warmup_epochs=2,
    base_rate=90.0,
    weight_decay=0.3,
    temperature=0.4,
    size=6,
    strength=0.7,
    blur=0.6,
)


@paper.property("Alg. 1", "a step is LARS on the loss between two augmentations of its images", draws=3)
def steps_of_pretraining(rng):
    f, head, images = networks_and_images.draw(rng)
    images = pictures(7, 9, seed=2).images
    training = Pretraining(f, head, images, BRISK, seed=5)
    other = seeded(rng, lambda: nn.Sequential(ResidualEncoder(4, (1,), "small"), ProjectionHead(f.features, latent=16)))
    other.load_state_dict(training.model.state_dict())
    excluded = [p for p in other.parameters() if p.ndim == 1]
    layers = [p for p in other.parameters() if p.ndim > 1]
    lars = Lars([{"params": layers}, {"params": excluded, "weight_decay": 0, "trust": None}], 1.0, weight_decay=0.3)
    seen, losses = [], []

    def watched(image, size, strength, blur, *, generator):
        seen.append((size, strength, blur))
        return image[:, :6, :6] * torch.rand(1, generator=generator)

    twin = torch.Generator().manual_seed(5)
    expected = []
    with patch.object(module("pretraining"), "augment", watched):
        for step in range(6):
            losses.append(training.step())
            if step % 2 == 0:
                order = torch.randperm(7, generator=twin)
            batch = images[order[3 * (step % 2) : 3 * (step % 2) + 3]]
            views = [torch.stack([x[:, :6, :6] * torch.rand(1, generator=twin) for x in batch]) for _ in range(2)]
            first, second = other(torch.cat(views)).split(3)
            loss = nt_xent_loss(first, second, 0.4)
            lars.zero_grad()
            loss.backward()
            for group in lars.param_groups:
                group["lr"] = oracles.rate(step, 8, 4, 90.0 * 3 / 256)
            lars.step()
            expected.append(loss.detach())
    weights = [[*training.model.state_dict().values()], [*other.state_dict().values()]]
    called = [
        float(set(seen) == {(6, 0.7, 0.6)}),
        float(len(seen)),
        float(losses[0].requires_grad),
        float(training.done),
    ]
    return [weights[0], losses, called], [weights[1], expected, [1.0, 36.0, 0.0, 6.0]]


@paper.property("Alg. 1", "in an epoch each image comes once, in another order in the next", draws=3)
def epochs(rng):
    f, head, images = networks_and_images.draw(rng, rows=12)
    training = Pretraining(f, head, images, replace(FEW, batch_size=3), seed=integer(rng, 0, 1000))
    batches = [training.batch() for _ in range(8)]
    first, second = (torch.cat(batches[start : start + 4]).flatten(1) for start in (0, 4))
    every = images.flatten(1)
    once = [sorted(x.tolist()) == sorted(every.tolist()) for x in (first, second)]
    return all(once) and not torch.equal(first, second)


@paper.property(
    "Alg. 1", "encoder and head are those that were given, in this order, and learn in training mode", draws=1
)
def model_of_pretraining(rng):
    f, head, images = networks_and_images.draw(rng)
    training = Pretraining(f, head, images, FEW)
    before = f.stem[1].running_mean.clone()
    training.step()
    return training.model[0] is f and training.model[1] is head and not torch.equal(before, f.stem[1].running_mean)


# Linear evaluation (appendix B.6)

LEARN = ClassifierSettings(batch_size=8, epochs=400, base_rate=8.0, size=8)


@paper.component("procedure", of=LinearEvaluation, settings=[{"settings": LEARN}], traits=[Overfits(steps=300)])
def frozen_encoder_and_labels(rng, rows=8):
    known = pictures(rows, 8, seed=3)
    return nn.Flatten(), known.images, known.labels


class Flat(nn.Module):
    """An encoder that gives the pixels, and remembers in which mode and of what it was asked."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def forward(self, images):
        self.asked.append((self.training, torch.is_grad_enabled(), list(images.shape)))
        return images.flatten(1)


@paper.property("App. B.6", "a step is Nesterov's on the cross entropy of the classifier, without decay", draws=3)
def steps_of_the_evaluation(rng):
    images, labels = uniform(rng, 6, 3, 4, 4), torch.tensor([0, 1, 2, 0, 1, 2])
    settings = ClassifierSettings(batch_size=4, epochs=5, base_rate=20.0, momentum=0.8, size=3)
    flat = Flat()
    evaluation = LinearEvaluation(flat, images, labels, settings, seed=4)
    weight, bias = (p.detach().clone() for p in evaluation.model.parameters())
    velocity = [torch.zeros_like(weight), torch.zeros_like(bias)]
    losses, expected = [], []
    twin = torch.Generator().manual_seed(4)
    start = torch.empty(3, 48).double().normal_(std=0.01, generator=twin)
    began = [[weight.clone(), bias.clone()], [start, torch.zeros(3).double()]]
    with patch.object(module("linear_evaluation"), "crop_and_flip", lambda x, size, generator: x + size):
        for step in range(4):
            losses.append(evaluation.step())
            rows = torch.randperm(6, generator=twin)[:4]
            x = (images[rows] + 3).flatten(1)
            p = (x @ weight.T + bias).softmax(-1)
            target = F.one_hot(labels[rows], 3)
            expected.append(-(p.log() * target).sum(-1).mean())
            slopes = [(p - target).T @ x / 4, (p - target).mean(0)]
            rate = oracles.rate(step, 5, 0, 20.0 * 4 / 256)
            for k, values in enumerate((weight, bias)):
                velocity[k] = 0.8 * velocity[k] + slopes[k]
                values -= rate * (slopes[k] + 0.8 * velocity[k])
    modes = {asked[:2] for asked in flat.asked}
    facts = [
        float(modes == {(False, False)}),
        float(flat.training),
        float(evaluation.done),
        float(losses[0].requires_grad),
    ]
    return [list(evaluation.model.parameters()), losses, facts, began[0]], [
        [weight, bias],
        expected,
        [1.0, 1.0, 4.0, 0.0],
        began[1],
    ]


@paper.property("Sec. 2.3", "the encoder is frozen: neither weights nor statistics change, nor does its mode", draws=2)
def encoder_is_frozen(rng):
    f, (_, images, labels) = encoder(rng), frozen_encoder_and_labels.draw(rng)
    before = [value.clone() for value in f.state_dict().values()]
    evaluation = LinearEvaluation(f, images, labels, LEARN)
    for _ in range(3):
        evaluation.step()
    modes = [float(f.training)]
    f.eval()
    evaluation.step()
    return [[*f.state_dict().values()], [*modes, float(f.training)]], [before, [1.0, 0.0]]


@paper.property("Sec. 2.3", "accuracy is the share of other images that are classified right, in per cent", draws=3)
def accuracy_of_the_evaluation(rng):
    images, labels = uniform(rng, 12, 3, 4, 4), torch.arange(12) % 3
    evaluation = LinearEvaluation(Flat(), images, labels, ClassifierSettings(batch_size=4, size=4))
    found = evaluation.model(images.flatten(1)).argmax(-1)
    others = torch.where(torch.arange(12) < 9, found, (found + 1) % 3)
    return evaluation.accuracy(images, others), 75.0


@paper.property("App. B.6", "a classifier begins small, with no bias, for as many classes as there are", draws=3)
def start_of_the_evaluation(rng):
    images, labels = uniform(rng, 4, 3, 20, 20), torch.tensor([0, 4, 2, 1])
    model = LinearEvaluation(Flat(), images, labels, ClassifierSettings(batch_size=4), seed=integer(rng, 0, 99)).model
    spread = model.weight.std().item()
    return [float(len(model.weight)), *model.bias.tolist(), float(abs(spread / 0.01 - 1) < 0.06)], [
        5.0,
        *[0.0] * 5,
        1.0,
    ]


@paper.property("Sec. 2.3", "images and labels that do not fit are refused by number", draws=1)
def evaluations_are_refused(rng):
    images, labels = uniform(rng, 4, 3, 8, 8), torch.arange(4)
    few = refusal(lambda: LinearEvaluation(Flat(), images, labels, ClassifierSettings(batch_size=5)))
    other = refusal(lambda: LinearEvaluation(Flat(), images, labels[:3], ClassifierSettings(batch_size=2)))
    least = refusal(lambda: LinearEvaluation(Flat(), images, labels, ClassifierSettings(batch_size=4)))
    return "at least batch_size=5; received 4 and 4" in few and "received 3 and 4" in other and not least


@paper.property("Sec. 2.3", "representations are those of the encoder in evaluation mode, without a gradient", draws=2)
def representations_are_frozen(rng):
    f, images = encoder(rng), pictures(3, 8, seed=5).images
    h = represent(f, images)
    return [h, float(h.requires_grad)], [f.eval()(images).detach(), 0.0]


# Generated pictures


@paper.component("data", of=pictures)
def count_and_size(rng):
    return 8, 12


@paper.property("Sec. 2.3", "generated pictures have intensities from 0 to 1, and classes that take turns", draws=3)
def classes_take_turns(rng):
    images, labels = pictures(10, 16, seed=integer(rng, 0, 1000))
    rows, columns = images[labels == 0], images[labels == 1]
    facts = [images.min() >= 0, images.max() <= 1, list(images.shape) == [10, 3, 16, 16]]
    constant = [rows.diff(dim=-1).abs().max() < 1e-6, columns.diff(dim=-2).abs().max() < 1e-6]
    return all([*facts, *constant, labels.tolist() == [0, 1, 2, 3] * 2 + [0, 1]])


@paper.property("Sec. 2.3", "each pixel is between two colours, as far as the wave of its class", draws=3)
def pixels_of_pictures(rng):
    seed, size = integer(rng, 0, 1000), 6
    twin = torch.Generator().manual_seed(seed)
    lengths = [max(2.0, size * (0.2 + 0.3 * x)) for x in torch.rand(5, generator=twin).tolist()]
    downs, acrosses = (2 * math.pi * torch.rand(2, 5, generator=twin)).tolist()
    colours = torch.rand(2, 5, 3, generator=twin).tolist()
    expected = torch.empty(5, 3, size, size)
    for n, (length, down, across) in enumerate(zip(lengths, downs, acrosses, strict=True)):
        for i in range(size):
            for j in range(size):
                along = [math.sin(2 * math.pi * x / length + phase) for x, phase in ((i, down), (j, across))]
                far = math.sqrt((i - 2.5) ** 2 + (j - 2.5) ** 2)
                waves = (*along, along[0] * along[1], math.sin(2 * math.pi * far / length + down))
                for channel in range(3):
                    dark, bright = colours[0][n][channel], colours[1][n][channel]
                    expected[n, channel, i, j] = dark + (1 + waves[n % 4]) / 2 * (bright - dark)
    return (pictures(5, size, seed=seed).images - expected).abs() < 1e-5


# What the paper states


@paper.claim(
    "Sec. 2.3",
    "the default setting",
    printed={"learning rate": "4.8", "batch size": "4096", "epochs": "100", "warm-up epochs": "10", "decay": "1e-6"},
)
def default_setting(row):
    return {
        "learning rate": presets.IMAGENET.peak_rate,
        "batch size": presets.IMAGENET.batch_size,
        "epochs": presets.IMAGENET.epochs,
        "warm-up epochs": presets.IMAGENET.warmup_epochs,
        "decay": presets.IMAGENET.weight_decay,
    }[row]


@paper.claim("App. B.1", "learning rate of square root scaling at a batch of 4096", printed="4.8")
def square_root_rate():
    return square_root_scaling(4096)


@paper.claim(
    "App. B.5",
    "fine-tuning",
    printed={"learning rate": "0.8", "momentum": "0.9", "epochs, 1 % of the labels": "60", "epochs, 10 %": "30"},
)
def fine_tuning(row):
    return {
        "learning rate": presets.FINE_TUNING_1_PERCENT.peak_rate,
        "momentum": presets.FINE_TUNING_1_PERCENT.momentum,
        "epochs, 1 % of the labels": presets.FINE_TUNING_1_PERCENT.epochs,
        "epochs, 10 %": presets.FINE_TUNING_10_PERCENT.epochs,
    }[row]


@paper.claim("App. B.6", "linear evaluation", printed={"learning rate": "1.6", "epochs": "90"})
def linear_evaluation(row):
    return {"learning rate": presets.LINEAR_EVALUATION.peak_rate, "epochs": presets.LINEAR_EVALUATION.epochs}[row]


@paper.claim("App. B.9", "CIFAR-10", printed={"batch size": "1024", "strength": "0.5", "height and width": "32"})
def cifar10(row):
    return {
        "batch size": presets.CIFAR10.batch_size,
        "strength": presets.CIFAR10.strength,
        "height and width": presets.CIFAR10.size,
    }[row]


@paper.property(
    "App. B.9", "of the rates and temperatures that were tried on CIFAR-10 the middle ones, and no blur", draws=1
)
def middle_ones(rng):
    settings = presets.CIFAR10
    return [settings.peak_rate, settings.temperature, settings.blur], [1.0, 0.5, 0.0]


@paper.property("Sec. 2.3", "views of ImageNet, and what else is on by default", draws=1)
def views_of_imagenet(rng):
    settings = presets.IMAGENET
    found = [settings.size, settings.strength, settings.blur, settings.temperature, presets.LINEAR_EVALUATION.size]
    return found, [224, 1.0, 0.5, 0.1, 224]


@paper.property("Sec. 2.3", "epochs are counted in whole batches", draws=5)
def whole_batches(rng):
    settings = PretrainingSettings(batch_size=7, epochs=5, warmup_epochs=2)
    batches = integer(rng, 1, 9)
    found = [settings.steps(7 * batches), settings.steps(7 * batches + 6)]
    return found, [(5 * batches, 2 * batches)] * 2


@paper.claim("Sec. 6", "images a class of a share of the labels", printed={"1 %": "12.8", "10 %": "128"})
def images_a_class(row):
    return {"1 %": 0.01, "10 %": 0.1}[row] * presets.IMAGENET_TRAINING_IMAGES / 1000


@paper.claim("Sec. 2.2", "negative examples per positive pair at a batch size of 8192", printed="16382")
def negatives():
    """Where all similarities are equal the loss counts the candidates; on a line through two small batches."""
    two, three = (math.expm1(float(nt_xent_loss(*[torch.ones(pairs, 1, dtype=torch.float64)] * 2))) for pairs in (2, 3))
    return round(two + (8192 - 2) * (three - two), 6)


@negatives.derivation
def both_augmentation_views():
    """Two views of each of the other 8191 images."""
    return len([0] * 2 * (8192 - 1))
