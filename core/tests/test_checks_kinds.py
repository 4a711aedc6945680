"""Checks of schedules, samplers, data, procedures, environments and agents: each refuses a broken one, a correct one passes."""

import random
import sys
import warnings
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from conformance import component, fires, normal, passes, specimens, uncovered
from ectype.checks import data, environments, procedures, samplers, schedules
from ectype.errors import CheckFailedError, NotApplicableError, NotRunError
from ectype.traits import Digest, Disjoint, Moments, Overfits
from torch import nn
from torch.optim.lr_scheduler import ExponentialLR, LambdaLR

# Schedules


def a_step(rng):
    return int(torch.randint(1, 1000, (), generator=rng))


def schedule(of, *settings, draw=a_step):
    return component("schedule", of, draw, *settings)


def inverse_root(step):
    if step < 1:
        raise ValueError(f"step must be at least 1; received {step}")
    return step**-0.5


def from_zero(step, warmup=4):
    return min(1.0, step / warmup)


def by_lambda(optimizer):
    return LambdaLR(optimizer, from_zero)


def exponential(optimizer, gamma=0.9):
    return ExponentialLR(optimizer, gamma)


class Counts:
    calls = 0


def counts_calls(step):
    Counts.calls += 1
    return 1 / Counts.calls


def jitters(step):
    return 1.0 + 0 * random.random()


class OneAhead(ExponentialLR):
    """Its formula is one step ahead of its steps."""

    def _get_closed_form_lr(self):
        return [base * self.gamma ** (self.last_epoch + 1) for base in self.base_lrs]


class Forgets(LambdaLR):
    """Warms up again after a restart."""

    def load_state_dict(self, state_dict):
        pass


class FromTheLast(ExponentialLR):
    """Keeps what is to come in a list that is not saved."""

    def __init__(self, optimizer):
        self.waiting = list(range(99))
        super().__init__(optimizer, 0.9)

    def get_lr(self):
        return [0.9 ** self.waiting.pop(0)]

    def state_dict(self):
        return {key: value for key, value in super().state_dict().items() if key != "waiting"}


# Samplers and data


def shape(rng, batch=5):
    return (batch,)


def sampler(of, *settings, draw=shape, traits=()):
    return component("sampler", of, draw, *settings, traits=traits)


def gaussian(batch, generator, mean=0.0, scale=1.0):
    return mean + scale * torch.randn(batch, 2, generator=generator, dtype=torch.float64)


def by_seed(batch, seed):
    return np.random.default_rng(seed).normal(size=(batch, 2))


def ignores_seed(batch, seed):
    return torch.randn(batch, generator=torch.Generator().manual_seed(0))


def from_global(batch, generator):
    return torch.randn(batch)


def partly_global(batch, seed):
    return np.random.default_rng(seed).normal(size=batch) + 0 * np.random.rand()


def advances_global(batch, generator):
    torch.rand(1)
    return torch.randn(batch, generator=generator)


class Noise(nn.Module):
    def __init__(self, scale=1.0):
        super().__init__()
        self.scale = scale

    def forward(self, x, generator):
        return x + self.scale * torch.randn(x.shape, generator=generator, dtype=x.dtype)


def drawn_generator(rng, batch=3):
    return normal(rng, batch), torch.Generator()


def moments(mean, variance, *settings, of=gaussian):
    return sampler(of, *settings, traits=[Moments(mean, variance)])


def generated(of, *settings, traits=()):
    return component("data", of, lambda rng: (), *settings, traits=traits)


def splits(seed, overlap=0):
    rows = np.random.default_rng(seed).normal(size=(8, 3))
    return {"train": rows[: 4 + overlap], "test": rows[4:]}


def splits_object(seed):
    made = splits(seed)
    return SimpleNamespace(**made)


def with_nan(seed):
    return np.random.default_rng(seed).normal(size=3) / np.array([1.0, np.nan, 1.0])


class DataSet:
    def __init__(self, seed):
        self.x = np.random.default_rng(seed).normal(size=(4, 2))


DIGEST = data.digest(splits(0))

# Procedures


class Training:
    """A linear regression, in which the subclasses break one thing each."""

    maximize = False

    def __init__(self, x, y, seed=0):
        torch.manual_seed(seed)
        self.x, self.y, self.done = x.float(), y.float(), 0
        self.model = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.1), nn.Linear(8, 1))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1, momentum=0.9, maximize=self.maximize)
        self.generator = torch.Generator().manual_seed(seed)

    def step(self):
        self.done += 1
        torch.manual_seed(int(torch.randint(1 << 30, (), generator=self.generator)))
        loss = (self.model(self.x).squeeze(-1) - self.y).square().mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def state(self):
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rng": self.generator.get_state(),
        }

    def save(self, path):
        torch.save(self.state(), path)

    def load(self, path):
        held = torch.load(path, weights_only=True)
        self.model.load_state_dict(held["model"])
        self.optimizer.load_state_dict(held["optimizer"])
        self.generator.set_state(held["rng"])


