"""The layers of a component, measured: which modules it calls, the shapes they give, their parameters and multiply-adds.

A component is measured at its default settings, which are the paper's, without memory behind its numbers; where that cannot
be called, in the first setting that is declared.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from ectype.cases import as_tuple, cases, generator, map_tensors, tensors
from ectype.declarations import Component, bind
from ectype.results import Layer, LayersRecord

MOST = 400
"""A component with more modules than this is not listed."""


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts floating-point operations as torch's ``FlopCounterMode`` does, also where a module differentiates itself."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        formula = flop_registry.get(func._overloadpacket)
        if formula is None:
            with self:
                made = func.decompose(*args, **(kwargs or {}))
            if made is not NotImplemented:
                return made
        made = func(*args, **(kwargs or {}))
        if formula is not None:
            self.total += formula(*args, **(kwargs or {}), out_val=made)
        return made


@dataclass
class _Seen:
    """What one module did: when it was first called, how often, the shapes it met last, and what was counted inside."""

    rank: int
    calls: int = 0
    inputs: tuple[Any, ...] = ()
    output: Any = None
    counted: int = 0


def measure(component: Component) -> LayersRecord | None:
    """Return the layers of a component, or None where it is no module or cannot be called.

    Args:
        component: as it is declared.
    """
    if not cases(component)[0].is_module or component.draw is None:
        return None
    for attempt in (_at_defaults, _as_declared):
        try:
            found = attempt(component)
        except Exception:  # the checks say what is wrong with it
            continue
        if found is not None:
            return found
    return None


def _at_defaults(component: Component) -> LayersRecord | None:
    """Measure on the device ``meta``, where sizes cost nothing."""
    setting = _required(component)
    default = dataclasses.replace(component, settings=(setting,))
    case = cases(default)[0]
    rng = generator(component.id, "layers", 0)
    assert component.draw is not None
    drawn = as_tuple(bind(component.draw, (rng,), case.named, what=f"the draw of {component.id}"))
    with torch.device("meta"):
        built = case.build()
    inputs = map_tensors(lambda _, tensor: tensor.to("meta"), drawn)
    return _measured(str(case), built, inputs)


def _as_declared(component: Component) -> LayersRecord | None:
    case = cases(component)[0]
    return _measured(str(case), case.build(), case.inputs("layers"))


def _required(component: Component) -> Any:
    """Return the first setting without what has a default: names that the component asks for, fields without default."""
    setting = cases(component)[0].setting
    if not isinstance(setting, Mapping):
        return _bare(setting)
    parameters = inspect.signature(component.of).parameters
    asked = {name for name, parameter in parameters.items() if parameter.default is parameter.empty}
    return {name: _bare(value) for name, value in setting.items() if name in asked}


def _bare(value: Any) -> Any:
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    missing = dataclasses.MISSING
    return type(value)(
        **{
            f.name: getattr(value, f.name)
            for f in dataclasses.fields(value)
            if f.init and f.default is missing and f.default_factory is missing
        }
    )


def _measured(setting: str, built: Callable[..., Any], inputs: tuple[Any, ...]) -> LayersRecord | None:
    assert isinstance(built, nn.Module)
    every = dict(built.named_modules())
    if len(every) > MOST:
        return None
    built.eval()
    seen: dict[str, _Seen] = {}
    with torch.random.fork_rng(devices=[]), _Operations() as counter:
        hooks = [hook for name, module in every.items() for hook in _watch(module, name, seen, counter)]
        try:
            built(*inputs)
        finally:
            for hook in hooks:
                hook.remove()
    layers = [_layer(name, every[name], seen.get(name)) for name in _ordered(built, seen)]
    return LayersRecord(setting=setting, layers=layers)


def _watch(module: nn.Module, name: str, seen: dict[str, _Seen], counter: _Operations) -> Iterator[Any]:
    def before(_: nn.Module, inputs: tuple[Any, ...]) -> None:
        here = seen.setdefault(name, _Seen(len(seen)))
        here.calls += 1
        here.inputs = inputs
        here.counted -= counter.total

    def after(_: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        seen[name].output = output
        seen[name].counted += counter.total

    yield module.register_forward_pre_hook(before)
    yield module.register_forward_hook(after)


def _ordered(root: nn.Module, seen: dict[str, _Seen]) -> Iterator[str]:
    """Yield the names of modules, each before its parts, parts in the order of their first calls."""
    names = {name: module for name, module in root.named_modules() if name}
    first = dict.fromkeys(names, len(seen))
    for name in names:
        for inner, did in seen.items():
            if inner == name or inner.startswith(f"{name}."):
                first[name] = min(first[name], did.rank)

    def below(parent: str) -> Iterator[str]:
        begin = f"{parent}." if parent else ""
        parts = [name for name in names if name.startswith(begin) and "." not in name[len(begin) :]]
        for name in sorted(parts, key=lambda name: first[name]):
            yield name
            yield from below(name)

    yield ""
    yield from below("")


def _layer(name: str, module: nn.Module, did: _Seen | None) -> Layer:
    kind = type(module)
    did = did or _Seen(0)
    return Layer(
        name=name,
        kind=f"{kind.__module__}.{kind.__qualname__}",
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        inputs=_shapes(did.inputs),
        outputs=_shapes(did.output),
        multiply_adds=did.counted // 2,
        calls=did.calls,
    )


def _shapes(value: Any) -> list[list[int]]:
    return [list(tensor.shape) for _, tensor in tensors(value)]
