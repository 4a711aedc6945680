"""Files of tensors that survive interruption, and the average of checkpoints (section 6.1)."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from ectype_transformer.extras import require
from ectype_transformer.transformer import Transformer, TransformerSettings


def write_tensors(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any] | None = None) -> None:
    """Write a safetensors file, whole or not at all: what was at the path stays until the new file is on disk.

    Args:
        path: the file; its folder must exist.
        tensors: what to store; no two may share memory.
        facts: what to store beside them, as JSON.
    """
    partial = path.with_name(f".{path.name}.partial")
    metadata = {"facts": json.dumps(dict(facts or {}))}
    require("safetensors.torch").save_file(
        {name: tensor.detach().contiguous() for name, tensor in tensors.items()}, partial, metadata
    )
    _flush(partial)
    partial.replace(path)
    _flush(path.parent)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `write_tensors` wrote.

    Args:
        path: the file.

    Returns:
        The tensors, on the CPU, and the facts.
    """
    with require("safetensors").safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        return tensors, json.loads((file.metadata() or {}).get("facts", "{}"))


def write_model(path: Path, model: Transformer, step: int) -> None:
    """Write weights, with the settings that rebuild the model.

    Args:
        path: the file.
        model: the model.
        step: number of steps it was trained for.
    """
    write_tensors(path, model.state_dict(), {"settings": asdict(model.settings), "step": step})


def read_model(path: Path) -> Transformer:
    """Build the model that `write_model` wrote.

    Args:
        path: the file.

    Returns:
        The model, in evaluation mode, on the CPU.
    """
    tensors, facts = read_tensors(path)
    model = Transformer(TransformerSettings(**facts["settings"]))
    model.load_state_dict(tensors)
    return model.eval()


def average_checkpoints(paths: Sequence[Path]) -> dict[str, Tensor]:
    """Mean of the weights of several checkpoints of one training.

    Args:
        paths: safetensors files with the same names and shapes.

    Returns:
        The means, computed in double precision, in the type of the first file.

    Raises:
        ValueError: there is no file, or the files differ in names or shapes.

    Source: section 6.1.
    """
    if not paths:
        raise ValueError("there must be at least one checkpoint to average; received none")
    first, _ = read_tensors(paths[0])
    sums = {name: tensor.double() for name, tensor in first.items()}
    for path in paths[1:]:
        tensors, _ = read_tensors(path)
        shapes, expected = ({name: tuple(t.shape) for name, t in these.items()} for these in (tensors, sums))
        if shapes != expected:
            differing = sorted(name for name in shapes | expected if shapes.get(name) != expected.get(name))
            raise ValueError(
                f"all checkpoints must have the names and shapes of {paths[0]}; received {path}, which differs in "
                f"{', '.join(differing)}. Average checkpoints of one training only"
            )
        for name, tensor in tensors.items():
            sums[name] += tensor
    # Sec. 6.1: a single model obtained by averaging the last checkpoints
    return {name: (total / len(paths)).to(first[name].dtype) for name, total in sums.items()}


def _flush(path: Path) -> None:
    """Wait until a file, or the entries of a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
