"""The command that watches a paper: ``ectype watch``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from ectype.results import Result
    from ectype.watching.rounds import Round


def add(adder: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the command line.

    Args:
        adder: makes a command: ``adder(name, function, text, papers="")``.
    """
    text = "verify a paper again whenever it is saved, what the edit touched first"
    watch = adder("watch", run, text, papers="")
    watch.add_argument("paper", metavar="PAPER")
    watch.add_argument("--deep", action="store_true", help="also run what takes longer than seconds")


def run(arguments: argparse.Namespace) -> int:
    """Verify at once and on every save, until Ctrl-C: 0; 2 (a ``UsageError``) where there is no such paper."""
    from ectype import report, results
    from ectype.errors import ResultError
    from ectype.fingerprint import built_on
    from ectype.plugins import discover
    from ectype.verify import select
    from ectype.watching.rounds import Watched
    from ectype.workspace import results_folder

    (entry,) = select([arguments.paper])
    try:
        known = results.read(results_folder(), entry.slug)
    except ResultError:
        known = None
    used = built_on(known) if known is not None else set()
    others = [other for other in discover() if other.module in used and other.slug != entry.slug]
    console = report.console(quiet=arguments.json)
    console.print(f"watching {entry.root or entry.package}; Ctrl-C ends it")
    watched = Watched(entry, others, folder=results_folder(), deep=arguments.deep)
    try:
        for _, result in watched.rounds(lambda round: _print_touched(round, console)):
            _print_result(result, entry.root, console, as_json=arguments.json)
    except KeyboardInterrupt:
        print(file=sys.stderr)
    return 0


def _print_touched(round: Round, console: Console) -> None:
    from rich.markup import escape

    names = ", ".join(sorted({file.name for file in round.files})) or "first look"
    failed = round.failed
    came = f"[red]{len(failed)} fail[/]" if failed else "[green]none fails[/]"
    console.print(
        f"\n{time.strftime('%H:%M:%S')} [bold]{escape(names)}[/]: {round.touched} checks touched, {came}, "
        f"{round.seconds:.1f} s after the save"
    )
    for outcome in failed:
        first = (outcome.detail or outcome.summary).strip().partition("\n")[0]
        console.print(f"  [red]{escape(outcome.id)}[/]: {escape(first)}")


def _print_result(result: Result, root: Path | None, console: Console, *, as_json: bool) -> None:
    from ectype import report
    from ectype.judge import judge_as_accepted

    pair = (result, judge_as_accepted(result, root))
    if as_json:
        sys.stdout.write(report.as_json([pair]).decode())
        sys.stdout.flush()
        return
    report.attention([pair], console)
    console.print(report.summary([pair]))
