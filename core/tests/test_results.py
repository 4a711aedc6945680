"""Result files: written whole or not at all, refused with the place where they cannot be read."""

import pytest
from ectype import results
from ectype.errors import ResultError
from ectype.results import SCHEMA, Result
from hypothesis import given
from hypothesis import strategies as st


def example(slug="example", **changes):
    given = {"schema": SCHEMA, "slug": slug, "distribution": "d", "version": "1", "started": "now", "seconds": 1.5}
    return Result(**{**given, "partial": False, **changes})


def test_a_result_comes_back_as_it_was_written(tmp_path):
    results.write(tmp_path, example(problem="a \x00 ü problem"))
    assert results.read(tmp_path, "example") == example(problem="a \x00 ü problem")
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["example.json"]


def test_a_paper_without_result_is_none(tmp_path):
    assert results.read(tmp_path, "example") is None


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda b: b[: len(b) // 2], "expected a result file"),
        (lambda b: b"", "expected a result file"),
        (lambda b: b"\xff" + b, "expected a result file"),
        (lambda b: b.replace(b'"schema": 1', b'"schema": 99'), "expected result schema 1; received schema 99"),
        (lambda b: b.replace(b'"seconds": 1.5', b'"seconds": "fast"'), r"\$\.seconds"),
        (lambda b: b.replace(b'"version"', b'"colour"'), "colour"),
        (lambda b: b.replace(b'"example"', b'"other"'), "the result of 'other'"),
    ],
)
def test_a_file_that_is_not_a_result_is_refused_with_its_name(tmp_path, change, text):
    path = results.write(tmp_path, example())
    changed = change(path.read_bytes())
    assert changed != path.read_bytes()
    path.write_bytes(changed)
    with pytest.raises(ResultError, match=text) as caught:
        results.read(tmp_path, "example")
    assert "example.json" in str(caught.value)


@pytest.mark.parametrize("slug", ["../etc", "a/b", "", "A", "a.b", "-a", "a\n"])
def test_a_slug_cannot_leave_the_folder(tmp_path, slug):
    with pytest.raises(ValueError, match="a slug must be"):
        results.path(tmp_path, slug)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data):
    with pytest.raises(ResultError):
        results.decode(data, file="x.json")
