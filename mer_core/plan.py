"""What a run is about to do, with an estimate of its time, disk and memory."""

import os
import time

import numpy as np

from mer_core import conditions, datasets
from mer_core.presets import Preset
from mer_core.superres import networks

# Measured once on two cores with AVX2; the networks' time is measured anew each time.
FRAMES = 34  # of a synthetic clip, in the mean
RENDER_SECONDS, RENDER_BYTES = 0.03, 72e3  # a frame
CLIP_SECONDS = 0.06  # reading, degrading and measuring, a frame
LOSO_SECONDS = 3.0  # a cell of Table 2 with 164 clips
FEATURE_BYTES = 95e3  # both descriptors of one clip
MAIN_GIB, WORKER_GIB = 1.3, 0.5


def gigaflops() -> float:
    """Best rate of float32 matrix products on all cores, in 10^9 operations a second; 0.4 s."""
    a = np.ones((1024, 1024), np.float32)
    best, end = np.inf, time.perf_counter() + 0.4
    while (start := time.perf_counter()) < end:
        a @ a
        best = min(best, time.perf_counter() - start)
    return 2 * 1024**3 / best / 1e9


def _to_render(preset: Preset, count: int) -> int:
    folder = datasets.folder("synthetic", seed=preset.seed)
    return max(0, count - len(list(folder.glob("HS/*/micro/*/*/truth.json"))))


def describe(preset: Preset, workers: int | None = None) -> list[str]:
    """Lines for people: the data, the networks, the tables; then the sums.

    Nothing is computed or fetched; what an earlier run left in the store makes it shorter.
    """
    workers = workers or os.cpu_count() or 1
    count = len(preset.clips) if preset.clips else sum(map(sum, datasets.HS_COUNTS.values()))
    frames = count * (preset.frames or FRAMES)
    lines = [f"preset {preset.name}: {preset.about}"]
    seconds = disk = 0.0
    if preset.dataset == "synthetic":
        missing = _to_render(preset, count)
        seconds += missing * FRAMES * RENDER_SECONDS / workers
        disk += missing * FRAMES * RENDER_BYTES
        lines.append(f"data: {count} synthetic clips (not SMIC), {missing} to render")
    else:
        lines.append(f"data: {preset.dataset}, at most {count} clips")
    listed = conditions.conditions(preset)
    nets = [c for c in listed if c.source is not None]
    to_run = [c for c in nets if conditions.is_present(c) or conditions.is_fetched(c)]
    work = 0.0
    for c in to_run:
        side = preset.size // c.scale
        work += networks.flops(c.method, side, side) * frames
        disk += frames * 3 * preset.size**2
    absent = ", ".join(c.method for c in nets if c not in to_run)
    lines.append(
        f"super-resolution: {frames} frames; networks {', '.join(c.method for c in to_run)}"
        + (f"; absent, for want of weights: {absent}" if absent else "")
    )
    listed = [c for c in listed if c not in nets or c in to_run]
    cells = len(listed) * len(preset.descriptors)
    lines.append(f"recognition: {cells} cells of {count} clips, one subject left out at a time")
    seconds += frames * CLIP_SECONDS / workers + work / gigaflops() / 1e9
    seconds += cells * LOSO_SECONDS * (count / 164) ** 2 / workers
    disk += count * len(listed) * FEATURE_BYTES
    lines.append(
        f"about {seconds / 60:.0f} min with an empty store, {disk / 1e9:.1f} GB of disk in the "
        f"cache and {MAIN_GIB + workers * WORKER_GIB:.1f} GiB of memory with {workers} workers"
    )
    return lines
