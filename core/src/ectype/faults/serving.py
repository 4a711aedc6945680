"""Serving: modules of a package loaded again, one of them with other code, in a fork that is thrown away afterwards."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterable, Mapping
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from torch import Tensor

from ectype.faults.operators.statements import DETACH


class Server(MetaPathFinder):
    """Loads modules of a package from code in memory.

    Args:
        names: modules of the package; those that are loaded from source can be served.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.specs: dict[str, ModuleSpec] = {}
        self.codes: dict[str, CodeType] = {}
        for name in names:
            spec = getattr(sys.modules.get(name), "__spec__", None)
            if spec is not None and isinstance(spec.loader, SourceFileLoader):
                self.specs[name] = spec
                self.codes[name] = spec.loader.source_to_code(spec.loader.get_data(spec.loader.path), spec.loader.path)

    def code(self, name: str, source: str) -> CodeType:
        """Return the code of another source of a module, made as that of the module was (with its checks of types)."""
        loader = self.specs[name].loader
        assert isinstance(loader, SourceFileLoader)
        code: CodeType = loader.source_to_code(source.encode(), loader.path)
        return code

    def serve(self, names: Iterable[str], codes: Mapping[str, CodeType]) -> None:
        """Forget modules, so that the next import loads them again.

        Args:
            names: the modules to forget.
            codes: for those of them that get other code.
        """
        for name in names & self.specs.keys():
            del sys.modules[name]
            loader: Any = self.specs[name].loader
            loader.exec_module = _Execution(codes.get(name, self.codes[name]))
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return how a module is loaded, for ``import``."""
        return self.specs.get(name)


class _Execution:
    def __init__(self, code: CodeType) -> None:
        self.code = code

    def __call__(self, module: ModuleType) -> None:
        prefix = f"{module.__name__}."
        for name, loaded in list(sys.modules.items()):  # a package finds those below it that were not forgotten
            if name.startswith(prefix) and "." not in name[len(prefix) :]:
                setattr(module, name[len(prefix) :], loaded)
        exec(self.code, vars(module))


class Detachment:
    """The function that cuts a value off from its gradient, wherever code calls it; knows whether that did anything."""

    def __init__(self) -> None:
        self.effective = False
        setattr(builtins, DETACH, self)

    def __call__(self, value: Any) -> Any:
        """Return a tensor without its gradient, and anything else as it is."""
        if isinstance(value, Tensor) and value.requires_grad:
            self.effective = True
            return value.detach()
        return value
