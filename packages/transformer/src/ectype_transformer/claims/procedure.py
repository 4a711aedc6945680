"""The training procedure as a whole (sections 5.1 to 5.4) and checkpoints (section 6.1)."""

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from ectype.experiments.tensors import read_tensors, write_tensors
from ectype.traits import Overfits
from torch.nn import functional as F

from ectype_transformer.checkpoints import average_checkpoints, average_weights, read_model, write_model
from ectype_transformer.claims import oracles
from ectype_transformer.claims.batches import some_pairs
from ectype_transformer.claims.shared import TINY, fresh, normal, paper, refusal
from ectype_transformer.presets import TrainingSettings
from ectype_transformer.schedule import warmup_schedule
from ectype_transformer.token_pairs import PADDING
from ectype_transformer.training import Training, initial_model
from ectype_transformer.transformer import Transformer

FEW = TrainingSettings(warmup=20, smoothing=0.0, source_tokens=60, target_tokens=60)
BRISK = TrainingSettings(warmup=3, source_tokens=40, target_tokens=40)


class Alone:
    """One of several processes, in place of Hugging Face accelerate; writes down when gradients would be exchanged."""

    def __init__(self, process=0, processes=1, device="cpu", scaler=None):
        self.process_index, self.num_processes = process, processes
        self.device, self.scaler = torch.device(device), scaler
        self.exchanges, self.holding = [], False

    def prepare(self, model, optimizer):
        return model, optimizer

    @contextmanager
    def no_sync(self, model):
        self.holding = True
        yield
        self.holding = False

    def backward(self, loss):
        self.exchanges.append(not self.holding)
        loss.backward()


class Kept:
    """In place of an optimizer: keeps the gradients of a step."""

    def __init__(self, model):
        self.model = model

    def step(self):
        self.gradients = [parameter.grad.clone() for parameter in self.model.parameters()]

    def zero_grad(self):
        self.model.zero_grad()


def tiny(rng, **changes):
    return fresh(rng, lambda: Transformer(replace(TINY, **changes)))


def smoothed(model, batch):
    """The loss of section 5.4 as torch has it."""
    logits = model(batch.source, batch.previous).flatten(0, 1)
    return F.cross_entropy(logits, batch.target.flatten(), label_smoothing=0.1, ignore_index=PADDING)


@paper.component("procedure", of=Training, traits=[Overfits(steps=200)])
def model_settings_and_pairs(rng):
    return tiny(rng, d_model=16).float(), FEW, some_pairs(rng, 8), Alone()


# Steps


@paper.property(
    "Sec. 5.3", "a step of training is Adam's, at the rate of Eq. 3, on the smoothed loss of its batch", draws=2
)
def steps_are_adams(rng):
    pairs, model, other = some_pairs(rng, 12), tiny(rng, dropout=0.0), Transformer(replace(TINY, dropout=0.0)).double()
    other.load_state_dict(model.state_dict())
    training = Training(model, BRISK, pairs, Alone())
    adam = torch.optim.Adam(other.parameters(), betas=(0.9, 0.98), eps=1e-9)
    done, expected, plain = [], [], []
    for number in range(1, 6):
        rate = adam.param_groups[0]["lr"] = oracles.learning_rate(number, 8, 3)
        rows = training.order.batch(number)
        adam.zero_grad()
        loss = smoothed(other, pairs.batch(rows))
        loss.backward()
        adam.step()
        counts = [sum(len(side[row]) for row in rows.tolist()) for side in (pairs.source, pairs.target)]
        step = training.step()
        done.append([step.number, step.rate, step.source_tokens, step.target_tokens, step.loss.item()])
        expected.append([number, rate, *counts, loss.item()])
        plain.append({type(value) for value in step} == {int, float, torch.Tensor} and not step.loss.requires_grad)
    return [done, [*model.state_dict().values()], plain], [expected, [*other.state_dict().values()], [True] * 5]


