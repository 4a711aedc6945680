"""Claims: the published number beside ours, with the verdict and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ectype.judge import verdict_counts
from ectype.results import ClaimRecord, Measured, TargetRecord
from ectype.site import badges, orders, trained
from ectype.site.excerpt import places
from ectype.site.hypertext import element, to
from ectype.site.markup import (
    DASH,
    NOTHING,
    Markup,
    block,
    command,
    counted,
    folded,
    heading,
    lines,
    slug,
    small,
    spread,
    strong,
    text,
    whole,
)
from ectype.site.publication import Publication
from ectype.site.tables import Row, pairs, table

COLUMNS = ("Where", "Claim", "Published", "Ours", "Verdict")

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
        rows = [_row(paper, claim) for claim in tried]
        parts.append(table(COLUMNS, rows, caption="Claims that were measured", name="claims", right=(2,)))
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
    rows = [Row([_where(claim), _said(claim), published(claim.target, claim.unit)], _name(claim)) for claim in claims]
    columns = ("Where", "Not attempted", "Published")
    found = table(columns, rows, caption=f"Not attempted: {reason}", name="claims claims--left", right=(2,))
    title = Markup(f"{counted(len(claims), 'published number')} not attempted: {text(reason)}")
    return f"{title}\n\n{found}" if len(claims) < 6 else folded(title, found)


def _row(paper: Publication, claim: ClaimRecord) -> Row:
    also = [to(f"#finding-{claim.under}", small(text("readings")))] if claim.under else []
    also += [to(f"#order-{slug(claim.id)}", small(text("figure")))] if orders.figure(paper, claim) else []
    cells = [
        _where(claim),
        spread([_said(claim), *also]),
        published(claim.target, claim.unit),
        ours(paper, claim),
        trained.verdict(claim),
    ]
    return Row(cells, _name(claim), _evidence(paper, claim))


def _name(claim: ClaimRecord) -> str:
    return f"claim-{claim.id}"


def _where(claim: ClaimRecord) -> Markup:
    return whole(claim.locator)


def _said(claim: ClaimRecord) -> Markup:
    return spread([text(claim.text), small(text("headline")) if claim.headline else NOTHING])


def published(target: TargetRecord, unit: str) -> Markup:
    """Return a published number as printed, with its unit."""
    deviation = f" ± {target.plus_minus}" if target.plus_minus else ""
    source = NOTHING if target.source == "paper" else small(text(target.source))
    return lines([Markup(f"{strong(text(target.printed + deviation))}{_unit(unit)}"), source])


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
    sign = element("span", {"aria-hidden": "true"}, "✓" if item.match else "✗")
    match = {"": "differs", "exactly": "exactly", "rounding": "rounded", "truncation": "cut off"}[item.match]
    reading = text(f"{item.reading}, {match}" if item.reading else match)
    return Markup(f"{sign} {text(value(item, claim.target.printed))} {small(reading)}")


def _unit(unit: str) -> Markup:
    return Markup(f" {small(text(unit))}") if unit else NOTHING


def _evidence(paper: Publication, claim: ClaimRecord) -> Markup:
    """Return what a verdict rests on: in a line, and in full on request with the command that measures it again."""
    target = claim.target
    spans = f", plus-minus over {target.spans}" if target.spans else ""
    runs = f", {counted(target.runs, 'run')}" if target.runs else ""
    facts = [
        ("Published in", text(f"{target.source}, {claim.locator}{runs}{spans}")),
        ("Kind", text(claim.kind)),
        ("Data", text(claim.data)),
        *(trained.facts(paper, claim) if claim.trained else _exact(claim)),
        ("Fresh", _fresh(paper, claim)),
        ("Declared", places(paper, claim.place)),
        ("Measure again", lines_of(commands(paper, claim))),
    ]
    gist = trained.gist(paper, claim) if claim.trained else _gist(claim)
    return element(
        "details",
        {"class": "evidence"},
        element("summary", {}, small(spread(map(text, filter(None, gist))))),
        pairs(facts),
    )


def commands(paper: Publication, claim: ClaimRecord) -> Iterator[str]:
    """Yield the commands that measure a claim again."""
    if claim.trained is None:
        yield f"ectype verify {paper.slug} --only claim/{claim.id}"
        return
    yield f"ectype reproduce {paper.slug} {claim.id}"
    if claim.evidence is not None and claim.evidence.completed:
        yield f"ectype audit {paper.slug} {claim.id}"


def lines_of(commands: Iterable[str]) -> Markup:
    """Return commands, each to copy."""
    return Markup("".join(command(line) for line in commands))


def _gist(claim: ClaimRecord) -> list[str]:
    missing = ["an input is not stated"] if claim.missing else []
    return [claim.kind, claim.margin, _agreement(claim), *missing]


def _agreement(claim: ClaimRecord) -> str:
    if not claim.measured:
        return ""
    return "two derivations that agree" if all(item.derivations for item in claim.measured) else "one derivation"


def _fresh(paper: Publication, claim: ClaimRecord) -> Markup:
    found = claim.evidence
    if claim.trained is not None:
        if found is None or not found.completed:
            return NOTHING
        return text(
            f"no: {', '.join(found.stale)} changed since"
            if found.stale
            else "yes: the code that ran is the code there is"
        )
    return text(f"no: {paper.stale.removeprefix('stale: ')}" if paper.stale else "yes: measured by this verification")


def _exact(claim: ClaimRecord) -> list[tuple[str, Markup]]:
    return [
        ("Margin", text(claim.margin)),
        ("Derivations", _derivations(claim)),
        ("Not stated in the paper", text(claim.missing)),
    ]


def _derivations(claim: ClaimRecord) -> Markup:
    """Return every number that was derived, in full, under each reading."""
    if not claim.measured:
        return NOTHING
    values = [
        f"{item.reading + ' ' if item.reading else ''}{' and '.join(map(repr, [item.value, *item.derivations]))}"
        for item in claim.measured
    ]
    return text(f"{_agreement(claim)}: {'; '.join(values)}")
