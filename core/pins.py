"""Refreshes the pinned versions: `constraint-dependencies` of the workspace, from what uv resolves without them.

A lock file would name the registry that each file came from; a list of versions does not.
"""

import os
import subprocess
from pathlib import Path

import tomlkit

EXPORT = "uv export --upgrade --all-packages --all-groups --all-extras --no-hashes --no-annotate --no-header --no-emit-workspace"


def main(path: Path = Path(__file__).parents[1] / "pyproject.toml") -> None:
    """Rewrite the pins in a workspace's pyproject.toml; leave the file as it was if uv fails."""
    before = path.read_text(encoding="utf-8")
    document = tomlkit.parse(before)
    pins = tomlkit.array()
    try:
        document["tool"]["uv"]["constraint-dependencies"] = []
        path.write_text(tomlkit.dumps(document), encoding="utf-8")
        exported = subprocess.run(EXPORT.split(), cwd=path.parent, check=True, stdout=subprocess.PIPE, text=True).stdout
        pins.extend(sorted(line.strip() for line in exported.splitlines() if "==" in line and not line.startswith("#")))
        document["tool"]["uv"]["constraint-dependencies"] = pins.multiline(True)
        changed = tomlkit.dumps(document)
    except BaseException:
        path.write_text(before, encoding="utf-8")
        raise
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(changed, encoding="utf-8")
    temporary.replace(path)
    print(f"{len(pins)} versions pinned")


if __name__ == "__main__":
    main()
