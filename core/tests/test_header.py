from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ectype.errors import HeaderError, Problem
from ectype.header import (
    MAX_LINES,
    VERDICTS,
    Covered,
    Departure,
    Header,
    NotCovered,
    Reproduced,
    parse,
    read,
    render,
    replace_reproduction,
)
from ectype.locators import Kind, Locator, parse_locators
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

EXAMPLE = """\
Implementation of: Focal Loss for Dense Object Detection
Authors: Tsung-Yi Lin, Priya Goyal
Paper: https://arxiv.org/abs/1708.02002v2
Official code: https://github.com/facebookresearch/Detectron

This implementation covers:
- [x] Focal loss (with alpha) (Section 3.2, Eq. 5)
- [x] Loss near zero (Sec. 3)
- [ ] RetinaNet (Section 4): needs COCO (and 8 GPUs): too large

Known differences from paper:
- D1 Normaliser (Sec. 4.1): mean over all, as torchvision [moves: easy, hard-2]
- D2 Logits (Eq. 5): stable [in float32] [moves: none]

Reproduction status:
- Dataset: Spring - MSE 3.6e-2 [3.5e-2, 3.7e-2] vs 3.66e-2 [reproduced]
- Dataset: MNIST-1D - 67.8 % vs 68 % [reproduced only under notebook]
"""
LINES = EXAMPLE.split("\n")
REPRODUCED = Reproduced("Spring", "MSE 1", "2", "differs")


def problems_of(text: str, **where: object) -> tuple[Problem, ...]:
    with pytest.raises(HeaderError) as error:
        parse(text, **where)  # type: ignore[arg-type]
    return error.value.problems


def attempt(call: Callable[..., Header], *arguments: object, **options: object) -> Header | HeaderError:
    """What a call returns, or the only error that it may raise."""
    try:
        return call(*arguments, **options)
    except HeaderError as error:
        return error


def changed(line: int, *replacement: str) -> str:
    """The example with one line, counted from 1, replaced by others."""
    return "\n".join([*LINES[: line - 1], *replacement, *LINES[line:]])


def test_example_is_read_in_full() -> None:
    header = parse(EXAMPLE)
    assert header == Header(
        title="Focal Loss for Dense Object Detection",
        authors=("Tsung-Yi Lin", "Priya Goyal"),
        paper="https://arxiv.org/abs/1708.02002v2",
        official_code="https://github.com/facebookresearch/Detectron",
        covers=(
            Covered("Focal loss (with alpha)", "Section 3.2, Eq. 5"),
            Covered("Loss near zero", "Sec. 3"),
            NotCovered("RetinaNet", "Section 4", "needs COCO (and 8 GPUs): too large"),
        ),
        departures=(
            Departure("D1", "Normaliser", "Sec. 4.1", "mean over all, as torchvision", ("easy", "hard-2")),
            Departure("D2", "Logits", "Eq. 5", "stable [in float32]"),
        ),
        reproduction=(
            Reproduced("Spring", "MSE 3.6e-2 [3.5e-2, 3.7e-2]", "3.66e-2", "reproduced"),
            Reproduced("MNIST-1D", "67.8 %", "68 %", "reproduced only under notebook"),
        ),
    )
    assert [item.done for item in header.covers] == [True, True, False]
    assert header.covered == parse_locators("Sec. 3, Sec. 3.2, Eq. 5")
    assert header.locators == parse_locators("Sec. 3, Sec. 3.2, Sec. 4, Sec. 4.1, Eq. 5")
    assert header.departures[0].locators == parse_locators("Sec. 4.1")


def test_empty_blocks_and_absent_code() -> None:
    header = Header("T", ("A",), "http://x.org", None, (Covered("w", "Eq. 1"),))
    assert render(header).splitlines() == [
        "Implementation of: T",
        "Authors: A",
        "Paper: http://x.org",
        "Official code: Not available",
        "",
        "This implementation covers:",
        "- [x] w (Eq. 1)",
        "",
        "Known differences from paper:",
        "- None",
        "",
        "Reproduction status:",
        "- None",
    ]
    assert parse(render(header)) == header


# Round trips. Texts are drawn from what can go wrong: the marks of the grammar, glued at random.

