import shutil

import pytest
from conftest import write_tree

from mer_core import datasets
from mer_core.datasets import load
from mer_core.datasets.smic import HS_COUNTS, load_smic


def test_counts_are_those_of_smic_hs():
    """51 positive, 70 negative, 43 surprise; 164 clips of 16 subjects."""
    assert [sum(c) for c in zip(*HS_COUNTS.values(), strict=True)] == [70, 51, 43]
    assert len(HS_COUNTS) == 16


def test_index_of_a_tree(tree):
    table = load_smic(tree)
    assert table.index.name == "clip_id" and list(table.index) == sorted(table.index)
    assert len(table) == 18 and table.subject.nunique() == 3
    row = table.loc["s02_sur_01"]
    assert (row.subject, row.label, row.onset, row.offset) == ("s02", "surprise", 1001, 1008)
    assert row.fps == 100.0 and row.isna()["apex"]
    assert row.folder.endswith("s2/micro/surprise/s2_sur_01")


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("place", [".", "SMIC_all_cropped", "up"])
def test_both_spellings_and_every_usual_root(tmp_path, long, place):
    """s1 and s01; the camera's folder, its parent, and the parent of that."""
    root = tmp_path / "SMIC_all_cropped" if place == "SMIC_all_cropped" else tmp_path / "x"
    write_tree(root, {"s01": (1, 1, 1), "s12": (1, 0, 0)}, frames=1, long=long)
    given = {"SMIC_all_cropped": tmp_path, "up": root / "HS"}.get(place, root)
    assert list(load_smic(given).index) == ["s01_ne_01", "s01_po_01", "s01_sur_01", "s12_ne_01"]


def test_every_missing_or_empty_clip_is_named(tree):
    shutil.rmtree(tree / "HS/s1/micro/negative/s1_ne_02")
    for file in (tree / "HS/s3/micro/surprise/s3_sur_02").iterdir():
        file.unlink()
    counts = dict.fromkeys(("s01", "s02", "s03"), (2, 2, 2))
    with pytest.raises(ValueError, match="s01 negative: 1 of 2") as error:
        load_smic(tree, counts=counts)
    assert "s03_sur_02 is empty" in str(error.value) and "s02" not in str(error.value)
    with pytest.warns(UserWarning, match="s03_sur_02 is empty"):
        table = load_smic(tree, counts=counts, missing="drop")
    assert len(table) == 16


def test_a_clip_twice_is_an_error(tree):
    shutil.copytree(tree / "HS/s1", tree / "HS/s01")
    with pytest.raises(ValueError, match="twice: s01_ne_01, "):
        load_smic(tree)


def test_smic_hs_must_be_whole(tree):
    with pytest.raises(ValueError, match="s03 negative: 2 of 22 clips"):
        load("smic-hs", tree)


def test_unknown_names_and_options_list_the_known(tree):
    with pytest.raises(ValueError, match="got 'nonsense'; known are synthetic, synthetic-lab"):
        load("nonsense")
    with pytest.raises(ValueError, match="seeds: synthetic has no such option; allowed are seed"):
        load("synthetic", seeds=3)
    with pytest.raises(ValueError, match="missing: got 'skip'; allowed are raise, drop"):
        load("smic-hs", tree, missing="skip")


def test_a_missing_root_says_that_nothing_is_downloaded(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"smic-hs does not exist; smic-hs is licensed"):
        load("smic-hs")
    (tmp_path / "smic-hs").mkdir()
    with pytest.raises(FileNotFoundError, match="has no HS/s"):
        load("smic-hs")


def test_a_root_given_once_is_found(tree, monkeypatch):
    monkeypatch.setenv("MER_DATA_SMIC_HS", "gone")
    datasets.set_root("smic-hs", tree)
    assert datasets.folder("smic-hs") == tree
    with pytest.raises(FileNotFoundError, match="nowhere is no folder"):
        datasets.set_root("smic-hs", tree / "nowhere")
    with pytest.raises(ValueError, match="synthetic is generated"):
        datasets.set_root("synthetic", tree)