@paper.property(
    "Sec. 5.1",
    "however many processes and parts it is computed in, a step has the gradient of its whole batch",
    draws=2,
)
def steps_in_shares(rng):
    pairs, model = some_pairs(rng, 30), tiny(rng, dropout=0.0)
    losses, gradients, whole = [], [], []
    for processes, parts in ((1, 2), (3, 2)):
        of = [Training(model, BRISK, pairs, Alone(process, processes), parts=parts) for process in range(processes)]
        for training in of:
            training._optimizer = Kept(model)
        losses.append(sum(training.step().loss for training in of))
        shares = zip(*(training._optimizer.gradients for training in of), strict=True)
        gradients.append([sum(share) / processes for share in shares])
        whole.append(all(training.accelerator.exchanges == [False] * (parts - 1) + [True] for training in of))
    loss = smoothed(model, pairs.batch(of[0].order.batch(1)))
    expected = torch.autograd.grad(loss, [*model.parameters()])
    return [losses, gradients, whole], [[loss.detach()] * 2, [list(expected)] * 2, [True] * 2]


@paper.property("Sec. 5.1", "one part is the whole, and fewer are refused by value", draws=1)
def parts_of_a_step(rng):
    model, pairs = tiny(rng), some_pairs(rng, 8)
    Training(model, FEW, pairs, alone := Alone()).step()
    refused = "parts must be at least 1; received 0" in refusal(lambda: Training(model, FEW, pairs, Alone(), parts=0))
    return alone.exchanges == [True] and refused


@paper.property("Sec. 5.1", "batches keep both limits, and their order is that of the training's seed", draws=3)
def limits_of_a_training(rng):
    pairs, model = some_pairs(rng, 40), tiny(rng)
    limits = [{"source_tokens": 30, "target_tokens": 60}, {"source_tokens": 60, "target_tokens": 30}]
    orders = [
        Training(model, replace(FEW, **limit), pairs, Alone(), seed=seed).order for limit in limits for seed in (0, 1)
    ]
    epochs = [[order.batch(1 + i).tolist() for i in range(len(order))] for order in orders]
    fits = [len(rows) * max(pairs.lengths[rows]) <= 30 for epoch in epochs for rows in epoch]
    return all(fits) and epochs[0] == epochs[2] != epochs[1] == epochs[3]


@paper.property(
    "Sec. 5.4", "weights, and the dropout of each step and process, are drawn from streams of their own", draws=1
)
def streams_of_their_own(rng):
    def drawn_from(seed):
        """The seeds of torch's generator: of the weights, and of each step of each process."""
        model = initial_model(TINY, seed)
        yield torch.initial_seed()
        for process in (0, 1):
            training = Training(model, FEW, pairs, Alone(process, 2), seed=seed)
            for _ in range(2):
                training.step()
                yield torch.initial_seed()

    pairs = some_pairs(rng, 8)
    first, again, other = ([*drawn_from(seed)] for seed in (5, 5, 6))
    weights = [initial_model(TINY, seed).embedding.weight for seed in (5, 5, 6)]
    same = first == again and weights[0].equal(weights[1]) and not weights[0].equal(weights[2])
    return same and len({5, 6, *first, *other}) == 2 + 2 * 5


@paper.property("Sec. 5.4", "dropout is on in every step, whatever the mode between steps", draws=1)
def dropout_in_every_step(rng):
    training = Training(tiny(rng).eval(), FEW, some_pairs(rng, 8), Alone())
    modes = []
    training.model.register_forward_pre_hook(lambda model, _: modes.append(model.training))
    for _ in range(2):
        training.step()
        training.model.eval()
    return modes == [True, True]


@paper.property("Sec. 5.2", "model and batches are on the device of the run", draws=1)
def on_the_device(rng):
    training, devices = Training(tiny(rng), FEW, some_pairs(rng, 8), Alone(device="meta")), set()
    training.model.register_forward_pre_hook(lambda _, inputs: devices.update(tokens.device.type for tokens in inputs))
    devices.add(training.step().loss.device.type)
    return devices | {parameter.device.type for parameter in training.model.parameters()} == {"meta"}


class Scaler:
    """In place of the scaler of gradients in half precision: something with a state."""

    def __init__(self, scale):
        self.scale = scale

    def state_dict(self):
        return {"scale": self.scale}

    def load_state_dict(self, state):
        self.scale = state["scale"]


