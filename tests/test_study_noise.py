"""The study of pure noise."""

import pandas as pd
import pytest

from mer_core import studies
from mer_core.studies import noise


def test_a_fast_run_on_noise(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    found = noise.run(workers=1, fast=True, seeds=2)
    assert list(found["scores"].n) == [48, 48]
    summary = found["summary"].set_index("score")
    assert summary.loc["uar", "mean"] == pytest.approx(found["scores"].uar.mean(), abs=1e-6)
    again = noise.run(workers=1, fast=True, seeds=2)  # from the store
    pd.testing.assert_frame_equal(again["scores"], found["scores"])


def test_noise_stays_at_chance_over_the_committed_seeds():
    summary = studies.read("noise").tables["summary"].set_index("score")
    assert summary.seeds["uar"] == 200
    assert summary["mean"]["uar"] <= 0.34
