"""LPQ-TOP and LPQ: the published programs' codes outside ties, and their properties."""

import tracemalloc

import numpy as np
import pytest
from descriptor_reference import clip_of, output, select
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core.descriptors import lpq2d, lpq_top
from mer_core.descriptors.lpq_top import _code_planes, lpq_top_codes, uniform_filters, whitening
from mer_core.descriptors.planes import TIE

REFERENCE_ORDER = (0, 2, 1)  # the program's second plane is (y, t), its third (x, t)
AXES = ((1, 2, 0), (1, 0, 2), (2, 0, 1))  # our (t, y, x) as (rows, columns, slices) of its planes


def noise(shape=(9, 12, 14), seed=0, low=0, high=256):
    return np.random.default_rng(seed).integers(low, high, shape, dtype=np.uint8)


def matrices_of(case):
    """Our whitening matrices in the program's order of planes, with the signs as stored."""
    (wy, wx, wt), (rho_s, rho_t) = case["win"], case["decorr"]
    ours = [
        whitening((wy, wx), (rho_s, None)),
        whitening((wy, wt), (rho_s, rho_t)),
        whitening((wx, wt), (rho_s, rho_t)),
    ]
    for matrix, theirs in zip(ours, output(case, "V"), strict=True):
        signs = np.sign((matrix * theirs).sum(0))
        np.testing.assert_allclose(matrix * signs, theirs, rtol=0, atol=1e-8)
        matrix *= signs
    return ours


@pytest.mark.parametrize("case", select("lpqtop", "exact outside ties"))
def test_codes_of_the_program(case):
    """Codes equal outside ties, and histograms with every tie bit set equal; lpqtop.npz.

    Windows that do not fit in time give the program empty parts (0/0): an error here.
    """
    clip, window = clip_of(case), case["win"]
    if not output(case, "counts").sum(1).all():
        with pytest.raises(ValueError, match=r"^clip: got 5 frames; at least 7 are needed"):
            lpq_top(clip, window=window)
        return
    if case["decorr"]:
        first, second, third = matrices_of(case)
        codes = _code_planes(clip, window, [first, third, second], True)
    else:
        codes = lpq_top_codes(clip, window=window)
    snapped = output(case, "counts_snap")
    for plane, axes in enumerate(AXES):
        got = codes[REFERENCE_ORDER[plane]].transpose(axes)
        assert got.size == case["n_voxels"][plane]
        counts = np.bincount(got.ravel(), minlength=256)
        ties = case["tie_voxels"][plane]
        assert abs(counts - output(case, "counts")[plane]).sum() <= 2 * ties
        if snapped is not None:
            np.testing.assert_array_equal(counts, snapped[plane])
        expected = output(case, f"codes_p{plane + 1}")
        if expected is not None:
            unsure = output(case, f"amb_p{plane + 1}")
            sure = 255 if unsure is None else ~unsure
            np.testing.assert_array_equal(got & sure, expected & sure)


def test_weights_scale_the_planes():
    clip = noise()
    plain = lpq_top(clip, grid=(2, 1, 1))
    np.testing.assert_allclose(plain.sum(-1), 1, rtol=0, atol=1e-12)
    got = lpq_top(clip, grid=(2, 1, 1), weights=(1, 2, 0.5))
    np.testing.assert_allclose(got, plain * np.array([1, 2, 0.5])[:, None], rtol=0, atol=1e-15)
    counts = lpq_top(clip, weights=(0, 1, 1), normalize=False)
    assert counts.sum(-1).tolist() == [[9 * 8 * 10, 5 * 12 * 10, 5 * 8 * 14]]


