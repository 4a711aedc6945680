"""The reference: what each package re-exports, from its docstrings; read from the source, nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ectype.site import docstrings
from ectype.site.excerpt import source_page
from ectype.site.markup import Markup, code, fence, heading, link, page, small, spread, table, text
from ectype.site.prose import render
from ectype.site.publication import Publication
from ectype.site.surface import Exported, Read, find, signature, surface

CORE = ("ectype", "ectype.traits", "ectype.experiments", "ectype.testing")
"""The modules of this package that papers import."""

INTRODUCTION = """\
What a paper package imports from `ectype`. What the packages themselves export stands on a page of each paper.
"""

_HOME = Path(__file__).parents[1]


def core(papers: Iterable[Publication]) -> str:
    """Return the reference of this package, with links to those of the papers."""
    parts = [INTRODUCTION]
    rows = [[link(code(p.entry.module), f"papers/{p.slug}/api.md"), text(p.title)] for p in papers if p.files]
    if rows:
        parts.append(table(["Package", "Paper"], rows, name="packages"))
    for module in CORE:
        parts.append(heading(2, code(module), module))
        parts += [_item(one, _of_core, Markup("")) for one in surface(module, _of_core)]
    return page("API reference", parts)


def package(paper: Publication) -> str:
    """Return the reference of a paper's package.

    Raises:
        InvalidError: if a formula or link in a docstring does not resolve.
    """
    files = {_module(file): file for file in paper.files}

    def read(module: str) -> str | None:
        return paper.files.get(files.get(module, ""))

    parts: list[str] = [spread([link(text(paper.title), "index.md"), code(f"pip install {paper.entry.distribution}")])]
    for one in surface(paper.entry.module, read):
        file = files[one.module]
        where = f"{file.partition('/')[2]}:{one.node.lineno}"
        parts.append(_item(one, read, link(code(where), f"{source_page(file)}#L{one.node.lineno}")))
    if len(parts) == 1:
        parts.append("The package re-exports nothing.")
    return page(f"API of {paper.title}", parts, searched=False)


def _item(one: Exported, read: Read, where: Markup) -> str:
    node = one.node
    parts = [heading(3, code(one.name), one.name)]
    if where:
        parts.append(small(where))
    if isinstance(node, ast.Assign | ast.AnnAssign):
        parts.append(fence(ast.get_source_segment(one.source, node) or one.name, "python"))
    else:
        parts.append(fence(_shown(one, node), "python"))
    parts.append(_said(one, one.docstring))
    if isinstance(node, ast.ClassDef):
        parts += [_member(one.name, owner, method) for owner, method in _methods(one, node, read)]
    return "\n\n".join(part for part in parts if part)


def _shown(one: Exported, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    """Return the signature; for a class, that of its construction, or its fields."""
    said = signature(one, node)
    if not isinstance(node, ast.ClassDef):
        return said
    made = [item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"]
    fields = [item for item in node.body if isinstance(item, ast.AnnAssign) and _is_public(item.target)]
    inner = [signature(one, made[0])] if made else [ast.get_source_segment(one.source, item) or "" for item in fields]
    body = "\n".join(f"    {line}" for part in inner for line in part.split("\n"))
    return f"{said}\n{body}".rstrip()


def _methods(one: Exported, node: ast.ClassDef, read: Read) -> Iterable[tuple[Exported, ast.FunctionDef]]:
    """Yield the public methods of a class, and of the classes of its package that it extends."""
    seen = set()
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and not item.name.startswith("_") and ast.get_docstring(item):
            seen.add(item.name)
            yield one, item
    for base in node.bases:
        above = find(one.module, ast.unparse(base), read) if isinstance(base, ast.Name) else None
        if above is not None and isinstance(above.node, ast.ClassDef):
            yield from ((owner, item) for owner, item in _methods(above, above.node, read) if item.name not in seen)


def _member(name: str, owner: Exported, node: ast.FunctionDef) -> str:
    title = heading(4, code(f"{name}.{node.name}"), f"{name}.{node.name}")
    return "\n\n".join(
        [title, fence(signature(owner, node), "python"), _said(owner, ast.get_docstring(node, clean=False) or "")]
    )


def _said(one: Exported, docstring: str) -> str:
    file = f"{one.module.replace('.', '/')}.py"
    return (
        render(docstrings.markdown(docstring), file=file, shift=3, prefix=one.name, resolve=lambda _: "")
        if docstring
        else ""
    )


def _is_public(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and not target.id.startswith("_")


def _module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def _of_core(module: str) -> str | None:
    below = module.split(".")[1:]
    for path in (_HOME.joinpath(*below).with_suffix(".py"), _HOME.joinpath(*below, "__init__.py")):
        if module.partition(".")[0] == _HOME.name and path.is_file():
            return path.read_text(encoding="utf-8")
    return None
