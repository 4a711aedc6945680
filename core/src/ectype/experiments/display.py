"""What a reproduction shows: its plan, the runs that go on with their metrics and remaining time, and the verdicts."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ectype.claims import explain
from ectype.experiments.executors import Ended
from ectype.experiments.plan import Plan, cost
from ectype.results import ClaimRecord
from ectype.trials import named

if TYPE_CHECKING:
    from rich.console import Console


def show_plan(plan: Plan, console: Console) -> None:
    """Print claims with what they need and what that costs."""
    from rich.table import Table

    grid = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("claim", "published", "verdict now"):
        grid.add_column(name, no_wrap=name == "claim")
    for name in ("seeds", "runs", "minutes on a core"):
        grid.add_column(name, justify="right")
    wanted = {run.variant: [r for r in plan.runs if r.variant == run.variant] for run in plan.runs}
    for claim in plan.claims:
        trained = claim.trained
        assert trained is not None
        names = named(trained)
        runs = [run for name in names for run in wanted.get(name, []) if run.seed < trained.seeds]
        grid.add_row(
            claim.id,
            claim.target.printed,
            claim.verdict,
            str(trained.seeds),
            str(len(runs)),
            f"{cost(runs, 1) / 60:.1f}",
        )
    console.print(grid)
    shared = "; runs that claims share are done once" if len(plan.claims) > 1 else ""
    console.print(
        f"{len(plan.runs)} runs to do, {plan.finished} finished; about {duration(plan.seconds)} "
        f"with {plan.workers} at a time{shared}"
    )
    if plan.left_out:
        console.print(f"left out, beyond the budget: {', '.join(claim.id for claim in plan.left_out)}")


def duration(seconds: float) -> str:
    """Return a time for people."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class Board:
    """Shows runs while they go on: bars on a terminal, a line for each end elsewhere.

    Args:
        plan: what is done.
        console: where to.
    """

    def __init__(self, plan: Plan, console: Console) -> None:
        self._plan, self._console = plan, console
        self._began, self._done = time.monotonic(), 0
        self._bars: dict[str, TaskID] = {}
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, TextColumn("{task.fields[metrics]}"), console=console, transient=True)
        self._all = self._progress.add_task("all runs", total=len(plan.runs), metrics="")

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def advance(self, name: str, event: dict[str, Any]) -> None:
        """Show how far a run is."""
        if name not in self._bars:
            self._bars[name] = self._progress.add_task(name, total=None, metrics="")
        metrics = {key: value for key, value in event.items() if key not in ("loop", "step", "of", "seconds")}
        shown = "  ".join(f"{key} {value:.4g}" for key, value in metrics.items())
        loop = "" if event["loop"] == "training" else f" ({event['loop']})"
        self._progress.update(
            self._bars[name],
            description=f"{name}{loop}",
            completed=event.get("step", 0),
            total=event.get("of"),
            metrics=shown,
        )

    def end(self, ended: Ended) -> None:
        """Show how a run ended, and what remains."""
        self._done += 1
        if (bar := self._bars.pop(ended.job.name, None)) is not None:
            self._progress.remove_task(bar)
        self._progress.update(self._all, completed=self._done)
        passed = time.monotonic() - self._began
        share = sum(run.seconds for run in self._plan.runs[: self._done]) / max(
            sum(run.seconds for run in self._plan.runs), 1e-9
        )
        remaining = f", about {duration(passed / share - passed)} remain" if 0 < share < 1 else ""
        said = {"already": "was finished before", "elsewhere": "is being run by another process"}
        state = said.get(ended.state, ended.state) + (f": {ended.reason}" if ended.reason else "")
        count = f"[{self._done}/{len(self._plan.runs)}]"
        self._console.print(
            f"{count} {ended.job.name} {state}, {duration(ended.seconds)}{remaining}", markup=False, soft_wrap=True
        )
        sys.stdout.flush()


def show_verdicts(claims: Sequence[ClaimRecord], console: Console) -> None:
    """Print what follows for each claim."""
    for claim in claims:
        console.print(f"[bold]{claim.verdict}[/]  {claim.id} ({claim.locator})")
        console.print(f"  {explain(claim)}", markup=False, soft_wrap=True)
