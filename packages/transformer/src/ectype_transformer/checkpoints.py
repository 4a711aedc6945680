"""Checkpoints of a model, and their average (section 6.1)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from ectype.experiments.tensors import read_tensors, write_tensors
from torch import Tensor

from ectype_transformer.transformer import Transformer, TransformerSettings


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


def average_weights(checkpoints: Collection[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Mean of several sets of weights.

    Args:
        checkpoints: weights by name, with the same names and shapes.

    Returns:
        The means, computed in double precision, in the types of the first checkpoint.

    Raises:
        ValueError: there is no checkpoint, or they differ in names or shapes.

    Source: section 6.1.
    """
    if not checkpoints:
        raise ValueError("there must be at least one checkpoint to average; received none")
    shapes = [{name: tensor.shape for name, tensor in weights.items()} for weights in checkpoints]
    for number, found in enumerate(shapes, start=1):
        if differing := [name for name in shapes[0] | found if found.get(name) != shapes[0].get(name)]:
            raise ValueError(
                f"all checkpoints must have the names and shapes of the first; received number {number}, which differs in "
                f"{', '.join(differing)}. Average checkpoints of one training only"
            )
    # Sec. 6.1: a single model obtained by averaging the last checkpoints
    means = {name: sum(weights[name].double() for weights in checkpoints) / len(checkpoints) for name in shapes[0]}
    return {name: means[name].to(tensor.dtype) for name, tensor in next(iter(checkpoints)).items()}


def average_checkpoints(paths: Sequence[Path]) -> dict[str, Tensor]:
    """Mean of the weights in several files.

    Args:
        paths: files that `write_model` wrote in one training.

    Returns:
        See `average_weights`.

    Raises:
        ValueError: see `average_weights`.

    Source: section 6.1.
    """
    return average_weights([read_tensors(path)[0] for path in paths])
