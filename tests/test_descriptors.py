"""The one face of the descriptors: registry, describe, and the scikit-learn transformers."""

import subprocess
import sys
from inspect import signature

import numpy as np
import pytest

from mer_core.descriptors import (
    DESCRIPTORS,
    describe,
    describe_all,
    lbp_top,
    lpq_top,
    prepare,
    scaled,
)
from mer_core.descriptors.lbp_top import lbp_top_codes
from mer_core.descriptors.transformers import LBPTOP, LPQTOP
from mer_core.temporal import resample


def noise(frames=9, size=16, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (frames, size, size), dtype=np.uint8)


def two_kinds(count=24):
    """Clips of white noise, and of noise that lasts for the whole clip: easy to tell apart."""
    labels = np.tile(["white", "still"], count // 2)
    clips = [
        noise(7, 12, s) if kind == "white" else np.repeat(noise(1, 12, s), 7, axis=0)
        for s, kind in enumerate(labels)
    ]
    return np.stack(clips), labels


def test_the_registry_names_functions_and_papers():
    assert list(DESCRIPTORS) == ["lbp-top", "lpq-top"]
    for name, descriptor in DESCRIPTORS.items():
        assert descriptor.name == name and descriptor.source.startswith("doi:10.")
        own = set(signature(descriptor.compute).parameters) - {"clip"}
        assert set(descriptor.parameters) == own | {"frames", "resampling"}


def test_describe_passes_parameters_on():
    clip = noise()
    np.testing.assert_array_equal(
        describe(clip, "lbp-top", radii=(2, 2, 1), grid=(2, 2, 1)),
        lbp_top(clip, radii=(2, 2, 1), grid=(2, 2, 1)),
    )
    np.testing.assert_array_equal(describe(clip, "lpq-top"), lpq_top(clip))


@pytest.mark.parametrize("resampling", ["select", "tim"])
def test_describe_brings_the_clip_to_a_length(resampling):
    clip = noise()
    np.testing.assert_array_equal(
        describe(clip, "lbp-top", frames=15, resampling=resampling),
        lbp_top(resample(clip, 15, method=resampling)),
    )


def test_unknown_names_and_parameters_list_the_known_ones():
    with pytest.raises(ValueError, match=r"^name: got 'lbp'; allowed are lbp-top, lpq-top"):
        describe(noise(), "lbp")
    with pytest.raises(ValueError, match=r"^parameters: got radius for lbp-top; allowed are radii"):
        describe(noise(), "lbp-top", radius=1)
    with pytest.raises(ValueError, match=r"got points, radii for lpq-top; allowed are window, "):
        describe(noise(), "lpq-top", radii=(1, 1, 1), points=8)
    with pytest.raises(ValueError, match=r"^resampling: got 'spline'; allowed are select, tim"):
        describe(noise(), "lpq-top", resampling="spline")


@pytest.mark.parametrize("workers", [1, 3])
def test_many_clips_come_in_order(workers):
    clips = [noise(frames=7 + i, seed=i) for i in range(6)]
    got = describe_all(clips, "lpq-top", workers=workers, grid=(2, 1, 1))
    assert got.shape == (6, 2, 3, 256)
    for one, clip in zip(got, clips, strict=True):
        np.testing.assert_array_equal(one, lpq_top(clip, grid=(2, 1, 1)))


def test_many_clips_need_a_clip_and_a_worker():
    with pytest.raises(ValueError, match=r"^clips: got none"):
        describe_all([], "lbp-top")
    with pytest.raises(ValueError, match=r"^workers: got 0"):
        describe_all([noise()], "lbp-top", workers=0)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("lbp-top", {}),
        ("lbp-top", dict(radii=(1, 3, 2), sampling="bilinear", points=16, grid=(8, 8, 4))),
        ("lpq-top", dict(window=(5, 5, 5), frames=10, resampling="tim")),
    ],
)
def test_prepare_takes_what_describe_takes(name, parameters):
    prepare(name, **parameters)
    with pytest.raises(ValueError, match=r"^parameters: got nonsense"):
        prepare(name, nonsense=1)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("lbp-top", dict(radii=(1, 1, 2), grid=(2, 2, 1))),
        ("lbp-top", dict(radii=(3, 2, 1), sampling="bilinear", points=12, mapping="basic")),
        ("lbp-top", dict(convention="hong2016", sampling="bilinear", radii=(2, 2, 2))),
        ("lpq-top", dict(window=(5, 3, 5), decorrelation=(0.1, 0.3))),
    ],
)
def test_nothing_compiles_after_prepare(name, parameters):
    """Whatever the clip's size, memory order and flags, the loops are those `prepare` made."""
    from numba.core.dispatcher import Dispatcher

    from mer_core.descriptors import kernels, lpq_kernels

    def compiled():
        loops = [v for m in (kernels, lpq_kernels) for v in vars(m).values()]
        coders = [lpq_kernels.plane_coder(*k) for k in COMBINATIONS] if name == "lpq-top" else []
        return [len(f.signatures) for f in (*loops, *coders) if isinstance(f, Dispatcher)]

    COMBINATIONS = [(1, 2, False, True), (1, 2, True, True), (2, 1, False, True)]
    COMBINATIONS += [(2, 2, True, True), (1, 1, False, True)]
    prepare(name, **parameters)
    before = compiled()
    fixed = noise(9, 40)
    fixed.flags.writeable = False
    for clip in (noise(11, 90), fixed, noise(30, 24)[::2], noise(24, 24).transpose(2, 1, 0)):
        describe(clip, name, **parameters)
    assert compiled() == before and sum(before)


