"""Pre-train a RoFormer on the bytes of a text: `python -m ectype_roformer.train --text corpus.txt --out runs/text`.

Sizes and training are those of section 4.2, but for the vocabulary: 256 bytes and the mask in the place of BERT's word
pieces. A run that was interrupted goes on when it is started again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from ectype.errors import EctypeError

from ectype_roformer.presets import BASE, PRETRAINING
from ectype_roformer.pretraining import Pretraining

MODEL = ("d_model", "layers", "heads", "d_ff")
TRAINING = ("steps", "batch", "length")


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    parser = argparse.ArgumentParser(prog="ectype_roformer.train", description="Pre-train a RoFormer on a text.")
    add = parser.add_argument
    add("--text", required=True, type=Path, metavar="FILE", help="any file; its bytes are the tokens")
    add("--out", required=True, type=Path, metavar="FOLDER", help="where checkpoints and metrics go")
    add("--seed", type=int, default=0, help="seed of weights, sequences, masks and dropout (default: 0)")
    add("--rate", type=float, default=PRETRAINING.rate, help="learning rate (default: %(default)s, as the paper)")
    for name in (*MODEL, *TRAINING):
        default = getattr(BASE if name in MODEL else PRETRAINING, name)
        add(f"--{name.replace('_', '-')}", type=int, default=default, help="default: %(default)s, as the paper")
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
        print(f"loss: {run(options):.4f} nats")
    except (EctypeError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\ninterrupted; start it again to go on with {options.out}", file=sys.stderr)
        return 130
    return 0


def run(options: argparse.Namespace) -> float:
    """Train as the options say.

    Args:
        options: what `parser` returns.

    Returns:
        The loss of the batch of the last step, in nats for each hidden byte.

    Raises:
        OSError: the text cannot be read.
        ValueError: a number is too small, or the text is too short.
    """
    from ectype.experiments import Run

    model = replace(BASE, vocabulary=257, **{name: getattr(options, name) for name in MODEL})
    settings = replace(PRETRAINING, rate=options.rate, **{name: getattr(options, name) for name in TRAINING})
    text = torch.from_numpy(np.frombuffer(options.text.read_bytes(), dtype=np.uint8).astype(np.int64))
    with Run(options.out, seed=options.seed) as run:
        pretraining = Pretraining(text, model, settings, seed=options.seed)
        for step in run.steps(settings.steps, pretraining=pretraining):
            loss = pretraining.step()
            if step % 100 == 0 or step == settings.steps:
                run.log(step, loss=loss.item())
        return float(run.curves()[-1]["loss"]) if run.curves() else float("nan")


if __name__ == "__main__":
    sys.exit(main())
