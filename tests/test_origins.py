"""Where a figure's numbers come from, read off the code; the block that says it."""

import nbformat
import pytest

from mer_core.book import origins, records, reference, stage

CELLS = [
    "from mer_core import paper, pipeline, studies, tables\nresults = pipeline.results(preset)",
    "x = 1 + 2",
    "table = results.table1.dropna()\ntop = table.psnr.max()",
    "found = studies.read('power')\ncurve = found.tables['curve']",
    "rows = []\nfor a, b in zip(table.psnr, curve.p):\n    rows.append(a - b)",
    "fig = draw(rows)",
    "reported = paper.tables()['table2']\nlow = reported.accuracy - top",
    "def half(v):\n    return curve.p / v\nfig = draw(half(2))",
    "table = x\nfig = draw(table)",
    "%matplotlib inline\nfig = draw(x)",
    "d = {}\nd['a'] = top\nfig = draw(d)",
    'study: str = "power"',
    "one, two = studies.read(study), results\nfig = draw(one)",
]


def test_origins_follow_assignments_from_cell_to_cell():
    found = origins.flow(CELLS)
    assert found[0] == {"run"} and found[1] == set() and found[2] == {"run"}
    assert found[3] == {"study:power"}
    assert found[4] == found[5] == {"run", "study:power"}
    assert found[6] == {"paper", "run"}
    assert found[7] == {"study:power"}, "through a function that reads a global"
    assert found[8] == set(), "a name that was given something else"
    assert found[9] == set(), "a magic is no obstacle"
    assert found[10] == {"run"}, "what is put into a dict"
    assert origins.flow([*CELLS, "draw(one)"])[-1] == {"study:power"}, "named by a parameter"


STAMP = {
    "commit": "0123456789abcdef",
    "changed": False,
    "machine": {"cores": 2, "processor": "a <processor>", "system": "Linux"},
    "seconds": {"clips": 3.0, "evaluation": 1.0},
    "sources": {"psnr-small": "npm"},
    "weights": {"psnr-small": "ab" * 32},
    "dataset": {"name": "synthetic", "digest": "cd" * 32},
}


@pytest.fixture
def stamp():
    from mer_core import presets

    return STAMP | {"parameters": presets.load("ci").parameters()}


def test_a_block_says_everything_and_what_is_stale(stamp):
    study = {"parameters": {}, "commit": "f" * 40, "changed": False, "seconds": 9.0, "workers": 2}
    study |= {"stale": True, "command": "mer study power", "fast": False}
    html = origins.block(
        {"run", "study:power"}, stamp, {"power": study}, seconds=1.25, again="mer chapter 1 ci"
    )
    for said in (
        "preset",
        "synthetic (rendered faces, not SMIC)",
        "npm abababab",
        "0123456789ab",
        "4 s on 2 cores",
        "mer run ci",
        "mer study power",
        "1.2 s",
        "mer chapter 1 ci",
    ):
        assert said in html, said  # fmt: skip
    summary = html.partition("</summary>")[0]
    assert "stale" in summary and "power" in summary
    fresh = origins.block({"run"}, stamp, {}, seconds=None, again="x")
    assert "stale" not in fresh and "this cell" not in fresh


def chapter(stamp):
    make = nbformat.v4
    picture = make.new_output("display_data", {"image/png": "aGVsbG8="})
    table = make.new_output("execute_result", {"text/html": '<div class="mer-table"><p>Cap.</p>'})
    cells = [
        make.new_markdown_cell("# Does it **work**?"),
        make.new_code_cell("results = pipeline.results(preset)"),
        make.new_code_cell("fig = draw(results)", outputs=[picture]),
        make.new_code_cell("tables.provenance(results)", outputs=[table]),
        make.new_code_cell("t", outputs=[table], metadata={"papermill": {"duration": 2.0}}),
    ]
    return make.new_notebook(cells=cells)


