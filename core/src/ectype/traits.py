"""Traits: what a paper says about a component that can be measured; each selects a check of the conformance suite.

    @paper.component("layer", of=attention, traits=[Causal("length"), Cost("length", 2)])

An axis is a free axis of the component's draw. Where a value may depend on inputs or settings it can be a function of
them, all inputs by position, then by name the settings that it asks for: ``lambda x, *_, sigma: x * sigma``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from ectype.declarations import Component

_TENSORS = ("layer", "model", "loss")
_RANDOM = ("sampler", "data")

Value = float | Callable[..., Any]
"""A number, or a function of all inputs by position and settings by name."""


@dataclass(frozen=True, slots=True)
class Trait:
    """Base of all traits."""

    kinds: ClassVar[tuple[str, ...]] = ()
    """The kinds of component for which it means something."""

    def problems(self, component: Component) -> Iterator[tuple[str, str]]:
        """Yield what must hold for a component that declares this trait, and what does instead."""
        name = type(self).__name__
        if component.kind not in self.kinds:
            yield f"{name} to be declared for a {' or '.join(self.kinds)}", f"a {component.kind}"
        for field in ("axis", "per"):
            for axis in _several(getattr(self, field, ())):
                if axis not in component.axes:
                    known = ", ".join(component.axes) or "none"
                    yield f"{name} to name a free axis of the draw ({known})", repr(axis)


def _several(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@dataclass(frozen=True, slots=True)
class PermutationEquivariant(Trait):
    """Permuting the inputs along an axis permutes the outputs alike."""

    axis: str
    kinds: ClassVar = (*_TENSORS, "sampler")


@dataclass(frozen=True, slots=True)
class PermutationInvariant(Trait):
    """Permuting the inputs along an axis leaves the outputs as they are."""

    axis: str
    kinds: ClassVar = _TENSORS


@dataclass(frozen=True, slots=True)
class TranslationEquivariant(Trait):
    """Shifting the inputs along an axis, what leaves at the end coming back at the start, shifts the outputs alike."""

    axis: str
    kinds: ClassVar = _TENSORS


@dataclass(frozen=True, slots=True)
class Causal(Trait):
    """The output at a position depends on inputs at it and before it only.

    Args:
        axis: the axis of the positions.
        strict: whether the output depends on inputs before the position only.
    """

    axis: str
    strict: bool = False
    kinds: ClassVar = _TENSORS


@dataclass(frozen=True, slots=True)
class IgnoresPadding(Trait):
    """A position that is marked as padding is as good as absent, whatever stands there.

    Args:
        axis: the axis of the positions.
        input: which input, counted from 0, marks padding: a mask, or the tokens themselves.
        value: what stands in that input at padding: False in a mask, the id of the padding token in tokens; a text is
            the name of the setting that holds it.
    """

    axis: str
    input: int
    value: float | bool | str = False
    kinds: ClassVar = _TENSORS


@dataclass(frozen=True, slots=True)
class ShiftInvariant(Trait):
    """Adding a constant to an input leaves the outputs as they are.

    Args:
        input: which input, counted from 0.
        per: axes along which the constant may differ.
    """

    input: int = 0
    per: tuple[str, ...] = ()
    kinds: ClassVar = _TENSORS


@dataclass(frozen=True, slots=True)
class Homogeneous(Trait):
    """Multiplying inputs by a positive number a multiplies the outputs by a ** degree; degree 0 is scale invariance.

    Args:
        degree: the exponent.
        inputs: which inputs, counted from 0.
        tolerance: largest relative deviation, where a small constant of the component breaks exactness.
    """

    degree: float
    inputs: tuple[int, ...] = (0,)
    tolerance: float = 1e-10
    kinds: ClassVar = _TENSORS


@dataclass(frozen=True, slots=True)
class Symmetric(Trait):
    """Exchanging two inputs leaves the outputs as they are."""

    first: int = 0
    second: int = 1
    kinds: ClassVar = _TENSORS


@dataclass(frozen=True, slots=True)
class Cost(Trait):
    """The counted operations (matrix products, convolutions, attention) are a polynomial of this order in an axis."""

    axis: str
    order: int
    kinds: ClassVar = _TENSORS


@dataclass(frozen=True, slots=True)
class Initial(Trait):
    """Mean and standard deviation of parameters as they are initialised.

    Args:
        parameter: their names; ``*`` stands for anything.
        std: their standard deviation, a number or a function of settings by name.
        mean: their mean, likewise.
    """

    parameter: str
    std: Value
    mean: Value = 0.0
    kinds: ClassVar = ("layer", "model", "loss")


@dataclass(frozen=True, slots=True)
class TrainingDiffers(Trait):
    """Training mode computes something else, by more than dropout or batch statistics of torch.nn."""

    kinds: ClassVar = _TENSORS


@dataclass(frozen=True, slots=True)
class Invertible(Trait):
    """An inverse gives back the first input from the first output.

    Args:
        inverse: the name of a method, or a function of the outputs and, by name, of settings.
    """

    inverse: str | Callable[..., Any] = "inverse"
    kinds: ClassVar = (*_TENSORS, "sampler")


@dataclass(frozen=True, slots=True)
class LogDeterminant(Trait):
    """An output is the logarithm of the absolute determinant of the Jacobian of the first output, one an item.

    Args:
        output: which output, counted from 0.
        axis: the axis of the items.
    """

    output: int = 1
    axis: str = "batch"
    kinds: ClassVar = (*_TENSORS, "sampler")


@dataclass(frozen=True, slots=True)
class LowerBound(Trait):
    """A loss is never below a bound.

    Args:
        bound: the bound.
        attained: a function of the inputs (and, by name, settings) that gives inputs at which the loss is the bound.
    """

    bound: Value = 0.0
    attained: Callable[..., Any] | None = None
    kinds: ClassVar = ("loss",)


@dataclass(frozen=True, slots=True)
class Reduced(Trait):
    """How a loss is reduced over an axis: repeating every item leaves a mean as it is and doubles a sum."""

    axis: str
    by: Literal["mean", "sum"] = "mean"
    kinds: ClassVar = ("loss",)


@dataclass(frozen=True, slots=True)
class GradientScaleInvariant(Trait):
    """Multiplying the objective by a positive number leaves the steps of an optimizer as they are."""

    tolerance: float = 1e-6
    kinds: ClassVar = ("optimizer",)


@dataclass(frozen=True, slots=True)
class RotationEquivariant(Trait):
    """Rotating the coordinates of the problem rotates the steps of an optimizer alike."""

    kinds: ClassVar = ("optimizer",)


@dataclass(frozen=True, slots=True)
class Moments(Trait):
    """Mean and variance of what is sampled.

    Args:
        mean: the mean of the first output, a number or a function that gives a tensor which broadcasts to it.
        variance: its variance, likewise; None where it is not known.
        axis: the axis along which samples are independent.
    """

    mean: Value
    variance: Value | None = None
    axis: str = "batch"
    kinds: ClassVar = _RANDOM


@dataclass(frozen=True, slots=True)
class Digest(Trait):
    """What is generated from seed 0 in the first setting has this SHA-256; an empty one fails and says what it is."""

    sha256: str
    kinds: ClassVar = _RANDOM


@dataclass(frozen=True, slots=True)
class Disjoint(Trait):
    """No row of one split stands in another.

    Args:
        splits: keys or positions of the splits in what is generated.
    """

    splits: tuple[str | int, ...] = ("train", "test")
    kinds: ClassVar = ("data",)


@dataclass(frozen=True, slots=True)
class Overfits(Trait):
    """How fast a procedure overfits what it was given; the defaults hold for a procedure without this trait.

    Args:
        steps: how many steps it may take.
        to: the part of the first loss that it must come below.
    """

    steps: int = 100
    to: float = 0.5
    kinds: ClassVar = ("procedure",)
