"""The steps of the book, on a project of two small chapters."""

import gc
import random
import shutil
from types import SimpleNamespace

import pytest
from PIL import Image

from mer_core import book, pipeline
from mer_core.book import site

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning",  # nbclient leaves its event loops to the garbage collector
    "ignore::pytest.PytestUnraisableExceptionWarning",
)

HEAD = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, language: python, display_name: Python 3}
---

"""
CHAPTER = (
    HEAD
    + """# Chapter %s

```{code-cell} ipython3
:tags: [parameters]
preset: str = "quick"
factor: int = None
```

```{code-cell} ipython3
print("ran on", preset, %s)
```
"""
)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of its own: two chapters, one page, results that are there already."""
    root = tmp_path / "project"
    for folder in ("notebooks", "book", "mer_core", "results"):
        (root / folder).mkdir(parents=True)
    shutil.copy2(book.ROOT / "_config.yml", root)
    (root / "mer_core" / "step.py").write_text("x = 1\n")
    (root / "notebooks" / "01_a.md").write_text(CHAPTER % ("a", "1"))
    (root / "notebooks" / "02_b.md").write_text(CHAPTER % ("b", "2"))
    (root / "book" / "index.md").write_text("# Start\n\n$x^2$ and [](chapters/01_a)\n")
    (root / "book" / "references.bib").write_text("")
    toc = "format: jb-book\nroot: index\nchapters:\n- file: chapters/01_a\n- file: chapters/02_b\n"
    (root / "book" / "_toc.yml").write_text(toc)
    (root / "results" / "table1.csv").write_text("a\n1\n")
    runs = []
    monkeypatch.setattr(book, "ROOT", root)

    def results(preset):
        runs.append(preset)
        return SimpleNamespace(folder=root / "results")

    monkeypatch.setattr(pipeline, "results", results)
    yield SimpleNamespace(root=root, out=tmp_path / "out", runs=runs)
    gc.collect()  # what Jupyter's client leaves open is noticed here, and forgiven


def times(project):
    return {f.stem: f.stat().st_mtime_ns for f in (project.out / "chapters").glob("*.ipynb")}


def test_a_book_is_built_once_and_then_only_what_changed(project, capfd):
    page = book.build("quick", project.out, workers=1)
    assert page == project.out / "html" / "index.html" and page.is_file()
    text = (project.out / "html" / "chapters" / "01_a.html").read_text()
    assert "ran on quick 1" in text
    assert "Injected" not in text and "injected" not in text
    assert (project.out / "html" / "_static" / "mathjax" / "tex-svg.js").is_file()
    assert not (project.out / "src").exists()
    before = times(project)

    capfd.readouterr()
    assert book.build("quick", project.out, workers=1) == page
    said = capfd.readouterr().out
    assert "5 steps unchanged" in said and "..." not in said
    assert times(project) == before and project.runs == ["quick"]

    chapter = project.root / "notebooks" / "02_b.md"
    chapter.write_text(chapter.read_text().replace("2)", "3)"))
    book.build("quick", project.out, workers=1)
    after = times(project)
    assert after["01_a"] == before["01_a"] and after["02_b"] != before["02_b"]
    assert project.runs == ["quick"]
    assert "ran on quick 3" in (project.out / "html" / "chapters" / "02_b.html").read_text()


def test_a_failing_chapter_is_one_line_and_leaves_no_book(project):
    chapter = project.root / "notebooks" / "02_b.md"
    chapter.write_text(CHAPTER % ("b", "1 / 0"))
    with pytest.raises(book.BookError) as caught:
        book.build("quick", project.out, workers=2)
    assert "chapter 02_b: ZeroDivisionError: division by zero" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "1 / 0" in (project.out / "log" / "02_b.txt").read_text()
    assert list(times(project)) == ["01_a"]
    assert not (project.out / "html").exists()


def test_an_unknown_parameter_lists_the_known_ones(project):
    with pytest.raises(ValueError, match=r"no 'faktor'; it has preset, factor"):
        book.execute(project.root / "notebooks" / "01_a.md", {"faktor": 4})
    assert book.chapter_parameters() == {"01_a": ("preset", "factor"), "02_b": ("preset", "factor")}


def test_a_changed_table_makes_the_results_stale(project):
    folder = project.root / "results"
    values = {"folder": str(folder), "digest": book._digest(folder)}
    assert book._unchanged_results(None, values)
    (folder / "table1.csv").write_text("a\n2\n")
    assert not book._unchanged_results(None, values)
    assert not book._unchanged_results(None, {})


def test_figures_weigh_less_and_keep_every_pixel(tmp_path):
    """A grainy picture becomes WebP, and its pages' links follow; no other link does."""
    random.seed(0)
    grain = bytes(128 + random.randrange(-6, 7) for _ in range(64 * 64 * 3))
    face = Image.frombytes("RGB", (64, 64), grain).convert("RGBA")
    images = tmp_path / "_images"
    images.mkdir()
    face.save(images / "face.png")
    (tmp_path / "chapters").mkdir()
    page = tmp_path / "chapters" / "a.html"
    page.write_text('<img src="../_images/face.png"><a href="../_images/other.png">', "utf-8")
    site._lighten(tmp_path)
    with Image.open(images / "face.webp") as kept:
        assert kept.convert("RGBA").tobytes() == face.tobytes()
    assert not (images / "face.png").exists()
    assert page.read_text("utf-8") == (
        '<img src="../_images/face.webp"><a href="../_images/other.png">'
    )
