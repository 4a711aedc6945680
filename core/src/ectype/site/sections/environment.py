"""The environment: what a verification ran on, digests of what ran, and how to run it again."""

from __future__ import annotations

from ectype.modules import CORE
from ectype.site.markup import code, command, counted, folded, heading, text
from ectype.site.publication import Publication
from ectype.site.tables import Row, pairs, table


def section(paper: Publication) -> str:
    """Return how to run the verification again, and what it ran on."""
    again = [
        heading(2, text("Run it again"), "again"),
        command(f"ectype verify {paper.slug}"),
    ]
    result = paper.measured
    if result is None:
        return "\n\n".join(again)
    facts = [("Verified", text(when(result.started))), ("Took", text(f"{result.seconds:.1f} s"))]
    if here := result.environment:
        facts += [
            (
                "Versions",
                text(
                    f"{result.distribution} {result.version}, ectype {here.ectype}, torch {here.torch}, Python {here.python}"
                ),
            ),
            (
                "Machine",
                text(f"{here.platform}, device {here.device}, {counted(here.threads, 'thread')}"),
            ),
        ]
    ran = [(name.partition(".")[0] == CORE, Row([code(name), code(digest)])) for name, digest in result.modules.items()]
    columns = ("Module", "Digest")
    harness = table(columns, [row for core, row in ran if core], caption="Digests of the harness", name="digests")
    return "\n\n".join(
        [
            *again,
            pairs(facts),
            "Digests of the code that ran; comments, docstrings and formatting do not count.",
            table(columns, [row for core, row in ran if not core], caption="Digests of the package", name="digests"),
            folded(text("modules of the harness"), harness),
        ]
    )


def when(started: str) -> str:
    """Return the time of a verification to the minute."""
    moment = started[:16].replace("T", " ")
    return f"{moment} UTC" if started.endswith(("+00:00", "Z")) else moment
