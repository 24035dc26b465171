"""Arrays and tables -> figures. Every function takes data, draws, and returns the figure.

One style (`mer.mplstyle`): a white card that reads in light and dark pages, the Okabe-Ito
palette, and marks or hatches beside colour, so that nothing is said by colour alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PALETTE = {
    "blue": "#0072B2",
    "vermilion": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "black": "#000000",
}
PLANES = ("XY", "XT", "YT")


def use_style() -> None:
    """Make `mer.mplstyle` the style of every figure drawn from now on."""
    import matplotlib.pyplot as plt

    plt.style.use(Path(__file__).with_name("mer.mplstyle"))


def images(
    pictures: Mapping[str, np.ndarray],
    *,
    columns: int | None = None,
    width: float = 7.0,
    cmap: str = "gray",
    limits: tuple[float, float] | None = (0, 255),
) -> Figure:
    """Pictures side by side under their titles, every one drawn at the same size.

    Parameters
    ----------
    pictures : title -> (H, W) or (H, W, 3) array, uint8 or float
    columns : pictures in a row; None puts all in one
    width : of the figure, in inches
    cmap, limits : colours and (lowest, highest) value of grey pictures; None fits each

    Pixels are never smoothed: a 32x32 picture shows 32x32 squares.
    """
    import matplotlib.pyplot as plt

    columns = columns or len(pictures)
    rows = -(-len(pictures) // columns)
    height, across = next(iter(pictures.values())).shape[:2]
    cell = width / columns
    fig, axes = plt.subplots(
        rows, columns, figsize=(width, rows * (cell * height / across + 0.35)), squeeze=False
    )
    low, high = limits or (None, None)
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, (title, picture) in zip(axes.flat, pictures.items(), strict=False):
        ax.imshow(picture, cmap=cmap, vmin=low, vmax=high)
        ax.set_title(title)
    return fig


def planes(clip: np.ndarray, *, x: int, y: int, t: int) -> Figure:
    """The three planes of a clip through one point: XY, XT and YT.

    Parameters
    ----------
    clip : (T, H, W) array of uint8
    x, y, t : column, row and frame at which the planes cross
    """
    import matplotlib.pyplot as plt

    frames, height, width = clip.shape
    stretch = max(1.0, 0.5 * height / frames)  # short time axes stay visible
    fig, axes = plt.subplots(
        1, 3, figsize=(7.0, 2.9), gridspec_kw={"width_ratios": [width, width, height]}
    )
    cuts = {
        f"XY at frame {t}": (clip[t], "x (pixels)", "y (pixels)", x, y, 1.0),
        f"XT at row {y}": (clip[:, y], "x (pixels)", "t (frames)", x, t, stretch),
        f"YT at column {x}": (clip[:, :, x], "y (pixels)", "t (frames)", y, t, stretch),
    }
    for ax, (title, (cut, across, down, column, row, aspect)) in zip(
        axes, cuts.items(), strict=True
    ):
        ax.imshow(cut, vmin=0, vmax=255, aspect=aspect)
        ax.axvline(column, color=PALETTE["orange"], lw=0.9)
        ax.axhline(row, color=PALETTE["sky"], lw=0.9, ls="--")
        ax.set(title=title, xlabel=across, ylabel=down)
    return fig


def histograms(counts: np.ndarray, *, names: Sequence[str] = PLANES, unit: str = "share") -> Figure:
    """One panel for each plane's histogram of codes.

    Parameters
    ----------
    counts : (planes, bins) array
    names : a title for each plane
    unit : label of the vertical axis
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(len(counts), 1, figsize=(7.0, 1.25 * len(counts) + 0.5), sharex=True)
    for ax, row, name, colour in zip(axes, counts, names, PALETTE.values(), strict=False):
        ax.bar(np.arange(len(row)), row, width=1.0, color=colour)
        ax.set_ylabel(f"{name}\n{unit}")
        ax.margins(x=0.01)
    axes[-1].set_xlabel("bin")
    return fig


def intervals(
    table: pd.DataFrame,
    *,
    ax: Axes,
    label: str,
    colour: str = "blue",
    marker: str = "o",
    offset: float = 0.0,
) -> None:
    """Values with their intervals, one row of the axes for each row of the table.

    Parameters
    ----------
    table : indexed by the rows' names, with columns value, low, high; NaN draws nothing
    label : name in the legend
    colour : a key of `PALETTE`
    offset : upward shift, in rows, to set several series side by side
    """
    y = np.arange(len(table))[::-1] + offset
    spread = [table["value"] - table["low"], table["high"] - table["value"]]
    ax.errorbar(
        table["value"],
        y,
        xerr=np.maximum(spread, 0),
        fmt=marker,
        color=PALETTE[colour],
        label=label,
        capsize=2,
        ms=5,
        lw=1.2,
    )
    ax.set_yticks(np.arange(len(table))[::-1], table.index)
    ax.grid(axis="x")


