"""The command that begins a paper: ``ectype new``."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ectype.errors import UsageError

if TYPE_CHECKING:
    from ectype.scaffold.citation import Citation

_KINDS = ("architecture", "loss", "optimizer", "generative", "procedure", "rl", "inference")
_NO_CODE = "none"
_SECTION = "Section 3"
_SYNC = "uv sync --all-packages --all-extras"


def add(adder: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the command line.

    Args:
        adder: makes a command: ``adder(name, function, text, papers="")``.
    """
    new = adder("new", run, "write the package of a new paper: skeletons that say what to read and write", papers="")
    new.add_argument("slug", metavar="SLUG", help="the name of the paper: lower-case words joined by hyphens")
    new.add_argument("--from", dest="file", type=Path, metavar="FILE", help="a BibTeX entry or a CITATION.cff")
    new.add_argument(
        "--to", type=Path, metavar="FOLDER", help="write a package of its own there, outside the workspace"
    )
    new.add_argument("--title", metavar="TITLE", help="of the paper")
    new.add_argument("--authors", metavar="NAMES", help="separated by commas")
    new.add_argument("--paper", metavar="URL", help="of the paper, or an arXiv identifier such as 1708.02002v2")
    new.add_argument("--code", metavar="URL", help=f"of the official code, or {_NO_CODE!r}")
    new.add_argument("--kind", choices=_KINDS, help="of paper: decides which skeletons it begins with")
    new.add_argument("--component", metavar="WORDS", help="what the paper adds, in a few words (default: the slug)")
    new.add_argument("--section", metavar="PLACE", help=f"where that is defined: 'Section 3.2, Eq. 4' ({_SECTION})")


def run(arguments: argparse.Namespace) -> int:
    """Write the package and say what comes next: 0 if it is there, 2 (a ``UsageError``) if nothing was written."""
    from ectype.scaffold import citation, questions
    from ectype.scaffold.details import Details
    from ectype.scaffold.package import write
    from ectype.scaffold.places import place

    folder = place(arguments.slug, arguments.to)
    known = citation.read(arguments.file) if arguments.file else citation.Citation()
    answers = _given(arguments, known)
    if questions.at_terminal() and not arguments.json:
        _ask(answers, arguments.slug)
    if missing := [f"--{name}" for name in ("title", "authors", "paper", "kind") if not answers[name]]:
        raise UsageError(f"a new paper must have {', '.join(missing)}: give them as options, or answer at a terminal")
    details = Details(
        slug=arguments.slug,
        title=answers["title"],
        authors=tuple(name.strip() for name in answers["authors"].split(",")),
        paper=citation.url(answers["paper"]),
        code="" if answers["code"].lower() == _NO_CODE else answers["code"],
        kind=answers["kind"],
        component=answers["component"] or arguments.slug.replace("-", " "),
        section=answers["section"] or _SECTION,
        alone=arguments.to is not None,
    )
    shown = folder if details.alone else Path("packages", arguments.slug)
    written = [str(shown / name) for name in write(details, folder)]
    install = f"pip install --editable {shlex.quote(str(folder))}" if details.alone else _SYNC
    following = [install, f"ectype verify {arguments.slug}"]
    if arguments.json:
        print(json.dumps({"written": written, "next": following}, indent=1))
    else:
        print("\n".join(written))
        where = "" if details.alone else ", from the root of the workspace"
        print(f"\nNext{where}:\n\n    " + "\n    ".join(following))
        print("\nThe second says what to write first, and after each step what comes next.")
    return 0


def _given(arguments: argparse.Namespace, known: Citation) -> dict[str, str]:
    """Return what the options say, else the citation."""
    cited = {"title": known.title, "authors": ", ".join(known.authors), "paper": known.paper, "code": known.code}
    names = ("title", "authors", "paper", "code", "kind", "component", "section")
    return {name: (getattr(arguments, name) or cited.get(name, "")).strip() for name in names}


def _ask(answers: dict[str, str], slug: str) -> None:
    """Ask for what is missing."""
    from ectype.scaffold.details import KINDS
    from ectype.scaffold.questions import ask

    def kind_problem(answer: str) -> str:
        return "" if answer in KINDS else f"one of {', '.join(KINDS)}"

    asked: Mapping[str, tuple[str, str, Callable[[str], str]]] = {
        "title": ("Title of the paper", "", lambda answer: ""),
        "authors": ("Authors, separated by commas", "", lambda answer: ""),
        "paper": ("URL of the paper, or its arXiv identifier", "", lambda answer: ""),
        "code": ("URL of the official code", _NO_CODE, lambda answer: ""),
        "kind": (f"Kind of paper ({', '.join(KINDS)})", "", kind_problem),
        "component": ("What the paper adds, in a few words", slug.replace("-", " "), lambda answer: ""),
        "section": ("Where that is defined", _SECTION, lambda answer: ""),
    }
    for name, (question, default, problem) in asked.items():
        answers[name] = answers[name] or ask(question, default, problem=problem)
