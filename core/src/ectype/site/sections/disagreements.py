"""Disagreements: each place where sources differ, its readings, and what was measured under each."""

from __future__ import annotations

from ectype.results import ClaimRecord, DisagreementRecord, Measured
from ectype.site import badges
from ectype.site.excerpt import places
from ectype.site.hypertext import hidden, to
from ectype.site.markup import (
    DASH,
    NOTHING,
    Markup,
    badge,
    block,
    command,
    heading,
    lines,
    link,
    small,
    spread,
    strong,
    text,
)
from ectype.site.publication import Publication
from ectype.site.sections.claims import value
from ectype.site.tables import Row, table


def section(paper: Publication) -> str:
    """Return the disagreements of a paper."""
    result = paper.measured
    if result is None or not result.disagreements:
        return ""
    found = [disagreement(paper, item, level=3, page="") for item in result.disagreements]
    return "\n\n".join([heading(2, text("Findings"), "findings"), *found])


def name(item: DisagreementRecord) -> str:
    """Return the name of a disagreement as a heading."""
    return item.name[:1].upper() + item.name[1:]


def disagreement(paper: Publication, item: DisagreementRecord, *, level: int, page: str) -> str:
    """Return one disagreement.

    Args:
        paper: where it was found.
        item: the disagreement.
        level: of its heading.
        page: the page of the paper as a link from here, empty on that page itself.
    """
    assert paper.measured is not None
    prefix = f"{paper.slug}-" if page else "finding-"
    claims = [claim for claim in paper.measured.claims if claim.id in item.claims]
    by_title = [link(text(paper.title), page)] if page else []
    followed = [_departure(paper, item, page)] if item.departure else []
    again = f"ectype verify {paper.slug} --only disagreement/{item.id}"
    commands = [command(again)] if paper.outcome(f"disagreement/{item.id}") else []
    return "\n\n".join(
        [
            heading(level, text(name(item)), f"{prefix}{item.id}"),
            block(spread([*by_title, text(item.at), *followed]), name="note"),
            text(item.text),
            _readings(paper, item, local=not page),
            *([_claims(item, claims, page)] if claims else []),
            *commands,
        ]
    )


def _departure(paper: Publication, item: DisagreementRecord, page: str) -> Markup:
    said = text(f"departure {item.departure}")
    known = paper.header is not None and item.departure in {each.id for each in paper.header.departures}
    return to(f"{page}#departure-{item.departure.lower()}", said) if known else said


def _readings(paper: Publication, item: DisagreementRecord, *, local: bool) -> str:
    measures = list(dict.fromkeys(text for reading in item.readings for text in reading.measured))
    rows = []
    for reading in item.readings:
        ours = Markup(f" {badge('followed here', tone='good', symbol='→')}") if reading.name == item.follow else NOTHING
        where = places(paper, reading.place) if local else NOTHING
        cells = [
            Markup(f"{strong(text(reading.name))}{ours}"),
            *(text(reading.measured[measure]) if measure in reading.measured else DASH for measure in measures),
            lines([text(reading.source), small(where) if where else NOTHING]),
        ]
        rows.append(Row(cells))
    columns = ["Reading", *map(text, measures), "Stated in"]
    return table(columns, rows, caption=f"Readings: {name(item)}", name="readings")


def _claims(item: DisagreementRecord, claims: list[ClaimRecord], page: str) -> str:
    names = list(dict.fromkeys(each.reading for claim in claims for each in claim.measured if each.reading))
    rows = []
    for claim in claims:
        values = {each.reading: each for each in claim.measured}
        cells = [_cell(values[each], claim.target.printed) if each in values else DASH for each in names]
        label = spread([small(text(claim.locator)), to(f"{page}#claim-{claim.id}", text(claim.text))], " ")
        rows.append(Row([label, text(f"{claim.target.printed} {claim.unit}"), *cells]))
    columns = ["Claim it decides", "Published", *map(text, names)]
    return table(columns, rows, caption=f"Claims decided by: {name(item)}", name="decides")


def _cell(item: Measured, printed: str) -> Markup:
    """Return a number under a reading, with a sign that says whether it is the published one."""
    if item.verdict:
        return spread([badges.verdict(item.verdict), text(item.text)], " ")
    sign, said = ("✓", "reproduced") if item.match else ("✗", "differs")
    return Markup(f'<span aria-hidden="true">{sign}</span>{hidden(said)} {text(value(item, printed))}')
