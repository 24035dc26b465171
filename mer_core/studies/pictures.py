"""The figures of the laboratory's studies: tables of a study -> figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mer_core.figures import PALETTE
from mer_core.studies.views import VIEWS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOOKS = {  # start of an input's name: colour, marker, line
    "HR": ("black", "o", "-"),
    "LR": ("orange", "v", ":"),
    "bicubic": ("sky", "s", "--"),
    "native": ("green", "P", ":"),
    "face-psnr": ("blue", "D", "-"),
    "face-gan": ("vermilion", "X", "-"),
    "face-ngan": ("purple", "^", "-"),
    "psnr-small": ("purple", "<", "-"),
    "esrgan": ("orange", ">", "-"),
    "true": ("black", "*", ":"),
    "expression": ("black", "d", ":"),
}


def look(name: str) -> dict[str, object]:
    """Colour, marker and line of an input, the same in every figure."""
    for start, (colour, marker, line) in LOOKS.items():
        if name.startswith(start):
            return {"color": PALETTE[colour], "marker": marker, "ls": line}
    raise ValueError(f"name: got {name!r}; known are names that start with {', '.join(LOOKS)}")


def _spread_out(values: Sequence[float], least: float) -> np.ndarray:
    """Heights near `values`, in their order, no two nearer than `least`."""
    order = np.argsort(values, kind="stable")
    placed = np.array(values, float)[order]
    for _ in range(200):
        gaps = np.diff(placed)
        short = np.flatnonzero(gaps < least - 1e-9)
        if not len(short):
            break
        for k in short:
            push = (least - (placed[k + 1] - placed[k])) / 2
            placed[k] -= push
            placed[k + 1] += push
    out = np.empty(len(placed))
    out[order] = placed
    return out


def movement_curves(table: pd.DataFrame, *, descriptor: str, sides: Mapping[int, str]) -> Figure:
    """Accuracy against the size of the movement, a panel for each reduction.

    Parameters
    ----------
    table : ``accuracy`` of the study `movement`
    descriptor : "lbp-top" or "lpq-top"
    sides : pixels of the reduced side -> the panel's title
    """
    import matplotlib.pyplot as plt

    table = table[table.descriptor == descriptor]
    fig, axes = plt.subplots(len(sides), 1, figsize=(6.4, 4.2 * len(sides)), sharex=True)
    for ax, (side, title) in zip(np.atleast_1d(axes), sides.items(), strict=True):
        names = [n for n in table.input.unique() if n in ("HR", "true flow")
                 or (VIEWS[n].scale > 1 and VIEWS[n].side == side)]  # fmt: skip
        _curves(ax, table[table.input.isin(names)], names)
        ax.set_title(title, loc="left")
        ax.set_ylabel("clips recognised (%)")
    ax.set_xlabel("largest movement at the apex (pixels of the 190 x 230 camera)")
    return fig


def _curves(ax: Axes, table: pd.DataFrame, names: Sequence[str]) -> None:
    levels = np.sort(table.amplitude.unique())
    ax.axhline(100 / 3, color="0.6", lw=0.9)
    ax.text(levels[-1] + 1.1, 100 / 3, "guessing", va="bottom", ha="right", color="0.4", fontsize=8)
    ends = []
    for k, name in enumerate(names):
        part = table[table.input == name].sort_values("amplitude")
        x = part.amplitude + 0.022 * (k - (len(names) - 1) / 2)
        error = 100 * np.stack([part.accuracy - part.low, part.high - part.accuracy])
        style = look(name)
        ax.errorbar(x, 100 * part.accuracy, yerr=error, ms=5, lw=1.5, elinewidth=0.6, **style)
        ends.append(100 * part.accuracy.iloc[-1])
    low, high = ax.get_ylim()
    heights = _spread_out(ends, (high - low) / 17)
    for name, end, height in zip(names, ends, heights, strict=True):
        colour = look(name)["color"]
        ax.annotate(
            name,
            (levels[-1] + 0.1, end),
            (levels[-1] + 0.25, height),
            color=colour,
            va="center",
            fontsize=9,
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.5},
        )
    ax.set_xlim(levels[0] - 0.15, levels[-1] + 1.15)
    ax.set_xticks(levels)


def thresholds(table: pd.DataFrame, *, beyond: float) -> Figure:
    """The movement that each input needs, with intervals, both descriptors.

    Parameters
    ----------
    table : ``thresholds`` of the study `movement`
    beyond : the largest amplitude that was measured; what lies further is drawn as an arrow
    """
    import matplotlib.pyplot as plt

    names = list(table.input.unique())
    fig, ax = plt.subplots(figsize=(6.0, 0.42 * len(names) + 1.1))
    series = {"lbp-top": ("blue", "o", 0.16), "lpq-top": ("vermilion", "s", -0.16)}
    edge = beyond * 1.06
    for descriptor, (colour, marker, shift) in series.items():
        part = table[table.descriptor == descriptor].set_index("input")
        for k, name in enumerate(names):
            y, row = len(names) - 1 - k + shift, part.loc[name]
            ax.plot([row.low, min(row.high, edge)], [y, y], color=PALETTE[colour], lw=1.3)
            if row.high > beyond:
                ax.plot(edge, y, ">", color=PALETTE[colour], ms=5)
            if row.threshold <= beyond:
                ax.plot(row.threshold, y, marker, color=PALETTE[colour], ms=6)
        ax.plot([], [], marker, color=PALETTE[colour], label=descriptor.upper())
    ax.set_yticks(range(len(names))[::-1], names)
    ax.set_xlim(0, edge * 1.03)
    ax.set_xlabel("movement at which half of the clips are recognised (pixels)")
    ax.grid(axis="x")
    ax.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=2)
    return fig


def rank_ribbons(ranks: Mapping[str, pd.DataFrame], paper: Mapping[str, pd.Series]) -> Figure:
    """Where each row of Table 2 ends up in a thousand tables, and where the paper has it.

    Parameters
    ----------
    ranks : descriptor -> (draws, rows) ranks, 1 the best
    paper : descriptor -> rank of each row in the paper's table
    """
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(len(ranks), 1, figsize=(6.0, 3.4 * len(ranks)), sharex=True)
    for ax, (descriptor, table) in zip(np.atleast_1d(axes), ranks.items(), strict=True):
        names = list(table.columns)
        y = np.arange(len(names))[::-1]
        for share, alpha in ((0.95, 0.25), (0.5, 0.55)):
            low, high = table.quantile([0.5 - share / 2, 0.5 + share / 2]).to_numpy()
            ax.barh(y, high - low + 0.3, left=low - 0.15, height=0.62, alpha=alpha,
                    color=PALETTE["sky"], label=f"{share:.0%} of the draws")  # fmt: skip
        ax.plot(table.median(), y, "|", color=PALETTE["blue"], ms=17, mew=2.5, label="middle draw")
        ax.plot(paper[descriptor][names], y, "D-", color=PALETTE["vermilion"], ms=6, lw=1.3,
                label="the paper (SMIC-HS)")  # fmt: skip
        ax.set_yticks(y, names)
        ax.set_title(descriptor.upper(), loc="left")
        ax.set_xticks(range(1, len(names) + 1))
    axes[-1].set_xlabel("rank in its table (1 is the best)")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return fig


def fields(table: pd.DataFrame, *, cells: int, columns: int = 3) -> Figure:
    """Invented flow of one clip, a panel for each input: its size in colour, its direction.

    Parameters
    ----------
    table : ``fields`` of the study `invented_expressions`
    cells : of a side
    """
    import matplotlib.pyplot as plt

    names = list(table.input.unique())
    rows = -(-(len(names) + 1) // columns)
    fig, axes = plt.subplots(rows, columns, figsize=(6.6, 2.3 * rows), squeeze=False)
    # the scale reaches what all inputs but the wildest cells show
    top = float(np.quantile(np.hypot(table.right, table.down), 0.99))
    blank = pd.DataFrame({"row": [], "column": [], "right": [], "down": []})
    known = table[table.input == names[0]]
    panels = {"true expression": known.assign(right=0.0, down=0.0)}
    panels |= {name: table[table.input == name] for name in names}
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, (name, part) in zip(axes.flat, panels.items(), strict=False):
        field = np.full((cells, cells, 2), np.nan)
        part = blank if part.empty else part
        field[part.row.astype(int), part.column.astype(int)] = part[["right", "down"]]
        shown = ax.imshow(np.hypot(*field.transpose(2, 0, 1)), cmap="cividis", vmin=0, vmax=top)
        x, y = np.meshgrid(np.arange(cells), np.arange(cells))
        ax.quiver(x, y, field[..., 0], field[..., 1], color="white", angles="xy",
                  scale_units="xy", scale=top / 1.6, width=0.008)  # fmt: skip
        ax.set_title(name, fontsize=9)
    bar = fig.colorbar(shown, ax=axes, location="bottom", shrink=0.6, aspect=30, pad=0.02)
    bar.set_label("movement that nobody made (pixels of the 128 x 128 clip)")
    return fig
