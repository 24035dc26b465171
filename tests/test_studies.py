"""The mechanism of studies, on a study of two numbers."""

import sys
import types

import pandas as pd
import pytest

from mer_core import studies


@pytest.fixture
def two(monkeypatch, tmp_path):
    """A study `two` whose code lies in a file, and its folder of results."""

    def run(*, workers, fast, scale=2):
        return {"numbers": pd.DataFrame({"x": [1, scale], "method": ["none", ""]})}

    package = tmp_path / "mer_core"
    (package / "studies").mkdir(parents=True)
    (package / "studies" / "two.py").write_text("x = 1\n")
    module = types.ModuleType("mer_core.studies.two")
    module.run = run
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(studies, "PACKAGE", package)
    monkeypatch.setattr(studies, "RESULTS", tmp_path / "results")
    entry = studies.Study("two", "What is two?", "a moment", code=())
    monkeypatch.setattr(studies, "STUDIES", {"two": entry})
    monkeypatch.chdir(tmp_path)
    return package / "studies" / "two.py"


def test_a_study_is_computed_written_and_read_back(two):
    with pytest.raises(FileNotFoundError, match="mer study two"):
        studies.read("two")
    made = studies.run("two", scale=3)
    found = studies.read("two")
    assert found.tables["numbers"].x.tolist() == made.tables["numbers"].x.tolist() == [1, 3]
    assert found.tables["numbers"].method[0] == "none"
    assert found.command == "mer study two -p scale=3"
    assert not found.stale and not found.provenance["fast"]
    assert studies.parameters("two") == {"scale": 2}


def test_a_result_is_stale_when_its_code_has_changed(two):
    studies.run("two")
    two.write_text("x = 1  # a comment\n")
    studies.code_digest.cache_clear()
    assert not studies.read("two").stale
    two.write_text("x = 2\n")
    studies.code_digest.cache_clear()
    assert studies.read("two").stale


def test_a_fast_run_leaves_the_committed_result_alone(two, tmp_path):
    studies.run("two", fast=True)
    assert (tmp_path / "build" / "studies" / "two" / "numbers.csv").is_file()
    with pytest.raises(FileNotFoundError):
        studies.read("two")


def test_wrong_names_are_one_line(two):
    with pytest.raises(ValueError, match="study: got 'three'; known are two"):
        studies.run("three")
    with pytest.raises(ValueError, match="sale: study two has no such parameter; it has scale"):
        studies.run("two", sale=1)


@pytest.mark.parametrize("name", studies.STUDIES)
def test_every_study_has_a_result_with_its_provenance(name):
    found = studies.read(name)
    assert found.tables and not found.provenance["fast"]
    assert {"commit", "code", "seconds", "parameters", "versions"} <= set(found.provenance)
