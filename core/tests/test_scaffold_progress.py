"""How far a paper has come: what is unwritten in its files, the steps, the seven items, and the state that follows."""

import msgspec
import pytest
from ectype import analysis, unwritten
from ectype.judge import exit_status, is_skeleton, judge
from ectype.ledger import Ledger
from ectype.progress import is_due_to_unwritten, progress
from ectype.results import (
    SCHEMA,
    ClaimRecord,
    ComponentRecord,
    HeaderRecord,
    Outcome,
    Result,
    SectionRecord,
    Source,
    TargetRecord,
    Unwritten,
)
from throwaway import HEADER, README

CODE = '''
import abc

class Layer(abc.ABC):
    """A layer."""

    def __init__(self):
        self.size = 3

    def forward(self, x):
        half = x / 2
        raise NotImplementedError("Sec. 3: the other half")

    @abc.abstractmethod
    def abstract(self):
        raise NotImplementedError

    def refuses(self, x):
        if x:
            raise NotImplementedError("no such x")
        return x

def bare():
    raise NotImplementedError

async def called():
    raise NotImplementedError()

def outer():
    def inner():
        raise NotImplementedError("inside")
    return inner

def other():
    raise ValueError("TODO is no comment here")

x = 1  # TODO: another number
# FIXME
'''


def package(tmp_path, **files):
    folder = tmp_path / "packages/x/src/ectype_x"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return unwritten.find(folder, base=tmp_path)


def test_what_is_unwritten_in_code(tmp_path):
    found = package(tmp_path, layer=CODE)
    assert {item.file for item in found} == {"packages/x/src/ectype_x/layer.py"}
    lines = CODE.splitlines()
    assert all("NotImplementedError" in lines[u.line - 1] or "#" in lines[u.line - 1] for u in found)
    assert [(u.of, u.text) for u in found] == [
        ("Layer.forward", "Sec. 3: the other half"),
        ("bare", "write bare"),
        ("called", "write called"),
        ("outer.inner", "inside"),
        ("comment", "another number"),
        ("comment", "FIXME"),
    ]


def test_what_is_unwritten_in_a_header(tmp_path):
    head = HEADER.replace("- [ ] RetinaNet", "- [ ] TODO: say more of RetinaNet")
    found = package(tmp_path, __init__=head)
    assert [(u.where, u.line, u.text) for u in found] == [
        ("header", 8, "say more of RetinaNet (Section 4): needs COCO")
    ]


def test_a_file_that_is_not_python_is_left_to_the_checks(tmp_path):
    assert package(tmp_path, broken="def (", text="\0") == []


def test_placeholders_of_an_analysis_are_named_with_their_lines(tmp_path):
    path = tmp_path / "README.md"
    path.write_text(
        README.replace("The paper does not say", "TODO: what?\n`TODO` and\n```\nTODO\n```\nThe paper"), "utf-8"
    )
    gaps = next(section for section in analysis.read(path) if section.name == "Gaps")
    line = path.read_text(encoding="utf-8").partition("TODO: what?")[0].count("\n") + 1
    assert gaps.placeholders == ((line, "what?"),)
    assert [problem.line for problem in analysis.check(path)] == [line]


def test_an_absent_analysis_is_one_problem_and_every_section_lacks(tmp_path):
    assert len(analysis.check(tmp_path / "README.md")) == 1
    assert all(section.problems for section in analysis.read(tmp_path / "README.md"))


# Steps and items.


def whole(**changes):
    """A result in which nothing is left to do."""
    checks = ["paper/header", "paper/scope", "paper/analysis", "paper/citations", "component/a/runs", "equation/a"]
    made = Result(
        schema=SCHEMA,
        slug="x",
        distribution="ectype-x",
        version="0.1",
        started="2026-01-01T00:00:00+00:00",
        seconds=1.0,
        partial=False,
        header=HeaderRecord(
            title="T", authors=["A"], paper="https://x.org", official_code=None, covers=[], departures=[]
        ),
        analysis=[SectionRecord(name=name, applicable=True) for name in analysis.HEADINGS],
        outcomes=[outcome(id) for id in checks],
        components=[
            component("a", "layer", 1, 10),
            component("p", "procedure", 11, 20),
            component("l", "loss", 21, 30),
        ],
        claims=[ClaimRecord(id="c", kind="exact", locator="Tab. 1", text="t", target=TargetRecord(printed="1"))],
    )
    return msgspec.structs.replace(made, **changes)


def outcome(id, status="passed", **more):
    return Outcome(id=id, group=id.partition("/")[0], status=status, summary=more.pop("summary", id), **more)


def component(id, kind, first, last):
    source = Source(file="ectype_x/code.py", line=first, end_line=last)
    return ComponentRecord(
        id=id, kind=kind, of=id, summary="What it is.", place="claims.py:1", settings=[], source=source
    )


def left(where, of, file, line, text="this"):
    return Unwritten(where=where, of=of, file=f"packages/x/{file}", line=line, text=text)


def due(result):
    return {step.name: list(step.todo) for step in progress(result).due}


def missing(result):
    return [item.name for item in progress(result).items if not item.done]


def test_nothing_is_due_of_a_finished_paper():
    assert (due(whole()), missing(whole())) == ({}, [])
    assert progress(whole()).finished == progress(whole()).summary == "7/7"
    assert list(progress(whole()).lines()) == []


@pytest.mark.parametrize("unknown", [{"problem": "broken"}, {"partial": True}, {"analysis": []}])
def test_nothing_is_counted_where_too_little_is_known(unknown):
    assert progress(whole(**unknown)) is None


