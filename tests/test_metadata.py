"""What machines read about the project says one thing in every place."""

import json
import re
import tomllib

import jupytext
import yaml

import mer_core
from mer_core import book

ROOT = book.ROOT
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
CODEMETA = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_version_licence_and_title_agree():
    versions = {CITATION["version"], CODEMETA["version"], PROJECT["version"], mer_core.__version__}
    assert len(versions) == 1
    assert CITATION["license"] == PROJECT["license"] == CODEMETA["license"].rpartition("/")[2]
    assert CITATION["title"] == CODEMETA["name"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {CITATION['version']} ({CITATION['date-released']})" in changelog


def test_the_paper_is_cited_alike():
    paper, other = CITATION["references"][0], CODEMETA["referencePublication"]
    assert paper["title"] == other["name"] and other["identifier"].endswith(paper["doi"])
    names = [a["family-names"] for a in paper["authors"]]
    assert names == [a["familyName"] for a in other["author"]]
    bibliography = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
    assert paper["doi"] in bibliography


def test_the_citation_file_has_what_the_format_requires():
    assert {"cff-version", "message", "title", "authors"} <= set(CITATION)
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(CITATION["date-released"]))


def test_every_reference_has_a_doi_or_says_where_it_is():
    text = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
    entries = re.split(r"^@", text, flags=re.MULTILINE)[1:]
    for entry in entries:
        key = re.match(r"\w+\{(\w+)", entry)[1]
        assert re.search(r"\b(doi|url|howpublished|eprint)\s*=", entry), key
        if not entry.startswith("misc"):
            assert re.search(r"doi\s*=\s*\{10\.\d{4,}/", entry), key


def test_the_cloud_files_hold_no_output_and_say_that_they_were_not_tried():
    notebook = jupytext.read(ROOT / ".binder" / "colab.md")
    assert not any(c.get("outputs") for c in notebook.cells)
    assert "Not tried" in notebook.cells[0].source
    environment = (ROOT / ".binder" / "environment.yml").read_text(encoding="utf-8")
    assert "Not tried" in environment and yaml.safe_load(environment)["dependencies"]
