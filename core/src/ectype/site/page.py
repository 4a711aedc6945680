"""The page of a paper: who wrote it, what it has earned, then the sections."""

from __future__ import annotations

from collections.abc import Sequence

from ectype.judge import SKELETON, Finding
from ectype.progress import progress
from ectype.results import Mark
from ectype.site import badges
from ectype.site.hypertext import to
from ectype.site.markup import (
    NOTHING,
    Markup,
    block,
    code,
    command,
    details,
    external,
    fence,
    folded,
    lines,
    link,
    notice,
    page,
    small,
    spread,
    text,
)
from ectype.site.publication import Publication
from ectype.site.sections import SECTIONS, environment

SHOWN = 5
"""What needs attention is listed up to here; the rest opens on request."""


def paper_page(paper: Publication) -> str:
    """Return the page of a paper.

    Raises:
        InvalidError: if a formula or link in its texts does not resolve.
    """
    parts = [_head(paper), *_notices(paper), _marks(paper), _progress(paper)]
    return page(paper.title, [*parts, *(section(paper) for section in SECTIONS)], hide=["navigation"])


def _head(paper: Publication) -> str:
    said = []
    if paper.header is not None:
        said.append(text(", ".join(paper.header.authors)))
        official = paper.header.official_code
        said.append(
            spread(
                [
                    external(text("Paper"), paper.header.paper),
                    external(text("Official code"), official) if official else text("No official code"),
                    link(text("Code here"), "code.md") if paper.files else NOTHING,
                    code(paper.entry.distribution),
                    state(paper),
                ]
            )
        )
    else:
        said.append(spread([code(paper.entry.distribution), state(paper)]))
    return block("\n\n".join(said), name="byline")


def state(paper: Publication) -> Markup:
    """Return the badge that says whether this page can be trusted today, with the date where there is one."""
    found = badges.state(paper.state)
    moment = text(environment.when(paper.result.started)) if paper.measured and paper.result else NOTHING
    return spread([found, moment], " ")


def _notices(paper: Publication) -> list[str]:
    """Return what must be known before reading on."""
    again = command(f"ectype verify {paper.slug}")
    found = [
        notice("failure", text("A file cannot be read, or was changed by hand"), fence(problem, "text"))
        for problem in paper.problems
    ]
    if paper.broken:
        detail = paper.result.problem_detail if paper.result else ""
        body = [text(paper.broken), *([fence(detail, "text")] if detail.strip() else [])]
        return [*found, notice("failure", text("This paper cannot be verified"), "\n\n".join(body))]
    if paper.result is None:
        body_text = f"Nothing on this page was measured. To measure it:\n\n{again}"
        return [*found, notice("info", text("Not verified here"), body_text)]
    if paper.stale:
        found.append(notice("warning", text("Stale"), f"{text(paper.stale)}\n\n{again}"))
    attention = [item for item in paper.attention if item.id != SKELETON]
    if paper.state == "skeleton":
        found.append(notice("info", text("Still being written"), text("What is left to do stands under the marks.")))
    if attention:
        tone = "failure" if any(item.level == "failure" for item in attention) else "warning"
        found.append(notice(tone, text("Needs attention"), _listed(paper, attention)))
    return found


def _listed(paper: Publication, items: Sequence[Finding]) -> str:
    """Return what needs attention as a list; what is beyond the first few opens on request."""
    said = [_attention(paper, item) for item in items]
    rest = f"\n\n{details(text(f'{len(items) - SHOWN} more'), lines(said[SHOWN:]))}" if len(items) > SHOWN else ""
    return "\n".join(f"- {line}" for line in said[:SHOWN]) + rest


def _attention(paper: Publication, item: Finding) -> Markup:
    """Return what needs attention in a line; of a claim its row says the rest."""
    claims = {claim.id for claim in paper.measured.claims} if paper.measured else set()
    group, _, name = item.id.partition("/")
    shown, where = item.text, code(item.id) if item.id else NOTHING
    if group == "claim" and name in claims:
        shown, where = item.text.partition(": our ")[0], to(f"#claim-{name}", code(item.id))
    return spread([small(text(item.level)), where, text(shown)], " ")


def _marks(paper: Publication) -> str:
    if paper.measured is None:
        return ""
    return block("\n\n".join(_card(mark) for mark in paper.measured.marks), name="marks")


def _progress(paper: Publication) -> str:
    """Return how many of the items of a finished implementation are there, and what is left to do, on request."""
    found = progress(paper.measured) if paper.measured else None
    if found is None:
        return ""
    summary = text(f"{found.finished} of a finished implementation")
    items = [f"- {'✓' if item.done else '○'} {text(item.name)}" for item in found.items]
    steps = ["", text("Next steps:"), "", fence("\n".join(found.lines()), "text")] if found.due else []
    return folded(summary, "\n".join([*items, *steps]))


def _card(mark: Mark) -> str:
    """Return one mark: its name, k of n, what was counted."""
    tone, symbol = badges.mark_tone(mark)
    value = f"{mark.held} of {mark.of}" if mark.of else ""
    also = f"{mark.qualified} more only under another reading; " if mark.qualified else ""
    body = [
        Markup(f'<span class="mark__name">{text(mark.name)}</span>'),
        Markup(f'<span class="mark__value"><span aria-hidden="true">{text(symbol)}</span> {text(value)}</span>'),
        Markup(f'<span class="mark__text">{text(also + mark.text)}</span>'),
    ]
    return block("\n".join(body), name=f"mark mark--{tone}")
