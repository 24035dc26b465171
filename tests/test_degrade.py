import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core.degrade import default_sigma, degrade, low_pass, sampling_matrix


def test_default_sigma_is_four_tenths_of_the_factor(clip):
    assert default_sigma(4) == pytest.approx(1.6)
    np.testing.assert_array_equal(degrade(clip, 4), degrade(clip, 4, sigma=1.6))


def test_without_blur_the_mean_of_two_or_the_first_pixel():
    row = np.array([[[10, 20, 30, 40]] * 4], np.uint8)
    assert degrade(row, 2, sigma=0)[0, 0].tolist() == [15, 35]
    assert degrade(row, 2, sigma=0, sampling="decimate")[0, 0].tolist() == [10, 30]


def test_weights_by_hand():
    """Four samples, factor 2, sigma 1: the first LR centre lies at 0.5, reflected at the border."""
    near, far = np.exp(-0.125), np.exp(-0.5 * 1.5**2)  # distances 0.5 and 1.5
    row = sampling_matrix(64, 2, 1.0, "centred")[16]  # centre 32.5, far from the borders
    assert row[32] == row[33] and row[31] == row[34]
    assert row[31] / row[32] == pytest.approx(far / near)
    first = sampling_matrix(64, 2, 1.0, "centred")[0]
    inside = np.exp(-0.5 * (np.arange(64) - 0.5) ** 2)
    mirrored = inside + np.exp(-0.5 * (-1 - np.arange(64) - 0.5) ** 2)  # sample -1 - k is sample k
    np.testing.assert_allclose(first, mirrored / mirrored.sum(), atol=1e-8)


@given(
    size=st.sampled_from([8, 24, 64]),
    factor=st.sampled_from([1, 2, 4, 8]),
    sigma=st.floats(0, 5),
    sampling=st.sampled_from(["centred", "decimate"]),
)
def test_rows_sum_to_one(size, factor, sigma, sampling):
    matrix = sampling_matrix(size, factor, sigma, sampling)
    assert matrix.shape == (size // factor, size)
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-12)
    assert matrix.min() >= 0


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 4]))
def test_centred_sampling_commutes_with_mirroring(seed, factor):
    clip = np.random.default_rng(seed).integers(0, 256, (2, 16, 24), dtype=np.uint8)
    mirrored = degrade(clip[:, ::-1, ::-1].copy(), factor)[:, ::-1, ::-1]
    np.testing.assert_array_equal(mirrored, degrade(clip, factor))


def test_decimation_shifts_and_centred_sampling_does_not():
    ramp = np.tile(np.arange(0, 128, 2, dtype=np.uint8), (1, 64, 1))
    middle = slice(3, -3)
    centres = (4 * np.arange(16) + 1.5) * 2
    assert np.abs(degrade(ramp, 4)[0, 8, middle] - centres[middle]).max() <= 0.5
    shifted = degrade(ramp, 4, sampling="decimate")[0, 8, middle]
    assert np.abs(shifted - (centres - 3)[middle]).max() <= 0.5


def test_each_channel_is_degraded_alone(clip):
    whole = degrade(clip, 2)
    for k in range(3):
        np.testing.assert_array_equal(whole[..., k], degrade(clip[..., k].copy(), 2))


def test_noise_is_seeded_and_has_its_size():
    flat = np.full((4, 64, 64), 128, np.uint8)
    a = degrade(flat, 2, noise=5.0, seed=1)
    np.testing.assert_array_equal(a, degrade(flat, 2, noise=5.0, seed=1))
    assert (a != degrade(flat, 2, noise=5.0, seed=2)).any()
    assert a.std() == pytest.approx(np.hypot(5, np.sqrt(1 / 12)), rel=0.05)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"factor": 3.5}, "factor: got 3.5"),
        ({"factor": 0}, "factor: got 0"),
        ({"factor": 5}, "factor: got 5; it must divide"),
        ({"factor": 2, "sigma": -1}, "sigma: got -1"),
        ({"factor": 2, "sigma": float("nan")}, "sigma: got nan"),
        ({"factor": 2, "noise": "loud"}, "noise: got 'loud'"),
        ({"factor": 2, "sampling": "corner"}, "sampling: got 'corner'; allowed are centred"),
    ],
)
def test_wrong_arguments_are_named(clip, arguments, match):
    with pytest.raises(ValueError, match=match):
        degrade(clip, **arguments)


@pytest.mark.parametrize("factor", [2, 4])
def test_the_band_of_a_reduced_clip_is_kept_and_the_rest_is_gone(factor):
    """Cosines below the reduced axis's Nyquist frequency stay, those above leave their mean."""
    x = np.arange(32) + 0.5
    wave = lambda k: np.rint(128 + 100 * np.cos(np.pi * k * x / 32)).astype(np.uint8)  # noqa: E731
    low, high = (np.tile(wave(k), (2, 32, 1)) for k in (32 // factor - 1, 32 // factor + 1))
    assert abs(low_pass(low, factor).astype(int) - low).max() <= 1  # rounding
    assert abs(low_pass(high, factor).astype(int) - 128).max() <= 1
    np.testing.assert_array_equal(low_pass(low.transpose(0, 2, 1), factor)[0].T,
                                  low_pass(low, factor)[0])  # fmt: skip


def test_low_pass_takes_colour_and_keeps_every_channel_alone(clip):
    whole = low_pass(clip, 2)
    assert whole.shape == clip.shape and whole.dtype == np.uint8
    np.testing.assert_array_equal(whole[..., 1], low_pass(clip[..., 1].copy(), 2))
    np.testing.assert_array_equal(low_pass(clip, 1), clip)
    with pytest.raises(ValueError, match="factor: got 5; it must divide"):
        low_pass(clip, 5)
