"""References: a component against an independent implementation with the same weights.

Compared in float64 to 1e-10 are values, gradients of inputs, gradients of parameters and the parameters after each of
the first five optimizer steps; in float32 our error against the reference in float64 may be at most eight times the
reference's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ectype.cases import Case, cases, deviation, generator, tensors, to_dtype
from ectype.declarations import Component, Reference, bind
from ectype.errors import CheckFailedError
from ectype.needs import require

DRAWS = 4
SPREAD = 8.0
STEPS = 5

Call = Callable[..., Any]


class InexpressibleError(Exception):
    """A setting that a reference cannot express."""


def check(reference: Reference, component: Component, *, distribution: str) -> dict[str, Any]:
    """Compare a component with a reference, in all its settings.

    Args:
        reference: the independent implementation.
        component: ours.
        distribution: the distribution of the paper, whose extras may install what the reference needs.

    Returns:
        The largest relative deviation of each thing compared, and the versions of what the reference needs.

    Raises:
        CheckFailedError: naming the first tensor that diverges.
        NotRunError: if something the reference needs cannot be imported, naming what to install.
    """
    versions = {name: require(name, distribution) for name in reference.needs}
    found: dict[str, float] = {}
    made, inexpressible = 0, 0
    for case in cases(component):
        other = _build(reference, case) if case.is_module else None
        if case.is_module and other is None:
            inexpressible += 1
            continue
        for name, inputs in case.draws(f"reference {reference.id}", DRAWS):
            try:
                for what, apart in _compare(reference, case, other, inputs, made):
                    found[what] = max(found.get(what, 0.0), apart)
            except InexpressibleError:
                inexpressible += 1
                break
            except CheckFailedError as error:
                raise CheckFailedError(f"{case}, {name}: {error} (ours against {reference.id})") from None
            made += 1
    if not made:
        raise CheckFailedError(f"{reference.id} must be able to express at least one setting of {component.id}")
    return {"deviations": found, "draws": made, "inexpressible settings": inexpressible, "versions": versions}


def _build(reference: Reference, case: Case) -> nn.Module | None:
    """Return the reference of a module in one setting, or None where it cannot express the setting."""
    assert reference.build is not None  # validated
    other = bind(reference.build, (), case.named, what=f"the reference {reference.id}")
    if other is not None and not isinstance(other, nn.Module):
        raise CheckFailedError(f"the reference of a module must be a module; received {type(other).__name__}")
    if other is not None:
        other.to(torch.float64).eval()  # what these return is not relied on; a few libraries return nothing
    return other


def _compare(
    reference: Reference, case: Case, other: nn.Module | None, inputs: Any, seed: int
) -> Iterator[tuple[str, float]]:
    if other is None:
        return _compare_functions(reference, case, inputs, seed)
    return _compare_modules(reference, case, other, inputs, seed)


def _agree(what: str, ours: Any, theirs: Any, tolerance: float) -> float:
    apart, where = deviation(ours, theirs)
    if not apart <= tolerance:
        raise CheckFailedError(f"{what}: {where}; relative deviation {apart:.3g}, allowed {tolerance:g}")
    return apart


def _loss(output: Any, seed: int) -> Tensor | None:
    """Return a fixed smooth function of all differentiable outputs, or None where there is none."""
    rng = generator("cotangent", seed)
    total: Tensor | None = None
    for _, value in tensors(output):
        if value.requires_grad and value.numel():
            direction = torch.randn(value.shape, generator=rng, dtype=torch.float64).to(value.dtype)
            term = (value * direction + value.square() / 2).mean()
            total = term if total is None else total + term
    return total


def _input_gradients(output: Any, inputs: Any, seed: int) -> list[Tensor]:
    leaves = [value for _, value in tensors(inputs) if value.requires_grad]
    loss = _loss(output, seed)
    if loss is None or not leaves:
        return []
    gradients = torch.autograd.grad(loss, leaves, allow_unused=True, retain_graph=True)
    return [torch.zeros_like(leaf) if g is None else g for leaf, g in zip(leaves, gradients, strict=True)]


def _compare_calls(ours: Call, theirs: Call, inputs: Any, seed: int, tolerance: float) -> Iterator[tuple[str, float]]:
    """Compare values and input gradients of two callables in float64."""
    left, right = (to_dtype(inputs, torch.float64, requires_grad=True) for _ in range(2))
    a, b = ours(*left), theirs(*right)
    yield "values", _agree("values", a, b, tolerance)
    mine, other = _input_gradients(a, left, seed), _input_gradients(b, right, seed)
    if mine or other:
        yield "input gradients", _agree("gradients of the inputs", mine, other, tolerance)


def _compare_float32(ours: Call, theirs: Call, truth: Any, inputs: Any) -> Iterator[tuple[str, float]]:
    """Compare our float32 error with the reference's own, both against the reference in float64."""
    if not any(value.is_floating_point() for _, value in tensors(truth)):
        return
    with torch.no_grad():
        single = to_dtype(inputs, torch.float32)
        mine, _ = deviation(ours(*single), truth)
        other, _ = deviation(theirs(*single), truth)
    allowed = SPREAD * max(other, torch.finfo(torch.float32).eps)
    if not mine <= allowed:
        raise CheckFailedError(
            f"values in float32: our error {mine:.3g} must be at most {allowed:.3g}, "
            f"{SPREAD:g} times the reference's own ({other:.3g})"
        )
    yield "float32", mine
    yield "float32 reference", other


