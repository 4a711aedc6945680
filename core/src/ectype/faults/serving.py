"""Serving: a module with other code in it, in a fork that is thrown away afterwards.

Where only the bodies of functions differ, and were not run by the import, the functions that exist are given their new
bodies, and nothing has to be loaded again. Otherwise the whole package is: classes, registries and declarations made by the
import then belong together.
"""

from __future__ import annotations

import builtins
import gc
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, FunctionType, ModuleType
from typing import Any

from torch import Tensor

from ectype.faults.operators.statements import DETACH


class Server(MetaPathFinder):
    """Gives modules of a package other code; made once the package is loaded.

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
        files = {code.co_filename for code in self.codes.values()}
        self.functions: dict[CodeType, list[FunctionType]] = {}
        for value in gc.get_objects():
            if type(value) is FunctionType and value.__code__.co_filename in files:
                self.functions.setdefault(value.__code__, []).append(value)

    def code(self, name: str, source: str) -> CodeType:
        """Return the code of another source of a module, made as that of the module was (with its checks of types)."""
        loader = self.specs[name].loader
        assert isinstance(loader, SourceFileLoader)
        code: CodeType = loader.source_to_code(source.encode(), loader.path)
        return code

    def exchange(self, name: str, code: CodeType) -> bool:
        """Give the functions of a module the bodies they have in other code, and return whether that could be done."""
        try:
            pairs = list(self._changed(self.codes[name], code))
        except ValueError:
            return False
        for function, body in pairs:
            function.__code__ = body
        return True

    def _changed(self, old: CodeType, new: CodeType) -> Iterator[tuple[FunctionType, CodeType]]:
        """Yield functions with the bodies they are to have.

        Raises:
            ValueError: if a function that exists has no counterpart.
        """
        if old == new:
            return
        for function in self.functions.get(old, ()):
            if old.co_freevars != new.co_freevars:
                raise ValueError(f"{old.co_qualname} must keep the variables around it")
            yield function, new
        before, after = ([c for c in code.co_consts if isinstance(c, CodeType)] for code in (old, new))
        if [code.co_qualname for code in before] == [code.co_qualname for code in after]:
            for one, other in zip(before, after, strict=True):
                yield from self._changed(one, other)
        elif any(self._exist(code) for code in before):
            raise ValueError(f"the functions in {old.co_qualname} must stay")

    def _exist(self, code: CodeType) -> bool:
        return code in self.functions or any(self._exist(c) for c in code.co_consts if isinstance(c, CodeType))

    def serve(self, codes: Mapping[str, CodeType]) -> None:
        """Forget the package, so that the next import loads it again, with other code for some of its modules."""
        for name, spec in self.specs.items():
            del sys.modules[name]
            loader: Any = spec.loader
            loader.exec_module = _Execution(codes.get(name, self.codes[name]))
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return how a module is loaded, for ``import``."""
        return self.specs.get(name)


class _Execution:
    def __init__(self, code: CodeType) -> None:
        self.code = code

    def __call__(self, module: ModuleType) -> None:
        exec(self.code, vars(module))


class Detachment:
    """The function that cuts a value off from its gradient, wherever code calls it; ``probed`` code only asks if it could."""

    def __init__(self) -> None:
        self.possible: set[str] = set()
        setattr(builtins, DETACH, self)

    def __call__(self, value: Any, probe: str = "") -> Any:
        """Return a tensor without its gradient, and anything else as it is; a probe only notes that there is one."""
        if not (isinstance(value, Tensor) and value.requires_grad):
            return value
        if not probe:
            return value.detach()
        self.possible.add(probe)
        return value
