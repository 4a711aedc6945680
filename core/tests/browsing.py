"""The site of five specimens, built and shown in a real browser; a plugin of pytest, so that the built site is shared."""

import functools
import http.server
import shutil
import subprocess
import sys
import threading
from html.parser import HTMLParser
from pathlib import Path

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
GENERATED = (
    "papers",
    "index.md",
    "findings.md",
    "checks.md",
    *(ROOT / "docs/.gitignore").read_text().replace("/", "").split(),
)
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
    readme = f"## Core\n\n{EVIL.replace('[x](', '[x] (').replace('$a$', '').replace('{{ 7*7 }}', '')} [x](javascript:window.hacked=1)\n\n{{: onclick=x }}\n"
    return specimen.write(folder, slug="hostile", header=f"{render_header(header)!r}\n", code=code, readme=readme)


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
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
