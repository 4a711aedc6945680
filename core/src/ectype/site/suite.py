"""The page of the conformance suite: every check, what it asserts, who owes it, why it exists; read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ectype.declarations import KINDS
from ectype.site.markup import code, heading, page, table, text

INTRODUCTION = """\
Every declared component owes the checks of its kind, and those of the traits that it declares. They run on the inputs of
the component's one draw; nobody writes them for a paper. A check may be expected to fail, with a reason, and fails when it
passes then.
"""

SUITE = Path(__file__).parents[1] / "checks"


@dataclass(frozen=True, slots=True)
class Described:
    """A check as its source describes it."""

    name: str
    kinds: tuple[str, ...]
    trait: str
    deep: bool
    asserts: str
    why: str


def described() -> dict[str, list[Described]]:
    """Return the checks of this package by the topic of their module, without importing them."""
    found = {}
    for path in sorted(SUITE.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        checks = sorted(_checks(tree), key=lambda check: check.name)
        if checks:
            topic = (ast.get_docstring(tree) or path.stem).partition("\n")[0].rstrip(".").replace("``", "")
            found[topic] = checks
    return found


def suite() -> str:
    """Return the page."""
    parts = [INTRODUCTION]
    for number, (topic, checks) in enumerate(described().items(), 1):
        rows = [[code(c.name), text(c.asserts), text(c.why), text(_owed_by(c))] for c in checks]
        parts.append(heading(2, text(topic), f"topic-{number}"))
        parts.append(table(["Check", "Asserts", "Why", "Owed by"], rows, name="suite"))
    return page("Conformance checks", parts)


def _owed_by(check: Described) -> str:
    owed = "every component" if check.kinds == KINDS else ", ".join(check.kinds)
    trait = f", with the trait {check.trait}" if check.trait else ""
    return f"{owed}{trait}{' (only with --deep)' if check.deep else ''}"


def _checks(tree: ast.Module) -> Iterator[Described]:
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "check":
                options = {k.arg: k.value for k in decorator.keywords}
                asserts, _, why = (ast.get_docstring(node) or "").partition("\n")
                yield Described(
                    node.name.replace("_", "-"),
                    tuple(_kinds(decorator.args)),
                    ast.unparse(options["trait"]) if "trait" in options else "",
                    "deep" in options,
                    asserts,
                    " ".join(why.split()),
                )


def _kinds(arguments: list[ast.expr]) -> Iterator[str]:
    """Yield the kinds named by the arguments of the decorator; ``*KINDS`` names all."""
    for argument in arguments:
        if ast.unparse(argument) == "*KINDS":
            yield from KINDS
        else:
            yield ast.literal_eval(argument)