MARKS = [
    "[x]",
    "[ ]",
    "[",
    "]",
    "(",
    ")",
    "):",
    ":",
    "-",
    " - ",
    " vs ",
    " (",
    "): ",
    " [",
    ",",
    ", ",
    "None",
    "none",
    "vs",
]
MARKS += ["Dataset:", "[moves:", "moves", " [moves: ", "D1", "Eq. 1", " (Eq. 1): ", "a", "é", "\\", '"', '"""', " "]
PRINTABLE = st.characters(exclude_categories=["C", "Z"])
TEXTS = st.lists(st.sampled_from(MARKS) | PRINTABLE, min_size=1, max_size=8).map("".join).map(str.strip).filter(bool)
LOCATOR_LISTS = st.lists(
    st.sampled_from(["Abstract", "Sec. 3.2", "Section 3.2", "Eq. 1", "Equation 1b", "Appendix A", "Property 1"]),
    min_size=1,
    max_size=3,
).map(", ".join)
URLS = st.sampled_from(["https://arxiv.org/abs/1708.02002v2", "http://a.b", "https://x-1.org:80/(a),b?c=[d]#é"])
VERDICT_WORDS = st.one_of(st.sampled_from(VERDICTS), TEXTS.map("reproduced only under {}".format))


def made(make: Callable[..., object], *values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Draws of a class from values of which it may refuse some."""

    def make_if_possible(arguments: tuple[object, ...]) -> object:
        try:
            return make(*arguments)
        except ValueError:
            return None

    return st.tuples(*values).map(make_if_possible).filter(lambda item: item is not None)


CLAIM_IDS = st.lists(st.sampled_from(["a", "spring-test-hnn", "b2", "none-1"]), unique=True, max_size=3).map(tuple)
COVERS = st.lists(
    st.one_of(made(Covered, TEXTS, LOCATOR_LISTS), made(NotCovered, TEXTS, LOCATOR_LISTS, TEXTS)),
    min_size=1,
    max_size=4,
).map(tuple)
DEPARTURES = st.lists(made(Departure, st.just("D1"), TEXTS, LOCATOR_LISTS, TEXTS, CLAIM_IDS), max_size=3).map(
    lambda items: tuple(dataclasses.replace(item, id=f"D{n}") for n, item in enumerate(items, 1))  # type: ignore[type-var]
)
REPRODUCTIONS = st.lists(made(Reproduced, TEXTS, TEXTS, TEXTS, VERDICT_WORDS), max_size=3).map(tuple)
HEADERS = made(
    Header,
    TEXTS,
    st.lists(TEXTS.map(lambda name: name.replace(",", "")).map(str.strip).filter(bool), min_size=1, max_size=3).map(
        tuple
    ),
    URLS,
    st.none() | URLS,
    COVERS,
    DEPARTURES,
    REPRODUCTIONS,
)


@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow], deadline=None, max_examples=200)
@given(HEADERS)
def test_every_header_that_can_be_made_comes_back(header: Header) -> None:
    assert parse(render(header)) == header


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """The example after a few edits of lines and characters."""
    text = EXAMPLE
    for _ in range(draw(st.integers(0, 3))):
        pieces = text.split("\n") if (by_line := draw(st.booleans())) else list(text)
        index = st.integers(0, max(0, len(pieces) - 1))
        here, there = draw(index), draw(index)
        edit = draw(st.sampled_from(["delete", "duplicate", "swap", "insert"]))
        if edit == "insert" or not pieces:
            pieces.insert(
                here, draw(st.one_of(st.sampled_from([*MARKS, *LINES, "\n", "\t", "\r", "\0", "9"]), st.text()))
            )
        elif edit == "delete":
            del pieces[here]
        elif edit == "duplicate":
            pieces.insert(here, pieces[here])
        else:
            pieces[here], pieces[there] = pieces[there], pieces[here]
        text = ("\n" if by_line else "").join(pieces)
    return text


@settings(deadline=None, max_examples=1000)
@given(st.one_of(mutations(), st.text(), st.lists(st.sampled_from(LINES)).map("\n".join)))
@example(EXAMPLE)
@example("")
@example("\n")
@example("Implementation of:")
def test_every_text_parses_exactly_or_says_where_it_is_wrong(text: str) -> None:
    result = attempt(parse, text, file="f", first_line=5)
    if isinstance(result, Header):
        assert render(result) == text
        return
    lines = range(5, 6 + text.count("\n"))
    assert result.problems == tuple(sorted(result.problems)) != ()
    assert all(problem.file == "f" and problem.line in lines for problem in result.problems)


MALFORMED = [
    # (text, line, a word of the message)
    ("empty text", "", 1, "Implementation of"),
    ("another docstring", "A package.\n", 1, "Implementation of"),
    ("leading empty line", "\n" + EXAMPLE, 1, "empty line"),
    ("no line feed at the end", EXAMPLE[:-1], 17, "line feed"),
    ("empty line at the end", EXAMPLE + "\n", 18, "empty line"),
    ("no title key", changed(1), 1, "'Implementation of:'"),
    ("no authors key", changed(2), 2, "'Authors:'"),
    ("no paper key", changed(3), 3, "'Paper:'"),
    ("no code key", changed(4), 5, "'Official code:'"),
    ("empty title", changed(1, "Implementation of:"), 1, "a title"),
    ("blank title", changed(1, "Implementation of: "), 1, "a title"),
    ("two spaces", changed(1, "Implementation of:  T"), 1, "spaces"),
    ("no space", changed(1, "Implementation of:T"), 1, "one space"),
    ("trailing space", changed(1, "Implementation of: T "), 1, "spaces"),
    ("tab", changed(1, "Implementation of: A\tB"), 1, "tabs"),
    ("carriage return", changed(1, "Implementation of: T\r"), 1, "line breaks"),
    ("no-break space", changed(1, "Implementation of: A\u00a0B"), 1, "invisible"),
    ("no authors", changed(2, "Authors: "), 2, "names"),
    ("empty author", changed(2, "Authors: A, , B"), 2, "names"),
    ("comma without space", changed(2, "Authors: A,B"), 2, "names"),
    ("comma at the end", changed(2, "Authors: A,"), 2, "names"),
    ("paper without scheme", changed(3, "Paper: arxiv.org/abs/1"), 3, "URL"),
    ("paper with another scheme", changed(3, "Paper: ftp://arxiv.org/abs/1"), 3, "URL"),
    ("paper with a host without dot", changed(3, "Paper: https://arxiv/abs/1"), 3, "URL"),
    ("paper without host", changed(3, "Paper: https://"), 3, "URL"),
    ("paper with a space", changed(3, "Paper: https://arxiv.org/abs/1 2"), 3, "URL"),
    ("paper not available", changed(3, "Paper: Not available"), 3, "URL"),
    ("code in other words", changed(4, "Official code: not available"), 4, "'Not available'"),
    ("no code", changed(4, "Official code: "), 4, "URL"),
    ("key in lower case", changed(2, "authors: A"), 2, "known key"),
    ("unknown key", changed(4, LINES[3], "Year: 2017"), 5, "known key"),
    ("unknown block", changed(13, LINES[12], "", "Remarks:", "- one"), 15, "known key"),
    ("key twice", changed(4, LINES[3], "Paper: https://a.b"), 5, "once"),
    (
        "keys in another order",
        changed(2, LINES[2], LINES[1]).replace(LINES[2] + "\n" + LINES[3], LINES[3]),
        3,
        "before",
    ),
    ("prose", changed(4, LINES[3], "a note"), 5, "an item"),
    ("item before a block", changed(4, LINES[3], "- [x] a (Eq. 1)"), 5, "blocks"),
    ("wrapped item", changed(9, "- [ ] RetinaNet (Section 4): needs", "  COCO"), 10, "one line"),
    ("indented item", changed(7, "  - [x] Focal loss (Eq. 5)"), 7, "first column"),
    ("no empty line before a block", changed(5), 5, "empty line"),
    ("two empty lines before a block", changed(5, "", ""), 5, "empty line"),
    ("empty line after a heading", changed(6, LINES[5], ""), 7, "empty line"),
    ("line of spaces", changed(5, "  "), 5, "empty line"),
    ("heading with text", changed(6, "This implementation covers: all"), 6, "nothing after"),
    ("heading without colon", changed(6, "This implementation covers"), 6, "a block"),
    ("no differences block", "\n".join([*LINES[:10], *LINES[14:]]), 11, "Known differences"),
    ("no status block", "\n".join([*LINES[:13], ""]), 13, "Reproduction status"),
    ("block twice", EXAMPLE + "\nReproduction status:\n- None\n", 19, "once"),
    ("blocks swapped", "\n".join([*LINES[:10], *LINES[14:17], "", *LINES[10:13], ""]), 15, "before"),
    ("nothing covered", "\n".join([*LINES[:6], *LINES[9:]]), 6, "items"),
    ("covers none", "\n".join([*LINES[:6], "- None", *LINES[9:]]), 7, "never"),
    ("empty differences", "\n".join([*LINES[:11], *LINES[13:]]), 11, "'- None'"),
    ("none beside others", changed(13, "- None"), 13, "without other"),
    ("no space after the dash", changed(7, "-[x] Focal loss (Eq. 5)"), 7, "'- '"),
    ("no box", changed(7, "- Focal loss (Eq. 5)"), 7, "[x]"),
    ("capital box", changed(7, "- [X] Focal loss (Eq. 5)"), 7, "[x]"),
    ("empty box without space", changed(9, "- [] RetinaNet (Section 4): why"), 9, "[ ]"),
    ("checked without locator", changed(7, "- [x] Focal loss"), 7, "locator"),
    ("checked with reason", changed(7, "- [x] Focal loss (Eq. 5): because"), 7, "no reason"),
    ("checked without text", changed(7, "- [x] (Eq. 5)"), 7, "<what>"),
    ("checked with an empty locator", changed(7, "- [x] Focal loss ()"), 7, "locators"),
    ("unknown form of locator", changed(7, "- [x] Focal loss (Chapter 5)"), 7, "Chapter 5"),
    ("locator in brackets", changed(7, "- [x] Focal loss (Eq. [5])"), 7, "Eq. [5]"),
    ("locators without space", changed(7, "- [x] Focal loss (Eq. 4,Eq. 5)"), 7, "comma"),
    ("unchecked without reason", changed(9, "- [ ] RetinaNet (Section 4)"), 9, "why"),
    ("unchecked with an empty reason", changed(9, "- [ ] RetinaNet (Section 4): "), 9, "reason"),
    ("unchecked without locator", changed(9, "- [ ] RetinaNet: too large"), 9, "<locator>"),
    ("departure without id", changed(12, "- Normaliser (Sec. 4.1): why [moves: none]"), 12, "D1"),
    ("departure id in lower case", changed(12, "- d1 Normaliser (Sec. 4.1): why [moves: none]"), 12, "D1"),
    ("departure ids with a gap", changed(13, "- D3 Logits (Eq. 5): why [moves: none]"), 13, "D2"),
    ("departure without moves", changed(12, "- D1 Normaliser (Sec. 4.1): why"), 12, "[moves:"),
    ("departure without reason", changed(12, "- D1 Normaliser (Sec. 4.1) [moves: none]"), 12, "<why>"),
    ("departure without locator", changed(12, "- D1 Normaliser: why [moves: none]"), 12, "<locator>"),
    ("departure without text", changed(12, "- D1  (Eq. 5): why [moves: none]"), 12, "what it is"),
    ("claim id with capitals", changed(12, "- D1 N (Eq. 5): why [moves: Easy]"), 12, "claim ids"),
    ("claim id with underscore", changed(12, "- D1 N (Eq. 5): why [moves: a_b]"), 12, "claim ids"),
    ("no claim id", changed(12, "- D1 N (Eq. 5): why [moves: ]"), 12, "claim ids"),
    ("claim id twice", changed(12, "- D1 N (Eq. 5): why [moves: a, a]"), 12, "once"),
    ("none beside claim ids", changed(12, "- D1 N (Eq. 5): why [moves: a, none]"), 12, "'none' alone"),
    ("status without dataset", changed(16, "- Spring - 1 vs 2 [differs]"), 16, "Dataset:"),
    ("status without published", changed(16, "- Dataset: Spring - 1 [differs]"), 16, "<paper metric>"),
    ("status without verdict", changed(16, "- Dataset: Spring - 1 vs 2"), 16, "[<verdict>]"),
    ("unknown verdict", changed(16, "- Dataset: Spring - 1 vs 2 [verified]"), 16, "verified"),
    ("verdict under no reading", changed(16, "- Dataset: Spring - 1 vs 2 [reproduced only under ]"), 16, "verdict"),
    ("nothing achieved", changed(16, "- Dataset: Spring -  vs 2 [differs]"), 16, "achieved"),
]


@pytest.mark.parametrize(("text", "line", "word"), [row[1:] for row in MALFORMED], ids=[row[0] for row in MALFORMED])
def test_malformed_headers_name_the_line(text: str, line: int, word: str) -> None:
    problems = problems_of(text, file="pkg/__init__.py", first_line=10)
    assert any(problem.line == line + 9 and word in str(problem) for problem in problems), problems
    assert all(str(problem).startswith("pkg/__init__.py:") for problem in problems)


def test_a_single_mistake_is_a_single_problem() -> None:
    counts = {name: len(problems_of(text)) for name, text, _, _ in MALFORMED}
    assert {name: count for name, count in counts.items() if count > 1} == {
        "key in lower case": 2,  # unknown, so the known one is missing
        "heading without colon": 6,  # missing, an empty line before prose, three items outside a block
        "block twice": 2,  # its '- None' stands beside the items of the first
    }


def test_every_problem_is_reported() -> None:
    text = (
        EXAMPLE.replace("https://arxiv", "arxiv")
        .replace("(Sec. 3)", "")
        .replace("D2", "D9")
        .replace("reproduced]", "ok]")
    )
    assert [problem.line for problem in problems_of(text)] == [3, 8, 13, 16]


def test_two_problems_of_one_line_are_reported() -> None:
    problems = problems_of(changed(12, "- D7 N (Eq 5): why [moves: Easy]"))
    assert [problem.line for problem in problems] == [12, 12, 12]


def test_a_long_value_is_cut_in_the_message() -> None:
    assert len(str(problems_of(changed(3, "Paper: " + "x" * 10_000))[0])) < 500


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000,
        "\n" * 1_000_000,
        "- [x] a\n" * 125_000,
        EXAMPLE + "- " * 500_000,
        changed(1, "Implementation of: " + "a " * 500_000),
        changed(2, "Authors: " + ", " * 500_000),
        changed(2, "Authors: " + "a" * 1_000_000 + ","),
        changed(3, "Paper: https://" + "a." * 500_000 + "!"),
        changed(3, "Paper: https://" + "a-" * 500_000 + " "),
        changed(7, "- [x] " + " (" * 500_000),
        changed(7, "- [x] a (" + "Eq. 1, " * 140_000 + ")"),
        changed(7, "- [x] a (" + ", ".join(f"Eq {n}" for n in range(100_000)) + ")"),
        changed(7, "- [x] a (Eq. " + "1." * 500_000 + ")"),
        changed(7, "- [x] a (Eq. " + "I" * 1_000_000 + ")"),
        changed(9, "- [ ] a" + " (b)" * 250_000),
        changed(9, "- [ ] a" + " (b" * 333_000),
        changed(9, "- [ ] a (" + "b" * 1_000_000),
        changed(12, "- D1 a (Eq. 1): b" + " [moves: " * 110_000),
        changed(12, "- D1 a (Eq. 1): b [moves: " + "a-" * 500_000 + "]"),
        changed(12, "- D" + "1" * 1_000_000 + " a (Eq. 1): b [moves: none]"),
        changed(16, "- Dataset: a" + " - b vs " * 125_000),
        changed(16, "- Dataset: a" + " [" * 500_000),
        "\n".join(changed(9, *(f"- [ ] {'a ' * 500}" for _ in range(900))).split("\n")),
    ],
    ids=lambda text: f"{text[:9]}",
)
def test_a_large_text_is_refused_quickly(text: str) -> None:
    start = time.process_time()
    problems_of(text)
    assert time.process_time() - start < 1


def test_a_header_has_a_greatest_length() -> None:
    covers = tuple(Covered("a", "Eq. 1") for _ in range(MAX_LINES - 12))
    header = Header("T", ("A",), "https://a.b", None, covers)
    assert parse(render(header)) == header
    with pytest.raises(ValueError, match=f"at most {MAX_LINES} lines"):
        dataclasses.replace(header, covers=(*covers, Covered("a", "Eq. 1")))
    assert len(problems_of(render(header) + "\n")) == 1


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: Covered("", "Eq. 1"), "nothing"),
        (lambda: Covered("a\nb", "Eq. 1"), "one line"),
        (lambda: Covered("a ", "Eq. 1"), "what is covered"),
        (lambda: Covered("a", ""), "locators"),
        (lambda: Covered("a", "Eq. 1 "), "locators"),
        (lambda: NotCovered("a (b): c", "Eq. 1", "d"), "brackets"),
        (lambda: NotCovered("a (b):", "Eq. 1", "d"), "brackets"),
        (lambda: NotCovered("a", "Eq. 1", ""), "reason"),
        (lambda: Departure("d1", "a", "Eq. 1", "b"), "D1"),
        (lambda: Departure("D0", "a", "Eq. 1", "b"), "D1"),
        (lambda: Departure("D1", "a", "Eq. 1", "b", ("none",)), "claim ids"),
        (lambda: Departure("D1", "a", "Eq. 1", "b", ("",)), "claim ids"),
        (lambda: Departure("D1", "a", "Eq. 1", "b", ("c", "c")), "claim ids"),
        (lambda: Departure("D1", "a", "Eq. 1", "b", ["c"]), "claim ids"),  # type: ignore[arg-type]
        (lambda: Reproduced("a - b", "1", "2", "differs"), "' - '"),
        (lambda: Reproduced("a -", "1", "2", "differs"), "' - '"),
        (lambda: Reproduced("a", "1 vs 2", "3", "differs"), "' vs '"),
        (lambda: Reproduced("a", "1 vs", "3", "differs"), "' vs '"),
        (lambda: Reproduced("a", "1", "2", "fine"), "'fine'"),
        (lambda: Reproduced("a", "1", "2", "reproduced only under [b"), "verdict"),
        (lambda: Reproduced("a", "1", "2", "differs only under b"), "verdict"),
        (lambda: dataclasses.replace(parse(EXAMPLE), authors=()), "names"),
        (lambda: dataclasses.replace(parse(EXAMPLE), authors=("A, B",)), "'A, B'"),
        (lambda: dataclasses.replace(parse(EXAMPLE), authors=["A"]), "tuple"),
        (lambda: dataclasses.replace(parse(EXAMPLE), paper="arxiv"), "URL"),
        (lambda: dataclasses.replace(parse(EXAMPLE), official_code="Not available"), "URL"),
        (lambda: dataclasses.replace(parse(EXAMPLE), covers=()), "at least one"),
        (lambda: dataclasses.replace(parse(EXAMPLE), departures=parse(EXAMPLE).departures[1:]), "'D2'"),
    ],
)
def test_what_could_not_come_back_cannot_be_made(make: Callable[[], object], word: str) -> None:
    with pytest.raises(ValueError, match="expected") as error:
        make()
    assert word in str(error.value)


# Files.


@pytest.fixture
def init(tmp_path: Path) -> Path:
    return tmp_path / "__init__.py"


def test_read_imports_nothing_and_names_lines_of_the_file(init: Path) -> None:
    init.write_text(f'# Licence\n\n"""{EXAMPLE}"""\n\nraise SystemExit(1)\nx = (((\n', encoding="utf-8")
    assert read(init) == parse(EXAMPLE)
    init.write_text(f'# Licence\n\n"""{EXAMPLE.replace("https://arxiv", "arxiv")}"""\n', encoding="utf-8")
    with pytest.raises(HeaderError, match="URL") as error:
        read(init)
    assert [(problem.file, problem.line) for problem in error.value.problems] == [(str(init), 5)]


@pytest.mark.parametrize(
    ("content", "line", "word"),
    [
        (b"", 1, "no statement"),
        (b"# only a comment\n", 1, "no statement"),
        (b"\nimport x\n", 2, "another statement"),
        (b"b'''x'''\n", 1, "another statement"),
        (b"f'''x'''\n", 1, "another statement"),
        (b"'''x'''.strip()\n", 1, "another statement"),
        (b"\n'''Implementation of: \n", 2, "unterminated"),
        (b"\n  '''x'''\n", 2, "indent"),
        (b"'''x\n\xff'''\n", 2, "0xff"),
        (b"\xef\xbb\xbf'''x\n\xff'''\n", 2, "0xff"),
        (b"'''x\ny\0'''\n", 2, "null byte"),
        (b"# coding: latin-1\n'''x'''\n", 1, "iso-8859-1"),
        (b"# coding: klingon\n'''x'''\n", 1, "klingon"),
        (b"'''\\N{NO SUCH NAME}'''\n", 1, "unicode error"),
    ],
)
def test_read_refuses_other_files(init: Path, content: bytes, line: int, word: str) -> None:
    init.write_bytes(content)
    with pytest.raises(HeaderError, match=word) as error:
        read(init)
    assert [(problem.file, problem.line) for problem in error.value.problems] == [(str(init), line)]


@pytest.mark.parametrize("name", ["absent.py", ".", "a\0b"])
def test_read_refuses_what_is_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(HeaderError, match="can be read"):
        read(tmp_path / name)


def test_read_takes_only_the_first_statement_of_a_large_file(init: Path) -> None:
    init.write_text(f'"""{EXAMPLE}"""\n' + "x = [1, 2, 3]\n" * 70_000, encoding="utf-8")
    start = time.process_time()
    assert read(init) == parse(EXAMPLE)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("body", ["x\n" * 500_000, "\\" * 1_000_000, "'" * 999_990, '""' * 500_000, "("])
def test_read_refuses_a_large_docstring_quickly(init: Path, body: str) -> None:
    init.write_text(f"'''{body}", encoding="utf-8")
    start = time.process_time()
    with pytest.raises(HeaderError):
        read(init)
    assert time.process_time() - start < 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=400)
@given(
    st.one_of(
        st.binary(),
        mutations().map(lambda text: f'"""{text}"""\n'.encode(errors="surrogatepass")),
        st.lists(st.sampled_from([*"'\"\\\n\r\t\0(){}#;rbf=\x0cé", '"""', "'''", EXAMPLE, "\ufeff"])).map(
            lambda pieces: "".join(pieces).encode()
        ),
    )
)
def test_reading_any_bytes_raises_nothing_else(init: Path, content: bytes) -> None:
    init.write_bytes(content)
    result = attempt(read, init)
    assert isinstance(result, Header) or {problem.file for problem in result.problems} == {str(init)}


