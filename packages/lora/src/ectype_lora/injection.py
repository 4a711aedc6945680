"""Adapters into and out of a model (sections 4.1 and 4.2)."""

from collections.abc import Callable, Collection, Iterator

import torch
from torch import nn

from ectype_lora.low_rank_adapter import LowRankAdapter


def adapters(model: nn.Module) -> Iterator[tuple[str, LowRankAdapter]]:
    """Go through the adapters of a model.

    Args:
        model: any model.

    Yields:
        The name of an adapter in the model, and the adapter.
    """
    for name, module in model.named_modules():
        if isinstance(module, LowRankAdapter):
            yield name, module


def adapt(model: nn.Module, targets: Collection[str], adapter: Callable[[nn.Module], LowRankAdapter]) -> None:
    """Freeze a model and put adapters around some of its layers.

        adapt(model, ["query", "value"], lambda layer: LowRankLinear.around(layer, r=8, alpha=16))

    Args:
        model: any model, changed in place.
        targets: names of layers, whole or from a dot on: "query" is every layer called so, wherever it is.
        adapter: makes an adapter around a layer.

    Raises:
        ValueError: a target is the name of no layer, or of one that is adapted.

    Source: section 4.2.
    """
    found = {
        target: [name for name, _ in model.named_modules() if f".{name}".endswith(f".{target}")] for target in targets
    }
    if missing := [target for target, names in found.items() if not names]:
        raise ValueError(f"every target must be the name of a layer of the model; received {', '.join(missing)}")
    names = sorted({name for some in found.values() for name in some})
    if again := [name for name in names if isinstance(model.get_submodule(name), LowRankAdapter)]:
        raise ValueError(f"a layer is adapted once: merge its adapter first; received {', '.join(again)}")
    made = {name: adapter(model.get_submodule(name)) for name in names}
    # Sec. 4.2: everything that is pre-trained is frozen
    model.requires_grad_(False)
    for name, module in made.items():
        _replace(model, name, module)


def merge(model: nn.Module) -> None:
    """Put the update of each adapter into the weight beside it: a model without adapters that computes the same.

    Args:
        model: the adapted model, changed in place.

    Source: section 4.1.
    """
    for name, adapter in list(adapters(model)):
        _replace(model, name, adapter.merged())


@torch.no_grad()
def subtract(model: nn.Module) -> None:
    """Take the update of each adapter out of the weight beside it, which was merged with just this update.

    To leave a task, `adapt` the merged model, load the adapters of the task, and `subtract`: the weights are the
    pre-trained ones again, up to rounding, and the adapted model computes what it did before it was merged.

    Args:
        model: the adapted model, changed in place.

    Source: section 4.1.
    """
    for _, adapter in adapters(model):
        # Sec. 4.1: we can recover W_0 by subtracting BA
        adapter.weight -= adapter.update()


def _replace(model: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, module)
