"""The page of a paper: what an analysis refers to, the layers that were measured, excerpts of code, and nothing that is not text."""

import html
import re
import shutil
from xml.etree import ElementTree

import msgspec
import pytest
import specimen
import trained_specimen
from ectype import results
from ectype.errors import InvalidError
from ectype.freshness import Tree
from ectype.results import ComponentRecord, Layer, LayersRecord
from ectype.site import anatomy
from ectype.site.figures import boxes
from ectype.site.highlight import excerpt
from ectype.site.markup import command, text
from ectype.site.page import paper_page
from ectype.site.prose import render
from ectype.site.publication import gather
from ectype.site.referring import refer
from ectype.site.tables import Row, pairs, table
from hypothesis import given
from hypothesis import strategies as st

EVIL = "</svg></td><script>x</script> & \"quoted\" 'x' **b** [x](javascript:x) {{claim:x}} \x00"


@pytest.fixture
def paper(tmp_path, monkeypatch):
    """Return a function that writes a specimen package and gathers what is known about it."""

    def make(change=None, **texts):
        shutil.rmtree(tmp_path / "specimen", ignore_errors=True)
        entry = specimen.write(tmp_path, **texts)
        monkeypatch.syspath_prepend(str(entry.package.parent))
        found = specimen.result(entry)
        results.write(tmp_path, change(found) if change else found)
        return gather(entry, tmp_path, Tree([entry]))

    return make


def visible(source):
    return html.unescape(re.sub(r"<[^>]*>", "", source))


# What the analysis refers to.


def analysis_of(said, paper, **given):
    publication = paper(readme=f"# Shrinkage\n\n## Core contribution\n\n{said}\n\n## Gaps\n\nNone.\n", **given)
    return paper_page(publication).partition("{ #analysis-core-contribution }")[2].partition("\n## ")[0]


def test_a_placeholder_shows_our_value_with_its_verdict_and_leads_to_the_claim(paper):
    found = analysis_of("It is {{claim:cost}}, printed as {{claim:cost:target}}; see {{finding:mean-or-sum}}.", paper)
    claim = next(c for c in paper().result.claims if c.id == "cost")
    assert found.count('<a href="#claim-cost"') == 2
    assert claim.target.printed in visible(found)
    assert "✓ reproduced" in visible(found)
    assert '<a href="#finding-mean-or-sum">Mean or sum</a>' in found
    assert "{{" not in found


def test_a_placeholder_names_a_reading(paper):
    claims = {claim.id: claim for claim in paper().result.claims}
    claim = next(claim for claim in claims.values() if claim.under)
    readings = [item.reading for item in claim.measured]
    shown = [visible(analysis_of(f"It is {{{{claim:{claim.id}:{name}}}}}.", paper)) for name in readings]
    assert len(set(shown)) == len(readings) > 1


@pytest.mark.parametrize(
    "said", ["{{claim:gone}}", "{{finding:gone}}", "{{claim:cost:gone}}", "{{x}}", "| a |\n| --- |\n| {{claim:gone}} |"]
)
def test_a_placeholder_that_refers_to_nothing_fails_with_its_line(paper, said):
    with pytest.raises(InvalidError, match=r"README.md:[57]: expected a placeholder that refers to .* received '?\{\{"):
        analysis_of(said, paper)


def test_a_number_that_was_measured_and_typed_fails_with_its_line(paper):
    def more(result):
        cost = next(claim for claim in result.claims if claim.id == "cost")
        item = msgspec.structs.replace(cost.measured[0], value=63.0456, derivations=[])
        claims = [msgspec.structs.replace(c, measured=[item]) if c is cost else c for c in result.claims]
        return msgspec.structs.replace(result, claims=claims)

    with pytest.raises(
        InvalidError, match=r"README.md:5: expected no measured value of claim cost; received 63.05\. .*{{claim:cost}}"
    ):
        analysis_of("It is 63.05 in the end.", paper, change=more)
    assert "63.06" in analysis_of("It is 63.06 in the end.", paper, change=more)


def test_where_nothing_was_measured_a_placeholder_says_so(tmp_path):
    entry = specimen.write(tmp_path, readme="## Core contribution\n\nIt is {{claim:cost}}.\n")
    assert "It is not measured here." in paper_page(gather(entry, tmp_path, Tree([entry])))


