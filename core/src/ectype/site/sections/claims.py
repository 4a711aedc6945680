"""Claims: the published number beside ours, with the verdict and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from ectype.judge import verdict_counts
from ectype.results import ClaimRecord, Measured, TargetRecord
from ectype.site import badges, orders, trained
from ectype.site.excerpt import places
from ectype.site.markup import (
    DASH,
    NOTHING,
    Markup,
    anchor,
    block,
    code,
    counted,
    details,
    folded,
    heading,
    lines,
    link,
    slug,
    small,
    spread,
    table,
    text,
    whole,
)
from ectype.site.publication import Publication

COLUMNS = ["Where", "Claim", "Published", "Ours", "Verdict"]

STRIPS = """\
In a strip, the box is the published number with its margin, dots are seeds, and the bar is the interval of their mean.
"""


def section(paper: Publication) -> str:
    """Return the claims of a paper: those that were measured, then those that were not attempted, by reason."""
    result = paper.measured
    if result is None or not result.claims:
        return ""
    tried = [claim for claim in result.claims if claim.kind != "not attempted"]
    left = [claim for claim in result.claims if claim.kind == "not attempted"]
    parts = [heading(2, text("Claims"), "claims"), counts(result.claims)]
    if tried:
        parts.append(table(COLUMNS, [_row(paper, claim) for claim in tried], name="claims", right=(2,)))
        if any(claim.trained and claim.measured and claim.kind != "order" for claim in tried):
            parts.append(block(STRIPS, name="note"))
        parts.append(orders.figures(paper, tried))
    for reason in dict.fromkeys(claim.because for claim in left):
        parts.append(_not_attempted(reason, [claim for claim in left if claim.because == reason]))
    return "\n\n".join(part for part in parts if part)


def counts(claims: Sequence[ClaimRecord]) -> Markup:
    """Return how many claims have each verdict, as badges."""
    return Markup(" ".join(badges.count(number, word) for word, number in verdict_counts(claims).items()))


def _not_attempted(reason: str, claims: list[ClaimRecord]) -> str:
    """Return claims that share a reason; few are shown, many open on request."""
    rows = [[_where(claim), _said(claim), published(claim.target, claim.unit)] for claim in claims]
    found = table(["Where", "Not attempted", "Published"], rows, name="claims", right=(2,))
    title = Markup(f"{counted(len(claims), 'published number')} not attempted: {text(reason)}")
    return f"{title}\n\n{found}" if len(claims) < 6 else folded(title, found)


def _row(paper: Publication, claim: ClaimRecord) -> list[Markup]:
    readings = [link(small(text("readings")), f"#finding-{claim.under}")] if claim.under else []
    drawn = [link(small(text("figure")), f"#order-{slug(claim.id)}")] if orders.figure(paper, claim) else []
    return [
        _where(claim),
        spread([_said(claim), *readings, *drawn, _evidence(paper, claim)]),
        published(claim.target, claim.unit),
        ours(paper, claim),
        trained.verdict(claim),
    ]


def _where(claim: ClaimRecord) -> Markup:
    return Markup(f"{anchor(f'claim-{claim.id}')}{whole(claim.locator)}")


def _said(claim: ClaimRecord) -> Markup:
    return spread([text(claim.text), small(text("headline")) if claim.headline else NOTHING])


def published(target: TargetRecord, unit: str) -> Markup:
    """Return a published number as printed, with its unit."""
    deviation = f" ± {target.plus_minus}" if target.plus_minus else ""
    source = NOTHING if target.source == "paper" else small(text(target.source))
    return lines([Markup(f"**{text(target.printed + deviation)}**{_unit(unit)}"), source])


def ours(paper: Publication, claim: ClaimRecord) -> Markup:
    """Return our number under each reading: how the printed digits came out, or the interval over seeds."""
    if claim.trained is not None:
        return trained.ours(paper, claim)
    return lines(_measured(item, claim) for item in claim.measured) or DASH


def value(item: Measured, printed: str) -> str:
    """Return our number with three digits more than were printed; the evidence has all of them."""
    digits = sum(character.isdigit() for character in printed.partition("e")[0])
    return item.text if item.value is None else f"{item.value:.{digits + 3}g}"


def _measured(item: Measured, claim: ClaimRecord) -> Markup:
    sign = Markup(f'<span aria-hidden="true">{"✓" if item.match else "✗"}</span>')
    match = {"": "differs", "exactly": "exactly", "rounding": "rounded", "truncation": "cut off"}[item.match]
    reading = text(f"{item.reading}, {match}" if item.reading else match)
    return Markup(f"{sign} {text(value(item, claim.target.printed))} {small(reading)}")


def _unit(unit: str) -> Markup:
    return Markup(f" {small(text(unit))}") if unit else NOTHING


def _evidence(paper: Publication, claim: ClaimRecord) -> Markup:
    """Return what a verdict rests on, opened on request."""
    target = claim.target
    spans = f", plus-minus over {target.spans}" if target.spans else ""
    runs = f", {counted(target.runs, 'run')}" if target.runs else ""
    facts = [
        ("published in", text(f"{target.source}, {claim.locator}{runs}{spans}")),
        ("kind", text(claim.kind)),
        ("data", text(claim.data)),
        *(trained.facts(paper, claim) if claim.trained else _exact(paper, claim)),
        ("declared", places(paper, claim.place)),
    ]
    return details(text("evidence"), lines(Markup(f"{small(text(name))} {said}") for name, said in facts if said))


def _exact(paper: Publication, claim: ClaimRecord) -> list[tuple[str, Markup]]:
    return [
        ("margin", text(claim.margin)),
        ("derivations", _derivations(claim)),
        ("not stated in the paper", text(claim.missing)),
        ("again", code(f"ectype verify {paper.slug} --only claim/{claim.id}")),
    ]


def _derivations(claim: ClaimRecord) -> Markup:
    """Return every number that was derived, in full, under each reading."""
    if not claim.measured:
        return NOTHING
    count = "two that agree" if all(item.derivations for item in claim.measured) else "one"
    values = [
        f"{item.reading + ' ' if item.reading else ''}{' and '.join(map(repr, [item.value, *item.derivations]))}"
        for item in claim.measured
    ]
    return text(f"{count}: {'; '.join(values)}")
