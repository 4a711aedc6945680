"""The operators: each on a line of source gives exactly the faults that a person would name, and no others."""

import ast
import importlib.util
from pathlib import Path

import pytest
from ectype.faults import operators
from ectype.faults.seeding import seed
from hypothesis import given, settings
from hypothesis import strategies as st

TABLE = [
    ("arithmetic", "return a + b", ["return a - b"]),
    ("arithmetic", "return a - b", ["return a + b"]),
    ("arithmetic", "return a * b", ["return a / b"]),
    ("arithmetic", "return a / b", ["return a * b"]),
    ("arithmetic", "return a // b", ["return a * b"]),
    ("arithmetic", "return a % b", ["return a // b"]),
    ("arithmetic", "return a**b", ["return a * b"]),
    ("arithmetic", "return a & b", ["return a | b"]),
    ("arithmetic", "return a @ b", []),
    ("arithmetic", "return 'a' + b", []),
    ("arithmetic", "a += b", ["a -= b"]),
    ("arithmetic", "return a * (b + c)", ["return a / (b + c)", "return a * (b - c)"]),
    ("operand-order", "return a - b", ["return b - a"]),
    ("operand-order", "return a / (b + c)", ["return (b + c) / a"]),
    ("operand-order", "return a @ b.T", ["return b.T @ a"]),
    ("operand-order", "return a + b", []),
    ("operand", "return a + b", ["return a", "return b"]),
    ("operand", "return a - b", ["return a", "return -b"]),
    ("operand", "return x * (a + b)", ["return x", "return a + b", "return x * (a)", "return x * (b)"]),
    ("operand", "return a**2", ["return a"]),
    ("operand", "a *= b", ["a = b"]),
    ("unary", "return -a", ["return a"]),
    ("unary", "return ~mask", ["return mask"]),
    ("unary", "return not a", ["return a"]),
    ("unary", "return x[-1]", []),
    ("number", "return 3", ["return 4"]),
    ("number", "return 0", ["return 1"]),
    ("number", "return 0.5", ["return 1.0"]),
    ("number", "return 0.0", ["return 1.0"]),
    ("number", "return x + 1e-06", ["return x + 0.0001"]),
    ("number", "return x.sum(-1)", ["return x.sum(-2)"]),
    ("number", "return x.sum(-2)", ["return x.sum(-1)"]),
    ("number", "return x.sum(dim=1)", ["return x.sum(dim=0)"]),
    ("number", "return x.sum(dim=0)", ["return x.sum(dim=1)"]),
    ("number", "return -1.5", ["return -3.0"]),
    ("number", "return 25_000", ["return 50000"]),
    ("number", "return True", []),
    ("comparison", "return a < b", ["return a <= b", "return a >= b"]),
    ("comparison", "return a >= b", ["return a > b", "return a < b"]),
    ("comparison", "return a == b", ["return a != b"]),
    ("comparison", "return a is not None", ["return a is None"]),
    ("comparison", "return a < b < c", ["return a <= b < c", "return a < b <= c", "return not a < b < c"]),
    ("connective", "return a and b", ["return a or b", "return b", "return a"]),
    ("connective", "return a or b or c", ["return a and b and c", "return b or c", "return a or c", "return a or b"]),
    ("branch", "return a if c else b", ["return b if c else a", "return a", "return b"]),
    ("branch", "return [a for a in b if c]", ["return [a for a in b if True]", "return [a for a in b if not c]"]),
    ("flag", "return f(a, keep=True)", ["return f(a, keep=False)"]),
    ("training", "return d(x, self.training)", ["return d(x, True)", "return d(x, False)"]),
    ("function", "return x.mean()", ["return x.sum()"]),
    ("function", "return torch.sin(x)", ["return torch.cos(x)"]),
    ("function", "return torch.ones(n).tril()", ["return torch.zeros(n).tril()", "return torch.ones(n).triu()"]),
    ("function", "return max(a, b)", ["return min(a, b)"]),
    ("function", "return self.norm(x)", []),
    ("function", "return sin(x)", []),
    ("word", "return f(x, reduction='mean')", ["return f(x, reduction='sum')"]),
    ("word", "return f('mean')", []),
    ("call", "return torch.exp(x)", ["return x"]),
    ("call", "return x.softmax(dim=-1)", ["return x"]),
    ("call", "return self.norm(x + y)", ["return x + y"]),
    ("call", "return a * self.norm(x + y)", ["return a * (x + y)"]),
    ("call", "return len(x)", []),
    ("call", "return Linear(x, y)", []),
    ("call", "return torch.ones(3)", []),
    ("argument-order", "return f(a, b, c)", ["return f(b, a, c)"]),
    ("argument-order", "return f(a, a)", []),
    ("argument-order", "return x.transpose(-2, -1)", []),
    ("argument-order", "return f(*a, b)", []),
    ("keyword", "return f(a, b=1, c=2)", ["return f(a, c=2)", "return f(a, b=1)"]),
    ("keyword", "return f(a, **b)", []),
    ("keyword", "return zip(a, b, strict=True)", []),
    ("flag", "return zip(a, b, strict=True)", []),
    ("variance", "return x.var(-1)", ["return x.var(-1, correction=0)"]),
    ("variance", "return x.var(-1, unbiased=False)", ["return x.var(-1, unbiased=True)"]),
    ("variance", "return x.std(correction=0)", ["return x.std(correction=1)"]),
    ("order", "return torch.sqrt(x + eps)", ["return torch.sqrt(x) + eps", "return x + torch.sqrt(eps)"]),
    ("order", "return x.sqrt() + eps", ["return (x + eps).sqrt()"]),
    ("order", "return self.norm(self.drop(x))", ["return self.drop(self.norm(x))"]),
    ("order", "return x.exp().sum(-1)", ["return x.sum(-1).exp()"]),
    ("randomness", "return draw(n, generator)", ["return draw(n, None)"]),
    ("randomness", "return draw(n, seed)", ["return draw(n, 0)"]),
    ("loop", "for a in b:\n    f(a)", ["for a in ():"]),
    ("bound", "return x[1:n]", ["return x[2:n]", "return x[1:n - 1]", "return x[1:n + 1]"]),
    ("bound", "return x[:]", ["return x[1:]", "return x[:-1]"]),
    ("bound", "return x[::2]", ["return x[1::2]", "return x[:-1:2]", "return x[:]"]),
    ("bound", "return range(n)", ["return range(n - 1)", "return range(n + 1)", "return range(1, n)"]),
    ("statement", "a += b", ["pass"]),
    ("statement", "f(a)", ["pass"]),
    ("statement", "super().f(a)", []),
    ("statement", "assert a", ["pass"]),
    ("statement", "'a text'", []),
    ("sequence", "x = f(x)\nx = g(x)", ["x = g(x)"]),  # in front of the other
    ("sequence", "f(a)\ng(a)", ["g(a)"]),
    ("sequence", "x = f(a)\ny = f(b)", []),
    ("in-place", "x = x + y", ["x += y"]),
    ("in-place", "z = z + y", []),
    ("in-place", "return x.masked_fill(m, 0)", ["return x.masked_fill_(m, 0)"]),
    ("in-place", "return x.mean()", []),
    ("detached", "y = f(x)\nreturn y", ["y = __detach__(f(x))", "return __detach__(y)"]),
    ("detached", "y = x.shape", []),
]


