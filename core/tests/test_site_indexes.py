"""Indexes over all papers, the lineage, the fleet page, the changelog, how to cite; links, search and generated files."""

import re

import msgspec
import pytest
import specimen
import trained_specimen
from ectype import ledger, results
from ectype.errors import InvalidError, UsageError
from ectype.freshness import Tree
from ectype.header import Header, NotCovered
from ectype.site.changelog import changelog
from ectype.site.cite import bibliography, cite, entry
from ectype.site.command import pages
from ectype.site.fleet import fleet
from ectype.site.indexes import claims, components, equations
from ectype.site.layers import layers
from ectype.site.lineage import lineage, parents
from ectype.site.links import unresolved
from ectype.site.markup import page
from ectype.site.publication import gather
from ectype.site.search import lean
from ectype.site.tree import write


@pytest.fixture
def paper(tmp_path, monkeypatch):
    def make(slug="specimen", requires=(), change=lambda result: result):
        readme = specimen.README.replace("ectype_specimen", f"ectype_{slug}")
        made = specimen.write(tmp_path, slug=slug, readme=readme)
        [metadata] = made.package.parent.glob("*.dist-info/METADATA")
        with metadata.open("a", encoding="utf-8") as file:
            file.writelines(f"Requires-Dist: {name}\n" for name in requires)
        monkeypatch.syspath_prepend(str(made.package.parent))
        found = specimen.result(made)
        results.write(tmp_path, change(found))
        ledger.accept(made.root, found, "looked at")
        return gather(made, tmp_path, Tree([made]))

    return make


# Indexes.


def test_every_claim_equation_and_component_is_listed_with_a_link_that_resolves(paper):
    publication = paper()
    made = pages([publication])
    for name, records in {
        "claims": publication.result.claims,
        "equations": publication.result.equations,
        "components": publication.result.components,
    }.items():
        assert made[f"{name}.md"].count('data-item="counted"') == len(records)
        assert "papers/specimen/index.html#" in made[f"{name}.md"]
    assert unresolved(made) == []


def test_the_indexes_say_what_was_measured(paper):
    publication = paper()
    listed = claims([publication])
    for said in ('data-verdict="reproduced-only-under-a-reading"', "code&#58; 65.01", 'data-key="34"', "34.0 &#37;"):
        assert said in listed, said
    formulas = equations([publication])
    assert formulas.index("Eq. 1</a>") < formulas.index("Eq. 2</a>")
    assert 'data-check="unchecked"' in formulas
    assert 'data-key="2.3e-16"' in formulas
    assert "<code>from ectype&#95;specimen.shrink import grow</code>" in components([publication])


def test_an_index_without_papers_says_so():
    for index in (claims, equations, components, fleet):
        assert "Nothing was measured here yet." in index([])


# Lineage.


def test_what_a_paper_builds_on_is_read_from_its_metadata(paper):
    extra = 'ectype-other; extra == "references"'
    papers = [paper("base"), paper("next", ["ectype-base>=0.1", "numpy"]), paper("other"), paper("alone", [extra])]
    found = parents([one.entry for one in papers])
    assert found == {"base": [], "next": ["base"], "other": [], "alone": []}
    made = lineage(papers, found)
    assert made.count('class="lineage__box"') == 2
    assert made.count('class="lineage__edge"') == 1
    assert "runs 2 of 2" in made
    assert "2 more papers of 4" in made
    assert re.search(r"<title>Shrinkage in Wide Layers&#58; runs 2 of 2, .*?</title>", made)


def test_without_lineage_nothing_is_drawn(paper):
    one = paper()
    assert "No paper here builds on another one." in lineage([one], {"specimen": []})


def test_layers_put_everything_behind_what_it_rests_on():
    rests_on = {"a": [], "b": ["a"], "c": ["a", "b"], "d": [], "e": ["d", "c"]}
    columns = layers(rests_on)
    place = {name: number for number, column in enumerate(columns) for name in column}
    assert sorted(place) == sorted(rests_on)
    assert all(place[below] < place[name] for name, many in rests_on.items() for below in many)
    assert place == {"a": 0, "d": 0, "b": 1, "c": 2, "e": 3}


def test_layers_of_a_circle_are_one():
    assert layers({"b": ["a"], "a": ["b"]}) == [["a", "b"]]


def test_layers_are_ordered_so_that_lines_do_not_cross():
    columns = layers({"a": [], "b": [], "y": ["a"], "x": ["b"]})
    assert [sorted(column) for column in columns] == [["a", "b"], ["x", "y"]]
    assert ["ab".index(name) for name in columns[0]] == ["yx".index(name) for name in columns[1]]


# Fleet, changelog, how to cite.


