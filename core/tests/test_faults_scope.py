"""Which modules are examined, how one is given other code, and which lines are traced."""

import importlib
import sys

import pytest
from ectype.faults.scope import examined, modules
from ectype.faults.serving import Server
from ectype.faults.tracing import Trace

FILES = {
    "__init__": "from sample.layer import layer\n",
    "layer": "from typing import TYPE_CHECKING\nfrom . import widths\nif TYPE_CHECKING:\n    from sample.hints import Hint\n",
    "widths": "def width():\n    from sample.deep.table import rows\n    return rows\n",
    "deep/__init__": "",
    "deep/table": "import sample.deep.numbers as numbers\nrows = 3\n",
    "deep/numbers": "",
    "hints": "Hint = int\n",
    "training": "from sample.layer import layer\n",
    "claims/__init__": "from sample.claims import layers\nfrom sample.training import step\n",
    "claims/layers": "from sample import layer, oracles\n",
    "oracles": "",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    def make(files):
        folder = tmp_path / "sample"
        for name, text in files.items():
            path = folder / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder

    monkeypatch.syspath_prepend(str(tmp_path))
    yield make
    for name in [name for name in sys.modules if name.partition(".")[0] == "sample"]:
        del sys.modules[name]


def test_imports_are_found_wherever_they_are_run(package):
    found = modules("sample", package(FILES))
    assert {name: set(module.imports) for name, module in found.items() if module.imports} == {
        "sample": {"sample.layer"},
        "sample.layer": {"sample.widths"},
        "sample.widths": {"sample.deep.table"},
        "sample.deep.table": {"sample.deep.numbers"},
        "sample.training": {"sample.layer"},
        "sample.claims": {"sample.claims.layers", "sample.training"},
        "sample.claims.layers": {"sample.layer", "sample.oracles"},
    }


def test_examined_is_what_components_are_made_of_and_the_rest_says_why_not(package):
    found = modules("sample", package(FILES))
    chosen, beside = examined(found, components=["sample.layer"], declared_in="sample.claims")
    assert chosen == ["sample.deep.numbers", "sample.deep.table", "sample.layer", "sample.widths"]
    assert beside == {
        "sample": "exports only",
        "sample.deep": "exports only",
        "sample.claims": "declares and verifies",
        "sample.claims.layers": "declares and verifies",
        "sample.hints": "no component is made of it",
        "sample.oracles": "no component is made of it",
        "sample.training": "no component is made of it",
    }
    assert set(chosen) | beside.keys() == found.keys()


CODE = """
def scaled(x):
    def inner(y):
        return 2 * y

    return inner(x)


def adder(n):
    def add(x):
        return x + n

    return add


one = adder(1)
double = lambda x: 2 * x
"""


@pytest.mark.parametrize(
    ("old", "new", "calls"),
    [
        ("return 2 * y", "return 3 * y", "scaled(5) == 15"),
        ("return inner(x)", "return inner(x) + 1", "scaled(5) == 11"),
        ("x + n", "x - n", "one(5) == 4"),
        ("lambda x: 2 * x", "lambda x: 2 + x", "double(5) == 7"),
    ],
)
def test_functions_that_exist_are_given_other_bodies(package, old, new, calls):
    package({"__init__": CODE})
    sample = importlib.import_module("sample")
    function = sample.scaled
    server = Server(["sample"])
    assert server.exchange("sample", server.code("sample", CODE.replace(old, new)))
    assert eval(calls, vars(sample))
    assert sample.scaled is function


@pytest.mark.parametrize(
    ("old", "new"), [("x + n", "x"), ("    def add(x):\n        return x + n\n", "    add = abs\n")]
)
def test_what_cannot_be_exchanged_is_left_as_it_is(package, old, new):
    package({"__init__": CODE})
    sample = importlib.import_module("sample")
    server = Server(["sample"])
    assert not server.exchange("sample", server.code("sample", CODE.replace(old, new)))
    assert (sample.one(5), sample.scaled(5), sample.double(5)) == (6, 10, 10)


def test_a_package_is_served_again_with_other_code_as_a_whole(package, monkeypatch):
    package(
        {"__init__": "from sample.a import A\n", "a": "from sample.b import n\nclass A:\n    n = n\n", "b": "n = 1\n"}
    )
    before = importlib.import_module("sample")
    server = Server(["sample", "sample.a", "sample.b", "sample.absent"])
    monkeypatch.setattr(sys, "meta_path", sys.meta_path[:])
    server.serve({"sample.b": server.code("sample.b", "n = 2\n")})
    after = importlib.import_module("sample")
    assert (before.A.n, after.A.n) == (1, 2)
    assert after is not before
    assert after.b.n == 2


def test_lines_of_functions_are_traced_and_those_of_modules_and_classes_are_not(package):
    text = "x = 1\n\nclass A:\n    y = 2\n\n    def f(self):\n        return [\n            n for n in (1, 2)\n        ]\n\ndef g():\n    return 3\n"
    folder = package({"__init__": text, "other": "def h():\n    return 4\n"})
    file = str(folder / "__init__.py")
    with Trace([file]) as trace:
        sample = importlib.import_module("sample")
        assert trace.lines == {file: set()}
        sample.A().f()
        importlib.import_module("sample.other").h()
    sample.g()
    assert trace.lines[file] <= {7, 8}
    assert 8 in trace.lines[file]
