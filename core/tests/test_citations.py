from __future__ import annotations

from pathlib import Path

import pytest
from ectype.citations import Citation, Passage, Scan, check, scan
from ectype.locators import parse_locator, parse_locators
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def scan_text(root: Path, text: str | bytes) -> Scan:
    content = text if isinstance(text, bytes) else text.encode()
    (root / "loss.py").write_bytes(content)
    return scan(root, [root / "loss.py"])


def citation_of(root: Path, text: str) -> Citation:
    result = scan_text(root, text)
    assert result.problems == ()
    (citation,) = result.citations
    return citation


@pytest.mark.parametrize(
    ("comment", "passages", "departures", "text"),
    [
        ("# Eq. 3: the scores", ["Eq. 3"], (), "the scores"),
        ("# Alg. 1 l. 5: the step", ["Alg. 1 l. 5"], (), "the step"),
        ("# Alg. 1 l. 5-12, Sec. 3.2: the loop", ["Alg. 1 l. 5-12", "Sec. 3.2"], (), "the loop"),
        ("# Tab. 4: row (B): 0.1", ["Tab. 4"], (), "row (B): 0.1"),
        ("# App. A.2: proof", ["App. A.2"], (), "proof"),
        ("# Property 1: equivariance", ["Property 1"], (), "equivariance"),
        ("# Abstract: the title says so", ["Abstract"], (), "the title says so"),
        ("# D1: as the official code", [], ("D1",), "as the official code"),
        ("# Eq. 3, D12: mean", ["Eq. 3"], ("D12",), "mean"),
    ],
)
def test_grammar(tmp_path: Path, comment: str, passages: list[str], departures: tuple[str, ...], text: str) -> None:
    citation = citation_of(tmp_path, f"import math\n\n{comment}\nx = 1\n")
    assert [str(passage) for passage in citation.passages] == passages
    assert (citation.departures, citation.text) == (departures, text)
    assert (citation.file, citation.line, citation.start, citation.end) == ("loss.py", 3, 4, 4)


def test_parts_of_a_citation(tmp_path: Path) -> None:
    citation = citation_of(tmp_path, "# Alg. 1 l. 5-7, Eq. 2: both\nx = 1\n")
    assert citation.passages == (Passage(parse_locator("Alg. 1"), (5, 7)), Passage(parse_locator("Eq. 2")))
    assert citation.locators == parse_locators("Alg. 1, Eq. 2")


NEAR_MISSES = """
# eq. 3: lower case
# EQ. 3: upper case
# Equation 3: long form
# equation 3: long form
#Eq. 3: no space
#  Eq. 3: two spaces
## Eq. 3: two marks
#: Eq. 3: mark
# Eq.3: no space
# Eq.  3: two spaces
# Eq 3: no dot
# Eq 3 no dot, no colon
# Eq. (3): brackets
# Eq. (3)
# (Eq. 3) softmax
# [Eq. 3]: softmax
# Eq. 3 foo
# Eq. 3
# Eq. 3:
# Eq. 3:foo
# Eq. 3 : foo
# Eq. 3:  foo
# Eq. 3. foo
# Eq. 03: zero
# Eq. 3 and 4: foo
# Eq. 3, 4: foo
# Eq. 3,Eq. 4: foo
# Eq. 3; Eq. 4: foo
# Eq. 3-4: foo
# Eqs. 3, 4: foo
# Eqn. 3: foo
# equations 3 and 4: foo
# Section 3.2: attention
# Section 3.2 attention
# Sect. 3.2: attention
# sec 3.2: attention
# §3.2: attention
# § 3.2 attention
# Table 4: rows
# Table 4 rows
# Table II: rows
# tab. 4: rows
# Appendix A: proof
# Appendix A has the proof
# App. A
# Algorithm 2: loop
# Alg. 1 line 5: step
# Alg. 1, l. 5: step
# Alg. 1 l. 5, 7: step
# Alg. 1 l. 7-5: step
# Alg. 1 l. 5-5: step
# Alg. 1 l.5: step
# alg. 1 the step
# Figure 2: left
# fig. 2 left
# Fig. 2, left: curve
# Theorem 1: bound
# Lemma 2: bound
# Property 1 holds
# Footnote 4: variance
# d1: mean
# d1, d2: mean
#D1: mean
# D1:mean
# D1:
# D-1: mean
# D1 and D2: mean
"""


