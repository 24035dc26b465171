"""The embedded dataset: determinism, structure, truth, and what a broken root says."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import map_coordinates

from mer_core.datasets import synthetic
from mer_core.datasets.synthetic import files, folders, memory, replica
from mer_core.datasets.synthetic.anatomy import draw_traits, eyeballs, head_shape, load_pack
from mer_core.datasets.synthetic.knobs import NUISANCES, nuisance_levels
from mer_core.datasets.synthetic.performance import (
    ACTIONS,
    LABELS,
    PROTOTYPES,
    activation,
    envelope,
    perform,
    reach,
)
from mer_core.datasets.synthetic.render import Face
from mer_core.datasets.synthetic.scene import FRAME, State
from mer_core.datasets.synthetic.skin import paint

CLIP = "s05_ne_01"
PAIR = ["s05_ne_01", "s05_sur_01"]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Two clips of one subject, made by one process."""
    folder = tmp_path_factory.mktemp("synthetic")
    synthetic.generate(folder, clips=PAIR, workers=1, progress=False)
    return folder


@pytest.fixture(scope="module")
def face():
    return replica.subject_face(0, "s05")


def tree(folder):
    """Every file under `folder` with its bytes."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_counts_are_those_of_smic_hs():
    counts = np.array(list(synthetic.SUBJECTS.values()))
    assert len(synthetic.SUBJECTS) == 16
    assert counts.sum(axis=0).tolist() == [70, 51, 43]
    assert len(synthetic.clip_ids()) == 164
    assert synthetic.clip_ids()["s03_ne_22"] == ("s03", "negative", 22)


def test_clip_lies_in_smics_tree(root):
    clip, performance = replica.render_clip(0, CLIP, synthetic.DEFAULTS)
    folder = root / "HS" / "s05" / "micro" / "negative" / CLIP
    frames = sorted(folder.glob("*.png"))
    assert [f.name for f in frames] == [f"reg_image{t:06d}.png" for t in range(1, len(clip) + 1)]
    assert 14 <= len(frames) <= 50
    with Image.open(frames[0]) as image:
        assert (image.mode, image.size) == ("RGB", (190, 230))
        np.testing.assert_array_equal(np.asarray(image), clip[0])
    truth = json.loads((folder / "truth.json").read_text())
    assert (truth["subject"], truth["label"], truth["seed"]) == ("s05", "negative", 0)
    assert (truth["onset"], truth["offset"], truth["fps"]) == (1, len(clip), 100.0)
    assert truth["apex"] == performance.apex
    assert 1 < truth["apex"] < truth["offset"]
    assert set(truth["files"]) == {f.name for f in frames}


def test_two_processes_write_the_same_bytes(root, tmp_path):
    synthetic.generate(tmp_path, clips=PAIR[::-1], workers=2, progress=False)
    assert tree(tmp_path) == tree(root)
    assert synthetic.verify(tmp_path) == []


def test_what_is_complete_is_kept_and_what_is_broken_is_made_again(root, tmp_path):
    shutil.copytree(root, tmp_path / "copy")
    copy = tmp_path / "copy"
    kept, broken = (files.clip_folder(copy, c) for c in PAIR)
    before = (kept / "truth.json").stat().st_mtime_ns
    (broken / "reg_image000003.png").write_bytes(b"")
    stale = broken.with_name(f"{folders.PARTIAL}999999999-{broken.name}")
    stale.mkdir()
    synthetic.generate(copy, clips=PAIR, workers=1, progress=False)
    assert (kept / "truth.json").stat().st_mtime_ns == before
    assert not stale.exists()
    assert tree(copy) == tree(root)


def test_a_killed_run_leaves_no_partial_clip(root, tmp_path):
    code = (
        "import sys; from mer_core.datasets.synthetic import generate\n"
        "generate(sys.argv[1], clips=['s05_ne_01', 's05_sur_01'], workers=1, progress=False)"
    )
    project = Path(__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": str(project)}
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], env=environment)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(f"HS/*/micro/*/{folders.PARTIAL}*/*.png")):
        assert process.poll() is None, "ended before it wrote a frame"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.kill()
    process.wait()
    for clip_id in PAIR:
        folder = files.clip_folder(tmp_path, clip_id)
        assert not folder.exists() or tree(folder) == tree(files.clip_folder(root, clip_id))
    synthetic.generate(tmp_path, clips=PAIR, workers=1, progress=False)
    assert tree(tmp_path) == tree(root)


def test_verify_names_missing_truncated_and_altered_clips(root, tmp_path):
    shutil.copytree(root, tmp_path / "copy")
    copy = tmp_path / "copy"
    first, second = (files.clip_folder(copy, c) for c in PAIR)
    data = (first / "reg_image000002.png").read_bytes()
    (first / "reg_image000002.png").write_bytes(data[:-1])
    (first / "reg_image000004.png").unlink()
    shutil.rmtree(second)
    assert synthetic.verify(copy) == [
        "s05_ne_01: reg_image000002.png is truncated or altered",
        "s05_ne_01: reg_image000004.png is missing",
        "s05_sur_01: missing",
    ]
    assert synthetic.verify(root) == []


def test_other_parameters_are_another_dataset(root):
    assert synthetic.parameters_digest(0) == synthetic.parameters_digest(0, mean_px=1)
    assert synthetic.parameters_digest(0) != synthetic.parameters_digest(1)
    assert synthetic.parameters_digest(0) != synthetic.parameters_digest(0, noise=1.0)
    with pytest.raises(ValueError, match=r"root: .* another seed; name another folder"):
        synthetic.generate(root, seed=1, clips=PAIR, progress=False)
    with pytest.raises(ValueError, match=r"another parameters"):
        synthetic.generate(root, mean_px=3.0, clips=PAIR, progress=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"clips": ["s07_ne_01"]}, "clips: unknown .*s07_ne_01.*allowed: s01_ne_01"),
        ({"seed": -1}, "seed: -1"),
        ({"seed": 0.5}, "seed: 0.5"),
        ({"workers": 0}, "workers: 0"),
        ({"mean_px": 0}, "mean_px: 0; allowed"),
        ({"noise": float("nan")}, "noise: nan"),
        ({"nuisance": 9}, "nuisance: 9"),
        ({"nuisance": {"wind": 1}}, "nuisance: unknown .*wind"),
        ({"mean_px": "large"}, "mean_px: 'large'; allowed"),
        ({"smile": 1}, "parameters: unknown .*smile.*mean_px"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        synthetic.generate(tmp_path / "new", progress=False, **arguments)
    assert not (tmp_path / "new").exists()


def test_bad_roots_are_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="root: cannot make"):
        synthetic.generate(tmp_path / "file" / "below", clips=[CLIP], progress=False)
    (tmp_path / "dataset.json").write_text('{"digest": ')
    with pytest.raises(ValueError, match=r"dataset\.json is damaged"):
        synthetic.generate(tmp_path, clips=[CLIP], progress=False)
    with pytest.raises(FileNotFoundError, match=r"no dataset\.json"):
        synthetic.verify(tmp_path / "nowhere")


def test_streams_of_identities_never_meet():
    evaluation = [draw_traits(0, k) for k in range(30)]
    training = [draw_traits(0, k, stream="training") for k in range(30)]
    assert len({t.details for t in evaluation + training}) == 60
    assert not {t.seed for t in evaluation} & {t.seed for t in training}
    with pytest.raises(ValueError, match="stream: 'test'; allowed: evaluation, training"):
        draw_traits(0, 0, stream="test")


def test_heads_differ_and_look_ahead():
    heads = [head_shape(draw_traits(3, k)) for k in range(6)]
    for head in heads:
        centre, radius = eyeballs(head)
        assert np.abs(centre.mean(axis=0)[:2]).max() < 0.02
        assert (0.09 < radius).all() and (radius < 0.17).all()
    spread = np.linalg.norm(heads[0] - heads[1], axis=1)
    assert np.median(spread) > 0.01  # more than a millimetre


def test_skin_is_a_reflectance_and_the_same_each_time():
    traits = draw_traits(0, 5, race="asian")
    skin = paint(traits)
    assert 0 <= skin.atlas[..., :3].min() and skin.atlas[..., :3].max() < 1
    np.testing.assert_array_equal(skin.atlas, paint(traits).atlas)
    dark = paint(draw_traits(0, 5, race="african"))
    assert dark.atlas[200:400, 300:420, :3].mean() < 0.6 * skin.atlas[200:400, 300:420, :3].mean()


def test_prototypes_use_known_actions():
    names = {n.removesuffix("Left").removesuffix("Right") for n in load_pack().units}
    assert {u for units in ACTIONS.values() for u in units} <= names
    for label in LABELS:
        shares, actions = zip(*PROTOTYPES[label], strict=True)
        assert sum(shares) == pytest.approx(1)
        named = {a for combination in actions for a in combination.split("+")}
        assert {a.lstrip("LR") for a in named} <= set(ACTIONS)


def test_a_one_sided_action_moves_one_side(face):
    x = face.vertices[: face.count, 0]
    left, right = (
        np.tensordot(activation(face, a, 2.0, np.random.default_rng(0)), face.units, axes=1)
        for a in ("L2", "R2")
    )
    assert np.abs(left[x < -0.15]).max() < 0.05 * np.abs(left).max()  # the subject's left is +x
    assert np.abs(right[x > 0.15]).max() < 0.05 * np.abs(right).max()
    assert {"L2", "R2"} <= {actions for _, actions in PROTOTYPES["surprise"]}


def test_envelope_rises_to_one_and_returns():
    shape = envelope(21, 0.5, 0.1)
    assert shape[0] == 0 and shape[-1] == pytest.approx(0, abs=1e-12)
    assert shape[10] == 1 and shape.max() == 1
    assert (np.diff(shape[:11]) > 0).all()


@pytest.mark.parametrize("label", LABELS)
def test_largest_true_motion_is_the_stated_intensity(face, label):
    performance = perform(face, label, 0, (9, 1), intensity=2.0, nuisance=0.0)
    assert reach(face, performance.units) == pytest.approx(2.0)
    apex = performance.apex
    flow = face.flow(performance.state(1), performance.state(1, expression=apex))
    largest = np.nanmax(np.hypot(flow[..., 0], flow[..., 1]))
    assert 1.4 < largest < 2.3  # perspective; the fastest vertex may be hidden or between pixels


def test_without_expression_nothing_moves(face):
    sham = perform(face, "positive", 0, (9, 2), intensity=0.0)
    real = perform(face, "positive", 0, (9, 2), intensity=3.0)
    flow = face.flow(sham.state(1), sham.state(1, expression=sham.apex))
    assert np.nanmax(np.abs(flow)) == 0
    np.testing.assert_array_equal(sham.turn, real.turn)
    np.testing.assert_array_equal(sham.stray, real.stray)
    np.testing.assert_array_equal(sham.gaze, real.gaze)
    assert len(sham) == len(real) and sham.apex == real.apex


def test_nuisances_switch_one_by_one(face):
    calm = perform(face, "surprise", 0, (9, 3), nuisance=0.0)
    assert np.ptp(calm.turn) == 0 and np.ptp(calm.shift) == 0 and calm.zoom == 1
    assert not calm.stray.any() and (calm.gain == 1).all() and (calm.lamps == 1).all()
    drift = perform(face, "surprise", 0, (9, 3), nuisance={"drift": 1.0})
    assert np.ptp(drift.turn) > 0 and not drift.stray.any()
    np.testing.assert_array_equal(drift.units, calm.units)
    assert set(nuisance_levels(1.0)) == set(NUISANCES)


def test_true_flow_explains_the_apex(face):
    performance = perform(face, "positive", 0, (9, 4), intensity=2.0)
    start, end = performance.state(1), performance.state(1, expression=performance.apex)
    before, after = face.draw(start), face.draw(end)
    back = face.flow(end, start)
    skin = np.isfinite(back[..., 0])
    row, column = np.mgrid[0 : FRAME[0], 0 : FRAME[1]]
    at = [row + np.nan_to_num(back[..., 1]), column + np.nan_to_num(back[..., 0])]
    warped = np.stack(
        [map_coordinates(before[..., k], at, order=3, mode="nearest") for k in range(3)], axis=-1
    )
    error = np.abs(warped - after)[skin].mean()
    assert error < 1.0  # grey levels
    assert error < 0.6 * np.abs(before - after)[skin].mean()


def test_a_blink_covers_the_eyes(face):
    units = np.zeros(len(face.unit_names))
    opened = face.draw(State(units))
    units[[k for k, n in enumerate(face.unit_names) if n.startswith("eyeBlink")]] = 1.0
    closed = face.draw(State(units))
    for centre in face.eyes[:, :3]:
        column, row = face.project(centre[None], State(units))[0, :2].astype(int)
        box = (slice(row - 4, row + 5), slice(column - 4, column + 5))
        assert closed[box].mean() > 1.3 * opened[box].mean()


def test_lids_leave_the_pupil_free():
    """At rest the camera sees both pupils."""
    for index in range(4):
        face = Face(draw_traits(5, index))
        rest = State(np.zeros(len(face.unit_names)))
        frame = face.draw(rest)
        for column, row in face.project(face.eyes[:, :3], rest)[:, :2].astype(int):
            assert frame[row - 1 : row + 2, column - 1 : column + 2].min() < 40  # a pupil is dark


def test_other_processors_draw_the_same_pixels(tmp_path):
    """A processor without AVX or fused multiply-add: 99.99 % of pixels equal, none off by 3."""
    code = (
        "import sys, numpy as np\n"
        "from mer_core.datasets.synthetic import memory\n"
        "np.save(sys.argv[1], memory.clip('s06_sur_01', seed=3, size=128, frames=3))"
    )
    plain = {"NUMBA_CPU_NAME": "generic", "OPENBLAS_CORETYPE": "Prescott"}
    project = Path(__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": str(project)} | plain
    other = tmp_path / "other.npy"
    subprocess.run([sys.executable, "-c", code, str(other)], env=environment, check=True)
    here = memory.clip("s06_sur_01", seed=3, size=128, frames=3)
    off = np.abs(np.load(other).astype(int) - here).max(axis=-1)
    assert (off == 0).mean() >= 0.9999
    assert off.max() <= 2


def test_frames_are_drawn_in_time(face):
    state = State(np.zeros(len(face.unit_names)))
    face.draw(state)
    seconds = []
    for _ in range(10):
        start = time.process_time()
        face.draw(state)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.06  # about 0.012 on an idle core
