"""Metrics of a run: one JSON line a report, and the same values for TensorBoard; resuming goes on where the run was."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ectype.files import write_atomically


class Metrics:
    """What a run reports while it goes on.

    Args:
        folder: of the run; gets ``metrics.jsonl`` and ``tensorboard/``.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "metrics.jsonl"
        self._board_folder = folder / "tensorboard"
        self._boards: dict[str, Any] = {}

    def lines(self) -> list[dict[str, Any]]:
        """Return all reports so far; a line that was cut off while it was written is left out."""
        if not self.path.exists():
            return []
        text = self.path.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def rewind(self, loop: str, done: int) -> None:
        """Forget the reports of steps of a loop that are about to be done again."""
        if not self.path.exists():
            return
        kept = [line for line in self.lines() if line["loop"] != loop or line["step"] <= done]
        write_atomically(self.path, "".join(json.dumps(line) + "\n" for line in kept).encode())

    def log(self, loop: str, step: int, values: Mapping[str, float], *, purge_from: int) -> None:
        """Write a report.

        Args:
            loop: the loop it belongs to.
            step: the number of its step.
            values: numbers by name; one that is not finite is written as null and does not end the run.
            purge_from: TensorBoard drops what an interrupted run wrote from this step on.
        """
        numbers = {name: float(value) for name, value in values.items()}
        finite = {name: value if math.isfinite(value) else None for name, value in numbers.items()}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"loop": loop, "step": step, **finite}) + "\n")
        board = self._board(loop, purge_from)
        for name, value in numbers.items():
            board.add_scalar(name, value, step)

    def close(self) -> None:
        """Write what TensorBoard's writers still hold."""
        for board in self._boards.values():
            board.close()
        self._boards.clear()

    def _board(self, loop: str, purge_from: int) -> Any:
        if loop not in self._boards:
            from tensorboardX import SummaryWriter  # type: ignore[import-untyped]

            folder = self._board_folder / loop.replace(" ", "-")
            self._boards[loop] = SummaryWriter(str(folder), purge_step=purge_from)
        return self._boards[loop]
