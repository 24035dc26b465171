"""A real browser on the built book, opened from the disk: no server, no network.

Needs the built book (`mer book ...`) and Chromium with Playwright; tests are skipped without them,
except where the variable CI is "true": there, what is missing is a failure.
"""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BOOK = Path(os.environ.get("MER_BOOK", ROOT / "build" / "html"))
PAGES = sorted(str(p.relative_to(BOOK)) for p in BOOK.rglob("*.html") if "_static" not in p.parts)
OWN = ("file:", "data:", "blob:", "about:")
AXE = "880970c081707360e64f34cea25ff91892f5bc95675b0776925b9709dd8a68bb"  # of axe.min.js
WIDTHS = {"desk": (1280, 900), "phone": (390, 844)}


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


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    """The text of axe-core, for tests alone, through npm; verified."""
    from mer_core import fetching

    folder = tmp_path_factory.mktemp("axe")
    try:
        fetching.npm_pack("axe-core@4.10.3", folder, ["axe.min.js"])
    except fetching.FetchFailed as error:
        missing(f"axe-core ({error})")
    assert fetching.sha256(folder / "axe.min.js") == AXE
    return (folder / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module", params=WIDTHS)
def context(browser, request):
    width, height = WIDTHS[request.param]
    opened = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=request.param == "phone"
    )
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def visit():
    """Open a page; return it with all that it complained about or asked others for."""

    def opening(context, page):
        tab, faults = context.new_page(), []
        tab.on("console", lambda m: _complaint(m, faults))
        tab.on("pageerror", lambda error: faults.append(f"error: {error}"))
        tab.on("requestfailed", lambda r: faults.append(f"failed: {r.url} {r.failure}"))
        tab.on(
            "request",
            lambda r: None if r.url.startswith(OWN) else faults.append(f"external: {r.url}"),
        )
        tab.goto((BOOK / page).as_uri(), wait_until="load")
        if tab.locator(".math").count():
            tab.wait_for_selector("mjx-container svg", state="attached", timeout=60_000)
        return tab, faults

    return opening


def _complaint(message, faults):
    if message.type == "error":
        faults.append(f"console: {message.text}")
