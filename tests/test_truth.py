"""The truth of synthetic clips: it explains the pixels, it is zero where nothing moves, and it
fits the grids of clips and of low-resolution cameras."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from mer_core.clip import resize
from mer_core.datasets.synthetic import camera, landmarks, memory, replica
from mer_core.datasets.synthetic.knobs import DEFAULTS
from mer_core.datasets.synthetic.performance import perform
from mer_core.datasets.synthetic.scene import FRAME
from mer_core.datasets.synthetic.truth import activity, expression_flow, grid, truth

CLIPS = ("s05_ne_01", "s05_sur_01")


@pytest.fixture(scope="module")
def face():
    return replica.subject_face(0, "s05")


@pytest.fixture(scope="module")
def acted():
    return replica.clip_performance(0, CLIPS[0], DEFAULTS)


def warped(picture, flow):
    """The picture (H, W, 3) looked up where the flow (H, W, 2) points to."""
    row, column = np.mgrid[: flow.shape[0], : flow.shape[1]]
    at = [row + np.nan_to_num(flow[..., 1]), column + np.nan_to_num(flow[..., 0])]
    channels = [map_coordinates(picture[..., k], at, order=3, mode="nearest") for k in range(3)]
    return np.stack(channels, axis=-1)


@pytest.mark.parametrize("clip_id", CLIPS)
def test_the_true_motion_predicts_the_noise_free_apex(face, clip_id):
    """Onset pixels, moved as the truth says, are the apex within 2 grey levels on visible skin."""
    p = replica.clip_performance(0, clip_id, DEFAULTS)
    back = truth(face, p, 1, start=p.apex, size=None)
    onset, apex = face.draw(p.state(1)), face.draw(p.state(p.apex))
    seen = back.skin & ~back.hidden
    error = np.abs(warped(onset, back.motion) - apex)[seen].mean()
    assert error <= 2.0
    assert error < 0.4 * np.abs(onset - apex)[seen].mean()


def test_the_same_holds_on_the_clip_that_is_read(face, acted):
    frames = memory.clip(CLIPS[0], frames=None, parameters={"noise": 0.0}).astype(float)
    back = truth(face, acted, 1, start=acted.apex)
    seen = back.skin & ~back.hidden
    apex = frames[acted.apex - 1]
    error = np.abs(warped(frames[0], back.motion) - apex)[seen].mean()
    assert error <= 2.0
    assert error < 0.5 * np.abs(frames[0] - apex)[seen].mean()


def test_a_sham_has_no_expression_and_every_disturbance_of_the_others(face):
    """Amplitude 0: exactly no expression flow; what is drawn beside it is drawn alike."""
    names = ("stray", "turn", "shift", "zoom", "lamps", "gain", "gaze", "envelope")
    for key in range(12):
        sham, real = (
            perform(face, "surprise", 3, (9, key), intensity=px, nuisance=1.0) for px in (0.0, 3.0)
        )
        for name in names:
            np.testing.assert_array_equal(getattr(sham, name), getattr(real, name))
        assert sham.disturbance == real.disturbance and sham.apex == real.apex
        assert not sham.units.any() and real.units.any()
    flow = expression_flow(face, sham)
    assert np.nanmax(np.abs(flow)) == 0.0
    assert np.nanmax(np.abs(truth(face, sham).rigid)) > 0


def test_the_parts_of_the_motion(face, acted):
    found = truth(face, acted, size=None)
    rest = np.nan_to_num(found.motion - found.expression - found.rigid)
    assert np.abs(rest).max() < 2.0  # the stray unit, and a blink if there is one
    calm = perform(face, "negative", 0, (9, 1), nuisance={"drift": 1.0})
    found = truth(face, calm, size=None)
    rest = np.nan_to_num(found.motion - found.expression - found.rigid)[found.skin]
    assert np.abs(rest).max() < 0.1  # nothing else moves, and both are small
    start, end = calm.state(1), calm.state(1, expression=calm.apex)
    np.testing.assert_allclose(found.expression, face.flow(start, end), atol=1e-5, equal_nan=True)


def test_the_grids_of_clips_are_the_frames_scaled(face, acted):
    whole = expression_flow(face, acted, size=None)
    for aspect, size in (("stretch", 128), ("crop", 95)):
        flow = expression_flow(face, acted, size=size, aspect=aspect)
        shape, affine = grid(size, aspect)
        row, column = np.mgrid[:size, :size] + 0.5
        at = [
            (row - affine[2, 1]) / affine[1, 1] - 0.5,
            (column - affine[2, 0]) / affine[0, 0] - 0.5,
        ]
        for k in (0, 1):
            filled = np.nan_to_num(whole[..., k])
            expected = affine[k, k] * map_coordinates(filled, at, order=1, mode="nearest")
            off = np.abs(np.nan_to_num(flow[..., k]) - expected)
            assert np.percentile(off, 99) < 0.05
        assert flow.shape == (*shape, 2)
    with pytest.raises(ValueError, match="aspect: got 'wide'; allowed are stretch, crop"):
        grid(128, "wide")
    with pytest.raises(ValueError, match="size: got 0"):
        grid(0)


def test_what_a_lifted_lip_and_the_frame_hide():
    """A mouth that opens reveals its inside; a shift pushes a border out of the picture."""
    face = replica.subject_face(0, "s05")
    calm = perform(face, "positive", 0, (9, 5), intensity=0.0, nuisance=0.0)
    still = truth(face, calm, size=None)
    assert not still.hidden.any() and not still.revealed.any()
    moved = calm.shift.copy()
    moved[calm.apex - 1, 0] = 3.0 / face.px  # to the right
    shifted = truth(face, type(calm)(**{**vars(calm), "shift": moved}), size=None)
    assert shifted.hidden[40:90, -2:].all() and shifted.revealed[40:90, :2].all()
    assert not shifted.hidden[40:60, 60:130].any()  # the forehead
    units = calm.units.copy()
    units[face.unit_names.index("jawOpen")] = 0.5
    opened = truth(face, type(calm)(**{**vars(calm), "units": units}), size=None)
    low, high = opened.landmarks[1, [62, 66], 1].astype(int)
    assert opened.revealed[low:high, 85:105].any()


def test_landmarks_lie_where_they_are_called(face):
    rest = np.zeros(len(face.unit_names))
    from mer_core.datasets.synthetic.scene import State

    points = landmarks.on(face.pixels(State(rest)))
    assert points.shape == (68, 2)
    assert (points >= 0).all() and (points <= FRAME[::-1]).all()
    assert (np.diff(points[:17, 0]) > 0).all() and points[8, 1] == points[:17, 1].max()
    assert (np.diff(points[27:31, 1]) > 0).all()
    for first in (36, 42):
        box = points[first : first + 6]
        eye = face.project(face.eyes[:, :3], State(rest))[:, :2]
        assert ((box.min(axis=0) < eye) & (eye < box.max(axis=0))).all(axis=1).sum() == 1
    units = rest.copy()
    units[face.unit_names.index("jawOpen")] = 0.5
    opened = landmarks.on(face.pixels(State(units)))
    assert opened[66, 1] - points[66, 1] > 3  # the lower lip's inner edge falls
    assert abs(opened[62, 1] - points[62, 1]) < 1  # the upper lip's stays
    _, weights = landmarks.attachments()
    np.testing.assert_allclose(weights.sum(axis=1), 1)


def test_activity_follows_the_envelope(face, acted):
    table = activity(face, acted)
    assert len(table) == len(acted) and table.index[0] == 1
    assert table.intensity_px.idxmax() == acted.apex
    assert table.intensity_px.max() == pytest.approx(acted.intensity)
    assert table.intensity_px.iloc[[0, -1]].abs().max() < 1e-9


def test_a_coarse_sensor_takes_the_mean_of_the_light():
    flat = np.full((*FRAME, 3), 90.0, np.float32)
    np.testing.assert_allclose(camera.integrate(flat, 32), 90.0, atol=0.05)
    half = flat.copy()
    half[:, ::2] = 0.0  # columns of darkness: half the light
    for aspect in ("stretch", "crop"):
        found = camera.integrate(half, 38, aspect)  # 5 columns a pixel: 2 or 3 of them light
        light = np.interp(found, camera.CURVE, camera.LIGHT)
        full = np.interp(90.0, camera.CURVE, camera.LIGHT)
        np.testing.assert_allclose(light[:, 1::2].mean() / full, 0.6, atol=0.01)
    weights = camera.shares(190, 0.0, 190.0, 64)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose(weights.sum(axis=0), 64 / 190)


def test_a_coarse_camera_sees_the_same_face_with_noise_of_its_own(face, acted):
    clean = camera.film(face, acted, 64, numbers=[1], noise=0.0, rng=np.random.default_rng(0))
    noisy = camera.film(face, acted, 64, numbers=[1], noise=1.5, rng=np.random.default_rng(0))
    frame = np.clip(np.rint(face.draw(acted.state(1))), 0, 255).astype(np.uint8)
    near = resize(frame[None], (64, 64)).astype(float)
    assert clean.shape == (1, 64, 64, 3)
    assert np.abs(clean - near).mean() < 3
    spread = (noisy.astype(float) - clean).std()
    assert 1.0 < spread < 2.0