class Climbing(Training):
    maximize = True


class OtherWeights(Training):
    def __init__(self, x, y, seed=0):
        super().__init__(x, y, seed)
        self.model = nn.Linear(3, 1)

    def step(self):
        return super().step() * 0 + 1.0


class WithLoss(Training):
    def step(self):
        return SimpleNamespace(loss=super().step())


class ForgetsMoments(Training):
    def load(self, path):
        held = torch.load(path, weights_only=True)
        self.model.load_state_dict(held["model"])
        self.generator.set_state(held["rng"])


class ForgetsNoise(Training):
    def load(self, path):
        held = self.generator.get_state()
        super().load(path)
        self.generator.set_state(held)


class Seedless(Training):
    def __init__(self, x, y, seed=0):
        super().__init__(x, y, 0)


class Entropy(Training):
    def __init__(self, x, y, seed=0):
        super().__init__(x, y, random.SystemRandom().randrange(1 << 30))


def regression(rng):
    x = normal(rng, 6, 3)
    return x, x.sum(1)


def procedure(of, traits=()):
    return component("procedure", of, regression, traits=traits)


# Environments and agents


class Walk:
    """A random walk, in which the subclasses break one thing each."""

    def reset(self, *, seed=None, options=None):
        self.rng = np.random.default_rng(seed)
        self.place = np.zeros(2)
        return self.place.copy(), {}

    def noise(self):
        return self.rng.normal(size=2)

    def step(self, action):
        self.place += (1 if action else -1) + self.noise()
        return self.place.copy(), float(self.place.sum()), False, False, {}


class Still(Walk):
    def noise(self):
        return np.zeros(2)


class GlobalWalk(Walk):
    def noise(self):
        return np.random.normal(size=2)


class Unseeded(Walk):
    def reset(self, *, seed=None, options=None):
        return super().reset(seed=None)


class Named(Walk):
    def step(self, action):
        return super().step(action)[0], "reward", False, False, {}


def actions(rng):
    return torch.randint(0, 2, (5,), generator=rng)


class Sampling:
    def __init__(self, seed=0):
        self.rng = np.random.default_rng(seed)

    def act(self, observation):
        return int(self.rng.random() < 1 / (1 + np.exp(-float(observation.sum()))))


class Restless(Sampling):
    def __init__(self, seed=0):
        super().__init__(None)

    def act(self, observation):
        return self.rng.random()


def environment(of):
    return component("environment", of, actions)


def agent(of):
    return component("agent", of, lambda rng: normal(rng, 3))


