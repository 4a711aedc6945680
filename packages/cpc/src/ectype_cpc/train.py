"""Train the model for speech: `python -m ectype_cpc.train --audio recordings --out runs/speech`.

The folder holds WAV files, mono, 16 bits, 16 kHz. A run that was interrupted goes on when it is started again.
"""

from __future__ import annotations

import argparse
import sys
import wave
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from ectype.errors import EctypeError
from torch import Tensor

from ectype_cpc.fit import Fit
from ectype_cpc.presets import SPEECH


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    parser = argparse.ArgumentParser(prog="ectype_cpc.train", description="Train the model for speech.")
    add = parser.add_argument
    add("--audio", required=True, type=Path, metavar="FOLDER", help="WAV files: mono, 16 bits, 16 kHz")
    add("--out", required=True, type=Path, metavar="FOLDER", help="where checkpoints and metrics go")
    add("--seed", type=int, default=0, help="seed of weights and batches (default: 0)")
    for name in ("updates", "batch", "window", "channels", "hidden"):
        add(f"--{name}", type=int, default=getattr(SPEECH, name), help="default: %(default)s, as the paper")
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
    except (EctypeError, ValueError, OSError, wave.Error) as error:
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
        The loss of the batch of the last update, in nats.

    Raises:
        ValueError: a number is too small, or there are no usable recordings.
    """
    from ectype.experiments import Run

    names = ("updates", "batch", "window", "channels", "hidden")
    settings = replace(SPEECH, **{name: getattr(options, name) for name in names})
    waveforms = recordings(options.audio, settings.window)
    with Run(options.out, seed=options.seed) as run:
        fit = Fit(waveforms, settings, seed=options.seed)
        for step in run.steps(settings.updates, fit=fit):
            loss = fit.step()
            if step % 100 == 0 or step == settings.updates:
                run.log(step, loss=loss.item())
        return float(run.curves()[-1]["loss"]) if run.curves() else float("nan")


def recordings(folder: Path, window: int) -> Tensor:
    """Read all recordings of a folder, cut into pieces of four windows.

    Args:
        folder: of WAV files.
        window: samples of a window.

    Returns:
        One piece a row, between -1 and 1.

    Raises:
        ValueError: a file is not mono, 16 bits and 16 kHz, or there is nothing long enough.
    """
    pieces = []
    for path in sorted(folder.glob("*.wav")):
        with wave.open(str(path)) as file:
            kind = file.getnchannels(), 8 * file.getsampwidth(), file.getframerate()
            if kind != (1, 16, 16_000):
                raise ValueError(f"{path} must have 1 channel, 16 bits and 16000 Hz; received {kind}")
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        pieces += [torch.tensor(piece) for piece in _cut(samples, 4 * window)]
    if not pieces:
        raise ValueError(f"{folder} must hold WAV files of at least {4 * window} samples; received none")
    return torch.stack(pieces).float() / 2**15


def _cut(samples: np.ndarray, length: int) -> list[np.ndarray]:
    return [samples[start : start + length] for start in range(0, len(samples) - length + 1, length)]


if __name__ == "__main__":
    sys.exit(main())
