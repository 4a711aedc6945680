"""YAML as the Hub reads it: blocks of mappings and lists; texts always in double quotes, so that none can be anything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Plain: TypeAlias = "str | int | float | Sequence[Plain] | Mapping[str, Plain]"


def dump(value: Plain) -> str:
    """Return plain values as YAML, ending in a newline; keys must be words."""
    return f"{_block(value, 0)}\n"


def _block(value: Plain, indent: int) -> str:
    space = " " * indent
    if isinstance(value, Mapping) and value:
        return "\n".join(f"{space}{key}:{_after(item, indent + 2)}" for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        return "\n".join(f"{space}- {_block(item, indent + 2).lstrip(' ')}" for item in value)
    return space + _scalar(value)


def _after(value: Plain, indent: int) -> str:
    """Return what follows a key: a scalar on its line, anything else below it."""
    if isinstance(value, (Mapping, Sequence)) and not isinstance(value, str) and value:
        return f"\n{_block(value, indent)}"
    return f" {_scalar(value)}"


def _scalar(value: Plain) -> str:
    if isinstance(value, str):
        return f'"{"".join(map(_escaped, value))}"'
    if isinstance(value, (Mapping, Sequence)):
        return "{}" if isinstance(value, Mapping) else "[]"
    written = repr(value)
    return written if "e" not in written or "." in written else written.replace("e", ".0e")


def _escaped(character: str) -> str:
    """Return a character of a text in double quotes; YAML 1.1 and 1.2 agree on these."""
    if character in '"\\':
        return f"\\{character}"
    number = ord(character)
    if 0xD800 <= number <= 0xDFFF:
        return "\\uFFFD"
    if character.isprintable() and number != 0xFEFF:
        return character
    return f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"
