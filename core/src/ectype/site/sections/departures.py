"""Departures: where the package knowingly follows something else than the paper."""

from __future__ import annotations

from ectype.site.markup import Markup, anchor, code, heading, lines, link, small, spread, table, text
from ectype.site.publication import Publication


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
        finding = [link(text("readings"), f"#finding-{decided[departure.id]}")] if departure.id in decided else []
        moves = [link(code(name), f"#claim-{name}") if name in claims else code(name) for name in departure.moves]
        rows.append(
            [
                Markup(f"{anchor(f'departure-{departure.id.lower()}')}**{text(departure.id)}**"),
                lines([text(departure.what), small(spread([text(departure.at), *finding]))]),
                text(departure.why),
                lines(moves) or text("none"),
            ]
        )
    return f"{title}\n\n{table(['', 'Departure', 'Why', 'Moves'], rows, name='departures')}"
