"""Digests are of what the code says, not of how it is written."""

import json

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


@pytest.fixture
def parsed(monkeypatch):
    """What was parsed, in order."""
    seen, of_bytes = [], digests.of_bytes
    monkeypatch.setattr(digests, "of_bytes", lambda data: seen.append(data) or of_bytes(data))
    return seen


def test_what_was_digested_before_is_not_parsed_again(tmp_path, parsed):
    file = tmp_path / "digests.json"
    first = digests.Remembered(file)
    assert first.of(b"x = 1") == first.of(b"x = 1") == digests.of_source("x = 1")
    first.keep()
    second = digests.Remembered(file)
    assert second.of(b"x = 1") == digests.of_source("x = 1")
    assert second.of(b"x = 2") == digests.of_source("x = 2")
    assert parsed == [b"x = 1", b"x = 2"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-5],
        lambda text: text.replace(b'"rules": "', b'"rules": "0'),
        lambda text: b"[]",
        lambda text: b'{"rules": 1}',
        lambda text: b"\xff",
    ],
)
def test_a_memory_that_is_broken_or_of_other_rules_is_not_used(tmp_path, parsed, change):
    file = tmp_path / "digests.json"
    memory = digests.Remembered(file)
    memory.of(b"x = 1")
    memory.keep()
    file.write_bytes(change(file.read_bytes()))
    assert digests.Remembered(file).of(b"x = 1") == digests.of_source("x = 1")
    assert parsed == [b"x = 1"] * 2


def test_a_memory_makes_no_folder_and_forgets_what_is_no_longer_used(tmp_path, monkeypatch):
    absent = digests.Remembered(tmp_path / "absent/digests.json")
    absent.of(b"x = 1")
    absent.keep()
    assert not (tmp_path / "absent").exists()
    monkeypatch.setattr(digests, "LARGEST", 1)
    for source in (b"x = 1", b"x = 2"):
        memory = digests.Remembered(tmp_path / "digests.json")
        memory.of(source)
        memory.keep()
    assert len(json.loads((tmp_path / "digests.json").read_bytes())["digests"]) == 1
