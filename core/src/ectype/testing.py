"""The conformance suite in pytest: one test for each component and check, named as ``ectype verify`` names them.

@parametrize_with_checks(paper)
def test_conformance(check):
    check()
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ectype import plugins
from ectype.checks import Check, unique
from ectype.declarations import Component
from ectype.errors import CheckFailedError, NotApplicableError, NotRunError
from ectype.paper import Paper


def parametrize_with_checks(paper: Paper, *, deep: bool = False) -> pytest.MarkDecorator:
    """Return a decorator of a test function with the argument ``check``, which is to be called.

    Ids are those of the outcomes of ``ectype verify``. Expected failures are strict: one that passes fails. What does
    not apply or cannot run is skipped, with the reason.

    Args:
        paper: the declarations, which are validated.
        deep: whether to run also what only ``ectype verify --deep`` runs.

    Raises:
        DeclarationError: if the declarations contradict each other.
    """
    paper.validate()
    manager = plugins.manager(strict=True)
    every = unique(item for found in manager.hook.ectype_checks() for item in found)
    cases = [case for component in paper.components for case in _cases(component, every, deep)]
    return pytest.mark.parametrize("check", cases)


def _cases(component: Component, every: list[Check], deep: bool) -> list[Any]:
    owed = [item for item in every if item.owed_by(component)]
    made = []
    for item in owed:
        if item.deep and not deep:
            continue
        reason = component.expected_failures.get(item.name)
        marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
        made.append(pytest.param(_runner(item, component), id=f"component/{component.id}/{item.name}", marks=marks))
    unknown = sorted(set(component.expected_failures) - {item.name for item in owed})
    if unknown:
        text = f"expected failures of {component.id} name checks it does not owe: {', '.join(unknown)}"
        made.append(pytest.param(_failing(text), id=f"component/{component.id}/expected-failures"))
    return made


def _runner(item: Check, component: Component) -> Callable[[], dict[str, Any] | None]:
    def check() -> dict[str, Any] | None:
        try:
            return item.function(component)
        except (NotApplicableError, NotRunError) as error:
            pytest.skip(str(error))

    return check


def _failing(text: str) -> Callable[[], None]:
    def check() -> None:
        raise CheckFailedError(text)

    return check
