"""How a component of each kind is used: what the harness calls, and what it gives."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

from ectype.cases import Case, generator, map_tensors, tensors
from ectype.checks.calls import fresh, objective
from ectype.errors import CheckFailedError, NotApplicableError


def exercise(case: Case, inputs: tuple[Any, ...] | None = None) -> Any:
    """Use a component in the way of its kind once; its constructor may draw from the global generators."""
    given = fresh(case.inputs("exercise")) if inputs is None else inputs
    match case.component.kind:
        case "optimizer":
            return Descent(case, given).run(2)
        case "schedule":
            return rates(case, 3)
        case "sampler" | "data":
            return sample(case, 0, given)
        case "procedure":
            return loss_of(case.call(*given, **seeded(case, 0)).step())
        case "environment":
            return episode(case, 0, given)
        case "agent":
            return case.call().act(*given)
    return _call(case, given)


def _call(case: Case, inputs: tuple[Any, ...]) -> Any:
    """Build and call a function of tensors, in training mode, and go back through it."""
    if not inspect.isclass(case.component.of):
        return case.call(*inputs)
    built = case.call()
    if isinstance(built, nn.Module):
        built.to(torch.float64)
    value = built(*inputs)
    total = objective(case, [item for _, item in tensors(value)])
    if total.requires_grad:
        total.backward()
    return value


# Samplers and data generators


def _parameters(function: Callable[..., Any]) -> set[str]:
    return set(inspect.signature(function).parameters)


def seeded(case: Case, seed: int, of: Callable[..., Any] | None = None) -> dict[str, Any]:
    """Return the argument through which a component takes its randomness, or nothing if it takes none."""
    names = _parameters(of or case.component.of)
    if "generator" in names:
        return {"generator": torch.Generator().manual_seed(seed)}
    return {"seed": seed} if "seed" in names else {}


def is_seeded(case: Case) -> bool:
    """Return whether a sampler takes its randomness through ``generator``, ``seed`` or a generator in its draw."""
    of = case.component.of
    call = of.forward if inspect.isclass(of) and issubclass(of, nn.Module) else getattr(of, "__call__", of)
    taken = seeded(case, 0) or (inspect.isclass(of) and seeded(case, 0, call))
    return bool(taken) or any(isinstance(value, torch.Generator) for value in case.inputs("seeded"))


def sample(case: Case, seed: int, inputs: tuple[Any, ...] | None = None) -> Any:
    """Return what a sampler or data generator gives from a seed."""
    drawn = fresh(case.inputs("sample") if inputs is None else inputs)
    given = tuple(v.manual_seed(seed) if isinstance(v, torch.Generator) else v for v in drawn)
    if not inspect.isclass(case.component.of):
        return case.call(*given, **seeded(case, seed))
    built = case.call(**seeded(case, seed))
    if isinstance(built, nn.Module):
        built.to(torch.float64)
    called = built.forward if isinstance(built, nn.Module) else built
    if not callable(called):
        return vars(built)  # a data set that is made by its constructor
    return built(*given, **seeded(case, seed, called))


# Schedules


def rates(case: Case, count: int) -> list[float]:
    """Return the first rates of a schedule, by its formula if it is a function of the step, else by stepping."""
    if takes_optimizer(case):
        optimizer, scheduler = stepping(case)
        return [_advance(optimizer, scheduler) for _ in range(count)]
    first = first_step(case)
    return [rate(case, first + index) for index in range(count)]


def takes_optimizer(case: Case) -> bool:
    """Return whether a schedule is made for an optimizer and not a function of the step."""
    return next(iter(inspect.signature(case.component.of).parameters), "") == "optimizer"


def rate(case: Case, step: int) -> float:
    """Return the rate at a step, which is given in the type that the draw has."""
    drawn, *others = case.inputs("step")
    given = torch.full_like(drawn, step) if isinstance(drawn, Tensor) else type(drawn)(step)
    value = case.build()(given, *others)
    return float(value.flatten()[0] if isinstance(value, Tensor) and value.ndim else value)


def first_step(case: Case) -> int:
    """Return the first step that a schedule accepts: 0, or 1 where it raises ValueError for 0."""
    try:
        rate(case, 0)
    except ValueError:
        return 1
    return 0


def stepping(case: Case) -> tuple[torch.optim.Optimizer, LRScheduler]:
    """Return an optimizer with learning rate 1 and the schedule as a scheduler of torch on it."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(()))], lr=1.0)
    if not takes_optimizer(case):
        first = first_step(case)
        return optimizer, LambdaLR(optimizer, lambda done: rate(case, first + done))
    made = case.call(optimizer)
    if not isinstance(made, LRScheduler):
        raise CheckFailedError(f"{case}: it must give a scheduler of torch; received {type(made).__name__}")
    return optimizer, made


