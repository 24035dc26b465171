"""Figures and diagrams: what is drawn is what came in."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from mer_core import diagrams, figures


@pytest.fixture(autouse=True)
def drawing(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    plt.switch_backend("Agg")
    with plt.rc_context():
        figures.use_style()
        yield
    plt.close("all")


def texts(fig):
    return [t.get_text() for ax in fig.axes for t in ax.texts]


def test_images_fills_a_grid_and_never_smooths():
    pictures = {f"p{k}": np.full((4, 6), k, np.uint8) for k in range(5)}
    fig = figures.images(pictures, columns=3)
    shown = [ax for ax in fig.axes if ax.images]
    assert len(fig.axes) == 6 and len(shown) == 5
    assert [ax.get_title() for ax in shown] == list(pictures)
    assert {ax.images[0].get_interpolation() for ax in shown} == {"nearest"}
    assert shown[3].images[0].get_array().max() == 3
    assert shown[0].images[0].get_clim() == (0, 255)


def test_planes_cut_through_the_point():
    clip = np.arange(5 * 6 * 7, dtype=np.uint8).reshape(5, 6, 7)
    xy, xt, yt = figures.planes(clip, x=4, y=3, t=2).axes
    np.testing.assert_array_equal(xy.images[0].get_array(), clip[2])
    np.testing.assert_array_equal(xt.images[0].get_array(), clip[:, 3, :])
    np.testing.assert_array_equal(yt.images[0].get_array(), clip[:, :, 4])


def test_confusion_writes_every_count_and_shades_by_row():
    matrix = pd.DataFrame([[3, 1], [0, 0]], index=["a", "b"], columns=["a", "b"])
    fig, ax = plt.subplots()
    figures.confusion(matrix, ax=ax)
    assert texts(fig) == ["3", "1", "0", "0"]
    np.testing.assert_allclose(ax.images[0].get_array(), [[0.75, 0.25], [0, 0]])


def test_intervals_puts_the_first_row_on_top():
    columns = {"value": [1.0, 2.0], "low": [0.5, 1.0], "high": [2.0, 4.0]}
    table = pd.DataFrame(columns, index=["a", "b"])
    _, ax = plt.subplots()
    figures.intervals(table, ax=ax, label="s")
    x, y = ax.lines[0].get_data()
    assert list(x) == [1, 2] and list(y) == [1, 0]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]
    (left, right) = ax.collections[0].get_segments()[1][:, 0]
    assert (left, right) == (1.0, 4.0)


def layer(name, kind, inputs, filters=None, kernel=None):
    return {"name": name, "type": kind, "inputs": inputs, "filters": filters, "kernel": kernel}


BLOCK = [
    layer("LR", "InputLayer", []),
    layer("F_0", "Conv2D", ["LR"], 5, 3),
    layer("F_1_1", "Conv2D", ["F_0"], 2, 3),
    layer("RDB_Concat_1_1", "Concatenate", ["F_0", "F_1_1"]),
    layer("F_1_2", "Conv2D", ["RDB_Concat_1_1"], 2, 3),
    layer("RDB_Concat_1_2", "Concatenate", ["RDB_Concat_1_1", "F_1_2"]),
    layer("LFF_1", "Conv2D", ["RDB_Concat_1_2"], 5, 1),
    layer("LRL_1", "Add", ["LFF_1", "F_0"]),
]


def test_rdb_counts_channels_from_the_layers():
    said = texts(diagrams.rdb(BLOCK))
    for line in (
        "input, 5 channels",
        "conv 3×3, 5 → 2, ReLU",
        "conv 3×3, 7 → 2, ReLU",
        "conv 1×1, 9 → 5",
        "output, 5 channels",
        "joined:\n9 channels",
    ):
        assert line in said, said


def test_a_network_of_another_family_is_refused():
    with pytest.raises(ValueError, match="network: has no layer"):
        diagrams.rrdb(BLOCK)


def test_framework_names_every_step():
    said = " ".join(texts(diagrams.framework()))
    for word in ("degrade", "super-resolve", "describe", "classify", "Table 1", "Table 2"):
        assert word in said