@pytest.mark.parametrize(
    ("item", "step", "lacking"),
    [
        (left("analysis", "Gaps", "README.md", 9), "analysis", []),
        (left("analysis", "References consulted", "README.md", 9), "references", []),
        (left("header", "header", "src/ectype_x/__init__.py", 7), "skeleton", ["code that cites the paper"]),
        (left("code", "A.forward", "src/ectype_x/code.py", 5), "components", ["code that cites the paper"]),
        (left("code", "L", "src/ectype_x/code.py", 25), "loss", ["code that cites the paper"]),
        (left("code", "P.step", "src/ectype_x/code.py", 15), "training", ["code that cites the paper", "training"]),
        (left("code", "fit", "src/ectype_x/training.py", 5), "training", ["code that cites the paper", "training"]),
        (left("code", "huber", "src/ectype_x/huber_loss.py", 5), "loss", ["code that cites the paper"]),
        (left("code", "comment", "src/ectype_x/claims.py", 5), "verification", ["verification tests"]),
        (left("code", "oracle", "src/ectype_x/claims/loss.py", 5), "verification", ["verification tests"]),
    ],
)
def test_what_is_unwritten_belongs_to_a_step_and_an_item(item, step, lacking):
    result = whole(unwritten=[item])
    (todo,) = due(result)[step]
    assert list(due(result)) == [step]
    assert todo.startswith(f"{item.file}:{item.line} ")
    assert todo.endswith("this")
    assert missing(result) == lacking


@pytest.mark.parametrize(
    ("section", "step", "item"),
    [
        ("Core contribution", "analysis", ["summary"]),
        ("Architecture", "analysis", ["diagram"]),
        ("Training procedure", "analysis", ["training"]),
        ("Evaluation protocol", "analysis", []),
        ("Gaps", "analysis", ["gaps"]),
        ("References consulted", "references", ["references"]),
    ],
)
def test_a_section_that_lacks_something_is_due(section, step, item):
    sections = [
        SectionRecord(name=name, applicable=True, problems=["expected a diagram"] if name == section else [])
        for name in analysis.HEADINGS
    ]
    assert due(whole(analysis=sections)) == {step: ["expected a diagram"]}
    assert missing(whole(analysis=sections)) == item


def test_a_paper_that_trains_declares_what():
    components = whole().components[:1]
    assert list(due(whole(components=components))) == ["training"]
    sections = [SectionRecord(name=name, applicable=name != "Training procedure") for name in analysis.HEADINGS]
    assert due(whole(components=components, analysis=sections)) == {}


def test_what_fails_is_due_unless_it_met_unwritten_code():
    def failing(id, **more):
        others = [o for o in whole().outcomes if o.id != id]
        return whole(outcomes=[*others, outcome(id, "failed", **more)])

    assert due(failing("component/a/runs", detail="too large\nby far")) == {
        "verification": ["component/a/runs fails: too large"]
    }
    assert due(failing("component/a/runs", detail="must not raise; received NotImplementedError: Sec. 3")) == {}
    assert due(failing("paper/citations", detail="dangling")) == {"documentation": ["paper/citations fails: dangling"]}
    assert missing(failing("paper/citations", detail="dangling")) == ["code that cites the paper"]
    assert due(failing("paper/header", detail="no title")) == {"skeleton": ["paper/header fails: no title"]}


def test_a_paper_declares_something_independent_and_something_printed():
    bare = whole(outcomes=[o for o in whole().outcomes if o.group != "equation"], claims=[])
    assert [line.partition(" ")[0] for line in due(bare)["verification"]] == ["declare", "declare"]
    assert missing(bare) == ["verification tests"]


def test_code_is_due_in_the_order_in_which_components_are_declared():
    model = component("m", "model", 41, 50)
    stubs = [left("code", "A", "src/ectype_x/code.py", 5), left("code", "M", "src/ectype_x/code.py", 45)]
    found = due(whole(components=[model, *whole().components], unwritten=stubs))["components"]
    assert [line.split()[1] for line in found] == ["M:", "A:"]


def test_a_long_list_is_cut_and_says_so():
    stubs = [left("code", "A", "src/ectype_x/code.py", 5) for _ in range(11)]
    lines = list(progress(whole(unwritten=stubs)).lines())
    assert (len(lines), lines[-1]) == (10, "- and 3 more")


# The state that follows.

LEDGER = Ledger(checks=[o.id for o in whole().outcomes])
STUB = left("code", "A.forward", "src/ectype_x/code.py", 5)


def test_a_skeleton_warns_and_a_strict_run_fails():
    found = judge(whole(unwritten=[STUB]), None)
    assert [(f.level, f.id) for f in found] == [("warning", "skeleton")]
    assert "next: components" in found[0].text
    assert (exit_status(found), exit_status(found, strict=True)) == (0, 1)


def test_what_fails_although_it_is_written_is_shown_as_a_warning():
    failed = outcome("component/a/runs", "failed", summary="it runs", detail="too large")
    unfinished = outcome("component/p/runs", "error", summary="NotImplementedError: Sec. 3")
    found = judge(whole(unwritten=[STUB], outcomes=[failed, unfinished]), None)
    assert [(f.level, f.id) for f in found] == [("warning", "skeleton"), ("warning", "component/a/runs")]
    assert is_due_to_unwritten(unfinished)
    assert not is_due_to_unwritten(failed)


def test_only_what_was_never_accepted_is_a_skeleton():
    assert is_skeleton(whole(unwritten=[STUB]), None)
    assert not is_skeleton(whole(unwritten=[STUB]), LEDGER)
    assert not is_skeleton(whole(), None)
    assert not is_skeleton(whole(unwritten=[STUB], problem="cannot be imported"), None)
    assert exit_status(judge(whole(unwritten=[STUB], problem="cannot be imported"), None)) == 1
    assert exit_status(judge(whole(), None)) == 1  # nothing is accepted yet
