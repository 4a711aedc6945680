"""Operators on truth values: comparisons, connectives, branches, flags."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ectype.faults.operators import Change, Code, operator

BOUNDARY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


@operator
def comparison(node: ast.AST, code: Code) -> Iterator[Change]:
    """Put the boundary of a comparison on the other side, or say the opposite."""
    if not isinstance(node, ast.Compare):
        return
    for position, sign in enumerate(node.ops):
        if other := BOUNDARY.get(type(sign)):
            ops = [other() if at == position else op for at, op in enumerate(node.ops)]
            yield {node: ast.Compare(node.left, ops, node.comparators)}
    if not code.is_test(node):  # there it is the branch that is turned round
        yield {node: negated(node)}


@operator
def connective(node: ast.AST, code: Code) -> Iterator[Change]:
    """Take *and* for *or*, or leave out one of several conditions."""
    if isinstance(node, ast.BoolOp):
        yield {node: ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)}
        for position in range(len(node.values)):
            rest = [value for at, value in enumerate(node.values) if at != position]
            yield {node: rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)}


@operator
def branch(node: ast.AST, code: Code) -> Iterator[Change]:
    """Turn a condition round, or ignore it."""
    if isinstance(node, ast.IfExp):
        yield {node: ast.IfExp(node.test, node.orelse, node.body)}
        yield {node: node.body}
        yield {node: node.orelse}
    elif isinstance(node, ast.While):
        yield {node.test: ast.Constant(False)}
    elif isinstance(node, ast.If):
        yield {node.test: ast.Constant(False)}
        if not code.is_guard(node):  # raising always is no fault that anybody makes
            yield {node.test: ast.Constant(True)}
            yield {node.test: negated(node.test)}
    elif isinstance(node, ast.comprehension):
        for test in node.ifs:
            yield {test: ast.Constant(True)}
            yield {test: negated(test)}


@operator
def flag(node: ast.AST, code: Code) -> Iterator[Change]:
    """Put a switch, also one that is a default, in its other position."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        parent = code.parents.get(node)
        if not (isinstance(parent, ast.While) and node is parent.test):
            yield {node: ast.Constant(not node.value)}


@operator
def training(node: ast.AST, code: Code) -> Iterator[Change]:
    """Ignore the training flag: dropout, or statistics of the batch, always or never."""
    if isinstance(node, ast.Attribute) and node.attr == "training" and isinstance(node.ctx, ast.Load):
        yield {node: ast.Constant(True)}
        yield {node: ast.Constant(False)}


def negated(test: ast.expr) -> ast.expr:
    """Return the opposite of a condition, written as a person would."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return ast.Compare(test.left, [OPPOSITE[type(test.ops[0])]()], test.comparators)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    return ast.UnaryOp(ast.Not(), test)
