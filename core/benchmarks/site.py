"""Times the site: `python core/benchmarks/site.py [PAPERS ...]`, by default with 100 and with 1,000 generated papers.

Prints for each number the seconds of processor time in which the pages are written, those in which nothing has changed,
and what a paper costs; with `--build` also the seconds in which mkdocs builds them, which takes minutes for 1,000.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from papers import generate, sources

AIM = 20.0
"""Seconds in which the pages of 1,000 papers are to be written."""

ROOT = Path(__file__).parents[2]

WRITE = """
import sys, time
from pathlib import Path
sys.path += sys.argv[2:]
from ectype.plugins import discover
from ectype.site.command import publish
entries = [entry for entry in discover() if entry.slug.startswith("paper-")]
done = publish(entries, Path(sys.argv[1]), results=Path(".ectype"))
print(time.process_time(), len(done.changed), len(done.unchanged))
"""
"""What `ectype site` does, for the generated papers alone; prints the seconds of processor time of the whole process."""


def write(root: Path) -> tuple[float, int]:
    """Write the pages of the papers below a folder; return the seconds and how many pages changed."""
    command = [sys.executable, "-c", WRITE, str(root / "docs"), *sources(root)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the pages must be written; received {done.stderr.strip()}")
    seconds, changed, _ = done.stdout.split()
    return float(seconds), int(changed)


def build(root: Path) -> float:
    """Build the site of the papers below a folder; return the seconds of the processor."""
    before = os.times()
    subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"], cwd=root, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def measure(count: int, *, built: bool) -> None:
    """Print what a number of papers costs."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        generate(root, count)
        shutil.copy(ROOT / "mkdocs.yml", root)
        generated = ("papers", *(ROOT / "docs/.gitignore").read_text(encoding="utf-8").replace("/", "").split())
        shutil.copytree(
            ROOT / "docs",
            root / "docs",
            ignore=shutil.ignore_patterns(*generated, "index.md", "findings.md", "checks.md"),
        )
        (first, pages), (second, again) = write(root), write(root)
        said = "ok  " if first <= AIM * max(count / 1000, 0.1) and not again else "slow"
        home = (root / "docs/index.md").stat().st_size
        print(
            f"{said} {count:5} papers, {pages:5} pages: {first:6.2f} s, unchanged {second:6.2f} s, {1000 * first / count:5.1f} ms a paper; home {home / 1000:.0f} kB"
        )
        if built:
            print(
                f"     {count:5} papers built in {(seconds := build(root)):6.1f} s of processor time, {1000 * seconds / count:.0f} ms a paper"
            )


def main() -> None:
    """Measure every number that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("papers", nargs="*", type=int, default=[100, 1000])
    parser.add_argument("--build", action="store_true", help="build the site, too")
    asked = parser.parse_args()
    for count in asked.papers:
        measure(count, built=asked.build)


if __name__ == "__main__":
    main()
