"""The generator of the site: what the pages say, what is escaped, which files are written."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import specimen
from ectype import ledger, results
from ectype.errors import InvalidError, UsageError
from ectype.faults import report
from ectype.faults.report import Planted, Report, Tried
from ectype.freshness import Tree
from ectype.plugins import discover
from ectype.site.command import pages
from ectype.site.markup import GENERATED, code, external, fence, page, slug, text
from ectype.site.mathematics import displayed, mathml
from ectype.site.prose import render
from ectype.site.publication import gather
from ectype.site.tree import write as write_tree
from hypothesis import given
from hypothesis import strategies as st
from markdown import Markdown


@pytest.fixture
def paper(tmp_path, monkeypatch):
    """Return a function that writes a specimen package and gathers what is known about it."""

    def make(change=None, *, accept=True, verified=True, **texts):
        entry = specimen.write(tmp_path, **texts)
        monkeypatch.syspath_prepend(str(entry.package.parent))
        found = specimen.result(entry)
        if verified:
            results.write(tmp_path, change(found) if change else found)
        if accept:
            ledger.accept(entry.root, found, "looked at")
        return gather(entry, tmp_path, Tree([entry]))

    return make


def page_of(publication):
    return pages([publication])[f"papers/{publication.slug}/index.md"]


def plain(markdown):
    """Return the characters a reader sees of a line of Markdown."""
    from html.parser import HTMLParser

    class Text(HTMLParser):
        seen = ""

        def handle_data(self, data):
            self.seen += data

    parser = Text()
    parser.feed(Markdown(extensions=EXTENSIONS).convert(markdown))
    parser.close()
    return parser.seen


EXTENSIONS = ["attr_list", "md_in_html", "tables", "toc", "pymdownx.superfences", "pymdownx.highlight"]


# Text of packages.


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_escaped_text_shows_its_characters_and_nothing_else(value):
    shown = text(value)
    assert plain(f"before {shown} after").split() == f"before {shown_as(value)} after".split()
    assert plain(f"| a |\n| --- |\n| x{shown}x |").split() == f"a x{shown_as(value)}x".split()


def shown_as(value):
    """Return what must be seen of a text: one line, no invisible characters."""
    from ectype.site.markup import _INVISIBLE

    return _INVISIBLE.sub("\N{REPLACEMENT CHARACTER}", " ".join(value.split()))


@pytest.mark.parametrize(
    "value",
    [
        "1. one",
        "12) two",
        "1234.",
        "٣. x",
        "- item",
        "+ item",
        "# head",
        "> quote",
        "=== x",
        "| a | b |",
        ": term",
        "~~~",
    ],
)
def test_escaped_text_opens_no_block_at_the_start_of_a_line(value):
    assert Markdown(extensions=EXTENSIONS).convert(text(value)).startswith("<p>")
    assert plain(text(value)) == value


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x02\x03\r"), max_size=80))
def test_a_fence_holds_any_source(source):
    made = Markdown(extensions=EXTENSIONS).convert(f"{fence(source, 'text')}\n\nafter")
    assert made.endswith("<p>after</p>")
    assert "<script" not in made


def test_only_web_addresses_become_links():
    assert external(text("x"), "javascript:alert(1)") == "x"
    assert external(text("x"), "https://e.org/a(b)?c=\"<>'") == "[x](https://e.org/a%28b%29?c=%22%3C%3E%27)"
    assert code("a`b") == "<code>a&#96;b</code>"


def test_a_name_inside_a_page_needs_letters():
    assert slug("Core contribution: 1") == "core-contribution-1"
    with pytest.raises(UsageError, match="received '!!'"):
        slug("!!")


# Prose and mathematics.


def prose(source, **given):
    return render(source, **{"file": "README.md", "shift": 1, "prefix": "a", "resolve": lambda _: "", **given})


def test_raw_html_and_scripts_in_prose_are_text():
    made = prose("<script>x()</script> <b onclick='x()'>b</b> [l](javascript:x()) [m](JaVa\tScript:x()) ![i](data:x)")
    assert "<script" not in made
    assert "<b " not in made
    assert "href" not in made
    assert "<img" not in made


def test_images_are_not_loaded_from_another_host():
    assert prose("![figure](https://e.org/f.png)") == (
        '<div class="prose">\n<p><a href="https://e.org/f.png">figure</a></p>\n</div>'
    )


def test_headings_move_down_and_keep_their_names_apart():
    made = prose("# Title\n\n## Core\n\nx\n\n### Part\n\ny [z](#core)")
    assert "### Core { #a-core }" in made
    assert "#### Part { #a-part }" in made
    assert "Title" not in made
    assert 'href="#a-core"' in made


def test_a_link_that_does_not_resolve_is_an_error_with_its_line():
    with pytest.raises(InvalidError, match=r"README.md:3: expected a link .* received 'gone.py'"):
        prose("one\n\n[x](gone.py) and [y](#nowhere)")


def test_formulas_become_mathml_and_money_does_not():
    made = prose("It is $x^2$ and costs $5, not $6.\n\n$$\n\\frac{a}{b}\n$$\n\n`$x$` \\$y\\$")
    assert made.count("<math") == 2
    assert "costs $5, not $6" in made
    assert "<code>$x$</code> $y$" in made


def test_a_formula_that_does_not_parse_is_an_error_with_its_place():
    with pytest.raises(InvalidError, match=r"README.md:3: expected a formula; received '\\\\frac\{a'"):
        prose("one\n\n$\\frac{a$")
    with pytest.raises(InvalidError, match=r"a.py:12: "):
        displayed("x\n\n$$\\nonsense$$", file="a.py", line=10)


def test_a_formula_cannot_bring_markup():
    assert "<script" not in mathml(r"\text{<script>alert(1)</script>}", display=False, file="f", line=1)
    with pytest.raises(InvalidError):
        mathml(r"\href{javascript:alert(1)}{x}", display=False, file="f", line=1)


# Pages.


def test_every_section_says_what_the_result_says(paper):
    found = page_of(paper())
    for name in ("claims", "findings", "equations", "references", "properties", "conformance", "scope", "departures"):
        assert f"{{ #{name} }}" in found
    for name in ("analysis", "ledger", "again"):
        assert f"{{ #{name} }}" in found
    for said in (
        "ectype verify specimen --only claim/cost",
        "reproduced only",
        "under code",
        "contradicted",
        "34.0 ± 0.2",
        "1 more only under another reading",
        "2.3e-16",
        "24 comparisons over 2 settings",
        "No oracle was declared",
        "needs four devices",
        "The paper averages the squares",
        "looked at",
        "torch 2.15.0",
        "65,011,712",
    ):
        assert said in found, said


def test_equations_show_the_citing_lines_and_the_oracle_as_they_are_now(paper):
    found = page_of(paper(code=f"# one line more\n{specimen.CODE}"))
    assert 'data-linenos="16 "' in found
    assert "[<code>shrink.py&#58;16</code>](code/shrink.md#L16)" in found
    assert "norm += value * value" in plain(found)
    assert found.index("### Eq. 1") < found.index("### Eq. 2")
    moved = paper_with_moved_oracle(paper)
    assert "norm += value * value" not in plain(moved)
    assert "The oracle has moved since it was verified" in moved


def paper_with_moved_oracle(paper):
    def shift(result):
        equations = [
            msgspec.structs.replace(e, oracle=e.oracle and msgspec.structs.replace(e.oracle, line=9))
            for e in result.equations
        ]
        return msgspec.structs.replace(result, equations=equations)

    return page_of(paper(shift, slug="moved", readme=specimen.README.replace("ectype_specimen", "ectype_moved")))


def test_states_of_a_paper(paper):
    def own(slug):
        return {"slug": slug, "readme": specimen.README.replace("ectype_specimen", f"ectype_{slug}")}

    def broken(result):
        return msgspec.structs.replace(result, problem="it <hangs>", problem_detail="Traceback ```")

    def stale(result):
        return msgspec.structs.replace(result, modules={"ectype_stale.shrink": "0"})

    def passing(result):
        fine = [o for o in result.outcomes if o.status != "failed"]
        return msgspec.structs.replace(result, outcomes=fine)

    cases = {
        "not verified here": paper(verified=False, accept=False, **own("unseen")),
        "broken": paper(broken, **own("broken")),
        "stale": paper(stale, **own("stale")),
        "needs attention": paper(**own("failing")),
    }
    for state, publication in cases.items():
        assert publication.state == state
        assert state in page_of(publication).lower()
        assert state in pages([publication])["index.md"]
    assert "it &#60;hangs&#62;" in page_of(cases["broken"])
    assert "ectype&#95;stale.shrink changed since" in page_of(cases["stale"])


def row_of(publication, claim):
    return next(line for line in page_of(publication).splitlines() if f'<tr id="claim-{claim}">' in line)


def test_a_page_shows_what_was_measured_and_never_what_was_accepted(paper):
    unseen = paper(verified=False)
    assert unseen.accepted.claims["cost"].verdict == "reproduced"
    before_history = page_of(unseen).partition("{ #ledger }")[0]
    assert "reproduced" not in before_history
    assert "contradicted" not in before_history
    assert "1/3" not in pages([unseen])["index.md"]


def test_a_verdict_that_is_worse_than_the_accepted_one_is_the_one_shown(paper):
    def worse(result):
        cost = [msgspec.structs.replace(c, verdict="contradicted") if c.id == "cost" else c for c in result.claims]
        return msgspec.structs.replace(result, claims=cost)

    fine, publication = paper(slug="fine", readme="## Gaps\n\nNone.\n"), paper(worse)
    assert publication.accepted.claims["cost"].verdict == "reproduced"
    assert "contradicted</span>" in row_of(publication, "cost")
    assert "reproduced</span>" in row_of(fine, "cost")
    assert "contradicted" not in row_of(fine, "cost")
    assert publication.state == "needs attention"


def test_a_paper_is_verified_when_nothing_needs_attention(paper):
    def passing(result):
        return msgspec.structs.replace(result, outcomes=[o for o in result.outcomes if o.status == "passed"])

    publication = paper(passing, accept=False)
    ledger.accept(publication.entry.root, publication.result, "all of it")
    again = gather(publication.entry, publication.entry.root.parent, Tree([publication.entry]))
    assert (again.state, again.attention) == ("verified", [])


def test_a_header_or_result_that_cannot_be_read_is_said_on_the_page(paper, tmp_path):
    publication = paper(header='"""Something else."""\n')
    assert publication.title == "specimen"
    assert "A file cannot be read" in page_of(publication)
    assert "expected a header" in page_of(publication)
    (tmp_path / "results" / "specimen.json").write_text("{", encoding="utf-8")
    again = gather(publication.entry, tmp_path, Tree([publication.entry]))
    assert again.state == "not verified here"
    assert "expected a result file" in page_of(again)


def test_home_and_findings_collect_over_papers(paper):
    made = pages([paper()])
    assert '<a href="papers/specimen/index.html">Shrinkage in Wide Layers</a>' in made["index.md"]
    assert "1/3" in made["index.md"]
    assert '<a href="#specimen-mean-or-sum">Mean or sum</a>' in made["findings.md"]
    assert "papers/specimen/index.html#claim-wavelength" in made["findings.md"]
    assert "cost" not in made["findings.md"]


def planted(publication, **changes):
    """A report of faults as ``ectype faults`` could have written it."""
    entry = publication.entry
    common = {"module": f"{entry.module}.shrink", "file": "/elsewhere/shrink.py", "line": 7, "text": "", "met": 4}
    diff = "-    return 1 - a\n+    return 1 + a | ```"
    faults = [
        Planted(
            id="shrink.shrink/number/a1", operator="number", state="killed", by="claim/cost", how="verdict", **common
        ),
        Planted(id="shrink.shrink/arithmetic/b2", operator="arithmetic", state="survived", diff=diff, **common),
        Planted(
            id="shrink.shrink/sequence/c3",
            operator="sequence",
            state="equivalent",
            why="the order of *sums*",
            diff=diff,
            **common,
        ),
    ]
    checks = [
        Tried(id="claim/cost", met=3, tried=2, kills=1, seconds=0.01),
        Tried(id="component/shrink/vain", met=3, tried=2, kills=0, seconds=0.01),
        Tried(id="component/grow/vain", met=3, tried=1, kills=0, seconds=0.01),
    ]
    made = Report(
        schema=report.SCHEMA,
        slug=entry.slug,
        distribution=entry.distribution,
        version=entry.version,
        started="2026-01-02T03:04:05+00:00",
        seconds=61.5,
        partial=False,
        modules=publication.result.modules,
        examined=[f"{entry.module}.shrink"],
        faults=faults,
        checks=checks,
    )
    return msgspec.structs.replace(made, **changes)


def test_faults_are_shown_with_survivors_reasons_and_what_the_checks_caught(paper, tmp_path):
    publication = paper()
    report.write(tmp_path, planted(publication))
    made = pages([gather(publication.entry, tmp_path, Tree([publication.entry]))])
    found = made["papers/specimen/index.md"]
    leads = '<a href="papers/specimen/index.html#faults" title="1 of 2 faults caught"><span class="held held--part">'
    assert f'{leads}<span aria-hidden="true">◐</span>50.0&#37;</span></a>' in made["index.md"]
    for said in (
        "{ #faults }",
        "50.0&#37; are caught&#58; 1 of 2. Survivors&#58; 1. Accepted as equivalent&#58; 1. Planted 2026-01-02 03&#58;04 UTC, in 62 s.",
        '<a href="code/shrink.html#L1"><code>shrink</code></a></th><td class="number">1</td>',
        "### 1 survivor { #survivors }",
        '<a href="code/shrink.html#L7"><code>shrink.py&#58;7</code></a> · arithmetic · 4 checks may notice it',
        "````{ .diff }\n-    return 1 - a\n+    return 1 + a | ```\n````",
        "the order of &#42;sums&#42;",
        '<th scope="row"><code>claim/cost</code></th><td class="number">3</td><td class="number">2</td>',
        '<th scope="row">vain of shrink, grow</th><td class="number">1 to 2</td>',
    ):
        assert said in found, said
    assert "/elsewhere" not in found
    assert "Stale" not in found[found.index("{ #faults }") :]


def test_faults_that_were_never_planted_or_are_stale_say_so(paper, tmp_path):
    publication = paper()
    made = pages([publication])
    assert "not run here" in made["papers/specimen/index.md"]
    assert "ectype faults specimen" in made["papers/specimen/index.md"]
    report.write(tmp_path, planted(publication, modules={"ectype_specimen.shrink": "0"}))
    made = pages([gather(publication.entry, tmp_path, Tree([publication.entry]))])
    assert "ectype&#95;specimen.shrink changed since" in made["papers/specimen/index.md"]
    assert 'title="1 of 2 faults caught; stale&#58; ectype&#95;specimen.shrink changed' in made["index.md"]
    assert '<span class="held held--quiet"><span aria-hidden="true">↻</span>50.0&#37;</span>' in made["index.md"]
    report.file(tmp_path, "specimen").write_bytes(b"{")
    again = gather(publication.entry, tmp_path, Tree([publication.entry]))
    assert "expected a report of faults" in page_of(again)
    assert "not run here" in page_of(again)


def test_without_papers_there_is_a_site_that_says_so():
    made = pages([])
    assert not [name for name in made if name.startswith("papers/")]
    assert "No paper is installed here." in made["index.md"]
    assert "Nothing was measured here yet." in made["findings.md"]


def test_all_bad_formulas_of_all_papers_are_named_at_once(paper):
    one = paper(readme="## A\n\n$\\one$ and\n$\\two$\n", slug="one")
    two = paper(readme="## A\n\n$\\three$\n", slug="two")
    with pytest.raises(InvalidError) as caught:
        pages([one, two])
    assert [(Path(p.file).parent.name, p.line) for p in caught.value.problems] == [("one", 3), ("one", 4), ("two", 3)]


# Files.


def test_unchanged_pages_are_not_written_and_pages_of_papers_that_are_gone_are_removed(tmp_path):
    made = {"index.md": page("A", ["a"]), "papers/x/index.md": page("A", ["b"]), "papers/y/code/z.md": page("A", ["c"])}
    assert write_tree(tmp_path, made).changed == tuple(sorted(made))
    before = (tmp_path / "index.md").stat().st_mtime_ns
    again = write_tree(tmp_path, {"index.md": made["index.md"], "papers/x/index.md": page("A", ["new"])})
    assert again.changed == ("papers/x/index.md",)
    assert again.unchanged == ("index.md",)
    assert again.removed == ("papers/y/code/z.md",)
    assert (tmp_path / "index.md").stat().st_mtime_ns == before
    assert not (tmp_path / "papers/y").exists()


def test_pages_written_by_hand_are_left_alone_and_never_overwritten(tmp_path):
    (tmp_path / "guide.md").write_text("by hand", encoding="utf-8")
    write_tree(tmp_path, {"index.md": page("A", ["a"])})
    assert (tmp_path / "guide.md").read_text(encoding="utf-8") == "by hand"
    with pytest.raises(UsageError, match=r"guide\.md in .* must be free"):
        write_tree(tmp_path, {"guide.md": page("A", ["a"])})
    assert page("A", ["a"]).splitlines()[1] == GENERATED


def test_the_pages_of_installed_papers_are_written_without_torch_or_any_paper(tmp_path):
    names = [entry.module for entry in discover()]
    script = (
        "import sys; from pathlib import Path; from ectype.site.command import write; "
        f"write(Path(sys.argv[1]), results=Path(sys.argv[1])); print([n for n in {['torch', *names]} if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.strip() == "[]", done.stderr
    written = {path.parent.name for path in tmp_path.glob("papers/*/index.md")}
    registered = {point.name for point in importlib.metadata.entry_points(group="ectype.papers")}
    assert written == registered


def test_writing_twice_changes_nothing(paper, tmp_path):
    publication = paper()
    first = write_tree(tmp_path / "docs", pages([publication]))
    again = gather(publication.entry, tmp_path, Tree([publication.entry]))
    second = write_tree(tmp_path / "docs", pages([again]))
    assert (second.changed, second.unchanged) == ((), first.changed)
    assert {"index.md", "findings.json", "findings.xml", "papers.bib", "papers/specimen/api.md"} <= set(first.changed)
