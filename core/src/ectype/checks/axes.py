"""Free axes: which dimensions of inputs and outputs carry one, and inputs changed along it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ectype.cases import Case, map_tensors, tensors
from ectype.checks.calls import call
from ectype.errors import NotApplicableError

Dimensions = Mapping[str, tuple[int, ...]]
"""Dimensions by the place of a tensor."""


def sized(case: Case, axis: str, size: int, label: str) -> tuple[Any, ...]:
    """Return drawn inputs in which one axis has another size than its default."""
    return case.inputs(label, sizes={axis: size})


def carriers(case: Case, axis: str, label: str = "axes") -> Dimensions:
    """Return the dimensions of inputs whose size is that of an axis: those that follow when it changes."""
    size = case.component.axes[axis] + 1
    return _following(size, sized(case, axis, size, label), sized(case, axis, size + 1, label))


def _following(size: int, value: Any, larger: Any) -> dict[str, tuple[int, ...]]:
    after = dict(tensors(larger))
    found = {}
    for path, tensor in tensors(value):
        if path in after and after[path].ndim == tensor.ndim:
            shapes = enumerate(zip(tensor.shape, after[path].shape, strict=True))
            found[path] = tuple(dim for dim, sizes in shapes if sizes == (size, size + 1))
    return found


@dataclass(frozen=True, slots=True)
class Along:
    """A component run along one axis: inputs, outputs, and which dimensions of them carry the axis.

    Args:
        case: the component.
        axis: the name of the axis.
        size: its size here, at least three.
        built: the component, ready to be called.
        inputs: drawn inputs.
        dims: dimensions of the inputs that carry the axis.
        outputs: what the component returns for the inputs.
        output_dims: dimensions of the outputs that carry the axis, by position.
    """

    case: Case
    axis: str
    size: int
    built: Callable[..., Any]
    inputs: tuple[Any, ...]
    dims: Dimensions
    outputs: list[Tensor]
    output_dims: list[tuple[int, ...]]

    @classmethod
    def of(cls, case: Case, axis: str, label: str) -> Along:
        """Draw inputs and run the component.

        Raises:
            NotApplicableError: if no dimension of an input has the size of the axis.
        """
        size = max(case.component.axes[axis], 3)
        built = case.perturbed()
        inputs, larger = (sized(case, axis, n, label) for n in (size, size + 1))
        dims = _following(size, inputs, larger)
        if not any(dims.values()):
            raise NotApplicableError(f"no dimension of the inputs of {case.component.id} is as long as the axis {axis}")
        outputs, after = (call(case, built, x, f"{axis}={n}") for x, n in ((inputs, size), (larger, size + 1)))
        followed = _following(size, outputs, after)
        return cls(
            case, axis, size, built, inputs, dims, outputs, [followed.get(f"[{i}]", ()) for i in range(len(outputs))]
        )

    def changed(self, function: Callable[[Tensor, int], Tensor]) -> tuple[Any, ...]:
        """Return the inputs with a function applied along every dimension that carries the axis."""
        return along(function, self.inputs, self.dims)

    def expected(self, function: Callable[[Tensor, int], Tensor]) -> list[Tensor]:
        """Return the outputs with a function applied along every dimension that carries the axis."""
        made = []
        for output, dims in zip(self.outputs, self.output_dims, strict=True):
            for dim in dims:
                output = function(output, dim)
            made.append(output)
        return made

    def run(self, inputs: tuple[Any, ...], what: str) -> list[Tensor]:
        """Run the component with other inputs."""
        return call(self.case, self.built, inputs, what)


def along(function: Callable[[Tensor, int], Tensor], inputs: tuple[Any, ...], dims: Dimensions) -> tuple[Any, ...]:
    """Return inputs with a function applied along every dimension of theirs that carries an axis."""

    def change(path: str, value: Tensor) -> Tensor:
        for dim in dims.get(path, ()):
            value = function(value, dim)
        return value

    changed: tuple[Any, ...] = map_tensors(change, inputs)
    return changed
