"""The study of a network that was fine-tuned on the test subjects."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mer_core.studies import finetuning, material, paired

ROOT = Path(__file__).parents[1]
INTERRUPTED = """
import os
import sys
import numpy as np
from mer_core.studies import finetuning, material

def clip(clip_id, seed, frames, size):  # noise: rendering takes longer than all the rest
    rng = np.random.default_rng(list(clip_id.encode()))
    return rng.integers(0, 256, (frames, size, size, 3)).astype(np.uint8)

load, calls = finetuning.weights.load, []
def stop(name):  # the third network is never begun
    calls.append(name)
    if len(calls) == 3:
        raise KeyboardInterrupt
    return load(name)

material.clip, finetuning.weights.load = clip, stop
try:
    finetuning.run(workers=1, fast=True)
    raise SystemExit("it was to be interrupted")
except KeyboardInterrupt:
    pass
finetuning.run(workers=1, fast=True)["scores"].to_csv(sys.argv[1], index=False)
assert len(calls) == 5, calls  # the third of four again, and the fourth
os.environ["MER_CACHE"] += "-of-a-whole-run"
finetuning.run(workers=1, fast=True)["scores"].to_csv(sys.argv[2], index=False)
assert len(calls) == 9, calls
"""


@pytest.fixture
def clips(monkeypatch) -> dict[str, np.ndarray]:
    """The twelve clips of a fast run, (2, 32, 32, 3) uint8 of noise, in place of rendered ones."""
    rng = np.random.default_rng(0)
    made = {
        c: rng.integers(0, 256, (2, 32, 32, 3)).astype(np.uint8) for c in material.table(True).index
    }
    monkeypatch.setattr(material, "clip", lambda clip_id, seed, frames, size: made[clip_id])
    return made


@pytest.mark.parametrize("fast", [True, False])
def test_who_has_seen_whom(fast):
    """Honest: nobody tested was seen. Either leak: everybody was, and AS_MANY saw no more."""
    table = material.capped(fast)
    taught, by = finetuning.seen(table), finetuning.enlarged_by(table)
    people = {n: set(table.subject[ids]) for n, ids in taught.items()}
    for clip_id, subject in table.subject.items():
        row = by.loc[clip_id]
        assert subject not in people[row[finetuning.HONEST]]
        assert subject in people[row[finetuning.LEAK]] & people[row[finetuning.AS_MANY]]
        assert len(people[row[finetuning.AS_MANY]]) == len(people[row[finetuning.HONEST]])
        assert not people[row[finetuning.SHIPPED]]
    assert people[finetuning.ALL] == set(table.subject)
    assert set(finetuning.AGAINST) | set(finetuning.AGAINST.values()) == set(by)


def test_a_network_is_shown_the_frames_of_its_subjects_and_no_other(clips, tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(tmp_path))
    table, shown = material.capped(True), []

    class Untouched:
        @staticmethod
        def enlarge(low):
            return np.repeat(np.repeat(low, 4, axis=1), 4, axis=2)

    def spy(pictures, steps, seed):
        shown.append(set() if pictures is None else {p.tobytes() for p in pictures})
        return Untouched()

    monkeypatch.setattr(finetuning, "tune", spy)
    monkeypatch.setattr(finetuning, "_measure", lambda hr, enlarge: np.eye(25, 12))
    monkeypatch.setattr(finetuning.devices, "use", lambda *given: None)
    for network, taught in finetuning.seen(table).items():
        finetuning._measured(1, table, network, 2, 32, 1)
        frames = {frame.tobytes() for c in taught for frame in clips[c]}
        assert shown.pop() == frames
        others = set(table.subject) - set(table.subject[taught])
        hidden = {f.tobytes() for c in table.index[table.subject.isin(others)] for f in clips[c]}
        assert not frames & hidden and len(frames | hidden) == 24


def test_fine_tuning_starts_from_the_shipped_network_and_knows_its_pictures(clips):
    from mer_core.superres import super_resolve, weights

    shown = np.concatenate(list(clips.values()))
    low = shown[:2, ::4, ::4]
    start = finetuning.tune(None, 3, 0)
    shipped = start.tensors()
    for name, tensor in weights.load(finetuning.NETWORK).items():
        np.testing.assert_array_equal(shipped[name], tensor)
    wanted = super_resolve(low, finetuning.NETWORK).astype(int)
    assert np.abs(start.enlarge(low) - wanted).max() <= 1  # another engine rounds otherwise
    halves = shown[:12], shown[12:]
    first, second, again = (finetuning.tune(halves[k], 2, 0).tensors() for k in (0, 1, 0))
    for other in (second, shipped):
        assert np.abs(first["trunk/kernel"] - other["trunk/kernel"]).max() > 1e-5
    for name in first:  # nothing stays of the run before; threads may add in another order
        np.testing.assert_allclose(again[name], first[name], rtol=0, atol=1e-5)


def test_lifts_are_paired_by_seed():
    names = [finetuning.BICUBIC, *finetuning.AGAINST]
    rows = [
        {"seed": seed, "descriptor": "lbp-top", "evaluation": name, "accuracy": a, "psnr": 30 + a}
        for seed, values in enumerate([(0.4, 0.4, 0.4, 0.5, 0.4), (0.5, 0.6, 0.5, 0.8, 0.5)])
        for name, a in zip(names, values, strict=True)
    ]
    table = paired.lifts(pd.DataFrame(rows), finetuning.AGAINST, finetuning.MEASURES).set_index(
        "evaluation"
    )
    leak = table.loc[finetuning.LEAK]
    assert leak.against == finetuning.HONEST and leak.accuracy == pytest.approx(0.65)
    assert leak.accuracy_lift == leak.psnr_lift == pytest.approx(0.2)
    half = 12.7062 * np.std([0.1, 0.3], ddof=1) / np.sqrt(2)
    assert leak.accuracy_lift_high - leak.accuracy_lift == pytest.approx(half, abs=1e-4)
    assert np.isnan(table.accuracy_lift[finetuning.BICUBIC])


def test_an_interrupted_run_goes_on_and_ends_as_a_whole_one(tmp_path):
    """In a process of its own: on one thread of TensorFlow a network has the same bits again."""
    script, parts, whole = (tmp_path / n for n in ("study.py", "parts.csv", "whole.csv"))
    script.write_text(INTERRUPTED, encoding="utf-8")
    more = {"MER_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script), str(parts), str(whole)]
    subprocess.run(command, check=True, env=os.environ | more)
    scores = pd.read_csv(whole)
    pd.testing.assert_frame_equal(pd.read_csv(parts), scores)
    assert set(scores.evaluation) == {finetuning.BICUBIC, *finetuning.AGAINST}
    assert set(scores.descriptor) == {"lbp-top", "lpq-top"} and set(scores.n) == {12}
    assert scores.groupby("evaluation").psnr.nunique().eq(1).all()  # of both descriptors
    assert scores.psnr.nunique() == 5  # no two evaluations saw the same pictures