def planted(source, operator):
    """Return the lines that a kind of fault puts into a source, in order."""
    found = [fault for fault in seed(source, "m") if fault.operator == operator]
    return [line.lstrip("+ ") for fault in found for line in fault.diff(source).splitlines() if line.startswith("+")]


def method(body):
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    return f"import torch\n\nclass Layer:\n    def forward(self, x: Tensor) -> Tensor:\n{lines}\n"


@pytest.mark.parametrize(
    ("operator", "body", "expected"), TABLE, ids=[f"{o}: {b}".replace("\n", "; ") for o, b, _ in TABLE]
)
def test_an_operator_plants_exactly_these_faults(operator, body, expected):
    assert sorted(planted(method(body), operator)) == sorted(expected)


def test_every_operator_stands_in_the_table_and_says_what_it_plants():
    names = [operator.name for operator in operators.every()]
    assert set(names) == {name for name, _, _ in TABLE}
    assert len(names) == len(set(names))
    assert all(operator.plants for operator in operators.every())


def test_a_guard_loses_its_condition_and_is_not_turned_round():
    source = "def f(n):\n    if n < 1:\n        raise ValueError(f'{n} + 1 is not {2}')\n    return n\n"
    assert planted(source, "branch") == ["if False:"]
    assert planted(source, "statement") == []
    assert planted(source, "comparison") == ["if n <= 1:"]
    assert planted(source, "number") == ["if n < 2:"]


def test_a_branch_is_ignored_either_way_and_turned_round():
    source = "def f(x):\n    if x is None:\n        return g()\n    return h()\n"
    assert sorted(planted(source, "branch")) == ["if False:", "if True:", "if x is not None:"]


def test_the_end_of_a_loop_and_of_a_search_can_be_missing():
    source = "def f(xs):\n    while xs > 0:\n        if g(xs):\n            break\n        xs -= 1\n"
    assert sorted(planted(source, "statement")) == ["pass", "pass"]
    assert "while False:" in planted(source, "branch")


