"""Two runs, clip by clip: what differs by more than the noise, and what is no comparison."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mer_core import compare


def predictions(right, *, dataset="synthetic", methods=("none",), labels=None):
    """A run's tables: 8 subjects of 10 clips; `right` says for each method which clips it gets."""
    subjects = np.repeat([f"s{k:02d}" for k in range(8)], 10)
    labels = np.resize(["negative", "positive"], 80) if labels is None else labels
    rows = []
    for method in methods:
        for k, (subject, label) in enumerate(zip(subjects, labels, strict=True)):
            other = {"negative": "positive", "positive": "negative"}[label]
            rows.append({
                "clip_id": f"c{k:02d}", "subject": subject, "label": label,
                "input": "LR64" if method == "none" else "SR64", "method": method,
                "descriptor": "lbp-top", "predicted": label if right[method][k] else other,
                "kernel": "linear", "C": 1.0,
            })  # fmt: skip
    return pd.DataFrame(rows)


def write(folder, table, *, dataset="synthetic", parameters=None, weights="ab"):
    folder.mkdir()
    methods = [m for m in table.method.unique() if m != "none"]
    quality = pd.DataFrame({"method": methods, "input": "LR64", "scale": 2, "psnr": 30.0,
                            "psnr_sd": 1.0, "ssim": 0.9, "ssim_sd": 0.1, "clips": 80,
                            "weights": weights})  # fmt: skip
    tables = {
        "predictions": table,
        "table1": quality,
        "table2": quality,
        "claims": quality,
        "quality": quality,
    }
    for name, content in tables.items():
        content.to_csv(folder / f"{name}.csv", index=False)
    said = {"parameters": parameters or {"sigma": None, "seed": 0, "name": folder.name},
            "dataset": {"name": dataset}, "commit": "a"}  # fmt: skip
    (folder / "provenance.json").write_text(json.dumps(said))
    return folder


@pytest.fixture
def runs(tmp_path):
    """Three: a base; one that is right on 40 clips more, in every subject; one that shuffles."""
    base = np.tile([True, False], 40)
    better = base | np.tile([False, True, False, True, False], 16)
    rng = np.random.default_rng(0)
    mixed = base ^ (rng.random(80) < 0.1)
    made = {"base": base, "better": better, "mixed": mixed}
    parameters = {"better": {"sigma": 1.0, "seed": 0, "name": "better"}}
    return {
        name: write(tmp_path / name, predictions({"none": right}), parameters=parameters.get(name))
        for name, right in made.items()
    }


def test_a_true_difference_is_beyond_the_noise(runs):
    found = compare.compare(runs["base"], runs["better"])
    row = found.cells.iloc[0]
    assert (row.n, row.first, row.lost) == (80, 0.5, 0)
    assert row.won == 16 and row.second == pytest.approx(0.7)
    assert row.mcnemar == pytest.approx(2 * 0.5**16)
    assert row.low == pytest.approx(0.2) == row.high, "every subject gains two clips of ten"
    assert row.p == pytest.approx(2 / 2**8), "every subject gains: the smallest p of 8 subjects"
    assert row.differs and found.parameters == {"sigma": (None, 1.0)} and found.only == []
    text = "\n".join(compare.lines(found, "base", "better"))
    assert "sigma: None -> 1.0" in text and "won 16, lost 0 of 80" in text and "differs" in text


def test_noise_is_noise_and_a_run_equals_itself(runs):
    mixed = compare.compare(runs["base"], runs["mixed"]).cells.iloc[0]
    assert not mixed.differs and mixed.low <= 0 <= mixed.high
    same = compare.compare(runs["base"], runs["base"])
    assert same.cells.difference.item() == 0 and same.cells.p.item() == 1 and not same.parameters


def test_what_is_no_comparison_is_said(runs, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere has no predictions"):
        compare.compare(runs["base"], tmp_path / "nowhere")
    turned = np.resize(["positive", "negative"], 80)
    other = predictions({"none": np.ones(80, bool)}, labels=turned)
    write(tmp_path / "other", other)
    with pytest.raises(ValueError, match="label c00 differently"):
        compare.compare(runs["base"], tmp_path / "other")
    smic = predictions({"none": np.ones(80, bool)})
    write(tmp_path / "smic", smic, dataset="smic-hs")
    with pytest.raises(ValueError, match="another set"):
        compare.compare(runs["base"], tmp_path / "smic")
    write(tmp_path / "repeated", smic.assign(repeat=0))
    with pytest.raises(ValueError, match="repeated hold-outs"):
        compare.compare(runs["base"], tmp_path / "repeated")
    elsewhere = smic.assign(descriptor="lpq-top")
    write(tmp_path / "lpq", elsewhere)
    with pytest.raises(ValueError, match="share no clip"):
        compare.compare(runs["base"], tmp_path / "lpq")


def test_the_gain_of_super_resolution_is_one_number_with_an_interval(tmp_path):
    from mer_core import results

    base = np.tile([True, False], 40)
    right = {"none": base, "net": base | np.tile([False, True, False, True, False], 16)}
    right["bicubic-x2"] = np.ones(80, bool)  # no network: not counted
    table = predictions(right, methods=("none", "net", "bicubic-x2"))
    folder = write(tmp_path / "run", table, weights=["ab", "none"])
    found = compare.gain(results.read(folder))
    assert (found["pairs"], found["clips"], found["subjects"]) == (1, 80, 8)
    assert found["points"] == pytest.approx(20.0)
    assert 0 < found["low"] <= 20 <= found["high"]
    alone = write(tmp_path / "alone", predictions({"none": base}))
    assert compare.gain(results.read(alone)) is None


def test_the_interval_resamples_subjects():
    """Clips that are copies of each other within a subject do not narrow it."""
    rng = np.random.default_rng(1)
    values = rng.normal(size=8)
    subjects = pd.Series([f"s{k}" for k in range(8)])
    once = compare.difference_interval(values, np.zeros(8), subjects)
    many = compare.difference_interval(np.repeat(values, 20), np.zeros(160), subjects.repeat(20))
    assert once == pytest.approx(many)


def test_the_first_page_says_the_number_its_interval_and_the_data(tmp_path):
    from mer_core import results
    from mer_core.book import landing

    base = np.tile([True, False], 40)
    said = {}
    for name, better in {"none": base, "all": np.ones(80, bool)}.items():
        table = predictions({"none": base, "net": better}, methods=("none", "net"))
        folder = write(tmp_path / name, table)
        said[name] = landing.answer(results.read(folder))
    assert said["none"]["gain"] == "+0.0" and "cannot tell" in said["none"]["can_tell"]
    assert said["all"]["gain"] == "+50.0" and "helps" in said["all"]["can_tell"]
    assert said["all"]["data_kind"] == "synthetic, not SMIC"
    worse = predictions({"none": base, "net": ~base & False}, methods=("none", "net"))
    found = landing.answer(results.read(write(tmp_path / "worse", worse)))
    assert found["gain"] == "−50.0" and "harms" in found["can_tell"]
    alone = write(tmp_path / "alone", predictions({"none": base}))
    assert "no network" in landing.answer(results.read(alone))["can_tell"]
    page = (Path(__file__).parents[1] / "book" / "index.md").read_text(encoding="utf-8")

    names = set(re.findall(r"\[\[(\w+)\]\]", page)) - set(said["all"])
    assert all(n.startswith("pair_") for n in names) and names
