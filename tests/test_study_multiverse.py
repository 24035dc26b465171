"""The multiverse: its design, its verdicts on the paper's own numbers, and a tiny run."""

import numpy as np
import pandas as pd
import pytest

from mer_core import descriptors, paper
from mer_core.studies import forensics, multiverse, multiverse_shown


def test_the_design_is_seeded_large_and_even():
    specs = multiverse.specifications(0, 4)
    pd.testing.assert_frame_equal(specs, multiverse.specifications(0, 4))
    assert not specs.equals(multiverse.specifications(1, 4))
    assert len(specs) >= 200
    worlds = specs.drop_duplicates("world")
    plain = worlds[worlds.sr == "interpolation"]
    assert len(plain[["sigma", "sampling", "noise"]].drop_duplicates()) >= 24
    assert plain.channel.value_counts().nunique() == plain.frames.value_counts().nunique() == 1
    assert (worlds.sr == "face networks").sum() == 4
    assert set(specs.lr) == set(multiverse.LR) and len(set(specs.protocol)) == 4
    assert len(multiverse.specifications(0, 0)) == (specs.sr == "interpolation").sum()


def test_every_way_to_read_fits_the_smallest_input():
    noise = np.random.default_rng(0).integers(0, 256, (6, 32, 32), dtype=np.uint8)
    for number in range(28):
        rng = np.random.default_rng([0, 1, number])
        for _ in range(multiverse.READS):
            for name, parameters in multiverse._draw(rng).parameters().items():
                descriptors.describe(noise, name, **parameters)


def test_the_paper_s_numbers_give_the_paper_s_verdicts(monkeypatch):
    """With every network standing for itself."""
    monkeypatch.setitem(multiverse.STANDS_FOR, "paper", {})
    monkeypatch.setitem(multiverse.JUDGED, "paper", multiverse.JUDGED["face networks"])
    table2 = paper.tables()["table2"]
    known = {(r.input, r.method, r.descriptor): r.accuracy for r in table2.itertuples()}
    spec = pd.Series({"specification": 7, "sr": "paper"})
    judged = {v["claim"]: v for v in multiverse._judge(spec, known, 164)}
    assert {c: v["holds"] for c, v in judged.items()} == {
        "C8a": True, "C8b": False, "C11": True, "C15": True, "C16a": True, "C16b": False,
        "C17": True, "C19": True,
    }  # fmt: skip
    assert judged["C15"]["met"] == judged["C15"]["needed"] == 12
    assert judged["C15"]["margin"] == pytest.approx(0.0019)


def rows(**psnr):
    said = {"scale": 2, "sampling": "centred", "noise": 0.0, "frames": 1, "channel": "y"}
    return pd.DataFrame(
        [
            {"method": m.replace("_", "-"), "sigma": s, "psnr": v, "ssim": 0.9, "border": 0, **said}
            for m, values in psnr.items()
            for s, v in values.items()
        ]
    )


def test_the_nearest_degradation_is_found():
    table = rows(psnr_small={0.2: 30.0, 0.4: 37.0}, esrgan_x2={0.2: 36.0, 0.4: 38.79})
    theirs = paper.tables()["table1"]
    one = forensics.nearest(table, theirs).set_index("method")
    assert one.sigma["psnr-small"] == 0.4 and one.gap["psnr-small"] == pytest.approx(-0.41)
    assert one.sigma["esrgan-x2"] == 0.2 and one.gap["esrgan-x2"] == pytest.approx(0.21)
    both = forensics.together(table, theirs)
    assert both.sigma.tolist() == [0.4, 0.2]
    assert both.gap[0] == pytest.approx(np.sqrt((0.41**2 + 3.0**2) / 2))


def test_a_fast_run_fills_every_table(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "cache"))
    found = multiverse.run(workers=1, fast=True)
    specs, verdicts = found["specifications"], found["verdicts"]
    assert set(verdicts.specification) == set(specs.specification)
    assert set(verdicts.claim) == set(multiverse.JUDGED["interpolation"])
    assert found["accuracies"].accuracy.between(0, 1).all()
    assert set(found["forensics"].method) == set(forensics.PLAIN)
    shares = multiverse_shown.shares(specs, verdicts)
    assert shares.loc["LR"].index.tolist() == ["enlarged", "own size"]
    part = verdicts[verdicts.claim == "C19"].merge(specs, on="specification")
    want = part[part.lr == "enlarged"].holds.mean()
    assert shares.loc[("LR", "enlarged"), "C19"] == pytest.approx(want)
