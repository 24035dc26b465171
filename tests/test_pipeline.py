import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mer_core import conditions, evaluate, pipeline, plan, presets, results
from mer_core.clip import read_clip, resize, to_grey
from mer_core.degrade import degrade, low_pass
from mer_core.descriptors import lbp_top
from mer_core.quality import psnr

FILES = [f"{name}.csv" for name in results.TABLES]


def bytes_of(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


@pytest.fixture
def done(small, tmp_path):
    return pipeline.run(small, out=tmp_path / "out", workers=1)


def test_the_conditions_of_a_preset(small):
    listed = [(c.input, c.method, c.scale) for c in conditions.conditions(small)]
    assert listed == [
        ("HR", "none", 1),
        ("LR16", "none", 2),
        ("SR16", "bicubic-x2", 2),
        ("SR16", "psnr-large", 2),
        ("LR8", "none", 4),
        ("SR8", "nearest-x4", 4),
    ]


def test_controls_are_further_rows_of_table_2_alone(small, done, tmp_path):
    """Each is what its words say, by hand; the other rows and Table 1 stay as they were."""
    names = ("own-size", "own-size-scaled", "low-pass")
    preset = replace(small, models=("bicubic-x2",), controls=names)
    got = pipeline.run(preset, out=tmp_path / "controls", workers=1)
    listed = [(c.input, c.method) for c in conditions.conditions(preset)]
    added = [("LR16", "own-size"), ("LR16", "own-size-scaled"), ("HR", "low-pass-x2")]
    assert listed == [("HR", "none"), ("LR16", "none"), ("SR16", "bicubic-x2"), *added]
    assert list(got.table1.method) == ["bicubic-x2"]
    keys = ["input", "method", "descriptor"]
    both = got.table2.merge(done.table2, on=keys)
    assert len(both) == 6 and (both.accuracy_x == both.accuracy_y).all()
    table = pipeline.index(preset)
    hr = [read_clip(row, size=32, frames=6) for _, row in table.iterrows()]
    by_hand = {
        "own-size": [degrade(c, 2) for c in hr],
        "low-pass-x2": [low_pass(c, 2) for c in hr],
    }
    for name, shown in by_hand.items():
        options = preset.descriptors["lbp-top"]
        x = np.stack([lbp_top(to_grey(c), **options).ravel() for c in shown]).astype(np.float32)
        want = evaluate.scores(evaluate.loso(x, table.label, table.subject, C=1.0))["accuracy"]
        row = got.table2[(got.table2.method == name) & (got.table2.descriptor == "lbp-top")]
        assert row.accuracy.item() == pytest.approx(want, abs=1e-6)


def test_tables_have_the_contract_s_columns(done):
    assert set(done.table1.columns) == {
        "method", "input", "scale", "psnr", "psnr_sd", "ssim", "ssim_sd", "clips", "weights"
    }  # fmt: skip
    ends = ("", "_low", "_high", "_fixed")
    scores = {f"{s}{e}" for s in ("accuracy", "uf1", "uar") for e in ends}
    assert set(done.table2.columns) == {"input", "method", "descriptor", "n"} | scores
    assert {"claim", "on_paper", "on_ours", "margin"} <= set(done.claims.columns)
    assert len(done.predictions) == 18 * 5 * 2


def test_absent_weights_are_shown_as_absent(done):
    row = done.table1.set_index("method").loc["psnr-large"]
    assert row.weights == "absent" and row.clips == 0 and np.isnan(row.psnr)
    rows = done.table2[done.table2.method == "psnr-large"]
    assert list(rows.n) == [0, 0] and rows.accuracy.isna().all()


def test_numbers_are_those_of_the_steps_by_hand(small, done):
    """PSNR of one method and the predictions of one cell, computed without the pipeline."""
    table = pipeline.index(small)
    hr = [read_clip(row, size=32, frames=6) for _, row in table.iterrows()]
    sr = [resize(degrade(c, 2), (32, 32), "bicubic") for c in hr]
    want = np.mean([psnr(a, b) for a, b in zip(hr, sr, strict=True)])
    assert done.table1.set_index("method").psnr["bicubic-x2"] == pytest.approx(want, abs=1e-4)
    options = small.descriptors["lbp-top"]
    features = np.stack([lbp_top(to_grey(c), **options).ravel() for c in sr]).astype(np.float32)
    by_hand = evaluate.loso(features, table.label, table.subject, C=1.0)
    p = done.predictions
    cell = p[(p.method == "bicubic-x2") & (p.descriptor == "lbp-top")].set_index("clip_id")
    assert list(cell.predicted) == list(by_hand.predicted.loc[cell.index])
    row = done.table2[(done.table2.method == "bicubic-x2") & (done.table2.descriptor == "lbp-top")]
    assert row.accuracy.item() == pytest.approx(evaluate.scores(by_hand)["accuracy"], abs=1e-6)


def test_bytes_depend_on_neither_workers_nor_cache(small, done, tmp_path, monkeypatch):
    again = pipeline.run(small, out=tmp_path / "two", workers=2)
    assert bytes_of(again.folder) == bytes_of(done.folder)
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "other"))
    anew = pipeline.run(small, out=tmp_path / "three", workers=1)
    assert bytes_of(anew.folder) == bytes_of(done.folder)


