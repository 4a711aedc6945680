"""What must be known about a paper before its package is written."""

from __future__ import annotations

import builtins
import keyword
import re
from dataclasses import dataclass

from ectype import header
from ectype.errors import UsageError
from ectype.header.rules import UnfitError
from ectype.header.values import Header, NotCovered

KINDS = {
    "architecture": "a layer or a network",
    "loss": "a loss, a layer without weights, a measure",
    "optimizer": "an optimizer or a schedule",
    "generative": "a generative model: network, loss, sampler",
    "procedure": "a way to train",
    "rl": "an agent that learns from rewards",
    "inference": "an algorithm without training: sampling, search, decoding",
}
"""The kinds of paper, with what each is; the templates of a kind are in the folder of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the templates are filled with.

    Args:
        slug: the name of the paper, lower-case words joined by hyphens.
        title: its title.
        authors: their names.
        paper: its URL.
        code: URL of the official code, or empty where there is none.
        kind: a key of ``KINDS``.
        component: what the paper adds, in words: module, class and function are named after it.
        section: the locators of where that is defined.
        alone: whether it is a package of its own, outside a workspace.

    Raises:
        UsageError: with everything that is wrong with them.
    """

    slug: str
    title: str
    authors: tuple[str, ...]
    paper: str
    code: str
    kind: str
    component: str
    section: str
    alone: bool = False

    def __post_init__(self) -> None:
        problems = []
        if self.kind not in KINDS:
            problems.append(f"the kind must be one of {', '.join(KINDS)}; received {self.kind!r}")
        if not re.fullmatch(r"[A-Za-z]\w*(?:[ -]\w+)*", self.component, re.ASCII):
            problems.append(
                f"the component must be words of letters and digits, the first with a letter; received {self.component!r}. "
                "Give it with --component"
            )
        elif self.name in dir(builtins) or keyword.iskeyword(self.name) or keyword.issoftkeyword(self.name):
            problems.append(
                f"the component must have a name of its own; {self.name!r} is taken. Give another with --component"
            )
        try:
            self.header()
        except UnfitError as unfit:
            problems += [
                f"expected {fault.expected}; received {fault.received}. {fault.hint}".rstrip() for fault in unfit.faults
            ]
        if problems:
            raise UsageError("\n".join(problems))

    @property
    def package(self) -> str:
        """The import name of the package."""
        return f"ectype_{self.slug.replace('-', '_')}"

    @property
    def name(self) -> str:
        """The component as the name of a module or function."""
        return re.sub(r"\W+|(?<=[a-z0-9])(?=[A-Z])", "_", self.component).lower()

    @property
    def type(self) -> str:
        """The component as the name of a class."""
        return "".join(word[0].upper() + word[1:] for word in re.split(r"[\W_]+", self.component) if word)

    @property
    def words(self) -> str:
        """The component at the beginning of a sentence."""
        return self.component[0].upper() + self.component[1:]

    def header(self) -> Header:
        """Return the documentation header to begin with."""
        what = f"TODO: name each part of the paper and its place, beginning with this: {self.component}"
        covers = (NotCovered(what, self.section, "not written yet"),)
        return Header(self.title, self.authors, self.paper, self.code or None, covers)

    def docstring(self) -> str:
        """Return the header as the source of a docstring."""
        text = header.render(self.header()).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        return f'"""{text}"""'
