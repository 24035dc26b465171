"""The studies of the laboratory: their arithmetic by hand, and each one tiny, from end to end."""

import numpy as np
import pandas as pd
import pytest

from mer_core import LABELS, evaluate, studies
from mer_core.datasets.smic import HS_COUNTS
from mer_core.datasets.synthetic import lab
from mer_core.studies import invented_expressions, movement, pictures, thousand_tables, views


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """One cache for the three, so that clips are drawn once."""
    patch = pytest.MonkeyPatch()
    patch.setenv("MER_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


@pytest.fixture(scope="module", params=["movement", "thousand_tables", "invented_expressions"])
def finding(request, cache, tmp_path_factory):
    """A tiny version of one study."""
    out = tmp_path_factory.mktemp(request.param)
    return studies.run(request.param, fast=True, workers=1, out=out)


def test_a_tiny_version_runs_and_is_the_same_again(finding, tmp_path):
    assert finding.provenance["fast"] and not finding.stale
    again = studies.run(finding.study.name, fast=True, workers=1, out=tmp_path)
    assert set(again.tables) == set(finding.tables) and "inputs" in again.tables
    for name, table in finding.tables.items():
        assert len(table)
        pd.testing.assert_frame_equal(table, again.tables[name])


def test_thresholds_are_those_of_known_curves():
    """Counts of Weibull functions give their places back; what moves less comes first."""
    amplitudes, n = np.array([0, 0.5, 1, 1.5, 2, 3]), 100_000
    places, slope = np.array([1.0, 2.0]), 2.0
    share = (2 / 3 - movement.LAPSE) * (1 - np.exp(-((amplitudes / places[:, None]) ** slope)))
    right = np.rint(n * (1 / 3 + share))
    found, slopes = movement.thresholds(right, n, amplitudes)
    inner = (movement.LEVEL - 1 / 3) / (2 / 3 - movement.LAPSE)
    expected = places * (-np.log(1 - inner)) ** (1 / slope)
    np.testing.assert_allclose(found, expected, rtol=0.06)
    assert slopes == pytest.approx(slope, rel=0.08)
    cloud = movement.thresholds(np.stack([right, right]), n, amplitudes)[0]
    np.testing.assert_array_equal(cloud, [found, found])


def test_a_threshold_that_is_not_reached_lies_beyond_what_was_measured():
    amplitudes, n = np.array([0.0, 1, 2, 3]), 300
    right = np.array([[100.0, 150, 250, 290], [100, 100, 101, 100]])
    (reached, never), _ = movement.thresholds(right, n, amplitudes)
    assert 0.5 < reached < 2 and never > 3


def test_an_input_is_compared_with_hr_lr_and_bicubic():
    names = list(views.VIEWS)
    assert movement._references("HR", names) == []
    assert movement._references("LR32", names) == ["HR"]
    assert movement._references("bicubic-x4", names) == ["HR", "LR32"]
    assert movement._references("face-gan-x2", names) == ["HR", "LR64", "bicubic-x2"]


def test_hoof_counts_lengths_by_block_and_direction():
    flow = np.full((10, 10, 2), np.nan)
    flow[0, 0] = (2.0, 0.1)  # to the right, in the first block
    flow[9, 9] = (-0.1, 6.0)  # down, in the last
    found = views.hoof(flow).reshape(views.GRID, views.GRID, views.DIRECTIONS)
    assert found.sum() == pytest.approx(views.GRID**2)
    assert found[0, 0, 4] == pytest.approx(25 * 2 / 8, rel=0.01)
    assert found[4, 4, 6] == pytest.approx(25 * 6 / 8, rel=0.01)
    np.testing.assert_allclose(views.hoof(3 * flow), views.hoof(flow))  # size does not count
    assert not views.hoof(np.zeros((10, 10, 2))).any()


def test_the_fast_loso_counts_what_loso_counts():
    rng = np.random.default_rng(0)
    labels, groups = np.tile([0, 1, 2], 12), np.repeat(np.arange(6), 6)
    X = rng.random((36, 20)) + 0.4 * np.eye(3)[labels] @ rng.random((3, 20))
    found = evaluate.loso(X, labels.astype(str), groups.astype(str), C=1.0, transform=None)
    right = int((found.predicted == found.label).sum())
    assert thousand_tables.right_of(X @ X.T, labels, groups) == right
    assert 12 < right < 36


def test_a_draw_has_smics_structure():
    table = lab.table("identities=0-19,performances=0-5,amplitude=2")
    counts = thousand_tables.capped(6)
    assert counts.max() == 6 and counts.shape == (16, 3)
    assert (counts == np.minimum(list(HS_COUNTS.values()), 6)).all()
    chosen = thousand_tables.draw(table, counts, np.random.default_rng(1))
    assert chosen.index.is_unique and len(chosen) == counts.sum()
    found = chosen.groupby(["identity", "label"], sort=False).size().unstack(fill_value=0)
    assert sorted(map(tuple, found[list(LABELS)].to_numpy())) == sorted(map(tuple, counts))
    np.testing.assert_array_equal(table.index[chosen.place], chosen.index)
    other = thousand_tables.draw(table, counts, np.random.default_rng(2))
    assert set(other.index) != set(chosen.index)


def test_cells_are_means_where_most_is_known():
    flow = np.zeros((128, 128, 2))
    flow[:8, :8] = (1.0, -2.0)
    flow[8:16, :6] = np.nan
    found = invented_expressions.cells(flow)
    np.testing.assert_array_equal(found[0, 0], [1, -2])
    assert np.isnan(found[1, 0]).all() and not found[5, 5].any()
    assert invented_expressions.size(np.full((4, 4, 2), (3.0, 4.0))) == pytest.approx(5)


def test_a_score_comes_from_other_identities_alone():
    """What separates the classes in one identity only is of no use to that identity."""
    rng = np.random.default_rng(0)
    labels, groups = np.tile(list(LABELS), 8), np.repeat(np.arange(8), 3)
    X = 0.1 * rng.normal(size=(24, 30)) + 3 * np.eye(3, 30)[np.tile([0, 1, 2], 8)]
    far = invented_expressions.largest_score(X, labels, groups, X, groups)
    assert (far > 0.5).all()
    middle = np.tile(X.mean(axis=0), (24, 1))
    assert (invented_expressions.largest_score(X, labels, groups, middle, groups) < 0.5).all()


def test_absent_weights_are_told(monkeypatch):
    monkeypatch.setattr(views.weights, "available", lambda *a, **k: False)
    listed = views.inputs(["HR", "face-gan-x4"])
    assert listed.weights.tolist() == ["none", "absent"]
    assert views.present(["HR", "face-gan-x4"]) == ["HR"]


def test_networks_are_chosen_by_name():
    names = list(views.VIEWS)
    assert views.choose(names, "all") == names
    left = views.choose(names, "esrgan-x4")
    assert "esrgan-x4" in left and "HR" in left and "psnr-small" not in left
    assert not any(map(views.is_network, views.choose(names, "none")))
    with pytest.raises(ValueError, match="networks: got 'bicubic-x4'; allowed are all, none, face"):
        views.choose(names, "bicubic-x4")


def test_a_table_needs_sixteen_identities():
    with pytest.raises(ValueError, match="identities: got 9; 16 are drawn"):
        studies.run("thousand_tables", identities=9)


def test_every_view_has_a_look_and_a_place_in_the_curves():
    table = pd.DataFrame(
        [
            {"input": n, "descriptor": "lbp-top", "amplitude": a, "accuracy": 0.5, "low": 0.4}
            for n in views.VIEWS
            if not n.startswith(("nearest", "lanczos"))  # the study leaves them out
            for a in (0.0, 1.0)
        ]
    ).assign(high=0.6)
    fig = pictures.movement_curves(table, descriptor="lbp-top", sides={64: "64", 32: "32"})
    drawn = {text.get_text() for ax in fig.axes for text in ax.texts}
    assert drawn == set(table.input) - {"expression flow"} | {"guessing"}
    with pytest.raises(ValueError, match="name: got 'unheard-of'"):
        pictures.look("unheard-of")