TABLE = [
    specimens(
        schedules.rates_finite,
        broken={
            "negative": (schedule(lambda step: 3.0 - step), "must be finite and not negative; received"),
            "infinite": (schedule(lambda step: float("inf") if step == 0 else 1.0), "received inf at step 0"),
            "raises": (schedule(lambda step: step**-0.5), "must not raise"),
            "zero": (schedule(lambda step: 0.0), "some rate must be positive"),
        },
        correct={
            "from one": schedule(inverse_root),
            "from zero": schedule(from_zero, {"warmup": 3}),
            "of tensors": schedule(lambda steps: steps.double().add(1).rsqrt(), draw=lambda rng: torch.arange(4)),
            "scheduler": schedule(exponential),
        },
    ),
    specimens(
        schedules.rates_repeatable,
        broken={
            "counts": (schedule(counts_calls), "the rates of the same steps must be the same"),
            "draws": (schedule(jitters), "must not draw from a global random generator"),
        },
        correct={"from one": schedule(inverse_root), "scheduler": schedule(by_lambda)},
    ),
    specimens(
        schedules.stepping_equals_formula,
        broken={
            "one ahead": (schedule(lambda optimizer: OneAhead(optimizer, 0.9)), "must give the rates of the formula"),
            "no scheduler": (schedule(lambda optimizer: 0.1), "it must give a scheduler of torch; received float"),
        },
        correct={
            "formula": schedule(inverse_root),
            "closed form": schedule(exponential),
            "lambda": schedule(by_lambda),
        },
    ),
    specimens(
        schedules.schedule_resumes,
        broken={
            "forgets": (schedule(lambda optimizer: Forgets(optimizer, from_zero)), "after a restart the rates must be"),
            "a list": (schedule(FromTheLast), "after a restart the rates must be"),
        },
        correct={"formula": schedule(inverse_root), "scheduler": schedule(exponential)},
    ),
    specimens(
        samplers.seed_decides,
        broken={
            "global": (sampler(from_global), "must leave the global random generators alone"),
            "NumPy": (sampler(partly_global), "must leave the global random generators alone"),
            "advances": (sampler(advances_global), "must leave the global random generators alone"),
            "entropy": (
                sampler(lambda batch, seed: np.random.default_rng().normal(size=batch)),
                "must give the same numbers",
            ),
            "text": (sampler(lambda batch, seed: None), "it must give numbers; received NoneType"),
        },
        correct={
            "generator": sampler(gaussian),
            "seed": sampler(by_seed),
            "module": sampler(Noise, draw=lambda rng, batch=3: normal(rng, batch)),
            "drawn": sampler(lambda x, g: x + torch.randn(x.shape, generator=g), draw=drawn_generator),
            "data": generated(splits),
            "a set of data": generated(DataSet),
            "deterministic": sampler(lambda batch: torch.arange(batch)),
        },
    ),
    specimens(
        samplers.seeds_differ,
        broken={"ignored": (sampler(ignores_seed), "seeds 0 to 3 give the same")},
        correct={
            "generator": sampler(gaussian),
            "module": sampler(Noise, draw=lambda rng, batch=3: normal(rng, batch)),
            "drawn": sampler(lambda x, g: x + torch.randn(x.shape, generator=g), draw=drawn_generator),
            "a set of data": generated(DataSet),
        },
    ),
    specimens(
        samplers.moments,
        broken={
            "mean": (moments(0.2, 1.0), "the mean must be the declared one; received"),
            "deviation for variance": (moments(0.0, 2.0, {"scale": 2.0}), "the variance must be the declared one"),
            "in one setting": (moments(0.0, 1.0, {"mean": 0.0}, {"mean": 1.0}), "mean=1.0.*the mean must"),
            "no such axis": (
                moments(0.0, 1.0, of=lambda batch, seed: torch.zeros(3)),
                "must have the axis batch; received",
            ),
        },
        correct={
            "settings": moments(
                lambda *_, mean: mean,
                lambda *_, scale: scale**2,
                {"mean": 1.0, "scale": 3.0},
                {"mean": -2.0, "scale": 0.1},
            ),
            "of the inputs": component(
                "sampler",
                Noise,
                lambda rng, batch=3: normal(rng, batch),
                {"scale": 0.5},
                traits=[Moments(lambda x: x, lambda x, scale: scale**2)],
            ),
            "mean only": moments(0.0, None),
        },
    ),
    specimens(
        data.finite_data,
        broken={
            "NaN": (generated(with_nan), "data must be finite; received 1 that are not"),
            "nothing": (generated(lambda seed: []), "it must give numbers; received none"),
        },
        correct={"arrays": generated(splits), "a set of data": generated(DataSet)},
    ),
    specimens(
        data.data_digest,
        broken={
            "other": (generated(splits, traits=[Digest("0" * 64)]), f"must have the SHA-256 000.*; received {DIGEST}"),
            "none": (generated(splits, traits=[Digest("")]), rf"\(none declared\); received {DIGEST}"),
            "changed": (generated(splits, {"overlap": 1}, traits=[Digest(DIGEST)]), "must have the SHA-256"),
        },
        correct={"same": generated(splits, {}, {"overlap": 1}, traits=[Digest(DIGEST)])},
    ),
    specimens(
        data.disjoint_splits,
        broken={
            "one row": (generated(splits, {"overlap": 1}, traits=[Disjoint()]), "received one in train and test"),
            "no split": (generated(splits, traits=[Disjoint(("train", "valid"))]), "must have the split 'valid'"),
            "empty": (
                generated(lambda seed: {"train": np.zeros((0, 2)), "test": np.ones((1, 2))}, traits=[Disjoint()]),
                "must have rows",
            ),
        },
        correct={
            "by key": generated(splits, traits=[Disjoint()]),
            "by name": generated(splits_object, traits=[Disjoint()]),
            "by position": generated(lambda seed: tuple(splits(seed).values()), traits=[Disjoint((0, 1))]),
        },
    ),
    specimens(
        procedures.overfits,
        broken={
            "climbs": (procedure(Climbing), "the loss must come below 0.5 of its first value"),
            "other weights": (procedure(OtherWeights), "the loss must come below"),
            "too slow": (
                procedure(Training, [Overfits(steps=2, to=1e-3)]),
                "below 0.001 of its first value .* within 2 steps",
            ),
        },
        correct={"plain": procedure(Training), "with a loss": procedure(WithLoss)},
    ),
    specimens(
        procedures.seed_decides_weights,
        broken={
            "entropy": (procedure(Entropy), "the same seed must give the same losses and weights"),
            "no seed": (procedure(Seedless), "another seed must give other weights"),
        },
        correct={"plain": procedure(Training)},
    ),
    specimens(
        procedures.procedure_resumes,
        broken={
            "moments": (procedure(ForgetsMoments), "after a restart the losses must be"),
            "noise": (procedure(ForgetsNoise), "after a restart the losses must be"),
        },
        correct={"plain": procedure(Training)},
    ),
    specimens(
        environments.episodes_repeat,
        broken={
            "global": (environment(GlobalWalk), "must leave the global random generators alone"),
            "no seed": (environment(Unseeded), "must give the same episode"),
            "no numbers": (environment(Named), "must not raise; received TypeError"),
        },
        correct={"walk": environment(Walk), "still": environment(Still)},
    ),
    specimens(
        environments.episodes_differ,
        broken={"still": (environment(Still), "different seeds must give different episodes")},
        correct={"walk": environment(Walk)},
    ),
    specimens(
        environments.actions_repeat,
        broken={"restless": (agent(Restless), "must give the same actions")},
        correct={"sampling": agent(Sampling)},
    ),
]


