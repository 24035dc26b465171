"""Keras model -> fast inference. OpenVINO by default; TensorFlow where it is asked for by name.

The converted model is kept in ``engines`` of the cache, keyed by the weights' digest, so that
later runs import neither TensorFlow nor ISR. Frames go through one at a time, one on each thread
while their memory allows: that was the fastest of the batchings measured, takes the least memory,
and makes the result independent of the clip's length and of the number of threads.
"""

import contextlib
import functools
import json
import os
import sys
from collections.abc import Callable
from importlib import metadata, util
from pathlib import Path
from types import ModuleType

import numpy as np

from mer_core.fetching import sha256
from mer_core.store import cache_dir, write_text
from mer_core.store import digest as store_digest

from . import networks, weights
from .registry import Network, find
from .sources import staging

ENGINES = ("openvino", "tensorflow")
PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}
FORMAT = 1  # raise it when a network's code changes what it computes
BUDGET = 512 * 2**20  # bytes that the frames under way may take together

_threads: int | None = None


def set_threads(count: int | None) -> None:
    """Threads of every later call in this process; None is all that it may use.

    ``$MER_THREADS`` does the same from outside. Workers side by side take one each.
    """
    global _threads
    if count is not None and count < 1:
        raise ValueError(f"count: got {count}; at least 1 is needed")
    _threads = count


def thread_count(threads: int | None = None) -> int:
    """`threads`, else what `set_threads` said, else ``$MER_THREADS``, else the usable cores."""
    chosen = threads or _threads or os.environ.get("MER_THREADS")
    if chosen is None:
        usable = getattr(os, "sched_getaffinity", None)
        return len(usable(0)) if usable else os.cpu_count() or 1
    if not str(chosen).isdigit() or int(chosen) < 1:
        raise ValueError(f"threads: got {chosen!r}; a whole number from 1 on is needed")
    return int(chosen)


def streams(network: Network, height: int, width: int, *, frames: int, threads: int) -> int:
    """Frames of height x width LR pixels to have under way at a time: one a thread, as `BUDGET`
    allows by `networks.memory`; at least one, whatever it takes."""
    affordable = BUDGET // networks.memory(network, height, width)
    return max(1, min(threads, frames, int(affordable)))


def _openvino_runtime() -> ModuleType:
    """OpenVINO without its converter, whose import takes as long as the rest and which only
    `_convert` needs. OpenVINO goes without it where it is not installed; so it is told."""
    if "openvino" not in sys.modules:
        sys.modules["openvino.tools.ovc"] = None  # type: ignore[assignment]
        try:
            import openvino  # noqa: F401
        finally:
            del sys.modules["openvino.tools.ovc"]
    return sys.modules["openvino"]


def model(name: str, source: str | None = None):
    """The Keras model of `name` with its weights, strictly loaded; imports TensorFlow."""
    built = networks.build(weights.network(name, source))
    networks.assign(built, weights.load(name, source), origin=name)
    return built


def prepare(name: str, source: str | None = None) -> Path:
    """Convert `name` for OpenVINO unless the cache has it; returns the model's .xml file.

    Raises AbsentWeights, or ModuleNotFoundError where OpenVINO is not installed.
    """
    if util.find_spec("openvino") is None:
        raise ModuleNotFoundError(
            "openvino is not installed; install it, or choose engine='tensorflow'"
        )
    key = store_digest(
        [
            weights.digest(name, source),
            str(weights.network(name, source)),
            metadata.version("openvino"),
            FORMAT,
        ]
    )
    place = cache_dir() / "engines" / key
    if not _intact(place):
        _convert(name, source, place)
    return place / "model.xml"


def _intact(place: Path) -> bool:
    """Are the model's files there as they were written?"""
    try:
        sums = json.loads((place / "sha256.json").read_text(encoding="utf-8"))
        return all(sha256(place / file) == sums[file] for file in ("model.xml", "model.bin"))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _convert(name: str, source: str | None, place: Path) -> None:
    built = model(name, source)
    from .isr import quiet

    with quiet():
        import openvino
        from openvino.tools.ovc import convert_model

        graph = convert_model(built)
    with staging(place) as stage:
        try:
            openvino.save_model(graph, stage / "model.xml", compress_to_fp16=False)
        except RuntimeError as error:  # a full disk is no more than an "iostream error" to it
            raise OSError(
                f"cannot write the converted model of {name} to {place}: {error}; "
                "is the disk full? MER_CACHE names another folder"
            ) from error
        sums = {file: sha256(stage / file) for file in ("model.xml", "model.bin")}
        write_text(stage / "sha256.json", json.dumps(sums))


