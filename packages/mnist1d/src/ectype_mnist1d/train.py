"""Train a classifier: `python -m ectype_mnist1d.train --model cnn --out runs/cnn`.

A run that was interrupted goes on when the same command is given again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ectype.errors import EctypeError, UsageError


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    parser = argparse.ArgumentParser(prog="ectype_mnist1d.train", description="Train a classifier on MNIST-1D.")
    add = parser.add_argument
    add("--model", required=True, choices=("logistic", "mlp", "cnn", "gru"), help="which classifier of Table 1")
    add("--out", required=True, type=Path, metavar="FOLDER", help="where checkpoints and metrics go")
    add(
        "--data",
        choices=("unchanged", "shuffled features", "shuffled labels"),
        default="unchanged",
        help="what is done to MNIST-1D (default: nothing)",
    )
    add("--seed", type=int, default=0, help="seed of the weights (default: 0)")
    add("--device", default="cpu", help="where to compute, as torch names it (default: cpu)")
    add("--steps", type=int, help="number of the last step, counted from 0 (default: 6000)")
    add("--batch", type=int, help="samples in a batch (default: 100)")
    add("--learning-rate", type=float, help="of Adam (default: 0.01)")
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
    except EctypeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ninterrupted; the same command goes on", file=sys.stderr)
        return 130
    print(file=sys.stderr)
    for name, value in metrics.items():
        print(f"{name}: {value:.1f} %")
    return 0


def run(options: argparse.Namespace) -> dict[str, float]:
    """Train as the options say.

    Args:
        options: what `parser` returns.

    Returns:
        The metrics of the run.

    Raises:
        UsageError: the options are out of range, or are not those of the run in the folder.
    """
    from dataclasses import replace

    from ectype.experiments import Run

    from ectype_mnist1d.presets import CLASSIFICATION
    from ectype_mnist1d.training import train_classifier

    named = {"last_step": options.steps, "batch": options.batch, "learning_rate": options.learning_rate}
    try:
        settings = replace(CLASSIFICATION, **{name: value for name, value in named.items() if value is not None})
        with Run(options.out, seed=options.seed, device=options.device, observe=report) as run:
            return train_classifier(run, options.model, options.data, settings)
    except ValueError as error:
        raise UsageError(str(error)) from error


def report(progress: dict[str, Any]) -> None:
    """Show how far a run is, on one line of the terminal."""
    accuracy = f", test accuracy {progress['test_accuracy']:.1f} %" if "test_accuracy" in progress else ""
    print(f"\rstep {progress['step']} of {progress['of']}{accuracy}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
