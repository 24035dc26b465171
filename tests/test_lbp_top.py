"""LBP-TOP: the published programs' counts, a voxel by voxel oracle, and its properties."""

import itertools
import tracemalloc

import numpy as np
import pytest
from descriptor_reference import clip_of, output, select
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core.descriptors.lbp_top import _codes, lbp_top, lbp_top_codes, uniform_bins


def noise(shape=(7, 12, 14), seed=0, low=0, high=256):
    return np.random.default_rng(seed).integers(low, high, shape, dtype=np.uint8)


clips = st.builds(
    noise,
    shape=st.tuples(st.integers(3, 7), st.integers(3, 12), st.integers(3, 12)),
    seed=st.integers(0, 2**32 - 1),
    high=st.sampled_from([2, 4, 206]),  # few grey levels: many equal neighbours
)
quick = settings(max_examples=40, deadline=None)


def case_parameters(case):
    return dict(
        radii=case["radii_xyt"],
        points=case["neighbours"][0],
        sampling="bilinear" if case["bilinear"] else "nearest",
        mapping="uniform" if case["codes"] == "uniform59" else "basic",
        normalize=False,
    )


@pytest.mark.parametrize("case", select("lbptop", "exact"))
def test_counts_of_the_program(case):
    """Equal to LBPTOP.m to the last count; reference/descriptors/lbptop.npz."""
    got = lbp_top(clip_of(case), **case_parameters(case))
    np.testing.assert_array_equal(got, output(case, "counts")[None])


@pytest.mark.parametrize("case", select("lbptop_cropgrid", "exact"))
def test_counts_of_the_program_on_tiles(case):
    """The program called on every tile of a clip; positions count from the tile's corner."""
    clip, expected = clip_of(case), output(case, "counts")
    rows, columns = case["grid_rows_cols"]
    h, w = clip.shape[1] // rows, clip.shape[2] // columns
    for i, j in np.ndindex(rows, columns):
        tile = clip[:, i * h : (i + 1) * h, j * w : (j + 1) * w]
        np.testing.assert_array_equal(lbp_top(tile, **case_parameters(case))[0], expected[i, j])