@pytest.mark.parametrize("comment", NEAR_MISSES.strip().splitlines())
@pytest.mark.parametrize("source", ["import math\n{}\nx = 1\n", "import math\nx = 1  {}\n"])
def test_near_misses_are_problems(tmp_path: Path, comment: str, source: str) -> None:
    result = scan_text(tmp_path, source.format(comment))
    assert result.citations == ()
    (problem,) = result.problems
    assert (problem.file, problem.line) == ("loss.py", 2)
    assert repr(comment) in problem.received
    assert "Write '# " in problem.hint


@pytest.mark.parametrize(
    ("comment", "correct"),
    [
        ("# equation 3: x", "# Eq. 3: "),
        ("# Section 3.2 says", "# Sec. 3.2: "),
        ("# Eq. (3b)", "# Eq. 3b: "),
        ("# §4: x", "# Sec. 4: "),
        ("# Appendix B holds", "# App. B: "),
        ("# d2: x", "# D2: "),
    ],
)
def test_a_near_miss_says_what_to_write(tmp_path: Path, comment: str, correct: str) -> None:
    (problem,) = scan_text(tmp_path, f"{comment}\nx = 1\n").problems
    assert f"'{correct}<what the line does>'" in problem.hint


ORDINARY = """
# a section of the tensor
# table of figures
# tab 3 spaces
# Tab 3 spaces
# section
# Section
# Section on attention: long
# Table: rows
# equation
# Equation for the scores: softmax
# see Eq. 3 for the derivation
# unlike Eq. 3, in float64
# fig1: the left plot
# eq1: alias
# tab4 holds the rows
# table 4 rows of 3: short
# property of 3 points
# section 3 of the tensor is masked
# theorem 2 holds only for r < 2
# figure 3 tensors are kept
# prop. 0.5 of the batch
# app 2 runs beside app 1
# definition of d1
# D1 is the first discriminator
# D0: no departure
# d_1: dimension
# dim 1: heads
# Step 3: add
# default 3: heads
# TODO: cite
# noqa: E501
# type: ignore[arg-type]
# 3: three
# -> batch seq d_model
# https://arxiv.org/abs/1706.03762
# E. 3: no word
# Equivalent 3: no word
# The appendix A: prose
#
#!shebang
"""


@pytest.mark.parametrize("comment", ORDINARY.strip().splitlines())
def test_ordinary_comments_are_left_alone(tmp_path: Path, comment: str) -> None:
    result = scan_text(tmp_path, f"import math\n{comment}\nx = 1  {comment}\n")
    assert (result.citations, result.problems) == ((), ())


def test_strings_are_not_comments(tmp_path: Path) -> None:
    result = scan_text(tmp_path, '"""\n# Eq. 3: x\n# eq. 3: x\n"""\nx = "# Eq. 3: x"\n')
    assert (result.citations, result.problems) == ((), ())