@fires(TABLE)
def test_fires(check, made, text):
    with pytest.raises(CheckFailedError, match=text):
        check.function(made)


@passes(TABLE)
def test_passes(check, made):
    check.function(made)


def test_every_check_is_tested():
    untested = uncovered(TABLE, schedules, samplers, data, procedures, environments)
    assert untested == {"follows-gymnasium"}  # below


def with_checker(monkeypatch, check_env):
    checker = ModuleType("gymnasium.utils.env_checker")
    checker.check_env = check_env
    monkeypatch.setitem(sys.modules, "gymnasium", ModuleType("gymnasium"))
    monkeypatch.setitem(sys.modules, "gymnasium.utils", ModuleType("gymnasium.utils"))
    monkeypatch.setitem(sys.modules, "gymnasium.utils.env_checker", checker)


def test_gymnasium_is_asked(monkeypatch):
    asked = []
    with_checker(monkeypatch, lambda env, skip_render_check: asked.append(env))
    environments.follows_gymnasium.function(environment(Walk))
    assert [type(env) for env in asked] == [Walk]


def test_what_gymnasium_finds_is_a_failure(monkeypatch):
    def check_env(env, skip_render_check):
        raise AssertionError("the observation is not in the space")

    with_checker(monkeypatch, check_env)
    with pytest.raises(CheckFailedError, match="the observation is not in the space"):
        environments.follows_gymnasium.function(environment(Walk))


def test_what_gymnasium_warns_of_is_a_failure_and_its_advice_is_not(monkeypatch):
    texts = ["\x1b[33mWARN: A Box space minimum is -infinity. This is probably too low.\x1b[0m"]

    def check_env(env, skip_render_check):
        for text in texts:
            warnings.warn(text, stacklevel=1)

    with_checker(monkeypatch, check_env)
    found = environments.follows_gymnasium.function(environment(Walk))
    assert found == {"advice": ["WARN: A Box space minimum is -infinity. This is probably too low."]}
    texts.append("WARN: The obs returned is not within the observation space.")
    with pytest.raises(CheckFailedError, match="nothing wrong; received WARN: The obs returned is not within"):
        environments.follows_gymnasium.function(environment(Walk))


def test_without_gymnasium_it_is_not_run(monkeypatch):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(NotRunError, match="pip install gymnasium"):
        environments.follows_gymnasium.function(environment(Walk))


def test_a_deterministic_sampler_has_no_seeds():
    with pytest.raises(NotApplicableError, match="it is deterministic"):
        samplers.seeds_differ.function(sampler(lambda batch: torch.arange(batch)))


def test_a_schedule_without_closed_form_says_so():
    with pytest.raises(NotApplicableError, match="no closed form: it is a Chained"):
        schedules.stepping_equals_formula.function(schedule(lambda optimizer: Chained(optimizer)))


class Chained(torch.optim.lr_scheduler.LRScheduler):
    def get_lr(self):
        return [group["lr"] * 0.5 for group in self.optimizer.param_groups]


def test_a_digest_depends_on_values_places_and_shapes():
    values = np.arange(6.0)
    digests = {
        data.digest(value)
        for value in ({"a": values}, {"b": values}, {"a": values.reshape(2, 3)}, {"a": values + 1e-16})
    }
    assert len(digests) == 4
    assert data.digest({"a": torch.arange(6)}) == data.digest({"a": values})