def _advance(optimizer: torch.optim.Optimizer, scheduler: LRScheduler) -> float:
    """Return the rate of the next step and do it."""
    now = float(optimizer.param_groups[0]["lr"])
    optimizer.step()
    scheduler.step()
    return now


# Optimizers


class Descent:
    """An optimizer on a convex quadratic whose minimum is at zero, from the tensors of the component's draw.

    Args:
        case: the optimizer in one of its settings.
        inputs: where it starts.
        scale: factor of the objective.
        rotation: an orthogonal matrix applied to the coordinates, all tensors flattened into one vector.
        more: settings that differ, such as ``lr``.
    """

    def __init__(
        self,
        case: Case,
        inputs: tuple[Any, ...],
        *,
        scale: float = 1.0,
        rotation: Tensor | None = None,
        dtype: torch.dtype = torch.float64,
        **more: Any,
    ) -> None:
        starts = [value.detach().to(dtype) for _, value in tensors(inputs) if value.is_floating_point()]
        if not starts:
            raise NotApplicableError(f"the draw of {case.component.id} must return tensors from which to start")
        flat = torch.cat([value.flatten() for value in starts])
        if rotation is not None:
            starts, flat = [rotation @ flat], rotation @ flat
        self.case, self.scale, self.rotation = case, scale, rotation
        self.curvature = 0.5 + 1.5 * torch.rand(flat.shape, generator=generator("quadratic"), dtype=torch.float64).to(dtype)
        self.parameters = [nn.Parameter(value.clone()) for value in starts]
        self.optimizer: Any = case.call(self.parameters, **more)

    def loss(self) -> Tensor:
        """Return the objective, with gradients put into the parameters."""
        self.optimizer.zero_grad()
        with torch.enable_grad():
            x = torch.cat([value.flatten() for value in self.parameters])
            x = x if self.rotation is None else self.rotation.T @ x
            value = self.scale * 0.5 * (self.curvature * x * x).sum()
            value.backward()
        return value.detach()

    def run(self, steps: int) -> list[Tensor]:
        """Do steps and return the parameters after them."""
        for _ in range(steps):
            self.loss()
            self.optimizer.step()
        return [value.detach().clone() for value in self.parameters]


# Procedures


def loss_of(value: Any) -> float:
    """Return the loss in what a step of a procedure returns: itself, or its ``loss``."""
    return float(getattr(value, "loss", value))


@dataclass(slots=True)
class Run:
    """A run of a procedure from a seed, in random streams of its own."""

    case: Case
    seed: int
    of: Any

    @classmethod
    def start(cls, case: Case, seed: int) -> Run:
        """Build a procedure."""
        torch.manual_seed(seed)
        return cls(case, seed, case.call(*fresh(case.inputs("procedure")), **seeded(case, seed)))

    def steps(self, count: int) -> list[float]:
        """Do steps and return their losses."""
        return [loss_of(self.of.step()) for _ in range(count)]

    def weights(self) -> list[Tensor]:
        """Return copies of the weights."""
        return [value.detach().clone() for value in self.of.model.state_dict().values()]

    def resumed(self, seed: int) -> Run:
        """Save, build another one from another seed, and load."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "run.safetensors"
            self.of.save(path)
            other = Run.start(self.case, seed)
            other.of.load(path)
        return other


# Environments


def episode(case: Case, seed: int, inputs: tuple[Any, ...] | None = None) -> list[Any]:
    """Return observations, rewards and ends of one episode with the drawn actions."""
    actions = case.inputs("actions") if inputs is None else inputs
    if len(actions) == 1 and isinstance(actions[0], (Tensor, list)):
        actions = tuple(actions[0])
    environment = case.call()
    observed: list[Any] = [environment.reset(seed=seed)[0]]
    for action in itertools.chain(actions):
        plain = map_tensors(lambda _, x: x.item() if not x.ndim else x.numpy(), action)
        observation, reward, terminated, truncated, _ = environment.step(plain)
        observed += [observation, reward, terminated, truncated]
        if terminated or truncated:
            break
    return observed
