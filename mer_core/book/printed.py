"""All pages of the built book on one, in order, to be printed or saved as one PDF.

The browser's own print command makes the PDF: the page needs no server and no program more.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mer_core.store import write_text

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

NAMED = ("id", "for", "aria-labelledby", "aria-describedby", "aria-controls")
LINKED = ("href", "src")
LEFT_OUT = "a.headerlink, script, .mer-noprint, button, iframe"

STYLE = """
body.mer-print { display: block; max-width: 52rem; margin: 0 auto; padding: 1rem; }
.mer-print > section { margin-bottom: 4rem; }
.mer-print figure, .mer-print .mer-table { overflow-x: auto; }
.mer-print img { max-width: 100%; height: auto; }
.mer-print pre { white-space: pre-wrap; overflow-wrap: anywhere; }
@page { size: A4; margin: 18mm 16mm; }
@media print {
  html { font-size: 10pt; }
  body.mer-print { max-width: none; padding: 0; }
  .mer-noprint { display: none; }
  .mer-print > section { break-before: page; margin: 0; }
  .mer-print figure, .mer-print img, .mer-print tr, .mer-print .admonition { break-inside: avoid; }
  .mer-print :is(h1, h2, h3, h4) { break-after: avoid; }
  .mer-print .mer-table > div, .mer-print figure { overflow: visible; }
  .mer-print :is(details.hide, .mer-origin):not([open]) { display: none; }
  .mer-print .mer-pair :is(input, label) { display: none; }
  .mer-moving { print-color-adjust: exact; }
}
"""


def files(toc: Any) -> Iterator[str]:
    """The pages that a table of contents names, in its order, without a suffix."""
    if isinstance(toc, list):
        for entry in toc:
            yield from files(entry)
    elif isinstance(toc, dict):
        yield from (toc[key] for key in ("root", "file") if key in toc)
        for key in ("parts", "chapters", "sections", "entries", "subtrees"):
            yield from files(toc.get(key, []))


def slug(page: str) -> str:
    """The name under which a page stands in the printed book."""
    return page.replace("/", "-")


def _moved(url: str, page: str, pages: set[str]) -> str:
    """A link of `page` as it reads from the printed page, at the root of the book."""
    parts = urlsplit(url)
    if parts.scheme or parts.netloc:
        return url
    if not parts.path:
        return f"#{slug(page)}--{parts.fragment}" if parts.fragment else f"#{slug(page)}"
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), parts.path))
    target = path.removesuffix(".html")
    if path.endswith(".html") and target in pages:
        return f"#{slug(target)}--{parts.fragment}" if parts.fragment else f"#{slug(target)}"
    return path + (f"#{parts.fragment}" if parts.fragment else "")


def _section(article: Tag, page: str, pages: set[str]) -> str:
    """One page's text, its names made unique and its links moved."""
    for tag in article.select(LEFT_OUT):
        tag.decompose()
    for tag in article.find_all(True):
        tag.attrs.pop("data-demo", None)  # on paper, the still
        if tag.get("role") == "region":  # a box that scrolls; its name is unique on its own page
            for name in ("role", "aria-label"):
                tag.attrs.pop(name, None)
        if tag.name == "table":  # the theme's script, which is not here, does this on the pages
            tag["tabindex"] = "0"
        for name in NAMED:
            if isinstance(value := tag.get(name), str):
                tag[name] = " ".join(f"{slug(page)}--{word}" for word in value.split())
        for name in LINKED:
            if isinstance(value := tag.get(name), str):
                tag[name] = _moved(value, page, pages)
    return f'<section id="{slug(page)}">{article.decode_contents()}</section>'


def _head(soups: dict[str, BeautifulSoup], pages: set[str]) -> list[str]:
    """Style sheets and MathJax, as the pages load them."""
    found: dict[str, None] = {}
    for page, soup in soups.items():
        for tag in soup.head.select('link[rel="stylesheet"], script'):
            if tag.name == "script" and "mathjax" not in str(tag).lower():
                continue
            for name in LINKED:
                if tag.get(name):
                    tag[name] = _moved(tag[name], page, pages)
            found[str(tag)] = None
    return list(found)


def write(html: Path, toc: Any) -> Path:
    """Write ``print.html`` beside the pages of the book.

    Parameters
    ----------
    html : folder of the built book
    toc : its table of contents, as ``_toc.yml`` reads
    """
    from bs4 import BeautifulSoup

    names = [name for name in files(toc) if (html / f"{name}.html").is_file()]
    soups = {
        name: BeautifulSoup((html / f"{name}.html").read_text("utf-8"), "html.parser")
        for name in names
    }
    pages = set(names)
    sections, contents = [], []
    for name, soup in soups.items():
        article = soup.select_one("article.bd-article")
        title = article.select_one("h1")
        for link in title.select("a.headerlink") if title else ():
            link.decompose()
        text = escape(title.get_text().strip() if title else name)
        contents.append(f'<li><a href="#{slug(name)}">{text}</a></li>')
        sections.append(_section(article, name, pages))
    book = escape(str(soups[names[0]].title.string).strip())
    page = [
        '<!DOCTYPE html>\n<html lang="en" data-theme="light" data-mode="light"><head>',
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>{book}: the whole book</title>",
        *_head(soups, pages),
        f'<style>{STYLE}</style></head><body class="mer-print">',
        '<header class="mer-noprint"><p><a href="index.html">The book, page by page</a>. '
        "To get one PDF, print this page and choose “Save as PDF”. Live parts are shown as still "
        "figures.</p></header>",
        f'<main class="mer-print"><h1>{book}</h1><ol>{"".join(contents)}</ol>',
        *sections,
        "</main></body></html>\n",
    ]
    target = html / "print.html"
    write_text(target, "\n".join(page))
    return target
