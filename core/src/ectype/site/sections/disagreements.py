"""Disagreements: each place where sources differ, its readings, and what was measured under each."""

from __future__ import annotations

from ectype.results import ClaimRecord, DisagreementRecord, Measured
from ectype.site.excerpt import places
from ectype.site.markup import (
    DASH,
    NOTHING,
    Markup,
    badge,
    block,
    code,
    heading,
    lines,
    link,
    small,
    spread,
    table,
    text,
)
from ectype.site.publication import Publication
from ectype.site.sections.claims import value


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
    followed = [text(f"departure {item.departure}")] if item.departure else []
    again = f"ectype verify {paper.slug} --only disagreement/{item.id}"
    commands = [block(code(again), name="note")] if paper.outcome(f"disagreement/{item.id}") else []
    return "\n\n".join(
        [
            heading(level, text(name(item)), f"{prefix}{item.id}"),
            block(spread([*by_title, text(item.at), *followed]), name="note"),
            text(item.text),
            _readings(paper, item, local=not page),
            *([_claims(claims, page)] if claims else []),
            *commands,
        ]
    )


def _readings(paper: Publication, item: DisagreementRecord, *, local: bool) -> str:
    measures = list(dict.fromkeys(text for reading in item.readings for text in reading.measured))
    rows = []
    for reading in item.readings:
        ours = Markup(f" {badge('followed here', tone='good', symbol='→')}") if reading.name == item.follow else NOTHING
        where = places(paper, reading.place) if local else NOTHING
        rows.append(
            [
                Markup(f"**{text(reading.name)}**{ours}"),
                *(text(reading.measured[measure]) if measure in reading.measured else DASH for measure in measures),
                lines([text(reading.source), small(where) if where else NOTHING]),
            ]
        )
    return table(["Reading", *map(text, measures), "Stated in"], rows, name="readings")


def _claims(claims: list[ClaimRecord], page: str) -> str:
    names = list(dict.fromkeys(item.reading for claim in claims for item in claim.measured if item.reading))
    rows = []
    for claim in claims:
        values = {item.reading: item for item in claim.measured}
        cells = [_cell(values[each], claim.target.printed) if each in values else DASH for each in names]
        label = spread([small(text(claim.locator)), link(text(claim.text), f"{page}#claim-{claim.id}")], " ")
        rows.append([label, text(f"{claim.target.printed} {claim.unit}"), *cells])
    return table(["Claim it decides", "Published", *map(text, names)], rows, name="decides")


def _cell(item: Measured, printed: str) -> Markup:
    return Markup(f'<span aria-hidden="true">{"✓" if item.match else "✗"}</span> {text(value(item, printed))}')
