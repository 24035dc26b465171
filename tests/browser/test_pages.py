# ruff: noqa: F401, F811 (fixtures come by name)
"""Every page of the built book: at two widths, light and dark, without a fault."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from built import BOOK, PAGES, WIDTHS, axe, browser, context, visit

MOST = 1_000_000  # bytes of a chapter's own, before a demo is opened

# What axe finds in the theme's own frame, the same on every page; nothing in a chapter's text.
THEME = {"region": "the book's name in the side bar stands outside the landmarks"}


def sideways(tab):
    """A fault if the page is wider than the window, naming the widest element."""
    return tab.evaluate(
        """() => {
          const room = document.documentElement.clientWidth;
          const width = document.scrollingElement.scrollWidth;
          if (width <= room) return [];
          const over = [...document.querySelectorAll("article *")]
            .filter((e) => e.getBoundingClientRect().right > room + 1);
          const name = over.length ? over.at(-1).outerHTML.slice(0, 120) : "";
          return [`scrolls sideways: ${width} px of content in ${room} px; ${name}`];
        }"""
    )


def accessible(tab, **options):
    """What axe finds beyond the theme's own, which is never inside the text."""
    found = tab.evaluate(
        """(options) => axe.run(document, {
          resultTypes: ["violations"], preload: false, ...options}).then((r) =>
          r.violations.flatMap((v) => v.nodes.map((n) => [v.id, n.html.slice(0, 160),
            Boolean(document.querySelector(n.target[0])?.closest("article, main"))])))""",
        options,
    )
    return [f"axe: {r}: {html}" for r, html, inside in found if inside or r not in THEME]


CONTRAST = {"color-contrast": {"enabled": False}}  # colours know no width


@pytest.mark.npm
@pytest.mark.parametrize("page", PAGES or ["index.html"])
def test_page_is_sound(context, visit, axe, page):
    tab, faults = visit(context, page)
    desk = tab.viewport_size["width"] == WIDTHS["desk"][0]
    try:
        faults += sideways(tab)
        faults += tab.evaluate(
            "() => [...document.querySelectorAll('article img')].filter(i => !i.alt)"
            ".map(i => 'no alternative text: ' + i.src.slice(0, 120))"
        )
        faults += tab.evaluate(
            "() => [...document.images].filter(i => i.complete && !i.naturalWidth)"
            ".map(i => 'broken picture: ' + i.src.slice(0, 120))"
        )
        tab.evaluate(axe)
        printed = page == "print.html"  # the others' text and colours, white; minutes of contrast
        faults += accessible(tab, rules={} if desk and not printed else CONTRAST)
        if not printed:
            tab.add_style_tag(content="* { transition: none !important; }")  # else half-way colours
            tab.evaluate("document.documentElement.dataset.theme = 'dark'")
            faults += sideways(tab)
            faults += accessible(tab, runOnly=["color-contrast"]) if desk else []
    finally:
        tab.close()
    assert not faults, "\n".join(faults)


def test_a_dark_screen_gets_dark_pages(browser, visit):
    context = browser.new_context(color_scheme="dark")
    tab, _ = visit(context, "index.html")
    theme = tab.evaluate("document.documentElement.dataset.theme")
    colour = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    context.close()
    assert theme == "dark" and sum(map(int, re.findall(r"\d+", colour)[:3])) < 3 * 64, colour


def own_bytes(page, asked):
    """Sizes of what a page is and asks for, without what all pages share."""
    files = {BOOK / page} | {_file(url) for url in asked if url.startswith("file:")}
    shared = BOOK / "_static"
    own = {f for f in files if not f.is_relative_to(shared) or f.parent.name == "live"}
    return {f.name: f.stat().st_size for f in own if f.is_file()}


