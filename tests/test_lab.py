"""The laboratory: its grammar of slices, its factors, and that files and memory agree."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mer_core import datasets
from mer_core.clip import read_clip
from mer_core.datasets.synthetic import folders, lab, lab_files, replica
from mer_core.datasets.synthetic.anatomy import draw_traits

SMALL = "identities=3,labels=positive,performances=1,amplitude=0+2"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """One performance as a sham and at 2 pixels, as files."""
    folder = tmp_path_factory.mktemp("lab")
    lab_files.generate(folder, SMALL, workers=1, progress=False)
    return folder


def tree(folder):
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def test_the_whole_is_balanced_and_factorial():
    table = lab.table("identities=0-199,performances=all,amplitude=all")
    assert table.index.is_unique and table.index.is_monotonic_increasing
    cells = table.groupby(["identity", "label", "amplitude"]).size()
    assert cells.nunique() == 1 and cells.iloc[0] >= 8
    assert table.identity.nunique() >= 200
    assert sorted(table.amplitude.unique()) == [0, 0.5, 1, 1.5, 2, 3]


def test_a_slice_names_values_ranges_and_all():
    found = lab.parse("identities=0-2+7, amplitude=0.5-2,noise=all,labels=surprise+negative")
    assert found["identities"] == [0, 1, 2, 7]
    assert found["amplitude"] == [0.5, 1, 1.5, 2]
    assert found["noise"] == list(lab.FACTORS["noise"])
    assert found["labels"] == ["negative", "surprise"]
    assert found["performances"] == [0, 1]  # left out: the default
    assert lab.parse("amplitude=1.50") == lab.parse("amplitude=1.5") == lab.parse()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("identity=3", "slice: got 'identity=3'; allowed are key=values with the keys identities"),
        ("identities", "slice: got 'identities'; allowed are key=values"),
        ("identities=3-400", "slice: identities: got '400'; allowed are 0 to 199"),
        ("identities=-1", "slice: identities: got '-1'"),
        ("identities=5-2", "slice: identities: got '5-2'; a range goes upwards"),
        ("amplitude=1.7", r"slice: amplitude: got '1.7'; allowed are 0, 0.5, 1, 1.5, 2, 3,"),
        ("labels=happy", "slice: labels: got 'happy'; allowed are negative, positive, surprise"),
        ("amplitude=nan", "slice: amplitude: got 'nan'"),
        ("noise=", "slice: noise: got ''"),
        ("noise=1.5,noise=3", "slice: noise: named twice"),
    ],
)
def test_a_wrong_slice_is_one_clear_line(text, message, tmp_path):
    with pytest.raises(ValueError, match=message) as error:
        datasets.load("synthetic-lab", tmp_path / "new", slice=text)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "new").exists()


def test_identities_meet_neither_a_replica_nor_the_training_stream():
    """A generator is decided by (seed, stream, number): no number is shared, whatever the seed."""
    theirs = {t.seed[1:] for t in replica.cast(7).values()}
    ours = {draw_traits(7, lab.FIRST + k).seed[1:] for k in (0, 199)}
    training = draw_traits(7, lab.FIRST, stream="training")
    assert max(number for _, number in theirs) < lab.FIRST
    assert not ours & theirs and training.seed[1:] not in ours
    assert lab.ACTING not in (0, 1, replica.PERFORMANCES, replica.GRAIN)


def test_the_table_keeps_the_contract(root):
    table = lab_files.load(root, SMALL)
    columns = ["subject", "label", "onset", "apex", "offset", "fps", "folder"]
    assert list(table.columns[:7]) == columns and table.index.name == "clip_id"
    assert {"identity", "performance", "amplitude", "noise", "resolution"} <= set(table.columns)
    assert all(Path(f).is_absolute() for f in table.folder)
    assert ((table.onset < table.apex) & (table.apex < table.offset)).all()


@pytest.mark.parametrize(("size", "count"), [(128, 4), (64, 60)])
@pytest.mark.parametrize("resolution", ["190x230", "32"])
def test_memory_gives_what_files_give(root, size, count, resolution):
    """60 frames are more than the clip has, so that every one is drawn and some come twice."""
    row = lab_files.load(root, f"{SMALL},resolution={resolution}").iloc[1]
    np.testing.assert_array_equal(
        lab.clip(row, size=size, frames=count), read_clip(row, size=size, frames=count)
    )


def test_nothing_drawn_depends_on_amplitude_or_noise():
    sham, real = (row for _, row in lab.table(SMALL).iterrows())
    loud = lab.table(SMALL + ",noise=3").iloc[0]
    calm, moved = lab.performance(sham), lab.performance(real)
    for name in ("envelope", "stray", "turn", "shift", "lamps", "gain", "gaze"):
        np.testing.assert_array_equal(getattr(calm, name), getattr(moved, name))
    np.testing.assert_array_equal(lab.render(sham, [1]), lab.render(real, [1]))  # at the onset
    quiet, noisy, clean = (
        lab.render(row, [2], clean=c).astype(float)
        for row, c in ((sham, False), (loud, False), (sham, True))
    )
    grain = [(picture - clean).ravel() for picture in (quiet, noisy)]
    assert np.corrcoef(grain)[0, 1] > 0.9  # the same grain, stronger
    assert 1.7 < grain[1].std() / grain[0].std() < 2.3


def test_a_sham_moves_nothing():
    """Exactly zero expression flow; at 2 pixels the same performance moves the skin."""
    flows = []
    for _, row in lab.table(SMALL).iterrows():
        acted, drawn = lab.performance(row), lab.face(0, int(row.identity))
        flows.append(drawn.flow(acted.state(1), acted.state(1, expression=acted.apex)))
    assert np.nanmax(np.abs(flows[0])) == 0
    assert 1 < np.nanmax(np.hypot(flows[1][..., 0], flows[1][..., 1])) < 2.5


def test_a_frame_is_the_same_whichever_others_are_drawn():
    row = lab.table(SMALL).iloc[1]
    np.testing.assert_array_equal(lab.render(row, [5, 9])[1], lab.render(row, [9])[0])


def test_a_killed_run_goes_on(root, tmp_path):
    code = (
        "import sys; from mer_core.datasets.synthetic import lab_files\n"
        "lab_files.generate(sys.argv[1], sys.argv[2], workers=1, progress=False)"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen([sys.executable, "-c", code, tmp_path, SMALL], env=environment)
    deadline = time.monotonic() + 90
    while not list(tmp_path.glob(f"*/*/{folders.PARTIAL}*/*.png")):
        assert process.poll() is None, "ended before it wrote a frame"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.wait()
    lab_files.generate(tmp_path, SMALL, workers=1, progress=False)
    ours, theirs = tree(tmp_path), tree(root)
    assert all(ours[name] == theirs[name] for name in ours if name != "dataset.json")
    assert sum(name.endswith("truth.json") for name in ours) == 2
    assert lab_files.verify(tmp_path) == []
    next(tmp_path.glob("*/*/*/reg_image000002.png")).unlink()
    assert "reg_image000002.png is missing" in lab_files.verify(tmp_path)[0]


def test_another_seed_is_another_set(root):
    with pytest.raises(ValueError, match="made with another seed"):
        lab_files.generate(root, SMALL, seed=1, progress=False)
    assert datasets.folder("synthetic-lab") != datasets.folder("synthetic-lab", seed=1)


def test_the_command_makes_a_slice_or_says_what_is_wrong(root, tmp_path, monkeypatch, capsys):
    from mer_core import cli

    words = ["mer", "data", "make", "synthetic-lab", "--root", str(root)]
    monkeypatch.setattr(sys, "argv", [*words, "--slice", SMALL])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code and "2 clips in" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", [*words, "--slice", "amplitude=9"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1 and "slice: amplitude: got '9'" in capsys.readouterr().err
