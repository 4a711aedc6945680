"""Errors of Ectype: one root, few children, every text says what must hold, what was received and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong, at a place a person can open.

    Args:
        file: the file, as it should be shown.
        line: the line in it, counted from 1, or None where the whole file is meant.
        expected: what must hold.
        received: what was found instead.
        hint: what to do next; empty where the expectation says it.
    """

    file: str
    line: int | None
    expected: str
    received: str
    hint: str = ""

    def __str__(self) -> str:
        shown = _relative(self.file)
        place = shown if self.line is None else f"{shown}:{self.line}"
        text = f"{place}: expected {self.expected}; received {self.received}"
        return f"{text}. {self.hint}" if self.hint else text


def _relative(file: str) -> str:
    """Return a path below the current folder as a relative one, and any other text as it is."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return file


class EctypeError(Exception):
    """Root of all errors that Ectype raises on purpose; the command line prints them as one line each."""


class UsageError(EctypeError):
    """The command was asked for something that does not exist or cannot be done here."""


class InvalidError(EctypeError):
    """Something a person wrote is not valid; carries every reason, not only the first.

    Args:
        problems: at least one problem.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class HeaderError(InvalidError):
    """A documentation header that does not follow the grammar, or a source file that cannot be read for it."""


class DeclarationError(InvalidError):
    """A paper's declarations that contradict themselves or the harness."""


class LedgerError(InvalidError):
    """A ledger that cannot be read or was not written by ``ectype accept``."""


class ResultError(InvalidError):
    """A result file that cannot be read."""


class CheckFailedError(EctypeError):
    """A check that ran and found the code wrong; the text says where and by how much."""


class NotApplicableError(EctypeError):
    """A check that does not apply; the text says why.

    Args:
        reason: the text.
        machine: whether that is because of this machine, and not of what is checked.
    """

    def __init__(self, reason: str, *, machine: bool = False) -> None:
        self.machine = machine
        super().__init__(reason)


class NotRunError(EctypeError):
    """A check that could not run here; the text says what is missing and how to get it."""


class EvidenceError(InvalidError):
    """Evidence that cannot be read, belongs to something else or was changed by hand."""
