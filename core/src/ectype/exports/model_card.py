"""Model cards of the Hugging Face Hub: ``model-index`` metadata with what was measured, and a table of the claims.

The metadata follows ``modelcard.md`` of github.com/huggingface/hub-docs. A ``verifyToken`` is the Hub's to give and is never
written; the task type is ``other``, the Hub's word for what is none of its tasks.
"""

from __future__ import annotations

import math
import re
from itertools import groupby

from ectype.exports import yaml
from ectype.exports.document import Claim, Document, Reading, Seeds, measured
from ectype.exports.yaml import Plain
from ectype.site.markup import external, text
from ectype.site.sections.environment import when
from ectype.statistics import wording


def model_card(document: Document) -> str:
    """Return a ``README.md``; without anything measured it has no ``model-index``."""
    index = model_index(document)
    front = yaml.dump({"library_name": "pytorch", "tags": ["ectype"], **({"model-index": index} if index else {})})
    return f"---\n{front}---\n\n{_body(document)}"


def model_index(document: Document) -> list[Plain]:
    """Return the model index: one result a data set, one metric a claim and reading; empty where nothing was measured."""
    found = sorted(measured(document), key=lambda item: _data(item[0]))
    results: list[Plain] = [
        {
            "task": {"type": "other"},
            "dataset": {"type": _id(name), "name": name},
            "metrics": [_metric(claim, reading) for claim, reading in items],
        }
        for name, items in groupby(found, key=lambda item: _data(item[0]))
    ]
    return [{"name": document.slug, "results": results}] if results else []


def _data(claim: Claim) -> str:
    """Return the name of the data set: as declared, or the experiment that generates it."""
    assert claim.method is not None
    return claim.data or claim.method.variants[0].partition("/")[0]


def _id(name: str) -> str:
    """Return a name in the characters that the Hub accepts for a data set or a metric."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"


def _metric(claim: Claim, reading: Reading) -> Plain:
    assert claim.method is not None
    assert reading.value is not None
    under = f" under {reading.reading}" if reading.reading else ""
    per = f", divided by {claim.method.per}" if claim.method.per else ""
    said = f"{claim.locator}: {claim.text}{per}{under}, mean of {wording.runs(len(reading.values))}"
    return {"type": _id(reading.metric), "value": reading.value, "name": said}


def _body(document: Document) -> str:
    head = document.header
    title = head.title if head else document.slug
    lines = [f"# {text(title)}", ""]
    if head is not None:
        lines += [f"{external(text('Paper'), head.paper)} by {text(', '.join(head.authors))}.", ""]
    lines += [
        f"Measured with {text(document.distribution)} {text(document.version)} on {text(when(document.verified))}.",
        "",
    ]
    if document.stale:
        lines += [f"Out of date: {text(document.stale.removeprefix('stale: '))}.", ""]
    lines += ["| where | claim | published | measured | verdict |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(map(text, _row(claim)))} |" for claim in document.claims]
    return "\n".join(lines) + "\n"


def _row(claim: Claim) -> list[str]:
    means = [f"{variant.partition('/')[2]} {_mean(seeds):.4g}" for variant, seeds in claim.rows.items() if seeds]
    ours = ", ".join(means) or "; ".join(_ours(claim, reading) for reading in claim.readings) or "–"
    stale = " (stale)" if claim.evidence and claim.evidence.stale else ""
    unit = f" {claim.unit}" if claim.unit else ""
    return [claim.locator, claim.text, f"{claim.target.printed}{unit}", ours, f"{claim.verdict}{stale}"]


def _mean(seeds: Seeds) -> float:
    return sum(math.nan if value is None else value for value in seeds.values()) / len(seeds)


def _ours(claim: Claim, reading: Reading) -> str:
    if reading.value is None:
        return reading.sentence
    step = claim.method.margin if claim.method and claim.method.margin else None
    value = wording.number(reading.value, step) if step else f"{reading.value:.6g}"
    bounds = ""
    if reading.interval is not None and step:
        bounds = f" [{', '.join(wording.number(bound, step) for bound in reading.interval)}]"
    return f"{value}{bounds}{f' under {reading.reading}' if reading.reading else ''}"
