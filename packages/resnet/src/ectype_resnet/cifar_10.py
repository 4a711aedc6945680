"""CIFAR-10 in the files of its authors (section 4.2)."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

TRAINING = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
TEST = ("test_batch.bin",)

_PIXELS = 3 * 32 * 32


def read_cifar_10(
    folder: Path, files: tuple[str, ...] = TRAINING
) -> tuple[Float[Tensor, "count 3 32 32"], Int[Tensor, "count"]]:
    """Read the binary version of the data set.

    Args:
        folder: where the files are, usually called `cifar-10-batches-bin`.
        files: which of them.

    Returns:
        The images with values from 0 to 1, and their classes.

    Raises:
        ValueError: a file is missing or is not a whole number of images.

    Source: section 4.2: 50k training images and 10k testing images in 10 classes.
    """
    rows = []
    for name in files:
        path = folder / name
        data = np.fromfile(path, dtype=np.uint8) if path.is_file() else np.empty(0, dtype=np.uint8)
        if not len(data) or len(data) % (1 + _PIXELS):
            raise ValueError(
                f"{path} must hold records of {1 + _PIXELS} bytes; received {len(data)}. "
                "Give the folder of the binary version of CIFAR-10"
            )
        rows.append(data.reshape(-1, 1 + _PIXELS))
    table = torch.from_numpy(np.concatenate(rows))
    return table[:, 1:].view(-1, 3, 32, 32).float() / 255, table[:, 0].long()
