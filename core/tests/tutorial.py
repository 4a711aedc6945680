"""The tutorial as steps: what its page says to write is written, what it says to run is run, in a throw-away workspace.

``python core/tests/tutorial.py`` writes the outputs into the page anew; the test compares them.
"""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from throwaway import Workspace, make_workspace

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
PAPER = "packages/focal"

_BLOCK = re.compile(r'^```(?P<kind>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$', re.M | re.S)
_VARIES = {r"\d+(\.\d+)? s\b": "# s", r"\d{4}-\d\d-\d\d( \d\d:\d\d)?": "DATE", r"ectype faults focal --jobs \d+": "..."}


@dataclass(frozen=True)
class Step:
    """A block of the page: a file to write, a change to make, or commands with the output that is shown below them."""

    kind: str
    title: str
    text: str
    shown: str | None = None
    span: tuple[int, int] = (0, 0)


def steps(page: str) -> Iterator[Step]:
    blocks = list(_BLOCK.finditer(page))
    for at, block in enumerate(blocks):
        follower = blocks[at + 1] if at + 1 < len(blocks) else None
        kind, title, text = block["kind"], block["title"] or "", block["text"]
        if kind == "text":
            continue
        shown = follower["text"] if kind == "sh" and follower and follower["kind"] == "text" else None
        yield Step(kind, title, text, shown, follower.span("text") if shown is not None else (0, 0))


class Reader:
    """Somebody who does what the page says."""

    def __init__(self, folder: Path) -> None:
        self.workspace: Workspace = make_workspace(folder)
        members = '[tool.uv.workspace]\nmembers = ["packages/*"]\n'
        (self.workspace.root / "pyproject.toml").write_text(members, encoding="utf-8")
        self.begun: set[str] = set()

    def do(self, step: Step) -> str | None:
        """Do a step, and return the output where there are commands."""
        if step.kind == "sh":
            return "".join(self._run(line) for line in step.text.replace("\\\n", " ").splitlines())
        path = self.workspace.root / step.title
        if step.kind == "diff":
            self._change(path, step.text)
        elif step.title in self.begun:
            path.write_text(f"{path.read_text(encoding='utf-8')}\n\n{step.text}", encoding="utf-8")
        else:
            self.begun.add(step.title)
            path.write_text(step.text, encoding="utf-8")
        return None

    def _run(self, line: str) -> str:
        program, *arguments = shlex.split(line, comments=True)
        if line == "uv sync --all-packages --all-extras":
            source = self.workspace.root / PAPER / "src"
            self.workspace.register(source, "focal", "ectype_focal.claims:paper", "ectype-focal")
            return ""
        assert program == "ectype", f"a reader of the tutorial can only run ectype here; received {line!r}"
        done = self.workspace.run(*arguments, columns=80)
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout

    @staticmethod
    def _change(path: Path, text: str) -> None:
        old = "".join(line[1:] + "\n" for line in text.splitlines() if not line.startswith("+"))
        new = "".join(line[1:] + "\n" for line in text.splitlines() if not line.startswith("-"))
        source = path.read_text(encoding="utf-8")
        assert source.count(old) == 1, f"{path} must hold this once:\n{old}"
        path.write_text(source.replace(old, new), encoding="utf-8")


def plain(output: str, root: Path) -> str:
    """Return an output without what varies from run to run, nor spaces at the end of a line."""
    text = output.replace(f"{root}/", "").replace(str(root), "")
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def comparable(output: str) -> str:
    for pattern, instead in _VARIES.items():
        output = re.sub(pattern, instead, output)
    return output


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    folder = Path(tempfile.mkdtemp())
    reader, written, done = Reader(folder), "", 0
    try:
        for step in steps(page):
            output = reader.do(step)
            if output is not None and step.shown is not None:
                written += page[done : step.span[0]] + plain(output, reader.workspace.root) + "\n"
                done = step.span[1]
                sys.stdout.write(f"{step.text}{output}\n")
    finally:
        shutil.rmtree(folder)
    PAGE.write_text(written + page[done:], encoding="utf-8")


if __name__ == "__main__":
    main()