def sensitivity(grid: pd.DataFrame, *, baseline: str = "bicubic") -> Figure:
    """Gain over the baseline against the width of the blur: factors across, samplings down.

    Parameters
    ----------
    grid : one row for each method, scale, sigma and sampling, with gain, gain_low, gain_high (dB)
    baseline : methods of this name are the zero line and are not drawn
    """
    import matplotlib.pyplot as plt

    scales, samplings = sorted(grid.scale.unique()), sorted(grid.sampling.unique())
    fig, axes = plt.subplots(
        len(samplings), len(scales), figsize=(7.0, 2.6 * len(samplings) + 0.8), squeeze=False
    )
    names = sorted({m.rpartition("-x")[0] if "-x" in m else m for m in grid.method.unique()})
    names = [n for n in names if n != baseline]
    tints = dict(zip(names, itertools.cycle(PALETTE.values()), strict=False))
    marks = dict(zip(names, itertools.cycle("osD^vXP*<>"), strict=False))
    for row, sampling in enumerate(samplings):
        for column, scale in enumerate(scales):
            ax = axes[row, column]
            ax.axhline(0, color="black", lw=1)
            ax.axvline(0.4 * scale, color="black", lw=0.8, ls=":")
            here = grid[(grid.sampling == sampling) & (grid.scale == scale)]
            for method, part in here.groupby("method", sort=True):
                name = method.rpartition("-x")[0] if "-x" in method else method
                if name == baseline:
                    continue
                part = part.sort_values("sigma")
                ax.plot(part.sigma, part.gain, color=tints[name], marker=marks[name], ms=4)
                ax.fill_between(
                    part.sigma, part.gain_low, part.gain_high, color=tints[name], alpha=0.15, lw=0
                )
            ax.set_title(f"× {scale}, {sampling}")
            ax.set_xlabel("blur σ (HR pixels)")
            ax.set_ylabel("PSNR above bicubic (dB)")
    lines = [plt.Line2D([], [], color=tints[n], marker=marks[n], ms=4, label=n) for n in names]
    fig.legend(handles=lines, loc="outside lower center", ncols=4)
    return fig


def confusion(matrix: pd.DataFrame, *, ax: Axes) -> None:
    """A confusion matrix: counts in the cells, shaded by their share of the true class.

    Parameters
    ----------
    matrix : true classes down, predicted ones across; counts of clips
    """
    counts = matrix.to_numpy()
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        tone = "white" if share[row, column] > 0.55 else "black"
        ax.text(column, row, f"{count}", ha="center", va="center", color=tone)
    ax.set_xticks(range(len(matrix.columns)), matrix.columns)
    ax.set_yticks(range(len(matrix.index)), matrix.index, rotation=90, va="center")
    ax.set(xlabel="predicted", ylabel="true")
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)


def mark_pixels(ax: Axes, pixels: Sequence[tuple[int, int]], values: Sequence[object]) -> None:
    """Write a value on each pixel of an image already drawn; pixels are (row, column)."""
    for (row, column), value in zip(pixels, values, strict=True):
        ax.text(
            column,
            row,
            str(value),
            ha="center",
            va="center",
            color="black",
            fontsize=9,
            bbox={"boxstyle": "round,pad=0.2", "fc": "white", "ec": "none", "alpha": 0.85},
        )


def losses(log: pd.DataFrame, warm: int, axes: Sequence[Axes]) -> None:
    """Draw a training run: its losses left, its PSNR on held-out identities right.

    Parameters
    ----------
    log : ``log.csv`` of `mer train`: step, the losses' names, psnr (dB)
    warm : the step from which on the loss is adversarial; where no such loss is there, unused
    """
    left, right = axes
    names = [
        n for n in ("pixel", "adversarial", "feature", "discriminator") if log[n].notna().any()
    ]
    for name in names:
        left.plot(log["step"], log[name], label=name)
    right.plot(log["step"], log["psnr"])
    for ax in axes:
        ax.set_xlabel("step")
        if len(names) > 1:
            ax.axvline(warm, color="0.6", linewidth=0.8, linestyle=":")
    left.set_yscale("log")
    left.set_ylabel("loss, mean since the last check")
    left.legend()
    right.set_ylabel("PSNR of held-out faces (dB)")
