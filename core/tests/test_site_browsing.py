"""Sorting, filtering, addresses, keyboard and accessibility of the lists, in a real browser, from the file system and served.

What a script does a moment later is awaited from outside: the content policy refuses conditions that the page evaluates.
"""

import re

import pytest

pytest_plugins = ["browsing"]
pytestmark = pytest.mark.timeout(300)

expect = pytest.importorskip("playwright.sync_api", reason="needs playwright").expect
LISTS = ["index.html", "findings.html", "claims.html", "equations.html", "components.html", "changelog.html"]
PAGES = [*LISTS, "lineage.html", "fleet.html", "cite.html", "api.html", "checks.html", "answering.html"]
PAPERS = [f"papers/{slug}/index.html" for slug in ("specimen", "trained", "broken", "unseen")]


def shown(page):
    """Return the first cells of the rows that are shown, in their order."""
    return [row.split("\n")[0] for row in page.locator("tr[data-item]:visible > th").all_inner_texts()]


def control(page, name):
    return page.locator(f".controls [name={name}]")


def query(page):
    return page.evaluate("location.search")


def test_rows_are_sorted_by_a_heading_and_what_is_not_there_comes_last(visit):
    page = visit("index.html")
    before = shown(page)
    findings = page.locator("th[data-sort=findings] button")
    findings.click()
    assert page.locator("th[data-sort=findings]").get_attribute("aria-sort") == "descending"
    counts = [cell.strip() for cell in page.locator("tr[data-item] td[data-label=Findings]").all_inner_texts()]
    assert counts == sorted(counts, key=lambda text: -int(text) if text.isdigit() else 1)
    assert query(page) == "?sort=-findings"
    findings.click()
    assert page.locator("th[data-sort=findings]").get_attribute("aria-sort") == "ascending"
    findings.click()
    assert shown(page) == before
    assert query(page) == ""
    page.locator("th[data-sort=cost] button").click()
    costs = [cell.strip() for cell in page.locator("tr[data-item] td[data-label=Cost]").all_inner_texts()]
    there = [cost for cost in costs if cost != "–"]
    assert there
    assert costs == [*there, *["–"] * (len(costs) - len(there))]


def test_rows_are_filtered_by_state_and_text_and_the_address_keeps_it(visit):
    page = visit("index.html")
    every = shown(page)
    control(page, "state").select_option("not-verified-here")
    assert 0 < len(shown(page)) < len(every)
    assert page.locator(".controls output").inner_text() == f"{len(shown(page))} of {len(every)} papers"
    control(page, "text").fill("angstrom SHRINKAGE")  # accents and case do not matter
    assert shown(page) == ["Shrinkage in Wide Layers"]
    kept = page.evaluate("location.href")
    assert query(page) == "?text=angstrom+SHRINKAGE&state=not-verified-here"
    again = visit("index.html" + kept.partition("index.html")[2])
    assert shown(again) == ["Shrinkage in Wide Layers"]
    assert control(again, "state").input_value() == "not-verified-here"
    again.locator(".controls button[type=reset]").click()
    expect(again).to_have_url(re.compile(r"index\.html$"))
    assert shown(again) == every


@pytest.mark.parametrize("name", ["kind", "mark", "verdict", "state"])
def test_every_option_of_the_matrix_finds_the_rows_that_have_its_word(visit, name):
    page = visit("index.html")
    if control(page, name).count() == 0:
        pytest.skip(f"all papers of this site have the same {name}")
    words = page.eval_on_selector_all(
        "tr[data-item]", f"rows => rows.map(row => (row.dataset.{name} ?? '').split(' '))"
    )
    for value in control(page, name).locator("option").evaluate_all("options => options.map(o => o.value)"):
        control(page, name).select_option(value)
        assert len(shown(page)) == sum(not value or value in found for found in words), value


def test_an_address_that_asks_for_what_is_not_there_shows_everything(visit):
    page = visit("index.html?state=gone&sort=gone&text=")
    assert len(shown(page)) == page.locator("tr[data-item]").count()


def test_findings_are_filtered_with_their_texts_and_a_link_to_one_that_is_hidden_shows_it(visit):
    page = visit("findings.html")
    articles = page.locator("article.finding")
    every = articles.count()
    assert every >= 2
    control(page, "paper").select_option("specimen")
    expect(page.locator("article.finding:visible")).to_have_count(1)
    page.goto(page.evaluate("location.origin + location.pathname") + "?paper=specimen#trained-mean-or-sum")
    expect(page.locator("#trained-mean-or-sum")).to_be_visible()
    expect(page.locator("article.finding:visible")).to_have_count(every)


def test_the_lists_are_used_with_the_keyboard(visit):
    page = visit("index.html")
    control(page, "text").focus()
    page.keyboard.type("shrinkage")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") in ("kind", "mark")
    page.locator("th[data-sort=paper] button").focus()
    page.keyboard.press("Enter")
    assert page.locator("th[data-sort=paper]").get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Space")
    assert page.locator("th[data-sort=paper]").get_attribute("aria-sort") == "descending"


@pytest.mark.parametrize("name", LISTS)
def test_without_a_script_everything_is_there_and_nothing_does_nothing(site, browser, name):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / name).as_uri())
    assert page.locator("tr[data-item]").count() > 0
    assert page.locator("tr[data-item]").count() == page.locator("tr[data-item]:visible").count()
    assert not page.locator("form.controls").is_visible()
    assert page.locator("thead button").count() == 0
    context.close()


def test_marks_and_verdicts_are_told_apart_without_colour(visit):
    page = visit("index.html", forced_colors="active")
    tones = {}
    for element in page.locator(".matrix .held").all():
        tone = element.get_attribute("class").partition("held--")[2]
        tones.setdefault(tone, set()).add(element.locator("span").first.inner_text())
    signs = [sign for found in tones.values() for sign in found]
    assert len(signs) == len(set(signs)) > 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [*PAGES, *PAPERS, "papers/specimen/api.html"])
def test_axe_finds_nothing_serious(site, browser, name, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    context = browser.new_context(viewport={"width": 1400, "height": 900}, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto((site / name).as_uri())
    page.wait_for_timeout(200)
    found = axe.run(page, context="[data-md-component=container]", options={"preload": False}).response["violations"]
    context.close()
    wrong = {
        one["id"]: [node["html"][:160] for node in one["nodes"][:3]]
        for one in found
        if one["impact"] in ("serious", "critical")
    }
    assert wrong == {}


def test_the_content_policy_stops_a_script_inside_a_page_and_a_file_of_another_host(site, browser):
    page = browser.new_context().new_page()
    stopped = []
    page.on("console", lambda message: stopped.append(message.text))
    page.goto((site / "index.html").as_uri())
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.hacked = 1'; document.body.append(s);"
        " const i = new Image(); i.src = 'http://127.0.0.1:9/x.png'; document.body.append(i); }"
    )
    while sum("Content Security Policy" in text for text in stopped) < 2:  # the limit of the test ends it
        page.wait_for_timeout(50)
    page.context.close()


def test_every_page_has_the_content_policy_before_anything_else(site):
    for path in site.rglob("*.html"):
        head = path.read_text(encoding="utf-8").partition("<head>")[2].lstrip()
        assert head.startswith('<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'), path
        assert "<script>" not in head, path