def test_a_finished_run_is_read_and_a_changed_one_is_run(small, done, monkeypatch):
    monkeypatch.setattr(pipeline, "_process_all", None)  # would be called by a run
    assert pipeline.run(small, out=done.folder).provenance == done.provenance
    with pytest.raises(TypeError):
        pipeline.run(replace(small, sigma=2.0), out=done.folder)
    (done.folder / "table1.csv").unlink()
    with pytest.raises(TypeError):
        pipeline.run(small, out=done.folder)


def test_provenance_says_what_and_no_path(done, tmp_path):
    text = (done.folder / "provenance.json").read_text()
    assert str(tmp_path) not in text and os.path.expanduser("~") not in text
    stamp = json.loads(text)
    assert stamp["parameters"]["dataset"] == stamp["dataset"]["name"] == "smic-vis"
    assert {"commit", "versions", "machine", "seconds", "weights", "inputs"} <= set(stamp)


def test_own_size_is_an_option(small, tmp_path):
    small = replace(small, enlarge=None, models=("bicubic-x2",))
    found = pipeline.run(small, out=tmp_path / "own", workers=1)
    p = found.predictions
    assert len(p[p.input == "LR16"]) == 36


def test_unknown_clips_and_dirty_trees_are_refused(small, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="clips: smic-vis has no s09_ne_01"):
        pipeline.run(replace(small, clips=("s09_ne_01",)), out=tmp_path / "out")
    monkeypatch.setattr(pipeline.provenance, "commit", lambda: ("abc", True))
    with pytest.raises(ValueError, match="refuses a changed working tree"):
        pipeline.run(replace(small, clean=True), out=tmp_path / "out")
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_a_licensed_face_is_shown_only_when_publishable(small, monkeypatch):
    asked = []

    def load(name, root=None, **options):
        asked.append(name)
        return pd.DataFrame({"folder": ["f"]}, index=["s01_ne_01"])

    monkeypatch.setattr(pipeline.datasets, "load", load)
    assert pipeline.shown(small, "s01_ne_01").dataset == "synthetic"
    assert pipeline.shown(replace(small, publishable=("s01",)), "s01_ne_01").dataset == "smic-vis"
    assert asked == ["synthetic", "smic-vis"]


def test_the_plan_estimates_and_starts_nothing(small):
    lines = plan.describe(presets.load("quick"), workers=2)
    text = "\n".join(lines)
    assert (
        "164 synthetic clips (not SMIC)" in text
        and "absent, for want of weights: psnr-large" in text
    )
    assert "min" in lines[-1] and "GB of disk" in lines[-1] and "GiB of memory" in lines[-1]
    assert "at most 164 clips" in "\n".join(plan.describe(small))


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_killed_at_five_moments_the_rerun_ends_with_the_same_bytes(
    small, done, tmp_path, monkeypatch
):
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "killed"))
    file = presets.save(small, tmp_path / "small.yml")
    code = (
        "import sys; from pathlib import Path; from mer_core import pipeline; "
        "pipeline.run(sys.argv[1], out=Path(sys.argv[2]), workers=1)"
    )
    words = [sys.executable, "-c", code, str(file), str(tmp_path / "again")]
    start = time.monotonic()
    subprocess.run(words, check=True, capture_output=True)  # how long one run takes here
    whole = time.monotonic() - start
    for part in ("killed", "again"):
        subprocess.run(["rm", "-rf", str(tmp_path / part)], check=True)
    for k in range(5):
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole * (0.3 + 0.15 * k))
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(words, check=True, capture_output=True)
    assert bytes_of(tmp_path / "again") == bytes_of(done.folder)
    assert sorted(p.name for p in (tmp_path / "again").iterdir() if p.name[0] != ".") == sorted(
        [*FILES, "provenance.json"]
    )