@functools.lru_cache(maxsize=8)
def _compiled(xml: Path, height: int, width: int, precision: str, threads: int, streams: int):
    core = _openvino_runtime().Core()
    if precision == "bfloat16" and "BF16" not in core.get_property(
        "CPU", "OPTIMIZATION_CAPABILITIES"
    ):
        raise ValueError("precision: got 'bfloat16', which this CPU lacks; float32 is allowed here")
    graph = core.read_model(xml)
    graph.reshape([1, height, width, 3])
    hints = {
        "INFERENCE_PRECISION_HINT": PRECISIONS[precision],
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": streams,
        "ENABLE_CPU_PINNING": False,  # else workers side by side would share one core
    }
    return core.compile_model(graph, "CPU", hints)


def _openvino(clip, name, source, precision, threads, finish, out) -> None:
    height, width = clip.shape[1:3]
    network = find(name).network
    count = streams(network, height, width, frames=len(clip), threads=threads)
    xml = prepare(name, source)
    compiled = _compiled(xml, height, width, precision, threads, count)
    # Taken in turn, without callbacks: one still leaving Python as the process ends aborts it
    requests = [compiled.create_infer_request() for _ in range(count)]

    def keep(index: int) -> None:
        request = requests[index % count]
        request.wait()
        out[index] = finish(request.get_output_tensor(0).data[0])

    for index, frame in enumerate(clip):
        if index >= count:
            keep(index - count)
        requests[index % count].start_async([_input(frame)])
    for index in range(len(clip) - count, len(clip)):
        keep(index)


@functools.lru_cache(maxsize=2)
def _function(name: str, source: str | None, digest: str, threads: int) -> Callable:
    from .isr import quiet

    with quiet():
        import tensorflow as tf

        with contextlib.suppress(RuntimeError):  # once TensorFlow has begun it keeps its threads
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(1)
        built = model(name, source)
        return tf.function(
            lambda x: built(x, training=False),
            input_signature=[tf.TensorSpec((1, None, None, 3), tf.float32)],
        )


def _tensorflow(clip, name, source, precision, threads, finish, out) -> None:
    if precision != "float32":
        raise ValueError(f"precision: got {precision!r}; engine 'tensorflow' has float32")
    run = _function(name, source, weights.digest(name, source), threads)
    for index, frame in enumerate(clip):
        out[index] = finish(run(_input(frame)).numpy()[0])


def _input(frame: np.ndarray) -> np.ndarray:
    """(H, W, 3) or (H, W) uint8 to (1, H, W, 3) float32 in [0, 1]; grey fills three channels."""
    rgb = frame if frame.ndim == 3 else np.repeat(frame[..., None], 3, axis=-1)
    return (rgb / np.float32(255))[None]


def run(
    clip: np.ndarray,
    name: str,
    finish: Callable[[np.ndarray], np.ndarray],
    *,
    dtype: type = np.uint8,
    source: str | None = None,
    precision: str = "float32",
    threads: int | None = None,
    engine: str = "openvino",
) -> np.ndarray:
    """Put every frame through network `name`; `finish` turns one raw frame into the one kept.

    Parameters
    ----------
    clip : (T, H, W, 3) or (T, H, W) array of uint8; grey goes through once, as three equal channels
    finish : (sH, sW, 3) array of float32, about [0, 1], to an array of `dtype`; its frames' shape
        is (sH, sW, 3) for a colour clip, (sH, sW) for a grey one
    precision : "float32", or "bfloat16" where the CPU has it (OpenVINO only)
    threads : see `thread_count`; TensorFlow takes those of its first call in the process
    engine : "openvino" or "tensorflow"; neither stands in for the other
    """
    if engine not in ENGINES:
        raise ValueError(f"engine: got {engine!r}; allowed are {', '.join(ENGINES)}")
    if precision not in PRECISIONS:
        raise ValueError(f"precision: got {precision!r}; allowed are {', '.join(PRECISIONS)}")
    scale, stride = find(name).scale, find(name).network.stride
    frames, height, width, *channels = clip.shape
    if height % stride or width % stride:  # the edge is repeated, and what it became is cut off
        more = [(0, 0), (0, -height % stride), (0, -width % stride), (0, 0)][: clip.ndim]
        options = {"source": source, "precision": precision, "threads": threads, "engine": engine}
        padded = run(np.pad(clip, more, mode="edge"), name, finish, dtype=dtype, **options)
        return padded[:, : scale * height, : scale * width]
    out = np.empty((frames, scale * height, scale * width, *channels), dtype)
    enlarge = _openvino if engine == "openvino" else _tensorflow
    enlarge(clip, name, source, precision, thread_count(threads), finish, out)
    return out
