"""What a training shows while it runs: a progress bar, and one JSON line for each report."""

import json
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from ectype_transformer.extras import require


class Progress:
    """Reports of a training, to the terminal and to a file of JSON lines.

    The bar is drawn on a terminal only; elsewhere each report is a line. A resumed training goes on with the same file,
    without the lines of steps that it is about to do again.

    Args:
        path: the file of JSON lines.
        steps: number of the last step.
        done: number of the last step that is done already.
        visible: False writes and shows nothing, as in all processes but the first.
    """

    def __init__(self, path: Path, steps: int, *, done: int = 0, visible: bool = True) -> None:
        self._path, self._steps, self._visible = path, steps, visible
        self._last = (time.perf_counter(), done)
        self._tokens = 0
        if not visible:
            return
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
        # The last line is incomplete if the process was killed while it wrote.
        kept = [line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= done]
        path.write_text("".join(kept), encoding="utf-8")
        rich = require("rich.progress")
        columns = ("{task.description}", rich.BarColumn(), rich.MofNCompleteColumn(), rich.TimeRemainingColumn())
        self._bar = rich.Progress(*columns, transient=True, console=require("rich.console").Console(highlight=False))
        self._task = self._bar.add_task("training", total=steps, completed=done)

    def __enter__(self) -> Self:
        if self._visible and self._bar.console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._visible:
            self._bar.stop()

    def advance(self, step: int, tokens: int) -> None:
        """Count a step.

        Args:
            step: its number.
            tokens: source and target tokens of its batch.
        """
        self._tokens += tokens
        if self._visible:
            self._bar.update(self._task, completed=step)

    def report_step(self, step: int, loss: float, rate: float) -> None:
        """Report the loss and learning rate of a step, and the speed since the last such report."""
        now, (before, last) = time.perf_counter(), self._last
        seconds = now - before
        remaining = seconds / max(1, step - last) * (self._steps - step)
        speed = self._tokens / seconds
        self._last, self._tokens = (now, step), 0
        self.report(step, loss=loss, rate=rate, tokens_per_second=round(speed))
        self.say(
            f"step {step}/{self._steps}  loss {loss:.4f}  rate {rate:.2e}  {speed:,.0f} tokens/s  {remaining:.0f} s remaining"
        )

    def report(self, step: int, **facts: float) -> None:
        """Write a JSON line.

        Args:
            step: number of the step it is about.
            facts: what to record.
        """
        if self._visible:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"step": step, **facts}) + "\n")

    def say(self, text: str) -> None:
        """Show a line."""
        if self._visible:
            self._bar.console.print(text, markup=False, soft_wrap=True)
