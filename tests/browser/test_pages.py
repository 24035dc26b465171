"""Every page of the built book, in a real browser, from the disk, at two widths.

Needs the built book (`mer book ...`) and Chromium with Playwright; skipped without them, except
where the variable CI is "true": there, what is missing is a failure.
"""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "build" / "html"
WIDTHS = {"desk": (1280, 900), "phone": (390, 844)}
PAGES = sorted(str(p.relative_to(BOOK)) for p in BOOK.rglob("*.html") if "_static" not in p.parts)
OWN = ("file:", "data:", "blob:", "about:")


def missing(what):
    """Skip, or fail where nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {what}")
    pytest.skip(f"no {what}")


@pytest.fixture(scope="module")
def browser():
    if not PAGES:
        missing("built book in build/html (run: make book)")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("Playwright (a development dependency)")
    path = os.environ.get("MER_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(path).is_file():
        missing(f"Chromium at {path} (apt install chromium, or set MER_CHROMIUM)")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    flags += ["--disable-component-update", "--disable-sync", "--no-first-run"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=flags)
        yield opened
        opened.close()


@pytest.fixture(scope="module", params=WIDTHS)
def context(browser, request):
    width, height = WIDTHS[request.param]
    opened = browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=request.param == "phone",
    )
    yield opened
    opened.close()


def visit(context, page):
    """Open a page; return it with all that it complained about or asked others for."""
    tab, faults = context.new_page(), []
    tab.on("console", lambda m: faults.append(f"console: {m.text}") if m.type == "error" else None)
    tab.on("pageerror", lambda error: faults.append(f"error: {error}"))
    tab.on("requestfailed", lambda r: faults.append(f"failed: {r.url} {r.failure}"))
    tab.on(
        "request",
        lambda r: None if r.url.startswith(OWN) else faults.append(f"external: {r.url}"),
    )
    tab.goto((BOOK / page).as_uri(), wait_until="load")
    if tab.locator(".math").count():
        tab.wait_for_selector("mjx-container svg", state="attached", timeout=30_000)
    return tab, faults


@pytest.mark.parametrize("page", PAGES or ["index.html"])
def test_page_is_sound(context, page):
    tab, faults = visit(context, page)
    try:
        wide = tab.evaluate(
            "() => [document.scrollingElement.scrollWidth, document.documentElement.clientWidth]"
        )
        if wide[0] > wide[1]:
            faults.append(f"scrolls sideways: {wide[0]} px of content in {wide[1]} px")
        faults += tab.evaluate(
            "() => [...document.querySelectorAll('article img')].filter(i => !i.alt)"
            ".map(i => 'no alternative text: ' + i.src)"
        )
        faults += tab.evaluate(
            "() => [...document.images].filter(i => i.complete && !i.naturalWidth)"
            ".map(i => 'broken picture: ' + i.src)"
        )
    finally:
        tab.close()
    assert not faults, "\n".join(faults)


def test_the_harness_sees_faults(browser, tmp_path):
    """A page with every fault the other test looks for, or that test proves nothing."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    (tmp_path / "bad.html").write_text(
        "<meta charset=utf-8><div style='width:900px'>wide</div>"
        "<script src='https://example.invalid/x.js'></script><script>nothing.here()</script>"
    )
    tab, faults = visit(context, tmp_path / "bad.html")
    wide = tab.evaluate("() => document.scrollingElement.scrollWidth")
    context.close()
    assert wide > 390
    kinds = {fault.partition(":")[0] for fault in faults}
    assert {"external", "failed", "error"} <= kinds, faults