def test_every_figure_and_table_gets_a_block_and_the_last_table_none(stamp, tmp_path):
    import json

    notebook = chapter(stamp)
    (tmp_path / "stamp.json").write_text(json.dumps(stamp))
    stage.annotate(notebook, "02_x", tmp_path, "ci", has_course=True)
    kinds = ["mer-origin" in c.source for c in notebook.cells]
    assert kinds == [False, False, False, True, False, False, True, False]
    assert "mer chapter 02_x ci" in notebook.cells[3].source
    assert "2.0 s" in notebook.cells[6].source
    assert "{download}`py <../notebooks/02_x.py>`" in notebook.cells[-1].source
    assert "course/x.md" in notebook.cells[-1].source
    assert stage.title_of(notebook) == "Does it **work**?"
    nbformat.validate(notebook)


def test_captions_and_descriptions():
    assert records.figures(chapter(None)) == [("table", "Cap."), ("table", "Cap.")]
    assert records.first_sentence("A face: cut along XY. More.") == "A face"
    page = "<article><p>Two words</p><p>This page <b>says</b> what one &amp; two are.</p></article>"
    assert records.description(page) == "This page says what one &amp; two are."
    assert records.description("<p>outside the article there is nothing to say</p>") == ""


def test_downloads_are_three_of_one_chapter(tmp_path):
    import jupytext

    from mer_core import book

    source = book.chapters()[1]
    stage.downloads(source, tmp_path / "x.ipynb")
    cells = {end: jupytext.read(tmp_path / f"x.{end}").cells for end in stage.ENDS}
    code = {e: [c.source for c in cs if c.cell_type == "code"] for e, cs in cells.items()}
    assert code["ipynb"] == code["md"] == code["py"]
    compile((tmp_path / "x.py").read_text(), "x.py", "exec")


def test_the_reference_reads_docstrings():
    text = reference.prose(
        "Do `x` to a*b, doi:10.1000/ab_c.\n\nParameters\n----------\nclip : (T, H) of uint8\n"
        "    more of it\nfactor, sigma : numbers\n\nRaises ValueError."
    )
    assert "`x`" in text and "a\\*b" in text
    assert "(https://doi.org/10.1000/ab_c)" in text
    assert "- `clip`: (T, H) of uint8\n  more of it" in text
    assert "- `factor`, `sigma`: numbers" in text and text.endswith("Raises ValueError.")


def test_the_reference_has_what_the_contract_names():
    page = reference.api()
    for name in (
        "datasets.load",
        "clip.read_clip",
        "degrade.degrade",
        "superres.super_resolve",
        "quality.psnr",
        "quality.ssim",
        "descriptors.lbp_top",
        "descriptors.lpq_top",
        "descriptors.describe",
        "evaluate.loso",
        "evaluate.scores",
        "studies.read",
    ):
        assert f"### {name}\n" in page, name  # fmt: skip
    assert 'method: str = "bicubic"' in page or "method: str = 'bicubic'" in page


def test_the_commands_page_has_every_command():
    from mer_core.cli import reference as commands

    page = commands.page()
    for name in ("run", "book", "check", "compare", "chapter", "study", "data make"):
        assert f"## mer {name}\n" in page, name


def test_a_chapter_s_script_runs_as_it_is(tmp_path):
    """The .py of one chapter, in a Python of its own, on the preset of the run that is there."""
    import os
    import subprocess
    import sys

    from mer_core import book, pipeline, presets

    preset = presets.load("ci")
    if pipeline._complete(preset, pipeline.folder_of(preset)) is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs the tables of preset ci (run: make book PRESET=ci)")
        pytest.skip("no tables of preset ci here")
    source = next(c for c in book.chapters() if c.stem == "02_degradation")
    stage.downloads(source, tmp_path / "x.ipynb")
    text = (tmp_path / "x.py").read_text(encoding="utf-8")
    assert 'preset: str = "quick"' in text
    (tmp_path / "x.py").write_text(text.replace('str = "quick"', 'str = "ci"'), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "x.py"],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
