"""The tree of generated files: written where the text has changed, removed where the paper is gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ectype.errors import UsageError
from ectype.site.markup import GENERATED

SAID = GENERATED.removeprefix("# ")

_BEGINNINGS = {
    ".md": f"---\n{GENERATED}\n".encode(),
    ".json": f'{{\n "written": "{SAID}"'.encode(),
    ".bib": f"% {SAID}\n".encode(),
    ".xml": f'<?xml version="1.0" encoding="utf-8"?>\n<!-- {SAID} -->\n'.encode(),
}
"""How each kind of generated file begins."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was done: names relative to the folder, sorted."""

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]


def write(folder: Path, pages: Mapping[str, str]) -> Written:
    """Write pages below a folder and remove generated ones that are no longer among them.

    Args:
        folder: where to.
        pages: texts by name: Markdown, JSON, XML or BibTeX, each with the line that says who wrote it.

    Raises:
        UsageError: if a file that somebody wrote by hand stands in the place of a page.
    """
    wanted = {name: source.encode("utf-8", "replace") for name, source in pages.items()}
    there = {name: (folder / name).read_bytes() for name in _present(folder)}
    if by_hand := sorted(name for name in wanted.keys() & there.keys() if not _is_generated(there[name])):
        raise UsageError(
            f"{', '.join(by_hand)} in {folder} must be free for generated pages; found pages without the line "
            f"{GENERATED!r}. Move them to another name"
        )
    changed = sorted(name for name, source in wanted.items() if there.get(name) != source)
    removed = sorted(name for name, source in there.items() if name not in wanted and _is_generated(source))
    for name in changed:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(wanted[name])
    for name in removed:
        (folder / name).unlink()
        for parent in list((folder / name).parents)[: name.count("/")]:
            if not any(parent.iterdir()):
                parent.rmdir()
    return Written(tuple(changed), tuple(sorted(wanted.keys() - set(changed))), tuple(removed))


def _present(folder: Path) -> Iterable[str]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in _BEGINNINGS and path.is_file():
            yield path.relative_to(folder).as_posix()


def _is_generated(source: bytes) -> bool:
    return source.startswith(tuple(_BEGINNINGS.values()))
