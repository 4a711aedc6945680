"""The folder of a training run: what is where, and which run it belongs to."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ectype.errors import UsageError

from ectype_transformer.checkpoints import write_model
from ectype_transformer.training import Training

# Settings with which a run may go on although they differ: they do not change what a step does.
FREE = {"preset.training.steps", "preset.training.averaged_checkpoints", "checkpoint_every", "report_every"}


class RunFolder:
    """Paths in the folder of a run.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.settings = path / "run.json"
        self.data = path / "data"
        self.metrics = path / "metrics.jsonl"
        self.state = path / "state.safetensors"
        self.model = path / "model.safetensors"
        self.averaged = path / "averaged.safetensors"

    def weights(self) -> list[Path]:
        """Checkpoints of the weights, the oldest first."""
        return sorted((self.path / "weights").glob("step-*.safetensors"))

    def claim(self, settings: Mapping[str, Any], environment: Mapping[str, Any], *, resume: bool) -> list[str]:
        """Make the folder, or make sure that the run in it is the one to go on with.

        Args:
            settings: settings of the run, JSON-like.
            environment: what the rounding of numbers depends on: processes, device, threads, versions.
            resume: go on with the run in the folder, if there is one.

        Returns:
            Notes for the user: what in the environment has changed.

        Raises:
            UsageError: there is a run and it is not to be resumed, or it has other settings.
        """
        if not self.settings.exists():
            self.path.mkdir(parents=True, exist_ok=True)
            self._write(settings, environment)
            return []
        if not resume:
            raise UsageError(
                f"--out must be a folder without a run; received {self.path}. Add --resume to go on with it"
            )
        before = json.loads(self.settings.read_text(encoding="utf-8"))
        differing = _differences(before["settings"], settings, FREE)
        if differing:
            raise UsageError(
                f"a resumed run must have the settings of the run in {self.path}; received {'; '.join(differing)}. "
                "Use these settings, or another --out"
            )
        changed = _differences(before["environment"], environment, set())
        self._write(settings, environment)
        return [f"note: weights will differ in rounding from an uninterrupted run's: {change}" for change in changed]

    def checkpoint(self, training: Training, *, keep: int) -> None:
        """Write the weights and the state of a training.

        Args:
            training: the training.
            keep: how many checkpoints of the weights to keep, this one included.
        """
        folder = self.path / "weights"
        folder.mkdir(exist_ok=True)
        write_model(folder / f"step-{training.done:08d}.safetensors", training.model, training.done)
        training.save(self.state)
        for old in self.weights()[:-keep]:
            old.unlink()

    def _write(self, settings: Mapping[str, Any], environment: Mapping[str, Any]) -> None:
        text = json.dumps({"settings": settings, "environment": environment}, indent=2)
        partial = self.settings.with_name(f".{self.settings.name}.partial")
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(self.settings)


def _differences(before: Mapping[str, Any], now: Mapping[str, Any], free: set[str]) -> list[str]:
    old, new = _flat(before), _flat(now)
    return [
        f"{name} {new.get(name)}, which was {old.get(name)}"
        for name in sorted(old | new)
        if name not in free and old.get(name) != new.get(name)
    ]


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat
