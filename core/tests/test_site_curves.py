"""Trained claims and learning curves on the page of a paper: numbers from evidence, figures as SVG, nothing typed."""

import re
from xml.etree import ElementTree

import msgspec
import pytest
import trained_specimen
from ectype.results import Mark
from ectype.site.command import pages
from ectype.site.figures import dots, lines
from ectype.site.figures.lines import Line, Point
from ectype.site.figures.scales import fitted
from ectype.site.figures.strip import strip
from ectype.site.trained import duration
from hypothesis import given
from hypothesis import strategies as st

EVIL = "</svg><script>x</script> & \"quoted\" 'x' \x00 \ufffe"
SVG = {"svg": "http://www.w3.org/2000/svg"}


def page_of(publication):
    return pages([publication])[f"papers/{publication.slug}/index.md"]


def section(page, name):
    return page.partition(f"{{ #{name} }}")[2].partition("\n## ")[0]


def row(page, claim):
    """Return the row of a claim and what it rests on."""
    lines = page.split("\n")
    [place] = [number for number, line in enumerate(lines) if line.startswith(f'<tr id="claim-{claim}">')]
    assert lines[place + 1].startswith('<tr class="below">')
    return "\n".join(lines[place : place + 2])


def svgs(text):
    """Return the figures in a text as parsed XML, which no stray character survives."""
    return [ElementTree.fromstring(found) for found in re.findall(r"<svg.*?</svg>", text)]


# Claims.


def test_a_trained_claim_shows_what_its_verdict_rests_on(tmp_path):
    found = row(page_of(trained_specimen.publication(tmp_path)), "slope")
    assert "typed by hand" not in found
    assert "<strong>2.0 ± 0.1</strong>" in found
    assert (
        '<strong>2.0012</strong> <span class="whole">&#91;1.9912, 2.0113&#93;</span>' in found
    )  # t(0.95, 3) = 2.3534, by hand
    for said in (
        "reproduced",
        "4 runs, 90 &#37; interval",
        "0.05&#58; the digits printed",
        "prediction interval",
        "fails, as it must",
        "attempted 8, completed 8 of 8",
        "cpu, 1 thread; last on 2026-03-04 05&#58;06 UTC; 10 min in all",
        "<code>ectype reproduce specimen slope</code>",
        "<code>ectype audit specimen slope</code>",
        "seed 3&#58; 2.005",
        "seed 3&#58; 0.51",
        "1 run, plus-minus over seeds",
    ):
        assert said in found, said


def test_each_reading_has_its_verdict_and_values(tmp_path):
    found = row(page_of(trained_specimen.publication(tmp_path)), "energy")
    assert "reproduced only" in found
    assert "<small>paper&#58; differs</small>" in found
    assert "<small>notebook&#58; reproduced</small>" in found
    assert len(svgs(found)) == 2


def test_a_quotient_is_taken_seed_by_seed(tmp_path):
    found = row(page_of(trained_specimen.publication(tmp_path)), "quotient")
    ours, below = (trained_specimen.VALUES[name] for name in ("spring/hnn", "spring/baseline"))
    for seed, value in enumerate(a / b for a, b in zip(ours, below, strict=True)):
        assert f"seed {seed}&#58; {value!r}" in found
    assert "divided by <code>spring/baseline</code> seed by seed" in found


def test_an_order_has_a_dot_plot_with_its_means(tmp_path):
    page = page_of(trained_specimen.publication(tmp_path))
    assert 'href="#order-hnn-before-baseline"' in row(page, "hnn-before-baseline")
    [figure] = re.findall(r'<figure class="figure"><span id="order-hnn-before-baseline">.*?</figure>', page)
    [picture] = svgs(figure)
    means = [trained_specimen.mean(trained_specimen.VALUES[name]) for name in ("spring/hnn", "spring/baseline")]
    assert picture.find("desc").text == f"Means of slope: hnn {means[0]:.4g}, baseline {means[1]:.4g}"
    assert len(picture.findall("circle")) == 2 * 4 + 2
    assert "holds" in figure


def test_a_claim_without_runs_says_what_they_cost(tmp_path):
    found = row(page_of(trained_specimen.publication(tmp_path)), "not-yet")
    assert "not run" in found
    unseen = row(page_of(trained_specimen.publication(tmp_path / "b", recorded=False)), "slope")
    assert "not run" in unseen
    assert "none yet; about 6 min on a core" in unseen
    assert "<code>spring/linear</code> must fail" in unseen
    assert "audit" not in unseen


