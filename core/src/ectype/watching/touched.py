"""What an edit touched: a digest of the code that a check calls, so that a check whose code has changed is known."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from ectype.faults.scope import modules, reached
from ectype.plugins import Entry
from ectype.tasks import Task


class Calls:
    """Digests of what checks of a paper call: declared functions as they are written, other modules with all they import.

    It is for the order in which checks run: what a function finds by other ways than the names in it is not seen.

    Args:
        entry: the paper; its package has been imported.
    """

    def __init__(self, entry: Entry) -> None:
        assert entry.package is not None
        self._modules = modules(entry.module, entry.package)
        self._imports = {name: module.imports for name, module in self._modules.items()}
        self._declared_in = entry.value.partition(":")[0]

    def digest(self, task: Task) -> str:
        """Return a digest of all that a check calls of the package."""
        texts: dict[str, str] = {}
        for function in task.calls:
            if function is not None:
                self._add(function, texts)
        return hashlib.sha256("\n".join(texts[key] for key in sorted(texts)).encode()).hexdigest()[:16]

    def _add(self, called: Any, texts: dict[str, str]) -> None:
        """Add the texts that something consists of: its own source where it is declared, else that of its modules."""
        called = inspect.unwrap(called) if callable(called) else called
        module = called.__name__ if isinstance(called, ModuleType) else getattr(called, "__module__", None)
        if not isinstance(module, str) or module not in self._modules:
            return
        if not self._declares(module):
            for name in reached([module], self._imports):
                texts[name] = self._modules[name].source
        elif isinstance(called, (FunctionType, type)):
            key = f"{module}:{called.__qualname__}"
            if key not in texts:
                texts[key] = _source(called)
                for found in _named(called):
                    self._add(found, texts)

    def _declares(self, module: str) -> bool:
        return module == self._declared_in or module.startswith(f"{self._declared_in}.")


def _source(called: Callable[..., Any]) -> str:
    try:
        return inspect.getsource(called)
    except (OSError, TypeError):
        return ""


def _named(called: Any) -> Iterator[Any]:
    """Yield the values of the global names that a function uses, in the functions within it too."""
    if not isinstance(called, FunctionType):
        return
    queue: list[CodeType] = [called.__code__]
    while queue:
        code = queue.pop()
        queue += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        yield from (called.__globals__[name] for name in code.co_names if name in called.__globals__)
