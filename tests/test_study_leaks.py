"""The study of leaks on the replica."""

import numpy as np
import pandas as pd
import pytest

from mer_core.studies import leakage, paired


def test_a_fast_run_of_the_leaks(tmp_path, monkeypatch):
    """Features that know the subject, in place of the rendered ones."""
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    rng = np.random.default_rng(0)
    clips = pd.Series([owner for owner, *_ in leakage.clip_ids().values()]).value_counts()
    width = len(leakage.FLOWS) * 2 * leakage.GRID**2
    width += sum(3 * bins * 25 for bins in leakage.BINS.values())
    monkeypatch.setattr(
        leakage, "_features", lambda seed, s: rng.random((clips[s], width)).astype(np.float32) / 99
    )
    found = leakage.run(workers=1, fast=True, seeds=1)
    names = [leakage.NESTED, leakage.FIXED, leakage.SCALED, *leakage.AGAINST]
    assert set(found["scores"].evaluation) == set(names)
    assert len(found["lifts"]) == 2 * len(names)


def test_a_lift_is_paired_by_seed_with_its_own_honest_evaluation():
    rows = []
    for seed, (honest, leak) in enumerate([(0.4, 0.5), (0.5, 0.8)]):
        for name in (leakage.NESTED, leakage.FIXED, leakage.SCALED):
            value = honest if name == leakage.FIXED else 0.1
            rows.append((seed, "lbp-top", name, 10, value, value))
        rows.append((seed, "lbp-top", "folds of clips", 10, leak, leak))
    columns = ["seed", "descriptor", "evaluation", "n", "accuracy", "uar"]
    table = paired.lifts(
        pd.DataFrame(rows, columns=columns), leakage.AGAINST, leakage.MEASURES
    ).set_index("evaluation")
    row = table.loc["folds of clips"]
    assert row.against == leakage.FIXED and row.accuracy == pytest.approx(0.65)
    assert row.accuracy_lift == pytest.approx(0.2)
    half = 12.7062 * np.std([0.1, 0.3], ddof=1) / np.sqrt(2)
    assert row.accuracy_lift_high - row.accuracy_lift == pytest.approx(half, abs=1e-4)
    assert np.isnan(table.accuracy_lift[leakage.FIXED])
