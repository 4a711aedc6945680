"""Operators on formulas: signs, factors, terms, numbers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ectype.faults.operators import Change, Code, operator

OTHER: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
ORDERED = (ast.Sub, ast.Div, ast.MatMult)
ONE_SIDED = (ast.Pow, ast.FloorDiv, ast.Mod, ast.LShift, ast.RShift)  # the right side alone is no formula
AXIS = frozenset({"dim", "dims", "axis", "axes", "dim0", "dim1"})
SMALL = 1e-3
LARGE = 100


@operator
def arithmetic(node: ast.AST, code: Code) -> Iterator[Change]:
    """Take another operation: minus for plus, division by a factor, the union of masks for their intersection."""
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and not _is_text(node) and (other := OTHER.get(type(node.op))):
        if isinstance(node, ast.BinOp):
            yield {node: ast.BinOp(node.left, other(), node.right)}
        else:
            yield {node: ast.AugAssign(node.target, other(), node.value)}


@operator
def operand_order(node: ast.AST, code: Code) -> Iterator[Change]:
    """Swap the sides of a difference, a quotient or a matrix product."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ORDERED):
        yield {node: ast.BinOp(node.right, node.op, node.left)}


@operator
def operand(node: ast.AST, code: Code) -> Iterator[Change]:
    """Leave out a term or factor: a residual, a bias, a scale, an epsilon."""
    if isinstance(node, ast.BinOp) and not _is_text(node):
        yield {node: node.left}
        if not isinstance(node.op, ONE_SIDED):
            yield {node: ast.UnaryOp(ast.USub(), node.right) if isinstance(node.op, ast.Sub) else node.right}
    elif isinstance(node, ast.AugAssign):
        yield {node: ast.Assign([node.target], node.value, lineno=node.lineno)}


@operator
def unary(node: ast.AST, code: Code) -> Iterator[Change]:
    """Leave out a minus, or the inversion of a mask."""
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.UAdd) and _from_the_end(node) is None:
        yield {node: node.operand}


@operator
def number(node: ast.AST, code: Code) -> Iterator[Change]:
    """Take another number: one more, the next axis, twice the constant, a larger epsilon."""
    parent = code.parents.get(node)
    if isinstance(parent, ast.arguments) and _is_seed(node, parent):  # any is as good
        return
    if (back := _from_the_end(node)) is not None:
        yield {node: ast.UnaryOp(ast.USub(), ast.Constant(2 if back == 1 else back - 1))}
    elif isinstance(node, ast.Constant) and _from_the_end(parent) is None:
        value = node.value
        if isinstance(value, float):
            factor = 100 if 0 < value < SMALL else 2
            yield {node: ast.Constant(float(f"{value * factor:.12g}") if value else 1.0)}
        elif isinstance(value, int) and not isinstance(value, bool):
            is_axis = isinstance(parent, ast.keyword) and parent.arg in AXIS
            more = value + 1 if value < LARGE else 2 * value
            yield {node: ast.Constant(value - 1 if is_axis and value > 0 else more)}


def _from_the_end(node: ast.AST | None) -> int | None:
    """Return the number behind the minus of a negative whole number, which counts from the end."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = node.operand.value
        return value if type(value) is int and value > 0 else None
    return None


def _is_seed(node: ast.AST, arguments: ast.arguments) -> bool:
    """Return whether a default is that of a seed."""
    positional = [*arguments.posonlyargs, *arguments.args]
    named = [*zip(reversed(positional), reversed(arguments.defaults), strict=False)]
    named += [
        (argument, value) for argument, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value
    ]
    return any(value is node and argument.arg.endswith("seed") for argument, value in named)


def _is_text(node: ast.BinOp | ast.AugAssign) -> bool:
    """Return whether this joins or formats a text."""
    sides = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.value,)
    return any(
        isinstance(s, ast.JoinedStr) or (isinstance(s, ast.Constant) and isinstance(s.value, (str, bytes)))
        for s in sides
    )
