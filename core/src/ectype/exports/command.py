"""The command ``ectype export``: documents, model cards and badges of papers into a folder."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ectype.errors import UsageError

if TYPE_CHECKING:
    from ectype.exports.document import Document
    from ectype.exports.evaluations import Benchmark


def add(adder: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the command line.

    Args:
        adder: makes a command: ``adder(name, function, text)``.
    """
    export = adder("export", run, "write what was measured as JSON, model cards and badges")
    export.add_argument(
        "--to", type=Path, required=True, metavar="FOLDER", help="where to; a folder a paper is made in it"
    )
    export.add_argument(
        "--benchmark",
        action="append",
        default=[],
        metavar="CLAIM=OWNER/DATASET:TASK",
        help="the benchmark of the Hugging Face Hub that a claim is a result of",
    )


def run(arguments: argparse.Namespace) -> int:
    """Export papers; writes nothing if one of them cannot be exported."""
    from ectype.exports import document, evaluations
    from ectype.freshness import Tree
    from ectype.plugins import discover
    from ectype.site.publication import gather
    from ectype.verify import select
    from ectype.workspace import results_folder

    benchmarks = evaluations.parse(arguments.benchmark)
    tree, found, problems = Tree(discover()), [], []
    for entry in select(arguments.papers):
        try:
            found.append(document.document(gather(entry, results_folder(), tree)))
        except UsageError as error:
            problems.append(str(error))
    if problems:
        raise UsageError("\n".join(problems))
    _check(found, benchmarks)
    files = {"schema.json": document.schema()}
    for exported in found:
        files |= {f"{exported.slug}/{name}": content for name, content in _files(exported, benchmarks).items()}
    _write(arguments.to, files)
    if arguments.json:
        print(json.dumps(sorted(files), indent=1))
    else:
        papers = f"{len(found)} paper{'' if len(found) == 1 else 's'}"
        print(f"{papers} exported to {arguments.to}: {len(files)} files")
    return 0


def _check(documents: list[Document], benchmarks: Mapping[str, Benchmark]) -> None:
    """Raise a ``UsageError`` where a benchmark is named for a claim that cannot be exported under it."""
    from ectype.exports.document import measured

    exported = {claim.id for item in documents for claim, _ in measured(item)}
    if unknown := sorted(benchmarks.keys() - exported):
        raise UsageError(
            f"--benchmark must name claims with all their runs on the code as it is ({', '.join(sorted(exported)) or 'none'});"
            f" received {', '.join(unknown)}"
        )


def _files(exported: Document, benchmarks: Mapping[str, Benchmark]) -> dict[str, bytes]:
    from ectype.exports import badges, document, evaluations, model_card

    entries = evaluations.evaluations(exported, benchmarks)
    texts = {"huggingface/README.md": model_card.model_card(exported)}
    texts |= {"huggingface/.eval_results/ectype.yaml": entries} if entries else {}
    texts |= {f"badges/{name}": badge for name, badge in badges.badges(exported).items()}
    return {"paper.json": document.encode(exported), **{name: said.encode() for name, said in texts.items()}}


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    from ectype.files import write_atomically

    for name, content in files.items():
        target = folder / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(target, content)
        except OSError as error:
            raise UsageError(f"--to must be a folder that can be written; {target}: {error}") from error