STATUS = EXAMPLE.split("Reproduction status:\n")[1]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("before", "quotes"), [("", '"""'), ("r", '"""'), ("", "'''"), ("\ufeff# é\n\n", '"""'), ("(", '"""')]
)
def test_replacing_the_status_keeps_every_other_byte(init: Path, before: str, quotes: str, end: str) -> None:
    close, broken = (")", "") if before == "(" else ("", "broken = (((")
    tail = f"{quotes}{close}  # tail\n\nfrom x import y\nz = '\t\x0c'  \n\n\n{broken}\r\n"
    source = f"{before}{quotes}{EXAMPLE}{tail}".replace("\n", end).encode()
    init.write_bytes(source)
    assert replace_reproduction(init, [REPRODUCED]) is True
    new_status = f"- Dataset: Spring - MSE 1 vs 2 [differs]{end}"
    assert init.read_bytes() == source.replace(STATUS.replace("\n", end).encode(), new_status.encode())
    assert read(init).reproduction == (REPRODUCED,)
    assert replace_reproduction(init, ()) is True
    assert init.read_bytes() == source.replace(STATUS.replace("\n", end).encode(), f"- None{end}".encode())
    assert replace_reproduction(init, parse(EXAMPLE).reproduction) is True
    assert init.read_bytes() == source