def test_defaults_and_constants_of_modules_and_classes_are_changed():
    source = "RATE = 0.1\n\nclass A:\n    width: int = 4\n\n    def f(self, bias=True):\n        return bias\n"
    assert planted(source, "number") == ["RATE = 0.2", "width: int = 5"]
    assert planted(source, "flag") == ["def f(self, bias=False):"]
    faults = {fault.operator + str(fault.line): fault for fault in seed(source, "m")}
    assert faults["number1"].on_import
    assert faults["number1"].lines is None
    assert faults["flag6"].on_import
    assert faults["flag6"].lines == (7, 7)


def test_a_default_seed_is_as_good_as_any_other():
    assert planted("def f(n=2, *, seed=0, data_seed=1):\n    pass\n", "number") == [
        "def f(n=3, *, seed=0, data_seed=1):"
    ]


def test_what_is_no_code_of_the_paper_is_left_alone():
    source = '''"""A text about 1 + 1."""

from __future__ import annotations
from typing import TYPE_CHECKING, TypeVar

import torch

if TYPE_CHECKING:
    LIMIT = 3

__all__ = ["f"]
T = TypeVar("T", bound=int)


@decorated(1 + 1, keep=True)
class A(Base[2], keyword=3):
    """A text."""

    x: Float[Tensor, "2 + 2"]

    @decorated(2)
    def f(self, a: Literal[1] = None) -> Literal[2]:
        """A text."""
        print(f"{a + 1}")
        raise ValueError(f"{a + 1}", 1 + 1) from self.g(1 + 1)
'''
    assert [fault.diff(source) for fault in seed(source, "m")] == [
        '-        print(f"{a + 1}")\n+        pass',
        '-        raise ValueError(f"{a + 1}", 1 + 1) from self.g(1 + 1)\n+        pass',
    ]


def test_the_text_around_a_fault_stays_as_it_was():
    source = "def f(x):\n    return g(\n        x,  # the input\n        scale=2 * x,  # é: twice\n    )\n"
    assert {fault.diff(source) for fault in seed(source, "m") if fault.operator == "arithmetic"} == {
        "-        scale=2 * x,  # é: twice\n+        scale=2 / x,  # é: twice"
    }


STABLE = "def f(x):\n    y = x + 1\n    return y * 2\n"


def ids(source):
    return {fault.id for fault in seed(source, "m")}


@pytest.mark.parametrize(
    "other",
    [
        '"""A text."""\n\n\n' + STABLE,
        "def f(x):\n    # a comment\n    y = x+1  # one more\n\n    return (y * 2)\n",
        "import math\n\ndef g():\n    return math.pi\n\n" + STABLE,
        "@decorated\n" + STABLE,
    ],
)
def test_ids_stay_when_lines_move_or_are_laid_out_anew(other):
    assert ids(STABLE) <= ids(other)


def test_ids_change_with_the_line_the_function_and_the_module():
    other = ids(STABLE.replace("x + 1", "x + 3"))
    second = {fault.id for fault in seed(STABLE, "m") if fault.line == 3}
    assert ids(STABLE) & other == second
    assert not ids(STABLE) & ids(STABLE.replace("def f", "def g"))
    assert not ids(STABLE) & {fault.id for fault in seed(STABLE, "n")}


def test_equal_lines_have_ids_of_their_own():
    found = seed("def f(x):\n    x = x + 1\n    x = x + 1\n    return x\n", "m")
    assert len({fault.id for fault in found}) == len(found)


def corpus():
    """Return the functions and classes of some modules of the standard library, as texts."""
    texts = []
    for name in ("heapq", "textwrap", "statistics", "fractions", "shlex", "queue", "sched", "copy", "contextlib"):
        spec = importlib.util.find_spec(name)
        source = importlib.util.decode_source(Path(spec.origin).read_bytes())
        texts += [ast.get_source_segment(source, node) for node in ast.parse(source).body if hasattr(node, "body")]
    return [text for text in texts if text.count("\n") < 60]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(corpus()))
def test_every_fault_of_any_code_is_another_program_with_an_id_of_its_own(source):
    found = seed(source, "m")
    programs = [fault.plant(source) for fault in found]
    for program in programs:
        compile(program, "m", "exec")
    assert source not in programs
    assert len(set(programs)) == len(programs)
    assert len({fault.id for fault in found}) == len(found)
    assert all(fault.diff(source) for fault in found)


def test_all_faults_of_our_own_code_compile():
    for path in sorted(Path(operators.__file__).parent.glob("*.py")):
        source = path.read_text(encoding="utf-8")
        for fault in seed(source, "m"):
            compile(fault.plant(source), "m", "exec")
