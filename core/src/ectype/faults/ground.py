"""Ground: the parts of a syntax tree in which a fault of the paper's code can be."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ectype.faults.operators import last_name


def ground(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and those below it that a fault may change: no texts, annotations, decorators, messages, imports."""
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.JoinedStr, ast.Delete, ast.Global, ast.Nonlocal, ast.pattern)):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith(("TYPE_CHECKING", "__name__ == '__main__'")):
        return
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and _names_only(node):
        return
    yield node
    if isinstance(node, ast.Call) and last_name(node.func) == "zip":
        node = ast.Tuple(node.args)
    for name, value in ast.iter_fields(node):
        if name in _SKIPPED.get(type(node), ()):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from ground(child)


_SKIPPED: dict[type[ast.AST], tuple[str, ...]] = {
    ast.FunctionDef: ("decorator_list", "returns", "type_params"),
    ast.AsyncFunctionDef: ("decorator_list", "returns", "type_params"),
    ast.ClassDef: ("decorator_list", "bases", "keywords", "type_params"),
    ast.arg: ("annotation",),
    ast.AnnAssign: ("annotation",),
    ast.Raise: ("exc", "cause"),
    ast.Assert: ("msg",),
    ast.ExceptHandler: ("type",),
}


def _names_only(node: ast.Assign | ast.AnnAssign) -> bool:
    """Return whether an assignment only names types, or is for the tools: ``__all__``, ``T = TypeVar("T")``."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    made = node.value.func if isinstance(node.value, ast.Call) else None
    return last_name(targets[0]).startswith("__") or (
        made is not None and last_name(made) in ("TypeVar", "ParamSpec", "NewType", "TypeVarTuple")
    )
