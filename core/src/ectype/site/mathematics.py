"""Mathematics: LaTeX to MathML when the pages are written, so that a reader needs no script."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from ectype.errors import InvalidError, Problem, UsageError

if TYPE_CHECKING:
    from math_core import LatexToMathML

_DISPLAY = re.compile(r"(?<!\\)\$\$(.+?)(?<!\\)\$\$", re.S)


def mathml(latex: str, *, display: bool, file: str, line: int) -> str:
    """Return a formula as MathML.

    Args:
        latex: the formula without dollars.
        display: on lines of its own.
        file: where it stands, for the error.
        line: its line there.

    Raises:
        InvalidError: if it is not a formula, with the place.
    """
    from math_core import LatexError

    try:
        return _converter().convert_with_local_state(latex.strip(), displaystyle=display)
    except LatexError as error:
        reason = " ".join(str(error).split())
        hint = f"{reason}. Write it in commands that math-core knows"
        raise InvalidError([Problem(file, line, "a formula", repr(latex.strip()), hint)]) from error


def displayed(source: str, *, file: str, line: int) -> list[str]:
    """Return the formulas between double dollars in a text (a docstring), as MathML.

    Raises:
        InvalidError: if one is not a formula.
    """
    return [
        mathml(match[1], display=True, file=file, line=line + source.count("\n", 0, match.start()))
        for match in _DISPLAY.finditer(source)
    ]


@functools.cache
def _converter() -> LatexToMathML:
    try:
        from math_core import LatexToMathML
    except ImportError as error:
        raise UsageError("math-core must be importable to write the site: run `pip install 'ectype[site]'`") from error
    return LatexToMathML(fancy_error=False)