def test_a_line_with_escapes_can_be_followed_by_another(init: Path) -> None:
    init.write_text(f'"""{EXAMPLE}"""\n', encoding="utf-8")
    status = [dataclasses.replace(REPRODUCED, dataset=name) for name in ('a\\tb """', "MNIST-1D")]
    for length in (1, 2, 1):
        assert replace_reproduction(init, status[:length])
        assert read(init).reproduction == tuple(status[:length])


def test_no_change_writes_nothing(init: Path) -> None:
    init.write_text(f'"""{EXAMPLE}"""\n', encoding="utf-8")
    os.utime(init, (1, 1))
    inode = init.stat().st_ino
    assert replace_reproduction(init, parse(EXAMPLE).reproduction) is False
    assert (init.stat().st_mtime, init.stat().st_ino) == (1, inode)


def test_the_new_file_has_the_mode_of_the_old_and_leaves_nothing_behind(init: Path) -> None:
    init.write_text(f'"""{EXAMPLE}"""\n', encoding="utf-8")
    init.chmod(0o640)
    assert replace_reproduction(init, [REPRODUCED])
    assert init.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in init.parent.iterdir()] == ["__init__.py"]


def test_a_link_stays_a_link(init: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file.py").write_text(f'"""{EXAMPLE}"""\n', encoding="utf-8")
    init.symlink_to(tmp_path / "real" / "file.py")
    assert replace_reproduction(init, [REPRODUCED])
    assert init.is_symlink()
    assert read(tmp_path / "real" / "file.py").reproduction == (REPRODUCED,)


def test_a_failed_write_leaves_the_old_file(init: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    init.write_text(f'"""{EXAMPLE}"""\n', encoding="utf-8")
    old = init.read_bytes()

    def full(_: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        replace_reproduction(init, [REPRODUCED])
    assert init.read_bytes() == old
    assert [path.name for path in init.parent.iterdir()] == ["__init__.py"]


@pytest.mark.parametrize(
    ("source", "name", "word"),
    [
        (f"{EXAMPLE!r}\n", "Spring", "triple-quoted"),
        ('"""' + EXAMPLE.replace("status:", "stat\\x75s:") + '"""\n', "Spring", "triple-quoted"),
        ('"""' + EXAMPLE.replace("\n", "\\n") + '"""\n', "Spring", "triple-quoted"),
        ('"""' + EXAMPLE.replace("Focal", "Fo\\\ncal") + '"""\n', "Spring", "triple-quoted"),
        (f'"""{EXAMPLE[:-1]}""" "\\n"\n', "Spring", "triple-quoted"),
        ('r"""' + EXAMPLE.replace("Focal", 'Focal""" """') + '"""\n', "a\\tb", "in place"),
        (f'r"""{EXAMPLE}"""\n', 'a """ b', "raw docstring"),
        ("x = 1\n", "Spring", "docstring"),
    ],
)
def test_what_cannot_be_changed_exactly_is_refused(init: Path, source: str, name: str, word: str) -> None:
    init.write_text(source, encoding="utf-8")
    status = [dataclasses.replace(REPRODUCED, dataset=name)]
    with pytest.raises(HeaderError, match=word):
        replace_reproduction(init, status)
    assert init.read_text(encoding="utf-8") == source


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much], deadline=None)
@given(REPRODUCTIONS, st.sampled_from(['"""', "'''"]), st.sampled_from(["", "r"]))
def test_any_status_is_written_as_it_is_or_refused(
    init: Path, status: tuple[Reproduced, ...], quotes: str, raw: str
) -> None:
    init.write_text(f"{raw}{quotes}{EXAMPLE}{quotes}\n", encoding="utf-8")
    old = init.read_bytes()
    if raw and any(quotes in str(item) for item in status):
        with pytest.raises(HeaderError, match="raw docstring"):
            replace_reproduction(init, status)
        assert init.read_bytes() == old
    else:
        replace_reproduction(init, status)
        assert read(init) == dataclasses.replace(parse(EXAMPLE), reproduction=status)


def test_locators_of_every_kind_can_be_covered() -> None:
    at = ", ".join(Locator(kind, "1").long for kind in list(Kind)[1:])
    assert len(Covered("all", at).locators) == len(Kind) - 1