def test_a_page_is_light_before_a_demo_is_opened(browser):
    """At most 1 MB of its own, for every page but the one that holds them all."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    heavy = {}
    for page in PAGES:
        tab, asked = context.new_page(), set()
        tab.on("request", lambda r, asked=asked: asked.add(r.url))
        # lazy pictures count too: all of them are asked for
        tab.goto((BOOK / page).as_uri(), wait_until="load")
        asked |= set(tab.evaluate("() => [...document.images].map((i) => i.src)"))
        tab.close()
        size = own_bytes(page, asked)
        if page != "print.html" and sum(size.values()) > MOST:
            heavy[page] = size
    context.close()
    assert not heavy, heavy


def _file(url):
    return Path(unquote(urlsplit(url).path))


class Links(HTMLParser):
    """The names and the links of one page."""

    def __init__(self, text):
        super().__init__()
        self.names, self.links, self.twice = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if name := given.get("id"):
            (self.twice.append if name in self.names else self.names.add)(name)
        if tag == "a" and given.get("name"):
            self.names.add(given["name"])
        for key in ("href", "src"):
            if given.get(key) and tag != "base":
                self.links.append(given[key])


def broken(book, pages):
    """Links inside the book that lead nowhere: a missing file, or a missing anchor."""
    read = {p: Links((book / p).read_text("utf-8")) for p in pages}
    faults = []
    for page, links in read.items():
        for link in links.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (book / page).parent / unquote(parts.path) if parts.path else book / page
            if not target.exists():
                faults.append(f"{page}: {link}: no such file")
            elif parts.fragment and target.suffix == ".html":
                name = str(target.resolve().relative_to(book.resolve()))
                if name in read and unquote(parts.fragment) not in read[name].names:
                    faults.append(f"{page}: {link}: no such anchor")
    return faults


def test_every_link_inside_the_book_leads_somewhere():
    if not PAGES:
        pytest.skip("no built book in build/html (run: make book)")
    assert not (faults := broken(BOOK, PAGES)), "\n".join(sorted(set(faults)))


def test_the_link_checker_sees_faults(tmp_path):
    (tmp_path / "a.html").write_text("<a href='b.html#no'></a><a href='b.html#x'></a><img src=c>")
    (tmp_path / "b.html").write_text("<p id=x><p id=x><a href='#'></a><a href='https://e.org'></a>")
    faults = broken(tmp_path, ["a.html", "b.html"])
    assert faults == ["a.html: b.html#no: no such anchor", "a.html: c: no such file"]
    assert Links((tmp_path / "b.html").read_text()).twice == ["x"]


def test_the_whole_book_prints(browser, visit):
    """One page with every other page's text, unique names, and a PDF of it."""
    text = (BOOK / "print.html").read_text("utf-8") if PAGES else ""
    context = browser.new_context()
    tab, faults = visit(context, "print.html")
    try:
        titles = tab.evaluate("() => [...document.querySelectorAll('section h1')].map(h => h.id)")
        pages = [p for p in PAGES if p not in ("print.html", "search.html", "genindex.html")]
        slugs = {p.removesuffix(".html").replace("/", "-") for p in pages}
        assert slugs <= set(
            tab.evaluate("() => [...document.querySelectorAll('section')].map(s => s.id)")
        )
        assert len(titles) >= len(pages) and not Links(text).twice
        pdf = tab.pdf(prefer_css_page_size=True)
    finally:
        context.close()
    assert not faults, "\n".join(faults)
    sheets = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert len(pages) <= sheets <= 40 * len(pages), sheets
    assert b"/MediaBox [0 0 594" in pdf or b"/MediaBox [0 0 595" in pdf  # A4


def test_the_harness_sees_faults(browser, visit, axe, tmp_path):
    """A page with every fault the other tests look for, or those tests prove nothing."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    (tmp_path / "bad.html").write_text(
        "<meta charset=utf-8><article><div style='width:900px'>wide</div>"
        "<p style='color:#ccc;background:#fff'>faint</p><img src='data:,'></article>"
        "<script src='https://example.invalid/x.js'></script><script>nothing.here()</script>"
    )
    tab, faults = visit(context, tmp_path / "bad.html")
    faults += sideways(tab)
    tab.evaluate(axe)
    rules = " ".join(accessible(tab))
    context.close()
    kinds = {fault.partition(":")[0] for fault in faults}
    assert {"external", "failed", "error", "scrolls sideways"} <= kinds, faults
    assert "color-contrast" in rules and "image-alt" in rules, rules
