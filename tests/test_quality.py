import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from mer_core.quality import psnr, ssim


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
