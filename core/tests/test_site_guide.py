"""The guide pages: the package of the guide is verified as a reader would, and no word or option is left out."""

import argparse
import re
from pathlib import Path

import pytest
from ectype.cli import _parser
from ectype.header import VERDICTS
from ectype.marks import NAMES
from throwaway import README

DOCS = Path(__file__).parents[2] / "docs"


def guide(name):
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def files():
    """Return the files of the guide's package: blocks with one title are parts of one file."""
    parts = {}
    for title, source in re.findall(r'^```py title="(.*?)"\n(.*?)^```', guide("adding-a-paper"), re.M | re.S):
        parts.setdefault(Path(title).stem, []).append(source)
    return {name: "\n\n".join(sources) for name, sources in parts.items()}


def test_the_package_of_the_guide_is_verified_and_accepted(workspace):
    workspace.paper("focal", readme=README, **files())
    status, papers = workspace.verify("focal")
    outcomes = {outcome["id"]: outcome["status"] for outcome in papers["focal"]["outcomes"]}
    claims = {claim["id"]: claim["verdict"] for claim in papers["focal"]["claims"]}
    measured = {
        reading["name"]: float(*reading["measured"].values())
        for reading in papers["focal"]["disagreements"][0]["readings"]
    }
    unfinished = {id: status for id, status in outcomes.items() if status not in ("passed", "not applicable")}
    assert unfinished in ({}, {"reference/focal-loss/torchvision": "not run"}), papers["focal"]["outcomes"]
    assert claims == {"easy-examples": "reproduced", "ap-gamma-2": "not attempted"}
    assert measured["paper"] == pytest.approx(100 * measured["torchvision"])
    assert status == 1  # nothing is accepted yet
    assert workspace.run("accept", "focal", "-m", "looked at").returncode == 0
    assert workspace.verify("focal")[0] == 0


def test_a_small_paper_costs_at_most_130_lines_in_three_files():
    made = files()
    beside = [made["__init__"], made["claims"], README]
    assert sum(len(text.splitlines()) for text in beside) <= 130


def test_every_command_and_option_is_on_the_page_of_commands():
    text = guide("commands")
    commands = next(a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))
    missing = [name for name in commands.choices if f"ectype {name}" not in text]
    for parser in commands.choices.values():
        options = [max(action.option_strings, key=len) for action in parser._actions if action.option_strings]
        missing += [option for option in options if option not in text and not (option == "--message" and "-m" in text)]
    assert missing == []


def test_every_verdict_and_mark_is_explained():
    text = guide("verdicts-and-marks")
    assert [word for word in (*VERDICTS, *NAMES, "reproduced only under") if f"**{word}**" not in text] == []


def test_every_kind_of_declaration_has_an_example():
    text = guide("adding-a-paper")
    for name in ("component", "equation", "reference", "property", "claim", "not_attempted", "disagreement"):
        assert f"paper.{name}(" in text
    for name in ("limit", "reading", "measure", "derivation", "weights", "call"):
        assert re.search(rf"^@\w+\.{name}\b", text, re.M), name