def test_the_fleet_page_has_what_is_skipped_wide_slow_and_old(tmp_path, monkeypatch):
    made = trained_specimen.write(tmp_path)
    monkeypatch.syspath_prepend(str(made.package.parent))
    page = fleet([gather(made, tmp_path, Tree([made]))])
    skipped, margins, slow, old = page.split("\n## ")[1:]
    assert re.search(r"\| .*Shrinkage.* \| 1 \| 1 \| 1 \| .* \| 11 \|", skipped)
    assert margins.index("the quotient") < margins.index("the slope")
    assert "7.69 &#37;" in margins  # 0.1 of 1.3
    assert slow.index("the not-yet") < slow.index("the quotient") < slow.index("the energy") or "the quotient" in slow
    assert old.index("verification") < old.index("2026-03-04")


def test_the_changelog_has_every_acceptance_with_date_and_reason(paper):
    publication = paper()
    changed = msgspec.structs.replace(publication.result, expected_failures={"component/shrink/export": "*why*"})
    ledger.accept(publication.entry.root, changed, "a <reason>")
    accepted = ledger.read(publication.entry.root)
    object.__setattr__(publication, "accepted", accepted)
    made = changelog([publication])
    assert made.count('data-item="counted"') == 2
    assert made.index("a &#60;reason&#62;") < made.index("looked at")
    assert accepted.history[0].date in made
    assert "&#42;why&#42;" in made
    assert "Nothing was accepted yet." in changelog([])


def test_how_to_cite_is_read_from_the_citation_file(tmp_path):
    (tmp_path / "CITATION.cff").write_text(
        'message: "Cite *this*."\ntitle: "T & co"\nauthors:\n  - name: "The {A} authors"\n'
        "  - family-names: Doe\n    given-names: Jo\nversion: 0.1\ndate-released: 2026-11-23\n",
        encoding="utf-8",
    )
    made = cite(tmp_path)
    assert "Cite &#42;this&#42;." in made
    for line in (r"title   = {{T \& co}}", "author  = {{The A authors} and Doe, Jo}", "year    = {2026}"):
        assert line in made, line
    assert "@software" not in cite(tmp_path / "nowhere")


def test_every_paper_has_a_bibtex_entry(paper):
    made = bibliography([paper(), paper("other")])
    assert made.startswith("% Written by `ectype site`")
    assert re.findall(r"@misc\{([\w-]+),", made) == ["specimen", "other"]
    assert "author = {Łucja Ångström and Bo de Vries and C. D. Third}" in made


@pytest.mark.parametrize(
    ("paper", "year", "eprint"),
    [
        ("https://arxiv.org/abs/1706.03762v7", "2017", "1706.03762"),
        ("https://arxiv.org/abs/cs/9901002", "1999", "cs/9901002"),
        ("https://example.org/x", "", ""),
    ],
)
def test_the_year_of_a_paper_on_arxiv_is_in_its_number(paper, year, eprint):
    header = Header(
        title="100 % of }_x",
        authors=("A B",),
        paper=paper,
        official_code=None,
        covers=(NotCovered("x", "Eq. 1", "y"),),
        departures=(),
    )
    made = entry("x", header)
    assert r"{{100 \% of \_x}}" in made
    assert (f"{{{year}}}" in made) == bool(year)
    assert (f"= {{{eprint}}}" in made) == bool(eprint)


# Links, search, files.


def test_a_link_in_html_that_does_not_resolve_is_found():
    made = {
        "a.md": page(
            "A", ['<a href="b.html#there">x</a><a href="#top">x</a><a href="b.html">x</a><a href="x.json">x</a>']
        ),
        "b.md": page("B", ['<span id="there"></span>']),
    }
    assert unresolved(made) == []
    wrong = {**made, "c/d.md": page("D", ['<a href="../b.html#nowhere">x</a><a href="../e.html">x</a>'])}
    assert [(p.file, p.received) for p in unresolved(wrong)] == [
        ("c/d.md", "'../b.html#nowhere'"),
        ("c/d.md", "'../e.html'"),
    ]


def test_a_page_with_a_link_that_leads_nowhere_is_not_written(paper, monkeypatch):
    monkeypatch.setattr(
        "ectype.site.command.fleet", lambda _: page("Fleet", ['<a href="papers/gone/index.html">x</a>'])
    )
    with pytest.raises(InvalidError, match="gone"):
        pages([paper()])


def test_the_search_passes_over_what_is_folded_or_code():
    made = lean('<p>a</p><details class="more"><table class="digests"><pre class="x"><table class="claims">')
    assert made.count('data-search-exclude=""') == 3
    assert '<table class="claims">' in made
    assert lean(made) == made


def test_generated_files_of_every_kind_are_removed_and_others_are_not(tmp_path, paper):
    made = pages([paper()])
    write(tmp_path / "docs", made)
    (tmp_path / "docs" / "own.json").write_text("{}", encoding="utf-8")
    done = write(tmp_path / "docs", {"index.md": made["index.md"]})
    assert {"findings.json", "findings.xml", "papers.bib", "claims.md"} <= set(done.removed)
    assert (tmp_path / "docs" / "own.json").exists()
    with pytest.raises(UsageError, match=r"own\.json"):
        write(tmp_path / "docs", {"own.json": made["findings.json"]})
