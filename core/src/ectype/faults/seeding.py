"""Seeding: which faults the source of a module can have, each with a name that stays when the source is laid out anew."""

from __future__ import annotations

import ast
import copy
import difflib
import hashlib
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace

from ectype import digests
from ectype.faults import operators
from ectype.faults.ground import ground
from ectype.faults.meaning import meaning
from ectype.faults.operators import Change, Code

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_ATOMS = (ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript, ast.List, ast.Dict, ast.Set, ast.ListComp)
_BINDING = (
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.Attribute,
    ast.Subscript,
    ast.Starred,
    ast.Await,
    ast.IfExp,
    ast.comprehension,
)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Fault:
    """One change to the source of a module.

    Args:
        id: ``<place>/<operator>/<digest>``; the digest is of the statement and the change, not of its line.
        place: the module below its package and the function or class in it, joined by dots.
        operator: the kind of fault.
        text: what became what.
        line: where the change begins.
        lines: first and last of the lines that are run by whoever meets the change; None where that may be anybody.
        on_import: whether the import of the module runs the change itself, as it does a default. Anybody may meet it then,
            also who only reads the signature of a function.
        edits: stretches of the UTF-8 source with what stands there instead, in order.
    """

    id: str
    place: str
    operator: str
    text: str
    line: int
    lines: tuple[int, int] | None
    on_import: bool
    edits: tuple[tuple[int, int, str], ...]

    @property
    def kin(self) -> str:
        """What faults have in common that the same checks notice: the place, but for defaults."""
        return "defaults" if self.on_import and self.lines else self.place

    def plant(self, source: str) -> str:
        """Return the source with the fault in it."""
        return _edited(source, self.edits)

    def is_run(self, lines: Container[int]) -> bool:
        """Return whether one of the fault's own lines is among those that were run."""
        first, last = self.lines or (1, 0)
        return any(line in lines for line in range(first, last + 1))

    def diff(self, source: str) -> str:
        """Return the change as lines with ``-`` and ``+``."""
        lines = difflib.unified_diff(source.splitlines(), self.plant(source).splitlines(), lineterm="", n=0)
        return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def seed(source: str, module: str) -> list[Fault]:
    """Return all faults of a module, in the order of its lines; no two are the same program, and none is the original.

    Args:
        source: of the module, with line ends as Python reads them.
        module: its name below its package.

    Raises:
        SyntaxError: if the source is not Python.
    """
    seeds = _Seeds(source, module)
    return sorted(seeds.faults(), key=lambda fault: (fault.line, fault.edits))


def probed(source: str, faults: Iterable[Fault]) -> str:
    """Return the source in which every value that a fault would cut off from its gradient is asked whether it has one."""
    cuts = [(fault.id, edit) for fault in faults if fault.operator == "detached" for edit in fault.edits]
    return _edited(source, sorted((start, end, f"{text[:-1]}, {id!r})") for id, (start, end, text) in cuts))


def _edited(source: str, edits: Iterable[tuple[int, int, str]]) -> str:
    data, done, parts = source.encode(), 0, []
    for start, end, text in edits:
        parts += [data[done:start], text.encode()]
        done = end
    return b"".join([*parts, data[done:]]).decode()


