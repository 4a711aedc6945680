"""Properties: theorems, identities and invariances, tested on random inputs in both directions."""

from __future__ import annotations

from ectype.site import badges
from ectype.site.excerpt import places
from ectype.site.markup import DASH, heading, small, spread, text, whole
from ectype.site.publication import Publication
from ectype.site.tables import Row, table


def section(paper: Publication) -> str:
    """Return the properties of a paper."""
    result = paper.measured
    if result is None or not result.properties:
        return ""
    rows = []
    for item in result.properties:
        outcome = paper.outcome(f"property/{item.id}")
        found = outcome.data if outcome else {}
        cells = [
            whole(item.locator),
            spread([text(item.text), small(places(paper, item.place))], " "),
            text("holds" if item.holds else "does not hold"),
            badges.status(outcome.status, outcome.summary) if outcome else DASH,
            badges.figure(found["deviation"]) if "deviation" in found else DASH,
            text(str(found["draws"])) if "draws" in found else DASH,
        ]
        rows.append(Row(cells, f"property-{item.id}"))
    columns = ("Where", "Statement", "Stated as", "Found", "Deviation", "Draws")
    explained = "The deviation is the largest of all draws; for what must not hold, the smallest."
    shown = table(columns, rows, caption="Properties, tested on random inputs", name="properties", right=(4, 5))
    return "\n\n".join([heading(2, text("Properties"), "properties"), explained, shown])
