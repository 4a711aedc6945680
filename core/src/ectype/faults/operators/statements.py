"""Operators on statements: one left out, two swapped, a bound off by one, a value cut off from its gradient."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from ectype.faults.operators import Change, Code, last_name, operator

DETACH = "__detach__"
"""The name of the function that cuts a value off; ``planting`` provides it and watches whether it did anything."""

IN_PLACE = frozenset(
    """
    abs add addcmul clamp clip cos cumsum div exp fill floor log logical_not masked_fill mul neg pow relu scatter scatter_add
    sigmoid sin sqrt square squeeze sub t tanh transpose tril triu unsqueeze
    """.split()  # noqa: SIM905
)
"""Methods of tensors that have a twin which works in place."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@operator
def statement(node: ast.AST, code: Code) -> Iterator[Change]:
    """Leave out a statement: an update, a call for its effect, an error, the end of a loop."""
    dropped = isinstance(node, (ast.AugAssign, ast.Assert, ast.Break, ast.Continue))
    if isinstance(node, ast.Raise):
        dropped = not code.is_guard(code.parents[node])  # there the condition is ignored
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        function = node.value.func
        receiver = function.value if isinstance(function, ast.Attribute) else function
        dropped = not (isinstance(receiver, ast.Call) and last_name(receiver.func) == "super")
    if dropped:
        yield {node: ast.Pass()}


@operator
def loop(node: ast.AST, code: Code) -> Iterator[Change]:
    """Do not enter a loop."""
    if isinstance(node, ast.For):
        yield {node.iter: ast.Tuple([], ast.Load())}


@operator
def bound(node: ast.AST, code: Code) -> Iterator[Change]:
    """Make a range or slice one longer or shorter at an end, or ignore its step."""
    if isinstance(node, ast.Slice):
        upper = node.upper
        yield {node: ast.Slice(_more(node.lower, 1) if node.lower else ast.Constant(1), upper, node.step)}
        if upper is None:
            yield {node: ast.Slice(node.lower, ast.UnaryOp(ast.USub(), ast.Constant(1)), node.step)}
        else:
            yield {node: ast.Slice(node.lower, _more(upper, -1), node.step)}
            yield {node: ast.Slice(node.lower, _more(upper, 1), node.step)}
        if node.step is not None:
            yield {node: ast.Slice(node.lower, upper, None)}
    elif isinstance(node, ast.Call) and last_name(node.func) in ("range", "arange") and node.args:
        first, *others = node.args
        if not any(isinstance(value, ast.Starred) for value in node.args):
            stop = others[0] if others else first
            yield {stop: _more(stop, -1)}
            yield {stop: _more(stop, 1)}
            later = _more(first, 1) if others else ast.Constant(1)
            yield {node: ast.Call(node.func, [later, stop, *others[1:]], node.keywords)}


@operator
def sequence(node: ast.AST, code: Code) -> Iterator[Change]:
    """Swap two statements: steps that change the same value, or calls for their effect."""
    for field in ("body", "orelse", "finalbody"):
        statements = getattr(node, field, [])
        if isinstance(statements, list):
            for one, other in itertools.pairwise(statements):
                if _swappable(one, other):
                    yield {one: other, other: one}


@operator
def in_place(node: ast.AST, code: Code) -> Iterator[Change]:
    """Change an input in its place."""
    around = [name for above in code.above(node) if isinstance(above, _FUNCTIONS) for name in _tensors(above)]
    match node:
        case ast.Assign(targets=[ast.Name(name) as target], value=ast.BinOp(ast.Name(other), sign, right)):
            if name == other and name in around:
                yield {node: ast.AugAssign(target, sign, right)}
        case ast.Call(func=ast.Attribute(ast.Name(name) as receiver, method) as function):
            if name in around and method in IN_PLACE:
                yield {function: ast.Attribute(receiver, f"{method}_")}


@operator
def detached(node: ast.AST, code: Code) -> Iterator[Change]:
    """Cut a value off from its gradient."""
    cut: tuple[type[ast.expr], ...] = (ast.BinOp, ast.UnaryOp, ast.Call)
    if isinstance(node, ast.Return):
        cut = (*cut, ast.Name, ast.Subscript, ast.IfExp)
    value = node.value if isinstance(node, (ast.Return, ast.Assign)) else None
    around = next((above for above in code.above(node) if isinstance(above, _FUNCTIONS)), None)
    if isinstance(value, cut) and around is not None and _has_tensors(around):
        yield {value: ast.Call(ast.Name(DETACH), [value], [])}


def _more(value: ast.expr, by: int) -> ast.expr:
    if isinstance(value, ast.Constant) and type(value.value) is int and value.value + by >= 0:
        return ast.Constant(value.value + by)
    return ast.BinOp(value, ast.Add() if by > 0 else ast.Sub(), ast.Constant(abs(by)))


def _swappable(one: ast.stmt, other: ast.stmt) -> bool:
    if isinstance(one, ast.Expr) and isinstance(other, ast.Expr):
        return isinstance(one.value, ast.Call) and isinstance(other.value, ast.Call)
    if isinstance(one, ast.Assign) and isinstance(other, ast.Assign):
        names = [[ast.dump(target) for target in made.targets] for made in (one, other)]
        return names[0] == names[1] and all(isinstance(made.targets[0], ast.Name) for made in (one, other))
    return False


def _has_tensors(function: ast.AST) -> bool:
    """Return whether a function takes or returns tensors, as its annotations say."""
    returns = getattr(function, "returns", None)
    return bool(_tensors(function)) or (returns is not None and "Tensor" in ast.unparse(returns))


def _tensors(function: ast.AST) -> list[str]:
    """Return the arguments of a function that are tensors, as its annotations say."""
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return []
    taken = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [argument.arg for argument in taken if argument.annotation and "Tensor" in ast.unparse(argument.annotation)]