def test_a_trained_claim_is_said_with_its_interval(tmp_path):
    publication = trained_specimen.publication(tmp_path)
    assert visible(refer(publication, "claim:slope")).startswith("2.0012 [1.9912, 2.0113]")
    assert refer(publication, "claim:gone") == ""


def test_braces_in_code_and_formulas_stay():
    made = render("`{{claim:x}}` and $x_{{a}}$", file="f", shift=0, prefix="a", resolve=lambda _: "")
    assert "{{claim:x}}" in made
    assert "<math" in made


def test_a_figure_that_is_not_there_fails():
    with pytest.raises(InvalidError, match=r"f:1: expected a figure .* received an image 'gone.png'"):
        render("![x](gone.png)", file="f", shift=0, prefix="a", resolve=lambda _: "")


# Layers.


def layer(name, kind="torch.nn.modules.linear.Linear", parameters=16, calls=1, sizes=(2, 4)):
    size = [list(sizes)] if calls else []
    return Layer(name=name, kind=kind, parameters=parameters, inputs=size, outputs=size, multiply_adds=32, calls=calls)


STACK = LayersRecord(
    setting="stack(depth=3)",
    layers=[
        layer("", "ectype_specimen.stack.Stack", 64),
        layer("first"),
        layer("second"),
        layer("blocks", "torch.nn.modules.container.ModuleList", 48, calls=0),
        *(part for n in range(3) for part in (layer(f"blocks.{n}", "p.Block"), layer(f"blocks.{n}.inner"))),
        layer("idle", calls=0),
    ],
)


def component(id="stack", of="ectype_specimen.stack.Stack", layers=STACK):
    return ComponentRecord(id=id, kind="model", of=of, summary="", place="", settings=[], layers=layers)


def test_items_of_a_list_that_are_alike_are_one_and_others_are_not():
    [(_, root)] = anatomy.roots([component()])
    assert [(node.times, node.name, node.kind) for node in root.parts] == [
        (1, "first", "Linear"),
        (1, "second", "Linear"),
        (3, "blocks.0–2", "Block"),
        (1, "idle", "Linear"),
    ]
    other = msgspec.structs.replace(STACK.layers[-2], parameters=17)
    changed = msgspec.structs.replace(STACK, layers=[*STACK.layers[:-2], other, STACK.layers[-1]])
    assert [node.times for node in anatomy.tree(changed).parts] == [1, 1, 2, 1, 1]


def test_a_component_that_is_a_part_of_another_is_no_root():
    part = LayersRecord(setting="block()", layers=[layer("", "p.Block"), layer("inner")])
    single = LayersRecord(setting="norm()", layers=[layer("", "p.Norm")])
    every = [
        component(),
        component("block", "p.Block", part),
        component("norm", "p.Norm", single),
        component("f", "p.f", None),
    ]
    assert [found.id for found, _ in anatomy.roots(every)] == ["stack"]


def test_the_page_shows_the_modules_and_a_table_of_shapes_parameters_and_operations(paper):
    page = paper_page(
        paper(lambda result: msgspec.structs.replace(result, components=[*result.components, component()]))
    )
    found = page.partition("{ #layers }")[2].partition("\n## ")[0]
    [picture] = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", found)]
    assert picture.find("title").text == "Modules of Stack"
    assert "3 times blocks.0–2 (Block, giving 2 × 4)" in picture.find("desc").text
    assert "not called" in "".join(picture.itertext())
    assert "as stack(depth=3), on 2 × 4" in visible(found)
    rows = [
        visible(line.replace("</td>", " | ")) for line in found.split("\n") if line.startswith('<tr><th scope="row">')
    ]
    assert rows[3] == "3 × blocks.0–2Block | 2 × 4 | 2 × 4 | 3 × 16 | 3 × 32 | "
    assert len(rows) == 6


@given(st.recursive(st.just([]), lambda inner: st.lists(inner, max_size=4), max_leaves=150), st.text(max_size=30))
def test_any_tree_with_any_name_is_a_figure_that_stays_small(shape, name):
    def layers(parts, at):
        yield layer(at, f"p.{name}", sizes=(len(parts), len(at)))
        for number, part in enumerate(parts):
            yield from layers(part, f"{at}.a{number}".lstrip("."))

    root = anatomy.tree(LayersRecord(setting=name, layers=list(layers(shape, ""))))
    picture = ElementTree.fromstring(boxes.figure(EVIL + name, root))
    assert len(picture.findall("rect")) <= max(boxes.MOST, 1 + len(shape))
    assert {element.tag for element in picture.iter()} <= {"svg", "title", "desc", "rect", "text"}