@pytest.mark.parametrize(
    ("source", "span"),
    [
        ("# C\nx = 1\ny = 2\n", (2, 2)),
        ("# C\n\n# more about it\nx = (\n    1\n)\n", (4, 6)),
        ("# C\ndef f():\n    x = 1\n    return x\n\ny = 1\n", (2, 4)),
        ("# C\n@a\n@b(1)\ndef f():\n    return 1\n", (2, 5)),
        ("@a\n# C\n@b(1)\ndef f():\n    return 1\n", (3, 5)),
        ("@a\n# C\ndef f():\n    return 1\n", (3, 4)),
        ("# C\nclass A:\n    x = 1\n\n    y = 2\n", (2, 5)),
        ("def f():\n    # C\n    for i in a:\n        b(i)\n    return 1\n", (3, 4)),
        ("def f():\n    for i in a:\n        # C\n        b(i)\n    return 1\n", (4, 4)),
        ("def f():\n    x = 1  # C\n    return x\n", (2, 2)),
        ("def f(x):  # C\n    return x\n", (1, 2)),
        ("for i in a:  # C\n    b(i)\n", (1, 2)),
        ("x = f(  # C\n    1,\n)\n", (1, 3)),
        ("x = f(\n    1,  # C\n    2,\n)\n", (2, 2)),
        ("x = f(\n    1,\n)  # C\n", (1, 3)),
        ('PRESETS = {\n    # C\n    "base": f(\n        1,\n    ),\n    "big": f(2),\n}\n', (3, 5)),
        ("x = f(\n    # C\n    rate=0.1,\n    seed=1,\n)\n", (3, 3)),
        ("def f(\n    # C\n    rate: float,\n    seed: int,\n):\n    return 1\n", (3, 3)),
        ("if a:\n    x = 1\n# C\nelse:\n    x = 2\n", (5, 5)),
        ("if a:\n    x = 1\n# C\nelif b:\n    x = 2\n    y = 2\n", (4, 6)),
        ("try:\n    x = 1\n# C\nexcept E:\n    x = 2\n    y = 2\n", (4, 6)),
        ('x = 1\ny = """\nté"""  # C\n', (2, 3)),
    ],
)
def test_span_that_a_citation_explains(tmp_path: Path, source: str, span: tuple[int, int]) -> None:
    citation = citation_of(tmp_path, source.replace("# C", "# Eq. 3: why"))
    assert (citation.start, citation.end) == span


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n# Eq. 3: nothing\n",
        "def f():\n    return 1\n    # Eq. 3: nothing\n\n\nx = 1\n",
        "x = [\n    # Eq. 3: nothing\n]\ny = 1\n",
        "# Eq. 3: nothing",
    ],
)
def test_a_citation_that_explains_nothing_is_a_problem(tmp_path: Path, source: str) -> None:
    result = scan_text(tmp_path, source)
    assert result.citations == ()
    (problem,) = result.problems
    assert problem.line == source[: source.index("#")].count("\n") + 1
    assert "explains" in problem.expected


@pytest.mark.parametrize(
    ("content", "line", "word"),
    [
        (b"x = 1\nx = (\n", 2, "syntax error"),
        (b"x = 1\n  y = 2\n", 2, "syntax error"),
        (b"x = 1\n# \xff\n", 2, "byte 0xff"),
        (b"x = 1\n\0", 2, "null byte"),
        (b"# coding: latin-1\nx = 1\n", 1, "iso-8859-1"),
        (b"# coding: klingon\nx = 1\n", 1, "klingon"),
        (b"x = 1\n'''", 2, "syntax error"),
    ],
)
def test_a_file_that_cannot_be_parsed_is_a_problem(tmp_path: Path, content: bytes, line: int, word: str) -> None:
    (problem,) = scan_text(tmp_path, content).problems
    assert (problem.file, problem.line) == ("loss.py", line)
    assert word in problem.received


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    result = scan(tmp_path, [Path("absent.py"), tmp_path / "folder"])
    assert result.files == ("absent.py", "folder")
    assert [(problem.file, problem.line) for problem in result.problems] == [("absent.py", None), ("folder", None)]
    assert "No such file" in result.problems[0].received


def test_very_deep_code_is_a_problem(tmp_path: Path) -> None:
    (problem,) = scan_text(tmp_path, "x = " + "-" * 100_000 + "1\n").problems
    assert problem.file == "loss.py"


