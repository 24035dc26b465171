"""Clips of the replica without files: equal to those that are written and read back."""

import numpy as np
import pytest

from mer_core.clip import read_clip
from mer_core.datasets import HS_COUNTS, load
from mer_core.datasets.synthetic import memory


def test_a_clip_without_files_equals_the_one_that_is_read(tmp_path):
    row = load("synthetic", tmp_path, clips=["s13_po_02"]).loc["s13_po_02"]
    for frames, size in ((4, 64), (None, 128)):
        expected = read_clip(row, size=size, frames=frames)
        np.testing.assert_array_equal(memory.clip(row.name, size=size, frames=frames), expected)


def test_the_table_is_that_of_the_replica():
    table = memory.table()
    assert len(table) == 164 and table.index.is_monotonic_increasing
    counts = table.groupby("subject").label.value_counts()
    assert counts.sum() == sum(map(sum, HS_COUNTS.values()))
    assert counts["s03", "negative"] == HS_COUNTS["s03"][0]


def test_another_amplitude_is_another_clip():
    a = memory.clip("s13_po_02", frames=3, size=32)
    assert (a != memory.clip("s13_po_02", frames=3, size=32, parameters={"mean_px": 4.0})).any()
    with pytest.raises(ValueError, match="mean_px"):
        memory.clip("s13_po_02", parameters={"mean_px": 99})
