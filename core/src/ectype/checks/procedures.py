"""Procedures: they learn what they were given, from the seed alone, and go on after a restart as if nothing had happened.

``of(*inputs, ...)``, given ``seed`` if it takes one, has ``step()``, which does a step and returns its loss (or something
with ``loss``), ``model`` (the module that is trained), ``save(path)`` and ``load(path)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor

from ectype.cases import Case
from ectype.checks import check
from ectype.checks.calls import fresh, must_run, same
from ectype.checks.samplers import seeded
from ectype.checks.surroundings import preserved
from ectype.errors import CheckFailedError
from ectype.traits import Overfits


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

    def resumed(self) -> Run:
        """Save, build another one, and load."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "run"
            self.of.save(path)
            other = Run.start(self.case, self.seed)
            other.of.load(path)
        return other


@check("procedure")
def overfits(case: Case) -> dict[str, float]:
    """It brings the loss on the little that it was given below half of the first one (or as its trait says).

    A procedure that cannot learn one batch by heart does not train: wrong sign, no gradient, weights that are not those
    of the optimizer.
    """
    trait = next((trait for trait in case.component.traits if isinstance(trait, Overfits)), Overfits())
    with preserved(), must_run(case):
        run = Run.start(case, 0)
        first = lowest = run.steps(1)[0]
        for _ in range(trait.steps - 1):
            lowest = min(lowest, run.steps(1)[0])
            if lowest < trait.to * first:
                break
        else:
            text = (
                f"below {trait.to:g} of its first value {first:.5g} within {trait.steps} steps; received {lowest:.5g}"
            )
            raise CheckFailedError(f"{case}: the loss must come {text}")
    return {"reached": lowest / first}


@check("procedure")
def seed_decides_weights(case: Case) -> None:
    """The same seed gives the same losses and weights, bit by bit; another one gives others.

    Otherwise a published number can be neither repeated nor given an interval.
    """
    found = []
    for seed in (0, 0, 1):
        with preserved(), must_run(case):
            run = Run.start(case, seed)
            losses = run.steps(3)
            found.append([*run.weights(), torch.tensor(losses, dtype=torch.float64)])
    if not same(found[0], found[1]):
        raise CheckFailedError(f"{case}: the same seed must give the same losses and weights; they differ")
    if same(found[0], found[2]):
        raise CheckFailedError(f"{case}: another seed must give other weights; seeds 0 and 1 give the same")


@check("procedure")
def procedure_resumes(case: Case) -> None:
    """Saved, loaded into a new one and continued, it ends with the bits of a run that was not stopped.

    What is not saved (moments, the step, the stream of dropout, the order of the data) makes a restart a different run.
    """
    with preserved(), must_run(case):
        whole = Run.start(case, 0)
        losses = whole.steps(6)
        half = Run.start(case, 0)
        before = half.steps(3)
        resumed = half.resumed()
        after = resumed.steps(3)
    if before + after != losses:
        raise CheckFailedError(f"{case}: after a restart the losses must be {losses[3:]}; received {after}")
    if not same(resumed.weights(), whole.weights()):
        raise CheckFailedError(
            f"{case}: after a restart the weights must be those of a run that was not stopped; they differ"
        )
