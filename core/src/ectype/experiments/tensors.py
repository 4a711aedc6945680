"""Files of tensors that survive interruption: safetensors, written whole or not at all, read without executing code."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ectype.errors import UsageError


def write_tensors(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any] | None = None) -> None:
    """Write a safetensors file, whole or not at all: what was at the path stays until the new file is on disk.

    Args:
        path: the file; its folder must exist.
        tensors: what to store; a copy on the CPU is written.
        facts: what to store beside them, as JSON.

    Raises:
        OSError: the file cannot be written.
        TypeError: the facts are not JSON.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    metadata = {"facts": json.dumps(dict(facts or {}))}
    try:
        save_file({name: tensor.detach().cpu().clone() for name, tensor in tensors.items()}, partial, metadata)
        _flush(partial)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _flush(path.parent)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what ``write_tensors`` wrote.

    Args:
        path: the file.

    Returns:
        The tensors, on the CPU, and the facts.

    Raises:
        UsageError: the file is not of this form.
        OSError: the file cannot be read.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
            facts = json.loads((file.metadata() or {}).get("facts", "{}"))
    except (SafetensorError, ValueError) as error:
        raise UsageError(
            f"{path} must be a safetensors file of this program; received one that is not: {error}"
        ) from error
    return tensors, facts


def _flush(path: Path) -> None:
    """Wait until a file, or the entries of a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