class _Seeds:
    def __init__(self, source: str, module: str) -> None:
        self.source, self.module = source, module
        self.data = source.encode()
        self.code = Code(ast.parse(source))
        self.starts = [0]
        for line in self.data.split(b"\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.known = {meaning(source)}
        self.counts: Counter[str] = Counter()

    def faults(self) -> Iterator[Fault]:
        every = operators.every()
        for node in ground(self.code.tree):
            for operator in every:
                for change in operator.function(node, self.code):
                    fault = self._fault(operator.name, change)
                    program = meaning(fault.plant(self.source))
                    if program and program not in self.known:
                        self.known.add(program)
                        yield self._named(fault, change)

    def _fault(self, operator: str, change: Change) -> Fault:
        statement = self._statement(next(iter(change)))
        within = [*self.code.above(statement)]
        scopes = [node.name for node in (statement, *within) if isinstance(node, _SCOPES)]
        on_import = not any(isinstance(node, _FUNCTIONS) for node in within)
        lines = None if on_import else _lines([*change, *_own_lines(statement)])
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):  # a default
            lines = _lines([*statement.body])
        return Fault(
            id="",
            place=".".join([self.module, *reversed(scopes)]),
            operator=operator,
            text=" and ".join(f"`{_short(old)}` becomes `{_short(new)}`" for old, new in change.items()),
            line=min(_position(node)[0] for node in change),
            lines=lines,
            on_import=on_import,
            edits=tuple(sorted(self._edit(old, new) for old, new in change.items())),
        )

    def _named(self, fault: Fault, change: Change) -> Fault:
        """Return a fault with its name: of the place, the operator, the statement and the change, not of the line."""
        statement = ast.unparse(_head(self._statement(next(iter(change)))))
        described = [statement, *(ast.unparse(node) for pair in change.items() for node in pair)]
        key = "/".join([fault.place, fault.operator, *map(_digest, described)])
        self.counts[key] += 1
        digest = hashlib.sha256(f"{key}/{self.counts[key]}".encode()).hexdigest()[:8]
        return replace(fault, id=f"{fault.place}/{fault.operator}/{digest}")

    def _statement(self, node: ast.AST) -> ast.stmt:
        return next(above for above in (node, *self.code.above(node)) if isinstance(above, ast.stmt))

    # The text of a change: as much as possible is the text of the source.

    def _edit(self, old: ast.AST, new: ast.AST) -> tuple[int, int, str]:
        start, end = self._span(old)
        if isinstance(old, ast.Attribute) and isinstance(new, ast.Attribute) and new.value is old.value:
            return end - len(old.attr.encode()), end, new.attr
        text = self._text(new)
        if isinstance(new, ast.expr) and not isinstance(new, ast.Slice) and self._may_bind(old, new, text):
            bare, wrapped = (_edited(self.source, [(start, end, form)]) for form in (text, f"({text})"))
            if meaning(bare) != meaning(wrapped):
                text = f"({text})"
        return start, end, text

    def _may_bind(self, old: ast.AST, new: ast.expr, text: str) -> bool:
        parent = self.code.parents[old]
        called = isinstance(parent, ast.Call) and old is parent.func
        loose = isinstance(new, (ast.NamedExpr, ast.Yield, ast.YieldFrom))
        return loose or "\n" in text or (not isinstance(new, _ATOMS) and (called or isinstance(parent, _BINDING)))

    def _span(self, node: ast.AST) -> tuple[int, int]:
        line, column, end_line, end_column = _position(node)
        return self.starts[line - 1] + column, self.starts[end_line - 1] + end_column

    def _segment(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self.data[start:end].decode()

    def _text(self, node: ast.AST) -> str:
        """Return the text of a node in which everything that was in the source is written as it was there."""
        if node in self.code.parents:
            return self._segment(node)
        kept: list[ast.expr] = []
        outline = ast.unparse(self._outline(node, kept))
        canonical = ast.unparse(node)
        for form in ("{}", "({})"):
            segments = [
                self._segment(part) if isinstance(part, _ATOMS) else form.format(self._segment(part)) for part in kept
            ]
            text = re.sub(r"_kept_(\d+)_", lambda match, found=segments: found[int(match[1])], outline)  # type: ignore[misc]
            if _canonical(text, node) == canonical:
                return text
        return canonical

    def _outline(self, node: ast.AST, kept: list[ast.expr]) -> ast.AST:
        """Return a node in which every expression of the source is a numbered name."""
        if isinstance(node, ast.expr) and node in self.code.parents:
            kept.append(node)
            return ast.Name(f"_kept_{len(kept) - 1}_")
        made = copy.copy(node)
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                setattr(made, name, [self._outline(v, kept) if isinstance(v, ast.AST) else v for v in value])
            elif isinstance(value, ast.AST):
                setattr(made, name, self._outline(value, kept))
        return made


def _own_lines(statement: ast.stmt) -> list[ast.AST]:
    """Return what stands on the lines that a statement itself runs: all of a simple one, the head of a compound one."""
    if not hasattr(statement, "body"):
        return [statement]
    fields = [getattr(statement, name, None) for name in ("test", "target", "iter", "subject", "items", "args")]
    parts = [part for field in fields for part in (field if isinstance(field, list) else [field])]
    return [below for part in parts if part is not None for below in ast.walk(part) if isinstance(below, ast.expr)]


def _head(statement: ast.stmt) -> ast.stmt:
    """Return a statement without what is below it and without decorators."""
    made = copy.copy(statement)
    for name, empty in (("body", [ast.Pass()]), ("orelse", []), ("finalbody", []), ("decorator_list", [])):
        if hasattr(made, name):
            setattr(made, name, empty)
    if isinstance(made, ast.Match):
        made.cases = []
    return made


def _lines(nodes: list[ast.AST]) -> tuple[int, int]:
    places = [_position(node) for node in nodes]
    return min(place[0] for place in places), max(place[2] for place in places)


def _position(node: ast.AST) -> tuple[int, int, int, int]:
    assert isinstance(node, (ast.expr, ast.stmt))
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 80 else f"{text[:77]}..."


def _canonical(text: str, node: ast.AST) -> str:
    """Return a text as ``ast`` writes it, or an empty one where it is not Python."""
    try:
        if isinstance(node, ast.stmt):
            return ast.unparse(ast.parse(text))
        if isinstance(node, ast.Slice):
            return ast.unparse(ast.parse(f"_[{text}]", mode="eval").body)[2:-1]
        return ast.unparse(ast.parse(f"({text}\n)", mode="eval"))
    except SyntaxError:
        return ""


def _digest(text: str) -> str:
    try:
        return digests.of_source(text)
    except SyntaxError:  # a slice alone
        return text
