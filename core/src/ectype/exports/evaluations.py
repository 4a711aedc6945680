"""Evaluation results of the Hugging Face Hub: entries of ``.eval_results/*.yaml``, which benchmarks collect.

They follow ``eval_results.yaml`` of github.com/huggingface/hub-docs: a data set that the Hub knows as a benchmark and one of
its tasks. Only the user can say which these are, so a claim is exported under the benchmark that was named for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ectype.errors import UsageError
from ectype.exports import yaml
from ectype.exports.document import Document, measured
from ectype.statistics import wording

Benchmark = tuple[str, str]
"""A data set of the Hub and the task of it."""

_FORM = re.compile(r"([^=]+)=([\w.-]+/[\w.-]+):([\w.-]+)")


def parse(asked: list[str]) -> dict[str, Benchmark]:
    """Return benchmarks by claim, from ``CLAIM=OWNER/DATASET:TASK``.

    Raises:
        UsageError: if a text is not of this form.
    """
    found: dict[str, Benchmark] = {}
    for item in asked:
        match = _FORM.fullmatch(item)
        if match is None:
            raise UsageError(f"--benchmark must be CLAIM=OWNER/DATASET:TASK; received {item!r}")
        found[match[1]] = match[2], match[3]
    return found


def evaluations(document: Document, benchmarks: Mapping[str, Benchmark]) -> str:
    """Return the entries of a paper's measured claims that have a benchmark, or an empty text where there is none.

    Raises:
        UsageError: if such a claim has several readings, as an entry holds one value.
    """
    entries: list[yaml.Plain] = []
    for claim, reading in measured(document):
        if claim.id not in benchmarks:
            continue
        if len(claim.readings) > 1:
            names = ", ".join(str(item.reading) for item in claim.readings)
            raise UsageError(f"a claim for --benchmark must have one reading; {claim.id} has {names}")
        assert claim.evidence is not None
        assert reading.value is not None
        dataset, task = benchmarks[claim.id]
        step = claim.method.margin if claim.method and claim.method.margin else 1.0
        bounds = (
            f", 90 % interval [{', '.join(wording.number(b, step) for b in reading.interval)}]"
            if reading.interval
            else ""
        )
        entries.append(
            {
                "dataset": {"id": dataset, "task_id": task},
                "value": reading.value,
                "date": claim.evidence.last,
                "notes": f"mean of {wording.runs(len(reading.values))}{bounds}; published {claim.target.printed}",
            }
        )
    return yaml.dump(entries) if entries else ""
