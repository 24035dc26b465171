"""The whole sentence on one clip, within a minute: one figure and five lines of text."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mer_core import figures, pipeline, presets
from mer_core.clip import read_clip, to_grey
from mer_core.degrade import degrade
from mer_core.descriptors import lbp_top, lpq_top
from mer_core.quality import psnr, ssim
from mer_core.store import atomic_write
from mer_core.superres import super_resolve, weights

FACTOR, NETWORK, PLAIN = 2, "psnr-small", "bicubic-x2"
FRAMES = 10


@dataclass(frozen=True)
class Demo:
    """What the demo leaves: its text, and where its figure lies."""

    lines: list[str]
    figure: Path


def _draw(pictures: dict[str, np.ndarray], counts: np.ndarray, out: Path) -> None:
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    figures.use_style()
    fig = plt.figure(figsize=(9, 4.6), layout="constrained")
    top, bottom = fig.subfigures(2, 1, height_ratios=(3, 2))
    for ax, (title, picture) in zip(top.subplots(1, len(pictures)), pictures.items(), strict=True):
        ax.imshow(picture, cmap="gray", vmin=0, vmax=255)
        ax.set_title(title)
        ax.set_axis_off()
    for ax, share, plane in zip(
        bottom.subplots(1, 3, sharey=True), counts, figures.PLANES, strict=True
    ):
        ax.bar(np.arange(len(share)), share, width=1.0, color=figures.PALETTE["blue"])
        ax.set(title=f"LBP-TOP, plane {plane}", xlabel="uniform code")
    bottom.axes[0].set_ylabel("share of voxels")
    with atomic_write(out) as temporary:
        fig.savefig(temporary, format="png", dpi=120, metadata={"Software": None})
    plt.close(fig)


def demo(out: Path = Path("demo.png"), *, clip: str | None = None, seed: int = 0) -> Demo:
    """Degrade, super-resolve and describe one synthetic clip; draw it; say it in five lines.

    Parameters
    ----------
    out : where the figure goes, a PNG
    clip : clip_id; None is the clip that preset ``quick`` shows
    seed : of the synthetic dataset

    Raises FetchFailed where psnr-small's weights are neither cached nor to be had.
    """
    preset = presets.load("quick", seed=seed)
    row = pipeline.shown(preset, clip)
    hr = read_clip(row, frames=FRAMES)
    lr = degrade(hr, FACTOR)
    weights.fetch(NETWORK)
    plain, sr = super_resolve(lr, PLAIN), super_resolve(lr, NETWORK)
    described = lbp_top(to_grey(sr), radii=(1, 1, 2))
    phase = lpq_top(to_grey(sr))
    at = FRAMES // 2
    pictures = {
        f"HR {hr.shape[2]}x{hr.shape[1]}": hr[at],
        f"LR {lr.shape[2]}x{lr.shape[1]}": lr[at],
        PLAIN: plain[at],
        NETWORK: sr[at],
        "|SR - HR| x 8": np.minimum(8 * np.abs(to_grey(sr)[at].astype(int) - to_grey(hr)[at]), 255),
    }
    _draw(pictures, described[0], Path(out))
    gain = psnr(hr, sr) - psnr(hr, plain)
    uniform = described[0, 0, 1:].sum()
    return Demo(
        lines=[
            f"clip      {row.name}: {row.label}, {len(hr)} frames, synthetic faces, not SMIC",
            f"degraded  {hr.shape[2]}x{hr.shape[1]} -> {lr.shape[2]}x{lr.shape[1]}, Gaussian blur "
            f"and centred sampling; {PLAIN} brings back {psnr(hr, plain):.2f} dB",
            f"SR        {NETWORK}: {psnr(hr, sr):.2f} dB ({gain:+.2f}), SSIM {ssim(hr, sr):.4f}; "
            f"weights {weights.digest(NETWORK)[:12]}",
            f"described LBP-TOP {described.size} numbers ({uniform:.0%} uniform codes on XY), "
            f"LPQ-TOP {phase.size} numbers",
            f"figure    {out}",
        ],
        figure=Path(out),
    )
