"""Figures of order claims: a dot plot each, so that the order and its distance are seen at once."""

from __future__ import annotations

from collections.abc import Iterable

from ectype.results import ClaimRecord
from ectype.site import badges
from ectype.site.figures import dots
from ectype.site.markup import Markup, anchor, slug, small, spread, text
from ectype.site.measurements import experiments, finite, interval
from ectype.site.publication import Publication


def figures(paper: Publication, claims: Iterable[ClaimRecord]) -> str:
    """Return a dot plot for every order claim that was measured, side by side where there is room."""
    found = [drawn for claim in claims if (drawn := figure(paper, claim))]
    return f'<div class="figures" data-search-exclude>{"".join(found)}</div>' if found else ""


def figure(paper: Publication, claim: ClaimRecord) -> str:
    """Return the dot plot of a claim at ``#order-<id>``, or nothing where it is no order or has no values."""
    trained = claim.trained
    if claim.kind != "order" or trained is None or paper.trials is None or paper.result is None:
        return ""
    [metric] = trained.metric.values()
    names = experiments(paper.result.claims)
    rows = []
    for variant in trained.of:
        experiment, _, name = variant.partition("/")
        values = finite(paper.trials.values(claim, variant, metric))
        if values:
            mean, bounds = sum(values) / len(values), interval(values, trained.resolution)
            rows.append(dots.Row(name, list(names[experiment]).index(variant), values, mean, bounds))
    if not rows:
        return ""
    picture = dots.figure(f"Order: {claim.text}", metric, rows)
    said = spread([badges.verdict(claim.verdict), Markup(f"{text(claim.locator)}: {text(claim.text)}")], " ")
    explained = small(text("Dots: seeds. Bars: 90 % intervals of the means. The verdict follows from the differences."))
    return f'<figure class="figure">{anchor(f"order-{slug(claim.id)}")}{picture}<figcaption>{said}<br>{explained}</figcaption></figure>'
