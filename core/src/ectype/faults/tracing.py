"""Tracing: which lines of which functions were run."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Any


class Trace:
    """Writes down the lines that are run inside functions of some files, while the context is open.

    What a module or a class body runs when it is imported does not count: that is run once and for everything.

    Args:
        files: as the interpreter names them.
    """

    def __init__(self, files: Iterable[str]) -> None:
        self.lines: dict[str, set[int]] = {file: set() for file in files}

    def __enter__(self) -> Trace:
        self.before = sys.gettrace(), threading.gettrace()
        threading.settrace(self._call)
        sys.settrace(self._call)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        ours, theirs = self.before
        sys.settrace(ours)
        threading.settrace(theirs)

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        lines = self.lines.get(frame.f_code.co_filename)
        if lines is None or not frame.f_code.co_flags & inspect.CO_OPTIMIZED:
            return None

        def trace(frame: FrameType, event: str, argument: Any) -> Any:
            if event == "line":
                lines.add(frame.f_lineno)
            return trace

        return trace
