"""The study of controls, and what it shares with other studies of the replica."""

import numpy as np
import pandas as pd
import pytest

from mer_core import evaluate
from mer_core.clip import resize, to_grey
from mer_core.degrade import degrade, low_pass
from mer_core.studies import controls, controls_shown, material


def test_a_kernel_stands_for_its_features():
    """Inner products and predictions are the same with n numbers a clip as with many."""
    rng = np.random.default_rng(0)
    histograms = rng.random((24, 3, 50))
    gram = material.gram(np.sqrt(histograms))
    few = material.surrogate(gram)
    np.testing.assert_allclose(few @ few.T, gram, atol=1e-10)
    labels, subjects = np.tile(["a", "b", "c"], 8), np.repeat(["s1", "s2", "s3", "s4"], 6)
    many = evaluate.loso(histograms.reshape(24, -1), labels, subjects, C=1.0)
    got = evaluate.loso(few, labels, subjects, C=1.0, transform=None)
    assert list(got.predicted) == list(many.predicted)


def test_the_interval_is_student_s():
    assert material.interval([1.0, 2.0, 3.0]) == pytest.approx((2.0, -0.4841, 4.4841), abs=1e-4)
    assert np.isnan(material.interval([1.0])[1])


def test_the_inputs_are_what_they_are_called():
    hr = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    found = {(name, method): (clip, factor) for name, method, clip, factor in controls.shown(hr, 3)}
    lr = degrade(hr, 4, seed=3)
    np.testing.assert_array_equal(found["LR8", "own-size"][0], to_grey(lr))
    np.testing.assert_array_equal(
        found["LR8", "lanczos"][0], to_grey(resize(lr, (32, 32), "lanczos"))
    )
    np.testing.assert_array_equal(found["HR", "low-pass-x4"][0], to_grey(low_pass(hr, 4)))
    assert {k: factor for k, (_, factor) in found.items() if factor > 1} == {
        ("LR16", "own-size-scaled"): 2,
        ("LR8", "own-size-scaled"): 4,
    }


def scores(**right):
    """Two seeds of 100 clips; `right` names cells and gives the clips right in each seed."""
    cells = {
        "hr": ("HR", "none"), "bicubic": ("LR64", "bicubic"), "own": ("LR64", "own-size"),
        "small": ("LR32", "bicubic"), "band": ("HR", "low-pass-x2"),
    }  # fmt: skip
    rows = []
    for seed in (0, 1):
        for name, counts in right.items():
            where = dict(zip(("input", "method"), cells[name], strict=True))
            where |= {"descriptor": "lbp-top", "variant": "fine", "C": "1"}
            rows.append(
                {"part": "controls", **where, "seed": seed, "n": 100, "right": counts[seed]}
            )
    return pd.DataFrame(rows)


def test_differences_are_paired_by_seed():
    table = controls.controls(
        scores(hr=(60, 70), bicubic=(50, 50), own=(52, 54), small=(40, 40), band=(55, 65))
    ).set_index(["input", "method"])
    own, band = table.loc["LR64", "own-size"], table.loc["HR", "low-pass-x2"]
    assert own.accuracy == pytest.approx(0.53) and own.from_lr == pytest.approx(0.03)
    assert own.from_hr == pytest.approx(-0.12)
    half = 12.7062 * np.std([0.02, 0.04], ddof=1) / np.sqrt(2)
    assert own.from_lr_high - own.from_lr == pytest.approx(half, abs=1e-5)
    assert band.from_lr == pytest.approx(0.10) and band.from_hr == pytest.approx(-0.05)
    assert np.isnan(table.loc["HR", "none"].from_lr)


def test_a_fast_run_fills_every_table(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    found = controls.run(workers=1, fast=True, seeds=1)
    cells = found["scores"]
    assert set(cells.part) == {"controls", "conventions"} and set(cells.n) == {12}
    assert len(found["controls"].drop_duplicates(["input", "method"])) == 13
    conventions = found["conventions"]
    assert set(conventions[conventions.descriptor == "lbp-top"].against) == {
        "R = 1, zhao2007, nearest, uniform",
        "R = 3, zhao2007, nearest, uniform",
    }
    table = controls_shown.table(found["controls"], variant="wide")
    assert "HR in the band of LR64" in repr(table) and "synthetic" in table.caption
    assert "hong2016" in repr(controls_shown.conventions(conventions, "lbp-top"))
    again = controls.run(workers=1, fast=True, seeds=1)  # from the store
    pd.testing.assert_frame_equal(again["scores"], cells)