def test_verdicts_and_marks_come_from_the_evidence_and_not_from_the_result(tmp_path):
    def typed(result):
        marks = [m if m.name != "reproduced" else Mark(name="reproduced", held=7, of=7) for m in result.marks]
        return msgspec.structs.replace(result, marks=marks)

    values = {**trained_specimen.VALUES, "spring/hnn": [3.0, 3.01, 3.02, 2.99]}
    paper = trained_specimen.publication(tmp_path, change=typed, values=values)
    verdicts = {claim.id: claim.verdict for claim in paper.result.claims}
    assert verdicts["slope"] == "differs"
    assert verdicts["quotient"] == "differs"
    found = next(mark for mark in paper.result.marks if mark.name == "reproduced")
    assert (found.held, found.of) == (0, 2)
    assert "7/7" not in pages([paper])["index.md"]
    assert "3 differs" in pages([paper])["index.md"]


def test_the_findings_page_shows_trained_numbers_and_links_only_to_what_is_there(tmp_path):
    values = {**trained_specimen.VALUES, "spring/hnn": [1.0, 1.01, 1.02, 0.99]}
    made = pages([trained_specimen.publication(tmp_path, values=values)])
    assert "reversed" in made["findings.md"]
    assert "hnn 1.005, baseline 1.505" in made["findings.md"]
    assert "#order-" not in made["findings.md"]
    assert 'href="#order-hnn-before-baseline"' in made["papers/specimen/index.md"]
    assert 'href="#order-not-yet"' not in made["papers/specimen/index.md"]


def test_a_failed_run_is_counted_and_is_no_number(tmp_path):
    found = row(page_of(trained_specimen.publication(tmp_path, failed=[("spring/hnn", 2)])), "slope")
    assert "1 run failed" in found
    assert "seed 2&#58; no number" in found
    assert "badge--bad" in found


def test_a_changed_module_makes_the_evidence_stale_by_name(tmp_path):
    entry = trained_specimen.write(tmp_path)
    code = entry.package / "shrink.py"
    code.write_text(code.read_text(encoding="utf-8").replace("1 - strength", "2 - strength"), encoding="utf-8")
    found = row(page_of(trained_specimen.gather(entry, tmp_path, trained_specimen.Tree([entry]))), "slope")
    assert "</span> stale</span>" in found
    assert "<dt>Fresh</dt><dd>no&#58; ectype&#95;specimen.shrink changed since</dd>" in found


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text.replace("2.005", "1.005", 1), "an edit by hand"),
        (lambda text: text[: len(text) // 2], "a file that was cut off"),
        (lambda text: text.replace('"schema":1', '"schema":9', 1), "schema 9"),
    ],
)
def test_evidence_that_was_changed_or_damaged_is_a_problem_on_the_page(tmp_path, damage, said):
    entry = trained_specimen.write(tmp_path)
    file = entry.root / "evidence" / "spring.json"
    file.write_text(damage(file.read_text(encoding="utf-8")), encoding="utf-8")
    paper = trained_specimen.gather(entry, tmp_path, trained_specimen.Tree([entry]))
    page = page_of(paper)
    assert any(said in problem for problem in paper.problems)
    assert "A file cannot be read, or was changed by hand" in page
    assert said in page
    assert "damaged evidence" in row(page, "slope")
    assert paper.state != "verified"


# Learning curves.


def test_curves_are_drawn_for_every_metric_that_has_two_points(tmp_path):
    page = page_of(trained_specimen.publication(tmp_path, curves=trained_specimen.spread))
    drawn = section(page, "curves")
    titles = [picture.find("title").text for picture in svgs(drawn) if picture.find("title") is not None]
    assert titles == ["Learning curves: test loss", "Learning curves: slope"]
    for name in ("hnn", "baseline", "linear"):
        assert f"<code>{name}</code> <small>4 seeds</small>" in drawn
    assert drawn.count("logarithmic scale") == 2
    assert "<script" not in drawn
    assert max(len(found) for found in re.findall(r"<svg.*?</svg>", drawn)) < 60_000


def test_the_published_value_is_a_line_where_the_metric_is_that_of_a_claim(tmp_path):
    drawn = section(page_of(trained_specimen.publication(tmp_path, curves=trained_specimen.spread)), "curves")
    loss, slope = (picture for picture in svgs(drawn) if picture.find("title") is not None)
    assert "published" not in loss.find("desc").text
    assert "published value 2.0" in slope.find("desc").text
    levels = [line for line in slope.findall("line") if line.get("class").startswith("level")]
    assert len(levels) == 2  # 2.0 of one claim, 2.00 of the other; the quotient is of another scale
    assert {text.text for text in slope.findall("text") if "plot__level" in text.get("class", "")} == {"2.0", "2.00"}


def test_a_value_that_is_not_finite_interrupts_line_and_band(tmp_path):
    drawn = section(page_of(trained_specimen.publication(tmp_path, curves=trained_specimen.spread)), "curves")
    loss = next(picture for picture in svgs(drawn) if picture.find("title") is not None)
    paths = [path.get("d") for path in loss.findall("path") if path.get("class").startswith("line")]
    assert [path.count("M") for path in paths] == [1, 1, 2]


