"""What a paper package declares, as values: components, equations, references, properties, claims, disagreements."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from ectype.locators import Locator
from ectype.printed import Printed
from ectype.traits import Trait

Kind = Literal[
    "layer",
    "model",
    "loss",
    "optimizer",
    "schedule",
    "sampler",
    "procedure",
    "data",
    "environment",
    "agent",
]
"""What a component is; decides which conformance checks it owes."""

KINDS: tuple[str, ...] = get_args(Kind)

Better = Literal["higher", "lower", ""]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was declared."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{'/'.join(Path(self.file).parts[-2:])}:{self.line}"

    @classmethod
    def of_caller(cls) -> Place:
        """Return the innermost place outside this package from which a declaration was made."""
        frame = sys._getframe(1)
        here = str(Path(__file__).parent)
        while frame.f_back is not None and frame.f_code.co_filename.startswith((here, "<string>")):
            frame = frame.f_back
        return cls(frame.f_code.co_filename, frame.f_lineno)


@dataclass(frozen=True, slots=True)
class Sample:
    """Random values whose mean a property predicts.

    Args:
        values: independent draws, at least 1,000 (a tensor or a sequence of floats).
        expected: the mean that the paper states.
    """

    values: Any
    expected: float


@dataclass(frozen=True, slots=True)
class Target:
    """A published number.

    Args:
        printed: the digits as printed, in the unit of the claim.
        source: where they are printed: ``"paper"`` (the version in the header) or a repository with its commit.
        runs: how many runs stand behind the number, where it was trained.
        plus_minus: the printed deviation, as digits.
        spans: what the plus-minus is over: ``"seeds"``, ``"samples"``, ``"episodes"``.
    """

    printed: str
    source: str = "paper"
    runs: int | None = None
    plus_minus: str = ""
    spans: str = ""

    def __post_init__(self) -> None:
        Printed(self.printed)


@dataclass(slots=True, eq=False)
class Component:
    """A thing of the paper that can be exercised alone, with the one draw of inputs that every check shares."""

    kind: Kind
    of: Callable[..., Any]
    id: str
    settings: tuple[Any, ...]
    expected_failures: Mapping[str, str]
    place: Place
    draw: Callable[..., Any] | None = None
    limits: dict[str, Callable[..., Any]] = field(default_factory=dict)
    traits: tuple[Trait, ...] = ()
    needs: tuple[str, ...] = ()

    def __call__(self, draw: Callable[..., Any]) -> Component:
        """Decorate the function that draws the inputs: ``draw(rng, <settings it needs>, <axis>=<size>)``."""
        self.draw = draw
        return self

    def limit(self, name: str) -> Callable[[F], F]:
        """Declare a limiting case: a function like the draw whose inputs equations and references also meet."""

        def register(draw: F) -> F:
            self.limits[name] = draw
            return draw

        return register

    @property
    def axes(self) -> dict[str, int]:
        """The free axes of the draw with their default sizes: its parameters that have an integer default."""
        assert self.draw is not None
        parameters = inspect.signature(self.draw).parameters.values()
        return {p.name: p.default for p in parameters if isinstance(p.default, int) and not isinstance(p.default, bool)}


@dataclass(slots=True, eq=False)
class Equation:
    """A located formula and the oracle that checks the component which implements it."""

    id: str
    locator: Locator
    of: Callable[..., Any]
    elementwise: bool
    tolerance: float
    because: str
    place: Place
    oracle: Callable[..., Any] | None = None

    def __call__(self, oracle: F) -> F:
        """Decorate the oracle: the formula in plain floats or NumPy float64, sharing no code with the component."""
        self.oracle = oracle
        return oracle


@dataclass(slots=True, eq=False)
class Reference:
    """An independent implementation of a component."""

    id: str
    of: Callable[..., Any]
    needs: tuple[str, ...]
    tolerance: float
    because: str
    place: Place
    build: Callable[..., Any] | None = None
    map_weights: Callable[..., Any] | None = None
    adapt_call: Callable[..., Any] | None = None

    def __call__(self, build: Callable[..., Any]) -> Reference:
        """Decorate the reference.

        For a function: another function with the same inputs, settings by name. For a module: a function of the
        settings that builds the other module, or returns None for a setting that it cannot express.
        """
        self.build = build
        self.id = self.id or kebab(build.__name__)
        return self

    def weights(self, function: F) -> F:
        """Declare how our tensors become theirs: ``function(ours) -> {their name: tensor}``.

        Applied to weights and to gradients alike, so it may only rename, stack, split, permute and transpose.
        """
        self.map_weights = function
        return function

    def call(self, function: F) -> F:
        """Declare how the reference is called: ``function(reference, *inputs)``, where its arguments differ."""
        self.adapt_call = function
        return function


@dataclass(frozen=True, slots=True, eq=False)
class Property:
    """A theorem, identity or invariance of the paper, tested on random inputs."""

    id: str
    locator: Locator
    text: str
    holds: bool
    draws: int
    tolerance: float
    because: str
    place: Place
    function: Callable[..., Any]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """One configuration of an experiment: the arguments that its function is called with."""

    experiment: Experiment
    name: str

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The keyword arguments of the experiment's function."""
        return self.experiment.variants[self.name]

    def __str__(self) -> str:
        return f"{self.experiment.id}/{self.name}"


