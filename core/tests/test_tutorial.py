"""The tutorial, done as it says: its files are written, its commands run, and their outputs are those on the page."""

import pytest
from tutorial import PAGE, Reader, comparable, plain, steps


@pytest.mark.timeout(1200)
def test_every_step_of_the_tutorial_does_what_the_page_shows(tmp_path):
    pytest.importorskip("torchvision", reason="a reference of the tutorial", exc_type=ImportError)
    reader = Reader(tmp_path)
    root = reader.workspace.root
    compared = 0
    for step in steps(PAGE.read_text(encoding="utf-8")):
        output = reader.do(step)
        if step.shown is not None:
            assert comparable(plain(output, root)) == comparable(step.shown.rstrip("\n")), (
                f"{step.text} prints something else than the page shows: run `python core/tests/tutorial.py`"
            )
            compared += 1
    assert compared >= 6
    assert (root / "packages/focal/ledger.toml").is_file()


def test_every_output_on_the_page_belongs_to_a_command():
    page = PAGE.read_text(encoding="utf-8")
    assert page.count("```text\n") == sum(step.shown is not None for step in steps(page))
    assert {step.kind for step in steps(page)} == {"sh", "bib", "md", "py", "diff"}