@pytest.mark.parametrize("decorrelation", [None, (0.3, 0.7)])
@pytest.mark.parametrize(
    ("width", "window"),
    [*((width, (5, 3, 7)) for width in (5, 64, 66, 70, 130)), (75, (11, 11, 11))],
)
def test_codes_follow_the_definition(width, window, decorrelation):
    """Against the 2-D filters applied to every slice; widths around the strips of 64 columns."""
    clip, (wy, wx, wt) = noise((12, 13, width), seed=width), window
    got = lpq_top_codes(clip, window=(wy, wx, wt), decorrelation=decorrelation)
    rho_s, rho_t = decorrelation or (None, None)
    planes = (  # slices first, then rows and columns of the plane; how to come back to (t, y, x)
        ((0, 1, 2), (wy, wx), (rho_s, None), (0, 1, 2)),
        ((1, 2, 0), (wx, wt), (rho_s, rho_t), (2, 0, 1)),
        ((2, 1, 0), (wy, wt), (rho_s, rho_t), (2, 1, 0)),
    )
    for codes, (axes, sides, rho, back) in zip(got, planes, strict=True):
        filters = uniform_filters(sides)
        slices = clip.transpose(axes)
        r = np.stack([lpq2d.lpq_responses(s, filters) for s in slices], 1)
        if decorrelation:
            r = np.tensordot(whitening(sides, rho).T, r, 1)
        expected = sum((r[k] >= -TIE).astype(np.uint8) << k for k in range(8))
        np.testing.assert_array_equal(codes, expected.transpose(back))


@pytest.mark.parametrize("window", [(3, 3), (5, 7), (11, 3), (9, 9)])
@pytest.mark.parametrize("correlation", [(0.1, None), (0.9, None), (0.3, 0.7)])
def test_whitening_whitens(window, correlation):
    matrix = whitening(window, correlation)
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(8), atol=1e-12)
    assert (np.take_along_axis(matrix, abs(matrix).argmax(0)[None], 0) > 0).all()
    r, c = (i.ravel() for i in np.indices(window))
    dr, dc = abs(r[:, None] - r), abs(c[:, None] - c)
    rho, other = correlation
    covariance = rho ** np.hypot(dr, dc) if other is None else rho**dr * other**dc
    flat = uniform_filters(window).reshape(8, -1)
    whitened = matrix.T @ flat @ covariance @ flat.T @ matrix
    variances = np.diag(whitened)
    assert abs(whitened - np.diag(variances)).max() < 1e-4 * variances.max()
    assert (np.diff(variances) < 1e-4 * variances.max()).all()


quick = settings(max_examples=30, deadline=None)
clips = st.builds(
    noise,
    shape=st.tuples(st.integers(5, 8), st.integers(5, 10), st.integers(5, 70)),
    seed=st.integers(0, 2**32 - 1),
    high=st.sampled_from([2, 206]),
)


@quick
@given(clips, st.integers(1, 50))
def test_brightness_does_not_matter(clip, shift):
    for a, b in zip(lpq_top_codes(clip), lpq_top_codes(clip + np.uint8(shift)), strict=True):
        np.testing.assert_array_equal(a, b)


@quick
@given(clips)
def test_reversed_time_conjugates_the_temporal_waves(clip):
    """Re1 and every response along space alone stay; Im1 changes its sign; 3 and 4 change places.

    A tie sets the bit either way, so a bit and its negated twin are never both unset.
    """
    forward, back = lpq_top_codes(clip), lpq_top_codes(clip[::-1])
    np.testing.assert_array_equal(forward[0], back[0][::-1])
    for plane in (1, 2):
        a, b = forward[plane], back[plane][::-1]
        bit = lambda codes, k: codes >> k & 1  # noqa: E731
        for k, same in ((0, 0), (2, 2), (3, 3), (4, 6), (5, 7), (6, 4), (7, 5)):
            np.testing.assert_array_equal(bit(a, k), bit(b, same))
        assert (bit(a, 1) | bit(b, 1)).all()


@quick
@given(clips)
def test_histograms_are_finite_and_sum_to_one(clip):
    got = lpq_top(clip)
    assert np.isfinite(got).all()
    np.testing.assert_allclose(got.sum(-1), 1, rtol=0, atol=1e-12)


@pytest.mark.parametrize("decorrelation", [None, (0.1, 0.1)])
def test_a_constant_clip_is_all_ties(decorrelation):
    clip = np.full((5, 6, 7), 200, np.uint8)
    for codes in lpq_top_codes(clip, decorrelation=decorrelation):
        assert (codes == 255).all()


def test_a_static_clip_has_ties_in_time():
    static = np.repeat(noise((1, 9, 9)), 6, axis=0)
    _, xt, yt = lpq_top_codes(static)
    ties = 0b11110011  # all but the response along space alone
    assert ((xt & ties) == ties).all() and ((yt & ties) == ties).all()


