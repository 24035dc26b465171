import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from mer_core.quality import flicker, motion_error, optical_flow, psnr, ssim


@pytest.fixture
def pair(clip):
    noise = np.random.default_rng(1).normal(0, 6, clip.shape)
    return clip, np.clip(np.rint(clip + noise), 0, 255).astype(np.uint8)


def test_psnr_by_hand():
    """Every pixel off by 5: MSE 25, 10 log10(255^2 / 25) = 34.1514 dB."""
    a = np.full((2, 12, 12), 100, np.uint8)
    assert psnr(a, a + np.uint8(5)) == pytest.approx(34.15140352)
    assert psnr(a, a) == np.inf


def test_the_mean_is_over_frames_not_over_pixels():
    a = np.full((2, 12, 12), 100, np.uint8)
    b = a.copy()
    b[0] += 1
    b[1] += 10
    assert psnr(a, b) == pytest.approx((psnr(a[:1], b[:1]) + psnr(a[1:], b[1:])) / 2)


def test_luma_weighs_the_channels(pair):
    red, blue = pair[0].copy(), pair[0].copy()
    red[..., 0] ^= 8
    blue[..., 2] ^= 8
    assert psnr(pair[0], red) < psnr(pair[0], blue)
    assert psnr(pair[0], red, channel="rgb") == pytest.approx(psnr(pair[0], blue, channel="rgb"))


@pytest.mark.parametrize("border", [0, 3])
def test_equal_to_scikit_image(pair, border):
    """scikit-image 0.26, Wang et al.'s settings, on each frame."""
    keep = slice(border, 32 - border)
    a, b = (c[:, keep, keep] for c in pair)
    want = [peak_signal_noise_ratio(x, y, data_range=255) for x, y in zip(a, b, strict=True)]
    assert psnr(*pair, channel="rgb", border=border) == pytest.approx(np.mean(want), abs=1e-9)
    options = {"data_range": 255, "gaussian_weights": True, "sigma": 1.5}
    want = [
        structural_similarity(x, y, channel_axis=-1, use_sample_covariance=False, **options)
        for x, y in zip(a, b, strict=True)
    ]
    assert ssim(*pair, channel="rgb", border=border) == pytest.approx(np.mean(want), abs=1e-9)


def test_ssim_is_one_for_equal_clips_and_falls(pair):
    assert ssim(pair[0], pair[0]) == pytest.approx(1)
    assert 0 < ssim(*pair) < 1


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"channel": "luma"}, "channel: got 'luma'; allowed are y, rgb"),
        ({"border": -1}, "border: got -1"),
        ({"border": 16}, "leaves nothing"),
    ],
)
def test_wrong_arguments_are_named(pair, options, match):
    with pytest.raises(ValueError, match=match):
        psnr(*pair, **options)


def test_shapes_must_agree_and_ssim_needs_its_window(pair):
    with pytest.raises(ValueError, match="test: got shape"):
        psnr(pair[0], pair[1][:2])
    with pytest.raises(ValueError, match="11x11"):
        ssim(*pair, border=11)


def test_flicker_sees_what_changes_and_not_what_stays(clip):
    still = np.clip(clip.astype(int) + 3, 0, 255).astype(np.uint8)
    assert flicker(clip, clip) == 0
    assert flicker(clip, still) == pytest.approx(0, abs=1e-9)  # a constant offset
    grey = np.full((3, 12, 12), 100, np.uint8)
    beat = grey.copy()
    beat[1] += 4
    assert flicker(grey, beat) == pytest.approx(4)  # up by 4, then down by 4


def test_optical_flow_finds_a_shift():
    rng = np.random.default_rng(0)
    from scipy.ndimage import gaussian_filter

    scene = gaussian_filter(rng.normal(size=(64, 64)), 2)
    scene = np.rint(128 + 100 * scene / np.abs(scene).max()).astype(np.uint8)
    flow = optical_flow(scene, np.roll(scene, (2, 1), axis=(0, 1)))
    middle = flow[16:-16, 16:-16]
    np.testing.assert_allclose(middle.mean(axis=(0, 1)), [1, 2], atol=0.1)  # right, down


def test_motion_error_is_the_mean_length_of_the_difference():
    rng = np.random.default_rng(0)
    from scipy.ndimage import gaussian_filter

    scene = gaussian_filter(rng.normal(size=(64, 64)), 2)
    scene = np.rint(128 + 100 * scene / np.abs(scene).max()).astype(np.uint8)
    moved = np.stack([scene, np.roll(scene, 2, axis=1)])
    still = np.stack([scene, scene])
    assert motion_error(moved, moved) == 0
    assert motion_error(moved, still) == pytest.approx(2, abs=0.4)
    with pytest.raises(ValueError, match=r"frames: got \(0, 2\); two different ones from 0 to 1"):
        motion_error(moved, still, frames=(0, 2))
    with pytest.raises(ValueError, match="reference: got 1 frame; at least 2"):
        flicker(scene[None], scene[None])
