"""The findings for programs: as JSON, and as an Atom feed. Neither names a host: links are relative, ids are made of names."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from ectype.results import ClaimRecord
from ectype.site.answers import answers
from ectype.site.findings import Found, collect, measured
from ectype.site.hypertext import address
from ectype.site.publication import Publication
from ectype.site.tree import SAID

ATOM = "http://www.w3.org/2005/Atom"
NEVER = "1970-01-01T00:00:00Z"
"""The date of a feed without entries."""

_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "urn:ectype:findings")


def as_json(papers: Sequence[Publication]) -> str:
    """Return the findings of all papers as JSON."""
    found = [_plain(one) for one in collect(papers)]
    return json.dumps({"written": SAID, "findings": found}, ensure_ascii=False, indent=1) + "\n"


def as_atom(papers: Sequence[Publication]) -> str:
    """Return the findings of all papers as an Atom feed; an entry is dated by what was accepted last for its paper."""
    found = sorted(collect(papers), key=lambda one: (_moment(one.paper), one.name), reverse=True)
    feed = ElementTree.Element("feed", xmlns=ATOM)
    _add(feed, "title", "Ectype: findings")
    _add(feed, "subtitle", "Where papers, official code, mathematics and libraries disagree, measured.")
    _add(feed, "id", _id("feed"))
    _add(feed, "updated", max((_moment(one.paper) for one in found), default=NEVER))
    ElementTree.SubElement(feed, "link", rel="alternate", type="text/html", href=address("findings.md"))
    ElementTree.SubElement(feed, "link", rel="self", type="application/atom+xml", href="findings.xml")
    _add(ElementTree.SubElement(feed, "author"), "name", "Ectype")
    for one in found:
        entry = ElementTree.SubElement(feed, "entry")
        _add(entry, "title", f"{one.paper.title}: {one.title}")
        _add(entry, "id", _id(one.name))
        _add(entry, "updated", _moment(one.paper))
        ElementTree.SubElement(
            entry, "link", rel="alternate", type="text/html", href=address(f"findings.md#{one.name}")
        )
        ElementTree.SubElement(entry, "category", term=one.paper.slug)
        _add(entry, "summary", _summary(one))
    ElementTree.indent(feed, " ")
    body = ElementTree.tostring(feed, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n<!-- {SAID} -->\n{body}\n'


def _plain(one: Found) -> dict[str, Any]:
    item, paper = one.item, one.paper
    common = {
        "id": one.name,
        "paper": paper.slug,
        "title": paper.title,
        "page": address(f"findings.md#{one.name}"),
        "at": one.at,
        "command": one.command,
        "answers": [{"label": a.label, "url": a.url, "about": a.about} for a in answers(paper, item.id)],
    }
    if isinstance(item, ClaimRecord):
        published = {"printed": item.target.printed, "unit": item.unit, "source": item.target.source}
        return common | {
            "kind": "number",
            "says": item.text,
            "published": published,
            "measured": measured(item),
            "verdict": item.verdict,
        }
    readings = [{"name": r.name, "source": r.source, "measured": r.measured} for r in item.readings]
    return common | {
        "kind": "disagreement",
        "name": item.name,
        "says": item.text,
        "readings": readings,
        "followed": item.follow,
        "departure": item.departure,
        "claims": item.claims,
    }


def _summary(one: Found) -> str:
    item = one.item
    if isinstance(item, ClaimRecord):
        ours = "; ".join(f"{reading}: {said}" if reading else said for reading, said in measured(item).items())
        return f"Published {item.target.printed} {item.unit}".rstrip() + f", {item.verdict}. Ours: {ours}"
    said = [
        f"{reading.name}: {', '.join(f'{what} {value}' for what, value in reading.measured.items())}"
        for reading in item.readings
        if reading.measured
    ]
    return " ".join([item.text, *([f"Measured: {'; '.join(said)}."] if said else [])])


def _moment(paper: Publication) -> str:
    """Return when something was last accepted for a paper, or when it was verified, as Atom writes it."""
    if paper.accepted and paper.accepted.history:
        return f"{paper.accepted.history[-1].date}T00:00:00Z"
    return f"{paper.result.started[:19]}Z" if paper.result else NEVER


def _id(name: str) -> str:
    return uuid.uuid5(_NAMES, name).urn


def _add(parent: ElementTree.Element, name: str, value: str) -> None:
    """Add an element with a text; characters that XML cannot hold are replaced."""
    ElementTree.SubElement(parent, name).text = "".join(c if _holds(c) else "\N{REPLACEMENT CHARACTER}" for c in value)


def _holds(character: str) -> bool:
    number = ord(character)
    return number in (9, 10, 13) or 0x20 <= number <= 0xD7FF or 0xE000 <= number <= 0xFFFD or number >= 0x10000
