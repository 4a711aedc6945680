"""The built site: strict build, every link, and a real browser, from the file system and served."""

import functools
import http.server
import json
import shutil
import subprocess
import sys
import threading
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec
import pytest
import specimen
import trained_specimen
from ectype import ledger, results
from ectype.freshness import Tree
from ectype.header import Covered, Departure, Header, NotCovered
from ectype.header import render as render_header
from ectype.site.command import pages
from ectype.site.publication import gather
from ectype.site.tree import write

ROOT = Path(__file__).parents[2]
GENERATED = ("papers", "index.md", "findings.md")
EVIL = (
    "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'> | `x` [x](javascript:window.hacked=1) "
    '{{ 7*7 }} $a$ &lt;b&gt; ![i](http://evil.invalid/i.png) **b** _c_ \\ {onclick="window.hacked=1"} </title></code>'
)
TEXTS = {
    "summary",
    "detail",
    "text",
    "source",
    "unit",
    "because",
    "missing",
    "margin",
    "data",
    "place",
    "kind",
    "platform",
}

pytestmark = pytest.mark.timeout(180)


def hostile(value, key=""):
    """Return plain values with markup before every text that a package chooses."""
    if isinstance(value, dict):
        names = key == "measured"
        return {(EVIL + k if names else k): hostile(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [hostile(item) for item in value]
    chosen = key in TEXTS or (key in ("name", "follow", "reading") and value in ("paper", "code"))
    if not isinstance(value, str) or not chosen or value in ("exact", "not attempted", "empirical", "order"):
        return value
    return f"{EVIL}\n\n# heading\n\n- item {value}"


def hostile_entry(folder):
    header = Header(
        title=EVIL,
        authors=(EVIL.replace(",", ""), "B"),
        paper='https://example.org/"><script>window.hacked=1</script>',
        official_code="https://example.org/)](javascript:window.hacked=1)",
        covers=(Covered(f"x {EVIL}", "Eq. 1"), NotCovered(f"x {EVIL.replace('(', '[')}", "Eq. 2", EVIL)),
        departures=(Departure("D1", f"x {EVIL.replace('(', '[')}", "Eq. 2", EVIL, ("scale-row-a",)),),
    )
    code = specimen.CODE.replace("the factor in front", f"</script></code></pre>``` {EVIL}")
    readme = f"## Core\n\n{EVIL.replace('[x](', '[x] (').replace('$a$', '')} [x](javascript:window.hacked=1)\n\n{{: onclick=x }}\n"
    return specimen.write(folder, slug="hostile", header=f"{render_header(header)!r}\n", code=code, readme=readme)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build a site of five specimens, strictly, and return its folder."""
    pytest.importorskip("material", reason="mkdocs-material is not installed: `uv sync --all-packages`")
    folder = tmp_path_factory.mktemp("a sïte")
    entries = {"specimen": specimen.write(folder), "hostile": hostile_entry(folder)}
    for slug in ("unseen", "broken"):
        readme = specimen.README.replace("ectype_specimen", f"ectype_{slug}")
        entries[slug] = specimen.write(folder, slug=slug, readme=readme)
    with pytest.MonkeyPatch.context() as patch:
        for entry in entries.values():
            patch.syspath_prepend(str(entry.package.parent))
        found = {slug: specimen.result(entry) for slug, entry in entries.items()}
        found["broken"] = msgspec.structs.replace(found["broken"], problem=EVIL, problem_detail=f"```\n{EVIL}")
        trained_specimen.record(entries["hostile"], curves=lambda *_: {EVIL: ([1, 2], [1.0, 2.0])})
        claims = [*found["hostile"].claims, *trained_specimen.claims()]
        found["hostile"] = msgspec.structs.replace(found["hostile"], claims=claims)
        found["hostile"] = msgspec.convert(hostile(msgspec.to_builtins(found["hostile"])), results.Result)
        ledger.accept(entries["specimen"].root, found["specimen"], "looked at")
        ledger.accept(entries["hostile"].root, found["hostile"], EVIL)
        for slug in ("specimen", "hostile", "broken"):
            results.write(folder, found[slug])
        entries["trained"] = trained_specimen.write(folder, slug="trained", curves=trained_specimen.spread)
        made = pages([gather(entry, folder, Tree(entries.values())) for entry in entries.values()])
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns(*GENERATED))
    shutil.copy(ROOT / "mkdocs.yml", folder)
    write(folder / "docs", made)
    done = build(folder)
    assert done.returncode == 0, done.stderr
    return folder / "site"


def build(folder):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


class Page(HTMLParser):
    """What of a page can point somewhere, be pointed at, or run."""

    def __init__(self, source):
        super().__init__()
        self.ids, self.links, self.loads, self.scripts, self.handlers, self.tags = set(), [], [], [], [], set()
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.add(tag)
        self.ids |= {found[name] for name in ("id", "name") if found.get(name)}
        self.handlers += [name for name in found if name.startswith("on")]
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        self.loads += [found[name] for name in ("src", "srcset", "data", "poster") if found.get(name)]
        if tag == "link" and found.get("rel") not in ("canonical", "prev", "next"):
            self.loads.append(found["href"])
        if tag == "script":
            self.scripts.append(found.get("src", ""))


@pytest.fixture(scope="module")
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
            there = parsed.get(target)
            if parts.scheme or there is None or (parts.fragment and unquote(parts.fragment) not in there.ids):
                wrong.append((path.relative_to(site).as_posix(), href))
    assert wrong == []
    assert sum("#L" in href for page in parsed.values() for href in page.links) > 10


def test_nothing_is_loaded_from_another_host(parsed):
    assert [load for page in parsed.values() for load in page.loads if urlsplit(load).scheme not in ("", "data")] == []


def test_texts_of_packages_add_no_markup(site, parsed):
    ours = parsed[site / "papers/specimen/index.html"]
    for name in ("papers/hostile/index.html", "papers/hostile/code.html", "papers/broken/index.html", "index.html"):
        page = parsed[site / name]
        assert len(page.scripts) == len(ours.scripts), name
        assert page.handlers == ours.handlers == [], name
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


@pytest.fixture(scope="module")
def browser():
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: `uv sync --all-packages`")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("needs chromium: install the Debian package of that name")
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    with sync.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu", *quiet])
        yield started
        started.close()


@pytest.fixture(scope="module")
def server(site):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site)) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture(params=["file system", "served"])
def visit(request, site, browser):
    """Return a function that opens a page and keeps what went wrong: requests elsewhere or failed, console messages."""
    base = site.as_uri() if request.param == "file system" else request.getfixturevalue("server")
    wrong = []
    contexts = []

    def open_page(name, **options):
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda r: None if r.url.startswith((base, "data:", "about:")) else wrong.append(r.url))
        page.on("requestfailed", lambda r: wrong.append(f"failed {r.url}"))
        page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: wrong.append(str(e)))
        page.goto(f"{base}/{name}")
        page.wait_for_timeout(200)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.mark.parametrize(
    "name",
    ["index.html", "findings.html", "architecture.html"]
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
    ["index.html", "findings.html", "papers/specimen/index.html", "papers/trained/index.html", "adding-a-paper.html"],
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
    row = page.locator("tr", has=page.locator("#claim-cost"))
    command = row.get_by_text("ectype verify specimen --only claim/cost")
    assert not command.is_visible()
    row.locator("summary").click()
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
    row = page.locator("tr", has=page.locator("#claim-slope"))
    value = row.get_by_text("seed 3: 2.005")
    assert not value.is_visible()
    row.locator("summary", has_text="evidence").click()
    assert not value.is_visible()
    row.locator("summary", has_text="4 seeds of spring/hnn").click()
    assert value.is_visible()
