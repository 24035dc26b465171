"""The recipes for a model, a descriptor and a dataset, followed word by word."""

import re

import pytest
from conftest import write_tree

from mer_core import book, datasets, descriptors, superres

PAGE = (book.ROOT / "book" / "extend.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^## Add a (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
REGISTRIES = (superres.MODELS, descriptors.DESCRIPTORS, datasets.DATASETS)


def test_the_page_has_a_recipe_for_each_registry():
    assert set(RECIPES) == {"model", "descriptor", "dataset"}


@pytest.mark.parametrize("what", RECIPES)
def test_a_recipe_works_as_it_stands(what, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    write_tree(tmp_path / "faces", {"s01": (1, 1, 0), "s02": (1, 0, 1)})
    before = [dict(registry) for registry in REGISTRIES]
    blocks = re.findall(r"```python\n(.*?)```", RECIPES[what], re.DOTALL)
    names: dict = {}
    try:
        for block in blocks:
            exec(compile(block, f"extend.md, {what}", "exec"), names)
        assert any(set(r) != set(b) for r, b in zip(REGISTRIES, before, strict=True))
    finally:
        for registry, old in zip(REGISTRIES, before, strict=True):
            registry.clear()
            registry.update(old)


@pytest.mark.parametrize("file", sorted(set(re.findall(r"`(mer_core/[\w/.]+)`", PAGE))))
def test_the_files_that_the_page_names_are_there(file):
    assert (book.ROOT / file).is_file()
