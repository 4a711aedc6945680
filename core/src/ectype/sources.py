"""Python source: read, parsed and given another docstring, without importing it."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import tokenize
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ectype.errors import HeaderError, Problem
from ectype.locators import quoted


def load(path: Path, file: str) -> bytes:
    """Read a file; ``file`` is its name in problems, here and below.

    Raises:
        HeaderError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        received = getattr(error, "strerror", None) or str(error)
        raise HeaderError([Problem(file, None, "a file that can be read", received)]) from error


def decode(content: bytes, file: str) -> str:
    r"""Decode Python source; line ends become ``\n`` and a byte order mark goes.

    Raises:
        HeaderError: it is not UTF-8, declares another encoding, or holds null bytes.
    """

    def problem(line: int, received: str) -> HeaderError:
        return HeaderError([Problem(file, line, "Python source in UTF-8", received)])

    try:
        text = content.decode("utf-8-sig")
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise problem(line, f"byte 0x{error.object[error.start]:02x}") from error
    except SyntaxError as error:
        raise problem(1, str(error)) from error
    if not encoding.startswith("utf-8"):
        raise problem(1, f"the declared encoding {encoding!r}")
    if "\0" in text:
        raise problem(text.count("\n", 0, text.index("\0")) + 1, "a null byte")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse(source: str, file: str) -> ast.Module:
    """Return the syntax tree of decoded source.

    Raises:
        HeaderError: it is not Python, or nested too deeply to be read.
    """
    with _python(file), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about escapes; whoever imports the file gets them
        return ast.parse(source)


def comments(source: str, file: str) -> list[tokenize.TokenInfo]:
    """Return the comments of decoded source, in their order.

    Raises:
        HeaderError: it is not Python.
    """
    with _python(file):
        tokens = tokenize.generate_tokens(io.StringIO(source).readline)
        return [token for token in tokens if token.type == tokenize.COMMENT]


@contextlib.contextmanager
def _python(file: str) -> Iterator[None]:
    try:
        yield
    except SyntaxError as error:
        raise HeaderError([Problem(file, error.lineno, "Python source", f"a syntax error: {error.msg}")]) from error
    except (tokenize.TokenError, ValueError, RecursionError, MemoryError) as error:
        raise HeaderError([Problem(file, None, "Python source", f"{type(error).__name__}: {error}")]) from error


class Docstring(NamedTuple):
    """The docstring of a module, with its first and last line in the file, from 1."""

    text: str
    first: int
    last: int


def docstring(content: bytes, file: str, expected: str = "a docstring") -> Docstring:
    """Find the docstring of a module; what comes behind it need not be Python.

    Args:
        content: the file as it is.
        file: its name in problems.
        expected: what to ask for where there is none.

    Raises:
        HeaderError: the file is not Python up to its docstring, or begins with something else.
    """
    source = decode(content, file)
    match = _FIRST_STATEMENT.match(source)
    body = parse(match[0] if match else source, file).body
    match body:
        case [ast.Expr(value=ast.Constant(value=str(text)) as node), *_]:
            return Docstring(text, node.lineno, node.end_lineno or node.lineno)
    line = body[0].lineno if body else 1
    received = "another statement" if body else "no statement"
    raise HeaderError([Problem(file, line, expected, received)])


# A docstring behind comments, to the end of its line. What looks otherwise is parsed with the rest of the file.
_FIRST_STATEMENT = re.compile(
    r"""(?:[ \t\f]*(?:\#[^\n]*)?\n)*+
        [rRuU]?(?P<quotes>"{3}|'{3})(?:(?!(?P=quotes))[^\\]|\\.)*+(?P=quotes)
        [ \t]*(?:\#[^\n]*)?(?:\n|\Z)""",
    re.DOTALL | re.VERBOSE,
)


def with_docstring(content: bytes, text: str, file: str, *, after: str) -> bytes:
    """Return the source with another docstring; all but its lines behind the line ``after`` stays byte for byte.

    Args:
        content: the file as it is.
        text: the new docstring, equal to the old one up to the line ``after`` and ending with a line feed.
        file: its name in problems.
        after: a whole line of the docstring.

    Raises:
        HeaderError: the docstring is written in a way that cannot be changed exactly.
    """
    old = docstring(content, file)
    if old.text == text:
        return content

    def refused(line: int, expected: str, received: str) -> HeaderError:
        return HeaderError([Problem(file, line, expected, received, "Nothing was written.")])

    lines = io.StringIO(content.decode(), newline="").readlines()  # with their line ends as they are
    values = old.text.split("\n")
    kept = values.index(after) + 1
    start = old.first - 1 + kept  # the first line that goes, from 0
    opening = re.match(r"\W*?([A-Za-z]*)(\"{3}|'{3})", lines[old.first - 1])
    regular = len(values) == old.last - old.first + 1
    if not opening or not regular or lines[start - 1].rstrip("\r\n") != after:
        expected = "one triple-quoted docstring whose lines are lines of the file"
        raise refused(old.first, expected, "another one")
    prefix, quotes = opening.groups()
    end = lines[start - 1][len(after) :]
    new = text.split("\n")[kept:-1]
    if "r" not in prefix.lower():
        escaped = "\\" + "\\".join(quotes)
        new = [line.replace("\\", r"\\").replace(quotes, escaped) for line in new]
    elif bad := [line for line in new if quotes in line]:
        raise refused(start, f"no {quotes} in a raw docstring", quoted(bad[0]))
    changed = "".join([*lines[:start], *(line + end for line in new), *lines[old.last - 1 :]]).encode()
    try:
        exact = docstring(changed, file).text == text
    except HeaderError:
        exact = False
    if not exact:
        raise refused(old.first, "a docstring that can be changed in place", "one that would not read the same")
    return changed
