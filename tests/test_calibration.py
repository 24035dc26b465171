"""The calibration: amplitudes drawn together equal those drawn alone; the rule of the choice."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mer_core import studies
from mer_core.datasets.synthetic import memory
from mer_core.datasets.synthetic.knobs import DEFAULTS
from mer_core.studies import calibration


def test_amplitudes_drawn_together_are_those_drawn_alone():
    both = memory.at_amplitudes("s05_ne_01", (1.0, 3.0), seed=7, size=64, frames=3)
    for found, amplitude in zip(both, (1.0, 3.0), strict=True):
        parameters = {"mean_px": amplitude}
        alone = memory.clip("s05_ne_01", seed=7, size=64, frames=3, parameters=parameters)
        np.testing.assert_array_equal(found, alone)
    assert (both[0] != both[1]).any()


@pytest.mark.parametrize(
    ("means", "taken"),
    [
        ((0.40, 0.47, 0.52), 2.0),
        ((0.40, 0.45, 0.48), 3.0),  # none reaches the target: the largest
        ((0.47, 0.4876, 0.49), 2.0),
        ((0.60, 0.70, 0.80), 1.0),
    ],
)
def test_the_nearest_amplitude_is_taken(means, taken):
    rows = [
        {"seed": seed, "mean_px": px, "accuracy": mean + off}
        for px, mean in zip((1.0, 2.0, 3.0), means, strict=True)
        for seed, off in enumerate((-0.01, 0.0, 0.01))
    ]
    table = calibration.summarise(pd.DataFrame(rows))
    assert table.mean_px[table.taken].tolist() == [taken]
    assert (table.accuracy_low < table.accuracy).all()


def test_the_card_and_the_default_say_what_the_study_found():
    table = studies.read("calibration").tables["amplitudes"]
    taken = table[table.taken].iloc[0]
    assert taken.mean_px == DEFAULTS["mean_px"]
    assert calibration.summarise(studies.read("calibration").tables["rates"]).equals(table)
    card = Path(calibration.memory.__file__).with_name("README.md").read_text(encoding="utf-8")
    for row in table.itertuples():
        assert f"{100 * row.accuracy:.2f}" in card and f"{100 * row.accuracy_low:.1f} to" in card
