"""The documentation header of a paper package: the docstring of its ``__init__.py``, read and written exactly."""

from ectype.header.grammar import parse, render
from ectype.header.package import read, replace_reproduction
from ectype.header.values import MAX_LINES, VERDICTS, Covered, Departure, Header, NotCovered, Reproduced

__all__ = [
    "MAX_LINES",
    "VERDICTS",
    "Covered",
    "Departure",
    "Header",
    "NotCovered",
    "Reproduced",
    "parse",
    "read",
    "render",
    "replace_reproduction",
]
