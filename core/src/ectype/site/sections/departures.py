"""Departures: where the package knowingly follows something else than the paper."""

from __future__ import annotations

from ectype.site.hypertext import to
from ectype.site.markup import code, heading, lines, small, spread, strong, text
from ectype.site.publication import Publication
from ectype.site.tables import Row, table


def section(paper: Publication) -> str:
    """Return the departures from the paper."""
    if paper.header is None:
        return ""
    title = heading(2, text("Departures"), "departures")
    if not paper.header.departures:
        return f"{title}\n\nNone is known."
    claims = {claim.id for claim in paper.measured.claims} if paper.measured else set()
    decided = {d.departure: d.id for d in paper.measured.disagreements} if paper.measured else {}
    rows = []
    for departure in paper.header.departures:
        finding = [to(f"#finding-{decided[departure.id]}", text("readings"))] if departure.id in decided else []
        moves = [to(f"#claim-{name}", code(name)) if name in claims else code(name) for name in departure.moves]
        said = lines([text(departure.what), small(spread([text(departure.at), *finding]))])
        cells = [strong(text(departure.id)), said, text(departure.why), lines(moves) or text("none")]
        rows.append(Row(cells, f"departure-{departure.id.lower()}"))
    columns = ("", "Departure", "Why", "Claims it may move")
    return f"{title}\n\n{table(columns, rows, caption='Departures from the paper', name='departures')}"