@paper.property(
    "Sec. 5.2", "a training that is loaded goes on with step, seed, moments and scale of the saved one", draws=1
)
def states_come_back(rng):
    pairs = some_pairs(rng, 30)
    before, after = (Training(tiny(rng), BRISK, pairs, Alone(scaler=Scaler(s)), seed=s) for s in (1, 2))
    found = []
    with TemporaryDirectory() as folder:
        for steps in (0, 2):
            for _ in range(steps):
                before.step()
            one, two = (Path(folder) / f"{name}.safetensors" for name in "ab")
            before.save(one)
            after.step()
            after.load(one)
            after.save(two)
            found.append(one.read_bytes() == two.read_bytes() and (after.done, after.seed) == (steps, 1))
            found.append(after.order.batch(1).equal(before.order.batch(1)) and after.accelerator.scaler.scale == 1)
            after.accelerator.scaler.scale, after.seed = 2, 2
    return all(found)


@paper.property(
    "Sec. 5.2", "Hugging Face accelerate with one process trains to the same bits", draws=1, needs="accelerate"
)
def accelerate_alone(rng):
    from accelerate import Accelerator

    model, pairs = tiny(rng).float(), some_pairs(rng, 30)
    found = []
    for accelerator in (Alone(), Accelerator(cpu=True)):
        other = Transformer(model.settings)
        other.load_state_dict(model.state_dict())
        training = Training(other, BRISK, pairs, accelerator, parts=2)
        losses = [training.step().loss.item() for _ in range(3)]
        found.append([losses, [parameter.tolist() for parameter in other.parameters()]])
    return found[0] == found[1]


@paper.property("Sec. 5.3", "an optimizer of which one group has a rate of its own is refused", draws=1)
def rates_of_groups_are_refused(rng):
    groups = [{"params": [torch.zeros(1)]}, {"params": [torch.zeros(1)], "lr": 0.1}]
    return "received lr=[1.0, 0.1]" in refusal(lambda: warmup_schedule(torch.optim.SGD(groups, lr=1.0), 512))


# Checkpoints


@paper.property("Sec. 6.1", "a model that was written comes back with its settings, ready to translate", draws=1)
def models_come_back(rng):
    model = tiny(rng, dropout=0.3).float().train()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        write_model(path, model, 7)
        loaded, facts = read_model(path), read_tensors(path)[1]
    same = [*loaded.state_dict()] == [*model.state_dict()] and loaded.settings == model.settings
    weights = all(a.equal(b) for a, b in zip(loaded.parameters(), model.parameters(), strict=True))
    return same and weights and facts["step"] == 7 and not any(module.training for module in loaded.modules())


@paper.component("layer", of=average_weights)
def weights_of_a_training(rng, width=3):
    return [{"matrix": normal(rng, width, 2), "bias": normal(rng, width)} for _ in range(3)]


weights_of_a_training.limit("one checkpoint")(lambda rng: [{"bias": normal(rng, 2)}])
weights_of_a_training.limit("two checkpoints")(lambda rng: [{"bias": normal(rng, 2)} for _ in range(2)])


@paper.equation("Sec. 6.1", of=average_weights)
def mean_of_weights(checkpoints):
    return {name: sum(weights[name] for weights in checkpoints) / len(checkpoints) for name in checkpoints[0]}


@paper.property("Sec. 6.1", "the average of checkpoints in files is the mean of their weights", draws=1)
def average_of_checkpoints(rng):
    weights = [normal(rng, 2, 3) for _ in range(3)]
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{i}.safetensors" for i in range(3)]
        for path, weight in zip(paths, weights, strict=True):
            write_tensors(path, {"weight": weight})
        return average_checkpoints(paths)["weight"], sum(weights) / 3


@paper.property("Sec. 6.1", "weights are averaged in double precision and are then of the type that they were", draws=1)
def precision_of_the_average(rng):
    # In single precision 1 + 2^-24 is 1.
    average = average_weights([{"weight": torch.tensor([value])} for value in (1.0, 2.0**-24, 2.0**-24)])["weight"]
    return average.equal(torch.tensor([(1 + 2.0**-23) / 3])) and average.dtype == torch.float32


@paper.property("Sec. 6.1", "no checkpoints, and those of different models, are refused by name", draws=1)
def averages_are_refused(rng):
    one = {name: torch.zeros(2) for name in ("first", "gone", "same")}
    two = {"first": torch.zeros(3), "same": torch.zeros(2), "new": torch.zeros(2)}
    differing = refusal(lambda: average_weights([one, one, two]))
    refused = "received none" in refusal(lambda: average_weights([]))
    return refused and "received number 3, which differs in first, gone, new. " in differing
