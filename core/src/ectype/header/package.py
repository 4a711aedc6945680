"""The documentation header in a package: the docstring of its ``__init__.py``, read and written without importing it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

from ectype.files import write_atomically
from ectype.header.grammar import REPRODUCTION, TITLE, parse, render
from ectype.header.values import Header, Reproduced
from ectype.sources import docstring, load, with_docstring


def read(package_init: Path) -> Header:
    """Read the header of a package from source: import nothing, parse nothing behind the docstring.

    Raises:
        HeaderError: the file cannot be read, is not Python up to its docstring, or its header has problems.
    """
    file = str(package_init)
    return _parse(load(package_init, file), file)


def replace_reproduction(package_init: Path, reproduction: Iterable[Reproduced]) -> bool:
    """Write the reproduction status into the header of a package; leave every other byte of the file as it is.

    The file is replaced in one step, so that a reader finds the old or the new one; nothing is written where nothing
    changes.

    Returns:
        Whether the file has changed.

    Raises:
        HeaderError: ``read`` would raise it, or the docstring is written in a way that cannot be changed exactly.
        ValueError: more lines than a header may have.
    """
    file = str(package_init)
    old = load(package_init, file)
    header = dataclasses.replace(_parse(old, file), reproduction=tuple(reproduction))
    new = with_docstring(old, render(header), file, after=f"{REPRODUCTION}:")
    if new == old:
        return False
    write_atomically(package_init, new)
    return True


def _parse(content: bytes, file: str) -> Header:
    found = docstring(content, file, expected=f"a docstring that begins with '{TITLE}: <title>'")
    return parse(found.text, file=file, first_line=found.first)
