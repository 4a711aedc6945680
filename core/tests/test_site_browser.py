"""The built site: strict build, every link, and a real browser, from the file system and served."""

import json
import shutil
from urllib.parse import unquote, urlsplit

import pytest
from browsing import ROOT, Page, build

pytest_plugins = ["browsing"]
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="session")
def parsed(site):
    return {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


def test_every_link_leads_to_a_page_and_a_place_on_it(site, parsed):
    wrong = []
    for path, page in parsed.items():
        if path.name == "404.html":  # its links begin at the root of a server
            continue
        for href in page.links:
            parts = urlsplit(href)
            if parts.scheme in ("http", "https"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.suffix != ".html" and target.is_file():
                continue
            there = parsed.get(target)
            if parts.scheme or there is None or (parts.fragment and unquote(parts.fragment) not in there.ids):
                wrong.append((path.relative_to(site).as_posix(), href))
    assert wrong == []
    assert sum("#L" in href for page in parsed.values() for href in page.links) > 10


def test_nothing_is_loaded_from_another_host(parsed):
    assert [load for page in parsed.values() for load in page.loads if urlsplit(load).scheme not in ("", "data")] == []


def test_texts_of_packages_add_no_markup(site, parsed):
    ours = parsed[site / "papers/specimen/index.html"]
    assert len(parsed) > 40
    for path, page in parsed.items():
        assert [script.lstrip("./") for script in page.scripts] == [script.lstrip("./") for script in ours.scripts], (
            path
        )
        assert page.handlers == [], path
    hostile_page = (site / "papers/hostile/index.html").read_text(encoding="utf-8")
    assert "<script>window" not in hostile_page
    assert "<img src=x" not in hostile_page
    assert "evil.invalid/i.png" in hostile_page
    assert not [href for page in parsed.values() for href in page.links if href.lower().startswith("javascript")]


def test_a_link_to_a_line_that_is_not_there_fails_the_build(site, tmp_path):
    shutil.copytree(site.parent / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    page = tmp_path / "docs/papers/specimen/index.md"
    text = page.read_text(encoding="utf-8")
    assert "#L15" in text
    page.write_text(text.replace("#L15", "#L999"), encoding="utf-8")
    done = build(tmp_path)
    assert done.returncode == 1
    assert "#L999" in done.stderr


def test_what_a_reader_searches_for_is_in_the_index_and_code_is_not(site):
    index = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))
    texts = {entry["location"]: entry["title"] + entry["text"] for entry in index["docs"]}
    assert any("Ångström" in text for text in texts.values())
    assert not [location for location in texts if "/code/" in location]
    assert not [text for text in texts.values() if "<script" in text or "<img" in text]


# In a browser.


@pytest.mark.parametrize(
    "name",
    ["index.html", "findings.html", "architecture.html", "claims.html", "equations.html", "components.html"]
    + ["lineage.html", "fleet.html", "changelog.html", "cite.html", "api.html", "papers/specimen/api.html"]
    + [f"papers/{slug}/index.html" for slug in ("specimen", "hostile", "unseen", "broken", "trained")]
    + ["papers/specimen/code.html", "papers/hostile/code/shrink.html"],
)
def test_a_page_loads_without_a_foreign_request_an_error_or_a_foreign_script(visit, name):
    page = visit(name)
    assert page.locator("h1").count() == 1
    assert page.evaluate("window.hacked") is None


def test_search_finds_a_paper_by_an_author(visit):
    page = visit("index.html")
    page.locator("[data-md-component=search-query]").press_sequentially("Ångström")
    page.locator(".md-search-result__item a").first.wait_for(timeout=15_000)
    found = page.locator(".md-search-result__item").all_text_contents()
    assert any("Shrinkage in Wide Layers" in text for text in found)
    assert page.evaluate("window.hacked") is None
    page.locator(".md-search-result__item a[href*='papers/specimen/index.html']").first.click()
    page.wait_for_url("**/papers/specimen/index.html**")


def test_dark_mode_can_be_chosen_and_is_followed(visit):
    page = visit("index.html", color_scheme="light")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.locator("label[title='Switch to dark mode']").click()
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"
    assert page.evaluate(colour) != light
    assert visit("index.html", color_scheme="dark").locator("body").get_attribute("data-md-color-scheme") == "slate"


@pytest.mark.parametrize(
    "name",
    ["index.html", "findings.html", "claims.html", "equations.html", "components.html", "lineage.html", "fleet.html"]
    + ["changelog.html", "cite.html", "api.html", "checks.html", "adding-a-paper.html", "answering.html"]
    + [f"papers/{name}.html" for name in ("specimen/index", "trained/index", "hostile/index", "specimen/api")],
)
def test_a_phone_scrolls_tables_and_not_the_page(visit, name):
    page = visit(name, viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_formulas_are_typeset_with_the_font_of_the_site(visit):
    page = visit("papers/specimen/index.html")
    assert page.locator("math").count() >= 5
    assert page.locator(".formula math").first.bounding_box()["height"] > 30
    page.evaluate("document.fonts.ready")
    assert page.evaluate("[...document.fonts].some(f => f.family.includes('STIX') && f.status == 'loaded')")


def test_a_link_into_the_code_shows_the_line(visit):
    page = visit("papers/specimen/index.html")
    page.locator("#equations ~ * a", has_text="shrink.py:15").first.click()
    page.wait_for_url("**/code/shrink.html#L15")
    line = page.locator("#L15")
    assert "the factor in front of the vector" in line.text_content()
    assert line.is_visible()


def test_evidence_of_a_claim_opens_with_its_command(visit):
    page = visit("papers/specimen/index.html")
    row = page.locator("#claim-cost + tr")
    command = row.get_by_text("ectype verify specimen --only claim/cost")
    assert not command.is_visible()
    row.locator("summary").first.click()
    assert command.is_visible()


CONTRAST = """
([selector, property]) => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const light = colour => {
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const page = light(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll(selector)].map(element => {
    const own = light(getComputedStyle(element)[property]);
    return (Math.max(own, page) + 0.05) / (Math.min(own, page) + 0.05);
  });
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_are_legible_on_both_backgrounds(visit, scheme):
    page = visit("papers/trained/index.html", color_scheme=scheme)
    lines = page.evaluate(CONTRAST, [".plot .line", "stroke"])
    texts = page.evaluate(CONTRAST, [".plot text", "fill"])
    assert len(lines) == 6
    assert min(lines) >= 3  # WCAG 1.4.11
    assert min(texts) >= 4.5  # WCAG 1.4.3
    series = [f"getComputedStyle(document.body).getPropertyValue('--series-{n}')" for n in range(1, 9)]
    assert len({page.evaluate(colour) for colour in series}) == 8


def test_figures_have_names_and_fit_a_phone(visit):
    page = visit("papers/trained/index.html", viewport={"width": 390, "height": 844})
    assert page.get_by_role("img", name="Learning curves: test loss").is_visible()
    widths = [page.locator(".plot").nth(n).bounding_box()["width"] for n in range(page.locator(".plot").count())]
    assert len(widths) == 3
    assert all(300 <= width <= 390 for width in widths)


def test_raw_values_of_seeds_open_on_request(visit):
    page = visit("papers/trained/index.html")
    row = page.locator("#claim-slope + tr")
    value = row.get_by_text("seed 3: 2.005")
    assert not value.is_visible()
    row.locator("details.evidence > summary").click()
    assert not value.is_visible()
    row.locator("summary", has_text="4 seeds of spring/hnn").click()
    assert value.is_visible()
