"""The first page: one moving pair of faces, and the answer in numbers of the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

FRAMES = 12  # of the pair; it plays forwards and backwards


def pair(preset: str, found: Any, target: Path) -> dict[str, str]:
    """Write the pair as one picture, its frames below one another; what the page says about it.

    Parameters
    ----------
    preset : whose clip is shown
    found : results of the run; the network is the one of scale 4 (else 2) with the highest PSNR
    target : a .webp file, 256 pixels wide, 128 rows a frame: LR on the left, enlarged by its own
        pixels, super-resolved on the right

    Returns texts for the page: the network, the sizes, the number of frames, the still frame.
    """
    from PIL import Image

    from mer_core.clip import resize
    from mer_core.example import example
    from mer_core.superres import MODELS, super_resolve

    shown = example(preset)
    place = np.unique(np.linspace(0, len(shown.hr) - 1, FRAMES).round().astype(int))
    hr = shown.hr[place]
    table = found.table1.dropna(subset=["psnr"]).query("weights not in ('none', 'absent')")
    if table.empty:
        name, factor = "bicubic interpolation", 4
        lr = shown.reduced(hr, factor)
        sr = resize(lr, hr.shape[1:3], "bicubic")
    else:
        best = table.sort_values(["scale", "psnr"]).iloc[-1]
        name, factor = best.method, int(best.scale)
        lr = shown.reduced(hr, factor)
        source = shown.preset.source(name) if MODELS[name].sources else None
        sr = super_resolve(lr, name, source=source)
    left = resize(lr, hr.shape[1:3], "nearest")
    strip = np.concatenate([left, sr], axis=2).reshape(-1, 2 * hr.shape[2], 3)
    target.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(strip).save(target, quality=70, method=6)
    still = int(np.abs(place - shown.frame).argmin())
    return {
        "pair_network": name,
        "pair_small": str(hr.shape[1] // factor),
        "pair_large": str(hr.shape[1]),
        "pair_frames": str(len(place)),
        "pair_still": f"{100 * still / max(len(place) - 1, 1):.2f}%",
        "pair_real": f"{1000 * len(shown.hr) / shown.row.fps:.0f}",
        "pair_data": "a synthetic face" if shown.row.dataset == "synthetic" else shown.row.dataset,
    }


def answer(found: Any) -> dict[str, str]:
    """The answer's texts: one number, its interval, what it was measured on."""
    from mer_core import compare

    said = compare.gain(found, seed=found.provenance["parameters"]["seed"])
    data = found.provenance["dataset"]["name"]
    kind = "synthetic, not SMIC" if data.startswith("synthetic") else data
    texts = {"data": data, "data_kind": kind, "preset": found.provenance["parameters"]["name"]}
    if said is None:
        return texts | dict.fromkeys(("gain", "low", "high", "pairs", "clips", "subjects"), "–") | {
            "can_tell": "This run has no network, so it has no answer"
        }  # fmt: skip
    if said["low"] <= 0 <= said["high"]:
        tell = "The interval includes 0: these clips cannot tell"
    else:
        does = "helps" if said["low"] > 0 else "harms"
        tell = f"The interval excludes 0: here super-resolution {does}"
    return texts | {
        "gain": _signed(said["points"]),
        "low": _signed(said["low"]),
        "high": _signed(said["high"]),
        "pairs": str(said["pairs"]),
        "clips": str(said["clips"]),
        "subjects": str(said["subjects"]),
        "can_tell": tell,
    }


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")
