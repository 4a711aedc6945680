"""Train a model of Table 1: `python -m ectype_hnn.train spring hnn --out runs/spring`.

A run that was interrupted goes on when it is started again with the same folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ectype.errors import EctypeError

TASKS = ("spring", "pendulum", "two-body")
MODELS = ("hnn", "baseline", "linear", "true", "still", "untrained")


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    parser = argparse.ArgumentParser(prog="ectype_hnn.train", description="Train a model of Table 1.")
    add = parser.add_argument
    add("task", choices=TASKS, help="task 1, 2 or 4 of the paper")
    add("model", choices=MODELS, help="one of the paper's two models, or a rival that learns less")
    add("--out", required=True, type=Path, metavar="FOLDER", help="where checkpoints and metrics go")
    add("--seed", type=int, default=0, help="seed of data, weights and batches (default: 0)")
    add("--steps", type=int, help="optimizer steps (default: the paper's)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: those after the program's name; the process's if None.

    Returns:
        The exit status: 0 if the run is complete, 2 for a wrong use or environment, 130 if interrupted.
    """
    options = parser().parse_args(arguments)
    try:
        metrics = run(options)
    except (EctypeError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\ninterrupted; start it again to go on with {options.out}", file=sys.stderr)
        return 130
    for name, value in metrics.items():
        print(f"{name}: {value:.4e}")
    return 0


def run(options: argparse.Namespace) -> dict[str, float]:
    """Train as the options say, and show the progress.

    Args:
        options: what `parser` returns.

    Returns:
        The final metrics.

    Raises:
        UsageError: the folder holds a run that began with other settings.
        ValueError: the number of steps is negative.
    """
    from ectype.experiments import Run

    from ectype_hnn import training

    tasks = {
        "spring": training.train_spring,
        "pendulum": training.train_pendulum,
        "two-body": training.train_two_body,
    }
    steps = {} if options.steps is None else {"steps": options.steps}
    with Run(options.out, seed=options.seed, observe=show) as run:
        return tasks[options.task](run, options.model, **steps)


def show(progress: dict[str, float]) -> None:
    """Write the progress on one line of the terminal.

    Args:
        progress: `step`, `of` and the latest metrics.
    """
    metrics = "  ".join(f"{name} {value:.4e}" for name, value in progress.items() if name.endswith("_loss"))
    end = "\n" if progress["step"] == progress["of"] else ""
    print(f"\rstep {progress['step']} of {progress['of']}  {metrics}", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
