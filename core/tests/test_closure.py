"""The code that an experiment consists of: every import that can run is followed, nothing else is."""

import subprocess
import sys
from pathlib import Path

import pytest
from ectype import digests
from ectype.closure import modules_of, recorded_now
from ectype.errors import UsageError
from ectype.modules import Modules
from hypothesis import given, settings
from hypothesis import strategies as st


def project(root: Path, files: dict[str, str]) -> Modules:
    """Write modules by dotted name, ``a.__init__`` for a package's own, and return them."""
    for name, text in files.items():
        path = root.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Modules({top: root / top for top in {name.partition(".")[0] for name in files}})


@pytest.fixture
def closure(tmp_path, monkeypatch):
    """Return the closure of a module among files."""

    def of(root, **files):
        modules = project(tmp_path, {"p.__init__": "", **{k.replace("__", ".", 1): v for k, v in files.items()}})
        monkeypatch.setattr("ectype.closure.packages", lambda: modules.packages)
        return modules_of(root)

    return of


BOTH = "from p.a import f\nfrom p.b import g as h\nimport math\n__all__ = ['f', 'h']\n"


@pytest.mark.parametrize(
    ("train", "found"),
    [
        ("import p.b as m", {"p.b"}),
        ("from p import b", {"p.b"}),
        ("from . import b", {"p.b"}),
        ("from .b import g", {"p.b"}),
        ("from p.b import *", {"p.b"}),
        ("def f():\n    if True:\n        from p import b", {"p.b"}),
        ("try:\n    import p.b as b\nexcept ImportError:\n    pass", {"p.b"}),
        ("import importlib\nimportlib.import_module('p.b')", {"p.b"}),
        ("from importlib import import_module\nx = [import_module('p.a')]", {"p.a"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import p.b", set()),
        ("import typing\nif typing.TYPE_CHECKING:\n    import p.b\nelse:\n    import p.a as a", {"p.a"}),
        ("if not TYPE_CHECKING:\n    import p.b as b", {"p.b"}),
        ("from p import f", {"p.a"}),
        ("from p import h", {"p.b"}),
        ("from p import f, h", {"p.a", "p.b"}),
        ("from p import *", {"p.a", "p.b"}),
        ("import p", {"p.a", "p.b"}),
        ("import p.a", {"p.a", "p.b"}),  # binds p, and p has everything
        ("from p import math", set()),
        ("import torch, q.r\nfrom p import s", {"p.a", "p.b", "p.s"}),
        ("# import p.b\n'import p.b'", set()),
    ],
)
def test_what_an_import_brings_in(closure, train, found):
    got = closure("p.train", p____init__=BOTH, p__a="f = 1", p__b="g = 1", p__s="from p import f, h", p__train=train)
    assert got.keys() == {"p", "p.train"} | found


def test_each_module_has_its_digest_and_a_package_what_was_asked_of_it(closure):
    got = closure("p.train", p____init__=BOTH, p__a="f = 1", p__b="g = 1", p__train="from p import h, f")
    assert got == {
        "p": "re-exports f=p.a.f h=p.b.g",
        "p.a": digests.of_source("f = 1"),
        "p.b": digests.of_source("g = 1"),
        "p.train": digests.of_source("from p import h, f"),
    }


@pytest.mark.parametrize(
    "init",
    [
        "from p.a import f\nimport torch\ntorch.set_default_dtype(torch.float64)",
        "from p.a import f\nscale = 2.0",
        "from p.a import *",
        "from p.a import f\ndef g():\n    pass",
        "try:\n    from p.a import f\nexcept ImportError:\n    f = None",
        "from p.a import f\n__all__ = [f.__name__]",
        "if TYPE_CHECKING:\n    pass\nelse:\n    import p.a",
    ],
)
def test_a_package_that_does_more_than_to_reexport_counts_whole(closure, init):
    got = closure("p.train", p____init__=init, p__a="f = 1", p__train="import math")
    assert got.keys() == {"p", "p.a", "p.train"}
    assert got["p"] == digests.of_source(init)


LAZY = """
if TYPE_CHECKING:
    from p.b import g

def __getattr__(name):
    if name == "f":
        from p.a import f
        return f
    if name == "g":
        from p.b import g
        return g
    raise AttributeError(name)
"""


def test_a_package_that_imports_on_demand_reexports_too(closure):
    got = closure("p.train", p____init__=LAZY, p__a="f = 1", p__b="g = 1", p__train="from p import g")
    assert got.keys() == {"p", "p.b", "p.train"}
    assert got["p"] == "re-exports g=p.b.g"


def test_a_name_that_comes_from_nowhere_opens_the_package(closure):
    got = closure("p.train", p____init__=BOTH, p__a="", p__b="", p__train="from p import unknown")
    assert got.keys() == {"p", "p.a", "p.b", "p.train"}
    assert got["p"] == digests.of_source(BOTH)


def test_reexports_of_reexports_and_circles_end(closure):
    got = closure(
        "p.train",
        p____init__="from p.q import f",
        **{
            "p__q.__init__": "from .deep import f, g",
            "p__q.deep": "from p import train",
            "p__train": "from p import f",
        },
    )
    assert got.keys() == {"p", "p.q", "p.q.deep", "p.train"}
    assert got["p.q"] == "re-exports f=p.q.deep.f"


def test_relative_imports_of_packages_and_modules(closure):
    got = closure(
        "p.q.m",
        **{"p__q.__init__": "x = 1\nfrom . import n", "p__q.m": "from ..a import f", "p__q.n": "", "p__a": "f = 1"},
    )
    assert got.keys() == {"p", "p.a", "p.q", "p.q.m", "p.q.n"}


@pytest.mark.parametrize("root", ["no_such_package.training", "ectype.no_such_module", ""])
def test_what_is_not_there_has_no_closure(root):
    with pytest.raises(UsageError, match=f"received {root!r}"):
        modules_of(root)


STYLES = {
    "absolute": "import p.{0} as x\n",
    "from": "from p.{0} import value\n",
    "relative": "from .{0} import value\n",
    "module": "from p import {0}\n",
    "inside": "def f{0}():\n    from p.{0} import value\n",
    "exported": "from p import value_{0}\n",
    "typing": "if TYPE_CHECKING:\n    from p.{0} import value\n",
}


@st.composite
def graphs(draw):
    """Return edges (from, to, style) between at most seven modules."""
    count = draw(st.integers(2, 7))
    nodes = st.integers(0, count - 1)
    return count, draw(st.lists(st.tuples(nodes, nodes, st.sampled_from(sorted(STYLES))), max_size=14))


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_the_closure_is_what_can_be_reached(tmp_path_factory, graph):
    count, edges = graph
    files = {f"p.m{node}": f"value = {node}\n" for node in range(count)}
    for source, target, style in edges:
        files[f"p.m{source}"] += STYLES[style].format(f"m{target}")
    files["p.__init__"] = "".join(f"from p.m{node} import value as value_m{node}\n" for node in range(count))
    reached, queue = {0}, [0]
    while queue:
        here = queue.pop()
        for source, target, style in edges:
            if source == here and style != "typing" and target not in reached:
                reached.add(target)
                queue.append(target)
    modules = project(tmp_path_factory.mktemp("graph"), files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ectype.closure.packages", lambda: modules.packages)
        found = modules_of("p.m0")
    assert found.keys() == {"p", *(f"p.m{node}" for node in reached)}
    assert all(recorded_now(modules, name, text) == text for name, text in found.items())


def test_nothing_is_found_that_python_would_not_import():
    name = "ectype.statistics.power"
    code = f"import sys, {name}; print(*(m for m in sys.modules if m.partition('.')[0] == 'ectype'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = modules_of(name)
    assert found.keys() <= set(done.stdout.split())
    assert {"ectype", name} <= found.keys()
