"""A run: one seed of one variant of an experiment, in a folder of its own, resumed bit by bit after interruption."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
import torch
from torch import Tensor

from ectype.errors import UsageError
from ectype.experiments.metrics import Metrics
from ectype.experiments.seeds import seed_everything
from ectype.experiments.states import GlobalGenerators, flatten, restore, state_of, unflatten
from ectype.experiments.tensors import read_tensors, write_tensors
from ectype.files import write_atomically

Observer = Callable[[dict[str, Any]], None]

PATIENCE = 2.0
"""Seconds from checkpoint to checkpoint, at least; more where writing one takes more than a twentieth of that."""

_NAME = re.compile(r"[a-z0-9][a-z0-9 -]*")


class RunningElsewhereError(UsageError):
    """Another process is at the same run."""


class Run:
    """One seed of one variant of an experiment; a context manager.

    Entering it seeds Python, NumPy and torch, sets the number of threads and asks torch for deterministic algorithms;
    leaving it sets threads and algorithms back. A folder belongs to one process at a time, and a run goes on with the
    seed, device and threads that it began with, because others give other weights.

    Args:
        folder: where checkpoints and metrics go; made if absent.
        seed: of everything, 0 or more.
        device: where to compute, as torch names it.
        threads: of torch; the result depends on it.
        patience: seconds from checkpoint to checkpoint, at least.
        wait: seconds to wait for another process that is at the same run.
        observe: called with ``{"loop": name, "step": k, "of": n, **latest metrics}``, at most about twice a second.

    Raises:
        UsageError: (on entering) the folder holds a run that began with other settings, or is in use.
    """

    def __init__(
        self,
        folder: Path,
        *,
        seed: int,
        device: str | torch.device = "cpu",
        threads: int = 1,
        patience: float = PATIENCE,
        wait: float = 0.0,
        observe: Observer | None = None,
    ) -> None:
        self.folder = folder
        self.seed = seed
        self.device = torch.device(device)
        self.threads = threads
        self.weights: dict[str, str] = {}
        """Digest of all tensors at the end of each loop, by the loop's name."""
        self.data: dict[str, str] = {}
        """Digests of the data that ``uses`` was told of."""
        self.before = 0.0
        """Seconds that the run took before it was interrupted, as far as checkpoints know."""
        self._patience, self._wait, self._observe = patience, wait, observe
        self._metrics = Metrics(folder)
        self._loop, self._began = "training", 0
        self._latest: dict[str, float] = {}
        self._observed = 0.0
        self._lock: IO[str] | None = None
        self._entered = time.monotonic()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = self._locked()
        try:
            self._agree()
            self._before = (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled())
            torch.set_num_threads(self.threads)
            torch.use_deterministic_algorithms(True)
            seed_everything(self.seed)
            self._entered = time.monotonic()
        except BaseException:
            self._lock.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        threads, deterministic = self._before
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic)
        self._metrics.close()
        assert self._lock is not None
        self._lock.close()

    def steps(self, total: int, *, name: str = "training", **state: Any) -> Iterator[int]:
        """Count the steps of a loop, from 1 to the total; after an interruption, from the step after the last checkpoint.

        The checkpoint holds what is named in ``state`` and the global generators. It is read before the first step of a
        resumed loop, so what the loop changes must be named, or be a function of the step.

        Args:
            total: number of steps.
            name: of the loop, where a run has several; lower-case words.
            **state: modules, optimizers, schedules (anything with ``state_dict`` and ``load_state_dict``) and generators.

        Raises:
            ValueError: the total is negative or the name is not of lower-case words.
            UsageError: the checkpoint is of other things, or of a longer loop.
        """
        if total < 0 or not _NAME.fullmatch(name):
            raise ValueError(
                f"a loop must have a total of at least 0 and a name of words; received {total} and {name!r}"
            )
        things = {**state, "global generators": GlobalGenerators()}
        file = self.folder / f"{name.replace(' ', '-')}.safetensors"
        done = self._resume(file, things, total)
        self._metrics.rewind(name, done)
        self._loop, self._began, self._latest = name, done, {}
        saved, cost = time.monotonic(), 0.0
        if done == 0 and total:  # what is killed before its first checkpoint starts with the same weights anyway
            self._tell(name, 0, total)
        for step in range(done + 1, total + 1):
            yield step
            self._tell(name, step, total)
            now = time.monotonic()
            if step == total or now - saved > max(self._patience, 20 * cost):
                self._save(file, things, step)
                saved = time.monotonic()
                cost = saved - now
        self.weights[name] = digest_of(tensors_of(state))

    def log(self, step: int, **values: float) -> None:
        """Report metrics of a step: a JSON line, TensorBoard, and the display.

        Args:
            step: the step that ``steps`` gave.
            **values: numbers by name.
        """
        self._metrics.log(self._loop, step, values, purge_from=self._began + 1)
        self._latest = {name: float(value) for name, value in values.items()}

    def uses(self, **data: Tensor | np.ndarray[Any, Any]) -> None:
        """Record the digests of data that the run trains on or is evaluated on.

        Args:
            **data: tensors or arrays by name.
        """
        for name, value in data.items():
            self.data[name] = digest_of({name: torch.as_tensor(value)})

    def curves(self) -> list[dict[str, Any]]:
        """Return everything that was logged, in order."""
        return self._metrics.lines()

    def _locked(self) -> IO[str]:
        """Take the folder; the lock ends with this process, however that ends."""
        lock, until = (self.folder / "lock").open("w"), time.monotonic() + self._wait
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
            except OSError:
                if time.monotonic() < until:
                    time.sleep(0.5)
                    continue
                lock.close()
                raise RunningElsewhereError(
                    f"one process at a time must be at the run in {self.folder}; received a second one. Wait until the first "
                    "has ended"
                ) from None

    def _agree(self) -> None:
        """Keep seed, device and threads with the run, or make sure that they are those it began with."""
        file = self.folder / "run.json"
        now = {"seed": self.seed, "device": self.device.type, "threads": self.threads}
        if not file.exists():
            write_atomically(file, json.dumps(now).encode())
            return
        before = json.loads(file.read_text(encoding="utf-8"))
        if before != now:
            raise UsageError(
                f"the run in {self.folder} must go on with what it began with ({before}); received {now}. "
                "Use these, or remove the folder to begin anew"
            )

    def _resume(self, file: Path, things: dict[str, Any], total: int) -> int:
        if not file.exists():
            return 0
        tensors, facts = read_tensors(file)
        if facts["things"].keys() != things.keys() or facts["step"] > total:
            raise UsageError(
                f"the checkpoint {file} must be of {sorted(things)} and of at most {total} steps; received one of "
                f"{sorted(facts['things'])} and {facts['step']} steps. Remove {self.folder} to begin anew"
            )
        for name, thing in things.items():
            restore(thing, unflatten(facts["things"][name], tensors))
        self.before = max(self.before, float(facts["seconds"]))
        return int(facts["step"])

    def _save(self, file: Path, things: dict[str, Any], step: int) -> None:
        tensors: dict[str, Tensor] = {}
        trees = {name: flatten(state_of(thing), name, tensors) for name, thing in things.items()}
        seconds = self.before + time.monotonic() - self._entered
        facts = {"step": step, "things": trees, "seconds": seconds, "torch": str(torch.__version__)}
        write_tensors(file, tensors, facts)

    def _tell(self, loop: str, step: int, total: int) -> None:
        now = time.monotonic()
        if self._observe is not None and (now - self._observed > 0.5 or step == total):
            self._observed = now
            self._observe({"loop": loop, "step": step, "of": total, **self._latest})


def tensors_of(state: dict[str, Any]) -> dict[str, Tensor]:
    """Return all tensors in the states of named things, by path."""
    tensors: dict[str, Tensor] = {}
    for name, thing in state.items():
        flatten(state_of(thing), name, tensors)
    return tensors


def digest_of(tensors: dict[str, Tensor]) -> str:
    """Return a digest of named tensors: names, types, shapes and bytes; 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        value = tensor.detach().cpu().contiguous()
        digest.update(f"{name} {value.dtype} {tuple(value.shape)};".encode())
        digest.update(value.flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:16]
