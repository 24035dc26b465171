"""Frame selection and temporal interpolation."""

import numpy as np
import pytest

from mer_core.temporal import resample, tim_weights


def noise(frames, size=4, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (frames, size, size), dtype=np.uint8)


def train_and_synthesise(clip, frames):
    """The model as published: centre, SVD, path-graph embedding, and back; float frames.

    Zhou, Zhao & Pietikäinen (2011), equations 3 to 9, written out with the SVD that `resample`
    does without.
    """
    n = len(clip)
    x = clip.reshape(n, -1).T.astype(float)
    mean = x.mean(1, keepdims=True)
    u, s, vt = np.linalg.svd(x - mean, full_matrices=False)
    u, q = u[:, : n - 1], (s[:, None] * vt)[: n - 1]
    path = np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1)
    laplacian = np.diag(path.sum(0)) - path
    _, vectors = np.linalg.eigh(laplacian)
    w = np.linalg.solve(q @ q.T, q @ vectors[:, 1:])
    k = np.arange(1, n)
    first = np.sin(np.pi * k / n + np.pi * (n - k) / (2 * n))
    scale = q[:, 0] @ w / first
    out = []
    for t in np.linspace(1 / n, 1, frames):
        y = np.sin(np.pi * k * t + np.pi * (n - k) / (2 * n))
        out.append(u @ np.linalg.solve(w.T, y * scale) + mean[:, 0])
    return np.array(out).reshape(frames, *clip.shape[1:])


def test_selection_takes_whole_frames_evenly():
    clip = np.arange(7, dtype=np.uint8)[:, None, None] * np.ones((1, 2, 3), np.uint8)
    assert resample(clip, 4)[:, 0, 0].tolist() == [0, 2, 4, 6]
    assert resample(clip, 1)[:, 0, 0].tolist() == [0]
    assert resample(clip, 13)[::2, 0, 0].tolist() == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("frames", [3, 9, 10, 25])
def test_interpolation_equals_the_published_model(frames):
    clip = noise(9, size=6)
    expected = train_and_synthesise(clip, frames)
    weights = tim_weights(9, frames)
    got = np.tensordot(weights, clip.astype(float), 1)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-8)
    rounded = np.clip(np.rint(expected), 0, 255)
    np.testing.assert_array_equal(resample(clip, frames, method="tim"), rounded)


@pytest.mark.parametrize("count", [1, 2, 8])
def test_interpolation_keeps_the_frames_it_passes(count):
    clip = noise(count)
    np.testing.assert_array_equal(resample(clip, count, method="tim"), clip)
    longer = resample(clip, 3 * (count - 1) + 1, method="tim")
    np.testing.assert_array_equal(longer[::3], clip)


def test_interpolation_of_a_still_clip_is_still():
    still = np.repeat(noise(1), 6, axis=0)
    np.testing.assert_array_equal(resample(still, 10, method="tim"), np.repeat(still[:1], 10, 0))


def test_interpolation_takes_colour():
    clip = np.stack([noise(5, seed=s) for s in range(3)], -1)
    got = resample(clip, 8, method="tim")
    assert got.shape == (8, 4, 4, 3) and got.dtype == np.uint8
    np.testing.assert_array_equal(got[..., 1], resample(clip[..., 1], 8, method="tim"))


@pytest.mark.parametrize("frames", [0, -1, 2.5, "3", True, None])
def test_a_wrong_length_is_named(frames):
    with pytest.raises(ValueError, match=r"^frames: got .* a whole number from 1 on"):
        resample(noise(3), frames)


def test_a_wrong_method_is_named():
    with pytest.raises(ValueError, match=r"^method: got 'spline'; allowed are select, tim"):
        resample(noise(3), 2, method="spline")


def test_floats_are_refused():
    with pytest.raises(ValueError, match="uint8"):
        resample(noise(3).astype(float), 2)
