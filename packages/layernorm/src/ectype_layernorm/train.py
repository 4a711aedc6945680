"""Train a classifier of section 6.6: `python -m ectype_layernorm.train layer --data mnist.npz --out runs/layer`.

The file is the one that Keras calls `mnist.npz`, with arrays `x_train`, `y_train`, `x_test`, `y_test`. A run that was
interrupted goes on when it is started again with the same folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from ectype.errors import EctypeError
from ectype.experiments import Run
from jaxtyping import Float, Int
from torch import Tensor, nn

from ectype_layernorm.classifier import Classifier, batch_norm_classifier
from ectype_layernorm.fit import BATCH, RATE, Fit

EPOCHS = 60
"""Passes over the images (the end of the axis of Figure 6)."""
TRAINING_IMAGES = 55_000
"""Images that are trained on (section 6.6)."""

MODELS: dict[str, Callable[[int, int, int], nn.Module]] = {
    "layer": Classifier,
    "batch": batch_norm_classifier,
    "baseline": lambda inputs, hidden, classes: Classifier(inputs, hidden, classes, nn.Identity),
}


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    parser = argparse.ArgumentParser(prog="ectype_layernorm.train", description="Train a classifier of section 6.6.")
    add = parser.add_argument
    add("model", choices=MODELS, help="layer norm, batch norm, or neither")
    add("--data", required=True, type=Path, metavar="FILE", help="images and labels, as in Keras's mnist.npz")
    add("--out", required=True, type=Path, metavar="FOLDER", help="where checkpoints and metrics go")
    add("--batch", type=int, default=BATCH, help=f"images in a batch (default: {BATCH}; the paper's other one is 4)")
    add("--rate", type=float, default=RATE, help=f"rate of Adam (default: {RATE}; the paper has none)")
    add("--epochs", type=int, default=EPOCHS, help=f"passes over the images (default: {EPOCHS})")
    add("--hidden", type=int, default=1000, help="units of each of the two layers (default: 1000)")
    add("--seed", type=int, default=0, help="seed of weights and batches (default: 0)")
    return parser


def read(path: Path) -> dict[str, Tensor]:
    """Read images as rows of numbers from 0 to 1, and labels.

    Args:
        path: the file.

    Returns:
        The four arrays by name.

    Raises:
        ValueError: an array is missing.
    """
    with np.load(path) as file:
        missing = sorted({"x_train", "y_train", "x_test", "y_test"} - set(file))
        if missing:
            raise ValueError(f"{path} must hold x_train, y_train, x_test and y_test; received none of {missing}")
        images = {name: torch.from_numpy(file[name]).flatten(1) / 255 for name in ("x_train", "x_test")}
        labels = {name: torch.from_numpy(file[name].astype(np.int64)) for name in ("y_train", "y_test")}
    return images | labels


@torch.no_grad()
def evaluate(
    model: nn.Module, images: Float[Tensor, "rows inputs"], labels: Int[Tensor, "rows"]
) -> tuple[float, float]:
    """Measure the error and the negative log-likelihood of a classifier.

    Args:
        model: gives logits; it is left in training mode.
        images: one image a row.
        labels: their classes.

    Returns:
        The part of the images that is classified wrongly, and the mean negative log-likelihood in nats.
    """
    logits = model.eval()(images)
    model.train()
    return float((logits.argmax(dim=1) != labels).double().mean()), float(F.cross_entropy(logits, labels))


def run(options: argparse.Namespace) -> dict[str, float]:
    """Train as the options say, and log the test error after each pass.

    Args:
        options: what `parser` returns.

    Returns:
        The final metrics.

    Raises:
        UsageError: the folder holds a run that began with other settings.
        ValueError: a setting or the file cannot be meant.
    """
    data = read(options.data)
    images, labels = data["x_train"][:TRAINING_IMAGES], data["y_train"][:TRAINING_IMAGES]
    with Run(options.out, seed=options.seed) as run:
        model = MODELS[options.model](images.shape[1], options.hidden, int(labels.max()) + 1)
        fit = Fit(model, images, labels, options.batch, options.rate, seed=options.seed)
        epoch = len(images) // options.batch
        for step in run.steps(options.epochs * epoch, fit=fit):
            loss = float(fit.step())
            if (step + 1) % epoch == 0:
                error, nll = evaluate(model, data["x_test"], data["y_test"])
                run.log(step, train_loss=loss, test_error=error, test_nll=nll)
        error, nll = evaluate(model, data["x_test"], data["y_test"])
    return {"test error": error, "test negative log-likelihood": nll}


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


if __name__ == "__main__":
    sys.exit(main())
