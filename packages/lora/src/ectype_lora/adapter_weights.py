"""What is stored for a task: the factors alone (section 4.2)."""

from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ectype_lora.injection import adapters


def adapter_state(model: nn.Module) -> dict[str, Tensor]:
    """Collect the factors of a model.

    Args:
        model: the adapted model.

    Returns:
        Its factors by their names in the model's state; they share memory with it.

    Source: section 4.2.
    """
    return {
        f"{name}.{factor}": getattr(adapter, factor).detach() for name, adapter in adapters(model) for factor in "AB"
    }


def load_adapter_state(model: nn.Module, state: dict[str, Tensor]) -> None:
    """Switch a model to another task.

    Args:
        model: the adapted model, changed in place.
        state: factors, as `adapter_state` gives them.

    Raises:
        ValueError: names or shapes are not those of the model's factors.
    """
    own = adapter_state(model)
    ours, theirs = ({name: tuple(value.shape) for name, value in values.items()} for values in (own, state))
    if ours != theirs:
        wrong = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
        received = ", ".join(f"{name}: {theirs.get(name, 'nothing')} for {ours.get(name, 'nothing')}" for name in wrong)
        raise ValueError(f"the factors must be those of the model, by name and shape; received {received}")
    for name, value in own.items():
        value.copy_(state[name])


def save_adapter(model: nn.Module, path: Path) -> None:
    """Write the factors of a model to a safetensors file.

    Args:
        model: the adapted model.
        path: the file.
    """
    save_file(adapter_state(model), path)


def load_adapter(model: nn.Module, path: Path) -> None:
    """Switch a model to the task whose factors are in a file.

    Args:
        model: the adapted model, changed in place.
        path: what `save_adapter` wrote.

    Raises:
        ValueError: names or shapes are not those of the model's factors.
    """
    load_adapter_state(model, load_file(path))
