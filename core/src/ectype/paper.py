"""The ``Paper``: what a package declares about one publication, and the plugin that hands it to the harness."""

from __future__ import annotations

import importlib.util
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ectype.declarations import (
    KINDS,
    Claim,
    Claims,
    Component,
    Disagreement,
    Equation,
    Experiment,
    Kind,
    Place,
    Property,
    Reference,
    Target,
    kebab,
)
from ectype.errors import DeclarationError, Problem, UsageError
from ectype.experiments.declaring import Experiments, problems_of
from ectype.hookspecs import hookimpl
from ectype.locators import Locator, parse_locator, parse_locators
from ectype.needs import listed
from ectype.traits import Trait

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(slots=True, eq=False)
class Paper(Experiments):
    """The declarations of one paper package; the value that its entry point names.

    Args:
        package: the import name of the package, ``__package__`` in its ``claims.py``.
        equations: how many numbered equations the paper has: the denominator of the mark *equations*.
        tables: how many tables the paper has.
        api: the version of the declaration interface that the package was written for.
    """

    package: str
    equations: int
    tables: int
    api: int = 1
    components: list[Component] = field(default_factory=list, init=False)
    formulas: list[Equation] = field(default_factory=list, init=False)
    references: list[Reference] = field(default_factory=list, init=False)
    properties: list[Property] = field(default_factory=list, init=False)
    claims: list[Claim] = field(default_factory=list, init=False)
    disagreements: list[Disagreement] = field(default_factory=list, init=False)
    experiments: list[Experiment] = field(default_factory=list, init=False)
    inapplicable: dict[str, str] = field(default_factory=dict, init=False)
    problems: list[Problem] = field(default_factory=list, init=False)
    place: Place = field(default_factory=Place.of_caller, init=False)

    @property
    def folder(self) -> Path:
        """The folder of the import package, where the header and the code are."""
        spec = importlib.util.find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise UsageError(f"Paper(...) must be given the import name of its package; received {self.package!r}")
        return Path(next(iter(spec.submodule_search_locations)))

    @hookimpl
    def ectype_paper(self) -> Paper:
        """Hand this paper to the harness."""
        return self

    def component(
        self,
        kind: Kind,
        *,
        of: Callable[..., Any],
        settings: Sequence[Any] = ({},),
        id: str | None = None,
        expected_failures: Mapping[str, str] | None = None,
        traits: Sequence[Trait] = (),
        needs: str | Sequence[str] = (),
    ) -> Component:
        """Declare a component; decorate the function that draws its inputs.

        The draw is ``draw(rng, ...)``: ``rng`` is a ``torch.Generator``; parameters without a default are settings
        (or defaults of ``of``) by name; parameters with an integer default are free axes, which the harness varies.
        It returns the inputs as a tuple (or one value), floating-point tensors in float64. An axis called ``batch`` is
        one whose items do not see each other. What the inputs are depends on the kind:

        - layer, model, loss: what it is called with; of a loss the targets last.
        - optimizer: the tensors from which it starts; ``of`` is the class.
        - schedule: the step; ``of(step, ...)`` gives the rate. For ``of(optimizer, ...)`` that gives a scheduler of
          torch, anything.
        - sampler, data: what it is called with, less ``generator`` or ``seed``, which the harness gives by name.
        - procedure: what it is built from, little enough for one batch; ``of(*inputs, ...)`` has ``step()``, which
          returns the loss (or something with ``loss``), ``model``, ``save(path)`` and ``load(path)``.
        - environment: the actions of one episode. agent: what it observes, for ``of(...).act(observation)``.

        Args:
            kind: what it is; decides which conformance checks it owes.
            of: the function or class itself.
            settings: the keyword arguments (or the one settings object) to exercise it with, at least one.
            id: its name; by default the name of ``of`` in lower-case words.
            expected_failures: names of conformance checks that it fails, each with the reason.
            needs: modules that must be importable; without them its conformance checks and equations are "not run".
            traits: what the paper says about it that a check can measure, such as ``Causal("sequence")``; see
                ``ectype.traits``.
        """
        place = Place.of_caller()
        component = Component(kind, of, id or kebab(_name(of)), tuple(settings), dict(expected_failures or {}), place)
        component.traits = tuple(traits)
        component.needs = listed(needs)
        if kind not in KINDS:
            self._problem(place, f"a kind of component: {', '.join(KINDS)}", repr(kind))
        if not component.settings:
            self._problem(place, f"at least one setting for {component.id}", "none", "Write settings=[{}] for none")
        for name, reason in component.expected_failures.items():
            if not reason.strip():
                self._problem(place, f"a reason for the expected failure of {name!r}", "an empty text")
        self.components.append(component)
        return component

    def equation(
        self,
        locator: str,
        *,
        of: Callable[..., Any],
        elementwise: bool = False,
        tolerance: float = 1e-10,
        because: str = "",
    ) -> Equation:
        """Declare a located formula; decorate its oracle. Without an oracle it is shown as unchecked.

        The oracle gets the inputs of the component's draw as NumPy float64 arrays (or, ``elementwise``, as plain
        floats, one element at a time), then by name what it asks for: settings, and for a module ``weights``, its
        state as a dictionary of arrays.

        Args:
            locator: where the formula stands: ``"Eq. 1"``, ``"Sec. 3.5"``, ``"Alg. 1"``.
            of: the declared component that implements it.
            elementwise: whether the formula is about one number at a time.
            tolerance: largest deviation allowed, relative to the largest value of the oracle.
            because: why another tolerance than 1e-10.
        """
        place = Place.of_caller()
        where = self._locator(locator, place)
        equation = Equation(f"{where.slug}/{kebab(_name(of))}", where, of, elementwise, tolerance, because, place)
        self._reasoned_tolerance(tolerance, because, place)
        self.formulas.append(equation)
        return equation

    def reference(
        self,
        *,
        of: Callable[..., Any],
        needs: str | Sequence[str] = (),
        tolerance: float = 1e-10,
        because: str = "",
        id: str | None = None,
    ) -> Reference:
        """Declare an independent implementation of a component; decorate the function that gives it.

        Args:
            of: the declared component.
            needs: modules that must be importable; without them the comparison is "not run".
            tolerance: largest relative deviation in float64.
            because: why another tolerance than 1e-10.
            id: its name; by default the name of the decorated function.
        """
        place = Place.of_caller()
        self._reasoned_tolerance(tolerance, because, place)
        reference = Reference(id or "", of, listed(needs), tolerance, because, place)
        self.references.append(reference)
        return reference

    def property(
        self,
        locator: str,
        text: str,
        *,
        holds: bool = True,
        draws: int = 20,
        tolerance: float = 1e-10,
        because: str = "",
        id: str | None = None,
        needs: str | Sequence[str] = (),
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare a theorem, identity or invariance; decorate ``function(rng)`` which tests it once.

        The function returns ``(left, right)`` that must be equal, a truth value (or a tensor of them) that must be
        true, or a ``Sample`` whose mean must be the expected one.

        Args:
            locator: where the paper states it.
            text: the statement in one line.
            holds: False for what the paper says does *not* hold: then the sides must differ by more than 1 %.
            draws: how many random tests.
            tolerance: largest relative deviation of the two sides.
            because: why another tolerance than 1e-10.
            id: its name; by default the name of the function.
            needs: modules that must be importable; without them it is "not run".
        """
        place = Place.of_caller()
        where = self._locator(locator, place)
        self._reasoned_tolerance(tolerance, because, place)
        if draws < 1:
            self._problem(place, "at least one draw", str(draws))

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            name = id or kebab(_name(function))
            self.properties.append(
                Property(name, where, text, holds, draws, tolerance, because, place, function, listed(needs))
            )
            return function

        return register

    def claim(
        self,
        locator: str,
        text: str,
        *,
        printed: str | Target | Mapping[str, str | Target],
        unit: str = "",
        under: Disagreement | None = None,
        missing: str = "",
        headline: bool = False,
        data: str = "",
        id: str | None = None,
        needs: str | Sequence[str] = (),
    ) -> Callable[[Callable[..., Any]], Claims]:
        """Declare published numbers without training; decorate the function that measures ours, in the printed unit.

        The function takes what it asks for: ``row`` (the key, where ``printed`` is a mapping), ``reading`` (of
        ``under``). The printed digits must come out. Numbers that are trained or sampled are ``empirical``.

        Args:
            locator: where the number is printed.
            text: what it is, in one line.
            printed: the digits as printed, a ``Target``, or one a row.
            unit: the unit of the printed digits.
            under: the disagreement under each of whose readings it is measured.
            missing: an input that the paper does not state, if there is one.
            headline: whether it is one of the results the paper stands for.
            data: the data set behind it.
            id: its name; by default the name of the function. Rows are appended.
            needs: modules that must be importable; without them it is "not run".
        """
        place = Place.of_caller()
        where = self._locator(locator, place)
        if not printed:
            self._problem(place, "printed digits", repr(printed))

        def register(function: Callable[..., Any]) -> Claims:
            name = id or kebab(_name(function))
            rows = printed if isinstance(printed, Mapping) else {None: printed}
            made = []
            for row, value in rows.items():
                target = self._target(value, None, place)
                if target is None:
                    continue
                claim = Claim(
                    name if row is None else f"{name}-{kebab(row)}",
                    where,
                    text if row is None else f"{text}: {row}",
                    target,
                    unit,
                    data,
                    headline,
                    place,
                    row=row,
                    under=under,
                    missing=missing,
                    function=function,
                    needs=listed(needs),
                )
                made.append(claim)
            self.claims.extend(made)
            return Claims(made)

        return register

    def not_attempted(
        self,
        locator: str,
        text: str,
        *,
        printed: str | Target,
        because: str,
        unit: str = "",
        data: str = "",
        headline: bool = False,
        id: str | None = None,
    ) -> None:
        """Declare a published number that is not measured here, with the reason.

        Args:
            locator: where the number is printed.
            text: what it is, in one line.
            printed: the digits as printed, or a ``Target``.
            because: what it would need.
            unit: the unit of the printed digits.
            data: the data set behind it.
            headline: whether it is one of the results the paper stands for.
            id: its name; by default the words of ``text``.
        """
        place = Place.of_caller()
        where = self._locator(locator, place)
        if not because.strip():
            self._problem(place, "because= with a reason for a claim that is not attempted", "an empty text")
        target = self._target(printed, None, place)
        if target is not None:
            name = id or kebab(text)
            self.claims.append(Claim(name, where, text, target, unit, data, headline, place, because=because))

    def disagreement(
        self, name: str, text: str, *, at: str, follow: str, departure: str = "", id: str | None = None
    ) -> Disagreement:
        """Declare a place where paper, code, mathematics or downstream libraries differ; then its readings.

        Args:
            name: what it is about, in a few words.
            text: what differs, in one or two sentences.
            at: where in the paper, one locator or several separated by commas.
            follow: the name of the reading that this package follows.
            departure: ``"D1"`` ... in the header, where the followed reading is not the paper's.
            id: its name; by default the words of ``name``.
        """
        place = Place.of_caller()
        locators = tuple(self._locators(at, place))
        disagreement = Disagreement(id or kebab(name), name, locators, text, follow, departure, place)
        self.disagreements.append(disagreement)
        return disagreement

    def not_applicable(self, mark: str, *, because: str) -> None:
        """Declare that a mark cannot be earned by this paper, with the reason, which is shown.

        Args:
            mark: ``"equations"``, ``"reference"``, ``"properties"``, ``"numbers"`` or ``"reproduced"``.
            because: the reason.
        """
        place = Place.of_caller()
        allowed = ("equations", "reference", "properties", "numbers", "reproduced")
        if mark not in allowed:
            self._problem(place, f"a mark: {', '.join(allowed)}", repr(mark))
        if not because.strip():
            self._problem(place, f"a reason why {mark} is not applicable", "an empty text")
        self.inapplicable[mark] = because

    def component_of(self, target: Callable[..., Any]) -> Component | None:
        """Return the declared component that a function or class is, or None."""
        return next((component for component in self.components if component.of is target), None)

    def validate(self) -> None:
        """Check the declarations against each other.

        Raises:
            DeclarationError: with every reason, each naming file and line of the declaration.
        """
        problems = [*self.problems, *problems_of(self.claims)]

        def problem(place: Place, expected: str, received: str, hint: str = "") -> None:
            problems.append(Problem(place.file, place.line, expected, received, hint))

        if not self.components:
            problem(self.place, "at least one component", "none", "Declare one with @paper.component(...)")
        for component in self.components:
            if component.draw is None:
                problem(component.place, f"a function that draws the inputs of {component.id}", "none")
            elif list(inspect.signature(component.draw).parameters)[:1] != ["rng"]:
                problem(component.place, f"a draw of {component.id} whose first parameter is rng", "another one")
            else:
                for expected, received in (found for trait in component.traits for found in trait.problems(component)):
                    problem(component.place, f"{component.id}: {expected}", received)
        for equation in self.formulas:
            if self.component_of(equation.of) is None:
                problem(equation.place, f"{equation.locator} to be of a declared component", _name(equation.of))
            if equation.oracle is not None and (shared := self._shared_code(equation.oracle)):
                problem(
                    equation.place,
                    f"an oracle of {equation.locator} that shares no code with the package",
                    f"one that uses {', '.join(shared)}",
                    "Write the formula again in plain floats or NumPy",
                )
        for reference in self.references:
            if self.component_of(reference.of) is None:
                problem(reference.place, "a reference of a declared component", _name(reference.of))
            if reference.build is None:
                problem(reference.place, f"a function that gives the reference of {_name(reference.of)}", "none")
        for claim in self.claims:
            if claim.under is not None and claim.under not in self.disagreements:
                problem(claim.place, "under= a disagreement of this paper", repr(claim.under))
        for disagreement in self.disagreements:
            self._check_disagreement(disagreement, problem)
        for what, ids in {
            "component": [(c.id, c.place) for c in self.components],
            "equation": [(e.id, e.place) for e in self.formulas],
            "property": [(p.id, p.place) for p in self.properties],
            "claim": [(c.id, c.place) for c in self.claims],
            "disagreement": [(d.id, d.place) for d in self.disagreements],
            "experiment": [(e.id, e.place) for e in self.experiments],
            "reference": [(f"{kebab(_name(r.of))}/{r.id}", r.place) for r in self.references],
        }.items():
            seen: dict[str, Place] = {}
            for name, place in ids:
                if not all(_ID.fullmatch(part) for part in name.split("/")):
                    problem(place, f"a {what} id of lower-case words and hyphens", repr(name), "Give it with id=")
                if name in seen:
                    problem(place, f"one {what} called {name!r}", f"a second one; the first is at {seen[name]}")
                seen[name] = place
        if problems:
            raise DeclarationError(sorted(set(problems), key=lambda p: (p.file, p.line or 0, p.expected)))

    def _check_disagreement(self, disagreement: Disagreement, problem: Callable[..., None]) -> None:
        name, place = disagreement.id, disagreement.place
        if len(disagreement.readings) < 2:
            problem(place, f"at least two readings of {name}", str(len(disagreement.readings)))
        for reading, where in disagreement.repeated:
            problem(where, f"one reading {reading!r} of {name}", "two")
        if disagreement.follow not in disagreement.readings:
            known = ", ".join(disagreement.readings) or "none"
            problem(place, f"follow= one of the readings of {name} ({known})", repr(disagreement.follow))
        if "paper" in disagreement.readings and disagreement.follow != "paper" and not disagreement.departure:
            problem(
                place,
                f"departure= for {name}, whose followed reading is not the paper's",
                "none",
                "List it in the header as D1, D2, ... and name it here",
            )
        if not disagreement.measures and not any(claim.under is disagreement for claim in self.claims):
            problem(
                place,
                f"something measured under the readings of {name}",
                "nothing",
                "Add @<disagreement>.measure(...) or a claim with under=",
            )

    def _shared_code(self, oracle: Callable[..., Any]) -> list[str]:
        """Return names of the package's own code that an oracle, or a helper where it is declared, refers to."""
        home, claims = oracle.__module__, f"{self.package}.claims"
        found: set[str] = set()
        seen: set[int] = set()
        queue: list[Any] = [oracle]
        while queue:
            function = inspect.unwrap(queue.pop())
            if id(function) in seen or not inspect.isfunction(function):
                continue
            seen.add(id(function))
            names = inspect.getclosurevars(function)
            for name, value in {**names.globals, **names.nonlocals}.items():
                module = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", None) or ""
                if module == home or f"{module}.".startswith(f"{claims}."):
                    queue.append(value)
                elif module == self.package or module.startswith(f"{self.package}."):
                    found.add(name)
        return sorted(found)

    def _problem(self, place: Place, expected: str, received: str, hint: str = "") -> None:
        self.problems.append(Problem(place.file, place.line, expected, received, hint))

    def _reasoned_tolerance(self, tolerance: float, because: str, place: Place) -> None:
        if tolerance != 1e-10 and not because.strip():
            self._problem(place, "because= for another tolerance than 1e-10", f"tolerance={tolerance} without one")

    def _locator(self, text: str, place: Place) -> Locator:
        try:
            return parse_locator(text)
        except ValueError as error:
            self._problem(place, "a locator such as Eq. 1, Sec. 3.2, Tab. 3", str(error))
            return parse_locator("Abstract")

    def _locators(self, text: str, place: Place) -> Sequence[Locator]:
        try:
            return parse_locators(text)
        except ValueError as error:
            self._problem(place, "locators such as Eq. 1, Sec. 3.2, Tab. 3", str(error))
            return ()

    def _target(self, value: str | Target, runs: int | None, place: Place) -> Target | None:
        try:
            return value if isinstance(value, Target) else Target(value, runs=runs)
        except ValueError as error:
            self._problem(place, "printed digits", str(error))
            return None


def _name(of: Any) -> str:
    """Return the name of a function or class, also of a partial one."""
    return str(
        getattr(of, "__name__", None) or getattr(getattr(of, "func", None), "__name__", None) or type(of).__name__
    )
