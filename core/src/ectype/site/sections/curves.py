"""Learning curves: what was logged while the runs behind the claims went on, one figure a metric."""

from __future__ import annotations

from collections.abc import Mapping

from ectype.evidence import Completed
from ectype.printed import Printed
from ectype.results import ClaimRecord, Result
from ectype.site.figures import lines
from ectype.site.figures.lines import Level, Line
from ectype.site.markup import Markup, code, counted, folded, heading, slug, small, text
from ectype.site.measurements import experiments
from ectype.site.publication import Publication
from ectype.trials import Trial, Trials

INTRODUCTION = """\
What the runs logged while they were trained. A line is the mean over seeds, and its band goes from the smallest to the
largest seed; dotted lines are published values. A line is interrupted where a seed gave no finite number.
"""

SHOWN = 4
"""Up to so many metrics of an experiment stand open on the page."""

LEVELS = 6
"""Up to so many published values of one figure can be told apart."""

Runs = Mapping[str, Trial]


def section(paper: Publication) -> str:
    """Return the learning curves of a paper, by experiment."""
    if paper.measured is None or paper.trials is None:
        return ""
    found = [_experiment(paper.measured, paper.trials, name) for name in experiments(paper.measured.claims)]
    shown = [part for part in found if part]
    return "\n\n".join([heading(2, text("Learning curves"), "curves"), INTRODUCTION, *shown]) if shown else ""


def _experiment(result: Result, trials: Trials, name: str) -> str:
    seeds = max(c.trained.seeds for c in result.claims if c.trained and _names(c, name))
    runs = {
        variant: [run for seed, run in sorted(trials.trial(variant, arguments).completed.items()) if seed < seeds]
        for variant, arguments in experiments(result.claims)[name].items()
    }
    metrics = dict.fromkeys(m for found in runs.values() for run in found for m in run.curves if _is_telling(run, m))
    if not metrics:
        return ""
    drawn = [_figure(metric, runs, _levels(result, list(runs), metric)) for metric in metrics]
    parts = [heading(3, code(name), f"curves-{slug(name)}"), _legend(runs), _side_by_side(drawn[:SHOWN])]
    if len(drawn) > SHOWN:
        parts.append(folded(text(f"{counted(len(drawn) - SHOWN, 'more metric')}"), _side_by_side(drawn[SHOWN:])))
    return "\n\n".join(parts)


def _names(claim: ClaimRecord, experiment: str) -> bool:
    assert claim.trained is not None
    return any(variant.partition("/")[0] == experiment for variant in claim.trained.arguments)


def _is_telling(run: Completed, metric: str) -> bool:
    """Return whether a metric was logged at two steps or more with a finite number."""
    steps, values = run.curves[metric]
    return len(steps) > 1 and any(value is not None for value in values)


def _figure(metric: str, runs: Mapping[str, list[Completed]], levels: list[tuple[Level, str]]) -> Markup:
    drawn = []
    for index, found in enumerate(runs.values()):
        points = lines.over_seeds([run.curves[metric] for run in found if metric in run.curves])
        if any(point is not None for point in points):
            drawn.append(Line(index, points))
    if not drawn:
        return Markup("")
    unit = next((unit for _, unit in levels), "")
    picture = lines.figure(_shown(metric), drawn, [level for level, _ in levels], unit=unit)
    return Markup(f'<figure class="figure">{picture}</figure>')


def _levels(result: Result, variants: list[str], metric: str) -> list[tuple[Level, str]]:
    """Return the published values of a metric, with their units; of a quotient nothing is published here.

    Where there are many, of each variant the first.
    """
    found: dict[tuple[int, str], tuple[Level, str]] = {}
    for claim in result.claims:
        trained = claim.trained
        if trained is None or claim.kind == "order" or trained.per or trained.of[0] not in variants:
            continue
        if any(_shown(name) == _shown(metric) for name in trained.metric.values()):
            index, printed = variants.index(trained.of[0]), claim.target.printed
            found.setdefault((index, printed), (Level(index, float(Printed(printed).value), printed), claim.unit))
    if len(found) <= LEVELS:
        return [*found.values()]
    return [*{level.index: (level, unit) for level, unit in reversed(found.values())}.values()][::-1]


def _legend(runs: Mapping[str, list[Completed]]) -> str:
    items = [
        f"<li>{lines.swatch(index)} {code(variant.partition('/')[2])} {small(text(counted(len(found), 'seed')))}</li>"
        for index, (variant, found) in enumerate(runs.items())
        if any(run.curves for run in found)
    ]
    return f'<ul class="legend" data-search-exclude>{"".join(items)}</ul>'


def _side_by_side(figures: list[Markup]) -> str:
    return f'<div class="figures" data-search-exclude>{"".join(figures)}</div>'


def _shown(metric: str) -> str:
    """Return the name of a logged metric as claims spell it: a keyword has underscores where a name has spaces."""
    return metric.replace("_", " ")