@dataclass(slots=True, eq=False)
class Experiment:
    """A trained or sampled measurement: a function of a run, with the variants that it is run in."""

    id: str
    function: Callable[..., Any]
    variants: Mapping[str, Mapping[str, Any]]
    minutes: Mapping[str, float]
    novel: tuple[str, ...]
    needs: tuple[str, ...]
    place: Place

    def __getitem__(self, name: str) -> Variant:
        """Return a variant.

        Raises:
            KeyError: if there is none of that name.
        """
        if name not in self.variants:
            raise KeyError(f"{self.id} has the variants {', '.join(self.variants)}; received {name!r}")
        return Variant(self, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """How an empirical claim is measured and judged.

    Args:
        of: the variant whose metric is claimed, or several for an order, from the largest value to the smallest.
        metric: for each reading (None where there is one only) the metric of a run.
        seeds: runs 0 to seeds - 1 count.
        margin: how far from the target still counts as the same; None for an order.
        sd: supposed deviation over seeds, which says how many runs are needed; None where none is stated.
        sd_from: where that comes from.
        better: which way is better.
        resolution: smallest step of the metric, 0 where it has none.
        per: the variant that the metric is divided by, seed by seed.
        control: the variant that must fail the claim.
        paired: whether the rows of an order share what the seed draws.
        replays: whether seeds and streams are the authors' own.
    """

    of: tuple[Variant, ...]
    metric: Mapping[str | None, str]
    seeds: int
    margin: float | None = None
    sd: float | None = None
    sd_from: str = ""
    better: Better = ""
    resolution: float = 0.0
    per: Variant | None = None
    control: Variant | None = None
    paired: bool = False
    replays: bool = False

    @property
    def order(self) -> bool:
        """Whether it is claimed which value is larger, and not how large it is."""
        return len(self.of) > 1

    @property
    def variants(self) -> tuple[Variant, ...]:
        """Every variant that must be run."""
        return (*self.of, *(variant for variant in (self.per, self.control) if variant is not None))


@dataclass(slots=True, eq=False)
class Claim:
    """A published number or order that can be measured, or one that is declared as not attempted."""

    id: str
    locator: Locator
    text: str
    target: Target | None
    unit: str
    data: str
    headline: bool
    place: Place
    row: str | None = None
    under: Disagreement | None = None
    missing: str = ""
    needs: tuple[str, ...] = ()
    function: Callable[..., Any] | None = None
    second: Callable[..., Any] | None = None
    trained: Trained | None = None
    because: str = ""

    @property
    def kind(self) -> Literal["exact", "empirical", "order", "not attempted"]:
        """What the verdict of this claim is derived from."""
        if self.trained is not None:
            return "order" if self.trained.order else "empirical"
        return "not attempted" if self.function is None else "exact"


@dataclass(slots=True)
class Claims:
    """The claims made by one call of ``paper.claim``: one, or one a row."""

    claims: list[Claim]

    def derivation(self, function: F) -> F:
        """Declare a second, independent derivation, without which no exact claim is called contradicted."""
        for claim in self.claims:
            claim.second = function
        return function


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a disagreement; calling it calls the function that was declared for it."""

    name: str
    source: str
    function: Callable[..., Any]
    place: Place

    def __call__(self, *args: Any) -> Any:
        """Call the reading's function."""
        return self.function(*args)


@dataclass(slots=True, eq=False)
class Disagreement:
    """A place where paper, official code, mathematics or a downstream library say different things."""

    id: str
    name: str
    locators: tuple[Locator, ...]
    text: str
    follow: str
    departure: str
    place: Place
    readings: dict[str, Reading] = field(default_factory=dict)
    measures: dict[str, Callable[..., Any]] = field(default_factory=dict)
    repeated: list[tuple[str, Place]] = field(default_factory=list)

    def reading(self, name: str, *, source: str) -> Callable[[F], F]:
        """Declare a reading.

        Args:
            name: what it is called; ``"paper"`` is the reading that the paper states.
            source: where it is stated: a locator of the paper, or a repository, file and commit.
        """
        place = Place.of_caller()

        def register(function: F) -> F:
            if name in self.readings:
                self.repeated.append((name, place))
            self.readings[name] = Reading(name, source, function, place)
            return function

        return register

    def measure(self, text: str) -> Callable[[F], F]:
        """Declare a figure that is measured under every reading: ``function(reading) -> float``."""

        def register(function: F) -> F:
            self.measures[text] = function
            return function

        return register


def kebab(name: str) -> str:
    """Return a name as lower-case words joined by hyphens: ``MultiHeadAttention`` is ``multi-head-attention``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name)
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def bind(function: Callable[..., Any], inputs: Sequence[Any], named: Mapping[str, Any], *, what: str) -> Any:
    """Call a function with inputs by position and with those of the named values that it asks for.

    Args:
        function: takes the inputs first, then parameters whose names are looked up in ``named``.
        inputs: positional arguments.
        named: what can be asked for by name.
        what: what the function is, for the error.

    Raises:
        TypeError: if it asks for a name that is not there, or takes fewer inputs than there are.
    """
    parameters = list(inspect.signature(function).parameters.values())
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    if len(positional) < len(inputs) and not variadic:
        raise TypeError(f"{what} must take {len(inputs)} inputs by position; it takes {len(positional)}")
    arguments: dict[str, Any] = {}
    for parameter in parameters:
        if parameter in positional[: len(inputs)] or parameter.kind in (
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        ):
            continue
        if parameter.name in named:
            arguments[parameter.name] = named[parameter.name]
        elif parameter.default is parameter.empty:
            known = ", ".join(sorted(named)) or "nothing"
            raise TypeError(f"{what} asks for {parameter.name!r}; what can be asked for here is: {known}")
    return function(*inputs, **arguments)