def _compare_functions(reference: Reference, case: Case, inputs: Any, seed: int) -> Iterator[tuple[str, float]]:
    ours = case.build()
    build = reference.build
    assert build is not None  # validated

    def theirs(*values: Any) -> Any:
        given = bind(build, values, case.named, what=f"the reference {reference.id}")
        if given is None:
            raise InexpressibleError
        return given

    yield from _compare_calls(ours, theirs, inputs, seed, reference.tolerance)
    if any(value.is_floating_point() for _, value in tensors(inputs)):
        truth = theirs(*to_dtype(inputs, torch.float64))
        yield from _compare_float32(ours, theirs, truth, inputs)


def _compare_modules(
    reference: Reference, case: Case, other: nn.Module, inputs: Any, seed: int
) -> Iterator[tuple[str, float]]:
    ours = case.perturbed(seed=seed)
    assert isinstance(ours, nn.Module)
    other.to(torch.float64)
    _load(reference, ours, other)
    call = reference.adapt_call

    def theirs(*values: Any) -> Any:
        return other(*values) if call is None else call(other, *values)

    yield from _compare_calls(ours, theirs, inputs, seed, reference.tolerance)
    yield from _compare_training(reference, ours, other, theirs, inputs, seed)
    _load(reference, ours, other)
    with torch.no_grad():
        truth = theirs(*to_dtype(inputs, torch.float64))
    ours.to(torch.float32)
    other.to(torch.float32)
    yield from _compare_float32(ours, theirs, truth, inputs)


class _Recorded(dict[str, Tensor]):
    """Our tensors by name; remembers which were used."""

    def __init__(self, values: Mapping[str, Tensor]) -> None:
        super().__init__(values)
        self.used: set[str] = set()

    def __getitem__(self, name: str) -> Tensor:
        self.used.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.used |= {name} & self.keys()
        return super().get(name, default)

    def pop(self, name: str, *default: Any) -> Any:
        self.used.add(name)
        return super().pop(name, *default)

    def items(self) -> Any:
        self.used |= self.keys()
        return super().items()

    def values(self) -> Any:
        self.used |= self.keys()
        return super().values()


def _mapped(reference: Reference, values: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], set[str]]:
    recorded = _Recorded(values)
    if reference.map_weights is None:
        return dict(recorded), set(recorded)
    return dict(reference.map_weights(recorded)), recorded.used


def _load(reference: Reference, ours: nn.Module, other: nn.Module) -> None:
    """Copy our weights into the reference; every parameter on both sides must take part."""
    with torch.no_grad():
        mapped, used = _mapped(reference, {k: v.detach().clone() for k, v in ours.state_dict().items()})
    parameters = {name for name, _ in other.named_parameters()}
    known = set(other.state_dict())
    unused = {name for name, _ in ours.named_parameters()} - used
    for problem, names in {
        "parameters of ours that the map does not use": unused,
        "parameters of the reference that the map does not give": parameters - set(mapped),
        "names that the reference does not have": set(mapped) - known,
    }.items():
        if names:
            raise CheckFailedError(f"{problem}: {', '.join(sorted(names))}")
    try:
        other.load_state_dict(mapped, strict=False)
    except RuntimeError as error:
        raise CheckFailedError(f"the mapped weights must fit the reference: {error}") from error


def _compare_training(
    reference: Reference, ours: nn.Module, other: nn.Module, theirs: Call, inputs: Any, seed: int
) -> Iterator[tuple[str, float]]:
    """Compare parameter gradients, then the parameters after each of the first optimizer steps."""
    trained = [parameter for parameter in other.parameters() if parameter.requires_grad]
    if not trained:
        return
    pairs: list[tuple[Call, list[nn.Parameter]]] = [(ours, list(ours.parameters())), (theirs, trained)]
    optimizers = [torch.optim.SGD(parameters, lr=0.05, momentum=0.9) for _, parameters in pairs]
    names = [name for name, parameter in other.named_parameters() if parameter.requires_grad]
    for step in range(STEPS):
        for (call, _), optimizer in zip(pairs, optimizers, strict=True):
            optimizer.zero_grad()
            loss = _loss(call(*to_dtype(inputs, torch.float64)), seed)
            if loss is None:
                return
            loss.backward()  # type: ignore[no-untyped-call]
        if step == 0:
            mapped, _ = _mapped(reference, _gradients(ours))
            grads = {name: parameter.grad for name, parameter in other.named_parameters()}
            for name in names:
                theirs_gradient = grads[name]
                if theirs_gradient is None:
                    theirs_gradient = torch.zeros_like(mapped[name])
                yield (
                    "parameter gradients",
                    _agree(
                        f"gradient of {name}",
                        mapped[name],
                        theirs_gradient,
                        _floor(theirs_gradient, grads, reference.tolerance),
                    ),
                )
        for optimizer in optimizers:
            optimizer.step()
        with torch.no_grad():
            mapped, _ = _mapped(reference, dict(ours.state_dict()))
        current = dict(other.named_parameters())
        for name in names:
            yield (
                "optimizer steps",
                _agree(f"{name} after optimizer step {step + 1}", mapped[name], current[name], reference.tolerance),
            )


def _floor(gradient: Tensor, gradients: Mapping[str, Tensor | None], tolerance: float) -> float:
    """Return the tolerance for one gradient: relative to it, or to the largest of all where it is zero up to rounding."""
    largest = max((float(g.abs().max()) for g in gradients.values() if g is not None and g.numel()), default=0.0)
    own = float(gradient.abs().max()) if gradient.numel() else 0.0
    return tolerance if own >= 1e-5 * largest or own == 0 else tolerance * largest / own


def _gradients(module: nn.Module) -> dict[str, Tensor]:
    """Return the gradient of every parameter, and zeros for what has none, under the names of the state."""
    gradients = {k: torch.zeros_like(v) for k, v in module.state_dict().items()}
    for name, parameter in module.named_parameters():
        if parameter.grad is not None:
            gradients[name] = parameter.grad
    return gradients
