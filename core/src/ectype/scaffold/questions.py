"""Asking a person at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable


def at_terminal() -> bool:
    """Return whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: str, default: str = "", *, problem: Callable[[str], str] = lambda answer: "") -> str:
    """Return the answer to a question; it is asked again while there is a problem with the answer.

    Args:
        question: in a few words.
        default: what an empty answer stands for; empty where there must be one.
        problem: says what is wrong with an answer, or nothing.

    Raises:
        KeyboardInterrupt: if there will be no answer.
    """
    while True:
        try:
            answer = input(f"{question} [{default}]: " if default else f"{question}: ").strip() or default
        except EOFError:
            raise KeyboardInterrupt from None
        found = problem(answer) if answer else "an answer is needed"
        if not found:
            return answer
        print(f"  {found}")
