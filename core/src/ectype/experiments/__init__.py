"""Experiments: trained and sampled numbers of a paper, run by seed, resumed after interruption, recorded as evidence.

An experiment is a function of a ``Run``. Nothing here imports torch until a run is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ectype.experiments.run import Run

__all__ = ["Run"]


def __getattr__(name: str) -> Any:
    if name == "Run":
        from ectype.experiments.run import Run

        return Run
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