def test_line_ends_and_byte_order_marks_do_not_matter(tmp_path: Path) -> None:
    for content in (b"\xef\xbb\xbf# Eq. 3: x\ny = 1\n", b"# Eq. 3: x\r\ny = 1\r\n", b"# Eq. 3: x\ry = 1\r"):
        (citation,) = scan_text(tmp_path, content).citations
        assert (citation.line, citation.text, citation.start, citation.end) == (1, "x", 2, 2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            [
                "#",
                "Eq.",
                "3",
                ":",
                ",",
                "l.",
                "5",
                "-",
                "D1",
                "(",
                ")",
                "\n",
                "x",
                "=",
                "1",
                "def",
                "f",
                ":",
                "\n",
                "",
                "",
                "",
                '"',
                "'",
                "\\",
                "é",
                "\t",
                "[",
                "]",
                "Section",
            ]
        ),
        max_size=20,
    )
)
def test_any_file_gives_citations_or_problems(tmp_path: Path, words: list[str]) -> None:
    result = scan_text(tmp_path, " ".join(words))
    lines = " ".join(words).count("\n") + 1
    assert all(1 <= citation.start <= citation.end <= lines for citation in result.citations)
    assert all(problem.file == "loss.py" for problem in result.problems)


def check_text(
    root: Path, text: str, *, declared: str = "Eq. 3", departures: str = "", must: str = "Eq. 3"
) -> list[str]:
    problems = check(
        scan_text(root, text),
        declared=parse_locators(declared),
        departures=departures.split(),
        must_be_cited=parse_locators(must),
    )
    return [f"{problem.file}:{problem.line}: {problem.expected} / {problem.received}" for problem in problems]


def test_check_passes_what_is_declared_and_cited(tmp_path: Path) -> None:
    text = "# Eq. 3: a\nx = 1\n# Sec. 3.2.1, D1: b\ny = 1\n# Tab. 1b: c\nz = 1\n"
    assert check_text(tmp_path, text, declared="Eq. 3, Sec. 3, Tab. 1", departures="D1", must="Eq. 3, Sec. 3.2") == []


def test_check_reports_a_dangling_citation_once_per_place(tmp_path: Path) -> None:
    text = "# Eq. 3: a\nx = 1\n# Eq. 4, Sec. 3: b\ny = 1\nz = 1  # Eq. 4: c\n"
    assert check_text(tmp_path, text, declared="Eq. 3, Sec. 3.2") == [
        "loss.py:3: a locator that the header declares or covers / 'Eq. 4'",
        "loss.py:3: a locator that the header declares or covers / 'Sec. 3'",
        "loss.py:5: a locator that the header declares or covers / 'Eq. 4'",
    ]


def test_check_reports_what_nothing_cites(tmp_path: Path) -> None:
    found = check_text(
        tmp_path, "# Eq. 3: a\nx = 1\n", must="Eq. 3, Eq. 4, Eq. 4, Sec. 3.2", declared="Eq. 3, Eq. 4, Sec. 3.2"
    )
    assert found == [f"{tmp_path}:None: a citation of {name} / none" for name in ("Eq. 4", "Sec. 3.2")]


def test_a_citation_of_the_whole_does_not_stand_for_a_part(tmp_path: Path) -> None:
    found = check_text(tmp_path, "# Sec. 3: a\nx = 1\n", declared="Sec. 3", must="Sec. 3.2")
    assert found == [f"{tmp_path}:None: a citation of Sec. 3.2 / none"]


def test_check_reports_a_departure_that_the_header_lacks(tmp_path: Path) -> None:
    found = check_text(tmp_path, "# Eq. 3, D2: a\nx = 1\n# D1: b\ny = 1\n", departures="D1")
    assert found == ["loss.py:1: a departure that the header lists / 'D2'"]


def test_check_reports_a_departure_that_nothing_cites(tmp_path: Path) -> None:
    found = check_text(tmp_path, "# Eq. 3, D1: a\nx = 1\n", departures="D1 D2")
    assert found == [f"{tmp_path}:None: a citation of D2 / none"]
