"""Meaning: whether two sources are the same program."""

from __future__ import annotations

import hashlib
import types


def meaning(source: str) -> str:
    """Return a digest of the program that a source is: of its instructions, wherever they stand; empty if it is none."""
    try:
        code = compile(source, "<module>", "exec", dont_inherit=True)
    except SyntaxError:
        return ""
    return hashlib.sha256(repr(_instructions(code)).encode()).hexdigest()


def _instructions(code: types.CodeType) -> tuple[object, ...]:
    constants = [
        _instructions(c) if isinstance(c, types.CodeType) else (type(c).__name__, repr(c)) for c in code.co_consts
    ]
    names = (code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    return code.co_code, getattr(code, "co_exceptiontable", b""), names, counts, constants
