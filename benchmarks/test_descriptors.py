"""Descriptors against scikit-image's local_binary_pattern, both sides in one run.

    mer bench descriptors

One thread, clips of 34 frames of 128x128 (a rendered face, and noise), grid 8x8x2. The peer codes
the three planes slice by slice (8 points, uniform, no histogram). Times are CPU seconds of the
thread, the best of rounds that take turns, so that a busy machine disturbs both sides alike.
Extra figures of the report:

`ratio` the peer's time over ours; `codes_share`, `counts_share` what a stage would take over what
it takes: codes with the same arithmetic on rows that stay in the first cache (LBP), or at the
rate of multiply-adds that the machine reaches in registers (LPQ); counts with four histograms
side by side and no blocks.
"""

import time

import numpy as np
import pytest

from mer_core.descriptors import describe, describe_all, kernels, lbp_top, lpq_top, planes
from mer_core.descriptors.lbp_top import _codes
from mer_core.descriptors.lpq_top import lpq_top_codes

SHAPE, GRID, ROUNDS = (34, 128, 128), (8, 8, 2), 9
NEAREST = dict(radii=(1, 1, 1), sampling="nearest")
BILINEAR = dict(radii=(3, 3, 3), sampling="bilinear")
VECTOR = 8192  # bytes: rows that stay in the first cache


@pytest.fixture(scope="module", params=["face", "noise"])
def clip(request):
    if request.param == "noise":
        return np.random.default_rng(0).integers(0, 256, SHAPE, dtype=np.uint8)
    from mer_core.clip import resize, to_grey
    from mer_core.datasets.synthetic import DEFAULTS, clip_ids, replica

    long = (i for i in clip_ids() if len(replica.clip_performance(0, i, DEFAULTS)) == SHAPE[0])
    return to_grey(resize(replica.render_clip(0, next(long), DEFAULTS)[0], SHAPE[1:]))


def cpu(call):
    start = time.thread_time()
    call()
    return time.thread_time() - start


def best(*calls, rounds=ROUNDS):
    """Least CPU seconds of each call; the calls take turns, the first turn does not count."""
    turns = [[cpu(call) for call in calls] for _ in range(rounds + 1)]
    return np.min(turns[1:], 0)


def peer(clip, radius):
    from skimage.feature import local_binary_pattern

    for axis in range(3):
        for plane in np.moveaxis(clip, axis, 0):
            local_binary_pattern(plane, 8, radius, "nri_uniform")


def report(benchmark, clip, ours, radius, **figures):
    """Time ours for the table, and against the peer in turns; returns the ratio."""
    benchmark.pedantic(ours, rounds=ROUNDS, warmup_rounds=1)
    theirs, own = best(lambda: peer(clip, radius), ours, rounds=3)
    own = min(own, best(ours)[0])
    figures["ratio"] = theirs / own
    benchmark.extra_info.update({k: round(float(v), 2) for k, v in figures.items()})
    print(f"\n{benchmark.name}: {own * 1e3:.2f} ms,", benchmark.extra_info)
    return figures["ratio"]


def counts_share(codes):
    """Four histograms side by side over what `count_blocks` takes for the same codes."""
    shares = []
    counts = np.zeros((np.prod(GRID), 3, 256), np.uint32)
    for plane, c in enumerate(codes):
        edges = planes.grid_edges(c.shape, GRID, c.shape)
        four, own = best(
            lambda c=c: _four_histograms()(c.reshape(-1)),
            lambda c=c, p=plane, e=edges: kernels.count_blocks(c, *e, p, counts),
        )
        shares.append((four, own))
    return np.divide(*np.sum(shares, 0))


_compiled = {}


def _four_histograms():
    if "four" not in _compiled:
        from numba import njit

        @njit(nogil=True)
        def four(codes):
            counts = np.zeros((4, 256), np.uint32)
            n = len(codes) // 4
            a, b, c, d = codes[:n], codes[n : 2 * n], codes[2 * n : 3 * n], codes[3 * n :]
            h, i, j, k = counts
            for x in range(n):
                h[a[x]] += np.uint32(1)
                i[b[x]] += np.uint32(1)
                j[c[x]] += np.uint32(1)
                k[d[x]] += np.uint32(1)
            return counts

        _compiled["four"] = four
    return _compiled["four"]


