"""Settings: what cannot be meant is refused, by name and value."""

from __future__ import annotations

import dataclasses
import inspect
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jaxtyping import TypeCheckError
from torch import nn

from ectype.cases import Case, tensors
from ectype.checks import check
from ectype.checks.exercise import exercise
from ectype.checks.surroundings import preserved
from ectype.errors import CheckFailedError, NotApplicableError

_UNKNOWN = "no-such-choice"
_PROBABILITY = re.compile(r"(^|_)(drop\w*|prob\w*|smoothing)($|_)")


Demand = Literal["refuse", "refuse or work", "may refuse"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A component in a setting with one value changed.

    Args:
        case: the component with the declared setting.
        name: the setting that is changed.
        value: what it is changed to.
        demand: what the component must do; what it may refuse counts only if the docstring says that it does.
    """

    case: Case
    name: str
    value: Any
    demand: Demand

    def __str__(self) -> str:
        return f"{self.case.component.id} with {self.name}={self.value!r}"


@check("layer", "model", "loss", "optimizer", "schedule", "sampler", "data")
def invalid_settings(case: Case) -> dict[str, Any]:
    """A setting that cannot be meant raises ValueError with the received value, and nothing else.

    Each number in a declared setting is made negative and zero, each choice unknown. What then raises must raise
    ValueError and say the value; what runs must not give NaN. A probability outside [0, 1], an unknown choice, and some
    value of a setting that the docstring names under ``Raises`` must be refused. Otherwise a typing error in a
    configuration is found after a night of training.
    """
    tried, refused, promised = 0, set(), set()
    for attempt in _attempts(case):
        tried += 1
        with preserved(seed=0):
            if _refused(attempt):
                refused.add(attempt.name)
            elif attempt.demand == "refuse":
                raise CheckFailedError(f"{attempt}: must raise ValueError; it is accepted")
        if _promised(case, attempt.name):
            promised.add(attempt.name)
    if not tried:
        raise NotApplicableError(f"no declared setting of {case.component.id} is a number or a choice")
    if broken := sorted(promised - refused):
        text = (
            f"the docstring says under Raises that {', '.join(broken)} is checked; no value that was tried is refused"
        )
        raise CheckFailedError(f"{case.component.id}: {text}")
    return {"attempts": tried, "refused": sorted(refused)}


def _refused(attempt: Attempt) -> bool:
    """Return whether an attempt raises ValueError with the received value.

    Raises:
        CheckFailedError: if it raises something else, or gives NaN.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = exercise(_changed(attempt))
    except TypeCheckError as error:
        # Either the annotation of the setting refuses it, or drawn inputs no longer fit to it.
        return isinstance(attempt.value, str) or _fails(attempt, error)
    except ValueError as error:
        spellings = {str(attempt.value), repr(attempt.value)}
        spellings |= {f"{attempt.value:g}"} if isinstance(attempt.value, float) else set()
        if attempt.demand != "may refuse" and not any(text in str(error) for text in spellings):
            raise CheckFailedError(f"{attempt}: the error must say the received value; received {error}") from error
        return True
    except Exception as error:
        return _fails(attempt, error)
    if attempt.demand != "may refuse" and any(tensor.isnan().any() for _, tensor in tensors(value)):
        raise CheckFailedError(f"{attempt}: must raise ValueError or work; received NaN")
    return False


def _fails(attempt: Attempt, error: Exception) -> bool:
    """Raise for an error of the wrong type, unless what failed is that the inputs are those of another setting."""
    asked = attempt.name in inspect.signature(attempt.case.component.draw or attempt.case.component.of).parameters
    if attempt.demand == "may refuse" or (asked and _builds(attempt)):
        return False
    text = f"{type(error).__name__}: {str(error)[:300]}"
    raise CheckFailedError(f"{attempt}: must raise ValueError or work; received {text}") from error


def _builds(attempt: Attempt) -> bool:
    """Return whether the component can be built in the changed setting; a function always can."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _changed(attempt).build()
    except Exception:
        return False
    return True


def _attempts(case: Case) -> Iterator[Attempt]:
    """Yield settings with one value changed to something that cannot be meant, or hardly."""
    for name, value in _settings(case).items():
        if isinstance(value, str):
            yield Attempt(case, name, _UNKNOWN, "refuse")
        elif isinstance(value, float) and _PROBABILITY.search(name) and 0 <= value <= 1:
            yield from (Attempt(case, name, other, "refuse") for other in (-0.5, 1.5))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield from (Attempt(case, name, type(value)(other), "refuse or work") for other in (-1, 0))
            if isinstance(value, float):
                yield Attempt(case, name, 1e6, "may refuse")


def _settings(case: Case) -> dict[str, Any]:
    """Return the values of the declared setting by name, those of settings objects in it too."""
    setting = case.setting
    if not isinstance(setting, Mapping):
        return _fields(setting)
    found: dict[str, Any] = {}
    for name, value in setting.items():
        found |= _fields(value) or {name: value}
    return found


def _fields(value: Any) -> dict[str, Any]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
    return {}


def _changed(attempt: Attempt) -> Case:
    """Return the case with the changed setting and the inputs of the declared one; a settings object may raise."""
    component, setting = attempt.case.component, attempt.case.setting
    change = {attempt.name: attempt.value}
    if not isinstance(setting, Mapping):
        changed: Any = dataclasses.replace(setting, **change)
    elif attempt.name in setting:
        changed = {**setting, **change}
    else:
        changed = {k: dataclasses.replace(v, **change) if attempt.name in _fields(v) else v for k, v in setting.items()}
    return Case(
        dataclasses.replace(component, settings=(changed,), draw=lambda rng: attempt.case.inputs("settings")), 0
    )


def _promised(case: Case, name: str) -> bool:
    """Return whether a docstring names a setting under ``Raises``."""
    of = case.component.of
    documented = [of, getattr(of, "__init__", None)]
    documented += [type(v) for v in (case.setting.values() if isinstance(case.setting, Mapping) else [case.setting])]
    if inspect.isclass(of) and issubclass(of, nn.Module):
        documented.append(of.forward)
    for item in documented:
        text = inspect.getdoc(item) or ""
        section = re.search(r"^Raises:\n((?:[ \t]+.*\n?|\n)*)", text, re.MULTILINE)
        if section and re.search(rf"\b{re.escape(name)}\b", section[1]):
            return True
    return False