def test_importing_is_light():
    code = (
        "import mer_core.descriptors, sys; print({'numba', 'sklearn', 'scipy'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_transformers_have_the_parameters_of_their_functions():
    extra = {"frames", "resampling", "workers"}
    for transformer, function in ((LBPTOP, lbp_top), (LPQTOP, lpq_top)):
        known = {k: p.default for k, p in signature(function).parameters.items() if k != "clip"}
        known.pop("normalize")
        got = transformer().get_params()
        assert {k: v for k, v in got.items() if k not in extra} == known


def test_transformers_flatten_blocks_planes_and_bins():
    clips, _ = two_kinds(4)
    transformer = LBPTOP(grid=(2, 1, 1), workers=2).fit(clips)
    got = transformer.transform(clips)
    np.testing.assert_array_equal(got[3], lbp_top(clips[3], grid=(2, 1, 1)).ravel())
    names = transformer.get_feature_names_out()
    assert len(names) == got.shape[1] == 2 * 3 * 59
    assert names[[0, 59, 177, 353]].tolist() == [
        "block0_XY_bin0", "block0_XT_bin0", "block1_XY_bin0", "block1_YT_bin58",
    ]  # fmt: skip
    np.testing.assert_array_equal(LBPTOP(grid=(2, 1, 1)).transform(list(clips)), got)


def test_a_wrong_parameter_is_an_error_of_fit():
    with pytest.raises(ValueError, match=r"^points: got 3"):
        LBPTOP(points=3).fit(two_kinds(2)[0])


def test_transformers_work_in_a_pipeline_and_a_grid_search():
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import SVC

    clips, labels = two_kinds()
    search = GridSearchCV(
        make_pipeline(LBPTOP(), SVC(kernel="linear")),
        {"lbptop__points": [4, 8], "lbptop__frames": [None, 5], "svc__C": [1, 10]},
        cv=3,
        error_score="raise",
    ).fit(clips, labels)
    assert search.best_score_ == 1
    assert (make_pipeline(LPQTOP(), SVC()).fit(clips, labels).predict(clips) == labels).all()


# The others hand the estimator a table of numbers; a clip is (T, H, W), of uint8.
ESTIMATOR_CHECKS = [
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
]


@pytest.mark.parametrize("check", ESTIMATOR_CHECKS)
@pytest.mark.parametrize("transformer", [LBPTOP, LPQTOP])
def test_estimator_checks_that_apply(transformer, check):
    from sklearn.utils import estimator_checks

    getattr(estimator_checks, check)(transformer.__name__, transformer())


@pytest.mark.parametrize(
    ("window", "factor", "expected"),
    [(5, 2, 3), (11, 2, 5), (11, 4, 3), (5, 1, 5), (3, 4, 3), (3, 0.5, 7), (5, 0.25, 11)],
)
def test_windows_are_scaled_to_the_nearest_odd_length(window, factor, expected):
    got = scaled({"window": (window, window, 7), "grid": (5, 5, 1)}, factor)
    assert got == {"window": (expected, expected, 7), "grid": (5, 5, 1)}


def test_radii_are_scaled_across_and_kept_in_time():
    assert scaled({"radii": [4, 3, 2]}, 2) == {"radii": (2, 2, 2)}
    assert scaled({"radii": [1, 1, 2], "points": 4}, 4) == {"radii": (1, 1, 2), "points": 4}
    assert scaled({"radii": (1, 2, 3)}, 0.5) == {"radii": (2, 4, 3)}


def test_scaled_parameters_read_the_same_pattern_at_another_size():
    """A clip whose pixels are all doubled, at twice the radii: the codes of the clip itself."""
    clip = noise(7, 12)
    large = clip.repeat(2, 1).repeat(2, 2)
    codes = lbp_top_codes(clip, radii=(1, 1, 1), points=4)
    doubled = lbp_top_codes(large, points=4, **scaled({"radii": (1, 1, 1)}, 0.5))
    np.testing.assert_array_equal(doubled, codes.repeat(2, 2).repeat(2, 3))
