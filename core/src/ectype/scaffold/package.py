"""The files of a new package: made from templates, checked, then put in place in one step."""

from __future__ import annotations

import ast
import json
import os
import shutil
import tomllib
from collections import Counter
from importlib import resources
from pathlib import Path

import jinja2

from ectype import header
from ectype.errors import EctypeError, UsageError
from ectype.scaffold.details import Details

_SUFFIX = ".jinja"


def files(details: Details) -> dict[str, str]:
    """Return the files of the package, by their names in its folder.

    A file ``NAME.py.jinja`` of a kind's folder becomes ``<component>.py`` of the import package; the folder ``every`` has
    what every package has.

    Raises:
        UsageError: if the component has the name of something else in them.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ectype.scaffold"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters["toml"] = lambda text: json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    templates = sorted(environment.list_templates())
    made: dict[str, str] = {}
    exports: dict[str, list[str]] = {}
    for folder, target in ((details.kind, f"src/{details.package}/"), ("every", "")):
        for template in (name for name in templates if name.startswith(f"{folder}/")):
            name = template.removeprefix(f"{folder}/").removesuffix(_SUFFIX)
            name = target + name.replace("NAME", details.name).replace("PACKAGE", details.package)
            if name in made:
                raise _taken(details, name)
            made[name] = environment.get_template(template).render(paper=details, exports=exports)
            if target and not name.endswith(("/claims.py", "/training.py")):
                exports[Path(name).stem] = _public(made[name])
    for name in (name for name in made if name.endswith(".py")):
        if twice := _bound_twice(made[name]):
            raise _taken(details, f"{', '.join(twice)} in {name}")
    return dict(sorted(made.items()))


def write(details: Details, folder: Path) -> list[str]:
    """Write a package and return the names of its files; on any failure nothing is left behind.

    Args:
        details: what the templates are filled with.
        folder: where to; it is not there yet, the one around it may be.

    Raises:
        UsageError: if it cannot be written.
        HeaderError: if the header would not read as it was meant.
    """
    made = files(details)
    temporary = folder.with_name(f".{folder.name}.{os.urandom(8).hex()}.tmp")
    new = not folder.parent.exists()
    try:
        for name, text in made.items():
            target = temporary / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
        _check(details, temporary, made)
        if os.path.lexists(folder):
            raise UsageError(f"a new paper must have a folder of its own; {folder} is there already")
        temporary.rename(folder)
    except BaseException as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if new and folder.parent.is_dir() and not any(folder.parent.iterdir()):
            folder.parent.rmdir()
        if isinstance(error, OSError):
            raise UsageError(f"the package must be written to {folder}; {error}. Nothing was written") from error
        raise
    return list(made)


def _check(details: Details, folder: Path, made: dict[str, str]) -> None:
    """Raise unless the header reads as it was meant, and the project file is one."""
    read = header.read(folder / "src" / details.package / "__init__.py")
    if read != details.header():
        raise EctypeError(f"the header must read as it was meant: {details.header()}; received {read}")
    tomllib.loads(made["pyproject.toml"])


def _taken(details: Details, by: str) -> UsageError:
    return UsageError(
        f"the component must have a name of its own; {details.component!r} is taken by {by}. Give another with --component"
    )


def _bound_twice(source: str) -> list[str]:
    """Return the names that a module binds twice at its top level."""
    names: list[str] = []
    for node in ast.parse(source).body:
        match node:
            case ast.Import() | ast.ImportFrom():
                names += [alias.name for alias in node.names]
            case ast.ClassDef() | ast.FunctionDef():
                names.append(node.name)
            case ast.Assign(targets=[ast.Name(name)]):
                names.append(name)
    return sorted(name for name, count in Counter(names).items() if count > 1)


def templates() -> Path:
    """Return the folder of the templates, where they can be read."""
    return Path(str(resources.files("ectype.scaffold") / "templates"))


def _public(source: str) -> list[str]:
    """Return the public classes and functions of a module."""
    body = ast.parse(source).body
    return sorted(n.name for n in body if isinstance(n, (ast.ClassDef, ast.FunctionDef)) and not n.name.startswith("_"))
