"""Watching a paper: what was edited is verified again on every save, by workers that have imported torch already."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from watchfiles import Change, watch

from ectype.plugins import Entry
from ectype.progress import is_due_to_unwritten
from ectype.results import Outcome, Result
from ectype.verify import PRELOAD, verify
from ectype.workers import Limits, Warm

QUIET = 50
"""Milliseconds without a further change after which a save counts as finished."""

_WATCHED = (".py", ".md", ".toml", ".json")


@dataclass(slots=True)
class Round:
    """One verification after a save.

    Args:
        files: what was saved.
        saved: when, by the monotonic clock.
        touched: how many checks call code that was changed.
        outcomes: of the checks, as they come: those that were touched first.
        seconds: until the last that was touched had run, since the save.
    """

    files: tuple[Path, ...]
    saved: float
    touched: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def failed(self) -> list[Outcome]:
        """The outcomes that are not what they should be, less those of places that are still unwritten."""
        wrong = [outcome for outcome in self.outcomes if outcome.status in ("failed", "error")]
        return [outcome for outcome in wrong if not is_due_to_unwritten(outcome)]


class Watched:
    """Verifies a paper whenever it is saved.

    Args:
        entry: the paper.
        others: papers on which it builds; their folders are watched too.
        folder: where results are written.
        limits: of time and memory.
        deep: also run what takes longer than seconds.
    """

    def __init__(
        self, entry: Entry, others: Sequence[Entry], *, folder: Path, limits: Limits | None = None, deep: bool = False
    ) -> None:
        self.entry, self.folder, self.limits, self.deep = entry, folder, limits, deep
        self._roots = [root for each in (entry, *others) if (root := each.root or each.package) is not None]
        self._known: dict[str, str] = {}
        self._saves: queue.SimpleQueue[tuple[float, set[Path]]] = queue.SimpleQueue()

    def rounds(self, on_touched: Callable[[Round], None]) -> Iterator[tuple[Round, Result]]:
        """Yield a result at once and after every save; one that is overtaken by the next save is dropped.

        Args:
            on_touched: called when what an edit touched has run and the rest has not.
        """
        self._saves.put((time.monotonic(), set()))
        with Warm(PRELOAD) as warm, self._watching(warm):
            while True:
                round = self._next()
                result = self._verify(round, warm, on_touched)
                if self._saves.empty():
                    yield round, result

    def _next(self) -> Round:
        """Wait for a save, and take all that there were."""
        saved, files = self._saves.get()
        with suppress(queue.Empty):
            while True:
                saved, more = self._saves.get_nowait()
                files |= more
        return Round(tuple(sorted(files)), saved)

    @contextmanager
    def _watching(self, warm: Warm) -> Iterator[None]:
        stop = threading.Event()

        def look() -> None:
            for changes in watch(*self._roots, watch_filter=_counts, step=QUIET, stop_event=stop, rust_timeout=200):
                self._saves.put((time.monotonic(), {Path(path) for _, path in changes}))
                warm.interrupt()

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _verify(self, round: Round, warm: Warm, on_touched: Callable[[Round], None]) -> Result:
        """Verify, and tell what an edit touched as soon as that has run."""

        def progress(_: str, event: dict[str, Any]) -> None:
            if "calls" in event:
                self._known, round.touched = event["calls"], event["touched"]
            elif "outcome" in event:
                round.outcomes.append(msgspec.convert(event["outcome"], Outcome))
                if len(round.outcomes) == round.touched:
                    round.seconds = time.monotonic() - round.saved
                    on_touched(round)

        (found,) = verify(
            [self.entry],
            folder=self.folder,
            deep=self.deep,
            fresh=True,
            limits=self.limits,
            progress=progress,
            warm=warm,
            known={self.entry.slug: self._known},
        )
        return found.result


def _counts(change: Change, path: str) -> bool:
    file = Path(path)
    return file.suffix in _WATCHED and not any(part.startswith((".", "__pycache__")) for part in file.parts[-4:])