def test_without_curves_there_is_no_section(tmp_path):
    page = page_of(trained_specimen.publication(tmp_path, curves=lambda *_: {}))
    assert "Learning curves" not in page
    assert "<figure" in page  # the order is still drawn


def test_mean_and_band_over_seeds_with_runs_of_different_steps():
    whole, sparse, short = ([0, 10, 20], [1.0, 2.0, 3.0]), ([0, 20], [3.0, 5.0]), ([0, 10], [2.0, 2.0])
    assert lines.over_seeds([whole, sparse, short]) == [
        Point(0, 2.0, 1.0, 3.0),
        Point(10, (2.0 + 4.0 + 2.0) / 3, 2.0, 4.0),
        Point(20, 4.0, 3.0, 5.0),
    ]
    assert lines.over_seeds([([0, 10, 20], [1.0, None, 3.0]), ([0, 20], [1.0, 3.0])]) == [
        Point(0, 1.0, 1.0, 1.0),
        None,
        Point(20, 3.0, 3.0, 3.0),
    ]
    assert lines.over_seeds([]) == []


# Figures.


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5), st.sampled_from([0.0, 0.05]))
def test_a_scale_shows_all_values_and_few_ticks(values, pad):
    scale = fitted(values, 10, 110, pad=pad)
    assert all(10 <= scale.at(value) <= 110 for value in values)
    ticks = scale.ticks()
    assert len(ticks) <= 7
    assert len({text for _, text in ticks}) == len(ticks)
    assert all(10 <= scale.at(value) <= 110 for value, _ in ticks)


def test_ticks_are_round_numbers():
    assert [text for _, text in fitted([0, 1], 0, 1, pad=0).ticks(5)] == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert [text for _, text in fitted([0, 6000], 0, 1, pad=0).ticks(3)] == ["0", "2,000", "4,000", "6,000"]
    assert [text for _, text in fitted([-1e-7, 1e-7], 0, 1, pad=0).ticks(2)] == ["−1×10⁻⁷", "0", "1×10⁻⁷"]
    assert [text for _, text in fitted([1e-3, 10], 0, 1, pad=0).ticks()] == ["0.001", "0.01", "0.1", "1", "10"]
    assert [text for _, text in fitted([1e-9, 1], 0, 1, pad=0).ticks(5)] == ["10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "10⁰"]


def test_a_logarithmic_scale_needs_positive_values_over_two_decades():
    assert fitted([0.01, 1.1], 0, 1).log
    assert not fitted([0.02, 1], 0, 1).log
    assert not fitted([0, 1e9], 0, 1).log
    assert not fitted([-1, 1e9], 0, 1).log


def test_texts_in_figures_are_escaped():
    point = Point(1, 1.0, 1.0, 1.0)
    made = [
        lines.figure(EVIL, [Line(0, [point, Point(2, 2.0, 1.0, 3.0)])], [lines.Level(0, 1.0, EVIL)], unit=EVIL),
        dots.figure(EVIL, EVIL, [dots.Row(EVIL, 9, [1.0, 2.0], 1.5, None)]),
        strip(1.0, 0.1, [], None, description=EVIL),
    ]
    for picture in made:
        assert "<script" not in picture
        assert "\n" not in picture
        parsed = ElementTree.fromstring(picture)
        assert parsed.get("role") == "img"
        assert "<script>" in parsed.find("title").text


def test_no_two_of_forty_series_share_colour_and_dashes():
    from ectype.site.figures import svg

    assert len({(svg.colour(index), svg.dash(index)) for index in range(40)}) == 40


def test_a_gap_stays_a_gap_where_points_are_left_out():
    points = [None if step == 501 else Point(step, 1.0, 1.0, 1.0) for step in range(5000)]
    drawn = ElementTree.fromstring(lines.figure("loss", [Line(0, points)]))
    [path] = [path.get("d") for path in drawn.findall("path") if path.get("class").startswith("line")]
    assert path.count("M") == 2
    assert path.count("L") < 900


def test_a_figure_of_many_variants_stays_small():
    points = [Point(step, 1.2345678, 1.0, 2.3456789) for step in range(200)]
    made = lines.figure("loss", [Line(index, points) for index in range(20)])
    assert len(made) < 60_000


@pytest.mark.parametrize(
    ("seconds", "said"), [(3.8, "3.8 s"), (42.2, "42 s"), (75, "1 min"), (3600, "1 h 0 min"), (5000, "1 h 23 min")]
)
def test_durations_are_said_in_the_units_they_have(seconds, said):
    assert duration(seconds) == said