def _cached_codes(parameters):
    """The arithmetic of one voxel row after the other, on rows in the first cache."""
    from numba import njit

    @njit(nogil=True)
    def nearest(rows, out, repeats):
        bits = (np.uint8(1), np.uint8(2), np.uint8(4), np.uint8(8))
        for _ in range(repeats):
            kernels._four(rows[0], rows[1], rows[2], rows[3], rows[0], bits, out)
            kernels._four(rows[1], rows[0], rows[2], rows[3], rows[0], bits, out)

    @njit(nogil=True)
    def bilinear(rows, real, out, repeats):
        bits = (np.uint8(1), np.uint8(2), np.uint8(4), np.uint8(8))
        v = np.float32(0.5)
        for _ in range(repeats):
            kernels._four(rows[0], rows[1], rows[2], rows[3], rows[0], bits, out)
            for _ in range(4):
                kernels._blend(
                    real[0], real[1], real[2], real[3], real[4], v, real[0], bits[0], out
                )

    n = VECTOR // (4 if parameters is BILINEAR else 1) // 4
    rows, out = np.zeros((4, n), np.uint8), np.zeros(n, np.uint8)
    real = np.zeros((5, n), np.float32)
    if parameters is NEAREST:
        return n, lambda repeats: nearest(rows, out, repeats)
    return n, lambda repeats: bilinear(rows, real, out, repeats)


@pytest.mark.parametrize("parameters", [NEAREST, BILINEAR], ids=["nearest", "bilinear"])
def test_lbp_top(benchmark, clip, parameters):
    radii, sampling = parameters["radii"], parameters["sampling"]
    codes, width = _codes(clip, radii, 8, sampling, "zhao2007")
    n, cached = _cached_codes(parameters)
    bound, own = best(
        lambda: cached(codes.size // n),
        lambda: _codes(clip, radii, 8, sampling, "zhao2007"),
    )
    valid = [np.ascontiguousarray(c[..., :width]) for c in codes]
    ratio = report(
        benchmark,
        clip,
        lambda: lbp_top(clip, grid=GRID, **parameters),
        radii[0],
        codes_share=bound / own,
        counts_share=counts_share(valid),
    )
    assert ratio > (80 if parameters is NEAREST else 25)


def _multiply_adds():
    """(operations, call): multiply-adds of float64 in registers, as many as latency allows."""
    from numba import njit

    lanes, repeats = 64, 20000

    @njit(nogil=True, fastmath={"contract"})
    def chains(start, a, b):
        values = start.copy()
        for _ in range(repeats):
            for i in range(64):
                values[i] = values[i] * a + b
        return values

    start = np.random.default_rng(0).random(lanes)
    return 2 * lanes * repeats, lambda: chains(start, 0.999, 0.001)


@pytest.mark.parametrize("decorrelation", [None, (0.1, 0.1)], ids=["plain", "decorrelated"])
def test_lpq_top(benchmark, clip, decorrelation):
    codes = lpq_top_codes(clip, decorrelation=decorrelation)
    operations, chains = _multiply_adds()
    half = 2  # window 5; sums, differences and multiply-adds of both passes, and comparisons
    per_code = half * (4 + 4) + half * (8 + 12) + 4 + 8 + (56 if decorrelation else 0)
    seconds, own = best(chains, lambda: lpq_top_codes(clip, decorrelation=decorrelation))
    bound = sum(c.size for c in codes) * per_code * seconds / operations
    ratio = report(
        benchmark,
        clip,
        lambda: lpq_top(clip, grid=GRID, decorrelation=decorrelation),
        1,
        codes_share=bound / own,
        counts_share=counts_share(codes),
    )
    assert ratio > (18 if decorrelation else 27)


@pytest.mark.parametrize("name", ["lbp-top", "lpq-top"])
def test_two_workers(benchmark, name):
    """64 clips of noise, wall time, the best of turns; needs two idle cores to mean something."""
    rng = np.random.default_rng(0)
    clips = [rng.integers(0, 256, SHAPE, dtype=np.uint8) for _ in range(64)]

    def wall(workers):
        start = time.perf_counter()
        describe_all(clips, name, workers=workers, grid=GRID)
        return time.perf_counter() - start

    describe(clips[0], name)
    benchmark.pedantic(wall, args=(2,), rounds=1)
    one, two = np.min([[wall(1), wall(2)] for _ in range(ROUNDS)], 0)
    benchmark.extra_info["speedup"] = round(float(one / two), 2)
    print(f"\n{benchmark.name}: {64 / two:.0f} clips a second,", benchmark.extra_info)
