"""Pages written from the build's own records: how to make each result again, times and versions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape, unescape
from pathlib import Path
from typing import Any


def chapter_command(chapter: str, preset: str) -> str:
    """The line that executes one chapter again."""
    return f"mer chapter {chapter} {Path(preset).stem if preset.endswith('.yml') else preset}"


def figures(notebook: Any) -> list[tuple[str, str]]:
    """(kind, caption) of every figure and table of an executed chapter, in order."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        caption = cell.metadata.get("mystnb", {}).get("figure", {}).get("caption")
        if caption:
            found.append(("figure", " ".join(caption.split())))
        for output in cell.get("outputs", ()):
            html = "".join(output.get("data", {}).get("text/html", ""))
            tables = re.findall(r'class="mer-table"><p>(.*?)</p>', html, re.DOTALL)
            found += [("table", " ".join(re.sub(r"<.*?>", "", t).split())) for t in tables]
    return [f for f in found if not f[1].startswith("Where these numbers come from")]


def first_sentence(text: str, most: int = 150) -> str:
    """The beginning of a caption, up to its first full stop or colon."""
    start = re.split(r"(?<=[.:]) ", text, maxsplit=1)[0].rstrip(".:")
    return start if len(start) <= most else start[:most].rsplit(" ", 1)[0] + " …"


def reproduce(executed: Mapping[str, Any], titles: Mapping[str, str], preset: str) -> str:
    """The page that lists every table and figure with the command that makes it again.

    Parameters
    ----------
    executed : chapter -> its executed notebook
    titles : chapter -> its title
    preset : of this build
    """
    from mer_core import presets, studies

    parts = [
        "# How is each result made again?",
        "Written by the build: from the presets of the package, the chapters as they were "
        "executed, and the studies' registry. Under each table and figure of the book the same "
        "stands for that one alone.",
        "## Presets",
        "A preset names everything a run depends on. What a preset leaves out has the default that "
        "[](api) states for `presets.Preset`. Both commands print an estimate of time, disk "
        "and memory for your machine before they start, and go on where they were interrupted.",
    ]
    for name in presets.NAMES:
        chosen = presets.load(name)
        changed = _differences(chosen)
        parts.append(
            f"### {name}\n\n{_safe(chosen.about[0].upper() + chosen.about[1:])}.\n\n"
            f"```text\nmer run {name}     # the tables\n"
            f"mer book {name}    # the tables, then the book\n```\n\n{changed}"
        )
    if studies.STUDIES:
        rows = []
        for study in studies.STUDIES.values():
            rows.append(
                f"- `mer study {study.name}`: {_safe(study.question)} ({_safe(study.takes)})"
            )
        parts.append(
            "## Studies\n\nResults that take longer than a chapter may. Their tables are "
            "committed, with their provenance; each is made again by one command.\n\n"
            + "\n".join(rows)
        )
    parts.append(
        "## Chapters, tables and figures\n\nEach chapter runs alone. Change its parameters with "
        "`-p`, as in `mer chapter 02_degradation quick -p factor=4`; the result is a notebook."
    )
    for chapter, notebook in executed.items():
        listed = "\n".join(
            f"- *{kind}*: {_safe(first_sentence(caption))}" for kind, caption in figures(notebook)
        )
        files = " · ".join(
            f"{{download}}`{end} <notebooks/{chapter}.{end}>`" for end in ("ipynb", "md", "py")
        )
        parts.append(
            f"### [{_safe(titles[chapter])}](chapters/{chapter})\n\n"
            f"```text\n{chapter_command(chapter, preset)}\n```\n\n{listed}\n\n"
            f"To run elsewhere: {files}"
        )
    parts.append(
        "The `.ipynb` opens in Jupyter, the `.md` (MyST Markdown) too with jupytext, and the `.py` "
        "runs as `python 02_degradation.py`; each needs the project's environment, in which "
        "`mer_core` is installed, and reads its parameters from its first code cell."
    )
    return "\n\n".join(parts) + "\n"


def _differences(preset: Any) -> str:
    from mer_core.presets import Preset

    plain = Preset(name=preset.name, about=preset.about).parameters()
    lines = []
    for key, value in preset.parameters().items():
        if key in ("name", "about") or plain.get(key) == value:
            continue
        text = f"{len(value)} clips" if key == "clips" and value else value
        if isinstance(text, (list, tuple)):
            text = ", ".join(map(str, text))
        elif isinstance(text, dict):
            text = ", ".join(f"{k} {v}" for k, v in text.items())
        lines.append(f"- `{key}`: {_safe(str(text))}")
    return "\n".join(lines)


def versions(executed: Mapping[str, Any], titles: Mapping[str, str], stamp: Mapping) -> str:
    """The page of execution times and versions."""
    from mer_core import provenance

    parts = [
        "# How long did it take, and with what?",
        "Written by the build. Times are of this one machine, with its cache as it was then; a "
        "first run takes longer, because it fetches weights and renders faces.",
    ]
    rows = []
    for chapter, notebook in executed.items():
        said = notebook.metadata.get("papermill", {})
        cells = [c for c in notebook.cells if c.cell_type == "code"]
        longest = max((c.metadata.get("papermill", {}).get("duration") or 0) for c in cells)
        total = said.get("duration")
        shown = f"{total:.1f}" if total else "–"
        rows.append([f"[{_safe(titles[chapter])}](chapters/{chapter})", shown, f"{longest:.1f}"])
    parts.append(
        "## Chapters\n\n" + _table(["Chapter", "Seconds", "Its longest cell, seconds"], rows)
    )
    if stamp:
        seconds = [[k, f"{v:.1f}"] for k, v in stamp["seconds"].items()]
        machine = stamp["machine"]
        parts.append(
            f"## The run behind the tables\n\nPreset {stamp['parameters']['name']}, commit "
            f"`{stamp['commit'][:12]}`, on {machine['cores']} cores of "
            f"{_safe(machine['processor'])} "
            f"({_safe(machine['system'])}).\n\n" + _table(["Stage", "Seconds"], seconds)
        )
    now = stamp.get("versions") or provenance.versions()
    parts.append(
        "## Versions\n\n" + _table(["Package", "Version"], [[k, v] for k, v in now.items()])
    )
    return "\n\n".join(parts) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _safe(text: str) -> str:
    return re.sub(r"([*_<>$\[\]{}|`])", r"\\\1", str(text))


def description(html: str, most: int = 155) -> str:
    """A page's description for search engines: its first paragraph, without markup."""
    article = html.partition("<article")[2].partition("</article>")[0]
    for found in re.findall(r"<p(?: [^>]*)?>(.*?)</p>", article, re.DOTALL):
        text = " ".join(re.sub(r"<[^>]*>", "", found).split())
        if len(text.split()) > 5:
            cut = text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
            return escape(unescape(cut), quote=True)
    return ""