# Code.

SOURCE = 'class A:\n    def f(self, x):\n        """Text\n        more."""\n\n        # Eq. 1: a < b & c\n        return "</code><script>" if x else x\n'


def test_an_excerpt_keeps_its_text_numbers_and_marks_without_the_shared_indentation():
    found = excerpt(SOURCE, 4, 7, {6})
    lines = re.findall(
        r'<span class="(line|line cited)"><span class="linenos" data-linenos="(\d) "></span>(.*)</span>', found
    )
    assert [(number, visible(body)) for _, number, body in lines] == [
        ("4", 'more."""'),
        ("5", ""),
        ("6", "# Eq. 1: a < b & c"),
        ("7", 'return "</code><script>" if x else x'),
    ]
    assert [number for name, number, _ in lines if name == "line cited"] == ["6"]
    assert "<script" not in found


@given(
    st.text(
        alphabet=st.characters(codec="utf-8", exclude_characters="\r\x0c\x0b\x1c\x1d\x1e\x85\u2028\u2029"), max_size=120
    ),
    st.integers(1, 9),
    st.integers(0, 9),
)
def test_an_excerpt_of_any_text_is_one_block_that_shows_it(source, first, more):
    found = excerpt(source, first, first + more, ())
    assert found.count("<pre>") == found.count("</pre>") == 1
    assert {tag.strip("/").split()[0] for tag in re.findall(r"<(/?[^>]*)>", found)} <= {"div", "pre", "code", "span"}
    chosen = source.split("\n")[first - 1 : first + more]
    assert "".join(visible(found).split()) == "".join("".join(chosen).split())


# Tables.


def test_a_table_has_a_name_scopes_and_rows_that_can_be_pointed_at():
    rows = [Row([text("a"), text("1")], "row-a", text("below")), Row([text("b"), text("2")])]
    found = ElementTree.fromstring(table(("What", "How many"), rows, caption="Counts", right=(1,)))
    assert found.attrib == {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Counts"}
    assert "".join(found.find("table/caption").itertext()) == "Counts"
    assert [head.get("scope") for head in found.iter("th")] == ["col", "col", "row", "row"]
    assert [row.get("id") for row in found.find("table/tbody")] == ["row-a", None, None]
    assert found.find("table/tbody/tr[2]/td").get("colspan") == "2"


@given(st.text(max_size=60))
def test_no_text_leaves_its_cell(value):
    try:
        whole = ElementTree.fromstring(table((text(value), "b"), [Row([text(value), command(value)])], caption=value))
    except ElementTree.ParseError as error:  # pragma: no cover
        raise AssertionError(value) from error
    tags = {element.tag for element in whole.iter()}
    assert tags == {"div", "table", "caption", "span", "thead", "tbody", "tr", "th", "td", "pre", "code"}
    assert pairs([("a", text(""))]) == ""


def test_a_claim_says_margin_control_seeds_and_age_in_a_line_and_the_commands_to_copy(tmp_path):
    page = paper_page(trained_specimen.publication(tmp_path))
    row, below = next(
        (a, b) for a, b in zip(page.split("\n"), page.split("\n")[1:], strict=False) if 'id="claim-slope"' in a
    )
    assert row.startswith('<tr id="claim-slope"><th scope="row">')
    gist = visible(re.findall(r"<summary>.*?</summary>", below)[0])
    assert (
        gist
        == "empirical · margin ± 0.05: the digits printed · 4 seeds · control fails, as it must · last run 2026-03-04 · fresh"
    )
    assert re.findall(r"<pre[^>]*><code>(.*?)</code>", below) == [
        "ectype reproduce specimen slope",
        "ectype audit specimen slope",
    ]


def test_the_page_goes_from_what_is_new_to_what_was_measured_to_the_code(paper):
    page = paper_page(paper())
    names = (
        "claims",
        "findings",
        "departures",
        "equations",
        "references",
        "conformance",
        "faults",
        "analysis",
        "again",
        "cite",
    )
    places = [page.index(f"{{ #{name} }}") for name in names]
    assert places == sorted(places)


def test_the_entry_to_cite_is_there(paper):
    found = paper_page(paper()).partition("{ #cite }")[2]
    assert "@misc{specimen," in found
    assert "Łucja Ångström and Bo de Vries and C. D. Third" in found