@pytest.mark.parametrize("case", select("fastlbptop", "exact"))
def test_histograms_of_the_tensor_unfolding_program(case):
    """Equal to the program of Hong, Xu & Zhao within 1e-12; fastlbptop.npz.

    One case has a row of empty blocks, 0/0 in the program: an error here; the rest agrees.
    """
    clip, grid = clip_of(case), case["grid_rows_cols_time"]
    parameters = dict(radii=(case["R"],) * 3, sampling="bilinear", convention="hong2016")
    gy, gx, gt = grid
    expected = output(case, "hist").reshape(3, gt, gx, gy, 59).transpose(3, 2, 1, 0, 4)
    if np.isnan(expected).any():
        with pytest.raises(ValueError, match=r"grid: got 8 blocks along y.* at least 49 along y"):
            lbp_top(clip, grid=grid, **parameters)
        size = -(-(clip.shape[1] - 2 * case["R"]) // gy)
        whole = np.isfinite(expected[..., 0, 0]).all((1, 2)).sum()
        clip = clip[:, : whole * size + 2 * case["R"]]
        expected = expected[:whole]
        grid = (whole, gx, gt)
    got = lbp_top(clip, grid=grid, **parameters)
    np.testing.assert_allclose(got, expected.reshape(-1, 3, 59), rtol=0, atol=1e-12)


def oracle(clip, radii, points, sampling):
    """The published definition, one voxel and one neighbour at a time."""
    (rx, ry, rt), b = radii, max(radii[:2])
    volume = clip.transpose(1, 2, 0).astype(float)
    height, width, frames = volume.shape
    shape = (frames - 2 * rt, height - 2 * b, width - 2 * b)
    codes = np.zeros((3, *shape), int)
    for t, y, x in np.ndindex(shape):
        place = y + b + 1, x + b + 1, t + rt + 1  # one-based, as in the program
        centre = volume[tuple(np.subtract(place, 1))]
        for p in range(points):
            a = 2 * np.pi * p / points
            up, right = place[0] - ry * np.sin(a), place[1] + rx * np.cos(a)
            later, after = place[2] + rt * np.sin(a), place[2] + rt * np.cos(a)
            around = ((1, 0, right, up), (1, 2, right, later), (0, 2, up, after))
            for plane, (first, second, i, j) in enumerate(around):
                value = at(volume, place, first, second, i, j, sampling)
                codes[plane, t, y, x] |= (value >= centre) << p
    return codes


def at(volume, place, first, second, i, j, sampling):
    def voxel(i, j):
        index = list(place)
        index[first], index[second] = int(i), int(j)
        return np.float32(volume[tuple(np.subtract(index, 1))])

    if sampling == "nearest":
        return voxel(np.floor(i + 0.5), np.floor(j + 0.5))
    i, j, one = np.float32(i), np.float32(j), np.float32(1)
    u, v = i - np.floor(i), j - np.floor(j)
    return np.floor(
        voxel(np.floor(i), np.floor(j)) * (one - u) * (one - v)
        + voxel(np.floor(i), np.ceil(j)) * (one - u) * v
        + voxel(np.ceil(i), np.floor(j)) * u * (one - v)
        + voxel(np.ceil(i), np.ceil(j)) * u * v
    )


@pytest.mark.parametrize("sampling", ["nearest", "bilinear"])
@pytest.mark.parametrize(
    ("radii", "points"),
    [((1, 1, 1), 12), ((1, 1, 1), 6), ((3, 1, 2), 12), ((1, 2, 1), 5), ((2, 1, 3), 16),
     ((2, 3, 1), 9), ((1, 1, 1), 8), ((4, 4, 2), 8), ((1, 1, 4), 4), ((2, 2, 2), 11)],
)  # fmt: skip
def test_codes_follow_the_definition(radii, points, sampling):
    """With 6 or 12 points a nearest neighbour falls on a half and its rounding moves with x."""
    clip = noise((9, 14, 13), high=200)
    got = lbp_top_codes(clip, radii=radii, points=points, sampling=sampling)
    np.testing.assert_array_equal(got, oracle(clip, radii, points, sampling))


def test_the_code_of_one_voxel():
    clip = np.full((3, 3, 3), 10, np.uint8)
    clip[1, 1, 1] = 100
    clip[1, 1, 2] = 100  # right of the centre: bit 0 of XY and XT
    clip[1, 0, 1] = 200  # above: bit 2 of XY and of YT
    clip[2, 1, 1] = 150  # the later frame: bit 2 of XT, bit 0 of YT
    assert lbp_top_codes(clip).ravel().tolist() == [0b101, 0b101, 0b101]
    clip[2, 1, 0] = 255  # later and to the left: bit 3 of XT
    assert lbp_top_codes(clip).ravel().tolist() == [0b101, 0b1101, 0b101]


def test_uniform_bins_are_those_of_the_program():
    bins = uniform_bins(8)
    assert bins[[0, 1, 2, 3, 4, 5, 6, 254, 255]].tolist() == [1, 2, 3, 4, 5, 0, 6, 57, 58]
    last = uniform_bins(8, convention="hong2016")
    assert last[[0, 1, 5, 255]].tolist() == [0, 1, 58, 57]
    for points in range(4, 17):
        assert uniform_bins(points).max() == points * (points - 1) + 2


@pytest.mark.parametrize("points", [4, 8, 10, 16])
@pytest.mark.parametrize("convention", ["zhao2007", "hong2016"])
def test_uniform_histograms_are_basic_ones_folded(points, convention):
    clip = noise(high=3)
    parameters = dict(
        points=points, sampling="bilinear", convention=convention, grid=(2, 3, 1), normalize=False
    )
    basic = lbp_top(clip, mapping="basic", **parameters)
    bins = uniform_bins(points, convention=convention)
    expected = np.zeros((6, 3, bins.max() + 1), int)
    for code, k in enumerate(bins):
        expected[..., k] += basic[..., code]
    np.testing.assert_array_equal(lbp_top(clip, **parameters), expected)


def test_blocks_hold_every_code_once_in_c_order():
    clip, grid = noise((8, 13, 15)), (3, 4, 2)
    codes = lbp_top_codes(clip)
    got = lbp_top(clip, grid=grid, mapping="basic", normalize=False)
    cuts = [np.arange(k + 1) * n // k for n, k in zip(codes.shape[2:], grid, strict=False)]
    cuts.append(np.arange(3) * codes.shape[1] // 2)
    for i, (y, x, t) in enumerate(np.ndindex(grid)):
        sides = [slice(c[k], c[k + 1]) for c, k in zip(cuts, (y, x, t), strict=True)]
        for plane in range(3):
            block = codes[plane][sides[2], sides[0], sides[1]]
            np.testing.assert_array_equal(got[i, plane], np.bincount(block.ravel(), minlength=256))


# A circle that a mirror maps to itself, and no neighbour half way between two voxels
circles = st.fixed_dictionaries(
    dict(
        points=st.sampled_from([4, 8, 16]),
        radii=st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 2)),
    )
)


def fit(clip, radii):
    """The clip, repeated until the radii fit."""
    b = 2 * max(radii[:2]) + 1
    least = (2 * radii[2] + 1, b, b)
    repeats = [-(-n // size) for n, size in zip(least, clip.shape, strict=True)]
    return np.tile(clip, repeats)


@quick
@given(clips, st.integers(1, 50), circles)
def test_brightness_does_not_matter(clip, shift, circle):
    clip = fit(clip, circle["radii"])
    a = lbp_top_codes(clip, **circle)
    np.testing.assert_array_equal(a, lbp_top_codes(clip + np.uint8(shift), **circle))


def moved_bits(codes, order):
    """Codes whose bit p is bit order[p] of `codes`."""
    return sum((codes >> q & 1) << p for p, q in enumerate(order)).astype(codes.dtype)


@quick
@given(clips, circles)
def test_a_mirror_image_permutes_the_codes(clip, circle):
    clip, points = fit(clip, circle["radii"]), circle["points"]
    mirrored = lbp_top_codes(clip[:, :, ::-1], **circle)[..., ::-1]
    codes = lbp_top_codes(clip, **circle)
    turn = [(points // 2 - p) % points for p in range(points)]
    for plane, order in enumerate((turn, turn, range(points))):
        np.testing.assert_array_equal(mirrored[plane], moved_bits(codes[plane], order))


@quick
@given(clips, circles)
def test_reversed_time_permutes_the_codes(clip, circle):
    clip, points = fit(clip, circle["radii"]), circle["points"]
    back = lbp_top_codes(clip[::-1], **circle)[:, ::-1]
    codes = lbp_top_codes(clip, **circle)
    orders = (
        range(points),
        [-p % points for p in range(points)],
        [(points // 2 - p) % points for p in range(points)],
    )
    for plane, order in enumerate(orders):
        np.testing.assert_array_equal(back[plane], moved_bits(codes[plane], order))


@quick
@given(clips, st.sampled_from(["nearest", "bilinear"]), st.sampled_from(["basic", "uniform"]))
def test_histograms_are_finite_and_sum_to_one(clip, sampling, mapping):
    got = lbp_top(clip, sampling=sampling, mapping=mapping)
    assert np.isfinite(got).all() and (got >= 0).all()
    np.testing.assert_allclose(got.sum(-1), 1, rtol=0, atol=1e-12)


@pytest.mark.parametrize("points", [4, 8, 16])
def test_a_constant_clip_has_every_bit_set(points):
    codes = lbp_top_codes(np.full((5, 6, 7), 77, np.uint8), points=points)
    assert (codes == 2**points - 1).all()


def test_single_precision_shows_on_a_constant_clip():
    """Equal grey levels interpolate to just below the centre at some positions: kept."""
    codes = lbp_top_codes(np.full((7, 20, 24), 200, np.uint8), radii=(3, 3, 3), sampling="bilinear")
    assert 0.2 < (codes[0] != 255).mean() < 0.3


@pytest.mark.parametrize("radii", [(1, 1, 1), (3, 1, 2), (1, 2, 4)])
def test_the_shortest_clip_gives_one_code(radii):
    rx, ry, rt = radii
    side = 2 * max(rx, ry) + 1
    assert lbp_top(noise((2 * rt + 1, side, side)), radii=radii, normalize=False).sum() == 3
    for cut in itertools.islice(np.ndindex(2, 2, 2), 1, None):
        short = noise((2 * rt + 1 - cut[0], side - cut[1], side - cut[2]))
        with pytest.raises(
            ValueError, match=rf"^clip: .* at least ({2 * rt + 1}|{side}) are needed"
        ):
            lbp_top(short, radii=radii)


@pytest.mark.parametrize("axis", range(3))
def test_a_clip_of_any_memory_order(axis):
    clip = noise()
    other = np.moveaxis(np.ascontiguousarray(np.moveaxis(clip, axis, 0)), 0, axis)
    np.testing.assert_array_equal(lbp_top(other), lbp_top(clip))
    fixed = clip.copy()
    fixed.flags.writeable = False
    np.testing.assert_array_equal(lbp_top(fixed), lbp_top(clip))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (dict(radii=(1, 1)), r"^radii: got \(1, 1\); \(rx, ry, rt\)"),
        (dict(radii=(1, 1, 0)), r"^radii: got \(1, 1, 0\)"),
        (dict(radii=(1, 1, 1.5)), r"^radii: got"),
        (dict(radii=1), r"^radii: got 1"),
        (dict(points=3), r"^points: got 3; allowed are 4, 5"),
        (dict(points=17), r"^points: got 17"),
        (dict(points=8.5), r"^points: got 8.5"),
        (dict(sampling="cubic"), r"^sampling: got 'cubic'; allowed are nearest, bilinear"),
        (dict(mapping="riu2"), r"^mapping: got 'riu2'; allowed are basic, uniform"),
        (dict(convention="zhao"), r"^convention: got 'zhao'; allowed are zhao2007, hong2016"),
        (dict(grid=(0, 1, 1)), r"^grid: got \(0, 1, 1\)"),
        (dict(grid=(1, 1, 6)), r"^grid: got 6 blocks along t, .* at least 8 along t"),
        (dict(grid=(11, 1, 1)), r"^grid: got 11 blocks along y, .* at least 13 along y"),
        (dict(convention="hong2016"), r"^sampling: got 'nearest'; hong2016 allows bilinear"),
        (
            dict(convention="hong2016", sampling="bilinear", radii=(1, 1, 2)),
            r"^radii: got \(1, 1, 2\); hong2016 needs three equal",
        ),
    ],
)
def test_a_wrong_argument_is_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        lbp_top(noise(), **wrong)


def test_colour_and_floats_are_refused():
    with pytest.raises(ValueError, match="to_grey"):
        lbp_top(np.zeros((5, 5, 5, 3), np.uint8))
    with pytest.raises(ValueError, match="uint8"):
        lbp_top(np.zeros((5, 5, 5)))


@pytest.mark.parametrize("sampling", ["nearest", "bilinear"])
def test_memory_stays_below_twenty_clips(sampling):
    clip = noise((34, 128, 128))
    lbp_top(clip, sampling=sampling, grid=(8, 8, 2))
    tracemalloc.start()
    lbp_top(clip, sampling=sampling, grid=(8, 8, 2))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * clip.nbytes


def test_padding_columns_are_not_counted():
    codes, width = _codes(noise(), (1, 1, 1), 8, "nearest", "zhao2007")
    assert codes.shape[-1] == width + 2
    assert lbp_top(noise(), normalize=False).sum() == 3 * codes.shape[1] * codes.shape[2] * width
