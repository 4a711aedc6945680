"""A component in one of its settings: built, given drawn inputs, called; what every check of it shares."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ectype.declarations import Component, bind


@dataclass(frozen=True, slots=True)
class Case:
    """A component with one of its declared settings."""

    component: Component
    index: int

    @property
    def setting(self) -> Any:
        """The setting as declared."""
        return self.component.settings[self.index]

    @property
    def named(self) -> dict[str, Any]:
        """Settings by name, with the defaults of the component: what draws, oracles and references can ask for."""
        signature = inspect.signature(self.component.of)
        values = {p.name: p.default for p in signature.parameters.values() if p.default is not p.empty}
        if isinstance(self.setting, Mapping):
            for key, value in self.setting.items():
                values |= {key: value} | _fields(value)
            return values
        return values | _fields(self.setting) | {"settings": self.setting}

    @property
    def is_module(self) -> bool:
        """Whether the component is a ``torch.nn.Module``."""
        return inspect.isclass(self.component.of) and issubclass(self.component.of, nn.Module)

    def __str__(self) -> str:
        if isinstance(self.setting, Mapping):
            return f"{self.component.id}({', '.join(f'{k}={_shown(v)}' for k, v in self.setting.items())})"
        return f"{self.component.id}({self.setting!r})"

    def call(self, *inputs: Any, **more: Any) -> Any:
        """Call the component's function, or its class, with inputs, the setting and further named arguments."""
        if isinstance(self.setting, Mapping):
            return self.component.of(*inputs, **{**self.setting, **more})
        return self.component.of(*inputs, self.setting, **more)

    def build(self, *, dtype: torch.dtype = torch.float64, seed: int = 0) -> Callable[..., Any]:
        """Return the component ready to be called with inputs, as its authors initialise it.

        Args:
            dtype: of parameters and buffers.
            seed: of the initialisation, if it draws from the global generator.
        """
        if not inspect.isclass(self.component.of):
            return self.call
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            built = self.call()
        return built.to(dtype) if isinstance(built, nn.Module) else built

    def perturbed(self, *, dtype: torch.dtype = torch.float64, seed: int = 0) -> Callable[..., Any]:
        """Return the component in evaluation mode with no parameter at a special value such as zero or one."""
        built = self.build(dtype=dtype, seed=seed)
        if isinstance(built, nn.Module):
            rng = generator(self.component.id, "parameters", seed)
            with torch.no_grad():
                for parameter in built.parameters():
                    noise = torch.randn(parameter.shape, generator=rng, dtype=torch.float64)
                    parameter.add_(0.2 * noise.to(parameter.dtype))
            built.eval()
        return built

    def inputs(self, label: str, index: int = 0, *, sizes: Mapping[str, int] | None = None) -> tuple[Any, ...]:
        """Return drawn inputs, the same ones for the same label and index.

        Args:
            label: what they are for.
            index: which draw.
            sizes: sizes of free axes that differ from their defaults.
        """
        draw = self.component.draw
        assert draw is not None  # validated
        rng = generator(self.component.id, label, index)
        return as_tuple(bind(draw, (rng,), {**self.named, **(sizes or {})}, what=f"the draw of {self.component.id}"))

    def draws(self, label: str, count: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Yield named inputs: default sizes, then varied sizes, then every declared limiting case."""
        for index in range(count):
            sizes = {axis: size + index % 3 for axis, size in self.component.axes.items()}
            yield f"draw {index}", self.inputs(label, index, sizes=sizes)
        for name, limit in self.component.limits.items():
            rng = generator(self.component.id, name, 0)
            inputs = bind(limit, (rng,), self.named, what=f"the limiting case {name!r} of {self.component.id}")
            yield f"limiting case {name!r}", as_tuple(inputs)


def cases(component: Component) -> list[Case]:
    """Return a case for every declared setting."""
    return [Case(component, index) for index in range(len(component.settings))]


def generator(*names: object) -> torch.Generator:
    """Return a generator whose stream depends on the names only, on every machine and in every order of checks."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))


def as_tuple(value: Any) -> tuple[Any, ...]:
    """Return several inputs as they are and one input as a tuple of one."""
    return value if isinstance(value, tuple) else (value,)


def to_numpy(value: Any) -> Any:
    """Return a value with every tensor in it as a NumPy array, floating point in float64; a dataclass as a mapping."""
    value = _mapping(value)
    if isinstance(value, Tensor):
        value = value.detach().cpu()
        return (value.double() if value.is_floating_point() else value).numpy().copy()
    if isinstance(value, Mapping):
        return {key: to_numpy(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(to_numpy(item) for item in value)
    return value


def to_dtype(value: Any, dtype: torch.dtype, *, requires_grad: bool = False) -> Any:
    """Return a value with every floating-point tensor in it copied to a type, as a leaf."""
    if isinstance(value, Tensor):
        if not value.is_floating_point():
            return value.clone()
        return value.detach().to(dtype, copy=True).requires_grad_(requires_grad)
    if isinstance(value, Mapping):
        return {key: to_dtype(item, dtype, requires_grad=requires_grad) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(to_dtype(item, dtype, requires_grad=requires_grad) for item in value)
    return value


def map_tensors(function: Callable[[str, Tensor], Any], value: Any, path: str = "") -> Any:
    """Return a value with every tensor in it replaced by ``function(place, tensor)``; places are those of ``tensors``."""
    if isinstance(value, Tensor):
        return function(path, value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {name: map_tensors(function, item, f"{path}[{name!r}]") for name, item in _fields(value).items()}
        return dataclasses.replace(value, **changed)
    if isinstance(value, Mapping):
        return {key: map_tensors(function, item, f"{path}[{key!r}]") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [map_tensors(function, item, f"{path}[{position}]") for position, item in enumerate(value)]
        return value._make(items) if hasattr(value, "_make") else type(value)(items)
    return value


def tensors(value: Any, path: str = "") -> Iterator[tuple[str, Tensor]]:
    """Yield every tensor in a value with its place in it, in a fixed order."""
    value = _mapping(value)
    if isinstance(value, Tensor):
        yield path, value
    elif isinstance(value, Mapping):
        for key in value:
            yield from tensors(value[key], f"{path}[{key!r}]")
    elif isinstance(value, (list, tuple)):
        for position, item in enumerate(value):
            yield from tensors(item, f"{path}[{position}]")


def arrays(value: Any, path: str = "") -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """Yield every number in a value as a float64 (or complex128) array with its place in it, in a fixed order."""
    value = _mapping(value)
    if isinstance(value, Mapping):
        for key in value:
            yield from arrays(value[key], f"{path}[{key!r}]")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        if value and all(isinstance(item, (int, float, bool)) for item in value):
            yield path, np.asarray(value, dtype=np.float64)
            return
        for position, item in enumerate(value):
            yield from arrays(item, f"{path}[{position}]")
    elif value is not None:
        array = np.asarray(to_numpy(value))
        if array.dtype == object or array.dtype.kind not in "biufc":
            raise TypeError(f"the value{path} must be numbers; received {type(value).__name__}")
        yield path, array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def deviation(ours: Any, theirs: Any) -> tuple[float, str]:
    """Return how far two values are apart, relative to the largest number in the second, and where.

    Returns:
        The largest deviation over all tensors (infinite where structure, shape or a non-finite value differs), and a
        sentence about the place where it is.

    Raises:
        ValueError: if there is nothing to compare.
    """
    left, right = list(arrays(ours)), list(arrays(theirs))
    if not right or not any(array.size for _, array in right):
        raise ValueError("there must be at least one number to compare; received none")
    if len(left) != len(right):
        return math.inf, f"{len(left)} values against {len(right)}"
    worst, where = 0.0, ""
    for (path, a), (_, b) in zip(left, right, strict=True):
        if a.shape != b.shape:
            return math.inf, f"shape{path} {list(a.shape)} against {list(b.shape)}"
        if not a.size:
            continue
        finite = np.isfinite(a) & np.isfinite(b)
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        if not np.all(finite | same):
            at = tuple(int(i) for i in np.argwhere(~(finite | same))[0])
            return math.inf, f"value{path}{list(at)} is {a[at]} against {b[at]}"
        scale = float(np.max(np.abs(b[finite]), initial=0.0))
        apart = np.where(finite, np.abs(np.where(finite, a, 0) - np.where(finite, b, 0)), 0.0)
        at = tuple(int(i) for i in np.unravel_index(int(np.argmax(apart)), apart.shape))
        relative = float(apart[at]) / scale if scale else float(apart[at])
        if relative > worst or not where:
            worst, where = max(worst, relative), f"value{path}{list(at)} is {a[at]:.10g} against {b[at]:.10g}"
    return worst, where


def _shown(value: Any) -> str:
    """Return a setting's value as text that is the same in every run: a function by its name, not by its address."""
    return str(value.__qualname__) if callable(value) and hasattr(value, "__qualname__") else repr(value)


def _mapping(value: Any) -> Any:
    return _fields(value) or value


def _fields(value: Any) -> dict[str, Any]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    return {}
