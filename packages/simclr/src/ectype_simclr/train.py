"""Pretrain without labels and evaluate: `python -m ectype_simclr.train cifar10 --out runs/simclr`.

Hyperparameters are the paper's; pictures are generated, and encoder, batch and number of epochs are small unless they are
given. A run that was interrupted goes on when it is started again with the same folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ectype.errors import EctypeError

SETTINGS = ("imagenet", "cifar10")


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    parser = argparse.ArgumentParser(prog="ectype_simclr.train", description="Pretrain without labels, then evaluate.")
    add = parser.add_argument
    add("settings", choices=SETTINGS, help="whose hyperparameters: section 2.3 or appendix B.9")
    add("--out", required=True, type=Path, metavar="FOLDER", help="where checkpoints and metrics go")
    add("--seed", type=int, default=0, help="seed of pictures, weights, batches and augmentations (default: 0)")
    add("--images", type=int, default=256, help="pictures to learn from (default: 256)")
    add("--batch-size", type=int, default=64, help="pictures in a batch (default: 64)")
    add("--epochs", type=int, default=100, help="passes over the pictures (default: 100)")
    add("--size", type=int, default=32, help="height and width of pictures and views (default: 32)")
    add("--width", type=int, default=8, help="channels of the encoder's stem; the paper's are 64 (default: 8)")
    add(
        "--blocks",
        type=int,
        nargs="+",
        default=[1, 1, 1],
        help="of the encoder's stages; the paper's are 3 4 6 3 (default: 1 1 1)",
    )
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
        print(f"{name}: {value:.4f}")
    return 0


def run(options: argparse.Namespace) -> dict[str, float]:
    """Train as the options say, and show the progress.

    Args:
        options: what `parser` returns.

    Returns:
        The final metrics.

    Raises:
        UsageError: the folder holds a run that began with other settings.
        ValueError: a number is out of range.
    """
    from ectype.experiments import Run

    from ectype_simclr.training import train

    given = {name: getattr(options, name) for name in ("images", "batch_size", "epochs", "size", "width")}
    with Run(options.out, seed=options.seed, observe=show) as run:
        return train(run, options.settings, blocks=tuple(options.blocks), **given)


def show(progress: dict[str, float]) -> None:
    """Write the progress on one line of the terminal.

    Args:
        progress: `loop`, `step`, `of` and the latest metrics.
    """
    metrics = "".join(f"  {name} {value:.4f}" for name, value in progress.items() if name in ("loss", "rate"))
    end = "\n" if progress["step"] == progress["of"] else ""
    line = f"{progress['loop']}: step {progress['step']} of {progress['of']}{metrics}"
    print(f"\r{line}", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
