"""Prose and executed chapters -> one folder of pages that asks nobody for anything."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from mer_core.book import course, printed, records, stage
from mer_core.store import write_text


class BookError(RuntimeError):
    """The book could not be built; the message is one line a reader can act on."""


def plain(text: str) -> str:
    """Text without the terminal's colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def build_site(
    root: Path, names: list[str], out: Path, preset: str = "quick", edition: str = "reader"
) -> None:
    """Stage the sources, let Jupyter Book build them from nothing, and put the result in place.

    Parameters
    ----------
    root : the project, with ``book/`` and ``_config.yml``
    names : of the chapters, executed in ``out/chapters``
    out : the book goes to ``out/html``, another edition to ``out/html-EDITION``
    preset : of the run behind the chapters; the live pages start from its clip
    edition : of the course pages, see `mer_core.book.course`

    Raises BookError with the first complaint; the rest is in ``out/log/jupyter-book.txt``.
    """
    source, site, log = out / "src", out / "site", out / "log" / "jupyter-book.txt"
    for folder in (source, site):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / "book", source)
    shutil.copy2(root / "_config.yml", source)
    executed = {name: _executed(out / "chapters" / f"{name}.ipynb") for name in names}
    shutil.copytree(out / "notebooks", source / "notebooks")
    stage.add(root, source, out, executed, preset, edition)
    for name, notebook in executed.items():
        has_course = (source / "course" / f"{course.topic(name)}.md").is_file()
        stage.annotate(notebook, name, out, preset, has_course)
        _write(notebook, source / "chapters" / f"{name}.ipynb")
    contents = yaml.safe_load((source / "_toc.yml").read_text("utf-8"))
    start = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", start, "build", str(source)]
    command += ["--path-output", str(site), "-W", "-n", "--keep-going"]
    done = subprocess.run(command, capture_output=True, text=True)
    write_text(log, done.stdout + done.stderr)
    if done.returncode:
        said = re.findall(r".*(?:WARNING|ERROR|Error).*", done.stderr) or [
            f"code {done.returncode}"
        ]
        said = [plain(line).replace(f"{source}/", "") for line in said]
        raise BookError(f"Jupyter Book: {said[0]} ({len(said)} in all; see {log})")
    built = site / "_build" / "html"
    _copy_mathjax(built / "_static" / "mathjax")  # later than the build, which would run each file
    _self_contained(built)
    _describe(built)
    _lighten(built)
    if (root / "book" / "_static" / "live").is_dir():
        _add_live(built / "_static" / "live", preset)
    printed.write(built, contents)
    target = out / ("html" if edition == "reader" else f"html-{edition}")
    shutil.rmtree(target, ignore_errors=True)
    built.rename(target)
    for folder in (source, site):
        shutil.rmtree(folder)


def _executed(file: Path) -> Any:
    """An executed chapter without the cell papermill injected: it names this run's folder."""
    import nbformat

    notebook = nbformat.read(file, as_version=4)
    notebook.cells = [
        c for c in notebook.cells if "injected-parameters" not in c.metadata.get("tags", ())
    ]
    return notebook


def _write(notebook: Any, target: Path) -> None:
    import nbformat

    target.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, target)


def _describe(html: Path) -> None:
    """Give every page that has none a description for search engines: its first paragraph."""
    for page in html.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        said = records.description(text)
        if said and '<meta name="description"' not in text:
            tag = f'<meta name="description" content="{said}">\n</head>'
            page.write_text(text.replace("</head>", tag, 1), encoding="utf-8")


def _lighten(html: Path) -> None:
    """Figures as WebP without loss where that is smaller; on pictures of faces by a third."""
    from PIL import Image

    smaller = {}
    for file in sorted((html / "_images").glob("*.png")):
        target = file.with_suffix(".webp")
        with Image.open(file) as picture:
            picture.save(target, "WEBP", lossless=True, quality=100, method=4)
        if target.stat().st_size < file.stat().st_size:
            smaller[f"_images/{file.name}"] = f"_images/{target.name}"
            file.unlink()
        else:
            target.unlink()
    for page in html.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        changed = re.sub(r"_images/[\w.-]+\.png", lambda m: smaller.get(m[0], m[0]), text)
        page.write_text(changed, encoding="utf-8")


def _copy_mathjax(target: Path) -> None:
    """MathJax from its wheel; SVG output, so that no font has to be loaded from the disk."""
    import mathjax

    origin = Path(mathjax.__file__).parent / "static" / "mathjax" / "es5"
    extensions = Path("input", "tex", "extensions")
    shutil.copytree(origin / extensions, target / extensions)
    shutil.copy2(origin / "tex-svg.js", target)


def _add_live(target: Path, preset: str) -> None:
    """What the live pages load when asked; what cannot be had is said here and on the page."""
    from mer_core.book import live
    from mer_core.example import example

    for name, reason in live.write(target, example(preset)).items():
        print(f"live pages do without {name}: {reason}", file=sys.stderr)


# What the theme adds for kernels on other people's servers, and fonts that a page opened from the
# disk may not load as files.
FOREIGN = re.compile(
    r"<script>const THEBE_JS_URL.*?</script>"
    r"|<script[^>]*sphinx-thebe\.js[^>]*></script>"
    r'|<script type="text/x-thebe-config">.*?</script>'
    r"|<link[^>]*sphinx-thebe\.css[^>]*>"
    r'|<link rel="preload" as="font"[^>]*>',
    re.DOTALL,
)
# Roles on the list of references that ARIA no longer has, or that do not fit.
OUTDATED = re.compile(r' role="doc-biblioentry"|(?<=<div) role="list"(?= class="citation-list")')
FONT = re.compile(r"url\(\.\./webfonts/([\w.-]+\.woff2)\)")


def _self_contained(html: Path) -> None:
    """Take out of the pages what would be loaded from elsewhere; put icon fonts into their CSS."""
    for page in html.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(OUTDATED.sub("", FOREIGN.sub("", text)), encoding="utf-8")
    for sheet in html.glob("_static/vendor/fontawesome/*/css/*.css"):
        folder = sheet.parents[1] / "webfonts"

        def inline(found: re.Match, folder: Path = folder) -> str:
            font = base64.b64encode((folder / found[1]).read_bytes()).decode()
            return f"url(data:font/woff2;base64,{font})"

        text = FONT.sub(inline, sheet.read_text(encoding="utf-8"))
        text = re.sub(r',\s*url\(\.\./webfonts/[^)]*\)\s*format\("truetype"\)', "", text)
        sheet.write_text(text, encoding="utf-8")
        shutil.rmtree(folder)
