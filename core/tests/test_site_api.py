"""The reference: docstrings as they are written, through re-exports, without importing anything."""

import pytest
import specimen
from ectype import __all__ as public
from ectype.errors import InvalidError
from ectype.freshness import Tree
from ectype.site import api
from ectype.site.docstrings import markdown
from ectype.site.publication import gather
from ectype.site.surface import find, signature, surface

CODE = '''"""Shrinkage."""

LIMIT = 3
"""Lines <b>."""


def shrink(
    vector: list[float],
    *,
    strength: float = 1.0,
) -> float:
    r"""Shrink $x$ towards <script>zero</script>.

    $$S(x) = x / 2$$

    Args:
        vector: what is shrunk, on
            two lines.
        strength: how *much*.

    Returns:
        What is left.

    Raises:
        ValueError: if it is negative.

    Source: Eq. 1.
    """
    return 0.0


class Base:
    """Below."""

    def inherited(self) -> int:
        """Come from below."""


class Shrinker(Base):
    """A thing."""

    def __init__(self, size: int = 2) -> None:
        """Begin."""

    def grow(self, by: int) -> int:
        """Grow."""

    def _own(self) -> None:
        """Nobody's business."""
'''

HEADER = f"""{specimen.HEADER}
from ectype_specimen.inner import LIMIT
from ectype_specimen.shrink import Shrinker, shrink

__all__ = ["LIMIT", "Shrinker", "shrink"]
"""


def read(**modules):
    return modules.get


def package(tmp_path, monkeypatch, code=CODE):
    entry = specimen.write(tmp_path, header=HEADER, code=code)
    (entry.package / "inner").mkdir()
    (entry.package / "inner/__init__.py").write_text("from ectype_specimen.shrink import LIMIT\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(entry.package.parent))
    return api.package(gather(entry, tmp_path, Tree([entry])))


def test_sections_of_a_docstring_become_lists():
    made = markdown(
        "One.\n\n    Args:\n        a: x\n            y\n        *b: z\n\n    Returns:\n        All.\n\n    Source: Eq. 1.\n"
    )
    assert made == "One.\n\n**Args**\n\n- `a`: x y\n- `*b`: z\n\n**Returns**\n\nAll.\n\nSource: Eq. 1."


def test_a_function_is_found_where_its_module_has_the_same_name():
    modules = {
        "p": "from p.f import f\n__all__ = ['f']\n",
        "p.f": "def f(x: int) -> int:\n    '''Do.'''\n    return x\n",
    }
    [one] = surface("p", modules.get)
    assert (one.name, one.module, one.docstring) == ("f", "p.f", "Do.")
    assert signature(one, one.node) == "def f(x: int) -> int:"


def test_names_that_lead_in_a_circle_or_nowhere_are_left_out():
    modules = {"p": "from p.a import x\nfrom q import y\n__all__ = ['x', 'y', 'z']\n", "p.a": "from p import x\n"}
    assert surface("p", modules.get) == []
    assert find("p", "x", modules.get) is None


def test_a_package_shows_what_it_exports_with_signature_and_formula(tmp_path, monkeypatch):
    page = package(tmp_path, monkeypatch)
    assert page.index("{ #LIMIT }") < page.index("{ #shrink }") < page.index("{ #Shrinker }")
    for said in (
        "def shrink(\n    vector: list[float],\n    *,\n    strength: float = 1.0,\n) -> float:",
        "<math",
        "&lt;script&gt;zero&lt;/script&gt;",
        "<code>vector</code>: what is shrunk, on two lines.",
        "<strong>Raises</strong>",
        "[<code>shrink.py&#58;7</code>](code/shrink.md#L7)",
        "class Shrinker(Base):\n    def __init__(self, size: int = 2) -> None:",
        "{ #Shrinker.grow }",
        "{ #Shrinker.inherited }",
        "Lines &lt;b&gt;.",
    ):
        assert said in page, said
    assert "_own" not in page
    assert "<script" not in page


def test_a_formula_that_does_not_parse_names_the_module(tmp_path, monkeypatch):
    with pytest.raises(InvalidError, match=r"ectype_specimen/shrink\.py.*frac"):
        package(tmp_path, monkeypatch, CODE.replace("x / 2", r"\frac{x"))


def test_the_reference_of_the_harness_has_everything_it_exports():
    page = api.core([])
    for name in (*public, "Run", "Causal", "parametrize_with_checks", "Paper.component", "Paper.empirical"):
        assert f"{{ #{name} }}" in page, name
