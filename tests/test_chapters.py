"""The chapters as text: what papermill, a reader and a screen reader need is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mer_core import book

CHAPTERS = book.chapters()
LONGEST = 14  # lines of a cell that is shown


@pytest.fixture(params=CHAPTERS, ids=lambda c: c.stem)
def notebook(request):
    return book._read(request.param)


def code(notebook):
    return [c for c in notebook.cells if c.cell_type == "code"]


def prose(notebook):
    return "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")


def test_each_chapter_begins_with_its_number():
    """Chapters of one subject may share a number; their names put them in order."""
    assert all(c.stem[:2].isdigit() and c.stem[2] in "_abc" for c in CHAPTERS)


def test_every_chapter_is_in_the_contents():
    toc = (book.ROOT / "book" / "_toc.yml").read_text(encoding="utf-8")
    assert re.findall(r"chapters/(\w+)", toc) == [c.stem for c in CHAPTERS]


def test_the_title_asks_and_the_text_opens_and_closes(notebook):
    text = prose(notebook)
    assert re.match(r"# .+\?\n", text), "the title is a question"
    for opening in ("**You will**", "learn**", "**You need**"):
        assert opening in text.partition("\n## ")[0].replace("\n", " ")
    assert text.rpartition("\n## ")[2].startswith("Summary")


def test_the_first_code_cell_holds_typed_parameters(notebook):
    first = code(notebook)[0]
    assert first.metadata.tags == ["parameters"]
    lines = first.source.splitlines()
    assert lines[0].startswith('preset: str = "quick"')
    assert all(re.match(r"\w+: \w+ = \S+", line) for line in lines)
    assert len(lines) <= 5


def test_the_last_cell_says_where_the_numbers_come_from(notebook):
    assert "tables.provenance(results" in code(notebook)[-1].source


def test_shown_cells_are_short(notebook):
    for cell in code(notebook):
        if "hide-input" not in cell.metadata.get("tags", []):
            assert len(cell.source.splitlines()) <= LONGEST, cell.source


def test_every_figure_has_a_caption_a_name_and_an_alternative_text(notebook):
    for cell in code(notebook):
        if re.search(r"^fig\b|plt\.subplots", cell.source, re.MULTILINE):
            said = cell.metadata["mystnb"]
            assert len(said["figure"]["caption"].split()) >= 12, said
            assert said["figure"]["name"].startswith("fig-")
            assert 4 <= len(said["image"]["alt"].split()) <= 40


def test_what_prose_quotes_is_computed(notebook):
    source = "\n".join(c.source for c in code(notebook))
    kept = set(re.findall(r"(?:quote\(|^ +|, )(\w+)=", source, re.MULTILINE))
    kept |= set(re.findall(r"\*\*\{f\"(\w+)\{", source))
    for key in re.findall(r"\{glue:text\}`(\w+)(?::[^`]*)?`", prose(notebook)):
        assert key in kept or any(key.startswith(k) for k in kept if k.endswith("_")), key


def test_cells_are_clean(notebook, tmp_path):
    lines = "\n".join(c.source + "\n" for c in code(notebook))
    file = tmp_path / "chapter.py"
    file.write_text(lines, encoding="utf-8")
    rules = ["--select", "E,F,B", "--ignore", "E402,B018,F811,B905", "--line-length", "100"]
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--quiet", *rules, str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert not done.returncode, done.stdout


def test_no_chapter_names_a_folder_of_somebody():
    for file in [*CHAPTERS, *sorted((book.ROOT / "book").rglob("*.md"))]:
        text = Path(file).read_text(encoding="utf-8")
        assert not re.search(r"/home/|/root/|/tmp/|C:\\\\", text), file
