"""Adapt a language model: `python -m ectype_lora.train e2e --out runs/demo`.

Without `--model` and `--data` a tiny decoder is made and adapted to a generated task. With them GPT-2 is, as in the paper,
to a task that the official code has encoded. A run that was interrupted goes on when it is started again with the same
folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ectype.errors import EctypeError

TASKS = ("e2e", "webnlg", "dart")
SIZES = ("medium", "large")


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    parser = argparse.ArgumentParser(prog="ectype_lora.train", description="Adapt a language model with LoRA.")
    add = parser.add_argument
    add("task", choices=TASKS, help="whose settings of Table 11 are used")
    add("--out", required=True, type=Path, metavar="FOLDER", help="where checkpoints, metrics and the adapter go")
    add("--model", type=Path, metavar="FILE", help="weights of GPT-2 in safetensors (default: a tiny decoder)")
    add("--size", choices=SIZES, default="medium", help="which GPT-2 they are (default: medium)")
    add("--data", type=Path, metavar="FILE", help="JSON lines of the official code (default: a generated task)")
    add("--steps", type=int, help="optimizer steps (default: the epochs of Table 11)")
    add("--seed", type=int, default=0, help="seed of factors, order and dropout (default: 0)")
    add("--device", default="cpu", help="where to train (default: cpu)")
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
    except (EctypeError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\ninterrupted; start it again to go on with {options.out}", file=sys.stderr)
        return 130
    for name, value in metrics.items():
        print(f"{name}: {value:.4f}")
    return 0


def run(options: argparse.Namespace) -> dict[str, float]:
    """Adapt as the options say, and show the progress.

    Args:
        options: what `parser` returns.

    Returns:
        The perplexity before and after, and the number of trained parameters.

    Raises:
        UsageError: the folder holds a run that began with other settings.
        ValueError: weights or data are not what they should be.
    """
    from ectype.experiments import Run

    from ectype_lora.training import adapt_to_task

    with Run(options.out, seed=options.seed, device=options.device, observe=show) as run:
        return adapt_to_task(run, options.task, options.model, options.size, options.data, options.steps)


def show(progress: dict[str, float]) -> None:
    """Write the progress on one line of the terminal.

    Args:
        progress: `step`, `of` and the latest metrics.
    """
    end = "\n" if progress["step"] == progress["of"] else ""
    loss = f"  loss {progress['loss']:.4f}" if "loss" in progress else ""
    print(f"\rstep {progress['step']} of {progress['of']}{loss}", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
