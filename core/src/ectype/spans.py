"""Spans: the lines of the statement or expression that a comment explains."""

from __future__ import annotations

import ast
from bisect import bisect_right


class Spans:
    """The code that starts on each line of a file."""

    def __init__(self, tree: ast.Module) -> None:
        self.ends: dict[int, int] = {}  # first line of a statement or expression -> last line of the longest there
        self.columns: dict[int, int] = {}
        self.statements: set[int] = set()  # lines on which a statement starts
        self.closings: dict[int, int] = {}  # last line of a simple statement -> its first
        pending: list[ast.AST] = [tree]
        while pending:
            node = pending.pop()
            self._add(node)
            if not isinstance(node, ast.JoinedStr):  # places inside formatted strings are not reliable
                pending.extend(ast.iter_child_nodes(node))
        self.starts = sorted(self.ends)

    def _add(self, node: ast.AST) -> None:
        if not isinstance(
            node, ast.stmt | ast.expr | ast.excepthandler | ast.arg | ast.keyword | ast.pattern | ast.alias
        ):
            return
        line, end, column = node.lineno, node.end_lineno or node.lineno, node.col_offset
        lines = [line, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))]
        for start in lines:
            self.ends[start] = max(end, self.ends.get(start, end))
            self.columns[start] = min(column, self.columns.get(start, column))
            if isinstance(node, ast.stmt):
                self.statements.add(start)
        if isinstance(node, ast.stmt) and not isinstance(node, ast.Match) and not hasattr(node, "body"):
            self.closings[end] = min(line, self.closings.get(end, line))

    def at(self, line: int) -> tuple[int, int]:
        """Return the statement that starts or ends on a line, or the line alone inside a longer one."""
        if line in self.statements:
            return line, self.ends[line]
        return self.closings.get(line, line), line

    def after(self, line: int, column: int) -> tuple[int, int] | None:
        """Return the next code below a comment in the same block or bracket."""
        index = bisect_right(self.starts, line)
        if index == len(self.starts):
            return None
        start = self.starts[index]
        if start in self.statements and self.columns[start] < column:
            return None
        return start, self.ends[start]
