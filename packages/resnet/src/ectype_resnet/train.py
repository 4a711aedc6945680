"""Train a network of Table 6: `python -m ectype_resnet.train 20 --cifar cifar-10-batches-bin --out runs/resnet-20`.

Without CIFAR-10 it trains on images that are generated. A run that was interrupted goes on when it is started again with
the same folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ectype.errors import EctypeError

DEPTHS = (20, 32, 44, 56, 110, 1202)


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    parser = argparse.ArgumentParser(prog="ectype_resnet.train", description="Train a network of Table 6.")
    add = parser.add_argument
    add("depth", type=int, choices=DEPTHS, help="layers of the network")
    add("--out", required=True, type=Path, metavar="FOLDER", help="where checkpoints and metrics go")
    add("--cifar", type=Path, metavar="FOLDER", help="the binary version of CIFAR-10 (default: generated images)")
    add("--plain", action="store_true", help="leave out the shortcuts")
    add("--seed", type=int, default=0, help="seed of weights, order and augmentation (default: 0)")
    add("--steps", type=int, help="optimizer steps (default: the paper's)")
    add("--device", default="cpu", help="where to train, as torch names it (default: cpu)")
    add("--threads", type=int, default=1, help="of torch (default: 1)")
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
        error = run(options)
    except (EctypeError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\ninterrupted; start it again to go on with {options.out}", file=sys.stderr)
        return 130
    print(f"test error: {100 * error:.2f} %")
    return 0


def run(options: argparse.Namespace) -> float:
    """Train as the options say, and show the progress.

    Args:
        options: what `parser` returns.

    Returns:
        The test error at the end.

    Raises:
        UsageError: the folder holds a run that began with other settings.
        ValueError: CIFAR-10 is not where it should be, or the number of steps is negative.
    """
    from ectype.experiments import Run

    from ectype_resnet.cifar_10 import TEST, read_cifar_10
    from ectype_resnet.cifar_network import CifarNetwork
    from ectype_resnet.generated_images import generated_images
    from ectype_resnet.presets import CIFAR, CIFAR_TRAINING, CIFAR_TRAINING_110
    from ectype_resnet.training import Training

    settings = CIFAR_TRAINING_110 if options.depth >= 110 else CIFAR_TRAINING
    if options.steps is not None:
        settings = replace(settings, steps=options.steps)
    if options.cifar is None:
        training_set, test_set = generated_images(5000, seed=0), generated_images(1000, seed=1)
    else:
        training_set, test_set = read_cifar_10(options.cifar), read_cifar_10(options.cifar, TEST)
    arguments = {"seed": options.seed, "device": options.device, "threads": options.threads, "observe": show}
    with Run(options.out, **arguments) as run:
        model = CifarNetwork(CIFAR[options.depth], "none" if options.plain else "A").to(run.device)
        training = Training(model, *training_set, settings, seed=run.seed)
        for step in run.steps(settings.steps, training=training):
            taken = training.step()
            if step % 100 == 0 or step == settings.steps:
                run.log(step, loss=taken.loss.item(), error=taken.error, rate=taken.rate)
        return training.error(*test_set)


def show(progress: dict[str, float]) -> None:
    """Write the progress on one line of the terminal.

    Args:
        progress: `step`, `of` and the latest metrics.
    """
    metrics = "  ".join(f"{name} {progress[name]:.4g}" for name in ("loss", "error") if name in progress)
    end = "\n" if progress["step"] == progress["of"] else ""
    print(f"\rstep {progress['step']} of {progress['of']}  {metrics}", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
