"""References: implementations by others, with the same weights, and how far apart the two are."""

from __future__ import annotations

from ectype.site import badges
from ectype.site.excerpt import places
from ectype.site.markup import DASH, Markup, code, command, details, heading, lines, small, text
from ectype.site.publication import Publication
from ectype.site.tables import Row, table


def section(paper: Publication) -> str:
    """Return the references of a paper."""
    result = paper.measured
    if result is None or not result.references:
        return ""
    outcomes = [paper.outcome(f"reference/{item.component}/{item.id}") for item in result.references]
    compared = list(dict.fromkeys(what for o in outcomes if o for what in o.data.get("deviations", {})))
    rows = []
    for item, outcome in zip(result.references, outcomes, strict=True):
        found = outcome.data if outcome else {}
        deviations = found.get("deviations", {})
        versions = ", ".join(f"{name} {version}" for name, version in found.get("versions", {}).items())
        again = command(f"ectype verify {paper.slug} --only reference/{item.component}/{item.id}")
        cells = [
            lines([code(item.component), details(text("again"), Markup(f"{again}{small(places(paper, item.place))}"))]),
            lines([text(item.id), small(text(versions or ", ".join(item.needs)))]),
            badges.status(outcome.status, outcome.summary) if outcome else DASH,
            *(badges.figure(deviations[what]) if what in deviations else DASH for what in compared),
        ]
        rows.append(Row(cells, f"reference-{item.component}-{item.id}"))
    explained = (
        "Largest relative deviations with mapped weights, in float64 unless it says otherwise; "
        "the float32 figures are both against the reference in float64."
    )
    columns = ["Component", "Equals", "Found", *map(text, compared)]
    shown = table(
        columns, rows, caption="References: other implementations", name="references", right=range(3, len(columns))
    )
    return "\n\n".join([heading(2, text("References"), "references"), explained, shown])
