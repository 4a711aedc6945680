"""Tables of the documentation, computed; ``python -m ectype.statistics.tables docs/statistics.md`` writes them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ectype.files import write_atomically
from ectype.statistics.power import runs_needed
from ectype.statistics.rates import SHAPES, Rate, coverage, interquartile_coverage, verdicts

SEEDS = (3, 5, 8, 15)
MARGIN = 2.0
"""Margin of the simulated claims, in deviations over seeds: wide enough that three seeds can decide."""
DIFFERENCES = {"none": 0.0, "half the margin": 0.5, "the margin": 1.0, "twice the margin": 2.0}
"""True difference between mean and target, in margins."""
MARGINS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)


def worst() -> str:
    """Return the largest rate of each wrong verdict, by shape."""
    rows = []
    for shape in SHAPES:
        rates = [(factor, _rate(shape, n, factor)) for n in SEEDS for factor in DIFFERENCES.values()]
        reproduced = max(rate.reproduced for factor, rate in rates if factor >= 1)
        differs = max(rate.differs for factor, rate in rates if factor <= 1)
        rows.append([shape, _percent(reproduced), _percent(differs)])
    return _table(["Values over seeds", "wrong `reproduced`, %", "wrong `differs`, %"], rows)


def grid() -> str:
    """Return the rates of both verdicts over shapes, seeds and true differences, wrong ones in bold."""
    rows = [
        [shape, str(n), *(_cell(_rate(shape, n, factor), factor) for factor in DIFFERENCES.values())]
        for shape in SHAPES
        for n in SEEDS
    ]
    return _table(["Values over seeds", "n", *DIFFERENCES], rows)


def intervals() -> str:
    """Return the measured coverage of the t interval."""
    rows = [[shape, *(_percent(coverage(shape, n)) for n in (2, *SEEDS))] for shape in SHAPES]
    return _table(["Values over seeds", *(f"n = {n}" for n in (2, *SEEDS))], rows)


def seeds() -> str:
    """Return the seeds that a power of 0.8 takes."""
    rows = [
        [f"{margin:g}", *(str(runs_needed(1.0, margin, difference=share * margin)) for share in (0.0, 0.25, 0.5))]
        for margin in MARGINS
    ]
    return _table(["margin / sd", "no true difference", "a quarter of the margin", "half the margin"], rows)


def interquartile() -> str:
    """Return the measured coverage of the bootstrap interval of the interquartile mean."""
    runs, tasks = (3, 5, 10, 20), (1, 5)
    rows = [
        [shape, str(count), *(f"{100 * interquartile_coverage(shape, n, count):.0f}" for n in runs)]
        for shape in ("normal", "skewed", "one in ten fails")
        for count in tasks
    ]
    return _table(["Scores over runs", "tasks", *(f"{n} runs" for n in runs)], rows)


TABLES: dict[str, Callable[[], str]] = {
    "worst": worst,
    "grid": grid,
    "intervals": intervals,
    "seeds": seeds,
    "interquartile": interquartile,
}


def filled(page: str, names: Iterable[str] = tuple(TABLES)) -> str:
    """Return a page with its tables computed anew, each between ``<!-- table: name -->`` and ``<!-- end -->``.

    Raises:
        ValueError: if the page does not have one place for each table.
    """
    for name in names:
        place = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)", re.S)
        if len(place.findall(page)) != 1:
            raise ValueError(f"a page must have one place `<!-- table: {name} -->` with an `<!-- end -->`")
        table = TABLES[name]()
        page = place.sub(lambda found, table=table: f"{found[1]}\n{table}\n\n{found[2]}", page)  # type: ignore[misc]
    return page


def _rate(shape: str, n: int, factor: float) -> Rate:
    return verdicts(shape, n, difference=factor * MARGIN, margin=MARGIN)


def _cell(rate: Rate, factor: float) -> str:
    reproduced, differs = _percent(rate.reproduced), _percent(rate.differs)
    return f"{f'**{reproduced}**' if factor >= 1 else reproduced} / {f'**{differs}**' if factor <= 1 else differs}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    file = Path(sys.argv[1])
    write_atomically(file, filled(file.read_text(encoding="utf-8")).encode())