def test_the_shortest_clip_gives_one_code_per_slice():
    assert lpq_top(noise((7, 3, 5)), window=(3, 5, 7), normalize=False).sum(-1).tolist() == [
        [7, 3, 5]
    ]
    for short in (noise((6, 3, 5)), noise((7, 2, 5)), noise((7, 3, 4))):
        with pytest.raises(ValueError, match=r"^clip: .* at least (7|3|5) are needed"):
            lpq_top(short, window=(3, 5, 7))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (dict(window=(5, 5)), r"^window: got \(5, 5\); \(wy, wx, wt\)"),
        (dict(window=(5, 5, 4)), r"^window: got \(5, 5, 4\); odd lengths from 3 to 11"),
        (dict(window=(1, 5, 5)), r"^window: .*odd lengths from 3 to 11"),
        (dict(window=(13, 5, 5)), r"^window: .*odd lengths from 3 to 11"),
        (dict(decorrelation=0.1), r"^decorrelation: got 0.1; \(rho_s, rho_t\)"),
        (dict(decorrelation=(0.1, 1)), r"^decorrelation: .* above 0, below 1"),
        (dict(decorrelation=(0, 0.1)), r"^decorrelation: .* above 0, below 1"),
        (dict(weights=(1, 1)), r"^weights: got \(1, 1\); \(XY, XT, YT\)"),
        (dict(weights=(1, 1, -1)), r"^weights: .* from 0 on"),
        (dict(weights=(1, 1, float("nan"))), r"^weights: .* finite"),
        (dict(grid=(1, 1, 6)), r"^grid: got 6 blocks along t, .* at least 10 along t"),
        (dict(grid=(1, 1, 12)), r"^grid: got 12 blocks along t, .* at least 16 along t"),
        (dict(grid=(999, 999, 999)), r"^grid: got 999 blocks along y, .* at least 1003 along y"),
    ],
)
def test_a_wrong_argument_is_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        lpq_top(noise(), **wrong)


def test_memory_stays_below_twenty_clips():
    clip = noise((34, 128, 128))
    lpq_top(clip, grid=(8, 8, 2))
    tracemalloc.start()
    lpq_top(clip, grid=(8, 8, 2))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * clip.nbytes


@pytest.mark.parametrize("case", select("lpq2d", ""))
def test_code_images_of_the_two_dimensional_program(case):
    """Equal where no response is within 1e-5 of 0; signs aligned where the program leaves them."""
    frame = clip_of(case)[case["frame_index0"]]
    estimator = lpq2d.ESTIMATORS[case["freqestim"] - 1]
    window = case["win"]
    got = lpq2d.lpq(frame, window=window, estimator=estimator, decorrelate=bool(case["decorr"]))
    expected = output(case, "im")
    assert got.shape == expected.shape
    filters = lpq2d.lpq_filters(window, estimator=estimator)
    responses = lpq2d.lpq_responses(frame, filters)
    if case["decorr"]:
        responses = np.tensordot(whitening((window,) * 2, (0.9, None), filters).T, responses, 1)
    unsure = sum((abs(responses[k]) <= 1e-5).astype(np.uint8) << k for k in range(8))
    if not case["tier"].startswith("exact"):
        different = (got ^ expected) & ~unsure
        flipped = sum(
            1 << k for k in range(8) if (different >> k & 1).sum() * 2 > (~unsure >> k & 1).sum()
        )
        got = got ^ np.uint8(flipped)
    np.testing.assert_array_equal(got & ~unsure, expected & ~unsure)


def test_two_dimensional_arguments():
    with pytest.raises(ValueError, match=r"^window: got 4; an odd length"):
        lpq2d.lpq(noise()[0], window=4)
    with pytest.raises(ValueError, match=r"^estimator: got 'box'; allowed are uniform, gaussian"):
        lpq2d.lpq(noise()[0], estimator="box")
    with pytest.raises(ValueError, match=r"^frame: got shape \(9, 12, 14\); \(H, W\)"):
        lpq2d.lpq(noise())
    with pytest.raises(ValueError, match=r"^frame: got 12 rows; at least 13"):
        lpq2d.lpq(noise()[0], window=13)
