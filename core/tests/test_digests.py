"""Digests are of what the code says, not of how it is written."""

import pytest
from ectype import digests

SOURCE = '''"""Doc."""
import math

def f(x, *, scale=2.0):
    """Doc of f."""
    # a comment
    return f"{x!r:>{scale}}" if x else [math.pi * scale, -1, b"x", ...]
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Doc."""', '"""Other text."""'),
        ('    """Doc of f."""\n', ""),
        ("    # a comment\n", ""),
        ("x, *, scale=2.0", "x,*,scale = 2.0"),
        ("import math\n", "import math\n\n\n"),
        ('b"x"', "b'x'"),
        ("[math.pi * scale, -1, b", "[(math.pi * scale), -1, b"),
        ("2.0", "2.00"),
    ],
)
def test_docstrings_comments_and_formatting_do_not_count(old, new):
    assert old in SOURCE
    assert digests.of_source(SOURCE.replace(old, new)) == digests.of_source(SOURCE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2.0", "2.5"),
        ("2.0", "2"),
        ("-1", "1"),
        ("math.pi", "math.e"),
        ("x, *, scale", "x, scale"),
        ("if x", "if not x"),
        ('b"x"', '"x"'),
        ("* scale", "+ scale"),
        ("def f", "def g"),
        ("!r", "!s"),
        (", ...", ", None"),
    ],
)
def test_what_changes_the_meaning_counts(old, new):
    assert old in SOURCE
    assert digests.of_source(SOURCE.replace(old, new)) != digests.of_source(SOURCE)


def test_the_digest_is_the_same_on_every_python():
    assert digests.of_source(SOURCE) == "a27974358ac68ffe"


def test_a_file_that_is_not_python_is_digested_by_its_bytes(tmp_path):
    path = tmp_path / "a.py"
    path.write_bytes(b"\xff\x00 not python")
    first = digests.of_file(path)
    path.write_bytes(b"\xff\x00 not Python")
    assert digests.of_file(path) != first


def test_a_folder_counts_names_and_contents(tmp_path):
    (tmp_path / "a.py").write_text("x = 1")
    before = digests.of_folder(tmp_path)
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert digests.of_folder(tmp_path) != before
