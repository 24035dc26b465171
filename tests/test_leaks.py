"""Leaks act where there is something to leak, and an honest evaluation of noise stays at chance."""

import numpy as np
import pandas as pd
import pytest

from mer_core import leaks

DRAWS = 3


@pytest.fixture(scope="module")
def uar():
    table = leaks.compare(DRAWS)
    return table.groupby(["features", "evaluation"]).uar.mean()


def test_noise_stays_at_chance_when_c_is_chosen_inside(uar):
    """Chance is 1/3; over 164 clips the UAR of noise spreads by about .04 a draw."""
    assert uar["nothing", "C chosen inside"] <= 1 / 3 + 3 * 0.04 / np.sqrt(DRAWS)
    assert uar["nothing", leaks.HONEST] <= 1 / 3 + 3 * 0.04 / np.sqrt(DRAWS)


def test_each_leak_lifts_where_it_can(uar):
    assert uar["nothing", "C chosen on the test subject"] > uar["nothing", leaks.HONEST]
    known = "who the subject is"
    assert uar[known, "folds of clips"] > uar[known, leaks.HONEST] + 0.05


def test_c_chosen_on_the_test_subject_by_hand():
    rows = {"subject": list("aabb"), "label": list("xyxy")}
    tables = {
        1.0: pd.DataFrame(rows | {"predicted": list("xxyy")}),
        10.0: pd.DataFrame(rows | {"predicted": list("yyxy")}),
    }
    found = leaks.chosen_on_test(tables)
    assert list(found.predicted) == list("xxxy")  # a: 1 of 2 either way, the first; b: the second


def test_knowing_the_subject_by_hand():
    """SMIC-HS: 103 of 164 from each subject's own clips, 70 for always negative."""
    table = leaks.oracle().set_index("knows")
    assert table.right["its own clips"] == 103
    assert table.right["nothing: the most frequent class"] == 70
    assert round(100 * table.accuracy["its other clips"], 1) == 56.8  # ties split evenly
