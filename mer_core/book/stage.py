"""What the build adds to the sources: course, origins, references, records, the first page."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mer_core.book import course, origins, records, reference
from mer_core.store import write_text

DATA_CARD = Path(__file__).parents[1] / "datasets" / "synthetic" / "README.md"
ENDS = ("ipynb", "md", "py")  # of a chapter's downloads


def title_of(notebook: Any) -> str:
    """A chapter's first heading."""
    for cell in notebook.cells:
        for line in cell.source.splitlines():
            if cell.cell_type == "markdown" and line.startswith("# "):
                return line[2:].strip()
    return "untitled"


def add(
    root: Path, source: Path, out: Path, executed: Mapping[str, Any], preset: str, edition: str
) -> None:
    """Complete the staged sources of the book.

    Parameters
    ----------
    root : the project
    source : the staged copy of ``book/``, with the chapters; changed
    out : folder of the build, which may hold ``landing/`` and ``stamp.json``
    executed : chapter -> its executed notebook
    preset, edition : of this build
    """
    titles = {name: title_of(notebook) for name, notebook in executed.items()}
    stamp = _read(out / "stamp.json")
    kits = course.pages(source / "course", titles, edition)
    for name, text in kits.items():
        write_text(source / f"{name}.md", text)
    _contents(source, list(titles))
    generated = {
        "reproduce": lambda: records.reproduce(executed, titles, preset),
        "versions": lambda: records.versions(executed, titles, stamp),
        "api": reference.api,
        "commands": _commands,
        "data_card": lambda: DATA_CARD.read_text(encoding="utf-8"),
    }
    listed = (source / "_toc.yml").read_text(encoding="utf-8")
    for name, make in generated.items():
        if f"file: {name}\n" in listed:
            write_text(source / f"{name}.md", make())
    _first_page(source, out)


def annotate(notebook: Any, name: str, out: Path, preset: str, has_course: bool) -> None:
    """Origins under a chapter's tables and figures; at its end, downloads and exercises."""
    import nbformat

    stamp, studies = _read(out / "stamp.json"), origins.read_studies(notebook)
    origins.annotate(notebook, name, stamp, studies, records.chapter_command(name, preset))
    files = " · ".join(f"{{download}}`{end} <../notebooks/{name}.{end}>`" for end in ENDS)
    lines = [f"**This chapter to run:** {files}, or `{records.chapter_command(name, preset)}`."]
    if has_course:
        lines.insert(0, f"**Exercises and a quiz:** [](../course/{course.topic(name)}.md).")
    cell = nbformat.v4.new_markdown_cell("\n\n".join(lines))
    cell["id"] = "downloads"
    notebook.cells.append(cell)


def downloads(source: Path, target: Path) -> None:
    """A chapter as notebook, as MyST Markdown and as a Python script, none of them executed."""
    import jupytext
    import nbformat

    notebook = jupytext.read(source)
    nbformat.write(notebook, target.with_suffix(".ipynb"))
    shutil.copyfile(source, target.with_suffix(".md"))
    write_text(target.with_suffix(".py"), jupytext.writes(notebook, fmt="py:percent"))


def landing(preset: str, found: Any, out: Path) -> None:
    """What the first page needs of the run: the pair of faces and the answer's texts."""
    from mer_core.book import landing as first

    write_text(out / "stamp.json", json.dumps(found.provenance, sort_keys=True))
    folder = out / "landing"
    texts = first.pair(preset, found, folder / "pair.webp") | first.answer(found)
    write_text(folder / "texts.json", json.dumps(texts, sort_keys=True))


def _first_page(source: Path, out: Path) -> None:
    """Give the first page its numbers, for the names in double brackets, and its picture."""
    texts = _read(out / "landing" / "texts.json")
    page = source / "index.md"
    if not texts or not page.is_file():
        return
    (source / "_static").mkdir(exist_ok=True)
    shutil.copy2(out / "landing" / "pair.webp", source / "_static" / "pair.webp")
    text = page.read_text(encoding="utf-8")
    for name, value in texts.items():  # inside raw HTML Markdown would substitute nothing
        text = text.replace(f"[[{name}]]", value)
    write_text(page, text)


def _contents(source: Path, chapters: list[str]) -> None:
    """Add the course to the book's contents."""
    import yaml

    file = source / "_toc.yml"
    toc = yaml.safe_load(file.read_text(encoding="utf-8"))
    part = course.contents(source / "course", chapters)
    if part and "parts" in toc:
        places = [k for k, p in enumerate(toc["parts"]) if p.get("caption") == "To hand"]
        toc["parts"].insert(places[0] if places else len(toc["parts"]), part)
        write_text(file, yaml.safe_dump(toc, sort_keys=False, allow_unicode=True))


def _commands() -> str:
    """The command line's reference, from a process of its own: the book does not know `mer`."""
    command = [sys.executable, "-m", "mer_core.cli.reference"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _read(file: Path) -> dict:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
