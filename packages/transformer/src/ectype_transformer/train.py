"""Train a Transformer: `python -m ectype_transformer.train --data shipped --out runs/shipped`.

With several devices: `accelerate launch -m ectype_transformer.train ...`. A run that was interrupted goes on with `--resume`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ectype.errors import EctypeError, UsageError


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    parser = argparse.ArgumentParser(prog="ectype_transformer.train", description="Train a Transformer.")
    add = parser.add_argument
    add(
        "--data", required=True, choices=("wmt14-en-de", "wmt14-en-fr", "shipped", "synthetic"), help="what to train on"
    )
    add("--out", required=True, type=Path, metavar="FOLDER", help="where data, checkpoints, metrics and the model go")
    add("--resume", action="store_true", help="go on with the run in FOLDER, if there is one")
    add("--preset", metavar="ROW", help="row of Table 3, such as base (the default for WMT) or big")
    add("--steps", type=int, help="optimizer steps (default: of the preset)")
    add("--seed", type=int, default=0, help="seed of weights, batches and dropout (default: 0)")
    add("--warmup", type=int, help="steps of the rise of the learning rate (default: of the preset)")
    add("--dropout", type=float, help="dropout rate (default: of the preset)")
    add(
        "--tokens",
        type=int,
        help="about how many source, and how many target, tokens in a batch (default: of the preset)",
    )
    add("--parts", type=int, default=1, help="compute each batch in so many parts, to save memory (default: 1)")
    add("--mixed-precision", choices=("no", "bf16", "fp16"), default="no", help="precision (default: no)")
    add("--cpu", action="store_true", help="use the CPU even if there is another device")
    add("--checkpoint-every", type=int, metavar="STEPS", help="default: 1500 for WMT, else a tenth of the steps")
    add("--report-every", type=int, metavar="STEPS", default=50, help="default: 50")
    add("--wmt14", metavar="PATH", help="folder with a copy of the data set, or its name on the Hugging Face hub")
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
        run(options)
    except EctypeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"interrupted; add --resume to go on with {options.out}", file=sys.stderr)
        return 130
    return 0


def run(options: argparse.Namespace) -> None:
    """Train as the options say.

    Args:
        options: what `parser` returns.

    Raises:
        UsageError: the options are out of range, contradict each other or the run in the folder, a library is missing, or
            data cannot be loaded.
    """
    from dataclasses import replace

    from ectype_transformer.tasks import preset
    from ectype_transformer.training_run import RunSettings, checkpoint_interval, train

    chosen = preset(options.data, options.preset)
    tokens = {} if options.tokens is None else {"source_tokens": options.tokens, "target_tokens": options.tokens}
    training = {name: value for name in ("steps", "warmup") if (value := getattr(options, name)) is not None} | tokens
    model = {} if options.dropout is None else {"dropout": options.dropout}
    try:
        settings = replace(chosen, model=replace(chosen.model, **model), training=replace(chosen.training, **training))
        train(
            RunSettings(
                data=options.data,
                preset=settings,
                seed=options.seed,
                parts=options.parts,
                mixed_precision=options.mixed_precision,
                checkpoint_every=checkpoint_interval(options.data, settings)
                if options.checkpoint_every is None
                else options.checkpoint_every,
                report_every=options.report_every,
            ),
            options.out,
            resume=options.resume,
            cpu=options.cpu,
            wmt14_path=options.wmt14,
        )
    except ValueError as error:
        raise UsageError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
